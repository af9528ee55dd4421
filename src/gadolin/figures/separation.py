"""Figures of separation: the flowsheet of a plant, from the ore to its products."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gadolin.figures.flowsheet import Flowsheet
from gadolin.figures.grammar import Figure
from gadolin.quantity import format_range

if TYPE_CHECKING:
    from gadolin import separation

__all__ = ["flowsheet_figure"]


def flowsheet_figure(made: separation.Flowsheet, key: str = "flowsheet", ore: str = "") -> Figure:
    """Blocks and streams of a plant with the stream table. [t REO per year]

    Products are drawn as liquors that leave the cuts; what precipitation and calcination lose, and impurities,
    are in the CSV.

    Args:
        made: A designed plant.
        key: Id of the figure; unique on a page.
        ore: Name of the ore that is fed; the feed's own name when it is empty.
    """
    from gadolin.separation.flowsheet import FINISH, NOT_FOLLOWED, PURIFY

    frame = made.streams()
    frame = frame[(frame["source"] != FINISH) & (frame["stream"] != NOT_FOLLOWED)]
    short = {PURIFY: "Purification"}
    rows = []
    for row in frame.to_dict("records"):
        target = "" if row["target"] == FINISH else short.get(str(row["target"]), str(row["target"]))
        name = str(row["stream"])
        if row["target"] == FINISH:
            name = name.removesuffix(" liquor") + " to precipitation"
        source = short.get(str(row["source"]), str(row["source"]))
        rows.append((source, target, name, row["t_reo_per_year"], made.plan.feed.basis))
    stages = made.stages
    return Figure(
        id=key,
        finding=f"{ore or made.plan.feed.name}: {len(made.plan.steps)} cuts of "
        f"{format_range(stages.value or 0, stages.low, stages.high)} mixer-settlers give {_wanted(made)}",
        unit="t REO per year in each stream, sequence " + made.plan.name,
        data=pd.DataFrame(rows, columns=["source", "target", "stream", "value", "basis"]),
        marks=Flowsheet(value_title="t REO per year"),
        refs=made.plant.refs,
        note="Sharp cuts choose the order; profiles at constant factors.",
    )


def _wanted(made: separation.Flowsheet) -> str:
    names = [str(r["product"]) for r in made.train.table().to_dict("records") if r["wanted"]]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
