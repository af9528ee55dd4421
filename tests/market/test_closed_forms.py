"""The solver against answers that can be written down."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin.errors import InputError
from gadolin.market import solve
from gadolin.market.curves import isoelastic, linear, with_chokes
from gadolin.market.measures import AdValoremDuty, ExportBan, Licence, Quota, SpecificDuty
from gadolin.market.plant_measures import Offtake, PriceFloor
from gadolin.market.program import program_of
from gadolin.market.textbook import joint_production, leader_and_fringe, quota_over_elements, sellers
from gadolin.market.world import Process, Route, Stock, World

ND = "oxide:Nd"
prices = st.floats(20.0, 500.0)
slopes = st.floats(0.1, 20.0)


@settings(max_examples=25, deadline=None)
@given(intercept=prices, slope=slopes, share=st.floats(0.05, 0.9), n=st.integers(1, 8), theta=st.floats(0.0, 1.0))
def test_sellers(intercept, slope, share, n, theta):
    cost = share * intercept
    found = solve(sellers(intercept, slope, cost, n, theta))
    quantity = n * (intercept - cost) / (slope * (n + theta))
    assert found.used("MKT", ND) == pytest.approx(quantity, rel=1e-6)
    assert found.price("MKT", ND) == pytest.approx(intercept - slope * quantity, rel=1e-6)


def test_many_cournot_sellers_become_competition():
    gaps = [solve(sellers(100.0, 2.0, 10.0, n, 1.0)).price("MKT", ND) - 10.0 for n in (1, 4, 16, 64)]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] == pytest.approx(90.0 / 65, rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(slope=slopes, rise=slopes, first=st.floats(5.0, 30.0))
def test_leader_and_fringe(slope, rise, first):
    a, c = 100.0, 10.0
    found = solve(leader_and_fringe(a, slope, c, first, rise))
    matrix = np.array([[2 * slope, slope], [slope, slope + rise]])
    leader, fringe = np.linalg.solve(matrix, [a - c, a - first])
    if leader < 0:  # the fringe alone is cheaper than the leader cares to match
        leader, fringe = 0.0, (a - first) / (slope + rise)
    assert found.activity("L mine") == pytest.approx(leader, rel=1e-6, abs=1e-6)
    assert found.activity("F mine") == pytest.approx(fringe, rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(ore=st.floats(2.0, 20.0), disposal=st.floats(0.1, 3.0), cerium=st.floats(0.1, 0.6))
def test_joint_production(ore, disposal, cerium):
    found = solve(joint_production(ore, (cerium, 0.2), disposal))
    assert found.price("AUS", "oxide:Ce") == pytest.approx(-disposal, rel=1e-6)
    assert found.price("AUS", "oxide:Nd") == pytest.approx((ore + cerium * disposal) / 0.2, rel=1e-6)
    margin = found.margins().set_index("process").gross_margin_usd_per_kg
    assert margin["AUS separation"] == pytest.approx(0.0, abs=1e-5)


def test_one_tonnage_quota_has_one_rent():
    world = quota_over_elements()
    free = solve(world)
    tight = solve(world, [Quota(actor="CHN", goods=("oxide",), quota_t_gross=4000.0)])
    rent = next(iter(tight.rents.values()))
    assert rent > 1
    goods = [r.good for r in world.routes]
    for good in goods:
        if tight.flow(good, "CHN", "ABR") > 1e-6:
            assert tight.price("ABR", good) - tight.price("CHN", good) == pytest.approx(rent, rel=1e-6)
    rise = [tight.price("ABR", g) / free.price("ABR", g) for g in goods if tight.flow(g, "CHN", "ABR") > 1e-6]
    assert rise == sorted(rise, reverse=True), "cheap oxides rise most in percent"


def test_a_loose_quota_changes_nothing():
    world = quota_over_elements()
    free, loose = solve(world), solve(world, [Quota(actor="CHN", quota_t_gross=1e6)])
    assert next(iter(loose.rents.values())) == pytest.approx(0.0, abs=1e-6)
    assert loose.price("ABR", "oxide:La") == pytest.approx(free.price("ABR", "oxide:La"), rel=1e-7)


def one_route(a=100.0, b=2.0, c=10.0, g=3.0):
    mine = Process("AUS mine", "AUS", "mine", {ND: 1.0}, cost_usd_per_kg=c, slope=g, base_kt=1.0)
    return World(2024, (mine,), (Route(ND, "AUS", "JPN", base_kt=18.0),), (linear("JPN", ND, a, b),))


def test_tariff_incidence():
    """A duty t is borne b/(b+g) by the buyer."""
    world, duty = one_route(), 5.0
    free, taxed = solve(world), solve(world, [SpecificDuty(actor="AUS", duty_usd_per_kg=duty)])
    assert taxed.price("JPN", ND) - free.price("JPN", ND) == pytest.approx(duty * 2 / 5, rel=1e-6)
    assert free.price("AUS", ND) - taxed.price("AUS", ND) == pytest.approx(duty * 3 / 5, rel=1e-6)


def test_ad_valorem_duty():
    """Quantity where a - b q = (1 + rate) (c + g q)."""
    taxed = solve(one_route(), [AdValoremDuty(actor="AUS", rate_share=0.25)])
    assert taxed.used("JPN", ND) == pytest.approx((100 - 1.25 * 10) / (2 + 1.25 * 3), rel=1e-6)


def test_price_floor_pays_the_gap():
    """Producers answer to the floor, buyers pay what clears the market."""
    found = solve(one_route(), [PriceFloor(actor="AUS", goods=("oxide",), floor_usd_per_kg=70.0)])
    assert found.activity("AUS mine") == pytest.approx(20.0, rel=1e-5)
    assert found.price("JPN", ND) == pytest.approx(60.0, rel=1e-5)


def test_offtake_share():
    """Half of the output must go to the poorer buyer."""
    mine = Process("AUS mine", "AUS", "mine", {ND: 1.0}, cost_usd_per_kg=10.0, slope=3.0)
    world = World(
        2024,
        (mine,),
        (Route(ND, "AUS", "JPN"), Route(ND, "AUS", "USA")),
        (linear("JPN", ND, 100.0, 2.0), linear("USA", ND, 50.0, 2.0)),
    )
    found = solve(world, [Offtake(actor="AUS", targets=("USA",), share=0.5)])
    assert found.flow(ND, "AUS", "USA") == pytest.approx(found.activity("AUS mine") / 2, rel=1e-6)


def test_joint_loss_is_not_replaced_by_another_element():
    """One unit of Dy lost at a magnet plant is one over its content of magnets lost, whatever Nd there is."""
    magnets = Process("JPN magnet", "JPN", "magnet", {"magnet:SH": 1.0}, {"metal:Nd": 0.29, "metal:Dy": 0.03})

    def world(dy, nd):
        return World(
            2024,
            (
                Process("JPN Dy", "JPN", "metal", {"metal:Dy": 1.0}, capacity_kt=dy, slope=1.0),
                Process("JPN Nd", "JPN", "metal", {"metal:Nd": 1.0}, capacity_kt=nd, slope=1.0),
                magnets,
            ),
            (),
            (linear("JPN", "magnet:SH", 500.0, 1.0),),
        )

    base = solve(world(0.3, 10.0)).activity("JPN magnet")
    assert base == pytest.approx(0.3 / 0.03, rel=1e-6)
    assert solve(world(0.299, 10.0)).activity("JPN magnet") == pytest.approx(base - 0.001 / 0.03, rel=1e-6)
    assert solve(world(0.299, 12.0)).activity("JPN magnet") == pytest.approx(base - 0.001 / 0.03, rel=1e-6)


def test_bans_of_nothing_change_nothing():
    world = one_route()
    free = solve(world)
    zero = solve(world, [ExportBan(actor="AUS", depth_share=0.0)])
    other = solve(world, [ExportBan(actor="AUS", elements=("Dy",))])
    assert np.array_equal(free.x, zero.x)
    assert np.array_equal(free.x, other.x)


def test_deeper_cuts_never_lower_the_price():
    world = one_route()
    found = [solve(world, [ExportBan(actor="AUS", depth_share=d)]).price("JPN", ND) for d in np.linspace(0, 0.95, 12)]
    assert all(later >= earlier - 1e-7 for earlier, later in itertools.pairwise(found))


def test_licence_months():
    licence = Licence(actor="CHN", start="2025-04", delay_months=2, ramp_months=4, refusal_share=0.1)
    slow = 0.0
    for month in range(12):
        age = month + 0.5 - 3
        slow += 1.0 if age < 0 else 0.0 if age < 2 else min((age - 2) / 4, 1.0) * 0.9
    assert licence.allowed_share(2025) == pytest.approx(slow / 12, abs=1e-9)
    assert licence.allowed_share(2024) == 1.0


def test_holders_sell_into_a_rise():
    """A stock is kept up to its keep price and gone at its release price."""

    def world(supply):
        return World(
            2024,
            (Process("m", "JPN", "mine", {ND: 1.0}, capacity_kt=supply, slope=0.01),),
            (),
            (linear("JPN", ND, 100.0, 2.0),),
            (Stock("JPN", ND, 3.0, 3.0, 60.0, 80.0),),
        )

    assert solve(world(25.0)).x[-1] == pytest.approx(3.0, rel=1e-6)
    assert solve(world(5.0)).x[-1] == pytest.approx(0.0, abs=1e-6)
    # between: 100 - 2 (15 + 3 - s) = 80 - 20 s / 3
    kept = (80 - 64) / (2 + 20 / 3)
    assert solve(world(15.0)).x[-1] == pytest.approx(kept, rel=1e-6)


def test_isoelastic_curve_follows_the_exact_one():
    """Within 3 % at every price up to 25 times the base, and exactly at the base."""
    for ratio in (0.4, 0.8, 1.0, 1.2, 3.0, 8.0, 20.0):
        demand = isoelastic("JPN", ND, 2.0, 50.0, -0.3)
        mine = Process("m", "JPN", "mine", {ND: 1.0}, cost_usd_per_kg=50.0 * ratio)
        used = solve(World(2024, (mine,), (), (demand,))).used("JPN", ND)
        assert used == pytest.approx(2.0 * ratio**-0.3, rel=1e-7 if ratio == 1 else 0.03)


def test_a_factor_on_the_exponent_turns_the_curve_about_the_base_point():
    mine = Process("m", "JPN", "mine", {ND: 1.0}, cost_usd_per_kg=150.0)
    at = {}
    for elasticity, factor in ((-0.3, 2.0), (-0.6, 1.0)):
        world = World(2024, (mine,), (), (isoelastic("JPN", ND, 2.0, 50.0, elasticity),))
        state = replace(program_of(world).start, elasticity_factor=np.array([factor]))
        at[factor] = solve(world, state=state).used("JPN", ND)
    assert at[2.0] == pytest.approx(at[1.0], rel=1e-6)


def test_bad_worlds_name_every_fault():
    with pytest.raises(InputError) as caught:
        World(2024, (Process("m", "AUS", "minee", {"oxid:Nd": -1.0}, slope=-2.0),), (Route(ND, "AUS", "AUS"),), ())
    text = str(caught.value)
    for part in ('did you mean "mine"', 'did you mean "oxide"', "must not be negative", "are the same"):
        assert part in text
    assert len(caught.value.faults) == 5


def test_solvers_agree():
    world = quota_over_elements()
    quota = [Quota(actor="CHN", goods=("oxide",), quota_t_gross=4000.0)]
    a, b = solve(world, quota), solve(world, quota, solver="clarabel")
    np.testing.assert_allclose(a.node_prices, b.node_prices, rtol=1e-6)


def test_a_lower_choke_price_leaves_the_base_year_alone_and_caps_the_price():
    """Uses that give up at 3 times the base: base price and use stay, and no stop of supply lifts the price above."""
    mine = Process("AUS mine", "AUS", "mine", {"oxide:Nd": 1.0}, cost_usd_per_kg=0.0, slope=10.0)
    world = World(2024, (mine,), (Route("oxide:Nd", "AUS", "JPN"),), (isoelastic("JPN", "oxide:Nd", 1.0, 10.0, -0.1),))
    lower = with_chokes(world, {"oxide": 3.0})
    assert solve(lower).price("JPN", "oxide:Nd") == pytest.approx(10.0, rel=1e-6)
    assert solve(lower).used("JPN", "oxide:Nd") == pytest.approx(1.0, rel=1e-6)
    stop = [ExportBan(actor="AUS", depth_share=0.9)]
    state = replace(program_of(world).start, reference_kt=np.array([1.0]))
    assert 3.0 <= solve(lower, stop, state).price("JPN", "oxide:Nd") / 10.0 <= 3.15
    assert solve(world, stop, state).price("JPN", "oxide:Nd") / 10.0 > 39
    assert with_chokes(world, {"magnet": 3.0}).demands == world.demands
