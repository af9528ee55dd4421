"""Traps of the plant tables that need several rows or tables: rows inside rows, points outside their country."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from gadolin.atlas.rowchecks import fault_at, parts_in_wholes
from gadolin.errors import Fault

Frames = dict[str, pd.DataFrame]

BOX_MARGIN_DEG = 0.1
"""Coordinates are at city level, so a point may stand this far outside the box of its country."""


def points_in_their_country(frames: Frames) -> Iterator[Fault]:
    """A plant stands inside the box around its country's outline."""
    points = frames["facilities"].dropna(subset=["lat_deg", "lon_deg"])
    countries = frames["countries"]
    for row, plant in points.iterrows():
        if plant["country_iso3"] not in countries.index:
            continue  # a fault of the foreign key
        box = countries.loc[plant["country_iso3"]]
        for axis in ("lat", "lon"):
            low, high, at = box[f"{axis}_min_deg"], box[f"{axis}_max_deg"], plant[f"{axis}_deg"]
            if at < low - BOX_MARGIN_DEG or at > high + BOX_MARGIN_DEG:
                said = f"must lie inside {plant['country_iso3']} ({low:g} to {high:g})"
                yield fault_at("facilities", row, f"{axis}_deg", at, said)


def parts_of_plants(frames: Frames) -> Iterator[Fault]:
    """A row that stands inside another names one that exists, in the same country, and never leads back to itself."""
    for table in ("facilities", "stage_costs"):
        yield from parts_in_wholes(table, frames[table])


def remembered_fields_are_filled(frames: Frames) -> Iterator[Fault]:
    """A column named as remembered holds something."""
    frame = frames["facilities"]
    for row, names in frame["fields_from_memory"].items():
        for name in names:
            if pd.isna(frame.at[row, name]):
                said = f"must not name {name}, which is blank"
                yield fault_at("facilities", row, "fields_from_memory", ";".join(names), said)


CHECKS: tuple[Callable[[Frames], Iterator[Fault]], ...] = (
    points_in_their_country,
    parts_of_plants,
    remembered_fields_are_filled,
)
