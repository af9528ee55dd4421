"""The country ledger: all plants of a strategy on one grid of years, with who pays whom.

Each plant is priced by economics on the prices of the future; what a plant buys from another of the country is paid to
that company, so that nothing is counted twice; research, training, stocks and export duty are paid by or to the state.
Limits: income tax is that of each company at its own price; a duty does not lower it; capital of what stands already
is sunk and its value before the first year not counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gadolin.economics import Finance, Ledger, Project, Regime, Schedule, cash_flow, inputs_of
from gadolin.economics.formulas import Deck
from gadolin.economics.ledger import Line
from gadolin.elements import ELEMENTS
from gadolin.market import Future
from gadolin.strategy.choices import Build, Resolved, project, regime_of
from gadolin.strategy.futures import HomeFuture, home_value
from gadolin.strategy.materials import FACTORS, Flows
from gadolin.strategy.prices import CHINA, HOME, PricePath
from gadolin.strategy.timing import Timing, grid

if TYPE_CHECKING:
    from gadolin.case import Case

__all__ = ["Money", "Priced", "Run", "country_ledger", "output_share", "rate_of", "sized"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Drawn:
    """Values of one future, as `cash_flow` takes them."""

    values: Mapping[str, Array]


@dataclass(frozen=True)
class Run:
    """A strategy in a future before money: timing and tonnes.

    Args:
        timings: When each plant is built and runs, by id.
        flows: Tonnes by plant.
    """

    timings: Mapping[str, Timing]
    flows: Flows


@dataclass(frozen=True)
class Priced:
    """A plant with its own ledger.

    Args:
        plant: The project as scheduled.
        ledger: Its lines, before payments between plants of the country are told apart.
        relief: Tax given up for incentives by year of the grid. [million USD]
        remarks: Incentives that could not be taken.
    """

    plant: Project
    ledger: Ledger
    relief: Array
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Money:
    """Money of a strategy in a future.

    Args:
        ledger: All lines on the grid. [million USD]
        relief: Tax given up for incentives by year. [million USD]
        staff: Staff of each plant by year, by id. [persons]
        remarks: Incentives that could not be taken.
    """

    ledger: Ledger
    relief: Array
    staff: Mapping[str, Array]
    remarks: tuple[str, ...]


def sized(case: Case, build: Build, future: Future) -> Project:
    """The project of a plant in a future: on the ore the future gives it."""
    ore = future.own_ore if isinstance(future, HomeFuture) else ""
    return project(case, build.id, ore, build.choice.design)


def country_ledger(
    case: Case,
    plan: Resolved,
    future: Future,
    path: PricePath,
    run: Run,
    known: dict[tuple[str, bytes], Priced] | None = None,
) -> Money:
    """All payments of a strategy in a future.

    Args:
        case: The case.
        plan: The strategy.
        future: The future.
        path: Prices.
        run: When each plant is built and runs, and its tonnes.
        known: Plants priced already in this future and path, by id and rate; filled on the way.
    """
    known = {} if known is None else known
    timings, flows = run.timings, run.flows
    years = grid(case)
    deck, finance = case.inputs.deck_of(), case.inputs.finance_of()
    regime = regime_of(case)
    lines: list[Line] = []
    relief, staff, remarks = np.zeros(len(years)), {}, []
    for build in plan.builds:
        timing = timings[build.id]
        rate = rate_of(build, sized(case, build, future), timing, flows, future)
        running = np.flatnonzero(rate > 0)
        if not timing.built or not len(running):
            continue
        key = (build.id, rate.tobytes())
        if key not in known:
            plant = _scheduled(sized(case, build, future), timing, rate, years)
            known[key] = _priced(plan, build, timing, plant, _Setting(deck, regime, finance, path, future, years))
        priced = known[key]
        plant, found = priced.plant, priced.ledger
        relief += priced.relief
        remarks += priced.remarks
        lines += _placed(found, plant, build, flows, years)
        staff[build.id] = np.where(rate > 0, plant.staff.value or 0.0, 0.0)
    lines += _duty(plan, lines, regime, years)
    lines += _public(case, plan, deck, path, future, years)
    if not lines:
        lines = [Line("none", "rest", "rest", np.zeros((1, len(years))))]
    currency, year = deck.currency, case.settings.case.price_year
    return Money(Ledger(tuple(lines), currency, year, years[0]), relief, staff, tuple(dict.fromkeys(remarks)))


@dataclass(frozen=True)
class _Setting:
    """What all plants of a future share."""

    deck: Deck
    regime: Regime
    finance: Finance
    path: PricePath
    future: Future
    years: range


def _priced(plan: Resolved, build: Build, timing: Timing, plant: Project, on: _Setting) -> Priced:
    """A plant's own ledger, and the tax given up for its incentives."""
    deck = _on(plant, on.deck, on.path, on.future, build)
    terms = replace(on.finance, equity_share=build.choice.owners)
    drawn = _drawn(plant, deck, on.future)
    eased, said = _incentives(on.regime, plan, build, timing)
    found = cash_flow(plant, deck, eased, terms, drawn)
    relief = np.zeros(len(on.years))
    if eased.chosen:
        bare = cash_flow(plant, deck, on.regime, terms, drawn)
        given = bare.total("income_tax") + bare.total("topup_tax")
        relief = _pad((given - found.total("income_tax") - found.total("topup_tax"))[0], plant, on.years)
    return Priced(plant, found, relief, tuple(said))


