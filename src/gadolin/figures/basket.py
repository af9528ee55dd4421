"""Bars of a basket: how much of each element it holds, and what that is worth.

A bar that is an estimate is hatched, has a dashed outline and says "est."; an element without a price says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gadolin.figures import palette
from gadolin.figures.grammar import need
from gadolin.figures.rows import (
    ROW_PX,
    room_for,
    shown,
    y_rows,
)
from gadolin.figures.text import width_px
from gadolin.figures.vega import Vega, records, weak

__all__ = ["BasketBars"]


def _bars(
    figure_id: str, x: dict[str, Any], y: dict[str, Any], series: int = 0, est: str = "est"
) -> list[dict[str, Any]]:
    """Bars in one colour; those whose field `est` is true hatched and dashed."""
    solid = {
        "transform": [{"filter": f"!datum.{est}"}],
        "mark": {"type": "bar", "height": 15, "fill": palette.SERIES[series]},
        "encoding": {"x": x, "y": y},
    }
    hatched = {
        "transform": [{"filter": f"datum.{est}"}],
        "mark": {
            "type": "bar",
            "height": 15,
            "fill": f"url(#{palette.estimate_fill(figure_id, series)})",
            "stroke": palette.SERIES[series],
            "strokeDash": [4, 3],
        },
        "encoding": {"x": x, "y": y},
    }
    return [solid, hatched]


@dataclass(frozen=True)
class BasketBars(Vega):
    """What a basket holds, and what that is worth: two panels with one row per element.

    Data: `element`, `mass_share` (0 to 1, of the oxides), `value` (part of the basket price), `low`, `high` (its
    range; blank when not known), and where known `basis` of the value and `mass_basis` of the share.

    Args:
        value_title: What the right panel shows, with unit.
        mass_title: What the left panel shows.
    """

    value_title: str = "part of the basket price, USD/kg REO"
    mass_title: str = "share of the oxides, %"
    kind: str = "Bars of a basket: mass and value per element"

    def spec(self, data: pd.DataFrame, figure_id: str, width_px: float) -> dict[str, Any]:
        """The spec."""
        need(data, ("element", "mass_share", "value", "low", "high"), self.kind)
        frame = data.assign(row=data["element"].astype(str), est=weak(data))
        frame["pct"] = frame["mass_share"].astype(float) * 100
        frame["mass_est"] = weak(data, "mass_basis")
        frame["mass_label"] = [
            f"{v:.2g} %{self.est(est)}" for v, est in zip(frame["pct"], frame["mass_est"], strict=True)
        ]
        frame["end"] = frame[["value", "high"]].max(axis=1)
        frame["label"] = [
            shown(v) + self.est(est) if pd.notna(v) else self.say("no price")
            for v, est in zip(frame["value"], frame["est"], strict=True)
        ]
        frame["end"] = frame["end"].fillna(0.0)
        rows = list(frame["row"])
        room = room_for(frame["row"], 90)
        panel = (width_px - room - 24) / 2
        left = self._panel(frame, "pct", "mass_label", "pct", self.said(self.mass_title), panel, rows, figure_id)
        right = self._panel(frame, "value", "label", "end", self.said(self.value_title), panel, rows, figure_id)
        return {"hconcat": [left, right], "spacing": 24, "data": {"values": records(frame)}}

    def _panel(
        self, frame: Any, field: str, label: str, end: str, title: str, wide: float, rows: list[str], name: str
    ) -> dict[str, Any]:
        longest = float(np.nanmax(frame[end].astype(float))) or 1.0
        space = 1.0 + max(width_px(str(t), 12) for t in frame[label]) / (wide * 0.8)
        axis = {"title": title, "titleFontWeight": "normal", "titleFontSize": 12, "titleAnchor": "start"}
        scale = {"domain": [0, longest * space], "nice": False}
        x = {"field": field, "type": "quantitative", "scale": scale, "axis": axis | {"orient": "top", "tickCount": 4}}
        worth = field == "value"
        y = y_rows(rows, axis={"labels": not worth})
        layers = _bars(name, x, y) if worth else _bars(name, x, y, 1, "mass_est")
        if worth:
            layers += [
                {
                    "transform": [{"filter": "isValid(datum.low) && isValid(datum.high)"}],
                    "mark": {"type": "rule", "stroke": colour, "strokeWidth": width},
                    "encoding": {"x": x | {"field": "low"}, "x2": {"field": "high"}, "y": y},
                }
                for colour, width in (("#FFFFFF", 4), (palette.TEXT, 1.5))
            ]
        layers.append(
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "baseline": "middle"},
                "encoding": {"x": x | {"field": end}, "y": y, "text": {"field": label}},
            }
        )
        return {"width": round(wide), "height": {"step": ROW_PX}, "layer": layers}
