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
        x = {
            "field": "low_result",
            "type": "quantitative",
            "scale": {"domain": [low, high], "nice": False},
            "axis": {"title": self.said(self.unit_short) or None, "titleFontWeight": "normal", "titleFontSize": 12},
        }
        y = y_rows(list(frame["row"]), axis={"labelPadding": tail + 4})
        layers: list[dict[str, Any]] = []
        labels: list[dict[str, Any]] = []
        for field, shown, colour in (
            ("low_result", "low_input", palette.SERIES[3]),
            ("high_result", "high_input", palette.SERIES[1]),
        ):
            layers.append(
                {
                    "mark": {"type": "bar", "height": 15, "fill": colour},
                    "encoding": {"x": x | {"field": field}, "x2": {"datum": self.base}, "y": y},
                }
            )
            for left in (True, False):
                test = f"datum.{field} {'<' if left else '>='} {self.base!r}"
                mark = {"type": "text", "align": "right" if left else "left", "dx": -5 if left else 5}
                labels += haloed(
                    {
                        "transform": [{"filter": test}],
                        "mark": mark | {"baseline": "middle"},
                        "encoding": {"x": x | {"field": field}, "y": y, "text": {"field": shown}},
                    }
                )
        line = {
            "mark": {"type": "rule", "stroke": palette.TEXT, "strokeWidth": 1.5},
            "encoding": {"x": x | {"datum": self.base}},
        }
        line["encoding"]["x"] = {k: v for k, v in line["encoding"]["x"].items() if k != "field"}
        return single(frame, [*layers, line, *labels], room + tail, plot, tail, len(frame), 4)

    def draw(self, data: pd.DataFrame, figure_id: str, width_px: float) -> Body:
        """The chart below its key."""
        body = super().draw(data, figure_id, width_px)
        swatch = '<rect width="18" height="12" fill="{}"/>'
        ends = ((palette.SERIES[3], "input at its low end"), (palette.SERIES[1], "input at its high end"))
        key, high = legend([(swatch.format(colour), self.say(words)) for colour, words in ends], width_px)
        return Body(f'{key}<g transform="translate(0,{high + 4:g})">{body.svg}</g>', body.height_px + high + 4)
