"""Solved profile of a cascade at level L1 or L2, with the proof that it is solved: residual and closure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from gadolin.separation.strip import Strip

UNITS = {"Profile.residual": "-", "Profile.closure": "-"}


@dataclass(frozen=True)
class Profile:
    """Stage profile of a solved cascade.

    Args:
        level: L1 or L2.
        symbols: Elements, least extracted first.
        frame: One row per stage, units in the column names; stage 1 is the raffinate end.
        raffinate: Amounts leaving with the raffinate. [element]
        organic: Amounts leaving with the organic product. [element]
        amount_unit: Unit of these amounts.
        reached: Purity (oxide mass) and recovery of both products. [share]
        residual: Largest scaled residual over every element and stage.
        closure: Largest scaled error of the balances.
        newton_steps: Newton steps used.
        title: What was solved.
        limits: What the level leaves out.
        notes: What a reader must know.
        bill: Reagents, salt and water per tonne of REO (L2).
        medium: What must be said first about the medium of the constants; empty where it is theirs.
        strip: Solved strip of the organic product (L2); None where it could not be solved.
    """

    level: str
    symbols: tuple[str, ...]
    frame: pd.DataFrame
    raffinate: np.ndarray
    organic: np.ndarray
    amount_unit: str
    reached: Mapping[str, float]
    residual: float
    closure: float
    newton_steps: int
    title: str
    limits: str
    notes: tuple[str, ...] = field(default=())
    bill: pd.DataFrame | None = None
    medium: str = ""
    strip: Strip | None = None

    def table(self) -> pd.DataFrame:
        """The stages."""
        return self.frame

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "level": self.level,
            "title": self.title,
            "stages": self.frame.reset_index().to_dict("records"),
            "products": {
                "raffinate": dict(zip(self.symbols, map(float, self.raffinate), strict=True)),
                "organic": dict(zip(self.symbols, map(float, self.organic), strict=True)),
                "unit": self.amount_unit,
            },
            "reached": dict(self.reached),
            "residual": self.residual,
            "closure": self.closure,
            "limits": self.limits,
            "medium_note": self.medium,
            "notes": list(self.notes),
            "strip": None if self.strip is None else self.strip.as_dict(),
            "reagents": None if self.bill is None else plain_rows(self.bill),
        }

    def __str__(self) -> str:
        got = self.reached
        lines = [
            f"{self.title}, level {self.level}" + (f"; {self.medium}" if self.medium else ""),
            f"  stages     {len(self.frame)}",
            f"  raffinate  {100 * got['light_purity_share']:.4f} % pure (oxide mass), "
            f"recovery {100 * got['light_recovery_share']:.3f} %",
            f"  organic    {100 * got['heavy_purity_share']:.4f} % pure (oxide mass), "
            f"recovery {100 * got['heavy_recovery_share']:.3f} %",
        ]
        if "ph" in self.frame:
            lines.append(
                f"  pH         {self.frame['ph'].iloc[0]:.2f} at stage 1, {self.frame['ph'].iloc[-1]:.2f} at the last"
            )
        if self.strip is not None:
            lines.append(f"  strip      {self.strip}")
        if self.bill is not None:
            tonnes = self.bill[self.bill["item"] != "water"].groupby("item", sort=False)["t_per_t_reo"].sum()
            lines.append("  reagents   " + ", ".join(f"{n} {t:.2f}" for n, t in tonnes.items()) + " t/t REO fed")
        lines += [f"  note       {note}" for note in self.notes[:4]]
        lines.append(f"  closure    {self.closure:.0e}, residual {self.residual:.0e}, {self.newton_steps} Newton steps")
        lines.append(f"  limits     {self.limits}")
        return "\n".join(lines)


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values; what is not known is None.

    Args:
        frame: Any table.
    """
    return [
        {str(k): None if isinstance(v, float) and np.isnan(v) else v for k, v in r.items()}
        for r in frame.to_dict("records")
    ]
