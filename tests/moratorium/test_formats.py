"""Every sample file is read to its answer, with its warnings on the same lines."""

import json
from decimal import Decimal
from importlib import resources
from pathlib import Path

import pytest
import xlsxwriter
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


@pytest.mark.parametrize("stem", [s for s in TRADE if s.startswith(("baci", "comext", "comtrade_legacy", "gacc"))])
def test_a_row_again_and_a_line_cut_short_change_no_tonne(tmp_path, stem):
    """Pieces of a file overlap and downloads break off: the row counts once, the stump is named, the rest is read."""
    file, _ = sample(stem)
    lines = file.read_bytes().splitlines()
    whole = read_trade(file)
    used = lines[next(row.lines[0] for row in whole.rows if row.weight_t_gross) - 1]
    again = tmp_path / file.name
    again.write_bytes(b"\n".join([*lines, used, lines[-1][:6]]) + b"\n")
    read = read_trade(again)
    weighed, before = ({k: t for k, t in tonnes(r).items() if t is not None} for r in (read, whole))
    assert weighed == before
    codes = {w.code: w.lines for w in read.warnings}
    assert len(lines) + 1 in codes["DUPLICATE_ROW"]
    assert any(len(lines) + 2 in named for named in codes.values())


def test_a_key_with_two_values_is_a_conflict(tmp_path):
    text = "t,i,j,k,v,q\n2022,458,156,284690,10.5,3.2\n2022,458,156,284690,10.5,3.3\n"
    read = read_text(tmp_path, "BACI_HS22_Y2022.csv", text)
    assert {w.code: w.lines for w in read.warnings}["CONFLICT"] == (2, 3)


def test_a_bulk_row_of_comext_again_counts_once(tmp_path):
    head = "DECLARANT,DECLARANT_ISO,PARTNER,PARTNER_ISO,TRADE_TYPE,PRODUCT_NC,FLOW,PERIOD,VALUE_IN_EUROS,QUANTITY_IN_KG"
    row = "001,FR,701,MY,E,284690,1,202401,1000,500"
    text = "\n".join([head, row, row, row.replace(",E,", ",I,"), "001,FR"]) + "\n"
    read = read_text(tmp_path, "full202401.dat", text)
    assert list(tonnes(read).values()) == [1.0]  # 500 kg outside and 500 kg inside the union
    assert {"DUPLICATE_ROW", "ROW_UNREAD"} <= {w.code for w in read.warnings}


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
        ("CHN", 1200, "reported"),
        ("JPN", 40, "reported"),
        ("KOR", None, "missing"),
    ]
    assert {w.code: w.lines for w in read.warnings}["TOTAL_ROW_SKIPPED"] == (7,)


METS_BLOCKS = [
    ["METS Online, exports by commodity"],
    [],
    ["HS Code", "Description", "Country", "Unit", "2022", "", "2023", ""],
    ["", "", "", "", "Quantity", "Value (RM)", "Quantity", "Value (RM)"],
    ["28469000", "Compounds", "CHINA", "KGM", "6,700,000", "90,000,000.50", "17,200,000", "300,000,000"],
    ["28469000", "Compounds", "JAPAN", "TNE", "900", "50,000,000", "-", "-"],
    ["Total", "", "", "", "6,700,900", "140,000,000.50", "17,200,000", "300,000,000"],
]


def workbook(folder, name, sheets):
    file = folder / name
    with xlsxwriter.Workbook(str(file)) as book:
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row)
    return file


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_mets_year_blocks_become_periods(tmp_path, kind):
    if kind == "csv":
        lines = [",".join(f'"{c}"' for c in row) for row in METS_BLOCKS]
        read = read_text(tmp_path, "mets.csv", "\n".join(lines))
    else:
        read = read_trade(workbook(tmp_path, "mets.xlsx", {"Report": METS_BLOCKS}))
    assert tonnes(read) == {
        ("2022", "MYS", "X", "CHN", "28469000"): 6700.0,
        ("2023", "MYS", "X", "CHN", "28469000"): 17200.0,
        ("2022", "MYS", "X", "JPN", "28469000"): 900.0,
        ("2023", "MYS", "X", "JPN", "28469000"): None,
    }
    codes = {w.code: w.lines for w in read.warnings}
    assert codes["TOTAL_ROW_SKIPPED"] == (7,)
    assert codes["WEIGHT_MISSING"] == (6,)
    assert "Quantity" in read.read_as["columns"]


