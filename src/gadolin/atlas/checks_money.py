"""Traps over several tables: conversions, flagged flows, one preferred index a year, batches inside their year."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pandas as pd

from gadolin.errors import Fault

__all__ = ["CHECKS"]

Frames = dict[str, pd.DataFrame]
_IN_CURRENCY = {"sen_per_": 0.01, "million_usd_per_": 1e6}
_NEAR = 0.006


def _converts(frames: Frames) -> Iterator[Fault]:
    """Prices of inputs in dollars follow from table fx, by the month or by the year of the price."""
    fx = frames["fx"].set_index(["currency", "period"])["rate_per_usd"]
    for row, price in frames["input_prices"].iterrows():
        amount = price["price_value"] * next(
            (k for prefix, k in _IN_CURRENCY.items() if str(price["price_unit"]).startswith(prefix)), 1.0
        )
        rates = (
            [1.0]
            if price["currency"] == "USD"
            else [
                fx[price["currency"], period]
                for period in (price["period_end"][:7], str(price["year"]))
                if (price["currency"], period) in fx
            ]
        )
        usd = price["price_usd_value"]
        if not any(abs(amount / rate - usd) <= _NEAR * max(usd, 1e-9) for rate in rates):
            allowed = "must be the price at the rate of its month or year in table fx"
            yield Fault(allowed, "input_prices.csv", field=f"{row}.price_usd_value", value=usd)


def _one_preferred(frames: Frames) -> Iterator[Fault]:
    """One plant cost index a year is the one to use."""
    rows = frames["cost_indices"]
    chosen = rows[rows["preferred"]].groupby("year").size()
    for year in chosen.index[chosen > 1]:
        yield Fault("must be yes on one row a year", "cost_indices.csv", field="preferred", value=int(year))


def _batches_inside(frames: Frames) -> Iterator[Fault]:
    """A batch or half year does not exceed the full year that holds it."""
    rows = frames["china_quotas"]
    full = rows[(rows["scope"] == "full_year") & rows["twin_of"].isna()].set_index(["quota_type", "year"])
    for row, part in rows[rows["scope"] != "full_year"].iterrows():
        key = (part["quota_type"], part["year"])
        if key in full.index and part["quota_t_reo"] > full.loc[key, "quota_t_reo"]:
            allowed = "must not exceed the full year that holds it"
            yield Fault(allowed, "china_quotas.csv", field=f"{row}.quota_t_reo", value=part["quota_t_reo"])


def _total_duty_holds_the_rest(frames: Frames) -> Iterator[Fault]:
    """A total duty is not below the import duty that it includes."""
    rows = frames["duties_freight"]
    for row, total in rows[rows["record_type"] == "total_duty"].iterrows():
        base = rows[
            (rows["record_type"] == "import_duty")
            & (rows["market_iso3"] == total["market_iso3"])
            & (rows["regime"] == "mfn")
            & rows["hs_codes"].map(lambda codes, wanted=total["hs_codes"]: bool(set(codes) & set(wanted)))
        ]
        if (base["amount_value"] > total["amount_value"]).any():
            allowed = "must not be below the import duty that it includes"
            yield Fault(allowed, "duties_freight.csv", field=f"{row}.amount_value", value=total["amount_value"])


CHECKS: tuple[Callable[[Frames], Iterable[Fault]], ...] = (
    _converts,
    _one_preferred,
    _batches_inside,
    _total_duty_holds_the_rest,
)
"""Rules over all frames by table name."""
