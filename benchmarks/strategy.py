"""Rows of strategy."""

from __future__ import annotations

from typing import Any

from benchmarks.rows import Row
from gadolin import case, strategy


def _warm() -> tuple[Any, ...]:
    """A case, a future and its path, with everything that depends on the case alone made already."""
    loaded = case.load("malaysia")
    future = strategy.central(loaded)
    path = strategy.PricePath.flat(2025)
    strategy.evaluate(loaded, "two-partner-hedge", future, path)
    return loaded, "two-partner-hedge", future, path


ROWS = (
    Row("evaluate_warm", goal_s=0.05, prepare=_warm, run=lambda s: strategy.evaluate(*s)),
    Row("compare_6x32", goal_s=45.0, prepare=lambda: case.load("malaysia"),
        run=lambda loaded: strategy.compare(loaded, 32), repeats=1),
    Row("compare_6x200", goal_s=300.0, prepare=lambda: case.load("malaysia"),
        run=lambda loaded: strategy.compare(loaded, 200), repeats=1),
)  # fmt: skip
