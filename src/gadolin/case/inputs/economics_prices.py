"""Prices for economics: the deck of a day with the spread of its history, and payable shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gadolin.atlas import prices as comparable_prices
from gadolin.case.inputs.economics_money import rates_of
from gadolin.economics.draws import Z95
from gadolin.economics.formulas import Deck
from gadolin.errors import InputError
from gadolin.quantity import Quantity

if TYPE_CHECKING:
    from gadolin.case.load import Case

PRICE_HISTORY_FROM = 2015


def deck_of(case: Case, date: str | None = None) -> Deck:
    """The price deck of a date: oxides by element symbol, other goods as `PRODUCT GOOD`. [USD per kg, without tax]

    Quotes that only check a margin on another day carry that day in their name (`NdPr metal 2025-03-06`).

    The value is the deck's. Its range is 1.645 standard deviations of the logarithm of yearly means since 2015 (Chinese
    prices without tax, in real money): how far a year has been from another, not a forecast. A product without history
    takes the spread of NdPr (light) or Dy (heavy) and counts as an estimate.

    Args:
        case: The case.
        date: Day of the deck; the case's own when None.

    Raises:
        InputError: No deck of that day.
    """
    day = date or case.settings.position.deck_date
    return case.once(f"deck {day}", lambda: _read_deck(case, day))


def _read_deck(case: Case, day: str) -> Deck:
    rows = case.table("price_deck")
    rows = rows[(rows["deck_date"].astype(str) == day) & rows["use"].isin(["deck", "fill", "check", "none"])]
    if rows.empty:
        known = sorted(set(case.table("price_deck")["deck_date"].astype(str)))
        raise InputError(f"no price deck of {day}; the atlas has {', '.join(known)}")
    spreads = _spreads(case)
    prices: dict[str, Quantity] = {}
    without: list[str] = []
    for row_id, row in rows.iterrows():
        name = _deck_name(row)
        if row["use"] == "none":
            without.append(name)
        elif name not in prices or row["use"] == "deck":
            quote = case.quantity("price_deck", str(row_id), "price_ex_vat_usd_per_kg")
            prices[name] = _with_spread(quote, str(row["product"]), spreads)
    return Deck(prices, "USD", case.settings.case.price_year, day, "SMM and fills", 0.0, tuple(without))


def _deck_name(row: pd.Series) -> str:
    product, good = str(row["product"]), str(row["good"])
    if row["use"] == "check":  # a pair of another day, to form a margin with goods of that day
        return f"{product} {good} {row['date']}"
    if good == "oxide":
        return product
    if product == "NdFeB_magnet":
        return f"{product} {row['spec']}"
    return f"{product} {good}"


def _history(case: Case) -> pd.DataFrame:
    """Chinese oxide prices without tax, with their year."""
    frame = case.table("prices")
    frame = frame.join(comparable_prices.comparable(frame)[["comparable_usd_per_kg"]])
    chinese = frame["market"].isin(["china_domestic", "fob_china"])
    frame = frame[(frame["good"] == "oxide") & chinese & frame["comparable_usd_per_kg"].notna()]
    return frame.assign(year=frame["date"].astype(str).str[:4].astype(int))


def _spreads(case: Case) -> dict[str, float]:
    """Standard deviation of the logarithm of real yearly means, by product. [-]"""
    return case.once("price spreads", lambda: _measure_spreads(case))


def _measure_spreads(case: Case) -> dict[str, float]:
    frame = _history(case)
    frame = frame[frame["year"] >= PRICE_HISTORY_FROM]
    level = rates_of(case).deflator
    spreads = {}
    for product, rows in frame.groupby("product"):
        means = rows.groupby("year")["comparable_usd_per_kg"].mean()
        real = [float(v) / level["USA", int(y)] for y, v in means.items() if ("USA", int(y)) in level]
        if len(real) >= 5:
            spreads[str(product)] = float(np.std(np.log(real), ddof=1))
    return spreads


def _with_spread(quote: Quantity, product: str, spreads: Mapping[str, float]) -> Quantity:
    if quote.value is None:
        return quote
    proxy = "Dy" if product in ("Tb", "Ho", "Er", "Yb", "Lu", "Y", "DyFe") else "NdPr"
    sigma = spreads.get(product) or spreads.get(proxy) or spreads.get("Nd")
    if sigma is None:
        return quote
    wide = float(np.exp(Z95 * sigma))
    since = f"spread of real yearly means since {PRICE_HISTORY_FROM}"
    said = since if product in spreads else f"{since} of {proxy}: no history of its own"
    basis = quote.basis if product in spreads else "estimate"
    return Quantity(quote.value, quote.unit, quote.value / wide, quote.value * wide, basis, quote.refs, said)


def payable_of(case: Case, row_id: str) -> Quantity:
    """A payable share with its range: its own ends, or 1.645 sigma. [share]"""
    q = case.quantity("payable_shares", row_id, "payable_share")
    sigma = case.table("payable_shares").at[row_id, "payable_share_sigma"]
    if q.value is not None and q.low is None and pd.notna(sigma):
        wide = 1.645 * float(sigma)
        return Quantity(q.value, "share", q.value - wide, min(q.value + wide, 1.0), q.basis, q.refs, q.reason)
    return q
