"""A map of the world or a part of it, with places, flows and shaded countries.

Outlines are Natural Earth 1:50m, simplified and shipped; projection Equal Earth (areas are true). Data, one row per
thing drawn; the filled columns decide what it is:
    iso3, value               a country shaded by value, in five steps (blank value: hatched, not known)
    lat_deg, lon_deg, label   a place; `series` colours it (at most four), an estimate is an open mark
    to_lat_deg, to_lon_deg    with these a flow from place to place, as wide as its `value`
Boundaries are not an expression of opinion, and every map says so.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from importlib import resources

import numpy as np
import pandas as pd

from gadolin.errors import InputError
from gadolin.figures import palette
from gadolin.figures.grammar import Body, Spoken, at_most_series, legend, need, no_data_swatch
from gadolin.figures.text import text, width_px

__all__ = ["WorldMap", "equal_earth"]

BOUNDARY_NOTE = "Boundaries are not an expression of opinion. Outlines: Natural Earth."
_A = (1.340264, -0.081106, 0.000893, 0.003796)
_LAND, _HIGH_MOST_PX = "#F0F1F3", 430.0


@dataclass(frozen=True)
class WorldMap(Spoken):
    """A map.

    Args:
        box_deg: West, south, east and north edge. [°]
        value_title: What the shades or the widths of flows show, with unit.
    """

    box_deg: tuple[float, float, float, float] = (-170.0, -56.0, 180.0, 80.0)
    value_title: str = ""
    kind: str = "Map"

    def draw(self, data: pd.DataFrame, figure_id: str, width_px: float) -> Body:
        """The map above its key and the note on boundaries."""
        need(data, ("label", "lat_deg", "lon_deg"), self.kind)
        view = _View.of(self.box_deg, width_px)
        land = _countries(view, self._shades(data, figure_id))
        places = data[data["lat_deg"].notna()]
        series = at_most_series(places["series"], self.kind) if "series" in places and len(places) else []
        flows = self._flows(places, view)
        marks = self._places(places, view, series)
        clip = f'<clipPath id="{figure_id}-box"><rect width="{width_px:.5g}" height="{view.high:.5g}"/></clipPath>'
        key, high = self._key(data, series, figure_id, width_px)
        y = view.high + 10
        return Body(
            f'<defs>{clip}</defs><g clip-path="url(#{figure_id}-box)">'
            f'<rect width="{width_px:.5g}" height="{view.high:.5g}" fill="#FFFFFF" stroke="{palette.GRID}"/>'
            f"{land}{flows}{marks}</g>"
            f'<g transform="translate(0,{y:.5g})">{key}</g>'
            + text(self.say(BOUNDARY_NOTE), 0, y + high + 12, 11, fill=palette.MUTED),
            y + high + 14,
        )

    def _shades(self, data: pd.DataFrame, figure_id: str) -> dict[str, str]:
        """Fill of each shaded country."""
        if "iso3" not in data:
            return {}
        rows = data[data["iso3"].notna()]
        unknown = sorted(set(rows["iso3"]) - set(_atlas()["countries"]))
        if unknown:
            raise InputError(f"{self.kind}: no outline for {', '.join(unknown)}")
        values = rows["value"].astype(float)
        low, high = float(values.min()), float(values.max())
        fills = {}
        for iso3, value in zip(rows["iso3"], values, strict=True):
            share = 1.0 if high == low else (value - low) / (high - low)
            fills[str(iso3)] = (
                f"url(#{palette.no_data_fill(figure_id)})"
                if np.isnan(value)
                else palette.SEQUENTIAL[min(int(share * 5), 4)]
            )
        return fills

    def _flows(self, places: pd.DataFrame, view: _View) -> str:
        if "to_lat_deg" not in places:
            return ""
        rows = places[places["to_lat_deg"].notna()]
        most = float(rows["value"].max()) if len(rows) else 1.0
        drawn = []
        for row in rows.to_dict("records"):
            x1, y1 = view.px(row["lon_deg"], row["lat_deg"])
            x2, y2 = view.px(row["to_lon_deg"], row["to_lat_deg"])
            bend = 0.18 * np.hypot(x2 - x1, y2 - y1)
            mx, my = (x1 + x2) / 2, (y1 + y2) / 2 - bend
            wide = max(6 * float(row["value"]) / most, 1.0)
            dash = ' stroke-dasharray="5 3"' if row.get("basis") in ("estimate", "memory") else ""
            drawn.append(
                f'<path d="M{x1:.5g},{y1:.5g} Q{mx:.5g},{my:.5g} {x2:.5g},{y2:.5g}" fill="none" '
                f'stroke="{palette.SERIES[2]}" stroke-opacity="0.65" stroke-width="{wide:.3g}"{dash}/>'
            )
        return "".join(drawn)

    def _places(self, places: pd.DataFrame, view: _View, series: list[str]) -> str:
        taken: list[tuple[float, float, float, float]] = []
        spots = []
        for row in places.to_dict("records"):
            x, y = view.px(row["lon_deg"], row["lat_deg"])
            spots.append((row, x, y))
            taken.append((x - 5, y - 5, x + 5, y + 5))
        drawn = []
        for row, x, y in spots:
            i = series.index(str(row["series"])) if series else 0
            colour = palette.SERIES[i]
            fill = "#FFFFFF" if row.get("basis") in ("estimate", "memory") else colour
            drawn.append(_mark(i, x, y, fill, colour))
            drawn.append(_label(str(row["label"]), x, y, taken, view))
        return "".join(drawn)

    def _key(self, data: pd.DataFrame, series: list[str], figure_id: str, room: float) -> tuple[str, float]:
        entries = [
            (_mark(i, 9, 6, palette.SERIES[i], palette.SERIES[i]), self.said(name)) for i, name in enumerate(series)
        ]
        if "iso3" in data and data["iso3"].notna().any():
            values = data.loc[data["iso3"].notna(), "value"].astype(float)
            low, high = float(values.min()), float(values.max())
            for i, colour in enumerate(palette.SEQUENTIAL):
                ends = (low + (high - low) * k / 5 for k in (i, i + 1))
                box = f'<rect width="18" height="12" fill="{colour}" stroke="{palette.OUTLINE}"/>'
                entries.append((box, "-".join(f"{e:.3g}" for e in ends)))
            if values.isna().any():
                entries.append((no_data_swatch(figure_id), self.say("not known")))
        elif "to_lat_deg" in data and data["to_lat_deg"].notna().any():
            line = f'<line x2="18" y1="6" y2="6" stroke="{palette.SERIES[2]}" stroke-width="6" stroke-opacity="0.65"/>'
            entries.append((line, f"{data['value'].max():,.3g} {self.said(self.value_title)}".strip()))
        return legend(entries, room) if entries else ("", 0.0)


@dataclass(frozen=True)
class _View:
    """From degrees to pixels."""

    scale: float
    left: float
    top: float
    width: float
    high: float

    @classmethod
    def of(cls, box_deg: tuple[float, float, float, float], width: float) -> _View:
        west, south, east, north = box_deg
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise InputError(f"map: {box_deg} is not west < east, south < north in degrees")
        edge = np.linspace(south, north, 41)
        lon = np.concatenate([np.full(41, west), np.full(41, east), [(west + east) / 2] * 2])
        x, y = equal_earth(lon, np.concatenate([edge, edge, [south, north]]))
        scale = min(width / float(x.max() - x.min()), _HIGH_MOST_PX / float(y.max() - y.min()))
        left = (float(x.max() + x.min()) - width / scale) / 2  # a tall box shows more of its sides
        return cls(scale, left, float(y.max()), width, float(y.max() - y.min()) * scale)

    def px(self, lon_deg: float, lat_deg: float) -> tuple[float, float]:
        """Place of a point. [px]"""
        x, y = equal_earth(np.array([lon_deg]), np.array([lat_deg]))
        return float((x[0] - self.left) * self.scale), float((self.top - y[0]) * self.scale)


def equal_earth(lon_deg: np.ndarray, lat_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Equal Earth projection on a sphere of radius 1.

    Args:
        lon_deg: Longitudes. [°]
        lat_deg: Latitudes. [°]

    Returns:
        x and y. [radius]

    References:
        Šavrič, Patterson, Jenny 2018, doi:10.1080/13658816.2018.1504949.

    >>> x, y = equal_earth(np.array([180.0]), np.array([0.0]))
    >>> round(float(x[0]), 4), float(y[0])
    (2.7066, 0.0)
    """
    a1, a2, a3, a4 = _A
    t = np.arcsin(np.sqrt(3) / 2 * np.sin(np.radians(lat_deg)))
    t2 = t * t
    t6 = t2**3
    x = 2 * np.sqrt(3) * np.radians(lon_deg) * np.cos(t) / (3 * (9 * a4 * t6 * t2 + 7 * a3 * t6 + 3 * a2 * t2 + a1))
    return x, t * (a4 * t6 * t2 + a3 * t6 + a2 * t2 + a1)


