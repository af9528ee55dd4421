"""What every reader of trade statistics gives: one row per flow with its weight basis, and all it noticed.

Weight bases: reported, estimated (by the publisher from a value: never for a unit-value test), reconciled (BACI),
missing (unknown, never zero), ask (two readings; the candidates are shown and nothing is chosen).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import median
from typing import Any

import pandas as pd

from gadolin.atlas.formats.text import Warn

__all__ = ["FlowFile", "FlowRow", "Notes", "ask_suspects", "weigh"]

VALUE_KEYS = ("value_usd", "value_kusd", "value_eur", "value_cny", "value_myr", "value_kjpy", "value_thb")
_THOUSAND_LOW, _THOUSAND_HIGH = Decimal(500), Decimal(2000)
_UNIT_VALUE_FACTOR = Decimal(100)


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One flow of one period.

    Args:
        period: `2023`, `2023-01` or `2024-01/2024-06`.
        reporter: ISO3 of who reports (of the exporter for BACI); `EU27_2020` for the union.
        flow: M import, X export.
        partner: ISO3.
        hs: Tariff code, digits.
        weight_t_gross: Net weight of the goods as reported. [t]
        basis: Basis of the weight.
        value: Value in the currency of `value_key`.
        value_key: One of `VALUE_KEYS`.
        lines: Lines it was read from.
        candidates: Two readings of the weight, when it is asked. [t]
        note: Remark.
    """

    period: str
    reporter: str
    flow: str | None
    partner: str
    hs: str
    weight_t_gross: Decimal | None
    basis: str
    value: Decimal | None
    value_key: str
    lines: tuple[int, ...] = ()
    candidates: tuple[Decimal, ...] = ()
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        record: dict[str, Any] = {
            "period": self.period,
            "reporter": self.reporter,
            "flow": self.flow,
            "partner": self.partner,
            "hs": self.hs,
            "tonnes": None if self.weight_t_gross is None else float(self.weight_t_gross),
            "basis": self.basis,
            self.value_key: None if self.value is None else float(self.value),
            "lines": list(self.lines),
        }
        if self.candidates:
            record["candidates"] = [float(c) for c in self.candidates]
        if self.note:
            record["note"] = self.note
        return record


@dataclass
class Notes:
    """Collects warnings by code."""

    found: dict[str, tuple[list[int], str]] = field(default_factory=dict)

    def add(self, code: str, lines: int | Iterable[int] = (), why: str = "") -> None:
        """Note something on a line or on several."""
        known, _ = self.found.setdefault(code, ([], why))
        known += [lines] if isinstance(lines, int) else list(lines)

    def warnings(self) -> tuple[Warn, ...]:
        """All that was noted, each line once."""
        return tuple(Warn(code, tuple(sorted(set(lines))), why) for code, (lines, why) in self.found.items())


@dataclass(frozen=True)
class FlowFile:
    """A file of trade statistics as read.

    Args:
        form: Name of the format.
        read_as: Encoding, delimiter, decimal sign and the like.
        rows_read: Data rows in the file.
        rows: Flows.
        warnings: What was noticed, with lines.
        checks: Totals of the file beside the sum of the rows.
    """

    form: str
    read_as: dict[str, str]
    rows_read: int
    rows: tuple[FlowRow, ...]
    warnings: tuple[Warn, ...]
    checks: dict[str, Any] = field(default_factory=dict)

    def table(self) -> pd.DataFrame:
        """The flows as a table."""
        return pd.DataFrame([row.as_dict() for row in self.rows])

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "format": self.form,
            "read_as": self.read_as,
            "rows": self.rows_read,
            "answers": [row.as_dict() for row in self.rows],
            "warnings": [w.as_dict() for w in self.warnings],
            "checks": self.checks,
        }

    def __str__(self) -> str:
        bases = pd.Series([row.basis for row in self.rows]).value_counts().to_dict() if self.rows else {}
        said = ", ".join(f"{w.code} ({len(w.lines) or 'file'})" for w in self.warnings)
        periods = sorted({row.period for row in self.rows})
        span = f"{periods[0]} to {periods[-1]}" if periods else "no period"
        return (
            f"{self.form}: {self.rows_read} rows read, {len(self.rows)} flows, {span}\n"
            f"  weights    {', '.join(f'{n} {b}' for b, n in bases.items())}\n"
            f"  noticed    {said or 'nothing'}"
        )


def weigh(
    net_kg: Decimal | None,
    estimated: bool,
    quantity_kg: Decimal | None,
    quantity_estimated: bool,
    value: Decimal | None,
) -> tuple[Decimal | None, str, str, tuple[Decimal, ...]]:
    """Weight, basis, warning code and candidates from net weight and a quantity in kilograms.

    Args:
        net_kg: Net weight; blank or 0 beside a value is missing. [kg]
        estimated: The publisher estimated it.
        quantity_kg: Quantity, if its unit is a mass. [kg]
        quantity_estimated: The publisher estimated it.
        value: Value of the row.

    >>> weigh(Decimal(700), False, Decimal(700000), False, Decimal(1))[3]
    (Decimal('0.700'), Decimal('700.000'))
    """
    kilo = Decimal("0.001")
    if net_kg and quantity_kg:
        ratio = max(net_kg, quantity_kg) / min(net_kg, quantity_kg)
        if _THOUSAND_LOW <= ratio <= _THOUSAND_HIGH:
            return None, "ask", "UNIT_SUSPECT", (min(net_kg, quantity_kg) * kilo, max(net_kg, quantity_kg) * kilo)
    if net_kg:
        return net_kg * kilo, "estimated" if estimated else "reported", "WEIGHT_ESTIMATED" if estimated else "", ()
    if quantity_kg:
        return quantity_kg * kilo, "estimated" if quantity_estimated else "reported", "WEIGHT_FROM_QTY", ()
    if net_kg == 0 and not value:
        return Decimal(0), "reported", "", ()
    return None, "missing", "WEIGHT_MISSING", ()


def ask_suspects(rows: Sequence[FlowRow], notes: Notes) -> tuple[FlowRow, ...]:
    """Rows whose unit value is off by more than 100 from the others of their code are asked, not believed."""
    from dataclasses import replace

    checked = []
    for row in rows:
        others = [
            r.value / r.weight_t_gross
            for r in rows
            if r is not row and r.hs == row.hs and r.basis == "reported" and r.weight_t_gross and r.value
        ]
        if row.basis == "reported" and row.weight_t_gross and row.value and len(others) >= 3:
            ratio = row.value / row.weight_t_gross / median(others)
            if ratio > _UNIT_VALUE_FACTOR or ratio < 1 / _UNIT_VALUE_FACTOR:
                other = row.weight_t_gross * (1000 if ratio > 1 else Decimal("0.001"))
                both = tuple(sorted((row.weight_t_gross, other)))
                notes.add("UNIT_SUSPECT", row.lines, "unit value off by more than 100 from the other rows")
                row = replace(row, weight_t_gross=None, basis="ask", candidates=both)
        checked.append(row)
    return tuple(checked)
