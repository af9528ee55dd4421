"""Elements, chemistry and streams of a cascade with acid and base (level L2), and its solved state."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from gadolin.errors import Fault, InputError
from gadolin.separation.entrainment import Shares, gross
from gadolin.separation.shapes import Phase

UNITS = {
    "Mixed.residual": "-",
    "Mixed.closure": "-",
    "AcidCircuit.base_constant": "-",
    "AcidCircuit.law": "mol/L, -, (L/mol)^0.5",
    "AcidCircuit.protons": "mol/mol",
    "AcidCircuit.dimers": "mol/mol",
}
KW = 1e-14
"""Ion product of water. [(mol/L)^2]"""


@dataclass(frozen=True)
class Stream:
    """An aqueous stream into one stage.

    Args:
        stage: Stage it enters.
        flow_l_per_min: Volume flow. [L/min]
        re_mol_per_l: Concentrations. [element, mol/L]
        acid_mol_per_l: Free acid H+. [mol/L]
    """

    stage: int
    flow_l_per_min: float
    re_mol_per_l: tuple[float, ...]
    acid_mol_per_l: float

    @property
    def proton_excess_mol_per_l(self) -> float:
        """H+ less OH- that it brings. [mol/L]"""
        return self.acid_mol_per_l - (KW / self.acid_mol_per_l if self.acid_mol_per_l > 0 else 0.0)


@dataclass(frozen=True)
class Organic:
    """An organic stream of the same extractant into one stage.

    Args:
        stage: Stage it enters; the fresh organic enters stage 1.
        flow_l_per_min: Volume flow. [L/min]
        re_mol_per_l: Rare earths it carries; empty for none. [element, mol/L]
        saponified_mol_per_l: Base it holds, as M(HA2). [mol/L]
    """

    stage: int
    flow_l_per_min: float
    re_mol_per_l: tuple[float, ...] = ()
    saponified_mol_per_l: float = 0.0


@dataclass(frozen=True)
class SideStream:
    """A stream taken from one stage, of that stage's composition.

    Args:
        stage: Stage it leaves.
        phase: Its phase.
        flow_l_per_min: Volume flow. [L/min]
    """

    stage: int
    phase: Phase
    flow_l_per_min: float


@dataclass(frozen=True)
class AcidCircuit:
    """Elements, chemistry and streams of a cascade with acid and base.

    Args:
        d0: Distribution ratio at h = 1 mol/L and l = l_ref. [element]
        stages: Number of stages.
        organic_l_per_min: Organic flow into stage 1. [L/min]
        total_dimer_mol_per_l: Total extractant as dimer, the saponified part included. [mol/L]
        saponified_mol_per_l: Base held by the organic into stage 1, as M(HA2). [mol/L]
        streams: Aqueous streams; the scrub acid is one that enters the last stage.
        loaded_mol_per_l: Rare earths in the organic into stage 1; empty for none. [element, mol/L]
        law: l_ref [mol/L], order n [-], coefficient a [(L/mol)^0.5] of the extractant.
        base_constant: K_M of s = K_M [M+] l / h; tiny for a base that is never taken up again. [-]
        power: Slope of ln D in w by element; 3 for the exchange. [element]
        protons: H+ freed per metal extracted. [element]
        dimers: Dimers bound per metal extracted. [element]
        more_organic: Organic streams into other stages.
        draws: Side streams.
        passing: What settlers let pass, as `Entrainment.shares`. [L/L]

    Raises:
        InputError: Numbers out of range, a stream outside the cascade, more base than extractant, draws that leave
            no flow.
    """

    d0: tuple[float, ...]
    stages: int
    organic_l_per_min: float
    total_dimer_mol_per_l: float
    saponified_mol_per_l: float
    streams: tuple[Stream, ...]
    loaded_mol_per_l: tuple[float, ...] = ()
    law: tuple[float, float, float] = (1.0, 3.0, 0.0)
    base_constant: float = 1e-30
    power: tuple[float, ...] = ()
    protons: float = 3.0
    dimers: float = 3.0
    more_organic: tuple[Organic, ...] = ()
    draws: tuple[SideStream, ...] = ()
    passing: Shares = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        faults = []
        checks = (
            ("organic_l_per_min", self.organic_l_per_min > 0, "must be greater than 0"),
            ("total_dimer_mol_per_l", self.total_dimer_mol_per_l > 0, "must be greater than 0"),
            ("saponified_mol_per_l",
             all(0 <= o.saponified_mol_per_l < self.total_dimer_mol_per_l for o in self.organics),
             "must lie between 0 and the total dimer"),
            ("stages", self.stages >= 2, "must be at least 2"),
            ("d0", all(0 < k < np.inf for k in self.d0), "must be positive"),
            ("passing", all(0 <= s <= 0.5 for s in self.passing), "must lie between 0 and 0.5"),
        )  # fmt: skip
        for name, fine, allowed in checks:
            if not fine:
                faults.append(Fault(allowed, field=name, value=getattr(self, name)))
        for k, one in enumerate((*self.streams, *self.organics, *self.draws)):
            if not 1 <= one.stage <= self.stages:
                faults.append(
                    Fault(f"must lie in 1 to {self.stages}", field=f"stage of stream {k + 1}", value=one.stage)
                )
            if not one.flow_l_per_min > 0:
                faults.append(
                    Fault("must be greater than 0", field=f"flow of stream {k + 1}", value=one.flow_l_per_min)
                )
        for k, s in enumerate(self.streams):
            if s.acid_mol_per_l < 0 or len(s.re_mol_per_l) != len(self.d0):
                faults.append(Fault("needs acid >= 0 and one concentration per element", field=f"streams[{k}]"))
        if any(o.re_mol_per_l and len(o.re_mol_per_l) != len(self.d0) for o in self.organics):
            faults.append(Fault("need one concentration per element, or none", field="organic streams"))
        if not any(s.stage == self.stages for s in self.streams):
            faults.append(Fault("need one stream (feed or scrub) into the last stage", field="streams"))
        if faults:
            raise InputError(faults)
        aqueous, organic, *_ = self.flows()
        if min(aqueous.min(), organic.min()) <= 0:
            raise InputError(Fault("take more than flows there; no phase may run dry", field="draws"))

    @property
    def organics(self) -> tuple[Organic, ...]:
        """All organic streams, the one into stage 1 first."""
        first = Organic(1, self.organic_l_per_min, self.loaded_mol_per_l, self.saponified_mol_per_l)
        return (first, *self.more_organic)

    @property
    def fed(self) -> np.ndarray:
        """Rare earths entering with all streams. [element, mol/min]"""
        return self.arrays()[1][:-1].sum(axis=1)

    @property
    def scrub(self) -> int | None:
        """Place in `streams` of the one scrub acid (no rare earths, into the last stage); None if there is not one."""
        found = [k for k, s in enumerate(self.streams) if s.stage == self.stages and not any(s.re_mol_per_l)]
        return found[0] if len(found) == 1 else None

    def with_flows(self, organic_l_per_min: float, scrub_l_per_min: float) -> AcidCircuit:
        """The same cascade at another organic flow into stage 1 and another scrub flow.

        Args:
            organic_l_per_min: Organic flow. [L/min]
            scrub_l_per_min: Scrub acid. [L/min]
        """
        streams = list(self.streams)
        assert self.scrub is not None
        streams[self.scrub] = replace(streams[self.scrub], flow_l_per_min=scrub_l_per_min)
        return replace(self, organic_l_per_min=organic_l_per_min, streams=tuple(streams))

    @property
    def entrains(self) -> bool:
        """Whether settlers let drops pass."""
        return max(self.passing) > 0

    def flows(self) -> tuple[np.ndarray, ...]:
        """Leaving each stage: aqueous, organic, draws of both, aqueous entrained up, organic entrained down. [L/min]"""
        aqueous, organic, draw_a, draw_o = (np.zeros(self.stages) for _ in range(4))
        for s in self.streams:
            aqueous[: s.stage] += s.flow_l_per_min
        for o in self.organics:
            organic[o.stage - 1 :] += o.flow_l_per_min
        for d in self.draws:
            if d.phase == "aqueous":
                aqueous[: d.stage] -= d.flow_l_per_min
                draw_a[d.stage - 1] += d.flow_l_per_min
            else:
                organic[d.stage - 1 :] -= d.flow_l_per_min
                draw_o[d.stage - 1] += d.flow_l_per_min
        if not self.entrains:
            return aqueous, organic, draw_a, draw_o, np.zeros(self.stages), np.zeros(self.stages)
        down, up, carried, fallen = gross(aqueous, organic, self.passing)
        return down, up, draw_a, draw_o, carried, fallen

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Chloride of each stage [stage, mol/L] and what enters, the base metal last [component, stage, mol/min]."""
        flows = self.flows()
        enters, source = np.zeros(self.stages), np.zeros((len(self.d0) + 1, self.stages))
        for s in self.streams:
            c = np.array(s.re_mol_per_l)
            enters[s.stage - 1] += s.flow_l_per_min * (self.protons * c.sum() + s.proton_excess_mol_per_l)
            source[:-1, s.stage - 1] += s.flow_l_per_min * c
        for o in self.organics:
            if o.re_mol_per_l:
                source[:-1, o.stage - 1] += o.flow_l_per_min * np.array(o.re_mol_per_l)
            source[-1, o.stage - 1] += o.flow_l_per_min * o.saponified_mol_per_l
        return carried_aqueous(flows, enters), source


