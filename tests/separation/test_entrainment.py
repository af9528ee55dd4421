"""Drops that settlers let pass, in the balance: closed forms, stepping, a dense twin, conservation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin.errors import InputError
from gadolin.quantity import Quantity
from gadolin.separation import Feed, Practice, Spec, System, design, flowsheet, sequence, shortcuts
from gadolin.separation.acid import solve_acid
from gadolin.separation.acid_circuit import AcidCircuit, SideStream, Stream
from gadolin.separation.cascade import steady_at
from gadolin.separation.circuit import Circuit, Draw, Entry
from gadolin.separation.entrainment import Entrainment, gross, loads
from gadolin.separation.shapes import Wish
from gadolin.separation.specified import solve_specs

from . import twins

ALPHA, MOL = np.array([1.0, 1.6, 2.6, 5.0]), np.array([0.3, 0.3, 0.2, 0.2])
SOME = Entrainment(0.01, 0.004)
shares = st.floats(0, 0.03)


def test_none_is_the_same_to_the_last_byte():
    plain, zero = (
        Circuit.of(ALPHA, MOL, 20, 20, "aqueous", e) for e in (Entrainment(), Entrainment(0.0, 0.0, 0.0, 9.0))
    )
    assert steady_at(plain, 2.3, 1.9).x.tobytes() == steady_at(zero, 2.3, 1.9).x.tobytes()
    feed, system = Feed({"Pr": 1, "Nd": 3}), System.of_alpha({"Pr": 1, "Nd": 1.6})
    made = [design(feed, system, "Pr|Nd", Spec(0.999), Spec(0.999), 1.2, *e) for e in ((), (Entrainment(0.0, 0.0),))]
    assert made[0].as_dict() == made[1].as_dict()
    assert made[0].table().to_csv() == made[1].table().to_csv()


@settings(deadline=None, max_examples=25)
@given(up=shares, down=shares, phase=st.sampled_from(["aqueous", "organic"]), seed=st.integers(0, 999))
def test_every_element_and_the_total_close(up, down, phase, seed):
    rng = np.random.default_rng(seed)
    mol = 0.8 * rng.dirichlet(np.ones(4)) + 0.05
    circuit = Circuit.of(ALPHA, mol, 12, 15, phase, Entrainment(up, down, 0.1 * up))
    load = 1.3 * shortcuts.underwood(ALPHA, mol, 2, feed=phase)
    state = steady_at(circuit, load, circuit.scrub_for(load, mol[2:].sum() - (phase == "organic")))
    assert state.residual <= 1e-9
    assert state.raffinate + state.heavy_product == pytest.approx(mol, rel=1e-10)
    assert state.heavy_product.sum() == pytest.approx(mol[2:].sum(), rel=1e-9)  # `scrub_for` is exact
    assert state.x.sum(axis=0) == pytest.approx(np.ones(27), abs=1e-10)


@pytest.mark.parametrize("seed", range(12))
def test_feeds_draws_and_drops_are_the_dense_solution(seed):
    """Every stage by hand: for the tear variables found, each element is one dense linear system."""
    rng = np.random.default_rng(seed)
    elements, stages = int(rng.integers(2, 7)), int(rng.integers(6, 18))
    alpha = np.cumprod(np.r_[1, rng.uniform(1.2, 3, elements - 1)])
    feeds = rng.dirichlet(np.ones(2 * elements)).reshape(2, elements)
    entries = (Entry(3, "aqueous", tuple(feeds[0])), Entry(5, "organic", tuple(feeds[1])))
    draws = (Draw(4, "aqueous", 0.1), Draw(2, "organic", 0.05))
    circuit = Circuit(tuple(alpha), stages, entries, draws, Entrainment(*rng.uniform(0, 0.03, 2), 1e-3))
    load = 2.0
    state = steady_at(circuit, load, load)
    got = twins.cascade(alpha, circuit.source(), circuit.flows(load, load), state.x)
    assert state.x == pytest.approx(got, rel=1e-8, abs=1e-12)
    drawn = 0.1 * state.x[:, 3] + 0.05 * state.y[:, 1]
    assert state.raffinate + state.heavy_product + drawn == pytest.approx(feeds.sum(axis=0), rel=1e-10)


def test_the_load_of_every_stream_is_that_of_a_plain_recursion():
    """Chloride by hand, from the scrub down: what comes from above and from below is what leaves."""
    aqueous, organic = np.array([3.0, 3.0, 3.0, 1.0, 1.0]), np.full(5, 10.0)
    into, organics = np.array([-1.0, 0.0, 2.0, 0.0, 1.5]), np.array([1.0, 0, 0, 0, -0.2])
    down, up, carried, fallen = loads(into, organics, (aqueous, organic), SOME)
    litres = gross(aqueous, organic, SOME.shares)
    assert carried / down == pytest.approx(litres[2] / litres[0])
    assert fallen / up == pytest.approx(litres[3] / litres[1])
    for j in range(5):
        comes = into[j] + (down[j + 1] if j < 4 else 0) + (carried[j - 1] if j else 0)
        assert comes == pytest.approx(down[j] + carried[j], rel=1e-12)
        comes = organics[j] + (up[j - 1] if j else 0) + (fallen[j + 1] if j < 4 else 0)
        assert comes == pytest.approx(up[j] + fallen[j], rel=1e-12)
    assert down[0] + carried[-1] == pytest.approx(into.sum(), rel=1e-12)


@settings(deadline=None, max_examples=20)
@given(beta=st.floats(1.2, 3), f=st.floats(0.2, 0.8), up=st.floats(0, 0.02), down=st.floats(0, 0.02))
def test_two_elements_are_the_stepping_of_mccabe_and_thiele_with_the_effective_curve(beta, f, up, down):
    """Both phases as they leave a settler, drops included, follow one curve; its steps are the stages."""
    load = 1.3 * shortcuts.minimum_load(beta, f)
    circuit = Circuit.of(np.array([1.0, beta]), np.array([1 - f, f]), 9, 8, "aqueous", Entrainment(up, down, 0.1 * up))
    scrub = circuit.scrub_for(load, f)
    state = steady_at(circuit, load, scrub)
    aqueous, organic, _, _, carried, fallen = circuit.flows(load, scrub)
    x = state.x[1]
    y = beta * x / (1 + (beta - 1) * x)
    rises, sinks = organic * y + carried * x, aqueous * x + fallen * y  # the effective curve, in amounts
    for j in range(8):
        assert sinks[j + 1] == pytest.approx(rises[j] + state.raffinate[1] - 0.0, abs=1e-9)
    for j in range(9, 16):
        assert rises[j] == pytest.approx(sinks[j + 1] + state.heavy_product[1], abs=1e-9)


def test_a_trace_falls_by_the_effective_separation_factor_of_kremser():
    """Below the feed a trace A meets constant flows: from stage to stage it grows by (V D + e) / (L + o D)."""
    beta, e = 3.0, Entrainment(0.02, 0.01)
    circuit = Circuit.of(np.array([1.0, beta]), np.array([1 - 1e-9, 1e-9]), 25, 6, "aqueous", e)
    load = 0.8
    state = steady_at(circuit, load, circuit.scrub_for(load, 0.2))
    flows = circuit.flows(load, state.scrub)
    up = flows[1] * beta + flows[4]
    down = flows[0] + flows[5] * beta
    for n in (8, 16):
        factor = up[5] / down[6]
        # amount that rises from stage j over what leaves for good below it: Kremser's sum, with the effective factor
        x = state.x[1]
        passed = [down[j + 1] * x[j + 1] - up[j] * x[j] for j in range(4, n)]
        assert passed == pytest.approx([state.raffinate[1]] * len(passed), rel=1e-6)
        growth = (x[n + 1] - x[n]) / (x[n] - x[n - 1])
        assert growth == pytest.approx(factor, rel=1e-6)


@pytest.mark.parametrize(("beta", "within"), [(1.2, 0.02), (1.5, 0.02), (3.0, 0.05)])
def test_few_drops_make_stages_more_by_their_share_of_the_net_flow(beta, within):
    """Colburn's first order, which the ranges of a plant use: N (1 + c) stages do what N do without drops."""
    alpha, half, heavy = np.array([1.0, beta]), np.array([0.5, 0.5]), np.array([False, True])
    wish, n = Wish.of(Spec(0.999), Spec(0.999), np.ones(2), heavy), {1.2: 60, 1.5: 30, 3.0: 12}[beta]
    plain = solve_specs(Circuit.of(alpha, half, n, n), wish, heavy, 1.3 * shortcuts.minimum_load(beta, 0.5))
    passing = Entrainment(0.01, 1e-3, 1e-3)
    loads_of = {}
    for more in range(12):
        circuit = Circuit.of(alpha, half, n + more, n + more, "aqueous", passing)
        state = solve_specs(circuit, wish, heavy, plain.load)
        flows = circuit.flows(state.load, state.scrub)
        c = float(np.mean(flows[4][5:-5] / (flows[0][6:-4] - flows[4][5:-5])))
        c += float(np.mean(flows[5][6:-4] / (flows[1][5:-5] - flows[5][6:-4])))
        loads_of[2 * (n + more)] = state.load
    stages = np.interp(-plain.load, [-v for v in loads_of.values()], list(loads_of))
    assert stages == pytest.approx(2 * n * (1 + c), rel=within)


