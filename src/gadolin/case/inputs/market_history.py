"""The export quotas of 2009 to 2014 as a test of the market: three headings, no elements, from 2008 data.

Base year 2008 (trade as recorded; what others sold counts only as far as they mined it: the rest was Chinese material
sold on). Two drivers: the announced quota of each year over that of 2008, which is a forecast, or the tonnage shipped
in each heading, which is the event itself and tests the price alone.

Two sets of priors. `before`: elasticity and growth as the trade of the years up to the base year shows them, drawn as a
regression leaves them (normal, errors shared by all buyers of a heading in a year), and nothing else that anybody
learned later; lasting loss of use between none and a third a year, since nothing was on record. `table`: the ranges
that the rest of the market uses, written by people who had seen the event (elasticity, lasting loss of use), so what
they give is in sample.

Holders of stocks expect the cut to last as its dates say (`market.holders`). That it was meant to last was on record:
a draft plan for 2009 to 2015, reported on 27 August 2009 (Physics Today, doi:10.1063/PT.5.023634), set 35,000 t of
exports a year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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

__all__ = ["DemandBefore", "demand_before", "export_quota_backtest", "heading_world_of"]

UNITS = {
    "DemandBefore.elasticity": "-",
    "DemandBefore.elasticity_error": "-",
    "DemandBefore.growth_error": "share per year",
}

Driver = Literal["quota", "tonnage"]
Priors = Literal["before", "table"]
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


def heading_world_of(case: Case, year: int = 2008, elasticity: float | None = None) -> World:
    """Exports of China and of all others in three headings, to five buyers, as a calibrated world.

    Args:
        case: Case whose trade table is read.
        year: Base year.
        elasticity: Price elasticity of every use; the priors of the elasticities table by heading when None. [-]

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
    uses = tuple(Use(b, GOOD_OF[h], "all", elasticity or e) for h, e in ELASTICITY.items() for b in BUYERS)
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


@dataclass(frozen=True)
class DemandBefore:
    """What the trade of the years up to a year says about demand for Chinese exports.

    Args:
        elasticity: Price elasticity within a year. [-]
        elasticity_error: Its standard error. [-]
        growth_share: Yearly growth at constant price, mean of the headings. [share per year]
        growth_error: Its standard error. [share per year]
        changes: Number of yearly changes of a buyer and heading behind it.
    """

    elasticity: float
    elasticity_error: float
    growth_share: float
    growth_error: float
    changes: int


LEAST_BUYER_T_GROSS = 200.0


def demand_before(case: Case, year: int = 2008) -> DemandBefore:
    """Elasticity and growth of the demand for Chinese exports, from trade up to a year.

    Yearly changes of the log of what each buyer took, by heading, on the change of the log of the unit value of all
    Chinese exports of that heading; one intercept per heading; least squares over buyers of 200 t and more (median),
    with errors shared by all buyers of a heading in a year.

    Args:
        case: Case whose trade table is read.
        year: Last year used.

    Raises:
        InputError: Too few yearly changes.
    """
    rows = case.table("trade")
    rows = rows[(rows.year <= year) & (rows.exporter_iso3 == "CHN") & ~rows.index.isin(_flagged(case))]
    rows = rows[rows.importer_iso3 != "CHN"].dropna(subset=["quantity_t_gross", "value_kusd"])
    sums = rows.groupby(["hs6", "year"])[["value_kusd", "quantity_t_gross"]].sum().astype(float)
    price = np.log(sums.value_kusd / sums.quantity_t_gross)
    found: list[tuple[str, int, float, float]] = []
    for (hs6, _), part in rows.groupby(["hs6", "importer_iso3"]):
        tonnes = part.groupby("year").quantity_t_gross.sum().astype(float)
        if tonnes.median() < LEAST_BUYER_T_GROSS:
            continue
        found += [
            (str(hs6), int(y), float(price[hs6, y] - price[hs6, y - 1]), float(np.log(tonnes[y] / tonnes[y - 1])))
            for y in tonnes.index
            if y - 1 in tonnes.index and tonnes[y - 1] > 0 and tonnes[y] > 0
        ]
    headings = sorted({h for h, *_ in found})
    if len(found) < 10 * (len(headings) + 1):
        raise InputError(f"only {len(found)} yearly changes of Chinese exports are known up to {year} (trade)")
    X = np.array([[*(float(h == one) for one in headings), p] for h, _, p, _ in found])
    y = np.array([q for *_, q in found])
    best, *_ = np.linalg.lstsq(X, y, rcond=None)
    groups = [f"{h} {when}" for h, when, *_ in found]
    covariance = _clustered(X, y - X @ best, groups)
    mean = np.r_[np.full(len(headings), 1 / len(headings)), 0.0]
    return DemandBefore(
        float(best[-1]),
        float(np.sqrt(covariance[-1, -1])),
        float(mean @ best),
        float(np.sqrt(mean @ covariance @ mean)),
        len(found),
    )


