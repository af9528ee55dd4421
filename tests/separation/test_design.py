import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin.errors import InputError, NotConverged
from gadolin.quantity import Quantity
from gadolin.separation import Factor, Feed, Spec, System, design, solve
from gadolin.separation.circuit import Circuit
from gadolin.separation.design import oxide_masses
from gadolin.separation.shapes import Wish
from gadolin.separation.specified import solve_specs

SYMBOLS = ["La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Y", "Er", "Tm", "Yb", "Lu"]
PAIR = System("P507", "chloride", (Factor("Nd", "Pr", Quantity(1.55, "-", 1.5, 2.0, "derived")),))


def wishes(seed, feed, cut):
    """Two specifications that the feed does not meet by itself."""
    rng = np.random.default_rng(seed)
    share = sum(list(feed.reo_share.values())[cut:])
    light, heavy = (max(1 - 10 ** -rng.uniform(1.5, 4.5), 1 - 0.5 * rest) for rest in (share, 1 - share))
    return [(Spec(light), Spec(heavy)), (Spec(light, light), Spec()), (Spec(), Spec(heavy, heavy))][seed % 3]


def any_design(seed, least_beta=1.05, most_stages=400):
    """Two to fifteen elements, factors 1.05 to 5, either phase, every fourth within 5 % of the least load."""
    rng = np.random.default_rng(seed)
    elements = int(rng.integers(2, 16))
    beta = np.exp(rng.uniform(np.log(least_beta), np.log(5), elements - 1))
    mol = rng.dirichlet(np.full(elements, 0.7)) + 1e-3
    cut = int(rng.integers(1, elements))
    feed = Feed.of_moles(dict(zip(SYMBOLS, mol, strict=False)), phase=["aqueous", "aqueous", "organic"][seed % 3])
    system = System.of_alpha(dict(zip(SYMBOLS, np.cumprod(np.r_[1, beta]), strict=False)))
    over = 1 + rng.uniform(0.01, 0.05) if seed % 4 == 0 else rng.uniform(1.05, 1.6)
    light, heavy = wishes(seed, feed, cut)
    return design(feed, system, f"{SYMBOLS[cut]}|{SYMBOLS[cut - 1]}", light, heavy, over), over


def assert_met(made, over):
    got = made.reached()
    for side, spec in (("light", made.light), ("heavy", made.heavy)):
        for kind in ("purity_share", "recovery_share"):
            if getattr(spec, kind) is not None:
                assert got[f"{side}_{kind}"] >= getattr(spec, kind) - 1e-9
    assert made.sized.load_mol_per_mol <= over * made.sized.least_load_mol_per_mol * (1 + 1e-9)
    profile = solve(made)
    assert profile.residual <= 1e-9
    assert profile.raffinate + profile.organic == pytest.approx([made.feed.mol_share[s] for s in made.order], rel=1e-10)


@settings(deadline=None, max_examples=12)
@given(seed=st.integers(0, 10**6))
def test_any_design_meets_its_specifications_or_needs_too_many_stages(seed):
    try:
        made, over = any_design(seed)
    except InputError as refused:
        rightly = "more than 600 stages" in str(refused) or "no more than the feed" in str(refused)
    else:
        assert_met(made, over)
        rightly = True
    assert rightly


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, 200, 20))
def test_two_hundred_designs_are_met_or_refused(first):
    for seed in range(first, first + 20):
        test_any_design_meets_its_specifications_or_needs_too_many_stages.hypothesis.inner_test(seed)


@pytest.mark.parametrize("seed", [1, 2, 3, 6, 14])
def test_one_stage_less_is_not_enough_wherever_the_feed_enters(seed):
    made, over = any_design(seed, least_beta=1.5)
    sized, alpha = made.sized, made.alpha
    heavy = np.arange(len(alpha)) >= len(made.light_group)
    wish = Wish.of(made.light, made.heavy, oxide_masses(made.order), heavy)
    mol = np.array([made.feed.mol_share[s] for s in made.order])
    load, fewer = over * sized.least_load_mol_per_mol, sized.total_stages - 1
    assert 4 <= fewer < 80
    for n in range(2, fewer - 1):
        circuit = Circuit.of(alpha, mol, n, fewer - n, made.feed.phase)
        try:
            needed = solve_specs(circuit, wish, heavy, load).load
        except (NotConverged, InputError):
            continue  # no flows at all meet both
        assert needed > load


def test_report_carries_range_basis_and_limits():
    made = design(Feed({"Pr": 1, "Nd": 3}, name="didymium"), PAIR, "Pr|Nd", Spec(0.999), Spec(0.999))
    text = str(made)
    assert len(text.splitlines()) <= 12
    assert "in all for the range of beta" in text
    assert "basis derived" in text
    assert "ideal stages" in text
    low, high = made.span("total_stages")
    assert low < high == made.sized.total_stages  # the low end of beta was chosen
    assert made.as_dict()["stages"]["low"] == low


def test_a_factor_without_range_gives_a_design_that_says_so():
    made = design(Feed({"Pr": 1, "Nd": 3}), System.of_alpha({"Pr": 1, "Nd": 1.5}), "Pr|Nd", Spec(0.999), Spec(0.999))
    assert made.span("total_stages") is None
    assert "range not known: the factors have no range" in str(made)


