"""Tables of a stress test: median and 5 to 95 % over the futures of what differs with the shock.

The futures carry no odds, so an interval is a span of assumptions and no probability. Only what every future has stands
in a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from gadolin.market import Future, Instrument, World
from gadolin.market.program import program_of
from gadolin.risk.differences import Difference

__all__ = [
    "bands_of",
    "flows_of",
    "losses_of",
    "prices_of",
    "recovery_of",
    "uses_of",
    "world_of_future",
    "years_of",
]

LEAST_BILL_SHARE = 0.05
"""Prices that move less money than this share of the greatest sum come after all others (a choice)."""


def world_of_future(worlds: Mapping[str, World], future: Future) -> World:
    """The world of a future's clay; the first when it names none."""
    return worlds.get(str(future.factors.get("clay", "")), next(iter(worlds.values())))


def years_of(found: list[dict[int, Difference]]) -> pd.DataFrame:
    """Money that the shock moves in each year, and the use it takes at base prices. [million USD]"""
    rows = []
    for year in sorted(found[0]):
        lost = [sum(v["lost_use_musd"] for v in one[year].losses.values()) for one in found]
        moved = [one[year].moved_musd for one in found]
        rows.append({"year": year} | _quantiles("moved_musd", moved) | _quantiles("lost_use_musd", lost))
    return pd.DataFrame(rows)


def _gather(labelled: Sequence[Mapping[str, Mapping[Any, Any]]], part: str) -> dict[Any, list[float]]:
    """Values by label of what every future has."""
    seen: dict[Any, list[float]] = {}
    for one in labelled:
        for key, value in one[part].items():
            seen.setdefault(key, []).append(value)
    return {key: values for key, values in seen.items() if len(values) == len(labelled)}


def prices_of(labelled: Sequence[Mapping[str, Mapping[Any, Any]]]) -> pd.DataFrame:
    """Ratios of prices, largest move first among those that move money."""
    bills = _gather(labelled, "bills")
    columns = ["region", "good", *(f"{n}{t}" for n in ("ratio", "bill_musd") for t in ("", "_low", "_high"))]
    prices = pd.DataFrame(
        [
            {"region": r, "good": g} | _quantiles("ratio", v) | _quantiles("bill_musd", bills[r, g])
            for (r, g), v in _gather(labelled, "prices").items()
        ],
        columns=columns,
    )
    bill = prices.bill_musd.abs()
    keyed = prices.assign(matters=bill >= LEAST_BILL_SHARE * bill.max(), size=_size(prices.ratio))
    return keyed.sort_values(["matters", "size"], ascending=False, kind="stable")[columns]


def uses_of(labelled: Sequence[Mapping[str, Mapping[Any, Any]]]) -> pd.DataFrame:
    """Lost share of every use, largest first."""
    columns = ["region", "good", "use", "lost_share", "lost_share_low", "lost_share_high"]
    rows = [
        {"region": r, "good": g, "use": u} | _quantiles("lost_share", v)
        for (r, g, u), v in _gather(labelled, "uses").items()
    ]
    return pd.DataFrame(rows, columns=columns).sort_values("lost_share", ascending=False, kind="stable")


def losses_of(found: list[dict[int, Difference]], year: int) -> pd.DataFrame:
    """Loss by region, most use lost first."""
    rows = []
    for region in found[0][year].losses:
        row: dict[str, Any] = {"region": region}
        for name in ("lost_use_musd", "surplus_musd", "served_share"):
            row |= _quantiles(name, [one[year].losses[region][name] for one in found])
        rows.append(row)
    return pd.DataFrame(rows).sort_values("lost_use_musd", ascending=False, kind="stable")


def recovery_of(found: list[dict[int, Difference]], region: str) -> pd.DataFrame:
    """Served share of a region by year."""
    rows = [
        {"year": y, "region": region}
        | _quantiles("served_share", [one[y].losses[region]["served_share"] for one in found])
        for y in sorted(found[0])
    ]
    return pd.DataFrame(rows)


def flows_of(labelled: Sequence[Mapping[str, Mapping[Any, Any]]], shocks: tuple[Instrument, ...]) -> pd.DataFrame:
    """Flows before and after, those that the shock is about first, then by size of the change."""
    ways = dict.fromkeys(way for one in labelled for way in one["flows"])
    rows = []
    for good, origin, destination in ways:
        pairs = np.array([one["flows"].get((good, origin, destination), (0.0, 0.0)) for one in labelled])
        change = pairs[:, 1] - pairs[:, 0]
        if np.abs(change).max() > 1e-5:
            rows.append(
                {"good": good, "origin": origin, "destination": destination}
                | _quantiles("before_kt_product", pairs[:, 0])
                | _quantiles("after_kt_product", pairs[:, 1])
                | _quantiles("change_kt_product", change)
            )
    columns = ("before_kt_product", "after_kt_product", "change_kt_product")
    names = ["good", "origin", "destination", *(f"{c}{t}" for c in columns for t in ("", "_low", "_high"))]
    flows = pd.DataFrame(rows, columns=names)
    about = [any(_names(s, g) for s in shocks) for g in flows.good]
    keyed = flows.assign(about=about, size=flows.change_kt_product.abs())
    return keyed.sort_values(["about", "size"], ascending=False, kind="stable")[names]


def _names(shock: Instrument, good: str) -> bool:
    """Whether a shock names a good: by its element where it names elements, else by its kind."""
    kind, _, which = good.partition(":")
    return which in shock.elements if shock.elements else kind in shock.goods


BAND_GOODS = 3
"""How many goods the bands over the years show."""


def bands_of(
    worlds: Mapping[str, World], futures: Sequence[Future], found: list[dict[int, Difference]], prices: pd.DataFrame
) -> pd.DataFrame:
    """Price by year, with and without the shock, of the goods that move most. [USD/kg]"""
    rows = []
    for row in prices.drop_duplicates("good").head(BAND_GOODS).itertuples():
        at = [program_of(world_of_future(worlds, f)).node_index[str(row.region), str(row.good)] for f in futures]
        for year in sorted(found[0]):
            for k, name in enumerate(("without the shock", "with the shock")):
                values = [one[year].prices[k][n] for one, n in zip(found, at, strict=True)]
                if np.isfinite(values).all():
                    rows.append(
                        {"region": row.region, "good": row.good, "year": year, "path": name}
                        | _quantiles("price_usd_per_kg", values)
                        | {f"price_usd_per_kg_p{q}": float(np.quantile(values, q / 100)) for q in (25, 75)}
                    )
    columns = ["region", "good", "year", "path", "price_usd_per_kg", "price_usd_per_kg_low", "price_usd_per_kg_high"]
    return pd.DataFrame(rows, columns=[*columns, "price_usd_per_kg_p25", "price_usd_per_kg_p75"])


def _size(ratio: pd.Series) -> pd.Series:
    """How far a price moved either way; one that falls to zero or below moved furthest. [-]"""
    return np.log(ratio.clip(lower=np.finfo(float).tiny)).abs()


def _quantiles(name: str, values: Sequence[float] | np.ndarray) -> dict[str, float]:
    low, middle, high = (float(v) for v in np.quantile(np.asarray(values), [0.05, 0.5, 0.95]))
    return {name: middle, f"{name}_low": low, f"{name}_high": high}
