"""Kinds of columns. One declaration says what a cell may hold; from it follow reading, the error sentence, the data
dictionary, the Frictionless schema, templates, and good and bad cells for tests.

A cell arrives as text. Blank is missing: allowed only where the column gives the reason (`missing="not reported"`),
and never turned into zero. Numbers have a decimal point and no thousands separator.

>>> Number("capex_musd", above=0).allowed
'must be a number greater than 0'
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gadolin.errors import did_you_mean
from gadolin.units import unit_of

__all__ = ["Choice", "Column", "Date", "Flag", "Key", "Many", "Number", "RowId", "Text", "Year"]

ROW_ID = r"[A-Za-z0-9._-]+"
_DATE = r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"
_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"

_STR = pd.StringDtype(na_value=np.nan)

UNITS = dict.fromkeys(("Number.above", "Number.at_least", "Number.at_most"), "the unit of the column")


@dataclass(frozen=True, kw_only=True)
class _Options:
    help: str = ""
    missing: str | None = None
    """Reason why a cell may be blank; None: it must not be."""


@dataclass(frozen=True)
class Column(_Options):
    """Base of all kinds.

    Args:
        name: Column name; a number's name ends in its unit.
        help: What it means, one sentence.
        missing: Reason why a blank cell is allowed.
    """

    name: str
    kind: ClassVar[str] = "text"
    frictionless_type: ClassVar[str] = "string"

    @property
    def unit(self) -> str | None:
        """Printed unit, for numbers."""
        return None

    @property
    def allowed(self) -> str:
        """What a cell may hold, as the end of an error sentence."""
        return "must be text"

    def constraints(self) -> dict[str, Any]:
        """Frictionless constraints."""
        return {} if self.missing else {"required": True}

    def parse(self, cells: pa.Array) -> tuple[pa.Array, np.ndarray]:
        """Cells as values, and which of them are not allowed.

        Args:
            cells: Text, stripped, null where blank. `[row]`

        Returns:
            Values with null where blank or bad, and a mask of bad cells, both `[row]`.
        """
        return cells, np.zeros(len(cells), dtype=bool)

    def explain(self, cell: str) -> str:
        """Why this bad cell is bad and what to type instead."""
        return self.allowed

    def to_array(self, values: pa.ChunkedArray) -> Any:
        """Parsed values as pandas holds them in a column: a numpy or pandas array. [row]"""
        return _STR.__from_arrow__(values)

    def write(self, value: Any) -> str:
        """A value as it stands in a file; the inverse of `parse`."""
        return "" if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)) else str(value)

    def good_cells(self) -> Iterable[str]:
        """Some cells that are allowed, for tests and templates."""
        return ("text", "ore, clay; 3 \u00b5m")

    def bad_cells(self) -> Iterable[str]:
        """Some cells that are not."""
        return () if self.missing else ("",)


def _matches(cells: pa.Array, pattern: str) -> np.ndarray:
    """Which cells match the whole pattern; blank counts as matching."""
    found = pc.match_substring_regex(cells, f"^(?:{pattern})$")
    return pc.fill_null(found, True).to_numpy(zero_copy_only=False)


def _keep(values: pa.Array, bad: np.ndarray) -> pa.Array:
    return pc.if_else(pa.array(~bad), values, pa.scalar(None, values.type)) if bad.any() else values


@dataclass(frozen=True)
class Text(Column):
    """Free text, or text of a pattern."""

    pattern: str | None = None
    form: str | None = None
    """The pattern in words."""

    @property
    def allowed(self) -> str:
        return f"must be {self.form or 'text' if self.pattern is None else self.form or self.pattern}"

    def constraints(self) -> dict[str, Any]:
        return super().constraints() | ({"pattern": f"^(?:{self.pattern})$"} if self.pattern else {})

    def parse(self, cells: pa.Array) -> tuple[pa.Array, np.ndarray]:
        if self.pattern is None:
            return cells, np.zeros(len(cells), dtype=bool)
        bad = ~_matches(cells, self.pattern)
        return _keep(cells, bad), bad


@dataclass(frozen=True)
class RowId(Text):
    """The stable name of a row: letters, digits, dot, underscore, hyphen; unique in its table."""

    name: str = "row_id"
    pattern: str | None = ROW_ID
    form: str | None = "letters, digits, '.', '_' or '-', without spaces"

    def good_cells(self) -> Iterable[str]:
        return ("MYS-SEPA-002", "a.b_c")

    def bad_cells(self) -> Iterable[str]:
        return ("", "two words", "a:b")


@dataclass(frozen=True)
class Choice(Column):
    """One of a closed list."""

    choices: tuple[str, ...] = ()
    kind: ClassVar[str] = "choice"

    def __post_init__(self) -> None:
        object.__setattr__(self, "choices", tuple(self.choices))

    @property
    def allowed(self) -> str:
        return f"must be one of {', '.join(self.choices)}"

    def constraints(self) -> dict[str, Any]:
        return super().constraints() | {"enum": list(self.choices)}

    def parse(self, cells: pa.Array) -> tuple[pa.Array, np.ndarray]:
        known = pc.is_in(cells, value_set=pa.array([*self.choices, None], pa.string()))
        bad = ~known.to_numpy(zero_copy_only=False)
        return _keep(cells, bad), bad

    def explain(self, cell: str) -> str:
        near = did_you_mean(cell, self.choices)
        return f"not a {self.name}{near}" if near else self.allowed

    def good_cells(self) -> Iterable[str]:
        return self.choices

    def bad_cells(self) -> Iterable[str]:
        return (*super().bad_cells(), "no such choice", f"{self.choices[0]}x")


@dataclass(frozen=True)
class Flag(Column):
    """yes or no."""

    kind: ClassVar[str] = "flag"
    frictionless_type: ClassVar[str] = "boolean"

    @property
    def allowed(self) -> str:
        return "must be yes or no"

    def parse(self, cells: pa.Array) -> tuple[pa.Array, np.ndarray]:
        yes, no = pc.equal(cells, "yes"), pc.equal(cells, "no")
        bad = ~pc.fill_null(pc.or_(yes, no), True).to_numpy(zero_copy_only=False)
        return _keep(yes, bad), bad

    def to_array(self, values: pa.ChunkedArray) -> Any:
        return pd.BooleanDtype().__from_arrow__(values) if self.missing else values.to_numpy()

    def write(self, value: Any) -> str:
        return "" if value is None or value is pd.NA else ("yes" if value else "no")

    def good_cells(self) -> Iterable[str]:
        return ("yes", "no")

    def bad_cells(self) -> Iterable[str]:
        return (*super().bad_cells(), "true", "Y", "1")


@dataclass(frozen=True)
class Number(Column):
    """A number with its range and unit.

    Args:
        above: Exclusive lower bound.
        at_least: Inclusive lower bound.
        at_most: Inclusive upper bound.
        row_unit: Column that holds the unit of each row; else the unit follows from the name, or `in_unit` says it.
        in_unit: Unit in words, where no suffix can carry it.
    """

    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    row_unit: str | None = None
    in_unit: str | None = None
    kind: ClassVar[str] = "number"
    frictionless_type: ClassVar[str] = "number"

    @property
    def unit(self) -> str | None:
        return self.in_unit or (f"`{self.row_unit}`" if self.row_unit else unit_of(self.name))

    @property
    def allowed(self) -> str:
        limits = [
            f"{word} {limit:g}"
            for word, limit in (
                ("greater than", self.above),
                ("at least", self.at_least),
                ("at most", self.at_most),
            )
            if limit is not None
        ]
        return "must be a number" + (f" {' and '.join(limits)}" if limits else "")

    def constraints(self) -> dict[str, Any]:
        found = super().constraints()
        if self.at_least is not None or self.above is not None:
            found["minimum"] = self.at_least if self.at_least is not None else self.above
        if self.at_most is not None:
            found["maximum"] = self.at_most
        return found

    def parse(self, cells: pa.Array) -> tuple[pa.Array, np.ndarray]:
        try:
            values = pc.cast(cells, pa.float64())
            bad = np.zeros(len(cells), dtype=bool)
        except pa.ArrowInvalid:
            bad = ~_matches(cells, _NUMBER)
            values = pc.cast(_keep(cells, bad), pa.float64())
        numbers = values.to_numpy(zero_copy_only=False)
        blank = pc.is_null(values).to_numpy(zero_copy_only=False)
        with np.errstate(invalid="ignore"):
            bad |= ~blank & ~np.isfinite(numbers)
            if self.above is not None:
                bad |= ~blank & ~(numbers > self.above)
            if self.at_least is not None:
                bad |= ~blank & ~(numbers >= self.at_least)
            if self.at_most is not None:
                bad |= ~blank & ~(numbers <= self.at_most)
        return _keep(values, bad), bad

    def explain(self, cell: str) -> str:
        if re.fullmatch(_NUMBER, cell):
            return self.allowed.replace("must be a number", "must be") if self.allowed != "must be a number" else ""
        if re.fullmatch(r"[+-]?\d+,\d+", cell):
            return f"must be a number with a decimal point, e.g. {cell.replace(',', '.')}"
        if cell.lower() in {"nan", "na", "n/a", "null", "none", "-", "inf"}:
            return "must be a number; leave the cell blank where the value is not known"
        return self.allowed

    def to_array(self, values: pa.ChunkedArray) -> Any:
        return values.to_numpy()

    def write(self, value: Any) -> str:
        return "" if pd.isna(value) else repr(float(value)).removesuffix(".0")

    def _inside(self) -> float:
        if self.at_least is not None:
            return self.at_least
        if self.above is not None:
            return self.above + (1.0 if self.at_most is None else (self.at_most - self.above) / 2)
        return self.at_most if self.at_most is not None else 1.5

    def good_cells(self) -> Iterable[str]:
        return (self.write(self._inside()),)

    def bad_cells(self) -> Iterable[str]:
        bad = ["NaN", "inf", "3,5", "about 5", "1 000"]
        if self.above is not None:
            bad.append(self.write(self.above))
        if self.at_least is not None:
            bad.append(self.write(self.at_least - 1))
        if self.at_most is not None:
            bad.append(self.write(self.at_most + 1))
        return (*super().bad_cells(), *bad)


@dataclass(frozen=True)
class Year(Column):
    """A calendar year."""

    first: int = 1900
    last: int = 2100
    kind: ClassVar[str] = "year"
    frictionless_type: ClassVar[str] = "integer"

    @property
    def unit(self) -> str | None:
        return "year"

    @property
    def allowed(self) -> str:
        return f"must be a year from {self.first} to {self.last}"

    def constraints(self) -> dict[str, Any]:
        return super().constraints() | {"minimum": self.first, "maximum": self.last}

    def parse(self, cells: pa.Array) -> tuple[pa.Array, np.ndarray]:
        bad = ~_matches(cells, r"\d{4}")
        values = pc.cast(_keep(cells, bad), pa.int64())
        outside = pc.or_(pc.less(values, self.first), pc.greater(values, self.last))
        bad |= pc.fill_null(outside, False).to_numpy(zero_copy_only=False)
        return _keep(values, bad), bad

    def to_array(self, values: pa.ChunkedArray) -> Any:
        return pd.Int64Dtype().__from_arrow__(values) if self.missing else values.to_numpy()

    def good_cells(self) -> Iterable[str]:
        return (str(max(self.first, 2024)),)

    def bad_cells(self) -> Iterable[str]:
        return (*super().bad_cells(), "24", "2024.5", str(self.last + 1), str(self.first - 1))


@dataclass(frozen=True)
class Date(Text):
    """An ISO date that may be partial: 2024, 2024-03 or 2024-03-31. Kept as written."""

    pattern: str | None = _DATE
    form: str | None = "a date such as 2024-03-31, 2024-03 or 2024"
    kind: ClassVar[str] = "date"

    def explain(self, cell: str) -> str:
        hint = "; write the year first" if re.fullmatch(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}", cell) else ""
        return self.allowed + hint

    def good_cells(self) -> Iterable[str]:
        return ("2024-03-31", "2024-03", "2024")

    def bad_cells(self) -> Iterable[str]:
        return (*Column.bad_cells(self), "31/03/2024", "2024-13", "45382", "March 2024")


@dataclass(frozen=True)
class Key(Text):
    """The row id of a row in another table."""

    table: str = ""
    pattern: str | None = ROW_ID
    kind: ClassVar[str] = "key"

    @property
    def allowed(self) -> str:
        return f"must be a row_id of table {self.table}"

    def good_cells(self) -> Iterable[str]:
        return ("MYS",)

    def bad_cells(self) -> Iterable[str]:
        return (*Column.bad_cells(self), "two words")


@dataclass(frozen=True)
class Many(Column):
    """A list in one cell, parted by `;`. Read as a tuple; blank is the empty tuple.

    Args:
        choices: Closed list of members; empty: any text.
        table: Table of which each member is a row id; empty: none.
    """

    choices: tuple[str, ...] = ()
    table: str = ""
    missing: str | None = field(default="none", kw_only=True)
    kind: ClassVar[str] = "list"

    def __post_init__(self) -> None:
        object.__setattr__(self, "choices", tuple(self.choices))

    @property
    def allowed(self) -> str:
        if self.choices:
            return f"must be a list parted by ';' of {', '.join(self.choices)}"
        return f"must be a list parted by ';'{f' of row ids of table {self.table}' if self.table else ''}"

    def _member(self) -> str:
        if self.choices:
            return "|".join(re.escape(c) for c in self.choices)
        return ROW_ID if self.table else r"[^;]*[^; ][^;]*"

    def constraints(self) -> dict[str, Any]:
        return super().constraints() | {"pattern": f"^(?:{self._member()})(?:; ?(?:{self._member()}))*$"}

    def parse(self, cells: pa.Array) -> tuple[pa.Array, np.ndarray]:
        bad = ~_matches(cells, f"(?:{self._member()})(?:; ?(?:{self._member()}))*")
        return _keep(cells, bad), bad

    def explain(self, cell: str) -> str:
        for part in (p.strip() for p in cell.split(";")):
            if self.choices and part not in self.choices:
                return f'"{part}" is not allowed{did_you_mean(part, self.choices)} ({self.allowed})'
        return self.allowed

    def to_array(self, values: pa.ChunkedArray) -> Any:
        lists = np.empty(len(values), dtype=object)
        lists[:] = [tuple(p.strip() for p in v.split(";")) if v else () for v in values.to_pylist()]
        return lists

    def write(self, value: Any) -> str:
        return ";".join(value)

    def good_cells(self) -> Iterable[str]:
        return (";".join(self.choices[:2]) if self.choices else "MYS;CHN",)

    def bad_cells(self) -> Iterable[str]:
        return (*super().bad_cells(), "a;;b", *(["no such member"] if self.choices else []))
