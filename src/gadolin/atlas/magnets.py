"""Magnet trade and output over a period: months and spans put together once, never added to each other.

Sources print years, months, spans from January on, other spans, and fiscal years. A period is answered by one row that
covers it exactly, else by rows that follow each other without gap or overlap; where neither exists the answer is
missing and names the first month that no row covers.
"""

from __future__ import annotations

import pandas as pd

from gadolin.atlas import read
from gadolin.errors import InputError
from gadolin.quantity import Quantity, weakest

__all__ = ["quantity"]

UNIT = "t product"
_COLUMN = "quantity_t_product"


def _month(date: str) -> int:
    return 12 * int(date[:4]) + int(date[5:7]) - 1


def _printed(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}"


def quantity(
    record_type: str,
    reporter_iso3: str,
    partner_iso3: str,
    start: str,
    end: str,
    product: str = "rare earth permanent magnets",
) -> Quantity:
    """Tonnes of magnets over whole months.

    Args:
        record_type: export, import, production or consumption.
        reporter_iso3: Who reports.
        partner_iso3: Partner country, WLD for all.
        start: First month, as `2025-01`.
        end: Last month, not before the first.
        product: Product as in the table; products are never mixed.

    Returns:
        Sum of the fewest rows that cover the months exactly; where rows of one period contradict each other, their
        mean with the span as range. Missing, with the reason, where the months are not covered. [t product]

    Raises:
        InputError: A month that is not written as `2025-01`, or an end before the start.

    >>> print(quantity("export", "CHN", "WLD", "2025-01", "2025-12"))
    57,392 t product (range not known)
    >>> print(quantity("export", "CHN", "MYS", "2025-01", "2025-12"))
    not known: no row of export by CHN with MYS covers 2025-01
    """
    for month in (start, end):
        if len(month) != 7:
            raise InputError(f'"{month}" is not a month such as 2025-01')
        read.end_of(month)
    first, after = _month(start), _month(end) + 1
    if after <= first:
        raise InputError(f"{end} lies before {start}")
    rows = read.table("magnets")
    rows = rows[
        (rows["record_type"] == record_type)
        & (rows["reporter_iso3"] == reporter_iso3)
        & (rows["partner_iso3"] == partner_iso3)
        & (rows["product"] == product)
        & (rows["trust"] == "normal")
        & rows[_COLUMN].notna()
    ]
    spans = {(_month(a), _month(b) + 1) for a, b in zip(rows["period_start"], rows["period_end"], strict=True)}
    chain = _fewest(spans, first, after)
    if isinstance(chain, int):
        gap = f"no row of {record_type} by {reporter_iso3} with {partner_iso3} covers {_printed(chain)}"
        return Quantity.missing(UNIT, gap)
    return _sum([_of_period(rows, *span) for span in chain])


def _fewest(spans: set[tuple[int, int]], first: int, after: int) -> list[tuple[int, int]] | int:
    """The fewest spans that follow each other from first to after; else the first month that none can reach."""
    best: dict[int, list[tuple[int, int]]] = {first: []}
    for span in sorted(spans):  # by first month, so that all ways to reach it are known by then
        if span[0] in best and span[1] <= after:
            chain = [*best[span[0]], span]
            if span[1] not in best or len(chain) < len(best[span[1]]):
                best[span[1]] = chain
    return best[after] if after in best else max(best)


def _of_period(rows: pd.DataFrame, first: int, after: int) -> Quantity:
    same = rows[(rows["period_start"] == _printed(first)) & (rows["period_end"] == _printed(after - 1))]
    refs = tuple(f"magnets:{row}:{_COLUMN}" for row in same.index)
    values = same[_COLUMN]
    low = min(values.min(), same[f"{_COLUMN}_low"].min(skipna=True)) if same[f"{_COLUMN}_low"].notna().any() else None
    high = max(values.max(), same[f"{_COLUMN}_high"].max()) if same[f"{_COLUMN}_high"].notna().any() else None
    if len(set(values)) > 1:
        low, high = min(values.min(), low or values.min()), max(values.max(), high or values.max())
    return Quantity(float(values.mean()), UNIT, low, high, weakest(same["basis"]), refs)


def _sum(parts: list[Quantity]) -> Quantity:
    ranged = any(p.low is not None for p in parts)
    value = sum(p.value or 0.0 for p in parts)
    low = sum(p.low if p.low is not None else p.value or 0.0 for p in parts) if ranged else None
    high = sum(p.high if p.high is not None else p.value or 0.0 for p in parts) if ranged else None
    refs = tuple(ref for p in parts for ref in p.refs)
    return Quantity(value, UNIT, low, high, weakest([p.basis for p in parts if p.basis]), refs)
