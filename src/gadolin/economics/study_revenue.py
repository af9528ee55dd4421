"""Checks of a study's income: revenue against tonnes x price x payability, earnings, totals of the life."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from gadolin.economics.studies import is_number
from gadolin.economics.study_sheet import DOUBTFUL, IMPOSSIBLE, KG_PER_T, MILLION, MISSING, Flag, Sheet


def _payable(s: Sheet) -> tuple[float, str]:
    """Payable share of the price as the study states it, and the field; 1 when it does not."""
    for name, value in s.inputs.items():
        if "payab" in name and is_number(value) and name.endswith(("_pct", "_share")):
            return (value / 100 if name.endswith("_pct") else value), name
    words = str(s.inputs.get("payability_or_separation") or "").lower()
    found = re.search(r"(\d+(?:\.\d+)?)\s*%\s*(?:payab|of (?:the )?(?:oxide |basket )?(?:basket|price))", words)
    return (float(found.group(1)) / 100, "payability_or_separation") if found else (1.0, "")


def _full_value(s: Sheet) -> tuple[float, str, tuple[str, ...]] | None:
    """What all tonnes are worth at the stated prices, in words, and the fields. [million per year]"""
    output, price = s.most("production_treo_t_per_year"), s.most("basket_price_per_kg")
    if output and price:
        fields = ("production_treo_t_per_year", "basket_price_per_kg")
        return output * price * KG_PER_T / MILLION, "tonnes x basket price", fields
    made, prices = (s.inputs.get(n) for n in ("production_by_product_t_per_year", "price_by_product_per_kg"))
    if not isinstance(made, Mapping) or not isinstance(prices, Mapping):
        return None
    sold = {k: v for k, v in made.items() if is_number(v) and "total" not in k}
    if not sold or any(not is_number(prices.get(k)) for k in sold):
        return None
    worth = sum(v * prices[k] for k, v in sold.items()) * KG_PER_T / MILLION
    return worth, "tonnes x price of all products", ("production_by_product_t_per_year", "price_by_product_per_kg")


def revenue(s: Sheet) -> Iterator[Flag]:
    """Revenue against tonnes x price x payability, earnings against revenue and against any possible price."""
    revenue, ebitda, opex = (s.get(n) for n in ("revenue_m_per_year", "ebitda_m_per_year", "opex_m_per_year"))
    byproduct = s.get("byproduct_revenue_m_per_year")
    worth = _full_value(s)
    if revenue is not None and worth is not None and worth[0] > 0:
        share, field = _payable(s)
        full, how, fields = worth[0] * share, worth[1], worth[2]
        if field:
            how, fields = f"{how} x payable {100 * share:g} %", (*fields, field)
        ratio = (revenue - (byproduct or 0.0)) / full if full else math.inf
        words = str(s.inputs.get("product") or "").lower()
        most = 1.5 if byproduct is None and ("by-product" in words or "co-product" in words) else 1.25
        if ratio > most:
            yield Flag(
                IMPOSSIBLE,
                f"revenue of {revenue:,.4g} m a year is {ratio:.2f} times {how} ({full:,.4g} m)",
                ("revenue_m_per_year", *fields),
            )
        elif ratio > 1.05 or ratio < 0.4:
            yield Flag(
                DOUBTFUL, f"revenue is {ratio:.2f} times {how}; what is paid for?", ("revenue_m_per_year", *fields)
            )
    yield from _life(s, revenue)
    if revenue is not None and ebitda is not None:
        if ebitda > 1.001 * revenue:
            yield Flag(IMPOSSIBLE, f"EBITDA {ebitda:,.4g} m exceeds revenue {revenue:,.4g} m", ("ebitda_m_per_year",))
        elif opex is not None and ebitda > 1.1 * (revenue - opex):
            yield Flag(
                DOUBTFUL,
                f"EBITDA {ebitda:,.4g} m exceeds revenue less opex {revenue - opex:,.4g} m",
                ("ebitda_m_per_year",),
            )
    whole, whole_revenue = s.get("ebitda_life_total_m"), s.get("revenue_life_total_m")
    if whole is not None and whole_revenue is not None and whole > 1.001 * whole_revenue:
        yield Flag(
            IMPOSSIBLE,
            f"life EBITDA {whole:,.4g} m exceeds life revenue {whole_revenue:,.4g} m",
            ("ebitda_life_total_m",),
        )
    yield from _per_kg(s)


def _life(s: Sheet, revenue: float | None) -> Iterator[Flag]:
    """Totals of the life against its years."""
    whole, life = s.get("revenue_life_total_m"), s.get("mine_life_years")
    if revenue is not None and whole is not None and life and not 0.5 <= whole / (revenue * life or 1.0) <= 1.5:
        yield Flag(
            DOUBTFUL,
            f"life revenue {whole:,.4g} m is {whole / (revenue * life or 1.0):.2f} times {life:g} years of "
            f"{revenue:,.4g} m",
            ("revenue_life_total_m", "revenue_m_per_year", "mine_life_years"),
        )
    payback = s.get("payback_years")
    if payback is not None and life and payback > life + (s.get("construction_years") or 0.0):
        yield Flag(IMPOSSIBLE, f"payback in {payback:g} years of a life of {life:g}", ("payback_years",))


def _per_kg(s: Sheet) -> Iterator[Flag]:
    """Earnings and unit figures per kg against prices."""
    output, price = s.most("production_treo_t_per_year"), s.most("basket_price_per_kg")
    ceiling = s.ranges.price_usd_per_kg_high
    for name in ("revenue_m_per_year", "ebitda_m_per_year"):
        amount = s.get(name)
        if not output or amount is None:
            continue
        per_kg = (amount - (s.get("byproduct_revenue_m_per_year") or 0.0)) * MILLION / (output * KG_PER_T)
        in_usd = s.usd(per_kg)
        if price and per_kg > 1.5 * price and name == "ebitda_m_per_year":
            yield Flag(
                IMPOSSIBLE, f"EBITDA of {per_kg:,.0f} per kg REO at a price of {price:g}", (name, "basket_price_per_kg")
            )
        elif ceiling and in_usd is not None and in_usd > ceiling:
            yield Flag(
                IMPOSSIBLE,
                f"{name} is {in_usd:,.0f} USD per kg REO; the dearest product ever quoted is {ceiling:,.0f}",
                (name, "production_treo_t_per_year"),
            )
    cost = s.most("opex_per_kg")
    if cost is not None and not s.inputs.get("opex_per_kg_unit"):
        yield Flag(MISSING, f"opex_per_kg = {cost:g} has no unit (per kg of what?)", ("opex_per_kg_unit",))
    in_usd = None if price is None else s.usd(price)
    if ceiling and in_usd is not None and in_usd > ceiling:
        yield Flag(
            IMPOSSIBLE,
            f"a basket of {in_usd:,.0f} USD/kg is dearer than any product quoted ({ceiling:,.0f})",
            ("basket_price_per_kg",),
        )
