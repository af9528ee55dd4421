"""Loans and partners in the cash-flow workbook.

The same terms as `economics.loans`, computed from the balance of each period instead of from its closed form, so that
the two can be held against each other.
"""

from __future__ import annotations

import numpy as np

from gadolin.brief.cash_rows import Book
from gadolin.economics.project import Debt

__all__ = ["loans", "partners"]


def loans(book: Book) -> None:
    """Rows of every loan, and the interest and fees that lower the tax."""
    flow = book.flow
    lowers: dict[str, int] = {}
    for number, debt in enumerate(book.found.finance.debts, 1):
        lowers |= _loan(book, debt, f"loan {number}")
    flow.sum("interest and fees that lower the tax", lowers)


def _loan(book: Book, debt: Debt, name: str) -> dict[str, int]:
    """Rows of one loan; gives those that lower the tax, with their sign."""
    flow, v, cells, per = book.flow, book.flow.values, book.cells, book.per
    share, rate, fee = (cells[f"{name}: {term}"] for term in ("share of the capital", "interest", "fee"))
    step = (1 + debt.rate_share) ** (1 / per) - 1
    each = f"((1+{rate})^(1/{per})-1)"
    columns = flow.columns
    building = np.arange(columns) < book.first
    spent = "capital with renewal and duty"
    drawn = debt.capex_share * np.where(building, v[spent], 0.0)
    flow.add(f"{name}: drawn for capital", lambda p: f"={share}*{flow.cell(spent, p)}" if building[p] else "=0", drawn)
    begin, count = book.first + debt.grace_years * per, (debt.tenor_years - debt.grace_years) * per
    balance, rolled, repaid = np.zeros(columns), np.zeros(columns), np.zeros(columns)
    adds = debt.building_interest == "added"
    for p in range(columns):
        if p:
            balance[p] = balance[p - 1] + drawn[p - 1] + rolled[p - 1] - repaid[p - 1]
        rolled[p] = step * balance[p] if adds and building[p] else 0.0
        if begin <= p < begin + count:
            repaid[p] = balance[begin] * _share_repaid(debt, step, count, p - begin)
    rows = [f"{name}: {what}" for what in ("balance", "interest", "interest added", "repayment")]
    at = {row: flow.at + i for i, row in enumerate(rows)}
    flow.rows.update(at)  # spoken of before they are written
    held, due, put, back = rows

    def owed(p: int) -> str:
        if not p:
            return "=0"
        before = p - 1
        return (
            f"={flow.cell(held, before)}+{flow.cell(f'{name}: drawn for capital', before)}"
            f"+{flow.cell(put, before)}-{flow.cell(back, before)}"
        )

    flow.add(held, owed, balance, "million, at the start")
    book.pay(due, book.company, debt.lender, lambda p: f"={each}*{flow.cell(held, p)}", step * balance)
    book.pay(
        put, debt.lender, book.company,
        lambda p: f"={flow.cell(due, p)}" if adds and building[p] else "=0", rolled,
    )  # fmt: skip

    def repayment(p: int) -> str:
        if not begin <= p < begin + count:
            return "=0"
        if debt.profile == "equal_principal":
            return f"={flow.cell(held, begin)}/{count}"
        return f"=-PPMT({each},{p - begin + 1},{count},{flow.cell(held, begin)})"

    book.pay(back, book.company, debt.lender, repayment, repaid)
    book.lines.append((f"{name}: drawn for capital", debt.lender, book.company))
    book.pay(
        f"{name}: fee", book.company, debt.lender,
        lambda p: f"={fee}*{flow.cell(f'{name}: drawn for capital', p)}", debt.fee_share * drawn,
    )  # fmt: skip
    return {due: 1, put: -1, f"{name}: fee": 1}


def _share_repaid(debt: Debt, step: float, count: int, k: int) -> float:
    """Part of the loan that is repaid in its k-th period of repayment."""
    if debt.profile == "equal_principal" or abs(step) < 1e-15:
        return 1 / count
    return (step / (1 - (1 + step) ** -count) - step) * (1 + step) ** k


def partners(book: Book) -> None:
    """Partners take their share of the company's cash, in and out."""
    flow = book.flow
    flow.sum("cash before partners", book.cash_parts(book.company))
    for partner in book.found.finance.equity_share:
        key = f"share of {partner}"
        book.pay(
            f"to {partner}", book.company, partner,
            lambda p, k=key: f"={book.cells[k]}*{flow.cell('cash before partners', p)}",
            book.inputs[key] * flow.values["cash before partners"],
        )  # fmt: skip
