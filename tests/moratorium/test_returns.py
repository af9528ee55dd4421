"""Returns: what goes in comes out within the band; every alarm on its own, and none when all adds up."""

import json
from dataclasses import replace
from datetime import datetime

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from gadolin.errors import InputError
from gadolin.moratorium.return_files import read_exports, read_returns, read_sites
from gadolin.moratorium.returns import Return, Site, balance, next_month

SITES = (
    Site("mine", "A", "mine", 1200),
    Site("leach", "A", "carbonate_plant", 1200, 0.85, 0.97),
    Site("sx", "B", "separation_plant", 1200, 0.90, 0.99, 5.0),
)


def months(first, count):
    found = [first]
    while len(found) < count:
        found.append(next_month(found[-1]))
    return found


def honest(count=12, recovery=(0.93, 0.96), mined=50.0):
    """A mine feeds a leach plant that feeds a separator; everything is shipped in the month it is made."""
    lines = []
    for month in months("2025-07", count):
        carbonate = mined * recovery[0]
        oxide = carbonate * recovery[1]
        lines += [
            Return(month, "mine", produced_t_reo=mined, shipped_t_reo=mined, to="leach"),
            Return(month, "leach", fed_t_reo=mined, produced_t_reo=carbonate, shipped_t_reo=carbonate, to="sx",
                   received_t_reo=mined, source="mine"),
            Return(month, "sx", fed_t_reo=carbonate, produced_t_reo=oxide, shipped_t_reo=oxide, to="EXPORT",
                   received_t_reo=carbonate, source="leach"),
        ]  # fmt: skip
    return lines


def codes(found):
    return [a.code for a in found.alarms]


@given(low=st.floats(0.85, 0.97), high=st.floats(0.90, 0.99), mined=st.floats(0.1, 99))
def test_honest_returns_never_alarm(low, high, mined):
    assert codes(balance(honest(12, (low, high), mined), SITES)) == []


@given(extra=st.floats(0.2, 3.0))
def test_output_beyond_the_feed_alarms_by_its_amount(extra):
    """Bought-in carbonate passed off as own product: made 1.2 to 4 times what the feed allows."""
    lines = [
        replace(r, produced_t_reo=r.produced_t_reo * (1 + extra), shipped_t_reo=r.shipped_t_reo * (1 + extra))
        if r.site == "sx"
        else r
        for r in honest()
    ]
    found = list(balance(lines, (*SITES[:2], replace(SITES[2], capacity_t_reo_per_year=None))).alarms)
    assert [a.code for a in found] == ["OUTPUT_ABOVE_INPUT"]
    fed = sum(r.fed_t_reo for r in lines if r.site == "sx")
    made = sum(r.produced_t_reo for r in lines if r.site == "sx")
    assert found[0].amount_t_reo == pytest.approx(made - (fed + 5) * 0.99)


def test_product_that_vanishes_alarms():
    lines = [
        replace(r, produced_t_reo=r.produced_t_reo * 0.5, shipped_t_reo=r.shipped_t_reo * 0.5) if r.site == "sx" else r
        for r in honest()
    ]
    assert codes(balance(lines, SITES)) == ["OUTPUT_BELOW_INPUT"]


def test_a_partial_month_does_not_alarm():
    lines = honest(6)
    open_month = next_month("2025-12")
    lines += [Return(open_month, "sx", fed_t_reo=0.0, produced_t_reo=40.0, partial=True)]
    found = balance(lines, SITES)
    assert codes(found) == []
    assert found.partial == (open_month,)


def test_a_missing_return_alarms_for_its_month():
    lines = [r for r in honest() if not (r.site == "leach" and r.month == "2025-10")]
    found = [a for a in balance(lines, SITES).alarms if a.code == "RETURN_MISSING"]
    assert [(a.site, a.month) for a in found] == [("leach", "2025-10")]


def test_shipments_that_differ_from_receipts_alarm():
    lines = [replace(r, received_t_reo=r.received_t_reo * 0.8) if r.site == "sx" else r for r in honest()]
    assert codes(balance(lines, SITES)) == [
        "SHIPMENT_DIFFERS",
        "FEED_ABOVE_RECEIPTS",
    ]  # what never came was fed all the same


def test_goods_under_way_in_the_last_month_do_not_alarm():
    lines = honest()
    last = max(r.month for r in lines)
    lines = [replace(r, received_t_reo=0.0) if r.site == "sx" and r.month == last else r for r in lines]
    assert codes(balance(lines, SITES)) == []


