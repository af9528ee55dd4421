"""Registers: sound files read, every fault named with file and line, sealed scores, what is due, minutes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gadolin import case as cases
from gadolin.case.register_book import examine, open_book
from gadolin.case.registers import ALLOWED
from gadolin.case.why import why
from gadolin.cli.main import build
from gadolin.errors import InputError

CASE = '[case]\nname = "Test"\ncountry = "MYS"\ncurrency = "MYR"\n'

SOUND = """\
[[engagements]]
id = "E-1"
date = 2026-05-04
level = "minister"
form = "visit"
counterpart = "Ministry of Trade"
parties = ["MYS", "JPN"]
stages = ["separation"]
next_step = "send the feed assay"
next_due = 2026-06-01
follows = "AG-103"
history = [{on = 2026-05-04, status = "held", by = "A. Analyst", role = "analyst"}]

[[proposals]]
id = "P-1"
title = "Clay separation in Perak"
kind = "investment"
stage = "separation"
received = 2026-01-10
feed = ["my_kenering"]
history = [
  {on = 2026-01-10, status = "enquiry", by = "B", role = "analyst"},
  {on = 2026-01-20, status = "complete", by = "B", role = "analyst"},
  {on = 2026-02-01, status = "in_review", by = "C", role = "chair"},
  {on = 2026-03-20, status = "scored", by = "C", role = "chair"},
  {on = 2026-04-01, status = "approved_with_conditions", by = "C", role = "chair"},
]

[proposals.capex]
value = 250
low = 180
high = 400
unit = "million USD"
basis = "reported"
refs = ["agreements:AG-024:terms"]

[[advice]]
id = "A-1"
proposal = "P-1"
department = "Atomic Energy Department"
level = "federal"
date = 2026-02-10
kind = "proviso"
text = "residue below 1 Bq/g"

[[advice]]
id = "A-2"
proposal = "P-1"
department = "Perak land and mines office"
level = "state"
date = 2026-02-12
kind = "consent"
text = "no objection"

[[rounds]]
id = "R-1"
proposals = ["P-1"]
opens = 2026-03-01
closes = 2026-03-15
weights = {finance = 1, value_kept = 3}

[[scores]]
round = "R-1"
proposal = "P-1"
reviewer = "D"
criterion = "finance"
value = 2
reason = "thin margin"
date = 2026-03-02

[[scores]]
round = "R-1"
proposal = "P-1"
reviewer = "D"
criterion = "value_kept"
value = 4
reason = "oxide made at home"
date = 2026-03-02

[[decisions]]
id = "D-1"
proposal = "P-1"
date = 2026-04-01
body = "technical committee"
chair = "C"
outcome = "approved_with_conditions"
reason = "value stays at home"
votes_for = 5
votes_against = 1
answers = {A-1 = "made a condition"}
numbers = {capacity = "stage_costs:js-link-and-lynas-kuantan:capacity_value"}

