"""Checks of a study's single figures: signs, percentages, magnitudes, and output against what the feed holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gadolin.economics.studies import is_number
from gadolin.economics.study_sheet import DOUBTFUL, IMPOSSIBLE, MISSING, Flag, Sheet


def signs(s: Sheet) -> Iterator[Flag]:
    """Negative and boundless figures, zeros where none can be, money without a currency."""
    for name, value in s.inputs.items():
        values = value.values() if isinstance(value, Mapping) else [value]
        if any(isinstance(v, int | float) and not isinstance(v, bool) and not is_number(v) for v in values):
            yield Flag(IMPOSSIBLE, f"{name} = {str(value)[:24]} is beyond any size that money or tonnes have", (name,))
        if any(is_number(v) and v < 0 for v in values):
            yield Flag(IMPOSSIBLE, f"{name} = {value} is negative", (name,))
    for name in ("capex_initial_m", "mine_life_years"):
        if s.get(name) == 0:
            yield Flag(IMPOSSIBLE, f"{name} is 0", (name,))
    if not s.currency:
        yield Flag(MISSING, "no currency is stated", ("currency",))


_SHARES = ("recovery", "grade", "tax", "royalty", "payab", "purity", "yield", "contingency")
_MOST_YEARS, _MOST_MUSD = 1000.0, 20000.0
"""No rare-earth project has been put above 2 billion USD; ten times that is another unit."""


def percentages(s: Sheet) -> Iterator[Flag]:
    """Shares above the whole, and shares that stand where a percentage is meant."""
    for name in s.inputs:
        value = s.most(name)
        if value is None or not name.endswith("_pct") or not any(word in name for word in _SHARES):
            continue
        if value > 100:
            yield Flag(IMPOSSIBLE, f"{name} = {value:g} is above 100 %", (name,))
        if 0 < value < 1 and "recovery" in name:
            yield Flag(DOUBTFUL, f"{name} = {value:g} looks like a share", (name,))
    for name in s.inputs:
        value = s.most(name)
        if value is not None and name.endswith("_share") and value > 1 and any(word in name for word in _SHARES):
            yield Flag(IMPOSSIBLE, f"{name} = {value:g} is above 1", (name,))
    grade = s.most("ore_grade_treo_pct")
    if grade is not None and 30 < grade <= 100:
        yield Flag(DOUBTFUL, f"an ore grade of {grade:g} % TREO; is it a concentrate, or ppm?", ("ore_grade_treo_pct",))
    rate = s.get("discount_rate_pct")
    if rate is not None and 0 < rate < 1:
        yield Flag(DOUBTFUL, f"a discount rate of {rate:g} % looks like a share", ("discount_rate_pct",))
    if rate is not None and rate > 30:
        yield Flag(DOUBTFUL, f"a discount rate of {rate:g} %", ("discount_rate_pct",))


def magnitudes(s: Sheet) -> Iterator[Flag]:
    """Figures that only another unit explains."""
    life, capex = s.get("mine_life_years"), s.get("capex_initial_m")
    if life is not None and life > 100:
        severity = IMPOSSIBLE if life > 1000 else DOUBTFUL
        yield Flag(severity, f"a life of {life:g} years", ("mine_life_years",))
    in_usd = None if capex is None else s.usd(capex)
    if in_usd is not None and in_usd > _MOST_MUSD:
        words = f"capital of {in_usd:,.0f} million USD; is it in thousands?"
        yield Flag(IMPOSSIBLE if in_usd > 10 * _MOST_MUSD else DOUBTFUL, words, ("capex_initial_m",))
    output, world = s.most("production_treo_t_per_year"), s.ranges.world_t_reo_per_year
    if output is not None and world and output > world:
        words = f"{output:,.0f} t REO a year; the whole world mined {world:,.0f} t: is it kilograms?"
        yield Flag(IMPOSSIBLE, words, ("production_treo_t_per_year",))
    ceiling, prices = s.ranges.price_usd_per_kg_high, s.inputs.get("price_by_product_per_kg")
    for product, price in prices.items() if isinstance(prices, Mapping) else ():
        dear = s.usd(price) if is_number(price) else None
        if ceiling and dear is not None and dear > ceiling:
            words = f"{product} at {dear:,.0f} USD/kg is dearer than any product quoted ({ceiling:,.0f})"
            yield Flag(IMPOSSIBLE, words, ("price_by_product_per_kg",))


def balance(s: Sheet) -> Iterator[Flag]:
    """Output against what the feed holds."""
    ore, grade = s.most("throughput_t_ore_per_year"), s.most("ore_grade_treo_pct")
    output = s.most("production_treo_t_per_year")
    if ore is not None and grade is not None and output is not None:
        held = ore * grade / 100
        recovery = s.most("recovery_treo_pct")
        if output > 1.02 * held:
            yield Flag(
                IMPOSSIBLE,
                f"{output:,.0f} t REO a year from feed that holds {held:,.0f} t",
                ("production_treo_t_per_year", "throughput_t_ore_per_year", "ore_grade_treo_pct"),
            )
        elif recovery is not None and output > 1.1 * held * recovery / 100:
            yield Flag(
                DOUBTFUL,
                f"{output:,.0f} t REO a year where feed and recovery give {held * recovery / 100:,.0f} t",
                ("production_treo_t_per_year", "recovery_treo_pct"),
            )
    parts = s.inputs.get("production_by_product_t_per_year")
    if isinstance(parts, Mapping) and output is not None:
        words = ("total", "concentrate", "acid", "carbonate", "Zr", "zircon")
        rare = {str(k): float(v) for k, v in parts.items() if is_number(v)}
        rare = {k: v for k, v in rare.items() if not any(w in k for w in words)}
        if sum(rare.values()) > 1.02 * output:
            yield Flag(
                IMPOSSIBLE,
                f"products of {sum(rare.values()):,.0f} t exceed the {output:,.0f} t REO of all",
                ("production_by_product_t_per_year", "production_treo_t_per_year"),
            )
