"""A number that knows its range, its unit, where it comes from and how well it is known.

`basis`, from strong to weak: measured, reported, derived, estimate, memory. `choice` stands apart: it is what a
user decided, not what the world is. low and high are the 5 and 95 % points, or the span of sources that
contradict each other; None means that no range is known, and that is printed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gadolin.errors import InputError

__all__ = ["BASES", "Fact", "Quantity", "counted", "format_range", "span", "weakest"]

BASES: tuple[str, ...] = ("measured", "reported", "derived", "estimate", "memory")
"""Strong to weak. `choice` is accepted beside them and never weakens a result."""

UNITS = dict.fromkeys(("Quantity.value", "Quantity.low", "Quantity.high"), "the unit that stands beside it")


@dataclass(frozen=True)
class Quantity:
    """A value with unit, range, basis and refs; or its absence, with the reason.

    Args:
        value: The number, or None when missing.
        unit: Printed unit, for example `t REO`.
        low: 5 % point or lowest source; None when no range is known.
        high: 95 % point or highest source.
        basis: One of `BASES`, or `choice`.
        refs: Refs of the cells that it stands on (`TABLE:ROW_ID:COLUMN`).
        reason: Why it is missing, or what a reader must know.

    >>> print(Quantity(10500.0, "t", low=7200.0, high=10500.0, basis="reported"))
    10,500 t (7,200-10,500)
    >>> print(Quantity.missing("t", "capacity not reported"))
    not known: capacity not reported
    """

    value: float | None
    unit: str
    low: float | None = None
    high: float | None = None
    basis: str | None = None
    refs: tuple[str, ...] = ()
    reason: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "refs", tuple(self.refs))
        if self.value is None:
            if not self.reason:
                raise InputError("a missing quantity needs a reason")
            return
        if self.basis not in BASES and self.basis != "choice":
            raise InputError(f'basis "{self.basis}" is not one of {", ".join(BASES)}, choice')
        numbers = [n for n in (self.low, self.value, self.high) if n is not None]
        if not all(math.isfinite(n) for n in numbers):
            raise InputError(f"a quantity must be finite, got {numbers}; use Quantity.missing for what is not known")
        if any(a > b for a, b in itertools.pairwise(numbers)):
            raise InputError(f"low <= value <= high does not hold: {self.low}, {self.value}, {self.high}")

    @classmethod
    def missing(cls, unit: str, reason: str, refs: Iterable[str] = ()) -> Quantity:
        """What is not known, and why."""
        return cls(None, unit, reason=reason, refs=tuple(refs))

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    def times(self, other: Quantity, unit: str) -> Quantity:
        """Product of two quantities that are not negative; ranges multiply end by end, the weaker basis stays.

        Args:
            other: Second factor.
            unit: Unit of the product.

        >>> print(Quantity(10.0, "t", basis="reported").times(Quantity(0.5, "share", 0.4, 0.6, "estimate"), "t"))
        5.0 t (4.0-6.0)
        """
        refs = tuple(dict.fromkeys((*self.refs, *other.refs)))
        if self.value is None or other.value is None:
            reason = self.reason if self.value is None else other.reason
            return Quantity.missing(unit, reason or "an input is missing", refs)
        if self.value < 0 or other.value < 0:
            raise InputError("times() is for quantities that are not negative")

        x, y = self.value, other.value

        def end(a: float | None, b: float | None) -> float | None:
            return None if a is None and b is None else (x if a is None else a) * (y if b is None else b)

        bases = [b for b in (self.basis, other.basis) if b is not None]
        return Quantity(x * y, unit, end(self.low, other.low), end(self.high, other.high), weakest(bases), refs)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: `{value, low, high, unit, basis, refs}`, or `{value: null, unit, reason, refs}`."""
        if self.value is None:
            return {"value": None, "unit": self.unit, "reason": self.reason, "refs": list(self.refs)}
        record: dict[str, Any] = {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "unit": self.unit,
            "basis": self.basis,
            "refs": list(self.refs),
        }
        if self.reason:
            record["reason"] = self.reason
        return record

    def __str__(self) -> str:
        if self.value is None:
            return f"not known: {self.reason}"
        if self.low is None and self.high is None and self.basis in ("measured", "reported", "choice"):
            # as the source or the user gave it; rounding is for what was computed
            return f"{self.value:,.10g} {self.unit}".rstrip() + " (range not known)"
        return format_range(self.value, self.low, self.high, self.unit)


