"""Deal clauses as ledger lines: what a clause moves between the parties, given prices and volumes.

Each clause is a frozen dataclass with one method, `lines(prices, volumes)`: prices by product `[draw, period]` in
currency per kg and volumes by product `[draw, period]` in tonnes per period, to a `Ledger`. Clauses know no plant, so a
negotiator can value them alone; `Ledger.plus` joins them to the ledger of a project.

Limits: a clause here moves money only; rights (vetoes, exclusivity, gates) are the deals room's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from gadolin.economics.formulas import FloorUpside
from gadolin.economics.ledger import Ledger, Line, Timing
from gadolin.errors import InputError
from gadolin.stages import check_party

__all__ = ["Clause", "Grid", "LicenceFee", "OfftakeDiscount", "Prepayment", "PriceFloor", "Subsidy", "TakeOrPay"]

UNITS = {
    "Subsidy.per_kg": "currency of the grid per kg",
}

Array = NDArray[np.float64]
_TO_MILLION = 1000.0 / 1e6


@dataclass(frozen=True)
class Grid:
    """Periods and money that clause ledgers speak in."""

    currency: str = "USD"
    price_year: int = 2025
    start_year: int = 0
    periods_per_year: int = 1
    timing: Timing = "end"

    def ledger(self, *lines: Line) -> Ledger:
        """A ledger of these lines on this grid."""
        return Ledger(lines, self.currency, self.price_year, self.start_year, self.periods_per_year, self.timing)


@runtime_checkable
class Clause(Protocol):
    """Any clause of a deal that moves money: those of this file, of `partner_clauses`, and a user's own."""

    def lines(self, prices: Mapping[str, Array], volumes: Mapping[str, Array]) -> Ledger:
        """What the clause moves between the parties.

        Args:
            prices: Price by product `[draw, period]`. [currency per kg]
            volumes: Volume by product `[draw, period]`. [t of product per period]

        Raises:
            InputError: A product that the clause covers is missing.
        """
        ...


def _money(prices: Mapping[str, Array], volumes: Mapping[str, Array], product: str) -> tuple[Array, Array]:
    for name, what in (("prices", prices), ("volumes", volumes)):
        if product not in what:
            raise InputError(f"{name} hold no {product}; the clause covers it")
    return np.atleast_2d(prices[product]), np.atleast_2d(volumes[product])


@dataclass(frozen=True)
class PriceFloor:
    """A floor with upside share on what `company` sells; see `formulas.FloorUpside`."""

    company: str
    terms: FloorUpside
    grid: Grid = field(default_factory=Grid)

    def lines(self, prices: Mapping[str, Array], volumes: Mapping[str, Array]) -> Ledger:
        """Top-up and upside share.

        >>> deal = PriceFloor("company:a", FloorUpside(("NdPr",), 110.0, "partner:USA", 110.0, 0.3))
        >>> ledger = deal.lines({"NdPr": np.array([60.0, 130.0])}, {"NdPr": np.array([1000.0, 1000.0])})
        >>> [round(float(v), 6) for v in ledger.cash("company:a")[0]]
        [50.0, -6.0]
        """
        terms, per = self.terms, self.grid.periods_per_year
        topup, upside = np.zeros((1, 1)), np.zeros((1, 1))
        for product in terms.products:
            price, volume = _money(prices, volumes, product)
            active = np.zeros(price.shape[1])
            end = len(active) if terms.end_year is None else terms.end_year * per
            active[terms.start_year * per : end] = 1.0
            topup = topup + _TO_MILLION * volume * terms.topup(price) * active
            upside = upside + _TO_MILLION * volume * terms.upside(price) * active
        if terms.upside_cap_local_m_per_year is not None:
            upside = np.minimum(upside, terms.upside_cap_local_m_per_year / per)
        return self.grid.ledger(
            Line("floor_topup", terms.payer, self.company, topup, terms.refs),
            Line("upside_share", self.company, terms.payer, upside, terms.refs),
        )


@dataclass(frozen=True)
class OfftakeDiscount:
    """A buyer takes a share of output below the price.

    Args:
        company: Seller.
        buyer: Who gains the discount.
        discount_share: Discount on the price. [share]
        products: Products covered.
        output_share: Part of the output that is bound. [share]
        grid: Periods and money.
    """

    company: str
    buyer: str
    discount_share: float
    products: tuple[str, ...]
    output_share: float = 1.0
    grid: Grid = field(default_factory=Grid)

    def __post_init__(self) -> None:
        check_party(self.buyer)
        if not (0 <= self.discount_share <= 1 and 0 <= self.output_share <= 1):
            raise InputError("discount_share and output_share must lie in 0 to 1")

    def lines(self, prices: Mapping[str, Array], volumes: Mapping[str, Array]) -> Ledger:
        """What the seller forgoes, as a payment to the buyer."""
        total = np.zeros((1, 1))
        for product in self.products:
            price, volume = _money(prices, volumes, product)
            total = total + _TO_MILLION * self.discount_share * self.output_share * price * volume
        return self.grid.ledger(Line("offtake_discount", self.company, self.buyer, total))


