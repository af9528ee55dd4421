"""Run strategies over futures, on processes; the answer does not depend on how many.

In each future the market is rolled once without the country and once for each strategy that moves it (`answers`); both
are kept under the cache root, so that a stopped comparison, a second one and the deals of the case take them up again.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadolin import fanout, runs
from gadolin.case import Case
from gadolin.case.load import unpacked
from gadolin.case.strategies import futures_of, strategies_of
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.kept import code
from gadolin.strategy.answers import base_prices, prices_of
from gadolin.strategy.choices import Resolved, resolve, sources_of
from gadolin.strategy.comparison import ENDS, Comparison
from gadolin.strategy.designs import make_designs
from gadolin.strategy.evaluate import evaluate, figures_of, tonnes
from gadolin.strategy.feasible import feasible
from gadolin.strategy.flips import Switch, names_of, switches
from gadolin.strategy.futures import HomeFuture, central, checked, draw
from gadolin.strategy.prices import PricePath

__all__ = ["central_answers", "check_named", "compare", "groups_of", "known_on", "task_key"]

GROUP = 6
"""Futures per task: enough to pay for starting a process, few enough to share out evenly."""

FLIPS = 6
"""Factors or events per task."""

REMARKS = (
    "shares of futures explore what may happen, they are no probabilities",
    "plants run ten years beyond the case's last year as they do then; prices are held after the last year rolled",
    "wages count whole; what local suppliers earn is not counted, nor what the environment bears",
    "what already stands and is in no strategy is not counted",
)


@dataclass(frozen=True)
class _Task:
    """Futures to evaluate, or factors and events to look at."""

    case: bytes
    strategies: tuple[str, ...]
    futures: tuple[HomeFuture, ...] = ()
    looked_at: tuple[str, ...] = ()
    answers: dict[str, PricePath] | None = None


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
        InputError: The case has no strategies, a file of it has faults, or none could be evaluated at the case's date.
    """
    known = strategies_of(case)
    if not known:
        raise InputError(
            f"{case.name} has no strategies; add files to strategies/ of its folder (gadolin init {case.name} DIR "
            'starts one; the how-to "Write a strategy" says what a file holds)'
        )
    checked(case)
    asked = tuple(strategies) if strategies is not None else tuple(known)
    drawn = draw(case, futures, seed)
    make_designs(case, [known[name] for name in asked if name in known], drawn, workers)
    plans, unknown = known_on(case, asked)
    if not plans:
        raise InputError(
            [Fault(f"{name} cannot be evaluated as of {case.as_of}: {why}") for name, why in unknown.items()]
        )
    names = tuple(p.id for p in plans)
    groups = groups_of(drawn)
    answers = central_answers(case, plans)
    packed = case.packed()
    tasks = [_Task(packed, names, g) for g in groups]
    looked = names_of(case)
    tasks += [_Task(packed, names, (), looked[n : n + FLIPS], answers) for n in range(0, len(looked), FLIPS)]
    key = task_key("compare", case, drawn, names) if resume else None
    try:
        results = fanout.over(_work, tasks, workers, seed, key, progress)
    finally:
        unpacked.cache_clear()
    rows = [row for found in results[: len(groups)] for row in found]
    order = {f.id: n for n, f in enumerate(drawn)}
    rows.sort(key=lambda row: (order[row["future"]], names.index(row["strategy"])))
    flips = tuple(s for found in results[len(groups) :] for s in found)
    return _result(case, plans, rows, flips, unknown)


def check_named(case: Case, base: str, strategies: Sequence[str] = ()) -> None:
    """Refuse a strategy to hold others against that is not compared, before anything runs.

    Args:
        case: The case.
        base: Its id.
        strategies: Ids that are compared; all of the case when none are given.

    Raises:
        InputError: It is not among them.
    """
    known = list(strategies) or list(strategies_of(case))
    if base not in known:
        raise InputError(f'"{base}" is not compared{did_you_mean(base, known)} ({", ".join(known)})')


def known_on(case: Case, names: Sequence[str]) -> tuple[list[Resolved], dict[str, str]]:
    """Strategies that can be evaluated with what was known at the date of the case, and why the others cannot.

    Args:
        case: The case.
        names: Ids.

    Raises:
        InputError: No such strategy; a fault of the case that no date explains.
    """
    plans, unknown = [], {}
    for name in names:
        if case.as_of is None:
            plans.append(resolve(case, name))
            continue
        try:
            plan = resolve(case, name)
            evaluate(case, plan, central(case), PricePath.flat(case.settings.case.price_year))  # prices its plants
            plans.append(plan)
        except InputError as error:
            if name not in strategies_of(case):
                raise
            unknown[name] = str(error).splitlines()[0]
    return plans, unknown


