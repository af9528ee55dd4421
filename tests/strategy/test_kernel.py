"""What enters leaves, who pays is paid, and what cannot change a result does not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin import case
from gadolin.case.schema import Strategy
from gadolin.case.strategies import strategies_of
from gadolin.case.strategy_file import PlantChoice, StrategyHead
from gadolin.economics import Ledger
from gadolin.elements import ELEMENTS
from gadolin.market import Future
from gadolin.quantity import Quantity
from gadolin.strategy import HomeFuture, PricePath, draw, evaluate, feasible, resolve
from gadolin.strategy.choices import Build, project
from gadolin.strategy.country import country_ledger
from gadolin.strategy.evaluate import _step, tonnes, value_kept
from gadolin.strategy.materials import FACTORS, Step, flow
from gadolin.strategy.timing import grid, when

NAMES = ("china-glc-refinery", "moratorium-only", "own-technology-first", "status-quo", "toll-at-kuantan",
         "two-partner-hedge")  # fmt: skip


def steps_of(case, plan, future):
    timings = when(case, plan, feasible(case, plan, future), future)
    return tuple(_step(case, plan, b, timings, future) for b in plan.builds if timings[b.id].built)


def test_six_strategies_ship(malaysia):
    assert tuple(strategies_of(malaysia)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_elements_close_in_every_year(malaysia, name):
    """Each element mined or bought leaves raw, sold, in magnets or as residue, in the futures of a draw."""
    plan = resolve(malaysia, name)
    for future in draw(malaysia, 4, seed=3):
        found = flow(steps_of(malaysia, plan, future), len(grid(malaysia)))
        entering, leaving = found.entering(), found.leaving()
        assert np.allclose(entering, leaving, rtol=1e-9, atol=1e-9)
        for part in (found.raw, found.oxide, found.metal, found.magnet, found.residue):
            assert part.min() >= -1e-9


@given(
    sizes=st.lists(st.floats(0, 5000), min_size=6, max_size=6),
    recovery=st.floats(0, 1),
    limit=st.floats(0, 4000),
    ore=st.lists(st.floats(0.01, 1), min_size=15, max_size=15),
)
@settings(max_examples=60, deadline=None)
def test_elements_close_for_any_plants(sizes, recovery, limit, ore):
    shares = np.array(ore) / sum(ore)
    kept = np.full(15, recovery)
    mines = [Step(f"m{n}", "mine", np.array([s]), ore_share=shares, raw_limit_t_reo=np.array([limit]))
             for n, s in enumerate(sizes[:2])]  # fmt: skip
    plants = [Step(f"s{n}", "separation", np.array([s]), kept) for n, s in enumerate(sizes[2:4])]
    after = [Step("metal", "metal", np.array([sizes[4]]), kept), Step("magnet", "magnet", np.array([sizes[5]]), kept)]
    found = flow((*mines, *plants, *after), 1)
    assert np.allclose(found.entering(), found.leaving(), rtol=1e-9, atol=1e-6)
    assert (found.raw @ FACTORS)[0] <= 2 * limit * (1 + 1e-9)
    taken = sum(float((found.intake[p.id] @ FACTORS)[0]) for p in plants)
    assert taken <= sum(sizes[:2]) * (1 + 1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_cash_sums_to_zero_in_every_year(malaysia, name, flat):
    for future in draw(malaysia, 2, seed=5):
        ledger = evaluate(malaysia, name, future, flat).ledger
        paid = np.sum([ledger.cash(p)[0] for p in ledger.parties], axis=0)
        moved = max(np.abs(line.amount_local_m).max() for line in ledger.lines)
        assert np.abs(paid).max() <= 1e-9 * moved


def test_value_kept_is_what_others_do_not_get(malaysia, future, flat):
    """Home parties and wages together receive what foreign partners, customers, suppliers and the rest give."""
    found = evaluate(malaysia, "two-partner-hedge", future, flat)
    rate = malaysia.settings.case.discount_rate_share
    others = [p for p in found.ledger.parties if p.split(":")[0] in ("partner", "customers", "suppliers", "rest")]
    given = -sum(found.ledger.npv(p, rate) for p in others)
    labour = Ledger(tuple(x for x in found.ledger.lines if x.kind == "labour"), start_year=2026).npv("rest", rate)
    assert found.measures["value_kept_musd"] == pytest.approx(given + labour, rel=1e-9)


def test_an_empty_strategy_changes_nothing(malaysia, future, flat):
    empty = Strategy(strategy=StrategyHead(id="empty", title="Nothing"))
    found = evaluate(malaysia, empty, future, flat)
    for name in ("value_kept_musd", "public_cost_musd", "jobs_persons", "raw_t_reo_per_year", "cut_off_loss_musd"):
        assert found.measures[name] == 0
    assert found.measures["separation_year"] is None
    assert np.all(found.years.to_numpy() == 0)


def _one_plant(case):
    """The status quo and one metal plant, at its cost or a dearer one."""
    base = strategies_of(case)["status-quo"]
    choice = PlantChoice(plant="ndpr-metal", start=2027, route="open", consents=["state:MY-06"])
    return base.model_copy(update={"plants": [*base.plants, choice]})


def test_a_dearer_identical_plant_never_wins(malaysia, flat):
    """In every future, higher capital or running cost of the same plants keeps less value."""
    plan = resolve(malaysia, _one_plant(malaysia))
    for future in draw(malaysia, 6, seed=2):
        kept = value_kept(malaysia, plan, future, flat)
        for name in ("capital_factor", "cost_factor"):
            dearer = HomeFuture("dear", future.factors, home={**future.home, name: 1.1 * future.home[name]},
                                own_ore=future.own_ore, withheld=future.withheld)  # fmt: skip
            assert value_kept(malaysia, plan, dearer, flat) < kept


TWIN = """
[[plants]]
id = "twin-metal"
name = "NdPr metal, the same again"
stage = "metal"
group = "light"
good = "metal"
capacity = {value = 1000, unit = "t metal per year", basis = "choice"}
site = "Pahang"
state = "MY-06"
"""


def _with_metal(loaded, plant, owners=None):
    """Value kept with the status quo and one metal plant, in four futures. [million USD]"""
    base = strategies_of(loaded)["status-quo"]
    choice = PlantChoice(plant=plant, start=2027, route="open", owners=owners or {}, consents=["state:MY-06"])
    plan = resolve(loaded, base.model_copy(update={"plants": [*base.plants, choice]}))
    return [value_kept(loaded, plan, f, PricePath.flat(2025)) for f in draw(loaded, 4, seed=5)]


def test_a_twin_is_worth_the_same_and_with_dearer_capital_it_wins_in_no_future(malaysia, tmp_path):
    """Two plants of one case that differ in their name alone, then in capital alone."""
    folder = tmp_path / "two"
    case.init("malaysia", folder)
    (folder / "case.toml").write_text((folder / "case.toml").read_text("utf-8") + TWIN, "utf-8")
    plain = _with_metal(malaysia, "ndpr-metal")
    assert _with_metal(case.load(str(folder)), "twin-metal") == pytest.approx(plain, rel=1e-12)
    dear = case.load(str(folder))
    twin = project(dear, "twin-metal")
    for name, q in twin.capex.items():
        assert q.value is not None
        twin = replace(twin, capex={**twin.capex, name: Quantity(1.2 * q.value, q.unit, basis="choice")})
    dear._cache["strategy project twin-metal "] = twin
    assert all(a < b for a, b in zip(_with_metal(dear, "twin-metal"), plain, strict=True))


def test_a_partner_with_zero_terms_changes_nothing(malaysia):
    """A partner who owns nothing leaves every future as it was; one who owns a part takes from it."""
    alone, named, owner = (
        _with_metal(malaysia, "ndpr-metal", owners) for owners in ({}, {"partner:KOR": 0.0}, {"partner:KOR": 0.3})
    )
    assert named == alone
    assert any(a != b for a, b in zip(owner, alone, strict=True))


def test_slower_building_never_helps_to_start_earlier(malaysia):
    plan = resolve(malaysia, "china-glc-refinery")
    first = []
    for slip in (0.0, 1.0, 3.0):
        future = HomeFuture("f", home={"slip_years": slip})
        first.append(when(malaysia, plan, feasible(malaysia, plan), future)["clay-separation"].first_year)
    assert first == sorted(first)
    assert first[2] - first[0] == 3


def test_no_raw_carbonate_leaves_under_a_moratorium_without_exemption(malaysia, future, flat):
    found = evaluate(malaysia, "moratorium-only", future, flat)
    assert found.years.loc[2026, "raw_t_element"] > 0
    assert (found.years.loc[2027:, "raw_t_element"] == 0).all()
    assert found.years.loc[2027:, "mined_t_element"].max() == 0  # ore that may not be sold stays in the ground


def test_an_exemption_lasts_until_the_plant_runs_and_not_longer(malaysia, future, flat):
    for slip in (0.0, 2.0):
        late = HomeFuture("f", future.factors, home={**future.home, "slip_years": slip})
        found = evaluate(malaysia, "china-glc-refinery", late, flat)
        runs = found.measures["separation_year"]
        assert runs is not None
        first = int(runs)
        assert (found.years.loc[2026 : first - 1, "raw_t_element"] > 0).all()
        assert (found.years.loc[first:, "raw_t_element"] == 0).all()


def test_a_partner_who_leaves_stops_only_what_leans_on_him(malaysia, future, flat):
    stopped = HomeFuture("f", home={**future.home, "outage_years": 3.0}, withheld={"AUS": 2035})
    plan = resolve(malaysia, "two-partner-hedge")
    judged = feasible(malaysia, plan, stopped)
    with_him, without = (when(malaysia, plan, judged, f) for f in (future, stopped))
    years = list(grid(malaysia))
    lost = [y for y, a, b in zip(years, with_him["kuantan-toll"].rate, without["kuantan-toll"].rate, strict=True)
            if a != b]  # fmt: skip
    assert lost == [2035, 2036, 2037]
    assert np.array_equal(with_him["perak-separation"].rate, without["perak-separation"].rate)


def test_prices_enter_in_proportion(malaysia, future):
    """All prices twice as high from the first year on: revenue doubles, tonnes stay."""
    once = PricePath.flat(2025)
    names = [(p, f"oxide:{e}") for p in ("home", "CHN") for e in ELEMENTS]
    twice = PricePath(2025, dict.fromkeys(names, (2.0,)))
    a, b = (evaluate(malaysia, "status-quo", future, p) for p in (once, twice))
    assert b.ledger.total("revenue").sum() == pytest.approx(2 * a.ledger.total("revenue").sum(), rel=1e-12)
    assert (a.years["mined_t_element"] == b.years["mined_t_element"]).all()


def test_a_plain_future_of_the_market_takes_the_defaults_at_home(malaysia, flat):
    plain = evaluate(malaysia, "status-quo", Future("plain"), flat)
    homely = evaluate(malaysia, "status-quo", HomeFuture("plain"), flat)
    assert plain.measures == homely.measures


def test_the_kernel_is_pure(malaysia, flat):
    future = draw(malaysia, 1, seed=9)[0]
    first = evaluate(malaysia, "toll-at-kuantan", future, flat)
    again = evaluate(malaysia, "toll-at-kuantan", future, flat)
    assert first.measures == again.measures
    assert first.years.equals(again.years)


def test_builds_name_where_they_are_chosen(malaysia):
    build: Build = resolve(malaysia, "toll-at-kuantan").builds[2]
    assert build.refs[0].startswith("malaysia/strategies/toll-at-kuantan.toml:")
    line = int(build.refs[0].rsplit(":", 1)[1])
    text = (malaysia.folder / "strategies" / "toll-at-kuantan.toml").read_text("utf-8").splitlines()[line - 1]
    assert text == 'plant = "kuantan-toll"'


def test_run_of_a_cut_reuses_what_did_not_change(malaysia, future, flat):
    """Pricing kept between runs of one future gives the same ledger as pricing anew."""
    plan = resolve(malaysia, "two-partner-hedge")
    run = tonnes(malaysia, plan, feasible(malaysia, plan, future), future)
    known: dict = {}
    country_ledger(malaysia, plan, future, flat, run, known)
    kept = country_ledger(malaysia, plan, future, flat, run, known).ledger
    fresh = country_ledger(malaysia, plan, future, flat, run, {}).ledger
    assert all(np.array_equal(a.amount_local_m, b.amount_local_m) for a, b in zip(kept.lines, fresh.lines, strict=True))
