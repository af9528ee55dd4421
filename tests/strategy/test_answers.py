"""The market under a strategy: rules and own supply enter, kept prices are the same, `respond` keeps its bound."""

import json

import numpy as np
import pytest

from gadolin.case.schema import Given, Strategy
from gadolin.case.strategies import strategies_of
from gadolin.case.strategy_file import ExportTerms, Stock, StrategyHead
from gadolin.market import roll
from gadolin.market.instruments import RAW
from gadolin.market.measures import AdValoremDuty, Quota
from gadolin.market.years import Choices
from gadolin.strategy import OwnSupply, PricePath, evaluate, feasible, resolve, world_path
from gadolin.strategy.answers import base_path, base_prices, choices_of, prices_of, solved
from gadolin.strategy.evaluate import tonnes

SOLVED_SHARE = 1e-5
"""What two solves to a gap of 1e-6 may differ by in a price."""


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("GADOLIN_CACHE", str(tmp_path_factory.getbasetemp() / "gadolin cache"))


def with_rules(case, **rules):
    """The running mine, free to sell raw, under other rules."""
    base = strategies_of(case)["status-quo"]
    return base.model_copy(update={"moratorium": None, **rules})


def choices(case, file, future):
    plan = resolve(case, file)
    flows = tonnes(case, plan, feasible(case, plan, future), future).flows
    return choices_of(case, plan, future, flows).instruments, flows


def supply(found):
    """Change of the one node by year. [kt]"""
    (own,) = (m for m in found if isinstance(m, OwnSupply))
    return dict(own.change_kt)


def test_an_empty_strategy_equals_the_base_world(malaysia, future):
    empty = Strategy(strategy=StrategyHead(id="empty", title="Nothing"))
    found = evaluate(malaysia, empty, future)
    assert found.prices.factors == base_prices(malaysia, future).factors
    assert found.measures["value_kept_musd"] == 0


def test_what_stands_and_sells_as_before_moves_no_price(malaysia, future):
    """The mine that runs in the base world, free to go on, adds nothing to it."""
    found, _ = choices(malaysia, with_rules(malaysia), future)
    assert found == ()


def test_a_duty_enters_the_market(malaysia, future):
    file = with_rules(malaysia, export=ExportTerms(duty_share=Given(value=0.2, unit="share"), start=2028))
    found, _ = choices(malaysia, file, future)
    assert found == (AdValoremDuty(actor="MYS", goods=RAW, rate_share=0.2, start="2028", refs=found[0].refs),)
    taxed = solved(malaysia, future, Choices(found)).factors["home", "mixed_carbonate:clay"]
    free = base_prices(malaysia, future).factors["home", "mixed_carbonate:clay"]
    assert taxed[:3] == pytest.approx(free[:3], rel=1e-6)  # 2025 to 2027
    assert all(a < b for a, b in zip(taxed[3:], free[3:], strict=True))


def test_a_quota_caps_what_leaves_by_its_mines_and_lets_nobody_step_in(malaysia, future):
    quota = ExportTerms(quota_t_reo_per_year=Given(value=500, unit="t REO per year"), start=2028)
    found, _ = choices(malaysia, with_rules(malaysia, export=quota), future)
    caps = [m for m in found if isinstance(m, Quota)]
    assert [m.start for m in caps] == [str(y) for y in range(2028, 2035)]
    path = roll(base_path(malaysia, future).world, future, Choices(found), years=10)
    before = base_path(malaysia, future)
    for year in (2028, 2034):
        now, then = (p.by_year[year].flow("mixed_carbonate:clay", "MYS", "CHN") for p in (path, before))
        assert now <= caps[year - 2028].quota_t_gross / 1700 + 1e-6
        assert now < then
    assert supply(found)[2034] == pytest.approx(0.5 - 1.8)


def test_a_stock_is_bought_on_the_market(malaysia, future):
    stock = Stock(element="Dy", amount_t_reo=Given(value=60, unit="t REO"), first_year=2027, last_year=2029)
    found, _ = choices(malaysia, with_rules(malaysia, stockpile=[stock]), future)
    assert supply(found)[2028] == pytest.approx(-0.02)
    assert supply(found)[2030] == 0
    dearer, base = solved(malaysia, future, Choices(found)), base_prices(malaysia, future)
    assert dearer.factor("home", "oxide:Dy", [2028]) > base.factor("home", "oxide:Dy", [2028])


def test_prices_kept_known_or_rolled_are_the_same(malaysia, future, tmp_path, monkeypatch):
    """From the cache, without one, and from the market handed in: one outcome, to the last digit."""
    first = evaluate(malaysia, "toll-at-kuantan", future)
    kept = evaluate(malaysia, "toll-at-kuantan", future)
    monkeypatch.setenv("GADOLIN_CACHE", str(tmp_path))
    anew = evaluate(malaysia, "toll-at-kuantan", future)
    handed = evaluate(malaysia, "toll-at-kuantan", future, world_path(malaysia, future))
    for other in (kept, anew, handed):
        assert other.prices == first.prices
        assert other.measures == first.measures


def test_a_broken_cache_file_is_no_price(malaysia, future, tmp_path, monkeypatch):
    monkeypatch.setenv("GADOLIN_CACHE", str(tmp_path))
    plan = resolve(malaysia, "toll-at-kuantan")
    flows = tonnes(malaysia, plan, feasible(malaysia, plan, future), future).flows
    sound = prices_of(malaysia, plan, future, flows)
    for file in (tmp_path / "prices").iterdir():
        file.write_text('{"first_year": 2025')
    assert prices_of(malaysia, plan, future, flows) == sound


def test_respond_keeps_its_bound_on_random_changes(malaysia, future):
    """Random supply at random nodes against a market rolled with it; every price where goods pass."""
    _respond(malaysia, future, 3)


@pytest.mark.long
def test_respond_keeps_its_bound_on_fifty_random_changes(malaysia, future):
    _respond(malaysia, future, 50)


def _respond(case, future, count):
    base = base_path(case, future)
    short = type(base)(base.world, base.future, base.choices, base.years[:3])
    rng = np.random.default_rng(1)
    nodes = [n for n in base.years[0].program.nodes if n[0] in ("MYS", "AUS", "USA") and n[1].startswith("oxide:")]
    first_order = 0
    for _ in range(count):
        node = nodes[rng.integers(len(nodes))]
        size = float(10 ** rng.uniform(-5, -2))
        found = short.respond({node: size})
        own = OwnSupply(actor=node[0], good=node[1], change_kt=tuple((e.year, size) for e in short.years))
        full = roll(base.world, future, Choices((own,)), years=[e.year for e in short.years])
        first_order += 3 - len(found.solved_again)
        for a, b in zip(found.path.years, full.years, strict=True):
            known = np.isfinite(a.node_prices) & np.isfinite(b.node_prices)
            gap = np.abs(a.node_prices - b.node_prices)[known]
            assert (gap <= (found.error_share + SOLVED_SHARE) * np.maximum(np.abs(b.node_prices[known]), 1.0)).all()
    assert first_order > 0


def test_paths_as_json_come_back(tmp_path):
    path = PricePath(2025, {("home", "oxide:Nd"): (1.0, 1 / 3)}, "x", 1e-5)
    file = tmp_path / "p.json"
    file.write_text(json.dumps(path.as_dict()))
    assert PricePath.from_json(file) == path