def test_acid_and_base_with_drops_balance_and_the_profile_is_the_exchange():
    feeds = (Stream(10, 0.5, (0.9, 0.3, 0.8), 0.01), Stream(20, 0.2, (0.0,) * 3, 4.0))
    circuit = AcidCircuit(
        (1e-3, 2e-3, 4e-3), 20, 4.0, 0.5, 0.36, feeds, base_constant=1e-6, passing=(0.005, 0.002, 0.001),
        draws=(SideStream(13, "aqueous", 0.02),),
    )  # fmt: skip
    state = solve_acid(circuit)
    assert max(state.residual, 10 * state.closure) <= 1e-9
    drawn = 0.02 * state.c[:, 12]
    assert state.raffinate + state.product + drawn == pytest.approx(circuit.fed, rel=1e-10)
    aqueous, organic, _, _, carried, fallen = circuit.flows()
    base = aqueous[0] * state.base[0] + organic[-1] * state.soap[-1] + 0.02 * state.base[12]
    base += fallen[0] * state.soap[0] + carried[-1] * state.base[-1]
    assert base == pytest.approx(4.0 * 0.36, rel=1e-10)
    k = np.array(circuit.d0)[:, None]
    assert state.y == pytest.approx(k * state.c * (state.free / state.h) ** 3, rel=1e-8)
    chloride = circuit.arrays()[0]
    assert chloride == pytest.approx(3 * state.c.sum(axis=0) + state.base + state.h, rel=1e-8)


