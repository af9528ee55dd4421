"""One grammar for every chart: a finding as title, the unit below it, the marks, and the source inside the image.

    Figure(id="ladder", finding="Nothing is made between ore and magnet", unit="status per stage",
           data=frame, marks=Ladder(), refs=("facilities:MYS-SEPA-002:status",), data_date="2026-11-09")

`marks` says which kind of chart it is and draws only itself; the frame round it is drawn here, once for all. Every
figure has an SVG (with role, title and description), a PNG, and the table behind it, which is what the picture
shows and nothing else. A figure holds at most four series.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Protocol

import pandas as pd

from gadolin.errors import InputError, did_you_mean
from gadolin.figures import palette
from gadolin.figures.language import Say, Told, spoken
from gadolin.figures.rows_behind import heading, missing, printed
from gadolin.figures.text import FONT, lines_of, text, width_px, wrap

__all__ = ["Body", "Figure", "Marks", "Spoken", "need"]

WIDTH_PX = 760
MARGIN_PX = 16
REFS_SHOWN = 3
_ID = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class Body:
    """What marks draw: SVG elements in a box whose corner is at 0, 0.

    Args:
        svg: Elements.
        height_px: Height of the box. [px]
    """

    svg: str
    height_px: float


class Marks(Protocol):
    """A kind of chart."""

    @property
    def kind(self) -> str:
        """Name of the kind, as the description says it."""
        ...

    def draw(self, data: pd.DataFrame, figure_id: str, width_px: float) -> Body:
        """The chart without its frame.

        Args:
            data: Rows, in the columns that the kind declares.
            figure_id: Prefix of every id in the drawing.
            width_px: Width to fill. [px]
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """Base of kinds: they add few words, and say them in one language.

    Args:
        language: `en` or `ms`.
    """

    language: str = "en"

    @property
    def say(self) -> Say:
        """Words of this kind in its language."""
        return spoken(self.language)

    def est(self, weak: object) -> str:
        """The mark of an estimate behind a number, nothing for other numbers."""
        return f" {self.say('est.')}" if weak else ""

    def said(self, words: str) -> str:
        """A title that may be a default of the kind or the caller's own."""
        known = self.say.known(words) if words else ""
        return str(words if known is None else known)


