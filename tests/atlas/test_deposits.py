"""Deposits, their facts and compositions: counts, known values, and each trap on both sides."""

import pytest

from gadolin import atlas
from gadolin.atlas import checks_deposits
from gadolin.elements import ELEMENTS
from gadolin.quantity import weakest
from tests.atlas.broken import faults_after, said_by, with_cells


def test_counts():
    """Every estimate, every fact and every share is there."""
    assert len(atlas.table("deposits")) == 140
    assert atlas.table("deposits")["deposit_id"].nunique() == 102
    assert len(atlas.table("deposit_composition")) == 827
    assert len(atlas.table("deposit_facts")) == 75


def test_contradicting_national_totals_stand_side_by_side():
    """The two national figures of Malaysia differ by a factor of 59 and both stay, beside that of the USGS."""
    national = atlas.table("deposits").query("deposit_id == 'my_national'")["resource_value"]
    assert national["my_national.rmk11_preliminary"] == 16_100_000
    assert national["my_national.rmk12_inferred"] == 274_144
    assert national["my_national.mcs_2026"] == 710_000


def test_the_national_tonnes_do_not_say_of_what():
    """The ministry did not state REO or carbonate; the state figures are carbonate by their value."""
    of = atlas.table("deposits")["resource_unit"]
    assert of["my_national.rmk11_preliminary"] == "t_not_stated"
    assert of["my_perak.jmg_2023"] == "t_carbonate_by_value"
    assert of["mt_weld.resource_2024"] == "t_treo"


def test_state_split_adds_to_the_nation_and_never_to_it():
    """Five states and the remainder are the national total (two carried from other sources), all as parts."""
    frame = atlas.table("deposits")
    split = [
        "my_terengganu.jmg_split",
        "my_kedah.jmg_split",
        "my_pahang.jmg_split",
        "my_other_states.jmg_split_remainder",
    ]
    split += ["my_kelantan.federal_2022", "my_perak.jmg_2023"]
    assert frame.loc[split, "resource_value"].sum() == 16_100_000
    states = frame[frame["level"] == "state"]
    assert (states["part_of"] == "my_national.rmk11_preliminary").all()


def test_states_bear_iso_codes():
    """Nine states of the later survey, and a row that holds two."""
    frame = atlas.table("deposits")
    assert len(frame.at["my_national.rmk12_inferred", "state_iso3166_2"]) == 9
    assert frame.at["my_east_coast_rivers.sediment_2022", "state_iso3166_2"] == ("MY-03", "MY-06")
    assert frame.at["my_kenering.eia_reo", "state_iso3166_2"] == ("MY-08",)


def test_numbers_that_stood_in_notes_are_cells():
    """Area outside forest reserve and output of Kenering can be asked for like any other number."""
    area = atlas.cell("deposit_facts:my_outside_forest_reserve.area_2024.area_outside_forest_reserve:quantity_value")
    assert (area.value, area.unit, area.basis) == (2009, "km²", "reported")
    output = atlas.cell("deposit_facts:my_kenering.eia_reo.output:quantity_value")
    assert (output.value, output.unit) == (2000, "t REO per year")
    pilot = atlas.cell("deposit_facts:my_kenering.eia_reo.area_of_pilot:quantity_value")
    assert (pilot.low, pilot.high) == (0.78, 0.87412)
    facts = atlas.table("deposit_facts")
    inside, outside, whole = (
        facts.at[f"my_outside_forest_reserve.area_2024.{name}", "quantity_value"]
        for name in ("area_in_forest_reserve", "area_outside_forest_reserve", "area_with_ree")
    )
    assert inside + outside == whole


def test_facts_point_to_an_estimate():
    """No fact without its estimate, and the same source as it."""
    facts, deposits = atlas.table("deposit_facts"), atlas.table("deposits")
    assert facts["deposit_row"].isin(deposits.index).all()
    assert (facts["source_id"] == facts["deposit_row"].map(deposits["source_id"])).all()


