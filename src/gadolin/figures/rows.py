"""Charts with one row per item: labels beside the rows, the axis below, numbers behind the marks.

What bars, dots, waterfall and tornado share. A label that does not fit on one line is broken into two; two rows that
would get the same label are numbered, since equal labels would share a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from gadolin.figures import palette
from gadolin.figures.text import shorten, width_px, wrap
from gadolin.figures.vega import records

__all__ = [
    "ROW_PX",
    "cut",
    "haloed",
    "plot_beside",
    "reference_line",
    "room_for",
    "row_px",
    "shown",
    "single",
    "text_px",
    "y_rows",
]

ROW_PX, _TWO_LINES_PX, _LABEL_MOST_PX = 24, 34, 250


def room_for(labels: pd.Series, most: float = _LABEL_MOST_PX) -> float:
    """Width that the labels beside the rows take. [px]"""
    return min(max(width_px(str(label), 12) for label in labels) + 12, most)


def cut(labels: pd.Series, room: float) -> list[str]:
    """Labels on one line, or two where they do not fit; rows that would get the same one are numbered, since equal
    labels would share a row.
    """
    found: list[str] = []
    for label in labels:
        made, number = _lines(str(label), room - 10), 1
        while made in found:
            number += 1
            made = _lines(f"{label} ({number})", room - 10)
            if made in found:
                made = f"{_lines(str(label), room - 32)} ({number})"
        found.append(made)
    return found


def _lines(label: str, room: float) -> str:
    """A label that fits on one line or two; the second is cut where it is still too long."""
    first, *rest = wrap(label, 12, room)
    return "\n".join(shorten(line, 12, room) for line in ([first, " ".join(rest)] if rest else [first]))


def row_px(rows: Sequence[str], plain: float = ROW_PX) -> float:
    """Height of a row: more where a label has two lines. [px]"""
    return max(plain, _TWO_LINES_PX) if any("\n" in row for row in rows) else plain


def shown(value: float, digits: int = 3) -> str:
    """A number with at most that many digits, as a label prints it."""
    if value == 0 or not np.isfinite(value):
        return "0" if value == 0 else ""
    decimals = max(digits - 1 - int(np.floor(np.log10(abs(value)))), 0)
    text = f"{round(value, decimals):,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def y_rows(rows: list[str], field: str = "row", axis: dict[str, Any] | None = None) -> dict[str, Any]:
    """The axis of the rows, in the order given; a line break in a label breaks its line."""
    plain: dict[str, Any] = {"domain": False, "ticks": False, "labelPadding": 8, "labelLimit": _LABEL_MOST_PX}
    if any("\n" in row for row in rows):
        plain |= {"labelExpr": "split(datum.label, '\\n')", "labelLineHeight": 14}
    return {"field": field, "type": "nominal", "sort": rows, "axis": plain | (axis or {})}


def plot_beside(shares: pd.Series, labels: pd.Series, room: float) -> tuple[float, float]:
    """Widest plot in which every label fits behind its mark, and what is left beside it. [px]"""
    fits = [(room - text_px(t) - 14) / s for s, t in zip(shares, labels, strict=True) if s > 0]
    plot = min([room - 14, *fits])
    return plot, room - plot


def haloed(label: dict[str, Any]) -> list[dict[str, Any]]:
    """A text twice, first with a wide white edge, so that a line behind it does not cross the letters."""
    edge = {"stroke": "#FFFFFF", "strokeWidth": 6, "strokeJoin": "round"}
    return [label | {"mark": label["mark"] | edge}, label]


def text_px(words: str) -> float:
    """Width of a label. [px]"""
    return width_px(words, 12)


def reference_line(
    at: float, words: str, x: dict[str, Any], ends: tuple[float, float], plot: float
) -> list[dict[str, Any]]:
    """A dashed line across all rows with its words above it, on the side where they fit."""
    place = {k: v for k, v in x.items() if k != "field"} | {"datum": at}
    px = plot * (at - ends[0]) / (ends[1] - ends[0])
    align = "left" if px + text_px(words) < plot else "right"
    rule = {"mark": {"type": "rule", "stroke": palette.SERIES[2], "strokeDash": [4, 3]}, "encoding": {"x": place}}
    label = {
        "data": {"values": [{"words": words}]},
        "mark": {"type": "text", "align": align, "baseline": "bottom", "fill": palette.SERIES[2]},
        "encoding": {"x": place, "y": {"value": -4}, "text": {"field": "words"}},
    }
    return [rule, label]


def single(
    frame: pd.DataFrame,
    layers: list[dict[str, Any]],
    left: float,
    plot: float,
    right: float,
    rows: int,
    top: float,
    step: float | None = None,
) -> dict[str, Any]:
    """The spec of one panel: its size, the room around it, its rows and its layers."""
    keep = [c for c in frame.columns if c not in ("ref", "refs")]
    title = any(layer.get("encoding", {}).get("x", {}).get("axis", {}).get("title") for layer in layers)
    return {
        "width": round(plot),
        "height": rows * (step or row_px(list(frame["row"]))),
        "autosize": "none",
        "padding": {"left": round(left), "top": top, "right": round(right), "bottom": 42 if title else 24},
        "data": {"values": records(frame[keep])},
        "layer": layers,
    }
