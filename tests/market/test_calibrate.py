"""Reconciliation against a plain twin, and the base year as an exact equilibrium."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import null_space
from scipy.optimize import minimize

from gadolin.errors import InputError
from gadolin.market import solve
from gadolin.market.calibrate import calibrate
from gadolin.market.hold_out import hold_out
from gadolin.market.observations import Cover, Fact, NodePrice, Observations, Use, route_key
from gadolin.market.reconciliation import reconcile, weighed
from gadolin.market.world import Process, Route

SHARE = {"oxide:Nd": 0.2, "oxide:Ce": 0.5, "oxide:Dy": 0.01}


def small(**changes):
    """A mine and a plant in CHN, another mine in AUS, users in JPN and USA."""
    goods = tuple(SHARE)
    processes = (
        Process("CHN mine", "CHN", "mine", {"concentrate:a": 1.0}),
        Process("AUS mine", "AUS", "mine", {"concentrate:a": 1.0}),
        Process("CHN separation", "CHN", "separation", SHARE, {"concentrate:a": 1.0}),
        Process("CHN dump Ce", "CHN", "use", {}, {"oxide:Ce": 1.0}, cost_usd_per_kg=0.2),
    )
    routes = (
        Route("concentrate:a", "AUS", "CHN"),
        *(Route(g, "CHN", d) for g in goods for d in ("JPN", "USA")),
        *(Route(g, "JPN", "USA") for g in goods),
    )
    uses = tuple(Use(r, g, "all", -0.2) for g in goods for r in ("CHN", "JPN", "USA"))
    facts = (
        Fact("CHN mines", {"CHN mine": 1.0}, 10.0, 0.5, "reported"),
        Fact("AUS mines", {"AUS mine": 1.0}, 4.0, 0.4, "reported"),
        Fact("separated", {"CHN separation": 1.0}, 15.0, 1.0, "reported"),
        *(Fact(f"{g} to JPN", {route_key(g, "CHN", "JPN"): 1.0}, 4 * SHARE[g], SHARE[g], "reported") for g in goods),
        *(Fact(f"{g} to USA", {route_key(g, "CHN", "USA"): 1.0}, 3 * SHARE[g], SHARE[g], "reported") for g in goods),
        *(
            Fact(f"{g} at home", {f"CHN {g} all": 1.0}, 6 * SHARE[g], 3 * SHARE[g], "estimate", observed=False)
            for g in goods
        ),
    )
    price = {"concentrate:a": 5.0, "oxide:Nd": 50.0, "oxide:Ce": 1.0, "oxide:Dy": 200.0}
    prices = tuple(
        NodePrice(r, g, p * (1.0 if r == "CHN" else 1.1), "reported")
        for g, p in price.items()
        for r in ("AUS", "CHN", "JPN", "USA")
    )
    base = Observations(
        2024,
        processes,
        routes,
        uses,
        facts,
        prices,
        covers=tuple(Cover("JPN", g, 2.0) for g in goods),
        untraded=frozenset({"CHN dump Ce", *(route_key(g, "JPN", "USA") for g in goods)}),
    )
    return replace(base, **changes)


def test_balances_hold_after_reconciliation():
    o = small()
    q = dict(zip(o.variables, reconcile(o), strict=True))
    assert q["CHN mine"] + q["AUS mine"] == pytest.approx(q["CHN separation"], rel=1e-8)
    for good, share in SHARE.items():
        out = q[f"CHN {good} all"] + sum(q[route_key(good, "CHN", d)] for d in ("JPN", "USA"))
        assert out == pytest.approx(share * q["CHN separation"], rel=1e-8)


def test_reconciliation_equals_a_general_optimiser():
    """The same least squares by SLSQP, in five unknowns and one balance."""
    o = small()
    q = dict(zip(o.variables, reconcile(o), strict=True))

    def distance(v):
        total = v[0] + v[1]
        square = ((v[0] - 10) / 0.5) ** 2 + ((v[1] - 4) / 0.4) ** 2 + (total - 15) ** 2
        # the flows of each good: home, JPN, USA share what is made, each in proportion to its variance
        for share in SHARE.values():
            gap = share * total - 13 * share
            square += gap**2 / (9 * share**2 + 2 * share**2)
        return square

    best = minimize(distance, [10.0, 4.0], tol=1e-14).x
    assert [q["CHN mine"], q["AUS mine"]] == pytest.approx(best.tolist(), rel=1e-4)


def test_the_base_year_is_an_exact_equilibrium():
    world = calibrate(small())
    assert world.calibration is not None
    assert world.calibration.reproduced < 1e-6
    assert world.calibration.solver_gap < 1e-6
    found = solve(world)
    for route in world.routes:
        flow = found.flow(route.good, route.origin, route.destination)
        assert flow == pytest.approx(route.base_kt or 0.0, rel=1e-6, abs=1e-7)
    assert found.price("JPN", "oxide:Dy") == pytest.approx(220.0, rel=1e-6)


def test_facts_that_agree_are_met_and_have_no_chi_square():
    o = small()
    exact = dict(zip(o.variables, reconcile(o), strict=True))
    agreed = tuple(replace(f, value_kt=sum(exact[t] * c for t, c in f.terms.items())) for f in o.facts)
    calibration = calibrate(replace(o, facts=agreed)).calibration
    assert calibration is not None
    assert calibration.chi_square == pytest.approx(0.0, abs=1e-8)
    assert set(calibration.quantities.status) == {"reconciled", "assumed"}


def test_widths_are_those_of_least_squares_under_balances():
    """Every sigma against the dense formula over the null space of the balances, by another road."""
    o = small()
    world = calibrate(o)
    assert world.calibration is not None
    frame = world.calibration.quantities
    columns = [o.variables[n] for n in frame.quantity]
    sums, _ = weighed(o)
    part, balance = sums[:, columns].toarray(), o.balance[:, columns].toarray()
    basis = null_space(balance)
    covariance = basis @ np.linalg.inv(basis.T @ (part.T @ part + 1e-6 * np.eye(len(columns))) @ basis) @ basis.T
    np.testing.assert_allclose(frame.sigma_kt_product, np.sqrt(np.diag(covariance)), rtol=1e-5)
    mines = frame.set_index("quantity").sigma_kt_product
    assert mines["CHN mine"] < 0.5, "more is known than the one fact says"


def test_two_facts_about_one_quantity_are_their_weighed_mean():
    """Widths 0.3 and 0.4 together: 0.24, and nothing else bears on the mine that sells nothing it does not dump."""
    mine = Process("AUS mine", "AUS", "mine", {"oxide:Ce": 1.0})
    facts = tuple(Fact(str(s), {"AUS mine": 1.0}, 5.0, s, "reported") for s in (0.3, 0.4))
    uses = (Use("AUS", "oxide:Ce", "all", -0.2),)
    o = Observations(2024, (mine,), (), uses, facts, (NodePrice("AUS", "oxide:Ce", 1.0, "reported"),))
    calibration = calibrate(o).calibration
    assert calibration is not None
    assert calibration.quantities.sigma_kt_product.tolist() == pytest.approx([0.24, 0.24], rel=1e-5)


def test_a_narrow_fact_wins():
    o = small()
    sure = [replace(f, sigma_kt=1e-3) if f.name == "separated" else f for f in o.facts]
    q = dict(zip(o.variables, reconcile(replace(o, facts=tuple(sure))), strict=True))
    assert q["CHN separation"] == pytest.approx(15.0, abs=1e-3)


def test_hold_out_predicts_what_it_was_not_shown():
    found = hold_out(small(), every=4)
    assert len(found.facts) == 3
    assert np.isfinite(found.facts.residual_sigma).all()
    assert (found.facts.distance_sigma.abs() <= found.facts.residual_sigma.abs() + 1e-12).all()
    assert found.within_two_own_sigma_share <= found.within_two_sigma_share


def test_missing_prices_and_strange_terms_are_named():
    o = small()
    with pytest.raises(InputError, match=r"JPN oxide:Dy.*is active and has no price"):
        calibrate(replace(o, prices=tuple(p for p in o.prices if (p.region, p.good) != ("JPN", "oxide:Dy"))))
    with pytest.raises(InputError, match='did you mean "CHN mine"'):
        small(facts=(Fact("x", {"CHN mines": 1.0}, 1.0, 1.0, "reported"),))
