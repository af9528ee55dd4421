"""The base year as a page: what is observed, what the balances made of it, what had to be assumed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadolin.market.equilibrium import Equilibrium, solve
from gadolin.market.world import World

__all__ = ["BaseYear"]

SHOWN = ("oxide:Nd", "oxide:Dy", "oxide:Tb", "oxide:Y", "magnet:N", "magnet:H")


@dataclass(frozen=True)
class BaseYear:
    """A calibrated world as text, table and JSON.

    Args:
        world: The world.
        assumed: Whether the text lists every assumption, prior, fact and quantity.
        priors: Priors of the world, one line each.
    """

    world: World
    assumed: bool = False
    priors: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """The facts, or the prices of a world that was not calibrated."""
        calibration = self.world.calibration
        return solve(self.world).prices() if calibration is None else calibration.facts

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: calibration and base equilibrium."""
        calibration = self.world.calibration
        return {
            "year": self.world.year,
            "calibration": None if calibration is None else calibration.as_dict(),
            "priors": list(self.priors),
            "equilibrium": solve(self.world).as_dict(),
        }

    def __str__(self) -> str:
        base = solve(self.world)
        lines = [str(self.world), *_price_lines(base)]
        calibration = self.world.calibration
        if self.assumed and calibration is not None:
            lines += ["", "What had to be assumed", *(f"  {text}" for text in calibration.assumptions)]
            lines += ["", "Priors", *(f"  {text}" for text in self.priors), "", "Facts"]
            for fact in calibration.facts.itertuples():
                kind = "observed" if fact.observed else "assumed"
                lines.append(
                    f"  {kind:8} {fact.name_}: {fact.value_kt_product:.4g} (sigma {fact.sigma:.2g}), "
                    f"reconciled {fact.reconciled_kt_product:.4g}, {fact.residual_sigma:+.1f} sigma"
                )
            lines += ["", "Base quantities, kt a year (flows and sigmas of the rest: --json)"]
            named = {p.name for p in self.world.processes} | {d.name for d in self.world.demands}
            for row in calibration.quantities.itertuples():
                if row.quantity in named:
                    lines.append(
                        f"  {row.status:10} {row.quantity}: {row.reconciled_kt_product:.4g} "
                        f"(sigma {row.sigma_kt_product:.2g})"
                    )
        return "\n".join(lines)


def _price_lines(base: Equilibrium) -> list[str]:
    """Prices of the base year in three regions."""
    regions = [r for r in ("CHN", "JPN", "USA") if r in base.world.regions]
    lines = [f"Prices {base.year}, USD/kg without tax: " + ", ".join(regions)]
    for good in SHOWN:
        found = [(r, good) for r in regions if (r, good) in base.program.node_index]
        if found:
            lines.append(f"  {good:10} " + "  ".join(f"{base.price(*node):8.1f}" for node in found))
    return lines
