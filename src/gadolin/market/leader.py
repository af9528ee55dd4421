"""What an export policy of a dominant state pays its author and costs the others: a table, no prediction.

Each policy (stage, targets, depth, duration) is solved as a year; against the same year without it stand the author's
export revenue, what its own users and producers lose or gain, and what each other region loses. A static optimum is not
computed: with short-run elasticities of 0.2 a revenue maximiser always cuts hard, which China did not do, so what it
aims at is not in the market.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadolin.errors import Fault, InputError
from gadolin.market.equilibrium import Equilibrium, solve
from gadolin.market.measures import ExportBan
from gadolin.market.program import State
from gadolin.market.world import World

__all__ = ["Payoffs", "conduct_ceiling", "payoffs"]

STAGE_GOODS: dict[str, tuple[str, ...]] = {
    "cracking_leaching": ("mixed_carbonate",),
    "separation": ("oxide",),
    "metal": ("metal",),
    "magnet": ("magnet",),
}
"""What leaves each stage."""


@dataclass(frozen=True)
class Payoffs:
    """Payoff table of export policies.

    Args:
        actor: Whose policies.
        table_: One row per policy: stage, targets, depth, months, change of export revenue, of the actor's users, of
            its producers and traders, loss of each other region. [million USD per year]
    """

    actor: str
    table_: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """The rows."""
        return self.table_

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"actor": self.actor, "policies": self.table_.to_dict("records")}

    def __str__(self) -> str:
        lines = [f"What export policies pay {self.actor} and cost others (million USD per year)"]
        for row in self.table_.sort_values("others_lose_musd", ascending=False).head(8).to_dict("records"):
            lines.append(
                f"  {row['stage']:18} to {row['targets']:12} {100 * row['depth_share']:3.0f} %  others lose "
                f"{row['others_lose_musd']:,.0f}, own revenue {row['revenue_change_musd']:+,.0f}"
            )
        lines.append("  limits     one year, no retaliation, no entry; not a prediction of what is chosen")
        return "\n".join(lines)


def payoffs(
    world: World,
    actor: str,
    targets: Sequence[tuple[str, ...]] = ((),),
    stages: Sequence[str] = tuple(STAGE_GOODS),
    depths: Sequence[float] = (0.25, 0.5, 0.75, 1.0),
    months: Sequence[int] = (12,),
    elements: tuple[str, ...] = (),
    state: State | None = None,
) -> Payoffs:
    """Payoff of each export policy on a grid.

    Args:
        world: The market.
        actor: Region whose exports are cut.
        targets: Sets of regions; the empty set means everyone.
        stages: Stages whose product is cut.
        depths: Share of the flow cut. [share]
        months: Duration within the year, 1 to 12. [months]
        elements: Elements; all when empty.
        state: Year; the base year when None.

    Raises:
        InputError: A stage whose product is not traded, months outside 1 to 12.
    """
    faults = [
        Fault(f"is none of {', '.join(STAGE_GOODS)}", field="stages", value=s) for s in stages if s not in STAGE_GOODS
    ]
    faults += [Fault("must lie in 1 to 12", field="months", value=m) for m in months if not 1 <= m <= 12]
    if faults:
        raise InputError(faults)
    free = solve(world, (), state)
    before = free.surplus()
    rows: list[dict[str, Any]] = []
    for stage in stages:
        for aimed in targets:
            for depth in depths:
                for count in months:
                    ban = ExportBan(
                        actor=actor, targets=aimed, goods=STAGE_GOODS[stage], elements=elements,
                        depth_share=depth * count / 12,
                    )  # fmt: skip
                    after = solve(world, (ban,), state)
                    rows.append(
                        {"stage": stage, "targets": ",".join(aimed) or "all", "depth_share": depth, "months": count}
                        | _changes(actor, free, before, after)
                    )
    return Payoffs(actor, pd.DataFrame(rows))


def _changes(actor: str, free: Equilibrium, before: pd.DataFrame, after: Equilibrium) -> dict[str, float]:
    """Changes of revenue and surplus between two equilibria. [million USD]"""
    change = after.surplus() - before
    own = change.loc[actor]
    others = change.drop(index=actor).sum(axis=1)
    return {
        "revenue_change_musd": after.export_revenue_musd(actor) - free.export_revenue_musd(actor),
        "own_users_musd": float(own.get("users", 0.0)),
        "own_makers_musd": float(own.drop("users", errors="ignore").sum()),
        "others_lose_musd": float(-others.sum()),
    } | {f"{region}_loses_musd": float(-value) for region, value in others.items()}


def conduct_ceiling(world: World, seller: str, good: str) -> float:
    """Largest conduct for which a static market-power price exists: elasticity over the seller's share. [-]

    A solution needs theta x share < |elasticity|; above it a seller with these short-run elasticities would raise the
    price without end.

    Args:
        world: The market, with base flows.
        seller: Region.
        good: Good sold.

    Raises:
        InputError: The good is not sold abroad in the base year.
    """
    flows = [(r.origin, r.base_kt or 0.0) for r in world.routes if r.good == good]
    total = sum(v for _, v in flows)
    ours = sum(v for origin, v in flows if origin == seller)
    if ours <= 0:
        raise InputError(f"{seller} sells no {good} abroad in {world.year}")
    users = [d for d in world.demands if d.good == good and d.region != seller and d.base_kt]
    weight = sum(d.base_kt or 0.0 for d in users)
    elasticity = sum(abs(d.elasticity) * (d.base_kt or 0.0) for d in users) / weight if weight else float("nan")
    return elasticity / (ours / total)
