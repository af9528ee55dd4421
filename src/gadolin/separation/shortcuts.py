"""Closed forms for a cascade of constant load (level L0): minimum load, stage counts, product flows.

A cascade of constant organic load S and aqueous load W is a distillation column of constant molal overflow (organic
for vapour, aqueous for liquid, aqueous feed for boiling liquid), so the classical results hold exactly.
Limits: ideal stages, separation factors that do not change along the cascade. Two components, except `underwood`
and `fenske`. Everything is in moles; A is the heavier (more extracted), B the lighter element or group.

References: Fenske 1932; Underwood 1946; Smoker 1938; Kremser 1930; Cheng et al. 2014, doi:10.4236/ampc.2014.412030;
Zhang, Zhao, Schreiner 2016, doi:10.1007/978-3-319-28235-0 (Xu's formulas).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gadolin.errors import Fault, InputError
from gadolin.separation.shapes import Phase

UNITS = {
    "Binary.heavy_fraction": "mol/mol",
    "Binary.heavy_purity": "mol/mol",
    "Binary.light_purity": "mol/mol",
    "Binary.load": "mol RE in the organic per mol RE fed",
    "Count.extraction_stages": "stages",
    "Count.scrub_stages": "stages",
}


def _inside(name: str, value: float, low: float, high: float) -> list[Fault]:
    if low < value < high:
        return []
    end = f" and below {high:g}" if high < math.inf else ""
    return [Fault(f"must be above {low:g}{end}", field=name, value=value)]


def _check(*faults: list[Fault]) -> None:
    found = [fault for some in faults for fault in some]
    if found:
        raise InputError(found)


def minimum_load(beta: float, heavy_fraction: float, feed: Phase = "aqueous") -> float:
    """Least organic load that parts two elements completely, with infinitely many stages.

    Args:
        beta: Separation factor heavy/light, > 1. [-]
        heavy_fraction: Heavier element in the feed, in (0, 1). [mol/mol]
        feed: Phase in which the feed enters.

    Returns:
        S_min. [mol RE in the organic per mol RE fed]

    Raises:
        InputError: beta <= 1, or heavy_fraction outside (0, 1).

    References:
        Cheng et al. 2014, doi:10.4236/ampc.2014.412030; equals Underwood with q = 1 (aqueous) or 0 (organic).

    >>> minimum_load(beta=2.0, heavy_fraction=0.5)
    1.5
    """
    _check(_inside("beta", beta, 1, math.inf), _inside("heavy_fraction", heavy_fraction, 0, 1))
    return 1 / (beta - 1) + (heavy_fraction if feed == "aqueous" else 0.0)


def minimum_scrub(beta: float, heavy_fraction: float, feed: Phase = "aqueous") -> float:
    """Least aqueous load of the scrub section, W_min; arguments and errors as `minimum_load`. [mol/mol]

    >>> minimum_scrub(beta=1.5, heavy_fraction=0.4, feed="organic")
    2.6
    """
    _check(_inside("beta", beta, 1, math.inf), _inside("heavy_fraction", heavy_fraction, 0, 1))
    return 1 / (beta - 1) + (1 - heavy_fraction if feed == "organic" else 0.0)


def fenske(beta: float, heavy_purity: float, light_purity: float) -> float:
    """Stages at total reflux: no cascade parts two components with fewer. [stages]

    Args:
        beta: Separation factor, > 1. [-]
        heavy_purity: A in the organic product, in (0, 1). [mol/mol]
        light_purity: B in the raffinate, in (0, 1). [mol/mol]

    Raises:
        InputError: An argument outside its range.

    >>> round(fenske(2.0, 0.999, 0.9999), 2)
    23.25
    """
    _check(
        _inside("beta", beta, 1, math.inf),
        _inside("heavy_purity", heavy_purity, 0, 1),
        _inside("light_purity", light_purity, 0, 1),
    )
    return (_logit(heavy_purity) + _logit(light_purity)) / math.log(beta)


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


@dataclass(frozen=True)
class Split:
    """Product flows and recoveries that two purities fix. Per mole of feed; moles.

    Args:
        heavy_mol_per_mol: Rare earths leaving with the organic, M_A.
        light_mol_per_mol: Rare earths leaving with the raffinate, M_B.
        heavy_recovery_share: Y_A.
        light_recovery_share: Y_B.
    """

    heavy_mol_per_mol: float
    light_mol_per_mol: float
    heavy_recovery_share: float
    light_recovery_share: float


def split(heavy_fraction: float, heavy_purity: float, light_purity: float) -> Split:
    """What the purities of both products fix: flows and recoveries.

    Args:
        heavy_fraction: A in the feed, in (0, 1). [mol/mol]
        heavy_purity: A in the organic product; above its fraction in the feed. [mol/mol]
        light_purity: B in the raffinate; above its fraction in the feed. [mol/mol]

    Raises:
        InputError: An argument outside its range.

    >>> s = split(0.5, 0.999, 0.9999)
    >>> round(s.heavy_mol_per_mol, 6), round(s.heavy_recovery_share, 6)
    (0.50045, 0.9999)
    """
    _check(
        _inside("heavy_fraction", heavy_fraction, 0, 1),
        _inside("heavy_purity", heavy_purity, heavy_fraction, 1),
        _inside("light_purity", light_purity, 1 - heavy_fraction, 1),
    )
    made = (heavy_fraction - 1 + light_purity) / (heavy_purity - 1 + light_purity)
    return Split(made, 1 - made, made * heavy_purity / heavy_fraction, (1 - made) * light_purity / (1 - heavy_fraction))


def underwood_root(alpha: np.ndarray, mol: np.ndarray, cut: int, feed: Phase = "aqueous") -> float:
    """Underwood's root between the two keys, by bisection (the left side is monotone there).

    Args:
        alpha: Factors against the least extracted element, ascending. [element]
        mol: Feed. [element, mol/mol]
        cut: Number of elements in the light group, 1 to len(alpha) - 1.
        feed: Phase in which the feed enters.

    Returns:
        theta with sum alpha z / (alpha - theta) = 1 - q, between alpha[cut - 1] and alpha[cut].
    """
    right = 0.0 if feed == "aqueous" else 1.0
    low, high = float(alpha[cut - 1]), float(alpha[cut])
    below, above = low, high
    for _ in range(200):
        middle = 0.5 * (below + above)
        if middle in (below, above):
            break
        if np.sum(alpha * mol / (alpha - middle)) > right:
            above = middle
        else:
            below = middle
    return 0.5 * (below + above)


def underwood(
    alpha: np.ndarray, mol: np.ndarray, cut: int, heavy_mol: np.ndarray | None = None, feed: Phase = "aqueous"
) -> float:
    """Least organic load S_min of a multicomponent feed cut between neighbours.

    Args:
        alpha: Factors against the least extracted element, ascending, different at the cut. [element]
        mol: Feed, sum 1. [element, mol/mol]
        cut: Number of elements in the light group.
        heavy_mol: Amounts leaving with the organic; None for a sharp cut. [element, mol/mol]
        feed: Phase in which the feed enters.

    Returns:
        S_min. [mol/mol]

    Raises:
        InputError: alpha not ascending, no difference at the cut, or cut outside 1 to len - 1.

    References:
        Underwood 1946. Keys are neighbours, so no element distributes and one root suffices.

    >>> round(underwood(np.array([1.0, 2.0]), np.array([0.5, 0.5]), 1), 10)
    1.5
    """
    if not 1 <= cut < len(alpha):
        raise InputError(Fault(f"must lie in 1 to {len(alpha) - 1}", field="cut", value=cut))
    if np.any(np.diff(alpha) < 0) or not alpha[cut] > alpha[cut - 1] > 0:
        raise InputError(Fault("must ascend and differ at the cut", field="alpha"))
    theta = underwood_root(alpha, mol, cut, feed)
    taken = np.where(np.arange(len(alpha)) >= cut, mol, 0.0) if heavy_mol is None else heavy_mol
    return float(np.sum(alpha * taken / (alpha - theta))) - (1.0 if feed == "organic" else 0.0)


@dataclass(frozen=True)
class Binary:
    """A binary cascade at given load, for the stage counts of this module. Per mole of feed; moles.

    Args:
        beta: Separation factor, > 1. [-]
        heavy_fraction: A in the feed. [mol/mol]
        heavy_purity: A in the organic product. [mol/mol]
        light_purity: B in the raffinate. [mol/mol]
        load: Organic load S. [mol/mol]
        feed: Phase in which the feed enters.

    >>> cascade = Binary.recommended(2.0, 0.5, 0.999, 0.9999)
    >>> round(cascade.load, 4), round(cascade.scrub, 4)
    (1.7086, 1.2082)
    """

    beta: float
    heavy_fraction: float
    heavy_purity: float
    light_purity: float
    load: float
    feed: Phase = "aqueous"

    def __post_init__(self) -> None:
        split(self.heavy_fraction, self.heavy_purity, self.light_purity)
        least = minimum_load(self.beta, self.heavy_fraction, self.feed)
        if not self.load > 0 or self.scrub <= 0:
            raise InputError(
                Fault(f"leaves no scrub flow; the least load is {least:.4g}", field="load", value=self.load)
            )

    @classmethod
    def recommended(
        cls, beta: float, heavy_fraction: float, heavy_purity: float, light_purity: float, feed: Phase = "aqueous"
    ) -> Binary:
        """At Xu's recommended load: E_M = 1/sqrt(beta) or E_M' = sqrt(beta), whichever section controls.

        Args:
            beta: Separation factor. [-]
            heavy_fraction: A in the feed. [mol/mol]
            heavy_purity: A in the organic product. [mol/mol]
            light_purity: B in the raffinate. [mol/mol]
            feed: Phase in which the feed enters.
        """
        made = split(heavy_fraction, heavy_purity, light_purity)
        root = math.sqrt(beta)
        by_extraction = made.light_mol_per_mol / (root - 1)
        by_scrub = made.heavy_mol_per_mol / (root - 1) + made.heavy_mol_per_mol - (1 if feed == "organic" else 0)
        return cls(beta, heavy_fraction, heavy_purity, light_purity, max(by_extraction, by_scrub), feed)

    @property
    def products(self) -> Split:
        """Flows and recoveries that the purities fix."""
        return split(self.heavy_fraction, self.heavy_purity, self.light_purity)

    @property
    def scrub(self) -> float:
        """Aqueous load of the scrub section, W. [mol/mol]"""
        made = self.products.heavy_mol_per_mol
        return self.load + (1.0 if self.feed == "organic" else 0.0) - made

    @property
    def extraction_ratio(self) -> float:
        """E_M, organic over aqueous load of the extraction section. [-]"""
        return self.load / (self.scrub + (1 if self.feed == "aqueous" else 0))

    @property
    def scrub_ratio(self) -> float:
        """E_M', organic over aqueous load of the scrub section. [-]"""
        return (self.load + (1 if self.feed == "organic" else 0)) / self.scrub

    @property
    def lines(self) -> tuple[tuple[float, float], tuple[float, float], float]:
        """Operating lines y = sigma x + tau of extraction and scrub section, and where they meet, x_F."""
        s, w, impurity, purity = self.load, self.scrub, 1 - self.light_purity, self.heavy_purity
        if self.feed == "aqueous":
            extraction = ((w + 1) / s, -(w + 1 - s) * impurity / s)
            return extraction, (w / s, (s - w) * purity / s), self.heavy_fraction
        extraction = (w / s, -(w - s) * impurity / s)
        meet = (self.heavy_fraction - extraction[1]) / extraction[0]
        return extraction, (w / (s + 1), (s + 1 - w) * purity / (s + 1)), meet


