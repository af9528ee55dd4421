"""Prices of a base year by region and good: quotes for oxides, and what follows from them for everything else.

Oxides come from the price deck where it is of the base year, else from the yearly mean, else from the mean of the
months. An element without a quote in the year takes its nearest year, moved by what the other elements did in between,
and is named. Chinese prices stand without tax; elsewhere the tax that China does not refund and freight are on top.

Before May 2015 quotes from China held quota rent and export duty, so no base year before 2016 has a price here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gadolin.case.inputs import market_structure as shape
from gadolin.case.inputs.market_priors import Priors
from gadolin.elements import oxide_factor
from gadolin.errors import Fault, InputError
from gadolin.market.leader import conduct_of_gap
from gadolin.market.observations import NodePrice
from gadolin.market.world import World

if TYPE_CHECKING:
    from gadolin.case.load import Case

__all__ = ["PriceReader", "Quote", "conduct_of"]

Tables = Callable[[str], pd.DataFrame]

FIRST_YEAR = 2016
"""First whole year after export quotas and duties ended in May 2015."""

LEAST_MONTHS = 6
LEAST_COMMON = 3
"""Elements that must be quoted in two years before their common move stands for one that is not."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Price of an oxide in China in a year.

    Args:
        price_usd_per_kg: Price without tax. [USD/kg]
        basis: One of `quantity.BASES`.
        refs: Rows it was read from.
    """

    price_usd_per_kg: float
    basis: str
    refs: tuple[str, ...]


@dataclass(frozen=True)
class PriceReader:
    """Reader of prices for a base year.

    Args:
        table: Reader of atlas tables.
        year: Base year.
        remarks: What had to stand in for what; filled while reading.
    """

    table: Tables
    year: int
    remarks: list[str] = field(default_factory=list)

    def oxides(self) -> dict[str, Quote]:
        """Price of every oxide in China in the base year, without tax.

        Raises:
            InputError: A year before 2016; elements for which nothing is known.
        """
        table, year = self.table, self.year
        if year < FIRST_YEAR:
            text = (
                f"quotes from China before May 2015 hold quota rent and export duty, so {year} has no price by "
                f"element; take {FIRST_YEAR} or later"
            )
            raise InputError(Fault(text, field="year", value=year))
        yearly = _yearly(table)
        found = {e: quote for e in shape.OXIDES if (quote := _quoted(table, yearly, e, year)) is not None}
        moved = {e: _moved(yearly, found, e, year) for e in shape.OXIDES if e not in found}
        missing = [e for e, quote in moved.items() if quote is None]
        if missing:
            text = (
                f"no price of {', '.join(missing)} oxide of {year} or near it is known (prices, price_deck); take a "
                "later date or year, or add rows to the case's own prices"
            )
            raise InputError(Fault(text, field="prices"))
        for e, quote in moved.items():
            assert quote is not None
            self.remarks.append(f"{e} oxide has no quote of {year}: {quote.refs[0]} moved as the other elements did")
            found[e] = quote
        return {e: found[e] for e in shape.OXIDES}

    def magnet(self) -> Quote:
        """Unit value of Chinese magnet exports in the newest year up to the base year with tonnes and value. [USD/kg]

        Raises:
            InputError: No year is known with both.
        """
        year, rows = self.year, self.table("magnets")
        rows = rows[(rows.record_type == "export") & (rows.reporter_iso3 == "CHN") & (rows.partner_iso3 == "WLD")]
        rows = rows[
            rows.quantity_t_product.notna() & rows.value_musd.notna() & (rows.period.astype(str).str.len() == 4)
        ]
        rows = rows[rows.period.astype(str) <= str(year)]
        if rows.empty:
            text = (
                f"no year up to {year} is known with tonnes and value of Chinese magnet exports (magnets); take a "
                "later date or year, or add a row to the case's own magnets"
            )
            raise InputError(Fault(text, field="magnets"))
        row = rows.sort_values("period").iloc[-1]
        if str(row.period) != str(year):
            self.remarks.append(
                f"unit value of Chinese magnet exports of {year} is not known: that of {row.period} stands"
            )
        refs = tuple(f"magnets:{row.name}:{c}" for c in ("value_musd", "quantity_t_product"))
        return Quote(1000 * float(row.value_musd) / float(row.quantity_t_product), "derived", refs)

    def vat_share(self) -> float:
        """Chinese value-added tax at the end of the base year, which exports of rare earths do not get back. [share]

        Raises:
            InputError: No rate of that day is known.
        """
        date = f"{self.year}-12-31"
        found = _vat_share(self.table, date)
        if found is None:
            text = (
                f"no Chinese tax rate of {date} is known; take a later year, or add a row to the case's own vat_china"
            )
            raise InputError(Fault(text, field="vat_china"))
        return found

    @staticmethod
    def last_year(table: Tables) -> int | None:
        """Newest year with a price deck, or with yearly means of oxides; None when there is neither."""
        deck = table("price_deck").dropna(subset=["price_ex_vat_usd_per_kg"])
        years = [int(d[:4]) for d in deck[deck.good == "oxide"].deck_date.astype(str)]
        years = years or [year for _, year in _yearly(table)]
        return max(years, default=None)

    @staticmethod
    def at_nodes(
        quotes: Mapping[str, Quote],
        composition: Mapping[str, Mapping[str, float]],
        clay: str,
        priors: Priors,
        vat: float,
        magnet: Quote,
    ) -> tuple[NodePrice, ...]:
        """Price of every good in every region, without tax. [USD/kg]

        Raw goods are payable shares of their basket; metal is oxide content and a margin; a magnet is the unit value of
        Chinese exports, with grade H dearer by its metal.

        Args:
            quotes: Oxides in China.
            composition: Oxide share by basket and element. [share]
            clay: Vector that stands for all ion clay.
            priors: Margins, payable shares, freight.
            vat: Tax that China does not refund. [share]
            magnet: Unit value of Chinese magnet exports.
        """
        metal_yield, magnet_yield = (priors.value("yield_share", k) for k in ("metal", "magnet"))
        metal = {
            e: quotes[e].price_usd_per_kg * oxide_factor(e) / metal_yield + priors.value("metal_margin_usd_per_kg", e)
            for e in shape.METALS
        }
        dearer = {g: sum(a * metal[e] for e, a in c.items()) / magnet_yield for g, c in shape.GRADES.items()}
        swarf = {
            g: priors.value("price", "scrap_payable_share")
            * sum(a * oxide_factor(e) * quotes[e].price_usd_per_kg for e, a in c.items())
            for g, c in shape.SWARF.items()
        }
        worth = {
            b: sum(share[e] * quotes[e].price_usd_per_kg for e in shape.OXIDES) for b, share in composition.items()
        }
        abroad = 1 + priors.value("price", "magnet_abroad_share")
        found: list[NodePrice] = []
        for r in shape.REGIONS:
            lift = 1.0 if r == "CHN" else 1 + vat
            freight = 0.0 if r == "CHN" else priors.value("price", "freight_usd_per_kg")
            found += [
                NodePrice(r, f"oxide:{e}", q.price_usd_per_kg * lift + freight, q.basis, q.refs)
                for e, q in quotes.items()
            ]
            found += [NodePrice(r, f"metal:{e}", p * lift + freight, "derived") for e, p in metal.items()]
            away = 0.0 if r == "CHN" else -2 * freight  # sellers take the Chinese price less freight
            for basket, value in worth.items():
                payable = priors.value("payable_share", clay if basket == "clay" else "light")
                found.append(NodePrice(r, f"mixed_carbonate:{basket}", payable * value + away, "derived"))
                if basket != "clay":
                    price = max(priors.value("payable_share", "concentrate") * value + away, 0.1)
                    found.append(NodePrice(r, f"concentrate:{basket}", price, "derived"))
            for g in shape.GRADES:
                base = magnet.price_usd_per_kg + dearer[g] - dearer["N"]
                there = base if r == "CHN" else abroad * base + freight
                found.append(NodePrice(r, f"magnet:{g}", there, "derived", magnet.refs))
            found += [NodePrice(r, f"scrap:{g}", value - freight, "derived") for g, value in swarf.items()]
        return tuple(found)


def _yearly(table: Tables) -> dict[tuple[str, int], Quote]:
    """Yearly mean from China by product and year, without the tax that its exports do not get back."""
    rows = table("prices")
    rows = rows[(rows.good == "oxide") & (rows.period == "year_avg") & (rows.market == "fob_china")]
    vat_of = {d: _vat_share(table, f"{d}-07-01") for d in dict.fromkeys(rows.date.astype(str).str[:4])}
    found: dict[tuple[str, int], Quote] = {}
    for row, product, date, price, basis in zip(
        rows.index, rows["product"], rows.date.astype(str), rows.price_usd_per_kg, rows.basis, strict=True
    ):
        vat = vat_of[date[:4]]
        if int(date[:4]) >= FIRST_YEAR and vat is not None and not pd.isna(price):
            ref = f"prices:{row}:price_usd_per_kg"
            found[str(product), int(date[:4])] = Quote(float(price) / (1 + vat), str(basis), (ref,))
    return found


def _quoted(table: Tables, yearly: Mapping[tuple[str, int], Quote], element: str, year: int) -> Quote | None:
    """The quote of an element in a year: of the deck, of the year, of its months."""
    names = ("NdPr", element) if element in ("Nd", "Pr") else (element,)
    deck = table("price_deck")
    deck = deck[(deck["product"] == names[0]) & (deck.good == "oxide") & deck.use.isin(["deck", "fill"])]
    deck = deck[deck.deck_date.astype(str).str[:4] == str(year)].dropna(subset=["price_ex_vat_usd_per_kg"])
    if not deck.empty:
        ref = f"price_deck:{deck.index[0]}:price_ex_vat_usd_per_kg"
        return Quote(float(deck.price_ex_vat_usd_per_kg.iloc[0]), str(deck.basis.iloc[0]), (ref,))
    for name in reversed(names):
        if (name, year) in yearly:
            return yearly[name, year]
    rows = table("prices")
    rows = rows[(rows["product"] == element) & (rows.good == "oxide") & (rows.period == "month_avg")]
    rows = rows[rows.date.astype(str).str[:4] == str(year)].dropna(subset=["price_ex_vat_usd_per_kg"])
    if len(rows) < LEAST_MONTHS:
        return None
    refs = tuple(f"prices:{row}:price_ex_vat_usd_per_kg" for row in rows.index)
    return Quote(float(rows.price_ex_vat_usd_per_kg.astype(float).mean()), "derived", refs)


def _moved(
    yearly: Mapping[tuple[str, int], Quote], known: Mapping[str, Quote], element: str, year: int
) -> Quote | None:
    """The nearest yearly mean of an element, moved as the elements quoted in both years did (geometric mean)."""
    for other in sorted((y for e, y in yearly if e == element), key=lambda y: (abs(y - year), y)):
        both = [e for e in known if (e, other) in yearly]
        if len(both) >= LEAST_COMMON:
            logs = [np.log(known[e].price_usd_per_kg / yearly[e, other].price_usd_per_kg) for e in both]
            start = yearly[element, other]
            return Quote(start.price_usd_per_kg * float(np.exp(np.mean(logs))), "estimate", start.refs)
    return None


def conduct_of(case: Case, world: World) -> dict[str, float]:
    """Conduct of China by oxide, from quotes abroad against quotes at home in the price deck. [-]

    Both stand without the tax that is not refunded, so what is left between them is freight, timing and power; all of
    it is taken for power, an upper end. Empty when the deck holds no such pair.

    Args:
        case: Case whose price deck is read.
        world: The market of the base year.
    """
    deck = case.table("price_deck").dropna(subset=["price_ex_vat_usd_per_kg"])
    deck = deck[(deck.good == "oxide") & (deck.deck_date.astype(str).str[:4] == str(world.year))]
    home = deck[deck.use == "deck"].set_index("product").price_ex_vat_usd_per_kg.astype(float)
    abroad = deck[(deck.use == "compare") & (deck.market == "fob_china")].set_index("product").price_ex_vat_usd_per_kg
    found = {}
    for product, price in abroad.astype(float).items():
        good = f"oxide:{'Nd' if product == 'NdPr' else product}"
        if product in home.index:
            found[good] = conduct_of_gap(world, "CHN", good, 1 - float(home[product]) / float(price))
    return found


def _vat_share(table: Tables, date: str) -> float | None:
    rows = table("vat_china")
    known = rows[(rows.from_date.isna() | (rows.from_date.astype(str) <= date))]
    known = known[known.to_date.isna() | (known.to_date.astype(str) >= date)]
    return None if known.empty else float(known.vat_rate_pct.iloc[-1]) / 100
