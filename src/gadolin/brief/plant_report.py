"""The text of `gadolin plant`: the appraisal, then every input with range, basis and ref, then the limits."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gadolin.economics.appraisal import Appraisal
from gadolin.economics.incentives import IncentiveEffect
from gadolin.errors import Fault, InputError
from gadolin.quantity import Quantity, format_range

__all__ = ["Comparison", "parse_changes", "text"]

_REFS_SHOWN = 3


def parse_changes(changes: Iterable[str]) -> dict[str, float]:
    """`KEY=VALUE` pairs as numbers.

    Raises:
        InputError: A pair without `=`, a value that is no finite number, a key given twice; all are named.

    >>> parse_changes(["price:NdPr=110", "output=0.8"])
    {'price:NdPr': 110.0, 'output': 0.8}
    """
    found: dict[str, float] = {}
    faults = []
    for change in changes:
        key, equals, text = change.rpartition("=")
        if not equals or not key:
            faults.append(Fault("must be KEY=VALUE", field="--set", value=change))
            continue
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            faults.append(Fault("the value must be a number with a decimal point", field="--set", value=change))
        elif key in found:
            faults.append(Fault(f"{key} is set twice; keep one", field="--set", value=change))
        found[key] = value
    if faults:
        raise InputError(faults)
    return found


def _range(q: Quantity) -> str:
    return str(q) if q.value is None else format_range(q.value, q.low, q.high, q.unit)


def _refs(q: Quantity) -> str:
    """The first refs of an input; `--json` holds all."""
    shown = ", ".join(q.refs[:_REFS_SHOWN]) or "no ref"
    more = len(q.refs) - _REFS_SHOWN
    return shown + (f" and {more} more" if more > 0 else "")


def text(found: Appraisal) -> str:
    """The report as text.

    Args:
        found: An appraisal.
    """
    swings = {bar.key: bar.swing_local_m for bar in found.bars}
    lines = [str(found), "", "Inputs, by what their range does to the company's NPV"]
    ordered = sorted(found.inputs.items(), key=lambda pair: -swings.get(pair[0], 0.0))
    for key, q in ordered:
        said = f" [{q.reason}]" if q.reason else ""
        refs = _refs(q)
        lines.append(f"  {key}: {_range(q)}; swing {swings.get(key, 0.0):,.0f}; {q.basis}; {refs}{said}")
    lines += ["", "Break-even of the company's NPV, one input at a time"]
    for key, value in found.break_evens.items():
        q = found.inputs[key]
        none = "none up to 1" if q.unit.startswith("share") else "none up to ten times its value"
        at = none if value is None else f"{value:,.4g} {q.unit}"
        lines.append(f"  {key}: {at} (now {_range(q)})")
    if found.gaps:
        lines += ["", "Worth of knowing better (million ringgit): to the state, to the company, before deciding"]
        for gap in found.gaps[:8]:
            lines.append(
                f"  {gap.key}: {gap.state_swing_local_m:,.0f}, {gap.company_swing_local_m:,.0f}, "
                f"{gap.company_worth_local_m:,.1f} ({gap.input.basis})"
            )
    if found.limits:
        lines += ["", "Limits", *(f"  {limit}" for limit in found.limits)]
    return "\n".join(lines)


@dataclass(frozen=True)
class Comparison:
    """Packages of incentives for one plant, as a table.

    Args:
        plant: Id of the plant.
        currency: Currency of the amounts.
        effects: One per package.
        limits: What the figures do not hold.
    """

    plant: str
    currency: str
    effects: tuple[IncentiveEffect, ...]
    limits: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "plant": self.plant,
            "currency": self.currency,
            "packages": [effect.as_dict() for effect in self.effects],
            "limits": list(self.limits),
        }

    def __str__(self) -> str:
        head = f"Incentives for {self.plant}, each alone against none; NPV in million {self.currency}"
        if not self.effects:
            return f"{head}\n  none is open on that day for this stage"
        columns = f"  {'package':54} {'public cost':>11} {'per t':>8} {'per job':>9} {'pays: without':>14} {'with':>6}"
        lines = [head, columns]
        for e in self.effects:
            job = "-" if e.public_cost_per_job is None else f"{e.public_cost_per_job:,.0f}"
            lines.append(
                f"  {e.name[:54]:54} {e.public_cost_local_m:11,.2f} {e.public_cost_per_t:8,.0f} {job:>9} "
                f"{100 * e.positive_without_share:12.0f} % {100 * e.positive_with_share:4.0f} %"
                + ("  decides" if e.decides else "")
            )
        lines.append("  pays: share of draws in which the company's NPV is above 0. What is forgone counts only if the")
        lines.append(
            "  plant would be built without it; a plant that never pays tax gains nothing from a tax incentive."
        )
        return "\n".join([*lines, *(f"  {limit}" for limit in self.limits)])
