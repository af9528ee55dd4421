"""Figures of market and risk: prices and flows under a shock, who can hurt whom, what leverage is worth."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from gadolin.figures.grammar import Figure
from gadolin.figures.language import Told
from gadolin.figures.lines import Bands
from gadolin.figures.matrices import PartnerMatrix
from gadolin.figures.range_dots import RangeDots
from gadolin.figures.rows_behind import worded
from gadolin.market.leader import Payoffs
from gadolin.risk.shocks import ChokeRank
from gadolin.risk.stresses import Stress
from gadolin.stages import STAGE_WORDS

__all__ = ["actor_at", "choke", "flows", "good_in", "leverage", "named", "price_bands", "price_ratios"]


def price_ratios(found: Stress, refs: tuple[str, ...], most: int = 10) -> Figure:
    """Price over the price without the shock, by good and region, largest first among those that move money.

    Args:
        found: A stress test.
        refs: Refs of the base year it stands on.
        most: How many rows are drawn.
    """
    top = found.prices.head(most)
    data = worded(
        {
            "item": [good_in(g, r) for g, r in zip(top.good, top.region, strict=True)],
            "value": top.ratio,
            "low": top.ratio_low,
            "high": top.ratio_high,
            "basis": ["estimate"] * len(top),
        }
    )
    first = top.iloc[0]
    dearer, cheaper = (
        "The price of {good} moves most: what passes there costs {money} million US dollars more",
        "The price of {good} moves most: what passes there costs {money} million US dollars less",
    )
    return Figure(
        id="stress-prices",
        finding=Told(
            dearer if first.bill_musd > 0 else cheaper,
            good=good_in(first.good, first.region),
            money=f"{abs(first.bill_musd):,.0f}",
        ),
        unit=Told(
            "price over price without the shock, {year}; median and 5 to 95 % over {count} futures",
            year=f"{found.year}",
            count=f"{found.futures}",
        ),
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
    data = worded(
        {
            "year": part.year,
            "series": [Told(str(path)) for path in part.path],
            "p05": part.price_usd_per_kg_low,
            "p25": part.price_usd_per_kg_p25,
            "p50": part.price_usd_per_kg,
            "p75": part.price_usd_per_kg_p75,
            "p95": part.price_usd_per_kg_high,
        }
    )
    return Figure(
        id="stress-bands",
        finding=_bent(part, good_in(first.good, first.region)),
        unit=Told(
            "US dollars per kg without tax; median, 50 and 90 % bands over {count} futures", count=f"{found.futures}"
        ),
        data=data,
        marks=Bands("USD/kg"),
        refs=refs,
        note="Nobody looks ahead in the model, so no price moves before the shock.",
    )


def _bent(part: pd.DataFrame, what: Told) -> Told:
    """What the shock does to the median price of one good in one region, and in which year most."""
    wide = part.pivot(index="year", columns="path", values="price_usd_per_kg")
    change = wide["with the shock"] - wide["without the shock"]
    most = change.abs().idxmax()
    if change[most] == 0:
        return Told("The shock leaves the median price of {good} as it is", good=what)
    dearer, cheaper = (
        "The shock makes {good} dearer, most of all in {year}",
        "The shock makes {good} cheaper, most of all in {year}",
    )
    return Told(dearer if change[most] > 0 else cheaper, good=what, year=f"{most}")


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
        way = {"good": named(row["good"]), "origin": row["origin"], "destination": row["destination"]}
        for words, column in (
            ("{good}, {origin} to {destination}, before", "before_kt_product"),
            ("{good}, {origin} to {destination}, after", "after_kt_product"),
        ):
            value, low, high = (1000 * row[f"{column}{t}"] for t in ("", "_low", "_high"))
            rows.append({"item": Told(words, **way), "value": value, "low": low, "high": high, "basis": "estimate"})
    first = found.replaced.iloc[0]
    more, less = (
        "More {good} goes from {origin} to {destination}",
        "Less {good} goes from {origin} to {destination}",
    )
    return Figure(
        id="stress-flows",
        finding=Told(
            more if first.change_kt_product > 0 else less,
            good=named(first.good),
            origin=first.origin,
            destination=first.destination,
        ),
        unit=Told(
            "tonnes in {year}; median and 5 to 95 % over {count} futures",
            year=f"{found.year}",
            count=f"{found.futures}",
        ),
        data=worded({name: [row[name] for row in rows] for name in rows[0]}),
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
    data = worded(
        {
            "item": [actor_at(a, s) for a, s in zip(top.actor, top.stage, strict=True)],
            "value": top.lost_use_musd,
            "low": top.lost_use_musd_low,
            "high": top.lost_use_musd_high,
            "basis": ["estimate"] * len(top),
        }
    )
    return Figure(
        id=f"choke-{_slug(found.country)}",
        finding=Told(
            "{country} loses most when {actor} stops {doing}",
            country=found.country,
            actor=top.actor.iloc[0],
            doing=_DOING[str(top.stage.iloc[0])],
        ),
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
    columns: dict[str, tuple[str, float]] = {
        Told("{actor}, revenue", actor=found.actor): ("revenue_change_musd", 1.0),
        Told("{actor}, further down", actor=found.actor): ("downstream_cost_musd", -1.0),
        Told("all others"): ("others_lose_musd", -1.0),
    }
    columns |= {Told(r): (f"{r}_loses_musd", -1.0) for r in partners if f"{r}_loses_musd" in table}
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
    gains, loses = (
        "A cut of {policy} costs others most; {actor} itself gains revenue by it",
        "A cut of {policy} costs others most; {actor} itself loses revenue by it",
    )
    span = Told("1 year") if found.years == 1 else Told("{count} years", count=f"{found.years}")
    depth, months = float(table.depth_share.max()), int(table.months.max())
    return Figure(
        id=f"leverage-{_slug(found.actor)}",
        finding=Told(gains if first.revenue_change_musd > 0 else loses, policy=_policy(first), actor=found.actor),
        unit=Told(
            "gain (+) or loss (-) of the party in the column, million US dollars over {span}; "
            "cut of {depth} % for {months} months",
            span=span,
            depth=f"{100 * depth:.0f}",
            months=f"{months}",
        ),
        data=worded({name: [row[name] for row in rows] for name in rows[0]}),
        marks=PartnerMatrix(),
        refs=refs,
        note="The shade ranks the policies for the party of the column. A partner gains where its own plants and stock "
        "holders sell at the scarce price more than its users lose. No retaliation, no entry; all estimates.",
    )


def _policy(row: Mapping[str, Any] | pd.Series) -> Told:
    """What is cut, and to whom."""
    first, *others = str(row["targets"]).split(", ")
    who = Told("{first} and {count} more", first=first, count=f"{len(others)}") if others else first
    return Told("{good} to {who}", good=_GOODS.get(str(row["stage"]), str(row["stage"])), who=who)


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


def good_in(good: str, region: str) -> Told:
    """A good in a region, e.g. `oxide of Tb in China`."""
    return Told("{good} in {region}", good=named(good), region=region)


def actor_at(actor: str, stage: str) -> Told:
    """Who acts at which stage, e.g. `China, separation`."""
    return Told("{actor}, {stage}", actor=actor, stage=STAGE_WORDS[str(stage)])


def named(good: str) -> Told:
    """`oxide:Dy` as `oxide of Dy`, `magnet:H` as `magnet H`.

    >>> named("oxide:Dy")
    'oxide of Dy'
    >>> named("mixed_carbonate:bayan_obo")
    'mixed carbonate Bayan Obo'
    """
    kind, _, what = good.partition(":")
    what = what.replace("_", " ").title() if "_" in what else what
    words = kind.replace("_", " ")
    return Told("{good} of {what}" if kind in ("oxide", "metal") else "{good} {what}", good=words, what=what)
