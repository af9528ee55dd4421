"""The world path of a future: what a country's plants need from the market, as factors on the price deck.

A path depends on the future (and on choices the market feels), never on a single plant, so it is made once per future
and kept. A factor is the price of a good in a place and year over its Chinese price in the base year. It is laid on
the X
Limits: after the last year rolled, prices are held.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gadolin.errors import InputError
from gadolin.market import Path, solve

__all__ = ["PricePath"]

Array = NDArray[np.float64]
HOME, BUYER, CHINA = "home", "JPN", "CHN"
NDPR = {"Nd": 0.75, "Pr": 0.25}


@dataclass(frozen=True)
class PricePath:
    """Factors on prices by place, good and year.

    Args:
        first_year: Calendar year of the first factor.
        factors: Factor by `(place, good)`, one per year; place is `home` or `CHN`.
        room: Where the prices come from.

    >>> PricePath.flat(2025).factor("home", "oxide:Nd", [2025, 2030]).tolist()
    [1.0, 1.0]
    """

    first_year: int
    factors: Mapping[tuple[str, str], tuple[float, ...]] = field(default_factory=dict)
    room: str = "price deck, held"

    def __post_init__(self) -> None:
        object.__setattr__(self, "factors", MappingProxyType(dict(self.factors)))

    def __reduce__(self):  # mapping proxies do not pickle
        return type(self), (self.first_year, dict(self.factors), self.room)

    @classmethod
    def flat(cls, first_year: int) -> PricePath:
        """Prices of the deck for ever; for a country without a calibrated market, and for tests."""
        return cls(first_year)

    @classmethod
    def of(cls, path: Path, country: str) -> PricePath:
        """What a country sees of a market path.

        Args:
            path: A rolled market.
            country: Region of the country; a good that has no price there takes that of the buyer (Japan).
        """
        start_prices = solve(path.world).node_prices
        index = path.years[0].program.node_index
        found: dict[tuple[str, str], tuple[float, ...]] = {}
        for good in sorted({g for _, g in index}):
            for place, regions in ((HOME, (country, BUYER)), (CHINA, (CHINA,))):
                for region in regions:
                    node = index.get((region, good))
                    if node is None:
                        continue
                    prices = np.array([e.node_prices[node] for e in path.years])
                    start = start_prices[index.get((CHINA, good), node)]
                    if np.isfinite(prices).all() and np.isfinite(start) and start > 0:
                        found[place, good] = tuple(float(p / start) for p in prices)
                        break
        return cls(path.years[0].year, found, "market, rolled")

    def times(self, other: PricePath) -> PricePath:
        """This path with another's factors laid on it: an answer to own supply found elsewhere.

        Raises:
            InputError: The two start in different years.
        """
        if other.first_year != self.first_year:
            raise InputError(f"paths start in {self.first_year} and {other.first_year}")
        found = dict(self.factors)
        for key, factor in other.factors.items():
            mine = found.get(key, (1.0,) * len(factor))
            found[key] = tuple(a * b for a, b in zip(mine, factor, strict=True))
        return PricePath(self.first_year, found, f"{self.room}, answered to own supply")

    def factor(self, place: str, good: str, years: Any) -> Array:
        """Factor on a good's deck price by year; the ends are held beyond the path. [-]"""
        series = self.factors.get((place, good))
        if series is None:
            return np.ones(len(years))
        last = len(series) - 1
        return np.array([series[min(max(y - self.first_year, 0), last)] for y in years])

    def of_product(self, place: str, product: str, years: Any) -> Array:
        """Factor on a product of the deck (`Nd`, `NdPr`, `NdPr metal`, `NdFeB_magnet 40H blank`) by year. [-]"""
        name, _, rest = product.partition(" ")
        if name.startswith("NdFeB"):
            return self.factor(place, "magnet:N", years)
        kind = "metal" if rest.startswith("metal") else "oxide"
        if name == "NdPr":
            return sum((w * self.factor(place, f"{kind}:{e}", years) for e, w in NDPR.items()), np.zeros(len(years)))
        return self.factor(place, f"{kind}:{name}", years)
