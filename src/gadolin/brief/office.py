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
from gadolin.figures import Figure, palette
from gadolin.quantity import Quantity

__all__ = ["render_docx", "render_xlsx"]

_PICTURE_CM, _TEXT_CM, _SHEET_MOST, _REFS_SHOWN = 17.0, 17.4, 31, 4
_CELL_CM, _LETTER_CM, _WORD_MOST, _ASKS_MOST = 0.45, 0.17, 18, 60
"""Margins of a cell and a letter of a Word table; letters after which a word may break and a column asks no more."""
_NOTE = "Paper Note"
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
    document.add_paragraph(say(words.RANGE_NOTE), style=_NOTE)
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
    """A4, narrow margins, page numbers, and properties that are the same for the same run."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm

    stamp = pd.Timestamp("2000-01-01").to_pydatetime()  # fixed, so that the same run gives the same bytes
    about = document.core_properties
    about.title, about.language, about.created, about.modified = title, language, stamp, stamp
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(1.8)
    section.top_margin = section.bottom_margin = Cm(1.8)
    foot = section.footer.paragraphs[0]
    foot.alignment, foot.style = WD_ALIGN_PARAGRAPH.RIGHT, _styles(document, language)
    number = OxmlElement("w:fldSimple")
    number.set(qn("w:instr"), "PAGE")
    foot._p.append(number)


def _styles(document: Any, language: str) -> Any:
    """One typeface, small tables, dark headings, quiet notes; the style of notes is given back."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    note = document.styles.add_style(_NOTE, WD_STYLE_TYPE.PARAGRAPH)
    note.base_style = document.styles["Normal"]
    note.font.color.rgb = RGBColor.from_string(palette.MUTED.removeprefix("#"))
    sizes = {"Normal": 10, _NOTE: 8, "Caption": 9, "List Paragraph": 8}
    heads = {"Heading 1": 18, "Heading 2": 14, "Heading 3": 12, "Heading 4": 10}
    for name, size in {**sizes, **heads}.items():
        style = document.styles[name]
        style.font.size, style.font.name, style.paragraph_format.space_after = Pt(size), "Arial", Pt(4)
        fonts = style.element.rPr.rFonts
        for key in [k for k in fonts.attrib if k.endswith("Theme")]:  # a font of the theme would win over the name
            del fonts.attrib[key]
        if name == "Caption" or name in heads:
            style.font.color.rgb = RGBColor.from_string(palette.SERIES[0].removeprefix("#"))
    for spoken in document.styles.element.iter(qn("w:lang")):
        spoken.set(qn("w:val"), {"en": "en-GB", "ms": "ms-MY"}[language])
    return note


class _DocxWriter:
    """Writes one section and its part of the annex."""

    def __init__(self, document: Any, section: Section, say: words.Say) -> None:
        self.document, self.section, self.say, self.notes = document, section, say, Notes(say)

    def front(self) -> None:
        """What is read."""
        self.document.add_heading(self._words(self.section.title), level=2)
        finding = self.document.add_paragraph()
        self._write(finding, self.section.finding, bold=True)
        finding.paragraph_format.keep_with_next = True
        for shown in front(self.section):
            self._part(shown)
        for more in left(self.section, self.say):
            self.document.add_paragraph(more, style=_NOTE)

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
            self._write(self.document.add_paragraph(), part)
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
                self._write(paragraph, content, column.unit, False)
                if column.numeric:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        for row in made.rows:
            row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
            for paragraph in (p for cell in row.cells for p in cell.paragraphs):
                paragraph.paragraph_format.space_after = Pt(0)
                for run in paragraph.runs:
                    run.font.size = Pt(8)
        _shape(made)
        below = [self._words(table.note), unranged_note(table, self.say), left_rows(shown, self.say)]
        self.document.add_paragraph(" ".join(n for n in below if n), style=_NOTE)

    def _figure(self, figure: Figure) -> None:
        from docx.shared import Cm

        drawn = figure.in_language(self.say.language)
        self.document.add_picture(io.BytesIO(drawn.png(scale=1.6)), width=Cm(_PICTURE_CM))
        self.document.paragraphs[-1].paragraph_format.keep_with_next = True
        picture = self.document.inline_shapes[-1]._inline.docPr  # Word reads the alternative text from here
        picture.set("descr", f"{drawn.title}. {drawn.description}"[:2000])
        below = self.document.add_paragraph(self.say("Refs"), style=_NOTE)
        below.add_run(str(self.notes.of_refs(figure.refs))).font.superscript = True

    def _write(
        self, paragraph: Any, content: Paragraph | Cell, unit: bool = True, unranged: bool = True, bold: bool = False
    ) -> None:
        """Content with its footnotes; estimates and what is from memory underlined with dashes, as the note says."""
        from docx.enum.text import WD_UNDERLINE

        told = self._translated(content)
        for piece in told.pieces() if isinstance(told, Paragraph) else [told]:
            weak = isinstance(piece, Quantity | Fact) and piece.basis in ("estimate", "memory")
            for text, number in self.notes.runs(piece, unit, unranged):
                run = paragraph.add_run(text)
                run.bold = bold
                run.underline = WD_UNDERLINE.DASH if weak else None
                if number:
                    paragraph.add_run(str(number)).font.superscript = True


def _shape(table: Any) -> None:
    """Columns as wide as what stands in them asks for, and a first column like the others."""
    from docx.oxml.ns import qn
    from docx.shared import Cm

    rows = [row.cells for row in table.rows]
    texts = [[cell.text for cell in column] for column in zip(*rows, strict=True)]
    words = [max(len(word) for text in column for word in ("", *text.split())) for column in texts]
    least = [_CELL_CM + _LETTER_CM * min(word, _WORD_MOST) for word in words]
    asks = [min(max(map(len, column)), _ASKS_MOST) for column in texts]
    left = _TEXT_CM - sum(least)
    table.autofit = False
    for i, ask in enumerate(asks):
        # what words need first, the rest by length; where there is no rest, all shrink alike
        width = Cm(least[i] + left * ask / sum(asks) if left > 0 else _TEXT_CM * least[i] / sum(least))
        table.columns[i].width = width
        for cells in rows:
            cells[i].width = width
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    look.set(qn("w:firstColumn"), "0")
    look.set(qn("w:val"), "0420")  # the same said in bits: a first row, no banded columns


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
