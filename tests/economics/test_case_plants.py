"""Candidate plants of the shipped case, from the atlas to the answer, and the commands."""

import json

import pytest
from click.testing import CliRunner

from gadolin import case
from gadolin.case.inputs.economics import review_ranges
from gadolin.case.inputs.economics_capital import capital_growth
from gadolin.case.inputs.economics_fiscal import regime_of
from gadolin.case.inputs.economics_money import fx_of, usd_of
from gadolin.case.inputs.economics_prices import deck_of
from gadolin.cli.economics import plant, review
from gadolin.errors import InputError
from gadolin.quantity import BASES

MALAYSIA = case.load("malaysia")
PLANTS = [p.id for p in MALAYSIA.settings.plants]


@pytest.mark.parametrize("name", PLANTS)
def test_every_plant_is_judged_and_every_input_says_where_it_comes_from(name):
    found = MALAYSIA.inputs.appraisal_of(name, draws=50)
    record = found.as_dict()
    assert record["npv"][f"company:{name}"]["low"] < record["npv"][f"company:{name}"]["high"]
    for key, q in found.inputs.items():
        assert q.basis in (*BASES, "choice"), key
        assert q.refs or q.reason or q.basis in ("estimate", "memory", "choice"), key
        if q.basis in ("measured", "reported", "derived"):
            assert q.refs, key
    json.dumps(record, allow_nan=False, default=float)


def test_toll_by_hand():
    """2,000 t REO in; NdPr out is share x recovery; the fee is light and heavy shares times 5 and 22.5, deflated."""
    found = MALAYSIA.inputs.appraisal_of("kuantan-toll", draws=5)
    assert found.inputs["sale:NdPr"].value == pytest.approx(2000 * (0.299454 + 0.074694) * 0.94, rel=1e-3)
    heavy = (11.5731 + 0.2757 + 1.5679 + 0.2757 + 0.8304 + 0.1395 + 0.6012 + 0.0465) / 100
    now = usd_of(MALAYSIA, 1.0, "USD", 2014)
    fee = 2.0 * ((1 - heavy) * 5.0 + heavy * 22.5) * now
    assert found.inputs["opex:toll"].value == pytest.approx(fee, rel=1e-3)
    assert found.inputs["capex:plant"].value == 5.0
    assert "Tm" in found.deck.uncredited


def test_deck_is_without_tax_and_carries_ranges():
    deck = deck_of(MALAYSIA)
    assert deck.vat_share == 0
    assert deck.prices["NdPr"].value == pytest.approx(398 / 7.2994 / 1.13, rel=1e-3)
    assert deck.prices["NdPr metal"].value == pytest.approx(59.28)
    assert deck.prices["NdFeB_magnet 40H blank"].value == pytest.approx(24.42)
    for name, price in deck.prices.items():
        assert price.low < price.value < price.high, name
    with pytest.raises(InputError, match="the atlas has 2024-12-31"):
        deck_of(MALAYSIA, "2020-01-01")


def test_regime_of_malaysia():
    regime = regime_of(MALAYSIA)
    assert regime.tax_rate.value == pytest.approx(0.24)
    assert {r.state: r.rate.value for r in regime.royalties} == pytest.approx(
        {"state:MY-08": 0.12, "state:MY-02": 0.15}
    )
    assert regime.minimum_tax.rate_share == pytest.approx(0.15)
    plant, building = regime.allowances
    assert (plant.asset, plant.schedule) == ("plant and machinery", pytest.approx([0.34, 0.14, 0.14, 0.14, 0.14, 0.1]))
    assert (building.schedule[:2], sum(building.schedule)) == (pytest.approx([0.13, 0.03]), pytest.approx(1.0))
    assert regime.loss_years == 10
    refs = [ref for a in regime.allowances for ref in a.refs]
    assert {MALAYSIA.quantity(*ref.split(":")).basis for ref in refs} == {"reported"}
    assert regime.incentives["IN-02"].value == pytest.approx(0.70)
    assert (regime.incentives["IN-10"].value, regime.incentives["IN-10"].cap_share) == pytest.approx((0.6, 0.7))
    assert (regime.incentives["IN-08"].value, regime.incentives["IN-08"].years) == (pytest.approx(0.05), 5)
    assert (regime.incentives["IN-09"].value, regime.incentives["IN-09"].years) == (0.0, 15)
    assert regime.incentives["IN-22"].value == pytest.approx(1.0)  # 200 %: one further deduction
    with pytest.raises(InputError, match="do not stack"):
        regime.choose(["IN-08", "IN-10"], "2026-06-01", "separation")
    with pytest.raises(InputError, match="not on 2026-06-01"):
        regime.choose(["IN-06"], "2026-06-01", "separation")
    assert regime.choose(["IN-06"], "2026-01-15", "separation").chosen == ("IN-06",)


def test_incentives_that_are_for_others_are_refused():
    regime = regime_of(MALAYSIA)
    with pytest.raises(InputError, match="exists in MY-01, not in MY-08"):
        regime.choose(["IN-20"], "2026-06-01", "separation", "state:MY-08")
    assert "IN-24" not in regime.incentives  # for companies that sell research, not for plants
    with pytest.raises(InputError, match="is open 2015"):
        regime.choose(["IN-35"], "2026-06-01", "separation")


