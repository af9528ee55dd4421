"""Returns: what goes in comes out within the band; every alarm on its own, and none when all adds up."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gadolin.errors import InputError
from gadolin.moratorium.returns import Return, Site, balance, next_month, read_returns, read_sites

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
    assert codes(balance(lines, SITES)) == ["SHIPMENT_DIFFERS"]


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
