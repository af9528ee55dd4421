"""What is mined, held and processed: mine output by dataset, reserves, shares of the world by stage."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from gadolin.atlas.rowchecks import needs, ordered
from gadolin.elements import ELEMENTS
from gadolin.stages import PRODUCT_GROUPS, STAGES
from gadolin.tables import SOURCED, Choice, Date, Flag, Key, Many, Number, RowId, Table, Text, Year

MINE_PRODUCTION = Table(
    "mine_production",
    about="Mine output by country, year, dataset and edition; editions and datasets contradict each other.",
    columns=(
        RowId(help="country.year.dataset.edition"),
        Key("country_iso3", table="countries", help="WLD is a total, OTH a remainder: neither is added to countries."),
        Year("year"),
        Number("output_t_reo", at_least=0),
        Choice("dataset", choices=("USGS", "BGS", "china_customs", "malaysia_parliament", "company")),
        Text("edition", missing="recalled; edition not known"),
        Date(
            "first_published",
            missing="no regular edition; the date of the source decides",
            help="USGS prints a year in January of the next, BGS about 14 months after its end; "
            "stands in for the lag, which differs by dataset.",
        ),
        Flag("superseded", help="A later edition revised this figure."),
        Flag("is_quota", help="A production quota printed in place of output."),
        Flag("comparable", help="no: off by a known factor from the other datasets, see note; never mixed with them."),
        *SOURCED,
    ),
    key=("country_iso3", "year", "dataset", "edition"),
    dated=("first_published",),
    aggregate="Add countries within one year, dataset and edition; never WLD or OTH with them, never across datasets.",
)

MINE_PRODUCTION_WMD = Table(
    "mine_production_wmd",
    about="Mine output by country and year from World Mining Data: one edition, one basis.",
    columns=(
        RowId(help="country.year"),
        Key("country_iso3", table="countries"),
        Year("year"),
        Number("output_t_reo", at_least=0),
        *SOURCED,
    ),
    key=("country_iso3", "year"),
    dated=("year",),
    lag_months=14,
    aggregate="Add countries within one year; countries without a row are not in the dataset.",
)


def _qualified(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    off = frame["reserves_t_reo"].isna() != (frame["qualifier"] == "not_available")
    for row in frame.index[off]:
        yield str(row), "qualifier", "must be not_available where, and only where, no tonnage is given"


RESERVES = Table(
    "reserves",
    about="Reserves by country and edition.",
    columns=(
        RowId(help="country.edition"),
        Key("country_iso3", table="countries", help="WLD is a total, OTH a remainder."),
        Number("reserves_t_reo", above=0, missing="source prints not available; not zero"),
        Choice(
            "qualifier",
            choices=("point", "lower_bound", "not_available", "resource_estimate_not_reserve"),
            help="resource_estimate_not_reserve never stands beside reserves in a ranking.",
        ),
        Choice("edition", choices=("MCS2025", "MCS2026", "Malaysia government")),
        *SOURCED,
    ),
    key=("country_iso3", "edition"),
    checks=(_qualified,),
    aggregate="Add countries within one edition, qualifier point, without WLD and OTH.",
)


def _role_fits_country(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    role = frame["country_iso3"].map({"WLD": "world", "OTH": "other"}).fillna("country")
    for row in frame.index[frame["role"] != role]:
        yield str(row), "role", f"must be {role[row]} for {frame.at[row, 'country_iso3']}"


PROCESSING_SHARES = Table(
    "processing_shares",
    about="Share of the world (or of one importer) by stage and country; product_scope holds the definition.",
    columns=(
        RowId(help="year.stage.country.scope.source"),
        Year("year"),
        Choice("stage", choices=STAGES, missing="a share of imports, not of a stage"),
        Choice("product_group", choices=PRODUCT_GROUPS, missing="scope is no group; see product_scope"),
        Key("country_iso3", table="countries"),
        Choice("role", choices=("country", "other", "world"), help="An HHI uses role = country only."),
        Choice("share_of", choices=("world", "imports_of_usa", "heavy_feed_of_china"), help="What 100 % is."),
        Text("product_scope", help="Definition of what is counted; figures of different scopes do not contradict."),
        Many("elements", choices=tuple(ELEMENTS), missing="not restricted to named elements"),
        Number("share_pct", at_least=0, at_most=100, missing="only a quantity or a range is stated"),
        Number("share_pct_low", at_least=0, at_most=100, missing="no range stated"),
        Number("share_pct_high", at_least=0, at_most=100, missing="no range stated"),
        Text("group_id", help="Rows of one year, stage, scope and source: the only rows that belong together."),
        Number(
            "group_sum_pct", above=0, at_most=100.1, missing="no share in the group", help="Sum of the named shares."
        ),
        Flag("group_complete", help="no: countries are missing, so an HHI of the group is an interval."),
        Number("quantity_value", at_least=0, row_unit="quantity_unit", missing="not reported"),
        Choice("quantity_unit", choices=("t_element", "t_magnet", "t_magnet_blanks"), missing="no quantity"),
        Flag("projection", help="A forecast; the date of its source decides when it was known."),
        *SOURCED,
    ),
    key=("group_id", "country_iso3"),
    dated=("year",),
    lag_months=12,
    checks=(_role_fits_country, ordered("share_pct"), needs("quantity_value", "quantity_unit")),
    aggregate="Add within one group_id, role country and other; never across groups.",
)


def _unit_fits_flow(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    off = (frame["flow"] == "permitted_raw") != (frame["amount_unit"] == "t_gross")
    for row in frame.index[off]:
        yield str(row), "amount_unit", "must be t_gross for permitted_raw and t_reo for the others"


LICENSED_FLOWS = Table(
    "licensed_flows",
    about="What is licensed in a country and year: oxide of its separators, their domestic feed, raw goods let go.",
    columns=(
        RowId(help="country.year.flow"),
        Key("country_iso3", table="countries"),
        Year("year"),
        Choice(
            "flow",
            choices=("separator_output", "domestic_feed", "permitted_raw"),
            help="separator_output and their feed from domestic mines in t REO; permitted_raw in t gross of carbonate "
            "or ore, also where it was legal without a permit.",
        ),
        Number("amount_value", at_least=0, row_unit="amount_unit"),
        Number("amount_value_low", at_least=0, row_unit="amount_unit", missing="no range stated"),
        Number("amount_value_high", at_least=0, row_unit="amount_unit", missing="no range stated"),
        Choice("amount_unit", choices=("t_reo", "t_gross")),
        *SOURCED,
    ),
    key=("country_iso3", "year", "flow"),
    dated=("year",),
    lag_months=1,
    checks=(_unit_fits_flow, ordered("amount_value")),
    aggregate="Add countries within one year and flow; flows are never added.",
)

TABLES = (MINE_PRODUCTION, MINE_PRODUCTION_WMD, RESERVES, PROCESSING_SHARES, LICENSED_FLOWS)
