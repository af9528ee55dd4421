"""Sections as one self-contained page: no request, no script, readable at 320 px, printable on A4.

Each number is followed by the number of a footnote; the footnotes of a section stand at its end and name the basis
and the refs, which `gadolin why REF` explains. The table behind each figure unfolds below it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from importlib import resources
from typing import Any

from gadolin.brief import words
from gadolin.brief.section import Fact, Paragraph, Section, Table
from gadolin.errors import InputError
from gadolin.figures import Figure
from gadolin.quantity import Quantity

__all__ = ["render"]

REFS_SHOWN = 4
"""Refs of one number that a footnote prints before it folds the rest."""


def render(title: str, sections: Sequence[Section], manifest: Mapping[str, Any], language: str = "en") -> str:
    """The page of a run.

    Args:
        title: Heading of the page.
        sections: What it holds, in order.
        manifest: What the run was made from; its plain entries are printed at the end.
        language: `en` or `ms`: language of the furniture; the sections bring their own words.

    Raises:
        InputError: No section, or two with one key.
    """
    keys = [section.key for section in sections]
    if not keys or len(set(keys)) < len(keys):
        raise InputError(f"a brief needs sections with different keys, got {', '.join(keys) or 'none'}")
    say = words.translator(language)
    style = (resources.files("gadolin.brief") / "brief.css").read_text("utf-8")
    links = "".join(f'<li><a href="#{s.key}">{escape(s.title)}</a></li>' for s in sections)
    head = (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body>"
        f'<a class="skip" href="#content">{escape(say("Skip to content"))}</a>'
        f"<header><h1>{escape(title)}</h1><p>{escape(say(words.RANGE_NOTE))}</p></header>"
        f'<nav aria-label="{escape(say("Contents"))}"><ol>{links}</ol></nav><main id="content">'
    )
    body = "".join(_Writer(section, say).html() for section in sections)
    return f"{head}{body}</main>{_footer(manifest, say)}</body></html>\n"


class _Writer:
    """Writes one section and numbers its footnotes; equal refs share one."""

    def __init__(self, section: Section, say: words.Say) -> None:
        self.section, self.say = section, say
        self.notes: dict[tuple[str | None, tuple[str, ...], str], int] = {}

    def html(self) -> str:
        section = self.section
        parts = [f'<p class="finding">{self._finding()}</p>', *(self._part(part) for part in section.parts)]
        return (
            f'<section id="{section.key}" aria-labelledby="{section.key}-h"><h2 id="{section.key}-h">'
            f"{escape(section.title)}</h2>{''.join(parts)}{self._footnotes()}</section>"
        )

    def _finding(self) -> str:
        finding = self.section.finding
        return escape(finding) if isinstance(finding, str) else self._sentence(finding)

    def _part(self, part: Any) -> str:
        if isinstance(part, Paragraph):
            return f"<p>{self._sentence(part)}</p>"
        return self._table(part) if isinstance(part, Table) else self._figure(part)

    def _sentence(self, paragraph: Paragraph) -> str:
        return "".join(escape(p) if isinstance(p, str) else self._value(p) for p in paragraph.pieces())

    def _value(self, value: Quantity | Fact) -> str:
        shown = words.quantity_text(value, self.say) if isinstance(value, Quantity) else value.text
        reason = (value.reason or "") if isinstance(value, Quantity) and value.known else ""
        note = self.notes.setdefault((value.basis, value.refs, reason), len(self.notes) + 1)
        anchor = f"{self.section.key}-{note}"
        refs = ", ".join(value.refs[:3]) + (", …" if len(value.refs) > 3 else "")
        basis = f"{self.say(value.basis)}: " if value.basis else ""
        mark = ' class="weak"' if value.basis in ("estimate", "memory") else ""
        label = escape(f"{self.say('Footnote')} {note}")
        return (
            f'<span{mark} title="{escape(basis + refs)}">{escape(shown)}</span>'
            f'<sup><a href="#{anchor}" aria-label="{label}">{note}</a></sup>'
        )

    def _cell(self, cell: Quantity | Fact | str | None) -> str:
        if cell is None:
            return "–"
        return escape(cell) if isinstance(cell, str) else self._value(cell)

    def _table(self, table: Table) -> str:
        head = "".join(f'<th scope="col">{escape(c)}</th>' for c in table.columns)
        rows = []
        for first, *rest in table.rows:
            heading = f'<th scope="row">{self._cell(first)}</th>'  # first, so that footnotes count from left to right
            cells = "".join(f"<td{_align(cell)}>{self._cell(cell)}</td>" for cell in rest)
            rows.append(f"<tr>{heading}{cells}</tr>")
        note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
        return (
            _scrolled(
                f"<table><caption>{escape(table.caption)}</caption><thead><tr>{head}</tr></thead>"
                f"<tbody>{''.join(rows)}</tbody></table>",
                table.caption,
            )
            + note
        )

    def _figure(self, figure: Figure) -> str:
        note = self.notes.setdefault((None, figure.refs, ""), len(self.notes) + 1)
        columns = [str(c) for c in figure.data.columns]
        head = "".join(f'<th scope="col">{escape(c)}</th>' for c in columns)
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(_plain(v))}</td>" for v in row) + "</tr>"
            for row in figure.data.itertuples(index=False)
        )
        table = _scrolled(
            f"<table><caption>{escape(figure.finding)}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{rows}</tbody></table>",
            figure.finding,
        )
        label = escape(f"{self.say('Footnote')} {note}")
        return (
            f"<figure>{_scrolled(figure.svg(), figure.unit)}<figcaption>{escape(self.say('Refs'))}"
            f'<sup><a href="#{self.section.key}-{note}" aria-label="{label}">{note}</a></sup></figcaption>'
            f"<details><summary>{escape(self.say('Table'))}</summary>{table}</details></figure>"
        )

    def _footnotes(self) -> str:
        if not self.notes:
            return ""
        items = []
        for (basis, refs, reason), number in self.notes.items():
            shown = ", ".join(f"<code>{escape(r)}</code>" for r in refs[:REFS_SHOWN])
            if len(refs) > REFS_SHOWN:
                rest = ", ".join(f"<code>{escape(r)}</code>" for r in refs[REFS_SHOWN:])
                more = self.say("{count} more").format(count=len(refs) - REFS_SHOWN)
                shown += f"<details><summary>{escape(more)}</summary>{rest}</details>"
            lead = f"{escape(self.say(basis))}: " if basis else ""
            tail = f" – {escape(reason)}" if reason else ""
            items.append(f'<li id="{self.section.key}-{number}">{lead}{shown}{tail}</li>')
        heading = escape(self.say("Basis and refs"))
        return f'<h3 class="notes">{heading}</h3><ol class="notes">{"".join(items)}</ol>'


def _footer(manifest: Mapping[str, Any], say: words.Say) -> str:
    plain = {k: v for k, v in manifest.items() if isinstance(v, str | int | float | bool) and v != ""}
    rows = "".join(f"<dt>{escape(str(k))}</dt><dd>{escape(str(v))}</dd>" for k, v in plain.items())
    made = f"<h2>{escape(say('How this was made'))}</h2><dl>{rows}</dl>" if rows else ""
    return f"<footer>{made}<p>{escape(say(words.WHY_NOTE))} <code>gadolin why REF</code></p></footer>"


def _scrolled(inner: str, label: str) -> str:
    """Wide content scrolls in its own box, so that the page does not; the box can be reached by Tab."""
    return f'<div class="wide" role="group" aria-label="{escape(label)}" tabindex="0">{inner}</div>'


def _align(cell: Any) -> str:
    return ' class="number"' if isinstance(cell, Quantity) else ""


def _plain(value: Any) -> str:
    if value is None or value != value:
        return "–"
    return f"{value:,.4g}" if isinstance(value, float) else str(value)
