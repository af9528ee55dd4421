"""Exchange rates, price levels, indices, inputs and duties: what was brought in, and the traps on both sides."""

from __future__ import annotations

import pandas as pd
import pytest

from gadolin.atlas import checks_money, read
from gadolin.atlas.schema import inputs, money
from gadolin.atlas.schema.money import DEFLATORS, FX, LOCATION_FACTORS

TABLES = (*money.TABLES, *inputs.TABLES)


@pytest.fixture
def frames() -> dict[str, pd.DataFrame]:
    names = ("fx", "input_prices", "cost_indices", "china_quotas", "duties_freight")
    return {name: read.table(name) for name in names}


def faults(frames: dict[str, pd.DataFrame]) -> list[str]:
    return [f"{f.file} {f.field}" for check in checks_money.CHECKS for f in check(frames)]


@pytest.mark.parametrize("declaration", TABLES, ids=lambda t: t.name)
def test_shipped_rows_read_back_equal(declaration, tmp_path):
    frame = read.table(declaration.name)
    declaration.write(frame, tmp_path / "rows.csv")
    pd.testing.assert_frame_equal(declaration.read(tmp_path / "rows.csv"), frame)


def test_counts():
    assert {t.name: len(read.table(t.name)) for t in TABLES} == {
        "fx": 1731,
        "deflators": 999,
        "cost_indices": 69,
        "location_factors": 22,
        "input_prices": 165,
        "duties_freight": 54,
    }


def test_known_values():
    assert read.table("fx").loc["MYR-1999", "rate_per_usd"] == 3.8
    assert read.table("deflators").loc["USA-1990.gdp_deflator", "price_level_index"] == 60.9396
    assert read.cell("input_prices:hydrochloric-acid.CHN.2023-05-12.1:price_value").value == 175
    assert read.cell("duties_freight:import_duty.USA.MFN.850511:amount_value").value == 2.1


def test_the_year_is_the_mean_of_its_months():
    fx = read.table("fx").set_index(["currency", "period"])["rate_per_usd"]
    for currency in ("MYR", "CNY", "EUR"):
        months = [fx[currency, f"2024-{m:02d}"] for m in range(1, 13)]
        assert fx[currency, "2024"] == pytest.approx(sum(months) / 12, rel=2e-3)


def test_every_series_is_100_in_2015():
    rows = read.table("deflators")
    assert (rows.loc[rows["year"] == 2015, "price_level_index"] == 100).all()


def test_what_was_no_observation_is_no_observation():
    rows = read.table("deflators")
    assert set(rows.loc[rows["status"] != "observed", "basis"]) == {"estimate"}
    assert set(rows.loc[rows["status"] == "projection", "year"]) == {2026}
    assert set(read.table("fx").query("not complete")["period"]) == {"2026"}


def test_a_projection_is_not_known_before_its_source():
    assert "USA-2026.gdp_deflator" not in read.table("deflators", as_of="2026-01-20").index
    assert "USA-2026.gdp_deflator" in read.table("deflators", as_of="2026-01-21").index


def test_malaysia_has_a_bracket_and_no_factor():
    factor = read.table("location_factors").loc["malaysia"]
    assert pd.isna(factor["location_factor"])
    assert (factor["location_factor_low"], factor["location_factor_high"]) == (0.61, 1.12)


def test_regions_and_routes_are_no_country():
    rows = read.table("input_prices")
    assert set(rows.loc[rows["country_iso3"].isna(), "location"]) >= {"Southeast Asia", "Shanghai-Rotterdam"}
    duties = read.table("duties_freight")
    assert set(duties.loc[duties["regime"].notna(), "origin_iso3"].dropna()) == set()
    assert duties["regime"].value_counts().to_dict() == {"mfn": 19, "interim": 2, "fta": 1, "all_origins": 1}


@pytest.mark.parametrize(
    ("declaration", "row", "change", "field"),
    [
        (FX, "MYR-1999", {"period_kind": "month"}, "period_kind"),
        (FX, "MYR-1999", {"rate_per_usd": 0.0}, "rate_per_usd"),
        (DEFLATORS, "USA-1990.cpi", {"year": 1890}, "year"),
        (LOCATION_FACTORS, "malaysia", {"location_factor_low": None}, "location_factor"),
        (inputs.DUTIES_FREIGHT, "import_duty.CHN.FTA.85051110", {"amount_value_low": None}, "amount_value"),
        (inputs.DUTIES_FREIGHT, "export_duty.CHN.280530", {"to_date": "1999"}, "to_date"),
        (inputs.INPUT_PRICES, "wage.MYS.2025-02.1", {"price_usd_unit": "usd_per_h"}, "price_usd_unit"),
    ],
)
def test_rows_that_break_a_rule_are_refused(declaration, row, change, field, tmp_path):
    declaration.write(read.table(declaration.name).loc[[row]].assign(**change), tmp_path / "rows.csv")
    assert [f.field for f in declaration.check(tmp_path / "rows.csv")] == [field]


def test_shipped_tables_pass_the_checks_over_tables(frames):
    assert faults(frames) == []


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "found"),
    [
        (
            "input_prices",
            "hydrochloric-acid.CHN.2023-05-12.1",
            "price_usd_value",
            175.0,
            "input_prices.csv hydrochloric-acid.CHN.2023-05-12.1.price_usd_value",
        ),
        ("cost_indices", "CEPCI-2021.copy-a", "preferred", True, "cost_indices.csv preferred"),
        (
            "china_quotas",
            "2024.mining.first_batch",
            "quota_t_reo",
            280_000.0,
            "china_quotas.csv 2024.mining.first_batch.quota_t_reo",
        ),
        (
            "duties_freight",
            "total_duty.USA.CHN.850511",
            "amount_value",
            1.0,
            "duties_freight.csv total_duty.USA.CHN.850511.amount_value",
        ),
    ],
)
def test_what_contradicts_another_row_is_found(frames, table, row, column, value, found):
    frames[table].loc[row, column] = value
    assert faults(frames) == [found]
