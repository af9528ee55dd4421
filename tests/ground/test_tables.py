"""Declared tables: what is written reads back, every bad cell is found, any bytes are survived."""

import numpy as np
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin import testing
from gadolin.errors import InputError
from gadolin.stages import STAGES
from gadolin.tables import Choice, Date, Flag, Key, Many, Number, RowId, Table, Text, Year, total

PLANTS = Table(
    "plants",
    about="Plants, for tests.",
    columns=(
        RowId(),
        Text("name"),
        Choice("stage", choices=STAGES),
        Number("capacity_t_reo_per_year", above=0, missing="not reported"),
        Number("share_pct", at_least=0, at_most=100, missing="not reported"),
        Year("year"),
        Date("date", missing="not dated"),
        Flag("sum_ok"),
        Key("country_iso3", table="countries"),
        Many("elements", choices=("Nd", "Pr", "Dy")),
    ),
    key=("name", "year"),
)
HEADER = ",".join(PLANTS.names)
ROW = "a,Plant,metal,5,50,2024,2024-03,yes,MYS,Nd;Pr"


def check(tmp_path, data):
    file = tmp_path / "plants.csv"
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return [str(f) for f in PLANTS.check(file)]


@settings(max_examples=60, deadline=None)
@given(rows=testing.good_rows(PLANTS))
def test_what_is_written_reads_back_equal(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("t")
    (folder / "plants.csv").write_text(testing.as_csv(PLANTS, rows), encoding="utf-8")
    first = PLANTS.read(folder / "plants.csv")
    PLANTS.write(first, folder / "again.csv")
    pd.testing.assert_frame_equal(first, PLANTS.read(folder / "again.csv"))


@pytest.mark.parametrize(("name", "row"), list(testing.bad_rows(PLANTS)))
def test_each_bad_cell_is_found_with_line_and_field(name, row, tmp_path):
    faults = check(tmp_path, testing.as_csv(PLANTS, [testing.good_row(PLANTS, 1), row]))
    assert [f for f in faults if f.startswith(f"plants.csv:3  {name}")], faults


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=300), with_header=st.booleans())
def test_random_bytes_never_crash(data, with_header, tmp_path_factory):
    file = tmp_path_factory.mktemp("t") / "plants.csv"
    file.write_bytes((HEADER.encode() + b"\n" if with_header else b"") + data)
    if PLANTS.check(file):
        with pytest.raises(InputError):
            PLANTS.read(file)
    else:
        PLANTS.read(file)


@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=300))
def test_random_bytes_as_a_workbook_never_crash(data, tmp_path_factory):
    file = tmp_path_factory.mktemp("t") / "plants.xlsx"
    file.write_bytes(data)
    assert PLANTS.check(file)


def test_sentences(tmp_path):
    bad = 'b,Plant,seperation,"530,1",NaN,24,31/03/2024,Y,M S,Nd;Px'
    assert check(tmp_path, f"{HEADER}\n{ROW}\n{bad}\n") == [
        'plants.csv:3  stage = "seperation"   not a stage; did you mean "separation"?',
        'plants.csv:3  capacity_t_reo_per_year = "530,1"   must be a number with a decimal point, e.g. 530.1',
        'plants.csv:3  share_pct = "NaN"   must be a number; leave the cell blank where the value is not known',
        'plants.csv:3  year = "24"   must be a year from 1900 to 2100',
        'plants.csv:3  date = "31/03/2024"   must be a date such as 2024-03-31, 2024-03 or 2024; write the year first',
        'plants.csv:3  sum_ok = "Y"   must be yes or no',
        'plants.csv:3  country_iso3 = "M S"   must be a row_id of table countries',
        'plants.csv:3  elements = "Nd;Px"   "Px" is not allowed (must be a list parted by \';\' of Nd, Pr, Dy)',
    ]


def test_lines_count_through_quoted_breaks_blank_lines_and_refused_rows(tmp_path):
    rows = [HEADER, ROW, 'x,"y\nz"', "", 'b,"two\nlines",metal,5,50,2023,,yes,MYS,', "",
            "c,Plant,metal,-1,50,2022,,yes,MYS,"]  # fmt: skip
    assert check(tmp_path, "\n".join(rows) + "\n") == [
        "plants.csv:3   has 2 cells where the header names 10; quote a cell that holds a comma",
        'plants.csv:9  capacity_t_reo_per_year = "-1"   must be greater than 0',
    ]


def test_lines_are_right_in_later_blocks(tmp_path):
    filler = "\n".join(f"r{i},Plant {i},metal,5,50,2024,,yes,MYS," for i in range(60_000))
    faults = check(tmp_path, f"{HEADER}\nx,y\n{filler}\nbad,Plant,metal,0,50,2024,,yes,MYS,\n")
    assert faults[-1] == 'plants.csv:60003  capacity_t_reo_per_year = "0"   must be greater than 0'


