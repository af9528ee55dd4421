"""Solve the quadratic program with PIQP or Clarabel, and prove the answer before anyone uses it.

An interior point leaves every column a little off its bound, and where little passes a price hangs on that little.
So what a solver returns is polished: with the columns and rows at their bounds known, the rest is one linear system.
Both solvers then print the same prices. A polished point that proves worse than the raw one is dropped.

The proof is independent of the solver's own status: from the point and the row multipliers it recomputes the balances,
the reduced cost of every column and its product with the distance to the bound. Above `TOLERANCE` nothing is returned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from gadolin.errors import Infeasible, NotConverged

__all__ = ["TOLERANCE", "Proof", "Quadratic", "Solution", "Solver"]

UNITS = {
    "Proof.balance": "-",
    "Proof.gap": "-",
    "Proof.dual": "-",
    "Proof.rows": "-",
}

POLISHING_ROUNDS, REFINEMENTS, TRACE = 12, 12, 1e-11
"""Most changes of the guessed bounds, refinements of each, weight that keeps the system regular."""

Solver = Literal["piqp", "clarabel"]
TOLERANCE = 1e-6
"""Largest balance error over the flow through a node, and largest duality gap over the value of all goods."""


@dataclass(frozen=True)
class Quadratic:
    """minimise c.x + 1/2 x.diag(q).x subject to A x = b, G x <= h, lower <= x <= upper."""

    c: np.ndarray
    q: np.ndarray
    A: sp.csc_matrix
    b: np.ndarray
    G: sp.csr_matrix
    h: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


@dataclass(frozen=True)
class Proof:
    """How far a point is from being the optimum.

    Args:
        balance: Largest error of a balance over the flow through its node. [-]
        gap: Sum of reduced cost times distance to its bound, over the value of all goods. [-]
        dual: Largest negative reduced cost of a column without an upper bound, over the mean price. [-]
        rows: Largest excess over a ceiling, over the ceiling. [-]
    """

    balance: float
    gap: float
    dual: float
    rows: float

    @property
    def worst(self) -> float:
        """The largest of the four."""
        return max(self.balance, self.gap, self.dual, self.rows)


@dataclass(frozen=True)
class Solution:
    """Point, multipliers and proof."""

    x: np.ndarray
    price: np.ndarray
    rent: np.ndarray
    proof: Proof


def _diagonal(values: np.ndarray) -> sp.csc_matrix:
    return sp.csc_matrix(sp.diags(values))


def _piqp(problem: Quadratic) -> tuple[np.ndarray, np.ndarray, np.ndarray, str]:
    import piqp  # compiled

    solver = piqp.SparseSolver()
    settings = solver.settings
    settings.eps_abs = settings.eps_rel = 1e-9
    settings.check_duality_gap = True
    settings.eps_duality_gap_abs = settings.eps_duality_gap_rel = 1e-9
    settings.max_iter = 120
    settings.compute_timings = False
    rows = len(problem.h)
    solver.setup(
        _diagonal(problem.q),
        problem.c,
        problem.A,
        problem.b,
        sp.csc_matrix(problem.G) if rows else None,
        np.full(rows, -np.inf) if rows else None,
        problem.h if rows else None,
        problem.lower,
        problem.upper,
    )
    status = solver.solve()
    result = solver.result
    rent = np.array(result.z_u) if rows else np.zeros(0)
    return np.array(result.x), np.array(result.y), rent, status.name


def _clarabel(problem: Quadratic) -> tuple[np.ndarray, np.ndarray, np.ndarray, str]:
    import clarabel as compiled

    clarabel: Any = compiled  # its classes have no stubs

    size = len(problem.c)
    finite = np.flatnonzero(np.isfinite(problem.upper))
    identity = sp.identity(size, format="csc")
    rows = len(problem.h)
    A = sp.vstack([problem.A, problem.G, -identity, sp.csr_matrix(identity)[finite]], format="csc")
    b = np.concatenate([problem.b, problem.h, -problem.lower, problem.upper[finite]])
    cones = [clarabel.ZeroConeT(len(problem.b)), clarabel.NonnegativeConeT(rows + size + len(finite))]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-13
    settings.max_iter = 120
    result = clarabel.DefaultSolver(_diagonal(problem.q), problem.c, A, b, cones, settings).solve()
    z = np.array(result.z)
    balances = len(problem.b)
    return np.array(result.x), z[:balances], z[balances : balances + rows], str(result.status)


def polish(
    problem: Quadratic, x: np.ndarray, price: np.ndarray, rent: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The exact optimum next to a point that an interior method left near it.

    Guesses which columns and rows are at their bounds (where the distance is smaller than the multiplier), solves the
    linear system of the rest, puts back what crossed a bound or has a multiplier of the wrong sign, and repeats.

    Args:
        problem: The program.
        x: Point near the optimum.
        price: Multipliers of the balances.
        rent: Multipliers of the rows.

    Returns:
        Point, prices and rents; not proven.
    """
    columns, ceilings = problem.A.T.tocsr(), problem.G.T.tocsr()
    reduced = problem.c + problem.q * x + columns @ price + ceilings @ rent
    span = np.where(np.isfinite(problem.upper), problem.upper - problem.lower, np.maximum(np.abs(x), 1.0))
    size = np.maximum(span, 1e-12) / (np.abs(problem.c) + 1.0)
    low = (x - problem.lower < np.maximum(reduced, 0.0) * size) | (span <= 1e-12)
    high = ~low & (problem.upper - x < np.maximum(-reduced, 0.0) * size)
    tight = problem.h - problem.G @ x < rent * (np.abs(problem.h) + 1e-6)
    for _ in range(POLISHING_ROUNDS):
        x, price, rent = _with_bounds(problem, x, price, rent, low, high, tight)
        reduced = problem.c + problem.q * x + columns @ price + ceilings @ rent
        small = 1e-10 * (np.abs(problem.c) + 1.0)
        free = ~(low | high)
        below, above = free & (x < problem.lower - 1e-12), free & (x > problem.upper + 1e-12)
        leave = (low & (reduced < -small) & (span > 1e-12)) | (high & (reduced > small))
        over, loose = ~tight & (problem.G @ x > problem.h * (1 + 1e-12) + 1e-12), tight & (rent < 0)
        if not (below.any() or above.any() or leave.any() or over.any() or loose.any()):
            break
        low, high = (low & ~leave) | below, (high & ~leave) | above
        tight = (tight & ~loose) | over
    return x, price, rent


