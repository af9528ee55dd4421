"""How a plant of each stage is put together: what it makes, uses and buys, and which reported plants price it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from gadolin.case.inputs import economics_prices as prices
from gadolin.case.inputs.plants.designed import PAYABLE, designed
from gadolin.case.inputs.plants.parts import (
    assemble,
    basis_of,
    composition_of,
    cost_of,
    one_plant,
    stated,
    tonnes,
)
from gadolin.case.inputs.plants.prices import scaled_staff, staff_of, toll_fee
from gadolin.case.inputs.plants.site import M_USD, Site, estimate
from gadolin.economics.formulas import basket, scaled
from gadolin.economics.project import CostLine, Project, Trade
from gadolin.economics.scaling import add_up
from gadolin.elements import GROUPS, element
from gadolin.errors import InputError
from gadolin.plant import Plant
from gadolin.quantity import Quantity

_DESIGN = "separation.separation-plant-design-recovery"
_EXTRACTION = "separation.solvent-extraction-of-all-elements-plant"
_REST = "separation.clay-feed-to-single-or-enriched-compounds"
_REO_UNITS = ("t_reo_feed_per_year", "t_reo_out_per_year")
_METAL_UNITS = ("t_metal_per_year", "t_metal_and_alloy_per_year")
FEED_PER_REO = "separation.clay-separation-plant-feed-quality"


def _oxide_per_metal() -> float:
    """Oxide factor of the traded 75:25 mix of neodymium and praseodymium. [t oxide per t metal]"""
    return 0.75 * element("Nd").oxide_factor + 0.25 * element("Pr").oxide_factor


def _numbers(composition: Mapping[str, Quantity]) -> dict[str, float]:
    return {name: q.value or 0.0 for name, q in composition.items()}


# --- separation ------------------------------------------------------------------------------------------------------


def _separation(site: Site) -> Project:
    """Clay carbonate bought at a payable share, separated here or for a toll, sold as oxides."""
    feed = site.capacity
    composition = composition_of(site.case, site.entry.feed)
    without = [s for s in composition if s in prices.deck_of(site.case).uncredited]
    if without:
        site.limits.append(f"{', '.join(without)}: no price anywhere, earns nothing")
    shares = _numbers(composition)
    payable = site.given("payable", lambda: prices.payable_of(site.case, PAYABLE))
    bought = Trade("clay carbonate", feed, composition=shares, party="suppliers", payable=payable)
    site.limits.append(f"composition of the feed is {basis_of(composition)}, not an assay of what is sold")
    if site.design or (site.entry.design and not site.entry.host_plant):
        return _by_design(site, bought, without)
    sales = tuple(
        Trade(name, tonnes(feed, share, _recovery(site, name)))
        for name, share in composition.items()
        if share.value and name not in without
    )
    if site.entry.host_plant:
        heavy = sum(shares.get(s, 0.0) for s in GROUPS["heavy"])
        return _toll(site, sales, bought, feed, heavy)
    site.asked |= {"thorium", "uranium"}  # facts of the feed that only a design makes use of
    site.uses(feed, "hydrochloric acid", f"{_EXTRACTION}.hcl-about-30")
    site.uses(feed, "ammonia", f"{_EXTRACTION}.liquid-ammonia")
    staff = site.given("staff", lambda: staff_of(site, feed, ("SK-34", "SK-35")))
    cost = cost_of(site, _REO_UNITS)
    site.limits.append("organic make-up, water, effluent treatment and electricity of extraction are not priced")
    return assemble(site, sales, (bought,), staff, cost)


def _by_design(site: Site, bought: Trade, without: list[str]) -> Project:
    """Capital, reagents and first fill of the designed plant; what it leaves together is sold as a mixture."""
    if site.entry.host_plant:
        raise InputError(f"{site.entry.id} is separated at {site.entry.host_plant} for a fee; it has no design")
    cost, plant = designed(site)
    staff = site.given("staff", lambda: staff_of(site, site.capacity, ("SK-34", "SK-35")))
    site.limits.append("electricity of extraction and organic make-up are priced only where the design holds them")
    return assemble(site, _sales_of(site, plant, without), (bought,), staff, cost)


def _sales_of(site: Site, plant: Plant, without: list[str]) -> tuple[Trade, ...]:
    """Oxides of the design: single ones at the deck, the others together at a payable share of their basket."""
    wanted = site.entry.design.products if site.entry.design else ["NdPr", "Dy", "Tb", "SEG"]
    oxide = {
        s: scaled(q, element(s).oxide_factor, "t per year")
        for s, q in plant.product_t_element_per_year.items() if s not in without and q.value
    }  # fmt: skip
    trades = []
    if "NdPr" in wanted or {"Nd", "Pr"} <= set(wanted):
        trades.append(Trade("NdPr", add_up([oxide.pop(s) for s in ("Nd", "Pr") if s in oxide], "t per year")))
    trades += [Trade(s, oxide.pop(s)) for s in list(oxide) if s in wanted]
    if oxide:
        said = "what the design leaves together, at a discount to its oxides; no source"
        payable = site.given("payable_mixture", estimate(0.7, 0.4, 0.9, "share", said))
        whole = add_up(list(oxide.values()), "t per year")
        shares = {s: (q.value or 0.0) / (whole.value or 1.0) for s, q in oxide.items()}
        trades.append(Trade("mixed oxides", whole, composition=shares, payable=payable))
    return tuple(trades)


def _toll(site: Site, sales: tuple[Trade, ...], bought: Trade, feed: Quantity, heavy: float) -> Project:
    """The host plant separates for a fee per kg of light and of heavy oxide."""
    fees = []
    for name, share in (("toll_light", 1 - heavy), ("toll_heavy", heavy)):
        fee = site.given(name, lambda n=name: toll_fee(site, n))
        fees.append(feed.times(scaled(fee, share * 1000 / 1e6), f"{M_USD} per year"))
    toll = CostLine("toll", add_up(fees, f"{M_USD} per year"), payee=f"partner:{site.entry.host_plant}")
    freight = site.given("freight", estimate(60.0, 20.0, 150.0, "USD per t gross", "haul and handling, no source"))
    carried = feed.times(site.row(FEED_PER_REO, "consumption_value"), "t per year")
    haul = CostLine("freight", carried.times(scaled(freight, 1e-6), f"{M_USD} per year"))
    staff = site.given("staff", estimate(20.0, 10.0, 40.0, "persons", "trading, sampling and assay; no source"))
    capex = site.given("capex", estimate(5.0, 2.0, 15.0, M_USD, "store, sampling and assay; no source"))
    deck = prices.deck_of(site.case)
    values = {n: q.value for n, q in deck.prices.items() if q.value is not None}
    worth = basket(values, bought.composition, deck.uncredited)
    left = worth * (1 - ((bought.payable.value if bought.payable else None) or 0.0))
    per_kg = (toll.local_m_per_year.value or 0.0) * 1e6 / ((feed.value or 1.0) * 1000)
    site.limits.append(
        f"the fee of {per_kg:.1f} USD per kg REO is that of Chinese plants in 2014, deflated; no offer of the host is "
        f"known, and the deck leaves {left:.1f} USD per kg to whoever separates"
    )
    return assemble(site, sales, (bought,), staff, stated(site, capex), (toll, haul))


def _recovery(site: Site, name: str) -> Quantity:
    """Recovery of an oxide in a plant for clay carbonate, with its plausible span. [share]"""
    row = {"NdPr": "ndpr-oxide-99-5", "Dy": "dy-oxide-99-5", "Tb": "tb-oxide-99-5"}.get(name)
    found = site.given("recovery", lambda: site.share(f"{_DESIGN}.{row}" if row else _REST))
    if found.value is None or (found.low is not None and found.low < found.value):
        return found
    said = "design or norm; -8 and +3 points assumed around it"
    top = min(found.value + 0.03, 1.0) if found.basis == "choice" else min(found.value + 0.03, 0.99)
    return Quantity(found.value, "share", found.value - 0.08, max(top, found.value), "estimate", found.refs, said)


# --- metal, alloy, magnet --------------------------------------------------------------------------------------------


def _metal(site: Site) -> Project:
    """NdPr oxide to metal by oxide-fluoride electrolysis."""
    made = site.capacity
    yield_share = site.given("recovery", lambda: site.share("metal_making.metal-smelting-src"))
    assert yield_share.value is not None
    oxide = scaled(made, _oxide_per_metal() / yield_share.value, "t per year")
    power = site.row("metal_making.oxide-fluoride-electrolysis-2", "energy_kwh_per_kg")  # kWh/kg is MWh/t
    site.energy["electricity"] = made.times(power, "MWh per year")
    staff = site.given("staff", lambda: scaled_staff(site, "lcm-europe-lacq"))
    cost = cost_of(site, _METAL_UNITS)
    site.limits.append("fluorides, graphite, tungsten and argon are not priced")
    sales = (Trade("NdPr metal", scaled(made, 1.0, "t per year")),)
    return assemble(site, sales, (Trade("NdPr", oxide, party="suppliers"),), staff, cost)


def _alloy(site: Site) -> Project:
    """NdPr metal strip-cast with iron and boron to magnet alloy, sold at its metal's price and a conversion fee."""
    made = site.capacity
    content = site.row("magnet.rare-earth-content-of-sintered-ndfeb", "yield_pct")
    kept = site.given("recovery", estimate(0.97, 0.95, 0.99, "share", "metal kept in strip casting; no source"))
    assert content.value is not None
    assert kept.value is not None
    metal = scaled(made, content.value / 100 / kept.value, "t per year")
    staff = site.given("staff", lambda: scaled_staff(site, "lcm-europe-lacq"))
    said = "price of magnet alloy over that of the metal in it; the deck has none"
    over = site.given("alloy_over_metal", estimate(1.15, 1.05, 1.35, "ratio", said))
    half = estimate(0.5, 0.3, 0.7, "share", "alloy's part of a plant for metal and alloy; no source")
    cost = one_plant(site, "lcm-europe-lacq", share=half)
    site.limits.append("iron, boron, electricity and hydrogen are not priced; no alloy has a price in the deck")
    inside = scaled(made, content.value / 100, "t per year")
    sale = Trade("NdFeB alloy", inside, composition={"NdPr metal": 1.0}, payable=over)
    bought = (Trade("NdPr metal", metal, party="suppliers"),)
    return assemble(site, (sale,), bought, staff, cost)


