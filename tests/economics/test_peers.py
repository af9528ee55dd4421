"""Defects seen in other programs for plant cost and fiscal regimes, one test each that we do not have them.

Elsewhere: capital counted twice, a factor for output applied twice, a cheap loan that lowers the NPV
(`test_cash_flow.py`), an IRR moved by leading zeros or by decades of zero flows (`test_returns.py`), a workbook that
disagrees with its engine (`test_workbook.py`), reference costs that no source carries (`test_case_plants.py`).
"""

from dataclasses import fields, replace

import numpy as np
import pytest

from gadolin.economics import (
    Allowance,
    CostLine,
    Debt,
    Deck,
    Finance,
    FloorUpside,
    MinimumTax,
    PriceFormula,
    Project,
    Regime,
    Royalty,
    Schedule,
    Trade,
    WorkingCapital,
    appraise,
    break_even,
    cash_flow,
    irr,
)
from gadolin.economics.depreciation import straight_line
from gadolin.economics.draws import npvs_by_party
from gadolin.economics.returns import annuity_factor
from gadolin.errors import Infeasible, InputError
from tests.economics.samples import DECK, NO_TAX, TAXED, finance, project, q
from tests.economics.test_cash_flow import incentive

ME = "company:plant"
FULL = {
    "project": project(
        stage="mine",
        state="state:MY-08",
        sales=(Trade("Nd", q(1000.0)), Trade("clay", q(300.0), composition={"Nd": 0.4, "La": 0.6}, payable=q(0.7))),
        purchases=(Trade("La", q(500.0), party="suppliers"),),
        working_capital=WorkingCapital(45, 60, 30, q(4.0), 0.8),
        closure=q(12.0),
        sustaining=q(0.02),
        floors=(FloorUpside(("Nd",), 40.0, "partner:JPN", 45.0, 0.3, 1.0, 3, 12),),
        rnd_local_m_per_year=2.0,
        multinational=True,
        schedule=Schedule((0.5, 0.5), (0.5, 1.0), 20, 1),
    ),
    "regime": replace(
        TAXED,
        allowances=(Allowance("plant", 0.8, straight_line(5)),),
        loss_years=3,
        royalties=(Royalty("state:MY-08", q(0.12)),),
        minimum_tax=MinimumTax(0.3),
        incentives={"rnd": incentive("rnd", "extra_deduction", 1.0)},
        chosen=("rnd",),
        import_duty_share=0.05,
        export_duty_share=0.02,
    ),
    "finance": Finance(0.10, 0.05, (Debt(0.5, 0.06, 10, 2, 0.01),), {"partner:JPN": 0.2}, 0.02, {"MYR": 4.4}, 4, "mid"),
    "deck": DECK,
}
OTHER = {
    "project": {
        "id": "other",
        "stage": "separation",
        "sales": (Trade("Nd", q(1100.0)),),
        "capex": {"plant": q(90.0)},
        "opex": (CostLine("reagents", q(14.0)),),
        "purchases": (),
        "schedule": Schedule((1.0,), (1.0,), 20, 1),
        "working_capital": WorkingCapital(),
        "capex_growth": q(1.1),
        "location_factor": q(1.1),
        "sunk_share": 0.2,
        "output": q(0.9),
        "sustaining": q(0.03),
        "closure": q(13.0),
        "qualifying_share": 0.9,
        "staff": q(50.0),
        "rnd_local_m_per_year": 3.0,
        "state": "state:MY-03",
        "floors": (),
        "multinational": False,
        "currency": "MYR",
        "price_year": 2024,
        "limits": ("a limit",),
    },
    "finance": {
        "discount_share": 0.11,
        "public_discount_share": 0.06,
        "debts": (),
        "equity_share": {},
        "inflation_share": 0.03,
        "periods_per_year": 1,
        "timing": "end",
    },
    "regime": {
        "country": "VNM",
        "tax_rate": q(0.2),
        "allowances": (),
        "loss_years": 2,
        "royalties": (),
        "minimum_tax": None,
        "import_duty_share": 0.0,
        "export_duty_share": 0.0,
        "chosen": (),
        "limits": ("a limit",),
    },
}
READ_BY_OTHERS = {
    "project": dict.fromkeys(("residue_t_gross_per_year", "residue_bq_per_g"), "outcomes of a strategy"),
    "finance": {"fx": "test_another_currency_changes_nothing_else"},
    "regime": {"incentives": "with chosen", "name": "how a reader calls it", "refs": "shown by the report"},
}


