"""A case as one workbook that is edited in Excel or LibreOffice and read back with the same checks.

    export(case, "malaysia.xlsx")           a sheet per table, per TOML file a text sheet, help and drop-downs
    read_back("malaysia.xlsx", "my-case")   a case folder and what changed, or every fault with sheet, row and field

A table's sheet shows the rows of the country as the case sees them; only rows that differ from the atlas's are written
back, so an unedited workbook gives the same bytes as the case it came from. Row ids are protected. Hidden sheets carry
the files as they were. Limits: comments and colours that are added in the workbook do not come back.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from gadolin import atlas, runs
from gadolin import case as cases
from gadolin.atlas.schema import TABLES, declared
from gadolin.case import Case
from gadolin.columns import Choice, Column, Date, Flag, Number, Year
from gadolin.errors import Fault, InputError
from gadolin.sheets import as_text
from gadolin.tables import Table

__all__ = ["Change", "ReadBack", "export", "read_back"]

FORM = "gadolin-case-workbook-1"
_FILES, _LISTS, _HELP, _FIELDS = "_files", "_lists", "Read me", "Fields"
_SPARE_ROWS, _CELL_MOST = 200, 32_000
_HELP_LINES = (
    "Edit any white cell; add rows below the last one. Row ids are protected: a row is known by its id.",
    "Choices have a drop-down. Numbers have a decimal point. Dates are text: 2026-12-31, 2026-12 or 2026.",
    "A blank cell means not known, never zero. A heading's note says unit and meaning; sheet Fields lists them all.",
    "The last sheets are the text files of the case (TOML), line by line; comments may be changed as well.",
    "Do not merge cells, insert columns or rename sheets. Then: gadolin case import THIS_FILE.xlsx NEW_FOLDER",
)


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
        return f"{self.what}  {self.where}" + (f": {self.before} -> {self.after}" if self.what == "cell" else "")


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
        head = f"Wrote {len(self.files)} files; " + (
            f"{len(self.changes)} changes:" if self.changes else "nothing changed."
        )
        return "\n".join([head, *(f"  {c}" for c in self.changes)])


# writing ------------------------------------------------------------------------------------------------------------


def export(case: Case, path: str | Path) -> list[str]:
    """Write a case as a workbook.

    Args:
        case: A loaded case; the bare view of a country gets the files of a new case.
        path: XLSX to write.

    Returns:
        Names of the sheets.

    Raises:
        InputError: The path does not end in .xlsx, or a line of a file is too long for a cell.
    """
    if Path(path).suffix.lower() != ".xlsx":
        raise InputError(Fault("must end in .xlsx", file=Path(path).name))
    with contextlib.ExitStack() as stack:
        if case.folder is None:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory())) / case.name
            cases.init(case.name, scratch)
            case = cases.load(str(scratch))
        return _Writer(case, Path(path)).write()


class _Writer:
    """Writes the sheets of one workbook."""

    def __init__(self, case: Case, path: Path) -> None:
        import xlsxwriter

        assert case.folder is not None
        self.case, self.folder = case, case.folder
        # a fixed creation date, so that the same case gives the same bytes
        self.book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
        self.book.set_properties({"title": f"Case {case.name}", "created": pd.Timestamp("2000-01-01").to_pydatetime()})
        self.head = self.book.add_format({"bold": True, "bg_color": "#E8F1FA", "border": 1, "locked": True})
        self.key = self.book.add_format({"bg_color": "#F2F2F2", "num_format": "@", "locked": True})
        self.open = self.book.add_format({"num_format": "@", "locked": False})
        self.number = self.book.add_format({"num_format": "General", "locked": False})

    def write(self) -> list[str]:
        """All sheets, the read-me first and the hidden ones last."""
        readme = self.book.add_worksheet(_HELP)
        readme.set_column(0, 0, 110)
        for row, line in enumerate((f"Case {self.case.name} ({FORM})", *_HELP_LINES)):
            readme.write_string(row, 0, line, self.head if row == 0 else None)
        names = [n for n in TABLES if _shown(self.case, n)]
        lists = {c.name: c for n in names for c in declared(n).columns if _choices(c)}
        for name in names:
            self._table(declared(name))
        self._fields(names)
        files = [self._text(path) for path in _text_files(self.folder)]
        files += [self._original(name) for name in names if _own_file(self.folder, name)]
        self._lists(lists)
        self._files(files)
        sheets = [sheet.get_name() for sheet in self.book.worksheets()]
        self.book.close()
        return [str(name) for name in sheets]

    def _table(self, table: Table) -> None:
        sheet = self.book.add_worksheet(table.name)
        rows = _rows(self.case, table.name)
        last = len(rows) + _SPARE_ROWS
        for i, column in enumerate(table.columns):
            sheet.write_string(0, i, column.name, self.head)
            sheet.write_comment(0, i, _about(column), {"width": 320, "height": 120})
            form = self.number if isinstance(column, Number | Year) else self.open
            sheet.set_column(i, i, max(12, min(len(column.name) + 2, 34)), form)
            if _choices(column):
                at = _letter(_list_place(column))
                where = f"={_LISTS}!${at}$2:${at}${len(_choices(column)) + 1}"
                sheet.data_validation(1, i, last, i, {"validate": "list", "source": where, "error_type": "warning"})
        for r, (row_id, cells) in enumerate(_texts(table, rows).items(), 1):
            sheet.write_string(r, 0, row_id, self.key)
            for i, (column, text) in enumerate(zip(table.columns[1:], cells, strict=True), 1):
                _put(sheet, r, i, column, text, self)
        sheet.freeze_panes(1, 1)
        sheet.protect(
            "", {"insert_rows": True, "format_cells": True, "sort": True, "autofilter": True, "delete_rows": True}
        )

    def _fields(self, names: list[str]) -> None:
        sheet = self.book.add_worksheet(_FIELDS)
        heads = ("table", "column", "kind", "unit", "allowed", "blank", "help")
        for i, head in enumerate(heads):
            sheet.write_string(0, i, head, self.head)
        sheet.set_column(0, 3, 24)
        sheet.set_column(4, 6, 60)
        row = 1
        for name in names:
            for record in declared(name).dictionary().to_dict("records"):
                for i, head in enumerate(heads):
                    sheet.write_string(row, i, name if head == "table" else str(record[head]))
                row += 1

    def _text(self, path: Path) -> dict[str, Any]:
        """A text file line by line; its row is its line."""
        inside = path.relative_to(self.folder).as_posix()
        raw = path.read_bytes()
        newline = "\r\n" if b"\r\n" in raw else "\n"
        lines = raw.decode("utf-8").split(newline)
        sheet = self.book.add_worksheet(_sheet_name(inside))
        sheet.set_column(0, 0, 140, self.open)
        for r, line in enumerate(lines):
            if len(line) > _CELL_MOST:
                raise InputError(Fault(f"is longer than {_CELL_MOST} characters", file=inside, line=r + 1))
            if line:
                sheet.write_string(r, 0, line, self.open)
        return {
            "path": inside,
            "sheet": sheet.get_name(),
            "sha256": hashlib.sha256(raw).hexdigest(),
            "lines": len(lines),
            "newline": newline,
        }

    def _original(self, name: str) -> dict[str, Any]:
        """A table's own file as it is, for an unedited way back."""
        path = _own_file(self.folder, name)
        assert path is not None
        return {"path": path.name, "table": name, "bytes": base64.b64encode(path.read_bytes()).decode()}

    def _lists(self, columns: dict[str, Column]) -> None:
        sheet = self.book.add_worksheet(_LISTS)
        for column in columns.values():
            place = _list_place(column)
            sheet.write_string(0, place, column.name)
            for r, choice in enumerate(_choices(column), 1):
                sheet.write_string(r, place, choice)
        sheet.hide()

    def _files(self, files: list[dict[str, Any]]) -> None:
        sheet = self.book.add_worksheet(_FILES)
        text = json.dumps({"form": FORM, "case": self.case.name, "files": files})
        for r, start in enumerate(range(0, len(text), _CELL_MOST)):
            sheet.write_string(r, 0, text[start : start + _CELL_MOST])
        sheet.hide()


