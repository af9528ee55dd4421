"""Checked tables: declare a table once, and read, check, describe, export and test it from that.

    COSTS = Table("stage_costs", about="...", columns=[RowId(), Choice("stage", choices=STAGES), ...])
    COSTS.read("stage_costs.csv")      a DataFrame, or InputError with every fault of the file
    COSTS.check("stage_costs.csv")     the faults
    COSTS.stream("trade.csv")          frames of some thousand rows, for files that do not fit into memory

The frame has the row ids as index, typed columns, and in `attrs` the printed units and the reason why a blank is
blank. Missing numbers are NaN and never zero: add them with `total`, which refuses to skip them silently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gadolin.columns import Choice, Column, Date, Flag, Key, Many, Number, RowId, Text, Year
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.quantity import BASES
from gadolin.sheets import MAX_FAULTS, Chunk, Sheet, open_sheet

__all__ = [
    "SOURCED",
    "Choice",
    "Column",
    "Date",
    "Flag",
    "Key",
    "Many",
    "Number",
    "RowId",
    "Scan",
    "Table",
    "Text",
    "Year",
    "total",
]

RowCheck = Callable[[pd.DataFrame], Iterable[tuple[str, str, str]]]
"""From a frame to faults as (row_id, column, what is allowed)."""

SOURCED: tuple[Column, ...] = (
    Choice("basis", choices=BASES, help="How well the numbers of the row are known, strong to weak."),
    Key("source_id", table="sources", help="Where the row comes from."),
    Text("note", missing="no note", help="What a reader must know before using the row."),
)
"""The last columns of every table of facts."""


@dataclass(frozen=True)
class Scan:
    """What a file holds and what is wrong with it.

    Args:
        frame: The sound rows.
        lines: Line of each sound row. [row]
        faults: Every fault, in order of lines.
    """

    frame: pd.DataFrame
    lines: pd.Series
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Table:
    """The declaration of a table.

    Args:
        name: Name of the table and of its file without ending.
        about: What one row is, one or two sentences.
        columns: Columns in order; the first is `RowId()`.
        key: Columns that together are unique, beside the row id.
        dated: Columns that date a row (a year or a partial date); empty when the rows have no date of their own.
        lag_months: Months after the end of the own date until a row is published.
        checks: Rules over whole rows.
        aggregate: Text on what may be added, shown in the dictionary.
    """

    name: str
    about: str
    columns: Sequence[Column]
    key: Sequence[str] = ()
    dated: Sequence[str] = ()
    lag_months: int = 0
    checks: Sequence[RowCheck] = ()
    aggregate: str = ""
    _by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(self.columns))
        object.__setattr__(self, "_by_name", {c.name: c for c in self.columns})
        if not isinstance(self.columns[0], RowId) or len(self._by_name) != len(self.columns):
            raise InputError(f"table {self.name}: the first column must be RowId() and names must differ")

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            InputError: No such column; names the nearest.
        """
        if name not in self._by_name:
            raise InputError(f'table {self.name} has no column "{name}"{did_you_mean(name, self._by_name)}')
        return self._by_name[name]

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return list(self._by_name)

    # reading ----------------------------------------------------------------------------------------------------

    def read(self, path: str | Path, sheet: str | None = None, *, rules: bool = True) -> pd.DataFrame:
        """The file as a typed frame with the row ids as index.

        Args:
            path: CSV or XLSX.
            sheet: Sheet of a workbook; the first if None.
            rules: Hold rows against `checks`; False only for files that were checked before and cannot change.

        Raises:
            InputError: Every fault of the file.
            OSError: The file cannot be opened.
        """
        faults: list[Fault] = []
        chunks = [batch for batch, _ in self._parsed(open_sheet(path, sheet), faults, rules=rules)]
        if faults:
            raise InputError(_in_order(faults))
        return self.frame(pa.Table.from_batches(chunks, schema=None) if chunks else None)

    def stream(self, path: str | Path) -> Iterator[pd.DataFrame]:
        """The file as frames of some thousand rows; faults raise at the end of the frame they stand in.

        Raises:
            InputError: The faults met so far.
            OSError: The file cannot be opened.
        """
        faults: list[Fault] = []
        for batch, _ in self._parsed(open_sheet(path), faults):
            if faults:
                break
            yield self.frame(pa.Table.from_batches([batch]))
        if faults:
            raise InputError(_in_order(faults))

    def check(self, path: str | Path, sheet: str | None = None) -> list[Fault]:
        """All faults of a file, streamed; at most some thousand are listed.

        Raises:
            OSError: The file cannot be opened.
        """
        faults: list[Fault] = []
        for _ in self._parsed(open_sheet(path, sheet), faults):
            pass
        return _in_order(faults)

    def scan(self, path: str | Path, sheet: str | None = None) -> Scan:
        """All faults of a file, and its sound rows each with its line, for checks over several tables.

        Args:
            path: CSV or XLSX.
            sheet: Sheet of a workbook; the first if None.

        Raises:
            OSError: The file cannot be opened.
        """
        faults: list[Fault] = []
        parsed = list(self._parsed(open_sheet(path, sheet), faults))
        values = pa.Table.from_batches([batch for batch, _ in parsed]) if parsed else None
        lines = np.concatenate([np.asarray(at) for _, at in parsed]) if parsed else np.empty(0, dtype=np.int64)
        if values is not None:
            sound = _sound(values, lines, faults)
            values, lines = values.filter(pa.array(sound)), lines[sound]
        frame = self.frame(values)
        return Scan(frame, pd.Series(lines, index=frame.index), tuple(_in_order(faults)))

    def frame(self, values: pa.Table | None) -> pd.DataFrame:
        """Parsed columns as the frame that a reader gives."""
        table = values or pa.table({c.name: pa.array([], _arrow_type(c)) for c in self.columns})
        cells = {c.name: c.to_array(table.column(c.name)) for c in self.columns}
        index = pd.Index(cells.pop("row_id"), name="row_id")
        return self.finish(pd.DataFrame(cells, index=index, copy=False))

    def finish(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Set the attributes that say table, units and reasons."""
        frame.attrs = {
            "table": self.name,
            "units": _Fixed({c.name: c.unit for c in self.columns if c.unit}),
            "missing": _Fixed({c.name: c.missing for c in self.columns if c.missing}),
        }
        return frame

    def _parsed(
        self, sheet: Sheet, faults: list[Fault], *, rules: bool = True
    ) -> Iterator[tuple[pa.RecordBatch, np.ndarray]]:
        """Chunks of parsed values with the line of each row; fills `faults` as it goes."""
        positions = self._positions(sheet, faults)
        seen: dict[tuple[str, ...], list[np.ndarray]] = {}
        lines: list[np.ndarray] = []
        usable = all(c.name in positions for c in self.columns)
        for chunk in sheet.chunks:
            batch = self._parse_chunk(sheet, chunk, positions, faults)
            if usable:
                for key in self._keys():
                    seen.setdefault(key, []).append(_hashes([chunk.columns[positions[name]] for name in key]))
                lines.append(chunk.lines.astype(np.int32))
                if rules:
                    self._check_rows(sheet, chunk, batch, faults)
                yield batch, chunk.lines
        faults.extend(sheet.faults)
        if lines:
            for key, hashes in seen.items():
                faults.extend(_duplicates(sheet.file, ", ".join(key), hashes, lines))

    def _keys(self) -> list[tuple[str, ...]]:
        return [("row_id",), *([tuple(self.key)] if self.key else [])]

    def _positions(self, sheet: Sheet, faults: list[Fault]) -> dict[str, int]:
        if not sheet.header:
            return {}
        positions: dict[str, int] = {}
        for i, name in enumerate(sheet.header):
            if name in positions:
                faults.append(Fault("column stands twice", sheet.file, 1, name))
            elif name in self._by_name:
                positions[name] = i
            elif name == "":
                faults.append(
                    Fault(f"column {i + 1} has no name; unmerge its heading, name it or delete it", sheet.file, 1)
                )
            else:
                near = did_you_mean(name, [n for n in self._by_name if n not in sheet.header])
                faults.append(Fault(f"is no column of table {self.name}{near}", sheet.file, 1, name))
        for name in self._by_name:
            if name not in positions:
                faults.append(Fault(f"column is missing from table {self.name}", sheet.file, 1, name))
        return positions

    def _parse_chunk(
        self, sheet: Sheet, chunk: Chunk, positions: dict[str, int], faults: list[Fault]
    ) -> pa.RecordBatch:
        arrays = []
        for column in self.columns:
            if column.name not in positions:
                arrays.append(pa.nulls(len(chunk.lines), _arrow_type(column)))
                continue
            cells = chunk.columns[positions[column.name]]
            values, bad = column.parse(cells)
            if column.missing is None and cells.null_count:
                blank = pc.is_null(cells).to_numpy(zero_copy_only=False)
                _report(sheet.file, chunk, column.name, blank, faults, lambda _: "must not be blank", cells)
            if bad.any():
                _report(sheet.file, chunk, column.name, bad, faults, column.explain, cells)
            arrays.append(values)
        return pa.RecordBatch.from_arrays(arrays, names=self.names)

    def _check_rows(self, sheet: Sheet, chunk: Chunk, batch: pa.RecordBatch, faults: list[Fault]) -> None:
        if not self.checks:
            return
        values = pa.Table.from_batches([batch])
        sound = _sound(values, chunk.lines, faults)  # rules over rows need rows that are sound
        frame = self.frame(values.filter(pa.array(sound)))
        line_of = dict(zip(frame.index, chunk.lines[sound], strict=True))
        for check in self.checks:
            for row_id, name, allowed in check(frame):
                value = frame.at[row_id, name] if name in frame else None
                faults.append(Fault(allowed, sheet.file, int(line_of[row_id]), name, _plain(value)))

    # describing -------------------------------------------------------------------------------------------------

    def dictionary(self) -> pd.DataFrame:
        """One row per column: kind, unit, what is allowed, what a blank means, help."""
        return pd.DataFrame(
            {
                "column": self.names,
                "kind": [c.kind for c in self.columns],
                "unit": [c.unit or "" for c in self.columns],
                "allowed": [c.allowed.removeprefix("must be ") for c in self.columns],
                "blank": [c.missing or "not allowed" for c in self.columns],
                "help": [c.help for c in self.columns],
            }
        )

    def frictionless(self) -> dict[str, Any]:
        """The Frictionless schema of the file."""
        fields = []
        for column in self.columns:
            entry: dict[str, Any] = {"name": column.name, "type": column.frictionless_type}
            if column.help:
                entry["description"] = column.help
            if isinstance(column, Flag):
                entry |= {"trueValues": ["yes"], "falseValues": ["no"]}
            if column.unit:
                entry["unit"] = column.unit
            constraints = column.constraints()
            if isinstance(column, RowId):
                constraints["unique"] = True
            if constraints:
                entry["constraints"] = constraints
            fields.append(entry)
        keys = [
            {"fields": [c.name], "reference": {"resource": c.table, "fields": ["row_id"]}}
            for c in self.columns
            if isinstance(c, Key) and c.table
        ]
        schema: dict[str, Any] = {"fields": fields, "primaryKey": ["row_id"], "missingValues": [""]}
        return schema | ({"foreignKeys": keys} if keys else {})

    def write(self, frame: pd.DataFrame, path: str | Path) -> None:
        """Write a frame as CSV that reads back equal.

        Args:
            frame: Rows of this table, row ids as index.
            path: CSV to write.
        """
        text = pd.DataFrame({"row_id": frame.index})
        for column in self.columns[1:]:
            text[column.name] = [column.write(v) for v in frame[column.name]]
        text.to_csv(path, index=False, lineterminator="\n")

    def template(self, path: str | Path) -> None:
        """Write an empty file with the right header."""
        Path(path).write_text(",".join(self.names) + "\n", encoding="utf-8")


class _Fixed(dict):
    """A mapping that nobody changes; pandas copies attributes deeply at every step, which this makes free."""

    def __deepcopy__(self, memo: dict[int, Any]) -> _Fixed:
        return self


def _arrow_type(column: Column) -> pa.DataType:
    if isinstance(column, Number):
        return pa.float64()
    if isinstance(column, Year):
        return pa.int64()
    return pa.bool_() if isinstance(column, Flag) else pa.string()


def _report(
    file: str,
    chunk: Chunk,
    name: str,
    bad: np.ndarray,
    faults: list[Fault],
    explain: Callable[[str], str],
    cells: pa.Array,
) -> None:
    rows = np.flatnonzero(bad)
    listed = rows[: max(MAX_FAULTS - len(faults), 0)]
    for row in listed:
        cell = cells[int(row)].as_py()
        faults.append(Fault(explain(cell or ""), file, int(chunk.lines[row]), name, cell or ""))
    if len(listed) < len(rows) and len(faults) == MAX_FAULTS:
        faults.append(Fault(f"more than {MAX_FAULTS} faults; the rest is not listed", file))


def _sound(values: pa.Table, lines: np.ndarray, faults: list[Fault]) -> np.ndarray:
    """Which rows have no fault and are the first of their id. [row]"""
    broken = [f.line for f in faults if f.line is not None]
    return ~np.isin(lines, broken) & ~values.column("row_id").to_pandas().duplicated().to_numpy()


def _hashes(cells: list[pa.Array]) -> np.ndarray:
    """One 64-bit hash per row; memory stays small for ten million rows, and a chance collision is 3 in a million."""
    parts = [pc.fill_null(part, "") for part in cells]
    joined = parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "\x1f")
    return pd.util.hash_array(joined.to_numpy(zero_copy_only=False), categorize=False)


_BLANK_HASH = _hashes([pa.array([""])])[0]


def _duplicates(file: str, name: str, hashes: list[np.ndarray], lines: list[np.ndarray]) -> Iterator[Fault]:
    ranked = np.concatenate(hashes)
    ranked.sort()
    repeated = np.unique(ranked[1:][ranked[1:] == ranked[:-1]])
    repeated = repeated[repeated != _BLANK_HASH][:MAX_FAULTS]
    first: dict[int, int] = {}
    for part, at in zip(hashes, lines, strict=True) if len(repeated) else ():
        for row in np.flatnonzero(np.isin(part, repeated)):
            line = first.setdefault(int(part[row]), int(at[row]))
            if line != at[row]:
                yield Fault(f"stands already on line {line}; must be unique", file, int(at[row]), name)


def _in_order(faults: list[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda f: (f.file or "", f.line or 0))


def _plain(value: Any) -> Any:
    return None if value is None or (not isinstance(value, tuple) and pd.isna(value)) else value


def total(values: pd.Series, *, skip_missing: bool = False) -> float:
    """Sum of a column; refuses to skip what is missing unless told, since the sum is then a lower bound.

    Args:
        values: Numbers, NaN where missing.
        skip_missing: Add what is known; the caller says that it is a lower bound.

    Raises:
        InputError: A value is missing and `skip_missing` is False.

    >>> total(pd.Series([1.0, 2.0]))
    3.0
    """
    missing = values[values.isna()]
    if len(missing) and not skip_missing:
        names = ", ".join(str(i) for i in missing.index[:5])
        raise InputError(f"{values.name}: {len(missing)} of {len(values)} values are missing ({names}); not added")
    return float(values.sum(skipna=True))
