"""Policies and incentives: text kept beside the mapped scope, and what may become an instrument."""

from __future__ import annotations

import pytest

from gadolin.atlas import declared, table
from gadolin.errors import InputError


@pytest.fixture(scope="module")
def policies():
    return table("policies")


def test_counts():
    assert len(table("policies")) == 122
    assert len(table("incentives")) == 45


def test_scope_is_mapped_and_its_text_kept(policies):
    row = policies.loc["CHN-05"]
    assert row["elements"] == ("Sm", "Gd", "Tb", "Dy", "Lu", "Sc", "Y")
    assert row["stages"] == ("separation", "metal", "alloy", "magnet")
    assert row["goods"] == ("oxide", "metal", "alloy", "magnet")
    assert row["effective_date"] == "2025-04-04"
    assert policies.at["EUU-04", "elements_text"] == "strategic raw materials"
    assert policies.at["EUU-04", "elements"] == ()
    assert policies.at["MYS-20", "stages"] == ("separation", "waste")


def test_no_instrument_without_date_or_scope(policies):
    assert not policies.at["MYS-06", "may_be_instrument"]  # proposed, no date
    assert not policies.at["MYS-08", "may_be_instrument"]  # enforcement only
    assert not policies.at["IDN-02", "may_be_instrument"]  # nickel
    assert not policies.at["EUU-04", "may_be_instrument"]  # a class of minerals
    assert policies.at["CHN-05", "may_be_instrument"]
    assert policies.at["MYS-01", "may_be_instrument"]
    dated = policies["effective_date"].notna()
    assert not policies.loc[~dated, "may_be_instrument"].any()


def test_a_group_acts_as_itself(policies):
    assert policies.at["G7-01", "country_iso3"] == "G7"
    assert table("countries").at["G7", "kind"] == "group"


def test_lists_of_firms_say_whether_they_are_complete(policies):
    assert policies.at["CHN-18", "firms"] == ("MP Materials", "USA Rare Earth", "Aveox")
    assert not policies.at["CHN-18", "firms_complete"]
    assert policies.at["USA-02", "firms_complete"]
    assert policies.at["USA-18", "targets"] == ("CHN",)


def test_both_readings_stand_side_by_side():
    incentives = table("incentives")
    assert incentives.at["IN-08", "other_readings"] == ("IN-09",)
    assert incentives.at["IN-09", "other_readings"] == ("IN-08",)
    assert incentives.at["IN-08", "rate_value"] == 5
    assert incentives.at["IN-09", "rate_value"] == 0
    assert incentives.at["IN-19", "state"] == "MY-01"


@pytest.mark.parametrize(
    ("name", "row", "column", "value", "allowed"),
    [
        ("policies", "MYS-06", "may_be_instrument", True, "must be yes where date, a stage and a rare earth are known"),
        ("policies", "CHN-05", "effective_date", None, "must be yes where date, a stage and a rare earth are known"),
        ("policies", "MYS-03", "end_date", "2024-12-31", "must not lie before effective_date, unless suspended"),
        ("policies", "CHN-18", "firms_complete", True, "must be no: the rule hits more entities than are named"),
        ("policies", "USA-02", "firms_complete", None, "must be yes or no where firms are named"),
        ("policies", "USA-02", "rate_unit", None, "must be given where, and only where, rate_value is"),
        ("incentives", "IN-08", "other_readings", ("IN-08",), "must not name the row itself"),
        ("incentives", "IN-08", "rate_value_high", 4.0, "must not be below rate_value"),
    ],
)
def test_a_wrong_row_is_found(tmp_path, name, row, column, value, allowed):
    frame = table(name)
    frame[column] = frame[column].astype(object)
    frame.at[row, column] = value
    declared(name).write(frame, tmp_path / f"{name}.csv")
    with pytest.raises(InputError) as error:
        declared(name).read(tmp_path / f"{name}.csv")
    assert any(f.allowed.startswith(allowed) for f in error.value.faults), str(error.value)
    assert all(f.line is not None for f in error.value.faults)


def test_suspended_before_it_began(policies):
    row = policies.loc["CHN-06"]
    assert row["effective_date"] > row["end_date"]
    assert row["status"] == "suspended"
