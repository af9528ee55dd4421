"""The main job: the same bytes twice, proven again, tampering found, and an old run survives what goes wrong."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from gadolin import brief, case, runs
from gadolin.brief import html, job
from gadolin.brief.sections import position
from gadolin.errors import InputError


@pytest.fixture(autouse=True, scope="module")
def light():
    """Only the sections of the position; the tutorial's test and the long one write whole runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "all_tables", position.tables)
        patch.setattr(job, "all_sections", position.sections)
        yield


@pytest.fixture(scope="module")
def written(light, tmp_path_factory):
    """A run of the smallest shipped case, in a folder with a space in its name."""
    out = tmp_path_factory.mktemp("a folder") / "my run"
    return brief.run(case.load("vietnam"), out, futures=2)


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_run_holds_what_a_stranger_needs(written):
    names = set(tree(written.folder))
    assert {"manifest.json", "brief.html", "case/case.toml"} <= names
    assert any(n.startswith("tables/") for n in names)
    manifest = runs.read_manifest(written.folder)
    assert set(manifest["outputs"]) == names - {"manifest.json"}
    assert manifest["decides"]["command"] == {
        "name": "run",
        "case": "vietnam",
        "as_of": None,
        "futures": 2,
        "language": "en",
    }


def test_no_machine_stands_in_it(written):
    """No absolute path and no host name, in any file."""
    words = [str(written.folder.parent), os.uname().nodename, os.path.expanduser("~") + "/"]
    for name, content in tree(written.folder).items():
        for word in words:
            assert word.encode() not in content, f"{name} holds {word}"


def test_the_same_bytes_again(written, tmp_path):
    again = brief.run(case.load("vietnam"), tmp_path / "run", futures=2, workers=2)
    old, new = tree(written.folder), tree(tmp_path / "run")
    assert again.id == written.id
    assert set(old) == set(new)
    assert [n for n in old if n != "manifest.json" and old[n] != new[n]] == []
    assert again.as_dict() == written.as_dict()


def test_rerun_proves_a_sound_run_and_finds_tampering(written, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(written.folder, folder)
    sound = brief.rerun(folder)
    assert (sound.same, str(sound)) == (True, "Same bytes.")
    page = folder / "brief.html"
    page.write_text(page.read_text("utf-8") + "<p>and it pays</p>", "utf-8")
    (folder / "case" / "case.toml").write_text(
        (folder / "case" / "case.toml").read_text("utf-8").replace("0.08", "0.02"), "utf-8"
    )
    found = brief.rerun(folder)
    assert not found.same
    assert "brief.html was changed after the run was written" in found.why
    assert any("case.toml" in w for w in found.why)
    assert "Differs:" in str(found)


def test_rerun_refuses_what_is_no_run(tmp_path):
    with pytest.raises(InputError, match="is no run"):
        brief.rerun(tmp_path)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interruption_leaves_the_old_run(written, tmp_path, monkeypatch, error):
    folder = tmp_path / "run"
    shutil.copytree(written.folder, folder)
    before = tree(folder)

    def broken(*_):
        raise error

    monkeypatch.setattr(html, "render", broken)
    with pytest.raises(error):
        brief.run(case.load("vietnam"), folder, futures=2)
    assert tree(folder) == before
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_a_folder_of_something_else_is_never_touched(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="is not empty and is no run"):
        brief.run(case.load("vietnam"), tmp_path, futures=2)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_record_of_a_run_is_the_same_in_any_folder(written):
    text = json.dumps(written.as_dict(), default=str)
    assert str(written.folder) not in text


def without_network():
    """The command that takes the network away, or None where the system does not allow it."""
    for start in (["unshare", "-n"], ["unshare", "-r", "-n"]):
        if (
            shutil.which("unshare")
            and subprocess.run([*start, "true"], capture_output=True, check=False).returncode == 0
        ):
            return start
    return None


@pytest.mark.long
@pytest.mark.skipif(without_network() is None, reason="unshare may not take the network away here")
def test_a_whole_run_works_offline_from_a_path_with_spaces_and_is_proven(tmp_path):
    folder = tmp_path / "a path"
    folder.mkdir()
    for words in (["run", "malaysia", "--quick", "--out", "my run"], ["rerun", "my run", "--workers", "1"]):
        command = [*without_network(), sys.executable, "-m", "gadolin", *words]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert done.stdout.strip() == "Same bytes."
    assert (folder / "my run" / "brief.html").exists()
