"""Holds tables against all that is declared of them: cells, rows, keys, foreign keys, and the traps of `checks_*.py`.

Without a folder every shipped table is checked. With one, its tables (CSV or XLSX, named like ours) are laid over the
atlas as a case lays them, and what is wrong in them is found with file, line and field. A row with a fault is left out
of the rules over several rows, so that one mistake is told once; where it overrides a row of ours, ours stands in.
"""

from __future__ import annotations

import importlib
import pkgutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

import gadolin.atlas as _room
from gadolin.atlas.read import all_tables, data_folder
from gadolin.atlas.schema import TABLES
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.tables import Key, Many, Scan

__all__ = ["Checked", "check", "examine"]

ENDINGS = (".csv", ".xlsx")


@dataclass(frozen=True)
class Checked:
    """What was looked at and what is wrong.

    Args:
        faults: Every fault, by file and line.
        tables: Tables checked.
        rows: Sound rows in them. [count]
    """

    faults: tuple[Fault, ...]
    tables: tuple[str, ...]
    rows: int

    def __str__(self) -> str:
        files = len({f.file for f in self.faults})
        found = f"{len(self.faults)} faults in {files} files" if self.faults else "no faults"
        end = f"{found}; {self.rows:,} sound rows in {len(self.tables)} tables"
        hint = ["Fields and limits: gadolin atlas show TABLE --fields"] if self.faults else []
        return "\n".join([*map(str, self.faults), end, *hint])

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "faults": [f.as_dict() for f in self.faults],
            "tables": list(self.tables),
            "rows": self.rows,
        }


def check(folder: str | Path | None = None) -> list[Fault]:
    """All faults of the shipped tables, or of a folder's tables laid over them.

    Args:
        folder: Folder with tables named like the atlas's; None for the shipped ones.

    Raises:
        InputError: Not a folder.
    """
    return list(examine(folder).faults)


def examine(folder: str | Path | None = None) -> Checked:
    """As `check`, with what was looked at.

    Args:
        folder: Folder with tables named like the atlas's; None for the shipped ones.

    Raises:
        InputError: Not a folder.
    """
    faults: list[Fault] = []
    laid = _Laid(all_tables())
    if folder is None:
        for name in TABLES:
            laid.own[name] = _scan_shipped(name)
    else:
        for name, path in _files(Path(folder), faults).items():
            laid.own[name] = _Own(path.name, TABLES[name].scan(path))
    for own in laid.own.values():
        faults.extend(own.scan.faults)
    faults.extend(laid.broken_keys())
    frames = laid.frames()
    for rule in _rules():
        faults.extend(laid.placed(fault) for fault in rule(frames))
    rows = sum(len(own.scan.frame) for own in laid.own.values())
    return Checked(tuple(sorted(faults, key=_place)), tuple(laid.own), rows)


def _place(fault: Fault) -> tuple[str, int, str]:
    return fault.file or "", fault.line or 0, fault.field or ""


def _rules() -> Iterator[Any]:
    """The rules over several rows or tables, from the files `checks_*.py` of this folder in sorted order."""
    for name in sorted(m.name for m in pkgutil.iter_modules(_room.__path__) if m.name.startswith("checks_")):
        yield from importlib.import_module(f"{_room.__name__}.{name}").CHECKS


@dataclass(frozen=True)
class _Own:
    """One scanned file."""

    file: str
    scan: Scan


@dataclass
class _Laid:
    """The atlas with scanned files over it."""

    base: dict[str, pd.DataFrame]
    own: dict[str, _Own] = field(default_factory=dict)
    broken: dict[str, set[str]] = field(default_factory=dict)

    def broken_keys(self) -> Iterator[Fault]:
        """Foreign keys of the scanned rows that name no row."""
        for name, own in self.own.items():
            for column in TABLES[name].columns:
                if isinstance(column, Key | Many) and column.table:
                    known = set(self.base[column.table].index)
                    if column.table in self.own:
                        known |= set(self.own[column.table].scan.frame.index)
                    for row, value in _unknown(own.scan.frame[column.name], known):
                        self.broken.setdefault(name, set()).add(row)
                        said = f"must be a row_id of table {column.table}{did_you_mean(value, known)}"
                        yield Fault(said, own.file, self._line(name, row), column.name, value)

    def frames(self) -> dict[str, pd.DataFrame]:
        """Every table with the sound rows of the scanned files laid over it, in the order of the atlas."""
        return {name: self._over(name, frame) for name, frame in self.base.items()}

    def _over(self, name: str, base: pd.DataFrame) -> pd.DataFrame:
        if name not in self.own:
            return base
        own = self.own[name].scan.frame
        own = own[~own.index.isin(list(self.broken.get(name, ())))]
        if own.index.equals(base.index):
            return own
        laid = pd.concat([base[~base.index.isin(own.index)], own])
        order = [*base.index, *own.index[~own.index.isin(base.index)]]
        return TABLES[name].finish(laid.loc[order])

    def placed(self, fault: Fault) -> Fault:
        """A fault of `row:column` with the line of that row, where a scanned file holds it."""
        name = (fault.file or "").removesuffix(".csv")
        row, _, column = (fault.field or "").rpartition(":")
        line = self._line(name, row)
        return fault if line is None else Fault(fault.allowed, self.own[name].file, line, column, fault.value)

    def _line(self, name: str, row: str) -> int | None:
        lines = self.own[name].scan.lines if name in self.own else None
        return int(lines[row]) if lines is not None and row in lines.index else None


def _unknown(values: pd.Series, known: set[str]) -> Iterator[tuple[str, str]]:
    """Rows and the keys in them that name nothing."""
    many = values.map(lambda value: value if isinstance(value, tuple) else () if pd.isna(value) else (value,))
    named = many.explode().dropna()
    for row, value in named[~named.isin(list(known))].items():
        yield str(row), str(value)


def _scan_shipped(name: str) -> _Own:
    packed = data_folder() / f"{name}.parquet"
    if not packed.exists():
        return _Own(f"{name}.csv", TABLES[name].scan(data_folder() / f"{name}.csv"))
    with tempfile.TemporaryDirectory() as folder:  # packed tables pass the same rules as text
        path = Path(folder) / f"{name}.csv"
        TABLES[name].write(all_tables()[name], path)
        return _Own(packed.name, TABLES[name].scan(path))


def _files(folder: Path, faults: list[Fault]) -> dict[str, Path]:
    """Tables of a folder by name; files that are no table of ours are faults."""
    if not folder.is_dir():
        raise InputError(Fault("is not a folder", file=folder.name))
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in ENDINGS or path.name.startswith(("~$", ".")):
            continue
        if path.stem not in TABLES:
            faults.append(Fault(f"is no table of the atlas{did_you_mean(path.stem, TABLES)}", file=path.name))
        elif path.stem in found:
            faults.append(Fault(f"stands beside {found[path.stem].name}; keep one of them", file=path.name))
        else:
            found[path.stem] = path
    return found
