"""Conservation, closed forms and directions of the ledger."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin.economics import (
    FINANCING,
    Allowance,
    CostLine,
    Debt,
    Deck,
    FloorUpside,
    Incentive,
    Ledger,
    MinimumTax,
    PriceFormula,
    Royalty,
    Schedule,
    Trade,
    WorkingCapital,
    cash_flow,
)
from gadolin.economics.clauses import Grid, PriceFloor
from gadolin.economics.depreciation import straight_line
from gadolin.economics.returns import annuity_factor
from gadolin.errors import InputError
from tests.economics.samples import DECK, NO_TAX, TAXED, finance, project, q

ME = "company:plant"


@settings(max_examples=40, deadline=None)
@given(
    per=st.sampled_from([1, 4]),
    inflation=st.sampled_from([0.0, 0.03]),
    debt=st.floats(0, 0.7),
    partner=st.floats(0, 0.5),
    days=st.integers(0, 90),
    royalty=st.floats(0, 0.2),
    floor=st.floats(0, 120),
)
def test_cash_of_all_parties_sums_to_zero(per, inflation, debt, partner, days, royalty, floor):
    """Conservation: what one party pays another receives, in every period."""
    plant = project(
        stage="mine",
        state="state:MY-08",
        working_capital=WorkingCapital(days, 30, 10, q(5.0)),
        closure=q(20.0),
        sustaining=q(0.02),
        floors=(FloorUpside(("Nd",), floor, "partner:JPN", floor + 10, 0.3, 5.0),),
        multinational=True,
    )
    regime = replace(
        TAXED,
        royalties=(Royalty("state:MY-08", q(royalty)),),
        import_duty_share=0.05,
        export_duty_share=0.02,
        minimum_tax=MinimumTax(0.15),
        allowances=(Allowance("plant", 1.0, straight_line(5)),),
    )
    money = finance(
        periods_per_year=per,
        inflation_share=inflation,
        debts=(Debt(debt, 0.05, 10, 2, 0.01),),
        equity_share={"partner:JPN": partner},
    )
    ledger = cash_flow(plant, DECK, regime, money)
    total = sum(ledger.cash(party) for party in ledger.parties)
    moved = sum(np.abs(line.amount_local_m).sum() for line in ledger.lines)
    assert np.abs(total).max() <= 1e-12 * moved


def test_plain_plant_equals_its_closed_form():
    """1,000 t at 50 USD/kg less 15 million a year, 100 million over two years, no tax."""
    ledger = cash_flow(project(schedule=Schedule((0.5, 0.5), (1.0,), 20)), DECK, NO_TAX, finance())
    expected = -50 * annuity_factor(0.1, 2) + 35 * annuity_factor(0.1, 20) / 1.1**2
    assert ledger.npv(ME, 0.1) == pytest.approx(expected, rel=1e-12)


def test_straight_line_tax_equals_its_closed_form():
    regime = replace(TAXED, allowances=(Allowance("plant", 1.0, straight_line(10)),))
    ledger = cash_flow(project(schedule=Schedule((1.0,), (1.0,), 20)), DECK, regime, finance())
    expected = (-100 + 35 * 0.76 * annuity_factor(0.1, 20) + 0.24 * 10 * annuity_factor(0.1, 10)) / 1.1
    assert ledger.npv(ME, 0.1) == pytest.approx(expected, rel=1e-12)
    tax = 0.24 * 35 * annuity_factor(0.1, 20) - 2.4 * annuity_factor(0.1, 10)
    assert ledger.npv("federal:MYS", 0.1) == pytest.approx(tax / 1.1, rel=1e-12)


def test_losses_are_carried_forward_and_expire_oldest_first():
    """Two years of loss, then gains: with a term of one year only the second loss is of use."""
    plant = project(
        schedule=Schedule((1.0,), (0.0, 0.0, 1.0), 4),
        opex=(CostLine("labour", q(10.0), fixed_share=1.0),),
    )
    for term, used in ((None, 20.0), (2, 20.0), (1, 10.0)):
        regime = replace(TAXED, loss_years=term)
        tax = cash_flow(plant, DECK, regime, finance()).total("income_tax")[0]
        assert tax.sum() == pytest.approx(0.24 * (2 * 40.0 - used)), term


@pytest.mark.parametrize("per", [1, 4])
def test_loan_at_the_discount_rate_moves_nothing_and_a_cheaper_one_adds(per):
    """The sign that a well-known package has the wrong way round."""
    plain = cash_flow(project(), DECK, NO_TAX, finance(periods_per_year=per)).npv(ME, 0.1)
    for profile in ("annuity", "equal_principal"):
        for grace in (0, 3):
            npvs = [
                cash_flow(
                    project(),
                    DECK,
                    NO_TAX,
                    finance(periods_per_year=per, debts=(Debt(0.6, rate, 12, grace, 0.0, "lender", profile),)),
                ).npv(ME, 0.1)
                for rate in (0.05, 0.10, 0.15)
            ]
            assert npvs[1] == pytest.approx(plain, abs=1e-9)
            assert npvs[0] > plain > npvs[2]


def test_lender_earns_exactly_its_rate():
    ledger = cash_flow(project(), DECK, TAXED, finance(debts=(Debt(0.6, 0.07, 12, 3),)))
    assert ledger.irr("lender").value == pytest.approx(0.07, abs=1e-10)


def test_cover_ratio_by_hand():
    """One year of construction, flat cash of 35, annuity of a loan of 60 at 8 % over 10 years."""
    plant = project(schedule=Schedule((1.0,), (1.0,), 20))
    ledger = cash_flow(plant, DECK, NO_TAX, finance(debts=(Debt(0.6, 0.08, 10),)))
    assert ledger.facts["cover_ratio_min"][0] == pytest.approx(35 / (60 / annuity_factor(0.08, 10)))
    front = Debt(0.6, 0.08, 10, 3, 0.0, "lender", "equal_principal")
    late = cash_flow(plant, DECK, NO_TAX, finance(debts=(front,)))
    assert late.facts["cover_year"][0] == 2031  # grace ends: the dearest year of equal principal
    assert late.facts["cover_ratio_min"][0] == pytest.approx(35 / (60 / 7 + 60 * 0.08))


@given(st.floats(-0.02, 0.15), st.floats(0.0, 0.2))
@settings(max_examples=25, deadline=None)
def test_real_equals_nominal_without_nominal_contracts(inflation, rate):
    """Without allowances, loans and days of credit, inflation is only a change of unit."""
    plant = project(closure=q(10.0), sustaining=q(0.03), floors=(FloorUpside(("Nd",), 60.0, "partner:USA"),))
    regime = replace(TAXED, export_duty_share=0.03)
    real = cash_flow(plant, DECK, regime, finance())
    nominal = cash_flow(plant, DECK, regime, finance(inflation_share=inflation))
    both = (1 + rate) * (1 + inflation) - 1
    for party in real.parties:
        assert nominal.real().npv(party, rate) == pytest.approx(real.npv(party, rate), rel=1e-9, abs=1e-9)
        assert nominal.npv(party, both) == pytest.approx(real.npv(party, rate), rel=1e-9, abs=1e-9)


def test_inflation_costs_the_worth_of_allowances():
    regime = replace(TAXED, allowances=(Allowance("plant", 1.0, straight_line(10)),))
    real = cash_flow(project(), DECK, regime, finance()).npv("federal", 0.1)
    nominal = cash_flow(project(), DECK, regime, finance(inflation_share=0.05)).real().npv("federal", 0.1)
    assert nominal > real


def test_another_currency_changes_nothing_else():
    money = finance(fx={"MYR": 4.2})
    ours = cash_flow(project(), DECK, TAXED, money)
    plant = project(
        currency="MYR",
        capex={"plant": q(420.0)},
        opex=(CostLine("reagents", q(63.0)),),
    )
    theirs = cash_flow(plant, DECK, TAXED, money)
    assert theirs.converted("USD", 1 / 4.2).npv(ME, 0.1) == pytest.approx(ours.npv(ME, 0.1), rel=1e-12)
    assert theirs.irr(ME).value == pytest.approx(ours.irr(ME).value, abs=1e-12)
    with pytest.raises(InputError, match="no exchange rate for MYR"):
        cash_flow(plant, DECK, TAXED, finance())


def test_working_capital_comes_back():
    plant = project(working_capital=WorkingCapital(60, 30, 20, q(7.0)))
    ledger = cash_flow(plant, DECK, NO_TAX, finance())
    assert ledger.total("working_capital").sum() == pytest.approx(0.0, abs=1e-9)
    assert ledger.total("first_fill").sum() == pytest.approx(0.0, abs=1e-12)
    assert ledger.total("first_fill")[0, 1] == 7.0
    assert ledger.npv(ME, 0.1) < cash_flow(project(), DECK, NO_TAX, finance()).npv(ME, 0.1)


LEVERS = [
    ("capex", project(capex={"plant": q(120.0)}), -1),
    ("capex growth", project(capex_growth=q(1.4)), -1),
    ("opex", project(opex=(CostLine("reagents", q(20.0)),)), -1),
    ("tonnes", project(sales=(Trade("Nd", q(1100.0)),)), +1),
    ("output", project(output=q(0.8)), -1),
    ("ramp", project(schedule=Schedule((0.5, 0.5), (0.2, 0.45, 0.7, 1.0), 20)), -1),
    ("life", project(schedule=Schedule((0.5, 0.5), (0.5, 1.0), 30)), +1),
    ("construction", project(schedule=Schedule((0.2, 0.2, 0.2, 0.2, 0.2), (0.5, 1.0), 20)), -1),
    ("closure", project(closure=q(50.0)), -1),
    ("sustaining", project(sustaining=q(0.03)), -1),
    ("credit days", project(working_capital=WorkingCapital(90)), -1),
    ("floor", project(floors=(FloorUpside(("Nd",), 80.0, "federal:MYS"),)), +1),
    ("offtake discount", project(sales=(Trade("Nd", q(1000.0), PriceFormula(discount_share=0.1)),)), -1),
    ("feed", project(purchases=(Trade("La", q(1000.0)),)), -1),
]


@pytest.mark.parametrize(("name", "changed", "way"), LEVERS, ids=[lever[0] for lever in LEVERS])
def test_levers_move_npv_the_right_way(name, changed, way):
    base = cash_flow(project(), DECK, TAXED, finance()).npv(ME, 0.1)
    assert np.sign(cash_flow(changed, DECK, TAXED, finance()).npv(ME, 0.1) - base) == way


def test_other_plant_costs_are_counted_once():
    """Capital is the sum of its items, and each appears in the ledger once."""
    plant = project(capex={"bare": q(90.0), "other plant costs": q(10.0)})
    assert cash_flow(plant, DECK, NO_TAX, finance()).total("capex").sum() == pytest.approx(100.0)
    with pytest.raises(InputError, match="a cost counts once"):
        project(opex=(CostLine("labour", q(1.0)), CostLine("labour", q(1.0))))


def test_output_factor_is_applied_once():
    half = cash_flow(project(output=q(0.5)), DECK, NO_TAX, finance())
    full = cash_flow(project(), DECK, NO_TAX, finance())
    assert half.total("revenue").sum() == pytest.approx(0.5 * full.total("revenue").sum())


def test_a_cap_on_the_upside_holds_for_all_products_of_a_floor_as_in_the_clause():
    """20 and 30 million of upside a year, 25 together: by the plant's ledger and by the deal clause alone."""
    sales = (Trade("Nd", q(1000.0)), Trade("Dy", q(200.0)))
    terms = FloorUpside(("Nd", "Dy"), 10.0, "partner:JPN", 10.0, 0.5, 25.0)
    plan = Schedule((1.0,), (1.0,), 3)
    ledger = cash_flow(project(sales=sales, floors=(terms,), schedule=plan), DECK, NO_TAX, finance())
    assert ledger.total("upside_share")[0].tolist() == [0.0, 25.0, 25.0, 25.0]
    year = np.ones((1, 4)) * [0, 1, 1, 1]
    clause = PriceFloor(ME, terms, Grid(start_year=plan.start_year))
    moved = clause.lines({"Nd": 50.0 + 0 * year, "Dy": 200.0 + 0 * year}, {"Nd": 1000.0 * year, "Dy": 200.0 * year})
    assert moved.cash("partner:JPN")[0] == pytest.approx(ledger.cash("partner:JPN")[0])


