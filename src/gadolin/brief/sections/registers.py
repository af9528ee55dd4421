"""The committee's registers: next steps that are due, and what was decided."""

from __future__ import annotations

from gadolin.brief.report import Report
from gadolin.brief.section import Fact, Paragraph, Part, Section, Table
from gadolin.case.register_book import open_book

ORDER = 70
_ROWS = 20


def sections(report: Report) -> list[Section]:
    """Engagements due; none for a country without any record."""
    book = open_book(report.case)
    listed, due = book.entries(), book.due()
    if not listed.entries:
        return []
    parts: list[Part] = [
        Paragraph(
            "Next steps as the records name them. A step that a later record takes up is left out; most sources name "
            "a step and no day, so a missing day is not a step done."
        )
    ]
    if due.items:
        rows = [
            (
                Fact(i.about, (i.ref,)),
                Fact(i.due, (i.ref,)) if i.due else "no day named",
                Fact(i.what, (i.ref,)),
                Fact(i.who, (i.ref,)),
            )
            for i in due.items[:_ROWS]
        ]
        parts.append(Table("Steps that wait for somebody", ("Record", "Due", "Step", "Who"), rows, _left(due.items)))
    decisions = [e for e in listed.entries if e.register == "decisions"]
    if decisions:
        shown = [
            tuple(Fact(text, (e.ref,)) for text in (e.id, e.date, e.status.replace("_", " "), e.what))
            for e in decisions
        ]
        parts.append(Table("Decisions", ("Decision", "Date", "Outcome", "Reason"), shown))
    dated = [i for i in due.items if i.due is not None]
    late = [i for i in dated if i.overdue]
    if late:
        finding = "Steps agreed with partners are overdue"
    elif due.items:
        finding = "Talks have open next steps" + ("" if dated else ", and no record names a day for them")
    else:
        finding = "No next step is open in the records"
    return [Section("registers", "Engagements due", finding, parts)]


def _left(items: tuple[object, ...]) -> str:
    return "" if len(items) <= _ROWS else "More steps are open; the command register due lists them all."