@dataclass(frozen=True)
class TakeOrPay:
    """A buyer pays for a least volume whether or not it is taken.

    Args:
        company: Seller.
        buyer: Who is bound.
        product: Product.
        least_t_product_per_year: Volume that is paid for in any case. [t per year]
        price_share: Part of the price that is paid for what is not taken. [share]
        grid: Periods and money.
    """

    company: str
    buyer: str
    product: str
    least_t_product_per_year: float
    price_share: float = 1.0
    grid: Grid = field(default_factory=Grid)

    def lines(self, prices: Mapping[str, Array], volumes: Mapping[str, Array]) -> Ledger:
        """Payment for the shortfall of volume taken."""
        price, volume = _money(prices, volumes, self.product)
        short = np.maximum(self.least_t_product_per_year / self.grid.periods_per_year - volume, 0.0)
        return self.grid.ledger(
            Line("take_or_pay", self.buyer, self.company, _TO_MILLION * self.price_share * short * price)
        )


@dataclass(frozen=True)
class LicenceFee:
    """Technology licence: a sum at the start and a share of sales.

    Args:
        company: Licensee.
        owner: Owner of the technology.
        upfront_local_m: Paid in period 0. [million]
        sales_share: Share of sales. [share]
        products: Products that pay; all when empty.
        grid: Periods and money.
    """

    company: str
    owner: str
    upfront_local_m: float = 0.0
    sales_share: float = 0.0
    products: tuple[str, ...] = ()
    grid: Grid = field(default_factory=Grid)

    def __post_init__(self) -> None:
        check_party(self.owner)
        if self.upfront_local_m < 0 or not 0 <= self.sales_share <= 1:
            raise InputError("upfront_local_m must not be negative and sales_share must lie in 0 to 1")

    def lines(self, prices: Mapping[str, Array], volumes: Mapping[str, Array]) -> Ledger:
        """Licence payments."""
        total = np.zeros((1, 1))
        for product in self.products or tuple(volumes):
            price, volume = _money(prices, volumes, product)
            total = total + _TO_MILLION * self.sales_share * price * volume
        total = total.copy()
        total[:, 0] += self.upfront_local_m
        return self.grid.ledger(Line("licence", self.company, self.owner, total))


@dataclass(frozen=True)
class Prepayment:
    """Money now for product later: a loan that is served in product at the price of the day.

    Args:
        company: Who receives it.
        buyer: Who pays it.
        local_m: Amount, in period 0. [million]
        rate_share: Interest inside. [share per year]
        first_period: First period of delivery.
        periods: Periods of delivery, equal amounts.
        grid: Periods and money.
    """

    company: str
    buyer: str
    local_m: float
    rate_share: float
    first_period: int
    periods: int
    grid: Grid = field(default_factory=Grid)

    def __post_init__(self) -> None:
        if self.local_m < 0 or self.rate_share <= -1 or self.periods < 1 or self.first_period < 1:
            raise InputError("a prepayment needs local_m >= 0, rate_share > -1, first_period >= 1 and periods >= 1")

    def lines(self, prices: Mapping[str, Array], volumes: Mapping[str, Array]) -> Ledger:
        """The payment and its service; prices and volumes only give the number of periods."""
        count = np.atleast_2d(next(iter(volumes.values()))).shape[1]
        if self.first_period + self.periods > count:
            raise InputError(f"the prepayment runs to period {self.first_period + self.periods}, beyond {count}")
        rate = (1 + self.rate_share) ** (1 / self.grid.periods_per_year) - 1
        when = np.arange(self.first_period, self.first_period + self.periods)
        payment = self.local_m / np.sum((1 + rate) ** -when.astype(float))
        paid, served = np.zeros((1, count)), np.zeros((1, count))
        paid[0, 0] = self.local_m
        served[0, when] = payment
        return self.grid.ledger(
            Line("prepayment", self.buyer, self.company, paid),
            Line("prepayment_service", self.company, self.buyer, served),
        )


@dataclass(frozen=True)
class Subsidy:
    """A state pays per kg of product.

    Args:
        company: Who receives it.
        payer: Who pays it.
        product: Product.
        per_kg: Amount. [currency per kg]
        grid: Periods and money.
    """

    company: str
    payer: str
    product: str
    per_kg: float
    grid: Grid = field(default_factory=Grid)

    def lines(self, prices: Mapping[str, Array], volumes: Mapping[str, Array]) -> Ledger:
        """Payments by volume."""
        if self.product not in volumes:
            raise InputError(f"volumes hold no {self.product}; the clause covers it")
        amount = _TO_MILLION * self.per_kg * np.atleast_2d(volumes[self.product])
        return self.grid.ledger(Line("subsidy", self.payer, self.company, amount))
