"""Figures of market and risk: prices and flows under a shock, who can hurt whom, what leverage is worth."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from gadolin.figures.bars import RangeDots
from gadolin.figures.grammar import Figure
from gadolin.figures.lines import Bands
from gadolin.figures.matrices import PartnerMatrix
from gadolin.market.leader import Payoffs
from gadolin.risk.shocks import ChokeRank
from gadolin.risk.stresses import Stress
from gadolin.stages import STAGE_WORDS

__all__ = ["choke", "flows", "leverage", "price_bands", "price_ratios"]


def price_ratios(found: Stress, refs: tuple[str, ...], most: int = 10) -> Figure:
    """Price over the price without the shock, by good and region, largest first among those that move money.

    Args:
        found: A stress test.
        refs: Refs of the base year it stands on.
        most: How many rows are drawn.
    """
    top = found.prices.head(most)
    data = pd.DataFrame(
        {
            "item": [f"{named(g)} in {r}" for g, r in zip(top.good, top.region, strict=True)],
            "value": top.ratio,
            "low": top.ratio_low,
            "high": top.ratio_high,
            "basis": "estimate",
        }
    )
    first = top.iloc[0]
    return Figure(
        id="stress-prices",
        finding=f"The price of {named(first.good)} in {first.region} moves most: what passes there costs "
        f"{abs(first.bill_musd):,.0f} million US dollars {'more' if first.bill_musd > 0 else 'less'}",
        unit=f"price over price without the shock, {found.year}; median and 5 to 95 % over {found.futures} futures",
        data=data,
        marks=RangeDots(reference=1.0, reference_label="no change", unit_short="times"),
        refs=refs,
        note="Prices that move little money come last. A year is the shortest step; the futures carry no odds.",
    )


def price_bands(found: Stress, refs: tuple[str, ...]) -> Figure | None:
    """Price of the good that moves most, year by year, with and without the shock; None when nothing is priced.

    Args:
        found: A stress test.
        refs: Refs of the base year it stands on.
    """
    if found.bands.empty:
        return None
    first = found.bands.iloc[0]
    part = found.bands[(found.bands.good == first.good) & (found.bands.region == first.region)]
    data = pd.DataFrame(
        {
            "year": part.year,
            "series": part.path,
            "p05": part.price_usd_per_kg_low,
            "p25": part.price_usd_per_kg_p25,
            "p50": part.price_usd_per_kg,
            "p75": part.price_usd_per_kg_p75,
            "p95": part.price_usd_per_kg_high,
        }
    )
    return Figure(
        id="stress-bands",
        finding=_bent(part, f"{named(first.good)} in {first.region}"),
        unit=f"US dollars per kg without tax; median, 50 and 90 % bands over {found.futures} futures",
        data=data,
        marks=Bands("USD/kg"),
        refs=refs,
        note="Nobody looks ahead in the model, so no price moves before the shock.",
    )


def _bent(part: pd.DataFrame, what: str) -> str:
    """What the shock does to the median price of one good in one region, and in which year most."""
    wide = part.pivot(index="year", columns="path", values="price_usd_per_kg")
    change = wide["with the shock"] - wide["without the shock"]
    most = change.abs().idxmax()
    if change[most] == 0:
        return f"The shock leaves the median price of {what} as it is"
    return f"The shock makes {what} {'dearer' if change[most] > 0 else 'cheaper'}, most of all in {most}"


def flows(found: Stress, refs: tuple[str, ...], most: int = 6) -> Figure | None:
    """Flows before and after the shock, in pairs, those it is about first; None when no flow changes.

    Args:
        found: A stress test.
        refs: Refs of the base year it stands on.
        most: How many routes are drawn.
    """
    if found.replaced.empty:
        return None
    rows = []
    for row in found.replaced.head(most).to_dict("records"):
        way = f"{named(row['good'])} {row['origin']} to {row['destination']}"
        for when, column in (("before", "before_kt_product"), ("after", "after_kt_product")):
            value, low, high = (1000 * row[f"{column}{t}"] for t in ("", "_low", "_high"))
            rows.append({"item": f"{way}, {when}", "value": value, "low": low, "high": high, "basis": "estimate"})
    first = found.replaced.iloc[0]
    gained = "more" if first.change_kt_product > 0 else "less"
    return Figure(
        id="stress-flows",
        finding=f"{_start(gained)} {named(first.good)} goes from {first.origin} to {first.destination}",
        unit=f"tonnes in {found.year}; median and 5 to 95 % over {found.futures} futures",
        data=pd.DataFrame(rows),
        marks=RangeDots(unit_short="t"),
        refs=refs,
        note="Before: the same futures and year without the shock.",
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
            "item": [f"{a}, {STAGE_WORDS[str(s)]}" for a, s in zip(top.actor, top.stage, strict=True)],
            "value": top.lost_use_musd,
            "low": top.lost_use_musd_low,
            "high": top.lost_use_musd_high,
            "basis": "estimate",
        }
    )
    return Figure(
        id=f"choke-{_slug(found.country)}",
        finding=f"{found.country} loses most when {top.actor.iloc[0]} stops {_DOING[str(top.stage.iloc[0])]}",
        unit="use lost in a year at base prices, million US dollars; span over the elasticities of demand",
        data=data,
        marks=RangeDots(unit_short="million US dollars"),
        refs=refs,
        note="One actor and stage at a time; users answer by prior elasticities, half to twice; one clay vector.",
    )


def leverage(found: Payoffs, refs: tuple[str, ...], partners: tuple[str, ...], most: int = 8) -> Figure:
    """What export cuts pay their author and cost others: the deepest and longest cut of each stage and target set.

    Args:
        found: A payoff table.
        refs: Refs of the base year it stands on.
        partners: Regions with a column of their own.
        most: How many policies are drawn, dearest for others first.
    """
    deepest = found.table().sort_values(["depth_share", "months"], kind="stable").groupby(["stage", "targets"]).tail(1)
    table = deepest.sort_values("others_lose_musd", ascending=False, kind="stable").head(most)
    columns = {f"{found.actor} revenue": ("revenue_change_musd", 1.0)}
    columns |= {f"{found.actor} further down": ("downstream_cost_musd", -1.0), "all others": ("others_lose_musd", -1.0)}
    columns |= {f"{r}": (f"{r}_loses_musd", -1.0) for r in partners if f"{r}_loses_musd" in table}
    rows = []
    for name, (column, sign) in columns.items():
        gain = sign * table[column]
        ranks = gain.rank(method="average")
        for row, value, rank in zip(table.to_dict("records"), gain, ranks, strict=True):
            score = (rank - 0.5) / len(table)
            shown = f"{value:+,.0f}" if round(value) else "0"
            cell = {"partner": _policy(row), "criterion": name, "score": score, "shown": shown, "basis": "estimate"}
            rows.append(cell)
    first = table.iloc[0]
    own = "gains" if first.revenue_change_musd > 0 else "loses"
    span = "1 year" if found.years == 1 else f"{found.years} years"
    depth, months = float(table.depth_share.max()), int(table.months.max())
    return Figure(
        id=f"leverage-{_slug(found.actor)}",
        finding=f"A cut of {_policy(first)} costs others most; {found.actor} itself {own} revenue by it",
        unit=f"gain (+) or loss (-) of the party in the column, million US dollars over {span}; "
        f"cut of {100 * depth:.0f} % for {months} months",
        data=pd.DataFrame(rows),
        marks=PartnerMatrix(),
        refs=refs,
        note="The shade ranks the policies for the party of the column. A partner gains where its own plants and stock "
        "holders sell at the scarce price more than its users lose. No retaliation, no entry; all estimates.",
    )


def _policy(row: Mapping[str, Any] | pd.Series) -> str:
    """What is cut, and to whom."""
    aimed = str(row["targets"]).split(", ")
    who = aimed[0] + (f" and {len(aimed) - 1} more" if len(aimed) > 1 else "")
    good = _GOODS.get(str(row["stage"]), str(row["stage"]))
    return f"{good} to {who}"


_GOODS = {"mine": "concentrates", "cracking_leaching": "carbonate", "separation": "oxides", "metal": "metals"}
_GOODS |= {"alloy": "alloys", "magnet": "magnets"}
"""What leaves a stage."""

_DOING = {"mine": "mining", "beneficiation": "beneficiation", "cracking_leaching": "cracking and leaching"}
_DOING |= {"separation": "separating", "metal": "making metals", "alloy": "making alloys", "magnet": "making magnets"}
_DOING |= {"use": "its own use", "recycling": "recycling"}
"""What an actor stops who stops at a stage."""


def _slug(name: str) -> str:
    """A name as part of a figure's id."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _start(words: str) -> str:
    """Words with a capital at the start and nothing else changed."""
    return words[:1].upper() + words[1:]


def named(good: str) -> str:
    """`oxide:Dy` as `oxide of Dy`, `magnet:H` as `magnet H`.

    >>> named("oxide:Dy")
    'oxide of Dy'
    >>> named("mixed_carbonate:bayan_obo")
    'mixed carbonate Bayan Obo'
    """
    kind, _, what = good.partition(":")
    what = what.replace("_", " ").title() if "_" in what else what
    words = kind.replace("_", " ")
    return f"{words} of {what}" if kind in ("oxide", "metal") else f"{words} {what}"
