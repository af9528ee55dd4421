"""Income tax of a project year by year: allowances, losses, incentives, minimum tax.

Order of a year: income after running costs, royalty, interest and further deductions; less capital allowances (what is
not used is carried on for ever); then the exempt share of a holiday or the investment allowance up to its cap; then
losses brought forward, oldest first, within their term; tax at the rate of that year; top-up to the minimum tax.
All arrays are `[draw, year]` in nominal money of the ledger.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gadolin.economics.regimes import Incentive, MinimumTax, Regime

__all__ = ["IncentiveYears", "TaxBase", "Taxes", "allowance_matrix", "allowances", "incentive_years", "taxes"]

Array = NDArray[np.float64]
ROUNDING_LOCAL_M = 1e-9
"""Income below a thousandth of a unit of money is the rounding of sums, not income. [million]"""


@dataclass(frozen=True)
class TaxBase:
    """What is taxed.

    Args:
        income: Income before allowances. `[draw, year]`
        qualifying: Capital that earns allowances, in the year it is spent. `[draw, year]`
        research: Approved research expense. `[draw, year]`
        first_year: Index of the first operating year.
        last_year: Index after the last operating year.
        start_year: Calendar year of index 0.
        multinational: Whether the minimum tax applies.
        payroll: Cost of labour, for the carve-out from the minimum tax; none when None. `[draw, year]`
    """

    income: Array
    qualifying: Array
    research: Array
    first_year: int
    last_year: int
    start_year: int
    multinational: bool = False
    payroll: Array | None = None


@dataclass(frozen=True)
class Taxes:
    """Tax paid and how it came about. All `[draw, year]`."""

    income_tax: Array
    topup_tax: Array
    chargeable: Array
    statutory: Array
    unused_losses: Array
    unused_allowance: Array


def allowances(qualifying: Array, regime: Regime, first_year: int) -> Array:
    """Capital allowances of each year before any limit by income. `[draw, year]`"""
    years = qualifying.shape[1]
    return qualifying @ allowance_matrix(regime, years, first_year)


def allowance_matrix(regime: Regime, years: int, first_year: int) -> Array:
    """Allowance in each year per unit of capital spent in each year. `[spent, year]`"""
    rules = tuple((rule.capex_share, rule.schedule) for rule in regime.allowances)
    return _allowance_matrix(rules, years, first_year)


@functools.lru_cache(maxsize=64)
def _allowance_matrix(rules: tuple[tuple[float, tuple[float, ...]], ...], years: int, first_year: int) -> Array:
    matrix = np.zeros((years, years))
    for part, schedule in rules:
        for spent in range(years):
            begin = max(spent, first_year)
            for k, share in enumerate(schedule[: years - begin]):
                matrix[spent, begin + k] += part * share
    return matrix


def taxes(base: TaxBase, regime: Regime) -> Taxes:
    """Income tax and top-up of each year.

    Args:
        base: What is taxed.
        regime: The rules, with the chosen incentives.
    """
    deductions = sum(i.value for i in regime.in_use if i.benefit == "extra_deduction")
    income = base.income - deductions * base.research if deductions else base.income
    gains = np.maximum(income, 0.0)
    losses = gains - income
    unused = _left_over(allowances(base.qualifying, regime, base.first_year), gains)
    statutory = gains - unused.used
    exempt = _exempt_share(base, regime.in_use)
    chargeable = statutory * (1.0 - exempt)
    cap, credit = _investment_allowance(base, regime.in_use)
    if credit is not None:
        chargeable = np.maximum(chargeable - _left_over(credit, cap * statutory).used, 0.0)
    carried = _carry(losses, chargeable, regime.loss_years)
    chargeable = chargeable - carried.used
    chargeable = np.where(chargeable > ROUNDING_LOCAL_M, chargeable, 0.0)
    income_tax = chargeable * _rates(base, regime)
    topup = _topup(base, income, income_tax, regime)
    return Taxes(income_tax, topup, chargeable, statutory, carried.left, unused.left)


@dataclass(frozen=True)
class _Store:
    """What is used of a store in each year and what is left after it. Both `[draw, year]`."""

    used: Array
    left: Array


def _left_over(granted: Array, room: Array) -> _Store:
    """A store that is filled by what is granted and used as far as there is room, for ever.

    left = max(0, left before + granted - room), solved at once: the path of the sum, reflected at zero.
    """
    path = np.cumsum(granted - room, axis=1)
    left = path - np.minimum(np.minimum.accumulate(path, axis=1), 0.0)
    used = np.minimum(np.maximum(granted - np.diff(left, axis=1, prepend=0.0), 0.0), room)
    return _Store(used, left)


def _carry(losses: Array, room: Array, term: int | None) -> _Store:
    """Losses used against later income, oldest first, each for at most `term` years."""
    free = _left_over(losses, room)
    if term is None or term >= losses.shape[1]:
        return free
    made = np.cumsum(losses, axis=1)
    gone = made - free.left
    late = (made[:, : -term - 1] > gone[:, term:-1] + 1e-12).any(axis=1)  # some loss outlives its term
    if not late.any():
        return free
    used, left = free.used.copy(), free.left.copy()
    used[late], left[late] = _expire(losses[late], room[late], term)
    return _Store(used, left)


def _expire(losses: Array, room: Array, term: int) -> tuple[Array, Array]:
    """The same year by year, for rows in which losses expire."""
    made = np.cumsum(losses, axis=1)
    used, left, gone = np.zeros_like(losses), np.zeros_like(losses), np.zeros(len(losses))
    for y in range(losses.shape[1]):
        if y > term:
            gone = np.maximum(gone, made[:, y - term - 1])
        used[:, y] = np.minimum(made[:, y] - gone, room[:, y])
        gone = gone + used[:, y]
        left[:, y] = made[:, y] - gone
    return used, left


@dataclass(frozen=True)
class IncentiveYears:
    """What the chosen incentives do in each year `[year]`, for readers that do the arithmetic again.

    Args:
        exempt_share: Exempt part of statutory income.
        credit_share: Investment allowance over qualifying capital of the year.
        cap_share: Most of statutory income that the allowance may cover.
        rate_share: Special tax rate; NaN in years without one.
    """

    exempt_share: Array
    credit_share: Array
    cap_share: float
    rate_share: Array


def incentive_years(regime: Regime, years: int, first_year: int, qualifying: Array) -> IncentiveYears:
    """The chosen incentives by year; `qualifying` is one row `[year]`."""
    ones = np.where(qualifying > 0, 1.0, 0.0)[None, :]
    base = TaxBase(np.zeros((1, years)), ones, np.zeros((1, years)), first_year, years, 0)
    cap, credit = _investment_allowance(base, regime.in_use)
    rate = np.full(years, np.nan)
    for incentive in regime.in_use:
        if incentive.benefit == "special_rate":
            rate[_window(years, first_year, incentive.years)] = incentive.value
    shares = np.zeros(years) if credit is None else credit[0]
    return IncentiveYears(_exempt_share(base, regime.in_use), shares, cap, rate)


def _window(years: int, begin: int, length: int | None) -> slice:
    return slice(begin, years if length is None else min(begin + length, years))


def _exempt_share(base: TaxBase, chosen: tuple[Incentive, ...]) -> Array:
    share = np.zeros(base.income.shape[1])
    for incentive in chosen:
        if incentive.benefit == "income_exemption":
            share[_window(len(share), base.first_year, incentive.years)] = incentive.value
    return share


def _investment_allowance(base: TaxBase, chosen: tuple[Incentive, ...]) -> tuple[float, Array | None]:
    """Cap and yearly credit of the chosen investment allowances; several share the highest cap."""
    rules = [i for i in chosen if i.benefit == "investment_allowance"]
    if not rules:
        return 0.0, None
    spent = np.nonzero(base.qualifying.any(axis=0))[0]
    credit = np.zeros_like(base.qualifying)
    for rule in rules:
        window = _window(credit.shape[1], int(spent[0]) if len(spent) else 0, rule.years)
        credit[:, window] += rule.value * base.qualifying[:, window]
    return max(rule.cap_share for rule in rules), credit


def _rates(base: TaxBase, regime: Regime) -> Array:
    assert regime.tax_rate.value is not None
    rate = np.full(base.income.shape[1], regime.tax_rate.value)
    for incentive in regime.in_use:
        if incentive.benefit == "special_rate":
            rate[_window(len(rate), base.first_year, incentive.years)] = incentive.value
    return rate


def _topup(base: TaxBase, income: Array, income_tax: Array, regime: Regime) -> Array:
    """Top-up to the minimum rate on book profit after straight-line depreciation; book losses are carried on.

    (rate - tax / profit) x (profit - carve-out), where both are above zero. The carve-out is a share of payroll and of
    the mean book value of the plant in the year.
    """
    rule = regime.minimum_tax
    if rule is None or not base.multinational:
        return np.zeros_like(income)
    life = base.last_year - base.first_year
    whole = base.qualifying.sum(axis=1)[:, None]
    book = income.copy()
    book[:, base.first_year : base.last_year] -= whole / life
    begin = int(rule.start[:4]) - base.start_year if rule.start else 0
    gain = np.maximum(book, 0.0)
    taxed = gain - _left_over(gain - book, gain).used
    topup = np.maximum(rule.rate_share * taxed - income_tax, 0.0)
    if rule.carves_out:
        carved = _carve_out(base, rule, whole * (1 - (np.arange(life) + 0.5) / life))
        topup = topup * np.maximum(1.0 - carved / np.maximum(taxed, ROUNDING_LOCAL_M), 0.0)
    topup[:, : max(begin, 0)] = 0.0
    return topup


def _carve_out(base: TaxBase, rule: MinimumTax, plant: Array) -> Array:
    """Profit that stands for people and plant; `plant` is its book value in operating years. `[draw, year]`"""
    count = base.income.shape[1]
    payroll, assets = rule.carve_out_shares(base.start_year, count)
    carved = np.zeros_like(base.income)
    carved[:, base.first_year : base.last_year] = assets[base.first_year : base.last_year] * plant
    return carved if base.payroll is None else carved + payroll * base.payroll
