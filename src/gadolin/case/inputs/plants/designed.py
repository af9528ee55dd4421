"""A separation plant priced from its design: equipment, reagents, first fill.

Equipment costs come from `equipment_costs` (USA, 2016), brought to the price year by the plant cost index. A
mixer-settler has two sourced ends: the source's own mixer-settlers, and a plastic tank of the same volume with its
mixer, as clay refineries are built; their geometric middle is the value. What a design does not size (dissolution,
precipitation, calcination, effluent, buildings) follows from the share of a plant that solvent extraction is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gadolin import separation
from gadolin.case.inputs import economics_money as money
from gadolin.case.inputs.economics_prices import deck_of, payable_of
from gadolin.case.inputs.plants.parts import Cost, composition_of, located
from gadolin.case.inputs.plants.prices import book_of, price_of
from gadolin.case.inputs.plants.site import M_USD, Site, estimate
from gadolin.economics.build_up import Reference, build_up
from gadolin.economics.formulas import basket, scaled
from gadolin.economics.scaling import equipment_cost
from gadolin.quantity import Quantity, span, weakest
from gadolin.separation import Practice
from gadolin.separation.impurities import Impurity, Purification
from gadolin.separation.sizing import plant_of

if TYPE_CHECKING:
    import pandas as pd

    from gadolin.plant import Plant

MIXER_KW_PER_M3 = estimate(1.0, 0.5, 2.0, "kW/m3", "power of a pump-mixer over the volume of the mixer; no source")
MIXER_SHARE_OF_STAGE = 0.25
"""Mixer over mixer and settler: the settler is three times the mixer in the design's practice."""

INSTALLED = Quantity(2.97, "ratio", 2.0, 4.0, "estimate", reason="factor of the source's pilot plant; 2-4 is usual")
EQUIPMENT_SHARE = estimate(
    0.33, 0.25, 0.5, "share", "solvent extraction over a whole refinery: a third in one study, at second hand"
)
TRADED = {
    "HCl": ("hydrochloric acid", 1 / 0.31),
    "NH3": ("ammonia", 1.0),
    "oxalic acid dihydrate": ("oxalic acid", 1.0),
}
"""What a design's reagent is traded as, and tonnes of that per tonne of it (acid of 31 %)."""

ORGANIC_T_PER_M3 = estimate(0.38, 0.30, 0.47, "t extractant/m3", "1.0-1.5 mol/L of P507 (306 g/mol)")
DILUENT_SHARE = 0.6
KEROSENE_KG_PER_L = 0.8
SALTS = ("NaCl", "NH4Cl")
BRINE = estimate(5.0, 1.0, 20.0, "USD per m3", "treatment of brine with its salt; no source")

_NOT_GIVEN = Quantity.missing("kg per t REO", "not given")
_NO_ACTIVITY = "thorium and uranium of the feed are not known; numbers.thorium and numbers.uranium of the plant"

PAYABLE = "2024-12-31.mixed_oxide.xinfeng"
"""What clay carbonate and oxide cost, over their basket."""


def designed(site: Site) -> tuple[Cost, Plant]:
    """Cost of a separation plant from its design, and the plant it makes.

    Args:
        site: The plant; its capacity is the feed.
    """
    plant = _plant(site)
    traded = _traded(plant)
    book = book_of(site)
    book = replace(
        book,
        equipment=_references(site, plant),
        reagents={**_reagent_prices(site, traded), "organic": _organic_price(site)},
        effluent={"saline water": site.given("effluent_price", BRINE)},
        in_process=_worth_in_process(site),
        installed_factor=site.given("installed_factor", INSTALLED),
    )
    priced = build_up(traded, book)
    items = dict(priced.capex_local_m)
    if all(e.kind.split()[0] == "mixer_settler" for e in plant.equipment):
        share = site.given("equipment_share", EQUIPMENT_SHARE)
        items["rest of the plant"] = _rest(priced.total_local_m, share)
    growth = site.given("capex_growth", Quantity(
        1.0, "ratio", 0.5, 2.0, "memory", reason="accuracy of an AACE class 5 estimate; contingency is in the capital"
    ))  # fmt: skip
    stages = sum(e.count for e in plant.equipment)
    grown = money.escalation_of(site.case, 2016)
    site.limits.append(
        f"capital from {stages} mixer-settlers of the design, {grown.reason}; what the design does not size is a share"
    )
    site.limits += [f"not priced: {lacking}" for lacking in priced.missing if "no reference cost" in lacking]
    return Cost(items, growth, site.given("location_factor", lambda: located(site)), traded, book), plant


