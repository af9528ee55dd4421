"""Words inside a figure: how wide they are, where a line breaks, and how they are written as SVG.

Widths are those of Helvetica (Arial and Liberation Sans share them), so that a layout needs no font on the machine.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

__all__ = ["FONT", "MONTHS", "date_text", "lines_of", "shorten", "text", "width_px", "wrap"]

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"

_GROUPS = {
    "ijl'": 222,
    " !,./:;ftI|": 278,
    "()-r`[]": 333,
    "cksvxyzJ": 500,
    "abdeghnopqu0123456789L_$#?": 556,
    "TFZ": 611,
    "ABEKPSVXY&": 667,
    "CDHNRUw": 722,
    "GOQ": 778,
    "mM": 833,
    "%": 889,
    "W": 944,
    "@": 1015,
    "+<=>~": 584,
}
_WIDTH = {letter: width for letters, width in _GROUPS.items() for letter in letters}


def width_px(words: str, size_px: float, bold: bool = False) -> float:
    """Width of a line. [px]

    Args:
        words: One line.
        size_px: Font size. [px]
        bold: Bold letters are about 7 % wider.

    >>> round(width_px("oxide", 12))
    29
    """
    em = sum(_WIDTH.get(letter, 600) for letter in words) / 1000
    return em * size_px * (1.07 if bold else 1.0)


def wrap(words: str, size_px: float, room_px: float, bold: bool = False) -> list[str]:
    """Words broken into lines that fit; a single word that is too long stands alone.

    Args:
        words: Text.
        size_px: Font size. [px]
        room_px: Width of a line. [px]
        bold: Whether it is bold.

    >>> wrap("separation of heavy rare earths", 12, 90)
    ['separation of', 'heavy rare', 'earths']
    """
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_px(longer, size_px, bold) <= room_px:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def shorten(words: str, size_px: float, room_px: float) -> str:
    """The words, cut with an ellipsis where they do not fit.

    >>> shorten("Democratic Republic of the Congo", 12, 90)
    'Democratic Re…'
    """
    if width_px(words, size_px) <= room_px:
        return words
    while words and width_px(f"{words}…", size_px) > room_px:
        words = words[:-1]
    return f"{words.rstrip()}…"


def text(
    words: str, x: float, y: float, size_px: float = 12, *, fill: str = "#1A1A1A", anchor: str = "", extra: str = ""
) -> str:
    """One line as an SVG element; `y` is its base line.

    Args:
        words: One line.
        x: Place. [px]
        y: Base line. [px]
        size_px: Font size. [px]
        fill: Colour.
        anchor: `middle` or `end`; left when empty.
        extra: Further attributes, ready to print.
    """
    anchored = f" text-anchor={quoteattr(anchor)}" if anchor else ""
    more = f" {extra}" if extra else ""
    return f'<text x="{x:.5g}" y="{y:.5g}" font-size="{size_px:g}" fill="{fill}"{anchored}{more}>{escape(words)}</text>'


def lines_of(lines: list[str], x: float, y: float, size_px: float = 12, **style: str) -> str:
    """Several lines, one below the other; `y` is the base line of the first."""
    return "".join(text(line, x, y + i * size_px * 1.25, size_px, **style) for i, line in enumerate(lines))


MONTHS = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "ms": ["Jan", "Feb", "Mac", "Apr", "Mei", "Jun", "Jul", "Ogos", "Sep", "Okt", "Nov", "Dis"],
}
"""Short names of months by language."""


def date_text(iso: str, language: str = "en") -> str:
    """A full or partial ISO date as it is printed.

    Args:
        iso: 2026-12-12, 2026-12 or 2026.
        language: `en` or `ms`.

    >>> date_text("2026-12-12", "ms"), date_text("2026-08"), date_text("2026")
    ('12 Dis 2026', 'Aug 2026', '2026')
    """
    year, *rest = iso.split("-")
    if not rest:
        return year
    month = MONTHS[language][int(rest[0]) - 1]
    return f"{int(rest[1])} {month} {year}" if len(rest) > 1 else f"{month} {year}"
