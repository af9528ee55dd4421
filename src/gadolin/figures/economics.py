"""Figures of economics: where a plant's money goes, and which input moves its worth most."""

from __future__ import annotations

import re

import pandas as pd

from gadolin.economics.appraisal import Appraisal
from gadolin.figures.bars import Tornado, Waterfall
from gadolin.figures.grammar import Figure
from gadolin.figures.text import date_text
from gadolin.quantity import Quantity, format_range, weakest

__all__ = ["label", "tornado", "waterfall"]

_ALONE = {
    "capex_growth": "growth of capital",
    "capex:plant": "capital of the plant",
    "sustaining": "renewal",
    "output": "availability",
}

_NAMES = {
    "revenue": "revenue",
    "feed": "feed",
    "capex": "capital",
    "sustaining": "renewal",
    "income_tax": "income tax",
    "topup_tax": "minimum tax",
    "working_capital": "working capital",
}


def waterfall(found: Appraisal, plant: str) -> Figure:
    """Present values from revenue to the company's NPV.

    Args:
        found: An appraisal.
        plant: How a reader calls the plant.
    """
    ledger, company = found.ledger.real(), found.project.company
    rate = found.finance.discount_share
    parts = [(kind, ledger.npv(company, rate, kinds=(kind,))) for kind in ledger.kinds]
    parts = [(kind, value) for kind, value in parts if abs(value) > 1e-9]
    total = sum(value for _, value in parts)
    parts.sort(key=lambda pair: pair[0] not in ("revenue", "floor_topup", "grant"))  # what comes in stands first
    weak = {line.kind: line.local_m_per_year.basis for line in found.project.opex}
    weak |= {"capex": weakest([q.basis for q in found.project.capex.values() if q.basis] or ["choice"])}
    rows = [
        (_NAMES.get(kind, kind.replace("_", " ")), value, "change", weak.get(kind, "derived")) for kind, value in parts
    ]
    rows.append(("NPV of the company", total, "total", found.basis))
    worth = "worth more than it costs" if total > 0 else "costs more than it is worth"
    return Figure(
        id=f"waterfall-{found.project.id.lower()}",
        finding=f"{plant}: {worth} at the prices of the deck",
        unit=f"present value, million {found.project.currency} of {found.project.price_year}, "
        f"{100 * rate:g} % a year; central case",
        data=pd.DataFrame(rows, columns=["item", "value", "kind", "basis"]),
        marks=Waterfall(),
        refs=found.refs,
        data_date=found.deck.date,
        note=_sentence(found.limits[0]) if found.limits else "",
    )


def tornado(found: Appraisal, plant: str, most: int = 10) -> Figure:
    """NPV of the company with each input at its low and at its high end.

    Args:
        found: An appraisal.
        plant: How a reader calls the plant.
        most: How many inputs are drawn.
    """
    bars = [bar for bar in found.bars[:most] if bar.swing_local_m > 0]
    rows = [
        (
            f"{label(bar.key)}, {_printed_unit(bar.input.unit)}",
            bar.npv_at_low_local_m,
            bar.npv_at_high_local_m,
            _end(bar.input, bar.input.low),
            _end(bar.input, bar.input.high),
        )
        for bar in bars
    ]
    base = found.npv(found.project.company).value or 0.0
    first = label(bars[0].key) if bars else "nothing"
    return Figure(
        id=f"tornado-{found.project.id.lower()}",
        finding=f"{plant}: its worth hangs most on the {first}",
        unit=f"NPV of the company, million {found.project.currency} of {found.project.price_year}; one input at a time "
        "from its 5 % to its 95 % point",
        data=pd.DataFrame(rows, columns=["item", "low_result", "high_result", "low_input", "high_input"]),
        marks=Tornado(base=base, unit_short=f"million {found.project.currency}"),
        refs=found.refs,
        data_date=found.deck.date,
        note=_sentence(found.limits[0]) if found.limits else "",
    )


def label(key: str) -> str:
    """An input's key in words.

    >>> label("payable:feed:clay carbonate"), label("price:NdPr"), label("capex_growth")
    ('payable share of clay carbonate', 'price of NdPr', 'growth of capital')
    >>> label("price:NdPr metal 2025-03-06"), label("price:NdFeB_magnet 40H blank"), label("capex:plant")
    ('price of NdPr metal on 6 Mar 2025', 'price of NdFeB magnet 40H blank', 'capital of the plant')
    """
    if key in _ALONE:
        return _ALONE[key]
    head, _, rest = key.partition(":")
    words = {
        "price": "price of",
        "opex": "cost of",
        "sale": "output of",
        "feed": "need of",
        "capex": "capital of",
        "payable": "payable share of",
    }
    if head not in words:
        return key.replace("_", " ")
    what = rest.removeprefix("feed:").removeprefix("sale:").replace("_", " ")
    dated = re.fullmatch(r"(.+) (\d{4}-\d\d-\d\d)", what)
    return f"{words[head]} {what if dated is None else f'{dated[1]} on {date_text(dated[2])}'}"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:].rstrip(".") + "."


def _printed_unit(unit: str) -> str:
    """The unit as a figure prints it: shares in percent.

    >>> _printed_unit("share per year"), _printed_unit("ratio"), _printed_unit("USD/kg")
    ('% per year', 'times', 'USD/kg')
    """
    return "times" if unit == "ratio" else re.sub(r"^share\b", "%", unit)


def _end(given: Quantity, end: float | None) -> str:
    """One end of an input, in its printed unit; its middle where that end is not known."""
    shown = given.value if end is None else end
    if shown is None:
        return ""
    scale = 100 if given.unit.startswith("share") else 1
    return format_range(scale * shown, None, None).removesuffix(" (range not known)")