def rate_of(build: Build, plant: Project, timing: Timing, flows: Flows, future: Future) -> Array:
    """Output over full rate by year, after feed and rules."""
    if build.entry.stage not in ("mine", "separation") or build.id not in flows.intake:
        return timing.rate
    size = plant.sales[0].t_per_year.value if build.entry.stage == "mine" else plant.purchases[0].t_per_year.value
    assert size is not None
    # a last digit above full rate is arithmetic, and the project would refuse it
    return np.round(flows.intake[build.id] @ FACTORS / (size * output_share(plant, future)), 12)


def output_share(plant: Project, future: Future) -> float:
    """Availability of a plant in a future. [share]"""
    assert plant.output.value is not None
    return plant.output.value * home_value(future, "output_factor")


def _scheduled(plant: Project, timing: Timing, rate: Array, years: range) -> Project:
    """The project with the timing of the future, and its rate year by year; it closes after its last running year."""
    begin = timing.first_year - years[0]
    last = int(np.flatnonzero(rate > 0)[-1])
    ramp = tuple(float(r) for r in rate[begin : last + 1])
    share = (1 / timing.building_years,) * timing.building_years
    return replace(plant, schedule=Schedule(share, ramp, len(ramp), 0, timing.start_year, plant.schedule.refs))


def _on(plant: Project, deck: Deck, path: PricePath, future: Future, build: Build) -> Deck:
    """The deck with the path of prices that this plant meets."""
    place = CHINA if build.entry.stage == "mine" else HOME
    years = [plant.schedule.start_year + n for n in range(plant.schedule.years)]
    level = home_value(future, "price_level_factor")
    names = [key.removeprefix("price:") for key in inputs_of(plant, deck) if key.startswith("price:")]
    factors = {n: tuple(float(f) for f in level * path.of_product(place, n, years)) for n in names}
    return replace(deck, path=factors)


def _drawn(plant: Project, deck: Deck, future: Future) -> _Drawn:
    """Inputs of a project as the future has them."""
    given = plant.inputs()
    cost = home_value(future, "cost_factor")
    values = {"output": output_share(plant, future)}
    growth = given["capex_growth"].value
    assert growth is not None
    values["capex_growth"] = growth * home_value(future, "capital_factor")
    for key, quantity in given.items():
        if key.startswith("opex:") and quantity.value is not None:
            factor = home_value(future, "toll_factor") if key == "opex:toll" else cost
            values[key] = quantity.value * factor
    return _Drawn({key: np.array([value]) for key, value in values.items()})


def _incentives(regime: Regime, plan: Resolved, build: Build, timing: Timing) -> tuple[Regime, list[str]]:
    """The regime with the incentives this plant may take, and what it may not."""
    if build.existing:
        return regime, []
    day = f"{timing.start_year}-03-01"
    chosen, said = [], []
    for row in plan.file.strategy.incentives:
        incentive = regime.incentives.get(row)
        if incentive is None:
            said.append(f"{row} has no rate the model can use")
        elif incentive.stages and build.entry.stage not in incentive.stages:
            continue
        elif not incentive.open_on(day):
            said.append(f"{incentive.name} is not open on {day} ({build.id})")
        else:
            chosen.append(row)
    return regime.choose(chosen, day, build.entry.stage), said


def _pad(amount: Array, plant: Project, years: range) -> Array:
    """A project's yearly amounts on the grid; what lies before it is sunk."""
    padded = np.zeros(len(years))
    offset = plant.schedule.start_year - years[0]
    first, last = max(offset, 0), min(offset + len(amount), len(years))
    if first < last:
        padded[first:last] = amount[first - offset : last - offset]
    return padded


