"""Returns, the register of sites and customs' exports from CSV, XLSX and JSON, with every fault at once.

Columns (or keys) are the fields of `Return` and `Site`, or their Malay names (`MALAY`). A column that is none of them
is a fault, since a mistyped name would leave a zero behind; so is a number that could mean two (`1.250` where nothing
tells the decimal sign). Of a workbook the one sheet whose first row names the columns is read; others are named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from gadolin.atlas.formats.text import Numbers, read_cells
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.moratorium.returns import KINDS, Return, Site
from gadolin.sheets import workbook_of

__all__ = ["MALAY", "read_exports", "read_returns", "read_sites"]

MALAY: Mapping[str, str] = {
    "bulan": "month",
    "tapak": "site",
    "unsur": "element",
    "suapan_t_reo": "fed_t_reo",
    "dihasilkan_t_reo": "produced_t_reo",
    "stok_awal_t_reo": "opening_t_reo",
    "stok_akhir_t_reo": "closing_t_reo",
    "dihantar_t_reo": "shipped_t_reo",
    "kepada": "to",
    "diterima_t_reo": "received_t_reo",
    "daripada": "source",
    "belum_tutup": "partial",
    "pengendali": "operator",
    "jenis": "kind",
    "kapasiti_t_reo_setahun": "capacity_t_reo_per_year",
    "perolehan_terendah": "recovery_low_share",
    "perolehan_tertinggi": "recovery_high_share",
    "dalam_proses_t_reo": "in_process_t_reo",
    "dieksport_t_reo": "exported_t_reo",
}
"""Malay names of columns, and the field each fills."""

_YES, _NO = ("yes", "true", "1", "ya"), ("no", "false", "0", "tidak", "")
_SHEETS = (".xlsx", ".xls", ".xlsb", ".ods")
_SITE_NUMBERS = ("capacity_t_reo_per_year", "recovery_low_share", "recovery_high_share", "in_process_t_reo")


def read_returns(path: str | Path, noted: list[str] | None = None) -> list[Return]:
    """Lines of returns from CSV, XLSX, JSON or JSONL with the names of `Return`'s fields.

    Args:
        path: File; JSON is a list of objects, or an object with the list under `returns`.
        noted: Takes a sentence for each sheet that was not read.

    Raises:
        InputError: Every cell that cannot be read; an unknown column; no line at all.
    """
    numbers = [f for f in Return.__dataclass_fields__ if f.endswith("_t_reo")]
    texts = ("month", "site", "element", "to", "source")
    file = _File(path, "returns", ("month", "site"), (*texts, "partial"), numbers)
    found = []
    for line, cell, value in file.lines():
        month = file.month(line, cell)
        partial = cell.get("partial", "").lower()
        if partial not in _YES + _NO:
            file.fault("must be yes or no", line, "partial", cell["partial"])
        if month is None:
            continue
        named = {name: cell[name] for name in texts if cell.get(name)} | {"month": month}
        fields: dict[str, Any] = {**named, **value, "partial": partial in _YES, "line": line}
        found.append(Return(**fields))
    return file.done(found, noted)


def read_sites(path: str | Path, noted: list[str] | None = None) -> list[Site]:
    """The register of sites from CSV, XLSX, JSON or JSONL with the names of `Site`'s fields.

    Args:
        path: File; JSON is a list of objects, or an object with the list under `sites`.
        noted: Takes a sentence for each sheet that was not read.

    Raises:
        InputError: Every cell that cannot be read; an unknown column or kind; a band upside down; a site twice.
    """
    file = _File(path, "sites", ("site", "operator", "kind"), ("site", "operator", "kind"), _SITE_NUMBERS)
    found: list[Site] = []
    for line, cell, value in file.lines():
        if cell.get("kind") not in KINDS:
            file.fault(f"must be one of {', '.join(KINDS)}", line, "kind", cell.get("kind"))
            continue
        site = Site(cell["site"], cell["operator"], cell["kind"], **value)
        if not 0 <= site.recovery_low_share <= site.recovery_high_share <= 1:
            file.fault("must hold 0 <= low <= high <= 1", line, "recovery_low_share", site.recovery_low_share)
        if site.site in {known.site for known in found}:
            file.fault("stands twice in the register", line, "site", site.site)
        found.append(site)
    return file.done(found, noted)


def read_exports(path: str | Path, noted: list[str] | None = None) -> dict[tuple[str, str], float]:
    """What customs let go, by site and month, from columns site, month, exported_t_reo. [t REO]

    Args:
        path: CSV, XLSX, JSON or JSONL.
        noted: Takes a sentence for each sheet that was not read.

    Raises:
        InputError: Every cell that cannot be read; an unknown column; no line at all.
    """
    file = _File(path, "exports", ("site", "month", "exported_t_reo"), ("site", "month"), ("exported_t_reo",))
    found: dict[tuple[str, str], float] = {}
    for line, cell, value in file.lines():
        month = file.month(line, cell)
        if month is not None and "exported_t_reo" in value:
            key = cell["site"], month
            found[key] = found.get(key, 0.0) + value["exported_t_reo"]
    file.done(list(found), noted)
    return found


class _File:
    """One file of lines with known columns, and its faults."""

    def __init__(
        self, path: str | Path, key: str, needed: Sequence[str], texts: Sequence[str], numbers: Sequence[str]
    ) -> None:
        self.path, self.key, self.needed = Path(path), key, needed
        self.numbers, self.known = numbers, (*texts, *numbers)
        self.faults: list[Fault] = []
        self.passed_over: list[str] = []

    def fault(self, allowed: str, line: int | None, name: str, value: Any) -> None:
        self.faults.append(Fault(allowed, self.path.name, line, name, value))

    def done(self, found: list[Any], noted: list[str] | None) -> list[Any]:
        if self.faults:
            raise InputError(self.faults)
        if not found:
            raise InputError(Fault(f"holds no {self.key}", file=self.path.name))
        if noted is not None:
            noted += [f"{self.path.name}: sheet {name} was not read" for name in self.passed_over]
        return found

    def lines(self) -> Iterator[tuple[int, dict[str, str], dict[str, float]]]:
        """Line, texts and numbers of each line that has any cell."""
        sign, lines = self._read()
        for line, record in lines:
            cell = {name: str(text).strip() for name, text in record.items() if text is not None}
            lacking = [name for name in self.needed if not cell.get(name)]
            if lacking:
                self.fault(f"is blank: {', '.join(lacking)}", line, lacking[0], "")
                continue
            yield line, cell, self._numbers(line, record, sign)

    def month(self, line: int, cell: Mapping[str, str]) -> str | None:
        """The month as `2026-01`; a date counts by its month."""
        match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])(-\d{2}.*)?", cell["month"])
        if match is None:
            self.fault("must be a month like 2026-01", line, "month", cell["month"])
            return None
        return f"{match.group(1)}-{match.group(2)}"

    def _numbers(self, line: int, record: Mapping[str, Any], sign: Numbers) -> dict[str, float]:
        value: dict[str, float] = {}
        for name in self.numbers:
            given = record.get(name)
            if isinstance(given, int | float) and not isinstance(given, bool):
                number = float(given)
            elif sign.ambiguous(str(given or "")):
                self.fault("could mean two numbers: write it with another digit", line, name, given)
                continue
            else:
                try:
                    read = sign.read(None if given is None else str(given))
                except ValueError:
                    self.fault("must be a number", line, name, given)
                    continue
                if read is None:
                    continue
                number = float(read)
            if number < 0 or number != number:
                self.fault("must be a number, 0 or more", line, name, given)
            else:
                value[name] = number
        return value

    def _read(self) -> tuple[Numbers, list[tuple[int, Mapping[str, Any]]]]:
        if not self.path.is_file():
            raise InputError(Fault("there is no such file", file=self.path.name))
        kind = self.path.suffix.lower()
        if kind in (".json", ".jsonl", ".ndjson"):
            return Numbers(".", True), self._objects(kind)
        if kind in _SHEETS:
            header, rows = self._sheet()
            header = self._check(header, 1)
            sign = Numbers.decide(str(c) for _, row in rows for c in row if isinstance(c, str))
            return sign, [(line, dict(zip(header, row, strict=False))) for line, row in rows]
        cells = read_cells(self.path.read_bytes())
        header = self._check(cells.header, 1)
        for line in cells.ragged:
            self.fault("has more cells than the header has names", line, "row", "")
        rows = [(line, row) for line, row in cells.rows[1:] if any(row)]
        return cells.numbers(), [(line, dict(zip(header, row, strict=False))) for line, row in rows]

    def _sheet(self) -> tuple[list[str], list[tuple[int, list[Any]]]]:
        with workbook_of(self.path, self.path.name) as book:
            sheets = {
                name: [[_plain(cell) for cell in row] for row in book.get_sheet_by_name(name).iter_rows()]
                for name in book.sheet_names
            }
        headers = {name: [str(cell).strip() for cell in rows[0]] if rows else [] for name, rows in sheets.items()}
        fitting = [name for name, header in headers.items() if set(self.needed) <= set(map(_field, header))]
        if len(fitting) > 1:
            allowed = f"must stand on one sheet; {', '.join(fitting)} all have the columns"
            raise InputError(Fault(allowed, file=self.path.name))
        read = fitting[0] if fitting else next(iter(sheets))
        self.passed_over = [name for name, rows in sheets.items() if rows and name != read]
        header, rows = headers[read], sheets[read]
        return header, [(line, row) for line, row in enumerate(rows[1:], start=2) if any(cell != "" for cell in row)]

    def _objects(self, kind: str) -> list[tuple[int, Mapping[str, Any]]]:
        try:
            text = self.path.read_text("utf-8-sig")
            if kind == ".json":
                document = json.loads(text)
                records = document.get(self.key) if isinstance(document, dict) else document
            else:
                records = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError) as error:
            raise InputError(Fault(f"cannot be read as JSON: {error}", file=self.path.name)) from None
        if not isinstance(records, list) or not all(isinstance(r, dict) for r in records):
            raise InputError(Fault(f"must be a list of objects, or hold one under {self.key}", file=self.path.name))
        found = []
        for line, record in enumerate(records, start=1):
            names = self._named(list(record), line)
            self._unknown(names, line)
            found.append((line, dict(zip(names, record.values(), strict=True))))
        return found

    def _named(self, header: list[str], line: int) -> list[str]:
        """Fields behind the names of columns; a field that two columns fill is a fault."""
        names = [_field(name) for name in header]
        for name in sorted({n for n in names if n and names.count(n) > 1}):
            self.fault("is filled by two columns", line, name, None)
        return names

    def _check(self, header: list[str], line: int) -> list[str]:
        """The fields of a header."""
        header = self._named(header, line)
        missing = [name for name in self.needed if name not in header]
        if missing:
            raise InputError(Fault(f"needs the columns {', '.join(missing)}", file=self.path.name, line=line))
        self._unknown([name for name in header if name], line)
        return header

    def _unknown(self, names: list[str], line: int) -> None:
        for name in names:
            if name not in self.known:
                self.fault(f"is no column of {self.key}{did_you_mean(name, self.known)}", line, name, None)


def _field(name: str) -> str:
    return MALAY.get(re.sub(r"[\s_.]+", "_", name.strip().lower()), name)


def _plain(cell: Any) -> Any:
    if isinstance(cell, date):
        return cell.isoformat()[:10]
    return "" if cell is None else cell
