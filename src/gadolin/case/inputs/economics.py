"""Whole answers of economics for a case: a candidate plant judged, incentives side by side, a study reviewed.

Their parts stand in `economics_money.py`, `economics_prices.py`, `economics_fiscal.py`, `economics_capital.py`; plants
in `plants/`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from gadolin.case.inputs.economics_capital import capex_usd
from gadolin.case.inputs.economics_fiscal import regime_of
from gadolin.case.inputs.economics_money import fx_of
from gadolin.case.inputs.economics_prices import deck_of
from gadolin.case.inputs.economics_settings import Setting, changed
from gadolin.economics.appraisal import Appraisal, appraise
from gadolin.economics.cash_flow import inputs_of
from gadolin.economics.draws import sample
from gadolin.economics.incentives import IncentiveEffect, compare_incentives
from gadolin.economics.project import Debt, Finance
from gadolin.economics.review import Ranges, Review, review
from gadolin.errors import Fault, InputError
from gadolin.stages import check_party

if TYPE_CHECKING:
    from gadolin.case.load import Case

PRICE_CORRELATION = {("price:", "price:"): 0.6, ("price:Nd", "price:Nd"): 0.98}
"""Correlation of prices' normal scores: all among each other; oxide, metal and magnet of one element. Estimates."""


def finance_of(case: Case) -> Finance:
    """Finance as the case states it in `[finance]`: without that, equity alone, yearly, real."""
    general, terms = case.settings.case, case.settings.finance
    rate = general.discount_rate_share
    public = rate if terms.public_discount_share is None else terms.public_discount_share
    loans = tuple(
        Debt(e.capex_share, e.rate_share, e.tenor_years, e.grace_years, e.fee_share, e.lender, e.profile,
             e.building_interest) for e in terms.loans
    )  # fmt: skip
    for partner in terms.partners:
        check_party(partner)
    return Finance(
        rate, public, loans, terms.partners, terms.inflation_share, fx_of(case), terms.periods_per_year, terms.timing
    )


def setting_of(
    case: Case,
    plant: str,
    changes: Mapping[str, float] | None = None,
    incentives: tuple[str, ...] = (),
    on: str | None = None,
    design: str | None = None,
) -> Setting:
    """A candidate plant with deck, regime and finance, and what the user set.

    Args:
        case: The case.
        plant: Id of the plant.
        changes: Inputs and settings set by the user, by key (`economics_settings.SETTINGS` and the plant's inputs).
        incentives: Ids of incentives in use.
        on: Day of application for them; 1 March of the case's first year when None.
        design: Extractant by whose designed equipment a separation plant is priced.

    Raises:
        InputError: No such plant, key or incentive; a value that is not allowed; a fact that is missing.
    """
    start = Setting(case.inputs.project_of(plant, design), deck_of(case), regime_of(case), finance_of(case))
    found = changed(start, changes or {})
    day = application_day(case) if on is None else on
    regime = found.regime.choose(incentives, day, found.project.stage, found.project.state)
    return replace(found, regime=regime)


# --- whole answers ---------------------------------------------------------------------------------------------------


def appraisal_of(
    case: Case,
    plant: str,
    changes: Mapping[str, float] | None = None,
    incentives: tuple[str, ...] = (),
    on: str | None = None,
    draws: int = 2000,
    seed: int = 1,
    design: str | None = None,
) -> Appraisal:
    """A candidate plant of the case, judged.

    Args:
        case: The case.
        plant: Id of the plant.
        changes: Inputs and settings set by the user, by key.
        incentives: Ids of incentives in use.
        on: Day of application for them; 1 March of the case's first year when None.
        draws: Number of draws.
        seed: Seed.
        design: Extractant by whose designed equipment a separation plant is priced.

    Raises:
        InputError: No such plant, key or incentive; a fact that is missing.
    """
    s = setting_of(case, plant, changes, incentives, on, design)
    ringgit = fx_of(case).get("MYR", 1.0)
    return appraise(s.project, s.deck, s.regime, s.finance, draws, seed, PRICE_CORRELATION, ringgit)


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
    found, day = setting_of(case, plant, changes), application_day(case) if on is None else on
    project, regime = found.project, found.regime
    if packages is None:
        packages = {
            f"{i.id} {i.name}": (i.id,)
            for i in regime.incentives.values()
            if i.group == "main" and i.open_on(day) and i.status == "in_force"
            and (not i.stages or project.stage in i.stages)
            and (not i.states or (project.state or "").removeprefix("state:") in i.states)
        }  # fmt: skip
    drawn = sample(inputs_of(project, found.deck), draws, seed, PRICE_CORRELATION)
    return compare_incentives(project, found.deck, regime, found.finance, packages, day, drawn)


def review_ranges(case: Case) -> Ranges:
    """What is usual: capital per tonne of product over reported plants, dearest quote ever, exchange rates."""
    table = case.table("stage_costs")
    per_t = []
    for _, row in table.iterrows():
        unit = str(row["capacity_unit"])
        if "reo_out" in unit or "magnet_oxide" in unit or "ndpr_oxide_per" in unit:
            money = None if pd.isna(row["price_year"]) else capex_usd(case, row)
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
