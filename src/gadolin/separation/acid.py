"""Cascade with acid, base and extractant on every stage (level L2).

Solves the mass action of the exchange RE3+ + 3 (HA)2 = RE(HA2)3 + 3 H+ with the balances of every element, of the
base metal M+ that comes in as saponified extractant, of protons (through the charge balance) and of extractant.
Method: one tear variable w per stage, w = ln(F(l)^(1/3) / h), each element one chain of positive rates, Newton with
pseudo-transient continuation (`_kernels.py`).
Limits: equilibrium stages, constant volumes, concentrations for activities (F(l) is the extractant's), no complexes of
the medium. For an extractant order other than 3 the base metal is taken to see the same effective extractant.
Stages count from the raffinate end: the organic enters stage 1, the scrub acid the last stage.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import brentq

from gadolin.errors import Fault, InputError, NotConverged
from gadolin.separation import _kernels as kernels
from gadolin.separation.cascade import CLOSURE_LIMIT, RESIDUAL_LIMIT, Circuit, Entry, steady_at, step_limit

UNITS = {
    "Mixed.residual": "-",
    "Mixed.closure": "-",
    "AcidCircuit.base_constant": "-",
    "AcidCircuit.law": "mol/L, -, (L/mol)^0.5",
    "AcidCircuit.protons": "mol/mol",
    "AcidCircuit.dimers": "mol/mol",
}
_TOLERANCE, KW = 1e-12, 1e-14


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


@dataclass(frozen=True)
class AcidCircuit:
    """Elements, chemistry and streams of a cascade with acid and base.

    Args:
        d0: Distribution ratio at h = 1 mol/L and l = l_ref. [element]
        stages: Number of stages.
        organic_l_per_min: Organic flow. [L/min]
        total_dimer_mol_per_l: Total extractant as dimer, the saponified part included. [mol/L]
        saponified_mol_per_l: Base held by the entering organic, as M(HA2). [mol/L]
        streams: Aqueous streams; the scrub acid is one that enters the last stage.
        loaded_mol_per_l: Rare earths in the entering organic; empty for none. [element, mol/L]
        law: l_ref [mol/L], order n [-], coefficient a [(L/mol)^0.5] of the extractant.
        base_constant: K_M of s = K_M [M+] l / h; tiny for a base that is never taken up again. [-]
        power: Slope of ln D in w by element; 3 for the exchange. [element]
        protons: H+ freed per metal extracted. [element]
        dimers: Dimers bound per metal extracted. [element]

    Raises:
        InputError: Numbers out of range, a stream outside the cascade, more base than extractant.
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

    def __post_init__(self) -> None:
        faults = []
        checks = (
            ("organic_l_per_min", self.organic_l_per_min > 0, "must be greater than 0"),
            ("total_dimer_mol_per_l", self.total_dimer_mol_per_l > 0, "must be greater than 0"),
            ("saponified_mol_per_l", 0 <= self.saponified_mol_per_l < self.total_dimer_mol_per_l,
             "must lie between 0 and the total dimer"),
            ("stages", self.stages >= 2, "must be at least 2"),
            ("d0", all(0 < k < np.inf for k in self.d0), "must be positive"),
        )  # fmt: skip
        for name, fine, allowed in checks:
            if not fine:
                faults.append(Fault(allowed, field=name, value=getattr(self, name)))
        for k, s in enumerate(self.streams):
            if not 1 <= s.stage <= self.stages:
                faults.append(Fault(f"must lie in 1 to {self.stages}", field=f"streams[{k}].stage", value=s.stage))
            if s.flow_l_per_min <= 0 or s.acid_mol_per_l < 0 or len(s.re_mol_per_l) != len(self.d0):
                faults.append(
                    Fault("needs a positive flow, acid >= 0, one concentration per element", field=f"streams[{k}]")
                )
        if not any(s.stage == self.stages for s in self.streams):
            faults.append(Fault("need one stream (feed or scrub) into the last stage", field="streams"))
        if faults:
            raise InputError(faults)

    @property
    def fed(self) -> np.ndarray:
        """Rare earths entering with all streams. [element, mol/min]"""
        total = np.sum([s.flow_l_per_min * np.array(s.re_mol_per_l) for s in self.streams], axis=0)
        return total + (self.organic_l_per_min * np.array(self.loaded_mol_per_l) if self.loaded_mol_per_l else 0.0)

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Aqueous flow and chloride of each stage, sources by component (the base metal last). [stage]"""
        aqueous, chloride = np.zeros(self.stages), np.zeros(self.stages)
        source = np.zeros((len(self.d0) + 1, self.stages))
        for s in self.streams:
            c = np.array(s.re_mol_per_l)
            aqueous[: s.stage] += s.flow_l_per_min
            water = KW / s.acid_mol_per_l if s.acid_mol_per_l > 0 else 0.0
            chloride[: s.stage] += s.flow_l_per_min * (self.protons * c.sum() + s.acid_mol_per_l - water)
            source[:-1, s.stage - 1] += s.flow_l_per_min * c
        if self.loaded_mol_per_l:
            source[:-1, 0] += self.organic_l_per_min * np.array(self.loaded_mol_per_l)
        source[-1, 0] += self.organic_l_per_min * self.saponified_mol_per_l
        return aqueous, chloride / aqueous, source


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
        residual: Largest scaled residual over components and stages.
        closure: Largest scaled error of the balances of elements, base metal, protons.
        newton_steps: Newton steps used.
        tear: Tear variables, to start a neighbour.
    """

    circuit: AcidCircuit
    c: np.ndarray
    y: np.ndarray
    h: np.ndarray
    free: np.ndarray
    base: np.ndarray
    soap: np.ndarray
    aqueous: np.ndarray
    residual: float
    closure: float
    newton_steps: int
    tear: np.ndarray = field(repr=False)

    @property
    def raffinate(self) -> np.ndarray:
        """Rare earths leaving with the raffinate. [element, mol/min]"""
        return self.aqueous[0] * self.c[:, 0]

    @property
    def product(self) -> np.ndarray:
        """Rare earths leaving with the organic. [element, mol/min]"""
        return self.circuit.organic_l_per_min * self.y[:, -1]

    @property
    def ph(self) -> np.ndarray:
        """-log10 of the free acid. [stage]"""
        return -np.log10(self.h)

    @property
    def loading(self) -> np.ndarray:
        """Organic load over its ceiling. [stage, share]"""
        return self.circuit.dimers * self.y.sum(axis=0) / self.circuit.total_dimer_mol_per_l


