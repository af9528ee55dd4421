"""The permit ledger: append-only, hash-chained, exact, in one SQLite file.

Every event is an entry that is never changed: grant, reserve, commit, release, draw, refuse, pilot. Each entry's hash
covers its content and the hash before it, so a changed, missing or inserted entry is found and located. Tonnes are
decimals as text: thirty times 0.1 t fill 3.0 t exactly. What is reserved, committed and drawn can never exceed what was
granted; an attempt is refused and logged. A message id counts once: the same message again gives the first receipt,
another message under an old id is an error.

Writers may be many processes: each entry is one immediate transaction, written through to disk before it is confirmed.
Limit: the chain shows that a file was changed, not by whom; keep the last hash (`head`) elsewhere to notice a file that
was replaced as a whole.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from gadolin.errors import Fault, InputError
from gadolin.moratorium.ledger_entries import Entry, Receipt, Verification, chain_hash
from gadolin.moratorium.terms import Permit

__all__ = ["PermitLedger"]

_START = "0" * 64
_TABLES = {"entries", "balances", "reservations", "settings"}
_SCHEMA = """
create table if not exists entries (
  seq integer primary key, message_id text not null unique, kind text not null, permit_id text not null,
  tonnes text not null, reference text not null, body text not null, previous text not null, hash text not null);
create index if not exists by_reference on entries (permit_id, reference);
create trigger if not exists never_changed before update on entries begin
  select raise(abort, 'entries are never changed'); end;
create trigger if not exists never_deleted before delete on entries begin
  select raise(abort, 'entries are never deleted'); end;
create table if not exists balances (permit_id text primary key, terms text not null, granted text not null,
  reserved text not null, committed text not null);
