"""What a better separation factor is worth: stages, load and reagents of a cut when its beta rises by 0.05.

The factor of the pair at the cut is raised, all else stays; each point is a full L1 design, acid and base are solved
anew (L2) where the system has a level constant. Which cut of a plant limits is the one with the dearest load per mole
of the plant's feed (`Flowsheet.research`).
Limits: those of L1 and L2; a factor does not say what the research costs or whether it succeeds.
"""

from __future__ import annotations

import pandas as pd

from gadolin.errors import Fault, InputError, NotConverged
from gadolin.quantity import Quantity
from gadolin.separation.design import Design, design
from gadolin.separation.reagents import Operation
from gadolin.separation.tuning import tune

STEP = 0.05


def value_of_beta(base: Design, steps: int = 4, operation: Operation | None = None) -> pd.DataFrame:
    """Stages, load, base and acid against the factor at the cut, in steps of 0.05.

    Args:
        base: Design whose cut is looked at.
        steps: Number of steps of 0.05 up from the factor it uses, 1 to 40.
        operation: Concentrations and base; `Operation()` if None.

    Returns:
        One row per factor: `beta`, `stages`, `load_mol_per_mol`, `least_load_mol_per_mol`, `base_t_per_t_reo` and
        `hcl_t_per_t_reo` of the cut's feed (missing where L2 is not solved), `acid_and_base` (L2, or why not).

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
        system = base.system.with_beta(heavy, light, factor)
        one = base if k == 0 else design(
            base.feed, system, base.cut, base.light, base.heavy, max(over, 1.05), base.entrainment
        )  # fmt: skip
        used, acid, how = _reagents(one, operation or Operation())
        rows.append(
            {
                "beta": beta,
                "stages": one.sized.total_stages,
                "load_mol_per_mol": one.sized.load_mol_per_mol,
                "least_load_mol_per_mol": one.sized.least_load_mol_per_mol,
                "base_t_per_t_reo": used,
                "hcl_t_per_t_reo": acid,
                "acid_and_base": how,
            }
        )
    return pd.DataFrame(rows)


def _reagents(one: Design, run: Operation) -> tuple[float, float, str]:
    """Base and acid of the solved flows, t per t REO fed to the cut, or why they are missing."""
    try:
        bill = tune(one, run).bill()
    except (InputError, NotConverged) as error:
        return float("nan"), float("nan"), str(error)
    tonnes = bill.groupby("item")["t_per_t_reo"].sum()
    return float(tonnes[run.base]), float(tonnes["HCl"]), "L2"
