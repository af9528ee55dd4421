"""Prices of rare-earth goods: a history, one reference price per product, one deck of a day, payable shares.

Markets and taxes differ by row; `gadolin.atlas.prices.comparable` brings them to one footing or says why it cannot.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from gadolin.atlas.rowchecks import needs, ordered
from gadolin.stages import GOODS
from gadolin.tables import SOURCED, Choice, Column, Date, Number, RowId, Table, Text

PRODUCTS = (
    *("La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Y", "NdPr", "LaCe"),
    *("DyFe", "GdFe", "mischmetal", "NdFeB_magnet"),
    *("RE_carbonate", "RE_clay_ore", "RE_concentrate", "clay_carbonate", "monazite"),
    *("basket_mt_weld", "NdPr_policy_floor"),
)
"""What is priced. basket_mt_weld is the oxide basket of one mine; NdPr_policy_floor is a price that a state backs."""

MARKETS = ("china_domestic", "fob_china", "europe", "us")
VAT = ("included", "unrefunded_in_fob", "none")
_PERIODS = ("spot", "month_avg", "quarter_avg", "year_avg", "year_end", "listed", "policy_floor")
_VAT_HELP = (
    "included: domestic quote with tax. unrefunded_in_fob: an export quote that carries the tax which China does not "
    "refund on rare earths, although it is often called free of VAT. none: no Chinese tax in it."
)


def _cny_fits(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """A quote in yuan, its exchange rate and its price in dollars agree."""
    off = (frame["price_cny_per_kg"] / frame["fx_cny_per_usd"] - frame["price_usd_per_kg"]).abs()
    for row in frame.index[off > 0.002 * frame["price_usd_per_kg"] + 0.001]:
        yield str(row), "price_usd_per_kg", "must equal price_cny_per_kg / fx_cny_per_usd"


def _tax_taken_once(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """With tax included, the price without it is the price over 1 + rate."""
    without = frame["price_usd_per_kg"] / (1 + frame["vat_rate_pct"] / 100)
    taxed = frame["vat"] == "included"
    for row in frame.index[taxed & ((frame["price_ex_vat_usd_per_kg"] - without).abs() > 0.002 * without + 0.001)]:
        yield str(row), "price_ex_vat_usd_per_kg", "must equal price_usd_per_kg / (1 + vat_rate_pct / 100)"
    for row in frame.index[~taxed & frame["price_ex_vat_usd_per_kg"].notna() & (frame["vat"] != "none")]:
        yield str(row), "price_ex_vat_usd_per_kg", "must be blank for an export quote that carries unrefunded tax"
    for row in frame.index[taxed & frame["vat_rate_pct"].isna()]:
        yield str(row), "vat_rate_pct", "must be given where tax is included"


def _fob_carries_tax(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    for row in frame.index[(frame["market"] == "fob_china") != (frame["vat"] == "unrefunded_in_fob")]:
        yield str(row), "vat", "must be unrefunded_in_fob for market fob_china, and only there"


_QUOTES: tuple[Column, ...] = (
    RowId(help="product.good.date.period.market"),
    Choice("product", choices=PRODUCTS),
    Choice("good", choices=GOODS, help="What form the product has; an alloy or metal is not an oxide."),
    Text("spec", missing="purity or grade not stated"),
    Date("date", help="Day of the quote, or last day of the period that it is the mean of."),
    Choice("period", choices=_PERIODS, help="listed: a producer's list price; year_end: quote of the last days."),
    Choice("market", choices=MARKETS),
    Choice("qualifier", choices=("point", "upper_bound"), help="upper_bound: the source says 'less than'."),
    Number("price_usd_per_kg", above=0, help="As quoted, tax as column vat says."),
    Number("price_usd_per_kg_low", above=0, missing="no range quoted"),
    Number("price_usd_per_kg_high", above=0, missing="no range quoted"),
    Number(
        "price_ex_vat_usd_per_kg",
        above=0,
        missing="export quote that carries unrefunded tax; see gadolin.atlas.prices.comparable",
    ),
    Number("price_cny_per_kg", above=0, missing="not quoted in CNY"),
    Number("fx_cny_per_usd", above=0, missing="not quoted in CNY", help="Mean of the month."),
    Choice("vat", choices=VAT, help=_VAT_HELP),
    Number("vat_rate_pct", above=0, at_most=30, missing="not a quote with tax included"),
    *SOURCED,
)
_QUOTE_CHECKS = (ordered("price_usd_per_kg"), _cny_fits, _tax_taken_once, _fob_carries_tax)

PRICES = Table(
    "prices",
    about="Price history to March 2025: quotes and means by product, date, period and market; tax differs by row.",
    columns=_QUOTES,
    key=("product", "good", "date", "period", "market"),
    dated=("date",),
    checks=_QUOTE_CHECKS,
    aggregate="Never added. Compare through gadolin.atlas.prices.comparable only.",
)

PRICES_REFERENCE = Table(
    "prices_reference",
    about="One recent reference price per product, and the policy floor. Dates differ by up to 28 months: never form a "
    "margin between stages from it.",
    columns=_QUOTES,
    key=("product", "good", "market", "date"),
    dated=("date",),
    checks=_QUOTE_CHECKS,
    aggregate="Never added, never subtracted from each other.",
)


def _deck_price_or_none(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    for row in frame.index[(frame["use"] == "none") != frame["price_value"].isna()]:
        yield str(row), "use", "must be none where, and only where, no price was found"
    for row in frame.index[(frame["use"] == "deck") & (frame["date"].str[:7] != frame["deck_date"].str[:7])]:
        yield str(row), "use", "must be fill, check or compare for a quote of another month than the deck"


PRICE_DECK = Table(
    "price_deck",
    about="Prices of one day, to value an ore or a stage with: column deck_date names the day, use says what is of "
    "that day (deck), what fills a hole from another day or market (fill), and what only checks.",
    columns=(
        RowId(help="deck_date.product.good.use, with a short grade where needed"),
        Date("deck_date", help="The day that the deck stands for."),
        Choice("product", choices=PRODUCTS),
        Choice("good", choices=GOODS),
        Text("spec", missing="purity or grade not stated"),
        Date("date", missing="no price was found", help="Day, month or year of the quote itself."),
        Choice(
            "use",
            choices=("deck", "fill", "check", "compare", "none"),
            help="deck: quote of the day. fill: nearest other quote, own date. check, compare: never used as a price. "
            "none: no price exists; a value of zero would be a choice and must be said.",
        ),
        Choice("market", choices=MARKETS, missing="no price was found"),
        Number("price_value", above=0, row_unit="price_unit", missing="no price was found", help="As quoted."),
        Number("price_value_low", above=0, row_unit="price_unit", missing="no range quoted"),
        Number("price_value_high", above=0, row_unit="price_unit", missing="no range quoted"),
        Choice("price_unit", choices=("cny_per_kg", "usd_per_kg", "usd_per_kg_reo"), missing="no price was found"),
        Choice("vat", choices=VAT, missing="no price was found", help=_VAT_HELP),
        Number("vat_rate_pct", above=0, at_most=30, missing="no tax in the quote"),
        Number("fx_cny_per_usd", above=0, missing="not quoted in CNY", help="ECB cross rate of the day."),
        Number(
            "price_ex_vat_usd_per_kg",
            above=0,
            missing="no price was found",
            help="Without tax, divided once also where FOB carried it; per kg of product, or of contained REO where "
            "price_unit is usd_per_kg_reo.",
        ),
        Number("price_ex_vat_usd_per_kg_low", above=0, missing="no range quoted"),
        Number("price_ex_vat_usd_per_kg_high", above=0, missing="no range quoted"),
        *SOURCED,
    ),
    dated=("date",),
    checks=(
        ordered("price_value", "price_ex_vat_usd_per_kg"),
        needs("price_value", "price_unit", "market", "vat", "date", "price_ex_vat_usd_per_kg"),
        _deck_price_or_none,
    ),
    aggregate="A basket is the sum of price times content over oxides of uses deck and fill, one row per element.",
)


def _share_is_the_quotient(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    quotient = frame["quote_usd_per_kg_reo"] / frame["basket_usd_per_kg_reo"]
    for row in frame.index[(quotient - frame["payable_share"]).abs() > 0.006]:
        yield str(row), "payable_share", "must equal quote_usd_per_kg_reo / basket_usd_per_kg_reo to two digits"


PAYABLE_SHARES = Table(
    "payable_shares",
    about="What a buyer of a raw or mixed product pays, as a share of the value of the oxides in it, without tax.",
    columns=(
        RowId(help="deck_date.good.feed"),
        Date("deck_date"),
        Choice("good", choices=GOODS, help="What is sold."),
        Choice("quoted_product", choices=PRODUCTS, help="The row of price_deck whose quote was divided."),
        Text("feed", help="Composition that the basket was formed with."),
        Number("payable_share", above=0, at_most=1),
        Number("payable_share_low", above=0, at_most=1, missing="see payable_share_sigma, or no range known"),
        Number("payable_share_high", above=0, at_most=1, missing="see payable_share_sigma, or no range known"),
        Number("payable_share_sigma", above=0, missing="not estimated", help="One standard deviation, a judgement."),
        Number("quote_usd_per_kg_reo", above=0, help="Quote without tax, per kg of contained REO."),
        Number("basket_usd_per_kg_reo", above=0, help="Value of the contained oxides at the deck, without tax."),
        *SOURCED,
    ),
    dated=("deck_date",),
    checks=(ordered("payable_share"), _share_is_the_quotient),
    aggregate="Never added.",
)

VAT_CHINA = Table(
    "vat_china",
    about="Chinese value-added tax on rare earths by date: what an export quote carries, since it is not refunded.",
    columns=(
        RowId(),
        Date("from_date", missing="in force before the first price held"),
        Date("to_date", missing="in force"),
        Number("vat_rate_pct", above=0, at_most=30),
        *SOURCED,
    ),
    aggregate="Never added.",
)

TABLES = (PRICES, PRICES_REFERENCE, PRICE_DECK, PAYABLE_SHARES, VAT_CHINA)
