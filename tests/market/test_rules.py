"""Policy rows as measures: what is read, what is refused, and why."""

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
