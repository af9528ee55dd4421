"""`gadolin plant` and `gadolin review` as a user types them: exit codes, sentences, JSON."""

import json

import pytest

from gadolin.cli.main import main

QUICK = ["plant", "malaysia", "ndpr-metal", "--draws", "5"]


def run(capsys, *arguments):
    """Exit code, stdout and stderr."""
    with pytest.raises(SystemExit) as end:
        main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return end.value.code or 0, out, err


def test_the_report_holds_parties_inputs_with_refs_and_limits(capsys):
    code, out, _ = run(capsys, *QUICK)
    assert code == 0
    for words in ("NPV company", "NPV federal", "NPV state", "Inputs, by what", "price_deck:", "Limits"):
        assert words in out


def test_json_is_one_object_and_the_same_each_time(capsys):
    first, second = (run(capsys, *QUICK, "--json")[1] for _ in range(2))
    assert first == second
    record = json.loads(first, parse_constant=lambda word: pytest.fail(word))
    assert {"capex", "opex", "npv", "inputs", "tornado", "gaps", "limits"} <= set(record)
    assert all(q["basis"] for q in record["inputs"].values())


WRONG = {
    "no number": (["--set", "output=much"], "must be a number"),
    "not finite": (["--set", "output=nan"], "must be a number"),
    "no key": (["--set", "=3"], "must be KEY=VALUE"),
    "twice": (["--set", "output=0.5", "--set", "output=0.6"], "output is set twice"),
    "no day": (["--on", "spring"], "must be a day"),
    "no such day": (["--on", "2026-13-45"], "must be a day"),
    "empty day": (["--on", ""], "must be a day"),
    "two answers": (["--compare-incentives", "--break-even", "output"], "does not go with"),
    "no folder": (["--xlsx", "/no such folder/flow.xlsx"], "No such file or directory"),
    "no incentive": (["--incentive", "IN-99"], "is no incentive here"),
    "no design": (["--design", "P507"], "only a separation plant has a design"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_values_are_refused_in_words(capsys, name):
    extra, words = WRONG[name]
    code, out, err = run(capsys, *QUICK, *extra)
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err