def test_floor_and_upside_share():
    deal = FloorUpside(("Nd",), 110.0, "partner:JPN", 150.0, 0.3, 10.0)
    low = cash_flow(project(floors=(deal,)), DECK, NO_TAX, finance())
    assert low.total("floor_topup")[0, -1] == pytest.approx(60.0)
    high = Deck({"Nd": q(200.0)})
    dear = cash_flow(project(floors=(deal,)), high, NO_TAX, finance())
    assert dear.total("floor_topup").sum() == 0
    assert dear.total("upside_share")[0, -1] == pytest.approx(10.0)  # 15 capped at 10


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: project(sales=(Trade("Nd", q(0.0)),)), "a plant of 0 t"),
        (lambda: Schedule(ramp_share=(0.5, 1.2)), "0 to 100 % of full rate"),
        (lambda: project(working_capital=WorkingCapital(10, 10, 60)), "working capital would be negative"),
        (lambda: project(capex={"plant": q(-5.0)}), "must not be negative"),
        (lambda: Debt(1.4, 0.05, 10), "capex_share"),
        (lambda: cash_flow(project(), DECK, TAXED, finance(debts=(Debt(0.5, 0.05, 30),))), "outlives the project"),
        (lambda: cash_flow(project(), replace_vat(), TAXED, finance()), "without_tax"),
        (lambda: cash_flow(project(), Deck({"La": q(1.0)}), TAXED, finance()), "Nd   no price in the deck"),
        (lambda: finance(equity_share={"partner:JPN": 1.2}), "shares of partners"),
    ],
)
def test_impossible_inputs_are_refused_by_name(make, words):
    with pytest.raises(InputError) as error:
        make()
    assert words in str(error.value)


