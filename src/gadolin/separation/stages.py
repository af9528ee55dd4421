"""The fewest stages, and the place of the feed, with which a cascade meets two specifications at a given load.

For any stages and feed stage the load that meets both specifications exactly is solved (`specified.py`). It falls with
the stages, so the fewest with which it does not pass the given load are found by bracketing, with the feed where the
ratio of the keys passes the feed's, and then moved downhill. Far from the answer the stray amounts at the given load
say which way to go. Each solve starts from the nearest one before, its profile stretched section by section.
Limits: those of L1 (`cascade.py`); at least two stages in each section, at most 600 in all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from gadolin.errors import Fault, InputError, NotConverged
from gadolin.separation import shortcuts
from gadolin.separation.cascade import steady_at
from gadolin.separation.circuit import Circuit, Steady
from gadolin.separation.entrainment import NONE, Entrainment
from gadolin.separation.shapes import Phase, Wish
from gadolin.separation.specified import from_neighbour, overshoot, solve_specs, stray_targets

UNITS = {"Task.load": "mol/mol", "Trial.load": "mol/mol", "Trial.gap": "ln"}

MOST_STAGES = 600


@dataclass(frozen=True)
class Task:
    """What stays the same while stages are sought.

    Args:
        alpha: Factors, ascending. [element]
        mol: Feed, sum 1. [element]
        cut: Number of elements in the light group.
        phase: Phase of the feed.
        wish: The two specifications.
        load: S that must suffice. [mol/mol]
        entrainment: What settlers let pass.
    """

    alpha: np.ndarray
    mol: np.ndarray
    cut: int
    phase: Phase
    wish: Wish
    load: float
    entrainment: Entrainment = NONE

    def circuit(self, n: int, m: int) -> Circuit:
        """The cascade with these stages."""
        return Circuit.of(self.alpha, self.mol, n, m, self.phase, self.entrainment)

    @property
    def heavy(self) -> np.ndarray:
        """Membership in the heavy group. [element]"""
        return np.arange(len(self.mol)) >= self.cut

    def made(self, state: Steady | None) -> tuple[float, float, float]:
        """Heavy product of the specifications and the stray amounts they allow (heavy, light). [mol/mol]"""
        dark, light = stray_targets(self.wish, self.mol, self.heavy, state)
        return float(self.mol[self.heavy].sum()) - dark + light, dark, light

    def crossing(self, state: Steady) -> int:
        """Stage at which the ratio of the keys passes that of the feed."""
        ratio = self.mol[self.cut] / self.mol[self.cut - 1]
        phase = state.x if self.phase == "aqueous" else state.y
        above = phase[self.cut] > ratio * phase[self.cut - 1]
        return int(np.argmax(above)) + 1 if above.any() else state.circuit.stages


class Trial(NamedTuple):
    """One choice of stages.

    Args:
        n: Extraction stages.
        load: S that meets both specifications exactly; infinite where the stages are too few at the task's load, 0
            where they are more than enough.
        gap: At the task's load, how far the smaller of both stray amounts is above what is allowed; NaN if not
            asked. [ln]
        state: At these flows.
    """

    n: int
    load: float
    gap: float
    state: Steady


LEAST_OVER_PRODUCT = 1.02
"""Least load over what the organic product holds: some scrub must be left. [ratio]"""

CLOSE = 2.0
"""Within this gap the exact load of up to `SHORT` stages is worth its solve; of more, within less. [ln]"""

SHORT = 60
"""Stages beyond which an exact load that is far off costs more than it tells. [stages]"""


NO_WAY = 0.03
"""In a search, where a smaller step of the targets would be needed there is taken to be no way. [share of the way]"""


@dataclass
class _Search:
    """Trials so far, and those whose flows meet both specifications exactly."""

    task: Task
    trials: dict[tuple[int, int], Trial] = field(default_factory=dict)
    exact: dict[tuple[int, int], Steady] = field(default_factory=dict)

    def at(self, n: int, total: int) -> Trial:
        """The load that these stages need."""
        key = (n, total - n)
        if key not in self.trials:
            if total > MOST_STAGES:
                raise InputError(
                    f"more than {MOST_STAGES} stages would be needed; lower the purity, raise the load "
                    "(--over-minimum, over_minimum) or change the extractant"
                )
            self.trials[key] = self._solve(*key)
        return self.trials[key]

    def _solve(self, n: int, m: int) -> Trial:
        task = self.task
        circuit = task.circuit(n, m)
        near = min(self.exact, key=lambda nm: abs(nm[0] - n) + abs(nm[1] - m), default=None)
        if near is not None and abs(near[0] - n) <= 2 + n // 8 and abs(near[1] - m) <= 2 + m // 8:
            state = self._from(circuit, near, n)
            if state is not None:
                self.exact[n, m] = state
                return Trial(n, state.load, np.nan, state)
        state, gap = self._at_given_load(circuit)
        if abs(gap) < CLOSE * min(1.0, SHORT / (n + m)):
            try:
                state = solve_specs(circuit, task.wish, task.heavy, task.load, state, NO_WAY)
            except (NotConverged, InputError):  # no flows do, or only flows without scrub
                return Trial(n, np.inf if gap > 0 else 0.0, gap, state)
            self.exact[n, m] = state
            return Trial(n, state.load, gap, state)
        return Trial(n, np.inf if gap > 0 else 0.0, gap, state)

    def _from(self, circuit: Circuit, near: tuple[int, int], n: int) -> Steady | None:
        """The exact state from a neighbour's; None where that leads nowhere, or to flows without scrub."""
        try:
            return from_neighbour(circuit, self.task.wish, self.exact[near], near[0], n)
        except InputError:
            return None

    def _at_given_load(self, circuit: Circuit) -> tuple[Steady, float]:
        """State at the task's load, and how far the smaller of both stray amounts is from what is allowed. [ln]"""
        task = self.task
        made, dark, light = task.made(None)
        scrub = circuit.scrub_for(task.load, made - (1.0 if task.phase == "organic" else 0.0))
        if scrub <= 0:
            raise InputError(
                Fault(
                    "leaves no scrub flow; raise it (--over-minimum, over_minimum)",
                    field="load",
                    value=round(task.load, 6),
                )
            )
        state = steady_at(circuit, task.load, scrub)
        if dark <= light:
            return state, float(np.log(state.raffinate[task.heavy].sum() / dark))
        return state, float(np.log(state.heavy_product[~task.heavy].sum() / light))

    def placed(self, total: int, place: float) -> Trial:
        """The trial of a total with the feed at the crossing of the keys, from a guess of its place."""
        best = self.at(_inside(round(place * total), total), total)
        for _ in range(4):
            other = self.at(_inside(self.task.crossing(best.state), total), total)
            if other.n == best.n or (other.load, other.gap) >= (best.load, best.gap):
                break
            best = other
        return best

    def lowest(self, total: int, n: int) -> Trial:
        """The trial of least load of a total, downhill from a guess: the crossing is only near the best place."""
        best = self.at(_inside(n, total), total)
        for sign in (-1, 1):
            step = 1
            while step:
                other = self.at(_inside(best.n + sign * step, total), total)
                if (other.load, other.gap) < (best.load, best.gap):
                    best, step = other, 2 * step
                else:
                    step //= 2
        return best