def _plant(site: Site) -> Plant:
    """The plant of the sequence of least load for the feed."""
    inputs, entry = site.case.inputs, site.entry
    terms = entry.design
    names = [site.design] if site.design else list(terms.extractants if terms else ["PC88A"])
    products = list(terms.products if terms else ["NdPr", "Dy", "Tb", "SEG"])
    purity, factors = (terms.purity_share, terms.factors) if terms else (0.995, "low")
    deposit, _, vector = entry.feed[0].partition(".")
    brought = impurities_of(site)
    key = f"design {deposit} {vector} {site.capacity.value} {names} {products} {purity} {factors} {brought}"
    how = Practice(purification=Purification(impurities=brought))

    def make() -> Plant:
        feed = inputs.feed_of(deposit, vector or None, site.capacity.value)
        systems = [inputs.system_of(name, factors) for name in names]
        return plant_of(separation.sequence(feed, systems, products), practice=how, purity_share=purity)[0]

    made = site.case.once(key, make)
    refs = tuple(dict.fromkeys(ref for one in brought for ref in one.content.refs))
    activity = replace(made.residue_bq_per_g, refs=refs) if brought else Quantity.missing("Bq/g", _NO_ACTIVITY)
    made = replace(made, residue_bq_per_g=activity)
    site.limits.append(f"design: {made.name}, {', '.join(names)}, products {', '.join(products)} at {100 * purity:g} %")
    return made


def impurities_of(site: Site) -> list[Impurity]:
    """Thorium and uranium of the feed, where the case gives them."""
    found = []
    for symbol, name in (("Th", "thorium"), ("U", "uranium")):
        content = site.given(name, _NOT_GIVEN)
        if content.value is not None:
            found.append(Impurity(symbol, content))
    return found


def _references(site: Site, plant: Plant) -> dict[str, Reference]:
    """Reference cost of each item of equipment that the atlas knows, at its own size. [USD of the price year]"""
    table = site.case.table("equipment_costs")
    found = {}
    for item in plant.equipment:
        rows = table[table["equipment_kind"] == item.kind.split()[0]]
        if rows.empty or item.size.value is None:
            continue
        cost = _nearest(site, rows, item.size.value)
        if item.kind.startswith("mixer_settler"):
            cost = _two_ways(site, cost, item.size.value)
        exponent = float(rows["size_exponent_ratio"].iloc[0])
        found[item.kind] = Reference(item.kind, cost, item.size.value, item.size.unit, exponent)
    return found


def _nearest(site: Site, rows: pd.DataFrame, size: float) -> Quantity:
    """Cost of one item from the row nearest in size, by its exponent and the plant cost index. [USD]"""
    ratio = (rows["size_value"] / size).map(lambda r: max(r, 1 / r))
    row_id = str(ratio.sort_values().index[0])
    row = rows.loc[row_id]
    grown = money.escalation_of(site.case, int(row["price_year"]))
    cost = equipment_cost(
        float(row["reference_cost_usd"]), float(row["size_value"]), size, float(row["size_exponent_ratio"])
    )
    value = cost * (grown.value or 1.0)
    refs = (site.case.ref("equipment_costs", row_id, "reference_cost_usd"), *grown.refs)
    return Quantity(value, "USD", value, value, weakest([str(row["basis"]), grown.basis or "derived"]), refs)