def groups_of(drawn: Sequence[HomeFuture]) -> list[tuple[HomeFuture, ...]]:
    """Futures of one composition of clay together, for they share a calibrated world.

    Compositions take turns, so that workers that start together each calibrate another one and find the rest kept.
    """
    by_clay: dict[str, list[HomeFuture]] = {}
    for future in drawn:
        by_clay.setdefault(str(future.factors["clay"]), []).append(future)
    rows = [[tuple(found[n : n + GROUP]) for n in range(0, len(found), GROUP)] for _, found in sorted(by_clay.items())]
    return [group for turn in itertools.zip_longest(*rows) for group in turn if group is not None]


def central_answers(case: Case, plans: Sequence[Resolved]) -> dict[str, PricePath]:
    """What each strategy does to prices in the central future, as factors, by id.

    Args:
        case: The case.
        plans: The strategies.
    """
    future = central(case)
    base = base_prices(case, future)
    found = {}
    for plan in plans:
        flows = tonnes(case, plan, feasible(case, plan, future), future).flows
        found[plan.id] = prices_of(case, plan, future, flows).over(base)
    return found


def task_key(job: str, case: Case, drawn: Sequence[HomeFuture], what: Any) -> str:
    """Name under which finished tasks are kept: all that decides their results.

    Args:
        job: What is done.
        case: The case.
        drawn: The futures.
        what: What is asked beside, as plain JSON.
    """
    told = {"case": case.digest(), "as_of": case.as_of, "futures": [f.as_dict() for f in drawn], "what": what}
    return f"{job}-{runs.digest(json.loads(json.dumps(told | {'code': code()}, default=str)))[:24]}"


def _work(task: _Task, seed: int) -> list[Any]:
    """One task, here or on another process."""
    case = unpacked(task.case)
    plans = [resolve(case, name) for name in task.strategies]
    if task.answers is not None:
        return switches(case, plans, task.looked_at, task.answers)
    return [_row(case, plan, future) for future in task.futures for plan in plans]


def _row(case: Case, plan: Resolved, future: HomeFuture) -> dict[str, Any]:
    """What a strategy brings in a future, as a row of the comparison."""
    outcome = evaluate(case, plan, future)
    figures = figures_of(case, [plan])  # said once for all strategies
    return {
        "strategy": plan.id,
        "future": future.id,
        **outcome.measures,
        **{f"{name}_{end}": v for name, ends in outcome.ends.items() for end, v in zip(ENDS, ends, strict=True)},
        **outcome.states,
        "not_built": dict(outcome.not_built),
        "remarks": tuple(r for r in outcome.remarks if r not in figures),
        "moved": outcome.prices.largest_move(base_prices(case, future)),
    }


def _result(
    case: Case,
    plans: list[Resolved],
    rows: list[dict[str, Any]],
    flips: tuple[Switch, ...],
    unknown: dict[str, str],
) -> Comparison:
    missing: dict[tuple[str, str], list[str]] = {}
    changes: dict[str, tuple[str, float]] = {}
    said: list[str] = []
    for row in rows:
        for plant, why in row.pop("not_built").items():
            missing.setdefault((row["strategy"], plant), []).append(why)
        said += row.pop("remarks")
        moved = row.pop("moved")
        if moved is not None and abs(moved[1]) > abs(changes.get(row["strategy"], ("", 0.0))[1]):
            changes[row["strategy"]] = moved
    count = len(rows) / len(plans)
    not_built = {k: (len(v) / count, Counter(v).most_common(1)[0][0]) for k, v in missing.items()}
    thresholds = tuple((t.measure, t.at_least, t.at_most) for t in futures_of(case).satisfied)
    frame = pd.DataFrame(rows)
    figures = figures_of(case, plans)
    said = sorted(set(said), key=lambda s: (not s.startswith("prices"), s))
    return Comparison(
        case.name,
        frame,
        {p.id: feasible(case, p) for p in plans},
        {p.id: p.file.strategy.title for p in plans},
        {p.id: p.refs for p in plans},
        {p.id: sources_of(case, p) for p in plans},
        not_built,
        thresholds,
        flips,
        changes,
        (
            *figures,
            *(f"{name} left out, not known on {case.as_of}: {why}" for name, why in unknown.items()),
            *said,
            *REMARKS,
        ),
    )
