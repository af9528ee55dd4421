"""What an export policy of a dominant state pays its author and costs the others: a table, no prediction.

Each policy (stage, targets, depth, duration) is rolled through its years with growth at rest; against the same years
without it stand the author's export revenue, what its own plants at the stage and further down gain or lose, and what
each other region loses. Every row is repeated at the ends of the range of demand elasticities, and with uses that give
up at other prices where those are given, one at a time. A static optimum is not computed: with short-run elasticities
of 0.2 a revenue maximiser always cuts hard, which China did not do, so what it aims at is not in the market.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from gadolin import fanout
from gadolin.errors import Fault, InputError
from gadolin.market.curves import with_chokes
from gadolin.market.equilibrium import Equilibrium
from gadolin.market.futures import FACTORS, Future
from gadolin.market.measures import ExportBan
from gadolin.market.world import World, good_kind
from gadolin.market.years import Path, roll
from gadolin.stages import STAGES

__all__ = ["Payoffs", "conduct_ceiling", "conduct_of_gap", "payoffs"]

STAGE_GOODS: dict[str, tuple[str, ...]] = {
    "cracking_leaching": ("mixed_carbonate",),
    "separation": ("oxide",),
    "metal": ("metal",),
    "magnet": ("magnet",),
}
"""What leaves each stage."""

FAR = 10.0
"""Price ratio abroad from which the table says what such a price means (a choice)."""

CHUNK = 4
"""Policies per task: a world takes as long to hand over as half a policy takes to solve."""

Cell = tuple[str, tuple[str, ...], float, int]
"""Stage, targets, depth and months of a policy."""


@dataclass(frozen=True)
class Payoffs:
    """Payoff table of export policies.

    Args:
        actor: Whose policies.
        years: Years over which everything is summed.
        table_: One row per policy: stage, targets, depth, months; change of export revenue, surplus of the actor's own
            plants up to the stage, cost to its plants and users further down (negative: they gain from cheap inputs),
            loss of all others, what their users lose and what their plants, traders and holders gain of it, loss of
            each other region (negative: it gains). [million USD, summed over the years] `price_ratio_abroad` is the
            highest price of what is cut anywhere else over the price without the cut. [ratio] Each column has its span
            in `_low` and `_high`.
        chokes: Choke prices over base prices by kind of good that the spans hold beside those of the world. [ratio]
        conduct: Conduct of the actor by good that its prices abroad show, when it was calibrated. [-]
    """

    actor: str
    years: int
    table_: pd.DataFrame
    conduct: Mapping[str, float] = field(default_factory=dict)
    chokes: tuple[Mapping[str, float], ...] = ()

    def table(self) -> pd.DataFrame:
        """The rows."""
        return self.table_

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "actor": self.actor,
            "years": self.years,
            "range": self.span,
            "basis": "estimate",
            "conduct": dict(self.conduct),
            "policies": self.table_.to_dict("records"),
        }

    @property
    def span(self) -> str:
        """What the span of every column holds, one at a time."""
        told = "span of the elasticities of demand, half to twice the prior"
        kinds = list(dict.fromkeys(kind for given in self.chokes for kind in given))
        ends = [f"{kind} {' and '.join(f'{g[kind]:g}' for g in self.chokes if kind in g)}" for kind in kinds]
        return told + (f"; and of choke prices over base prices ({', '.join(ends)})" if ends else "")

    def __str__(self) -> str:
        lines = [
            f"What export cuts pay {self.actor} and cost others, million USD over "
            f"{self.years} year{'s' * (self.years > 1)}",
            f"  {'cut':41} {'others lose':>26} {'its revenue':>26} {'its downstream pays':>26}",
        ]
        top = self.table_.sort_values("others_lose_musd", ascending=False, kind="stable").groupby("stage").head(2)
        top = top[(top.others_lose_musd.abs() >= 1) | ~top.stage.duplicated()]  # a cut of nothing is said once
        for row in top.sort_values("stage", kind="stable").head(8).to_dict("records"):
            what = f"{row['stage']} to {row['targets']} {100 * row['depth_share']:.0f} % {row['months']} mo"
            lines.append(f"  {what:41} " + " ".join(f"{_span(row, name):>26}" for name in _PRINTED))
        lines.append(f"  range      {self.span}")
        if self.conduct:
            shown = ", ".join(f"{good} {theta:.3f}" for good, theta in self.conduct.items())
            lines.append(
                f"  conduct    {shown} (0 price taker, 1 Cournot): what its prices abroad show in the base year"
            )
        if (top.downstream_cost_musd < 0).any():
            lines.append("  below zero a downstream pays less: what may not leave is cheap at home")
        far = top.price_ratio_abroad.max()
        if far >= FAR:
            lines.append(
                f"  far up     prices abroad reach {far:.0f} times the base, where uses give up (prior choke_ratio): "
                "upper ends"
            )
        lines += self._winner()
        lines.append("  limits     no retaliation, no entry; what a policy would pay, not what is chosen")
        return "\n".join(lines)

    def _winner(self) -> list[str]:
        """Who outside gains most by a cut, and why; nothing where nobody does."""
        named = [c for c in self.table_ if c.endswith("_loses_musd")]
        if not named or self.table_[named].min(axis=None) >= -1.0:
            return []
        column = str(self.table_[named].min().idxmin())
        row = self.table_.loc[self.table_[column].idxmin()]
        who = column.removesuffix("_loses_musd")
        gain, low, high = (f"{round(-row[column + tail]):,}" for tail in ("", "_high", "_low"))
        return [
            f"  gains      {who} {gain} ({low} to {high}) by the {row['stage']} cut to {row['targets']}, "
            f"{100 * row['depth_share']:.0f} %: its plants",
            "             and stock holders sell at the scarce price, more than its users lose",
        ]


_PRINTED = ("others_lose_musd", "revenue_change_musd", "downstream_cost_musd")


def _span(row: dict[str, Any], name: str) -> str:
    middle, low, high = (f"{round(row[name + tail]):,}" for tail in ("", "_low", "_high"))
    return f"{middle} ({low} to {high})"


def payoffs(
    world: World,
    actor: str,
    targets: Sequence[tuple[str, ...]] = ((),),
    stages: Sequence[str] = tuple(STAGE_GOODS),
    depths: Sequence[float] = (0.25, 0.5, 0.75, 1.0),
    months: Sequence[int] = (12,),
    elements: tuple[str, ...] = (),
    chokes: Sequence[Mapping[str, float]] = (),
    workers: int | str | None = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Payoffs:
    """Payoff of each export policy on a grid of stage, target set, depth and duration.

    Args:
        world: The market.
        actor: Region whose exports are cut.
        targets: Sets of regions; the empty set means everyone.
        stages: Stages whose product is cut, of cracking_leaching, separation, metal, magnet.
        depths: Share of the flow cut, 0 to 1. [share]
        months: Duration, >= 1; all policies are summed over the years of the longest. [months]
        elements: Elements; all when empty.
        chokes: Choke prices over base prices by kind of good; the spans hold each set beside that of the world. [ratio]
        workers: Processes; changes no result.
        progress: Called with (done, total) groups of policies.

    Raises:
        InputError: A stage whose product is not traded, an unknown region, a duration below one month.
    """
    faults = [
        Fault(f"is none of {', '.join(STAGE_GOODS)}", field="stages", value=s) for s in stages if s not in STAGE_GOODS
    ]
    faults += [Fault("must be at least 1", field="months", value=m) for m in months if m < 1]
    faults += [
        Fault(world.unknown_region(r), field="regions", value=r)
        for r in {actor, *(r for aimed in targets for r in aimed)} - set(world.regions)
    ]
    if faults:
        raise InputError(faults)
    years = max(1, math.ceil(max(months) / 12))
    still = {"demand_growth_share": 0.0, "supply_growth_share": 0.0}
    factor = FACTORS["elasticity_factor"]
    futures = [Future(f"e{v:g}", still | {"elasticity_factor": v}) for v in (factor.default, factor.low, factor.high)]
    variants = [(world, f) for f in futures] + [(with_chokes(world, given), futures[0]) for given in chokes]
    free = tuple(roll(w, f, years=years) for w, f in variants)
    cells = list(itertools.product(stages, targets, depths, months))
    chunks = [tuple(cells[n : n + CHUNK]) for n in range(0, len(cells), CHUNK)]
    found = fanout.over(functools.partial(_rows, actor, tuple(elements), free), chunks, workers, progress=progress)
    table = pd.DataFrame([row for rows in found for row in rows])
    return Payoffs(actor, years, table, chokes=tuple(dict(given) for given in chokes))


def _rows(
    actor: str, elements: tuple[str, ...], free: tuple[Path, ...], cells: Sequence[Cell], seed: int
) -> list[dict[str, Any]]:
    """Rows of some policies, here or on another process."""
    return [_row(actor, elements, free, cell) for cell in cells]


def _row(actor: str, elements: tuple[str, ...], free: tuple[Path, ...], cell: Cell) -> dict[str, Any]:
    """What a policy changes in the first of the paths without it, and the span over all of them."""
    stage, aimed, depth, months = cell
    first = free[0].years[0].year
    last = first + (months - 1) // 12
    ban = ExportBan(
        actor=actor, targets=aimed, goods=STAGE_GOODS[stage], elements=elements, depth_share=depth,
        start=str(first), end=f"{last}-{(months - 1) % 12 + 1:02}",
    )  # fmt: skip
    found = [
        _changes(actor, stage, calm, roll(calm.world, replace(calm.future, shocks=(ban,)), years=len(calm.years)))
        for calm in free
    ]
    row: dict[str, Any] = {
        "stage": stage, "targets": ",".join(aimed) or "all", "depth_share": depth, "months": months,
    }  # fmt: skip
    for name in found[0]:
        values = [one[name] for one in found]
        row |= {name: values[0], f"{name}_low": min(values), f"{name}_high": max(values)}
    return row


def _changes(actor: str, stage: str, free: Path, cut: Path) -> dict[str, float]:
    """Changes of revenue and surplus between two paths, summed over their years, and the highest price ratio abroad."""
    abroad = 1.0
    revenue = own_makers = downstream = 0.0
    others: dict[str, float] = {}
    users = 0.0
    later = STAGES[STAGES.index(stage) + 1 :]
    for before, after in zip(free.years, cut.years, strict=True):
        revenue += after.export_revenue_musd(actor) - before.export_revenue_musd(actor)
        change = after.surplus() - before.surplus()
        makers = after.makers() - before.makers()
        ours = makers.loc[actor]
        further = float(sum(v for s, v in ours.items() if s in later and s != "recycling"))
        downstream += further + float(change.loc[actor].get("users", 0.0))
        own_makers += float(change.loc[actor].drop("users", errors="ignore").sum()) - further
        users += float(change.drop(index=actor)["users"].sum())
        abroad = max(abroad, _highest(actor, stage, before, after))
        for region, value in change.drop(index=actor).sum(axis=1).items():
            others[str(region)] = others.get(str(region), 0.0) - float(value)
    return {
        "revenue_change_musd": revenue,
        "own_makers_musd": own_makers,
        "downstream_cost_musd": -downstream,
        "others_lose_musd": sum(others.values()),
        "others_users_lose_musd": -users,
        "others_makers_gain_musd": -users - sum(others.values()),
        "price_ratio_abroad": abroad,
    } | {f"{region}_loses_musd": value for region, value in others.items()}


def _highest(actor: str, stage: str, before: Equilibrium, after: Equilibrium) -> float:
    """Highest price of a stage's goods in any other region over the price without the cut. [ratio]"""
    cut = [n for n, (r, g) in enumerate(before.program.nodes) if r != actor and good_kind(g) in STAGE_GOODS[stage]]
    was, now = before.node_prices[cut], after.node_prices[cut]
    priced = np.isfinite(was) & np.isfinite(now) & (was > 0)
    return float(np.max(now[priced] / was[priced], initial=1.0))


