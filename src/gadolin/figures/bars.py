"""Bars from zero and dots with ranges: baskets, shares with the rest, range dots, waterfall, tornado.

A bar that is an estimate is hatched, has a dashed outline and says "est."; what is not known is hatched grey.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gadolin.errors import InputError
from gadolin.figures import palette
from gadolin.figures.grammar import Body, at_most_series, legend, need
from gadolin.figures.text import shorten, width_px, wrap
from gadolin.figures.vega import Vega, records, weak

__all__ = ["BasketBars", "RangeDots", "ShareBars", "Tornado", "Waterfall"]

UNITS = {"RangeDots.reference": "unit of the figure", "Tornado.base": "unit of the figure"}

_ROW_PX, _TWO_LINES_PX, _LABEL_MOST_PX = 24, 34, 250


def _room_for(labels: pd.Series, most: float = _LABEL_MOST_PX) -> float:
    return min(max(width_px(str(label), 12) for label in labels) + 12, most)


def _cut(labels: pd.Series, room: float) -> list[str]:
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


def _row_px(rows: Sequence[str], plain: float = _ROW_PX) -> float:
    """Height of a row: more where a label has two lines. [px]"""
    return max(plain, _TWO_LINES_PX) if any("\n" in row for row in rows) else plain


def _shown(value: float, digits: int = 3) -> str:
    """A number with at most that many digits, as a label prints it."""
    if value == 0 or not np.isfinite(value):
        return "0" if value == 0 else ""
    decimals = max(digits - 1 - int(np.floor(np.log10(abs(value)))), 0)
    text = f"{round(value, decimals):,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _y(rows: list[str], field: str = "row", axis: dict[str, Any] | None = None) -> dict[str, Any]:
    plain: dict[str, Any] = {"domain": False, "ticks": False, "labelPadding": 8, "labelLimit": _LABEL_MOST_PX}
    if any("\n" in row for row in rows):
        plain |= {"labelExpr": "split(datum.label, '\\n')", "labelLineHeight": 14}
    return {"field": field, "type": "nominal", "sort": rows, "axis": plain | (axis or {})}


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
            _shown(v) + self.est(est) if pd.notna(v) else self.say("no price")
            for v, est in zip(frame["value"], frame["est"], strict=True)
        ]
        frame["end"] = frame["end"].fillna(0.0)
        rows = list(frame["row"])
        room = _room_for(frame["row"], 90)
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
        y = _y(rows, axis={"labels": not worth})
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
        return {"width": round(wide), "height": {"step": _ROW_PX}, "layer": layers}


@dataclass(frozen=True)
class RangeDots(Vega):
    """A dot per row with its range as a line; a range that is not known is said.

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
        room = _room_for(data["item"])
        frame = data.assign(row=_cut(data["item"], room), est=weak(data))
        frame["far"] = frame[["value", "high"]].astype(float).max(axis=1)
        known, unranged = frame["low"].notna() & frame["high"].notna(), self.say("range not known")
        frame["label"] = [
            self.say("not known") if pd.isna(v) else _shown(v) + self.est(e) + ("" if k else f", {unranged}")
            for v, e, k in zip(frame["value"], frame["est"], known, strict=True)
        ]
        ends = frame[["value", "low", "high"]].to_numpy(dtype=float)
        more = [self.reference] if self.reference is not None else []
        low = min(0.0, float(np.nanmin(ends)), *more)
        high = max(float(np.nanmax(ends)), *more, 0.0)
        frame["far"] = frame["far"].fillna(low)
        shares = (frame["far"].astype(float) - low) / (high - low)
        plot, tail = _plot_beside(shares, frame["label"], width_px - room)
        axis = {"title": self.said(self.unit_short) or None, "titleFontWeight": "normal", "titleFontSize": 12}
        x = {
            "field": "value",
            "type": "quantitative",
            "scale": {"domain": [low, high], "nice": False},
            "axis": axis | {"titleAnchor": "start"},
        }
        y = _y(list(frame["row"]))
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
            *_haloed(
                {
                    "mark": {"type": "text", "align": "left", "dx": 9, "baseline": "middle"},
                    "encoding": {"x": x | {"field": "far"}, "y": y, "text": {"field": "label"}},
                }
            ),
        ]
        if self.reference is not None:
            layers = [*_reference(self.reference, self.said(self.reference_label), x, (low, high), plot), *layers]
        return _single(frame, layers, room, plot, tail, len(frame), 20 if self.reference is not None else 4)


