"""Cascade with acid, base and extractant on every stage (level L2).

Solves the mass action of the exchange RE3+ + 3 (HA)2 = RE(HA2)3 + 3 H+ with the balances of every element, of the
base metal M+ that comes in as saponified extractant, of protons (through the charge balance) and of extractant.
Method: one tear variable w per stage, w = ln(F(l)^(1/3) / h), each element one chain of positive rates (`_newton.py`).
From the profile at constant load, else from the feed's composition everywhere, Newton with pseudo-transient
continuation. The flows that two product specifications ask for: `acid_specified.py`.
Limits: equilibrium stages, constant volumes, concentrations for activities (F(l) is the extractant's), no complexes of
the medium. For an extractant order other than 3 the base metal is taken to see the same effective extractant.
Stages count from the raffinate end: the organic enters stage 1, the scrub acid the last stage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from gadolin.errors import Fault, InputError, NotConverged
from gadolin.separation import _newton as newton
from gadolin.separation.acid_circuit import KW, AcidCircuit, Mixed, Organic, Stream
from gadolin.separation.cascade import steady_at, step_limit
from gadolin.separation.circuit import CLOSURE_LIMIT, LEAST_AMOUNT, RESIDUAL_LIMIT, Circuit, Draw, Entry, Steady
from gadolin.separation.marching import Fixed, march
from gadolin.separation.shapes import Phase

TOLERANCE = 1e-12
"""Residual at which Newton stops. [-]"""

CORRECTIONS = 6
"""Times the loads of the start are corrected by the acid that stays free, at most."""


@dataclass(frozen=True)
class AcidSystem:
    """A circuit as the kernels take it: the components that are there, the base metal last.

    Args:
        circuit: The circuit.
        present: Which components are there. [component]
        fixed: The cascade of these components.
    """

    circuit: AcidCircuit
    present: np.ndarray
    fixed: Fixed

    @classmethod
    def of(cls, circuit: AcidCircuit) -> AcidSystem:
        """The kernels' form of a circuit.

        Args:
            circuit: The circuit.
        """
        chloride, source = circuit.arrays()
        present, elements = source.sum(axis=1) > 0, len(circuit.d0)
        level_k = np.array([*circuit.d0, circuit.base_constant * circuit.law[0]])[present]
        power = np.array([*(circuit.power or (3.0,) * elements), 1.0])[present]
        protons = np.array([*(circuit.protons,) * elements, 1.0])[present]
        dimers = np.array([*(circuit.dimers,) * elements, 1.0 if circuit.dimers else 0.0])[present]
        scalars = np.array([KW, circuit.total_dimer_mol_per_l, *circuit.law, 1.0])
        acid = (protons, dimers, chloride, scalars)
        return cls(circuit, present, Fixed(newton.L2, level_k, power, circuit.flows(), source[present], acid))

    @property
    def source(self) -> np.ndarray:
        """What enters. [component present, stage]"""
        return self.fixed.source

    @property
    def flows(self) -> tuple:
        """As `AcidCircuit.flows`."""
        return self.fixed.flows

    @property
    def acid(self) -> tuple:
        """What the local equation needs, all acid counted."""
        return self.fixed.acid

    @property
    def feed_stage(self) -> int:
        """Last stage that rare earths enter."""
        return int(np.flatnonzero(self.source[: int(self.present[:-1].sum())].any(axis=0))[-1]) + 1

    def with_acid(self, share: float) -> Fixed:
        """The cascade with only a share of the free acid (and its hydroxide); none makes L1 of L2.

        Args:
            share: Of the free acid, 0 to 1. [share]
        """
        scalars = self.acid[3].copy()
        scalars[0] *= share
        scalars[5] = share
        return self.fixed._replace(acid=(*self.acid[:3], scalars))


def solve_acid(circuit: AcidCircuit, start: Mixed | None = None) -> Mixed:
    """Steady state of a cascade with acid and base at given flows.

    Args:
        circuit: Elements, chemistry and streams.
        start: A solved neighbour with the same stages.

    Raises:
        InputError: More base than acid and rare earths can take up.
        NotConverged: Residual above 1e-9 or closure above 1e-10.
    """
    _refuse_hydroxide(circuit)
    system = AcidSystem.of(circuit)
    used = 0
    if start is not None and start.c.shape == (len(circuit.d0), circuit.stages):
        c = np.vstack([start.c, start.base])[system.present]
        end = march(system.fixed, start.tear, c, np.inf, TOLERANCE, 15)
        if end.residual <= TOLERANCE:
            return checked_acid(system, end.w, end.used)
        used = end.used
    begin = _constant_load_start(system)
    limit = step_limit(len(system.source), circuit.stages)
    if begin is not None:
        end = march(system.fixed, *begin, 10.0, TOLERANCE, limit)
        used += end.used
        try:
            return checked_acid(system, end.w, used)
        except NotConverged:  # the profile at constant load can lie too far off: begin with no profile at all
            pass
    end = march(system.fixed, *_flat_start(system), 1.0, TOLERANCE, limit)
    return checked_acid(system, end.w, used + end.used)


def _refuse_hydroxide(circuit: AcidCircuit) -> None:
    """Base beyond all acid and what the rare earths free as they are extracted would precipitate them."""
    base = sum(o.flow_l_per_min * o.saponified_mol_per_l for o in circuit.organics)
    acid = sum(s.flow_l_per_min * s.acid_mol_per_l for s in circuit.streams)
    freed = circuit.protons * sum(s.flow_l_per_min * sum(s.re_mol_per_l) for s in circuit.streams)
    if base > acid + freed:
        raise InputError(
            Fault(
                f"brings {base:.4g} mol/min of base for {acid:.4g} of acid and {freed:.4g} that extraction can free: "
                "the rest would precipitate hydroxide; lower the organic flow or its base, or raise the scrub acid",
                field="organic_l_per_min",
                value=round(circuit.organic_l_per_min, 6),
            )
        )


def from_constant_load(system: AcidSystem, state: Steady) -> tuple[np.ndarray, np.ndarray]:
    """Tear variables and concentrations that a profile at constant load means for this cascade.

    Args:
        system: The cascade.
        state: The same stages and elements solved at constant load, per mole of feed.
    """
    aqueous, organic, *_ = system.flows
    there = system.present[:-1]
    elements = int(there.sum())
    total = system.source[:elements].sum()
    x = state.x if len(state.x) == elements else state.x[there]
    c = total * state.aqueous * x / aqueous
    w = np.log(total * state.organic / organic / (system.fixed.level_k[:elements] @ c)) / 3.0
    if not system.present[-1]:
        return w, c
    base = np.full(system.circuit.stages, 1e-9)
    base[0] = system.source[-1].sum() / aqueous[0]
    return w, np.vstack([c, base])


def _constant_load_start(system: AcidSystem) -> tuple[np.ndarray, np.ndarray] | None:
    """Profile of the same cascade at constant load; None where it has no scrub.

    Acid that stays free takes base and scrub acid from the loads. Which end of a long cascade the front sits at hangs
    on that, and a front on the wrong way must travel stage by stage, so the loads are corrected a few times by the free
    acid that the profile itself implies.
    """
    circuit = system.circuit
    if circuit.scrub is None or circuit.loaded_mol_per_l or circuit.power or not circuit.saponified_mol_per_l:
        return None
    wash, total = circuit.streams[circuit.scrub], circuit.fed.sum()
    whole = circuit.organic_l_per_min * circuit.saponified_mol_per_l / circuit.protons / total
    strips = wash.flow_l_per_min * wash.acid_mol_per_l / circuit.protons / total
    brought = sum(s.flow_l_per_min * s.acid_mol_per_l for s in circuit.streams) / circuit.protons / total - strips
    shape, by_organic = _shape_at_constant_load(system)
    made, scrub = whole - strips, strips
    start, state = None, None
    for _ in range(CORRECTIONS):
        made = min(max(made, 0.02 - by_organic), 0.98 - by_organic)
        scrub = max(scrub, 0.02, 0.02 - made)
        try:
            state = steady_at(shape, scrub + made, scrub, state)
        except (InputError, NotConverged):
            break
        start = from_constant_load(system, state)
        acid = system.flows[0] * _acid_of(system, *start) / circuit.protons / total
        wanted = whole - strips - brought + float(acid[0])
        left = strips - float(np.median(acid[system.feed_stage :])) * wash.flow_l_per_min / system.flows[0][-1]
        if abs(wanted - made) < 1e-3 and abs(left - scrub) < 1e-2:
            break
        made, scrub = 0.5 * (made + wanted), 0.5 * (scrub + left)
    return start


def _shape_at_constant_load(system: AcidSystem) -> tuple[Circuit, float]:
    """The circuit of L1 for this cascade, per mole fed, and what of it enters with organic feeds."""
    circuit, there = system.circuit, system.present[:-1]
    total = circuit.fed.sum()

    def amounts(stream: Stream | Organic) -> tuple[float, ...]:
        return tuple(stream.flow_l_per_min * np.array(stream.re_mol_per_l)[there] / total)

    entries = [Entry(s.stage, "aqueous", amounts(s)) for s in circuit.streams if any(s.re_mol_per_l)]
    entries += [Entry(o.stage, "organic", amounts(o)) for o in circuit.more_organic if any(o.re_mol_per_l)]
    level = np.array(circuit.d0)[there]
    draws = tuple(_draw_at_constant_load(system, d.stage, d.phase, d.flow_l_per_min) for d in circuit.draws)
    by_organic = sum(sum(e.mol) for e in entries if e.phase == "organic")
    return Circuit(tuple(level / level.min()), circuit.stages, tuple(entries), draws), by_organic


def _acid_of(system: AcidSystem, w: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Free acid that tear variables and concentrations imply by mass action. [stage, mol/L]"""
    d = system.fixed.level_k[:, None] * np.exp(system.fixed.power[:, None] * w)
    total, law = system.circuit.total_dimer_mol_per_l, np.array(system.circuit.law)
    free = np.maximum(total - system.acid[1] @ (d * c), 1e-3 * total)
    return np.array([newton.activity(f, law)[0] for f in free]) * np.exp(-w)


