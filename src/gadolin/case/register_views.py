"""What is read off the registers of a case: entries, what is due, minutes, and the result of a check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadolin.errors import Fault
from gadolin.quantity import counted

__all__ = ["NOUNS", "Due", "DueList", "Entry", "Examination", "Listing", "Minutes"]

NOUNS: dict[str, tuple[str, str]] = {
    "facts": ("engagement of the atlas", "engagements of the atlas"),
    "engagements": ("engagement", "engagements"),
    "proposals": ("proposal", "proposals"),
    "advice": ("piece of advice", "pieces of advice"),
    "rounds": ("round", "rounds"),
    "scores": ("score", "scores"),
    "decisions": ("decision", "decisions"),
}
"""Names of the registers, for one record and for more."""


@dataclass(frozen=True)
class Entry:
    """One line of the registers.

    Args:
        register: `engagements`, `proposals`, `advice`, `rounds`, `scores`, `decisions`.
        id: Id of the record.
        date: Its date, as precise as it is known.
        status: Status now; of a fact, the word of the source.
        what: What it is about, one line.
        ref: Ref of the fact, or of the line in the case's file.
    """

    register: str
    id: str
    date: str
    status: str
    what: str
    ref: str

    def as_dict(self) -> dict[str, str]:
        """Plain JSON."""
        return dict(vars(self))

    def __str__(self) -> str:
        return f"{self.date:10}  {self.id:16} {self.status.replace('_', ' '):12} {self.what}"


@dataclass(frozen=True)
class Listing:
    """Entries of the registers, oldest first.

    Args:
        entries: The entries.
        on: Day on which they are read.
    """

    entries: tuple[Entry, ...]
    on: str

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"on": self.on, "entries": [e.as_dict() for e in self.entries]}

    def table(self) -> pd.DataFrame:
        """One row per entry."""
        return pd.DataFrame([e.as_dict() for e in self.entries], columns=list(Entry.__dataclass_fields__))

    def __str__(self) -> str:
        lines = []
        for register in dict.fromkeys(e.register for e in self.entries):
            rows = [e for e in self.entries if e.register == register]
            lines += [f"{register} ({len(rows)})", *(f"  {e}" for e in rows)]
        return "\n".join(lines) or f"No records on {self.on}; add files to registers/ in the case's folder."


@dataclass(frozen=True)
class Due:
    """What somebody has to do.

    Args:
        due: Day; None where the source names none.
        what: What is due.
        who: Whose it is.
        about: Record it belongs to.
        ref: Its ref.
        overdue: Whether the day has passed.
    """

    due: str | None
    what: str
    who: str
    about: str
    ref: str
    overdue: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return dict(vars(self))

    def __str__(self) -> str:
        day = self.due or "no day"
        return f"{day:10}  {'OVERDUE ' if self.overdue else ''}{self.what} ({self.who}) [{self.ref}]"


@dataclass(frozen=True)
class DueList:
    """What is due, dated first.

    Args:
        items: The items.
        on: Day on which it is asked.
        without_step: Engagements whose source names no next step.
    """

    items: tuple[Due, ...]
    on: str
    without_step: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"on": self.on, "due": [i.as_dict() for i in self.items], "engagements_without_step": self.without_step}

    def __str__(self) -> str:
        dated = [i for i in self.items if i.due is not None]
        undated = [i for i in self.items if i.due is None]
        steps = counted(len(undated), "next step")
        lines = [f"Due on {self.on}: {len(dated)} with a day, {steps} whose source names no day"]
        lines += [f"  {i}" for i in (*dated, *undated)]
        return "\n".join([*lines, f"  {counted(self.without_step, 'engagement')} without a next step"])


@dataclass(frozen=True)
class Minutes:
    """Minutes: decisions and engagements in words, each number with source and date.

    Args:
        items: Blocks as plain data.
        on: Day on which they are written.
    """

    items: tuple[dict[str, Any], ...]
    on: str

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"on": self.on, "minutes": list(self.items)}

    def __str__(self) -> str:
        lines = [f"Minutes, as the record stands on {self.on}"]
        for item in self.items:
            lines += ["", item["title"], *(f"  {name}: {text}" for name, text in item["lines"])]
            for number in item["numbers"]:
                lines.append(f"  {number['name']}: {number['text']} [{number['basis']}]")
                lines += [f"    {ref}: {source}" for ref, source in number["sources"].items()]
        return "\n".join(lines)


@dataclass(frozen=True)
class Examination:
    """What `register check` found.

    Args:
        counts: Records by register; `facts` are engagements of the atlas.
        faults: Every fault.
    """

    counts: dict[str, int]
    faults: tuple[Fault, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"ok": self.ok, "records": self.counts, "faults": [f.as_dict() for f in self.faults]}

    def __str__(self) -> str:
        held = ", ".join(counted(n, *NOUNS[name]) for name, n in self.counts.items() if n) or "none"
        count = counted(len(self.faults), "fault")
        head = f"Registers sound: {held}" if self.ok else f"{count} in the registers ({held})"
        return "\n".join([head, *(str(f) for f in self.faults)])
