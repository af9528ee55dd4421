"""The strip of a loaded organic: Kremser, a plain solution of the same equations, conservation, refusals."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import least_squares

from gadolin import case
from gadolin.errors import InputError
from gadolin.separation import Feed, Level, Operation, Spec, System, design, flowsheet, sequence, shortcuts, solve
from gadolin.separation.acid import solve_acid
from gadolin.separation.acid_circuit import AcidCircuit, Stream
from gadolin.separation.strip import TAKEN_OFF, strip_of

D0, LT = (2e-3, 2e-2, 1.5), 0.75


def loaded(scale=1.0, organic=4.0, passing=(0.0, 0.0, 0.0)):
    """A solved cascade whose product is to be stripped."""
    feed = (Stream(6, 0.5, (0.4, 0.5, 0.3), 0.01), Stream(12, 0.15, (0.0,) * 3, 4.0))
    return solve_acid(AcidCircuit(tuple(scale * d for d in D0), 12, organic, LT, 0.36, feed, passing=passing))


PRODUCT = np.array([False, True, True])


def test_the_strip_takes_off_what_is_asked_and_one_stage_less_does_not():
    cascade = loaded()
    strip = strip_of(cascade, ("La", "Nd", "Lu"), PRODUCT, 5.0, 1.2)
    assert strip.left_share <= 1 - TAKEN_OFF
    fewer = replace(strip.mixed.circuit, stages=strip.stages - 1, streams=tuple(
        replace(s, stage=strip.stages - 1) for s in strip.mixed.circuit.streams
    ))  # fmt: skip
    again = solve_acid(fewer)
    left = (again.organic[-1] * again.y[:, -1] / (cascade.organic[-1] * cascade.y[:, -1]))[PRODUCT]
    assert left.max() > 1 - TAKEN_OFF


@pytest.mark.parametrize("passing", [(0.0, 0.0, 0.0), (0.005, 2e-4, 5e-4)])
def test_what_the_organic_brings_leaves_with_liquor_or_stays_and_acid_closes(passing):
    cascade = loaded(passing=passing)
    strip = strip_of(cascade, ("La", "Nd", "Lu"), PRODUCT, 5.0, 1.2)
    mixed, drops = strip.mixed, cascade.entrained[0][-1]
    brings = cascade.organic[-1] * cascade.y[:, -1] + drops * cascade.c[:, -1]
    stays = mixed.organic[-1] * mixed.y[:, -1]
    assert strip.liquor_l_per_mol * mixed.c[:, 0] + stays == pytest.approx(brings, rel=1e-10)
    off = (cascade.organic[-1] * cascade.y[:, -1]).sum() - stays.sum()
    left = strip.liquor_l_per_mol * strip.free_acid_mol_per_l
    assert strip.acid_mol_per_mol + drops * cascade.h[-1] == pytest.approx(left + 3 * off, rel=1e-10)
    assert max(mixed.residual, 10 * mixed.closure) <= 1e-9


@pytest.mark.parametrize("stages", [2, 5, 9])
def test_a_trace_in_much_acid_is_stripped_as_kremser_says(stages):
    trace, flow, acid, d0 = 1e-7, 0.4, 2.0, 3.0
    circuit = AcidCircuit((d0,), stages, 1.0, LT, 0.0, (Stream(stages, flow, (0.0,), acid),), (trace,))
    ratio = d0 * (LT / acid) ** 3
    got = solve_acid(circuit).y[0, -1] / trace
    assert got == pytest.approx(shortcuts.kremser(flow / ratio, stages), rel=1e-5)


def test_the_same_equations_solved_plainly_give_the_same_stages():
    """Three stages, two elements: balances and mass action as one list, by a general solver from a rough start."""
    d0, load, flow, acid, organic = np.array([0.05, 0.8]), np.array([0.06, 0.05]), 0.3, 4.0, 2.0
    circuit = AcidCircuit(tuple(d0), 3, organic, LT, 0.0, (Stream(3, flow, (0.0, 0.0), acid),), tuple(load))
    state = solve_acid(circuit)

    def wrong(logs):
        c = np.exp(logs[:6]).reshape(2, 3)
        free = np.exp(logs[6:])
        h = acid - 3 * c.sum(axis=0)  # chloride of the strip acid, on every stage
        y = d0[:, None] * c * (free / h) ** 3
        into = np.column_stack([load, y[:, :-1]]), np.column_stack([c[:, 1:], np.zeros(2)])
        balances = organic * (into[0] - y) + flow * (into[1] - c)
        return np.concatenate([balances.ravel() / 0.1, (free + 3 * y.sum(axis=0)) / LT - 1])

    start = np.log(np.concatenate([np.full(6, 0.2), np.full(3, 0.6)]))
    found = least_squares(wrong, start, xtol=1e-15, ftol=1e-15, gtol=1e-15)
    assert np.abs(found.fun).max() < 1e-10
    assert state.c.ravel() == pytest.approx(np.exp(found.x[:6]), rel=1e-7)


def test_stronger_acid_never_needs_more_stages_and_a_fast_held_product_asks_for_more_acid():
    cascade, names = loaded(), ("La", "Nd", "Lu")
    stages = [strip_of(cascade, names, PRODUCT, strength, 1.5).stages for strength in (4.0, 5.0, 7.0)]
    assert stages == sorted(stages, reverse=True)
    held = strip_of(loaded(20.0), names, PRODUCT, 5.0, 1.2)
    assert held.acid_ratio > strip_of(cascade, names, PRODUCT, 5.0, 1.2).acid_ratio >= 1.2


def test_what_no_acid_takes_off_is_refused_with_what_would_help():
    with pytest.raises(InputError, match=r"% of Lu on the organic.* strip with stronger acid \(--strip-acid\)"):
        strip_of(loaded(1e5), ("La", "Nd", "Lu"), PRODUCT, 3.0, 1.2)


CLAY = Feed({"La": 30, "Pr": 10, "Nd": 40, "Sm": 10, "Dy": 10}, rate_t_reo_per_year=1000.0)
P507 = replace(
    System.of_alpha({"La": 1, "Pr": 10, "Nd": 15, "Sm": 100, "Dy": 900}), level=Level("Nd", -3.0776, 0.5, 3.0, -0.473)
)


def test_the_strip_enters_profile_bill_streams_and_sizes():
    one = design(CLAY, P507, "Nd|Sm", Spec(0.995), Spec(0.995))
    profile = solve(one, "L2")
    strip = profile.strip
    assert "strip " in str(profile)
    assert profile.as_dict()["strip"]["free_acid_mol_per_l"] == strip.free_acid_mol_per_l
    bill = profile.bill.set_index(["item", "use"])
    acid = bill.loc[("HCl", "strip of the organic product, solved flow")]
    assert acid["mol_per_mol"] == pytest.approx(strip.acid_mol_per_mol)
    weaker = solve(one, "L2", Operation(strip_acid_mol_per_l=3.0)).strip
    assert sum(weaker.liquor_mol_per_l.values()) < sum(strip.liquor_mol_per_l.values())
    made = flowsheet(sequence(CLAY, [P507], ["NdPr", "Dy"]))
    streams = made.streams()
    assert streams.loc[streams["phase"] == "organic", "strip_liquor_mol_per_l"].notna().all()
    assert made.table()["strip_stages"].notna().all()
    counts = {e.kind: e.count for e in made.plant.equipment if e.kind.endswith("strip")}
    wash = round(made.practice.wash_stages.value)
    assert sorted(counts.values()) == sorted(int(np.ceil(n / 0.95)) + wash for n in made.table()["strip_stages"])


def test_lutetium_on_p204_keeps_its_profile_and_says_that_the_strip_is_not_solved():
    inputs = case.load("malaysia").inputs
    one = design(inputs.feed_of("my_kenering"), inputs.system_of("P204"), "Gd|Tb", Spec(0.99), Spec(0.99))
    profile = solve(one, "L2", Operation(scrub_acid_mol_per_l=6.0))
    assert profile.strip is None
    assert any("of Lu on the organic" in note for note in profile.notes)
    assert any("not solved" in use for use in profile.bill["use"])


def test_reagents_out_of_proportion_are_said_with_the_extractant_that_holds_less():
    inputs = case.load("malaysia").inputs
    one = design(inputs.feed_of("my_kenering"), inputs.system_of("P204"), "Y|Er", Spec(0.999), Spec(0.999))
    text = str(solve(one, "L2", Operation(scrub_acid_mol_per_l=8.0)))
    assert "out of proportion" in text
    assert "take P507, which holds it less (--extractant P507)" in text
    with pytest.raises(InputError, match="take P507"):
        solve(one, "L2", Operation(scrub_acid_mol_per_l=2.0))
