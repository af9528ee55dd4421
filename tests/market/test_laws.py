"""Laws that hold whatever the numbers: mass by element and stage, and which way prices must move."""

import numpy as np
import pytest

from gadolin import case
from gadolin.elements import ELEMENTS, oxide_factor
from gadolin.market import solve
from gadolin.market.measures import ExportBan, Quota, SpecificDuty
from gadolin.market.shorthand import parse


@pytest.fixture(scope="module")
def world():
    return case.load("malaysia").inputs.world_of()


@pytest.fixture(scope="module")
def free(world):
    return solve(world)


def reo_of(world, good, element):
    """Oxide of an element in a unit of a good. [kt REO/kt]"""
    kind, _, name = good.partition(":")
    if kind in ("oxide", "metal"):
        return (oxide_factor(element) if kind == "metal" else 1.0) if name == element else 0.0
    share = world.contents[good].get(element, 0.0)
    return share * oxide_factor(element) if kind in ("magnet", "scrap") else share


@pytest.mark.parametrize("text", ["", "ban CHN oxide,metal Dy,Tb to JPN,USA", "loss MMR mine", "duty CHN oxide 25%"])
def test_no_element_is_made_from_nothing(world, text):
    """Stage by stage an element only gets lost: what leaves a process holds no more of it than what entered."""
    found = solve(world, (parse(text),) if text else ())
    for p in world.processes:
        activity = found.activity(p.name)
        if p.stage in ("mine", "use") or activity <= 0 or "old scrap" in p.name:
            continue
        for e in ELEMENTS:
            entered = sum(a * reo_of(world, g, e) for g, a in p.takes.items()) * activity
            if p.stage == "magnet":  # a grade may have two recipes, so what its magnets hold is what was not lost
                lost = sum(a for g, a in p.makes.items() if g.startswith("scrap"))
                entered *= lost / (1 + lost)
            kept = {g: a for g, a in p.makes.items() if not g.startswith("magnet")}
            left = sum(a * reo_of(world, g, e) for g, a in kept.items()) * activity
            assert left <= entered * (1 + 1e-9) + 1e-9, (p.name, e)


@pytest.mark.parametrize("text", ["", "ban CHN oxide,metal Dy,Tb to JPN,USA", "loss MMR mine"])
def test_every_good_balances_over_the_world(world, text):
    """Made and drawn from stock is taken, used and laid down, for each good: counted plainly, route by route."""
    found = solve(world, (parse(text),) if text else ())
    opening = {(s.region, s.good): s.opening_kt for s in world.stocks}
    kept = {
        (s.region, s.good): k for s, k in zip(world.stocks, found.x[found.program.of_stock], strict=True)
    }  # fmt: skip
    for good in world.goods:
        made = sum(p.makes.get(good, 0.0) * found.activity(p.name) for p in world.processes)
        taken = sum(p.takes.get(good, 0.0) * found.activity(p.name) for p in world.processes)
        used = sum(found.used(d.region, d.good, d.use) for d in world.demands if d.good == good)
        drawn = sum(v - kept[n] for n, v in opening.items() if n[1] == good)
        assert made + drawn == pytest.approx(taken + used, rel=1e-6, abs=1e-6), good


def routes_of_weight(world, count, seed):
    """Routes of the base year, drawn in proportion to nothing: every one may come."""
    rng = np.random.default_rng(seed)
    known = [r for r in world.routes if (r.base_kt or 0.0) > 1e-3 and r.good.startswith(("oxide", "metal", "magnet"))]
    return [known[n] for n in rng.choice(len(known), count, replace=False)]


def test_stopping_a_flow_never_narrows_the_gap_it_bridged(world, free):
    """The gap between buyer and seller is the slope of a convex value in the flow; the buyer never pays less."""
    for r in routes_of_weight(world, 20, seed=3):
        element = r.good.partition(":")[2] if not r.good.startswith("magnet") else ""
        ban = ExportBan(
            actor=r.origin, goods=(r.good.partition(":")[0],), elements=(element,) if element else (),
            targets=(r.destination,),
        )  # fmt: skip
        hit = solve(world, (ban,))
        goods = [g for g in world.goods if ban.matches(world, g)] if element else [r.good]
        if len(goods) > 1:
            continue  # a ban that hits several goods at once has no such law for one of them
        before = free.price(r.destination, r.good) - free.price(r.origin, r.good)
        after = hit.price(r.destination, r.good) - hit.price(r.origin, r.good)
        if np.isfinite(after):
            assert after >= before - 1e-5 * abs(before) - 1e-6, r
            assert hit.price(r.destination, r.good) >= free.price(r.destination, r.good) * (1 - 1e-5) - 1e-6, r


def test_a_tighter_quota_has_a_higher_rent(world):
    """The multiplier of a ceiling never rises with the ceiling."""
    rents = []
    for t in (60_000, 40_000, 20_000, 10_000):
        found = solve(world, (Quota(actor="CHN", goods=("oxide",), quota_t_gross=t),))
        rents.append(next(iter(found.rents.values()), 0.0))
    assert rents == sorted(rents)
    assert rents[-1] > 0


def test_a_duty_falls_on_both_sides(world, free):
    """A specific duty raises the buyer's price and lowers the seller's, together by no more than the duty."""
    duty = solve(world, (SpecificDuty(actor="CHN", goods=("oxide",), elements=("Gd",), duty_usd_per_kg=2.0),))
    up = duty.price("JPN", "oxide:Gd") - free.price("JPN", "oxide:Gd")
    down = free.price("CHN", "oxide:Gd") - duty.price("CHN", "oxide:Gd")
    assert up > 0
    assert down >= -1e-9
    assert up + down <= 2.0 + 1e-6


def test_more_use_never_lowers_the_price(world):
    from dataclasses import replace

    from gadolin.market.program import program_of

    program = program_of(world)
    state = program.start
    raised = replace(state, demand_factor=state.demand_factor * 1.1)
    a, b = solve(world, (), state), solve(world, (), raised)
    for e in ("Nd", "Dy", "Tb"):
        assert b.price("JPN", f"oxide:{e}") >= a.price("JPN", f"oxide:{e}") - 1e-6


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ban CHN magnet to JPN,USA,EUU,KOR",
        "quota CHN oxide 20000 t",
        "duty CHN oxide 25%",
        "loss MMR mine",
        "release JPN oxide Dy 20 t",
    ],
)
def test_what_all_parties_gain_is_what_the_program_maximises(world, text):
    """Users, producers, traders and holders of all regions together are the value of the optimum: none twice."""
    found = solve(world, (parse(text),) if text else ())
    levers = found.program.levers(found.state)
    value = -float(levers.cost @ found.x + 0.5 * levers.curvature @ found.x**2)
    assert found.surplus().to_numpy().sum() == pytest.approx(value, rel=1e-6)


def test_changes_of_surplus_add_up_to_the_change_of_the_optimum(world, free):
    """What China and all others gain and lose by a cut is the fall of the optimum, to a millionth of the optimum."""
    cut = solve(world, (parse("ban CHN magnet 50%"),))

    def optimum(e):
        levers = e.program.levers(e.state)
        return -float(levers.cost @ e.x + 0.5 * levers.curvature @ e.x**2)

    fall = optimum(cut) - optimum(free)
    assert fall < 0, "a restriction never raises the optimum"
    change = (cut.surplus() - free.surplus()).to_numpy().sum()
    assert change == pytest.approx(fall, abs=1e-6 * optimum(free))
