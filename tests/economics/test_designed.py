"""Separation plants priced from their equipment: arithmetic of the build-up, and a design of the shipped case."""

import math

import pytest

from gadolin import case
from gadolin.case.inputs.economics_money import escalation_of
from gadolin.case.inputs.plants.designed import _two_ways
from gadolin.case.inputs.plants.site import Site
from gadolin.economics.build_up import PriceBook, Reference, build_up
from gadolin.economics.scaling import independent
from gadolin.errors import InputError
from gadolin.plant import Equipment, Plant
from gadolin.quantity import Quantity
from tests.economics.samples import q

MALAYSIA = case.load("malaysia")
INDEX, ENTRY = next((i, p) for i, p in enumerate(MALAYSIA.settings.plants) if p.id == "clay-separation")


def exact(value, unit="x"):
    return Quantity(value, unit, value, value, "reported")


def small(**changes):
    settings = {
        "stage": "separation",
        "good": "oxide",
        "product_t_element_per_year": {"Nd": exact(100.0)},
        "recovery_share": {},
        "equipment": (
            Equipment("mixer_settler Nd|Sm PC88A", 20, exact(4.0, "m3")),
            Equipment("mixer_settler Ce|Pr PC88A", 30, exact(1.0, "m3")),
        ),
        "effluent": {"saline water": exact(1000.0, "m3 per year")},
        "inventory_t_reo": exact(30.0, "t REO"),
        "inventory": {"organic": exact(200.0, "m3")},
        "staff": exact(10.0, "persons"),
    }
    return Plant(**(settings | changes))


BOOK = PriceBook(
    equipment={"mixer_settler": Reference("mixer_settler", exact(10000.0, "USD"), 1.0, "m3", 0.5)},
    reagents={"organic": exact(3000.0, "USD per m3")},
    effluent={"saline water": exact(5.0, "USD per m3")},
    in_process=exact(20000.0, "USD per t REO"),
    wage=exact(10000.0),
    installed_factor=exact(3.0, "ratio"),
    location_factor=exact(0.8, "ratio"),
    maintenance=exact(0.03),
    overhead=exact(0.01),
)


def test_equipment_effluent_and_first_fill_by_hand():
    found = build_up(small(), BOOK)
    bare = (20 * 10000 * 2 + 30 * 10000) / 1e6
    assert found.capex_local_m["mixer_settler"].value == pytest.approx(bare * 3.0 * 0.8)
    assert found.capex_local_m["contingency"].value == pytest.approx(bare * 3.0 * 0.8 * 0.35)
    assert found.first_fill_local_m.value == pytest.approx((30 * 20000 + 200 * 3000) / 1e6)
    assert {o.kind: o.local_m_per_year.value for o in found.opex}["effluent"] == pytest.approx(0.005)


def test_an_item_without_reference_is_named_and_one_alone_is_refused():
    furnace = Equipment("calciner", 1, exact(500.0, "kW"))
    found = build_up(small(equipment=(*small().equipment, furnace)), BOOK)
    assert "equipment: no reference cost for calciner" in found.missing
    with pytest.raises(InputError, match="no reference cost for calciner"):
        build_up(small(equipment=(furnace,)), BOOK)


def test_independent_errors_add_in_squares():
    a, b = q(10.0, 5.0, 20.0), q(3.0, 1.5, 6.0)
    both = independent(a, b, "x")
    assert both.high == pytest.approx(30 * math.exp(math.hypot(math.log(2), math.log(2))))
    assert independent(a, q(3.0, 3.0, 3.0), "x").low == pytest.approx(15.0)
    assert independent(a, q(0.0, 0.0, 0.0), "x").value == 0.0


def test_a_mixer_settler_lies_between_its_two_sourced_ways():
    """At the size of the source's own mixer-settler its price is the upper end, a tank with mixer the lower."""
    site = Site(MALAYSIA, ENTRY, INDEX)
    grown = escalation_of(MALAYSIA, 2016).value
    size = 2444 * 0.003785411784
    steel = Quantity(303516.83 * grown, "USD", basis="reported")
    cost = _two_ways(site, steel, size)
    tank = 1343.2 * (2444 / 1405) ** 0.9492
    kilowatt = 0.25 * size
    mixer = 9436.0 * (kilowatt / (0.8 * 0.745699872)) ** 0.564
    assert cost.low == pytest.approx((tank + mixer) * grown, rel=1e-4)
    assert cost.high == pytest.approx(303516.83 * grown)
    assert cost.value == pytest.approx((cost.low * cost.high) ** 0.5)


@pytest.mark.long
def test_a_design_prices_the_plant_of_the_case():
    found = MALAYSIA.inputs.appraisal_of("clay-separation", draws=50, design="P507")
    assert {"capex:mixer_settler", "capex:contingency", "capex:rest of the plant"} <= set(found.inputs)
    assert found.inputs["capex:mixer_settler"].basis == "estimate"
    assert any(ref.startswith("equipment_costs:") for ref in found.inputs["capex:mixer_settler"].refs)
    assert found.inputs["first_fill"].value > 0
    assert any("mixer-settlers of the design" in limit for limit in found.limits)
    reported = MALAYSIA.inputs.appraisal_of("clay-separation", draws=50)
    assert 0.2 < found.capital().value / reported.capital().value < 5  # two roads to one plant


@pytest.mark.parametrize(("plant", "words"), [("kuantan-toll", "has no design"), ("ndpr-metal", "only a separation")])
def test_what_has_no_design_says_so(plant, words):
    with pytest.raises(InputError, match=words):
        MALAYSIA.inputs.project_of(plant, "P507")
