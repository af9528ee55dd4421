"""Laboratory certificates: title lines, then rows of method, element and unit in any order, then samples.

TREO is summed three times: results below detection at 0, at half and at the limit; an over-limit result without a
second method makes the sum a lower bound. Blanks, reference materials and repeats are quality control, never samples.
A method that does not open monazite, zircon or xenotime (four acids) is flagged. Oxide names over the cells are read as
oxides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gadolin.atlas.formats.flows import Notes
from gadolin.atlas.formats.text import Warn, read_cells
from gadolin.elements import BY_SYMBOL, ELEMENTS, oxide_factor

__all__ = ["AssayFile", "Result", "Sample", "is_assay", "read_assay"]

_COMPANIONS = ("Th", "U", "Sc", "Fe", "Al", "Ca")
_PPM = {"ppm": 1.0, "mg/kg": 1.0, "g/t": 1.0, "ppb": 1e-3, "%": 1e4, "pct": 1e4, "wt%": 1e4}
_OXIDES = {e.oxide: symbol for symbol, e in BY_SYMBOL.items()} | {
    "ThO2": "Th",
    "U3O8": "U",
    "Pr2O3": "Pr",
    "Tb2O3": "Tb",
    "Ce2O3": "Ce",
}
_OXIDE_PPM = {"ThO2": 1.13790, "U3O8": 1.17924, "Pr2O3": 1.17031, "Tb2O3": 1.15100, "Ce2O3": 1.17128}
_NO_RESULT = re.compile(r"NSS|IS|LNR|N\.?A\.?|ND|INS|L\.?N\.?R\.?", re.I)
_QC = (
    (re.compile(r"\b(blank|blk)\b", re.I), "blank"),
    (re.compile(r"\b(std|crm|oreas|gre|srm)\b|^(crm|std|oreas|gre)[- ]", re.I), "reference material"),
    (re.compile(r"\b(dup|rep|rpt|repeat)\b", re.I), "laboratory duplicate"),
)
_FOUR_ACID = re.compile(r"4-?acid|four[- ]acid|ME-MS61|ICM40|4A", re.I)
_BQ_PER_G_PER_PPM = {"Th": 0.004057, "U": 0.012347}


@dataclass(frozen=True)
class Result:
    """One cell: a value, a detection limit (`below`), or an upper limit (`above`), as ppm of the element.

    Args:
        ppm_factor: Value, or the limit it is below or above. [ppm of the element]
        below: Below detection.
        above: Over the upper limit.
        method: Method of the column.
    """

    ppm_factor: float
    below: bool = False
    above: bool = False
    method: str = ""


@dataclass(frozen=True)
class Sample:
    """One sample with its results by element.

    Args:
        name: As on the certificate.
        line: Line of the file.
        results: By element.
        loi_pct: Loss on ignition. [%]
        analysed: Rare earths that the certificate covers.
    """

    name: str
    line: int
    results: Mapping[str, Result]
    loi_pct: float | None = None
    analysed: tuple[str, ...] = ()

    def treo_ppm(self, at: str, with_y: bool = True) -> float | None:
        """Sum of the oxides, results below detection at `low` (0), `half` or `high` (the limit). [ppm]

        Args:
            at: low, half or high.
            with_y: Whether yttrium is in the sum.

        Returns:
            None for `high` when a result is over its upper limit: the sum is then a lower bound only.
        """
        share = {"low": 0.0, "half": 0.5, "high": 1.0}[at]
        total = 0.0
        for element in ELEMENTS:
            result = self.results.get(element)
            if result is None or (element == "Y" and not with_y):
                continue
            if result.above and at == "high":
                return None
            total += result.ppm_factor * (share if result.below else 1.0) * oxide_factor(element)
        return total

    def bq_per_g(self, element: str) -> tuple[float, bool] | None:
        """Activity of Th-232 or U-238 from the content, and whether it is only an upper bound. [Bq/g]"""
        result = self.results.get(element)
        if result is None:
            return None
        return result.ppm_factor * _BQ_PER_G_PER_PPM[element], result.below


@dataclass(frozen=True)
class AssayFile:
    """A certificate as read.

    Args:
        read_as: Encoding, header lines and first data line.
        rows_read: Rows below the header.
        samples: Samples with results.
        not_samples: Quality-control rows, by name and kind.
        no_result: Samples without result, with the reason.
        warnings: What was noticed, with lines.
    """

    read_as: dict[str, Any]
    rows_read: int
    samples: tuple[Sample, ...]
    not_samples: dict[str, str]
    no_result: dict[str, str]
    warnings: tuple[Warn, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, TREO three times and without yttrium."""
        return {
            "read_as": self.read_as,
            "rows": self.rows_read,
            "answers": [_answer(sample) for sample in self.samples],
            "not_samples": self.not_samples,
            "no_result": self.no_result,
            "warnings": [w.as_dict() for w in self.warnings],
        }

    def __str__(self) -> str:
        lines = [f"certificate: {len(self.samples)} samples, {len(self.not_samples)} kinds of control rows"]
        for s in self.samples[:8]:
            high = s.treo_ppm("high")
            top = "open above" if high is None else f"{high:,.0f}"
            lines.append(f"  {s.name:12} TREO with Y {s.treo_ppm('low'):,.0f} to {top} ppm")
        return "\n".join(lines)


