"""Solvent extraction: separation factors of pairs, and constants of distribution ratios.

Extractants bear one name each: D2EHPA (P204), PC88A (P507), Cyanex 272, Cyanex 572, naphthenic acid, TBP.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from gadolin.atlas.rowchecks import needs, ordered
from gadolin.elements import COMPANIONS, ELEMENTS
from gadolin.tables import SOURCED, Choice, Many, Number, RowId, Table, Text

ACIDS = ("chloride", "nitrate", "sulfate")
EXTRACTANTS = (
    "D2EHPA",
    "PC88A",
    "Cyanex 272",
    "Cyanex 572",
    "naphthenic acid",
    "TBP",
    "D2EHPA + TBP",
    "Cyanex 572 + TBP",
    "PC88A + DTPA",
    "acidic organophosphorus",
    "acidic organophosphates",
)


def _some_beta(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    for row in frame.index[frame[["beta", "beta_low", "beta_high"]].isna().all(axis=1)]:
        yield str(row), "beta", "must be given, or one end of its range"


def _pair_has_two_elements(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    pair = frame["pair_scope"] == "pair"
    same = frame["heavy_element"] == frame["light_element"]
    blank = frame["heavy_element"].isna() | frame["light_element"].isna()
    for row in frame.index[pair & (same | blank)]:
        yield str(row), "light_element", "must be another element than heavy_element"


def _defaults_have_a_value(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    bad = (frame["use"] != "compare_only") & (frame["beta"].isna() | (frame["pair_scope"] != "pair"))
    for row in frame.index[bad]:
        yield str(row), "use", "must be compare_only where no beta of a pair is given"


SEPARATION_FACTORS = Table(
    "separation_factors",
    about="Separation factor of a pair (D of the first over D of the second) with conditions: one row per source.",
    columns=(
        RowId(help="extractant.pair.use, and the source where values are for comparison"),
        Choice("extractant", choices=EXTRACTANTS),
        Text("extractant_as_named", missing="named so in the source"),
        Choice("acid", choices=ACIDS, missing="not stated"),
        Text("medium"),
        Choice("heavy_element", choices=tuple(ELEMENTS), missing="an average over neighbours", help="Extracted more."),
        Choice("light_element", choices=tuple(ELEMENTS), missing="an average over neighbours"),
        Choice("pair_scope", choices=("pair", "neighbours_on_average")),
        Number("beta", above=0, in_unit="ratio", missing="only a range or a bound is stated"),
        Number("beta_low", above=0, in_unit="ratio", missing="no range stated"),
        Number("beta_high", above=0, in_unit="ratio", missing="no range stated"),
        Choice(
            "use",
            choices=("default_mid", "default_low", "compare_only"),
            help="One chain of neighbours per extractant is the default; low is its pessimistic end.",
        ),
        Text("conditions", missing="not stated"),
        *SOURCED,
    ),
    checks=(_some_beta, _pair_has_two_elements, _defaults_have_a_value, ordered("beta")),
    aggregate="Factors of neighbours multiply along a chain of one extractant, medium and use.",
)

SX_CONSTANTS = Table(
    "sx_constants",
    about="Constants of the distribution ratio D of one element with one extractant, and where they hold.",
    columns=(
        RowId(help="extractant.acid.model.element"),
        Choice("extractant", choices=EXTRACTANTS),
        Many("aliases", missing="no other name given"),
        Choice("acid", choices=ACIDS),
        Text("medium"),
        Text("diluent"),
        Choice("element", choices=(*ELEMENTS, *COMPANIONS)),
        Choice(
            "model",
            choices=("power_law", "power_law_with_activity", "neutral_salt", "pilot_fit", "loaded_line", "constant"),
            help="Trace models (power_law...) and models at finite loading (loaded_line, pilot_fit) never mix.",
        ),
        Text("model_form", help="The formula, in the terms of the source."),
        Number("log_d_at_ph0", in_unit="log10", help="log10 D at pH 0 and the reference concentration."),
        Number("log_kex", in_unit="log10", missing="the model has none"),
        Number("reference_extractant_mol_per_l", above=0, missing="strength is stated by volume"),
        Choice("extractant_basis", choices=("free_dimer", "monomer", "monomer_total", "volume")),
        Number("extractant_vol_pct", above=0, at_most=100, missing="strength is stated in mol/L"),
        Number("ph_slope", in_unit="log10 per pH", help="3 for an ideal cation exchanger; less shows loading."),
        Number("concentration_exponent", in_unit="exponent", missing="the model has none"),
        Number("sqrt_activity_a", in_unit="coefficient", missing="the model has none"),
        Number("fit_m0", in_unit="coefficient", missing="not a pilot fit", help="m = m0 + m1 vol%, the slope."),
        Number("fit_m1", in_unit="coefficient", missing="not a pilot fit"),
        Number("fit_b0", in_unit="coefficient", missing="not a pilot fit", help="B = B0 + B1 log10 vol%."),
        Number("fit_b1", in_unit="coefficient", missing="not a pilot fit"),
        Number("ph_min", missing="range not stated", help="Lowest pH of the data."),
        Number("ph_max", missing="range not stated"),
        Number("temperature_c", missing="not stated"),
        Number("standard_error_log10", above=0, missing="not stated"),
        Text("conditions"),
        *SOURCED,
    ),
    checks=(needs("ph_min", "ph_max"),),
    aggregate="Never added; ratios of two elements hold within one model, medium and basis.",
)

TABLES = (SEPARATION_FACTORS, SX_CONSTANTS)
