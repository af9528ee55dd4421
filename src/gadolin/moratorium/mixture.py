"""How much of a flow is raw? A mixture of product classes behind one heading, with an interval.

A flow of Q tonnes and value V is made of classes (separated NdPr, SEG and heavy, La/Ce, mixed carbonate, concentrate)
with tonnage shares w and unit values u. Prior: w Dirichlet from licensed output and permits, u lognormal around the
value of the class's oxides at prices of the year. Evidence: ln(V/Q) = ln(sum w u) with a measurement error, and the
tonnage that is not raw against that of the clean years. Posterior by importance sampling from the prior with a seed.

Limits: the classes' contents and payable shares are estimates; a class that is not in the list (another product under
the heading) is read as the nearest one. The interval is that of the model, not of worlds it was not made for: `worlds`
says what it gives there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gadolin.errors import InputError, NotConverged

__all__ = ["Flow", "Posterior", "ProductClass", "coverage", "posterior", "power", "product_classes", "worlds"]

DRAWS = 20_000
LEAST_SAMPLES = 100
ALARM_SHARE = 0.9
_VALUE_ERROR_LOG = 0.10  # of a year's unit value: rounding, freight terms, late entries
_SEG_HEAVY = {"Sm": 45.0, "Eu": 4.0, "Gd": 26.0, "Tb": 2.0, "Dy": 8.0, "Y": 15.0}
# Basket of the SEG and heavy product of a light-ore separator, an estimate; its width below covers it.


@dataclass(frozen=True)
class ProductClass:
    """One kind of goods that the heading may hold.

    Args:
        name: Name.
        raw: Whether it is raw.
        unit_value_usd_per_kg: Median unit value of the goods. [USD/kg gross]
        sd_factor: Standard deviation of its logarithm.
        prior_index: Weight in the Dirichlet prior of tonnage shares.
    """

    name: str
    raw: bool
    unit_value_usd_per_kg: float
    sd_factor: float
    prior_index: float


@dataclass(frozen=True)
class Flow:
    """One flow of a year.

    Args:
        quantity_t_gross: Quantity. [t gross]
        value_kusd: Value, thousand US$.
        baseline_t_gross: Median quantity of the clean years. [t gross]
        baseline_sd_factor: Standard deviation of its logarithm over them.
        permitted_raw_t_gross: Raw goods that permits let go. [t gross]
    """

    quantity_t_gross: float
    value_kusd: float
    baseline_t_gross: float
    baseline_sd_factor: float
    permitted_raw_t_gross: float = 0.0

    @property
    def line_t_gross(self) -> float:
        """What raw tonnage is held against: the permitted one, at least a tenth of the clean flow. [t gross]"""
        return max(self.permitted_raw_t_gross, 0.1 * self.baseline_t_gross)


UNITS = {"Flow.value_kusd": "thousand USD"}


@dataclass(frozen=True)
class Posterior:
    """How much is raw, and how sure that is.

    Args:
        raw_t_gross: Median. [t gross]
        low_t_gross: 5 % point.
        high_t_gross: 95 % point.
        above_line_share: Probability that more is raw than the line.
        line_t_gross: What permits let go, at least a tenth of the clean flow. [t gross]
        quantity_t_gross: The flow. [t gross]
        samples_index: Effective samples behind it.
        permitted_t_gross: Raw goods that permits let go.
    """

    raw_t_gross: float
    low_t_gross: float
    high_t_gross: float
    above_line_share: float
    line_t_gross: float
    quantity_t_gross: float
    samples_index: float
    permitted_t_gross: float = 0.0

    @property
    def excess_t_gross(self) -> tuple[float, float, float]:
        """Raw goods beyond what permits let go: median, 5 and 95 % point. [t gross]"""
        middle, low, high = (
            max(0.0, x - self.permitted_t_gross) for x in (self.raw_t_gross, self.low_t_gross, self.high_t_gross)
        )
        return middle, low, high

    @property
    def alarm(self) -> bool:
        """Whether the probability is above 0.9."""
        return self.above_line_share > ALARM_SHARE

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        middle, low, high = self.excess_t_gross
        not_explained = {"value": middle, "low": low, "high": high, "unit": "t gross"}
        return dict(vars(self)) | {"not_explained": not_explained, "alarm": self.alarm}

    def __str__(self) -> str:
        word = "ALARM" if self.alarm else "no alarm"
        middle, low, high = self.excess_t_gross
        of_it = (
            f"of {self.raw_t_gross:,.0f} t raw ({self.permitted_t_gross:,.0f} t by permit)"
            if self.permitted_t_gross
            else f"of {self.quantity_t_gross:,.0f} t"
        )
        return (
            f"{word}: {middle:,.0f} t gross ({low:,.0f}-{high:,.0f}) {of_it} not explained by permits and licensed "
            f"output; P(raw above {self.line_t_gross:,.0f} t) {self.above_line_share:.2f}"
        )


def product_classes(
    usd_per_kg_oxide: Mapping[str, float], clay: Mapping[str, float], light_ore: Mapping[str, float]
) -> tuple[ProductClass, ...]:
    """The classes at prices of a year.

    Contents and payable shares are estimates: oxides 98 % REO; La/Ce goods half carbonate, 70 %; mixed carbonate 45 %
    REO with 70 % payable; concentrate 40 % REO with 42 % payable. The widths cover them.

    Args:
        usd_per_kg_oxide: Price of each oxide in the year, without VAT. [USD/kg]
        clay: Oxide shares of a clay product, any scale.
        light_ore: Oxide shares of a light concentrate, any scale.

    Raises:
        InputError: A price of La, Ce, Pr or Nd is missing.
    """
    missing = [e for e in ("La", "Ce", "Pr", "Nd") if e not in usd_per_kg_oxide]
    if missing:
        raise InputError(f"no price of {', '.join(missing)} in this year; the mixture cannot be valued")

    def basket(shares: Mapping[str, float]) -> float:
        total = sum(shares.values())
        if not total > 0:  # also when a share is not a number
            raise InputError("the shares of a basket must be numbers that add to more than 0")
        return sum(share * usd_per_kg_oxide.get(e, 0.0) for e, share in shares.items()) / total

    return (
        ProductClass("separated NdPr", False, 0.98 * basket({"Nd": 76.0, "Pr": 24.0}), 0.15, 1.2),
        ProductClass("SEG and heavy", False, 0.9 * basket(_SEG_HEAVY), 0.5, 0.2),
        ProductClass("La/Ce", False, 0.7 * basket({"La": 35.0, "Ce": 65.0}), 0.5, 1.6),
        ProductClass("mixed carbonate", True, 0.45 * 0.70 * basket(clay), 0.4, 0.4),
        ProductClass("concentrate", True, 0.40 * 0.42 * basket(light_ore), 0.4, 0.2),
    )


@dataclass(frozen=True)
class _Prior:
    """Draws of the prior: logarithm of the unit value, and share of raw goods."""

    log_value: NDArray[np.float64]
    raw: NDArray[np.float64]


def _draw(classes: Sequence[ProductClass], draws: int, rng: np.random.Generator) -> _Prior:
    shares = rng.dirichlet([c.prior_index for c in classes], draws)
    spread = np.array([c.sd_factor for c in classes])
    values = np.exp(np.log([c.unit_value_usd_per_kg for c in classes]) + spread * rng.standard_normal(shares.shape))
    raw = shares[:, [c.raw for c in classes]].sum(axis=1)
    return _Prior(np.log((shares * values).sum(axis=1)), np.minimum(raw, 1 - 1e-9))


def _weights(prior: _Prior, log_value: NDArray[np.float64], log_quantity: NDArray[np.float64], flow: Flow) -> Any:
    """Normalised weights of the draws for each observed flow. [flow, draw]"""
    by_value = (log_value[:, None] - prior.log_value) / _VALUE_ERROR_LOG
    legal = log_quantity[:, None] + np.log1p(-prior.raw)
    by_volume = (legal - np.log(flow.baseline_t_gross)) / flow.baseline_sd_factor
    log_weight = -0.5 * (by_value**2 + by_volume**2)
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True)


def posterior(flow: Flow, classes: Sequence[ProductClass], seed: int = 1, draws: int = DRAWS) -> Posterior:
    """Posterior tonnage of raw goods in a flow.

    Args:
        flow: The flow with its clean-year baseline.
        classes: Classes at prices of the year.
        seed: Seed of the draws.
        draws: How many draws of the prior.

    Raises:
        InputError: A quantity, value or baseline that is not above 0.
        NotConverged: Under 100 effective samples: the flow lies outside what the classes can explain.
    """
    _check(flow)
    prior = _draw(classes, draws, np.random.default_rng(seed))
    log_value = np.array([np.log(flow.value_kusd / flow.quantity_t_gross)])
    weight = _weights(prior, log_value, np.array([np.log(flow.quantity_t_gross)]), flow)[0]
    effective = float(1 / (weight**2).sum())
    if effective < LEAST_SAMPLES:
        raise NotConverged(
            f"{effective:.0f} effective samples of {draws}: no mixture of the classes explains this unit value",
            effective,
        )
    raw = prior.raw * flow.quantity_t_gross
    low, middle, high = _quantiles(raw, weight[None, :])[0]
    above = float(weight[raw > flow.line_t_gross].sum())
    line, permitted = flow.line_t_gross, flow.permitted_raw_t_gross
    return Posterior(middle, low, high, above, line, flow.quantity_t_gross, effective, permitted)


def _quantiles(raw: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    order = np.argsort(raw)
    running, last = np.cumsum(weight[:, order], axis=1), len(order) - 1
    return np.array([[raw[order][min(np.searchsorted(row, q), last)] for q in (0.05, 0.5, 0.95)] for row in running])


def _check(flow: Flow) -> None:
    for name in ("quantity_t_gross", "value_kusd", "baseline_t_gross", "baseline_sd_factor"):
        if not getattr(flow, name) > 0:
            raise InputError(f"{name} must be above 0, got {getattr(flow, name)}")


def coverage(flow: Flow, classes: Sequence[ProductClass], simulations: int = 500, seed: int = 1) -> float:
    """Share of simulated worlds of this model in which the 90 % interval holds the true raw tonnage.

    Args:
        flow: Its baseline and permits are used.
        classes: Classes.
        simulations: How many worlds.
        seed: Seed.
    """
    rng = np.random.default_rng(seed)
    truth = _draw(classes, simulations, rng)
    legal = np.log(flow.baseline_t_gross) + flow.baseline_sd_factor * rng.standard_normal(simulations)
    log_quantity = legal - np.log1p(-truth.raw)
    log_value = truth.log_value + _VALUE_ERROR_LOG * rng.standard_normal(simulations)
    prior = _draw(classes, DRAWS, rng)
    weight = _weights(prior, log_value, log_quantity, flow)
    order = np.argsort(prior.raw)
    running = np.cumsum(weight[:, order], axis=1)
    below = running[np.arange(simulations), np.minimum(np.searchsorted(prior.raw[order], truth.raw), DRAWS - 1)]
    return float(((below >= 0.05) & (below <= 0.95)).mean())


def _alarms(
    flow: Flow,
    classes: Sequence[ProductClass],
    log_value: NDArray[np.float64],
    log_quantity: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    prior = _draw(classes, DRAWS // 4, rng)
    weight = _weights(prior, log_value, log_quantity, flow)
    raw = np.exp(log_quantity)[:, None] * prior.raw
    return (weight * (raw > flow.line_t_gross)).sum(axis=1) > ALARM_SHARE


def _clean(
    flow: Flow,
    classes: Sequence[ProductClass],
    n: int,
    rng: np.random.Generator,
    tilt: Mapping[str, float] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Worlds without raw goods: legal tonnage and its unit value."""
    legal = [c for c in classes if not c.raw]
    alpha = np.array([c.prior_index * (tilt or {}).get(c.name, 1.0) for c in legal]) * 10  # firms know their mix
    shares = rng.dirichlet(alpha, n)
    spread = np.array([c.sd_factor for c in legal])
    values = np.exp(np.log([c.unit_value_usd_per_kg for c in legal]) + spread * rng.standard_normal(shares.shape) * 0.5)
    quantity = flow.baseline_t_gross * np.exp(flow.baseline_sd_factor * rng.standard_normal(n))
    return quantity, (shares * values).sum(axis=1)


