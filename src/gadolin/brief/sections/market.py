"""The market under a shock: what ends the pause of the Chinese rules, who loses what, and how sure that is."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gadolin.brief.report import Report
from gadolin.brief.section import Fact, Paragraph, Part, Section, Table
from gadolin.errors import InputError
from gadolin.figures import market as figures
from gadolin.market import World
from gadolin.market.futures import sample
from gadolin.market.shorthand import SHIPPED, named
from gadolin.quantity import Quantity
from gadolin.risk.shocks import ChokeRank, choke_rank
from gadolin.risk.stress import Stress, stress

ORDER = 50
SHOCK = "pause-ends"
_MOST_FUTURES = 16
_CUSTOMER = "JPN"


def sections(report: Report) -> list[Section]:
    """The stress test of the case country and of its largest customer; none where the tables lack what it needs."""
    try:
        test, ours, theirs, refs = _results(report)
    except InputError:
        return []
    parts: list[Part] = [
        Paragraph(
            "The shock is that the pause of the Chinese licence rules ends on {day} and the rules bind at once. What "
            "share is refused and how long a licence takes is estimated: {what}.",
            {
                "day": Fact("10 November 2026", ("policies:CHN-10:end_date",), "reported"),
                "what": Fact(SHIPPED[SHOCK][1], ("policies:CHN-10:end_date",), "estimate"),
            },
        ),
        _prices(test, refs),
        figures.price_ratios(test, refs),
        _losses(test, refs),
    ]
    for rank in (ours, theirs):
        if not rank.table().empty:
            parts += [_choke(rank, refs), figures.choke(rank, refs)]
    parts += [Paragraph("Assumed: {text}.", {"text": Fact(text, refs, "estimate")}) for text in test.assumptions]
    finding = "Oxides under licence rise abroad; the way from metal to magnet is where customers can be hurt"
    return [Section("shocks", "Market and shocks", finding, parts)]


def tables(report: Report) -> dict[str, tuple[pd.DataFrame, dict[str, str]]]:
    """Price ratios of the stress test and the choke ranks as tables of the run."""
    try:
        test, ours, theirs, refs = _results(report)
    except InputError:
        return {}
    rows = {
        f"{row['region']}.{row['good'].replace(':', '.')}": (row["ratio"], row["ratio_low"], row["ratio_high"])
        for row in test.prices.head(40).to_dict("records")
    }
    prices = _frame({k: ("price over price without the shock", "ratio", *v) for k, v in rows.items()}, refs)
    lost: dict[str, tuple[Any, ...]] = {}
    for rank in (ours, theirs):
        for row in rank.table().to_dict("records"):
            name = f"{rank.country}.{row['actor']}.{row['stage']}"
            lost[name] = ("use lost when the actor stops at the stage", "million USD", row["lost_use_musd"], None, None)
    method = "risk.stress: each future rolled with and without the shock; median, 5 and 95 % over futures"
    return {
        "stress": (prices, {"value": method}),
        "choke": (_frame(lost, refs), {"value": "risk.choke_rank: one actor and stage withdrawn at a time"}),
    }


def _frame(rows: dict[str, tuple[Any, ...]], refs: tuple[str, ...]) -> pd.DataFrame:
    what, unit, value, low, high = (list(part) for part in zip(*rows.values(), strict=True))
    return pd.DataFrame(
        {
            "what": what,
            "value": value,
            "low": pd.array(low, dtype="Float64"),
            "high": pd.array(high, dtype="Float64"),
            "unit": unit,
            "basis": "estimate",
            "refs": [list(refs)] * len(rows),
        },
        index=pd.Index(list(rows), name="row_id"),
    )


def _results(report: Report) -> tuple[Stress, ChokeRank, ChokeRank, tuple[str, ...]]:
    """Stress test, choke ranks of the case country and its customer, and the refs they stand on."""

    def compute() -> tuple[Stress, ChokeRank, ChokeRank, tuple[str, ...]]:
        drawn = sample(min(report.futures, _MOST_FUTURES), report.seed)
        clays = sorted({str(f.factors["clay"]) for f in drawn})
        worlds: dict[str, World] = {clay: report.case.inputs.world_of(clay=clay) for clay in clays}
        first = worlds[clays[0]]
        country = report.case.country if report.case.country in first.regions else "RST"
        test = stress(worlds, named(SHOCK), drawn, country, workers=1, seed=report.seed)
        return test, choke_rank(first, country), choke_rank(first, _CUSTOMER), _refs(first)

    return report.once("shocks", compute)


def _refs(world: World) -> tuple[str, ...]:
    """Refs of the facts of output, shares and magnets: one row each, trade by its largest flows."""
    if world.calibration is None:
        return ()
    facts = world.calibration.facts
    seen = facts[facts.observed & (facts.refs.map(len) > 0)]
    large = seen.sort_values("value_kt_product", ascending=False).head(12)
    return tuple(dict.fromkeys(refs[0] for refs in large.refs))


def _prices(test: Stress, refs: tuple[str, ...]) -> Table:
    rows = [
        (
            Fact(f"{row['good']} in {row['region']}", refs),
            Quantity(row["ratio"], "ratio", row["ratio_low"], row["ratio_high"], "estimate", refs),
        )
        for row in test.prices.head(10).to_dict("records")
    ]
    return Table(
        "Price over the price without the shock",
        ("Good", "Ratio"),
        rows,
        "Median and the span of the futures, which carry no odds.",
    )


def _losses(test: Stress, refs: tuple[str, ...]) -> Table:
    rows = [
        (
            Fact(str(row["region"]), refs),
            _range(row, "lost_use_musd", "million USD", refs),
            _range(row, "surplus_musd", "million USD", refs),
        )
        for row in test.losses.head(6).to_dict("records")
    ]
    return Table(
        "Who loses what",
        ("Region", "Use lost at base prices", "Surplus lost"),
        rows,
        "A negative loss of surplus is a gain: makers outside the shock sell dearer.",
    )


def _choke(rank: ChokeRank, refs: tuple[str, ...]) -> Table:
    rows = [
        (
            Fact(f"{row['actor']}, {str(row['stage']).replace('_', ' ')}", refs),
            Quantity(row["lost_use_musd"], "million USD", None, None, "estimate", refs),
            Quantity(100 * row["served_share"], "%", None, None, "estimate", refs),
        )
        for row in rank.table().head(6).to_dict("records")
    ]
    return Table(
        f"What {rank.country} loses when one actor stops at one stage",
        ("Actor and stage", "Use lost in a year", "Still served"),
        rows,
        "One calibration and one clay, so no range is known.",
    )


def _range(row: dict[str, Any], name: str, unit: str, refs: tuple[str, ...]) -> Quantity:
    return Quantity(row[name], unit, row[f"{name}_low"], row[f"{name}_high"], "estimate", refs)