def _draw_at_constant_load(system: AcidSystem, stage: int, phase: Phase, flow_l_per_min: float) -> Draw:
    """The load a side stream takes when it takes the same share of its phase as of the volume."""
    circuit, total = system.circuit, system.circuit.fed.sum()
    if phase == "aqueous":
        whole = system.acid[2][stage - 1] / circuit.protons
    else:
        whole = circuit.saponified_mol_per_l / circuit.protons
    return Draw(stage, phase, flow_l_per_min * whole / total)


def _flat_start(system: AcidSystem) -> tuple[np.ndarray, np.ndarray]:
    """The composition of the feed everywhere: a start without any solve.

    With base the stages are full, as the base loads the organic: a plant filled too thinly turns alkaline at stage 1 on
    the way. Without base the whole feed is shaken once with the whole organic, then every stage with its own acid.
    """
    aqueous, organic, *_ = system.flows
    stages, (protons, _, chloride, _) = system.circuit.stages, system.acid
    power, level_k = system.fixed.power, system.fixed.level_k
    if system.present[-1]:
        fed, c = system.source[:-1].sum(axis=1), np.full_like(system.source, 1e-9)
        c[-1, 0] = min(system.source[-1].sum() / aqueous[0], 0.9 * chloride[0])
        c[:-1] = 0.95 * (chloride - c[-1]) / float(protons[:-1] @ fed) * fed[:, None]
        load = np.maximum(np.cumsum(system.source[-1]) / organic / system.circuit.protons, 1e-3)
        held = aqueous * c
        held[:-1] += organic * load * (fed / fed.sum())[:, None]
    else:
        w, c = _shaken(system, system.source.sum(axis=1), aqueous[0], organic[0], chloride[0])
        held = c[:, None] * (aqueous + organic * (level_k * np.exp(power * w))[:, None])
    settled = [_shaken(system, held[:, j], aqueous[j], organic[j], chloride[j]) for j in range(stages)]
    return np.array([w for w, _ in settled]), np.column_stack([c for _, c in settled])


