"""Commands, figures and the brief section of market and risk."""

import json
import re

import pytest
from click.testing import CliRunner

from gadolin import case
from gadolin.brief.report import Report
from gadolin.brief.section import figures_of, values_of
from gadolin.brief.sections import market as section
from gadolin.cli.main import build
from gadolin.figures import Figure

SHOCK = "ban CHN oxide Dy,Tb to USA,JPN from 2025 for 12 months"


def run(*arguments):
    return CliRunner().invoke(build(), list(arguments), catch_exceptions=True)


def test_market_prints_the_base_year():
    result = run("market", "malaysia", "--assumed")
    assert result.exit_code == 0
    for words in ("World 2024", "chi-square", "What had to be assumed", "observed", "oxide:Dy"):
        assert words in result.output


def test_stress_gives_one_json_object_with_ranges():
    result = run("stress", "malaysia", "--shock", SHOCK, "--futures", "2", "--workers", "1", "--json")
    record = json.loads(result.stdout)
    first = record["prices"][0]
    assert first["ratio_low"] <= first["ratio"] <= first["ratio_high"]
    assert record["replaced"][0]["good"] in ("oxide:Dy", "oxide:Tb")
    assert record["assumptions"]
    again = run("stress", "malaysia", "--shock", SHOCK, "--futures", "2", "--workers", "1", "--json")
    assert again.stdout == result.stdout


@pytest.mark.parametrize("command", ["stress", "market"])
def test_bad_shocks_are_told(command):
    result = run(command, "malaysia", "--shock", "ban CHN oxide Dx to JPN from 2027")
    assert "Dx" in str(result.exception)


def test_risk_ranks_chokes():
    result = run("risk", "malaysia", "--country", "JPN", "--futures", "1", "--workers", "1")
    assert result.exit_code == 0
    for words in ("CHN magnet", "least served", "Price at risk", "Use without a path", "no odds are stated"):
        assert words in result.output


def test_the_brief_section_has_refs_for_every_number():
    report = Report(case.load("malaysia"), futures=2, seed=1)
    (found,) = section.sections(report)
    assert found.key == "shocks"
    figures = {part.id for part in found.parts if isinstance(part, Figure)}
    assert {"stress-prices", "stress-bands", "stress-flows", "choke-malaysia", "leverage-china"} <= figures
    assert found.title == "Stress test of Malaysia and of its customers"
    said = " ".join([found.title, *(str(v) for v in values_of([found])), *(p.finding for p in figures_of([found]))])
    assert not re.search(r"\b(MYS|CHN|JPN|USA|EUU|RST)\b", said), "a code stands for a name"
    tables = section.tables(report)
    assert set(tables) == {"stress", "choke", "leverage"}
    leverage = tables["leverage"][0]
    assert (leverage.low <= leverage.value + 1e-9).all()
    assert (leverage.value <= leverage.high + 1e-9).all()
    assert tables["stress"][0].refs.map(len).min() >= 1


def test_a_users_own_closed_forms_are_solved(tmp_path):
    """Other numbers than the shipped ones, one of them wrong on purpose."""
    from gadolin.validation import validate

    rows = [
        {"id": "cf-cournot3", "group": "closed_form", "quantity": "three sellers", "rel_tol": 1e-6,
         "inputs": {"a": 80, "b": 1, "c": 20, "n": 3, "theta": 1}, "value": {"Q": 45.0, "p": 35.0}},
        {"id": "cf-tariff", "group": "closed_form", "quantity": "duty of 5", "rel_tol": 1e-6,
         "inputs": {"a": 100, "b": 2, "c": 10, "g": 3, "t": 5},
         "value": {"q": 17.0, "p_buyer": 66.0, "p_seller": 61.0}},
        {"id": "cf-fringe2", "group": "closed_form", "quantity": "wrong on purpose", "rel_tol": 1e-6,
         "inputs": {"a": 100, "b": 2, "c": 10, "f0": 20, "g": 3}, "value": {"leader": 18.0}},
    ]  # fmt: skip
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"values": rows}), "utf-8")
    board = validate("market", file)
    assert [c.status for c in board.checks] == ["pass"] * 5 + ["fail"]
