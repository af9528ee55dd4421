"""Prices: what was brought in, the tax traps on both sides, and the comparison of domestic with export quotes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gadolin.atlas import prices, read
from gadolin.atlas.schema.prices import PAYABLE_SHARES, PRICE_DECK, PRICES, TABLES
from gadolin.errors import InputError


def faults_of(declaration, frame, tmp_path):
    declaration.write(frame, tmp_path / "rows.csv")
    return [f.field for f in declaration.check(tmp_path / "rows.csv")]


@pytest.mark.parametrize("declaration", TABLES, ids=lambda t: t.name)
def test_shipped_rows_read_back_equal(declaration, tmp_path):
    frame = read.table(declaration.name)
    declaration.write(frame, tmp_path / "rows.csv")
    pd.testing.assert_frame_equal(declaration.read(tmp_path / "rows.csv"), frame)


def test_counts_and_known_values():
    assert [len(read.table(t.name)) for t in TABLES] == [1018, 25, 38, 4, 3]
    history = read.table("prices")
    assert history.loc["Ce.metal.2011-09-16.spot.china_domestic", "price_cny_per_kg"] == 310
    assert history["market"].value_counts().to_dict() == {"china_domestic": 773, "fob_china": 239, "europe": 6}
    deck = read.table("price_deck")
    assert deck["use"].value_counts().to_dict() == {"fill": 19, "deck": 13, "compare": 3, "check": 2, "none": 1}
    assert deck.loc["2024-12-31.NdPr.oxide.deck", "price_ex_vat_usd_per_kg"] == 48.25
    assert deck.index[deck["use"] == "none"].tolist() == ["2024-12-31.Tm.oxide.none"]


def test_payable_shares_stand_apart_from_prices():
    shares = read.table("payable_shares")
    assert shares["payable_share"].tolist() == [0.77, 0.80, 0.79, 0.44]
    assert not set(shares["quoted_product"]) - set(read.table("price_deck")["product"])
    assert shares["payable_share_sigma"].notna().sum() == 2


def test_a_share_that_is_not_the_quotient_is_refused(tmp_path):
    wrong = read.table("payable_shares").head(1).assign(payable_share=0.7)
    assert faults_of(PAYABLE_SHARES, wrong, tmp_path) == ["payable_share"]


def test_a_price_for_thulium_must_not_appear(tmp_path):
    none = read.table("price_deck").loc[["2024-12-31.Tm.oxide.none"]].assign(price_value=1.0)
    assert set(faults_of(PRICE_DECK, none, tmp_path)) >= {"use", "price_unit", "market"}


def test_a_quote_of_another_month_is_no_deck_price(tmp_path):
    late = read.table("price_deck").loc[["2024-12-31.Er.oxide.fill"]].assign(use="deck")
    assert faults_of(PRICE_DECK, late, tmp_path) == ["use"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"price_ex_vat_usd_per_kg": 90.0}, "price_ex_vat_usd_per_kg"),
        ({"vat_rate_pct": np.nan}, "vat_rate_pct"),
        ({"price_cny_per_kg": 1.0}, "price_usd_per_kg"),
        ({"vat": "none"}, None),
    ],
)
def test_domestic_quotes_hold_tax_once(change, field, tmp_path):
    row = read.table("prices").loc[["Ce.metal.2011-09-16.spot.china_domestic"]].assign(**change)
    assert faults_of(PRICES, row, tmp_path) == ([field] if field else [])


def test_an_export_quote_is_never_called_free_of_tax(tmp_path):
    fob = read.table("prices").loc[["Nd.oxide.2024-12-31.month.fob_china"]]
    assert faults_of(PRICES, fob.assign(vat="none"), tmp_path) == ["vat"]
    assert faults_of(PRICES, fob.assign(price_ex_vat_usd_per_kg=56.0), tmp_path) == ["price_ex_vat_usd_per_kg"]


def test_the_rates_of_prices_and_of_the_tax_table_agree():
    taxed = read.table("prices").query("vat == 'included'")
    day = pd.to_datetime(taxed["date"])
    assert (prices.vat_rates(day, day)["mean"] == taxed["vat_rate_pct"]).all()


def test_domestic_prices_without_tax_are_those_of_the_source():
    taxed = read.table("prices").query("vat == 'included' and period != 'year_avg'")
    got = prices.comparable(taxed)["comparable_usd_per_kg"]
    assert got.to_numpy() == pytest.approx(taxed["price_ex_vat_usd_per_kg"].to_numpy(), rel=1e-3, abs=1e-3)


def test_an_export_quote_before_may_2015_has_no_comparable_price():
    fob = read.table("prices").query("market == 'fob_china'")
    found = prices.comparable(fob)
    old = (fob["date"] < "2015-05-01") | ((fob["period"] == "year_avg") & (fob["date"] == "2015-12-31"))
    assert old.any()
    assert (found["comparable_usd_per_kg"].isna() == old).all()
    assert found.loc[old, "reason"].str.contains("quota rent").all()
    assert found.loc[~old, "reason"].isna().all()


def test_a_year_in_which_the_rate_changed_is_a_range():
    """2018: 120 days at 17 %, 245 days at 16 %."""
    row = read.table("prices").query("market == 'fob_china' and period == 'year_avg' and date == '2018-12-31'").head(1)
    found, price = prices.comparable(row).iloc[0], float(row["price_usd_per_kg"].iloc[0])
    assert found["vat_divided_pct"] == pytest.approx((120 * 17 + 245 * 16) / 365)
    assert found["comparable_usd_per_kg_low"] == pytest.approx(price / 1.17)
    assert found["comparable_usd_per_kg_high"] == pytest.approx(price / 1.16)


def test_export_and_domestic_quotes_agree_once_tax_is_out_of_both():
    """Deck day: the domestic NdPr quote and the export quote of the same fortnight, tax out of both, within 4 %."""
    deck = read.table("price_deck").set_index(["product", "good", "use"])["price_ex_vat_usd_per_kg"]
    assert deck["NdPr", "oxide", "compare"] == pytest.approx(deck["NdPr", "oxide", "deck"], rel=0.04)


def test_an_upper_bound_is_no_price():
    found = prices.comparable(read.table("prices").query("qualifier == 'upper_bound'"))
    assert found["comparable_usd_per_kg"].isna().all()
    assert found["reason"].notna().all()


def test_only_price_histories_are_compared():
    with pytest.raises(InputError, match="comparable\\(\\) takes rows of prices"):
        prices.comparable(read.table("price_deck"))


@given(
    st.dates(min_value=pd.Timestamp("2016-01-01").date(), max_value=pd.Timestamp("2022-12-31").date()),
    st.integers(0, 800),
)
def test_the_mean_rate_is_the_mean_over_the_days(first, length):
    """Against a plain walk over the days."""
    days = pd.Series(pd.date_range(first, periods=length + 1))
    found = prices.vat_rates(days.iloc[[0]], days.iloc[[-1]].set_axis([0])).iloc[0]
    daily = np.select([days < pd.Timestamp("2018-05-01"), days < pd.Timestamp("2019-04-01")], [17.0, 16.0], 13.0)
    assert found["mean"] == pytest.approx(daily.mean())
    assert (found["low"], found["high"]) == (daily.min(), daily.max())
