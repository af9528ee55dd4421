"""Rows of the atlas, with a case's rows laid over them, as they were known on a date.

A row is known from the earlier of its source's date and its own date (end of period) plus the publication lag its
table declares; a row without any date is kept and counted (`frame.attrs["undated"]`). Forecasts carry a future own
date, so their source decides.
"""

from __future__ import annotations

import functools
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from gadolin.atlas.schema import TABLES, declared
from gadolin.errors import InputError, did_you_mean
from gadolin.quantity import Quantity
from gadolin.row_units import ROW_UNITS
from gadolin.tables import Number, Table

__all__ = ["cell", "data_folder", "highest", "known_from", "sources", "split_ref", "table"]


def data_folder() -> Path:
    """Folder of the shipped tables."""
    return Path(str(resources.files("gadolin.atlas") / "data"))


@functools.cache
def _shipped(name: str) -> pd.DataFrame:
    declaration = declared(name)
    packed = data_folder() / f"{name}.parquet"
    if packed.exists():
        return declaration.finish(pq.read_table(packed).to_pandas().set_index("row_id"))
    # the rules of shipped rows are held by `gadolin atlas check` and the tests; at each read they would double its time
    return declaration.read(data_folder() / f"{name}.csv", rules=False)


def table(name: str, as_of: str | None = None) -> pd.DataFrame:
    """A table of the atlas.

    Args:
        name: Table name; see `gadolin atlas tables`.
        as_of: Keep only rows known on that date (ISO).

    Returns:
        Frame with the row ids as index; `attrs` hold table, units, reasons of blanks and, with `as_of`, how many
        rows were cut and how many kept rows have no date.

    Raises:
        InputError: No such table; not a date.

    >>> table("countries").loc["MYS", "name"]
    'Malaysia'
    """
    frame = _shipped(name)
    return frame.copy() if as_of is None else cut(frame, declared(name), as_of, _shipped("sources"))


def highest(name: str, column: str) -> float:
    """The highest number of a column, without reading the table where its file keeps that number.

    Args:
        name: Table name.
        column: Column of numbers; its unit is that of the table.

    >>> highest("trade", "quantity_t_gross") == float(table("trade")["quantity_t_gross"].max())
    True
    """
    packed = data_folder() / f"{name}.parquet"
    if packed.is_file():
        kept = pq.read_metadata(packed)
        at = kept.schema.names.index(column)
        parts = [kept.row_group(i).column(at).statistics for i in range(kept.num_row_groups)]
        if parts and all(part is not None and part.has_min_max for part in parts):
            return float(max(part.max for part in parts))
    return float(table(name)[column].max())


