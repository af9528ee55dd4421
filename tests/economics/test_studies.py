"""Published studies: the arithmetic, the review, and figures that must be refused."""

import copy
import json
from dataclasses import replace
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin.economics.review import Ranges, review
from gadolin.economics.studies import read_study, recompute
from gadolin.errors import InputError
from gadolin.validation import validate

CASES = json.loads((resources.files("gadolin.validation") / "cases" / "feasibility_cases.json").read_text("utf-8"))[
    "cases"
]
BY_ID = {case["case_id"]: case for case in CASES}
RANGES = Ranges(2000.0, 300000.0, 4000.0, {"CAD": 1.35, "AUD": 1.4, "GBP": 0.8}, 390000.0)


def changed(name: str, inputs: dict | None = None, reported: dict | None = None) -> dict:
    case = copy.deepcopy(BY_ID[name])
    case["inputs"] |= inputs or {}
    case["reported"] |= reported or {}
    return case


def computable() -> list[str]:
    names = []
    for name, case in BY_ID.items():
        try:
            read_study(case)
        except InputError:
            continue
        names.append(name)
    return names


@pytest.mark.parametrize("name", [n for n in computable() if "derived_check" in BY_ID[n]])
def test_agrees_with_the_rough_check_that_comes_with_the_case(name):
    """Another calculation with the same conventions, done outside this program."""
    check, found = BY_ID[name]["derived_check"], recompute(read_study(BY_ID[name]))
    assert found.npv_pre_tax_local_m == pytest.approx(check["npv_pre_tax_m"], rel=0.01)
    assert found.npv_post_tax_local_m == pytest.approx(check["npv_post_tax_m"], rel=0.025)
    assert 100 * found.irr_pre_tax_share == pytest.approx(check["irr_pre_tax_pct"], abs=0.2)


def test_stated_conventions_use_what_the_study_says():
    study = read_study(BY_ID["bear_lodge_pfs_2014"])
    rough, stated = recompute(study), recompute(study, "stated")
    assert study.construction_years == 3
    assert study.tax_share == 0.35
    assert stated.ledger.total("first_fill").sum() == pytest.approx(0.0)
    assert stated.ledger.total("first_fill").max() == pytest.approx(24.6)
    assert stated.npv_pre_tax_local_m < rough.npv_pre_tax_local_m


def test_life_average_is_kept():
    """Nine years at one figure, the rest such that the stated average of the life holds."""
    study = read_study(BY_ID["bear_lodge_pfs_2014"])
    total = 45 * 6813 * (24.6 - 15.05) / 1000  # million: average output x (price less average unit cost)
    assert sum(study.margin_local_m_per_year) == pytest.approx(total, rel=1e-9)


def test_bear_lodge_is_met_by_a_convention_and_not_by_what_it_states():
    """Its NPV and IRR lie between those of one and of two years of building; it states three."""
    study = read_study(BY_ID["bear_lodge_pfs_2014"])
    one, two, three = (recompute(replace(study, construction_years=n), "stated") for n in (1, 2, 3))
    assert three.npv_pre_tax_local_m < two.npv_pre_tax_local_m < 426 < one.npv_pre_tax_local_m
    assert 100 * three.irr_pre_tax_share == pytest.approx(23.0, abs=0.1)
    assert abs(recompute(study).npv_pre_tax_local_m / 426 - 1) < 0.15


@pytest.mark.parametrize("name", sorted(BY_ID))
def test_no_published_study_is_called_impossible(name):
    assert review(BY_ID[name], RANGES).ok


