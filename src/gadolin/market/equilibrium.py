"""Prices and flows of one year: solve a world under instruments and a state, and read the answer.

Method: spatial price equilibrium as a convex quadratic program (`program.py`), proven after each solve (`solver.py`).
Ad valorem duties and price floors need prices, so they are iterated to a fixed point of the prices.
Limits: one price per node and year; no contracts, hoarding or queues. A node through which nothing passes has no
price and is listed as unpriced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from gadolin.errors import NotConverged
from gadolin.market.instruments import Instrument
from gadolin.market.program import Levers, Program, State, program_of
from gadolin.market.solver import Proof, Quadratic, Solution, Solver, near_optimum, solve_quadratic
from gadolin.market.world import World

__all__ = ["PROVEN", "Equilibrium", "answer", "solve"]

ROUNDS = 30
"""Most rounds for measures that depend on prices."""

SETTLED = 1e-7
"""Largest relative change of a price in the last round."""

FLOW_FLOOR_SHARE = 1e-6
"""A node with less than this share of the world's largest flow has no price."""


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """Prices, flows and use of one year, with the proof that they are an equilibrium.

    Args:
        world: The market.
        state: What the year inherited.
        instruments: What was in force.
        x: Activities, flows, use by piece, closing stocks. [kt]
        node_prices: Price of each node, NaN where unpriced. [USD/kg]
        rents: Licence rent of each quota or ceiling in force. [USD/kg]
        proof: Distance from the optimum.
        notes: What must be known beside the numbers.
        duals: Multipliers of all balances and rows, those of unpriced nodes included; a solve can start from them.
    """

    world: World
    state: State
    instruments: tuple[Instrument, ...]
    x: np.ndarray
    node_prices: np.ndarray
    rents: dict[str, float]
    proof: Proof
    notes: tuple[str, ...] = ()
    duals: tuple[np.ndarray, np.ndarray] = field(default=(np.zeros(0), np.zeros(0)), repr=False)

    @property
    def program(self) -> Program:
        """Labels and arrays of the world."""
        return program_of(self.world)

    @property
    def year(self) -> int:
        """Calendar year."""
        return self.state.year

    def price(self, region: str, good: str) -> float:
        """Price at a node, NaN when unpriced. [USD/kg]"""
        return float(self.node_prices[self.program.node_index[region, good]])

    def flow(self, good: str, origin: str, destination: str) -> float:
        """Flow on a route. [kt]"""
        return float(self.x[self.program.of_route][self.program.route_index[good, origin, destination]])

    def activity(self, process: str) -> float:
        """Activity of a process. [kt]"""
        return float(self.x[self.program.of_process][self.program.process_index[process]])

    @cached_property
    def use_kt(self) -> np.ndarray:
        """Use by demand. [kt]"""
        count = len(self.world.demands)
        return np.bincount(self.program.segment_demand, self.x[self.program.of_segment], minlength=count)

    def used(self, region: str, good: str, use: str = "all") -> float:
        """Use of one demand. [kt]"""
        return float(self.use_kt[self.program.demand_index[f"{region} {good} {use}"]])

    @property
    def unpriced(self) -> tuple[tuple[str, str], ...]:
        """Nodes without a price: nothing passes there."""
        return tuple(node for node, p in zip(self.program.nodes, self.node_prices, strict=True) if np.isnan(p))

    def prices(self) -> pd.DataFrame:
        """Price by region and good. [USD/kg]"""
        nodes = self.program.nodes
        return pd.DataFrame(
            {"region": [r for r, _ in nodes], "good": [g for _, g in nodes], "price_usd_per_kg": self.node_prices}
        )

    def flows(self, above_kt: float = 1e-6) -> pd.DataFrame:
        """Flows above a floor. [kt]"""
        p = self.program
        flow = self.x[p.of_route]
        keep = flow > above_kt
        return pd.DataFrame(
            {
                "good": p.route_good[keep],
                "origin": p.route_origin[keep],
                "destination": p.route_destination[keep],
                "flow_kt_product": flow[keep],
            }
        )

    def uses(self) -> pd.DataFrame:
        """Use by demand, beside what would be used at the base price. [kt]"""
        base = np.array([d.base_kt if d.base_kt is not None else np.nan for d in self.world.demands])
        wanted = base * self.state.demand_factor
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(wanted > 0, self.use_kt / wanted, np.nan)
        return pd.DataFrame(
            {
                "region": [d.region for d in self.world.demands],
                "good": [d.good for d in self.world.demands],
                "use": [d.use for d in self.world.demands],
                "used_kt_product": self.use_kt,
                "wanted_kt_product": wanted,
                "served_share": share,
            }
        )

    def margins(self) -> pd.DataFrame:
        """Value of products less inputs of each running process, per unit of activity. [USD/kg]"""
        p = self.program
        prices = np.nan_to_num(self.node_prices)
        gain = -np.asarray(p.balance.T @ prices)[p.of_process]
        activity = self.x[p.of_process]
        frame = pd.DataFrame(
            {
                "process": [q.name for q in self.world.processes],
                "region": [q.region for q in self.world.processes],
                "stage": [q.stage for q in self.world.processes],
                "activity_kt_product": activity,
                "gross_margin_usd_per_kg": gain,
            }
        )
        return frame.query("activity_kt_product > 1e-6")

    def surplus(self) -> pd.DataFrame:
        """Surplus by region: users, producers, traders on outgoing routes. [million USD]

        Users: area under the demand curve less what is paid. Producers: revenue less inputs and variable cost.
        Traders: price difference less cost of the route, which holds licence rents and duties of the origin.
        Holders: the opening stock, and supply from outside the market, at the price of its node, and what the closing
        stock is worth to them less that price. All parties of all regions together are the value that the program
        maximises: nothing is counted twice and nothing is lost. Over several years a stock counts in each of them.
        """
        return self._surplus.copy()

    @cached_property
    def _worth(self) -> np.ndarray:
        """Surplus of each column: what it is worth at the prices less what it costs. [million USD]"""
        p = self.program
        levers = p.levers(self.state)
        quadratic = levers.cost * self.x + 0.5 * levers.curvature * self.x**2
        return -quadratic - (p.balance.T @ np.nan_to_num(self.node_prices)) * self.x

    @cached_property
    def _surplus(self) -> pd.DataFrame:
        p = self.program
        parts = {
            "holders": (p.stock_region_code, p.of_stock),
            "producers": (p.process_region_code, p.of_process),
            "traders": (p.route_origin_code, p.of_route),
            "users": (p.segment_region_code, p.of_segment),
        }
        count = len(p.regions)
        columns = {name: np.bincount(codes, self._worth[part], count) for name, (codes, part) in parts.items()}
        # what enters beside the processes (stocks of the year before, releases) is sold by who holds it
        entered = np.nan_to_num(self.node_prices) * np.asarray(p.balance @ self.x)
        columns["holders"] += np.bincount([p.region_index[r] for r, _ in p.nodes], entered, count)
        return pd.DataFrame(columns, index=pd.Index(p.regions, name="region"))

    def makers(self) -> pd.DataFrame:
        """Surplus of producers by region and stage: revenue less inputs and variable cost. [million USD]"""
        p, worth = self.program, self._worth[self.program.of_process]
        stages = sorted({q.stage for q in self.world.processes})
        stage = np.array([stages.index(q.stage) for q in self.world.processes], dtype=int)
        cells = np.bincount(p.process_region_code * len(stages) + stage, worth, len(p.regions) * len(stages))
        return pd.DataFrame(cells.reshape(-1, len(stages)), pd.Index(p.regions, name="region"), stages)

    def welfare_musd(self, region: str | None = None) -> float:
        """Sum of surplus of a region or of all. [million USD]"""
        table = self._surplus
        return float(table.sum(axis=1).sum() if region is None else table.loc[region].sum())

    def export_revenue_musd(self, region: str) -> float:
        """Value of exports at the price of the destination. [million USD]"""
        p = self.program
        prices = np.nan_to_num(self.node_prices)
        mask = p.route_origin == region
        return float((self.x[p.of_route] * prices[p.route_to])[mask].sum())

    def replaced(self, before: Equilibrium, above_kt: float = 1e-4) -> pd.DataFrame:
        """Who replaces whom: change of each flow against another equilibrium of the same world. [kt]"""
        p = self.program
        change = self.x[p.of_route] - before.x[p.of_route]
        keep = np.abs(change) > above_kt
        frame = pd.DataFrame(
            {
                "good": p.route_good[keep],
                "origin": p.route_origin[keep],
                "destination": p.route_destination[keep],
                "before_kt_product": before.x[p.of_route][keep],
                "after_kt_product": self.x[p.of_route][keep],
                "change_kt_product": change[keep],
            }
        )
        return frame.sort_values("change_kt_product", key=np.abs, ascending=False, ignore_index=True)

    def table(self) -> pd.DataFrame:
        """Prices, as `prices()`."""
        return self.prices()

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: year, prices, flows, use, rents, unpriced nodes, proof."""
        priced = self.prices().dropna()
        return {
            "year": self.year,
            "instruments": [str(i) for i in self.instruments],
            "prices": priced.to_dict("records"),
            "flows": self.flows().to_dict("records"),
            "uses": [_plain(r) for r in self.uses().to_dict("records")],
            "rents_usd_per_kg": self.rents,
            "unpriced": [list(node) for node in self.unpriced],
            "residual": float(f"{self.proof.worst:.1e}"),
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        flow = self.x[self.program.of_route].sum()
        lines = [
            f"Equilibrium {self.year}: {len(self.program.nodes)} nodes, {len(self.unpriced)} unpriced",
            f"  traded     {flow:,.1f} kt between regions",
            f"  in force   {'; '.join(str(i) for i in self.instruments[:3]) or 'nothing'}",
        ]
        lines += [f"  rent       {name}: {rent:.4g} USD/kg" for name, rent in list(self.rents.items())[:4]]
        lines += [f"  note       {note}" for note in self.notes[:2]]
        lines.append(f"  residual   {self.proof.worst:.1e} (balances, complementary slackness)")
        lines.append("  limits     one price per node and year; no contracts, hoarding or queues")
        return "\n".join(lines)


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    return {k: None if isinstance(v, float) and np.isnan(v) else v for k, v in record.items()}


def problem_of(program: Program, levers: Levers) -> Quadratic:
    """The quadratic program of some levers."""
    G, h = program.limits, levers.ceilings
    if levers.rows:
        counts = [len(row.columns) for row in levers.rows]
        extra = sp.csr_matrix(
            (
                np.concatenate([row.coefficients for row in levers.rows]),
                np.concatenate([row.columns for row in levers.rows]),
                np.cumsum([0, *counts]),
            ),
            shape=(len(levers.rows), program.size),
        )
        G = sp.vstack([G, extra], format="csr")
        h = np.concatenate([h, [row.ceiling for row in levers.rows]])
    finite = np.isfinite(h)
    if not finite.all():
        G, h = sp.csr_matrix(G)[np.flatnonzero(finite)], h[finite]
    return Quadratic(
        levers.cost, levers.curvature, program.balance, levers.supply, sp.csr_matrix(G), h, levers.lower, levers.upper
    )


def _mixed(seen: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Next prices for a fixed point from the last pairs of tried and found prices (Anderson mixing, depth 4)."""
    tried = np.array([t for t, _ in seen[-5:]])
    error = np.array([f - t for t, f in seen[-5:]])
    if len(seen) == 1:
        return tried[-1] + 0.5 * error[-1]
    weights, *_ = np.linalg.lstsq((error[:-1] - error[-1]).T, -error[-1], rcond=1e-9)
    weights = np.append(weights, 1 - weights.sum())
    return weights @ (tried + 0.5 * error)


