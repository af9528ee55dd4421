"""What the market makes of a strategy in a future: prices under its rules and its own supply, kept on disk.

Duty and quota on raw goods become measures of the market; what plants and stocks add or take, and what a moratorium
keeps the country's mines from selling, becomes supply by node and year. Supply alone is answered by `Path.respond`,
proven or solved again; with measures, or with a bound above `WIDEST_SHARE`, the market is rolled anew. Prices depend on
the future, the tables and these choices only, so they are kept under the cache root by their hash and shared by
comparison, deals and runs.

Limits: what others than the strategy's mines export raw was seen under the moratorium of 2024 and goes on under it;
what metal and magnet plants buy abroad, and magnets made, do not move the market; the last year rolled meets the
supply of the case's last year, and its prices are held.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path as File
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from gadolin import runs
from gadolin.case.inputs.market import CLAYS
from gadolin.case.strategies import futures_of
from gadolin.elements import ELEMENTS
from gadolin.kept import code, write
from gadolin.market import Future, Path, World, roll
from gadolin.market.instruments import RAW, Instrument
from gadolin.market.measures import AdValoremDuty, Quota
from gadolin.market.program import program_of
from gadolin.market.years import Choices
from gadolin.strategy.choices import Build, Resolved
from gadolin.strategy.country import output_share, sized
from gadolin.strategy.materials import FACTORS, Flows
from gadolin.strategy.prices import PricePath
from gadolin.strategy.timing import grid

if TYPE_CHECKING:
    from gadolin.case import Case

__all__ = [
    "CLAY",
    "OwnSupply",
    "base_path",
    "base_prices",
    "choices_of",
    "has_market",
    "prices_of",
    "solved",
    "supply_of",
    "world_of",
]

Array = NDArray[np.float64]
CLAY = "mixed_carbonate:clay"
WIDEST_SHARE = 1e-3
"""Widest bound on a first-order price that is taken; beyond it the market is rolled again."""


@dataclass(frozen=True, kw_only=True)
class OwnSupply(Instrument):
    """What a country's plants and stocks add to a node of the market, or take from it, year by year.

    Args:
        good: Good of the node, as the world names it.
        change_kt: Year and change, negative to take away. [kt]
    """

    good: str
    change_kt: tuple[tuple[int, float], ...]
    kind: ClassVar[str] = "own supply"
    trades: ClassVar[bool] = False

    def apply(self, world, program, levers, active, state, prices) -> bool:
        """Add the supply of the year at the actor's node."""
        levers.supply[program.node_index[self.actor, self.good]] += dict(self.change_kt).get(state.year, 0.0)
        return False

    def _words(self) -> list[str]:
        most = max((abs(v) for _, v in self.change_kt), default=0.0)
        return [self.good, f"up to {most:.3g} kt"]


def world_of(case: Case, future: Future) -> World:
    """The calibrated market with the composition of clay that a future has, made once per case and kept."""
    return case.inputs.world_of(None, str(future.factors.get("clay", CLAYS[0])))


def has_market(case: Case, future: Future) -> bool:
    """Whether the market knows the country as a region of its own; where not, prices of the deck are held."""
    return case.country in world_of(case, future).regions


def base_path(case: Case, future: Future) -> Path:
    """The market of a future in which the country changes nothing, rolled to the case's year; the last one is kept."""
    held = case._cache.get("strategy base path")
    if held is None or held[0] != future:
        world = world_of(case, future)
        held = (future, roll(world, future, years=futures_of(case).prices_until - world.year))
        case._cache["strategy base path"] = held
    return held[1]


def base_prices(case: Case, future: Future) -> PricePath:
    """Prices of a future in which the country changes nothing."""
    return _prices(case, future, Choices())


def prices_of(case: Case, plan: Resolved, future: Future, flows: Flows) -> PricePath:
    """Prices of a future under the rules and the own supply of a strategy.

    Args:
        case: The case.
        plan: The strategy.
        future: The future.
        flows: Its tonnes in that future.

    Raises:
        Infeasible: Its rules or its stock leave no feasible flows.
        NotConverged: A year of the market is not proven.
    """
    return _prices(case, future, choices_of(case, plan, future, flows))


def solved(case: Case, future: Future, choices: Choices, base: Path | None = None) -> PricePath:
    """Prices of a future under choices, found anew.

    Args:
        case: The case.
        future: The future.
        choices: Measures of the country, its own supply among them.
        base: The market without them, when it is known.
    """
    base = base_path(case, future) if base is None else base
    if not choices.instruments:
        return PricePath.of(base, case.country)
    own = [m for m in choices.instruments if isinstance(m, OwnSupply)]
    if len(own) == len(choices.instruments):
        answer = base.respond({(m.actor, m.good): dict(m.change_kt) for m in own})
        if answer.error_share <= WIDEST_SHARE:
            return PricePath.of(answer.path, case.country, answer.error_share)
    return PricePath.of(roll(base.world, future, choices, years=[e.year for e in base.years]), case.country)


def _prices(case: Case, future: Future, choices: Choices) -> PricePath:
    file = _file(case, future, choices)
    kept = PricePath.from_json(file)
    if kept is not None:
        return kept
    if not has_market(case, future):
        return PricePath.flat(world_of(case, future).year + 1)
    found = solved(case, future, choices)
    write(file, json.dumps(found.as_dict()).encode())
    return found


