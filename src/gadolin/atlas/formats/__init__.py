"""Readers of trade statistics and assays, one file each: `read_trade(path)` finds the format by its content.

Formats: UN Comtrade (current, API, bulk, legacy), China customs (GACC), Eurostat Comext (three forms), BACI, US Census,
Japan e-Stat, Korea and Thailand APIs, USITC workbooks, sheets with title lines (METS, MATRADE, KITA, Viet Nam customs;
plain or workbook); laboratory certificates by `read_certificate`.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

from gadolin.atlas.formats.assay import AssayFile, is_assay, read_assay
from gadolin.atlas.formats.baci import is_baci, read_baci
from gadolin.atlas.formats.comext import is_comext, read_comext
from gadolin.atlas.formats.comtrade import is_comtrade, read_comtrade
from gadolin.atlas.formats.flows import FlowFile, FlowRow
from gadolin.atlas.formats.gacc import is_gacc, read_gacc
from gadolin.atlas.formats.national import (
    is_census,
    is_estat,
    is_korea,
    read_census,
    read_estat,
    read_korea,
)
from gadolin.atlas.formats.text import read_cells
from gadolin.atlas.formats.thailand import is_thailand, read_thailand
from gadolin.atlas.formats.titled import Grid, is_titled, read_titled
from gadolin.atlas.formats.usitc import is_usitc, read_usitc
from gadolin.errors import Fault, InputError
from gadolin.sheets import workbook_of

__all__ = ["AssayFile", "FlowFile", "FlowRow", "read_certificate", "read_trade"]

_FORMATS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes, str], FlowFile]], ...] = (
    (is_comtrade, read_comtrade),
    (is_gacc, read_gacc),
    (is_comext, read_comext),
    (is_baci, read_baci),
    (is_census, read_census),
    (is_estat, read_estat),
    (is_korea, read_korea),
)
_CONTROL_TOTALS = {"trade_headline": "series,date,exports,imports", "trade_sitc_1d": "date,section,exports,imports"}


def read_trade(
    path: str | Path, columns: Mapping[str, str] | None = None, kg_per_unit: Decimal | None = None
) -> FlowFile:
    """Read a file of trade statistics; the format is found by its content.

    Args:
        path: The file, plain, gzip or a workbook.
        columns: The user's map from column name to field, for sheets whose columns are not certain.
        kg_per_unit: Kilograms per unit of quantity where the file does not name the unit (Thailand). [kg]

    Raises:
        InputError: No such file, no known format, or a file that breaks its own format.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(Fault("there is no such file", file=file.name))
    data = file.read_bytes()
    try:
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        found = _read(data, file.name, columns, kg_per_unit)
    except (ValueError, KeyError, IndexError, SyntaxError, OSError, EOFError, zlib.error) as error:
        what = f"looks like a known format but cannot be read: {type(error).__name__} {error}"
        raise InputError(Fault(what, file=file.name)) from None
    if found is None:
        raise InputError(Fault("is no trade file of a known format (see the docs on formats)", file=file.name))
    return found


def _read(data: bytes, name: str, columns: Mapping[str, str] | None, kg_per_unit: Decimal | None) -> FlowFile | None:
    if data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        grids = workbook(data, name)
        if is_usitc(grids):
            return read_usitc(grids, name)
        titled = next((grid for grid in grids if is_titled(grid)), None)
        return None if titled is None else read_titled(titled, name, columns)
    if is_thailand(data):
        return read_thailand(data, name, kg_per_unit)
    for known, read in _FORMATS:
        if known(data):
            return read(data, name)
    cells = read_cells(data) if data.strip() else None
    if cells is None:
        return None
    for series, head in _CONTROL_TOTALS.items():
        if ",".join(cells.header).startswith(head):
            what = f"is {series} of OpenDOSM: ringgit only, no weight and no tariff code; a control total, no flow"
            raise InputError(Fault(what, file=name))
    grid = Grid(cells.rows, {"encoding": cells.encoding, "delimiter": cells.delimiter})
    return read_titled(grid, name, columns) if is_titled(grid) else None


def workbook(data: bytes, name: str) -> list[Grid]:
    """The sheets of a workbook as cells.

    Args:
        data: Bytes of the file.
        name: File name, for the fault.

    Raises:
        InputError: No workbook.
    """
    with workbook_of(io.BytesIO(data), name) as book:
        sheets = [(sheet, book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)) for sheet in book.sheet_names]
    return [
        Grid(tuple((i, [_cell(c) for c in row]) for i, row in enumerate(rows, start=1)), {"sheet": sheet}, sheet)
        for sheet, rows in sheets
    ]


def _cell(value: object) -> str:
    """A cell as text; a number gets a fourth decimal where three could be read as thousands."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, float):
        return f"{value!r}0" if len(repr(value).partition(".")[2]) == 3 else repr(value)
    return "" if value is None else str(value)


def read_certificate(path: str | Path) -> AssayFile:
    """Read a laboratory certificate.

    Args:
        path: CSV file.

    Raises:
        InputError: No header with elements and units.
    """
    file = Path(path)
    data = file.read_bytes()
    if not is_assay(data):
        raise InputError(Fault("has no row of element names with units", file=file.name))
    return read_assay(data, file.name)
