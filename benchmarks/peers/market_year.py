# /// script
# dependencies = ["numpy==2.4.6", "scipy==1.17.1", "cvxpy==1.9.3", "clarabel==0.11.1"]
# ///
"""The market of one year in cvxpy: build and solve the same program as our row, compare prices."""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import scipy.sparse as sp


def prepare(file: str) -> None:
    """The program of the base year of Malaysia's world under a ban, with Gadolin's prices."""
    from gadolin import case
    from gadolin.market import solve
    from gadolin.market.equilibrium import problem_of
    from gadolin.market.program import program_of
    from gadolin.market.shorthand import parse

    world = case.load("malaysia").inputs.world_of()
    program, ban = program_of(world), parse("ban CHN oxide,metal Dy to JPN,USA")
    levers = program.levers(program.start)
    ban.apply(world, program, levers, 1.0, program.start, None)
    p = problem_of(program, levers)
    prices = solve(world, (ban,)).node_prices
    np.savez(file, c=p.c, q=p.q, b=p.b, lower=p.lower, upper=p.upper, prices=prices, shape=p.A.shape,
             data=p.A.data, indices=p.A.indices, indptr=p.A.indptr)  # fmt: skip


def solve(z: dict, A: sp.csc_matrix) -> np.ndarray:
    import cvxpy as cp

    x = cp.Variable(len(z["c"]))
    finite = np.flatnonzero(np.isfinite(z["upper"]))
    balance = A @ x == z["b"]
    rows = [balance, x >= z["lower"], x[finite] <= z["upper"][finite]]
    cost = z["c"] @ x + 0.5 * cp.sum(cp.multiply(z["q"], cp.square(x)))
    cp.Problem(cp.Minimize(cost), rows).solve(solver=cp.CLARABEL, tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12)
    return np.asarray(balance.dual_value)


def main() -> None:
    z = dict(np.load(sys.argv[1] + ".npz"))
    A = sp.csc_matrix((z["data"], z["indices"], z["indptr"]), shape=tuple(z["shape"]))
    solve(z, A)
    start = time.perf_counter()
    dual = solve(z, A)
    seconds = time.perf_counter() - start
    known = np.isfinite(z["prices"])
    scale = np.abs(z["prices"][known]) + 0.01
    away = min(float(np.max(np.abs(sign * dual[known] - z["prices"][known]) / scale)) for sign in (1, -1))
    note = f"build and solve, second run; largest relative difference of a price {away:.0e}"
    print(json.dumps({"row": "market_year", "peer": "cvxpy 1.9.3 with Clarabel", "seconds": seconds, "note": note}))


if __name__ == "__main__":
    main()
