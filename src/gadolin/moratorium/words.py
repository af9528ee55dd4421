"""A verdict in words, English or Malay, from `sentences` and `vocabulary`.

A test holds both languages to the same codes and the same places for values. Clauses and instruments of the shipped
table have a Malay rendering in `malay.json`, found by their English text; one that is not there (a case's own row, or a
clause that was changed) is shown in the language of its table.
"""

from __future__ import annotations

import json
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from gadolin.errors import InputError
from gadolin.moratorium.sentences import FIELDS, FRAME, MASS, NOTES, QUESTIONS, STATUS, VERDICTS, WHY
from gadolin.moratorium.vocabulary import NAMES, SWITCHES, TESTS, VALUES

if TYPE_CHECKING:
    from gadolin.moratorium.verdict import Finding, Verdict

__all__ = ["LANGUAGES", "frame", "note", "question", "report", "verdict_word", "why"]

LANGUAGES = ("en", "ms")


def _pick(pair: tuple[str, str], language: str) -> str:
    return pair[LANGUAGES.index(language)]


@lru_cache(maxsize=4096)
def question(asked: tuple[str, ...], language: str) -> str:
    """A question as a sentence.

    >>> question(("mass", "UNIT_MISSING"), "ms")
    'Berat bersih dalam unit apa?'
    """
    code, *values = asked
    if code == "mass":
        return _pick(MASS.get(values[0], (values[0], values[0])), language)
    if code == "field":
        name, clause = values
        return _pick(FIELDS.get(name, ("{clause}", "{clause}")), language).format(clause=_rendered(clause, language))
    if code in ("reading", "clause_off"):
        point = values[-1]
        values[-1] = f"{_pick(SWITCHES.get(point, (point, point)), language)} ({point})"
    if code in ("declare", "duty_unknown", "not_a_number"):
        values[0] = _pick(NAMES.get(values[0], (values[0], values[0])), language)
    elif code == "date_matters":
        for name in VERDICTS:
            values[0] = values[0].replace(f": {name}", f": {_pick(VERDICTS[name], language)}")
    if code not in (
        "stage",
        "code",
        "unread",
        "unread_row",
        "not_a_number",
        "no_rules",
        "worked_out",
    ):  # what was typed is shown as typed
        values = [_rendered(v, language) for v in values]
    return _pick(QUESTIONS[code], language).format(*values)


@lru_cache(maxsize=1)
def _malay() -> dict[str, str]:
    """Malay renderings of clauses and instruments by their English text."""
    found = json.loads((resources.files("gadolin.moratorium") / "malay.json").read_text("utf-8"))
    return found["clauses"] | found["instruments"]


def _rendered(text: str, language: str) -> str:
    """A word, paper, clause or instrument in a language; what has no rendering stays as it is."""
    if text in VALUES:
        return _pick(VALUES[text], language)
    return _malay().get(text, text) if language == "ms" else text


def why(reason: tuple[str, ...], language: str) -> str:
    """Why a permit does not cover, as a phrase."""
    code, *values = reason
    return _pick(WHY[code], language).format(*(_rendered(v, language) for v in values))


def note(code: str, language: str) -> str:
    """A remark as a phrase; a code may carry a text after its first blank."""
    head, _, rest = code.partition(" ")
    if head in ("VALUE_NOT_USD", "VALUE_NOT_TESTED"):
        return _pick(NOTES[head], language).format(*(rest.split(" ") if head == "VALUE_NOT_USD" else (rest,)))
    if head == "PRICES" and language == "ms":
        rest = rest.replace(" to ", " hingga ")
    return f"{_pick(NOTES[head], language)}{rest}" if head in NOTES else code


def frame(name: str, language: str, *values: Any) -> str:
    """A fixed phrase of reports."""
    return _pick(FRAME[name], language).format(*values)


def verdict_word(verdict: str, language: str) -> str:
    """A verdict as printed."""
    return _pick(VERDICTS[verdict], language)


