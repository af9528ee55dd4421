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
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from gadolin.errors import Fault, InputError, NotConverged
from gadolin.market.curves import isoelastic
from gadolin.market.equilibrium import solve
from gadolin.market.observations import Behaviour, Fact, Observations, route_key
from gadolin.market.program import program_of
from gadolin.market.solver import Quadratic, solve_quadratic
from gadolin.market.world import Demand, Process, Route, Stock, World

__all__ = ["Calibration", "HoldOut", "Spread", "calibrate", "hold_out", "reconcile"]

UNITS = {
    "Calibration.chi_square": "-",
    "Calibration.reproduced": "-",
    "Calibration.solver_gap": "-",
}

SMALL_SHARE = 0.002
"""A flow below this share of what passes at the smaller of its ends is nothing; the rest is reconciled again."""

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


@dataclass(frozen=True, eq=False)
class Spread:
    """How sure the reconciled quantities are: the covariance of least squares under the balances, as a factor.

    Args:
        system: Normal equations bordered by the balances, over the quantities that are not zero.
        columns: Those quantities, as columns of the observations.
    """

    system: sp.csc_matrix
    columns: np.ndarray

    def sigmas(self) -> np.ndarray:
        """Standard deviation of each quantity that is not zero. [kt]"""
        count = len(self.columns)
        return self.of(sp.csr_matrix(sp.identity(count)))

    def of(self, sums: sp.csr_matrix) -> np.ndarray:
        """Standard deviation of some sums of quantities, one per row. [kt]

        Args:
            sums: Coefficients over the quantities that are not zero.
        """
        factor = splu(self.system, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.01, options={"SymmetricMode": True})
        given = sums.toarray()
        right = np.zeros((self.system.get_shape()[0], len(given)))
        right[: len(self.columns)] = given.T
        answer = factor.solve(right)[: len(self.columns)]
        return np.sqrt(np.maximum(np.einsum("ij,ji->i", given, answer), 0.0))


def _spread(observations: Observations, quantity: np.ndarray) -> Spread:
    """The covariance of some reconciled quantities."""
    columns = np.flatnonzero(quantity > 0)
    weighed, _ = _weighed(observations)
    part, balance = weighed[:, columns], _balance(observations)[:, columns]
    normal = part.T @ part + TRACE * sp.identity(len(columns))
    system = sp.bmat([[normal, balance.T], [balance, -1e-9 * sp.identity(balance.shape[0])]], format="csc")
    return Spread(sp.csc_matrix(system), columns)


TRACE = 1e-6
"""Weight on every quantity that keeps the answer unique: a prior of zero with a width of 1,000 kt."""


def _weighed(observations: Observations) -> tuple[sp.csr_matrix, np.ndarray]:
    """Coefficients and values of the facts, each over its width."""
    index, facts = observations.variables, observations.facts
    rows = np.repeat(np.arange(len(facts)), [len(f.terms) for f in facts])
    columns = np.array([index[t] for f in facts for t in f.terms], dtype=int)
    values = np.array([v for f in facts for v in f.terms.values()], dtype=float)
    sigma = np.array([f.sigma_kt for f in facts])
    target = np.array([f.value_kt for f in facts])
    return sp.csr_matrix((values / sigma[rows], (rows, columns)), shape=(len(facts), len(index))), target / sigma


