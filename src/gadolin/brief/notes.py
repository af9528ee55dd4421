"""Footnotes of a section: numbers that stand on the same rows share one, which lists every ref by basis.

Page, PDF and Word count and write them here. A ref is printed whole; the next one of the same row only by its column
(`:year`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gadolin.brief.section import Cell, Fact, Paragraph
from gadolin.brief.words import Say, fact_text, quantity_text
from gadolin.quantity import Quantity

__all__ = ["Note", "Notes"]


@dataclass
class Note:
    """One footnote.

    Args:
        number: Its number in the section.
        reason: What a reader must know of the value.
        refs: Refs by basis (None where the table gives none), each once, in order.
    """

    number: int
    reason: str
    refs: dict[str | None, dict[str, None]] = field(default_factory=dict)

    def groups(self) -> list[tuple[str | None, list[str]]]:
        """Basis and refs as printed."""
        found, row = [], ""
        for basis, refs in self.refs.items():
            shown = []
            for ref in refs:
                shown.append(ref.removeprefix(row) if row and ref.startswith(f"{row}:") else ref)
                row = _row(ref)
            found.append((basis, shown))
        return found


class Notes:
    """Numbers footnotes as values are written.

    Args:
        say: Translator of the furniture.
    """

    def __init__(self, say: Say) -> None:
        self.say = say
        self._notes: dict[tuple[tuple[str, ...], str], Note] = {}

    def number(self, value: Quantity | Fact) -> int:
        """Number of the footnote of a value."""
        reason = (value.reason or "") if isinstance(value, Quantity) and value.known else ""
        return self._note(value.refs, reason, value.basis)

    def of_refs(self, refs: Sequence[str]) -> int:
        """Number of the footnote of a figure."""
        return self._note(refs, "", None)

    def _note(self, refs: Sequence[str], reason: str, basis: str | None) -> int:
        rows = tuple(dict.fromkeys(_row(r) for r in refs))
        note = self._notes.setdefault((rows, reason), Note(len(self._notes) + 1, reason))
        note.refs.setdefault(basis, {}).update(dict.fromkeys(refs))
        return note.number

    def runs(self, content: Paragraph | Cell, unit: bool = True, unranged: bool = True) -> list[tuple[str, int | None]]:
        """Text in pieces, each with the number of its footnote or None.

        Args:
            content: What is written.
            unit: Whether a number carries its unit.
            unranged: Whether a number says that no range is known.
        """
        if content is None:
            return [("–", None)]
        if isinstance(content, str):
            return [(content, None)]
        if isinstance(content, Paragraph):
            return [run for piece in content.pieces() for run in self.runs(piece)]
        if isinstance(content, Quantity):
            return [(quantity_text(content, self.say, unit, unranged), self.number(content))]
        return [(fact_text(content, self.say), self.number(content))]

    def entries(self) -> list[Note]:
        """The footnotes so far, in order."""
        return list(self._notes.values())

    def lines(self, most: int = 1000) -> list[str]:
        """The footnotes as text: number, basis, refs, reason.

        Args:
            most: Refs of one footnote that are named; how many more there are is said.
        """
        return [self._line(note, most) for note in self.entries()]

    def _line(self, note: Note, most: int) -> str:
        parts, left = [], most
        for basis, refs in note.groups():
            if refs[:left]:
                parts.append((f"{self.say(basis)}: " if basis else "") + ", ".join(refs[:left]))
            left -= len(refs[:left])
        more = sum(len(refs) for _, refs in note.groups()) - most
        if more > 0:
            parts.append(self.say.plural("{count} more", "{count} more", more))
        return f"{note.number}. {'; '.join(parts)}{f' – {note.reason}' if note.reason else ''}"


def _row(ref: str) -> str:
    """`TABLE:ROW` of a ref to a cell; a line of a file is its own row."""
    return ref.rsplit(":", 1)[0] if ref.count(":") > 1 else ref
