"""The sheet of a cash flow in the making: rows of formulas, each with the value that the engine gives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

__all__ = ["Array", "Rows"]

Array = NDArray[np.float64]
_FIRST_YEAR_COLUMN = 2


@dataclass
class Rows:
    """The sheet in the making: rows of formulas with their values."""

    sheet: Any
    years: int
    rows: dict[str, int] = field(default_factory=dict)
    values: dict[str, Array] = field(default_factory=dict)
    at: int = 0

    def cell(self, row: str, year: int) -> str:
        """Address of a row's cell in a year."""
        return xl_rowcol_to_cell(self.rows[row], _FIRST_YEAR_COLUMN + year)

    def span(self, row: str) -> str:
        """Address of a whole row."""
        last = xl_col_to_name(_FIRST_YEAR_COLUMN + self.years - 1)
        number = self.rows[row] + 1
        return f"{xl_col_to_name(_FIRST_YEAR_COLUMN)}{number}:{last}{number}"

    def add(self, name: str, formula: Callable[[int], str], values: Array, note: str = "") -> None:
        """A row; the formula of a year may speak of rows above and of the year before."""
        self.rows[name] = self.at
        self.values[name] = values
        self.sheet.write(self.at, 0, name)
        self.sheet.write(self.at, 1, note)
        for year in range(self.years):
            text = formula(year)
            cell = (self.at, _FIRST_YEAR_COLUMN + year)
            if text.startswith("="):
                self.sheet.write_formula(*cell, text, None, float(values[year]))
            else:
                self.sheet.write_number(*cell, float(values[year]))
        self.at += 1

    def given(self, name: str, values: Array, note: str = "") -> None:
        """A row of plain numbers."""
        self.add(name, lambda _: "", values, note)
