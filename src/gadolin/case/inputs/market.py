"""From the atlas to the observations of a base year, and from policy rows to measures.

Recipes: mine output by country; composition by basket; separation shares of the magnet elements; magnets by country;
scrap; trade in three headings, of which tonnage and value are both linear in the flows of elements, so that the unit
value tells what a heading holds (composition prior: world supply tilted by price until it meets the unit value). Every
fact keeps its rows as refs; priors are marked as assumed. The widths are judgements, not error bars of a source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from gadolin.case.inputs import market_structure as shape
from gadolin.elements import ELEMENTS, oxide_factor
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.market.observations import Cover, Fact, NodePrice, Observations, route_key

__all__ = ["CLAYS", "composition_of", "observations_of", "prices_of"]

Tables = Callable[[str], pd.DataFrame]
CLAYS = tuple(shape.CLAYS)

VAT_RATE_SHARE = 0.13
FREIGHT_USD_PER_KG = 0.12
LEAST_TRADE_T = 20.0
UNIT_VALUE_EXPORTERS = ("CHN", "MYS", "USA", "VNM", "IND")
"""Exporters whose compounds are commodities; elsewhere the unit value is that of formulated products."""

PAYABLE_SHARE = {"clay": 0.77}
LIGHT_PAYABLE_SHARE, CONCENTRATE_PAYABLE_SHARE = 0.79, 0.44
METAL_MARGIN_USD_PER_KG = {"Nd": 2.5, "Pr": 2.5, "Tb": 47.0, "Dy": 10.5, "Gd": 2.7, "Ho": 5.0}
SCRAP_PAYABLE_SHARE = 0.7
MAGNET_EXPORT_USD_PER_KG = 2860.0 / 58.152


@dataclass(frozen=True)
class Outlier:
    """A row of the trade data that its own page calls bad."""

    year: int
    hs6: str
    exporter: str
    importer: str


OUTLIERS = (
    Outlier(2024, "284690", "TUR", "BEN"),
    Outlier(2019, "284690", "TKM", "BEN"),
    Outlier(2023, "284610", "IND", "JPN"),
    Outlier(2014, "280530", "AUS", "MYS"),
    Outlier(2016, "284690", "CHN", "TWN"),
    Outlier(2014, "280530", "CHN", "KOR"),
    Outlier(2013, "280530", "PHL", "JPN"),
)


def composition_of(table: Tables, clay: str = "xinfeng") -> dict[str, dict[str, float]]:
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


def prices_of(table: Tables, composition: Mapping[str, Mapping[str, float]]) -> tuple[NodePrice, ...]:
    """Price of every good in every region at the end of 2024, without tax. [USD/kg]

    China from the deck; elsewhere the same with the tax that China does not refund (13 %) and freight. Raw goods are
    payable shares of their basket; metal is oxide content and a margin; a magnet is the unit value of Chinese exports,
    with grade H dearer by its metal.
    """
    deck = table("price_deck_2024")
    oxide: dict[str, tuple[float, str, tuple[str, ...]]] = {}
    for e in shape.OXIDES:
        name = "NdPr" if e in ("Nd", "Pr") else e
        rows = deck[(deck["product"] == name) & (deck["form"] == "oxide") & deck["use"].isin(["deck", "fill"])]
        price, basis = float(rows.price_ex_vat_usd_per_kg.iloc[0]), str(rows.basis.iloc[0])
        oxide[e] = (price, basis, (f"price_deck_2024:{rows.index[0]}:price_ex_vat_usd_per_kg",))
    found: list[NodePrice] = []
    metal: dict[str, float] = {}
    for e in shape.METALS:
        price, _, _ = oxide[e]
        metal[e] = price * oxide_factor(e) / shape.METAL_YIELD + METAL_MARGIN_USD_PER_KG.get(e, 1.0)
    gross = {g: sum(a * metal[e] for e, a in c.items()) / shape.MAGNET_YIELD for g, c in shape.GRADES.items()}
    scrap = {
        g: SCRAP_PAYABLE_SHARE * sum(a * oxide_factor(e) * oxide[e][0] for e, a in c.items())
        for g, c in shape.GRADES.items()
    }
    for r in shape.REGIONS:
        lift = 1.0 if r == "CHN" else 1 + VAT_RATE_SHARE
        freight = 0.0 if r == "CHN" else FREIGHT_USD_PER_KG
        found += [NodePrice(r, f"oxide:{e}", p * lift + freight, b, refs) for e, (p, b, refs) in oxide.items()]
        found += [NodePrice(r, f"metal:{e}", p * lift + freight, "derived") for e, p in metal.items()]
        for basket, share in composition.items():
            value = sum(share[e] * oxide[e][0] for e in shape.OXIDES)
            payable = PAYABLE_SHARE.get(basket, LIGHT_PAYABLE_SHARE)
            away = 0.0 if r == "CHN" else -2 * freight  # sellers take the Chinese price less freight
            found.append(NodePrice(r, f"mixed_carbonate:{basket}", payable * value + away, "derived"))
            if basket != "clay":
                price = max(CONCENTRATE_PAYABLE_SHARE * value + away, 0.1)
                found.append(NodePrice(r, f"concentrate:{basket}", price, "derived"))
        for g in shape.GRADES:
            dearer = gross[g] - gross["N"]
            base = MAGNET_EXPORT_USD_PER_KG + dearer
            found.append(NodePrice(r, f"magnet:{g}", base if r == "CHN" else 1.03 * base + freight, "derived"))
            found.append(NodePrice(r, f"scrap:{g}", scrap[g] - freight, "derived"))
    return tuple(found)


def _trade(table: Tables, year: int) -> pd.DataFrame:
    """Trade between regions in a year: tonnes and million USD by heading, without the rows known to be bad."""
    rows = table("trade_ree")
    rows = rows[rows.year == year]
    for o in OUTLIERS:
        bad = (rows.hs6 == o.hs6) & (rows.exporter_iso3 == o.exporter) & (rows.importer_iso3 == o.importer)
        rows = rows[~(bad & (o.year == year))]
    value, tonnes = _trade_columns(rows)
    frame = pd.DataFrame(
        {
            "hs6": rows.hs6.to_numpy(),
            "origin": [shape.region_of(c) for c in rows.exporter_iso3],
            "destination": [shape.region_of(c) for c in rows.importer_iso3],
            "t_gross": rows[tonnes].to_numpy(dtype=float),
            "musd": rows[value].to_numpy(dtype=float) / 1000,
        }
    )
    frame = frame[frame.origin != frame.destination].dropna()
    return frame.groupby(["hs6", "origin", "destination"], as_index=False)[["t_gross", "musd"]].sum()


def _trade_columns(rows: pd.DataFrame) -> tuple[str, str]:
    """Names of the value and tonnage columns."""
    value = next(c for c in rows.columns if c.startswith("value_kusd"))
    tonnes = next(c for c in rows.columns if c.startswith("quantity_t"))
    return value, tonnes


def tilted(share: Mapping[str, float], price: Mapping[str, float], unit_value: float) -> dict[str, float]:
    """World shares tilted by price until their mean price is the unit value (least change in relative entropy).

    Args:
        share: Shares to start from. [share]
        price: Price of each. [USD/kg]
        unit_value: Mean price to meet; taken to the nearest that shares can meet. [USD/kg]

    >>> found = tilted({"Ce": 0.8, "Nd": 0.2}, {"Ce": 1.0, "Nd": 50.0}, 25.5)
    >>> round(found["Nd"], 6)
    0.5
    """
    names = list(share)
    s = np.array([share[n] for n in names])
    p = np.array([price[n] for n in names])
    logs = np.log(p)

    def mix(power: float) -> np.ndarray:
        w = s * np.exp(power * (logs - logs.mean()))
        return w / w.sum()

    ends = [float(mix(k) @ p) for k in (-3.0, 3.0)]
    target = min(max(unit_value, ends[0]), ends[1])
    power = (
        -3.0 if target == ends[0] else 3.0 if target == ends[1] else brentq(lambda k: mix(k) @ p - target, -3.0, 3.0)
    )
    return dict(zip(names, mix(float(power)).tolist(), strict=True))  # pyright: ignore[reportArgumentType]


def observations_of(table: Tables, year: int = 2024, clay: str = "xinfeng") -> Observations:
    """What is known, and assumed, about the rare-earth world of a year.

    Args:
        table: Reader of atlas tables, cut at a date or not.
        year: Base year; the deck is of the end of 2024.
        clay: Which vector stands for all ion clay; a factor of futures.

    Raises:
        InputError: Unknown clay; a table lacks the year.
    """
    composition = composition_of(table, clay)
    prices = prices_of(table, composition)
    world = _world_supply(table, year, composition)
    facts = [*_mine_facts(table, year), *_plant_facts(table, year, composition), *_use_facts(table, year)]
    traded, open_routes = _trade_facts(table, year, prices, world)
    facts += traded
    routes = shape.routes()
    closed = {route_key(r.good, r.origin, r.destination) for r in routes} - open_routes - _untracked_routes()
    structure = shape.processes(composition)
    closed |= {p.name for p in structure if p.stage == "use"} | {"MYS separation clay", "AUS separation mt_weld"}
    covers = tuple(
        Cover(r, good, {"JPN": 2.0, "KOR": 3.0}.get(r, 1.0))
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
        processes=structure,
        routes=routes,
        uses=shape.uses(),
        facts=tuple(facts),
        prices=prices,
        covers=covers,
        contents=shape.contents(composition),
        members=shape.MEMBERS,
        untraded=frozenset(closed),
        assumptions=(f"all ion clay has the composition of {clay}", *shape.ASSUMPTIONS),
    )


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


def _ref(name: str, row: object, column: str) -> tuple[str, ...]:
    return (f"{name}:{row}:{column}",)


def _world_supply(table: Tables, year: int, composition: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """World shares of the oxides made, from the mine facts. [share]"""
    total = dict.fromkeys(shape.OXIDES, 0.0)
    for fact in _mine_facts(table, year):
        names = [t.split(" mine ")[1] for t in fact.terms]
        for e in shape.OXIDES:
            total[e] += fact.value_kt * composition[names[-1]][e]
    whole = sum(total.values())
    return {e: v / whole for e, v in total.items()}


def _mine_facts(table: Tables, year: int) -> list[Fact]:
    """Mine output by region: newest USGS edition, World Mining Data beside it, light and clay parts of China."""
    found: list[Fact] = []
    rows = table("mine_production")
    rows = rows[(rows.year == year) & (rows.dataset == "USGS")]
    newest = rows.sort_values("edition").groupby("country_iso3").tail(1)
    other = table("production_wmd")
    other = other[other.year == year]
    if newest.empty and other.empty:
        raise InputError(f"no mine output of {year} is known; production tables: mine_production, production_wmd")
    sums: dict[str, list[float]] = {}
    columns = {"mine_production": (newest, "t_reo"), "production_wmd": (other, _wmd_column(other))}
    basket_of = {r: b for b, regions in shape.MINES.items() for r in regions if b != "bayan_obo"} | {"CHN": "bayan_obo"}
    relative = {"CHN": 0.05, "USA": 0.05, "AUS": 0.2, "MMR": 0.35, "MYS": 0.5, "VNM": 0.5}
    clay_share = _china_clay_share(table, year)
    for name, (frame, column) in columns.items():
        by_region: dict[str, list[tuple[object, float]]] = {}
        for row, country, tonnes in zip(frame.index, frame.country_iso3, frame[column], strict=True):
            if country != "WLD" and not pd.isna(tonnes):
                by_region.setdefault(shape.MINED_AS.get(str(country), shape.region_of(str(country))), []).append(
                    (row, float(tonnes) / 1000)
                )
        for region, parts in sorted(by_region.items()):
            if region in ("EUU", "JPN", "KOR"):
                continue
            kt = sum(v for _, v in parts)
            sums.setdefault(region, []).append(kt)
            sigma = max(relative.get(region, 0.25) * kt, 0.3)
            terms = {f"{region} mine {basket_of[region]}": 1.0}
            if region == "CHN":
                terms = {"CHN mine clay": 1.0, "CHN mine bayan_obo": 1.0}
            refs = tuple(f"{name}:{row}:{column}" for row, _ in parts)
            found.append(Fact(f"{region} mine output, {name}", terms, kt, sigma, "reported", refs=refs))
            if region == "CHN" and name == "mine_production":
                found.append(
                    Fact("CHN clay output by quota", {"CHN mine clay": 1.0}, clay_share * kt, 0.01 * kt, "derived")
                )
    # where two sources contradict each other, half their distance is the least width
    spread = {r: (max(v) - min(v)) / 2 for r, v in sums.items()}
    return [replace(f, sigma_kt=max(f.sigma_kt, spread.get(f.name[:3], 0.0))) for f in found]


def _wmd_column(frame: pd.DataFrame) -> str:
    return next(c for c in frame.columns if c.endswith("t_reo"))


def _china_clay_share(table: Tables, year: int) -> float:
    """Share of medium and heavy clay in the Chinese mining quota, from the newest batch that tells them apart."""
    rows = table("china_quotas")
    rows = rows[(rows.quota_type == "mining") & (rows.year <= year) & rows.medium_heavy_t_reo.notna()]
    if rows.empty:
        raise InputError(f"no Chinese mining quota up to {year} tells light from clay (china_quotas)")
    last = rows.sort_values("year").iloc[-1]
    return float(last.medium_heavy_t_reo) / float(last.quota_t_reo)


def _plant_facts(table: Tables, year: int, composition: Mapping[str, Mapping[str, float]]) -> list[Fact]:
    """Shares of separation, magnets by country, scrap, and priors where nothing is said."""
    found = _separation_facts(table, year, composition)
    makers = {r: [f"{r} magnet {n}" for n in ("N", "N Pr-rich", "H")] for r in shape.MAGNET_MAKERS}
    every = {name: 1.0 for names in makers.values() for name in names}
    magnets = table("magnets")
    rows = magnets[
        (magnets.record_type == "production")
        & (magnets.reporter_iso3 == "WLD")
        & (magnets.period.astype(str) == str(year))
    ]
    for row, tonnes in zip(
        rows.index, rows.quantity_t_product if "quantity_t_product" in rows else rows.iloc[:, 6], strict=True
    ):
        if not pd.isna(tonnes):
            kt = float(tonnes) / 1000
            found.append(Fact("world magnets", every, kt, 0.05 * kt, "derived", refs=_ref("magnets", row, "quantity")))
    world_kt = 230.0
    share = dict.fromkeys(makers["CHN"], 1.0)
    found.append(Fact("CHN magnets, 85 to 94 % of the world", share, 0.9 * world_kt, 0.03 * world_kt, "estimate"))
    for r, kt, sigma in (
        ("JPN", 16, 5),
        ("EUU", 2.5, 1),
        ("VNM", 5, 1.5),
        ("KOR", 2, 1.5),
        ("USA", 1.5, 1),
        ("RST", 1, 0.5),
    ):
        found.append(Fact(f"{r} magnets", dict.fromkeys(makers[r], 1.0), kt, sigma, "estimate", observed=False))
    scrap = dict.fromkeys(("CHN recycling N", "CHN recycling H", "CHN old scrap", "CHN old scrap H"), 1.0)
    rows = table("facilities")
    rows = rows[(rows.country_iso3 == "CHN") & (rows.stage == "recycling") & (rows.status == "operating")]
    capacity = next(c for c in rows.columns if c.startswith("capacity_t") or c == "capacity_value")
    reo = {n: sum(v for v in _oxide_of(n).values()) for n in scrap}
    for row, tonnes in zip(rows.index, rows[capacity], strict=True):
        if not pd.isna(tonnes):
            kt = float(tonnes) / 1000
            found.append(
                Fact("CHN oxides from scrap", reo, kt, 0.1 * kt, "reported", refs=_ref("facilities", row, capacity))
            )
    for r in shape.METAL_MAKERS:
        if r not in ("CHN",):
            for e in shape.METALS:
                found.append(Fact(f"{r} metal {e}", {f"{r} metal {e}": 1.0}, 0.0, 1.0, "estimate", observed=False))
    return found


def _oxide_of(process: str) -> dict[str, float]:
    grade = "H" if process.endswith("H") else "N"
    return {e: shape.SCRAP_RECOVERY * a * oxide_factor(e) for e, a in shape.GRADES[grade].items()}


def _separation_facts(table: Tables, year: int, composition: Mapping[str, Mapping[str, float]]) -> list[Fact]:
    """Share of each region in separated Nd, Pr, Dy and Tb of one complete group of `processing_shares`."""
    rows = table("processing_shares")
    rows = rows[
        (rows.stage == "separation")
        & rows.product_scope.astype(str).str.startswith("magnet REE")
        & rows.role.isin(["country", "other"])
    ]
    years = rows[rows.year <= year]
    complete = years[years.group_sum_pct.sub(100).abs() < 1]
    part = complete[complete.year == complete.year.max()]
    made = {
        f"{r} separation {b}": sum(
            shape.SEPARATION_RECOVERY * composition[b][e] / oxide_factor(e) for e in ("Nd", "Pr", "Dy", "Tb")
        )
        for b, regions in shape.SEPARATORS.items()
        for r in regions
    }
    found: list[Fact] = []
    for row, country, pct in zip(part.index, part.country_iso3, part.share_pct, strict=True):
        region = "OTH" if country == "OTH" else shape.region_of(str(country))
        ours = ("IND", "EUU") if region == "OTH" else (region,)
        if region == "AUS" or pd.isna(pct):
            continue
        terms = {n: v * ((n[:3] in ours) - float(pct) / 100) for n, v in made.items()}
        kt = 75.0 * float(pct) / 100
        found.append(
            Fact(
                f"{region} share of separated magnet elements",
                terms,
                0.0,
                max(0.1 * kt, 0.3),
                "reported",
                refs=_ref("processing_shares", row, "share_pct"),
            )
        )
    return found


def _use_facts(table: Tables, year: int) -> list[Fact]:
    """Magnet use by application, Chinese magnet exports, and wide priors on where magnets are used."""
    found: list[Fact] = []
    demand = table("demand")
    column = next(c for c in demand.columns if c.startswith("demand_"))
    rows = demand[
        (demand.year == year)
        & (demand.region == "WLD")
        & (demand.scenario == "history")
        & demand.element_or_product.astype(str).str.startswith("magnet REE")
    ]
    for row, use, tonnes in zip(rows.index, rows.end_use, rows[column], strict=True):
        if use in ("EV traction", "wind"):
            kt = float(tonnes) / 1000 * shape.MAGNET_YIELD / 0.30
            terms = {f"{r} magnet:H {use}": 1.0 for r in shape.USERS}
            found.append(
                Fact(f"world magnets in {use}", terms, kt, 0.1 * kt, "derived", refs=_ref("demand", row, column))
            )
    magnets = table("magnets")
    tonnes_column = next(c for c in magnets.columns if c.startswith("quantity_"))
    rows = magnets[(magnets.record_type == "export") & (magnets.reporter_iso3 == "CHN") & (magnets.trust == "normal")]
    rows = rows[(rows.period.astype(str) == str(year)) & rows[tonnes_column].notna()]
    exported = 0.0
    for row, partner, tonnes in zip(rows.index, rows.partner_iso3, rows[tonnes_column], strict=True):
        kt = float(tonnes) / 1000
        to = shape.USERS if partner == "WLD" else (shape.region_of(str(partner)),)
        exported = kt if partner == "WLD" else exported
        terms = {route_key(f"magnet:{g}", "CHN", d): 1.0 for g in shape.GRADES for d in to if d != "CHN"}
        found.append(
            Fact(
                f"CHN magnet exports to {partner}",
                terms,
                kt,
                0.05 * kt,
                "reported",
                refs=_ref("magnets", row, tonnes_column),
            )
        )
    split = {
        "EUU": 0.3,
        "USA": 0.13,
        "KOR": 0.12,
        "JPN": 0.05,
        "VNM": 0.08,
        "IND": 0.08,
        "RST": 0.2,
        "MYS": 0.02,
        "BRA": 0.02,
    }
    for r, part in split.items():
        terms = {route_key(f"magnet:{g}", "CHN", r): 1.0 for g in shape.GRADES}
        found.append(
            Fact(f"CHN magnets to {r}", terms, part * exported, 0.5 * part * exported, "estimate", observed=False)
        )
    for r in shape.USERS:
        idle = r in ("AUS", "BRA", "MYS", "VNM")
        for e in shape.OXIDES:
            if idle or e in ("Nd", "Pr", "Dy", "Tb"):
                width = 1.0 if e in ("Nd", "Pr", "La", "Ce") else 0.05
                fact = Fact(
                    f"{r} {e} used as oxide",
                    {f"{r} oxide:{e} all": 1.0},
                    0.0,
                    width * (0.1 if idle else 1.0),
                    "estimate",
                    observed=False,
                )
                found.append(fact)
    for o, kt in (("JPN", 1.0), ("VNM", 1.5), ("EUU", 0.2)):
        for d in shape.USERS:
            if d != o:
                terms = {route_key(f"magnet:{g}", o, d): 1.0 for g in shape.GRADES}
                found.append(Fact(f"{o} magnets to {d}", terms, kt / 10, kt / 5, "estimate", observed=False))
    return found


def _trade_facts(
    table: Tables, year: int, prices: tuple[NodePrice, ...], world: Mapping[str, float]
) -> tuple[list[Fact], set[str]]:
    """Tonnage and value of each flow of the trade data, with a prior for what it holds; and the routes it opens."""
    price = {(p.region, p.good): p.price_usd_per_kg for p in prices}
    found: list[Fact] = []
    opened: set[str] = set()
    for row in _trade(table, year).itertuples():
        hs6, origin, destination = str(row.hs6), str(row.origin), str(row.destination)
        tonnes, musd = float(row.t_gross), float(row.musd)  # pyright: ignore[reportArgumentType]
        if (
            tonnes < LEAST_TRADE_T
            or destination == "MMR"
            or (origin == "MMR" and (hs6 != "284690" or destination != "CHN"))
        ):
            continue
        raw = hs6 == "284690" and origin in shape.MINES["clay"] and origin != "CHN" and destination == "CHN"
        if hs6 == "280530" and (origin, destination) == ("AUS", "MYS"):
            key = route_key("concentrate:mt_weld", origin, destination)
            found.append(
                Fact(
                    f"{hs6} {origin}>{destination} as concentrate",
                    {key: shape.CONCENTRATE_GROSS_FACTOR},
                    tonnes / 1000,
                    0.3 * tonnes / 1000,
                    "reported",
                    refs=(f"trade_ree:{year}",),
                )
            )
            continue
        kind, names = ("metal", shape.METALS) if hs6 == "280530" else ("oxide", shape.OXIDES)
        if hs6 == "284610":
            names = ("Ce",)
        elif kind == "oxide":
            names = tuple(e for e in names if e != "Ce")  # cerium compounds have a heading of their own
        if origin == "MMR":
            names = ()
        keys = {e: route_key(f"{kind}:{e}", origin, destination) for e in names}
        cost = {e: price[origin, f"{kind}:{e}"] for e in names}
        opened |= set(keys.values())
        terms = dict.fromkeys(keys.values(), 1.0)
        share = {e: max(world[e], 1e-4) for e in names}
        mix = tilted(share, cost, musd * 1000 / tonnes) if len(names) > 1 else dict.fromkeys(names, 1.0)
        if raw:
            key = route_key("mixed_carbonate:clay", origin, destination)
            opened.add(key)
            terms |= {key: shape.RAW_GROSS_FACTOR}
            mix = {e: 0.3 * v for e, v in mix.items()}
        kt = tonnes / 1000
        width = 0.3 if raw else 0.15
        name = f"{hs6} {origin}>{destination}"
        found.append(Fact(f"{name} tonnes", terms, kt, width * kt + 0.005, "reported", refs=(f"trade_ree:{year}",)))
        if origin in UNIT_VALUE_EXPORTERS and hs6 != "284610" and not raw:
            values = {keys[e]: cost[e] for e in names}
            found.append(
                Fact(f"{name} value", values, musd, 0.25 * musd + 0.05, "reported", refs=(f"trade_ree:{year}",))
            )
        found += [
            Fact(f"{name} holds {e}", {keys[e]: 1.0}, v * kt, 0.5 * v * kt + 1e-4, "estimate", observed=False)
            for e, v in mix.items()
        ]
    return _merged(found), opened


def _merged(facts: list[Fact]) -> list[Fact]:
    """The facts with like names joined: two headings may both hold cerium on one route."""
    seen: dict[str, Fact] = {}
    for fact in facts:
        seen.setdefault(fact.name, fact)
    return list(seen.values())
