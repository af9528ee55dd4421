"""From a case's tables to the observations of a base year, and from there to a calibrated world.

    case.load("malaysia").inputs.world_of(2024)

What is sourced, derived and assumed: `market_structure` (which stage stands where), `market_facts` (quantities with
their widths), here the prices. The composition of the ion clays decides Dy and Tb and is not known for Myanmar: `clay`
names the vector taken, and is a factor of the futures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gadolin.case.inputs import market_structure as shape
from gadolin.case.inputs.market_facts import Facts
from gadolin.case.inputs.market_priors import Priors, priors_of
from gadolin.case.inputs.market_structure import Structure
from gadolin.elements import ELEMENTS, oxide_factor
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.market.calibrate import calibrate
from gadolin.market.futures import Future
from gadolin.market.observations import Cover, NodePrice, Observations, route_key
from gadolin.market.world import World

if TYPE_CHECKING:
    from gadolin.case.load import Case

__all__ = ["CLAYS", "observations_of", "region_of", "world_of", "worlds_of"]

Tables = Callable[[str], pd.DataFrame]
CLAYS = tuple(shape.CLAYS)


def world_of(case: Case, year: int | None = None, clay: str = "xinfeng") -> World:
    """The rare-earth world of a base year, calibrated.

    Args:
        case: Case whose tables are read.
        year: Base year; the last one whose mine output and prices are known when None.
        clay: Vector that stands for all ion clay: xinfeng, xunwu or longnan.

    Raises:
        InputError: Unknown clay; tables lack what is needed.
        NotConverged: The base year does not come out again.
    """
    key = f"world {year} {clay}"
    if key not in case._cache:
        case._cache[key] = calibrate(observations_of(case, year, clay))
    return case._cache[key]


def worlds_of(case: Case, futures: Sequence[Future], year: int | None = None) -> dict[str, World]:
    """The calibrated world of every vector of the clays that some futures name, the first future's first.

    Args:
        case: Case whose tables are read.
        futures: Futures.
        year: Base year; the last one known when None.
    """
    clays = dict.fromkeys(str(f.factors.get("clay", CLAYS[0])) for f in futures)
    return {clay: world_of(case, year, clay) for clay in clays}


def region_of(case: Case) -> str:
    """Region of the world in which the country of a case stands; RST, the rest, when it has none of its own."""
    return Structure.region_of(case.country)


SCATTER_YEARS, LEAST_CHANGES = 10, 3
"""Years looked back over, and yearly changes that must be known for an element to have a scatter of its own."""


def price_scatter_of(case: Case) -> dict[str, float]:
    """Root mean square of the yearly changes of the log of each oxide's mean price, over the last ten years known.

    An element with fewer than three changes on record takes the median of the others.

    Args:
        case: Case whose prices are read, cut at its date.

    Returns:
        Scatter by good. [per year]

    Raises:
        InputError: No element has three changes on record.
    """
    rows = case.table("prices")
    rows = rows[(rows.good == "oxide") & (rows.period == "year_avg") & (rows.market == "fob_china")]
    years = rows.date.astype(str).str[:4].astype(int)
    newest = int(years.max()) if len(years) else 0
    rows = rows.assign(year=years)[years >= newest - SCATTER_YEARS]
    found: dict[str, float] = {}
    for element, part in rows.groupby("product"):
        means = np.log(part.groupby("year").price_usd_per_kg.mean().astype(float))
        changes = [means[y] - means[y - 1] for y in means.index if y - 1 in means.index]
        if len(changes) >= LEAST_CHANGES:
            found[f"oxide:{element}"] = float(np.sqrt(np.mean(np.square(changes))))
    if not found:
        raise InputError("no oxide has three yearly price changes on record (prices)")
    middle = float(np.median(list(found.values())))
    return {f"oxide:{e}": found.get(f"oxide:{e}", middle) for e in shape.OXIDES}


def observations_of(case: Case, year: int | None = None, clay: str = "xinfeng") -> Observations:
    """What is known, and assumed, about the rare-earth world of a year.

    Args:
        case: Case whose tables are read, cut at its date.
        year: Base year; the last one whose mine output and prices are known when None.
        clay: Which vector stands for all ion clay; a factor of futures.

    Raises:
        InputError: Unknown clay; a table lacks the year.
    """
    composition = _composition(case.table, clay)
    priors = priors_of(case)
    prices = _prices(case.table, composition, clay, priors)
    year = _last_year(case.table) if year is None else year
    structure = Structure(composition, priors)
    reader = Facts(case.table, year, structure)
    facts = [*reader.mines(), *reader.plants(), *reader.uses()]
    traded, open_routes = reader.trade(prices)
    routes = structure.routes()
    closed = {route_key(r.good, r.origin, r.destination) for r in routes} - open_routes - _untracked_routes()
    processes = structure.processes()
    closed |= {p.name for p in processes if p.stage == "use"} | {"MYS separation clay", "AUS separation mt_weld"}
    covers = tuple(
        Cover(r, good, priors.value("stock_months", r), priors.quantity("stock_months", r).basis or "estimate")
        for r in shape.USERS
        for good in (
            *(f"oxide:{e}" for e in shape.OXIDES),
            *(f"metal:{e}" for e in shape.METALS),
            "magnet:N",
            "magnet:H",
        )
    )
    return Observations(
        year=year,
        processes=processes,
        routes=routes,
        uses=structure.uses(),
        facts=(*facts, *traded),
        prices=prices,
        covers=covers,
        contents=structure.contents(),
        behaviour=priors.behaviour(),
        members=shape.MEMBERS,
        untraded=frozenset(closed),
        assumptions=(
            f"all ion clay has the composition of {clay}",
            *shape.ASSUMPTIONS,
            *reader.remarks,
            priors.summary(),
        ),
    )


def _last_year(table: Tables) -> int:
    """Year of the price deck: the base year of prices decides."""
    return int(str(table("price_deck").deck_date.max())[:4])


def _composition(table: Tables, clay: str) -> dict[str, dict[str, float]]:
    """Oxide share by basket and element. [share]

    Args:
        table: Reader of atlas tables.
        clay: Which vector stands for all ion clay: xinfeng, xunwu or longnan.

    Raises:
        InputError: Unknown clay.
    """
    if clay not in shape.CLAYS:
        raise InputError(Fault(f"is no clay here{did_you_mean(clay, CLAYS)} (one of {', '.join(CLAYS)})", value=clay))
    rows = table("deposit_composition")
    found: dict[str, dict[str, float]] = {}
    for basket, (deposit, vector) in {**shape.VECTORS, "clay": shape.CLAYS[clay]}.items():
        part = rows[(rows.deposit_id == deposit) & (rows.vector_id == vector)].set_index("element").share_norm_pct
        share = {e: float(part.get(e, np.nan)) for e in ELEMENTS}
        fill = rows[(rows.deposit_id == deposit) & (rows.vector_id == "rounding_fill")]
        share |= {e: float(v) for e, v in zip(fill.element, fill.share_norm_pct, strict=True)}
        # a printed zero is half its last digit, 0.05 of 0.1; a tenth of that for the heaviest of a light ore
        share = {e: 0.01 if np.isnan(v) or v == 0 else v for e, v in share.items()}
        total = sum(share.values())
        found[basket] = {e: v / total for e, v in share.items()}
    return found


def _payable(table: Tables, clay: str) -> dict[str, float]:
    """Payable share of clay carbonate, light carbonate and concentrate in the value of their oxides. [share]"""
    rows = table("payable_shares")
    feeds = rows.feed.astype(str).str.lower()
    of_clay = rows[feeds.str.contains(clay)].payable_share
    if of_clay.empty:  # no quote for this clay: the mid-Y one stands for it
        of_clay = rows[feeds.str.contains("xinfeng")].payable_share
    return {
        "clay": float(of_clay.iloc[0]),
        "light": float(rows[rows.good == "mixed_carbonate"].payable_share.iloc[0]),
        "concentrate": float(rows[rows.good == "concentrate"].payable_share.iloc[0]),
    }


def _prices(
    table: Tables, composition: Mapping[str, Mapping[str, float]], clay: str, priors: Priors
) -> tuple[NodePrice, ...]:
    """Price of every good in every region at the end of 2024, without tax. [USD/kg]

    China from the deck; elsewhere the same with the tax that China does not refund (13 %) and freight. Raw goods are
    payable shares of their basket; metal is oxide content and a margin; a magnet is the unit value of Chinese exports,
    with grade H dearer by its metal.
    """
    deck = table("price_deck")
    oxide: dict[str, tuple[float, str, tuple[str, ...]]] = {}
    for e in shape.OXIDES:
        name = "NdPr" if e in ("Nd", "Pr") else e
        rows = deck[(deck["product"] == name) & (deck["good"] == "oxide") & deck["use"].isin(["deck", "fill"])]
        price, basis = float(rows.price_ex_vat_usd_per_kg.iloc[0]), str(rows.basis.iloc[0])
        oxide[e] = (price, basis, (f"price_deck:{rows.index[0]}:price_ex_vat_usd_per_kg",))
    payable, (export_usd_per_kg, magnet_refs) = _payable(table, clay), _magnet_price(table)
    vat, abroad = _unrefunded_vat_share(table), 1 + priors.value("price", "magnet_abroad_share")
    metal_yield, magnet_yield = (priors.value("yield_share", k) for k in ("metal", "magnet"))
    found: list[NodePrice] = []
    metal: dict[str, float] = {}
    for e in shape.METALS:
        price, _, _ = oxide[e]
        metal[e] = price * oxide_factor(e) / metal_yield + priors.value("metal_margin_usd_per_kg", e)
    gross = {g: sum(a * metal[e] for e, a in c.items()) / magnet_yield for g, c in shape.GRADES.items()}
    scrap = {
        g: priors.value("price", "scrap_payable_share") * sum(a * oxide_factor(e) * oxide[e][0] for e, a in c.items())
        for g, c in shape.GRADES.items()
    }
    for r in shape.REGIONS:
        lift = 1.0 if r == "CHN" else 1 + vat
        freight = 0.0 if r == "CHN" else priors.value("price", "freight_usd_per_kg")
        found += [NodePrice(r, f"oxide:{e}", p * lift + freight, b, refs) for e, (p, b, refs) in oxide.items()]
        found += [NodePrice(r, f"metal:{e}", p * lift + freight, "derived") for e, p in metal.items()]
        for basket, share in composition.items():
            value = sum(share[e] * oxide[e][0] for e in shape.OXIDES)
            away = 0.0 if r == "CHN" else -2 * freight  # sellers take the Chinese price less freight
            found.append(
                NodePrice(
                    r,
                    f"mixed_carbonate:{basket}",
                    payable["clay" if basket == "clay" else "light"] * value + away,
                    "derived",
                )
            )
            if basket != "clay":
                price = max(payable["concentrate"] * value + away, 0.1)
                found.append(NodePrice(r, f"concentrate:{basket}", price, "derived"))
        for g in shape.GRADES:
            dearer = gross[g] - gross["N"]
            base = export_usd_per_kg + dearer
            found.append(
                NodePrice(r, f"magnet:{g}", base if r == "CHN" else abroad * base + freight, "derived", magnet_refs)
            )
            found.append(NodePrice(r, f"scrap:{g}", scrap[g] - freight, "derived"))
    return tuple(found)


def _magnet_price(table: Tables) -> tuple[float, tuple[str, ...]]:
    """Unit value of Chinese magnet exports in the newest year with tonnes and value, and its cells. [USD/kg]

    Raises:
        InputError: No year is known with both.
    """
    rows = table("magnets")
    rows = rows[(rows.record_type == "export") & (rows.reporter_iso3 == "CHN") & (rows.partner_iso3 == "WLD")]
    rows = rows[rows.quantity_t_product.notna() & rows.value_musd.notna() & (rows.period.astype(str).str.len() == 4)]
    if rows.empty:
        raise InputError("no year is known with tonnes and value of Chinese magnet exports (magnets)")
    row = rows.sort_values("period").iloc[-1]
    refs = tuple(f"magnets:{row.name}:{c}" for c in ("value_musd", "quantity_t_product"))
    return 1000 * float(row.value_musd) / float(row.quantity_t_product), refs


def _unrefunded_vat_share(table: Tables) -> float:
    """Chinese value-added tax at the date of the price deck, which exports do not get back. [share]"""
    date = str(table("price_deck").deck_date.max())
    rows = table("vat_china")
    known = rows[(rows.from_date.isna() | (rows.from_date.astype(str) <= date))]
    known = known[known.to_date.isna() | (known.to_date.astype(str) >= date)]
    if known.empty:
        raise InputError(f"no Chinese tax rate of {date} is known (vat_china)")
    return float(known.vat_rate_pct.iloc[-1]) / 100


def _untracked_routes() -> set[str]:
    """Flows of goods that no heading of the trade data holds: concentrate, raw carbonate of plants, magnets."""
    found = {
        route_key("concentrate:mountain_pass", "USA", "CHN"),
        route_key("concentrate:mt_weld", "AUS", "MYS"),
        route_key("concentrate:mt_weld", "AUS", "CHN"),
        route_key("concentrate:monazite", "RST", "CHN"),
        route_key("concentrate:monazite", "RST", "EUU"),
        route_key("mixed_carbonate:mt_weld", "AUS", "MYS"),
    }
    for o in ("CHN", "JPN", "VNM", "EUU"):
        found |= {route_key(f"magnet:{g}", o, d) for g in shape.GRADES for d in shape.USERS if d != o}
    return found
