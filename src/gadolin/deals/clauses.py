"""From the clauses of a deal file to ledger lines on the years of a valuation.

Sales of a company stand as the product `sales`, at a price of 1 per kg, so that a clause on "all that is sold" needs no
tonnes. Dates outside the years are a fault of the deal, never a cut-off clause. Equity comes last, for it shares what
the others leave; taxes follow the clauses, and what a year without tax leaves is carried to the next one with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gadolin.case.schema import ClauseEntry
from gadolin.economics.clauses import Grid, LicenceFee, OfftakeDiscount, Prepayment, PriceFloor, Subsidy, TakeOrPay
from gadolin.economics.formulas import FloorUpside
from gadolin.economics.ledger import Ledger, Line
from gadolin.economics.partner_clauses import EquityShare, Loan, PaymentOnce, ServiceFee, YearlyPayment
from gadolin.errors import InputError

__all__ = ["SALES", "Ground", "lines_of", "with_clauses"]

Array = NDArray[np.float64]
SALES = "sales"
UNTAXED = frozenset({"equity", "loan_drawdown", "loan_repayment", "prepayment", "prepayment_service", "shares_bought",
                     "partner_cost"})  # fmt: skip
"""Kinds that are no income and no expense of the company for tax."""


@dataclass(frozen=True)
class Ground:
    """What clauses are read on in one future. Arrays are `[1, year]`.

    Args:
        grid: Years and money.
        years: Calendar years.
        active: First and last calendar year of the deal.
        prices: Price by product. [USD per kg]
        volumes: Tonnes by product.
        company: Party whose output the deal is about.
        leaves: Year in which the partner stops helping; None when it stays.
    """

    grid: Grid
    years: range
    active: tuple[int, int]
    prices: Mapping[str, Array]
    volumes: Mapping[str, Array]
    company: str
    leaves: int | None = None

    def span(self, clause: ClauseEntry) -> tuple[int, int]:
        """First period and the one after the last of a clause.

        Raises:
            InputError: It lies outside the years.
        """
        first = clause.first_year if clause.first_year is not None else self.active[0]
        last = self.active[1] if clause.years is None else first + clause.years - 1
        if first < self.years[0] or last > self.years[-1]:
            raise InputError(
                f"clause {clause.id} runs {first}-{last}, the valuation {self.years[0]}-{self.years[-1]}; "
                "change first_year or years"
            )
        return first - self.years[0], last - self.years[0] + 1


def lines_of(clause: ClauseEntry, terms: Mapping[str, float], ground: Ground, cash: Array) -> Ledger:
    """Ledger lines of a clause.

    Args:
        clause: The clause.
        terms: Its terms as numbers.
        ground: Prices, volumes and years.
        cash: Cash of the company before this clause, for equity. [million]

    Raises:
        InputError: A product without price or volume, or dates outside the years.
    """
    begin, end = ground.span(clause)
    own = slice(begin, end)
    volumes = {name: np.atleast_2d(v)[:, own] for name, v in ground.volumes.items()}
    prices = {name: np.atleast_2d(v)[:, own] for name, v in ground.prices.items()}
    products = tuple(clause.products) or (SALES,)
    made = _MAKERS[clause.type](clause, terms, _Place(ground, begin, end, products, cash[:, own])).lines(
        prices, volumes
    )
    kept = []
    for line in made.lines:  # a clause counts its periods from its own first year
        whole = np.zeros((1, len(ground.years)))
        whole[:, own] = line.amount_local_m
        kept.append(replace(line, refs=tuple(clause.refs), amount_local_m=whole))
    return ground.grid.ledger(*kept)


@dataclass(frozen=True)
class _Place:
    ground: Ground
    begin: int
    end: int
    products: tuple[str, ...]
    cash: Array

    @property
    def grid(self) -> Grid:
        return self.ground.grid


def _floor(c: ClauseEntry, t: Mapping[str, float], at: _Place) -> PriceFloor:
    terms = FloorUpside(
        at.products, t["floor_usd_per_kg"], c.payer, t.get("upside_from_usd_per_kg"), t.get("upside_share", 0.0),
        t.get("upside_cap_musd_per_year"), 0, None, tuple(c.refs),
    )  # fmt: skip
    return PriceFloor(c.payee, terms, at.grid)


def _once(c: ClauseEntry, t: Mapping[str, float], at: _Place) -> PaymentOnce:
    return PaymentOnce(c.type, c.payer, c.payee, t["amount_musd"], 0, at.grid)


def _exit(c: ClauseEntry, t: Mapping[str, float], at: _Place) -> PaymentOnce:
    leaves = at.ground.leaves
    when = None if leaves is None else leaves - at.ground.years[0] - at.begin
    due = when if when is not None and 0 <= when < at.end - at.begin else None
    return PaymentOnce("exit", c.payer, c.payee, t["amount_musd"], due, at.grid)


def _yearly(c: ClauseEntry, t: Mapping[str, float], at: _Place) -> YearlyPayment:
    return YearlyPayment(c.type, c.payer, c.payee, t["musd_per_year"], 0, None, at.grid)


def _loan(c: ClauseEntry, t: Mapping[str, float], at: _Place) -> Loan:
    grace = round(t.get("grace_years", 0.0))
    return Loan(c.payee, c.payer, t["amount_musd"], t["rate_share"], 0, round(t["years"]), grace, at.grid)


_MAKERS: dict[str, Callable[[ClauseEntry, Mapping[str, float], _Place], Any]] = {
    "price_floor": _floor,
    "offtake": lambda c, t, at: OfftakeDiscount(
        c.payer, c.payee, t["discount_share"], at.products, t["output_share"], at.grid
    ),
    "take_or_pay": lambda c, t, at: TakeOrPay(
        c.payee, c.payer, at.products[0], t["least_t_product_per_year"], t.get("price_share", 1.0), at.grid
    ),
    "licence": lambda c, t, at: LicenceFee(
        c.payer, c.payee, t.get("upfront_musd", 0.0), t.get("sales_share", 0.0), at.products, at.grid
    ),
    "royalty": lambda c, t, at: LicenceFee(c.payer, c.payee, 0.0, t["sales_share"], at.products, at.grid),
    "fee": lambda c, t, at: ServiceFee(c.payer, c.payee, t["usd_per_kg"], at.products, at.grid),
    "subsidy": lambda c, t, at: Subsidy(c.payee, c.payer, at.products[0], t["usd_per_kg"], at.grid),
    "loan": _loan,
    "prepayment": lambda c, t, at: Prepayment(
        c.payee, c.payer, t["amount_musd"], t["rate_share"], 1, round(t["years"]), at.grid
    ),
    "equity": lambda c, t, at: EquityShare(c.payer, c.payee, t["share"], at.cash, at.grid),
    "interest_waived": _once,
    "shares_bought": _once,
    "training": _yearly,
    "localisation": _yearly,
    "partner_cost": _yearly,
    "exit": _exit,
}


def with_clauses(
    base: Ledger,
    clauses: Sequence[tuple[ClauseEntry, Mapping[str, float]]],
    ground: Ground,
    tax_rate: float = 0.0,
    federal: str = "federal:MYS",
) -> Ledger:
    """A ledger with the lines of clauses, the tax on them, and equity at the end.

    Args:
        base: The ledger before.
        clauses: Clauses with their terms as numbers.
        ground: What they are read on.
        tax_rate: Income tax. [share]
        federal: Who receives it.

    Returns:
        The ledger after; the cash of all parties still sums to zero.
    """
    company = ground.company
    none = np.zeros((1, len(ground.years)))
    added: list[Ledger] = []
    for entry, terms in clauses:
        if entry.type != "equity":
            added.append(lines_of(entry, terms, ground, none))
    # an owner's share already in the ledger is no cost of the company: a partner's share is of the whole
    before = base.cash(company, without=("equity",)) if company in base.parties else none
    moved = sum((_net(ledger, company, UNTAXED) for ledger in added), none)
    paid = sum(
        (line.amount_local_m for line in base.lines if line.kind == "income_tax" and line.payer == company), none
    )
    tax = _tax(np.broadcast_to(moved, none.shape)[0], np.broadcast_to(paid, none.shape)[0], tax_rate)[None, :]
    if tax.any():
        added.append(ground.grid.ledger(Line("tax_on_clauses", company, federal, tax)))
    cash = before + sum((_net(ledger, company) for ledger in added), none)
    for entry, terms in clauses:
        if entry.type == "equity":
            added.append(lines_of(entry, terms, ground, cash))
    return base.plus([ledger for ledger in added if ledger.lines])


def _tax(moved: Array, paid: Array, rate: float) -> Array:
    """Change of income tax by what clauses move; what a year cannot take is carried on. `[year]` [million]

    In a year with tax it rises or falls with all that was carried, by no more than is paid; a year without tax carries.
    """
    tax, carried = np.zeros(len(moved)), 0.0
    if rate <= 0:
        return tax
    for n, (change, now) in enumerate(zip(moved, paid, strict=True)):
        carried += change
        if now > 0:
            tax[n] = max(rate * carried, -now)
            carried -= tax[n] / rate
    return tax


def _net(ledger: Ledger, party: str, without: frozenset[str] = frozenset()) -> Array:
    if party not in ledger.parties:
        return np.zeros((1, ledger.periods))
    return ledger.cash(party, without=without)
