"""Rules that several tables share: over one row, for `Table(checks=...)`, and over rows that hold each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from gadolin.errors import Fault

__all__ = ["fault_at", "needs", "never_together", "ordered", "parts_in_wholes"]

RowCheck = Callable[[pd.DataFrame], Iterator[tuple[str, str, str]]]


def ordered(*names: str) -> RowCheck:
    """Low ends do not exceed values, values do not exceed high ends.

    Args:
        names: Columns X; X_low and X_high stand beside them. Where X is blank the ends are held against each other.
    """

    def check(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
        for name in names:
            low, value, high = (frame[f"{name}{tail}"] for tail in ("_low", "", "_high"))
            for row in frame.index[(low > value) | (low > high)]:
                yield str(row), f"{name}_low", f"must not exceed {name} or {name}_high"
            for row in frame.index[value > high]:
                yield str(row), f"{name}_high", f"must not be below {name}"

    return check


def needs(value: str, *others: str) -> RowCheck:
    """Where `value` is given, the others are too: a number without its unit, or money without its currency, is none."""

    def check(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
        for other in others:
            for row in frame.index[frame[value].notna() & frame[other].isna()]:
                yield str(row), other, f"must not be blank where {value} is given"

    return check


def never_together(flag: str, other: str, why: str) -> RowCheck:
    """A row with `flag` = yes leaves `other` blank.

    Args:
        flag: Column of kind Flag.
        other: Column that must be blank then.
        why: What is allowed, as the end of an error sentence.
    """

    def check(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
        for row in frame.index[frame[flag].fillna(value=False).astype(bool) & frame[other].notna()]:
            yield str(row), flag, why

    return check


def fault_at(table: str, row: object, column: str, value: object, allowed: str) -> Fault:
    """A fault of one cell, found by a rule over several rows or tables.

    Args:
        table: Table name.
        row: Row id.
        column: Column name.
        value: The offending value; None when there is none.
        allowed: What is allowed, as the end of an error sentence.

    >>> str(fault_at("facilities", "A-1", "part_of", "A-1", "must be another row"))
    'facilities.csv  A-1:part_of = "A-1"   must be another row'
    """
    return Fault(allowed, f"{table}.csv", None, f"{row}:{column}", value)


def parts_in_wholes(table: str, frame: pd.DataFrame) -> Iterator[Fault]:
    """Faults of `part_of`: a row that does not exist, another country, or a circle.

    Args:
        table: Table name.
        frame: Its rows, with `part_of` and `country_iso3`.
    """
    inside: dict[str, str] = frame["part_of"].dropna().to_dict()
    for row, whole in inside.items():
        if whole not in frame.index:
            yield fault_at(table, row, "part_of", whole, f"must be a row_id of table {table}")
            continue
        if frame.at[row, "country_iso3"] != frame.at[whole, "country_iso3"]:
            yield fault_at(table, row, "part_of", whole, "must be a row of the same country")
        seen, at = {row}, whole
        while at in inside and at not in seen:
            seen.add(at)
            at = inside[at]
        if at in seen:
            yield fault_at(table, row, "part_of", whole, "must not lead back to the row itself")
