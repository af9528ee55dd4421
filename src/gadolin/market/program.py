"""A world as the arrays of one convex quadratic program, built once and changed in place.

    minimise    c.x + 1/2 x.diag(q).x      subject to   A x = b,   G x <= h,   lower <= x <= upper

Columns: activity of each process, flow on each route, each piece of each demand, closing stock. Rows of A: one balance
per node, written uses minus supplies, so that its multiplier is the price of the node. The optimum is the spatial price
equilibrium (Takayama and Judge); market power enters as a term 1/2 theta beta q^2 on a seller's flow (Hashimoto 1985,
from memory). Instruments and years change vectors and add rows of G; A is never rebuilt.
"""

from __future__ import annotations

import itertools
import weakref
from dataclasses import dataclass, field, replace

import numpy as np
import scipy.sparse as sp

from gadolin.market.world import World, good_kind

__all__ = ["Levers", "Program", "State", "elastic", "program_of"]

UNITS = {
    "Row.ceiling": "kt",
}

_PROGRAMS: weakref.WeakKeyDictionary[World, Program] = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class State:
    """What a year inherits: aligned with the columns and rows of a `Program`.

    Args:
        year: Calendar year.
        demand_factor: Factor on the width of each demand. [demand]
        elasticity_factor: Factor on the exponent of each isoelastic demand. [demand]
        process_capacity_kt: Capacity of each process. [process]
        ceiling_kt: Ceiling of each shared limit. [limit]
        opening_kt: Opening stock. [stock]
        supply_kt: Supply from outside the market, negative to take away. [node]
        reference_kt: Flows that partial measures are counted from. [route]
        process_slope: Rise of cost of each process. [process]
        size_factor: Size of the market over that of the base year: routes and wanted stocks grow with it. [factor]
        stock_factor: Wanted stocks over those of the base year, beside the size of the market. [factor]
        prices: Prices that ad valorem measures start from. [node]
        kept_share: Share of each stock that is kept whatever the price; none when None. [share, by stock]
    """

    year: int
    demand_factor: np.ndarray
    elasticity_factor: np.ndarray
    process_capacity_kt: np.ndarray
    ceiling_kt: np.ndarray
    opening_kt: np.ndarray
    supply_kt: np.ndarray
    reference_kt: np.ndarray
    process_slope: np.ndarray
    size_factor: float = 1.0
    stock_factor: float = 1.0
    prices: np.ndarray | None = None
    kept_share: np.ndarray | None = None


@dataclass
class Row:
    """An extra row `coefficients . x <= ceiling` that an instrument adds."""

    name: str
    columns: np.ndarray
    coefficients: np.ndarray
    ceiling: float


