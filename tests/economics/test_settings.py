"""What a user sets: keys of --set, [finance], floors and formulas of case.toml, and the rule for what runs already."""

import json
import shutil
from importlib import resources

import numpy as np
import pytest

from gadolin import case
from gadolin.case.inputs.economics_capital import capital_of_capacity
from gadolin.case.inputs.economics_money import cost_index_of, escalation_of, location_factor_of
from gadolin.case.inputs.economics_settings import SETTINGS
from gadolin.economics import Debt, Schedule, cash_flow
from gadolin.errors import InputError
from tests.economics.samples import DECK, NO_TAX, finance, project, q

MALAYSIA = case.load("malaysia")
PLANT = "clay-separation"


def setting(changes, plant=PLANT):
    return MALAYSIA.inputs.setting_of(plant, changes)


# --- keys of --set -------------------------------------------------------------------------------------------------

GOOD = {
    "discount_share": (0.11, lambda s: s.finance.discount_share),
    "public_discount_share": (0.04, lambda s: s.finance.public_discount_share),
    "inflation_share": (0.02, lambda s: s.finance.inflation_share),
    "periods_per_year": (4, lambda s: s.finance.periods_per_year),
    "partner:JPN": (0.3, lambda s: s.finance.equity_share["partner:JPN"]),
    "floor:NdPr": (110.0, lambda s: s.project.floors[0].floor),
    "discount:NdPr": (0.05, lambda s: s.project.sales[0].formula.discount_share),
    "light_charge:clay carbonate": (2.0, lambda s: s.project.purchases[0].formula.light_charge),
    "heavy_charge:clay carbonate": (3.0, lambda s: s.project.purchases[0].formula.heavy_charge),
    "flat_charge:clay carbonate": (1.0, lambda s: s.project.purchases[0].formula.flat_charge),
    "fixed_price:NdPr": (80.0, lambda s: s.project.sales[0].formula.fixed),
    "life_years": (15, lambda s: s.project.schedule.life_years),
    "construction_years": (3, lambda s: s.project.schedule.construction_years),
    "receivable_days": (30, lambda s: s.project.working_capital.receivable_days),
    "stock_days": (90, lambda s: s.project.working_capital.stock_days),
    "payable_days": (10, lambda s: s.project.working_capital.payable_days),
    "qualifying_share": (0.9, lambda s: s.project.qualifying_share),
    "sunk_share": (0.5, lambda s: s.project.sunk_share),
    "tax_share": (0.2, lambda s: s.regime.tax_rate.value),
    "loss_years": (7, lambda s: s.regime.loss_years),
    "minimum_tax_share": (0.2, lambda s: s.regime.minimum_tax.rate_share),
    "import_duty_share": (0.05, lambda s: s.regime.import_duty_share),
    "export_duty_share": (0.1, lambda s: s.regime.export_duty_share),
    "price:NdPr": (110.0, lambda s: s.deck.prices["NdPr"].value),
    "capex:plant": (90.0, lambda s: s.project.capex["plant"].value),
}


@pytest.mark.parametrize("key", GOOD)
def test_a_key_reaches_what_it_names(key):
    value, read = GOOD[key]
    assert read(setting({key: value})) == value


def test_every_key_is_tried():
    together = {"loan.capex_share", "loan.rate_share", "loan.tenor_years", "loan.grace_years", "loan.fee_share"}
    together |= {"upside_from:", "upside_share:"}
    tried = {k if ":" not in k else k.split(":")[0] + ":" for k in GOOD} | together
    assert set(SETTINGS) <= tried


def test_a_loan_is_set_by_its_terms_and_reported_with_its_worst_year():
    terms = {"capex_share": 0.6, "rate_share": 0.05, "tenor_years": 12, "grace_years": 2, "fee_share": 0.01}
    changes = {f"loan.{k}": v for k, v in terms.items()} | {"price:NdPr": 130.0}
    found = MALAYSIA.inputs.appraisal_of(PLANT, changes, draws=5)
    assert found.finance.debts == (Debt(0.6, 0.05, 12, 2, 0.01),)
    record = found.as_dict()
    assert record["finance"]["loans"][0]["tenor_years"] == 12
    assert f"lowest cover ratio {record['cover_ratio_min']:.2f} in {record['cover_year']:.0f}" in str(found)


def test_a_floor_takes_its_upside_with_it():
    made = setting({"floor:NdPr": 80.0, "upside_from:NdPr": 100.0, "upside_share:NdPr": 0.3}).project
    assert (made.floors[0].upside_from, made.floors[0].upside_share, made.floors[0].payer) == (100.0, 0.3, "customers")


