from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin.errors import InputError
from gadolin.separation import acid
from gadolin.separation.acid import solve_acid
from gadolin.separation.acid_circuit import AcidCircuit, Organic, SideStream, Stream
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


def fractional(seed, stages=300):
    """Fractional extraction of 15 elements with scrub, feed in the middle and saponified organic."""
    rng = np.random.default_rng(seed)
    beta = [6.8, 2.03, 1.55, 8, 2, 1.46, 2.8, 2.7, 1.68, 1.87, 1.5, 2.9, 2.7, 1.5] * rng.uniform(0.9, 1.1, 14)
    alpha, mol = np.cumprod([1.0, *beta]), rng.dirichlet(np.full(15, 2.0))
    cut = int(rng.integers(3, 9))
    load = (mol[cut:].sum() + 1 / (beta[cut - 1] - 1)) * rng.uniform(1.05, 1.5)
    scrub = max(load - mol[cut:].sum() * rng.uniform(0.9, 1.1), 0.02)
    feed = Stream(int(stages * rng.uniform(0.3, 0.7)), 1.0, tuple(mol), 0.01)
    wash = Stream(stages, 3 * scrub / 4.0, (0.0,) * 15, 4.0)
    return AcidCircuit(tuple(10**-3.2 * alpha), stages, 3 * load / 0.54, 0.75, 0.54, (feed, wash))


def assert_solved(circuit):
    state = solve_acid(circuit)
    assert state.residual <= 1e-9
    assert state.closure <= 1e-10
    assert (state.raffinate + state.product).tolist() == pytest.approx(circuit.fed.tolist(), rel=1e-10)
    return state


@pytest.mark.parametrize("seed", range(12))
def test_long_fractional_circuits_with_acid_are_solved(seed):
    assert_solved(fractional(seed))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(12, 100))
def test_more_long_fractional_circuits_with_acid_are_solved(seed):
    assert_solved(fractional(seed))


def test_the_profile_is_the_same_whatever_it_starts_from():
    """March from the profile at constant load, from one contact, and from a neighbour."""
    circuit = fractional(3, 60)
    system = acid.AcidSystem.of(circuit)
    flat = acid.march(system.fixed, *acid._flat_start(system), 1.0, 1e-12, 5000)
    state = solve_acid(circuit)
    assert flat.c[:-1] == pytest.approx(state.c, rel=1e-7)
    near = solve_acid(replace(circuit, organic_l_per_min=1.002 * circuit.organic_l_per_min))
    assert solve_acid(circuit, near).c == pytest.approx(state.c, rel=1e-7)


def test_feeds_in_both_phases_and_side_streams_balance():
    feeds = (
        Stream(8, 0.4, (0.9, 0.3, 0.8), 0.01),
        Stream(12, 0.1, (0.1, 0.5, 0.5), 0.1),
        Stream(20, 0.2, (0.0,) * 3, 4.0),
    )
    circuit = AcidCircuit(
        (1e-3, 2e-3, 4e-3), 20, 4.0, 0.5, 0.36, feeds,
        more_organic=(Organic(10, 0.5, (0.02, 0.02, 0.06), 0.1),),
        draws=(SideStream(13, "aqueous", 0.05), SideStream(9, "organic", 0.3)),
    )  # fmt: skip
    state = solve_acid(circuit)
    assert state.residual <= 1e-9
    drawn = 0.05 * state.c[:, 12] + 0.3 * state.y[:, 8]
    entering = sum(s.flow_l_per_min * np.array(s.re_mol_per_l) for s in feeds) + 0.5 * np.array([0.02, 0.02, 0.06])
    assert state.raffinate + state.product + drawn == pytest.approx(entering, rel=1e-10)
    base = state.aqueous[0] * state.base[0] + state.organic[-1] * state.soap[-1]
    base += 0.05 * state.base[12] + 0.3 * state.soap[8]
    assert base == pytest.approx(4.0 * 0.36 + 0.5 * 0.1, rel=1e-10)
    assert state.closure <= 1e-10


def test_a_draw_beyond_the_flow_is_refused():
    with pytest.raises(InputError, match="no phase may run dry"):
        cascade(draws=(SideStream(5, "aqueous", 3.0),))


def test_more_base_than_acid_and_rare_earths_is_refused_before_any_step():
    circuit = replace(cascade(), organic_l_per_min=20.0)
    with pytest.raises(InputError, match=r"precipitate hydroxide; lower the organic flow"):
        solve_acid(circuit)
