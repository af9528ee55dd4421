"""From observations to a world whose base year is an exact equilibrium.

1. Reconcile: the quantities nearest to all facts, each weighed by its width, under all mass balances (weighted least
   squares as a quadratic program). What a source says prints as observed, what the balances make of it as reconciled,
   priors as assumed; chi-square is over observed facts alone.
2. Prices of the base year are taken as given.
3. Costs are what remains: a running process earns exactly its cost, a used route exactly its price difference
   (positive mathematical programming); slopes come from elasticities. So the base year is an optimum by construction:
   that it is reproduced checks the code and says nothing about the market.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from gadolin.errors import Fault, InputError, NotConverged
from gadolin.market.curves import isoelastic
from gadolin.market.equilibrium import solve
from gadolin.market.observations import Behaviour, Observations
from gadolin.market.program import program_of
from gadolin.market.reconciliation import (
    Spread,
    fact_table,
    negligible,
    reconcile,
    spread_of,
)
from gadolin.market.world import Process, Route, Stock, World

__all__ = ["Calibration", "calibrate"]

UNITS = {
    "Calibration.chi_square": "-",
    "Calibration.reproduced": "-",
    "Calibration.solver_gap": "-",
}

REPRODUCED = 1e-4
"""Largest relative error of a base price or flow."""


@dataclass(frozen=True)
class Calibration:
    """How the numbers of a world came about.

    Args:
        facts: One row per fact: value, sigma, reconciled, residual in sigmas, status, basis, refs.
        values: One row per base quantity: reconciled value, and whether a source bears on it.
        chi_square: Sum of squared residuals of the observed facts. [-]
        observed: Number of observed facts.
        reproduced: Largest relative error with which the base year comes out again. [-]
        solver_gap: Largest relative difference of prices between the two solvers. [-]
        assumptions: Sentences: what had to be assumed.
    """

    facts: pd.DataFrame
    values: pd.DataFrame
    chi_square: float
    observed: int
    reproduced: float
    solver_gap: float
    assumptions: tuple[str, ...]
    spread: Spread | None = field(default=None, repr=False)

    def table(self) -> pd.DataFrame:
        """The facts."""
        return self.facts

    @functools.cached_property
    def quantities(self) -> pd.DataFrame:
        """Every base quantity with its standard deviation given all facts, priors and balances. [kt]

        Sign constraints are left out of the width, so that of a small flow may exceed its value.
        """
        if self.spread is None:
            return self.values
        return self.values.assign(sigma_kt_product=self.spread.sigmas())

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "facts": self.facts.to_dict("records"),
            "quantities": self.quantities.to_dict("records"),
            "chi_square": self.chi_square,
            "observed": self.observed,
            "reproduced": self.reproduced,
            "assumptions": list(self.assumptions),
        }

    def __str__(self) -> str:
        assumed = int((~self.facts.observed).sum())
        worst = self.facts[self.facts.observed].reindex(
            self.facts[self.facts.observed].residual_sigma.abs().sort_values(ascending=False).index
        )
        lines = [
            f"facts      {self.observed} observed, {assumed} assumed",
            f"chi-square {self.chi_square:.1f} over the observed",
        ]
        lines += [f"furthest   {w.name_}: {w.residual_sigma:+.1f} sigma" for w in worst.head(2).itertuples()]
        lines.append(f"base year  reproduced to {self.reproduced:.0e} (a check of the code)")
        lines.append(f"assumed    {len(self.assumptions)} statements, see what had to be assumed")
        return "\n".join(lines)


def calibrate(observations: Observations) -> World:
    """A world whose base year is the reconciled one, as an exact equilibrium.

    Args:
        observations: Structure, facts, prices.

    Returns:
        The world, with its `calibration`.

    Raises:
        InputError: An active node has no price.
        NotConverged: The base year does not come out again within 1e-4.
    """
    first = reconcile(observations)
    closed = negligible(observations, first)
    quantity = reconcile(observations, closed)
    index = observations.variables
    quantity[[index[name] for name in closed]] = 0.0
    world = _priced(observations, quantity)
    reproduced, gap = _check(world)
    facts = fact_table(observations.facts, index, quantity)
    seen = facts[facts.observed]
    borne = {t for f in observations.facts if f.observed for t in f.terms}
    quantities = pd.DataFrame(
        {
            "quantity": list(index),
            "reconciled_kt_product": quantity,
            "status": ["reconciled" if name in borne else "assumed" for name in index],
        }
    ).query("reconciled_kt_product > 0")
    calibration = Calibration(
        facts,
        quantities.reset_index(drop=True),
        float((seen.residual_sigma**2).sum()),
        len(seen),
        reproduced,
        gap,
        observations.assumptions,
        spread_of(observations, quantity),
    )
    return world.with_(calibration=calibration)


def _priced(observations: Observations, quantity: np.ndarray) -> World:
    """Costs, slopes and curves under which the quantities are an equilibrium at the given prices."""
    behaviour = observations.behaviour
    price = {(p.region, p.good): p.price_usd_per_kg for p in observations.prices}
    nodes = observations.nodes
    through = abs(observations.balance) @ quantity / 2
    missing = [node for node, n in nodes.items() if through[n] > 0 and node not in price]
    if missing:
        raise InputError([Fault("is active and has no price", field="prices", value=" ".join(m)) for m in missing[:20]])
    n, m = len(observations.processes), len(observations.routes)
    processes = tuple(
        _costed(p, float(v), price, behaviour) for p, v in zip(observations.processes, quantity[:n], strict=True)
    )
    routes = []
    for r, flow in zip(observations.routes, quantity[n : n + m], strict=True):
        if (r.origin, r.good) in price and (r.destination, r.good) in price:
            here = float(through[nodes[r.destination, r.good]])
            if flow > 0 or here > 0:
                routes.append(_costed_route(r, float(flow), here, price, behaviour))
    demands = tuple(
        isoelastic(u.region, u.good, float(q), price[u.region, u.good], u.elasticity, u.use, u.choke_ratio)
        for u, q in zip(observations.uses, quantity[n + m :], strict=True)
        if q > 0
    )
    stocks = []
    for c in observations.covers:
        held = c.months / 12 * float(through[nodes[c.region, c.good]]) if (c.region, c.good) in nodes else 0.0
        if held > 0:
            p = price[c.region, c.good]
            stocks.append(Stock(c.region, c.good, held, held, behaviour.keep_ratio * p, behaviour.release_ratio * p))
    world = World(
        observations.year,
        tuple(p for p in processes if p is not None),
        tuple(routes),
        demands,
        tuple(stocks),
        contents=observations.contents,
        members=observations.members,
    )
    return world


def _costed(
    process: Process, activity: float, price: dict[tuple[str, str], float], behaviour: Behaviour
) -> Process | None:
    """The process with the cost at which its activity is optimal; None when its goods have no price."""
    region = process.region
    touched = [(region, g) for g in (*process.makes, *process.takes)]
    if any(node not in price for node in touched):
        return None
    margin = sum(a * price[region, g] for g, a in process.makes.items())
    margin -= sum(a * price[region, g] for g, a in process.takes.items())
    gross = sum(a * price[region, g] for g, a in process.makes.items())
    if activity <= 0:
        # no plant: capacity stays zero until somebody builds one, unless the structure says otherwise (a dump)
        idle = max(process.cost_usd_per_kg, margin + 0.1 * abs(gross) + 0.01)
        capacity = process.capacity_kt if process.makes and np.isfinite(process.capacity_kt) else 0.0
        return replace(process, cost_usd_per_kg=idle, capacity_kt=capacity if process.makes else np.inf)
    if process.slope > 0:
        slope = process.slope
    else:
        elasticity = behaviour.supply_elasticity.get(process.stage, 1.0)
        slope = max(abs(margin), 0.05 * abs(gross), 0.01) / (elasticity * activity)
    capacity = process.capacity_kt
    if not np.isfinite(capacity):
        capacity = activity / behaviour.utilisation_share.get(process.stage, 1.0)
    return replace(
        process,
        cost_usd_per_kg=margin - slope * activity,
        slope=slope,
        capacity_kt=max(capacity, activity),
        base_kt=activity,
    )


def _costed_route(
    route: Route, flow: float, here: float, price: dict[tuple[str, str], float], behaviour: Behaviour
) -> Route:
    """The route with the cost at which its flow is optimal; an unused one costs a premium."""
    origin, destination = price[route.origin, route.good], price[route.destination, route.good]
    if flow > 0:
        slope = abs(destination) / (behaviour.route_elasticity * flow)
        return replace(route, cost_usd_per_kg=destination - origin - slope * flow, slope=slope, base_kt=flow)
    premium = behaviour.new_route_premium_share * abs(destination) + 0.05
    slope = abs(destination) / (3 * behaviour.new_route_scale_share * here)
    return replace(route, cost_usd_per_kg=max(destination - origin, 0.0) + premium, slope=slope, base_kt=None)


def _check(world: World) -> tuple[float, float]:
    """Solve the base year with both solvers: error of prices and flows, difference of the solvers.

    Raises:
        NotConverged: The base year does not come out again.
    """
    found, other = solve(world), solve(world, solver="clarabel")
    program = program_of(world)
    base = np.array([r.base_kt or 0.0 for r in world.routes])
    flow = found.x[program.of_route]
    through = np.maximum(base, 1e-3 * np.max(base, initial=1.0))
    error = float(np.max(np.abs(flow - base) / through, initial=0.0))
    for demand in world.demands:
        p = found.price(demand.region, demand.good)
        error = max(error, abs(p / (demand.base_price_usd_per_kg or p) - 1))
    gap = float(np.nanmax(np.abs(found.node_prices - other.node_prices) / (np.abs(found.node_prices) + 0.01)))
    if not error <= REPRODUCED:
        raise NotConverged(f"the base year {world.year} does not come out again", residual=error)
    return error, gap
