"""Schedules by which a capital cost is deducted from income: the share of each year, from the first operating year."""

from __future__ import annotations

from gadolin.errors import InputError

__all__ = ["declining_balance", "initial_and_annual", "macrs", "straight_line", "sum_of_years"]


def straight_line(years: int) -> tuple[float, ...]:
    """Equal shares.

    >>> straight_line(4)
    (0.25, 0.25, 0.25, 0.25)
    """
    return (1 / years,) * years


def declining_balance(years: int, factor: float = 2.0) -> tuple[float, ...]:
    """Share `factor / years` of what is left, each year; the rest stays undeducted.

    >>> [round(s, 4) for s in declining_balance(5)]
    [0.4, 0.24, 0.144, 0.0864, 0.0518]
    """
    rate = factor / years
    return tuple(rate * (1 - rate) ** y for y in range(years))


def sum_of_years(years: int) -> tuple[float, ...]:
    """Shares falling in proportion to the years left.

    >>> [round(s, 4) for s in sum_of_years(5)]
    [0.3333, 0.2667, 0.2, 0.1333, 0.0667]
    """
    total = years * (years + 1) / 2
    return tuple((years - y) / total for y in range(years))


def initial_and_annual(initial_share: float, annual_share: float) -> tuple[float, ...]:
    """An initial allowance and equal annual ones until the cost is written off; both in the first year.

    >>> [round(s, 2) for s in initial_and_annual(0.20, 0.14)]
    [0.34, 0.14, 0.14, 0.14, 0.14, 0.1]
    """
    if not (0 <= initial_share <= 1 and 0 < annual_share <= 1):
        raise InputError("initial_share must lie in 0 to 1 and annual_share in (0, 1]")
    shares = [min(initial_share + annual_share, 1.0)]
    while 1 - sum(shares) > 1e-12:
        shares.append(min(annual_share, 1 - sum(shares)))
    return tuple(shares)


_MACRS_PCT = {
    3: (33.33, 44.45, 14.81, 7.41),
    5: (20.0, 32.0, 19.2, 11.52, 11.52, 5.76),
    7: (14.29, 24.49, 17.49, 12.49, 8.93, 8.92, 8.93, 4.46),
    10: (10.0, 18.0, 14.4, 11.52, 9.22, 7.37, 6.55, 6.55, 6.56, 6.55, 3.28),
    15: (5.0, 9.5, 8.55, 7.7, 6.93, 6.23, 5.9, 5.9, 5.91, 5.9, 5.91, 5.9, 5.91, 5.9, 5.91, 2.95),
    20: (
        3.75,
        7.219,
        6.677,
        6.177,
        5.713,
        5.285,
        4.888,
        4.522,
        4.462,
        4.461,
        4.462,
        4.461,
        4.462,
        4.461,
        4.462,
        4.461,
        4.462,
        4.461,
        4.462,
        4.461,
        2.231,
    ),
}


def macrs(years: int) -> tuple[float, ...]:
    """Accelerated shares of the United States, half-year convention, as tabled.

    Args:
        years: Recovery period: 3, 5, 7, 10, 15 or 20.

    Raises:
        InputError: Another period.

    References:
        IRS publication 946, table A-1.

    >>> macrs(5)
    (0.2, 0.32, 0.192, 0.1152, 0.1152, 0.0576)
    """
    if years not in _MACRS_PCT:
        raise InputError(f"recovery periods are {', '.join(map(str, _MACRS_PCT))} years, got {years}")
    return tuple(round(pct / 100, 6) for pct in _MACRS_PCT[years])
