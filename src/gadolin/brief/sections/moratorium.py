"""The export rules in force, and what trade data say: mass balance by year, indicators, what is not explained."""

from __future__ import annotations

from datetime import date

import pandas as pd

from gadolin.brief.report import Report
from gadolin.brief.section import Cell, Fact, Paragraph, Part, Section, Table
from gadolin.case import Case
from gadolin.errors import InputError
from gadolin.figures import moratorium as figures
from gadolin.figures.language import Told
from gadolin.moratorium import Rule, Rules
from gadolin.moratorium.leaks import EXPLANATIONS
from gadolin.moratorium.mass_balance import CODES
from gadolin.moratorium.mixture import Posterior
from gadolin.moratorium.vocabulary import SWITCHES
from gadolin.moratorium.watch import LeakReport, watch
from gadolin.quantity import Quantity

ORDER = 55
_RAW_STAGES = ("mining", "mixed_carbonate")
_STOPS = ("may_not_leave", "may_leave", "needs_permit", "owes_duty")


def sections(report: Report) -> list[Section]:
    """One section; none where the tables hold no export rule of the country."""
    rules = _in_force(report.case)
    if not rules:
        return []
    parts = _rules(report.case, rules)
    found = _watched(report)
    if found is None:
        return [Section("moratorium", "Export rules", "Rules on raw goods are in force", parts)]
    parts += _balance(report.case, found) + _leaks(report.case, found)
    out = any(b.stands_out for b in found.balance)
    finding = (
        "More leaves than licensed output and permits explain; the data cannot tell smuggling from legal causes"
        if out or not found.clean
        else "Nothing in the trade data speaks for raw goods beyond permits"
    )
    return [Section("moratorium", "Raw exports", finding, parts)]


def tables(report: Report) -> dict[str, tuple[pd.DataFrame, dict[str, str]]]:
    """Mass balance and posterior by year as tables of the run."""
    found = _watched(report)
    if found is None:
        return {}
    rows = [
        (f"{b.year}.{name}", b.year, name, q.value, q.low, q.high, q.unit, q.basis, list(q.refs))
        for b in found.balance
        for name, q in (("exports", b.exports), ("explained", b.explained), ("excess", b.excess))
        if q.known
    ]
    rows += [
        (f"{y.year}.not_explained", y.year, "not_explained", *y.posterior.excess_t_gross, "t gross", "derived",
         [_ref(found, y.year)])
        for y in found.years
        if isinstance(y.posterior, Posterior)
    ]  # fmt: skip
    names = ["row_id", "year", "what", "value", "low", "high", "unit", "basis", "refs"]
    method = (
        "exports: sum of HS 284610 and 284690 to all partners; explained: REO output times the clean range of gross "
        "tonnes per tonne, and permits; not_explained: posterior of raw goods to one partner beyond permits"
    )
    return {"moratorium": (pd.DataFrame(rows, columns=names).set_index("row_id"), {"value": method})}


def _watched(report: Report) -> LeakReport | None:
    """The leak report towards the largest partner of the newest year, once per report; only under a ban."""

    def compute() -> LeakReport | None:
        case = report.case
        if not any(rule.effect == "may_not_leave" for rule in _in_force(case)):
            return None
        trade = case.inputs.trade_rows()
        own = trade[(trade["exporter_iso3"] == case.country) & (trade["hs6"] == CODES[-1])]
        if own.empty:
            return None
        newest = own[own["year"] == own["year"].max()]
        partner = newest.groupby("importer_iso3")["quantity_t_gross"].sum().idxmax()
        try:
            return watch(case, str(partner), case.country, seed=report.seed)
        except InputError:
            return None

    return report.once("moratorium", compute)


def _in_force(case: Case) -> tuple[Rule, ...]:
    """Rules of the country on raw goods that stop, let go, ask for a permit or tax, at the data date."""
    rules = Rules.from_frame(case.inputs.rule_rows())
    day = date.fromisoformat(case.data_date)
    live = {
        rule.rule_id: rule
        for stage in _RAW_STAGES
        for code in CODES
        for rule in rules.live(case.country, day, stage, code)
        if rule.jurisdiction == case.country and rule.effect in _STOPS
    }
    return tuple(live.values())


