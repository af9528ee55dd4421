"""Order of the cuts that turn an ore into wanted products, by dynamic programming over contiguous groups.

Sharp cuts on C ordered elements form binary trees over contiguous groups; cost adds up over cascades, so
best(i, j) = min over k of cost(i, j, k) + best(i, k) + best(k + 1, j) is exact. Cost of a cut is its organic load per
mole of the plant's feed: over_minimum times the least load (Underwood) times the group's flow. Acid, base and salt go
with the sum of loads, mixer volume with load times stages.
Also: the bound of a fully linked plant (the dearest single cut of the whole feed) and named sequences to compare with.
Limits: sharp cuts, one order of extraction inside a plant; extractant per cut only among systems that keep that order;
naphthenic acid re-orders Y and is no choice here; no cost of equipment.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.quantity import weakest
from gadolin.separation import shortcuts
from gadolin.separation.chemistry import End, System
from gadolin.separation.design import OVER_MINIMUM, Design, design
from gadolin.separation.shapes import Feed, Spec

PRODUCT_GROUPS: Mapping[str, tuple[str, ...]] = {
    "NdPr": ("Pr", "Nd"),
    "LaCe": ("La", "Ce"),
    "SEG": ("Sm", "Eu", "Gd"),
    "SmEuGd": ("Sm", "Eu", "Gd"),
    "HoLu": ("Ho", "Y", "Er", "Tm", "Yb", "Lu"),
}
"""Products that are sold together and stay together."""

_HEAVY_END = ("Ho|Y", "Y|Er", "Er|Tm", "Tm|Yb", "Yb|Lu")
PRACTICE: Mapping[str, tuple[str, ...]] = {
    "ion-adsorption clay": (
        "Nd|Sm", "Dy|Ho", "Gd|Tb", "Pr|Nd", "Ce|Pr", "La|Ce", "Eu|Gd", "Sm|Eu", "Tb|Dy", *_HEAVY_END,
    ),
    "bastnaesite/monazite": (
        "Nd|Sm", "Ce|Pr", "La|Ce", "Pr|Nd", "Gd|Tb", "Eu|Gd", "Sm|Eu", "Tb|Dy", "Dy|Ho", *_HEAVY_END,
    ),
}  # fmt: skip
"""Priority of cuts in named sequences of practice, from memory of the literature; the first that applies is made."""


@dataclass(frozen=True)
class Step:
    """One cut of a sequence.

    Args:
        group: Elements entering, least extracted first.
        light: Elements leaving with the raffinate.
        cut: Pair of neighbours.
        system: Extractant.
        flow_mol_per_mol: Group over the plant's feed.
        load_mol_per_mol: Organic load per mole of the plant's feed.
    """

    group: tuple[str, ...]
    light: tuple[str, ...]
    cut: str
    system: System
    flow_mol_per_mol: float
    load_mol_per_mol: float


@dataclass(frozen=True)
class Plan:
    """A tree of cuts, from the ore to the products."""

    name: str
    feed: Feed
    products: tuple[tuple[str, ...], ...]
    steps: tuple[Step, ...]
    linked_bound_mol_per_mol: float
    load_low_mol_per_mol: float | None = None
    load_high_mol_per_mol: float | None = None

    @property
    def load_mol_per_mol(self) -> float:
        """Organic load of all cascades per mole of the plant's feed. [mol/mol]"""
        return sum(s.load_mol_per_mol for s in self.steps)

    @property
    def basis(self) -> str:
        """Weakest basis of feed and factors."""
        return weakest([self.feed.basis, *(s.system.basis for s in self.steps)])

    def table(self) -> pd.DataFrame:
        """One row per cut."""
        return pd.DataFrame(
            [
                {
                    "cut": s.cut,
                    "extractant": s.system.extractant,
                    "group": "".join((s.group[0], "-", s.group[-1])),
                    "flow_mol_per_mol": s.flow_mol_per_mol,
                    "load_mol_per_mol": s.load_mol_per_mol,
                }
                for s in self.steps
            ]
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "name": self.name,
            "feed": self.feed.name,
            "products": ["".join(p) for p in self.products],
            "cuts": self.table().to_dict("records"),
            "load_mol_per_mol": {
                "value": self.load_mol_per_mol, "low": self.load_low_mol_per_mol, "high": self.load_high_mol_per_mol
            },
            "linked_bound_mol_per_mol": self.linked_bound_mol_per_mol,
            "basis": self.basis,
        }  # fmt: skip

    def __str__(self) -> str:
        span = "range not known"
        if self.load_low_mol_per_mol is not None and self.load_high_mol_per_mol is not None:
            span = f"{self.load_low_mol_per_mol:.2f}-{self.load_high_mol_per_mol:.2f} for the range of beta"
        cuts = ", ".join(s.cut for s in self.steps)
        return "\n".join(
            [
                f"Sequence {self.name}: {self.feed.name} to {', '.join(''.join(p) for p in self.products)}",
                f"  cuts       {cuts}",
                f"  load       {self.load_mol_per_mol:.2f} mol in all per mol fed, {span}",
                f"  linked     no linked plant can do with less than {self.linked_bound_mol_per_mol:.2f}",
                f"  basis      {self.basis}; sharp cuts at constant factors, S over S_min a choice",
            ]
        )


