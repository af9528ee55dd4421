"""From a candidate plant of a case to a project of economics: what it makes, uses, buys and costs.

Quantities come from the atlas's process rows, prices from its price rows, capital from reported plants of the stage;
`[[plants]]` of the case may set any of them in `numbers`. What has no source is a range with basis estimate, and what
could not be priced is listed in the project's limits. Names that `numbers` understands: capex (million USD), recovery,
payable, toll_light and toll_heavy (USD per kg REO), staff, wage (USD per year), maintenance, overhead, sustaining
(share per year), closure (share of capital), energy_price (USD per kWh), construction_years, life_years.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from gadolin.case.inputs import economics as facts
from gadolin.economics.build_up import PriceBook, add_up, build_up
from gadolin.economics.formulas import basket, scaled
from gadolin.economics.project import CostLine, Project, Schedule, Trade, WorkingCapital
from gadolin.elements import GROUPS, element
from gadolin.errors import InputError, did_you_mean
from gadolin.plant import Plant
from gadolin.quantity import Quantity, weakest

if TYPE_CHECKING:
    from gadolin.case.load import Case
    from gadolin.case.schema import PlantEntry

_M_USD = "million USD"
_RULE = "unit_operations"
_DESIGN = "separation.separation-plant-design-recovery"
_EXTRACTION = "separation.solvent-extraction-of-all-elements-plant"
_REST = "separation.clay-feed-to-single-or-enriched-compounds"
_CREDIT = WorkingCapital(receivable_days=45.0, stock_days=60.0, payable_days=30.0)


def _estimate(value: float, low: float, high: float, unit: str, why: str) -> Quantity:
    """A range without source, said so."""
    return Quantity(value, unit, low, high, "estimate", reason=why)


@dataclass
class _Site:
    """A plant entry with what its project needs on the way."""

    case: Case
    entry: PlantEntry
    index: int
    limits: list[str] = field(default_factory=list)
    reagents: dict[str, Quantity] = field(default_factory=dict)
    energy: dict[str, Quantity] = field(default_factory=dict)

    def uses(self, made: Quantity, name: str, row_id: str) -> None:
        """Note the use of a reagent: consumption of a process row times output. [t per year]"""
        self.reagents[name] = made.times(self.row(row_id, "consumption_value"), "t per year")

    def given(self, name: str, default: Quantity | Callable[[], Quantity]) -> Quantity:
        """A number of the entry, or its default."""
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


def project_of(case: Case, plant: str) -> Project:
    """A candidate plant of the case as a project. Money in million USD of the case's price year.

    Args:
        case: The case.
        plant: Id in `[[plants]]`.

    Raises:
        InputError: No such plant, a stage without method, a fact that is missing.
    """
    entries = {entry.id: (i, entry) for i, entry in enumerate(case.settings.plants)}
    if plant not in entries:
        known = ", ".join(entries) or "none; add [[plants]] to case.toml"
        raise InputError(f'"{plant}" is no plant of {case.name}{did_you_mean(plant, entries)} (plants: {known})')
    index, entry = entries[plant]
    makers = {"separation": _separation, "metal": _metal, "magnet": _magnet, "mine": _mine}
    if entry.stage not in makers:
        raise InputError(f"{plant}: no cost method for stage {entry.stage} yet (there is: {', '.join(makers)})")
    return makers[entry.stage](_Site(case, entry, index))


# --- stages ----------------------------------------------------------------------------------------------------------


def _separation(site: _Site) -> Project:
    """Clay carbonate bought at a payable share, separated here or for a toll, sold as oxides."""
    feed = site.capacity
    composition = composition_of_feed(site.case, site.entry.feed)
    without = [s for s in composition if s in facts.deck_of(site.case).uncredited]
    if without:
        site.limits.append(f"{', '.join(without)}: no price anywhere, earns nothing")
    sales = tuple(
        Trade(name, _tonnes(feed, share, _recovery(site, name)))
        for name, share in composition.items()
        if share.value and name not in without
    )
    shares = {name: q.value or 0.0 for name, q in composition.items()}
    payable = site.given("payable", lambda: facts.payable_of(site.case, "2024-12-31.mixed_oxide.xinfeng"))
    bought = Trade("clay carbonate", feed, composition=shares, party="suppliers", payable=payable)
    heavy = sum(shares.get(s, 0.0) for s in GROUPS["heavy"])
    site.limits.append(f"composition of the feed is {_basis(composition)}, not an assay of what is sold")
    if site.entry.host_plant:
        return _toll(site, sales, bought, feed, heavy)
    site.uses(feed, "hydrochloric acid", f"{_EXTRACTION}.hcl-about-30")
    site.uses(feed, "ammonia", f"{_EXTRACTION}.liquid-ammonia")
    staff = site.given("staff", lambda: _staff(site, feed, ("SK-34", "SK-35")))
    units = ("t_reo_feed_per_year", "t_reo_out_per_year")
    site.limits.append("organic make-up, water, effluent treatment and electricity of extraction are not priced")
    return _plant(site, sales, (bought,), staff, units=units)


def _toll(site: _Site, sales: tuple[Trade, ...], bought: Trade, feed: Quantity, heavy: float) -> Project:
    """The host plant separates for a fee per kg of light and of heavy oxide."""
    fees = []
    for name, share in (("toll_light", 1 - heavy), ("toll_heavy", heavy)):
        fee = site.given(name, lambda n=name: _toll_fee(site, n))
        fees.append(feed.times(scaled(fee, share * 1000 / 1e6), f"{_M_USD} per year"))
    toll = CostLine("toll", add_up(fees, f"{_M_USD} per year"), payee=f"partner:{site.entry.host_plant}")
    freight = site.given("freight", _estimate(60.0, 20.0, 150.0, "USD per t gross", "haul and handling, no source"))
    carbonate_t = scaled(feed, 2.86)  # t of feed per t REO of clay carbonate and oxide, unit_operations
    haul = CostLine("freight", carbonate_t.times(scaled(freight, 1e-6), f"{_M_USD} per year"))
    staff = site.given("staff", _estimate(20.0, 10.0, 40.0, "persons", "trading, sampling and assay; no source"))
    capex = site.given("capex", _estimate(5.0, 2.0, 15.0, _M_USD, "store, sampling and assay; no source"))
    deck = facts.deck_of(site.case)
    values = {n: q.value for n, q in deck.prices.items() if q.value is not None}
    worth = basket(values, bought.composition, deck.uncredited)
    left = worth * (1 - ((bought.payable.value if bought.payable else None) or 0.0))
    per_kg = (toll.local_m_per_year.value or 0.0) * 1e6 / ((feed.value or 1.0) * 1000)
    site.limits.append(
        f"the fee of {per_kg:.1f} USD per kg REO is that of Chinese plants in 2014, deflated; no offer of the host is "
        f"known, and the deck leaves {left:.1f} USD per kg to whoever separates"
    )
    return _plant(site, sales, (bought,), staff, capex, (toll, haul))


def _metal(site: _Site) -> Project:
    """NdPr oxide to metal by oxide-fluoride electrolysis."""
    made = site.capacity
    yield_share = site.given("recovery", lambda: site.share("metal_making.metal-smelting-src"))
    factor = 0.75 * element("Nd").oxide_factor + 0.25 * element("Pr").oxide_factor  # the traded 75:25 mix
    assert yield_share.value is not None
    oxide = scaled(made, factor / yield_share.value, "t per year")
    power = site.row("metal_making.oxide-fluoride-electrolysis-2", "energy_kwh_per_kg")  # kWh/kg is MWh/t
    site.energy["electricity"] = made.times(power, "MWh per year")
    staff = site.given("staff", lambda: _scaled_staff(site, "lcm-europe-lacq"))
    site.limits.append("fluorides, graphite, tungsten and argon are not priced")
    sales = (Trade("NdPr metal", scaled(made, 1.0, "t per year")),)
    units = ("t_metal_per_year", "t_metal_and_alloy_per_year")
    return _plant(site, sales, (Trade("NdPr", oxide, party="suppliers"),), staff, units=units)


def _magnet(site: _Site) -> Project:
    """NdPr metal to sintered magnet blanks."""
    made = site.capacity
    content = site.row("magnet.rare-earth-content-of-sintered-ndfeb", "yield_pct")
    kept = site.given("recovery", lambda: site.share("magnet.virgin-strip-cast-sintered-ndfeb-material"))
    assert content.value is not None
    assert kept.value is not None
    metal = scaled(made, content.value / 100 / kept.value, "t per year")
    staff = site.given("staff", lambda: _staff(site, made, ("SK-25", "SK-31", "SK-37")))
    site.limits.append("iron, boron, cobalt, electricity and hydrogen are not priced; grade 40H holds no Dy or Tb here")
    sales = (Trade("NdFeB_magnet 40H blank", scaled(made, 1.0, "t per year")),)
    bought = (Trade("NdPr metal 2025-03-06", metal, party="suppliers"),)  # the metal of the magnet quotes' days
    return _plant(site, sales, bought, staff, units=("t_magnet_per_year",))


def _mine(site: _Site) -> Project:
    """In-situ leaching of clay to carbonate."""
    made = site.capacity
    composition = composition_of_feed(site.case, site.entry.feed)
    shares = {name: q.value or 0.0 for name, q in composition.items()}
    payable = site.given("payable", lambda: facts.payable_of(site.case, "2024-12-31.mixed_oxide.xinfeng"))
    step = "mining.in-situ-leach-ammonium-sulfate-conventional"
    site.uses(made, "ammonium sulfate", f"{step}.ammonium-sulfate")
    site.uses(made, "ammonium bicarbonate", f"{step}.ammonium-bicarbonate")
    site.limits.append("wells, water treatment, closure monitoring and energy of leaching are not priced")
    site.limits.append(f"composition of the product is {_basis(composition)}, not an assay of what is sold")
    staff = site.given("staff", _estimate(150.0, 60.0, 300.0, "persons", "no source for a clay mine of this size"))
    sale = Trade("clay carbonate", scaled(made, 1.0, "t per year"), composition=shares, payable=payable)
    capex = site.given("capex", lambda: _one_plant(site, made, "ionic-re-makuutu-stage-1"))
    return _plant(site, (sale,), (), staff, capex)


# --- parts -----------------------------------------------------------------------------------------------------------


def _plant(
    site: _Site,
    sales: tuple[Trade, ...],
    bought: tuple[Trade, ...],
    staff: Quantity,
    capex: Quantity | None = None,
    extra: tuple[CostLine, ...] = (),
    units: tuple[str, ...] = (),
) -> Project:
    """What all stages have in common: capital, people, upkeep, timing, working capital."""
    if capex is None:
        capex = site.given("capex", lambda: _capital(site, units))
    plant = Plant(
        site.entry.stage, site.entry.good, {}, {}, reagents=site.reagents, energy=site.energy, staff=staff,
        name=site.entry.name,
    )  # fmt: skip
    cost = build_up(plant, _book(site), capital=scaled(capex, 1e6, "USD"))
    site.limits += [f"not priced: {lacking}" for lacking in cost.missing]
    closing = site.given("closure", _estimate(0.05, 0.02, 0.15, "share", "share of capital; no source for Malaysia"))
    growth = facts.capital_growth(site.case) if "capex" not in site.entry.numbers else Quantity(
        1.0, "ratio", 0.8, 1.5, "estimate", reason="capital as the case states it; class 4 accuracy"
    )  # fmt: skip
    state = f"state:{site.entry.state}" if site.entry.state else None
    site.limits.append("days of credit and stock (45, 60, 30) and upkeep shares are choices or estimates")
    return Project(
        id=site.entry.id,
        stage=site.entry.stage,
        sales=sales,
        capex={"plant": capex},
        opex=(*extra, *cost.opex),
        purchases=bought,
        schedule=_schedule(site),
        working_capital=_CREDIT,
        capex_growth=growth,
        output=site.given("output", _estimate(0.9, 0.75, 0.97, "share", "availability after ramp-up; no source")),
        sustaining=site.given("sustaining", _estimate(0.02, 0.01, 0.04, "share per year", "renewal; no source")),
        closure=scaled(closing, capex.value or 0.0, _M_USD),
        staff=staff,
        state=state,
        multinational=site.entry.partner is not None,
        price_year=site.case.settings.case.price_year,
        limits=tuple(site.limits),
    )


def _schedule(site: _Site) -> Schedule:
    """Construction from realised lead times of the stage, ramp-up from the generic S-curve."""
    table = site.case.table("lead_times")
    realised = table[(table["parameter"] == "lead_time") & (table["stage"] == site.entry.stage)]
    realised = realised[~realised["is_plan"] & realised["lead_time_years"].notna()]
    generic = realised["project"].astype(str).str.startswith("Generic")
    years = realised.loc[~generic, "lead_time_years"].median()
    told = site.given(
        "construction_years", Quantity(float(years) if pd.notna(years) else 2.0, "years", basis="derived")
    )
    if site.entry.host_plant:
        told = Quantity(1.0, "years", basis="choice")
    count = max(1, round(told.value or 2.0))
    curve = table[(table["parameter"] == "ramp_up") & (table["rate_unit"] == "share_of_nameplate")]
    curve = curve.sort_values("after_start_years")
    ramp = (*(float(v) for v in curve["rate_value"]), 1.0) if len(curve) else (0.5, 1.0)
    life = site.given("life_years", Quantity(20.0, "years", basis="choice"))
    refs = tuple(site.case.ref("lead_times", str(i), "rate_value") for i in curve.index)
    return Schedule((1 / count,) * count, ramp, int(life.value or 20), 1, site.case.settings.case.first_year, refs)


def composition_of_feed(case: Case, feed: list[str]) -> dict[str, Quantity]:
    """Shares of REO mass by product of the deck: Nd and Pr together as NdPr, the others alone. [share]

    Args:
        case: The case.
        feed: Deposits, as `DEPOSIT` or `DEPOSIT.VECTOR`; the first is used.

    Raises:
        InputError: No feed, no composition, or several and none named.
    """
    if not feed:
        raise InputError('name the deposit that feeds the plant: feed = ["DEPOSIT"]')
    deposit, _, vector = feed[0].partition(".")
    rows = case.table("deposit_composition")
    rows = rows[rows["deposit_id"] == deposit]
    vectors = [str(v) for v in dict.fromkeys(rows["vector_id"])]
    chosen = vector or (vectors[0] if len(vectors) == 1 else "")
    if chosen not in vectors:
        known = ", ".join(f"{deposit}.{v}" for v in vectors) or "none"
        raise InputError(f'"{feed[0]}" names no composition; write one of: {known}')
    rows = rows[(rows["vector_id"] == chosen) & rows["share_norm_pct"].notna()]
    shares = {
        str(r["element"]): scaled(case.quantity("deposit_composition", str(i), "share_norm_pct"), 0.01, "share")
        for i, r in rows.iterrows()
    }
    pair = [shares.pop(name) for name in ("Nd", "Pr") if name in shares]
    return {"NdPr": add_up(pair, "share"), **shares} if pair else shares


def _basis(composition: dict[str, Quantity]) -> str:
    return weakest(q.basis for q in composition.values() if q.basis)


def _tonnes(feed: Quantity, share: Quantity, recovery: Quantity) -> Quantity:
    """Tonnes of an oxide: feed x share x recovery; the range is that of the recovery, the feed is drawn apart."""
    assert feed.value is not None
    return scaled(share, feed.value, "t per year").times(recovery, "t per year")


def _recovery(site: _Site, name: str) -> Quantity:
    """Recovery of an oxide in a plant for clay carbonate, with its plausible span. [share]"""
    row = {"NdPr": "ndpr-oxide-99-5", "Dy": "dy-oxide-99-5", "Tb": "tb-oxide-99-5"}.get(name)
    found = site.given("recovery", lambda: site.share(f"{_DESIGN}.{row}" if row else _REST))
    if found.value is None or (found.low is not None and found.low < found.value):
        return found
    said = "design or norm; -8 and +3 points assumed around it"
    return Quantity(
        found.value, "share", found.value - 0.08, min(found.value + 0.03, 0.99), "estimate", found.refs, said
    )


def _toll_fee(site: _Site, name: str) -> Quantity:
    """Tolling charge of 2014 in money of the price year; 20-25 for heavy as the source says. [USD per kg REO]"""
    light = name == "toll_light"
    row = "market-tolling-charge-light-concentrate" if light else "market-tolling-charge-heavy-concentrate"
    q = site.case.quantity("stage_costs", row, "opex_value")
    assert q.value is not None
    now = facts.usd_of(site.case, 1.0, "USD", int(site.case.table("stage_costs").at[row, "price_year"]))
    low, high = (0.8, 1.3) if light else (20.0 / 22.5, 25.0 / 22.5)
    value = q.value * now
    return Quantity(
        value, "USD per kg REO", value * low, value * high, "estimate", q.refs, "Chinese quote of 2014, deflated"
    )


def _book(site: _Site) -> PriceBook:
    """Prices at the plant. [USD]"""
    usual, fees = "usual share of capital", "insurance, administration"
    return PriceBook(
        reagents={name: _price(site, name) for name in site.reagents},
        energy={"electricity": scaled(_electricity(site), 1000.0, "USD per MWh")},
        wage=site.given("wage", lambda: _wage(site)),
        maintenance=site.given("maintenance", _estimate(0.03, 0.02, 0.05, "share per year", usual)),
        overhead=site.given("overhead", _estimate(0.015, 0.01, 0.03, "share per year", fees)),
        price_year=site.case.settings.case.price_year,
    )


def _price(site: _Site, name: str) -> Quantity:
    """Price of an input: the span of all rows per tonne, the nearest to Malaysia as value. [USD per t]"""
    table = site.case.table("input_prices")
    rows = table[(table["input"] == name) & (table["price_usd_unit"] == "usd_per_t") & table["price_usd_value"].notna()]
    if rows.empty:
        raise InputError(f"no price of {name} per tonne in the atlas; lay a row over input_prices")
    order = {"MYS": 0, "SEA": 1, "IDN": 1, "CHN": 2, "JPN": 3}
    rank = rows["country_iso3"].map(lambda c: order.get(str(c), 4))
    best = str(rows.assign(rank=rank).sort_values(["rank", "year"], ascending=[True, False]).index[0])
    values = rows["price_usd_value"].astype(float)
    refs = (site.case.ref("input_prices", best, "price_usd_value"),)
    said = f"span of {len(rows)} rows of all places and years"
    return Quantity(float(values[best]), "USD per t", float(values.min()), float(values.max()),
                    str(rows.at[best, "basis"]), refs, said)  # fmt: skip


def _wage(site: _Site) -> Quantity:
    """Cost of an employee: engineers and workers of the source together. [USD per year]"""
    return _estimate(12000.0, 7000.0, 25000.0, "USD per year", "between a worker and an engineer of input_prices, MYS")


def _electricity(site: _Site) -> Quantity:
    """Electricity price of Peninsular Malaysia. [USD per kWh]"""
    return site.given("energy_price", _estimate(0.107, 0.088, 0.115, "USD per kWh", "tariff of July 2025"))


def _staff(site: _Site, made: Quantity, rows: tuple[str, ...]) -> Quantity:
    """Staff by plants of the stage: persons per thousand tonnes times capacity. [persons]"""
    ratios = [site.case.quantity("skills", row, "staff_persons_per_kt") for row in rows]
    values = sorted(q.value for q in ratios if q.value is not None)
    assert made.value is not None
    kt = made.value / 1000
    refs = tuple(ref for q in ratios for ref in q.refs)
    middle = values[len(values) // 2]
    return Quantity(kt * middle, "persons", kt * values[0], kt * values[-1], "derived", refs)


def _scaled_staff(site: _Site, row: str) -> Quantity:
    """Staff of one reported plant, in proportion, with half and one and a half as range. [persons]"""
    people = site.case.quantity("stage_costs", row, "staff_persons")
    capacity = site.case.quantity("stage_costs", row, "capacity_value")
    made = site.capacity.value
    assert people.value is not None
    assert capacity.value is not None
    assert made is not None
    value = people.value * made / capacity.value
    return Quantity(
        value, "persons", 0.6 * value, 1.8 * value, "estimate", people.refs + capacity.refs, "one plant only"
    )


def _capital(site: _Site, units: tuple[str, ...]) -> Quantity:
    """Capital from reported plants of the stage. [million USD]"""
    assert site.capacity.value is not None
    found, left_out = facts.capital_of_capacity(site.case, site.entry.stage, site.capacity.value, units)
    if left_out:
        site.limits.append("left out as outliers: " + "; ".join(left_out))
    return scaled(found, 1e-6, _M_USD)


def _one_plant(site: _Site, made: Quantity, row: str) -> Quantity:
    """Capital scaled from one reported plant, with the accuracy of a class 5 estimate. [million USD]"""
    cells = site.case.table("stage_costs").loc[row]
    usd = facts.usd_of(site.case, float(cells["capex_musd"]), "USD", int(cells["price_year"]))
    assert made.value is not None
    assert facts.EXPONENT.value is not None
    value = usd * (made.value / float(cells["capacity_value"])) ** facts.EXPONENT.value
    refs = (site.case.ref("stage_costs", row, "capex_musd"),)
    return Quantity(value, _M_USD, 0.5 * value, 2.0 * value, "estimate", refs, "one heap-leach study; class 5 accuracy")
