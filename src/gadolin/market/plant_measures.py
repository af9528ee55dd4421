"""Measures on what is made, held and built: floors, offtake, lost capacity, released stock, technology, subsidies.

Each writes into the vectors of a solve (`program.Levers`); what depends on prices says so and is iterated. Technology
bans and build subsidies change nothing within a year: `years.roll` reads them when plants are decided. Measures on
trade stand in `measures.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gadolin.errors import Fault, did_you_mean
from gadolin.market.instruments import Instrument, makes_nothing, no_effect
from gadolin.market.program import Row
from gadolin.stages import STAGES

__all__ = ["BuildSubsidy", "Loss", "Offtake", "PriceFloor", "StockRelease", "TechnologyBan"]

UNITS = {"Offtake.share": "share", "BuildSubsidy.share": "share"}


@dataclass(frozen=True, kw_only=True)
class PriceFloor(Instrument):
    """The actor pays its producers what the price lacks to a floor.

    Args:
        floor_usd_per_kg: Guaranteed price. [USD/kg]
    """

    floor_usd_per_kg: float
    kind: ClassVar[str] = "floor"

    def _faults(self) -> list[Fault]:
        return self._positive_fault("floor_usd_per_kg")

    def idle(self, world) -> str:
        """The actor makes none of it."""
        return makes_nothing(self, world)

    def apply(self, world, program, levers, active, state, prices) -> bool:
        """Lower the cost of processes that make the good by what is paid per unit."""
        if prices is None:
            return True
        for n, process in enumerate(world.processes):
            if process.region != self.actor:
                continue
            for good, amount in process.makes.items():
                if self.matches(world, good):
                    price = float(np.nan_to_num(prices[program.node_index[self.actor, good]]))
                    levers.cost[n] -= active * amount * max(0.0, self.floor_usd_per_kg - price)
        return True

    def _words(self) -> list[str]:
        return [f"{self.floor_usd_per_kg:g} USD/kg"]


@dataclass(frozen=True, kw_only=True)
class Offtake(Instrument):
    """At least a share of the actor's output goes to the one target.

    Args:
        share: Share of output. [share]
    """

    share: float
    kind: ClassVar[str] = "offtake"

    def _faults(self) -> list[Fault]:
        faults = self._share_fault("share")
        if len(self.targets) != 1:
            faults.append(Fault("needs exactly one partner", field="targets", value=", ".join(self.targets)))
        return faults

    def idle(self, world) -> str:
        """The actor makes none of it, or none of it can go to the partner."""
        ways = {r.good for r in world.routes if r.origin == self.actor and r.destination in self.targets}
        if not any(self.matches(world, good) for good in ways):
            why = f"no {self.scope()} can go from {self.actor} to {', '.join(self.targets)}"
            return no_effect(why, "what can go is", ways)
        return makes_nothing(self, world)

    def apply(self, world, program, levers, active, state, prices) -> bool:
        """Add a row per good: share of output less flow <= 0."""
        for good in sorted({g for r, g in program.nodes if r == self.actor and self.matches(world, g)}):
            route = program.route_index.get((good, self.actor, self.targets[0]))
            makers = [
                (n, p.makes[good]) for n, p in enumerate(world.processes) if p.region == self.actor and good in p.makes
            ]
            if route is None or not makers:
                continue
            columns = np.array([*(n for n, _ in makers), program.of_route.start + route])
            weights = np.array([*(active * self.share * a for _, a in makers), -1.0])
            levers.rows.append(Row(f"{self} {good}", columns, weights, 0.0))
        return False

    def _words(self) -> list[str]:
        return [f"{100 * self.share:g}%"]


@dataclass(frozen=True, kw_only=True)
class Loss(Instrument):
    """Capacity of the actor at a stage is lost: strike, sanction, accident, firm-level ban.

    Args:
        stage: One of `STAGES`; empty means all.
        depth_share: Share of the base activity that is lost. [share]
    """

    stage: str = ""
    depth_share: float = 1.0
    kind: ClassVar[str] = "loss"

    def _faults(self) -> list[Fault]:
        return [*self._share_fault("depth_share"), *_stage_fault(self.stage)]

    def idle(self, world) -> str:
        """The actor makes none of it at the stage."""
        return makes_nothing(self, world, self.stage)

    @property
    def withholds(self) -> bool:
        """Unless its depth is zero."""
        return self.depth_share * self.firm_share > 0

    def withheld(self, world, program) -> np.ndarray:
        """What the lost plants made in the base year."""
        made = {g for p in world.processes if self._hits(world, p) and (p.base_kt or 0.0) > 0 for g in p.makes}
        return np.array([g in made for g in program.goods], dtype=bool)

    def _hits(self, world, process) -> bool:
        here = process.region == self.actor and process.stage != "use" and self.stage in ("", process.stage)
        return here and any(self.matches(world, g) for g in process.makes)

    def apply(self, world, program, levers, active, state, prices) -> bool:
        """Cap activity at what is left of the base year, capacity added since included."""
        left = 1 - active * self.depth_share * self.firm_share
        for n, p in enumerate(world.processes):
            if self._hits(world, p):
                usual = p.base_kt or 0.0
                if np.isfinite(p.capacity_kt) and np.isfinite(state.process_capacity_kt[n]) and p.capacity_kt > 0:
                    usual *= state.process_capacity_kt[n] / p.capacity_kt
                levers.upper[n] = min(levers.upper[n], left * usual) if left < 1 else levers.upper[n]
        return False

    def _words(self) -> list[str]:
        return [w for w in (self.stage, "" if self.depth_share == 1 else f"{100 * self.depth_share:g}%") if w]


@dataclass(frozen=True, kw_only=True)
class StockRelease(Instrument):
    """The actor sells from a stock outside the market.

    Args:
        release_t_product: Tonnes sold over the whole measure in one year, of each good in scope. [t product]
    """

    release_t_product: float
    kind: ClassVar[str] = "release"

    def _faults(self) -> list[Fault]:
        return self._positive_fault("release_t_product")

    def idle(self, world) -> str:
        """The actor neither trades nor uses the good."""
        ours = sorted({g for r, g in world.nodes if r == self.actor})
        if any(self.matches(world, g) for g in ours):
            return ""
        return no_effect(f"{self.actor} has no {self.scope()} to sell", "it makes, trades or uses", ours)

    def apply(self, world, program, levers, active, state, prices) -> bool:
        """Add supply at the actor's nodes."""
        for n, (region, good) in enumerate(program.nodes):
            if region == self.actor and self.matches(world, good):
                levers.supply[n] += active * self.release_t_product / 1000
        return False

    def _words(self) -> list[str]:
        return [f"{self.release_t_product:g} t"]


