"""What all stages have in common: capital, people, upkeep, timing, working capital, the feed's composition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from gadolin.case.inputs import economics_capital as capital
from gadolin.case.inputs import economics_money as money
from gadolin.case.inputs.plants.prices import book_of
from gadolin.case.inputs.plants.site import M_USD, Site, estimate
from gadolin.economics.build_up import PriceBook, build_up
from gadolin.economics.formulas import FloorUpside, PriceFormula, scaled
from gadolin.economics.project import CostLine, Project, Schedule, Trade, WorkingCapital, known
from gadolin.economics.scaling import add_up
from gadolin.errors import Fault, InputError
from gadolin.plant import Plant
from gadolin.quantity import Quantity, weakest

if TYPE_CHECKING:
    from gadolin.case.load import Case
    from gadolin.case.schema import FormulaEntry

_CREDIT = WorkingCapital(receivable_days=45.0, stock_days=60.0, payable_days=30.0)
_AT_THE_PLACE = "capital is stated for the place"


@dataclass(frozen=True)
class Cost:
    """What a plant costs to build, and what is known about how it is priced.

    Args:
        items: Capital by item at the place of reference. [million USD]
        growth: Final over estimated capital. [-]
        location: Cost here over cost at the place of reference. [-]
        plant: The plant to price; one without equipment when None.
        book: Prices; the usual ones when None.
        first_fill: First fill. [million USD]
    """

    items: Mapping[str, Quantity]
    growth: Quantity
    location: Quantity
    plant: Plant | None = None
    book: PriceBook | None = None
    first_fill: Quantity | None = None

    @property
    def whole(self) -> Quantity:
        """All items, at the place. [million USD]"""
        return add_up(tuple(self.items.values()), M_USD).times(self.location, M_USD)


def stated(site: Site, value: Quantity) -> Cost:
    """Capital that holds for the place: no location factor, accuracy of a class 4 estimate."""
    said = "capital as the case states it; class 4 accuracy"
    growth = site.given("capex_growth", Quantity(1.0, "ratio", 0.8, 1.5, "estimate", reason=said))
    here = site.given("location_factor", replace(known(1.0, "ratio"), reason=_AT_THE_PLACE))
    return Cost({"plant": value}, growth, here)


def compared(site: Site, value: Quantity) -> Cost:
    """Capital from reported plants at the US Gulf Coast, grown as studies grow, brought to the country."""
    growth = site.given("capex_growth", lambda: capital.capital_growth(site.case))
    here = site.given("location_factor", lambda: located(site))
    return Cost({"plant": value}, growth, here)


def located(site: Site) -> Quantity:
    """Location factor of the case's country; 1 with a wide range where the atlas has none."""
    found = money.location_factor_of(site.case)
    if found.value is None:
        return estimate(1.0, 0.6, 1.3, "ratio", f"{found.reason}; span of the countries that have one")
    return found


def cost_of(site: Site, units: tuple[str, ...]) -> Cost:
    """Capital as the case states it, else from reported plants of the stage."""
    if "capex" in site.entry.numbers:
        return stated(site, site.given("capex", known(0.0)))
    site.asked.add("capex")
    assert site.capacity.value is not None
    found, said = capital.capital_of_capacity(site.case, site.entry.stage, site.capacity.value, units)
    site.limits += said
    return compared(site, scaled(found, 1e-6, M_USD))


def one_plant(site: Site, row: str, size: float | None = None, share: Quantity | None = None) -> Cost:
    """Capital scaled from one reported plant at the US Gulf Coast, with the accuracy of a class 5 estimate.

    Args:
        site: The plant.
        row: Row of `stage_costs`.
        size: Its size where the row's capacity is not in our unit.
        share: Part of its capital that is of our kind. [share]
    """
    if "capex" in site.entry.numbers:
        return stated(site, site.given("capex", known(0.0)))
    site.asked.add("capex")
    cells = site.case.table("stage_costs").loc[row]
    found = capital.capex_usd(site.case, cells)
    made = site.capacity.value
    assert found is not None
    assert made is not None
    assert capital.EXPONENT.value is not None
    place = money.location_factor_of(site.case, str(cells["country_iso3"]))
    if place.value is None:
        site.limits.append(f"{cells['project']}: {place.reason}, taken as 1")
    grown = money.escalation_of(site.case, int(cells["price_year"]))
    ratio = made / (size or float(cells["capacity_value"]))
    value = found[0] / (place.value or 1.0) * ratio**capital.EXPONENT.value
    refs = (site.case.ref("stage_costs", row, found[1]), *grown.refs, *place.refs)
    said = f"{cells['project']} alone, scaled by size; escalated by {grown.reason}; class 5 accuracy"
    q = Quantity(value, M_USD, 0.5 * value, 2.0 * value, "estimate", refs, said)
    return compared(site, q if share is None else replace(q.times(share, M_USD), reason=said))