[[decisions.conditions]]
text = "residue licence granted"
due = 2026-09-30
owner = "applicant"
history = [{on = 2026-04-01, status = "open", by = "C", role = "chair"}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A case with sound registers, in a path with a space."""
    home = tmp_path / "my case"
    (home / "registers").mkdir(parents=True)
    (home / "case.toml").write_text(CASE)
    (home / "registers" / "all.toml").write_text(SOUND)
    return home


def faults_of(folder: Path, text: str) -> list[str]:
    (folder / "registers" / "all.toml").write_text(text)
    return [str(f) for f in examine(cases.load(str(folder))).faults]


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_the_shipped_case_has_its_real_engagements() -> None:
    """They are the rows of the atlas, neither more nor less, and nothing is copied into the case."""
    case = cases.load("malaysia")
    table = case.table("agreements")
    listed = open_book(case).entries("engagements")
    assert {e.id for e in listed.entries} == set(table.index[table["is_engagement"]])
    assert all(e.ref == f"agreements:{e.id}:terms" for e in listed.entries)


def test_sound_registers(folder: Path) -> None:
    found = examine(cases.load(str(folder)))
    assert found.faults == ()
    assert {k: v for k, v in found.counts.items() if k != "facts"} == {
        "engagements": 1, "proposals": 1, "advice": 2, "rounds": 1, "scores": 2, "decisions": 1
    }  # fmt: skip


def test_scores_are_sealed_until_the_round_has_closed(folder: Path) -> None:
    """On the closing day and before it neither list nor weighted score gives a value; the day after they do."""
    case = cases.load(str(folder))
    for day in ("2026-03-05", "2026-03-15"):
        book = open_book(case, day)
        with pytest.raises(InputError, match="sealed until it has closed on 2026-03-15"):
            book.scores("R-1")
        assert {e.status for e in book.entries("scores").entries} == {"sealed"}
        assert "thin margin" not in json.dumps([book.entries().as_dict(), book.minutes().as_dict()])
    later = open_book(case, "2026-03-16")
    assert later.weighted("R-1") == {"P-1": ((1 * 2 + 3 * 4) / 4, 2, 4)}
    assert {e.status for e in later.entries("scores").entries} == {"2 of 5", "4 of 5"}


def test_what_is_due(folder: Path) -> None:
    """Own next steps and conditions with their day; a step that a later engagement takes up is gone."""
    case = cases.load(str(folder))
    items = open_book(case, "2026-07-01").due().items
    dated = [(i.due, i.about, i.overdue) for i in items if i.due]
    assert dated == [("2026-06-01", "E-1", True), ("2026-09-30", "D-1", False)]
    assert "AG-103" not in {i.about for i in items}
    assert "AG-103" in {i.about for i in open_book(cases.load("malaysia"), "2026-07-01").due().items}
    at = next(i.ref for i in items if i.about == "E-1")
    assert why(at, case).value == 'next_step = "send the feed assay"'


def test_minutes_print_each_number_with_source_and_date(folder: Path) -> None:
    minutes = open_book(cases.load(str(folder)), "2026-07-01").minutes("2026-04-01")
    decision = next(i for i in minutes.items if "D-1" in i["title"])
    assert {n["name"] for n in decision["numbers"]} == {"capacity", "capex"}
    for item in minutes.items:
        for number in item["numbers"]:
            assert number["sources"], number
    text = str(minutes)
    assert "answer: made a condition" in text
    assert "score in R-1: 3.50 of 5" in text
    assert "250 million USD (180-400) [reported]" in text


def test_all_faults_at_once_with_file_and_line(folder: Path) -> None:
    """Form, links, status change, role, consent, answer, seal and refs, each at its own line."""
    changed = {
        'follows = "AG-103"': 'follows = "AG-999"',
        'status = "complete", by = "B", role = "analyst"': 'status = "scored", by = "B", role = "analyst"',
        'feed = ["my_kenering"]': 'feed = ["my_kenerring"]',
        'date = 2026-03-02\n\n[[scores]]': 'date = 2026-03-20\n\n[[scores]]',
        'level = "state"': 'level = "federal"',
        'answers = {A-1 = "made a condition"}': "answers = {}",
        "stage_costs:js-link-and-lynas-kuantan:capacity_value": "stage_costs:no-such-row:capacity_value",
    }  # fmt: skip
    text = SOUND
    for old, new in changed.items():
        assert old in text, old
        text = text.replace(old, new, 1)
    faults = faults_of(folder, text)
    wanted = {
        'follows = "AG-999"': "is no other engagement",
        'status = "scored", by = "B"': 'is not allowed from "enquiry" (allowed: complete, returned, withdrawn)',
        "my_kenerring": 'is no deposit of the case; did you mean "my_kenering"?',
        "date = 2026-03-20": "must lie within the round",
        "answers = {}": 'does not answer proviso "A-1"',
        "no-such-row": "does not resolve",
    }
    for words, sentence in wanted.items():
        number = line_of(text, words)
        near = [f for f in faults if sentence in f]
        assert near, (sentence, faults)
        line = int(near[0].split()[0].rpartition(":")[2])
        assert near[0].startswith("registers/all.toml:"), near
        assert abs(line - number) <= (2 if "status" in words else 0), (near, number)
    assert any("consent of a state department" in f for f in faults)


def test_advice_before_its_proposal_is_refused(folder: Path) -> None:
    text = SOUND.replace("date = 2026-02-12", "date = 2026-01-02")
    at = f"registers/all.toml:{line_of(text, 'date = 2026-01-02')} "
    found = faults_of(folder, text)
    assert any(f.startswith(at) and "lies before the proposal was received (2026-01-10)" in f for f in found), found


def test_faults_of_form(folder: Path) -> None:
    text = SOUND.replace("received = 2026-01-10", 'received = "soon"').replace("value = 2\n", "value = 7\n")
    text = text.replace('stage = "separation"', 'stage = "seperation"').replace("votes_for", "votes_fro")
    faults = faults_of(folder, text)
    for words, sentence in {
        'received = "soon"': "must be a date: 2026-03-31, 2026-03 or 2026",
        "value = 7": "must be at most 5",
        'stage = "seperation"': 'is no stage and no topic; did you mean "separation"?',
        "votes_fro": 'is not a key here; did you mean "votes_for"?',
    }.items():
        at = f"registers/all.toml:{line_of(text, words)} "
        assert any(f.startswith(at) and sentence in f for f in faults), (at, sentence, faults)


def test_a_history_begins_when_the_proposal_was_received(folder: Path) -> None:
    text = SOUND.replace('{on = 2026-01-10, status = "enquiry"', '{on = 2026-01-09, status = "enquiry"')
    assert text != SOUND
    found = faults_of(folder, text)
    assert [f for f in found if "lies before the proposal was received (2026-01-10)" in f], found
    assert not faults_of(
        folder, SOUND.replace('{on = 2026-01-10, status = "enquiry"', '{on = 2026-01-11, status = "enquiry"')
    )


def test_faults_of_form_hide_nothing_else_and_invent_nothing(folder: Path) -> None:
    """Refs, numbers and names of records of wrong form are looked up; what names such a record stays sound."""
    changes = {
        'kind = "investment"': 'kind = "investments"',
        'feed = ["my_kenering"]': 'feed = ["my_kenerring"]',
        "agreements:AG-024:terms": "agreements:AG-999:terms",
        'level = "federal"\ndate = 2026-02-10': 'level = "federl"\ndate = 2026-02-10',
        "stage_costs:js-link-and-lynas-kuantan:capacity_value": "stage_costs:no-such-row:capacity_value",
        "value = 2\n": "value = 7\n",
        'round = "R-1"\nproposal = "P-1"': 'round = "R-9"\nproposal = "P-1"',
        'follows = "AG-103"': 'follows = "AG-999"\ncolour = "red"',
    }
    text = SOUND
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new, 1)
    faults = faults_of(folder, text)
    wanted = {
        "investments": "must be one of investment",
        "my_kenerring": "is no deposit of the case",
        "agreements:AG-999:terms": "does not resolve",
        '"federl"': "must be one of federal, state",
        "no-such-row": "does not resolve",
        "value = 7": "must be at most 5",
        '"R-9"': "is no record of rounds",
        '"AG-999"\n': "is no record of engagements",
        "colour": "is not a key here",
    }
    for words, sentence in wanted.items():
        at = f"registers/all.toml:{line_of(text, words)} "
        assert [f for f in faults if f.startswith(at) and sentence in f], (at, sentence, faults)
    assert len(faults) == len(wanted), faults


@pytest.mark.parametrize(("register", "before", "after", "roles"), ALLOWED)
def test_allowed_changes_start_somewhere(register: str, before: str, after: str, roles: tuple[str, ...]) -> None:
    """Every status of the table can be reached from the start, and somebody may set it."""
    reached = {""}
    for _ in ALLOWED:
        reached |= {to for kind, frm, to, _ in ALLOWED if kind == register and frm in reached}
    assert {before, after} <= reached
    assert roles


def test_commands(folder: Path) -> None:
    run = CliRunner()
    assert run.invoke(build(), ["register", "check", str(folder)]).exit_code == 0
    (folder / "registers" / "all.toml").write_text(SOUND.replace('proposal = "P-1"', 'proposal = "P-2"', 1))
    bad = run.invoke(build(), ["register", "check", str(folder), "--json"])
    assert bad.exit_code == 3
    assert json.loads(bad.stdout)["ok"] is False
    assert run.invoke(build(), ["register", "due", str(folder)]).exit_code != 3
