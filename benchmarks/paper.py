"""Rows of figures and papers: what a reader waits for."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.rows import Row


def _ladder() -> Any:
    from gadolin.figures import samples

    figure = samples.all_kinds()["ladder"]
    figure.svg()
    return figure


def _draw(figure: Any) -> None:
    from dataclasses import replace

    replace(figure).svg()


def _case() -> Any:
    from gadolin import case
    from gadolin.position import position

    loaded = case.load("malaysia")
    return loaded, position(loaded)


def _kept() -> str:
    """What a quick run of Malaysia keeps of its brief; the rooms' own rows say what computing it takes."""
    from gadolin import case
    from gadolin.brief import kept
    from gadolin.brief.report import Report, all_sections

    return kept.dump("Malaysia", {"en": all_sections(Report(case.load("malaysia"), 32, 1))}, {})


def _brief(text: str) -> None:
    """The page as `run` and `brief RUN` write it: every figure is drawn anew."""
    from gadolin.brief import html, kept

    read = kept.load(text)
    html.render(read.country, read.sections("en"), read.about)


def _reply(prepared: Any) -> None:
    from gadolin.brief.reply import reply

    reply(*prepared, "ms")


def _workbook(prepared: Any) -> None:
    from gadolin.brief import workbook

    with tempfile.TemporaryDirectory() as folder:
        workbook.export(prepared[0], Path(folder) / "case.xlsx")


ROWS = (
    Row("figure_ladder", goal_s=0.2, run=_draw, prepare=_ladder),
    Row("brief_html", goal_s=5, run=_brief, prepare=_kept, repeats=3),
    Row("reply", goal_s=1, run=_reply, prepare=_case),
    Row("workbook_export", goal_s=3, run=_workbook, prepare=_case, repeats=3),
)
