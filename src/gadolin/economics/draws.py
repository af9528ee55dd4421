"""Uncertain inputs: correlated draws, tornado, break-even, and what it would be worth to know.

A `Quantity` with low and high is read as its 5 and 95 % points around the median: two half log-normals that meet in
the value, or, for shares, a quantile line that stays within 0 to 1. Inputs without a range stay fixed and are named.
Correlation is by normal scores (Gaussian copula). Every draw runs the whole cash flow, with losses, allowances and
working capital of its own.

Limits: the shares of draws are as good as the ranges; no dependence is known beyond the correlations given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from gadolin.economics.cash_flow import cash_flow, inputs_of
from gadolin.economics.formulas import Deck
from gadolin.economics.ledger import Ledger
from gadolin.economics.project import Finance, Project
from gadolin.economics.regimes import Regime
from gadolin.economics.returns import discount_factors, irr_many
from gadolin.errors import Infeasible, InputError, did_you_mean
from gadolin.quantity import Quantity

__all__ = ["Bar", "Draws", "Gap", "MonteCarlo", "break_even", "gaps", "monte_carlo", "sample", "tornado"]

Array = NDArray[np.float64]
Z95 = 1.6448536269514722
_CHUNK = 500


@dataclass(frozen=True)
class Draws:
    """Drawn inputs.

    Args:
        values: Arrays `[draw]` by input key.
        scores: Their normal scores `[draw]`.
        fixed: Inputs without a range.
        seed: Seed of the draw.
    """

    values: Mapping[str, Array]
    scores: Mapping[str, Array] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    seed: int | None = None

    def part(self, chunk: slice) -> Draws:
        """Some of the draws."""
        return Draws({key: v[chunk] for key, v in self.values.items()}, {}, self.fixed, self.seed)


def ranged(inputs: Mapping[str, Quantity]) -> dict[str, Quantity]:
    """Inputs whose low or high differs from the value."""
    found = {}
    for key, q in inputs.items():
        ends = {end for end in (q.low, q.value, q.high) if end is not None}
        if len(ends) > 1:
            found[key] = q
    return found


def _at_score(q: Quantity, z: Array) -> Array:
    """Values of a quantity at normal scores."""
    assert q.value is not None
    low = q.value if q.low is None else q.low
    high = q.value if q.high is None else q.high
    if q.unit.startswith("share") and high <= 1:
        ends = max(0.0, low - 0.2 * (q.value - low)), min(1.0, high + 0.2 * (high - q.value))
        return np.interp(ndtr(z), [0.0, 0.05, 0.5, 0.95, 1.0], [ends[0], low, q.value, high, ends[1]])
    if low > 0:
        return q.value * np.exp(np.where(z < 0, np.log(q.value / low), np.log(high / q.value)) * z / Z95)
    return q.value + np.where(z < 0, q.value - low, high - q.value) * z / Z95


def _correlated(keys: list[str], correlation: Mapping[tuple[str, str], float]) -> Array:
    matrix = np.eye(len(keys))
    for (a, b), value in correlation.items():
        if not -1 < value < 1:
            raise InputError(f"correlation of {a} and {b} must lie between -1 and 1, got {value}")
        for i, first in enumerate(keys):
            for j, second in enumerate(keys):
                if i != j and first.startswith(a) and second.startswith(b):
                    matrix[i, j] = matrix[j, i] = value
    if np.linalg.eigvalsh(matrix).min() < 1e-10:
        raise InputError("the correlations contradict each other (no such joint distribution); lower some of them")
    return np.asarray(np.linalg.cholesky(matrix), dtype=float)


def sample(
    inputs: Mapping[str, Quantity],
    count: int,
    seed: int,
    correlation: Mapping[tuple[str, str], float] | None = None,
) -> Draws:
    """Draw all inputs that have a range.

    Args:
        inputs: Inputs by key (`cash_flow.inputs_of`).
        count: Number of draws, at least 1.
        seed: Seed.
        correlation: Correlation of normal scores by pair of key beginnings: `{("price:", "price:"): 0.8}`.

    Raises:
        InputError: Fewer than one draw, or correlations that contradict each other.

    >>> draws = sample({"price:Nd": Quantity(50.0, "USD/kg", 40.0, 70.0, "reported")}, 4000, seed=1)
    >>> [round(float(v)) for v in np.quantile(draws.values["price:Nd"], [0.05, 0.5, 0.95])]
    [40, 50, 70]
    """
    if count < 1:
        raise InputError(f"the number of draws must be at least 1, got {count}")
    chosen = ranged(inputs)
    keys = list(chosen)
    scores = np.random.default_rng(seed).standard_normal((count, len(keys)))
    if correlation and keys:
        scores = scores @ _correlated(keys, correlation).T
    by_key = {key: scores[:, i] for i, key in enumerate(keys)}
    values = {key: _at_score(chosen[key], z) for key, z in by_key.items()}
    fixed = tuple(key for key, q in inputs.items() if key not in chosen and q.basis != "choice")
    return Draws(values, by_key, fixed, seed)


@dataclass(frozen=True)
class MonteCarlo:
    """Outcomes of all draws.

    Args:
        npv_local_m: NPV by party `[draw]`. [million of currency]
        irr_share: IRR of the company `[draw]`; NaN where none or several exist. [share per year]
        draws: What was drawn.
        currency: Currency.
    """

    npv_local_m: Mapping[str, Array]
    irr_share: Array
    draws: Draws
    currency: str

    def range_of(self, party: str) -> tuple[float, float, float]:
        """5, 50 and 95 % points of a party's NPV; a bare kind adds its parties."""
        p05, p50, p95 = np.quantile(self.of(party), [0.05, 0.5, 0.95])
        return float(p05), float(p50), float(p95)

    def of(self, party: str) -> Array:
        """NPV of a party in each draw; a bare kind (`federal`) adds its parties, none is zero."""
        rows = [v for p, v in self.npv_local_m.items() if p == party or p.split(":")[0] == party]
        return np.sum(rows, axis=0) if rows else np.zeros_like(self.irr_share)

    def share_positive(self, party: str = "company") -> float:
        """Share of draws in which the party's NPV is above zero."""
        return float((self.of(party) > 0).mean())

    def table(self) -> pd.DataFrame:
        """NPV by party: mean, 5, 50, 95 % points and share of draws above zero."""
        rows = [
            (p, v.mean(), *np.quantile(v, [0.05, 0.5, 0.95]), float((v > 0).mean()))
            for p, v in self.npv_local_m.items()
        ]
        columns = ["party", "npv_mean_local_m", "npv_p05_local_m", "npv_p50_local_m", "npv_p95_local_m"]
        return pd.DataFrame(rows, columns=[*columns, "positive_share"]).set_index("party")