def _inside(n: int, total: int) -> int:
    return int(np.clip(n, 2, total - 2))


def fewest_stages(task: Task) -> tuple[Steady, int]:
    """Fewest stages with which the task's load suffices for both specifications.

    Args:
        task: Elements, specifications, load.

    Returns:
        State that meets both exactly (or, where whole stages cannot, exceeds one), and its extraction stages.

    Raises:
        InputError: More than 600 stages, or specifications that contradict each other.
        NotConverged: No stages found.
    """
    search = _Search(task)
    n, m = _first_stages(task)
    total, place = n + m, n / (n + m)
    short, long = 3, MOST_STAGES + 1
    best: Trial | None = None
    points: list[tuple[int, Trial]] = []
    while long - short > 1:
        trial = search.placed(total, place)
        place = trial.n / total
        if trial.load <= task.load:
            long, best = total, trial
        else:
            short = total
        points.append((total, trial))
        total = _next_total(points, short, long, task.load)
    if best is None:
        search.at(2, MOST_STAGES + 1)
    assert best is not None
    best = _fewer(search, best)
    if best.load == 0.0:
        return _exceeding(task, best)
    return best.state, best.n


def _fewer(search: _Search, best: Trial) -> Trial:
    """Downhill from stages that suffice, each total with its feed at the best place; ends where one less is too few."""
    short, step = 3, 1  # `short` stages are too few
    found = False  # whether a total that is too few was met
    while (total := best.state.circuit.stages) - short > 1:
        fewer = (total + short) // 2 if found else max(total - step, short + 1)
        trial = search.lowest(fewer, round(best.n * fewer / total))
        if trial.load <= search.task.load:
            best, step = trial, 2 * step
        else:
            short, found = fewer, True
    return best


