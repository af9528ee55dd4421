"""How much of their stock holders keep because a shortage lasts.

Whoever expects next year's price to be as high as this year's has nothing to gain by selling out now. Under a measure
that goes on unchanged for N years, this one included, the stock that is worth most is spread evenly over them, so 1/N
of it is let go and the rest is kept whatever the price (the theory of competitive storage, Gustafson 1958, Samuelson
1971, without interest and without running cost). For N = 1 that is the market without this file: everything may be
sold. How long a measure lasts is read from its announced dates, so nobody looks ahead of what is known.

Limits: nobody builds a stock before a measure; a measure that barely bites is believed as much as one that does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from gadolin.market.instruments import LAST_YEAR, Instrument
from gadolin.market.program import Program, State
from gadolin.market.world import World

__all__ = ["Holders"]


@dataclass
class Holders:
    """What the measures of a future make the holders of stocks believe.

    Args:
        world: The market.
        program: Its labels and arrays.
        measures: All measures of the future, dated.
    """

    world: World
    program: Program
    measures: Sequence[Instrument]
    _scope: list[np.ndarray] = field(init=False, repr=False)
    _bite: dict[tuple[int, int], float] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.measures = tuple(m for m in self.measures if m.withholds)
        self._scope = [m.withheld(self.world, self.program) for m in self.measures]

    def kept_share(self, state: State) -> np.ndarray:
        """Share of each stock that is kept in the year of a state whatever the price. [share, by stock]"""
        now = [
            self._bites(n, state.year) and m.tightens(self.world, self.program, state)
            for n, m in enumerate(self.measures)
        ]
        kept = np.zeros(len(self.world.stocks))
        if not any(now):
            return kept
        for s, stock in enumerate(self.world.stocks):
            code = self.program.goods.index(stock.good)
            if any(tight and self._scope[n][code] for n, tight in enumerate(now)):
                kept[s] = 1 - 1 / self._years_left(code, state.year)
        return kept

    def _years_left(self, good: int, year: int) -> float:
        """Years without a gap, this one included, in which some measure withholds a good. [years]"""
        about = [n for n, scope in enumerate(self._scope) if scope[good]]
        if any(self.measures[n].end is None and self._bites(n, LAST_YEAR) for n in about):
            return math.inf
        last = year
        while last < LAST_YEAR and any(self._bites(n, last + 1) for n in about):
            last += 1
        return last - year + 1.0

    def _bites(self, n: int, year: int) -> bool:
        if (n, year) not in self._bite:
            self._bite[n, year] = self.measures[n].bite(year)
        return self._bite[n, year] > 0
