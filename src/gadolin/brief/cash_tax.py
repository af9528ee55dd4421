"""Tax of the cash-flow workbook as formulas: allowances, incentive, losses with their term, top-up to the minimum tax.

The same arithmetic as `economics.taxes`, once more and apart from it, so that the two can be held against each other.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gadolin.brief.cash_rows import Array, Rows
from gadolin.economics.appraisal import Appraisal
from gadolin.economics.taxes import allowance_matrix, incentive_years

__all__ = ["tax"]


def tax(rows: Rows, found: Appraisal, cells: Mapping[str, str]) -> None:
    """Allowances, incentives, losses, tax and top-up, as in `economics.taxes`."""
    project, regime, years = found.project, found.regime, rows.years
    v = rows.values
    income = v["revenue"] - v["feed"] - v["running cost"] - v["royalty"] - v["closure"]
    parts = ("feed", "running cost", "royalty", "closure")
    rows.add(
        "income before allowances",
        lambda y: f"={rows.cell('revenue', y)}-" + "-".join(rows.cell(p, y) for p in parts),
        income,
        "million",
    )
    share = project.qualifying_share
    qualifying = share * (v["capital"] + v["renewal"])
    rows.add(
        "qualifying capital",
        lambda y: f"={share!r}*({rows.cell('capital', y)}+{rows.cell('renewal', y)})",
        qualifying,
        "million",
    )
    matrix = allowance_matrix(regime, years, project.schedule.construction_years)

    def granted(y: int) -> str:
        terms = [f"{float(matrix[s, y])!r}*{rows.cell('qualifying capital', s)}" for s in range(y + 1) if matrix[s, y]]
        return "=" + ("+".join(terms) or "0")

    rows.add("capital allowance granted", granted, qualifying @ matrix, "million")
    gains = np.maximum(income, 0.0)
    rows.add("gain", lambda y: f"=MAX({rows.cell('income before allowances', y)},0)", gains, "million")
    statutory = gains - _store(rows, "capital allowance", "capital allowance granted", "gain", None)
    rows.add(
        "statutory income",
        lambda y: f"={rows.cell('gain', y)}-{rows.cell('capital allowance used', y)}",
        statutory,
        "million",
    )
    plan = incentive_years(regime, years, project.schedule.construction_years, qualifying)
    rows.given("exempt share", plan.exempt_share, "of statutory income")
    rows.given("investment allowance", plan.credit_share, "share of qualifying capital")
    rows.add(
        "investment allowance granted",
        lambda y: f"={rows.cell('investment allowance', y)}*{rows.cell('qualifying capital', y)}",
        plan.credit_share * qualifying,
        "million",
    )
    covered = _store(rows, "investment allowance", "investment allowance granted", "statutory income", plan.cap_share)
    chargeable = np.maximum(statutory * (1 - plan.exempt_share) - covered, 0.0)
    rows.add(
        "chargeable before losses",
        lambda y: (
            f"=MAX({rows.cell('statutory income', y)}*(1-{rows.cell('exempt share', y)})"
            f"-{rows.cell('investment allowance used', y)},0)"
        ),
        chargeable,
        "million",
    )
    _losses(rows, regime.loss_years, income, chargeable)
    lowered = plan.rate_share
    rows.add(
        "tax rate",
        lambda y: f"={cells['income tax (share)']}" if np.isnan(lowered[y]) else "",
        np.where(np.isnan(lowered), regime.tax_rate.value or 0.0, lowered),
    )
    rows.add(
        "income tax",
        lambda y: (
            f"=({rows.cell('chargeable before losses', y)}-{rows.cell('losses used', y)})*{rows.cell('tax rate', y)}"
        ),
        found.ledger.total("income_tax")[0],
        "million",
    )
    _topup(rows, found)


def _store(rows: Rows, name: str, granted: str, room: str, cap: float | None) -> Array:
    """A store that is filled and used as room allows; gives what is used."""
    scale = "" if cap is None else f"{cap!r}*"
    factor = 1.0 if cap is None else cap
    left = np.zeros(rows.years)
    before = 0.0
    for y in range(rows.years):
        before = left[y] = max(0.0, before + rows.values[granted][y] - factor * rows.values[room][y])

    def previous(y: int) -> str:
        return f"{rows.cell(f'{name} left', y - 1)}+" if y else ""

    rows.add(
        f"{name} left",
        lambda y: f"=MAX({previous(y)}{rows.cell(granted, y)}-{scale}{rows.cell(room, y)},0)",
        left,
        "million",
    )
    used = np.concatenate([[0.0], left[:-1]]) + rows.values[granted] - left
    rows.add(
        f"{name} used",
        lambda y: f"={previous(y)}{rows.cell(granted, y)}-{rows.cell(f'{name} left', y)}",
        used,
        "million",
    )
    return used


def _losses(rows: Rows, term: int | None, income: Array, chargeable: Array) -> None:
    """Losses used against later income, oldest first, each for at most `term` years."""
    made = np.cumsum(np.maximum(-income, 0.0))
    rows.add(
        "losses made so far",
        lambda y: (
            (f"={rows.cell('losses made so far', y - 1)}+" if y else "=")
            + f"MAX(-{rows.cell('income before allowances', y)},0)"
        ),
        made,
        "million",
    )
    gone, used, expired = np.zeros(rows.years), np.zeros(rows.years), np.zeros(rows.years)
    before = 0.0
    for y in range(rows.years):
        if term is not None and y > term:
            before = max(before, made[y - term - 1])
        expired[y] = before
        used[y] = min(made[y] - before, chargeable[y])
        before = gone[y] = before + used[y]

    rows.rows["losses gone"] = rows.at + 2  # spoken of before it is written

    def floor(y: int) -> str:
        last = rows.cell("losses gone", y - 1) if y else "0"
        if term is not None and y > term:
            return f"=MAX({last},{rows.cell('losses made so far', y - term - 1)})"
        return f"={last}"

    rows.add("losses gone before the year", floor, expired, "million, used or expired")
    rows.add(
        "losses used",
        lambda y: (
            f"=MIN({rows.cell('losses made so far', y)}-{rows.cell('losses gone before the year', y)},"
            f"{rows.cell('chargeable before losses', y)})"
        ),
        used,
        "million",
    )
    rows.add(
        "losses gone",
        lambda y: f"={rows.cell('losses gone before the year', y)}+{rows.cell('losses used', y)}",
        gone,
        "million",
    )


def _topup(rows: Rows, found: Appraisal) -> None:
    """Top-up to the minimum tax on book profit."""
    project, rule = found.project, found.regime.minimum_tax
    if rule is None or not project.multinational:
        rows.given("top-up tax", np.zeros(rows.years), "no large group")
        return
    plan = project.schedule
    begin, life = plan.construction_years, plan.life_years
    whole = rows.values["qualifying capital"].sum()
    inside = (np.arange(rows.years) >= begin) & (np.arange(rows.years) < begin + life)
    book = rows.values["income before allowances"] - np.where(inside, whole / life, 0.0)
    span = rows.span("qualifying capital")

    def book_formula(y: int) -> str:
        return f"={rows.cell('income before allowances', y)}" + (f"-SUM({span})/{life}" if inside[y] else "")

    rows.add("book profit", book_formula, book, "million")
    rows.add("book loss", lambda y: f"=MAX(-{rows.cell('book profit', y)},0)", np.maximum(-book, 0.0), "million")
    rows.add("book gain", lambda y: f"=MAX({rows.cell('book profit', y)},0)", np.maximum(book, 0.0), "million")
    _store(rows, "book losses", "book loss", "book gain", None)
    first = int(rule.start[:4]) - plan.start_year if rule.start else 0

    def topup(y: int) -> str:
        if y < first:
            return "=0"
        taxed = f"({rows.cell('book gain', y)}-{rows.cell('book losses used', y)})"
        return f"=MAX({rule.rate_share!r}*{taxed}-{rows.cell('income tax', y)},0)"

    rows.add("top-up tax", topup, found.ledger.total("topup_tax")[0], "million")
