"""What any processing plant makes, recovers, uses, leaves behind and holds in stock.

A separation design yields a `Plant`, reported figures yield one (`Plant.reported`), economics prices one.
Nothing else passes between those rooms. Every number is a `Quantity`, so range, basis and refs travel along;
what is not known is missing with its reason, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType

from gadolin.elements import element
from gadolin.errors import InputError
from gadolin.quantity import Quantity
from gadolin.stages import GOODS, stage

__all__ = ["Equipment", "Plant"]

_NOT_SAID = "not part of this design or report"


def _frozen(mapping: Mapping[str, Quantity]) -> Mapping[str, Quantity]:
    return MappingProxyType(dict(mapping))


@dataclass(frozen=True)
class Equipment:
    """Like items of equipment.

    Args:
        kind: Kind of equipment, for example `mixer_settler`, `tank`, `calciner`, `furnace`.
        count: Number of items.
        size: Size of one item; its unit says of what (m3, m2, kW, t/day).
    """

    kind: str
    count: int
    size: Quantity

    def __post_init__(self) -> None:
        if self.count < 0:
            raise InputError(f"{self.kind}: count must not be negative, got {self.count}")


@dataclass(frozen=True)
class Plant:
    """A processing plant at its design rate.

    Args:
        stage: One of `STAGES`.
        good: Product, one of `GOODS`.
        product_t_element_per_year: Output by element. [t element per year]
        recovery_share: Output of an element over its feed, 0 to 1.
        equipment: What must be bought, with sizes; empty for reported plants.
        reagents: Use by reagent name. [t per year]
        energy: Use by carrier (`electricity`, `heat`). [MWh per year]
        effluent: What leaves as water or salt, by name. [t per year, m3 per year: the unit of each says]
        residue_t_gross_per_year: Solid residue, gross. [t gross per year]
        residue_bq_per_g: Activity of the residue. [Bq/g]
        inventory_t_reo: Rare earths in process. [t REO]
        inventory: What else is held as first fill, by name. [unit of each: m3, t]
        staff: Permanent staff. [persons]
        capacity: Size as the source states it, where it is not the sum of the products.
        name: How a reader calls it.
        refs: Refs of the design or report as a whole.
    """

    stage: str
    good: str
    product_t_element_per_year: Mapping[str, Quantity]
    recovery_share: Mapping[str, Quantity]
    equipment: tuple[Equipment, ...] = ()
    reagents: Mapping[str, Quantity] = field(default_factory=dict)
    energy: Mapping[str, Quantity] = field(default_factory=dict)
    effluent: Mapping[str, Quantity] = field(default_factory=dict)
    residue_t_gross_per_year: Quantity = field(default_factory=lambda: Quantity.missing("t gross per year", _NOT_SAID))
    residue_bq_per_g: Quantity = field(default_factory=lambda: Quantity.missing("Bq/g", _NOT_SAID))
    inventory_t_reo: Quantity = field(default_factory=lambda: Quantity.missing("t REO", _NOT_SAID))
    inventory: Mapping[str, Quantity] = field(default_factory=dict)
    staff: Quantity = field(default_factory=lambda: Quantity.missing("persons", _NOT_SAID))
    capacity: Quantity | None = None
    name: str = ""
    refs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        stage(self.stage)
        if self.good not in GOODS:
            raise InputError(f'"{self.good}" is not one of {", ".join(GOODS)}')
        for symbol, made in self.product_t_element_per_year.items():
            element(symbol)
            if made.value is not None and made.value < 0:
                raise InputError(f"product of {symbol} must not be negative, got {made.value}")
        for symbol, share in self.recovery_share.items():
            element(symbol)
            if share.value is not None and not 0 <= share.value <= 1:
                raise InputError(f"recovery of {symbol} must lie in 0 to 1, got {share.value}")
        for name in ("product_t_element_per_year", "recovery_share", "reagents", "energy", "effluent", "inventory"):
            object.__setattr__(self, name, _frozen(getattr(self, name)))
        object.__setattr__(self, "equipment", tuple(self.equipment))
        object.__setattr__(self, "refs", tuple(self.refs))

    @classmethod
    def reported(
        cls,
        stage: str,
        good: str,
        capacity: Quantity,
        composition: Mapping[str, Quantity],
        staff: Quantity | None = None,
        name: str = "",
        refs: tuple[str, ...] = (),
    ) -> Plant:
        """A plant known only by its reported capacity and what it makes.

        Args:
            stage: One of `STAGES`.
            good: One of `GOODS`.
            capacity: Reported capacity, in a unit of product mass per year.
            composition: Tonnes of element per tonne of capacity. [t element / t capacity]
            staff: Reported staff. [persons]
            name: Name of the plant.
            refs: Refs of the report.

        >>> ndpr = {"Nd": Quantity(0.64, "t/t", basis="derived"), "Pr": Quantity(0.21, "t/t", basis="derived")}
        >>> plant = Plant.reported("separation", "oxide", Quantity(100.0, "t per year", basis="reported"), ndpr)
        >>> plant.product_t_element_per_year["Nd"].value
        64.0
        """
        products = {symbol: capacity.times(share, "t element per year") for symbol, share in composition.items()}
        return cls(
            stage=stage,
            good=good,
            product_t_element_per_year=products,
            recovery_share={},
            staff=staff if staff is not None else Quantity.missing("persons", "staff not reported"),
            capacity=capacity,
            name=name,
            refs=refs,
        )

    def __reduce__(self):  # mapping proxies do not pickle; the constructor freezes them again
        values = [getattr(self, f.name) for f in fields(self)]
        plain = tuple(dict(v) if isinstance(v, MappingProxyType) else v for v in values)
        return (type(self), plain)