def _rules(case: Case, live: tuple[Rule, ...]) -> list[Part]:
    rules = Rules.from_frame(case.inputs.rule_rows())
    rows = [
        (
            Fact(rule.rule_id, (_rule_ref(case, rule),)),
            Fact(rule.clause, (_rule_ref(case, rule),), rule.basis),
            rule.status.replace("_", " "),
            _weight(rules, rule),
        )
        for rule in live
    ]
    points = sorted({rule.switch for rule in rules.rules if rule.switch and rule.jurisdiction == case.country})
    parts: list[Part] = [
        Table(
            "Rules on raw goods in force at the data date",
            ("Rule", "Clause", "Status", "What it can do"),
            rows,
            note="A rule without a gazetted, written or spoken act behind it can hold goods and never refuse them.",
        )
    ]
    if points:
        refs = tuple(_rule_ref(case, rule) for rule in rules.rules if rule.switch in points)
        asked = Told("{questions}?", questions=[SWITCHES[name][0] for name in points])
        parts.append(Paragraph("Contested, and held until somebody decides: {points}", {"points": Fact(asked, refs)}))
    return parts


def _weight(rules: Rules, rule: Rule) -> str:
    if not rules.decides(rule):
        return "hold"
    return {"may_not_leave": "refuse", "may_leave": "let go", "owes_duty": "tax"}.get(rule.effect, "hold until shown")


def _rule_ref(case: Case, rule: Rule) -> str:
    return case.ref("export_rules", rule.rule_id, "clause")


def _balance(case: Case, found: LeakReport) -> list[Part]:
    rows: list[tuple[Cell, ...]] = [
        (Fact(str(b.year), b.exports.refs[:1]), b.exports, _known(b.output), _known(b.permitted), _known(b.excess))
        for b in found.balance
    ]
    table = Table(
        "What left against what could have left",
        ("Year", "Exports", "Licensed output", "Raw by permit", "Excess"),
        rows,
        note="Excess is exports less licensed output, at the gross tonnes per tonne of oxide of clean years, and "
        "permits. Stock shipped later than it was made shows as an excess of the later year.",
    )
    drawn = figures.balance_by_year(case, found)
    return [table, *([drawn] if drawn else [])]


def _known(q: Quantity) -> Cell:
    return q if q.known else None


def _leaks(case: Case, found: LeakReport) -> list[Part]:
    drawn = figures.not_explained(case, found)
    parts: list[Part] = [figures.indicators_by_year(case, found), *([drawn] if drawn else [])]
    refs = tuple(_ref(found, y.year) for y in found.years)
    seen = next((size for size, share in found.power.items() if size and share >= 0.8), None)
    if seen is not None:
        parts.append(
            Paragraph(
                "How much these data could have seen: a leak of {size} a year beyond permits raises the alarm four "
                "times in five; a smaller one is missed more often. Worlds without a leak raise it too: {worlds}.",
                {
                    "size": Quantity(seen, "t gross", basis="derived", refs=refs),
                    "worlds": Fact(_worlds(found), refs, "derived"),
                },
            )
        )
    words = Told("{list}", list=EXPLANATIONS)
    parts.append(Paragraph("Legal, and alike in these data: {words}.", {"words": Fact(words, refs, "reported")}))
    return parts


def _worlds(found: LeakReport) -> Told:
    """Share of alarms in each world without a leak."""
    shares = [Told("{world} {share} %", world=k, share=f"{100 * v:.0f}") for k, v in found.worlds.items()]
    return Told("{list}", list=shares)


def _ref(found: LeakReport, year: int) -> str:
    return f"trade:{year}-{CODES[-1]}-{found.exporter}-{found.partner}:quantity_t_gross"
