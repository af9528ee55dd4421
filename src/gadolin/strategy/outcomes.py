"""What comes out of a strategy in a future: one list of measures, and how each follows from tonnes and cash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from gadolin.economics import Ledger

if TYPE_CHECKING:
    from gadolin.strategy.feasible import Feasibility
    from gadolin.strategy.prices import PricePath

__all__ = ["MEASURES", "Measure", "Outcome"]


@dataclass(frozen=True)
class Measure:
    """One measure.

    Args:
        name: Name of its column.
        unit: Printed unit.
        better: Which way is better; `none` where neither is.
        definition: How it is made.
        words: How it is printed.
        room: Rooms whose results it stands on.
        absent: What it means when there is no value.
    """

    name: str
    unit: str
    better: Literal["more", "less", "earlier", "none"]
    definition: str
    words: str
    room: str
    absent: str = "does not happen"


_KEPT = (
    "present value to the case's first year, at its discount rate, of the cash of federal and state governments and of "
    "all companies after foreign owners' shares, and of wages; wages are counted whole, not over what people would "
    "earn elsewhere"
)

_SHARES = "derived for separation and cracking, an estimate for plants of another stage"
_NO_SKILLS = "shares by skill were not known at the date"
_NO_RESIDUE = "not known: no running plant has a figure"

MEASURES: tuple[Measure, ...] = (
    Measure("value_kept_musd", "million USD", "more", _KEPT, "value kept in the country", "economics, market"),
    Measure("companies_musd", "million USD", "more", "present value of companies after foreign owners' shares",
            "companies, home shares", "economics, market"),
    Measure("federal_musd", "million USD", "more", "present value of the federal government's cash, programmes paid",
            "federal government", "economics, market"),
    Measure("states_musd", "million USD", "more", "present value of royalties and of shares that states hold",
            "all states", "economics, market"),
    Measure("wages_musd", "million USD", "more", "present value of wages", "wages", "economics"),
    Measure("partners_musd", "million USD", "none", "present value of cash of foreign partners: shares of profit, and "
            "fees of hosts before their own cost", "foreign partners", "economics, market"),
    Measure("public_cost_musd", "million USD", "less", "present value of research, training, stocks, grants and of tax "
            "given up for incentives", "public cost", "economics"),
    Measure("jobs_persons", "persons", "more", "staff of running plants in the case's last year", "jobs", "economics"),
    Measure("graduates_persons", "persons", "more", "graduates among them: as planned at Gebeng (skills SK-01, SK-02); "
            + _SHARES, "graduates", "atlas", _NO_SKILLS),
    Measure("skilled_persons", "persons", "more", "other skilled staff among them: as planned at Gebeng (skills SK-01, "
            "SK-02); " + _SHARES, "other skilled staff", "atlas", _NO_SKILLS),
    Measure("contractors_persons", "persons", "more", "contractors beside them: from the plan for Gebeng (skills "
            "SK-01, SK-03) to what its staff said in 2023 (SK-12, SK-13), the geometric middle between; " + _SHARES,
            "contractors beside the staff", "atlas", _NO_SKILLS),
    Measure("experts_persons", "persons", "none", "experts from abroad among them: as planned at Gebeng (SK-01, "
            "SK-04), up to the share of its staff that was not Malaysian (SK-09, SK-10); " + _SHARES,
            "experts from abroad", "atlas", _NO_SKILLS),
    Measure("raw_t_reo_per_year", "t REO per year", "less", "carbonate that leaves raw in the case's last year",
            "leaves raw", "strategy"),
    Measure("oxide_t_reo_per_year", "t REO per year", "more", "oxides separated at home in the case's last year",
            "separated at home", "strategy"),
    Measure("metal_t_element_per_year", "t element per year", "more", "metal made at home in the case's last year",
            "metal", "strategy"),
    Measure("magnet_t_element_per_year", "t element per year", "more",
            "rare earths in magnets made at home in the case's last year", "in magnets", "strategy"),
    Measure("processed_share", "share", "more", "ore separated at home over ore mined, over the case's years",
            "own ore processed at home", "strategy", "no ore is mined"),
    Measure("largest_partner_share", "share", "less", "largest part of the rare earths sold at any stage that comes "
            "from plants leaning on one country, over the case's years", "leans on one partner", "strategy",
            "nothing is sold"),
    Measure("cut_off_loss_musd", "million USD", "less", "value kept that is lost when the partner that matters most "
            "leaves for good in the middle of the case's years", "lost when a partner leaves", "economics, market"),
    Measure("residue_t_element", "t element", "less", "rare earths that end in nothing sold over the case's years: "
            "lost in a plant, or without a price anywhere", "rare earths lost or unsold", "strategy"),
    Measure("residue_t_gross", "t gross", "less", "solid residue over the case's years of the plants for which it is "
            "known: from the separation design of a plant, else from its reported figures; plants without a figure are "
            "named beside the result and not counted", "solid residue", "separation, atlas", _NO_RESIDUE),
    Measure("residue_bq_per_g", "Bq/g", "less", "activity of the most active of these residues (Th-232 or U-238, "
            "parent only); above 1 Bq/g residue needs a licence of its own", "activity of the residue",
            "separation, atlas", _NO_RESIDUE),
    Measure("separation_year", "year", "earlier", "first year in which a separation plant of the country runs",
            "first separation", "strategy"),
    Measure("technology_year", "year", "earlier", "first year in which separation is mastered: own or open technology "
            "runs, or a licensed one has run five years", "separation mastered", "strategy"),
    Measure("own_technology_year", "year", "earlier", "first year in which a plant runs on a technology of one's own",
            "own technology runs", "strategy"),
)  # fmt: skip
"""All measures, in the order they are printed. Years are missing where a thing does not happen."""

BY_NAME: dict[str, Measure] = {m.name: m for m in MEASURES}


@dataclass(frozen=True)
class Outcome:
    """A strategy in one future.

    Args:
        strategy: Id.
        future: Id.
        measures: Value by name of `MEASURES`; None for what does not happen or is not known (`Measure.absent`).
        ends: Low and high of the measures that have a range of their own in one future.
        states: Present value by state. [million USD]
        years: Tonnes, jobs and cash by year.
        ledger: Who pays whom. [million USD]
        judged: What cannot be.
        not_built: Plants that are not built in this future, with the reason.
        remarks: What must be said beside the numbers.
        refs: What it rests on.
        prices: Prices it was valued on.
    """

    strategy: str
    future: str
    measures: Mapping[str, float | None]
    ends: Mapping[str, tuple[float, float]]
    states: Mapping[str, float]
    years: pd.DataFrame
    ledger: Ledger
    judged: Feasibility
    not_built: Mapping[str, str]
    remarks: tuple[str, ...]
    refs: tuple[str, ...]
    prices: PricePath

    def table(self) -> pd.DataFrame:
        """Measures with unit and definition."""
        rows = [(m.name, self.measures[m.name], m.unit, m.better, m.room, m.definition) for m in MEASURES]
        names = ["measure", "value", "unit", "better", "room", "definition"]
        return pd.DataFrame(rows, columns=names).set_index("measure")

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "strategy": self.strategy,
            "future": self.future,
            "measures": dict(self.measures),
            "ends": {name: list(ends) for name, ends in self.ends.items()},
            "states": dict(self.states),
            "not_built": dict(self.not_built),
            "findings": [f.as_dict() for f in self.judged.findings],
            "remarks": list(self.remarks),
            "refs": list(self.refs),
        }

    def __str__(self) -> str:
        head = f"{self.strategy} in future {self.future} (one future, so no range)"
        shown = ("value_kept_musd", "public_cost_musd", "jobs_persons", "oxide_t_reo_per_year", "largest_partner_share")
        lines = [head]
        for name in shown:
            value = self.measures[name]
            text = BY_NAME[name].absent if value is None else f"{value:,.4g} {BY_NAME[name].unit}"
            lines.append(f"  {BY_NAME[name].words:28} {text}")
        lines += [f"  not built: {plant}: {why}" for plant, why in list(self.not_built.items())[:4]]
        return "\n".join(lines)
