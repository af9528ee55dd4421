"""Unit operations and leach tests: known values, kinds of yield, and each trap on both sides."""

import pytest

from gadolin import atlas
from tests.atlas.broken import faults_after


def test_counts():
    """Every row is there."""
    assert len(atlas.table("unit_operations")) == 74
    assert len(atlas.table("leaching")) == 89
    assert atlas.table("leaching")["leach_id"].nunique() == 41


def test_only_recoveries_are_recoveries():
    """The rare-earth content of a magnet stood in the same column as yields; it is told apart."""
    frame = atlas.table("unit_operations")
    content = frame[frame["yield_kind"] == "content"]
    assert set(content["process"]) == {"rare earth content of sintered NdFeB", "machining swarf composition"}
    given = frame[["yield_pct", "yield_pct_low", "yield_pct_high"]].notna().any(axis=1)
    assert (given == frame["yield_kind"].notna()).all()


def test_known_consumption():
    """Conventional in-situ leaching takes 7 to 12 t of ammonium sulfate per t REO; at least is a low end."""
    frame = atlas.table("unit_operations")
    leach = frame[(frame["reagent"] == "ammonium sulfate") & frame["consumption_value_low"].notna()].iloc[0]
    assert (leach["consumption_value_low"], leach["consumption_value_high"]) == (7, 12)
    assert leach["consumption_unit"] == "t_per_t_reo"
    cell = frame[frame["consumption_text"].fillna("").str.endswith("at least")].iloc[0]
    assert cell["consumption_value_low"] == 9
    assert not cell["consumption_value"] > 0


def test_leach_times_precipitation_is_overall():
    """Bear Lodge: leach and oxalate recoveries of Dy and Tb multiply to the overall one, within rounding of three."""
    frame = atlas.table("leaching")["recovery_pct"]
    for element in ("Dy", "Tb"):
        leach, oxalate, overall = (
            frame[f"bear_lodge_compb_{step}.{element}"] for step in ("leach", "oxalate", "overall")
        )
        assert leach * oxalate / 100 == pytest.approx(overall, abs=1.5)


def test_a_contradiction_inside_a_source_stays():
    """For Eu the same report gives a higher overall recovery than leach recovery; both rows are kept."""
    frame = atlas.table("leaching")["recovery_pct"]
    assert frame["bear_lodge_compb_overall.Eu"] == 93
    assert frame["bear_lodge_compb_leach.Eu"] == 88


def test_groups_are_lists_of_elements():
    """A recovery of a group names its elements, and keeps the word of the source."""
    frame = atlas.table("leaching")
    group = frame[frame["recovered"] == "NdPr+DyTb"].iloc[0]
    assert group["elements"] == ("Pr", "Nd", "Tb", "Dy")
    assert frame.at["norra_karr_pea2012.Zr", "elements"] == ("Zr",)


def test_kenering_has_no_published_recovery():
    """The Malaysian pilot is listed as a gap, not as zero."""
    frame = atlas.table("leaching").query("deposit_id == 'my_kenering'")
    assert len(frame) == 2
    assert frame["recovery_pct"].isna().all()
    assert set(frame["recovery_scope"]) == {"none"}


def test_a_recovery_without_scope_is_a_fault(tmp_path):
    """A percentage says of what and from where to where."""
    assert faults_after(tmp_path, "leaching", "colossus_nc_mrec.Nd") == []
    said = faults_after(tmp_path, "leaching", "colossus_nc_mrec.Nd", recovery_scope="none")
    assert len(said) == 1
    assert "must name what is recovered" in said[0]


def test_a_consumption_without_unit_is_a_fault(tmp_path):
    """A number per something, without the something."""
    frame = atlas.table("unit_operations")
    row = str(frame.index[frame["consumption_value"].notna()][0])
    said = faults_after(tmp_path, "unit_operations", row, consumption_unit=None)
    assert len(said) == 1
    assert "must be given where" in said[0]
