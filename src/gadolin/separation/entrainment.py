"""Drops that settlers let pass: aqueous that goes on with the organic, organic that goes back with the aqueous.

Between two stages the organic carries a share of its volume as aqueous drops of the stage it leaves, and the aqueous
carries organic drops the other way; at both ends they leave with the products, the aqueous as far as a clarifier of
the loaded organic lets it. Net flows stay what feeds, scrub and draws make them, so the gross flow of a phase is its
net flow and what is carried against it.
A balance at constant load (L1) knows moles, not volumes, so it is given the litres that hold a mole of each stream; the
load of each phase on each stage follows from one chain of totals (for the aqueous: the balance of chloride), as exact
as that of an element.
Limits: the same share at every settler; drops have the composition of their stage and do not exchange on the way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gadolin.errors import Fault, InputError
from gadolin.separation._kernels import chain

Shares = tuple[float, float, float]


@dataclass(frozen=True)
class Entrainment:
    """What settlers let pass; volumes per mole turn it into loads.

    Args:
        aqueous_share: Aqueous that goes on with the organic, over the organic. [L/L]
        organic_share: Organic that goes back with the aqueous, over the aqueous. [L/L]
        product_share: Aqueous that leaves with the organic product, over the organic; as between stages if None. [L/L]
        organic_l_per_mol: Volume of the organic over its load. [L/mol]
        feed_l_per_mol: Volume of an aqueous feed over its rare earths. [L/mol]
        scrub_l_per_mol: Volume of the scrub over the load it strips. [L/mol]

    Raises:
        InputError: A share outside 0 to 0.5, a volume that is not positive.

    >>> Entrainment().any, Entrainment(0.005).any
    (False, True)
    """

    aqueous_share: float = 0.0
    organic_share: float = 0.0
    product_share: float | None = None
    organic_l_per_mol: float = 5.6
    feed_l_per_mol: float = 1.0
    scrub_l_per_mol: float = 0.75

    def __post_init__(self) -> None:
        faults = [
            Fault("must lie between 0 and 0.5", field=f"entrainment.{name}", value=getattr(self, name))
            for name in ("aqueous_share", "organic_share", "product_share")
            if not 0 <= (getattr(self, name) or 0.0) <= 0.5
        ]
        faults += [
            Fault("must be greater than 0", field=f"entrainment.{name}", value=getattr(self, name))
            for name in ("organic_l_per_mol", "feed_l_per_mol", "scrub_l_per_mol")
            if not 0 < getattr(self, name) < np.inf
        ]
        if faults:
            raise InputError(faults)

    @property
    def any(self) -> bool:
        """Whether anything passes."""
        return max(self.shares) > 0

    @property
    def shares(self) -> Shares:
        """Aqueous over organic between stages, organic over aqueous, aqueous over organic in the product. [L/L]"""
        last = self.aqueous_share if self.product_share is None else self.product_share
        return self.aqueous_share, self.organic_share, last


NONE = Entrainment()
"""Settlers that part the phases completely."""


def gross(
    aqueous: np.ndarray, organic: np.ndarray, shares: Shares
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Gross volumes for net ones: aqueous down, organic up, aqueous entrained up, organic entrained down. [stage]

    Args:
        aqueous: Net aqueous leaving each stage downward, as if nothing were carried. [stage]
        organic: Net organic leaving each stage upward. [stage]
        shares: As `Entrainment.shares`. [L/L]

    >>> [v.tolist() for v in gross(np.array([2.0, 2.0]), np.array([10.0, 10.0]), (0.01, 0.0, 0.01))]
    [[1.9, 2.0], [10.0, 10.0], [0.1, 0.1], [0.0, 0.0]]
    """
    up, down = shares[0] * organic, shares[1] * aqueous
    up[-1] = shares[2] * organic[-1]
    return (
        aqueous - up[-1] + np.concatenate(([0.0], up[:-1])),
        organic - down[0] + np.concatenate((down[1:], [0.0])),
        up,
        down,
    )


def loads(
    aqueous_source: np.ndarray,
    organic_source: np.ndarray,
    volumes: tuple[np.ndarray, np.ndarray],
    passing: Entrainment,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Load of every stream between stages: aqueous down, organic up, aqueous carried up, organic carried down. [stage]

    Args:
        aqueous_source: Load that enters the aqueous of each stage, less draws and what the organic takes up. [mol]
        organic_source: The same of the organic. [mol]
        volumes: Net aqueous and organic. [stage, L]
        passing: What settlers let pass.

    Raises:
        InputError: More is carried than flows.
    """
    down, up, carried, fallen = gross(*volumes, passing.shares)
    if min(down.min(), up.min()) <= 0:
        raise InputError(
            Fault("carries away more than flows there; let less pass, or raise the scrub", field="entrainment",
                  value=passing.shares)
        )  # fmt: skip
    aqueous, organic = np.empty_like(down), np.empty_like(up)
    low, high, none, one = np.empty_like(down), np.empty_like(down), np.zeros_like(down), np.ones_like(down)
    chain(one, carried / down, none, aqueous_source, aqueous, low, high)
    chain(fallen / up, one, none, organic_source, organic, low, high)
    return aqueous, organic, aqueous * (carried / down), organic * (fallen / up)
