"""What cannot be is said with its reason, and files are refused with file and line."""

import shutil

import pytest

from gadolin import case
from gadolin.atlas.read import data_folder
from gadolin.case.schema import Strategy
from gadolin.case.strategies import futures_of, strategies_of
from gadolin.case.strategy_file import PlantChoice, StrategyHead
from gadolin.errors import InputError
from gadolin.strategy import feasible, resolve
from gadolin.strategy.feasible import record


def strategy(*plants, **more):
    return Strategy(strategy=StrategyHead(id="test", title="Test"), plants=list(plants), **more)


MINE = PlantChoice(plant="kenering-mine", start=2022, route="existing", partner="CHN")
REFINERY = {
    "plant": "clay-separation",
    "start": 2027,
    "partner": "CHN",
    "technology": "T-01",
    "consents": ["federal:MYS", "state:MY-08"],
}


def blocked(malaysia, *plants):
    return feasible(malaysia, strategy(*plants)).blocked


def test_chinese_technology_only_between_state_firms(malaysia):
    private = PlantChoice(route="state_firm", owners={"partner:CHN": 0.49}, **REFINERY)
    licence = PlantChoice(route="licence", **REFINERY)
    state = PlantChoice(route="state_firm", owners={"federal:MYS": 0.51, "partner:CHN": 0.49}, **REFINERY)
    assert "government-linked" in blocked(malaysia, MINE, private)["clay-separation"].reason
    assert "may not leave China" in blocked(malaysia, MINE, licence)["clay-separation"].reason
    assert not blocked(malaysia, MINE, state)


def test_a_licence_needs_a_licensor(malaysia):
    choice = PlantChoice(plant="perak-separation", start=2027, route="licence", partner="FRA", technology="T-23",
                         consents=["state:MY-08"])  # fmt: skip
    assert "no licensor known" in blocked(malaysia, MINE, choice)["perak-separation"].reason


def test_separation_without_a_mine_has_no_feed(malaysia):
    state = PlantChoice(route="state_firm", owners={"federal:MYS": 1.0}, **REFINERY)
    assert blocked(malaysia, state)["clay-separation"].subject == "feed"


def test_a_mine_needs_two_consents(malaysia):
    choice = PlantChoice(plant="perak-leach", start=2027, route="open", technology="T-28", consents=["state:MY-08"])
    found = blocked(malaysia, choice)["perak-leach"]
    assert found.subject == "consent"
    assert "federal:MYS" in found.reason


def test_own_technology_waits_for_research_and_people(malaysia):
    found = feasible(malaysia, "own-technology-first")
    assert found.earliest["perak-separation"] == 2026 + 5  # three levels at 1.5 years: 4.5, rounded up
    bare = strategies_of(malaysia)["own-technology-first"].model_copy(update={"research": [], "training": None})
    reasons = [f.subject for f in feasible(malaysia, bare).findings if f.kind == "blocked"]
    assert "technology" in reasons


def test_lead_time_counts_dated_projects(malaysia):
    """The count in the words is that of the table, generic rows and plans left out."""
    rows = record(malaysia, "separation")
    assert not rows["project"].str.startswith("Generic").any()
    said = [f.reason for f in feasible(malaysia, "two-partner-hedge").findings if f.subject == "lead time"]
    met = int((rows["lead_time_years"].astype(float) <= 3).sum())
    assert f"{met} of {len(rows)} dated projects of this stage took 3 years or less" in said


def test_capital_counts_reported_projects(malaysia):
    """The count in the words is that of the table: magnet plants, capital over capacity."""
    rows = malaysia.table("stage_costs")
    rows = rows[(rows["record_kind"] == "project") & rows["capex_musd"].notna() & rows["capacity_value"].notna()]
    rows = rows[[("magnet" in stages) for stages in rows["stages"]]]
    rows = rows[rows["capacity_unit"].str.startswith("t_magnet")]
    own = 142 / 3000  # million USD over tonnes a year, as announced at Kuantan
    met = int((rows["capex_musd"] / rows["capacity_value"] <= own * (1 + 1e-9)).sum())
    found = feasible(malaysia, "two-partner-hedge").findings
    said = next(f for f in found if (f.plant, f.subject) == ("kuantan-magnet", "capital"))
    assert said.reason.startswith(f"{met} of {len(rows)} reported projects")
    assert len(said.refs) == len(rows)


def test_licences_name_the_rules_of_the_stage(malaysia):
    found = feasible(malaysia, "toll-at-kuantan").findings
    said = {f.plant: f for f in found if f.subject == "licence"}
    assert "policies:MYS-10:description" in said["kelantan-leach"].refs
    assert "policies:MYS-20:description" in said["kuantan-toll"].refs  # residue of the host
    assert all(f.kind == "note" for f in said.values())


def test_hot_ore_without_a_disposal_facility_is_not_built(malaysia, tmp_path):
    """With ore above the control line on record, nothing new is built."""
    home = shutil.copytree(malaysia.folder, tmp_path / "hot")
    shipped = (data_folder() / "policies.csv").read_text("utf-8").splitlines()
    row = next(line for line in shipped if line.startswith("MYS-21,"))
    assert ",0.27375," in row
    (home / "policies.csv").write_text(f"{shipped[0]}\n{row.replace(',0.27375,', ',2.5,')}\n", "utf-8")
    hot = case.load(str(home))
    assert {f.subject for f in feasible(hot, "toll-at-kuantan").blocked.values()} == {"residue"}


@pytest.mark.parametrize("name", ["status-quo", "toll-at-kuantan", "two-partner-hedge"])
def test_every_ref_of_a_strategy_answers_why(malaysia, name):
    found = feasible(malaysia, name)
    for ref in {*resolve(malaysia, name).refs, *(r for f in found.findings for r in f.refs)}:
        assert case.why(ref, malaysia).value


@pytest.fixture
def folder(malaysia, tmp_path):
    return shutil.copytree(malaysia.folder, tmp_path / "malaysia")


def test_all_faults_of_all_strategy_files_with_line(folder):
    one = folder / "strategies" / "status-quo.toml"
    text = (
        one.read_text("utf-8")
        .replace('route = "existing"', 'route = "borrowed"')
        .replace("start = 2022", 'start = "x"')
    )
    one.write_text(text, "utf-8")
    other = folder / "strategies" / "toll-at-kuantan.toml"
    other.write_text(other.read_text("utf-8").replace('plant = "kuantan-toll"', 'plant = "kuantan-tol"'), "utf-8")
    with pytest.raises(InputError) as caught:
        strategies_of(case.load(str(folder)))
    faults = [str(f) for f in caught.value.faults]
    assert len(faults) == 4  # the plant that ends the exemption is misnamed with it
    line = text.splitlines().index('route = "borrowed"') + 1
    assert any(f.startswith(f"strategies/status-quo.toml:{line}") and "must be one of" in f for f in faults)
    assert any('did you mean "kuantan-toll"' in f and "toll-at-kuantan.toml" in f for f in faults)


def test_a_bad_futures_file_is_refused(folder):
    path = folder / "futures.toml"
    path.write_text(path.read_text("utf-8").replace("low = 0.72", "low = 1.72"), "utf-8")
    with pytest.raises(InputError, match="must not be above high"):
        futures_of(case.load(str(folder)))
