"""What a deal is worth to each party, with it and without it, over the futures of the case.

With a strategy: both worlds are evaluated by `strategy.evaluate` in the same futures, each with the market's answer to
its own supply; the clauses then move cash on top of the world with the deal (`clauses.with_clauses`). A deal between
others (`[volumes]`) has clauses alone.

A term with a range is drawn in each future, half of them below its value and half above (scrambled Sobol points); each
side counts at its own discount rate where the deal names one.

Limits: rights (vetoes, exclusivity) have no cash here; a company that never pays tax has none on its clauses either.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gadolin import fanout
from gadolin.case import Case
from gadolin.case.deals import deals_of
from gadolin.case.inputs.economics_fiscal import STATES
from gadolin.case.load import unpacked
from gadolin.case.schema import ClauseEntry, Deal, Strategy
from gadolin.case.strategies import strategies_of
from gadolin.deals.clauses import SALES, Ground, with_clauses
from gadolin.deals.treaties import Hit, hits_of
from gadolin.deals.worth import ClauseWorth, Worth
from gadolin.economics.clauses import Grid
from gadolin.economics.ledger import Ledger, Line
from gadolin.errors import InputError, did_you_mean
from gadolin.strategy import HomeFuture, PricePath, draw, evaluate
from gadolin.strategy.answers import base_prices
from gadolin.strategy.choices import project, regime_of
from gadolin.strategy.compare import groups_of, task_key
from gadolin.strategy.designs import make_designs
from gadolin.strategy.futures import home_value

__all__ = ["payoffs", "payoffs_of_all"]

Array = NDArray[np.float64]
LIMITS = (
    "shares of futures explore what may happen, they are no probabilities",
    "terms with a range are drawn, half of the futures below the value and half above; rights have no cash",
    "tax follows the clauses and is carried to years in which the company pays tax, without a time limit",
)


@dataclass(frozen=True)
class _World:
    """A deal in one future: the ledger with it and without it, and what clauses are read on."""

    deal: Ledger
    without: Ledger
    ground: Ground
    tax_rate: float
    federal: str
    not_built: str = ""


# --- worlds ----------------------------------------------------------------------------------------------------------


def _patched(case: Case, deal: Deal) -> Strategy:
    """The strategy with the fields that the deal changes."""
    assert deal.deal.strategy is not None
    file = strategies_of(case)[deal.deal.strategy]
    if not deal.patch:
        return file
    plants = []
    for choice in file.plants:
        changes = deal.patch.get(choice.plant, {})
        plants.append(type(choice).model_validate({**choice.model_dump(), **changes}) if changes else choice)
    return file.model_copy(update={"plants": plants})


def _price(case: Case, future: HomeFuture, path: PricePath, product: str, years: range) -> Array:
    """Price of a product of the deck at home by year. [USD per kg]"""
    deck = case.inputs.deck_of()
    if product not in deck.prices or deck.prices[product].value is None:
        raise InputError(f'the deck has no price of "{product}"{did_you_mean(product, deck.prices)}')
    level = home_value(future, "price_level_factor") * float(deck.prices[product].value)
    return level * np.atleast_2d(path.of_product("home", product, years))


def _alone(case: Case, deal: Deal, future: HomeFuture) -> _World:
    """A deal between others: volumes as given, no plant."""
    head = deal.deal
    path = base_prices(case, future)
    assert head.first_year is not None
    assert head.years is not None
    years = range(head.first_year, head.first_year + head.years)
    grid = Grid("USD", case.settings.case.price_year, years[0])
    prices = {p: _price(case, future, path, p, years) for p in deal.volumes}
    tonnes = {p: _value(case, deal, f"volumes.{p}", n) for p, n in deal.volumes.items()}
    volumes = {p: np.full((1, len(years)), t) for p, t in tonnes.items()}
    sales = sum((prices[p] * volumes[p] for p in prices), np.zeros((1, len(years))))
    ground = Ground(
        grid, years, (years[0], years[-1]), {**prices, SALES: np.ones((1, len(years)))}, {**volumes, SALES: sales},
        head.company, future.withheld.get(head.country),
    )  # fmt: skip
    nothing = grid.ledger(Line("none", "rest", "rest", np.zeros((1, len(years)))))
    return _World(nothing, nothing, ground, 0.0, f"federal:{case.country}")


def _built(case: Case, deal: Deal, future: HomeFuture) -> _World:
    """A deal of the country: the strategy with it, the one without it, and what the company sells."""
    head = deal.deal
    outcome = evaluate(case, _patched(case, deal), future)
    path = outcome.prices
    owners = {c.payee for c in deal.clauses if c.type == "equity" and c.payer == head.company}
    chosen = _without_shares(outcome.ledger, head.company, owners)
    other = evaluate(case, str(head.without), future).ledger
    general = case.settings.case
    years = range(chosen.start_year, chosen.start_year + chosen.periods)
    grid = Grid(chosen.currency, chosen.price_year, chosen.start_year)
    sold = [x for x in chosen.lines if x.kind == "revenue" and x.payee == head.company]
    none = np.zeros((1, len(years)))
    inside = sum((x.amount_local_m for x in chosen.lines if x.kind == "home_feed" and x.payee == head.company), none)
    prices: dict[str, Array] = {SALES: np.ones((1, len(years)))}
    volumes: dict[str, Array] = {SALES: 1000 * sum((x.amount_local_m for x in sold), inside)}
    plant = head.company.partition(":")[2]
    design = next((c.design for c in _patched(case, deal).plants if c.plant == plant), None)
    goods = [t.good for t in project(case, plant, future.own_ore, design).sales if not t.composition]
    for good, line in zip(goods, sold, strict=False):
        prices[good] = _price(case, future, path, good, years)
        taken = inside if good.startswith("NdPr") else none  # what plants of the country buy is NdPr alone
        volumes[good] = 1000 * (line.amount_local_m + taken) / prices[good]
    for clause in deal.clauses:
        for product in clause.products:  # a plant that is not built sells nothing
            volumes.setdefault(product, none)
            if product not in prices:
                prices[product] = _price(case, future, path, product, years)
    regime = regime_of(case)
    first = head.first_year if head.first_year is not None else general.first_year
    last = general.last_year if head.years is None else first + head.years - 1
    ground = Ground(grid, years, (first, last), prices, volumes, head.company, future.withheld.get(head.country))
    why_not = outcome.not_built.get(plant, "")
    return _World(chosen, other, ground, float(regime.tax_rate.value or 0.0), regime.federal, why_not)


def _without_shares(ledger: Ledger, company: str, owners: set[str]) -> Ledger:
    """The ledger without the shares that the deal's own equity clauses set: the clause takes their place."""
    kept = tuple(x for x in ledger.lines if not (x.kind == "equity" and x.payer == company and x.payee in owners))
    return replace(ledger, lines=kept)


