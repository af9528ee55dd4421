"""Cost build-up: from equipment sizes, or from reported plants of the same stage, to capital and running cost.

From sizes: reference cost x (size / reference size)^exponent x count, brought to the price year by an index, to the
place by a location factor, to an installed plant by a factor, and with contingency of an AACE estimate class. From a
capacity alone: reported plants scaled by an exponent; their spread is the range, outliers are named and left out.
Running cost is quantity x price for reagents, energy, staff and residue, and shares of capital for upkeep.

What has neither quantity nor price is listed in `missing`, never taken as zero in silence.

Limits: factors are for whole chemical plants; a rare-earth plant's share of water and residue treatment is larger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from gadolin.economics.formulas import scaled
from gadolin.economics.project import CostLine
from gadolin.economics.scaling import add_up, equipment_cost, independent
from gadolin.errors import InputError
from gadolin.plant import Equipment, Plant
from gadolin.quantity import Quantity, weakest

__all__ = [
    "ESTIMATE_CLASSES",
    "CostEstimate",
    "EstimateClass",
    "PriceBook",
    "Reference",
    "build_up",
    "fixed_opex",
]

UNITS = {
    "EstimateClass.low": "estimate = 1",
    "EstimateClass.high": "estimate = 1",
    "Reference.size": "as in Reference.unit",
    "Reference.exponent": "1",
}

MILLION = 1e6


@dataclass(frozen=True)
class EstimateClass:
    """An AACE estimate class.

    Args:
        number: 5 (concept) to 3 (budget).
        contingency: Contingency on the installed cost. [share]
        low: Lower end of the accuracy range over the estimate. [ratio]
        high: Upper end.
    """

    number: int
    contingency: Quantity
    low: float
    high: float


def _class(number: int, contingency: tuple[float, float, float], low: float, high: float) -> EstimateClass:
    value, bottom, top = contingency
    said = "AACE 18R-97 ranges and usual contingency, not re-read"
    return EstimateClass(number, Quantity(value, "share", bottom, top, "memory", reason=said), low, high)


ESTIMATE_CLASSES: Mapping[int, EstimateClass] = MappingProxyType(
    {
        5: _class(5, (0.35, 0.25, 0.50), 0.50, 2.00),
        4: _class(4, (0.25, 0.15, 0.35), 0.70, 1.50),
        3: _class(3, (0.15, 0.10, 0.20), 0.80, 1.30),
    }
)
"""Accuracy: class 5 -50 to +100 %, class 4 -30 to +50 %, class 3 -20 to +30 % (the wider ends of the standard)."""


def fixed_opex(
    capital: float,
    wages_per_h: Mapping[str, float],
    per_shift: Mapping[str, int],
    burden_share: float,
    hours_per_year: float,
    revenue: float = 0.0,
) -> dict[str, float]:
    """Fixed operating cost of a shift plant by the usual shares. [unit of capital, per year]

    Operating labour is skilled, unskilled, supervisor and maintenance; technical labour is technician and engineer;
    both with burden. Maintenance 2 % of capital, quality control 10 % of operating labour, sales and research 0.5 % of
    revenue, administration 20 % of operating labour, property tax and insurance 1 % of capital.

    Args:
        capital: Total plant cost, other plant costs counted once. [million]
        wages_per_h: Base wage by trade. [currency per hour]
        per_shift: Persons present by trade.
        burden_share: On-costs over wages. [share]
        hours_per_year: Hours the plant is attended.
        revenue: Sales. [million per year]

    References:
        NETL QGESS cost estimation method, as in PrOMMiS.
    """

    def crew(*trades: str) -> float:
        hourly = sum(wages_per_h[t] * per_shift[t] for t in trades)
        return hourly * (1 + burden_share) * hours_per_year / MILLION

    operating = crew("skilled", "unskilled", "supervisor", "maintenance")
    technical = crew("technician", "engineer")
    parts = {
        "operating_labour": operating,
        "technical_labour": technical,
        "maintenance": 0.02 * capital,
        "quality": 0.10 * operating,
        "sales_patent_research": 0.005 * revenue,
        "admin": 0.20 * operating,
        "tax_insurance": 0.01 * capital,
    }
    return parts | {"total_fixed_opex": sum(parts.values())}


@dataclass(frozen=True)
class Reference:
    """Reference cost of a kind of equipment.

    Args:
        kind: As in `plant.Equipment.kind`.
        cost: Cost of one, at the price level of the book. [currency]
        size: Its size.
        unit: Unit of size; must be that of the plant's equipment.
        exponent: Size exponent. [-]
    """

    kind: str
    cost: Quantity
    size: float
    unit: str
    exponent: float


@dataclass(frozen=True)
class PriceBook:
    """Prices and factors at one place and price year, in one currency.

    Args:
        equipment: Reference costs by kind, bare erected.
        reagents: Price by reagent name. [currency per t]
        energy: Price by carrier. [currency per MWh]
        wage: Cost of one employee with on-costs. [currency per year]
        effluent: Cost of treating an effluent by name. [currency per unit of the plant's quantity]
        in_process: Worth of rare earths held in process. [currency per t REO]
        residue: Cost of residue by kind (`radioactive`, `plain`). [currency per t gross]
        installed_factor: Plant cost over bare erected cost. [-]
        location_factor: Cost here over cost where the references stand. [-]
        maintenance: Yearly upkeep over capital. [share per year]
        overhead: Insurance, local taxes and administration over capital. [share per year]
        radioactive_from_bq_per_g: Activity from which residue counts as radioactive. [Bq/g]
        currency: Currency of all.
        price_year: Its year.
    """

    equipment: Mapping[str, Reference] = field(default_factory=dict)
    reagents: Mapping[str, Quantity] = field(default_factory=dict)
    energy: Mapping[str, Quantity] = field(default_factory=dict)
    wage: Quantity = field(default_factory=lambda: Quantity.missing("USD per year", "no wage given"))
    effluent: Mapping[str, Quantity] = field(default_factory=dict)
    in_process: Quantity = field(default_factory=lambda: Quantity.missing("USD per t REO", "no worth given"))
    residue: Mapping[str, Quantity] = field(default_factory=dict)
    installed_factor: Quantity = field(default_factory=lambda: Quantity.missing("ratio", "no factor given"))
    location_factor: Quantity = field(default_factory=lambda: Quantity(1.0, "ratio", 1.0, 1.0, "choice"))
    maintenance: Quantity = field(default_factory=lambda: Quantity.missing("share per year", "no share given"))
    overhead: Quantity = field(default_factory=lambda: Quantity.missing("share per year", "no share given"))
    radioactive_from_bq_per_g: float = 1.0
    currency: str = "USD"
    price_year: int = 2025


@dataclass(frozen=True)
class CostEstimate:
    """What a plant costs.

    Args:
        capex_local_m: Capital by item. [million]
        opex: Running costs.
        first_fill_local_m: First fill of organic and reagents. [million]
        missing: What could not be priced, and why.
        estimate_class: AACE class.
        currency: Currency of all.
        price_year: Year of that money.
    """

    capex_local_m: Mapping[str, Quantity]
    opex: tuple[CostLine, ...]
    first_fill_local_m: Quantity
    missing: tuple[str, ...] = ()
    estimate_class: int = 5
    currency: str = "USD"
    price_year: int = 2025

    @property
    def total_local_m(self) -> Quantity:
        """Capital as one number; ends add up as if all items erred together. [million]"""
        return add_up(tuple(self.capex_local_m.values()), "million")


def build_up(plant: Plant, book: PriceBook, estimate_class: int = 5, capital: Quantity | None = None) -> CostEstimate:
    """Capital and running cost of a plant.

    Args:
        plant: What it holds and uses; its equipment gives the capital, unless `capital` is given.
        book: Prices at the place.
        estimate_class: AACE class, 5 to 3.
        capital: Capital as reported or scaled from reported plants; takes the place of the equipment. [currency]

    Raises:
        InputError: No equipment with a reference cost, one in another unit; a class outside 3 to 5; nothing to price.
    """
    if estimate_class not in ESTIMATE_CLASSES:
        raise InputError(f"estimate_class must be 3, 4 or 5, got {estimate_class}")
    missing: list[str] = []
    if capital is not None:
        capex = {"plant": scaled(capital, 1 / MILLION, f"million {book.currency}")}
    elif plant.equipment:
        capex = _from_equipment(plant, book, ESTIMATE_CLASSES[estimate_class], missing)
    else:
        raise InputError(f"{plant.name or plant.stage}: no equipment and no capital; give one of them")
    total = add_up(tuple(capex.values()), f"million {book.currency}")
    opex = _from_use(plant, book, total, missing)
    fill = _first_fill(plant, book, missing)
    return CostEstimate(
        MappingProxyType(capex), opex, fill, tuple(missing), estimate_class, book.currency, book.price_year
    )


def _from_equipment(plant: Plant, book: PriceBook, rules: EstimateClass, missing: list[str]) -> dict[str, Quantity]:
    """Installed cost by kind (the first word of an item's kind) and the contingency on all."""
    money = f"million {book.currency}"
    items: dict[str, list[Quantity]] = {}
    lacking: list[str] = []
    for item in plant.equipment:
        reference = book.equipment.get(item.kind) or book.equipment.get(item.kind.split()[0])
        if reference is None:
            lacking.append(item.kind)
            continue
        if item.size.value is None:
            raise InputError(f"{item.kind}: size not known ({item.size.reason})")
        if item.size.unit != reference.unit:
            raise InputError(f"{item.kind}: size is in {item.size.unit}, its reference in {reference.unit}")
        items.setdefault(item.kind.split()[0], []).append(_item(item, reference, money))
    if lacking and not items:
        raise InputError(f"no reference cost for {', '.join(sorted(set(lacking)))}; add it to the price book")
    missing += [f"equipment: no reference cost for {kind}" for kind in dict.fromkeys(lacking)]
    installed = independent(book.installed_factor, book.location_factor, "ratio")
    if installed.value is None:
        raise InputError(f"installed_factor: {installed.reason}")
    found = {kind: independent(add_up(parts, money), installed, money) for kind, parts in items.items()}
    bare = sum(q.value or 0.0 for q in found.values())
    bases = [q.basis for q in found.values() if q.basis]
    # the contingency's own range; that of the equipment is drawn with the equipment
    found["contingency"] = Quantity(bare, money, basis=weakest(bases)).times(rules.contingency, money)
    return found


def _item(item: Equipment, reference: Reference, money: str) -> Quantity:
    """Cost of like items; the range holds both that of the size and that of the reference. [million]"""
    assert item.size.value is not None

    def factor(size: float) -> float:
        return equipment_cost(1.0, reference.size, size, reference.exponent, item.count) / MILLION

    size = item.size
    low, high = (None if end is None else factor(end) for end in (size.low, size.high))
    grown = Quantity(factor(item.size.value), "ratio", low, high, size.basis, size.refs)
    return independent(reference.cost, grown, money)


def _from_use(plant: Plant, book: PriceBook, capital: Quantity, missing: list[str]) -> tuple[CostLine, ...]:
    money = f"million {book.currency} per year"
    lines: list[CostLine] = []

    def priced(kind: str, uses: Mapping[str, Quantity], prices: Mapping[str, Quantity]) -> None:
        parts = []
        for name, used in uses.items():
            if name not in prices:
                missing.append(f"{kind}: no price for {name}")
            else:
                parts.append(used.times(scaled(prices[name], 1 / MILLION), money))
        if parts:
            lines.append(CostLine(kind, add_up(parts, money)))

    priced("reagents", plant.reagents, book.reagents)
    priced("energy", plant.energy, book.energy)
    priced("effluent", plant.effluent, book.effluent)
    staff = plant.staff.times(scaled(book.wage, 1 / MILLION), money)
    _line(lines, missing, "labour", staff, fixed_share=1.0, payee="rest")
    # upkeep is a share of the capital as estimated: its own range is that of the share, the capital is drawn apart
    base = Quantity(capital.value, capital.unit, basis=capital.basis, refs=capital.refs)
    _line(lines, missing, "maintenance", base.times(book.maintenance, money), fixed_share=1.0)
    _line(lines, missing, "overhead", base.times(book.overhead, money), fixed_share=1.0)
    residue = plant.residue_t_gross_per_year
    if residue.value is None:
        missing.append(f"residue: {residue.reason}")
    elif residue.value > 0:
        activity = plant.residue_bq_per_g.value
        hot = activity is None or activity >= book.radioactive_from_bq_per_g
        kind = "radioactive" if hot else "plain"
        if kind in book.residue:
            cost = residue.times(scaled(book.residue[kind], 1 / MILLION), money)
            said = "activity not known: priced as radioactive" if activity is None else cost.reason
            lines.append(CostLine("residue", replace(cost, reason=said)))
        else:
            missing.append(f"residue: no price for {kind} residue")
    return tuple(lines)


def _line(
    lines: list[CostLine],
    missing: list[str],
    kind: str,
    amount: Quantity,
    fixed_share: float,
    payee: str = "suppliers",
) -> None:
    if amount.value is None:
        missing.append(f"{kind}: {amount.reason}")
        return
    how = "staff x cost of an employee" if kind == "labour" else "share of capital"
    lines.append(CostLine(kind, replace(amount, reason=amount.reason or how), fixed_share, payee))


def _first_fill(plant: Plant, book: PriceBook, missing: list[str]) -> Quantity:
    money = f"million {book.currency}"
    parts = []
    held_reo = plant.inventory_t_reo
    if held_reo.value:
        worth = held_reo.times(scaled(book.in_process, 1 / MILLION), money)
        if worth.value is None:
            missing.append(f"first fill: rare earths in process: {worth.reason}")
        else:
            parts.append(worth)
    for name, held in plant.inventory.items():
        if name not in book.reagents:
            missing.append(f"first fill: no price for {name}")
        else:
            parts.append(held.times(scaled(book.reagents[name], 1 / MILLION), money))
    return add_up(parts, money) if parts else Quantity(0.0, money, 0.0, 0.0, "choice", reason="nothing priced")
