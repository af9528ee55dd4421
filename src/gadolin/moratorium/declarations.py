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
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from gadolin.atlas.formats.codes import country_of
from gadolin.atlas.formats.text import Numbers, code_digits, decimal_sign_of, decode, delimiter_of
from gadolin.elements import BY_SYMBOL
from gadolin.errors import Fault, InputError
from gadolin.moratorium.columns import FIELDS, Heading, read_heading, second_line
from gadolin.moratorium.consignment import MOST, Activity, Certificate, Consignment, Mass, Money, read_dates

__all__ = ["DeclarationFile"]

_SHEETS = (".xlsx", ".xls", ".xlsb", ".ods")
_WEIGHTS = ("gross", "net", "quantity_1", "quantity_2")
_UNIT_KIND = {"KGM": "kg", "KG": "kg", "KGS": "kg", "TNE": "t", "MT": "t", "T": "t", "TONNE": "t", "TONNES": "t"}
_OXIDE = re.compile(r"(?:([a-z]{1,2})(?:\d*o\d*)|([a-z]{1,2})_oxide)_pct", re.I)
_ELEMENT = re.compile(r"([a-z]{1,2})_pct", re.I)
_ACTIVITY = re.compile(r"(th|u|tho2|u3o8|[a-z]{1,2}_?\d{3})_(ppm|bq_per_g|bq_g|bq_per_kg)(?:_(dry|as_received))?", re.I)
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
                yield DeclaredRow(partial(self._object, record, i), i)
            return
        with self.path.open("rb") as lines:
            for i, line in enumerate(lines, start=1):
                if line.strip():
                    yield DeclaredRow(partial(self._line, line, i), i)

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
        from python_calamine import CalamineWorkbook  # pyright: ignore[reportMissingImports] - a compiled module

        try:
            book = CalamineWorkbook.from_path(str(self.path))
            sheets = [list(book.get_sheet_by_name(name).iter_rows()) for name in book.sheet_names]
        except Exception as error:  # the reader of workbooks raises its own kinds; the file is bad whichever it is
            raise InputError(Fault(f"cannot be read as a workbook: {error}", file=self.path.name)) from None
        headed = [rows for rows in sheets if any(self._heading(row) for row in rows[:HEADING_LINES])]
        if not headed:
            raise self._no_heading()
        for rows in headed:
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
        plan: _Plan | None = None
        first: list[str] | None = None
        for line, row in rows:
            if plan is None:
                heading = self._heading(row) if first is None and line <= HEADING_LINES else None
                if heading is not None:
                    plan, first = _Plan(heading), row
                continue
            if not any(cell.strip() for cell in row):
                continue
            if first is not None:
                names, first = second_line(first, row, self.columns), None
                if names is not None and (heading := read_heading(names, self.columns)) is not None:
                    plan = _Plan(heading)
                    continue
            yield DeclaredRow(partial(self._built, plan, row, line), line, row, plan.own)
        if plan is None:
            raise self._no_heading()

    def _built(self, plan: _Plan, row: list[str], line: int) -> Consignment:
        if row[0].startswith("\0"):
            return unreadable(line, row[0][1:])
        return self._with_defaults(_Row(plan, row, line, self.numbers, self.jurisdiction).consignment())

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


def unreadable(line: int, why: str) -> Consignment:
    """A row that could not be read, as a consignment that can only be held."""
    return Consignment("", unclear=(f"UNREAD_ROW {line} {why}",), line=line)