def test_a_design_with_drops_meets_its_products_and_says_what_it_counts():
    feed, system = Feed({"Pr": 1, "Nd": 3}), System.of_alpha({"Pr": 1, "Nd": 1.6})
    ideal = design(feed, system, "Pr|Nd", Spec(0.999), Spec(0.999))
    made = design(feed, system, "Pr|Nd", Spec(0.999), Spec(0.999), 1.2, SOME)
    assert made.sized.total_stages > ideal.sized.total_stages
    assert made.sized.load_mol_per_mol <= 1.2 * made.sized.least_load_mol_per_mol
    assert made.reached()["heavy_purity_share"] == pytest.approx(0.999, abs=1e-9)
    assert "entrained 1 % aqueous and 0.4 % organic" in str(made)
    assert "entrained_aqueous_mol_per_mol" in made.table()


def test_a_plant_counts_drops_in_its_balance_and_its_streams_still_close():
    share = {"La": 30, "Pr": 10, "Nd": 35, "Sm": 10, "Dy": 15}
    alpha = {"La": 1, "Pr": 10, "Nd": 15, "Sm": 100, "Dy": 900}
    plan = sequence(Feed(share, rate_t_reo_per_year=1000.0), [System.of_alpha(alpha)], ["NdPr", "Dy"])
    none = Quantity(0.0, "share", basis="choice")
    tight = Practice(entrained_aqueous=none, entrained_organic=none, entrained_product=none)
    dry = flowsheet(plan, practice=tight, level="L1")
    made = flowsheet(plan, level="L1")
    assert (made.table()["real_stages"] >= dry.table()["real_stages"]).all()
    assert made.stages.value > dry.stages.value
    columns = [c for c in made.streams() if c.endswith("_t_element_per_year")]
    streams = made.streams()
    for block in (set(streams["source"]) | set(streams["target"])) - {""}:
        enters = streams.loc[streams["target"] == block, columns].sum()
        leaves = streams.loc[streams["source"] == block, columns].sum()
        assert np.max(np.abs(leaves / enters - 1)) < 1e-10


def test_shares_out_of_range_and_more_drops_than_flow_are_refused():
    with pytest.raises(InputError, match=r"entrainment.aqueous_share = 0.7   must lie between 0 and 0.5"):
        Entrainment(0.7)
    circuit = Circuit.of(ALPHA, MOL, 8, 8, "aqueous", Entrainment(0.4, 0.0, None, 50.0, 1.0, 0.1))
    with pytest.raises(InputError, match="more than flows there; let less pass"):
        steady_at(circuit, 2.0, 1.6)


def test_with_acid_and_base_it_becomes_the_same_at_constant_load_where_no_acid_stays_free():
    """Two ways to count drops, volumes with concentrations and loads with litres per mole, end at one profile."""
    shares, gaps = (0.01, 0.004, 0.002), []
    for scale in (1.0, 1e-3, 1e-6):
        feeds = (Stream(10, 0.5, (0.9, 0.3, 0.8), 0.0), Stream(20, 0.2, (0.0,) * 3, 4.0))
        d0 = tuple(scale * k for k in (1e-3, 2e-3, 4e-3))
        state = solve_acid(AcidCircuit(d0, 20, 4.0, 0.5, 0.3, feeds, base_constant=1e-30, passing=shares))
        fed = state.circuit.fed
        total = fed.sum()
        drops = Entrainment(*shares, 3 / 0.3, 0.5 / total, 3 / 4.0)
        same = steady_at(
            Circuit.of(np.array([1.0, 2.0, 4.0]), fed / total, 10, 10, "aqueous", drops),
            4.0 * 0.3 / 3 / total, 0.2 * 4.0 / 3 / total,
        )  # fmt: skip
        gaps.append(float(np.max(np.abs(state.product / total - same.heavy_product))))
        gaps[-1] = max(gaps[-1], float(np.max(np.abs(state.raffinate / total - same.raffinate))))
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 0.02 * gaps[0]
