"""Rows of strategy."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.rows import Row, first_time
from gadolin import case, strategy
from gadolin.brief import job


def _warm() -> tuple[Any, ...]:
    """A case, a future and its path, with everything that depends on the case alone made already."""
    loaded = case.load("malaysia")
    future = strategy.central(loaded)
    path = strategy.PricePath.flat(2025)
    strategy.evaluate(loaded, "two-partner-hedge", future, path)
    return loaded, "two-partner-hedge", future, path


def _malaysia() -> Any:
    """The case, and nothing kept but compiled kernels."""
    first_time()
    return case.load("malaysia")


def _run(folder: str) -> None:
    job.run(case.load("malaysia"), folder, job.QUICK_FUTURES)


def _folder() -> str:
    return str(Path(tempfile.mkdtemp(prefix="benchmark-")) / "run")


def _first_folder() -> str:
    first_time()
    return _folder()


ROWS = (
    Row("run_quick", goal_s=60.0, prepare=_first_folder, run=_run, repeats=1),
    Row("run_quick_again", goal_s=60.0, prepare=_folder, run=_run, repeats=1),
    Row("evaluate_warm", goal_s=0.05, prepare=_warm, run=lambda s: strategy.evaluate(*s)),
    Row("compare_6x32", goal_s=45.0, prepare=_malaysia,
        run=lambda loaded: strategy.compare(loaded, 32), repeats=1),
    Row("compare_6x200", goal_s=300.0, prepare=_malaysia,
        run=lambda loaded: strategy.compare(loaded, 200), repeats=1),
)  # fmt: skip