def _with_bounds(
    problem: Quadratic,
    x: np.ndarray,
    price: np.ndarray,
    rent: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    tight: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Optimum with the columns `low` and `high` and the rows `tight` held at their bounds.

    Every column has a curvature, so the free columns are eliminated and a system of one unknown per balance and tight
    row is left. A trace of weight keeps a price that nothing fixes where it was; refinement takes the trace out again.
    """
    held = low | high
    free = np.flatnonzero(~held)
    new = np.where(low, problem.lower, np.where(high, problem.upper, x))
    rows = sp.csc_matrix(sp.vstack([problem.A, problem.G[np.flatnonzero(tight)]]) if tight.any() else problem.A)
    across = rows[:, free]
    down = across.T.tocsr()
    fixed = np.concatenate([problem.b, problem.h[tight]]) - rows @ np.where(held, new, 0.0)
    weight, cost = problem.q[free], problem.c[free]
    width = 1 / (weight + TRACE)
    system = (across @ sp.diags(width) @ down + TRACE * sp.identity(len(fixed))).tocsc()
    factor = splu(system, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    inside, dual = x[free], np.concatenate([price, rent[tight]])
    before = np.inf
    for _ in range(REFINEMENTS):
        slope = -cost - weight * inside - down @ dual
        rise = factor.solve(across @ (width * slope) - (fixed - across @ inside))
        step = width * (slope - down @ rise)
        inside, dual = inside + step, dual + rise
        moved = max(_share(step, inside), _share(rise, dual))
        if moved < 1e-13 or (moved < 1e-9 and moved > before / 2):  # rounding is all that is left
            break
        before = moved
    new[free] = inside
    rents = np.zeros(len(rent))
    rents[tight] = dual[len(price) :]
    return new, dual[: len(price)], rents


def _share(step: np.ndarray, of: np.ndarray) -> float:
    """Largest change of an entry over the entry."""
    return float(np.max(np.abs(step) / (np.abs(of) + 1e-9), initial=0.0))


def near_optimum(problem: Quadratic, x: np.ndarray, price: np.ndarray, rent: np.ndarray) -> Solution | None:
    """The optimum found from that of a neighbouring program by exchanging bounds; None when that leads nowhere.

    Args:
        problem: The program.
        x: Optimum of the neighbour.
        price: Its multipliers of the balances.
        rent: Its multipliers of the rows.
    """
    if len(x) != len(problem.c) or len(rent) != len(problem.h):
        return None
    try:
        better = polish(problem, x, price, rent)
    except RuntimeError:  # the bounds guessed leave a singular system
        return None
    return Solution(*better, prove(problem, *better))


def prove(problem: Quadratic, x: np.ndarray, price: np.ndarray, rent: np.ndarray) -> Proof:
    """Distance of a point with its multipliers from the optimum; uses nothing of the solver."""
    flow = abs(problem.A) @ np.abs(x) + np.abs(problem.b)
    scale = max(float(np.max(flow, initial=0.0)) * 1e-6, 1e-12)
    balance = float(np.max(np.abs(problem.A @ x - problem.b) / np.maximum(flow, scale), initial=0.0))
    over = problem.G @ x - problem.h
    rows = float(np.max(over / np.maximum(np.abs(problem.h), 1e-3), initial=0.0))
    reduced = problem.c + problem.q * x + problem.A.T @ price + problem.G.T @ rent
    up, down = np.maximum(reduced, 0.0), np.maximum(-reduced, 0.0)
    bounded, based = np.isfinite(problem.upper), np.isfinite(problem.lower)
    room = np.where(bounded, np.where(bounded, problem.upper, 0.0) - x, 0.0)
    depth = np.where(based, x - np.where(based, problem.lower, 0.0), 0.0)
    outside = np.maximum(-room, 0.0) + np.maximum(-depth, 0.0)
    value = float(np.abs(price) @ flow) / 2 + 1e-9
    slack = np.abs(np.maximum(problem.h - problem.G @ x, 0.0) @ np.maximum(rent, 0.0))
    wrong = float(np.max(np.maximum(-rent, 0.0), initial=0.0))
    gap = float(up @ np.abs(depth) + down @ np.abs(room) + slack) / value
    mean = float(np.mean(np.abs(price))) + 1e-9 if len(price) else 1.0
    free = np.maximum(np.where(bounded, 0.0, down), np.where(based, 0.0, up))
    dual = float(np.max(free, initial=0.0)) / mean + wrong / mean
    return Proof(max(balance, float(np.max(outside, initial=0.0)) / max(scale * 1e6, 1e-9)), gap, dual, rows)


def solve_quadratic(
    problem: Quadratic,
    solver: Solver = "piqp",
    what: str = "market",
    tolerance: float = TOLERANCE,
) -> Solution:
    """Solve and prove.

    Args:
        problem: The program.
        solver: `piqp` (default) or `clarabel`.
        what: What is solved, for the message.
        tolerance: Largest residual of the proof. [-]

    Raises:
        Infeasible: No point satisfies the rows.
        NotConverged: The proof fails.
    """
    x, price, rent, status = _piqp(problem) if solver == "piqp" else _clarabel(problem)
    if "INFEASIBLE" in status.upper() and not np.all(np.isfinite(x)):
        raise Infeasible(f"{what}: no flows satisfy all balances and ceilings", (f"solver says {status}",))
    if "PRIMAL" in status.upper() and "INFEASIBLE" in status.upper():
        raise Infeasible(f"{what}: no flows satisfy all balances and ceilings", (f"solver says {status}",))
    proof = prove(problem, x, price, rent)
    better = near_optimum(problem, x, price, rent) if proof.worst <= tolerance else None
    if better is not None and better.proof.worst <= proof.worst:
        return better
    if not proof.worst <= tolerance:
        raise NotConverged(
            f"{what}: the solver ended with {status}; balances or complementarity are off",
            residual=proof.worst,
            closure=proof.balance,
        )
    return Solution(x, price, rent, proof)
