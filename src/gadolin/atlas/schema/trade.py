"""Bilateral trade by HS code, its known odd points, and the governance indicator that weighs suppliers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from gadolin.tables import SOURCED, Choice, Key, Number, RowId, Table, Text, Year

HS6 = ("280530", "284610", "284690")
"""Rare-earth metals, cerium compounds, other rare-earth compounds."""


def _no_self_flow(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    for row in frame.index[frame["exporter_iso3"] == frame["importer_iso3"]]:
        yield str(row), "importer_iso3", "must differ from exporter_iso3"


TRADE = Table(
    "trade",
    about="Trade between two countries in one year and HS code, as reconciled by BACI from both sides' reports. "
    "280530 also carries the Australian concentrate that goes to Malaysia; 284690 mixes raw mixed carbonate and "
    "separated oxides; ore codes (253090, 261220) are not held. It cannot show mirror gaps: one flow, one figure.",
    columns=(
        RowId(help="year-hs6-exporter-importer"),
        Year("year", first=1995, last=2024),
        Choice("hs6", choices=HS6, help="Code of the 1992 nomenclature (HS92)."),
        Key("exporter_iso3", table="countries", help="BACI's 'Other Asia, nes' is written TWN."),
        Key("importer_iso3", table="countries"),
        Number("value_kusd", at_least=0, help="Thousand US dollars of the year, FOB-equivalent."),
        Number(
            "quantity_t_gross",
            at_least=0,
            missing="BACI gives no quantity; mostly before 2000",
            help="Gross product weight; never added to tonnes of REO. Use from 2000 on.",
        ),
        *SOURCED,
    ),
    key=("year", "hs6", "exporter_iso3", "importer_iso3"),
    dated=("year",),
    lag_months=12,
    checks=(_no_self_flow,),
    aggregate="Add within one year and HS code; leave out the rows named in trade_flags, or say that they are in.",
)

TRADE_FLAGS = Table(
    "trade_flags",
    about="Flows of the trade table that are known to be wrong or odd. They stay in the table, so that a count over "
    "all rows equals that of others who use BACI; our own measures leave them out.",
    columns=(
        RowId(help="The row of table trade that is flagged."),
        Key("trade_id", table="trade"),
        Choice(
            "oddity",
            choices=("quantity_jump", "unit_value_high", "unit_value_low", "likely_other_good"),
            help="likely_other_good: a bulk good at a few cents per kg under a rare-earth code.",
        ),
        Text("why", help="What is odd, with the figures."),
        *SOURCED,
    ),
    key=("trade_id",),
)


def _risk_from_estimate(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    expected = np.clip(0.5 - frame["stability_index"] / 5, 0, 1)
    for row in frame.index[(frame["stability_risk_index"] - expected).abs() > 2e-6]:
        yield str(row), "stability_risk_index", "must equal 0.5 - stability_index / 5, cut to 0 to 1"


GOVERNANCE = Table(
    "governance",
    about="Worldwide Governance Indicator 'political stability and absence of violence' by country and year. Values "
    "from 2023 on come from a newer vintage: a step between 2022 and 2023 is no change of the country.",
    columns=(
        RowId(help="source code-year"),
        Key(
            "country_iso3",
            table="countries",
            missing="PUS and R20: codes of the source without an identified country; never joined",
        ),
        Text("source_code", pattern="[A-Z0-9]{3}", form="three capitals or digits", help="Code as in the source."),
        Year("year", first=1996, last=2024),
        Number("stability_index", help="About -2.5 to 2.5; higher is more stable."),
        Number("stability_risk_index", at_least=0, at_most=1, help="0.5 - stability_index / 5, cut to 0 to 1."),
        Choice("vintage", choices=("until_2022", "from_2023"), help="Do not difference across vintages."),
        *SOURCED,
    ),
    key=("source_code", "year"),
    dated=("year",),
    lag_months=9,
    checks=(_risk_from_estimate,),
    aggregate="Never added; a mean needs weights that are said.",
)

TABLES = (TRADE, TRADE_FLAGS, GOVERNANCE)
