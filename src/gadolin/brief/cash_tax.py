"""Tax of the cash-flow workbook as formulas: allowances, incentive, losses with their term, top-up to the minimum tax.

A sheet of its own with one column per year, for tax is yearly where the flows are quarterly. The same arithmetic as
`economics.taxes`, once more and apart from it, so that the two can be held against each other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gadolin.brief.cash_rows import Array, Book, Rows
from gadolin.economics.cash_flow import PAYROLL
from gadolin.economics.taxes import ROUNDING_LOCAL_M, allowance_matrix, incentive_years

__all__ = ["tax"]


def tax(book: Book) -> None:
    """Allowances, incentives, losses, tax and top-up of each year, and their payment in its last period."""
    _taxed(book)
    rows, regime, plan = book.tax, book.found.regime, book.found.project.schedule
    years = rows.columns
    rows.given("year", plan.start_year + np.arange(years, dtype=float))
    _yearly(book, "income before allowances", "income that is taxed")
    _yearly(book, "capital of the year", "capital with renewal and duty")
    share = book.cells["qualifying share of the capital"]
    rows.add(
        "qualifying capital",
        lambda y: f"={share}*{rows.cell('capital of the year', y)}",
        book.inputs["qualifying share of the capital"] * rows.values["capital of the year"],
    )
    matrix = allowance_matrix(regime, years, plan.construction_years)

    def granted(y: int) -> str:
        terms = [f"{float(matrix[s, y])!r}*{rows.cell('qualifying capital', s)}" for s in range(y + 1) if matrix[s, y]]
        return "=" + ("+".join(terms) or "0")

    rows.add("capital allowance granted", granted, rows.values["qualifying capital"] @ matrix)
    gains = np.maximum(rows.values["income before allowances"], 0.0)
    rows.add("gain", lambda y: f"=MAX({rows.cell('income before allowances', y)},0)", gains)
    _store(rows, "capital allowance", "capital allowance granted", "gain", None)
    rows.sum("statutory income", {"gain": 1, "capital allowance used": -1})
    _incentive(book)
    _losses(rows, regime.loss_years)
    _paid(book)


def _taxed(book: Book) -> None:
    """Income of each period before allowances; approved research may be deducted more than once."""
    flow = book.flow
    extra = sum(i.value for i in book.found.regime.in_use if i.benefit == "extra_deduction")
    parts = {"revenue": 1, "feed": -1, "running cost": -1, "closure": -1, "interest and fees that lower the tax": -1}
    parts |= {"royalty": -1} if "royalty" in flow.rows else {}
    if extra and "approved research" in flow.rows:
        flow.add(
            "further deduction of research",
            lambda p: f"={extra!r}*{flow.cell('approved research', p)}",
            extra * flow.values["approved research"],
        )
        parts["further deduction of research"] = -1
    flow.sum("income that is taxed", parts)


def _yearly(book: Book, name: str, row: str) -> None:
    """A row of the tax sheet that sums a row of the flows over each year."""
    per, flow = book.per, book.flow
    book.tax.add(
        name,
        lambda y: f"=SUM({flow.there(flow.span(row, y * per, per))})",
        flow.values[row].reshape(-1, per).sum(axis=1),
    )


def _incentive(book: Book) -> None:
    """Exempt share of income or investment allowance, to what can be charged before losses."""
    rows, v = book.tax, book.tax.values
    plan = incentive_years(
        book.found.regime, rows.columns, book.found.project.schedule.construction_years, v["qualifying capital"]
    )
    rows.given("exempt share", plan.exempt_share, "of statutory income")
    rows.given("investment allowance", plan.credit_share, "share of qualifying capital")
    rows.add(
        "investment allowance granted",
        lambda y: f"={rows.cell('investment allowance', y)}*{rows.cell('qualifying capital', y)}",
        plan.credit_share * v["qualifying capital"],
    )
    covered = _store(rows, "investment allowance", "investment allowance granted", "statutory income", plan.cap_share)
    rows.add(
        "chargeable before losses",
        lambda y: (
            f"=MAX({rows.cell('statutory income', y)}*(1-{rows.cell('exempt share', y)})"
            f"-{rows.cell('investment allowance used', y)},0)"
        ),
        np.maximum(v["statutory income"] * (1 - plan.exempt_share) - covered, 0.0),
    )
    lowered, key = plan.rate_share, "income tax (share)"
    rows.add(
        "tax rate",
        lambda y: f"={book.cells[key]}" if np.isnan(lowered[y]) else "",
        np.where(np.isnan(lowered), book.inputs[key], lowered),
        "share",
    )


def _paid(book: Book) -> None:
    """Income tax and top-up of each year, and the same as payments in its last period."""
    rows, v = book.tax, book.tax.values
    rows.add(
        "income tax of the year",
        lambda y: (
            f"=({rows.cell('chargeable before losses', y)}-{rows.cell('losses used', y)})*{rows.cell('tax rate', y)}"
        ),
        (v["chargeable before losses"] - v["losses used"]) * v["tax rate"],
    )
    _topup(book)
    for name in ("income tax", "top-up tax"):
        row = f"{name} of the year"
        values = np.zeros(book.flow.columns)
        values[book.per - 1 :: book.per] = v[row]

        def settled(p: int, row: str = row) -> str:
            if (p + 1) % book.per:
                return "=0"
            return f"={rows.there(rows.cell(row, p // book.per))}"

        book.pay(name, book.company, book.found.regime.federal, settled, values)


def _store(rows: Rows, name: str, granted: str, room: str, cap: float | None) -> Array:
    """A store that is filled and used as room allows; gives what is used."""
    scale = "" if cap is None else f"{cap!r}*"
    factor = 1.0 if cap is None else cap
    left = np.zeros(rows.columns)
    before = 0.0
    for y in range(rows.columns):
        before = left[y] = max(0.0, before + rows.values[granted][y] - factor * rows.values[room][y])

    def previous(y: int) -> str:
        return f"{rows.cell(f'{name} left', y - 1)}+" if y else ""

    rows.add(
        f"{name} left",
        lambda y: f"=MAX({previous(y)}{rows.cell(granted, y)}-{scale}{rows.cell(room, y)},0)",
        left,
    )
    used = np.concatenate([[0.0], left[:-1]]) + rows.values[granted] - left
    rows.add(
        f"{name} used",
        lambda y: f"={previous(y)}{rows.cell(granted, y)}-{rows.cell(f'{name} left', y)}",
        used,
    )
    return used


def _losses(rows: Rows, term: int | None) -> None:
    """Losses used against later income, oldest first, each for at most `term` years."""
    chargeable = rows.values["chargeable before losses"]
    made = np.cumsum(np.maximum(-rows.values["income before allowances"], 0.0))
    rows.add(
        "losses made so far",
        lambda y: (
            (f"={rows.cell('losses made so far', y - 1)}+" if y else "=")
            + f"MAX(-{rows.cell('income before allowances', y)},0)"
        ),
        made,
    )
    gone, used, expired = np.zeros(rows.columns), np.zeros(rows.columns), np.zeros(rows.columns)
    before = 0.0
    for y in range(rows.columns):
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
    )
    rows.add(
        "losses gone",
        lambda y: f"={rows.cell('losses gone before the year', y)}+{rows.cell('losses used', y)}",
        gone,
    )


def _topup(book: Book) -> None:
    """Top-up to the minimum tax on book profit."""
    rows, project, rule = book.tax, book.found.project, book.found.regime.minimum_tax
    if rule is None or not project.multinational:
        rows.given("top-up tax of the year", np.zeros(rows.columns), "no large group")
        return
    plan = project.schedule
    begin, life = plan.construction_years, plan.life_years
    whole = rows.values["qualifying capital"].sum()
    inside = (np.arange(rows.columns) >= begin) & (np.arange(rows.columns) < begin + life)
    book_profit = rows.values["income before allowances"] - np.where(inside, whole / life, 0.0)
    span = rows.span("qualifying capital")

    def profit(y: int) -> str:
        return f"={rows.cell('income before allowances', y)}" + (f"-SUM({span})/{life}" if inside[y] else "")

    rows.add("book profit", profit, book_profit)
    rows.add("book loss", lambda y: f"=MAX(-{rows.cell('book profit', y)},0)", np.maximum(-book_profit, 0.0))
    rows.add("book gain", lambda y: f"=MAX({rows.cell('book profit', y)},0)", np.maximum(book_profit, 0.0))
    used = _store(rows, "book losses", "book loss", "book gain", None)
    _carve_out(book, inside)
    first = int(rule.start[:4]) - plan.start_year if rule.start else 0

    def topup(y: int) -> str:
        if y < first:
            return "=0"
        taxed = f"({rows.cell('book gain', y)}-{rows.cell('book losses used', y)})"
        short = f"MAX({rule.rate_share!r}*{taxed}-{rows.cell('income tax of the year', y)},0)"
        return f"={short}*MAX(1-{rows.cell('carve-out', y)}/MAX({taxed},{ROUNDING_LOCAL_M!r}),0)"

    taxed = rows.values["book gain"] - used
    owed = np.maximum(rule.rate_share * taxed - rows.values["income tax of the year"], 0.0)
    owed = owed * np.maximum(1 - rows.values["carve-out"] / np.maximum(taxed, ROUNDING_LOCAL_M), 0.0)
    owed = np.where(np.arange(rows.columns) < first, 0.0, owed)
    rows.add("top-up tax of the year", topup, owed)


def _carve_out(book: Book, inside: NDArray[np.bool_]) -> None:
    """Profit that stands for people and plant: shares of payroll and of the mean book value of the plant."""
    rows, plan, rule = book.tax, book.found.project.schedule, book.found.regime.minimum_tax
    assert rule is not None
    payroll, assets = rule.carve_out_shares(plan.start_year, rows.columns)
    rows.given("carve-out on payroll", payroll, "share")
    rows.given("carve-out on assets", assets, "share")
    labour = f"cost of {PAYROLL}"
    paid = labour in book.flow.rows
    if paid:
        _yearly(book, "payroll", labour)
    left = 1 - (np.arange(rows.columns) - plan.construction_years + 0.5) / plan.life_years
    left = np.where(inside, left, 0.0)
    rows.given("plant not yet depreciated", left, "share, mean of the year")
    span = rows.span("qualifying capital")

    def formula(y: int) -> str:
        people = f"+{rows.cell('carve-out on payroll', y)}*{rows.cell('payroll', y)}" if paid else ""
        plant = f"{rows.cell('carve-out on assets', y)}*{rows.cell('plant not yet depreciated', y)}"
        return f"={plant}*SUM({span}){people}"

    carved = assets * left * rows.values["qualifying capital"].sum()
    rows.add("carve-out", formula, carved + payroll * rows.values["payroll"] if paid else carved)
