"""Least loads of many cuts at once, and draws of the separation factors within their ranges.

A sequence of cuts asks for hundreds of least loads, a range over draws for thousands: Underwood's equation is solved
for all of them together, by bisection on the logit of the root's place between the keys (exact at both poles).
A draw takes every factor that has a range log-uniform between its ends, each pair on its own.
Limits: sharp cuts, aqueous feeds; correlations between the factors of different pairs are not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gadolin.errors import Fault, InputError
from gadolin.separation.chemistry import System

_HALVINGS, _REACH = 60, 36.0


def least_loads(alpha: np.ndarray, mol: np.ndarray, heavy: np.ndarray) -> np.ndarray:
    """Least organic load of each of many cuts, per mole of what the amounts are per. [mol/mol]

    Args:
        alpha: Factors; one row for all or one per case. [case, element]
        mol: Amounts of the aqueous feed of each cut, 0 where an element is absent. [case, element]
        heavy: Which elements leave with the organic. [case, element]

    Returns:
        S_min of each case; NaN where a light element is extracted as strongly as a heavy one. [case]

    References:
        Underwood 1946; equals `shortcuts.underwood`.

    >>> least_loads(np.array([[1.0, 2.0]]), np.array([[0.5, 0.5]]), np.array([[False, True]])).round(10).tolist()
    [1.5]
    """
    alpha = np.broadcast_to(alpha, mol.shape)
    here = mol > 0
    low = np.where(here & ~heavy, alpha, -np.inf).max(axis=1)
    high = np.where(here & heavy, alpha, np.inf).min(axis=1)
    sound = (high > low) & np.isfinite(low) & np.isfinite(high)
    low, high = np.where(sound, low, 1.0), np.where(sound, high, 2.0)
    gap = high - low
    above, below = alpha - high[:, None], low[:, None] - alpha  # distances beyond the keys, exact zeros at the keys
    strong = alpha * mol

    def parts(u: np.ndarray) -> np.ndarray:
        """Alpha z / (alpha - theta), theta at the logit u between the keys. [case, element]"""
        to_high, to_low = gap / (1 + np.exp(u)), gap / (1 + np.exp(-u))
        distance = np.where(heavy, above + to_high[:, None], -(below + to_low[:, None]))
        return np.divide(strong, distance, out=np.zeros_like(strong), where=here & (distance != 0))

    left, right = np.full(len(mol), -_REACH), np.full(len(mol), _REACH)
    for _ in range(_HALVINGS):
        middle = 0.5 * (left + right)
        over = parts(middle).sum(axis=1) > 0
        left, right = np.where(over, left, middle), np.where(over, middle, right)
    found = np.where(heavy, parts(0.5 * (left + right)), 0.0).sum(axis=1)
    return np.where(sound, found, np.nan)


@dataclass(frozen=True)
class Draws:
    """Draws of the factors of several systems; the same draw for every cut of a plant.

    Args:
        systems: Systems drawn.
        count: Number of draws.
        seed: Seed.
    """

    systems: Sequence[System]
    count: int
    seed: int

    def __post_init__(self) -> None:
        if not 8 <= self.count <= 10_000:
            raise InputError(Fault("must lie in 8 to 10000", field="samples", value=self.count))

    def alpha(self, system: System, symbols: Sequence[str]) -> np.ndarray:
        """Factors of each draw against the first symbol. [draw, element]

        Args:
            system: One of the systems.
            symbols: Elements, all linked by its factors.
        """
        rng = np.random.default_rng([self.seed, list(self.systems).index(system)])
        logs = []
        for f in system.factors:
            ends = np.log([f.at("low"), f.at("high")])
            logs.append(rng.uniform(ends.min(), ends.max(), self.count))
        ladder = next(one for one in ladders(system, logs) if symbols[0] in one)
        return np.exp(np.column_stack([ladder[s] - ladder[symbols[0]] for s in symbols]))


def ladders(system: System, logs: Sequence[np.ndarray]) -> list[dict[str, np.ndarray]]:
    """Elements that factors link, each set with ln alpha against its first element.

    Args:
        system: Factors.
        logs: ln beta of each factor, in their order.
    """
    found: list[dict[str, np.ndarray]] = []
    for symbol in system.symbols:
        if any(symbol in ladder for ladder in found):
            continue
        known, waiting = {symbol: np.zeros_like(logs[0])}, [symbol]
        while waiting:
            here = waiting.pop()
            for f, log in zip(system.factors, logs, strict=True):
                for a, b, sign in ((f.light, f.heavy, 1.0), (f.heavy, f.light, -1.0)):
                    if a == here and b not in known:
                        known[b] = known[here] + sign * log
                        waiting.append(b)
        found.append(known)
    return found


def percentiles(values: np.ndarray) -> tuple[float, float]:
    """5 and 95 % points over draws, those without an answer left out."""
    low, high = np.nanpercentile(values, [5, 95])
    return float(low), float(high)