@dataclass(frozen=True)
class Fact:
    """A text that is known from somewhere: a name, a date, a status, a clause.

    Args:
        text: As it is printed.
        refs: Refs of the cells it stands on; none where it says that nothing is on record.
        basis: How well it is known; None where the table gives none.

    Raises:
        InputError: No text.

    >>> Fact("operating", ("facilities:MYS-SEPA-002:status",), "reported").as_dict()["text"]
    'operating'
    """

    text: str
    refs: tuple[str, ...] = ()
    basis: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "refs", tuple(self.refs))
        if not self.text.strip():
            raise InputError("a fact needs text")

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: `{text, basis, refs}`."""
        return {"text": self.text, "basis": self.basis, "refs": list(self.refs)}

    def __str__(self) -> str:
        return self.text


def span(quantities: Iterable[Quantity], unit: str, reason: str) -> Quantity:
    """Sources that contradict each other as one quantity: their median, and their span as range.

    Args:
        quantities: What each source says; missing ones are left out.
        unit: Unit of all.
        reason: Why there is none, if there is none; else what the span is of.

    >>> print(span([Quantity(2.0, "t", basis="reported"), Quantity(4.0, "t", basis="memory")], "t", "two reports"))
    3.0 t (2.0-4.0)
    """
    known = [q for q in quantities if q.value is not None]
    refs = tuple(dict.fromkeys(ref for q in known for ref in q.refs))
    if not known:
        return Quantity.missing(unit, reason)
    values = sorted(q.value for q in known if q.value is not None)
    middle = len(values) // 2
    value = values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
    low = min(q.value if q.low is None else q.low for q in known if q.value is not None)
    high = max(q.value if q.high is None else q.high for q in known if q.value is not None)
    basis = weakest(q.basis for q in known if q.basis is not None)
    if len(known) == 1 and low == high:
        return Quantity(value, unit, None, None, basis, refs, reason)
    return Quantity(value, unit, low, high, basis, refs, reason)


def weakest(bases: Iterable[str]) -> str:
    """The weakest basis among inputs; choices do not weaken a result.

    Raises:
        InputError: Nothing given, or a word that is no basis.

    >>> weakest(["reported", "memory", "choice", "derived"])
    'memory'
    """
    given = set(bases)
    if not given:
        raise InputError("no basis given")
    unknown = given - {*BASES, "choice"}
    if unknown:
        raise InputError(f"not a basis: {', '.join(sorted(unknown))}")
    ranked = [b for b in BASES if b in given]
    return ranked[-1] if ranked else "choice"


def format_range(value: float, low: float | None, high: float | None, unit: str = "") -> str:
    """A number with its range, rounded to what the range supports.

    >>> format_range(41.37, 34.9, 49.2, "%")
    '41 % (35-49)'
    >>> format_range(0.998001, 0.998001, 0.998002)
    '0.9980 (0.9980-0.9980)'
    >>> format_range(1234567.0, None, None, "t")
    '1,230,000 t (range not known)'
    """
    digits = 3
    if low is not None and high is not None and high > low:
        # the leading digit of the half width, and one more where that digit is 1 or 2
        half = (high - low) / 2
        largest = max(abs(low), abs(value), abs(high))
        # never more than four digits: a narrower range says what was left out of it, not how well the value is known
        decimals = min(-math.floor(math.log10(half / 3)), 3 - math.floor(math.log10(largest)))
    else:
        decimals = digits - 1 - math.floor(math.log10(abs(value))) if value else 0
    text = _rounded(value, decimals)
    unit = f" {unit}" if unit else ""
    if low is None and high is None:
        return f"{text}{unit} (range not known)"
    lows = "?" if low is None else _rounded(low, decimals)
    highs = "?" if high is None else _rounded(high, decimals)
    dash = " to " if (low is not None and low < 0) else "-"
    return f"{text}{unit} ({lows}{dash}{highs})"


def counted(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun.

    >>> counted(1, "round"), counted(2, "round"), counted(1200, "country", "countries")
    ('1 round', '2 rounds', '1,200 countries')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _rounded(number: float, decimals: int) -> str:
    number = round(number, decimals) + 0.0  # no minus sign before a zero
    return f"{number:,.{max(decimals, 0)}f}"
