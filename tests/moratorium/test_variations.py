"""One declaration said in other ways: spellings, bases, calendars; nothing loosens a clause, nothing slips past one."""

import pytest

from gadolin.errors import InputError
from gadolin.moratorium import Consignment, Permits, judge

OXIDE = {
    "declaration_no": "1", "date": "2026-02-15", "exporter": "A", "destination": "JPN", "feed_origin": "AUS",
    "hs_code": "284690", "description": "Neodymium oxide", "net": {"value": "1000", "unit": "KGM"},
    "documents": ["AP", "activity_report", "feed_record"],
}  # fmt: skip
CARBONATE = {"description": "Mixed rare earth carbonate", "feed_origin": "MYS", "state_of_origin": "Perak"}
CHINA = {"jurisdiction": "CHN", "documents": ["export_licence", "control_statement"]}
PERMIT = {"kind": "pilot_approval", "holder": "A", "limit": "10", "basis": "net_as_received", "state": "Perak"}


def judged(rules, book=None, **changes):
    return judge(Consignment.from_dict(OXIDE | changes), rules, book)


@pytest.mark.parametrize("typed", ["45460", "45460.0", "45460.75", "17/06/2024", "2024-06-17T23:59:00", "20240617"])
def test_one_day_in_many_forms(typed):
    assert [str(d) for d in Consignment.from_dict({"date": typed}).dates] == ["2024-06-17"]


@pytest.mark.parametrize("typed", ["2569-02-15", "15/02/2569", "0026-02-15", "99999", "1987-12-31"])
def test_a_year_of_another_calendar_is_asked(rules, typed):
    verdict = judged(rules, date=typed)
    assert (verdict.verdict, verdict.questions[0]) == ("HELD: DOCUMENT", ("date_missing",))


@pytest.mark.parametrize("state", ["Perak", "PERAK", " perak "])
def test_a_state_in_capitals_meets_the_clause_on_it_and_its_permit(rules, state):
    verdict = judged(rules, Permits.from_dict({"permits": {"P": PERMIT}}), **CARBONATE | {"state_of_origin": state},
                     permits=["P"])  # fmt: skip
    assert "MYS-P-04" in verdict.rule_ids
    assert "MYS-M-01" in {rule.rule_id for rule in verdict.lifted}


@pytest.mark.parametrize(
    ("purpose", "verdict"), [("Re-export", "MAY LEAVE"), ("re export", "MAY LEAVE"), ("SALE", "MAY NOT LEAVE")]
)
def test_a_purpose_is_read_whatever_its_case_and_dashes(rules, purpose, verdict):
    copper = {"jurisdiction": "IDN", "date": "2025-02-15", "hs_code": "260300", "description": "Copper concentrate"}
    assert judged(rules, **copper, cu_pct="25", purpose=purpose).verdict == verdict


@pytest.mark.parametrize("flag", ["JPN_military", "jpn military", "JPN-MILITARY"])
def test_an_end_user_flag_is_read_whatever_its_case(rules, flag):
    papers = {"jurisdiction": "CHN", "documents": [*CHINA["documents"], "dual_use_licence"]}
    assert judged(rules, **papers, description="Dysprosium oxide", end_user_flag=flag).rule_ids == ("CHN-JP",)


@pytest.mark.parametrize("of", ["Th-232", "th-232", "Th 232", "TH232", "232Th", "232-Th", "Th"])
@pytest.mark.parametrize(("value", "over"), [("1", False), ("1.0001", True)])
def test_a_nuclide_is_read_whichever_way_it_is_written(rules, of, value, over):
    verdict = judged(rules, activity=[{"of": of, "value": value, "unit": "Bq/g"}])
    assert verdict.rule_ids == (("MYS-R-03",) if over else ("MYS-M-03",))


def test_a_negative_activity_is_a_fault():
    with pytest.raises(InputError, match="must not be negative"):
        Consignment.from_dict({"activity": [{"of": "Th-232", "value": -1, "unit": "Bq/g"}]})


@pytest.mark.parametrize(
    ("certificate", "rules_met"),
    [
        ({"treo_pct": 90}, ("MYS-M-03",)),
        ({"treo_pct": 60}, ("MYS-E-01",)),  # no basis: no reading of 60 % is a commercial oxide but a very wet one
        ({"basis": "as_received", "treo_pct": 60}, ("MYS-E-01",)),
        ({"basis": "as_received", "treo_pct": 81, "moisture_pct": 10}, ("MYS-M-03",)),
        ({"basis": "as_received", "treo_pct": 80.9, "moisture_pct": 10}, ("MYS-E-01",)),
        ({"basis": "calcined", "treo_pct": 89}, ("MYS-E-01",)),
        ({"basis": "calcined", "treo_pct": 100, "loi_pct": 10}, ("MYS-M-03",)),
    ],
)
def test_a_declared_oxide_without_its_basis_is_held_when_its_figure_is_low(rules, certificate, rules_met):
    assert judged(rules, certificate=certificate).rule_ids == rules_met


@pytest.mark.parametrize("state", [{}, CHINA, {"jurisdiction": "VNM", "date": "2024-02-15"}])
@pytest.mark.parametrize(("lanthanum", "held"), [(2.9, False), (3.1, True)])
def test_oxides_above_the_whole_are_asked_in_every_state(rules, state, lanthanum, held):
    oxides = {"Nd": 99.0, "La": lanthanum}
    said = judged(rules, **state, certificate={"basis": "dry", "oxides_pct": oxides}).text()
    assert ("sum to more than the whole" in said) == held


@pytest.mark.parametrize(
    ("oxides", "rate", "asked"), [({"Nd": 99}, ["15"], False), ({"Dy": 99}, ["25"], False), (None, [], True)]
)
def test_a_duty_that_turns_on_what_is_not_declared_is_asked(rules, oxides, rate, asked):
    certificate = None if oxides is None else {"basis": "dry", "oxides_pct": oxides}
    verdict = judged(rules, jurisdiction="CHN", date="2009-06-01", certificate=certificate)
    assert [str(duty[1]) for duty in verdict.duty] == rate
    assert ("A duty turns on it" in verdict.text()) == asked
    assert "heavy_share" not in verdict.text("ms")


@pytest.mark.parametrize(
    ("day", "element", "verdict"),
    [
        ("2025-04-03", "Dysprosium", "MAY LEAVE"), ("2025-04-04", "Dysprosium", "HELD: DOCUMENT"),
        ("2025-04-04", "Neodymium", "MAY LEAVE"), ("2026-11-10", "Erbium", "MAY LEAVE"),
        ("2026-11-11", "Erbium", "HELD: DOCUMENT"), ("2026-11-11", "Dysprosium", "HELD: DOCUMENT"),
    ],
)  # fmt: skip
def test_the_chinese_list_on_both_sides_of_its_days(rules, day, element, verdict):
    assert judged(rules, **CHINA, date=day, description=f"{element} oxide").verdict == verdict
