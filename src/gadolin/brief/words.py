"""Words of the papers in English and Malay: whole sentences from gettext catalogues, numbers and dates as printed.

`translator("ms")` gives a function from an English source string to the sentence in that language. A string that
the catalogue lacks raises, so that no English is left in a Malay paper. The Malay catalogue is `locale/ms.po`.
Limits: the Malay has not yet been confirmed by a native reader.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable
from importlib import resources

from gadolin.errors import InputError, did_you_mean
from gadolin.quantity import Quantity, format_range

__all__ = ["LANGUAGES", "RANGE_NOTE", "WHY_NOTE", "Say", "catalogue", "quantity_text", "translator"]

LANGUAGES: tuple[str, ...] = ("en", "ms")

RANGE_NOTE = (
    "Numbers stand with their range: the middle nine tenths, or the span of sources that contradict each other. "
    "Estimates and figures from memory are underlined with dashes."
)
WHY_NOTE = "Every number can be asked why; type:"

Say = Callable[[str], str]


def translator(language: str) -> Say:
    """From an English source string to that language.

    Args:
        language: `en` or `ms`.

    Raises:
        InputError: No such language; when called, a string that the catalogue lacks.

    >>> translator("ms")("report")
    'laporan'
    """
    if language not in LANGUAGES:
        raise InputError(f'no language "{language}"{did_you_mean(language, LANGUAGES)} ({", ".join(LANGUAGES)})')
    if language == "en":
        keyed = catalogue("en")
        return lambda source: keyed.get(source, source)
    known = catalogue(language)

    def say(source: str) -> str:
        if source not in known:
            raise InputError(f'the catalogue {language} lacks "{source}"; add it to brief/locale/{language}.po')
        return known[source]

    return say


@functools.cache
def catalogue(language: str) -> dict[str, str]:
    """A shipped gettext catalogue: source string to translation.

    Args:
        language: Code of the language.
    """
    text = (resources.files("gadolin.brief") / "locale" / f"{language}.po").read_text("utf-8")
    entries: dict[str, str] = {}
    source, part = "", ""
    found = {"msgid": "", "msgstr": ""}
    for line in [*text.splitlines(), ""]:
        word, _, quoted = line.partition(" ")
        if word in found:
            part, found[word] = word, ast.literal_eval(quoted)
        elif line.startswith('"'):
            found[part] += ast.literal_eval(line)
        elif not line.strip() and found["msgid"]:
            source = found["msgid"]
            entries[source] = found["msgstr"]
            found = {"msgid": "", "msgstr": ""}
        elif not line.strip():
            found = {"msgid": "", "msgstr": ""}
    return entries


def quantity_text(quantity: Quantity, say: Say) -> str:
    """A number with range and unit in a language, rounded to what the range supports.

    Args:
        quantity: The number.
        say: Translator.

    >>> quantity_text(Quantity(41.4, "%", 34.9, 49.2, "derived"), translator("ms"))
    '41 % (35-49)'
    """
    if quantity.value is None:
        return say("not known")
    if quantity.unit == "count" and quantity.low is None and quantity.high is None:
        return f"{quantity.value:,.0f}"
    scale = 100.0 if quantity.unit == "share" else 1.0
    low, high = (None if end is None else end * scale for end in (quantity.low, quantity.high))
    printed = format_range(quantity.value * scale, low, high, _PRINTED.get(quantity.unit, quantity.unit))
    return printed.replace("(range not known)", f"({say('range not known')})")


_PRINTED = {"share": "%", "count": "", "index": "", "ratio": "", "factor": ""}
