"""Further deal clauses as ledger lines: equity, loan, fee per kg, yearly payments, payment at exit.

Same shape as `clauses`: a frozen dataclass whose `lines(prices, volumes)` gives a `Ledger`. Only `EquityShare` needs
more, the cash of the company, which it takes when it is made. Dates are periods counted from 0.

Limits: a loan is paid back whatever happens; an equity share takes part in losses and capital as in profits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gadolin.economics.clauses import Grid
from gadolin.economics.ledger import Ledger, Line
from gadolin.errors import InputError
from gadolin.stages import check_party

__all__ = ["EquityShare", "Loan", "PaymentOnce", "ServiceFee", "YearlyPayment"]

UNITS = {"ServiceFee.per_kg": "currency of the grid per kg"}

Array = NDArray[np.float64]
_TO_MILLION = 1000.0 / 1e6


def _shape(volumes: Mapping[str, Array]) -> tuple[int, int]:
    first = np.atleast_2d(next(iter(volumes.values())))
    return int(first.shape[0]), int(first.shape[1])


@dataclass(frozen=True)
class EquityShare:
    """A partner owns a share of the company and takes it of all cash, in and out.

    Args:
        company: The company.
        partner: The owner of the share.
        share: Part of the company. [share]
        cash: Cash of the company before this share `[draw, period]`. [million]
        grid: Periods and money.
    """

    company: str
    partner: str
    share: float
    cash: Array
    grid: Grid = field(default_factory=Grid)

    def __post_init__(self) -> None:
        check_party(self.partner)
        if not 0 <= self.share <= 1:
            raise InputError(f"an equity share must lie in 0 to 1, got {self.share:g}")

    def lines(self, prices: Mapping[str, Array], volumes: Mapping[str, Array]) -> Ledger:
        """The share of each period's cash; prices and volumes are not used.

        >>> EquityShare("company:a", "partner:JPN", 0.25, np.array([[-100.0, 40.0]])).lines({}, {}).cash("partner:JPN")
        array([[-25.,  10.]])
        """
        return self.grid.ledger(Line("equity", self.company, self.partner, self.share * np.atleast_2d(self.cash)))


@dataclass(frozen=True)
class Loan:
    """A loan in one sum, interest each period, equal principal after grace.

    Args:
        company: Borrower.
        lender: Lender.
        local_m: Amount. [million]
        rate_share: Interest, real. [share per year]
        first_period: Period of the drawdown.
        periods: Periods of repayment.
        grace_periods: Periods between drawdown and first repayment in which interest alone is paid.
        grid: Periods and money.
    """

    company: str
    lender: str
    local_m: float
    rate_share: float
    first_period: int
    periods: int
    grace_periods: int = 0
    grid: Grid = field(default_factory=Grid)

    def __post_init__(self) -> None:
        check_party(self.lender)
        if (
            self.local_m < 0
            or self.rate_share <= -1
            or self.periods < 1
            or min(self.first_period, self.grace_periods) < 0
        ):
            raise InputError("a loan needs local_m >= 0, rate_share > -1, periods >= 1, first and grace periods >= 0")

    def lines(self, prices: Mapping[str, Array], volumes: Mapping[str, Array]) -> Ledger:
        """Drawdown, interest and repayment.

        >>> loan = Loan("company:a", "partner:JPN", 100.0, 0.05, 0, 2)
        >>> loan.lines({}, {"x": np.ones((1, 3))}).cash("partner:JPN").round(6)
        array([[-100. ,   55. ,   52.5]])
        """
        _, count = _shape(volumes)
        begin = self.first_period + 1 + self.grace_periods
        if begin + self.periods > count:
            raise InputError(f"the loan runs to period {begin + self.periods}, beyond {count}")
        rate = (1 + self.rate_share) ** (1 / self.grid.periods_per_year) - 1
        drawn, interest, repaid = (np.zeros((1, count)) for _ in range(3))
        drawn[0, self.first_period] = self.local_m
        repaid[0, begin : begin + self.periods] = self.local_m / self.periods
        owed = np.cumsum(drawn, axis=1) - drawn - (np.cumsum(repaid, axis=1) - repaid)
        interest[0] = rate * owed[0]
        return self.grid.ledger(
            Line("loan_drawdown", self.lender, self.company, drawn),
            Line("loan_interest", self.company, self.lender, interest),
            Line("loan_repayment", self.company, self.lender, repaid),
        )


@dataclass(frozen=True)
class ServiceFee:
    """A fee per kg of product, for tolling, marketing or services.

    Args:
        payer: Who pays.
        payee: Who receives.
        per_kg: Fee. [currency per kg]
        products: Products that carry it.
        grid: Periods and money.
    """

    payer: str
    payee: str
    per_kg: float
    products: tuple[str, ...]
    grid: Grid = field(default_factory=Grid)

    def lines(self, prices: Mapping[str, Array], volumes: Mapping[str, Array]) -> Ledger:
        """Fee by volume."""
        missing = [p for p in self.products if p not in volumes]
        if missing:
            raise InputError(f"volumes hold no {', '.join(missing)}; the fee covers it")
        tonnes = sum((np.atleast_2d(volumes[p]) for p in self.products), np.zeros((1, 1)))
        return self.grid.ledger(Line("fee", self.payer, self.payee, _TO_MILLION * self.per_kg * tonnes))


@dataclass(frozen=True)
class YearlyPayment:
    """A fixed payment each year: training, local purchases, the cost of help.

    Args:
        kind: Kind of the line (`training`, `localisation`, `partner_cost`).
        payer: Who pays.
        payee: Who receives.
        local_m_per_year: Amount. [million per year]
        first_period: First period.
        periods: Number of periods; None to the end.
        grid: Periods and money.
    """

    kind: str
    payer: str
    payee: str
    local_m_per_year: float
    first_period: int = 0
    periods: int | None = None
    grid: Grid = field(default_factory=Grid)

    def lines(self, prices: Mapping[str, Array], volumes: Mapping[str, Array]) -> Ledger:
        """The payments; volumes only give the number of periods."""
        _, count = _shape(volumes)
        paid = np.zeros((1, count))
        end = count if self.periods is None else min(self.first_period + self.periods, count)
        paid[0, self.first_period : end] = self.local_m_per_year / self.grid.periods_per_year
        return self.grid.ledger(Line(self.kind, self.payer, self.payee, paid))


@dataclass(frozen=True)
class PaymentOnce:
    """One payment on a day: a bond forfeited at exit, a signature bonus.

    Args:
        kind: Kind of the line.
        payer: Who pays.
        payee: Who receives.
        local_m: Amount. [million]
        period: Period; None when it never falls due.
        grid: Periods and money.
    """

    kind: str
    payer: str
    payee: str
    local_m: float
    period: int | None
    grid: Grid = field(default_factory=Grid)

    def lines(self, prices: Mapping[str, Array], volumes: Mapping[str, Array]) -> Ledger:
        """The payment; volumes only give the number of periods."""
        _, count = _shape(volumes)
        paid = np.zeros((1, count))
        if self.period is not None and 0 <= self.period < count:
            paid[0, self.period] = self.local_m
        return self.grid.ledger(Line(self.kind, self.payer, self.payee, paid))
