"""Income tax of a project year by year: allowances, losses, incentives, minimum tax.

Order of a year: income after running costs, royalty, interest and further deductions; less capital allowances (what is
not used is carried on for ever); then the exempt share of a holiday or the investment allowance up to its cap; then
losses brought forward, oldest first, within their term; tax at the rate of that year; top-up to the minimum tax.
All arrays are `[draw, year]` in nominal money of the ledger; the loop runs over years only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gadolin.economics.regimes import Incentive, Regime

__all__ = ["TaxBase", "Taxes", "allowances", "taxes"]

Array = NDArray[np.float64]


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
    """

    income: Array
    qualifying: Array
    research: Array
    first_year: int
    last_year: int
    start_year: int
    multinational: bool = False


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
    matrix = np.zeros((years, years))
    for rule in regime.allowances:
        for spent in range(years):
            begin = max(spent, first_year)
            for k, share in enumerate(rule.schedule[: years - begin]):
                matrix[spent, begin + k] += rule.capex_share * share
    return qualifying @ matrix


def taxes(base: TaxBase, regime: Regime) -> Taxes:
    """Income tax and top-up of each year.

    Args:
        base: What is taxed.
        regime: The rules, with the chosen incentives.
    """
    draws, years = base.income.shape
    deductions = sum(i.value for i in regime.in_use if i.benefit == "extra_deduction")
    income = base.income - deductions * base.research if deductions else base.income
    gains = np.maximum(income, 0.0)
    losses = gains - income
    lost_by = np.cumsum(losses, axis=1)
    granted = allowances(base.qualifying, regime, base.first_year)
    cap, credit = _investment_allowance(base, regime.in_use)
    exempt = _exempt_share(base, regime.in_use)
    rate = _rates(base, regime)
    pool, spare, gone = np.zeros(draws), np.zeros(draws), np.zeros(draws)
    out = {name: np.zeros((draws, years)) for name in ("statutory", "chargeable", "losses", "allowance")}
    for y in range(years):
        pool = pool + granted[:, y]
        used = np.minimum(pool, gains[:, y])
        pool = pool - used
        statutory = gains[:, y] - used
        chargeable = statutory * (1.0 - exempt[y]) if exempt[y] else statutory
        if credit is not None:
            spare = spare + credit[:, y]
            covered = np.minimum(spare, cap * statutory)
            spare = spare - covered
            chargeable = chargeable - covered
        if regime.loss_years is not None and y > regime.loss_years:
            gone = np.maximum(gone, lost_by[:, y - regime.loss_years - 1])
        used = np.minimum(lost_by[:, y] - gone, chargeable)
        gone = gone + used
        out["statutory"][:, y] = statutory
        out["chargeable"][:, y] = chargeable - used
        out["losses"][:, y] = lost_by[:, y] - gone
        out["allowance"][:, y] = pool
    income_tax = out["chargeable"] * rate
    return Taxes(
        income_tax,
        _topup(base, income, income_tax, regime),
        out["chargeable"],
        out["statutory"],
        out["losses"],
        out["allowance"],
    )


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
    """Top-up to the minimum rate on book profit after straight-line depreciation; book losses are carried on."""
    if regime.minimum_tax is None or not base.multinational:
        return np.zeros_like(income)
    life = base.last_year - base.first_year
    book = income.copy()
    book[:, base.first_year : base.last_year] -= (base.qualifying.sum(axis=1) / life)[:, None]
    begin = int(regime.minimum_tax.start[:4]) - base.start_year if regime.minimum_tax.start else 0
    topup, carried = np.zeros_like(income), np.zeros(len(income))
    for y in range(income.shape[1]):
        carried = carried + np.minimum(book[:, y], 0.0)
        gain = np.maximum(book[:, y], 0.0)
        used = np.minimum(gain, -carried)
        carried = carried + used
        if y >= begin:
            topup[:, y] = np.maximum(regime.minimum_tax.rate_share * (gain - used) - income_tax[:, y], 0.0)
    return topup
