"""Sections of the brief, one file per room, found by listing this folder.

A file exposes `ORDER` (where it stands, smaller first) and `sections(inputs) -> Iterable[Section]`; `inputs` is what
the run hands to all of them.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

__all__ = ["modules"]


def modules() -> tuple[ModuleType, ...]:
    """The files of this folder, by their `ORDER`, then by name."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__))
    found = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return tuple(sorted(found, key=lambda module: (module.ORDER, module.__name__)))
