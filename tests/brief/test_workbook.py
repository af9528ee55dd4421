"""A case goes into a workbook and back: nothing is lost, and nothing is guessed."""

import datetime
import shutil
import subprocess

import pytest
import python_calamine
import xlsxwriter

from gadolin import case as cases
from gadolin.brief import workbook
from gadolin.errors import InputError

TOML = '# my choices: keep me\n[case]\nname = "Here"\ncountry = "MYS"\ncurrency = "MYR"\n\n# the end\n\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A case with comments, a strategy folder, and one table of its own with odd quoting."""
    made = tmp_path_factory.mktemp("cases") / "here"
    cases.init("malaysia", made)
    text = (made / "case.toml").read_text("utf-8")
    (made / "case.toml").write_text(f"{text}\n# a last comment: é\n\n\n", encoding="utf-8")
    own = cases.load("malaysia").table("deposits").loc[["my_national.mcs_2026"]].copy()
    own.loc[:, "name"] = 'Reserves, "as listed"'
    from gadolin.atlas.schema import declared

    declared("deposits").write(own, made / "deposits.csv")
    raw = (made / "deposits.csv").read_text("utf-8").replace("MYS,", '"MYS",', 1)
    (made / "deposits.csv").write_text(raw, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def exported(folder, tmp_path_factory):
    file = tmp_path_factory.mktemp("books") / "here.xlsx"
    workbook.export(cases.load(str(folder)), file)
    return file


def edited(source, target, edits=(), drop=(), rename=None, merge=None):
    """Save the workbook anew as another program would, with cells changed: (sheet, row, column, value)."""
    book = python_calamine.CalamineWorkbook.from_path(str(source))
    changes = {(s, r, c): v for s, r, c, v in edits}
    with xlsxwriter.Workbook(str(target)) as out:
        day = out.add_format({"num_format": "yyyy-mm-dd"})
        for name in book.sheet_names:
            if name in drop:
                continue
            sheet = out.add_worksheet((rename or {}).get(name, name))
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            cells = {(r, c): v for r, row in enumerate(rows) for c, v in enumerate(row)}
            cells |= {(r, c): v for (s, r, c), v in changes.items() if s == name}
            for (r, c), value in cells.items():
                if isinstance(value, datetime.date):
                    sheet.write_datetime(r, c, value, day)
                elif isinstance(value, str):
                    sheet.write_string(r, c, value)
                else:
                    sheet.write(r, c, value)
            if merge and merge[0] == name:
                sheet.merge_range(*merge[1], "merged")
    return target


def place(file, sheet, row_id, column):
    rows = python_calamine.CalamineWorkbook.from_path(str(file)).get_sheet_by_name(sheet).to_python()
    return next(i for i, r in enumerate(rows) if r[0] == row_id), rows[0].index(column)


def same_bytes(one, other):
    names = sorted(p.relative_to(one) for p in one.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(other) for p in other.rglob("*") if p.is_file())
    return all((one / n).read_bytes() == (other / n).read_bytes() for n in names)


def test_unedited_gives_the_same_bytes(folder, exported, tmp_path):
    result = workbook.read_back(exported, tmp_path / "back")
    assert result.changes == ()
    assert same_bytes(folder, tmp_path / "back")


def test_saved_by_another_program_gives_the_same_bytes(folder, exported, tmp_path):
    again = edited(exported, tmp_path / "again.xlsx")
    assert workbook.read_back(again, tmp_path / "back").changes == ()
    assert same_bytes(folder, tmp_path / "back")


@pytest.mark.office
def test_saved_by_libreoffice_gives_the_same_bytes(folder, exported, tmp_path):
    soffice = shutil.which("soffice")
    command = [soffice, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", str(tmp_path), str(exported)], check=True, capture_output=True, timeout=180)
    assert workbook.read_back(tmp_path / exported.name, tmp_path / "back").changes == ()
    assert same_bytes(folder, tmp_path / "back")


def test_one_changed_cell_is_one_change_and_one_row(exported, tmp_path):
    r, c = place(exported, "facilities", "MYS-SEPA-002", "capacity_value")
    again = edited(exported, tmp_path / "again.xlsx", [("facilities", r, c, "9000")])  # a number typed as text
    result = workbook.read_back(again, tmp_path / "back")
    assert [str(x) for x in result.changes] == ["cell  facilities:MYS-SEPA-002:capacity_value: 10500 -> 9000"]
    loaded = cases.load(str(tmp_path / "back"))
    assert [o.ref.split("/")[1] for o in loaded.overridden if "facilities" in o.ref] == [
        "facilities:MYS-SEPA-002:capacity_value"
    ]
    assert loaded.table("facilities").at["MYS-SEPA-002", "capacity_value"] == 9000


def test_a_date_cell_is_understood(exported, tmp_path):
    r, c = place(exported, "policies", "MYS-03", "end_date")
    again = edited(exported, tmp_path / "again.xlsx", [("policies", r, c, datetime.date(2028, 6, 30))])
    result = workbook.read_back(again, tmp_path / "back")
    assert [(x.where, x.after) for x in result.changes] == [("policies:MYS-03:end_date", "2028-06-30")]


FAULTS = {
    ("facilities", "MYS-SEPA-002", "capacity_value"): ("10500,5", "decimal point"),
    ("facilities", "MYS-SEPA-004", "capacity_value"): ("1,234.5", "must be a number"),
    ("facilities", "MYS-SEPA-002", "lat_deg"): (400, "at most 90"),
    ("facilities", "MYS-SEPA-002", "stage"): ("seperation", 'did you mean "separation"'),
    ("facilities", "MYS-CRAC-001", "row_id"): ("two words", "without spaces"),
    ("policies", "MYS-03", "end_date"): (46387, "if it is 2026-12-31, type that as text"),
    ("policies", "MYS-03", "effective_date"): ("31/12/2026", "write the year first"),
    ("policies", "MYS-03", "status"): ("maybe", "must be one of"),
}


def test_all_faults_of_all_sheets_at_once_with_sheet_row_and_field(exported, tmp_path):
    edits = [(key[0], *place(exported, *key), value) for key, (value, _) in FAULTS.items()]
    again = edited(exported, tmp_path / "again.xlsx", edits)
    with pytest.raises(InputError) as error:
        workbook.read_back(again, tmp_path / "back")
    found = {(f.file, f.line, f.field): f.allowed for f in error.value.faults}
    for (sheet, row, column, _), (_, words) in zip(edits, FAULTS.values(), strict=True):
        field = (
            python_calamine.CalamineWorkbook.from_path(str(exported)).get_sheet_by_name(sheet).to_python()[0][column]
        )
        assert words in found[f"again.xlsx[{sheet}]", row + 1, field]
    assert len(found) == len(FAULTS)
    assert not (tmp_path / "back").exists()


def test_a_row_without_id_and_a_row_that_stands_twice_are_found(exported, tmp_path):
    r, _ = place(exported, "facilities", "MYS-SEPA-002", "name")
    rows = python_calamine.CalamineWorkbook.from_path(str(exported)).get_sheet_by_name("facilities").to_python()
    twice = [("facilities", len(rows), c, value) for c, value in enumerate(rows[r])]
    nameless = [("facilities", len(rows) + 1, c, value) for c, value in enumerate(rows[r]) if c]
    with pytest.raises(InputError) as error:
        workbook.read_back(edited(exported, tmp_path / "a.xlsx", [*twice, *nameless]), tmp_path / "back")
    found = [(f.line, f.field) for f in error.value.faults]
    assert sorted(found, key=str) == [(len(rows) + 1, "row_id"), (len(rows) + 2, "row_id")]


def test_an_added_row_a_spare_line_and_text_with_spaces_are_understood(exported, tmp_path):
    r, c = place(exported, "facilities", "MYS-SEPA-002", "stage")
    rows = python_calamine.CalamineWorkbook.from_path(str(exported)).get_sheet_by_name("facilities").to_python()
    new = [("facilities", len(rows) + 3, i, value) for i, value in enumerate(["MYS-NEW-001", *rows[r][1:]])]
    again = edited(exported, tmp_path / "again.xlsx", [*new, ("facilities", r, c, " separation ")])
    result = workbook.read_back(again, tmp_path / "back")
    assert [str(x) for x in result.changes] == ["row added  facilities:MYS-NEW-001"]
    assert "MYS-NEW-001" in cases.load(str(tmp_path / "back")).table("facilities").index


def test_inserted_column_and_merged_cells_are_found(exported, tmp_path):
    wide = edited(exported, tmp_path / "wide.xlsx", [("facilities", 0, 60, "my notes")])
    with pytest.raises(InputError, match="my notes   is no column of table facilities"):
        workbook.read_back(wide, tmp_path / "back")
    merged = edited(exported, tmp_path / "merged.xlsx", merge=("facilities", (2, 1, 3, 1)))
    with pytest.raises(InputError, match="cells are merged"):
        workbook.read_back(merged, tmp_path / "back")


def test_missing_and_renamed_sheets_are_found(exported, tmp_path):
    with pytest.raises(InputError) as error:
        workbook.read_back(edited(exported, tmp_path / "a.xlsx", drop=["case.toml", "facilities"]), tmp_path / "back")
    missing = {f.file for f in error.value.faults if f.allowed.startswith("sheet is missing")}
    assert missing == {"a.xlsx[case.toml]", "a.xlsx[facilities]"}
    renamed = edited(exported, tmp_path / "b.xlsx", rename={"facilities": "plants"})
    with pytest.raises(InputError, match=r"\[plants\]   is no sheet of this case"):
        workbook.read_back(renamed, tmp_path / "back")


def test_removed_rows_are_said(exported, tmp_path):
    own = place(exported, "deposits", "my_national.mcs_2026", "row_id")[0]
    width = len(python_calamine.CalamineWorkbook.from_path(str(exported)).get_sheet_by_name("deposits").to_python()[0])
    again = edited(exported, tmp_path / "again.xlsx", [("deposits", own, c, "") for c in range(width)])
    result = workbook.read_back(again, tmp_path / "back")
    assert [str(c) for c in result.changes] == ["row removed  deposits:my_national.mcs_2026"]
    assert not (tmp_path / "back" / "deposits.csv").exists()


def test_a_line_of_a_text_file_is_a_row_of_its_sheet(exported, tmp_path):
    lines = python_calamine.CalamineWorkbook.from_path(str(exported)).get_sheet_by_name("case.toml").to_python()
    row = next(i for i, line in enumerate(lines) if str(line[0]).startswith("discount_rate_share"))
    good = edited(exported, tmp_path / "good.xlsx", [("case.toml", row, 0, "discount_rate_share = 0.07  # lower")])
    result = workbook.read_back(good, tmp_path / "back")
    assert [(c.what, c.where) for c in result.changes] == [("file", "case.toml")]
    assert "0.07  # lower\n" in (tmp_path / "back" / "case.toml").read_text("utf-8")
    bad = edited(exported, tmp_path / "bad.xlsx", [("case.toml", row, 0, "discount_rate_share = -3")])
    with pytest.raises(InputError) as error:
        workbook.read_back(bad, tmp_path / "other")
    assert (error.value.faults[0].file, error.value.faults[0].line) == ("bad.xlsx[case.toml]", row + 1)


def test_other_workbooks_and_full_folders_are_refused(exported, tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "x.xlsx")) as book:
        book.add_worksheet("facilities")
    with pytest.raises(InputError, match="no workbook of a case"):
        workbook.read_back(tmp_path / "x.xlsx", tmp_path / "back")
    with pytest.raises(InputError, match="not empty"):
        workbook.read_back(exported, tmp_path)


def test_units_choices_and_help_are_in_the_workbook(exported, tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "unused.xlsx")):
        pass
    shutil.unpack_archive(str(exported), tmp_path / "zip", "zip")
    xml = "".join(p.read_text("utf-8") for p in (tmp_path / "zip" / "xl").rglob("*.xml"))
    assert xml.count("<dataValidation ") > 20
    assert "sheetProtection" in xml
    assert "Blank: not" in xml
    assert "Unit: t REO" in xml or "Unit: `capacity_unit`" in xml


def test_words_about_what_was_read_say_what_to_do(exported, tmp_path):
    one = workbook.Change("cell", "facilities:MYS-SEPA-002:status", "operating", "suspended")
    kept = workbook.Change("row kept by the atlas", "facilities:MYS-SEPA-002")
    assert str(workbook.ReadBack(("case.toml",), (one,))).startswith("Wrote 1 file; 1 change:\n")
    assert "cannot delete a row of the atlas" in str(kept)
    other = tmp_path / "notes.xlsx"
    other.write_text("no workbook")
    with pytest.raises(InputError, match=r"notes\.xlsx .*save it as \.xlsx"):
        workbook.read_back(other, tmp_path / "back")
