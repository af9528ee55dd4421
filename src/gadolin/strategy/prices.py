"""The world path of a future: what a country's plants need from the market, as factors on the price deck.

A factor is the price of a good in a place and year over its Chinese price in the base year. It is laid on the price
deck of the case, so that a deck of another day keeps its level. Who makes and keeps paths is in `answers`.
Limits: after the last year rolled, prices are held.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as File
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gadolin.errors import InputError
from gadolin.market import Path, World, solve

__all__ = ["PricePath"]

Array = NDArray[np.float64]
HOME, BUYER, CHINA = "home", "JPN", "CHN"
NDPR = {"Nd": 0.75, "Pr": 0.25}
LEAST = 1e-3
"""A price below this share of its base is nothing: a good that is thrown away."""


@dataclass(frozen=True)
class PricePath:
    """Factors on prices by place, good and year.

    Args:
        first_year: Calendar year of the first factor.
        factors: Factor by `(place, good)`, one per year; place is `home` or `CHN`.
        room: Where the prices come from.
        error_share: Bound on the relative error of prices that were answered to first order; 0 where all are solved.

    >>> PricePath.flat(2025).factor("home", "oxide:Nd", [2025, 2030]).tolist()
    [1.0, 1.0]
    """

    first_year: int
    factors: Mapping[tuple[str, str], tuple[float, ...]] = field(default_factory=dict)
    room: str = "price deck, held"
    error_share: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "factors", MappingProxyType(dict(self.factors)))

    def __reduce__(self):  # mapping proxies do not pickle
        return type(self), (self.first_year, dict(self.factors), self.room, self.error_share)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        series = [[place, good, list(values)] for (place, good), values in self.factors.items()]
        return {"first_year": self.first_year, "factors": series, "room": self.room, "error_share": self.error_share}

    @classmethod
    def from_json(cls, file: File) -> PricePath | None:
        """A path from a file that `as_dict` was written to; None when the file is broken."""
        try:
            kept = json.loads(file.read_text("utf-8"))
            factors = {(place, good): tuple(values) for place, good, values in kept["factors"]}
            return cls(kept["first_year"], factors, kept["room"], kept["error_share"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @classmethod
    def flat(cls, first_year: int) -> PricePath:
        """Prices of the deck for ever; for a country without a calibrated market, and for tests."""
        return cls(first_year)

    @classmethod
    def of(cls, path: Path, country: str, error_share: float = 0.0) -> PricePath:
        """What a country sees of a market path.

        Args:
            path: A rolled market.
            country: Region of the country; a good that has no price there takes that of the buyer (Japan).
            error_share: Bound on the relative error of its prices. [share]
        """
        start_prices = _start_prices(path.world)
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
        return cls(path.years[0].year, found, "market, rolled", error_share)

    def over(self, other: PricePath) -> PricePath:
        """This path as factors on another: what own supply does to prices; 1 where the other's price is nothing."""
        ratio = {
            k: tuple(a / b if b > LEAST else 1.0 for a, b in zip(self.factors[k], other.factors[k], strict=True))
            for k in other.factors
            if k in self.factors
        }
        return PricePath(self.first_year, ratio, "answer to own supply", self.error_share)

    def largest_move(self, other: PricePath) -> tuple[str, float] | None:
        """Oxide or metal whose price differs most from another path, and by how much; None where none does.

        The difference is in shares of the base year's Chinese price: a price may fall to nothing, and a share of that
        says little. [share]
        """
        worst: tuple[str, float] | None = None
        for key in sorted(k for k in other.factors if k in self.factors and k[1].startswith(("oxide:", "metal:"))):
            for a, b in zip(self.factors[key], other.factors[key], strict=True):
                if abs(a - b) > max(1e-9, abs(worst[1]) if worst else 0.0):
                    worst = (key[1], float(a - b))
        return worst

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


_STARTS: weakref.WeakKeyDictionary[World, Array] = weakref.WeakKeyDictionary()


def _start_prices(world: World) -> Array:
    """Prices of the base year at each node, solved once per world. [USD/kg]"""
    if world not in _STARTS:
        _STARTS[world] = solve(world).node_prices
    return _STARTS[world]