def shown(value: Any) -> str:
    """A value as printed: decimals without trailing zeros, at most six significant digits after the point."""
    if isinstance(value, Decimal):
        text = f"{value:.6f}".rstrip("0").rstrip(".")
        return text if text not in ("0", "-0") or value == 0 else f"{value:.3g}"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _sentence(finding: Finding, language: str) -> str:
    rule = finding.rule
    head = f"{rule.rule_id} ({_pick(STATUS[rule.status], language)}): {_rendered(rule.clause, language)}"
    if finding.fallback:
        return f"{rule.rule_id}: {_pick(FRAME['no_rule'], language)}"
    if rule.effect in ("needs_permit", "needs_declaration"):
        what = _pick(FRAME["lacks"], language).format(_rendered(rule.effect_value, language))
    elif (rule.operator, rule.value) == ("eq", "yes"):
        what = _plain_words(finding, language)[0]
    else:
        what = _pick(FRAME["is"], language).format(*_plain_words(finding, language))
    if finding.setting:
        point = finding.setting.split("=")[0]
        words = _pick(SWITCHES.get(point, (point, point)), language)
        readings = ", ".join(_rendered(reading, language) for reading in finding.readings)
        what += " " + frame("chosen" if finding.chosen else "setting", language, finding.setting, words, readings)
    return f"{head}. {what}"


def _plain_words(finding: Finding, language: str) -> tuple[str, str, str]:
    """Name of the fact, its value and the test of the clause, in words."""
    rule = finding.rule
    name = _pick(NAMES.get(rule.field, (rule.field, rule.field)), language)
    asked = ", ".join(_rendered(part, language) for part in rule.value.split(";"))
    return name, _rendered(shown(finding.value), language), _pick(TESTS[rule.operator], language).format(asked)


def report(v: Verdict, language: str) -> str:
    """The verdict as a short report.

    Args:
        v: Verdict.
        language: en or ms.

    Raises:
        InputError: Another language.
    """
    if language not in LANGUAGES:
        raise InputError(f'"{language}" is not a language of verdicts (one of {", ".join(LANGUAGES)})')

    def say(name: str, *values: Any) -> str:
        return frame(name, language, *values)

    words = [_rendered(word, language) for word in dict.fromkeys(filter(None, (v.stage, v.form)))]
    goods = ", ".join(filter(None, (*words, "-".join(v.elements)))) or "?"
    lines = [
        say("title", v.declaration_no, v.item, _pick(VERDICTS[v.verdict], language)),
        "  " + say("goods", goods, v.on or say("no_day")),
    ]

    def add(label: str, sentences: list[str], most: int = 4) -> None:
        for sentence in sentences[:most]:
            lines.append(f"  {label:10} {sentence}")
        if len(sentences) > most:
            lines.append(f"  {'':10} {say('and_more', len(sentences) - most)}")

    add(say("because"), [_sentence(f, language) for f in v.deciding], 12)
    if len(v.dates) > 1:
        readings = [(day, _pick(VERDICTS[verdict], language)) for day, verdict, _ in v.by_date]
        add(say("because"), [say("reading", day, verdict) for day, verdict in readings])
    add(say("open"), [_sentence(f, language) for f in v.also_open])
    met = "; ".join(say("by", rule.rule_id, _rendered(by, language)) for rule, by in v.satisfied)
    add(say("met"), [met] if met else [])
    add(say("lifted"), [", ".join(rule.rule_id for rule in v.lifted)] if v.lifted else [])
    add(say("duty"), [say("rate", rule.rule_id, shown(rate)) for rule, rate, _ in v.duty])
    add(say("tried"), [f"{rule.rule_id}: {why(reason, language)}" for rule, reason in v.exemption_not_met])
    passed = "; ".join(
        f"{_pick(NAMES.get(f.rule.field, (f.rule.field, f.rule.field)), language)} {shown(f.value)}" for f in v.passed
    )
    add(say("passed"), [passed] if passed else [])
    add(say("asked"), [question(q, language) for q in v.questions], 6)
    add(say("note"), list(dict.fromkeys(note(n, language) for n in v.notes)), 3)
    return "\n".join(lines)
