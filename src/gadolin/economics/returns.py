"""NPV, IRR, MIRR, payback and annuities of a row of cash flows.

Flows are equally spaced; flow 0 falls on the valuation date unless an offset is given. An IRR that does not exist, or
that is not unique, is said so and never returned as a number: `Irr.value` is None and `Irr.reason` says why. Costs of
closing bring about a second root far below zero; where only one root lies above -50 % a year, that is the IRR.
Leading and trailing zeros move nothing. Rates are per year, effective.

Method: sign changes of the NPV on a grid of ln(1 + r) between -99 % and 10,000 % a year, each bracket then closed by
bisection; many rows at once share the grid through one matrix product. Limits: two roots within one grid step of each
other (0.7 % of 1 + r for one row, 6 % for many) are not seen; flows of one sign have no IRR.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gadolin.errors import InputError

__all__ = ["Irr", "annuity_factor", "discount_factors", "irr", "irr_many", "mirr", "npv", "payback_years"]

UNITS = {
    "Irr.value": "share per year",
}

Array = NDArray[np.float64]

LEAST_LIKELY = -0.5
"""A second root below this comes from closing costs at the end; it is listed, but does not make the IRR ambiguous."""

_LN_LOW, _LN_HIGH, _GRID = np.log(0.01), np.log(101.0), 161


@dataclass(frozen=True)
class Irr:
    """An internal rate of return, or why there is none.

    Args:
        value: The rate, when exactly one exists. [share per year]
        roots: All rates at which the NPV is zero, ascending. [share per year]
        reason: Why `value` is None; empty when it is not.
    """

    value: float | None
    roots: tuple[float, ...] = ()
    reason: str = ""

    def __str__(self) -> str:
        if self.value is None:
            return f"no IRR: {self.reason}"
        others = [f"{100 * r:.2f} %" for r in self.roots if r != self.value]
        return f"{100 * self.value:.2f} %" + (f" (closing costs also give {', '.join(others)})" if others else "")


def _rate(rate: float, what: str = "rate") -> float:
    if not np.isfinite(rate) or rate <= -1:
        raise InputError(f"{what} must be greater than -1 (a share per year), got {rate}")
    return float(rate)


def discount_factors(rate: float, count: int, periods_per_year: int = 1, offset_years: float = 0.0) -> Array:
    """Present value of 1 in each period. [-], `[period]`

    Args:
        rate: Effective rate, > -1. [share per year]
        count: Number of periods.
        periods_per_year: 1 or 4.
        offset_years: Time of period 0 after the valuation date. [years]

    >>> discount_factors(0.1, 2).round(4).tolist()
    [1.0, 0.9091]
    """
    times = np.arange(count) / periods_per_year + offset_years
    return (1.0 + _rate(rate)) ** -times


def npv(flows: ArrayLike, rate: float, periods_per_year: int = 1, offset_years: float = 0.0) -> Array:
    """Net present value along the last axis. [unit of the flows]

    Args:
        flows: Cash flows `[..., period]`.
        rate: Effective rate, > -1. [share per year]
        periods_per_year: 1 or 4.
        offset_years: Time of period 0 after the valuation date; 1.0 for flows at the end of the year. [years]

    Raises:
        InputError: The rate is not greater than -1.

    >>> round(float(npv([-100.0, 110.0], 0.1)), 9)
    0.0
    """
    row = np.asarray(flows, dtype=float)
    return row @ discount_factors(rate, row.shape[-1], periods_per_year, offset_years)


def annuity_factor(rate: float, years: float, growth: float = 0.0) -> float:
    """Present value of 1 a year at year ends, growing by `growth`. [years]

    Args:
        rate: Discount rate, > -1. [share per year]
        years: Number of payments, >= 0.
        growth: Growth from payment to payment. [share per year]

    Returns:
        `(1 - q**years) / (rate - growth)` with q = (1 + growth) / (1 + rate), and `years / (1 + rate)` where rate
        equals growth. The first payment is 1, one year from now.

    >>> round(annuity_factor(0.1, 20), 4), annuity_factor(0.0, 20)
    (8.5136, 20.0)
    """
    _rate(rate)
    if years < 0:
        raise InputError(f"years must not be negative, got {years}")
    spread = (growth - rate) / (1 + rate)
    if abs(spread) < 1e-15:
        return years / (1 + rate)
    return float(-np.expm1(years * np.log1p(spread)) / (rate - growth))


def _trim(row: Array) -> Array:
    used = np.nonzero(row)[0]
    return row[used[0] : used[-1] + 1] if len(used) else row[:0]


def _weights(ln_growth: Array, times: Array) -> Array:
    """exp(-u t), scaled by one positive number per u so that nothing overflows. `[u, period]`"""
    return np.exp(-np.outer(ln_growth, times) + (np.minimum(ln_growth, 0.0) * times[-1])[:, None])


def irr(flows: ArrayLike, periods_per_year: int = 1) -> Irr:
    """Internal rate of return of one row of flows; all roots are reported.

    Args:
        flows: Cash flows `[period]`.
        periods_per_year: 1 or 4; the rate is per year and effective in any case.

    >>> print(irr([-1607.0] * 20 + [0.0] * 30 + [250010.0]))
    5.09 %
    >>> print(irr([-100.0, 230.0, -132.0]))
    no IRR: 2 rates give zero: 10.00 %, 20.00 %
    >>> print(irr([0.0, 5.0, 5.0]))
    no IRR: no money is put in
    """
    row = np.asarray(flows, dtype=float)
    if row.ndim != 1 or not np.isfinite(row).all():
        raise InputError("irr needs one row of finite flows")
    row = _trim(row)
    if not len(row):
        return Irr(None, reason="all flows are zero")
    if not (row < 0).any():
        return Irr(None, reason="no money is put in")
    if not (row > 0).any():
        return Irr(None, reason="no money comes back")
    times = np.arange(len(row)) / periods_per_year
    grid = np.linspace(_LN_LOW, _LN_HIGH, _GRID * 8)
    values = _weights(grid, times) @ row
    roots: list[float] = [float(np.expm1(u)) for u in grid[values == 0.0]]
    for i in np.nonzero(values[:-1] * values[1:] < 0)[0]:
        low, high, sign = grid[i], grid[i + 1], np.sign(values[i])
        for _ in range(60):
            middle = 0.5 * (low + high)
            if np.sign((_weights(np.array([middle]), times) @ row)[0]) == sign:
                low = middle
            else:
                high = middle
        roots.append(float(np.expm1(0.5 * (low + high))))
    roots.sort()
    likely = [root for root in roots if root > LEAST_LIKELY]
    if len(roots) == 1 or len(likely) == 1:
        return Irr((likely or roots)[0], tuple(roots))
    if roots:
        return Irr(None, tuple(roots), f"{len(roots)} rates give zero: {', '.join(f'{100 * r:.2f} %' for r in roots)}")
    return Irr(None, reason="the NPV has one sign at every rate from -99 % to 10,000 %")


def irr_many(flows: Array, periods_per_year: int = 1) -> Array:
    """IRR of many rows; NaN where none or more than one exists. [share per year], `[row]`

    Args:
        flows: Cash flows `[row, period]`.
        periods_per_year: 1 or 4.

    >>> irr_many(np.array([[-100.0, 110.0], [0.0, 1.0], [-100.0, 121.0]])).round(6).tolist()
    [0.1, nan, 0.21]
    """
    rows, count = flows.shape
    times = np.arange(count) / periods_per_year
    grid = np.linspace(_LN_LOW, _LN_HIGH, _GRID)
    values = flows @ _weights(grid, times).T
    changes = values[:, :-1] * values[:, 1:] < 0
    likely = changes & (grid[:-1] >= np.log1p(LEAST_LIKELY))
    alone = likely.sum(axis=1) == 1
    changes = np.where(alone[:, None], likely, changes)
    single = (changes.sum(axis=1) == 1) & ~(values == 0).any(axis=1)
    result = np.full(rows, np.nan)
    if not single.any():
        return result
    chosen = np.ascontiguousarray(flows[single].T)
    at = changes[single].argmax(axis=1)
    here = np.arange(len(at))
    chosen_values = values[single]
    growth = _illinois(chosen, grid[at], grid[at + 1], chosen_values[here, at], times)
    result[single] = np.expm1(growth)
    return result


def _illinois(columns: Array, low: Array, high: Array, f_low: Array, times: Array) -> Array:
    """Root of the NPV in ln(1 + r) within [low, high] for each column of `[period, row]`, by false position."""
    scale = times[-1]
    step = 1.0 / (times[1] - times[0]) if len(times) > 1 else 1.0

    def value(growth: Array) -> Array:
        q = np.exp(-growth / step)
        total = columns[-1].copy()
        for period in range(len(columns) - 2, -1, -1):
            total *= q
            total += columns[period]
        return total * np.exp(np.minimum(growth, 0.0) * scale)

    f_high = value(high)
    f_low = value(low) if f_low is None else f_low
    low, high, f_low = low.copy(), high.copy(), f_low.copy()
    for _ in range(60):
        middle = (low * f_high - high * f_low) / (f_high - f_low)
        f_middle = value(middle)
        same = np.sign(f_middle) == np.sign(f_low)
        # false position with halving of the end that stays (Illinois)
        f_high = np.where(same, 0.5 * f_high, f_middle)
        high = np.where(same, high, middle)
        f_low = np.where(same, f_middle, 0.5 * f_low)
        low = np.where(same, middle, low)
        if np.max(np.abs(f_middle)) <= 1e-12 * np.max(np.abs(columns)) or np.max(np.abs(high - low)) < 1e-13:
            break
    return np.where(np.abs(f_low) < np.abs(f_high), low, high)


def mirr(flows: ArrayLike, finance_rate: float, reinvest_rate: float, periods_per_year: int = 1) -> Irr:
    """Modified internal rate of return: positives grown to the end, negatives brought to the start.

    Args:
        flows: Cash flows `[period]`; zeros before the first and after the last flow are left out.
        finance_rate: Rate at which negative flows are discounted. [share per year]
        reinvest_rate: Rate at which positive flows grow. [share per year]
        periods_per_year: 1 or 4.

    >>> print(mirr([0.0, -120000.0, 39000.0, 30000.0, 21000.0, 37000.0, 46000.0], 0.10, 0.12))
    12.61 %
    """
    row = _trim(np.asarray(flows, dtype=float))
    if not (row < 0).any() or not (row > 0).any():
        return Irr(None, reason="needs money that goes in and money that comes back")
    years = (len(row) - 1) / periods_per_year
    put_in = -npv(np.minimum(row, 0.0), finance_rate, periods_per_year)
    back = npv(np.maximum(row, 0.0), reinvest_rate, periods_per_year) * (1 + reinvest_rate) ** years
    rate = float((back / put_in) ** (1 / years) - 1)
    return Irr(rate, (rate,))


def payback_years(flows: Sequence[float] | Array, periods_per_year: int = 1) -> float | None:
    """Time from the first flow until the sum of flows stays positive; None when it never does. [years]

    Within the period of the change money is taken to come evenly.

    >>> payback_years([-100.0, 50.0, 100.0])
    1.5
    """
    row = _trim(np.asarray(flows, dtype=float))
    total = np.cumsum(row)
    below = np.nonzero(total < 0)[0]
    if not len(total) or total[-1] < 0:
        return None
    if not len(below):
        return 0.0
    last = int(below[-1])
    return (last + float(-total[last] / row[last + 1])) / periods_per_year
