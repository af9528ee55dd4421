"""Run strategies over futures, on processes; the answer does not depend on how many.

One world path per future, all strategies on it. What a strategy's own supply does to world prices is solved once, in
the central future, by a first-order answer of the market re-solved where a bound is crossed, and laid as factors on the
prices of every future. The remainder of that transfer is measured in `validation/claims/strategy.py`.
"""

from __future__ import annotations

import functools
import pickle
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from gadolin import fanout, runs
from gadolin.case import Case
from gadolin.case.strategies import futures_of, strategies_of
from gadolin.errors import InputError
from gadolin.market import Path, World, roll
from gadolin.strategy.choices import Strategy, resolve
from gadolin.strategy.comparison import Comparison, Switch
from gadolin.strategy.evaluate import evaluate, supply_change, value_kept, world_of
from gadolin.strategy.feasible import feasible
from gadolin.strategy.futures import HOME_FACTORS, HomeFuture, central, draw, ranges_of
from gadolin.strategy.prices import PricePath

__all__ = ["answer_of", "compare"]

GROUP = 6
"""Futures per task: enough to pay for starting a process, few enough to share out evenly."""

NARROW = 8
"""Halvings of the step between two points: the switch is known to 1/1000 of the range."""

REMARKS = (
    "shares of futures explore what may happen, they are no probabilities",
    "plants run ten years beyond the case's last year as they do then; prices are held after the last year rolled",
    "wages count whole; what local suppliers earn is not counted, nor what the environment bears",
    "what already stands and is in no strategy (the plant at Kuantan with its own ore) is not counted",
)


@dataclass(frozen=True)
class _Task:
    """Futures to evaluate, or a factor to scan."""

    case: bytes
    world: World
    strategies: tuple[str, ...]
    answers: dict[str, PricePath]
    until: int
    futures: tuple[HomeFuture, ...] = ()
    scanned: tuple[str, ...] = ()
    middle: PricePath | None = None


