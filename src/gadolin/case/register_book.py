"""The registers of a case read as one book: what stands in it, what is due, the minutes.

Facts (engagements of the atlas) and the case's own records stand side by side, each with its ref. Minutes print each
number with range, basis, source and date. Scores of a round that is still open on the day asked are counted, not shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from gadolin import atlas
from gadolin.atlas import read as facts
from gadolin.case.records import Given
from gadolin.case.register_checks import check
from gadolin.case.register_seals import broken
from gadolin.case.register_views import Due, DueList, Entry, Examination, Listing, Minutes
from gadolin.case.registers import Advice, Decision, Engagement, Proposal, Round, Score, Stored, read_files
from gadolin.case.why import why
from gadolin.errors import InputError, did_you_mean
from gadolin.quantity import Quantity, counted

if TYPE_CHECKING:
    from gadolin.case.load import Case

__all__ = ["Book", "examine", "open_book"]

_NO_STEP = ("not stated", "none found", "no result found")
_ROW = re.compile(r"(?P<open>\()?(?P<id>AG-\d+)(?(open)\))")
_LONG = 200


def _fact_rows(case: Case) -> pd.DataFrame:
    table = case.table("agreements")
    mine = table["parties"].map(lambda p: isinstance(p, tuple) and case.country in p)
    return table[table["is_engagement"] & mine].sort_values("date", kind="stable")


def examine(case: Case) -> Examination:
    """Check the registers of a case and list every fault.

    >>> from gadolin import case
    >>> examine(case.load("malaysia")).ok
    True
    """
    files = read_files(case.folder)
    rows = _fact_rows(case)
    faults = check(case, files, map(str, rows.index))
    if not files.faults:  # records of a file that cannot be read are not removed, only not read
        faults += broken(case, files.stored)
    counts = {"facts": len(rows)}
    for s in files.stored:
        counts[s.register] = counts.get(s.register, 0) + 1
    return Examination(counts, tuple(faults))


def open_book(case: Case, on: str | None = None) -> Book:
    """The registers of a case.

    Args:
        case: The case.
        on: Day on which it is read; the case's data date when None. Later records are left out.

    Raises:
        InputError: Every fault of the registers.
    """
    day = case.data_date if on is None else on
    facts.end_of(day)
    found = examine(case)
    if found.faults:
        raise InputError(found.faults)
    return Book(case, day, read_files(case.folder).stored)


def _cell(value: Any) -> str:
    return "" if value is None or (not isinstance(value, tuple) and pd.isna(value)) else str(value)


@dataclass(frozen=True)
class Book:
    """Registers of a case on a day.

    Args:
        case: The case.
        on: Day on which they are read. [ISO date]
        stored: Records of the case's own files.
    """

    case: Case
    on: str
    stored: tuple[Stored, ...] = field(repr=False)

    def _of(self, kind: type[Any]) -> list[tuple[Stored, Any]]:
        """Records of a kind that are known on the day."""
        found = []
        for s in self.stored:
            record: Any = s.record  # each kind names its day as its form does: date, received, or opens
            day = getattr(record, "date", None) or getattr(record, "received", None) or record.opens
            if isinstance(record, kind) and day <= self.on:
                found.append((s, record))
        return found

    @property
    def _facts(self) -> pd.DataFrame:
        rows = _fact_rows(self.case)
        return rows[rows["date"].map(lambda d: str(d) <= self.on)]

    def _ref(self, s: Stored, key: str = "") -> str:
        return self.case.line_ref(f"{s.key}.{key}" if key else s.key, s.file)

    def _status(self, record: Any) -> str:
        known = [c.status for c in record.history if c.on <= self.on]
        return known[-1] if known else "not yet known"

    def _named(self, text: str) -> str:
        """A text of the atlas with what each row in it is: `mou of 2025-10-26 [AG-002]`; in brackets alone where told.

        A row that stands in parentheses was already named by the words before it.
        """
        table = self.case.table("agreements")

        def name(found: re.Match[str]) -> str:
            row_id = found["id"]
            if found["open"] or row_id not in table.index:
                return f"[{row_id}]"
            form = _cell(table.at[row_id, "form"]).replace("_", " ").replace("mou", "memorandum")
            return f"{form} of {table.at[row_id, 'date']} [{row_id}]"

        return _ROW.sub(name, text)

    def _about(self, proposal: str) -> str:
        """Title of a proposal with its id in brackets."""
        title = next((p.title for _, p in self._of(Proposal) if p.id == proposal), "")
        return f"{title} [{proposal}]".lstrip()

    def scores(self, round_id: str) -> list[Score]:
        """Scores of a round, once it has closed.

        Raises:
            InputError: No such round; the round is still open on the day of the book.
        """
        rounds = {r.id: r for _, r in self._of(Round)}
        if round_id not in rounds:
            raise InputError(f'"{round_id}" is no round{did_you_mean(round_id, rounds)}')
        if rounds[round_id].closes >= self.on:
            raise InputError(f"scores of round {round_id} are sealed until it has closed on {rounds[round_id].closes}")
        return [s for _, s in self._of(Score) if s.round == round_id]

    def weighted(self, round_id: str) -> dict[str, tuple[float, int, int]]:
        """Weighted mean score of each proposal with the lowest and the highest single score; 0 to 5.

        Raises:
            InputError: The round is open; a criterion without any score.
        """
        scores = self.scores(round_id)
        held = next(r for _, r in self._of(Round) if r.id == round_id)
        found = {}
        for proposal in held.proposals:
            means = {}
            for criterion in held.weights:
                values = [s.value for s in scores if s.proposal == proposal and s.criterion == criterion]
                if not values:
                    raise InputError(f"round {round_id} has no score of {proposal} for {criterion}")
                means[criterion] = sum(values) / len(values)
            total = sum(held.weights.values())
            mean = sum(means[c] * w for c, w in held.weights.items()) / total
            single = [s.value for s in scores if s.proposal == proposal]
            found[proposal] = (mean, min(single), max(single))
        return found

    # --- views --------------------------------------------------------------------------------------------------

    def entries(self, register: str | None = None) -> Listing:
        """All entries, or those of one register.

        Raises:
            InputError: No such register.
        """
        registers = ("engagements", "proposals", "advice", "rounds", "scores", "decisions")
        if register is not None and register not in registers:
            raise InputError(f'"{register}" is no register (one of {", ".join(registers)})')
        found = [*self._fact_entries(), *self._own_entries()]
        found = [e for e in found if register in (None, e.register)]
        found.sort(key=lambda e: (registers.index(e.register), e.date, e.id))
        return Listing(tuple(found), self.on)

    def _fact_entries(self) -> list[Entry]:
        found = []
        for row_id, row in self._facts.iterrows():
            what = f"{row['form']}: {row['party_names']}".replace("_", " ")
            ref = self.case.ref("agreements", str(row_id), "terms")
            found.append(Entry("engagements", str(row_id), str(row["date"]), str(row["status"]), what, ref))
        return found

    def _own_entries(self) -> list[Entry]:
        found = []
        sealed = {r.id for _, r in self._of(Round) if r.closes >= self.on}
        for s, r in self._of(object):
            date, status, what = getattr(r, "date", ""), "", ""
            if isinstance(r, Engagement):
                status, what = self._status(r), f"{r.form}: {r.counterpart}"
            elif isinstance(r, Proposal):
                date, status, what = r.received, self._status(r), f"{r.kind}, {r.stage}: {r.title}"
            elif isinstance(r, Advice):
                status, what = r.kind, f"{r.department} on {self._about(r.proposal)}: {r.text}"
            elif isinstance(r, Round):
                given = sum(x.round == r.id for _, x in self._of(Score))
                status = "open" if r.id in sealed else "closed"
                about = ", ".join(map(self._about, r.proposals))
                date, what = r.opens, f"{counted(given, 'score')} on {about}, closes {r.closes}"
            elif isinstance(r, Score):
                mark = "sealed" if r.round in sealed else f"{r.value} of 5"
                status, what = mark, f"{r.reviewer} on {self._about(r.proposal)}, {r.criterion.replace('_', ' ')}"
            else:
                status, what = r.outcome, f"{r.body} on {self._about(r.proposal)}: {r.reason}"
            found.append(Entry(s.register, s.name, date, status, what, self._ref(s)))
        return found

    def due(self) -> DueList:
        """Next steps, conditions, proposals and rounds that wait for somebody; dated first."""
        items, without = self._due_of_facts()
        followed = {r.follows for _, r in self._of(Engagement)}
        items = [i for i in items if i.about not in followed]
        for s, r in self._of(Engagement):
            if r.next_step and r.id not in followed and self._status(r) not in ("closed", "cancelled"):
                items.append(self._due(r.next_due, r.next_step, r.counterpart, r.id, self._ref(s, "next_step")))
        for s, r in self._of(Proposal):
            if r.due is not None and self._status(r) in ("enquiry", "complete", "in_review", "scored", "deferred"):
                what = f"proposal is {self._status(r).replace('_', ' ')}: {r.title}"
                items.append(self._due(r.due, what, "committee", r.id, self._ref(s, "due")))
        for s, r in self._of(Round):
            if r.closes >= self.on:
                what = f"scores on {', '.join(map(self._about, r.proposals))}"
                items.append(self._due(r.closes, what, "reviewers", r.id, self._ref(s, "closes")))
        for s, r in self._of(Decision):
            for i, c in enumerate(r.conditions):
                if self._status(c) in ("open", "broken"):
                    items.append(self._due(c.due, c.text, c.owner, r.id, self._ref(s, f"conditions[{i}]")))
        items.sort(key=lambda i: (i.due is None, i.due or "", i.about))
        return DueList(tuple(items), self.on, without)

    def _due(self, day: str | None, what: str, who: str, about: str, ref: str) -> Due:
        return Due(day, what, who, about, ref, day is not None and day < self.on)

    def _due_of_facts(self) -> tuple[list[Due], int]:
        """Next steps of the atlas's engagements that no later record takes up, and how many name none."""
        items, without = [], 0
        table = self.case.table("agreements")
        for row_id, row in self._facts.iterrows():
            step = _cell(row["next"])
            if not step or step.startswith(_NO_STEP):
                without += 1
                continue
            later = [
                i
                for i in (m["id"] for m in _ROW.finditer(step))
                if i in table.index and str(table.at[i, "date"]) > str(row["date"])
            ]
            if not later:
                ref = self.case.ref("agreements", str(row_id), "next")
                items.append(self._due(None, self._named(step), str(row["party_names"]), str(row_id), ref))
        return items, without

    def minutes(self, since: str | None = None) -> Minutes:
        """Minutes of decisions and engagements since a day (all when None), oldest first.

        Args:
            since: First day. [ISO date]

        Raises:
            InputError: No date.
        """
        if since is not None:
            facts.end_of(since)
        blocks = [(str(row["date"]), self._fact_block(str(i), row)) for i, row in self._facts.iterrows()]
        blocks += [(r.date, self._engagement_block(s, r)) for s, r in self._of(Engagement)]
        blocks += [(r.date, self._decision_block(s, r)) for s, r in self._of(Decision)]
        kept = sorted(((d, b) for d, b in blocks if since is None or d >= since), key=lambda pair: pair[0])
        return Minutes(tuple(b for _, b in kept), self.on)

    def _fact_block(self, row_id: str, row: pd.Series) -> dict[str, Any]:
        lines = [("level", _cell(row["level"]).replace("_", " "))]
        lines += [(name, self._named(_cell(row[name]))) for name in ("terms", "offered", "asked", "outcome", "next")]
        source: Any = atlas.table("sources").loc[row["source_id"]]
        lines.append(("source", ", ".join(_cell(source[k]) for k in ("title", "date", "url") if _cell(source[k]))))
        ref = self.case.ref("agreements", row_id, "terms")
        numbers = [
            self._number(name.removesuffix("_value"), self.case.quantity("agreements", row_id, name))
            for name in ("amount_value", "volume_value")
            if _cell(row[name])
        ]
        title = f"{row['date']}  {str(row['form']).replace('_', ' ')}: {row['party_names']} [{row_id}]"
        return self._block(title, lines, ref, numbers)

    def _engagement_block(self, s: Stored, r: Engagement) -> dict[str, Any]:
        names = ("level", "offered", "asked", "outcome", "next_step", "next_due", "follows")
        lines = [(name.replace("_", " "), str(getattr(r, name) or "")) for name in names]
        title = f"{r.date}  {r.form}: {r.counterpart} [{r.id}]"
        return self._block(title, lines, self._ref(s), self._numbers(s, r.numbers, "numbers"))

    def _decision_block(self, s: Stored, r: Decision) -> dict[str, Any]:
        proposal_at, proposal = next((x, p) for x, p in self._of(Proposal) if p.id == r.proposal)
        vote = f"{r.votes_for} for, {r.votes_against} against, {r.abstained} abstained"
        lines = [("on", proposal.title), ("outcome", r.outcome.replace("_", " ")), ("reason", r.reason)]
        lines += [("chair", r.chair), ("vote", vote), ("run", r.run)]
        for _, a in self._of(Advice):
            if a.proposal == r.proposal and a.date <= r.date:
                answer = f"; answer: {r.answers[a.id]}" if a.id in r.answers else ""
                lines.append((f"{a.kind} of {a.department} ({a.date})", f"{a.text}{answer}"))
        for held in (x for _, x in self._of(Round) if r.proposal in x.proposals and x.closes < self.on):
            mean, low, high = self.weighted(held.id)[r.proposal]
            lines.append((f"score in {held.id}", f"{mean:.2f} of 5 (single scores {low}-{high})"))
        for c in r.conditions:
            lines.append((f"condition, due {c.due}", f"{c.text} ({c.owner}; {self._status(c)})"))
        numbers = self._numbers(s, r.numbers, "numbers")
        own = {k: v for k in ("capex", "jobs") if (v := getattr(proposal, k)) is not None}
        numbers += self._numbers(proposal_at, own, "") + self._numbers(proposal_at, proposal.numbers, "numbers")
        return self._block(f"{r.date}  decision of {r.body} [{r.id}]", lines, self._ref(s), numbers)

    def _block(self, title: str, lines: list[Any], ref: str, numbers: list[Any]) -> dict[str, Any]:
        return {"title": title, "ref": ref, "lines": [(n, t) for n, t in lines if t], "numbers": numbers}

    def _numbers(self, s: Stored, numbers: dict[str, Given], table: str) -> list[dict[str, Any]]:
        found = []
        for name, given in numbers.items():
            key = f"{s.key}.{table}.{name}" if table else f"{s.key}.{name}"
            found.append(self._number(name, self.case.given(given, key, s.file)))
        return found

    def _number(self, name: str, q: Quantity) -> dict[str, Any]:
        """A number with range, basis and where it comes from: source with date, or the line on which it was chosen."""
        sources = {}
        for ref in q.refs:
            reason = why(ref, self.case)
            sources[ref] = reason.source or f"{reason.method}: {reason.value}"[:_LONG]
        return {
            "name": name.replace("_", " "),
            "text": str(q),
            "basis": q.basis or "not known",
            "quantity": q.as_dict(),
            "sources": sources,
        }
