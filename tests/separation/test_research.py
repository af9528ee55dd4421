import pytest

from gadolin.errors import InputError
from gadolin.separation import Feed, Spec, System, design
from gadolin.separation.research import value_of_beta


def test_each_step_of_beta_buys_load_as_underwood_says():
    made = design(
        Feed.of_moles({"Pr": 1, "Nd": 1}), System.of_alpha({"Pr": 1, "Nd": 1.5}), "Pr|Nd", Spec(0.999), Spec(0.999)
    )
    frame = value_of_beta(made, 4)
    assert list(frame["beta"]) == pytest.approx([1.5, 1.55, 1.6, 1.65, 1.7])
    assert list(frame["least_load_mol_per_mol"]) == pytest.approx([0.5 + 1 / (b - 1) for b in frame["beta"]], rel=1e-9)
    assert frame["stages"].is_monotonic_decreasing
    assert frame["base_t_per_t_reo"].is_monotonic_decreasing
    with pytest.raises(InputError, match="1 to 40"):
        value_of_beta(made, 0)
