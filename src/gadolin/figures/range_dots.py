"""Dots with ranges, one row per item; an estimate is an open dot on a dashed line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gadolin.figures import palette
from gadolin.figures.grammar import Body, need
from gadolin.figures.rows import (
    cut,
    haloed,
    plot_beside,
    reference_line,
    room_for,
    shown,
    single,
    y_rows,
)
from gadolin.figures.text import text
from gadolin.figures.vega import Vega, weak

__all__ = ["RangeDots"]

_NEAR = 0.5
"""Span over lowest value below which the axis leaves out zero."""
UNITS = {"RangeDots.reference": "unit of the figure"}


@dataclass(frozen=True)
class RangeDots(Vega):
    """A dot per row with its range as a line; where no range is known, that is said once below.

    Data: `item`, `value`, `low`, `high`, and where known `basis`.

    Args:
        reference: A value that all rows are held against, drawn as a line; None for none.
        reference_label: What it is.
        unit_short: Unit at the axis.
    """

    reference: float | None = None
    reference_label: str = ""
    unit_short: str = ""
    kind: str = "Dots with ranges"

    def spec(self, data: pd.DataFrame, figure_id: str, width_px: float) -> dict[str, Any]:
        """The spec."""
        need(data, ("item", "value", "low", "high"), self.kind)
        room = room_for(data["item"])
        frame = data.assign(row=cut(data["item"], room), est=weak(data))
        frame["far"] = frame[["value", "high"]].astype(float).max(axis=1)
        frame["label"] = [
            self.say("not known") if pd.isna(v) else shown(v) + self.est(e)
            for v, e in zip(frame["value"], frame["est"], strict=True)
        ]
        ends = frame[["value", "low", "high"]].to_numpy(dtype=float)
        low, high = self._ends(ends)
        frame["far"] = frame["far"].fillna(low)
        shares = (frame["far"].astype(float) - low) / (high - low)
        plot, tail = plot_beside(shares, frame["label"], width_px - room)
        axis = {"title": self.said(self.unit_short) or None, "titleFontWeight": "normal", "titleFontSize": 12}
        x = {
            "field": "value",
            "type": "quantitative",
            "scale": {"domain": [low, high], "nice": False},
            "axis": axis | {"titleAnchor": "start"},
        }
        y = y_rows(list(frame["row"]))
        dot = {"type": "point", "size": 90, "strokeWidth": 2, "opacity": 1, "stroke": palette.SERIES[0]}
        fill = {"condition": {"test": "datum.est", "value": "#FFFFFF"}, "value": palette.SERIES[0]}
        dash = {"condition": {"test": "datum.est", "value": [4, 3]}, "value": []}
        layers: list[dict[str, Any]] = [
            {
                "transform": [{"filter": "isValid(datum.low) && isValid(datum.high)"}],
                "mark": {"type": "rule", "stroke": palette.SERIES[0], "strokeWidth": 2.5},
                "encoding": {"x": x | {"field": "low"}, "x2": {"field": "high"}, "y": y, "strokeDash": dash},
            },
            {
                "transform": [{"filter": "isValid(datum.value)"}],
                "mark": dot,
                "encoding": {"x": x, "y": y, "fill": fill},
            },
            *haloed(
                {
                    "mark": {"type": "text", "align": "left", "dx": 9, "baseline": "middle"},
                    "encoding": {"x": x | {"field": "far"}, "y": y, "text": {"field": "label"}},
                }
            ),
        ]
        if self.reference is not None:
            layers = [*reference_line(self.reference, self.said(self.reference_label), x, (low, high), plot), *layers]
        return single(frame, layers, room, plot, tail, len(frame), 20 if self.reference is not None else 4)

    def _ends(self, values: np.ndarray) -> tuple[float, float]:
        """Ends of the axis: from zero, but close to the dots where they lie far from it around a reference."""
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        if self.reference is None:
            return min(low, 0.0), max(high, 0.0)
        low, high = min(low, self.reference), max(high, self.reference)
        near = low > 0 and high - low < _NEAR * low
        return (low - 0.1 * (high - low) if near else min(low, 0.0)), max(high, 0.0)

    def draw(self, data: pd.DataFrame, figure_id: str, width_px: float) -> Body:
        """The chart, and below it what a dot without a line means."""
        body = super().draw(data, figure_id, width_px)
        bare = data["value"].notna() & (data["low"].isna() | data["high"].isna())
        if not bare.any():
            return body
        words = text(self.say("Where a number stands alone, no range is known."), 0, body.height_px + 14, 12)
        return Body(body.svg + words, body.height_px + 18)
