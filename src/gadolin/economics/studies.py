"""A published study's headline figures, and what they give when the arithmetic is done again.

Two sets of conventions, each the same for every study and none fitted. `rough` compares studies with each other:
money flows at the start of each year (the year-0 convention of mining studies), capital over two years, first
operating year at 60 %, then a flat margin, no working capital, tax at 28 % with ten-year straight-line depreciation.
`stated` takes construction time, working capital, closure and tax rate from the study where it gives them, and adds
no ramp-up to figures that are averages over years from the first (the ramp is in them already).
What the study does not say is named in `missing`, because it explains most differences.

The record is that of the shipped reference file: `inputs` and `reported`, money in millions of the stated currency.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeGuard

from gadolin.economics.cash_flow import cash_flow
from gadolin.economics.depreciation import straight_line
from gadolin.economics.formulas import Deck
from gadolin.economics.ledger import Ledger
from gadolin.economics.project import Finance, Project, Schedule, Trade, WorkingCapital, known
from gadolin.economics.regimes import Allowance, Regime
from gadolin.errors import Fault, InputError
from gadolin.quantity import Quantity

__all__ = ["Recomputed", "Study", "read_study", "recompute"]

ASSUMED_CONSTRUCTION_YEARS = 2
ASSUMED_FIRST_YEAR_SHARE = 0.6
ASSUMED_TAX_SHARE = 0.28
MOST_YEARS = 500
ASSUMED_DEPRECIATION_YEARS = 10
_KG_PER_T, _MILLION = 1000.0, 1e6


@dataclass(frozen=True)
class Study:
    """Headline figures of a study in one shape.

    Args:
        id: Id of the case.
        currency: Currency of all money.
        capex_local_m: Initial capital. [million]
        life_years: Operating years, rounded to whole ones.
        rate_share: Discount rate. [share per year]
        margin_local_m_per_year: Margin before tax in each operating year, at full rate. [million per year]
        margin_how: How the margin was found, in words.
        ramp_inside: Whether the margin is an average from the first year, so that a ramp-up is in it already.
        construction_years: Whole years; None when not stated.
        sustaining_local_m_per_year: Renewal. [million per year]
        working_capital_local_m: Working capital. [million]
        closure_local_m: Closure. [million]
        tax_share: Tax rate; None when not stated.
        missing: Inputs that the study does not give.
    """

    id: str
    currency: str
    capex_local_m: float
    life_years: int
    rate_share: float
    margin_local_m_per_year: tuple[float, ...]
    margin_how: str
    ramp_inside: bool
    construction_years: int | None
    sustaining_local_m_per_year: float
    working_capital_local_m: float
    closure_local_m: float
    tax_share: float | None
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Recomputed:
    """What the arithmetic gives.

    Args:
        study: The study.
        npv_pre_tax_local_m: NPV before tax. [million]
        npv_post_tax_local_m: NPV after tax. [million]
        irr_pre_tax_share: IRR before tax; None when not unique.
        irr_post_tax_share: IRR after tax.
        ledger: The ledger after tax.
    """

    study: Study
    npv_pre_tax_local_m: float
    npv_post_tax_local_m: float
    irr_pre_tax_share: float | None
    irr_post_tax_share: float | None
    ledger: Ledger


_SPAN = re.compile(r"years_(?P<first>\d{1,3})_(?P<last>\d{1,3})|from_year_(?P<start>\d{1,3})")


def _told(value: Mapping[str, Any], life: int) -> list[float | None]:
    """One number per operating year where a span (`years_1_9`, `from_year_10`) gives one."""
    years: list[float | None] = [None] * life
    for key, number in value.items():
        span = _SPAN.fullmatch(str(key))
        if span and is_number(number):
            first, last = int(span["first"] or span["start"]), int(span["last"] or life)
            for year in range(max(first, 1) - 1, min(last, life)):
                years[year] = float(number)
    return years


def _split(value: Any, life: int) -> list[float] | None:
    """A figure, or figures by period, as one number per operating year; None when not given.

    `{"years_1_9": a, "life_average": b}` holds a in those years and what keeps the average b in the others.
    """
    if value is None or isinstance(value, str):
        return None
    if not isinstance(value, Mapping):
        return [float(value)] * life
    average = value.get("life_average")
    years = _told(value, life)
    known = [y for y in years if y is not None]
    if not known:
        return [float(average)] * life if is_number(average) else None
    open_years = life - len(known)
    rest = known[-1]
    if open_years and is_number(average):
        rest = (life * float(average) - sum(known)) / open_years
    return [rest if y is None else y for y in years]


def _weighted_rest(amounts: list[float], value: Any, life: int) -> list[float] | None:
    """A figure per kg by year; where only spans and a life average are given, the average is weighted by output."""
    per_kg = _split(value, life)
    if per_kg is None or not isinstance(value, Mapping) or not is_number(value.get("life_average")):
        return per_kg
    told = _told(value, life)
    weight = sum(a for a, y in zip(amounts, told, strict=True) if y is None)
    if weight == 0 or weight == sum(amounts):
        return per_kg
    inside = sum(a * y for a, y in zip(amounts, told, strict=True) if y is not None)
    rest = (float(value["life_average"]) * sum(amounts) - inside) / weight
    return [rest if y is None else y for y in told]


def _output(inputs: Mapping[str, Any], life_raw: float, life: int) -> list[float] | None:
    """Tonnes of what the unit cost and the price speak of, per year."""
    by_product = inputs.get("production_by_product_t_per_year") or {}
    unit = str(inputs.get("opex_per_kg_unit") or "").lower()
    if "magnet" in unit:
        whole = by_product.get("magnet_REO_life_total")
        if is_number(whole):
            return [float(whole) / life_raw] * life
        each = by_product.get("magnet_REO")
        if is_number(each):
            return [float(each)] * life
    if "ndpr" in unit and is_number(by_product.get("NdPr")):
        return [float(by_product["NdPr"])] * life
    return _split(inputs.get("production_treo_t_per_year"), life)


def _charge(inputs: Mapping[str, Any]) -> float:
    """Separation charge per kg that the text names beside the price, e.g. "additional cost of 10.0 US$/kg REO"."""
    words = str(inputs.get("payability_or_separation") or "").lower()
    if "additional cost of" not in words:
        return 0.0
    after = words.split("additional cost of", 1)[1].split()
    try:
        return float(after[0])
    except (IndexError, ValueError):
        return 0.0


def _margin(inputs: Mapping[str, Any], life_raw: float, life: int) -> tuple[list[float], str] | None:
    """Margin by year and how it was found: the first of the ways for which the study gives the figures."""

    def number(name: str) -> float | None:
        value = inputs.get(name)
        return None if value is None or isinstance(value, Mapping) else float(value)

    ebitda, revenue, opex = (number(n) for n in ("ebitda_m_per_year", "revenue_m_per_year", "opex_m_per_year"))
    if ebitda is not None:
        return [ebitda] * life, "EBITDA as stated"
    if revenue is not None and opex is not None:
        return [revenue - opex] * life, "revenue less operating cost"
    whole = number("ebitda_life_total_m")
    if whole is not None:
        return [whole / life_raw] * life, "EBITDA of the whole life over its years"
    output = _output(inputs, life_raw, life)
    price = _split(inputs.get("basket_price_per_kg"), life)
    if price is None:
        single = inputs.get("price_by_product_per_kg") or {}
        if is_number(single.get("NdPr")) and "ndpr" in str(inputs.get("opex_per_kg_unit") or "").lower():
            price = [float(single["NdPr"])] * life
    if output is not None and price is not None and inputs.get("opex_per_kg") is not None:
        cost = _weighted_rest(output, inputs["opex_per_kg"], life)
        if cost is not None:
            charge = _charge(inputs)
            rows = zip(output, price, cost, strict=True)
            margin = [t * (p - c - charge) * _KG_PER_T / _MILLION for t, p, c in rows]
            return margin, "output x (price less unit cost" + (" less separation charge)" if charge else ")")
    cash, capex = number("cashflow_life_pre_tax_m"), number("capex_initial_m")
    if cash is not None and capex is not None:
        return [(cash + capex) / life_raw] * life, "cash of the whole life before tax plus capital, over its years"
    return None


_TEXTS = (
    *("product", "ramp_up", "opex_per_kg_unit", "payability_or_separation", "price_escalation", "ebitda_period"),
    *("real_or_nominal", "tax_notes", "capex_contingency_included"),
)
_BY_PERIOD = (
    *("throughput_t_ore_per_year", "ore_grade_treo_pct", "recovery_treo_pct", "production_treo_t_per_year"),
    *("opex_per_kg", "opex_per_t_ore", "basket_price_per_kg"),
)
_BY_PRODUCT = ("production_by_product_t_per_year", "price_by_product_per_kg")
_MOST = 1e15


def _faults_of(inputs: Mapping[str, Any], name: str) -> list[Fault]:
    """Figures that are no numbers, or have parts where one number is meant."""
    faults = []
    for field, value in inputs.items():
        if field in _TEXTS or value is None:
            continue
        where = f"{name}.inputs.{field}"
        if field not in (*_BY_PERIOD, *_BY_PRODUCT):
            if not is_number(value):
                faults.append(Fault("must be a number", field=where, value=_shown(value)))
        elif isinstance(value, Mapping):
            parts = [(k, v) for k, v in value.items() if v is not None and not isinstance(v, Mapping)]
            faults += [Fault("must be a number", field=f"{where}.{k}", value=_shown(v)) for k, v in parts
                       if not is_number(v)]  # fmt: skip
        elif field in _BY_PRODUCT or not is_number(value):
            wanted = "must be a table by product" if field in _BY_PRODUCT else "must be a number"
            faults.append(Fault(wanted, field=where, value=_shown(value)))
    return faults


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a value is a number of a size that money and tonnes can have."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -_MOST < value < _MOST


def _shown(value: Any) -> Any:
    return value if isinstance(value, str | bool) else str(value)[:40]


def read_study(record: Mapping[str, Any]) -> Study:
    """A study from its record.

    Raises:
        InputError: A figure without which nothing can be computed is absent or of the wrong kind; all are named.
    """
    inputs: Mapping[str, Any] = record.get("inputs") or {}
    name = str(record.get("case_id") or record.get("project") or "study")
    faults = _faults_of(inputs, name)
    if faults:
        raise InputError(faults)
    for field in ("capex_initial_m", "mine_life_years", "discount_rate_pct"):
        value = inputs.get(field)
        if value is None:
            faults.append(Fault("is not given", field=f"{name}.inputs.{field}"))
        elif value <= 0:
            faults.append(Fault("must be a number greater than 0", field=f"{name}.inputs.{field}", value=value))
        elif field == "mine_life_years" and value > MOST_YEARS:
            faults.append(Fault(f"must be at most {MOST_YEARS}", field=f"{name}.inputs.{field}", value=value))
    construction = inputs.get("construction_years")
    if construction is not None and not 0 <= construction <= MOST_YEARS:
        faults.append(
            Fault(f"must lie in 0 to {MOST_YEARS}", field=f"{name}.inputs.construction_years", value=construction)
        )
    if faults:
        raise InputError(faults)
    life_raw = float(inputs["mine_life_years"])
    life = max(1, round(life_raw))
    margin = _margin(inputs, life_raw, life)
    if margin is not None and not any(margin[0]):
        raise InputError(Fault("the margin is zero in every year", field=f"{name}.inputs"))
    if margin is None:
        raise InputError(Fault("give EBITDA, revenue and cost, or output, price and unit cost", field=f"{name}.inputs"))
    whole = inputs.get("capex_life_total_m")
    sustaining = inputs.get("capex_sustaining_m")
    if sustaining is None and whole is not None:
        sustaining = whole - inputs["capex_initial_m"]
    told = {
        "construction_years": "construction time",
        "ramp_up": "ramp-up",
        "tax_rate_pct": "tax rate and depreciation",
        "working_capital_m": "working capital",
        "closure_m": "closure",
        "royalty_pct": "royalty",
    }
    missing = [words for field, words in told.items() if inputs.get(field) is None]
    if sustaining is None:
        missing.append("sustaining capital")
    capital = float(inputs["capex_initial_m"])
    if inputs.get("capex_contingency_included") is False:
        capital += float(inputs.get("capex_contingency_m") or 0.0)
    tax = inputs.get("tax_rate_pct")
    return Study(
        name,
        str(record.get("currency") or "USD"),
        capital,
        life,
        float(inputs["discount_rate_pct"]) / 100,
        tuple(margin[0]),
        margin[1],
        _ramp_inside(inputs, margin[1]),
        None if construction is None else max(1, round(construction)),
        0.0 if sustaining is None else float(sustaining) / life_raw,
        float(inputs.get("working_capital_m") or 0.0),
        float(inputs.get("closure_m") or 0.0),
        None if tax is None else float(tax) / 100,
        tuple(missing),
    )


def _ramp_inside(inputs: Mapping[str, Any], how: str) -> bool:
    by_year = isinstance(inputs.get("production_treo_t_per_year"), Mapping)
    return "whole life" in how or (how.startswith("output") and by_year)


def _parts(study: Study, stated: bool) -> tuple[Project, Deck]:
    """The study as a project that sells one good whose price is the margin."""
    building = (study.construction_years if stated else None) or ASSUMED_CONSTRUCTION_YEARS
    level = max(abs(m) for m in study.margin_local_m_per_year)
    factors = tuple(m / level for m in study.margin_local_m_per_year)
    path = (1.0,) * building + factors
    deck = Deck({"margin": Quantity(level, "million per kt", basis="derived")}, study.currency, path={"margin": path})
    bound = study.working_capital_local_m if stated else 0.0
    closure = study.closure_local_m if stated else 0.0
    project = Project(
        id=study.id,
        stage="mine",
        sales=(Trade("margin", known(1000.0, "t per year")),),
        capex={"plant": Quantity(study.capex_local_m, "million", basis="reported")},
        schedule=Schedule(
            (1 / building,) * building,
            (1.0,) if stated and study.ramp_inside else (ASSUMED_FIRST_YEAR_SHARE, 1.0),
            study.life_years,
            closure_years=1 if closure else 0,
            start_year=0,
        ),
        working_capital=WorkingCapital(first_fill_local_m=known(bound, "million")),
        sustaining=known(study.sustaining_local_m_per_year / study.capex_local_m, "share per year"),
        closure=known(closure, "million"),
        currency=study.currency,
    )
    return project, deck


def recompute(study: Study, conventions: Literal["rough", "stated"] = "rough") -> Recomputed:
    """NPV and IRR of a study before and after tax.

    Args:
        study: The study.
        conventions: `rough` to compare studies with each other, `stated` to use all that a study says.
    """
    stated = conventions == "stated"
    project, deck = _parts(study, stated)
    finance = Finance(study.rate_share, timing="start")
    bare = Regime("WLD", known(0.0))
    rate = study.tax_share if stated and study.tax_share is not None else ASSUMED_TAX_SHARE
    taxed = replace(
        bare,
        tax_rate=known(rate),
        allowances=(Allowance("plant", 1.0, straight_line(ASSUMED_DEPRECIATION_YEARS)),),
    )
    before, after = (cash_flow(project, deck, regime, finance) for regime in (bare, taxed))
    return Recomputed(
        study,
        before.npv(project.company, study.rate_share),
        after.npv(project.company, study.rate_share),
        before.irr(project.company).value,
        after.irr(project.company).value,
        after,
    )
