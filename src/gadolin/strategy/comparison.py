"""Strategies side by side over futures: medians and ranges, who wins, regret, what is good enough, what differs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gadolin.quantity import Quantity, counted
from gadolin.strategy.feasible import Feasibility
from gadolin.strategy.flips import Switch
from gadolin.strategy.outcomes import BY_NAME, MEASURES

__all__ = ["ENDS", "MAIN", "Comparison", "wilson"]

MAIN = "value_kept_musd"
"""Measure by which strategies win and regret is counted."""

ENDS = ("low", "high")
"""Columns of a measure that has a range of its own in one future: `MEASURE_low`, `MEASURE_high`."""

NEVER = "happens in no future"

Z90 = 1.6449


def wilson(share: float, count: int) -> tuple[float, float]:
    """90 % interval of a share seen in a number of futures, as if they were drawn at random.

    Args:
        share: Share seen, 0 to 1.
        count: Number of futures, >= 1.

    References:
        Wilson 1927, doi:10.1080/01621459.1927.10502953.

    >>> [round(x, 2) for x in wilson(0.5, 32)]
    [0.36, 0.64]
    """
    z2 = Z90**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = Z90 / (1 + z2 / count) * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class Comparison:
    """Strategies over futures.

    Args:
        case: Name of the case.
        rows: One row per strategy and future: measures, low and high of those that have a range of their own there,
            and present value by state. [million USD for `state:...`]
        judged: What of each strategy cannot be, by id.
        titles: Title of each strategy, by id.
        refs: What each strategy says, by id: its terms and what they rest on.
        sources: All that its value rests on, by id: terms, costs of its plants, prices.
        not_built: Share of futures in which a plant is not built, with the commonest reason, by strategy and plant.
        thresholds: Measure, lower and upper bound of what is good enough.
        switches: What flips the best.
        answers: Largest change of a world price in any future by each strategy's rules and own supply, with its good,
            by id. [share]
        remarks: Limits, printed with the result.
    """

    case: str
    rows: pd.DataFrame
    judged: Mapping[str, Feasibility]
    titles: Mapping[str, str]
    refs: Mapping[str, tuple[str, ...]]
    sources: Mapping[str, tuple[str, ...]]
    not_built: Mapping[tuple[str, str], tuple[float, str]]
    thresholds: tuple[tuple[str, float | None, float | None], ...]
    switches: tuple[Switch, ...]
    answers: Mapping[str, tuple[str, float]]
    remarks: tuple[str, ...]

    @property
    def strategies(self) -> list[str]:
        """Ids, best median first."""
        order = self.rows.groupby("strategy")[MAIN].median().sort_values(ascending=False, kind="stable")
        return [str(i) for i in order.index]

    @property
    def futures(self) -> int:
        """Number of futures."""
        return int(self.rows["future"].nunique())

    def _wide(self, measure: str) -> pd.DataFrame:
        """A measure as futures by strategies."""
        return self.rows.pivot(index="future", columns="strategy", values=measure)[self.strategies].astype(float)

    def quantity(self, strategy: str, measure: str) -> Quantity:
        """A measure of a strategy over the futures: median, 5 and 95 % points."""
        mine = self.rows[self.rows["strategy"] == strategy]
        unit = BY_NAME[measure].unit if measure in BY_NAME else "million USD"
        lows, highs = (mine.get(f"{measure}_{end}", mine[measure]) for end in ENDS)
        return self._quantity((lows, mine[measure], highs), unit, strategy, measure)

    def _quantity(
        self, ends: tuple[pd.Series, pd.Series, pd.Series], unit: str, strategy: str, measure: str = ""
    ) -> Quantity:
        """Median of the values; 5 % point of their lower ends and 95 % point of their upper ends."""
        refs, count = self.refs[strategy], len(ends[1])
        lows, known, highs = (part.dropna().astype(float) for part in ends)
        if known.empty:
            absent = BY_NAME[measure].absent if measure in BY_NAME else "does not happen"
            said = NEVER if absent == "does not happen" else absent
            return Quantity.missing(unit, said, refs)
        low, middle, high = (float(np.quantile(p, q)) for p, q in ((lows, 0.05), (known, 0.5), (highs, 0.95)))
        said = None if len(known) == count else f"in {len(known)} of {count} futures; not in the others"
        return Quantity(middle, unit, low, high, "estimate", refs, said)

    def table(self) -> pd.DataFrame:
        """Strategies by measures: median, 5 and 95 % points over the futures, and in how many it happens."""
        found = []
        for s in self.strategies:
            for m in MEASURES:
                q = self.quantity(s, m.name)
                count = int(self.rows.loc[self.rows["strategy"] == s, m.name].notna().sum())
                found.append((f"{s}.{m.name}", s, m.name, q.value, q.low, q.high, m.unit, count, list(self.refs[s])))
        names = ["row_id", "strategy", "measure", "median_value", "low_value", "high_value", "unit", "futures", "refs"]
        return pd.DataFrame(found, columns=names).set_index("row_id")

    def regret(self) -> pd.DataFrame:
        """By strategy: largest and 90 % regret of value kept, share of futures won, and share good enough."""
        wide = self._wide(MAIN)
        best = wide.max(axis=1)
        regret = wide.rsub(best, axis=0)
        won = wide.eq(best, axis=0)
        won = won.div(won.sum(axis=1), axis=0)
        return pd.DataFrame(
            {
                "regret_max_musd": regret.max(),
                "regret_p90_musd": regret.quantile(0.9),
                "won_share": won.mean(),
                "satisfied_share": pd.Series({s: self.satisfied(s) for s in wide.columns}, dtype=float),  # NaN: no bar
            }
        )

    def regrets(self) -> pd.DataFrame:
        """Regret of value kept, futures by strategies. [million USD]"""
        wide = self._wide(MAIN)
        return wide.rsub(wide.max(axis=1), axis=0)

    def satisfied(self, strategy: str) -> float | None:
        """Share of futures in which every threshold is met; a measure that does not happen fails it.

        None when the case says nowhere what is good enough.
        """
        if not self.thresholds:
            return None
        rows = self.rows[self.rows["strategy"] == strategy]
        fine = pd.Series(True, index=rows.index)
        for measure, low, high in self.thresholds:
            values = rows[measure].astype(float)
            fine &= values.notna()
            if low is not None:
                fine &= values >= low
            if high is not None:
                fine &= values <= high
        return float(fine.mean())

    def differences(self, base: str) -> pd.DataFrame:
        """Each strategy less a base, future by future: median, 5 and 95 % points; measures without difference left out.

        Args:
            base: Id of the strategy that the others are held against.
        """
        found = []
        for m in MEASURES:
            wide = self._wide(m.name)
            for s in wide.columns:
                gap = (wide[s] - wide[base]).dropna()
                if s == base or gap.empty or not gap.abs().max() > 1e-9:
                    continue
                found.append((s, m.name, *(float(np.quantile(gap, q)) for q in (0.5, 0.05, 0.95)), m.unit))
        names = ["strategy", "measure", "median_value", "low_value", "high_value", "unit"]
        return pd.DataFrame(found, columns=names)

    def states(self) -> dict[str, dict[str, Quantity]]:
        """Present value of each state's cash by strategy. [million USD]"""
        columns = sorted(c for c in self.rows.columns if c.startswith("state:"))
        found: dict[str, dict[str, Quantity]] = {}
        for s in self.strategies:
            mine = self.rows[self.rows["strategy"] == s]
            filled = {c: mine[c].fillna(0.0) for c in columns}
            found[s] = {c: self._quantity((v, v, v), "million USD", s) for c, v in filled.items()}
        return found

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        regret = self.regret()
        shares = {
            s: {n: _share(float(regret.at[s, n]), self.futures) for n in ("won_share", "satisfied_share")}
            | {n: float(regret.at[s, n]) for n in ("regret_max_musd", "regret_p90_musd")}
            for s in self.strategies
        }
        measures = [{n: getattr(m, n) for n in ("name", "unit", "better", "definition", "room")} for m in MEASURES]
        return {
            "case": self.case,
            "futures": self.futures,
            "measures": measures,
            "strategies": {
                s: {
                    "title": self.titles[s],
                    "measures": {m.name: self.quantity(s, m.name).as_dict() for m in MEASURES},
                    "states": {k: q.as_dict() for k, q in self.states()[s].items()},
                    **shares[s],
                    "findings": [f.as_dict() for f in self.judged[s].findings],
                    "not_built": {
                        p: {"share": x, "reason": why} for (i, p), (x, why) in self.not_built.items() if i == s
                    },
                    "own_supply": {"good": self.answers[s][0], "price_change_share": self.answers[s][1]}
                    if s in self.answers
                    else None,
                    "refs": list(self.refs[s]),
                }
                for s in self.strategies
            },
            "flips": [w.as_dict() for w in self.switches],
            "remarks": list(self.remarks),
        }

    def _rows(self) -> list[list[str]]:
        """What the table on the screen holds: two rows of heads, then one row per strategy."""
        columns = {"value_kept_musd": "value kept", "public_cost_musd": "public cost", "jobs_persons": "jobs",
                   "processed_share": "processed", "largest_partner_share": "one partner",
                   "cut_off_loss_musd": "cut-off loss"}  # fmt: skip
        regret = self.regret()
        rows = [
            ["", *columns.values(), "won", "enough", "P90 regret"],
            ["", *(_short(BY_NAME[c].unit) for c in columns), "%", "%", "M USD"],
        ]
        for s in self.strategies:
            row = regret.loc[s]
            enough = f"{100 * row['satisfied_share']:.0f}" if self.thresholds else "-"
            cells = [_cell(self.quantity(s, c)) for c in columns]
            rows.append([s, *cells, f"{100 * row['won_share']:.0f}", enough, f"{row['regret_p90_musd']:,.0f}"])
        return rows

    def __str__(self) -> str:
        count = f"{counted(len(self.strategies), 'strategy', 'strategies')} over {counted(self.futures, 'future')}"
        lines = [f"{self.case}: {count}; median (5 to 95 %)", *_aligned(self._rows())]
        low, high = wilson(0.5, self.futures)
        lines.append(
            f"A share of 50 % of {counted(self.futures, 'future')} stands for {100 * low:.0f}-{100 * high:.0f} %; "
            "futures carry no odds."
        )
        flips = [w for w in self.switches if w.flips]
        more = f" (and {len(flips) - 1} more)" if len(flips) > 1 else ""
        lines.append(f"What flips the best: {flips[0]}{more}" if flips else "Nothing looked at flips the best.")
        never = [f"{plant} of {s} ({why})" for (s, plant), (share, why) in self.not_built.items() if share == 1]
        if never:
            more = f"; {len(never) - 2} more" if len(never) > 2 else ""
            lines.append(f"Built in no future: {'; '.join(never[:2])}{more}")
        lines.append(
            "Limits, what cannot be, every flip: --details. Less one strategy: --against ID. States: --by-state"
        )
        return "\n".join(lines)


def _share(share: float, count: int) -> dict[str, float] | None:
    if math.isnan(share):
        return None
    low, high = wilson(share, count)
    return {"value": share, "low": low, "high": high}


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as lines: each column as wide as its widest cell, the first to the left, the others to the right.

    >>> _aligned([["", "jobs"], ["a-plan", "12 (3 to 40)"]])
    ['                jobs', 'a-plan  12 (3 to 40)']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(c.rjust(w) if n else c.ljust(w) for n, (c, w) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]


def _short(unit: str) -> str:
    return {"million USD": "M USD", "persons": "persons"}.get(unit, unit)


def _cell(q: Quantity) -> str:
    """Median and range in a narrow column."""
    if q.value is None:
        return "never" if q.reason == NEVER else "-"
    numbers: Sequence[float | None] = (q.value, q.low, q.high)
    digits = 2 if q.unit == "share" else 0
    a, b, c = (f"{n:,.{digits}f}" if n is not None else "?" for n in numbers)
    return f"{a} ({b} to {c})"
