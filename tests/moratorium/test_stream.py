"""The streaming check agrees with the full one, whatever the chunks, the workers and the order of rows."""

import json
import random
from decimal import Decimal
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin.errors import InputError
from gadolin.moratorium import Permits, Prices, check_all
from gadolin.moratorium.declarations import DeclarationFile
from gadolin.moratorium.stream import check_file
from gadolin.moratorium.verdict import plain

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


HEADER = (
    "declaration_no,item,date,exporter,destination,hs_code,description,gross_weight,gross_unit,net_weight,net_unit,"
    "fob_value,currency,permit_no,treo_pct_dry,moisture_pct,loi_pct,nd2o3_pct,pr6o11_pct,th_ppm_dry,ra228_bq_per_g,"
    "feed_origin,documents"
)
ROWS = st.fixed_dictionaries(
    {
        "date": st.sampled_from(["2023-12-31", "2024-01-01", "2026-03-04", "03/04/2026", "2028-01-01"]),
        "exporter": st.sampled_from(["EXP-A", "EXP-B"]),
        "goods": st.sampled_from(
            ["2846900000,Mixed rare earth carbonate", "2846900000,Neodymium oxide", "2846900000,Cerium oxide",
             "8505110000,NdFeB magnets", "2530900000,Monazite concentrate", "284690,Powder"]
        ),
        "net": st.sampled_from(["100", "100000.5", "100000", "999", "", "1.250"]),
        "unit": st.sampled_from(["KGM", "TNE", ""]),
        "value": st.sampled_from(["1000", "29.999", "300000", "12000000"]),
        "currency": st.sampled_from(["USD", "MYR"]),
        "permit": st.sampled_from(["", "PP-01", "PP-99"]),
        "treo": st.sampled_from(["54.2", "90", "89.999", "99.5"]),
        "loi": st.sampled_from(["0.5", "10", "10.001", "30"]),
        "nd": st.sampled_from(["", "74", "99", "97.9"]),
        "th": st.sampled_from(["", "246", "247", "<5"]),
        "ra": st.sampled_from(["", "1", "1.001", "0.2"]),
        "feed": st.sampled_from(["", "MYS", "AUS"]),
        "papers": st.sampled_from(["", "AP;activity_report", "feed_record;AP;state_confirmation;activity_report"]),
    }
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(ROWS, min_size=5, max_size=60))
def test_rows_on_both_sides_of_every_limit_agree_with_full_verdicts(tmp_path_factory, rules, rows):
    """What is judged once for many rows is what each would get alone, though only numbers differ."""
    lines = [
        f"D-{i},1,{r['date']},{r['exporter']},JP,{r['goods']},,,{r['net']},{r['unit']},{r['value']},{r['currency']},"
        f"{r['permit']},{r['treo']},5,{r['loi']},{r['nd']},,{r['th']},{r['ra']},{r['feed']},{r['papers']}"
        for i, r in enumerate(rows)
    ]
    path = tmp_path_factory.mktemp("limits") / "declarations.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
    prices = Prices({"Nd": Decimal(60), "Pr": Decimal(60), "Ce": Decimal(1)}, "a day")
    file = DeclarationFile(path)
    full = check_all(file, rules, book(150), prices=prices)
    written = []
    check_file(file, rules, book(150), prices=prices, write=lambda t: written.append(json.loads(t)), chunk_rows=7)
    for line, v in zip(written, full.verdicts, strict=True):
        assert line["verdict"] == v.verdict
        assert line["rules"] == {f.rule.rule_id: plain(f.value) for f in v.deciding}
        assert line["questions"] == v.as_dict()["questions"]


def test_a_fault_in_a_worker_comes_home(tmp_path, rules):
    file = tmp_path / "d.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(Exception, match="no heading with declaration_no"):
        check_file(DeclarationFile(file), rules, workers=2)


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_file_is_refused_or_answered_row_by_row(tmp_path, rules, seed):
    """Bytes changed, cut or filled with marks: every row read gets a line, or the file is refused in words."""
    draw = random.Random(seed)
    data = bytearray(SAMPLE.read_bytes())
    for _ in range(draw.randint(1, 60)):
        data[draw.randrange(len(data))] = draw.choice((*b'",;\n\r\0\t', draw.randrange(256)))
    file = tmp_path / "d.csv"
    file.write_bytes(bytes(data[: draw.randrange(len(data) // 2, len(data))]))
    lines, refused, rows = [], "", 0
    try:
        rows = check_file(DeclarationFile(file), rules, write=lines.append).rows
    except InputError as error:
        refused = str(error)
    assert rows or "d.csv" in refused
    assert len([json.loads(line)["verdict"] for line in lines]) == rows
