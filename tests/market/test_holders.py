"""Holders of stocks: what a measure that lasts makes them keep, and what must not move them."""

import numpy as np
import pytest

from gadolin.market.calibrate import calibrate
from gadolin.market.futures import Future
from gadolin.market.holders import Holders
from gadolin.market.program import program_of
from gadolin.market.shorthand import parse, parse_all
from gadolin.market.years import roll
from tests.market.test_calibrate import small

STILL = {"demand_growth_share": 0.0, "supply_growth_share": 0.0}
GROWING = {"demand_growth_share": 0.06, "supply_growth_share": 0.0}
DY = "ban CHN oxide Dy to JPN,USA"


@pytest.fixture(scope="module")
def world():
    return calibrate(small())


def kept(world, text, year, good="oxide:Dy"):
    """Share of a stock that is kept in a year under measures."""
    from dataclasses import replace

    program = program_of(world)
    shares = Holders(world, program, parse_all(text)).kept_share(replace(program.start, year=year))
    return shares[[s.good for s in world.stocks].index(good)]


@pytest.mark.parametrize(
    ("text", "year", "share"),
    [
        (f"{DY} from 2025 for 12 months", 2025, 0.0),
        (f"{DY} from 2025 for 24 months", 2025, 1 / 2),
        (f"{DY} from 2025 for 24 months", 2026, 0.0),
        (f"{DY} from 2025-07 for 12 months", 2025, 1 / 2),
        (f"{DY} from 2025 for 12 months + {DY} from 2026 for 24 months", 2025, 2 / 3),
        (f"{DY} from 2026 for 24 months", 2025, 0.0),
        (f"{DY} from 2025", 2027, 1.0),
        ("loss CHN mine from 2025 for 48 months", 2025, 0.0),
        ("loss CHN separation from 2025 for 48 months", 2025, 3 / 4),
        ("quota CHN oxide 1 t from 2025 for 48 months", 2026, 2 / 3),
        ("duty CHN oxide 25% from 2025", 2025, 0.0),
    ],
)
def test_a_stock_is_spread_over_the_years_a_measure_lasts(world, text, year, share):
    assert kept(world, text, year) == pytest.approx(share)


def test_other_goods_are_not_held(world):
    assert kept(world, f"{DY} from 2025", 2025, "oxide:Nd") == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "ban CHN oxide Dy 0% to JPN from 2025",
        "quota CHN oxide 900000 t from 2025",
        "licence CHN oxide Dy refusal 0 from 2025",
        "ban JPN oxide Dy to USA from 2025",
    ],
)
def test_a_measure_that_withholds_nothing_changes_nothing(world, text):
    """Also where uses grow and prices stand high, so that holders sell."""
    calm = roll(world, Future("f", GROWING), years=4)
    hit = roll(world, Future("f", GROWING, (parse(text),)), years=4)
    for a, b in zip(calm.years, hit.years, strict=True):
        np.testing.assert_allclose(b.node_prices, a.node_prices, rtol=1e-6)


def test_the_longer_a_ban_is_announced_the_dearer_its_first_year(world):
    first = [
        roll(world, Future("f", STILL, (parse(f"{DY} 50% from 2025 for {months} months"),)), years=1)
        .price("JPN", "oxide:Dy")
        .iloc[0]
        for months in (12, 24, 48)
    ]
    assert first == sorted(first)
    assert first[-1] > 1.01 * first[0]


def test_what_is_kept_is_there_when_the_ban_ends(world):
    path = roll(world, Future("f", STILL, (parse(f"{DY} from 2025 for 36 months"),)), years=3)
    stock = next(n for n, s in enumerate(world.stocks) if s.good == "oxide:Dy")
    left = [e.x[e.program.of_stock][stock] / world.stocks[stock].opening_kt for e in path.years]
    assert left == pytest.approx([2 / 3, 1 / 3, 0.0], abs=1e-6)
