"""A plant entry of a case with what its project needs on the way: numbers given or default, rows of the atlas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from gadolin.economics.formulas import scaled
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.quantity import Quantity

if TYPE_CHECKING:
    from gadolin.case.load import Case
    from gadolin.case.schema import PlantEntry

M_USD = "million USD"
_RULE = "unit_operations"

NUMBERS = {
    "capex": "capital at the place, million USD",
    "capex_growth": "final over estimated capital",
    "location_factor": "cost here over cost at the US Gulf Coast",
    "sunk": "part of the capital that was spent before, share",
    "installed_factor": "plant cost over bare erected equipment (designs)",
    "equipment_share": "part of the plant's capital that the designed equipment is, share (designs)",
    "recovery": "yield, share",
    "payable": "payable share of the carbonate",
    "payable_mixture": "payable share of what a design leaves together",
    "toll_light": "fee per kg of light oxide, USD",
    "toll_heavy": "fee per kg of heavy oxide, USD",
    "freight": "haul and handling, USD per t",
    "alloy_over_metal": "price of magnet alloy over that of the metal in it, ratio",
    "staff": "persons",
    "wage": "cost of an employee, USD per year",
    "maintenance": "share of capital per year",
    "overhead": "share of capital per year",
    "sustaining": "share of capital per year",
    "closure": "share of capital",
    "output": "availability after ramp-up, share",
    "energy_price": "USD per kWh",
    "residue": "solid residue, t per year",
    "residue_activity": "Bq per g",
    "thorium": "thorium in the feed, kg per t REO; gives the residue's activity (designs)",
    "uranium": "uranium in the feed, kg per t REO; gives the residue's activity (designs)",
    "effluent_price": "treatment of saline water, USD per m3",
    "construction_years": "years",
    "life_years": "years",
}
"""Names that `numbers` of a plant understands, in words."""


def estimate(value: float, low: float, high: float, unit: str, why: str) -> Quantity:
    """A range without source, said so."""
    return Quantity(value, unit, low, high, "estimate", reason=why)


@dataclass
class Site:
    """A plant entry with what its project needs on the way.

    Args:
        case: The case.
        entry: The plant.
        index: Its place in the file.
        design: Extractant of the design that prices it, when it is not the case's own choice.
        limits: What must be said beside the result.
        reagents: Use by name. [t per year]
        energy: Use by carrier. [MWh per year]
        asked: Names of `numbers` that were read.
    """

    case: Case
    entry: PlantEntry
    index: int
    design: str | None = None
    limits: list[str] = field(default_factory=list)
    reagents: dict[str, Quantity] = field(default_factory=dict)
    energy: dict[str, Quantity] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    def check_numbers(self) -> None:
        """Refuse names that no method knows."""
        unknown = [name for name in self.entry.numbers if name not in NUMBERS]
        if unknown:
            raise InputError([self._fault(n, f"is no number of a plant{did_you_mean(n, NUMBERS)}") for n in unknown])

    def check_read(self) -> None:
        """Refuse numbers that this stage did not read: they would change nothing."""
        unread = [name for name in self.entry.numbers if name not in self.asked]
        if unread:
            words = f"changes nothing for a {self.entry.stage} plant priced this way; take it out"
            raise InputError([self._fault(name, words) for name in unread])

    def _fault(self, name: str, words: str) -> Fault:
        return Fault(words, file="case.toml", field=f"plants[{self.index}].numbers.{name}")

    def uses(self, made: Quantity, name: str, row_id: str) -> None:
        """Note the use of a reagent: consumption of a process row times output. [t per year]"""
        self.reagents[name] = made.times(self.row(row_id, "consumption_value"), "t per year")

    def given(self, name: str, default: Quantity | Callable[[], Quantity]) -> Quantity:
        """A number of the entry, or its default."""
        self.asked.add(name)
        if name in self.entry.numbers:
            return self.case.given(self.entry.numbers[name], f"plants[{self.index}].numbers.{name}")
        return default() if callable(default) else default

    def row(self, row_id: str, column: str, table: str = _RULE) -> Quantity:
        """A number of a table; where only both ends are given, their geometric middle."""
        q = self.case.quantity(table, row_id, column)
        if q.value is not None:
            return q
        cells = self.case.table(table).loc[row_id]
        low, high = cells.get(f"{column}_low"), cells.get(f"{column}_high")
        if low is None or high is None or pd.isna(low) or pd.isna(high):
            known = [float(v) for v in (low, high) if v is not None and pd.notna(v)]
            if len(known) == 1:  # a bound alone: the value, said so
                return Quantity(known[0], q.unit, known[0], known[0], str(cells["basis"]), q.refs, "a bound, as stated")
            return q
        middle = (float(low) * float(high)) ** 0.5
        return Quantity(middle, q.unit, float(low), float(high), str(cells["basis"]), q.refs, "middle of the span")

    def share(self, row_id: str) -> Quantity:
        """A yield of a process row as a share."""
        q = self.row(row_id, "yield_pct")
        return Quantity.missing("share", q.reason or "", q.refs) if q.value is None else scaled(q, 0.01, "share")

    @property
    def capacity(self) -> Quantity:
        """Capacity as the case states it, without range: size is decided, shortfall is drawn as `output`."""
        q = self.case.given(self.entry.capacity, f"plants[{self.index}].capacity")
        if q.value is None:
            raise InputError(f"plants[{self.index}].capacity: {q.reason}")
        return Quantity(q.value, q.unit, basis=q.basis, refs=q.refs, reason=q.reason)

    @property
    def facility(self) -> str | None:
        """The operating facility of the atlas that the capacity points to; None for a plant yet to be built."""
        ref = self.entry.capacity.ref
        if ref is None or not ref.startswith("facilities:"):
            return None
        row_id = ref.split(":")[1]
        return row_id if str(self.case.table("facilities").at[row_id, "status"]) == "operating" else None