def solve(
    world: World,
    instruments: Sequence[Instrument] = (),
    state: State | None = None,
    solver: Solver = "piqp",
) -> Equilibrium:
    """Prices and flows of one year under instruments.

    Args:
        world: The market.
        instruments: Measures; those not in force in the year of the state change nothing.
        state: What the year inherits; the world's own base year when None.
        solver: `piqp`, or `clarabel` as a second opinion.

    Returns:
        The equilibrium, proven: balances and complementary slackness within 1e-6.

    Raises:
        Infeasible: The measures leave no feasible flows.
        NotConverged: The proof fails, or ad valorem measures do not settle.

    References:
        Takayama and Judge, Spatial and Temporal Price and Allocation Models (1971).

    >>> from gadolin.market.curves import linear
    >>> from gadolin.market.world import Process, Route, World
    >>> mine = Process("AUS mine", "AUS", "mine", {"oxide:Nd": 1.0}, cost_usd_per_kg=10.0, slope=1.0)
    >>> world = World(2024, (mine,), (Route("oxide:Nd", "AUS", "JPN", 2.0),), (linear("JPN", "oxide:Nd", 100.0, 1.0),))
    >>> round(solve(world).price("JPN", "oxide:Nd"), 6)
    56.0
    """
    program = program_of(world)
    state = program.start if state is None else state
    prices = None if state.prices is None else np.nan_to_num(state.prices)
    seen: list[tuple[np.ndarray, np.ndarray]] = []
    for _ in range(ROUNDS):
        levers = program.levers(state)
        seeking = False
        for instrument in instruments:
            active = instrument.share_of_year(state.year)
            if active > 0:
                seeking |= instrument.apply(world, program, levers, active, state, prices)
        found = solve_quadratic(problem_of(program, levers), solver, f"market {state.year}")
        if not seeking:
            break
        if prices is not None:
            if np.max(np.abs(found.price - prices) / (np.abs(prices) + 1.0)) < SETTLED:
                break
            seen.append((prices, found.price))
        prices = found.price if prices is None else _mixed(seen)
    else:
        raise NotConverged(f"market {state.year}: price-dependent measures did not settle in {ROUNDS} rounds", 1.0)
    return _read(world, tuple(instruments), state, program, levers, found)


