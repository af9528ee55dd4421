"""The candidate plants of the case: what they cost, whether they pay, for whom, and what an incentive changes."""

from __future__ import annotations

import pandas as pd

from gadolin.brief.report import Report
from gadolin.brief.section import Fact, Paragraph, Part, Section, Table, number_table
from gadolin.economics.appraisal import Appraisal
from gadolin.errors import InputError
from gadolin.figures import economics as figures
from gadolin.quantity import Quantity

ORDER = 40
_DRAWS = 500


def sections(report: Report) -> list[Section]:
    """The section on candidate plants; none for a case without them."""
    plants = report.case.settings.plants
    if not plants:
        return []
    found, refused = _appraisals(report)
    names = {p.id: p.name for p in plants}
    parts: list[Part] = [
        Paragraph(
            "Each plant is judged at one deck of prices, before any incentive, at the case's discount rate and in real "
            "money. Ranges are the outer points of the draws; a result is as well known as its weakest input."
        )
    ]
    if found:
        parts += [_table(found, names), _public(found, names)]
        for item in found.values():
            parts.append(figures.waterfall(item, names[item.project.id]))
            parts.append(figures.tornado(item, names[item.project.id]))
        parts += _limits(found, names)
    parts += [_refused(report, name, names[name]) for name in refused]
    finding = _finding(list(found.values()), names)
    return [Section("plants", "Candidate plants", finding, parts)]


def _refused(report: Report, plant: str, name: str) -> Paragraph:
    """That a plant could not be judged."""
    place = next(i for i, p in enumerate(report.case.settings.plants) if p.id == plant)
    named = Fact(name, (report.case.line_ref(f"plants[{place}]"),))
    return Paragraph("Not judged: {plant}, because a fact is missing.", {"plant": named})


def _finding(found: list[Appraisal], names: dict[str, str]) -> str | Paragraph:
    """Which plants pay in the central case: new ones, and those whose capital is spent."""
    paying = [item for item in found if (item.npv(item.project.company).value or 0.0) > 0]
    new = [item for item in paying if item.project.sunk_share < 1]
    if new:
        listed = ", ".join(names[item.project.id] for item in new)
        refs = tuple(dict.fromkeys(ref for item in new for ref in item.refs))
        return Paragraph("New plants that pay at Chinese prices: {plants}", {"plants": Fact(listed, refs)})
    if paying:
        return "Only what runs already pays at Chinese prices; no new plant does"
    return "No candidate plant pays at Chinese prices"


def tables(report: Report) -> dict[str, tuple[pd.DataFrame, dict[str, str]]]:
    """NPV and cost of every candidate plant as a table of the run."""
    found, _ = _appraisals(report)
    rows = {}
    for name, item in found.items():
        numbers = {
            "capital": item.capital(),
            "running": item.yearly(item.running_kinds),
            "revenue": item.yearly(("revenue",)),
            **{f"npv.{p.replace(':', '.')}": item.npv(p) for p in (item.project.company, *item.public_parties)},
        }
        rows |= {f"{name}.{what}": (what, q) for what, q in numbers.items()}
    if not rows:
        return {}
    frame = number_table(rows)
    return {
        "plants": (frame, {"value": "cash flow of economics.cash_flow at the case's deck, 5 and 95 % of the draws"})
    }


def _appraisals(report: Report) -> tuple[dict[str, Appraisal], list[str]]:
    """Appraisals by plant, and the plants that could not be judged for want of a fact."""

    def compute() -> tuple[dict[str, Appraisal], list[str]]:
        found, refused = {}, []
        for plant in report.case.settings.plants:
            try:
                found[plant.id] = report.case.inputs.appraisal_of(plant.id, draws=_DRAWS, seed=report.seed)
            except InputError:
                refused.append(plant.id)
        return found, refused

    return report.once("candidate plants", compute)


def _table(found: dict[str, Appraisal], names: dict[str, str]) -> Table:
    rows = []
    for name, item in found.items():
        jobs = item.project.staff
        rows.append(
            (
                Fact(names[name], item.refs),
                _with_refs(item.capital(), item),
                _with_refs(item.yearly(item.running_kinds), item),
                _with_refs(item.yearly(("revenue",)), item),
                _with_refs(item.npv(item.project.company), item),
                _with_refs(jobs, item),
            )
        )
    return Table(
        "What each plant costs and is worth to the company",
        ("Plant", "Capital", "Running cost", "Revenue", "NPV of the company", "Jobs"),
        rows,
        "Running cost holds the feed. Money in real US dollars.",
    )


def _public(found: dict[str, Appraisal], names: dict[str, str]) -> Table:
    rows = [
        (
            Fact(names[name], item.refs),
            _with_refs(item.npv("federal"), item),
            _with_refs(item.npv(item.project.state), item)
            if item.project.state in item.ledger.parties
            else ("no royalty rate on record" if item.project.stage == "mine" else "no royalty at this stage"),
        )
        for name, item in found.items()
    ]
    return Table(
        "What each plant is worth to the states",
        ("Plant", "NPV of the federal state", "NPV of the mining state"),
        rows,
        "Taxes and royalties only; what workers and suppliers pay is not counted.",
    )


def _with_refs(q: Quantity, item: Appraisal) -> Quantity:
    if q.refs or q.value is None:
        return q if q.refs else Quantity.missing(q.unit, q.reason or "not known", item.refs)
    return Quantity(q.value, q.unit, q.low, q.high, q.basis, item.refs, q.reason)


def _limits(found: dict[str, Appraisal], names: dict[str, str]) -> list[Part]:
    return [
        Paragraph("{plant}: {limit}.", {"plant": Fact(names[name], item.refs), "limit": Fact(limit, item.refs)})
        for name, item in found.items()
        for limit in item.project.limits[:3]
    ]
