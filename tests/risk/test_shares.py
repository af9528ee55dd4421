"""Concentration of share tables with holes: both ends of the interval by hand, and what can never happen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gadolin.errors import InputError
from gadolin.quantity import Quantity
from gadolin.risk import ceiling_test, hhi, top_share
from gadolin.risk.shares import as_quantity


def shares(**named):
    return {name: Quantity(value, "share", basis="reported") for name, value in named.items()}


def test_a_complete_table_has_one_index():
    found = hhi(shares(A=0.6, B=0.3, C=0.1))
    assert (found.low, found.high) == pytest.approx((0.36 + 0.09 + 0.01,) * 2)
    assert found.effective_suppliers == pytest.approx((1 / 0.46, 1 / 0.46))


def test_a_rest_makes_an_interval():
    """0.5 and 0.1 are named; the other 0.4 belong to countless suppliers (adds 0) or to one (adds 0.16)."""
    found = hhi(shares(A=0.5, B=0.1))
    assert (found.low, found.high, found.rest_share) == pytest.approx((0.26, 0.42, 0.4))


def test_a_hole_is_not_a_zero():
    """A supplier whose share is not known stays in the rest: it is neither dropped nor counted as nothing."""
    holed = shares(A=0.5, B=0.1) | {"C": Quantity.missing("share", "only a ranking is stated")}
    assert hhi(holed) == hhi(shares(A=0.5, B=0.1))


def test_ranges_of_shares_widen_the_interval():
    ranged = {"A": Quantity(0.9, "share", 0.85, 0.95, "estimate"), "B": Quantity(0.1, "share", 0.05, 0.1, "reported")}
    found = hhi(ranged)
    assert found.low == pytest.approx(0.85**2 + 0.05**2)
    assert found.high == pytest.approx(0.95**2 + 0.1**2)
    assert as_quantity(found, ranged).basis == "estimate"


def test_what_is_no_table_of_shares_is_refused():
    with pytest.raises(InputError, match="no share is known"):
        hhi({"A": Quantity.missing("share", "not reported")})
    with pytest.raises(InputError, match="one scope and source"):
        hhi(shares(A=0.9, B=0.2))
    with pytest.raises(InputError, match="negative"):
        hhi(shares(A=0.9, B=-0.1))


@given(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=8), st.floats(0.1, 1.0))
def test_the_interval_holds_every_way_to_split_the_rest(weights, named):
    """Whatever number of equal suppliers shares the rest, the index lies inside."""
    total = sum(weights)
    known = [named * w / total for w in weights]
    found = hhi({str(i): Quantity(v, "share", basis="reported") for i, v in enumerate(known)})
    for count in (1, 2, 7, 1000):
        index = sum(v**2 for v in known) + (1 - named) ** 2 / count
        assert found.low - 1e-9 <= index <= found.high + 1e-9


def test_the_top_is_the_largest_named():
    name, share = top_share(shares(MYS=0.045, CHN=0.91))
    assert (name, share.value) == ("CHN", 0.91)


def test_the_ceiling_itself_is_kept():
    assert ceiling_test(0.65, 0.65)
    assert not ceiling_test(0.6501, 0.65)
