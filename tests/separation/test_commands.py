import csv
import io
import json
import math

import pytest
from click.testing import CliRunner

from gadolin import case, separation
from gadolin.cli.main import build
from gadolin.errors import InputError


def run(*arguments):
    return CliRunner().invoke(build(), list(arguments))


def refused(*arguments):
    """What a command says of bad input or usage, both of which end with exit code 2 (`cli/main.py`)."""
    shown = run(*arguments)
    assert isinstance(shown.exception, InputError) or shown.exit_code == 2
    return f"{shown.exception} {shown.output}"


def test_separate_reports_the_estimated_composition_and_the_range():
    shown = run("separate", "malaysia", "my_kenering", "--cut", "Pr|Nd", "--purity", "0.999")
    assert shown.exit_code == 0
    assert "for the range of beta" in shown.output
    assert "basis estimate" in shown.output


def test_json_holds_the_profile_and_refs_that_resolve():
    shown = run("separate", "malaysia", "my_kenering", "--cut", "Nd|Sm", "--purity", "0.99", "--json")
    record = json.loads(shown.output)
    assert record["residual"] <= 1e-9
    assert record["closure"] <= 1e-10
    assert len(record["profile"]["stages"]) == record["stages"]["value"]
    malaysia = case.load("malaysia")
    for ref in record["refs"][:3] + record["refs"][-3:]:
        table, row, column = ref.split(":")
        assert malaysia.quantity(table, row, column).value is not None


def test_csv_of_the_stages_balances():
    shown = run("separate", "malaysia", "my_kenering", "--cut", "Nd|Sm", "--purity", "0.99", "--csv")
    lines = shown.output.splitlines()
    head = lines[0].split(",")
    first, last = (dict(zip(head, map(float, line.split(",")), strict=True)) for line in (lines[1], lines[-1]))
    feed = case.load("malaysia").inputs.feed_of("my_kenering").mol_share
    for symbol, fed in feed.items():
        leaves = first["aqueous_mol_per_mol"] * first[f"x_{symbol}_mol_per_mol"]
        leaves += last["organic_mol_per_mol"] * last[f"y_{symbol}_mol_per_mol"]
        assert leaves == pytest.approx(fed, rel=1e-10)


def test_unknown_deposit_and_extractant_name_what_there_is():
    inputs = case.load("malaysia").inputs
    with pytest.raises(InputError, match="my_kenering"):
        inputs.feed_of("my_kenerin")
    with pytest.raises(InputError, match="there is Cyanex 272, D2EHPA, PC88A, naphthenic acid"):
        inputs.system_of("P999")


def test_a_share_may_be_given_in_percent():
    cut = ("separate", "malaysia", "my_kenering", "--cut", "Nd|Sm", "--json", "--purity")
    shown = run(*cut, "99.5 %")
    assert json.loads(shown.output)["reached"]["light_purity_share"] == pytest.approx(0.995, abs=1e-9)
    assert json.loads(run(*cut, "0.995").output) == json.loads(shown.output)
    wrong = run(*cut, "pure")
    assert wrong.exit_code == 2
    assert "write 0.995 or '99.5 %'" in wrong.output


def test_recovery_needs_the_side_it_is_for():
    shown = run("separate", "malaysia", "my_kenering", "--cut", "Nd|Sm", "--purity", "0.99", "--recovery", "0.98")
    assert shown.exit_code == 2
    assert "--recovery and --of go together" in shown.output


def test_cyanex_272_has_no_factor_for_holmium_and_says_so():
    with pytest.raises(InputError, match=r"no factor of Cyanex 272 \(chloride\) links .*Ho"):
        case.load("malaysia").inputs.system_of("Cyanex 272").alpha(["Nd", "Ho"])


def test_flowsheet_prints_streams_that_balance_to_the_last_digits():
    shown = run("flowsheet", "malaysia", "my_kenering", "--products", "NdPr,Dy,Tb", "--level", "L1", "--csv")
    assert shown.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(shown.stdout)))
    elements = [c for c in rows[0] if c.endswith("_t_element_per_year")]
    assert len(elements) == 15
    for column in elements:
        enters = math.fsum(float(r[column]) for r in rows if not r["source"])
        leaves = math.fsum(float(r[column]) for r in rows if not r["target"])
        assert leaves == pytest.approx(enters, rel=1e-10)


def test_naphthenic_acid_takes_yttrium_out_and_its_neighbours_stay_together():
    inputs = case.load("malaysia").inputs
    systems = [inputs.system_of(name) for name in ("P507", "naphthenic acid")]
    plan = separation.sequence(inputs.feed_of("my_kenering"), systems, ["NdPr", "Dy", "Tb", "Y"])
    assert [s.light for s in plan.steps if s.system.extractant == "naphthenic acid"] == [("Y",)]
    assert ("Ho", "Er", "Tm", "Yb", "Lu") in plan.products


def test_flowsheet_shows_the_plant_and_draws_it(tmp_path):
    file = tmp_path / "plant.svg"
    shown = run("flowsheet", "malaysia", "my_kenering", "--products", "NdPr,Dy,Tb", "--level", "L1",
                "--impurity", "Th=0.3:0.1-0.6", "--figure", str(file), "--json")  # fmt: skip
    record = json.loads(shown.stdout)
    assert {r["product"] for r in record["products"] if r["wanted"]} == {"NdPr", "Dy", "Tb"}
    for q in (*record["reagents"].values(), record["inventory_t_reo"], record["stages"], record["residue_bq_per_g"]):
        assert q["low"] <= q["value"] <= q["high"]
    assert file.read_text("utf-8").count('class="block"') == 6


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--cut", "Pr|Nd", "--csv", "--json"), "--json and --csv are different answers"),
        (("--cut", "Pr|Nd", "--scrub-acid", "8"), "--scrub-acid changes nothing at L1"),
        (("--cut", "Pr|Nd", "--over-minimum", "0.9"), "must be greater than 1: at the least load stages are infinite"),
        (("--cut", "Pr|Nd", "--purity", "1.0"), "ask for at most 0.999999999"),
        (("--cut", "Pr|Nd", "--level", "L2", "--strip-acid", "-1"), "strip_acid_mol_per_l = -1.0   must be greater"),
    ],
)
def test_what_cannot_be_is_refused_with_exit_code_2(flags, said):
    assert said in refused("separate", "malaysia", "my_kenering", *flags)


def test_more_load_takes_fewer_stages_and_the_option_exists_in_both_commands():
    cut = ("separate", "malaysia", "my_kenering", "--cut", "Nd|Sm", "--purity", "0.99", "--json", "--over-minimum")
    near, far = (json.loads(run(*cut, over).output) for over in ("1.05", "1.6"))
    assert far["stages"]["value"] < near["stages"]["value"]
    plant = ("flowsheet", "malaysia", "my_kenering", "--products", "NdPr", "--level", "L1", "--json", "--over-minimum")
    assert json.loads(run(*plant, "1.4").stdout)["sequence"]["over_minimum_ratio"] == 1.4


def test_a_deposit_without_composition_names_those_that_have_one():
    assert "my_kenering" in refused("separate", "malaysia", "nowhere", "--cut", "Pr|Nd")
