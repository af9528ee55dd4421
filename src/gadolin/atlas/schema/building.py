"""How long plants take to build and to ramp up, and the people they need."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from gadolin.atlas.rowchecks import needs
from gadolin.stages import PRODUCT_GROUPS, STAGES, TOPICS
from gadolin.tables import SOURCED, Choice, Date, Flag, Key, Many, Number, RowId, Table, Text


def _one_time_or_rate(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    lead = frame["parameter"] == "lead_time"
    for row in frame.index[lead & frame["lead_time_years"].isna()]:
        yield str(row), "lead_time_years", "must be given in a row of parameter lead_time"
    ramp = frame["parameter"] == "ramp_up"
    for row in frame.index[ramp & (frame["rate_value"].isna() | frame["rate_unit"].isna())]:
        yield str(row), "rate_value", "must be given, with its unit, in a row of parameter ramp_up"
    backwards = frame["decision_date"].notna() & (frame["operation_date"] < frame["decision_date"])
    for row in frame.index[backwards.fillna(value=False).astype(bool)]:
        yield str(row), "operation_date", "must not be before decision_date"


LEAD_TIMES = Table(
    "lead_times",
    about="Years from decision to operation by project, output while ramping up, and a generic ramp.",
    columns=(
        RowId(help="parameter.project, and the period"),
        Choice("parameter", choices=("lead_time", "ramp_up", "learning_rate")),
        Text("project"),
        Key("country_iso3", table="countries", help="WLD for generic rows."),
        Choice("stage", choices=STAGES, missing="no single stage"),
        Choice("product_group", choices=PRODUCT_GROUPS, missing="only separation is told apart by group"),
        Choice("site_type", choices=("greenfield", "brownfield", "brownfield_building"), missing="not stated"),
        Number("capacity_value", above=0, row_unit="capacity_unit", missing="not reported"),
        Choice(
            "capacity_unit",
            choices=(
                "t_reo_feed_per_year",
                "t_reo_out_per_year",
                "t_ndpr_oxide_per_year",
                "t_metal_per_year",
                "t_magnet_per_year",
            ),
            missing="no capacity reported",
        ),
        Text("capacity_text", missing="not stated", help="What the plant's tonnes count, in the words of the source."),
        Date("decision_date", missing="not known"),
        Date("operation_date", missing="not known, or not yet planned"),
        Number("lead_time_years", above=0, missing="a row of ramp-up"),
        Text("interval", missing="a row of ramp-up", help="From which event to which; intervals are not comparable."),
        Flag("is_plan", help="A plan, not an outcome: a lower bound of the time it will take."),
        Number("capex_local_m", above=0, missing="not reported", help="Million of `currency`."),
        Choice(
            "currency",
            choices=("AUD", "CAD", "CNY", "EUR", "MYR", "RUB", "USD"),
            missing="no capital cost reported",
        ),
        Date("period_start", missing="not a ramp-up of a plant"),
        Date("period_end", missing="not a ramp-up of a plant"),
        Number("after_start_years", above=0, missing="not the generic ramp", help="Year after the start, 1 the first."),
        Number("rate_value", at_least=0, row_unit="rate_unit", missing="not a ramp-up, or no number found"),
        Choice(
            "rate_unit",
            choices=(
                "t_reo_per_year",
                "t_reo_per_quarter",
                "t_ndpr_oxide_per_year",
                "t_ndpr_oxide_per_quarter",
                "t_ndpr_oxide_per_10_months",
                "t_dytb_oxide_per_quarter",
                "t_metal_per_month",
                "t_metal_per_quarter",
                "t_alloy_per_quarter",
                "share_of_nameplate",
                "pct_per_doubling",
            ),
            missing="a row of lead time",
        ),
        *SOURCED,
    ),
    dated=("operation_date", "period_end"),
    checks=(_one_time_or_rate, needs("capacity_value", "capacity_unit"), needs("capex_local_m", "currency")),
    aggregate="Never added; take medians over rows of one stage with is_plan = no.",
)


def _ratio_says_what_it_is(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    for name in ("staff_ratio_basis", "is_plant_ratio"):
        for row in frame.index[frame["staff_persons_per_kt"].notna() & frame[name].isna()]:
            yield str(row), name, "must be given where staff_persons_per_kt is"


SKILLS = Table(
    "skills",
    about="People: staff of plants and plans, talent pools, training programmes, time to train, gaps.",
    columns=(
        RowId(),
        Many("countries", table="countries", missing="none named"),
        Choice(
            "record_type",
            choices=(
                "plant_headcount",
                "plant_plan",
                "talent_pool",
                "training_programme",
                "time_to_train",
                "gap",
                "control",
            ),
        ),
        Many("stages", choices=(*STAGES, *TOPICS), missing="the whole chain, or no stage of it; see stage_scope"),
        Choice("stage_scope", choices=("named", "whole_chain", "laboratory", "radiation", "magnet_alternative")),
        Text("stage_text", help="Stages as first recorded."),
        Text("plant_or_programme"),
        Text("role"),
        Number("amount_value", at_least=0, row_unit="amount_unit", missing="no number published"),
        Choice(
            "amount_unit",
            choices=(
                "persons",
                "persons_per_year",
                "jobs",
                "pct",
                "years",
                "months",
                "hours_per_day",
                "myr_per_year",
                "times",
                "courses",
                "categories",
                "items",
            ),
            missing="a state, not a number",
        ),
        Date("date", missing="not stated", help="Day or year the number holds for."),
        Number("capacity_value", above=0, row_unit="capacity_unit", missing="not tied to a plant size"),
        Choice(
            "capacity_unit",
            choices=(
                "t_magnet_per_year",
                "t_reo_out_per_year",
                "t_oxide_per_year",
                "t_re_product_per_year",
                "t_metal_per_year",
            ),
            missing="not tied to a plant size",
        ),
        Text(
            "capacity_text", missing="not tied to a plant size", help="Capacity, output or vision, as first recorded."
        ),
        Number(
            "staff_persons_per_kt", above=0, missing="not derived", help="Persons per 1,000 t of capacity or output."
        ),
        Text("staff_ratio_basis", missing="no ratio", help="What was divided by what."),
        Flag("is_plant_ratio", missing="no ratio", help="no: a group or a start-up crew; never sizes a plant."),
        Many("other_urls", missing="no further source"),
        *SOURCED,
    ),
    dated=("date",),
    checks=(_ratio_says_what_it_is, needs("amount_value", "amount_unit"), needs("capacity_value", "capacity_unit")),
    aggregate="Never added: roles of one plant contain each other.",
)

TABLES = (LEAD_TIMES, SKILLS)
