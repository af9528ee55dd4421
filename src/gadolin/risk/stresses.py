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

import numpy as np
import pandas as pd

from gadolin import __version__, fanout
from gadolin.errors import Fault, InputError
from gadolin.market import Future, Instrument, World, roll
from gadolin.market.instruments import LAST_YEAR, day, no_effect
from gadolin.market.measures import ExportBan
from gadolin.market.plant_measures import BuildSubsidy, Offtake, TechnologyBan
from gadolin.market.program import program_of
from gadolin.market.years import Build, Choices
from gadolin.risk.differences import Difference, difference, read

__all__ = ["Stress", "stress"]

CHUNK = 2
"""Futures per task; fixed, so that the number of workers changes nothing."""

YEARS_AFTER = 2

LEAST_BILL_SHARE = 0.05
"""Prices that move less money than this share of the greatest sum come after all others (a choice)."""

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
    by_year = _years_table(found)
    year = _largest(by_year, tuple(shocks))
    labelled = [read(_world(worlds, f), one[year]) for f, one in zip(futures, found, strict=True)]
    prices = _price_table(labelled)
    losses = _loss_table(found, year)
    frames = (
        prices,
        _use_table(labelled),
        losses,
        _flow_table(labelled, tuple(shocks)),
        _bands(worlds, futures, found, prices),
        _recovery(found, str(losses.region.iloc[0])),
        by_year,
    )
    plain = [f.reset_index(drop=True) for f in frames]
    return Stress(tuple(shocks), country, year, len(found), *plain, assumptions=assumptions, title=title)


def _world(worlds: Mapping[str, World], future: Future) -> World:
    """The world of a future's clay; the first when it names none."""
    return worlds.get(str(future.factors.get("clay", "")), next(iter(worlds.values())))


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
        world = _world(worlds, future)
        calm = roll(world, future, choices, years)
        hit = roll(world, Future(future.id, future.factors, (*future.shocks, *shocks)), choices, years)
        found.append(difference(calm, hit))
    return found


def _years_table(found: list[dict[int, Difference]]) -> pd.DataFrame:
    """Money that the shock moves in each year, and the use it takes at base prices. [million USD]"""
    rows = []
    for year in sorted(found[0]):
        lost = [sum(v["lost_use_musd"] for v in one[year].losses.values()) for one in found]
        moved = [one[year].moved_musd for one in found]
        rows.append({"year": year} | _quantiles("moved_musd", moved) | _quantiles("lost_use_musd", lost))
    return pd.DataFrame(rows)


def _largest(by_year: pd.DataFrame, shocks: tuple[Instrument, ...]) -> int:
    """The year of largest effect over the futures; where nothing moves, the first year in force.

    The mean of the three points keeps a year in which only some futures feel the shock.
    """
    size = by_year[["moved_musd_low", "moved_musd", "moved_musd_high"]].mean(axis=1)
    if size.max() >= LEAST_MOVED_MUSD:
        return int(by_year.year[size.idxmax()])
    return next(int(y) for y in by_year.year if any(s.share_of_year(int(y)) > 0 for s in shocks))


def _size(ratio: pd.Series) -> pd.Series:
    """How far a price moved either way; one that falls to zero or below moved furthest. [-]"""
    return np.log(ratio.clip(lower=np.finfo(float).tiny)).abs()


def _quantiles(name: str, values: Sequence[float] | np.ndarray) -> dict[str, float]:
    low, middle, high = (float(v) for v in np.quantile(np.asarray(values), [0.05, 0.5, 0.95]))
    return {name: middle, f"{name}_low": low, f"{name}_high": high}


def _gather(labelled: Sequence[Mapping[str, Mapping[Any, Any]]], part: str) -> dict[Any, list[float]]:
    """Values by label of what every future has."""
    seen: dict[Any, list[float]] = {}
    for one in labelled:
        for key, value in one[part].items():
            seen.setdefault(key, []).append(value)
    return {key: values for key, values in seen.items() if len(values) == len(labelled)}


def _price_table(labelled: Sequence[Mapping[str, Mapping[Any, Any]]]) -> pd.DataFrame:
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


def _use_table(labelled: Sequence[Mapping[str, Mapping[Any, Any]]]) -> pd.DataFrame:
    """Lost share of every use, largest first."""
    columns = ["region", "good", "use", "lost_share", "lost_share_low", "lost_share_high"]
    rows = [
        {"region": r, "good": g, "use": u} | _quantiles("lost_share", v)
        for (r, g, u), v in _gather(labelled, "uses").items()
    ]
    return pd.DataFrame(rows, columns=columns).sort_values("lost_share", ascending=False, kind="stable")


def _loss_table(found: list[dict[int, Difference]], year: int) -> pd.DataFrame:
    """Loss by region, most use lost first."""
    rows = []
    for region in found[0][year].losses:
        row: dict[str, Any] = {"region": region}
        for name in ("lost_use_musd", "surplus_musd", "served_share"):
            row |= _quantiles(name, [one[year].losses[region][name] for one in found])
        rows.append(row)
    return pd.DataFrame(rows).sort_values("lost_use_musd", ascending=False, kind="stable")


def _recovery(found: list[dict[int, Difference]], region: str) -> pd.DataFrame:
    """Served share of a region by year."""
    rows = [
        {"year": y, "region": region}
        | _quantiles("served_share", [one[y].losses[region]["served_share"] for one in found])
        for y in sorted(found[0])
    ]
    return pd.DataFrame(rows)


def _flow_table(labelled: Sequence[Mapping[str, Mapping[Any, Any]]], shocks: tuple[Instrument, ...]) -> pd.DataFrame:
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


def _bands(
    worlds: Mapping[str, World], futures: Sequence[Future], found: list[dict[int, Difference]], prices: pd.DataFrame
) -> pd.DataFrame:
    """Price by year, with and without the shock, of the goods that move most. [USD/kg]"""
    rows = []
    for row in prices.drop_duplicates("good").head(BAND_GOODS).itertuples():
        at = [program_of(_world(worlds, f)).node_index[str(row.region), str(row.good)] for f in futures]
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
