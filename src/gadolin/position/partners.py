"""Partners side by side: which country holds which missing stage, technology, finance and demand, and the talks.

A matrix of facts with its gaps visible. No scores: weighing is the committee's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadolin.case import Case
from gadolin.position.ladder import RUNGS, add
from gadolin.position.rules import Rules
from gadolin.quantity import Fact, Quantity

__all__ = ["GROUPS", "Partner", "partners"]

GROUPS = (
    "technology",
    "transfer",
    "capacity",
    "processing_share",
    "finance",
    "demand",
    "trade_agreement",
    "interest",
    "politics",
    "contact",
    "restriction",
)
"""Criteria under which facts are set side by side, in the order of the matrix."""


@dataclass(frozen=True)
class Partner:
    """One country seen as a partner."""

    country: str
    name: str
    facts: dict[str, tuple[Fact, ...]]
    plants: dict[str, Quantity]
    """Operating capacity at rungs that the case country lacks or does not own, first unit found."""
    talks: int

    @property
    def gaps(self) -> tuple[str, ...]:
        """Criteria without any fact on record."""
        return tuple(g for g in GROUPS if not self.facts.get(g))

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "country": self.country,
            "name": self.name,
            "facts": {g: [f.as_dict() for f in self.facts.get(g, ())] for g in GROUPS},
            "plants": {k: q.as_dict() for k, q in self.plants.items()},
            "talks": self.talks,
            "gaps": list(self.gaps),
        }


def partners(case: Case, needed: tuple[str, ...], on_record: Rules) -> tuple[Partner, ...]:
    """Every country with a fact on record or a meeting, in the order of the countries' codes.

    Args:
        case: A loaded case.
        needed: Keys of the rungs that the country lacks or does not own.
        on_record: Rules and talks at the date.
    """
    frame = case.table("partner_facts")
    names = case.table("countries")["name"]
    talks = on_record.talks()
    codes = sorted({str(c) for c in frame["country_iso3"]} | set(talks) - {case.country})
    facts: dict[str, dict[str, list[Fact]]] = {}
    for i, row in zip(frame.index, frame.to_dict("records"), strict=True):
        facts.setdefault(row["country_iso3"], {}).setdefault(row["group"], []).append(_fact(case, str(i), row))
    plants = _plants(case, needed)
    return tuple(
        Partner(
            code,
            str(names.get(code, code)),
            {g: tuple(facts.get(code, {}).get(g, ())) for g in GROUPS},
            plants.get(code, {}),
            sum(talks.get(code, {}).values()),
        )
        for code in codes
        if code != case.country
    )


def _fact(case: Case, row_id: str, row: Any) -> Fact:
    if pd.notna(row["fact_value"]):
        number = case.quantity("partner_facts", row_id, "fact_value")
        return Fact(f"{row['dimension']}: {number}".replace("_", " "), number.refs, str(row["basis"]))
    words = row["text"] if pd.notna(row["text"]) else "; ".join(row["items"]) or "not known"
    return Fact(
        f"{str(row['dimension']).replace('_', ' ')}: {words}",
        (case.ref("partner_facts", row_id, "text"),),
        str(row["basis"]),
    )


def _plants(case: Case, needed: tuple[str, ...]) -> dict[str, dict[str, Quantity]]:
    """Operating capacity by country and rung."""
    frame = case.table("facilities")
    running = frame[(frame["status"] == "operating") & frame["sum_ok"]]
    found: dict[str, dict[str, Quantity]] = {}
    for key, stage, group, _ in RUNGS:
        if key not in needed:
            continue
        rows = running[running["stage"] == stage]
        if group is not None:
            rows = rows[rows["product_group"].isin([group, "all"])]
        for (country, unit), members in rows.groupby(["country_iso3", "capacity_unit"]):
            found.setdefault(str(country), {}).setdefault(key, add(case, [str(i) for i in members.index], str(unit)))
    return found
