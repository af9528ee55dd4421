"""Figures of separation: the flowsheet of a plant, from the ore to its products."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gadolin.figures.flowsheet import Flowsheet
from gadolin.figures.grammar import Figure
from gadolin.figures.language import Told
from gadolin.figures.rows_behind import worded
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
    blocks = {PURIFY: Told("Purification"), FINISH: "", "": ""}
    data = worded(
        {
            "source": [_block(str(s), blocks) for s in frame["source"]],
            "target": [_block(str(t), blocks) for t in frame["target"]],
            "stream": [_stream(str(s), t == FINISH) for s, t in zip(frame["stream"], frame["target"], strict=True)],
            "value": list(frame["t_reo_per_year"]),
            "basis": [made.plan.feed.basis] * len(frame),
        }
    )
    stages = made.stages
    return Figure(
        id=key,
        finding=Told(
            "{ore}: {cuts} cuts of {stages} mixer-settlers give {products}",
            ore=ore or made.plan.feed.name,
            cuts=f"{len(made.plan.steps)}",
            stages=format_range(stages.value or 0, stages.low, stages.high),
            products=[str(r["product"]) for r in made.train.table().to_dict("records") if r["wanted"]],
        ),
        unit=Told("t REO per year in each stream, sequence {name}", name=made.plan.name),
        data=data,
        marks=Flowsheet(value_title="t REO per year"),
        refs=made.plant.refs,
        note="Sharp cuts choose the order; profiles at constant factors.",
    )


def _block(name: str, known: Mapping[str, str]) -> str:
    """A block as the drawing names it: `Cut Dy|Ho, PC88A` is told, so that any language can say it."""
    if name in known:
        return known[name]
    cut = name.removeprefix("Cut ")
    return Told("Cut {cut}", cut=cut) if cut != name else name


def _stream(name: str, finished: bool) -> str:
    """A stream; a liquor that leaves the last cut goes to precipitation."""
    what = name.removesuffix(" liquor")
    if finished:
        return Told("{what} to precipitation", what=what)
    return Told("{what} liquor", what=what) if what != name else Told(name)