@dataclass(frozen=True)
class Count:
    """Stages of both sections; the feed stage counts to the extraction section."""

    extraction_stages: float
    scrub_stages: float

    @property
    def total_stages(self) -> float:
        """Both sections. [stages]"""
        return self.extraction_stages + self.scrub_stages


def smoker(cascade: Binary) -> Count:
    """Exact stage count for constant beta and straight operating lines, as real numbers.

    Args:
        cascade: Purities and load.

    Raises:
        InputError: The load is not above the minimum, where the count is infinite.

    References:
        Smoker 1938; either root of the quadratic gives the same count.

    >>> count = smoker(Binary.recommended(2.0, 0.5, 0.999, 0.9999))
    >>> round(count.extraction_stages, 2), round(count.scrub_stages, 2)
    (24.3, 20.82)
    """
    extraction, scrub, meet = cascade.lines
    n = _smoker_section(cascade.beta, *extraction, meet, 1 - cascade.light_purity)
    m = _smoker_section(cascade.beta, *scrub, cascade.heavy_purity, meet)
    if n is None or m is None:
        least = minimum_load(cascade.beta, cascade.heavy_fraction, cascade.feed)
        raise InputError(
            Fault(
                f"no finite number of stages reaches these purities; complete separation needs more than {least:.6g}",
                field="load",
                value=cascade.load,
            )
        )
    return Count(n, m)


