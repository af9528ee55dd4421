"""The sheets of a cash-flow workbook in the making: rows of formulas, each with the value that the engine gives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from gadolin.economics.appraisal import Appraisal

__all__ = ["Array", "Book", "Rows"]

Array = NDArray[np.float64]
_FIRST_COLUMN = 2


@dataclass
class Rows:
    """One sheet: rows of formulas with their values.

    Args:
        sheet: The sheet of xlsxwriter.
        name: Its name.
        columns: How many periods or years it has.
    """

    sheet: Any
    name: str
    columns: int
    rows: dict[str, int] = field(default_factory=dict)
    values: dict[str, Array] = field(default_factory=dict)
    at: int = 0

    def cell(self, row: str, column: int) -> str:
        """Address of a row's cell, within this sheet."""
        return xl_rowcol_to_cell(self.rows[row], _FIRST_COLUMN + column)

    def span(self, row: str, first: int = 0, count: int | None = None) -> str:
        """Address of a row's cells from `first` on, all when no count is given, within this sheet."""
        last = first + (self.columns - first if count is None else count) - 1
        number = self.rows[row] + 1
        ends = (xl_col_to_name(_FIRST_COLUMN + column) for column in (first, last))
        return ":".join(f"{end}{number}" for end in ends)

    def there(self, address: str) -> str:
        """An address of this sheet as another sheet writes it."""
        return f"'{self.name}'!{address}"

    def add(self, name: str, formula: Callable[[int], str], values: Array, note: str = "million") -> None:
        """A row; the formula of a column may speak of rows above and of columns before.

        A formula without a leading `=` stands for a plain number.
        """
        self.rows[name] = self.at
        self.values[name] = values
        self.sheet.write(self.at, 0, name)
        self.sheet.write(self.at, 1, note)
        for column in range(self.columns):
            text = formula(column)
            cell = (self.at, _FIRST_COLUMN + column)
            if text.startswith("="):
                self.sheet.write_formula(*cell, text, None, float(values[column]))
            else:
                self.sheet.write_number(*cell, float(values[column]))
        self.at += 1

    def given(self, name: str, values: Array, note: str = "") -> None:
        """A row of plain numbers."""
        self.add(name, lambda _: "", values, note)

    def sum(self, name: str, parts: Mapping[str, int], note: str = "million") -> None:
        """A row that adds (1) and takes away (-1) rows above."""
        total = sum((sign * self.values[part] for part, sign in parts.items()), np.zeros(self.columns))

        def formula(column: int) -> str:
            signs = ("+" if sign > 0 else "-" for sign in parts.values())
            terms = "".join(f"{s}{self.cell(p, column)}" for s, p in zip(signs, parts, strict=True))
            return "=" + (terms.removeprefix("+") or "0")

        self.add(name, formula, total, note)


@dataclass
class Book:
    """A workbook in the making.

    Args:
        found: The appraisal whose central case is written.
        cells: Address of each input on the sheet `Inputs`.
        inputs: Value of each input.
        flow: Sheet with one column per period.
        tax: Sheet with one column per year.
        lines: Rows of `flow` that are payments: (row, payer, payee).
    """

    found: Appraisal
    cells: Mapping[str, str]
    inputs: Mapping[str, float]
    flow: Rows
    tax: Rows
    lines: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        plan, self.per = self.found.project.schedule, self.found.finance.periods_per_year
        self.first = plan.construction_years * self.per
        self.last = (plan.construction_years + plan.life_years) * self.per

    @property
    def company(self) -> str:
        """The party of the project."""
        return self.found.project.company

    def pay(self, name: str, payer: str, payee: str, formula: Callable[[int], str], values: Array) -> None:
        """A row of `flow` that is a payment."""
        self.flow.add(name, formula, values)
        self.lines.append((name, payer, payee))

    def cash_parts(self, party: str) -> dict[str, int]:
        """Rows that make up the cash of a party, with their sign."""
        signs: dict[str, int] = {}
        for name, payer, payee in self.lines:
            sign = (payee == party) - (payer == party)
            if sign:
                signs[name] = sign
        return signs
