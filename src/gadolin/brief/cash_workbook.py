"""A plant's cash flow as a workbook whose formulas do the engine's arithmetic again.

Sheet `Inputs` holds every input with its range, basis and refs, and the terms of finance and tax; sheet `Cash flow`
computes from it, period by period, what is paid to whom, `Tax` the tax of each year. Change an input and every number
follows, up to the NPV of company, states, lenders and partners. Cells carry the engine's values, so that a reader
without a calculation engine sees them too; a workbook whose cash differs from the engine's is not written.

Limits: the central case. When something happens (years of building, ramp-up, life, tenor and grace of a loan, years of
an incentive) is written into the formulas; to change it, write the workbook anew.
"""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter

from gadolin.brief.cash_loans import loans, partners
from gadolin.brief.cash_plant import capital, running, timing, trading, working_capital
from gadolin.brief.cash_rows import Book, Rows
from gadolin.brief.cash_tax import tax
from gadolin.economics.appraisal import Appraisal
from gadolin.economics.draws import rate_of_party

__all__ = ["write"]

_FIXED_DATE = datetime(2025, 1, 1)  # same inputs, same bytes


def write(found: Appraisal, file: str | Path) -> None:
    """Write the workbook.

    Args:
        found: An appraisal; its central case is written.
        file: File to write (.xlsx).

    Raises:
        OSError: The file cannot be written.
        ArithmeticError: The workbook would differ from the engine; a defect of ours.
    """
    content = io.BytesIO()
    made = xlsxwriter.Workbook(content, {"in_memory": True})
    made.set_properties({"title": f"Cash flow of {found.project.id}", "created": _FIXED_DATE})
    cells, values = _inputs(made.add_worksheet("Inputs"), found)
    years, per = found.project.schedule.years, found.finance.periods_per_year
    flow, taxes = (
        Rows(_sheet(made, name), name, columns) for name, columns in (("Cash flow", years * per), ("Tax", years))
    )
    book = Book(found, cells, values, flow, taxes)
    for part in (timing, capital, trading, running, loans, working_capital, tax, partners, _results):
        part(book)
    made.close()
    Path(file).write_bytes(content.getvalue())


def _sheet(made: Any, name: str) -> Any:
    sheet = made.add_worksheet(name)
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 1, 26)
    sheet.freeze_panes(1, 2)
    return sheet


def _terms(found: Appraisal) -> dict[str, tuple[float, str]]:
    """What can be changed beside the inputs, with its unit."""
    finance, regime, project = found.finance, found.regime, found.project
    royalty = regime.royalty_of(project.state, project.stage)
    terms: dict[str, tuple[float, str]] = {
        "discount rate (share)": (finance.discount_share, "share per year, real"),
        "discount rate of the public (share)": (rate_of_party(regime.federal, finance), "share per year, real"),
        "inflation (share)": (finance.inflation_share, "share per year"),
        "exchange rate of the deck": (
            finance.rate_of(project.currency, found.deck.currency), f"{project.currency} per {found.deck.currency}",
        ),
        "income tax (share)": (regime.tax_rate.value or 0.0, "share"),
        "import duty (share of capital)": (regime.import_duty_share, "share"),
        "export duty (share of sales)": (regime.export_duty_share, "share"),
        "royalty (share of sales)": (0.0 if royalty is None else royalty.rate.value or 0.0, "share"),
        "qualifying share of the capital": (project.qualifying_share, "share"),
        "sunk share of the capital": (project.sunk_share, "share"),
        "receivable days": (project.working_capital.receivable_days, "days"),
        "stock days": (project.working_capital.stock_days, "days"),
        "payable days": (project.working_capital.payable_days, "days"),
    }  # fmt: skip
    for number, floor in enumerate(project.floors, 1):
        tail = f" {number}" if len(project.floors) > 1 else ""
        terms[f"floor{tail}"] = (floor.floor, f"{found.deck.currency}/kg, {', '.join(floor.products)}")
        terms[f"upside share{tail}"] = (floor.upside_share, "share")
    for number, debt in enumerate(finance.debts, 1):
        terms[f"loan {number}: share of the capital"] = (debt.capex_share, f"share, from {debt.lender}")
        terms[f"loan {number}: interest"] = (debt.rate_share, "share per year")
        terms[f"loan {number}: fee"] = (debt.fee_share, "share of what is drawn")
    for partner, share in finance.equity_share.items():
        terms[f"share of {partner}"] = (share, "share of the company's cash")
    return terms


