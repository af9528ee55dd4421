"""Forty mistakes in a copied folder: each is found with file, line and field, and nothing else is said."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
import xlsxwriter

from gadolin.atlas.checks import check, examine
from gadolin.atlas.read import data_folder
from gadolin.errors import InputError

SEEDED = (
    # numbers
    ("deposits", "my_national.rmk11_preliminary", "resource_value", "-16100000"),
    ("deposits", "my_national.rmk11_parliament_2023", "resource_value", "NaN"),
    ("deposits", "my_perak.jmg_2023", "resource_value", "1,6"),
    ("reserves", "USA.MCS2026", "reserves_t_reo", "1 900 000"),
    ("reserves", "AUS.MCS2026", "reserves_t_reo", "inf"),
    ("facilities", "MYS-SEPA-002", "capacity_value", "about 10500"),
    ("processing_shares", "2024.import_usa.CHN.us-imports-of-ree.usgs-mineral-commodity", "share_pct", "710"),
    ("separation_factors", "d2ehpa.Ce-La.compare_only.mason-1976-j-inorg-nucl-ch", "beta", "0"),
    ("stage_costs", "lynas-kalgoorlie", "capex_musd", "530.1.2"),
    ("incentives", "IN-02", "statutory_income_offset_pct", "170"),
    # closed lists
    ("facilities", "MYS-CRAC-001", "stage", "seperation"),
    ("deposits", "my_pahang.state_2025", "basis", "guess"),
    ("agreements", "AG-003", "form", "meeting"),
    ("policies", "CHN-03", "instrument", "licence"),
    ("events", "EV-001", "kind", "quota"),
    ("export_rules", "MYS-M-01", "operator", "equals"),
    ("export_rules", "MYS-M-03", "effect", "may_go"),
    ("trade_codes", "TC-056", "elements", "Sm;Xx"),
    ("partner_facts", "VNM.reserve", "group", "ore"),
    # dates, years, flags
    ("agreements", "AG-004", "date", "29/10/2025"),
    ("policies", "MYS-01", "effective_date", "2024-13-01"),
    ("events", "EV-003", "date", "July 2010"),
    ("processing_shares", "2024.import_usa.EST.us-imports-of-ree.usgs-mineral-commodity", "year", "24"),
    ("facilities", "MYS-SEPA-003", "sum_ok", "true"),
    ("stage_costs", "lynas-kalgoorlie-estimate-2022", "price_year", "2022.5"),
    # blanks
    ("reserves", "CHN.MCS2026", "country_iso3", ""),
    ("agreements", "AG-005", "terms", ""),
    ("export_rules", "MYS-M-05", "clause", ""),
    # foreign keys, in single cells and in lists
    ("events", "EV-004", "actors", "ZZZ"),
    ("events", "EV-005", "source_id", "no-such-source"),
    ("policies", "CHN-18", "targets", "USA;XXX"),
    ("agreements", "AG-006", "parties", "MYS;QQQ"),
    ("export_rules", "MYS-X-01", "exception_of", "MYS-M-01;MYS-M-99"),
    ("incentives", "IN-19", "state", "MY-99"),
    ("partner_facts", "JPN.processing_share", "country_iso3", "JAP"),
    # rules over a row
    ("export_rules", "MYS-P-05", "value", "100000 t"),
    ("agreements", "AG-017", "is_engagement", "no"),
    ("policies", "MYS-06", "may_be_instrument", "yes"),
    ("policies", "CHN-20", "firms_complete", "yes"),
    # a place outside its country
    ("facilities", "MYS-SEPA-002", "lat_deg", "53.98"),
)


def seed(folder: Path, faults) -> set[tuple[str, int, str]]:
    """Copy the tables that are changed, change one cell per fault, and say where each stands."""
    at = set()
    for name in sorted({f[0] for f in faults}):
        with (data_folder() / f"{name}.csv").open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        lines, line = {}, 2
        for row in rows:
            lines[row["row_id"]] = line
            line += 1 + sum(v.count("\n") for v in row.values())
        for _, row_id, column, value in (f for f in faults if f[0] == name):
            next(r for r in rows if r["row_id"] == row_id)[column] = value
            at.add((f"{name}.csv", lines[row_id], column))
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    return at


def test_forty_seeded_faults_are_each_found(tmp_path):
    assert len(SEEDED) == 40
    expected = seed(tmp_path, [f for f in SEEDED if f[2] != "lat_deg"])
    found = check(tmp_path)
    assert {(f.file, f.line, f.field) for f in found} == expected
    assert all(f.allowed for f in found)


def test_a_trap_over_several_tables_has_its_line(tmp_path):
    expected = seed(tmp_path, [SEEDED[-1]])
    (fault,) = check(tmp_path)
    assert {(fault.file, fault.line, fault.field)} == expected
    assert fault.allowed.startswith("must lie inside MYS")


def test_an_untouched_copy_and_a_broken_one(tmp_path):
    for name in ("deposits", "countries", "sources", "states"):
        shutil.copy(data_folder() / f"{name}.csv", tmp_path)
    checked = examine(tmp_path)
    assert checked.faults == ()
    assert checked.tables == ("countries", "deposits", "sources", "states")
    (tmp_path / "states.csv").write_bytes(b"\x00\x01")
    (tmp_path / "countries.csv").write_text("row_id;name\n")
    assert {f.file for f in check(tmp_path)} == {"states.csv", "countries.csv"}


def test_new_rows_may_name_each_other(tmp_path):
    (tmp_path / "states.csv").write_text(
        "row_id,country_iso3,name,other_names,basis,source_id,note\nMY-20,MYS,New,,reported,new-source,\n"
    )
    assert [f.field for f in check(tmp_path)] == ["source_id"]
    (tmp_path / "sources.csv").write_text("row_id,title,url,date,licence\nnew-source,A title,,,\n")
    assert check(tmp_path) == []


def test_files_that_are_no_table(tmp_path):
    (tmp_path / "deposit.csv").write_text("row_id\n")
    (tmp_path / "case.toml").write_text("")
    with xlsxwriter.Workbook(str(tmp_path / "states.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["row_id", "country_iso3", "name", "other_names", "basis", "source_id", "note"])
        sheet.write_row(1, 0, ["MY-01", "MYS", "Johor", "", "hearsay", "no-title-given", ""])
    found = check(tmp_path)
    assert [str(f) for f in found] == [
        'deposit.csv   is no table of the atlas; did you mean "deposits"?',
        'states.xlsx:2  basis = "hearsay"   must be one of measured, reported, derived, estimate, memory',
    ]
    shutil.copy(data_folder() / "states.csv", tmp_path)
    assert any("stands beside states.csv" in f.allowed for f in check(tmp_path))
    with pytest.raises(InputError, match="is not a folder"):
        check(tmp_path / "nowhere")


@pytest.mark.long
def test_every_shipped_row_is_sound():
    checked = examine()
    assert checked.faults == ()
    assert checked.rows > 65_000
