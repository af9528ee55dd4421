"""Policy rows as measures: what is read, what is refused, and why."""

import pytest

from gadolin import case
from gadolin.market import Future, roll
from gadolin.market.measures import AdValoremDuty, Licence, RawMoratorium
from gadolin.market.measures import ExportBan as Ban
from gadolin.market.shorthand import parse_all
from gadolin.market.years import Choices


def test_rows_become_measures_or_say_why_not():
    loaded = case.load("malaysia")
    found, refused = loaded.inputs.measures_of()
    assert set(found) | set(refused) == set(loaded.table("policies").index)
    assert not set(found) & set(refused)
    assert all(refused.values())
    duty = found["CHN-02"]
    assert isinstance(duty, AdValoremDuty)
    assert (duty.rate_share, duty.share_of_year(2010), duty.share_of_year(2016)) == (0.25, 1.0, 0.0)
    licence = found["CHN-05"]
    assert isinstance(licence, Licence)
    assert set(licence.elements) == {"Sm", "Gd", "Tb", "Dy", "Lu", "Y"}, "Sc is in no balance"
    ban = found["MYS-01"]
    assert isinstance(ban, Ban)
    assert not isinstance(ban, RawMoratorium)
    assert set(ban.goods) == {"ore", "mixed_carbonate"}
    assert ban.refs == ("policies:MYS-01:instrument",)
    assert "suspended before it took effect; paused by CHN-10 until 2026-11-10" in refused["CHN-06"]
    assert "is the pause of other rules" in refused["CHN-10"]
    assert "share of the region" in refused["USA-02"]


def test_plants_to_come_are_those_of_the_table():
    """Under construction or started since; each with its row, each left out with a reason."""
    from gadolin import case
    from gadolin.market.program import program_of

    inputs = case.load("malaysia").inputs
    world = inputs.world_of()
    table, builds = inputs.builds_table_of(world), inputs.builds_of(world)
    assert {b.process for b in builds} <= set(program_of(world).process_index)
    assert min(b.year for b in builds) > world.year
    assert all(b.yearly_cost_usd_per_kg is None for b in builds), "none of them waits for a price"
    magnets = table[table.process.str.startswith("CHN magnet")].groupby("ref").capacity_kt_activity.sum()
    assert magnets["facilities:CHN-MAGN-057:capacity_value"] == pytest.approx(20.0)
    out = table[table.left_out != ""]
    assert len(out)
    assert (out.process == "").all()
    assert "a total, or part of another row" in set(out.left_out)


def test_a_measure_on_new_plants_needs_new_plants():
    from gadolin.errors import InputError
    from gadolin.market.calibrate import calibrate
    from gadolin.market.futures import sample
    from gadolin.market.shorthand import parse_all
    from gadolin.risk.stresses import stress
    from tests.market.test_calibrate import small

    with pytest.raises(InputError, match="no plant is coming that it could hit, so the measure changes nothing"):
        stress({"x": calibrate(small())}, parse_all("techban CHN mine delay 2 years from 2025"), sample(1, 1), "JPN")


def test_planned_plants_wait_for_a_price_and_a_subsidy_brings_them():
    """At the prices of the base year no planned magnet plant pays; where magnets are scarce, a paid half decides."""
    inputs = case.load("malaysia").inputs
    world = inputs.world_of()
    waiting = inputs.waiting_of(world)
    assert {b.process.split()[1] for b in waiting} >= {"magnet"}
    assert all(b.yearly_cost_usd_per_kg and b.yearly_cost_usd_per_kg > 0 and b.lead_years > 0 for b in waiting)
    plants = Choices(builds=tuple(b for b in waiting if b.process == "USA magnet N"))
    cut = parse_all("ban CHN magnet 45% to USA from 2025")
    paid = parse_all("subsidy USA magnet 100% from 2025")
    made = {
        name: roll(world, Future(name, shocks=shocks), plants, 6).years[-1].activity("USA magnet N")
        for name, shocks in (("calm", ()), ("cut", cut), ("paid", (*cut, *paid)))
    }
    assert made["calm"] < 0.5 * made["paid"]
    assert made["cut"] <= made["paid"]
