"""Counting over futures: against plain twins, and that workers change nothing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin.market import Future
from gadolin.strategy import Comparison, PricePath, compare, draw, evaluate, resolve
from gadolin.strategy.comparison import wilson
from gadolin.strategy.feasible import Feasibility
from gadolin.strategy.outcomes import MEASURES


def comparison(kept):
    """A comparison that holds nothing but value kept: futures by strategies."""
    rows = []
    for f, values in enumerate(kept):
        for s, value in enumerate(values):
            row = {m.name: 0.0 for m in MEASURES} | {"value_kept_musd": value, "processed_share": None}
            rows.append({"strategy": f"s{s}", "future": f"f{f}", **row})
    names = [f"s{s}" for s in range(len(kept[0]))]
    return Comparison("x", pd.DataFrame(rows), {n: Feasibility(n, ()) for n in names}, {n: n for n in names},
                      dict.fromkeys(names, ("countries:MYS:name",)), {}, (("value_kept_musd", 0.0, None),), (), {},
                      ())  # fmt: skip


@given(st.lists(st.lists(st.integers(-50, 50), min_size=3, max_size=3), min_size=1, max_size=12))
@settings(max_examples=30, deadline=None)
def test_regret_wins_and_enough_against_plain_counting(kept):
    found = comparison([[float(v) for v in row] for row in kept]).regret()
    for s in range(3):
        regrets = [max(row) - row[s] for row in kept]
        won = [1 / row.count(max(row)) if row[s] == max(row) else 0 for row in kept]
        assert found.at[f"s{s}", "regret_max_musd"] == max(regrets)
        assert found.at[f"s{s}", "regret_p90_musd"] == pytest.approx(np.quantile(regrets, 0.9))
        assert found.at[f"s{s}", "won_share"] == pytest.approx(np.mean(won))
        assert found.at[f"s{s}", "satisfied_share"] == pytest.approx(np.mean([row[s] >= 0 for row in kept]))
    assert found["won_share"].sum() == pytest.approx(1)
    assert (found["regret_max_musd"] >= 0).all()


def test_what_happens_in_no_future_is_missing_and_not_zero():
    q = comparison([[1.0, 2.0]]).quantity("s0", "processed_share")
    assert not q.known
    assert q.reason == "happens in no future"


def test_wilson_holds_its_share():
    """Closed form: the ends solve (p - x)^2 = z^2 x (1 - x) / n."""
    for share, n in ((0.0, 10), (0.3, 32), (1.0, 200)):
        for x in wilson(share, n):
            assert (share - x) ** 2 == pytest.approx(1.6449**2 * x * (1 - x) / n, abs=1e-12)


def test_more_futures_begin_with_the_fewer(malaysia):
    assert draw(malaysia, 8, seed=4)[:4] == draw(malaysia, 4, seed=4)
    assert draw(malaysia, 4, seed=4) != draw(malaysia, 4, seed=5)


def test_shocks_and_stops_lie_in_their_years(malaysia):
    drawn = draw(malaysia, 64, seed=1)
    years = [y for f in drawn for y in f.withheld.values()]
    assert 2027 <= min(years) <= max(years) <= 2040
    with_ban = sum(any("ban CHN" in str(s) for s in f.shocks) for f in drawn)
    assert 16 <= with_ban <= 48  # half of the futures, give or take


@pytest.mark.long
def test_same_bytes_for_any_workers(malaysia):
    """One future on one and on two processes; a shock-free market of one year would not do, so the real one runs."""
    few = ("status-quo", "toll-at-kuantan")
    one, two = (compare(malaysia, 1, 1, workers=w, strategies=few) for w in (1, 2))
    assert one.rows.equals(two.rows)
    assert [str(s) for s in one.switches] == [str(s) for s in two.switches]


def test_an_answer_of_nothing_is_nothing(malaysia, future, flat):
    base = PricePath(2025, {("home", "oxide:Nd"): (1.2, 1.1)})
    neutral = PricePath(2025, {("home", "oxide:Nd"): (1.0, 1.0)})
    assert base.times(neutral).factors == base.factors
    a = evaluate(malaysia, resolve(malaysia, "status-quo"), Future("x"), base)
    b = evaluate(malaysia, resolve(malaysia, "status-quo"), Future("x"), base.times(neutral))
    assert a.measures == b.measures
