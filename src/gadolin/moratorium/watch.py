"""What the trade data of a case say about leakage: years flagged, how much is raw, and what could have been seen.

The shipped fallback is the atlas's annual HS6 table. Files of either side's statistics add monthly lines and a mirror
gap. Compositions that stand for clay and light ore come from the atlas by name and are said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from gadolin.atlas.formats import FlowFile
from gadolin.case.load import Case
from gadolin.errors import InputError, NotConverged
from gadolin.moratorium import leaks, mixture
from gadolin.moratorium.leaks import EXPLANATIONS, Indicator, Licensed
from gadolin.moratorium.mass_balance import YearBalance, licensed_of, mass_balance
from gadolin.moratorium.mixture import Flow, Posterior

__all__ = ["LeakReport", "Watched", "watch"]

CLAY = ("my_kenering", "estimate_light")
LIGHT_ORE = ("mt_weld", "liu_2022")
POWER_SIZES_T_GROSS = (0.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0)


@dataclass(frozen=True)
class Watched:
    """One year of a pair.

    Args:
        year: Year.
        flagged: The rule flags it.
        judged: The rule could be applied.
        quantity_t_gross: Quantity. [t gross]
        z_ratio: z of the unit-value ratio, None without baseline.
        z_volume_ratio: z of the volume, None without baseline.
        posterior: How much is raw, or the reason why it cannot be said.
        prices: What prices it was valued at.
        indicators: The six indicators.
    """

    year: int
    flagged: bool
    judged: bool
    quantity_t_gross: float
    z_ratio: float | None
    z_volume_ratio: float | None
    posterior: Posterior | str
    prices: str
    indicators: tuple[Indicator, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        known = isinstance(self.posterior, Posterior)
        return {
            "year": self.year,
            "flagged": self.flagged,
            "judged": self.judged,
            "quantity_t_gross": self.quantity_t_gross,
            "z_ratio": self.z_ratio,
            "z_volume": self.z_volume_ratio,
            "raw": self.posterior.as_dict() if isinstance(self.posterior, Posterior) else None,
            "raw_not_known": None if known else self.posterior,
            "prices": self.prices,
            "indicators": [i.as_dict() for i in self.indicators],
        }

    def __str__(self) -> str:
        z = "no baseline" if not self.judged else f"z {self.z_ratio:+.1f} value, {self.z_volume_ratio:+.1f} volume"
        return f"{self.year} {'FLAG' if self.flagged else '    '} {z}; {self.posterior}"


@dataclass(frozen=True)
class LeakReport:
    """What the data say about one partner.

    Args:
        exporter: ISO3.
        partner: ISO3.
        years: Year by year.
        balance: Exports against licensed output and permits, year by year, all partners together.
        power: Share of worlds in which a leak of a size (t gross) raises the alarm.
        worlds: Share of alarms in worlds without a leak that the model was not made for.
        mirror: Ratio of the partner's imports to the own exports from files, with its range; None without files.
        files: What was read from files.
    """

    exporter: str
    partner: str
    years: tuple[Watched, ...]
    balance: tuple[YearBalance, ...]
    power: Mapping[float, float]
    worlds: Mapping[str, float]
    mirror: tuple[float, float, float] | None = None
    files: tuple[str, ...] = ()

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """The six indicators of the last year looked at."""
        return self.years[-1].indicators

    @property
    def clean(self) -> bool:
        """Whether no year is flagged or alarmed."""
        return not any(y.flagged or (isinstance(y.posterior, Posterior) and y.posterior.alarm) for y in self.years)

    def table(self) -> pd.DataFrame:
        """Year by year."""
        left_out = ("raw", "indicators")
        return pd.DataFrame([{k: v for k, v in y.as_dict().items() if k not in left_out} for y in self.years])

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "exporter": self.exporter,
            "partner": self.partner,
            "years": [y.as_dict() for y in self.years],
            "indicators": [i.as_dict() for i in self.indicators],
            "balance": [b.as_dict() for b in self.balance],
            "power": [{"leak_t_gross": size, "alarm_share": share} for size, share in self.power.items()],
            "worlds": dict(self.worlds),
            "mirror": None if self.mirror is None else dict(zip(("ratio", "low", "high"), self.mirror, strict=True)),
            "files": list(self.files),
            "wording": "not explained by permits and licensed output",
            "legal_explanations": list(EXPLANATIONS),
        }

    def __str__(self) -> str:
        head = "nothing stands out" if self.clean else "not explained by permits and licensed output"
        lines = [f"{self.exporter} to {self.partner}, HS 284690: {head}"]
        lines += [f"  {y}" for y in self.years]
        lines += [f"  {i}" for i in self.indicators]
        out = [b for b in self.balance if b.stands_out]
        if out:
            lines.append("  all partners   " + "; ".join(f"{b.year} excess {b.excess}" for b in out))
        if self.mirror is not None:
            lines.append(f"  mirror from files: {self.mirror[0]:.2f} ({self.mirror[1]:.2f}-{self.mirror[2]:.2f})")
        seen = next((size for size, share in self.power.items() if size and share >= 0.8), None)
        lines.append(
            f"  power: {'no size looked at' if seen is None else f'{seen:,.0f} t gross'} raises the alarm 4 times in 5"
        )
        lines.append(
            f"  alarms without a leak: {', '.join(f'{name} {share:.0%}' for name, share in self.worlds.items())}"
        )
        lines += [f"  {text}" for text in self.files]
        return "\n".join([*lines, "  legal and alike: " + "; ".join(EXPLANATIONS)])


def watch(
    case: Case,
    partner: str,
    exporter: str = "MYS",
    years: Sequence[int] | None = None,
    licensed: Mapping[int, Licensed] | None = None,
    files: Sequence[FlowFile] = (),
    seed: int = 1,
) -> LeakReport:
    """Look for raw material in the trade of a pair.

    Args:
        case: Case with trade, prices and compositions.
        partner: ISO3 of the importer.
        exporter: ISO3.
        years: Years; None for the last eight with trade.
        licensed: Licensed output and permits by year, laid over what the case knows.
        files: Statistics of either side, read before.
        seed: Seed of the draws.

    Raises:
        InputError: No trade between the two; too few clean years for a baseline.
    """
    trade = case.inputs.trade_rows()
    series = leaks.judged_series(leaks.pair_series(trade, exporter, partner))
    if series.empty:
        raise InputError(f"no trade of {exporter} to {partner} under 284690")
    wanted = [int(y) for y in (years or series.index[-8:]) if y in series.index]
    if not wanted:
        raise InputError(f"no trade of {exporter} to {partner} in {', '.join(map(str, years or ()))}")
    base = series.loc[series.index.isin(leaks.FROZEN_YEARS), "quantity_t_gross"]
    given = licensed_of(case, exporter) | dict(licensed or {})
    found = []
    for year in wanted:
        permits = given.get(year) or Licensed()
        mirror = _yearly_mirror(files, exporter, partner, year)
        six = leaks.indicators(trade, exporter, partner, year, permits, mirror)
        found.append(replace(_year(case, year, series.loc[year], base, permits, seed), indicators=six))
    last = wanted[-1]
    power, worlds = _limits(case, last, series.loc[last], base, given.get(last) or Licensed(), seed)
    balance = mass_balance(case, exporter)
    mirror = _monthly_mirror(files, exporter, partner)
    return LeakReport(exporter, partner, tuple(found), balance, power, worlds, mirror, tuple(str(f) for f in files))


def _flow(row: Any, base: pd.Series, licensed: Licensed) -> Flow:
    if len(base) < leaks.LEAST_YEARS:
        raise InputError("under three clean years for a baseline")
    spread = max(leaks.FLOOR_LOG, float(np.log(base).std()))
    quantity = float(row["quantity_t_gross"])
    value = float(row["unit_value_usd_per_kg"]) * quantity
    return Flow(quantity, value, float(base.median()), spread, licensed.permitted_raw_t_gross)


def _classes(case: Case, year: int) -> tuple[tuple[mixture.ProductClass, ...], str]:
    prices, said = case.inputs.oxide_prices_of_year(year)
    clay, ore = (case.inputs.composition_of_vector(*v) for v in (CLAY, LIGHT_ORE))
    return mixture.product_classes(prices, clay, ore), said


def _year(case: Case, year: int, row: Any, base: pd.Series, licensed: Licensed, seed: int) -> Watched:
    said = ""
    try:
        classes, said = _classes(case, year)
        answer: Posterior | str = mixture.posterior(_flow(row, base, licensed), classes, seed)
    except (InputError, NotConverged) as error:
        answer = f"not known: {error}"
    z_ratio, z_volume = (None if np.isnan(row[z]) else float(row[z]) for z in ("z_ratio", "z_volume"))
    quantity = float(row["quantity_t_gross"])
    return Watched(year, bool(row["flagged"]), bool(row["judged"]), quantity, z_ratio, z_volume, answer, said)


def _limits(
    case: Case, year: int, row: Any, base: pd.Series, licensed: Licensed, seed: int
) -> tuple[dict[float, float], dict[str, float]]:
    try:
        classes, _ = _classes(case, year)
        flow = _flow(row, base, licensed)
    except InputError:
        return {}, {}
    return mixture.power(flow, classes, POWER_SIZES_T_GROSS, seed=seed), mixture.worlds(flow, classes, seed=seed)


def _lines(files: Sequence[FlowFile], exporter: str, partner: str) -> tuple[dict[str, float], dict[str, float]]:
    """Imports as the partner reports them and exports as the exporter does, by period. [t gross]"""
    imports: dict[str, float] = defaultdict(float)
    exports: dict[str, float] = defaultdict(float)
    for row in (row for file in files for row in file.rows):
        if not row.hs.startswith("284690") or row.weight_t_gross is None or row.basis == "reconciled":
            continue
        if (row.reporter, row.flow, row.partner) == (partner, "M", exporter):
            imports[row.period] += float(row.weight_t_gross)
        elif (row.reporter, row.flow, row.partner) == (exporter, "X", partner):
            exports[row.period] += float(row.weight_t_gross)
    return dict(imports), dict(exports)


def _monthly_mirror(files: Sequence[FlowFile], exporter: str, partner: str) -> tuple[float, float, float] | None:
    imports, exports = _lines(files, exporter, partner)
    common = set(imports) & set(exports)
    if not common:
        return None
    return leaks.mirror_gap(imports, exports, 1 if all(len(p) == 7 for p in common) else 0)


def _yearly_mirror(files: Sequence[FlowFile], exporter: str, partner: str, year: int) -> dict[str, float] | None:
    imports, exports = _lines(files, exporter, partner)
    common = [p for p in set(imports) & set(exports) if p.startswith(str(year))]
    if not common:
        return None
    return {
        "partner_imports_t_gross": sum(imports[p] for p in common),
        "own_exports_t_gross": sum(exports[p] for p in common),
    }
