"""Does raw material leave in trade data? Indicators against a frozen baseline.

1. Mass balance: gross export over the licensed separators' REO output, against the range of clean years.
2. Unit-value ratio: unit value to one partner over that to the exporter's other partners.
3. Volume jump: robust z of the logarithm of the quantity.
4. Mirror gap: the partner's import line against the exporter's own export line (needs both sides' statistics).
5. Basket print: declared value against the value of the declared product at element prices.
6. Mine side: licensed mine output times recovery, less domestic feed.

The rule flags a pair-year of at least 500 t when the ratio is low (z < -2) and the quantity high (z > 2); z is from
median and MAD (not scaled to a standard deviation) of the logarithms of pair-years of at least 500 t, at least three of
them, with a floor of 0.25. Up to 2022 the baseline is the five years before; from 2023 on it is
frozen at 2017-2022, since a rolling one would absorb the event and hide later years.

A flag says "not explained by permits and licensed output", never "illegal"; `EXPLANATIONS` lists what is legal and
looks the same. BACI is reconciled and cannot show a mirror gap. Weights are gross tonnes of product, not REO.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gadolin.errors import InputError

__all__ = ["EXPLANATIONS", "FROZEN_YEARS", "Indicator", "Licensed", "flags", "indicators", "mirror_gap", "pair_series"]

FROZEN_YEARS = tuple(range(2017, 2023))
FLOOR_LOG = 0.25
LEAST_T_GROSS = 500.0
Z_RATIO, Z_VOLUME = -2.0, 2.0
LEAST_YEARS = 3
CLEAN_GROSS_PER_REO = (1.20, 1.67)
CIF_OVER_FOB = (1.03, 1.10)
_ROUNDING = 1.005  # the clean range is printed to two places

EXPLANATIONS: tuple[str, ...] = (
    "exports under a pilot approval, or before the ban (Perak, 2023: taxed by the state as legal)",
    "carbonate of separated elements or of imported feed, which the ban does not reach",
    "a shift of the mix to low-value products (lanthanum, cerium) or a fall of prices",
    "goods in transit, re-exports, or stock sold later than it was made",
    "another product under the same heading, a wrong unit, or a later revision of the data",
)


def pair_series(trade: pd.DataFrame, exporter: str, partner: str, codes: Sequence[str] = ("284690",)) -> pd.DataFrame:
    """Quantity and unit values of a pair by year.

    Args:
        trade: Columns year, hs6, exporter_iso3, importer_iso3, value_kusd, quantity_t_gross; rows without quantity are
            left out of unit values.
        exporter: ISO3.
        partner: ISO3 of the importer.
        codes: HS6 codes added together.

    Returns:
        Per year: quantity_t_gross, unit_value_usd_per_kg, others_usd_per_kg, ratio.
    """
    rows = trade[trade["exporter_iso3"] == exporter]
    found = _pairs(rows, codes)
    found = found[found["importer_iso3"] == partner].set_index("year")
    return found[["quantity_t_gross", "unit_value_usd_per_kg", "others_usd_per_kg", "ratio"]].sort_index()


def _pairs(trade: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    """All pair-years with their unit values, one row each."""
    keys, sums = ["exporter_iso3", "year"], ["value_kusd", "quantity_t_gross"]
    rows = trade[trade["hs6"].isin(list(codes)) & (trade["quantity_t_gross"] > 0)]
    found = rows.groupby([*keys, "importer_iso3"], as_index=False)[sums].sum()
    total = found.groupby(keys)[sums].transform("sum")
    others_kusd, others_t = (
        total["value_kusd"] - found["value_kusd"],
        total["quantity_t_gross"] - found["quantity_t_gross"],
    )
    found["unit_value_usd_per_kg"] = found["value_kusd"] / found["quantity_t_gross"]
    found["others_usd_per_kg"] = others_kusd / others_t.where(others_t > 0)
    found["ratio"] = found["unit_value_usd_per_kg"] / found["others_usd_per_kg"]
    return found


def robust_z(value: float, baseline: Sequence[float]) -> float | None:
    """Distance of ln(value) from the median of ln(baseline) in MADs, with a floor of 0.25; None under three years.

    >>> round(robust_z(2.718281828, [1.0, 1.0, 1.0]), 6)
    4.0
    """
    logs = np.log([b for b in baseline if b is not None and np.isfinite(b) and b > 0])
    if len(logs) < LEAST_YEARS or not (np.isfinite(value) and value > 0):
        return None
    median = float(np.median(logs))
    return float((np.log(value) - median) / max(float(np.median(np.abs(logs - median))), FLOOR_LOG))


def baseline_years(year: int, frozen: Sequence[int] = FROZEN_YEARS) -> tuple[int, ...]:
    """Years that a year is held against: five before, or the frozen ones after them."""
    return tuple(frozen) if year > max(frozen) else tuple(range(year - 5, year))


def judged_series(series: pd.DataFrame, frozen: Sequence[int] = FROZEN_YEARS) -> pd.DataFrame:
    """A pair's series with z of ratio and volume, and whether the rule flags the year."""
    rows = []
    large = series[series["quantity_t_gross"] >= LEAST_T_GROSS]
    for year, row in series.iterrows():
        known = large[large.index.isin(baseline_years(int(str(year)), frozen))]
        ratio = robust_z(row["ratio"], known["ratio"].tolist())
        volume = robust_z(row["quantity_t_gross"], known["quantity_t_gross"].tolist())
        z_ratio, z_volume = (np.nan if z is None else z for z in (ratio, volume))
        judged = bool(np.isfinite(z_ratio) and np.isfinite(z_volume) and row["quantity_t_gross"] >= LEAST_T_GROSS)
        rows.append(
            {
                "z_ratio": z_ratio,
                "z_volume": z_volume,
                "judged": judged,
                "flagged": judged and z_ratio < Z_RATIO and z_volume > Z_VOLUME,
            }
        )
    return series.assign(**pd.DataFrame(rows, index=series.index).to_dict("series"))


