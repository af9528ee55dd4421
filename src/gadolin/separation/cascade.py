"""Cascade of ideal mixer-settlers at constant load (level L1).

Solves the stage equations of any number of elements, feeds and draws, at given flows or for two product
specifications (the flows are then unknowns).
Method: constant-molal-overflow column, each element one chain of positive rates, Newton on the stage scalars
sigma_j = sum alpha x with pseudo-transient continuation, from the pinch compositions of both sections (`_kernels.py`).
Limits: equilibrium stages; separation factors and loads constant along the cascade; with acid and base use
`reagents.py`. Stages count from the raffinate end: the fresh organic enters stage 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq

from gadolin.errors import Fault, InputError, NotConverged
from gadolin.separation import _kernels as kernels
from gadolin.separation.shapes import Phase, Wish

RESIDUAL_LIMIT, CLOSURE_LIMIT = 1e-9, 1e-10
"""A result leaves only below both. [-]"""

NEUTRAL = 1e-4
"""Nearer than this to the amount of a whole group, a product flow does not pin the front. [mol/mol]"""

UNITS = {
    "Draw.rate": "mol per mol of feed",
    "Steady.load": "mol RE in the organic per mol RE fed",
    "Steady.scrub": "mol RE in the aqueous of the scrub section per mol RE fed",
    "Steady.residual": "-",
    "Steady.closure": "-",
}
_TOLERANCE = 1e-11


@dataclass(frozen=True)
class Entry:
    """A feed to one stage.

    Args:
        stage: Stage it enters, 1 is the raffinate end.
        phase: Its phase.
        mol: Amounts. [element, mol per mol of feed]
    """

    stage: int
    phase: Phase
    mol: tuple[float, ...]


@dataclass(frozen=True)
class Draw:
    """A side stream taken from one stage, of that stage's composition."""

    stage: int
    phase: Phase
    rate: float


