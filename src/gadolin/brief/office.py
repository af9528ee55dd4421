"""Sections as a Word document with styles (extra `report`), and as a workbook with a sheet per table."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadolin.brief import words
from gadolin.brief.layout import ANNEX_NOTE, Shown, annex, columns, front, left, left_rows, unranged_note
from gadolin.brief.notes import Notes
from gadolin.brief.section import Cell, Fact, Paragraph, Section, Table
from gadolin.errors import InputError
from gadolin.figures import Figure
from gadolin.quantity import Quantity

__all__ = ["render_docx", "render_xlsx"]

_PICTURE_CM, _SHEET_MOST, _REFS_SHOWN = 17.0, 31, 4
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
    except ImportError:
        raise InputError("Word needs the extra: pip install gadolin[report]") from None
    say = words.translator(language)
    document = docx.Document()
    _page(document, title, language)
    document.add_heading(title, level=1)
    document.add_paragraph(say(words.RANGE_NOTE)).style = "Caption"
    writers = [_DocxWriter(document, section, say) for section in sections]
    for writer in writers:
        writer.front()
    document.add_page_break()
    document.add_heading(say("Annex"), level=2)
    document.add_paragraph(say(ANNEX_NOTE))
    for writer in writers:
        writer.annex()
    out = io.BytesIO()
    document.save(out)
    return _without_clock(out)


def _without_clock(written: io.BytesIO) -> bytes:
    """The same archive with one date on every member: Word files are zips, and zips carry the time of writing."""
    out = io.BytesIO()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(zipfile.ZipInfo(member, (2000, 1, 1, 0, 0, 0)), old.read(member), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _page(document: Any, title: str, language: str) -> None:
    """A4, narrow margins, styles with small tables, and properties that are the same for the same run."""
    from docx.shared import Cm, Pt

    stamp = pd.Timestamp("2000-01-01").to_pydatetime()  # fixed, so that the same run gives the same bytes
    about = document.core_properties
    about.title, about.language, about.created, about.modified = title, language, stamp, stamp
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(1.8)
    section.top_margin = section.bottom_margin = Cm(1.8)
    for name, size in (("Normal", 10), ("Caption", 9), ("List Paragraph", 8)):
        document.styles[name].font.size = Pt(size)
        document.styles[name].paragraph_format.space_after = Pt(4)
    document.styles["Normal"].font.name = "Arial"


class _DocxWriter:
    """Writes one section and its part of the annex."""

    def __init__(self, document: Any, section: Section, say: words.Say) -> None:
        self.document, self.section, self.say, self.notes = document, section, say, Notes(say)

    def front(self) -> None:
        """What is read."""
        self.document.add_heading(self._words(self.section.title), level=2)
        finding = self.document.add_paragraph()
        _write(finding, self.notes.runs(self._translated(self.section.finding)), bold=True)
        finding.paragraph_format.keep_with_next = True
        for shown in front(self.section):
            self._part(shown)
        for more in left(self.section, self.say):
            self.document.add_paragraph(more, style="Caption")

    def annex(self) -> None:
        """What proves it."""
        parts, lines = annex(self.section), self.notes.lines(_REFS_SHOWN)
        if not parts and not lines:
            return
        self.document.add_heading(self._words(self.section.title), level=3)
        for part in parts:
            self._part(Shown(part))
        if lines:
            self.document.add_heading(self.say("Basis and refs"), level=4)
        for line in self.notes.lines(_REFS_SHOWN):
            self.document.add_paragraph(line, style="List Paragraph")

    def _words(self, english: str) -> str:
        known = None if self.section.language == self.say.language else self.say.known(english)
        return known or english

    def _translated(self, content: Paragraph | Cell) -> Paragraph | Cell:
        if isinstance(content, Paragraph):
            return Paragraph(self._words(content.template), content.values)
        return self._words(content) if isinstance(content, str) else content

    def _part(self, shown: Shown) -> None:
        part = shown.part
        if isinstance(part, Paragraph):
            _write(self.document.add_paragraph(), self.notes.runs(self._translated(part)))
        elif isinstance(part, Table):
            self._table(part, shown)
        else:
            self._figure(part)

    def _table(self, table: Table, shown: Shown) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.oxml import OxmlElement
        from docx.shared import Pt

        caption = self.document.add_paragraph(self._words(table.caption), style="Caption")
        caption.paragraph_format.keep_with_next = True
        printed = columns(table, self.say)
        made = self.document.add_table(rows=1, cols=len(printed), style="Light List Accent 1")
        for cell, column in zip(made.rows[0].cells, printed, strict=True):
            cell.text = column.heading
        made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # the head stands on every page
        for row in table.rows[: shown.rows]:
            for cell, content, column in zip(made.add_row().cells, row, printed, strict=True):
                paragraph = cell.paragraphs[0]
                _write(paragraph, self.notes.runs(self._translated(content), column.unit, False))
                if column.numeric:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        for row in made.rows:
            row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
            for paragraph in (p for cell in row.cells for p in cell.paragraphs):
                paragraph.paragraph_format.space_after = Pt(0)
                for run in paragraph.runs:
                    run.font.size = Pt(8)
        below = [self._words(table.note), unranged_note(table, self.say), left_rows(shown, self.say)]
        self.document.add_paragraph(" ".join(n for n in below if n), style="Caption")

    def _figure(self, figure: Figure) -> None:
        from docx.shared import Cm

        drawn = figure.in_language(self.say.language)
        self.document.add_picture(io.BytesIO(drawn.png(scale=1.6)), width=Cm(_PICTURE_CM))
        self.document.paragraphs[-1].paragraph_format.keep_with_next = True
        picture = self.document.inline_shapes[-1]._inline.docPr  # Word reads the alternative text from here
        picture.set("descr", f"{figure.finding}. {drawn.description}"[:2000])
        _write(self.document.add_paragraph(style="Caption"), [(self.say("Refs"), self.notes.of_refs(figure.refs))])


def _write(paragraph: Any, runs: list[tuple[str, int | None]], bold: bool = False) -> None:
    for text, number in runs:
        paragraph.add_run(text).bold = bold
        if number:
            paragraph.add_run(str(number)).font.superscript = True


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
        told = _Words(section, say)
        front.write_string(row, 0, told(section.title), bold)
        front.write_string(row, 1, told.plain(section.finding))
        row += 1
        for part in section.parts:
            if isinstance(part, Paragraph):
                front.write_string(row, 1, told.plain(part))
                refs = dict.fromkeys(r for v in part.values.values() for r in v.refs)
                front.write_string(row, 2, ", ".join(refs)[:32_000])
            else:
                sheet = book.add_worksheet(_sheet_name(book, section.key))
                caption = told(part.caption if isinstance(part, Table) else part.finding)
                sheet.write_string(0, 0, caption, bold)
                _frame(sheet, part.data if isinstance(part, Figure) else _flat(part), bold)
                front.write_string(row, 1, f"{sheet.get_name()}: {caption}")
            row += 1
    book.close()
    return out.getvalue()


@dataclass(frozen=True)
class _Words:
    """Words of a section in the language of the paper, English where the catalogue lacks them."""

    section: Section
    say: words.Say

    def __call__(self, english: str) -> str:
        known = None if self.section.language == self.say.language else self.say.known(english)
        return known or english

    def plain(self, content: str | Paragraph) -> str:
        """A sentence with its numbers, without footnotes."""
        if isinstance(content, str):
            return self(content)
        pieces = Paragraph(self(content.template), content.values).pieces()
        return "".join(p if isinstance(p, str) else _said(p, self.say) for p in pieces)


def _said(value: Quantity | Fact, say: words.Say) -> str:
    return words.quantity_text(value, say) if isinstance(value, Quantity) else words.fact_text(value, say)


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
