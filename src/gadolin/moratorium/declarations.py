"""Export declarations from CSV, XLSX, JSON and JSONL, one consignment at a time.

A million rows stream through; one bad row never stops a file. The decimal sign is decided once per file; a weight that
could mean two numbers is asked for. Codes are text: what had become a number on its way is repaired and said.
Columns are recognised by name (see `columns`); a column map renames others. Unknown columns are passed on as facts.
Every sheet of a workbook that has a heading is read; lines above the heading are passed over.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from gadolin.atlas.formats.text import Numbers, decimal_sign_of, decode, delimiter_of
from gadolin.errors import Fault, InputError
from gadolin.moratorium.columns import Heading, read_heading, second_line
from gadolin.moratorium.consignment import Consignment
from gadolin.moratorium.rows import DeclaredRow, RecordRow, Table, TableRow, unreadable
from gadolin.sheets import workbook_of

__all__ = ["DeclarationFile"]

_SHEETS = (".xlsx", ".xls", ".xlsb", ".ods")
HEADING_LINES = 60  # a heading stands above this line


@dataclass
class DeclarationFile:
    """A file of declarations, read row by row.

    Args:
        path: CSV, XLSX, JSON or JSONL.
        jurisdiction: ISO3 of the exporting state where a row does not name one.
        columns: The user's own map, heading to a field of `columns.FIELDS`, laid over ours.
        defaults: Fields for rows that do not give them, by exporter: what the office has on file.
        enrich: Adds findings to each consignment, such as the comparison of its assay.

    Raises:
        InputError: The file holds no declarations.
    """

    path: Path
    jurisdiction: str = "MYS"
    columns: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    enrich: Callable[[Consignment], Consignment] | None = None
    encoding: str = ""
    delimiter: str = ""
    numbers: Numbers = field(default_factory=lambda: Numbers(".", True))
    passed_over: tuple[str, ...] = ()
    """Sheets of a workbook that hold no heading and were not read; known once the file was."""

    def __iter__(self) -> Iterator[Consignment]:
        """The consignments in the order of the file; a row that cannot be read comes as one that is held."""
        return (c for _, c in self.pick(lambda _: True))

    def pick(self, wanted: Callable[[int], bool]) -> Iterator[tuple[int, Consignment]]:
        """Those consignments whose position (from 0) is wanted, with it; the others are not built.

        Args:
            wanted: Whether a position is wanted.
        """
        return ((position, row.build()) for position, row in self.rows(wanted))

    def rows(self, wanted: Callable[[int], bool]) -> Iterator[tuple[int, DeclaredRow]]:
        """Those rows whose position (from 0) is wanted, not yet built.

        Args:
            wanted: Whether a position is wanted.
        """
        kind = self.path.suffix.lower()
        if kind in (".json", ".jsonl", ".ndjson"):
            built = self._objects(kind)
        else:
            built = self._sheets() if kind in _SHEETS else self._table(self._lines())
        position = -1
        for position, row in enumerate(built):
            if wanted(position):
                yield position, row
        if position < 0:
            raise InputError(Fault("holds no declarations", file=self.path.name))

    def _objects(self, kind: str) -> Iterator[DeclaredRow]:
        if kind == ".json":
            try:
                document = json.loads(decode(self.path.read_bytes())[0], parse_float=Decimal, parse_int=Decimal)
            except (ValueError, RecursionError) as error:
                raise InputError(Fault(f"cannot be read as JSON: {error}", file=self.path.name)) from None
            if isinstance(document, dict):
                document = document.get("declarations", [document.get("declaration", document)])
            if not isinstance(document, list):
                raise InputError(Fault("must hold a list of declarations", file=self.path.name))
            for i, record in enumerate(document, start=1):
                yield RecordRow(partial(self._object, record, i))
            return
        with self.path.open("rb") as lines:
            for i, line in enumerate(lines, start=1):
                if line.strip():
                    yield RecordRow(partial(self._line, line, i))

    def _line(self, line: bytes, number: int) -> Consignment:
        try:
            record = json.loads(line, parse_float=Decimal, parse_int=Decimal)
        except (ValueError, RecursionError) as error:
            return unreadable(number, f"not JSON: {error}")
        return self._object(record, number)

    def _object(self, record: Any, line: int) -> Consignment:
        if not isinstance(record, Mapping):
            return unreadable(line, "not an object")
        try:
            return self._with_defaults(Consignment.from_dict(record, self.jurisdiction, line))
        except InputError as error:
            number = str(record.get("declaration_no") or "")
            return replace(unreadable(line, str(error).replace("\n", "; ")), declaration_no=number)

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        head = self.path.open("rb").read(200_000)
        cut = head if len(head) < 200_000 else head[: head.rfind(b"\n") + 1]
        text, encoding = decode(cut)
        if not text.strip():
            raise InputError(Fault("holds no declarations", file=self.path.name))
        self.encoding, self.delimiter = encoding, delimiter_of(text)
        self.numbers = self._decide()
        with self._open() as stream:
            reader = csv.reader(stream, delimiter=self.delimiter)
            while True:
                try:
                    row = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield reader.line_num, [f"\0{error}"]
                    continue
                yield reader.line_num, row

    def _open(self) -> io.TextIOWrapper:
        return self.path.open("r", encoding=self.encoding, errors="replace", newline="")

    def _decide(self) -> Numbers:
        """The decimal sign, from the first cell of the file that proves it."""
        with self._open() as stream, contextlib.suppress(csv.Error):
            return self._sign(csv.reader(stream, delimiter=self.delimiter))
        return Numbers(".", False)

    def _sign(self, rows: Iterable[Sequence[Any]]) -> Numbers:
        """The decimal sign from rows of cells; codes, dates and numbers of forms prove nothing."""
        skip: set[int] | None = None
        for row in rows:
            if skip is None:
                heading = read_heading([str(cell) for cell in row], self.columns)
                if heading is not None:
                    skip = {i for i, f in enumerate(heading.fields) if f in ("hs_code", "date", "declaration_no")}
                continue
            for i, cell in enumerate(row):
                if i in skip or not isinstance(cell, str) or not ("." in cell or "," in cell):
                    continue
                if sign := decimal_sign_of(cell):
                    return Numbers(sign, True, cell)
        return Numbers(".", False)

    def _sheets(self) -> Iterator[DeclaredRow]:
        """The rows of every sheet that has a heading."""
        with workbook_of(self.path, self.path.name) as book:
            sheets = {name: list(book.get_sheet_by_name(name).iter_rows()) for name in book.sheet_names}
        headed = {n: rows for n, rows in sheets.items() if any(self._heading(row) for row in rows[:HEADING_LINES])}
        if not headed:
            raise self._no_heading()
        self.passed_over = tuple(name for name, rows in sheets.items() if rows and name not in headed)
        for rows in headed.values():
            self.numbers = self._sign(rows)
            yield from self._table(self._typed(rows))

    def _typed(self, rows: list[list[Any]]) -> Iterator[tuple[int, list[str]]]:
        point = self.numbers.decimal
        for i, row in enumerate(rows, start=1):
            yield i, [cell.strip() if isinstance(cell, str) else _cell(cell, point) for cell in row]

    def _heading(self, row: Sequence[Any]) -> Heading | None:
        return read_heading([str(cell) for cell in row], self.columns)

    def _no_heading(self) -> InputError:
        known = "declaration_no, hs_code or description"
        text = (
            f"no heading with {known} was found; declarations come as CSV, XLSX, JSON or JSONL, and a map of columns "
        )
        return InputError(Fault(f"{text}names headings of your own (--column 'HEADING=FIELD')", file=self.path.name))

    def _table(self, rows: Iterator[tuple[int, list[str]]]) -> Iterator[DeclaredRow]:
        table: Table | None = None
        first: list[str] | None = None
        for line, row in rows:
            if table is None:
                heading = self._heading(row) if line <= HEADING_LINES else None
                if heading is not None:
                    table, first = self._under(heading), row
                continue
            if not any(map(str.strip, row)):
                continue
            if first is not None:
                names, first = second_line(first, row, self.columns), None
                if names is not None and (heading := read_heading(names, self.columns)) is not None:
                    table = self._under(heading)
                    continue
            if row[0].startswith("\0"):
                yield RecordRow(partial(unreadable, line, row[0][1:]))
            else:
                yield TableRow(table, row, line)
        if table is None:
            raise self._no_heading()

    def _under(self, heading: Heading) -> Table:
        return Table(heading, self.numbers, self.jurisdiction, self._with_defaults)

    def _with_defaults(self, c: Consignment) -> Consignment:
        if self.enrich is not None:
            c = self.enrich(c)
        known = self.defaults.get(c.exporter or "")
        if not known:
            return c
        changes: dict[str, Any] = {
            name: known[name] for name in ("feed_origin", "state_of_origin") if known.get(name) and not getattr(c, name)
        }
        if known.get("documents") and not c.documents:
            changes["documents"] = {kind: {} for kind in known["documents"]}
        return replace(c, **changes) if changes else c


def _cell(value: Any, point: str) -> str:
    """A cell of a workbook that is no text; a number with three decimals gets a fourth, so that it means one thing."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, float):
        digits = repr(value)
        return (f"{digits}0" if len(digits.partition(".")[2]) == 3 else digits).replace(".", point)
    return value.isoformat()[:10] if isinstance(value, date) else str(value)
