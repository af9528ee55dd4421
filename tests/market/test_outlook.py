"""Bands of prices, the scatter laid over them, and what trade before an event says about demand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from gadolin import case
from gadolin.case.inputs.market_history import demand_before
from gadolin.errors import InputError
from gadolin.market import Future, roll, solve
from gadolin.market.calibrate import calibrate
from gadolin.market.outlook import outlook
from gadolin.market.shorthand import parse
from tests.market.test_calibrate import small

STILL = {"demand_growth_share": 0.0, "supply_growth_share": 0.0}


@pytest.fixture(scope="module")
def world():
    return calibrate(small())


def bands(world, **changes):
    futures = [Future(str(n), STILL | {"elasticity_factor": f}) for n, f in enumerate((0.5, 1.0, 2.0))]
    shock = parse("ban CHN oxide Dy 50% to JPN from 2025 for 24 months")
    return outlook({"x": world}, futures, 2, (shock,), ("oxide:Dy",), ("JPN", "USA"), **changes)


def test_a_band_is_the_quantiles_of_its_futures(world):
    found = bands(world).table().set_index(["region", "year"])
    ban = bands(world).shocks
    prices = [roll(world, Future("f", STILL | {"elasticity_factor": f}, ban), years=2) for f in (0.5, 1.0, 2.0)]
    values = [p.price("JPN", "oxide:Dy")[2026] for p in prices]
    row = found.loc["JPN", 2026]
    assert row.price_usd_per_kg == pytest.approx(np.median(values))
    assert row.price_usd_per_kg_low == row.model_usd_per_kg_low == pytest.approx(np.quantile(values, 0.05))


def test_scatter_widens_the_band_with_the_root_of_time(world):
    """With one future the band is the scatter alone: lognormal about the price."""
    one = outlook(
        {"x": world}, [Future("f", STILL)], 2, goods=("oxide:Dy",), regions=("JPN",), scatter={"oxide:Dy": 0.2}
    )
    for row in one.table().to_dict("records"):
        spread = 0.2 * np.sqrt(row["year"] - world.year)
        ratio = np.log(row["price_usd_per_kg_high"] / row["price_usd_per_kg"])
        assert ratio == pytest.approx(1.645 * spread, rel=0.06)
        assert row["model_usd_per_kg_low"] == pytest.approx(row["model_usd_per_kg_high"])
    assert "scatter of past yearly price changes" in str(one)


def test_bad_questions_of_an_outlook(world):
    with pytest.raises(InputError, match='did you mean "JPN"'):
        outlook({"x": world}, [Future("f")], 1, regions=("JPM",), goods=("oxide:Dy",))
    with pytest.raises(InputError, match="after the base year 2024"):
        outlook({"x": world}, [Future("f")], 0)


@pytest.mark.parametrize("factor", [0.3, 2.0])
def test_more_stock_in_a_world_at_rest_moves_no_price(world, factor):
    """Who holds more also wants more: the first year neither sells out nor fills up."""
    path = roll(world, Future("f", STILL | {"stock_factor": factor}), years=2)
    for e in path.years:
        np.testing.assert_allclose(e.node_prices, solve(world).node_prices, rtol=1e-6)


def test_elasticity_and_growth_are_recovered_from_made_trade():
    """Two buyers and two headings that answer with -0.4 and grow by 3 % a year at constant price."""
    rng = np.random.default_rng(1)
    rows = []
    for hs6, level in (("280530", 10.0), ("284690", 6.0)):
        price = level * np.exp(np.cumsum(rng.normal(0, 0.3, 12)))
        for buyer, start in (("JPN", 4000.0), ("USA", 2000.0)):
            for t, p in enumerate(price):
                tonnes = start * np.exp(0.03 * t) * (p / price[0]) ** -0.4
                rows.append((1997 + t, "CHN", buyer, hs6, tonnes, tonnes * p))
    columns = ["year", "exporter_iso3", "importer_iso3", "hs6", "quantity_t_gross", "value_kusd"]
    tables = {"trade": pd.DataFrame(rows, columns=columns), "trade_flags": pd.DataFrame({"trade_id": []})}
    found = demand_before(SimpleNamespace(table=tables.__getitem__), 2008)  # pyright: ignore[reportArgumentType]
    assert (found.elasticity, found.growth_share) == pytest.approx((-0.4, 0.03), abs=1e-9)
    assert found.elasticity_error < 1e-9
    assert found.changes == 44


def test_a_buyer_counted_twice_makes_nothing_surer():
    """Two buyers who move together see one price and one disturbance: the error is that of one buyer."""
    rng = np.random.default_rng(4)
    columns = ["year", "exporter_iso3", "importer_iso3", "hs6", "quantity_t_gross", "value_kusd"]
    rows: dict[str, list[tuple[object, ...]]] = {"one": [], "two": []}
    for hs6 in ("280530", "284690"):
        price, tonnes = np.exp(np.cumsum(rng.normal(0, 0.3, 30))), np.exp(np.cumsum(rng.normal(0, 0.2, 30)) + 8)
        for buyer in ("JPN", "USA"):
            made = [(1979 + t, "CHN", buyer, hs6, q, q * p) for t, (p, q) in enumerate(zip(price, tonnes, strict=True))]
            rows["two"] += made
            rows["one"] += made if buyer == "JPN" else []
    errors = []
    for made in rows.values():
        tables = {"trade": pd.DataFrame(made, columns=columns), "trade_flags": pd.DataFrame({"trade_id": []})}
        errors.append(demand_before(SimpleNamespace(table=tables.__getitem__), 2008).elasticity_error)  # pyright: ignore[reportArgumentType]
    assert errors[1] == pytest.approx(errors[0], rel=0.05)


def test_scatter_of_prices_knows_nothing_that_came_later():
    now, then = (case.load("malaysia", as_of=d).inputs.price_scatter_of() for d in (None, "2021-06-30"))
    assert 0.05 < now["oxide:Nd"] < 1
    assert now["oxide:Nd"] != then["oxide:Nd"]