@dataclass(frozen=True)
class Figure:
    """A chart with its finding, unit, data, refs and source.

    Args:
        id: Short name in small letters, digits and hyphens; unique on a page.
        finding: What the figure shows, as a sentence; its title.
        unit: What is measured, in which unit, and which range is drawn; its subtitle.
        data: The rows that are drawn, and only those.
        marks: The kind of chart.
        refs: Refs of the cells it stands on; at least one.
        source: Who published the data; the refs are named when it is empty.
        data_date: Date of the newest data in it (ISO, may be partial).
        note: A limit that must stand beside the result.
        run: Id of the run, when it comes from one.
        language: `en` or `ms`: of the words that the kind and the frame add, and of those that are `Told`.
        more_sources: How many sources there are beside those that `source` names.

    Raises:
        InputError: No ref, no finding, a bad id, or no rows.
    """

    id: str
    finding: str
    unit: str
    data: pd.DataFrame
    marks: Marks
    refs: tuple[str, ...]
    source: str = ""
    data_date: str = ""
    note: str = ""
    run: str = ""
    language: str = "en"
    more_sources: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "refs", tuple(self.refs))
        if not _ID.fullmatch(self.id):
            raise InputError(f'figure id "{self.id}" must be small letters, digits and hyphens, e.g. "price-history"')
        if not self.refs:
            raise InputError(f"figure {self.id} has no ref: name the cells it stands on")
        if not self.finding.strip() or not self.unit.strip():
            raise InputError(f"figure {self.id} needs a finding (its title) and a unit (its subtitle)")
        if self.data.empty:
            raise InputError(f"figure {self.id} has no rows; say in words what is not known instead of drawing nothing")

    @property
    def _name(self) -> str:
        """Prefix of all ids inside; sections of a page have ids of their own."""
        return f"fig-{self.id}"

    @functools.cached_property
    def _svg(self) -> str:
        body = self.marks.draw(self.data, self._name, WIDTH_PX - 2 * MARGIN_PX)
        return _frame(self, body)

    def svg(self) -> str:
        """The figure as one SVG element that needs nothing else."""
        return self._svg

    def in_language(self, language: str) -> Figure:
        """The same figure in a language: furniture, title and unit where the catalogue has them, rows that are told.

        Args:
            language: `en` or `ms`.
        """
        if language == self.language:
            return self
        marks = replace(self.marks, language=language) if isinstance(self.marks, Spoken) else self.marks
        say = spoken(language)
        rows = self.data.apply(
            lambda column: column.map(lambda cell: _in(say, cell)) if column.dtype == object else column
        )
        return replace(self, language=language, marks=marks, data=rows)

    def png(self, scale: float = 2.0) -> bytes:
        """The figure as PNG.

        Args:
            scale: Pixels per px of the SVG.
        """
        import vl_convert

        return vl_convert.svg_to_png(self.svg(), scale=scale)

    def table(self) -> pd.DataFrame:
        """The rows behind the picture."""
        return self.data.copy()

    def csv(self) -> str:
        """The rows behind the picture as CSV."""
        return self.data.to_csv(index=False, lineterminator="\n")

    @property
    def source_line(self) -> str:
        """Source, data date and run, as they stand inside the image."""
        say, named, more = self._say, self.source, self.more_sources
        if not named:
            named, more = ", ".join(self.refs[:REFS_SHOWN]), len(self.refs) - REFS_SHOWN
        if more > 0:
            named = say.plural("{refs} and {count} more", "{refs} and {count} more", more).replace("{refs}", named)
        parts = [say("Source: {source}").replace("{source}", named)]
        if self.data_date:
            parts.append(say("data of {date}").replace("{date}", say.date(self.data_date)))
        if self.run:
            parts.append(say("run {run}").replace("{run}", self.run))
        return "; ".join(parts) + "."

    @property
    def _say(self) -> Say:
        return spoken(self.language)

    @property
    def title(self) -> str:
        """The finding in the figure's language, where the catalogue has it."""
        return self._say.known(self.finding) or self.finding

    @property
    def subtitle(self) -> str:
        """The unit in the figure's language, where the catalogue has it."""
        return self._say.known(self.unit) or self.unit

    def headings(self) -> list[str]:
        """Headings of the table behind the picture, as a reader sees them."""
        return [heading(str(column), self._say) for column in self.data.columns]

    def cells(self) -> list[list[str]]:
        """The table behind the picture as printed: words in the figure's language, a dash where nothing is known."""
        return [[printed(value, self._say) for value in row] for row in self.data.itertuples(index=False)]

    @property
    def description(self) -> str:
        """What a reader who cannot see the picture is told: kind, unit and the rows of small tables."""
        kind = self._say.known(self.marks.kind)
        head = f"{kind or self.marks.kind}. {self.subtitle}. "
        if len(self.data) > 12 or len(self.data.columns) > 8:
            one = "{count} row; the table beside the figure holds it."
            return head + self._say.plural(
                one, "{count} rows; the table beside the figure holds them all.", len(self.data)
            )
        columns = [c for c in self.data.columns if c not in ("ref", "refs")]
        rows = []
        for _, row in self.data.iterrows():
            known = [c for c in columns if not missing(row[c])]
            rows.append("; ".join(f"{heading(str(c), self._say)} {printed(row[c], self._say)}" for c in known))
        return head + ". ".join(rows) + "."

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_html_(self) -> str:
        shown = self.data.set_axis(self.headings(), axis="columns")
        table = shown.to_html(index=False, border=0, na_rep=self._say("not known"))
        return f"<figure>{self.svg()}<details><summary>{self._say('Table')}</summary>{table}</details></figure>"

    def __str__(self) -> str:
        return f"{self.finding}\n{self.unit}\n{self.data.head(8).to_string(index=False)}\n{self.source_line}"


