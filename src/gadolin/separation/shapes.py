"""What is separated, where it is cut, and how pure: `Feed`, `Cut`, `Spec`.

Compositions come and go as oxide mass, the way plants and assays quote them; inside, everything is moles.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

import numpy as np

from gadolin.elements import element
from gadolin.errors import Fault, InputError
from gadolin.quantity import BASES

Phase = Literal["aqueous", "organic"]
Side = Literal["light", "heavy"]


@dataclass(frozen=True)
class Feed:
    """The rare earths that enter a cascade or a plant.

    Args:
        reo_share: Oxide mass by element; any positive scale, normalised to a sum of 1. [share]
        phase: Phase in which the feed enters a cascade.
        rate_t_reo_per_year: Size of the stream; None for a design per mole of feed. [t REO per year]
        name: How a reader calls it.
        basis: How well the composition is known.
        refs: Refs of the cells it stands on.
        note: What a reader must know.

    Raises:
        InputError: No element, an unknown one, a share that is negative or not finite.

    >>> feed = Feed({"Pr": 0.25, "Nd": 0.75})
    >>> {s: round(v, 4) for s, v in feed.mol_share.items()}
    {'Pr': 0.2478, 'Nd': 0.7522}
    """

    reo_share: Mapping[str, float]
    phase: Phase = "aqueous"
    rate_t_reo_per_year: float | None = None
    name: str = "feed"
    basis: str = "choice"
    refs: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        faults = []
        for symbol, share in self.reo_share.items():
            element(symbol)
            if not (math.isfinite(share) and share >= 0):
                faults.append(Fault("must be finite and not negative", field=f"reo_share.{symbol}", value=share))
        if not faults and not sum(self.reo_share.values()) > 0:
            faults.append(Fault("needs at least one element with a share above 0", field="reo_share"))
        if self.phase not in ("aqueous", "organic"):
            faults.append(Fault('must be "aqueous" or "organic"', field="phase", value=self.phase))
        if self.rate_t_reo_per_year is not None and not 0 < self.rate_t_reo_per_year < math.inf:
            faults.append(Fault("must be greater than 0", field="rate_t_reo_per_year", value=self.rate_t_reo_per_year))
        if self.basis not in (*BASES, "choice"):
            faults.append(Fault(f"must be one of {', '.join(BASES)}, choice", field="basis", value=self.basis))
        if faults:
            raise InputError(faults)
        total = sum(self.reo_share.values())
        object.__setattr__(
            self, "reo_share", MappingProxyType({s: v / total for s, v in self.reo_share.items() if v > 0})
        )
        object.__setattr__(self, "refs", tuple(self.refs))

    def __reduce__(self):
        return (
            type(self),
            (dict(self.reo_share), self.phase, self.rate_t_reo_per_year, self.name, self.basis, self.refs, self.note),
        )

    @classmethod
    def of_moles(cls, mol_share: Mapping[str, float], phase: Phase = "aqueous", name: str = "feed") -> Feed:
        """A feed given in moles of the elements.

        Args:
            mol_share: Moles by element, any scale. [mol]
            phase: Phase in which it enters.
            name: How a reader calls it.
        """
        masses = {s: v * element(s).oxide_molar_mass_g_per_mol for s, v in mol_share.items()}
        return cls(masses, phase=phase, name=name)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Elements present, as given."""
        return tuple(self.reo_share)

    @property
    def mol_share(self) -> dict[str, float]:
        """Moles of each element per mole of rare earths. [mol/mol]"""
        moles = {s: v / element(s).oxide_molar_mass_g_per_mol for s, v in self.reo_share.items()}
        total = sum(moles.values())
        return {s: v / total for s, v in moles.items()}

    @property
    def oxide_kg_per_mol(self) -> float:
        """Oxide mass that holds one mole of rare earths of this feed. [kg/mol]"""
        return 1e-3 / sum(v / element(s).oxide_molar_mass_g_per_mol for s, v in self.reo_share.items())

    @property
    def rate_mol_per_year(self) -> float:
        """Size of the stream in moles of rare earths. [mol per year]

        Raises:
            InputError: The feed has no rate.
        """
        if self.rate_t_reo_per_year is None:
            raise InputError(Fault("is needed to size a plant", field="feed.rate_t_reo_per_year"))
        return self.rate_t_reo_per_year * 1e3 / self.oxide_kg_per_mol