def test_header_faults(tmp_path):
    assert check(tmp_path, "row_id,name,stage,capasity_t_reo_per_year,share_pct,year,date,sum_ok,,name\n") == [
        'plants.csv:1  capasity_t_reo_per_year   is no column of table plants; did you mean "capacity_t_reo_per_year"?',
        "plants.csv:1   column 9 has no name; unmerge its heading, name it or delete it",
        "plants.csv:1  name   column stands twice",
        "plants.csv:1  capacity_t_reo_per_year   column is missing from table plants",
        "plants.csv:1  country_iso3   column is missing from table plants",
        "plants.csv:1  elements   column is missing from table plants",
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        ("row_id\n".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04 something", "workbook"),
        (b"row_id,name\n\x00\x00", "zero bytes"),
        (f"{HEADER}\n{ROW}\n".encode().replace(b"Plant", b"Pl\xe4nt"), "is not UTF-8"),
    ],
)
def test_files_that_are_no_tables(data, words, tmp_path):
    assert any(words in f for f in check(tmp_path, data))


def test_swapped_columns_are_read_by_name(tmp_path):
    swapped = [HEADER.split(",")[i] for i in (0, 2, 1, *range(3, 10))]
    cells = ROW.split(",")
    file = tmp_path / "plants.csv"
    file.write_text(",".join(swapped) + "\n" + ",".join(cells[i] for i in (0, 2, 1, *range(3, 10))) + "\n")
    assert PLANTS.read(file).loc["a", "name"] == "Plant"


def test_duplicates_of_row_id_and_key(tmp_path):
    assert check(tmp_path, f"{HEADER}\n{ROW}\n{ROW}\n") == [
        "plants.csv:3  row_id   stands already on line 2; must be unique",
        "plants.csv:3  name, year   stands already on line 2; must be unique",
    ]


def workbook(tmp_path, rows, merge=None):
    file = tmp_path / "plants.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet("plants")
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                sheet.write(r, c, cell)
        if merge:
            sheet.merge_range(*merge, "merged")
    return file


def test_a_workbook_reads_as_its_csv(tmp_path):
    file = workbook(tmp_path, [PLANTS.names, ["a", "Plant", "metal", 5, 50.5, 2024, "2024-03", "yes", "MYS", "Nd;Pr"]])
    (tmp_path / "plants.csv").write_text(f"{HEADER}\n{ROW.replace(',50,', ',50.5,')}\n")
    pd.testing.assert_frame_equal(PLANTS.read(file), PLANTS.read(tmp_path / "plants.csv"))


def test_a_workbook_with_merged_headers_and_bad_cells(tmp_path):
    row = ["a", "Plant", "metal", "5,5", 50, 2024, "", True, "MYS", ""]
    faults = [str(f) for f in PLANTS.check(workbook(tmp_path, [PLANTS.names, row], merge=(0, 1, 0, 2)))]
    assert any("merged" in f for f in faults)
    assert any("is missing from table plants" in f for f in faults)


def test_missing_is_not_zero(tmp_path):
    (tmp_path / "plants.csv").write_text(f"{HEADER}\n{ROW}\nb,Other,metal,,50,2024,,yes,MYS,\n")
    frame = PLANTS.read(tmp_path / "plants.csv")
    assert np.isnan(frame.loc["b", "capacity_t_reo_per_year"])
    assert frame.attrs["missing"]["capacity_t_reo_per_year"] == "not reported"
    with pytest.raises(InputError, match="1 of 2 values are missing"):
        total(frame["capacity_t_reo_per_year"])
    assert total(frame["capacity_t_reo_per_year"], skip_missing=True) == 5


def test_the_frictionless_schema_says_what_the_table_says():
    schema = PLANTS.frictionless()
    assert schema["primaryKey"] == ["row_id"]
    assert schema["fields"][3]["constraints"] == {"minimum": 0}
    assert schema["fields"][2]["constraints"]["enum"] == list(STAGES)


def test_a_scan_gives_all_faults_and_the_sound_rows_with_their_lines(tmp_path):
    """A fault of one cell does not hide the fault of a rule over another row."""

    def even(frame):
        for row in frame.index[frame["n_share"] == 0.5]:
            yield str(row), "n_share", "must not be a half"

    table = Table("t", "t", [RowId(), Number("n_share", at_most=1)], checks=(even,))
    path = tmp_path / "t.csv"
    path.write_text("row_id,n_share\na,7\nb,0.5\nc,0.25\nc,0.5\n")
    found = table.scan(path)
    assert [(f.line, f.field) for f in found.faults] == [(2, "n_share"), (3, "n_share"), (5, "row_id")]
    assert found.frame["n_share"].to_dict() == {"c": 0.25}
    assert found.lines.to_dict() == {"c": 4}
    with pytest.raises(InputError):
        table.read(path)
