"""What the permit ledger holds and answers: an entry of the chain, the receipt of a message, the check of the chain."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

__all__ = ["Entry", "Receipt", "Verification", "chain_hash"]


@dataclass(frozen=True)
class Entry:
    """One event of the ledger.

    Args:
        seq: Number in the chain, from 1.
        message_id: Id of the message that caused it.
        kind: grant, reserve, commit, release, draw, refuse or pilot.
        permit_id: Permit, or the operator for `pilot`.
        tonnes: Tonnes on the permit's basis. [t]
        reference: Declaration, or the message id of the reservation.
        body: Terms of a grant, reason of a refusal, as JSON.
        previous: Hash of the entry before.
        hash: Hash of this one.
    """

    seq: int
    message_id: str
    kind: str
    permit_id: str
    tonnes: str
    reference: str
    body: str
    previous: str
    hash: str

    def computed(self) -> str:
        """The hash that the content gives."""
        return chain_hash(
            self.seq, self.message_id, self.kind, self.permit_id, self.tonnes, self.reference, self.body, self.previous
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return dict(vars(self))


def chain_hash(*parts: Any) -> str:
    """SHA-256 of the parts of an entry in their order, as compact JSON."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class Receipt:
    """What became of a message.

    Args:
        accepted: It was booked.
        entry: The entry it made, or made the first time.
        repeated: The same message had come before.
        left_t: Tonnes left on the permit after it. [t]
        why: Reason of a refusal.
    """

    accepted: bool
    entry: Entry
    repeated: bool
    left_t: Decimal
    why: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values; tonnes as text."""
        return {
            "accepted": self.accepted,
            "seq": self.entry.seq,
            "hash": self.entry.hash,
            "kind": self.entry.kind,
            "permit": self.entry.permit_id,
            "tonnes": self.entry.tonnes,
            "left_t": str(self.left_t),
            "repeated": self.repeated,
            "why": self.why,
        }

    def __str__(self) -> str:
        word = "booked" if self.accepted else f"refused: {self.why}"
        again = " (the same message again)" if self.repeated else ""
        return (
            f"entry {self.entry.seq} {self.entry.kind} {self.entry.tonnes} t on {self.entry.permit_id}: {word}{again}\n"
            f"  left       {self.left_t} t\n  hash       {self.entry.hash}"
        )


@dataclass(frozen=True)
class Verification:
    """Whether the chain holds.

    Args:
        ok: Every hash, link and balance holds.
        entries: Entries read.
        bad_seq: Number of the first entry that does not hold.
        why: What is wrong with it.
        head: Hash of the last good entry.
    """

    ok: bool
    entries: int
    bad_seq: int | None
    why: str
    head: str

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return dict(vars(self))

    def __str__(self) -> str:
        if self.ok:
            return f"chain of {self.entries} entries holds\n  head       {self.head}"
        place = f"entry {self.bad_seq}" if self.bad_seq else "the file"
        return f"chain is BROKEN at {place}: {self.why}\n  last good  {self.head}"
