"""Every command: one JSON object on success and on failure, and the exit code that says which."""

import json
import shlex

import pytest

from gadolin.cli.main import main

# (arguments, exit code); `{t}` is an empty folder
RIGHT = [
    ("atlas tables", 0),
    ("atlas show states", 0),
    ("atlas show states --fields", 0),
    ("atlas sources", 0),
    ("atlas export --to csv {t}/out", 0),
    ("init VNM {t}/case", 0),
    ("why price_deck:2024-12-31.Dy.oxide.deck:price_ex_vat_usd_per_kg", 0),
    ("position SGP", 0),
    ("validate risk", 0),
]
WRONG = [
    ("atlas show stats", 2),
    ("atlas show states --where name", 2),
    ("atlas show states --where nmae=Perak", 2),
    ("atlas check {t}/nowhere", 2),
    ("atlas export --to csv {t}", 0),  # an empty folder is as good as a new one
    ("atlas export --to docx {t}/out", 2),
    ("init XXX {t}/case", 2),
    ("why deposits:nothing:resource_t_treo", 2),
    ("why deposits", 2),
    ("position XXX", 2),
    ("position malaysia --as-of soon", 2),
    ("position", 2),
    ("plant malaysia nothing", 2),
    ("plant XXX nothing", 2),
    ("market XXX", 2),
    ("stress malaysia", 2),
    ('stress malaysia --shock "bann CHN oxide"', 2),
    ("run XXX --out {t}/run", 2),
    ("rerun {t}", 2),
    ("rerun {t}/nowhere", 2),
    ("review {t}/nowhere.json", 2),
    ("validate nothing", 2),
    ("validate --cases {t}", 2),
    ("nothing", 2),
]


def call(text, folder, capsys):
    with pytest.raises(SystemExit) as ended:
        main([*shlex.split(text.format(t=folder)), "--json"])
    return ended.value.code, capsys.readouterr()


@pytest.mark.parametrize(("text", "code"), RIGHT, ids=[t for t, _ in RIGHT])
def test_success_is_one_object(text, code, tmp_path, capsys):
    got, printed = call(text, tmp_path, capsys)
    assert got == code, printed.err
    record = json.loads(printed.out)
    assert isinstance(record, dict)
    assert "error" not in record
    assert str(tmp_path) not in printed.out


@pytest.mark.parametrize(("text", "code"), WRONG, ids=[t for t, _ in WRONG])
def test_a_failure_is_one_object_too_and_never_a_traceback(text, code, tmp_path, capsys):
    got, printed = call(text, tmp_path, capsys)
    assert got == code, printed.out
    record = json.loads(printed.out)
    assert ("error" in record) == (code != 0)
    if code:
        assert record["error"]["message"]
    assert "Traceback" not in printed.out + printed.err


def test_the_answer_no_is_3_and_a_faulty_file_elsewhere_is_2(tmp_path, capsys):
    (tmp_path / "case.toml").write_text('[case]\nname = "M"\ncountry = "MYS"\ncurrency = "MYR"\n')
    (tmp_path / "states.csv").write_text("row_id\nMY-08\n")
    for text, code in (("atlas check {t}", 3), ("position {t}", 2), ("run {t} --out {t}/run", 2)):
        got, printed = call(text, tmp_path, capsys)
        assert got == code, text
        assert "states.csv" in printed.out
    assert not (tmp_path / "run").exists()


def test_a_failed_check_is_3(tmp_path, capsys):
    row = {"id": "x", "group": "geopolrisk", "quantity": "gprs_score", "country_iso3": "MYS", "year": 2020,
           "value": 0.5, "basis": "measured", "rel_tol": 1e-5, "source_title": "made up"}  # fmt: skip
    (tmp_path / "mine.json").write_text(json.dumps({"values": [row]}))
    got, printed = call(f"validate risk --cases {tmp_path}/mine.json", tmp_path, capsys)
    assert got == 3
    (check,) = json.loads(printed.out)["checks"]
    assert (check["status"], check["expected"]) == ("fail", 0.5)
    assert set(check) >= {"claim", "source", "expected", "got", "tolerance", "status"}


def test_a_defect_is_1_and_an_interruption_130(monkeypatch, tmp_path, capsys):
    from gadolin import position as room

    for error, code in ((ZeroDivisionError("x"), 1), (KeyboardInterrupt(), 130)):

        def broken(*_, error=error):
            raise error

        monkeypatch.setattr(room, "position", broken)
        got, printed = call("position SGP", tmp_path, capsys)
        assert got == code
        assert json.loads(printed.out)["error"]["message"]


def test_the_same_question_prints_the_same_bytes(tmp_path, capsys):
    first = call("position LAO", tmp_path, capsys)[1].out
    assert first == call("position LAO", tmp_path, capsys)[1].out
