"""How a file of a case is read: a checked record, with every fault of the file by line and key.

A number in a case is either a choice of its author (`{value = 5, unit = "t", basis = "choice"}`), or it points to a
fact (`"facilities:MYS-SEPA-002:capacity_value"`). Nothing else is accepted, so that each can be asked why.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from gadolin.case.toml_lines import line_of, lines_of, read_toml
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.quantity import BASES, Quantity

__all__ = ["Given", "Iso3", "Name", "Number", "Record", "Told", "in_order", "read_record", "toml_files", "twice"]

REF = re.compile(r"[a-z_0-9]+:[A-Za-z0-9._-]+:[a-z_0-9]+")
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")]
Iso3 = Annotated[str, Field(pattern=r"^[A-Z0-9]{3}$")]


Told = Iterator[tuple[str, str]]
"""Key of a record, or nothing for the record as a whole, and what is wrong with it."""


class Record(BaseModel):
    """Base of everything in a case: no unknown keys, no guessing of types.

    What its keys must hold together a record says in `together`; it is asked also where single keys are at fault, so
    that all faults of a file are told at once.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """Faults between keys.

        Args:
            values: Plain values by key. Where single keys are at fault they are as the file has them, of whatever type.
        """
        yield from ()

    @model_validator(mode="wrap")
    @classmethod
    def _all_faults(cls, values: Any, check: ModelWrapValidatorHandler[Record]) -> Record:
        try:
            record = check(values)
            faults, told = [], list(cls.together(record.model_dump()))
        except ValidationError as error:
            record, faults, told = None, [_again(e) for e in error.errors()], []
            # a value of a wrong form is told with its key; what hangs on it cannot be judged yet
            with contextlib.suppress(TypeError, ValueError, KeyError, AttributeError):
                for key, words in cls.together(values):
                    told.append((key, words))
        faults += [_again({"type": TOGETHER, "loc": _parts(key), "ctx": {"words": words}}) for key, words in told]
        if record is None or faults:
            raise ValidationError.from_exception_data(cls.__name__, faults)
        return record


TOGETHER = "together"


def _again(error: Any) -> Any:
    """A fault as pydantic takes it back."""
    kind, context = error["type"], error.get("ctx", {})
    kind = PydanticCustomError(TOGETHER, "{words}", context) if kind == TOGETHER else kind
    return {"type": kind, "loc": error["loc"], "input": error.get("input"), "ctx": context}


def _parts(key: str) -> tuple[str | int, ...]:
    """`clauses[1].id` as ("clauses", 1, "id")."""
    return tuple(int(n) if n else name for name, n in re.findall(r"([^.\[\]]+)|\[(\d+)\]", key)) if key else ()


class Given(Record):
    """A number in a case file: a ref to a fact, or a value that says what it is."""

    ref: str | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    basis: str = "choice"
    refs: list[str] = []
    note: str = ""

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """A form of ref; or a value, its basis and its range."""
        ref, value, basis = values.get("ref"), values.get("value"), values.get("basis", "choice")
        if ref is not None:
            if not REF.fullmatch(ref):
                yield "", f'"{ref}" is not a ref TABLE:ROW_ID:COLUMN'
            return
        if value is None:
            yield "", "needs a value, or a ref to a fact"
        elif basis not in (*BASES, "choice"):
            yield "", f"basis must be one of {', '.join(BASES)}, choice"
        elif basis in ("measured", "reported", "derived") and not values.get("refs"):
            yield "", f'basis "{basis}" needs refs that say where it comes from'
        else:
            try:
                Quantity(value, values.get("unit", ""), values.get("low"), values.get("high"), basis)
            except InputError as error:
                yield "", str(error)


def _given(value: Any) -> Any:
    return {"ref": value} if isinstance(value, str) else value


Number = Annotated[Given, BeforeValidator(_given)]


Model = TypeVar("Model", bound=BaseModel)


def twice(values: Mapping[str, Any], table: str, key: str = "id") -> Told:
    """Ids that stand twice in a table, each at its second place.

    >>> list(twice({"plants": [{"id": "a"}, {"id": "b"}, {"id": "a"}]}, "plants"))
    [('plants[2].id', '"a" stands twice in [[plants]]')]
    """
    seen: set[str] = set()
    for n, entry in enumerate(values.get(table, ())):
        name = entry.get(key)
        if name in seen:
            yield f"{table}[{n}].{key}", f'"{name}" stands twice in [[{table}]]'
        seen.add(name)


