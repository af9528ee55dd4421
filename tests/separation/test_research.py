import pytest

from gadolin.case import load
from gadolin.errors import InputError
from gadolin.separation import Feed, Spec, System, design
from gadolin.separation.reagents import G_PER_MOL
from gadolin.separation.research import value_of_beta


def test_each_step_of_beta_buys_load_as_underwood_says():
    made = design(
        Feed.of_moles({"Pr": 1, "Nd": 1}), System.of_alpha({"Pr": 1, "Nd": 1.5}), "Pr|Nd", Spec(0.999), Spec(0.999)
    )
    frame = value_of_beta(made, 4)
    assert list(frame["beta"]) == pytest.approx([1.5, 1.55, 1.6, 1.65, 1.7])
    assert list(frame["least_load_mol_per_mol"]) == pytest.approx([0.5 + 1 / (b - 1) for b in frame["beta"]], rel=1e-9)
    assert frame["stages"].is_monotonic_decreasing
    assert frame["base_t_per_t_reo"].isna().all()  # no level constant: acid and base cannot be computed, and it says so
    assert "no level constant" in frame["acid_and_base"][0]
    with pytest.raises(InputError, match="1 to 40"):
        value_of_beta(made, 0)


def test_reagents_are_those_of_solved_flows():
    """Base per tonne falls with the factor and is more than what the load binds: some acid stays free."""
    inputs = load("malaysia").inputs
    feed = inputs.feed_of("my_kenering")
    made = design(feed, inputs.system_of("P507"), "Pr|Nd", Spec(0.99), Spec(0.99))
    frame = value_of_beta(made, 2)
    assert list(frame["acid_and_base"]) == ["L2"] * 3
    ends = frame.iloc[[0, -1]]
    for what in ("base_t_per_t_reo", "hcl_t_per_t_reo"):  # whole stages make the steps between uneven
        assert ends[what].is_monotonic_decreasing
    bound = 3 * frame["load_mol_per_mol"] * G_PER_MOL["NaOH"] / 1000 / feed.oxide_kg_per_mol
    assert (frame["base_t_per_t_reo"] > bound).all()
