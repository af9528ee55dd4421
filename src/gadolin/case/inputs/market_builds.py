"""Plants that come after the base year, from the table of facilities: those under construction or started since.

A plan without a start is no plant. A facility that is part of another, a total, one without capacity or year, or one
whose feed or product the world does not tell apart is left out, with the reason: `builds_table_of` shows every row.
What a plant runs on is not in the table: heavy separation takes clay where the region separates clay, light separation
the one other basket of the region; magnets and metal are split as in the base year.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from gadolin.case.inputs import market_structure as shape
from gadolin.case.inputs.market_structure import Structure
from gadolin.market.world import World
from gadolin.market.years import Build

if TYPE_CHECKING:
    from gadolin.case.load import Case

__all__ = ["builds_of", "builds_table_of"]


def builds_of(case: Case, world: World) -> tuple[Build, ...]:
    """Plants that join a world after its base year.

    Args:
        case: Case whose facilities are read, cut at its date.
        world: The market of the base year.
    """
    table = builds_table_of(case, world)
    rows = table[table.left_out == ""]
    return tuple(
        Build(str(r.process), float(str(r.capacity_kt_activity)), int(float(str(r.year)))) for r in rows.itertuples()
    )


def builds_table_of(case: Case, world: World) -> pd.DataFrame:
    """Every facility that is under construction or started after the base year, and what becomes of it.

    Args:
        case: Case whose facilities are read, cut at its date.
        world: The market of the base year.

    Returns:
        One row per facility and process: ref, name, process, capacity_kt_activity, year, left_out (why, or empty).
    """
    rows = case.table("facilities")
    started = (rows.status == "operating") & (rows.start_year > world.year)
    rows = rows[(rows.status == "construction") | started.fillna(False)]
    activity = {p.name: p.base_kt or 0.0 for p in world.processes}
    found: list[dict[str, Any]] = []
    for row_id, row in rows.iterrows():
        ref = f"facilities:{row_id}:capacity_value"
        why = _left_out(row)
        parts: dict[str, float] = {}
        if not why:
            parts = _parts(row, Structure.region_of(str(row["country_iso3"])), activity)
            why = "" if parts else "the world has no plant of its kind, or does not tell its feed apart"
        year = None if pd.isna(row["start_year"]) else max(int(row["start_year"]), world.year + 1)
        base = {"ref": ref, "name": row["name"], "year": year, "left_out": why}
        found += [base | {"process": p, "capacity_kt_activity": kt} for p, kt in parts.items()]
        if not parts:
            found.append(base | {"process": "", "capacity_kt_activity": None})
    columns = ["ref", "name", "process", "capacity_kt_activity", "year", "left_out"]
    return pd.DataFrame(found, columns=columns)


def _left_out(row: pd.Series) -> str:
    """Why a facility is no plant of its own; empty when it is."""
    if bool(row["is_aggregate"]) or not pd.isna(row["part_of"]):
        return "a total, or part of another row"
    if pd.isna(row["capacity_value"]):
        return "no capacity is known"
    if pd.isna(row["start_year"]):
        return "no year of start is known"
    return ""


def _parts(row: pd.Series, region: str, activity: Mapping[str, float]) -> dict[str, float]:
    """Capacity by process of the world; empty when none fits. [kt of activity]"""
    kt, unit = float(row["capacity_value"]) / 1000, str(row["capacity_unit"])
    if unit == "t_magnet_per_year" and row["stage"] == "magnet":
        return _split(kt, [f"{region} magnet {n}" for n in ("N", "H")], activity)
    if unit == "t_metal_per_year" and "Pr" in str(row["product"]):
        return _split(kt, [f"{region} metal {e}" for e in ("Nd", "Pr")], activity)
    if unit == "t_magnet_scrap_per_year":
        return _split(kt, [f"{region} recycling N"], activity)
    if unit in ("t_reo_feed_per_year", "t_reo_out_per_year") and row["stage"] == "separation":
        clay = region in shape.SEPARATORS["clay"]
        others = [b for b, regions in shape.SEPARATORS.items() if b != "clay" and region in regions]
        heavy = row["product_group"] == "heavy"
        basket = "clay" if heavy and clay else others[0] if not heavy and len(others) == 1 else ""
        return _split(kt, [f"{region} separation {basket}"], activity)
    return {}


def _split(kt: float, names: list[str], activity: Mapping[str, float]) -> dict[str, float]:
    """A capacity over processes in proportion to the base year, evenly where none ran."""
    known = [n for n in names if n in activity]
    total = sum(activity[n] for n in known)
    parts = {n: kt * (activity[n] / total if total > 0 else 1 / len(known)) for n in known}
    return {n: v for n, v in parts.items() if v > 0}