def test_a_stock_that_jumps_alarms():
    lines = [replace(r, opening_t_reo=9.0, closing_t_reo=9.0) if r.month == "2025-09" and r.site == "sx" else r
             for r in honest()]  # fmt: skip
    assert set(codes(balance(lines, SITES))) == {"STOCK_BREAK"}


def test_permits_beyond_a_sites_capacity_alarm():
    """What goes unnoticed where permits are written without looking at what a mine can give."""
    found = balance(honest(), SITES, permitted_t_reo={"sx": 1500.0, "leach": 1200.0})
    assert [(a.code, a.amount_t_reo) for a in found.alarms] == [("PERMITS_ABOVE_CAPACITY", 300.0)]


def test_exports_that_differ_from_customs_alarm():
    lines = honest(3)
    customs = {(r.site, r.month): r.shipped_t_reo for r in lines if r.to == "EXPORT"}
    assert codes(balance(lines, SITES, customs)) == []
    customs["sx", "2025-08"] *= 1.1
    assert codes(balance(lines, SITES, customs)) == ["EXPORTS_DIFFER"]


def test_an_unknown_site_is_named():
    found = balance([Return("2026-01", "leech", produced_t_reo=1, shipped_t_reo=1)], [SITES[1]])
    assert 'did you mean "leach"' in str(found)


def test_files_are_read_and_every_fault_is_said(tmp_path):
    sites, lines = tmp_path / "sites.csv", tmp_path / "returns.csv"
    sites.write_text(
        "site,operator,kind,capacity_t_reo_per_year,recovery_high_share\nsx,B,separation_plant,1200,0.99\n"
    )
    lines.write_text("month,site,fed_t_reo,produced_t_reo,shipped_t_reo,to\n2026-01,sx,10,9.5,9.5,EXPORT\n")
    assert codes(balance(read_returns(lines), read_sites(sites))) == []
    lines.write_text("month,site,fed_t_reo\n2026-13,sx,1\n2026-01,sx,ten\n")
    with pytest.raises(InputError) as error:
        read_returns(lines)
    assert len(error.value.faults) == 2


NAMES = ("month", "site", "fed_t_reo", "produced_t_reo", "shipped_t_reo", "to", "partial")
ROWS = [
    dict(zip(NAMES, ("2026-01", "sx", 10.5, 10.0, 10.0, "EXPORT"), strict=False)),
    dict(zip(NAMES, ("2026-02", "sx", 12.25, 11.5, 11.5, "EXPORT", "yes"), strict=True)),
]