def _magnet(site: Site) -> Project:
    """NdPr metal to sintered magnet blanks."""
    made = site.capacity
    content = site.row("magnet.rare-earth-content-of-sintered-ndfeb", "yield_pct")
    kept = site.given("recovery", lambda: site.share("magnet.virgin-strip-cast-sintered-ndfeb-material"))
    assert content.value is not None
    assert kept.value is not None
    metal = scaled(made, content.value / 100 / kept.value, "t per year")
    staff = site.given("staff", lambda: staff_of(site, made, ("SK-25", "SK-31", "SK-37")))
    cost = cost_of(site, ("t_magnet_per_year",))
    site.limits.append("iron, boron, cobalt, electricity and hydrogen are not priced; grade 40H holds no Dy or Tb here")
    sales = (Trade("NdFeB_magnet 40H blank", scaled(made, 1.0, "t per year")),)
    bought = (Trade("NdPr metal 2025-03-06", metal, party="suppliers"),)  # the metal of the magnet quotes' days
    return assemble(site, sales, bought, staff, cost)


# --- mine, cracking, recycling ---------------------------------------------------------------------------------------


def _mine(site: Site) -> Project:
    """In-situ leaching of clay to carbonate."""
    made = site.capacity
    composition = composition_of(site.case, site.entry.feed)
    payable = site.given("payable", lambda: prices.payable_of(site.case, PAYABLE))
    step = "mining.in-situ-leach-ammonium-sulfate-conventional"
    site.uses(made, "ammonium sulfate", f"{step}.ammonium-sulfate")
    site.uses(made, "ammonium bicarbonate", f"{step}.ammonium-bicarbonate")
    site.limits.append("wells, water treatment, closure monitoring and energy of leaching are not priced")
    site.limits.append(f"composition of the product is {basis_of(composition)}, not an assay of what is sold")
    staff = site.given("staff", estimate(150.0, 60.0, 300.0, "persons", "no source for a clay mine of this size"))
    shares = _numbers(composition)
    sale = Trade("clay carbonate", scaled(made, 1.0, "t per year"), composition=shares, payable=payable)
    return assemble(site, (sale,), (), staff, one_plant(site, "ionic-re-makuutu-stage-1"))


