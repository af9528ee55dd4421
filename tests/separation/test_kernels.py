import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin.separation import _kernels as kernels

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


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), n=sizes)
def test_response_is_the_difference_of_two_chains(seed, n):
    """d(content)/dw from the kernel against the chain solved with w moved by a little."""
    down, up, out, source = rates(seed, n)
    amount, low, high = np.empty(n), np.empty(n), np.empty(n)
    kernels.chain(down, up, out, source, amount, low, high)
    jacobian, ends = np.zeros((n, n)), np.empty((2, n))
    kernels.add_response(down, up, out, low, high, up * amount, 0.0, np.ones(n), jacobian, ends)
    k = seed % n
    moved = []
    for sign in (1, -1):
        other = up.copy()
        other[k] *= np.exp(sign * 1e-4)
        moved.append(twins.chain(down, other, out, source))
    slope = (moved[0] - moved[1]) / 2e-4
    assert jacobian[:, k] == pytest.approx(slope, rel=1e-3, abs=1e-5 * np.abs(slope).max() + 1e-9 * amount.max())
    assert ends[0, k] == jacobian[0, k]
    assert ends[1, k] == jacobian[n - 1, k]


@given(excess=st.floats(-2, 2), kw=st.sampled_from([1e-14, 1e-12]))
def test_hydrogen_is_the_root_also_in_alkaline_water(excess, kw):
    assert kernels.hydrogen(excess, kw) == pytest.approx(twins.hydrogen(excess, kw), rel=1e-6)


@given(free=st.floats(1e-6, 2), order=st.floats(1.5, 3.5), root=st.floats(-1, 1))
def test_slope_of_the_activity_law(free, order, root):
    law = np.array([0.5, order, root])
    step = 1e-6 * free
    slope = (kernels.activity(free + step, law)[0] - kernels.activity(free - step, law)[0]) / (2 * step)
    assert kernels.activity(free, law)[1] == pytest.approx(slope, rel=1e-4)
