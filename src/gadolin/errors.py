"""The errors a caller may meet: what went wrong, where, and what to do.

    GadolinError
        InputError       something given is not allowed; lists every fault
        NotConverged     a solve ended above its residual; carries the residual
        Infeasible       no answer exists; names the rows that contradict each other

A fault says file, line, field, value and what is allowed, and prints as one line:

>>> print(Fault("must be greater than 0", file="case.toml", line=31, field="plants[1].capacity", value=-5))
case.toml:31  plants[1].capacity = -5   must be greater than 0

All of them survive pickling, because workers send them home.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Fault", "GadolinError", "Infeasible", "InputError", "NotConverged", "did_you_mean"]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in an input.

    Args:
        allowed: What is allowed, or what to do; the end of the sentence.
        file: Name of the file as the user wrote it, without folders above the one given.
        line: Line in the file, counted from 1; for a workbook the row of the sheet.
        field: Column, key path (`plants[1].capacity`) or argument.
        value: The offending value, shortened for print; None when there is none.
    """

    allowed: str
    file: str | None = None
    line: int | None = None
    field: str | None = None
    value: Any = None

    def __str__(self) -> str:
        where = self.file or ""
        if self.line is not None:
            where += f":{self.line}"
        what = self.field or ""
        if self.value is not None:
            what += f" = {shown(self.value)}" if what else shown(self.value)
        head = "  ".join(part for part in (where, what) if part)
        return f"{head}   {self.allowed}" if head else self.allowed

    def as_dict(self) -> dict[str, Any]:
        """The fault as plain JSON values."""
        record = asdict(self)
        if not isinstance(self.value, str | int | float | bool | None):
            record["value"] = shown(self.value)
        return record


def shown(value: Any, limit: int = 60) -> str:
    """A value as it is printed in a fault: quoted if text, cut after `limit` characters."""
    text = f'"{value}"' if isinstance(value, str) else str(value)
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "X"?` for the nearest known word, or nothing.

    >>> did_you_mean("seperation", ["separation", "metal"])
    '; did you mean "separation"?'
    """
    near = difflib.get_close_matches(str(word), [str(k) for k in known], n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""


class GadolinError(Exception):
    """Base of all errors that Gadolin raises on purpose."""

    def as_dict(self) -> dict[str, Any]:
        """The error as plain JSON values, as `--json` prints it."""
        return {"kind": type(self).__name__, "message": str(self)}


class InputError(GadolinError):
    """Something given is not allowed. Carries every fault found, never only the first.

    Args:
        faults: Faults, or one sentence for a single fault without a place.

    >>> str(InputError("beta must be greater than 1"))
    'beta must be greater than 1'
    """

    def __init__(self, faults: Sequence[Fault] | Fault | str) -> None:
        if isinstance(faults, str):
            faults = [Fault(faults)]
        elif isinstance(faults, Fault):
            faults = [faults]
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)

    def as_dict(self) -> dict[str, Any]:
        """The error as plain JSON values."""
        return super().as_dict() | {"faults": [fault.as_dict() for fault in self.faults]}


class NotConverged(GadolinError):
    """A solve ended without an answer. Nothing is returned, so nothing wrong can be used.

    Args:
        what: What was solved, and what to try.
        residual: Scaled residual at the end. [-]
        closure: Scaled error of the balance at the end. [-]
    """

    def __init__(self, what: str, residual: float, closure: float | None = None) -> None:
        self.what, self.residual, self.closure = what, residual, closure
        super().__init__(what, residual, closure)

    def __str__(self) -> str:
        closure = "" if self.closure is None else f", closure {self.closure:.2e}"
        return f"{self.what} (residual {self.residual:.2e}{closure})"

    def as_dict(self) -> dict[str, Any]:
        """The error as plain JSON values."""
        return super().as_dict() | {"residual": self.residual, "closure": self.closure}


class Infeasible(GadolinError):
    """No answer exists.

    Args:
        what: What was asked, and what would make it possible.
        rows: The constraints that contradict each other, in words.
    """

    def __init__(self, what: str, rows: Sequence[str] = ()) -> None:
        self.what, self.rows = what, tuple(rows)
        super().__init__(what, self.rows)

    def __str__(self) -> str:
        return "\n".join([self.what, *(f"  {row}" for row in self.rows)])

    def as_dict(self) -> dict[str, Any]:
        """The error as plain JSON values."""
        return super().as_dict() | {"rows": list(self.rows)}