@dataclass(frozen=True)
class ShareBars(Vega):
    """Shares of a whole per row, at most four named parts, with the rest shown.

    Data: `item` (the row), `part`, `share` (0 to 1), and where known `basis`. Parts named in `rest` are grey; what is
    missing to one is drawn as "not known".

    Args:
        rest: Name of the part that is the rest of all others.
    """

    rest: str = "others"
    kind: str = "Shares of a whole"

    def _split(self, data: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
        need(data, ("item", "part", "share"), self.kind)
        names = at_most_series([p for p in data["part"] if p != self.rest], self.kind)
        sums = data.groupby("item", sort=False)["share"].sum()
        if (sums > 1 + 1e-6).any() or (data["share"] < 0).any():
            raise InputError(
                f"{self.kind}: shares must be 0 to 1 and at most 1 in all; {sums.idxmax()} has {sums.max():.4g}"
            )
        gaps = [{"item": i, "part": "not known", "share": 1 - s} for i, s in sums.items() if s < 1 - 1e-6]
        order = [*names, self.rest, "not known"]
        frame = pd.concat([data, pd.DataFrame(gaps)], ignore_index=True) if gaps else data.copy()
        frame["rank"] = [order.index(str(p)) for p in frame["part"]]
        items = list(dict.fromkeys(data["item"]))
        frame = frame.sort_values("rank", kind="stable")
        frame["end"] = frame.groupby("item", sort=False)["share"].cumsum() * 100
        frame["start"] = frame["end"] - frame["share"] * 100
        frame["at"] = [items.index(i) for i in frame["item"]]
        return frame.sort_values(["at", "rank"]).drop(columns="at"), [n for n in order if n in set(frame["part"])]

    def _fills(self, figure_id: str, order: list[str]) -> tuple[list[str], list[str]]:
        named = [n for n in order if n not in (self.rest, "not known")]
        fill = {n: palette.SERIES[i] for i, n in enumerate(named)} | {self.rest: palette.REST}
        fill["not known"] = f"url(#{palette.no_data_fill(figure_id)})"
        hatch = {n: f"url(#{palette.estimate_fill(figure_id, i)})" for i, n in enumerate(named)}
        hatch |= {self.rest: f"url(#{figure_id}-estimate-rest)", "not known": fill["not known"]}
        return [fill[n] for n in order], [hatch[n] for n in order]

    def spec(self, data: pd.DataFrame, figure_id: str, width_px: float) -> dict[str, Any]:
        """The spec."""
        frame, order = self._split(data)
        room = _room_for(frame["item"])
        plot = width_px - room - 16
        items = pd.Series(list(dict.fromkeys(frame["item"])))
        frame["row"] = frame["item"].map(dict(zip(items, _cut(items, room), strict=True)))
        frame["est"] = weak(frame)
        words = [f"{100 * s:.0f} %{self.est(e)}" for s, e in zip(frame["share"], frame["est"], strict=True)]
        frame["label"] = [w if _text_px(w) + 8 < s * plot else "" for w, s in zip(words, frame["share"], strict=True)]
        frame["middle"] = (frame["start"] + frame["end"]) / 2
        solid, hatched = self._fills(figure_id, order)
        plain_ground = frame["est"] | (frame["part"] == "not known")
        inks = {n: palette.ink_on(f) if f.startswith("#") else palette.TEXT for n, f in zip(order, solid, strict=True)}
        frame["ink"] = [palette.TEXT if p else inks[n] for p, n in zip(plain_ground, frame["part"], strict=True)]
        x = {
            "field": "start",
            "type": "quantitative",
            "scale": {"domain": [0, 100], "nice": False},
            "axis": {"title": None, "format": ".0f", "labelExpr": "datum.label + ' %'", "labelFlush": False},
        }
        y = _y(list(dict.fromkeys(frame["row"])))
        layers = [
            {
                "transform": [{"filter": f"{'' if est else '!'}datum.est"}],
                "mark": {
                    "type": "bar",
                    "height": 20,
                    "stroke": "#FFFFFF" if not est else palette.OUTLINE,
                    "strokeWidth": 1,
                }
                | ({"strokeDash": [4, 3]} if est else {}),
                "encoding": {
                    "x": x,
                    "x2": {"field": "end"},
                    "y": y,
                    "fill": {
                        "field": "part",
                        "type": "nominal",
                        "legend": None,
                        "scale": {"domain": order, "range": hatched if est else solid},
                    },
                },
            }
            for est in (False, True)
        ]
        halo = {
            "transform": [{"filter": "(datum.est || datum.part == 'not known') && datum.label != ''"}],
            "mark": {"type": "text", "baseline": "middle", "stroke": "#FFFFFF", "strokeWidth": 5, "fill": "#FFFFFF"},
            "encoding": {"x": x | {"field": "middle"}, "y": y, "text": {"field": "label"}},
        }
        label = {
            "mark": {"type": "text", "baseline": "middle"},
            "encoding": {
                "x": x | {"field": "middle"},
                "y": y,
                "text": {"field": "label"},
                "fill": {"field": "ink", "type": "nominal", "scale": None},
            },
        }
        made = _single(
            frame,
            [*layers, halo, label],
            room,
            plot,
            16,
            len(dict.fromkeys(frame["row"])),
            4,
            max(30, _row_px(list(frame["row"]))),
        )
        return made | {"resolve": {"scale": {"fill": "independent"}}}

    def draw(self, data: pd.DataFrame, figure_id: str, width_px: float) -> Body:
        """The chart below its key."""
        body = super().draw(data, figure_id, width_px)
        _, order = self._split(data)
        fills, _ = self._fills(figure_id, order)
        swatch = '<rect width="18" height="12" fill="{}" stroke="#8A8F98"/>'
        key, high = legend([(swatch.format(f), self.said(n)) for f, n in zip(fills, order, strict=True)], width_px)
        return Body(f'{key}<g transform="translate(0,{high + 4:g})">{body.svg}</g>', body.height_px + high + 4)


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
        room = _room_for(data["item"])
        frame = data.assign(row=_cut(data["item"], room), est=weak(data))
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
            ("+" if k == "change" and v > 0 else "") + _shown(v).replace("-", "−") + self.est(e)
            for k, v, e in zip(data["kind"], data["value"].astype(float), frame["est"], strict=True)
        ]
        domain = [min(0.0, *starts, *ends), max(0.0, *starts, *ends)]
        shares = (frame["right"] - domain[0]) / (domain[1] - domain[0])
        plot, tail = _plot_beside(shares, frame["label"], width_px - room)
        x = {"field": "start", "type": "quantitative", "scale": {"domain": domain, "nice": False}, "axis": {}}
        y = _y(list(frame["row"]))
        colours = {"total": palette.SERIES[0], "up": palette.SERIES[1], "down": palette.SERIES[3]}
        hatches = {"total": 0, "up": 1, "down": 3}
        frame["sign"] = [
            "total" if k == "total" else ("up" if v >= 0 else "down")
            for k, v in zip(data["kind"], data["value"], strict=True)
        ]
        layers = [
            {
                "transform": [{"filter": f"datum.sign == '{sign}' && {'' if est else '!'}datum.est"}],
                "mark": {
                    "type": "bar",
                    "height": 15,
                    "fill": f"url(#{palette.estimate_fill(figure_id, hatches[sign])})" if est else colour,
                }
                | ({"stroke": colour, "strokeDash": [4, 3]} if est else {}),
                "encoding": {"x": x, "x2": {"field": "end"}, "y": y},
            }
            for sign, colour in colours.items()
            for est in (False, True)
        ]
        zero = {"mark": {"type": "rule", "stroke": palette.TEXT}, "encoding": {"x": x | {"field": None, "datum": 0}}}
        zero["encoding"]["x"].pop("field")
        label = {
            "mark": {"type": "text", "align": "left", "dx": 5, "baseline": "middle"},
            "encoding": {"x": x | {"field": "right"}, "y": y, "text": {"field": "label"}},
        }
        return _single(frame, [*layers, zero, *_haloed(label)], room, plot, tail, len(frame), 4)


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
        room = _room_for(data["item"])
        frame = data.assign(row=_cut(data["item"], room))
        ends = frame[["low_result", "high_result"]].to_numpy(dtype=float)
        low, high = min(float(ends.min()), self.base), max(float(ends.max()), self.base)
        tail = max(_text_px(str(t)) for t in [*data["low_input"], *data["high_input"]]) + 10
        plot = width_px - room - 2 * tail
        x = {
            "field": "low_result",
            "type": "quantitative",
            "scale": {"domain": [low, high], "nice": False},
            "axis": {"title": self.said(self.unit_short) or None, "titleFontWeight": "normal", "titleFontSize": 12},
        }
        y = _y(list(frame["row"]), axis={"labelPadding": tail + 4})
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
                labels += _haloed(
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
        return _single(frame, [*layers, line, *labels], room + tail, plot, tail, len(frame), 4)

    def draw(self, data: pd.DataFrame, figure_id: str, width_px: float) -> Body:
        """The chart below its key."""
        body = super().draw(data, figure_id, width_px)
        swatch = '<rect width="18" height="12" fill="{}"/>'
        ends = ((palette.SERIES[3], "input at its low end"), (palette.SERIES[1], "input at its high end"))
        key, high = legend([(swatch.format(colour), self.say(words)) for colour, words in ends], width_px)
        return Body(f'{key}<g transform="translate(0,{high + 4:g})">{body.svg}</g>', body.height_px + high + 4)


def _plot_beside(shares: pd.Series, labels: pd.Series, room: float) -> tuple[float, float]:
    """Widest plot in which every label fits behind its mark, and what is left beside it. [px]"""
    fits = [(room - _text_px(t) - 14) / s for s, t in zip(shares, labels, strict=True) if s > 0]
    plot = min([room - 14, *fits])
    return plot, room - plot


def _haloed(label: dict[str, Any]) -> list[dict[str, Any]]:
    """A text twice, first with a wide white edge, so that a line behind it does not cross the letters."""
    edge = {"stroke": "#FFFFFF", "strokeWidth": 6, "strokeJoin": "round"}
    return [label | {"mark": label["mark"] | edge}, label]


def _text_px(words: str) -> float:
    return width_px(words, 12)


def _reference(
    at: float, words: str, x: dict[str, Any], ends: tuple[float, float], plot: float
) -> list[dict[str, Any]]:
    place = {k: v for k, v in x.items() if k != "field"} | {"datum": at}
    px = plot * (at - ends[0]) / (ends[1] - ends[0])
    align = "left" if px + _text_px(words) < plot else "right"
    rule = {"mark": {"type": "rule", "stroke": palette.SERIES[2], "strokeDash": [4, 3]}, "encoding": {"x": place}}
    label = {
        "data": {"values": [{"words": words}]},
        "mark": {"type": "text", "align": align, "baseline": "bottom", "fill": palette.SERIES[2]},
        "encoding": {"x": place, "y": {"value": -4}, "text": {"field": "words"}},
    }
    return [rule, label]


def _single(
    frame: pd.DataFrame,
    layers: list[dict[str, Any]],
    left: float,
    plot: float,
    right: float,
    rows: int,
    top: float,
    step: float | None = None,
) -> dict[str, Any]:
    keep = [c for c in frame.columns if c not in ("ref", "refs")]
    title = any(layer.get("encoding", {}).get("x", {}).get("axis", {}).get("title") for layer in layers)
    return {
        "width": round(plot),
        "height": rows * (step or _row_px(list(frame["row"]))),
        "autosize": "none",
        "padding": {"left": round(left), "top": top, "right": round(right), "bottom": 42 if title else 24},
        "data": {"values": records(frame[keep])},
        "layer": layers,
    }