def flags(
    trade: pd.DataFrame, codes: Sequence[str] = ("284690",), frozen: Sequence[int] = FROZEN_YEARS
) -> pd.DataFrame:
    """All pairs of a trade table judged by the rule, one row per pair-year of at least 500 t with a baseline.

    Args:
        trade: As for `pair_series`.
        codes: HS6 codes added together.
        frozen: Years of the frozen baseline.
    """
    pairs = _pairs(trade, codes)
    most = pairs.groupby(["exporter_iso3", "importer_iso3"])["quantity_t_gross"].transform("max")
    found = []
    for _, series in pairs[most >= LEAST_T_GROSS].groupby(["exporter_iso3", "importer_iso3"]):
        judged = judged_series(series.set_index("year").sort_index(), frozen)
        found.append(judged[judged["judged"]].reset_index())
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


@dataclass(frozen=True)
class Indicator:
    """One of the six indicators for a year.

    Args:
        name: Its name.
        value_index: What was found, in `unit`; None when it cannot be worked out.
        unit: Unit.
        low_index: Lower end of the clean range or of the answer, in `unit`.
        high_index: Upper end.
        speaks: Whether it speaks for raw material: True, False, or None when it cannot.
        why: What it stands on, or why it is missing.
    """

    name: str
    value_index: float | None
    unit: str
    low_index: float | None
    high_index: float | None
    speaks: bool | None
    why: str

    @property
    def shown(self) -> str:
        """The value with its unit, as printed."""
        if self.value_index is None:
            return "not known"
        number = f"{self.value_index:,.0f}" if abs(self.value_index) >= 100 else f"{self.value_index:.3g}"
        return f"{number} {self.unit}"

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "name": self.name,
            "value": self.value_index,
            "unit": self.unit,
            "low": self.low_index,
            "high": self.high_index,
            "speaks": self.speaks,
            "why": self.why,
        }

    def __str__(self) -> str:
        if self.value_index is None:
            return f"{self.name:14} not known: {self.why}"
        word = {True: "speaks for raw material", False: "within the clean range", None: "shown"}[self.speaks]
        return f"{self.name:14} {self.shown}; {word} ({self.why})"


@dataclass(frozen=True)
class Licensed:
    """What is licensed in a year, from permits and operators' returns.

    Args:
        separator_output_t_reo: REO made by licensed separators. [t REO]
        permitted_raw_t_gross: Raw goods that permits let go. [t gross]
        mine_output_t_reo: Licensed mines. [t REO]
        domestic_feed_t_reo: Domestic feed of the separators. [t REO]
        mine_recovery_share: From mine to carbonate.
    """

    separator_output_t_reo: float | None = None
    permitted_raw_t_gross: float = 0.0
    mine_output_t_reo: float | None = None
    domestic_feed_t_reo: float | None = None
    mine_recovery_share: tuple[float, float] = (0.8, 0.95)


