"""What a shock takes away: loss by actor and stage, price at risk, how long one survives and when one recovers.

All of it read from equilibria of the market: a region is withdrawn at a stage (or its exports are), the market finds
its new prices and flows, and the loss of a country is what its users no longer get, at base prices and in surplus.
Index and loss stand side by side elsewhere; no composite number is made. Expected values need stated odds.

Limits: years, so a loss of some months is spread over its year; stocks beside those of the world are the user's say.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gadolin.errors import Fault, InputError
from gadolin.market import Equilibrium, Future, Instrument, Path, World, solve
from gadolin.market.futures import FACTORS
from gadolin.market.measures import ExportBan
from gadolin.market.plant_measures import Loss
from gadolin.market.program import elastic

__all__ = [
    "ChokeRank",
    "PriceAtRisk",
    "at_risk",
    "choke_rank",
    "choke_ranks",
    "expected_loss",
    "loss",
    "path_dependence",
    "price_at_risk",
    "served_share",
    "served_value",
    "withdrawal",
]

CHOKE_STAGES = ("mine", "separation", "metal", "magnet")


def loss(before: Equilibrium, after: Equilibrium, country: str) -> dict[str, float]:
    """What a country loses between two equilibria of one world.

    Args:
        before: Without the shock.
        after: With it.
        country: Region that loses.

    Returns:
        `served_share`: use after over use before, weighed by base value. [share]
        `lost_use_musd`: lost use at the prices before. [million USD]
        `surplus_musd`: loss of surplus of the whole region. [million USD]
    """
    was, now = served_value(before, after, country)
    surplus = before.welfare_musd(country) - after.welfare_musd(country)
    return {"served_share": now / was if was > 0 else math.nan, "lost_use_musd": was - now, "surplus_musd": surplus}


def served_value(
    before: Equilibrium, after: Equilibrium, country: str, goods: Sequence[str] = ()
) -> tuple[float, float]:
    """Use of a country before, and what of it is left after, at the prices before. [million USD]

    Args:
        before: Without the shock.
        after: With it.
        country: Whose use.
        goods: Goods; all it uses when empty.

    Raises:
        InputError: The country uses none of the goods.
    """
    demands = before.world.demands
    ours = np.array([d.region == country and (not goods or d.good in goods) for d in demands], dtype=bool)
    if not ours.any():
        raise InputError(f"{country} uses none of {', '.join(goods) or 'the goods of this world'}")
    prices = np.nan_to_num(before.node_prices[before.program.demand_node])
    was, now = before.use_kt * prices, np.minimum(after.use_kt, before.use_kt) * prices
    return float(was[ours].sum()), float(now[ours].sum())


def served_share(before: Equilibrium, after: Equilibrium, country: str) -> float:
    """Share of a country's use, weighed by value before, that is still served. [share]

    Args:
        before: Without the shock.
        after: With it.
        country: Region.

    Raises:
        InputError: The country uses nothing.
    """
    was, now = served_value(before, after, country)
    return now / was if was > 0 else math.nan


@dataclass(frozen=True)
class ChokeRank:
    """Who stops, at which stage, what do we lose: N-1 over all actors and stages.

    Args:
        country: Whose loss.
        table_: One row per actor and stage, greatest loss first; `_low` and `_high` are the span over the range of the
            elasticities of demand.
    """

    country: str
    table_: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """The rows."""
        return self.table_

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        range_ = "span of the elasticities of demand, half to twice the prior"
        return {"country": self.country, "range": range_, "basis": "estimate", "losses": self.table_.to_dict("records")}

    def __str__(self) -> str:
        lines = [f"Loss of {self.country} when one actor stops at one stage for a year"]
        for row in self.table_.head(8).to_dict("records"):
            lines.append(
                f"  {row['actor']} {row['stage']:12} {row['lost_use_musd']:10,.1f} ({row['lost_use_musd_low']:,.1f} to "
                f"{row['lost_use_musd_high']:,.1f}) million USD of use, {100 * row['served_share']:.0f} % still served"
            )
        lines.append("  range      elasticities of demand from half to twice their priors")
        lines.append("  limits     one year; losses at base prices; one vector of the clays; no entry")
        return "\n".join(lines)


def choke_rank(
    world: World,
    country: str,
    stages: Sequence[str] = CHOKE_STAGES,
    actors: Sequence[str] | None = None,
    exports_only: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ChokeRank:
    """Withdraw every actor at every stage, one at a time, and sort by what the country loses.

    Args:
        world: The market.
        country: Whose loss.
        stages: Stages.
        actors: Actors; every region with a running process of the stage when None.
        exports_only: The actor goes on for itself and stops exporting the products of the stage.
        progress: Called with (done, total).

    Raises:
        InputError: The country uses nothing in this world.
    """
    return choke_ranks(world, (country,), stages, actors, exports_only, progress)[0]


def choke_ranks(
    world: World,
    countries: Sequence[str],
    stages: Sequence[str] = CHOKE_STAGES,
    actors: Sequence[str] | None = None,
    exports_only: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[ChokeRank, ...]:
    """The choke rank of several countries from one pass: every withdrawal is solved once for all of them.

    Args:
        world: The market.
        countries: Whose losses.
        stages: Stages.
        actors: Actors; every region with a running process of the stage when None.
        exports_only: The actor goes on for itself and stops exporting the products of the stage.
        progress: Called with (done, total).

    Raises:
        InputError: A country uses nothing in this world.
    """
    users = sorted({d.region for d in world.demands})
    faults = [
        Fault(
            f"uses nothing in this world (users: {', '.join(users)})"
            if c in world.regions
            else world.unknown_region(c),
            field="country",
            value=c,
        )
        for c in countries
        if c not in users
    ]
    if faults:
        raise InputError(faults)
    factor = FACTORS["elasticity_factor"]
    states = [elastic(world, v) for v in (factor.default, factor.low, factor.high)]
    before = [solve(world, (), state) for state in states]
    pairs = [
        (stage, actor)
        for stage in stages
        for actor in sorted({p.region for p in world.processes if p.stage == stage and (p.base_kt or 0) > 0})
        if actors is None or actor in actors
    ]
    rows: dict[str, list[dict[str, Any]]] = {country: [] for country in countries}
    for done, (stage, actor) in enumerate(pairs):
        measure = withdrawal(world, actor, stage, exports_only)
        after = [solve(world, (measure,), state) for state in states]
        for country in countries:
            found = [loss(b, a, country) for b, a in zip(before, after, strict=True)]
            row: dict[str, Any] = {"actor": actor, "stage": stage} | found[0]
            for name in found[0]:
                row |= {f"{name}_low": min(f[name] for f in found), f"{name}_high": max(f[name] for f in found)}
            rows[country].append(row)
        if progress is not None:
            progress(done + 1, len(pairs))
    return tuple(ChokeRank(country, _sorted(rows[country])) for country in countries)


def _sorted(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(rows[0]) if rows else ["actor", "stage", "lost_use_musd"])
    return frame.sort_values("lost_use_musd", ascending=False, ignore_index=True, kind="stable")


def withdrawal(
    world: World, actor: str, stage: str, exports_only: bool = False, start: str = "1900", end: str | None = None
) -> Instrument:
    """An actor that stops at a stage, or stops exporting what it makes there.

    Args:
        world: The market.
        actor: Region.
        stage: Stage.
        exports_only: Whether it goes on for itself.
        start: First day, partial dates allowed.
        end: Last day, or None while it lasts.
    """
    if not exports_only:
        return Loss(actor=actor, stage=stage, start=start, end=end)
    made = sorted(
        {g.partition(":")[0] for p in world.processes if p.stage == stage and p.region == actor for g in p.makes}
    )
    return ExportBan(actor=actor, goods=tuple(made), start=start, end=end)


@dataclass(frozen=True)
class PriceAtRisk:
    """Price of a good over the price without the shock, over futures.

    Args:
        region: Where.
        good: Of what.
        year: When.
        median_ratio: Median over futures. [ratio]
        low_ratio: 5 % point.
        high_ratio: 95 % point.
        p90_ratio: 90 % point: the price at risk.
        futures: How many.
    """

    region: str
    good: str
    year: int
    median_ratio: float
    low_ratio: float
    high_ratio: float
    p90_ratio: float
    futures: int

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return vars(self) | {}

    def __str__(self) -> str:
        return (
            f"{self.good} in {self.region}, {self.year}: times {self.median_ratio:.2f} "
            f"({self.low_ratio:.2f}-{self.high_ratio:.2f}, {self.futures} futures), at risk times {self.p90_ratio:.2f}"
        )


def price_at_risk(shocked: Sequence[Path], calm: Sequence[Path], region: str, good: str, year: int) -> PriceAtRisk:
    """Distribution of a price over the price of the same future without the shock.

    Args:
        shocked: Paths with the shock.
        calm: Paths of the same futures without it, in the same order.
        region: Where.
        good: Of what.
        year: When.

    Raises:
        InputError: Not the same number of paths, or the good is unpriced in all of them.
    """
    if len(shocked) != len(calm) or not shocked:
        raise InputError("price_at_risk needs as many paths with the shock as without, at least one")
    ratios = [
        a.by_year[year].price(region, good) / b.by_year[year].price(region, good)
        for a, b in zip(shocked, calm, strict=True)
    ]
    return at_risk(region, good, year, ratios)


def at_risk(region: str, good: str, year: int, ratios: Sequence[float]) -> PriceAtRisk:
    """Distribution of given price ratios, NaN where a future has no price.

    Args:
        region: Where.
        good: Of what.
        year: When.
        ratios: Price over the price without the shock, one per future. [ratio]

    Raises:
        InputError: Unpriced in all of them.
    """
    priced = np.array([r for r in ratios if math.isfinite(r)])
    if not len(priced):
        raise InputError(f"{good} has no price in {region} in {year}")
    low, median, p90, high = (float(v) for v in np.quantile(priced, [0.05, 0.5, 0.9, 0.95]))
    return PriceAtRisk(region, good, year, median, low, high, p90, len(priced))


def path_dependence(world: World, country: str, actor: str) -> float:
    """Share of a country's use, at base prices, that ends when an actor stops at every stage at once. [share]

    After the rest of the world has adapted: what is left has a path that does not pass through the actor.

    Args:
        world: The market.
        country: Whose use.
        actor: Who is removed.
    """
    before = solve(world)
    after = solve(world, (Loss(actor=actor), ExportBan(actor=actor)))
    return 1 - loss(before, after, country)["served_share"]


def expected_loss(losses_musd: Sequence[float], futures: Sequence[Future], tail_share: float = 0.1) -> dict[str, float]:
    """Expected loss and mean of the worst tail, over futures whose odds are stated.

    Args:
        losses_musd: Loss in each future. [million USD]
        futures: The futures; each must carry odds, and the odds must sum to 1.
        tail_share: Share of probability in the tail; 0.1 gives CVaR90. [share]

    Returns:
        `expected_musd`, `cvar_musd`. [million USD]

    Raises:
        InputError: Odds missing or not summing to 1.

    >>> three = [Future("a", odds=0.5), Future("b", odds=0.4), Future("c", odds=0.1)]
    >>> expected_loss([0.0, 10.0, 100.0], three)
    {'expected_musd': 14.0, 'cvar_musd': 100.0}
    """
    bare = [f.id for f in futures if f.odds is None]
    if bare:
        raise InputError(f"expected loss needs odds in every future; {len(bare)} have none (first: {bare[0]})")
    odds = np.array([f.odds for f in futures], dtype=float)
    if len(losses_musd) != len(odds) or abs(odds.sum() - 1) > 1e-9:
        raise InputError(f"needs one loss per future and odds that sum to 1, got {odds.sum():g}")
    values = np.asarray(losses_musd, dtype=float)
    order = np.argsort(-values)
    taken = np.diff(np.minimum(np.cumsum(odds[order]), tail_share), prepend=0.0)
    return {"expected_musd": float(odds @ values), "cvar_musd": float(taken @ values[order] / tail_share)}
