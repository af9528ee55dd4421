"""The market of one year in cvxpy and in linopy: build and solve the same program, compare prices.

Run with the interpreter of an environment that has cvxpy or linopy and the file that `--write` made:

    python benchmarks/peers/market_year.py --write program.npz        # in Gadolin's environment
    python benchmarks/peers/market_year.py program.npz cvxpy          # in the peer's
"""

from __future__ import annotations

import sys
import time

import numpy as np
import scipy.sparse as sp


def write(file: str) -> None:
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


def with_cvxpy(z: dict, A: sp.csc_matrix) -> np.ndarray:
    import cvxpy as cp

    x = cp.Variable(len(z["c"]))
    finite = np.flatnonzero(np.isfinite(z["upper"]))
    balance = A @ x == z["b"]
    rows = [balance, x >= z["lower"], x[finite] <= z["upper"][finite]]
    cost = z["c"] @ x + 0.5 * cp.sum(cp.multiply(z["q"], cp.square(x)))
    cp.Problem(cp.Minimize(cost), rows).solve(solver=cp.CLARABEL, tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12)
    return np.asarray(balance.dual_value)


def with_linopy(z: dict, A: sp.csc_matrix) -> np.ndarray:
    import linopy
    import pandas as pd

    model = linopy.Model()
    index = pd.RangeIndex(len(z["c"]), name="column")
    x = model.add_variables(z["lower"], z["upper"], coords=[index], name="x")
    by_row = A.tocsr()
    for n in range(A.shape[0]):
        part = slice(by_row.indptr[n], by_row.indptr[n + 1])
        columns, values = by_row.indices[part], by_row.data[part]
        model.add_constraints((x.loc[columns] * values).sum() == z["b"][n], name=f"balance{n}")
    model.add_objective((x * z["c"]).sum() + (x * x * (0.5 * z["q"])).sum())
    model.solve(solver_name="highs")
    return np.array([float(model.constraints[f"balance{n}"].dual) for n in range(A.shape[0])])


def main() -> None:
    if sys.argv[1] == "--write":
        write(sys.argv[2])
        return
    z = dict(np.load(sys.argv[1]))
    A = sp.csc_matrix((z["data"], z["indices"], z["indptr"]), shape=tuple(z["shape"]))
    solve = {"cvxpy": with_cvxpy, "linopy": with_linopy}[sys.argv[2]]
    solve(z, A)
    start = time.perf_counter()
    dual = solve(z, A)
    seconds = time.perf_counter() - start
    known = np.isfinite(z["prices"])
    away = min(float(np.max(np.abs(s * dual[known] - z["prices"][known]) / (np.abs(z["prices"][known]) + 0.01)))
               for s in (1, -1))  # fmt: skip
    print(f"{sys.argv[2]} {seconds:.3f} s, largest relative difference of a price {away:.1e}")


if __name__ == "__main__":
    main()
