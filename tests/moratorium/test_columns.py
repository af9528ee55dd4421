"""Headings as customs forms have them, and what a declaration may not say of itself: nothing gets through unseen."""

from decimal import Decimal

import pytest
import xlsxwriter

from gadolin.errors import InputError
from gadolin.moratorium import Consignment, check_all, judge, office
from gadolin.moratorium.columns import read_heading
from gadolin.moratorium.declarations import DeclarationFile
from gadolin.moratorium.stream import check_file

MALAY = """Borang Kastam No. 2 (K2);;;;;;;;;;
No. Pengisytiharan;Tarikh;Pengeksport;Destinasi;Kod HS;Perihal Barang;Berat Kasar;Berat Bersih;Unit;Nilai FOB;Mata Wang
K-1;15/02/2026;A;Tiongkok;2846.90;Karbonat nadir bumi campuran;20.500,50;19.900,00;KGM;120.000,00;USD
"""
BOXES = """SAD_REG_NO,SAD_REG_DATE,SAD_EXPORTER,SAD_DEST,BOX31_DESC,Box 33,Box 35 Gross mass (kg),BOX38_NET_KG
K-1,2026-02-15,A,CN,Mixed rare earth carbonate,284690,20500.50,19900.00
"""
ARABIC = """رقم البيان,التاريخ,المصدر,بلد المقصد,رمز النظام المنسق,وصف البضاعة,الوزن القائم,الوزن الصافي,الوحدة
K-1,2026-02-15,A,الصين,284690,Mixed rare earth carbonate,20500.50,19900.00,KGM
"""


@pytest.mark.parametrize("text", [MALAY, BOXES, ARABIC])
def test_headings_of_forms_are_understood(tmp_path, text):
    file = tmp_path / "d.csv"
    file.write_text(text, "utf-8")
    (c,) = DeclarationFile(file)
    assert (c.declaration_no, c.exporter, c.destination, c.code) == ("K-1", "A", "CHN", "284690")
    assert [d.isoformat() for d in c.dates] == ["2026-02-15"]
    assert (c.net.t, c.unclear) == (Decimal("19.9"), ())


def test_a_heading_over_two_lines_behind_a_cover_sheet_is_put_together(tmp_path):
    file = tmp_path / "d.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        book.add_worksheet("Cover").write(0, 0, "Export declarations")
        for name, number in (("January", "M1"), ("February", "M2")):
            sheet = book.add_worksheet(name)
            sheet.merge_range(0, 0, 0, 6, "Export declarations")
            for column, top in enumerate(("Declaration No", "Date", "Destination")):
                sheet.merge_range(2, column, 3, column, top)
            sheet.merge_range(2, 3, 2, 4, "Goods")
            sheet.merge_range(2, 5, 2, 6, "Net weight")
            sheet.write_row(3, 3, ["HS Code", "Description", "Value", "Unit"])
            sheet.write_row(
                4, 0, [number, "2026-02-15", "China", 2846900000, "Mixed rare earth carbonate", 19.5, "TNE"]
            )
    found = list(DeclarationFile(file))
    assert [(c.declaration_no, c.line, c.net.t, c.code) for c in found] == [
        ("M1", 5, Decimal("19.5"), "2846900000"),
        ("M2", 5, Decimal("19.5"), "2846900000"),
    ]


def test_a_heading_of_the_users_own_is_named(tmp_path):
    file = tmp_path / "d.csv"
    file.write_text("Ref,Ware,declaration_date,Zoll\n1,NdFeB magnets,2026-02-15,850511\n", "utf-8")
    with pytest.raises(InputError, match="--column"):
        list(DeclarationFile(file))
    own = {"Ref": "declaration_no", "Ware": "description", "Zoll": "hs_code"}
    (c,) = office.open_desk(file, columns=own).file
    assert (c.declaration_no, c.description, c.code) == ("1", "NdFeB magnets", "850511")
    with pytest.raises(InputError, match='did you mean "description"'):
        office.open_desk(file, columns={"Ware": "discription"})


