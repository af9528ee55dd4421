"""What a kilogram of a deposit's rare earths is worth as separated oxides, element by element, at one date.

Rule by which a price is picked, in this order: form oxide; the case's deck date; use `deck`, else `fill` whose own date
lies within the case's `deck_months` of the deck date; without VAT, in USD/kg as the deck gives it (FOB China divided
once by 1 + the VAT rate of its date). No such price: the element is listed as unpriced, never as zero.

A basket is no price of an ore or of a carbonate: those are paid a share of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gadolin.atlas.read import end_of
from gadolin.case import Case
from gadolin.elements import ELEMENTS
from gadolin.position.deposits import Composition
from gadolin.quantity import Quantity, weakest

__all__ = ["Basket", "baskets", "oxide_prices"]

UNIT = "USD per kg REO"


@dataclass(frozen=True)
class Basket:
    """Value of a composition at one date.

    Args:
        deposit_id: Deposit.
        vector_id: Composition vector.
        deck_date: Date of the prices.
        value: Sum over priced elements. [USD per kg REO, without VAT]
        by_element: Contribution of each element. [USD per kg REO]
        unpriced: Elements present without a price.
        unpriced_pct: Their share of the rare earths. [%]
    """

    deposit_id: str
    vector_id: str
    deck_date: str
    value: Quantity
    by_element: Mapping[str, Quantity]
    unpriced: tuple[str, ...]
    unpriced_pct: float

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "deposit_id": self.deposit_id,
            "vector_id": self.vector_id,
            "deck_date": self.deck_date,
            "value": self.value.as_dict(),
            "by_element": {k: v.as_dict() for k, v in self.by_element.items()},
            "unpriced": list(self.unpriced),
            "unpriced_pct": self.unpriced_pct,
        }


def oxide_prices(case: Case) -> dict[str, Quantity]:
    """Price of each oxide by the rule above. [USD/kg, without VAT].

    Args:
        case: A loaded case; its `[position]` names the deck date and how far a fill may lie from it.
    """
    chosen = case.settings.position
    frame = case.table("price_deck")
    rows = frame[(frame["deck_date"] == chosen.deck_date) & (frame["good"] == "oxide")]
    prices = {}
    for element in ELEMENTS:
        found = rows[(rows["product"] == element) & rows["use"].isin(["deck", "fill"])]
        near = [i for i in found.index if _near(found.at[i, "date"], chosen.deck_date, chosen.deck_months)]
        if not near:
            reason = f"no price within {chosen.deck_months} months of {chosen.deck_date}"
            prices[element] = Quantity.missing("USD/kg", reason)
            continue
        row_id = sorted(near, key=lambda i: (found.at[i, "use"] != "deck", str(i)))[0]
        prices[element] = case.quantity("price_deck", str(row_id), "price_ex_vat_usd_per_kg")
    return prices


def _near(date: Any, deck_date: str, months: int) -> bool:
    if pd.isna(date):
        return False
    days = abs((end_of(str(date)) - np.datetime64(deck_date, "D")).astype(int))
    return bool(days <= months * 30.4375)


def baskets(case: Case, vectors: tuple[Composition, ...]) -> tuple[Basket, ...]:
    """Value of each composition.

    Args:
        case: A loaded case.
        vectors: Compositions.
    """
    prices = oxide_prices(case)
    return tuple(_basket(case.settings.position.deck_date, vector, prices) for vector in vectors)


def _basket(deck_date: str, vector: Composition, prices: Mapping[str, Quantity]) -> Basket:
    parts: dict[str, Quantity] = {}
    unpriced, left = [], 0.0
    for element, share in vector.shares_pct.items():
        if share.value is None:
            continue
        if prices[element].value is None:
            if share.value > 0:
                unpriced.append(element)
                left += share.value
            continue
        part = prices[element].times(share, UNIT)
        low = None if part.low is None else part.low / 100
        high = None if part.high is None else part.high / 100
        parts[element] = Quantity((part.value or 0) / 100, UNIT, low, high, part.basis, part.refs)
    if not parts:
        total = Quantity.missing(UNIT, f"no oxide of this composition has a price near {deck_date}")
        return Basket(vector.deposit_id, vector.vector_id, deck_date, total, parts, tuple(unpriced), left)
    value = sum(p.value for p in parts.values() if p.value is not None)
    low = sum(p.value if p.low is None else p.low for p in parts.values() if p.value is not None)
    high = sum(p.value if p.high is None else p.high for p in parts.values() if p.value is not None)
    refs = tuple(dict.fromkeys(r for p in parts.values() for r in p.refs))
    basis = weakest([*(p.basis for p in parts.values() if p.basis), "derived"])
    notes = [f"{', '.join(unpriced)}: no price, left out"] if unpriced else []
    if all(q.low is None and q.high is None for q in vector.shares_pct.values() if q.value is not None):
        notes.append("the range is that of quoted prices alone; the composition has none on record")
    total = Quantity(value, UNIT, min(low, value), max(high, value), basis, refs, "; ".join(notes) or None)
    return Basket(vector.deposit_id, vector.vector_id, deck_date, total, parts, tuple(unpriced), left)