def _cracking(site: Site) -> Project:
    """Monazite cracked with caustic soda and dissolved; its thorium stays in the residue, the carbonate is sold."""
    made = site.capacity
    composition = composition_of(site.case, site.entry.feed)
    kept = site.given("recovery", lambda: site.share("cracking.selective-hcl-dissolution-of-hydroxide-cake.hcl-30"))
    grade = estimate(0.57, 0.50, 0.60, "share", "REO in monazite concentrate; a plant of stage_costs states 60 %")
    assert kept.value is not None
    assert made.value is not None
    at = {share: made.value / kept.value / share for share in (grade.low, grade.value, grade.high) if share}
    ends = sorted(at.values())
    said = "output over yield and REO grade of the concentrate"
    concentrate = Quantity(ends[1], "t per year", ends[0], ends[-1], "estimate", (*made.refs, *kept.refs), said)
    site.uses(concentrate, "sodium hydroxide", "cracking.monazite-caustic-digestion.naoh")
    cake = site.row("cracking.monazite-residue", "yield_pct")
    residue = site.given("residue", concentrate.times(scaled(cake, 0.01, "share"), "t gross per year"))
    staff = site.given("staff", lambda: scaled_staff(site, "lynas-kalgoorlie", _kalgoorlie(site)))
    payable = site.given("payable", lambda: prices.payable_of(site.case, PAYABLE))
    cost = one_plant(site, "lynas-kalgoorlie", size=_kalgoorlie(site))
    site.limits.append("acid, precipitant, energy and the permanent store of thorium are not priced")
    site.limits.append("the residue's activity is not known and counts as radioactive; the carbonate's price is clay's")
    sale = Trade("mixed carbonate", scaled(made, 1.0, "t per year"), composition=_numbers(composition), payable=payable)
    bought = (Trade("monazite concentrate", concentrate, party="suppliers"),)
    whole = Plant(site.entry.stage, site.entry.good, {}, {}, reagents=site.reagents, residue_t_gross_per_year=residue)
    return assemble(site, (sale,), bought, staff, replace(cost, plant=whole))


