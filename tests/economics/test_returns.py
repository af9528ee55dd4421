import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gadolin.economics.returns import annuity_factor, irr, irr_many, mirr, npv, payback_years
from gadolin.errors import InputError

rates = st.floats(-0.5, 2.0)


@given(rate=rates, years=st.integers(1, 60), growth=st.floats(-0.2, 0.3))
def test_annuity_factor_equals_the_sum_it_stands_for(rate, years, growth):
    flows = (1 + growth) ** np.arange(years)
    assert annuity_factor(rate, years, growth) == pytest.approx(npv(flows, rate, offset_years=1.0), rel=1e-6)


@given(rate=st.floats(-0.6, 5.0), years=st.integers(1, 80))
def test_level_annuity_gives_back_its_rate(rate, years):
    payment = 100.0 / annuity_factor(rate, years)
    assert irr([-100.0, *[payment] * years]).value == pytest.approx(rate, abs=1e-9)


def test_twenty_payments_thirty_empty_years():
    flows = [-1607.0] * 20 + [0.0] * 30 + [250010.0]
    assert irr(flows).value == pytest.approx(0.0509, abs=5e-5)
    assert irr_many(np.array([flows]))[0] == pytest.approx(irr(flows).value, abs=1e-12)


@given(zeros=st.integers(0, 40), tail=st.integers(0, 40))
def test_zeros_before_and_after_move_nothing(zeros, tail):
    flows = [-100.0, 30.0, 40.0, 60.0]
    padded = [0.0] * zeros + flows + [0.0] * tail
    assert irr(padded).value == pytest.approx(irr(flows).value, abs=1e-12)
    assert mirr(padded, 0.08, 0.1).value == pytest.approx(mirr(flows, 0.08, 0.1).value, abs=1e-12)


def test_several_roots_are_all_reported():
    found = irr([-1000.0, 3600.0, -4310.0, 1716.0])
    assert found.value is None
    assert found.roots == pytest.approx((0.1, 0.2, 0.3), abs=1e-9)
    assert "3 rates" in str(found)


def test_closing_costs_do_not_make_an_irr_ambiguous():
    flows = [-100.0, *[20.0] * 20, -1.0]
    found = irr(flows)
    assert len(found.roots) == 2
    assert found.roots[0] < -0.5 < found.value
    assert npv(flows, found.value) == pytest.approx(0.0, abs=1e-9)
    assert irr_many(np.array([flows]))[0] == pytest.approx(found.value, abs=1e-10)
    assert "closing costs also give" in str(found)
    assert irr([-100.0, 40.0]).value == pytest.approx(-0.6)


@pytest.mark.parametrize(
    ("flows", "why"),
    [
        ([0.0, 0.0], "all flows are zero"),
        ([-1.0, -1.0], "no money comes back"),
        ([1.0, 1.0], "no money is put in"),
        ([-1.0, 2.0, -1.5], "one sign"),
    ],
)
def test_no_irr_says_why(flows, why):
    assert irr(flows).value is None
    assert why in irr(flows).reason
    assert np.isnan(irr_many(np.array([flows]))[0])


def test_negative_rate():
    assert irr([-100.0, 50.0, 25.0]).value == pytest.approx((50 + np.sqrt(2500 + 10000)) / 200 - 1, abs=1e-12)


def test_quarterly_rate_is_effective_per_year():
    flows = [-100.0] + [0.0] * 3 + [121.0]
    assert irr(flows, periods_per_year=4).value == pytest.approx(0.21, abs=1e-12)


@given(
    st.lists(st.floats(-100, 100), min_size=2, max_size=25),
    st.integers(0, 3),
)
def test_many_agrees_with_one_or_declines(tail, year):
    """The vector form never gives a number that is no root."""
    row = np.array([-50.0, *np.round(tail, 3)])
    rate = irr_many(row[None, :])[0]
    if np.isfinite(rate) and -0.9 < rate < 20:
        scale = np.abs(row) @ (1 + rate) ** -np.arange(len(row))
        assert abs(npv(row, rate)) < 1e-8 * scale


def test_mirr_edges():
    assert mirr([-100.0, 121.0], 0.5, 0.9).value == pytest.approx(0.21)  # nothing to reinvest or to finance
    assert mirr([-100.0, -50.0], 0.1, 0.1).value is None
    assert mirr([-100.0, 60.0, 60.0], 0.0, 0.0).value == pytest.approx(1.2**0.5 - 1)


def test_payback():
    assert payback_years([-100.0, 25.0, 25.0, 25.0, 50.0]) == pytest.approx(3.5)
    assert payback_years([-100.0, 50.0]) is None
    assert payback_years([0.0, -100.0, 200.0]) == pytest.approx(0.5)


def test_a_rate_of_minus_one_is_refused():
    with pytest.raises(InputError, match="greater than -1"):
        npv([1.0], -1.0)