def solve_acid(circuit: AcidCircuit, start: Mixed | None = None) -> Mixed:
    """Steady state of a cascade with acid and base.

    Args:
        circuit: Elements, chemistry and streams.
        start: A solved neighbour with the same stages.

    Raises:
        NotConverged: Residual above 1e-9 or closure above 1e-10.
    """
    aqueous, chloride, source = circuit.arrays()
    present = source.sum(axis=1) > 0
    elements = len(circuit.d0)
    d0 = np.array([*circuit.d0, circuit.base_constant * circuit.law[0]])
    power = np.array([*(circuit.power or (3.0,) * elements), 1.0])
    protons = np.array([*(circuit.protons,) * elements, 1.0])
    dimers = np.array([*(circuit.dimers,) * elements, 1.0 if circuit.dimers else 0.0])
    scalars = np.array([KW, circuit.total_dimer_mol_per_l, *circuit.law])
    organic, none = np.full(circuit.stages, circuit.organic_l_per_min), np.zeros(circuit.stages)
    kept = (protons[present], dimers[present], chloride, scalars)
    inputs = (d0[present], power[present])
    fixed = (aqueous, organic, none, none, source[present])
    used, residual, w, c = 0, np.inf, np.empty(0), np.empty(0)
    if start is not None and start.c.shape == (elements, circuit.stages):
        w, c = start.tear.copy(), np.vstack([start.c, start.base])[present]
        residual, used = kernels.march(kernels.L2, *inputs, w, *fixed, c, np.inf, kept, _TOLERANCE, 15)
    if not residual <= 10 * _TOLERANCE:
        w, c, step = _constant_load_start(circuit, inputs, kept, fixed, present) or (
            *_flat_start(circuit, inputs, kept, fixed), 1.0
        )  # fmt: skip
        limit = step_limit(len(d0), circuit.stages)
        residual, more = kernels.march(kernels.L2, *inputs, w, *fixed, c, step, kept, _TOLERANCE, limit)
        used += more
    # a few steps more to rounding, kept only if they get there: long hard cuts magnify what is left a thousandfold
    used += kernels.march(kernels.L2, *inputs, w, *fixed, c, np.inf, kept, 2e-14, 4)[1]
    return _mixed(circuit, w, used, inputs, kept, fixed, present)