def _put(sheet: Any, r: int, i: int, column: Column, text: str, writer: _Writer) -> None:
    if not text:
        return
    if isinstance(column, Number | Year) and float(f"{float(text):.16G}") == float(text):
        sheet.write_number(r, i, float(text), writer.number)
    else:
        sheet.write_string(r, i, text, writer.open)


def _about(column: Column) -> str:
    blank = f"Blank: {column.missing}." if column.missing else "Must not be blank."
    unit = f"Unit: {column.unit}." if column.unit else ""
    allowed = column.allowed.removeprefix("must be ")
    return "\n".join(part for part in (column.help, unit, f"Allowed: {allowed[:200]}", blank) if part)


def _choices(column: Column) -> tuple[str, ...]:
    if isinstance(column, Choice):
        return column.choices
    return ("yes", "no") if isinstance(column, Flag) else ()


def _list_place(column: Column) -> int:
    """Column of the hidden sheet in which the choices of a column stand; the same for equal choices."""
    return _every_list().index(_choices(column))


@functools.cache
def _every_list() -> tuple[tuple[str, ...], ...]:
    return tuple(sorted({_choices(c) for t in TABLES.values() for c in t.columns if _choices(c)}))


def _letter(place: int) -> str:
    head, tail = divmod(place, 26)
    return (chr(64 + head) if head else "") + chr(65 + tail)


