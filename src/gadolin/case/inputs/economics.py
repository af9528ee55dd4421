"""From facts to the inputs of economics: deck, fiscal regime, rates, ranges of what is usual, a study's file.

What a row does not hold and every regime needs (rates of capital allowances, the term of losses) stands here as
`memory`, is named in the regime's limits, and can be overridden by a case's own rows. Plants are in `plants.py`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gadolin.atlas import prices as comparable_prices
from gadolin.economics.appraisal import Appraisal, appraise
from gadolin.economics.build_up import Comparable, capital_by_capacity
from gadolin.economics.cash_flow import inputs_of
from gadolin.economics.draws import Z95, sample
from gadolin.economics.formulas import Deck
from gadolin.economics.incentives import IncentiveEffect, compare_incentives
from gadolin.economics.project import Finance, Project
from gadolin.economics.regimes import Allowance, Incentive, MinimumTax, Regime, Royalty, initial_and_annual
from gadolin.economics.review import Ranges, Review, review
from gadolin.errors import Fault, InputError
from gadolin.money import Money, Rates
from gadolin.quantity import Quantity
from gadolin.stages import STAGES

if TYPE_CHECKING:
    from gadolin.case.load import Case

PRICE_HISTORY_FROM = 2015
PRICE_CORRELATION = {("price:", "price:"): 0.6, ("price:Nd", "price:Nd"): 0.98}
"""Correlation of prices' normal scores: all among each other; oxide, metal and magnet of one element. Estimates."""

EXPONENT = Quantity(0.65, "ratio", 0.5, 0.85, "memory", reason="six-tenths rule and its usual span, not re-read")
"""Capacity exponent of chemical plants."""

# Malaysia: Income Tax Act 1967, schedule 3, and the limit on losses since 2019; not in the atlas, not re-read
PLANT_SHARE, BUILDING_SHARE = 0.8, 0.2
_MYS_ALLOWANCES = (
    Allowance("plant and machinery", PLANT_SHARE, initial_and_annual(0.20, 0.14), ("memory: ITA 1967 schedule 3",)),
    Allowance("industrial building", BUILDING_SHARE, initial_and_annual(0.10, 0.03), ("memory: ITA 1967 schedule 3",)),
)
_MYS_LOSS_YEARS = 10
_MYS_LIMITS = (
    "capital allowances (plant 20 % + 14 %, building 10 % + 3 %, split 80:20) and the ten-year limit on losses are "
    "from memory",
    "the minimum tax counts no substance carve-out and no timing differences: an upper bound",
    "sales tax, stamp duty and import duty rates are not in the atlas and not counted",
)

_BENEFITS = {
    "income_tax_exemption": "income_exemption",
    "investment_tax_allowance": "investment_allowance",
    "special_tax_rate": "special_rate",
    "deduction": "extra_deduction",
    "grant": "grant",
    "duty_exemption": "duty_relief",
}
_NIF = ("IN-08", "IN-09", "IN-10")
_GREEN = ("IN-16", "IN-17")


# --- money -----------------------------------------------------------------------------------------------------------


def rates_of(case: Case) -> Rates:
    """Exchange rates by currency and year, and the deflators by country and year."""
    return _once(case, "rates", lambda: _read_rates(case))


def _once(case: Case, key: str, make: Callable[[], Any]) -> Any:
    """A derived fact, computed once per case."""
    cache = case._cache
    if key not in cache:
        cache[key] = make()
    return cache[key]


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


def usd_of(case: Case, amount: float, currency: str, price_year: int) -> float:
    """An amount in USD at the prices of the case's price year. [USD, same scale]

    Raises:
        InputError: A rate or a deflator is missing.
    """
    return Money(amount, currency, price_year).to("USD", case.settings.case.price_year, rates_of(case)).amount


def cost_index_of(case: Case, year: int) -> float:
    """Plant cost index of a year, the value that the atlas prefers among its copies. [1957-59 = 100]

    Raises:
        InputError: The atlas has none for that year.
    """
    table = case.table("cost_indices")
    rows = table[(table["year"] == year) & table["preferred"]]
    if rows.empty:
        raise InputError(f"no plant cost index for {year}; the atlas ends with {int(table['year'].max())}")
    return float(rows["plant_cost_index"].iloc[0])


