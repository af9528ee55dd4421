"""Prices on one footing: US dollars per kg without tax, or the reason why a quote cannot be brought to it.

Chinese domestic quotes hold value-added tax. Export quotes (FOB China) hold it too, since China does not refund it on
rare earths, although they are often called free of tax; domestic quotes with tax and FOB quotes agree within 2 to 4 %.
So both are divided once by 1 + the rate of their date. Before May 2015 FOB also held export duty and quota rent; such a
quote is not compared with a domestic one.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from gadolin.atlas import read
from gadolin.errors import Fault, InputError

__all__ = ["FOB_FREE_FROM", "comparable", "vat_rates"]

FOB_FREE_FROM = "2015-05-01"
"""First day on which an export quote from China holds neither export duty nor quota rent (policies, CHN)."""

_STARTS = {"year_avg": "Y", "quarter_avg": "Q", "month_avg": "M"}
_LONG_AGO, _FAR_OFF = "1900-01-01", "2200-01-01"  # a blank end of a tax row is open
_OLD_FOB = f"FOB China before {FOB_FREE_FROM} also holds export duty and quota rent; not compared with quotes without"
_UPPER = "the source states an upper bound, not a price"


def vat_rates(first: pd.Series, last: pd.Series) -> pd.DataFrame:
    """Chinese value-added tax over periods.

    Args:
        first: First day of each period.
        last: Last day, not before the first.

    Returns:
        Columns mean, low, high of the rate over the days of each period. [%]

    Raises:
        InputError: A period that ends before it begins.

    >>> day = pd.to_datetime(pd.Series(["2018-04-30", "2024-12-31"]))
    >>> vat_rates(day, day)["mean"].tolist()
    [17.0, 13.0]
    """
    if (last < first).any():
        raise InputError("a period ends before it begins")
    rates = read.table("vat_china")
    begins = pd.to_datetime(rates["from_date"].fillna(_LONG_AGO)).to_numpy()
    ends = pd.to_datetime(rates["to_date"].fillna(_FAR_OFF)).to_numpy()
    day = np.timedelta64(1, "D")
    overlap = (
        np.minimum(last.to_numpy()[:, None], ends[None, :]) - np.maximum(first.to_numpy()[:, None], begins[None, :])
    ) / day + 1
    days = np.maximum(overlap, 0.0)
    rate = rates["vat_rate_pct"].to_numpy()
    touched = days > 0
    return pd.DataFrame(
        {
            "mean": days @ rate / days.sum(axis=1),
            "low": np.where(touched, rate, np.inf).min(axis=1),
            "high": np.where(touched, rate, -np.inf).max(axis=1),
        },
        index=first.index,
    )


def _first_days(frame: pd.DataFrame, last: pd.Series) -> pd.Series:
    first = last.copy()
    for period, unit in _STARTS.items():
        means = frame["period"] == period
        first[means] = last[means].dt.to_period(unit).dt.start_time
    return first


def comparable(frame: pd.DataFrame) -> pd.DataFrame:
    """Prices without tax, comparable between Chinese domestic and export quotes.

    Args:
        frame: Rows of table `prices` or `prices_reference`.

    Returns:
        By row id: `comparable_usd_per_kg` with `_low` and `_high` (range as quoted, widened where the tax rate changed
        within the period; NaN where none is known) [USD/kg without tax], `vat_divided_pct`, the rate that was taken
        out [%], and `reason`, why there is no comparable price (None where there is one). A quote from Europe or the
        United States holds no Chinese tax and stays as it is: another market, not another tax.

    Raises:
        InputError: A table without the columns of a price history; a date that is no full day.

    >>> rows = read.table("prices").loc[["Nd.oxide.2024-12-31.month.fob_china", "Nd.oxide.2011-12-31.year.fob_china"]]
    >>> comparable(rows)[["comparable_usd_per_kg", "vat_divided_pct"]].round(2).values.tolist()
    [[50.14, 13.0], [nan, nan]]
    """
    absent = sorted({"price_usd_per_kg", "market", "vat", "period", "date"} - set(frame.columns))
    if absent:
        raise InputError(f"comparable() takes rows of prices or prices_reference; no column {', '.join(absent)}")
    partial = frame.index[frame["date"].str.len() != 10]
    if len(partial):
        raise InputError([Fault("must be a full day", field="date", value=frame.at[row, "date"]) for row in partial])
    last = pd.to_datetime(frame["date"])
    first = _first_days(frame, last)
    rates = vat_rates(first, last)
    holds_tax = frame["vat"] != "none"
    divided = rates.where(holds_tax, 0.0)
    found = pd.DataFrame(index=frame.index)
    found["comparable_usd_per_kg"] = frame["price_usd_per_kg"] / (1 + divided["mean"] / 100)
    changed = rates["low"] < rates["high"]
    for end, rate in (("low", "high"), ("high", "low")):
        quoted = frame[f"price_usd_per_kg_{end}"].fillna(frame["price_usd_per_kg"].where(changed & holds_tax))
        found[f"comparable_usd_per_kg_{end}"] = quoted / (1 + divided[rate] / 100)
    found["vat_divided_pct"] = divided["mean"]
    reason = pd.Series(None, index=frame.index, dtype=object)
    reason[(frame["market"] == "fob_china") & (first < pd.Timestamp(FOB_FREE_FROM))] = _OLD_FOB
    reason[frame["qualifier"] == "upper_bound"] = _UPPER
    found.loc[reason.notna()] = np.nan
    found["reason"] = reason
    return found
