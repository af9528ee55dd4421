"""Figures of market and risk: what a shock does to prices, and who can hurt whom at which stage."""

from __future__ import annotations

import math

import pandas as pd

from gadolin.figures.bars import RangeDots
from gadolin.figures.grammar import Figure
from gadolin.risk.shocks import ChokeRank
from gadolin.risk.stress import Stress

__all__ = ["choke", "price_ratios"]


def price_ratios(found: Stress, refs: tuple[str, ...], most: int = 10) -> Figure:
    """Price over the price without the shock, by good and region, largest first.

    Args:
        found: A stress test.
        refs: Refs of the base year it stands on.
        most: How many rows are drawn.
    """
    top = found.prices.head(most)
    data = pd.DataFrame(
        {
            "item": [f"{g} in {r}" for g, r in zip(top.good, top.region, strict=True)],
            "value": top.ratio,
            "low": top.ratio_low,
            "high": top.ratio_high,
            "basis": "estimate",
        }
    )
    return Figure(
        id="stress-prices",
        finding="Prices move most where the shock closes the route",
        unit=f"price over price without the shock, {found.year}; median and 5 to 95 % over {found.futures} futures",
        data=data,
        marks=RangeDots(reference=1.0, reference_label="no change", unit_short="times"),
        refs=refs,
        note="a year is the shortest step; the futures carry no odds",
    )


def choke(found: ChokeRank, refs: tuple[str, ...], most: int = 8) -> Figure:
    """Lost use when one actor stops at one stage, largest first.

    Args:
        found: A choke rank.
        refs: Refs of the base year it stands on.
        most: How many rows are drawn.
    """
    top = found.table().head(most)
    data = pd.DataFrame(
        {
            "item": [f"{a}, {s.replace('_', ' ')}" for a, s in zip(top.actor, top.stage, strict=True)],
            "value": top.lost_use_musd,
            "low": math.nan,
            "high": math.nan,
            "basis": "estimate",
        }
    )
    return Figure(
        id=f"choke-{found.country.lower()}",
        finding=f"{found.country} loses most when {top.actor.iloc[0]} stops at {top.stage.iloc[0]}",
        unit="use lost in a year at base prices, million US dollars; one actor and stage at a time",
        data=data,
        marks=RangeDots(unit_short="million US dollars"),
        refs=refs,
        note="users answer by prior elasticities; no range: one calibration, one clay",
    )
