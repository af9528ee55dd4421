"""Demand, elasticities, magnets and quotas: what was brought in, and the traps on both sides."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gadolin.atlas import magnets, read
from gadolin.atlas.schema.demand import CHINA_QUOTAS, ELASTICITIES, MAGNETS, TABLES
from gadolin.errors import InputError


@pytest.mark.parametrize("declaration", TABLES, ids=lambda t: t.name)
def test_shipped_rows_read_back_equal(declaration, tmp_path):
    frame = read.table(declaration.name)
    declaration.write(frame, tmp_path / "rows.csv")
    pd.testing.assert_frame_equal(declaration.read(tmp_path / "rows.csv"), frame)


def test_counts():
    assert [len(read.table(t.name)) for t in TABLES] == [246, 17, 8, 121, 51]


def test_parts_of_the_iea_add_to_its_total():
    """EV, wind and other uses are the total, in every year and scenario of the edition."""
    rows = read.table("demand")
    rows = rows[rows["element_or_product"].str.startswith("magnet REE") & (rows["scenario"] != "IEA2024_APS")]
    by = ["year", "scenario", "source_id"]
    totals = rows[rows["role"] == "total"].set_index(by)["demand_value"]
    parts = rows[rows["role"] == "part"].groupby(by)["demand_value"].sum()
    shared = totals.index.intersection(parts.index)
    assert len(shared) == 16
    assert parts[shared].to_numpy() == pytest.approx(totals[shared].to_numpy(), rel=1e-3)


def test_what_is_no_demand_is_not_called_demand():
    rows = read.table("demand")
    assert set(rows.loc[rows["end_use"] == "shortfall", "measure"]) == {"shortfall"}
    assert rows.loc[rows["demand_value_low"].notna(), "demand_value"].between(12_500, 230_000).all()


def test_elasticities_stand_apart_from_other_responses():
    assert read.table("elasticities")["prior"].sum() == 10
    assert set(read.table("price_responses")["response_unit"].dropna()) == {"pct", "ratio", "share", "sign"}


@pytest.mark.parametrize(
    ("declaration", "row", "change", "field"),
    [
        (ELASTICITIES, "demand.dy-tb.5-years", {"elasticity": 0.8, "elasticity_high": 0.9}, "elasticity"),
        (MAGNETS, "export.CHN.WLD.2024-01_2024-07", {"period_kind": "span"}, "period_kind"),
        (MAGNETS, "export.CHN.WLD.2024", {"period_end": "2024-11"}, "period_kind"),
        (MAGNETS, "share.CHN.DEU-USA-KOR.2024-01_2024-10", {"partner_iso3": "DEU"}, "partner_iso3"),
        (CHINA_QUOTAS, "2021.mining.full_year", {"light_t_reo": 1.0}, "quota_t_reo"),
        (CHINA_QUOTAS, "2025.mining.full_year", {"quota_t_reo": 270_000.0}, "status"),
    ],
)
def test_rows_that_break_a_rule_are_refused(declaration, row, change, field, tmp_path):
    declaration.write(read.table(declaration.name).loc[[row]].assign(**change), tmp_path / "rows.csv")
    assert [f.field for f in declaration.check(tmp_path / "rows.csv")] == [field]


def test_five_forms_of_period():
    rows = read.table("magnets")
    got = rows.drop_duplicates("period_kind").set_index("period_kind")[["period", "period_start", "period_end"]]
    assert got.loc["year"].tolist() == ["2017", "2017-01", "2017-12"]
    assert got.loc["fiscal_year"].tolist() == ["FY2020-21", "2020-04", "2021-03"]
    assert got.loc["span"].tolist() == ["2025-04/2025-09", "2025-04", "2025-09"]
    assert got.loc["cumulative"].tolist() == ["2023-01/2023-07", "2023-01", "2023-07"]
    assert got.loc["month"].tolist() == ["2024-02", "2024-02", "2024-02"]


def test_groups_of_partners_are_never_a_country():
    rows = read.table("magnets")
    groups = rows[rows["partner_iso3"].isna()]
    assert groups["partner"].tolist() == ["DEU+USA+KOR", "top10"]
    assert groups["partners_iso3"].tolist() == [("DEU", "USA", "KOR"), ()]


def test_the_months_of_2025_add_to_the_year():
    """The first quarter and nine months against the year that China printed: within 10 t."""
    periods = [("2025-01", "2025-03"), *((f"2025-{m:02d}", f"2025-{m:02d}") for m in range(4, 13))]
    parts = [magnets.quantity("export", "CHN", "WLD", *period).value or float("nan") for period in periods]
    assert sum(parts) == pytest.approx(57_392, abs=10)


def test_spans_are_not_added_to_their_months():
    half = magnets.quantity("export", "CHN", "WLD", "2025-01", "2025-06")
    assert half.value == 22_319
    assert half.refs == ("magnets:export.CHN.WLD.2025-01_2025-06:quantity_t_product",)
    later = magnets.quantity("export", "CHN", "WLD", "2025-01", "2025-07")
    assert later.value == 22_319 + 5_577


def test_low_trust_never_enters():
    assert magnets.quantity("export", "CHN", "WLD", "2025-10", "2025-10").value == 5_473
    japan = magnets.quantity("export", "CHN", "JPN", "2025-01", "2025-12")
    assert not japan.known
    assert japan.reason == "no row of export by CHN with JPN covers 2025-01"


def test_contradicting_rows_of_one_period_are_a_range():
    found = magnets.quantity("import", "IND", "WLD", "2024-04", "2025-03", product="permanent magnets, all kinds")
    assert (found.low, found.value, found.high) == (53_700, 53_720, 53_740)


def test_bad_months_are_refused():
    for start, end in (("2025", "2025-12"), ("2025-13", "2026-01"), ("2025-02", "2025-01")):
        with pytest.raises(InputError):
            magnets.quantity("export", "CHN", "WLD", start, end)


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(1, 8)).filter(lambda s: s[0] < s[1]), max_size=12))
def test_the_fewest_spans_against_trying_all(spans):
    """Against a recursive search over all chains."""

    def chains(at):
        if at == 8:
            yield []
        for span in spans:
            if span[0] == at:
                yield from ([span, *rest] for rest in chains(span[1]))

    every = list(chains(0))
    found = magnets._fewest(spans, 0, 8)
    if every:
        assert isinstance(found, list)
        assert len(found) == min(map(len, every))
        assert [a for a, _ in found] + [8] == [0] + [b for _, b in found]
    else:
        assert isinstance(found, int)
        assert not any(span[0] == found and span[1] <= 8 for span in spans)