def _file(case: Case, future: Future, choices: Choices) -> File:
    """Where prices are kept: named by all that decides them."""
    told = {k: v for k, v in Future.as_dict(future).items() if k not in ("id", "odds")}
    what = {
        **_ground(case),
        "country": case.country,
        "until": futures_of(case).prices_until,
        "future": told,
        "choices": [m.as_dict() for m in choices.instruments],
    }
    name = runs.digest(json.loads(json.dumps(what, default=str)))
    return runs.cache_root() / "prices" / f"{name}.json"


def _ground(case: Case) -> dict[str, Any]:
    """What decides the calibrated market beside its clay: facts, date, code."""
    return {"facts": case.once("facts digest", case.facts_digest), "code": code()}


# --- what the market feels -------------------------------------------------------------------------------------------


def choices_of(case: Case, plan: Resolved, future: Future, flows: Flows) -> Choices:
    """Measures of the country that the market feels: duty, ceilings on raw goods, own supply.

    Args:
        case: The case.
        plan: The strategy.
        future: The future.
        flows: Its tonnes in that future.
    """
    if not has_market(case, future):
        return Choices()
    return Choices((*_rules(case, plan, future, flows), *supply_of(case, plan, future, flows)))


def supply_of(case: Case, plan: Resolved, future: Future, flows: Flows) -> tuple[OwnSupply, ...]:
    """What a strategy adds to the world's supply, and takes from it, by node and year.

    Oxide and metal sold, carbonate that leaves raw less what the plants that stand sold raw before, stocks bought and
    sold.
    """
    world = world_of(case, future)
    nodes = program_of(world).node_index
    rolled = range(world.year + 1, futures_of(case).prices_until + 1)
    last = case.settings.case.last_year
    found: list[OwnSupply] = []

    def put(good: str, series: Array) -> None:
        at = dict(zip(grid(case), (float(v) / 1000 for v in series), strict=True))
        change = tuple((y, at.get(y if y < rolled[-1] else last, 0.0)) for y in rolled)
        if (case.country, good) in nodes and any(abs(v) > 1e-12 for _, v in change):
            found.append(OwnSupply(actor=case.country, good=good, change_kt=change, refs=plan.refs[:1]))

    put(CLAY, flows.raw @ FACTORS - _before(case, plan, future))
    stocks = _stocks(plan, grid(case))
    for n, e in enumerate(ELEMENTS):
        put(f"oxide:{e}", flows.oxide[:, n] * FACTORS[n] - stocks.get(e, 0.0))
        put(f"metal:{e}", flows.metal[:, n])
    return tuple(found)


def _stocks(plan: Resolved, years: range) -> dict[str, Array]:
    """What the state takes into stock, by element; the last year gives it back. [t REO]"""
    found: dict[str, Array] = {}
    for stock in plan.stocks:
        amount = stock.amount_t_reo.value
        assert amount is not None
        first, last = stock.terms.first_year, stock.terms.last_year
        taken = np.array([amount / (last - first + 1) if first <= y <= last else 0.0 for y in years])
        taken[-1] -= amount
        found[stock.terms.element] = found.get(stock.terms.element, np.zeros(len(years))) + taken
    return found


def _rules(case: Case, plan: Resolved, future: Future, flows: Flows) -> list[Instrument]:
    """Duty on raw goods, and a ceiling on them in each year in which the quota holds a mine back.

    The ceiling is what the strategy's mines may still send, and what others sent beside them in the base year, grown
    with the market, so that nobody steps in.
    """
    world = world_of(case, future)
    until = futures_of(case).prices_until
    found: list[Instrument] = []
    export = plan.file.export
    if export is not None and plan.duty is not None and plan.duty.value:
        start = str(min(export.start, until))
        found.append(AdValoremDuty(actor=case.country, goods=RAW, rate_share=plan.duty.value, start=start,
                                   refs=plan.duty.refs))  # fmt: skip
    program = program_of(world)
    routes = (program.route_origin == case.country) & (program.route_good == CLAY)
    if export is None or plan.quota_t_reo is None or not routes.any():
        return found
    gross = float(program.route_gross[routes][0])
    usual = float(program.start.reference_kt[routes].sum())
    before = _before(case, plan, future) / 1000
    raw = dict(zip(grid(case), flows.raw @ FACTORS / 1000, strict=True))
    for year in range(grid(case)[0], until + 1):
        at = year if year < until else case.settings.case.last_year
        if at >= export.start and raw[at] < before - 1e-9:
            size = (1 + future.factor("supply_growth_share")) ** (year - world.year)
            others = max(usual * size - before, 0.0)
            found.append(Quota(actor=case.country, goods=RAW, quota_t_gross=float(1000 * gross * (raw[at] + others)),
                               start=str(year), end=str(year), refs=plan.refs[:1]))  # fmt: skip
    return found


def _before(case: Case, plan: Resolved, future: Future) -> float:
    """What the running mines sell raw in the base world. [t REO per year]"""
    return sum((flow_before(case, b, future) for b in plan.builds if b.existing and b.entry.stage == "mine"), 0.0)


def flow_before(case: Case, build: Build, future: Future) -> float:
    """What a running mine sells raw in the base world. [t REO per year]"""
    plant = sized(case, build, future)
    size = plant.sales[0].t_per_year.value
    assert size is not None
    return size * output_share(plant, future)
