"""A case as one workbook that is edited in Excel or LibreOffice and read back with the same checks.

    export(case, "malaysia.xlsx")           a sheet per table, per TOML file a text sheet, help and drop-downs
    read_back("malaysia.xlsx", "my-case")   a case folder and what changed, or every fault with sheet, row and field

A table's sheet shows the rows of the country as the case sees them; only rows that differ from the atlas's are written
back, so an unedited workbook gives the same bytes as the case it came from. Row ids are protected. Hidden sheets carry
the files as they were. Reading stands in `workbook_reader.py`. Limits: comments and colours that are added in the
workbook do not come back.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from gadolin import case as cases
from gadolin.atlas.schema import TABLES, declared
from gadolin.brief.workbook_form import FIELDS, FILES, FORM, HELP, LISTS, own_file, texts_of
from gadolin.brief.workbook_reader import Change, ReadBack, read_back
from gadolin.case import Case
from gadolin.columns import Choice, Column, Flag, Number, Year
from gadolin.errors import Fault, InputError
from gadolin.tables import Table

__all__ = ["Change", "ReadBack", "export", "read_back"]

SPARE_ROWS, CELL_MOST = 200, 32_000
HELP_LINES = (
    "Edit any white cell; add rows below the last one. Row ids are protected: a row is known by its id.",
    "Choices have a drop-down. Numbers have a decimal point. Dates are text: 2026-12-31, 2026-12 or 2026.",
    "A blank cell means not known, never zero. A heading's note says unit and meaning; sheet Fields lists them all.",
    "The last sheets are the text files of the case (TOML), line by line; comments may be changed as well.",
    "Do not merge cells, insert columns or rename sheets. Then: gadolin case import THIS_FILE.xlsx NEW_FOLDER",
)


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
        readme = self.book.add_worksheet(HELP)
        readme.set_column(0, 0, 110)
        for row, line in enumerate((f"Case {self.case.name} ({FORM})", *HELP_LINES)):
            readme.write_string(row, 0, line, self.head if row == 0 else None)
        names = [n for n in TABLES if _shown(self.case, n)]
        lists = {c.name: c for n in names for c in declared(n).columns if _choices(c)}
        for name in names:
            self._table(declared(name))
        self._fields(names)
        files = [self._text(path) for path in _text_files(self.folder)]
        files += [self._original(name) for name in names if own_file(self.folder, name)]
        self._lists(lists)
        self._files(files)
        sheets = [sheet.get_name() for sheet in self.book.worksheets()]
        self.book.close()
        return [str(name) for name in sheets]

    def _table(self, table: Table) -> None:
        sheet = self.book.add_worksheet(table.name)
        rows = _rows(self.case, table.name)
        last = len(rows) + SPARE_ROWS
        for i, column in enumerate(table.columns):
            sheet.write_string(0, i, column.name, self.head)
            sheet.write_comment(0, i, _about(column), {"width": 320, "height": 120})
            form = self.number if isinstance(column, Number | Year) else self.open
            sheet.set_column(i, i, max(12, min(len(column.name) + 2, 34)), form)
            if _choices(column):
                at = _letter(_list_place(column))
                where = f"={LISTS}!${at}$2:${at}${len(_choices(column)) + 1}"
                sheet.data_validation(1, i, last, i, {"validate": "list", "source": where, "error_type": "warning"})
        for r, (row_id, cells) in enumerate(texts_of(table, rows).items(), 1):
            sheet.write_string(r, 0, row_id, self.key)
            for i, (column, text) in enumerate(zip(table.columns[1:], cells, strict=True), 1):
                _put(sheet, r, i, column, text, self)
        sheet.freeze_panes(1, 1)
        sheet.protect(
            "", {"insert_rows": True, "format_cells": True, "sort": True, "autofilter": True, "delete_rows": True}
        )

    def _fields(self, names: list[str]) -> None:
        sheet = self.book.add_worksheet(FIELDS)
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
            if len(line) > CELL_MOST:
                raise InputError(Fault(f"is longer than {CELL_MOST} characters", file=inside, line=r + 1))
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
        path = own_file(self.folder, name)
        assert path is not None
        return {"path": path.name, "table": name, "bytes": base64.b64encode(path.read_bytes()).decode()}

    def _lists(self, columns: dict[str, Column]) -> None:
        sheet = self.book.add_worksheet(LISTS)
        for column in columns.values():
            place = _list_place(column)
            sheet.write_string(0, place, column.name)
            for r, choice in enumerate(_choices(column), 1):
                sheet.write_string(r, place, choice)
        sheet.hide()

    def _files(self, files: list[dict[str, Any]]) -> None:
        sheet = self.book.add_worksheet(FILES)
        text = json.dumps({"form": FORM, "case": self.case.name, "files": files})
        for r, start in enumerate(range(0, len(text), CELL_MOST)):
            sheet.write_string(r, 0, text[start : start + CELL_MOST])
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


def _shown(case: Case, name: str) -> bool:
    return "country_iso3" in declared(name).names or (
        case.folder is not None and own_file(case.folder, name) is not None
    )


def _rows(case: Case, name: str) -> pd.DataFrame:
    """Rows of the country, and all that the case's own file holds."""
    frame = case.table(name)
    file = None if case.folder is None else own_file(case.folder, name)
    own = declared(name).read(file) if file else None
    mine = frame["country_iso3"] == case.country if "country_iso3" in frame else pd.Series(False, index=frame.index)
    if own is not None:
        mine = mine | frame.index.isin(own.index)
    return frame[mine]