def _kalgoorlie(site: Site) -> float:
    """Size of Kalgoorlie in t REO: the NdPr oxide it supports over the share of Mt Weld's ore that is NdPr."""
    supported = site.case.quantity("stage_costs", "lynas-kalgoorlie", "capacity_value").value
    share = composition_of(site.case, ["mt_weld.cld_memory"])["NdPr"].value
    assert supported is not None
    assert share is not None
    return supported / share


def _recycling(site: Site) -> Project:
    """Magnet scrap to separated oxides, as in the one study that states its scrap and its oxides."""
    scrap = site.capacity
    belfast = "ionic-technologies-belfast"
    oxides = site.case.quantity("stage_costs", belfast, "capacity_value")
    assert oxides.value is not None
    out = site.given("recovery", replace(scaled(oxides, 1 / BELFAST_T_SCRAP, "t REO per t scrap"),
                                         reason="oxides over magnets treated in one study"))  # fmt: skip
    mix = {s: site.case.quantity("product_composition", f"ev-traction-magnet-ree-mix.{s.lower()}", "content_value")
           for s in ("Nd", "Pr", "Dy", "Tb")}  # fmt: skip
    as_oxide = {s: scaled(q, element(s).oxide_factor) for s, q in mix.items()}
    whole = add_up(list(as_oxide.values()), "kg").value
    assert whole is not None
    shares = {s: scaled(q, 1 / whole, "share") for s, q in as_oxide.items()}
    pair = add_up([shares.pop("Nd"), shares.pop("Pr")], "share")
    parts = {"NdPr": pair, **shares}
    made = scrap.times(out, "t per year")
    sales = tuple(Trade(name, made.times(share, "t per year")) for name, share in parts.items())
    said = "price of scrap over the oxides in it; no source"
    payable = site.given("payable", estimate(0.75, 0.5, 0.9, "share", said))
    feed = Trade("magnet scrap", made, composition=_numbers(parts), party="suppliers", payable=payable)
    staff = site.given("staff", lambda: scaled_staff(site, belfast, BELFAST_T_SCRAP))
    cost = one_plant(site, belfast, size=BELFAST_T_SCRAP)
    site.limits.append("acid, precipitant, energy and iron residue of recycling have no sourced quantity, not priced")
    site.limits.append("the mix of magnet scrap is that of electric cars' motors")
    return assemble(site, sales, (feed,), staff, cost)


BELFAST_T_SCRAP = 1200.0
"""Magnets treated a year by the study of Belfast, in words of its row."""

MAKERS: dict[str, Callable[[Site], Project]] = {
    "mine": _mine,
    "cracking_leaching": _cracking,
    "separation": _separation,
    "metal": _metal,
    "alloy": _alloy,
    "magnet": _magnet,
    "recycling": _recycling,
}
