"""Several feeds and side streams whose flows are found for two specifications."""

from dataclasses import replace

import numpy as np
import pytest

from gadolin.errors import InputError, NotConverged
from gadolin.separation import Spec, shortcuts
from gadolin.separation.cascade import steady_at
from gadolin.separation.circuit import Circuit, Draw, Entry
from gadolin.separation.entrainment import Entrainment
from gadolin.separation.specified import solve_for


def random_case(seed):
    """A circuit with one to three feeds in either phase, up to two draws and perhaps drops, and flows that run it."""
    rng = np.random.default_rng(seed)
    elements, stages = int(rng.integers(2, 16)), int(rng.integers(9, 28))
    alpha = np.cumprod(np.r_[1, rng.uniform(1.15, 2.0, elements - 1)])
    feeds = int(rng.integers(1, 4))
    mol = rng.dirichlet(np.full(feeds * elements, 1.0)).reshape(feeds, elements) + 0.01
    mol /= mol.sum()
    places = rng.integers(stages // 3, 2 * stages // 3, feeds)
    entries = tuple(
        Entry(int(j), "organic" if rng.random() < 0.3 else "aqueous", tuple(m))
        for j, m in zip(places, mol, strict=True)
    )
    draws = tuple(
        Draw(int(rng.integers(2, stages - 1)), rng.choice(["aqueous", "organic"]), float(rng.uniform(0.01, 0.08)))
        for _ in range(int(rng.integers(0, 3)))
    )
    passing = Entrainment(*rng.uniform(0, 0.01, 2), 5e-4) if seed % 3 == 0 else Entrainment()
    circuit = Circuit(tuple(alpha), stages, entries, draws, passing)
    cut = int(rng.integers(1, elements))
    heavy = np.arange(elements) >= cut
    load = rng.uniform(1.05, 1.6) * shortcuts.underwood(alpha, circuit.fed, cut) + 0.1
    rates = {p: sum(d.rate for d in draws if d.phase == p) for p in ("aqueous", "organic")}
    by_organic = sum(sum(e.mol) for e in entries if e.phase == "organic")
    made = float(circuit.fed[heavy].sum()) * (1 - sum(rates.values())) * rng.uniform(0.8, 1.2) + rates["organic"]
    return circuit, heavy, load, circuit.scrub_for(load, made - by_organic)


ASKED = [1, 2, 3, 4, 5, 8, 10, 11, 12, 14, 16, 18, 19, 21, 22, 23, 24, 25, 26, 27, 42, 43, 52, 87, 90, 99, 136, 147]
"""Seeds whose products are pure to 1e-5 at most and hold a third of their group: beyond, their flow pins nothing."""


def shares(state, heavy):
    low, high, fed = state.raffinate, state.heavy_product, state.circuit.fed
    return {
        "light purity": low[~heavy].sum() / low.sum(),
        "light recovery": low[~heavy].sum() / fed[~heavy].sum(),
        "heavy purity": high[heavy].sum() / high.sum(),
        "heavy recovery": high[heavy].sum() / fed[heavy].sum(),
    }


@pytest.mark.parametrize("seed", ASKED)
def test_flows_are_found_again_from_the_products_they_make(seed):
    """Whatever flows make is asked of the cascade as a wish, from another start: the flows come back."""
    circuit, heavy, load, scrub = random_case(seed)
    state = steady_at(circuit, load, scrub)
    assert state.raffinate + state.heavy_product + state.drawn == pytest.approx(circuit.fed, rel=1e-10)
    got = shares(state, heavy)
    wishes = {
        "purities": (Spec(got["light purity"]), Spec(got["heavy purity"])),
        "light": (Spec(got["light purity"], got["light recovery"]), Spec()),
        "heavy": (Spec(), Spec(got["heavy purity"], got["heavy recovery"])),
    }
    for light, heavy_spec in wishes.values():
        again = solve_for(circuit, light, heavy_spec, heavy, load=1.1 * load)
        found = shares(again, heavy)
        for name, value in shares(state, heavy).items():
            if (light if name.startswith("light") else heavy_spec).__dict__[name.split()[1] + "_share"] is not None:
                assert found[name] == pytest.approx(value, abs=1e-9)
        assert again.residual <= 1e-9
        assert again.closure <= 1e-10


CIRCUIT = Circuit(
    (1.0, 2.0, 5.0), 24, (Entry(8, "aqueous", (0.3, 0.2, 0.1)), Entry(14, "aqueous", (0.05, 0.15, 0.2))),
    (Draw(18, "aqueous", 0.05),),
)  # fmt: skip
HEAVY = (False, True, True)


def test_a_draw_of_nothing_is_none():
    plain, empty = (
        replace(CIRCUIT, draws=()),
        replace(CIRCUIT, draws=(Draw(18, "aqueous", 0.0), Draw(4, "organic", 0.0))),
    )
    a, b = (solve_for(one, Spec(0.99), Spec(0.998), HEAVY) for one in (plain, empty))
    assert (b.load, b.scrub) == pytest.approx((a.load, a.scrub), rel=1e-9)
    assert b.x == pytest.approx(a.x, rel=1e-8)
    assert b.drawn.sum() == 0


def test_a_recovery_counts_what_a_side_stream_takes_as_lost():
    state = solve_for(CIRCUIT, Spec(), Spec(0.99, 0.9), HEAVY)
    own = np.array(HEAVY)
    assert state.heavy_product[own].sum() / CIRCUIT.fed[own].sum() == pytest.approx(0.9, abs=1e-9)
    lost = state.raffinate[own].sum() + state.drawn[own].sum()
    assert lost / CIRCUIT.fed[own].sum() == pytest.approx(0.1, abs=1e-9)


def test_two_columns_joined_at_a_draw_are_the_one_with_it():
    """A draw put back as a feed of its own composition, in another cascade, parts as the balance of both says."""
    state = solve_for(CIRCUIT, Spec(0.99), Spec(0.99), HEAVY)
    drawn = state.drawn
    again = Circuit.of(np.array(CIRCUIT.alpha), drawn / drawn.sum(), 8, 8)
    second = solve_for(again, Spec(0.95), Spec(0.95), HEAVY)
    total = state.raffinate + state.heavy_product + drawn.sum() * (second.raffinate + second.heavy_product)
    assert total == pytest.approx(CIRCUIT.fed, rel=1e-10)
    # and fed back where it was drawn it changes nothing but the flows it rides on
    feeds = [replace(e, mol=tuple(np.array(e.mol) / 1.05)) for e in CIRCUIT.entries]
    back = Entry(18, "aqueous", tuple(drawn / 1.05))
    ring = Circuit(CIRCUIT.alpha, 24, (*feeds, back), (Draw(18, "aqueous", 0.05 / 1.05),))
    alone = Circuit(CIRCUIT.alpha, 24, CIRCUIT.entries)
    closed = steady_at(ring, state.load / 1.05, state.scrub / 1.05)
    opened = steady_at(alone, state.load, state.scrub)
    gone = closed.drawn * 1.05
    assert closed.raffinate + closed.heavy_product == pytest.approx((CIRCUIT.fed + drawn - gone) / 1.05, rel=1e-10)
    assert opened.raffinate.sum() == pytest.approx(1.05 * closed.raffinate.sum(), rel=1e-9)


def test_elements_in_any_order_ints_and_numpy_are_taken():
    order = [2, 0, 1]
    feeds = [Entry(e.stage, e.phase, np.array(e.mol)[order]) for e in CIRCUIT.entries]
    turned = Circuit(np.array(CIRCUIT.alpha)[order], 24, feeds, list(CIRCUIT.draws))
    a, b = solve_for(CIRCUIT, Spec(0.99), Spec(0.99), HEAVY), solve_for(turned, Spec(0.99), Spec(0.99), (1, 0, 1))
    assert b.x == pytest.approx(a.x[order], rel=1e-7)


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match=r"rate of draw 1 = -0.1   must lie between 0 and 1"):
        replace(CIRCUIT, draws=(Draw(3, "aqueous", -0.1),))
    with pytest.raises(InputError, match="take all that is fed"):
        solve_for(
            replace(CIRCUIT, draws=(Draw(3, "aqueous", 0.6), Draw(9, "aqueous", 0.6))), Spec(0.9), Spec(0.9), HEAVY
        )
    with pytest.raises(InputError, match="elements on both sides"):
        solve_for(CIRCUIT, Spec(0.9), Spec(0.9), (True, True, True))
    with pytest.raises((NotConverged, InputError)):
        solve_for(CIRCUIT, Spec(0.9999999), Spec(0.9999999), HEAVY)
