"""What flips the advice: one thing moved at a time from the central future, and the value at which the best changes.

Factors of home and market are scanned from end to end of their range and the switch nearest the central value is
narrowed by halving. What happens or not (another clay, a shock, a partner who stops helping) is tried once, in the
middle of its years. The market of each point is rolled; what own supply does to prices is that of the central future.
Limits: one at a time cannot find what two things flip together.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gadolin.case.strategies import futures_of
from gadolin.market.futures import FACTORS, Factor
from gadolin.market.shorthand import named
from gadolin.strategy.answers import base_prices
from gadolin.strategy.choices import Resolved
from gadolin.strategy.evaluate import value_kept
from gadolin.strategy.futures import HOME_FACTORS, HomeFuture, central, ranges_of
from gadolin.strategy.prices import PricePath

if TYPE_CHECKING:
    from gadolin.case import Case

__all__ = ["Switch", "names_of", "switches"]

NARROW = 6
"""Halvings of the step between two points: the switch is known to about 1/100 of the range."""


@dataclass(frozen=True)
class Switch:
    """Where the best strategy changes along one factor, or by one event, all else as in the central future.

    Args:
        factor: Name of the factor or event.
        about: What it is.
        unit: Its unit; empty for what happens or not.
        at: Value at which it changes; None when it does not within the range, and for what happens or not.
        low: Lower end of the range looked at; None for what happens or not.
        high: Upper end.
        below: Best strategy below it, over the whole range, or without the event.
        above: Best strategy above it, or with the event.
    """

    factor: str
    about: str
    unit: str
    at: float | None
    low: float | None
    high: float | None
    below: str
    above: str

    @property
    def flips(self) -> bool:
        """Whether the best changes."""
        return self.below != self.above

    def __str__(self) -> str:
        if self.low is None:
            rest = f"{self.above} is best, not {self.below}" if self.flips else f"{self.below} stays best"
            return f"{self.about}: {rest}"
        span = f"{self.low:g} to {self.high:g} {self.unit}"
        if self.at is None:
            return f"{self.about}: {self.below} stays best from {span}"
        return (
            f"{self.about}: {self.below} is best below {self.at:.3g} {self.unit}, {self.above} above (looked at {span})"
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {n: getattr(self, n) for n in self.__dataclass_fields__} | {"words": str(self)}


UNITS = {"Switch.at": "as unit says", "Switch.low": "as unit says", "Switch.high": "as unit says"}


def names_of(case: Case) -> tuple[str, ...]:
    """Factors and events of a case that are looked at, by name."""
    return (*HOME_FACTORS, *FACTORS, *_events(case))


def switches(
    case: Case, plans: list[Resolved], names: tuple[str, ...], answers: Mapping[str, PricePath]
) -> list[Switch]:
    """What flips the best strategy.

    Args:
        case: The case.
        plans: Strategies compared.
        names: Factors and events to look at, of `names_of`.
        answers: What each strategy does to prices in the central future, by id; none for those that do nothing.
    """
    start = central(case)
    middle = base_prices(case, start)

    def best(future: HomeFuture) -> str:
        same = (future.factors, future.shocks) == (start.factors, start.shocks)
        prices = middle if same else base_prices(case, future)
        kept = {p.id: value_kept(case, p, future, _laid(prices, answers.get(p.id))) for p in plans}
        return max(kept, key=lambda i: kept[i])

    here = best(start)
    ranges, events = ranges_of(futures_of(case)), _events(case)
    return [
        _happens(name, *events[name], best, here) if name in events else _along(name, ranges[name], start, best, here)
        for name in names
    ]


def _laid(prices: PricePath, answer: PricePath | None) -> PricePath:
    return prices if answer is None or prices.first_year != answer.first_year else prices.times(answer)


def _happens(name: str, about: str, future: HomeFuture, best: Callable[[HomeFuture], str], here: str) -> Switch:
    return Switch(name, about, "", None, None, None, here, best(future))


def _along(name: str, factor: Factor, start: HomeFuture, best_of: Callable[[HomeFuture], str], here: str) -> Switch:
    """Where the best changes along one factor."""

    @functools.cache
    def best(value: float) -> str:
        if value == factor.default:
            return here
        if name in HOME_FACTORS:
            return best_of(replace(start, home={**start.home, name: value}))
        return best_of(replace(start, factors={**start.factors, name: value}))

    points = sorted({factor.low, factor.default, factor.high})
    winners = [best(v) for v in points]
    change = [n for n in range(1, len(points)) if winners[n] != winners[n - 1]]
    if not change:
        return Switch(name, factor.about, factor.unit, None, factor.low, factor.high, here, here)
    # the change nearest to the central value is the one that matters
    n = min(change, key=lambda i: abs(0.5 * (points[i] + points[i - 1]) - factor.default))
    low, high = points[n - 1], points[n]
    below, above = winners[n - 1], winners[n]
    for _ in range(NARROW):
        value = 0.5 * (low + high)
        winner = best(value)
        if winner == below:
            low = value
        else:
            high, above = value, winner
    return Switch(name, factor.about, factor.unit, 0.5 * (low + high), factor.low, factor.high, below, above)


def _events(case: Case) -> dict[str, tuple[str, HomeFuture]]:
    """What happens or not, by name: its words, and the central future with it."""
    file, start = futures_of(case), central(case)
    names = case.table("countries")["name"]
    found: dict[str, tuple[str, HomeFuture]] = {}
    for clay in file.clays:
        if clay != start.factors.get("clay", "xinfeng"):
            future = replace(start, factors={**start.factors, "clay": clay})
            found[f"clay {clay}"] = (f"if the ion clays of the world are like {clay}", future)
    for ore in file.own_ore:
        found[f"own_ore {ore}"] = (f"if the country's clay is like {ore}", replace(start, own_ore=ore))
    for shock in file.shocks:
        year = (shock.first_year + shock.last_year) // 2
        text = shock.text.replace("{year}", str(year))
        words = f"if {f'“{shock.title}”' if shock.title else shock.id} comes in {year}"
        found[f"shock {shock.id}"] = (words, replace(start, shocks=named(text)))
    for stop in file.withheld:
        year = (stop.first_year + stop.last_year) // 2
        words = f"if {names.get(stop.country, stop.country)} stops helping in {year}"
        found[f"withheld {stop.country}"] = (words, replace(start, withheld={stop.country: year}))
    return found
