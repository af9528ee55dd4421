"""From a project, a deck, a regime and finance to a ledger of who pays whom.

One pass over arrays `[draw, period]`: a central case is one draw, so a Monte Carlo runs the same code. Years of
construction come first, then operation with its ramp-up, then closure. Capital and tonnes spread evenly over the
periods of a year; tax is settled in the last period of its year.

In a nominal run (`inflation_share` above 0) every real price grows with the index, while tax allowances, loans and
working capital stay nominal, as they do in life: so inflation costs a plant the worth of its allowances.

Limits: no failure of a loan (equity makes up every shortfall), no insurance, no value-added tax in transit; workers'
own income tax is not counted as a gain of the state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from gadolin.economics.formulas import Deck, FloorUpside
from gadolin.economics.ledger import Ledger, Line
from gadolin.economics.loans import loan_lines
from gadolin.economics.project import Finance, Project, Trade
from gadolin.economics.regimes import Regime
from gadolin.economics.taxes import TaxBase, taxes
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.quantity import Quantity

__all__ = ["cash_flow", "inputs_of"]

Array = NDArray[np.float64]
KG_PER_T = 1000.0
MILLION = 1e6
_DAYS_PER_YEAR = 365.0
LOAN_KINDS = frozenset({"loan_drawdown", "loan_interest", "loan_repayment", "loan_fee"})
PAYROLL = "labour"
"""Kind of running cost that counts as payroll."""
_OFFSET = {"start": 0.0, "mid": 0.5, "end": 1.0}


class Values(Protocol):
    """What `draws` must offer: arrays `[draw]` by input key."""

    @property
    def values(self) -> Mapping[str, Array]:
        """Drawn values by key."""
        ...


def inputs_of(project: Project, deck: Deck) -> dict[str, Quantity]:
    """Every uncertain input of a run by key: those of the project, and the prices it meets."""
    names = dict.fromkeys(
        name
        for trade in (*project.sales, *project.purchases)
        for name in (trade.composition or {trade.good: 1.0})
        if trade.formula.fixed is None and name not in deck.uncredited
    )
    missing = [n for n in names if n not in deck.prices or deck.prices[n].value is None]
    if missing:
        raise InputError([Fault("no price in the deck; add one, or name it as uncredited", field=n) for n in missing])
    return {**project.inputs(), **{f"price:{name}": deck.prices[name] for name in names}}


@dataclass
class _Run:
    """Grid, drawn inputs and the lines so far."""

    project: Project
    deck: Deck
    finance: Finance
    inputs: dict[str, Quantity]
    drawn: Mapping[str, Array]
    draws: int
    lines: list[Line]

    def __post_init__(self) -> None:
        plan, per = self.project.schedule, self.finance.periods_per_year
        self.per, self.periods = per, plan.years * per
        self.first, self.last = plan.construction_years * per, (plan.construction_years + plan.life_years) * per
        time = (np.arange(self.periods) + _OFFSET[self.finance.timing]) / per
        self.index = (1.0 + self.finance.inflation_share) ** time
        ramp = np.zeros(plan.years)
        ramp[plan.construction_years : plan.construction_years + plan.life_years] = plan.ramp_share[-1]
        starting = plan.ramp_share[: plan.life_years]
        ramp[plan.construction_years : plan.construction_years + len(starting)] = starting
        self.running = np.zeros(self.periods)
        self.operating = np.zeros((self.draws, self.periods))
        self.borrowed = np.zeros((self.draws, self.periods))
        self.running[self.first : self.last] = 1.0 / per
        self.rate = np.repeat(ramp, per) / per
        self.build = np.zeros(self.periods)
        self.build[: self.first] = np.repeat(np.array(plan.construction_share), per) / per
        self.to_money = KG_PER_T / MILLION * self.finance.rate_of(self.project.currency, self.deck.currency)

    def get(self, key: str) -> Array:
        """An input as a column `[draw or 1, 1]`."""
        if key in self.drawn:
            return self.drawn[key][:, None]
        return np.array([[cast(float, self.inputs[key].value)]])

    def add(self, kind: str, payer: str, payee: str, amount: Array, refs: tuple[str, ...] = ()) -> Array:
        """Add a line of nominal money; broadcast to all draws."""
        if amount.shape[0] != self.draws:
            amount = np.broadcast_to(amount, (self.draws, self.periods))
        self.lines.append(Line(kind, payer, payee, amount, refs))
        total = self.borrowed if kind in LOAN_KINDS else self.operating
        if payee == self.project.company:
            total += amount
        elif payer == self.project.company:
            total -= amount
        return amount

    def price(self, name: str) -> Array:
        """Deck price of a product `[draw or 1, period or 1]`; one number where no path is given."""
        price = self.get(f"price:{name}")
        if not self.deck.path:
            return price
        return price * np.repeat(self.deck.factors(name, self.project.schedule.years), self.per)

    def yearly(self, amount: Array) -> Array:
        """Sums over the periods of each year. `[draw, year]`"""
        if amount.shape[1] != self.periods:
            amount = np.broadcast_to(amount, (amount.shape[0], self.periods))
        return amount if self.per == 1 else amount.reshape(amount.shape[0], -1, self.per).sum(axis=2)

    def at_year_end(self, amount: Array) -> Array:
        """A yearly amount in the last period of each year. `[draw, period]`"""
        if self.per == 1:
            return amount
        spread = np.zeros((amount.shape[0], self.periods))
        spread[:, self.per - 1 :: self.per] = amount
        return spread


def cash_flow(project: Project, deck: Deck, regime: Regime, finance: Finance, draws: Values | None = None) -> Ledger:
    """The ledger of a project.

    Args:
        project: What is built and run.
        deck: Prices; converted by `finance.fx` where their currency differs from the project's.
        regime: Fiscal rules with the chosen incentives.
        finance: Rates, loans, partners, inflation, grid.
        draws: Drawn values by input key (`draws.sample`); None for the central case.

    Returns:
        A ledger in the project's currency, real, or nominal when inflation is not zero.

    Raises:
        InputError: A missing price or rate of exchange, tax still in the deck, a deck in money of another year than
            the project's, an unknown drawn input.
    """
    if deck.vat_share:
        raise InputError(f"the deck holds {100 * deck.vat_share:g} % value-added tax; use deck.without_tax()")
    if deck.price_year != project.price_year:
        words = f"the plant's money is that of {project.price_year}; bring one to the other's year"
        raise InputError(Fault(words, field="deck.price_year", value=deck.price_year))
    inputs = inputs_of(project, deck)
    drawn = dict(draws.values) if draws is not None else {}
    unknown = [key for key in drawn if key not in inputs]
    if unknown:
        raise InputError([Fault(f"is no input{did_you_mean(k, inputs)}", field=k) for k in unknown])
    count = next((len(v) for v in drawn.values()), 1)
    run = _Run(project, deck, finance, inputs, drawn, count, [])
    prices = {name: run.price(name) for name in (k[len("price:") :] for k in inputs if k.startswith("price:"))}
    capital = _capital(run, regime)
    revenue, feed = _trading(run, prices, regime)
    running, research, payroll = _running(run)
    _bound(run, revenue, feed + running)
    royalty = _royalty(run, revenue, regime)
    closing = _closing(run, capital)
    service = loan_lines(run.finance, run.add, project.company, capital, run.first, run.per)
    income = revenue - feed - running - royalty - closing - service.interest - service.fees
    facts = _tax(run, regime, income, capital, research, payroll) | _cover(run, service)
    _partners(run)
    index = run.index if finance.inflation_share else None
    return Ledger(
        tuple(run.lines),
        project.currency,
        project.price_year,
        project.schedule.start_year,
        run.per,
        cast(Literal["start", "mid", "end"], finance.timing),
        index,
        facts | {"staff": project.staff, "output_t_per_year": sum(t.t_per_year.value or 0.0 for t in project.sales)},
    )


def _capital(run: _Run, regime: Regime) -> Array:
    project, company = run.project, run.project.company
    total = sum((run.get(f"capex:{item}") for item in project.capex), np.zeros((1, 1)))
    total = total * run.get("capex_growth") * run.get("location_factor")
    growth = run.index
    capital = run.add("capex", company, "suppliers", (1 - project.sunk_share) * total * run.build * growth)
    sustaining = run.get("sustaining") * total * run.running
    if sustaining.any():
        capital = capital + run.add("sustaining", company, "suppliers", sustaining * growth)
    relief = min(1.0, sum(i.value for i in regime.in_use if i.benefit == "duty_relief"))
    if regime.import_duty_share * (1 - relief):
        duty = run.add("import_duty", company, regime.federal, regime.import_duty_share * (1 - relief) * capital)
        capital = capital + duty
    for incentive in regime.in_use:
        if incentive.benefit == "grant":
            money = incentive.value * (run.build * growth if incentive.grant_is_money else capital * (run.build > 0))
            run.add("grant", regime.federal, company, np.atleast_2d(money), incentive.refs)
    return capital


def _price_of(run: _Run, side: str, trade: Trade, prices: Mapping[str, Array]) -> Array:
    key = f"payable:{side}:{trade.good}"
    payable = run.get(key) if trade.payable is not None else None
    composition = trade.composition or {trade.good: 1.0}
    return np.atleast_2d(trade.formula.price(prices, composition, run.deck.uncredited, payable))


def _trading(run: _Run, prices: Mapping[str, Array], regime: Regime) -> tuple[Array, Array]:
    """Revenue net of floors, upside and export duty, and the cost of what is bought."""
    company = run.project.company
    revenue, feed = np.zeros((run.draws, run.periods)), np.zeros((run.draws, run.periods))
    flow = run.get("output") * run.rate * run.index * run.to_money
    sold: list[tuple[str, Array, Array]] = []
    for trade in run.project.sales:
        price = _price_of(run, "sale", trade, prices)
        tonnes = run.get(f"sale:{trade.good}") * flow
        revenue = revenue + run.add("revenue", trade.party, company, tonnes * price)
        sold.append((trade.good, tonnes, price))
    for floor in run.project.floors:
        revenue = revenue + _floor(run, floor, [(t, p) for good, t, p in sold if good in floor.products])
    for trade in run.project.purchases:
        price = _price_of(run, "feed", trade, prices)
        cost = run.get(f"feed:{trade.good}") * flow * price
        feed = feed + run.add("feed", company, trade.party, cost)
    if regime.export_duty_share:
        duty = run.add("export_duty", company, regime.federal, regime.export_duty_share * revenue)
        revenue = revenue - duty
    return revenue, feed


def _floor(run: _Run, floor: FloorUpside, sold: list[tuple[Array, Array]]) -> Array:
    """What a floor adds to revenue: the top-up less the upside share, whose cap holds for all its products together."""
    company = run.project.company
    end = run.periods if floor.end_year is None else floor.end_year * run.per
    active = np.zeros(run.periods)
    active[floor.start_year * run.per : end] = 1.0
    nothing = np.zeros((1, run.periods))
    topup = sum((tonnes * floor.topup(price) * active for tonnes, price in sold), nothing)
    share = sum((tonnes * floor.upside(price) * active for tonnes, price in sold), nothing)
    if floor.upside_cap_local_m_per_year is not None:
        share = np.minimum(share, floor.upside_cap_local_m_per_year * run.index / run.per)
    added = run.add("floor_topup", floor.payer, company, topup, floor.refs)
    return added - run.add("upside_share", company, floor.payer, share, floor.refs)


def _running(run: _Run) -> tuple[Array, Array, Array]:
    """All running cost, the part that is approved research, and the part that is payroll."""
    project = run.project
    total, payroll = np.zeros((run.draws, run.periods)), np.zeros((run.draws, run.periods))
    fixed, moving = run.running * run.index, run.rate * run.index
    for line in project.opex:
        yearly = run.get(f"opex:{line.kind}")
        cost = (yearly * (1 - line.fixed_share) * run.get("output")) * moving
        if line.fixed_share:
            cost = cost + (yearly * line.fixed_share) * fixed
        paid = run.add(line.kind, project.company, line.payee, cost)
        total += paid
        if line.kind == PAYROLL:
            payroll += paid
    research = np.broadcast_to(project.rnd_local_m_per_year * run.running * run.index, total.shape)
    return total, research, payroll


def _bound(run: _Run, revenue: Array, costs: Array) -> None:
    """Working capital: changes of its level, released in the last operating period."""
    terms, company = run.project.working_capital, run.project.company
    day = run.per / _DAYS_PER_YEAR
    level = day * (terms.receivable_days * revenue + (terms.stock_days - terms.payable_days) * costs)
    level[:, run.last - 1 :] = 0.0
    if level.any():
        run.add("working_capital", company, "rest", np.diff(level, axis=1, prepend=0.0))
    fill = run.get("first_fill")
    if fill.any():
        moves = np.zeros(run.periods)
        at = max(run.first - 1, 0)
        moves[at] = run.index[at]
        moves[run.last - 1] -= terms.recovered_share * run.index[run.last - 1]
        run.add("first_fill", company, "rest", fill * moves)


def _royalty(run: _Run, revenue: Array, regime: Regime) -> Array:
    rule = regime.royalty_of(run.project.state, run.project.stage)
    if rule is None:
        return np.zeros((1, 1))
    assert rule.rate.value is not None
    return run.add("royalty", run.project.company, rule.state, rule.rate.value * revenue, rule.refs)


def _closing(run: _Run, capital: Array) -> Array:
    cost = run.get("closure")
    if not cost.any():
        return np.zeros((1, 1))
    when = np.zeros(run.periods)
    if run.project.schedule.closure_years:
        when[run.last :] = 1.0 / (run.periods - run.last)
    else:
        when[run.last - 1] = 1.0
    return run.add("closure", run.project.company, "suppliers", cost * when * run.index)


def _tax(run: _Run, regime: Regime, income: Array, capital: Array, research: Array, payroll: Array) -> dict[str, Any]:
    project, plan = run.project, run.project.schedule
    begin, end = plan.construction_years, plan.construction_years + plan.life_years
    base = TaxBase(
        run.yearly(np.broadcast_to(income, (run.draws, run.periods))),
        run.yearly(project.qualifying_share * capital),
        run.yearly(research),
        begin,
        end,
        plan.start_year,
        project.multinational,
        run.yearly(payroll),
    )
    found = taxes(base, regime)
    run.add("income_tax", project.company, regime.federal, run.at_year_end(found.income_tax))
    if found.topup_tax.any():
        run.add("topup_tax", project.company, regime.federal, run.at_year_end(found.topup_tax))
    return {
        "unused_losses_local_m": found.unused_losses[:, -1],
        "unused_allowance_local_m": found.unused_allowance[:, -1],
    }


def _cover(run: _Run, service: Any) -> dict[str, Any]:
    """Lowest cover ratio of the loans, and the calendar year in which it falls."""
    due = run.yearly(service.interest + service.principal)
    if not (due > 1e-12).any():
        return {}
    begin = run.project.schedule.construction_years
    available, due = run.yearly(run.operating)[:, begin:], due[:, begin:]
    served = due > 1e-12  # a millionth of a unit of money is no service
    ratio = available / np.where(served, due, 1.0)
    lowest = np.where(served, ratio, np.inf)
    at, owes = lowest.argmin(axis=1), served.any(axis=1)  # a draw without capital owes nothing: no ratio
    mean = np.full(len(at), np.nan)
    np.divide(np.where(served, ratio, 0.0).sum(axis=1), served.sum(axis=1), out=mean, where=owes)
    return {
        "cover_ratio_min": np.where(owes, lowest[np.arange(len(at)), at], np.nan),
        "cover_ratio_mean": mean,
        "cover_year": run.project.schedule.start_year + begin + at,
    }


def _partners(run: _Run) -> None:
    """Partners take their share of the company's cash, in and out."""
    if not run.finance.equity_share:
        return
    company = run.project.company
    cash = run.operating + run.borrowed
    for partner, share in run.finance.equity_share.items():
        run.add("equity", company, partner, share * cash)
