"""Plants and their costs: counts, known values, sums that are allowed, and each trap on both sides."""

import pytest

from gadolin import atlas
from gadolin.atlas import checks_plants
from gadolin.stages import STAGES
from tests.atlas.broken import faults_after, said_by, with_cells


def test_counts():
    """Every plant and every cost row is there, each at a stage of the closed list."""
    facilities = atlas.table("facilities")
    assert len(facilities) == 117
    assert len(atlas.table("stage_costs")) == 65
    assert set(facilities["stage"]) <= set(STAGES)


def test_stage_and_product_group_stand_apart():
    """What was separation_light is separation of group light; other stages have no group."""
    frame = atlas.table("facilities")
    assert (frame["stage"] == "separation").sum() == 41
    assert frame.at["MYS-SEPA-002", "product_group"] == "light"
    assert frame.at["CHN-SEPA-045", "product_group"] == "all"
    assert frame[frame["stage"] != "separation"]["product_group"].isna().all()


@pytest.mark.parametrize(
    ("stage", "group", "unit", "country", "total"),
    [
        ("separation", "light", "t_reo_out_per_year", "CHN", 234_000),
        ("separation", "light", "t_ndpr_oxide_per_year", "MYS", 10_500),
        ("separation", "heavy", "t_reo_feed_per_year", "MYS", 1_500),
        ("magnet", None, "t_magnet_per_year", "CHN", 250_000),
        ("magnet", None, "t_magnet_per_year", "EST", 2_000),
    ],
)
def test_allowed_sums_are_the_published_ones(stage, group, unit, country, total):
    """Capacity in operation over sum_ok rows, within one stage, group and unit."""
    frame = atlas.table("facilities")
    rows = frame[
        frame["sum_ok"]
        & (frame["status"] == "operating")
        & (frame["stage"] == stage)
        & (frame["capacity_unit"] == unit)
        & (frame["country_iso3"] == country)
    ]
    if group:
        rows = rows[rows["product_group"] == group]
    assert rows["capacity_value"].sum() == total


def test_a_remembered_field_has_basis_memory():
    """The row is reported, its coordinates are not."""
    assert atlas.cell("facilities:MYS-SEPA-002:capacity_value").basis == "reported"
    assert atlas.cell("facilities:MYS-SEPA-002:lat_deg").basis == "memory"


def test_blank_capacity_is_missing_with_a_reason():
    """Unknown is not zero."""
    cell = atlas.cell("facilities:MYS-CRAC-001:capacity_value")
    assert not cell.known
    assert "not zero" in str(cell.reason)


def test_prose_capacities_map_to_units():
    """Every capacity of a cost row has a unit of the closed list and keeps its words."""
    frame = atlas.table("stage_costs")
    given = frame["capacity_value"].notna()
    assert given.sum() == 47
    assert frame.loc[given, ["capacity_unit", "capacity_text"]].notna().all(axis=None)
    assert frame.at["lynas-kalgoorlie", "capacity_unit"] == "t_ndpr_oxide_supported_per_year"
    assert frame.at["nfc-south-xinfeng-approval-2013", "capacity_unit"] == "t_reo_feed_per_year"


def test_numbers_in_prose_costs_are_cells():
    """A charge per tonne of clay and a discount in percent carry their own unit."""
    clay = atlas.cell("stage_costs:aclara-carina-pfs:opex_value")
    assert (clay.value, clay.unit) == (13.0, "USD/t clay")
    frame = atlas.table("stage_costs")
    haircut = frame[frame["record_kind"] == "price_haircut"]
    assert list(haircut["opex_value"]) == [40.0]
    assert haircut["stages"].iloc[0] == ()


def test_a_cost_covers_all_its_stages():
    """Money for several steps lists them all."""
    stages = atlas.table("stage_costs").at["longonjo-stage-1-staged-plan", "stages"]
    assert stages == ("mine", "beneficiation", "cracking_leaching")


def test_a_summed_row_inside_another_is_a_fault(tmp_path):
    """sum_ok = yes and part_of exclude each other."""
    assert faults_after(tmp_path, "facilities", "MYS-SEPA-003") == []
    said = faults_after(tmp_path, "facilities", "MYS-SEPA-003", sum_ok=True)
    assert len(said) == 1
    assert "must be no where part_of" in said[0]


def test_money_needs_its_currency(tmp_path):
    """Local money without currency is refused."""
    said = faults_after(tmp_path, "stage_costs", "jl-mag-baotou-iii", currency=None)
    assert len(said) == 1
    assert "must not be blank where capex_local_m is given" in said[0]


@pytest.mark.parametrize("check", checks_plants.CHECKS)
def test_shipped_tables_pass(check):
    """The rules over several rows find nothing in the shipped tables."""
    assert said_by(check) == []


def test_points_outside_their_country_are_found():
    """A Malaysian plant with swapped sign of longitude is in the Atlantic."""
    frame = with_cells("facilities", "MYS-SEPA-002", lon_deg=-103.38)
    said = said_by(checks_plants.points_in_their_country, facilities=frame)
    assert len(said) == 1
    assert "must lie inside MYS" in said[0]


def test_parts_of_unknown_rows_are_found():
    """A part of a row that is not there."""
    frame = with_cells("stage_costs", "neo-performance-narva-phase-1", part_of="narva")
    assert any("must be a row_id" in s for s in said_by(checks_plants.parts_of_plants, stage_costs=frame))


def test_remembered_but_blank_is_found():
    """A row cannot remember a field that it leaves blank."""
    frame = with_cells("facilities", "MYS-SEPA-002", lat_deg=float("nan"))
    said = said_by(checks_plants.remembered_fields_are_filled, facilities=frame)
    assert len(said) == 1
    assert "lat_deg" in said[0]