def _clustered(X: np.ndarray, left: np.ndarray, groups: Sequence[str]) -> np.ndarray:
    """Covariance of least squares whose errors are shared within groups (Moulton 1990).

    All buyers of a heading see one price in a year, so what moves them together counts once and not once per buyer.
    """
    which, code = np.unique(np.array(groups), return_inverse=True)
    count, size = X.shape
    sums = np.zeros((len(which), size))
    np.add.at(sums, code, X * left[:, None])
    inverse = np.linalg.inv(X.T @ X)
    few = len(which) / (len(which) - 1) * (count - 1) / (count - size)
    return few * inverse @ (sums.T @ sums) @ inverse


def _flagged(case: Case) -> set[str]:
    return set(case.table("trade_flags").trade_id)


LEAST_ELASTICITY = 0.05
"""Demand that answers less than this is not drawn: the price would stand at the substitute whatever happens."""


def _drawn(case: Case, count: int, seed: int, priors: Priors) -> tuple[tuple[Future, ...], float | None]:
    """Futures of the test, and the elasticity that their factors multiply.

    From before the event, elasticity and growth are drawn as the regression leaves them: normal around the estimate
    with its standard error, an elasticity weaker than `LEAST_ELASTICITY` left out.
    """
    if priors == "table":
        return sample(count, seed, ranges=RANGES), None
    from scipy.stats import norm

    seen = demand_before(case)
    even = {"elasticity_factor": (0.0, 1.0), "demand_growth_share": (0.0, 1.0), "substitution_per_year": (0.0, 0.33)}
    least = float(norm.cdf((-LEAST_ELASTICITY - seen.elasticity) / seen.elasticity_error))
    middle = min(seen.elasticity, -LEAST_ELASTICITY)
    found = []
    for future in sample(count, seed, ranges=RANGES | even):
        steep, grown = (float(norm.ppf(u)) for u in (least * future.factor("elasticity_factor"),
                                                     future.factor("demand_growth_share")))  # fmt: skip
        own = {
            "elasticity_factor": (seen.elasticity + steep * seen.elasticity_error) / middle,
            "demand_growth_share": seen.growth_share + grown * seen.growth_error,
        }
        found.append(replace(future, factors=dict(future.factors) | own))
    return tuple(found), middle


def export_quota_backtest(
    case: Case, driver: Driver = "quota", futures: int = 64, seed: int = 1, priors: Priors = "table"
) -> pd.DataFrame:
    """Unit value and tonnage of Chinese exports over 2008, predicted and observed, by year.

    Args:
        case: Case whose trade and quota tables are read.
        driver: `quota` (announced, a forecast) or `tonnage` (shipped by heading, the event itself).
        futures: How many draws of what is not known.
        seed: Seed of the draws.
        priors: `before` (from trade up to 2008) or `table` (ranges written later).

    Returns:
        One row per year: `value_ratio` with `_low`, `_high` (5 and 95 %), `value_ratio_observed`, the same for
        `tonnes_ratio`.

    Raises:
        InputError: A year without a quota.
    """
    drawn, elasticity = _drawn(case, futures, seed, priors)
    world = heading_world_of(case, 2008, elasticity)
    years = list(range(2009, 2015))
    base = 1000 * sum(r.base_kt or 0.0 for r in world.routes if r.origin == "CHN")
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
