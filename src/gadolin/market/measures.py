"""Measures on trade: bans, quotas, licences, duties on exports and imports, moratoria on raw exports.

Each writes into the vectors of a solve (`program.Levers`); what depends on prices says so and is iterated. Measures on
what is made, held and built stand in `plant_measures.py`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gadolin.errors import Fault
from gadolin.market.instruments import RAW, Instrument, day
from gadolin.market.program import Row

__all__ = [
    "AdValoremDuty",
    "ExportBan",
    "ImportAdValoremDuty",
    "ImportBan",
    "ImportSpecificDuty",
    "Licence",
    "Quota",
    "RawMoratorium",
    "SpecificDuty",
]


@dataclass(frozen=True, kw_only=True)
class ExportBan(Instrument):
    """No export to the targets, or less of it.

    Args:
        depth_share: Share of the reference flow that stops. [share]

    >>> str(ExportBan(actor="CHN", goods=("oxide",), elements=("Dy", "Tb"), targets=("USA",), start="2027", end="2027"))
    'ban CHN oxide Dy,Tb to USA from 2027 until 2027'
    """

    depth_share: float = 1.0
    kind: ClassVar[str] = "ban"

    def _faults(self) -> list[Fault]:
        return self._share_fault("depth_share")

    @property
    def withholds(self) -> bool:
        """Unless its depth is zero."""
        return self.depth_share * self.firm_share > 0

    def apply(self, world, program, levers, active, state, prices) -> bool:
        """Cap flows at what is left."""
        self._cap(world, program, levers, state, 1 - active * self.depth_share * self.firm_share)
        return False

    def _words(self) -> list[str]:
        return [] if self.depth_share == 1 else [f"{100 * self.depth_share:g}%"]


@dataclass(frozen=True, kw_only=True)
class ImportBan(ExportBan):
    """The actor takes nothing, or less, from the targets."""

    kind: ClassVar[str] = "importban"
    incoming: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class Quota(Instrument):
    """A ceiling in gross tonnes over all goods of the scope together; its multiplier is the licence rent.

    Args:
        quota_t_gross: Ceiling of a whole year. [t gross]
    """

    quota_t_gross: float
    kind: ClassVar[str] = "quota"

    def _faults(self) -> list[Fault]:
        return self._positive_fault("quota_t_gross")

    @property
    def withholds(self) -> bool:
        """When it is below what would pass."""
        return True

    def tightens(self, world, program, state) -> bool:
        """The ceiling is below the gross tonnes of the reference flows."""
        mask = self.routes(world, program)
        return self.quota_t_gross / 1000 < float(program.route_gross[mask] @ state.reference_kt[mask])

    def apply(self, world, program, levers, active, state, prices) -> bool:
        """Add one row; outside the active part of the year the reference flow stays free."""
        mask = self.routes(world, program)
        if mask.any():
            gross = program.route_gross[mask]
            free = (1 - active) * float(gross @ state.reference_kt[mask])
            ceiling = active * self.quota_t_gross / 1000 + free
            levers.rows.append(Row(str(self), program.of_route.start + np.flatnonzero(mask), gross, ceiling))
        return False

    def _words(self) -> list[str]:
        return [f"{self.quota_t_gross:g} t"]


@dataclass(frozen=True, kw_only=True)
class Licence(Instrument):
    """Exports need a licence: some are refused, all are late, then they recover.

    Args:
        refusal_share: Share of applications refused. [share]
        delay_months: Months without any licence after the start. [months]
        ramp_months: Months of linear recovery after the delay. [months]
    """

    refusal_share: float = 0.0
    delay_months: float = 0.0
    ramp_months: float = 0.0
    kind: ClassVar[str] = "licence"

    def _faults(self) -> list[Fault]:
        return [
            *self._share_fault("refusal_share"),
            *self._positive_fault("delay_months"),
            *self._positive_fault("ramp_months"),
        ]

    def allowed_share(self, year: int) -> float:
        """Share of the reference flow that passes in a year: mean over its months.

        >>> Licence(actor="CHN", start="2025", delay_months=3, ramp_months=0, refusal_share=0.2).allowed_share(2025)
        0.6
        """
        start = day(self.start)
        total = 0.0
        for month in range(12):
            middle = dt.date(year, month + 1, 15)
            if middle < start or (self.end and middle > day(self.end, last=True)):
                total += 1.0
                continue
            age = (year - start.year) * 12 + month + 0.5 - (start.month - 1)
            if age < self.delay_months:
                continue
            ramp = min((age - self.delay_months) / self.ramp_months, 1.0) if self.ramp_months else 1.0
            total += ramp * (1 - self.refusal_share)
        return round(total / 12, 9)

    def bite(self, year: int) -> float:
        """Share of the year's reference flow that does not pass."""
        return 1 - self.allowed_share(year)

    @property
    def withholds(self) -> bool:
        """While some applications are refused or late."""
        return self.firm_share > 0

    def apply(self, world, program, levers, active, state, prices) -> bool:
        """Cap flows at the share that passes."""
        stopped = (1 - self.allowed_share(state.year)) * self.firm_share
        self._cap(world, program, levers, state, 1 - stopped)
        return False

    def _words(self) -> list[str]:
        words = [f"refusal {self.refusal_share:g}"]
        words += [f"delay {self.delay_months:g} months"] if self.delay_months else []
        return words + ([f"ramp {self.ramp_months:g} months"] if self.ramp_months else [])


