"""The deals of a case: what each is worth to both sides, which clause to ask for, which rules it meets."""

from __future__ import annotations

import pandas as pd

from gadolin.brief.report import Report
from gadolin.brief.section import Fact, Paragraph, Part, Section, Table
from gadolin.case.deals import deals_of
from gadolin.deals import Worth, payoffs_of_all
from gadolin.deals.worth import range_of
from gadolin.errors import InputError
from gadolin.figures.language import Told
from gadolin.quantity import Quantity

ORDER = 60
MOST = 8
"""Futures in a brief at most; the command `deal` takes any number."""


def sections(report: Report) -> list[Section]:
    """The section on deals of the country; yardsticks between others stand in the same table. None without deals."""
    found = _worths(report)
    if isinstance(found, str):
        here = (f"{report.case.name}/deals/{next(iter(deals_of(report.case)))}.toml:1",)
        words = Paragraph("No deal can be valued with what was known at this date: {why}.", {"why": Fact(found, here)})
        return [Section("deals", "Deals", "None could be valued at this date", [words])]
    if not found:
        return []
    parts: list[Part] = [
        Paragraph(
            "Each side with the deal less the same side without it, in present value, on the same {count} futures. "
            "Shares of futures are no probabilities. Terms that are not published are choices of the case and marked "
            "there.",
            {"count": _count(report, found)},
        ),
        Table(
            "What a deal is worth, median and range of futures",
            ("Deal", "Gain or loss of the host", "Gain or loss of the partner"),
            [(Fact(w.title, w.refs), w.gain("host"), w.gain("partner")) for w in found],
        ),
    ]
    for worth in found:
        if worth.clauses or worth.hits:
            parts.append(Paragraph("The deal: {title}.", {"title": Fact(worth.title, worth.refs)}))
        if worth.clauses:
            rows = [
                (Fact(c.text or c.id, c.refs or worth.refs), range_of(c.host_musd, c.refs or worth.refs),
                 range_of(c.partner_musd, c.refs or worth.refs))
                for c in worth.clauses
            ]  # fmt: skip
            parts.append(Table("What each clause moves", ("Clause", "Host", "Partner"), rows, _lever(worth)))
        if worth.hits:
            rows = [(h.kind, Fact(h.words, (h.ref,)), Fact(h.source, (h.ref,))) for h in worth.hits]
            parts.append(Table("Rules and agreements it meets", ("Kind", "Words", "Source"), rows))
    stopped = [w for w in found if any(h.kind == "conflict" for h in w.hits)]
    finding = "One deal needs an exception before it can be signed" if stopped else "No deal collides with a rule"
    return [Section("deals", "Deals", finding, parts)]


def _count(report: Report, found: tuple[Worth, ...]) -> Quantity:
    """How many futures stand behind the ranges."""
    here = (f"{report.case.name}/deals/{found[0].id}.toml:1",)
    return Quantity(float(found[0].futures), "count", basis="choice", refs=here)


def _lever(worth: Worth) -> str:
    """Which clause to ask for first, in words."""
    if worth.lever is None:
        return ""
    return Told("Ask first for the clause on {clause}.", clause=worth.lever.type.replace("_", " "))


def tables(report: Report) -> dict[str, tuple[pd.DataFrame, dict[str, str]]]:
    """Gain of each side of each deal as a table of the run."""
    rows = []
    found = _worths(report)
    for worth in () if isinstance(found, str) else found:
        for side in ("host", "partner"):
            q = worth.gain(side)
            rows.append((f"{worth.id}.{side}", worth.title, q.value, q.low, q.high, q.unit, q.basis, list(q.refs)))
    if not rows:
        return {}
    names = ["row_id", "deal", "value", "low", "high", "unit", "basis", "refs"]
    frame = pd.DataFrame(rows, columns=names).set_index("row_id")
    points = {"value": "median", "low": "5 % point", "high": "95 % point"}
    what = "present value with the deal less without it, future by future, of the side the row names"
    return {"deals": (frame, {name: f"{words} over futures of: {what}" for name, words in points.items()})}


def _worths(report: Report) -> tuple[Worth, ...] | str:
    """Every deal valued, once per report; why not, where the case is cut to a date at which none could be."""

    def compute() -> tuple[Worth, ...] | str:
        deals = list(deals_of(report.case).values())
        if not deals:
            return ()
        try:
            return payoffs_of_all(report.case, deals, min(report.futures, MOST), report.seed, report.workers)
        except InputError as error:
            if report.case.as_of is None:
                raise
            return str(error).splitlines()[0]

    return report.once("deals", compute)
