"""`solve(design, level)`: the profile of a design at the level asked for."""

from __future__ import annotations

from typing import Literal

from gadolin.errors import Fault, InputError
from gadolin.separation.design import LIMITS, Design
from gadolin.separation.profile import Profile


def solve(design: Design, level: Literal["L1", "L2"] = "L1") -> Profile:
    """Profile of a design.

    Args:
        design: From `design()`.
        level: L1, constant load and factors.

    Raises:
        InputError: Unknown level.
    """
    if level != "L1":
        raise InputError(Fault("must be L1", field="level", value=level))
    state = design.sized.steady
    return Profile(
        level="L1",
        symbols=design.order,
        frame=design.table(),
        raffinate=state.raffinate,
        organic=state.heavy_product,
        amount_unit="mol per mol of feed",
        reached=design.reached(),
        residual=state.residual,
        closure=state.closure,
        newton_steps=state.newton_steps,
        title=f"{design.heavy_group[0]} | {design.light_group[-1]}, {design.system.extractant} {design.system.medium}",
        limits=LIMITS,
    )
