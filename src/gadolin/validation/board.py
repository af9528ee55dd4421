"""Run the claims of all rooms and show them as one table.

A claim is one reference value held against what the code gives. Status: `pass`, `fail`, or `known_limit` (the
value is missed, the reason is known and written down; it is never counted as a pass).
"""

from __future__ import annotations

import importlib
import json
import math
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.validation import claims as _claims

Read = Callable[[str], Any]


@dataclass(frozen=True)
class Check:
    """One claim and how it came out.

    Args:
        claim: What is claimed, one line, starting with the id of the reference case.
        source: Where the expected value comes from.
        expected: Reference value.
        got: Ours.
        tolerance: Allowed difference in words (`relative 1e-5`).
        status: pass, fail or known_limit.
        why: For a known limit, the reason.
    """

    claim: str
    source: str
    expected: Any
    got: Any
    tolerance: str
    status: str
    why: str = ""


@dataclass(frozen=True)
class Board:
    """All checks of a validation run."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether no check failed."""
        return all(check.status != "fail" for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """`{"checks": [...]}` as the command prints it."""
        return {"checks": [asdict(check) for check in self.checks]}

    def __str__(self) -> str:
        counts = {s: sum(c.status == s for c in self.checks) for s in ("pass", "known_limit", "fail")}
        lines = [f"{counts['pass']} pass, {counts['known_limit']} known limit, {counts['fail']} fail"]
        for check in self.checks:
            if check.status != "pass":
                why = f"  ({check.why})" if check.why else ""
                lines.append(
                    f"  {check.status:11} {check.claim}: expected {check.expected}, got {check.got} "
                    f"[{check.tolerance}]{why}"
                )
        return "\n".join(lines)


def compare(
    claim: str,
    source: str,
    expected: float,
    got: float,
    relative: float = 0.0,
    absolute: float = 0.0,
    known_limit: str = "",
) -> Check:
    """A check of two numbers within a relative or an absolute tolerance.

    Args:
        claim: What is claimed.
        source: Where the expected value comes from.
        expected: Reference value.
        got: Ours.
        relative: Allowed difference relative to expected. [-]
        absolute: Allowed difference in the unit of the value.
        known_limit: Reason, if a miss is a known limit.

    >>> compare("two", "arithmetic", 2.0, 2.0000001, relative=1e-6).status
    'pass'
    """
    near = math.isclose(expected, got, rel_tol=relative, abs_tol=absolute)
    parts = (("relative", relative), ("absolute", absolute))
    tolerance = " or ".join(f"{kind} {size:g}" for kind, size in parts if size) or "exact"
    status = "pass" if near else ("known_limit" if known_limit else "fail")
    return Check(claim, source, expected, got, tolerance, status, "" if near else known_limit)


def rooms() -> tuple[str, ...]:
    """Rooms that have registered claims."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(_claims.__path__)))


def validate(room: str | None = None, cases: str | Path | None = None) -> Board:
    """Run the claims of one room or of all.

    Args:
        room: Room, or None for all.
        cases: A file or folder in the format of the shipped reference files; only the checks that read
            reference files run then, on these files.

    Raises:
        InputError: Unknown room; no usable case file.
    """
    if room is not None and room not in rooms():
        raise InputError(f'"{room}" has no claims{did_you_mean(room, rooms())} (rooms: {", ".join(rooms())})')
    modules = [importlib.import_module(f"gadolin.validation.claims.{r}") for r in rooms() if room in (None, r)]
    if cases is None:
        return Board(tuple(check for module in modules for check in module.checks(_shipped)))
    return Board(tuple(_user_checks(modules, Path(cases))))


def _shipped(name: str) -> Any:
    return json.loads((resources.files("gadolin.validation") / "cases" / name).read_text("utf-8"))


def _user_checks(modules: list[Any], path: Path) -> Iterator[Check]:
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise InputError(Fault("holds no .json file", file=path.name))
    used = False
    for file in files:
        try:
            document = json.loads(file.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(Fault(f"cannot be read as JSON: {error}", file=file.name)) from None
        for module in modules:
            for name in getattr(module, "FILES", ()):
                if module.accepts(name, document):
                    used = True
                    yield from module.checks(lambda asked, n=name, d=document: d if asked == n else None)
    if not used:
        raise InputError(
            Fault("no room reads files of this form; see the shipped ones in gadolin/validation/cases", file=path.name)
        )
