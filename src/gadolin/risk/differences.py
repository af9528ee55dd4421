"""What two paths of one future differ in, year by year: the same market with and without a shock.

A `Difference` holds plain arrays in the order of the world's program, so that many futures fit into memory and travel
between processes; `read` turns one year of it into labelled numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gadolin.market import Equilibrium, Path, World
from gadolin.market.program import program_of
from gadolin.risk.shocks import loss

__all__ = ["Difference", "difference", "read"]

PRICED = ("oxide", "metal", "magnet", "mixed_carbonate")
"""Kinds of goods whose prices are reported."""


@dataclass(frozen=True)
class Difference:
    """One year without the shock (first of each pair) and with it.

    Args:
        prices: Price of each node. [USD/kg]
        through: What passes each node without the shock. [kt]
        uses: Use by demand. [kt]
        flows: Flow on each route. [kt]
        losses: By region: share still served, lost use, lost surplus. [share, million USD]
    """

    prices: tuple[np.ndarray, np.ndarray]
    through: np.ndarray
    uses: tuple[np.ndarray, np.ndarray]
    flows: tuple[np.ndarray, np.ndarray]
    losses: dict[str, dict[str, float]]

    @property
    def moved_musd(self) -> float:
        """What the changes of price make of what passes without the shock, added without their sign. [million USD]"""
        return float(np.nansum(np.abs(self.prices[1] - self.prices[0]) * self.through))


def difference(calm: Path, hit: Path) -> dict[int, Difference]:
    """The difference of two paths in every year.

    Args:
        calm: Without the shock.
        hit: With it, on the same world.
    """
    regions = sorted({d.region for d in calm.world.demands})
    return {y: _of_year(a, hit.by_year[y], regions) for y, a in calm.by_year.items()}


def _of_year(a: Equilibrium, b: Equilibrium, regions: list[str]) -> Difference:
    of_route = a.program.of_route
    return Difference(
        (a.node_prices, b.node_prices),
        abs(a.program.balance) @ np.abs(a.x) / 2,
        (a.use_kt, b.use_kt),
        (a.x[of_route], b.x[of_route]),
        {r: loss(a, b, r) for r in regions},
    )


def read(world: World, one: Difference) -> dict[str, dict[Any, Any]]:
    """One year of one future by label.

    Args:
        world: The world that both paths were rolled on.
        one: Its difference.

    Returns:
        `prices`: ratio by region and good. `bills`: what the change of price makes of what passes there. [million USD]
        `uses`: lost share by region, good and application. `flows`: before and after by good, origin and destination.
        [kt]
    """
    p = program_of(world)
    before, after = one.prices
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = after / before
    shown = [
        n
        for n, (_, good) in enumerate(p.nodes)
        if np.isfinite(ratio[n]) and before[n] > 0 and good.partition(":")[0] in PRICED
    ]
    uses = {
        (d.region, d.good, d.use): float(1 - now / was)
        for d, was, now in zip(world.demands, *one.uses, strict=True)
        if was > 1e-6 and d.use != "outlet"
    }
    was, now = one.flows
    flows = {
        (str(p.route_good[n]), str(p.route_origin[n]), str(p.route_destination[n])): (float(was[n]), float(now[n]))
        for n in np.flatnonzero(np.maximum(was, now) > 1e-6)
    }
    return {
        "prices": {p.nodes[n]: float(ratio[n]) for n in shown},
        "bills": {p.nodes[n]: float((after[n] - before[n]) * one.through[n]) for n in shown},
        "uses": uses,
        "flows": flows,
    }