def compare(
    case: Case,
    futures: int = 32,
    seed: int = 1,
    workers: int | str | None = None,
    progress: Callable[[int, int], None] | None = None,
    strategies: Sequence[str] | None = None,
    resume: bool = False,
) -> Comparison:
    """Strategies of a case over futures.

    Args:
        case: The case.
        futures: How many, >= 1.
        seed: Seed of the futures.
        workers: Processes or the address of a Dask scheduler; changes no result.
        progress: Called with (done, total) tasks.
        strategies: Ids; all of the case when none are given.
        resume: Keep finished tasks in the cache and take them up again.

    Raises:
        InputError: The case has no strategies, or a file of it has faults.
    """
    known = strategies_of(case)
    if not known:
        raise InputError(f"{case.name} has no strategies; add files to its folder strategies/")
    names = tuple(strategies) if strategies is not None else tuple(known)
    plans = [resolve(case, name) for name in names]
    drawn = draw(case, futures, seed)
    middle = central(case)
    until = futures_of(case).prices_until
    world = world_of(case, middle)
    path = roll(world, middle, years=until - world.year) if case.country in world.regions else None
    base = PricePath.flat(world.year + 1) if path is None else PricePath.of(path, case.country)
    answers = {} if path is None else {p.id: a for p in plans if (a := answer_of(case, p, path)) is not None}
    bare = pickle.dumps(replace(case, _cache={}))
    groups = _groups(drawn)
    tasks = [_Task(bare, world_of(case, g[0]), names, answers, until, g) for g in groups]
    names_of = tuple(HOME_FACTORS)
    halves = (names_of[: len(names_of) // 2], names_of[len(names_of) // 2 :])
    tasks += [_Task(bare, world, names, answers, until, scanned=f, middle=base) for f in halves]
    key = _key(case, names, [f.as_dict() for f in drawn], until) if resume else None
    try:
        results = fanout.over(_work, tasks, workers, seed, key, progress)
    finally:
        _unpacked.cache_clear()
    rows = [row for found in results[: len(groups)] for row in found]
    order = {f.id: n for n, f in enumerate(drawn)}
    rows.sort(key=lambda row: (order[row["future"]], names.index(row["strategy"])))
    switches = tuple(s for found in results[len(groups) :] for s in found)
    return _result(case, plans, rows, switches, answers, base)


def _groups(drawn: Sequence[HomeFuture]) -> list[tuple[HomeFuture, ...]]:
    """Futures of one composition of clay together, for they share a calibrated world."""
    by_clay: dict[str, list[HomeFuture]] = {}
    for future in drawn:
        by_clay.setdefault(str(future.factors["clay"]), []).append(future)
    return [tuple(found[n : n + GROUP]) for _, found in sorted(by_clay.items()) for n in range(0, len(found), GROUP)]


def _key(case: Case, names: tuple[str, ...], futures: list[dict[str, Any]], until: int) -> str:
    what = {"case": case.digest(), "strategies": names, "futures": futures, "until": until, "v": runs.versions()}
    return f"compare-{runs.digest(what)[:24]}"


def answer_of(case: Case, plan: Strategy, path: Path) -> PricePath | None:
    """How world prices answer to a strategy's own supply in the central future; None when it changes none.

    The last year rolled, whose prices are held from there on, meets the supply of the case's last year, so that a late
    starter's supply is answered too.

    Args:
        case: The case.
        plan: The strategy.
        path: The market in the central future.
    """
    years = [e.year for e in path.years]
    last = case.settings.case.last_year
    nodes = path.years[0].program.node_index
    change = {
        node: {y: by_year.get(y if y < years[-1] else last, 0.0) for y in years}
        for node, by_year in supply_change(case, plan, central(case)).items()
        if node in nodes
    }
    change = {node: by_year for node, by_year in change.items() if any(by_year.values())}
    if not change:
        return None
    before, after = (PricePath.of(p, case.country) for p in (path, path.respond(change).path))
    ratio = {
        k: tuple(a / b for a, b in zip(after.factors[k], before.factors[k], strict=True))
        for k in before.factors
        if k in after.factors
    }
    return PricePath(before.first_year, ratio, "answer to own supply")


def _work(task: _Task, seed: int) -> list[Any]:
    """One task, here or on another process."""
    case = _unpacked(task.case)
    plans = {name: resolve(case, name) for name in task.strategies}
    if task.scanned:
        return [_switch(case, task, name, list(plans.values())) for name in task.scanned]
    found = []
    for future in task.futures:
        if case.country in task.world.regions:
            path = PricePath.of(roll(task.world, future, years=task.until - task.world.year), case.country)
        else:
            path = PricePath.flat(task.world.year + 1)
        for name, plan in plans.items():
            outcome = evaluate(case, plan, future, _answered(path, task.answers.get(name)))
            found.append(
                {
                    "strategy": name,
                    "future": future.id,
                    **outcome.measures,
                    **outcome.states,
                    "not_built": dict(outcome.not_built),
                    "remarks": outcome.remarks,
                }
            )
    return found


def _answered(path: PricePath, answer: PricePath | None) -> PricePath:
    return path if answer is None or path.first_year != answer.first_year else path.times(answer)


@functools.lru_cache(maxsize=1)
def _unpacked(case: bytes) -> Case:
    """The case of the tasks, once per process, so that what follows from it alone is made once."""
    return pickle.loads(case)


def _switch(case: Case, task: _Task, name: str, plans: list[Strategy]) -> Switch:
    """Where the best strategy changes along one factor at home."""
    factor = ranges_of(futures_of(case))[name]
    start, middle = central(case), task.middle
    assert middle is not None

    @functools.cache
    def best(value: float) -> str:
        future = replace(start, home={**start.home, name: value})
        kept = {p.id: value_kept(case, p, future, _answered(middle, task.answers.get(p.id))) for p in plans}
        return max(kept, key=lambda i: kept[i])

    points = sorted({factor.low, factor.default, factor.high})
    winners = [best(v) for v in points]
    change = [n for n in range(1, len(points)) if winners[n] != winners[n - 1]]
    if not change:
        return Switch(name, factor.about, factor.unit, None, factor.low, factor.high, winners[0], winners[0])
    # the change nearest to the central value is the one that matters
    n = min(change, key=lambda i: abs(0.5 * (points[i] + points[i - 1]) - factor.default))
    low, high = points[n - 1], points[n]
    below, above = winners[n - 1], winners[n]
    for _ in range(NARROW):
        value = 0.5 * (low + high)
        winner = best(value)
        if winner == below:
            low = value
        else:
            high, above = value, winner
    at = 0.5 * (low + high)
    return Switch(name, factor.about, factor.unit, at, factor.low, factor.high, below, above)


def _result(
    case: Case,
    plans: list[Strategy],
    rows: list[dict[str, Any]],
    switches: tuple[Switch, ...],
    answers: dict[str, PricePath],
    base: PricePath,
) -> Comparison:
    missing: dict[tuple[str, str], list[str]] = {}
    said: list[str] = []
    for row in rows:
        for plant, why in row.pop("not_built").items():
            missing.setdefault((row["strategy"], plant), []).append(why)
        said += row.pop("remarks")
    count = len(rows) / len(plans)
    not_built = {k: (len(v) / count, Counter(v).most_common(1)[0][0]) for k, v in missing.items()}
    changes = {}
    for name, answer in answers.items():
        (_, good), worst = max(
            ((k, max(v, key=lambda x: abs(x - 1)) - 1) for k, v in answer.factors.items()), key=lambda x: abs(x[1])
        )
        changes[name] = (good, float(worst))
    thresholds = tuple((t.measure, t.at_least, t.at_most) for t in futures_of(case).satisfied)
    frame = pd.DataFrame(rows)
    remarks = (
        f"prices: {base.room}, {len(base.factors)} series",
        *sorted({s for s in said if not s.startswith("prices")}),
    )
    return Comparison(
        case.name,
        frame,
        {p.id: feasible(case, p) for p in plans},
        {p.id: p.file.strategy.title for p in plans},
        {p.id: p.refs for p in plans},
        not_built,
        thresholds,
        switches,
        changes,
        (*remarks, *REMARKS),
    )
