"""The mass balance against arithmetic by hand, and its ends."""

import pytest

from gadolin.moratorium.mass_balance import licensed_of, mass_balance


def by_year(malaysia):
    return {b.year: b for b in mass_balance(malaysia, "MYS")}


def test_2023_by_hand(malaysia):
    b = by_year(malaysia)[2023]
    assert b.exports.value == pytest.approx(31_968, abs=1)
    assert b.excess.low == pytest.approx(31_968 - 1.67 * 13_998 - 7_000, abs=1)
    assert b.excess.high == pytest.approx(31_968 - 1.20 * 13_998 - 7_000, abs=1)
    assert b.stands_out


def test_the_separators_of_2022_are_the_upper_end_and_do_not_stand_out(malaysia):
    b = by_year(malaysia)[2022]
    assert b.exports.value == pytest.approx(1.670 * 16_552, rel=1e-3)
    assert b.output.value == 16_552
    assert not b.stands_out


def test_a_year_without_output_says_so_and_is_not_zero(malaysia):
    b = by_year(malaysia)[2021]
    assert not b.excess.known
    assert "not on record" in str(b)
    assert not b.stands_out


def test_a_range_of_output_widens_the_excess(malaysia):
    b = by_year(malaysia)[2019]
    assert b.excess.basis == "estimate"
    assert b.explained.low == pytest.approx(1.20 * 14_562)
    assert b.explained.high == pytest.approx(1.67 * 19_700)


def test_what_the_case_knows_reaches_the_indicators(malaysia):
    licensed = licensed_of(malaysia, "MYS")[2023]
    assert licensed.separator_output_t_reo == 13_998
    assert licensed.permitted_raw_t_gross == 7_000
    assert licensed.mine_output_t_reo == 3_000
    assert licensed.domestic_feed_t_reo == 0
    assert licensed_of(malaysia, "VNM") == {}
