"""Elements, stages, feeds and draws of a cascade at constant load, its steady state, and what proves it.

A result leaves only if every stage equation holds (residual) and what enters leaves (closure): a profile can close to
rounding and be wrong, where the last digits of a product flow, not the stages, place the front (`check_pinned`).
Stages count from the raffinate end: the fresh organic enters stage 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gadolin.errors import Fault, InputError
from gadolin.separation.entrainment import NONE, Entrainment, loads
from gadolin.separation.shapes import Phase

RESIDUAL_LIMIT, CLOSURE_LIMIT = 1e-9, 1e-10
"""A result leaves only below both. [-]"""

LEAST_AMOUNT = 1e-290
"""Amounts below lie where a double has no full relative precision left; nothing is claimed of them. [mol/mol]"""

NEUTRAL = 1e-4
"""Nearer than this to the amount of a whole group, a product flow does not pin the front. [mol/mol]"""

UNITS = {
    "Draw.rate": "mol per mol of feed",
    "Steady.load": "mol RE in the organic per mol RE fed",
    "Steady.scrub": "mol RE in the aqueous of the scrub section per mol RE fed",
    "Steady.residual": "-",
    "Steady.closure": "-",
}


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
        entrainment: What settlers let pass.

    Raises:
        InputError: alpha not positive, a stage outside the cascade, amounts that do not fit or do not sum to 1.
    """

    alpha: tuple[float, ...]
    stages: int
    entries: tuple[Entry, ...]
    draws: tuple[Draw, ...] = ()
    entrainment: Entrainment = NONE

    def __post_init__(self) -> None:
        faults = []
        if self.stages < 2:
            faults.append(Fault("must be at least 2", field="stages", value=self.stages))
        if not all(0 < a < np.inf for a in self.alpha):
            faults.append(Fault("must be positive", field="alpha", value=list(self.alpha)))
        for k, one in enumerate(self.draws):
            if not 0 <= one.rate < 1:
                faults.append(Fault("must lie between 0 and 1", field=f"rate of draw {k + 1}", value=one.rate))
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
    def of(
        cls,
        alpha: np.ndarray,
        mol: np.ndarray,
        n: int,
        m: int,
        feed: Phase = "aqueous",
        entrainment: Entrainment = NONE,
    ) -> Circuit:
        """One feed between n extraction stages (feed stage included) and m scrub stages.

        Args:
            alpha: Factors. [element]
            mol: Feed, sum 1. [element]
            n: Extraction stages.
            m: Scrub stages.
            feed: Phase of the feed.
            entrainment: What settlers let pass.
        """
        entry = Entry(n, feed, tuple(map(float, mol)))
        return cls(tuple(map(float, alpha)), n + m, (entry,), entrainment=entrainment)

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

    def scrub_for(self, load: float, made: float) -> float:
        """W that leaves the organic with a product. [mol/mol]

        What the last settler lets pass leaves with the organic too, so more is stripped back to make up for it.

        Args:
            load: S. [mol/mol]
            made: What the load must bring: organic product and organic draws, less organic feeds. [mol/mol]
        """
        e = self.entrainment
        if not e.any:
            return load - made
        amounts = {phase: sum(sum(f.mol) for f in self.entries if f.phase == phase) for phase in ("aqueous", "organic")}
        carried = e.shares[2] * e.organic_l_per_mol * (load + amounts["organic"]) / e.scrub_l_per_mol
        fallen = e.organic_share / e.organic_l_per_mol
        lost = fallen * e.feed_l_per_mol * amounts["aqueous"]
        return (load - made + carried - lost) / (1 + fallen * e.scrub_l_per_mol)

    def flows(self, load: float, scrub: float) -> tuple[np.ndarray, ...]:
        """Load leaving each stage: aqueous, organic, draws of both, aqueous entrained up, organic entrained down.

        Args:
            load: S, organic load entering stage 1. [mol/mol]
            scrub: W, load stripped back at the last stage. [mol/mol]

        Returns:
            Six arrays. [stage, mol/mol]

        Raises:
            InputError: A flow that is not positive, or less than what drops take along.
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
        if self.entrainment.any:
            return self._with_entrainment(load, scrub, draw_a, draw_o)
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
        return aqueous, organic, draw_a, draw_o, np.zeros(self.stages), np.zeros(self.stages)

    def _with_entrainment(
        self, load: float, scrub: float, draw_a: np.ndarray, draw_o: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        """The same where settlers let drops pass: volumes first, then the loads that they carry."""
        e, into_a, into_o = self.entrainment, -draw_a, -draw_o
        litres_a, litres_o = np.zeros(self.stages), np.zeros(self.stages)
        for entry in self.entries:
            by_water = entry.phase == "aqueous"
            (into_a if by_water else into_o)[entry.stage - 1] += sum(entry.mol)
            each = e.feed_l_per_mol if by_water else e.organic_l_per_mol
            (litres_a if by_water else litres_o)[entry.stage - 1] += each * sum(entry.mol)
        litres_a[-1] += e.scrub_l_per_mol * scrub
        litres_o[0] += e.organic_l_per_mol * load
        into_a[-1] += scrub
        into_o[0] += load
        aqueous = _net_litres(litres_a[::-1], into_a[::-1], draw_a[::-1])[::-1]
        organic = _net_litres(litres_o, into_o, draw_o)
        into_a[0] -= load
        into_o[-1] -= scrub
        down, up, carried, fallen = loads(into_a, into_o, (aqueous, organic), e)
        if min(down.min(), up.min()) <= 0:
            raise InputError(
                Fault(f"leaves a flow that is not positive (raffinate {down[0]:.4g}, organic product {up[-1]:.4g}); "
                      f"aqueous drops take {carried[-1]:.4g} mol/mol along with the organic product: let less pass "
                      "(a clarifier), or make more of that product", field="load, scrub", value=(load, scrub))
            )  # fmt: skip
        return down, up, draw_a, draw_o, carried, fallen


def _net_litres(litres: np.ndarray, load: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Volume leaving each stage on the way of a phase; a draw takes volume as it takes load. [stage, L]

    Args:
        litres: What enters each stage, in the order of flow. [stage, L]
        load: Load that enters each stage less its draw. [stage, mol]
        drawn: Load drawn at each stage. [stage, mol]
    """
    if not drawn.any():
        return np.cumsum(litres)
    left, volume, moles = np.empty_like(litres), 0.0, 0.0
    for j in range(len(litres)):
        volume, moles = volume + litres[j], moles + load[j]
        if drawn[j] > 0:
            volume *= moles / (moles + drawn[j])
        left[j] = volume
    return left


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
        tear: Tear variables, to start a neighbour. [stage]
        entrained: Aqueous carried on with the organic, organic carried back with the aqueous. [stage]
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
    entrained: tuple[np.ndarray, np.ndarray]

    @property
    def raffinate(self) -> np.ndarray:
        """Amounts leaving with the raffinate, entrained organic included. [element]"""
        return self.aqueous[0] * self.x[:, 0] + self.entrained[1][0] * self.y[:, 0]

    @property
    def heavy_product(self) -> np.ndarray:
        """Amounts leaving with the organic product, entrained aqueous included. [element]"""
        return self.organic[-1] * self.y[:, -1] + self.entrained[0][-1] * self.x[:, -1]

    @property
    def drawn(self) -> np.ndarray:
        """Amounts leaving with side streams. [element]"""
        taken = np.zeros(len(self.circuit.alpha))
        for draw in self.circuit.draws:
            taken += draw.rate * (self.x if draw.phase == "aqueous" else self.y)[:, draw.stage - 1]
        return taken


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
    aqueous, organic, draw_a, draw_o, back_a, back_o = circuit.flows(load, scrub)
    alpha = np.array(circuit.alpha)[:, None]
    y = alpha * x / np.sum(alpha * x, axis=0)
    down, up, enters = aqueous * x + back_o * y, organic * y + back_a * x, circuit.source()
    gap = enters - down - up - draw_a * x - draw_o * y
    gap[:, 1:] += up[:, :-1]
    gap[:, :-1] += down[:, 1:]
    through = down + up
    known = through > LEAST_AMOUNT
    scaled = np.abs(gap[known]) / through[known]
    residual = max(float(scaled.max()), float(np.abs(x.sum(axis=0) - 1).max()))
    fed = circuit.fed
    leaves = down[:, 0] + up[:, -1] + (draw_a * x).sum(axis=1) + (draw_o * y).sum(axis=1)
    return residual, float(np.max(np.abs(leaves - fed)[fed > 0] / fed[fed > 0]))


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
