import pickle

import numpy as np
import pytest

from gadolin.errors import InputError
from gadolin.separation.shapes import Cut, Feed, Spec, Wish


def test_shares_of_oxide_mass_become_moles_and_back():
    feed = Feed({"La": 30.0, "Nd": 20.0, "Y": 50.0})
    assert sum(feed.mol_share.values()) == pytest.approx(1)
    again = Feed.of_moles(feed.mol_share)
    assert dict(again.reo_share) == pytest.approx(dict(feed.reo_share))
    assert pickle.loads(pickle.dumps(feed)) == feed


def test_all_faults_of_a_feed_come_at_once():
    with pytest.raises(InputError) as caught:
        Feed({"La": -1.0, "Nd": float("nan")}, rate_t_reo_per_year=0.0)
    assert len(caught.value.faults) == 3


def test_a_cut_over_an_element_in_between_names_the_choices():
    with pytest.raises(InputError, match=r'Pr lies between them in the feed; cut at "Ce\|Pr", "Pr\|Nd"'):
        Cut("Ce|Nd").groups(["La", "Ce", "Pr", "Nd"])


@pytest.mark.parametrize("number", [0, 1, 3])
def test_exactly_two_numbers_specify_a_cut(number):
    light = Spec(*[0.99, 0.98][: min(number, 2)])
    heavy = Spec(0.9) if number == 3 else Spec()
    with pytest.raises(InputError, match="exactly two"):
        Wish.of(light, heavy, np.ones(2), np.array([False, True]))


def test_a_purity_in_percent_is_answered_with_the_share_it_means():
    with pytest.raises(InputError, match=r"both excluded; 99\.5 % is 0\.995"):
        Spec(99.5)
