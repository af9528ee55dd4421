"""Colours, dashes and patterns of every figure, for a white page; colour is never the only signal.

A series has a colour and a dash, an estimate a hatch and a dashed outline, a missing value a grey hatch.
"""

from __future__ import annotations

__all__ = [
    "DASHES",
    "DIVERGING",
    "GRID",
    "MUTED",
    "NO_DATA_LINE",
    "OUTLINE",
    "REST",
    "SEQUENTIAL",
    "SERIES",
    "STATUS",
    "TEXT",
    "contrast",
    "estimate_fill",
    "ink_on",
    "no_data_fill",
    "patterns",
]

SERIES: tuple[str, ...] = ("#12436D", "#28A197", "#801650", "#F46A25")
"""At most four series in one figure."""

DASHES: tuple[tuple[int, ...], ...] = ((), (6, 3), (2, 2), (8, 3, 2, 3))
"""Dash of each series, in the same order; the first is solid."""

SEQUENTIAL: tuple[str, ...] = ("#DCE9F5", "#9CC4E4", "#5A9BCB", "#2A6DA8", "#12436D")
"""Low to high; cells are outlined in `OUTLINE`."""

DIVERGING: tuple[str, ...] = ("#8C3A00", "#D9853B", "#F3C9A1", "#F2F2F2", "#A9CDE8", "#3F88C0", "#12436D")
"""Worse to better than the reference, which is the middle."""

STATUS: dict[str, tuple[str, str]] = {
    "ok": ("#1B5E20", "#E6F4EA"),
    "warning": ("#7A4100", "#FFF3DC"),
    "stop": ("#9B1C1C", "#FDECEC"),
    "info": ("#12436D", "#E8F1FA"),
}
"""Text and tint of a status; a sign and a word always stand with it."""

TEXT, MUTED, GRID, OUTLINE, REST, NO_DATA_LINE = "#1A1A1A", "#595959", "#DADDE1", "#8A8F98", "#C9CDD2", "#8A8F98"


def contrast(one: str, other: str = "#FFFFFF") -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance).

    Args:
        one: Colour as #RRGGBB.
        other: Colour as #RRGGBB.

    >>> round(contrast("#12436D"), 1)
    10.2
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ink_on(fill: str) -> str:
    """Black or white, whichever reads better on a fill.

    >>> ink_on("#12436D"), ink_on("#DCE9F5")
    ('#FFFFFF', '#1A1A1A')
    """
    return max((TEXT, "#FFFFFF"), key=lambda ink: contrast(ink, fill))


def patterns(figure_id: str, drawing: str) -> str:
    """SVG definitions of the hatches that a drawing uses, with ids that are unique to a figure.

    Args:
        figure_id: Id of the figure; `estimate_fill` and `no_data_fill` name what is defined here.
        drawing: SVG of the figure's body.
    """
    hatches = {no_data_fill(figure_id): (NO_DATA_LINE, "#FFFFFF", 6, 1.0, -45)}
    hatches |= {estimate_fill(figure_id, i): (colour, "#FFFFFF", 5, 2.0, 45) for i, colour in enumerate(SERIES)}
    hatches[f"{figure_id}-estimate-rest"] = (OUTLINE, "#FFFFFF", 5, 2.0, 45)
    used = [_hatch(name, *look) for name, look in hatches.items() if f"#{name})" in drawing]
    return f"<defs>{''.join(used)}</defs>" if used else ""


def estimate_fill(figure_id: str, series: int) -> str:
    """Id of the hatch of an estimate of that series."""
    return f"{figure_id}-estimate-{series}"


def no_data_fill(figure_id: str) -> str:
    """Id of the grey hatch of what is not known."""
    return f"{figure_id}-no-data"


def _hatch(name: str, line: str, ground: str, step: int, width: float, angle: int) -> str:
    return (
        f'<pattern id="{name}" width="{step}" height="{step}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate({angle})"><rect width="{step}" height="{step}" fill="{ground}"/>'
        f'<line x1="0" y1="0" x2="0" y2="{step}" stroke="{line}" stroke-width="{width * 2:g}"/></pattern>'
    )
