import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin.errors import InputError
from gadolin.separation.acid import solve_acid
from gadolin.separation.acid_circuit import AcidCircuit, Stream
from gadolin.separation.cascade import steady_at
from gadolin.separation.circuit import Circuit
from gadolin.validation import validate


def cascade(scale=1.0, sap=0.36, acid=0.01, **changes):
    streams = (Stream(10, 0.5, (0.9, 0.3, 0.8), acid), Stream(20, 0.2, (0.0, 0.0, 0.0), 4.0))
    inputs = {"base_constant": 1e-6} | changes
    return AcidCircuit(tuple(scale * k for k in (1e-3, 2e-3, 4e-3)), 20, 4.0, 0.5, sap, streams, **inputs)


def test_every_reference_case_passes_or_is_a_known_limit():
    board = validate("separation")
    assert [c.claim for c in board.checks if c.status == "fail"] == []
    assert sum(c.status == "pass" for c in board.checks) >= 46
    assert all(c.why for c in board.checks if c.status == "known_limit")


@settings(deadline=None, max_examples=20)
@given(sap=st.floats(0.15, 0.37), base=st.sampled_from([1e-6, 1e-9, 1e-30]), scale=st.floats(0.3, 10))
def test_elements_base_protons_and_extractant_balance(sap, base, scale):
    state = solve_acid(cascade(scale, sap, base_constant=base))
    circuit = state.circuit
    assert state.raffinate + state.product == pytest.approx(circuit.fed, rel=1e-10)
    out = state.aqueous[0] * state.base[0] + circuit.organic_l_per_min * state.soap[-1]
    assert out == pytest.approx(circuit.organic_l_per_min * sap, rel=1e-10)
    assert state.free + 3 * state.y.sum(axis=0) + state.soap == pytest.approx(0.5, rel=1e-10)
    assert state.closure <= 1e-10
    # the exchange itself, stage by stage
    k = np.array(circuit.d0)[:, None]
    assert state.y == pytest.approx(k * state.c * (state.free / state.h) ** 3, rel=1e-8)


def test_without_acid_it_becomes_the_constant_load_cascade():
    """Weaker extraction needs a higher pH, so less acid stays free, until base and acid are used up as L1 says."""
    gaps = []
    for scale in (1.0, 1e-3, 1e-6):
        state = solve_acid(cascade(scale, sap=0.3, acid=0.0, base_constant=1e-30))
        fed = state.circuit.fed
        total = fed.sum()
        load, scrub = 4.0 * 0.3 / 3 / total, 0.2 * 4.0 / 3 / total
        alpha = np.array([1.0, 2.0, 4.0])
        same = steady_at(Circuit.of(alpha, fed / total, 10, 10), load, scrub)
        gaps.append(np.max(np.abs(state.product / total - same.heavy_product)))
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 0.02 * gaps[0]


def test_doubling_all_flows_changes_no_concentration():
    circuit = cascade()
    double = AcidCircuit(circuit.d0, 20, 8.0, 0.5, 0.36, tuple(
        Stream(s.stage, 2 * s.flow_l_per_min, s.re_mol_per_l, s.acid_mol_per_l) for s in circuit.streams
    ), base_constant=1e-6)  # fmt: skip
    assert solve_acid(double).c == pytest.approx(solve_acid(circuit).c, rel=1e-9)


def test_a_neighbour_starts_the_next_solve():
    cold = solve_acid(cascade())
    warm = solve_acid(cascade(1.01), cold)
    assert warm.newton_steps < 8
    assert warm.c == pytest.approx(solve_acid(cascade(1.01)).c, rel=1e-8)


def test_order_of_the_extractant_is_data():
    """n = 2.38 with its reference: the distribution follows (l/l_ref)^n on every stage."""
    state = solve_acid(cascade(30.0, 0.2, law=(0.5, 2.38, 0.0), base_constant=1e-30))
    k = np.array(state.circuit.d0)[:, None]
    assert state.y == pytest.approx(k * state.c * (state.free / 0.5) ** 2.38 / state.h**3, rel=1e-8)


def test_more_base_than_extractant_is_refused():
    with pytest.raises(InputError, match="must lie between 0 and the total dimer"):
        cascade(sap=0.6)
