"""Figures of strategies: value kept with its range, and regret over the futures."""

from __future__ import annotations

import pandas as pd

from gadolin.figures.bars import RangeDots
from gadolin.figures.grammar import Figure
from gadolin.figures.matrices import Regret
from gadolin.strategy import Comparison

__all__ = ["regret", "value_kept"]


def _refs(found: Comparison) -> tuple[str, ...]:
    return tuple(dict.fromkeys(r for s in found.strategies for r in found.refs[s][:3]))


def value_kept(found: Comparison) -> Figure:
    """Value kept in the country by strategy: median and range over the futures.

    Args:
        found: A comparison.
    """
    kept = {s: found.quantity(s, "value_kept_musd") for s in found.strategies}
    data = pd.DataFrame(
        {
            "item": list(kept),
            "value": [q.value for q in kept.values()],
            "low": [q.low for q in kept.values()],
            "high": [q.high for q in kept.values()],
            "basis": "estimate",
        }
    )
    best = found.strategies[0]
    return Figure(
        id="strategy-value",
        finding=f"At the median future {best} keeps most value; the ranges overlap",
        unit=f"value kept in the country, million USD, present value; median and 5 to 95 % of {found.futures} futures",
        data=data,
        marks=RangeDots(reference=0.0, reference_label="nothing gained", unit_short="million USD"),
        refs=_refs(found),
        note="Futures carry no odds.",
    )


def regret(found: Comparison) -> Figure:
    """What each strategy loses against the best one, future by future.

    Args:
        found: A comparison.
    """
    wide = found.regrets()
    data = wide.melt(var_name="strategy", value_name="regret")
    table = found.regret()
    least = str(table["regret_max_musd"].idxmin())
    return Figure(
        id="strategy-regret",
        finding=f"{least} is regretted least in its worst future",
        unit=f"value kept less than with the best strategy of the same future, million USD; {found.futures} futures",
        data=data,
        marks=Regret(unit_short="million USD"),
        refs=_refs(found),
        note="Futures carry no odds.",
    )
