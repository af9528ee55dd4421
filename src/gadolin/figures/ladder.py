"""The capability ladder: one row per stage from ore to magnet, what stands on it and what is missing.

Data, one row per stage in order:
    stage     name as printed
    status    `operating`, `building`, `planned`, `stopped`, `none`, `not known`
    label     who and how much, as printed (may be blank)
    basis     basis of the statement (estimate and memory are hatched and say "est.")
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from gadolin.errors import InputError
from gadolin.figures import palette
from gadolin.figures.grammar import Body, Spoken, need
from gadolin.figures.text import text, width_px, wrap

__all__ = ["STATUSES", "Ladder"]

STATUSES: dict[str, tuple[str, str, str, str]] = {
    "operating": ("✓", "Operating", *palette.STATUS["ok"]),
    "building": ("▲", "Being built", *palette.STATUS["info"]),
    "planned": ("○", "Planned", *palette.STATUS["warning"]),
    "stopped": ("!", "Stopped", *palette.STATUS["stop"]),
    "none": ("✕", "Gap", *palette.STATUS["stop"]),
    "not known": ("?", "Not known", palette.MUTED, "#FFFFFF"),
}
"""Sign, word, ink and tint of each status."""

_STAGE_PX, _STATUS_PX, _GAP_PX = 170, 130, 6


@dataclass(frozen=True)
class Ladder(Spoken):
    """Rows from the first stage at the top to the last at the bottom, joined by arrows."""

    kind: str = "Capability ladder"

    def draw(self, data: pd.DataFrame, figure_id: str, width_px: float) -> Body:
        """The ladder."""
        need(data, ("stage", "status", "label", "basis"), self.kind)
        unknown = set(data["status"]) - set(STATUSES)
        if unknown:
            raise InputError(f"not a status of the ladder: {', '.join(sorted(unknown))} (one of {', '.join(STATUSES)})")
        drawn, y = [], 4.0
        rows = list(data.to_dict("records"))
        for i, row in enumerate(rows):
            svg, height = self._rung(row, figure_id, width_px, y)
            drawn.append(svg)
            if i + 1 < len(rows):
                x = _STAGE_PX / 2
                tip = y + height + _GAP_PX
                drawn.append(f'<path d="M{x - 5},{tip - 5:.5g} h10 l-5,5 z" fill="{palette.OUTLINE}"/>')
            y += height + _GAP_PX
        return Body("".join(drawn), y)

    def _rung(self, row: dict, figure_id: str, room: float, y: float) -> tuple[str, float]:
        sign, word, ink, tint = STATUSES[row["status"]]
        word = self.say(word)
        weak = row["basis"] in ("estimate", "memory")
        label = "" if pd.isna(row["label"]) else str(row["label"])
        label_x = _STAGE_PX + _STATUS_PX + 2 * _GAP_PX
        lines = wrap(f"{label} ({self.say('est.')})" if weak and label else label, 12, room - label_x - 12)
        height = max(30.0, 14 + 15 * len(lines))
        fill = f"url(#{palette.no_data_fill(figure_id)})" if row["status"] == "not known" else tint
        dash = ' stroke-dasharray="4 3"' if weak else ""
        status_x = _STAGE_PX + _GAP_PX
        box = f'<rect x="{status_x}" y="{y:.5g}" width="{_STATUS_PX}" height="{height:.5g}" rx="3"'
        middle = y + height / 2 + 4
        drawn = [
            f'<rect x="0" y="{y:.5g}" width="{_STAGE_PX}" height="{height:.5g}" rx="3" fill="{palette.SERIES[0]}"/>',
            text(self.said(str(row["stage"])), 10, middle, 13, fill="#FFFFFF", extra='font-weight="bold"'),
            f'{box} fill="{fill}" stroke="{ink}"{dash}/>',
        ]
        if row["status"] == "not known":  # words on a hatch need a plain ground
            wide = width_px(word, 13) + 28
            drawn.append(
                f'<rect x="{status_x + 6}" y="{middle - 13:.5g}" width="{wide:.5g}" height="18" fill="#FFFFFF"/>'
            )
        # the sign stands apart, since a font without it would set the whole run in another face
        drawn.append(text(sign, status_x + 10, middle, 13, fill=ink) + text(word, status_x + 27, middle, 13, fill=ink))
        first = y + height / 2 + 4 - (len(lines) - 1) * 7.5
        drawn += [text(line, label_x, first + i * 15, 12) for i, line in enumerate(lines)]
        return "".join(drawn), height