@functools.cache
def _atlas() -> dict:
    return json.loads((resources.files("gadolin.figures") / "data" / "world_50m.json").read_text("utf-8"))


@functools.cache
def _arcs() -> tuple[np.ndarray, ...]:
    scale = _atlas()["scale_deg"]
    arcs = [np.cumsum(np.asarray(a, dtype=float).reshape(-1, 2), axis=0) * scale for a in _atlas()["arcs"]]
    for arc in arcs:
        arc[:, 0] = np.unwrap(arc[:, 0], period=360)
    return tuple(arcs)


def _countries(view: _View, fills: dict[str, str]) -> str:
    """All countries that reach into the view, thinned to what a pixel shows."""
    arcs = _Projected(view)
    plain, drawn = [], []
    for iso3, polygons in _atlas()["countries"].items():
        path = "".join(_path(arcs.ring(ring), view) for polygon in polygons for ring in polygon)
        if path and iso3 in fills:
            drawn.append(f'<path d="{path}" fill="{fills[iso3]}" stroke="{palette.OUTLINE}" data-iso3="{iso3}"/>')
        elif path:
            plain.append(path)
    style = f'stroke="{palette.REST}" stroke-width="0.6" stroke-linejoin="round" fill-rule="evenodd"'
    return f'<g {style}><path d="{"".join(plain)}" fill="{_LAND}"/>{"".join(drawn)}</g>'