def _answer(s: Sample) -> dict[str, Any]:
    record: dict[str, Any] = {
        "sample": s.name,
        "treo_with_y_ppm": {
            "low": s.treo_ppm("low"),
            "half_detection": s.treo_ppm("half"),
            "high": s.treo_ppm("high"),
        },
        "treo_without_y_ppm_half_detection": s.treo_ppm("half", with_y=False),
    }
    for element, nuclide in (("Th", "th232_bq_per_g"), ("U", "u238_bq_per_g")):
        result, activity = s.results.get(element), s.bq_per_g(element)
        if result is not None and activity is not None:
            record[f"{element.lower()}_ppm"] = {"below": result.ppm_factor} if result.below else result.ppm_factor
            record[nuclide] = {"below": activity[0]} if activity[1] else activity[0]
    return record


@dataclass
class _Header:
    methods: list[str] = field(default_factory=list)
    elements: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def is_assay(data: bytes) -> bool:
    """Whether a file has a row of element names over a row of units, or joined names like `Ce_ppm`."""
    return _find_header(read_cells(data, ",").rows) is not None


def _kind(row: list[str]) -> str | None:
    """What a header row holds, by its content: elements, units or methods."""
    cells = [c.strip() for c in row[1:] if c.strip()]
    if not cells:
        return None
    units = sum(c.lower() in (*_PPM, "kg", "bq/g") for c in cells)
    elements = sum(_element(c) is not None or c.upper() == "LOI" for c in cells)
    methods = sum(bool(re.fullmatch(r"[A-Z]{2,4}[-_]?[A-Z0-9/_-]*\d+[A-Za-z0-9]*|[A-Z]+\d*/MS", c)) for c in cells)
    best, kind = max((units, "units"), (elements, "elements"), (methods, "methods"))
    return kind if best * 2 > len(cells) else None


def _element(name: str) -> str | None:
    if name in BY_SYMBOL or name in _COMPANIONS:
        return name
    return _OXIDES.get(name)


def _find_header(rows: tuple[tuple[int, list[str]], ...]) -> tuple[int, _Header] | None:
    for i, (line, row) in enumerate(rows[:80]):
        kinds: dict[str, list[str]] = {}
        lines = []
        for j in range(i, min(i + 3, len(rows))):
            kind = _kind(rows[j][1])
            if kind is None or kind in kinds:
                break
            kinds[kind] = [c.strip() for c in rows[j][1]]
            lines.append(rows[j][0])
        if "elements" in kinds and "units" in kinds:
            width = len(kinds["elements"])
            methods = kinds.get("methods", [""] * width)
            return i + len(kinds), _Header(methods, kinds["elements"], kinds["units"], lines)
        joined = [
            re.fullmatch(r"(?:.*_)?([A-Z][a-z]?\d?O?\d*)[_ (]+(ppm|ppb|pct|%)\)?.*", c.strip(), re.I) for c in row
        ]
        if sum(m is not None and _element(m.group(1)) is not None for m in joined) >= 3:
            names = [m.group(1) if m and _element(m.group(1)) else "" for m in joined]
            units = [m.group(2).lower() if m and _element(m.group(1)) else "" for m in joined]
            return i + 1, _Header([c.strip() for c in row], names, units, [line])
    return None