def replace_vat() -> Deck:
    return Deck({"Nd": q(50.0)}, vat_share=0.13)


def incentive(name: str, benefit: str, value: float, **more) -> Incentive:
    return Incentive(name, name.replace("-", " "), benefit, value, **more)


REGIME = replace(
    TAXED,
    allowances=(Allowance("plant", 1.0, straight_line(5)),),
    incentives={
        i.id: i
        for i in (
            incentive("holiday", "income_exemption", 0.7, years=5, group="main", end="2026-02-28"),
            incentive("ita", "investment_allowance", 0.6, cap_share=0.7, years=5, group="main", start="2026-03-01"),
            incentive("rate", "special_rate", 0.05, years=5, group="main", alone=True, start="2026-03-01"),
            incentive("grant", "grant", 0.1, group="grant"),
            incentive("rnd", "extra_deduction", 1.0, group="rnd"),
            incentive("relief", "duty_relief", 0.4, group="duty"),
            incentive("magnets", "special_rate", 0.05, stages=("magnet",)),
        )
    },
)


@pytest.mark.parametrize(
    ("ids", "day", "words"),
    [
        (["ita", "rate"], "2026-06-01", "do not stack"),
        (["rate", "grant"], "2026-06-01", "do not stack"),
        (["holiday"], "2026-06-01", "is open ... to 2026-02-28, not on 2026-06-01"),
        (["rate"], "2026-01-01", "is open 2026-03-01 to ..., not on 2026-01-01"),
        (["magnets"], "2026-06-01", "is for magnet, not for separation"),
        (["hoilday"], "2026-01-01", 'did you mean "holiday"?'),
    ],
)
def test_incentives_that_do_not_fit_are_refused_by_name(ids, day, words):
    with pytest.raises(InputError) as error:
        REGIME.choose(ids, day, "separation")
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("ids", "day"),
    [(["holiday"], "2026-01-01"), (["ita"], "2026-06-01"), (["rate"], "2026-06-01"), (["grant"], "2026-06-01")],
)
def test_an_incentive_moves_money_from_the_federal_state_to_the_company(ids, day):
    bare = cash_flow(project(), DECK, REGIME, finance())
    helped = cash_flow(project(), DECK, REGIME.choose(ids, day, "separation"), finance())
    gain = helped.npv(ME, 0.1) - bare.npv(ME, 0.1)
    cost = bare.npv("federal", 0.1) - helped.npv("federal", 0.1)
    assert gain > 0
    assert gain == pytest.approx(cost, rel=1e-12)