@pytest.mark.parametrize(
    ("head", "cells", "asked"),
    [
        ("Net mass (kg),net_unit", "1250,TNE", "UNREAD net_unit = TNE / KG"),
        ("net_weight,net_mass,net_unit", "1250,1300,KGM", "UNREAD net = 1250 / 1300"),
        ("net_weight,net_unit,destination", "1250,KGM,Atlantis", "UNREAD destination = Atlantis"),
        ("net_weight,net_unit", "1e400,KGM", "UNREAD net = 1e400"),
    ],
)
def test_what_contradicts_itself_is_asked(tmp_path, rules, head, cells, asked):
    file = tmp_path / "d.csv"
    file.write_text(f"declaration_no,date,hs_code,description,{head}\n1,2026-02-15,850511,NdFeB magnets,{cells}\n")
    (c,) = DeclarationFile(file)
    assert asked in c.unclear
    assert judge(c, rules).verdict == "HELD: DOCUMENT"


@pytest.mark.parametrize("state", ["MYS", "CHN", "IDN", "VNM", "EUU"])
@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({"net_weight": "1200", "gross_weight": "1100"}, "net weight is above the gross"),
        ({"net_weight": "1.1"}, "over a hundred times"),
        ({"net_weight": ""}, "What is the net weight"),
        ({"net_unit": ""}, "Which unit is the net weight in"),
        ({"net_unit": "USD"}, "net_unit = USD"),
        ({"gross_unit": "MYR"}, "gross_unit = MYR"),
        ({"statistic_unit": "USD"}, "quantity_1_unit = USD"),
        ({"currency": "KGM"}, "currency = KGM"),
        ({"currency": "CN"}, "currency = CN"),
        ({"destination": "USD"}, "destination = USD"),
        ({"treo_pct_dry": "1100"}, "treo_dry = 1100"),
    ],
)
def test_columns_that_changed_places_are_asked_about_in_every_state(tmp_path, rules, state, changes, asked):
    row = {
        "declaration_no": "1", "date": "2026-02-15", "jurisdiction": state, "destination": "JPN", "hs_code": "850511",
        "description": "SmCo magnets", "gross_weight": "1200", "gross_unit": "KGM", "net_weight": "1100",
        "net_unit": "KGM", "statistic_qty": "40", "statistic_unit": "CTN", "fob_value": "90000", "currency": "usd",
        "treo_pct_dry": "", "documents": "dual_use_licence;control_statement",
    }  # fmt: skip
    file = tmp_path / "d.csv"
    file.write_text("\n".join(",".join(r) for r in (row, row.values(), (row | changes).values())) + "\n")
    plain, changed = (judge(c, rules) for c in DeclarationFile(file))
    assert plain.verdict == "MAY LEAVE"
    assert changed.verdict == "HELD: DOCUMENT"
    assert asked in changed.text()
    assert "soalan" in changed.text("ms")


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({"net": {"value": "1", "unit": "JPY"}}, "net.unit = JPY"),
        ({"net": {"value": "1", "unit": 5}}, "net.unit = 5"),
        ({"value": {"amount": "5", "currency": "TNE"}}, "value.currency = TNE"),
        ({"quantities": [{"value": "5", "unit": "CHN"}]}, "quantities[0].unit = CHN"),
    ],
)
def test_a_record_with_a_unit_or_currency_that_is_none_is_asked(rules, changes, asked):
    verdict = judge(magnets(**changes), rules)
    assert verdict.verdict == "HELD: DOCUMENT"
    assert asked in verdict.text()


def magnets(**changes):
    record = {"declaration_no": "1", "date": "2026-02-15", "hs_code": "850511", "description": "Sintered NdFeB magnets"}
    return Consignment.from_dict(record | {"destination": "JPN", "net": {"value": "1", "unit": "TNE"}} | changes)


@pytest.mark.parametrize("name", ["Israel", "IL", "isr"])
def test_a_destination_by_name_meets_the_clause_on_it(rules, name):
    assert judge(magnets(destination=name), rules).rule_ids == ("MYS-G-04",)


