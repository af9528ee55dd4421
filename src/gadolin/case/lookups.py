"""What a file of a case names, looked up in its plain values: refs, numbers and names that nothing answers to.

It needs no checked record, so a file whose form is wrong is looked up as well and all its faults are said at once.
A place is written as a pattern: `clauses[].terms.*` is every term of every clause, `volumes.*` every `[volumes]` key.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from gadolin.case.records import Given, Number
from gadolin.case.why import why
from gadolin.errors import Fault, GadolinError, InputError, did_you_mean

if TYPE_CHECKING:
    from gadolin.case.load import Case

__all__ = ["Lookups", "places"]

_NUMBER: TypeAdapter[Given] = TypeAdapter(Number)


def places(values: Any, pattern: str, at: str = "") -> Iterator[tuple[str, Any]]:
    """Every value at a pattern with its key path; for `TABLE.*` the tables' values, by key.

    >>> list(places({"clauses": [{"id": "a"}, {"id": "b"}]}, "clauses[].id"))
    [('clauses[0].id', 'a'), ('clauses[1].id', 'b')]
    >>> list(places({"volumes": {"NdPr": 5}}, "volumes.*"))
    [('volumes.NdPr', 5)]
    """
    if not pattern:
        yield at, values
        return
    head, _, rest = pattern.partition(".")
    name, many = head.removesuffix("[]"), head.endswith("[]")
    if not isinstance(values, dict):
        return
    for key in values if name == "*" else [k for k in (name,) if k in values]:
        path, value = f"{at}.{key}" if at else str(key), values[key]
        if not many:
            yield from places(value, rest, path)
        elif isinstance(value, list):
            for i, item in enumerate(value):
                yield from places(item, rest, f"{path}[{i}]")


class Lookups:
    """The plain values of one file, and what in them nothing in the case answers to.

    Args:
        case: The case. A row not known at its date is no fault of the file; who evaluates says what is not known.
        values: The file as plain values.
        file: The file, from the case's folder.
    """

    def __init__(self, case: Case, values: Mapping[str, Any], file: str) -> None:
        self.case = case if case.as_of is None else replace(case, as_of=None, _cache={})
        self.values, self.file = values, file

    def fault(self, key: str, text: str, value: Any = None) -> Fault:
        """A fault at a key of the file."""
        return Fault(text, self.file, self.case.line_of(self.file, key), key, value)

    def names(self, pattern: str, words: str, known: Collection[str]) -> Iterator[Fault]:
        """Names at a pattern that are not known; what is no text is a fault of form and said there."""
        for key, name in places(self.values, pattern):
            if isinstance(name, str) and name not in known:
                yield self.fault(re.sub(r"\[\d+\]$", "", key), f"{words}{did_you_mean(name, known)}", name)

    def keys(self, table: str, words: str, known: Collection[str]) -> Iterator[Fault]:
        """Keys of a table that are not known."""
        for key, _ in places(self.values, f"{table}.*"):
            name = key.removeprefix(f"{table}.")
            if name not in known:
                yield self.fault(key, f"{words}{did_you_mean(name, known)}")

    def refs(self) -> Iterator[Fault]:
        """Refs in any list `refs` that do not resolve."""
        for key, ref in _lists(self.values, "refs"):
            try:
                why(ref, self.case)
            except GadolinError as error:
                yield self.fault(key, f"does not resolve: {str(error).splitlines()[0]}", ref)

    def numbers(self, pattern: str) -> Iterator[tuple[str, float]]:
        """Numbers at a pattern with their key; those that are not known or of a wrong form are left out."""
        for key, number in self._numbers(pattern):
            try:
                value = self.case.given(number, key, self.file).value
            except InputError:
                continue
            if value is not None:
                yield key, value

    def unknown_numbers(self, pattern: str) -> Iterator[Fault]:
        """Numbers at a pattern whose ref does not resolve, or leads to an empty cell."""
        for key, number in self._numbers(pattern):
            try:
                if self.case.given(number, key, self.file).value is None:
                    yield self.fault(key, "is not known; give a value with basis and range")
            except InputError as error:
                yield self.fault(key, f"does not resolve: {error.faults[0].allowed}", number.ref)

    def _numbers(self, pattern: str) -> Iterator[tuple[str, Given]]:
        for key, value in places(self.values, pattern):
            try:
                number = _NUMBER.validate_python(value)
            except ValidationError:
                continue  # a fault of form, told with the others of the file
            yield key, number


def _lists(values: Any, name: str, at: str = "") -> Iterator[tuple[str, str]]:
    """Texts of every list of a name, however deep, with the list's key path."""
    if isinstance(values, dict):
        for key, value in values.items():
            path = f"{at}.{key}" if at else str(key)
            if key == name and isinstance(value, list):
                yield from ((path, text) for text in value if isinstance(text, str))
            else:
                yield from _lists(value, name, path)
    elif isinstance(values, list):
        for i, item in enumerate(values):
            yield from _lists(item, name, f"{at}[{i}]")
