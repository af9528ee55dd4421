"""The flows of a cascade with acid and base (level L2) that two product specifications ask for.

Organic and scrub acid are unknowns of the same Newton as the profile (`_newton.py`), from the profile at constant load.
Most cascades come out at once. Where a rare product is cut from much else, the acid that stays free takes so large a
part of the base that the way from no free acid to all of it turns back on itself. Then one flow is held:

    the organic is held with plenty to spare, the scrub acid is found for the product flow that the specifications fix,
    and the free acid is let in by steps: this way does not turn;
    the organic is brought down (or up) to where both specifications are met, and Newton ends with both flows free.

Limits: those of `acid.py`; one scrub acid without rare earths.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gadolin.errors import Fault, InputError, NotConverged
from gadolin.separation.acid import TOLERANCE, AcidSystem, checked_acid, from_constant_load
from gadolin.separation.acid_circuit import AcidCircuit, Mixed, carried_aqueous
from gadolin.separation.cascade import steady_at
from gadolin.separation.circuit import Steady
from gadolin.separation.entrainment import gross
from gadolin.separation.marching import Fixed, march
from gadolin.separation.shapes import Wish
from gadolin.separation.specified import Point, Problem, meet, meet_by_steps

UNITS = {"Missed.gap": "ln"}

PLENTY = (1.2, 2.0, 4.0)
"""Organic that is held, over that of constant load, until one lets all acid in. [ratio]"""

POLISH = 15
"""Newton steps at the flows found, at most."""

STEP = 1.5
"""Factor by which the organic is brought up where both specifications are not met yet. [ratio]"""

MOST_ORGANIC = 12.0
"""Organic over that of constant load beyond which no more is tried. [ratio]"""


@dataclass(frozen=True)
class Missed:
    """No flows meet both specifications with these stages.

    Args:
        gap: How far the best flows found are from the one that is harder to meet; infinite where none were found.
        best: Profile at these flows; None where none were found.
    """

    gap: float
    best: Point | None = None


def solve_acid_specs(circuit: AcidCircuit, wish: Wish, near: Steady) -> Mixed:
    """Steady state that meets two product specifications; organic into stage 1 and scrub acid are found.

    Args:
        circuit: Elements, chemistry and streams; its two free flows are the first guess.
        wish: The two specifications.
        near: The same cascade solved at constant load with the product flow of the specifications, per mole of feed.

    Raises:
        InputError: No scrub acid to choose.
        NotConverged: No flows found; or residual or closure too large.
    """
    found = meet_with_acid(circuit, wish, near)
    if isinstance(found, Missed):
        raise NotConverged(
            f"no organic and scrub flow found that meet the two specifications with {circuit.stages} stages, acid "
            "and base: give more stages, a stronger scrub acid, or a weaker extractant",
            found.gap,
        )
    return found


def meet_with_acid(circuit: AcidCircuit, wish: Wish, near: Steady, start: Point | None = None) -> Mixed | Missed:
    """As `solve_acid_specs`, with how far the best flows miss where none meet both specifications.

    Args:
        circuit: Elements, chemistry and streams.
        wish: The two specifications.
        near: The same cascade at constant load.
        start: Best profile of fewer stages, stretched to these.
    """
    if circuit.scrub is None:
        raise InputError(Fault("need one scrub acid without rare earths into the last stage", field="streams"))
    system = AcidSystem.of(circuit)
    inner = _for_components(wish, system.present)
    found = None if start is not None else _at_once(system, inner, near)
    if found is None:
        found = _Held(circuit, inner, near).found(start)
    if isinstance(found, Missed):
        return found
    solved = AcidSystem.of(circuit.with_flows(*map(float, found.free)))
    end = march(solved.fixed, found.w, found.c, np.inf, TOLERANCE, POLISH)  # little acid is left at a high pH
    return checked_acid(solved, end.w, found.newton_steps + end.used)


def _at_once(system: AcidSystem, wish: Wish, near: Steady) -> Point | None:
    """Newton from constant load without free acid, then with all of it."""
    circuit = system.circuit
    w, c = from_constant_load(system, near)
    here = Point(w, c, np.array([circuit.organic_l_per_min, circuit.streams[circuit.scrub or 0].flow_l_per_min]))
    here = meet_by_steps(_free_flows(circuit, 0.0), wish, here, np.array(wish.gaps(*_products(system, c, w))))
    return None if here is None else meet(_free_flows(circuit, 1.0), wish, here)


def _free_flows(circuit: AcidCircuit, share: float) -> Problem:
    """The cascade with organic into stage 1 and scrub acid free, and a share of the free acid."""
    stages, scrub = circuit.stages, circuit.scrub
    assert scrub is not None
    wash = circuit.streams[scrub]
    brings = np.zeros((2, len(circuit.d0) + 1, stages))
    brings[0, -1, 0] = circuit.saponified_mol_per_l
    if circuit.loaded_mol_per_l:
        brings[0, :-1, 0] = circuit.loaded_mol_per_l
    more_a, more_o, back_a, back_o = _slopes(circuit)
    acid = np.zeros((2, stages))
    acid[1, -1] = wash.proton_excess_mol_per_l

    def at(free: np.ndarray) -> tuple[Fixed, tuple]:
        system = AcidSystem.of(circuit.with_flows(float(free[0]), float(free[1])))
        chloride = system.acid[2]
        enters = acid - (more_a + back_a) * chloride  # what the stages gain at the concentrations they have
        enters[:, :-1] += more_a[:, 1:] * chloride[1:]
        enters[:, 1:] += back_a[:, :-1] * chloride[:-1]
        richer = np.array([carried_aqueous(system.flows, one) for one in enters])
        brought = np.ascontiguousarray(brings[:, system.present])
        return system.with_acid(share), (more_a, more_o, brought, richer, back_a, back_o)

    return at


def _slopes(circuit: AcidCircuit) -> tuple[np.ndarray, ...]:
    """What a litre more of organic or of scrub adds to aqueous, organic, entrained aqueous, entrained organic. [L/L]"""
    stages = circuit.stages
    net_a, net_o = np.zeros((2, stages)), np.zeros((2, stages))
    net_o[0], net_a[1] = 1.0, 1.0
    if not circuit.entrains:
        return net_a, net_o, np.zeros((2, stages)), np.zeros((2, stages))
    rows = [gross(a, o, circuit.passing) for a, o in zip(net_a, net_o, strict=True)]  # linear in net flows
    down, up, carried, fallen = (np.array([row[i] for row in rows]) for i in range(4))
    return down, up, carried, fallen


def _for_components(wish: Wish, present: np.ndarray) -> Wish:
    """The same wish over the components present; the base metal counts for nothing."""
    above, under = (np.ascontiguousarray(np.pad(a, ((0, 0), (0, 1)))[:, present]) for a in (wish.above, wish.under))
    return replace(wish, above=above, under=under)


def _products(system: AcidSystem, c: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    aqueous, organic, _, _, back_a, back_o = system.flows
    first, last = (system.fixed.level_k * np.exp(system.fixed.power * w[j]) * c[:, j] for j in (0, -1))
    return aqueous[0] * c[:, 0] + back_o[0] * first, organic[-1] * last + back_a[-1] * c[:, -1]


class _Held:
    """The search with the organic held and the scrub acid found for the product flow."""

    def __init__(self, circuit: AcidCircuit, wish: Wish, near: Steady) -> None:
        self.circuit, self.wish, self.near = circuit, wish, near
        self.made = float(near.heavy_product.sum())
        everything = np.ones((1, wish.above.shape[1]))
        everything[0, len(near.x) :] = 0.0  # the base metal
        odds = np.log(self.made / float(near.raffinate.sum()))
        self.flow = Wish(everything, everything, np.array([[1, 0]]), np.array([odds]))

    def found(self, start: Point | None) -> Point | Missed:
        """Both flows, or how far the best ones miss."""
        held = None if start is None else self._meet(start, 1.0)
        if held is None:
            ways = (self._with_all_acid(ratio) for ratio in PLENTY)
            held = next((point for point in ways if point is not None), None)
        if held is None:
            return Missed(np.inf)
        gap = self._gap(held)
        return self._down(held, gap) if gap <= 0 else self._up(held, gap)

    def _with_all_acid(self, ratio: float) -> Point | None:
        """The scrub acid at a held organic, all acid let in; None where the way ends."""
        load = ratio * self.near.load
        try:
            state = steady_at(self.near.circuit, load, load - self.near.load + self.near.scrub)
        except (InputError, NotConverged):
            return None
        organic, scrub = self._flows(state)
        system = AcidSystem.of(self.circuit.with_flows(organic, scrub))
        here = self._meet(Point(*from_constant_load(system, state), np.array([organic, scrub])), 0.0)
        done, step = 0.0, 1.0
        while here is not None and done < 1.0:
            if step < 3e-3:
                return None
            there = self._meet(here, min(1.0, done + step))
            if there is None:
                step /= 3
            else:
                done, step, here = min(1.0, done + step), 2 * step, there
        return here

    def _flows(self, state: Steady) -> tuple[float, float]:
        """Organic and scrub acid of a state at constant load, in the proportions of the circuit's own."""
        wash = self.circuit.streams[self.circuit.scrub or 0].flow_l_per_min
        return (
            self.circuit.organic_l_per_min * state.load / self.near.load,
            wash * state.scrub / self.near.scrub,
        )

    def _meet(self, start: Point, share: float) -> Point | None:
        """Newton on profile and scrub acid for the product flow, the organic as it is."""
        organic = start.free[0]
        both = _free_flows(self.circuit, share)

        def at(free: np.ndarray) -> tuple[Fixed, tuple]:
            fixed, slopes = both(np.array([organic, free[0]]))
            return fixed, tuple(s[1:] for s in slopes)

        found = meet(at, self.flow, replace(start, free=start.free[1:]))
        return None if found is None else replace(found, free=np.array([organic, found.free[0]]))

    def _gap(self, point: Point) -> float:
        """How far the specification is missed that is harder to meet. [ln]"""
        system = AcidSystem.of(self.circuit.with_flows(*map(float, point.free)))
        gaps = np.array(self.wish.gaps(*_products(system, point.c, point.w)))
        return float(gaps[np.argmax(np.abs(gaps))])

    def _moved(self, point: Point, ratio: float) -> Point | None:
        """The same at another organic, by steps."""
        done, step = 0.0, 1.0
        here = point
        while done < 1.0:
            if step < 0.02:
                return None
            aim = min(1.0, done + step)
            there = self._meet(replace(here, free=here.free * ratio ** (aim - done)), 1.0)
            if there is None:
                step /= 3
            else:
                done, step, here = aim, 2 * step, there
        return here

    def _up(self, point: Point, gap: float) -> Point | Missed:
        """More organic until both specifications are met, or it no longer helps."""
        most = MOST_ORGANIC * self.circuit.organic_l_per_min
        while point.free[0] * STEP < most:
            more = self._moved(point, STEP)
            if more is None:
                break
            after = self._gap(more)
            if after <= 0:
                return self._down(more, after)
            if after > gap - 0.01:
                break
            point, gap = more, after
        return Missed(gap, point)

    def _down(self, point: Point, gap: float) -> Point | Missed:
        """Less organic until Newton with both flows free meets both specifications."""
        ratio = 0.8
        while True:
            system = AcidSystem.of(self.circuit.with_flows(*map(float, point.free)))
            gaps = np.array(self.wish.gaps(*_products(system, point.c, point.w)))
            met = meet_by_steps(_free_flows(self.circuit, 1.0), self.wish, point, gaps)
            if met is not None:
                return met
            less = self._moved(point, ratio) if ratio < 0.995 else None
            if ratio >= 0.995:
                return Missed(gap, point)
            after = np.inf if less is None else self._gap(less)
            if less is None or after > 0:
                ratio = ratio**0.5
            else:
                point, gap = less, after
