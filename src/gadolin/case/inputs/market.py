"""From a case's tables to the observations of a base year, and from there to a calibrated world.

    case.load("malaysia").inputs.world_of(2024)

What is sourced, derived and assumed: `market_structure` (which stage stands where), `market_facts` and `market_trade`
(quantities with their widths), `market_prices`. The composition of the ion clays decides Dy and Tb and is not known for
Myanmar: `clay` names the vector taken, and is a factor of the futures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gadolin import runs
from gadolin.case.inputs import market_structure as shape
from gadolin.case.inputs.market_facts import Facts
from gadolin.case.inputs.market_prices import PriceReader
from gadolin.case.inputs.market_priors import priors_of
from gadolin.case.inputs.market_structure import Structure
from gadolin.case.inputs.market_trade import Trade
from gadolin.elements import ELEMENTS
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.kept import code, kept
from gadolin.market.calibrate import calibrate
from gadolin.market.futures import Future
from gadolin.market.observations import Cover, Observations, route_key
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

    def make() -> World:
        name = runs.digest({"year": year, "clay": clay, "facts": case.facts_digest(), "code": code()})
        return kept("worlds", name, lambda: calibrate(observations_of(case, year, clay)))  # seconds, so it is kept

    return case.once(f"world {year} {clay}", make)


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
        InputError: Unknown clay; everything that the tables lack of that year, with what to do.
    """
    priors, remarks = priors_of(case), list[str]()
    last = _last_year(case)
    year = last if year is None else year
    if year > last:
        text = (
            f"no market of {year} can be calibrated: prices and mine output (prices, price_deck, mine_production) are "
            f"known up to {last}; take {last} or a year before it, or roll on from it with --until {year}"
        )
        raise InputError(Fault(text, field="year", value=year))
    priced = PriceReader(case.table, year, remarks)
    composition, quotes, magnet, vat, _ = _together(
        lambda: _composition(case.table, clay),
        priced.oxides,
        priced.magnet,
        priced.vat_share,
        lambda: Facts(case.table, year, Structure({}, priors)).check(),
    )
    prices = PriceReader.at_nodes(quotes, composition, clay, priors, vat, magnet)
    structure = Structure(composition, priors)
    reader = Facts(case.table, year, structure, remarks)
    facts = [*reader.mines(), *reader.plants(), *reader.uses()]
    traded, open_routes = Trade(case.table, year, structure, remarks).facts(prices, reader.world_supply())
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
        members=_members(case.table),
        untraded=frozenset(closed),
        assumptions=(
            f"all ion clay has the composition of {clay}",
            *shape.ASSUMPTIONS,
            *reader.remarks,
            priors.summary(),
        ),
    )


def _members(table: Tables) -> dict[str, tuple[str, ...]]:
    """Countries of each region that holds several; all that stand nowhere else are in RST."""
    countries = table("countries")
    known = countries.index[countries.kind == "country"]
    rest = tuple(str(c) for c in known if Structure.region_of(str(c)) == "RST")
    return {**shape.MEMBERS, "RST": rest}


def _together(*tasks: Callable[[], Any]) -> list[Any]:
    """The results of some readings; the faults of all of them at once.

    Raises:
        InputError: All that is missing.
    """
    found, faults = list[Any](), list[Fault]()
    for task in tasks:
        try:
            found.append(task())
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return found


def _last_year(case: Case) -> int:
    """Newest year for which both prices of oxides and mine output are known.

    Raises:
        InputError: There is none.
    """
    priced = PriceReader.last_year(case.table)
    years = [y for name in ("mine_production", "mine_production_wmd") for y in case.table(name).year.dropna()]
    when = "" if case.as_of is None else f" on {case.as_of}"
    if priced is None or not years:
        what = (
            "price of an oxide from 2016 on, and its tax (prices, price_deck, vat_china)"
            if priced is None
            else "mine output"
        )
        raise InputError(
            Fault(f"no {what} was known{when}, so no market can be built; take a later date", field="as_of")
        )
    return min(priced, int(max(years)))


def _composition(table: Tables, clay: str) -> dict[str, dict[str, float]]:
    """Oxide share by basket and element. [share]

    Args:
        table: Reader of atlas tables.
        clay: Which vector stands for all ion clay: xinfeng, xunwu or longnan.

    Raises:
        InputError: Unknown clay; a vector that is not known on the date of the tables.
    """
    if clay not in shape.CLAYS:
        raise InputError(Fault(f"is no clay here{did_you_mean(clay, CLAYS)} (one of {', '.join(CLAYS)})", value=clay))
    rows = table("deposit_composition")
    found: dict[str, dict[str, float]] = {}
    missing: list[str] = []
    for basket, (deposit, vector) in {**shape.VECTORS, "clay": shape.CLAYS[clay]}.items():
        part = rows[(rows.deposit_id == deposit) & (rows.vector_id == vector)].set_index("element").share_norm_pct
        if part.dropna().empty:
            missing.append(f"{deposit} ({vector})")
            continue
        share = {e: float(part.get(e, np.nan)) for e in ELEMENTS}
        fill = rows[(rows.deposit_id == deposit) & (rows.vector_id == "rounding_fill")]
        share |= {e: float(v) for e, v in zip(fill.element, fill.share_norm_pct, strict=True)}
        # a printed zero is half its last digit, 0.05 of 0.1; a tenth of that for the heaviest of a light ore
        share = {e: 0.01 if np.isnan(v) or v == 0 else v for e, v in share.items()}
        total = sum(share.values())
        found[basket] = {e: v / total for e, v in share.items()}
    if missing:
        text = (
            f"the composition of {', '.join(missing)} is not known; take a later date, or add rows to the case's own "
            "deposit_composition"
        )
        raise InputError(Fault(text, field="deposit_composition"))
    return found


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