def need(data: pd.DataFrame, columns: Sequence[str], kind: str) -> None:
    """Refuse data without the columns that a kind draws.

    Args:
        data: Rows of a figure.
        columns: Columns the kind needs.
        kind: Its name.

    Raises:
        InputError: A column is missing; names the nearest.
    """
    lacking = [c for c in columns if c not in data.columns]
    if lacking:
        near = did_you_mean(lacking[0], [str(c) for c in data.columns])
        raise InputError(f"{kind} needs the columns {', '.join(columns)}; missing: {', '.join(lacking)}{near}")


def at_most_series(names: Sequence[str], kind: str, most: int = len(palette.SERIES)) -> list[str]:
    """The different names in order of appearance, if they are few enough to be told apart.

    Raises:
        InputError: More than four.
    """
    found = list(dict.fromkeys(str(n) for n in names))
    if len(found) > most:
        raise InputError(f"{kind} shows at most {most} series, got {len(found)}; keep the largest and add a rest")
    return found


def _in(say: Say, cell: object) -> object:
    """A cell of a figure: words that are told are said, anything else stays as it is."""
    return (say.known(cell) or cell) if isinstance(cell, Told) else cell


def _frame(figure: Figure, body: Body) -> str:
    room = WIDTH_PX - 2 * MARGIN_PX
    finding, measured = figure.finding, figure.unit
    title = wrap(figure.title, 17, room, bold=True)
    unit = wrap(figure.subtitle, 13, room)
    foot = wrap(f"{figure._say.known(figure.note) or figure.note} {figure.source_line}".strip(), 11, room)
    top = MARGIN_PX + 14
    unit_top = top + len(title) * 21.25
    body_top = unit_top + len(unit) * 16.25 + 4
    foot_top = body_top + body.height_px + 18
    height = foot_top + (len(foot) - 1) * 13.75 + MARGIN_PX
    name = figure._name
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{name}" class="figure" role="img" '
        f'aria-labelledby="{name}-title {name}-desc" width="{WIDTH_PX}" height="{height:.0f}" '
        f'viewBox="0 0 {WIDTH_PX} {height:.0f}" font-family="{FONT}">',
        f'<title id="{name}-title">{escape(figure.title)}</title>',
        f'<desc id="{name}-desc">{escape(figure.description)}</desc>',
        palette.patterns(name, body.svg),
        f'<rect width="{WIDTH_PX}" height="{height:.0f}" fill="#FFFFFF"/>',
        lines_of(title, MARGIN_PX, top, 17, fill=palette.TEXT, extra='font-weight="bold"' + _foreign(figure, finding)),
        lines_of(unit, MARGIN_PX, unit_top, 13, fill=palette.MUTED, extra=_foreign(figure, measured).strip()),
        f'<g transform="translate({MARGIN_PX},{body_top:.5g})">{body.svg}</g>',
        lines_of(foot, MARGIN_PX, foot_top, 11, fill=palette.MUTED),
        "</svg>",
    ]
    return "".join(drawn)


def _foreign(figure: Figure, words: str) -> str:
    """Mark of words that stay English in a figure of another language."""
    return ' lang="en"' if figure._say.known(words) is None else ""


def no_data_swatch(figure_id: str) -> str:
    """The sign of "not known" in a key."""
    fill = palette.no_data_fill(figure_id)
    return f'<rect width="18" height="12" fill="url(#{fill})" stroke="{palette.OUTLINE}"/>'


def legend(entries: Sequence[tuple[str, str]], room_px: float) -> tuple[str, float]:
    """A key: swatches (ready SVG in a box of 18 x 12 px) with words, broken into rows.

    Args:
        entries: Swatch and words.
        room_px: Width. [px]

    Returns:
        SVG and its height. [px]
    """
    drawn, x, y = [], 0.0, 0.0
    for swatch, words in entries:
        wide = 24 + width_px(words, 12) + 18
        if x and x + wide > room_px:
            x, y = 0.0, y + 20
        drawn.append(f'<g transform="translate({x:.5g},{y:.5g})">{swatch}{text(words, 24, 10, 12)}</g>')
        x += wide
    return "".join(drawn), y + 20
