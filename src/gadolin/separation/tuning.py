"""A design with acid and base: flows tuned to the specifications on mass action (L2).

The loads of L1 are no set points: part of the base meets free acid and part of the scrub acid stays free. So organic
and scrub flow are tuned until the product flow and the purities of the design are met on L2 (`acid_specified.py`).
Where no flows do, because acid that stays free spoils the scrub, more stages of both sections are tried.
Limits: those of `acid.py`; stages are added in steps, so they are not the fewest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from gadolin.errors import Fault, InputError, NotConverged
from gadolin.separation.acid_circuit import AcidCircuit, Mixed, Organic, Stream
from gadolin.separation.acid_specified import Missed, meet_with_acid
from gadolin.separation.cascade import steady_at
from gadolin.separation.chemistry import LOADING_WARNING_SHARE, weaker
from gadolin.separation.circuit import Circuit, Steady
from gadolin.separation.design import Design, oxide_masses
from gadolin.separation.reagents import STRIP_EXCESS, Operation, Tuned
from gadolin.separation.shapes import Wish
from gadolin.separation.specified import stretched
from gadolin.separation.stages import MOST_STAGES
from gadolin.separation.strip import Strip, strip_of

LONGER = (1.15, 1.4, 2.0)
"""Stages that are tried where those of constant load do not do. [ratio]"""

UNUSED_WARNING_SHARE = 0.8
"""Scrub acid still free at the last stage beyond which a note says so; a choice. [share]"""


ABSURD = 1.6
"""Base or scrub acid over what the loads bind beyond which a note says so; a choice. [ratio]"""


def tune(design: Design, operation: Operation | None = None) -> Tuned:
    """Flows of a design on mass action: both specifications are met again.

    Args:
        design: Design at L1. An organic feed is taken as loaded as the organic of the cascade.
        operation: Concentrations, base and precipitant; `Operation()` if None.

    Returns:
        The cascade with the stages of the design or, where no flows do with these, with the fewest tried that do.

    Raises:
        InputError: A system without a level constant; scrub acid too weak for what it should strip.
        NotConverged: Residual or closure too large.
    """
    run, state = operation or Operation(), design.sized.steady
    is_heavy = np.arange(len(design.order)) >= len(design.light_group)
    wish = Wish.of(design.light, design.heavy, oxide_masses(design.order), is_heavy)
    # what L1 reaches, which is what was asked unless whole stages exceed it
    reached = replace(wish, targets=wish.targets + np.array(wish.gaps(state.raffinate, state.heavy_product)))
    missed, before, start = Missed(np.inf), (0, 0), None
    for n, m in _lengths(design):
        near = _longer(design, n, m)
        if missed.best is not None:
            w, c = stretched(missed.best.w, missed.best.c, (before[0], n), (sum(before), n + m))
            start = replace(missed.best, w=w, c=c)
        found = meet_with_acid(_circuit(design, run, near, n), reached, near, start)
        if not isinstance(found, Missed):
            strip, why = _strip(design, run, found)
            return Tuned(design, run, found, n, (*why, *_notes(design, run, found, n)), strip)
        if np.isinf(found.gap) and np.isinf(missed.gap) and before != (0, 0):
            break  # without any flows at all, more stages do not help
        missed, before = found, (n, m)
    raise _out_of_reach(design, run, missed, sum(before) / design.sized.total_stages)


def _strip(design: Design, run: Operation, state: Mixed) -> tuple[Strip | None, tuple[str, ...]]:
    """The strip of the product, or why there is none."""
    heavy = np.arange(len(design.order)) >= len(design.light_group)
    try:
        excess = 1 + (STRIP_EXCESS.value or 0.0)
        return strip_of(state, design.order, heavy, run.strip_acid_mol_per_l, excess), ()
    except (InputError, NotConverged) as error:
        return None, (f"strip by stoichiometry: {error}",)


def _lengths(design: Design) -> Iterator[tuple[int, int]]:
    """Extraction and scrub stages to try: those of the design, then more of both."""
    sized = design.sized
    for times in (1.0, *LONGER):
        n, m = (int(np.ceil(times * stages)) for stages in (sized.extraction_stages, sized.scrub_stages))
        if times > 1:
            n, m = n + 1, m + 1
        if n + m <= MOST_STAGES:
            yield n, m


def _longer(design: Design, n: int, m: int) -> Steady:
    """The design at constant load with other stages, its flows as they are."""
    state = design.sized.steady
    if (n, n + m) == (design.sized.extraction_stages, state.circuit.stages):
        return state
    mol = np.array([design.feed.mol_share[s] for s in design.order])
    circuit = Circuit.of(design.alpha, mol, n, m, design.feed.phase, design.entrainment)
    return steady_at(circuit, state.load, state.scrub)


def _out_of_reach(design: Design, run: Operation, missed: Missed, times: float) -> InputError:
    said = (
        f"of {run.scrub_acid_mol_per_l:g} mol/L strips too little of {design.heavy_group[0]} from "
        f"{design.system.extractant} to part it from {design.light_group[-1]} with acid and base, at up to "
        f"{times:.2g} times the stages of constant load"
        + (f" (missed by a factor {np.exp(missed.gap):.2g})" if np.isfinite(missed.gap) else "")
        + f": scrub with stronger acid (--scrub-acid), {weaker(design.system.extractant)}, "
        "or ask for less purity; L1 still answers"
    )
    return InputError(Fault(said, field="scrub_acid_mol_per_l"))


def _circuit(design: Design, run: Operation, near: Steady, n: int) -> AcidCircuit:
    """The cascade as it would run if no acid stayed free."""
    shares = design.feed.mol_share
    levels = design.system.log10_d0(design.order)
    level = design.system.level
    assert level is not None
    mol, total = tuple(shares[s] for s in design.order), near.circuit.stages
    scrub = Stream(total, 3 * near.scrub / run.scrub_acid_mol_per_l, (0.0,) * len(mol), run.scrub_acid_mol_per_l)
    streams, organics = (scrub,), ()
    if design.feed.phase == "aqueous":
        c = tuple(run.feed_mol_per_l * z for z in mol)
        streams = (Stream(n, 1 / run.feed_mol_per_l, c, run.feed_acid_mol_per_l), scrub)
    else:
        load = run.saponified_mol_per_l / 3
        organics = (Organic(n, 1 / load, tuple(load * z for z in mol)),)
    return AcidCircuit(
        tuple(10 ** levels[s] for s in design.order), total, 3 * near.load / run.saponified_mol_per_l,
        run.total_dimer_mol_per_l, run.saponified_mol_per_l, streams,
        law=(level.reference_mol_per_l, level.order, level.sqrt_coefficient), more_organic=organics,
        passing=design.entrainment.shares,
    )  # fmt: skip


def _notes(design: Design, run: Operation, state: Mixed, n: int) -> tuple[str, ...]:
    notes = []
    sized = design.sized
    if state.circuit.stages != sized.total_stages:
        notes.append(
            f"{n} extraction + {state.circuit.stages - n} scrub stages, where constant load does with "
            f"{sized.extraction_stages} + {sized.scrub_stages}: acid that stays free works against the scrub"
        )
    unused = state.h[-1] / run.scrub_acid_mol_per_l
    if unused > UNUSED_WARNING_SHARE:
        notes.append(
            f"{100 * unused:.0f} % of the scrub acid is still free at the last stage: {design.heavy_group[0]} is held "
            f"too fast; stronger acid would take less of it, or {weaker(design.system.extractant)}"
        )
    bound = 3 * sized.load_mol_per_mol
    used = state.circuit.organic_l_per_min * run.saponified_mol_per_l / bound
    scrub = state.circuit.streams[state.circuit.scrub or 0]
    acid = scrub.flow_l_per_min * run.scrub_acid_mol_per_l / (3 * sized.scrub_mol_per_mol)
    if max(used, acid) > ABSURD:
        notes.insert(
            0,
            f"out of proportion: {used:.1f} times the base and {acid:.1f} times the scrub acid that the loads bind; "
            f"{weaker(design.system.extractant)}, or ask for less purity",
        )
    level, ph = design.system.level, state.ph
    if level is not None and level.ph_range_ph is not None:
        low, high = level.ph_range_ph
        if ph.min() < low or ph.max() > high:
            notes.append(f"pH {ph.min():.2f} to {ph.max():.2f} leaves the range {low:g}-{high:g} of the level constant")
    if state.loading.max() > LOADING_WARNING_SHARE:
        notes.append(
            f"organic loaded to {100 * state.loading.max():.0f} % of its ceiling, above 60 %: gel and third phase near"
        )
    return tuple(notes)
