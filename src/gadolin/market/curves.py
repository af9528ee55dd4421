"""Demand curves as linear pieces: isoelastic up to a choke price, or linear.

A linear curve understates large shocks (a unit value that rose 6.9 times comes out as 2.5 times), so the usual curve is
isoelastic through the base point, cut at fixed price ratios. The base point lies inside a piece, not on a cut, and is
met exactly: the whole curve is scaled by what the chord adds there (a few tenths of a percent).
Above the choke price the best substitute takes the rest of the use.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

from gadolin.errors import InputError
from gadolin.market.world import Demand, Segment, World, good_kind

__all__ = ["CHOKE_RATIO", "isoelastic", "linear", "with_chokes"]

CHOKE_RATIO = 40.0
"""Default choke price over base price (a choice; the price of the best substitute where it is known)."""

RATIOS = (25.0, 16.0, 10.0, 6.5, 4.2, 2.8, 1.9, 1.35, 1.12, 0.89, 0.72, 0.5, 0.3, 0.12)
"""Price ratios at which the curve is cut below the choke price."""


def isoelastic(
    region: str,
    good: str,
    base_kt: float,
    base_price_usd_per_kg: float,
    elasticity: float,
    use: str = "all",
    choke_ratio: float = CHOKE_RATIO,
) -> Demand:
    """A demand `q = base (p / base price) ** elasticity` in linear pieces up to a choke price.

    Args:
        region: Who uses.
        good: What is used.
        base_kt: Use at the base price, >= 0. [kt]
        base_price_usd_per_kg: Price at which the base use is bought, > 0. [USD/kg]
        elasticity: Price elasticity, < 0. [-]
        use: Application.
        choke_ratio: Price over base price at which a substitute takes over, > 1. [-]

    Returns:
        The demand; between the cuts it lies above the exact curve by at most a few percent.

    Raises:
        InputError: A value out of its range.

    >>> demand = isoelastic("JPN", "oxide:Dy", 1.0, 200.0, -0.3)
    >>> [s.price_low_usd_per_kg for s in demand.segments][-3:]
    [100.0, 60.0, 24.0]
    """
    if not (base_kt >= 0 and base_price_usd_per_kg > 0 and elasticity < 0 and choke_ratio > 1):
        raise InputError(
            f"{region} {good}: base_kt >= 0, base price > 0, elasticity < 0 and choke_ratio > 1 are needed, got "
            f"{base_kt}, {base_price_usd_per_kg}, {elasticity}, {choke_ratio}"
        )
    ratios = [choke_ratio, *(r for r in RATIOS if r < choke_ratio)]
    quantities = [base_kt * r**elasticity / _chord(ratios, elasticity) for r in ratios]
    pieces = [Segment(1.05 * choke_ratio * base_price_usd_per_kg, choke_ratio * base_price_usd_per_kg, quantities[0])]
    for n in range(1, len(ratios)):
        high, low = ratios[n - 1] * base_price_usd_per_kg, ratios[n] * base_price_usd_per_kg
        pieces.append(Segment(high, low, quantities[n] - quantities[n - 1]))
    return Demand(region, good, use, tuple(pieces), base_kt, base_price_usd_per_kg, elasticity)


def _chord(ratios: list[float], elasticity: float) -> float:
    """Quantity that the pieces give at the base price, where the exact curve gives 1."""
    high, low = next((h, b) for h, b in itertools.pairwise(ratios) if b <= 1 < h)
    above, below = high**elasticity, low**elasticity
    return above + (below - above) * (high - 1) / (high - low)


def linear(region: str, good: str, intercept: float, slope: float, use: str = "all") -> Demand:
    """A demand `p = intercept - slope q`.

    Args:
        region: Who uses.
        good: What is used.
        intercept: Price of the first unit, > 0. [USD/kg]
        slope: Fall of the price per kt, > 0. [USD/kg per kt]
        use: Application.

    Raises:
        InputError: Intercept or slope not above 0.

    >>> linear("MKT", "oxide:Nd", 100.0, 2.0).segments[0].width_kt
    50.0
    """
    if not (intercept > 0 and slope > 0 and math.isfinite(intercept)):
        raise InputError(f"{region} {good}: intercept and slope must be above 0, got {intercept}, {slope}")
    return Demand(region, good, use, (Segment(intercept, 0.0, intercept / slope),))


def with_chokes(world: World, ratios: Mapping[str, float]) -> World:
    """The same world with uses that give up at other prices; the base year is not touched by it.

    Args:
        world: The market.
        ratios: Choke price over base price by kind of good, > 1; other kinds and linear curves stay as they are. [-]

    Raises:
        InputError: A ratio of 1 or less.
    """
    demands = tuple(
        isoelastic(d.region, d.good, d.base_kt, d.base_price_usd_per_kg, d.elasticity, d.use, ratios[good_kind(d.good)])
        if good_kind(d.good) in ratios and d.base_kt and d.base_price_usd_per_kg and math.isfinite(d.elasticity)
        else d
        for d in world.demands
    )
    return world.with_(demands=demands)
