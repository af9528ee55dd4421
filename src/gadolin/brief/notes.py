"""Footnotes of a section: numbers with equal basis, refs and reason share one."""

from __future__ import annotations

from collections.abc import Sequence

from gadolin.brief.section import Cell, Fact, Paragraph
from gadolin.brief.words import Say, quantity_text
from gadolin.quantity import Quantity

__all__ = ["Notes"]


class Notes:
    """Numbers footnotes as values are written.

    Args:
        say: Translator of the furniture.
    """

    def __init__(self, say: Say) -> None:
        self.say = say
        self._numbers: dict[tuple[str | None, tuple[str, ...], str], int] = {}

    def number(self, value: Quantity | Fact) -> int:
        """Number of the footnote of a value."""
        reason = (value.reason or "") if isinstance(value, Quantity) and value.known else ""
        return self._numbers.setdefault((value.basis, value.refs, reason), len(self._numbers) + 1)

    def of_refs(self, refs: Sequence[str]) -> int:
        """Number of the footnote of a figure."""
        return self._numbers.setdefault((None, tuple(refs), ""), len(self._numbers) + 1)

    def runs(self, content: Paragraph | Cell) -> list[tuple[str, int | None]]:
        """Text in pieces, each with the number of its footnote or None."""
        if content is None:
            return [("–", None)]
        if isinstance(content, str):
            return [(content, None)]
        if isinstance(content, Paragraph):
            return [run for piece in content.pieces() for run in self.runs(piece)]
        shown = quantity_text(content, self.say) if isinstance(content, Quantity) else content.text
        return [(shown, self.number(content))]

    def lines(self) -> list[str]:
        """The footnotes as text: number, basis, every ref, reason."""
        found = []
        for (basis, refs, reason), number in self._numbers.items():
            lead = f"{self.say(basis)}: " if basis else ""
            found.append(f"{number}. {lead}{', '.join(refs)}{f' – {reason}' if reason else ''}")
        return found
