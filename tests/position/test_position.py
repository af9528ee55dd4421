"""A country's position: estimates side by side, sums by hand, every number with its origin, holes as holes."""

import csv
import json
from importlib import resources

import pytest

from gadolin import case
from gadolin.atlas.schema import declared
from gadolin.cli.options import to_json
from gadolin.position import position

KEYS = {"deposits", "ladder", "dependence", "trade", "policies", "partners"}


@pytest.fixture(scope="module")
def malaysia():
    return position(case.load("malaysia"))


@pytest.fixture(scope="module")
def record(malaysia):
    return json.loads(to_json(malaysia.as_dict()))


def facilities(country):
    """The shipped rows, read as plain text."""
    with (resources.files("gadolin.atlas") / "data" / "facilities.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["country_iso3"] == country]


def numbers(tree, path=""):
    """Every number or text fact of a record, with its place."""
    if isinstance(tree, dict) and ({"value", "unit"} <= set(tree) or {"text", "basis"} <= set(tree)):
        yield path, tree
    elif isinstance(tree, dict | list):
        for key, part in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from numbers(part, f"{path}.{key}")


# deposits ----------------------------------------------------------------------------------------------------------


def test_both_national_totals_stand_side_by_side(malaysia, record):
    found = {e["row_id"]: e["tonnes"] for e in record["deposits"]["national"]}
    assert found["my_national.rmk11_preliminary"]["value"] == 16_100_000
    assert found["my_national.rmk12_inferred"]["value"] == 274_144
    assert all(q["refs"] and q["basis"] == "reported" for q in found.values())
    assert "16,100,000" in str(malaysia)
    assert "274,144" in str(malaysia)


def test_states_are_no_national_estimates(record):
    national = {e["row_id"] for e in record["deposits"]["national"]}
    states = {e["row_id"] for e in record["deposits"]["by_state"]}
    assert states
    assert not national & states


def test_recoverable_is_less_than_in_the_ground(record):
    for estimate in record["deposits"]["national"]:
        part = estimate["recoverable"]
        assert 0 < part["low"] < part["high"] < estimate["tonnes"]["value"]


def test_a_composition_adds_to_100(record):
    for vector in record["deposits"]["compositions"]:
        known = [q["value"] for q in vector["shares_pct"].values() if q["value"] is not None]
        assert sum(known) == pytest.approx(100, abs=1e-3)  # shares are printed to four digits


def test_a_basket_is_share_times_price(malaysia):
    """By hand from the rows of deck and composition; what has no price is named and counted."""
    here = case.load("malaysia")
    deck, shares = here.table("price_deck"), here.table("deposit_composition")
    (basket,) = [b for b in malaysia.baskets if b.vector_id == "estimate_light"]
    by_hand = 0.0
    for element, part in basket.by_element.items():
        rows = deck[(deck["product"] == element) & (deck["good"] == "oxide") & deck["use"].isin(["deck", "fill"])]
        share = shares.at[f"my_kenering.estimate_light.{element}", "share_norm_pct"] / 100
        assert any(part.value == pytest.approx(share * p) for p in rows["price_ex_vat_usd_per_kg"])
        by_hand += part.value
    assert basket.value.value == pytest.approx(by_hand)
    assert "Tm" in basket.unpriced
    assert basket.value.basis == "estimate", "the composition is an estimate, so its value is none better"


def test_the_range_of_a_basket_says_what_it_covers(malaysia):
    """No composition on record has a range, so that of the basket covers quoted prices alone."""
    for basket in malaysia.baskets:
        assert "prices alone" in basket.value.reason


# ladder ------------------------------------------------------------------------------------------------------------


def test_rungs_of_malaysia_by_hand(record):
    """Sums over facilities that may be added, within one status and unit, straight from the file."""
    groups = {
        "separation_light": ("separation", {"light", "all"}),
        "separation_heavy": ("separation", {"heavy", "all"}),
    }
    for rung in record["ladder"]["rungs"]:
        stage, group = groups.get(rung["rung"], (rung["rung"], None))
        by_hand: dict = {}
        for row in facilities("MYS"):
            fits = row["stage"] == stage and (group is None or row["product_group"] in group)
            if fits and row["sum_ok"] == "yes" and row["capacity_value"]:
                key = (row["status"], row["capacity_unit"])
                by_hand[key] = by_hand.get(key, 0.0) + float(row["capacity_value"])
        got = {
            (s, u): q["value"] for s, by in rung["capacity"].items() for u, q in by.items() if q["value"] is not None
        }
        assert got == by_hand, rung["rung"]
    assert {r["rung"]: r["state"] for r in record["ladder"]["rungs"]} == {
        "mine": "own", "cracking_leaching": "foreign", "separation_light": "foreign", "separation_heavy": "foreign",
        "metal": "missing", "alloy": "missing", "magnet": "planned", "recycling": "missing",
    }  # fmt: skip


def test_what_may_not_be_added_is_shown_and_not_counted(malaysia):
    light = malaysia.ladder.rung("separation_light")
    total = light.capacity["operating"]["t_ndpr_oxide_per_year"].value
    (whole,) = [p for p in light.plants if p.row_id == "MYS-SEPA-003"]
    assert not whole.counted
    assert whole.capacity.value == 22_000
    assert total == 10_500


# dependence --------------------------------------------------------------------------------------------------------


def test_geopolrisk_equals_the_references(record):
    text = (resources.files("gadolin.validation") / "cases" / "risk_reference_values.json").read_text("utf-8")
    rows = [
        r for r in json.loads(text)["values"] if r.get("quantity") == "gprs_score" and r.get("country_iso3") == "MYS"
    ]
    assert len(rows) >= 5
    for row in rows:
        assert record["dependence"]["geopolrisk"][str(row["year"])] == pytest.approx(row["value"], rel=row["rel_tol"])
    assert {str(y) for y in range(2018, 2025)} <= set(record["dependence"]["geopolrisk"])


def test_hhi_of_refining_by_hand(record):
    """IEA 2024: China 91.28, Malaysia 4.49, USA 1.19, Australia 0; the named rest of 3.05 is spread or held by one."""
    (group,) = [g for g in record["dependence"]["hhi"] if g["complete"] and g["group"].startswith("2024.separation.")]
    named = 0.9128**2 + 0.0449**2 + 0.0119**2
    rest = 1 - 0.9128 - 0.0449 - 0.0119
    assert group["hhi"]["low"] == pytest.approx(named)
    assert group["hhi"]["high"] == pytest.approx(named + rest**2)
    assert (group["top_country"], group["top_share"]["value"]) == ("CHN", pytest.approx(0.9128))


def test_definitions_of_one_share_stand_side_by_side(malaysia):
    """The share of China in processing differs by definition; none is chosen."""
    found = malaysia.dependence.leading_by_definition("separation")
    assert len({g.scope for g in found}) >= 3
    assert len({round(g.leading.value, 3) for g in found}) >= 3


def test_ceilings_of_own_imports_by_hand(malaysia):
    trade = case.load("malaysia").table("trade")
    last = trade[(trade["importer_iso3"] == "MYS") & (trade["year"] == trade["year"].max())]
    held = {c.what: c for c in malaysia.dependence.eu65 if c.what.startswith("own imports")}
    assert len(held) == last["hs6"].nunique() == 3
    for code, rows in last.groupby("hs6", observed=True):
        by_country = rows.set_index("exporter_iso3")["quantity_t_gross"].dropna()
        (found,) = [c for what, c in held.items() if str(code) in what]
        assert found.supplier == by_country.idxmax()
        assert found.share.value == pytest.approx(by_country.max() / by_country.sum())
        assert found.within == (found.share.value <= 0.65)


# every number ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["malaysia", "LAO", "KAZ", "SGP", "VNM"])
def test_every_number_says_where_it_comes_from(code):
    """Refs, or the reason of its absence; a text fact without refs only says that nothing is on record."""
    found = json.loads(to_json(position(case.load(code)).as_dict()))
    assert set(found) >= KEYS
    seen = 0
    for place, fact in numbers(found):
        seen += 1
        if fact.get("value", "text") is None:
            assert fact["reason"], place
        elif "text" in fact and not fact["refs"]:
            assert "on record" in fact["text"], place
        else:
            assert fact["refs"], place
            assert fact["basis"], place
    assert seen > 100


@pytest.mark.parametrize("code", ["LAO", "KAZ", "SGP"])
def test_holes_are_named(code):
    where = position(case.load(code))
    text = str(where)
    assert "no national estimate on record" in text
    assert "no composition of an ore on record" in text
    for rung in where.ladder.rungs:
        assert rung.state != "missing" or "no facility of this kind is on record" in rung.gap.text
    assert "missing" in text


def test_refs_resolve(malaysia):
    """A sample of refs over the whole record opens the cell it names."""
    refs = list(dict.fromkeys(r for _, fact in numbers(malaysia.as_dict()) for r in fact["refs"]))
    assert len(refs) > 500
    for ref in refs[:: len(refs) // 40]:
        assert case.why(ref).ref == ref


# a case's own rows -------------------------------------------------------------------------------------------------


def test_an_edited_price_shows_as_overridden_and_moves_the_basket(tmp_path, malaysia):
    case.init("malaysia", tmp_path / "mine")
    file = tmp_path / "mine" / "price_deck.csv"
    deck = declared("price_deck").read(file)
    row = "2024-12-31.Dy.oxide.deck"
    for column in ("price_ex_vat_usd_per_kg", "price_ex_vat_usd_per_kg_low", "price_ex_vat_usd_per_kg_high"):
        deck.loc[row, column] *= 2
    declared("price_deck").write(deck, file)
    changed = position(case.load(str(tmp_path / "mine")))
    changes = {o["ref"]: (o["atlas"], o["case"]) for o in changed.as_dict()["overridden"]}
    assert changes[f"mine/price_deck:{row}:price_ex_vat_usd_per_kg"] == (195.19, 390.38)
    assert f"mine/price_deck:{row}:price_ex_vat_usd_per_kg: 195.19 -> 390.38" in str(changed)
    before, after = (p.baskets[0] for p in (malaysia, changed))
    dy = before.by_element["Dy"].value
    assert after.value.value == pytest.approx(before.value.value + dy)
    assert any(ref.startswith("mine/price_deck:") for ref in after.value.refs)


def test_the_position_of_an_earlier_day_knows_less(malaysia):
    then = position(case.load("malaysia", as_of="2024-01-01"))
    assert len(then.deposits.national) < len(malaysia.deposits.national)
    assert max(int(y) for y in then.dependence.geopolrisk) < 2024
    assert all(not b.value.known for b in then.baskets), "the deck of December 2024 was not known"
    assert then.rules.on == "2024-01-01"
