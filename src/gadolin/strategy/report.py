"""Other views of a comparison: what differs from one strategy, what each state gets, and all that stands behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gadolin.case.inputs.economics_fiscal import STATES
from gadolin.errors import InputError, did_you_mean
from gadolin.quantity import counted
from gadolin.strategy.comparison import Comparison
from gadolin.strategy.outcomes import BY_NAME

__all__ = ["ByState", "Details", "Differences"]


@dataclass(frozen=True)
class Differences:
    """What differs from one strategy, future by future.

    Args:
        comparison: The comparison.
        base: Strategy the others are held against.

    Raises:
        InputError: It is not in the comparison.
    """

    comparison: Comparison
    base: str

    def __post_init__(self) -> None:
        known = self.comparison.strategies
        if self.base not in known:
            raise InputError(f'"{self.base}" is not compared{did_you_mean(self.base, known)} ({", ".join(known)})')

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        rows = self.comparison.differences(self.base).to_dict("records")
        return {"case": self.comparison.case, "base": self.base, "futures": self.comparison.futures, "rows": rows}

    def __str__(self) -> str:
        lines = [f"Less {self.base}, over {counted(self.comparison.futures, 'future')}; median (5 to 95 %)"]
        for name, rows in self.comparison.differences(self.base).groupby("strategy", sort=False):
            lines.append(str(name))
            for row in rows.itertuples():
                words = f"{row.median_value:+,.4g} ({row.low_value:+,.4g} to {row.high_value:+,.4g}) {row.unit}"
                lines.append(f"  {BY_NAME[str(row.measure)].words:30} {words}")
        return "\n".join(lines)


@dataclass(frozen=True)
class ByState:
    """Present value of each state's cash, by strategy."""

    comparison: Comparison

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        found = self.comparison.states()
        return {
            "case": self.comparison.case,
            "futures": self.comparison.futures,
            "strategies": {s: {k: q.as_dict() for k, q in by.items()} for s, by in found.items()},
        }

    def __str__(self) -> str:
        lines = [f"{self.comparison.case}: present value of each state's cash, median (5 to 95 %)"]
        width = max(map(len, self.comparison.strategies))
        for s, by in self.comparison.states().items():
            cells = ", ".join(f"{_state(k)} {q}" for k, q in by.items())
            lines.append(f"  {s:{width}}  {cells or 'no state is party'}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Details:
    """What stands behind a comparison: what flips the best, what cannot be, what own supply moves, limits."""

    comparison: Comparison

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON, as the comparison's own."""
        return self.comparison.as_dict()

    def __str__(self) -> str:
        found = self.comparison
        lines = [
            str(found),
            "",
            "The strategies:",
            *(f"  {s}: {found.titles[s]}" for s in found.strategies),
            "What flips the best, all else central:",
            *(f"  {w}" for w in found.switches if w.flips),
        ]
        steady = [w.about for w in found.switches if not w.flips]
        if steady:
            lines.append(f"  nothing flips it over the range of, or by: {'; '.join(steady)}")
        lines.append("What cannot be, what comes later, what must be known:")
        for s in found.strategies:
            lines += [f"  {s}: {f}" for f in found.judged[s].findings]
        lines += [
            f"  {s}: not built in {100 * share:.0f} % of futures: {plant} ({why})"
            for (s, plant), (share, why) in found.not_built.items()
        ]
        if found.answers:
            lines.append("Largest move of a price by rules and own supply, in any future, of its base:")
        lines += [f"  {s}: {100 * share:+.0f} % ({good})" for s, (good, share) in found.answers.items()]
        return "\n".join([*lines, *(f"Limit: {r}" for r in found.remarks)])


def _state(party: str) -> str:
    """Name of a state party with its code.

    >>> _state("state:MY-08")
    'Perak [MY-08]'
    """
    code = party.removeprefix("state:")
    name = next((name for name, known in STATES.items() if known == code), None)
    return code if name is None else f"{name} [{code}]"