def assemble(
    site: Site,
    sales: tuple[Trade, ...],
    bought: tuple[Trade, ...],
    staff: Quantity,
    cost: Cost,
    extra: tuple[CostLine, ...] = (),
) -> Project:
    """A project of what all stages have in common: capital, people, upkeep, timing, working capital."""
    entry = site.entry
    plant = cost.plant or Plant(
        entry.stage, entry.good, {}, {}, reagents=site.reagents, energy=site.energy, name=entry.name
    )
    plant = replace(
        plant,
        staff=staff,
        residue_t_gross_per_year=site.given("residue", plant.residue_t_gross_per_year),
        residue_bq_per_g=site.given("residue_activity", plant.residue_bq_per_g),
    )
    whole = cost.whole
    priced = build_up(plant, cost.book or book_of(site), capital=scaled(whole, 1e6, "USD"))
    site.limits += [f"not priced: {lacking}" for lacking in priced.missing]
    closing = site.given("closure", estimate(0.05, 0.02, 0.15, "share", "share of capital; no source for Malaysia"))
    sunk = site.given("sunk", known(1.0 if site.facility else 0.0)).value or 0.0
    if sunk:
        site.limits.append(
            f"the plant runs: {100 * sunk:.0f} % of its capital is spent and counts neither as cost nor as allowance; "
            "renewal, upkeep and closure follow what a new plant would cost"
        )
    site.limits.append("days of credit and stock (45, 60, 30) and upkeep shares are choices or estimates")
    fill = cost.first_fill if cost.first_fill is not None else priced.first_fill_local_m
    return Project(
        id=entry.id,
        stage=entry.stage,
        sales=_with_formulas(site, sales),
        capex=cost.items,
        opex=(*extra, *priced.opex),
        purchases=_with_formulas(site, bought),
        schedule=_schedule(site, sunk),
        working_capital=replace(_CREDIT, first_fill_local_m=fill),
        capex_growth=cost.growth,
        location_factor=cost.location,
        sunk_share=sunk,
        output=site.given("output", estimate(0.9, 0.75, 0.97, "share", "availability after ramp-up; no source")),
        sustaining=site.given("sustaining", estimate(0.02, 0.01, 0.04, "share per year", "renewal; no source")),
        closure=scaled(closing, whole.value or 0.0, M_USD),
        staff=staff,
        residue_t_gross_per_year=plant.residue_t_gross_per_year,
        residue_bq_per_g=plant.residue_bq_per_g,
        state=f"state:{entry.state}" if entry.state else None,
        floors=_floors(site),
        multinational=entry.partner is not None,
        currency=priced.currency,
        price_year=priced.price_year,
        limits=tuple(_checked(site, sales, bought)),
    )


def _checked(site: Site, sales: tuple[Trade, ...], bought: tuple[Trade, ...]) -> list[str]:
    """The limits, after formulas were found to speak of goods that the plant trades, and floors of what it sells."""
    sold = [t.good for t in sales]
    traded = [*sold, *(t.good for t in bought)]
    named = [(f"formulas.{good}", good, traded) for good in site.entry.formulas]
    named += [(f"floors[{n}].products", p, sold) for n, floor in enumerate(site.entry.floors) for p in floor.products]
    faults = [
        Fault(f"is traded by no one here (there is: {', '.join(goods)})", "case.toml",
              field=f"plants[{site.index}].{where}", value=good)
        for where, good, goods in named if good not in goods
    ]  # fmt: skip
    if faults:
        raise InputError(faults)
    return site.limits


def _with_formulas(site: Site, trades: tuple[Trade, ...]) -> tuple[Trade, ...]:
    return tuple(with_formula(t, site.entry.formulas[t.good]) if t.good in site.entry.formulas else t for t in trades)


