"""Vega-Lite specs in the house's theme, and their SVG as a part of our own.

A kind gives a spec; `Vega.draw` renders it by vl-convert (no browser, no request) and takes the frame off. Hatches
are patterns of the surrounding SVG, which Vega passes on as `url(#id)`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from gadolin.figures import palette
from gadolin.figures.grammar import Body, Spoken
from gadolin.figures.text import FONT, MONTHS

__all__ = ["Vega", "log_ticks", "spread"]

VERSION = "5.20"
_AXIS = {
    "labelFont": FONT,
    "labelFontSize": 12,
    "labelColor": palette.TEXT,
    "labelLimit": 400,
    "title": None,
    "grid": False,
    "domainColor": palette.OUTLINE,
    "tickColor": palette.OUTLINE,
}
_CONFIG: dict[str, Any] = {
    "aria": False,
    "background": None,
    "font": FONT,
    "view": {"stroke": None},
    "axis": _AXIS,
    "axisQuantitative": {"grid": True, "gridColor": palette.GRID, "tickCount": 6},
    "axisTemporal": {"grid": False},
    "text": {"font": FONT, "fontSize": 12, "fill": palette.TEXT},
    "mark": {"tooltip": None},
}
_OUTER = re.compile(r'^<svg[^>]*viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*>(.*)</svg>\s*$', re.DOTALL)
# the whole figure is one image with a description; roles inside it would ask for names of their own
_ROLES = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
# what the frame says already, or what every mark is anyway; a third of a drawing's bytes
_REPEATED = re.compile(f' (?:font-family="{re.escape(FONT)}"|opacity="1"|pointer-events="none")')
_CLIP = re.compile(r"\b(clip|gradient_)(\d+)\b")


class Vega(Spoken):
    """Base of kinds that are Vega-Lite specs."""

    kind: str

    def spec(self, data: pd.DataFrame, figure_id: str, width_px: float) -> dict[str, Any]:
        """The spec without theme.

        Args:
            data: Rows of the figure.
            figure_id: Prefix of the hatches' ids.
            width_px: Width to fill. [px]
        """
        raise NotImplementedError

    def full_spec(self, data: pd.DataFrame, figure_id: str, width_px: float) -> dict[str, Any]:
        """The spec with schema and theme, as a golden file or a web page holds it."""
        head = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": _CONFIG, "padding": 0}
        return head | self.spec(data, figure_id, width_px)

    def draw(self, data: pd.DataFrame, figure_id: str, width_px: float) -> Body:
        """The chart without its frame."""
        import vl_convert

        spec = self.full_spec(data, figure_id, width_px)
        made = vl_convert.vegalite_to_svg(spec, vl_version=VERSION, time_format_locale=_calendar(self.language))
        found = _OUTER.match(made)
        assert found is not None, "vl-convert gave no SVG"
        plain = _REPEATED.sub("", _ROLES.sub("", found[3]))
        return Body(_own_ids(plain, figure_id), float(found[2]))


def _calendar(language: str) -> dict[str, Any]:
    """Names of months for dates on an axis; days of the week are never printed."""
    months = list(MONTHS[language])
    plain = {"dateTime": "%d %b %Y", "date": "%d %b %Y", "time": "%H:%M", "periods": ["AM", "PM"]}
    return plain | {"days": ["-"] * 7, "shortDays": ["-"] * 7, "months": months, "shortMonths": months}


def _own_ids(svg: str, figure_id: str) -> str:
    """Ids counted from 1 in this drawing; Vega counts on through the whole process."""
    numbers: dict[str, int] = {}

    def renamed(match: re.Match[str]) -> str:
        return f"{figure_id}-clip{numbers.setdefault(match[0], len(numbers) + 1)}"

    return _CLIP.sub(renamed, svg)


def records(data: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values for a spec; what is missing becomes null."""
    rows = []
    for row in data.to_dict("records"):
        rows.append({str(k): _value(v) for k, v in row.items()})
    return rows


def _value(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and not np.isfinite(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return float(f"{value:.10g}") if isinstance(value, float) else value


def weak(data: pd.DataFrame, column: str = "basis") -> pd.Series:
    """Which rows are estimates or remembered; none where the rows have no basis."""
    if column not in data:
        return pd.Series(False, index=data.index)
    return data[column].isin(["estimate", "memory"])


def spread(wanted: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Places as near as possible to the wanted ones, in their order, at least `apart` from each other.

    Args:
        wanted: Places.
        apart: Least distance.
        low: Lower end of the room.
        high: Upper end of the room.

    >>> spread([10.0, 11.0, 50.0], 14.0, 0.0, 60.0)
    [3.5, 17.5, 50.0]
    """
    order = np.argsort(np.asarray(wanted), kind="stable")
    groups: list[list[float]] = []  # sum of (wanted - offset), count
    for rank, index in enumerate(order):
        groups.append([wanted[index] - rank * apart, 1.0])
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] > groups[-1][0] / groups[-1][1]:
            total, count = groups.pop()
            groups[-1][0] += total
            groups[-1][1] += count
    places = np.concatenate([np.full(int(n), total / n) for total, n in groups]) if groups else np.zeros(0)
    last = high - (len(order) - 1) * apart
    places = np.clip(places, low, max(last, low)) + np.arange(len(order)) * apart
    found = [0.0] * len(wanted)
    for rank, index in enumerate(order):
        found[index] = float(places[rank])
    return found


def log_ticks(low: float, high: float) -> list[float]:
    """Ticks 1, 2, 5 times a power of ten that bracket a range; powers only, where it spans more than three decades.

    >>> log_ticks(3.0, 42.0)
    [2.0, 5.0, 10.0, 20.0, 50.0]
    """
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    steps = (1, 2, 5) if last - first <= 3 else (1,)
    ticks = [step * 10.0**p for p in range(first, last + 1) for step in steps]
    start = max([t for t in ticks if t <= low], default=ticks[0])
    end = min([t for t in ticks if t >= high], default=ticks[-1])
    return [float(t) for t in ticks if start <= t <= end]