def rate_of_party(party: str, finance: Finance) -> float:
    """Discount rate of a party: the public one for federal and state."""
    public = finance.public_discount_share
    is_public = party.split(":")[0] in ("federal", "state")
    return public if is_public and public is not None else finance.discount_share


def npvs_by_party(ledger: Ledger, finance: Finance) -> dict[str, Array]:
    """NPV of every party in each draw, each at its own rate; one product per line and rate."""
    real = ledger.real()
    rates = dict.fromkeys(rate_of_party(p, finance) for p in real.parties)
    values = {rate: [_line_value(real, line.amount_local_m, rate) for line in real.lines] for rate in rates}
    found = {}
    for party in real.parties:
        worth = values[rate_of_party(party, finance)]
        total = np.zeros(real.draws)
        for line, value in zip(real.lines, worth, strict=True):
            if line.payee == party:
                total = total + value
            if line.payer == party:
                total = total - value
        found[party] = total
    return found


def _line_value(ledger: Ledger, amount: Array, rate: float) -> Array:
    offset = {"start": 0.0, "mid": 0.5, "end": 1.0}[ledger.timing] / ledger.periods_per_year
    return amount @ discount_factors(rate, ledger.periods, ledger.periods_per_year, offset)


def monte_carlo(project: Project, deck: Deck, regime: Regime, finance: Finance, draws: Draws) -> MonteCarlo:
    """Run all draws.

    Args:
        project: The plant.
        deck: Prices.
        regime: Fiscal rules.
        finance: Finance.
        draws: Drawn inputs (`sample`).
    """
    count = next((len(v) for v in draws.values.values()), 1)
    parts: list[dict[str, Array]] = []
    cash: list[Array] = []
    for begin in range(0, count, _CHUNK):
        ledger = cash_flow(project, deck, regime, finance, draws.part(slice(begin, begin + _CHUNK)))
        parts.append(npvs_by_party(ledger, finance))
        cash.append(ledger.real().cash(project.company))
    parties = dict.fromkeys(p for part in parts for p in part)
    zero = [np.zeros(len(rows)) for rows in cash]
    npv = {p: np.concatenate([part.get(p, z) for part, z in zip(parts, zero, strict=True)]) for p in parties}
    rates = irr_many(np.concatenate(cash), finance.periods_per_year)
    return MonteCarlo(npv, rates, draws, project.currency)