def test_matrade_groups_are_values_in_millions_without_weight(tmp_path):
    rows = [
        ["MATRADE: exports by product group"],
        ["Product group", "Country", "2022 (RM million)", "2023 (RM million)"],
        ["Chemicals", "CHINA", "1,234.5", "1,300.0"],
        ["Grand total", "", "1,234.5", "1,300.0"],
    ]
    read = read_trade(workbook(tmp_path, "m.xlsx", {"S": rows}))
    assert [(r.period, r.hs, r.note, r.weight_t_gross, float(r.value)) for r in read.rows] == [
        ("2022", "", "Chemicals", None, 1_234_500_000.0),
        ("2023", "", "Chemicals", None, 1_300_000_000.0),
    ]
    assert {"NO_WEIGHTS", "GROUPS_NOT_HS"} <= {w.code for w in read.warnings}


def test_kita_is_kilograms_and_thousand_dollars(tmp_path):
    rows = [
        ["K-stat 수출입 무역통계"],
        ["2023 수입"],
        ["HS코드", "품목", "국가", "중량 (kg)", "금액 (천 US$)"],
        ["284690", "희토류 화합물", "말레이시아", "1,120,500", "1,250"],
        ["합계", "", "", "1,120,500", "1,250"],
    ]
    read = read_trade(workbook(tmp_path, "kita.xlsx", {"S": rows}))
    assert [(r.period, r.reporter, r.flow, r.partner, float(r.weight_t_gross), float(r.value)) for r in read.rows] == [
        ("2023", "KOR", "M", "MYS", 1120.5, 1_250_000.0)
    ]


def test_a_number_that_could_mean_two_is_asked_in_a_sheet_too(tmp_path):
    text = 'METS exports\nHS Code,Country,Unit,Quantity,Value (RM)\n28469000,CHINA,KGM,"31,050",9\n'
    (row,) = read_text(tmp_path, "m.csv", text).rows
    assert (row.basis, row.candidates) == ("ask", (Decimal("0.03105"), Decimal("31.050")))


def test_viet_nam_groups_are_tonnes_and_no_codes(tmp_path):
    rows = [
        ["Viet Nam customs: main exports, 2024-05"],
        ["Main goods", "Country", "Volume (tonnes)", "Value (US$)"],
        ["Ores and other minerals", "Trung Quốc", "4,500", "900,000.5"],
    ]
    read = read_trade(workbook(tmp_path, "v.xlsx", {"S": rows}))
    (row,) = read.rows
    assert (row.period, row.reporter, row.flow, row.partner, row.hs) == ("2024-05", "VNM", "X", "CHN", "")
    assert (row.weight_t_gross, row.value_key) == (4500, "value_usd")
    assert "GROUPS_NOT_HS" in {w.code for w in read.warnings}


def test_a_sheet_without_unit_is_asked_and_a_column_map_of_the_user_decides(tmp_path):
    text = "METS exports\nHS Code,Country,Qty,RM\n28469000,CHINA,4500,900000\n28469000,JAPAN,20,1000\n"
    read = read_text(tmp_path, "m.csv", text)
    assert [r.basis for r in read.rows] == ["ask", "ask"]
    assert read.rows[0].candidates == (Decimal("4.5"), Decimal(4500))
    mapped = read_trade(tmp_path / "m.csv", {"Qty": "weight_t"})
    assert [float(r.weight_t_gross) for r in mapped.rows] == [4500.0, 20.0]
    assert "COLUMNS_GIVEN" in {w.code for w in mapped.warnings}


