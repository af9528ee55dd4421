"""Money has a currency and a price year. Converting needs tables of rates and indices, handed in by the caller.

Method: nominal amount -> USD at the year's mean rate -> price level of the target year by the USD deflator. That
order keeps the amount's worth at the time it was spent; deflating in local currency first and converting at a later
rate gives another number, and studies rarely say which they did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gadolin.errors import InputError

__all__ = ["Money", "Rates"]

UNITS = {"Money.amount": "the currency that stands beside it"}


@dataclass(frozen=True)
class Rates:
    """Exchange rates and price levels.

    Args:
        per_usd: Units of currency per USD by (currency, year), yearly means.
        deflator: Price level by (country ISO3, year), any base.
    """

    per_usd: Mapping[tuple[str, int], float]
    deflator: Mapping[tuple[str, int], float]

    def rate(self, currency: str, year: int) -> float:
        """Units of a currency per USD.

        Raises:
            InputError: No rate for that currency and year.
        """
        if currency == "USD":
            return 1.0
        if (currency, year) not in self.per_usd:
            raise InputError(f"no exchange rate of {currency} for {year}; add it to table fx or give the amount in USD")
        return self.per_usd[currency, year]

    def level(self, country: str, year: int) -> float:
        """Price level of a country in a year.

        Raises:
            InputError: No index for that country and year.
        """
        if (country, year) not in self.deflator:
            raise InputError(f"no deflator of {country} for {year}; add it to table deflators")
        return self.deflator[country, year]


@dataclass(frozen=True)
class Money:
    """An amount with its currency and price year.

    Args:
        amount: Amount in the currency. [any scale; the caller keeps it]
        currency: ISO 4217 code.
        price_year: Year of whose prices it is.
    """

    amount: float
    currency: str
    price_year: int

    def to(self, currency: str, price_year: int, rates: Rates) -> Money:
        """The same worth in another currency and at the prices of another year.

        Args:
            currency: Target currency.
            price_year: Target year.
            rates: Rates and price levels.

        Raises:
            InputError: A rate or an index is missing.

        >>> rates = Rates({("MYR", 2020): 4.0, ("MYR", 2025): 4.2}, {("USA", 2020): 100.0, ("USA", 2025): 125.0})
        >>> Money(40.0, "MYR", 2020).to("USD", 2025, rates)
        Money(amount=12.5, currency='USD', price_year=2025)
        """
        usd = self.amount / rates.rate(self.currency, self.price_year)
        if price_year != self.price_year:
            usd *= rates.level("USA", price_year) / rates.level("USA", self.price_year)
        return Money(usd * rates.rate(currency, price_year), currency, price_year)
