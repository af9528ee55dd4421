"""Deposits: estimates of what is in the ground, the facts beside them, and the composition of each.

A deposit has many estimates (`deposit_id`, one row per `estimate_id`); they contradict each other and stand side by
side. Nothing is added across levels, across estimates of one deposit, or over rows that are part of another row.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from gadolin.atlas.rowchecks import needs, ordered
from gadolin.elements import ELEMENTS
from gadolin.tables import SOURCED, Choice, Flag, Key, Many, Number, RowId, Table, Text

MALAYSIAN_STATES = tuple(f"MY-{n:02d}" for n in range(1, 17))

DEPOSIT_TYPES = (
    "ion_adsorption_clay",
    "carbonatite",
    "carbonatite_laterite",
    "peralkaline",
    "alkaline_igneous",
    "rhyolite",
    "hydrothermal_phosphate",
    "vein",
    "monazite_vein",
    "monazite_sand",
    "xenotime",
    "tin_tailings_monazite_xenotime",
    "byproduct_phosphogypsum",
    "byproduct_carbonatite",
    "byproduct_iron_carbonatite",
    "mixed",
)
ESTIMATE_KINDS = (
    "resource",
    "reserve",
    "potential",
    "grade",
    "assay",
    "area",
    "production",
    "plan",
    "plant_feed",
    "value_only",
    "none",
)


def _state_rows_are_parts(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """A tonnage of a state lies inside the national one; without `part_of` it could enter a sum."""
    loose = (frame["level"] == "state") & frame["resource_value"].notna() & frame["part_of"].isna()
    for row in frame.index[loose]:
        yield str(row), "part_of", "must name the national row that holds this state, so that no sum counts it twice"


DEPOSITS = Table(
    "deposits",
    about="Estimates of rare earths in the ground: one row per deposit (or state, or nation) and source.",
    columns=(
        RowId(help="deposit_id.estimate_id"),
        Text("deposit_id", help="The deposit; several estimates share it."),
        Text("estimate_id"),
        Choice("level", choices=("project", "occurrence", "state", "national"), help="Levels overlap: never add them."),
        Text("name"),
        Key("country_iso3", table="countries"),
        Many("state_iso3166_2", choices=MALAYSIAN_STATES, missing="not a Malaysian state, or the whole country"),
        Text("region", missing="not given", help="State or region as the source names it."),
        Choice("deposit_type", choices=DEPOSIT_TYPES),
        Text("mineral", missing="not given"),
        Choice("mineral_basis", choices=("reported", "memory"), missing="no mineral given"),
        Number("resource_mt_ore", above=0, missing="not reported"),
        Number("resource_value", above=0, row_unit="resource_unit", missing="not reported"),
        Choice(
            "resource_unit",
            choices=("t_treo", "t_not_stated", "t_carbonate_by_value"),
            missing="no tonnes given",
            help="Of what; t_carbonate_by_value: value over tonnes in the source is a carbonate price.",
        ),
        Number("grade_treo_pct", above=0, at_most=100, missing="not reported"),
        Text("resource_category", missing="not given", help="Code and class of the estimate, as the source words it."),
        Choice("estimate_kind", choices=ESTIMATE_KINDS),
        Text("status", missing="not given", help="State of the project at the date of the source, in its words."),
        Text("operator", missing="not given"),
        Key("part_of", table="deposits", missing="not part of another row", help="Row that contains this one."),
        *SOURCED,
    ),
    key=("deposit_id", "estimate_id"),
    checks=(_state_rows_are_parts, needs("resource_value", "resource_unit"), needs("mineral", "mineral_basis")),
    aggregate="Add only over deposits of level project, one estimate each, one estimate_kind, part_of blank.",
)

FACT_UNITS = (
    "km2",
    "pct",
    "ppm_element",
    "ppm_oxide",
    "t_treo",
    "t_reo_per_year",
    "t_gross",
    "t_gross_per_year",
    "t_oxide",
    "t_ore_per_year",
    "million_myr",
    "myr_per_t_gross",
    "usd_per_t_gross",
    "usd_per_kg_reo",
    "count",
    "years",
)
FACTS = (
    "area",
    "area_sampled",
    "area_with_ree",
    "area_in_forest_reserve",
    "area_outside_forest_reserve",
    "area_of_concession",
    "area_of_pilot",
    "share_of_area_in_forest_reserve",
    "share_of_area_outside_forest_reserve",
    "tonnes_outside_forest_reserve_pro_rata",
    "tonnes_of_another_source",
    "value_in_ground",
    "value_per_tonne",
    "price_used",
    "output",
    "output_planned",
    "output_aimed_at_nationally",
    "carbonate_exported",
    "royalty_rate",
    "price_of_stake",
    "value_of_company",
    "earnings_of_half_year",
    "plots_with_approved_eia",
    "plots_active",
    "grade",
    "grade_without_ce",
    "cut_off_grade",
    "assay_total_ree",
    "ndpr_share_of_treo",
    "magnet_share_of_treo",
    "heavy_share_of_treo",
    "contained_ndpr_oxide",
    "contained_dytb_oxide",
    "ndpr_oxide_grade",
    "feed_rate",
    "concentrate_rate",
    "carbonate_rate_nominal",
    "carbonate_rate_normal",
    "share_of_resource_in_plan",
    "life",
)

DEPOSIT_FACTS = Table(
    "deposit_facts",
    about="Areas, values, outputs and assays that stand beside an estimate: one row per estimate and quantity.",
    columns=(
        RowId(help="row of deposits, then the fact"),
        Key("deposit_row", table="deposits", help="The estimate whose source states it."),
        Choice("fact", choices=FACTS),
        Number("quantity_value", row_unit="quantity_unit", missing="only one end of a range is stated"),
        Number("quantity_value_low", row_unit="quantity_unit", missing="no range stated"),
        Number("quantity_value_high", row_unit="quantity_unit", missing="no range stated"),
        Choice("quantity_unit", choices=FACT_UNITS),
        Text("about", missing="nothing to add", help="Date, scope or reading of the number."),
        *SOURCED,
    ),
    key=("deposit_row", "fact", "quantity_unit", "about"),
    checks=(ordered("quantity_value"),),
    aggregate="Never added: facts of different sources describe the same ground.",
)


def _normalised_where_printed(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    off = frame["share_of_treo_pct"].isna() != frame["share_norm_pct"].isna()
    for row in frame.index[off]:
        yield str(row), "share_norm_pct", "must be given where, and only where, share_of_treo_pct is"


DEPOSIT_COMPOSITION = Table(
    "deposit_composition",
    about="Composition of a deposit or of its product: one row per vector and element, oxide mass.",
    columns=(
        RowId(help="deposit_id.vector_id.element"),
        Text("deposit_id", help="As in deposits."),
        Text("vector_id", help="One vector is one source's set of shares of one deposit."),
        Text("material", help="Ore, clay, leach product or concentrate: an ore vector is no product vector."),
        Choice("element", choices=tuple(ELEMENTS)),
        Number("share_of_treo_pct", at_least=0, at_most=100, missing="printed 0 by rounding, or not printed; not zero"),
        Number("share_of_treo_pct_low", at_least=0, at_most=100, missing="no range stated"),
        Number("share_of_treo_pct_high", at_least=0, at_most=100, missing="no range stated"),
        Number(
            "share_norm_pct", at_least=0, at_most=100, missing="printed 0 by rounding", help="Vector scaled to 100."
        ),
        Number("vector_sum_pct", above=0, in_unit="%", help="Sum of the printed shares of the vector."),
        Flag(
            "off_100",
            missing="partial vector",
            help="The printed shares miss 100 by more than 0.5; use share_norm_pct.",
        ),
        Choice(
            "quality",
            choices=("A", "B", "C", "D"),
            help="A complete, B rounded or with gaps, C remembered, D estimate or proxy; see basis.",
        ),
        *SOURCED,
    ),
    key=("deposit_id", "vector_id", "element"),
    checks=(_normalised_where_printed, ordered("share_of_treo_pct")),
    aggregate="Shares add within one vector only.",
)

TABLES = (DEPOSITS, DEPOSIT_FACTS, DEPOSIT_COMPOSITION)