def test_an_element_without_a_factor_is_named():
    with pytest.raises(InputError, match=r"no factor of PC88A \(chloride\) links Dy to Pr"):
        design(Feed({"Pr": 1, "Dy": 3}), PAIR, "Pr|Dy", Spec(0.999), Spec(0.999))


@pytest.mark.parametrize(
    ("light", "heavy", "said"),
    [
        (
            Spec(0.2),
            Spec(0.7),
            r"light.purity_share = 0.2   must be above 0.2[45]\d*, the share that the feed already has",
        ),
        (Spec(0.9), Spec(None, 0.5), r"light.purity_share = 0.9   must be below 0.4.*recover more than 0.96"),
        (Spec(None, 0.4), Spec(None, 0.5), "must sum to more than 1"),
        (Spec(0.999, 0.99), Spec(0.9), "give exactly two of light purity"),
    ],
)
def test_wishes_that_need_no_cascade_or_contradict_are_refused_with_the_bound(light, heavy, said):
    with pytest.raises(InputError, match=said):
        design(Feed({"Pr": 1, "Nd": 3}), PAIR, "Pr|Nd", light, heavy)


def test_a_purity_at_the_bound_of_its_refusal_is_designed():
    """The bound that an error names is the true one: just beyond it the wish is met."""
    feed = Feed({"Pr": 1, "Nd": 3})
    with pytest.raises(InputError) as caught:
        design(feed, PAIR, "Pr|Nd", Spec(0.9), Spec(None, 0.5))
    enough = float(str(caught.value).split("more than ")[1].split()[0])
    made = design(feed, PAIR, "Pr|Nd", Spec(0.9), Spec(None, enough + 0.001))
    assert made.reached()["light_purity_share"] >= 0.9 - 1e-9


def test_purity_no_assay_can_tell_is_refused():
    with pytest.raises(InputError, match=r"at most 0\.999999999"):
        Spec(1 - 1e-10)


def test_a_product_larger_than_the_least_load_of_pure_products_raises_the_load():
    """A tenth of the light group may go with a heavy group of a hundredth: the product, not the cut, sets S."""
    feed = Feed({"Nd": 99, "Sm": 1})
    system = System.of_alpha({"Nd": 1, "Sm": 8})
    made = design(feed, system, "Nd|Sm", Spec(0.9999, 0.7), Spec())
    assert made.sized.load_mol_per_mol > made.sized.steady.heavy_product.sum() > 0.25
    assert made.reached()["light_purity_share"] >= 0.9999 - 1e-9
    assert made.reached()["light_recovery_share"] >= 0.7 - 1e-9


def test_a_factor_next_to_one_is_refused_before_any_solve():
    with pytest.raises(InputError, match=r"too near 1: at least .* take another extractant or cut elsewhere"):
        design(Feed({"Pr": 1, "Nd": 3}), System.of_alpha({"Pr": 1, "Nd": 1.001}), "Pr|Nd", Spec(0.999), Spec(0.999))


def test_a_wider_factor_never_needs_more():
    feed, stages = Feed({"Pr": 1, "Nd": 3}), []
    for beta in (1.4, 1.6, 1.8, 2.2, 3.0):
        made = design(feed, System.of_alpha({"Pr": 1, "Nd": beta}), "Pr|Nd", Spec(0.999), Spec(0.999))
        stages.append(made.sized.total_stages)
    assert stages == sorted(stages, reverse=True)


def test_factors_of_pairs_against_one_element_also_make_a_chain():
    """Naphthenic acid: all factors are against Y, the least extracted."""
    q = lambda v: Quantity(v, "-", basis="derived")  # noqa: E731
    system = System("naphthenic acid", "chloride", (Factor("La", "Y", q(1.222)), Factor("Dy", "Y", q(3.162))))
    assert system.order(["La", "Dy", "Y"]) == ["Y", "La", "Dy"]
    assert system.alpha(["La", "Dy", "Y"]) == pytest.approx([1.222, 3.162, 1.0])


def test_a_trace_next_to_much_of_a_near_neighbour_takes_no_long_search():
    # Tb|Gd with naphthenic acid in a light ore: a factor of 1.002 between two traces, and Nd right above them
    alpha = {"Y": 1.0, "La": 1.222, "Ce": 2.103, "Pr": 2.906, "Tb": 3.53, "Gd": 3.538, "Nd": 3.607, "Sm": 5.291}
    feed = Feed.of_moles({"Y": 2.6, "La": 24.8, "Ce": 44.6, "Pr": 5.4, "Tb": 0.13, "Gd": 1.2, "Nd": 18.0, "Sm": 3.0})
    system = System.of_alpha(alpha)
    design(feed, system, "La|Ce", Spec(0.95), Spec(0.95))  # kernels compiled
    start = time.process_time()
    made = design(feed, system, "Tb|Gd", Spec(0.99), Spec(0.99))
    assert time.process_time() - start < 2.0
    assert made.sized.total_stages < 100
    assert made.reached()["heavy_purity_share"] == pytest.approx(0.99, abs=1e-9)
    assert made.reached()["light_purity_share"] == pytest.approx(0.99, abs=1e-9)
