"""An edited workbook of a case, read back into a case folder: every fault at once, and a diff of what changed.

Numbers typed as text, decimal commas, dates as serial numbers, deleted rows, inserted columns, merged cells, renamed
and missing sheets are found or understood, never guessed. A fault names the sheet, the row and the field.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from gadolin import atlas, runs
from gadolin import case as cases
from gadolin.atlas.schema import TABLES, declared
from gadolin.brief.workbook_form import FIELDS, FILES, FORM, HELP, LISTS, own_file, texts_of
from gadolin.columns import Date
from gadolin.errors import Fault, InputError
from gadolin.sheets import as_text, workbook_of
from gadolin.tables import Table

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

__all__ = ["Change", "ReadBack", "read_back"]


_KEPT = "; a case cannot delete a row of the atlas, it can only change its cells"


@dataclass(frozen=True)
class Change:
    """One difference between the workbook and the case it came from.

    Args:
        what: `cell`, `row added`, `row removed`, `row kept by the atlas`, or `file`.
        where: Ref of the cell, row or file.
        before: Value before.
        after: Value now.
    """

    what: str
    where: str
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        tail = {"cell": f": {self.before} -> {self.after}", "row kept by the atlas": _KEPT}.get(self.what, "")
        return f"{self.what}  {self.where}{tail}"


@dataclass(frozen=True)
class ReadBack:
    """A workbook that was read.

    Args:
        files: Files written, from the case's folder.
        changes: What differs from the case that was exported.
    """

    files: tuple[str, ...]
    changes: tuple[Change, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"files": list(self.files), "changes": [vars(c) for c in self.changes]}

    def __str__(self) -> str:
        count = len(self.changes)
        said = "nothing changed." if not count else "1 change:" if count == 1 else f"{count} changes:"
        head = f"Wrote {len(self.files)} file{'' if len(self.files) == 1 else 's'}; {said}"
        return "\n".join([head, *(f"  {c}" for c in self.changes)])


def read_back(path: str | Path, out: str | Path) -> ReadBack:
    """Read an edited workbook into a new case folder.

    Args:
        path: A workbook that `export` wrote.
        out: Folder to write; must not exist or be empty.

    Raises:
        InputError: Every fault with sheet, row and field; nothing is written then.
        OSError: The workbook cannot be opened.
    """
    target = Path(out)
    if target.exists() and (target.is_file() or any(target.iterdir())):
        raise InputError(Fault("exists and is not empty; give a new folder", file=target.name))
    source = Path(path)
    with workbook_of(source, source.name) as book, tempfile.TemporaryDirectory() as scratch:
        reader = _Reader(source, book)
        folder = Path(scratch) / reader.case_name
        folder.mkdir()
        changes = list(reader.write(folder))
        reader.check(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        runs.copy_files(folder, target)
        files = tuple(sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()))
    return ReadBack(files, tuple(changes))


class _Reader:
    """Reads the sheets of one workbook."""

    def __init__(self, path: Path, book: CalamineWorkbook) -> None:
        self.path, self.book = path, book
        record = self._record()
        self.case_name, self.files = str(record["case"]), record["files"]
        self.originals = {f["table"]: f for f in self.files if "table" in f}
        self.texts = [f for f in self.files if "sheet" in f]
        self.faults: list[Fault] = []

    def _record(self) -> dict[str, Any]:
        advice = "is no workbook of a case; write one with: gadolin case export CASE FILE.xlsx"
        if FILES not in self.book.sheet_names:
            raise InputError(Fault(advice, file=self.path.name))
        try:
            record = json.loads("".join(line for line in self._lines(FILES)))
        except ValueError:
            record = {}
        if record.get("form") != FORM:
            raise InputError(Fault(advice, file=self.path.name))
        return record

    def _lines(self, sheet: str) -> list[str]:
        rows = self.book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        return [as_text(row[0]) if row else "" for row in rows]

    def write(self, folder: Path) -> Iterator[Change]:
        """Write the case into a folder and say what changed.

        Raises:
            InputError: Every fault of the tables and sheets.
        """
        known = {HELP, FIELDS, LISTS, FILES, *(f["sheet"] for f in self.texts)}
        tables = [n for n in TABLES if n in self.book.sheet_names]
        for name in self.book.sheet_names:
            if name not in known and name not in tables:
                self.faults.append(Fault("is no sheet of this case; delete it or give it its old name", self._at(name)))
        shown = [n for n in TABLES if "country_iso3" in declared(n).names or n in self.originals]
        for name in [*shown, *(f["sheet"] for f in self.texts)]:
            if name not in self.book.sheet_names:
                self.faults.append(Fault("sheet is missing; export the case again", self._at(name)))
        for name in tables:
            self.faults += [self._explained(name, f) for f in declared(name).check(self.path, name)]
        if self.faults:
            raise InputError(self.faults)
        for file in self.texts:
            yield from self._text(file, folder)
        for name in tables:
            yield from self._table(name, folder)

    def check(self, folder: Path) -> None:
        """The checks of a case; a line of a text file is a row of its sheet."""
        sheet_of = {f["path"]: f["sheet"] for f in self.texts}
        try:
            loaded = cases.load(str(folder))
            for name in TABLES:
                if own_file(folder, name):
                    loaded.table(name)
        except InputError as error:
            raise InputError(
                [replace(f, file=self._at(sheet_of.get(f.file or "", f.file or ""))) for f in error.faults]
            ) from None

    def _at(self, sheet: str) -> str:
        return f"{self.path.name}[{sheet}]"

    def _explained(self, name: str, fault: Fault) -> Fault:
        """The fault with its sheet; a date that became a serial number is named as such."""
        allowed = fault.allowed
        column = next((c for c in declared(name).columns if c.name == fault.field), None)
        if isinstance(column, Date) and re.fullmatch(r"\d{5}", str(fault.value)):
            day = (pd.Timestamp("1899-12-30") + pd.Timedelta(days=int(str(fault.value)))).date().isoformat()
            allowed = f"is a date as a serial number; if it is {day}, type that as text"
        return replace(fault, file=self._at(name), allowed=allowed)

    def _text(self, file: dict[str, Any], folder: Path) -> Iterator[Change]:
        lines = self._lines(file["sheet"])
        full = [*lines, *[""] * (file["lines"] - len(lines))]
        raw = file["newline"].join(full[: max(file["lines"], len(lines))]).encode()
        if hashlib.sha256(raw).hexdigest() != file["sha256"]:
            while lines and not lines[-1].strip():
                lines.pop()
            raw = (file["newline"].join(lines) + file["newline"]).encode()
            yield Change("file", file["path"])
        target = folder / file["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(raw)

    def _table(self, name: str, folder: Path) -> Iterator[Change]:
        table = declared(name)
        now = texts_of(table, table.read(self.path, name))
        base = texts_of(table, atlas.table(name))
        original = self._original_rows(table, folder)
        before = base | original
        changes = []
        for row_id, row in now.items():
            if row_id not in before:
                changes.append(Change("row added", f"{name}:{row_id}"))
            elif row != before[row_id]:
                cells = zip(table.names[1:], before[row_id], row, strict=True)
                changes += [Change("cell", f"{name}:{row_id}:{c}", a, b) for c, a, b in cells if a != b]
        changes += [Change("row removed", f"{name}:{i}") for i in original if i not in now]
        exported = self._exported(name, base, original)
        changes += [
            Change("row kept by the atlas", f"{name}:{i}") for i in exported if i not in now and i not in original
        ]
        written = {i: row for i, row in now.items() if i in original or base.get(i) != row}
        untouched = set(written) == set(original) and all(written[i] == original[i] for i in original)
        if name in self.originals and untouched:
            (folder / self.originals[name]["path"]).write_bytes(base64.b64decode(self.originals[name]["bytes"]))
        elif written:
            kept = table.read(self.path, name)
            table.write(kept.loc[list(written)], folder / f"{name}.csv")
        yield from changes

    def _original_rows(self, table: Table, folder: Path) -> dict[str, tuple[str, ...]]:
        """Rows of the case's own file as it was exported."""
        if table.name not in self.originals:
            return {}
        with tempfile.TemporaryDirectory() as scratch:
            file = Path(scratch) / self.originals[table.name]["path"]
            file.write_bytes(base64.b64decode(self.originals[table.name]["bytes"]))
            return texts_of(table, table.read(file))

    def _exported(self, name: str, base: dict[str, Any], original: dict[str, Any]) -> list[str]:
        """Rows of the atlas that the sheet showed."""
        frame = atlas.table(name)
        if "country_iso3" not in frame:
            return []
        lines = "\n".join(line for f in self.texts if f["path"] == "case.toml" for line in self._lines(f["sheet"]))
        found = re.search(r'^country\s*=\s*"([A-Z]{3})"', lines, re.MULTILINE)
        return [] if found is None else [str(i) for i in frame.index[frame["country_iso3"] == found[1]]]