def test_investment_allowance_by_hand():
    """60 % of 100 against 70 % of statutory income: 60 of income go untaxed in all."""
    bare = cash_flow(project(), DECK, REGIME, finance()).total("income_tax").sum()
    helped = cash_flow(project(), DECK, REGIME.choose(["ita"], "2026-06-01", "separation"), finance())
    assert bare - helped.total("income_tax").sum() == pytest.approx(0.24 * 60.0)


def test_minimum_tax_takes_back_a_holiday():
    regime = replace(REGIME, minimum_tax=MinimumTax(0.15), allowances=(Allowance("plant", 1.0, straight_line(20)),))
    holiday = replace(
        regime,
        incentives={"all": incentive("all", "income_exemption", 1.0, years=10)},
        chosen=("all",),
    )
    plant = project(schedule=Schedule((1.0,), (1.0,), 20), multinational=True)
    ledger = cash_flow(plant, DECK, holiday, finance())
    book_profit = 35.0 - 100.0 / 20
    assert ledger.total("topup_tax")[0, 1:11] == pytest.approx(0.15 * book_profit)
    assert ledger.total("topup_tax")[0, 11:] == pytest.approx(0.0)
    local = cash_flow(project(schedule=Schedule((1.0,), (1.0,), 20)), DECK, holiday, finance())
    assert local.total("topup_tax").sum() == 0


