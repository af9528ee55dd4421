# /// script
# dependencies = ["numpy==2.4.6", "scipy==1.17.1", "linopy==0.10.1", "highspy==1.16.0"]
# ///
"""The market of one year in linopy with HiGHS: build and solve the same program as our row, compare prices.

Curvatures reach from 6e-5 to 9e10, and with them as they are the QP solver of HiGHS ends without an answer. So each
variable is measured in units in which its curvature is one, and each row divided by its largest coefficient; both are
undone in the prices.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import scipy.sparse as sp


def prepare(file: str) -> None:
    from benchmarks.peers.market_year import prepare as write

    write(file)


def solve(z: dict, A: sp.coo_matrix) -> np.ndarray | None:
    """Prices of the nodes; None where HiGHS reaches no solution."""
    import linopy
    import pandas as pd
    import xarray as xr

    unit = np.clip(1 / np.sqrt(np.where(z["q"] > 0, z["q"], 1.0)), 1e-6, 1e3)
    data = A.data * unit[A.col]
    largest = np.zeros(A.shape[0])
    np.maximum.at(largest, A.row, np.abs(data))
    data /= largest[A.row]
    model = linopy.Model()
    index = pd.RangeIndex(len(z["c"]), name="column")
    x = model.add_variables(z["lower"] / unit, z["upper"] / unit, coords=[index], name="x")
    entry = pd.RangeIndex(A.nnz, name="entry")
    row = xr.DataArray(A.row, coords=[entry], name="row")
    terms = x.sel(column=xr.DataArray(A.col, coords=[entry])) * xr.DataArray(data, coords=[entry])
    rows = model.add_constraints(terms.groupby(row).sum() == xr.DataArray(z["b"] / largest, dims="row"), name="balance")
    model.add_objective((x * (z["c"] * unit)).sum() + (x * x * (0.5 * z["q"] * unit**2)).sum())
    status, _ = model.solve(solver_name="highs", io_api="direct")
    return rows.dual.to_numpy() / largest if status == "ok" else None


def main() -> None:
    z = dict(np.load(sys.argv[1] + ".npz"))
    A = sp.csc_matrix((z["data"], z["indices"], z["indptr"]), shape=tuple(z["shape"])).tocoo()
    start = time.perf_counter()
    dual = solve(z, A)
    seconds = time.perf_counter() - start
    note = "build and solve, once, imports included; "
    if dual is None:
        note += "no answer: the QP solver of HiGHS ended without a solution"
    else:
        known = np.isfinite(z["prices"])
        scale = np.abs(z["prices"][known]) + 0.01
        away = min(float(np.max(np.abs(sign * dual[known] - z["prices"][known]) / scale)) for sign in (1, -1))
        note += f"largest relative difference of a price {away:.0e}"
    figure = {"row": "market_year_linopy", "peer": "linopy 0.10.1 with HiGHS", "seconds": seconds, "note": note}
    print(json.dumps(figure))


if __name__ == "__main__":
    main()