def _smoker_section(beta: float, sigma: float, tau: float, start: float, end: float) -> float | None:
    """Stages between two abscissas on one operating line; None beyond a pinch."""
    square = sigma * (beta - 1)
    middle = sigma + tau * (beta - 1) - beta
    root = middle * middle - 4 * square * tau
    if root < 0:
        return None
    big = -0.5 * (middle + math.copysign(math.sqrt(root), middle))
    for k in (tau / big, big / square):  # a pinch of the line lies at each root; one of them is far enough
        c = 1 + (beta - 1) * k
        inner = beta / (sigma * c * c)
        if start == k or end == k or inner <= 0 or abs(inner - 1) < 1e-15 or c <= 0:
            continue
        q = sigma * c * (beta - 1) / (beta - sigma * c * c)
        ratio = (start - k) * (1 - q * (end - k)) / ((end - k) * (1 - q * (start - k)))
        if ratio > 0:
            count = math.log(ratio) / math.log(inner)
            return count if count >= 0 else None
    return None


def xu_display(cascade: Binary) -> Count:
    """Xu's logarithmic formulas: a display aid that undercounts near the minimum load; design with `smoker`.

    Args:
        cascade: Purities and load.

    Raises:
        InputError: A mixed extraction ratio beyond its limit, where the logarithm has no meaning.

    References:
        Zhang, Zhao, Schreiner 2016, doi:10.1007/978-3-319-28235-0.

    >>> count = xu_display(Binary.recommended(2.0, 0.5, 0.999, 0.9999))
    >>> round(count.extraction_stages, 1), round(count.scrub_stages, 1)
    (21.1, 18.9)
    """
    beta, f = cascade.beta, cascade.heavy_fraction
    down, up = beta * cascade.extraction_ratio, beta / cascade.scrub_ratio
    if down <= 1 or up <= 1:
        raise InputError(Fault("is below what the logarithmic formulas allow", field="load", value=cascade.load))
    b = _logit(cascade.light_purity) - math.log((1 - f) / f)
    a = _logit(cascade.heavy_purity) - math.log(f / (1 - f))
    return Count(b / math.log(down), a / math.log(up) - 1)


