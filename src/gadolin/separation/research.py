"""What a better separation factor is worth: stages, load and reagents of a cut when its beta rises by 0.05.

The factor of the pair at the cut is raised, all else stays; each point is a full L1 design. Which pair of an ore limits
is the one with the dearest load per mole of feed (`sequence`).
Limits: those of L1; a factor does not say what the research costs or whether it succeeds.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from gadolin.errors import Fault, InputError
from gadolin.quantity import Quantity
from gadolin.separation.design import Design, design
from gadolin.separation.reagents import G_PER_MOL

STEP = 0.05


def value_of_beta(base: Design, steps: int = 4, base_reagent: str = "NaOH") -> pd.DataFrame:
    """Stages, load and base against the factor at the cut, in steps of 0.05.

    Args:
        base: Design whose cut is looked at.
        steps: Number of steps of 0.05 up from the factor it uses, 1 to 40.
        base_reagent: NaOH or NH3, for tonnes per tonne of REO by the stoichiometry of the load.

    Returns:
        One row per factor: `beta`, `stages`, `load_mol_per_mol`, `base_t_per_t_reo`, `least_load_mol_per_mol`.

    Raises:
        InputError: steps out of range.

    >>> from gadolin.separation import Feed, Spec, System
    >>> made = design(Feed.of_moles({"Pr": 1, "Nd": 3}), System.of_alpha({"Pr": 1, "Nd": 1.5}), "Pr|Nd",
    ...               Spec(0.999), Spec(0.999))
    >>> bool(value_of_beta(made, 2)["stages"].is_monotonic_decreasing)
    True
    """
    if not 1 <= steps <= 40:
        raise InputError(Fault("must lie in 1 to 40", field="steps", value=steps))
    light, heavy = base.light_group[-1], base.heavy_group[0]
    alpha = base.alpha
    at = len(base.light_group)
    start = float(alpha[at] / alpha[at - 1])
    over = base.sized.load_mol_per_mol / base.sized.least_load_mol_per_mol
    rows = []
    for k in range(steps + 1):
        beta = start + STEP * k
        factor = Quantity(beta, "-", basis="choice")
        system = replace(base.system.with_beta(heavy, light, factor))
        one = base if k == 0 else design(base.feed, system, base.cut, base.light, base.heavy, max(over, 1.05))
        mol = 3 * one.sized.load_mol_per_mol
        rows.append(
            {
                "beta": beta,
                "stages": one.sized.total_stages,
                "load_mol_per_mol": one.sized.load_mol_per_mol,
                "least_load_mol_per_mol": one.sized.least_load_mol_per_mol,
                "base_t_per_t_reo": mol * G_PER_MOL[base_reagent] / 1e3 / base.feed.oxide_kg_per_mol,
            }
        )
    return pd.DataFrame(rows)