def outcome(setting):
    """Ledger, worth by party and jobs; a report adds only words to them."""
    ledger = cash_flow(**setting)
    worth = {party: float(v[0]) for party, v in npvs_by_party(ledger, setting["finance"]).items()}
    return ledger.as_dict(), worth, ledger.facts["staff"].value


def words(setting):
    """What a report says beside the numbers."""
    return appraise(**setting, count=1).limits


def test_every_attribute_is_in_the_lists():
    for kind, cls in (("project", Project), ("finance", Finance), ("regime", Regime)):
        listed = set(OTHER[kind]) | set(READ_BY_OTHERS.get(kind, {}))
        assert {f.name for f in fields(cls)} == listed


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k, changes in OTHER.items() for n in changes])
def test_no_attribute_is_read_by_nothing(kind, name):
    """PrOMMiS carries one: set, stored, and without effect."""
    changed = FULL | {kind: replace(FULL[kind], **{name: OTHER[kind][name]})}
    if name == "price_year":  # prices and costs are money of one year
        changed["deck"] = replace(DECK, price_year=OTHER[kind][name])
    seen = words if name == "limits" else outcome
    assert seen(changed) != seen(FULL)


def test_a_deck_in_money_of_another_year_is_refused():
    with pytest.raises(InputError, match="money is that of 2025"):
        cash_flow(project(), replace(DECK, price_year=2015), NO_TAX, finance())


def test_prices_per_kg_and_tonnes_make_millions():
    """A price off by a factor of a million passes unseen where units are no convention."""
    ledger = cash_flow(project(schedule=Schedule((1.0,), (1.0,), 1)), DECK, NO_TAX, finance())
    assert ledger.total("revenue")[0].tolist() == [0.0, 1000 * 1000 * 50 / 1e6]


def test_depreciation_is_in_the_npv():
    """Ten equal allowances on 100 million are worth their tax, discounted; some models leave them out."""
    plan = Schedule((1.0,), (1.0,), 20)
    bare = cash_flow(project(schedule=plan), DECK, TAXED, finance()).npv(ME, 0.1)
    regime = replace(TAXED, allowances=(Allowance("plant", 1.0, straight_line(10)),))
    with_it = cash_flow(project(schedule=plan), DECK, regime, finance()).npv(ME, 0.1)
    assert with_it - bare == pytest.approx(0.24 * 10 * annuity_factor(0.1, 10) / 1.1, rel=1e-12)


def test_a_fee_is_a_share_of_what_is_drawn_and_of_nothing_else():
    """A public guarantee office took a fee from the wrong percentage for four years."""
    loan = Debt(0.6, 0.05, 10, fee_share=0.02)
    ledger = cash_flow(project(), DECK, NO_TAX, finance(debts=(loan,)))
    assert ledger.total("loan_fee")[0] == pytest.approx(0.02 * ledger.total("loan_drawdown")[0])
    assert ledger.total("loan_drawdown").sum() == pytest.approx(60.0)


def test_what_was_not_found_does_not_look_like_a_number():
    """A result that is the same whether its search converged or not."""
    assert (irr([5.0, 5.0]).value, irr([5.0, 5.0]).reason) == (None, "no money is put in")
    with pytest.raises(Infeasible):
        break_even(project(), DECK, NO_TAX, finance(), "opex:reagents", most=1.0)


def test_lowest_and_average_cover_ratio_come_with_the_year_of_the_lowest():
    """Asked for in a finance engine that reports neither."""
    plan = Schedule((1.0,), (0.5, 1.0), 20)
    loan = Debt(0.5, 0.05, 10, profile="equal_principal")
    facts = cash_flow(project(schedule=plan), DECK, NO_TAX, finance(debts=(loan,))).facts
    service = np.array([5.0 + 0.05 * (50.0 - 5.0 * k) for k in range(10)])
    cash = np.array([25.0 - 7.5, *[35.0] * 9])
    assert facts["cover_ratio_min"][0] == pytest.approx((cash / service).min())
    assert facts["cover_ratio_mean"][0] == pytest.approx((cash / service).mean())
    assert facts["cover_year"][0] == plan.start_year + 1


def test_a_payable_share_and_a_discount_are_taken_from_the_basket_once():
    deck = Deck({"Nd": q(100.0)})
    price = PriceFormula(payable_share=0.8, discount_share=0.1, flat_charge=2.0).price(
        {"Nd": deck.prices["Nd"].value}, {"Nd": 1.0}
    )
    assert price == pytest.approx(100 * 0.8 * 0.9 - 2.0)
