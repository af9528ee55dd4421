"""The market of one year as labelled, checked records: who makes, ships, uses and stores what, at which cost.

A `World` is a network. A node is a pair of region and good; a good is a kind of `stages.GOODS` with the element,
basket or grade that tells it from its like: `oxide:Dy`, `mixed_carbonate:clay`, `magnet:SH`. A process turns goods of a
region into other goods of that region in fixed proportions (one separation activity makes fifteen oxides at once);
a route carries a good between regions; a demand buys along steps of falling price; a stock holds back or lets go.

Masses are kt per year in the good's own mass (REO for concentrate, carbonate and oxide; metal; magnet), prices USD/kg,
money million USD. Limits: one year at a time, no contracts, one price per node.
"""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.stages import GOODS, STAGES

if TYPE_CHECKING:
    from gadolin.market.calibrate import Calibration

__all__ = ["Conduct", "Demand", "Limit", "Process", "Route", "Segment", "Stock", "World", "good_kind"]

UNITS = {
    "Process.slope": "USD/kg per kt",
    "Process.capacity_kt": "kt",
    "Process.base_kt": "kt",
    "Route.slope": "USD/kg per kt",
    "Route.capacity_kt": "kt",
    "Route.base_kt": "kt",
    "Segment.width_kt": "kt",
    "Demand.base_kt": "kt",
    "Demand.elasticity": "-",
    "Stock.opening_kt": "kt",
    "Stock.target_kt": "kt",
    "Limit.ceiling_kt": "kt",
    "Conduct.theta": "-",
    "Conduct.beta": "USD/kg per kt",
}

INF = math.inf


def good_kind(good: str) -> str:
    """Kind of a good, one of `stages.GOODS`.

    >>> good_kind("oxide:Dy")
    'oxide'
    """
    return good.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Process:
    """One way to make goods in a region: a mine, a plant, a scrap yard, a dump.

    Args:
        name: Unique name, for example `CHN separation clay`.
        region: Where it stands.
        stage: One of `STAGES`.
        makes: Output per unit of activity, by good. [kt/kt]
        takes: Input per unit of activity, by good. [kt/kt]
        cost_usd_per_kg: Cost of the first unit of activity beside its inputs. [USD/kg]
        slope: Rise of that cost per kt of activity. [USD/kg per kt]
        capacity_kt: Most activity in the year. [kt]
        base_kt: Activity in the base year; None when there is none. [kt]
    """

    name: str
    region: str
    stage: str
    makes: Mapping[str, float]
    takes: Mapping[str, float] = field(default_factory=dict)
    cost_usd_per_kg: float = 0.0
    slope: float = 0.0
    capacity_kt: float = INF
    base_kt: float | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A way for a good from one region to another.

    Args:
        good: What is carried.
        origin: Region it leaves.
        destination: Region it enters.
        cost_usd_per_kg: Cost of the first unit: freight, margins, what prices of the base year imply. [USD/kg]
        slope: Rise of that cost per kt. [USD/kg per kt]
        capacity_kt: Most that can pass in the year. [kt]
        gross_factor: Gross tonnes per tonne of the good, for rules that count gross tonnes. [t/t]
        base_kt: Flow in the base year; None when there is none. [kt]
    """

    good: str
    origin: str
    destination: str
    cost_usd_per_kg: float = 0.0
    slope: float = 0.0
    capacity_kt: float = INF
    gross_factor: float = 1.0
    base_kt: float | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A linear piece of a demand curve.

    Args:
        price_high_usd_per_kg: Price paid for its first unit. [USD/kg]
        price_low_usd_per_kg: Price paid for its last unit. [USD/kg]
        width_kt: Quantity between the two. [kt]
    """

    price_high_usd_per_kg: float
    price_low_usd_per_kg: float
    width_kt: float


