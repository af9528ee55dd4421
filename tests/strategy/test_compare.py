"""Counting over futures: against plain twins, and that workers change nothing."""

import json

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
    nothing = {n: Feasibility(n, ()) for n in names}
    refs = dict.fromkeys(names, ("countries:MYS:name",))
    enough = (("value_kept_musd", 0.0, None),)
    return Comparison("x", pd.DataFrame(rows), nothing, {n: n for n in names}, refs, refs, {}, enough, (), {}, ())


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
    assert q.reason == "no ore is mined"


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


def told(found):
    """All that a comparison says, as text, in the order of the strategies' names."""
    return json.dumps(found.as_dict(), sort_keys=True, default=str)


@pytest.mark.long
def test_same_bytes_for_any_workers_order_and_cache(malaysia, tmp_path, monkeypatch):
    few = ("status-quo", "toll-at-kuantan")
    monkeypatch.setenv("GADOLIN_CACHE", str(tmp_path / "one"))
    first = told(compare(malaysia, 2, 1, workers=1, strategies=few))
    for workers, order in ((1, few), (2, few[::-1]), (4, few)):  # the cache is warm now
        assert told(compare(malaysia, 2, 1, workers=workers, strategies=order)) == first
    monkeypatch.setenv("GADOLIN_CACHE", str(tmp_path / "two"))
    assert told(compare(malaysia, 2, 1, workers=2, strategies=few)) == first


class Killed(Exception):
    """Stands for what ends a process."""


@pytest.mark.long
def test_a_killed_comparison_resumes_to_the_same_bytes(malaysia, tmp_path, monkeypatch):
    few = ("status-quo", "toll-at-kuantan")
    monkeypatch.setenv("GADOLIN_CACHE", str(tmp_path / "whole"))
    whole = told(compare(malaysia, 2, 1, workers=1, strategies=few))
    monkeypatch.setenv("GADOLIN_CACHE", str(tmp_path / "killed"))

    def kill(done, total):
        raise Killed

    with pytest.raises(Killed):
        compare(malaysia, 2, 1, workers=1, strategies=few, progress=kill, resume=True)
    taken_up: list[int] = []
    again = compare(malaysia, 2, 1, workers=1, strategies=few, resume=True, progress=lambda d, t: taken_up.append(d))
    assert taken_up[0] == 2  # the first task was not done twice
    assert told(again) == whole


def test_an_answer_of_nothing_is_nothing(malaysia, future, flat):
    base = PricePath(2025, {("home", "oxide:Nd"): (1.2, 1.1)})
    neutral = PricePath(2025, {("home", "oxide:Nd"): (1.0, 1.0)})
    assert base.times(neutral).factors == base.factors
    a = evaluate(malaysia, resolve(malaysia, "status-quo"), Future("x"), base)
    b = evaluate(malaysia, resolve(malaysia, "status-quo"), Future("x"), base.times(neutral))
    assert a.measures == b.measures
