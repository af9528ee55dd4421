"""The verdict on one consignment: which live clauses fall due, what lifts them, what is asked.

Order: facts, live rows of the day, conditions, exceptions, then MAY NOT LEAVE before HELD: LAB TEST before HELD:
DOCUMENT before MAY LEAVE. A row refuses or lets go only if it may decide; all others hold. All open holds are listed,
also under a refusal. The judge is pure: it books nothing (see `batch` for files and the ledger).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from gadolin.errors import Fault, InputError
from gadolin.moratorium.consignment import Consignment, same_word
from gadolin.moratorium.facts import RAW_STAGES, Facts, Prices, facts_of
from gadolin.moratorium.rules import FALLBACK, Rule, Rules
from gadolin.moratorium.terms import Cover, PermitBook, Permits, cover_of
from gadolin.moratorium.verdict import HELD_DOCUMENT, HELD_LAB, MAY_LEAVE, MAY_NOT_LEAVE, Finding, Verdict

__all__ = ["judge"]

_NO_PERMITS = Permits()
_MUST_BE_DECLARED = frozenset(("ni_pct", "cu_pct", "smelter_progress", "destination", "purpose"))
# Facts that a declaration has to state: a clause that would stop the goods and turns on one of them holds without it.


@dataclass
class _Open:
    """What the live clauses gave."""

    leave: list[Finding] = field(default_factory=list)
    refuse: list[Finding] = field(default_factory=list)
    lab: list[Finding] = field(default_factory=list)
    document: list[Finding] = field(default_factory=list)
    satisfied: list[tuple[Rule, str]] = field(default_factory=list)
    lifted: list[Rule] = field(default_factory=list)
    duty: list[tuple[Rule, Decimal, Decimal | None]] = field(default_factory=list)
    duty_unknown: list[Rule] = field(default_factory=list)
    not_met: list[tuple[Rule, tuple[str, ...]]] = field(default_factory=list)


def judge(
    consignment: Consignment,
    rules: Rules,
    permits: PermitBook | None = None,
    on: date | None = None,
    prices: Prices | None = None,
) -> Verdict:
    """Judge one consignment by the rules in force on its day.

    Args:
        consignment: One item of a declaration.
        rules: Dated clauses with the settings of contested points.
        permits: Ledger of permits; None for an empty one. Nothing is booked.
        on: Day to judge on; None for the date of the declaration, in each of its readings.
        prices: Prices for the test of the declared value; None skips that test.

    Returns:
        The verdict with clauses, values and questions.

    Raises:
        InputError: `consignment` is a plain record, or `on` no date.
    """
    if not isinstance(consignment, Consignment):
        allowed = "must be a Consignment; Consignment.from_dict(record) makes one"
        raise InputError(Fault(allowed, field="consignment", value=type(consignment).__name__))
    if on is not None and not isinstance(on, date):
        raise InputError(Fault("must be a date, as date.fromisoformat gives", field="on", value=str(on)))
    return judge_facts(consignment, facts_of(consignment, prices), rules, permits, on)


def judge_facts(
    consignment: Consignment, facts: Facts, rules: Rules, permits: PermitBook | None, on: date | None
) -> Verdict:
    """As `judge`, from facts worked out before.

    Args:
        consignment: One item of a declaration.
        facts: Its facts.
        rules: Dated clauses.
        permits: Ledger of permits; None for an empty one.
        on: Day to judge on; None for the date of the declaration.
    """
    book = permits if permits is not None else _NO_PERMITS
    days = (on,) if on is not None else consignment.dates
    if not days:
        return _undated(consignment, facts, rules)
    readings = [_decide(consignment, facts, rules, book, day) for day in days]
    if len(readings) == 1:
        return readings[0]
    by_date = tuple((day, v.verdict, v.rule_ids) for day, v in zip(days, readings, strict=True))
    first = readings[0]
    if all(v.verdict == first.verdict for v in readings):
        return replace(first, by_date=by_date, questions=(("date_no_matter", *map(str, days)), *first.questions))
    spoken = [f"{day}: {v.verdict}" for day, v in zip(days, readings, strict=True)]
    return replace(
        first,
        verdict=HELD_DOCUMENT,
        on=None,
        deciding=(),
        also_open=(),
        draws=None,
        by_date=by_date,
        questions=(("date_matters", "; ".join(spoken)),),
    )


def _undated(c: Consignment, facts: Facts, rules: Rules) -> Verdict:
    return Verdict(
        c.declaration_no,
        c.item,
        HELD_DOCUMENT,
        None,
        facts.goods.stage,
        facts.goods.form,
        facts.goods.elements,
        facts.goods.code_mismatch,
        questions=(("date_missing",), *_blocking(c, facts, rules)),
        notes=(*facts.notes, *c.warnings),
        computed=facts.computed,
        line=c.line,
    )


def _decide(c: Consignment, facts: Facts, rules: Rules, book: PermitBook, on: date) -> Verdict:
    values = dict(facts.values)
    cover = cover_of(c, c.net.t, on, book)
    _permit_facts(c, values, cover, book)
    if c.end_user_flag and not rules.listed_elements(c.jurisdiction, on).isdisjoint(values["elements"]):
        values["dual_use_end_user"] = c.end_user_flag
    live = rules.live(c.jurisdiction, on, facts.goods.stage, c.code)
    found = _weigh(live, values, rules, cover, c)
    unclear = [*facts.unclear]
    if cover is not None and values.get("mass_unclear") and not unclear:
        unclear = ["TREO_BASIS_MISSING"]
    blocking = [*_blocking(c, facts, rules), *_not_taken_up(live, values, unclear)]
    held = found.lab + found.document
    if found.refuse:
        verdict, deciding, also = MAY_NOT_LEAVE, found.refuse, held
    elif held or blocking:
        deciding, also = sorted(held, key=lambda f: live.index(f.rule)), []
        verdict = HELD_LAB if found.lab else HELD_DOCUMENT
    else:
        verdict, deciding, also = MAY_LEAVE, found.leave or _fallback(rules), []
    computed = dict(facts.computed)
    if cover is not None and cover.left_t is not None:
        computed |= {"permit_need_t": cover.need_t, "permit_left_t": cover.left_t}
    draws = None
    if verdict == MAY_LEAVE and cover is not None and cover.covers:
        assert cover.permit is not None
        assert cover.need_t is not None
        draws = (cover.permit.permit_id, cover.need_t)
    return Verdict(
        c.declaration_no,
        c.item,
        verdict,
        on,
        facts.goods.stage,
        facts.goods.form,
        facts.goods.elements,
        facts.goods.code_mismatch,
        tuple(deciding),
        tuple(also),
        tuple(found.satisfied),
        tuple(found.lifted),
        tuple(found.duty),
        tuple(found.not_met),
        tuple(dict.fromkeys((*blocking, *_questions(found, unclear, c, facts)))),
        (*facts.notes, *(c.warnings)),
        computed,
        c.dates,
        draws=draws,
        line=c.line,
        looked_at=(live, values),
    )


def _permit_facts(c: Consignment, values: dict[str, Any], cover: Cover | None, book: PermitBook) -> None:
    pilot = book.pilot_operator is not None and same_word(book.pilot_operator, c.exporter)
    if cover is None:
        if pilot:
            values["permit_not_cited"] = "pilot_operator"
        return
    if cover.covers and cover.permit is not None:
        values["permit_covers"] = cover.permit.kind
    elif cover.uncertain:
        if pilot:
            values["permit_uncertain"] = "pilot_operator"
        if cover.why[0] == "mass_not_known":
            values["mass_unclear"] = "yes"


def _weigh(
    live: tuple[Rule, ...], values: Mapping[str, Any], rules: Rules, cover: Cover | None, c: Consignment
) -> _Open:
    found = _Open()
    met: list[Rule] = []
    lifts: set[str] = set()
    softens: set[str] = set()
    for rule in live:
        if values.get(rule.field) is None:
            holds = rule.when_absent(values) if rule.when_absent else None
        else:
            holds = rule.test(values)
        if holds and rule.rule_id != FALLBACK:
            met.append(rule)
            if rule.exception_of:
                by = lifts if rule.effect == "may_leave" and rules.decides(rule) else softens
                by.update(rule.exception_of)
        elif holds is None and values.get(rule.field) is not None:
            found.document.append(_finding(rule, values, rules))  # a word where the clause compares a number
        elif holds is None and rule.effect in ("may_not_leave", "needs_permit") and rule.field in _MUST_BE_DECLARED:
            if rule.effect_value not in values["documents"]:
                found.document.append(_finding(rule, values, rules))
        elif holds is None and rule.effect == "owes_duty":
            found.duty_unknown.append(rule)
        elif rule.exception_of and rule.field == "permit_covers" and cover is not None and cover.why:
            found.not_met.append((rule, cover.why))
    only_gazetted = rules.switches["legal_basis"] == "gazetted_only"
    for rule in met:
        if rule.effect == "may_leave":
            (found.leave if not rule.exception_of or rules.decides(rule) else found.document).append(
                _finding(rule, values, rules)
            )
        elif rule.effect == "may_not_leave":
            if rule.rule_id in lifts:
                found.lifted.append(rule)
            elif rule.rule_id not in softens:
                refuses = rules.decides(rule) and (rule.status == "gazetted" or not only_gazetted)
                (found.refuse if refuses else found.document).append(_finding(rule, values, rules))
        elif rule.effect in ("needs_permit", "needs_declaration"):
            if rule.effect_value in values["documents"]:
                found.satisfied.append((rule, rule.effect_value))
            else:
                found.document.append(_finding(rule, values, rules))
        elif rule.effect == "owes_duty":
            found.duty.append((rule, rate := Decimal(rule.effect_value), _duty_usd(c, rate)))
        else:
            (found.lab if rule.effect == "hold_lab_test" else found.document).append(_finding(rule, values, rules))
    return found


def _duty_usd(c: Consignment, rate_pct: Decimal) -> Decimal | None:
    if c.value is None or c.value.amount is None or c.value.currency != "USD" or c.value.terms != "FOB":
        return None
    return c.value.amount * rate_pct / 100


def _finding(rule: Rule, values: Mapping[str, Any], rules: Rules) -> Finding:
    value = values.get(rule.field)
    if rule.operator == "missing" or value is None:
        value = "missing"
    if not rule.switch:
        return Finding(rule, value)
    setting, readings = f"{rule.switch}={rule.switch_value}", rules.settings()[rule.switch]
    return Finding(rule, value, setting, rule.switch in rules.chosen, readings)


def _fallback(rules: Rules) -> list[Finding]:
    rule = rules.by_id.get(FALLBACK)
    return [] if rule is None else [Finding(rule, None, fallback=True)]


def _blocking(c: Consignment, facts: Facts, rules: Rules) -> list[tuple[str, ...]]:
    """What must be known before anything may leave, whatever the rules say."""
    asked: list[tuple[str, ...]] = []
    if facts.goods.stage is None:
        asked.append(("stage", c.description or "-"))
    if len(c.code) < 6:
        asked.append(("code", c.code or "-"))
    if c.jurisdiction not in rules.jurisdictions:
        asked.append(("no_rules", c.jurisdiction))
    if facts.goods.stage not in RAW_STAGES:  # what raw goods fetch and how much moves at once is not known
        asked += [("mass", code) for code in ("UNIT_SUSPECT", "MASS_SUSPECT") if code in facts.notes]
    asked += [("worked_out", name) for name in facts.not_taken]
    asked += [_unread(code) for code in c.unclear if code.startswith("UNREAD")]
    return asked


def _not_taken_up(live: tuple[Rule, ...], values: Mapping[str, Any], unclear: list[str]) -> list[tuple[str, ...]]:
    """What is unclear in the declaration itself is asked, also where no live clause of its state does."""
    fields = {rule.field for rule in live}
    asked: list[tuple[str, ...]] = []
    if values.get("mass_unclear") and "mass_unclear" not in fields:
        asked += [("mass", code) for code in unclear]
    if values.get("code_mismatch") and "code_mismatch" not in fields:
        asked.append(("field", "code_mismatch", ""))
    return asked


def _unread(code: str) -> tuple[str, ...]:
    """The question behind `UNREAD field = cell`, `UNREAD_CELLS found expected` or `UNREAD_ROW line why`."""
    head, _, rest = code.partition(" ")
    if head in ("UNREAD_CELLS", "UNREAD_ROW"):
        return (head.lower(), *rest.split(" ", 1))
    return ("unread", rest)


def _questions(found: _Open, unclear: list[str], c: Consignment, facts: Facts) -> list[tuple[str, ...]]:
    asked: list[tuple[str, ...]] = []
    if any(f.rule.status != "gazetted" for f in found.refuse):
        asked.append(("not_gazetted",))
    for _, why in found.not_met:
        if why[0] == "too_little_left" and found.refuse:
            asked.append(("amend",))
    for finding in (*found.refuse, *found.lab, *found.document):
        rule = finding.rule
        if rule.compares and not isinstance(finding.value, Decimal) and finding.value != "missing":
            asked.append(("not_a_number", rule.field, str(finding.value)))
        elif finding.value == "missing" and rule.field in _MUST_BE_DECLARED:
            asked.append(("declare", rule.field, rule.clause))
        elif rule.effect in ("needs_permit", "needs_declaration"):
            asked.append(("show", rule.effect_value, rule.instrument))
        elif rule.field == "mass_unclear":
            asked += [("mass", code) for code in unclear]
        elif rule.field == "treo_gap":
            cert = c.certificate
            missing_y = cert is not None and "Y" not in cert.oxides_pct
            asked.append(("yttrium",) if missing_y else ("treo_sum",))
        elif rule.switch and rule.effect == "hold_document":
            asked.append(("reading", rule.clause, rule.switch))
        elif rule.switch and rule.effect == "may_not_leave" and finding not in found.refuse:
            asked.append(("clause_off", rule.switch))
        elif rule.effect.startswith("hold"):
            asked.append(("field", rule.field, rule.clause))
    if "UNIT_SUSPECT" in facts.notes:
        asked.append(("mass", "UNIT_SUSPECT"))
    if not found.refuse:
        once = {rule.field: rule.clause for rule in reversed(found.duty_unknown)}
        asked += [("duty_unknown", name, clause) for name, clause in once.items()]
    for note in facts.notes:
        if note.startswith("VALUE_NOT_TESTED"):
            asked.append(("currency", note.partition(" ")[2]))
        elif note == "VALUE_NO_CURRENCY":
            asked.append(("no_currency",))
    return asked