# --- prices ----------------------------------------------------------------------------------------------------------


def deck_of(case: Case, date: str | None = None) -> Deck:
    """The price deck of a date: oxides by element symbol, other goods as `PRODUCT GOOD`. [USD per kg, without tax]

    Quotes that only check a margin on another day carry that day in their name (`NdPr metal 2025-03-06`).

    The value is the deck's. Its range is 1.645 standard deviations of the logarithm of yearly means since 2015 (Chinese
    prices without tax, in real money): how far a year has been from another, not a forecast. A product without history
    takes the spread of NdPr (light) or Dy (heavy) and counts as an estimate.

    Args:
        case: The case.
        date: Day of the deck; the case's own when None.

    Raises:
        InputError: No deck of that day.
    """
    day = date or case.settings.position.deck_date
    return _once(case, f"deck {day}", lambda: _read_deck(case, day))


def _read_deck(case: Case, day: str) -> Deck:
    rows = case.table("price_deck")
    rows = rows[(rows["deck_date"].astype(str) == day) & rows["use"].isin(["deck", "fill", "check", "none"])]
    if rows.empty:
        known = sorted(set(case.table("price_deck")["deck_date"].astype(str)))
        raise InputError(f"no price deck of {day}; the atlas has {', '.join(known)}")
    spreads = _spreads(case)
    prices: dict[str, Quantity] = {}
    without: list[str] = []
    for row_id, row in rows.iterrows():
        name = _deck_name(row)
        if row["use"] == "none":
            without.append(name)
        elif name not in prices or row["use"] == "deck":
            quote = case.quantity("price_deck", str(row_id), "price_ex_vat_usd_per_kg")
            prices[name] = _with_spread(quote, str(row["product"]), spreads)
    return Deck(prices, "USD", case.settings.case.price_year, day, "SMM and fills", 0.0, tuple(without))


def _deck_name(row: pd.Series) -> str:
    product, good = str(row["product"]), str(row["good"])
    if row["use"] == "check":  # a pair of another day, to form a margin with goods of that day
        return f"{product} {good} {row['date']}"
    if good == "oxide":
        return product
    if product == "NdFeB_magnet":
        return f"{product} {row['spec']}"
    return f"{product} {good}"


def _history(case: Case) -> pd.DataFrame:
    """Chinese oxide prices without tax, with their year."""
    frame = case.table("prices")
    frame = frame.join(comparable_prices.comparable(frame)[["comparable_usd_per_kg"]])
    chinese = frame["market"].isin(["china_domestic", "fob_china"])
    frame = frame[(frame["good"] == "oxide") & chinese & frame["comparable_usd_per_kg"].notna()]
    return frame.assign(year=frame["date"].astype(str).str[:4].astype(int))


def _spreads(case: Case) -> dict[str, float]:
    """Standard deviation of the logarithm of real yearly means, by product. [-]"""
    return _once(case, "price spreads", lambda: _measure_spreads(case))


def _measure_spreads(case: Case) -> dict[str, float]:
    frame = _history(case)
    frame = frame[frame["year"] >= PRICE_HISTORY_FROM]
    level = rates_of(case).deflator
    spreads = {}
    for product, rows in frame.groupby("product"):
        means = rows.groupby("year")["comparable_usd_per_kg"].mean()
        real = [float(v) / level["USA", int(y)] for y, v in means.items() if ("USA", int(y)) in level]
        if len(real) >= 5:
            spreads[str(product)] = float(np.std(np.log(real), ddof=1))
    return spreads


