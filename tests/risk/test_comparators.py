"""GeoPolRisk: by hand, against the program that publishes it, and each of its choices switched."""

import json
from importlib import resources

import pandas as pd
import pytest

from gadolin import atlas, case, validation
from gadolin.errors import InputError
from gadolin.position.dependence import geopolrisk_inputs
from gadolin.risk import EUSourcing, GeoPolRiskRules, eu_economic_importance, eu_supply_risk, geopolrisk

TRADE = pd.DataFrame(
    [
        (2020, "A", "B", 30.0, 60.0),
        (2020, "C", "B", 10.0, 40.0),
        (2020, "A", "C", 5.0, 5.0),
        (2020, "A", "B", None, 20.0),  # no quantity: adds its value to the unit value, and no tonnes
    ],
    columns=["year", "exporter_iso3", "importer_iso3", "quantity_t_gross", "value_kusd"],
)
MINED = pd.DataFrame([(2020, "A", 60.0), (2020, "B", 40.0)], columns=["year", "country_iso3", "production_t_reo"])
RISK = pd.DataFrame([(2020, "A", 0.2), (2020, "TWN", 0.1)], columns=["year", "country_iso3", "risk_share"])


def score(entities, **rules):
    return geopolrisk(TRADE, MINED, RISK, entities, GeoPolRiskRules(**rules))


def test_by_hand():
    found = score({"B": ["B"]}).loc[("B", 2020)]
    assert found["hhi"] == pytest.approx(0.6**2 + 0.4**2)
    assert found["import_risk_share"] == pytest.approx((30 * 0.2 + 10 * 0.5) / (40 + 40))
    assert found["score"] == pytest.approx(0.52 * 11 / 80)
    assert found["unit_value_usd_per_kg"] == pytest.approx(120 / 40)


def test_members_are_safe_for_the_group_only():
    """C supplies B: no risk inside the group, half of the group's risk for B alone."""
    group = score({"BC": ["B", "C"]}).loc[("BC", 2020)]
    assert group["import_risk_share"] == pytest.approx((30 * 0.2 + 5 * 0.2) / (45 + 40))
    open_group = score({"BC": ["B", "C"]}, members_are_safe=False).loc[("BC", 2020)]
    assert open_group["import_risk_share"] == pytest.approx((30 * 0.2 + 10 * 0.5 + 5 * 0.2) / (45 + 40))


def test_taiwan_counts_as_missing_unless_switched():
    trade = TRADE.assign(exporter_iso3="TWN")
    strict = geopolrisk(trade, MINED, RISK, {"B": ["B"]}).loc[("B", 2020), "import_risk_share"]
    used = geopolrisk(trade, MINED, RISK, {"B": ["B"]}, GeoPolRiskRules(treated_as_missing=()))
    assert strict == pytest.approx(40 * 0.5 / 80)
    assert used.loc[("B", 2020), "import_risk_share"] == pytest.approx(40 * 0.1 / 80)


def test_another_stage_replaces_the_mine():
    staged = geopolrisk(TRADE, MINED, RISK, {"B": ["B"]}, stage_hhi={2020: 0.83})
    assert staged.loc[("B", 2020), "score"] == pytest.approx(0.83 * 11 / 80)


def test_no_reference_value_is_missed():
    """125 values of geopolrisk-py 2.0.1: 120 at 1e-5, five of the world's concentration at their printed digits."""
    board = validation.validate("risk")
    assert [c for c in board.checks if c.status != "pass" and not c.claim.startswith("EU list")] == []
    assert [c.status for c in board.checks if c.claim.startswith("EU list")] == ["known_limit"] * 2
    assert sum(c.claim.startswith("gpr-") for c in board.checks) == 125


@pytest.mark.parametrize("change", ["value", "quantity", "country_iso3"])
def test_a_users_file_is_judged_by_the_same_measure(tmp_path, change):
    """A wrong value fails, an unknown name is refused: the checks can come out otherwise."""
    document = json.loads((resources.files("gadolin.validation") / "cases" / "risk_reference_values.json").read_text())
    row = next(v for v in document["values"] if v["group"] == "geopolrisk")
    row[change] = 1.01 * row["value"] if change == "value" else "nothing"
    (tmp_path / "mine.json").write_text(json.dumps({"meta": {}, "values": [row]}))
    if change == "value":
        (check,) = validation.validate("risk", tmp_path / "mine.json").checks
        assert check.status == "fail"
    else:
        with pytest.raises(validation.board.InputError, match="nothing"):
            validation.validate("risk", tmp_path / "mine.json")