@dataclass(frozen=True)
class Bar:
    """One bar of a tornado: the NPV with one input at its low and at its high end.

    Args:
        key: Input.
        input: The input with its range.
        npv_at_low_local_m: NPV at its low end. [million]
        npv_at_high_local_m: NPV at its high end. [million]
    """

    key: str
    input: Quantity
    npv_at_low_local_m: float
    npv_at_high_local_m: float

    @property
    def swing_local_m(self) -> float:
        """Distance of the two ends. [million]"""
        return abs(self.npv_at_high_local_m - self.npv_at_low_local_m)


def _ends(inputs: Mapping[str, Quantity]) -> tuple[dict[str, Quantity], Draws]:
    """Draws that move one input at a time: 2k its low, 2k + 1 its high end."""
    chosen = ranged(inputs)
    values = {key: np.full(2 * len(chosen), q.value, dtype=float) for key, q in chosen.items()}
    for i, (key, q) in enumerate(chosen.items()):
        values[key][2 * i] = q.value if q.low is None else q.low
        values[key][2 * i + 1] = q.value if q.high is None else q.high
    return chosen, Draws(values)


def tornado(
    project: Project, deck: Deck, regime: Regime, finance: Finance, party: str | None = None
) -> tuple[Bar, ...]:
    """NPV at both ends of each input, all others at their values; largest swing first.

    Args:
        project: The plant.
        deck: Prices.
        regime: Fiscal rules.
        finance: Finance.
        party: Whose NPV; the company's when None, a bare kind adds its parties.
    """
    chosen, draws = _ends(inputs_of(project, deck))
    if not chosen:
        return ()
    ledger = cash_flow(project, deck, regime, finance, draws)
    worth = MonteCarlo(npvs_by_party(ledger, finance), np.zeros(ledger.draws), draws, project.currency)
    npv = worth.of(party or project.company)
    bars = [Bar(key, q, float(npv[2 * i]), float(npv[2 * i + 1])) for i, (key, q) in enumerate(chosen.items())]
    return tuple(sorted(bars, key=lambda bar: -bar.swing_local_m))


