"""Separation designs that strategies need in some futures, made before these are shared out.

A design takes seconds and is kept; processes that meet the same one together would each make it.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from gadolin import fanout
from gadolin.case.load import unpacked
from gadolin.case.schema import Strategy
from gadolin.errors import GadolinError
from gadolin.strategy.choices import project
from gadolin.strategy.futures import HomeFuture

if TYPE_CHECKING:
    from gadolin.case import Case

__all__ = ["make_designs"]

Wanted = tuple[str, str, str | None]
"""Plant, composition of its ore (empty for its own) and extractant (None for the plant's own design)."""


def make_designs(
    case: Case, strategies: Iterable[Strategy], futures: Sequence[HomeFuture], workers: int | str | None
) -> None:
    """Make the design of every plant on every ore it meets, each once, and keep it.

    Args:
        case: The case.
        strategies: Whose plants.
        futures: Which ores.
        workers: Processes; changes no result.
    """
    entries = {p.id: p for p in case.settings.plants}
    ores = ("", *dict.fromkeys(f.own_ore for f in futures if f.own_ore))
    wanted: dict[Wanted, None] = {}
    for choice in (c for s in strategies for c in s.plants):
        entry = entries.get(choice.plant)
        if entry is not None and (choice.design is not None or entry.design is not None):
            wanted |= {(entry.id, ore if entry.feed else "", choice.design): None for ore in ores}
    fanout.over(functools.partial(_make, case.packed()), list(wanted), workers)


def _make(case: bytes, wanted: Wanted, seed: int) -> None:
    plant, ore, design = wanted
    with contextlib.suppress(GadolinError):  # who needs this design says why there is none
        project(unpacked(case), plant, ore, design)
