"""The committee's registers: engagements, proposals, advice, scores, decisions, as checked records of a case.

Records stand in `registers/*.toml` of the case's folder; any file may hold any of the lists `[[engagements]]`,
`[[proposals]]`, `[[advice]]`, `[[rounds]]`, `[[scores]]`, `[[decisions]]`. Engagements that are facts (the atlas's
`agreements` with `is_engagement`) are read from the table and never copied; a case adds its own.

A record's status is the last entry of its `history`; which change is allowed, and to which role, is one table
(`ALLOWED`). Scores of a round are sealed until it closes: nothing here gives their value before that date.
Limits: the seal is kept by this program, not by encryption; whoever may open the file can read a score in it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from gadolin.case.records import Number, Record, Told, read_record, toml_files
from gadolin.case.toml_lines import read_toml
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.stages import STAGES, TOPICS

__all__ = [
    "ALLOWED",
    "CRITERIA",
    "KINDS",
    "Advice",
    "Change",
    "Condition",
    "Decision",
    "Engagement",
    "Files",
    "Proposal",
    "RegisterFile",
    "Round",
    "Score",
    "Stored",
    "Unread",
    "read_files",
]

_DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


def _day(value: Any) -> Any:
    if isinstance(value, datetime.date):
        value = value.isoformat()
    if isinstance(value, str):
        if not _DAY.fullmatch(value):
            raise ValueError("must be a date: 2026-03-31, 2026-03 or 2026")
        try:
            datetime.date.fromisoformat((value + "-01-01")[:10])
        except ValueError:
            raise ValueError("is no day of the calendar") from None
    return value


def _whole_day(value: Any) -> Any:
    value = _day(value)
    if isinstance(value, str) and len(value) != 10:
        raise ValueError("must be a whole date: 2026-03-31")
    return value


def _stage(value: Any) -> Any:
    if isinstance(value, str) and value not in (*STAGES, *TOPICS):
        raise ValueError(f"is no stage and no topic{did_you_mean(value, (*STAGES, *TOPICS))}")
    return value


Day = Annotated[str, BeforeValidator(_day)]
WholeDay = Annotated[str, BeforeValidator(_whole_day)]
Stage = Annotated[str, BeforeValidator(_stage)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")]
Iso3 = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Text = Annotated[str, Field(min_length=1)]
Role = Literal["viewer", "analyst", "reviewer", "chair", "officer", "admin"]

ALLOWED: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("engagement", "", "planned", ("analyst", "officer", "chair")),
    ("engagement", "", "held", ("analyst", "officer", "chair")),
    ("engagement", "planned", "held", ("analyst", "officer", "chair")),
    ("engagement", "planned", "cancelled", ("officer", "chair")),
    ("engagement", "held", "ongoing", ("analyst", "officer", "chair")),
    ("engagement", "held", "closed", ("officer", "chair")),
    ("engagement", "ongoing", "closed", ("officer", "chair")),
    ("proposal", "", "enquiry", ("analyst", "officer")),
    ("proposal", "enquiry", "complete", ("analyst", "officer")),
    ("proposal", "enquiry", "returned", ("analyst", "officer")),
    ("proposal", "returned", "enquiry", ("analyst", "officer")),
    ("proposal", "complete", "in_review", ("officer", "chair")),
    ("proposal", "in_review", "returned", ("officer", "chair")),
    ("proposal", "in_review", "scored", ("chair",)),
    ("proposal", "scored", "approved", ("chair",)),
    ("proposal", "scored", "approved_with_conditions", ("chair",)),
    ("proposal", "scored", "deferred", ("chair",)),
    ("proposal", "scored", "rejected", ("chair",)),
    ("proposal", "deferred", "in_review", ("chair",)),
    ("proposal", "approved_with_conditions", "approved", ("chair",)),
    ("proposal", "approved", "closed", ("chair",)),
    *(
        ("proposal", status, "withdrawn", ("analyst", "officer"))
        for status in ("enquiry", "complete", "in_review", "returned", "scored", "deferred")
    ),
    ("condition", "", "open", ("chair",)),
    ("condition", "open", "met", ("officer", "chair")),
    ("condition", "open", "waived", ("chair",)),
    ("condition", "open", "broken", ("officer", "chair")),
    ("condition", "broken", "met", ("officer", "chair")),
)
"""Status changes that are allowed: (register, from, to, roles that may make it). Nothing else is."""

CRITERIA: tuple[str, ...] = (
    "supply_security",
    "technical_feasibility",
    "finance",
    "value_kept",
    "jobs_and_skill",
    "domestic_linkage",
    "waste_and_radiation",
    "community_and_state",
    "technology_control_risk",
    "single_country_dependence",
    "trade_law_risk",
    "timing",
)
"""Criteria of a score sheet."""


class Change(Record):
    """One change of status."""

    on: WholeDay
    status: Text
    by: Text
    role: Role
    reason: str = ""


class Engagement(Record):
    """A meeting, visit, call or talk with a partner."""

    id: Id
    date: Day
    level: Text
    form: Text
    counterpart: Text
    parties: list[Iso3]
    stages: list[Stage]
    offered: str = ""
    asked: str = ""
    outcome: str = ""
    next_step: str = ""
    next_due: WholeDay | None = None
    follows: str | None = None
    """Engagement that this one takes further: its next step is then no longer due."""
    numbers: dict[str, Number] = Field(default_factory=dict)
    history: Annotated[list[Change], Field(min_length=1)]
    refs: list[str] = Field(default_factory=list)


class Proposal(Record):
    """What a firm, a laboratory or a state asks the committee to recommend."""

    id: Id
    title: Text
    kind: Literal["investment", "technology", "research", "incentive"]
    stage: Stage
    received: WholeDay
    site: str = ""
    state: Annotated[str, Field(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$")] | None = None
    feed: list[str] = Field(default_factory=list)
    plant: str | None = None
    """Candidate plant of the case, by id."""
    technology_owner: str = ""
    trl: Annotated[int, Field(ge=1, le=9)] | None = None
    trl_evidence: list[str] = Field(default_factory=list)
    capex: Number | None = None
    jobs: Number | None = None
    numbers: dict[str, Number] = Field(default_factory=dict)
    evidence_run: str = ""
    due: WholeDay | None = None
    history: Annotated[list[Change], Field(min_length=1)]
    refs: list[str] = Field(default_factory=list)

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """A technology readiness level with its evidence."""
        trl, kind = values.get("trl"), values.get("kind")
        if trl is not None and not values.get("trl_evidence"):
            yield "trl", f"{trl} needs trl_evidence: what was shown, where, when"
        if kind in ("technology", "research") and trl is None:
            yield "", f"a proposal of kind {kind} needs trl, 1 to 9, with trl_evidence"


class Advice(Record):
    """What a department says on a proposal."""

    id: Id
    proposal: Id
    department: Text
    level: Literal["federal", "state"]
    date: WholeDay
    kind: Literal["consent", "proviso", "objection"]
    text: Text
    refs: list[str] = Field(default_factory=list)


class Round(Record):
    """A round of scoring; its scores are sealed until it closes."""

    id: Id
    proposals: Annotated[list[Id], Field(min_length=1)]
    opens: WholeDay
    closes: WholeDay
    weights: dict[str, Annotated[float, Field(gt=0)]]
    """Weight of each criterion."""

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """Criteria that are some, an end after the beginning."""
        weights = values.get("weights", {})
        for name in weights:
            if name not in CRITERIA:
                yield f"weights.{name}", f'"{name}" is no criterion{did_you_mean(name, CRITERIA)}'
        if "weights" in values and not weights:
            yield "weights", "a round needs weights: one criterion at least"
        opens, closes = str(values["opens"]), str(values["closes"])
        if closes <= opens:
            yield "closes", f"must be after opens ({opens})"


class Score(Record):
    """One reviewer's mark for one criterion, with its reason."""

    round: Id
    proposal: Id
    reviewer: Text
    criterion: Text
    value: Annotated[int, Field(ge=0, le=5)]
    reason: Text
    date: WholeDay


