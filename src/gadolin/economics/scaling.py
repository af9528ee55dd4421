"""Costs scaled by size, number and reported plants, and products of quantities that err apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gadolin.errors import InputError
from gadolin.quantity import Quantity, weakest

__all__ = ["Comparable", "add_up", "capital_by_capacity", "equipment_cost", "independent", "learned_cost"]

UNITS = {
    "Comparable.capacity": "one unit for all that are compared",
    "Comparable.capex": "currency of the answer",
}

_OUTLIER_FACTOR = 3.0


def equipment_cost(reference_cost: float, reference_size: float, size: float, exponent: float, count: int = 1) -> float:
    """Cost of `count` like items by the power law of sizes. [currency of the reference]

    Args:
        reference_cost: Cost of one item of the reference size.
        reference_size: Its size, > 0.
        size: Size of ours, >= 0, in the same unit.
        exponent: Size exponent, 0 to 1.
        count: Number of items.

    Raises:
        InputError: A size that is not positive, or an exponent outside 0 to 1.

    >>> equipment_cost(100.0, 10.0, 40.0, 0.5, 2)
    400.0
    """
    if reference_size <= 0 or size < 0:
        raise InputError(f"sizes must be positive, got {size} against a reference of {reference_size}")
    if not 0 <= exponent <= 1:
        raise InputError(f"the size exponent must lie in 0 to 1, got {exponent}")
    return count * reference_cost * (size / reference_size) ** exponent


def learned_cost(first_cost: float, units_built: float, learning_share: float) -> float:
    """Cost of the n-th plant when each doubling saves a share. [unit of the first]

    >>> round(learned_cost(100.0, 4, 0.1), 9)
    81.0
    """
    if not 0 <= learning_share < 1 or units_built < 1:
        raise InputError("learning_share must lie in [0, 1) and units_built be at least 1")
    return first_cost * units_built ** (math.log(1 - learning_share) / math.log(2))


def add_up(parts: Sequence[Quantity], unit: str) -> Quantity:
    """Sum of quantities, ends with ends; the weakest basis stays."""
    known = [p for p in parts if p.value is not None]
    if len(known) != len(parts) or not known:
        lacking = next((p.reason for p in parts if p.value is None), "nothing to add")
        return Quantity.missing(unit, lacking or "a part is missing")
    values = [p.value for p in known if p.value is not None]
    lows = [v if p.low is None else p.low for p, v in zip(known, values, strict=True)]
    highs = [v if p.high is None else p.high for p, v in zip(known, values, strict=True)]
    basis = weakest([p.basis for p in known if p.basis])
    refs = tuple(dict.fromkeys(ref for p in known for ref in p.refs))
    return Quantity(sum(values), unit, sum(lows), sum(highs), basis, refs)


def independent(first: Quantity, second: Quantity, unit: str) -> Quantity:
    """Product of two quantities that err apart: distances of the ends, as logarithms, add in squares.

    With low and high as 5 and 95 % points of log-normals this is exact; ends multiplied by ends would be the case of
    both erring together. An end of zero, or none, multiplies as it is.

    >>> q = Quantity(100.0, "USD", 50.0, 200.0, "estimate")
    >>> both = independent(q, Quantity(1.0, "ratio", 0.5, 2.0, "estimate"), "USD")
    >>> round(both.low, 1), both.value, round(both.high, 1)
    (37.5, 100.0, 266.5)
    """
    plain = first.times(second, unit)
    product = plain.value
    if not product:
        return plain

    def end(a: float | None, b: float | None, sign: int) -> float | None:
        logs = [
            math.log(x / v)
            for x, v in ((a, first.value), (b, second.value))
            if x is not None and x > 0 and v is not None
        ]
        if any(x is not None and x <= 0 for x in (a, b)):
            return getattr(plain, "low" if sign < 0 else "high")
        return None if not logs else product * math.exp(sign * math.hypot(*logs))

    return replace(plain, low=end(first.low, second.low, -1), high=end(first.high, second.high, 1))


@dataclass(frozen=True)
class Comparable:
    """A reported plant.

    Args:
        name: Its name.
        capacity: Capacity in one unit for all that are compared.
        capex: Capital at the price level asked for. [currency]
        ref: Ref of the row.
    """

    name: str
    capacity: float
    capex: float
    ref: str


def capital_by_capacity(
    capacity: float,
    comparables: Sequence[Comparable],
    exponent: Quantity,
    unit: str = "USD",
) -> tuple[Quantity, tuple[str, ...]]:
    """Capital of a plant of a given capacity from reported ones, and which of them were left out.

    Each is scaled by (capacity / its capacity)^exponent; the median is the value, the lowest and highest of all and of
    both ends of the exponent are the range. Plants off the median by more than a factor 3 are outliers,
    unless fewer than two would remain.

    Args:
        capacity: Capacity, > 0, in the unit of the comparables.
        comparables: At least two.
        exponent: Capacity exponent with range. [-]
        unit: Unit of the answer.

    Raises:
        InputError: No capacity, or fewer than two plants; gives the way out.

    >>> rows = [Comparable("a", 1000.0, 50e6, "t:a:capex"), Comparable("b", 4000.0, 120e6, "t:b:capex")]
    >>> found, left_out = capital_by_capacity(2000.0, rows, Quantity(0.6, "ratio", 0.5, 0.8, "memory"))
    >>> found.low < found.value < found.high, left_out
    (True, ())
    """
    if capacity <= 0:
        raise InputError(f"capacity must be greater than 0, got {capacity}")
    if len(comparables) < 2:
        raise InputError(f"{len(comparables)} reported plants are too few to scale from; give capex with its range")
    assert exponent.value is not None
    ends = [e for e in (exponent.low, exponent.value, exponent.high) if e is not None]
    middle = {c.name: equipment_cost(c.capex, c.capacity, capacity, exponent.value) for c in comparables}
    median = _median(list(middle.values()))
    kept = [c for c in comparables if 1 / _OUTLIER_FACTOR <= middle[c.name] / median <= _OUTLIER_FACTOR]
    if len(kept) < 2:  # no middle to be off from: all stay, and the range shows it
        kept = list(comparables)
    left_out = tuple(f"{c.name}: {middle[c.name] / median:.1f} times the median" for c in comparables if c not in kept)
    scaled_all = [equipment_cost(c.capex, c.capacity, capacity, e) for c in kept for e in ends]
    value = _median([middle[c.name] for c in kept])
    refs = tuple(c.ref for c in kept) + exponent.refs
    basis = weakest(["derived", exponent.basis or "memory"])
    return Quantity(value, unit, min(scaled_all), max(scaled_all), basis, refs), left_out


def _median(values: list[float]) -> float:
    """Median on the scale of logarithms."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else math.sqrt(ordered[half - 1] * ordered[half])