def write(folder, kind, rows):
    """The same returns as CSV, CSV of a comma country, XLSX, JSON, JSON under a key, and JSONL."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    file = folder / f"returns{kind}"
    if kind == ".csv":
        lines = [",".join(str(r.get(n, "")) for n in names) for r in rows]
        file.write_text("\n".join([",".join(names), *lines]))
    elif kind == ".comma.csv":
        lines = [";".join(str(r.get(n, "")).replace(".", ",") for n in names) for r in rows]
        file.write_text("\n".join([";".join(names), *lines]))
    elif kind == ".xlsx":
        with xlsxwriter.Workbook(str(file)) as book:
            sheet = book.add_worksheet()
            for i, row in enumerate([dict(zip(names, names, strict=True)), *rows]):
                for j, name in enumerate(names):
                    sheet.write(i, j, row.get(name, ""))
    elif kind == ".json":
        file.write_text(json.dumps(rows))
    elif kind == ".key.json":
        file.write_text(json.dumps({"returns": rows}))
    else:
        file.write_text("\n".join(json.dumps(row) for row in rows))
    return file


@pytest.mark.parametrize("kind", [".csv", ".comma.csv", ".xlsx", ".json", ".key.json", ".jsonl"])
def test_every_kind_of_file_gives_the_same_returns(tmp_path, kind):
    read = [replace(r, line=None) for r in read_returns(write(tmp_path, kind, ROWS))]
    assert read == [
        Return("2026-01", "sx", fed_t_reo=10.5, produced_t_reo=10.0, shipped_t_reo=10.0, to="EXPORT"),
        Return("2026-02", "sx", fed_t_reo=12.25, produced_t_reo=11.5, shipped_t_reo=11.5, to="EXPORT", partial=True),
    ]


def test_a_month_that_a_workbook_keeps_as_a_date_counts(tmp_path):
    file = tmp_path / "r.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["month", "site", "produced_t_reo"])
        sheet.write_datetime(1, 0, datetime(2026, 3, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_row(1, 1, ["mine", 5])
    assert read_returns(file)[0].month == "2026-03"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("r.csv", b"", "needs the columns month, site"),
        ("r.csv", b"month,site,produced_t_reo\n", "holds no returns"),
        ("r.csv", b"month,site,produced_t_re\n2026-01,sx,5\n", 'did you mean "produced_t_reo"'),
        ("r.csv", b"month,site,produced_t_reo\n2026-01,sx,1.250\n", "could mean two numbers"),
        ("r.csv", b"month,site,produced_t_reo\n2026-01,sx,5,9\n", "more cells than the header"),
        ("r.csv", b"month,site,partial\n2026-01,sx,perhaps\n", "must be yes or no"),
        ("r.csv", b"month,site\n2026-01,\n", "is blank: site"),
        ("r.json", b'{"returns": 3}', "must be a list of objects"),
        ("r.json", b"{", "cannot be read as JSON"),
        ("r.json", b'[{"month": "2026-01", "site": "sx", "fed_t_reo": -1}]', "0 or more"),
        ("r.xlsx", b"PK\x03\x04 no workbook", "cannot be read as a workbook"),
        ("r.csv", bytes(range(256)), "needs the columns"),
    ],
)
def test_bad_files_are_refused_in_words(tmp_path, name, content, said):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(InputError, match=said):
        read_returns(file)


def test_customs_exports_are_read_and_added(tmp_path):
    file = tmp_path / "e.csv"
    file.write_text("site,month,exported_t_reo\nsx,2026-01,4.5\nsx,2026-01,5.5\n")
    assert read_exports(file) == {("sx", "2026-01"): 10.0}


PLANT = Site("C1", "Op", "carbonate_plant", 800.0, 0.8, 0.95, 5.0)


@pytest.mark.parametrize(("months", "alarms"), [(1, False), (2, False), (3, True)])
def test_feed_that_nobody_delivered_alarms(months, alarms):
    """60 t fed a month and 30 received: a month of feed and 5 t in process may have lain there, not more."""
    lines = [
        Return(f"2026-0{m}", "C1", fed_t_reo=60.0, produced_t_reo=54.0, shipped_t_reo=54.0, received_t_reo=30.0)
        for m in range(1, months + 1)
    ]
    codes = [a.code for a in balance(lines, [PLANT]).alarms]
    assert codes == (["FEED_ABOVE_RECEIPTS"] if alarms else [])


def test_a_return_sent_twice_counts_once_and_is_said():
    line = Return("2026-01", "C1", fed_t_reo=50.0, produced_t_reo=45.0, closing_t_reo=45.0, line=2)
    once, twice = balance([line], [PLANT]), balance([line, replace(line, line=3)], [PLANT])
    assert [a.code for a in twice.alarms] == ["RETURN_TWICE"]
    assert twice.sites.equals(once.sites)
    other = balance([line, replace(line, fed_t_reo=40.0)], [PLANT])
    assert "RETURN_TWICE" in [a.code for a in other.alarms]


def test_malay_columns_and_a_cover_sheet_are_understood(tmp_path):
    """The sheet that names the columns is read, in Malay too; the cover is named."""
    file = tmp_path / "penyata.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        book.add_worksheet("Muka").write(0, 0, "Penyata bulanan")
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["Bulan", "Tapak", "Dihasilkan_t_REO", "Kepada"])
        sheet.write_row(1, 0, ["2026-03", "mine", 5.5, "EXPORT"])
    noted = []
    assert read_returns(file, noted) == [Return("2026-03", "mine", produced_t_reo=5.5, to="EXPORT", line=2)]
    assert noted == ["penyata.xlsx: sheet Muka was not read"]


def test_a_field_under_two_columns_is_a_fault(tmp_path):
    file = tmp_path / "r.csv"
    file.write_text("month,bulan,site\n2026-01,2026-02,sx\n", "utf-8")
    with pytest.raises(InputError, match="filled by two columns"):
        read_returns(file)


def test_a_capacity_alarm_stands_at_the_last_month_reported():
    lines = [Return(m, "mine", produced_t_reo=300.0, shipped_t_reo=300.0, to="EXPORT") for m in months("2026-01", 5)]
    found = balance(lines, (SITES[0],))
    assert [(a.code, a.month) for a in found.alarms] == [("OUTPUT_ABOVE_CAPACITY", "2026-05")]
