"""Plants that come after the base year, from the table of facilities: those under construction or started since.

A facility that is part of another, a total, one without capacity or year, or one whose feed or product the world does
not tell apart is left out, with the reason: `builds_table_of` shows every row. Plans without a start wait for a price
at which they pay (`waiting_of`): their capital cost is the median of the reported projects of that stage alone, spread
over their life; their lead time the median of that stage.
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

__all__ = ["builds_of", "builds_table_of", "waiting_of"]


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


DISCOUNT_SHARE, LIFE_YEARS = 0.10, 15
"""Rate and years over which the capital of a waiting plant is spread (choices)."""


def waiting_of(case: Case, world: World) -> tuple[Build, ...]:
    """Planned plants that are built once they pay at expected prices; a subsidy to new plants acts on these.

    Args:
        case: Case whose facilities, stage costs and lead times are read, cut at its date.
        world: The market of the base year.
    """
    rows = case.table("facilities")
    rows = rows[(rows.status == "planned") & rows.capacity_value.notna() & rows.part_of.isna() & ~rows.is_aggregate]
    activity = {p.name: p.base_kt or 0.0 for p in world.processes}
    capital, lead = _capital_of(case), _lead_of(case)
    per_year = DISCOUNT_SHARE / (1 - (1 + DISCOUNT_SHARE) ** -LIFE_YEARS)
    found = []
    for _, row in rows.iterrows():
        cost = capital.get((str(row["stage"]), str(row["capacity_unit"])))
        if cost is None or row["stage"] not in lead:
            continue
        planned = world.year + 1 if pd.isna(row["start_year"]) else max(int(row["start_year"]), world.year + 1)
        parts = _parts(row, Structure.region_of(str(row["country_iso3"])), activity)
        each = cost * float(row["capacity_value"]) / 1000 / sum(parts.values()) if parts else 0.0
        found += [Build(p, kt, planned, each * per_year, lead[str(row["stage"])]) for p, kt in parts.items()]
    return tuple(found)


def _capital_of(case: Case) -> dict[tuple[str, str], float]:
    """Median capital of the projects of one stage alone, by stage and unit of capacity. [million USD per kt, as USD/kg]

    In money of each project's own year: the spread between projects is wider than the change of prices.
    """
    rows = case.table("stage_costs").dropna(subset=["capex_musd", "capacity_value"])
    rows = rows[rows.stages.map(len) == 1]
    rate = rows.capex_musd.astype(float) / (rows.capacity_value.astype(float) / 1000)
    return rate.groupby([rows.stages.map(lambda s: s[0]), rows.capacity_unit]).median().to_dict()


def _lead_of(case: Case) -> dict[str, float]:
    """Median years from decision to operation by stage. [years]"""
    rows = case.table("lead_times").dropna(subset=["lead_time_years"])
    return rows.groupby(rows.stage.astype(str)).lead_time_years.median().astype(float).to_dict()


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