def reconcile(observations: Observations, closed: frozenset[str] = frozenset()) -> np.ndarray:
    """Base quantities nearest to all facts under all mass balances. [kt, in the order of `variables`]

    Args:
        observations: Facts and structure.
        closed: Quantities held at zero.

    Raises:
        Infeasible: The balances cannot be met.
        NotConverged: The proof of the least-squares program fails.
    """
    index = observations.variables
    balance = _balance(observations)
    size, count = len(index), len(observations.facts)
    weighed, target = _weighed(observations)
    rows_of = (len(_nodes(observations)), count)
    A = sp.vstack(
        [sp.hstack([balance, sp.csr_matrix(rows_of)]), sp.hstack([weighed, -sp.identity(count)])],
        format="csc",
    )
    upper = np.full(size + count, np.inf)
    upper[[index[name] for name in closed | observations.untraded]] = 0.0
    problem = Quadratic(
        c=np.zeros(size + count),
        # a trace of weight on every quantity keeps those that no fact touches at zero and the answer unique
        q=np.concatenate([np.full(size, TRACE), np.ones(count)]),
        A=sp.csc_matrix(A),
        b=np.concatenate([np.zeros(rows_of[0]), target]),
        G=sp.csr_matrix((0, size + count)),
        h=np.zeros(0),
        lower=np.concatenate([np.zeros(size), np.full(count, -np.inf)]),
        upper=upper,
    )
    found = solve_quadratic(problem, "piqp", f"reconciliation of {observations.year}", tolerance=1e-5)
    # what the interior point leaves of a zero is no quantity
    return np.where(found.x[:size] > 1e-9, found.x[:size], 0.0)


def _nodes(observations: Observations) -> dict[tuple[str, str], int]:
    structure = World(
        observations.year,
        observations.processes,
        observations.routes,
        tuple(Demand(u.region, u.good, u.use, ()) for u in observations.uses),
    )
    return {node: n for n, node in enumerate(structure.nodes)}


def _balance(observations: Observations) -> sp.csr_matrix:
    nodes = _nodes(observations)
    entries: list[tuple[int, int, float]] = []
    column = 0
    for p in observations.processes:
        entries += [(nodes[p.region, g], column, a) for g, a in p.takes.items()]
        entries += [(nodes[p.region, g], column, -a) for g, a in p.makes.items()]
        column += 1
    for r in observations.routes:
        entries += [(nodes[r.origin, r.good], column, 1.0), (nodes[r.destination, r.good], column, -1.0)]
        column += 1
    for u in observations.uses:
        entries.append((nodes[u.region, u.good], column, 1.0))
        column += 1
    rows, columns, values = (np.array(part) for part in zip(*entries, strict=True))
    return sp.csr_matrix((values, (rows, columns)), shape=(len(nodes), column))


def _negligible(observations: Observations, quantity: np.ndarray) -> frozenset[str]:
    """Flows, uses and activities too small to matter where they end."""
    nodes = _nodes(observations)
    through = abs(_balance(observations)) @ quantity / 2
    index = observations.variables
    small: set[str] = set()
    for r in observations.routes:
        name = route_key(r.good, r.origin, r.destination)
        ends = min(through[nodes[r.origin, r.good]], through[nodes[r.destination, r.good]])
        if quantity[index[name]] < max(SMALL_SHARE * ends, 1e-6):
            small.add(name)
    for u in observations.uses:
        if quantity[index[u.name]] < max(SMALL_SHARE * through[nodes[u.region, u.good]], 1e-6):
            small.add(u.name)
    for p in observations.processes:
        touched = [through[nodes[p.region, g]] for g in (*p.makes, *p.takes)]
        if quantity[index[p.name]] < max(SMALL_SHARE * max(touched, default=0.0), 1e-6):
            small.add(p.name)
    return frozenset(small)


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
    closed = _negligible(observations, first)
    quantity = reconcile(observations, closed)
    index = observations.variables
    quantity[[index[name] for name in closed]] = 0.0
    world = _priced(observations, quantity)
    reproduced, gap = _check(world)
    facts = _fact_table(observations.facts, index, quantity)
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
        _spread(observations, quantity),
    )
    return world.with_(calibration=calibration)


def _fact_table(facts: Sequence[Fact], index: dict[str, int], quantity: np.ndarray) -> pd.DataFrame:
    got = [sum(v * quantity[index[t]] for t, v in f.terms.items()) for f in facts]
    return pd.DataFrame(
        {
            "name_": [f.name for f in facts],
            "value_kt_product": [f.value_kt for f in facts],
            "sigma": [f.sigma_kt for f in facts],
            "reconciled_kt_product": got,
            "residual_sigma": [(g - f.value_kt) / f.sigma_kt for f, g in zip(facts, got, strict=True)],
            "observed": [f.observed for f in facts],
            "basis": [f.basis for f in facts],
            "refs": [list(f.refs) for f in facts],
        }
    )


