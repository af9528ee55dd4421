"""Technologies that a resource holder could develop or license, and research projects on rare earths."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from gadolin.atlas.rowchecks import needs
from gadolin.stages import STAGES, TOPICS
from gadolin.tables import SOURCED, Choice, Date, Key, Many, Number, RowId, Table, Text

PROVEN_UNITS = (
    "t_reo_out_per_year",
    "t_ndpr_oxide_per_year",
    "t_oxide_per_year",
    "t_re_product_per_year",
    "t_product_per_year",
    "t_dytb_oxide_per_quarter",
    "t_metal_per_year",
    "t_metal_per_month",
    "t_metal_per_cell_and_year",
    "t_magnet_per_year",
    "t_gross",
    "t_gross_per_day",
    "t_ore",
    "kg",
    "count",
    "aud",
)
OWNER_TYPES = (
    "university",
    "research institute",
    "public research body",
    "national laboratory",
    "university and national laboratory",
    "national laboratory and firm",
    "firm and university",
    "firm",
    "firms",
    "listed firm",
    "listed firm unit",
    "chemical firm",
    "engineering firm",
    "state firm",
    "state firms",
    "state research firm",
    "industry",
    "industry federation",
)
LICENSABLE = (
    "yes_by_purchase",
    "yes_commercial",
    "yes_licence",
    "yes_licence_fee",
    "yes_agreed",
    "open_literature",
    "owned_locally",
    "incumbent",
    "joint",
    "in_use",
    "public_body_possible_licensor",
    "services_for_hire",
    "seeks_partner",
    "modular_deals",
    "partner_dependent",
    "patents",
    "licensed_exclusively",
    "public_sector_only",
    "state_exception_only",
    "no_sign",
    "unknown",
)


def _plans_prove_nothing(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """A proven quantity says what kind of proof it is, so that a plan is never read as output."""
    for row in frame.index[frame["proven_value"].notna() & frame["proven_kind"].isna()]:
        yield str(row), "proven_kind", "must say what proven_value is (output, capacity, planned, ...)"


TECHNOLOGIES = Table(
    "technologies",
    about="Technologies by stage: owner, readiness, what is proven, on which terms they can be had.",
    columns=(
        RowId(),
        Many("stages", choices=STAGES, missing="no stage"),
        Text("stage_text", help="Stages as first recorded."),
        Text("name"),
        Text("principle"),
        Text("owner"),
        Choice("owner_type", choices=OWNER_TYPES),
        Key("country_iso3", table="countries", help="Country of the owner."),
        Choice("maturity", choices=("bench", "pilot", "demonstration", "construction", "commercial")),
        Number("trl", at_least=1, at_most=9, in_unit="TRL"),
        Choice("trl_basis", choices=("derived", "reported"), help="derived: our reading of what is proven."),
        Text("proven_scale", missing="not stated"),
        Number("proven_value", above=0, row_unit="proven_unit", missing="no number published"),
        Choice("proven_unit", choices=PROVEN_UNITS, missing="no number published"),
        Choice(
            "proven_kind",
            choices=("output", "capacity", "quota", "planned", "batch", "equipment", "products", "funding"),
            missing="no number published",
            help="A planned or funded quantity proves nothing.",
        ),
        Text("proven_text", missing="no number published", help="Unit as first recorded."),
        Date("proven_date", missing="not stated"),
        Choice("licensable", choices=LICENSABLE),
        Text("licensable_text"),
        Text("restricted_by", help="Export rules, patents and contracts that bind the owner."),
        Text("claimed_benefit", missing="none stated"),
        Number("recovery_pct", above=0, at_most=100, missing="not published"),
        Number("purity_pct", above=0, at_most=100, missing="not published"),
        Number("reagent_change_pct", at_least=-100, missing="not published", help="Against the reference process."),
        Number("money_local_m", above=0, missing="not published", help="Million of `currency`."),
        Choice(
            "currency",
            choices=("AUD", "BRL", "CAD", "CNY", "EUR", "GBP", "JPY", "MYR", "NOK", "USD"),
            missing="no money published",
        ),
        Choice(
            "money_kind",
            choices=("capex", "licence_fee_per_project", "financing", "public_funding", "spent", "purchase_price"),
            missing="no money published",
        ),
        Text("money_text", missing="no money published", help="What the money is, as first recorded."),
        Text("opex_text", missing="nothing published"),
        Choice("evidence", choices=("A", "B", "C"), help="C is a claim of the owner, or memory."),
        Many("other_urls", missing="no further source"),
        *SOURCED,
    ),
    dated=("proven_date",),
    checks=(
        _plans_prove_nothing,
        needs("proven_value", "proven_unit"),
        needs("money_local_m", "currency", "money_kind"),
    ),
    aggregate="Never added.",
)


def _trl_rises(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    for row in frame.index[frame["trl_to"] < frame["trl_from"]]:
        yield str(row), "trl_to", "must not be below trl_from"


RD_PROJECTS = Table(
    "rd_projects",
    about="Research and commercialisation projects on rare earths: Malaysia, ASEAN members, programmes of peers.",
    columns=(
        RowId(),
        Key("country_iso3", table="countries", help="EUU and ASEAN for programmes of the group."),
        Many("institutions"),
        Choice(
            "institution_type",
            choices=(
                "university",
                "university college",
                "research institute",
                "public research",
                "academy",
                "consortium",
                "geological survey",
                "survey bodies",
                "survey and aid agency",
                "agency",
                "agency and firm",
                "agency and universities",
                "ministry",
                "programme",
                "national laboratory hub",
                "state firm",
                "firm",
                "industry federation",
            ),
        ),
        Text("project"),
        Many("stages", choices=(*STAGES, *TOPICS), missing="the whole chain; see stage_scope"),
        Choice("stage_scope", choices=("named", "whole_chain")),
        Text("stage_text", help="Stages as first recorded."),
        Number("trl_from", at_least=1, at_most=9, in_unit="TRL", missing="no readiness stated"),
        Number("trl_to", at_least=1, at_most=9, in_unit="TRL", missing="no readiness stated"),
        Choice(
            "trl_basis", choices=("derived", "reported"), missing="no readiness stated", help="derived: our reading."
        ),
        Number("budget_local_m", above=0, missing="not published", help="Million of `currency`."),
        Choice(
            "currency",
            choices=("AUD", "BRL", "CAD", "EUR", "GBP", "JPY", "MYR", "USD"),
            missing="no budget published",
        ),
        Choice(
            "budget_kind",
            choices=("total", "max_per_project", "group_research_of_a_year", "equipment", "over_decades"),
            missing="no budget published",
            help="Only total is the budget of this project.",
        ),
        Text("budget_text", missing="no budget published", help="What the money is, as first recorded."),
        Date("start_date", missing="not known"),
        Date("end_date", missing="open, or not known"),
        Text("partner", missing="none named"),
        Text("status"),
        Text("outcome", missing="none known"),
        Many("other_urls", missing="no further source"),
        *SOURCED,
    ),
    dated=("start_date",),
    checks=(_trl_rises, needs("budget_local_m", "currency", "budget_kind")),
    aggregate="Add budgets only of budget_kind total, within one currency.",
)

TABLES = (TECHNOLOGIES, RD_PROJECTS)
