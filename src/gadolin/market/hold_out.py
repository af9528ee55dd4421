"""How well a calibration predicts facts that it was not shown.

Each n-th observed fact is left out with every other fact and prior read from the same rows; the balances, other rows
and what the years before let one expect then say what it should be, and how surely.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from gadolin.errors import Fault, InputError
from gadolin.market.observations import Observations
from gadolin.market.reconciliation import fact_table, reconcile, spread_of, weighed

__all__ = ["HoldOut", "hold_out"]


@dataclass(frozen=True)
class HoldOut:
    """What the calibration says about facts it was not shown.

    Args:
        facts: One row per fact held out: value, sigma, predicted, width of the prediction, distance in sigmas of both
            together (`distance_sigma`) and in the fact's own (`residual_sigma`).
    """

    facts: pd.DataFrame

    @property
    def within_two_sigma_share(self) -> float:
        """Share of the facts within two sigmas of their prediction, its width and theirs together. [share]"""
        return float((self.facts.distance_sigma.abs() <= 2).mean())

    @property
    def blind(self) -> int:
        """Facts about which what remains says nothing: the prediction is wider than the fact's own value or width."""
        scale = np.maximum(self.facts.value_kt_product.abs(), 2 * self.facts.sigma)
        return int((self.facts.predicted_sigma > scale).sum())

    @property
    def within_two_own_sigma_share(self) -> float:
        """Share of the facts predicted within two of their own sigmas: how sharp the prediction is. [share]"""
        return float((self.facts.residual_sigma.abs() <= 2).mean())

    def table(self) -> pd.DataFrame:
        """The facts."""
        return self.facts

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "facts": self.facts.to_dict("records"),
            "within_two_sigma_share": self.within_two_sigma_share,
            "within_two_own_sigma_share": self.within_two_own_sigma_share,
            "blind": self.blind,
        }

    def __str__(self) -> str:
        both, own = 100 * self.within_two_sigma_share, 100 * self.within_two_own_sigma_share
        return (
            f"{len(self.facts)} facts held out: {both:.0f} % within two sigmas of the prediction and the fact, "
            f"{own:.0f} % within two of the fact alone; on {self.blind} of them the rest says nothing"
        )


def hold_out(observations: Observations, every: int = 10, first: int = 0) -> HoldOut:
    """Leave out each n-th observed fact, with all facts and priors read from the same rows, and predict it.

    What remains are the balances, what other rows say, and what the years before let one expect.

    Args:
        observations: Structure and facts.
        every: A fact in so many is left out at a time, >= 2.
        first: Which fact is the first to be left out, 0 to `every` - 1.

    Raises:
        InputError: `every` below 2 or `first` out of range.
    """
    if every < 2:
        raise InputError(Fault("must be at least 2", field="every", value=every))
    if not 0 <= first < every:
        raise InputError(Fault(f"must lie in 0 to {every - 1}", field="first", value=first))
    seen = [f for f in observations.facts if f.observed]
    left = seen[first::every]
    rows = {ref.rsplit(":", 1)[0] for f in left for ref in f.refs}
    kept = [f for f in observations.facts if f not in left and rows.isdisjoint(ref.rsplit(":", 1)[0] for ref in f.refs)]
    shown = replace(observations, facts=tuple(kept))
    quantity = reconcile(shown)
    # a quantity at zero may still turn out positive, so it belongs to the width
    spread = spread_of(shown, np.where(_may_be(shown), 1.0, 0.0))
    sums, _ = weighed(replace(observations, facts=tuple(replace(f, sigma_kt=1.0) for f in left)))
    table = fact_table(left, observations.variables, quantity)
    predicted = spread.of(sp.csr_matrix(sums[:, spread.columns]))
    distance = (table.reconciled_kt_product - table.value_kt_product) / np.hypot(table.sigma, predicted)
    return HoldOut(table.assign(predicted_sigma=predicted, distance_sigma=distance))


def _may_be(observations: Observations) -> np.ndarray:
    """Quantities that may be positive: all but those the structure holds at zero."""
    return np.array([name not in observations.untraded for name in observations.variables], dtype=bool)
