"""Sections as a Word document with styles (extra `report`), and as a workbook with a sheet per table."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pandas as pd

from gadolin.brief import words
from gadolin.brief.notes import Notes
from gadolin.brief.section import Fact, Paragraph, Section, Table
from gadolin.errors import InputError
from gadolin.figures import Figure
from gadolin.quantity import Quantity

__all__ = ["render_docx", "render_xlsx"]

_PICTURE_CM, _SHEET_MOST = 16.0, 31
_PARTS = ("value", "low", "high", "unit", "basis", "refs")


def render_docx(title: str, sections: Sequence[Section], language: str = "en") -> bytes:
    """The sections as a Word document.

    Args:
        title: Heading.
        sections: What it holds.
        language: `en` or `ms`.

    Raises:
        InputError: python-docx is not installed.
    """
    try:
        import docx
        from docx.shared import Pt
    except ImportError:
        raise InputError("Word needs the extra: pip install gadolin[report]") from None
    say = words.translator(language)
    document = docx.Document()
    stamp = pd.Timestamp("2000-01-01").to_pydatetime()  # fixed, so that the same run gives the same bytes
    document.core_properties.title, document.core_properties.created = title, stamp
    document.core_properties.language, document.core_properties.modified = language, stamp
    document.add_heading(title, level=1)
    document.add_paragraph(say(words.RANGE_NOTE))
    for section in sections:
        notes = Notes(say)
        document.add_heading(section.title, level=2)
        _write(document.add_paragraph(), notes.runs(section.finding), bold=True)
        for part in section.parts:
            _docx_part(document, part, notes)
        if notes.lines():
            document.add_heading(say("Basis and refs"), level=3)
        for line in notes.lines():
            small = document.add_paragraph().add_run(line)
            small.font.size = Pt(7)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _write(paragraph: Any, runs: list[tuple[str, int | None]], bold: bool = False) -> None:
    for text, number in runs:
        paragraph.add_run(text).bold = bold
        if number:
            paragraph.add_run(str(number)).font.superscript = True


def _docx_part(document: Any, part: Any, notes: Notes) -> None:
    from docx.shared import Cm

    if isinstance(part, Paragraph):
        _write(document.add_paragraph(), notes.runs(part))
    elif isinstance(part, Table):
        document.add_paragraph(part.caption, style="Caption")
        table = document.add_table(rows=1, cols=len(part.columns), style="Light Grid Accent 1")
        for cell, head in zip(table.rows[0].cells, part.columns, strict=True):
            cell.text = head
        for row in part.rows:
            for cell, content in zip(table.add_row().cells, row, strict=True):
                _write(cell.paragraphs[0], notes.runs(content))
        if part.note:
            document.add_paragraph(part.note)
    else:
        document.add_picture(io.BytesIO(part.png(scale=1.6)), width=Cm(_PICTURE_CM))
        picture = document.inline_shapes[-1]._inline.docPr  # Word reads the alternative text from here
        picture.set("descr", f"{part.finding}. {part.description}"[:2000])
        _write(document.add_paragraph(style="Caption"), [(part.finding, notes.of_refs(part.refs))])


def render_xlsx(title: str, sections: Sequence[Section], language: str = "en") -> bytes:
    """Every table and the rows behind every figure as a workbook; numbers as numbers, with range, unit, basis, refs.

    Args:
        title: Heading of the first sheet.
        sections: What it holds.
        language: `en` or `ms`.
    """
    import xlsxwriter

    say = words.translator(language)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": title, "created": pd.Timestamp("2000-01-01").to_pydatetime()})
    bold = book.add_format({"bold": True})
    front = book.add_worksheet(say("Contents")[:_SHEET_MOST])
    front.set_column(0, 2, 40)
    front.write_string(0, 0, title, bold)
    row = 2
    for section in sections:
        front.write_string(row, 0, section.title, bold)
        front.write_string(row, 1, str(section.finding))
        row += 1
        for part in section.parts:
            if isinstance(part, Paragraph):
                front.write_string(row, 1, str(part))
                refs = dict.fromkeys(r for v in part.values.values() for r in v.refs)
                front.write_string(row, 2, ", ".join(refs)[:32_000])
            else:
                sheet = book.add_worksheet(_sheet_name(book, section.key))
                caption = part.caption if isinstance(part, Table) else part.finding
                sheet.write_string(0, 0, caption, bold)
                _frame(sheet, part.data if isinstance(part, Figure) else _flat(part), bold)
                front.write_string(row, 1, f"{sheet.get_name()}: {caption}")
            row += 1
    book.close()
    return out.getvalue()


def _sheet_name(book: Any, key: str) -> str:
    taken = {sheet.get_name() for sheet in book.worksheets()}
    return next(n for i in range(1, 1000) if (n := f"{key[:26]} {i}") not in taken)


def _flat(table: Table) -> pd.DataFrame:
    """A table with one column per part of a quantity."""
    rows = []
    for row in table.rows:
        flat: dict[str, Any] = {}
        for head, cell in zip(table.columns, row, strict=True):
            if isinstance(cell, Quantity):
                parts = {p: getattr(cell, p) for p in _PARTS} | {"refs": ", ".join(cell.refs)}
                flat |= {head if p == "value" else f"{head}: {p}": v for p, v in parts.items()}
            elif isinstance(cell, Fact):
                flat |= {head: cell.text, f"{head}: refs": ", ".join(cell.refs)}
            else:
                flat[head] = cell
        rows.append(flat)
    return pd.DataFrame(rows)


def _frame(sheet: Any, frame: pd.DataFrame, bold: Any) -> None:
    for i, name in enumerate(frame.columns):
        sheet.write_string(2, i, str(name), bold)
        sheet.set_column(i, i, min(max(len(str(name)) + 2, 10), 40))
        for r, value in enumerate(frame[name], 3):
            if value is None or value is pd.NA or value != value:
                continue
            if isinstance(value, str):
                sheet.write_string(r, i, value[:32_000])
            else:
                sheet.write(r, i, float(value) if hasattr(value, "__float__") else str(value))
