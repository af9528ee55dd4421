import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin.errors import InputError
from gadolin.quantity import Quantity
from gadolin.separation import Factor, Feed, Spec, System, design, solve

SYMBOLS = ["La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Y", "Er", "Tm", "Yb", "Lu"]
PAIR = System("P507", "chloride", (Factor("Nd", "Pr", Quantity(1.55, "-", 1.5, 2.0, "derived")),))


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_specifications_are_met_and_one_stage_less_is_not_enough(seed):
    rng = np.random.default_rng(seed)
    elements = int(rng.integers(2, 10))
    alpha = np.cumprod(np.r_[1, rng.uniform(1.3, 5, elements - 1)])
    mol = rng.dirichlet(np.full(elements, 1.0)) + 0.01
    cut = int(rng.integers(1, elements))
    feed = Feed.of_moles(dict(zip(SYMBOLS, mol, strict=False)), phase=["aqueous", "organic"][seed % 2])
    share = sum(list(feed.reo_share.values())[cut:])
    light = Spec(max(1 - 10 ** -rng.uniform(1.5, 3.5), 1 - 0.5 * share))
    heavy = Spec(max(1 - 10 ** -rng.uniform(1.5, 3.5), 1 - 0.5 * (1 - share)))
    system = System.of_alpha(dict(zip(SYMBOLS, alpha, strict=False)))
    made = design(feed, system, f"{SYMBOLS[cut]}|{SYMBOLS[cut - 1]}", light, heavy)
    got = made.reached()
    assert got["light_purity_share"] >= light.purity_share - 1e-9
    assert got["heavy_purity_share"] >= heavy.purity_share - 1e-9
    assert made.sized.load_mol_per_mol <= 1.2 * made.sized.least_load_mol_per_mol * (1 + 1e-9)
    profile = solve(made)
    assert profile.residual <= 1e-9
    assert profile.raffinate + profile.organic == pytest.approx([feed.mol_share[s] for s in made.order], rel=1e-10)


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


def test_wishes_that_need_no_cascade_or_contradict_are_refused():
    feed = Feed({"Pr": 1, "Nd": 3})
    with pytest.raises(InputError, match="no more than the feed already is"):
        design(feed, PAIR, "Pr|Nd", Spec(purity_share=0.2), Spec(purity_share=0.7))
    with pytest.raises(InputError, match="contradict"):
        design(feed, PAIR, "Pr|Nd", Spec(purity_share=0.9), Spec(recovery_share=0.5))


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
