"""What states do about rare earths: policies of any state or group, and the incentives Malaysia offers."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from gadolin.atlas.rowchecks import ordered
from gadolin.elements import COMPANIONS, ELEMENTS
from gadolin.stages import GOODS, STAGES, TOPICS
from gadolin.tables import SOURCED, Choice, Date, Flag, Key, Many, Number, RowCheck, RowId, Table, Text

_OTHER_ELEMENTS = ("Li", "Mn", "Ni", "Co", "C", "Mg")

_RATE_UNITS = (
    *("usd", "eur", "aud", "jpy", "inr", "krw", "brl", "gbp", "cad", "myr", "myr_max_fine"),
    *("usd_per_kg_ndpr", "usd_per_year_ebitda_floor", "cny_per_t", "t_per_form", "t_reo_per_year"),
    *("pct", "pct_ad_valorem", "pct_ad_valorem_export_duty", "pct_change", "pct_threshold", "pct_ownership"),
    *("pct_of_consumption", "pct_cap_single_country", "pct_of_ore_exports", "pct_of_raw_exports", "pct_processed"),
    *("pct_of_capex", "pct_of_production_cost", "pct_of_processing_cost", "pct_of_dytb", "pct_dependence_target"),
    *("entities", "elements", "bq_per_g", "years_to_stop_residue", "hs_code_per_application", "working_days"),
)


def _value_has_unit(value: str, unit: str) -> RowCheck:
    def check(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
        for row in frame.index[frame[value].notna() != frame[unit].notna()]:
            yield str(row), unit, f"must be given where, and only where, {value} is"

    return check


def instrument_possible(frame: pd.DataFrame) -> pd.Series:
    """Which policies could be read as an instrument of a model: dated, and bearing on known elements of a known stage.

    Args:
        frame: Rows of `policies`.
    """
    stages = frame["stages"].map(lambda found: any(s in STAGES for s in found))
    elements = frame["elements"].map(lambda found: any(e in ELEMENTS for e in found))
    return frame["effective_date"].notna() & stages & elements


def _flag_follows(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    for row in frame.index[frame["may_be_instrument"] != instrument_possible(frame)]:
        yield str(row), "may_be_instrument", "must be yes where date, a stage and a rare earth are known, else no"


def _days_in_order(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    wrong = (frame["effective_date"] > frame["end_date"]) & (frame["status"] != "suspended")
    for row in frame.index[wrong]:
        yield str(row), "end_date", "must not lie before effective_date, unless suspended before it began"


def _firms_say_if_complete(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    named = frame["firms"].map(len)
    for row in frame.index[(named > 0) & frame["firms_complete"].isna()]:
        yield str(row), "firms_complete", "must be yes or no where firms are named"
    counted = (frame["rate_unit"] == "entities") & (named < frame["rate_value"])
    for row in frame.index[counted & frame["firms_complete"].fillna(value=True).astype(bool)]:
        yield str(row), "firms_complete", "must be no: the rule hits more entities than are named"


POLICIES = Table(
    "policies",
    about="Instruments of states and groups with dates, clause and status; text kept, scope also as lists.",
    columns=(
        RowId(),
        Key("country_iso3", table="countries", help="Who acts; G7 and EUU are groups, not countries."),
        Choice(
            "instrument",
            choices=(
                *("subsidy", "export_ban", "export_licence", "permitting_rule", "radioactive_waste_rule"),
                *("tax_incentive", "tariff", "import_ban", "local_content", "stockpile", "capacity_target"),
                *("concentration_cap", "penalty_rule", "royalty", "production_quota", "price_floor"),
                *("sanction_list", "export_quota", "technology_export_ban", "offtake", "talent_control"),
            ),
        ),
        Many("stages", choices=(*STAGES, *TOPICS), help="Stages, and topics that are no stage; all nine for all."),
        Many("goods", choices=GOODS, missing="none named", help="Goods that follow from the stages named."),
        Text("stages_text", help="Scope as the source puts it."),
        Many("elements", choices=(*ELEMENTS, *COMPANIONS, *_OTHER_ELEMENTS), missing="not named, or only a class"),
        Choice(
            "elements_scope",
            choices=("all_ree", "named", "heavy", "magnet", "class_of_minerals", "no_ree", "not_stated"),
            help="heavy: Tb to Lu and Y by our grouping; magnet: Nd, Pr, Dy, Tb; a class of minerals stays unmapped.",
        ),
        Text("elements_text", missing="not stated", help="Elements as the source puts them."),
        Many("hs_codes", missing="not named", help="Leading digits of tariff codes."),
        Many("targets", table="countries", missing="not aimed at named countries", help="Countries it hits."),
        Many("firms", missing="not aimed at named firms", help="Firms it hits or favours."),
        Flag("firms_complete", missing="not aimed at named firms", help="no: more firms are hit than are known."),
        Text("rate_or_size", help="Rate or size in words."),
        Number("rate_value", row_unit="rate_unit", missing="not a number"),
        Choice("rate_unit", choices=_RATE_UNITS, missing="not a number"),
        Date("effective_date", missing="not known, or not in force"),
        Date("end_date", missing="open, or not known"),
        Choice(
            "status",
            choices=(
                *("in_force", "announced", "suspended", "unverified_if_still_in_force", "proposed", "ended"),
                *("expired", "unclear", "reference", "stated_preference", "expired_unknown"),
                *("outcome_unknown", "unknown", "superseded"),
            ),
            help="unverified_if_still_in_force may only warn.",
        ),
        Flag("may_be_instrument", help="no: without date, stage or rare earth; shown, never made an instrument."),
        Text("authority"),
        Text("legal_basis", missing="not stated"),
        Text("description"),
        Many("other_urls", missing="one source"),
        *SOURCED,
    ),
    dated=("effective_date",),
    checks=(_value_has_unit("rate_value", "rate_unit"), _flag_follows, _days_in_order, _firms_say_if_complete),
    aggregate="Rates and sizes differ in unit and meaning; nothing is added.",
)


def _readings_agree(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    for row, others in frame["other_readings"].items():
        if row in others:
            yield str(row), "other_readings", "must not name the row itself"


INCENTIVES = Table(
    "incentives",
    about="Incentives, taxes and funds of a country; where advisers read one differently, each reading is a row.",
    columns=(
        RowId(),
        Key("country_iso3", table="countries"),
        Key("state", table="states", missing="whole country", help="State in which it applies."),
        Text("name"),
        Many("other_readings", table="incentives", missing="read one way", help="Other readings of the rule."),
        Text("legal_basis"),
        Many("agencies", help="Who grants it."),
        Many("stages", choices=(*STAGES, *TOPICS)),
        Choice(
            "benefit_type",
            choices=(
                *("investment_tax_allowance", "grant", "income_tax_exemption", "special_tax_rate"),
                *("eligibility_rule", "deduction", "base_tax_rate", "fee", "assessment_rule"),
                *("personal_tax_rate", "grant_and_coinvestment", "duty_exemption", "customs_duty", "minimum_tax"),
                *("initial_allowance", "annual_allowance", "loss_carry_forward"),
            ),
        ),
        Number("rate_value", at_least=0, row_unit="rate_unit", missing="not found"),
        Number("rate_value_low", at_least=0, row_unit="rate_unit", missing="no range stated"),
        Number("rate_value_high", at_least=0, row_unit="rate_unit", missing="no range stated"),
        Choice(
            "rate_unit",
            choices=(
                *("pct", "pct_tax_rate", "pct_effective_rate_floor", "pct_of_qualifying_capex", "pct_of_expense"),
                *("pct_of_statutory_income_exempt", "pillars", "myr", "myr_ceiling", "myr_per_application"),
                *("myr_startup_allocation", "myr_shareholder_funds", "myr_capex_per_full_time_employee"),
            ),
            missing="not found",
        ),
        Flag("rate_is_low_end", help="rate_value is the low end of a range by tier."),
        Number("statutory_income_offset_pct", at_least=0, at_most=100, missing="not of that kind", help="Ceiling."),
        Number("duration_years", above=0, missing="not stated"),
        Date("window_start", missing="not stated"),
        Date("window_end", missing="open, or not stated"),
        Text("conditions", missing="not found"),
        Choice("status", choices=("in_force", "closed_to_new_manufacturing", "historic", "unknown")),
        Text("description"),
        Many("other_urls", missing="one source"),
        *SOURCED,
    ),
    dated=("window_start",),
    checks=(_value_has_unit("rate_value", "rate_unit"), _readings_agree, ordered("rate_value")),
    aggregate="Incentives exclude each other by their conditions; nothing is added.",
)

TABLES = (POLICIES, INCENTIVES)
