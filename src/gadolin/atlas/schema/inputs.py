"""What a plant buys and what stands between seller and buyer: input prices, duties, taxes, freight, stock cover."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from gadolin.atlas.rowchecks import needs, ordered
from gadolin.tables import SOURCED, Choice, Date, Key, Many, Number, RowId, Table, Text, Year

_PER = (
    *("t", "t_naoh", "dry_t", "short_ton", "l", "us_gal", "m3", "kft3", "kwh", "mmbtu", "kw_month"),
    *("h", "week", "month", "year", "m2", "sq_ft", "container_40ft", "project"),
)
USD_UNITS = tuple(f"usd_per_{unit}" for unit in _PER)
PRICE_UNITS = (
    *USD_UNITS,
    "million_usd_per_project",
    "aud_per_week",
    *(f"cny_per_{unit}" for unit in ("t", "t_naoh")),
    *(f"myr_per_{unit}" for unit in ("t", "m3", "mmbtu", "kw_month", "month", "sq_ft")),
    "sen_per_kwh",
)


def _same_thing_in_usd(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """A price and its conversion are per the same unit."""
    per = frame["price_unit"].str.split("_per_").str[-1]
    for row in frame.index[per != frame["price_usd_unit"].str.removeprefix("usd_per_")]:
        yield str(row), "price_usd_unit", "must be per the same unit as price_unit"


INPUT_PRICES = Table(
    "input_prices",
    about="Prices of reagents, consumables, energy, water, waste, wages, land and freight, each with unit, delivery "
    "term and tax as the source states them. A price with low and high is their midpoint.",
    columns=(
        RowId(help="input.place.period, and a number where several stand"),
        Text("input"),
        Choice(
            "category",
            choices=("reagent", "consumable", "energy", "water", "waste", "labour", "land", "freight"),
        ),
        Text("spec", missing="grade or concentration not stated"),
        Key("country_iso3", table="countries", missing="a region of several countries or a route; see location"),
        Text("location", help="Place or route; Southeast Asia and routes are no country and are never read as one."),
        Text(
            "period",
            pattern=r"\d{4}(-(0[1-9]|1[0-2]|Q[1-4]|H[12])(-(0[1-9]|[12]\d|3[01]))?)?",
            form="a date, or a quarter or half year such as 2024-Q3 or 2018-H2",
            help="As printed.",
        ),
        Date("period_end", help="Last day, month or year of the period: the date of the price."),
        Year("year"),
        Number("price_value", at_least=0, row_unit="price_unit"),
        Number("price_value_low", at_least=0, row_unit="price_unit", missing="no range stated"),
        Number("price_value_high", at_least=0, row_unit="price_unit", missing="no range stated"),
        Choice("price_unit", choices=PRICE_UNITS),
        Choice("currency", choices=("USD", "MYR", "CNY", "AUD"), help="sen is a hundredth of MYR."),
        Number("price_usd_value", at_least=0, row_unit="price_usd_unit", help="By table fx, month or year of it."),
        Choice("price_usd_unit", choices=USD_UNITS),
        Choice(
            "delivery",
            choices=("ex_works", "fob", "cfr", "delivered", "regulated_tariff", "other"),
            help="Where the price holds, from price_basis; never compare ex_works or fob with delivered.",
        ),
        Text("price_basis", help="As the source states it."),
        Choice(
            "tax_state",
            choices=(
                *("excluded", "included", "partly_excluded", "none", "labour_burden_included", "wage_only"),
                "not_stated",
            ),
            help="partly_excluded: tariff before surcharges, levies and sales tax. wage_only: before employer's costs.",
        ),
        Text("tax", help="As the source states it."),
        *SOURCED,
    ),
    dated=("period_end",),
    checks=(ordered("price_value"), needs("price_value", "price_unit"), _same_thing_in_usd),
    aggregate="Never added.",
)


def _value_or_span(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    spanned = frame["amount_value_low"].notna() & frame["amount_value_high"].notna()
    for row in frame.index[frame["amount_value"].isna() & ~spanned]:
        yield str(row), "amount_value", "must be given where no span (low and high) is"


def _in_time(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    for row in frame.index[frame["from_date"] > frame["to_date"]]:
        yield str(row), "to_date", "must not lie before from_date"


DUTIES_FREIGHT = Table(
    "duties_freight",
    about="Import, export and additional duties, value-added tax and its refund, freight per kg, margin of CIF over "
    "FOB, and stocks held by states and users: one record type per row.",
    columns=(
        RowId(help="record type, market, origin or regime, code or a number"),
        Choice(
            "record_type",
            choices=(
                *("import_duty", "additional_duty", "total_duty", "export_duty", "export_rebate", "resource_tax"),
                *("vat", "freight_per_kg", "cif_fob_margin", "stock_cover"),
            ),
            help="total_duty already holds the import duty and the additional duties: never add it to them.",
        ),
        Key("market_iso3", table="countries", help="Who levies the duty, receives the freight or holds the stock."),
        Key("origin_iso3", table="countries", missing="a tariff regime or all origins, see regime; or no origin"),
        Choice(
            "regime",
            choices=("mfn", "fta", "interim", "all_origins"),
            missing="a named origin, or no tariff",
            help="mfn: most favoured nation. fta: origin with an agreement. interim: provisional rate below mfn.",
        ),
        Many("hs_codes", help="Prefixes without dots.", missing="no tariff code"),
        Text("product"),
        Number("amount_value", at_least=0, row_unit="amount_unit", missing="a span only"),
        Number("amount_value_low", at_least=0, row_unit="amount_unit", missing="no span stated"),
        Number("amount_value_high", at_least=0, row_unit="amount_unit", missing="no span stated"),
        Choice(
            "amount_unit",
            choices=(
                *("pct_ad_valorem", "pct_of_price", "pct_of_fob", "pct_of_sale_price", "usd_per_kg"),
                *("days_of_use", "weeks_of_use", "months_of_use", "months", "t_as_stated", "million_usd"),
            ),
        ),
        Date("from_date", missing="start not stated; the date of the source decides"),
        Date("to_date", missing="in force, or end not stated"),
        *SOURCED,
    ),
    dated=("from_date",),
    checks=(ordered("amount_value"), _value_or_span, _in_time),
    aggregate="Add an import duty and the additional duties of one origin; never a total_duty to either.",
)

TABLES = (INPUT_PRICES, DUTIES_FREIGHT)
