"""What a benchmark row is, and how it is timed."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gadolin.runs import cache_root


@dataclass(frozen=True)
class Row:
    """One row of the table.

    Args:
        name: Name in the table.
        run: What is timed: a function without arguments, after `prepare`, or None for a command.
        goal_s: Goal in seconds; None for a row that is no time.
        command: Arguments of a Python process to time as a whole, instead of `run`.
        prepare: Called once before, untimed; its result is handed to `run` when it is not None.
        measure: For a row that is no time: gives the value.
        goal: Goal of such a row.
        unit: Unit of such a row.
        peer: Key in peers/results.json.
        minus: Command whose median is taken off (bare Python).
    """

    name: str
    goal_s: float | None = None
    run: Callable[..., Any] | None = None
    command: tuple[str, ...] | None = None
    prepare: Callable[[], Any] | None = None
    measure: Callable[[], float] | None = None
    goal: float | None = None
    unit: str = "s"
    peer: str | None = None
    minus: tuple[str, ...] | None = None
    repeats: int = 5
    notes: str = field(default="")


def _timed(call: Callable[[], Any], repeats: int) -> float:
    """Median over the repeats; a row over 20 s runs once."""
    times: list[float] = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
        if times[0] > 20:
            break
    return statistics.median(times)


def first_time() -> None:
    """An empty cache beside the compiled kernels, as a new user has it after the first separation."""
    kernels = cache_root() / "kernels"
    os.environ["GADOLIN_CACHE"] = tempfile.mkdtemp(prefix="benchmark-")
    if kernels.is_dir():
        (cache_root() / "kernels").symlink_to(kernels)


def _process(arguments: tuple[str, ...]) -> None:
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def measure(row: Row) -> dict[str, Any]:
    """Run one row in this process."""
    record: dict[str, Any] = {"name": row.name, "median_s": None, "goal_s": row.goal_s, "peak_mb": None}
    if row.measure is not None:
        record |= {"value": row.measure(), "goal": row.goal, "unit": row.unit}
    elif row.command is not None:
        command = row.command
        _process(command)
        median = _timed(lambda: _process(command), row.repeats)
        if row.minus is not None:
            bare = row.minus
            median -= _timed(lambda: _process(bare), row.repeats)
        record["median_s"] = median
        record["peak_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    else:
        prepared = row.prepare() if row.prepare is not None else None
        run = row.run
        assert run is not None, f"{row.name} has nothing to run"
        call = (lambda: run(prepared)) if row.prepare is not None else run
        record["median_s"] = _timed(call, row.repeats)
        record["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return record
