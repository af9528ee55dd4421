"""What does not add up in a study: units, magnitudes, balances, and figures that contradict each other.

Three severities: `impossible` (no plant can do this, the study is rejected), `doubtful` (possible but out of the usual;
ask), `missing` (needed to judge, not given). Every flag says what was compared with what. A study without an impossible
figure passes, whatever else is asked of it: optimism is no error of arithmetic.

Limits: only what the record holds is read; a study that is consistent may still be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gadolin.economics import study_figures as figures
from gadolin.economics import study_worth as worth
from gadolin.economics.studies import read_study, recompute
from gadolin.economics.study_revenue import revenue
from gadolin.economics.study_sheet import DOUBTFUL, IMPOSSIBLE, MISSING, Flag, Ranges, Sheet
from gadolin.errors import InputError

__all__ = ["Flag", "Ranges", "Review", "Reviews", "review"]

_CHECKS: tuple[Callable[[Sheet], Iterator[Flag]], ...] = (
    figures.signs,
    figures.percentages,
    figures.magnitudes,
    figures.balance,
    revenue,
    worth.capital,
    worth.worth,
    worth.tax,
)


@dataclass(frozen=True)
class Review:
    """All flags of a study.

    Args:
        id: The study.
        flags: What was found, worst first.
        npv_pre_tax_local_m: NPV before tax by the rough conventions of `studies`; None when it cannot be computed.
    """

    id: str
    flags: tuple[Flag, ...]
    npv_pre_tax_local_m: float | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is impossible."""
        return all(flag.severity != IMPOSSIBLE for flag in self.flags)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "id": self.id,
            "verdict": "passes" if self.ok else "rejected",
            "npv_pre_tax_local_m": self.npv_pre_tax_local_m,
            "flags": [asdict(flag) for flag in self.flags],
        }

    def __str__(self) -> str:
        counts = ", ".join(f"{sum(f.severity == s for f in self.flags)} {s}" for s in (IMPOSSIBLE, DOUBTFUL, MISSING))
        head = f"{self.id}: {'passes' if self.ok else 'rejected'} ({counts})"
        return "\n".join([head, *(f"  {flag}" for flag in self.flags)])


@dataclass(frozen=True)
class Reviews:
    """The reviews of a file.

    Args:
        reviews: One per study.
    """

    reviews: tuple[Review, ...]

    @property
    def ok(self) -> bool:
        """Whether no study holds an impossible figure."""
        return all(found.ok for found in self.reviews)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"verdict": "passes" if self.ok else "rejected", "reviews": [found.as_dict() for found in self.reviews]}

    def __str__(self) -> str:
        return "\n".join(str(found) for found in self.reviews)


def review(record: Mapping[str, Any], ranges: Ranges | None = None) -> Review:
    """Read a study's figures and say what does not add up.

    Args:
        record: `inputs` and `reported` as in the shipped reference file.
        ranges: What is usual; without it only the study's own figures are compared.

    >>> record = {"case_id": "x", "currency": "USD", "inputs": {"recovery_treo_pct": 104}, "reported": {}}
    >>> review(record).ok
    False
    """
    sheet = Sheet(record, ranges or Ranges())
    flags = [flag for check in _CHECKS for flag in check(sheet)]
    npv = None
    try:
        found = recompute(read_study({**record, "inputs": sheet.inputs, "reported": sheet.reported}))
        npv = found.npv_pre_tax_local_m
    except InputError as error:
        flags += [Flag(MISSING, f"{fault.field}: {fault.allowed}", (str(fault.field),)) for fault in error.faults]
    order = {IMPOSSIBLE: 0, DOUBTFUL: 1, MISSING: 2}
    flags.sort(key=lambda flag: order[flag.severity])
    return Review(str(record.get("case_id") or record.get("project") or "study"), tuple(flags), npv)
