"""Extractant systems: separation factors, the level of extraction, distribution against pH and loading.

A `System` is an extractant in a medium with factors of neighbour pairs, each with range, basis and refs, and where
known one level constant. Factors multiply along pairs, so alpha of any two elements follows from the pairs between.
Method: cation exchange of the dimer, RE3+ + 3 (HA)2 = RE(HA2)3 + 3 H+, so log10 D = log10 D0 + 3 pH + n log10(l/l_ref)
+ 3 a (sqrt l - sqrt l_ref), l the FREE dimer, n and a data of the extractant.
Limits: constants are conditional (medium, ionic strength, 25 C); factors taken as independent of pH and loading.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from gadolin.elements import element
from gadolin.errors import Fault, InputError
from gadolin.quantity import Quantity, weakest

End = Literal["low", "mid", "high"]
LOADING_WARNING_SHARE = 0.6
UNITS = {"Level.log10_d_at_ph0": "log10", "Level.order": "-", "Level.sqrt_coefficient": "(L/mol)^0.5"}

ALIASES = {
    "P204": "D2EHPA",
    "HDEHP": "D2EHPA",
    "DEHPA": "D2EHPA",
    "P507": "PC88A",
    "EHEHPA": "PC88A",
    "HEHEHP": "PC88A",
    "PC-88A": "PC88A",
    "CYANEX272": "Cyanex 272",
    "NAPHTHENIC": "naphthenic acid",
}


HOLDS_LESS = {"D2EHPA": "P507", "PC88A": "Cyanex 272"}
"""An extractant that holds rare earths less than another: pH of D(Nd) = 1 is 0.27, 1.03 and 1.9 in this order."""


def weaker(extractant: str) -> str:
    """What to take where an extractant holds an element too fast, in words.

    Args:
        extractant: Name of the atlas.

    >>> weaker("D2EHPA"), weaker("Cyanex 272")
    ('take P507, which holds it less (--extractant P507)', 'take an extractant that holds it less (--extractant)')
    """
    other = HOLDS_LESS.get(extractant)
    if other is None:
        return "take an extractant that holds it less (--extractant)"
    return f"take {other}, which holds it less (--extractant {other if ' ' not in other else repr(other)})"


def canonical(extractant: str) -> str:
    """The atlas's name of an extractant.

    >>> canonical("P507"), canonical("p204"), canonical("cyanex 272")
    ('PC88A', 'D2EHPA', 'Cyanex 272')
    """
    plain = extractant.strip()
    if plain.upper() in ALIASES:
        return ALIASES[plain.upper()]
    known = {name.lower(): name for name in ALIASES.values()}
    return known.get(plain.lower(), plain)


@dataclass(frozen=True)
class Factor:
    """Separation factor of a pair, D_heavy / D_light.

    Args:
        heavy: More extracted element.
        light: Less extracted element.
        beta: Factor with range, basis and refs. [-]

    Raises:
        InputError: Unknown element, beta missing or not positive.
    """

    heavy: str
    light: str
    beta: Quantity

    def __post_init__(self) -> None:
        element(self.heavy)
        element(self.light)
        low = self.beta.value if self.beta.low is None else self.beta.low
        if self.beta.value is None or low is None or low <= 0:
            raise InputError(Fault("must be positive", field=f"beta {self.heavy}/{self.light}", value=self.beta.value))

    def at(self, end: End) -> float:
        """The factor at an end of its range; the value itself where no range is known. [-]"""
        value = {"low": self.beta.low, "mid": self.beta.value, "high": self.beta.high}[end]
        chosen = self.beta.value if value is None else value
        assert chosen is not None
        return float(chosen)


@dataclass(frozen=True)
class Level:
    """How strongly one element is extracted; the others follow by the factors.

    Args:
        element: Element the level is for.
        log10_d_at_ph0: log10 D at pH 0 and the reference extractant. [log10]
        reference_mol_per_l: Free extractant (dimer) at which it holds. [mol/L]
        order: Slope of log D in log free extractant; 3 is ideal. [-]
        sqrt_coefficient: a of the term 3 a (sqrt l - sqrt l_ref). [(L/mol)^0.5]
        ph_range_ph: pH range of the measurements, or None.
        basis: How well known.
        refs: Refs of the cells.
        note: Conditions.
    """

    element: str
    log10_d_at_ph0: float
    reference_mol_per_l: float = 0.5
    order: float = 3.0
    sqrt_coefficient: float = 0.0
    ph_range_ph: tuple[float, float] | None = None
    basis: str = "derived"
    refs: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class System:
    """An extractant in a medium.

    Args:
        extractant: Name of the atlas; aliases such as P507 are accepted.
        medium: Medium the constants belong to.
        factors: Pairs; a tree or chain that links the elements.
        choose: End of each factor's range that a design uses: low errs to more stages.
        level: Level constant; None when only factors are known (L2 then is refused).
        note: What a reader must know.

    Raises:
        InputError: No factors, or a pair given twice.

    >>> two = System("P507", "chloride", (Factor("Nd", "Pr", Quantity(1.55, "-", 1.5, 2.0, "derived")),))
    >>> two.extractant, [float(a) for a in two.alpha(["Pr", "Nd"])], [float(a) for a in two.alpha(["Pr", "Nd"], "mid")]
    ('PC88A', [1.0, 1.5], [1.0, 1.55])
    """

    extractant: str
    medium: str
    factors: tuple[Factor, ...]
    choose: End = "low"
    level: Level | None = None
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "extractant", canonical(self.extractant))
        object.__setattr__(self, "factors", tuple(self.factors))
        pairs = [frozenset((f.heavy, f.light)) for f in self.factors]
        if not pairs:
            raise InputError(Fault("needs at least one factor", field="factors"))
        if len(set(pairs)) != len(pairs):
            raise InputError(Fault("a pair stands twice", field="factors"))
        if self.choose not in ("low", "mid", "high"):
            raise InputError(Fault("must be low, mid or high", field="choose", value=self.choose))

    @classmethod
    def of_alpha(cls, alpha: dict[str, float], extractant: str = "given", medium: str = "given") -> System:
        """A system of given factors against the least extracted element, without ranges.

        Args:
            alpha: Factor by element. [-]
            extractant: Name for print.
            medium: Name for print.
        """
        order = sorted(alpha, key=lambda s: alpha[s])
        factors = [
            Factor(b, a, Quantity(alpha[b] / alpha[a], "-", basis="choice")) for a, b in itertools.pairwise(order)
        ]
        return cls(extractant, medium, tuple(factors))

    @property
    def symbols(self) -> tuple[str, ...]:
        """Elements that the factors link."""
        return tuple(dict.fromkeys(s for f in self.factors for s in (f.light, f.heavy)))

    @property
    def basis(self) -> str:
        """Weakest basis among the factors."""
        return weakest(f.beta.basis or "memory" for f in self.factors)

    @property
    def refs(self) -> tuple[str, ...]:
        """Refs of the factors."""
        return tuple(dict.fromkeys(r for f in self.factors for r in f.beta.refs))

    def at(self, end: End) -> System:
        """The same system used at another end of its factors' ranges."""
        return replace(self, choose=end)

    def with_beta(self, heavy: str, light: str, beta: Quantity) -> System:
        """The same system with one pair overridden or added by the user.

        Args:
            heavy: More extracted element.
            light: Less extracted element.
            beta: Factor.
        """
        kept = tuple(f for f in self.factors if {f.heavy, f.light} != {heavy, light})
        return replace(self, factors=(*kept, Factor(heavy, light, beta)))

    def alpha(self, symbols: list[str] | tuple[str, ...], end: End | None = None) -> np.ndarray:
        """Factors against the least extracted of some elements. [element]

        Args:
            symbols: Elements wanted.
            end: End of the ranges; the system's own choice if None.

        Raises:
            InputError: An element that no factor links to the others.
        """
        end = self.choose if end is None else end
        logs = self._logs(symbols[0], end)
        missing = [s for s in symbols if s not in logs]
        if missing:
            raise InputError(
                Fault(
                    f"no factor of {self.extractant} ({self.medium}) links {', '.join(missing)} to {symbols[0]}; "
                    f"it has {', '.join(self.symbols)}: leave it out, take another extractant or give a factor",
                    field="system.factors",
                )
            )
        found = np.array([logs[s] for s in symbols])
        return np.exp(found - found.min())

    def _logs(self, start: str, end: End) -> dict[str, float]:
        """Ln alpha against one element, of all elements that factors link to it."""
        logs, queue = {start: 0.0}, [start]
        while queue:
            here = queue.pop()
            for f in self.factors:
                for a, b, sign in ((f.light, f.heavy, 1.0), (f.heavy, f.light, -1.0)):
                    if a == here and b not in logs:
                        logs[b] = logs[here] + sign * float(np.log(f.at(end)))
                        queue.append(b)
        return logs

    def order(self, symbols: list[str] | tuple[str, ...], end: End | None = None) -> list[str]:
        """Elements from least to most extracted.

        Args:
            symbols: Elements wanted.
            end: End of the ranges.
        """
        alpha = self.alpha(symbols, end)
        return [symbols[i] for i in np.argsort(alpha, kind="stable")]

    def log10_d(self, symbols: list[str] | tuple[str, ...], ph: float, free_mol_per_l: float) -> dict[str, float]:
        """log10 of the distribution ratio at a pH and a free extractant.

        Args:
            symbols: Elements.
            ph: -log10 [H+] on the concentration scale. [pH]
            free_mol_per_l: Free dimer, not total: L_T - 3 sum Y - s. [mol/L]

        Raises:
            InputError: No level constant; free extractant not positive; element without a factor.
        """
        level = self._level()
        if not free_mol_per_l > 0:
            raise InputError(Fault("must be greater than 0", field="free_mol_per_l", value=free_mol_per_l))
        ref = level.reference_mol_per_l
        extra = level.order * np.log10(free_mol_per_l / ref)
        extra += 3 * level.sqrt_coefficient * (np.sqrt(free_mol_per_l) - np.sqrt(ref))
        return {s: k + 3 * ph + float(extra) for s, k in self.log10_d0(symbols).items()}

    def log10_d0(self, symbols: list[str] | tuple[str, ...]) -> dict[str, float]:
        """log10 D at pH 0 and the reference extractant, by the chain from the level's element.

        Args:
            symbols: Elements.
        """
        level = self._level()
        logs = self._logs(level.element, self.choose)
        self.alpha((level.element, *symbols))
        return {s: level.log10_d_at_ph0 + logs[s] / float(np.log(10)) for s in symbols}

    def _level(self) -> Level:
        if self.level is None:
            raise InputError(
                Fault(
                    f"no level constant for {self.extractant} in {self.medium}: pH and acid (L2) cannot be computed; "
                    "give a Level, or stay at L1",
                    field="system.level",
                )
            )
        return self.level

    def table(self) -> pd.DataFrame:
        """The factors with their ranges, basis and refs."""
        return pd.DataFrame(
            [
                {
                    "pair": f"{f.heavy}/{f.light}",
                    "beta": f.beta.value,
                    "beta_low": f.beta.low,
                    "beta_high": f.beta.high,
                    "used_factor": f.at(self.choose),
                    "basis": f.beta.basis,
                    "refs": list(f.beta.refs),
                }
                for f in self.factors
            ]
        )


def loading_share(loaded_mol_per_l: float, total_dimer_mol_per_l: float) -> float:
    """Organic load over its ceiling, a third of the total dimer. [share]

    Args:
        loaded_mol_per_l: Rare earths in the organic. [mol/L]
        total_dimer_mol_per_l: Total extractant as dimer. [mol/L]

    Raises:
        InputError: Above the ceiling: RE(HA2)3 binds three dimers.

    >>> loading_share(0.1, 0.5)
    0.6000000000000001
    """
    share = 3 * loaded_mol_per_l / total_dimer_mol_per_l
    if share > 1:
        raise InputError(
            Fault(
                f"is above the ceiling L_T/3 = {total_dimer_mol_per_l / 3:.4g} mol/L: give more extractant or organic",
                field="organic load",
                value=round(loaded_mol_per_l, 6),
            )
        )
    return share
