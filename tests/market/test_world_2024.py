"""The calibrated world of the atlas: two solvers, monotone cuts, nothing from nothing, same bytes on any workers."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gadolin import case
from gadolin.errors import InputError
from gadolin.market import Future, roll, solve
from gadolin.market.hold_out import hold_out
from gadolin.market.measures import ExportBan
from gadolin.market.plant_measures import Loss
from gadolin.market.program import program_of
from gadolin.market.shorthand import parse


@pytest.fixture(scope="module")
def inputs():
    return case.load("malaysia").inputs


@pytest.fixture(scope="module")
def world(inputs):
    return inputs.world_of()


def test_every_stage_stands_and_balances(world):
    base = solve(world)
    assert {p.stage for p in world.processes} == {
        "mine", "cracking_leaching", "separation", "metal", "magnet", "recycling", "use"
    }  # fmt: skip
    program = program_of(world)
    flow = abs(program.balance) @ base.x
    assert np.max(np.abs(program.balance @ base.x - program.levers(program.start).supply) / (flow + 1e-6)) < 1e-6


def test_each_element_is_conserved_from_mine_to_oxide(world):
    """Oxide of Dy made in separation and recycling equals what metal, uses and dumps take, stocks at rest."""
    base = solve(world)
    made = sum(p.makes.get("oxide:Dy", 0.0) * base.activity(p.name) for p in world.processes)
    taken = sum(p.takes.get("oxide:Dy", 0.0) * base.activity(p.name) for p in world.processes)
    used = sum(base.used(d.region, d.good, d.use) for d in world.demands if d.good == "oxide:Dy")
    assert made == pytest.approx(taken + used, rel=1e-6)


def test_facts_carry_refs_and_assumptions_are_listed(world):
    facts = world.calibration.facts
    seen = facts[facts.observed & (facts.basis == "reported")]
    assert seen.refs.map(len).min() >= 1
    assert len(world.calibration.assumptions) >= 10
    assert world.calibration.chi_square < world.calibration.observed


def test_refs_resolve(world):
    facts = world.calibration.facts
    loaded = case.load("malaysia")
    for refs in facts[facts.observed].refs:
        for ref in refs[:1]:
            table, row, column = ref.split(":")
            assert column in loaded.table(table).columns
            assert row in loaded.table(table).index


def test_two_solvers_agree_on_perturbed_worlds(world):
    """Shifted demand, closed routes, changed elasticities: every price that is printed agrees."""
    program = program_of(world)
    rng = np.random.default_rng(5)
    for _ in range(5):
        state = replace(
            program.start,
            demand_factor=rng.uniform(0.8, 1.3, len(world.demands)),
            elasticity_factor=np.full(len(world.demands), rng.uniform(0.6, 1.6)),
            reference_kt=program.start.reference_kt,
        )
        origin = rng.choice(["CHN", "MYS", "USA", "JPN"])
        ban = ExportBan(actor=str(origin), depth_share=float(rng.uniform(0.2, 1.0)))
        a, b = solve(world, [ban], state), solve(world, [ban], state, solver="clarabel")
        both = np.isfinite(a.node_prices) & np.isfinite(b.node_prices)
        printed_a, printed_b = a.node_prices[both], b.node_prices[both]
        np.testing.assert_allclose(printed_a, printed_b, rtol=1e-9, atol=1e-9)


def test_deeper_cuts_never_lower_the_price_outside(world):
    found = []
    for depth in (0.0, 0.3, 0.6, 0.9, 1.0):
        ban = ExportBan(actor="CHN", goods=("oxide", "metal", "magnet"), elements=("Dy",), depth_share=depth)
        found.append([solve(world, [ban]).price(r, "oxide:Dy") for r in ("JPN", "USA", "EUU")])
    assert (np.diff(np.array(found, dtype=float), axis=0) > -1e-4).all()


def test_what_was_not_traded_can_be_banned_for_nothing(world):
    free = solve(world)
    idle = next(r for r in world.routes if r.good == "oxide:Dy" and not r.base_kt)
    ban = ExportBan(actor=idle.origin, goods=("oxide",), elements=("Dy",), targets=(idle.destination,))
    np.testing.assert_allclose(solve(world, [ban]).node_prices, free.node_prices, rtol=1e-5)


def test_the_clays_of_myanmar_decide_dysprosium(world):
    hit = solve(world, [Loss(actor="MMR", stage="mine")])
    free = solve(world)
    assert hit.price("JPN", "oxide:Dy") / free.price("JPN", "oxide:Dy") > 1.5
    assert hit.price("JPN", "oxide:Nd") / free.price("JPN", "oxide:Nd") < 1.3


def test_hold_out_is_honest_about_trade(inputs):
    """Held out with every fact and prior of its rows: the years before say what to expect, and how surely."""
    found = [hold_out(inputs.observations_of(), first=n) for n in (0, 5)]
    facts = pd.concat([f.facts for f in found])
    assert len(facts) > 30
    assert (facts.distance_sigma.abs() <= 2).mean() > 0.85
    assert (facts.residual_sigma.abs() <= 2).mean() < 0.8, "a prediction is not as sharp as a record"
    for f in found:
        assert f.blind > 0
    with pytest.raises(InputError, match="0 to 9"):
        hold_out(inputs.observations_of(), first=10)


def test_a_shock_without_depth_changes_nothing(world):
    ban = parse("ban CHN oxide Dy 0% to JPN from 2025 for 12 months")
    a, b = (roll(world, Future("f", {}, shocks), years=1).years[0] for shocks in ((), (ban,)))
    assert np.array_equal(a.x, b.x)


def test_a_duty_on_value_settles_in_every_year(world):
    """Half of the nodes start unpriced in some year; the fixed point must not stumble over them."""
    duty = parse("duty CHN oxide,metal 25% from 2025")
    taxed, free = (roll(world, Future("f", {}, shocks), years=2) for shocks in ((duty,), ()))
    for e, f in zip(taxed.years, free.years, strict=True):
        assert e.price("JPN", "oxide:Dy") > f.price("JPN", "oxide:Dy")
        assert e.price("CHN", "oxide:Dy") < f.price("CHN", "oxide:Dy") + 1e-6


def test_as_of_reads_nothing_that_came_later():
    cut = case.load("malaysia", as_of="2025-03-31").inputs.observations_of()
    assert any("trade of 2024 is not known yet" in text for text in cut.assumptions)
    assert not any(ref.startswith("trade:2024") for fact in cut.facts for ref in fact.refs)
