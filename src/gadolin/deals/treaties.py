"""A deal's clauses held against rules in force and agreements that bind the same country: what collides, what to ask.

Three kinds of hit: `conflict` (a rule forbids it as written), `needs` (it needs a licence, a consent or an exception),
`touches` (an agreement speaks of the same thing; read it). Each hit carries the words of the rule and its source.
Method: parties, goods, stages and instruments by the atlas's columns; words of an agreement only by the short list
`TOPICS`. Limits: it reads what the atlas holds, not the treaty's text, and is no legal opinion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from gadolin.case.schema import Deal
from gadolin.case.strategies import strategies_of
from gadolin.case.why import why

if TYPE_CHECKING:
    from gadolin.case import Case

__all__ = ["TOPICS", "Hit", "hits_of"]

RAW = frozenset({"ore", "concentrate", "mixed_carbonate"})
ENDED = frozenset({"ended", "expired", "superseded", "suspended", "proposed", "reference"})
TOPICS: tuple[tuple[str, str, str], ...] = (
    ("moratorium", r"not to ban|quotas? on", "keeps raw goods at home, which this pledge may forbid"),
    ("equity", r"first.look|priority for US investors", "sells a share; another partner was promised a first look"),
    ("offtake", r"exclusiv|priority (on|to)|offtake", "binds output; another agreement speaks of output too"),
    ("technology", r"government-linked", "takes technology that is offered to government-linked companies only"),
    ("price_floor", r"price.floor", "sets a price; another agreement speaks of price floors"),
)
"""What a deal has, the words of an agreement that speak of it, and why it matters."""


@dataclass(frozen=True)
class Hit:
    """A rule or agreement that a deal meets.

    Args:
        kind: `conflict`, `needs` or `touches`.
        what: What of the deal meets it: a clause id, `strategy`, `technology`.
        why: Why it matters.
        words: Words of the rule or agreement.
        status: Its status.
        ref: Its ref.
        source: Its source, with date.
    """

    kind: str
    what: str
    why: str
    words: str
    status: str
    ref: str
    source: str

    def as_dict(self) -> dict[str, str]:
        """Plain JSON."""
        return dict(vars(self))

    def __str__(self) -> str:
        short = self.words if len(self.words) <= 110 else self.words[:109] + "…"
        return f"{self.kind}: {self.what} {self.why} - {short} [{self.ref}, {self.status.replace('_', ' ')}]"


def hits_of(case: Case, deal: Deal) -> tuple[Hit, ...]:
    """What a deal of the case's country meets; conflicts first. A deal between others meets none of our rules.

    Args:
        case: The case.
        deal: The deal.
    """
    if deal.deal.strategy is None:
        return ()
    found = [*_raw_export(case, deal), *_technology(case, deal), *_agreements(case, deal)]
    order = {"conflict": 0, "needs": 1, "touches": 2}
    unique = {(h.what, h.ref): h for h in reversed(found)}
    return tuple(sorted(unique.values(), key=lambda h: (order[h.kind], h.what, h.ref)))


def _hit(case: Case, kind: str, what: str, reason: str, at: tuple[str, str, str], status: Any) -> Hit:
    table, row_id, column = at
    ref = case.ref(table, row_id, column)
    words = str(case.table(table).at[row_id, column])
    return Hit(kind, what, reason, words, str(status), ref, why(ref, case).source)


def _raw_export(case: Case, deal: Deal) -> Iterator[Hit]:
    """Clauses that take raw goods out of the country, against its own export bans."""
    raw = [c for c in deal.clauses if RAW & set(c.products) or any("carbonate" in p for p in c.products)]
    rules = case.rules_on(case.data_date)["policies"]
    bans = rules[(rules["country_iso3"] == case.country) & (rules["instrument"] == "export_ban")]
    for clause in raw:
        for row_id, row in bans[bans["status"] == "in_force"].iterrows():
            at = ("policies", str(row_id), "description")
            yield _hit(case, "conflict", clause.id, "takes raw goods out of the country", at, row["status"])


def _technology(case: Case, deal: Deal) -> Iterator[Hit]:
    """Know-how from the partner, against what the partner's country lets out."""
    routes = ("state_firm", "licence", "foreign")
    plants = strategies_of(case)[str(deal.deal.strategy)].plants
    taken = [p for p in plants if p.route in routes and p.partner == deal.deal.country]
    stages = {e.stage for e in case.settings.plants if e.id in {p.plant for p in taken}}
    if not taken:
        return
    rows = case.rules_on(case.data_date)["policies"]
    rows = rows[(rows["country_iso3"] == deal.deal.country) & rows["instrument"].str.contains("technology")]
    for row_id, row in rows.iterrows():
        if set(row["stages"]) & {*stages, "technology"} and row["status"] not in ENDED:
            kind = "conflict" if "ban" in row["instrument"] else "needs"
            reason = (
                "needs know-how that may not leave without an exception" if kind == "conflict" else "needs a licence"
            )
            yield _hit(case, kind, "technology", reason, ("policies", str(row_id), "description"), row["status"])
    rules = case.rules_on(case.data_date)["export_rules"]
    rules = rules[
        (rules["country_iso3"] == deal.deal.country) & rules["effect"].isin(["may_not_leave", "needs_permit"])
    ]
    for row_id, row in rules.iterrows():
        if "technology" in row["stages"]:
            kind = "conflict" if row["effect"] == "may_not_leave" else "needs"
            at = ("export_rules", str(row_id), "clause")
            yield _hit(case, kind, "technology", "falls under an export rule of the partner", at, row["status"])


def _agreements(case: Case, deal: Deal) -> Iterator[Hit]:
    """Agreements of the country whose words speak of what the deal has."""
    file = strategies_of(case)[str(deal.deal.strategy)]
    has = {c.type: c.id for c in deal.clauses}
    if file.moratorium is not None:
        has["moratorium"] = "strategy"
    if any(p.partner == deal.deal.country and p.route in ("state_firm", "licence") for p in file.plants):
        has["technology"] = "technology"
    table = case.table("agreements")
    mine = table[table["parties"].map(lambda p: case.country in p)]
    for row_id, row in mine.iterrows():
        words = str(row["terms"])
        partners = set(row["parties"]) - {case.country}
        for topic, pattern, reason in TOPICS:
            if topic not in has or not re.search(pattern, words, re.IGNORECASE) or not partners:
                continue
            own = deal.deal.country in partners
            if own != (topic == "technology") and topic != "moratorium":
                continue  # a promise to the same partner is the deal itself; only conditions on know-how count
            kind = "conflict" if topic == "moratorium" and row["status"] == "in_force" else "touches"
            if topic == "technology":
                kind = "needs"
            yield _hit(case, kind, has[topic], reason, ("agreements", str(row_id), "terms"), _text(row["status"]))


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