@dataclass(frozen=True)
class Circuit:
    """Elements, stages, feeds and draws of one cascade; flows come with the solve.

    Args:
        alpha: Factors against the least extracted element. [element]
        stages: Extraction and scrub stages together.
        entries: Feeds; amounts sum to 1 over all of them.
        draws: Side streams.

    Raises:
        InputError: alpha not positive, a stage outside the cascade, amounts that do not fit or do not sum to 1.
    """

    alpha: tuple[float, ...]
    stages: int
    entries: tuple[Entry, ...]
    draws: tuple[Draw, ...] = ()

    def __post_init__(self) -> None:
        faults = []
        if self.stages < 2:
            faults.append(Fault("must be at least 2", field="stages", value=self.stages))
        if not all(0 < a < np.inf for a in self.alpha):
            faults.append(Fault("must be positive", field="alpha", value=list(self.alpha)))
        for k, one in enumerate((*self.entries, *self.draws)):
            if not 1 <= one.stage <= self.stages:
                faults.append(
                    Fault(f"must lie in 1 to {self.stages}", field=f"stage of stream {k + 1}", value=one.stage)
                )
        if any(len(e.mol) != len(self.alpha) or min(e.mol) < 0 for e in self.entries):
            faults.append(Fault("need one amount per element, none negative", field="entries"))
        elif abs(sum(sum(e.mol) for e in self.entries) - 1) > 1e-9:
            faults.append(Fault("must sum to 1 mol over all feeds", field="entries"))
        if faults:
            raise InputError(faults)

    @classmethod
    def of(cls, alpha: np.ndarray, mol: np.ndarray, n: int, m: int, feed: Phase = "aqueous") -> Circuit:
        """One feed between n extraction stages (feed stage included) and m scrub stages.

        Args:
            alpha: Factors. [element]
            mol: Feed, sum 1. [element]
            n: Extraction stages.
            m: Scrub stages.
            feed: Phase of the feed.
        """
        return cls(tuple(map(float, alpha)), n + m, (Entry(n, feed, tuple(map(float, mol))),))

    @property
    def fed(self) -> np.ndarray:
        """Amount of each element over all feeds. [element]"""
        return np.sum([e.mol for e in self.entries], axis=0)

    def source(self) -> np.ndarray:
        """What enters each stage. [element, stage]"""
        enters = np.zeros((len(self.alpha), self.stages))
        for entry in self.entries:
            enters[:, entry.stage - 1] += entry.mol
        return enters

    def flows(self, load: float, scrub: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Aqueous and organic flow leaving each stage, aqueous and organic draws. [stage]

        Args:
            load: S, organic load entering stage 1. [mol/mol]
            scrub: W, load stripped back at the last stage. [mol/mol]

        Raises:
            InputError: A flow that is not positive.
        """
        aqueous, organic = np.full(self.stages, float(scrub)), np.full(self.stages, float(load))
        draw_a, draw_o = np.zeros(self.stages), np.zeros(self.stages)
        for entry in self.entries:
            if entry.phase == "aqueous":
                aqueous[: entry.stage] += sum(entry.mol)
            else:
                organic[entry.stage - 1 :] += sum(entry.mol)
        for draw in self.draws:
            if draw.phase == "aqueous":
                aqueous[: draw.stage] -= draw.rate
                draw_a[draw.stage - 1] += draw.rate
            else:
                organic[draw.stage - 1 :] -= draw.rate
                draw_o[draw.stage - 1] += draw.rate
        aqueous[0] -= load
        organic[-1] -= scrub
        if min(aqueous.min(), organic.min()) <= 0:
            raise InputError(
                Fault(
                    f"leaves a flow that is not positive (raffinate {aqueous[0]:.4g}, "
                    f"organic product {organic[-1]:.4g}, "
                    f"least aqueous {aqueous.min():.4g}, least organic {organic.min():.4g} mol/mol); "
                    "S - W must lie between minus the organic feed and the aqueous feed",
                    field="load, scrub",
                    value=(load, scrub),
                )
            )
        return aqueous, organic, draw_a, draw_o


@dataclass(frozen=True)
class Steady:
    """Steady state of a circuit. Amounts in mol per mol of feed.

    Args:
        circuit: What was solved.
        load: S.
        scrub: W.
        x: Aqueous composition. [element, stage]
        y: Organic composition. [element, stage]
        aqueous: Aqueous flow leaving each stage. [stage]
        organic: Organic flow leaving each stage. [stage]
        residual: Largest scaled residual over all elements and stages.
        closure: What enters less what leaves, over what enters, worst element.
        newton_steps: Newton steps used.
    """

    circuit: Circuit
    load: float
    scrub: float
    x: np.ndarray
    y: np.ndarray
    aqueous: np.ndarray
    organic: np.ndarray
    residual: float
    closure: float
    newton_steps: int
    tear: np.ndarray

    @property
    def raffinate(self) -> np.ndarray:
        """Amounts leaving with the raffinate. [element]"""
        return self.aqueous[0] * self.x[:, 0]

    @property
    def heavy_product(self) -> np.ndarray:
        """Amounts leaving with the organic product. [element]"""
        return self.organic[-1] * self.y[:, -1]


def residuals(circuit: Circuit, load: float, scrub: float, x: np.ndarray) -> tuple[float, float]:
    """Scaled residual of every stage equation and closure of every element, for any aqueous composition.

    Args:
        circuit: Elements, stages, feeds and draws.
        load: S. [mol/mol]
        scrub: W. [mol/mol]
        x: Aqueous composition. [element, stage]

    Returns:
        Largest residual over elements and stages, each scaled by the element's flow through the stage, also of
        sum x = 1; largest closure over elements, scaled by the element's feed. A profile may close and be wrong.
    """
    aqueous, organic, draw_a, draw_o = circuit.flows(load, scrub)
    alpha = np.array(circuit.alpha)[:, None]
    y = alpha * x / np.sum(alpha * x, axis=0)
    down, up, enters = aqueous * x, organic * y, circuit.source()
    gap = enters - down - up - draw_a * x - draw_o * y
    gap[:, 1:] += up[:, :-1]
    gap[:, :-1] += down[:, 1:]
    through = down + up
    scaled = np.abs(gap[through > 0]) / through[through > 0]
    residual = max(float(scaled.max()), float(np.abs(x.sum(axis=0) - 1).max()))
    fed = circuit.fed
    leaves = down[:, 0] + up[:, -1] + (draw_a * x).sum(axis=1) + (draw_o * y).sum(axis=1)
    return residual, float(np.max(np.abs(leaves - fed)[fed > 0] / fed[fed > 0]))


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
    aqueous, organic, draw_a, draw_o = circuit.flows(load, scrub)
    alpha, source = np.array(circuit.alpha), circuit.source()
    present = source.sum(axis=1) > 0
    if not present.all():  # an element with zero feed changes nothing
        return _with_absent(circuit, present, load, scrub, start)
    common = (alpha, np.ones(len(alpha)))
    used = 0
    if start is not None and start.x.shape == source.shape:
        w, c = start.tear.copy(), start.x.copy()
        residual, used = kernels.march(
            kernels.L1,
            *common,
            w,
            aqueous,
            organic,
            draw_a,
            draw_o,
            source,
            c,
            np.inf,
            _no_acid(source),
            _TOLERANCE,
            12,
        )
        if residual <= _TOLERANCE:
            return _steady(circuit, load, scrub, w, used)
    w = _pinch_guess(circuit, aqueous, organic)
    c = _contents(circuit, w, aqueous, organic, draw_a, draw_o)
    c /= c.sum(axis=0)
    w = -np.log(alpha @ c)
    _, more = kernels.march(
        kernels.L1,
        *common,
        w,
        aqueous,
        organic,
        draw_a,
        draw_o,
        source,
        c,
        1e3,
        _no_acid(source),
        _TOLERANCE,
        step_limit(len(alpha), circuit.stages),
    )
    return _steady(circuit, load, scrub, w, used + more)


def step_limit(elements: int, stages: int) -> int:
    """Newton steps worth about two seconds, at most 600; who needs more is not converging."""
    return int(np.clip(1e10 / (12 * elements * stages**2 + stages**3), 40, 600))


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


def _no_acid(source: np.ndarray) -> tuple:
    elements, stages = source.shape
    return np.zeros(elements), np.zeros(elements), np.zeros(stages), np.zeros(5)


def _contents(circuit: Circuit, w: np.ndarray, aqueous, organic, draw_a, draw_o) -> np.ndarray:
    """Exact contents of every stage for given tear variables. [element, stage]"""
    source = circuit.source()
    c, d, low, high = (np.empty_like(source) for _ in range(4))
    alpha = np.array(circuit.alpha)
    kernels.contents(
        alpha, np.ones(len(alpha)), w, aqueous, organic, draw_a, draw_o, source, source, 0.0, c, d, low, high
    )
    return c


def _steady(circuit: Circuit, load: float, scrub: float, w: np.ndarray, used: int) -> Steady:
    """The result for converged tear variables, or NotConverged."""
    aqueous, organic, draw_a, draw_o = circuit.flows(load, scrub)
    with np.errstate(all="ignore"):  # a stray solve is judged by its residual
        x = _contents(circuit, w, aqueous, organic, draw_a, draw_o)
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
    return Steady(circuit, load, scrub, x, y, aqueous, organic, residual, closure, used, w)


def check_pinned(state: Steady) -> None:
    """Refuse a front that the flows do not pin.

    With more stages than needed and a product flow equal to the amount of a whole group, the place of the front
    hangs on exponentially small terms: a flow error of 1e-4 decides the purity, whatever the stages.

    Raises:
        InputError: The product flow is within 1e-4 of a group's amount and both products hold less than 1e-4 of
            the other's elements.
    """
    order = np.argsort(state.circuit.alpha)[::-1]
    fed, heavy, light = state.circuit.fed[order], state.heavy_product[order], state.raffinate[order]
    made = float(state.heavy_product.sum())
    for cut in range(1, len(fed)):
        stray = max(heavy[cut:].sum(), light[:cut].sum())
        if abs(made - fed[:cut].sum()) < NEUTRAL and stray < NEUTRAL and not state.circuit.draws:
            raise InputError(
                Fault(
                    f"makes an organic product of {made:.6f} mol/mol, within {NEUTRAL:g} of the whole heavy group, "
                    "with more stages than needed: the last digits of the flow, not the stages, would set the purity; "
                    "give two of purity and recovery instead, e.g. light=Spec(purity_share=0.999), "
                    "heavy=Spec(purity_share=0.999)",
                    field="load, scrub",
                    value=(state.load, state.scrub),
                )
            )


def _pinch_guess(circuit: Circuit, aqueous: np.ndarray, organic: np.ndarray) -> np.ndarray:
    """Tear variables of the pinch compositions of both sections, the products taken as sharp for these flows."""
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
    return float(brentq(function, low, high, xtol=1e-14))  # pyright: ignore[reportArgumentType]


def stray_targets(wish: Wish, fed: np.ndarray, heavy: np.ndarray, state: Steady | None) -> tuple[float, float]:
    """Moles that may go astray so that both specifications are met: heavy in the raffinate, light in the organic.

    Specifications are in oxide mass; the mean mass of each group in each product is taken from `state` (from the
    feed when there is none), so this is exact once the state meets it.

    Args:
        wish: The two specifications.
        fed: Feed. [element, mol]
        heavy: Membership in the heavy group. [element]
        state: Nearest solved state.

    Raises:
        InputError: The two specifications contradict each other for this feed.
    """
    group = (~heavy, heavy)
    amount = [fed[g].sum() for g in group]
    products = (fed, fed) if state is None else (state.raffinate, state.heavy_product)
    matrix, right = np.zeros((2, 2)), np.zeros(2)  # unknowns: stray light (0), stray heavy (1)
    for row, (above, under, sides, target) in enumerate(
        zip(wish.above, wish.under, wish.sides, wish.targets, strict=True)
    ):
        for sign, weights, side in ((1.0, above, sides[0]), (-np.exp(target), under, sides[1])):
            which = int(weights[heavy].sum() > 0)
            n = products[side][group[which]]
            mean = float(weights[group[which]] @ n / n.sum())
            if which == side:  # at home: what was fed less what went astray
                matrix[row, which] -= sign * mean
                right[row] -= sign * mean * amount[which]
            else:
                matrix[row, which] += sign * mean
    light, dark = np.linalg.solve(matrix, right)
    if not (0 < light < amount[0] and 0 < dark < amount[1]):
        raise InputError(
            f"the two specifications contradict each other for this feed: they need {light:.4g} of {amount[0]:.4g} mol "
            f"light in the organic product and {dark:.4g} of {amount[1]:.4g} mol heavy in the raffinate"
        )
    if light / amount[0] + dark / amount[1] >= 1:
        raise InputError("the two specifications ask for no more than the feed already is; raise purity or recovery")
    return float(dark), float(light)


def solve_specs(circuit: Circuit, wish: Wish, heavy: np.ndarray, load: float, start: Steady | None = None) -> Steady:
    """Steady state that meets two product specifications; the flows S and W are found.

    The specifications fix the product flow, which leaves S: Newton on profile and load together, at a product flow
    that is corrected until the oxide masses of the products agree.

    Args:
        circuit: Elements, stages, feeds and draws.
        wish: The two specifications.
        heavy: Membership in the heavy group. [element]
        load: First guess of S. [mol/mol]
        start: A solved neighbour with the same stages.

    Raises:
        NotConverged: No load found; the stages may be too few.
        InputError: Specifications that contradict each other.
    """
    state, missed = start, np.inf
    organic_fed = sum(sum(e.mol) for e in circuit.entries if e.phase == "organic")
    for _ in range(12):
        dark, light = stray_targets(wish, circuit.fed, heavy, state)
        made = float(circuit.fed[heavy].sum()) - dark + light - organic_fed
        guess = load if state is None else state.load
        guess = max(guess, 1.02 * max(made, 0.0) + 1e-3)
        state = _to_stray(circuit, heavy, np.log(dark + light), guess, made, state)
        missed = _missed(wish, state)
        if missed < 1e-10:
            return state
    raise NotConverged("the product flow that gives these oxide purities was not found", missed)


def _gaps(wish: Wish, state: Steady) -> list[float]:
    products = (state.raffinate, state.heavy_product)
    return [
        float(np.log(above @ products[a]) - np.log(under @ products[u]) - target)
        for above, under, (a, u), target in zip(wish.above, wish.under, wish.sides, wish.targets, strict=True)
    ]


def overshoot(wish: Wish, state: Steady) -> float:
    """How far the worse of both specifications is missed; negative when both are exceeded. [ln]

    Args:
        wish: The two specifications.
        state: Solved state.
    """
    return max(_gaps(wish, state))


def _missed(wish: Wish, state: Steady) -> float:
    """Distance from meeting both specifications exactly. [ln]"""
    return max(abs(g) for g in _gaps(wish, state))


def _to_stray(
    circuit: Circuit, heavy: np.ndarray, target: float, load: float, made: float, start: Steady | None
) -> Steady:
    """State at product flow S - W = made whose stray amounts sum to exp(target)."""
    near = steady_at(circuit, load, load - made, start)
    try:
        return _newton_on_load(circuit, heavy, target, near, made)
    except NotConverged:
        near = _bracket_load(circuit, heavy, target, near, made)
        return _newton_on_load(circuit, heavy, target, near, made)


def _stray(heavy: np.ndarray, state: Steady) -> float:
    """Logarithm of what went astray: heavy elements in the raffinate and light ones in the organic product."""
    return float(np.log(state.raffinate[heavy].sum() + state.heavy_product[~heavy].sum()))


def _bracket_load(circuit: Circuit, heavy: np.ndarray, target: float, near: Steady, made: float) -> Steady:
    """State at the same product flow whose stray amounts are near the target, by bisection on the load."""
    low, high, load, state = max(made, 0.0), np.inf, near.load, near
    for _ in range(60):
        gap = _stray(heavy, state) - target
        if abs(gap) < 0.05:
            break
        low, high = (load, high) if gap > 0 else (low, load)
        load = 2 * load - max(made, 0.0) if high == np.inf else 0.5 * (low + high)
        if load > 1e4 or high - low < 1e-10 * high:
            break
        state = steady_at(circuit, load, load - made, state)
    return state


def _newton_on_load(
    circuit: Circuit, heavy: np.ndarray, target: float, start: Steady, made: float, most_steps: int = 30
) -> Steady:
    """Newton on profile and load together."""
    source = circuit.source()
    alpha, one = np.array(circuit.alpha), np.ones(len(circuit.alpha))
    w, c, load = start.tear.copy(), start.x.copy(), start.load
    work = (np.empty_like(c), np.empty_like(c), np.empty_like(c), np.empty(circuit.stages + 1))
    wish = (np.array([heavy, ~heavy], dtype=float), np.array([target]))
    residual = np.inf
    for used in range(1, most_steps + 1):
        aqueous, organic, draw_a, draw_o = circuit.flows(load, load - made)
        try:
            with np.errstate(all="ignore"):
                residual, missed = kernels.newton_step(
                    kernels.L1, alpha, one, w, aqueous, organic, draw_a, draw_o, source, source, 0.0,
                    _no_acid(source), wish, c, work,
                )  # fmt: skip
        except np.linalg.LinAlgError:
            break
        step = work[3]
        if not np.isfinite(step).all() or not np.isfinite(residual):
            break
        if residual < 10 * _TOLERANCE and abs(missed) < 1e-11:
            return _steady(circuit, load, load - made, w, start.newton_steps + used)
        move = float(np.max(np.abs(step[:-1])))
        share = min(1.0, 3.0 / move if move > 0 else 1.0)
        if step[-1] < 0:  # every flow keeps a third of what it is
            share = min(share, 0.67 * min(aqueous.min(), organic.min()) / -step[-1])
        w, c, load = w + share * step[:-1], c + share * work[2], load + share * float(step[-1])
    raise NotConverged(
        f"no load found that meets the two specifications with {circuit.stages} stages; give more stages", residual
    )
