"""Jobs by skill: shares of the staff of one plant on record, laid on the staff of every plant.

The atlas states the staff of the separation plant at Gebeng by skill (`skills` SK-01 to SK-13). For separation and
cracking the shares are derived from those rows; for a plant of another stage they are an estimate, and the result
names such plants. Limits: one plant, planned in 2011; which trades a magnet plant needs is not on record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gadolin.case import Case
    from gadolin.strategy.choices import Resolved

UNITS = {"Share.value": "persons per person", "Share.low": "persons per person", "Share.high": "persons per person"}

__all__ = ["SKILLS", "Share", "estimated", "shares_of"]

OF_ITS_KIND = ("separation", "cracking_leaching")
"""Stages of the plant on record."""

_ROWS = ("SK-01", "SK-02", "SK-03", "SK-04", "SK-09", "SK-10", "SK-12", "SK-13")
SKILLS = ("graduates_persons", "skilled_persons", "contractors_persons", "experts_persons")
"""Measures that say jobs by skill. Contractors come beside the staff; experts from abroad are part of it."""


@dataclass(frozen=True)
class Share:
    """Persons of a skill per person of permanent staff.

    Args:
        value: Middle.
        low: Lower source.
        high: Higher source.
        refs: Rows it follows from.
    """

    value: float
    low: float
    high: float
    refs: tuple[str, ...]


def shares_of(case: Case) -> dict[str, Share]:
    """Share of each skill by measure; empty where the skills table was not known at the case's date.

    Args:
        case: The case.
    """
    return case.once("strategy skills", lambda: _shares(case))


def _shares(case: Case) -> dict[str, Share]:
    if not set(_ROWS) <= set(case.table("skills").index):
        return {}
    cells = {row: case.quantity("skills", row, "amount_value").value for row in _ROWS}
    known = {row: value for row, value in cells.items() if value}
    if len(known) < len(_ROWS):
        return {}

    def refs(*rows: str) -> tuple[str, ...]:
        return tuple(case.ref("skills", row, "amount_value") for row in rows)

    graduates = known["SK-02"] / known["SK-01"]
    fewer, more = sorted((known["SK-03"] / known["SK-01"], known["SK-13"] / known["SK-12"]))
    abroad = sorted(1 - known[row] / 100 for row in ("SK-09", "SK-10"))
    experts = known["SK-04"] / known["SK-01"]
    staff = refs("SK-01", "SK-02")
    return {
        "graduates_persons": Share(graduates, graduates, graduates, staff),
        "skilled_persons": Share(1 - graduates, 1 - graduates, 1 - graduates, staff),
        "contractors_persons": Share((fewer * more) ** 0.5, fewer, more, refs("SK-01", "SK-03", "SK-12", "SK-13")),
        "experts_persons": Share(experts, min(experts, abroad[0]), max(experts, abroad[1]),
                                 refs("SK-01", "SK-04", "SK-09", "SK-10")),
    }  # fmt: skip


def estimated(plan: Resolved) -> tuple[str, ...]:
    """Plants of a strategy for which the shares are an estimate, for they are of another stage."""
    return tuple(b.id for b in plan.builds if b.entry.stage not in OF_ITS_KIND)
