"""What is known, and what had to be assumed, about a base year: the input of `calibrate`.

A fact is a linear sum of base quantities with a value and a width. Facts that come from a source are `observed`; priors
that only keep the answer unique are `assumed` and stay visible as such. The structure (which processes, routes and uses
exist, with their recoveries and contents) is given, not fitted.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.market.curves import CHOKE_RATIO
from gadolin.market.world import Demand, Process, Route, World
from gadolin.quantity import BASES

__all__ = ["Behaviour", "Cover", "Fact", "NodePrice", "Observations", "Use", "route_key"]

UNITS = {
    "Fact.value_kt": "kt, or million USD where the coefficients are prices",
    "Fact.sigma_kt": "as value_kt",
    "Use.elasticity": "-",
    "Behaviour.route_elasticity": "-",
}


def route_key(good: str, origin: str, destination: str) -> str:
    """How a fact names a flow.

    >>> route_key("oxide:Dy", "CHN", "JPN")
    'oxide:Dy CHN>JPN'
    """
    return f"{good} {origin}>{destination}"


@dataclass(frozen=True, slots=True)
class Fact:
    """A sum of base quantities, its value and its width.

    Args:
        name: What it says, one line.
        terms: Coefficient of each process (by name), route (`route_key`) or use (`region good use`).
        value_kt: Value of the sum. [kt, or million USD when the coefficients are prices]
        sigma_kt: One standard deviation, > 0.
        basis: One of `quantity.BASES`, or `choice`.
        observed: Whether a source says it; False for a prior.
        refs: Rows it was read from.
    """

    name: str
    terms: Mapping[str, float]
    value_kt: float
    sigma_kt: float
    basis: str
    observed: bool = True
    refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NodePrice:
    """Price of a good in a region in the base year.

    Args:
        region: Region.
        good: Good.
        price_usd_per_kg: Price without tax. [USD/kg]
        basis: One of `quantity.BASES`.
        refs: Rows it was read from.
    """

    region: str
    good: str
    price_usd_per_kg: float
    basis: str
    refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """A use in a region, whose quantity the facts decide.

    Args:
        region: Who uses.
        good: What is used.
        use: Application.
        elasticity: Price elasticity within a year, < 0. [-]
        choke_ratio: Price over base price at which a substitute takes over. [-]
    """

    region: str
    good: str
    use: str
    elasticity: float
    choke_ratio: float = CHOKE_RATIO

    @property
    def name(self) -> str:
        """`JPN oxide:Dy all`."""
        return f"{self.region} {self.good} {self.use}"


@dataclass(frozen=True, slots=True)
class Cover:
    """Stock of a good in a region, in months of what passes there.

    Args:
        region: Holder.
        good: What is held.
        months: Months of the base flow. [months]
        basis: One of `quantity.BASES`.
    """

    region: str
    good: str
    months: float
    basis: str = "estimate"


@dataclass(frozen=True)
class Behaviour:
    """How the market answers around the base year; all of it prior, none of it fitted to an event.

    Args:
        supply_elasticity: Elasticity of activity to its margin within a year, by stage.
        utilisation_share: Base activity over capacity, by stage. [share]
        route_elasticity: Elasticity of a flow to the price difference it earns (2-5 in use; 3). [-]
        new_route_premium_share: Extra cost of a route unused in the base year, over the price. [share]
        new_route_scale_share: Flow at which that route has cost another third of the price, over what passes at the
            destination. [share]
        keep_ratio: Price over base price up to which holders keep their stock. [-]
        release_ratio: Price over base price at which they have sold all. [-]
    """

    supply_elasticity: Mapping[str, float] = field(
        default_factory=lambda: {
            "mine": 0.2,
            "cracking_leaching": 1.0,
            "separation": 1.0,
            "metal": 1.0,
            "magnet": 1.0,
            "recycling": 0.6,
        }
    )
    utilisation_share: Mapping[str, float] = field(
        default_factory=lambda: {
            "mine": 0.9,
            "cracking_leaching": 0.7,  # more room than separation, or the price between two full plants is anything
            "separation": 0.8,
            "metal": 0.8,
            "magnet": 0.8,
            "recycling": 0.7,
        }
    )
    route_elasticity: float = 3.0
    new_route_premium_share: float = 0.25
    new_route_scale_share: float = 0.2
    keep_ratio: float = 1.05
    release_ratio: float = 2.5


@dataclass(frozen=True)
class Observations:
    """Structure, facts and prices of a base year.

    Args:
        year: Base year.
        processes: Structure of processes; `calibrate` finds cost, slope and capacity where left at their default.
        routes: Structure of routes.
        uses: Uses.
        facts: Facts and priors over quantities.
        prices: Price of every node that may be active.
        covers: Stocks.
        contents: Element content of goods. [kg/kg]
        behaviour: Elasticities.
        members: Regions that hold several countries.
        untraded: Quantities that are zero in the base year though they could be: routes without a recorded flow,
            plants not built.
        assumptions: Sentences: what had to be assumed, merged or left out.
    """

    year: int
    processes: tuple[Process, ...]
    routes: tuple[Route, ...]
    uses: tuple[Use, ...]
    facts: tuple[Fact, ...]
    prices: tuple[NodePrice, ...]
    covers: tuple[Cover, ...] = ()
    contents: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    behaviour: Behaviour = field(default_factory=Behaviour)
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    untraded: frozenset[str] = frozenset()
    assumptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        World(self.year, self.processes, self.routes, ())  # checks the structure
        known = self.variables
        faults: list[Fault] = []
        for fact in self.facts:
            where = f"facts[{fact.name}]"
            if not (math.isfinite(fact.value_kt) and math.isfinite(fact.sigma_kt) and fact.sigma_kt > 0):
                faults.append(Fault("needs a finite value and sigma > 0", field=where, value=fact.sigma_kt))
            if fact.basis not in (*BASES, "choice"):
                faults.append(Fault("is no basis", field=where, value=fact.basis))
            faults += [
                Fault(f"is no process, route or use{did_you_mean(term, known)}", field=where, value=term)
                for term in fact.terms
                if term not in known
            ]
        if faults:
            raise InputError(faults[:20])

    @property
    def variables(self) -> dict[str, int]:
        """Column of each base quantity: processes, routes, uses."""
        names = [p.name for p in self.processes]
        names += [route_key(r.good, r.origin, r.destination) for r in self.routes]
        names += [u.name for u in self.uses]
        return {name: n for n, name in enumerate(names)}

    @functools.cached_property
    def nodes(self) -> dict[tuple[str, str], int]:
        """Row of each balance: pairs of region and good."""
        uses = tuple(Demand(u.region, u.good, u.use, ()) for u in self.uses)
        return {node: n for n, node in enumerate(World(self.year, self.processes, self.routes, uses).nodes)}

    @functools.cached_property
    def balance(self) -> sp.csr_matrix:
        """Mass balance of every node, by quantity: uses less supplies."""
        nodes = self.nodes
        entries: list[tuple[int, int, float]] = []
        column = 0
        for p in self.processes:
            entries += [(nodes[p.region, g], column, a) for g, a in p.takes.items()]
            entries += [(nodes[p.region, g], column, -a) for g, a in p.makes.items()]
            column += 1
        for r in self.routes:
            entries += [(nodes[r.origin, r.good], column, 1.0), (nodes[r.destination, r.good], column, -1.0)]
            column += 1
        for u in self.uses:
            entries.append((nodes[u.region, u.good], column, 1.0))
            column += 1
        rows, columns, values = (np.array(part) for part in zip(*entries, strict=True))
        return sp.csr_matrix((values, (rows, columns)), shape=(len(nodes), column))