def _constant_load_start(circuit: AcidCircuit, inputs, acid, fixed, present: np.ndarray) -> tuple | None:
    """Profile of the same cascade at constant load (L1), base and scrub acid used up; None where it has no scrub."""
    aqueous, organic, _, _, source = fixed
    feeds = [s for s in circuit.streams if sum(s.re_mol_per_l) > 0]
    scrubs = [s for s in circuit.streams if s.stage == circuit.stages and sum(s.re_mol_per_l) == 0]
    if len(scrubs) != 1 or circuit.loaded_mol_per_l or circuit.power or not present[-1]:
        return None
    total = circuit.fed.sum()
    load = circuit.organic_l_per_min * circuit.saponified_mol_per_l / circuit.protons / total
    scrub = scrubs[0].flow_l_per_min * scrubs[0].acid_mol_per_l / circuit.protons / total
    made = min(max(load - scrub, 0.02), 0.98)
    load = max(load, made + 0.02)
    there = present[:-1]
    entries = tuple(
        Entry(s.stage, "aqueous", tuple(s.flow_l_per_min * np.array(s.re_mol_per_l)[there] / total)) for s in feeds
    )
    level = np.array(circuit.d0)[there]
    try:
        state = steady_at(Circuit(tuple(level / level.min()), circuit.stages, entries), load, load - made)
    except (InputError, NotConverged):
        return None
    c = total * state.aqueous * state.x / aqueous
    w = np.log(total * state.organic / organic / (level @ c)) / 3.0
    base = np.full(circuit.stages, 1e-9)
    base[0] = source[-1].sum() / aqueous[0]
    c = np.vstack([c, base])
    held = c * (aqueous + organic * inputs[0][:, None] * np.exp(inputs[1][:, None] * w))
    for j in range(circuit.stages):
        w[j], c[:, j] = _shaken(inputs, acid, held[:, j], aqueous[j], organic[j], acid[2][j])
    return w, c, 10.0


def _flat_start(circuit: AcidCircuit, inputs, acid, fixed) -> tuple[np.ndarray, np.ndarray]:
    """The whole feed shaken once with the whole organic, then every stage settled with its own acid."""
    aqueous, organic, _, _, source = fixed
    together = _shaken(inputs, acid, source.sum(axis=1), aqueous[0], organic[0], acid[2][0])
    w, c = np.empty(circuit.stages), np.empty_like(source)
    ratio = inputs[0] * np.exp(inputs[1] * together[0])
    for j in range(circuit.stages):
        held = together[1] * (aqueous[j] + organic[j] * ratio)
        w[j], c[:, j] = _shaken(inputs, acid, held, aqueous[j], organic[j], acid[2][j])
    return w, c