@dataclass(frozen=True, slots=True)
class Demand:
    """What a use in a region buys of a good along falling steps of price.

    Args:
        region: Who uses.
        good: What is used.
        use: Application, for example `EV traction`; `all` when not told apart.
        segments: Pieces of the curve, highest price first, each starting where the one before ends or below.
        base_kt: Use in the base year. [kt]
        base_price_usd_per_kg: Price of the base year. [USD/kg]
        elasticity: Local price elasticity the curve was drawn with; NaN for a linear curve.
    """

    region: str
    good: str
    use: str
    segments: tuple[Segment, ...]
    base_kt: float | None = None
    base_price_usd_per_kg: float | None = None
    elasticity: float = math.nan

    @property
    def name(self) -> str:
        """`JPN oxide:Dy all`."""
        return f"{self.region} {self.good} {self.use}"


@dataclass(frozen=True, slots=True)
class Stock:
    """What a region holds of a good, and at which price its holders let go.

    Holders keep `target_kt` up to `keep_usd_per_kg` and sell everything at `release_usd_per_kg`, linear between.

    Args:
        region: Holder.
        good: What is held.
        opening_kt: Stock at the start of the year. [kt]
        target_kt: Stock wanted at the end of the year at the usual price. [kt]
        keep_usd_per_kg: Price up to which the target is kept. [USD/kg]
        release_usd_per_kg: Price at which nothing is kept, > keep. [USD/kg]
    """

    region: str
    good: str
    opening_kt: float
    target_kt: float
    keep_usd_per_kg: float
    release_usd_per_kg: float


@dataclass(frozen=True, slots=True)
class Limit:
    """A ceiling over a weighted sum of processes that share equipment or a permit.

    Args:
        name: Unique name, for example `CHN separation heavy`.
        weights: Weight of each process, by name.
        ceiling_kt: Ceiling of the sum. [kt]
    """

    name: str
    weights: Mapping[str, float]
    ceiling_kt: float


@dataclass(frozen=True, slots=True)
class Conduct:
    """Market power of a seller on its exports of a good to a market.

    The seller's first-order condition is `price - theta * beta * q = marginal cost`: theta 0 is a price taker,
    1 a Cournot player; `beta` is the slope of the residual demand it believes in.

    Args:
        seller: Region that sells.
        good: Good sold.
        market: Region that buys.
        theta: Conduct, 0 to 1. [-]
        beta: Slope of the market's inverse demand. [USD/kg per kt]
    """

    seller: str
    good: str
    market: str
    theta: float
    beta: float