def test_nobody_declares_what_is_worked_out_here(rules):
    """A column `permit_covers` would lift the ban, and `product_stage` would rename the goods."""
    raw = {"description": "Mixed rare earth carbonate", "hs_code": "284690", "feed_origin": "MYS"}
    honest, spoof = magnets(**raw), magnets(**raw, permit_covers="pilot_approval", product_stage="magnet")
    assert judge(spoof, rules).verdict == judge(honest, rules).verdict == "MAY NOT LEAVE"
    claimed = judge(magnets(gamma="measured"), rules)
    assert (claimed.verdict, claimed.questions) == ("HELD: DOCUMENT", (("worked_out", "gamma"),))


def test_a_state_without_rules_lets_nothing_go(rules, tmp_path):
    verdict = judge(magnets(jurisdiction="XYZ"), rules)
    assert verdict.verdict == "HELD: DOCUMENT"
    assert ("no_rules", "XYZ") in verdict.questions
    file = tmp_path / "d.csv"
    file.write_text("declaration_no,hs_code\n1,850511\n")
    with pytest.raises(InputError, match="no rule of this state"):
        office.open_desk(file, jurisdiction="XYZ")


@pytest.mark.parametrize(
    "goods",
    [
        "Monazite sand with sintered magnets",
        "Neodymium oxide and mixed rare earth carbonate",
        "Rare earth carbonate and NdFeB magnets",
    ],
)
def test_mixed_loads_are_asked(rules, goods):
    verdict = judge(magnets(description=goods), rules)
    assert verdict.verdict == "HELD: DOCUMENT"
    assert ("stage", goods) in verdict.questions


def test_a_zero_weight_is_an_empty_box(rules):
    verdict = judge(magnets(net={"value": "0", "unit": "KGM"}), rules)
    assert (verdict.verdict, verdict.rule_ids) == ("HELD: DOCUMENT", ("MYS-E-07",))


def test_a_row_that_cannot_be_read_says_why(tmp_path, rules):
    file = tmp_path / "d.jsonl"
    file.write_text('{"declaration_no": "1", "net": 5}\nnot json\n')
    told = [v.text() for v in check_all(DeclarationFile(file), rules).verdicts]
    assert "net" in told[0]
    assert "not JSON" in told[1]


def test_a_row_of_data_is_no_heading():
    assert read_heading(["B18-0001", "2026-02-15", "EXP-A", "CHN", "284690"]) is None


def test_another_nuclide_is_asked_for_and_potassium_has_its_own_limit(rules):
    oxide = {"description": "Neodymium oxide", "hs_code": "284690"}
    said = {
        of: judge(magnets(**oxide, activity=[{"of": of, "value": value, "unit": "Bq/g"}]), rules).rule_ids
        for of, value in (("Cs-137", "50"), ("K-40", "10"))
    }
    assert said == {"Cs-137": ("MYS-R-06",), "K-40": ("MYS-M-03",)}


def test_an_oxide_may_stand_under_its_formula():
    c = magnets(certificate={"basis": "dry", "treo_pct": 99, "oxides_pct": {"Nd2O3": 99}})
    assert c.certificate is not None
    assert dict(c.certificate.oxides_pct) == {"Nd": 99}


def test_a_sheet_without_a_heading_is_named(tmp_path):
    """Nothing is passed over in silence, in the full report and in the stream."""
    file = tmp_path / "d.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        book.add_worksheet("Cover").write(0, 0, "Exports of March")
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["declaration_no", "date", "destination", "hs_code", "description", "net", "net_unit"])
        sheet.write_row(1, 0, ["1", "2026-02-02", "JPN", "8505.11", "NdFeB magnets", "1250.5", "KGM"])
    desk = office.open_desk(file)
    report = desk.check()
    assert report.as_dict()["sheets_not_read"] == ["Cover"]
    assert "not read: Cover" in str(report)
    for workers in (1, 2):
        outcome = check_file(desk.file, desk.rules, workers=workers)
        assert "Cover" in str(outcome)
        assert outcome.as_dict()["sheets_not_read"] == ["Cover"]