def power(
    flow: Flow, classes: Sequence[ProductClass], leaks_t_gross: Sequence[float], simulations: int = 200, seed: int = 1
) -> dict[float, float]:
    """Share of worlds in which a leak of a size raises the alarm: how much could these data have seen?

    Args:
        flow: Its baseline and permits are used.
        classes: Classes.
        leaks_t_gross: Sizes of leak beyond what permits let go, of mixed carbonate; 0 gives the false alarms. [t gross]
        simulations: Worlds for each size.
        seed: Seed.
    """
    found = {}
    for leak in leaks_t_gross:
        rng = np.random.default_rng(seed)
        quantity, value = _with_raw(
            *_clean(flow, classes, simulations, rng), leak + flow.permitted_raw_t_gross, classes
        )
        log_value = np.log(value) + _VALUE_ERROR_LOG * rng.standard_normal(simulations)
        found[float(leak)] = float(_alarms(flow, classes, log_value, np.log(quantity), rng).mean())
    return found


def _with_raw(
    quantity: NDArray[np.float64], value: NDArray[np.float64], raw_t_gross: float, classes: Sequence[ProductClass]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Worlds with mixed carbonate of its median value added."""
    raw_value = next(c.unit_value_usd_per_kg for c in classes if c.raw)
    return quantity + raw_t_gross, (quantity * value + raw_t_gross * raw_value) / (quantity + raw_t_gross)


def worlds(flow: Flow, classes: Sequence[ProductClass], simulations: int = 200, seed: int = 1) -> dict[str, float]:
    """Share of alarms in worlds the model was not made for; raw goods leave in them as permits allow, no more.

    Args:
        flow: Its baseline and permits are used.
        classes: Classes.
        simulations: Worlds of each kind.
        seed: Seed.

    Returns:
        `clean`; `mix shift` (three times the La/Ce, sold from stock: twice the tonnage); `price collapse` (unit values
        half of what the price table says); `transit relabelling` (foreign carbonate as large as the clean flow passes
        through under the own flag: raw, but not of domestic mines).
    """
    found = {}
    for name in ("clean", "mix shift", "price collapse", "transit relabelling"):
        rng = np.random.default_rng(seed)
        quantity, value = _clean(flow, classes, simulations, rng, {"La/Ce": 3.0} if name == "mix shift" else None)
        if name == "mix shift":
            quantity = 2 * quantity
        if name == "price collapse":
            value = value / 2
        passing = flow.baseline_t_gross if name == "transit relabelling" else 0.0
        quantity, value = _with_raw(quantity, value, flow.permitted_raw_t_gross + passing, classes)
        log_value = np.log(value) + _VALUE_ERROR_LOG * rng.standard_normal(simulations)
        found[name] = float(_alarms(flow, classes, log_value, np.log(quantity), rng).mean())
    return found
