"""What the sections of a brief are made from, and how they are found.

Each file of `brief/sections/` exposes `ORDER` (its place in the brief), `sections(report)` and, where its room has
results of its own, `tables(report)`: frames for the run folder with the method of each column.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any, TypeVar

import pandas as pd

from gadolin.atlas.schema import TABLES
from gadolin.brief import sections as _folder
from gadolin.brief.section import Part, Section
from gadolin.case import Case
from gadolin.figures import Figure
from gadolin.figures.text import shorten
from gadolin.position import Position, position

__all__ = ["Report", "all_sections", "all_tables"]

_TITLES_SHOWN, _TITLE_MOST_PX = 3, 300

Result = TypeVar("Result")


@dataclass
class Report:
    """Inputs of the sections; what several sections need is computed once.

    Args:
        case: The case.
        futures: How many futures rooms that look ahead use.
        seed: Seed of every draw.
        workers: Processes; changes no result.
        language: `en` or `ms`: of the reply; other sections are translated as the page is written.
    """

    case: Case
    futures: int
    seed: int
    workers: int | None = None
    language: str = "en"
    _results: dict[str, Any] = field(default_factory=dict, repr=False)

    def once(self, key: str, compute: Callable[[], Result]) -> Result:
        """A result, computed at the first call."""
        if key not in self._results:
            self._results[key] = compute()
        return self._results[key]

    @property
    def position(self) -> Position:
        """The position of the case."""
        return self.once("position", lambda: position(self.case))


def _modules() -> list[ModuleType]:
    names = sorted(m.name for m in pkgutil.iter_modules(_folder.__path__))
    found = [importlib.import_module(f"{_folder.__name__}.{name}") for name in names]
    return sorted(found, key=lambda m: (m.ORDER, m.__name__))


def all_sections(report: Report) -> list[Section]:
    """Sections of all rooms in their order."""
    made = [section for module in _modules() for section in module.sections(report)]
    return [replace(s, parts=tuple(_sourced(part, report) for part in s.parts)) for s in made]


def _sourced(part: Part, report: Report) -> Part:
    """A figure that names no publisher, with the titles of the sources behind its refs; its footnote has the refs."""
    if not isinstance(part, Figure) or part.source:
        return part
    titles = [title for title in (_source_of(ref, report.case) for ref in part.refs) if title]
    if not titles:
        return part
    often = [title for title, _ in Counter(titles).most_common()]
    named = "; ".join(shorten(title, 11, _TITLE_MOST_PX) for title in often[:_TITLES_SHOWN])
    return replace(part, source=named, more_sources=max(len(often) - _TITLES_SHOWN, 0))


def _source_of(ref: str, case: Case) -> str:
    """Title of the source of a table's row; empty for a line of the case and for a row without source."""
    *_, table, row, _ = ["", *ref.rsplit("/", 1)[-1].split(":")] if ref.count(":") >= 2 else ["", "", "", ""]
    if table not in TABLES:
        return ""
    frame, sources = case.table(table), case.table("sources")
    if table == "sources":
        return str(sources["title"].get(row, ""))
    if row not in frame.index or "source_id" not in frame:
        return ""
    return str(sources["title"].get(str(frame.at[row, "source_id"]), ""))


def all_tables(report: Report) -> dict[str, tuple[pd.DataFrame, dict[str, str]]]:
    """Result tables of all rooms: name -> (frame, method of each column)."""
    found: dict[str, tuple[pd.DataFrame, dict[str, str]]] = {}
    for module in _modules():
        if hasattr(module, "tables"):
            found |= module.tables(report)
    return found
