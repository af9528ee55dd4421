import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gadolin.errors import InputError
from gadolin.separation import shortcuts
from gadolin.separation.shortcuts import Binary

from . import stepping
from .reference import case

betas, fractions = st.floats(1.05, 5), st.floats(0.02, 0.98)
phases = st.sampled_from(["aqueous", "organic"])


def test_kremser_is_the_published_one():
    known = case("kremser_clean")
    for row, left in zip(known["inputs"]["rows"], known["expected"]["raffinate_fraction"], strict=True):
        assert shortcuts.kremser(row["extraction_factor"], row["n_stages"]) == pytest.approx(left, rel=1e-12)


@given(factor=st.floats(0.05, 20), stages=st.integers(1, 30))
def test_kremser_is_what_stage_by_stage_elimination_gives(factor, stages):
    # x[j] (1 + E) = x[j-1] + E x[j+1], aqueous enters at stage 1 with 1, clean organic at the last
    matrix = np.diag(np.full(stages, 1 + factor)) - np.diag(np.full(stages - 1, 1.0), -1)
    matrix -= np.diag(np.full(stages - 1, factor), 1)
    x = np.linalg.solve(matrix, np.r_[1.0, np.zeros(stages - 1)])
    assert shortcuts.kremser(factor, stages) == pytest.approx(x[-1], rel=1e-6)


@pytest.mark.parametrize("name", ["min_solvent_binary_a", "min_solvent_binary_c"])
def test_least_flows_of_reference_cases(name):
    known = case(name)
    beta, f = known["inputs"]["beta_A_over_B"], known["inputs"]["mole_fraction_A_in_feed"]
    assert shortcuts.minimum_load(beta, f) == pytest.approx(known["expected"]["S_min"], rel=1e-9)
    assert shortcuts.minimum_scrub(beta, f) == pytest.approx(known["expected"]["W_min"], rel=1e-9)


@given(beta=betas, f=fractions, feed=phases)
def test_underwood_of_two_elements_is_the_closed_form(beta, f, feed):
    least = shortcuts.underwood(np.array([1.0, beta]), np.array([1 - f, f]), 1, feed=feed)
    assert least == pytest.approx(shortcuts.minimum_load(beta, f, feed), rel=1e-9)


@given(beta=betas, f=fractions, feed=phases, over=st.floats(1.05, 3), a=st.floats(2, 5), b=st.floats(2, 5))
def test_smoker_agrees_with_stepping(beta, f, feed, over, a, b):
    purity_a, purity_b = max(1 - 10**-a, f + 0.5 * (1 - f)), max(1 - 10**-b, 1 - f + 0.5 * f)
    load = over * shortcuts.minimum_load(beta, f, feed)
    cascade = Binary(beta, f, purity_a, purity_b, load, feed)
    count = shortcuts.smoker(cascade)
    steps = stepping.section_counts(beta, f, purity_a, purity_b, load, cascade.scrub, feed == "organic")
    assert abs(math.ceil(count.extraction_stages) + 1 - steps[0]) <= 1
    assert abs(math.ceil(count.scrub_stages) + 1 - steps[1]) <= 1


@given(beta=betas, f=fractions, feed=phases)
def test_many_times_the_least_load_tends_to_fenske(beta, f, feed):
    cascade = Binary(beta, f, 0.9999, 0.9999, 1e7 * shortcuts.minimum_load(beta, f, feed), feed)
    assert shortcuts.smoker(cascade).total_stages == pytest.approx(shortcuts.fenske(beta, 0.9999, 0.9999), rel=1e-4)


@given(beta=betas, f=fractions, feed=phases)
def test_below_the_least_load_no_stage_count_is_given(beta, f, feed):
    load = 0.97 * shortcuts.minimum_load(beta, f, feed)
    with pytest.raises(InputError, match="load"):
        shortcuts.smoker(Binary(beta, f, 0.999999, 0.999999, load, feed))


def test_published_design_v01():
    known = case("V01")
    given_, published = known["inputs"], known["published"]
    cascade = Binary.recommended(
        given_["beta"], given_["f_a"], given_["purity_a_organic"], given_["purity_b_raffinate"], given_["feed"]
    )
    assert cascade.scrub_ratio == pytest.approx(published["E_M_scrub"], abs=1e-3)
    assert cascade.extraction_ratio == pytest.approx(published["E_M_extraction"], abs=1e-3)
    exact, display = shortcuts.smoker(cascade), shortcuts.xu_display(cascade)
    assert exact.extraction_stages == pytest.approx(published["n"], abs=1)
    assert exact.scrub_stages == pytest.approx(published["m"], abs=1)
    assert display.total_stages < exact.total_stages - 3
    assert exact.extraction_stages == pytest.approx(known["own_check"]["smoker_steps_extraction"], abs=1e-3)


def test_curve_has_its_least_volume_above_the_minimum_load():
    curve = shortcuts.load_curve(1.5, 0.4, 0.999, 0.999)
    assert 0 < curve["load_times_stages"].idxmin() < len(curve) - 1
    assert curve["extraction_stages"].is_monotonic_decreasing


def test_words_of_a_refusal():
    with pytest.raises(InputError) as caught:
        shortcuts.minimum_load(0.9, 1.2)
    assert str(caught.value) == ("beta = 0.9   must be above 1\nheavy_fraction = 1.2   must be above 0 and below 1")
