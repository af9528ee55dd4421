"""Sections as a tagged PDF/UA document, set by Typst (extra `report`): the front first, the annex behind it."""

from __future__ import annotations

import tempfile
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gadolin.brief import words
from gadolin.brief.layout import (
    ANNEX_NOTE,
    ROWS_MOST,
    Column,
    Shown,
    annex,
    columns,
    front,
    left,
    left_rows,
    unranged_note,
)
from gadolin.brief.notes import Notes
from gadolin.brief.section import Paragraph, Section, Table
from gadolin.errors import InputError
from gadolin.figures import Figure
from gadolin.quantity import Quantity

__all__ = ["render"]

_HEAD = """#set document(title: {title}, author: "Gadolin", date: none)
#set page(paper: "a4", margin: (x: 16mm, y: 16mm), numbering: "1")
#set text(font: ("Liberation Sans", "Arial", "DejaVu Sans"), size: 9pt, lang: {language})
#set par(justify: false)
#set heading(numbering: none)
#show heading.where(level: 2): set text(fill: rgb("#12436D"))
#show heading.where(level: 2): set block(above: 16pt)
#show heading: set block(sticky: true)
#set table(stroke: (x: none, y: 0.5pt + rgb("#DADDE1")), inset: (x: 3pt, y: 3.5pt))
#show table.cell.where(y: 0): set align(bottom)
#let small(body) = text(size: 7.5pt, fill: rgb("#595959"), body)
"""
_WORD_FR, _REFS_SHOWN = 12, 4
"""Letters of a cell that ask for one share of the width of a table; refs that a footnote names."""
_NARROW_LETTERS, _RANGE_LETTERS = 14, 30
"""Most letters of a column of words and of one of numbers that is as wide as what it holds."""
_HEAD_LETTERS, _FEW_COLUMNS = 13, 5
"""Least letters of a line of a heading where columns are many; twice as many stand on one where they are few."""


def render(title: str, sections: Sequence[Section], language: str = "en") -> bytes:
    """The sections as PDF/UA-1.

    Args:
        title: Heading.
        sections: What it holds.
        language: `en` or `ms`.

    Raises:
        InputError: Typst is not installed.
    """
    try:
        import typst
    except ImportError:
        raise InputError("PDF needs the extra: pip install gadolin[report]") from None
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "brief.typ").write_text(source(title, sections, folder, language), encoding="utf-8")
        return typst.compile(str(folder / "brief.typ"), root=scratch, format="pdf", pdf_standards=["ua-1"])


def source(title: str, sections: Sequence[Section], folder: Path, language: str = "en") -> str:
    """Typst source; pictures are written into the folder.

    Args:
        title: Heading.
        sections: What it holds.
        folder: Where the pictures go.
        language: `en` or `ms`.
    """
    say = words.translator(language)
    writers = [_Writer(section, say, folder) for section in sections]
    parts = [
        _HEAD.format(title=_quoted(title), language=_quoted(language)),
        f"= #{_quoted(title)}",
        f"#small[{_text(say(words.RANGE_NOTE))}]",
        *(line for writer in writers for line in writer.front()),
        "#pagebreak()",
        f"== #{_quoted(say('Annex'))}",
        f"#small[{_text(say(ANNEX_NOTE))}]",
        *(line for writer in writers for line in writer.annex()),
    ]
    return "\n\n".join(parts) + "\n"


