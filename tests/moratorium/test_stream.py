"""The streaming check agrees with the full one, whatever the chunks, the workers and the order of rows."""

import json
import random
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin.moratorium import Permits, check_all
from gadolin.moratorium.declarations import DeclarationFile
from gadolin.moratorium.stream import check_file

SAMPLE = Path(str(resources.files("gadolin.validation") / "cases" / "trade_samples")) / "my_export_declarations.csv"
DEFAULTS = {"EXP-A": {"feed_origin": "MYS", "state_of_origin": "Perak", "documents": ["AP", "activity_report"]}}


def book(limit):
    terms = {"kind": "pilot_approval", "holder": "EXP-A", "limit": str(limit), "basis": "net_as_received"}
    return Permits.from_dict({"pilot_operator": "EXP-A", "permits": {"PP-01": terms}})


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    """The sample many times, in 2026, with some copies and one conflict, in a shuffled order."""
    head, *lines = SAMPLE.read_text("utf-8").splitlines()
    rows = [line.replace("B18-", f"B{i}-", 1).replace("2024-", "2026-") for i in range(20) for line in lines]
    rows += rows[:3]
    rows.append(rows[4].replace("Neodymium", "Praseodymium"))
    random.Random(1).shuffle(rows)
    file = tmp_path_factory.mktemp("big") / "declarations.csv"
    file.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return DeclarationFile(file, defaults=DEFAULTS)


def streamed(file, rules, limit, **options):
    lines = []
    outcome = check_file(file, rules, book(limit), write=lambda t: lines.append(json.loads(t)), **options)
    return outcome, lines


@pytest.mark.parametrize("limit", [0, 100, 500, 10_000])
def test_agrees_with_full_verdicts(big, rules, limit):
    full = check_all(big, rules, book(limit))
    outcome, lines = streamed(big, rules, limit)
    assert [line["verdict"] for line in lines] == [v.verdict for v in full.verdicts]
    assert [tuple(line["rules"]) for line in lines] == [v.rule_ids for v in full.verdicts]
    assert outcome.counts == full.counts
    assert outcome.permits.left_t("PP-01") == full.permits.left_t("PP-01")
    assert outcome.copies > 0


@settings(max_examples=8, deadline=None)
@given(chunk=st.integers(1, 300), workers=st.integers(1, 3))
def test_chunks_and_workers_change_nothing(big, rules, chunk, workers):
    assert streamed(big, rules, 500, chunk_rows=chunk, workers=workers)[1] == streamed(big, rules, 500)[1]


def test_a_fault_in_a_worker_comes_home(tmp_path, rules):
    file = tmp_path / "d.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(Exception, match="no header with declaration_no"):
        check_file(DeclarationFile(file), rules, workers=2)
