"""Export rules and tariff codes: every row of the collection, digits kept, lists read, and each rule on both sides."""

from __future__ import annotations

import pytest

from gadolin.atlas import declared, table
from gadolin.errors import InputError


@pytest.fixture(scope="module")
def rules():
    return table("export_rules")


def test_counts():
    assert len(table("export_rules")) == 105
    assert len(table("trade_codes")) == 82


def test_a_value_keeps_its_digits(rules):
    assert rules.at["IDN-CU-03", "value"] == "90;100.0001"
    assert rules.at["MYS-P-05", "value"] == "100000"
    assert rules.at["CHN-DUTY-L", "effect_value"] == "15"


def test_lists_are_lists(rules):
    assert rules.at["MYS-X-01", "exception_of"] == ("MYS-M-01", "MYS-M-02", "MYS-M-07", "MYS-A-02")
    assert rules.at["VNM-01", "hs_codes"] == ("2530.90", "2612")
    assert rules.at["MYS-M-01", "subject_stage"] == ("mining", "mixed_carbonate")
    assert rules.at["MYS-M-01", "stages"] == ("mine", "cracking_leaching")
    assert rules.at["MYS-M-01", "goods"] == ("ore", "mixed_carbonate")
    assert rules.at["MYS-R-03", "subject_stage"] == ()


def test_any_jurisdiction_is_no_country(rules):
    assert rules.loc[rules["country_iso3"].isna()].index.tolist() == ["ANY-D-01"]
    assert rules.at["ANY-D-01", "jurisdiction"] == "ANY"


def test_codes_of_any_length():
    codes = table("trade_codes")
    assert codes.at["TC-056", "code"] == "2846901993"
    assert codes.at["TC-056", "elements"] == ("Sm", "Gd", "Tb", "Dy", "Lu", "Sc", "Y")
    assert codes.at["TC-056", "elements_scope"] == "named"
    assert codes.loc[codes["code"] == "8549", "hs6"].tolist() == ["8549"]


def edited(name, tmp_path, row, column, value):
    """The shipped file with one cell replaced."""
    frame = table(name)
    frame[column] = frame[column].astype(object)
    frame.at[row, column] = value
    path = tmp_path / f"{name}.csv"
    declared(name).write(frame, path)
    return path


@pytest.mark.parametrize(
    ("row", "column", "value", "allowed"),
    [
        ("MYS-P-05", "value", "100 000", "must be 1 plain number(s) parted by ';' for gt"),
        ("IDN-CU-01", "value", "50", "must be 2 plain number(s) parted by ';' for between"),
        ("MYS-B-01", "value", "MYS", "must be blank for present"),
        ("MYS-M-01", "value", "MYS;CHN", "must be one word for eq"),
        ("CHN-57-A", "value", None, "must be a list parted by ';' for any_of"),
        ("MYS-M-04a", "switch_value", None, "must be given where, and only where, a switch is"),
        ("MYS-M-04a", "can_decide", "yes", "must be no: an assumed clause may only hold"),
        ("MYS-M-02", "hs_codes", ("28x",), '"28x" is no tariff code: digits, dots between them allowed'),
        ("MYS-M-07", "end_date", "2024-12-31", "must not lie before effective_date"),
        ("MYS-M-01", "country_iso3", None, "must be country_iso3, or ANY where that is blank"),
    ],
)
def test_a_wrong_rule_is_found(tmp_path, row, column, value, allowed):
    path = edited("export_rules", tmp_path, row, column, value)
    with pytest.raises(InputError) as error:
        declared("export_rules").read(path)
    assert [f.allowed for f in error.value.faults] == [allowed]


def test_a_code_starts_with_its_heading(tmp_path):
    path = edited("trade_codes", tmp_path, "TC-056", "hs6", "2805.30")
    with pytest.raises(InputError, match="must be the leading digits of code"):
        declared("trade_codes").read(path)
