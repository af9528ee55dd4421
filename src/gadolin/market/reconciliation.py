"""Quantities of a base year that agree with all facts and all mass balances, and how sure each of them is.

The quantities nearest to all facts, each weighed by its width, under the balances: weighted least squares as a
quadratic program. Facts that a source says and priors that keep the answer unique are weighed alike; which is which
stays visible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from gadolin.market.observations import Fact, Observations, route_key
from gadolin.market.solver import Quadratic, solve_quadratic

__all__ = [
    "SMALL_SHARE",
    "Spread",
    "fact_table",
    "negligible",
    "reconcile",
    "spread_of",
    "weighed",
]

SMALL_SHARE = 0.002
"""A flow below this share of what passes at the smaller of its ends is nothing; the rest is reconciled again."""


@dataclass(frozen=True, eq=False)
class Spread:
    """How sure the reconciled quantities are: the covariance of least squares under the balances, as a factor.

    Args:
        system: Normal equations bordered by the balances, over the quantities that are not zero.
        columns: Those quantities, as columns of the observations.
    """

    system: sp.csc_matrix
    columns: np.ndarray

    def sigmas(self) -> np.ndarray:
        """Standard deviation of each quantity that is not zero. [kt]"""
        count = len(self.columns)
        return self.of(sp.csr_matrix(sp.identity(count)))

    def of(self, sums: sp.csr_matrix) -> np.ndarray:
        """Standard deviation of some sums of quantities, one per row. [kt]

        Args:
            sums: Coefficients over the quantities that are not zero.
        """
        factor = splu(self.system, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.01, options={"SymmetricMode": True})
        given = sums.toarray()
        right = np.zeros((self.system.get_shape()[0], len(given)))
        right[: len(self.columns)] = given.T
        answer = factor.solve(right)[: len(self.columns)]
        return np.sqrt(np.maximum(np.einsum("ij,ji->i", given, answer), 0.0))


def spread_of(observations: Observations, quantity: np.ndarray) -> Spread:
    """The covariance of some reconciled quantities."""
    columns = np.flatnonzero(quantity > 0)
    sums, _ = weighed(observations)
    part, balance = sums[:, columns], observations.balance[:, columns]
    normal = part.T @ part + TRACE * sp.identity(len(columns))
    system = sp.bmat([[normal, balance.T], [balance, -1e-9 * sp.identity(balance.shape[0])]], format="csc")
    return Spread(sp.csc_matrix(system), columns)


TRACE = 1e-6
"""Weight on every quantity that keeps the answer unique: a prior of zero with a width of 1,000 kt."""


def weighed(observations: Observations) -> tuple[sp.csr_matrix, np.ndarray]:
    """Coefficients and values of the facts, each over its width."""
    index, facts = observations.variables, observations.facts
    rows = np.repeat(np.arange(len(facts)), [len(f.terms) for f in facts])
    columns = np.array([index[t] for f in facts for t in f.terms], dtype=int)
    values = np.array([v for f in facts for v in f.terms.values()], dtype=float)
    sigma = np.array([f.sigma_kt for f in facts])
    target = np.array([f.value_kt for f in facts])
    return sp.csr_matrix((values / sigma[rows], (rows, columns)), shape=(len(facts), len(index))), target / sigma


def reconcile(observations: Observations, closed: frozenset[str] = frozenset()) -> np.ndarray:
    """Base quantities nearest to all facts under all mass balances. [kt, in the order of `variables`]

    Args:
        observations: Facts and structure.
        closed: Quantities held at zero.

    Raises:
        Infeasible: The balances cannot be met.
        NotConverged: The proof of the least-squares program fails.
    """
    index = observations.variables
    balance = observations.balance
    size, count = len(index), len(observations.facts)
    sums, target = weighed(observations)
    rows_of = (len(observations.nodes), count)
    A = sp.vstack(
        [sp.hstack([balance, sp.csr_matrix(rows_of)]), sp.hstack([sums, -sp.identity(count)])],
        format="csc",
    )
    upper = np.full(size + count, np.inf)
    upper[[index[name] for name in closed | observations.untraded]] = 0.0
    problem = Quadratic(
        c=np.zeros(size + count),
        # a trace of weight on every quantity keeps those that no fact touches at zero and the answer unique
        q=np.concatenate([np.full(size, TRACE), np.ones(count)]),
        A=sp.csc_matrix(A),
        b=np.concatenate([np.zeros(rows_of[0]), target]),
        G=sp.csr_matrix((0, size + count)),
        h=np.zeros(0),
        lower=np.concatenate([np.zeros(size), np.full(count, -np.inf)]),
        upper=upper,
    )
    found = solve_quadratic(problem, "piqp", f"reconciliation of {observations.year}", tolerance=1e-5)
    # what the interior point leaves of a zero is no quantity
    return np.where(found.x[:size] > 1e-9, found.x[:size], 0.0)


def negligible(observations: Observations, quantity: np.ndarray) -> frozenset[str]:
    """Flows, uses and activities too small to matter where they end."""
    nodes = observations.nodes
    through = abs(observations.balance) @ quantity / 2
    index = observations.variables
    small: set[str] = set()
    for r in observations.routes:
        name = route_key(r.good, r.origin, r.destination)
        ends = min(through[nodes[r.origin, r.good]], through[nodes[r.destination, r.good]])
        if quantity[index[name]] < max(SMALL_SHARE * ends, 1e-6):
            small.add(name)
    for u in observations.uses:
        if quantity[index[u.name]] < max(SMALL_SHARE * through[nodes[u.region, u.good]], 1e-6):
            small.add(u.name)
    for p in observations.processes:
        touched = [through[nodes[p.region, g]] for g in (*p.makes, *p.takes)]
        if quantity[index[p.name]] < max(SMALL_SHARE * max(touched, default=0.0), 1e-6):
            small.add(p.name)
    return frozenset(small)


def fact_table(facts: Sequence[Fact], index: dict[str, int], quantity: np.ndarray) -> pd.DataFrame:
    """Every fact beside what the quantities make of it, and how many of its widths lie between."""
    got = [sum(v * quantity[index[t]] for t, v in f.terms.items()) for f in facts]
    return pd.DataFrame(
        {
            "name_": [f.name for f in facts],
            "value_kt_product": [f.value_kt for f in facts],
            "sigma": [f.sigma_kt for f in facts],
            "reconciled_kt_product": got,
            "residual_sigma": [(g - f.value_kt) / f.sigma_kt for f, g in zip(facts, got, strict=True)],
            "observed": [f.observed for f in facts],
            "basis": [f.basis for f in facts],
            "refs": [list(f.refs) for f in facts],
        }
    )