class Condition(Record):
    """What an approval is bound to."""

    text: Text
    due: WholeDay
    owner: Text
    history: Annotated[list[Change], Field(min_length=1)]


class Decision(Record):
    """What was decided on a proposal, by whom and why."""

    id: Id
    proposal: Id
    date: WholeDay
    body: Text
    chair: Text
    outcome: Literal["approved", "approved_with_conditions", "deferred", "rejected"]
    reason: Text
    votes_for: Annotated[int, Field(ge=0)]
    votes_against: Annotated[int, Field(ge=0)] = 0
    abstained: Annotated[int, Field(ge=0)] = 0
    run: str = ""
    numbers: dict[str, Number] = Field(default_factory=dict)
    conditions: list[Condition] = Field(default_factory=list)
    answers: dict[str, Text] = Field(default_factory=dict)
    """Answer to each proviso and objection, by the id of the advice."""
    refs: list[str] = Field(default_factory=list)

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """Conditions where the outcome says so."""
        outcome, conditions = values["outcome"], values.get("conditions", ())
        if (outcome == "approved_with_conditions") != bool(conditions):
            words = 'conditions stand if and only if outcome is "approved_with_conditions"; '
            yield "outcome", f"{words}here {len(conditions)} with {outcome}"


class RegisterFile(Record):
    """One file of `registers/`."""

    engagements: list[Engagement] = Field(default_factory=list)
    proposals: list[Proposal] = Field(default_factory=list)
    advice: list[Advice] = Field(default_factory=list)
    rounds: list[Round] = Field(default_factory=list)
    scores: list[Score] = Field(default_factory=list)
    decisions: list[Decision] = Field(default_factory=list)


