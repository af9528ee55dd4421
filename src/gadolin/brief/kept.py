"""The sections of a run as plain JSON, `sections.json`: what every paper of the run is written from, at any time.

    text = dump("Malaysia", {"en": sections, "ms": in_malay}, about)
    load(text).sections("ms")

A section that is the same in every language stands once; the reply stands once per language. Figures are kept as their
rows and their kind, not as pictures, and words with their template, so that a paper in another language says them
anew. Numbers keep every digit, missing cells stay missing in their own way (none, not a number, NA). The rows of a
figure lose their index.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gadolin import figures
from gadolin.brief.section import Cell, Paragraph, Part, Section, Table
from gadolin.errors import Fault, GadolinError, InputError
from gadolin.figures import Figure, Marks
from gadolin.figures.language import Told
from gadolin.quantity import Fact, Quantity

__all__ = ["FILE", "Kept", "dump", "load"]

FILE, SCHEMA = "sections.json", "gadolin-sections-1"
_KINDS = {kind.__name__: kind for kind in vars(figures).values() if isinstance(kind, type) and hasattr(kind, "kind")}
_NAN, _NA = "not a number", "NA"


@dataclass(frozen=True)
class Kept:
    """What a paper is written from.

    Args:
        country: Name of the case, as it stands in the heading.
        about: What the run was made from; printed at the end of a page.
        by_language: Sections in each language.
    """

    country: str
    about: Mapping[str, Any]
    by_language: Mapping[str, tuple[Section, ...]]

    def sections(self, language: str) -> tuple[Section, ...]:
        """The sections of one language.

        Args:
            language: `en` or `ms`.

        Raises:
            InputError: The run keeps none in it.
        """
        if language not in self.by_language:
            raise InputError(f'the run keeps no sections in "{language}" ({", ".join(self.by_language)})')
        return self.by_language[language]


def dump(country: str, by_language: Mapping[str, Sequence[Section]], about: Mapping[str, Any]) -> str:
    """Sections as JSON, one section to a line; the same sections give the same bytes.

    Args:
        country: Name of the case.
        by_language: Sections in each language, in the same order.
        about: What the run was made from.

    Raises:
        InputError: Languages with different sections, or a figure of a kind that is not in `gadolin.figures`.
    """
    keys = {language: [section.key for section in made] for language, made in by_language.items()}
    if len({tuple(found) for found in keys.values()}) != 1:
        raise InputError(f"each language needs the same sections in the same order, got {keys}")
    lines: list[str] = []
    for versions in zip(*by_language.values(), strict=True):
        told: dict[str, list[str]] = {}
        for language, section in zip(by_language, versions, strict=True):
            told.setdefault(_line(_section(section)), []).append(language)
        lines += [f'{{"in":{_line(spoken)},"section":{line}}}' for line, spoken in told.items()]
    head = {"schema": SCHEMA, "country": country, "languages": list(by_language), "about": dict(about)}
    return f'{_line(head)[:-1]},"sections":[\n' + ",\n".join(lines) + "\n]}\n"


def load(text: str) -> Kept:
    """Sections from JSON.

    Args:
        text: As `dump` wrote it.

    Raises:
        InputError: Not that; says what to do.
    """
    try:
        document = json.loads(text, object_hook=_read_told)
        if document["schema"] != SCHEMA:
            raise InputError(f"its schema is {document['schema']}, not {SCHEMA}")
        made = [(entry["in"], _read_section(entry["section"])) for entry in document["sections"]]
        by_language = {
            language: tuple(section for spoken, section in made if language in spoken)
            for language in document["languages"]
        }
        return Kept(document["country"], document["about"], by_language)
    except (GadolinError, KeyError, TypeError, ValueError, AttributeError) as error:
        why = f"does not hold sections that this program can read ({error}); run the case again"
        raise InputError(Fault(why, file=FILE)) from None


def _line(value: Any) -> str:
    return json.dumps(_write_told(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain)


def _write_told(value: Any) -> Any:
    """Words that are told, anywhere inside, as their template and its values."""
    if isinstance(value, Told):
        return {"told": value.template, "with": _write_told(value.values)}
    if isinstance(value, Mapping):
        return {key: _write_told(v) for key, v in value.items()}
    return [_write_told(v) for v in value] if isinstance(value, list | tuple) else value


def _read_told(kept: dict[str, Any]) -> Any:
    return Told(kept["told"], **kept["with"]) if "told" in kept else kept


def _plain(value: Any) -> Any:
    """What JSON has no word for: numbers of numpy."""
    if isinstance(value, np.generic):
        return value.item()
    raise InputError(f"{value!r} ({type(value).__name__}) cannot be kept as JSON")


def _section(section: Section) -> dict[str, Any]:
    finding = section.finding if isinstance(section.finding, str) else _part(section.finding)
    whole = {f.name: getattr(section, f.name) for f in dataclasses.fields(section)}
    return whole | {"finding": finding, "parts": [_part(part) for part in section.parts]}


def _read_section(kept: dict[str, Any]) -> Section:
    finding = kept["finding"] if isinstance(kept["finding"], str) else _read_part(kept["finding"])
    return Section(**kept | {"finding": finding, "parts": [_read_part(part) for part in kept["parts"]]})


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, Paragraph):
        return {"paragraph": part.template, "values": {name: _cell(value) for name, value in part.values.items()}}
    if isinstance(part, Table):
        rows = [[_cell(cell) for cell in row] for row in part.rows]
        return {"table": part.caption, "columns": part.columns, "rows": rows, "note": part.note}
    fields = {f.name: getattr(part, f.name) for f in dataclasses.fields(part)}
    return {"figure": fields | {"data": _frame(part.data), "marks": _marks(part.marks)}}


def _read_part(kept: dict[str, Any]) -> Any:
    if "paragraph" in kept:
        return Paragraph(kept["paragraph"], {name: _read_cell(value) for name, value in kept["values"].items()})
    if "table" in kept:
        rows = [[_read_cell(cell) for cell in row] for row in kept["rows"]]
        return Table(kept["table"], kept["columns"], rows, kept["note"])
    fields = kept["figure"]
    return Figure(**fields | {"data": _read_frame(fields["data"]), "marks": _read_marks(fields["marks"])})


def _cell(cell: Cell) -> Any:
    return cell if cell is None or isinstance(cell, str) else cell.as_dict()


def _read_cell(kept: Any) -> Any:
    if kept is None or isinstance(kept, str):
        return kept
    return Fact(**kept) if "text" in kept else Quantity(**kept)


def _marks(marks: Marks) -> dict[str, Any]:
    name = type(marks).__name__
    if _KINDS.get(name) is not type(marks):
        raise InputError(f"figures of kind {name} cannot be kept; kinds stand in gadolin.figures")
    # every kind of marks is a dataclass, which the type of their base does not say
    return {"is": name} | {f.name: getattr(marks, f.name) for f in dataclasses.fields(marks)}  # pyright: ignore[reportArgumentType]


def _read_marks(kept: dict[str, Any]) -> Marks:
    return _KINDS[kept["is"]](**{name: _tuples(value) for name, value in kept.items() if name != "is"})


def _tuples(value: Any) -> Any:
    """JSON has lists where fields of frozen classes are tuples."""
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value


def _frame(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {"name": str(name), "type": str(column.dtype), "cells": [_value(v) for v in column]}
        for name, column in frame.items()
    ]


def _read_frame(kept: list[dict[str, Any]]) -> pd.DataFrame:
    columns = {c["name"]: pd.Series([_read_value(v) for v in c["cells"]], dtype=c["type"]) for c in kept}
    return pd.DataFrame(columns)


def _value(value: Any) -> Any:
    if value is pd.NA:
        return {"missing": _NA}
    if isinstance(value, float) and value != value:
        return {"missing": _NAN}
    if isinstance(value, list | tuple):
        return {"list": [_value(v) for v in value]}
    return value


def _read_value(kept: Any) -> Any:
    if not isinstance(kept, dict):
        return kept
    if "list" in kept:
        return [_read_value(v) for v in kept["list"]]
    return pd.NA if kept["missing"] == _NA else float("nan")
