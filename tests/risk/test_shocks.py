"""Losses, survival and price at risk on a small calibrated world."""

import numpy as np
import pytest

from gadolin.errors import InputError
from gadolin.market import Future, roll, solve
from gadolin.market.calibrate import calibrate
from gadolin.market.leader import conduct_ceiling, conduct_of_gap, payoffs
from gadolin.market.shorthand import parse
from gadolin.risk import shocks
from gadolin.risk.times import survival
from tests.market.test_calibrate import small

STILL = {"demand_growth_share": 0.0, "supply_growth_share": 0.0}


@pytest.fixture(scope="module")
def world():
    return calibrate(small())


def test_no_shock_no_loss(world):
    before = solve(world)
    found = shocks.loss(before, before, "JPN")
    assert found == pytest.approx({"served_share": 1.0, "lost_use_musd": 0.0, "surplus_musd": 0.0}, abs=1e-9)


def test_loss_of_the_only_separator_is_total(world):
    """Only CHN separates here: beside stocks, JPN is served nothing."""
    rank = shocks.choke_rank(world, "JPN", stages=("mine", "separation")).table()
    first = rank.iloc[0]
    assert (first.actor, first.stage) == ("CHN", "separation")
    assert first.served_share < 0.2
    assert (rank.lost_use_musd.diff().dropna() <= 1e-9).all()
    assert rank[rank.stage == "mine"].lost_use_musd.max() < first.lost_use_musd


def test_surplus_and_lost_use_point_the_same_way(world):
    rank = shocks.choke_rank(world, "JPN", stages=("mine", "separation")).table()
    assert (rank.surplus_musd > 0).all()


def test_everything_passes_through_the_only_separator(world):
    assert shocks.path_dependence(world, "USA", "CHN") > 0.8
    assert shocks.path_dependence(world, "USA", "AUS") < 0.3


def test_more_own_stock_survives_longer(world):
    shock = parse("ban CHN oxide to JPN from 2026 for 24 months")
    hit, calm = roll(world, Future("b", STILL, (shock,)), years=5), roll(world, Future("c", STILL), years=5)
    found = [survival(hit, calm, "JPN", stock_months=m).survive_months for m in (0.0, 2.0, 6.0)]
    times = [t for t in found if t is not None]
    assert len(times) == 3
    assert times == sorted(times)
    assert times[0] == 0.0
    assert times[2] > times[1] > 0
    assert survival(hit, calm, "JPN", stock_months=100.0).survive_months is None
    assert survival(calm, calm, "JPN").served_share_low == pytest.approx(1.0)


def test_price_at_risk_is_the_distribution_of_the_ratio(world):
    shock = parse("ban CHN oxide Dy 50% to JPN from 2025 for 12 months")
    factors = [STILL | {"elasticity_factor": f} for f in (0.7, 1.0, 1.5)]
    hit = [roll(world, Future(str(n), f, (shock,)), years=1) for n, f in enumerate(factors)]
    calm = [roll(world, Future(str(n), f), years=1) for n, f in enumerate(factors)]
    found = shocks.price_at_risk(hit, calm, "JPN", "oxide:Dy", 2025)
    ratios = [
        a.price("JPN", "oxide:Dy")[2025] / b.price("JPN", "oxide:Dy")[2025] for a, b in zip(hit, calm, strict=True)
    ]
    assert found.median_ratio == pytest.approx(np.median(ratios))
    assert ratios == sorted(ratios, reverse=True), "stiffer demand, higher price"
    assert found.low_ratio > 1


def test_expected_values_need_odds():
    with pytest.raises(InputError, match="needs odds in every future"):
        shocks.expected_loss([1.0], [Future("a")])
    with pytest.raises(InputError, match="sum to 1"):
        shocks.expected_loss([1.0], [Future("a", odds=0.5)])


def test_cvar_of_a_split_tail():
    """Tail of 10 %: all of 4 % at 50 and 6 of the 96 % at 10."""
    found = shocks.expected_loss([10.0, 50.0], [Future("a", odds=0.96), Future("b", odds=0.04)])
    assert found["cvar_musd"] == pytest.approx((0.04 * 50 + 0.06 * 10) / 0.1)


def test_payoffs_of_no_cut_are_nothing_and_cuts_cost_others(world):
    table = payoffs(world, "CHN", stages=("separation",), depths=(0.0, 0.5, 1.0)).table()
    assert table.iloc[0][["revenue_change_musd", "others_lose_musd"]].tolist() == pytest.approx([0.0, 0.0], abs=1e-3)
    assert table.others_lose_musd.is_monotonic_increasing
    assert table.downstream_cost_musd.iloc[-1] < 0, "its own users buy cheaper"
    assert (table.others_lose_musd_low <= table.others_lose_musd_high).all()


def test_lower_choke_prices_widen_what_a_cut_costs(world):
    """Whole cut: the price abroad stands at the choke, so a lower one costs others less; the span holds both."""
    grid = {"stages": ("separation",), "depths": (1.0,)}
    plain = payoffs(world, "CHN", **grid).table().iloc[0]
    wide = payoffs(world, "CHN", **grid, chokes=({"oxide": 5.0, "metal": 5.0},))
    row = wide.table().iloc[0]
    assert row.others_lose_musd == plain.others_lose_musd
    assert row.others_lose_musd_low < plain.others_lose_musd_low
    assert row.price_ratio_abroad_low < 6 < row.price_ratio_abroad
    assert "oxide 5" in str(wide)


def test_conduct_ceiling_is_elasticity_over_share(world):
    assert conduct_ceiling(world, "CHN", "oxide:Dy") == pytest.approx(0.2)
    with pytest.raises(InputError, match="sells no"):
        conduct_ceiling(world, "USA", "oxide:Dy")


def test_conduct_of_a_gap_is_that_share_of_its_ceiling(world):
    """theta = gap over price x elasticity over share: a tenth of the price, elasticity 0.2, a share of one."""
    assert conduct_of_gap(world, "CHN", "oxide:Dy", 0.1) == pytest.approx(0.02)
    assert conduct_of_gap(world, "CHN", "oxide:Dy", -0.1) == 0.0
    with pytest.raises(InputError, match="must be below 1"):
        conduct_of_gap(world, "CHN", "oxide:Dy", 1.0)


def test_china_is_near_a_price_taker_in_the_base_year():
    from gadolin import case

    inputs = case.load("malaysia").inputs
    found = inputs.conduct_of(inputs.world_of())
    assert set(found) == {"oxide:Nd", "oxide:Dy", "oxide:Tb"}
    assert 0 <= min(found.values()) <= max(found.values()) < 0.2
