"""Output, reserves and shares: counts, known values, what was known when, and each trap on both sides."""

import pytest

from gadolin import atlas
from gadolin.atlas import checks_supply
from tests.atlas.broken import faults_after, said_by, with_cells


@pytest.mark.parametrize(
    ("table", "rows"),
    [("mine_production", 254), ("mine_production_wmd", 84), ("reserves", 37), ("processing_shares", 96)],
)
def test_counts(table, rows):
    """Every row is there."""
    assert len(atlas.table(table)) == rows


def test_contradicting_outputs_of_malaysia_stand_side_by_side():
    """For 2023 customs, parliament and editions differ; none is dropped."""
    frame = atlas.table("mine_production").query("country_iso3 == 'MYS' and year == 2023")
    assert set(frame["dataset"]) >= {"USGS", "china_customs"}
    assert frame["output_t_reo"].max() > 10 * frame["output_t_reo"].min() > 0


def test_output_is_known_by_the_rhythm_of_its_dataset():
    """In mid-2023 the USGS figure of 2022 was known, those of the BGS and World Mining Data were not."""
    known = atlas.table("mine_production", as_of="2023-06-30").query("year == 2022")
    assert set(known["dataset"]) == {"USGS"}
    assert 2022 not in set(atlas.table("mine_production_wmd", as_of="2023-06-30")["year"])
    assert 2022 in set(atlas.table("mine_production_wmd", as_of="2024-03-01")["year"])


def test_recalled_output_is_memory():
    """Rows without an edition are recalled and say so."""
    frame = atlas.table("mine_production")
    recalled = frame[frame["edition"].isna() & (frame["dataset"] == "USGS")]
    assert len(recalled) == 17
    assert set(recalled["basis"]) == {"memory"}


def test_the_off_series_of_the_usa_is_told_apart():
    """The BGS series of the USA is 60 % of the USGS figures and never mixes with them."""
    frame = atlas.table("mine_production")
    off = frame[~frame["comparable"]]
    assert set(off["dataset"]) == {"BGS"}
    assert set(off["country_iso3"]) == {"USA"}
    assert len(off) == 15


def test_a_resource_is_no_reserve():
    """The Malaysian 16.1 Mt stand among the reserves with a qualifier, the USGS blank with another."""
    frame = atlas.table("reserves")
    own = frame.loc["MYS.Malaysia-government"]
    assert (own["reserves_t_reo"], own["qualifier"]) == (16_100_000, "resource_estimate_not_reserve")
    assert frame.at["MYS.MCS2025", "qualifier"] == "not_available"


def test_shares_of_china_by_definition():
    """The complete IEA group of 2024, and quantities with their unit."""
    frame = atlas.table("processing_shares")
    group = frame[(frame["year"] == 2024) & (frame["stage"] == "separation") & frame["quantity_value"].notna()]
    assert group["group_id"].nunique() == 1
    assert set(group["quantity_unit"]) == {"t_element"}
    shares = group.set_index("country_iso3")["share_pct"]
    assert (shares["CHN"], shares["MYS"]) == (91.28, 4.49)
    assert group.set_index("country_iso3").at["MYS", "elements"] == ("Pr", "Nd", "Tb", "Dy")


def test_imports_are_no_share_of_the_world():
    """Shares of US imports have no stage and say what 100 % is."""
    frame = atlas.table("processing_shares")
    imports = frame[frame["share_of"] == "imports_of_usa"]
    assert len(imports) == 4
    assert imports["stage"].isna().all()


def test_projections_are_known_from_their_source():
    """A forecast for 2040 was known when its source appeared, in 2025."""
    known = atlas.table("processing_shares", as_of="2025-06-30")
    assert 2040 in set(known["year"])
    assert 2040 not in set(atlas.table("processing_shares", as_of="2025-01-31")["year"])


def test_role_must_fit_the_country(tmp_path):
    """WLD as a country would enter an HHI."""
    frame = atlas.table("processing_shares")
    world = str(frame.index[frame["role"] == "world"][0])
    assert faults_after(tmp_path, "processing_shares", world) == []
    said = faults_after(tmp_path, "processing_shares", world, role="country")
    assert len(said) == 1
    assert "must be world for WLD" in said[0]


def test_blank_reserves_must_say_so(tmp_path):
    """A blank tonnage is not a point."""
    said = faults_after(tmp_path, "reserves", "MYS.MCS2025", qualifier="point")
    assert len(said) == 1
    assert "must be not_available" in said[0]


@pytest.mark.parametrize("check", checks_supply.CHECKS)
def test_shipped_tables_pass(check):
    """The rules over several rows find nothing in the shipped tables."""
    assert said_by(check) == []


def test_groups_that_do_not_add_up_are_found():
    """A changed share breaks the stated sum of its group."""
    frame = atlas.table("processing_shares")
    row = str(frame.index[(frame["country_iso3"] == "MYS") & (frame["share_pct"] == 4.49)][0])
    said = said_by(checks_supply.groups_add_up, processing_shares=with_cells("processing_shares", row, share_pct=9.0))
    assert len(said) == 1
    assert "sum of the named shares" in said[0]


def test_an_open_group_called_complete_is_found():
    """Four importers that add to 94 % are not all."""
    frame = atlas.table("processing_shares")
    frame.loc[frame["share_of"] == "imports_of_usa", "group_complete"] = True
    assert any("must be no" in s for s in said_by(checks_supply.groups_add_up, processing_shares=frame))


def test_a_world_below_its_countries_is_found():
    """A total smaller than its parts."""
    frame = atlas.table("mine_production")
    world = str(frame.index[(frame["country_iso3"] == "WLD") & (frame["edition"] == "MCS2026")][0])
    small = with_cells("mine_production", world, output_t_reo=1000.0)
    said = said_by(checks_supply.countries_stay_inside_the_world, mine_production=small)
    assert len(said) == 1
    assert "must not be below" in said[0]