def _sheet_name(inside: str) -> str:
    name = inside.replace("/", "~")
    return name if len(name) <= 31 else f"{hashlib.sha256(inside.encode()).hexdigest()[:6]}~{name[-24:]}"


def _text_files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*.toml") if p.is_file())


def _own_file(folder: Path, name: str) -> Path | None:
    return next((p for e in (".csv", ".xlsx") if (p := folder / f"{name}{e}").exists()), None)


def _shown(case: Case, name: str) -> bool:
    return "country_iso3" in declared(name).names or (
        case.folder is not None and _own_file(case.folder, name) is not None
    )


def _rows(case: Case, name: str) -> pd.DataFrame:
    """Rows of the country, and all that the case's own file holds."""
    frame = case.table(name)
    file = None if case.folder is None else _own_file(case.folder, name)
    own = declared(name).read(file) if file else None
    mine = frame["country_iso3"] == case.country if "country_iso3" in frame else pd.Series(False, index=frame.index)
    if own is not None:
        mine = mine | frame.index.isin(own.index)
    return frame[mine]


# reading ------------------------------------------------------------------------------------------------------------


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
    reader = _Reader(Path(path))
    with tempfile.TemporaryDirectory() as scratch:
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

    def __init__(self, path: Path) -> None:
        import python_calamine

        self.path = path
        if not path.exists():
            raise FileNotFoundError(2, "No such file", str(path))
        try:
            self.book = python_calamine.CalamineWorkbook.from_path(str(path))
        except Exception as error:  # calamine has no common error type; anything it says is about the file
            raise InputError(Fault(f"cannot be read as a workbook: {error}", file=path.name)) from None
        record = self._record()
        self.case_name, self.files = str(record["case"]), record["files"]
        self.originals = {f["table"]: f for f in self.files if "table" in f}
        self.texts = [f for f in self.files if "sheet" in f]
        self.faults: list[Fault] = []

    def _record(self) -> dict[str, Any]:
        advice = "is no workbook of a case; write one with: gadolin case export CASE FILE.xlsx"
        if _FILES not in self.book.sheet_names:
            raise InputError(Fault(advice, file=self.path.name))
        try:
            record = json.loads("".join(line for line in self._lines(_FILES)))
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
        known = {_HELP, _FIELDS, _LISTS, _FILES, *(f["sheet"] for f in self.texts)}
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
                if _own_file(folder, name):
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
        now = _texts(table, table.read(self.path, name))
        base = _texts(table, atlas.table(name))
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
            return _texts(table, table.read(file))

    def _exported(self, name: str, base: dict[str, Any], original: dict[str, Any]) -> list[str]:
        """Rows of the atlas that the sheet showed."""
        frame = atlas.table(name)
        if "country_iso3" not in frame:
            return []
        lines = "\n".join(line for f in self.texts if f["path"] == "case.toml" for line in self._lines(f["sheet"]))
        found = re.search(r'^country\s*=\s*"([A-Z]{3})"', lines, re.MULTILINE)
        return [] if found is None else [str(i) for i in frame.index[frame["country_iso3"] == found[1]]]


def _texts(table: Table, frame: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Each row as the texts of its cells, by row id."""
    columns = [[c.write(v) for v in frame[c.name]] for c in table.columns[1:]]
    return {str(i): cells for i, cells in zip(frame.index, zip(*columns, strict=True), strict=True)}
