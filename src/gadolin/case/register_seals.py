"""Seals on the registers: what was written down cannot be changed without being seen.

`registers.seals` in the case's folder holds one JSON line per seal: the SHA-256 of each record, of each entry of its
history, and of the seal before. After a seal a history may only grow. A record that was changed or removed since is a
fault of `register check` until a new seal names it, with a reason; the old seals stay and still show what was there.
Limits: a chain shows that something was changed, not by whom; whoever may write the folder can write all seals anew.
Keep the last hash elsewhere (in the minutes) to notice that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gadolin import runs
from gadolin.atlas import read as facts
from gadolin.case.registers import Stored, read_files
from gadolin.errors import Fault, InputError

if TYPE_CHECKING:
    from gadolin.case.load import Case

__all__ = ["FILE", "Seal", "broken", "seal"]

FILE = "registers.seals"


@dataclass(frozen=True)
class Seal:
    """One seal.

    Args:
        number: Counted from 1.
        on: Day. [ISO date]
        by: Who sealed.
        reason: Why records were changed or removed since the seal before; empty when none were.
        changed: These records.
        records: Of each record the hash without histories, then the hashes of the entries of each history.
        previous: Hash of the seal before; empty for the first.
        hash: Hash of all this.
    """

    number: int
    on: str
    by: str
    reason: str
    changed: tuple[str, ...]
    records: dict[str, list[list[str]]]
    previous: str
    hash: str = ""

    def computed(self) -> str:
        """The hash that the content gives."""
        return runs.digest({k: v for k, v in self.as_dict().items() if k != "hash"})

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return vars(self) | {"changed": list(self.changed)}

    def __str__(self) -> str:
        said = f"; changed: {', '.join(self.changed)} ({self.reason})" if self.changed else ""
        return f"Seal {self.number} of {self.on} by {self.by}: {len(self.records)} records{said}\n  hash {self.hash}"


def seal(case: Case, on: str, by: str, reason: str = "") -> Seal:
    """Seal the registers as they stand.

    Args:
        case: The case; it has a folder.
        on: Day, not before the seal before. [ISO date]
        by: Who seals.
        reason: Why records were changed or removed since the seal before; needed when some were.

    Raises:
        InputError: A case without folder; faults of the registers; broken seals; a change without a reason.
    """
    if case.folder is None:
        raise InputError(f"{case.name} has no folder to seal; start one with: gadolin init {case.name} DIR")
    facts.end_of(on)
    if len(on) != 10 or not by:
        raise InputError(Fault("must be a whole date, and by must not be empty", field="on", value=on))
    files = read_files(case.folder)
    stored = files.stored
    seals, torn = _read(case)
    if files.faults or torn:
        raise InputError([*files.faults, *torn])
    last = seals[-1] if seals else None
    changed = tuple(dict.fromkeys(name for name, _ in _changes(last, stored)))
    if changed and not reason:
        raise InputError(f"changed since seal {len(seals)}: {', '.join(changed)}; say why with --reason")
    if last is not None and on < last.on:
        raise InputError(Fault(f"must not be before seal {last.number} ({last.on})", field="on", value=on))
    bare = Seal(len(seals) + 1, on, by, reason if changed else "", changed, {_name(s): _hashes(s) for s in stored},
                last.hash if last else "")  # fmt: skip
    made = Seal(**{**vars(bare), "hash": bare.computed()})
    with (case.folder / FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(made.as_dict(), ensure_ascii=False, sort_keys=True) + "\n")
    return made


def broken(case: Case, stored: Sequence[Stored]) -> list[Fault]:
    """What was changed or removed since the last seal, and seals that do not hold.

    Args:
        case: The case.
        stored: Its records.
    """
    if case.folder is None or not (case.folder / FILE).exists():
        return []
    seals, torn = _read(case)
    if torn or not seals:
        return torn
    last = seals[-1]
    since = f"since seal {last.number} of {last.on} by {last.by}; undo it, or seal anew with a reason"
    by_name = {_name(s): s for s in stored}
    found = []
    for name, what in _changes(last, stored):
        at = by_name.get(name)
        line = None if at is None else case.line_of(at.file, at.key)
        found.append(Fault(f"{name} was {what} {since}", FILE if at is None else at.file, line, at.key if at else None))
    return found


def _read(case: Case) -> tuple[list[Seal], list[Fault]]:
    """The seals, and a fault for the first that does not hold."""
    assert case.folder is not None
    path = case.folder / FILE
    seals: list[Seal] = []
    previous = ""
    try:
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        for n, line in enumerate(lines, start=1):
            values = json.loads(line)
            one = Seal(**values | {"changed": tuple(values["changed"])})
            if (one.number, one.previous) != (n, previous) or one.hash != one.computed():
                return seals, [Fault("does not follow from the seal before, or was changed", FILE, n)]
            previous = one.hash
            seals.append(one)
    except (ValueError, TypeError, KeyError, AttributeError):  # not UTF-8, not JSON, or not a seal
        return seals, [Fault("is no seal; the file was changed by other means", FILE, len(seals) + 1)]
    return seals, []


def _name(at: Stored) -> str:
    return f"{at.register}:{at.name}"


def _hashes(at: Stored) -> list[list[str]]:
    """Hash of a record without its histories, then the hashes of the entries of each history."""
    values = at.record.model_dump(mode="json")
    histories = [values.pop("history", []), *(c.pop("history") for c in values.get("conditions", []))]
    return [[runs.digest(values)], *([runs.digest(entry) for entry in history] for history in histories)]


def _changes(last: Seal | None, stored: Sequence[Stored]) -> Iterator[tuple[str, str]]:
    """Records that are not what a seal says, with what happened to them."""
    if last is None:
        return
    now = {_name(s): _hashes(s) for s in stored}
    for name, sealed in last.records.items():
        if name not in now:
            yield name, "removed"
        elif now[name][0] != sealed[0]:
            yield name, "changed"
        elif any(found[: len(kept)] != kept for found, kept in zip(now[name], sealed, strict=True)):
            yield name, "changed in its history"
