"""BACI of CEPII: `t,i,j,k,v,q` - year, exporter, importer, HS6, thousand current US$, metric tons.

Reconciled, so no mirror gap is left in it; flows under US$ 1,000 are missing. Releases revise all years. Country
numbers are Comtrade-like (490 Other Asia, 842, 699, 251). A code read as a number loses the zero of chapters 01-09.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from gadolin.atlas.formats.codes import COMTRADE_OWN, from_m49
from gadolin.atlas.formats.flows import FlowFile, FlowRow, Notes
from gadolin.atlas.formats.text import code_digits, decode, delimiter_of, read_cells

__all__ = ["is_baci", "read_baci"]


def is_baci(data: bytes) -> bool:
    """Whether the header is that of BACI."""
    text, _ = decode(data[:2000])
    first = text.splitlines()[0] if text.strip() else ""
    names = [name.strip().strip('"') for name in first.split(delimiter_of(text))]
    return names[:6] == ["t", "i", "j", "k", "v", "q"]


def read_baci(data: bytes, name: str = "") -> FlowFile:
    """Read a BACI file, also one saved again with semicolons and decimal commas.

    Args:
        data: Bytes of the file.
        name: File name, unused here.
    """
    notes = Notes()
    cells = read_cells(data)
    numbers = cells.numbers(skip=("t", "i", "j", "k"))
    rows = cells.records()
    if numbers.decimal == ",":
        notes.add("DECIMAL_COMMA", [line for line, _ in rows], f"settled by {numbers.by}")
    flows: list[FlowRow] = []
    known: dict[tuple[str, ...], FlowRow] = {}
    for line, record in rows:
        if not {"t", "i", "j", "k"} <= record.keys():
            notes.add("ROW_UNREAD", line, "the line ends before its country and code")
            continue
        try:
            exporter, importer = from_m49(record["i"]), from_m49(record["j"])
        except ValueError:
            notes.add("ROW_UNREAD", line, "no exporter or importer code")
            continue
        if {int(float(record["i"])), int(float(record["j"]))} & set(COMTRADE_OWN):
            notes.add("COUNTRY_CODE", line, "not an ISO number: a code of Comtrade's own list")
        figures: dict[str, Decimal | None] = {}
        unclear = False
        for column in ("v", "q"):
            unclear |= numbers.ambiguous(record.get(column))
            try:
                figures[column] = numbers.read(record.get(column))
            except ValueError:
                notes.add("NUMBER_UNREAD", line, column)
                figures[column] = None
        hs, repaired = code_digits(record["k"])
        if repaired:
            notes.add("HS_CODE_REPAIRED", line)
        head = (record["t"].strip(), exporter, "X", importer, hs.zfill(6))
        weight, basis, both = figures["q"], "reconciled", ()
        if weight is None:
            basis = "missing"
            notes.add("WEIGHT_MISSING", line)
        elif unclear:
            notes.add("DECIMAL_UNCLEAR", line, "is the point or the comma the decimal sign of this file?")
            weight, basis, both = None, "ask", tuple(sorted((weight, weight * 1000)))
        row = FlowRow(*head, weight, basis, figures["v"], "value_kusd", (line,), both)
        before = known.setdefault(head, row)
        if before is not row:
            if replace(before, lines=row.lines) == row:
                notes.add("DUPLICATE_ROW", line, "same key, same values")
                continue
            notes.add("CONFLICT", (*before.lines, line), "same key, other values: which one?")
        flows.append(row)
    read_as = {
        "encoding": cells.encoding,
        "delimiter": cells.delimiter,
        "decimal": numbers.decimal,
        "thousands": numbers.thousands,
    }
    return FlowFile("BACI (CEPII)", read_as, len(rows), tuple(flows), notes.warnings())
