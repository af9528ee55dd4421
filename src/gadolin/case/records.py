"""How a file of a case is read: a checked record, with every fault of the file by line and key.

A number in a case is either a choice of its author (`{value = 5, unit = "t", basis = "choice"}`), or it points to a
fact (`"facilities:MYS-SEPA-002:capacity_value"`). Nothing else is accepted, so that each can be asked why.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from gadolin.case.toml_lines import line_of, lines_of, read_toml
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.quantity import BASES, Quantity

__all__ = ["Given", "Iso3", "Name", "Number", "Record", "check_once", "read_record", "toml_files"]

REF = re.compile(r"[a-z_0-9]+:[A-Za-z0-9._-]+:[a-z_0-9]+")
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")]
Iso3 = Annotated[str, Field(pattern=r"^[A-Z0-9]{3}$")]


class Record(BaseModel):
    """Base of everything in a case: no unknown keys, no guessing of types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


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

    @model_validator(mode="after")
    def _sound(self) -> Given:
        if self.ref is not None:
            if not REF.fullmatch(self.ref):
                raise ValueError(f'"{self.ref}" is not a ref TABLE:ROW_ID:COLUMN')
            return self
        if self.value is None:
            raise ValueError("needs a value, or a ref to a fact")
        if self.basis not in (*BASES, "choice"):
            raise ValueError(f"basis must be one of {', '.join(BASES)}, choice")
        if self.basis in ("measured", "reported", "derived") and not self.refs:
            raise ValueError(f'basis "{self.basis}" needs refs that say where it comes from')
        try:
            Quantity(self.value, self.unit, self.low, self.high, self.basis)
        except InputError as error:  # a fault of this key, beside the others of the file
            raise ValueError(str(error)) from None
        return self


def _given(value: Any) -> Any:
    return {"ref": value} if isinstance(value, str) else value


Number = Annotated[Given, BeforeValidator(_given)]


Model = TypeVar("Model", bound=BaseModel)


def check_once(ids: Iterable[str], table: str) -> None:
    """Refuse an id that stands twice in a table.

    Raises:
        ValueError: With every such id, for a validator to raise.

    >>> check_once(["a", "b"], "plants")
    """
    counts = Counter(ids)
    twice = sorted(i for i, count in counts.items() if count > 1)
    if twice:
        raise ValueError(f"{table}: id {', '.join(twice)} stands twice")


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
        raise InputError([_fault(e, model, values, shown_as or path.name, lines) for e in error.errors()]) from None


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
    if kind == "value_error":
        return str(context["error"])
    plain = {"string_type": "must be text", "float_type": "must be a number", "int_type": "must be a whole number"}
    return plain.get(kind, str(error["msg"]).lower())
