"""Every table of the atlas, declared once; one file per subject, found by listing this folder."""

from __future__ import annotations

import importlib
import pkgutil

from gadolin.errors import InputError, did_you_mean
from gadolin.tables import Table

__all__ = ["TABLES", "declared"]


def _collect() -> dict[str, Table]:
    found: dict[str, Table] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        for table in importlib.import_module(f"{__name__}.{module}").TABLES:
            found[table.name] = table
    return found


TABLES: dict[str, Table] = _collect()
"""Declarations by table name."""


def declared(name: str) -> Table:
    """The declaration of a table.

    Raises:
        InputError: No such table; names the nearest.

    >>> declared("sources").names[:3]
    ['row_id', 'title', 'url']
    """
    if name not in TABLES:
        raise InputError(f'the atlas has no table "{name}"{did_you_mean(name, TABLES)}')
    return TABLES[name]