def test_a_printed_zero_is_missing_and_its_fill_is_an_estimate():
    """Bayan Obo prints 0 for Tb by rounding; the fill is another vector with a range and basis estimate."""
    assert not atlas.cell("deposit_composition:bayan_obo.liu_2022.Tb:share_of_treo_pct").known
    fill = atlas.cell("deposit_composition:bayan_obo.rounding_fill.Tb:share_of_treo_pct")
    assert (fill.value, fill.low, fill.high, fill.basis) == (0.02, 0.01, 0.05, "estimate")


def test_vectors_off_100_are_flagged():
    """Longnan prints 97.27 and is flagged; its scaled shares add to 100."""
    frame = atlas.table("deposit_composition")
    flagged = frame[frame["off_100"].fillna(value=False).astype(bool)].groupby(["deposit_id", "vector_id"]).ngroups
    assert flagged == 5
    vector = frame[(frame["deposit_id"] == "cn_longnan") & (frame["vector_id"] == "deng_kendall_2019")]
    assert len(vector) == len(ELEMENTS)
    assert vector["vector_sum_pct"].iloc[0] == pytest.approx(97.27)
    assert vector["share_norm_pct"].sum() == pytest.approx(100, abs=0.01)


def test_no_malaysian_vector_is_measured():
    """Each of the three Malaysian vectors holds memory or estimates; none may be shown as reported."""
    frame = atlas.table("deposit_composition")
    vectors = frame[frame["deposit_id"].str.startswith("my_")].groupby(["deposit_id", "vector_id"])["basis"]
    assert {key: weakest(rows) for key, rows in vectors} == {
        ("my_kenering", "estimate_light"): "estimate",
        ("my_tin_tailings", "monazite_proxy"): "estimate",
        ("my_tin_tailings", "xenotime_perak"): "memory",
    }


def test_state_without_its_nation_is_a_fault(tmp_path):
    """A state row that names no whole could enter a sum."""
    assert faults_after(tmp_path, "deposits", "my_perak.jmg_2023") == []
    said = faults_after(tmp_path, "deposits", "my_perak.jmg_2023", part_of=None)
    assert len(said) == 1
    assert "must name the national row" in said[0]


def test_tonnes_must_say_of_what(tmp_path):
    """A tonnage without `resource_unit` is refused."""
    said = faults_after(tmp_path, "deposits", "mt_weld.resource_2024", resource_unit=None)
    assert len(said) == 1
    assert "must not be blank where resource_value is given" in said[0]


@pytest.mark.parametrize("check", checks_deposits.CHECKS)
def test_shipped_tables_pass(check):
    """The rules over several rows find nothing in the shipped tables."""
    assert said_by(check) == []


def test_parts_above_their_whole_are_found():
    """States that add to more than the nation, by the same source, are a fault."""
    frame = with_cells("deposits", "my_terengganu.jmg_split", resource_value=12_000_000.0)
    assert any("must not exceed 16,100,000 t" in s for s in said_by(checks_deposits.parts_stay_inside, deposits=frame))


def test_circles_and_foreign_wholes_are_found():
    """A part cannot hold its whole, nor stand in another country."""
    frame = with_cells("deposits", "my_national.rmk11_preliminary", part_of="my_perak.jmg_2023")
    assert any("lead back" in s for s in said_by(checks_deposits.parts_stay_inside, deposits=frame))
    frame = with_cells("deposits", "my_perak.jmg_2023", part_of="mt_weld.resource_2024")
    assert any("same country" in s for s in said_by(checks_deposits.parts_stay_inside, deposits=frame))


def test_a_vector_that_misses_100_unflagged_is_found():
    """Changing one share breaks the stated sum, the flag and the scaled sum."""
    frame = with_cells("deposit_composition", "mt_weld.liu_2022.Nd", share_of_treo_pct=30.0, share_norm_pct=30.0)
    said = said_by(checks_deposits.vectors_add_to_100, deposit_composition=frame)
    assert [any(word in s for s in said) for word in ("must be the sum", "must be yes", "must add to 100")] == [
        True
    ] * 3


def test_unknown_deposits_are_found():
    """A composition of no known deposit is a fault."""
    frame = with_cells("deposit_composition", "mt_weld.liu_2022.Nd", deposit_id="mt_wled")
    assert any("mt_wled" in s for s in said_by(checks_deposits.deposit_ids_are_known, deposit_composition=frame))
