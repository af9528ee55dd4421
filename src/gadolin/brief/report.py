"""What the sections of a brief are made from, and how they are found.

Each file of `brief/sections/` exposes `ORDER` (its place in the brief), `sections(report)` and, where its room has
results of its own, `tables(report)`: frames for the run folder with the method of each column.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, TypeVar

import pandas as pd

from gadolin.brief import sections as _folder
from gadolin.brief.section import Section
from gadolin.case import Case
from gadolin.position import Position, position

__all__ = ["Report", "all_sections", "all_tables"]

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
    return [section for module in _modules() for section in module.sections(report)]


def all_tables(report: Report) -> dict[str, tuple[pd.DataFrame, dict[str, str]]]:
    """Result tables of all rooms: name -> (frame, method of each column)."""
    found: dict[str, tuple[pd.DataFrame, dict[str, str]]] = {}
    for module in _modules():
        if hasattr(module, "tables"):
            found |= module.tables(report)
    return found
