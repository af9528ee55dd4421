"""One declaration of a file, from its row to a consignment: words first, amounts after.

The amounts (weights, quantities, value) are a row's own; its words (everything else but number and item) come again and
again in a long file. So a row can be read in two steps: `words` tells which rows share the first one, `read` makes the
consignment without amounts, `amounts` adds what is left. `build` does both at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import replace
from decimal import Decimal
from operator import itemgetter
from typing import Any

from gadolin.atlas.formats.codes import country_of
from gadolin.atlas.formats.text import Numbers, code_digits
from gadolin.elements import BY_SYMBOL
from gadolin.moratorium.activity import nuclide_of
from gadolin.moratorium.columns import FIELDS, Heading
from gadolin.moratorium.consignment import (
    BASES,
    MOST,
    NO_ENTRY,
    Activity,
    Amounts,
    Certificate,
    Consignment,
    Mass,
    Money,
    is_unit,
)
from gadolin.moratorium.currency import currency_of
from gadolin.moratorium.dates import read_dates

__all__ = ["DeclaredRow", "RecordRow", "Table", "TableRow", "unreadable"]

_WEIGHTS = ("gross", "net", "quantity_1", "quantity_2")
_UNIT_KIND = {"KGM": "kg", "KG": "kg", "KGS": "kg", "TNE": "t", "MT": "t", "T": "t", "TONNE": "t", "TONNES": "t"}
_OXIDE = re.compile(r"(?:([a-z]{1,2})(?:\d*o\d*)|([a-z]{1,2})_oxide)_pct", re.I)
_ELEMENT = re.compile(r"([a-z]{1,2})_pct", re.I)
_ACTIVITY = re.compile(r"(th|u|tho2|u3o8|[a-z]{1,2}_?\d{3})_(ppm|bq_per_g|bq_g|bq_per_kg)(?:_(dry|as_received))?", re.I)
_NOWHERE = 1 << 30
_KNOWN_CELLS = 10_000  # numbers kept per table; beyond, all are forgotten


def unreadable(line: int, why: str) -> Consignment:
    """A row that could not be read, as a consignment that can only be held."""
    return Consignment("", unclear=(f"UNREAD_ROW {line} {why}",), line=line)


class RecordRow:
    """A record of JSON, or a row that cannot be read: a consignment that shares nothing with others.

    Args:
        build: Makes the consignment.
    """

    __slots__ = ("build", "read")
    words: Hashable = None

    def __init__(self, build: Callable[[], Consignment]) -> None:
        self.build = self.read = build

    def own(self, c: Consignment) -> tuple[str, str, int | None]:
        """Number, item and line."""
        return c.declaration_no, c.item, c.line

    def amounts(self, c: Consignment) -> Amounts:
        """What it weighs and is worth."""
        return Amounts(c.gross, c.net, c.quantities, c.value)


class Table:
    """A table of declarations: which column fills what, found once per file.

    Args:
        heading: Its columns.
        numbers: How its numbers are written.
        jurisdiction: ISO3 of the exporting state where a row does not name one.
        finish: Adds to a consignment what the office knows.
    """

    def __init__(
        self, heading: Heading, numbers: Numbers, jurisdiction: str, finish: Callable[[Consignment], Consignment]
    ) -> None:
        self.names, self.fixed, self.twins = heading.fields, heading.fixed, heading.twins
        self.numbers, self.jurisdiction, self.finish = numbers, jurisdiction, finish
        self.at = {name: i for i, name in reversed(list(enumerate(self.names)))}
        self.width = len(self.names)
        self.oxides: list[tuple[int, str]] = []
        self.elements: list[tuple[int, str]] = []
        self.activity: list[tuple[int, str, str, str | None]] = []
        self.extra: list[tuple[int, str]] = []
        for i, name in enumerate(self.names):
            self._place(i, name)
        self.words = self._words()
        self._plain_point = numbers.settled and numbers.decimal == "."
        self._known: dict[str, tuple[Decimal | None, str]] = {}

    def _place(self, i: int, name: str) -> None:
        if match := _OXIDE.fullmatch(name):
            symbol = (match.group(1) or match.group(2)).capitalize()
            if symbol in BY_SYMBOL:
                self.oxides.append((i, symbol))
                return
        if (match := _ELEMENT.fullmatch(name)) and match.group(1).capitalize() in BY_SYMBOL:
            self.elements.append((i, match.group(1).capitalize()))
        elif match := _ACTIVITY.fullmatch(name):
            of, unit, on = match.groups()
            self.activity.append((i, nuclide_of(of), {"ppm": "ppm", "bq_per_kg": "Bq/kg"}.get(unit, "Bq/g"), on))
        elif name and name not in FIELDS:
            self.extra.append((i, name))

    def _words(self) -> Callable[[list[str]], Hashable]:
        """Takes the cells that rows share: all but number, item and amounts that stand in one column."""
        twice = {self.names[first] for first, _ in self.twins}
        own = {self.at.get(name) for name in ("declaration_no", "item", *_WEIGHTS, "value") if name not in twice}
        places = [i for i in range(self.width) if i not in own]
        return itemgetter(*places) if places else lambda _: ()

    def number(self, cell: str) -> tuple[Decimal | None, str]:
        """A cell as a number, and what was noticed: nothing, `thousands`, `ambiguous` or `unread`."""
        if cell.isascii() and (
            cell.isdigit() or (self._plain_point and cell.replace(".", "", 1).isdigit() and cell[-1] != ".")
        ):
            return Decimal(cell), ""  # by far the most cells; what follows is for the rest
        found = self._known.get(cell)
        if found is None:
            if len(self._known) > _KNOWN_CELLS:
                self._known.clear()
            found = self._known[cell] = self._number(cell)
        return found

    def _number(self, cell: str) -> tuple[Decimal | None, str]:
        if self.numbers.ambiguous(cell):
            return None, "ambiguous"
        try:
            value = self.numbers.read(cell)
        except ValueError:
            return None, "unread"
        if value is not None and not 0 <= value < MOST:
            return None, "unread"
        return value, "thousands" if value is not None and self.numbers.thousands in cell else ""


class TableRow:
    """A row of a table.

    Args:
        table: The table.
        cells: Its cells.
        line: Line of the file.
    """

    __slots__ = ("cells", "line", "table", "unclear", "warnings")

    def __init__(self, table: Table, cells: list[str], line: int) -> None:
        self.table, self.cells, self.line = table, cells, line
        self.unclear: list[str] = []
        self.warnings: list[str] = []

    @property
    def words(self) -> Hashable:
        """What rows must have in common to share `read`; None when it cannot be told."""
        return self.table.words(self.cells) if len(self.cells) == self.table.width else None

    def own(self, _: Consignment) -> tuple[str, str, int]:
        """Number, item and line."""
        return self.text("declaration_no") or "", self.text("item") or "1", self.line

    def read(self) -> Consignment:
        """The consignment without number, item, line and amounts; of the weights only their units."""
        return self.table.finish(self._read())

    def build(self) -> Consignment:
        """The consignment."""
        c = self._read()
        amounts = self.amounts(c)
        number, item, line = self.own(c)
        return self.table.finish(
            replace(
                c,
                declaration_no=number,
                item=item,
                line=line,
                gross=amounts.gross,
                net=amounts.net,
                quantities=amounts.quantities,
                value=amounts.value,
                unclear=tuple(dict.fromkeys((*c.unclear, *amounts.unclear))),
                warnings=tuple(dict.fromkeys((*c.warnings, *amounts.warnings))),
            )
        )

    def amounts(self, c: Consignment) -> Amounts:
        """Weights, quantities and value.

        Args:
            c: What `read` gave, for this row or for one with the same words.
        """
        self.unclear, self.warnings = [], []
        one, two = c.quantities
        gross, net = Mass(self.number("gross"), c.gross.unit), Mass(self.number("net"), c.net.unit)
        first, second = Mass(self.number("quantity_1"), one.unit), Mass(self.number("quantity_2"), two.unit)
        if gross.unit != net.unit or net.unit != one.unit:
            given = (mass.unit for mass in (gross, net, first) if mass.value is not None and mass.unit)
            if len({_UNIT_KIND.get(unit.upper()) for unit in given}) > 1:
                self.warnings.append("MIXED_UNITS")
        amount, currency = self.number("value"), None if c.value is None else c.value.currency
        return Amounts(
            gross,
            net,
            tuple([mass for mass in (first, second) if mass.value is not None]),
            None if amount is None else Money(amount, currency, "FOB"),
            tuple(self.unclear),
            tuple(self.warnings),
        )

    def _read(self) -> Consignment:
        table = self.table
        self.unclear, self.warnings = [], []
        for first, second in table.twins:
            one, other = self.cell(first), self.cell(second)
            if one and other and other != one:
                self.unclear.append(f"UNREAD {table.names[first]} = {one[:40]} / {other[:40]}")
        code, repaired = code_digits(self.text("hs_code"))
        dates, noticed = read_dates(self.text("date"))
        gross, net, *quantities = [Mass(None, self.unit(name)) for name in _WEIGHTS]
        certificate, activity = self._certificate(), self._activity()
        destination, feed_origin = self.country("destination"), self.country("feed_origin")
        if len(self.cells) < table.width or any(cell.strip() for cell in self.cells[table.width :]):
            self.unclear.append(f"UNREAD_CELLS {len(self.cells)} {table.width}")
        warnings = [w for w in (noticed, "HS_CODE_REPAIRED" if repaired else None) if w]
        return Consignment(
            declaration_no="",
            dates=dates,
            jurisdiction=self.country("jurisdiction") or table.jurisdiction,
            exporter=self.text("exporter"),
            destination=destination,
            feed_origin=feed_origin,
            state_of_origin=self.text("state_of_origin"),
            purpose=self.text("purpose"),
            description=self.text("description") or "",
            code=code,
            gross=gross,
            net=net,
            quantities=tuple(quantities),
            value=Money(None, self.currency(), "FOB"),
            certificate=certificate,
            activity=activity,
            documents={kind: {} for kind in self.many("documents")},
            permits=self.many("permits"),
            end_user_flag=self.text("end_user_flag"),
            extra={name: self.fact(cell) for i, name in table.extra if (cell := self.cell(i))},
            unclear=tuple(dict.fromkeys(self.unclear)),
            warnings=tuple(dict.fromkeys((*warnings, *self.warnings))),
        )

    def cell(self, i: int) -> str:
        """The cell in a place; empty where the row is too short."""
        return self.cells[i].strip() if i < len(self.cells) else ""

    def text(self, name: str) -> str | None:
        """The cell of a field; of two columns that fill it the first that is not empty."""
        table, cells = self.table, self.cells
        at = table.at.get(name, _NOWHERE)
        cell = cells[at].strip() if at < len(cells) else ""
        if not cell and table.twins:
            cell = next((x for first, i in table.twins if first == at and (x := self.cell(i))), "")
        return cell or None

    def number(self, name: str) -> Decimal | None:
        """The number of a field."""
        cell = self.text(name)
        return None if cell is None else self.parse(cell, name)

    def parse(self, cell: str, name: str) -> Decimal | None:
        """A cell as a number; one that cannot be read for certain is asked for."""
        value, noticed = self.table.number(cell)
        if noticed == "thousands":
            self.warnings.append("THOUSANDS")
        elif noticed:
            self.unclear.append("NUMBER_UNCLEAR" if noticed == "ambiguous" else f"UNREAD {name} = {cell[:40]}")
        return value

    def unit(self, name: str) -> str | None:
        """Unit of a weight, from its own column or from the heading; asked for when the two differ."""
        cell, said = self.text(f"{name}_unit"), self.table.fixed.get(f"{name}_unit")
        if cell and said and Mass(Decimal(1), cell).t != Mass(Decimal(1), said).t:
            self.unclear.append(f"UNREAD {name}_unit = {cell[:40]} / {said}")
            return None
        unit = cell or said
        if unit is not None and unit.upper() in NO_ENTRY:
            return None
        if unit is not None and not is_unit(unit, name in ("gross", "net")):
            self.unclear.append(f"UNREAD {name}_unit = {unit[:40]}")
        return unit

    def currency(self) -> str | None:
        """Currency of the value, from its own column or from the heading; one that is none is asked for."""
        cell = self.text("currency") or self.table.fixed.get("currency")
        if cell is None or cell.upper() in NO_ENTRY:
            return None
        found = currency_of(cell)
        if found is None:
            self.unclear.append(f"UNREAD currency = {cell[:40]}")
        return found or cell

    def country(self, name: str) -> str | None:
        """ISO3 of a country; one that is not known is asked for."""
        cell = self.text(name)
        found = None if cell is None else country_of(cell)
        if cell is not None and found is None:
            self.unclear.append(f"UNREAD {name} = {cell[:40]}")
        return found or cell

    def fact(self, cell: str) -> Any:
        """A further declared fact: a number by the file's decimal sign, else the word."""
        numbers = self.table.numbers
        try:
            return cell if numbers.ambiguous(cell) else numbers.read(cell)
        except ValueError:
            return cell

    def share(self, name: str) -> Decimal | None:
        """A percentage of a field; more than 100 is asked for."""
        value = self.number(name)
        if value is not None and value > 100:
            self.unclear.append(f"UNREAD {name} = {value}")
            return None
        return value

    def many(self, name: str) -> tuple[str, ...]:
        """The parts of a cell that holds several."""
        cell = self.text(name)
        return () if cell is None else tuple(part for part in re.split(r"\s*[;|]\s*", cell) if part)

    def _certificate(self) -> Certificate | None:
        basis, treo = None, None
        for name, of in (("treo_dry", "dry"), ("treo_as_received", "as_received"), ("treo_calcined", "calcined"),
                         ("treo", None)):  # fmt: skip
            value = self.share(name)
            if value is not None:
                treo, basis = value, of or self.text("treo_basis")
                break
        oxides = self._shares(self.table.oxides, "oxide")
        content = self._shares(self.table.elements, "content")
        moisture, loi = self.share("moisture_pct"), self.share("loi_pct")
        if treo is None and moisture is None and loi is None and not oxides and not content:
            return None
        if basis not in (None, *BASES):
            self.unclear.append(f"UNREAD treo_basis = {basis}")
            basis = None
        return Certificate(basis or self.text("treo_basis"), moisture, loi, treo, oxides, content)

    def _shares(self, places: list[tuple[int, str]], what: str) -> dict[str, Decimal]:
        """Shares by element; one below its detection limit (`<0.01`) is left out."""
        found = {}
        for i, symbol in places:
            cell = self.cell(i)
            if cell and not cell.startswith("<"):
                value = self.parse(cell, f"{symbol} {what}")
                if value is not None and value > 100:
                    self.unclear.append(f"UNREAD {symbol} {what} = {cell[:40]}")
                elif value is not None:
                    found[symbol] = value
        return found

    def _activity(self) -> tuple[Activity, ...]:
        found = []
        for i, of, unit, on in self.table.activity:
            cell = self.cell(i)
            value = self.parse(cell.lstrip("< "), of) if cell else None
            if value is not None:
                found.append(Activity(of, value, unit, below=cell.startswith("<"), on=on))
        return tuple(found)


DeclaredRow = TableRow | RecordRow
