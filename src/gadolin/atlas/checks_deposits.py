"""Traps of the deposit tables that need several rows: parts and wholes, vectors and their sums, shared deposit ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from gadolin.atlas.rowchecks import fault_at, parts_in_wholes
from gadolin.elements import ELEMENTS
from gadolin.errors import Fault

Frames = dict[str, pd.DataFrame]

ROUNDING_SHARE = 0.005
"""Parts may exceed their whole by this much, since sources round each row."""
OFF_100_PCT = 0.5
"""A vector that misses 100 by more is flagged and used normalised."""


def parts_stay_inside(frames: Frames) -> Iterator[Fault]:
    """Parts of one source never add to more than the row that holds them (states in the nation, classes in a total)."""
    frame = frames["deposits"]
    yield from parts_in_wholes("deposits", frame)
    parts = frame[frame["part_of"].isin(frame.index) & frame["resource_value"].notna()]
    for (whole, source), rows in parts.groupby(["part_of", "source_id"]):
        limit = frame.at[whole, "resource_value"]
        if pd.notna(limit) and rows["resource_value"].sum() > limit * (1 + ROUNDING_SHARE):
            said = f"with the other parts of {source} must not exceed {limit:,.0f} t of {whole}"
            yield fault_at("deposits", rows.index[-1], "resource_value", rows["resource_value"].iloc[-1], said)


def vectors_add_to_100(frames: Frames) -> Iterator[Fault]:
    """`vector_sum_pct` is the sum, `off_100` says so where it misses 100, and the scaled shares add to 100."""
    for _, rows in frames["deposit_composition"].groupby(["deposit_id", "vector_id"], sort=False):
        row = rows.index[0]
        printed, scaled = rows["share_of_treo_pct"].sum(), rows["share_norm_pct"].sum()
        stated = rows["vector_sum_pct"].iloc[0]
        if (abs(rows["vector_sum_pct"] - printed) > 1e-3).any():
            yield fault_at("deposit_composition", row, "vector_sum_pct", stated, f"must be the sum {printed:.6g}")
        if len(rows) != len(ELEMENTS):
            if rows["off_100"].notna().any():
                yield fault_at("deposit_composition", row, "off_100", None, "must be blank for a partial vector")
            continue
        off = abs(printed - 100) > OFF_100_PCT + 1e-9
        if (rows["off_100"] != off).any():
            said = f"must be {'yes' if off else 'no'}: the printed shares add to {printed:.6g}"
            yield fault_at("deposit_composition", row, "off_100", None, said)
        if abs(scaled - 100) > 0.02:
            yield fault_at("deposit_composition", row, "share_norm_pct", None, f"must add to 100, adds to {scaled:.6g}")


def deposit_ids_are_known(frames: Frames) -> Iterator[Fault]:
    """Compositions and leach tests name a deposit that the deposits table has."""
    known = set(frames["deposits"]["deposit_id"])
    for table in ("deposit_composition", "leaching"):
        ids = frames[table]["deposit_id"].dropna()
        for row, name in ids[~ids.isin(known)].items():
            yield fault_at(table, row, "deposit_id", name, "must be a deposit_id of table deposits")


CHECKS: tuple[Callable[[Frames], Iterator[Fault]], ...] = (
    parts_stay_inside,
    vectors_add_to_100,
    deposit_ids_are_known,
)
