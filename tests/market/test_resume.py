"""The same bytes whatever the number of workers, and after a killed run; another year and own tables by one call."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gadolin import case
from gadolin.market.calibrate import calibrate
from gadolin.market.futures import sample
from gadolin.market.shorthand import parse_all
from gadolin.risk.stresses import stress
from tests.market.test_calibrate import small

SHOCK = "ban CHN oxide Dy to JPN from 2025 for 12 months"

RUN = f"""
import sys, time
from gadolin.market.calibrate import calibrate
from gadolin.market.futures import sample
from gadolin.market.shorthand import parse_all
from gadolin.risk.stresses import stress
from tests.market.test_calibrate import small

def told(done, total):
    print(done, total, flush=True)
    time.sleep(60)

stress({{"x": calibrate(small())}}, parse_all("{SHOCK}"), sample(6, seed=2), "JPN", resume=True, progress=told)
"""


def answer(workers, futures=6, **more):
    found = stress({"x": calibrate(small())}, parse_all(SHOCK), sample(futures, seed=2), "JPN", workers=workers, **more)
    return json.dumps(found.as_dict(), sort_keys=True)


@pytest.mark.long
def test_workers_change_no_byte():
    assert answer(1, 8) == answer(2, 8) == answer(4, 8)


def test_a_killed_run_resumes_to_the_same_bytes(tmp_path, monkeypatch):
    """Killed after its first group of futures, by the signal that leaves no time to tidy up."""
    monkeypatch.setenv("GADOLIN_CACHE", str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", RUN], stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as run:
        assert run.stdout is not None
        assert run.stdout.readline().split() == ["1", "3"]
        run.send_signal(signal.SIGKILL)
    kept = list(tmp_path.rglob("*.pkl"))
    assert len(kept) == 1
    steps = []
    resumed = answer(1, resume=True, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(2, 3), (3, 3)], "what was finished is not done again"
    assert resumed == answer(1)


def test_another_shock_takes_nothing_from_the_kept_futures(tmp_path, monkeypatch):
    monkeypatch.setenv("GADOLIN_CACHE", str(tmp_path))
    answer(1, resume=True)
    other = parse_all("ban CHN oxide Dy 50% to JPN from 2025 for 12 months")
    world = {"x": calibrate(small())}
    again = stress(world, other, sample(6, seed=2), "JPN", resume=True)
    assert again.as_dict() == stress(world, other, sample(6, seed=2), "JPN").as_dict()


@pytest.mark.long
@pytest.mark.parametrize("year", [2019, 2021])
def test_another_base_year_by_one_call(year):
    world = case.load("malaysia").inputs.world_of(year)
    assert world.year == year
    facts = world.calibration.facts
    assert not [r for refs in facts.refs for r in refs if r.startswith(f"trade:{year + 1}")]
    assert any(r.startswith(f"mine_production:{year}") or f"{year}" in r for refs in facts.refs for r in refs)


@pytest.mark.long
def test_own_tables_by_one_call(tmp_path):
    """A case that knows another output of Australia, in both tables that state it, gets a world that holds it."""
    with_own = tmp_path / "mine"
    shutil.copytree(Path(str(case.shipped()["malaysia"])), with_own)
    loaded = case.load("malaysia")
    for name in ("mine_production", "mine_production_wmd"):
        table = loaded.table(name)
        rows = table[(table.year == 2024) & (table.country_iso3 == "AUS")]
        changed = rows.assign(output_t_reo=60_000.0).replace({True: "yes", False: "no"})
        changed.to_csv(with_own / f"{name}.csv")
    own, shipped = (case.load(str(c)).inputs.world_of() for c in (with_own, "malaysia"))
    mined, before = (next(p.base_kt for p in w.processes if p.name == "AUS mine mt_weld") for w in (own, shipped))
    assert mined > before + 5
    facts = own.calibration.facts
    assert set(facts[facts.name_ == "AUS mine output, mine_production"].value_kt_product) == {60.0}
