"""Rules over one row that several tables share, for `Table(checks=...)`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

__all__ = ["needs", "never_together", "ordered"]

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