def carried_aqueous(flows: tuple[np.ndarray, ...], enters: np.ndarray) -> np.ndarray:
    """Concentration on each stage of what never leaves the aqueous, such as chloride. [stage, mol/L]

    Args:
        flows: As `AcidCircuit.flows`. [stage, L/min]
        enters: What enters each stage, of either sign. [stage, mol/min]
    """
    aqueous, _, draw_a, _, back, _ = flows
    stages = len(enters)
    own, share = np.empty(stages), np.zeros(stages)  # of the stage itself, and of the stage below it
    above, kept = 0.0, 0.0  # what the stages above send down of their own, and of what this stage sent up
    for j in range(stages - 1, -1, -1):
        through = aqueous[j] + draw_a[j] + back[j] - kept
        own[j] = (above + enters[j]) / through
        share[j] = (back[j - 1] if j > 0 else 0.0) / through
        above, kept = own[j] * aqueous[j], share[j] * aqueous[j]
    found = own
    for j in range(1, stages):
        found[j] += share[j] * found[j - 1]
    return found


@dataclass(frozen=True)
class Mixed:
    """Solved cascade with acid and base.

    Args:
        circuit: What was solved.
        c: Aqueous concentrations. [element, stage, mol/L]
        y: Organic concentrations. [element, stage, mol/L]
        h: Free acid. [stage, mol/L]
        free: Free dimer. [stage, mol/L]
        base: Base metal in the aqueous. [stage, mol/L]
        soap: Base metal in the organic. [stage, mol/L]
        aqueous: Aqueous flow. [stage, L/min]
        organic: Organic flow. [stage, L/min]
        residual: Largest scaled residual over components and stages.
        closure: Largest scaled error of the balances of elements, base metal, protons.
        newton_steps: Newton steps used.
        tear: Tear variables, to start a neighbour.
        entrained: Aqueous carried on with the organic, organic carried back with the aqueous. [stage, L/min]
    """

    circuit: AcidCircuit
    c: np.ndarray
    y: np.ndarray
    h: np.ndarray
    free: np.ndarray
    base: np.ndarray
    soap: np.ndarray
    aqueous: np.ndarray
    organic: np.ndarray
    residual: float
    closure: float
    newton_steps: int
    tear: np.ndarray = field(repr=False)
    entrained: tuple[np.ndarray, np.ndarray] = field(repr=False)

    @property
    def raffinate(self) -> np.ndarray:
        """Rare earths leaving with the raffinate, entrained organic included. [element, mol/min]"""
        return self.aqueous[0] * self.c[:, 0] + self.entrained[1][0] * self.y[:, 0]

    @property
    def product(self) -> np.ndarray:
        """Rare earths leaving with the organic, entrained aqueous included. [element, mol/min]"""
        return self.organic[-1] * self.y[:, -1] + self.entrained[0][-1] * self.c[:, -1]

    @property
    def ph(self) -> np.ndarray:
        """-log10 of the free acid. [stage]"""
        return -np.log10(self.h)

    @property
    def loading(self) -> np.ndarray:
        """Organic load over its ceiling. [stage, share]"""
        return self.circuit.dimers * self.y.sum(axis=0) / self.circuit.total_dimer_mol_per_l
