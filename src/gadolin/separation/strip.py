"""The strip section of a cascade: rare earths of the loaded organic go into strong acid, stage by stage on mass action.

The organic of the last scrub stage enters with its load, its free extractant and the drops it carries; strip acid comes
the other way. It is a cascade of its own balances (`acid.py`), for nothing of the strip liquor flows back to the scrub.
The fewest stages are sought that take off what is asked of every element of the product; where no number of stages
does, the acid holds too little at the rich end, and more of it is taken.
Limits: those of `acid.py`. Constants are used far above the acidity of their measurement: there the acid is more active
than its concentration and chloride holds rare earths in the water, so real strips should need rather less. What stays
on the organic is said and not followed back to stage 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gadolin.errors import Fault, InputError
from gadolin.separation.acid import solve_acid
from gadolin.separation.acid_circuit import AcidCircuit, Mixed, Stream

TAKEN_OFF = 0.999
"""Of every element of the product that the strip must take off; a choice. [share]"""

MOST_STRIP_STAGES = 60
"""Stages beyond which more acid is taken instead; a pilot for Lu had 37. A choice. [stages]"""

MORE_ACID = 1.1
"""Step by which the strip acid is raised where no stages suffice. [ratio]"""

MOST_ACID = 6.0
"""Strip acid over 3 mol per mol beyond which a strip is refused; a choice. [ratio]"""

UNITS = {"Strip.acid_ratio": "mol/mol over 3"}


@dataclass(frozen=True)
class Strip:
    """A solved strip section; 1 mol/min of rare earths is fed to its cascade.

    Args:
        mixed: Stages; stage 1 is where the loaded organic enters and the strip liquor leaves.
        symbols: Elements, as in the cascade.
        acid_mol_per_l: Strip acid that enters. [mol/L]
        acid_ratio: Acid that enters over 3 mol per mol taken off. [ratio]
        left_share: Of the worst element of the product, what stays on the organic. [share]
    """

    mixed: Mixed
    symbols: tuple[str, ...]
    acid_mol_per_l: float
    acid_ratio: float
    left_share: float

    @property
    def stages(self) -> int:
        """Stages at equilibrium."""
        return self.mixed.circuit.stages

    @property
    def acid_l_per_mol(self) -> float:
        """Strip acid per mole fed to the cascade. [L/mol]"""
        return self.mixed.circuit.streams[0].flow_l_per_min

    @property
    def acid_mol_per_mol(self) -> float:
        """Acid that enters with it. [mol/mol]"""
        return self.acid_l_per_mol * self.acid_mol_per_l

    @property
    def liquor_l_per_mol(self) -> float:
        """Strip liquor. [L/mol]"""
        return float(self.mixed.aqueous[0])

    @property
    def free_acid_mol_per_l(self) -> float:
        """Acid that is left in the liquor. [mol/L]"""
        return float(self.mixed.h[0])

    @property
    def liquor_mol_per_l(self) -> dict[str, float]:
        """Rare earths of the liquor. [mol/L]"""
        return dict(zip(self.symbols, map(float, self.mixed.c[:, 0]), strict=True))

    def table(self) -> pd.DataFrame:
        """Stage by stage: acid, extractant, concentrations."""
        m = self.mixed
        columns = {"stage": np.arange(1, self.stages + 1), "acid_mol_per_l": m.h, "free_dimer_mol_per_l": m.free}
        columns |= {f"c_{s}_mol_per_l": m.c[i] for i, s in enumerate(self.symbols)}
        columns |= {f"y_{s}_mol_per_l": m.y[i] for i, s in enumerate(self.symbols)}
        return pd.DataFrame(columns).set_index("stage")

    def __str__(self) -> str:
        made = sum(self.liquor_mol_per_l.values())
        return (
            f"{self.stages} stages with {self.acid_ratio:.2f} times the acid the load binds ({self.acid_mol_per_l:g} "
            f"mol/L); liquor {made:.2f} mol/L, free acid {self.free_acid_mol_per_l:.2f} mol/L"
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "stages": self.table().reset_index().to_dict("records"),
            "acid_mol_per_l": self.acid_mol_per_l,
            "acid_ratio": self.acid_ratio,
            "acid_mol_per_mol": self.acid_mol_per_mol,
            "liquor_mol_per_l": self.liquor_mol_per_l,
            "free_acid_mol_per_l": self.free_acid_mol_per_l,
            "left_share": self.left_share,
            "residual": self.mixed.residual,
            "closure": self.mixed.closure,
        }


def strip_of(
    cascade: Mixed, symbols: tuple[str, ...], product: np.ndarray, acid_mol_per_l: float, ratio: float
) -> Strip:
    """The strip of a solved cascade.

    Args:
        cascade: Cascade with acid and base.
        symbols: Its elements.
        product: Which of them belong to the product. [element]
        acid_mol_per_l: Strip acid. [mol/L]
        ratio: Acid over 3 mol per mol of load, at least; more where the balance asks for it. [ratio]

    Raises:
        InputError: At six times what the load binds no 60 stages take it off.
        NotConverged: Residual above 1e-9 or closure above 1e-10.
    """
    at_most = _solved(cascade, symbols, product, (acid_mol_per_l, MOST_ACID), MOST_STRIP_STAGES)
    if at_most.left_share > 1 - TAKEN_OFF:
        held = max((s for s, own in zip(symbols, product, strict=True) if own), key=lambda s: _left(at_most, s))
        raise InputError(
            Fault(
                f"leaves {100 * _left(at_most, held):.2g} % of {held} on the organic, with {MOST_ACID:g} times what "
                f"the load binds and {MOST_STRIP_STAGES} stages: strip with stronger acid (--strip-acid), or take an "
                "extractant that holds it less (--extractant)",
                field="strip_acid_mol_per_l",
                value=acid_mol_per_l,
            )
        )
    while True:
        acid = acid_mol_per_l, min(ratio, MOST_ACID)
        most = _solved(cascade, symbols, product, acid, MOST_STRIP_STAGES)
        if most.left_share <= 1 - TAKEN_OFF or ratio >= MOST_ACID:
            return _fewest(cascade, symbols, product, acid, most)
        ratio *= MORE_ACID


def _fewest(
    cascade: Mixed, symbols: tuple[str, ...], product: np.ndarray, acid: tuple[float, float], most: Strip
) -> Strip:
    """The fewest stages that take off what is asked: halving, for more stages never leave more."""
    short, best = 1, most
    while best.stages - short > 1:
        middle = max(2, min((best.stages + short) // 2, 2 * short + 2))
        one = _solved(cascade, symbols, product, acid, middle)
        if one.left_share <= 1 - TAKEN_OFF:
            best = one
        else:
            short = middle
    return best


def _solved(
    cascade: Mixed, symbols: tuple[str, ...], product: np.ndarray, acid: tuple[float, float], stages: int
) -> Strip:
    own, (strength, ratio) = cascade.circuit, acid
    organic, load = float(cascade.organic[-1]), cascade.y[:, -1]
    flow = own.protons * ratio * organic * float(load.sum()) / strength
    streams = [Stream(stages, flow, (0.0,) * len(symbols), strength)]
    drops = float(cascade.entrained[0][-1])
    if drops > 0:
        streams.append(Stream(1, drops, tuple(map(float, cascade.c[:, -1])), float(cascade.h[-1])))
    circuit = AcidCircuit(
        own.d0, stages, organic, own.total_dimer_mol_per_l, 0.0, tuple(streams), tuple(map(float, load)), own.law,
        power=own.power, protons=own.protons, dimers=own.dimers,
    )  # fmt: skip
    mixed = solve_acid(circuit)
    stays = organic * mixed.y[:, -1] / np.maximum(organic * load, 1e-300)
    return Strip(mixed, symbols, strength, ratio, float(stays[product].max()))


def _left(strip: Strip, symbol: str) -> float:
    i = strip.symbols.index(symbol)
    return float(strip.mixed.y[i, -1] / strip.mixed.circuit.loaded_mol_per_l[i])
