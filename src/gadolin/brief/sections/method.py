"""How the brief was made, and from which sources: the last section."""

from __future__ import annotations

from collections import Counter

from gadolin.brief.report import Report
from gadolin.brief.section import Fact, Paragraph, Section, Table

ORDER = 90
_SHOWN = 40


def sections(report: Report) -> list[Section]:
    """Method in words, and the sources most used by the tables of the position."""
    case = report.case
    sources = case.table("sources")
    used: Counter[str] = Counter()
    for name in ("deposits", "deposit_composition", "facilities", "processing_shares", "policies", "agreements"):
        table = case.table(name)
        column = "country_iso3" if "country_iso3" in table else None
        rows = table[table[column] == case.country] if column and name != "processing_shares" else table
        used.update(str(s) for s in rows["source_id"] if s in sources.index)
    rows = []
    for source, _ in sorted(used.items(), key=lambda pair: (-pair[1], pair[0]))[:_SHOWN]:
        ref = f"sources:{source}:title"
        date = sources.at[source, "date"]
        rows.append(
            (
                Fact(str(sources.at[source, "title"]), (ref,)),
                Fact(str(date), (f"sources:{source}:date",)) if isinstance(date, str) else "no date",
            )
        )
    method = [
        Paragraph(
            "Facts are rows of the atlas, each with source, date and basis; this case lays its own rows over them."
        ),
        Paragraph("Numbers that contradict each other stand side by side; a range is their span or the source's own."),
        Paragraph("A derived number carries the weakest basis among its inputs. What is missing is said, never zero."),
    ]
    table = Table("Sources most used, most first", ("Source", "Date"), rows)
    return [Section("method", "Method and sources", "Every number leads back to its source", [*method, table])]
