"""Who deals with whom: agreements and engagements, events of the trade conflict, facts by partner country."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from gadolin.atlas.rowchecks import needs
from gadolin.stages import GOODS, STAGES, TOPICS
from gadolin.tables import SOURCED, Choice, Date, Flag, Key, Many, Number, RowId, Table, Text

HOME = "MYS"

ENGAGEMENT_FORMS = (
    *("high_level_meeting", "ministerial_meeting", "courtesy_call", "trade_investment_mission", "technical_mission"),
    *("site_visit", "fta_negotiation_round", "summit", "symposium", "commercial_talks", "diplomatic_contact"),
)
"""Forms in which somebody met a counterpart."""

_TALKED_ABOUT = ("parliamentary_statement", "domestic_body", "corporate_announcement", "press_statement")
_PAPERS = (
    *("contract", "mou", "fta", "framework", "treaty", "plurilateral", "technical_cooperation", "truce", "loi"),
    *("agreement", "project", "licence", "joint_statement", "moc", "declaration", "board_decision"),
    *("announcement", "designation"),
)


def is_engagement(form: str, parties: tuple[str, ...], home: str = HOME) -> bool:
    """Whether a row enters the engagement register of a country: a meeting with somebody abroad.

    Args:
        form: Form of the row.
        parties: Countries that took part.
        home: Country whose register it is, ISO3.

    >>> is_engagement("site_visit", ("CHN", "MYS")), is_engagement("press_statement", ("CHN", "MYS"))
    (True, False)
    >>> is_engagement("symposium", ("MYS",))
    False
    """
    return form in ENGAGEMENT_FORMS and home in parties and len(set(parties)) > 1


def _flag_follows_rule(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    for row, form, parties, flag in zip(
        frame.index, frame["form"], frame["parties"], frame["is_engagement"], strict=True
    ):
        if bool(flag) != is_engagement(form, parties):
            yield str(row), "is_engagement", f"must be {'no' if flag else 'yes'}: form and parties decide"


AGREEMENTS = Table(
    "agreements",
    about="Agreements and engagements between states and firms; one row per paper, meeting or statement.",
    columns=(
        RowId(),
        Date("date"),
        Choice("record_type", choices=("agreement", "engagement")),
        Flag("is_engagement", help=f"Enters the register of {HOME}: a meeting with a foreign counterpart."),
        Many("parties", table="countries", help="Countries that took part or are spoken of."),
        Text("party_names"),
        Choice(
            "kind",
            choices=(
                *("talks", "visit", "g2g_framework", "mou", "equity", "offtake", "fta", "loan", "joint_venture"),
                *("licence", "technology_licence"),
            ),
        ),
        Choice("form", choices=(*ENGAGEMENT_FORMS, *_TALKED_ABOUT, *_PAPERS), help="Decides what is an engagement."),
        Many("stages", choices=(*STAGES, *TOPICS), help="Stages, and topics that are no stage; all nine for all."),
        Many("goods", choices=GOODS, missing="none named", help="Goods that follow from the stages named."),
        Text("stages_text", help="Scope as the source puts it."),
        Text("terms", help="What was agreed or said."),
        Choice(
            "level",
            choices=(
                *("head_of_state", "head_of_government", "minister", "special_envoy", "senior_official"),
                *("state_head", "state_official", "state_firm", "expert", "unknown"),
            ),
            missing="not recorded",
            help="Rank of the highest person met.",
        ),
        Text("offered", missing="not recorded"),
        Text("asked", missing="not recorded"),
        Text("outcome", missing="not recorded"),
        Text("next", missing="not recorded", help="Next step."),
        Number("amount_value", at_least=0, row_unit="amount_unit", missing="no amount"),
        Choice(
            "amount_unit",
            choices=(
                *("usd", "eur", "aud", "krw", "myr", "usd_per_year", "usd_per_kg_floor"),
                *("myr_potential_investment", "pct_equity"),
            ),
            missing="no amount",
        ),
        Number("volume_value", at_least=0, row_unit="volume_unit", missing="no volume"),
        Choice(
            "volume_unit",
            choices=(
                *("t_magnet_per_year", "t_magnet_total", "t_ndpr_per_year", "t_dy_per_year", "t_treo_per_year"),
                *("t_per_year", "years", "months", "ha", "companies", "sites", "plants", "documents", "projects"),
                *("countries_attending", "delegates", "proposals_received", "ministries", "meetings"),
            ),
            missing="no volume",
        ),
        Choice(
            "status",
            choices=(
                *("held", "in_force", "stated", "ongoing", "announced", "in_force_nonbinding", "nonbinding", "done"),
                *("signed", "unclear", "superseded", "concluded", "launched", "not_in_force", "operating", "pilot"),
                *("binding", "expired_unknown", "binding_loi", "stalled", "under_suspension_request"),
            ),
        ),
        Choice("relevance_to_malaysia", choices=("high", "medium", "low")),
        Text("relevance_reason"),
        Many("other_urls", missing="one source"),
        *SOURCED,
    ),
    dated=("date",),
    checks=(_flag_follows_rule, needs("amount_value", "amount_unit"), needs("volume_value", "volume_unit")),
    aggregate="Amounts are announced, paid or possible; nothing is added.",
)

_EVENT_KINDS = (
    *("export_ban", "licence_condition", "project", "export_licence", "agreement", "investment", "firm_listing"),
    *("downstream_stop", "export_quota", "licence", "wto_ruling", "production_quota", "price", "royalty"),
    *("enforcement", "disclosure", "truce", "bloc", "price_baseline", "embargo", "policy_response", "financing"),
    *("price_peak", "unit_value", "wto_case", "export_quota_removed", "export_duty_removed", "threat"),
    *("mine_closure", "announcement", "technology_ban", "mine_seizure", "levy", "export_curb", "price_floor"),
    *("recovery", "tariff", "investigation", "court_ruling", "offtake", "expiry", "input_risk", "production"),
    "technology_test",
)
_EFFECT_UNITS = (
    *("pct", "pct_share_price", "pct_cost_gap", "pct_quota", "pct_imports", "pct_tb_price", "pct_mom"),
    *("pct_magnet_exports_mom", "pct_magnet_exports_yoy", "pct_licences_approved", "pct_tariff_threat"),
    *("pct_reo_qoq", "percentage_points", "price_ratio", "usd", "bn_usd", "bn_usd_pipeline", "bn_myr_gdp", "m_myr"),
    *("usd_per_t", "usd_per_kg_dy2o3", "myr_per_t_rec", "t_per_year", "t_2013", "t_rec", "t_reo", "t_reo_2022"),
    *("t_magnet", "t_magnet_per_year", "t_feed_per_year", "t_mud_per_day_planned", "entities", "arrests", "months"),
    *("week", "days", "year", "months_of_stock", "new_separation_plants_for_local_feed", "groups_separated"),
    *("licence_holders_min", "ha"),
)

EVENTS = Table(
    "events",
    about="Dated events of the trade conflict and what was reported to follow from them.",
    columns=(
        RowId(),
        Date("date"),
        Many("actors", table="countries", missing="no country; see actor_other"),
        Choice("actor_other", choices=("market", "WTO"), missing="a country acted"),
        Many("targets", table="countries", missing="no country; see target_other"),
        Choice("target_other", choices=("world", "market"), missing="countries were hit"),
        Choice("kind", choices=_EVENT_KINDS),
        Text("description"),
        Text("reported_effect", help="As the source puts it; not shown to be caused by the event."),
        Number("effect_value", row_unit="effect_unit", missing="not a number"),
        Choice("effect_unit", choices=_EFFECT_UNITS, missing="not a number"),
        Text("effect_window", missing="not stated", help="As written."),
        Date("effect_from", missing="not stated"),
        Date("effect_to", missing="open, or not stated"),
        Many("other_urls", missing="one source"),
        *SOURCED,
    ),
    dated=("date",),
    checks=(needs("effect_value", "effect_unit"),),
    aggregate="Effects differ in unit and window; nothing is added.",
)


def _number_or_text(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    for row in frame.index[frame["fact_value"].notna() & frame["text"].notna()]:
        yield str(row), "text", "must be blank where fact_value holds the number"


PARTNER_FACTS = Table(
    "partner_facts",
    about="Facts by partner country and dimension: what it can do, gives, asks and needs.",
    columns=(
        RowId(help="country.dimension"),
        Key("country_iso3", table="countries"),
        Text("dimension", help="What the fact is about; the same word means the same in every country."),
        Choice(
            "group",
            choices=(
                *("technology", "capacity", "processing_share", "transfer", "trade_agreement", "finance", "demand"),
                *("interest", "politics", "contact", "restriction", "target", "resource", "other"),
            ),
            help="Criterion under which partners are set side by side.",
        ),
        Many("stages", choices=STAGES, missing="not about a stage"),
        Number("fact_value", at_least=0, row_unit="fact_unit", missing="text, or not known"),
        Choice(
            "fact_unit",
            choices=(
                *("text", "firms", "list", "code", "institute", "score_0_5"),
                *("pct_of_world_refined", "pct_of_re_imports_from_china", "pct_of_us_refined_re_imports_2024"),
                *("pct_from_china", "pct_max_one_country_2035", "pct_of_equipment_max", "pct_equity"),
                *("pct_dependence_by_2030", "usd", "eur", "cad", "brl", "krw", "jpy_fy2024_supplement"),
                *("krw_2026_loans", "aud_iluka_loan", "t_reo", "t_reo_per_year", "t_reo_per_year_min"),
                *("t_oxide_per_year", "t_re_per_year_2023", "t_nd_fy2026", "t_ndpr_per_year_firm"),
                *("t_ndpr_metal_per_year", "t_metal_per_year", "t_alloy_per_year_installed", "t_magnet_per_year"),
                *("t_magnet_2026_2031_one_automaker", "t_magnet_imports_fy2025", "t_hre_feed_per_year_planned"),
            ),
            help="text, firms, list, code and institute are kinds of text.",
        ),
        Text("text", missing="a number, or not known"),
        Many("items", missing="no list", help="Parts of a text that is a list."),
        Many("other_urls", missing="one source"),
        *SOURCED,
    ),
    key=("country_iso3", "dimension"),
    checks=(_number_or_text,),
    aggregate="Capacities differ in product and kind of year; nothing is added.",
)

TABLES = (AGREEMENTS, EVENTS, PARTNER_FACTS)