def _two_ways(site: Site, steel: Quantity, size: float) -> Quantity:
    """A mixer-settler as the source builds it, and as a plastic tank with a mixer; the middle, both as ends. [USD]"""
    table = site.case.table("equipment_costs")
    tank = _nearest(site, table[table["equipment_kind"] == "tank"], size)
    power = (MIXER_KW_PER_M3.value or 1.0) * MIXER_SHARE_OF_STAGE * size
    mixer = _nearest(site, table[table["equipment_kind"] == "tank_mixer"], power)
    ends = sorted(((tank.value or 0.0) + (mixer.value or 0.0), steel.value or 0.0))
    refs = tuple(dict.fromkeys((*steel.refs, *tank.refs, *mixer.refs)))
    return Quantity((ends[0] * ends[1]) ** 0.5, "USD", ends[0], ends[1], "estimate", refs)


def _rest(equipment: Quantity, share: Quantity) -> Quantity:
    """What the design does not size, from the share that it does. [million USD]"""
    assert share.value is not None
    over = {e: 1 / (getattr(share, e) or share.value) - 1 for e in ("low", "value", "high")}
    factor = Quantity(over["value"], "ratio", over["high"], over["low"], share.basis, share.refs)
    return replace(
        Quantity(equipment.value, M_USD, basis=equipment.basis, refs=equipment.refs).times(factor, M_USD),
        reason=share.reason,
    )


def _traded(plant: Plant) -> Plant:
    """The plant with its reagents as they are traded. [t per year]"""
    reagents = {}
    for name, used in plant.reagents.items():
        bought, factor = TRADED.get(name, (name, 1.0))
        reagents[bought] = scaled(used, factor)
    # the salt leaves dissolved in the brine and is treated with it
    effluent = {name: q for name, q in plant.effluent.items() if name not in SALTS}
    return replace(plant, reagents=reagents, effluent=effluent)


def _reagent_prices(site: Site, plant: Plant) -> dict[str, Quantity]:
    """Prices of what the design uses; one that the atlas lacks stays out and is listed as not priced. [USD per t]"""
    table = site.case.table("input_prices")
    per_t = set(table.loc[table["price_usd_unit"] == "usd_per_t", "input"].astype(str))
    found = {name: price_of(site, name) for name in plant.reagents if name in per_t}
    if "NaOH" in plant.reagents:
        lye = [price_of(site, "sodium hydroxide", unit) for unit in ("usd_per_t_naoh", "usd_per_dry_t")]
        found["NaOH"] = span(lye, "USD per t", "at 100 %: China 2026 and Southeast Asia 2019")
    if "kerosene" in plant.reagents:
        found["kerosene"] = scaled(price_of(site, "kerosene", "usd_per_l"), 1000 / KEROSENE_KG_PER_L, "USD per t")
    return found


def _worth_in_process(site: Site) -> Quantity:
    """Rare earths held in the circuits at what their carbonate costs. [USD per t REO]"""
    deck = deck_of(site.case)
    shares = {name: q.value or 0.0 for name, q in composition_of(site.case, site.entry.feed).items()}
    values = {n: q.value for n, q in deck.prices.items() if q.value is not None}
    whole = 1000 * basket(values, shares, deck.uncredited)
    payable = payable_of(site.case, PAYABLE)
    return scaled(payable, whole, "USD per t REO")


def _organic_price(site: Site) -> Quantity:
    """Extractant and diluent of a cubic metre of organic. [USD per m3]"""
    extractant = ORGANIC_T_PER_M3.times(price_of(site, "P507"), "USD per m3")
    litre = price_of(site, "kerosene", "usd_per_l")
    diluent = scaled(litre, 1000 * DILUENT_SHARE, "USD per m3")
    assert extractant.value is not None
    assert diluent.value is not None
    low, high = ((e or 0.0) + (d or 0.0) for e, d in ((extractant.low, diluent.low), (extractant.high, diluent.high)))
    bases = [b for b in (extractant.basis, diluent.basis) if b]
    refs = (*extractant.refs, *diluent.refs)
    return Quantity(extractant.value + diluent.value, "USD per m3", low, high, weakest(bases), refs)
