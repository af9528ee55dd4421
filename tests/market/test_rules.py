"""Policy rows as measures: what is read, what is refused, and why."""

import pytest

from gadolin import case
from gadolin.market.measures import AdValoremDuty, Licence, RawMoratorium
from gadolin.market.measures import ExportBan as Ban


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