def _cell(value: Any, point: str) -> str:
    """A cell of a workbook that is no text; a number with three decimals gets a fourth, so that it means one thing."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, float):
        digits = repr(value)
        return (f"{digits}0" if len(digits.partition(".")[2]) == 3 else digits).replace(".", point)
    return value.isoformat()[:10] if isinstance(value, date) else str(value)


class DeclaredRow:
    """A row of a file that is not built yet: its line, and the cells of a table.

    Args:
        build: Makes the consignment.
        line: Line of the file.
        cells: Cells of a table; None for JSON.
        own: Places of declaration number and item among them, -1 where there is none.
    """

    __slots__ = ("_cells", "_own", "build", "line")

    def __init__(
        self,
        build: Callable[[], Consignment],
        line: int,
        cells: list[str] | None = None,
        own: tuple[int, int] = (-1, -1),
    ) -> None:
        self.build, self.line, self._cells, self._own = build, line, cells, own

    def shared(self) -> tuple[tuple[str, ...], str, str] | None:
        """What decides the verdict (all cells but number and item), number and item; None when it cannot be told.

        Two rows with the same first part get the same verdict until copies and permits are looked at.
        """
        if self._cells is None or self._cells[0].startswith("\0"):
            return None
        cells, found = list(self._cells), ["", "1"]
        for i, at in enumerate(self._own):
            if 0 <= at < len(cells):
                found[i] = cells[at].strip() or found[i]
                cells[at] = ""
        return tuple(cells), found[0], found[1]


class _Plan:
    """Which column fills what, found once per file."""

    def __init__(self, heading: Heading) -> None:
        header = heading.fields
        self.names, self.fixed, self.twins = header, heading.fixed, heading.twins
        self.at = {name: i for i, name in reversed(list(enumerate(header)))}
        self.width = len(header)
        self.own = (self.at.get("declaration_no", -1), self.at.get("item", -1))
        self.oxides: list[tuple[int, str]] = []
        self.elements: list[tuple[int, str]] = []
        self.activity: list[tuple[int, str, str, str | None]] = []
        self.extra: list[tuple[int, str]] = []
        known = set(FIELDS)
        for i, name in enumerate(header):
            if match := _OXIDE.fullmatch(name):
                symbol = (match.group(1) or match.group(2)).capitalize()
                if symbol in BY_SYMBOL:
                    self.oxides.append((i, symbol))
                    continue
            if (match := _ELEMENT.fullmatch(name)) and match.group(1).capitalize() in BY_SYMBOL:
                self.elements.append((i, match.group(1).capitalize()))
                continue
            if match := _ACTIVITY.fullmatch(name):
                of, unit, on = match.groups()
                self.activity.append((i, _nuclide(of), {"ppm": "ppm", "bq_per_kg": "Bq/kg"}.get(unit, "Bq/g"), on))
            elif name and name not in known:
                self.extra.append((i, name))


def _nuclide(word: str) -> str:
    oxide = {"tho2": "ThO2", "u3o8": "U3O8"}.get(word.lower())
    if oxide:
        return oxide
    letters, digits = re.match(r"([a-z]+)_?(\d*)", word.lower()).groups()  # type: ignore[union-attr]
    return letters.capitalize() + (f"-{digits}" if digits else "")


class _Row:
    """One row of a table of declarations."""

    def __init__(self, plan: _Plan, row: list[str], line: int, numbers: Numbers, jurisdiction: str) -> None:
        self.plan, self.line, self.numbers, self.jurisdiction = plan, line, numbers, jurisdiction
        self.row = [cell.strip() for cell in row]
        self.cells = [*self.row, *[""] * (plan.width - len(row)), ""] if len(row) <= plan.width else [*self.row, ""]
        self.plain_point = numbers.settled and numbers.decimal == "."
        self.warnings: list[str] = []
        self.unclear: list[str] = []
        for first, second in plan.twins:
            one, other = self.cells[first], self.cells[second]
            if not one:
                self.cells[first] = other
            elif other and other != one:
                self.unclear.append(f"UNREAD {plan.names[first]} = {one[:40]} / {other[:40]}")

    def text(self, name: str) -> str | None:
        return self.cells[self.plan.at.get(name, -1)] or None

    def number(self, name: str) -> Decimal | None:
        cell = self.text(name)
        return None if cell is None else self.parse(cell, name)

    def parse(self, cell: str, name: str) -> Decimal | None:
        if cell.isascii() and (
            cell.isdigit() or (self.plain_point and cell.replace(".", "", 1).isdigit() and cell[-1] != ".")
        ):
            return Decimal(cell)  # by far the most cells; what follows is for the rest
        if self.numbers.ambiguous(cell):
            self.unclear.append("NUMBER_UNCLEAR")
            return None
        try:
            value = self.numbers.read(cell)
        except ValueError:
            self.unclear.append(f"UNREAD {name} = {cell[:40]}")
            return None
        if value is not None and self.numbers.thousands in cell:
            self.warnings.append("THOUSANDS")
        if value is not None and not 0 <= value < MOST:
            self.unclear.append(f"UNREAD {name} = {cell[:40]}")
            return None
        return value

    def unit(self, name: str) -> str | None:
        """Unit of a weight, from its own column or from the heading; asked for when the two differ."""
        cell, said = self.text(f"{name}_unit"), self.plan.fixed.get(f"{name}_unit")
        if cell and said and Mass(Decimal(1), cell).t != Mass(Decimal(1), said).t:
            self.unclear.append(f"UNREAD {name}_unit = {cell[:40]} / {said}")
            return None
        return cell or said

    def country(self, name: str) -> str | None:
        """ISO3 of a country; one that is not known is asked for."""
        cell = self.text(name)
        found = None if cell is None else country_of(cell)
        if cell is not None and found is None:
            self.unclear.append(f"UNREAD {name} = {cell[:40]}")
        return found or cell

    def fact(self, cell: str) -> Any:
        """A further declared fact: a number by the file's decimal sign, else the word."""
        try:
            return cell if self.numbers.ambiguous(cell) else self.numbers.read(cell)
        except ValueError:
            return cell

    def share(self, name: str) -> Decimal | None:
        value = self.number(name)
        if value is not None and value > 100:
            self.unclear.append(f"UNREAD {name} = {value}")
            return None
        return value

    def consignment(self) -> Consignment:
        code, repaired = code_digits(self.text("hs_code"))
        dates, noticed = read_dates(self.text("date"))
        masses = {name: Mass(self.number(name), self.unit(name)) for name in _WEIGHTS}
        self._units(masses)
        certificate, activity = self._certificate(), self._activity()
        amount, currency = self.number("value"), self.text("currency") or self.plan.fixed.get("currency")
        destination, feed_origin = self.country("destination"), self.country("feed_origin")
        if (len(self.row) > self.plan.width and any(cell.strip() for cell in self.row[self.plan.width :])) or len(
            self.row
        ) < self.plan.width:
            self.unclear.append(f"UNREAD_CELLS {len(self.row)} {self.plan.width}")
        extra = {name: self.fact(self.row[i]) for i, name in self.plan.extra if i < len(self.row) and self.row[i]}
        warnings = [w for w in (noticed, "HS_CODE_REPAIRED" if repaired else None) if w]
        return Consignment(
            declaration_no=self.text("declaration_no") or "",
            item=self.text("item") or "1",
            dates=dates,
            jurisdiction=self.country("jurisdiction") or self.jurisdiction,
            exporter=self.text("exporter"),
            destination=destination,
            feed_origin=feed_origin,
            state_of_origin=self.text("state_of_origin"),
            purpose=self.text("purpose"),
            description=self.text("description") or "",
            code=code,
            gross=masses["gross"],
            net=masses["net"],
            quantities=tuple(masses[q] for q in ("quantity_1", "quantity_2") if masses[q].value is not None),
            value=None if amount is None else Money(amount, currency, "FOB"),
            certificate=certificate,
            activity=activity,
            documents={kind: {} for kind in self.many("documents")},
            permits=self.many("permits"),
            end_user_flag=self.text("end_user_flag"),
            extra=extra,
            unclear=tuple(dict.fromkeys(self.unclear)),
            warnings=tuple(dict.fromkeys((*warnings, *self.warnings))),
            line=self.line,
        )

    def many(self, name: str) -> tuple[str, ...]:
        cell = self.text(name)
        return () if cell is None else tuple(part for part in re.split(r"\s*[;|]\s*", cell) if part)

    def _units(self, masses: Mapping[str, Mass]) -> None:
        kinds = {
            _UNIT_KIND.get((masses[name].unit or "").upper())
            for name in ("gross", "net", "quantity_1")
            if masses[name].value is not None and masses[name].unit
        }
        if len(kinds) > 1:
            self.warnings.append("MIXED_UNITS")

    def _certificate(self) -> Certificate | None:
        basis, treo = None, None
        for name, of in (
            ("treo_dry", "dry"),
            ("treo_as_received", "as_received"),
            ("treo_calcined", "calcined"),
            ("treo", None),
        ):
            value = self.share(name)
            if value is not None:
                treo, basis = value, of or self.text("treo_basis")
                break
        oxides = self._shares(self.plan.oxides, "oxide")
        content = self._shares(self.plan.elements, "content")
        moisture, loi = self.share("moisture_pct"), self.share("loi_pct")
        if treo is None and moisture is None and loi is None and not oxides and not content:
            return None
        if basis not in (None, "dry", "as_received", "calcined"):
            self.unclear.append(f"UNREAD treo_basis = {basis}")
            basis = None
        return Certificate(basis or self.text("treo_basis"), moisture, loi, treo, oxides, content)

    def _shares(self, places: list[tuple[int, str]], what: str) -> dict[str, Decimal]:
        """Shares by element; one below its detection limit (`<0.01`) is left out."""
        found = {}
        for i, symbol in places:
            cell = self.row[i] if i < len(self.row) else ""
            if cell and not cell.startswith("<"):
                value = self.parse(cell, f"{symbol} {what}")
                if value is not None and value > 100:
                    self.unclear.append(f"UNREAD {symbol} {what} = {cell[:40]}")
                elif value is not None:
                    found[symbol] = value
        return found

    def _activity(self) -> tuple[Activity, ...]:
        found = []
        for i, of, unit, on in self.plan.activity:
            cell = self.row[i].strip() if i < len(self.row) else ""
            if not cell:
                continue
            below = cell.startswith("<")
            value = self.parse(cell.lstrip("< "), of)
            if value is not None:
                found.append(Activity(of, value, unit, below=below, on=on))
        return tuple(found)
