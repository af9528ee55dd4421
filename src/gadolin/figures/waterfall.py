"""Waterfall: how a start becomes an end, one floating bar per change; estimates are hatched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gadolin.errors import InputError
from gadolin.figures import palette
from gadolin.figures.grammar import need
from gadolin.figures.rows import (
    cut,
    haloed,
    plot_beside,
    room_for,
    shown,
    single,
    y_rows,
)
from gadolin.figures.vega import Vega, weak

__all__ = ["Waterfall"]


@dataclass(frozen=True)
class Waterfall(Vega):
    """How a start becomes an end: one bar per change, floating on the sum before it.

    Data: `item`, `value`, `kind` (`total` stands on zero, `change` adds), and where known `basis`. A total that is
    not the sum of what stands before it is refused.
    """

    kind: str = "Waterfall from start to end"

    def spec(self, data: pd.DataFrame, figure_id: str, width_px: float) -> dict[str, Any]:
        """The spec."""
        need(data, ("item", "value", "kind"), self.kind)
        room = room_for(data["item"])
        frame = data.assign(row=cut(data["item"], room), est=weak(data))
        starts, ends, level = [], [], 0.0
        largest = float(data["value"].abs().max())
        for i, (kind, value) in enumerate(zip(data["kind"], data["value"].astype(float), strict=True)):
            if kind == "total" and i and abs(value - level) > 1e-6 * max(largest, 1e-12):
                raise InputError(f"{self.kind}: total {value:g} is not the sum {level:g} of what stands before it")
            starts.append(0.0 if kind == "total" else level)
            level = value if kind == "total" else level + value
            ends.append(level)
        frame["start"], frame["end"] = starts, ends
        frame["right"] = np.maximum(starts, ends)
        frame["label"] = [
            ("+" if k == "change" and v > 0 else "") + shown(v).replace("-", "−") + self.est(e)
            for k, v, e in zip(data["kind"], data["value"].astype(float), frame["est"], strict=True)
        ]
        domain = [min(0.0, *starts, *ends), max(0.0, *starts, *ends)]
        shares = (frame["right"] - domain[0]) / (domain[1] - domain[0])
        plot, tail = plot_beside(shares, frame["label"], width_px - room)
        x = {"field": "start", "type": "quantitative", "scale": {"domain": domain, "nice": False}, "axis": {}}
        y = y_rows(list(frame["row"]))
        places = [0 if k == "total" else 1 if v >= 0 else 3 for k, v in zip(data["kind"], data["value"], strict=True)]
        frame["edge"] = [palette.SERIES[p] for p in places]
        frame["hatch"] = [f"url(#{palette.estimate_fill(figure_id, p)})" for p in places]
        layers = [
            {
                "transform": [{"filter": f"{'' if est else '!'}datum.est"}],
                "mark": {"type": "bar", "height": 15} | ({"strokeDash": [4, 3]} if est else {}),
                "encoding": {"x": x, "x2": {"field": "end"}, "y": y}
                | {"fill": {"field": "hatch" if est else "edge", "scale": None}}
                | ({"stroke": {"field": "edge", "scale": None}} if est else {}),
            }
            for est in (False, True)
        ]
        zero = {"mark": {"type": "rule", "stroke": palette.TEXT}, "encoding": {"x": x | {"field": None, "datum": 0}}}
        zero["encoding"]["x"].pop("field")
        label = {
            "mark": {"type": "text", "align": "left", "dx": 5, "baseline": "middle"},
            "encoding": {"x": x | {"field": "right"}, "y": y, "text": {"field": "label"}},
        }
        return single(frame, [*layers, zero, *haloed(label)], room, plot, tail, len(frame), 4)
