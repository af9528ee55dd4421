"""A study's figures as plain numbers, what is usual to hold them against, and what is said about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gadolin.economics.studies import is_number

__all__ = ["DOUBTFUL", "IMPOSSIBLE", "MISSING", "Flag", "Ranges", "Sheet"]

KG_PER_T, MILLION = 1000.0, 1e6
IMPOSSIBLE, DOUBTFUL, MISSING = "impossible", "doubtful", "missing"


@dataclass(frozen=True)
class Ranges:
    """What is usual, from the atlas; None leaves a check out.

    Args:
        capex_usd_per_t_low: Lowest reported capital per tonne of yearly output. [USD per t]
        capex_usd_per_t_high: Highest.
        world_t_reo_per_year: What the whole world mines. [t REO per year]
        price_usd_per_kg_high: Dearest rare-earth product that was ever quoted. [USD/kg]
        per_usd: Units of the study's currency per USD.
    """

    capex_usd_per_t_low: float | None = None
    capex_usd_per_t_high: float | None = None
    price_usd_per_kg_high: float | None = None
    per_usd: Mapping[str, float] | None = None
    world_t_reo_per_year: float | None = None


@dataclass(frozen=True)
class Flag:
    """One thing that does not add up.

    Args:
        severity: impossible, doubtful or missing.
        what: The figures and why they do not fit, one sentence.
        fields: The fields compared.
    """

    severity: str
    what: str
    fields: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.severity:10} {self.what}"


def _table(value: Any) -> Mapping[str, Any]:
    """A table with text keys; anything else is an empty one."""
    return {str(k): v for k, v in value.items()} if isinstance(value, Mapping) else {}


class Sheet:
    """The figures of a record as plain numbers."""

    def __init__(self, record: Mapping[str, Any], ranges: Ranges) -> None:
        self.inputs: Mapping[str, Any] = _table(record.get("inputs"))
        self.reported: Mapping[str, Any] = _table(record.get("reported"))
        self.currency = str(record.get("currency") or "")
        self.ranges = ranges

    def get(self, name: str) -> float | None:
        """A single number; None when absent, given by period, or no number."""
        value = self.inputs.get(name, self.reported.get(name))
        return float(value) if is_number(value) else None

    def most(self, name: str) -> float | None:
        """The largest number of a figure that may be given by period."""
        value = self.inputs.get(name)
        if isinstance(value, Mapping):
            numbers = [float(v) for v in value.values() if is_number(v)]
            return max(numbers) if numbers else None
        return self.get(name)

    def usd(self, amount: float) -> float | None:
        """An amount in USD, when the rate is known."""
        if self.currency == "USD":
            return amount
        rate = (self.ranges.per_usd or {}).get(self.currency)
        return None if rate is None else amount / rate
