"""CSV and XLSX files as chunks of text cells, each row with the line it stands on.

Nothing here knows what a column means. A file is streamed, so ten million rows need little memory; rows with the
wrong number of cells, bytes that are no UTF-8 and files that are no tables become faults, never exceptions.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import datetime
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from gadolin.errors import Fault, InputError

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

__all__ = ["Chunk", "Sheet", "open_sheet", "workbook_of"]

_BLOCK_BYTES = 1 << 20
_XLSX_ROWS = 20_000
MAX_FAULTS = 1000


@dataclass(frozen=True)
class Chunk:
    """Some rows: one text array per column of the file, and the line of each row."""

    columns: list[pa.Array]
    lines: np.ndarray


@dataclass
class Sheet:
    """An open file: its header, its chunks, and the faults met so far."""

    file: str
    header: list[str]
    chunks: Iterator[Chunk]
    faults: list[Fault] = field(default_factory=list)


def open_sheet(path: str | Path, sheet: str | None = None) -> Sheet:
    """Open a CSV or XLSX file.

    Args:
        path: File; the ending decides, anything but .xlsx is read as CSV.
        sheet: Sheet of a workbook; the first if None.

    Raises:
        OSError: The file cannot be opened.
    """
    path = Path(path)
    return _open_xlsx(path, sheet) if path.suffix.lower() == ".xlsx" else _open_csv(path)


def _open_csv(path: Path) -> Sheet:
    with path.open("rb") as stream:
        head = stream.read(1 << 20)
    broken = _not_a_csv(path.name, head)
    if broken:
        return Sheet(path.name, [], iter(()), [broken])
    bom = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    text = io.StringIO(head[bom:].decode("utf-8", "replace"), newline="")
    reader = csv.reader(text)
    try:
        header = next(reader, [])
    except csv.Error as error:
        return Sheet(path.name, [], iter(()), [Fault(f"cannot be read as CSV: {error}", file=path.name, line=1)])
    if not any(name.strip() for name in header):
        return Sheet(path.name, [], iter(()), [Fault("is blank; it must name the columns", file=path.name, line=1)])
    sheet = Sheet(path.name, [name.strip() for name in header], iter(()))
    sheet.chunks = _csv_chunks(path, sheet, reader.line_num)
    return sheet


def _not_a_csv(name: str, head: bytes) -> Fault | None:
    if not head.strip():
        return Fault("is empty; the first line must name the columns", file=name, line=1)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Fault("is UTF-16 text; save it as CSV UTF-8", file=name, line=1)
    if head[:4] == b"PK\x03\x04":
        return Fault("is a workbook or archive under another name; rename it to .xlsx", file=name, line=1)
    if b"\x00" in head:
        return Fault("holds zero bytes, so it is no text file; save it as CSV UTF-8", file=name, line=1)
    return None


def _csv_chunks(path: Path, sheet: Sheet, header_lines: int) -> Iterator[Chunk]:
    """Chunks of a CSV file. Lines are counted through quoted line breaks, blank lines and refused rows."""
    width = len(sheet.header)
    refused: list[tuple[int, int]] = []  # record number from 0 after the header, extra line breaks in it

    def refuse(row: pacsv.InvalidRow) -> str:
        text = row.text
        refused.append((row.number, text.count("\n") - text.endswith("\n")))
        if text.strip() and len(sheet.faults) < MAX_FAULTS:
            sheet.faults.append(
                Fault(
                    f"has {row.actual_columns} cells where the header names {width}; quote a cell that holds a comma",
                    file=sheet.file,
                    line=-row.number - 1,  # record number, turned into a line below
                )
            )
        return "skip"

    names = [str(i) for i in range(width)]
    options = {
        "read_options": pacsv.ReadOptions(
            use_threads=False, block_size=_BLOCK_BYTES, column_names=names, skip_rows=header_lines
        ),
        "parse_options": pacsv.ParseOptions(
            newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=refuse
        ),
        "convert_options": pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""], check_utf8=False
        ),
    }
    record = extra = used = 0
    try:
        source = _Utf8(path)
        for batch in pacsv.open_csv(pa.PythonFile(source, mode="r"), **options):
            numbers, record, used = _record_numbers(batch.num_rows, record, refused, used, header_lines)
            breaks = np.zeros(batch.num_rows, dtype=np.int64)
            for column in batch.columns:
                if _may_hold(column, b"\n"):
                    found = pc.fill_null(pc.count_substring(column, "\n"), 0)
                    breaks += found.to_numpy(zero_copy_only=False)
            # a refused row's own line breaks shift what follows it
            shift = np.zeros(batch.num_rows, dtype=np.int64)
            for number, count in refused:
                if count:
                    shift += (numbers > number - header_lines - 1) * count
            before = np.concatenate([[0], np.cumsum(breaks)[:-1]]) if batch.num_rows else breaks
            lines = header_lines + 1 + numbers + extra + before + shift
            extra += int(breaks.sum())
            yield _without_blank_rows(Chunk(_decode(batch, lines, sheet, source.broken), lines))
    except pa.ArrowInvalid as error:
        reason = str(error).split(".")[0]
        sheet.faults.append(Fault(f"cannot be read as CSV: {reason}", file=sheet.file))
    sheet.faults[:] = [_with_line(fault) for fault in sheet.faults]


def _may_hold(text: pa.Array, sought: bytes) -> bool:
    """False only if no cell holds these bytes: one look at the whole buffer, not one at each cell."""
    buffer = text.buffers()[2]
    return buffer is not None and sought in buffer.to_pybytes()


def _without_blank_rows(chunk: Chunk) -> Chunk:
    if any(not column.null_count for column in chunk.columns):
        return chunk
    blank = np.ones(len(chunk.lines), dtype=bool)
    for column in chunk.columns:
        blank &= pc.is_null(column).to_numpy(zero_copy_only=False)
    if not blank.any():
        return chunk
    kept = pa.array(~blank)
    return Chunk([column.filter(kept) for column in chunk.columns], chunk.lines[~blank])


def _record_numbers(
    rows: int, record: int, refused: list[tuple[int, int]], used: int, header_lines: int
) -> tuple[np.ndarray, int, int]:
    """Record numbers (from 0, after the header) of the rows of a batch, skipping the refused ones."""
    skipped = [number - header_lines - 1 for number, _ in refused[used:]]
    numbers, at = np.empty(rows, dtype=np.int64), record
    filled = taken = 0
    while filled < rows:
        stop = skipped[taken] if taken < len(skipped) else None
        run = rows - filled if stop is None else min(rows - filled, max(stop - at, 0))
        numbers[filled : filled + run] = np.arange(at, at + run)
        filled, at = filled + run, at + run
        if stop is not None and at >= stop:
            taken, at = taken + 1, at + 1
    return numbers, at, used + taken


def _with_line(fault: Fault) -> Fault:
    if fault.line is not None and fault.line < 0:
        return Fault(fault.allowed, fault.file, -fault.line - 1, fault.field, fault.value)
    return fault


class _Utf8(io.RawIOBase):
    """The bytes of a file with all that is not UTF-8 replaced by U+FFFD, so that the CSV reader meets only text."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("rb")
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.broken = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to about `size` bytes; empty at the end."""
        while True:
            block = self._stream.read(size)
            text = self._decoder.decode(block, final=not block)
            self.broken = self.broken or "\ufffd" in text
            if text or not block:
                return text.encode()

    def close(self) -> None:
        self._stream.close()
        super().close()


def _decode(batch: pa.RecordBatch, lines: np.ndarray, sheet: Sheet, broken: bool) -> list[pa.Array]:
    """Cells as trimmed text, null where blank; reports cells that were no UTF-8, if there were any so far."""
    for name, column in zip(sheet.header, batch.columns, strict=True) if broken else ():
        broken = pc.fill_null(pc.match_substring(column, "\ufffd"), False).to_numpy(zero_copy_only=False)
        for row in np.flatnonzero(broken)[: max(MAX_FAULTS - len(sheet.faults), 0)]:
            allowed = "is not UTF-8; save the file as CSV UTF-8"
            sheet.faults.append(Fault(allowed, sheet.file, int(lines[row]), name, column[int(row)].as_py()))
    return [_trim(column) for column in batch.columns]


def _trim(text: pa.Array) -> pa.Array:
    """Cells without the white space around them; a cell of nothing else is blank."""
    trimmed = pc.utf8_trim_whitespace(text)
    if trimmed.equals(text):
        return text
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


@contextlib.contextmanager
def workbook_of(source: Path | BinaryIO, name: str) -> Iterator[CalamineWorkbook]:
    """A workbook to read from; whatever its reader says of it, here or inside, is a fault of the file.

    Args:
        source: Path or open file.
        name: How the file is named in the fault.

    Raises:
        InputError: It is no workbook, or a broken one.
        OSError: The file cannot be opened.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    if isinstance(source, Path):
        source.open("rb").close()  # a file that cannot be opened says so with its name, which calamine leaves out
    try:
        yield CalamineWorkbook.from_object(str(source) if isinstance(source, Path) else source)
    except CalamineError as error:
        why = f"cannot be read as a workbook: {error}; save it as .xlsx in Excel or LibreOffice"
        raise InputError(Fault(why, file=name)) from None


