"""The market under a shock: what ends the pause of the Chinese rules, who loses what, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from gadolin.brief.report import Report
from gadolin.brief.section import Fact, Paragraph, Part, Section, Table
from gadolin.case import Case
from gadolin.errors import InputError
from gadolin.figures import market as figures
from gadolin.figures.language import Told
from gadolin.figures.names import country_name, in_words
from gadolin.market import World, payoffs
from gadolin.market.futures import sample
from gadolin.market.leader import Payoffs
from gadolin.market.shorthand import SHIPPED, named
from gadolin.market.years import Choices
from gadolin.quantity import Quantity
from gadolin.risk.shocks import ChokeRank, choke_ranks
from gadolin.risk.stresses import Stress, stress
from gadolin.stages import STAGE_WORDS

ORDER = 50
SHOCK = "pause-ends"
_MOST_FUTURES = 16
_CUSTOMERS = ("JPN", "USA", "EUU")
_DOMINANT = "CHN"
_TARGETS = ((), ("JPN",), ("EUU", "JPN", "KOR", "USA"))
_PAUSE = ("policies:CHN-10:end_date", "policies:CHN-06:description")


@dataclass(frozen=True)
class _Results:
    """What the section and its tables are made of."""

    test: Stress
    ranks: tuple[ChokeRank, ...]
    payoffs: Payoffs
    refs: tuple[str, ...]


def sections(report: Report) -> list[Section]:
    """The stress test of the case country and of its customers; none where the tables lack what it needs."""
    try:
        found = _in_words(_results(report), report.case)
    except InputError:
        return []
    test, refs = found.test, found.refs
    drawn = (figures.price_ratios(test, refs), figures.price_bands(test, refs), figures.flows(test, refs))
    home = country_name(report.case, report.case.country)
    parts: list[Part] = [
        *_part_of(report.case, home, refs),
        Paragraph(
            "The shock: the pause of the Chinese licence rules ends on {day} and the rules bind at once. {what}.",
            {
                "day": Fact("2026-11-10", _PAUSE, "reported"),
                "what": Fact(_sentence(SHIPPED[SHOCK].about), _PAUSE, "estimate"),
            },
        ),
        _prices(test, refs),
        *(figure for figure in drawn if figure is not None),
        _losses(test, refs),
    ]
    for rank in found.ranks:
        if not rank.table().empty:
            parts.append(_choke(rank, refs))
    parts += [figures.choke(found.ranks[0], refs), _leverage(found.payoffs, refs)]
    customers = tuple(country_name(report.case, code) for code in _CUSTOMERS)
    parts.append(figures.leverage(found.payoffs, refs, customers))
    parts += [Paragraph("Assumed: {text}.", {"text": Fact(text, refs, "estimate")}) for text in test.assumptions]
    first = found.payoffs.table().sort_values("others_lose_musd", ascending=False).iloc[0]
    finding = Told("Customers can be hurt most at the stage: {stage}", stage=STAGE_WORDS[str(first.stage)])
    return [Section("shocks", Told("Stress test of {home} and of its customers", home=home), finding, parts)]


def _in_words(found: _Results, case: Case) -> _Results:
    """The same results with names for the codes of countries and regions."""

    def named_in(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
        return frame.assign(**{c: [country_name(case, code) for code in frame[c]] for c in columns if c in frame})

    test = found.test
    test = replace(
        test,
        prices=named_in(test.prices, "region"),
        losses=named_in(test.losses, "region"),
        replaced=named_in(test.replaced, "origin", "destination"),
        bands=named_in(test.bands, "region"),
        assumptions=tuple(in_words(case, a) for a in test.assumptions),
    )
    ranks = tuple(ChokeRank(country_name(case, r.country), named_in(r.table(), "actor")) for r in found.ranks)
    paid = found.payoffs.table()
    paid = paid.assign(targets=[", ".join(country_name(case, c) for c in str(t).split(",")) for t in paid["targets"]])
    ends = ("_loses_musd", "_loses_musd_low", "_loses_musd_high")
    heads = {f"{c}{end}": f"{country_name(case, c)}{end}" for c in _CUSTOMERS for end in ends}
    payoffs_ = replace(found.payoffs, actor=country_name(case, _DOMINANT), table_=paid.rename(columns=heads))
    return replace(found, test=test, ranks=ranks, payoffs=payoffs_)


def _part_of(case: Case, home: str, refs: tuple[str, ...]) -> list[Part]:
    """The sentence that says in which region of the market a country without a region of its own stands."""
    region = case.inputs.region_of()
    if region == case.country:
        return []
    where = {"country": Fact(home, refs), "region": Fact(country_name(case, region), refs)}
    return [Paragraph("The market has no {country} of its own; its part is that of {region} below.", where)]


def tables(report: Report) -> dict[str, tuple[pd.DataFrame, dict[str, str]]]:
    """Price ratios of the stress test, the choke ranks and the leverage table as tables of the run."""
    try:
        found = _results(report)
    except InputError:
        return {}
    test, refs = found.test, found.refs
    rows = {
        f"{row['region']}.{row['good'].replace(':', '.')}": (row["ratio"], row["ratio_low"], row["ratio_high"])
        for row in test.prices.head(40).to_dict("records")
    }
    prices = _frame({k: ("price over price without the shock", "ratio", *v) for k, v in rows.items()}, refs)
    lost: dict[str, tuple[Any, ...]] = {}
    for rank in found.ranks:
        for row in rank.table().to_dict("records"):
            name, what = f"{rank.country}.{row['actor']}.{row['stage']}", "use lost when the actor stops at the stage"
            lost[name] = (what, "million USD", *_three(row, "lost_use_musd"))
    paid: dict[str, tuple[Any, ...]] = {}
    for row in found.payoffs.table().to_dict("records"):
        cut = f"{row['stage']}.{row['targets'].replace(',', '-')}.{100 * row['depth_share']:.0f}pct.{row['months']}mo"
        for column, what in _PAID.items():
            paid[f"{cut}.{column}"] = (what, "million USD", *_three(row, column))
    method = "risk.stress: each future rolled with and without the shock; median, 5 and 95 % over futures"
    return {
        "stress": (prices, {"value": method}),
        "choke": (_frame(lost, refs), {"value": "risk.choke_rank: one actor and stage withdrawn at a time"}),
        "leverage": (
            _frame(paid, refs),
            {"value": "market.payoffs: each export cut against the same years without it"},
        ),
    }


_PAID = {
    "revenue_change_musd": "change of export revenue of the author of the cut",
    "downstream_cost_musd": "loss of its own plants further down and of its users",
    "others_lose_musd": "loss of surplus of all other regions",
}


_FELT_MUSD = 0.5
"""Below it a cut rounds to nothing for everybody."""


def _three(row: dict[str, Any], name: str) -> tuple[float, float, float]:
    return row[name], row[f"{name}_low"], row[f"{name}_high"]


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


def _results(report: Report) -> _Results:
    """Stress test, choke ranks of the case country and its customers, leverage, and the refs they stand on."""

    def compute() -> _Results:
        drawn = sample(min(report.futures, _MOST_FUTURES), report.seed)
        worlds = report.case.inputs.worlds_of(drawn)
        first, country = next(iter(worlds.values())), report.case.inputs.region_of()
        plants = Choices(builds=report.case.inputs.builds_of(first))
        test = stress(worlds, named(SHOCK), drawn, country, plants, report.workers, report.seed)
        users = {d.region for d in first.demands}
        asked = dict.fromkeys((country, *_CUSTOMERS))
        ranks = choke_ranks(first, [who for who in asked if who in users], _STAGES, (_DOMINANT,))
        months = (3, 12) if report.futures > _MOST_FUTURES else (12,)
        low = report.case.inputs.chokes_of()[:1]
        paid = payoffs(first, _DOMINANT, _TARGETS, depths=(0.5, 1.0), months=months, chokes=low, workers=report.workers)
        return _Results(test, ranks, paid, _refs(first))

    return report.once("shocks", compute)


_STAGES = ("mine", "cracking_leaching", "separation", "metal", "magnet")


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
            Fact(figures.good_in(row["good"], row["region"]), refs),
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
            Fact(figures.actor_at(row["actor"], row["stage"]), refs),
            _range(row, "lost_use_musd", "million USD", refs),
            _percent(row, "served_share", refs),
        )
        for row in rank.table().head(5).to_dict("records")
    ]
    return Table(
        Told("{country}: what it loses when one actor stops at one stage", country=rank.country),
        ("Actor and stage", "Use lost in a year", "Still served"),
        rows,
        "Span over the elasticities of demand, half to twice their priors; one vector of the clays.",
    )


def _leverage(found: Payoffs, refs: tuple[str, ...]) -> Table:
    table = found.table().sort_values("others_lose_musd", ascending=False, kind="stable")
    felt = table[(table[list(_PAID)].abs() >= _FELT_MUSD).any(axis=1)]
    top = felt.groupby("stage").head(3)
    rows = [
        (
            Fact(
                Told(
                    "{stage} to {who}, {depth} % for {months} months",
                    stage=STAGE_WORDS[str(row["stage"])],
                    who=str(row["targets"]).split(", "),
                    depth=f"{100 * row['depth_share']:.0f}",
                    months=f"{row['months']}",
                ),
                refs,
            ),
            *(_range(row, name, "million USD", refs) for name in _PAID),
        )
        for row in top.to_dict("records")
    ]
    return Table(
        Told("What an export cut would pay {actor}, and cost", actor=found.actor),
        ("Cut", "Its export revenue", "Cost further down at home", "Loss of all others"),
        rows,
        "No retaliation, no entry. A negative cost is a gain from cheap inputs. What a policy would pay, not what is "
        "chosen; span over the elasticities of demand, and down to a lower price at which uses give up. "
        "Cuts that nobody feels are left out.",
    )


def _range(row: dict[str, Any], name: str, unit: str, refs: tuple[str, ...]) -> Quantity:
    """A result with its span, to a dollar: what is less is the residual of the solver."""
    value, low, high = (round(v, 6) + 0.0 for v in _three(row, name))
    return Quantity(value, unit, low, high, "estimate", refs)


def _percent(row: dict[str, Any], name: str, refs: tuple[str, ...]) -> Quantity:
    value, low, high = (100 * v for v in _three(row, name))
    return Quantity(value, "%", low, high, "estimate", refs)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