def test_a_remembered_value_decides_nothing(tmp_path):
    document = json.loads((resources.files("gadolin.validation") / "cases" / "risk_reference_values.json").read_text())
    row = next(v for v in document["values"] if v["group"] == "geopolrisk") | {"basis": "memory", "value": 0.9}
    (tmp_path / "mine.json").write_text(json.dumps({"values": [row]}))
    board = validation.validate("risk", tmp_path / "mine.json")
    assert [c.status for c in board.checks] == ["known_limit"]
    assert board.ok


def test_a_member_pays_for_its_neighbours_and_the_union_does_not():
    """Germany's imports from other members carry risk; within the union of 27 they do not."""
    trade, mined, risk = geopolrisk_inputs(case.load("DEU"))
    members = list(atlas.table("countries").at["EUU", "members"])
    assert len(members) == 27
    inside = trade[trade["exporter_iso3"].isin(members)]
    found = geopolrisk(inside, mined, risk, {"EU": members, "DEU": ["DEU"]})["import_risk_share"]
    assert (found.loc["EU"] == 0).all()
    assert (found.loc["DEU"] > 0).all()


def test_supply_risk_of_the_eu_in_closed_form():
    """World 60:40, own sourcing 90:10, half imported: (IR/2 GS + (1 - IR/2) S) (1 - R) SI."""
    world, own = {"A": 0.6, "B": 0.4}, {"A": 0.9, "B": 0.1}
    wgi = {"A": 6.0, "B": 2.0}
    gs, s = 0.36 * 6 + 0.16 * 2, 0.81 * 6 + 0.01 * 2
    found = eu_supply_risk(world, own, wgi, EUSourcing(0.5, 0.1, 0.8))
    assert found == pytest.approx((0.25 * gs + 0.75 * s) * 0.9 * 0.8)
    restricted = eu_supply_risk(world, own, wgi, EUSourcing(0.5, 0.1, 0.8, {"A": 1.1}))
    assert restricted > found


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: EUSourcing(1.2), "import_reliance_share = 1.2   must lie in 0 to 1"),
        (lambda: eu_supply_risk({"A": 1.0}, {"B": 1.0}, {"A": 5.0}, EUSourcing(1.0)), '"B"   has no governance index'),
        (lambda: eu_supply_risk({"A": 1.0, "B": 0.4}, {}, {"A": 5.0, "B": 5.0}, EUSourcing(1.0)), "more than 1"),
        (lambda: eu_economic_importance({"C27": 0.5}, {}), "has no value added"),
        (lambda: eu_economic_importance({"C27": -0.5}, {"C27": 1.0}), "must not be negative"),
    ],
)
def test_what_no_index_can_take_is_named(call, words):
    with pytest.raises(InputError) as caught:
        call()
    assert words in str(caught.value)


def test_indices_of_a_region_hold_its_members():
    """Imports within the European Union are no imports: its reliance is below that of Germany alone."""
    from gadolin.position.indices import indices

    loaded = case.load("malaysia")
    union = indices(loaded, "EUU", loaded.inputs.world_of().members["EUU"])
    alone = indices(loaded, "DEU", ("DEU",))
    assert union["HHI mine 2024"].value == alone["HHI mine 2024"].value
    assert union["EU SR mine 2024"].value > 0
    assert {n for n in union if n.startswith("EU list")} == {n for n in alone if n.startswith("EU list")}


def test_the_eu_list_is_shown_as_printed_and_only_once_it_was():
    """SR and EI of 2023 beside the others today; of 2020 in a case cut before."""
    from gadolin import case
    from gadolin.position.indices import indices

    now = indices(case.load("MYS"), "MYS", ("MYS",))
    assert (now["EU list 2023 SR light"].value, now["EU list 2023 EI heavy"].value) == (3.7, 4.2)
    assert now["EU list 2023 EI light"].refs == ("criticality_eu:light.2023:economic_importance_index",)
    then = indices(case.load("MYS", as_of="2022-06-30"), "MYS", ("MYS",))
    assert then["EU list 2020 SR light"].value == 6.0
