"""Concentration from shares that may not be complete.

Named shares are known; what they leave to 100 % belongs to suppliers nobody named. Spread over countless small ones
the rest adds nothing to the HHI, held by one supplier it adds its square: so an incomplete table gives an interval,
never a number that hides the hole. Shares must come from one scope and one source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gadolin.errors import InputError
from gadolin.quantity import Quantity, weakest

__all__ = ["Concentration", "hhi", "top_share"]

ROUNDING_SHARE = 0.015
"""Named shares of a printed table may exceed 1 by this much through rounding."""

UNITS = {"Concentration.low": "index, 0 to 1", "Concentration.high": "index, 0 to 1"}


@dataclass(frozen=True)
class Concentration:
    """Herfindahl-Hirschman index as an interval.

    Args:
        low: Rest spread over countless suppliers. [0-1]
        high: Rest held by one supplier. [0-1]
        rest_share: What the named shares leave. [0-1]
    """

    low: float
    high: float
    rest_share: float

    @property
    def effective_suppliers(self) -> tuple[float, float]:
        """Number of equal suppliers with the same index, least and most."""
        return 1 / self.high, 1 / self.low


def hhi(shares: Mapping[str, Quantity]) -> Concentration:
    """HHI of named shares; their own ranges widen the interval.

    Args:
        shares: Share by supplier, 0 to 1, with range where known.

    Returns:
        Interval of the index.

    Raises:
        InputError: Nothing named, a negative share, or shares that add to more than 1 beyond rounding.

    References:
        Herfindahl-Hirschman index: sum of squared shares.

    >>> found = hhi({"CHN": Quantity(0.9, "share", basis="reported")})
    >>> round(found.low, 4), round(found.high, 4)
    (0.81, 0.82)
    """
    known = {name: s for name, s in shares.items() if s.value is not None}
    if not known:
        raise InputError("no share is known; an HHI needs at least one")
    total = sum(s.value for s in known.values() if s.value is not None)
    if any((s.value or 0) < 0 for s in known.values()):
        raise InputError("a share is negative")
    if total > 1 + ROUNDING_SHARE:
        raise InputError(f"named shares add to {total:.3f}; they must come from one scope and source")
    rest = max(1 - total, 0.0)
    low = sum((s.value if s.low is None else s.low) ** 2 for s in known.values() if s.value is not None)
    high = sum((s.value if s.high is None else s.high) ** 2 for s in known.values() if s.value is not None)
    return Concentration(low, min(high + rest**2, 1.0), rest)


def top_share(shares: Mapping[str, Quantity]) -> tuple[str, Quantity]:
    """The largest named supplier and its share; the rest may hide a larger one only if it exceeds it.

    Args:
        shares: Share by supplier, 0 to 1.

    Raises:
        InputError: No share is known.

    >>> top_share({"CHN": Quantity(0.9, "share", basis="reported"), "MYS": Quantity(0.05, "share", basis="memory")})[0]
    'CHN'
    """
    known = {name: s for name, s in shares.items() if s.value is not None}
    if not known:
        raise InputError("no share is known")
    name = max(known, key=lambda n: (known[n].value or 0.0, n))
    return name, known[name]


def as_quantity(found: Concentration, shares: Mapping[str, Quantity]) -> Quantity:
    """The interval as a `Quantity` whose value is its lower end, the index of what is named.

    Args:
        found: Interval.
        shares: The shares it was computed from; their weakest basis and refs travel along.
    """
    known = [s for s in shares.values() if s.value is not None]
    refs = tuple(dict.fromkeys(ref for s in known for ref in s.refs))
    basis = weakest([*(s.basis for s in known if s.basis), "derived"])
    value = sum(s.value**2 for s in known if s.value is not None)
    return Quantity(value, "index", found.low, max(found.high, value), basis, refs)
