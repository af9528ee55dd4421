"""Figures of strategies: value kept with its range, and regret over the futures."""

from __future__ import annotations

from collections.abc import Mapping

from gadolin.figures.grammar import Figure
from gadolin.figures.language import Told
from gadolin.figures.matrices import Regret
from gadolin.figures.range_dots import RangeDots
from gadolin.figures.rows_behind import worded
from gadolin.strategy import Comparison

__all__ = ["regret", "value_kept"]


def _refs(found: Comparison) -> tuple[str, ...]:
    return tuple(dict.fromkeys(r for s in found.strategies for r in found.refs[s][:3]))


def value_kept(found: Comparison, titles: Mapping[str, str]) -> Figure:
    """Value kept in the country by strategy: median and range over the futures.

    Args:
        found: A comparison.
        titles: How a reader calls each strategy, by id.
    """
    kept = {s: found.quantity(s, "value_kept_musd") for s in found.strategies}
    data = worded(
        {
            "item": [Told(titles[s]) for s in kept],
            "value": [q.value for q in kept.values()],
            "low": [q.low for q in kept.values()],
            "high": [q.high for q in kept.values()],
            "basis": ["estimate"] * len(kept),
        }
    )
    best = found.strategies[0]
    return Figure(
        id="strategy-value",
        finding=Told(
            "“{best}” keeps most value at the median future; {ranges}", best=titles[best], ranges=_apart(found)
        ),
        unit=Told(
            "value kept in the country, million USD, present value; median and 5 to 95 % of {count} futures",
            count=f"{found.futures}",
        ),
        data=data,
        marks=RangeDots(reference=0.0, reference_label="nothing gained", unit_short="million USD"),
        refs=_refs(found),
        note="Futures carry no odds.",
    )


def _apart(found: Comparison) -> str:
    """Whether the range of the best strategy reaches into that of another."""
    best, *others = (found.quantity(s, "value_kept_musd") for s in found.strategies)
    overlap = any(q.high is not None and best.low is not None and q.high >= best.low for q in others)
    return "the ranges overlap" if overlap else "the ranges do not overlap"


def regret(found: Comparison, titles: Mapping[str, str]) -> Figure:
    """What each strategy loses against the best one, future by future.

    Args:
        found: A comparison.
        titles: How a reader calls each strategy, by id.
    """
    wide = found.regrets()
    rows = wide.melt(var_name="strategy", value_name="regret")
    data = worded({"strategy": [Told(titles[str(s)]) for s in rows["strategy"]], "regret": rows["regret"]})
    table = found.regret()
    least = str(table["regret_max_musd"].idxmin())
    return Figure(
        id="strategy-regret",
        finding=Told("“{least}” is regretted least in its worst future", least=titles[least]),
        unit=Told(
            "value kept less than with the best strategy of the same future, million USD; {count} futures",
            count=f"{found.futures}",
        ),
        data=data,
        marks=Regret(unit_short="million USD"),
        refs=_refs(found),
        note="Futures carry no odds.",
    )
