"""`gadolin atlas`: what it shows, and its exit codes."""

from __future__ import annotations

import json

import pytest

from gadolin.cli.main import main


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(["atlas", *arguments])
    return ended.value.code, capsys.readouterr()


def test_tables(capsys):
    code, said = run(capsys, "tables", "--json")
    rows = {t["table"]: t["rows"] for t in json.loads(said.out)["tables"]}
    assert code == 0
    assert rows["export_rules"] == 105
    assert rows["agreements"] == 140
    assert "export_rules" in run(capsys, "tables")[1].out


def test_show_with_conditions(capsys):
    arguments = ("show", "policies", "--where", "country_iso3=CHN", "--where", "stages=magnet", "--json")
    code, said = run(capsys, *arguments)
    record = json.loads(said.out)
    assert code == 0
    assert {r["country_iso3"] for r in record["rows"]} == {"CHN"}
    assert all("magnet" in r["stages"] for r in record["rows"])
    assert record["missing"]["end_date"] == "open, or not known"
    assert record["rows"][0]["hs_codes"] == [] or isinstance(record["rows"][0]["hs_codes"], list)


def test_show_compares_numbers_as_numbers_and_finds_blanks(capsys):
    code, said = run(capsys, "show", "policies", "--where", "rate_value=110.0", "--json")
    assert code == 0
    assert [r["row_id"] for r in json.loads(said.out)["rows"]] == ["USA-02", "JPN-03"]
    _, said = run(capsys, "show", "export_rules", "--where", "country_iso3=", "--json")
    assert [r["row_id"] for r in json.loads(said.out)["rows"]] == ["ANY-D-01"]


def test_show_as_text(capsys):
    _, said = run(capsys, "show", "export_rules", "--where", "row_id=MYS-M-01")
    assert "GAZETTED INSTRUMENT NEVER FOUND" in said.out
    _, said = run(capsys, "show", "policies")
    assert max(map(len, said.out.splitlines())) <= 160
    assert said.out.rstrip().endswith("more columns with --json")
    _, said = run(capsys, "show", "policies", "--where", "country_iso3=LAO")
    assert said.out == "0 rows\n"
    _, said = run(capsys, "show", "policies", "--fields")
    assert "blank: not known, or not in force" in said.out


def test_sources(capsys):
    code, said = run(capsys, "sources", "--json")
    found = json.loads(said.out)["sources"]
    assert code == 0
    assert len(found) > 1000
    assert sum(s["used_by_rows"] for s in found) > 60_000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "policis"), 'did you mean "policies"?'),
        (("show", "policies", "--where", "contry=MYS"), "has no column"),
        (("show", "policies", "--where", "MYS"), "must be COLUMN=VALUE"),
        (("check", "nowhere"), "is not a folder"),
        (("export", "--to", "ods", "x"), "Invalid value for '--to'"),
    ],
)
def test_bad_input_is_exit_2(capsys, arguments, words):
    code, said = run(capsys, *arguments)
    assert code == 2
    assert words in said.err
    code, said = run(capsys, *arguments, "--json")
    assert code == 2
    assert words in json.loads(said.out)["error"]["message"]


def test_check_of_a_folder(capsys, tmp_path):
    head = "row_id,country_iso3,name,other_names,basis,source_id,note\n"
    (tmp_path / "states.csv").write_text(head + "MY-01,MYS,Johor,,reported,no-title-given,\n")
    assert run(capsys, "check", str(tmp_path))[0] == 0
    (tmp_path / "states.csv").write_text(head + "MY-01,MYX,Johor,,reported,no-title-given,\n")
    code, said = run(capsys, "check", str(tmp_path), "--json")
    (fault,) = json.loads(said.out)["faults"]
    assert code == 3
    assert (fault["file"], fault["line"], fault["field"], fault["value"]) == ("states.csv", 2, "country_iso3", "MYX")
    assert "gadolin atlas show TABLE --fields" in run(capsys, "check", str(tmp_path))[1].out
