"""Policies, agreements, firm-level restrictions and engagements on record at a date.

What is in force is decided by the row's own dates and status; a row without a date is listed apart and never treated
as in force. Suspended rules stand beside their suspension. Engagements are meetings on record, not deals.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadolin.atlas import read
from gadolin.case import Case
from gadolin.quantity import Fact

__all__ = ["Engagement", "Policy", "Rules", "rules"]

LIVE = {"in_force", "suspended", "unverified_if_still_in_force"}


@dataclass(frozen=True)
class Policy:
    """A policy row as a reader needs it."""

    row_id: str
    country: str
    instrument: str
    text: Fact
    status: str
    start: str | None
    end: str | None
    stages: tuple[str, ...]
    elements: tuple[str, ...]
    firms: tuple[str, ...]
    may_be_instrument: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in vars(self).items() if k != "text"} | {
            "text": self.text.as_dict()
        }


@dataclass(frozen=True)
class Engagement:
    """A meeting with a foreign counterpart."""

    row_id: str
    date: str
    form: str
    counterparts: tuple[str, ...]
    stages: tuple[str, ...]
    subject: Fact
    level: str
    offered: str
    asked: str
    outcome: str
    next_step: str

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in vars(self).items() if k != "subject"} | {
            "subject": self.subject.as_dict()
        }


@dataclass(frozen=True)
class Rules:
    """What binds and who is talked to, on a date."""

    on: str
    at_home: tuple[Policy, ...]
    abroad: tuple[Policy, ...]
    firm_level: tuple[Policy, ...]
    undated: tuple[Policy, ...]
    agreements: tuple[Fact, ...]
    engagements: tuple[Engagement, ...]

    def talks(self) -> dict[str, dict[str, int]]:
        """Number of engagements by counterpart and form."""
        counts: dict[str, Counter[str]] = {}
        for meeting in self.engagements:
            for country in meeting.counterparts:
                counts.setdefault(country, Counter())[meeting.form] += 1
        return {k: dict(sorted(v.items())) for k, v in sorted(counts.items())}

    def stages_talked_about(self) -> dict[str, dict[str, int]]:
        """Number of engagements by counterpart and stage or topic."""
        counts: dict[str, Counter[str]] = {}
        for meeting in self.engagements:
            for country in meeting.counterparts:
                counts.setdefault(country, Counter()).update(meeting.stages)
        return {k: dict(sorted(v.items())) for k, v in sorted(counts.items())}

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "on": self.on,
            "at_home": [p.as_dict() for p in self.at_home],
            "abroad": [p.as_dict() for p in self.abroad],
            "firm_level": [p.as_dict() for p in self.firm_level],
            "undated": [p.as_dict() for p in self.undated],
            "agreements": [f.as_dict() for f in self.agreements],
            "engagements": [e.as_dict() for e in self.engagements],
            "talks": self.talks(),
            "stages_talked_about": self.stages_talked_about(),
        }


def rules(case: Case, on: str) -> Rules:
    """Rules and talks on a date.

    Args:
        case: A loaded case.
        on: ISO date.
    """
    table = case.table("policies")
    live = table[table["status"].isin(LIVE)]
    undated = live[live["effective_date"].isna()]
    live = live.loc[live.index.intersection(case.rules_on(on)["policies"].index)]
    live = live[live["effective_date"].notna()]
    home = live["country_iso3"] == case.country
    firms = live["firms"].map(len) > 0
    return Rules(
        on,
        _policies(case, live[home]),
        _policies(case, live[~home]),
        _policies(case, live[firms]),
        _policies(case, undated),
        _agreements(case, on),
        _engagements(case, on),
    )


def _policies(case: Case, frame: pd.DataFrame) -> tuple[Policy, ...]:
    return tuple(
        Policy(
            str(i),
            str(row["country_iso3"]),
            str(row["instrument"]),
            Fact(str(row["description"]), (case.ref("policies", str(i), "description"),), str(row["basis"])),
            str(row["status"]),
            _text(row["effective_date"]),
            _text(row["end_date"]),
            tuple(row["stages"]),
            tuple(row["elements"]),
            tuple(row["firms"]),
            bool(row["may_be_instrument"]),
        )
        for i, row in frame.iterrows()
    )


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


def _until(case: Case, on: str) -> pd.DataFrame:
    frame = case.table("agreements")
    with_us = frame["parties"].map(lambda parties: case.country in parties)
    return frame[with_us & (read.begins(frame["date"]) <= read.end_of(on))].sort_values("date", ascending=False)


def _agreements(case: Case, on: str) -> tuple[Fact, ...]:
    frame = _until(case, on)
    rows = frame[frame["record_type"] == "agreement"]
    return tuple(
        Fact(_agreed(row), (case.ref("agreements", str(i), "terms"),), str(row["basis"])) for i, row in rows.iterrows()
    )


def _agreed(row: Any) -> str:
    status = str(row["status"]).replace("_", " ")
    return f"{row['date']}: {row['party_names']}, {row['form']}, {status}: {row['terms']}"


def _engagements(case: Case, on: str) -> tuple[Engagement, ...]:
    frame = _until(case, on)
    rows = frame[frame["is_engagement"]] if case.country == "MYS" else frame[frame["record_type"] == "engagement"]
    return tuple(
        Engagement(
            str(i),
            str(row["date"]),
            str(row["form"]),
            tuple(p for p in row["parties"] if p != case.country),
            tuple(row["stages"]),
            Fact(str(row["terms"]), (case.ref("agreements", str(i), "terms"),), str(row["basis"])),
            *(_text(row[c]) or "not recorded" for c in ("level", "offered", "asked", "outcome", "next")),
        )
        for i, row in rows.iterrows()
    )
