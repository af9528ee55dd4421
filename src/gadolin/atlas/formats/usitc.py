"""USITC DataWeb: a workbook with a sheet of query parameters, then a sheet for each year and measure.

Numbers are text with commas; years or months stand as columns. Beside the code stands `Quantity Description`: mass and
component mass (of the element in the goods) come as separate rows, and only mass is weight. US$ Customs value or FAS.
Limit: laid out after descriptions; no original export was at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from gadolin.atlas.formats.flows import FlowFile, FlowRow, Notes
from gadolin.atlas.formats.text import Numbers, code_digits
from gadolin.atlas.formats.titled import Grid, country_of

__all__ = ["is_usitc", "read_usitc"]

_SHEET = re.compile(r"\s*((?:19|20)\d\d)\s*,\s*(.+)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_KG = (("kilogram", Decimal(1)), ("metric ton", Decimal(1000)), ("gram", Decimal("0.001")))


def is_usitc(grids: Sequence[Grid]) -> bool:
    """Whether a workbook has sheets named `YEAR, measure`."""
    return any(_SHEET.fullmatch(grid.name) for grid in grids)


def read_usitc(grids: Sequence[Grid], name: str = "") -> FlowFile:
    """Read a workbook of USITC DataWeb.

    Args:
        grids: Its sheets.
        name: File name; gives the flow if the parameters do not.
    """
    notes, numbers = Notes(), Numbers(".", True)
    said = " ".join(c for g in grids if not _SHEET.fullmatch(g.name) for _, row in g.rows for c in row) + " " + name
    flow = "M" if re.search("import", said, re.I) else "X" if re.search("export", said, re.I) else None
    if flow is None:
        notes.add("FLOW_UNKNOWN", (), "neither the parameters nor the file name say import or export: which?")
    kg: dict[tuple[str, str, str], Decimal | None] = {}
    usd: dict[tuple[str, str, str], Decimal] = {}
    lines: dict[tuple[str, str, str], list[int]] = {}
    count = 0
    for grid in grids:
        match = _SHEET.fullmatch(grid.name)
        if match is None:
            continue
        year, quantity = match.group(1), "quantity" in match.group(2).lower()
        for line, key, factor, number in _cells(grid, year, numbers, notes):
            count += 1
            lines.setdefault(key, []).append(line)
            if not quantity:
                usd[key] = usd.get(key, Decimal(0)) + (number or 0)
            elif factor is None:
                notes.add("WEIGHT_MISSING", line, "a quantity that is no mass")
            elif number is not None:
                kg[key] = (kg.get(key) or Decimal(0)) + number * factor
    flows = [
        FlowRow(
            key[0],
            "USA",
            flow,
            key[1],
            key[2],
            None if not kg.get(key) else (kg[key] or Decimal(0)) / 1000,
            "reported" if kg.get(key) else "missing",
            usd.get(key),
            "value_usd",
            tuple(sorted(set(lines[key]))),
        )
        for key in sorted(lines)
    ]
    return FlowFile("USITC DataWeb", {"sheets": str(len(grids))}, count, tuple(flows), notes.warnings())


def _cells(
    grid: Grid, year: str, numbers: Numbers, notes: Notes
) -> Iterator[tuple[int, tuple[str, str, str], Decimal | None, Decimal | None]]:
    """Line, (period, partner, code), kilograms per unit and number of each cell under a period."""
    start = next((i for i, (_, row) in enumerate(grid.rows) if any(re.search("HTS|HS", c) for c in row)), None)
    if start is None:
        notes.add("NO_HEADER", (), f'no line with HTS in sheet "{grid.name}"')
        return
    header = [c.strip() for c in grid.rows[start][1]]
    code_at = next(i for i, c in enumerate(header) if re.search("HTS|HS", c))
    country_at = next((i for i, c in enumerate(header) if "country" in c.lower()), None)
    unit_at = next((i for i, c in enumerate(header) if c.lower() == "quantity description"), None)
    periods = {i: p for i, c in enumerate(header) if (p := _period(c, year))}
    months = any(len(p) == 7 for p in periods.values())
    for line, row in grid.rows[start + 1 :]:
        if any(re.match(r"\s*total", c, re.I) for c in row):
            notes.add("TOTAL_ROW_SKIPPED", line, "a total and its parts never enter one sum")
            continue
        code, _ = code_digits(row[code_at] if code_at < len(row) else "")
        if not code:
            continue
        unit = row[unit_at].strip().lower() if unit_at is not None and unit_at < len(row) else ""
        if "component" in unit or "content" in unit:
            notes.add("COMPONENT_MASS_SKIPPED", line, "mass of the element in the goods, not of the goods")
            continue
        factor = next((f for word, f in _KG if unit.startswith(word)), None)
        where = row[country_at].strip() if country_at is not None and country_at < len(row) else ""
        partner = country_of(where)
        for i, period in periods.items():
            if months and len(period) == 4:
                continue  # the year beside its months
            try:
                number = numbers.read(row[i] if i < len(row) else "")
            except ValueError:
                notes.add("NUMBER_UNREAD", line, header[i])
                number = None
            yield line, (period, partner, code), factor, number


def _period(head: str, year: str) -> str:
    """Period of a column; a month's name stands for a month of the sheet's year."""
    month = next((i for i, m in enumerate(_MONTHS, start=1) if re.fullmatch(rf"{m}[a-z]*\.?", head.lower())), None)
    if month is not None:
        return f"{year}-{month:02}"
    match = re.search(r"(?<!\d)((?:19|20)\d\d)(?!\d)", head)
    return match.group(1) if match else ""
