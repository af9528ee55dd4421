"""Futures: what nobody controls, as factors with ranges and as shocks, drawn by scrambled Sobol points.

A future that explores carries no odds; expected values exist only over futures whose odds somebody states.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.market.instruments import Instrument

__all__ = ["FACTORS", "Factor", "Future", "sample"]

UNITS = {
    "Factor.default": "as unit says",
    "Factor.low": "as unit says",
    "Factor.high": "as unit says",
    "Future.odds": "-",
}


@dataclass(frozen=True)
class Factor:
    """One thing that differs between futures.

    Args:
        about: What it is.
        unit: Printed unit.
        default: Value when a future does not say.
        low: Lower end of the range explored.
        high: Upper end.
        source: Where the range comes from, with its basis.
    """

    about: str
    unit: str
    default: float
    low: float
    high: float
    source: str


FACTORS: dict[str, Factor] = {
    "elasticity_factor": Factor(
        "factor on every price elasticity of demand", "factor", 1.0, 0.5, 2.0,
        "span of the priors of the elasticities table (estimate)",
    ),
    "substitution_per_year": Factor(
        "irreversible loss of use per year and log of price over base", "per year", 0.16, 0.05, 0.3,
        "fitted to the trade data of 2010-2014 (0.16, measured); range an estimate",
    ),
    "demand_growth_share": Factor(
        "growth of all uses per year", "share per year", 0.051, 0.02, 0.083,
        "magnet elements 2024-2030 in three IEA scenarios: 5.1, 6.3, 8.3 % (estimate)",
    ),
    "supply_growth_share": Factor(
        "growth of all capacities per year beside named plants", "share per year", 0.051, 0.02, 0.08,
        "set to demand growth so that the base stays in balance; range an estimate",
    ),
    "entry_delay_years": Factor(
        "years by which named plants come later than planned", "years", 1.0, 0.0, 3.0,
        "plans against outcomes in the lead_times table: times 1.3 to 1.7 (estimate)",
    ),
    "stock_factor": Factor(
        "factor on stocks held", "factor", 1.0, 0.3, 2.0, "1 to 6 months are remembered for trade and makers (memory)",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Future:
    """One way the world may go.

    Args:
        id: Unique name.
        factors: Values by name of `FACTORS`; others take their default. `clay` names the vector of the ion clays.
        shocks: Measures and losses, dated.
        odds: Probability, when somebody states it; None in exploration.

    >>> Future("f1", {"elasticity_factor": 0.8}).factor("elasticity_factor")
    0.8
    """

    id: str
    factors: Mapping[str, float | str] = field(default_factory=dict)
    shocks: tuple[Instrument, ...] = ()
    odds: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "factors", MappingProxyType(dict(self.factors)))
        object.__setattr__(self, "shocks", tuple(self.shocks))
        known = (*FACTORS, "clay")
        faults = [
            Fault(f"is no factor{did_you_mean(name, known)} (factors: {', '.join(known)})", field="factors", value=name)
            for name in self.factors
            if name not in known
        ]
        if self.odds is not None and not 0 <= self.odds <= 1:
            faults.append(Fault("must lie in 0 to 1", field="odds", value=self.odds))
        if faults:
            raise InputError(faults)

    def factor(self, name: str) -> float:
        """Value of a numeric factor, or its default."""
        return float(self.factors.get(name, FACTORS[name].default))

    def __reduce__(self):  # mapping proxies do not pickle
        return (type(self), (self.id, dict(self.factors), self.shocks, self.odds))

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "id": self.id,
            "factors": dict(self.factors),
            "shocks": [s.as_dict() for s in self.shocks],
            "odds": self.odds,
        }

    def __str__(self) -> str:
        said = ", ".join(f"{n} {v:.3g}" if isinstance(v, float) else f"{n} {v}" for n, v in self.factors.items())
        return f"Future {self.id}: {said or 'defaults'}; {'; '.join(str(s) for s in self.shocks) or 'no shock'}"


def sample(
    count: int,
    seed: int,
    shocks: Sequence[Instrument] = (),
    ranges: Mapping[str, tuple[float, float]] | None = None,
    clays: Sequence[str] = ("xinfeng", "xunwu", "longnan"),
    correlations: Mapping[tuple[str, str], float] | None = None,
) -> tuple[Future, ...]:
    """Futures that fill the ranges of the factors evenly (scrambled Sobol); the same seed gives the same futures.

    Args:
        count: How many, >= 1.
        seed: Seed of the scrambling.
        shocks: Shocks that every one of them has.
        ranges: Range of some factors, in place of their own.
        clays: Vectors of the ion clays, drawn with equal weight.
        correlations: Rank correlation of pairs of factors (Gaussian copula). [-]

    Raises:
        InputError: Unknown factor, empty range, a negative seed, or correlations that contradict each other.

    References:
        Joe and Kuo 2008 (direction numbers), by scipy.stats.qmc.

    >>> a, b = sample(2, seed=1)
    >>> a.factors["elasticity_factor"] != b.factors["elasticity_factor"], a == sample(2, seed=1)[0]
    (True, True)
    """
    from scipy.stats import norm, qmc

    names = list(FACTORS)
    bounds = {n: (FACTORS[n].low, FACTORS[n].high) for n in names}
    for name, span in (ranges or {}).items():
        if name not in FACTORS:
            raise InputError(Fault(f"is no factor{did_you_mean(name, names)}", field="ranges", value=name))
        if not (span[0] <= span[1] and all(math.isfinite(v) for v in span)):
            raise InputError(Fault("needs low <= high", field=f"ranges.{name}", value=f"{span[0]}, {span[1]}"))
        bounds[name] = span
    if count < 1:
        raise InputError(Fault("must be at least 1", field="futures", value=count))
    if seed < 0:
        raise InputError(Fault("must not be negative", field="seed", value=seed))
    points = qmc.Sobol(len(names) + 1, scramble=True, rng=np.random.default_rng(seed)).random_base2(
        max(0, math.ceil(math.log2(count)))
    )[:count]
    unit = points[:, :-1]
    if correlations:
        matrix = np.eye(len(names))
        strange = sorted({n for pair in correlations for n in pair} - set(names))
        if strange:
            raise InputError(
                Fault(f"is no factor{did_you_mean(strange[0], names)}", field="correlations", value=strange[0])
            )
        for (a, b), rho in correlations.items():
            i, j = names.index(a), names.index(b)
            matrix[i, j] = matrix[j, i] = 2 * math.sin(math.pi / 6 * rho)
        try:
            root = np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            raise InputError(
                Fault("contradict each other (no joint distribution has them)", field="correlations")
            ) from None
        unit = norm.cdf(norm.ppf(np.clip(unit, 1e-12, 1 - 1e-12)) @ root.T)
    futures = []
    for n, (row, last) in enumerate(zip(unit, points[:, -1], strict=True)):
        factors: dict[str, float | str] = {
            name: float(bounds[name][0] + u * (bounds[name][1] - bounds[name][0]))
            for name, u in zip(names, row, strict=True)
        }
        factors["clay"] = clays[min(int(last * len(clays)), len(clays) - 1)]
        futures.append(Future(f"s{seed}-{n:05}", factors, tuple(shocks)))
    return tuple(futures)
