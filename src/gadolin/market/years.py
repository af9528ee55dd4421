"""Year after year: a myopic roll of the market through a future, with stocks, plants, growth and lost use.

Each year inherits stocks, capacities and demand from the one before. Uses grow; where a price stood above its base they
lose part for good, `ln A[t+1] = ln A[t] + growth - eta max(ln p/p_base, 0)`. Plants come when they were decided or when
they pay at expected prices (the mean of last year and base). Small changes of supply are answered to first order,
exactly as long as no bound is crossed, and solved again beyond.

Limits: nobody looks ahead; capacities beside named plants grow at one rate everywhere; a year is the shortest step.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.market.equilibrium import Equilibrium, solve
from gadolin.market.futures import Future
from gadolin.market.instruments import Instrument
from gadolin.market.measures import BuildSubsidy, TechnologyBan
from gadolin.market.program import Program, State, program_of
from gadolin.market.world import World

__all__ = ["Build", "Choices", "Path", "Response", "roll"]

UNITS = {"Build.capacity_kt": "kt", "Build.yearly_cost_usd_per_kg": "USD/kg of capacity"}


@dataclass(frozen=True)
class Build:
    """New capacity of a process.

    Args:
        process: Name of the process in the world.
        capacity_kt: Capacity added. [kt of activity]
        year: First year of operation as planned.
        yearly_cost_usd_per_kg: Capital cost per year and kg of capacity that its margin must beat; None when it is
            decided and comes whatever prices do. [USD/kg]
        lead_years: Years from decision to operation, when it is not decided yet. [years]
    """

    process: str
    capacity_kt: float
    year: int
    yearly_cost_usd_per_kg: float | None = None
    lead_years: float = 0.0


@dataclass(frozen=True)
class Choices:
    """What the case country does that the market feels.

    Args:
        instruments: Its measures.
        builds: Its plants, and those of others that are planned.
    """

    instruments: tuple[Instrument, ...] = ()
    builds: tuple[Build, ...] = ()

    def key(self) -> str:
        """Hash of all that decides a path beside world and future."""
        text = json.dumps(
            [[i.as_dict() for i in self.instruments], [vars(b) for b in self.builds]], sort_keys=True, default=str
        )
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Response:
    """Answer of a path to a change of supply.

    Args:
        path: The changed path: prices to first order, or solved again.
        solved_again: Years that were solved again, because a bound was crossed.
        error_share: Bound on the relative error of prices of the years not solved again: rounding, and what use lost
            for good in the years before leaves out beyond first order. [share]
    """

    path: Path
    solved_again: tuple[int, ...]
    error_share: float


@dataclass(frozen=True, eq=False)
class Path:
    """The market over the years of a future.

    Args:
        world: The market of the base year.
        future: What happens.
        choices: What the case country does.
        years: One equilibrium per year, in order.
    """

    world: World
    future: Future
    choices: Choices
    years: tuple[Equilibrium, ...]

    @functools.cached_property
    def by_year(self) -> dict[int, Equilibrium]:
        """Equilibrium of each year."""
        return {e.year: e for e in self.years}

    def price(self, region: str, good: str) -> pd.Series:
        """Price of a good in a region by year. [USD/kg]"""
        return pd.Series({e.year: e.price(region, good) for e in self.years}, name="price_usd_per_kg")

    def table(self) -> pd.DataFrame:
        """Price by year, region and good. [USD/kg]"""
        return pd.concat([e.prices().assign(year=e.year) for e in self.years], ignore_index=True)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"future": self.future.as_dict(), "years": [e.as_dict() for e in self.years]}

    def __str__(self) -> str:
        lines = [f"Path {self.years[0].year}-{self.years[-1].year} of {self.future.id}"]
        for good in ("oxide:Nd", "oxide:Dy", "oxide:Tb"):
            for region in ("CHN", "JPN"):
                if (region, good) in self.years[0].program.node_index:
                    p = self.price(region, good)
                    lines.append(
                        f"  {good} in {region}: {p.iloc[0]:.4g} to {p.iloc[-1]:.4g} USD/kg, most {p.max():.4g}"
                    )
        lines.append("  limits     nobody looks ahead; a year is the shortest step")
        return "\n".join(lines)

    def respond(self, delta_supply: Mapping[tuple[str, str], Mapping[int, float] | float]) -> Response:
        """The path after a small change of supply, to first order.

        Args:
            delta_supply: Change by node (region, good): a number for every year, or one by year. [kt]

        Returns:
            The changed path. Within a year the answer is exact as long as no quantity crosses a bound; where one
            does, that year and the following are solved again.

        Raises:
            InputError: A node that the world does not have.
        """
        program = program_of(self.world)
        faults = [
            Fault(
                f"is no node of the world{did_you_mean(' '.join(n), [' '.join(m) for m in program.nodes])}",
                field="delta_supply",
                value=" ".join(n),
            )
            for n in delta_supply
            if n not in program.node_index
        ]
        if faults:
            raise InputError(faults)
        carried = np.zeros(len(program.nodes))
        lost = np.zeros(len(self.world.demands))
        before = lost
        found: list[Equilibrium] = []
        solved: list[int] = []
        error = 0.0
        eta = self.future.factor("substitution_per_year")
        for e in self.years:
            given = np.zeros(len(program.nodes))
            for node, change in delta_supply.items():
                amount = change.get(e.year, 0.0) if isinstance(change, Mapping) else change
                given[program.node_index[node]] += amount
            # use lost for good acts like supply given: widths shrink in proportion
            less = np.zeros(len(program.nodes))
            np.add.at(less, program.demand_node, lost * e.use_kt)
            moved = None if solved else _first_order(e, given + carried + less)
            if moved is None:
                state = e.state
                if found:
                    state = _inherit(found[-1], state, self.future, program)
                if found and not solved:  # years answered to first order keep their widths: lay on what they lost
                    state = replace(state, demand_factor=state.demand_factor * np.exp(-before))
                new = solve(self.world, e.instruments, replace(state, supply_kt=e.state.supply_kt + given))
                solved.append(e.year)
            else:
                new, residual = moved
                left_out = float(np.max(np.abs(lost), initial=0.0)) * (
                    float(np.max(np.abs(lost), initial=0.0)) + _largest_move(new, e)
                )
                error = max(error, residual + left_out)
            found.append(new)
            carried = np.zeros(len(program.nodes))
            np.add.at(carried, program.stock_node, new.x[program.of_stock] - e.x[program.of_stock])
            p1, p0 = new.node_prices[program.demand_node], e.node_prices[program.demand_node]
            base = program.demand_price
            with np.errstate(invalid="ignore", divide="ignore"):
                rise = np.maximum(np.log(np.maximum(p1, 1e-9) / base), 0) - np.maximum(np.log(p0 / base), 0)
            before = lost.copy()
            lost += eta * np.nan_to_num(rise)
        return Response(Path(self.world, self.future, self.choices, tuple(found)), tuple(solved), error)


def _largest_move(new: Equilibrium, old: Equilibrium) -> float:
    """Largest change of a price between two answers to one year, as a share of it; of goods above 1 USD/kg. [share]"""
    with np.errstate(invalid="ignore"):
        moved = np.abs(new.node_prices - old.node_prices) / np.maximum(np.abs(old.node_prices), 1.0)
    return float(np.nanmax(moved, initial=0.0))


def _inherit(before: Equilibrium, state: State, future: Future, program: Program) -> State:
    """A state of a rolled path with stocks and lost use taken from a changed year before."""
    return replace(
        state,
        opening_kt=np.maximum(before.x[program.of_stock], 0.0),
        demand_factor=_grown(before, future, program),
    )


def _grown(before: Equilibrium, future: Future, program: Program) -> np.ndarray:
    """Factor on each demand in the year after: growth, less what high prices drove away for good."""
    prices = before.node_prices[program.demand_node]
    with np.errstate(invalid="ignore", divide="ignore"):
        high = np.maximum(np.log(np.maximum(prices, 1e-9) / program.demand_price), 0.0)
    loss = future.factor("substitution_per_year") * np.nan_to_num(high)
    return before.state.demand_factor * (1 + future.factor("demand_growth_share")) * np.exp(-loss)


def _first_order(e: Equilibrium, delta: np.ndarray) -> tuple[Equilibrium, float] | None:
    """Exact answer to a change of supply while no bound is crossed; None when one is.

    Solves the linear system of the optimum over the columns strictly inside their bounds, then walks every column to
    its bound and every reduced cost to zero: if none is reached, the answer is exact.
    """
    if not delta.any():
        return e, 0.0
    program = e.program
    if e.rents and any(r > 1e-6 for r in e.rents.values()):
        return None
    levers = program.levers(e.state)
    for instrument in e.instruments:
        active = instrument.share_of_year(e.year)
        if active > 0 and instrument.apply(e.world, program, levers, active, e.state, e.state.prices):
            return None
    span = np.where(np.isfinite(levers.upper), levers.upper - levers.lower, np.maximum(e.x, 1.0))
    inside = (e.x > levers.lower + 1e-6 * span) & (e.x < levers.upper - 1e-6 * span) & (span > 0)
    A = sp.csc_matrix(program.balance)
    free = sp.csc_matrix(A[:, np.flatnonzero(inside)])
    H = sp.diags(np.maximum(levers.curvature[inside], 1e-9))
    small = sp.diags(np.full(len(program.nodes), -1e-10))
    system = sp.bmat([[H, free.T], [free, small]], format="csc")
    size = int(inside.sum())
    moved = splu(system).solve(np.concatenate([np.zeros(size), delta]))
    dx = np.zeros(program.size)
    dx[inside] = moved[:size]
    dp = moved[size:]
    new_x = e.x + dx
    shadow = np.where(np.isnan(e.node_prices), 0.0, e.node_prices)
    touched = np.asarray(abs(A).T @ np.isnan(e.node_prices).astype(float)) == 0
    reduced = levers.cost + levers.curvature * new_x + np.asarray(A.T @ (shadow + dp))
    at_low, at_high = ~inside & (e.x <= levers.lower + 1e-6 * span), ~inside & (e.x >= levers.upper - 1e-6 * span)
    scale = 1e-6 * (np.abs(levers.cost) + 1.0)
    wrong = touched & (span > 1e-9) & ((at_low & (reduced < -scale)) | (at_high & (reduced > scale)))
    crossed = (new_x < levers.lower - 1e-9) | (new_x > levers.upper + 1e-9)
    residual = float(np.max(np.abs(A @ dx - delta), initial=0.0))
    if wrong.any() or crossed.any() or residual > 1e-5 * max(float(np.abs(delta).max()), 1e-9):
        return None
    return replace(e, x=new_x, node_prices=e.node_prices + dp, state=replace(e.state)), 1e-5


def roll(
    world: World,
    future: Future,
    choices: Choices | None = None,
    years: Sequence[int] | int = 10,
) -> Path:
    """The market from the year after the base year on.

    Args:
        world: Calibrated market.
        future: Factors and shocks.
        choices: Measures and plants.
        years: How many years, or the years themselves (consecutive, the first after the base year).

    Returns:
        One proven equilibrium per year.

    Raises:
        InputError: Years that do not follow the base year; a build of no process of the world.
        Infeasible: Measures leave no feasible flows in some year.
        NotConverged: A year is not proven.
    """
    choices = choices or Choices()
    span = list(range(world.year + 1, world.year + 1 + years)) if isinstance(years, int) else list(years)
    if not span or span != list(range(world.year + 1, world.year + 1 + len(span))):
        raise InputError(Fault(f"must be consecutive and start in {world.year + 1}", field="years", value=str(span)))
    program = program_of(world)
    known = program.process_index
    faults = [
        Fault(f"is no process of the world{did_you_mean(b.process, known)}", field="builds", value=b.process)
        for b in choices.builds
        if b.process not in known
    ]
    if faults:
        raise InputError(faults)
    measures = (*future.shocks, *choices.instruments)
    state = replace(
        program.start,
        elasticity_factor=np.full(len(world.demands), future.factor("elasticity_factor")),
        opening_kt=program.start.opening_kt * future.factor("stock_factor"),
        demand_factor=np.full(len(world.demands), 1 + future.factor("demand_growth_share")),
    )
    builder = _Builder(world, program, future, measures, choices.builds)
    found: list[Equilibrium] = []
    for year in span:
        if found:
            state = _inherit(found[-1], state, future, program)
        size = (1 + future.factor("supply_growth_share")) ** (year - world.year)
        capacity, slope = builder.capacity(year, size, found)
        state = replace(
            state,
            year=year,
            size_factor=size,
            process_capacity_kt=capacity,
            process_slope=slope,
            reference_kt=program.start.reference_kt * size,
            prices=found[-1].node_prices if found else None,
        )
        found.append(solve(world, measures, state))
    return Path(world, future, choices, tuple(found))


@dataclass
class _Builder:
    """Which plants stand in a year."""

    world: World
    program: Program
    future: Future
    measures: tuple[Instrument, ...]
    builds: tuple[Build, ...]
    decided: dict[int, float] = field(default_factory=dict)

    def capacity(self, year: int, size: float, before: list[Equilibrium]) -> tuple[np.ndarray, np.ndarray]:
        """Capacity and slope of each process: grown capacity and the plants that run."""
        base = self.program.start.process_capacity_kt
        capacity = base * size
        for n, build in enumerate(self.builds):
            self._decide(n, build, year, before)
            if self.decided.get(n, np.inf) <= year:
                capacity[self.program.process_index[build.process]] += build.capacity_kt
        slope = self.program.start.process_slope.copy()
        with np.errstate(invalid="ignore", divide="ignore"):
            larger = np.where(np.isfinite(base) & (base > 0), capacity / base, size)
        slope /= larger
        cost = np.abs(self.program.cost[self.program.of_process])
        new = np.isfinite(base) & (base == 0) & (capacity > 0)
        slope[new] = 0.5 * cost[new] / capacity[new]
        return capacity, slope

    def _decide(self, n: int, build: Build, year: int, before: list[Equilibrium]) -> None:
        """Fix the year a plant starts: as planned with delay, or a lead time after it pays."""
        if n in self.decided:
            return
        process = self.world.processes[self.program.process_index[build.process]]
        late = self.future.factor("entry_delay_years")
        for m in self.measures:
            if isinstance(m, TechnologyBan) and process.region in m.targets and m.stage in ("", process.stage):
                late += m.delay_years * (m.share_of_year(year) > 0)
        if build.yearly_cost_usd_per_kg is None:
            self.decided[n] = build.year + late
            return
        if not before or before[-1].year + 1 < build.year - build.lead_years:
            return
        paid = sum(
            m.share
            for m in self.measures
            if isinstance(m, BuildSubsidy) and m.actor == process.region and m.stage in ("", process.stage)
        )
        prices = np.nan_to_num(before[-1].node_prices)
        expected = 0.5 * (prices + np.nan_to_num(before[0].node_prices))
        index = self.program.process_index[build.process]
        margin = -float(np.asarray(self.program.balance.T @ expected)[index])
        if margin > process.cost_usd_per_kg + build.yearly_cost_usd_per_kg * (1 - min(paid, 1.0)):
            self.decided[n] = year + build.lead_years + late
