"""Exports hold every row, the data package is up to date, and the public tool reads and validates it."""

from __future__ import annotations

import json

import frictionless
import pandas as pd
import pyarrow.parquet as pq
import pytest

from gadolin.atlas import datapackage, declared, table
from gadolin.atlas import export as exporting
from gadolin.atlas.read import data_folder
from gadolin.errors import InputError
from gadolin.tables import Table

SMALL = ("states", "events", "export_rules", "reserves")


@pytest.fixture
def small(monkeypatch):
    """Only some tables, so that a test is quick."""
    frames = {name: table(name) for name in SMALL}
    monkeypatch.setattr(exporting, "all_tables", lambda: frames)
    return frames


def test_csv_reads_back_equal(small, tmp_path):
    folder = exporting.export("csv", tmp_path / "out")
    for name, frame in small.items():
        pd.testing.assert_frame_equal(declared(name).read(folder / f"{name}.csv"), frame)
    assert {r["name"] for r in json.loads((folder / "datapackage.json").read_text())["resources"]} == set(SMALL)


def test_parquet_holds_typed_columns_and_lists(small, tmp_path):
    folder = exporting.export("parquet", tmp_path / "out")
    rules = pq.read_table(folder / "export_rules.parquet")
    assert rules.num_rows == 105
    row = rules.to_pylist()[0]
    assert row["row_id"] == "MYS-B-01"
    assert row["subject_stage"] == ["mining", "mixed_carbonate"]
    assert row["hs_codes"] == []
    assert row["effective_date"] is None
    assert str(pq.read_table(folder / "events.parquet").schema.field("effect_value").type) == "double"


def test_a_workbook_has_a_sheet_per_table_and_a_dictionary(small, tmp_path):
    folder = exporting.export("xlsx", tmp_path / "out")
    path = folder / "atlas.xlsx"
    dictionary = pd.read_excel(path, sheet_name="dictionary", engine="calamine", keep_default_na=False)
    assert set(dictionary["table"]) == set(SMALL)
    assert "reserves_t_reo" in set(dictionary["column"])
    pd.testing.assert_frame_equal(declared("reserves").read(path, sheet="reserves"), small["reserves"])
    again = exporting.export("xlsx", tmp_path / "again")
    assert (again / "atlas.xlsx").read_bytes() == path.read_bytes()


def test_export_never_writes_over_something(small, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something already"):
        exporting.export("csv", tmp_path)
    with pytest.raises(InputError, match="must be one of xlsx, csv, parquet"):
        exporting.export("ods", tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_failed_export_leaves_nothing(small, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(Table, "write", fail)
    with pytest.raises(OSError, match="disk full"):
        exporting.export("csv", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_the_data_package_is_up_to_date():
    shipped = json.loads((data_folder() / datapackage.FILE).read_text("utf-8"))
    assert shipped == datapackage.build(), "run: python -m gadolin.atlas.datapackage"


def validated(names):
    """Report of the public tool on some resources, each with the tables its keys name."""
    record = datapackage.build()
    record["resources"] = [r for r in record["resources"] if r["name"] in names]
    return frictionless.Package.from_descriptor(record, basepath=str(data_folder())).validate()


def test_the_public_tool_validates_small_tables():
    report = validated(("sources", "countries", "states", "export_rules", "events"))
    assert report.valid, report.flatten(["title", "message"])


def test_the_public_tool_would_find_a_fault(tmp_path):
    for name in ("states", "countries", "sources"):
        declared(name).write(table(name), tmp_path / f"{name}.csv")
    path = tmp_path / "states.csv"
    path.write_text(path.read_text().replace("MY-01,MYS", "MY-01,ZZZ").replace("MY-03,MYS", "MY-02,MYS"))
    package = frictionless.Package.from_descriptor(datapackage.build(tmp_path), basepath=str(tmp_path))
    kinds = {kind for (kind,) in package.validate().flatten(["type"])}
    assert {"foreign-key", "primary-key"} <= kinds


@pytest.mark.long
def test_the_public_tool_validates_the_whole_package():
    report = frictionless.Package(str(data_folder() / datapackage.FILE)).validate()
    assert report.valid, report.flatten(["title", "message"])
