"""Year after year: a myopic roll of the market through a future, with stocks, plants, growth and lost use.

Each year inherits stocks, capacities and demand from the one before. Uses grow; where a price stood above its base they
lose part for good, `ln A[t+1] = ln A[t] + growth - eta max(ln p/p_base, 0)`. Plants come when they were decided or when
they pay at expected prices (the mean of last year and base). Small changes of supply are answered from the path: the
linear system of the old bounds, corrected and proven, so that nothing is solved from the start.

Limits: nobody looks ahead; capacities beside named plants grow at one rate everywhere; a year is the shortest step.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from gadolin import fanout, runs
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.market.equilibrium import PROVEN, Equilibrium, answer, solve
from gadolin.market.futures import Future
from gadolin.market.holders import Holders
from gadolin.market.instruments import Instrument
from gadolin.market.plant_measures import BuildSubsidy, TechnologyBan
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
        solved_again: Years that were solved from the start.
        error_share: Bound on the error: residual of the proof over flows and over the value of all goods. [share]
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
        """The path after a small change of supply.

        To first order: each year keeps what is at its bound and what is not, and the linear system of the rest gives
        the answer. Where that crosses a bound, the bounds are exchanged until the optimum is proven again (balances,
        reduced costs and complementarity within `PROVEN`), so an answer is never an extrapolation. Stocks and lost use
        are carried from the changed year before. Plants that were decided on prices stay as the path decided them.

        Args:
            delta_supply: Change by node (region, good): a number for every year, or one by year. [kt]

        Returns:
            The changed path. A year that could not be answered from the old one (a measure that depends on prices, a
            large change) is solved from the start and named in `solved_again`.

        Raises:
            InputError: A node that the world does not have.
            Infeasible: Less supply than the measures force to be used.
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
        found: list[Equilibrium] = []
        solved: list[int] = []
        changed = False
        for e in self.years:
            given = np.zeros(len(program.nodes))
            for node, change in delta_supply.items():
                amount = change.get(e.year, 0.0) if isinstance(change, Mapping) else change
                given[program.node_index[node]] += amount
            changed |= bool(given.any())
            if not changed:
                found.append(e)
                continue
            state = _inherit(found[-1], e.state, self.future, program) if found else e.state
            state = replace(state, supply_kt=e.state.supply_kt + given)
            new, again = answer(e, state)
            found.append(new)
            if again:
                solved.append(e.year)
        path = Path(self.world, self.future, self.choices, tuple(found))
        return Response(path, tuple(solved), PROVEN if changed else 0.0)


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


def roll(
    world: World,
    future: Future,
    choices: Choices | None = None,
    years: Sequence[int] | int = 10,
    keep: bool = False,
) -> Path:
    """The market from the year after the base year on.

    A path depends on the world, the future's factors and shocks, the choices and the years, and on nothing else: they
    are the key under which it is kept.

    Args:
        world: Calibrated market.
        future: Factors and shocks.
        choices: Measures and plants.
        years: How many years, or the years themselves (consecutive, the first after the base year).
        keep: Take the path from the cache where it was rolled before, and leave it there.

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
    known = program_of(world).process_index
    faults = [
        Fault(f"is no process of the world{did_you_mean(b.process, known)}", field="builds", value=b.process)
        for b in choices.builds
        if b.process not in known
    ]
    if faults:
        raise InputError(faults)
    task = functools.partial(_rolled, world, choices, span)
    if not keep:
        return task(future, 0)
    what = [future.as_dict()["factors"], [i.as_dict() for i in future.shocks], choices.key(), span, runs.versions()]
    text = world.key() + json.dumps(what, sort_keys=True, default=str)
    key = "path-" + hashlib.sha256(text.encode()).hexdigest()[:24]
    kept = fanout.over(task, [future], workers=1, key=key)[0]
    return Path(world, future, choices, tuple(replace(e, world=world) for e in kept.years))


def _rolled(world: World, choices: Choices, span: Sequence[int], future: Future, seed: int) -> Path:
    """The years one after another."""
    program = program_of(world)
    measures = (*future.shocks, *choices.instruments)
    state = replace(
        program.start,
        elasticity_factor=np.full(len(world.demands), future.factor("elasticity_factor")),
        # who holds more also wants more: else the first year would sell out or fill up what was never there
        opening_kt=program.start.opening_kt * future.factor("stock_factor"),
        stock_factor=future.factor("stock_factor"),
        demand_factor=np.full(len(world.demands), 1 + future.factor("demand_growth_share")),
    )
    builder = _Builder(world, program, future, measures, choices.builds)
    holders = Holders(world, program, measures)
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
        state = replace(state, kept_share=holders.kept_share(state))
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
        bans = [m for m in self.measures if isinstance(m, TechnologyBan) and m.hits(process.region, process.stage)]
        if build.yearly_cost_usd_per_kg is None:
            # equipment is withheld whenever the ban binds before the plant runs
            span = range(year, max(math.ceil(build.year + late), year) + 1)
            late += sum(m.delay_years for m in bans if any(m.share_of_year(y) > 0 for y in span))
            self.decided[n] = build.year + late
            return
        if not before or before[-1].year + 1 < build.year - build.lead_years:
            return
        now = [m for m in bans if m.share_of_year(year) > 0]
        late += sum(m.delay_years for m in now)
        paid = sum(
            m.share * m.share_of_year(year)
            for m in self.measures
            if isinstance(m, BuildSubsidy) and m.hits(process.region, process.stage)
        )
        yearly = build.yearly_cost_usd_per_kg * math.prod(m.cost_factor for m in now) * (1 - min(paid, 1.0))
        prices = np.nan_to_num(before[-1].node_prices)
        expected = 0.5 * (prices + np.nan_to_num(before[0].node_prices))
        index = self.program.process_index[build.process]
        margin = -float(np.asarray(self.program.balance.T @ expected)[index])
        if margin > process.cost_usd_per_kg + yearly:
            self.decided[n] = year + build.lead_years + late
