"""What must hold between records of the registers: ids, links, status changes, dates, consents, answers, refs.

Two rules come from the way the committee works: a proposal that is linked to a mine needs the consent of a federal and
of a state department before it is approved, and a decision answers every proviso and objection by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from gadolin.case.lookups import Lookups
from gadolin.case.records import Given
from gadolin.case.registers import (
    ALLOWED,
    Advice,
    Change,
    Decision,
    Engagement,
    Files,
    Proposal,
    Round,
    Score,
    Stored,
    Unread,
)
from gadolin.case.why import why
from gadolin.errors import Fault, GadolinError, did_you_mean

if TYPE_CHECKING:
    from gadolin.case.load import Case

__all__ = ["check"]

_MINE_LINKED = ("mine", "beneficiation")


class _Checker:
    """Records by register and id, and the faults found."""

    def __init__(self, case: Case, files: Files, fact_ids: Iterable[str]) -> None:
        self.case, self.stored, self.facts = case, files.stored, set(fact_ids)
        self.by: dict[str, dict[str, Stored]] = {}
        for s in files.stored:
            self.by.setdefault(s.register, {}).setdefault(s.name, s)
        self.unread: dict[str, list[str]] = {}
        for u in files.unread:
            self.unread.setdefault(u.register, []).append(str(u.values.get("id", "")))

    def fault(self, at: Stored, key: str, text: str, value: Any = None) -> Fault:
        path = f"{at.key}.{key}" if key else at.key
        return Fault(text, at.file, self.case.line_of(at.file, path), path, value)

    def find(self, register: str, name: str) -> Any:
        found = self.by.get(register, {}).get(name)
        return None if found is None else found.record

    def ids(self, register: str) -> set[str]:
        """Ids of a register, those of records whose form is wrong among them."""
        return {*self.by.get(register, {}), *self.unread.get(register, ())}

    def all(self, kind: type[Any]) -> list[Any]:
        return [s.record for s in self.stored if isinstance(s.record, kind)]

    def unknown(self, at: Stored, key: str, register: str, name: str) -> Iterator[Fault]:
        known = self.ids(register)
        if name not in known:
            yield self.fault(at, key, f"is no record of {register}{did_you_mean(name, known)}", name)

    # --- one record -------------------------------------------------------------------------------------------------

    def history(self, at: Stored, key: str, register: str, changes: list[Change]) -> Iterator[Fault]:
        before, day = "", ""
        for i, change in enumerate(changes):
            where = f"{key}[{i}]" if key == "history" else f"{key}.history[{i}]"
            rows = [row for row in ALLOWED if row[0] == register and row[1] == before]
            known = [row[2] for row in rows]
            row = next((r for r in rows if r[2] == change.status), None)
            since = f'from "{before}"' if before else "at the start"
            if row is None:
                allowed = ", ".join(known) or "no further change"
                yield self.fault(at, where, f"is not allowed {since} (allowed: {allowed})", change.status)
            elif change.role not in row[3]:
                text = f'"{change.status}" may be set by {" or ".join(row[3])}, not by {change.role}'
                yield self.fault(at, where, text)
            if change.on < day:
                yield self.fault(at, where, f"must not lie before the change of {day}", change.on)
            before, day = change.status, change.on

    def refs(self, at: Stored) -> Iterator[Fault]:
        for i, ref in enumerate(getattr(at.record, "refs", ())):
            try:
                why(ref, self.case)
            except GadolinError as error:
                yield self.fault(at, "refs", f"refs[{i}] does not resolve: {error}", ref)
        for key, number in _numbers(at.record):
            try:
                self.case.given(number, f"{at.key}.{key}", at.file)
                for ref in number.refs:
                    why(ref, self.case)
            except GadolinError as error:
                yield self.fault(at, key, f"does not resolve: {str(error).splitlines()[0]}")

    def engagement(self, at: Stored, r: Engagement) -> Iterator[Fault]:
        yield from self.history(at, "history", "engagement", r.history)
        if r.id in self.facts:
            yield self.fault(at, "id", "is an engagement of the atlas; give another id and set follows", r.id)
        known = {*self.facts, *self.ids("engagements")}
        if r.follows is not None and (r.follows not in known or r.follows == r.id):
            yield self.fault(at, "follows", f"is no other engagement{did_you_mean(r.follows, known)}", r.follows)
        if r.next_due is not None and not r.next_step:
            yield self.fault(at, "next_due", "needs next_step: what is due")
        if r.next_due is not None and r.next_due < r.date:
            yield self.fault(at, "next_due", f"must not lie before the engagement ({r.date})", r.next_due)

    def proposal(self, at: Stored, r: Proposal) -> Iterator[Fault]:
        yield from self.history(at, "history", "proposal", r.history)
        deposits = set(self.case.table("deposits")["deposit_id"])
        for feed in r.feed:
            if feed not in deposits:
                yield self.fault(at, "feed", f"is no deposit of the case{did_you_mean(feed, deposits)}", feed)
        plants = [p.id for p in self.case.settings.plants]
        if r.plant is not None and r.plant not in plants:
            yield self.fault(at, "plant", f"is no plant of case.toml{did_you_mean(r.plant, plants)}", r.plant)
        status = r.history[-1].status
        if r.history[0].on < r.received:
            yield self.fault(at, "history[0]", f"lies before the proposal was received ({r.received})", r.history[0].on)
        # a decision whose form is wrong may be the one
        decided = "decisions" in self.unread or any(d.proposal == r.id for d in self.all(Decision))
        if status in ("approved", "approved_with_conditions", "rejected") and not decided:
            yield self.fault(at, "history", f'status "{status}" needs a decision in the register')

    def advice(self, at: Stored, r: Advice) -> Iterator[Fault]:
        yield from self.unknown(at, "proposal", "proposals", r.proposal)
        proposal: Proposal | None = self.find("proposals", r.proposal)
        if proposal is not None and r.date < proposal.received:
            yield self.fault(at, "date", f"lies before the proposal was received ({proposal.received})", r.date)

    def score(self, at: Stored, r: Score) -> Iterator[Fault]:
        yield from self.unknown(at, "round", "rounds", r.round)
        held: Round | None = self.find("rounds", r.round)
        if held is None:
            return
        if r.proposal not in held.proposals:
            yield self.fault(at, "proposal", f"is not judged in round {r.round}", r.proposal)
        if r.criterion not in held.weights:
            hint = did_you_mean(r.criterion, held.weights)
            yield self.fault(at, "criterion", f"is no criterion of round {r.round}{hint}", r.criterion)
        if not held.opens <= r.date <= held.closes:
            yield self.fault(at, "date", f"must lie within the round, {held.opens} to {held.closes}", r.date)

    def decision(self, at: Stored, r: Decision) -> Iterator[Fault]:
        yield from self.unknown(at, "proposal", "proposals", r.proposal)
        proposal: Proposal | None = self.find("proposals", r.proposal)
        if proposal is not None and r.date < proposal.received:
            yield self.fault(at, "date", f"lies before the proposal was received ({proposal.received})", r.date)
        for i, condition in enumerate(r.conditions):
            yield from self.history(at, f"conditions[{i}]", "condition", condition.history)
            if condition.due <= r.date:
                text = f"must be after the decision ({r.date})"
                yield self.fault(at, f"conditions[{i}].due", text, condition.due)
        open_rounds = [x.id for x in self.all(Round) if r.proposal in x.proposals and x.closes > r.date]
        if open_rounds:
            yield self.fault(at, "date", f"lies before the close of round {', '.join(open_rounds)}", r.date)
        advice: list[Advice] = [a for a in self.all(Advice) if a.proposal == r.proposal and a.date <= r.date]
        for a in advice:
            if a.kind != "consent" and a.id not in r.answers:
                yield self.fault(at, "answers", f'does not answer {a.kind} "{a.id}" of {a.department}')
        for name in r.answers:
            yield from self.unknown(at, f"answers.{name}", "advice", name)
        yield from self.two_keys(at, r, advice)
        yield from self.agrees(at, r)

    def two_keys(self, at: Stored, r: Decision, advice: list[Advice]) -> Iterator[Fault]:
        proposal: Proposal | None = self.find("proposals", r.proposal)
        if proposal is None or not r.outcome.startswith("approved") or "advice" in self.unread:
            return
        if proposal.stage not in _MINE_LINKED and not proposal.feed:
            return
        for level in ("federal", "state"):
            if not any(a.level == level and a.kind != "objection" for a in advice):
                text = f"a proposal linked to a mine needs the consent of a {level} department before {r.date}"
                yield self.fault(at, "outcome", text, r.outcome)

    def agrees(self, at: Stored, r: Decision) -> Iterator[Fault]:
        proposal: Proposal | None = self.find("proposals", r.proposal)
        if proposal is not None and not any(c.status == r.outcome and c.on == r.date for c in proposal.history):
            text = f'proposal "{r.proposal}" has no change to "{r.outcome}" on {r.date} in its history'
            yield self.fault(at, "outcome", text)

    def one(self, at: Stored) -> Iterator[Fault]:
        record = at.record
        if self.by[at.register][at.name] is not at:
            yield self.fault(at, "" if at.register == "scores" else "id", "stands twice", at.name)
        yield from self.refs(at)
        if isinstance(record, Engagement):
            yield from self.engagement(at, record)
        elif isinstance(record, Proposal):
            yield from self.proposal(at, record)
        elif isinstance(record, Advice):
            yield from self.advice(at, record)
        elif isinstance(record, Round):
            for name in record.proposals:
                yield from self.unknown(at, "proposals", "proposals", name)
        elif isinstance(record, Score):
            yield from self.score(at, record)
        else:
            yield from self.decision(at, record)


def _numbers(record: Any) -> Iterator[tuple[str, Given]]:
    for key in ("capex", "jobs"):
        number = getattr(record, key, None)
        if number is not None:
            yield key, number
    for key, number in getattr(record, "numbers", {}).items():
        yield f"numbers.{key}", number


def _looked_up(checker: _Checker, unread: Unread) -> Iterator[Fault]:
    """Refs, numbers and names of a record whose form is wrong."""
    case = checker.case
    register, at = unread.register, int(unread.key.partition("[")[2].rstrip("]"))
    # at its own place, so that each key path and line is that of the file
    file = Lookups(case, {register: [*({} for _ in range(at)), unread.values]}, unread.file)
    yield from file.refs()
    for key in ("numbers.*", "capex", "jobs"):
        yield from file.unknown_numbers(f"{register}[].{key}")
    linked = [("proposal", "proposals"), ("proposals[]", "proposals"), ("round", "rounds"), ("follows", "engagements")]
    for key, to in linked:
        known = checker.ids(to) | (checker.facts if to == "engagements" else set())
        yield from file.names(f"{register}[].{key}", f"is no record of {to}", known)
    yield from file.names("proposals[].feed[]", "is no deposit of the case", set(case.table("deposits")["deposit_id"]))
    plants = {p.id for p in case.settings.plants}
    yield from file.names("proposals[].plant", "is no plant of case.toml", plants)


def check(case: Case, files: Files, fact_ids: Iterable[str]) -> list[Fault]:
    """Every fault: of form, of each sound record beside the others, and of what the others name; in that order.

    Args:
        case: The case.
        files: Its records.
        fact_ids: Ids of the atlas's engagements.
    """
    checker = _Checker(case, files, fact_ids)
    told = {(f.file, f.field) for f in files.faults}
    found = [fault for at in files.stored for fault in checker.one(at)]
    found += [f for u in files.unread for f in _looked_up(checker, u) if (f.file, f.field) not in told]
    return [*files.faults, *found]
