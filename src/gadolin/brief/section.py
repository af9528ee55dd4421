"""What a brief is made of. A number cannot be written without its refs.

    Section("dependence", "Dependence", "One country makes most of the oxide",
            [Paragraph("{share} of the world's oxide comes from {who}.",
                       {"share": Quantity(...), "who": Fact("China", refs)}),
             Table("Shares by stage", ("stage", "share"), [("mine", Quantity(...))]),
             figure])

Words stand in templates; numbers enter as `Quantity`, dates and other facts as `Fact`, both with refs. A free
digit in a template, in a label or in a finding is a fault (`P507` and `D2EHPA` are names and pass), and so is a
`Quantity` or `Fact` without refs. Other rooms add their sections in `brief/sections/ROOM.py`.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from gadolin.errors import InputError
from gadolin.figures import Figure
from gadolin.quantity import Fact, Quantity

__all__ = ["Cell", "Fact", "Paragraph", "Part", "Section", "Table", "figures_of", "number_table", "values_of"]

_FREE_DIGIT = re.compile(r"(?<![A-Za-z0-9_.-])[0-9]")
_KEY = re.compile(r"[a-z][a-z0-9_-]*")


Cell = Quantity | Fact | str | None
"""What a table holds: a number, a fact, a label, or nothing (printed as a dash)."""


@dataclass(frozen=True)
class Paragraph:
    """A sentence or more, with places for numbers and facts.

    Args:
        template: Words with `{name}` places.
        values: What stands at the places.

    Raises:
        InputError: A free digit in the template, a place without value, a value without place, or one without refs.

    >>> Paragraph("It made 42 t.")
    Traceback (most recent call last):
        ...
    gadolin.errors.InputError: "It made 42 t." holds a number without ref; put it in a place as a Quantity or Fact
    """

    template: str
    values: Mapping[str, Quantity | Fact] = field(default_factory=dict)

    def __post_init__(self) -> None:
        places = {name for name in self._places() if name is not None}
        if places != set(self.values):
            raise InputError(
                f'places and values differ in "{self.template}": {", ".join(sorted(places ^ set(self.values)))}'
            )
        refuse_free_digits("".join(words for words, *_ in string.Formatter().parse(self.template)))
        for name, value in self.values.items():
            refuse_without_refs(value, f"{{{name}}} of this paragraph")

    def _places(self) -> Iterator[str | None]:
        for _, name, *_ in string.Formatter().parse(self.template):
            yield name

    def pieces(self) -> Iterator[str | Quantity | Fact]:
        """Words and values in order."""
        for words, name, *_ in string.Formatter().parse(self.template):
            if words:
                yield words
            if name is not None:
                yield self.values[name]

    def __str__(self) -> str:
        return "".join(str(piece) for piece in self.pieces())


@dataclass(frozen=True)
class Table:
    """A table whose numbers carry their refs.

    Args:
        caption: What it shows.
        columns: Headings; a unit that all cells share is part of it.
        rows: Cells in the order of the headings; the first is the row's heading.
        note: A limit that stands below it.

    Raises:
        InputError: A row of another length, a free digit in a label, or a number without refs.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(self.columns))
        object.__setattr__(self, "rows", tuple(tuple(row) for row in self.rows))
        for words in (self.caption, self.note):
            refuse_free_digits(words)
        for row in self.rows:
            if len(row) != len(self.columns):
                raise InputError(f'table "{self.caption}": a row has {len(row)} cells, not {len(self.columns)}: {row}')
            for cell in row:
                if isinstance(cell, str):
                    refuse_free_digits(cell)
                elif cell is not None:
                    refuse_without_refs(cell, f'table "{self.caption}"')


Part = Paragraph | Table | Figure


@dataclass(frozen=True)
class Section:
    """One section of a brief.

    Args:
        key: Short name; the anchor of the section.
        title: Heading, one term.
        finding: Its main message, as a sentence.
        parts: Paragraphs, tables and figures, in order.
        whole: Whether all of it stands in the front, however long.
        language: Of its words; a page in another language looks each up in the catalogue.

    Raises:
        InputError: A bad key, or a finding with a number but no ref.
    """

    key: str
    title: str
    finding: str | Paragraph
    parts: Sequence[Part] = ()
    whole: bool = False
    language: str = "en"

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(self.parts))
        if not _KEY.fullmatch(self.key):
            raise InputError(f'section key "{self.key}" must be small letters, digits, "_" and "-"')
        refuse_free_digits(self.title)
        if isinstance(self.finding, str):
            refuse_free_digits(self.finding)
        for part in self.parts:
            if not isinstance(part, Paragraph | Table | Figure):
                raise InputError(
                    f"section {self.key}: a part is a Paragraph, Table or Figure, not {type(part).__name__}"
                )


def refuse_free_digits(words: str) -> None:
    """Refuse words with a number in them that has no ref.

    Raises:
        InputError: A digit that does not belong to a name.
    """
    if _FREE_DIGIT.search(words):
        raise InputError(f'"{words}" holds a number without ref; put it in a place as a Quantity or Fact')


def refuse_without_refs(value: Any, where: str) -> None:
    """Refuse a number or fact that names no ref.

    Raises:
        InputError: No ref, or something that is neither Quantity nor Fact.
    """
    if not isinstance(value, Quantity | Fact):
        raise InputError(f"{where}: {value!r} must be a Quantity or a Fact, with refs")
    if not value.refs:
        raise InputError(f"{where}: {value} has no ref; a number without ref does not enter a brief")


def number_table(rows: Mapping[str, tuple[str, Quantity]]) -> pd.DataFrame:
    """Quantities as a table of a run.

    Args:
        rows: What each number is, and the number, by row id.

    >>> number_table({"cut.stages": ("stages", Quantity(41, "stages", basis="derived", refs=("a:b:c",)))}).shape
    (1, 7)
    """
    return pd.DataFrame(
        {
            "what": [what for what, _ in rows.values()],
            "value": [q.value for _, q in rows.values()],
            "low": pd.array([q.low for _, q in rows.values()], dtype="Float64"),
            "high": pd.array([q.high for _, q in rows.values()], dtype="Float64"),
            "unit": [q.unit for _, q in rows.values()],
            "basis": [q.basis for _, q in rows.values()],
            "refs": [list(q.refs) for _, q in rows.values()],
        },
        index=pd.Index(list(rows), name="row_id"),
    )


def values_of(sections: Sequence[Section]) -> Iterator[Quantity | Fact]:
    """Every number and fact of a brief, in order."""
    for section in sections:
        if isinstance(section.finding, Paragraph):
            yield from section.finding.values.values()
        for part in section.parts:
            if isinstance(part, Paragraph):
                yield from part.values.values()
            elif isinstance(part, Table):
                yield from (cell for row in part.rows for cell in row if isinstance(cell, Quantity | Fact))


def figures_of(sections: Sequence[Section]) -> Iterator[Figure]:
    """Every figure of a brief, in order."""
    return (part for section in sections for part in section.parts if isinstance(part, Figure))