def _read(
    world: World,
    instruments: tuple[Instrument, ...],
    state: State,
    program: Program,
    levers: Levers,
    found: Solution,
) -> Equilibrium:
    """The answer with its labels: rents by name, no price where nothing passes."""
    finite = np.isfinite(levers.ceilings)
    names = [limit.name for limit, ok in zip(world.limits, finite, strict=True) if ok]
    rents = {name: float(found.rent[n]) for n, name in enumerate(names)}
    rents |= {row.name: float(found.rent[len(names) + n]) for n, row in enumerate(levers.rows)}
    through = abs(program.balance) @ np.abs(found.x) / 2
    through = np.maximum(through, np.abs(levers.supply) / 2)
    node_prices = np.where(through > FLOW_FLOOR_SHARE * max(through.max(initial=0.0), 1e-9), found.price, np.nan)
    return Equilibrium(
        world,
        state,
        instruments,
        found.x,
        node_prices,
        rents,
        found.proof,
        tuple(dict.fromkeys(levers.notes)),
        (found.price, found.rent),
    )


PROVEN = 1e-9
"""Residual within which an answer found from a neighbour must be proven, else it is solved from the start."""


def answer(start: Equilibrium, state: State) -> tuple[Equilibrium, bool]:
    """The equilibrium of a state near that of another one, with the same measures in force.

    Args:
        start: Solved neighbour.
        state: What the year inherits now.

    Returns:
        The equilibrium, and whether it had to be solved from the start.

    Raises:
        Infeasible: The measures leave no feasible flows.
        NotConverged: The proof fails.
    """
    world, program = start.world, start.program
    levers = program.levers(state)
    for instrument in start.instruments:
        active = instrument.share_of_year(state.year)
        if active > 0 and instrument.apply(world, program, levers, active, state, state.prices):
            return solve(world, start.instruments, state), True
    problem = problem_of(program, levers)
    near = near_optimum(problem, start.x, *start.duals)
    if near is None or near.proof.worst > PROVEN:
        return solve(world, start.instruments, state), True
    return _read(world, start.instruments, state, program, levers, near), False
