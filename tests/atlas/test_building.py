"""Lead times and people: known values, plans told from outcomes, and each trap on both sides."""

from gadolin import atlas
from tests.atlas.broken import faults_after


def test_counts():
    """Every row is there, the learning rate apart."""
    frame = atlas.table("lead_times")
    assert frame["parameter"].value_counts().to_dict() == {"lead_time": 40, "ramp_up": 32, "learning_rate": 1}
    assert len(atlas.table("skills")) == 64


def test_years_follow_from_the_dates():
    """Where both dates stand, the printed years are their difference."""
    frame = atlas.table("lead_times")
    both = frame[frame["decision_date"].notna() & frame["operation_date"].notna()]
    assert len(both) > 30
    begun, ended = (both[c].str[:10].astype("datetime64[s]") for c in ("decision_date", "operation_date"))
    assert (((ended - begun).dt.days / 365.25) - both["lead_time_years"]).abs().max() < 0.11


def test_plans_are_told_from_outcomes():
    """A plan is a lower bound; Lynas' Dy/Tb circuit was built."""
    frame = atlas.table("lead_times")
    assert not frame.at["lead_time.lynas-malaysia-dy-tb-circuit", "is_plan"]
    assert frame.at["lead_time.lynas-malaysia-new-heavy-plant", "is_plan"]
    done = frame[(frame["parameter"] == "lead_time") & ~frame["is_plan"]]
    assert set(done["basis"]) <= {"derived", "reported", "estimate"}


def test_plans_are_known_from_their_source():
    """The plan for 2028 was known in 2025, the opening of 2025 not in 2024."""
    ids = atlas.table("lead_times", as_of="2025-12-31").index
    assert "lead_time.aclara-vinton" in ids
    assert "lead_time.solvay-la-rochelle-ndpr-line" not in atlas.table("lead_times", as_of="2024-06-30").index


def test_group_headcounts_are_no_plant_ratios():
    """Staff of a group over its output never sizes a plant; planned jobs over planned capacity may."""
    frame = atlas.table("skills")
    assert (frame.at["SK-07", "staff_persons_per_kt"], frame.at["SK-07", "is_plant_ratio"]) == (66, False)
    assert (frame.at["SK-36", "staff_persons_per_kt"], frame.at["SK-36", "is_plant_ratio"]) == (15, True)
    assert frame["is_plant_ratio"].notna().sum() == frame["staff_persons_per_kt"].notna().sum() == 13


def test_ratio_is_staff_over_capacity():
    """The derived ratio agrees with the cells it was derived from."""
    frame = atlas.table("skills")
    rows = frame[frame["staff_persons_per_kt"].notna()]
    ratio = rows["amount_value"] / rows["capacity_value"] * 1000
    assert (ratio - rows["staff_persons_per_kt"]).abs().max() < 0.6


def test_stages_outside_the_list_are_named():
    """A laboratory is no stage; all means the whole chain, not nine stages."""
    frame = atlas.table("skills")
    assert (frame.at["SK-16", "stage_scope"], frame.at["SK-16", "stages"]) == ("laboratory", ())
    assert frame.at["SK-40", "stage_scope"] == "whole_chain"
    assert frame.at["SK-01", "stages"] == ("cracking_leaching", "separation")


def test_operation_before_decision_is_a_fault(tmp_path):
    """Time runs forward."""
    row = "lead_time.lynas-malaysia-dy-tb-circuit"
    assert faults_after(tmp_path, "lead_times", row) == []
    said = faults_after(tmp_path, "lead_times", row, operation_date="2020")
    assert len(said) == 1
    assert "must not be before decision_date" in said[0]


def test_ratio_without_its_meaning_is_a_fault(tmp_path):
    """Persons per 1,000 t of what?"""
    said = faults_after(tmp_path, "skills", "SK-36", staff_ratio_basis=None)
    assert len(said) == 1
    assert "must be given where staff_persons_per_kt is" in said[0]
