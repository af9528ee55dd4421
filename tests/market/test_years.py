"""The yearly roll, and its answer to small changes against solving again."""

from dataclasses import replace

import numpy as np
import pytest

from gadolin.errors import InputError
from gadolin.market import solve
from gadolin.market.calibrate import calibrate
from gadolin.market.futures import FACTORS, Future, sample
from gadolin.market.program import program_of
from gadolin.market.shorthand import parse
from gadolin.market.years import Build, Choices, roll
from tests.market.test_calibrate import small

STILL = {"demand_growth_share": 0.0, "supply_growth_share": 0.0, "entry_delay_years": 0.0}


@pytest.fixture(scope="module")
def world():
    return calibrate(small())


def test_a_world_at_rest_stays_at_rest(world):
    path = roll(world, Future("rest", STILL), years=4)
    base = solve(world)
    for e in path.years:
        np.testing.assert_allclose(e.node_prices, base.node_prices, rtol=1e-5)


def test_stocks_are_conserved_over_the_years(world):
    """Opening of a year is the closing of the one before; what is sold from stock is used."""
    shock = parse("ban CHN oxide Dy to JPN from 2026 for 12 months")
    path = roll(world, Future("ban", STILL, (shock,)), years=4)
    program = program_of(world)
    for before, after in zip(path.years, path.years[1:], strict=False):
        np.testing.assert_allclose(after.state.opening_kt, before.x[program.of_stock], atol=1e-9)
    assert path.years[1].x[program.of_stock].sum() < path.years[0].x[program.of_stock].sum()


def test_use_lost_to_high_prices_stays_lost(world):
    shock = parse("ban CHN oxide Dy to JPN from 2026 for 12 months")
    calm, hit = roll(world, Future("calm", STILL), years=5), roll(world, Future("ban", STILL, (shock,)), years=5)
    name = "JPN oxide:Dy all"
    n = program_of(world).demand_index[name]
    assert hit.years[-1].state.demand_factor[n] < 0.95 * calm.years[-1].state.demand_factor[n]
    assert hit.price("JPN", "oxide:Dy")[2026] > 1.5 * calm.price("JPN", "oxide:Dy")[2026]
    assert hit.price("JPN", "oxide:Dy")[2029] < calm.price("JPN", "oxide:Dy")[2029]


def test_plants_come_when_decided_and_when_they_pay(world):
    cheap = Build("AUS mine", 2.0, 2026)
    costly = Build("AUS mine", 2.0, 2026, yearly_cost_usd_per_kg=1e6)
    plain = roll(world, Future("f", STILL), years=3)
    built = roll(world, Future("f", STILL), Choices(builds=(cheap,)), years=3)
    refused = roll(world, Future("f", STILL), Choices(builds=(costly,)), years=3)
    assert built.years[0].activity("AUS mine") == pytest.approx(plain.years[0].activity("AUS mine"), rel=1e-6)
    assert built.years[1].activity("AUS mine") > 1.01 * plain.years[1].activity("AUS mine")
    assert refused.years[-1].activity("AUS mine") == pytest.approx(plain.years[-1].activity("AUS mine"), rel=1e-6)
    later = roll(world, Future("f", STILL | {"entry_delay_years": 1.0}), Choices(builds=(cheap,)), years=3)
    assert later.years[1].activity("AUS mine") == pytest.approx(plain.years[1].activity("AUS mine"), rel=1e-6)


@pytest.mark.parametrize("amount", [1e-4, -1e-4, 5e-3])
def test_first_order_answers_equal_solving_again(world, amount):
    path = roll(world, Future("f", STILL | {"demand_growth_share": 0.03, "supply_growth_share": 0.02}), years=3)
    answer = path.respond({("JPN", "oxide:Dy"): amount})
    assert (2025 in answer.solved_again) == (amount > 1e-3)  # the large one crosses a price at which holders sell
    node = program_of(world).node_index["JPN", "oxide:Dy"]
    state = path.years[0].state
    supply = state.supply_kt.copy()
    supply[node] += amount
    exact = solve(world, state=replace(state, supply_kt=supply))
    got = answer.path.years[0].price("JPN", "oxide:Dy")
    assert got == pytest.approx(exact.price("JPN", "oxide:Dy"), rel=max(answer.error_share, 1e-6))
    assert (got < path.years[0].price("JPN", "oxide:Dy")) == (amount > 0)


def test_no_change_is_the_same_path(world):
    path = roll(world, Future("f"), years=3)
    answer = path.respond({("JPN", "oxide:Dy"): 0.0})
    assert answer.solved_again == ()
    assert all(np.array_equal(a.x, b.x) for a, b in zip(path.years, answer.path.years, strict=True))


def test_same_inputs_same_bytes(world):
    a, b = roll(world, Future("f"), years=3), roll(world, Future("f"), years=3)
    assert all(x.x.tobytes() == y.x.tobytes() for x, y in zip(a.years, b.years, strict=True))


def test_futures_fill_their_ranges():
    futures = sample(256, seed=3)
    for name, factor in FACTORS.items():
        values = np.array([f.factors[name] for f in futures])
        assert factor.low <= values.min() < factor.low + 0.02 * (factor.high - factor.low)
        assert values.mean() == pytest.approx((factor.low + factor.high) / 2, rel=0.01)
    clays = [f.factors["clay"] for f in futures]
    assert min(clays.count(c) for c in set(clays)) >= 84
    assert all(f.odds is None for f in futures)


def test_correlated_factors_are_correlated():
    pair = ("demand_growth_share", "supply_growth_share")
    futures = sample(512, seed=1, correlations={pair: 0.7})
    x, y = (np.array([f.factors[n] for f in futures]) for n in pair)
    assert np.corrcoef(x, y)[0, 1] == pytest.approx(0.7, abs=0.03)


def test_bad_questions_are_refused(world):
    with pytest.raises(InputError, match="consecutive and start in 2025"):
        roll(world, Future("f"), years=[2026, 2027])
    with pytest.raises(InputError, match='did you mean "AUS mine"'):
        roll(world, Future("f"), Choices(builds=(Build("AUS mines", 1.0, 2026),)))
    with pytest.raises(InputError, match='did you mean "elasticity_factor"'):
        Future("f", {"elasticity_factr": 1.0})
    with pytest.raises(InputError, match="is no node"):
        roll(world, Future("f"), years=1).respond({("JPN", "oxide:Xx"): 1.0})
