"""The march of a cascade to steady state at given flows: Newton made safe by the plant's own start-up.

An implicit Euler step of the start-up (hold-up proportional to throughput) keeps Newton near the last state; the step
grows as Newton behaves, to infinity at the end. A step is kept when Newton's moves shrink below 0.05.
Limits: a front far from its place travels a few stages per step, so a start with the front at the right end pays.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gadolin.separation import _newton as newton

NEAR = 0.05
"""Largest move of a tear variable with which a step of time is kept. [-]"""

FAR = 4.0
"""Largest move of a tear variable made at once. [-]"""


class Fixed(NamedTuple):
    """A cascade at given flows, as the kernels take it.

    Args:
        kind: `newton.L1` or `newton.L2`.
        level_k: K of the ratios K exp(power w). [component]
        power: Slope of ln D in w. [component]
        flows: Aqueous, organic, draws of both, aqueous entrained up, organic entrained down. [stage]
        source: What enters. [component, stage]
        acid: What the local equation needs, see `newton.local_balance`.
    """

    kind: int
    level_k: np.ndarray
    power: np.ndarray
    flows: tuple
    source: np.ndarray
    acid: tuple

    def contents(self, w: np.ndarray, held: np.ndarray | None = None, per_step: float = 0.0) -> tuple:
        """Exact contents of every stage and their ratios for given tear variables. [component, stage]

        Args:
            w: Tear variables. [stage]
            held: What the stages hold before a step of time. [component, stage]
            per_step: One over the step, in hold-up over throughput; 0 at steady state.
        """
        c, d, low, high = (np.empty_like(self.source) for _ in range(4))
        held = self.source if held is None else held
        newton.contents(self.level_k, self.power, w, self.flows, self.source, held, per_step, c, d, low, high)
        return c, d


class End(NamedTuple):
    """Where a march ended: tear variables, contents, scaled residual, Newton steps used."""

    w: np.ndarray
    c: np.ndarray
    residual: float
    used: int


class _Stepper:
    """Newton steps at given flows, with their working arrays."""

    def __init__(self, fixed: Fixed) -> None:
        elements, stages = shape = fixed.source.shape
        none = np.zeros((0, stages))
        self.fixed, self.used = fixed, 0
        self.settled, self.dc, self.dw = np.empty(shape), np.empty(shape), np.empty(stages)
        self._work = (self.settled, np.empty(shape), self.dc, self.dw, np.empty(0))
        self._freed = (none, none, np.zeros((0, elements, stages)), none, none, none)
        self._wish = (np.zeros((0, elements)), np.zeros((0, elements)), np.zeros((0, 2), dtype=np.int64), np.zeros(0))

    def step(self, w: np.ndarray, c: np.ndarray, held: np.ndarray, per_step: float) -> tuple[float, float]:
        """Residual and largest move; `settled`, `dc` and `dw` hold the step."""
        f = self.fixed
        self.used += 1
        residual, _ = newton.newton_step(
            f.kind, f.level_k, f.power, w, f.flows, f.source, held, per_step, f.acid, self._freed, self._wish, c,
            self._work,
        )  # fmt: skip
        return residual, float(np.max(np.abs(self.dw)))


def march(fixed: Fixed, w: np.ndarray, c: np.ndarray, step: float, tolerance: float, limit: int) -> End:
    """Bring contents and tear variables to steady state at fixed flows.

    Args:
        fixed: The cascade.
        w: Tear variables to start from. [stage]
        c: Contents to start from. [component, stage]
        step: First step of time in units of hold-up over throughput; infinity tries plain Newton at once.
        tolerance: Residual at which Newton stops.
        limit: Newton steps allowed.
    """
    stepper, residual = _Stepper(fixed), np.inf
    per_step = 0.0 if step == np.inf else 1.0 / step
    aqueous, organic = fixed.flows[0], fixed.flows[1]
    with np.errstate(all="ignore"):  # a stray step is judged by its residual
        while stepper.used < limit and per_step < 1e5:
            held = (aqueous + organic * fixed.level_k[:, None] * np.exp(fixed.power[:, None] * w)) * c
            found, turns, residual = _newton(stepper, w, c, held, per_step, tolerance, limit)
            if found is None:
                per_step = max(per_step * 4.0, 1e-8)
            elif per_step == 0.0:
                return _polished(stepper, found, tolerance)
            else:
                w = found
                c, _ = fixed.contents(w, held, per_step)
                if fixed.kind == newton.L1:  # compositions again, and the tear variable that belongs to them
                    c = c / c.sum(axis=0)
                    w = -np.log(fixed.level_k @ c)
                per_step /= 10.0 if turns <= 3 else 5.0 if turns <= 5 else 2.5
                per_step = 0.0 if per_step < 1e-9 else per_step
    return End(w, c, residual, stepper.used)


def _newton(
    stepper: _Stepper, w: np.ndarray, c: np.ndarray, held: np.ndarray, per_step: float, tolerance: float, limit: int
) -> tuple[np.ndarray | None, int, float]:
    """Tear variables after one step of time (or at steady state), Newton steps it took, residual; None if it strays."""
    moves: list[float] = []
    residual = np.inf
    while len(moves) < (14 if per_step > 0.0 else 40) and stepper.used < limit:
        residual, move = stepper.step(w, c, held, per_step)
        moves.append(move)
        if not (np.isfinite(residual) and np.isfinite(move)):
            break
        near = move < NEAR and (stepper.fixed.kind == newton.L1 or residual < 1e-4)  # L1 states are made consistent
        if residual < tolerance:
            return (w + stepper.dw if per_step > 0.0 else w), len(moves), residual
        if per_step > 0.0 and near:
            return w + stepper.dw, len(moves), residual
        if residual > 1e-9 and len(moves) > 1 and move > moves[-2]:
            break
        if residual > 1e-9 and len(moves) > 4 and move > 0.5 * moves[-4]:
            break
        share = min(1.0, FAR / move) if move > 0 else 1.0
        w, c = w + share * stepper.dw, c + share * stepper.dc
    return None, len(moves), residual


def _polished(stepper: _Stepper, w: np.ndarray, tolerance: float) -> End:
    """Newton on tear variables alone, contents exact for each; the best of what it passes.

    Contents of a long cascade magnify what is left in w a thousandfold, so convergence is judged with exact contents.
    """
    fixed = stepper.fixed
    best = End(w, fixed.source, np.inf, stepper.used)
    for _ in range(8):
        c, _ = fixed.contents(w)
        residual, _ = stepper.step(w, c, fixed.source, 0.0)
        if not residual < best.residual:
            break
        best = End(w, c, residual, stepper.used)
        if residual < tolerance:
            break
        w = w + stepper.dw
    return best._replace(used=stepper.used)
