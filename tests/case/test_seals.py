"""Seals of the registers: growth is allowed, silent change is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.case.test_registers import CASE, SOUND

from gadolin import case as cases
from gadolin.case.register_book import examine
from gadolin.case.register_seals import FILE, seal
from gadolin.cli.main import main
from gadolin.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "my case"
    (made / "registers").mkdir(parents=True)
    (made / "case.toml").write_text(CASE, "utf-8")
    (made / "registers" / "all.toml").write_text(SOUND, "utf-8")
    seal(cases.load(str(made)), "2026-06-30", "secretariat")
    return made


def after(folder: Path, old: str, new: str) -> list[str]:
    """Faults once some words of the registers were replaced."""
    file = folder / "registers" / "all.toml"
    assert old in file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace(old, new, 1), "utf-8")
    return [str(f) for f in examine(cases.load(str(folder))).faults]


def test_sealed_and_untouched_is_sound_and_a_history_may_grow(folder: Path) -> None:
    assert examine(cases.load(str(folder))).ok
    grown = (
        '"held", by = "A. Analyst", role = "analyst"}, {on = 2026-07-01, status = "closed", by = "C", role = "chair"}]'
    )
    assert after(folder, '"held", by = "A. Analyst", role = "analyst"}]', grown) == []
    assert after(folder, "[[engagements]]", "# a comment\n[[engagements]]") == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("value = 250", "value = 251", "proposals:P-1 was changed since seal 1 of 2026-06-30 by secretariat"),
        ('by = "B"', 'by = "D"', "proposals:P-1 was changed in its history"),
        ('id = "E-1"', 'id = "E-2"', "engagements:E-1 was removed"),
    ],
)
def test_a_change_is_a_fault_until_a_seal_names_it_with_a_reason(folder: Path, old: str, new: str, words: str) -> None:
    assert any(words in fault for fault in after(folder, old, new))
    case = cases.load(str(folder))
    with pytest.raises(InputError, match="say why with --reason"):
        seal(case, "2026-07-01", "secretariat")
    made = seal(case, "2026-07-01", "secretariat", "typing error")
    assert made.changed
    assert made.number == 2
    assert examine(cases.load(str(folder))).ok
    assert "typing error" in (folder / FILE).read_text("utf-8")


def test_a_seal_that_was_written_anew_does_not_follow(folder: Path) -> None:
    """Changing the record and its hash in the seal breaks the seal's own hash, or the link of the next."""
    seal(cases.load(str(folder)), "2026-07-01", "secretariat")
    file = folder / FILE
    first, second = file.read_text("utf-8").splitlines()
    file.write_text(first.replace("secretariat", "somebody") + "\n" + second + "\n", "utf-8")
    assert [str(f) for f in examine(cases.load(str(folder))).faults] == [
        f"{FILE}:1   does not follow from the seal before, or was changed"
    ]
    file.write_text(second + "\n", "utf-8")
    assert not examine(cases.load(str(folder))).ok
    for rubbish in (b"\xff", b"[1]\n", b"null\n", b'{"number": 1}\n'):
        file.write_bytes(rubbish)
        assert "is no seal" in str(examine(cases.load(str(folder))).faults[0])
    with pytest.raises(InputError, match="is no seal"):
        seal(cases.load(str(folder)), "2026-07-02", "secretariat")


def test_days_run_forward_and_the_bare_view_has_no_folder(folder: Path) -> None:
    for day in ("2026-06-29", "2026-07", "soon"):
        with pytest.raises(InputError):
            seal(cases.load(str(folder)), day, "secretariat")
    with pytest.raises(InputError, match="has no folder"):
        seal(cases.load("VNM"), "2026-07-01", "secretariat")


def run(*arguments: str) -> int:
    """Exit code of a command."""
    with pytest.raises(SystemExit) as stopped:
        main([*arguments])
    return int(str(stopped.value.code or 0))


def test_the_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("register", "seal", str(folder), "--by", "secretariat", "--on", "2026-07-01", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert made["number"] == 2
    assert len(made["hash"]) == 64
    after(folder, "value = 250", "value = 251")
    assert run("register", "check", str(folder)) == 3
    assert "was changed since seal 2" in capsys.readouterr().out
    assert run("register", "minutes", str(folder), "--since", "2026-99-99") == 2
