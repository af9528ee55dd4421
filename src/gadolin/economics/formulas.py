"""How a price is made from a deck: baskets, payable shares, charges, discounts, floors with upside share.

A deck is one list of prices of one date, one publisher and one tax basis. A formula turns it into the price of what a
plant sells or buys: a separated oxide outright, a mixed carbonate as a share of its basket, less charges per kg of
light and heavy oxide, less a discount, or a flat price. Composition is in shares of oxide mass (REO).

Limits: prices move only through draws and through `Deck.path`; a formula sees one period at a time, so averaging
periods and quotational periods are not modelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gadolin.elements import GROUPS
from gadolin.errors import Fault, InputError
from gadolin.quantity import Quantity

__all__ = ["Deck", "FloorUpside", "PriceFormula", "basket"]

UNITS = {
    "PriceFormula.light_charge": "currency of the deck per kg REO",
    "PriceFormula.heavy_charge": "currency of the deck per kg REO",
    "PriceFormula.flat_charge": "currency of the deck per kg REO",
    "PriceFormula.fixed": "currency of the deck per kg",
    "FloorUpside.floor": "currency of the deck per kg",
    "FloorUpside.upside_from": "currency of the deck per kg",
}

Array = NDArray[np.float64]
_LIGHT = (*GROUPS["light"], *GROUPS["SEG"], "NdPr")


@dataclass(frozen=True)
class Deck:
    """Prices of one date.

    Args:
        prices: Price by product name (an element symbol means its oxide). [currency per kg]
        currency: Currency of all prices.
        price_year: Year whose money is meant.
        date: Day of the quotes.
        publisher: Who published them.
        vat_share: Tax still inside the prices; it is taken out by `without_tax`. [share of the price before tax]
        uncredited: Products that have no price anywhere; they earn nothing, and the report says so.
        path: Factor on a product's price by project year, the last one held; `"*"` stands for all others. [-]
        refs: Where the deck as a whole comes from.
    """

    prices: Mapping[str, Quantity]
    currency: str = "USD"
    price_year: int = 2025
    date: str = ""
    publisher: str = ""
    vat_share: float = 0.0
    uncredited: tuple[str, ...] = ()
    path: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    refs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        faults = [
            Fault("a price must not be negative", field=f"prices.{name}", value=price.value)
            for name, price in self.prices.items()
            if price.value is not None and price.value < 0
        ]
        if not 0 <= self.vat_share < 1:
            faults.append(Fault("must lie in 0 to 1", field="vat_share", value=self.vat_share))
        if faults:
            raise InputError(faults)
        object.__setattr__(self, "prices", MappingProxyType(dict(self.prices)))
        object.__setattr__(self, "path", MappingProxyType(dict(self.path)))

    def __reduce__(self) -> tuple[Any, ...]:  # mapping proxies do not pickle
        return _deck, (
            dict(self.prices), self.currency, self.price_year, self.date, self.publisher,
            self.vat_share, self.uncredited, dict(self.path), self.refs,
        )  # fmt: skip

    def without_tax(self) -> Deck:
        """The deck before value-added tax.

        >>> deck = Deck({"Nd": Quantity(113.0, "USD/kg", basis="reported")}, vat_share=0.13)
        >>> round(deck.without_tax().prices["Nd"].value, 9)
        100.0
        """
        if not self.vat_share:
            return self
        factor = 1 / (1 + self.vat_share)
        prices = {name: scaled(price, factor) for name, price in self.prices.items()}
        return Deck(
            prices,
            self.currency,
            self.price_year,
            self.date,
            self.publisher,
            0.0,
            self.uncredited,
            self.path,
            self.refs,
        )

    def factors(self, name: str, years: int) -> Array:
        """Factor on a product's price in each project year. `[year]`"""
        path = self.path.get(name, self.path.get("*", (1.0,)))
        return np.array([path[min(y, len(path) - 1)] for y in range(years)], dtype=float)


def _deck(*values: Any) -> Deck:
    return Deck(*values)


def scaled(quantity: Quantity, factor: float, unit: str | None = None) -> Quantity:
    """A quantity times a positive number, range and refs kept."""
    if quantity.value is None:
        return quantity
    low = None if quantity.low is None else quantity.low * factor
    high = None if quantity.high is None else quantity.high * factor
    return Quantity(
        quantity.value * factor, unit or quantity.unit, low, high, quantity.basis, quantity.refs, quantity.reason
    )


def basket(prices: Mapping[str, Any], composition: Mapping[str, float], uncredited: tuple[str, ...] = ()) -> Any:
    """Value of a mixture at full oxide prices. [currency per kg REO]

    Args:
        prices: Price per kg oxide by element; numbers or arrays.
        composition: Share of REO mass by element, 0 to 1.
        uncredited: Elements that earn nothing because no price exists.

    Raises:
        InputError: An element of the composition has neither price nor place in `uncredited`; all are named.

    >>> basket({"Nd": 50.0, "La": 1.0}, {"Nd": 0.2, "La": 0.8})
    10.8
    """
    missing = [name for name, share in composition.items() if share and name not in prices and name not in uncredited]
    if missing:
        raise InputError(f"no price for {', '.join(missing)}; add it to the deck, or name it as uncredited")
    return sum(share * prices[name] for name, share in composition.items() if share and name not in uncredited)


