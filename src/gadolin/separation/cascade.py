"""Cascade of ideal mixer-settlers at constant load (level L1): the steady state at given flows.

Any number of elements, feeds and draws. The flows that two product specifications ask for: `specified.py`.
Method: constant-molal-overflow column, each element one chain of positive rates, Newton on the stage scalars
sigma_j = sum alpha x with pseudo-transient continuation, from the pinch compositions of both sections (`_newton.py`,
`marching.py`).
Limits: equilibrium stages; separation factors and loads constant along the cascade; with acid and base use
`reagents.py`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import brentq

from gadolin.errors import NotConverged
from gadolin.separation import _newton as newton
from gadolin.separation.circuit import CLOSURE_LIMIT, RESIDUAL_LIMIT, Circuit, Steady, check_pinned, residuals
from gadolin.separation.marching import Fixed, march

TOLERANCE = 1e-11
"""Residual at which Newton stops. [-]"""


def solve_flows(circuit: Circuit, load: float, scrub: float, start: Steady | None = None) -> Steady:
    """Steady state at given flows.

    Args:
        circuit: Elements, stages, feeds and draws.
        load: S. [mol/mol]
        scrub: W. [mol/mol]
        start: A solved neighbour with the same stages.

    Raises:
        InputError: A flow not positive; or a front that these flows do not pin (see `check_pinned`).
        NotConverged: Residual above 1e-9 or closure above 1e-10.
    """
    state = steady_at(circuit, load, scrub, start)
    check_pinned(state)
    return state


def steady_at(circuit: Circuit, load: float, scrub: float, start: Steady | None = None) -> Steady:
    """As `solve_flows` without the check that the flows pin the front; for searches that check their result."""
    flows = circuit.flows(load, scrub)
    alpha, source = np.array(circuit.alpha), circuit.source()
    present = source.sum(axis=1) > 0
    if not present.all():  # an element with zero feed changes nothing
        return _with_absent(circuit, present, load, scrub, start)
    fixed, used = at_constant_load(circuit, flows), 0
    if start is not None and start.x.shape == source.shape:
        end = march(fixed, start.tear, start.x, np.inf, TOLERANCE, 12)
        if end.residual <= TOLERANCE:
            return checked(circuit, load, scrub, end.w, end.used)
        used = end.used
    x, _ = fixed.contents(_pinch_guess(circuit, flows))
    x /= x.sum(axis=0)
    end = march(fixed, -np.log(alpha @ x), x, 1e3, TOLERANCE, step_limit(len(alpha), circuit.stages))
    return checked(circuit, load, scrub, end.w, used + end.used)


def step_limit(elements: int, stages: int) -> int:
    """Newton steps worth about two seconds, at most 5000; who needs more is not converging."""
    return int(np.clip(9e6 / (stages * elements), 300, 5000))


def _with_absent(circuit: Circuit, present: np.ndarray, load: float, scrub: float, start: Steady | None) -> Steady:
    kept = tuple(np.flatnonzero(present))
    inner = replace(
        circuit,
        alpha=tuple(circuit.alpha[i] for i in kept),
        entries=tuple(replace(e, mol=tuple(e.mol[i] for i in kept)) for e in circuit.entries),
    )
    near = None if start is None else replace(start, x=start.x[list(kept)])
    state = steady_at(inner, load, scrub, near)
    x, y = (np.zeros((len(circuit.alpha), circuit.stages)) for _ in range(2))
    x[list(kept)], y[list(kept)] = state.x, state.y
    return replace(state, circuit=circuit, x=x, y=y)


def at_constant_load(circuit: Circuit, flows: tuple) -> Fixed:
    """The circuit at given flows, as the kernels take it.

    Args:
        circuit: Elements, stages, feeds and draws.
        flows: As `Circuit.flows` gives them.
    """
    source = circuit.source()
    elements, stages = source.shape
    no_acid = np.zeros(elements), np.zeros(elements), np.zeros(stages), np.zeros(6)
    return Fixed(newton.L1, np.array(circuit.alpha), np.ones(elements), flows, source, no_acid)


def checked(circuit: Circuit, load: float, scrub: float, w: np.ndarray, used: int) -> Steady:
    """The result for converged tear variables, or NotConverged."""
    flows = circuit.flows(load, scrub)
    with np.errstate(all="ignore"):  # a stray solve is judged by its residual
        x, _ = at_constant_load(circuit, flows).contents(w)
        residual, closure = residuals(circuit, load, scrub, x)
    if not (residual <= RESIDUAL_LIMIT and closure <= CLOSURE_LIMIT):
        raise NotConverged(
            f"cascade of {len(circuit.alpha)} elements and {circuit.stages} stages at S = {load:.6g}, W = {scrub:.6g} "
            f"mol/mol after {used} Newton steps; specify two purities or recoveries instead of flows",
            residual,
            closure,
        )
    y = np.array(circuit.alpha)[:, None] * x
    y /= y.sum(axis=0)
    return Steady(
        circuit, load, scrub, x, y, flows[0], flows[1], residual, closure, used, w, (flows[4], flows[5])
    )  # fmt: skip


def _pinch_guess(circuit: Circuit, flows: tuple[np.ndarray, ...]) -> np.ndarray:
    """Tear variables of the pinch compositions of both sections, the products taken as sharp for these flows.

    At a pinch what is carried up and what comes back with it have one composition, so net flows place it.
    """
    aqueous, organic = flows[0].copy(), flows[1].copy()
    aqueous[1:] -= flows[4][:-1]
    organic[:-1] -= flows[5][1:]
    alpha, fed, stages = np.array(circuit.alpha), circuit.fed, circuit.stages
    heavy, left = np.zeros(len(alpha)), organic[-1]
    for i in np.argsort(alpha)[::-1]:
        heavy[i] = min(fed[i], left)
        left -= heavy[i]
    light = fed - heavy
    below, above = light > 1e-12, heavy > 1e-12
    down, up = aqueous[1], organic[0]
    edge = down / (up * alpha[below].max())
    share = _root(lambda t: float(np.sum(light[below] / (down - up * alpha[below] * edge * t))) - 1, 1e-12, 1 - 1e-13)
    first = np.log(edge * share)
    down, up = aqueous[-1], organic[-2]
    edge = down / (up * alpha[above].min())
    share = _root(lambda t: float(np.sum(heavy[above] / (up * alpha[above] * edge * t - down))) - 1, 1 + 1e-13, 1e12)
    last = np.log(edge * share)
    feed_stage = int(np.average([e.stage for e in circuit.entries], weights=[sum(e.mol) for e in circuit.entries]))
    return np.where(np.arange(stages) < feed_stage, first, last)


def _root(function, low: float, high: float) -> float:
    """Root of a monotone function; the nearer end where draws or flows leave none inside."""
    f_low, f_high = function(low), function(high)
    if f_low * f_high > 0:
        return low if abs(f_low) < abs(f_high) else high
    return float(brentq(function, low, high, xtol=1e-14))  # pyright: ignore[reportArgumentType] - a root alone