@dataclass(frozen=True, eq=False)
class World:
    """A market of one year, checked as a whole when it is made.

    Args:
        year: Base year.
        processes: All processes; names are unique.
        routes: All routes; one per good, origin and destination.
        demands: All demands; one per region, good and use.
        stocks: Stocks at the start of the year.
        limits: Ceilings shared by processes.
        conducts: Market power.
        contents: Element content of mixed goods and products, by good. [kg/kg]
        members: Countries of the regions that hold several, by ISO3 code.
        calibration: How the numbers came about, when `calibrate` made them.

    >>> world = World(2024, (Process("AUS mine", "AUS", "mine", {"oxide:Nd": 1.0}, slope=1.0),), (),
    ...               (Demand("AUS", "oxide:Nd", "all", (Segment(10.0, 0.0, 10.0),)),))
    >>> world.regions, world.goods
    (('AUS',), ('oxide:Nd',))
    """

    year: int
    processes: tuple[Process, ...]
    routes: tuple[Route, ...]
    demands: tuple[Demand, ...]
    stocks: tuple[Stock, ...] = ()
    limits: tuple[Limit, ...] = ()
    conducts: tuple[Conduct, ...] = ()
    contents: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    calibration: Calibration | None = None
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("processes", "routes", "demands", "stocks", "limits", "conducts"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "contents", MappingProxyType({g: dict(c) for g, c in self.contents.items()}))
        object.__setattr__(self, "members", MappingProxyType({r: tuple(m) for r, m in self.members.items()}))
        faults = [*_process_faults(self), *_route_faults(self), *_demand_faults(self), *_other_faults(self)]
        if faults:
            raise InputError(faults)

    def __reduce__(self):  # mapping proxies do not pickle; the constructor freezes them again
        return (
            type(self),
            (
                self.year,
                self.processes,
                self.routes,
                self.demands,
                self.stocks,
                self.limits,
                self.conducts,
                {g: dict(c) for g, c in self.contents.items()},
                self.calibration,
                dict(self.members),
            ),
        )

    @functools.cached_property
    def nodes(self) -> tuple[tuple[str, str], ...]:
        """Pairs of region and good that anything touches, sorted."""
        found: set[tuple[str, str]] = set()
        for p in self.processes:
            found.update((p.region, g) for g in (*p.makes, *p.takes))
        for r in self.routes:
            found.update(((r.origin, r.good), (r.destination, r.good)))
        found.update((d.region, d.good) for d in self.demands)
        found.update((s.region, s.good) for s in self.stocks)
        return tuple(sorted(found))

    @functools.cached_property
    def regions(self) -> tuple[str, ...]:
        """Regions, sorted."""
        return tuple(sorted({region for region, _ in self.nodes}))

    @functools.cached_property
    def goods(self) -> tuple[str, ...]:
        """Goods, sorted."""
        return tuple(sorted({good for _, good in self.nodes}))

    def unknown_region(self, name: str) -> str:
        """What to say of a name that is no region of its own: where the country stands, or what is near.

        >>> World(2024, (), (), (), members={"EUU": ("DEU", "FRA")}).unknown_region("DEU")
        'is no region of its own in this world; it is part of EUU, so write EUU'
        """
        for region, countries in self.members.items():
            if name in countries:
                return f"is no region of its own in this world; it is part of {region}, so write {region}"
        near = did_you_mean(name, self.regions)
        return f"is no region of this world{near} (regions: {', '.join(self.regions)})"

    def elements_of(self, good: str) -> frozenset[str]:
        """Elements that a good holds at 0.1 % or more (the threshold of the Chinese rule of October 2025).

        >>> World(2024, (), (), (), contents={"magnet:SH": {"Nd": 0.23, "Dy": 0.03}}).elements_of("magnet:SH")
        frozenset({...})
        """
        content = self.contents.get(good)
        if content is None:
            return frozenset({good.partition(":")[2]})
        return frozenset(element for element, share in content.items() if share >= 0.001)

    def key(self) -> str:
        """Hash of all numbers of the world; equal worlds have equal keys."""
        return self._key

    @functools.cached_property
    def _key(self) -> str:
        parts = (self.year, self.processes, self.routes, self.demands, self.stocks, self.limits, self.conducts)
        contents = sorted((g, sorted(c.items())) for g, c in self.contents.items())
        return hashlib.sha256(repr((parts, contents)).encode()).hexdigest()[:24]

    def with_(self, **changes: Any) -> World:
        """The world with some records changed; checked again."""
        return replace(self, **changes)

    def __str__(self) -> str:
        mines = sum(p.base_kt or 0.0 for p in self.processes if p.stage == "mine")
        head = f"World {self.year}: {len(self.regions)} regions, {len(self.goods)} goods, {len(self.nodes)} nodes"
        lines = [
            head,
            f"  processes {len(self.processes)}, routes {len(self.routes)}, demands {len(self.demands)}, "
            f"stocks {len(self.stocks)}",
            f"  mine output of the base year {mines:,.1f} kt REO",
        ]
        if self.calibration is not None:
            lines += [f"  {line}" for line in str(self.calibration).splitlines()]
        lines.append("  limits     one year, one price per node, no contracts")
        return "\n".join(lines[:12])


def _number_faults(where: str, record: object, names: Iterable[str], allow: tuple[str, ...] = ()) -> list[Fault]:
    """Faults of numbers that are not finite or negative; names in `allow` may be negative."""
    faults: list[Fault] = []
    for name in names:
        value = getattr(record, name)
        if value is None:
            continue
        if math.isnan(value):
            faults.append(Fault("must be a number", field=f"{where}.{name}", value=value))
        elif value < 0 and name not in allow:
            faults.append(Fault("must not be negative", field=f"{where}.{name}", value=value))
    return faults