def indicators(
    trade: pd.DataFrame,
    exporter: str,
    partner: str,
    year: int,
    licensed: Licensed | None = None,
    mirror: Mapping[str, float] | None = None,
    declared_over_element_value_ratio: float | None = None,
) -> tuple[Indicator, ...]:
    """The six indicators of a pair and year; what cannot be worked out says why.

    Args:
        trade: As for `pair_series`.
        exporter: ISO3.
        partner: ISO3.
        year: Year.
        licensed: Licensed output and permits.
        mirror: `partner_imports_t_gross` and `own_exports_t_gross` of the year from both sides' statistics. [t gross]
        declared_over_element_value_ratio: Declared value over the value of the declared product at element prices.

    Raises:
        InputError: The pair has no trade in that year.
    """
    series = judged_series(pair_series(trade, exporter, partner))
    if year not in series.index:
        raise InputError(f"no trade of {exporter} to {partner} in {year} under 284690")
    row = series.loc[year]
    both = trade[(trade["exporter_iso3"] == exporter) & trade["hs6"].isin(["284610", "284690"])]
    gross = float(both.loc[both["year"] == year, "quantity_t_gross"].sum())
    given = licensed or Licensed()
    span = f"years {min(baseline_years(year))}-{max(baseline_years(year))}"
    return (
        _balance(gross, given),
        _by_z("unit value", row["ratio"], "to others", row["z_ratio"], row["z_ratio"] < Z_RATIO, span),
        _by_z("volume", row["quantity_t_gross"], "t gross", row["z_volume"], row["z_volume"] > Z_VOLUME, span),
        _mirror(mirror),
        _basket(declared_over_element_value_ratio),
        _mine(given),
    )


def _balance(gross: float, licensed: Licensed) -> Indicator:
    low, high = CLEAN_GROSS_PER_REO
    if not licensed.separator_output_t_reo:
        return Indicator(
            "mass balance", None, "t/t", low, high, None, "output of the licensed separators not on record"
        )
    value = gross / licensed.separator_output_t_reo
    permitted = licensed.permitted_raw_t_gross
    excess = [gross - k * licensed.separator_output_t_reo - permitted for k in (high, low)]
    beyond = f" beyond {permitted:,.0f} t by permit" if permitted else ""
    why = f"clean years {low}-{high} t/t; excess {excess[0]:,.0f} to {excess[1]:,.0f} t gross{beyond}"
    return Indicator("mass balance", value, "t/t", low, high, value > high * _ROUNDING, why)


def _by_z(name: str, value: float, unit: str, z: float, speaks: bool, span: str) -> Indicator:
    if not np.isfinite(z):
        return Indicator(name, None, unit, None, None, None, f"under three {span} to compare with")
    return Indicator(name, float(value), unit, None, None, bool(speaks), f"z {z:+.1f} against {span}")


def _mirror(mirror: Mapping[str, float] | None) -> Indicator:
    if not mirror:
        why = "needs the partner's import line and the own export line; BACI is reconciled and shows no gap"
        return Indicator("mirror gap", None, "t gross", None, None, None, why)
    gap = mirror["partner_imports_t_gross"] - mirror["own_exports_t_gross"]
    slack = 0.10 * mirror["own_exports_t_gross"]
    return Indicator("mirror gap", gap, "t gross", -slack, slack, gap > slack, "one tenth left for timing")


def _basket(ratio: float | None) -> Indicator:
    if ratio is None:
        return Indicator("basket print", None, "ratio", 0.3, 3.0, None, "no certificate or element prices given")
    return Indicator("basket print", ratio, "ratio", 0.3, 3.0, ratio < 0.3, "declared value over element value")


def _mine(licensed: Licensed) -> Indicator:
    if licensed.mine_output_t_reo is None:
        return Indicator("mine side", None, "t REO", None, None, None, "licensed mine output not on record")
    if licensed.domestic_feed_t_reo is None:
        why = "how much of the mines' output the own separators took is not on record"
        return Indicator("mine side", None, "t REO", None, None, None, why)
    feed = licensed.domestic_feed_t_reo
    low, high = (licensed.mine_output_t_reo * share - feed for share in licensed.mine_recovery_share)
    why = f"licensed mine output times recovery, less {feed:,.0f} t of own feed: it left raw or lies in stock"
    return Indicator("mine side", (low + high) / 2, "t REO", low, high, low > 0, why)


def mirror_gap(
    imports: Mapping[str, float], exports: Mapping[str, float], lag_months: int = 1
) -> tuple[float, float, float]:
    """The partner's monthly imports over the own exports, as the range that timing leaves open.

    Args:
        imports: The partner's import line by month (`2024-01`). [t]
        exports: The own export line by month. [t]
        lag_months: Months that goods may be under way.

    Returns:
        Ratio, lowest and highest when up to `lag_months` of shipments are moved over either end. [-]

    Raises:
        InputError: No month in common.

    >>> mirror_gap({"2024-01": 10.0, "2024-02": 30.0}, {"2024-01": 10.0, "2024-02": 10.0})[0]
    2.0
    """
    months = sorted(set(imports) & set(exports))
    if not months or sum(exports[m] for m in months) <= 0:
        raise InputError("the two lines have no month with exports in common")
    out, arrived = sum(exports[m] for m in months), sum(imports[m] for m in months)
    edge = sum(exports[m] for m in months[-lag_months:]) if lag_months else 0.0
    first = sum(imports[m] for m in months[:lag_months]) if lag_months else 0.0
    low = (arrived - first) / out
    high = arrived / (out - edge) if out > edge else float("inf")
    return arrived / out, low, high
