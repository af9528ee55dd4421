"""What changed in a reply since an earlier run: each figure then and now, as far as the words allow.

A figure is known by the name of its sentence and its place, which are the same in every language and run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadolin.brief import words
from gadolin.brief.section import Fact, Paragraph
from gadolin.figures.text import date_text
from gadolin.quantity import Quantity

__all__ = ["Day", "Item", "cell_of", "changes", "count_of", "iso_of"]

_DATES = (".date", ".start", ".end")


@dataclass(frozen=True)
class Day(Fact):
    """A date: printed in the language of the reply, compared as ISO.

    Args:
        iso: The date.
    """

    iso: str = ""


@dataclass(frozen=True)
class Item:
    """One sentence of the reply.

    Args:
        key: Name of the sentence, the same in every language and run.
        paragraph: The sentence with its figures.
    """

    key: str
    paragraph: Paragraph


def changes(
    shown: Sequence[str], differs: Sequence[str], new: pd.DataFrame, old: pd.DataFrame, run_id: str, language: str
) -> Iterator[Item]:
    """What differs from the earlier run, then and now, and how many further figures do."""
    say = words.translator(language)
    if not differs:
        yield Item("heading", Paragraph(say("Nothing changed since the earlier run.")))
        return
    run = run_id[:8] or "run"
    yield Item("heading", Paragraph(say("Changed since the earlier run:")))
    for key in shown:
        then = _value(old, key, f"{run}:reply:{key}:value", say, language)
        now = _value(new, key, "", say, language)
        sentence = say("{what}: {then}, now {now}.").replace("{what}", say(f"change.{key.split('.')[0]}"))
        yield Item(key, Paragraph(sentence, {"then": then, "now": now}))
    if len(differs) > len(shown):
        refs = [f"{run}:reply:{k}:value" for k in differs[len(shown) :]]
        yield Item("more", Paragraph(say("Further changes: {more}."), {"more": count_of(len(refs), refs)}))


def cell_of(frame: pd.DataFrame, key: str) -> tuple[Any, ...]:
    """What is compared of a figure: text, value, range and unit; nothing where the reply has no such figure."""
    if key not in frame.index:
        return ()
    row = frame.loc[key]
    return tuple(None if pd.isna(row[c]) else row[c] for c in ("text", "value", "low", "high", "unit"))


def iso_of(fact: Fact) -> str:
    """The text of a fact; a day in ISO, the same in every language."""
    return fact.iso if isinstance(fact, Day) else fact.text


def _value(frame: pd.DataFrame, key: str, ref: str, say: words.Say, language: str) -> Quantity | Fact:
    cell = cell_of(frame, key)
    if not cell:
        return Fact(say("not on record"), (ref or f"reply:{key}:value",))
    text, value, low, high, unit = cell
    refs = (ref,) if ref else tuple(frame.at[key, "refs"])
    if text is not None:
        return Day(date_text(text, language), refs, None, text) if key.endswith(_DATES) else Fact(text, refs)
    return Quantity(value, unit, low, high, str(frame.at[key, "basis"]), refs)


def count_of(number: int, refs: Iterable[str]) -> Quantity:
    """A count of rows, which rests on the rows counted."""
    return Quantity(float(number), "count", basis="derived", refs=tuple(dict.fromkeys(refs)))
