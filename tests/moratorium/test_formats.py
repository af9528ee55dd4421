"""Every sample file is read to its answer, with its warnings on the same lines."""

import json
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin.atlas.formats import read_certificate, read_trade
from gadolin.errors import InputError

SAMPLES = Path(str(resources.files("gadolin.validation") / "cases" / "trade_samples"))
TRADE = sorted(
    p.name.removesuffix(".answer.json")
    for p in SAMPLES.glob("*.answer.json")
    if not p.name.startswith(("assay", "my_export"))
)


def sample(stem):
    file = next(p for p in SAMPLES.iterdir() if p.stem == stem and not p.name.endswith(".answer.json"))
    return file, json.loads((SAMPLES / f"{stem}.answer.json").read_text("utf-8"))


@pytest.mark.parametrize("stem", TRADE)
def test_trade_file_is_read_to_its_answer(stem):
    file, answer = sample(stem)
    read = read_trade(file)
    assert read.rows_read == answer["rows"]
    got = {}
    for row in read.as_dict()["answers"]:
        row |= {"exporter": row["reporter"], "importer": row["partner"]}
        key = tuple(row[k] for k in ("period", "reporter", "flow", "partner", "hs"))
        assert key not in got
        got[key] = row
    assert len(got) == len(answer["answers"])
    for wanted in answer["answers"]:
        key = tuple(
            wanted.get(k, other)
            for k, other in (
                ("period", None),
                ("reporter", wanted.get("exporter")),
                ("flow", "X"),
                ("partner", wanted.get("importer")),
                ("hs", None),
            )
        )
        for name, value in wanted.items():
            if name != "note":
                assert got[key][name] == value, (key, name)


@pytest.mark.parametrize("stem", TRADE)
def test_trade_file_warns_on_the_same_lines(stem):
    file, answer = sample(stem)
    got = {w.code: list(w.lines) for w in read_trade(file).warnings}
    for wanted in answer["warnings"]:
        assert got.get(wanted["code"]) == wanted["lines"], wanted["code"]


def test_partners_add_to_the_world():
    for stem in ("comtrade_mys_exports_2023", "comtrade_legacy_mys_exports_2015"):
        file, answer = sample(stem)
        check = read_trade(file).checks["world"][0]
        for name, value in answer["checks"].items():
            assert check[name] == pytest.approx(value, abs=1e-9)


def test_two_breakdowns_of_one_trade_agree():
    months = read_trade(sample("gacc_imports_2024H1_gbk")[0])
    modes = read_trade(sample("gacc_imports_by_mode_202401-202406_utf8bom")[0])
    for partner in ("MYS", "MMR"):
        assert sum(r.weight_t_gross for r in months.rows if (r.partner, r.hs) == (partner, "28469048")) == sum(
            r.weight_t_gross for r in modes.rows if (r.partner, r.hs) == (partner, "28469048")
        )
    assert months.checks["months_without_row"]["MYS_28469048"] == ["2024-04"]


def test_certificate_is_read_to_its_answer():
    file, answer = sample("assay_als_style")
    read = read_certificate(file)
    got = read.as_dict()
    assert got["rows"] == answer["rows"]
    assert got["not_samples"] == answer["not_samples"]
    assert got["no_result"] == answer["no_result"]
    assert [a["sample"] for a in got["answers"]] == [a["sample"] for a in answer["answers"]]

    def close(mine, wanted):
        if isinstance(wanted, dict):
            assert mine.keys() == wanted.keys()
            for k in wanted:
                close(mine[k], wanted[k])
        elif isinstance(wanted, float):
            assert mine == pytest.approx(wanted, rel=5e-4, abs=5e-4)
        else:
            assert mine == wanted

    for mine, wanted in zip(got["answers"], answer["answers"], strict=True):
        close(mine, wanted)
    warnings = {w["code"]: w["lines"] for w in got["warnings"]}
    for wanted in answer["warnings"]:
        assert warnings[wanted["code"]] == wanted["lines"]
    assert got["read_as"]["header_lines"] == answer["read_as"]["header_lines"]