create table if not exists reservations (message_id text primary key, permit_id text not null, open text not null);
create table if not exists settings (name text primary key, value text not null);
"""


class PermitLedger:
    """An append-only ledger of permits in one SQLite file; a `PermitBook` for the judge.

    Args:
        path: The file; made when it does not exist or is empty.
        existing: It has to be a ledger already; an empty file is then none.

    Raises:
        InputError: The file is no ledger: another kind of file, a database of something else, nothing.
    """

    def __init__(self, path: str | Path, existing: bool = False) -> None:
        self.path = Path(path)
        self._db = sqlite3.connect(self.path, timeout=60, isolation_level=None)
        try:
            self._open(existing)
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise InputError(Fault(f"is no permit ledger: {error}", file=self.path.name)) from None
        except InputError:
            self._db.close()
            raise

    def _open(self, existing: bool) -> None:
        """Look what the file is before anything is written to it."""
        tables = {name for (name,) in self._db.execute("select name from sqlite_master where type = 'table'")}
        columns = tuple(row[1] for row in self._db.execute("pragma table_info(entries)"))
        ours = columns == tuple(Entry.__dataclass_fields__) and tables >= _TABLES
        if tables and not ours:
            held = ", ".join(sorted(tables)[:3])
            raise InputError(Fault(f"is no permit ledger: a database with {held}", file=self.path.name))
        if existing and not ours:
            what = "there is nothing in it; `permits grant` starts a ledger"
            raise InputError(Fault(f"is no permit ledger: {what}", file=self.path.name))
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")
        if not existing:
            self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> PermitLedger:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # ---- reading

    @property
    def pilot_operator(self) -> str | None:
        """Exporter who runs the pilot, if any."""
        row = self._db.execute("select value from settings where name = 'pilot_operator'").fetchone()
        return row[0] if row else None

    def terms(self, permit_id: str) -> Permit | None:
        """Terms of a permit; None when it was never granted."""
        row = self._db.execute("select terms from balances where permit_id = ?", (permit_id,)).fetchone()
        return Permit.from_dict(permit_id, json.loads(row[0])) if row else None

    def left_t(self, permit_id: str) -> Decimal:
        """Tonnes left: granted, less reserved, less committed. [t]"""
        return self._balance(permit_id)[0]

    def _balance(self, permit_id: str) -> tuple[Decimal, Decimal, Decimal]:
        row = self._db.execute(
            "select granted, reserved, committed from balances where permit_id = ?", (permit_id,)
        ).fetchone()
        if row is None:
            return Decimal(0), Decimal(0), Decimal(0)
        granted, reserved, committed = map(Decimal, row)
        return granted - reserved - committed, reserved, committed

    def balances(self) -> list[dict[str, str]]:
        """Every permit with holder, granted, reserved, committed and left, tonnes as text. [t]"""
        rows = self._db.execute("select permit_id, terms from balances order by permit_id").fetchall()
        found = []
        for permit_id, terms in rows:
            left, reserved, committed = self._balance(permit_id)
            known = json.loads(terms)
            found.append(
                {
                    "permit": permit_id,
                    "kind": known["kind"],
                    "holder": known["holder"],
                    "basis": str(known["basis"]),
                    "valid_to": str(known["valid_to"]),
                    "limit_t": known["limit"],
                    "reserved_t": str(reserved),
                    "committed_t": str(committed),
                    "left_t": str(left),
                }
            )
        return found

    def entries(self, permit_id: str | None = None) -> Iterator[Entry]:
        """Entries in the order of the chain, of one permit or of all."""
        where, values = ("where permit_id = ?", (permit_id,)) if permit_id else ("", ())
        for row in self._db.execute(f"select * from entries {where} order by seq", values):
            yield Entry(*row)

    @property
    def head(self) -> str:
        """Hash of the last entry; keep it elsewhere to notice a replaced file."""
        row = self._db.execute("select hash from entries order by seq desc limit 1").fetchone()
        return row[0] if row else _START

    # ---- writing

    def grant(self, permit: Permit, message_id: str) -> Receipt:
        """Enter a permit with its terms; it counts from now on.

        Raises:
            InputError: The permit is there already, or the message id was used for something else.
        """
        body = json.dumps(permit.as_dict(), sort_keys=True)
        with self._writing():
            if known := self._repeated(message_id, "grant", permit.permit_id, str(permit.limit_t), "", body):
                return known
            if self.terms(permit.permit_id) is not None:
                raise InputError(f"{permit.permit_id} is on the ledger already; a change is a new permit")
            granted = permit.limit_t - permit.already_out_t
            self._db.execute("insert into balances values (?, ?, ?, '0', '0')", (permit.permit_id, body, str(granted)))
            entry = self._append(message_id, "grant", permit.permit_id, str(permit.limit_t), "", body)
            return Receipt(True, entry, False, granted)

    def name_pilot(self, operator: str, message_id: str) -> Receipt:
        """Enter who runs the pilot.

        Raises:
            InputError: The message id was used for something else.
        """
        with self._writing():
            if known := self._repeated(message_id, "pilot", operator, "0", "", ""):
                return known
            self._db.execute("insert or replace into settings values ('pilot_operator', ?)", (operator,))
            return Receipt(True, self._append(message_id, "pilot", operator, "0", "", ""), False, Decimal(0))

    def reserve(self, permit_id: str, tonnes: Decimal | str, message_id: str, reference: str = "") -> Receipt:
        """Set tonnes aside for a declaration; refused and logged when more than is left.

        Args:
            permit_id: Permit.
            tonnes: On the permit's basis, above 0. [t]
            message_id: Id of the message; counts once.
            reference: Declaration.

        Raises:
            InputError: No such permit, no number above 0, or a message id used for something else.
        """
        return self._book("reserve", permit_id, tonnes, message_id, reference)

    def draw(self, permit_id: str, tonnes: Decimal | str, message_id: str, reference: str = "") -> Receipt:
        """Book tonnes that have left, without a reservation before; refused and logged when more than is left.

        Args:
            permit_id: Permit.
            tonnes: On the permit's basis, above 0. [t]
            message_id: Id of the message; counts once.
            reference: Declaration.

        Raises:
            InputError: As `reserve`.
        """
        return self._book("draw", permit_id, tonnes, message_id, reference)

    def _book(self, kind: str, permit_id: str, tonnes: Decimal | str, message_id: str, reference: str) -> Receipt:
        amount = _tonnes(tonnes)
        with self._writing():
            if known := self._repeated(message_id, kind, permit_id, str(amount), reference, None):
                return known
            left, reserved, committed = self._balance(permit_id)
            if left == 0 and self.terms(permit_id) is None:
                raise InputError(f"{permit_id} is not on the ledger; grant it first")
            if amount > left:
                why = f"{left} t left, {amount} t asked for"
                body = json.dumps({"asked": kind, "why": why})
                entry = self._append(message_id, "refuse", permit_id, str(amount), reference, body)
                return Receipt(False, entry, False, left, why)
            if kind == "reserve":
                self._db.execute("insert into reservations values (?, ?, ?)", (message_id, permit_id, str(amount)))
                reserved += amount
            else:
                committed += amount
            self._set(permit_id, reserved, committed)
            entry = self._append(message_id, kind, permit_id, str(amount), reference, "")
            return Receipt(True, entry, False, left - amount)

    def commit(self, reservation: str, message_id: str, tonnes: Decimal | str | None = None) -> Receipt:
        """Turn a reservation, or a part of it, into tonnes that have left.

        Args:
            reservation: Message id of the reservation.
            message_id: Id of this message.
            tonnes: Part of it; None for all that is open. [t]

        Raises:
            InputError: No such reservation, more than is open, or a message id used for something else.
        """
        return self._settle("commit", reservation, message_id, tonnes)

    def release(self, reservation: str, message_id: str, tonnes: Decimal | str | None = None) -> Receipt:
        """Give a reservation, or a part of it, back.

        Args:
            reservation: Message id of the reservation.
            message_id: Id of this message.
            tonnes: Part of it; None for all that is open. [t]

        Raises:
            InputError: As `commit`.
        """
        return self._settle("release", reservation, message_id, tonnes)

    def _settle(self, kind: str, reservation: str, message_id: str, tonnes: Decimal | str | None) -> Receipt:
        asked = None if tonnes is None else _tonnes(tonnes)
        with self._writing():
            row = self._db.execute(
                "select permit_id, open from reservations where message_id = ?", (reservation,)
            ).fetchone()
            if row is None:
                raise InputError(f'there is no reservation "{reservation}"')
            permit_id, still = row[0], Decimal(row[1])
            amount = still if asked is None else asked
            said = None if asked is None else str(amount)
            if known := self._repeated(message_id, kind, permit_id, said, reservation, None):
                return known
            if amount > still or amount == 0:
                raise InputError(f"{still} t of {reservation} are open, {amount} t asked for")
            left, reserved, committed = self._balance(permit_id)
            self._db.execute(
                "update reservations set open = ? where message_id = ?", (str(still - amount), reservation)
            )
            self._set(permit_id, reserved - amount, committed + amount if kind == "commit" else committed)
            entry = self._append(message_id, kind, permit_id, str(amount), reservation, "")
            return Receipt(True, entry, False, left if kind == "commit" else left + amount)

    def _set(self, permit_id: str, reserved: Decimal, committed: Decimal) -> None:
        self._db.execute(
            "update balances set reserved = ?, committed = ? where permit_id = ?",
            (str(reserved), str(committed), permit_id),
        )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One writer at a time; nothing is written unless everything is."""
        try:
            self._db.execute("begin immediate")
        except sqlite3.OperationalError as error:
            raise InputError(f"the ledger is busy: {error}; try again") from None
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def _repeated(
        self, message_id: str, kind: str, permit_id: str, tonnes: str | None, reference: str, body: str | None
    ) -> Receipt | None:
        if not message_id:
            raise InputError("a message needs an id, so that it counts once")
        row = self._db.execute("select * from entries where message_id = ?", (message_id,)).fetchone()
        if row is None:
            return None
        entry = Entry(*row)
        asked = json.loads(entry.body)["asked"] if entry.kind == "refuse" else entry.kind
        same = (asked, entry.permit_id, entry.reference) == (kind, permit_id, reference)
        same &= tonnes is None or Decimal(entry.tonnes) == Decimal(tonnes)
        if not same or (body is not None and body != entry.body):
            raise InputError(f'message id "{message_id}" was used for entry {entry.seq}, which says something else')
        why = json.loads(entry.body)["why"] if entry.kind == "refuse" else ""
        return Receipt(entry.kind != "refuse", entry, True, self.left_t(permit_id), why)

    def _append(self, message_id: str, kind: str, permit_id: str, tonnes: str, reference: str, body: str) -> Entry:
        last = self._db.execute("select seq, hash from entries order by seq desc limit 1").fetchone()
        seq, previous = (last[0] + 1, last[1]) if last else (1, _START)
        values = (seq, message_id, kind, permit_id, tonnes, reference, body, previous)
        entry = Entry(*values, chain_hash(*values))
        self._db.execute("insert into entries values (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*values, entry.hash))
        return entry

    # ---- proof

    def verify(self, head: str | None = None) -> Verification:
        """Recompute every hash, link and balance.

        Args:
            head: Hash kept elsewhere that the chain must still contain.
        """
        previous, count, seen_head, named = _START, 0, head is None or head == _START, None
        book: dict[str, list[Decimal]] = {}
        try:
            for entry in self.entries():
                why = _wrong(entry, count + 1, previous) or _replay(entry, book)
                if why:
                    return Verification(False, count, entry.seq, why, previous)
                previous, count = entry.hash, count + 1
                seen_head |= entry.hash == head
                named = entry.permit_id if entry.kind == "pilot" else named
            damage = self._db.execute("pragma integrity_check").fetchone()[0]
            stored = {b["permit"]: (b["left_t"], b["reserved_t"], b["committed_t"]) for b in self.balances()}
            pilot = self.pilot_operator
        except (sqlite3.DatabaseError, ValueError, KeyError, InvalidOperation, InputError) as error:
            return Verification(False, count, count + 1, f"cannot be read: {error}", previous)
        if damage != "ok":
            return Verification(False, count, None, f"the file is damaged: {damage}", previous)
        if not seen_head:
            return Verification(False, count, None, "the hash kept elsewhere is not in the chain", previous)
        for permit_id, (granted, reserved, committed) in book.items():
            kept = tuple(map(Decimal, stored.pop(permit_id, ())))
            if kept != (granted - reserved - committed, reserved, committed):
                return Verification(False, count, None, f"balance of {permit_id} differs from its entries", previous)
        if stored:
            return Verification(False, count, None, f"{', '.join(stored)} was never granted", previous)
        if pilot != named:
            return Verification(False, count, None, "who runs the pilot differs from its entries", previous)
        return Verification(True, count, None, "", previous)


def _tonnes(value: Decimal | str) -> Decimal:
    try:
        amount = Decimal(str(value)) if not isinstance(value, float) else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or amount <= 0:
        raise InputError(Fault("must be a decimal number above 0, as text or Decimal", field="tonnes", value=value))
    return amount


def _wrong(entry: Entry, seq: int, previous: str) -> str:
    if entry.seq != seq:
        return f"entry {seq} is missing"
    if entry.computed() != entry.hash:
        return "its content was changed"
    if entry.previous != previous:
        return "it does not follow the entry before"
    return ""


def _replay(entry: Entry, book: dict[str, list[Decimal]]) -> str:
    """Book an entry again; says what it breaks."""
    if entry.kind == "grant":
        terms: Mapping[str, Any] = json.loads(entry.body)
        book[entry.permit_id] = [Decimal(terms["limit"]) - Decimal(terms["already_out"]), Decimal(0), Decimal(0)]
        return ""
    if entry.kind in ("refuse", "pilot"):
        return ""
    amount, balance = Decimal(entry.tonnes), book[entry.permit_id]
    if entry.kind == "reserve":
        balance[1] += amount
    elif entry.kind in ("commit", "release"):
        balance[1] -= amount
    if entry.kind in ("commit", "draw"):
        balance[2] += amount
    return "more than was granted" if balance[1] + balance[2] > balance[0] or balance[1] < 0 else ""
