"""Rows of deals."""

from __future__ import annotations

from benchmarks.rows import Row
from gadolin.case import load
from gadolin.deals import payoffs


def _deal() -> None:
    payoffs(load("malaysia"), "china-state-refinery", futures=32, seed=1, workers=2)


ROWS = (Row("deal_32", goal_s=10.0, run=_deal),)