def test_header_rows_of_a_certificate_in_another_order(tmp_path):
    """Units above methods above elements give the same sums."""
    file, _ = sample("assay_als_style")
    lines = file.read_bytes().splitlines()
    head = lines[7:10]
    swapped = tmp_path / "a.csv"
    swapped.write_bytes(b"\n".join([*lines[:7], head[2], head[0], head[1], *lines[10:]]))
    one, two = read_certificate(file), read_certificate(swapped)
    assert [s.treo_ppm("half") for s in one.samples] == [s.treo_ppm("half") for s in two.samples]


@pytest.mark.parametrize("stem", [*TRADE, "assay_als_style"])
@settings(max_examples=15, deadline=None)
@given(place=st.integers(0, 10**6), byte=st.integers(0, 255), cut=st.integers(0, 200))
def test_damaged_files_never_crash(tmp_path_factory, stem, place, byte, cut):
    file, _ = sample(stem)
    data = bytearray(file.read_bytes())
    data[place % len(data)] = byte
    damaged = tmp_path_factory.mktemp("fuzz") / file.name
    damaged.write_bytes(bytes(data[: len(data) - cut]))
    try:
        read = read_certificate(damaged) if stem.startswith("assay") else read_trade(damaged)
    except InputError as error:
        assert damaged.name in str(error)  # noqa: PT017
        return
    assert read.as_dict()


def read_text(tmp_path, name, text):
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return read_trade(file)


def tonnes(read):
    return {
        (r.period, r.reporter, r.flow, r.partner, r.hs): None if r.weight_t_gross is None else float(r.weight_t_gross)
        for r in read.rows
    }


def test_comext_wide_table(tmp_path):
    text = (
        "freq,reporter,partner,product,flow,indicators\\TIME_PERIOD\t2024-01 \t2024-02 \n"
        "M,EE,MY,284690,1,QUANTITY_IN_100KG\t3000.50 \t: c\n"
        "M,EE,MY,284690,1,VALUE_IN_EUROS\t1262250 p\t900 \n"
        "M,EE,WORLD,284690,1,QUANTITY_IN_100KG\t9000 \t: \n"
    )
    read = read_text(tmp_path, "c.tsv", text)
    assert tonnes(read) == {
        ("2024-01", "EST", "M", "MYS", "284690"): 300.05,
        ("2024-02", "EST", "M", "MYS", "284690"): None,
    }
    assert {w.code: w.lines for w in read.warnings}["FLAG_P"] == (3,)


def test_comext_bulk_adds_trade_types_and_leaves_the_year_out(tmp_path):
    head = "DECLARANT,DECLARANT_ISO,PARTNER,PARTNER_ISO,TRADE_TYPE,PRODUCT_NC,FLOW,STAT_REGIME,SUPP_UNIT,PERIOD,"
    head += "VALUE_IN_EUROS,QUANTITY_IN_KG,SUP_QUANTITY\n"
    rows = "053,EE,701,MY,E,28469090,1,1,,202401,100,1000,0\n053,EE,701,MY,E,28469090,1,4,,202401,50,500,0\n"
    year = "053,EE,701,MY,E,28469090,1,1,,202452,150,1500,0\n"
    assert tonnes(read_text(tmp_path, "full.dat", head + rows + year)) == {
        ("2024-01", "EST", "M", "MYS", "28469090"): 1.5
    }