def _value(case: Case, deal: Deal, key: str, number: Any) -> float:
    value = case.given(number, key, f"deals/{deal.deal.id}.toml").value
    assert value is not None  # checked when the file was read
    return value


# --- one future -----------------------------------------------------------------------------------------------------


def _npv(ledger: Ledger, parties: Sequence[str], rate: float) -> float:
    return sum(ledger.npv(p, rate) for p in parties if p in ledger.parties)


def _host(deal: Deal, country: str, ledger: Ledger, rate: float) -> float:
    """The host's side: the parties named, or federal, states, companies and wages."""
    if deal.deal.host:
        return _npv(ledger, deal.deal.host, rate)
    home = [p for p in ledger.parties if p == f"federal:{country}" or p.split(":")[0] in ("state", "company")]
    labour = tuple(line for line in ledger.lines if line.kind == "labour")
    wages = replace(ledger, lines=labour).npv("rest", rate) if labour else 0.0
    return _npv(ledger, home, rate) + wages


def _drawn(case: Case, deal: Deal, units: Sequence[float]) -> Callable[[str, Any], float]:
    """Reads a number of the deal as this future has it: drawn over its range, half below its value and half above."""
    points = dict(zip(_ranged(case, deal), units, strict=True))

    def read(key: str, number: Any) -> float:
        q = case.given(number, key, f"deals/{deal.deal.id}.toml")
        assert q.value is not None  # checked when the file was read
        if key not in points:
            return q.value
        low, high, u = float(q.low or 0.0), float(q.high or 0.0), points[key]
        return low + 2 * u * (q.value - low) if u < 0.5 else q.value + (2 * u - 1) * (high - q.value)

    return read


