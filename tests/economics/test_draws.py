"""Draws, tornado, break-even, information gaps, incentives, clauses, cost build-up."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from gadolin.economics import CostLine, FloorUpside, Trade, WorkingCapital, cash_flow, inputs_of
from gadolin.economics.appraisal import appraise
from gadolin.economics.build_up import PriceBook, Reference, build_up
from gadolin.economics.clauses import Clause, LicenceFee, OfftakeDiscount, Prepayment, PriceFloor, Subsidy, TakeOrPay
from gadolin.economics.draws import Draws, break_even, gaps, monte_carlo, sample, tornado
from gadolin.economics.incentives import compare_incentives, effective_tax, price_factor_needed
from gadolin.economics.scaling import Comparable, capital_by_capacity, equipment_cost
from gadolin.errors import Infeasible, InputError
from gadolin.plant import Equipment, Plant
from gadolin.quantity import Quantity
from tests.economics.samples import DECK, NO_TAX, TAXED, finance, project, q
from tests.economics.test_cash_flow import ME, REGIME


@given(
    value=st.floats(0.1, 1e4),
    down=st.floats(0.2, 0.99),
    up=st.floats(1.01, 5.0),
)
@settings(max_examples=20, deadline=None)
def test_low_and_high_are_the_5_and_95_percent_points(value, down, up):
    low, high = value * down, value * up
    drawn = sample({"x": Quantity(value, "USD", low, high, "reported")}, 20000, 7).values["x"]
    assert (drawn < low).mean() == pytest.approx(0.05, abs=0.006)
    assert (drawn < value).mean() == pytest.approx(0.50, abs=0.012)
    assert (drawn > high).mean() == pytest.approx(0.05, abs=0.006)
    assert (drawn > 0).all()


def test_shares_stay_shares():
    drawn = sample({"x": Quantity(0.97, "share", 0.80, 1.0, "estimate")}, 20000, 3).values["x"]
    assert drawn.max() <= 1.0
    assert drawn.min() >= 0.0
    assert (drawn < 0.80).mean() == pytest.approx(0.05, abs=0.006)


def test_correlation_is_that_of_normal_scores():
    inputs = {f"price:{n}": q(10.0, 5.0, 20.0) for n in ("Nd", "Pr", "Dy")} | {"capex:a": q(1.0, 0.5, 2.0)}
    drawn = sample(inputs, 20000, 1, {("price:", "price:"): 0.8, ("price:", "capex:"): -0.3})
    scores = np.array([drawn.scores[k] for k in inputs])
    found = np.corrcoef(scores)
    assert found[0, 1] == pytest.approx(0.8, abs=0.02)
    assert found[0, 3] == pytest.approx(-0.3, abs=0.02)
    with pytest.raises(InputError, match="contradict each other"):
        sample(inputs, 10, 1, {("price:", "price:"): -0.9})


def test_inputs_without_range_stay_and_are_named():
    drawn = sample({"a": Quantity(1.0, "x", basis="memory"), "b": q(1.0, 0.5, 2.0)}, 5, 1)
    assert drawn.fixed == ("a",)
    assert set(drawn.values) == {"b"}


def test_same_seed_same_draws_and_chunks_do_not_matter():
    """The vector run equals one run per draw, slow and plain."""
    plant = project(working_capital=WorkingCapital(40, 20, 10))
    drawn = sample(inputs_of(plant, DECK), 1203, 5)
    outcome = monte_carlo(plant, DECK, REGIME, finance(), drawn)
    again = monte_carlo(plant, DECK, REGIME, finance(), sample(inputs_of(plant, DECK), 1203, 5))
    assert np.array_equal(outcome.of(ME), again.of(ME))
    for i in (0, 499, 500, 1202):
        single = plant
        for key, values in drawn.values.items():
            if not key.startswith("price:"):
                single = single.with_input(key, float(values[i]))
        prices = {k.removeprefix("price:"): q(float(v[i])) for k, v in drawn.values.items() if k.startswith("price:")}
        ledger = cash_flow(single, type(DECK)({**DECK.prices, **prices}), REGIME, finance())
        assert outcome.of(ME)[i] == pytest.approx(ledger.npv(ME, 0.1), rel=1e-10)
        assert outcome.irr_share[i] == pytest.approx(ledger.irr(ME).value, abs=1e-9)


def test_tornado_equals_two_runs_per_input():
    bars = {bar.key: bar for bar in tornado(project(), DECK, TAXED, finance())}
    dear = project(opex=(CostLine("reagents", q(20.0)),))
    assert bars["opex:reagents"].npv_at_high_local_m == pytest.approx(
        cash_flow(dear, DECK, TAXED, finance()).npv(ME, 0.1)
    )
    assert list(bars) == sorted(bars, key=lambda k: -bars[k].swing_local_m)


@pytest.mark.parametrize("key", ["price:Nd", "capex:plant", "opex:reagents", "sale:Nd"])
def test_break_even_brings_npv_to_zero(key):
    found = break_even(project(), DECK, REGIME, finance(), key)
    ledger = cash_flow(project(), DECK, REGIME, finance(), Draws({key: np.array([found])}))
    assert abs(ledger.npv(ME, 0.1)) < 1e-6


def test_break_even_that_does_not_exist():
    with pytest.raises(Infeasible, match="no capex:plant from 0 to 120 brings"):
        break_even(project(), DECK, REGIME, finance(), "capex:plant", most=1.2)
    with pytest.raises(InputError, match='did you mean "price:Nd"'):
        break_even(project(), DECK, REGIME, finance(), "price:nd")


def test_knowing_is_worth_nothing_when_it_cannot_change_the_decision():
    """Worth of information against its closed form for a normal outcome."""
    plant = project(sales=(Trade("Nd", q(1000.0)),), capex={"plant": q(300.0)}, opex=())
    deck = type(DECK)({"Nd": Quantity(50.0, "USD/kg", 30.0, 70.0, "estimate")})
    drawn = sample(inputs_of(plant, deck), 20000, 2)
    outcome = monte_carlo(plant, deck, NO_TAX, finance(), drawn)
    gap = next(g for g in gaps(plant, deck, NO_TAX, finance(), outcome) if g.key == "price:Nd")
    npv = outcome.of(ME)
    perfect = np.maximum(npv, 0).mean() - max(npv.mean(), 0)  # the only unknown: knowing it is knowing the NPV
    assert gap.company_worth_local_m == pytest.approx(perfect, rel=0.1)
    assert gap.state_swing_local_m == 0  # no tax, nothing for the state
    rich = project(capex={"plant": q(1.0)}, opex=())
    sure = monte_carlo(rich, deck, NO_TAX, finance(), sample(inputs_of(rich, deck), 2000, 2))
    assert all(g.company_worth_local_m == 0 for g in gaps(rich, deck, NO_TAX, finance(), sure))


def test_share_positive_of_a_normal_outcome():
    """One price with a straight two-piece range around the break-even: half of the draws pay."""
    plant = project(opex=())
    even = break_even(plant, DECK, NO_TAX, finance(), "price:Nd")
    deck = type(DECK)({"Nd": q(even, even - 10, even + 10)})
    drawn = sample({"price:Nd": deck.prices["Nd"]}, 20000, 1)
    assert monte_carlo(plant, deck, NO_TAX, finance(), drawn).share_positive(ME) == pytest.approx(0.5, abs=0.01)
    assert norm.cdf(0) == 0.5


def test_incentive_costs_the_state_what_it_gives():
    drawn = sample(inputs_of(project(), DECK), 300, 1)
    packages = {"allowance": ["ita"], "rate": ["rate"], "grant": ["grant"]}
    for effect in compare_incentives(project(staff=q(100.0)), DECK, REGIME, finance(), packages, "2026-06-01", drawn):
        assert effect.company_gain_local_m == pytest.approx(effect.public_cost_local_m, rel=1e-9)
        assert effect.public_cost_per_job == pytest.approx(1e4 * effect.public_cost_local_m)
        assert effect.positive_with_share >= effect.positive_without_share
        assert not effect.decides


def test_an_incentive_that_decides():
    poor = project(capex={"plant": q(243.0)})
    drawn = sample(inputs_of(poor, DECK), 100, 1)
    (effect,) = compare_incentives(poor, DECK, REGIME, finance(), {"ita": ["ita"]}, "2026-06-01", drawn)
    assert effect.npv_without_local_m < 0 < effect.npv_with_local_m
    assert effect.decides


def test_effective_tax_of_a_cash_flow_tax():
    """Capital written off at once and losses kept: at a real rate of 0 the average is the statutory rate."""
    from dataclasses import replace

    from gadolin.economics import Allowance

    regime = replace(TAXED, allowances=(Allowance("plant", 1.0, (1.0,)),))
    found = effective_tax(project(), DECK, regime, finance(discount_share=1e-9))
    assert found.average_share == pytest.approx(0.24, rel=1e-6)
    assert effective_tax(project(), DECK, NO_TAX, finance()).marginal_share == pytest.approx(0.0, abs=1e-9)
    assert effective_tax(project(), DECK, TAXED, finance()).marginal_share > 0.2  # no allowance at all


def test_price_factor_needed():
    factor = price_factor_needed(project(), DECK, TAXED, finance())
    assert factor * 50.0 == pytest.approx(break_even(project(), DECK, TAXED, finance(), "price:Nd"), rel=1e-9)


def test_appraisal_prints_on_one_screen_and_every_number_has_a_range():
    found = appraise(project(staff=q(120.0, 100, 150)), DECK, REGIME, finance(), count=200)
    assert len(str(found).splitlines()) <= 12
    record = found.as_dict()
    for name in ("capex", "opex", "revenue"):
        assert record[name]["low"] < record[name]["value"] < record[name]["high"]
    assert record["npv"][ME]["low"] < record["npv"][ME]["high"]
    assert pickle.loads(pickle.dumps(found.project)) == found.project


# --- clauses ---------------------------------------------------------------------------------------------------------

PRICES, VOLUMES = {"Nd": np.array([40.0, 60.0, 120.0])}, {"Nd": np.array([100.0, 200.0, 300.0])}


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        (PriceFloor("company:a", FloorUpside(("Nd",), 50.0, "partner:b", 100.0, 0.5)), [1.0, 0.0, -3.0]),
        (OfftakeDiscount("company:a", "partner:b", 0.1, ("Nd",), 0.5), [-0.2, -0.6, -1.8]),
        (TakeOrPay("company:a", "partner:b", "Nd", 250.0), [6.0, 3.0, 0.0]),
        (LicenceFee("company:a", "partner:b", 5.0, 0.01), [-5.04, -0.12, -0.36]),
        (Subsidy("company:a", "federal:MYS", "Nd", 2.0), [0.2, 0.4, 0.6]),
        (Prepayment("company:a", "partner:b", 100.0, 0.0, 1, 2), [100.0, -50.0, -50.0]),
    ],
)
def test_clause_lines_by_hand(clause, expected):
    assert isinstance(clause, Clause)
    ledger = clause.lines(PRICES, VOLUMES)
    assert ledger.cash("company:a")[0] == pytest.approx(expected)
    other = next(p for p in ledger.parties if p != "company:a")
    assert ledger.cash(other)[0] == pytest.approx([-e for e in expected])


def test_a_prepayment_is_a_loan_at_its_rate():
    ledger = Prepayment("company:a", "partner:b", 100.0, 0.07, 1, 2).lines(PRICES, VOLUMES)
    assert ledger.irr("partner:b").value == pytest.approx(0.07, abs=1e-10)
    with pytest.raises(InputError, match="beyond 3"):
        Prepayment("company:a", "partner:b", 100.0, 0.07, 1, 5).lines(PRICES, VOLUMES)


def test_clauses_join_the_ledger_of_a_project():
    ledger = cash_flow(project(), DECK, TAXED, finance())
    volumes = {"Nd": np.full(ledger.periods, 1000.0)}
    prices = {"Nd": np.full(ledger.periods, 50.0)}
    from gadolin.economics.clauses import Grid

    clause = OfftakeDiscount(ME, "partner:b", 0.1, ("Nd",), grid=Grid(start_year=ledger.start_year))
    both = ledger.plus([clause.lines(prices, volumes)])
    assert both.npv(ME, 0.1) == pytest.approx(ledger.npv(ME, 0.1) - both.npv("partner:b", 0.1))
    with pytest.raises(InputError, match="differ in currency"):
        ledger.plus([clause.lines(prices, volumes).converted("MYR", 4.2)])


# --- cost build-up ---------------------------------------------------------------------------------------------------


def tank(count: int = 2, size: float = 40.0) -> Plant:
    return Plant(
        "separation",
        "oxide",
        {"Nd": q(100.0, unit="t element per year")},
        {},
        equipment=(Equipment("tank", count, Quantity(size, "m3", basis="derived")),),
        reagents={"HCl": q(1000.0, 900, 1100, "t per year")},
        energy={"electricity": q(5000.0, unit="MWh per year")},
        residue_t_gross_per_year=q(100.0, unit="t gross per year"),
        residue_bq_per_g=q(6.0, unit="Bq/g"),
        staff=q(50.0, 40, 60, "persons"),
        inventory={"P507": q(20.0, unit="t")},
    )


BOOK = PriceBook(
    equipment={"tank": Reference("tank", q(100e3, 80e3, 120e3, "USD"), 10.0, "m3", 0.5)},
    reagents={"HCl": q(150.0, 100, 250, "USD per t"), "P507": q(5000.0, 4000, 6000, "USD per t")},
    energy={"electricity": q(100.0, unit="USD per MWh")},
    wage=q(15000.0, unit="USD per year"),
    residue={"radioactive": q(169.0, unit="USD per t")},
    installed_factor=q(3.0, 2.5, 3.5, "ratio", "estimate"),
    location_factor=q(0.8, 0.61, 1.12, "ratio", "estimate"),
    maintenance=q(0.03, 0.02, 0.05, "share per year", "estimate"),
    overhead=q(0.01, 0.01, 0.02, "share per year", "estimate"),
)


def test_build_up_by_hand():
    found = build_up(tank(), BOOK, 4)
    bare = 2 * 100e3 * 2 * 3.0 * 0.8 / 1e6
    assert found.capex_local_m["tank"].value == pytest.approx(bare)
    assert found.total_local_m.value == pytest.approx(bare * 1.25)
    assert found.total_local_m.low < found.total_local_m.value < found.total_local_m.high
    lines = {line.kind: line.local_m_per_year.value for line in found.opex}
    expected = {"reagents": 0.15, "energy": 0.5, "labour": 0.75, "residue": 0.0169}
    assert {k: lines[k] for k in expected} == pytest.approx(expected)
    assert lines["maintenance"] == pytest.approx(0.03 * bare * 1.25)
    assert found.first_fill_local_m.value == pytest.approx(0.1)
    assert found.missing == ()


@given(st.floats(1.0, 1e4), st.floats(0.2, 1.0), st.floats(1.01, 10.0))
def test_doubling_a_size_follows_the_power_law(size, exponent, factor):
    one, more = (equipment_cost(100.0, 10.0, s, exponent) for s in (size, size * factor))
    assert more / one == pytest.approx(factor**exponent)


def test_build_up_says_what_it_cannot_price():
    found = build_up(tank(), PriceBook(equipment=BOOK.equipment, installed_factor=BOOK.installed_factor), 5)
    assert "reagents: no price for HCl" in found.missing
    assert any(m.startswith("labour") for m in found.missing)
    with pytest.raises(InputError, match="no reference cost for tank"):
        build_up(tank(), PriceBook())
    with pytest.raises(InputError, match="must be 3, 4 or 5"):
        build_up(tank(), BOOK, 2)


def test_outliers_are_named_and_left_out():
    rows = [Comparable(n, 1000.0, c * 1e6, f"stage_costs:{n}:capex") for n, c in (("a", 90), ("b", 110), ("c", 900))]
    exponent = Quantity(0.6, "ratio", 0.5, 0.8, "memory")
    found, left_out = capital_by_capacity(1000.0, rows, exponent)
    assert len(left_out) == 1
    assert left_out[0].startswith("c: ")
    assert found.low == pytest.approx(90e6)
    assert found.high == pytest.approx(110e6)
    with pytest.raises(InputError, match="too few"):
        capital_by_capacity(1000.0, rows[:1], exponent)
