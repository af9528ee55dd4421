"""Ranges of a plant: draws of every factor and of every number of practice at once.

Loads of a draw are exact (Underwood). Its stages are those of the design times the ratio of Smoker's counts for the two
keys and, for what settlers let pass, times the ratio of 1 + c, c the entrained over the net flow, mean of both sections
(Colburn, Ind. Eng. Chem. 28, no. 5, 1936: what is carried back makes each stage do 1/(1 + c) of its work).
Limits: factors of different pairs are drawn on their own; the order of the cuts is that of the design.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gadolin.quantity import Quantity
from gadolin.separation import shortcuts
from gadolin.separation.equipment import Sizes, Solved, sizes
from gadolin.separation.loads import Draws, percentiles
from gadolin.separation.practice import Practice
from gadolin.separation.reagents import Operation
from gadolin.separation.sequence import step_loads
from gadolin.separation.train import Train

SAMPLES, SEED = 96, 1


@dataclass(frozen=True)
class Spread:
    """Values of a plant as designed, with the 5 and 95 % points over draws.

    Args:
        now: As designed; one draw.
        drawn: Over draws.
        lost: Draws in which a cut is impossible.
    """

    now: Sizes
    drawn: Sizes
    lost: int

    def of(self, now: np.ndarray | float, drawn: np.ndarray, unit: str, basis: str, reason: str) -> Quantity:
        """A quantity: its value, and the 5 and 95 % points of its draws, widened to the value."""
        value = float(np.asarray(now).reshape(-1)[0])
        low, high = percentiles(drawn)
        return Quantity(value, unit, min(low, value), max(high, value), basis, reason=reason)


def spread_of(train: Train, solved: tuple[Solved, ...], run: Operation, how: Practice,
              samples: int = SAMPLES, seed: int = SEED) -> Spread:  # fmt: skip
    """Sizes as designed and over draws.

    Args:
        train: Designed cascades.
        solved: With acid and base.
        run: Concentrations.
        how: Practice.
        samples: Number of draws.
        seed: Seed.
    """
    values = {name: np.array([q.value or 0.0]) for name, q in _named(how, solved).items()}
    loads = np.array([[c.design.sized.load_mol_per_mol * c.flow_mol_per_mol] for c in train.cascades])
    balanced = np.array([[float(one.balanced_stages)] for one in solved])
    now = sizes(train, solved, run, values, loads, balanced, how.purification)
    given, drawn_loads, likely = draws_of(train, solved, how, samples, seed)
    first = sizes(train, solved, run, given, drawn_loads, likely, how.purification)
    likely = likely * (1 + first.carried) / (1 + now.carried)
    drawn = sizes(train, solved, run, given, drawn_loads, likely, how.purification)
    return Spread(now, drawn, int(np.isnan(drawn_loads.sum(axis=0)).sum()))


def draws_of(train: Train, solved: tuple[Solved, ...], how: Practice, count: int, seed: int) -> tuple[
    dict[str, np.ndarray], np.ndarray, np.ndarray
]:  # fmt: skip
    """Draws of practice, loads and stages of the balance.

    Args:
        train: Designed cascades.
        solved: With acid and base.
        how: Practice.
        count: Number of draws.
        seed: Seed.

    Returns:
        Values by name [draw], loads [cut, draw], stages [cut, draw]; NaN where a draw allows no separation.
    """
    rng = np.random.default_rng([seed, 7])
    given = {name: drawn_values(q, rng, count) for name, q in _named(how, solved).items()}
    plan = train.plan
    draws = Draws(list(dict.fromkeys(s.system for s in plan.steps)), count, seed)
    sharp = np.array([[s.load_mol_per_mol] for s in plan.steps])
    now = np.array([[c.design.sized.load_mol_per_mol * c.flow_mol_per_mol] for c in train.cascades])
    loads = step_loads(plan.feed, plan.steps, draws, plan.over_minimum_ratio) / sharp * now
    return given, loads, np.array([_stages(one, draws) for one in solved])


def _named(how: Practice, solved: tuple[Solved, ...]) -> dict[str, Quantity]:
    own = {f"base {i}": s.base_ratio for i, s in enumerate(solved)}
    own |= {f"acid {i}": s.acid_ratio for i, s in enumerate(solved)}
    return how.inputs() | own | {f"strip {i}": s.strip_ratio for i, s in enumerate(solved)}


def drawn_values(q: Quantity, rng: np.random.Generator, count: int) -> np.ndarray:
    """Uniform from low to value and from value to high, half of the draws each; a number without range stays.

    Args:
        q: Number with its range.
        rng: Generator.
        count: Number of draws.
    """
    value = q.value or 0.0
    low, high = value if q.low is None else q.low, value if q.high is None else q.high
    u = rng.uniform(-1.0, 1.0, count)
    return value + np.where(u < 0, u * (value - low), u * (high - value))


def _stages(solved: Solved, draws: Draws) -> np.ndarray:
    """Stages of a cut: as solved, times the ratio of Smoker's counts for its keys. [draw]"""
    one = solved.cascade
    step, sized = one.step, one.design.sized
    pair = (step.light[-1], step.heavy[0])
    state, cut = sized.steady, len(one.design.light_group)
    share = float(state.circuit.fed[cut:].sum())
    heavy, light = state.heavy_product, state.raffinate
    purities = float(heavy[cut:].sum() / heavy.sum()), float(light[:cut].sum() / light.sum())
    over = sized.load_mol_per_mol / sized.least_load_mol_per_mol

    def count(beta: float) -> float:
        load = over * shortcuts.minimum_load(beta, share)
        return shortcuts.smoker(shortcuts.Binary(beta, share, *purities, load)).total_stages

    now = step.system.alpha(pair)
    base = count(float(now[1] / now[0]))
    betas = draws.alpha(step.system, pair)[:, 1]
    return np.array([solved.balanced_stages * count(b) / base if b > 1 else np.nan for b in betas])