def _with_spread(quote: Quantity, product: str, spreads: Mapping[str, float]) -> Quantity:
    if quote.value is None:
        return quote
    proxy = "Dy" if product in ("Tb", "Ho", "Er", "Yb", "Lu", "Y", "DyFe") else "NdPr"
    sigma = spreads.get(product) or spreads.get(proxy) or spreads.get("Nd")
    if sigma is None:
        return quote
    wide = float(np.exp(Z95 * sigma))
    since = f"spread of real yearly means since {PRICE_HISTORY_FROM}"
    said = since if product in spreads else f"{since} of {proxy}: no history of its own"
    basis = quote.basis if product in spreads else "estimate"
    return Quantity(quote.value, quote.unit, quote.value / wide, quote.value * wide, basis, quote.refs, said)


def payable_of(case: Case, row_id: str) -> Quantity:
    """A payable share with its range: its own ends, or 1.645 sigma. [share]"""
    q = case.quantity("payable_shares", row_id, "payable_share")
    sigma = case.table("payable_shares").at[row_id, "payable_share_sigma"]
    if q.value is not None and q.low is None and pd.notna(sigma):
        wide = 1.645 * float(sigma)
        return Quantity(q.value, "share", q.value - wide, min(q.value + wide, 1.0), q.basis, q.refs, q.reason)
    return q


# --- fiscal regime ---------------------------------------------------------------------------------------------------


def regime_of(case: Case) -> Regime:
    """The fiscal regime of the case's country, with every incentive that the atlas knows.

    Raises:
        InputError: The atlas holds no regime for that country.
    """
    rows = case.table("incentives")
    rows = rows[rows["country_iso3"] == case.country]
    base = rows[rows["benefit_type"] == "base_tax_rate"]
    if base.empty:
        raise InputError(
            f"the atlas holds no tax rates of {case.country}; lay an incentives table with a base_tax_rate row over it"
        )
    rate = case.quantity("incentives", str(base.index[0]), "rate_value")
    assert rate.value is not None
    minimum = rows[rows["benefit_type"] == "minimum_tax"]
    floor = None
    if len(minimum):
        at = minimum.index[0]
        start = minimum.at[at, "window_start"]
        floor = MinimumTax(
            float(minimum.at[at, "rate_value"]) / 100,
            "" if pd.isna(start) else str(start),
            (case.ref("incentives", str(at), "rate_value"),),
        )
    malaysia = case.country == "MYS"
    return Regime(
        case.country,
        Quantity(rate.value / 100, "share", basis=rate.basis, refs=rate.refs),
        _MYS_ALLOWANCES if malaysia else (),
        _MYS_LOSS_YEARS if malaysia else None,
        _royalties(case),
        floor,
        incentives={i.id: i for i in _incentives(case, rows)},
        name=f"{case.country} as known to the atlas",
        limits=_MYS_LIMITS if malaysia else ("no tax depreciation known: none counted",),
        refs=rate.refs,
    )


def _incentives(case: Case, rows: pd.DataFrame) -> list[Incentive]:
    found = []
    for row_id, row in rows.iterrows():
        benefit = _BENEFITS.get(str(row["benefit_type"]))
        if benefit is None:
            continue
        value = _benefit_value(case, benefit, row)
        stages: tuple[str, ...] = tuple(rows.at[row_id, "stages"] or ())
        no_plant = bool(stages) and not any(s in STAGES for s in stages)
        if value is None or (no_plant and benefit not in ("extra_deduction", "grant")):
            continue  # a tax rule for research companies is none for a plant
        found.append(_incentive(case, str(row_id), row, benefit, value))
        high = row.get("rate_value_high")
        if benefit in ("special_rate", "investment_allowance") and pd.notna(high) and high != row["rate_value"]:
            top = _incentive(case, str(row_id), row, benefit, float(high) / 100, "-high")
            found.append(top)
    return found


def _benefit_value(case: Case, benefit: str, row: pd.Series) -> float | None:
    rate = row["rate_value"]
    if benefit == "duty_relief":
        return 1.0
    if pd.isna(rate):
        return None
    if benefit == "grant":
        # project money is USD; a ceiling in ringgit is brought to it
        return float(rate) / 1e6 / fx_of(case).get("MYR", 1.0) if case.country == "MYS" else float(rate) / 1e6
    if benefit == "extra_deduction":
        return float(rate) / 100 - 1  # 200 % of the expense is one further deduction of it
    return float(rate) / 100