BAD = {
    "no such key": ({"capex:plnt": 3.0}, 'did you mean "capex:plant"'),
    "a floor on nothing": ({"floor:Xx": 3.0}, "is not traded here"),
    "an upside without floor": ({"upside_share:NdPr": 0.3}, "goes with a floor"),
    "half a loan": ({"loan.capex_share": 0.5}, "a loan needs share, rate and tenor"),
    "no term of a loan": ({"loan.tenour_years": 5}, "is no term of a loan"),
    "half a year": ({"life_years": 2.5}, "must be a whole number"),
    "three periods": ({"periods_per_year": 3}, "must be 1 or 4"),
    "more than all": ({"partner:JPN": 0.7, "partner:KOR": 0.7}, "sum to at most 1"),
    "no product": ({"price:Xx": 3.0}, "is no product of the deck"),
    "tax above the whole": ({"tax_share": 1.5}, "must lie in 0 to 1"),
    "more than all output": ({"output": 1.2}, "is a share and must lie in 0 to 1"),
    "longer than anything": ({"life_years": 100000}, "at most 300 years"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_key_is_refused_in_words(name):
    changes, words = BAD[name]
    with pytest.raises(InputError, match=words):
        MALAYSIA.inputs.appraisal_of(PLANT, changes, draws=2)


# --- case.toml -----------------------------------------------------------------------------------------------------


def own_case(tmp_path, text):
    folder = tmp_path / "own case"
    shutil.copytree(resources.files("gadolin") / "cases" / "malaysia", folder)
    file = folder / "case.toml"
    file.write_text(file.read_text("utf-8") + text, "utf-8")
    return case.load(folder)


EXTRA = """
[[plants]]
id = "own"
name = "A plant with terms of its own"
stage = "metal"
good = "metal"
capacity = {value = 1000, unit = "t metal per year", basis = "choice"}

[[plants.floors]]
products = ["NdPr metal"]
floor_usd_per_kg = 110.0
payer = "partner:JPN"
upside_from_usd_per_kg = 130.0
upside_share = 0.3
end_year = 12

[plants.formulas."NdPr metal"]
discount_share = 0.05

[finance]
periods_per_year = 4
inflation_share = 0.02
partners = {"partner:JPN" = 0.25}

[[finance.loans]]
capex_share = 0.5
rate_share = 0.06
tenor_years = 10
grace_years = 2
lender = "partner:JPN"
building_interest = "added"
"""


def test_finance_floors_and_formulas_of_a_case_reach_the_ledger(tmp_path):
    found = own_case(tmp_path, EXTRA).inputs.appraisal_of("own", draws=3)
    assert found.finance.debts[0] == Debt(0.5, 0.06, 10, 2, 0.0, "partner:JPN", "annuity", "added")
    assert found.ledger.periods_per_year == 4
    paid = {line.kind: line.payer for line in found.ledger.lines}
    assert paid["floor_topup"] == paid["loan_drawdown"] == "partner:JPN"
    assert found.project.sales[0].formula.discount_share == 0.05
    assert "floor        NdPr metal 110 USD/kg by partner:JPN, 30 % of what lies above 130" in str(found)
    json.dumps(found.as_dict(), allow_nan=False, default=float)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("rate_share = 0.06", "rate = 0.06", "is not a key here"),
        ("periods_per_year = 4", "periods_per_year = 2", "periods_per_year"),
        ('products = ["NdPr metal"]', 'products = ["NdPr"]', "is traded by no one here"),
        ('formulas."NdPr metal"', 'formulas."Nd metal"', "is traded by no one here"),
        ('good = "metal"', 'good = "metal"\\nnumbers = {capexx = {value = 1.0}}', "did you mean"),
        ('good = "metal"', 'good = "metal"\\nnumbers = {toll_light = {value = 1.0}}', "changes nothing"),
    ],
)
def test_faults_of_a_case_are_named(tmp_path, old, new, words):
    with pytest.raises(InputError, match=words):
        own_case(tmp_path, EXTRA.replace(old, new.replace("\\n", "\n"))).inputs.appraisal_of("own", draws=2)


# --- price year and place ------------------------------------------------------------------------------------------


