"""Prices and people at a plant: what reagents, power and staff cost there."""

from __future__ import annotations

from dataclasses import replace

from gadolin.case.inputs import economics_money as money
from gadolin.case.inputs.economics_capital import EXPONENT
from gadolin.case.inputs.plants.site import Site, estimate
from gadolin.economics.build_up import PriceBook
from gadolin.economics.formulas import scaled
from gadolin.errors import InputError
from gadolin.quantity import Quantity

NEAREST = {"MYS": 0, "SEA": 1, "IDN": 1, "CHN": 2, "JPN": 3}
"""How far a price's place is from Malaysia; all others 4."""

RADIOACTIVE = "radioactive-residue-disp.MYS.2020-01.2"
"""Disposal of the residue of Gebeng, per tonne in stock."""


def toll_fee(site: Site, name: str) -> Quantity:
    """Tolling charge of 2014 in money of the price year; 20-25 for heavy as the source says. [USD per kg REO]"""
    light = name == "toll_light"
    row = "market-tolling-charge-light-concentrate" if light else "market-tolling-charge-heavy-concentrate"
    q = site.case.quantity("stage_costs", row, "opex_value")
    assert q.value is not None
    now = money.usd_of(site.case, 1.0, "USD", int(site.case.table("stage_costs").at[row, "price_year"]))
    low, high = (0.8, 1.3) if light else (20.0 / 22.5, 25.0 / 22.5)
    value = q.value * now
    said = f"Chinese quote of 2014, by the USA GDP deflator to {site.case.settings.case.price_year}"
    return Quantity(value, "USD per kg REO", value * low, value * high, "estimate", q.refs, said)


def book_of(site: Site, names: tuple[str, ...] = ()) -> PriceBook:
    """Prices at the plant. [USD]

    Args:
        site: The plant.
        names: Reagents to price beside those the site uses.
    """
    usual, fees = "usual share of capital", "insurance, administration"
    disposal = site.case.quantity("input_prices", RADIOACTIVE, "price_usd_value")
    return PriceBook(
        reagents={name: price_of(site, name) for name in dict.fromkeys((*site.reagents, *names))},
        energy={"electricity": scaled(electricity(site), 1000.0, "USD per MWh")},
        wage=site.given("wage", lambda: wage_of(site)),
        residue={"radioactive": replace(disposal, low=disposal.value, high=disposal.value)},
        maintenance=site.given("maintenance", estimate(0.03, 0.02, 0.05, "share per year", usual)),
        overhead=site.given("overhead", estimate(0.015, 0.01, 0.03, "share per year", fees)),
        price_year=site.case.settings.case.price_year,
    )


def price_of(site: Site, name: str, unit: str = "usd_per_t") -> Quantity:
    """Price of an input: the span of all rows in that unit, the nearest to Malaysia as value. [USD per t]

    Args:
        site: The plant.
        name: Input as the atlas calls it.
        unit: Unit of the rows that count.

    Raises:
        InputError: No row.
    """
    table = site.case.table("input_prices")
    rows = table[(table["input"] == name) & (table["price_usd_unit"] == unit) & table["price_usd_value"].notna()]
    if rows.empty:
        raise InputError(f"no price of {name} in {unit} in the atlas; lay a row over input_prices")
    rank = rows["country_iso3"].map(lambda c: NEAREST.get(str(c), 4))
    best = str(rows.assign(rank=rank).sort_values(["rank", "year"], ascending=[True, False]).index[0])
    values = rows["price_usd_value"].astype(float)
    refs = (site.case.ref("input_prices", best, "price_usd_value"),)
    said = f"span of {len(rows)} rows of all places and years, as quoted"
    return Quantity(float(values[best]), "USD per t", float(values.min()), float(values.max()),
                    str(rows.at[best, "basis"]), refs, said)  # fmt: skip


def wage_of(site: Site) -> Quantity:
    """Cost of an employee: an engineer, between a worker and a manager. [USD per year]"""
    rows = {name: f"wage.MYS.2018.{n}" for n, name in ((1, "worker"), (2, "engineer"), (3, "manager"))}
    costs = {n: site.case.quantity("input_prices", row, "price_usd_value") for n, row in rows.items()}
    refs = tuple(ref for q in costs.values() for ref in q.refs)
    said = "engineer; worker and manager as ends, full cost of 2018; the mix of a plant is not known"
    return Quantity(
        costs["engineer"].value, "USD per year", costs["worker"].value, costs["manager"].value, "estimate", refs, said
    )


def electricity(site: Site) -> Quantity:
    """Electricity price of Peninsular Malaysia: the base tariff, the one before it and high voltage all-in as ends."""
    rows = [f"electricity.MYS.{n}" for n in ("2025-07.1", "2024.1", "2025-07.17")]

    def tariff() -> Quantity:
        found = [site.case.quantity("input_prices", row, "price_usd_value") for row in rows]
        values = [q.value for q in found if q.value is not None]
        refs = tuple(ref for q in found for ref in q.refs)
        return Quantity(values[0], "USD per kWh", min(values), max(values), "reported", refs, "tariff of July 2025")

    return site.given("energy_price", tariff)


def staff_of(site: Site, made: Quantity, rows: tuple[str, ...]) -> Quantity:
    """Staff by plants of the stage: persons per thousand tonnes times capacity. [persons]"""
    ratios = [site.case.quantity("skills", row, "staff_persons_per_kt") for row in rows]
    values = sorted(q.value for q in ratios if q.value is not None)
    assert made.value is not None
    kt = made.value / 1000
    refs = tuple(ref for q in ratios for ref in q.refs)
    middle = values[len(values) // 2]
    return Quantity(kt * middle, "persons", kt * values[0], kt * values[-1], "derived", refs)


def scaled_staff(site: Site, row: str, size: float | None = None) -> Quantity:
    """Staff of one reported plant by size: with the exponent of capital, in proportion as low end. [persons]

    Args:
        site: The plant.
        row: Row of `stage_costs`.
        size: Its size where the row's capacity is not in our unit.
    """
    people = site.case.quantity("stage_costs", row, "staff_persons")
    capacity = site.case.quantity("stage_costs", row, "capacity_value")
    made = site.capacity.value
    assert people.value is not None
    assert capacity.value is not None
    assert made is not None
    assert EXPONENT.value is not None
    ratio = made / (size or capacity.value)
    value, plain = people.value * ratio**EXPONENT.value, people.value * ratio
    ends = (min(value, plain, 0.6 * value), max(plain, 1.8 * value))
    said = "one plant only, by size with the exponent of capital"
    return Quantity(value, "persons", *ends, "estimate", people.refs + capacity.refs, said)
