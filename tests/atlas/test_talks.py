"""Agreements, events and partner facts: terms split, the engagement rule, what is no country kept apart."""

from __future__ import annotations

import pytest

from gadolin.atlas import declared, table
from gadolin.atlas.schema.talks import ENGAGEMENT_FORMS, is_engagement
from gadolin.errors import InputError


@pytest.fixture(scope="module")
def agreements():
    return table("agreements")


def test_counts(agreements):
    assert len(agreements) == 140
    assert len(table("events")) == 78
    assert len(table("partner_facts")) == 171
    assert (agreements["record_type"] == "engagement").sum() == 75


def test_terms_are_split(agreements):
    row = agreements.loc["AG-003"]
    assert row["terms"].startswith("Malaysia attends the Critical Minerals Ministerial in Washington")
    assert row["terms"].endswith("capacity building")
    assert row["level"] == "minister"
    assert row["asked"] == "investment, joint research, capacity building"
    assert row["outcome"] == "statement made; no instrument signed by Malaysia"
    assert row["next"] == "quarterly working meetings under the MoU (AG-002)"
    assert agreements["level"].notna().sum() == 56
    assert agreements.attrs["missing"]["level"] == "not recorded"


def test_form_decides_what_is_an_engagement(agreements):
    assert agreements["is_engagement"].sum() == 49
    assert agreements.at["AG-017", "is_engagement"]  # site visit in China
    assert not agreements.at["AG-005", "is_engagement"]  # a statement in Parliament
    assert not agreements.at["AG-056", "is_engagement"]  # a symposium with nobody from abroad
    assert not agreements.at["AG-083", "is_engagement"]  # talks of others
    assert not agreements.at["AG-001", "is_engagement"]  # a signed agreement is none
    assert not agreements.loc[agreements["record_type"] == "agreement", "is_engagement"].any()
    assert "parliamentary_statement" not in ENGAGEMENT_FORMS
    assert is_engagement("courtesy_call", ("VNM", "KOR"), home="VNM")


def test_what_is_no_country_is_not_widened_to_one():
    events = table("events")
    assert events.at["EV-002", "actors"] == ()
    assert events.at["EV-002", "actor_other"] == "market"
    assert events.at["EV-001", "targets"] == ()
    assert events.at["EV-001", "target_other"] == "world"


def test_windows_of_effects():
    events = table("events")
    assert events.loc["EV-003", ["effect_from", "effect_to"]].tolist() == ["2010-07", "2010-12"]
    assert events.loc["EV-004", ["effect_from", "effect_to"]].tolist() == ["2010-09", "2010-11"]


def test_numbers_and_texts_of_partners():
    facts = table("partner_facts")
    assert facts.at["VNM.reserve", "fact_value"] == 3_500_000
    assert facts.at["VNM.reserve", "fact_unit"] == "t_reo"
    assert facts.at["JPN.fta_with_malaysia", "items"] == ("MJEPA", "AJCEP", "RCEP", "CPTPP")
    assert facts.at["CAN.capacity_metal", "stages"] == ("metal",)
    unknown = facts["fact_value"].isna() & facts["text"].isna()
    assert facts.loc[unknown, "dimension"].unique().tolist() == ["processing_share"]


@pytest.mark.parametrize(
    ("name", "row", "column", "value", "allowed"),
    [
        ("agreements", "AG-017", "is_engagement", False, "must be yes: form and parties decide"),
        ("agreements", "AG-005", "is_engagement", True, "must be no: form and parties decide"),
        ("events", "EV-003", "effect_unit", None, "must not be blank where effect_value is given"),
        ("partner_facts", "VNM.reserve", "text", "3.5 Mt", "must be blank where fact_value holds the number"),
    ],
)
def test_a_wrong_row_is_found(tmp_path, name, row, column, value, allowed):
    frame = table(name)
    frame[column] = frame[column].astype(object)
    frame.at[row, column] = value
    declared(name).write(frame, tmp_path / f"{name}.csv")
    with pytest.raises(InputError, match=allowed):
        declared(name).read(tmp_path / f"{name}.csv")