def _shaken(inputs, acid, held: np.ndarray, aqueous: float, organic: float, chloride: float):
    """One contact: tear variable and concentrations for amounts held by both phases together."""
    held, flow, salt = held[:, None], np.array([aqueous]), np.array([chloride])
    g, by_w, by_c = np.empty(1), np.empty(1), np.empty((len(held), 1))

    def settled(w: float) -> tuple[np.ndarray, np.ndarray]:
        d = inputs[0][:, None] * np.exp(inputs[1][:, None] * w)
        return held / (flow + organic * d), d

    def miss(w: float) -> float:
        c, d = settled(w)
        kernels.local_balance(
            kernels.L2, np.array([w]), c, d, acid[0], acid[1], salt, acid[3][0], acid[3][1], acid[3][2:], inputs[1],
            g, by_w, by_c,
        )  # fmt: skip
        return float(g[0])

    w = float(brentq(miss, -40.0, 40.0))  # pyright: ignore[reportArgumentType]
    return w, settled(w)[0][:, 0]


def _mixed(circuit: AcidCircuit, w: np.ndarray, used: int, inputs, acid, fixed, present: np.ndarray) -> Mixed:
    """The result for converged tear variables, checked against the equations themselves."""
    aqueous, organic, none, _, source = fixed
    c, d, low, high = (np.empty_like(source) for _ in range(4))
    kernels.contents(*inputs, w, aqueous, organic, none, none, source, source, 0.0, c, d, low, high)
    y = d * c
    excess = acid[2] - acid[0] @ c
    h = np.array([kernels.hydrogen(e, KW) for e in excess])
    free = circuit.total_dimer_mol_per_l - acid[1] @ y
    with np.errstate(all="ignore"):
        shape = np.array([kernels.activity(f, np.array(circuit.law))[0] for f in free]) / h
        y_true = inputs[0][:, None] * shape ** inputs[1][:, None] * c
        through = aqueous * c + organic * y_true
        scaled = np.abs(_gaps(aqueous, organic, source, c, y_true))[through > 1e-290] / through[through > 1e-290]
        residual = float(scaled.max()) if np.isfinite(through).all() else np.inf
    leaves, enters = aqueous[0] * c[:, 0] + organic[-1] * y[:, -1], source.sum(axis=1)
    closure = float(np.max(np.abs(leaves - enters) / enters))
    closure = max(closure, _proton_closure(circuit, acid, aqueous, organic, h, y, enters))
    good = residual <= RESIDUAL_LIMIT and closure <= CLOSURE_LIMIT and bool(np.all(free > 0))
    if not good:
        raise NotConverged(
            f"cascade of {len(circuit.d0)} elements and {circuit.stages} stages with acid and base after {used} Newton "
            "steps; check flows, base and acid (more base than rare earths and acid leaves hydroxide)",
            residual,
            closure,
        )
    full = np.zeros((2, len(present), circuit.stages))
    full[0, present], full[1, present] = c, y
    return Mixed(
        circuit, full[0, :-1], full[1, :-1], h, free, full[0, -1], full[1, -1], aqueous, residual, closure, used, w
    )


def _gaps(aqueous, organic, source, c, y) -> np.ndarray:
    """What enters less what leaves, of each component on each stage. [component, stage]"""
    gap = source - aqueous * c - organic * y
    gap[:, 1:] += (organic * y)[:, :-1]
    gap[:, :-1] += (aqueous * c)[:, 1:]
    return gap


def _proton_closure(circuit: AcidCircuit, acid, aqueous, organic, h, y, enters) -> float:
    """Error of the proton balance over the cascade: A (h - Kw/h) - O (3 sum Y + s) is conserved."""
    brought = sum(
        s.flow_l_per_min * (s.acid_mol_per_l - (KW / s.acid_mol_per_l if s.acid_mol_per_l > 0 else 0.0))
        for s in circuit.streams
    )
    loaded = circuit.protons * sum(circuit.loaded_mol_per_l) + circuit.saponified_mol_per_l
    brought -= circuit.organic_l_per_min * loaded
    left = aqueous[0] * (h[0] - KW / h[0]) - organic[-1] * float(acid[0] @ y[:, -1])
    scale = float(acid[0] @ enters) + sum(s.flow_l_per_min * s.acid_mol_per_l for s in circuit.streams)
    return float(abs(brought - left) / scale)
