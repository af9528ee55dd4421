"""What is wanted and how it answers to price: demand, elasticities, trade in magnets, Chinese quotas."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from gadolin.atlas.rowchecks import needs, ordered
from gadolin.elements import ELEMENTS
from gadolin.tables import SOURCED, Choice, Column, Date, Flag, Key, Many, Number, RowId, Table, Text, Year

_SCENARIOS = (
    *("history", "policy", "IEA_STEPS", "IEA_APS", "IEA_NZE", "IEA2024_APS", "Adamas_2014", "Adamas_2022"),
    *("Adamas_2023", "Adamas_2024_CAGR8.7", "IMCOA_before_spike", "IMCOA_after_spike", "Freedonia_2011", "CSRE_2024"),
)

DEMAND = Table(
    "demand",
    about="Demand by product, use, region, year and scenario, with production and supply figures that stand in for it.",
    columns=(
        RowId(help="region-year.product.use.scenario, and a number where sources contradict each other"),
        Text("element_or_product", help="As in the source."),
        Many("elements", choices=tuple(ELEMENTS), missing="all rare earths, or a magnet"),
        Text("end_use", help="As in the source."),
        Choice(
            "measure",
            choices=("use", "apparent_consumption", "imports", "production", "recycled_supply", "shortfall"),
            help="Only use and apparent_consumption are demand; the others stand in for it and are never added to it.",
        ),
        Choice("role", choices=("total", "part"), help="A total holds the parts of its year, scenario and source."),
        Key("region_iso3", table="countries"),
        Year("year"),
        Choice("scenario", choices=_SCENARIOS, help="history, or the name of a forecast with its author."),
        Number("demand_value", at_least=0, row_unit="demand_unit", missing="only a share, or nothing, is stated"),
        Number("demand_value_low", at_least=0, row_unit="demand_unit", missing="no range stated"),
        Number("demand_value_high", at_least=0, row_unit="demand_unit", missing="no range stated"),
        Choice("demand_unit", choices=("t_element", "t_reo", "t_ndfeb", "t_magnet", "t_smco", "t_y2o3", "usd")),
        Number("share_pct", at_least=0, at_most=100, missing="not a share", help="Of the total in demand_unit."),
        *SOURCED,
    ),
    dated=("year",),
    lag_months=12,
    checks=(ordered("demand_value"),),
    aggregate="Add parts of one product, region, year, scenario and source; never a total to its parts, never across "
    "units, never elements to the group that holds them. Shares of one company's mix add to 103: rescale.",
)


def _sign(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    falls = frame["responds"].isin(["demand", "demand_forecast"])
    for row in frame.index[falls & (frame["elasticity"] > 0)]:
        yield str(row), "elasticity", "must not be positive: demand does not rise with its price"
    for row in frame.index[~falls & (frame["elasticity"] < 0)]:
        yield str(row), "elasticity", "must not be negative: supply does not fall with its price"


_ELASTIC = "% of quantity per % of price"
_HORIZON: tuple[Column, ...] = (
    Text("horizon", help="As in the source."),
    Number("horizon_years_low", at_least=0, missing="any, or not in years"),
    Number("horizon_years_high", above=0, missing="any, or not in years"),
)

ELASTICITIES = Table(
    "elasticities",
    about="Price elasticities of demand and supply, most of them priors: use as ranges only.",
    columns=(
        RowId(),
        Choice("responds", choices=("demand", "demand_forecast", "supply", "recycled_supply")),
        Text("element_or_product", help="As in the source."),
        Many("elements", choices=tuple(ELEMENTS), missing="all rare earths together"),
        Number("elasticity", in_unit=_ELASTIC),
        Number("elasticity_low", in_unit=_ELASTIC, missing="no range stated"),
        Number("elasticity_high", in_unit=_ELASTIC, missing="no range stated"),
        *_HORIZON,
        Flag("prior", help="yes: an assumption of the collectors for sensitivity runs, not a measurement."),
        *SOURCED,
    ),
    checks=(ordered("elasticity"), _sign),
    aggregate="Never added.",
)

PRICE_RESPONSES = Table(
    "price_responses",
    about="How prices, quotas and users answered to restrictions and news, where that is no elasticity.",
    columns=(
        RowId(),
        Text("response"),
        Text("element_or_product", help="As in the source."),
        Number("response_value", row_unit="response_unit", missing="a sign or a reference only; see note"),
        Choice(
            "response_unit",
            choices=("pct", "ratio", "share", "sign"),
            missing="numbers not seen",
        ),
        *_HORIZON,
        *SOURCED,
    ),
    aggregate="Never added.",
)


def _months_in_order(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    start, end = frame["period_start"].str, frame["period_end"].str
    length = 12 * (end[:4].astype(int) - start[:4].astype(int)) + end[5:7].astype(int) - start[5:7].astype(int) + 1
    january = start[5:7] == "01"
    fits = {
        "month": length == 1,
        "year": (length == 12) & january,
        "fiscal_year": (length == 12) & (start[5:7] == "04"),
        "cumulative": (length > 1) & january,
        "span": (length > 1) & ~january,
    }
    for kind, good in fits.items():
        for row in frame.index[(frame["period_kind"] == kind) & ~good]:
            yield str(row), "period_kind", f"must not be {kind} for the months of period_start and period_end"


def _one_way_to_name_a_partner(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    several = frame["partners_iso3"].map(len) > 0
    for row in frame.index[several & frame["partner_iso3"].notna()]:
        yield str(row), "partner_iso3", "must be blank where several partners are named together"


MAGNETS = Table(
    "magnets",
    about="Exports, imports, production and shares of magnets, as reported for years, months and spans of months.",
    columns=(
        RowId(help="record type, reporter, partner, period, and a number where several stand"),
        Choice("record_type", choices=("export", "import", "production", "consumption", "share", "unit_value")),
        Text("product", help="As in the source; forms differ (blanks, finished, powder)."),
        Many("hs_codes", help="Prefixes without dots.", missing="not by tariff code"),
        Flag("includes_ferrite", help="yes: all permanent magnets; not comparable with rare-earth magnets."),
        Key("reporter_iso3", table="countries"),
        Key("partner_iso3", table="countries", missing="several partners together", help="WLD: all partners."),
        Many("partners_iso3", table="countries", missing="one partner, or a group whose members are not named"),
        Text("partner", help="As in the source, e.g. top10; a group is never read as a country."),
        Text("period", help="As in the source: 2024, 2024-03, 2024-01/2024-07 or FY2024-25 (April to March)."),
        Choice(
            "period_kind",
            choices=("year", "month", "cumulative", "span", "fiscal_year"),
            help="cumulative: from January on; span: other months; neither is added to the months in it.",
        ),
        Date("period_start", help="First month."),
        Date("period_end", help="Last month."),
        Number("quantity_t_product", at_least=0, missing="not reported"),
        Number("quantity_t_product_low", at_least=0, missing="no range stated"),
        Number("quantity_t_product_high", at_least=0, missing="no range stated"),
        Number("value_musd", at_least=0, missing="not reported"),
        Number("unit_value_usd_per_kg", above=0, missing="not reported"),
        Number("share_pct", at_least=0, at_most=100, missing="not a share"),
        Choice("trust", choices=("normal", "low"), help="low: contradicts better rows; never enters a sum."),
        *SOURCED,
    ),
    dated=("period_end",),
    checks=(ordered("quantity_t_product"), _months_in_order, _one_way_to_name_a_partner),
    aggregate="Use gadolin.atlas.magnets.quantity: it never adds a span to its months and never uses low trust.",
)


def _parts_within(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    parts = frame["light_t_reo"] + frame["medium_heavy_t_reo"]
    for row in frame.index[(parts - frame["quota_t_reo"]).abs() > 1]:
        yield str(row), "quota_t_reo", "must be the sum of light and medium_heavy where both are given"
    for row in frame.index[(frame["status"] == "published") != frame["quota_t_reo"].notna()]:
        yield str(row), "status", "must be published where, and only where, a quota is given"


CHINA_QUOTAS = Table(
    "china_quotas",
    about="Chinese quotas for export, mining and separation by year; batches and half years are parts of a full year.",
    columns=(
        RowId(help="year.type.scope"),
        Year("year"),
        Choice("quota_type", choices=("export", "mining", "separation"), help="export ended with 2014."),
        Choice("scope", choices=("full_year", "first_batch", "first_half")),
        Choice("status", choices=("published", "not_published", "abolished")),
        Number("quota_t_reo", above=0, missing="abolished, or issued without publishing; not zero"),
        Number("light_t_reo", above=0, missing="not told apart"),
        Number("medium_heavy_t_reo", above=0, missing="not told apart", help="Medium and heavy: the ionic clays."),
        Key("twin_of", table="china_quotas", missing="counts", help="Rounded copy of that row: count once."),
        *SOURCED,
    ),
    dated=("year",),
    checks=(_parts_within, needs("light_t_reo", "medium_heavy_t_reo")),
    aggregate="Full years of one type only, without rows that are a twin; batches are inside their year.",
)

TABLES = (DEMAND, ELASTICITIES, PRICE_RESPONSES, MAGNETS, CHINA_QUOTAS)