def test_escalation_by_named_index():
    grown = escalation_of(MALAYSIA, 2013, 2025)
    level = MALAYSIA.table("deflators")["price_level_index"]
    after = level["USA-2025.gdp_deflator"] / level["USA-2024.gdp_deflator"]
    assert grown.value == pytest.approx(cost_index_of(MALAYSIA, 2024) / cost_index_of(MALAYSIA, 2013) * after)
    assert grown.reason == "CEPCI 2013-2024 then USA GDP deflator 2024-2025"
    assert "cost_indices:CEPCI-2024:plant_cost_index" in grown.refs
    there_and_back = escalation_of(MALAYSIA, 2025, 2013).value * grown.value
    assert there_and_back == pytest.approx(1.0)
    with pytest.raises(InputError, match="no plant cost index"):
        escalation_of(MALAYSIA, 1900)


def test_place_of_a_plant():
    here = location_factor_of(MALAYSIA)
    assert (here.low, here.high) == (0.61, 1.12)
    assert here.value == pytest.approx((0.61 * 1.12) ** 0.5)
    assert location_factor_of(MALAYSIA, "AUS").value == 1.21
    assert location_factor_of(MALAYSIA, "AGO").value is None
    capital, _ = capital_of_capacity(MALAYSIA, "separation", 5000.0, ("t_reo_feed_per_year", "t_reo_out_per_year"))
    assert "CEPCI" in capital.reason
    assert any(ref.startswith("location_factors:") for ref in capital.refs)


def test_the_location_factor_is_a_factor_on_capital_and_its_upkeep_only():
    plain, dear = (
        cash_flow(project(location_factor=q(f), sustaining=q(0.02)), DECK, NO_TAX, finance()) for f in (1.0, 1.3)
    )
    for kind in ("capex", "sustaining"):
        assert dear.total(kind).sum() == pytest.approx(1.3 * plain.total(kind).sum())
    assert dear.total("reagents") == pytest.approx(plain.total("reagents"))


# --- what runs already ---------------------------------------------------------------------------------------------


def test_spent_capital_is_no_cost_and_no_allowance_but_is_renewed():
    from tests.economics.test_cash_flow import REGIME

    runs = project(sunk_share=1.0, schedule=Schedule((), (1.0,), 20), sustaining=q(0.02))
    ledger = cash_flow(runs, DECK, REGIME, finance())
    assert not ledger.total("capex").any()
    assert ledger.total("sustaining").sum() == pytest.approx(0.02 * 100 * 20)
    built = cash_flow(project(sustaining=q(0.02)), DECK, REGIME, finance())
    assert ledger.total("income_tax").sum() > built.total("income_tax").sum()
    with pytest.raises(InputError, match="needs construction years"):
        project(schedule=Schedule((), (1.0,), 20))


def test_a_plant_whose_capacity_is_that_of_an_operating_facility_runs():
    made = MALAYSIA.inputs.project_of("kenering-mine")
    assert (made.sunk_share, made.schedule.construction_years) == (1.0, 0)
    assert any("its capital is spent" in limit for limit in made.limits)
    new = MALAYSIA.inputs.project_of("perak-leach")
    assert new.sunk_share == 0
    assert new.capex["plant"].value == pytest.approx(made.capex["plant"].value)  # the same mine, built again


# --- interest while building ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("per", [1, 4])
def test_added_interest_moves_nothing_at_the_discount_rate(per):
    """A loan at the discount rate is worth nothing, whether its first interest is paid or added."""
    plant = project(schedule=Schedule((0.3, 0.3, 0.4), (1.0,), 20))
    plain = cash_flow(plant, DECK, NO_TAX, finance(periods_per_year=per))
    for how in ("paid", "added"):
        terms = finance(debts=(Debt(0.6, 0.1, 12, 2, building_interest=how),), periods_per_year=per)
        lent = cash_flow(plant, DECK, NO_TAX, terms)
        assert lent.npv(plant.company, 0.1) == pytest.approx(plain.npv(plant.company, 0.1))
        assert lent.npv("lender", 0.1) == pytest.approx(0.0, abs=1e-9)


def test_added_interest_by_hand():
    plant = project(schedule=Schedule((0.5, 0.5), (1.0,), 10))
    terms = finance(debts=(Debt(1.0, 0.1, 10, building_interest="added"),))
    ledger = cash_flow(plant, DECK, NO_TAX, terms)
    owed = 50 * 1.1 + 50
    service = (ledger.total("loan_interest") + ledger.total("loan_repayment"))[0]
    assert service[2:12] == pytest.approx(np.full(10, owed * 0.1 / (1 - 1.1**-10)))
    cash = ledger.cash("lender")[0]
    assert cash[:2] == pytest.approx([-50.0, -50.0])
