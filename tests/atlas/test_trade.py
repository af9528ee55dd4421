"""Trade and governance: what was brought in, and the traps on both sides."""

from __future__ import annotations

import pandas as pd
import pytest

from gadolin.atlas import read
from gadolin.atlas.schema.trade import GOVERNANCE, TRADE, TRADE_FLAGS


@pytest.fixture(scope="module")
def trade() -> pd.DataFrame:
    return read.table("trade")


def test_every_flow_is_there(trade):
    assert len(trade) == 56_942
    assert trade["quantity_t_gross"].isna().sum() == 7_569
    assert trade.groupby("hs6").size().sum() == len(trade)
    first = trade.loc["1995-280530-AUS-JPN"]
    assert (first["value_kusd"], first["quantity_t_gross"]) == (196.849, 17.031)


@pytest.mark.parametrize("declaration", [TRADE, TRADE_FLAGS, GOVERNANCE], ids=lambda t: t.name)
def test_packed_rows_obey_the_declaration(declaration, tmp_path):
    """Packed tables are not parsed on reading, so they are held against their declaration here."""
    frame = read.table(declaration.name)
    declaration.write(frame, tmp_path / "rows.csv")
    pd.testing.assert_frame_equal(declaration.read(tmp_path / "rows.csv"), frame)


def test_flagged_flows_are_in_the_table_and_odd(trade):
    flags = read.table("trade_flags")
    flagged = trade.loc[flags["trade_id"]]
    unit_value = (flagged["value_kusd"] / flagged["quantity_t_gross"]).to_numpy()
    assert len(flags) == 7
    assert (unit_value[(flags["oddity"] == "likely_other_good").to_numpy()] < 0.06).all()
    assert (unit_value[(flags["oddity"] == "unit_value_high").to_numpy()] > 250).all()


def test_a_flow_to_oneself_is_refused(tmp_path):
    row = read.table("trade").head(1).assign(importer_iso3="AUS")
    TRADE.write(row, tmp_path / "trade.csv")
    faults = TRADE.check(tmp_path / "trade.csv")
    assert [f.field for f in faults] == ["importer_iso3"]


def test_trade_is_known_a_year_after_its_year():
    assert read.table("trade", as_of="2024-12-30")["year"].max() == 2022
    assert read.table("trade", as_of="2024-12-31")["year"].max() == 2023


def test_governance_as_published():
    rows = read.table("governance")
    assert len(rows) == 5_365
    assert rows.loc["ABW-2004", "stability_index"] == 0.993218
    assert set(rows.index[rows["country_iso3"].isna()].str[:3]) == {"PUS", "R20"}
    assert set(rows.loc[rows["vintage"] == "from_2023", "year"]) == {2023, 2024}
    assert "TWN" in set(rows["country_iso3"])


def test_governance_risk_that_does_not_follow_is_refused(tmp_path):
    row = read.table("governance").head(1).assign(stability_risk_index=0.9)
    GOVERNANCE.write(row, tmp_path / "governance.csv")
    assert [f.field for f in GOVERNANCE.check(tmp_path / "governance.csv")] == ["stability_risk_index"]
