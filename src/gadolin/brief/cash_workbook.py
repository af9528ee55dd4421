"""A plant's cash flow as a workbook whose formulas do the engine's arithmetic again.

Sheet `Inputs` holds every input with its range, basis and refs; sheet `Cash flow` computes from it, year by year, up to
tax with losses and allowances, to the NPV of company, federal and state. Change an input and every number follows.
Cells carry the engine's values, so that a reader without a calculation engine sees them too.

Limits: the central case, yearly, real, without loans, partners, price floors or paths of prices; anything else is
refused, because a workbook that differs from the engine is worse than none.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter

from gadolin.brief.cash_rows import Array, Rows
from gadolin.brief.cash_tax import tax
from gadolin.economics.appraisal import Appraisal
from gadolin.economics.project import Trade
from gadolin.errors import InputError

__all__ = ["write"]

_FIXED_DATE = datetime(2025, 1, 1)  # same inputs, same bytes


def write(found: Appraisal, file: str | Path) -> None:
    """Write the workbook.

    Args:
        found: An appraisal; its central case is written.
        file: File to write (.xlsx).

    Raises:
        InputError: Loans, partners, floors, price paths, inflation or quarters, which the workbook does not hold.
    """
    _check(found)
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    book.set_properties({"title": f"Cash flow of {found.project.id}", "created": _FIXED_DATE})
    inputs = book.add_worksheet("Inputs")
    cells = _inputs(inputs, found)
    sheet = book.add_worksheet("Cash flow")
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 26)
    sheet.freeze_panes(2, 2)
    years = found.project.schedule.years
    rows = Rows(sheet, years)
    _timing(rows, found, cells)
    _operations(rows, found, cells)
    tax(rows, found, cells)
    _results(rows, found, cells)
    book.close()
    Path(file).write_bytes(content.getvalue())


def _check(found: Appraisal) -> None:
    finance, project = found.finance, found.project
    barred = {
        "loans": bool(finance.debts),
        "partners": bool(finance.equity_share),
        "inflation": finance.inflation_share != 0,
        "quarters": finance.periods_per_year != 1,
        "flows that are not at year end": finance.timing != "end",
        "price floors": bool(project.floors),
        "paths of prices": bool(found.deck.path),
        "a deck in another currency": found.deck.currency != project.currency,
    }
    held = [name for name, is_there in barred.items() if is_there]
    if held:
        raise InputError(f"the workbook cannot hold {', '.join(held)}; leave --xlsx out, or appraise without them")


def _inputs(sheet: Any, found: Appraisal) -> dict[str, str]:
    """Write the inputs and give the address of each value."""
    sheet.set_column(0, 0, 36)
    sheet.set_column(6, 6, 60)
    for column, head in enumerate(("input", "value", "unit", "low", "high", "basis", "refs", "note")):
        sheet.write(0, column, head)
    regime, project = found.regime, found.project
    extra: dict[str, float] = {
        "discount rate (share)": found.finance.discount_share,
        "discount rate of the public (share)": found.finance.public_discount_share or found.finance.discount_share,
        "income tax (share)": regime.tax_rate.value or 0.0,
        "receivable days": project.working_capital.receivable_days,
        "stock days": project.working_capital.stock_days,
        "payable days": project.working_capital.payable_days,
    }
    cells: dict[str, str] = {}
    row = 1
    for key, q in found.inputs.items():
        sheet.write(row, 0, key)
        sheet.write_number(row, 1, float(q.value or 0.0))
        sheet.write(row, 2, q.unit)
        for column, end in ((3, q.low), (4, q.high)):
            if end is not None:
                sheet.write_number(row, column, float(end))
        sheet.write(row, 5, q.basis or "")
        sheet.write(row, 6, "; ".join(q.refs))
        sheet.write(row, 7, q.reason or "")
        cells[key] = f"Inputs!$B${row + 1}"
        row += 1
    for key, value in extra.items():
        sheet.write(row, 0, key)
        sheet.write_number(row, 1, value)
        cells[key] = f"Inputs!$B${row + 1}"
        row += 1
    return cells


def _timing(rows: Rows, found: Appraisal, cells: Mapping[str, str]) -> None:
    plan, years = found.project.schedule, rows.years
    begin, end = plan.construction_years, plan.construction_years + plan.life_years
    rows.given("year", plan.start_year + np.arange(years, dtype=float))
    ramp, build = np.zeros(years), np.zeros(years)
    build[:begin] = plan.construction_share
    for year in range(plan.life_years):
        ramp[begin + year] = plan.ramp_share[min(year, len(plan.ramp_share) - 1)]
    running = ((np.arange(years) >= begin) & (np.arange(years) < end)).astype(float)
    rows.given("capital spent", build, "share of the whole")
    rows.given("operating", running, "1 in an operating year")
    rows.given("ramp-up", ramp, "share of full rate")
    rate = found.finance.discount_share
    index = np.arange(1, years + 1, dtype=float)
    rows.add("discount factor", lambda y: f"=(1+{cells['discount rate (share)']})^-{y + 1}", (1 + rate) ** -index)
    public = found.finance.public_discount_share or rate
    key = cells["discount rate of the public (share)"]
    rows.add("discount factor of the public", lambda y: f"=(1+{key})^-{y + 1}", (1 + public) ** -index)


def _price(trade: Trade, side: str, found: Appraisal, cells: Mapping[str, str]) -> str:
    """Price of a trade as a formula without its equals sign."""
    terms = trade.formula
    if terms.fixed is not None:
        return repr(terms.fixed)
    composition = trade.composition or {trade.good: 1.0}
    paid = {
        n: s
        for n, s in composition.items()
        if s and n not in found.deck.uncredited and (not terms.paid or n in terms.paid)
    }
    basket = "+".join(f"{share!r}*{cells[f'price:{name}']}" for name, share in paid.items())
    payable = cells.get(f"payable:{side}:{trade.good}", repr(terms.payable_share))
    # the charges of the formula: its price at a basket of zero, with the sign turned
    charge = -float(terms.price(dict.fromkeys(composition, 0.0), composition, found.deck.uncredited))
    return f"({payable}*{1 - terms.discount_share!r}*({basket})-{charge!r})"


def _operations(rows: Rows, found: Appraisal, cells: Mapping[str, str]) -> None:
    project, ledger = found.project, found.ledger
    capital = "+".join(cells[f"capex:{item}"] for item in project.capex) or "0"
    growth, output = f"{cells['capex_growth']}*{cells['location_factor']}", cells["output"]
    spent = 1 - project.sunk_share

    def line(kind: str) -> Array:
        return ledger.total(kind)[0]

    rows.add(
        "capital",
        lambda y: f"={spent!r}*({capital})*{growth}*{rows.cell('capital spent', y)}",
        line("capex"),
        "million",
    )
    rows.add(
        "renewal",
        lambda y: f"={cells['sustaining']}*({capital})*{growth}*{rows.cell('operating', y)}",
        line("sustaining"),
        "million",
    )
    for side, name, trades in (("sale", "sales of", project.sales), ("feed", "purchases of", project.purchases)):
        for trade in trades:
            price = _price(trade, side, found, cells)
            tonnes = cells[f"{side}:{trade.good}"]
            rows.add(
                f"{name} {trade.good}",
                lambda y, t=tonnes, p=price: f"={t}*{output}*{rows.cell('ramp-up', y)}*{p}/1000",
                _trade_values(found, side, trade),
                "million",
            )
    _sum(rows, "revenue", [f"sales of {t.good}" for t in project.sales])
    _sum(rows, "feed", [f"purchases of {t.good}" for t in project.purchases])
    for item in project.opex:
        fixed = item.fixed_share
        rows.add(
            item.kind,
            lambda y, k=item.kind, f=fixed: (
                f"={cells[f'opex:{k}']}*({f!r}*{rows.cell('operating', y)}"
                f"+{1 - f!r}*{rows.cell('ramp-up', y)}*{output})"
            ),
            line(item.kind),
            "million",
        )
    _sum(rows, "running cost", [item.kind for item in project.opex])
    _bound(rows, found, cells)
    royalty = found.regime.royalty_of(project.state, project.stage)
    share = 0.0 if royalty is None else float(royalty.rate.value or 0.0)
    rows.add("royalty", lambda y: f"={share!r}*{rows.cell('revenue', y)}", line("royalty"), "million")
    when = np.zeros(rows.years)
    end = project.schedule.construction_years + project.schedule.life_years
    when[end:] = 1 / max(rows.years - end, 1)
    if end == rows.years:
        when[-1] = 1.0
    rows.add("closure", lambda y: f"={cells['closure']}*{float(when[y])!r}", line("closure"), "million")


def _trade_values(found: Appraisal, side: str, trade: Trade) -> Array:
    """Value of one trade by year in the central case. [million]"""
    kind, party = ("revenue", trade.party) if side == "sale" else ("feed", trade.party)
    trades = found.project.sales if side == "sale" else found.project.purchases
    lines = [line for line in found.ledger.lines if line.kind == kind]
    assert party in {p for line in lines for p in (line.payer, line.payee)}
    return lines[[t.good for t in trades].index(trade.good)].amount_local_m[0]


def _sum(rows: Rows, name: str, parts: list[str]) -> None:
    values = np.sum([rows.values[p] for p in parts], axis=0) if parts else np.zeros(rows.years)
    rows.add(name, lambda y: "=" + ("+".join(rows.cell(p, y) for p in parts) or "0"), values, "million")


def _bound(rows: Rows, found: Appraisal, cells: Mapping[str, str]) -> None:
    plan, terms = found.project.schedule, found.project.working_capital
    last = plan.construction_years + plan.life_years - 1
    receivable, stock, payable = (cells[k] for k in ("receivable days", "stock days", "payable days"))
    costs = rows.values["feed"] + rows.values["running cost"]
    level = (terms.receivable_days * rows.values["revenue"] + (terms.stock_days - terms.payable_days) * costs) / 365
    level = np.where(np.arange(rows.years) < last, level, 0.0)

    def level_formula(y: int) -> str:
        if y >= last:
            return "=0"
        cost = f"({rows.cell('feed', y)}+{rows.cell('running cost', y)})"
        return f"=({receivable}*{rows.cell('revenue', y)}+({stock}-{payable})*{cost})/365"

    rows.add("working capital held", level_formula, level, "million")
    rows.add(
        "change of working capital",
        lambda y: (
            f"={rows.cell('working capital held', y)}" + (f"-{rows.cell('working capital held', y - 1)}" if y else "")
        ),
        np.diff(level, prepend=0.0),
        "million",
    )
    at = max(plan.construction_years - 1, 0)
    moves = np.zeros(rows.years)
    moves[at] += 1
    moves[last] -= terms.recovered_share
    fill = float(found.inputs["first_fill"].value or 0.0)
    rows.add("first fill", lambda y: f"={cells['first_fill']}*{float(moves[y])!r}", fill * moves, "million")


def _results(rows: Rows, found: Appraisal, cells: Mapping[str, str]) -> None:
    shares = sum(i.value for i in found.regime.in_use if i.benefit == "grant" and not i.grant_is_money)
    money = sum(i.value for i in found.regime.in_use if i.benefit == "grant" and i.grant_is_money)
    rows.add(
        "grants",
        lambda y: f"={shares!r}*{rows.cell('capital', y)}+{money!r}*{rows.cell('capital spent', y)}",
        found.ledger.total("grant")[0],
        "million",
    )
    outgo = (
        *("capital", "renewal", "feed", "running cost", "change of working capital", "first fill", "royalty"),
        *("closure", "income tax", "top-up tax"),
    )
    company = found.project.company
    rows.add(
        "cash of the company",
        lambda y: f"={rows.cell('revenue', y)}+{rows.cell('grants', y)}-" + "-".join(rows.cell(p, y) for p in outgo),
        found.ledger.cash(company)[0],
        "million",
    )
    federal = found.ledger.total("income_tax")[0] + found.ledger.total("topup_tax")[0] - found.ledger.total("grant")[0]
    rows.add(
        "cash of the federal state",
        lambda y: f"={rows.cell('income tax', y)}+{rows.cell('top-up tax', y)}-{rows.cell('grants', y)}",
        federal,
        "million",
    )
    rows.at += 1
    results = {
        "NPV of the company": ("cash of the company", "discount factor"),
        "NPV of the federal state": ("cash of the federal state", "discount factor of the public"),
        "NPV of the mining state": ("royalty", "discount factor of the public"),
    }
    for name, (row, factor) in results.items():
        value = float(rows.values[row] @ rows.values[factor])
        rows.sheet.write(rows.at, 0, name)
        rows.sheet.write(rows.at, 1, f"million {found.project.currency}")
        rows.sheet.write_formula(rows.at, 2, f"=SUMPRODUCT({rows.span(row)},{rows.span(factor)})", None, value)
        rows.at += 1
    if found.irr.value is not None:
        rows.sheet.write(rows.at, 0, "IRR of the company")
        rows.sheet.write(rows.at, 1, "share per year")
        rows.sheet.write_formula(rows.at, 2, f"=IRR({rows.span('cash of the company')})", None, found.irr.value)
        rows.at += 1
    for limit in ("Central case, real money, flows at year end.", *found.limits):
        rows.sheet.write(rows.at, 0, limit)
        rows.at += 1