@dataclass(frozen=True)
class PriceFormula:
    """Price per kg REO (or per kg of a single product) from a deck.

        price = payable_share x (1 - discount_share) x basket of the paid elements
                - light_charge x light share - heavy_charge x heavy share - flat_charge

    or `fixed`, which ignores the deck. SEG counts as light here, as tolling charges do.

    Args:
        payable_share: Part of the basket that is paid. [share]
        discount_share: Offtake discount on it. [share]
        light_charge: Charge per kg of light and SEG oxide. [currency per kg REO]
        heavy_charge: Charge per kg of heavy oxide. [currency per kg REO]
        flat_charge: Charge per kg of all. [currency per kg REO]
        fixed: Flat price that takes the place of all others. [currency per kg]
        paid: Elements that are paid for; all when empty.

    >>> carbonate = {"Nd": 0.2, "Y": 0.3, "La": 0.5}
    >>> deck = {"Nd": 50.0, "Y": 5.0, "La": 0.5}
    >>> PriceFormula(payable_share=0.77).price(deck, carbonate)
    9.0475
    >>> round(PriceFormula(light_charge=5.0, heavy_charge=22.5).price(deck, carbonate), 6)
    1.5
    """

    payable_share: float = 1.0
    discount_share: float = 0.0
    light_charge: float = 0.0
    heavy_charge: float = 0.0
    flat_charge: float = 0.0
    fixed: float | None = None
    paid: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        faults = []
        for name in ("payable_share", "discount_share"):
            if not 0 <= getattr(self, name) <= 1:
                faults.append(Fault("must lie in 0 to 1", field=name, value=getattr(self, name)))
        for name in ("light_charge", "heavy_charge", "flat_charge"):
            if getattr(self, name) < 0:
                faults.append(Fault("must not be negative", field=name, value=getattr(self, name)))
        if faults:
            raise InputError(faults)

    def price(
        self,
        prices: Mapping[str, Any],
        composition: Mapping[str, float],
        uncredited: tuple[str, ...] = (),
        payable: Any = None,
    ) -> Any:
        """The price; numbers or arrays in, the same out. [currency per kg]

        Args:
            prices: Deck prices by name.
            composition: Shares of REO mass; for a single product `{name: 1.0}`.
            uncredited: See `basket`.
            payable: Takes the place of `payable_share`, for draws.
        """
        if self.fixed is not None:
            return self.fixed + 0.0 * next(iter(prices.values()), 0.0)
        paid = {n: s for n, s in composition.items() if not self.paid or n in self.paid}
        light = sum(s for n, s in composition.items() if n in _LIGHT)
        heavy = sum(s for n, s in composition.items() if n in GROUPS["heavy"])
        share = self.payable_share if payable is None else payable
        charge = self.light_charge * light + self.heavy_charge * heavy + self.flat_charge
        return share * (1 - self.discount_share) * basket(prices, paid, uncredited) - charge


@dataclass(frozen=True)
class FloorUpside:
    """A payer tops the price up to a floor and takes a share of what lies above a second mark.

    Args:
        products: Products covered, by deck name.
        floor: Price that is guaranteed. [currency per kg]
        payer: Who tops up and receives the share (`partner:JPN`, `federal:USA` ...).
        upside_from: Price above which the excess is shared; None for no share. [currency per kg]
        upside_share: Part of the excess that goes to the payer. [share]
        upside_cap_local_m_per_year: Most the payer receives in a year. [million per year]
        start_year: First project year, counted from 0.
        end_year: First project year without cover; None for all.
        refs: The clause.

    >>> FloorUpside(("NdPr",), 110.0, "federal:USA", 110.0, 0.3).topup(60.0), \
        FloorUpside(("NdPr",), 110.0, "federal:USA", 110.0, 0.3).upside(130.0)
    (50.0, 6.0)
    """

    products: tuple[str, ...]
    floor: float
    payer: str
    upside_from: float | None = None
    upside_share: float = 0.0
    upside_cap_local_m_per_year: float | None = None
    start_year: int = 0
    end_year: int | None = None
    refs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.floor < 0 or not 0 <= self.upside_share <= 1:
            raise InputError("a floor must not be negative, and upside_share must lie in 0 to 1")
        if self.upside_from is not None and self.upside_from < self.floor:
            raise InputError(f"upside_from = {self.upside_from} lies below the floor of {self.floor}")

    def topup(self, price: Any) -> Any:
        """What the payer adds. [currency per kg]"""
        return np.maximum(self.floor - price, 0.0) if isinstance(price, np.ndarray) else max(self.floor - price, 0.0)

    def upside(self, price: Any) -> Any:
        """What the payer receives. [currency per kg]"""
        if self.upside_from is None:
            return 0.0 * price
        excess = price - self.upside_from
        return self.upside_share * (np.maximum(excess, 0.0) if isinstance(price, np.ndarray) else max(excess, 0.0))
