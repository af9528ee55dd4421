"""Tornado: which input moves a result most, from its low to its high end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadolin.figures import palette
from gadolin.figures.grammar import Body, legend, need
from gadolin.figures.rows import (
    cut,
    haloed,
    room_for,
    single,
    text_px,
    y_rows,
)
from gadolin.figures.vega import Vega

__all__ = ["Tornado"]

_ENDS = (("low", palette.SERIES[3]), ("high", palette.SERIES[1]))
UNITS = {"Tornado.base": "unit of the figure"}


@dataclass(frozen=True)
class Tornado(Vega):
    """Which input moves the result most: from the result at its low to the result at its high.

    Data: `item`, `low_result`, `high_result`, `low_input`, `high_input` (as printed). Rows are drawn in the order
    given; the largest swing first is the usual one.

    Args:
        base: Result with all inputs at their middle.
        unit_short: Unit at the axis.
    """

    base: float
    unit_short: str = ""
    kind: str = "Tornado of inputs"

    def spec(self, data: pd.DataFrame, figure_id: str, width_px: float) -> dict[str, Any]:
        """The spec."""
        need(data, ("item", "low_result", "high_result", "low_input", "high_input"), self.kind)
        room = room_for(data["item"])
        frame = data.assign(row=cut(data["item"], room))
        ends = frame[["low_result", "high_result"]].to_numpy(dtype=float)
        low, high = min(float(ends.min()), self.base), max(float(ends.max()), self.base)
        tail = max(text_px(str(t)) for t in [*data["low_input"], *data["high_input"]]) + 10
        plot = width_px - room - 2 * tail
        both = pd.concat([_side(frame, end, colour, self.base) for end, colour in _ENDS], ignore_index=True)
        x = {
            "field": "result",
            "type": "quantitative",
            "scale": {"domain": [low, high], "nice": False},
            "axis": {"title": self.said(self.unit_short) or None, "titleFontWeight": "normal", "titleFontSize": 12},
        }
        y = y_rows(list(frame["row"]), axis={"labelPadding": tail + 4})
        bars = {
            "mark": {"type": "bar", "height": 15},
            "encoding": {"x": x, "x2": {"datum": self.base}, "y": y, "fill": {"field": "colour", "scale": None}},
        }
        line = {
            "mark": {"type": "rule", "stroke": palette.TEXT, "strokeWidth": 1.5},
            "encoding": {"x": {k: v for k, v in x.items() if k != "field"} | {"datum": self.base}},
        }
        beside = {"align": {"expr": "datum.left ? 'right' : 'left'"}, "dx": {"expr": "datum.left ? -5 : 5"}}
        label = {
            "mark": {"type": "text", "baseline": "middle"} | beside,
            "encoding": {"x": x, "y": y, "text": {"field": "input"}},
        }
        return single(both, [bars, line, *haloed(label)], room + tail, plot, tail, len(frame), 4)

    def draw(self, data: pd.DataFrame, figure_id: str, width_px: float) -> Body:
        """The chart below its key."""
        body = super().draw(data, figure_id, width_px)
        swatch = '<rect width="18" height="12" fill="{}"/>'
        names = {"low": self.say("input at its low end"), "high": self.say("input at its high end")}
        key, high = legend([(swatch.format(colour), names[end]) for end, colour in _ENDS], width_px)
        return Body(f'{key}<g transform="translate(0,{high + 4:g})">{body.svg}</g>', body.height_px + high + 4)


def _side(frame: pd.DataFrame, end: str, colour: str, base: float) -> pd.DataFrame:
    """One bar per row: the result at that end of its input, and on which side of the base it lies."""
    result = frame[f"{end}_result"].astype(float)
    columns = {"row": frame["row"], "result": result, "input": frame[f"{end}_input"], "left": result < base}
    return pd.DataFrame(columns).assign(colour=colour)
