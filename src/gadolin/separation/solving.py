"""`solve(design, level)`: the profile of a design at the level asked for."""

from __future__ import annotations

from typing import Literal

import numpy as np

from gadolin.elements import element
from gadolin.errors import Fault, InputError
from gadolin.separation.design import Design
from gadolin.separation.profile import Profile
from gadolin.separation.reagents import Operation
from gadolin.separation.tuning import tune

L2_LIMITS = (
    "stages at equilibrium, constant volumes, concentrations for activities, also in the strong acid of the strip"
)


def solve(design: Design, level: Literal["L1", "L2"] = "L1", operation: Operation | None = None) -> Profile:
    """Profile of a design.

    Args:
        design: From `design()`.
        level: L1, constant load and factors; L2, with acid, base and extractant, the flows tuned to the products.
        operation: For L2: concentrations, base and precipitant; `Operation()` if None.

    Raises:
        InputError: Unknown level; for L2 a system without level constant, or an organic feed.
        NotConverged: No solution within the limits of residual and closure.
    """
    title = f"{design.heavy_group[0]} | {design.light_group[-1]}, {design.system.extractant} {design.system.medium}"
    if level == "L1":
        state = design.sized.steady
        return Profile(
            level, design.order, design.table(), state.raffinate, state.heavy_product, "mol per mol of feed",
            design.reached(), state.residual, state.closure, state.newton_steps, title, design.limits,
        )  # fmt: skip
    if level != "L2":
        raise InputError(Fault("must be L1 or L2", field="level", value=level))
    tuned = tune(design, operation)
    mixed = tuned.mixed
    return Profile(
        level, design.order, tuned.table(), mixed.raffinate, mixed.product, "mol per mol of feed",
        _reached(design, mixed.raffinate, mixed.product), mixed.residual, mixed.closure, mixed.newton_steps, title,
        L2_LIMITS, tuned.notes, tuned.bill(), design.system.note, tuned.strip,
    )  # fmt: skip


def _reached(design: Design, raffinate: np.ndarray, product: np.ndarray) -> dict[str, float]:
    mass = np.array([element(s).oxide_molar_mass_g_per_mol for s in design.order])
    low, high, cut = mass * raffinate, mass * product, len(design.light_group)
    return {
        "light_purity_share": float(low[:cut].sum() / low.sum()),
        "light_recovery_share": float(low[:cut].sum() / (low + high)[:cut].sum()),
        "heavy_purity_share": float(high[cut:].sum() / high.sum()),
        "heavy_recovery_share": float(high[cut:].sum() / (low + high)[cut:].sum()),
    }