def _next_total(points: list[tuple[int, Trial]], short: int, long: int, load: float) -> int:
    """Next number of stages to try: the secant through the last two, kept inside the bracket."""
    total, last = points[-1]
    exact = [(t, np.log(p.load / load)) for t, p in points if 0 < p.load < np.inf]
    rough = [(t, p.gap) for t, p in points if np.isfinite(p.gap)]
    guess = _secant(exact) or _secant(rough) or (round(0.8 * total) if last.load <= load else round(1.25 * total) + 1)
    guess = int(np.clip(guess, 0.4 * total, 2.5 * total))
    if long - short > 8 and len(points) % 4 == 0 and long <= MOST_STAGES:
        guess = (short + long) // 2
    return int(np.clip(guess, short + 1, long - 1))


def _secant(points: list[tuple[int, float]]) -> int | None:
    """Where the line through the last two different points comes to nothing; None where it does not fall."""
    if len(points) < 2:
        return None
    b, at_b = points[-1]
    a, at_a = next(((t, v) for t, v in reversed(points[:-1]) if t != b), (b, at_b))
    slope = (at_b - at_a) / (b - a) if a != b else 0.0
    return b + int(np.ceil(-at_b / slope)) if slope < 0 else None


def _first_stages(task: Task) -> tuple[int, int]:
    """Stages of the two keys alone, as far above their least load as the cascade is above its own: a guess."""
    made, dark, light = task.made(None)
    keys = task.alpha[task.cut] / task.alpha[task.cut - 1]
    share = float(task.mol[task.heavy].sum())
    over = task.load / shortcuts.underwood(task.alpha, task.mol, task.cut, feed=task.phase)
    load = over * shortcuts.minimum_load(keys, share, task.phase)
    binary = shortcuts.Binary(keys, share, 1 - light / made, 1 - dark / (1 - made), load, task.phase)
    count = shortcuts.smoker(binary)
    n, m = (max(2, int(np.ceil(stages))) for stages in (count.extraction_stages, count.scrub_stages))
    if n + m > MOST_STAGES:
        n = _inside(round(MOST_STAGES * n / (n + m)), MOST_STAGES)
        m = MOST_STAGES - n
    return n, m


def _exceeding(task: Task, trial: Trial) -> tuple[Steady, int]:
    """At the task's load, with the product flow of the solved composition: both specifications met or exceeded."""
    state, n, m = trial.state, trial.n, trial.state.circuit.stages - trial.n
    by_organic = 1.0 if task.phase == "organic" else 0.0
    for k in range(60):
        made, _, _ = task.made(state)
        carried = made - by_organic
        load = max(task.load, LEAST_OVER_PRODUCT * carried)  # the product as solved can hold more moles than expected
        longer = [(n + 1, m), (n, m + 1)] if k % 4 == 3 else [(n, m)]
        circuits = {nm: task.circuit(*nm) for nm in longer}
        tried = {nm: steady_at(one, load, one.scrub_for(load, carried)) for nm, one in circuits.items()}
        n, m = min(tried, key=lambda nm: overshoot(task.wish, tried[nm]))
        state = tried[n, m]
        if overshoot(task.wish, state) <= 1e-9:
            return state, n
    raise NotConverged("no stages found that meet both specifications at this load", state.residual, state.closure)
