"""Traps of output and shares that need several rows: groups and their sums, countries and their world."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from gadolin.atlas.rowchecks import fault_at
from gadolin.errors import Fault

Frames = dict[str, pd.DataFrame]

SHARE_ROUNDING_PCT = 0.05
"""Printed shares are rounded; a group's sum may miss the stated one by this much."""
WORLD_ROUNDING_SHARE = 0.02
"""Countries of one edition may exceed its rounded world by this much."""


def groups_add_up(frames: Frames) -> Iterator[Fault]:
    """A group holds one year, stage, scope and source, and its named shares add to the stated sum."""
    one = ["year", "stage", "share_of", "product_scope", "source_id", "group_sum_pct", "group_complete"]
    for group, rows in frames["processing_shares"].groupby("group_id"):
        for column in one:
            if rows[column].nunique(dropna=False) > 1:
                yield fault_at("processing_shares", rows.index[0], column, None, f"must be one within group {group}")
        named = rows[rows["role"] != "world"]["share_pct"]
        stated = rows["group_sum_pct"].iloc[0]
        if named.notna().any() and abs(named.sum() - stated) > SHARE_ROUNDING_PCT:
            said = f"must be the sum of the named shares of its group, {named.sum():.6g}"
            yield fault_at("processing_shares", rows.index[0], "group_sum_pct", stated, said)
        if bool(rows["group_complete"].iloc[0]) and stated < 99 - 1e-9:
            said = "must be no where the named shares leave more than 1 % open"
            yield fault_at("processing_shares", rows.index[0], "group_complete", "yes", said)


def countries_stay_inside_the_world(frames: Frames) -> Iterator[Fault]:
    """Within one year, dataset and edition the countries do not exceed WLD."""
    frame = frames["mine_production"]
    for (year, dataset, edition), rows in frame.groupby(["year", "dataset", "edition"], dropna=False):
        world = rows[rows["country_iso3"] == "WLD"]["output_t_reo"]
        parts = rows[rows["country_iso3"] != "WLD"]["output_t_reo"].sum()
        if len(world) == 1 and parts > world.iloc[0] * (1 + WORLD_ROUNDING_SHARE):
            said = f"must not be below the {parts:,.0f} t of the countries of {dataset} {edition} {year}"
            yield fault_at("mine_production", world.index[0], "output_t_reo", world.iloc[0], said)


CHECKS: tuple[Callable[[Frames], Iterator[Fault]], ...] = (groups_add_up, countries_stay_inside_the_world)
