"""Capital of plants from reported ones: growth from study to outcome, and scaling by capacity."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gadolin.case.inputs.economics_money import escalation_of, location_factor_of, usd_of
from gadolin.economics.scaling import Comparable, capital_by_capacity
from gadolin.quantity import Quantity

if TYPE_CHECKING:
    from gadolin.case.load import Case

EXPONENT = Quantity(0.65, "ratio", 0.5, 0.85, "memory", reason="six-tenths rule and its usual span, not re-read")
"""Capacity exponent of chemical plants."""


def capital_growth(case: Case) -> Quantity:
    """Final over first capital of projects that the atlas has twice: a prior for growth from study to reality. [-]

    The value is the median, the range the lowest and highest pair.
    """
    table = case.table("stage_costs")
    ratios, refs = [], []
    for first, last in CAPITAL_PAIRS:
        if first in table.index and last in table.index:
            ratios.append(float(table.at[last, "capex_local_m"]) / float(table.at[first, "capex_local_m"]))
            refs += [case.ref("stage_costs", row, "capex_local_m") for row in (first, last)]
    if len(ratios) < 2:
        return Quantity(1.0, "ratio", 1.0, 1.5, "estimate", tuple(refs), "too few pairs in the atlas")
    said = f"{len(ratios)} pairs of estimate and outcome; in money of the day, so inflation is inside"
    return Quantity(float(np.median(ratios)), "ratio", min(1.0, *ratios), max(ratios), "derived", tuple(refs), said)


CAPITAL_PAIRS = (
    ("lynas-kalgoorlie-estimate-2022", "lynas-kalgoorlie"),
    ("iluka-eneabba-refinery-fid-2022", "iluka-eneabba-refinery-after-feed"),
    ("src-saskatoon-estimate-2023", "src-saskatoon-funding-2024"),
)
"""Rows of one project at two dates with the same scope (the budget of Saskatoon of 2020 had a smaller plant)."""


def capital_of_capacity(
    case: Case, stage: str, capacity: float, units: tuple[str, ...], without: str = ""
) -> tuple[Quantity, tuple[str, ...]]:
    """Capital of a plant at the US Gulf Coast from the reported plants of its stage. [USD of the price year]

    Each reported amount is brought to USD at the rate of its year, to the price year by the plant cost index, and to
    the US Gulf Coast by the location factor of its country (1 where the atlas has none, which is said).

    Args:
        case: The case.
        stage: Stage; plants of this stage alone count, and magnets with or without alloy.
        capacity: Capacity in one of `units`.
        units: Capacity units that are the same thing.
        without: Leave out projects whose name holds this.

    Returns:
        The capital, and what must be said about it: outliers, places without factor.
    """
    stages = ((stage,), (stage, "alloy"))
    table = case.table("stage_costs")
    rows, said, indices, refs = [], [], [], []
    for row_id, row in table.iterrows():
        if row["record_kind"] != "project" or tuple(row["stages"] or ()) not in stages:
            continue
        if row["capacity_unit"] not in units or pd.isna(row["capacity_value"]) or pd.isna(row["price_year"]):
            continue
        if pd.notna(row["part_of"]) or (without and without in str(row["project"])):
            continue
        money = capex_usd(case, row)
        if money is None:
            continue
        place = location_factor_of(case, str(row["country_iso3"]))
        if place.value is None:
            said.append(f"{row['project']}: {place.reason}, taken as 1")
        grown = escalation_of(case, int(row["price_year"]))
        indices.append(grown.reason or "")
        refs += [*grown.refs, *place.refs]
        ref = case.ref("stage_costs", str(row_id), money[1])
        amount = 1e6 * money[0] / (place.value or 1.0)
        rows.append(Comparable(str(row["project"]), float(row["capacity_value"]), amount, ref))
    found, left_out = capital_by_capacity(capacity, rows, EXPONENT)
    words = "; ".join(dict.fromkeys(i for i in indices if i != "same price year")) or "all of the price year"
    how = f"median of {len(rows) - len(left_out)} reported plants at the US Gulf Coast; escalated by {words}"
    outliers = tuple(f"left out as outlier: {name}" for name in left_out)
    return replace(found, refs=tuple(dict.fromkeys((*found.refs, *refs))), reason=how), (*outliers, *said)


def capex_usd(case: Case, row: pd.Series) -> tuple[float, str] | None:
    """Capital of a row in million USD of the price year, and the column it came from."""
    year = int(row["price_year"])
    factor = escalation_of(case, year).value or 1.0
    if pd.notna(row["capex_local_m"]):
        return usd_of(case, float(row["capex_local_m"]), str(row["currency"]), year, year) * factor, "capex_local_m"
    if pd.notna(row["capex_musd"]):
        return float(row["capex_musd"]) * factor, "capex_musd"
    return None