def _inputs(sheet: Any, found: Appraisal) -> tuple[dict[str, str], dict[str, float]]:
    """Write the inputs and terms; give the address and the value of each."""
    sheet.set_column(0, 0, 36)
    sheet.set_column(6, 6, 60)
    for column, head in enumerate(("input", "value", "unit", "low", "high", "basis", "refs", "note")):
        sheet.write(0, column, head)
    cells: dict[str, str] = {}
    values: dict[str, float] = {}

    def put(key: str, value: float, unit: str) -> int:
        row = len(cells) + 1
        sheet.write(row, 0, key)
        sheet.write_number(row, 1, value)
        sheet.write(row, 2, unit)
        cells[key], values[key] = f"Inputs!$B${row + 1}", value
        return row

    for key, q in found.inputs.items():
        assert q.value is not None  # a project without a value is refused when it is made
        row = put(key, float(q.value), q.unit)
        for column, end in ((3, q.low), (4, q.high)):
            if end is not None:
                sheet.write_number(row, column, float(end))
        for column, text in ((5, q.basis or ""), (6, "; ".join(q.refs)), (7, q.reason or "")):
            sheet.write(row, column, text)
    for key, (value, unit) in _terms(found).items():
        put(key, value, unit)
    return cells, values


def _results(book: Book) -> None:
    """Cash and NPV of every party that is asked about, IRR of the company, limits."""
    flow, found = book.flow, book.found
    regime, state = found.regime, found.project.state
    others = [p for p in found.ledger.parties if p.split(":")[0] in ("partner", "lender") or p == state]
    names = {book.company: "the company", regime.federal: "the federal state"}
    names |= {p: "the mining state" if p == state else p for p in others}
    rows = {}
    for party, name in names.items():
        parts = book.cash_parts(party)
        rows[party] = f"cash of {name}"
        flow.sum(rows[party], parts)
        engine = found.ledger.cash(party)[0] if party in found.ledger.parties else np.zeros(flow.columns)
        if not np.allclose(flow.values[rows[party]], engine, rtol=1e-9, atol=1e-9 * (1 + np.abs(engine).max())):
            raise ArithmeticError(f"the workbook's cash of {party} differs from the engine's; nothing was written")
    real = "cash of the company, real"
    cash = rows[book.company]
    flow.add(
        real,
        lambda p: f"={flow.cell(cash, p)}/{flow.cell('price index', p)}",
        flow.values[cash] / flow.values["price index"],
    )
    flow.at += 1
    for party, name in names.items():
        public = party.split(":")[0] in ("federal", "state")
        factor = "discount factor of the public" if public else "discount factor"
        value = float(flow.values[rows[party]] @ flow.values[factor])
        text = f"=SUMPRODUCT({flow.span(rows[party])},{flow.span(factor)})"
        _result(book, f"NPV of {name}", f"million {found.project.currency}, real", text, value)
    if found.irr.value is not None:
        start = (1 + found.irr.value) ** (1 / book.per) - 1  # spreadsheets search from a guess and often miss
        text = f"=(1+IRR({flow.span(real)},{start!r}))^{book.per}-1"
        _result(book, "IRR of the company", "share per year", text, found.irr.value)
    timing = {"start": "start", "mid": "middle", "end": "end"}[found.finance.timing]
    money = "money of the day" if found.finance.inflation_share else "real money"
    for limit in (f"Central case, {money}, flows at the {timing} of each period.", *found.limits):
        flow.sheet.write(flow.at, 0, limit)
        flow.at += 1


def _result(book: Book, name: str, unit: str, formula: str, value: float) -> None:
    sheet, at = book.flow.sheet, book.flow.at
    sheet.write(at, 0, name)
    sheet.write(at, 1, unit)
    sheet.write_formula(at, 2, formula, None, value)
    book.flow.at += 1
