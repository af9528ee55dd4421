"""What both sides of a case's workbook know: its form, its own sheets, the file of a table, cells as text."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gadolin.tables import Table

__all__ = ["FIELDS", "FILES", "FORM", "HELP", "LISTS", "own_file", "texts_of"]

FORM = "gadolin-case-workbook-1"
FILES, LISTS, HELP, FIELDS = "_files", "_lists", "Read me", "Fields"


def own_file(folder: Path, name: str) -> Path | None:
    """The file in a case's folder that holds its own rows of a table; None where there is none."""
    return next((p for e in (".csv", ".xlsx") if (p := folder / f"{name}{e}").exists()), None)


def texts_of(table: Table, frame: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Each row as the texts of its cells, by row id."""
    columns = [[c.write(v) for v in frame[c.name]] for c in table.columns[1:]]
    return {str(i): cells for i, cells in zip(frame.index, zip(*columns, strict=True), strict=True)}
