"""When each plant of a strategy is built, when it runs, and when a partner's absence stops it.

Building takes the planned years and the slip of the future, with the capital spread over all of it. Output ramps up as
the project says. A partner that stops helping: a plant not begun is not built, one under construction comes later by
the outage, one that runs stands still for the outage; a licensed plant is safe once its know-how is learnt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gadolin.case import Case
from gadolin.market import Future
from gadolin.strategy.choices import Build, Resolved, project
from gadolin.strategy.feasible import Feasibility
from gadolin.strategy.futures import HomeFuture, home_value

__all__ = ["TAIL_YEARS", "TRANSFER_YEARS", "Cut", "Timing", "grid", "when"]

Array = NDArray[np.float64]

TAIL_YEARS = 10
"""Years after the case's last one in which plants run on as they do then, so that late starters are not cut short."""

TRANSFER_YEARS = 5
"""Years of running after which a licensed technology is mastered; low end of skills SK-58 and SK-59 (5 to 10)."""

LEANS = ("toll", "state_firm", "licence", "foreign")
"""Routes that need the partner's help to go on."""


@dataclass(frozen=True)
class Cut:
    """A partner that leaves for good.

    Args:
        partner: ISO3 code.
        year: First year without him.
    """

    partner: str
    year: int


@dataclass(frozen=True)
class Timing:
    """When a plant is built and runs.

    Args:
        start_year: First year of building.
        building_years: Years of building.
        first_year: First year of operation.
        rate: Output over full rate by year of the grid, before feed is looked at. `[year]`
        why_not: Why it is not built; empty when it is.
    """

    start_year: int
    building_years: int
    first_year: int
    rate: Array
    why_not: str = ""

    @property
    def built(self) -> bool:
        """Whether it is built."""
        return not self.why_not


def grid(case: Case) -> range:
    """Calendar years of a valuation: the case's horizon and the tail."""
    general = case.settings.case
    return range(general.first_year, general.last_year + TAIL_YEARS + 1)


def when(
    case: Case, plan: Resolved, judged: Feasibility, future: Future, cut: Cut | None = None
) -> Mapping[str, Timing]:
    """Timing of each plant of a strategy in a future.

    Args:
        case: The case.
        plan: The strategy.
        judged: What of it cannot be.
        future: The future.
        cut: A partner that leaves for good in a year, over what the future says.
    """
    return {b.id: _one(case, b, judged, future, cut) for b in plan.builds}


def _one(case: Case, build: Build, judged: Feasibility, future: Future, cut: Cut | None) -> Timing:
    years = grid(case)
    none = np.zeros(len(years))
    if build.id in judged.blocked:
        return Timing(build.choice.start, 0, 0, none, judged.blocked[build.id].reason)
    if build.existing:
        rate = np.ones(len(years))
        return Timing(years[0] - 1, 1, years[0], _cut_off(build, rate, years, years[0], cut))
    start = max(build.choice.start, judged.earliest.get(build.id, build.choice.start))
    leaves, outage = _leaves(build, future, cut)
    slip = 0 if build.choice.route == "toll" else round(home_value(future, "slip_years"))
    planned = build.years_to_build.value
    assert planned is not None
    building = max(1, round(planned)) + slip
    if leaves is not None and leaves <= start:
        return Timing(start, 0, 0, none, f"{build.choice.partner} stops helping before building begins")
    if leaves is not None and leaves < start + building:
        if outage is None:
            return Timing(start, 0, 0, none, f"{build.choice.partner} leaves while it is built")
        building += outage
    first = start + building
    if first > years[-1]:
        return Timing(start, building, first, none, "would run after the last year only")
    ramp = project(case, build.id, design=build.choice.design).schedule.ramp_share
    rate = np.array([0.0 if y < first else ramp[min(y - first, len(ramp) - 1)] for y in years])
    if leaves is not None and leaves >= first:
        learnt = build.choice.route == "licence" and leaves >= first + TRANSFER_YEARS
        until = years[-1] + 1 if outage is None else leaves + outage
        if not learnt:
            rate = np.where([leaves <= y < until for y in years], 0.0, rate)
    return Timing(start, building, first, rate)


def _leaves(build: Build, future: Future, cut: Cut | None) -> tuple[int | None, int | None]:
    """Year in which the partner stops, and for how many years; None for ever."""
    partner = build.choice.partner
    if partner is None or build.choice.route not in LEANS:
        return None, 0
    if cut is not None and cut.partner == partner:
        return cut.year, None
    year = future.withheld.get(partner) if isinstance(future, HomeFuture) else None
    return year, round(home_value(future, "outage_years"))


def _cut_off(build: Build, rate: Array, years: range, first: int, cut: Cut | None) -> Array:
    """A running plant whose partner (its operator or only buyer) leaves stands still."""
    if cut is None or cut.partner != build.choice.partner:
        return rate
    return np.where([y >= max(cut.year, first) for y in years], 0.0, rate)
