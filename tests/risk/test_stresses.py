"""Which year a stress test reports, what it says where nothing moves, and what it names first."""

import pytest

from gadolin.errors import InputError
from gadolin.market.calibrate import calibrate
from gadolin.market.futures import Future
from gadolin.market.shorthand import parse_all
from gadolin.market.years import Build, Choices
from gadolin.risk.stress_tables import prices_of
from gadolin.risk.stresses import Stress, stress
from tests.market.test_calibrate import small

STILL = {"demand_growth_share": 0.0, "supply_growth_share": 0.0, "entry_delay_years": 0.0}


@pytest.fixture(scope="module")
def world():
    return calibrate(small())


def test_a_technology_ban_is_reported_in_the_year_in_which_the_plant_is_missing(world):
    """The mine should run from 2027 and comes in 2029: nothing differs before 2027, nor from 2029 on but stocks."""
    mine = next(p.name for p in world.processes if p.stage == "mine" and p.region == "AUS")
    plants = Choices(builds=(Build(mine, 5.0, 2027),))
    shock = parse_all("techban CHN mine delay 2 years from 2025")
    found = stress({"x": world}, shock, [Future("a", STILL)], "JPN", plants)
    assert found.year in (2027, 2028)
    assert int(found.by_year.year.max()) >= 2029
    moved = found.by_year.set_index("year").moved_musd
    assert moved[2025] == moved[2026] == pytest.approx(0.0, abs=1e-6)
    assert moved.idxmax() == found.year
    assert "the year of largest effect" in str(found)


def test_the_year_of_largest_effect_is_told_from_the_first(world):
    """A tenth is stopped in 2025, all of it in 2027."""
    shock = parse_all("ban CHN oxide 10% to JPN from 2025 until 2026 + ban CHN oxide to JPN from 2027 until 2027")
    found = stress({"x": world}, shock, [Future("a", STILL)], "JPN")
    assert found.year == found.by_year.set_index("year").moved_musd.idxmax() == 2027
    assert "first effect 2025" in str(found)


def test_a_shock_of_no_depth_says_that_nothing_happens(world):
    found = stress({"x": world}, parse_all("ban CHN oxide 0% to JPN from 2026"), [Future("a", STILL)], "JPN")
    assert found.year == 2026
    assert "no effect in any year" in str(found)
    assert "no price moves" in str(found)
    assert "it meets no flow" in str(found)


def test_a_market_without_any_price_still_reports(world):
    """Where no node has a price in every future, the table of prices is empty and the report says so."""
    empty = prices_of([{"prices": {}, "bills": {}}])
    assert empty.empty
    assert {"region", "good", "ratio", "ratio_low", "ratio_high"} <= set(empty.columns)
    found = stress({"x": world}, parse_all("ban CHN oxide 50% to JPN from 2026"), [Future("a", STILL)], "JPN")
    bare = Stress(found.shocks, found.country, found.year, 1, empty, found.uses, found.losses, found.replaced,
                  found.bands.head(0), found.recovery, found.by_year, ())  # fmt: skip
    assert "no price moves" in str(bare)
    assert bare.as_dict()["prices"] == []


def test_flows_that_the_shock_names_come_first(world):
    found = stress({"x": world}, parse_all("ban CHN oxide Dy to JPN from 2026"), [Future("a", STILL)], "JPN")
    assert found.replaced.good.iloc[0] == "oxide:Dy"
    assert found.replaced.origin.iloc[0] == "CHN"


def test_an_offtake_of_what_is_banned_is_refused(world):
    for other in ("ban CHN oxide to JPN from 2026", "importban JPN of CHN from 2026-06", "ban CHN from 2025"):
        text = f"offtake CHN oxide 50% to JPN from 2026 + {other}"
        with pytest.raises(InputError, match="contradicts"):
            stress({"x": world}, parse_all(text), [Future("a", STILL)], "JPN")
    text = "offtake CHN oxide 50% to JPN from 2026 until 2026 + ban CHN oxide to JPN from 2027"
    stress({"x": world}, parse_all(text), [Future("a", STILL)], "JPN")
