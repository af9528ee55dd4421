"""Lines over time: price history with events, trade, and bands of uncertainty.

Every line is labelled at its end, with its colour and dash; labels are moved apart so that none covers another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gadolin.errors import InputError
from gadolin.figures import palette
from gadolin.figures.grammar import Body, at_most_series, need
from gadolin.figures.text import lines_of, shorten, width_px, wrap
from gadolin.figures.vega import Vega, log_ticks, records, spread, weak

__all__ = ["Bands", "PriceHistory", "TradeLines"]

_HEIGHT_PX, _LEFT_PX, _BOTTOM_PX, _TOP_PX = 280, 62, 24, 6
_LABEL_MOST_PX = 190


@dataclass(frozen=True)
class TradeLines(Vega):
    """One line per series over the years, from zero.

    Data: `year`, `series`, `value`, and where known `basis`; a year without value breaks the line, an estimate has
    an open point.

    Args:
        unit_short: Unit at the axis.
    """

    unit_short: str = ""
    kind: str = "Lines over the years"

    def spec(self, data: pd.DataFrame, figure_id: str, width_px: float) -> dict[str, Any]:
        """The spec."""
        need(data, ("year", "series", "value"), self.kind)
        names = at_most_series(data["series"], self.kind)
        top = _nice_top(float(np.nanmax(data["value"].astype(float))))
        frame = data.assign(date=[f"{year}-01-01" for year in data["year"]], est=weak(data))
        scale = {"domain": [0, top], "nice": False}
        chart = _Lines(frame, names, scale, width_px, lambda v: 1 - v / top)
        points = {
            "mark": {"type": "point", "size": 36, "strokeWidth": 1.6, "filled": False, "opacity": 1},
            "encoding": chart.xy("value", self.said(self.unit_short))
            | {
                "stroke": chart.colour(),
                "fill": {"condition": {"test": "datum.est", "value": "#FFFFFF"}, **_coloured(names)},
            },
        }
        return chart.spec([chart.line("value", self.said(self.unit_short)), points, *chart.labels("value")])


@dataclass(frozen=True)
class PriceHistory(Vega):
    """Prices on a log axis, with events as numbered marks that are spelled out below.

    Data: `date` (ISO), `series`, `value` > 0.

    Args:
        events: Date and words of each event; at most nine.
        unit_short: Unit at the axis.
    """

    events: tuple[tuple[str, str], ...] = ()
    unit_short: str = ""
    kind: str = "Price history on a log axis"

    def spec(self, data: pd.DataFrame, figure_id: str, width_px: float) -> dict[str, Any]:
        """The spec."""
        need(data, ("date", "series", "value"), self.kind)
        names = at_most_series(data["series"], self.kind)
        values = data["value"].dropna().astype(float)
        if (values <= 0).any():
            raise InputError(f"{self.kind}: a price must be greater than 0, got {values.min():g}")
        if len(self.events) > 9:
            raise InputError(f"{self.kind} marks at most 9 events, got {len(self.events)}; choose")
        ticks = log_ticks(float(values.min()), float(values.max()))
        low, high = np.log(ticks[0]), np.log(ticks[-1])
        scale = {"type": "log", "domain": [ticks[0], ticks[-1]], "nice": False}
        frame = data.assign(date=[_full(d) for d in data["date"]], est=weak(data))
        chart = _Lines(frame, names, scale, width_px, lambda v: 1 - (np.log(v) - low) / (high - low), ticks)
        layers = [*self._events(chart), chart.line("value", self.said(self.unit_short)), *chart.labels("value")]
        return chart.spec(layers, extra_top=18 if self.events else 0)

    def _events(self, chart: _Lines) -> list[dict[str, Any]]:
        if not self.events:
            return []
        inside = [(_full(date), str(i + 1)) for i, (date, _) in enumerate(self.events)]
        outside = [d for d, _ in inside if not chart.first <= d <= chart.last]
        if outside:
            raise InputError(f"{self.kind}: an event lies outside the prices shown: {', '.join(outside)}")
        place = chart.place
        want = [place(date) for date, _ in inside]
        shown = spread(want, 13, 0, chart.plot_px)
        marks = [
            {"date": date, "number": number, "x": round(x, 1)} for (date, number), x in zip(inside, shown, strict=True)
        ]
        source = {"values": marks}
        at_x = {"x": {"field": "date", "type": "temporal"}}
        rule = {"data": source, "mark": {"type": "rule", "stroke": palette.OUTLINE, "strokeDash": [2, 3]}}
        number = {
            "data": source,
            "mark": {"type": "text", "fontSize": 12, "fontWeight": "bold", "baseline": "bottom"},
            "encoding": {
                "x": {"field": "x", "type": "quantitative", "scale": None, "axis": None},
                "y": {"value": -3},
                "text": {"field": "number"},
            },
        }
        return [rule | {"encoding": at_x}, number]

    def draw(self, data: pd.DataFrame, figure_id: str, width_px: float) -> Body:
        """The chart, with its events spelled out below."""
        body = super().draw(data, figure_id, width_px)
        y, drawn = body.height_px + 20, []
        for number, (date, words) in enumerate(self.events, 1):
            lines = wrap(f"({number}) {self.say.date(date)}: {words}", 12, width_px)
            drawn.append(lines_of(lines, 0, y, 12, fill=palette.TEXT))
            y += 15 * len(lines) + 2
        return Body(body.svg + "".join(drawn), y - 12 if self.events else body.height_px)


@dataclass(frozen=True)
class Bands(Vega):
    """Median lines with the 50 % and the 90 % band of each series.

    Data: `year`, `series`, `p05`, `p25`, `p50`, `p75`, `p95`.

    Args:
        unit_short: Unit at the axis.
    """

    unit_short: str = ""
    kind: str = "Median lines with 50 % and 90 % bands"

    def spec(self, data: pd.DataFrame, figure_id: str, width_px: float) -> dict[str, Any]:
        """The spec."""
        points = ["p05", "p25", "p50", "p75", "p95"]
        need(data, ("year", "series", *points), self.kind)
        names = at_most_series(data["series"], self.kind)
        ordered = data[points].to_numpy(dtype=float)
        if (np.diff(ordered, axis=1) < 0).any():
            raise InputError(f"{self.kind}: p05 <= p25 <= p50 <= p75 <= p95 does not hold in every row")
        low = min(float(data["p05"].min()), 0.0)
        low, top = (-_nice_top(-low) if low < 0 else 0.0), _nice_top(float(data["p95"].max()))
        frame = data.assign(date=[f"{year}-01-01" for year in data["year"]], est=False)
        chart = _Lines(frame, names, {"domain": [low, top], "nice": False}, width_px, lambda v: (top - v) / (top - low))
        layers = []
        for lower, upper, opacity in (("p05", "p95", 0.18), ("p25", "p75", 0.40)):
            area = {
                "mark": {"type": "area", "opacity": opacity},
                "encoding": chart.xy(lower, self.said(self.unit_short))
                | {"y2": {"field": upper}, "fill": chart.colour()},
            }
            edges = [
                {
                    "mark": {"type": "line", "strokeWidth": 1},
                    "encoding": chart.xy(end, self.said(self.unit_short)) | {"stroke": chart.colour()},
                }
                for end in (lower, upper)
            ]
            layers += [area, *edges]
        return chart.spec([*layers, chart.line("p50", self.said(self.unit_short)), *chart.labels("p50")])


class _Lines:
    """What the three kinds share: axes, coloured and dashed lines, labels at the ends."""

    def __init__(
        self,
        frame: pd.DataFrame,
        names: Sequence[str],
        scale: dict[str, Any],
        width: float,
        share_down: Any,
        ticks: list[float] | None = None,
    ) -> None:
        self.frame, self.names, self.scale, self.share_down, self.ticks = frame, list(names), scale, share_down, ticks
        self.room_px = min(max(width_px(n, 12, bold=True) for n in names) + 26, _LABEL_MOST_PX)
        self.plot_px = width - _LEFT_PX - self.room_px
        self.first, self.last = str(frame["date"].min()), str(frame["date"].max())

    def place(self, date: str) -> float:
        """Where a date stands. [px]"""
        first, at, last = (pd.Timestamp(d) for d in (self.first, date, self.last))
        return self.plot_px * (at - first) / (last - first) if last > first else self.plot_px / 2

    def colour(self) -> dict[str, Any]:
        return {
            "field": "series",
            "type": "nominal",
            "scale": {"domain": self.names, "range": list(palette.SERIES[: len(self.names)])},
            "legend": None,
        }

    def xy(self, field: str, unit: str) -> dict[str, Any]:
        axis: dict[str, Any] = {"title": unit or None, "titleAngle": 0, "titleAlign": "left", "titleAnchor": "end"}
        axis |= {"titleX": -_LEFT_PX + 4, "titleY": -8, "titleFontWeight": "normal", "titleFontSize": 12}
        if self.ticks is not None:
            axis |= {"values": self.ticks, "format": ",~g"}
        years = pd.Timestamp(self.last).year - pd.Timestamp(self.first).year
        when = {"labelFlush": False, "format": "%Y" if years > 1 else "%b %Y", "tickCount": int(min(max(years, 2), 9))}
        return {
            "x": {"field": "date", "type": "temporal", "axis": when},
            "y": {"field": field, "type": "quantitative", "scale": self.scale, "axis": axis},
        }

    def line(self, field: str, unit: str) -> dict[str, Any]:
        dashes = [list(d) for d in palette.DASHES[: len(self.names)]]
        dash = {"field": "series", "type": "nominal", "legend": None, "scale": {"domain": self.names, "range": dashes}}
        return {
            "mark": {"type": "line", "strokeWidth": 2.5, "invalid": "break-paths-show-path-domains"},
            "encoding": self.xy(field, unit) | {"stroke": self.colour(), "strokeDash": dash},
        }

    def labels(self, field: str) -> list[dict[str, Any]]:
        """Names at the ends of the lines, moved apart, with a hair line to where the line ends."""
        ends = self.frame.dropna(subset=[field]).sort_values("date").groupby("series", sort=False).tail(1)
        ends = ends.set_index("series").loc[self.names]
        at = [float(self.share_down(float(v))) * _HEIGHT_PX for v in ends[field]]
        moved = spread(at, 15, 6, _HEIGHT_PX - 2)
        rows = [
            {
                "series": name,
                "label": shorten(name, 12.9, self.room_px - 20),
                "x": round(self.place(str(ends.at[name, "date"])), 1),
                "y": round(y, 1),
                "x2": round(self.plot_px + 13, 1),
                "y2": round(m, 1),
            }
            for name, y, m in zip(self.names, at, moved, strict=True)
        ]
        plain = {"type": "quantitative", "scale": None, "axis": None}
        hair = {
            "data": {"values": rows},
            "mark": {"type": "rule", "strokeWidth": 0.8},
            "encoding": {
                "x": {"field": "x"} | plain,
                "x2": {"field": "x2"},
                "y": {"field": "y"} | plain,
                "y2": {"field": "y2"},
                "stroke": self.colour(),
            },
        }
        words = {
            "data": {"values": rows},
            "mark": {"type": "text", "align": "left", "dx": 3, "baseline": "middle", "fontWeight": "bold"},
            "encoding": {
                "x": {"field": "x2"} | plain,
                "y": {"field": "y2"} | plain,
                "text": {"field": "label"},
                "fill": {"field": "series", "type": "nominal", "legend": None, "scale": _ink_scale(self.names)},
            },
        }
        return [hair, words]

    def spec(self, layers: list[dict[str, Any]], extra_top: float = 0) -> dict[str, Any]:
        return {
            "width": round(self.plot_px),
            "height": _HEIGHT_PX,
            "autosize": "none",
            "padding": {
                "left": _LEFT_PX,
                "top": _TOP_PX + 16 + extra_top,
                "right": round(self.room_px),
                "bottom": _BOTTOM_PX,
            },
            "data": {"values": records(self.frame.drop(columns=[c for c in ("ref", "refs") if c in self.frame]))},
            "layer": layers,
            "resolve": {"scale": {"fill": "independent"}},
        }


def _ink_scale(names: Sequence[str]) -> dict[str, Any]:
    """Colours dark enough for text; teal and orange are not."""
    inks = [c if palette.contrast(c) >= 4.5 else palette.TEXT for c in palette.SERIES[: len(names)]]
    return {"domain": list(names), "range": inks}


def _coloured(names: Sequence[str]) -> dict[str, Any]:
    scale = {"domain": list(names), "range": list(palette.SERIES[: len(names)])}
    return {"field": "series", "type": "nominal", "legend": None, "scale": scale}


def _full(date: Any) -> str:
    text = str(date)[:10]
    return text + "-01-01"[len(text) - 4 :] if len(text) < 10 else text


def _nice_top(value: float) -> float:
    """The next 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(s * power for s in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if s * power >= value * (1 - 1e-12)))