def test_both_readings_of_the_framework_stand_side_by_side():
    changes = {"price:NdPr": 110.0, "payable:feed:clay carbonate": 0.6}
    effects = {e.ids[0]: e for e in MALAYSIA.inputs.incentives_of("clay-separation", changes, draws=100)}
    assert {"IN-08", "IN-08-high", "IN-09", "IN-10", "IN-10-high"} <= set(effects)
    assert effects["IN-09"].public_cost_local_m > effects["IN-08"].public_cost_local_m > 0
    for effect in effects.values():
        assert effect.company_gain_local_m == pytest.approx(effect.public_cost_local_m, rel=1e-6)


def test_a_country_without_tax_rows_says_what_to_do():
    with pytest.raises(InputError, match="income_tax_share"):
        regime_of(case.load("VNM"))


def test_capital_growth_is_that_of_the_pairs():
    growth = capital_growth(MALAYSIA)
    assert growth.value == pytest.approx(800 / 575)
    assert growth.high == pytest.approx(1750 / 1100)
    assert growth.low == 1.0


def test_rates_and_ranges():
    assert 3.5 < fx_of(MALAYSIA, 2024)["MYR"] < 5.0
    ranges = review_ranges(MALAYSIA)
    assert ranges.capex_usd_per_t_low < ranges.capex_usd_per_t_high
    assert ranges.price_usd_per_kg_high > 1000


def run(command, *arguments):
    return CliRunner().invoke(command, list(arguments), standalone_mode=False)


def test_plant_command_prints_ranges_and_refs(tmp_path):
    book = tmp_path / "out.xlsx"
    done = run(plant, "malaysia", "kuantan-toll", "--draws", "20", "--xlsx", str(book))
    assert done.exit_code == 0, done.exception
    assert "NPV company" in done.output
    assert "price_deck:2024-12-31.NdPr.oxide.deck:price_ex_vat_usd_per_kg" in done.output
    assert book.stat().st_size > 5000


def test_plant_command_sets_inputs_and_incentives():
    dear = ("malaysia", "kuantan-magnet", "--draws", "5", "--json", "--set", "price:NdFeB_magnet 40H blank=80")
    low, high, helped = (
        json.loads(run(plant, *arguments).output)
        for arguments in (
            ("malaysia", "kuantan-magnet", "--draws", "5", "--json"),
            dear,
            (*dear, "--incentive", "IN-10"),
        )
    )
    name = "company:kuantan-magnet"
    assert low["npv"][name]["value"] < high["npv"][name]["value"] < helped["npv"][name]["value"]
    assert helped["incentives"] == ["IN-10"]
    assert helped["tax_average_share"] < high["tax_average_share"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("malaysia", "kuantan-tol"), 'did you mean "kuantan-toll"'),
        (("malaysia", "kuantan-toll", "--set", "price:NdPr=x"), "must be a number"),
        (("malaysia", "kuantan-toll", "--set", "capex:plnt=3"), 'did you mean "capex:plant"'),
        (("malaysia", "kuantan-toll", "--incentive", "IN-99"), "is no incentive here"),
    ],
)
def test_plant_command_refuses_in_words(arguments, words):
    with pytest.raises(InputError) as error:
        raise run(plant, *arguments).exception
    assert words in str(error.value)


def test_review_command(tmp_path):
    file = tmp_path / "study.json"
    inputs = {"capex_initial_m": 100, "mine_life_years": 20, "discount_rate_pct": 8, "ebitda_m_per_year": 30}
    file.write_text(
        json.dumps({"case_id": "mine", "currency": "USD", "inputs": inputs, "reported": {"npv_post_tax_m": 90}})
    )
    assert "passes" in run(review, str(file)).output
    file.write_text(
        json.dumps({"case_id": "mine", "currency": "USD", "inputs": inputs, "reported": {"npv_post_tax_m": 9000}})
    )
    assert "rejected" in run(review, str(file)).output
    file.write_text("{not json")
    with pytest.raises(InputError, match="cannot be read as JSON"):
        raise run(review, str(file)).exception


def test_brief_section_says_what_each_plant_costs_and_carries_refs():
    from gadolin.brief.report import Report
    from gadolin.brief.section import values_of
    from gadolin.brief.sections import economics

    report = Report(MALAYSIA, futures=10, seed=1)
    (section,) = economics.sections(report)
    assert section.finding == "Only what runs already pays at Chinese prices; no new plant does"
    assert all(value.refs for value in values_of([section]))
    frame, methods = economics.tables(report)["plants"]
    assert len(frame) >= 4 * len(PLANTS)
    assert (frame["low"] <= frame["value"]).all()
    assert (frame["value"] <= frame["high"]).all()
    assert methods


def test_waterfall_ends_at_the_npv():
    from gadolin.figures.economics import tornado, waterfall

    found = MALAYSIA.inputs.appraisal_of("perak-leach", draws=5)
    figure = waterfall(found, "A plant")
    changes = figure.data[figure.data["kind"] == "change"]["value"].sum()
    assert changes == pytest.approx(found.ledger.npv(found.project.company, 0.08))
    assert "<svg" in figure.svg()
    assert "<svg" in tornado(found, "A plant").svg()


def test_a_state_without_a_known_royalty_is_not_said_to_receive_nothing():
    leach = MALAYSIA.inputs.appraisal_of("perak-leach", draws=5)
    assert "NPV state    0" not in str(leach)
    from dataclasses import replace

    elsewhere = replace(leach, project=replace(leach.project, state="state:MY-03"))
    assert "not known: no royalty rate of state:MY-03" in elsewhere.no_royalty
