"""What comes with the rare earths (Al, Ca, Fe, Th, U): where purification sends it, and how active the residue is.

Before extraction the liquor is neutralised step by step: Fe leaves over pH 2.0-3.5, Th near 3.6, Al over 3.5-4.5, with
a little rare earth adsorbed. Each impurity has a share that goes to the residue, with range and basis; the rest stays
in the liquor. Inside extraction an impurity is followed only where constants exist; none do for these, so what stays in
the liquor is named with its tonnes and not followed.
Activity: parent nuclides only, each against 1 Bq/g; Th-232 4.06 kBq/g, U-238 12.35 kBq/g of natural uranium.
Limits: in a leach product the chains are out of equilibrium (Ra-228, Ac-227): ppm of Th and U prove nothing about them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gadolin.errors import Fault, InputError
from gadolin.quantity import Quantity, weakest

YEAR_S, AVOGADRO = 365.25 * 86400, 6.02214076e23
HALF_LIFE_YEARS = {"Th": 1.405e10, "U": 4.468e9}
MASS_G_PER_MOL = {"Al": 26.982, "Ca": 40.078, "Fe": 55.845, "Th": 232.04, "U": 238.03}
HYDROXIDE_G_PER_MOL = {"Al": 78.00, "Ca": 74.09, "Fe": 106.87, "Th": 300.07, "U": 304.04}
WATER_G_PER_MOL = 18.015
BASE_MOL_PER_MOL = {"Al": 3.0, "Ca": 0.0, "Fe": 3.0, "Th": 4.0, "U": 2.0}
LIMIT_BQ_PER_G = 1.0
_U238_IN_NATURAL = 0.9927


def _share(value: float, low: float, high: float, said: str, basis: str = "estimate") -> Quantity:
    return Quantity(value, "share", low, high, basis, reason=said)


TO_RESIDUE: Mapping[str, Quantity] = {
    "Al": _share(0.95, 0.80, 0.99, "leaves over pH 3.5-4.5 (reported); share estimated"),
    "Ca": _share(0.0, 0.0, 0.05, "stays in solution below pH 7; share estimated"),
    "Fe": _share(0.99, 0.95, 0.999, "leaves over pH 2.0-3.5 (reported); share estimated"),
    "Th": _share(0.95, 0.85, 0.99, "about 95 % at pH 3.6 with MgCO3 and H2O2, reported; range estimated"),
    "U": _share(0.6, 0.2, 0.95, "hydrolyses with Al, carbonate keeps it dissolved; estimated"),
}
"""Shares that purification sends to the residue, where the user gives none."""


def activity_bq_per_g(symbol: str) -> float:
    """Activity of a gram of the element, parent nuclide only. [Bq/g]

    Args:
        symbol: Th or U (natural).

    >>> round(activity_bq_per_g("Th")), round(activity_bq_per_g("U"), -1)
    (4057, 12350.0)
    """
    grams = {"Th": 232.038, "U": 238.051}[symbol]
    share = 1.0 if symbol == "Th" else _U238_IN_NATURAL
    return share * math.log(2) / (HALF_LIFE_YEARS[symbol] * YEAR_S) * AVOGADRO / grams


@dataclass(frozen=True)
class Impurity:
    """One impurity of the feed.

    Args:
        symbol: Al, Ca, Fe, Th or U.
        content: Element in the feed. [kg per t REO]
        to_residue: Share that purification sends to the residue; the default of the element if None.

    Raises:
        InputError: Another element, a negative content, a share outside 0 to 1.

    >>> Impurity("Th", Quantity(0.2, "kg per t REO", basis="choice")).split.value
    0.95
    """

    symbol: str
    content: Quantity
    to_residue: Quantity | None = None

    def __post_init__(self) -> None:
        faults = []
        if self.symbol not in TO_RESIDUE:
            faults.append(Fault(f"must be one of {', '.join(TO_RESIDUE)}; rare earths belong to the feed",
                                field="impurity", value=self.symbol))  # fmt: skip
        for name, q, most in (("content", self.content, math.inf), ("to_residue", self.to_residue, 1.0)):
            ends = [] if q is None else [v for v in (q.low, q.value, q.high) if v is not None]
            if any(not 0 <= v <= most for v in ends):
                allowed = "must lie in 0 to 1" if most == 1 else "must not be negative"
                faults.append(Fault(allowed, field=f"impurity {self.symbol}.{name}", value=ends))
        if faults:
            raise InputError(faults)

    @property
    def split(self) -> Quantity:
        """Share to the residue."""
        return self.to_residue or TO_RESIDUE[self.symbol]


@dataclass(frozen=True)
class Purification:
    """How the liquor is purified.

    Args:
        loss: Rare earths that go with the residue. [share]
        insoluble: Undissolved part of the feed. [t per t REO]
        impurities: What the feed brings.
    """

    loss: Quantity = field(default_factory=lambda: _share(
        0.01, 0.003, 0.03, "adsorbed on the precipitate, from pH 4.9 on more; no plant figure"))  # fmt: skip
    insoluble: Quantity = field(default_factory=lambda: Quantity(
        0.05, "t per t REO", 0.01, 0.2, "estimate", reason="sand and clay in a carbonate; no source"))  # fmt: skip
    impurities: Sequence[Impurity] = ()

    def __post_init__(self) -> None:
        symbols = [i.symbol for i in self.impurities]
        twice = sorted({s for s in symbols if symbols.count(s) > 1})
        if twice:
            raise InputError(Fault(f"{', '.join(twice)} stands twice", field="impurities"))
        object.__setattr__(self, "impurities", tuple(self.impurities))

    @property
    def basis(self) -> str:
        """Weakest basis of what decides the residue."""
        named = [q.basis for i in self.impurities for q in (i.content, i.split) if q.basis]
        return weakest([self.loss.basis or "estimate", self.insoluble.basis or "estimate", *named])

    def inputs(self) -> dict[str, Quantity]:
        """What has a range, by name, to draw from."""
        found = {"purification loss": self.loss, "insoluble": self.insoluble}
        for one in self.impurities:
            found |= {f"{one.symbol} content": one.content, f"{one.symbol} to residue": one.split}
        return found

    def outcome(
        self, given: Mapping[str, np.ndarray], feed_t_reo: float, kg_reo_per_mol: float
    ) -> dict[str, np.ndarray]:
        """Residue and liquor for values of `inputs()`.

        Args:
            given: Values by name. [draw]
            feed_t_reo: Feed. [t REO per year]
            kg_reo_per_mol: Oxide mass of a mole of its rare earths. [kg/mol]

        Returns:
            `residue_t`, `base_kmol`, and per impurity `X residue_t`, `X liquor_t`; `Th bq_per_g`, `U bq_per_g`.
        """
        lost = (
            feed_t_reo * given["purification loss"] / kg_reo_per_mol
        )  # kmol, held as RE(OH)3: 1.5 H2O more than oxide
        residue = feed_t_reo * (given["insoluble"] + given["purification loss"]) + lost * 1.5 * WATER_G_PER_MOL / 1000
        base = 3 * lost
        found: dict[str, np.ndarray] = {}
        for one in self.impurities:
            s = one.symbol
            brought = feed_t_reo * given[f"{s} content"] / 1000
            caught = brought * given[f"{s} to residue"]
            found |= {f"{s} residue_t": caught, f"{s} liquor_t": brought - caught}
            residue = residue + caught * HYDROXIDE_G_PER_MOL[s] / MASS_G_PER_MOL[s]
            base = base + caught * 1000 / MASS_G_PER_MOL[s] * BASE_MOL_PER_MOL[s]
        for s in ("Th", "U"):
            if f"{s} residue_t" in found:
                found[f"{s} bq_per_g"] = found[f"{s} residue_t"] / residue * activity_bq_per_g(s)
        return found | {"residue_t": residue, "base_kmol": base}


def judged(activity: Quantity) -> str:
    """An activity against the limit of 1 Bq/g, in words.

    Args:
        activity: With its range. [Bq/g]

    >>> judged(Quantity(3.0, "Bq/g", 0.5, 8.0, "estimate"))
    'may pass 1 Bq/g: measure it'
    """
    if activity.value is None:
        return f"not known: {activity.reason}"
    low, high = activity.low or activity.value, activity.high or activity.value
    if low > LIMIT_BQ_PER_G:
        return "above 1 Bq/g: radioactive residue"
    return "below 1 Bq/g" if high <= LIMIT_BQ_PER_G else "may pass 1 Bq/g: measure it"
