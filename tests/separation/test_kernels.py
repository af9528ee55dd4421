import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin.separation import _kernels as kernels
from gadolin.separation import _newton as newton

from . import twins

sizes = st.integers(2, 25)


def rates(seed, n):
    rng = np.random.default_rng(seed)
    down, up, out = (10.0 ** rng.uniform(-2, 2, n) for _ in range(3))
    return down, up, out * rng.integers(0, 2, n), rng.uniform(0, 1, n)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), n=sizes)
def test_chain_is_the_dense_solution(seed, n):
    down, up, out, source = rates(seed, n)
    amount, low, high = np.empty(n), np.empty(n), np.empty(n)
    kernels.chain(down, up, out, source, amount, low, high)
    assert amount == pytest.approx(twins.chain(down, up, out, source), rel=1e-8)
    leaves = down[0] * amount[0] + up[-1] * amount[-1] + out @ amount
    assert leaves == pytest.approx(source.sum(), rel=1e-12)


def test_chain_keeps_the_relative_precision_of_traces():
    n = 120
    amount, low, high = np.empty(n), np.empty(n), np.empty(n)
    kernels.chain(np.full(n, 1.0), np.full(n, 1e3), np.zeros(n), np.r_[np.zeros(n - 1), 1.0], amount, low, high)
    # flux down against a drift up of 1000: each stage below the feed holds a thousandth of the one above
    assert amount[60] / amount[61] == pytest.approx(1e-3, rel=1e-9)
    assert 0 < amount[30] < 1e-200


def responses(seed, n, elements, per_step=0.0):
    """Generators of several elements, and the same matrix by dense algebra."""
    rng = np.random.default_rng(seed)
    form, dense = np.empty((5, n, elements)), np.diag(rng.normal(1, 0.1, n))
    diagonal = np.diag(dense).copy()
    for i in range(elements):
        down, up, out, source = rates(seed + i, n)
        held = per_step * (down + up)
        amount, low, high = np.empty(n), np.empty(n), np.empty(n)
        kernels.chain(down, up, out + held, source, amount, low, high)
        weight, lift = rng.uniform(0.5, 1.5, n), up * amount
        drop = (0.0 if i % 3 == 0 else rng.uniform(0, 1)) * down * amount  # organic carried down hangs on w, too,
        leak = rng.uniform(0, 1) * out * amount  # and organic drawn
        moves = np.array([lift, drop, leak])
        kernels.generators(down, up, low, high, amount, moves, per_step, weight, form[:, :, i], diagonal)
        dense += twins.response(down, up, out + held, moves, per_step, weight)
    return diagonal, form, dense


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), n=sizes, elements=st.integers(1, 6), per_step=st.sampled_from([0.0, 0.1, 10.0]))
def test_responses_of_all_elements_are_solved_as_a_dense_matrix_is(seed, n, elements, per_step):
    diagonal, form, dense = responses(seed, n, elements, per_step)
    right = np.random.default_rng(seed).normal(size=(2, n))
    solution = right.copy()
    kernels.solve_semiseparable(diagonal, form, solution)
    scale = np.abs(dense) @ np.abs(solution.T)
    assert np.abs(dense @ solution.T - right.T).max() < 1e-9 * scale.max()


def test_response_is_the_difference_of_two_chains():
    """d(content)/dw of the twin against the chain solved with w moved by a little."""
    down, up, out, source = rates(7, 12)
    settled = twins.chain(down, up, out, source)
    for k in (0, 5, 11):
        here = np.arange(12) == k
        moved = [
            twins.chain(*(np.where(here, rate * np.exp(s * 1e-4), rate) for rate in (down, up, out)), source)
            for s in (1, -1)
        ]
        slope = (moved[0] - moved[1]) / 2e-4
        moves = np.array([up, down, out]) * settled
        matrix = twins.response(down, up, out, moves, 0.0, np.ones(12))
        assert matrix[:, k] == pytest.approx(slope, rel=1e-3, abs=1e-5 * np.abs(slope).max())


@given(free=st.floats(1e-6, 2), order=st.floats(1.5, 3.5), root=st.floats(-1, 1))
def test_slope_of_the_activity_law(free, order, root):
    law = np.array([0.5, order, root])
    step = 1e-6 * free
    slope = (newton.activity(free + step, law)[0] - newton.activity(free - step, law)[0]) / (2 * step)
    assert newton.activity(free, law)[1] == pytest.approx(slope, rel=1e-4)