class _Projected:
    """Arcs in pixels; each is projected once, and again a turn further where a ring crosses 180°."""

    def __init__(self, view: _View) -> None:
        self.view = view
        self.made: dict[tuple[int, int], np.ndarray] = {}

    def ring(self, ring: list[int]) -> list[np.ndarray]:
        """The ring, and where it crosses 180° its copy one turn back."""
        turns, lon, crosses = [], None, False
        for k in ring:
            arc = _arcs()[k] if k >= 0 else _arcs()[~k][::-1]
            turns.append(0 if lon is None else round((lon - arc[0, 0]) / 360))
            lon = arc[-1, 0] + 360 * turns[-1]
            crosses |= abs(arc[:, 0] + 360 * turns[-1]).max() > 180
        shifts = (0, -1, 1) if crosses else (0,)
        return [np.vstack([self._arc(k, t + shift) for k, t in zip(ring, turns, strict=True)]) for shift in shifts]

    def _arc(self, k: int, turn: int) -> np.ndarray:
        index = k if k >= 0 else ~k
        if (index, turn) not in self.made:
            arc = _arcs()[index]
            x, y = equal_earth(arc[:, 0] + 360 * turn, arc[:, 1])
            view = self.view
            self.made[index, turn] = _thin(np.column_stack([(x - view.left) * view.scale, (view.top - y) * view.scale]))
        points = self.made[index, turn]
        return points if k >= 0 else points[::-1]


def _thin(points: np.ndarray, apart: float = 1.0) -> np.ndarray:
    """Points at least some way apart, ends kept, so that neighbours still share their border."""
    kept = [0]
    for i in range(1, len(points) - 1):
        if abs(points[i] - points[kept[-1]]).max() >= apart:
            kept.append(i)
    if len(points) > 1:
        kept.append(len(points) - 1)
    return points[kept]


def _path(copies: list[np.ndarray], view: _View) -> str:
    drawn = []
    for points in copies:
        low, high = points.min(axis=0), points.max(axis=0)
        outside = high[0] < 0 or low[0] > view.width or high[1] < 0 or low[1] > view.high
        if not outside and (high - low).max() >= 1.0:
            drawn.append("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points) + "Z")
    return "".join(drawn)


def _mark(series: int, x: float, y: float, fill: str, colour: str) -> str:
    """A mark of its own shape per series, so that colour is not the only signal."""
    style = f'fill="{fill}" stroke="{colour}" stroke-width="1.6"'
    shapes = (
        f'<circle cx="{x:.5g}" cy="{y:.5g}" r="4.2" {style}/>',
        f'<rect x="{x - 4:.5g}" y="{y - 4:.5g}" width="8" height="8" {style}/>',
        f'<path d="M{x:.5g},{y - 5:.5g} l5,8.6 h-10 z" {style}/>',
        f'<path d="M{x:.5g},{y - 5.4:.5g} l5.4,5.4 l-5.4,5.4 l-5.4,-5.4 z" {style}/>',
    )
    return shapes[series]


def _label(words: str, x: float, y: float, taken: list[tuple[float, float, float, float]], view: _View) -> str:
    """Words beside a mark where they cover nothing; with a hair line further off where it is crowded."""
    wide = width_px(words, 12)
    places = [(8.0, 4.0), (-8.0 - wide, 4.0), (-wide / 2, -9.0), (-wide / 2, 18.0)]
    places += [(side, 4.0 + 15.0 * k) for k in (1, -1, 2, -2, 3, -3, 4, -4, 5, -5) for side in (14.0, -14.0 - wide)]
    for i, (dx, dy) in enumerate(places):
        box = (x + dx, y + dy - 11, x + dx + wide, y + dy + 3)
        inside = box[0] >= 0 and box[2] <= view.width and box[1] >= 0 and box[3] <= view.high
        if inside and not any(box[0] < t[2] and box[2] > t[0] and box[1] < t[3] and box[3] > t[1] for t in taken):
            taken.append(box)
            end = box[0] if dx > 0 else box[2]
            way = f'x1="{x:.5g}" y1="{y:.5g}" x2="{end:.5g}" y2="{y + dy - 4:.5g}"'
            hair = f'<line {way} stroke="{palette.TEXT}" stroke-width="0.6"/>'
            halo = 'stroke="#FFFFFF" stroke-width="3" stroke-opacity="0.85" paint-order="stroke"'
            return (hair if i >= 4 else "") + text(words, x + dx, y + dy, 12, extra=halo)
    return ""  # no room; the table beside the figure names it
