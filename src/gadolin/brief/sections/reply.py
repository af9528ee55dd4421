"""Page 1 of the brief: the reply to Parliament; its figures are also a table of the run."""

from __future__ import annotations

import pandas as pd

from gadolin.brief import words
from gadolin.brief.reply import Reply, reply
from gadolin.brief.report import Report
from gadolin.brief.section import Section

ORDER = 0


def sections(report: Report) -> list[Section]:
    """The reply, sentence by sentence."""
    say = words.translator(report.language)
    finding = say("What a minister can answer today, each figure with its ref")
    parts = [item.paragraph for item in _reply(report).items]
    return [Section("reply", say("Reply to Parliament"), finding, parts, whole=True, language=report.language)]


def tables(report: Report) -> dict[str, tuple[pd.DataFrame, dict[str, str]]]:
    """Table `reply`, which a later reply compares itself with."""
    return {"reply": (_reply(report).frame(), {"value": "as in the position; counts over the rows named in refs"})}


def _reply(report: Report) -> Reply:
    return report.once(f"reply {report.language}", lambda: reply(report.case, report.position, report.language))
