"""Eurostat Comext: SDMX-CSV (DS-045409, DS-059341), wide tsv, and the bulk .dat files.

Rule: one frequency, one code length, reporter EU27_2020 or its members but not both, country partners only. A blank or
`:` is not zero. `QUANTITY_IN_100KG` is a tenth of a tonne. Month 52 of the bulk files is the year.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal

from gadolin.atlas.formats.codes import GROUPS, from_iso2
from gadolin.atlas.formats.flows import FlowFile, FlowRow, Notes
from gadolin.atlas.formats.text import Cells, Numbers, decode, read_cells

__all__ = ["is_comext", "read_comext"]

_T_PER_UNIT = {
    "QUANTITY_IN_100KG": Decimal("0.1"),
    "QUANTITY_KG": Decimal("0.001"),
    "QUANTITY_IN_KG": Decimal("0.001"),
}
_VALUES = ("VALUE_IN_EUROS", "VALUE_EUR")
_FLOWS = {"1": "M", "2": "X"}
_UNION = "EU27_2020"


@dataclass(frozen=True)
class _Cell:
    line: int
    freq: str
    reporter: str
    partner: str
    product: str
    flow: str
    indicator: str
    period: str
    value: Decimal | None


def is_comext(data: bytes) -> bool:
    """Whether a file is one of the Comext forms."""
    text, _ = decode(data[:3000])
    first = text.splitlines()[0] if text.strip() else ""
    names = set(re.split(r"[,;\t]", first))
    return (
        {"reporter", "partner", "product", "flow", "indicators"} <= names
        or "indicators\\TIME_PERIOD" in first
        or {"DECLARANT", "PRODUCT_NC", "FLOW"} <= names
    )


def read_comext(data: bytes, name: str = "") -> FlowFile:
    """Read a Comext file of any of its forms.

    Args:
        data: Bytes of the file.
        name: File name, unused here.
    """
    notes = Notes()
    cells = read_cells(data, "\t" if b"\\TIME_PERIOD" in data[:500] else None)
    if any("\\TIME_PERIOD" in n for n in cells.header):
        found = _wide(cells, notes)
    elif "PRODUCT_NC" in cells.header:
        found = _bulk(cells, notes)
    else:
        found = _sdmx(cells, notes)
    units = sorted({c.indicator for c in found if c.indicator in _T_PER_UNIT})
    read_as = {"encoding": cells.encoding, "delimiter": cells.delimiter, "decimal": ".", "quantity": ", ".join(units)}
    kept = _select(found, notes)
    rows = _flows(kept, notes)
    return FlowFile("Eurostat Comext", read_as, len(cells.rows) - 1, tuple(rows), notes.warnings())


def _number(text: str, line: int, notes: Notes) -> Decimal | None:
    match = re.fullmatch(r"\s*(:|[-+]?[\d.]+(?:[eE][-+]?\d+)?)?\s*([a-z]*)\s*", text)
    if match is None:
        notes.add("NUMBER_UNREAD", line)
        return None
    if match.group(2):
        notes.add(f"FLAG_{match.group(2).upper()}", line, "flag beside the number")
    return Numbers(".", True).read(match.group(1) or "")


_BULK = ("DECLARANT_ISO", "PARTNER_ISO", "PRODUCT_NC", "FLOW", "PERIOD")
_SDMX = ("freq", "reporter", "partner", "product", "flow", "indicators", "TIME_PERIOD")


def _sdmx(cells: Cells, notes: Notes) -> list[_Cell]:
    return [
        _Cell(
            line,
            r["freq"],
            r["reporter"],
            r["partner"],
            r["product"],
            r["flow"],
            r["indicators"],
            r["TIME_PERIOD"],
            _number(r.get("OBS_VALUE", ""), line, notes),
        )
        for line, r in _whole(cells, _SDMX, notes)
    ]


def _whole(cells: Cells, needed: tuple[str, ...], notes: Notes) -> list[tuple[int, dict[str, str]]]:
    """Rows that reach as far as the columns that make their key."""
    rows = []
    for line, record in cells.records():
        if record.keys() >= set(needed):
            rows.append((line, record))
        elif any(record.values()):
            notes.add("ROW_UNREAD", line, "the line ends too early")
    return rows


def _wide(cells: Cells, notes: Notes) -> list[_Cell]:
    names = [n.strip() for n in cells.header[0].split("\\")[0].split(",")]
    periods = [p.strip() for p in cells.header[1:]]
    found = []
    for line, row in cells.rows[1:]:
        if not row:
            continue
        key = dict(zip(names, (k.strip() for k in row[0].split(",")), strict=False))
        for period, text in zip(periods, row[1:], strict=False):
            value = _number(text, line, notes)
            if value is None and ":" in text:
                continue  # no observation in that period
            freq, reporter, partner, product, flow, indicator = (
                key.get(n, "") for n in ("freq", "reporter", "partner", "product", "flow", "indicators")
            )
            found.append(_Cell(line, freq, reporter, partner, product, flow, indicator, period, value))
    return found


def _bulk(cells: Cells, notes: Notes) -> list[_Cell]:
    found = []
    seen: set[tuple[str, ...]] = set()
    for line, r in _whole(cells, _BULK, notes):
        if (row := tuple(r.values())) in seen:
            notes.add("DUPLICATE_ROW", line, "same key, same values")
            continue
        seen.add(row)
        year, month = r["PERIOD"][:4], r["PERIOD"][4:6]
        freq, period = ("A", year) if month == "52" else ("M", f"{year}-{month}")
        head = (line, freq, r["DECLARANT_ISO"], r["PARTNER_ISO"], r["PRODUCT_NC"], r["FLOW"])
        for indicator in ("VALUE_IN_EUROS", "QUANTITY_IN_KG"):
            found.append(_Cell(*head, indicator, period, _number(r.get(indicator, ""), line, notes)))
    groups: dict[tuple[str, ...], list[_Cell]] = defaultdict(list)
    for c in found:  # trade type and statistical regime split rows: add them
        groups[c.freq, c.reporter, c.partner, c.product, c.flow, c.indicator, c.period].append(c)
    return [
        replace(g[0], value=sum((c.value for c in g if c.value is not None), Decimal(0)))
        if any(c.value is not None for c in g)
        else g[0]
        for g in groups.values()
    ]


def _select(found: list[_Cell], notes: Notes) -> list[_Cell]:
    freqs = {c.freq for c in found}
    six = {c.product for c in found if len(c.product) == 6 and c.partner not in GROUPS}
    kept = []
    for c in found:
        if len(freqs) > 1 and c.freq == "A":
            notes.add("MIXED_FREQUENCY", c.line, "annual rows repeat the months")
        elif c.flow not in _FLOWS:
            notes.add("REEXPORT_INSIDE_EXPORT", c.line)
        elif c.partner in GROUPS:
            notes.add("WORLD_ROW_USED_AS_CHECK", c.line, "partner groups")
        elif len(c.product) != 6 and any(c.product.startswith(s) or s.startswith(c.product) for s in six):
            notes.add("NESTED_CODES", c.line, "lines inside, or headings over, a six-digit row")
        else:
            kept.append(c)
    unique: dict[tuple[str, ...], _Cell] = {}
    for c in kept:
        key = (c.reporter, c.partner, c.product, c.flow, c.indicator, c.period)
        known = unique.setdefault(key, c)
        if known is not c:
            same = known.value == c.value
            notes.add("DUPLICATE_ROW" if same else "CONFLICT", c.line if same else (known.line, c.line))
    return list(unique.values())


def _flows(kept: list[_Cell], notes: Notes) -> list[FlowRow]:
    groups: dict[tuple[str, str, str, str], list[_Cell]] = defaultdict(list)
    for c in kept:
        groups[c.period, c.flow, c.partner, c.product].append(c)
    union_in_file = any(c.reporter == _UNION for c in kept)
    rows = []
    for (period, flow, partner, product), cells in groups.items():
        head = (period, _FLOWS[flow], from_iso2(partner), product)
        union = [c for c in cells if c.reporter == _UNION]
        if union:
            members = [c.line for c in cells if c.reporter != _UNION]
            if members:
                notes.add("AGGREGATE_ROWS_SKIPPED", members, "member states inside EU27_2020")
            rows.append(_row(_UNION, head, union, notes))
        elif union_in_file:
            lines = [c.line for c in cells if c.indicator in _T_PER_UNIT]
            notes.add("NO_TOTAL_ROW_SUMMED", lines, "no EU row in this period; other members unknown")
            names = ", ".join(dict.fromkeys(c.reporter for c in cells))
            rows.append(_row(_UNION, head, cells, notes, f"sum of {names}; other members unknown"))
        else:
            for reporter in dict.fromkeys(c.reporter for c in cells):
                mine = [c for c in cells if c.reporter == reporter]
                rows.append(_row(from_iso2(reporter), head, mine, notes))
    return rows


def _row(reporter: str, head: tuple[str, ...], cells: list[_Cell], notes: Notes, note: str = "") -> FlowRow:
    period, flow, partner, product = head
    weighed = [c for c in cells if c.indicator in _T_PER_UNIT]
    values = [c.value for c in cells if c.indicator in _VALUES and c.value is not None]
    lines = tuple(dict.fromkeys(c.line for c in cells))
    value = sum(values, Decimal(0)) if values else None
    known = [c.value * _T_PER_UNIT[c.indicator] for c in weighed if c.value is not None]
    if not weighed or len(known) < len(weighed):
        notes.add("WEIGHT_MISSING", [c.line for c in weighed if c.value is None] or lines, "empty is not zero")
        return FlowRow(period, reporter, flow, partner, product, None, "missing", value, "value_eur", lines, (), note)
    total = sum(known, Decimal(0))
    return FlowRow(period, reporter, flow, partner, product, total, "reported", value, "value_eur", lines, (), note)
