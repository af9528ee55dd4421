"""Prices of the coming years over futures: a band per good, region and year, with what was in force.

Every future is rolled on the world of its clay vector. The span of the futures says what the assumptions of the model
make of the price; it leaves out what moves a market year by year beside them. So the scatter of past yearly changes can
be laid over it: independent, growing with the root of the years since the base, which makes bands a little too wide
rather than too narrow. The futures carry no odds, so a band is no probability.

Limits: yearly means, real prices of the base year's deck; nobody looks ahead and nothing panics.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from gadolin import fanout
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.market.futures import Future
from gadolin.market.instruments import LAST_YEAR, Instrument
from gadolin.market.world import World
from gadolin.market.years import Choices, roll

__all__ = ["Outlook", "outlook"]

GOODS = ("oxide:Nd", "oxide:Dy", "oxide:Tb", "oxide:Y", "oxide:Gd", "oxide:Sm")
REGIONS = ("CHN", "JPN")
QUANTILES = {"": 0.5, "_low": 0.05, "_high": 0.95, "_p25": 0.25, "_p75": 0.75}
NOISE = 39
"""Points at which the scatter is taken, equally likely."""


@dataclass(frozen=True)
class Outlook:
    """Bands of prices.

    Args:
        base_year: Year of the calibration.
        shocks: What every future has in force.
        futures: How many.
        table_: One row per good, region and year: median, 5, 25, 75 and 95 %, and the 5 and 95 % of the model alone.
            [USD/kg]
        scattered: Whether past yearly changes are laid over the bands.
        assumptions: What had to be assumed for the base year.
    """

    base_year: int
    shocks: tuple[Instrument, ...]
    futures: int
    table_: pd.DataFrame
    scattered: bool
    assumptions: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """The rows."""
        return self.table_

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "base_year": self.base_year,
            "shock": [str(s) for s in self.shocks],
            "futures": self.futures,
            "interval": "5 to 95 % over the futures, which carry no odds"
            + (", with the scatter of past yearly changes laid over" if self.scattered else ""),
            "basis": "estimate",
            "prices": self.table_.to_dict("records"),
            "assumptions": list(self.assumptions),
        }

    def __str__(self) -> str:
        years = sorted(self.table_.year.unique())
        shown = list(dict.fromkeys([years[0], years[len(years) // 2], years[-1]]))
        lines = [
            f"Prices from {self.base_year} on, USD/kg without tax, median (5 to 95 % of {self.futures} futures)",
            f"  in force    {'; '.join(str(s) for s in self.shocks) or 'nothing new'}",
            f"  {'':16}" + "".join(f"{y:>28}" for y in shown),
        ]
        for (good, region), part in list(self.table_.groupby(["good", "region"], sort=False))[:12]:
            cells = part.set_index("year")
            spans = [
                f"{r.price_usd_per_kg:.4g} ({r.price_usd_per_kg_low:.4g} to {r.price_usd_per_kg_high:.4g})"
                for r in (cells.loc[y] for y in shown if y in cells.index)
            ]
            lines.append(f"  {good:10} {region:5}" + "".join(f"{s:>28}" for s in spans))
        if self.scattered:
            lines.append(
                "  bands       with the scatter of past yearly price changes laid over the span of the futures"
            )
        lines.append("  limits      yearly means; the futures carry no odds; nobody looks ahead; no panic")
        return "\n".join(lines)


def outlook(
    worlds: Mapping[str, World],
    futures: Sequence[Future],
    years: int,
    shocks: Sequence[Instrument] = (),
    goods: Sequence[str] = GOODS,
    regions: Sequence[str] = REGIONS,
    choices: Choices | None = None,
    scatter: Mapping[str, float] | None = None,
    workers: int | str | None = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Outlook:
    """Roll futures and give bands of prices.

    Args:
        worlds: Calibrated world by clay vector.
        futures: Futures; each names its clay, else the first world is taken.
        years: Years after the base year, >= 1.
        shocks: Measures that every future has in force beside its own.
        goods: Goods shown; a good without a price somewhere is left out there.
        regions: Regions shown.
        choices: Measures and plants of the case country.
        scatter: Standard deviation of yearly changes of the log of the price by good, laid over the bands. [per year]
        workers: Processes; the answer does not depend on them.
        progress: Called with (done, total).

    Raises:
        InputError: No future, no year or one after 2060, an unknown region or good.
    """
    first = next(iter(worlds.values()))
    faults = [
        Fault(f"is no region of this world{did_you_mean(r, first.regions)}", field="regions", value=r)
        for r in regions
        if r not in first.regions
    ]
    faults += [
        Fault(f"is no good of this world{did_you_mean(g, first.goods)}", field="goods", value=g)
        for g in goods
        if g not in first.goods
    ]
    if years < 1:
        raise InputError(Fault(f"must be after the base year {first.year}", field="until", value=first.year + years))
    if first.year + years > LAST_YEAR:
        text = f"must not be after {LAST_YEAR}: nothing can be said of the market a generation ahead"
        faults.append(Fault(text, field="until", value=first.year + years))
    if not futures:
        faults.append(Fault("at least one is needed", field="futures"))
    if faults:
        raise InputError(faults)
    nodes = [(r, g) for g in goods for r in regions]
    task = functools.partial(_prices, dict(worlds), tuple(shocks), choices or Choices(), years, nodes)
    found = np.array(fanout.over(task, list(futures), workers, progress=progress))
    rows = []
    noise = np.array([NormalDist().inv_cdf((k + 0.5) / NOISE) for k in range(NOISE)])
    for n, (region, good) in enumerate(nodes):
        for t in range(years):
            values = found[:, t, n]
            if np.isfinite(values).all():
                size = (scatter or {}).get(good, 0.0) * np.sqrt(t + 1)
                wide = np.outer(values, np.exp(noise * size)).ravel() if size else values
                rows.append(
                    {"good": good, "region": region, "year": first.year + 1 + t}
                    | {f"price_usd_per_kg{k}": float(np.quantile(wide, q)) for k, q in QUANTILES.items()}
                    | {f"model_usd_per_kg{k}": float(np.quantile(values, QUANTILES[k])) for k in ("_low", "_high")}
                )
    assumptions = first.calibration.assumptions if first.calibration is not None else ()
    return Outlook(first.year, tuple(shocks), len(futures), pd.DataFrame(rows), scatter is not None, assumptions)


def _prices(
    worlds: dict[str, World],
    shocks: tuple[Instrument, ...],
    choices: Choices,
    years: int,
    nodes: list[tuple[str, str]],
    future: Future,
    seed: int,
) -> list[list[float]]:
    """Prices of some nodes in every year of one future. [USD/kg]"""
    world = worlds.get(str(future.factors.get("clay", "")), next(iter(worlds.values())))
    path = roll(world, Future(future.id, future.factors, (*future.shocks, *shocks)), choices, years)
    return [[e.price(*node) for node in nodes] for e in path.years]