IMPOSSIBLE = {
    "recovery above 100 %": changed("songwe_pfs_2015", {"recovery_treo_pct": 112}),
    "more out than in": changed("makuutu_dfs_2023", {"production_treo_t_per_year": 40900}),
    "products exceed the whole": changed("longonjo_pfs_2019", {"production_by_product_t_per_year": {"NdPr": 56000}}),
    "EBITDA above revenue": changed("nolans_update_2022", {"ebitda_m_per_year": 700}),
    "a billion from 400 t": changed("ionic_belfast_fs_2024", {"ebitda_m_per_year": 1780, "ebitda_life_total_m": None}),
    "NPV beyond all cash": changed("nolans_update_2022", reported={"npv_post_tax_m": 48520}),
    "IRR of 1,402 %": changed("nolans_update_2021", reported={"irr_post_tax_pct": 1402}),
    "NPV and IRR disagree": changed("makuutu_dfs_2023", reported={"irr_pre_tax_pct": 5.0}),
    "tax that adds value": changed("lofdal_pea_2022", reported={"npv_post_tax_m": 700}),
    "negative capital": changed("songwe_pfs_2015", {"capex_initial_m": -216}),
    "thousands for millions": changed(
        "carina_pfs_2025", {"production_treo_t_per_year": 5000, "revenue_m_per_year": 487000}
    ),
    "revenue beyond price x tonnes": changed("songwe_pfs_2015", {"revenue_m_per_year": 900}),
    "life capital below initial": changed("bear_lodge_pfs_2014", {"capex_life_total_m": 200}),
    "recovery above 100 % in some years": changed(
        "songwe_pfs_2015", {"recovery_treo_pct": {"years_1_9": 108, "life_average": 79}}
    ),
    "revenue beyond tonnes x price x payability": changed(
        "songwe_pfs_2015",
        {
            "revenue_m_per_year": 110,
            "basket_price_per_kg": 50,
            "production_treo_t_per_year": 2500,
            "payability_or_separation": "70 % of the basket price",
        },
    ),
    "revenue beyond the price of every product": changed(
        "songwe_pfs_2015",
        {
            "revenue_m_per_year": 110,
            "basket_price_per_kg": None,
            "price_by_product_per_kg": {"NdPr": 60, "La": 1},
            "production_by_product_t_per_year": {"NdPr": 700, "La": 1800},
        },
    ),
    "capital of a thousand times": changed("songwe_pfs_2015", {"capex_initial_m": 216000}),
    "kilograms for tonnes": changed("songwe_pfs_2015", {"production_treo_t_per_year": 2841000}),
    "payback after the end": changed("songwe_pfs_2015", reported={"payback_years": 40}),
    "worth from a loss": changed("songwe_pfs_2015", {"opex_per_kg": 300}),
    "beyond all size": changed("songwe_pfs_2015", {"capex_initial_m": 1e300}),
    "a dear product": changed("songwe_pfs_2015", {"price_by_product_per_kg": {"NdPr": 61000}}),
    "never paid back": changed("phalaborwa_pea_2022", {"basket_price_per_kg": None, "ebitda_m_per_year": 10}),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_impossible_studies_are_rejected_with_a_reason(name):
    found = review(IMPOSSIBLE[name], RANGES)
    assert not found.ok
    worst = found.flags[0]
    assert worst.severity == "impossible"
    assert any(character.isdigit() for character in worst.what)


ODD = st.sampled_from(
    [None, "x", "1,200", True, -1, 0, 1e-9, 1e300, 10**400, [], [1], {}, {"a": 1}, {"years_1_9": "x"},
     {"years_9_1": 3}, {"life_average": None}, {1: 2}, 0.5, 1e9, float("nan"), float("inf"), ""]
)  # fmt: skip


@given(
    name=st.sampled_from(sorted(BY_ID)),
    changes=st.dictionaries(st.sampled_from(sorted(BY_ID["songwe_pfs_2015"]["inputs"])), ODD, min_size=1, max_size=4),
    top=st.dictionaries(st.sampled_from(["case_id", "project", "currency", "reported"]), ODD, max_size=2),
)
@settings(max_examples=150, deadline=None)
def test_any_record_is_reviewed_in_words(name, changes, top):
    """Whatever stands in a record, the review ends with flags, never with a traceback."""
    record = copy.deepcopy(BY_ID[name]) | top
    record["inputs"] |= changes
    found = review(record, RANGES)
    json.dumps(found.as_dict(), allow_nan=False)
    assert str(found)


def test_a_tax_that_changes_nothing_and_a_missing_rate_are_asked_for():
    flags = review(changed("makuutu_dfs_2023", {"tax_rate_pct": None}, {"npv_post_tax_m": 406}), RANGES).flags
    assert any("the tax rate is not stated" in f.what for f in flags)
    assert any("no tax is counted" in f.what for f in flags)


def test_missing_tax_is_said():
    flags = [f.what for f in review(BY_ID["nolans_dfs_2019"], RANGES).flags if f.severity == "missing"]
    assert any("before or after tax" in what for what in flags)


def test_claims_hold():
    board = validate("economics")
    assert board.ok, str(board)
    assert sum(c.status == "pass" for c in board.checks) > 50
    assert all(c.why for c in board.checks if c.status == "known_limit")


def test_a_users_own_file_is_checked_and_a_broken_case_stops_nothing(tmp_path):
    document = json.loads(
        (resources.files("gadolin.validation") / "cases" / "tea_reference_cases.json").read_text("utf-8")
    )
    plants = [c for c in document["cases"] if c["kind"] == "npv_irr_price"]
    late = copy.deepcopy(plants[0])
    late["inputs"] |= {"finance_fraction": 0.4, "finance_interest": 0.08, "finance_years": 10}
    late["expected"]["npv_usd"] *= 1.1
    broken = {"id": "broken", "kind": "npv_irr_price", "inputs": {}, "expected": {}}
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"cases": [*plants, late, broken]}))
    checks = validate("economics", file).checks
    assert sum(c.status == "pass" for c in checks) >= 8
    assert [c.claim for c in checks if c.status == "fail"] == ["broken"]
    assert any(c.status == "known_limit" and "whole loan service" in c.why for c in checks)
