"""Money for economics: exchange rates, price levels, plant cost index, location factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gadolin.errors import InputError
from gadolin.money import Money, Rates
from gadolin.quantity import Quantity, weakest

if TYPE_CHECKING:
    from gadolin.case.load import Case


def rates_of(case: Case) -> Rates:
    """Exchange rates by currency and year, and the deflators by country and year."""
    return case.once("rates", lambda: _read_rates(case))


def _read_rates(case: Case) -> Rates:
    fx, deflators = case.table("fx"), case.table("deflators")
    yearly = fx[fx["period_kind"] == "year"]
    years = yearly["period"].astype(str).astype(int)
    per_usd = dict(zip(zip(yearly["currency"], years, strict=True), yearly["rate_per_usd"].astype(float), strict=True))
    gdp = deflators[deflators["series"] == "gdp_deflator"]
    level = dict(
        zip(
            zip(gdp["country_iso3"], gdp["year"].astype(int), strict=True),
            gdp["price_level_index"].astype(float),
            strict=True,
        )
    )
    return Rates(per_usd, level)


def fx_of(case: Case, year: int | None = None) -> dict[str, float]:
    """Units of each currency per USD in a year (the case's price year when none). [currency per USD]"""
    year = case.settings.case.price_year if year is None else year
    rates = rates_of(case).per_usd
    return {currency: rate for (currency, at), rate in rates.items() if at == year}


def usd_of(case: Case, amount: float, currency: str, price_year: int, to_year: int | None = None) -> float:
    """An amount in USD at the prices of another year, by the USA GDP deflator. [USD, same scale]

    Args:
        case: The case.
        amount: Amount in `currency`.
        currency: ISO 4217 code.
        price_year: Year of its money.
        to_year: Year wanted; the case's price year when None.

    Raises:
        InputError: A rate or a deflator is missing.
    """
    wanted = case.settings.case.price_year if to_year is None else to_year
    return Money(amount, currency, price_year).to("USD", wanted, rates_of(case)).amount


def cost_index_of(case: Case, year: int) -> float:
    """Plant cost index of a year, the value that the atlas prefers among its copies. [1957-59 = 100]

    Raises:
        InputError: The atlas has none for that year.
    """
    rows = _preferred_index(case)
    if year not in rows.index:
        raise InputError(f"no plant cost index for {year}; preferred values end with {int(rows.index.max())}")
    return float(rows.at[year, "plant_cost_index"])


def _preferred_index(case: Case) -> pd.DataFrame:
    """Preferred rows of the plant cost index by year."""
    table = case.table("cost_indices")
    rows = table[table["preferred"]]
    return rows.assign(row_id=rows.index.astype(str)).set_index(rows["year"].astype(int))


def escalation_of(case: Case, from_year: int, to_year: int | None = None) -> Quantity:
    """What a plant of one year costs in money of another: CEPCI as far as it is known, then the USA GDP deflator.

    Args:
        case: The case.
        from_year: Price year of the cost.
        to_year: Price year wanted; the case's when None.

    Returns:
        The factor, its refs, and the indices it took in words. [ratio]

    Raises:
        InputError: A year outside the index and the deflator.
    """
    wanted = case.settings.case.price_year if to_year is None else to_year
    return case.once(f"escalation {from_year} {wanted}", lambda: _escalation(case, from_year, wanted))


def _escalation(case: Case, from_year: int, wanted: int) -> Quantity:
    rows = _preferred_index(case)
    last = int(rows.index.max())
    ends = [min(from_year, last), min(wanted, last)]
    factor, refs, said, bases = 1.0, [], [], ["derived"]
    if ends[0] != ends[1]:
        factor = cost_index_of(case, ends[1]) / cost_index_of(case, ends[0])
        refs = [case.ref("cost_indices", str(rows.at[y, "row_id"]), "plant_cost_index") for y in ends]
        said.append(f"CEPCI {ends[0]}-{ends[1]}")
        bases += [str(rows.at[y, "basis"]) for y in ends]
    later = [max(from_year, last), max(wanted, last)]
    if later[0] != later[1]:
        level = rates_of(case)
        factor *= level.level("USA", later[1]) / level.level("USA", later[0])
        used = [f"USA-{y}.gdp_deflator" for y in later]
        refs += [case.ref("deflators", row, "price_level_index") for row in used]
        bases += [str(b) for b in case.table("deflators").loc[used, "basis"]]
        said.append(f"USA GDP deflator {later[0]}-{later[1]}")
    how = " then ".join(said) or "same price year"
    return Quantity(factor, "ratio", factor, factor, weakest(bases), tuple(refs), how)


def location_factor_of(case: Case, country: str | None = None) -> Quantity:
    """Cost of a plant in a country over its cost at the US Gulf Coast. [ratio]

    A country with a span only has the geometric middle of it. The factors cover the plant within its battery limits.

    Args:
        case: The case.
        country: ISO3 code; the case's own when None.
    """
    place = case.country if country is None else country
    table = case.table("location_factors")
    rows = table[(table["relative_to"] == "us_gulf_coast") & table["preferred"]]
    own = rows[(rows["country_iso3"] == place) & rows["whole_country"]]
    if own.empty and place == "USA":  # the place of reference itself; parts of the country lie 2 to 7 % above
        return Quantity(1.0, "ratio", 1.0, 1.07, "reported", (_factor_ref(case, "usa-gulf-coast"),))
    if own.empty:
        return Quantity.missing("ratio", f"the atlas has no location factor of {place}")
    row_id = str(own.index[0])
    value, low, high = (own.at[row_id, f"location_factor{end}"] for end in ("", "_low", "_high"))
    if pd.notna(value):
        return case.quantity("location_factors", row_id, "location_factor")
    middle = (float(low) * float(high)) ** 0.5
    said = f"middle of {float(low):g}-{float(high):g}; US Gulf Coast = 1"
    refs = (_factor_ref(case, row_id, "location_factor_low"), _factor_ref(case, row_id, "location_factor_high"))
    return Quantity(middle, "ratio", float(low), float(high), str(own.at[row_id, "basis"]), refs, said)


def _factor_ref(case: Case, row_id: str, column: str = "location_factor") -> str:
    return case.ref("location_factors", row_id, column)