def _numbers(deal: Deal) -> dict[str, Any]:
    """Terms and rates of a deal by their key in the file."""
    found = {f"clauses[{i}].terms.{k}": n for i, c in enumerate(deal.clauses) for k, n in c.terms.items()}
    sides = {"rates.host": deal.rates.host, "rates.partner": deal.rates.partner}
    return found | {k: n for k, n in sides.items() if n is not None}


def _ranged(case: Case, deal: Deal) -> list[str]:
    """Keys of the numbers that have a range."""
    file = f"deals/{deal.deal.id}.toml"
    read = {key: case.given(number, key, file) for key, number in _numbers(deal).items()}
    return [key for key, q in read.items() if q.low is not None and q.high is not None and q.low < q.high]


def _one(case: Case, deal: Deal, future: HomeFuture, units: Sequence[float]) -> dict[str, Any]:
    """NPV of each side with and without, and with each clause taken out."""
    make = _alone if deal.deal.strategy is None else _built
    world = make(case, deal, future)
    read = _drawn(case, deal, units)
    usual = case.settings.case.discount_rate_share
    host_rate, rate = (
        usual if n is None else read(key, n)
        for key, n in (("rates.host", deal.rates.host), ("rates.partner", deal.rates.partner))
    )
    terms = [
        (c, {k: read(f"clauses[{i}].terms.{k}", n) for k, n in c.terms.items()}) for i, c in enumerate(deal.clauses)
    ]

    def worth(chosen: Sequence[tuple[ClauseEntry, Mapping[str, float]]]) -> tuple[float, float, Ledger]:
        ledger = with_clauses(world.deal, chosen, world.ground, world.tax_rate, world.federal)
        host = _host(deal, case.country, ledger, host_rate)
        return host, _npv(ledger, deal.deal.partner, rate), ledger

    host, partner, ledger = worth(terms)
    taken = {}
    for n, (clause, _) in enumerate(terms):
        less_host, less_partner, _ = worth([*terms[:n], *terms[n + 1 :]])
        taken[clause.id] = (host - less_host, partner - less_partner)
    sides = ("federal", "state", "company", "partner")
    parties = sorted({p for x in (ledger, world.without) for p in x.parties if p.split(":")[0] in sides})
    own = {p: rate if p in deal.deal.partner else host_rate for p in parties}
    return {
        "future": future.id,
        "host": (host, _host(deal, case.country, world.without, host_rate)),
        "partner": (partner, _npv(world.without, deal.deal.partner, rate)),
        "parties": {p: (_npv(ledger, [p], own[p]), _npv(world.without, [p], own[p])) for p in parties},
        "clauses": taken,
        "not_built": world.not_built,
    }


@dataclass(frozen=True)
class _Task:
    case: bytes
    deals: tuple[Deal, ...]
    futures: tuple[HomeFuture, ...]
    units: tuple[tuple[tuple[float, ...], ...], ...]


def _work(task: _Task, seed: int) -> list[list[dict[str, Any]]]:
    """Rows of each deal for each future."""
    case = unpacked(task.case)
    return [
        [_one(case, deal, future, points) for deal, points in zip(task.deals, units, strict=True)]
        for future, units in zip(task.futures, task.units, strict=True)
    ]


def payoffs(
    case: Case,
    deal: str | Deal,
    futures: int = 32,
    seed: int = 1,
    workers: int | str | None = None,
    progress: Callable[[int, int], None] | None = None,
    resume: bool = False,
) -> Worth:
    """What a deal is worth to each party over futures.

    Args:
        case: The case.
        deal: Id of a deal of the case, or the deal itself.
        futures: How many futures, >= 1.
        seed: Seed of the futures.
        workers: Processes; changes no result.
        progress: Called with (done, total) groups of futures.
        resume: Keep finished groups in the cache and take them up again.

    Raises:
        InputError: No such deal; faults of its file; a clause outside the years.
    """
    if isinstance(deal, str):
        known = deals_of(case)
        if deal not in known:
            names = ", ".join(known) or "it has none; add deals/*.toml to its folder"
            raise InputError(f'"{deal}" is no deal of {case.name}{did_you_mean(deal, known)} ({names})')
        deal = known[deal]
    return payoffs_of_all(case, [deal], futures, seed, workers, progress, resume)[0]


