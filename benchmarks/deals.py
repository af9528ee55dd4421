"""Rows of deals."""

from __future__ import annotations

from benchmarks.rows import Row, first_time
from gadolin.case import Case, load
from gadolin.deals import payoffs


def _malaysia() -> Case:
    """The case, and nothing kept but compiled kernels."""
    first_time()
    return load("malaysia")


def _deal(malaysia: Case) -> None:
    payoffs(malaysia, "china-state-refinery", futures=32, seed=1, workers=2)


ROWS = (
    Row("deal_32", goal_s=10.0, prepare=_malaysia, run=_deal, repeats=1),
    Row("deal_32_again", goal_s=10.0, prepare=lambda: load("malaysia"), run=_deal),
)