def test_the_minimum_tax_carves_out_people_and_plant():
    """50 a year less 15 of reagents, 4 of labour and 5 of depreciation: 26 of profit, and no income tax at all."""
    plant = project(
        multinational=True,
        schedule=Schedule((1.0,), (1.0,), 20, start_year=2026),
        opex=(CostLine("reagents", q(15.0)), CostLine("labour", q(4.0))),
    )
    rule = MinimumTax(0.15, "", (), {2026: 0.09, 2029: 0.05}, {2026: 0.07})
    ledger = cash_flow(plant, DECK, replace(NO_TAX, minimum_tax=rule), finance())
    topup = ledger.total("topup_tax")[0]
    assert topup[1] == pytest.approx(0.15 * (26 - 0.09 * 4 - 0.07 * 97.5))
    assert topup[20] == pytest.approx(0.15 * (26 - 0.05 * 4 - 0.07 * 2.5))
    bare = cash_flow(plant, DECK, replace(NO_TAX, minimum_tax=MinimumTax(0.15)), finance()).total("topup_tax")[0]
    assert bare[1:] == pytest.approx(np.full(20, 0.15 * 26))
    whole = replace(rule, payroll_share={2026: 1.0}, assets_share={2026: 1.0})
    none = cash_flow(plant, DECK, replace(NO_TAX, minimum_tax=whole), finance()).total("topup_tax")[0]
    assert none[1] == 0


def test_project_before_finance_does_not_know_the_loan_without_tax():
    plain = cash_flow(project(), DECK, NO_TAX, finance())
    geared = cash_flow(project(), DECK, NO_TAX, finance(debts=(Debt(0.5, 0.06, 8),), equity_share={"partner:JPN": 0.4}))
    assert geared.npv(ME, 0.1, without=FINANCING) == pytest.approx(plain.npv(ME, 0.1), rel=1e-12)
    assert geared.npv("partner:JPN", 0.1) == pytest.approx(0.4 / 0.6 * geared.npv(ME, 0.1), rel=1e-9)


def test_quarterly_and_yearly_pay_the_same_money():
    yearly = cash_flow(project(), DECK, REGIME, finance())
    quarterly = cash_flow(project(), DECK, REGIME, finance(periods_per_year=4))
    for kind in yearly.kinds:
        assert quarterly.total(kind).sum() == pytest.approx(yearly.total(kind).sum(), rel=1e-9)
    assert quarterly.npv(ME, 0.1) > yearly.npv(ME, 0.1)  # the same money, on average three eighths of a year sooner


def test_prices_follow_their_path_and_hold_the_last_factor():
    """Half the price from the second operating year on; two years of construction come first."""
    path = Deck({"Nd": q(50.0)}, path={"Nd": (1.0, 1.0, 1.0, 0.5)})
    plant = project(schedule=Schedule((0.5, 0.5), (1.0,), 4))
    revenue = cash_flow(plant, path, NO_TAX, finance()).total("revenue")[0]
    assert revenue.tolist() == pytest.approx([0.0, 0.0, 50.0, 25.0, 25.0, 25.0])


def test_a_ledger_survives_the_way_to_a_worker_and_back():
    import pickle

    ledger = cash_flow(project(), DECK, REGIME, finance(debts=(Debt(0.5, 0.06, 10),)))
    again = pickle.loads(pickle.dumps(ledger))
    assert again.npv(ME, 0.1) == ledger.npv(ME, 0.1)
    assert pickle.loads(pickle.dumps((REGIME, DECK, finance(fx={"MYR": 4.2}))))[0] == REGIME


def test_table_rows_rebuild_the_ledger():
    ledger = cash_flow(project(working_capital=WorkingCapital(30)), DECK, TAXED, finance())
    rows = ledger.table()
    assert (rows["amount_local_m"] > 0).all()
    again = Ledger.of(rows[["period", "payer", "payee", "kind", "amount_local_m"]].itertuples(index=False))
    assert again.npv(ME, 0.1) == pytest.approx(ledger.npv(ME, 0.1), rel=1e-12)
