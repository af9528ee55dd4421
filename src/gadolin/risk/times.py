"""How long a country gets by under a shock, and when it is back.

Read from two paths of one future, with the shock and without it. Limits: years, each taken as even, so what happens
within a year is not seen; stocks beside those of the world are the user's say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gadolin.errors import InputError
from gadolin.market import Path
from gadolin.risk.shocks import served_value

__all__ = ["Survival", "survival"]

UNITS = {"Survival.served_share_low": "share"}


@dataclass(frozen=True)
class Survival:
    """How long a country gets by, and when it is back.

    Args:
        survive_months: Months until served use falls below the threshold; None when it never does. [months]
        recover_months: Months from the start of the shock until it is above again; None when not within the path.
        served_share_low: Least served share. [share]
        threshold_share: Threshold. [share]
        stock_months: Months of use held beside the stocks of the world, as stated by the user. [months]
    """

    survive_months: float | None
    recover_months: float | None
    served_share_low: float
    threshold_share: float
    stock_months: float

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return vars(self) | {}

    def __str__(self) -> str:
        live = "never short" if self.survive_months is None else f"{self.survive_months:.0f} months"
        back = "not within the years seen" if self.recover_months is None else f"{self.recover_months:.0f} months"
        if self.survive_months is None:
            back = "nothing to recover from"
        return (
            f"survives {live} with {self.stock_months:g} months of own stock, recovers after {back}; "
            f"least served {100 * self.served_share_low:.0f} %"
        )


def survival(
    shocked: Path,
    calm: Path,
    country: str,
    goods: Sequence[str] = (),
    stock_months: float = 0.0,
    threshold_share: float = 0.95,
) -> Survival:
    """Time to survive on stated stocks, and time to recover.

    Served use is taken constant within a year; own stock fills the gap first, month by month.

    Args:
        shocked: Path with the shock.
        calm: The same future without it.
        country: Whose use.
        goods: Goods; all it uses when empty.
        stock_months: Own stock in months of use, beside what the world holds. [months]
        threshold_share: Served share below which it does not get by, 0 to 1. [share]

    Raises:
        InputError: Threshold or stock out of range; the country uses none of the goods.
    """
    if not (0 < threshold_share <= 1 and stock_months >= 0):
        raise InputError("threshold_share must lie in 0 to 1 and stock_months must not be negative")
    served: list[float] = []
    for a, b in zip(shocked.years, calm.years, strict=True):
        was, now = served_value(b, a, country, goods)
        served.append(now / was)
    monthly = np.repeat(served, 12)
    left, short, back = stock_months, None, None
    first = next((m for m, s in enumerate(monthly) if s < threshold_share), None)
    for month, share in enumerate(monthly):
        gap = 1 - share
        if share < threshold_share:
            if left >= gap:
                left -= gap
            elif short is None:
                short = month
        elif short is not None and back is None:
            back = month
    began = first or 0
    return Survival(
        None if short is None else float(short - began),
        None if back is None else float(back - began),
        float(min(served)),
        threshold_share,
        stock_months,
    )