def cut(frame: pd.DataFrame, declaration: Table, as_of: str, source_rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a frame that were known on a date.

    Args:
        frame: Rows of a declared table.
        declaration: Its declaration.
        as_of: ISO date.
        source_rows: The table of sources, with column date.

    Raises:
        InputError: Not a date.
    """
    limit = end_of(as_of)
    known = known_from(frame, declaration, source_rows)
    kept = frame[known.isna() | (known <= limit)].copy()
    kept.attrs |= {"as_of": as_of, "cut": len(frame) - len(kept), "undated": int(known.isna().sum())}
    return kept


def end_of(date: str) -> np.datetime64:
    """Last day of a partial date.

    Raises:
        InputError: Not an ISO date.

    >>> end_of("2024-02"), end_of("2024")
    (np.datetime64('2024-02-29'), np.datetime64('2024-12-31'))
    """
    unit = {4: "Y", 7: "M", 10: "D"}.get(len(date))
    try:
        if unit is None:
            raise ValueError
        return (np.datetime64(date, unit) + 1).astype("datetime64[D]") - 1
    except ValueError:
        raise InputError(f'"{date}" is not a date such as 2024-03-31, 2024-03 or 2024') from None


def ends(dates: pd.Series) -> pd.Series:
    """Last day of each partial date or year, NaT where blank."""
    known = {d: end_of(str(d)) for d in dates.dropna().unique()}
    return pd.to_datetime(dates.map(known)).astype("datetime64[s]")


def begins(dates: pd.Series) -> pd.Series:
    """First day of each partial date or year, NaT where blank."""
    known = {d: np.datetime64(str(d), "D") for d in dates.dropna().unique()}
    return pd.to_datetime(dates.map(known)).astype("datetime64[s]")


def known_from(frame: pd.DataFrame, declaration: Table, source_rows: pd.DataFrame) -> pd.Series:
    """Day from which each row is known; NaT where neither the row nor its source has a date.

    Args:
        frame: Rows of a declared table.
        declaration: Its declaration, with `dated` and `lag_months`.
        source_rows: The table of sources.
    """
    own = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[s]")
    for column in declaration.dated:
        own = own.fillna(ends(frame[column]))
    if declaration.lag_months:
        own = own + pd.DateOffset(months=declaration.lag_months)
    if "source_id" not in frame:
        return own
    source = ends(frame["source_id"].map(source_rows["date"]))
    return pd.concat([own, source], axis=1).min(axis=1)


def split_ref(ref: str) -> tuple[str, str, str]:
    """Table, row id and column of a ref `TABLE:ROW_ID:COLUMN`.

    Raises:
        InputError: Another form.

    >>> split_ref("deposits:my_national.rmk11:resource_value")
    ('deposits', 'my_national.rmk11', 'resource_value')
    """
    parts = ref.split(":")
    if len(parts) != 3 or not all(parts):
        raise InputError(f'"{ref}" is not a ref TABLE:ROW_ID:COLUMN')
    return parts[0], parts[1], parts[2]


def cell(ref: str) -> Quantity:
    """The number behind a ref, with range, unit and basis.

    The range is read from the columns `COLUMN_low` and `COLUMN_high`, the unit of a value that differs by row from
    `X_unit`. A column that the row lists as remembered (`fields_from_memory`) has basis memory.

    Raises:
        InputError: Not a ref, no such table, row or column, or a column that is not a number.
    """
    name, row_id, column = split_ref(ref)
    return quantity(_shipped(name), declared(name), row_id, column)


def quantity(frame: pd.DataFrame, declaration: Table, row_id: str, column: str, prefix: str = "") -> Quantity:
    """One number of a frame as a `Quantity`.

    Args:
        frame: Rows of a declared table.
        declaration: Its declaration.
        row_id: Row.
        column: Numeric column.
        prefix: Put before the ref (`malaysia/` for a case's own row).

    Raises:
        InputError: No such row or column, or a column that is not a number.
    """
    kind = declaration.column(column)
    if row_id not in frame.index:
        raise InputError(f'table {declaration.name} has no row "{row_id}"{did_you_mean(row_id, frame.index)}')
    if not isinstance(kind, Number):
        raise InputError(f"{declaration.name}.{column} is {kind.kind}, not a number")
    ref = f"{prefix}{declaration.name}:{row_id}:{column}"
    unit = kind.unit or ""
    if kind.row_unit:
        stated = frame.at[row_id, kind.row_unit]
        unit = "" if pd.isna(stated) else ROW_UNITS[str(stated)]
    value = frame.at[row_id, column]
    if pd.isna(value):
        return Quantity.missing(unit, kind.missing or "missing", (ref,))
    ends = [f"{column}_low", f"{column}_high"]
    low, high = (float(frame.at[row_id, e]) if e in frame and pd.notna(frame.at[row_id, e]) else None for e in ends)
    remembered = "fields_from_memory" in frame and column in frame.at[row_id, "fields_from_memory"]
    basis = "memory" if remembered else str(frame.at[row_id, "basis"])
    return Quantity(float(value), unit, low, high, basis, (ref,))


def sources(refs: list[str] | tuple[str, ...]) -> pd.DataFrame:
    """The sources behind refs: one row per source with title, address, date and licence.

    Args:
        refs: Refs `TABLE:ROW_ID:COLUMN`.

    Raises:
        InputError: A ref that does not resolve.
    """
    ids: dict[str, None] = {}
    for ref in refs:
        name, row_id, _ = split_ref(ref)
        frame = _shipped(name)
        if row_id not in frame.index:
            raise InputError(f'table {name} has no row "{row_id}"')
        ids[str(frame.at[row_id, "source_id"])] = None
    return _shipped("sources").loc[list(ids)]


def all_tables() -> dict[str, pd.DataFrame]:
    """Every table, read."""
    return {name: _shipped(name) for name in TABLES}