def _incentive(case: Case, row_id: str, row: pd.Series, benefit: str, value: float, tail: str = "") -> Incentive:
    cap = row["statutory_income_offset_pct"]
    years = row["duration_years"]
    nif = row_id in _NIF
    group = {"grant": "grant", "extra_deduction": "research", "duty_relief": "duty"}.get(benefit, "main")
    if row_id in _GREEN:
        group = "green"
    return Incentive(
        row_id + tail,
        str(row["name"]) + (" (upper end)" if tail else ""),
        benefit,
        value,
        1.0 if pd.isna(cap) else float(cap) / 100,
        None if pd.isna(years) else max(1, round(float(years))),
        "" if pd.isna(row["legal_basis"]) else str(row["legal_basis"]),
        _day(row["window_start"]),
        _day(row["window_end"]),
        tuple(s for s in (row["stages"] or ()) if s in STAGES),
        (str(row["state"]),) if pd.notna(row["state"]) else (),
        f"{row_id}" if group == "grant" else group,
        nif,
        ("research", "duty", *(("IN-33",) if nif else ())),
        str(row["status"]),
        benefit == "grant",
        str(row["basis"]),
        (case.ref("incentives", row_id, "rate_value"),),
        "" if pd.isna(row["conditions"]) else str(row["conditions"]),
    )


