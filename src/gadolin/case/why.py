"""The chain behind any number: value, method, inputs, sources.

A ref is `TABLE:ROW_ID:COLUMN` (atlas), `CASE/TABLE:ROW_ID:COLUMN` (a case's own row), `CASE/FILE:LINE` (a choice), or
`RUN:TABLE:ROW_ID:COLUMN` (a result; RUN is the run's folder).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gadolin import atlas, runs
from gadolin.atlas.schema import TABLES, declared
from gadolin.case.load import Case, load, shipped
from gadolin.errors import InputError, did_you_mean
from gadolin.tables import Number
from gadolin.units import unit_of

__all__ = ["Reason", "why"]


@dataclass(frozen=True)
class Reason:
    """One link of the chain.

    Args:
        ref: What was asked.
        value: Its value as printed.
        method: How it came about.
        basis: How well it is known.
        source: Source of a fact, one line.
        note: What a reader must know.
        inputs: What it rests on.
    """

    ref: str
    value: str
    method: str
    basis: str = ""
    source: str = ""
    note: str = ""
    inputs: tuple[Reason, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        record = {k: v for k, v in vars(self).items() if v and k != "inputs"}
        return record | {"inputs": [r.as_dict() for r in self.inputs]}

    def __str__(self) -> str:
        return "\n".join(self._lines(0))

    def _lines(self, depth: int) -> list[str]:
        pad = "  " * depth
        lines = [f"{pad}{self.ref} = {self.value}"]
        for name in ("method", "basis", "source", "note"):
            if getattr(self, name):
                lines.append(f"{pad}  {name:7} {getattr(self, name)}")
        for reason in self.inputs:
            lines += reason._lines(depth + 1)
        return lines


def why(ref: str, case: Case | None = None) -> Reason:
    """What stands behind a ref.

    Args:
        ref: Ref of a fact, a choice or a result.
        case: Case in which it is asked; found from the ref where it names one.

    Raises:
        InputError: The ref has no known form, or names nothing that exists.

    >>> why("countries:MYS:name").value
    'Malaysia'
    """
    parts = ref.rsplit(":", 3)
    if len(parts) == 4 and Path(parts[0]).is_dir():
        return _of_run(Path(parts[0]), *parts[1:])
    head, slash, rest = ref.rpartition("/")
    if slash and re.fullmatch(r"[^:]+:\d+", rest):
        found = _case_of(ref, case)
        return _of_line(found, ref.removeprefix(f"{found.name}/") if ref.startswith(f"{found.name}/") else rest)
    if slash:
        return _of_cell(_case_of(head + "/", case), rest, ref)
    return _of_cell(None, ref, ref)


def _case_of(ref: str, case: Case | None) -> Case:
    name = ref.split("/")[0]
    if case is not None and case.name == name:
        return case
    for candidate in (name, ref.rpartition("/")[0]):
        if candidate in shipped() or (Path(candidate) / "case.toml").exists():
            return load(candidate)
    raise InputError(f'"{ref}": no case named {name} here; run it in the folder that holds the case')


def _of_cell(case: Case | None, ref: str, shown: str) -> Reason:
    parts = ref.split(":")
    if len(parts) != 3:
        raise InputError(
            f'"{shown}" is no ref; write TABLE:ROW_ID:COLUMN, CASE/TABLE:ROW_ID:COLUMN, CASE/FILE:LINE or '
            "RUN:TABLE:ROW_ID:COLUMN"
        )
    table, row_id, column = parts
    frame = atlas.table(table) if case is None else case.table(table)
    declaration = declared(table)
    kind = declaration.column(column)
    if row_id not in frame.index:
        raise InputError(f'table {table} has no row "{row_id}"{did_you_mean(row_id, frame.index)}')
    row: Any = frame.loc[row_id]
    if isinstance(kind, Number):
        number = atlas.cell(ref) if case is None else case.quantity(table, row_id, column)
        value, basis = str(number), number.basis or ""
    else:
        value, basis = _shown(row[column], kind.missing), str(row.get("basis", ""))
    note = row.get("note")
    return Reason(
        shown,
        value,
        f"read from table {table}: {declaration.about}",
        basis,
        _source(row),
        "" if note is None or pd.isna(note) else str(note),
    )


def _shown(value: Any, missing: str | None) -> str:
    if isinstance(value, tuple):
        return "; ".join(value) or f"not known: {missing}"
    return f"not known: {missing}" if pd.isna(value) else str(value)


def _source(row: Any) -> str:
    source_id = row.get("source_id")
    if source_id is None:
        return ""
    source: Any = atlas.table("sources").loc[source_id]
    return ", ".join(str(source[k]) for k in ("title", "date", "url") if not pd.isna(source[k]))


def _of_line(case: Case, ref: str) -> Reason:
    file, number = ref.rsplit(":", 1)
    if case.folder is None or not (case.folder / file).is_file():
        raise InputError(f"case {case.name} has no file {file}")
    lines = (case.folder / file).read_text("utf-8").splitlines()
    if not 1 <= int(number) <= len(lines):
        raise InputError(f"{file} has {len(lines)} lines")
    return Reason(f"{case.name}/{ref}", lines[int(number) - 1].strip(), "chosen in the case", "choice")


def _of_run(folder: Path, table: str, row_id: str, column: str) -> Reason:
    manifest = runs.read_manifest(folder)
    frame = runs.read_table(folder, table)
    if row_id not in frame.index:
        raise InputError(f'run table {table} has no row "{row_id}"{did_you_mean(row_id, frame.index)}')
    if column not in frame.columns:
        raise InputError(f'run table {table} has no column "{column}"{did_you_mean(column, frame.columns)}')
    row: Any = frame.loc[row_id]
    refs = [str(r) for r in row.get("refs", ())]
    case = load(str(folder / "case")) if (folder / "case" / "case.toml").exists() else None
    name = manifest["decides"]["command"].get("case", "")
    return Reason(
        f"{folder.name}:{table}:{row_id}:{column}",
        _result(row, column),
        manifest["methods"].get(table, {}).get(column, "see the concept page of the room"),
        str(row.get("basis", "") or ""),
        inputs=tuple(_of_input(r, case, name, folder) for r in refs),
    )


def _result(row: Any, column: str) -> str:
    """A cell of a run as it is printed: with its unit, and with the range that stands beside it."""
    value = row[column]
    if isinstance(value, str | bool) or not isinstance(value, int | float | np.number):
        return str(value)
    if pd.isna(value):
        return "no value"
    unit = row.get("unit") if column in ("value", "low", "high") else unit_of(column)
    if unit == "year":
        return f"{value:.0f}"
    names = ("low", "high") if column == "value" else (f"{column}_low", f"{column}_high")
    ends = [float(end) for end in (row.get(name, math.nan) for name in names) if not pd.isna(end)]
    span = f"({ends[0]:,.6g} to {ends[1]:,.6g})" if len(ends) == 2 else ""
    return " ".join(part for part in (f"{value:,.6g}", unit, span) if part)


def _of_input(ref: str, case: Case | None, name: str, folder: Path) -> Reason:
    """A ref met in a run: the run's own copy of the case answers for the case's name."""
    _, slash, rest = ref.rpartition("/")
    if slash and case is not None and ref.startswith(f"{name}/"):
        inside = ref.removeprefix(f"{name}/")
        return _of_line(case, inside) if re.fullmatch(r"[^:]+:\d+", rest) else _of_cell(case, inside, ref)
    if ref.count(":") == 2 and ref.split(":")[0] not in TABLES:
        return _of_run(folder, *ref.split(":"))
    return why(ref, case)
