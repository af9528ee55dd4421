"""Elements, stages, feeds and draws of a cascade at constant load, its steady state, and what proves it.

A result leaves only if every stage equation holds (residual) and what enters leaves (closure): a profile can close to
rounding and be wrong, where the last digits of a product flow, not the stages, place the front (`check_pinned`).
Stages count from the raffinate end: the fresh organic enters stage 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gadolin.errors import Fault, InputError
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
