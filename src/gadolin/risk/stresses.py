"""A stress test: a shock against the same futures without it; prices, lost use, who replaces whom, with intervals.

Each future is rolled twice, with and without the shock, on the world of its clay vector. What is reported is the
difference in the year of largest effect, as median and 5 to 95 % over the futures: the year in which changes of price
move most money. A measure on plants that are still to come shows itself years after its start, so the years are
followed until the last of them stands. The futures explore: they carry no odds, so an
interval is a span of assumptions and no probability.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadolin import __version__, fanout
from gadolin.errors import Fault, InputError
from gadolin.market import Future, Instrument, World, roll
from gadolin.market.instruments import LAST_YEAR, day, no_effect
from gadolin.market.measures import ExportBan
from gadolin.market.plant_measures import BuildSubsidy, Offtake, TechnologyBan
from gadolin.market.years import Build, Choices
from gadolin.risk.differences import Difference, difference, read
from gadolin.risk.stress_tables import (
    bands_of,
    flows_of,
    losses_of,
    prices_of,
    recovery_of,
    uses_of,
    world_of_future,
    years_of,
)

__all__ = ["Stress", "stress"]

CHUNK = 2
"""Futures per task; fixed, so that the number of workers changes nothing."""

YEARS_AFTER = 2

LEAST_MOVED_MUSD = 0.5
"""Money moved in a year that is no effect (a choice)."""

LEAST_MOVE, FAR = 0.0005, 10.0
"""Moves of a price that are not printed, and price ratios that are printed with what they mean (choices)."""


@dataclass(frozen=True)
class Stress:
    """What a shock does.

    Args:
        shocks: The shock.
        country: Case country.
        year: Year reported.
        futures: How many futures.
        prices: Price over the price without the shock, by region and good, and what that makes of the quantity that
            passes there without the shock; largest move first among those that move money. [ratio, million USD]
        uses: Lost share of each use, by region, good and application. [share]
        losses: Loss by region: use at base prices, surplus. [million USD]
        replaced: Flows before, after and their change. [kt]
        bands: Price by year with and without the shock, of the goods that move most. [USD/kg]
        recovery: By year: served share of the worst hit region.
        by_year: By year: money that changes of price move, and use lost at base prices. [million USD]
        assumptions: What had to be assumed for the base year.
        title: The shock in words; its short form when empty.
    """

    shocks: tuple[Instrument, ...]
    country: str
    year: int
    futures: int
    prices: pd.DataFrame
    uses: pd.DataFrame
    losses: pd.DataFrame
    replaced: pd.DataFrame
    bands: pd.DataFrame
    recovery: pd.DataFrame
    by_year: pd.DataFrame
    assumptions: tuple[str, ...]
    title: str = ""

    def table(self) -> pd.DataFrame:
        """The prices."""
        return self.prices

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        frames = ("prices", "uses", "losses", "replaced", "bands", "recovery", "by_year")
        return {
            "shock": [str(s) for s in self.shocks],
            "title": self.title,
            "country": self.country,
            "year": self.year,
            "futures": self.futures,
            "interval": "5 to 95 % over the futures, which carry no odds",
            **{name: getattr(self, name).to_dict("records") for name in frames},
            "basis": "estimate",
            "assumptions": list(self.assumptions),
        }

    def __str__(self) -> str:
        short = "; ".join(str(s) for s in self.shocks)
        lines = [self.title[:1].upper() + self.title[1:], f"  {short}"] if self.title else [short]
        lines += [f"{self.year}{self._why()}, {self.futures} futures (5-95 %)"]
        moved = self.prices[
            (self.prices[["ratio_low", "ratio", "ratio_high"]] - 1).abs().max(axis=1) >= LEAST_MOVE
        ].head(8)
        for row in moved.to_dict("records"):
            lines.append(f"  price   {row['good']:12} {row['region']}  times {_span(row, 'ratio')}")
        if moved.empty:
            lines.append("  price   no price moves")
        if self.by_year.moved_musd_high.max() < LEAST_MOVED_MUSD:
            lines.append("  why     it meets no flow, output or plant that it would change in these futures")
        lost = self.uses[self.uses.lost_share > 0.005]
        for row in lost.head(6).to_dict("records"):
            share = {k: 100 * v for k, v in row.items() if isinstance(v, float)}
            lines.append(f"  lost    {row['region']} {row['good']} {row['use']}: {_span(share, 'lost_share')} %")
        if lost.empty:
            lines.append("  lost    no use loses more than 0.5 %")
        for row in self.replaced.head(6).to_dict("records"):
            tonnes = {k: 1000 * v for k, v in row.items() if isinstance(v, float)}
            way = f"{row['good']} {row['origin']} to {row['destination']}"
            lines.append(f"  flow    {way}: {_span(tonnes, 'change_kt_product')} t")
        ours = self.losses[self.losses.region == self.country]
        for row in ours.to_dict("records"):
            verb, gain = ("loses", row) if row["surplus_musd"] >= 0 else ("gains", _negated(row, "surplus_musd"))
            lines.append(f"  {row['region']}     {verb} {_span(gain, 'surplus_musd')} million USD of surplus")
        if len(moved) and moved.ratio.max() >= FAR:
            lines.append(
                "  far up  where no substitute is known a use gives up at the prior choke_ratio times its price;"
            )
            lines.append("          such a price says that a good runs out, not what will be paid")
        if len(moved) and moved.ratio_low.min() < 0:
            lines.append("  below   a price below zero: what nobody takes has to be put away at a cost")
        lines.append(f"  limits  {len(self.assumptions)} assumptions behind the base year; years, no panic, no odds")
        return "\n".join(lines)

    def _why(self) -> str:
        """Why this year is reported, and when the first effect comes where that is another."""
        felt = self.by_year.year[self.by_year.moved_musd_high >= LEAST_MOVED_MUSD]
        if felt.empty:
            return f" (no effect in any year to {self.by_year.year.max()})"
        first = int(felt.min())
        return ", the year of largest effect" + (f" (first effect {first})" if first != self.year else "")


def _negated(row: Mapping[str, Any], name: str) -> dict[str, float]:
    """A range with its sign turned."""
    return {name: -row[name], f"{name}_low": -row[f"{name}_high"], f"{name}_high": -row[f"{name}_low"]}


def _span(row: Mapping[str, Any], name: str) -> str:
    """`1.8 (1.2-3.1)`; a change keeps its sign."""
    low, middle, high = row[f"{name}_low"], row[name], row[f"{name}_high"]
    digits = 2 if abs(middle) < 10 else 0
    middle, low, high = (round(v, digits) + 0.0 for v in (middle, low, high))  # no minus before a zero
    return f"{middle:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"


def stress(
    worlds: Mapping[str, World],
    shocks: Sequence[Instrument],
    futures: Sequence[Future],
    country: str,
    choices: Choices | None = None,
    workers: int | str | None = 1,
    seed: int = 1,
    resume: bool = False,
    title: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Stress:
    """Roll every future with and without a shock and report the difference.

    Args:
        worlds: Calibrated world by clay vector.
        shocks: The shock; refused where it cannot mean anything in the world.
        futures: Futures; each names its clay, else the first world is taken.
        country: Case country.
        choices: Its measures and plants.
        workers: Processes; the answer does not depend on them.
        seed: Seed handed on; nothing is drawn here.
        resume: Keep finished futures in the cache and take them up again.
        title: The shock in words, to print above its short form.
        progress: Called with (done, total).

    Raises:
        InputError: No shock, no future, a shock without sense, a shock that ends before the base year.
        NotConverged: A year is not proven.
    """
    if not shocks or not futures:
        raise InputError("a stress test needs a shock and at least one future")
    first = next(iter(worlds.values()))
    base = choices or Choices()
    for shock in shocks:
        shock.check(first)
        _check_builds(first, shock, base.builds)
    _check_together(first, shocks)
    horizon = _horizon(first, shocks, base.builds)
    if not any(s.share_of_year(y) > 0 for s in shocks for y in horizon):
        raise InputError(Fault(f"is never in force after {first.year}", field="shock", value=str(shocks[0])))
    chunks = [tuple(futures[i : i + CHUNK]) for i in range(0, len(futures), CHUNK)]
    task = functools.partial(_chunk, dict(worlds), tuple(shocks), base, len(horizon))
    key = None
    if resume:
        keys = {clay: world.key() for clay, world in worlds.items()}
        said = [[f.as_dict() for f in futures], [m.as_dict() for m in shocks]]
        text = json.dumps([keys, *said, base.key(), horizon, __version__], sort_keys=True, default=str)
        key = "stress-" + hashlib.sha256(text.encode()).hexdigest()[:24]
    found = [one for many in fanout.over(task, chunks, workers, seed, key, progress) for one in many]
    assumptions = first.calibration.assumptions if first.calibration is not None else ()
    if base.builds:
        added = len({b.process for b in base.builds})
        assumptions = (*assumptions, f"new plants come in {added} processes, beside the growth of all capacities")
    yearly = years_of(found)
    year = _largest(yearly, tuple(shocks))
    labelled = [read(world_of_future(worlds, f), one[year]) for f, one in zip(futures, found, strict=True)]
    prices = prices_of(labelled)
    losses = losses_of(found, year)
    frames = (
        prices,
        uses_of(labelled),
        losses,
        flows_of(labelled, tuple(shocks)),
        bands_of(worlds, futures, found, prices),
        recovery_of(found, str(losses.region.iloc[0])),
        yearly,
    )
    plain = [f.reset_index(drop=True) for f in frames]
    return Stress(tuple(shocks), country, year, len(found), *plain, assumptions=assumptions, title=title)


def _check_builds(world: World, shock: Instrument, builds: Sequence[Build]) -> None:
    """Refuse a measure on new plants where none is coming that it could hit.

    Raises:
        InputError: Which plants are coming.
    """
    if not isinstance(shock, TechnologyBan | BuildSubsidy):
        return
    stage = {p.name: (p.region, p.stage) for p in world.processes}
    # what is decided comes whatever is paid for it
    waiting = [b for b in builds if isinstance(shock, TechnologyBan) or b.yearly_cost_usd_per_kg is not None]
    if not any(shock.hits(*stage[b.process]) for b in waiting):
        kind = "is coming" if isinstance(shock, TechnologyBan) else "waits for a price at which it pays"
        text = no_effect(f"no plant {kind} that it could hit", "what comes is", (b.process for b in builds))
        raise InputError(Fault(text, field=shock.kind))


def _check_together(world: World, shocks: Sequence[Instrument]) -> None:
    """Refuse an offtake of goods that another part of the shock keeps from the same partner.

    Raises:
        InputError: Which two contradict each other.
    """
    for promised, stopped in itertools.product(shocks, shocks):
        if not (isinstance(promised, Offtake) and isinstance(stopped, ExportBan)):
            continue
        whole = stopped.depth_share * stopped.firm_share == 1 and promised.share > 0
        ends = (stopped.targets, (stopped.actor,)) if stopped.incoming else ((stopped.actor,), stopped.targets)
        met = all(
            not side or one in side for side, one in zip(ends, (promised.actor, promised.targets[0]), strict=True)
        )
        goods = any(promised.matches(world, g) and stopped.matches(world, g) for g in world.goods)
        both = max(day(promised.start), day(stopped.start)) <= min(
            day(m.end or f"{LAST_YEAR}", last=True) for m in (promised, stopped)
        )
        if whole and met and goods and both:
            raise InputError(Fault(f'contradicts "{promised}"; drop one of the two', field="shock", value=str(stopped)))


def _horizon(world: World, shocks: Sequence[Instrument], builds: Sequence[Build]) -> list[int]:
    """Years to follow: to the end of the measures, or until the plants that they delay stand, and some more."""
    last = max([world.year + 1, *(int((s.end or s.start)[:4]) for s in shocks)])
    stage = {p.name: (p.region, p.stage) for p in world.processes}
    for shock in shocks:
        if isinstance(shock, TechnologyBan | BuildSubsidy):
            late = shock.delay_years if isinstance(shock, TechnologyBan) else 0.0
            ready = [max(b.year, world.year + 1 + b.lead_years) for b in builds if shock.hits(*stage[b.process])]
            last = max([last, *(math.ceil(y + late) for y in ready)])
    return list(range(world.year + 1, min(last + YEARS_AFTER, LAST_YEAR) + 1))


def _chunk(
    worlds: dict[str, World],
    shocks: tuple[Instrument, ...],
    choices: Choices,
    years: int,
    futures: tuple[Future, ...],
    seed: int,
) -> list[dict[int, Difference]]:
    """What both paths of some futures differ in."""
    found: list[dict[int, Difference]] = []
    for future in futures:
        world = world_of_future(worlds, future)
        calm = roll(world, future, choices, years)
        hit = roll(world, Future(future.id, future.factors, (*future.shocks, *shocks)), choices, years)
        found.append(difference(calm, hit))
    return found


def _largest(by_year: pd.DataFrame, shocks: tuple[Instrument, ...]) -> int:
    """The year of largest effect over the futures; where nothing moves, the first year in force.

    The mean of the three points keeps a year in which only some futures feel the shock.
    """
    size = by_year[["moved_musd_low", "moved_musd", "moved_musd_high"]].mean(axis=1)
    if size.max() >= LEAST_MOVED_MUSD:
        return int(by_year.year[size.idxmax()])
    return next(int(y) for y in by_year.year if any(s.share_of_year(int(y)) > 0 for s in shocks))
