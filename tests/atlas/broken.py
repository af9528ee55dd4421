"""Copies of shipped tables with single cells changed, for tests of the traps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from gadolin import atlas
from gadolin.atlas.schema import declared
from gadolin.errors import Fault


def faults_after(folder: Path, table: str, row: str, **cells: Any) -> list[str]:
    """What reading says about a shipped table in which some cells of one row were changed."""
    frame = atlas.table(table)
    changed = frame.astype(object)
    for column, value in cells.items():
        changed.at[row, column] = value
    path = folder / f"{table}.csv"
    declared(table).write(changed, path)
    return [str(f) for f in declared(table).check(path)]


def said_by(check: Callable[[dict[str, pd.DataFrame]], Iterable[Fault]], **frames: pd.DataFrame) -> list[str]:
    """What a rule over several tables says when some tables are replaced."""
    needed = ("countries", "deposits", "deposit_composition", "leaching", "facilities", "stage_costs")
    needed += ("processing_shares", "mine_production", "separation_factors", "product_composition")
    return [str(f) for f in check({name: atlas.table(name) for name in needed} | frames)]


def with_cells(table: str, row: str, **cells: Any) -> pd.DataFrame:
    """A shipped table with some cells of one row changed."""
    frame = atlas.table(table)
    for column, value in cells.items():
        frame.at[row, column] = value
    return frame
