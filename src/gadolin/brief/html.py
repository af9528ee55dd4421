"""Sections as one self-contained page: no request, no script, readable at 320 px, printable on A4.

First the contents with the finding of every section, then the sections, then the annex: long tables whole, further
figures, and the footnotes. Each number is followed by the number of its footnote, which names the basis and the refs
that `gadolin why REF` explains. The table behind each figure unfolds below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib import resources
from typing import Any

from gadolin.brief import words
from gadolin.brief.layout import ANNEX_NOTE, Column, Shown, annex, columns, front, left, left_rows, unranged_note
from gadolin.brief.notes import Note, Notes
from gadolin.brief.section import Cell, Fact, Paragraph, Section, Table
from gadolin.errors import InputError
from gadolin.figures import Figure
from gadolin.quantity import Quantity

__all__ = ["render"]

REFS_SHOWN, _SHORT, _LONG = 4, 12, 24
"""Refs of one number that a footnote prints before it folds the rest; letters of a word that is not broken, and that
is."""


_WORD = re.compile(r"[a-z]{3}")
_RANGE = re.compile(r"(.*) (\((?:\?|-?[\d,.]+)(?:-| to )(?:\?|-?[\d,.]+)\))")


def render(title: str, sections: Sequence[Section], manifest: Mapping[str, Any], language: str = "en") -> str:
    """The page of a run.

    Args:
        title: Heading of the page.
        sections: What it holds, in order.
        manifest: What the run was made from; its plain entries are printed at the end.
        language: `en` or `ms`: headings and furniture; words of a section that the catalogue lacks stay English.

    Raises:
        InputError: No section, or two with one key.
    """
    keys = [section.key for section in sections]
    if not keys or len(set(keys)) < len(keys):
        raise InputError(f"a brief needs sections with different keys, got {', '.join(keys) or 'none'}")
    say = words.translator(language)
    style = (resources.files("gadolin.brief") / "brief.css").read_text("utf-8")
    writers = [_Writer(section, say) for section in sections]
    links = "".join(f"<li>{writer.entry()}</li>" for writer in writers)
    native = f"<p>{escape(say(words.NATIVE_NOTE))}</p>" if language != "en" else ""
    head = (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body>"
        f'<a class="skip" href="#content">{escape(say("Skip to content"))}</a>'
        f"<header><h1>{escape(title)}</h1><p>{escape(say(words.RANGE_NOTE))}</p>{native}</header>"
        f'<nav aria-label="{escape(say("Contents"))}"><ol>{links}</ol></nav><main id="content">'
    )
    body = "".join(writer.front() for writer in writers)
    behind = "".join(writer.annex() for writer in writers)
    last = (
        f'<section id="annex" aria-labelledby="annex-h"><h2 id="annex-h">{escape(say("Annex"))}</h2>'
        f'<p class="note">{escape(say(ANNEX_NOTE))}</p>{behind}</section>'
    )
    return f"{head}{body}{last}</main>{_footer(manifest, say)}</body></html>\n"


class _Writer:
    """Writes one section and its part of the annex; equal refs share one footnote."""

    def __init__(self, section: Section, say: words.Say) -> None:
        self.section, self.say = section, say
        self.notes = Notes(say)

    def entry(self) -> str:
        """Its line in the contents: title and finding."""
        finding = self.section.finding
        said = self._words(finding if isinstance(finding, str) else str(finding))
        return f'<a href="#{self.section.key}">{self._words(self.section.title)}</a> <span>{said}</span>'

    def front(self) -> str:
        """What is read."""
        section = self.section
        finding = self._words(section.finding) if isinstance(section.finding, str) else self._sentence(section.finding)
        parts = [self._part(shown) for shown in front(section)]
        parts += [
            f'<p class="note"><a href="#annex-{section.key}">{escape(m)}</a></p>' for m in left(section, self.say)
        ]
        return (
            f'<section id="{section.key}" aria-labelledby="{section.key}-h"><h2 id="{section.key}-h">'
            f'{self._words(section.title)}</h2><p class="finding">{finding}</p>{"".join(parts)}</section>'
        )

    def annex(self) -> str:
        """What proves it; nothing for a section without numbers."""
        parts = "".join(self._part(Shown(part)) for part in annex(self.section))
        notes = self._footnotes()
        if not parts and not notes:
            return ""
        title = self._words(self.section.title)
        return f'<section id="annex-{self.section.key}"><h3>{title}</h3>{parts}{notes}</section>'

    def _words(self, english: str) -> str:
        """Words of a section in the language of the page; marked as English where the catalogue lacks them."""
        known = english if self.section.language == self.say.language else self.say.known(english)
        return f'<span lang="en">{escape(english)}</span>' if known is None else escape(known)

    def _part(self, shown: Shown) -> str:
        part = shown.part
        if isinstance(part, Paragraph):
            return f"<p>{self._sentence(part)}</p>"
        return self._table(part, shown) if isinstance(part, Table) else self._figure(part)

    def _sentence(self, paragraph: Paragraph) -> str:
        known = paragraph.template if self.section.language == self.say.language else self.say.known(paragraph.template)
        said = paragraph if known is None else Paragraph(known, paragraph.values)
        made = "".join(escape(p) if isinstance(p, str) else self._value(p) for p in said.pieces())
        return f'<span lang="en">{made}</span>' if known is None else made

    def _value(self, value: Quantity | Fact, column: Column | None = None) -> str:
        ((shown, number),) = self.notes.runs(value, column is None or column.unit, column is None)
        refs = ", ".join(value.refs[:3]) + (", …" if len(value.refs) > 3 else "")
        basis = f"{self.say(value.basis)}: " if value.basis else ""
        mark = ' class="weak"' if value.basis in ("estimate", "memory") else ""
        mark += _english(self._quoted(value))
        return f'<span{mark} title="{escape(basis + refs)}">{_unbroken(shown)}</span>{self._mark(number)}'

    def _quoted(self, value: Quantity | Fact) -> bool:
        """Whether a fact stays in the English of its source on a page of another language."""
        if isinstance(value, Quantity) or self.section.language == self.say.language or not _WORD.search(value.text):
            return False
        return self.say.known(value.text) is None

    def _mark(self, number: int | None) -> str:
        label = escape(f"{self.say('Footnote')} {number}")
        return f'<sup><a href="#{self.section.key}-{number}" aria-label="{label}">{number}</a></sup>'

    def _cell(self, cell: Cell, column: Column) -> str:
        if cell is None:
            return "–"
        return self._words(cell) if isinstance(cell, str) else self._value(cell, column)

    def _table(self, table: Table, shown: Shown) -> str:
        printed = columns(table, self.say)
        head = "".join(f'<th scope="col"{_head(c)}>{escape(c.heading)}</th>' for c in printed)
        rows = []
        for row in table.rows[: shown.rows]:
            # first: footnotes count left to right
            heading = f'<th scope="row"{_kind(row[0], printed[0])}>{self._cell(row[0], printed[0])}</th>'
            cells = "".join(
                f"<td{_kind(c, p)}>{self._cell(c, p)}</td>" for c, p in zip(row[1:], printed[1:], strict=True)
            )
            rows.append(f"<tr>{heading}{cells}</tr>")
        caption = self._words(table.caption)
        made = (
            f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        )
        return _scrolled(made, table.caption, self.say) + self._below(table, shown)

    def _below(self, table: Table, shown: Shown) -> str:
        """The notes of a table, and where the rest of it stands."""
        notes = [self._words(table.note) if table.note else "", escape(unranged_note(table, self.say))]
        more = left_rows(shown, self.say)
        notes.append(f'<a href="#annex-{self.section.key}">{escape(more)}</a>' if more else "")
        said = " ".join(n for n in notes if n)
        return f'<p class="note">{said}</p>' if said else ""

    def _figure(self, figure: Figure) -> str:
        drawn = figure.in_language(self.say.language)
        number = self.notes.of_refs(figure.refs)
        kinds = [' class="number"' if dtype.kind in "fiu" else "" for dtype in drawn.data.dtypes]
        head = "".join(f'<th scope="col"{k}>{escape(c)}</th>' for c, k in zip(drawn.headings(), kinds, strict=True))
        rows = "".join(
            "<tr>" + "".join(f"<td{k}>{escape(v)}</td>" for v, k in zip(row, kinds, strict=True)) + "</tr>"
            for row in drawn.cells()
        )
        table = _scrolled(
            f"<table><caption>{self._words(figure.finding)}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{rows}</tbody></table>",
            figure.finding,
            self.say,
        )
        return (
            f"<figure>{_scrolled(drawn.svg(), figure.unit, self.say)}<figcaption>{escape(self.say('Refs'))}"
            f"{self._mark(number)}</figcaption>"
            f"<details><summary>{escape(self.say('Table'))}</summary>{table}</details></figure>"
        )

    def _footnotes(self) -> str:
        entries = self.notes.entries()
        if not entries:
            return ""
        heading = escape(self.say("Basis and refs"))
        return f'<h4 class="notes">{heading}</h4><ol class="notes">{"".join(map(self._note, entries))}</ol>'

    def _note(self, note: Note) -> str:
        left, shown, folded = REFS_SHOWN, [], []
        for basis, refs in note.groups():
            lead = f"{escape(self.say(basis))}: " if basis else ""
            shown += _codes(refs[:left], lead)
            folded += _codes(refs[left:], "" if refs[:left] else lead)
            left = max(left - len(refs), 0)
        text = "; ".join(shown)
        if folded:
            count = sum(len(refs) for _, refs in note.groups()) - REFS_SHOWN
            more = self.say.plural("{count} more", "{count} more", count)
            text += f"<details><summary>{escape(more)}</summary>{'; '.join(folded)}</details>"
        tail = f" – {escape(note.reason)}" if note.reason else ""
        return f'<li id="{self.section.key}-{note.number}">{text}{tail}</li>'


def _codes(refs: Iterable[str], lead: str) -> list[str]:
    made = ", ".join(f"<code>{escape(r)}</code>" for r in refs)
    return [lead + made] if made else []


def _footer(manifest: Mapping[str, Any], say: words.Say) -> str:
    plain = {k: v for k, v in manifest.items() if isinstance(v, str | int | float | bool) and v != ""}
    rows = "".join(f"<dt>{escape(say.known(str(k)) or str(k))}</dt><dd>{escape(str(v))}</dd>" for k, v in plain.items())
    made = f"<h2>{escape(say('How this was made'))}</h2><dl>{rows}</dl>" if rows else ""
    return f"<footer>{made}<p>{escape(say(words.WHY_NOTE))} <code>gadolin why REF</code></p></footer>"


def _scrolled(inner: str, label: str, say: words.Say) -> str:
    """Wide content scrolls in its own box, so that the page does not; the box can be reached by Tab."""
    known = say.known(label)
    named = f'aria-label="{escape(say("Table") if known is None else known)}"'
    return f'<div class="wide" role="group" {named} tabindex="0">{inner}</div>'


def _english(foreign: bool) -> str:
    return ' lang="en"' if foreign else ""


def _head(column: Column) -> str:
    return (' class="number"' if column.numeric else "") + _english(column.foreign)


def _kind(cell: Cell, column: Column) -> str:
    """What stands in a column of numbers stands to the right; a date or a short word is not broken."""
    if column.numeric:
        return ' class="number"'
    if isinstance(cell, Quantity):
        return ""
    words = cell.text if isinstance(cell, Fact) else cell or ""
    return ' class="short"' if len(words) <= _SHORT else ""


def _unbroken(shown: str) -> str:
    """A range stays on one line; a long word such as an address may break at its slashes."""
    ranged = _RANGE.fullmatch(shown)
    if ranged:
        return f'{escape(ranged[1])} <span class="range">{escape(ranged[2])}</span>'
    return " ".join(escape(w).replace("/", "/<wbr>") if len(w) > _LONG else escape(w) for w in shown.split(" "))
