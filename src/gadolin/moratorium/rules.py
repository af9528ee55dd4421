"""Export rules as dated data: which clauses are live for these goods on this day.

A rule is one clause with its dates, its condition, its effect and its source, read from a table with the columns of
`export_rules`. Nothing about a country is written here. A row lives if its jurisdiction fits (or is ANY), the day lies
between its dates (both days inside), and its stage, tariff code and switch fit; a blank does not restrict.

Contested points are switches. The table says which rows belong to which setting; `SHIPPED` is the setting that ships.
A row of a switch that the user set otherwise may decide, since the user chose it, and the verdict says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.moratorium.consignment import same_word

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EFFECTS", "OPERATORS", "SHIPPED", "STATUSES", "Rule", "Rules"]

EFFECTS = (
    "may_leave",
    "may_not_leave",
    "needs_permit",
    "needs_declaration",
    "hold_document",
    "hold_lab_test",
    "owes_duty",
)
NUMERIC = ("gt", "lt", "ge", "le", "between")
OPERATORS = ("present", "missing", "eq", "ne", "in", "not_in", *NUMERIC, "any_of")
STATUSES = (
    "gazetted",
    "ministry_letter",
    "parliamentary_answer",
    "statement",
    "procedure_notice",
    "assumed",
)
FALLBACK = "ANY-D-01"
"""The row that stands for the absence of a rule; named only when no other row lets the goods go."""

SHIPPED: Mapping[str, str] = {
    "mixed_oxide": "unset",
    "separated_carbonate": "unset",
    "radioactive_raw": "unset",
    "perak_2024": "unset",
    "art_us": "off",
    "activity_sum": "unset",
    "china_pause": "unset",
    "legal_basis": "policy",
}
"""Settings of contested points as shipped. `legal_basis = gazetted_only` lets only gazetted rows refuse."""

_EXTRA_SETTINGS = {
    "perak_2024": ("not_granted",),
    "activity_sum": ("off",),
    "legal_basis": ("policy", "gazetted_only"),
}
# Settings under which no row lives: the point is decided by the rows around it.


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One dated clause: condition, effect, authority and source.

    Args:
        rule_id: Id of the row.
        jurisdiction: ISO3 of the exporting state, or ANY.
        instrument: Law, order, notice or statement it stands in.
        clause: What it says.
        stages: Stages it restricts itself to; empty for all.
        hs: Leading digits of the tariff codes it restricts itself to; empty for all.
        field: Fact that the condition looks at.
        operator: One of `OPERATORS`.
        value: Value of the condition, several parted by semicolons.
        effect: One of `EFFECTS`.
        effect_value: Document that meets it, or the rate of a duty in percent.
        exception_of: Rows that it lifts.
        switch: Contested point it belongs to, if any.
        switch_value: Setting under which it lives.
        start: First day; None for always.
        end: Last day, still inside; None for open.
        status: One of `STATUSES`.
        can_decide: Whether it may refuse or let go; else it can at most hold.
        basis: How well it is known.
        source: Title, address and date of the source.
        note: Remark of the table.
        test: Condition as a function of the facts: True, False, or None when the fact is not known.
        when_absent: The test where the field is absent; None when it can then only be unknown.
    """

    rule_id: str
    jurisdiction: str
    instrument: str
    clause: str
    stages: frozenset[str]
    hs: tuple[str, ...]
    field: str
    operator: str
    value: str
    unit: str
    effect: str
    effect_value: str
    exception_of: frozenset[str]
    switch: str
    switch_value: str
    start: date | None
    end: date | None
    status: str
    can_decide: bool
    basis: str
    source: tuple[str, str, str]
    note: str
    test: Callable[[Mapping[str, Any]], bool | None]
    when_absent: Callable[[Mapping[str, Any]], bool | None] | None

    @property
    def compares(self) -> bool:
        """Whether the condition compares a number."""
        return self.operator in NUMERIC

    @property
    def test_text(self) -> str:
        """The condition as it is printed: `net_mass_t gt 100000`."""
        return f"{self.field} {self.operator} {self.value}".strip()

    def as_dict(self) -> dict[str, Any]:
        """The clause with authority and source as plain JSON values."""
        title, address, day = self.source
        return {
            "rule_id": self.rule_id,
            "instrument": self.instrument,
            "clause": self.clause,
            "status": self.status,
            "can_decide": self.can_decide,
            "basis": self.basis,
            "from": self.start.isoformat() if self.start else None,
            "to": self.end.isoformat() if self.end else None,
            "source": {"title": title, "url": address, "date": day},
        }