def kremser(factor: float, stages: int, entering: float = 1.0, fresh: float = 0.0) -> float:
    """Amount left in the raffinate at constant distribution ratio.

    Args:
        factor: Extraction factor E = D O/A, > 0. [-]
        stages: Counter-current stages, >= 1. [stages]
        entering: Concentration of the aqueous feed. [any unit]
        fresh: Aqueous concentration in equilibrium with the entering organic, y_in / D. [same unit]

    Returns:
        Concentration of the raffinate. [same unit]

    Raises:
        InputError: factor or stages out of range.

    References:
        Kremser 1930. (x_in - x*) / (x_out - x*) = (E^(N+1) - 1) / (E - 1), N + 1 at E = 1.

    >>> kremser(1.0, 10)
    0.09090909090909091
    """
    faults = _inside("factor", factor, 0, math.inf)
    if stages < 1:
        faults.append(Fault("must be at least 1", field="stages", value=stages))
    _check(faults)
    # (E^(N+1) - 1)/(E - 1) as a sum: exact, also at E = 1
    return fresh + (entering - fresh) / math.fsum(factor**k for k in range(stages + 1))


def load_curve(
    beta: float,
    heavy_fraction: float,
    heavy_purity: float,
    light_purity: float,
    feed: Phase = "aqueous",
    over_minimum: tuple[float, ...] = (1.02, 1.05, 1.1, 1.15, 1.2, 1.3, 1.4, 1.6, 2.0),
) -> pd.DataFrame:
    """Stages and mixer volume against load: the flat optimum of S (n + m).

    Args:
        beta: Separation factor. [-]
        heavy_fraction: A in the feed. [mol/mol]
        heavy_purity: A in the organic product. [mol/mol]
        light_purity: B in the raffinate. [mol/mol]
        feed: Phase in which the feed enters.
        over_minimum: Loads as multiples of S_min, > 1. [-]

    Returns:
        One row per load: load, scrub, stages of both sections, S (n + m).

    >>> load_curve(2.0, 0.5, 0.999, 0.9999).shape
    (9, 6)
    """
    least = minimum_load(beta, heavy_fraction, feed)
    rows = []
    for ratio in over_minimum:
        cascade = Binary(beta, heavy_fraction, heavy_purity, light_purity, ratio * least, feed)
        count = smoker(cascade)
        rows.append(
            {
                "over_minimum_ratio": ratio,
                "load_mol_per_mol": cascade.load,
                "scrub_mol_per_mol": cascade.scrub,
                "extraction_stages": count.extraction_stages,
                "scrub_stages": count.scrub_stages,
                "load_times_stages": cascade.load * count.total_stages,
            }
        )
    return pd.DataFrame(rows)