def _good_fault(where: str, good: str) -> list[Fault]:
    if good_kind(good) in GOODS:
        return []
    return [Fault(f"is no kind of good{did_you_mean(good_kind(good), GOODS)}", field=where, value=good)]


def _repeats(what: str, keys: Iterable[Any]) -> list[Fault]:
    seen: set[Any] = set()
    faults: list[Fault] = []
    for key in keys:
        if key in seen:
            faults.append(Fault("stands there twice", field=what, value=str(key)))
        seen.add(key)
    return faults


def _process_faults(world: World) -> list[Fault]:
    faults = _repeats("processes", (p.name for p in world.processes))
    for p in world.processes:
        where = f"processes[{p.name}]"
        if p.stage not in STAGES:
            faults.append(
                Fault(f"is not a stage{did_you_mean(p.stage, STAGES)}", field=f"{where}.stage", value=p.stage)
            )
        faults += _number_faults(where, p, ("cost_usd_per_kg", "slope", "capacity_kt", "base_kt"), ("cost_usd_per_kg",))
        for good, amount in (*p.makes.items(), *p.takes.items()):
            faults += _good_fault(where, good)
            if not (math.isfinite(amount) and amount >= 0):
                faults.append(Fault("must be finite and not negative", field=f"{where}.{good}", value=amount))
        if set(p.makes) & set(p.takes):
            faults.append(Fault("makes and takes the same good; give the net", field=where))
    return faults


def _route_faults(world: World) -> list[Fault]:
    faults = _repeats("routes", ((r.good, r.origin, r.destination) for r in world.routes))
    for r in world.routes:
        where = f"routes[{r.good} {r.origin} {r.destination}]"
        faults += _good_fault(where, r.good)
        names = ("cost_usd_per_kg", "slope", "capacity_kt", "gross_factor", "base_kt")
        faults += _number_faults(where, r, names, ("cost_usd_per_kg",))
        if r.origin == r.destination:
            faults.append(Fault("origin and destination are the same", field=where))
    return faults


def _demand_faults(world: World) -> list[Fault]:
    faults = _repeats("demands", (d.name for d in world.demands))
    for d in world.demands:
        where = f"demands[{d.name}]"
        faults += _good_fault(where, d.good)
        last = INF
        for n, s in enumerate(d.segments):
            high, low = s.price_high_usd_per_kg, s.price_low_usd_per_kg
            here = f"{where}.segments[{n}]"
            if not (math.isfinite(s.width_kt) and s.width_kt >= 0):
                faults.append(
                    Fault("must be finite and not negative", field=f"{where}.segments[{n}]", value=s.width_kt)
                )
            if not (math.isfinite(high) and low <= high <= last):
                faults.append(Fault("prices must fall along the curve", field=here, value=high))
            last = low
    return faults


def _other_faults(world: World) -> list[Fault]:
    names = {p.name for p in world.processes}
    routes = {(r.good, r.origin, r.destination) for r in world.routes}
    faults = _repeats("stocks", ((s.region, s.good) for s in world.stocks))
    faults += _repeats("limits", (limit.name for limit in world.limits))
    for s in world.stocks:
        where = f"stocks[{s.region} {s.good}]"
        faults += [*_good_fault(where, s.good), *_number_faults(where, s, ("opening_kt", "target_kt"))]
        if not s.release_usd_per_kg > s.keep_usd_per_kg:
            faults.append(
                Fault("must be above keep_usd_per_kg", field=f"{where}.release_usd_per_kg", value=s.release_usd_per_kg)
            )
    for limit in world.limits:
        faults += [
            Fault(f"is no process{did_you_mean(name, names)}", field=f"limits[{limit.name}]", value=name)
            for name in limit.weights
            if name not in names
        ]
    for c in world.conducts:
        where = f"conducts[{c.seller} {c.good} {c.market}]"
        if not 0 <= c.theta <= 1:
            faults.append(Fault("must lie in 0 to 1", field=f"{where}.theta", value=c.theta))
        if (c.good, c.seller, c.market) not in routes:
            faults.append(Fault("no such route", field=where))
    return faults