def _priced(observations: Observations, quantity: np.ndarray) -> World:
    """Costs, slopes and curves under which the quantities are an equilibrium at the given prices."""
    behaviour = observations.behaviour
    price = {(p.region, p.good): p.price_usd_per_kg for p in observations.prices}
    nodes = _nodes(observations)
    through = abs(_balance(observations)) @ quantity / 2
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


@dataclass(frozen=True)
class HoldOut:
    """What the calibration says about facts it was not shown.

    Args:
        facts: One row per fact held out: value, sigma, predicted, width of the prediction, distance in sigmas of both
            together (`distance_sigma`) and in the fact's own (`residual_sigma`).
    """

    facts: pd.DataFrame

    @property
    def within_two_sigma_share(self) -> float:
        """Share of the facts within two sigmas of their prediction, its width and theirs together. [share]"""
        return float((self.facts.distance_sigma.abs() <= 2).mean())

    @property
    def blind(self) -> int:
        """Facts about which what remains says nothing: the prediction is wider than the fact's own value or width."""
        scale = np.maximum(self.facts.value_kt_product.abs(), 2 * self.facts.sigma)
        return int((self.facts.predicted_sigma > scale).sum())

    @property
    def within_two_own_sigma_share(self) -> float:
        """Share of the facts predicted within two of their own sigmas: how sharp the prediction is. [share]"""
        return float((self.facts.residual_sigma.abs() <= 2).mean())

    def table(self) -> pd.DataFrame:
        """The facts."""
        return self.facts

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "facts": self.facts.to_dict("records"),
            "within_two_sigma_share": self.within_two_sigma_share,
            "within_two_own_sigma_share": self.within_two_own_sigma_share,
            "blind": self.blind,
        }

    def __str__(self) -> str:
        both, own = 100 * self.within_two_sigma_share, 100 * self.within_two_own_sigma_share
        return (
            f"{len(self.facts)} facts held out: {both:.0f} % within two sigmas of the prediction and the fact, "
            f"{own:.0f} % within two of the fact alone; on {self.blind} of them the rest says nothing"
        )


def hold_out(observations: Observations, every: int = 10, first: int = 0) -> HoldOut:
    """Leave out each n-th observed fact, with all facts and priors read from the same rows, and predict it.

    What remains are the balances, what other rows say, and what the years before let one expect.

    Args:
        observations: Structure and facts.
        every: A fact in so many is left out at a time, >= 2.
        first: Which fact is the first to be left out, 0 to `every` - 1.

    Raises:
        InputError: `every` below 2 or `first` out of range.
    """
    if every < 2:
        raise InputError(Fault("must be at least 2", field="every", value=every))
    if not 0 <= first < every:
        raise InputError(Fault(f"must lie in 0 to {every - 1}", field="first", value=first))
    seen = [f for f in observations.facts if f.observed]
    left = seen[first::every]
    rows = {ref.rsplit(":", 1)[0] for f in left for ref in f.refs}
    kept = [f for f in observations.facts if f not in left and rows.isdisjoint(ref.rsplit(":", 1)[0] for ref in f.refs)]
    shown = replace(observations, facts=tuple(kept))
    quantity = reconcile(shown)
    # a quantity at zero may still turn out positive, so it belongs to the width
    spread = _spread(shown, np.where(_may_be(shown), 1.0, 0.0))
    sums, _ = _weighed(replace(observations, facts=tuple(replace(f, sigma_kt=1.0) for f in left)))
    table = _fact_table(left, observations.variables, quantity)
    predicted = spread.of(sp.csr_matrix(sums[:, spread.columns]))
    distance = (table.reconciled_kt_product - table.value_kt_product) / np.hypot(table.sigma, predicted)
    return HoldOut(table.assign(predicted_sigma=predicted, distance_sigma=distance))


def _may_be(observations: Observations) -> np.ndarray:
    """Quantities that may be positive: all but those the structure holds at zero."""
    return np.array([name not in observations.untraded for name in observations.variables], dtype=bool)
