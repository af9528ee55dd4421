"""Rows against columns: partners by criterion, and the regret of strategies over futures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gadolin.errors import InputError
from gadolin.figures import palette
from gadolin.figures.grammar import Body, Spoken, legend, need, no_data_swatch
from gadolin.figures.rows import cut, room_for, y_rows
from gadolin.figures.text import lines_of, shorten, text, width_px, wrap
from gadolin.figures.vega import Vega, records

__all__ = ["PartnerMatrix", "Regret"]

_CELL_PX, _NAME_MOST_PX = 34, 170


@dataclass(frozen=True)
class PartnerMatrix(Spoken):
    """A cell per partner and criterion, darker where better, with the value in words.

    Data, one row per cell: `partner`, `criterion`, `score` (0 worst to 1 best; blank when not known), `shown` (the
    value as printed), and where known `basis`. What is not known is hatched, an estimate has a dashed outline.
    """

    kind: str = "Matrix of partners and criteria"

    def draw(self, data: pd.DataFrame, figure_id: str, width_px: float) -> Body:
        """The matrix below its key."""
        need(data, ("partner", "criterion", "score", "shown"), self.kind)
        if data.duplicated(["partner", "criterion"]).any():
            raise InputError(f"{self.kind}: a partner and criterion stand twice")
        if ((data["score"] < 0) | (data["score"] > 1)).any():
            raise InputError(f"{self.kind}: a score is 0 to 1")
        partners, criteria = list(dict.fromkeys(data["partner"])), list(dict.fromkeys(data["criterion"]))
        room = min(max(_px(str(p)) for p in partners) + 14, _NAME_MOST_PX)
        wide = (width_px - room) / len(criteria)
        heads = [wrap(str(c), 12, wide - 8) for c in criteria]
        key, key_px = self._key(figure_id, width_px)
        top = key_px + 8 + 15 * max(len(h) for h in heads)
        drawn = [key]
        for i, head in enumerate(heads):
            drawn.append(lines_of(head, room + i * wide + 4, top - 8 - 15 * (len(head) - 1), 12))
        cells = {(r["partner"], r["criterion"]): r for r in data.to_dict("records")}
        for j, partner in enumerate(partners):
            y = top + j * _CELL_PX
            first, *rest = wrap(str(partner), 12, room - 8)
            name = [shorten(line, 12, room - 8) for line in ([first, " ".join(rest)] if rest else [first])]
            drawn.append(lines_of(name, 0, y + _CELL_PX / 2 + 4 - 7.5 * (len(name) - 1), 12))
            for i, criterion in enumerate(criteria):
                drawn.append(self._cell(cells.get((partner, criterion)), room + i * wide, y, wide, figure_id))
        return Body("".join(drawn), top + len(partners) * _CELL_PX + 2)

    def _cell(self, row: dict[str, Any] | None, x: float, y: float, wide: float, figure_id: str) -> str:
        known = row is not None and pd.notna(row["score"])
        score = float(row["score"]) if row is not None and known else 0.0
        step = min(int(score * len(palette.SEQUENTIAL)), len(palette.SEQUENTIAL) - 1)
        fill = palette.SEQUENTIAL[step] if known else f"url(#{palette.no_data_fill(figure_id)})"
        weak = row is not None and row.get("basis") in ("estimate", "memory")
        ink = palette.ink_on(palette.SEQUENTIAL[step]) if known else palette.TEXT
        stroke = f'stroke="{palette.TEXT if weak else palette.OUTLINE}"' + (' stroke-dasharray="4 3"' if weak else "")
        shown = "" if row is None or pd.isna(row["shown"]) else str(row["shown"])
        words = shorten(f"{shown}{self.est(weak)}" if known else self.say("not known"), 12, wide - 14)
        size = f'width="{wide - 4:.5g}" height="{_CELL_PX - 4}"'
        box = f'<rect x="{x + 2:.5g}" y="{y + 2:.5g}" {size} fill="{fill}" {stroke}/>'
        ground = ""
        if not known:
            ground = f'<rect x="{x + 5:.5g}" y="{y + 8:.5g}" width="{_px(words) + 6:.5g}" height="18" fill="#FFFFFF"/>'
        return box + ground + text(words, x + 8, y + _CELL_PX / 2 + 4, 12, fill=ink)

    def _key(self, figure_id: str, room: float) -> tuple[str, float]:
        steps = len(palette.SEQUENTIAL)
        blocks = "".join(
            f'<rect x="{i * 18}" width="18" height="12" fill="{c}" stroke="{palette.OUTLINE}"/>'
            for i, c in enumerate(palette.SEQUENTIAL)
        )
        x, ends = steps * 18 + 8, self.say("worse to better")
        hatch = no_data_swatch(figure_id)
        dashed = f'<rect width="18" height="12" fill="#FFFFFF" stroke="{palette.TEXT}" stroke-dasharray="4 3"/>'
        entries = [(hatch, self.say("not known")), (dashed, self.say("estimate (est.)"))]
        behind = x + max(_px(ends) + 24, 110)
        rest, high = legend(entries, room - behind)
        return f'<g>{blocks}{text(ends, x, 10, 12)}<g transform="translate({behind:.5g},0)">{rest}</g></g>', high


@dataclass(frozen=True)
class Regret(Vega):
    """One tick per future and strategy, with the 90 % point and the worst future marked.

    Regret is what a strategy loses against the best one in that future. Data: `strategy`, `regret` (>= 0), one row
    per future. Futures are not forecasts; their number is no probability.

    Args:
        unit_short: Unit at the axis.
    """

    unit_short: str = ""
    kind: str = "Regret of each strategy over the futures"

    def spec(self, data: pd.DataFrame, figure_id: str, width_px: float) -> dict[str, Any]:
        """The spec."""
        need(data, ("strategy", "regret"), self.kind)
        values = data["regret"].astype(float)
        if values.isna().any() or (values < 0).any():
            raise InputError(f"{self.kind}: regret is at least 0 and known in every future")
        names = list(dict.fromkeys(data["strategy"]))
        room = room_for(pd.Series(names))
        row = dict(zip(names, cut(pd.Series(names), room), strict=True))
        ticks = [{"row": row[s], "regret": float(f"{v:.6g}")} for s, v in zip(data["strategy"], values, strict=True)]
        points = []
        for name in names:
            own = values[data["strategy"] == name].to_numpy()
            for what, value in (
                ("90 % of futures below", float(np.quantile(own, 0.9))),
                ("worst future", float(own.max())),
            ):
                points.append({"row": row[name], "what": what, "regret": float(f"{value:.6g}")})
        x = {
            "field": "regret",
            "type": "quantitative",
            "scale": {"domain": [0, float(values.max()) or 1.0], "nice": True},
            "axis": {"title": self.said(self.unit_short) or None, "titleFontWeight": "normal", "titleFontSize": 12},
        }
        y = y_rows(list(row.values()))
        strip = {
            "data": {"values": ticks},
            "mark": {"type": "tick", "thickness": 1, "height": 16, "color": palette.SERIES[0], "opacity": 0.45},
            "encoding": {"x": x, "y": y},
        }
        shape = {"domain": ["90 % of futures below", "worst future"], "range": ["diamond", "triangle-left"]}
        marked = {
            "data": {"values": points},
            "mark": {
                "type": "point",
                "size": 110,
                "fill": "#FFFFFF",
                "stroke": palette.SERIES[2],
                "strokeWidth": 2,
                "opacity": 1,
            },
            "encoding": {"x": x, "y": y, "shape": {"field": "what", "type": "nominal", "scale": shape, "legend": None}},
        }
        return {
            "width": round(width_px - room - 20),
            "height": 34 * len(names),
            "autosize": "none",
            "padding": {"left": round(room), "top": 4, "right": 20, "bottom": 42 if self.unit_short else 24},
            "data": {"values": records(data.head(0))},
            "layer": [strip, marked],
        }

    def draw(self, data: pd.DataFrame, figure_id: str, width_px: float) -> Body:
        """The strips below their key."""
        body = super().draw(data, figure_id, width_px)
        stroke = f'fill="#FFFFFF" stroke="{palette.SERIES[2]}" stroke-width="2"'
        tick = f'<rect x="8" width="1.5" height="12" fill="{palette.SERIES[0]}"/>'
        entries = [
            (tick, self.say("one future")),
            (f'<path d="M9,0 l6,6 l-6,6 l-6,-6 z" {stroke}/>', self.say("90 % of futures below")),
            (f'<path d="M3,6 l10,-6 v12 z" {stroke}/>', self.say("worst future")),
        ]
        key, high = legend(entries, width_px)
        return Body(f'{key}<g transform="translate(0,{high + 4:g})">{body.svg}</g>', body.height_px + high + 4)


def _px(words: str) -> float:
    return width_px(words, 12)