Any_Record = Engagement | Proposal | Advice | Round | Score | Decision

KINDS: dict[str, type[Any_Record]] = {
    "engagements": Engagement,
    "proposals": Proposal,
    "advice": Advice,
    "rounds": Round,
    "scores": Score,
    "decisions": Decision,
}
"""Kind of record of each register."""


@dataclass(frozen=True)
class Stored:
    """A record and where it stands.

    Args:
        record: The record.
        file: File, from the case's folder (`registers/proposals.toml`).
        key: Key path in it (`proposals[0]`).
    """

    record: Any_Record
    file: str
    key: str

    @property
    def register(self) -> str:
        """`engagements`, `proposals` ..."""
        return self.key.partition("[")[0]

    @property
    def name(self) -> str:
        """Id; of a score, what it is about."""
        if isinstance(self.record, Score):
            return f"{self.record.round}.{self.record.proposal}.{self.record.reviewer}.{self.record.criterion}"
        return self.record.id


@dataclass(frozen=True)
class Unread:
    """A record whose form is wrong, as it stands in its file.

    Args:
        values: The record as plain values.
        file: File, from the case's folder.
        key: Key path in it.
    """

    values: Mapping[str, Any]
    file: str
    key: str

    @property
    def register(self) -> str:
        """`engagements`, `proposals` ..."""
        return self.key.partition("[")[0]


@dataclass(frozen=True)
class Files:
    """What stands in `registers/`.

    Args:
        stored: Sound records.
        unread: Records whose form is wrong.
        faults: Every fault of form.
    """

    stored: tuple[Stored, ...] = ()
    unread: tuple[Unread, ...] = ()
    faults: tuple[Fault, ...] = ()


def read_files(folder: Path | None) -> Files:
    """Records of all files of a case's `registers/`, with every fault of form.

    Args:
        folder: The case's folder; None for the bare atlas view.
    """
    if folder is None or not (folder / "registers").is_dir():
        return Files()
    stored: list[Stored] = []
    unread: list[Unread] = []
    files, faults = toml_files(folder / "registers")
    for path in files:
        name = f"registers/{path.name}"
        try:
            stored += _records(read_record(path, RegisterFile, name), name)
        except InputError as error:
            faults += [Fault(f.allowed, name, f.line, f.field, f.value) for f in error.faults]
            sound, rest = _apart(path, name)
            stored += sound
            unread += rest
    return Files(tuple(stored), tuple(unread), tuple(faults))


def _records(content: RegisterFile, file: str) -> Iterator[Stored]:
    for register in RegisterFile.model_fields:
        for i, record in enumerate(getattr(content, register)):
            yield Stored(record, file, f"{register}[{i}]")


def _apart(path: Path, file: str) -> tuple[list[Stored], list[Unread]]:
    """Records of a file with faults of form, the sound ones apart from the others."""
    stored: list[Stored] = []
    unread: list[Unread] = []
    try:
        values = read_toml(path)
    except InputError:
        return stored, unread  # no TOML: nothing in it can be read
    for register, kind in KINDS.items():
        listed = values.get(register)
        for i, item in enumerate(listed if isinstance(listed, list) else []):
            key = f"{register}[{i}]"
            try:
                stored.append(Stored(kind.model_validate(item), file, key))
            except ValidationError:
                unread.append(Unread(item if isinstance(item, dict) else {}, file, key))
    return stored, unread