def break_even(
    project: Project,
    deck: Deck,
    regime: Regime,
    finance: Finance,
    key: str,
    party: str | None = None,
    most: float = 10.0,
) -> float:
    """The value of one input at which a party's NPV is zero; the nearest to the present value if several.

    Args:
        project: The plant.
        deck: Prices.
        regime: Fiscal rules.
        finance: Finance.
        key: Input (`price:Nd`, `opex:reagents` ...).
        party: Whose NPV; the company's when None.
        most: Search up to this multiple of the present value; a share is searched up to 1.

    Raises:
        InputError: No such input, or one that is zero.
        Infeasible: No value in the span searched brings the NPV to zero.
    """
    inputs = inputs_of(project, deck)
    if key not in inputs:
        raise InputError(f'"{key}" is no input{did_you_mean(key, inputs)}')
    base = inputs[key].value
    if not base:
        raise InputError(f"{key} is 0; a break-even needs a value to start from")
    who = party or project.company

    def npv_at(values: Array) -> Array:
        ledger = cash_flow(project, deck, regime, finance, Draws({key: values}))
        return MonteCarlo(npvs_by_party(ledger, finance), values, Draws({}), "").of(who)

    low, high = 0.0, most * base
    if inputs[key].unit.startswith("share"):
        high = min(high, 1.0)
    grid = np.linspace(low, high, 201)
    npv = npv_at(grid)
    at = np.nonzero(npv[:-1] * npv[1:] <= 0)[0]
    if not len(at):
        ends = f"NPV {npv[0]:,.1f} at 0 and {npv[-1]:,.1f} at {high:,.4g}"
        raise Infeasible(f"no {key} from 0 to {high:,.4g} brings the NPV of {who} to zero: {ends}")
    i = int(at[np.argmin(np.abs(grid[at] - base))])
    low, high = grid[i], grid[i + 1]
    for _ in range(12):  # each pass narrows the bracket sixteen-fold
        grid = np.linspace(low, high, 17)
        npv = npv_at(grid)
        i = int(np.nonzero(npv[:-1] * npv[1:] <= 0)[0][0])
        low, high = grid[i], grid[i + 1]
        if high - low <= 1e-12 * abs(base):
            break
    return float(0.5 * (low + high))


@dataclass(frozen=True)
class Gap:
    """What is not known well, and what knowing it would be worth.

    Args:
        key: Input.
        input: Its range and basis.
        state_swing_local_m: Difference of public income (federal and states, NPV) between its ends. [million]
        company_swing_local_m: Difference of the company's NPV between its ends. [million]
        company_worth_local_m: Most the company should pay to know it before deciding: expected gain of deciding
            with it known over deciding without. [million]
    """

    key: str
    input: Quantity
    state_swing_local_m: float
    company_swing_local_m: float
    company_worth_local_m: float

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "input": self.key,
            **self.input.as_dict(),
            "state_swing_local_m": self.state_swing_local_m,
            "company_swing_local_m": self.company_swing_local_m,
            "company_worth_local_m": self.company_worth_local_m,
        }


def gaps(
    project: Project,
    deck: Deck,
    regime: Regime,
    finance: Finance,
    outcome: MonteCarlo,
    bases: tuple[str, ...] = ("derived", "estimate", "memory"),
    units_per_unit: float = 1.0,
) -> tuple[Gap, ...]:
    """Information gaps: the worth of each weakly known input, largest public swing first.

    Args:
        project: The plant.
        deck: Prices.
        regime: Fiscal rules.
        finance: Finance.
        outcome: Draws and outcomes (`monte_carlo`).
        bases: Which bases count as a gap.
        units_per_unit: Rate of exchange to the currency of the answer.

    The worth to the company is E[max(0, E[NPV | x])] - max(0, E[NPV]), the inner mean by a cubic in the normal score.
    """
    company = {bar.key: bar for bar in tornado(project, deck, regime, finance)}
    public = {
        party: {bar.key: bar for bar in tornado(project, deck, regime, finance, party)}
        for party in ("federal", "state")
    }
    npv = outcome.of(project.company)
    found = []
    for key, bar in company.items():
        if bar.input.basis not in bases:
            continue
        swing = sum(
            bars[key].npv_at_high_local_m - bars[key].npv_at_low_local_m for bars in public.values() if key in bars
        )
        worth = 0.0
        if key in outcome.draws.scores:
            z = outcome.draws.scores[key]
            expected = np.polynomial.Polynomial.fit(z, npv, min(3, len(z) - 1))(z)
            worth = max(float(np.maximum(expected, 0).mean() - max(expected.mean(), 0.0)), 0.0)
        scale = units_per_unit
        found.append(Gap(key, bar.input, scale * abs(swing), scale * bar.swing_local_m, scale * worth))
    return tuple(sorted(found, key=lambda gap: (-gap.state_swing_local_m, -gap.company_swing_local_m)))
