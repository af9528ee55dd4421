"""Which ore or leach product is a composition consistent with?

Compositions are compared as ratios (Aitchison geometry): with z the isometric log-ratios of measured over reference
shares, d2 = z' S^-1 z against chi-square gives a 95 % region, S being the relative uncertainty of the reference and 5 %
of the measurement. All references inside the region are listed; likeness can only hold goods, never refuse them.

Uncertainty of a reference: its range where the atlas has one (read as a 90 % interval), else by its quality mark
A 10 %, B 15 %, C 25 %, D 40 % of each share (judgement). Limits: at least eight elements in common that make up 80 % of
the reference, else no answer, so a separated product of few elements is like nothing; a blend of two ores may be like
neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from scipy.linalg import helmert
from scipy.stats import chi2

from gadolin.elements import ELEMENTS
from gadolin.errors import InputError
from gadolin.moratorium.consignment import Consignment

__all__ = ["Compare", "Likeness", "Reference", "like", "likeness_of", "references_of"]

REGION_SHARE = 0.95
LEAST_ELEMENTS = 8
LEAST_COVER_SHARE = 0.8
_MEASURED_FACTOR = 0.05
_QUALITY_FACTOR = {"A": 0.10, "B": 0.15, "C": 0.25, "D": 0.40}
_NORMAL_90 = 2 * 1.6449


@dataclass(frozen=True)
class Reference:
    """A composition of the atlas with its uncertainty.

    Args:
        name: Deposit and vector.
        material: What it is of.
        shares: Oxide share of each known element, adding to 1.
        spread: Relative uncertainty of each, as a standard deviation of the logarithm.
    """

    name: str
    material: str
    shares: Mapping[str, float]
    spread: Mapping[str, float]


@dataclass(frozen=True)
class Likeness:
    """How near a composition is to a reference.

    Args:
        reference: The reference.
        distance_index: Aitchison distance over the common elements.
        d2_index: Squared distance in units of its uncertainty.
        p_share: Probability of a distance as large if it were of that reference.
        elements: Elements compared.
    """

    reference: Reference
    distance_index: float
    d2_index: float
    p_share: float
    elements: tuple[str, ...]

    @property
    def inside(self) -> bool:
        """Whether it lies in the 95 % region."""
        return self.p_share >= 1 - REGION_SHARE

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "reference": self.reference.name,
            "material": self.reference.material,
            "aitchison_distance": self.distance_index,
            "p": self.p_share,
            "inside_95": self.inside,
            "elements": list(self.elements),
        }

    def __str__(self) -> str:
        word = "consistent with" if self.inside else "not like"
        of = f"{self.reference.name} ({self.reference.material})"
        return f"{word} {of}: p {self.p_share:.2g}, {len(self.elements)} elements"


def references_of(frame: pd.DataFrame) -> tuple[Reference, ...]:
    """References from a table with the columns of `deposit_composition`.

    Args:
        frame: One row per vector and element; elements without a share are left out.
    """
    found = []
    rows = frame[frame["share_norm_pct"].notna() & (frame["share_norm_pct"] > 0) & frame["element"].isin(ELEMENTS)]
    for (deposit, vector), group in rows.groupby(["deposit_id", "vector_id"], sort=True):
        shares = dict(zip(group["element"], group["share_norm_pct"].astype(float), strict=True))
        total = sum(shares.values())
        spread = {row["element"]: _spread(row) for row in group.to_dict("records")}
        material = str(group["material"].iloc[0])
        scaled = {e: x / total for e, x in shares.items()}
        found.append(Reference(f"{deposit}/{vector}", material, scaled, spread))
    return tuple(found)


def _spread(row: Mapping[Any, Any]) -> float:
    low, high = row.get("share_of_treo_pct_low"), row.get("share_of_treo_pct_high")
    if low is not None and high is not None and pd.notna(low) and pd.notna(high) and 0 < low < high:
        return max(float(np.log(high / low)) / _NORMAL_90, 0.02)
    return _QUALITY_FACTOR.get(str(row.get("quality")), _QUALITY_FACTOR["D"])


def like(oxides_pct: Mapping[str, float], reference: Reference) -> Likeness | None:
    """Compare a composition with one reference; None when they have too little in common.

    Args:
        oxides_pct: Oxides of the goods on any scale; what is not analysed is absent, and so is a zero.
        reference: Reference.

    Raises:
        InputError: A negative share.
    """
    if any(x < 0 for x in oxides_pct.values()):
        raise InputError("a share of an oxide must not be negative")
    common = [e for e in ELEMENTS if oxides_pct.get(e, 0) > 0 and e in reference.shares]
    cover = sum(reference.shares[e] for e in common)
    if len(common) < LEAST_ELEMENTS or cover < LEAST_COVER_SHARE:
        return None
    ratio = np.log([float(oxides_pct[e]) / reference.shares[e] for e in common])
    variance = np.array([reference.spread[e] ** 2 + _MEASURED_FACTOR**2 for e in common])
    basis = helmert(len(common))  # orthonormal contrasts: one fewer than elements
    z = basis @ ratio
    d2 = float(z @ np.linalg.solve(basis @ np.diag(variance) @ basis.T, z))
    p = float(chi2.sf(d2, len(common) - 1))
    return Likeness(reference, float(np.sqrt(z @ z)), d2, p, tuple(common))


def likeness_of(oxides_pct: Mapping[str, float], references: tuple[Reference, ...]) -> tuple[Likeness, ...]:
    """All references that can be compared, the likeliest first.

    Args:
        oxides_pct: Oxides of the goods on any scale.
        references: References.
    """
    found = [likeness for r in references if (likeness := like(oxides_pct, r)) is not None]
    return tuple(sorted(found, key=lambda x: (-x.p_share, x.distance_index)))


@dataclass(frozen=True)
class Compare:
    """Gives a consignment the finding on likeness, unless a laboratory gave one.

    Args:
        references: Raw compositions to compare with.
    """

    references: tuple[Reference, ...]

    def __call__(self, c: Consignment) -> Consignment:
        """The consignment with its finding and, as a remark, every reference of the 95 % region."""
        cert = c.certificate
        if c.like_raw is not None or cert is None or len(cert.oxides_pct) < LEAST_ELEMENTS:
            return c
        shares = {e: float(x) for e, x in cert.oxides_pct.items() if x > Decimal(0)}
        inside = [x for x in likeness_of(shares, self.references) if x.inside]
        if not inside:
            return replace(c, like_raw=False)
        names = ", ".join(x.reference.name for x in inside)
        return replace(c, like_raw=True, warnings=(*c.warnings, f"LIKE {names}"))