@dataclass
class Levers:
    """The vectors of one solve; instruments write into them."""

    cost: np.ndarray
    curvature: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    supply: np.ndarray
    ceilings: np.ndarray
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Program:
    """Labels, index arrays and fixed matrices of a world."""

    def __init__(self, world: World) -> None:
        self.nodes = world.nodes
        self.node_index = {node: n for n, node in enumerate(self.nodes)}
        self.process_index = {p.name: n for n, p in enumerate(world.processes)}
        self.route_index = {(r.good, r.origin, r.destination): n for n, r in enumerate(world.routes)}
        self.demand_index = {d.name: n for n, d in enumerate(world.demands)}
        counts = (
            len(world.processes),
            len(world.routes),
            sum(len(d.segments) for d in world.demands),
            len(world.stocks),
        )
        ends = np.cumsum((0, *counts))
        self.of_process, self.of_route, self.of_segment, self.of_stock = (
            slice(int(a), int(b)) for a, b in itertools.pairwise(ends)
        )
        self.size = int(ends[-1])
        self.segment_demand = np.repeat(np.arange(len(world.demands)), [len(d.segments) for d in world.demands])
        self.route_good = np.array([r.good for r in world.routes], dtype=object)
        self.route_kind = np.array([good_kind(r.good) for r in world.routes], dtype=object)
        self.route_origin = np.array([r.origin for r in world.routes], dtype=object)
        self.route_destination = np.array([r.destination for r in world.routes], dtype=object)
        self.route_gross = np.array([r.gross_factor for r in world.routes], dtype=float)
        self.regions, self.goods = world.regions, world.goods
        self.region_index = {r: n for n, r in enumerate(self.regions)}
        good_index = {g: n for n, g in enumerate(self.goods)}
        self.route_good_code = np.array([good_index[r.good] for r in world.routes], dtype=int)
        self.route_origin_code = np.array([self.region_index[r.origin] for r in world.routes], dtype=int)
        self.route_destination_code = np.array([self.region_index[r.destination] for r in world.routes], dtype=int)
        self.process_region_code = np.array([self.region_index[p.region] for p in world.processes], dtype=int)
        self.segment_region_code = np.array(
            [self.region_index[world.demands[n].region] for n in self.segment_demand], dtype=int
        )
        self.stock_region_code = np.array([self.region_index[s.region] for s in world.stocks], dtype=int)
        self.route_from = np.array([self.node_index[r.origin, r.good] for r in world.routes], dtype=int)
        self.route_to = np.array([self.node_index[r.destination, r.good] for r in world.routes], dtype=int)
        self._vectors(world)
        self.balance = self._balance(world)
        self.limits = self._limits(world)
        self.start = self._start(world)

    def _vectors(self, world: World) -> None:
        segments = [s for d in world.demands for s in d.segments]
        self.segment_high = np.array([s.price_high_usd_per_kg for s in segments], dtype=float)
        self.segment_low = np.array([s.price_low_usd_per_kg for s in segments], dtype=float)
        self.segment_width = np.array([s.width_kt for s in segments], dtype=float)
        self.stock_keep = np.array([s.keep_usd_per_kg for s in world.stocks], dtype=float)
        self.stock_release = np.array([s.release_usd_per_kg for s in world.stocks], dtype=float)
        self.stock_target = np.array([s.target_kt for s in world.stocks], dtype=float)
        self.stock_node = np.array([self.node_index[s.region, s.good] for s in world.stocks], dtype=int)
        self.demand_node = np.array([self.node_index[d.region, d.good] for d in world.demands], dtype=int)
        self.demand_elasticity = np.array([d.elasticity for d in world.demands], dtype=float)
        self.demand_price = np.array([d.base_price_usd_per_kg or np.nan for d in world.demands], dtype=float)
        route_slope = np.array([r.slope for r in world.routes], dtype=float)
        for c in world.conducts:
            route_slope[self.route_index[c.good, c.seller, c.market]] += c.theta * c.beta
        self.cost = np.concatenate(
            [
                np.array([p.cost_usd_per_kg for p in world.processes], dtype=float),
                np.array([r.cost_usd_per_kg for r in world.routes], dtype=float),
                -self.segment_high,
                -self.stock_release,
            ]
        )
        self.process_slope = np.array([p.slope for p in world.processes], dtype=float)
        self.route_slope = route_slope
        self.route_capacity = np.array([r.capacity_kt for r in world.routes], dtype=float)

    def _balance(self, world: World) -> sp.csc_matrix:
        rows: list[int] = []
        columns: list[int] = []
        values: list[float] = []

        def put(row: int, column: int, value: float) -> None:
            if value != 0.0:
                rows.append(row)
                columns.append(column)
                values.append(value)

        for n, p in enumerate(world.processes):
            for good, amount in p.takes.items():
                put(self.node_index[p.region, good], n, amount)
            for good, amount in p.makes.items():
                put(self.node_index[p.region, good], n, -amount)
        for n in range(len(world.routes)):
            put(int(self.route_from[n]), self.of_route.start + n, 1.0)
            put(int(self.route_to[n]), self.of_route.start + n, -1.0)
        for n, demand in enumerate(self.segment_demand):
            put(int(self.demand_node[demand]), self.of_segment.start + n, 1.0)
        for n, node in enumerate(self.stock_node):
            put(int(node), self.of_stock.start + n, 1.0)
        return sp.csc_matrix((values, (rows, columns)), shape=(len(self.nodes), self.size))

    def _limits(self, world: World) -> sp.csr_matrix:
        rows, columns, values = [], [], []
        for n, limit in enumerate(world.limits):
            for name, weight in limit.weights.items():
                rows.append(n)
                columns.append(self.process_index[name])
                values.append(weight)
        return sp.csr_matrix((values, (rows, columns)), shape=(len(world.limits), self.size))

    def _start(self, world: World) -> State:
        demands = len(world.demands)
        return State(
            year=world.year,
            demand_factor=np.ones(demands),
            elasticity_factor=np.ones(demands),
            process_capacity_kt=np.array([p.capacity_kt for p in world.processes], dtype=float),
            ceiling_kt=np.array([limit.ceiling_kt for limit in world.limits], dtype=float),
            opening_kt=np.array([s.opening_kt for s in world.stocks], dtype=float),
            supply_kt=np.zeros(len(self.nodes)),
            reference_kt=np.array([r.base_kt or 0.0 for r in world.routes], dtype=float),
            process_slope=self.process_slope.copy(),
        )

    def widths(self, state: State) -> np.ndarray:
        """Width of each piece of demand under a state; pieces keep their prices. [kt]

        A factor k on the exponent of an isoelastic demand turns the width between price ratios a > b
        from b^e - a^e into b^ke - a^ke, times the base use.
        """
        widths = self.segment_width * state.demand_factor[self.segment_demand]
        changed = state.elasticity_factor[self.segment_demand] != 1.0
        if not changed.any():
            return widths
        exponent = self.demand_elasticity[self.segment_demand]
        bent = exponent * state.elasticity_factor[self.segment_demand]
        price = self.demand_price[self.segment_demand]
        first = np.r_[True, self.segment_demand[1:] != self.segment_demand[:-1]]
        low, high = self.segment_low / price, self.segment_high / price
        with np.errstate(invalid="ignore", divide="ignore"):
            old = np.where(first, low**exponent, low**exponent - high**exponent)
            new = np.where(first, low**bent, low**bent - high**bent)
            above = np.clip((high - 1) / (high - low), 0.0, 1.0)
            count = len(state.demand_factor)
            old /= np.bincount(self.segment_demand, old * above, minlength=count)[self.segment_demand]
            new /= np.bincount(self.segment_demand, new * above, minlength=count)[self.segment_demand]
            return np.where(changed & np.isfinite(new / old), widths * new / old, widths)

    def levers(self, state: State) -> Levers:
        """The vectors of a solve under a state, before any instrument."""
        widths = self.widths(state)
        target = self.stock_target * state.size_factor * state.stock_factor
        with np.errstate(divide="ignore", invalid="ignore"):
            falling = np.where(widths > 0, (self.segment_high - self.segment_low) / widths, 0.0)
            keeping = np.where(target > 0, (self.stock_release - self.stock_keep) / target, 0.0)
        supply = state.supply_kt.copy()
        np.add.at(supply, self.stock_node, state.opening_kt)
        lower = np.zeros(self.size)
        if state.kept_share is not None:
            lower[self.of_stock] = state.kept_share * np.minimum(state.opening_kt, target)
        return Levers(
            cost=self.cost.copy(),
            curvature=np.concatenate([state.process_slope, self.route_slope / state.size_factor, falling, keeping]),
            lower=lower,
            upper=np.concatenate([state.process_capacity_kt, self.route_capacity, widths, target]),
            supply=supply,
            ceilings=state.ceiling_kt.copy(),
        )


def program_of(world: World) -> Program:
    """The program of a world, built once per world and process."""
    if world not in _PROGRAMS:
        _PROGRAMS[world] = Program(world)
    return _PROGRAMS[world]


def elastic(world: World, factor: float) -> State:
    """The base year with every elasticity of demand times a factor.

    Args:
        world: The market.
        factor: Factor, > 0. [-]
    """
    start = program_of(world).start
    return replace(start, elasticity_factor=np.full(len(world.demands), factor))