def in_order(values: Mapping[str, Any], first: str = "first_year", last: str = "last_year") -> Told:
    """Two years, or dates, of which the second lies before the first; nothing where one is not given.

    >>> list(in_order({"start": 2030, "end": 2029}, "start", "end"))
    [('end', 'must not be before start (2030)')]
    """
    start, end = values.get(first), values.get(last)
    if start is not None and end is not None and end < start:
        yield last, f"must not be before {first} ({start})"


def read_record(path: Path, model: type[Model], shown_as: str | None = None) -> Model:
    """A TOML file as a checked record.

    Args:
        path: File.
        model: What it must be.
        shown_as: How the file is named in faults (default: its name).

    Raises:
        InputError: Every fault with file, line and key.
        OSError: The file cannot be opened.
    """
    values = read_toml(path, shown_as)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        lines = lines_of(path.read_text("utf-8"))
        faults = [_fault(e, model, values, shown_as or path.name, lines) for e in error.errors()]
        raise InputError(sorted(faults, key=lambda f: f.line or 0)) from None


def toml_files(folder: Path) -> tuple[list[Path], list[Fault]]:
    """TOML files of a folder of a case in the order of their names, and a fault for each file of another kind.

    Args:
        folder: The folder; files whose name begins with a dot are the system's own and left out.
    """
    files = sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
    other = [p for p in files if p.suffix != ".toml"]
    words = f"is no TOML file; {folder.name}/ holds only these"
    return [p for p in files if p.suffix == ".toml"], [Fault(words, f"{folder.name}/{p.name}") for p in other]


def _fault(error: Any, model: type[BaseModel], values: Any, file: str, lines: dict[str, int]) -> Fault:
    where = [part for part in error["loc"] if not (isinstance(part, str) and part.startswith(("function-", "Given")))]
    path = ""
    for part in where:
        path += f"[{part}]" if isinstance(part, int) else (f".{part}" if path else str(part))
    line = line_of(lines, path) or 1  # a fault of the file as a whole stands at its beginning
    kind = error["type"]
    if kind == "extra_forbidden":
        return Fault(f"is not a key here{did_you_mean(str(where[-1]), _keys(model, where))}", file, line, path)
    if kind == "missing":
        return Fault("is missing", file, line, path)
    value = error.get("input")
    shown = value if isinstance(value, str | int | float | bool) else None
    return Fault(_sentence(kind, error), file, line, path or None, shown)


def _keys(model: type[BaseModel], where: list[Any]) -> list[str]:
    """Keys allowed beside the last part of a path, found by walking the models."""
    current: Any = model
    for part in where[:-1]:
        if isinstance(part, int):
            continue
        info = getattr(current, "model_fields", {}).get(part)
        if info is None:
            return []
        inner = [a for a in _walk(info.annotation) if isinstance(a, type) and issubclass(a, BaseModel)]
        if not inner:
            return []
        current = inner[0]
    return list(getattr(current, "model_fields", {}))


def _walk(annotation: Any) -> list[Any]:
    found = [annotation]
    for argument in getattr(annotation, "__args__", ()):
        found += _walk(argument)
    return found


def _sentence(kind: str, error: Any) -> str:
    context = error.get("ctx", {})
    limits = {
        "greater_than": ("must be greater than", "gt"),
        "greater_than_equal": ("must be at least", "ge"),
        "less_than": ("must be less than", "lt"),
        "less_than_equal": ("must be at most", "le"),
    }
    if kind in limits:
        words, key = limits[kind]
        return f"{words} {context[key]}"
    if kind == "literal_error":
        known = re.findall(r"'([^']+)'", context["expected"])
        return f"must be one of {', '.join(known)}{did_you_mean(str(error['input']), known)}"
    if kind == "string_pattern_mismatch":
        return f"has not the form {context['pattern']}"
    if kind == TOGETHER:
        return context["words"]
    if kind == "value_error":
        return str(context["error"])
    plain = {"string_type": "must be text", "float_type": "must be a number", "int_type": "must be a whole number"}
    return plain.get(kind, str(error["msg"]).lower())
