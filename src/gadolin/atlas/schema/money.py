"""What turns one kind of money into another: exchange rates, price levels, plant cost indices, location factors."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from gadolin.atlas.rowchecks import ordered
from gadolin.tables import SOURCED, Choice, Date, Flag, Key, Many, Number, RowId, Table, Text, Year

CURRENCIES = (
    *("MYR", "CNY", "AUD", "EUR", "JPY", "KRW", "GBP", "CAD", "BRL", "INR", "IDR", "THB", "ZAR", "SEK", "VND"),
)


def _period_fits_its_kind(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    kind = frame["period"].str.len().map({4: "year", 7: "month"})
    for row in frame.index[kind != frame["period_kind"]]:
        yield str(row), "period_kind", "must be year for a period such as 2024, month for one such as 2024-03"


FX = Table(
    "fx",
    about="Units of a currency per US dollar: means of a year (1999 on) and of a month (2019-01 to 2026-10).",
    columns=(
        RowId(help="currency-period"),
        Choice("currency", choices=CURRENCIES),
        Date("period", help="A year or a month."),
        Choice("period_kind", choices=("year", "month")),
        Number("rate_per_usd", above=0, help="Mean over the days with a rate."),
        Number("n_days", above=0, missing="published as a mean; days not given"),
        Flag("complete", help="no: the period had not ended when the source was read."),
        *SOURCED,
    ),
    key=("currency", "period"),
    dated=("period",),
    checks=(_period_fits_its_kind,),
    aggregate="Never added. A year converts an amount of that year, a month a quote of that month.",
)

DEFLATORS = Table(
    "deflators",
    about="Price level by country and year, 2015 = 100: GDP deflator 1990-2026 and consumer prices 1990-2024.",
    columns=(
        RowId(help="country-year.series"),
        Key("country_iso3", table="countries", help="EMU is the euro area."),
        Year("year"),
        Choice("series", choices=("gdp_deflator", "cpi"), help="Never mix the two in one conversion."),
        Number("price_level_index", above=0, help="2015 = 100."),
        Choice(
            "status",
            choices=("observed", "estimate", "projection"),
            help="As the IMF calls it: 2025 was an estimate and 2026 a projection when published.",
        ),
        *SOURCED,
    ),
    key=("country_iso3", "year", "series"),
    dated=("year",),
    lag_months=4,
    aggregate="Never added; use the quotient of two years of one country and series.",
)

COST_INDICES = Table(
    "cost_indices",
    about="Chemical engineering plant cost index (CEPCI) by year; contradicting copies stand beside the value to use.",
    columns=(
        RowId(help="index-year, then a letter for contradicting copies"),
        Choice("index_name", choices=("CEPCI",)),
        Year("year"),
        Number("plant_cost_index", above=0, help="1957-59 = 100, mean of the year. No free value after 2024."),
        Flag("preferred", help="yes on one row a year: the one to escalate with. The others contradict or confirm it."),
        *SOURCED,
    ),
    dated=("year",),
    lag_months=4,
    aggregate="Never added; use the quotient of two preferred years.",
)


def _factor_or_span(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    spanned = frame["location_factor_low"].notna() & frame["location_factor_high"].notna()
    for row in frame.index[frame["location_factor"].isna() & ~spanned]:
        yield str(row), "location_factor", "must be given where no span (low and high) is"


LOCATION_FACTORS = Table(
    "location_factors",
    about="Cost of a plant at a place over its cost at a place of reference. Malaysia has a bracket only.",
    columns=(
        RowId(),
        Text("location", help="As in the source; part of a country or a kind of equipment where it says so."),
        Key("country_iso3", table="countries", missing="a region of several countries"),
        Many("countries_iso3", table="countries", missing="one country, or a region whose members are not listed"),
        Flag("whole_country", help="no: holds for a part of the country, for a kind of equipment, or for a region."),
        Choice("relative_to", choices=("us_gulf_coast", "usa"), help="Place of reference; never mix the two."),
        Choice("covers", choices=("inside_battery_limits", "whole_plant")),
        Year("year", missing="year of the factor not stated; older than its source"),
        Number("location_factor", above=0, missing="a span only"),
        Number("location_factor_low", above=0, missing="no span stated"),
        Number("location_factor_high", above=0, missing="no span stated"),
        Flag("preferred"),
        *SOURCED,
    ),
    key=("location", "relative_to"),
    dated=("year",),
    checks=(ordered("location_factor"), _factor_or_span),
    aggregate="Never added.",
)

TABLES = (FX, DEFLATORS, COST_INDICES, LOCATION_FACTORS)
