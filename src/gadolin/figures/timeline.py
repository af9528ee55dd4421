"""A timeline of policies, engagements and events: one row each, grouped in lanes, with the words beside the mark.

Data: `lane`, `label`, `start` (ISO date, may be partial), `end` (blank: `open` says whether it goes on), and where
known `open` (yes or no) and `basis`. Estimates are hatched and dashed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gadolin.errors import InputError
from gadolin.figures import palette
from gadolin.figures.grammar import Body, Spoken, at_most_series, need
from gadolin.figures.text import shorten, text, width_px

__all__ = ["Timeline"]

_ROW_PX, _LANE_PX = 20, 26


@dataclass(frozen=True)
class Timeline(Spoken):
    """Bars for what lasts, diamonds for a single day, an arrow for what goes on.

    Args:
        today: Date of the vertical line (ISO); none when empty.
    """

    today: str = ""
    kind: str = "Timeline"

    def draw(self, data: pd.DataFrame, figure_id: str, width_px: float) -> Body:
        """The timeline."""
        need(data, ("lane", "label", "start", "end"), self.kind)
        lanes = at_most_series(data["lane"], self.kind)
        begin = [_day(d, self.kind) for d in data["start"]]
        finish = [_day(d, self.kind, last=True) if pd.notna(d) and d else None for d in data["end"]]
        if any(f is not None and f < b for b, f in zip(begin, finish, strict=True)):
            raise InputError(f"{self.kind}: an end lies before its start")
        now = [_day(self.today, self.kind)] if self.today else []
        first = min([*begin, *now]).astype("datetime64[Y]")
        last = max([*begin, *(f for f in finish if f is not None), *now]).astype("datetime64[Y]") + 1
        span = int((last - first).astype(int))
        scale = _Scale(first.astype("datetime64[D]"), last.astype("datetime64[D]"), width_px)
        drawn, y = [], 22.0
        for i, lane in enumerate(lanes):
            drawn.append(text(self.said(lane), 0, y + 14, 12, fill=palette.TEXT, extra='font-weight="bold"'))
            drawn.append(f'<line x1="0" x2="{width_px:.5g}" y1="{y:.5g}" y2="{y:.5g}" stroke="{palette.GRID}"/>')
            y += _LANE_PX
            for k in np.flatnonzero((data["lane"] == lane).to_numpy()):
                drawn.append(self._row(data.iloc[k], begin[k], finish[k], i, y, scale, figure_id))
                y += _ROW_PX
        return Body(_years(first, span, scale, y) + self._now(scale, y) + "".join(drawn), y + (18 if self.today else 4))

    def _row(
        self,
        row: pd.Series,
        begin: np.datetime64,
        end: np.datetime64 | None,
        series: int,
        y: float,
        scale: _Scale,
        name: str,
    ) -> str:
        colour, weak = palette.SERIES[series], row.get("basis") in ("estimate", "memory")
        goes_on = end is None and row.get("open") in ("yes", True)
        x, right = scale.px(begin), scale.px(end) if end is not None else (scale.width if goes_on else scale.px(begin))
        fill = f"url(#{palette.estimate_fill(name, series)})" if weak else colour
        outline = f'stroke="{colour}"' + (' stroke-dasharray="3 2"' if weak else "")
        if goes_on:
            mark = f'<path d="M{x:.5g},{y + 4} H{right - 8:.5g} l8,6 l-8,6 H{x:.5g} z" fill="{fill}" {outline}/>'
        elif end is None or right - x < 6:
            mark, right = f'<path d="M{x:.5g},{y + 3} l7,7 l-7,7 l-7,-7 z" fill="{fill}" {outline}/>', x + 7
            x -= 7
        else:
            mark = f'<rect x="{x:.5g}" y="{y + 4}" width="{right - x:.5g}" height="12" fill="{fill}" {outline}/>'
        words = f"{row['label']}, {self.say.date(str(row['start']))}{self.est(weak)}"
        wide = width_px(words, 12)
        if right + 6 + wide <= scale.width:
            return mark + text(words, right + 6, y + 14, 12)
        if x - 6 - wide >= 0:
            return mark + text(words, x - 6, y + 14, 12, anchor="end")
        inside = shorten(words, 12, right - x - 16)
        ink = palette.TEXT if weak else palette.ink_on(colour)
        ground = (
            f'<rect x="{x + 4:.5g}" y="{y + 4}" width="{width_px(inside, 12) + 6:.5g}" height="12" fill="#FFFFFF"/>'
        )
        return mark + (ground if weak else "") + text(inside, x + 7, y + 14, 12, fill=ink)

    def _now(self, scale: _Scale, bottom: float) -> str:
        if not self.today:
            return ""
        x = scale.px(_day(self.today, self.kind))
        half = width_px(self.say.date(self.today), 12) / 2
        words = text(self.say.date(self.today), min(max(x, half), scale.width - half), bottom + 14, 12, anchor="middle")
        stroke = f'stroke="{palette.TEXT}" stroke-dasharray="2 3"'
        line = f'<line x1="{x:.5g}" x2="{x:.5g}" y1="18" y2="{bottom:.5g}" {stroke}/>'
        return line + words


@dataclass(frozen=True)
class _Scale:
    first: np.datetime64
    last: np.datetime64
    width: float

    def px(self, day: np.datetime64) -> float:
        """Place of a day. [px]"""
        return float(self.width * (day - self.first) / (self.last - self.first))


def _years(first: np.datetime64, count: int, scale: _Scale, bottom: float) -> str:
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100) if scale.width / count * s >= 44)
    drawn = []
    for i in range(count):
        year = first + i
        if int(str(year)) % step:
            continue
        x = scale.px(year.astype("datetime64[D]"))
        drawn.append(f'<line x1="{x:.5g}" x2="{x:.5g}" y1="18" y2="{bottom:.5g}" stroke="{palette.GRID}"/>')
        drawn.append(text(str(year), x + 2, 12, 12, fill=palette.MUTED))
    return "".join(drawn)


def _day(date: object, kind: str, last: bool = False) -> np.datetime64:
    """First (or last) day of a partial date."""
    words = str(date)
    unit = {4: "Y", 7: "M", 10: "D"}.get(len(words))
    try:
        if unit is None:
            raise ValueError
        found = np.datetime64(words, unit)
    except ValueError:
        raise InputError(f'{kind}: "{words}" is not a date such as 2024-03-31, 2024-03 or 2024') from None
    return ((found + 1).astype("datetime64[D]") - 1) if last else found.astype("datetime64[D]")