def _day(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _royalties(case: Case) -> tuple[Royalty, ...]:
    """Royalties in force, by state; a row names its state in `state` or in its text."""
    rows = case.table("policies")
    here = rows[(rows["instrument"] == "royalty") & (rows["status"] == "in_force")]
    column = "country_iso3" if "country_iso3" in here else "country"
    found = []
    for row_id, row in here[here[column].astype(str) == case.country].iterrows():
        state = _state_of(row)
        if state is None or pd.isna(row["rate_value"]):
            continue
        q = case.quantity("policies", str(row_id), "rate_value")
        assert q.value is not None
        rate = Quantity(q.value / 100, "share", basis=q.basis, refs=q.refs)
        found.append(Royalty(f"state:{state}", rate, refs=q.refs))
    return tuple(found)


STATES = {
    "Johor": "MY-01", "Kedah": "MY-02", "Kelantan": "MY-03", "Melaka": "MY-04", "Negeri Sembilan": "MY-05",
    "Pahang": "MY-06", "Pulau Pinang": "MY-07", "Perak": "MY-08", "Perlis": "MY-09", "Selangor": "MY-10",
    "Terengganu": "MY-11", "Sabah": "MY-12", "Sarawak": "MY-13",
}  # fmt: skip
"""Malaysian states by ISO 3166-2 code."""


def _state_of(row: pd.Series) -> str | None:
    for column in ("state", "states"):
        value = row.get(column)
        if isinstance(value, tuple) and value:
            return str(value[0])
        if isinstance(value, str) and value:
            return value
    text = " ".join(str(row.get(c, "")) for c in ("authority", "rate_or_size", "rate_text", "legal_basis"))
    return next((code for name, code in STATES.items() if name in text), None)


def finance_of(case: Case) -> Finance:
    """Finance of the case: its discount rate for company and state, yearly, real, without loans."""
    rate = case.settings.case.discount_rate_share
    return Finance(discount_share=rate, public_discount_share=rate, fx=fx_of(case))


# --- whole answers ---------------------------------------------------------------------------------------------------


def appraisal_of(
    case: Case,
    plant: str,
    changes: Mapping[str, float] | None = None,
    incentives: tuple[str, ...] = (),
    on: str | None = None,
    draws: int = 2000,
    seed: int = 1,
) -> Appraisal:
    """A candidate plant of the case, judged.

    Args:
        case: The case.
        plant: Id of the plant.
        changes: Inputs set by the user, by key.
        incentives: Ids of incentives in use.
        on: Day of application for them; the start of the case's first year when None.
        draws: Number of draws.
        seed: Seed.

    Raises:
        InputError: No such plant, input or incentive; a fact that is missing.
    """
    project, deck = changed_plant(case, plant, changes or {})
    day = on or application_day(case)
    regime = regime_of(case).choose(incentives, day, project.stage, project.state)
    ringgit = fx_of(case).get("MYR", 1.0)
    return appraise(project, deck, regime, finance_of(case), draws, seed, PRICE_CORRELATION, ringgit)


def changed_plant(case: Case, plant: str, changes: Mapping[str, float]) -> tuple[Project, Deck]:
    """A candidate plant and its deck, with inputs set by the user.

    Raises:
        InputError: No such plant or input.
    """
    project = case.inputs.project_of(plant)
    deck = deck_of(case)
    for key, value in changes.items():
        if key.startswith("price:"):
            name = key.removeprefix("price:")
            if name not in deck.prices:
                raise InputError(f'"{name}" is no product of the deck ({", ".join(deck.prices)})')
            fixed = Quantity(value, "USD/kg", value, value, "choice")
            deck = Deck({**deck.prices, name: fixed}, *_deck_rest(deck))
        else:
            project = project.with_input(key, value)
    return project, deck


def application_day(case: Case) -> str:
    """Day on which incentives are applied for when none is given: 1 March of the case's first year."""
    return f"{case.settings.case.first_year}-03-01"


def incentives_of(
    case: Case,
    plant: str,
    changes: Mapping[str, float] | None = None,
    packages: Mapping[str, tuple[str, ...]] | None = None,
    on: str | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> tuple[IncentiveEffect, ...]:
    """Packages of incentives for a plant, side by side: what they cost the public and what they change.

    Args:
        case: The case.
        plant: Id of the plant.
        changes: Inputs set by the user.
        packages: Ids by name of the package; every income-tax incentive open on the day, alone, when None.
        on: Day of application.
        draws: Number of draws.
        seed: Seed.
    """
    project, deck = changed_plant(case, plant, changes or {})
    regime, day = regime_of(case), on or application_day(case)
    if packages is None:
        packages = {
            f"{i.id} {i.name}": (i.id,)
            for i in regime.incentives.values()
            if i.group == "main" and i.open_on(day) and i.status == "in_force"
            and (not i.stages or project.stage in i.stages)
            and (not i.states or (project.state or "").removeprefix("state:") in i.states)
        }  # fmt: skip
    drawn = sample(inputs_of(project, deck), draws, seed, PRICE_CORRELATION)
    return compare_incentives(project, deck, regime, finance_of(case), packages, day, drawn)


def _deck_rest(deck: Deck) -> tuple[Any, ...]:
    return (deck.currency, deck.price_year, deck.date, deck.publisher, deck.vat_share, deck.uncredited, deck.path)


def capital_growth(case: Case) -> Quantity:
    """Final over first capital of projects that the atlas has twice: a prior for growth from study to reality. [-]

    The value is the median, the range the lowest and highest pair.
    """
    table = case.table("stage_costs")
    ratios, refs = [], []
    for first, last in CAPITAL_PAIRS:
        if first in table.index and last in table.index:
            ratios.append(float(table.at[last, "capex_local_m"]) / float(table.at[first, "capex_local_m"]))
            refs += [case.ref("stage_costs", row, "capex_local_m") for row in (first, last)]
    if len(ratios) < 2:
        return Quantity(1.0, "ratio", 1.0, 1.5, "estimate", tuple(refs), "too few pairs in the atlas")
    said = f"{len(ratios)} pairs of estimate and outcome; in money of the day, so inflation is inside"
    return Quantity(float(np.median(ratios)), "ratio", min(1.0, *ratios), max(ratios), "derived", tuple(refs), said)


CAPITAL_PAIRS = (
    ("lynas-kalgoorlie-estimate-2022", "lynas-kalgoorlie"),
    ("iluka-eneabba-refinery-fid-2022", "iluka-eneabba-refinery-after-feed"),
    ("src-saskatoon-estimate-2023", "src-saskatoon-funding-2024"),
)
"""Rows of one project at two dates with the same scope (the budget of Saskatoon of 2020 had a smaller plant)."""


def capital_of_capacity(
    case: Case, stage: str, capacity: float, units: tuple[str, ...], without: str = ""
) -> tuple[Quantity, tuple[str, ...]]:
    """Capital of a plant from the reported plants of its stage, and the outliers. [USD of the price year]

    Args:
        case: The case.
        stage: Stage; only plants of this stage alone count, and magnets with or without alloy.
        capacity: Capacity in one of `units`.
        units: Capacity units that are the same thing.
        without: Leave out projects whose name holds this.
    """
    table = case.table("stage_costs")
    rows = []
    for row_id, row in table.iterrows():
        if row["record_kind"] != "project" or tuple(row["stages"] or ()) not in ((stage,), (stage, "alloy")):
            continue
        if row["capacity_unit"] not in units or pd.isna(row["capacity_value"]) or pd.isna(row["price_year"]):
            continue
        if pd.notna(row["part_of"]) or (without and without in str(row["project"])):
            continue
        money = _capex_usd(case, row)
        if money is not None:
            ref = case.ref("stage_costs", str(row_id), money[1])
            rows.append(Comparable(str(row["project"]), float(row["capacity_value"]), 1e6 * money[0], ref))
    return capital_by_capacity(capacity, rows, EXPONENT)


def _capex_usd(case: Case, row: pd.Series) -> tuple[float, str] | None:
    """Capital of a row in million USD of the price year, and the column it came from."""
    year = int(row["price_year"])
    if pd.notna(row["capex_local_m"]):
        return usd_of(case, float(row["capex_local_m"]), str(row["currency"]), year), "capex_local_m"
    if pd.notna(row["capex_musd"]):
        return usd_of(case, float(row["capex_musd"]), "USD", year), "capex_musd"
    return None


# --- review ----------------------------------------------------------------------------------------------------------


def review_ranges(case: Case) -> Ranges:
    """What is usual: capital per tonne of product over reported plants, dearest quote ever, exchange rates."""
    table = case.table("stage_costs")
    per_t = []
    for _, row in table.iterrows():
        unit = str(row["capacity_unit"])
        if "reo_out" in unit or "magnet_oxide" in unit or "ndpr_oxide_per" in unit:
            money = None if pd.isna(row["price_year"]) else _capex_usd(case, row)
            if money is not None and pd.notna(row["capacity_value"]):
                per_t.append(1e6 * money[0] / float(row["capacity_value"]))
    # the dearest quote with its tax: what no revenue per kg can pass
    prices = case.table("prices")
    top = float(prices.loc[prices["good"] == "oxide", "price_usd_per_kg"].max())
    mined = case.table("mine_production")
    world = mined.loc[(mined["country_iso3"] == "WLD") & ~mined["superseded"], "output_t_reo"].max()
    return Ranges(min(per_t), max(per_t), top, fx_of(case), float(world))


def review_file(case: Case, file: str) -> tuple[Review, ...]:
    """Read a study file (JSON or TOML) and review every study in it.

    Raises:
        InputError: The file cannot be read, or holds no study.
    """
    path = Path(file)
    kind = "TOML" if path.suffix == ".toml" else "JSON"
    try:
        text = path.read_text("utf-8-sig")
        document: Any = tomllib.loads(text) if kind == "TOML" else json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InputError(Fault(f"cannot be read as {kind}: {error}", file=path.name)) from None
    records = document.get("cases", [document]) if isinstance(document, dict) else document
    if not isinstance(records, list) or not records or not all(isinstance(r, dict) for r in records):
        raise InputError(Fault("holds no study; give inputs and reported, or a list under cases", file=path.name))
    bare = [n for n, r in enumerate(records) if not isinstance(r.get("inputs"), dict)]
    if bare:
        words = "a study needs a table inputs; see the shipped feasibility cases"
        raise InputError([Fault(words, file=path.name, field=f"cases[{n}]") for n in bare])
    ranges = review_ranges(case)
    return tuple(review(record, ranges) for record in records)


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")