@dataclass(frozen=True, kw_only=True)
class SpecificDuty(Instrument):
    """A duty per kilogram on exports of the actor; with `on_imports` on its imports from the targets.

    Args:
        duty_usd_per_kg: Duty. [USD/kg]
    """

    duty_usd_per_kg: float
    kind: ClassVar[str] = "duty"

    def apply(self, world, program, levers, active, state, prices) -> bool:
        """Add to the cost of the routes, weighted by the share of the year."""
        mask = self.routes(world, program)
        levers.cost[program.of_route.start + np.flatnonzero(mask)] += active * self.duty_usd_per_kg
        return False

    def _words(self) -> list[str]:
        return [f"{self.duty_usd_per_kg:g} USD/kg"]


@dataclass(frozen=True, kw_only=True)
class ImportSpecificDuty(SpecificDuty):
    """A duty per kilogram on imports."""

    kind: ClassVar[str] = "importduty"
    incoming: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class AdValoremDuty(Instrument):
    """A duty on the price at the origin of the actor's exports.

    Args:
        rate_share: Rate. [share of price]
    """

    rate_share: float
    kind: ClassVar[str] = "duty"

    def _faults(self) -> list[Fault]:
        return self._positive_fault("rate_share")

    def apply(self, world, program, levers, active, state, prices) -> bool:
        """Add rate times the last price at the origin; prices below zero are not taxed."""
        if prices is None:
            return True
        mask = self.routes(world, program)
        at_origin = np.maximum(np.nan_to_num(prices[program.route_from[mask]]), 0.0)
        levers.cost[program.of_route.start + np.flatnonzero(mask)] += active * self.rate_share * at_origin
        return True

    def _words(self) -> list[str]:
        return [f"{100 * self.rate_share:g}%"]


@dataclass(frozen=True, kw_only=True)
class ImportAdValoremDuty(AdValoremDuty):
    """A duty on the value of the actor's imports at the price of the origin."""

    kind: ClassVar[str] = "importduty"
    incoming: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class RawMoratorium(Instrument):
    """No raw export (ore, concentrate, mixed carbonate), with a leak.

    Args:
        leak_share: Share of the reference flow that leaves all the same. [share]
    """

    leak_share: float = 0.0
    goods: tuple[str, ...] = RAW
    kind: ClassVar[str] = "moratorium"

    def _faults(self) -> list[Fault]:
        return self._share_fault("leak_share")

    @property
    def withholds(self) -> bool:
        """Unless all leaks."""
        return self.leak_share < 1

    def apply(self, world, program, levers, active, state, prices) -> bool:
        """Cap raw flows at the leak."""
        self._cap(world, program, levers, state, 1 - active * (1 - self.leak_share))
        return False

    def _words(self) -> list[str]:
        return [f"leak {self.leak_share:g}"]
