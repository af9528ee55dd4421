"""What to do: strategies of the case over the futures of the run, what cannot be, what flips the best."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from gadolin.brief.report import Report
from gadolin.brief.section import Cell, Fact, Paragraph, Part, Section, Table
from gadolin.case import Case
from gadolin.case.strategies import strategies_of
from gadolin.figures import strategy as figures
from gadolin.figures.language import Told, retold
from gadolin.figures.names import in_words, plant_name, state_name, strategy_name
from gadolin.quantity import Quantity
from gadolin.strategy import MEASURES, Comparison, Resolved, Switch, compare
from gadolin.strategy.compare import known_on
from gadolin.strategy.comparison import NEVER, wilson

ORDER = 60
_SHOWN = ("value_kept_musd", "public_cost_musd", "jobs_persons", "processed_share", "largest_partner_share",
          "cut_off_loss_musd")  # fmt: skip
_MORE = ("separation_year", "technology_year", "own_technology_year", "oxide_t_reo_per_year",
         "magnet_t_element_per_year")  # fmt: skip
_PEOPLE = ("graduates_persons", "skilled_persons", "contractors_persons", "experts_persons", "residue_t_gross",
           "residue_bq_per_g")  # fmt: skip
_EVENTS = (
    "if the ion clays of the world are like {clay}",
    "if the country's clay is like {ore}",
    "if {shock} comes in {year}",
    "if {country} stops helping in {year}",
)
"""What may happen, in the words of the comparison."""
_REASONS = (
    "licences to get and conditions to meet, {count} rules for this stage ({unsure} of them not certain to be in "
    "force): {rules}",
    "licences to get and conditions to meet, {count} rule for this stage ({unsure} of them not certain to be in "
    "force): {rules}",
    "{some} of {all} dated projects of this stage took {years} years or less",
    "{some} of {all} reported projects with this stage cost {cost} USD per tonne a year or less, in money of their "
    "day; {mixed} of them hold other stages too",
    "{some} of {all} reported projects with this stage cost {cost} USD per tonne a year or less, in money of their day",
    "its design leaves {tonnes} of solid residue at full rate; {activity}, {verdict}",
    "ore is reported at {ore} Bq/g against a control line of {line} Bq/g; residue that holds it {times} times "
    "enriched would need a licence of its own",
    "{technology}: rests on an exception {country} has spoken of; no text is signed",
    "{country} stops helping before building begins",
)
"""Why a plant cannot be, comes later or must be looked at, in the words of the findings."""
_WORDS = {m.name: m.words[:1].upper() + m.words[1:] for m in MEASURES}


def _comparison(report: Report) -> Comparison | None:
    """The comparison of the run; none for a case without strategies, or with none that was known at its date."""
    if not strategies_of(report.case) or not _known(report)[0]:
        return None
    return report.once("comparison", lambda: compare(report.case, report.futures, report.seed, report.workers))


def _known(report: Report) -> tuple[list[Resolved], dict[str, str]]:
    """Strategies that can be evaluated at the date of the case, and why the others cannot."""
    return report.once("strategies known", lambda: known_on(report.case, tuple(strategies_of(report.case))))


def sections(report: Report) -> list[Section]:
    """Strategies over futures; why they are not run where none can be, nothing where the case has none."""
    if not strategies_of(report.case):
        return []
    found = _comparison(report)
    if found is None:
        here = {s: (f"{report.case.name}/strategies/{s}.toml:1",) for s in _known(report)[1]}
        rows: list[tuple[Cell, ...]] = [
            (Fact(strategy_name(report.case, s), here[s]), Fact(why, here[s])) for s, why in _known(report)[1].items()
        ]
        table = Table("Why a strategy cannot be evaluated at this date", ("Strategy", "Not known"), rows)
        return [Section("strategies", "Strategies", "None could be evaluated at this date", [table])]
    titles = {s: strategy_name(report.case, s) for s in found.strategies}
    parts: list[Part] = [
        _how_many(report, found),
        _table(found, titles, "Strategies over the futures: median and range", _SHOWN),
        figures.value_kept(found, titles),
        _regret(found, titles),
        figures.regret(found, titles),
        _table(found, titles, "Capability and tonnes", _MORE),
        _table(found, titles, "Jobs by skill, and solid residue", _PEOPLE),
    ]
    states = _states(found, titles)
    parts += [states] if states is not None else []
    parts += [_cannot(report, found, titles), *_flips(report, found, titles)]
    said = [in_words(report.case, r) for r in found.remarks]
    parts += [Paragraph("Limit: {text}.", {"text": Fact(text, _all_refs(found))}) for text in said]
    finding = Paragraph("“{best}” keeps most value in the country at the median future", {"best": _name(found, titles)})
    return [Section("strategies", "Strategies", finding, parts)]


def _all_refs(found: Comparison) -> tuple[str, ...]:
    return found.refs[found.strategies[0]][:3]


def _named(found: Comparison, titles: Mapping[str, str], strategy: str) -> Fact:
    """Title of a strategy, which may hold a number of its own."""
    return Fact(titles[strategy], found.refs[strategy])


def _name(found: Comparison, titles: Mapping[str, str]) -> Fact:
    best = found.strategies[0]
    return Fact(titles[best], found.refs[best], "estimate")


def _how_many(report: Report, found: Comparison) -> Paragraph:
    refs = (report.case.line_ref("prices_until", "futures.toml"),) if _has_futures(report) else _all_refs(found)
    low, high = wilson(0.5, found.futures)
    half = Quantity(50.0, "%", 100 * low, 100 * high, "derived", refs)
    count = Quantity(float(found.futures), "count", basis="choice", refs=refs)
    return Paragraph(
        "Computed over {count} futures. A share of half of them stands for {half} of all that could be drawn. Futures "
        "explore; they carry no odds.",
        {"count": count, "half": half},
    )


def _has_futures(report: Report) -> bool:
    return report.case.folder is not None and (report.case.folder / "futures.toml").is_file()


def _table(found: Comparison, titles: Mapping[str, str], caption: str, measures: tuple[str, ...]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for s in found.strategies:
        cells: list[Cell] = []
        for m in measures:
            q = found.quantity(s, m)
            if q.value is None:
                cells.append("never" if q.reason == NEVER else str(q.reason))
            elif q.unit == "year":
                same = q.low == q.value == q.high
                years = f"{q.value:.0f}" if same else f"{q.value:.0f} ({q.low:.0f}-{q.high:.0f})"
                cells.append(Fact(years, q.refs, q.basis))
            else:
                cells.append(q)
        rows.append((_named(found, titles, s), *cells))
    return Table(caption, ("Strategy", *(_WORDS[m] for m in measures)), rows,
                 note="Definitions of the measures stand in the run's table of outcomes.")  # fmt: skip


def _regret(found: Comparison, titles: Mapping[str, str]) -> Table:
    table, single = found.regret(), found.regrets()
    rows: list[tuple[Cell, ...]] = []
    for s in found.strategies:
        row, refs = table.loc[s], found.refs[s]
        shares: list[Cell] = []
        for n in ("won_share", "satisfied_share"):
            if n == "satisfied_share" and not found.thresholds:
                shares.append(Quantity.missing("%", "futures.toml says nowhere what is good enough", refs))
                continue
            low, high = wilson(float(row[n]), found.futures)
            value = float(row[n])
            shares.append(Quantity(100 * value, "%", 100 * min(low, value), 100 * max(high, value), "derived", refs))
        low, middle, high = (float(single[s].quantile(q)) for q in (0.05, 0.5, 0.95))
        usual = Quantity(middle, "million USD", low, high, "estimate", refs)
        most = round(float(row["regret_max_musd"]))
        worst = Quantity(most, "million USD", most, most, "estimate", refs)
        rows.append((_named(found, titles, s), *shares, usual, worst))
    heads = ("Strategy", "Best in", "Good enough in", "Regret, median and range", "Regret, worst future")
    return Table("Who wins, and what is regretted", heads, rows)


def _states(found: Comparison, titles: Mapping[str, str]) -> Table | None:
    by = found.states()
    names = sorted({k for cells in by.values() for k in cells})
    if not names:
        return None
    rows: list[tuple[Cell, ...]] = [(_named(found, titles, s), *(by[s][n] for n in names)) for s in found.strategies]
    heads = ("Strategy", *(state_name(n.removeprefix("state:")) for n in names))
    return Table("Present value of what each state gets", heads, rows)


def _cannot(report: Report, found: Comparison, titles: Mapping[str, str]) -> Table:
    case = report.case
    rows: list[tuple[Cell, ...]] = []
    for s in found.strategies:
        for f in found.judged[s].findings:
            refs = f.refs or found.refs[s]
            when = Fact(str(f.earliest_year), refs) if f.earliest_year is not None else None
            plant = Fact(plant_name(case, f.plant), refs) if f.plant else "all"
            rows.append(
                (
                    _named(found, titles, s),
                    plant,
                    f.kind,
                    f.subject,
                    Fact(retold(in_words(case, f.reason), _REASONS), refs),
                    when,
                )
            )
        for (strategy, plant), (share, why) in found.not_built.items():
            if strategy == s:
                said = Told(
                    "in {share} % of futures: {why}",
                    share=f"{100 * share:.0f}",
                    why=retold(in_words(case, why), _REASONS),
                )
                rows.append(
                    (
                        _named(found, titles, s),
                        Fact(plant_name(case, plant), found.refs[s]),
                        "not built",
                        "future",
                        Fact(said, found.refs[s]),
                        None,
                    )
                )
    heads = ("Strategy", "Plant", "Kind", "About", "Reason", "Not before")
    return Table("What cannot be, what comes later, what must be known", heads, rows)


def _flips(report: Report, found: Comparison, titles: Mapping[str, str]) -> list[Part]:
    """What changes the best, one paragraph each; what does not, in one."""
    parts: list[Part] = []
    for switch in (w for w in found.switches if w.flips):
        refs = _switch_refs(report, found, switch)
        said = (_about(report.case, switch), titles[switch.below], titles[switch.above])
        about, below, above = (Fact(text, refs) for text in said)
        if switch.at is None or switch.low is None or switch.high is None:
            words = "The best strategy changes {about}: “{above}” is best, not “{below}”."
            parts.append(Paragraph(words, {"about": about, "below": below, "above": above}))
            continue
        at, low, high = (
            Fact(f"{v:.3g} {switch.unit}".removesuffix(" factor"), refs, "estimate")
            for v in (switch.at, switch.low, switch.high)
        )
        words = (
            "The best strategy depends on the {about}: “{below}” is best below {at}, “{above}” above it; looked at "
            "from {low} to {high}."
        )
        values = {"about": about, "below": below, "above": above, "at": at, "low": low, "high": high}
        parts.append(Paragraph(words, values))
    steady = [w for w in found.switches if not w.flips]
    if steady:
        refs = tuple(dict.fromkeys(r for w in steady for r in _switch_refs(report, found, w)))
        listed = Fact(Told("{list}", list=[_about(report.case, w) for w in steady]), refs)
        best = Fact(titles[steady[0].below], refs)
        words = "“{best}” stays best over the whole range of each of these, or when it happens: {listed}."
        parts.append(Paragraph(words, {"best": best, "listed": listed}))
    return parts


def _about(case: Case, switch: Switch) -> str:
    """What a switch is about, with names for ids."""
    return retold(in_words(case, switch.about), _EVENTS)


def _switch_refs(report: Report, found: Comparison, switch: Switch) -> tuple[str, ...]:
    """Where the range of a factor, or an event, stands."""
    if not _has_futures(report):
        return found.refs[switch.below][:3]
    kind = switch.factor.partition(" ")[0]
    listed = {"clay": "clays", "own_ore": "own_ore", "shock": "shocks", "withheld": "withheld"}.get(kind)
    key = f"factors.{switch.factor}" if listed is None else listed
    return (report.case.line_ref(key, "futures.toml"),)


def tables(report: Report) -> dict[str, tuple[pd.DataFrame, dict[str, str]]]:
    """Outcomes by strategy, by strategy and future, and regret."""
    found = _comparison(report)
    if found is None:
        return {}
    rows = {}
    for s in found.strategies:
        row: dict[str, object] = {}
        for m in MEASURES:
            q = found.quantity(s, m.name)
            row |= {m.name: q.value, f"{m.name}_low": q.low, f"{m.name}_high": q.high}
        rows[s] = row | {"basis": "estimate", "refs": list(found.sources[s])}
    outcomes = pd.DataFrame.from_dict(rows, orient="index")
    points = {"": "median over futures", "_low": "5 % point over futures", "_high": "95 % point over futures"}
    methods = {
        f"{m.name}{end}": f"{words} of: {m.definition} [{m.unit}; {m.room}]; no value means: {m.absent}"
        for m in MEASURES
        for end, words in points.items()
    }
    single = found.rows.copy()
    single.index = pd.Index([f"{s}.{f}" for s, f in zip(single["strategy"], single["future"], strict=True)])
    single["refs"] = [list(found.sources[str(s)]) for s in single["strategy"]]
    regret = found.regret()
    regret["refs"] = [list(found.sources[str(s)]) for s in regret.index]
    regret.index.name = None
    how = "value kept less than with the best strategy of the same future"
    return {
        "outcomes": (outcomes, methods),
        "outcomes_by_future": (single, {f"{m.name}{end}": m.definition for m in MEASURES for end in points}),
        "regret": (
            regret,
            {
                "regret_max_musd": f"most, of: {how}",
                "regret_p90_musd": f"90 % point of: {how}",
                "won_share": "share of futures in which it keeps most value, shared out where several do",
                "satisfied_share": "share of futures in which all thresholds of the case are met; no value: none set",
            },
        ),
    }
