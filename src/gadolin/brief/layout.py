"""How sections lie on paper: a short front that is read, an annex behind it that proves.

The front shows the first rows of a long table, the first of many remarks and the first figures of a section; the annex
holds them whole, and the footnotes. A unit that all numbers of a column share stands in its heading, and a note says
once that a number without range has none on record. Page, PDF and Word follow the same rules.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from gadolin.brief.section import Cell, Fact, Paragraph, Part, Section, Table
from gadolin.brief.words import Say, printed_unit
from gadolin.figures import Figure
from gadolin.quantity import Quantity

__all__ = ["ANNEX_NOTE", "Column", "Shown", "annex", "columns", "front", "left", "left_rows", "unranged_note"]

ROWS_MOST, ROWS_SHOWN = 12, 8
REMARKS_MOST, REMARKS_SHOWN = 6, 4
FIGURES_SHOWN = 3

ANNEX_NOTE = (
    "Long tables whole, further figures, and the basis and refs of every number. A ref that begins with a colon goes "
    "on from the row of the ref before it."
)


@dataclass(frozen=True)
class Shown:
    """A part in the front.

    Args:
        part: The part, whole.
        rows: How many rows of a table stand here; all when None.
    """

    part: Part
    rows: int | None = None


def front(section: Section) -> list[Shown]:
    """What the front of a section shows, in order."""
    behind = {id(part) for part in annex(section) if not isinstance(part, Table)}
    return [Shown(p, ROWS_SHOWN if _is_long(p) else None) for p in section.parts if id(p) not in behind]


def left(section: Section, say: Say) -> list[str]:
    """Sentences that say how many remarks and figures of a section stand in the annex only."""
    behind = annex(section)
    remarks = sum(isinstance(p, Paragraph) for p in behind)
    figures = sum(isinstance(p, Figure) for p in behind)
    found = [say.plural("{count} more remark in the annex", "{count} more remarks in the annex", remarks)]
    found += [say.plural("{count} more figure in the annex", "{count} more figures in the annex", figures)]
    return [words for words, count in zip(found, (remarks, figures), strict=True) if count]


def left_rows(shown: Shown, say: Say) -> str:
    """The sentence that says how many rows of a table stand in the annex only; empty where none do."""
    if not isinstance(shown.part, Table) or shown.rows is None:
        return ""
    count = len(shown.part.rows) - shown.rows
    return say.plural("{count} more row in the annex", "{count} more rows in the annex", count)


def annex(section: Section) -> list[Part]:
    """What of a section stands whole in the annex: long tables, further figures, the rest of a list of remarks."""
    if section.whole:
        return []
    figures = [part for part in section.parts if isinstance(part, Figure)][FIGURES_SHOWN:]
    behind = {id(part) for part in figures}
    for kind, run in itertools.groupby(section.parts, type):
        remarks = list(run)
        if kind is Paragraph and len(remarks) > REMARKS_MOST:
            behind |= {id(part) for part in remarks[REMARKS_SHOWN:]}
    return [part for part in section.parts if _is_long(part) or id(part) in behind]


def _is_long(part: Part) -> bool:
    return isinstance(part, Table) and len(part.rows) > ROWS_MOST


@dataclass(frozen=True)
class Column:
    """How a column of a table is printed.

    Args:
        heading: With the unit, where all its numbers share one.
        unit: Whether each number carries its unit.
        numeric: Whether at least half of what stands in it are numbers, and the rest says why there is none.
        foreign: Whether the heading is English on a page of another language.
    """

    heading: str
    unit: bool = True
    numeric: bool = False
    foreign: bool = False


def columns(table: Table, say: Say) -> list[Column]:
    """How the columns of a table are printed.

    Args:
        table: The whole table, so that front and annex agree.
        say: Translator of headings; what it does not know stays English.
    """
    found = []
    for place, name in enumerate(table.columns):
        translated = say.known(name)
        heading = name if translated is None else translated
        numbers = [q for row in table.rows if (q := _number(row[place])) is not None]
        units = {printed_unit(q, say) for q in numbers}
        shared = units.pop() if len(numbers) > 1 and len(units) == 1 else ""
        if shared and not name.endswith(shared):
            heading = f"{heading}, {shared}"
        cells = [row[place] for row in table.rows if row[place] is not None]
        numeric = bool(numbers) and not any(isinstance(c, Fact) for c in cells) and 2 * len(numbers) >= len(cells)
        found.append(Column(heading, not shared, numeric, translated is None))
    return found


def _number(cell: Cell) -> Quantity | None:
    return cell if isinstance(cell, Quantity) and cell.known else None


def unranged_note(table: Table, say: Say) -> str:
    """The sentence that says once for a table what a number without range means; empty where each has one."""
    numbers = [q for row in table.rows for cell in row if (q := _number(cell)) is not None]
    bare = any(q.low is None and q.high is None and q.unit != "count" for q in numbers)
    return say("Where a number stands alone, no range is known.") if bare else ""