def read_assay(data: bytes, name: str = "") -> AssayFile:
    """Read a laboratory certificate.

    Args:
        data: Bytes of the file.
        name: File name, unused here.

    Returns:
        Samples with results per element in ppm of the element, and all that was noticed.
    """
    notes = Notes()
    cells = read_cells(data, ",")
    found = _find_header(cells.rows)
    if found is None:
        notes.add("NO_HEADER", (), "no row of element names with units")
        return AssayFile({"encoding": cells.encoding}, 0, (), {}, {}, notes.warnings())
    start, header = found
    if any(_FOUR_ACID.search(m) for m in header.methods):
        notes.add("FOUR_ACID", header.lines, "does not open monazite, zircon or xenotime: REE, Th and U read low")
    samples, controls, no_result = [], {}, {}
    rows = [(line, row) for line, row in cells.rows[start:] if any(c.strip() for c in row)]
    for line, row in rows:
        sample_name = row[0].strip()
        kind = next((kind for pattern, kind in _QC if pattern.search(sample_name)), None)
        if kind:
            controls[sample_name] = kind
            notes.add("QAQC_ROWS", line, "quality control, never grade")
            continue
        results, loi, why = _results(row, line, header, notes)
        if not any(e in results for e in ELEMENTS):
            no_result[sample_name] = why or "no result"
            notes.add("NO_RESULT", line, why or "")
            continue
        analysed = tuple(e for e in ELEMENTS if e in {_element(n) for n in header.elements})
        samples.append(Sample(sample_name, line, results, loi, analysed))
    if samples and len(samples[0].analysed) < len(ELEMENTS):
        missing = [e for e in ELEMENTS if e not in samples[0].analysed]
        notes.add("ELEMENTS_NOT_ANALYSED", (), f"{', '.join(missing)}: TREO is a lower bound")
    read_as = {
        "encoding": cells.encoding,
        "delimiter": cells.delimiter,
        "decimal": ".",
        "header_lines": header.lines,
        "first_data_line": rows[0][0] if rows else None,
    }
    return AssayFile(read_as, len(rows), tuple(samples), controls, no_result, notes.warnings())


def _results(
    row: list[str], line: int, header: _Header, notes: Notes
) -> tuple[dict[str, Result], float | None, str | None]:
    found: dict[str, list[Result]] = {}
    loi, why = None, None
    for i, name in enumerate(header.elements):
        cell = row[i].strip() if i < len(row) else ""
        if not name or not cell or i >= len(header.units):
            continue
        unit, method = header.units[i].lower(), header.methods[i] if i < len(header.methods) else ""
        if _NO_RESULT.fullmatch(cell):
            why = {"NSS": "NSS, not sufficient sample"}.get(cell.upper(), cell)
            continue
        match = re.fullmatch(r"([<>]?)\s*(-?)\s*(\d+(?:\.\d+)?)", cell)
        if name.upper() == "LOI" and match and not match.group(1):
            loi = float(match.group(3))
            continue
        element = _element(name)
        if element is None or unit not in _PPM:
            continue
        if match is None:
            notes.add("NUMBER_UNREAD", line, name)
            continue
        sign, minus, digits = match.groups()
        ppm = float(digits) * _PPM[unit]
        if name in _OXIDES:
            ppm /= _OXIDE_PPM.get(name) or oxide_factor(element)
        below = sign == "<" or minus == "-"  # a real negative does not exist: minus the detection limit
        if below:
            notes.add("BELOW_DETECTION", line, "at 0, at half and at the limit")
        found.setdefault(element, []).append(Result(ppm, below, sign == ">", method))
    results = {}
    for element, several in found.items():
        in_range = [r for r in several if not r.above and not r.below] or [r for r in several if not r.above]
        if in_range:
            results[element] = in_range[-1]
            if any(r.above for r in several):
                notes.add("OVER_LIMIT_RESOLVED", line, f"{element} by {in_range[-1].method}")
        else:
            results[element] = several[0]
            notes.add("OVER_LIMIT_OPEN", line, "no second method: TREO is a lower bound")
    return results, loi, why
