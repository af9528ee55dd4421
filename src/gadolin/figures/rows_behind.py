"""The rows behind a figure: cells that may be told in any language, and how a reader sees their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from gadolin.figures.language import Say, Told

__all__ = ["heading", "missing", "printed", "worded"]


def worded(columns: Mapping[str, Sequence[object] | pd.Series]) -> pd.DataFrame:
    """Rows of a figure in which words may be `Told`; pandas would turn a column of words into plain ones.

    Args:
        columns: Cells by column.
    """
    made = {}
    for name, cells in columns.items():
        plain = list(cells)
        made[name] = pd.Series(plain, dtype=object if any(isinstance(c, Told) for c in plain) else None)
    return pd.DataFrame(made)


_HEADINGS = {
    "mass_share": "share of mass",
    "low_result": "result at the low end",
    "high_result": "result at the high end",
    "low_input": "input, low end",
    "high_input": "input, high end",
    "mass_basis": "basis of the share",
    "source": "from",
    "target": "to",
    "p05": "5 % point",
    "p25": "25 % point",
    "p50": "median",
    "p75": "75 % point",
    "p95": "95 % point",
    "lat_deg": "latitude, degrees",
    "lon_deg": "longitude, degrees",
    "plants_count": "plants",
    "iso3": "country code",
}
"""Columns whose name is not the word that a reader sees."""


def heading(column: str, say: Say) -> str:
    """A column of the table behind a figure as a reader sees it.

    >>> heading("low_result", Say("en")), heading("value", Say("ms"))
    ('result at the low end', 'nilai')
    """
    english = _HEADINGS.get(column, column.replace("_", " "))
    return say.known(english) or english


def printed(value: object, say: Say) -> str:
    """A cell of the table behind a figure as printed; a dash where it is missing."""
    if missing(value):
        return "–"
    if isinstance(value, bool | np.bool):
        return say("yes") if value else say("no")
    if isinstance(value, float):
        return f"{value:,.4g}"
    return str(say.known(value) or value) if isinstance(value, str) else str(value)


def missing(value: object) -> bool:
    """Whether a cell holds nothing."""
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)
