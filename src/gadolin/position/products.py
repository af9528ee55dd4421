"""What a tonne of a deposit's rare earths could become: magnets, cars, turbines; which element binds.

One tonne of oxide of a composition holds so much Nd, Pr, Dy and Tb. A magnet grade asks for so much of each per kg.
The scarcest decides. Losses on the way (separation, metal, machining) are taken as reported, their span as range;
no claim is made that the ore can be leached or separated at that yield.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gadolin.case import Case
from gadolin.elements import oxide_factor
from gadolin.position.deposits import Composition
from gadolin.position.ladder import Ladder
from gadolin.quantity import Quantity, weakest

__all__ = ["Product", "products"]

GRADES = (
    ("sintered-ndfeb-sh-grade-150-c", "sintered NdFeB magnet, grade SH (traction motor)"),
    ("sintered-ndfeb-n35-n52-80-c", "sintered NdFeB magnet, grade N (80 °C)"),
)
"""Magnet grades, by the start of their rows in table product_composition."""

USES = (
    ("ev-passenger.ndfeb-magnet", "electric cars", "cars per t REO"),
    ("wind-turbine-direct-drive-pm.ndfeb-magnet", "direct-drive wind power", "MW per t REO"),
)
NEEDED_RUNGS = ("separation_light", "separation_heavy", "metal", "alloy", "magnet")


@dataclass(frozen=True)
class Product:
    """What one tonne of a composition gives of one grade."""

    deposit_id: str
    vector_id: str
    grade: str
    magnets: Quantity
    binding: str
    uses: tuple[tuple[str, Quantity], ...]
    bought_abroad: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "deposit_id": self.deposit_id,
            "vector_id": self.vector_id,
            "grade": self.grade,
            "magnets": self.magnets.as_dict(),
            "binding_element": self.binding,
            "uses": [{"what": w, "quantity": q.as_dict()} for w, q in self.uses],
            "bought_abroad": list(self.bought_abroad),
        }


def products(case: Case, vectors: tuple[Composition, ...], rungs: Ladder) -> tuple[Product, ...]:
    """Products of each composition of the country's deposits.

    Args:
        case: A loaded case.
        vectors: Compositions.
        rungs: The ladder, for what must be bought abroad.
    """
    abroad = tuple(rungs.rung(key).title for key in NEEDED_RUNGS if rungs.rung(key).state not in ("own", "foreign"))
    loss = _yield(case)
    found = []
    for vector in vectors:
        held = _held(vector)
        for start, title in GRADES:
            product = _product(case, vector, held, start, title, loss, abroad)
            if product is not None:
                found.append(product)
    return tuple(found)


def _held(vector: Composition) -> dict[str, Quantity]:
    """Kg of element in a tonne of oxide: NdPr together, and Dy with Tb, which may replace each other in a magnet."""

    def together(*elements: str) -> Quantity:
        parts = [(vector.shares_pct[e], oxide_factor(e)) for e in elements]
        known = [(q, f) for q, f in parts if q.value is not None]
        if not known:
            return Quantity.missing("kg per t REO", f"{' and '.join(elements)} not reported")
        value = sum(10 * q.value / f for q, f in known if q.value is not None)
        low = sum(10 * (q.value if q.low is None else q.low) / f for q, f in known if q.value is not None)
        high = sum(10 * (q.value if q.high is None else q.high) / f for q, f in known if q.value is not None)
        refs = tuple(r for q, _ in known for r in q.refs)
        ranged = high > low
        return Quantity(
            value,
            "kg per t REO",
            low if ranged else None,
            high if ranged else None,
            weakest([q.basis for q, _ in known if q.basis]),
            refs,
        )

    return {"NdPr": together("Nd", "Pr"), "DyTb": together("Dy", "Tb")}


def _yield(case: Case) -> Quantity:
    """Magnet mass that leaves per mass of element bought: the machining yields reported by makers."""
    frame = case.table("product_composition")
    rows = frame[(frame["record_kind"] == "yield") & (frame["component"] == "finished magnet")]
    found = [case.quantity("product_composition", str(i), "content_value") for i in rows.index]
    values = sorted(q.value for q in found if q.value is not None)
    if not values:
        return Quantity.missing("share", "no yield of magnet machining is reported")
    refs = tuple(r for q in found for r in q.refs)
    return Quantity(sum(values) / len(values), "share", values[0], values[-1], "derived", refs)


def _product(
    case: Case,
    vector: Composition,
    held: Mapping[str, Quantity],
    start: str,
    title: str,
    loss: Quantity,
    abroad: tuple[str, ...],
) -> Product | None:
    frame = case.table("product_composition")
    needs = {}
    for key, component in (("NdPr", "NdPr"), ("DyTb", "Dy (or equivalent Tb)")):
        rows = frame[frame.index.str.startswith(f"{start}.") & (frame["component"] == component)]
        if rows.empty:
            return None
        needs[key] = case.quantity("product_composition", str(rows.index[0]), "content_value")
    limits: dict[str, Quantity] = {}
    for key, need in needs.items():
        if not need.value:
            continue
        amount = held[key]
        if amount.value is None:
            unknown = Quantity.missing("kg per t REO", amount.reason or "not reported")
            return Product(vector.deposit_id, vector.vector_id, title, unknown, key, (), abroad)
        inverse = Quantity(1 / need.value, "kg per kg", None, None, need.basis, need.refs)
        limits[key] = amount.times(inverse, "kg per t REO").times(loss, "kg per t REO")
    binding = min(limits, key=lambda k: limits[k].value or 0.0)
    magnets = limits[binding]
    uses = []
    for row_id, words, unit in USES:
        if row_id not in frame.index:
            continue  # not known yet at the case's date
        each = case.quantity("product_composition", row_id, "content_value")
        if each.value and magnets.value is not None:
            low = None if each.high is None else 1 / each.high
            high = None if each.low is None else 1 / each.low
            uses.append(
                (words, magnets.times(Quantity(1 / each.value, "1/kg", low, high, each.basis, each.refs), unit))
            )
    return Product(vector.deposit_id, vector.vector_id, title, magnets, binding, tuple(uses), abroad)
