"""Rows of market: one year, futures, a roll, foresight as a solver row, how much of a solve is building, memory."""

from __future__ import annotations

import functools
import time

import numpy as np
import scipy.sparse as sp

from benchmarks.rows import Row
from gadolin.market import Future, World, roll, solve
from gadolin.market.equilibrium import problem_of
from gadolin.market.program import program_of
from gadolin.market.shorthand import parse
from gadolin.market.solver import Quadratic, solve_quadratic


@functools.cache
def _world() -> World:
    from gadolin import case

    world = case.load("malaysia").inputs.world_of()
    solve(world)
    return world


def _year(world: World) -> None:
    solve(world, (parse("ban CHN oxide,metal Dy to JPN,USA"),))


def _some(world: World, futures: tuple[Future, ...], seed: int) -> float:
    """Highest price over some futures of one year."""
    return max(roll(world, f, years=1).years[0].price("JPN", "oxide:Dy") for f in futures)


def _futures(world: World) -> None:
    """A thousand futures of one year, over two processes."""
    from gadolin import fanout
    from gadolin.market.futures import sample

    ban = parse("ban CHN oxide,metal Dy to JPN,USA")
    drawn = [Future(f.id, f.factors, (ban,)) for f in sample(1000, 1)]
    fanout.over(functools.partial(_some, world), [tuple(drawn[i : i + 100]) for i in range(0, 1000, 100)], workers=2)


def _roll(world: World) -> None:
    roll(world, Future("bench", shocks=(parse("ban CHN oxide Dy to JPN from 2027 for 12 months"),)), years=15)


def _foresight(years: int) -> Quadratic:
    """Several years in one program, tied by stocks: closing stock of a year is supply of the next."""
    world = _world()
    program = program_of(world)
    one = problem_of(program, program.levers(program.start))
    nodes, size = len(program.nodes), program.size
    blocks = [[None] * years for _ in range(years)]
    carry = sp.csc_matrix(
        (-np.ones(len(program.stock_node)), (program.stock_node, np.arange(program.of_stock.start, size))),
        shape=(nodes, size),
    )
    for t in range(years):
        blocks[t][t] = one.A
        if t:
            blocks[t][t - 1] = carry
    supply = np.concatenate([one.b, *[np.zeros(nodes)] * (years - 1)])
    return Quadratic(
        np.tile(one.c, years),
        np.tile(one.q, years),
        sp.csc_matrix(sp.bmat(blocks)),
        supply,
        sp.csr_matrix((0, size * years)),
        np.zeros(0),
        np.tile(one.lower, years),
        np.tile(one.upper, years),
    )


def _build_share() -> float:
    """Time to write the vectors of a solve over the time of the solve. [%]"""
    world = _world()
    program = program_of(world)
    ban = parse("ban CHN oxide,metal Dy to JPN,USA")

    def write() -> Quadratic:
        levers = program.levers(program.start)
        ban.apply(world, program, levers, 1.0, program.start, None)
        return problem_of(program, levers)

    times = {"write": 0.0, "all": 0.0}
    for _ in range(20):
        start = time.perf_counter()
        problem = write()
        middle = time.perf_counter()
        solve_quadratic(problem)
        times["write"] += middle - start
        times["all"] += time.perf_counter() - start
    return 100 * times["write"] / times["all"]


def _memory() -> float:
    """Peak memory of a process that calibrates and rolls, as a worker does. [MB]"""
    import resource

    _roll(_world())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


ROWS = (
    Row("market_year", goal_s=0.1, run=_year, prepare=_world, peer="market_year"),
    Row("futures_1000", goal_s=40.0, run=_futures, prepare=_world, repeats=1),
    Row("roll_15", goal_s=2.0, run=_roll, prepare=_world),
    Row("foresight_5", goal_s=2.0, run=solve_quadratic, prepare=lambda: _foresight(5)),
    Row("build_share", measure=_build_share, goal=5.0, unit="%"),
    Row("worker_memory", measure=_memory, goal=400.0, unit="MB"),
)