def conduct_ceiling(world: World, seller: str, good: str) -> float:
    """Largest conduct for which a static market-power price exists: elasticity over the seller's share. [-]

    A solution needs theta x share < |elasticity|; above it a seller with these short-run elasticities would raise the
    price without end.

    Args:
        world: The market, with base flows.
        seller: Region.
        good: Good sold.

    Raises:
        InputError: The good is not sold abroad in the base year.
    """
    flows = [(r.origin, r.base_kt or 0.0) for r in world.routes if r.good == good]
    total = sum(v for _, v in flows)
    ours = sum(v for origin, v in flows if origin == seller)
    if ours <= 0:
        raise InputError(f"{seller} sells no {good} abroad in {world.year}")
    users = [d for d in world.demands if d.good == good and d.region != seller and d.base_kt]
    weight = sum(d.base_kt or 0.0 for d in users)
    elasticity = sum(abs(d.elasticity) * (d.base_kt or 0.0) for d in users) / weight if weight else float("nan")
    return elasticity / (ours / total)


def conduct_of_gap(world: World, seller: str, good: str, gap_share: float) -> float:
    """Conduct that explains a gap between the price abroad and what delivery costs. [-]

    From `price - theta beta q = marginal cost` with the slope of an isoelastic demand: theta is the gap over the price
    times elasticity over the seller's share. 0 is a price taker; at `conduct_ceiling` the gap would be the whole price.

    Args:
        world: The market, with base flows.
        seller: Region.
        good: Good sold.
        gap_share: Price abroad less the seller's own price, tax and freight, over the price abroad, 0 to 1; below zero
            there is no power to explain, so 0 comes back. [share]

    Raises:
        InputError: A gap of the whole price or more; the good is not sold abroad in the base year.
    """
    if not gap_share < 1:
        raise InputError(Fault("must be below 1", field="gap_share", value=gap_share))
    return max(gap_share, 0.0) * conduct_ceiling(world, seller, good)
