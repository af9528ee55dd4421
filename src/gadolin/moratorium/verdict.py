"""A verdict with everything that gave it: clause, value, test, documents, what passed, what is asked.

Four verdicts, from strong to weak: MAY NOT LEAVE, HELD: LAB TEST, HELD: DOCUMENT, MAY LEAVE. `str()` gives a report an
officer reads without a manual; `text("ms")` the same in Malay, with the clause in the language of its source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from gadolin.moratorium import words
from gadolin.moratorium.rules import Rule

__all__ = ["VERDICTS", "Finding", "Verdict"]

MAY_LEAVE, HELD_DOCUMENT, HELD_LAB, MAY_NOT_LEAVE = VERDICTS = (
    "MAY LEAVE",
    "HELD: DOCUMENT",
    "HELD: LAB TEST",
    "MAY NOT LEAVE",
)
"""The four verdicts; a later one wins."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A clause and the value that met it.

    Args:
        rule: The clause.
        value: Value of its field; `missing` when it is absent.
        setting: Setting of the contested point it lives under (`mixed_oxide=raw`), if any.
        chosen: The setting was chosen by the user, not found in a source.
        readings: All settings that point knows.
        fallback: The clause stands for the absence of a rule.
    """

    rule: Rule
    value: Any
    setting: str | None = None
    chosen: bool = False
    readings: tuple[str, ...] = ()
    fallback: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain JSON values."""
        rule = self.rule
        record = rule.as_dict() | {
            "field": rule.field,
            "value": plain(self.value),
            "test": "no live row stops it" if self.fallback else rule.test_text,
            "effect": rule.effect,
        }
        if rule.effect in ("needs_permit", "needs_declaration"):
            record["needs"] = rule.effect_value
        if self.setting:
            record |= {"switch": self.setting, "setting_chosen": self.chosen, "readings": list(self.readings)}
        return record


@dataclass(frozen=True)
class Verdict:
    """May these goods leave, and why.

    Args:
        declaration_no: Number of the declaration.
        item: Item within it.
        verdict: One of `VERDICTS`.
        on: Day whose rules were used; None when two readings of the date disagree or none is given.
        stage: What the goods were taken for.
        form: Their form.
        elements: Elements named in the description.
        code_mismatch: Code and description do not fit.
        deciding: Clauses that gave the verdict.
        also_open: Holds that stay open under a refusal.
        satisfied: Clauses met by a document.
        lifted: Refusals that an exception lifted.
        duty: Duties owed: clause and rate in percent.
        exemption_not_met: Exemptions tried, with the reason why they failed.
        questions: What is asked, as code and values.
        notes: Remarks, as codes.
        computed: Masses and figures.
        dates: Readings of the date.
        by_date: Verdict and clauses for each reading, when there are several.
        draws: Permit and tonnes that leaving will book. [t]
        line: Line of the file.
        looked_at: Live clauses and facts, from which `passed` is read.
    """

    declaration_no: str
    item: str
    verdict: str
    on: date | None
    stage: str | None
    form: str | None
    elements: tuple[str, ...]
    code_mismatch: bool
    deciding: tuple[Finding, ...] = ()
    also_open: tuple[Finding, ...] = ()
    satisfied: tuple[tuple[Rule, str], ...] = ()
    lifted: tuple[Rule, ...] = ()
    duty: tuple[tuple[Rule, Decimal, Decimal | None], ...] = ()
    exemption_not_met: tuple[tuple[Rule, tuple[str, ...]], ...] = ()
    questions: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    computed: Mapping[str, Any] = field(default_factory=dict)
    dates: tuple[date, ...] = ()
    by_date: tuple[tuple[date, str, tuple[str, ...]], ...] = ()
    draws: tuple[str, Decimal] | None = None
    line: int | None = None
    looked_at: tuple[tuple[Rule, ...], Mapping[str, Any]] = ((), {})

    @property
    def passed(self) -> tuple[Finding, ...]:
        """Limits that were looked at and not broken."""
        live, values = self.looked_at
        return tuple(
            Finding(rule, values[rule.field])
            for rule in live
            if rule.operator in ("gt", "lt", "ge", "le", "between")
            and values.get(rule.field) is not None
            and rule.test(values) is False
            and rule.effect != "owes_duty"
        )

    @property
    def rule_ids(self) -> tuple[str, ...]:
        """Ids of the clauses that gave the verdict."""
        return tuple(finding.rule.rule_id for finding in self.deciding)

    def as_dict(self, language: str = "en") -> dict[str, Any]:
        """The verdict as plain JSON values; figures as numbers, tonnes of a permit as text.

        Args:
            language: Of questions, notes and reasons; verdicts and keys stay as they are.
        """
        record: dict[str, Any] = {
            "line": self.line,
            "declaration_no": self.declaration_no,
            "item": self.item,
            "verdict": self.verdict,
            "on": self.on.isoformat() if self.on else None,
            "stage": self.stage,
            "form": self.form,
            "declared_elements": list(self.elements),
            "code_mismatch": self.code_mismatch,
            "deciding": [finding.as_dict() for finding in self.deciding],
            "also_open": [finding.as_dict() for finding in self.also_open],
            "satisfied": [{"rule_id": rule.rule_id, "by": by} for rule, by in self.satisfied],
            "lifted": [rule.rule_id for rule in self.lifted],
            "passed": [finding.as_dict() for finding in self.passed],
            "duty": [
                {"rule_id": rule.rule_id, "rate_pct": plain(rate), "amount_usd": plain(amount)}
                for rule, rate, amount in self.duty
            ],
            "exemption_not_met": [
                {"rule_id": rule.rule_id, "why": words.why(why, language)} for rule, why in self.exemption_not_met
            ],
            "questions": [words.question(q, language) for q in self.questions],
            "notes": [words.note(n, language) for n in self.notes],
            "computed": {name: plain(value) for name, value in self.computed.items()},
            "draws": {"permit": self.draws[0], "t": str(self.draws[1])} if self.draws else None,
        }
        if len(self.dates) > 1:
            record["date_candidates"] = [day.isoformat() for day in self.dates]
            record["by_date"] = {
                day.isoformat(): {"verdict": verdict, "rule_ids": list(ids)} for day, verdict, ids in self.by_date
            }
        return record

    def text(self, language: str = "en") -> str:
        """The verdict as a short report in English (`en`) or Malay (`ms`)."""
        return words.report(self, language)

    def __str__(self) -> str:
        return self.text("en")


def plain(value: Any) -> Any:
    """A fact as a JSON value: decimals become numbers, tuples lists."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 10**15 else float(value)
    if isinstance(value, tuple):
        return [plain(v) for v in value]
    return value
