"""All tables as files of another kind: one workbook, a folder of CSV with its data package, or a folder of Parquet.

The workbook has a sheet per table and one named `dictionary` with the meaning, unit and limits of every column. A
folder appears whole or not at all.
"""

from __future__ import annotations

import datetime
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gadolin.atlas import datapackage
from gadolin.atlas.read import all_tables
from gadolin.atlas.schema import TABLES
from gadolin.errors import Fault, InputError
from gadolin.tables import Flag, Many, Number, Table, Year

__all__ = ["KINDS", "WORKBOOK", "export"]

KINDS = ("xlsx", "csv", "parquet")
WORKBOOK = "atlas.xlsx"
_CREATED = datetime.datetime(2000, 1, 1)


def export(to: str, folder: str | Path) -> Path:
    """Write every table of the atlas into a new or empty folder.

    Args:
        to: xlsx, csv or parquet.
        folder: Where; made if it does not exist.

    Returns:
        The folder.

    Raises:
        InputError: No such kind, or the folder holds something.
    """
    if to not in KINDS:
        raise InputError(Fault(f"must be one of {', '.join(KINDS)}", field="to", value=to))
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(Fault("holds something already; name a new or an empty folder", file=folder.name))
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _fill(to, staging, all_tables())
        staging.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return folder


def _fill(to: str, folder: Path, frames: dict[str, pd.DataFrame]) -> None:
    if to == "xlsx":
        _workbook(folder / WORKBOOK, frames)
        return
    for name, frame in frames.items():
        if to == "csv":
            TABLES[name].write(frame, folder / f"{name}.csv")
        else:
            pq.write_table(_arrow(TABLES[name], frame), folder / f"{name}.parquet", compression="zstd")
    datapackage.write(folder)


def _arrow(table: Table, frame: pd.DataFrame) -> pa.Table:
    """A frame with the types its declaration says, so that an empty column keeps its type."""
    arrays = [pa.array(frame.index.astype(str), pa.string())]
    for column in table.columns[1:]:
        kind = pa.string()
        if isinstance(column, Many):
            kind = pa.list_(pa.string())
        elif isinstance(column, Number | Year):
            kind = pa.float64() if isinstance(column, Number) else pa.int64()
        elif isinstance(column, Flag):
            kind = pa.bool_()
        arrays.append(pa.array(frame[column.name].astype(object), kind, from_pandas=True))
    return pa.table(arrays, names=table.names)


def _workbook(path: Path, frames: dict[str, pd.DataFrame]) -> None:
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": "Gadolin atlas", "created": _CREATED})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("dictionary")
        _rows(sheet, bold, ["table", "rows", "column", "kind", "unit", "allowed", "blank", "help"])
        line = 1
        for name, frame in frames.items():
            for record in TABLES[name].dictionary().itertuples(index=False):
                sheet.write_row(line, 0, [name, len(frame), *record])
                line += 1
        sheet.set_column(0, 7, 24)
        for name, frame in frames.items():
            sheet = book.add_worksheet(name)
            _rows(sheet, bold, TABLES[name].names)
            sheet.set_column(0, len(TABLES[name].names) - 1, 18)
            for line, cells in enumerate(_cells(TABLES[name], frame), start=1):
                sheet.write_row(line, 0, cells)


def _rows(sheet: Any, bold: Any, names: list[str]) -> None:
    """The header, which stays in view."""
    sheet.write_row(0, 0, names, bold)
    sheet.freeze_panes(1, 1)


def _cells(table: Table, frame: pd.DataFrame) -> zip[tuple[object, ...]]:
    """Rows as a workbook holds them: numbers as numbers, everything else as it stands in a file, blanks as None."""
    columns: list[list[object]] = [list(frame.index)]
    for column in table.columns[1:]:
        values = frame[column.name]
        if isinstance(column, Number | Year):
            columns.append([None if pd.isna(v) else v for v in values.tolist()])
        else:
            columns.append([column.write(v) or None for v in values])
    return zip(*columns, strict=True)
