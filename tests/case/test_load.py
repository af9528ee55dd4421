"""A case lies over the atlas; what it changes is listed; every fault has file, line and key."""

import pandas as pd
import pytest

from gadolin import atlas, case, runs
from gadolin.atlas.schema import declared
from gadolin.case.toml_lines import lines_of
from gadolin.errors import InputError

ROW = "my_national.rmk12_inferred"


@pytest.fixture
def copied(tmp_path):
    case.init("malaysia", tmp_path / "mine")
    return tmp_path / "mine"


def edit(folder, table, row_id, column, value):
    frame = declared(table).read(folder / f"{table}.csv")
    frame.at[row_id, column] = value
    declared(table).write(frame, folder / f"{table}.csv")


def test_a_copy_changes_nothing(copied):
    mine = case.load(str(copied))
    assert mine.overridden == []
    pd.testing.assert_frame_equal(mine.table("deposits"), atlas.table("deposits"))


def test_an_edited_cell_is_listed_with_both_values_and_travels_with_its_own_ref(copied):
    edit(copied, "deposits", ROW, "resource_value", 300000.0)
    mine = case.load(str(copied))
    (change,) = mine.overridden
    assert change.as_dict() == {"ref": f"mine/deposits:{ROW}:resource_value", "atlas": 274144.0, "case": 300000.0}
    assert mine.quantity("deposits", ROW, "resource_value").refs == (f"mine/deposits:{ROW}:resource_value",)
    assert case.load("malaysia").quantity("deposits", ROW, "resource_value").value == 274144


def test_all_faults_of_a_folder_at_once(copied):
    (copied / "case.toml").write_text(
        '[case]\nname = "M"\ncountry = "MYS"\ncurrency = "ringgit"\nlast_year = 1999\n[positon]\n'
        '[[plants]]\nid = "a"\nname = "A"\nstage = "seperation"\ngood = "oxide"\n'
        'capacity = {value = -5, basis = "guess"}\n'
    )
    with pytest.raises(InputError) as error:
        case.load(str(copied))
    lines = str(error.value).splitlines()
    assert 'case.toml:4  case.currency = "ringgit"   has not the form ^[A-Z]{3}$' in lines
    assert "case.toml:5  case.last_year = 1999   must be at least 2000" in lines
    assert any(line.startswith('case.toml:6  positon   is not a key here; did you mean "position"?') for line in lines)
    assert any(line.startswith('case.toml:10  plants[0].stage = "seperation"   must be one of') for line in lines)
    assert any(line.startswith("case.toml:12  plants[0].capacity") and "basis must be" in line for line in lines)


def test_faulty_and_misnamed_tables_are_named(copied):
    (copied / "deposit.csv").write_text("row_id\n")
    (copied / "facilities.csv").write_text("row_id\n")
    with pytest.raises(InputError) as error:
        case.load(str(copied))
    assert 'deposit.csv   is not named like a table of the atlas; did you mean "deposits"?' in str(error.value)
    assert "facilities.csv:1  stage   column is missing from table facilities" in str(error.value)


def test_any_country_has_a_bare_view_and_an_unknown_code_is_refused():
    assert case.load("LAO").settings.case.name.startswith("Lao")
    with pytest.raises(InputError, match="no ISO3 country code"):
        case.load("XXX")
    with pytest.raises(InputError, match="did you mean"):
        case.load("malaysa")


def test_as_of_cuts_every_table():
    now, then = case.load("malaysia"), case.load("malaysia", as_of="2024-01-01")
    assert len(then.table("deposits")) < len(now.table("deposits"))
    assert "my_national.rmk11_parliament_2023" in then.table("deposits").index
    assert "my_national.rmk11_preliminary" not in then.table("deposits").index
    with pytest.raises(InputError, match="is not a date"):
        case.load("malaysia", as_of="soon")


def test_a_new_case_from_the_atlas_loads(tmp_path):
    files = case.init("VNM", tmp_path / "v")
    assert {"case.toml", "strategies/status-quo.toml"} <= set(files)
    assert list(case.strategies_of(case.load(str(tmp_path / "v")))) == ["status-quo"]
    assert case.load(str(tmp_path / "v")).overridden == []
    with pytest.raises(InputError, match="is not empty"):
        case.init("VNM", tmp_path / "v")


def test_why_goes_down_to_the_source():
    reason = case.why(f"deposits:{ROW}:resource_value")
    assert reason.value.startswith("274,144 t (of what is not stated)")
    assert reason.basis == "reported"
    assert reason.source
    line = case.why("malaysia/case.toml:5").value
    assert line == 'name = "Malaysia"'
    for bad in ("deposits", "deposits:nothing:resource_value", "deposit:a:b", "nowhere/case.toml:3"):
        with pytest.raises(InputError):
            case.why(bad)


def test_lines_of_nested_and_long_values():
    text = '[a]\nx = [\n  1,\n]\ny = """\n[b]\n"""\n[[p]]\nid = 1\n[p.q]\nz = 2\n[[p]]\n[p.q]\nz = 3\n'
    lines = lines_of(text)
    assert (lines["a.x"], lines["a.y"], lines["p[0].q.z"], lines["p[1].q.z"]) == (2, 5, 11, 14)


def test_a_number_of_a_run_is_asked_with_unit_range_and_sources(tmp_path):
    """Value, range, method and what it rests on; a year has no thousands, what is missing is no number."""
    ref = "facilities:MYS-SEPA-002:capacity_value"
    row = {"kept_musd": 284.6264, "kept_musd_low": -6.03, "kept_musd_high": 599.0, "first_year": 2028.0,
           "waste_t_gross": float("nan"), "refs": [ref]}  # fmt: skip
    frame = pd.DataFrame([row], index=["plan-a"])
    with runs.open(tmp_path / "run", {"name": "test"}, 1, {}) as run:
        run.table("outcomes", frame, {"kept_musd": "median over futures"})
    asked = {c: case.why(f"{tmp_path / 'run'}:outcomes:plan-a:{c}") for c in row if c != "refs"}
    assert asked["kept_musd"].value == "284.626 million USD (-6.03 to 599)"
    assert asked["kept_musd"].method == "median over futures"
    assert asked["first_year"].value == "2028"
    assert asked["waste_t_gross"].value == "no value"
    for reason in asked.values():
        assert [i.ref for i in reason.inputs] == [ref]
        assert "http" in reason.inputs[0].source