def test_census_leaves_groupings_and_headings_out(tmp_path):
    rows = [["I_COMMODITY", "CTY_CODE", "CTY_NAME", "GEN_VAL_MO", "GEN_QY1_MO", "UNIT_QY1", "SUMMARY_LVL", "time"]]
    rows += [["2846908090", "5570", "MALAYSIA", "1000", "250", "KG", "DET", "2024-01"]]
    rows += [["2846908090", "-", "TOTAL", "5000", "900", "KG", "CGP", "2024-01"]]
    rows += [["284690", "5570", "MALAYSIA", "1000", "250", "KG", "DET", "2024-01"]]
    rows += [["2846908090", "5700", "CHINA", "700", "0", "-", "DET", "2024-01"]]
    assert tonnes(read_text(tmp_path, "c.json", json.dumps(rows))) == {
        ("2024-01", "USA", "M", "MYS", "2846908090"): 0.25,
        ("2024-01", "USA", "M", "CHN", "2846908090"): None,
    }


def test_estat_uses_months_and_not_the_sum_so_far(tmp_path):
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    names = [f"{what}-{m}" for m in months for what in ("Quantity1", "Quantity2", "Value")]
    header = ["Exp or Imp", "Year", "HS", "Country", "Unit1", "Unit2", "Quantity1-Year", "Quantity2-Year"]
    cells = ["2", "2024", "'284690290'", "113", "  ", "KG", "0", "3000", "900"]
    cells += ["0", "1000", "300", "0", "2000", "600"] + ["0"] * 30
    text = ",".join([*header, "Value-Year", *names]) + "\n" + ",".join(cells) + "\n"
    assert tonnes(read_text(tmp_path, "j.csv", text)) == {
        ("2024-01", "JPN", "M", "MYS", "284690290"): 1.0,
        ("2024-02", "JPN", "M", "MYS", "284690290"): 2.0,
    }


def test_korea_leaves_its_total_out(tmp_path):
    item = "<item><year>{}</year><statCd>{}</statCd><hsCd>284690</hsCd><expWgt>0</expWgt><expDlr>0</expDlr>"
    item += "<impWgt>{}</impWgt><impDlr>10</impDlr></item>"
    text = f"<r>{item.format('총계', '-', 9000)}{item.format('2024.01', 'MY', 4000)}</r>"
    assert tonnes(read_text(tmp_path, "k.xml", text)) == {("2024-01", "KOR", "M", "MY", "284690"): 4.0}


def test_mets_sheet_drops_totals_and_takes_the_unit_as_given(tmp_path):
    text = (
        "MALAYSIA EXTERNAL TRADE\nMade sheet\n"
        "HS Code,Description,Country,Unit,Quantity,Value (RM)\n"
        '2846900000,Compounds,CHINA,KGM,"1,200,000","3,400,000.50"\n'
        '2846900000,Compounds,JAPAN,TNE,"40","900,000"\n'
        '2846900000,Compounds,KOREA,UNT,"5","1,000"\n'
        'Total,,,,"1,200,045","4,301,000.50"\n'
    )
    read = read_text(tmp_path, "mets_exports.csv", text)
    assert [(r.partner, r.weight_t_gross, r.basis) for r in read.rows] == [
        ("CHINA", 1200, "reported"),
        ("JAPAN", 40, "reported"),
        ("KOREA", None, "missing"),
    ]


def test_an_unknown_file_is_refused_with_its_name(tmp_path):
    with pytest.raises(InputError, match=r"x\.csv"):
        read_text(tmp_path, "x.csv", "a,b\n1,2\n")


def test_elements_and_oxides_swapped_change_the_sum(tmp_path):
    """The same figures under oxide names are oxides: their sum is the plain sum."""
    names = ["La2O3", "CeO2", "Nd2O3"]
    file = tmp_path / "a.csv"
    file.write_text(f",X,X,X\nSAMPLE,{','.join(names)}\nDESCRIPTION,ppm,ppm,ppm\nA,100,200,300\n", "utf-8")
    assert read_certificate(file).samples[0].treo_ppm("half") == pytest.approx(600, rel=1e-12)
    file.write_text("SAMPLE,La,Ce,Nd\nDESCRIPTION,ppm,ppm,ppm\nA,100,200,300\n", "utf-8")
    assert read_certificate(file).samples[0].treo_ppm("half") == pytest.approx(117.277 + 245.674 + 349.914, rel=1e-4)