class Rules:
    """A table of dated clauses with the settings of its contested points.

    Args:
        rules: The clauses in the order of the table.
        switches: Settings that differ from the shipped ones.

    `jurisdictions` are the states that have a clause of their own.

    Raises:
        InputError: A switch or a setting that the table does not know.
    """

    def __init__(self, rules: tuple[Rule, ...], switches: Mapping[str, str] | None = None) -> None:
        self.rules = rules
        self.by_id = {rule.rule_id: rule for rule in rules}
        self.jurisdictions = frozenset(rule.jurisdiction for rule in rules) - {"ANY"}
        self.chosen = dict(switches or {})
        self._settings: dict[str, tuple[str, ...]] | None = None
        self._check_switches()
        self.switches = {**SHIPPED, **self.chosen}
        self._live: dict[tuple[Any, ...], tuple[Rule, ...]] = {}

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, switches: Mapping[str, str] | None = None) -> Rules:
        """Rules from a table with the columns of `export_rules`; the id is the index or the column `rule_id`.

        Args:
            frame: One clause a row; lists may be cells with semicolons or real lists.
            switches: Settings that differ from the shipped ones.

        Raises:
            InputError: Every row with an unknown operator, effect, status or date.
        """
        if "rule_id" not in frame.columns:
            frame = frame.reset_index(names="rule_id")
        for column in ("source_title", "source_url", "source_date"):
            if column not in frame.columns:
                frame = frame.assign(**{column: ""})
        faults: list[Fault] = []
        rules = [_rule(record, line, faults) for line, record in enumerate(frame.to_dict("records"), start=2)]
        if faults:
            raise InputError(faults)
        return cls(tuple(rule for rule in rules if rule is not None), switches)

    def set(self, **switches: str) -> Rules:
        """The same clauses under other settings.

        Raises:
            InputError: A switch or a setting that the table does not know.
        """
        return Rules(self.rules, {**self.chosen, **switches})

    def settings(self) -> dict[str, tuple[str, ...]]:
        """Every contested point with the settings it knows."""
        if self._settings is None:
            self._settings = self._find_settings()
        return self._settings

    def _find_settings(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {name: {value} for name, value in SHIPPED.items()}
        for rule in self.rules:
            if rule.switch:
                found.setdefault(rule.switch, set()).add(rule.switch_value)
        for name, values in _EXTRA_SETTINGS.items():
            found.setdefault(name, set()).update(values)
        return {name: tuple(sorted(values)) for name, values in sorted(found.items())}

    def live(self, jurisdiction: str, on: date, stage: str | None, code: str) -> tuple[Rule, ...]:
        """Clauses in force on a day for goods of a stage under a tariff code, in the order of the table.

        Args:
            jurisdiction: ISO3 of the exporting state.
            on: Day of the declaration.
            stage: Stage of the goods; None when it is not known, then only rows without a stage live.
            code: Tariff code, digits only.
        """
        key = (jurisdiction, on, stage, code)
        if key not in self._live:
            if len(self._live) > 50_000:
                self._live.clear()
            self._live[key] = tuple(
                rule
                for rule in self.rules
                if rule.jurisdiction in (jurisdiction, "ANY")
                and (rule.start is None or rule.start <= on)
                and (rule.end is None or on <= rule.end)
                and (not rule.stages or stage in rule.stages)
                and (not rule.hs or code.startswith(rule.hs))
                and (not rule.switch or self.switches.get(rule.switch) == rule.switch_value)
            )
        return self._live[key]

    def decides(self, rule: Rule) -> bool:
        """Whether a row may refuse or let go: it says so itself, or the user chose its setting."""
        return rule.can_decide or (
            bool(rule.switch) and self.switches[rule.switch] != SHIPPED.get(rule.switch, "unset")
        )

    def listed_elements(self, jurisdiction: str, on: date) -> frozenset[str]:
        """Elements for which the jurisdiction asks for a dual-use licence on a day, under the settings chosen."""
        return frozenset(
            element
            for rule in self.rules
            if rule.jurisdiction == jurisdiction
            and rule.field == "elements"
            and rule.effect_value == "dual_use_licence"
            and (rule.start is None or rule.start <= on)
            and (rule.end is None or on <= rule.end)
            and (not rule.switch or self.switches.get(rule.switch) == rule.switch_value)
            for element in rule.value.split(";")
        )

    def _check_switches(self) -> None:
        faults = []
        known = self.settings()
        for name, value in self.chosen.items():
            if name not in known:
                faults.append(
                    Fault(f"no such switch{did_you_mean(name, known)} (one of {', '.join(known)})", field=name)
                )
            elif value not in known[name]:
                faults.append(Fault(f"must be one of {', '.join(known[name])}", field=name, value=value))
        if faults:
            raise InputError(faults)

    def __len__(self) -> int:
        return len(self.rules)

    def __str__(self) -> str:
        chosen = ", ".join(f"{k} = {v}" for k, v in self.chosen.items()) or "as shipped"
        places = sorted({rule.jurisdiction for rule in self.rules})
        return f"{len(self.rules)} clauses of {', '.join(places)}; switches {chosen}"


def _text(cell: Any) -> str:
    if isinstance(cell, list | tuple):
        return ";".join(str(part) for part in cell)
    if cell is None or cell != cell or str(cell) == "<NA>":
        return ""
    return str(cell).strip()


def _day(text: str, last: bool) -> date | None:
    """A date, possibly partial; a partial end counts to its last day."""
    if not text:
        return None
    parts = [int(part) for part in text[:10].split("-")]
    year, month = parts[0], parts[1] if len(parts) > 1 else (12 if last else 1)
    if len(parts) > 2:
        return date(year, month, parts[2])
    if not last:
        return date(year, month, 1)
    return date.fromordinal(date(year + month // 12, month % 12 + 1, 1).toordinal() - 1)


def _rule(record: Mapping[str, Any], line: int, faults: list[Fault]) -> Rule | None:
    cell = {name: _text(value) for name, value in record.items()}
    count = len(faults)

    def known(column: str, allowed: tuple[str, ...]) -> None:
        if cell[column] not in allowed:
            faults.append(
                Fault(
                    f"must be one of {', '.join(allowed)}",
                    file="export_rules.csv",
                    line=line,
                    field=column,
                    value=cell[column],
                )
            )

    known("operator", OPERATORS)
    known("effect", EFFECTS)
    known("status", STATUSES)
    known("can_decide", ("yes", "no"))
    days: dict[str, date | None] = {}
    for column, last in (("effective_date", False), ("end_date", True)):
        try:
            days[column] = _day(cell[column], last)
        except ValueError:
            faults.append(Fault("must be a date like 2024-01-31", "export_rules.csv", line, column, cell[column]))
    if len(faults) > count:
        return None
    try:
        test = condition(cell["condition_field"], cell["operator"], cell["value"])
    except ArithmeticError:
        faults.append(Fault("must be a number for this operator", "export_rules.csv", line, "value", cell["value"]))
        return None
    return Rule(
        rule_id=cell["rule_id"],
        jurisdiction=cell["jurisdiction"],
        instrument=cell["instrument"],
        clause=cell["clause"],
        stages=frozenset(filter(None, cell["subject_stage"].split(";"))),
        hs=tuple(filter(None, (re.sub(r"\D", "", code) for code in cell["hs_codes"].split(";")))),
        field=cell["condition_field"],
        operator=cell["operator"],
        value=cell["value"],
        unit=cell["unit"],
        effect=cell["effect"],
        effect_value=cell["effect_value"],
        exception_of=frozenset(filter(None, cell["exception_of"].split(";"))),
        switch=cell["switch"],
        switch_value=cell["switch_value"],
        start=days["effective_date"],
        end=days["end_date"],
        status=cell["status"],
        can_decide=cell["can_decide"] == "yes",
        basis=cell["basis"],
        source=(cell["source_title"], cell["source_url"], cell["source_date"]),
        note=cell["note"],
        test=test,
        when_absent=test if cell["operator"] == "missing" else None,
    )


def condition(field: str, operator: str, value: str) -> Callable[[Mapping[str, Any]], bool | None]:
    """A condition as a function of the facts; None when the fact is not known, or is a word where numbers compare.

    `between` takes the lower bound inside and the upper outside.

    >>> condition("net_mass_t", "gt", "100000")({"net_mass_t": Decimal("100000")})
    False
    >>> condition("ni_pct", "lt", "1.7")({}) is None
    True
    """
    parts = tuple(value.split(";"))
    if operator == "present":
        return lambda facts: facts.get(field) is not None
    if operator == "missing":
        if field == "documents":
            return lambda facts: value not in facts["documents"]
        return lambda facts: facts.get(field) is None
    if operator == "any_of":
        wanted = frozenset(parts)
        return lambda facts: not wanted.isdisjoint(facts.get(field) or ())
    if operator in ("eq", "in"):
        return lambda facts: None if facts.get(field) is None else _among(facts[field], parts)
    if operator in ("ne", "not_in"):
        return lambda facts: None if facts.get(field) is None else not _among(facts[field], parts)
    return _number_condition(field, operator, tuple(Decimal(part) for part in parts))


def _among(value: Any, parts: tuple[str, ...]) -> bool:
    """Whether a fact is one of some words, whatever its case, blanks and dashes."""
    return value in parts or (isinstance(value, str) and any(same_word(part, value) for part in parts))


def _number_condition(
    field: str, operator: str, limits: tuple[Decimal, ...]
) -> Callable[[Mapping[str, Any]], bool | None]:
    limit = limits[0]
    if operator == "between":
        low, high = limits
        return lambda facts: low <= x < high if isinstance(x := facts.get(field), Decimal | int) else None
    if operator == "gt":
        return lambda facts: x > limit if isinstance(x := facts.get(field), Decimal | int) else None
    if operator == "lt":
        return lambda facts: x < limit if isinstance(x := facts.get(field), Decimal | int) else None
    if operator == "ge":
        return lambda facts: x >= limit if isinstance(x := facts.get(field), Decimal | int) else None
    return lambda facts: x <= limit if isinstance(x := facts.get(field), Decimal | int) else None
