"""Every command: one JSON object on success and on failure, and the exit code that says which."""

import json
import shlex
from importlib import resources

import click
import pytest

from gadolin.cli.main import build, main

CASES = resources.files("gadolin.validation") / "cases"
DECLARATIONS = CASES / "trade_samples" / "my_export_declarations.csv"
SHOCK = '--shock "ban CHN oxide Dy from 2027 for 12 months"'

# (arguments, exit code); `{t}` is an empty folder
RIGHT = [
    ("atlas check", 0),
    ("atlas tables", 0),
    ("atlas show states", 0),
    ("atlas show states --fields", 0),
    ("atlas sources", 0),
    ("atlas export --to csv {t}/out", 0),
    ("init VNM {t}/case", 0),
    ("why price_deck:2024-12-31.Dy.oxide.deck:price_ex_vat_usd_per_kg", 0),
    ("position SGP", 0),
    ("validate risk", 0),
    ("separate malaysia my_kenering --cut 'Pr|Nd'", 0),
    ("flowsheet malaysia my_kenering --products NdPr,Dy", 0),
    ("plant malaysia kuantan-toll", 0),
    ("market malaysia", 0),
    (f"stress malaysia --futures 2 {SHOCK}", 0),
    ("risk malaysia --quiet", 0),
    ("compare malaysia --futures 2", 0),
    ("deal malaysia toll-kuantan --futures 2", 0),
    ("register check malaysia", 0),
    ("register list malaysia", 0),
    ("register minutes malaysia", 0),
    ("register due malaysia", 0),
    ("reply malaysia", 0),
    ("reply malaysia --lang ms", 0),
    ("case export malaysia {t}/malaysia.xlsx", 0),
    (f"moratorium check {DECLARATIONS}", 3),
    ("moratorium leaks malaysia", 3),
]
# each of these makes what the next one reads
SEQUENCE = [
    ("case export malaysia {t}/malaysia.xlsx", 0),
    ("case import {t}/malaysia.xlsx {t}/case", 0),
    ("moratorium permits grant {t}/book.sqlite P-1 --holder A --limit 3 --basis reo --message m-1", 0),
    ("moratorium permits pilot {t}/book.sqlite A --message m-2", 0),
    ("moratorium permits reserve {t}/book.sqlite P-1 1.5 --message m-3", 0),
    ("moratorium permits commit {t}/book.sqlite m-3 --tonnes 1.0 --message m-4", 0),
    ("moratorium permits release {t}/book.sqlite m-3 --message m-5", 0),
    ("moratorium permits draw {t}/book.sqlite P-1 2 --message m-6", 0),
    ("moratorium permits draw {t}/book.sqlite P-1 0.1 --message m-7", 3),
    ("moratorium permits show {t}/book.sqlite", 0),
    ("moratorium permits verify {t}/book.sqlite", 0),
]
BY_OTHER_TESTS = {
    "run": "tests/brief/test_job.py",
    "rerun": "tests/brief/test_job.py",
    "brief": "tests/brief/test_job.py",
    "review": "tests/economics/test_case_plants.py",
    "register seal": "tests/case/test_seals.py",
    "moratorium returns": "tests/moratorium/test_returns.py",
    "moratorium permits entries": "prints one JSON object for each line",
}
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
    ("separate malaysia nothing --cut 'Pr|Nd'", 2),
    ("separate malaysia my_kenering --cut 'Pr|Dy'", 2),
    ("separate malaysia my_kenering --cut 'Pr|Nd' --purity 2", 2),
    ("separate malaysia my_kenering --cut 'Pr|Nd' --extractant salt", 2),
    ("flowsheet malaysia my_kenering --products Unobtainium", 2),
    ("flowsheet XXX my_kenering --products Dy", 2),
    ("risk XXX", 2),
    ("compare XXX", 2),
    ("compare malaysia --futures 0", 2),
    ("deal malaysia nothing", 2),
    ("register check XXX", 2),
    ("register list XXX", 2),
    ("register minutes XXX", 2),
    ("register due XXX", 2),
    ("reply XXX", 2),
    ("reply malaysia --lang fr", 2),
    ("brief {t} --to pdf", 2),
    ("case export XXX {t}/x.xlsx", 2),
    ("case import {t}/nothing.xlsx {t}/case", 2),
    ("moratorium check {t}/nothing.csv", 2),
    ("moratorium returns {t}/nothing.csv", 2),
    ("moratorium leaks XXX", 2),
    ("moratorium permits show {t}/nothing.sqlite", 2),
    ("moratorium permits verify {t}/nothing.sqlite", 2),
    ("moratorium permits draw {t}/nothing.sqlite P-1 much --message m", 2),
    ("atlas sources nothing", 2),
    ("atlas tables nothing", 2),
    ("nothing", 2),
]


def _leaves(command, path=()):
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from _leaves(child, (*path, name))
    else:
        yield " ".join(path)


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


def test_what_one_command_makes_the_next_one_reads(tmp_path, capsys):
    for text, code in SEQUENCE:
        got, printed = call(text, tmp_path, capsys)
        assert got == code, f"{text}: {printed.out} {printed.err}"
        assert isinstance(json.loads(printed.out), dict), text


def test_every_command_is_called_here():
    """A new command needs a row that succeeds, here or in the test that is named."""
    called = [text for text, _ in RIGHT + SEQUENCE]
    commands = list(_leaves(build()))
    missing = [
        c for c in commands if c not in BY_OTHER_TESTS and not any(t == c or t.startswith(f"{c} ") for t in called)
    ]
    assert not missing
    assert set(BY_OTHER_TESTS) <= set(commands)


def test_no_cache_computes_in_a_folder_that_is_thrown_away(monkeypatch, tmp_path, capsys):
    from gadolin import position as room
    from gadolin.runs import cache_root

    seen = []
    monkeypatch.setenv("GADOLIN_CACHE", str(tmp_path / "kept"))
    real = room.position

    def looked_at(*arguments, **options):
        seen.append(cache_root())
        return real(*arguments, **options)

    monkeypatch.setattr(room, "position", looked_at)
    assert call("position SGP --no-cache", tmp_path, capsys)[0] == 0
    assert call("position SGP", tmp_path, capsys)[0] == 0
    assert seen[0] != tmp_path / "kept"
    assert not seen[0].exists()
    assert seen[1] == tmp_path / "kept"


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
