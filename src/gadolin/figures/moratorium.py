"""Figures of the moratorium: how much of a flow is not explained, and the flow itself over the years."""

from __future__ import annotations

import pandas as pd

from gadolin.case import Case
from gadolin.figures.bars import RangeDots
from gadolin.figures.grammar import Figure
from gadolin.figures.lines import TradeLines
from gadolin.moratorium.mixture import Posterior
from gadolin.moratorium.watch import LeakReport

__all__ = ["flow_over_years", "not_explained"]


def not_explained(case: Case, found: LeakReport) -> Figure | None:
    """Raw tonnage that permits and licensed output do not explain, year by year with its 90 % interval."""
    rows, refs = [], []
    for year in found.years:
        if isinstance(year.posterior, Posterior):
            p = year.posterior
            rows.append((str(year.year), p.raw_t_gross, p.low_t_gross, p.high_t_gross, "derived"))
            refs.append(_ref(found, year.year))
    if not rows:
        return None
    alarmed = [str(y.year) for y in found.years if isinstance(y.posterior, Posterior) and y.posterior.alarm]
    where = f"exports of {found.exporter} to {found.partner}"
    finding = (
        f"In {', '.join(alarmed)} {where} were not explained by permits and licensed output"
        if alarmed
        else f"Permits and licensed output explain the {where}"
    )
    data = pd.DataFrame(rows, columns=["item", "value", "low", "high", "basis"])
    unit = "t gross of HS 284690 not explained, median and 90 % interval"
    marks = RangeDots(unit_short="t gross")
    return Figure("not-explained", finding, unit, data, marks, tuple(refs), data_date=case.data_date)


def flow_over_years(case: Case, found: LeakReport) -> Figure:
    """Quantity of the flow over the years."""
    rows = [(y.year, f"{found.exporter} to {found.partner}", y.quantity_t_gross, "reported") for y in found.years]
    flagged = [str(y.year) for y in found.years if y.flagged]
    finding = (
        f"More left at a lower value in {', '.join(flagged)} than in the years before"
        if flagged
        else "No year stands out against the years before"
    )
    data = pd.DataFrame(rows, columns=["year", "series", "value", "basis"])
    refs = tuple(_ref(found, y.year) for y in found.years)
    unit = "t gross of HS 284690 per year"
    return Figure("flow-watched", finding, unit, data, TradeLines(unit_short="t gross"), refs, data_date=case.data_date)


def _ref(found: LeakReport, year: int) -> str:
    return f"trade:{year}-284690-{found.exporter}-{found.partner}:quantity_t_gross"
