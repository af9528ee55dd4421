"""What processes take and give: unit operations by stage, and leach tests by deposit and element."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from gadolin.atlas.rowchecks import needs, ordered
from gadolin.elements import COMPANIONS, ELEMENTS
from gadolin.stages import STAGES
from gadolin.tables import SOURCED, Choice, Many, Number, RowId, Table, Text

CONSUMPTION_UNITS = (
    "t_per_t_reo",
    "t_feed_per_t_reo",
    "t_per_t_nd2o3",
    "t_per_t_nd2o3_equivalent",
    "t_per_t_nd2o3_per_unit_s",
    "t_na_per_t_re",
    "t_reo_per_t_magnet",
    "kg_per_kg_monazite",
    "kg_per_kg_magnet",
    "mol_per_mol",
    "g_per_l",
    "kah_per_kg",
    "t_metal_per_cell_and_month",
    "t_waste_water_per_year",
)
_ONE_END = "only one end, or no number, is stated"


def _consumption_has_unit(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    ends = frame[["consumption_value", "consumption_value_low", "consumption_value_high"]].notna().any(axis=1)
    for row in frame.index[ends != frame["consumption_unit"].notna()]:
        yield str(row), "consumption_unit", "must be given where, and only where, a consumption is"


UNIT_OPERATIONS = Table(
    "unit_operations",
    about="Yields, reagents, energy and temperature of one operation, as one source gives them.",
    columns=(
        RowId(help="step.process, and the output or reagent where several"),
        Choice("stage", choices=STAGES),
        Choice(
            "step",
            choices=(
                "mining",
                "cracking",
                "impurity_removal",
                "precipitation",
                "separation",
                "calcination",
                "metal_making",
                "magnet",
                "recycling",
            ),
        ),
        Text("process"),
        Text("input", missing="not stated"),
        Text("output", missing="not stated"),
        Choice(
            "yield_kind",
            choices=("recovery", "content", "mass_ratio", "stage_efficiency"),
            missing="no yield stated",
            help="Only recovery is a share of the rare earths fed; content and mass_ratio are no recoveries.",
        ),
        Number("yield_pct", above=0, at_most=100, missing=_ONE_END),
        Number("yield_pct_low", above=0, at_most=100, missing="no range stated"),
        Number("yield_pct_high", above=0, at_most=100, missing="no range stated"),
        Text("reagent", missing="none stated"),
        Number("consumption_value", above=0, row_unit="consumption_unit", missing=_ONE_END),
        Number("consumption_value_low", above=0, row_unit="consumption_unit", missing="no range stated"),
        Number("consumption_value_high", above=0, row_unit="consumption_unit", missing="no range stated"),
        Choice("consumption_unit", choices=CONSUMPTION_UNITS, missing="no consumption stated"),
        Text("consumption_text", missing="no consumption stated", help="Unit in the words of the source."),
        Number("energy_kwh_per_kg", above=0, missing="not stated, or a range", help="Per kg of what: see conditions."),
        Number("energy_kwh_per_kg_low", above=0, missing="not stated"),
        Number("energy_kwh_per_kg_high", above=0, missing="not stated"),
        Number("temperature_c", missing="not stated, or a range"),
        Number("temperature_c_low", missing="not stated"),
        Number("temperature_c_high", missing="not stated"),
        Text("conditions", missing="not stated"),
        *SOURCED,
    ),
    checks=(
        ordered("yield_pct", "consumption_value", "energy_kwh_per_kg", "temperature_c"),
        _consumption_has_unit,
    ),
    aggregate="Never added; yields of consecutive steps of one kind multiply.",
)


def _nothing_recovered_without_element(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    bad = frame["recovery_pct"].notna() & (frame["recovered"].isna() | (frame["recovery_scope"] == "none"))
    for row in frame.index[bad]:
        yield str(row), "recovered", "must name what is recovered, with its scope, where recovery_pct is given"


LEACHING = Table(
    "leaching",
    about="Leach tests and plant recoveries: one row per test and element or group.",
    columns=(
        RowId(help="leach_id.recovered"),
        Text("leach_id", help="One test; its elements share conditions."),
        Text("deposit_id", missing="no deposit: synthetic or unnamed material", help="As in deposits."),
        Choice(
            "material_type",
            choices=(
                "ion_adsorption_clay",
                "carbonatite_ore",
                "carbonatite_oxide_preconcentrate",
                "monazite_concentrate",
                "xenotime_concentrate",
                "xenotime_ore",
                "eudialyte_ore",
                "phosphogypsum",
                "rhyolite",
                "coal_underclay",
            ),
        ),
        Text("scale"),
        Text("lixiviant"),
        Number("lixiviant_mol_per_l", above=0, missing="not stated"),
        Number("ph_low", missing="not stated"),
        Number("ph_high", missing="not stated"),
        Number("temperature_c", missing="not stated"),
        Number("time_hours", above=0, missing="not stated"),
        Text("recovered", missing="no recovery published", help="Element or group in the words of the source."),
        Many("elements", choices=(*ELEMENTS, *COMPANIONS, "Zr"), missing="no recovery published"),
        Number("recovery_pct", at_least=0, at_most=100, missing="not published"),
        Choice(
            "recovery_scope",
            choices=("leach", "precipitation", "overall", "beneficiation", "none"),
            help="Recoveries of different scopes are not compared; a leach is no overall recovery.",
        ),
        Text("recovery_kind", help="From what to what, in the words of the source."),
        Text("reagent", missing="not stated"),
        Number("reagent_kg_per_t_feed", above=0, missing="not stated"),
        Number("reagent_kg_per_kg_reo", above=0, missing="not stated"),
        Number("electricity_kwh_per_kg_reo", above=0, missing="not stated"),
        *SOURCED,
    ),
    key=("leach_id", "recovered"),
    checks=(_nothing_recovered_without_element, needs("ph_low", "ph_high")),
    aggregate="Never added; leach times precipitation is the overall recovery only within what the source rounds.",
)

TABLES = (UNIT_OPERATIONS, LEACHING)
