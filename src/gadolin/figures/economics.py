"""Figures of economics: where a plant's money goes, and which input moves its worth most."""

from __future__ import annotations

import re

from gadolin.economics.appraisal import Appraisal
from gadolin.figures.grammar import Figure
from gadolin.figures.language import Told
from gadolin.figures.rows_behind import worded
from gadolin.figures.tornado import Tornado
from gadolin.figures.waterfall import Waterfall
from gadolin.quantity import Quantity, format_range, weakest

__all__ = ["label", "tornado", "waterfall"]

_ALONE = {
    "capex_growth": "growth of capital",
    "capex:plant": "capital of the plant",
    "sustaining": "renewal",
    "output": "availability",
}

_OF = {
    "price": "price of {what}",
    "opex": "cost of {what}",
    "sale": "output of {what}",
    "feed": "need of {what}",
    "capex": "capital of {what}",
    "payable": "payable share of {what}",
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
    data = worded(
        {
            "item": [*(Told(_NAMES.get(k, k.replace("_", " "))) for k, _ in parts), Told("NPV of the company")],
            "value": [*(value for _, value in parts), total],
            "kind": [*("change" for _ in parts), "total"],
            "basis": [*(weak.get(kind, "derived") for kind, _ in parts), found.basis],
        }
    )
    paying, losing = (
        "{plant}: worth more than it costs at the prices of {day}",
        "{plant}: costs more than it is worth at the prices of {day}",
    )
    return Figure(
        id=f"waterfall-{found.project.id.lower()}",
        finding=Told(paying if total > 0 else losing, plant=plant, day=found.deck.date),
        unit=Told(
            "present value, million {money}, {rate} % a year; central case", money=_money(found), rate=f"{100 * rate:g}"
        ),
        data=data,
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
    data = worded(
        {
            "item": [Told("{what}, {unit}", what=label(bar.key), unit=_printed_unit(bar.input.unit)) for bar in bars],
            "low_result": [bar.npv_at_low_local_m for bar in bars],
            "high_result": [bar.npv_at_high_local_m for bar in bars],
            "low_input": [_end(bar.input, bar.input.low) for bar in bars],
            "high_input": [_end(bar.input, bar.input.high) for bar in bars],
        }
    )
    base = found.npv(found.project.company).value or 0.0
    first = label(bars[0].key) if bars else "nothing"
    return Figure(
        id=f"tornado-{found.project.id.lower()}",
        finding=Told("{plant}: its worth hangs most on the {input}", plant=plant, input=first),
        unit=Told(
            "NPV of the company, million {money}; one input at a time from its 5 % to its 95 % point",
            money=_money(found),
        ),
        data=data,
        marks=Tornado(base=base, unit_short=Told("million {currency}", currency=found.project.currency)),
        refs=found.refs,
        data_date=found.deck.date,
        note=_sentence(found.limits[0]) if found.limits else "",
    )


def label(key: str) -> Told:
    """An input's key in words.

    >>> label("payable:feed:clay carbonate"), label("price:NdPr"), label("capex_growth")
    ('payable share of clay carbonate', 'price of NdPr', 'growth of capital')
    >>> label("price:NdPr metal 2025-03-06"), label("price:NdFeB_magnet 40H blank"), label("capex:plant")
    ('price of NdPr metal on 6 Mar 2025', 'price of NdFeB magnet 40H blank', 'capital of the plant')
    """
    if key in _ALONE:
        return Told(_ALONE[key])
    head, _, rest = key.partition(":")
    if head not in _OF:
        return Told(key.replace("_", " "))
    what = rest.removeprefix("feed:").removeprefix("sale:").replace("_", " ")
    dated = re.fullmatch(r"(.+) (\d{4}-\d\d-\d\d)", what)
    return Told(_OF[head], what=what if dated is None else Told("{what} on {day}", what=dated[1], day=dated[2]))


def _money(found: Appraisal) -> Told:
    return Told("{currency} of {year}", currency=found.project.currency, year=f"{found.project.price_year}")


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
