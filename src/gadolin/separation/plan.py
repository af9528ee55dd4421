"""What a sequence of cuts is: products and groups of elements, `Step`, and `Plan`, the tree from an ore to products.

`sequence.py` finds plans; `train.py` designs their cascades.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.quantity import weakest
from gadolin.separation.chemistry import System
from gadolin.separation.shapes import Feed

PRODUCT_GROUPS: Mapping[str, tuple[str, ...]] = {
    "NdPr": ("Pr", "Nd"),
    "LaCe": ("La", "Ce"),
    "SEG": ("Sm", "Eu", "Gd"),
    "SmEuGd": ("Sm", "Eu", "Gd"),
    "HoLu": ("Ho", "Y", "Er", "Tm", "Yb", "Lu"),
    "ErLu": ("Er", "Tm", "Yb", "Lu"),
}
"""Products that are sold together and stay together."""

PLANT_ORDER = ("La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Y", "Er", "Tm", "Yb", "Lu")
"""Order of extraction by acidic organophosphorus extractants, in which practice writes its cuts."""

Groups = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Step:
    """One cut of a sequence.

    Args:
        group: Elements entering, least extracted first in the order of the step's extractant.
        light: Elements leaving with the raffinate.
        cut: Pair of neighbours.
        system: Extractant.
        flow_mol_per_mol: Group over the plant's feed.
        load_mol_per_mol: Organic load per mole of the plant's feed.
        light_products: Products that the raffinate holds.
        heavy_products: Products that the organic holds.
        reorders: Whether the extractant orders these elements otherwise than the plant does.
    """

    group: tuple[str, ...]
    light: tuple[str, ...]
    cut: str
    system: System
    flow_mol_per_mol: float
    load_mol_per_mol: float
    light_products: Groups
    heavy_products: Groups
    reorders: bool = False

    @property
    def heavy(self) -> tuple[str, ...]:
        """Elements leaving with the organic."""
        return self.group[len(self.light) :]


@dataclass(frozen=True)
class Plan:
    """A tree of cuts, from the ore to the products.

    Args:
        name: "of least load", or the practice it follows.
        feed: What the plant takes.
        products: What it makes, in the order of extraction.
        wanted: Those that were asked for.
        steps: Cuts, from the ore on.
        orders_by: Extractant that sets the order of the plant.
        linked_bound_mol_per_mol: Least load of any fully linked plant.
        over_minimum_ratio: Load of each cascade over its least.
        load_low_mol_per_mol: 5 % point over draws of the factors; None where no factor has a range.
        load_high_mol_per_mol: 95 % point.
        linked_low_mol_per_mol: 5 % point of the bound, by the extractant that sets the order.
        linked_high_mol_per_mol: 95 % point.
        notes: What a reader must know.
    """

    name: str
    feed: Feed
    products: Groups
    wanted: frozenset[tuple[str, ...]]
    steps: tuple[Step, ...]
    orders_by: System
    linked_bound_mol_per_mol: float
    over_minimum_ratio: float
    load_low_mol_per_mol: float | None = None
    load_high_mol_per_mol: float | None = None
    linked_low_mol_per_mol: float | None = None
    linked_high_mol_per_mol: float | None = None
    notes: tuple[str, ...] = ()

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
                    "group": name_of(s.group),
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
            "products": [name_of(p) for p in self.products],
            "wanted": [name_of(p) for p in self.products if p in self.wanted],
            "cuts": self.table().to_dict("records"),
            "load_mol_per_mol": {
                "value": self.load_mol_per_mol, "low": self.load_low_mol_per_mol, "high": self.load_high_mol_per_mol,
                "unit": "mol/mol", "basis": self.basis, "refs": list(self.feed.refs),
            },
            "linked_bound_mol_per_mol": {
                "value": self.linked_bound_mol_per_mol, "low": self.linked_low_mol_per_mol,
                "high": self.linked_high_mol_per_mol, "unit": "mol/mol", "basis": self.basis,
                "refs": list(self.feed.refs),
            },
            "over_minimum_ratio": self.over_minimum_ratio,
            "basis": self.basis,
            "notes": list(self.notes),
        }  # fmt: skip

    def load_text(self) -> str:
        """The load with its range, in words."""
        if self.load_low_mol_per_mol is None or self.load_high_mol_per_mol is None:
            return f"{self.load_mol_per_mol:.2f}, range not known: the factors have none"
        return (
            f"{self.load_mol_per_mol:.2f} ({self.load_low_mol_per_mol:.2f}-{self.load_high_mol_per_mol:.2f} over draws "
            "of the factors)"
        )

    def cuts_text(self) -> str:
        """The cuts in order, with their extractants where there are several."""
        one = len({s.system.extractant for s in self.steps}) == 1
        return ", ".join(s.cut if one else f"{s.cut} by {s.system.extractant}" for s in self.steps)

    def __str__(self) -> str:
        lines = [
            f"Sequence {self.name}: {self.feed.name} to {', '.join(name_of(p) for p in self.products)}",
            f"  cuts       {self.cuts_text()}",
            f"  load       {self.load_text()} mol in all per mol fed",
            f"  linked     no linked plant can do with less than {self.linked_bound_mol_per_mol:.2f}",
            f"  basis      {self.basis}; sharp cuts, constant factors, S/S_min {self.over_minimum_ratio:g} chosen",
        ]
        return "\n".join([*lines, *(f"  note       {note}" for note in self.notes)])


def name_of(group: Sequence[str]) -> str:
    """How a group of elements is called.

    >>> name_of(("Pr", "Nd")), name_of(("Dy",)), name_of(("Ho", "Y", "Er", "Tm", "Yb", "Lu"))
    ('NdPr', 'Dy', 'Ho-Lu')
    """
    known = next((name for name, members in PRODUCT_GROUPS.items() if members == tuple(group)), None)
    if known in ("NdPr", "LaCe", "SEG"):
        return known
    if len(group) < 3:
        return "".join(group)
    first, y, last = (PLANT_ORDER.index(s) for s in (group[0], "Y", group[-1]))
    without = " without Y" if "Y" not in group and first < y < last else ""
    return f"{group[0]}-{group[-1]}{without}"


def groups_of(order: Sequence[str], products: Sequence[str]) -> tuple[Groups, frozenset[tuple[str, ...]]]:
    """Contiguous groups of a feed that keep the wanted products apart; what lies between stays together.

    Args:
        order: Elements of the feed, least extracted first.
        products: Wanted products: elements, or names of `PRODUCT_GROUPS`.

    Returns:
        All groups in order, and which of them were asked for.

    Raises:
        InputError: Unknown product, element not in the feed, a group that is not contiguous, overlaps.

    >>> groups_of(["La", "Ce", "Pr", "Nd", "Sm"], ["NdPr"])
    ((('La', 'Ce'), ('Pr', 'Nd'), ('Sm',)), frozenset({('Pr', 'Nd')}))
    """
    owner: dict[str, str] = {}
    faults = []
    for product in dict.fromkeys(products):
        members = PRODUCT_GROUPS.get(product, (product,))
        there = sorted(order.index(m) for m in members if m in order)
        if not there:
            known = [*order, *PRODUCT_GROUPS]
            same = next((k for k in known if k.lower() == product.lower()), product)
            hint = did_you_mean(same, known) or f"; groups are {', '.join(PRODUCT_GROUPS)}"
            faults.append(Fault(f"is not in the feed ({', '.join(order)}){hint}", field="products", value=product))
            continue
        between = [order[p] for p in range(there[0], there[-1]) if p not in there]
        if between:
            said = f"is split by {', '.join(between)} in the order of extraction; name its elements one by one"
            faults.append(Fault(said, field="products", value=product))
        for p in there:
            if order[p] in owner:
                said = f"{order[p]} also belongs to {owner[order[p]]}; name it once"
                faults.append(Fault(said, field="products", value=product))
            owner[order[p]] = product
    if faults:
        raise InputError(faults)
    runs = [(key, tuple(run)) for key, run in itertools.groupby(order, owner.get)]
    return tuple(run for _, run in runs), frozenset(run for key, run in runs if key is not None)
