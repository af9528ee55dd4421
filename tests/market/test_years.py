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
from gadolin.market.years import Build, Choices, _grown, roll
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


def test_a_technology_ban_delays_plants_that_are_not_there_yet(world):
    """Without targets it hits all but its own; a ban that ends before the year of decision hits nothing."""
    plant = Choices(builds=(Build("AUS mine", 2.0, 2026),))
    free = roll(world, Future("f", STILL | {"entry_delay_years": 0.0}), plant, years=3)

    def third_year(text):
        path = roll(world, Future("f", STILL | {"entry_delay_years": 0.0}, (parse(text),)), plant, years=3)
        return path.years[1].activity("AUS mine")

    built = free.years[1].activity("AUS mine")
    assert third_year("techban CHN mine delay 5 years from 2025") < built / 1.01
    assert third_year("techban CHN mine delay 5 years to AUS from 2026") < built / 1.01
    for idle in ("techban CHN mine delay 5 years to USA from 2025", "techban AUS mine delay 5 years from 2025",
                 "techban CHN magnet delay 5 years from 2025", "techban CHN mine delay 5 years from 2030"):  # fmt: skip
        assert third_year(idle) == pytest.approx(built, rel=1e-9)


def test_a_subsidy_turns_a_plant_that_does_not_pay(world):
    """Half of the yearly cost that just fails to pay, paid from the first year on."""
    process = next(p for p in world.processes if p.name == "AUS mine")
    still = STILL | {"entry_delay_years": 0.0}
    margin = process.cost_usd_per_kg + process.slope * process.base_kt  # what it earns at the base, its price
    plant = Build("AUS mine", 2.0, 2026, yearly_cost_usd_per_kg=1.2 * (margin - process.cost_usd_per_kg))
    bare, paid = (
        roll(world, Future("f", still, shocks), Choices(builds=(plant,)), years=4)
        for shocks in ((), (parse("subsidy AUS mine 50% from 2025"),))
    )
    assert paid.years[-1].activity("AUS mine") > 1.01 * bare.years[-1].activity("AUS mine")


def again(path, change):
    """The plain twin of `respond`: every year solved from the start, stocks and lost use carried along."""
    program = program_of(path.world)
    found = []
    for e in path.years:
        state = e.state
        if found:
            state = replace(
                state,
                opening_kt=np.maximum(found[-1].x[program.of_stock], 0.0),
                demand_factor=_grown(found[-1], path.future, program),
            )
        supply = e.state.supply_kt.copy()
        for node, amount in change.items():
            supply[program.node_index[node]] += amount
        found.append(solve(path.world, e.instruments, replace(state, supply_kt=supply)))
    return found


def assert_same_answer(answer, twin):
    for got, exact in zip(answer.path.years, twin, strict=True):
        np.testing.assert_allclose(got.node_prices, exact.node_prices, rtol=1e-7, atol=1e-7)
        np.testing.assert_allclose(got.x, exact.x, rtol=1e-6, atol=1e-8)
        assert got.proof.worst <= answer.error_share


def test_answers_equal_solving_again(world):
    """Fifty random changes, small and large, of supply and of demand, with and without a measure in force."""
    rng = np.random.default_rng(3)
    shock = parse("ban CHN oxide Dy 60% to JPN from 2026 for 12 months")
    growing = STILL | {"demand_growth_share": 0.03, "supply_growth_share": 0.02}
    paths = [roll(world, Future("f", growing, shocks), years=3) for shocks in ((), (shock,))]
    nodes = [("JPN", "oxide:Dy"), ("USA", "oxide:Nd"), ("CHN", "oxide:Ce"), ("CHN", "concentrate:a")]
    solved = 0
    for n in range(50):
        path = paths[n % 2]
        change = {nodes[i]: float(10 ** rng.uniform(-5, -1.5) * rng.choice([-1, 1])) for i in rng.choice(4, 2, False)}
        if n % 5 == 0:
            change = {("CHN", "concentrate:a"): float(rng.uniform(0.1, 2.0))}
        answer = path.respond(change)
        assert_same_answer(answer, again(path, change))
        solved += len(answer.solved_again)
    assert solved < 30, "most years are answered without solving from the start"


def test_an_answer_moves_the_price_the_right_way(world):
    path = roll(world, Future("f", STILL), years=2)
    more, less = (path.respond({("JPN", "oxide:Dy"): s * 1e-3}).path for s in (1, -1))
    for year in (2025, 2026):
        prices = [p.price("JPN", "oxide:Dy")[year] for p in (more, path, less)]
        assert prices == sorted(prices)
        assert prices[0] < prices[2]


def test_a_kept_path_is_the_rolled_one(world, tmp_path, monkeypatch):
    """Kept by world, future and choices: another factor, shock or choice is another path."""
    monkeypatch.setenv("GADOLIN_CACHE", str(tmp_path))
    future = Future("f", STILL)
    first, plain = roll(world, future, years=2, keep=True), roll(world, future, years=2)
    assert len(list(tmp_path.rglob("*.pkl"))) == 1
    second = roll(world, Future("other name", STILL), years=2, keep=True)
    assert len(list(tmp_path.rglob("*.pkl"))) == 1
    assert (second.future.id, second.world) == ("other name", world)
    for a, b, c in zip(first.years, plain.years, second.years, strict=True):
        assert a.x.tobytes() == b.x.tobytes() == c.x.tobytes()
    shock = parse("ban CHN oxide Dy to JPN from 2025 for 12 months")
    roll(world, Future("f", STILL, (shock,)), years=2, keep=True)
    roll(world, future, Choices(builds=(Build("AUS mine", 1.0, 2025),)), years=2, keep=True)
    roll(calibrate(small(year=2023)), future, years=2, keep=True)
    assert len(list(tmp_path.rglob("*.pkl"))) == 4


def test_no_change_is_the_same_path(world):
    path = roll(world, Future("f"), years=3)
    answer = path.respond({("JPN", "oxide:Dy"): 0.0})
    assert (answer.solved_again, answer.error_share) == ((), 0.0)
    assert all(a is b for a, b in zip(path.years, answer.path.years, strict=True))


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
