"""Where one country can be hurt, on one page: losses by actor and stage, how long it lasts, what prices do.

Reads calibrated worlds: the choke rank, then for its first rows the months to survive on stated stocks and to recover,
the price at risk over futures, and how much use has no path around each actor. Expected loss and CVaR stand here only
when every future carries odds that somebody stated. Indices (HHI, GeoPolRisk) stand beside it, never inside.

Limits: nobody builds, so recovery is the end of the shock and what it leaves behind; a year is the shortest step.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from gadolin import fanout
from gadolin.errors import InputError
from gadolin.market import Future, Instrument, World, roll
from gadolin.quantity import Quantity
from gadolin.risk.shocks import (
    ChokeRank,
    at_risk,
    choke_rank,
    expected_loss,
    loss,
    path_dependence,
    withdrawal,
)
from gadolin.risk.times import Survival, survival

__all__ = ["RiskProfile", "profile"]

UNITS = {"RiskProfile.stock_months": "months"}

SHOCK_YEARS, YEARS = 2, 5
"""How long a withdrawal lasts in the survival rows, and how many years are rolled."""


@dataclass(frozen=True)
class RiskProfile:
    """What can be taken from a country, for how long, and at which price.

    Args:
        country: Whose risk.
        choke: Loss by actor and stage.
        survival_: One row per first choke: months survived, months to recovery, least served share, by span of futures.
        prices: Price at risk of what the country uses, under the first choke.
        dependence: Share of use without a path around each actor.
        expected: Expected loss and CVaR when the futures carry odds, else empty.
        stock_months: Own stock stated, beside that of the world.
        futures: How many futures.
        assumptions: What had to be assumed for the base year.
        indices: Indices of others by name, shown beside and never inside.
    """

    country: str
    choke: ChokeRank
    survival_: pd.DataFrame
    prices: pd.DataFrame
    dependence: pd.DataFrame
    expected: Mapping[str, float]
    stock_months: float
    futures: int
    assumptions: tuple[str, ...]
    indices: Mapping[str, Quantity] = field(default_factory=dict)

    def table(self) -> pd.DataFrame:
        """The choke rank."""
        return self.choke.table()

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        frames = {"survival": self.survival_, "price_at_risk": self.prices, "path_dependence": self.dependence}
        plain = {
            name: [{k: None if isinstance(v, float) and pd.isna(v) else v for k, v in row.items()} for row in records]
            for name, frame in frames.items()
            for records in [frame.to_dict("records")]
        }
        return (
            self.choke.as_dict()
            | plain
            | {
                "expected": dict(self.expected) or None,
                "expected_reason": None if self.expected else "no odds are stated for the futures",
                "stock_months": self.stock_months,
                "futures": self.futures,
                "indices": {name: q.as_dict() for name, q in self.indices.items()},
                "assumptions": list(self.assumptions),
            }
        )

    def __str__(self) -> str:
        lines = str(self.choke).splitlines()
        lines = [*lines[:6], f"If it lasts {SHOCK_YEARS} years, with {self.stock_months:g} months of own stock"]
        for row in self.survival_.to_dict("records"):
            live = (
                "never short" if pd.isna(row["survive_months"]) else f"short after {row['survive_months']:.0f} months"
            )
            back = "" if pd.isna(row["survive_months"]) else ", not back within the years seen"
            if not pd.isna(row["recover_months"]):
                back = f", back after {row['recover_months']:.0f}"
            low, high = 100 * row["served_share_low"], 100 * row["served_share_high"]
            lines.append(f"  {row['actor']} {row['stage']:12} {live}{back}; least served {low:.0f} to {high:.0f} %")
        first = self.choke.table().iloc[0]
        lines.append(f"Price at risk when {first.actor} stops at {first.stage} ({self.futures} futures)")
        for row in self.prices.head(3).to_dict("records"):
            span = f"{row['median_ratio']:.2f} ({row['low_ratio']:.2f} to {row['high_ratio']:.2f})"
            lines.append(f"  {row['good']:12} times {span}, nine in ten futures below {row['p90_ratio']:.2f}")
        paths = ", ".join(f"{r.actor} {100 * r.dependent_share:.0f} %" for r in self.dependence.head(4).itertuples())
        lines.append(f"Use without a path around an actor: {paths}")
        if self.expected:
            values = ", ".join(f"{k.removesuffix('_musd')} {v:,.1f}" for k, v in self.expected.items())
            lines.append(f"Over the futures with odds: {values} million USD")
        else:
            lines.append("Expected loss and CVaR: none, no odds are stated for the futures")
        if self.indices:
            lines.append(f"Indices beside it: {', '.join(_short(name, q) for name, q in self.indices.items())}")
        lines.append(f"limits: {len(self.assumptions)} assumptions behind the base year; nobody builds; no panic")
        return "\n".join(lines)


def _short(name: str, index: Quantity) -> str:
    """`HHI separation 2024 0.84 (0.82-0.85)`."""
    if index.value is None:
        return f"{name} not known"
    low, high = (f"{v:.2f}" for v in (index.low or index.value, index.high or index.value))
    return f"{name} {index.value:.2f}" + ("" if low == high else f" ({low}-{high})")


def profile(
    worlds: Mapping[str, World],
    country: str,
    futures: Sequence[Future],
    stock_months: float = 0.0,
    exports_only: bool = False,
    top: int = 3,
    workers: int | str | None = 1,
    progress: Callable[[int, int], None] | None = None,
    indices: Mapping[str, Quantity] | None = None,
) -> RiskProfile:
    """Risk of a country on one page.

    Args:
        worlds: Calibrated world by clay vector; the choke rank is that of the first.
        country: Whose risk.
        futures: Futures; each names its clay, else the first world is taken.
        stock_months: Own stock in months of use, beside what the world holds. [months]
        exports_only: Actors stop exporting and go on for themselves.
        top: How many rows of the choke rank are followed over years.
        workers: Processes; the answer does not depend on them.
        progress: Called with (done, total).
        indices: Indices of others by name, to stand beside.

    Raises:
        InputError: No future; the country uses nothing; a negative stock.
    """
    if not futures:
        raise InputError("a risk profile needs at least one future")
    if not stock_months >= 0:
        raise InputError(f"stock_months must not be negative, got {stock_months}")
    world = next(iter(worlds.values()))
    rank = choke_rank(world, country, exports_only=exports_only, progress=progress)
    start, end = str(world.year + 1), str(world.year + SHOCK_YEARS)
    first = rank.table().head(top).to_dict("records")
    shocks = tuple(withdrawal(world, r["actor"], r["stage"], exports_only, start=start, end=end) for r in first)
    task = functools.partial(_of_future, dict(worlds), shocks, country, stock_months)
    found = fanout.over(task, list(futures), workers)
    rows = [
        {"actor": row["actor"], "stage": row["stage"]} | _spans([one["survival"][n] for one in found])
        for n, row in enumerate(first)
    ]
    actors = list(dict.fromkeys(rank.table().actor.head(8)))
    paths = [{"actor": a, "dependent_share": path_dependence(world, country, a)} for a in actors]
    dependence = pd.DataFrame(paths).sort_values("dependent_share", ascending=False, ignore_index=True)
    lost = [one["lost_use_musd"] for one in found]
    return RiskProfile(
        country,
        rank,
        pd.DataFrame(rows),
        _prices([one["ratios"] for one in found], country, world.year + 1),
        dependence,
        expected_loss(lost, futures) if all(f.odds is not None for f in futures) else {},
        stock_months,
        len(futures),
        world.calibration.assumptions if world.calibration is not None else (),
        indices or {},
    )


def _of_future(
    worlds: dict[str, World],
    shocks: tuple[Instrument, ...],
    country: str,
    stock_months: float,
    future: Future,
    seed: int,
) -> dict[str, Any]:
    """One future with each withdrawal: survival, price ratios under the first, lost use by its own shocks."""
    world = worlds.get(str(future.factors.get("clay", "")), next(iter(worlds.values())))
    calm = roll(world, future, years=YEARS)
    found: dict[str, Any] = {"survival": [], "ratios": {}, "lost_use_musd": 0.0}
    for n, shock in enumerate(shocks):
        hit = roll(world, Future(future.id, future.factors, (*future.shocks, shock)), years=YEARS)
        found["survival"].append(survival(hit, calm, country, stock_months=stock_months))
        if n == 0:
            a, b = hit.years[0], calm.years[0]
            goods = sorted({d.good for d in world.demands if d.region == country and d.use != "outlet"})
            found["ratios"] = {g: a.price(country, g) / b.price(country, g) for g in goods}
    if future.odds is not None and future.shocks:
        bare = roll(world, Future(future.id, future.factors), years=YEARS)
        pairs = zip(bare.years, calm.years, strict=True)
        found["lost_use_musd"] = sum(loss(before, after, country)["lost_use_musd"] for before, after in pairs)
    return found


def _spans(found: list[Survival]) -> dict[str, Any]:
    """Shortest survival, longest recovery (none when some future is not back), span of the least served share."""
    live = [s.survive_months for s in found if s.survive_months is not None]
    back = [s.recover_months for s in found if s.survive_months is not None]
    low = [s.served_share_low for s in found]
    known = [b for b in back if b is not None]
    return {
        "survive_months": min(live) if live else None,
        "recover_months": max(known) if known and len(known) == len(back) else None,
        "served_share_low": min(low),
        "served_share_high": max(low),
    }


def _prices(ratios: list[dict[str, float]], country: str, year: int) -> pd.DataFrame:
    """Price at risk of every good the country uses, largest first; a good without a price anywhere is not there."""
    goods = sorted({g for one in ratios for g, r in one.items() if np.isfinite(r)})
    rows = [at_risk(country, g, year, [one.get(g, np.nan) for one in ratios]).as_dict() for g in goods]
    return pd.DataFrame(rows).sort_values("median_ratio", ascending=False, ignore_index=True, kind="stable")
