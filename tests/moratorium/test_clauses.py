"""Every clause of the shipped table, on both sides of its limit and of its dates, through the judge.

The table is read here as plain text, and a small evaluator of its own says what must happen: a clause acts on its first
and last day, not on the days around them, and only where its condition holds.
"""

import csv
from datetime import date, timedelta
from decimal import Decimal
from importlib import resources

import pytest

from gadolin.moratorium import Consignment, Permit, Permits, judge
from gadolin.moratorium.facts import Facts
from gadolin.moratorium.goods import Goods
from gadolin.moratorium.judge import judge_facts

TABLE = resources.files("gadolin.atlas") / "data" / "export_rules.csv"
ROWS = {row["row_id"]: row for row in csv.DictReader(TABLE.read_text("utf-8").splitlines())}
STEP = Decimal("0.001")


def sides(row):
    """A value for which the condition holds and one for which it does not; None where there is no such value."""
    operator, value = row["operator"], row["value"]
    first = value.split(";")[0]
    if operator in ("gt", "ge", "lt", "le", "between"):
        limit = Decimal(first)
        return {
            "gt": (limit + STEP, limit),
            "ge": (limit, limit - STEP),
            "lt": (limit - STEP, limit),
            "le": (limit, limit + STEP),
            "between": (limit, Decimal(value.split(";")[-1])),
        }[operator]
    if operator == "missing":
        return (None, {first: {}}) if row["condition_field"] == "documents" else (None, "given")
    if operator == "any_of":
        return (first,), ("Xx",)
    if operator in ("ne", "not_in"):
        return "other", first
    return (first or "given", None if operator == "present" else "other")


def days(row):
    """Days on which the clause must live, and days on which it must not."""
    start = date.fromisoformat(row["effective_date"]) if row["effective_date"] else None
    end = date.fromisoformat(row["end_date"]) if row["end_date"] else None
    inside = [d for d in (start, end) if d] or [date(2026, 1, 15)]
    outside = [start - timedelta(days=1)] if start else []
    return inside, outside + ([end + timedelta(days=1)] if end else [])


def acts(row, value, day, rules):
    """Whether the clause turns up anywhere in the verdict on goods that differ in its one fact."""
    stage = (row["subject_stage"].split(";") or [""])[0] or "magnet"
    documents = value if row["condition_field"] == "documents" and value else {}
    values = {"documents": documents, "elements": (), "product_stage": stage}
    if row["condition_field"] not in ("documents", "product_stage", "duplicate") and value is not None:
        values[row["condition_field"]] = value
    if row["condition_field"] == "product_stage" and row["operator"] != "present":
        stage = value if value != "other" else "mixed_oxide"
        values["product_stage"] = stage
        if row["subject_stage"] and stage not in row["subject_stage"].split(";"):
            return None  # its stage already keeps it out
    book, permits = Permits(), ()
    field = row["condition_field"]
    if field == "permit_covers":
        kind = "pilot_approval" if value == "pilot_approval" else "other"
        book, permits = Permits([Permit("P", kind, "A", Decimal(9), "net_as_received")]), ("P",)
    if field == "permit_not_cited" and value == "pilot_operator":
        book = Permits(pilot_operator="A")
    if field == "permit_uncertain" and value == "pilot_operator":
        book, permits = Permits(pilot_operator="A"), ("gone",)
    jurisdiction = "MYS" if row["jurisdiction"] == "ANY" else row["jurisdiction"]
    record = {"declaration_no": "1", "exporter": "A", "hs_code": (row["hs_codes"].split(";")[0] or "850511"),
              "net": {"value": "1", "unit": "TNE"}, "permits": list(permits)}  # fmt: skip
    c = Consignment.from_dict(record, jurisdiction)
    if field == "dual_use_end_user":
        return None  # worked out from the listed elements; has a case of its own
    under = rules.set(**({row["switch"]: row["switch_value"]} if row["switch"] else {}))
    facts = Facts(Goods(stage, None, (), False, "description"), values, {}, [])
    v = judge_facts(c, facts, under, book, day)
    seen = {f.rule.rule_id for f in (*v.deciding, *v.also_open)} | {r.rule_id for r, _ in v.satisfied}
    seen |= {r.rule_id for r in v.lifted} | {r.rule_id for r, _, _ in v.duty}
    if row["effect"] == "may_leave" and v.verdict != "MAY LEAVE":
        return None  # lets go what something else stops: no sign of it in the verdict
    return row["row_id"] in seen


SINGLE = [
    r for r in ROWS if r not in ("ANY-D-01", "MYS-E-08")
]  # the fallback, and copies of a declaration, stand apart


@pytest.mark.parametrize("rule_id", SINGLE)
def test_a_clause_acts_on_its_days_and_beyond_its_limit_only(rules, rule_id):
    row = ROWS[rule_id]
    met, unmet = sides(row)
    inside, outside = days(row)
    for day in inside:
        found = acts(row, met, day, rules)
        assert found in (True, None), (day, met)
        if unmet is not None or row["operator"] == "missing":
            assert acts(row, unmet, day, rules) in (False, None), (day, unmet)
    for day in outside:
        assert acts(row, met, day, rules) in (False, None), day


def test_the_clauses_that_can_be_seen_are_most_of_them(rules):
    """The test above says something: the clause is seen to act for at least eight rows in ten."""
    seen = [acts(ROWS[r], sides(ROWS[r])[0], days(ROWS[r])[0][0], rules) for r in SINGLE]
    assert seen.count(True) >= 0.8 * len(seen)


@pytest.mark.parametrize("rule_id", [r for r, row in ROWS.items() if row["can_decide"] == "no"])
def test_a_row_that_may_not_decide_never_refuses_as_shipped(rules, rule_id):
    row = ROWS[rule_id]
    if row["effect"] != "may_not_leave":
        return
    rule = rules.by_id[rule_id]
    if row["switch"] and rules.switches[row["switch"]] != row["switch_value"]:
        return  # not alive as shipped
    assert not rules.decides(rule)


GOODS = {
    "carbonate": ("284690", "Mixed rare earth carbonate"),
    "nickel": ("260400", "Nickel ore"),
    "ore": ("253090", "Rare earth ore"),
    "know-how": ("490600", "Process design drawings"),
}


@pytest.mark.parametrize(
    ("jurisdiction", "goods", "before", "on"),
    [
        ("MYS", "carbonate", "2023-12-31", "2024-01-01"),
        ("IDN", "nickel", "2014-01-11", "2014-01-12"),
        ("IDN", "nickel", "2019-12-31", "2020-01-01"),
        ("VNM", "ore", "2025-12-31", "2026-01-01"),  # a statement held it before, the law refuses from then on
        ("CHN", "know-how", "2023-12-20", "2023-12-21"),
    ],
)
def test_the_day_before_a_ban_is_not_refused_and_the_first_day_is(rules, jurisdiction, goods, before, on):
    code, description = GOODS[goods]
    record = {
        "declaration_no": "1",
        "exporter": "A",
        "feed_origin": jurisdiction,
        "destination": "JPN",
        "hs_code": code,
        "description": description,
        "net": {"value": "20", "unit": "TNE"},
        "ni_pct": "1.6",
    }
    for day, refused in ((before, False), (on, True)):
        verdict = judge(Consignment.from_dict({**record, "date": day}, jurisdiction), rules)
        assert (verdict.verdict == "MAY NOT LEAVE") == refused, day