def _placed(found: Ledger, plant: Project, build: Build, flows: Flows, years: range) -> list[Line]:
    """A project's lines on the grid; what moves between plants of the country is paid between their companies."""
    lines: list[Line] = []
    sold = iter(plant.sales)
    for line in found.lines:
        amount = _pad(line.amount_local_m[0], plant, years)
        refs = line.refs or build.refs
        if line.kind == "revenue":
            kept = 1 - _inside(build, next(sold).good, flows)
            lines.append(Line("revenue", line.payer, line.payee, (amount * kept)[None, :], refs))
        elif line.kind == "feed":
            left = np.ones(len(years))
            for (seller, buyer), share in flows.source.items():
                if buyer == build.id:
                    left = left - share
                    lines.append(Line("home_feed", line.payer, f"company:{seller}", (amount * share)[None, :], refs))
            lines.append(Line("feed", line.payer, line.payee, (amount * left)[None, :], refs))
        else:
            lines.append(Line(line.kind, line.payer, line.payee, amount[None, :], refs))
    return lines


def _inside(build: Build, good: str, flows: Flows) -> Array:
    """Share of a plant's good that goes to other plants of the country. `[year]`"""
    made = flows.made[build.id]
    if build.entry.stage == "mine":
        total, inside = made.sum(axis=1), flows.home[build.id].sum(axis=1)
    elif good.startswith("NdPr"):
        pair = [ELEMENTS.index("Nd"), ELEMENTS.index("Pr")]
        total = made[:, pair].sum(axis=1)
        inside = np.zeros(len(total))
        for (seller, buyer), share in flows.source.items():
            if seller == build.id:
                inside = inside + share * flows.intake[buyer].sum(axis=1)
    else:
        return np.zeros(len(made))
    return np.divide(inside, total, out=np.zeros_like(total), where=total > 0)


def _duty(plan: Resolved, lines: list[Line], regime: Regime, years: range) -> list[Line]:
    """Duty on what mines sell abroad."""
    if plan.duty is None or plan.duty.value is None or plan.file.export is None:
        return []
    active = np.array([float(y >= plan.file.export.start) for y in years])
    mines = {f"company:{b.id}" for b in plan.builds if b.entry.stage == "mine"}
    return [
        Line("export_duty", line.payee, regime.federal, plan.duty.value * line.amount_local_m * active, plan.duty.refs)
        for line in lines
        if line.kind == "revenue" and line.payee in mines
    ]


def _public(case: Case, plan: Resolved, deck: Deck, path: PricePath, future: Future, years: range) -> list[Line]:
    """What the state pays for research, training and stocks."""
    federal = f"federal:{case.country}"
    found: list[Line] = []
    for programme in plan.research:
        terms = (programme.cost_musd_per_year, programme.years_per_level, programme.level_now)
        cost, pace, level = (q.value for q in terms)
        assert cost is not None
        assert pace is not None
        span = max(0.0, 8 - (level if level is not None else 1.0)) * pace * home_value(future, "research_factor")
        share = [min(max(programme.terms.start + span - y, 0.0), 1.0) * (y >= programme.terms.start) for y in years]
        refs = programme.cost_musd_per_year.refs
        found.append(Line("research", federal, "rest", cost * np.array(share)[None, :], refs))
    training = plan.file.training
    if training is not None and plan.trained is not None and plan.training_usd is not None:
        assert plan.trained.value is not None
        assert plan.training_usd.value is not None
        yearly = plan.trained.value * plan.training_usd.value / 1e6
        active = np.array([float(training.start <= y <= training.end) for y in years])
        found.append(Line("training", federal, "rest", (yearly * active)[None, :], plan.training_usd.refs))
    for stock in plan.stocks:
        price = deck.prices[stock.terms.element].value
        amount = stock.amount_t_reo.value
        assert price is not None
        assert amount is not None
        level = home_value(future, "price_level_factor")
        value = amount * price * level * path.of_product(HOME, stock.terms.element, years) / 1000
        count = stock.terms.last_year - stock.terms.first_year + 1
        buying = np.array([float(stock.terms.first_year <= y <= stock.terms.last_year) / count for y in years])
        selling = np.array([float(y == years[-1]) for y in years])
        refs = (*stock.amount_t_reo.refs, *deck.prices[stock.terms.element].refs)
        found.append(Line("stockpile", federal, "rest", (value * (buying - selling))[None, :], refs))
    return found
