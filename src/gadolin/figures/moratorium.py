"""Figures of the moratorium: what left against what could have left, the indicators, and what is not explained."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from gadolin.case import Case
from gadolin.figures.grammar import Figure
from gadolin.figures.language import Told
from gadolin.figures.lines import TradeLines
from gadolin.figures.matrices import PartnerMatrix
from gadolin.figures.range_dots import RangeDots
from gadolin.figures.rows_behind import worded
from gadolin.moratorium.leaks import Indicator
from gadolin.moratorium.mass_balance import YearBalance
from gadolin.moratorium.mixture import Posterior
from gadolin.moratorium.watch import LeakReport

__all__ = ["balance_by_year", "country_name", "flow_over_years", "indicators_by_year", "not_explained"]

_SOURCE = "BACI (CEPII)"


def balance_by_year(case: Case, found: LeakReport) -> Figure | None:
    """Exports against the range that licensed output and permits explain; None where no output is on record."""
    known = [b for b in found.balance if b.excess.known]
    if not known:
        return None
    rows, where = [], country_name(case, found.exporter)
    for b in found.balance:
        basis = b.explained.basis
        rows += [
            (b.year, Told("exports"), b.exports.value, b.exports.basis),
            (b.year, Told("explained at most"), b.explained.high, basis),
            (b.year, Told("explained at least"), b.explained.low, basis),
        ]
    out = [str(b.year) for b in found.balance if b.stands_out]
    finding = (
        Told(
            "In {years} more left {country} than licensed output and permits explain at most", years=out, country=where
        )
        if out
        else Told("Licensed output and permits explain what left {country}", country=where)
    )
    gaps = [str(b.year) for b in found.balance if not b.excess.known]
    note = Told("Licensed output of {years} is not on record.", years=gaps) if gaps else ""
    return Figure(
        "mass-balance",
        finding,
        "t gross of HS 2846 a year, to all partners; explained: 1.20 to 1.67 t gross per t REO made, and permits",
        _rows(rows, "year", "series", "value", "basis"),
        TradeLines(unit_short="t gross"),
        tuple(dict.fromkeys(ref for b in known for ref in _few(b))),
        f"{_SOURCE}, quarterly reports of the operator, answers in Parliament and of the state",
        case.data_date,
        note,
    )


def _few(b: YearBalance) -> tuple[str, ...]:
    return (*b.output.refs, *b.permitted.refs, *b.exports.refs[:1])


def country_name(case: Case, iso3: str) -> str:
    """Name of a country; its code where the atlas has none."""
    names = case.table("countries")["name"]
    return str(names.get(iso3, iso3))


def _pair(case: Case, found: LeakReport) -> Told:
    ends = (country_name(case, found.exporter), country_name(case, found.partner))
    return Told("{origin} to {destination}", origin=ends[0], destination=ends[1])


def _rows(rows: Sequence[Sequence[object]], *names: str) -> pd.DataFrame:
    return worded({name: [row[place] for row in rows] for place, name in enumerate(names)})


def indicators_by_year(case: Case, found: LeakReport) -> Figure:
    """Which of the six indicators speaks for raw material in which year, and which is not known."""
    rows = [
        (
            str(y.year),
            Told(i.name),
            float("nan") if i.speaks is None else 0.0 if i.speaks else 1.0,
            _shown(i),
            "derived",
        )
        for y in found.years
        for i in y.indicators
    ]
    counted = {y.year: sum(bool(i.speaks) for i in y.indicators) for y in found.years}
    most = max(counted.values(), default=0)
    years = [str(y) for y, n in counted.items() if n == most]
    finding: str = "No indicator speaks for raw material"
    if most:
        words = (
            "In {years}, one of the known indicators speaks for raw material, more than in other years"
            if most == 1
            else "In {years}, {count} of the known indicators speak for raw material, more than in other years"
        )
        finding = Told(words, years=years, count=f"{most}")
    return Figure(
        "leak-indicators",
        finding,
        Told("{pair}, HS 284690: pale cells speak for raw material, dark ones do not", pair=_pair(case, found)),
        _rows(rows, "partner", "criterion", "score", "shown", "basis"),
        PartnerMatrix(kind="Matrix of years and indicators"),
        tuple(_ref(found, y.year) for y in found.years),
        _SOURCE,
        data_date=case.data_date,
        note="A hatched cell is not known: its data are not on record, which is no sign of innocence.",
    )


def _shown(i: Indicator) -> str | None:
    if i.value_index is None:
        return None
    z = i.why.split(" against")[0] if i.why.startswith("z ") else i.shown
    return f"{z}{' !' if i.speaks else ''}"


def not_explained(case: Case, found: LeakReport) -> Figure | None:
    """Raw tonnage that permits and licensed output do not explain, year by year with its 90 % interval."""
    rows, refs = [], []
    for year in found.years:
        if isinstance(year.posterior, Posterior):
            rows.append((str(year.year), *year.posterior.excess_t_gross, "derived"))
            refs.append(_ref(found, year.year))
    if not rows:
        return None
    alarmed = [str(y.year) for y in found.years if isinstance(y.posterior, Posterior) and y.posterior.alarm]
    pair = _pair(case, found)
    finding = (
        Told("In {years} exports of {pair} were not explained by permits and licensed output", years=alarmed, pair=pair)
        if alarmed
        else Told("Permits and licensed output may explain the exports of {pair} in every year", pair=pair)
    )
    data = _rows(rows, "item", "value", "low", "high", "basis")
    unit = "t gross of HS 284690 of raw value beyond permits, median and 90 % interval"
    marks = RangeDots(unit_short="t gross")
    note = "Contents and payable shares of the classes of goods are estimates; the interval holds their widths."
    return Figure("not-explained", finding, unit, data, marks, tuple(refs), _SOURCE, case.data_date, note=note)


def flow_over_years(case: Case, found: LeakReport) -> Figure:
    """Quantity of the flow over the years."""
    rows = [(y.year, _pair(case, found), y.quantity_t_gross, "reported") for y in found.years]
    flagged = [str(y.year) for y in found.years if y.flagged]
    finding = (
        Told("More left at a lower value in {years} than in the years before", years=flagged)
        if flagged
        else "No year stands out against the years before"
    )
    data = _rows(rows, "year", "series", "value", "basis")
    refs = tuple(_ref(found, y.year) for y in found.years)
    unit = "t gross of HS 284690 per year"
    return Figure("flow-watched", finding, unit, data, TradeLines(unit_short="t gross"), refs, _SOURCE, case.data_date)


def _ref(found: LeakReport, year: int) -> str:
    return f"trade:{year}-284690-{found.exporter}-{found.partner}:quantity_t_gross"
