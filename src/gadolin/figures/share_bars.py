"""Shares of a whole, with the rest and what is not known drawn too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadolin.errors import InputError
from gadolin.figures import palette
from gadolin.figures.grammar import Body, at_most_series, legend, need
from gadolin.figures.rows import (
    cut,
    room_for,
    row_px,
    single,
    text_px,
    y_rows,
)
from gadolin.figures.vega import Vega, weak

__all__ = ["ShareBars"]


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
        room = room_for(frame["item"])
        plot = width_px - room - 16
        items = pd.Series(list(dict.fromkeys(frame["item"])))
        frame["row"] = frame["item"].map(dict(zip(items, cut(items, room), strict=True)))
        frame["est"] = weak(frame)
        words = [f"{100 * s:.0f} %{self.est(e)}" for s, e in zip(frame["share"], frame["est"], strict=True)]
        frame["label"] = [w if text_px(w) + 8 < s * plot else "" for w, s in zip(words, frame["share"], strict=True)]
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
        y = y_rows(list(dict.fromkeys(frame["row"])))
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
        made = single(
            frame,
            [*layers, halo, label],
            room,
            plot,
            16,
            len(dict.fromkeys(frame["row"])),
            4,
            max(30, row_px(list(frame["row"]))),
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