class _Writer:
    """Writes one section and its part of the annex."""

    def __init__(self, section: Section, say: words.Say, folder: Path) -> None:
        self.section, self.say, self.folder, self.notes = section, say, folder, Notes(say)

    def front(self) -> list[str]:
        """What is read."""
        head = [f"== #{_quoted(self._words(self.section.title))}", f"#block(sticky: true)[#strong[{self._finding()}]]"]
        return [
            *head,
            *(self._part(shown) for shown in front(self.section)),
            *(f"#small[{_text(words)}]" for words in left(self.section, self.say)),
            *(["#pagebreak()"] if self.section.whole else []),
        ]

    def annex(self) -> list[str]:
        """What proves it."""
        parts = [self._part(Shown(part)) for part in annex(self.section)]
        lines = [_text(line) for line in self.notes.lines(_REFS_SHOWN)]
        if lines:
            half = (len(lines) + 1) // 2
            sides = ", ".join(f"[{' #linebreak() '.join(side)}]" for side in (lines[:half], lines[half:]))
            parts.append(f"#block(sticky: true)[#strong[{_text(self.say('Basis and refs'))}]]")
            parts.append(f"#text(size: 7pt)[#grid(columns: (1fr, 1fr), column-gutter: 6mm, {sides})]")
        return [f"=== #{_quoted(self._words(self.section.title))}", *parts] if parts else []

    def _words(self, english: str) -> str:
        known = None if self.section.language == self.say.language else self.say.known(english)
        return known or english

    def _finding(self) -> str:
        finding = self.section.finding
        return _text(self._words(finding)) if isinstance(finding, str) else self._sentence(finding)

    def _sentence(self, paragraph: Paragraph) -> str:
        return self._runs(Paragraph(self._words(paragraph.template), paragraph.values))

    def _part(self, shown: Shown) -> str:
        part = shown.part
        if isinstance(part, Paragraph):
            return self._sentence(part)
        return self._table(part, shown) if isinstance(part, Table) else self._figure(part)

    def _table(self, table: Table, shown: Shown) -> str:
        printed = columns(table, self.say)
        letters = [self._letters(table, place, column) for place, column in enumerate(printed)]
        room = _HEAD_LETTERS if len(printed) > _FEW_COLUMNS else 2 * _HEAD_LETTERS
        heads = ", ".join(f"[#strong[{_head(c, n, room)}]]" for c, n in zip(printed, letters, strict=True))
        rows = [
            ", ".join(f"[{self._cell(cell, column)}]" for cell, column in zip(row, printed, strict=True))
            for row in table.rows[: shown.rows]
        ]
        sides = ", ".join("right" if c.numeric else "left" for c in printed)
        lines = ",\n".join(rows)
        made = f"#table(columns: ({_widths(printed, letters)},), align: ({sides},), table.header({heads}),\n{lines})"
        below = [self._words(table.note), unranged_note(table, self.say), left_rows(shown, self.say)]
        note = " ".join(n for n in below if n)
        under = f"\n\n#small[{_text(note)}]" if note else ""
        caption = f"#block(sticky: true)[#strong[{_text(self._words(table.caption))}]]"
        apart = "true" if shown.rows is None and len(table.rows) > ROWS_MOST else "false"
        return f"#block(breakable: {apart})[{caption}\n\n#text(size: 8pt)[{made}]{under}]"

    def _letters(self, table: Table, place: int, column: Column) -> list[int]:
        """How many letters stand in each cell of a column."""
        cells = (row[place] for row in table.rows)
        said = (
            words.quantity_text(c, self.say, column.unit, False)
            if isinstance(c, Quantity)
            else self._words(str(c or ""))
            for c in cells
        )
        return [len(text) for text in said]

    def _cell(self, cell: Any, column: Column) -> str:
        return self._runs(self._words(cell) if isinstance(cell, str) else cell, column.unit, False)

    def _figure(self, figure: Figure) -> str:
        drawn = figure.in_language(self.say.language)
        name = f"{figure.id}.svg"
        (self.folder / name).write_text(drawn.svg(), encoding="utf-8")
        refs, number = self.say("Refs"), self.notes.of_refs(figure.refs)
        alt = _quoted(f"{drawn.title}. {drawn.description}")
        drawing = f"#image({_quoted(name)}, width: 100%, alt: {alt})#small[{_text(refs)}]#super[{number}]"
        return f"#block(breakable: false)[{drawing}]"

    def _runs(self, content: Any, unit: bool = True, unranged: bool = True) -> str:
        runs = self.notes.runs(content, unit, unranged)
        return "".join(_text(text) + (f"#super[{number}]" if number else "") for text, number in runs)


def _head(column: Column, letters: list[int], room: int) -> str:
    """A heading, broken so that a column of numbers or short words is hardly wider for it."""
    if not _is_narrow(column, letters):
        return _text(column.heading)
    lines = textwrap.wrap(column.heading, max(room, *letters), break_long_words=False)
    return " #linebreak() ".join(map(_text, lines))


def _is_narrow(column: Column, letters: list[int]) -> bool:
    return max(letters, default=0) <= (_RANGE_LETTERS if column.numeric else _NARROW_LETTERS)


def _widths(printed: list[Column], letters: list[list[int]]) -> str:
    """Columns of numbers and short words as wide as they are, columns of words by how much they hold."""
    shares = []
    for column, counts in zip(printed, letters, strict=True):
        held = [*counts, len(column.heading)]
        share = min(max(sum(held) / len(held) / _WORD_FR, 1.0), 8.0)
        shares.append("auto" if _is_narrow(column, counts) else f"{share:.2g}fr")
    return ", ".join(shares)


def _text(text: str) -> str:
    """Text as a string expression, so that no character of it is markup."""
    return f"#{_quoted(text)};"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'