def groups_of(order: Sequence[str], products: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Contiguous groups of a feed that keep the wanted products apart; what lies between stays together.

    Args:
        order: Elements of the feed, least extracted first.
        products: Wanted products: elements, or names of `PRODUCT_GROUPS`.

    Raises:
        InputError: Unknown product, element not in the feed, a group that is not contiguous, overlaps.

    >>> groups_of(["La", "Ce", "Pr", "Nd", "Sm"], ["NdPr"])
    (('La', 'Ce'), ('Pr', 'Nd'), ('Sm',))
    """
    owner: dict[str, str] = {}
    for product in products:
        members = PRODUCT_GROUPS.get(product, (product,))
        there = [m for m in members if m in order]
        if not there:
            known = [*order, *PRODUCT_GROUPS]
            hint = did_you_mean(product, known)
            raise InputError(Fault(f"is not in the feed ({', '.join(order)}){hint}", field="products", value=product))
        places = sorted(order.index(m) for m in there)
        if places != list(range(places[0], places[-1] + 1)):
            between = ", ".join(order[p] for p in range(places[0], places[-1]) if p not in places)
            raise InputError(
                Fault(f"is split by {between} in the order of extraction", field="products", value=product)
            )
        for m in there:
            if m in owner:
                raise InputError(Fault(f"{m} also belongs to {owner[m]}", field="products", value=product))
            owner[m] = product
    found: list[list[str]] = []
    for symbol in order:
        same = found and owner.get(symbol) == owner.get(found[-1][-1])
        if same:
            found[-1].append(symbol)
        else:
            found.append([symbol])
    return tuple(tuple(g) for g in found)


def sequence(
    feed: Feed,
    systems: Sequence[System],
    products: Sequence[str],
    over_minimum: float = OVER_MINIMUM,
    practice: str | None = None,
) -> Plan:
    """The sequence of least load, or one of practice.

    Args:
        feed: What the plant takes.
        systems: Extractants to choose from per cut; the first sets the order of extraction.
        products: Wanted products.
        over_minimum: Load of each cascade over its least. [ratio]
        practice: Name in `PRACTICE`; None for the best.

    Returns:
        Cuts from the ore on; load with the range over both ends of the factors.

    Raises:
        InputError: Unknown practice or product, an element without a factor, nothing to cut.

    >>> feed = Feed.of_moles({"La": 0.5, "Pr": 0.1, "Nd": 0.3, "Sm": 0.1})
    >>> made = sequence(feed, [System.of_alpha({"La": 1, "Pr": 8, "Nd": 12, "Sm": 80})], ["NdPr"])
    >>> [s.cut for s in made.steps]
    ['Nd|Sm', 'La|Pr']
    """
    if practice is not None and practice not in PRACTICE:
        raise InputError(Fault(f"must be one of {', '.join(PRACTICE)}", field="practice", value=practice))
    order = systems[0].order(feed.symbols)
    groups = groups_of(order, products)
    if len(groups) < 2:
        raise InputError(Fault("leave nothing to cut", field="products", value=list(products)))
    usable = [s for s in systems if _keeps(s, order)]
    steps, bound = _solve(feed, usable, order, groups, over_minimum, practice, None)
    ends: list[float] = []
    for end in ("low", "high"):
        try:
            ends.append(
                sum(s.load_mol_per_mol for s in _solve(feed, usable, order, groups, over_minimum, practice, end)[0])
            )
        except InputError:
            ends = []
            break
    low, high = (min(ends), max(ends)) if len(ends) == 2 else (None, None)
    return Plan(practice or "of least load", feed, groups, steps, bound, low, high)


def _keeps(system: System, order: list[str]) -> bool:
    try:
        return system.order(order) == order
    except InputError:
        return False


def _solve(
    feed: Feed, systems: list[System], order: list[str], groups: tuple[tuple[str, ...], ...], over: float,
    practice: str | None, end: End | None,
) -> tuple[tuple[Step, ...], float]:  # fmt: skip
    """Steps from the ore on and the dearest single cut of the whole feed."""
    shares = feed.mol_share
    mol = np.array([shares[s] for s in order])
    alphas = [system.alpha(order, end) for system in systems]
    if any(np.any(np.diff(a) <= 0) for a in alphas):
        raise InputError("the order of extraction changes within the range of the factors")
    starts = np.cumsum([0, *(len(g) for g in groups)])

    @functools.cache
    def cut_cost(i: int, j: int, k: int) -> tuple[float, int]:
        """Load of parting groups i..k from k+1..j with the best extractant, per mole of the plant's feed."""
        first, last, at = starts[i], starts[j + 1], starts[k + 1] - starts[i]
        part = mol[first:last]
        loads = [shortcuts.underwood(a[first:last], part / part.sum(), int(at)) * part.sum() for a in alphas]
        best = int(np.argmin(loads))
        return over * loads[best], best

    @functools.cache
    def best(i: int, j: int) -> tuple[float, int]:
        if i == j:
            return 0.0, -1
        if practice is not None:
            k = _next(practice, order, starts, i, j)
            return cut_cost(i, j, k)[0] + best(i, k)[0] + best(k + 1, j)[0], k
        return min((cut_cost(i, j, k)[0] + best(i, k)[0] + best(k + 1, j)[0], k) for k in range(i, j))

    def walk(i: int, j: int) -> list[Step]:
        if i == j:
            return []
        k = best(i, j)[1]
        load, which = cut_cost(i, j, k)
        group, light = order[starts[i] : starts[j + 1]], order[starts[i] : starts[k + 1]]
        pair = f"{order[starts[k + 1] - 1]}|{order[starts[k + 1]]}"
        flow = float(mol[starts[i] : starts[j + 1]].sum())
        return [Step(tuple(group), tuple(light), pair, systems[which], flow, load), *walk(i, k), *walk(k + 1, j)]

    count = len(groups)
    bound = max(cut_cost(0, count - 1, k)[0] for k in range(count - 1)) / over
    return tuple(walk(0, count - 1)), bound


def _next(practice: str, order: list[str], starts: np.ndarray, i: int, j: int) -> int:
    """Group after which a practice cuts i..j: the first cut of its list that falls on a boundary there."""
    for text in PRACTICE[practice]:
        light, _ = text.split("|")
        if light in order:
            place = order.index(light) + 1
            for k in range(i, j):
                if starts[k + 1] == place:
                    return k
    return (i + j) // 2


def plant_designs(sequence: Plan, purity_share: float = 0.995) -> list[tuple[Step, Design]]:
    """An L1 design of every cut of a sequence, the feeds being what the cuts before leave.

    Args:
        sequence: From `sequence()`.
        purity_share: Of both products of every cut, oxide mass. [share]

    Raises:
        InputError: A purity below what a feed already is, or more stages than allowed.
    """
    waiting = {sequence.steps[0].group: (sequence.feed, 1.0)}
    made: list[tuple[Step, Design]] = []
    for step in sequence.steps:
        feed, _ = waiting.pop(step.group)
        known = feed.reo_share
        # traces of other groups travel with their nearest neighbour; a cut is designed for the elements of its group
        inner = Feed({s: known[s] for s in step.group if s in known}, name=feed.name, basis=feed.basis, refs=feed.refs)
        light_share = sum(inner.reo_share[s] for s in step.light if s in inner.reo_share)
        light = Spec(max(purity_share, 1 - 0.5 * (1 - light_share)))
        heavy = Spec(max(purity_share, 1 - 0.5 * light_share))
        one = design(inner, step.system, step.cut, light, heavy)
        made.append((step, one))
        for group in (step.light, tuple(s for s in step.group if s not in step.light)):
            masses = {s: inner.reo_share[s] for s in group}
            waiting[group] = (Feed(masses, name=f"{group[0]}-{group[-1]} of {sequence.feed.name}", basis=feed.basis,
                                   refs=feed.refs), 1.0)  # fmt: skip
    return made
