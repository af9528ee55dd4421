"""The flows of a cascade that two product specifications ask for.

At given flows a long cascade hangs on the last digits of its product flow; with two specifications its flows are
unknowns of the same Newton as the profile, and well determined.
Method: Newton on profile and two flows (`_newton.py`); where that fails from the nearest solved state, the targets are
moved from what that state does to what is wished, in steps that grow and shrink with success.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gadolin.errors import Fault, InputError, NotConverged
from gadolin.separation import _newton as newton
from gadolin.separation.cascade import TOLERANCE, at_constant_load, checked, steady_at
from gadolin.separation.circuit import Circuit, Steady
from gadolin.separation.loads import least_loads
from gadolin.separation.marching import Fixed
from gadolin.separation.shapes import Spec, Wish


def stray_targets(
    wish: Wish, fed: np.ndarray, heavy: np.ndarray, state: Steady | None, drawn: np.ndarray | float = 0.0
) -> tuple[float, float]:
    """Moles that may go astray so that both specifications are met: heavy in the raffinate, light in the organic.

    Specifications are in oxide mass; the mean mass of each group in each product is taken from `state` (from the
    feed when there is none), so this is exact once the state meets it.

    Args:
        wish: The two specifications.
        fed: Feed. [element, mol]
        heavy: Membership in the heavy group. [element]
        state: Nearest solved state.
        drawn: What side streams take. [element, mol]

    Raises:
        InputError: The two specifications contradict each other for this feed.
    """
    group, taken = (~heavy, heavy), drawn + np.zeros(len(fed))
    amount = [(fed - taken)[g].sum() for g in group]
    products = (fed, fed) if state is None else (state.raffinate, state.heavy_product)
    matrix, right = np.zeros((2, 2)), np.zeros(2)  # unknowns: stray light (0), stray heavy (1)
    for row, (above, under, sides, target) in enumerate(
        zip(wish.above, wish.under, wish.sides, wish.targets, strict=True)
    ):
        for sign, weights, side in ((1.0, above, sides[0]), (-np.exp(target), under, sides[1])):
            which = int(weights[heavy].sum() > 0)
            if side >= 2:  # all but one product: the other, and what is drawn
                side = 3 - side
                right[row] -= sign * float(weights[group[which]] @ taken[group[which]])
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
            f"the two specifications contradict each other for this feed ({100 * amount[0]:.4g} % light and "
            f"{100 * amount[1]:.4g} % heavy in moles); ask of each product a purity above that of the feed, or of one "
            "product both purity and recovery"
        )
    return float(dark), float(light)


LEAST_STEP = 2e-3
"""Where a smaller step of the targets would be needed, there is no way to the wish. [share of the way]"""

DRY = 1e-6
"""Share of its first value below which a free flow is taken to vanish: no flows meet the wish. [share]"""

NUDGE = 1e-7
"""Change of a flow by which its slopes are taken where no closed form is at hand. [share]"""

STEADY = 1e-3
"""Change of a flow up to which slopes taken before are used again. [share]"""

Problem = Callable[[np.ndarray], tuple[Fixed, tuple]]
"""A cascade whose two flows are free: at given flows, and its slopes in them, as `newton.newton_step` takes them."""


@dataclass(frozen=True)
class Point:
    """A profile with its free flows.

    Args:
        w: Tear variables. [stage]
        c: Contents. [component, stage]
        free: The two free flows.
        newton_steps: Newton steps spent so far.
    """

    w: np.ndarray
    c: np.ndarray
    free: np.ndarray
    newton_steps: int = 0


def meet(problem: Problem, wish: Wish, start: Point, most_steps: int = 40) -> Point | None:
    """Newton on profile and two flows together; None where it does not get there.

    Args:
        problem: The cascade.
        wish: Two specifications, over the components of the problem.
        start: Profile and flows to start from.
        most_steps: Newton steps allowed.
    """
    w, c, free = start.w.copy(), start.c.copy(), start.free.copy()
    work = (np.empty_like(c), np.empty_like(c), np.empty_like(c), np.empty(c.shape[1]), np.empty(len(free)))
    asked = (wish.above, wish.under, wish.sides, wish.targets)
    exact = False
    for used in range(1, most_steps + 1):
        try:
            fixed, slopes = problem(free)
        except InputError:  # flows that cannot be: no way from here
            return None
        residual, missed = newton.newton_step(
            fixed.kind, fixed.level_k, fixed.power, w, fixed.flows, fixed.source, fixed.source, 0.0, fixed.acid,
            slopes, asked, c, work,
        )  # fmt: skip
        move = float(np.max(np.abs(work[3])))
        if not (np.isfinite(residual) and np.isfinite(missed) and np.isfinite(move) and np.isfinite(work[4]).all()):
            return None
        if residual < 10 * TOLERANCE and missed < 1e-11:
            if exact:
                return Point(w, c, free, start.newton_steps + used)
            exact, c = True, work[0].copy()  # once more with the exact contents of w, which magnify what is left in it
            continue
        exact = False
        share = min(1.0, 3.0 / move if move > 0 else 1.0)
        for flow, change in (
            (fixed.flows[0], slopes[0]),
            (fixed.flows[1], slopes[1]),
        ):  # every flow keeps a third of what it is
            falls = -(work[4] @ change)
            share = min(share, 0.67 / max(float(np.max(falls / flow)), 1e-300))
        w, c, free = w + share * work[3], c + share * work[2], free + share * work[4]
        if np.any(np.abs(free) < DRY * np.abs(start.free)):
            return None
    return None


def meet_by_steps(
    problem: Problem, wish: Wish, start: Point, gaps: np.ndarray, least_step: float = LEAST_STEP
) -> Point | None:
    """As `meet`, the targets moved from what `start` does to what is wished.

    Args:
        problem: The cascade.
        wish: Two specifications.
        start: A solved state at other products.
        gaps: How far it misses the wish. [2, ln]
        least_step: Smallest step that is tried. [share of the way]
    """
    done, step, here = 0.0, 1.0, start
    while step > least_step:
        aim = min(1.0, done + step)
        there = meet(problem, replace(wish, targets=wish.targets + (1 - aim) * gaps), here)
        if there is None:
            step /= 3
        elif aim == 1.0:
            return there
        else:
            done, step, here = aim, 2 * step, there
    return None


def solve_specs(
    circuit: Circuit,
    wish: Wish,
    heavy: np.ndarray,
    load: float,
    start: Steady | None = None,
    least_step: float = LEAST_STEP,
) -> Steady:
    """Steady state that meets two product specifications; the flows S and W are found.

    Args:
        circuit: Elements, stages, feeds and draws.
        wish: The two specifications.
        heavy: Membership in the heavy group. [element]
        load: First guess of S. [mol/mol]
        start: A solved neighbour with the same stages.
        least_step: Smallest step of the targets that is tried. [share of the way]

    Raises:
        NotConverged: No flows found; the stages may be too few.
        InputError: Specifications that contradict each other.
    """
    if circuit.draws:
        wish = wish.with_draws()
    near = start
    if near is None:
        for _ in range(3 if circuit.draws else 1):  # what a side stream takes is known once it is solved
            made = _brought(circuit, wish, heavy, near)
            guess = max(load, 1.02 * max(made, 0.0) + 1e-3)
            near = steady_at(circuit, guess, circuit.scrub_for(guess, made), near)
        assert near is not None
    elif not circuit.draws:
        stray_targets(wish, circuit.fed, heavy, near)  # refuses what contradicts itself
    at = Point(near.tear, near.x, np.array([near.load, near.scrub]), near.newton_steps)
    found = meet_by_steps(_constant_load(circuit), wish, at, np.array(gaps(wish, near)), least_step)
    if found is None:
        raise NotConverged(
            f"no flows found that meet the two specifications with {circuit.stages} stages; give more stages",
            near.residual,
            max(abs(g) for g in gaps(wish, near)),
        )
    return checked(circuit, float(found.free[0]), float(found.free[1]), found.w, found.newton_steps)


def solve_for(
    circuit: Circuit,
    light: Spec,
    heavy: Spec,
    is_heavy: Sequence[bool],
    weights: Sequence[float] | None = None,
    load: float | None = None,
) -> Steady:
    """Steady state of any feeds and side streams that meets two product specifications; S and W are found.

    Side streams are drawn as given; a recovery counts what they take as lost to the product.

    Args:
        circuit: Elements, stages, feeds and draws.
        light: Spec of the raffinate.
        heavy: Spec of the organic product; of the four numbers of both exactly two are given.
        is_heavy: Whether each element belongs to the heavy group. [element]
        weights: What purities count in, such as oxide mass per mole; moles if None. [element]
        load: First guess of S; from the whole feed's least load if None. [mol/mol]

    Raises:
        InputError: Not two specifications, contradicting ones, no element on one side.
        NotConverged: No flows found; the stages may be too few, or the draws too large.

    >>> from gadolin.separation.circuit import Circuit, Draw, Entry
    >>> feeds = (Entry(8, "aqueous", (0.3, 0.2, 0.1)), Entry(14, "aqueous", (0.05, 0.15, 0.2)))
    >>> two = Circuit((1.0, 2.0, 5.0), 24, feeds, (Draw(18, "aqueous", 0.05),))
    >>> state = solve_for(two, Spec(0.99), Spec(0.999), (False, True, True))
    >>> round(float(state.raffinate[0] / state.raffinate.sum()), 6), round(float(state.drawn.sum()), 6)
    (0.99, 0.05)
    """
    own = np.asarray(is_heavy, dtype=bool)
    if len(own) != len(circuit.alpha) or not 0 < own.sum() < len(own):
        raise InputError(Fault("needs one entry per element and elements on both sides", field="is_heavy"))
    mass = np.ones(len(own)) if weights is None else np.asarray(weights, dtype=float)
    if load is None:
        alpha, fed = np.array([circuit.alpha]), circuit.fed
        load = 1.3 * float(least_loads(alpha, fed[None], own[None])[0])
        if not np.isfinite(load):
            raise InputError(Fault("holds an element that is extracted as little as a light one", field="is_heavy"))
    return solve_specs(circuit, Wish.of(light, heavy, mass, own), own, load)


def _brought(circuit: Circuit, wish: Wish, heavy: np.ndarray, near: Steady | None) -> float:
    """What the load must bring to start from: product and organic draws, less organic feeds. [mol/mol]"""
    organic = sum(sum(e.mol) for e in circuit.entries if e.phase == "organic")
    if not circuit.draws:
        dark, light = stray_targets(wish, circuit.fed, heavy, None)
        return float(circuit.fed[heavy].sum()) - dark + light - organic
    rates = {phase: sum(d.rate for d in circuit.draws if d.phase == phase) for phase in ("aqueous", "organic")}
    total = sum(rates.values())
    if total >= 1:
        raise InputError(Fault("take all that is fed", field="draws", value=total))
    drawn = total * circuit.fed if near is None else near.drawn  # as the feed is composed, to begin with
    try:
        dark, light = stray_targets(wish, circuit.fed, heavy, near, drawn)
    except InputError:  # not so with what is drawn now; the search itself will tell
        dark, light = 0.0, 0.0
    return float((circuit.fed - drawn)[heavy].sum()) - dark + light + rates["organic"] - organic


def from_neighbour(circuit: Circuit, wish: Wish, near: Steady, near_feed_stage: int, feed_stage: int) -> Steady | None:
    """As `solve_specs`, from a solved cascade of other stages; None where that start does not lead there.

    Args:
        circuit: Elements, stages, feeds and draws.
        wish: The two specifications.
        near: Solved cascade of the same elements, whose profile is stretched section by section.
        near_feed_stage: Last extraction stage of the neighbour.
        feed_stage: Last extraction stage of this cascade.
    """
    stages = (near.circuit.stages, circuit.stages)
    w, x = stretched(near.tear, near.x, (near_feed_stage, feed_stage), stages)
    found = meet(_constant_load(circuit), wish, Point(w, x / x.sum(axis=0), np.array([near.load, near.scrub])), 25)
    if found is None:
        return None
    return checked(circuit, float(found.free[0]), float(found.free[1]), found.w, found.newton_steps)


def stretched(
    w: np.ndarray, c: np.ndarray, feed_stage: tuple[int, int], stages: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """A profile stretched section by section to other stages; contents by their logarithm.

    Args:
        w: Tear variables. [stage]
        c: Contents. [component, stage]
        feed_stage: Last extraction stage of the profile, and that of the new one.
        stages: Stages of the profile, and of the new one.
    """
    places = np.concatenate(
        [
            np.linspace(0, feed_stage[0] - 1, feed_stage[1]),
            np.linspace(feed_stage[0], stages[0] - 1, stages[1] - feed_stage[1]),
        ]
    )
    known, logs = np.arange(stages[0]), np.log(np.maximum(c, 1e-300))
    return np.interp(places, known, w), np.exp(np.array([np.interp(places, known, row) for row in logs]))


def _constant_load(circuit: Circuit) -> Problem:
    """The cascade of L1 with S and W free."""
    elements, stages = circuit.source().shape
    nothing, fixed = np.zeros((2, stages)), np.zeros((2, elements, stages))
    more_a, more_o = np.zeros((2, stages)), np.zeros((2, stages))
    more_o[0], more_a[1] = 1.0, 1.0
    more_a[0, 0], more_o[1, -1] = -1.0, -1.0
    slopes = (more_a, more_o, fixed, nothing, nothing, nothing)
    known: list = []

    def at(free: np.ndarray) -> tuple[Fixed, tuple]:
        here = at_constant_load(circuit, circuit.flows(float(free[0]), float(free[1])))
        if not circuit.entrainment.any:
            return here, slopes
        if not known or np.max(np.abs(free / known[0] - 1)) > STEADY:
            known[:] = [free.copy(), _slopes(circuit, free, here.flows, (fixed, nothing))]
        return here, known[1]

    return at


def _slopes(circuit: Circuit, free: np.ndarray, flows: tuple, still: tuple[np.ndarray, np.ndarray]) -> tuple:
    """Slopes of all flows in S and W where drops are carried, by differences: good enough for the next step."""
    found = []
    for k in (0, 1):
        step = np.zeros(2)
        step[k] = NUDGE * free[k]
        more = circuit.flows(*map(float, free + step))
        found.append([(a - b) / step[k] for a, b in zip(more, flows, strict=True)])
    by = [np.array([found[0][i], found[1][i]]) for i in range(6)]
    return (by[0], by[1], *still, by[4], by[5])


def gaps(wish: Wish, state: Steady) -> list[float]:
    """How far each specification is missed. [ln]

    Args:
        wish: The two specifications.
        state: Solved state.
    """
    return wish.gaps(state.raffinate, state.heavy_product, state.drawn)


def overshoot(wish: Wish, state: Steady) -> float:
    """How far the worse of both specifications is missed; negative when both are exceeded. [ln]

    Args:
        wish: The two specifications.
        state: Solved state.
    """
    return max(gaps(wish, state))
