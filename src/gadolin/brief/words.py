"""Words of the papers in English and Malay: whole sentences from gettext catalogues, numbers and dates as printed.

`translator("ms")` gives a function from an English source string to the sentence in that language. A string that
the catalogue lacks raises, so that no English is left in a Malay paper. The Malay catalogue is `locale/ms.po`.
Limits: the Malay has not yet been confirmed by a native reader.
"""

from __future__ import annotations

import functools
import re

from gadolin.figures.language import Say
from gadolin.quantity import Fact, Quantity, format_range

__all__ = [
    "NATIVE_NOTE",
    "RANGE_NOTE",
    "WHY_NOTE",
    "Say",
    "fact_text",
    "printed_unit",
    "quantity_text",
    "title_of",
    "translator",
]

RANGE_NOTE = (
    "Numbers stand with their range: the middle nine tenths, or the span of sources that contradict each other. "
    "Estimates and figures from memory are underlined with dashes."
)
WHY_NOTE = "Every number can be asked why; type:"
NATIVE_NOTE = (
    "A native reader has not yet confirmed the Malay. Names, quoted words of the sources and remarks of the models "
    "stand in English."
)

_ISO = re.compile(r"\d{4}-\d{2}(-\d{2})?")
_SPAN = re.compile(r"(?<=\()(\S+) to (\S+)(?=\))")
_PRINTED = {"share": "%", "count": "", "index": "", "ratio": "", "factor": ""}


@functools.cache
def translator(language: str) -> Say:
    """From an English source string to that language.

    Args:
        language: `en` or `ms`.

    Raises:
        InputError: No such language; when called, a string that the catalogue lacks.

    >>> translator("ms")("report")
    'laporan'
    """
    return Say(language, ("gadolin.figures", "gadolin.brief"))


def quantity_text(quantity: Quantity, say: Say, unit: bool = True, unranged: bool = True) -> str:
    """A number with range and unit in a language, rounded to what the range supports.

    Args:
        quantity: The number.
        say: Translator.
        unit: Whether the unit stands with it; not where a heading has it.
        unranged: Whether it is said when no range is known; not where a note says so for a whole column.

    >>> quantity_text(Quantity(41.4, "%", 34.9, 49.2, "derived"), translator("ms"))
    '41 % (35-49)'
    >>> quantity_text(Quantity(10.0, "t", -20.0, 50.0, "derived"), translator("ms"))
    '10 t (-20 hingga 50)'
    >>> quantity_text(Quantity(150.0, "persons", 150.0, 150.0, "estimate"), translator("en"))
    '150 persons'
    """
    if quantity.value is None:
        return say("not known")
    if quantity.unit == "count" and quantity.low is None and quantity.high is None:
        return f"{quantity.value:,.0f}"
    scale = 100.0 if quantity.unit == "share" else 1.0
    low, high = (None if end is None else end * scale for end in (quantity.low, quantity.high))
    if quantity.value == quantity.low == quantity.high:  # the same in every draw and source
        low = high = None
        unranged = False
    printed = format_range(quantity.value * scale, low, high, printed_unit(quantity, say) if unit else "")
    printed = _SPAN.sub(lambda ends: say("{low} to {high}").format(low=ends[1], high=ends[2]), printed)
    return printed.replace(" (range not known)", f" ({say('range not known')})" if unranged else "")


def title_of(country: str, say: Say) -> str:
    """Heading of a brief.

    Args:
        country: Name of the case.
        say: Translator.

    >>> title_of("Malaysia", translator("ms"))
    'Unsur nadir bumi Malaysia'
    """
    return say("Rare earths of {country}").replace("{country}", say.known(country) or country)


def printed_unit(quantity: Quantity, say: Say) -> str:
    """Unit as a reader sees it; empty for a bare count, index or ratio. Symbols are the same in every language."""
    unit = _PRINTED.get(quantity.unit, quantity.unit)
    return say.known(unit) or unit


def fact_text(fact: Fact, say: Say) -> str:
    """A fact as printed: an ISO date is written out, words that the catalogue has are said, others stand as they are.

    >>> fact_text(Fact("2026-12-31"), translator("ms"))
    '31 Dis 2026'
    """
    return say.date(fact.text) if _ISO.fullmatch(fact.text) else say.known(fact.text) or fact.text