def with_formula(trade: Trade, entry: FormulaEntry) -> Trade:
    """A trade priced as the case says."""
    formula = PriceFormula(
        1.0 if entry.payable_share is None else entry.payable_share,
        entry.discount_share,
        entry.light_charge_usd_per_kg_reo,
        entry.heavy_charge_usd_per_kg_reo,
        entry.flat_charge_usd_per_kg_reo,
        entry.fixed_usd_per_kg,
        tuple(entry.paid),
    )
    payable = trade.payable if entry.payable_share is None else None
    return replace(trade, formula=formula, payable=payable)


def _floors(site: Site) -> tuple[FloorUpside, ...]:
    return tuple(
        FloorUpside(
            tuple(floor.products), floor.floor_usd_per_kg, floor.payer, floor.upside_from_usd_per_kg,
            floor.upside_share, None, floor.start_year, floor.end_year, tuple(floor.refs),
        )
        for floor in site.entry.floors
    )  # fmt: skip


def _schedule(site: Site, sunk: float) -> Schedule:
    """Construction from realised lead times of the stage, ramp-up from the generic S-curve; none for what runs."""
    table = site.case.table("lead_times")
    realised = table[(table["parameter"] == "lead_time") & (table["stage"] == site.entry.stage)]
    realised = realised[~realised["is_plan"] & realised["lead_time_years"].notna()]
    generic = realised["project"].astype(str).str.startswith("Generic")
    years = realised.loc[~generic, "lead_time_years"].median()
    usual = Quantity(float(years) if pd.notna(years) else 2.0, "years", basis="derived")
    told = site.given("construction_years", Quantity(1.0, "years", basis="choice") if site.entry.host_plant else usual)
    life = site.given("life_years", Quantity(20.0, "years", basis="choice"))
    first = site.case.settings.case.first_year
    if sunk == 1.0:
        return Schedule((), (1.0,), int(life.value or 20), 1, first)
    count = max(1, round(told.value or 2.0))
    curve = table[(table["parameter"] == "ramp_up") & (table["rate_unit"] == "share_of_nameplate")]
    curve = curve.sort_values("after_start_years")
    ramp = (*(float(v) for v in curve["rate_value"]), 1.0) if len(curve) else (0.5, 1.0)
    refs = tuple(site.case.ref("lead_times", str(i), "rate_value") for i in curve.index)
    return Schedule((1 / count,) * count, ramp, int(life.value or 20), 1, first, refs)


def composition_of(case: Case, feed: list[str]) -> dict[str, Quantity]:
    """Shares of REO mass by product of the deck: Nd and Pr together as NdPr, the others alone. [share]"""
    if not feed:
        raise InputError('name the deposit that feeds the plant: feed = ["DEPOSIT"]')
    deposit, _, vector = feed[0].partition(".")
    rows = case.table("deposit_composition")
    rows = rows[rows["deposit_id"] == deposit]
    vectors = [str(v) for v in dict.fromkeys(rows["vector_id"])]
    chosen = vector or (vectors[0] if len(vectors) == 1 else "")
    if chosen not in vectors:
        there = ", ".join(f"{deposit}.{v}" for v in vectors) or "none"
        raise InputError(f'"{feed[0]}" names no composition; write one of: {there}')
    rows = rows[(rows["vector_id"] == chosen) & rows["share_norm_pct"].notna()]
    shares = {
        str(r["element"]): scaled(case.quantity("deposit_composition", str(i), "share_norm_pct"), 0.01, "share")
        for i, r in rows.iterrows()
    }
    pair = [shares.pop(name) for name in ("Nd", "Pr") if name in shares]
    return {"NdPr": add_up(pair, "share"), **shares} if pair else shares


def basis_of(composition: Mapping[str, Quantity]) -> str:
    """Weakest basis of a composition."""
    return weakest(q.basis for q in composition.values() if q.basis)


def tonnes(feed: Quantity, share: Quantity, recovery: Quantity) -> Quantity:
    """Tonnes of an oxide: feed x share x recovery; the range is that of the recovery, the feed is drawn apart."""
    assert feed.value is not None
    return scaled(share, feed.value, "t per year").times(recovery, "t per year")