def payoffs_of_all(
    case: Case,
    deals: Sequence[Deal],
    futures: int = 32,
    seed: int = 1,
    workers: int | str | None = None,
    progress: Callable[[int, int], None] | None = None,
    resume: bool = False,
) -> tuple[Worth, ...]:
    """Several deals on the same futures, each path of the world made once; arguments as in `payoffs`.

    Args:
        case: The case.
        deals: The deals.
        futures: How many futures, >= 1.
        seed: Seed of the futures.
        workers: Processes; changes no result.
        progress: Called with (done, total) groups of futures.
        resume: As in `payoffs`.

    Raises:
        InputError: A clause outside the years.
    """
    drawn = draw(case, futures, seed)
    own = [deal for deal in deals if deal.deal.strategy is not None]
    without = [strategies_of(case)[str(deal.deal.without)] for deal in own]
    make_designs(case, [*(_patched(case, deal) for deal in own), *without], drawn, workers)
    groups = groups_of(drawn)
    packed = case.packed()
    places = {f.id: n for n, f in enumerate(drawn)}
    points = [_points(len(_ranged(case, deal)), futures, seed) for deal in deals]
    tasks = [_Task(packed, tuple(deals), g, tuple(tuple(p[places[f.id]] for p in points) for f in g))
             for g in groups]  # fmt: skip
    key = task_key("deals", case, drawn, [d.model_dump(mode="json") for d in deals]) if resume else None
    try:
        found = fanout.over(_work, tasks, workers, seed, key, progress)
    finally:
        unpacked.cache_clear()
    rows = sorted((row for group in found for row in group), key=lambda row: places[row[0]["future"]])
    return tuple(_worth(case, deal, [row[n] for row in rows]) for n, deal in enumerate(deals))


def _points(size: int, count: int, seed: int) -> list[tuple[float, ...]]:
    """Where each drawn number of a deal stands in its range, 0 to 1, by future; more futures begin with the fewer."""
    from scipy.stats import qmc

    if size == 0:
        return [()] * count
    sobol = qmc.Sobol(size, scramble=True, rng=np.random.default_rng([seed, 2]))  # 1 is the futures' own
    drawn = sobol.random_base2(max(0, math.ceil(math.log2(count))))[:count]
    return [tuple(float(u) for u in row) for row in drawn]


def _worth(case: Case, deal: Deal, rows: list[dict[str, Any]]) -> Worth:
    def pair(key: str) -> tuple[Array, Array]:
        return np.array([r[key][0] for r in rows]), np.array([r[key][1] for r in rows])

    names = sorted({p for r in rows for p in r["parties"]})
    zero = (0.0, 0.0)
    parties = {
        p: (
            np.array([r["parties"].get(p, zero)[0] for r in rows]),
            np.array([r["parties"].get(p, zero)[1] for r in rows]),
        )
        for p in names
    }
    clauses = tuple(
        ClauseWorth(
            c.id, c.type, c.text, np.array([r["clauses"][c.id][0] for r in rows]),
            np.array([r["clauses"][c.id][1] for r in rows]), tuple(c.refs),
        )
        for c in deal.clauses
    )  # fmt: skip
    hits: tuple[Hit, ...] = hits_of(case, deal)
    note = (deal.deal.note,) if deal.deal.note else ()
    if deal.rates.host is None and deal.rates.partner is None:
        note = (*note, "both sides count at the case's discount rate, so a plain transfer is worth the same to both")
    refused = [r["not_built"] for r in rows if r["not_built"]]
    if refused:
        note = (*note, f"{deal.deal.company} is not built in {len(refused)} of {len(rows)} futures: {refused[0]}")
    return Worth(
        deal.deal.id, deal.deal.title, len(rows), pair("host"), pair("partner"), parties, clauses, hits,
        (*note, *LIMITS), tuple(deal.deal.refs), {p: name for p in names if (name := _name(case, p))},
    )  # fmt: skip


def _name(case: Case, party: str) -> str:
    """Name of a party: of a plant, a state, a country or a facility; empty where none is on record."""
    kind, _, code = party.partition(":")
    countries, facilities = case.table("countries")["name"], case.table("facilities")["name"]
    if kind == "company":
        return next((p.name for p in case.settings.plants if p.id == code), "")
    if kind == "state":
        return next((name for name, known in STATES.items() if known == code), "")
    if kind == "federal" and code in countries.index:
        return f"Federal government of {countries[code]}"
    found = next((t[code] for t in (countries, facilities) if code in t.index), "")
    return str(found)