@dataclass(frozen=True)
class Cut:
    """The two neighbours between which a cascade parts the elements; either order.

    >>> Cut("Nd|Sm").pair, Cut("Sm | Nd").pair
    (('Nd', 'Sm'), ('Sm', 'Nd'))
    """

    text: str

    def __post_init__(self) -> None:
        parts = [p.strip() for p in self.text.split("|")]
        if len(parts) != 2 or parts[0] == parts[1]:
            raise InputError(Fault('must name two elements, written like "Nd|Sm"', field="cut", value=self.text))
        for part in parts:
            element(part)

    @property
    def pair(self) -> tuple[str, str]:
        """The two elements as written."""
        a, b = (p.strip() for p in self.text.split("|"))
        return a, b

    def groups(self, order: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Light and heavy group for elements in the order of extraction, least extracted first.

        Args:
            order: Elements of the feed, least extracted first.

        Raises:
            InputError: An element of the cut is not in the feed, or the two are no neighbours there.

        >>> Cut("Sm|Nd").groups(["La", "Nd", "Sm", "Gd"])
        (('La', 'Nd'), ('Sm', 'Gd'))
        """
        missing = [s for s in self.pair if s not in order]
        if missing:
            raise InputError(
                Fault(f"{' and '.join(missing)} not in the feed ({', '.join(order)})", field="cut", value=self.text)
            )
        i, j = sorted(order.index(s) for s in self.pair)
        if j != i + 1:
            between = ", ".join(order[i + 1 : j]) + (" lies" if j == i + 2 else " lie")
            choices = ", ".join(f'"{order[k]}|{order[k + 1]}"' for k in range(i, j))
            raise InputError(
                Fault(f"{between} between them in the feed; cut at {choices}", field="cut", value=self.text)
            )
        return tuple(order[: i + 1]), tuple(order[i + 1 :])


NEAREST_TO_ONE = 0.99e-9
"""Least share that may be asked to go astray; below it the amounts drown in rounding. [share]"""


def _as_percent(value: float) -> str:
    """What a share of 1 or more may have meant."""
    if value == 1:
        return ": no number of stages makes a product pure; ask for at most 0.999999999"
    return f"; {value:g} % is {value / 100:.10g}" if 50 < value < 100 else ""


@dataclass(frozen=True)
class Spec:
    """What is asked of one product of a cut. Of the four numbers of light and heavy exactly two are given.

    Args:
        purity_share: Own group in the product, oxide mass. [share]
        recovery_share: Own group in the product over own group in the feed. [share]

    >>> Spec(purity_share=0.999)
    Spec(purity_share=0.999, recovery_share=None)
    """

    purity_share: float | None = None
    recovery_share: float | None = None

    def __post_init__(self) -> None:
        given = (("purity_share", self.purity_share), ("recovery_share", self.recovery_share))
        faults = [
            Fault(f"must lie between 0 and 1, both excluded{_as_percent(value)}", field=name, value=value)
            for name, value in given
            if value is not None and not 0 < value < 1
        ]
        faults += [
            Fault("is nearer to 1 than any assay tells; ask for at most 0.999999999", field=name, value=value)
            for name, value in given
            if value is not None and 0 < 1 - value < NEAREST_TO_ONE
        ]
        if faults:
            raise InputError(faults)


def refuse_impossible(light: Spec, heavy: Spec, light_share: float) -> None:
    """Refuse two specifications that no cascade can meet together, whatever its stages.

    Args:
        light: Spec of the raffinate.
        heavy: Spec of the organic product.
        light_share: Light group in the feed, oxide mass, between 0 and 1. [share]

    Raises:
        InputError: A purity that the feed already has, or one that the recovery asked of the other product forbids;
            each says the bound.

    >>> refuse_impossible(Spec(0.9), Spec(0.9), 0.5)
    >>> refuse_impossible(Spec(0.9), Spec(0.9), 0.95)
    Traceback (most recent call last):
    gadolin.errors.InputError: light.purity_share = 0.9   must be above 0.95, the share that the feed already has
    """
    faults = []
    for name, spec, own, other in (("light", light, light_share, heavy), ("heavy", heavy, 1 - light_share, light)):
        purity, lost = spec.purity_share, 1 - (other.recovery_share or 1.0)
        if purity is None:
            continue
        purest = own / (own + lost * (1 - own))
        if purity <= own:
            said = f"must be above {own:.4g}, the share that the feed already has"
            faults.append(Fault(said, field=f"{name}.purity_share", value=purity))
        elif lost > 0 and purity >= purest:
            enough = 1 - own * (1 - purity) / (purity * (1 - own))
            said = (
                f"must be below {purest:.6g}: that is what the other group lost at a recovery of "
                f"{other.recovery_share:g} leaves; or recover more than {enough:.6g} of that"
            )
            faults.append(Fault(said, field=f"{name}.purity_share", value=purity))
    recovered = (light.recovery_share, heavy.recovery_share)
    if None not in recovered and sum(r or 0.0 for r in recovered) <= 1:
        said = "must sum to more than 1: any splitter does as much"
        faults.append(Fault(said, field="light and heavy recovery_share", value=recovered))
    if faults:
        raise InputError(faults)


@dataclass(frozen=True)
class Wish:
    """Two log ratios of product amounts that a cascade must meet (the kernel's form of two `Spec`s).

    ln(sum above_i n_i / sum under_i n_i) = target, the amounts taken from what each of `sides` says: raffinate (0),
    organic product (1), all but the raffinate (2), all but the organic product (3).
    """

    above: np.ndarray
    under: np.ndarray
    sides: np.ndarray
    targets: np.ndarray = field(repr=False)

    @classmethod
    def of(cls, light: Spec, heavy: Spec, weights: np.ndarray, is_heavy: np.ndarray) -> Wish:
        """From the specs of both products.

        Args:
            light: Spec of the raffinate.
            heavy: Spec of the organic product.
            weights: Oxide mass per mole by element. [element]
            is_heavy: Membership in the heavy group. [element]

        Raises:
            InputError: Not exactly two of the four numbers.
        """
        given = [(side, kind) for side, spec in (("light", light), ("heavy", heavy)) for kind in spec.__dict__ if
                 getattr(spec, kind) is not None]  # fmt: skip
        if len(given) != 2:
            raise InputError(
                "give exactly two of light purity, light recovery, heavy purity, heavy recovery; "
                f"got {len(given)}: {', '.join(f'{s} {k}' for s, k in given) or 'none'}"
            )
        own = {"light": np.where(is_heavy, 0.0, weights), "heavy": np.where(is_heavy, weights, 0.0)}
        product = {"light": 0, "heavy": 1}
        other = {"light": "heavy", "heavy": "light"}
        above, under, sides, targets = [], [], [], []
        for side, kind in given:
            share = getattr(light if side == "light" else heavy, kind)
            if kind == "purity_share":  # foreign over own, both in this product
                above.append(own[other[side]])
                sides.append((product[side], product[side]))
            else:  # own in the other product over own in this one
                above.append(own[side])
                sides.append((product[other[side]], product[side]))
            under.append(own[side])
            targets.append(math.log((1 - share) / share))
        return cls(np.array(above), np.array(under), np.array(sides, dtype=np.int64), np.array(targets))

    def with_draws(self) -> Wish:
        """The same for a cascade with side streams, in which what a product lacks may have left with them, too."""
        sides = self.sides.copy()
        for row, (above, under) in enumerate(self.sides):
            if above != under:
                sides[row, 0] = 2 + under
        return replace(self, sides=sides)

    def gaps(self, raffinate: np.ndarray, product: np.ndarray, drawn: np.ndarray | float = 0.0) -> list[float]:
        """How far each log ratio lies above its target; negative is purer, or more recovered, than asked. [ln]

        Args:
            raffinate: Amounts leaving with the raffinate. [element, mol]
            product: Amounts leaving with the organic product. [element, mol]
            drawn: Amounts leaving with side streams. [element, mol]
        """
        products = (raffinate, product, product + drawn, raffinate + drawn)
        return [
            float(np.log(above @ products[a]) - np.log(under @ products[u]) - target)
            for above, under, (a, u), target in zip(self.above, self.under, self.sides, self.targets, strict=True)
        ]
