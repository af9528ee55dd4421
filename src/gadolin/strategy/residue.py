"""Solid residue of the plants of a strategy: how much, how active, and where the figure comes from.

A plant that stands on a separation design has the residue of that design; another has what its figures state. A plant
without a figure is named and not counted. Tonnes follow what the plant takes in; activity is that of the parent
nuclides (Th-232, U-238), the more active of the two.
Limits: residue of in-situ leaching stays in the ground and has no figure; slag of metal and magnet plants has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gadolin.market import Future
from gadolin.quantity import Quantity
from gadolin.strategy.choices import Build, Resolved, project
from gadolin.strategy.country import Run, output_share, rate_of, sized

if TYPE_CHECKING:
    from gadolin.case import Case

__all__ = ["Residue", "residue_of", "said_of"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Residue:
    """Residue of a strategy in a future.

    Args:
        gross_t: Lower end, value and upper end by year; None where no running plant has a figure. `[3, year]`
        bq_per_g: Lower end, value and upper end of the most active residue; None where none is known. [Bq/g]
    """

    gross_t: Array | None
    bq_per_g: tuple[float, float, float] | None


def residue_of(case: Case, plan: Resolved, run: Run, future: Future, years: int) -> Residue:
    """Residue of the plants that run.

    Args:
        case: The case.
        plan: The strategy.
        run: When each plant runs, and its tonnes.
        future: The future.
        years: Years of the grid.
    """
    whole: Array | None = np.zeros((3, years))
    found: list[Array] = []
    hottest: tuple[float, float, float] | None = None
    running = False
    for build in plan.builds:
        timing = run.timings[build.id]
        if not timing.built:
            continue
        made = sized(case, build, future)
        rate = rate_of(build, made, timing, run.flows, future) * output_share(made, future)
        if not rate.any():
            continue
        running = True
        ends = _ends(made.residue_t_gross_per_year)
        if ends is not None:
            found.append(np.outer(ends, rate))
        activity = _ends(made.residue_bq_per_g)
        if activity is not None and (hottest is None or activity[1] > hottest[1]):
            hottest = activity
    if found:
        whole = np.sum(found, axis=0)
    elif running:
        whole = None
    return Residue(whole, hottest)


def _ends(q: Quantity) -> tuple[float, float, float] | None:
    if q.value is None:
        return None
    return (q.value if q.low is None else q.low, q.value, q.value if q.high is None else q.high)


def _how(case: Case, build: Build) -> str:
    """Where the figure of a plant comes from."""
    if project(case, build.id, design=build.choice.design).residue_t_gross_per_year.value is None:
        return "no figure, not counted"
    designed = (build.choice.design or build.entry.design) and "residue" not in build.entry.numbers
    return "by separation design" if designed else "by reported figures"


def said_of(case: Case, plans: Sequence[Resolved]) -> str:
    """Which plants' residue is counted, by what, and which is not; empty where there is no plant."""
    by: dict[str, set[str]] = {}
    for plan in plans:
        for build in plan.builds:
            by.setdefault(_how(case, build), set()).add(build.id)
    order = ("by separation design", "by reported figures", "no figure, not counted")
    return "; ".join(f"{how}: {', '.join(sorted(by[how]))}" for how in order if how in by)