def _shaken(system: AcidSystem, held: np.ndarray, aqueous: float, organic: float, chloride: float):
    """One contact: tear variable and concentrations for amounts held by both phases together."""
    held, acid = held[:, None], (*system.acid[:2], np.array([chloride]), system.acid[3])
    g, by_w, by_c = np.empty(1), np.empty(1), np.empty((len(held), 1))

    def settled(w: float) -> tuple[np.ndarray, np.ndarray]:
        d = system.fixed.level_k[:, None] * np.exp(system.fixed.power[:, None] * w)
        return held / (aqueous + organic * d), d

    def miss(w: float) -> float:
        c, d = settled(w)
        newton.local_balance(newton.L2, np.array([w]), c, d, acid, system.fixed.power, g, by_w, by_c)
        return float(g[0])

    w = float(brentq(miss, -40.0, 40.0))  # pyright: ignore[reportArgumentType] - a root alone
    return w, settled(w)[0][:, 0]


def checked_acid(system: AcidSystem, w: np.ndarray, used: int) -> Mixed:
    """The result for converged tear variables, checked against every equation.

    Args:
        system: The cascade.
        w: Tear variables. [stage]
        used: Newton steps used.

    Raises:
        NotConverged: Residual above 1e-9 or closure above 1e-10.
    """
    circuit, acid, present = system.circuit, system.acid, system.present
    aqueous, organic, draw_a, draw_o, back_a, back_o = system.flows
    with np.errstate(all="ignore"):  # a stray solve is judged by its residual
        c, d = system.fixed.contents(w)
        y = d * c
        free = circuit.total_dimer_mol_per_l - acid[1] @ y
        h = np.array([newton.activity(f, np.array(circuit.law))[0] for f in free]) * np.exp(-w)
        charge = acid[2] - acid[0] @ c - h + KW / h
        gap = system.source - (aqueous + draw_a + back_a) * c - (organic + draw_o + back_o) * y
        gap[:, 1:] += (organic * y + back_a * c)[:, :-1]
        gap[:, :-1] += (aqueous * c + back_o * y)[:, 1:]
        through = aqueous * c + organic * y
        known = through > LEAST_AMOUNT
        residual = max(
            float(np.max(np.abs(gap[known]) / through[known])),
            float(np.max(np.abs(charge) / (h + KW / h + 1e-4 * acid[2]))),
        )
        leaves = aqueous[0] * c[:, 0] + organic[-1] * y[:, -1] + (draw_a * c).sum(axis=1) + (draw_o * y).sum(axis=1)
        leaves += back_o[0] * y[:, 0] + back_a[-1] * c[:, -1]
        enters = system.source.sum(axis=1)
        closure = float(np.max(np.abs(leaves - enters) / enters))
        closure = max(closure, _proton_closure(system, h, y, enters))
    fine = np.isfinite(c).all() and np.all(free > 0) and np.all(h > 0)
    if not (fine and residual <= RESIDUAL_LIMIT and closure <= CLOSURE_LIMIT):
        raise NotConverged(
            f"cascade of {len(circuit.d0)} elements and {circuit.stages} stages with acid and base after {used} Newton "
            "steps; check flows, base and acid (more base than rare earths and acid leaves hydroxide)",
            residual,
            closure,
        )
    full = np.zeros((2, len(present), circuit.stages))
    full[0, present], full[1, present] = c, y
    return Mixed(
        circuit, full[0, :-1], full[1, :-1], h, free, full[0, -1], full[1, -1], aqueous, organic, residual, closure,
        used, w, (back_a, back_o),
    )  # fmt: skip


def _proton_closure(system: AcidSystem, h: np.ndarray, y: np.ndarray, enters: np.ndarray) -> float:
    """Error of the proton balance over the cascade: A (h - Kw/h) - O (3 sum Y + s) is conserved."""
    circuit, bound = system.circuit, system.acid[0] @ y
    aqueous, organic, draw_a, draw_o, back_a, back_o = system.flows
    excess = h - KW / h
    brought = sum(s.flow_l_per_min * s.proton_excess_mol_per_l for s in circuit.streams)
    brought -= sum(
        o.flow_l_per_min * (circuit.protons * sum(o.re_mol_per_l) + o.saponified_mol_per_l) for o in circuit.organics
    )
    left = aqueous[0] * excess[0] - organic[-1] * bound[-1] + draw_a @ excess - draw_o @ bound
    left += back_a[-1] * excess[-1] - back_o[0] * bound[0]
    scale = float(system.acid[0] @ enters) + sum(s.flow_l_per_min * s.acid_mol_per_l for s in circuit.streams)
    return float(abs(brought - left) / scale)
