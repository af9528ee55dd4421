"""A market for every date and base year, or a sentence that says what is missing and what to do."""

import pytest

from gadolin import case
from gadolin.case.inputs.market_prices import PriceReader
from gadolin.errors import InputError


@pytest.mark.parametrize(("as_of", "year"), [("2025-01-15", 2023), ("2024-06-01", 2023)])
def test_a_date_before_the_price_deck_takes_yearly_means(as_of, year):
    world = case.load("malaysia", as_of=as_of).inputs.world_of()
    assert world.year == year
    said = " ".join(world.calibration.assumptions)
    assert "unit value of Chinese magnet exports of 2023 is not known: that of 2017 stands" in said


@pytest.mark.parametrize("as_of", ["2020-01-01", "2012-06-01", "1990"])
def test_a_date_without_prices_says_so(as_of):
    inputs = case.load("malaysia", as_of=as_of).inputs
    with pytest.raises(InputError, match=f"was known on {as_of}, so no market can be built; take a later date"):
        inputs.world_of()


def test_a_year_names_all_that_is_missing_at_once():
    inputs = case.load("malaysia").inputs
    with pytest.raises(InputError) as caught:
        inputs.world_of(2012)
    said = str(caught.value)
    assert "quotes from China before May 2015 hold quota rent" in said
    assert "no yearly Chinese magnet exports up to 2012 are known; take a later date or year" in said
    with pytest.raises(InputError, match=r"no market of 2030 .* known up to 2024; .* --until 2030"):
        inputs.world_of(2030)


def test_prices_are_those_of_the_base_year_without_tax():
    """FOB quotes hold the tax that exports do not get back: 330 USD/kg of 2023 over 1.13."""
    table = case.load("malaysia").table
    quotes = PriceReader(table, 2023, []).oxides()
    assert quotes["Dy"].price_usd_per_kg == pytest.approx(330 / 1.13)
    assert quotes["Dy"].refs == ("prices:Dy.oxide.2023-12-31.year.fob_china:price_usd_per_kg",)
    deck = PriceReader(table, 2024, []).oxides()
    assert deck["Dy"].price_usd_per_kg == pytest.approx(195.19)


def test_an_oxide_without_a_quote_moves_as_the_others_and_is_named():
    table = case.load("malaysia").table
    remarks: list[str] = []
    quotes, later = PriceReader(table, 2018, remarks).oxides(), PriceReader(table, 2021, []).oxides()
    assert quotes["Lu"].basis == "estimate"
    assert any(r.startswith("Lu oxide has no quote of 2018") for r in remarks)
    moves = [quotes[e].price_usd_per_kg / later[e].price_usd_per_kg for e in ("La", "Ce", "Nd", "Tb", "Dy", "Eu")]
    assert min(moves) <= quotes["Lu"].price_usd_per_kg / later["Lu"].price_usd_per_kg <= max(moves)


def test_a_country_within_a_region_is_not_taken_for_the_region():
    """Magnets that China sold to Germany are not what it sold to the European Union."""
    facts = case.load("malaysia").inputs.observations_of(2020).facts
    assert not [f.name for f in facts if "exports to DEU" in f.name or "exports to ITA" in f.name]
