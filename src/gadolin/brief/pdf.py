"""Sections as a tagged PDF/UA document, set by Typst (extra `report`)."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gadolin.brief import words
from gadolin.brief.notes import Notes
from gadolin.brief.section import Paragraph, Section, Table
from gadolin.errors import InputError
from gadolin.figures import Figure

__all__ = ["render"]

_HEAD = """#set document(title: {title}, author: "Gadolin", date: none)
#set page(paper: "a4", margin: (x: 18mm, y: 18mm), numbering: "1")
#set text(font: ("Liberation Sans", "Arial", "DejaVu Sans"), size: 9.5pt, lang: {language})
#set par(justify: false)
#set heading(numbering: none)
#show heading.where(level: 2): set text(fill: rgb("#12436D"))
#show figure: set block(breakable: true)
#set table(stroke: (x: none, y: 0.5pt + rgb("#DADDE1")), inset: 4pt)
"""


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
    parts = [
        _HEAD.format(title=_quoted(title), language=_quoted(language)),
        f"= #{_quoted(title)}",
        _say(say(words.RANGE_NOTE)),
    ]
    for section in sections:
        notes = Notes(say)
        parts.append(f"== #{_quoted(section.title)}")
        parts.append(f"#strong[{_runs(notes, section.finding)}]")
        parts += [_part(part, notes, folder) for part in section.parts]
        if notes.lines():
            lines = " #linebreak() ".join(_say(line) for line in notes.lines())
            parts.append(f'#text(size: 6pt, fill: rgb("#595959"))[{_say(say("Basis and refs"))} #linebreak() {lines}]')
    return "\n\n".join(parts) + "\n"


def _part(part: Any, notes: Notes, folder: Path) -> str:
    if isinstance(part, Paragraph):
        return _runs(notes, part)
    if isinstance(part, Table):
        return _table(part, notes)
    return _figure(part, notes, folder)


def _table(table: Table, notes: Notes) -> str:
    heads = ", ".join(f"[#strong[{_say(c)}]]" for c in table.columns)
    cells = ",\n".join("[" + _runs(notes, cell) + "]" for row in table.rows for cell in row)
    widths = ", ".join(["1fr"] * len(table.columns))
    made = f"#table(columns: ({widths},), table.header({heads}),\n{cells})"
    note = f"\n\n#emph[{_say(table.note)}]" if table.note else ""
    return f"#strong[{_say(table.caption)}]\n\n#text(size: 8pt)[{made}]{note}"


def _figure(figure: Figure, notes: Notes, folder: Path) -> str:
    name = f"{figure.id}.svg"
    (folder / name).write_text(figure.svg(), encoding="utf-8")
    alt = _quoted(f"{figure.finding}. {figure.description}")
    return f"#image({_quoted(name)}, width: 100%, alt: {alt})#super[{notes.of_refs(figure.refs)}]"


def _runs(notes: Notes, content: Any) -> str:
    return "".join(_say(text) + (f"#super[{number}]" if number else "") for text, number in notes.runs(content))


def _say(text: str) -> str:
    """Text as a string expression, so that no character of it is markup; refs may break at colons."""
    return f"#{_quoted(text)};"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'
