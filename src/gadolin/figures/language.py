"""Words in the reader's language: gettext catalogues that ship with the package, one per room and language.

    say = Say("ms", ("gadolin.figures", "gadolin.brief"))
    say("report")                                      the whole sentence in that language; raises where it is missing
    say.plural("{count} row", "{count} rows", 3)       the template for that count, with the count in its place
    say.known("Own title of another room")             None where no catalogue has it; the page then marks it English
    Told("{country} makes no {good}", country="Malaysia", good="metal")      English words that know their template

English is the source; its catalogue only holds strings whose source is a key. A sentence is one template, never
glued; what a room makes from a template is `Told`, so that any language can say it. Limits: the Malay has not yet been
confirmed by a native reader; it has one form for every count.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Mapping, Sequence
from importlib import resources

from gadolin.errors import InputError, did_you_mean
from gadolin.figures.text import date_text

__all__ = ["ENGLISH", "LANGUAGES", "Say", "Told", "catalogue", "retold", "spoken"]

LANGUAGES: tuple[str, ...] = ("en", "ms")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


class Told(str):
    """English words made from a template; another language says them by its own template.

    Args:
        template: Words with `{name}` places.
        values: What stands at the places: words, which may be told themselves, an ISO date, which is written out, or
            several, joined as a list.

    >>> Told("No plant at home for {stages}", stages=("metal", "alloy", "recycling"))
    'No plant at home for metal, alloy and recycling'
    """

    template: str
    values: Mapping[str, str | Sequence[str]]

    def __new__(cls, template: str, /, **values: str | Sequence[str]) -> Told:
        """The English words."""
        made = super().__new__(cls, template.format(**{k: spoken("en")._value(v) for k, v in values.items()}))
        made.template, made.values = template, values
        return made

    def __reduce__(self) -> tuple[object, tuple[str, Mapping[str, str | Sequence[str]]]]:
        return _told, (self.template, self.values)


def _told(template: str, values: Mapping[str, str | Sequence[str]]) -> Told:
    return Told(template, **values)


def retold(words: str, templates: Sequence[str]) -> str:
    """Words that a room below wrote, with the first template they follow; as they are where they follow none.

    Args:
        words: English words.
        templates: Words with `{name}` places.

    >>> retold("if Japan stops helping in 2033", ("if {country} stops helping in {year}",)).values["country"]
    'Japan'
    """
    for template in templates:
        found = _pattern(template).fullmatch(words)
        if found:
            return Told(template, **found.groupdict())
    return words


@functools.cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(template)))


class Say:
    """From English source strings to one language.

    Args:
        language: `en` or `ms`.
        packages: Packages whose `locale/LANGUAGE.po` are read; a later one wins.

    Raises:
        InputError: No such language.

    >>> Say("ms").date("2026-08-31")
    '31 Ogos 2026'
    """

    def __init__(self, language: str, packages: tuple[str, ...] = ("gadolin.figures",)) -> None:
        if language not in LANGUAGES:
            raise InputError(f'no language "{language}"{did_you_mean(language, LANGUAGES)} ({", ".join(LANGUAGES)})')
        self.language = language
        self._known = {source: forms for package in packages for source, forms in catalogue(package, language).items()}

    def __call__(self, source: str) -> str:
        """The string in the language.

        Raises:
            InputError: The catalogue lacks it.
        """
        found = self.known(source)
        if found is None:
            raise InputError(f'the catalogue {self.language} lacks "{source}"; add it to locale/{self.language}.po')
        return found

    def known(self, source: str) -> str | None:
        """The string in the language, or None where no catalogue has it; English knows every string.

        >>> Say("ms").known(Told("data of {date}", date="2024"))
        'data pada 2024'
        """
        if isinstance(source, Told):
            template = self.known(source.template)
            return (
                None if template is None else template.format(**{k: self._value(v) for k, v in source.values.items()})
            )
        if source in self._known:
            return self._known[source][0]
        return source if self.language == "en" else None

    def _value(self, value: str | Sequence[str]) -> str:
        if not isinstance(value, str):
            return self.list([self._value(v) for v in value])
        if _ISO.fullmatch(value):
            return self.date(value)
        known = self.known(value)
        return value if known is None else known

    def list(self, items: Sequence[str]) -> str:
        """Words as a list; where one of them holds the word that joins, a comma sets the last apart.

        >>> Say("en").list(["mining", "cracking and leaching"])
        'mining, and cracking and leaching'
        """
        if len(items) < 2:
            return "".join(items)
        joined = self("{first} and {last}")
        word = joined.format(first="", last="")
        if any(word in item for item in items):
            joined = self("{first}, and {last}")
        return joined.format(first=", ".join(items[:-1]), last=items[-1])

    def plural(self, one: str, many: str, count: int) -> str:
        """The sentence for a count, which stands at `{count}`.

        Args:
            one: English for one.
            many: English for any other count.
            count: How many.

        Raises:
            InputError: The catalogue lacks it.

        >>> Say("en").plural("and {count} more", "and {count} more", 3)
        'and 3 more'
        """
        if self.language == "en":
            chosen = one if count == 1 else many
        elif one in self._known:
            chosen = self._known[one][-1]  # Malay has one form
        else:
            chosen = self(one)
        return chosen.replace("{count}", f"{count:,}")

    def date(self, iso: str) -> str:
        """A full or partial ISO date as it is printed."""
        return date_text(iso, self.language)


@functools.cache
def spoken(language: str) -> Say:
    """The words of figures in a language."""
    return Say(language)


@functools.cache
def catalogue(package: str, language: str) -> dict[str, tuple[str, ...]]:
    """A shipped catalogue: source string to its translation, or to its plural forms.

    Args:
        package: Package that holds `locale/LANGUAGE.po`.
        language: Code of the language.
    """
    file = resources.files(package) / "locale" / f"{language}.po"
    entries: dict[str, tuple[str, ...]] = {}
    for block in file.read_text("utf-8").split("\n\n"):
        found: dict[str, str] = {}
        part = ""
        for line in block.splitlines():
            word, _, quoted = line.partition(" ")
            if line.startswith('"'):
                found[part] += ast.literal_eval(line)
            elif word.startswith("msg"):
                part, found[word] = word, ast.literal_eval(quoted)
        if found.get("msgid"):
            entries[found["msgid"]] = tuple(text for word, text in found.items() if word.startswith("msgstr"))
    return entries


ENGLISH = spoken("en")
