"""The export quotas of 2009 to 2014 as a test of the market: three headings, no elements, from 2008 data.

Base year 2008 (trade as recorded; what others sold counts only as far as they mined it: the rest was Chinese material
sold on). Two drivers: the announced quota of each year over that of 2008, which is a forecast, or the tonnage shipped
in each heading, which is the event itself and tests the price alone. Everything else is a range: elasticities, growth,
stocks, what leaks past the quota. Nothing is fitted to the event, but two ranges were written by people who had seen it
(elasticity, lasting loss of use).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from gadolin.errors import InputError
from gadolin.market.calibrate import calibrate
from gadolin.market.futures import Future, sample
from gadolin.market.measures import Quota
from gadolin.market.observations import Behaviour, Cover, Fact, NodePrice, Observations, Use, route_key
from gadolin.market.world import Process, Route, World
from gadolin.market.years import roll

if TYPE_CHECKING:
    from gadolin.case.load import Case

__all__ = ["export_quota_backtest", "heading_world_of"]

Driver = Literal["quota", "tonnage"]
GOOD_OF = {"280530": "metal:REE", "284610": "oxide:Ce", "284690": "mixed_oxide:REE"}
BUYERS = ("EUU", "JPN", "KOR", "RST", "USA")
OTHERS = "OTH"
MONTHS = {"JPN": 2.0, "KOR": 3.0}
ELASTICITY = {"280530": -0.2, "284610": -0.4, "284690": -0.2}
"""Priors: La and Ce -0.4, other groups -0.1 to -0.25 within one to three years (elasticities table)."""

RANGES = {
    "elasticity_factor": (0.6, 1.6),
    "substitution_per_year": (0.05, 0.3),
    "demand_growth_share": (0.0, 0.06),
    "supply_growth_share": (0.0, 0.06),
    "entry_delay_years": (0.0, 0.0),
    "stock_factor": (0.3, 2.0),
}
CUT_FROM = "2010-07"
LEAK_SHARE = (0.0, 0.3)
"""What passes beside the quota, over exports of 2008: the white paper of 2012 gives 1.35 and 1.59 for 2006-07."""


def _buyer(country: str) -> str:
    from gadolin.case.inputs.market_structure import Structure

    region = Structure.region_of(country)
    return region if region in BUYERS else "RST"


def heading_world_of(case: Case, year: int = 2008) -> World:
    """Exports of China and of all others in three headings, to five buyers, as a calibrated world.

    Args:
        case: Case whose trade table is read.
        year: Base year.

    Raises:
        InputError: No trade of that year.
    """
    rows = case.table("trade")
    rows = rows[(rows.year == year) & ~rows.index.isin(set(case.table("trade_flags").trade_id))]
    rows = rows.dropna(subset=["quantity_t_gross", "value_kusd"])
    if rows.empty:
        raise InputError(f"no trade of {year} is known (trade)")
    flows = pd.DataFrame(
        {
            "hs6": rows.hs6.to_numpy(),
            "seller": np.where(rows.exporter_iso3 == "CHN", "CHN", OTHERS),
            "buyer": [_buyer(c) for c in rows.importer_iso3],
            "kt": rows.quantity_t_gross.to_numpy() / 1000,
            "musd": rows.value_kusd.to_numpy() / 1000,
        }
    )
    # others re-export Chinese material; only what they mine themselves is supply of their own
    elsewhere = flows.seller == OTHERS
    flows.loc[elsewhere, ["kt", "musd"]] *= _mined_elsewhere_kt(case, year) / float(flows.kt[elsewhere].sum())
    flows = flows[rows.importer_iso3.to_numpy() != "CHN"].groupby(["hs6", "seller", "buyer"], as_index=False).sum()
    facts, prices, routes = [], [], []
    for (hs6, seller), part in flows.groupby(["hs6", "seller"]):
        good = GOOD_OF[str(hs6)]
        unit_value = float(part.musd.sum() / part.kt.sum())
        prices.append(NodePrice(str(seller), good, unit_value, "reported"))
        for flow in part.itertuples():
            route = Route(good, str(seller), str(flow.buyer))
            routes.append(route)
            kt = float(str(flow.kt))
            key = route_key(good, route.origin, route.destination)
            facts.append(Fact(key, {key: 1.0}, kt, 1e-3 * kt + 1e-6, "reported"))
    for (hs6, buyer), part in flows.groupby(["hs6", "buyer"]):
        prices.append(NodePrice(str(buyer), GOOD_OF[str(hs6)], float(part.musd.sum() / part.kt.sum()), "reported"))
    goods = tuple(GOOD_OF.values())
    stages = (("CHN", "separation"), (OTHERS, "mine"))
    processes = tuple(Process(f"{s} {g}", s, stage, {g: 1.0}) for s, stage in stages for g in goods)
    uses = tuple(Use(b, GOOD_OF[h], "all", e) for h, e in ELASTICITY.items() for b in BUYERS)
    return calibrate(
        Observations(
            year,
            processes,
            tuple(routes),
            uses,
            tuple(facts),
            tuple(prices),
            covers=tuple(Cover(b, g, MONTHS.get(b, 1.0)) for b in BUYERS for g in goods),
            behaviour=Behaviour(supply_elasticity={"separation": 1.0, "mine": 0.15}),
            assumptions=(
                "stocks as in the world of today: two months in Japan, three in Korea, one elsewhere",
                "no use inside China",
            ),
        )
    )


def _mined_elsewhere_kt(case: Case, year: int) -> float:
    """Mine output outside China in a year, or in the first year after it that is known. [kt REO]"""
    rows = case.table("mine_production")
    rows = rows[(rows.dataset == "BGS") & (rows.year >= year) & ~rows.country_iso3.isin(["CHN", "WLD"])]
    if rows.empty:
        raise InputError(f"no mine output outside China from {year} on is known (mine_production)")
    return float(rows[rows.year == rows.year.min()].output_t_reo.sum()) / 1000


def export_quota_backtest(case: Case, driver: Driver = "quota", futures: int = 64, seed: int = 1) -> pd.DataFrame:
    """Unit value and tonnage of Chinese exports over 2008, predicted and observed, by year.

    Args:
        case: Case whose trade and quota tables are read.
        driver: `quota` (announced, a forecast) or `tonnage` (shipped by heading, the event itself).
        futures: How many draws of what is not known.
        seed: Seed of the draws.

    Returns:
        One row per year: `value_ratio` with `_low`, `_high` (5 and 95 %), `value_ratio_observed`, the same for
        `tonnes_ratio`.

    Raises:
        InputError: A year without a quota.
    """
    world = heading_world_of(case, 2008)
    years = list(range(2009, 2015))
    base = 1000 * sum(r.base_kt or 0.0 for r in world.routes if r.origin == "CHN")
    drawn = sample(futures, seed, ranges=RANGES)
    leaks = np.random.default_rng(seed).permutation(np.linspace(*LEAK_SHARE, futures))
    announced = _announced(case, years)
    shipped = _shipped(case, world, years)
    predicted = {y: [] for y in years}
    for future, leak in zip(drawn, leaks, strict=True):
        shocks = shipped
        if driver == "quota":
            shocks = tuple(
                Quota(actor="CHN", quota_t_gross=base * (announced[y] + float(leak)), start=str(y), end=str(y))
                for y in years
            )
        path = roll(world, Future(future.id, future.factors, shocks), years=years)
        for e in path.years:
            part = e.program.route_origin == "CHN"
            flow = e.x[e.program.of_route][part]
            rents = {name.split()[2]: r for name, r in e.rents.items()} if driver == "tonnage" else {}
            own = [rents.get(str(kind), 0.0) for kind in e.program.route_kind[part]]
            rent = np.array(own) if driver == "tonnage" else sum(e.rents.values())
            fob = np.nan_to_num(e.node_prices[e.program.route_from[part]]) + rent
            predicted[e.year].append((float(flow @ fob / flow.sum()), float(flow.sum())))
    return _against(case, world, predicted)


def _announced(case: Case, years: list[int]) -> dict[int, float]:
    """Export quota of each year over that of 2008. [ratio]"""
    rows = case.table("china_quotas")
    rows = rows[(rows.quota_type == "export") & (rows.scope == "full_year") & rows.twin_of.isna()]
    found = rows.dropna(subset=["quota_t_reo"]).set_index("year").quota_t_reo
    missing = [y for y in (2008, *years) if y not in found.index]
    if missing:
        raise InputError(f"no export quota of {missing[0]} is known (china_quotas)")
    return {y: float(found[y]) / float(found[2008]) for y in years}


def _shipped(case: Case, world: World, years: list[int]) -> tuple[Quota, ...]:
    """A ceiling per heading and year at the tonnage shipped, from the cut of July 2010 (policies CHN-01) on.

    What fell before, in 2009, was demand.
    """
    rows = case.table("trade")
    rows = rows[(rows.exporter_iso3 == "CHN") & ~rows.index.isin(set(case.table("trade_flags").trade_id))]
    tonnes = rows.groupby(["year", "hs6"]).quantity_t_gross.sum()
    found = []
    for hs6, good in GOOD_OF.items():
        base = 1000 * sum(r.base_kt or 0.0 for r in world.routes if r.origin == "CHN" and r.good == good)
        kind = good.partition(":")[0]
        for y in (y for y in years if y >= int(CUT_FROM[:4])):
            limit = base * float(tonnes[y, hs6]) / float(tonnes[2008, hs6])
            found.append(
                Quota(actor="CHN", goods=(kind,), quota_t_gross=limit, start=max(CUT_FROM, str(y)), end=str(y))
            )
    return tuple(found)


def _against(case: Case, world: World, predicted: dict[int, list[tuple[float, float]]]) -> pd.DataFrame:
    """Predicted ratios to the base year beside the recorded ones."""
    rows = case.table("trade")
    rows = rows[(rows.exporter_iso3 == "CHN") & ~rows.index.isin(set(case.table("trade_flags").trade_id))]
    seen = rows.groupby("year")[["value_kusd", "quantity_t_gross"]].sum()
    value = seen.value_kusd / seen.quantity_t_gross
    base = [(r.base_kt or 0.0, r.good) for r in world.routes if r.origin == "CHN"]
    price = {p.makes and next(iter(p.makes)): p.cost_usd_per_kg + p.slope * (p.base_kt or 0.0)
             for p in world.processes if p.region == "CHN"}  # fmt: skip
    base_kt = sum(kt for kt, _ in base)
    base_value = sum(kt * price[g] for kt, g in base) / base_kt
    found = []
    for year, draws in predicted.items():
        uv, kt = (np.array(part) for part in zip(*draws, strict=True))
        record: dict[str, float] = {"year": year}
        for name, ratio, observed in (
            ("value_ratio", uv / base_value, value[year] / value[2008]),
            ("tonnes_ratio", kt / base_kt, seen.quantity_t_gross[year] / seen.quantity_t_gross[2008]),
        ):
            low, middle, high = np.quantile(ratio, [0.05, 0.5, 0.95])
            record |= {name: middle, f"{name}_low": low, f"{name}_high": high, f"{name}_observed": float(observed)}
        found.append(record)
    return pd.DataFrame(found)
