"""Every made consignment gets its verdict, and every clause turns exactly at its limit."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin.errors import InputError
from gadolin.moratorium import Consignment, Permits, check_all, judge
from gadolin.validation.claims import moratorium as claims


def test_every_case_and_limit_gets_its_verdict(document, rules):
    checks = list(claims.case_checks(document, rules))
    assert len(checks) >= 40 + 53
    assert [check.claim for check in checks if check.status != "pass"] == []


def test_a_wrong_expectation_fails(document, rules):
    """The board can fail: the same cases with the verdict, a value or a figure changed."""
    case = {**document["cases"][0]}
    for name, value in (("verdict", "MAY NOT LEAVE"), ("computed", {"dry_t": 15.3}), ("stage", "separation")):
        wrong = {"cases": [{**case, "expected": {**case["expected"], name: value}}]}
        assert [c.status for c in claims.case_checks(wrong, rules)] == ["fail"]


def by_id(document, wanted):
    return next(case for case in document["cases"] if case["id"] == wanted)


@pytest.mark.parametrize("wanted", ["C02", "C07", "C18", "C35", "C40"])
def test_reports_read_in_both_languages(document, rules, wanted):
    verdict = claims.run_case(by_id(document, wanted), rules, None).verdicts[0]
    english, malay = verdict.text("en"), verdict.text("ms")
    for rule_id in verdict.rule_ids:
        assert rule_id in english
        assert rule_id in malay
    assert verdict.verdict in english
    assert verdict.verdict not in malay
    assert len(english.splitlines()) == len(malay.splitlines())


ENGLISH = re.compile(
    r"\b(the|and|of|is|not|goods|rule|which|from|with|by|are|to|in|or|no|may|must|above|under)\b", re.I
)


def english_in(text):
    """English words in a Malay text, without the names of switches, which are typed as they are."""
    return ENGLISH.findall(re.sub(r"\(\w+\)|\w+=\w+|\w+/\w+", "", text))


def test_a_malay_verdict_holds_no_english(document, rules):
    for case in document["cases"]:
        for v in claims.run_case(case, rules, None).verdicts[:3]:
            record = v.as_dict("ms")
            reasons = [tried["why"] for tried in record["exemption_not_met"]]
            for text in (v.text("ms"), *record["questions"], *record["notes"], *reasons):
                assert english_in(text) == [], (case["id"], text)


def test_every_shipped_clause_and_instrument_has_a_malay_rendering(rules):
    from gadolin.moratorium import words

    for rule in rules.rules:
        assert rule.clause in words._malay(), rule.rule_id
        assert rule.instrument in words._malay() or not english_in(rule.instrument), rule.instrument
        for asked in rule.value.split(";"):
            assert english_in(words._rendered(asked, "ms")) == []


def test_a_clause_that_a_case_changed_is_shown_as_it_stands(rules):
    from gadolin.moratorium import words

    assert words._rendered("Raw NR-REE may not be exported, nor tailings", "ms").startswith("Raw NR-REE")


def test_a_word_where_a_clause_compares_a_number_is_asked(document, rules):
    for typed in ("high", "1.7 %", [1, 2], {"a": 1}):
        changed = claims.changed(by_id(document, "C50"), {"set": {"ni_pct": typed}})
        verdict = claims.run_case(changed, rules, None).verdicts[0]
        assert verdict.verdict == "HELD: DOCUMENT"
        assert "which number is it" in str(verdict)


def test_a_refusal_without_a_gazetted_instrument_says_so(document, rules):
    verdict = claims.run_case(by_id(document, "C02"), rules, None).verdicts[0]
    assert "Gazetted instrument not found" in verdict.text("en")


def test_a_chosen_switch_is_named_as_chosen(document, rules):
    verdict = claims.run_case(by_id(document, "C18"), rules, None, {"mixed_oxide": "raw"}).verdicts[0]
    assert "chosen, not found in a source: mixed_oxide=raw" in str(verdict)
    assert "readings: processed, raw, not settled" in str(verdict)


def test_an_assumed_row_never_refuses_as_shipped(rules):
    for rule in rules.rules:
        if rule.status == "assumed" and rule.effect == "may_not_leave":
            assert not rules.decides(rule), rule.rule_id


def test_dates_are_inside_on_both_ends(rules):
    for rule in rules.rules:
        stage = next(iter(rule.stages), None)
        code = rule.hs[0] if rule.hs else ""
        under = rules.set(**({rule.switch: rule.switch_value} if rule.switch else {}))

        def lives(day, under=under, rule=rule, stage=stage, code=code):
            jurisdiction = "MYS" if rule.jurisdiction == "ANY" else rule.jurisdiction
            return rule.rule_id in {r.rule_id for r in under.live(jurisdiction, day, stage, code)}

        if rule.start is not None:
            assert lives(rule.start), rule.rule_id
            assert not lives(rule.start - timedelta(days=1)), rule.rule_id
        if rule.end is not None:
            assert lives(rule.end), rule.rule_id
            assert not lives(rule.end + timedelta(days=1)), rule.rule_id


def test_unknown_switches_are_named(rules):
    with pytest.raises(InputError, match='did you mean "mixed_oxide"'):
        rules.set(mixed_oxid="raw")
    with pytest.raises(InputError, match="must be one of processed, raw, unset"):
        rules.set(mixed_oxide="maybe")


def test_what_the_goods_are_must_be_known(rules):
    c = Consignment.from_dict(
        {"declaration_no": "1", "date": "2026-01-05", "hs_code": "2846.90.00.00", "description": "Powder"}
    )
    verdict = judge(c, rules)
    assert verdict.verdict == "HELD: DOCUMENT"
    assert "do not tell raw from processed" in str(verdict)


def test_no_date_is_held(rules):
    c = Consignment.from_dict({"declaration_no": "1", "date": "soon", "hs_code": "850511", "description": "magnets"})
    assert judge(c, rules).verdict == "HELD: DOCUMENT"


@settings(max_examples=6)
@given(order=st.permutations(range(31)))
def test_the_order_of_the_file_changes_no_draw(document, rules, order):
    """Thirty times 0.1 t fill 3.0 t exactly, whatever the order in which the declarations stand."""
    case = by_id(document, "C10")
    shuffled = {**case, "declarations": [case["declarations"][i] for i in order]}
    plain = claims.run_case(case, rules, None)
    mixed = claims.run_case(shuffled, rules, None)
    assert [v.verdict for v in mixed.verdicts] == [plain.verdicts[i].verdict for i in order]
    assert mixed.permits.left_t("PILOT-1") == 0


def test_a_load_split_over_declarations_is_shown_as_one(document, rules):
    base = by_id(document, "C16")["declaration"]
    records = [{**base, "declaration_no": n} for n in ("A-1", "A-2")]
    done = check_all([Consignment.from_dict(r) for r in records], rules, Permits())
    assert "A-2" in done.verdicts[0].notes[-1]
    assert done.verdicts[0].verdict == "MAY LEAVE"


@given(value=st.decimals(min_value=0, max_value=5, places=3))
def test_one_becquerel_per_gram_is_the_line_for_each_nuclide(document, rules, value):
    case = by_id(document, "C28")
    activity = [{"of": "Th-232", "value": str(value), "unit": "Bq/g"}]
    changed = claims.changed(case, {"set": {"activity": activity}})
    verdict = claims.run_case(changed, rules, None).verdicts[0]
    assert ("MYS-R-03" in verdict.rule_ids) == (value > Decimal(1))


@pytest.mark.parametrize(
    ("value", "u_k2", "verdict"),
    [("0.95", "0.04", "MAY LEAVE"), ("0.97", "0.06", "HELD: LAB TEST"), ("1.2", "0.1", "HELD: DOCUMENT")],
)
def test_an_interval_over_the_line_goes_to_the_laboratory(document, rules, value, u_k2, verdict):
    activity = [{"of": "Th-232", "value": value, "unit": "Bq/g", "u_k2": u_k2}]
    changed = claims.changed(by_id(document, "C28"), {"set": {"activity": activity}})
    assert claims.run_case(changed, rules, None).verdicts[0].verdict == verdict


def test_thorium_as_oxide_is_not_thorium(document, rules):
    """275 ppm ThO2 are 242 ppm Th, 0.980 Bq/g; read as thorium they would be 1.116."""
    activity = [{"of": "ThO2", "value": 275, "unit": "ppm"}]
    changed = claims.changed(by_id(document, "C28"), {"set": {"activity": activity}})
    verdict = claims.run_case(changed, rules, None).verdicts[0]
    assert verdict.verdict == "MAY LEAVE"
    assert float(verdict.computed["th232_bq_per_g"]) == pytest.approx(275 * 0.87881 * 0.004057, rel=1e-9)


def test_reo_permit_without_a_basis_of_treo_is_asked(document, rules):
    changed = claims.changed(by_id(document, "C24"), {"set": {"certificate.basis": None}})
    verdict = claims.run_case(changed, rules, None).verdicts[0]
    assert verdict.verdict == "HELD: DOCUMENT"
    assert set(verdict.rule_ids) == {"MYS-X-05", "MYS-E-07"}
    assert "dry, as received or calcined" in str(verdict)


def test_nickel_grade_not_given_is_asked(document, rules):
    changed = claims.changed(by_id(document, "C50"), {"remove": ["ni_pct"]})
    verdict = claims.run_case(changed, rules, None).verdicts[0]
    assert verdict.verdict == "HELD: DOCUMENT"
    assert "IDN-NI-03" in verdict.rule_ids


def test_every_field_and_test_of_the_rules_has_words_in_both_languages(rules):
    from gadolin.moratorium import sentences, vocabulary

    assert {rule.field for rule in rules.rules} <= set(vocabulary.NAMES)
    assert {rule.operator for rule in rules.rules} <= set(vocabulary.TESTS)
    for table in (vars(module)[name] for module in (sentences, vocabulary) for name in module.__all__):
        for english, malay in table.values():
            for place in ("{0}", "{1}", "{2}", "{3}", "{clause}"):
                assert (place in english) == (place in malay), english


def test_the_board_of_the_room_holds():
    from gadolin.validation import validate

    board = validate("moratorium")
    assert [check.claim for check in board.checks if check.status == "fail"] == []
    assert len(board.checks) > 120


def test_a_plain_record_or_a_day_in_words_is_told_what_to_do(rules):
    record = {"declaration_no": "B1", "item": 1}
    with pytest.raises(InputError, match=r"Consignment\.from_dict"):
        judge(record, rules)
    with pytest.raises(InputError, match="must be a date"):
        judge(Consignment.from_dict(record), rules, on="2024-05-01")
