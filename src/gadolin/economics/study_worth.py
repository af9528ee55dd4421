"""Checks of a study's capital and worth: against the atlas's range, against all cash, and against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gadolin.economics.returns import annuity_factor
from gadolin.economics.studies import is_number
from gadolin.economics.study_sheet import DOUBTFUL, IMPOSSIBLE, KG_PER_T, MILLION, MISSING, Flag, Sheet

MOST_YEARS = 1000.0


def capital(s: Sheet) -> Iterator[Flag]:
    """Capital against its parts and against what reported plants cost per tonne."""
    capex, contingency = s.get("capex_initial_m"), s.get("capex_contingency_m")
    whole = s.get("capex_life_total_m")
    if capex is not None and contingency is not None and contingency >= capex:
        yield Flag(
            IMPOSSIBLE, f"contingency {contingency:g} m is not below capital {capex:g} m", ("capex_contingency_m",)
        )
    if capex is not None and whole is not None and whole < 0.999 * capex:
        yield Flag(
            IMPOSSIBLE, f"life capital {whole:g} m is below initial capital {capex:g} m", ("capex_life_total_m",)
        )
    if capex is not None and contingency is None and s.inputs.get("capex_contingency_included") is None:
        yield Flag(MISSING, "contingency is not stated", ("capex_contingency_m",))
    output = s.most("production_treo_t_per_year")
    low, high = s.ranges.capex_usd_per_t_low, s.ranges.capex_usd_per_t_high
    in_usd = None if capex is None else s.usd(capex)
    if in_usd is not None and output and low is not None and high is not None:
        per_t = in_usd * MILLION / output
        if not low <= per_t <= high:
            severity = IMPOSSIBLE if per_t < low / 10 or per_t > high * 10 else DOUBTFUL
            yield Flag(
                severity,
                f"capital of {per_t:,.0f} USD per t a year; reported plants have {low:,.0f}-{high:,.0f}",
                ("capex_initial_m", "production_treo_t_per_year"),
            )


def worth(s: Sheet) -> Iterator[Flag]:
    """NPV and IRR against what the cash could at most give, and against each other."""
    best, capex, life = _best_margin(s), s.get("capex_initial_m"), s.get("mine_life_years")
    margin = best if best is not None and best > 0 else None
    rate = max(s.get("discount_rate_pct") or 0.0, 0.0) / 100
    if (capex is not None and capex <= 0) or (life is not None and not 0 < life < MOST_YEARS):
        return
    npvs = {n: s.get(n) for n in ("npv_pre_tax_m", "npv_post_tax_m", "npv_tax_basis_unstated_m")}
    irrs = {n: s.get(n) for n in ("irr_pre_tax_pct", "irr_post_tax_pct", "irr_tax_basis_unstated_pct")}
    if best is not None and best <= 0 and any(n is not None and n > 0 for n in npvs.values()):
        words = f"the margin is {best:,.4g} m a year at best, and yet an NPV above 0 is reported"
        yield Flag(IMPOSSIBLE, words, tuple(n for n, v in npvs.items() if v is not None and v > 0))
    if margin is not None and capex and life:
        # the year-0 convention with all capital late and full output at once is the most a schedule can give
        most = margin * annuity_factor(rate, life) * (1 + rate) - capex / (1 + rate) if rate else margin * life - capex
        for name, npv in npvs.items():
            if npv is not None and npv > max(1.25 * most, most + 0.1 * capex):
                severity = IMPOSSIBLE if npv > max(2.0 * most, most + capex) else DOUBTFUL
                yield Flag(
                    severity,
                    f"{name} = {npv:,.4g} m; a margin of {margin:,.4g} m over {life:g} years at {100 * rate:g} % "
                    f"less the capital is worth at most {most:,.4g} m",
                    (name, "capex_initial_m", "mine_life_years"),
                )
        if margin * life < capex and any(n is not None and n > 0 for n in npvs.values()):
            yield Flag(
                IMPOSSIBLE, f"{margin:,.4g} m a year never pays back {capex:,.4g} m of capital", ("capex_initial_m",)
            )
        for name, irr in irrs.items():
            most_irr = 100 * margin / capex
            if irr is not None and irr > 2.5 * most_irr:
                yield Flag(IMPOSSIBLE, f"{name} = {irr:g} % where margin over capital is {most_irr:.0f} %", (name,))
            elif irr is not None and irr > 1.3 * most_irr:
                yield Flag(DOUBTFUL, f"{name} = {irr:g} % where margin over capital is {most_irr:.0f} %", (name,))
            elif irr is not None and irr < 0.3 * most_irr:
                yield Flag(
                    DOUBTFUL,
                    f"{name} = {irr:g} % is far below margin over capital of {most_irr:.0f} %; is capital complete?",
                    (name, "capex_initial_m"),
                )
        payback = s.get("payback_years")
        if payback is not None and payback < 0.4 * capex / margin:
            yield Flag(
                DOUBTFUL,
                f"payback in {payback:g} years where capital over margin is {capex / margin:.1f}",
                ("payback_years",),
            )
    yield from _agree(npvs, irrs, 100 * rate)


def _best_margin(s: Sheet) -> float | None:
    """The highest margin that any of the stated figures allows. [million per year]"""
    found: list[float] = []
    for name in ("ebitda_m_per_year", "revenue_m_per_year"):
        amount = s.get(name)
        if amount is not None:
            found.append(amount - ((s.get("opex_m_per_year") or 0.0) if name.startswith("rev") else 0.0))
            break
    life = s.get("mine_life_years")
    whole = s.get("ebitda_life_total_m")
    if whole is not None and life:
        found.append(whole / life)
    output, price = s.most("production_treo_t_per_year"), s.most("basket_price_per_kg")
    if not found and output and price and not s.inputs.get("production_by_product_t_per_year"):
        costs = s.inputs.get("opex_per_kg")
        parts = list(costs.values()) if isinstance(costs, Mapping) else [costs]
        numbers = [float(v) for v in parts if is_number(v)]
        found.append(output * (price - (min(numbers) if numbers else 0.0)) * KG_PER_T / MILLION)
    return max(found) if found else None


def _agree(npvs: Mapping[str, float | None], irrs: Mapping[str, float | None], rate_pct: float) -> Iterator[Flag]:
    pre, post = npvs["npv_pre_tax_m"], npvs["npv_post_tax_m"]
    if pre is not None and post is not None and post > pre + 1e-9:
        yield Flag(IMPOSSIBLE, f"NPV after tax {post:g} m exceeds NPV before tax {pre:g} m", ("npv_post_tax_m",))
    before, after = irrs["irr_pre_tax_pct"], irrs["irr_post_tax_pct"]
    if before is not None and after is not None and after > before + 1e-9:
        yield Flag(IMPOSSIBLE, f"IRR after tax {after:g} % exceeds IRR before tax {before:g} %", ("irr_post_tax_pct",))
    for basis in ("pre_tax", "post_tax", "tax_basis_unstated"):
        npv, irr = npvs[f"npv_{basis}_m"], irrs[f"irr_{basis}_pct"]
        if rate_pct and npv is not None and irr is not None and (npv > 0) != (irr > rate_pct):
            yield Flag(
                IMPOSSIBLE,
                f"NPV {npv:g} m at {rate_pct:g} % and IRR {irr:g} % contradict each other",
                (f"npv_{basis}_m", f"irr_{basis}_pct"),
            )
    if npvs["npv_tax_basis_unstated_m"] is not None:
        yield Flag(MISSING, "it is not said whether the NPV is before or after tax", ("npv_tax_basis_unstated_m",))
    if post is None and npvs["npv_tax_basis_unstated_m"] is None:
        yield Flag(MISSING, "no NPV after tax: tax is missing", ("npv_post_tax_m",))


def tax(s: Sheet) -> Iterator[Flag]:
    """A tax that is not stated, or that changes nothing."""
    if s.get("tax_rate_pct") is None:
        yield Flag(MISSING, "the tax rate is not stated", ("tax_rate_pct",))
    elif s.get("tax_rate_pct") == 0:
        yield Flag(DOUBTFUL, "a tax rate of 0 %: for how long?", ("tax_rate_pct",))
    pre, post = s.get("npv_pre_tax_m"), s.get("npv_post_tax_m")
    if pre is not None and post is not None and pre > 0 and pre == post and s.get("tax_rate_pct") != 0:
        yield Flag(
            DOUBTFUL, f"NPV before and after tax are the same, {pre:g} m: no tax is counted", ("npv_post_tax_m",)
        )