def test_usitc_takes_mass_and_not_component_mass_and_no_total(tmp_path):
    head = ["HTS Number", "Country", "Quantity Description"]
    sheets = {
        "Query Parameters": [["Trade flow", "Imports: General"]],
        "2023, Customs Value": [
            [*head, "January", "February", "2023"],
            ["2846908090", "Malaysia", "kilograms", "1,000", "2,000", "3,000"],
            ["2846908090", "Malaysia", "component kilograms", "0", "0", "0"],
            ["Total:", "", "", "1,000", "2,000", "3,000"],
        ],
        "2023, First Unit of Quantity": [
            [*head, "January", "February", "2023"],
            ["2846908090", "Malaysia", "kilograms", "250", "500", "750"],
            ["2846908090", "Malaysia", "component kilograms", "200", "400", "600"],
        ],
    }
    read = read_trade(workbook(tmp_path, "dw.xlsx", sheets))
    assert tonnes(read) == {
        ("2023-01", "USA", "M", "MYS", "2846908090"): 0.25,
        ("2023-02", "USA", "M", "MYS", "2846908090"): 0.5,
    }
    assert [float(r.value) for r in read.rows] == [1000.0, 2000.0]
    assert {"COMPONENT_MASS_SKIPPED", "TOTAL_ROW_SKIPPED"} <= {w.code for w in read.warnings}


THAI = [
    {"year": 2024, "month": 3, "hs_code": "28469000001", "country_code": "CN", "quantity": 5000, "value_baht": 9,
     "value_usd": 1000.5},
    {"year": 2024, "month": 4, "hs_code": "28469000001", "country_code": "JP", "quantity": None, "value_baht": 9,
     "value_usd": 10},
]  # fmt: skip


def test_thai_quantities_are_asked_until_the_unit_is_named(tmp_path):
    read = read_text(tmp_path, "exportharmonizecountries.json", json.dumps(THAI))
    assert [(r.period, r.reporter, r.flow, r.partner, r.hs, r.basis) for r in read.rows] == [
        ("2024-03", "THA", "X", "CHN", "28469000001", "ask"),
        ("2024-04", "THA", "X", "JPN", "28469000001", "missing"),
    ]
    assert read.rows[0].candidates == (5, 5000)
    assert {w.code: w.lines for w in read.warnings} == {"UNIT_MISSING": (1,), "WEIGHT_MISSING": (2,)}
    named = read_trade(tmp_path / "exportharmonizecountries.json", kg_per_unit=Decimal(1))
    assert named.rows[0].weight_t_gross == 5


def test_thai_flow_that_no_name_tells_is_asked(tmp_path):
    read = read_text(tmp_path, "answer.json", json.dumps({"data": THAI}))
    assert {r.flow for r in read.rows} == {None}
    assert "FLOW_UNKNOWN" in {w.code for w in read.warnings}


def test_open_dosm_totals_are_no_flows(tmp_path):
    with pytest.raises(InputError, match="trade_headline of OpenDOSM: ringgit only"):
        read_text(tmp_path, "t.csv", "series,date,exports,imports,total,balance\nabs,2024-01-01,1,2,3,-1\n")


@settings(max_examples=15, deadline=None)
@given(place=st.integers(0, 10**6), byte=st.integers(0, 255), cut=st.integers(0, 400))
def test_damaged_workbooks_never_crash(tmp_path_factory, place, byte, cut):
    folder = tmp_path_factory.mktemp("book")
    data = bytearray(workbook(folder, "mets.xlsx", {"Report": METS_BLOCKS}).read_bytes())
    data[place % len(data)] = byte
    damaged = folder / "damaged.xlsx"
    damaged.write_bytes(bytes(data[: len(data) - cut]))
    try:
        assert read_trade(damaged).as_dict()
    except InputError as error:
        assert "damaged.xlsx" in str(error)  # noqa: PT017


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.lists(st.sampled_from(["HS Code", "2023", "Total", "1,250", "0.5", "", "CHINA", "Unit", "kg", "-", "RM"]),
                 max_size=7),
        max_size=8,
    )
)  # fmt: skip
def test_any_sheet_of_such_words_is_read_or_refused(tmp_path_factory, rows):
    text = "\n".join(",".join(f'"{c}"' for c in row) for row in rows)
    try:
        assert read_text(tmp_path_factory.mktemp("any"), "any.csv", text).as_dict()
    except InputError as error:
        assert "any.csv" in str(error)  # noqa: PT017


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
