"""A run appears whole or not at all, and the same inputs give the same bytes."""

import json
import os
from concurrent.futures.process import BrokenProcessPool

import pandas as pd
import pytest

import gadolin
from gadolin import fanout, runs
from gadolin.errors import InputError

FRAME = pd.DataFrame({"value_t_reo": [1.0, 2.0], "refs": [["deposits:a:x"], []]}, index=["a", "b"])


def write(out, frame=FRAME):
    with runs.open(out, {"name": "test"}, seed=1, inputs={"a": "0"}) as run:
        run.table("first", frame, {"value_t_reo": "counted"})
        run.text("brief.html", "<p>x</p>")


def test_same_inputs_same_bytes(tmp_path):
    write(tmp_path / "one")
    write(tmp_path / "two")
    a, b = (runs.read_manifest(tmp_path / n) for n in ("one", "two"))
    assert a["outputs"] == b["outputs"]
    assert a["id"] == b["id"]
    assert set(a) == set(runs.manifest_schema()["required"])
    pd.testing.assert_frame_equal(
        runs.read_table(tmp_path / "one", "first")[["value_t_reo"]], FRAME[["value_t_reo"]], check_names=False
    )
    assert str(tmp_path) not in (tmp_path / "one" / "manifest.json").read_text()


def crash(out, error):
    with runs.open(out, {}, 1, {}) as run:
        run.table("other", FRAME)
        raise error


def test_a_crash_leaves_the_previous_run(tmp_path):
    write(tmp_path / "run")
    before = (tmp_path / "run" / "manifest.json").read_bytes()
    for error in (RuntimeError, KeyboardInterrupt):
        with pytest.raises(error):
            crash(tmp_path / "run", error)
    assert (tmp_path / "run" / "manifest.json").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_an_earlier_run_is_replaced_and_nothing_else(tmp_path):
    write(tmp_path / "run")
    write(tmp_path / "run", FRAME.iloc[:1])
    assert len(runs.read_table(tmp_path / "run", "first")) == 1
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.doc").write_text("years of work")
    with pytest.raises(InputError, match="is not empty and is no run"):
        write(tmp_path / "mine")
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        write(tmp_path / "file")


def test_unreadable_runs_are_named(tmp_path):
    with pytest.raises(InputError, match="is no run"):
        runs.read_manifest(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"schema": "other"}))
    with pytest.raises(InputError, match="is not of schema"):
        runs.read_manifest(tmp_path)


def draw(item, seed):
    return (item, seed % 1000)


def test_workers_change_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("GADOLIN_CACHE", str(tmp_path))
    alone = fanout.over(draw, list(range(5)), workers=1, seed=3)
    assert fanout.over(draw, list(range(5)), workers=2, seed=3) == alone


def where(item, seed):
    return os.getcwd(), os.environ.get("GADOLIN_CACHE")


def test_processes_that_stay_follow_the_folder_and_the_cache(tmp_path, monkeypatch):
    """A case named by a relative path is found from where the program stands now."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        monkeypatch.setenv("GADOLIN_CACHE", str(tmp_path / name))
        here = (str(tmp_path / name), str(tmp_path / name))
        assert fanout.over(where, [0, 1], workers=2) == [here, here]


def fatal(item, seed):
    os._exit(3)


def test_processes_that_died_are_replaced():
    with pytest.raises(BrokenProcessPool):
        fanout.over(fatal, [0, 1], workers=2)
    assert len(fanout.over(where, [0, 1], workers=2)) == 2


def test_a_stopped_job_resumes(tmp_path, monkeypatch):
    monkeypatch.setenv("GADOLIN_CACHE", str(tmp_path))
    calls = []

    def fragile(item, seed):
        calls.append(item)
        if item == 2 and calls.count(2) == 1:
            raise KeyboardInterrupt
        return item

    with pytest.raises(KeyboardInterrupt):
        fanout.over(fragile, [0, 1, 2, 3], workers=1, key="k")
    assert fanout.over(fragile, [0, 1, 2, 3], workers=1, key="k") == [0, 1, 2, 3]
    assert calls == [0, 1, 2, 2, 3]


def test_a_copy_of_read_only_files_can_be_changed_and_removed(tmp_path):
    """An installed package may be read-only; what a user gets from it must not be."""
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "deals").mkdir(parents=True)
    for file in (source / "case.toml", source / "deals" / "a.toml"):
        file.write_text("x", "utf-8")
        file.chmod(0o444)
    (source / "deals").chmod(0o555)
    runs.copy_files(source, target)
    (source / "deals").chmod(0o755)
    assert runs.folder_digest(target) == runs.folder_digest(source)
    assert all(p.stat().st_mode & 0o200 for p in target.rglob("*"))


def test_versions_tell_two_states_of_one_release_apart(tmp_path, monkeypatch):
    before = runs.versions()["program"]
    for name in ("a.py", "atlas/data/deposits.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", "utf-8")
    monkeypatch.setattr(gadolin, "__path__", [str(tmp_path)])
    runs._program.cache_clear()
    first = runs.versions()["program"]
    (tmp_path / "atlas/data/deposits.csv").write_text("y", "utf-8")  # the run's inputs name this one
    runs._program.cache_clear()
    assert runs.versions()["program"] == first != before
    (tmp_path / "a.py").write_text("y", "utf-8")
    runs._program.cache_clear()
    assert runs.versions()["program"] != first
    runs._program.cache_clear()