@dataclass(frozen=True, kw_only=True)
class TechnologyBan(Instrument):
    """The actor withholds technology and equipment: the targets' new plants come later and cost more.

    It changes nothing within a year; `roll` reads it when plants are decided.

    Args:
        stage: Stage whose plants it hits; empty means all.
        delay_years: Years added to the lead time. [years]
        cost_factor: Factor on capital cost, >= 1. [factor]
    """

    stage: str = ""
    delay_years: float = 0.0
    cost_factor: float = 1.0
    kind: ClassVar[str] = "techban"

    def _faults(self) -> list[Fault]:
        faults = [*self._positive_fault("delay_years"), *_stage_fault(self.stage)]
        if not self.cost_factor >= 1:
            faults.append(Fault("must be at least 1", field="cost_factor", value=self.cost_factor))
        return faults

    def hits(self, region: str, stage: str) -> bool:
        """Whether plants of a region at a stage are hit; without targets, all but the actor's own."""
        aimed = region in self.targets if self.targets else region != self.actor
        return aimed and self.stage in ("", stage)

    def idle(self, world) -> str:
        """Nothing can be said here: it depends on the plants that are decided."""
        return ""

    def apply(self, world, program, levers, active, state, prices) -> bool:
        """Nothing within the year."""
        return False

    def _words(self) -> list[str]:
        return [w for w in (self.stage, f"delay {self.delay_years:g} years") if w]


@dataclass(frozen=True, kw_only=True)
class BuildSubsidy(Instrument):
    """The actor pays part of the capital cost of new plants of a stage; `roll` reads it when plants are decided.

    Args:
        stage: Stage; empty means all.
        share: Share of capital cost paid. [share]
    """

    stage: str = ""
    share: float = 0.0
    kind: ClassVar[str] = "subsidy"

    def _faults(self) -> list[Fault]:
        return [*self._share_fault("share"), *_stage_fault(self.stage)]

    def hits(self, region: str, stage: str) -> bool:
        """Whether plants of a region at a stage are paid for."""
        return region == self.actor and self.stage in ("", stage)

    def idle(self, world) -> str:
        """Nothing can be said here: it depends on the plants that are decided."""
        return ""

    def apply(self, world, program, levers, active, state, prices) -> bool:
        """Nothing within the year."""
        return False

    def _words(self) -> list[str]:
        return [w for w in (self.stage, f"{100 * self.share:g}%") if w]


def _stage_fault(stage: str) -> list[Fault]:
    if not stage or stage in STAGES:
        return []
    return [Fault(f"is not a stage{did_you_mean(stage, STAGES)}", field="stage", value=stage)]