def _open_xlsx(path: Path, name: str | None) -> Sheet:
    try:
        return _sheet_of(path, name)
    except InputError as error:
        return Sheet(path.name, [], iter(()), list(error.faults))


def _sheet_of(path: Path, name: str | None) -> Sheet:
    with workbook_of(path, path.name) as book:
        names = book.sheet_names
        if name is not None and name not in names:
            return Sheet(path.name, [], iter(()), [Fault(f"has no sheet {name}; has {', '.join(names)}", path.name)])
        grid = book.get_sheet_by_name(name or names[0])
        rows = [[as_text(cell) for cell in row] for row in grid.to_python(skip_empty_area=False)]
        merged = grid.merged_cell_ranges or []
    if not rows:
        return Sheet(path.name, [], iter(()), [Fault("is empty; the first row must name the columns", path.name, 1)])
    faults = [
        Fault("cells are merged; unmerge them, each cell needs its own value", path.name, int(start[0]) + 1)
        for start, _ in merged
    ]
    header = [cell.strip() for cell in rows[0]]
    while header and not any(row[len(header) - 1] for row in rows):
        header.pop()
    return Sheet(path.name, header, _xlsx_chunks(rows[1:], len(header)), faults)


def _xlsx_chunks(rows: list[list[str]], width: int) -> Iterator[Chunk]:
    lines = np.arange(2, len(rows) + 2)
    for start in range(0, len(rows), _XLSX_ROWS):
        part = rows[start : start + _XLSX_ROWS]
        columns = [_trim(pa.array([row[i] or None for row in part], pa.string())) for i in range(width)]
        yield _without_blank_rows(Chunk(columns, lines[start : start + _XLSX_ROWS]))


def as_text(cell: Any) -> str:
    """A workbook's cell as it would stand in a CSV: 10500.0 is 10500, a date is ISO, a truth value yes or no.

    >>> as_text(10500.0), as_text(True), as_text(datetime.date(2024, 3, 31))
    ('10500', 'yes', '2024-03-31')
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return repr(cell).removesuffix(".0")
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat()
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return str(cell)
