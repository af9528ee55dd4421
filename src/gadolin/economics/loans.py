"""Loans: drawn with the capital, interest paid from the first day, repaid after grace.

Interest is effective per year and turned into the rate of a period. During construction interest is paid by equity
and deducted from income, or added to the loan (then it is drawn and paid at once, and not deducted). Either equal
service (annuity) or equal principal; only interest and fees reduce the tax, never principal. A loan that is cheaper
than the discount rate raises the NPV of the company, at equal rates it moves nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gadolin.economics.project import Debt, Finance
from gadolin.errors import InputError

__all__ = ["Service", "balance_shares", "loan_lines"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Service:
    """What loans cost in each period `[draw, period]`."""

    interest: Array
    principal: Array
    fees: Array


def balance_shares(debt: Debt, first: int, periods: int, per: int) -> tuple[Array, Array]:
    """Balance at the start of each period and principal paid, per unit of loan outstanding at operation. `[period]`

    Args:
        debt: The terms.
        first: First operating period.
        periods: All periods.
        per: Periods per year.

    Raises:
        InputError: The loan outlives the project.
    """
    count, wait = (debt.tenor_years - debt.grace_years) * per, first + debt.grace_years * per
    if wait + count > periods:
        raise InputError(f"debt.tenor_years = {debt.tenor_years} outlives the project; shorten it")
    rate = (1 + debt.rate_share) ** (1 / per) - 1
    steps = np.arange(count)
    if debt.profile == "equal_principal" or abs(rate) < 1e-15:
        paid = np.full(count, 1.0 / count)
    else:
        payment = rate / (1 - (1 + rate) ** -count)
        paid = (payment - rate) * (1 + rate) ** steps
    principal = np.zeros(periods)
    principal[wait : wait + count] = paid
    balance = np.zeros(periods)
    balance[first:] = 1.0 - np.concatenate([[0.0], np.cumsum(principal[first:])[:-1]])
    balance[wait + count :] = 0.0
    return balance, principal


def loan_lines(
    finance: Finance, add: Callable[..., Array], company: str, capital: Array, first: int, per: int
) -> Service:
    """Add the lines of all loans; capital after the first operating period is not borrowed for.

    Args:
        finance: The loans and the grid.
        add: Adds a line (kind, payer, payee, amount) and returns its amount.
        company: Party of the borrower.
        capital: Capital spent `[draw, period]`.
        first: First operating period.
        per: Periods per year.
    """
    zero = np.zeros((1, 1))
    interest, principal, fees = zero, zero, zero
    periods = capital.shape[1]
    building = np.arange(periods) < first
    for debt in finance.debts:
        drawn = debt.capex_share * np.where(building, capital, 0.0)
        rate = (1 + debt.rate_share) ** (1 / per) - 1
        balance, repaid = balance_shares(debt, first, periods, per)
        rolled = np.zeros_like(drawn)
        if debt.building_interest == "added":
            owed = np.zeros((drawn.shape[0], 1))
            for period in range(first):
                rolled[:, period] = rate * owed[:, 0]
                owed = owed + rolled[:, [period]] + drawn[:, [period]]
        else:
            owed = drawn.sum(axis=1)[:, None]
        start = np.cumsum(drawn + rolled, axis=1) - drawn - rolled
        due = rate * np.where(building, start, owed * balance)
        add("loan_drawdown", debt.lender, company, drawn + rolled)
        interest = interest + add("loan_interest", company, debt.lender, due) - rolled
        principal = principal + add("loan_repayment", company, debt.lender, owed * repaid)
        if debt.fee_share:
            fees = fees + add("loan_fee", company, debt.lender, debt.fee_share * drawn)
    return Service(interest, principal, fees)
