"""What may leave a country: dated clauses of export rules, and the tariff codes goods leave under."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from gadolin.elements import COMPANIONS, ELEMENTS
from gadolin.stages import GOODS, STAGES, TOPICS
from gadolin.tables import SOURCED, Choice, Date, Key, Many, RowCheck, RowId, Table, Text

FORMS = (
    "mining",
    "beneficiation",
    "mixed_carbonate",
    "mixed_oxide",
    "separation",
    "metal",
    "alloy",
    "magnet",
    "device",
    "recycling",
    "technology",
)
"""Stage and form of the goods themselves, as a verdict reads them: finer than a stage of the chain."""

NUMERIC = ("gt", "lt", "ge", "le", "between")
LISTS = ("in", "not_in", "any_of")
OPERATORS = ("present", "missing", "eq", "ne", *LISTS, *NUMERIC)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_CODE = r"\d{1,4}(\.?\d{1,6}){0,3}"


def _value_fits_operator(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """`value` is text with its digits as printed; the operator says how it is read."""
    for row, operator, value in zip(frame.index, frame["operator"], frame["value"], strict=True):
        parts = [] if pd.isna(value) else value.split(";")
        if operator in NUMERIC:
            wanted = 2 if operator == "between" else 1
            if len(parts) != wanted or not all(_NUMBER.fullmatch(p) for p in parts):
                yield str(row), "value", f"must be {wanted} plain number(s) parted by ';' for {operator}"
        elif operator == "present" and parts:
            yield str(row), "value", "must be blank for present"
        elif operator in ("eq", "ne") and len(parts) != 1:
            yield str(row), "value", f"must be one word for {operator}"
        elif operator in LISTS and not parts:
            yield str(row), "value", f"must be a list parted by ';' for {operator}"


def _switch_has_setting(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    for row in frame.index[frame["switch"].isna() != frame["switch_value"].isna()]:
        yield str(row), "switch_value", "must be given where, and only where, a switch is"


def _assumed_never_decides(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    for row in frame.index[
        (frame["status"] == "assumed") & (frame["can_decide"] == "yes") & frame["country_iso3"].notna()
    ]:
        yield str(row), "can_decide", "must be no: an assumed clause may only hold"


def _codes_are_prefixes(column: str) -> RowCheck:
    def check(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
        for row, codes in frame[column].items():
            for code in codes:
                if not re.fullmatch(_CODE, code):
                    yield str(row), column, f'"{code}" is no tariff code: digits, dots between them allowed'

    return check


def _days_in_order(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    for row in frame.index[frame["effective_date"] > frame["end_date"]]:
        yield str(row), "end_date", "must not lie before effective_date"


def _any_has_no_country(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    for row, place, country in zip(frame.index, frame["jurisdiction"], frame["country_iso3"], strict=True):
        if place != (country if pd.notna(country) else "ANY"):
            yield str(row), "jurisdiction", "must be country_iso3, or ANY where that is blank"


EXPORT_RULES = Table(
    "export_rules",
    about="Dated clauses on what may leave a country, each with condition, effect, authority and what it may decide.",
    columns=(
        RowId(help="Id of the clause; what exception_of names."),
        Text("jurisdiction", pattern="[A-Z]{3}", form="an ISO3 code or ANY", help="Exporting state, ANY for all."),
        Key("country_iso3", table="countries", missing="any exporting state"),
        Text("instrument", help="Law, order, notice or statement it stands in."),
        Text("clause", help="What it says."),
        Many("subject_stage", choices=FORMS, missing="all", help="Stage and form of goods; blank does not restrict."),
        Many("stages", choices=(*STAGES, *TOPICS), missing="all", help="subject_stage on the stages of the chain."),
        Many("goods", choices=GOODS, missing="all, or no goods", help="subject_stage as goods."),
        Many("hs_codes", missing="all", help="Leading digits of tariff codes, of any length."),
        Text("condition_field", help="Fact about the consignment that the condition looks at."),
        Choice("operator", choices=OPERATORS, help="between takes its lower end in and its upper end out."),
        Text("value", missing="the operator takes none", help="Typed by operator; digits stay as printed."),
        Text("unit", missing="no unit"),
        Choice(
            "effect",
            choices=(
                "may_leave",
                "may_not_leave",
                "needs_permit",
                "needs_declaration",
                "hold_document",
                "hold_lab_test",
                "owes_duty",
            ),
        ),
        Text("effect_value", missing="no document or rate", help="Document that meets it, or the rate of a duty."),
        Choice("effect_unit", choices=("percent_fob",), missing="no rate", help="Unit of a duty."),
        Many("exception_of", table="export_rules", missing="no exception", help="Clauses it lifts."),
        Text("switch", missing="not contested", help="Contested point; the row lives only under switch_value."),
        Text("switch_value", missing="not contested"),
        Date("effective_date", missing="always", help="First day, inside."),
        Date("end_date", missing="open", help="Last day, inside."),
        Choice(
            "status",
            choices=(
                "gazetted",
                "ministry_letter",
                "parliamentary_answer",
                "statement",
                "procedure_notice",
                "assumed",
            ),
            help="Authority; gazetted is the strongest.",
        ),
        Choice("can_decide", choices=("yes", "no"), help="no: it may hold at most, never refuse or let go."),
        *SOURCED,
    ),
    dated=("effective_date",),
    checks=(
        _value_fits_operator,
        _switch_has_setting,
        _assumed_never_decides,
        _codes_are_prefixes("hs_codes"),
        _days_in_order,
        _any_has_no_country,
    ),
)


def _code_starts_with_hs6(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    digits = frame[["code", "hs6"]].apply(lambda s: s.str.replace(".", "", regex=False))
    for row, code, hs in zip(frame.index, digits["code"], digits["hs6"], strict=True):
        if not code.startswith(hs):
            yield str(row), "hs6", "must be the leading digits of code"


TRADE_CODES = Table(
    "trade_codes",
    about="Tariff codes by stage: what stands under each, and whether it reads as raw under the moratorium.",
    columns=(
        RowId(),
        Choice("system", choices=("HS4", "HS6", "CN", "UK_TARIC", "HTS", "AHTN", "CHN8", "CHN10")),
        Key("country_iso3", table="countries", missing="international, or a list of several countries"),
        Text("code", pattern=_CODE, form="digits, dots between them allowed", help="As printed."),
        Text("hs6", pattern=_CODE, form="digits, dots between them allowed", help="As printed; 8549 has four."),
        Text("description"),
        Many("subject_stage", choices=(*FORMS, "waste"), help="Stage and form of goods, as in export_rules."),
        Many("stages", choices=(*STAGES, *TOPICS), help="subject_stage on the stages of the chain."),
        Many("goods", choices=GOODS, missing="no goods of the chain", help="subject_stage as goods."),
        Many("elements", choices=(*ELEMENTS, *COMPANIONS), missing="not named, or none", help="Elements it names."),
        Choice(
            "elements_scope",
            choices=("named", "named_and_others", "all", "all_but_ce", "mixed", "others", "listed", "none"),
            help="listed: the elements China controls; others: those without a line of their own.",
        ),
        Text("elements_text", help="Elements as the source puts them."),
        Choice(
            "raw_or_processed_my",
            choices=("raw", "processed", "ambiguous", "unknown"),
            help="Reading under the Malaysian moratorium; not settled law.",
        ),
        Text("raw_or_processed_basis", missing="not read", help="Where that reading comes from."),
        Text("since_hs_version", missing="not recorded"),
        Text("china_control", missing="none recorded"),
        Text("duty_note", missing="not recorded"),
        *SOURCED,
    ),
    key=("system", "code"),
    checks=(_code_starts_with_hs6,),
    aggregate="Codes nest: 2846 holds 284690. Never add trade under a code and under its prefix.",
)

TABLES = (EXPORT_RULES, TRADE_CODES)
