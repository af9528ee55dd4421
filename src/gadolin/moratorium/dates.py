"""Dates as people and spreadsheets write them.

A date of which the day and the month can change places has two readings; both are given and the verdict asks.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

__all__ = ["read_dates"]

_MONTHS = {
    name[:3]: number
    for names in (
        "january february march april may june july august september october november december",
        "januari februari mac april mei jun julai ogos september oktober november disember",
    )
    for number, name in enumerate(names.split(), start=1)
}
_YEARS = range(1988, 2100)  # from the first year of the Harmonized System; 2569 is of another calendar
_DAY_ZERO = date(1899, 12, 30)  # of Excel's serial dates


def read_dates(typed: Any) -> tuple[tuple[date, ...], str | None]:
    """Readings of a date as typed, the likelier first, and the code of what was noticed.

    ISO dates, day first and month first with slashes, points or dashes, months by their English or Malay name, and
    serial dates of spreadsheets (days since 1899-12-30). A year before 1988 or after 2099 is no reading. Malaysian
    forms write the day first, so that reading comes first.

    >>> read_dates("15/02/2024"), read_dates("45337")[1]
    (((datetime.date(2024, 2, 15),), None), 'DATE_SERIAL')
    >>> [d.isoformat() for d in read_dates("03/04/2024")[0]]
    ['2024-04-03', '2024-03-04']
    """
    if isinstance(typed, date):
        return (date(typed.year, typed.month, typed.day),), None
    return _dates_of(str(typed if typed is not None else "").strip())


@lru_cache(maxsize=20_000)
def _dates_of(typed: str) -> tuple[tuple[date, ...], str | None]:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}([T ].*)?", typed):
        return _valid([(typed[:4], typed[5:7], typed[8:10])]), None
    if re.fullmatch(r"\d{8}", typed):
        return _valid([(typed[:4], typed[4:6], typed[6:])]), None
    if re.fullmatch(r"\d{5}(\.\d+)?", typed):  # the fraction is the time of day
        day = _DAY_ZERO + timedelta(days=int(typed[:5]))
        return ((day,), "DATE_SERIAL") if day.year in _YEARS else ((), None)
    if match := re.fullmatch(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})", typed):
        first, second, year = match.groups()
        readings = _valid([(year, second, first), (year, first, second)])
        return readings, "DATE_AMBIGUOUS" if len(readings) > 1 else None
    if match := re.fullmatch(r"(\d{1,2})[ \-/]([A-Za-z]{3,9})\.?[ \-/](\d{4})", typed):
        month = _MONTHS.get(match.group(2)[:3].lower())
        return () if month is None else _valid([(match.group(3), str(month), match.group(1))]), None
    if match := re.fullmatch(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})", typed):
        return _valid([match.groups()]), None
    return (), None


def _valid(readings: list[tuple[str, ...]]) -> tuple[date, ...]:
    found = []
    for year, month, day in readings:
        try:
            found.append(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return tuple(day for day in dict.fromkeys(found) if day.year in _YEARS)
