"""Permits as the judge sees them: terms, what is left, and whether a consignment is covered.

A permit covers a consignment if holder, tariff code, state and dates fit and the tonnes left, in the permit's own mass
basis, are at least what the consignment needs. What cannot be computed (not on the ledger, no basis stated, mass of
the goods not known) is uncertain, which is not the same as not covered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from gadolin.elements import BY_SYMBOL
from gadolin.errors import Fault, InputError
from gadolin.moratorium.consignment import Consignment, same_word
from gadolin.moratorium.facts import need_t

__all__ = ["Cover", "Permit", "PermitBook", "Permits", "cover_of"]

MASS_BASES = ("net_as_received", "net_dry", "reo")


@dataclass(frozen=True, slots=True)
class Permit:
    """Terms of a permit.

    Args:
        permit_id: Number.
        kind: What it is (pilot_approval, AP, ...).
        holder: Exporter it was given to.
        limit_t: Tonnes allowed, on `basis`. [t]
        basis: net_as_received, net_dry, reo or element:SYMBOL; None when the paper does not say.
        hs6: Tariff code, six digits; None for any.
        state: State it is limited to; None for any.
        valid_from: First day; None for open.
        valid_to: Last day, inside; None for open.
        issued_by: Authority.
        already_out_t: Tonnes drawn before this ledger began. [t]
    """

    permit_id: str
    kind: str
    holder: str
    limit_t: Decimal
    basis: str | None
    hs6: str | None = None
    state: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    issued_by: str | None = None
    already_out_t: Decimal = Decimal(0)

    @classmethod
    def from_dict(cls, permit_id: str, record: Mapping[str, Any]) -> Permit:
        """Terms from plain values: `limit`, `unit` (t or kg), `already_out`, dates as ISO text.

        Raises:
            InputError: A number, date, unit or basis that cannot be read.
        """
        faults: list[Fault] = []

        def tonnes(name: str) -> Decimal:
            try:
                value = Decimal(str(record.get(name, "0")))
                if value.is_finite() and value >= 0:
                    return value if unit == "t" else value * Decimal("0.001")
            except InvalidOperation:
                pass
            faults.append(Fault("must be a number, 0 or more", field=f"{permit_id}.{name}", value=record.get(name)))
            return Decimal(0)

        def day(name: str) -> date | None:
            text = record.get(name)
            try:
                return date.fromisoformat(str(text)) if text else None
            except ValueError:
                faults.append(Fault("must be a date like 2024-01-31", field=f"{permit_id}.{name}", value=text))
                return None

        unit = record.get("unit", "t")
        if unit not in ("t", "kg"):
            faults.append(Fault("must be t or kg", field=f"{permit_id}.unit", value=unit))
        basis = record.get("basis")
        element = str(basis).removeprefix("element:")
        if basis is not None and basis not in MASS_BASES and (element == basis or element not in BY_SYMBOL):
            faults.append(
                Fault(
                    f"must be one of {', '.join(MASS_BASES)}, element:SYMBOL", field=f"{permit_id}.basis", value=basis
                )
            )
        hs6 = record.get("hs6")
        if hs6 and len(re.sub(r"\D", "", str(hs6))) != 6:
            faults.append(Fault("must be a code of six digits", field=f"{permit_id}.hs6", value=hs6))
        for name in ("kind", "holder", "limit"):
            if not record.get(name):
                faults.append(Fault("is missing", field=f"{permit_id}.{name}"))
        permit = cls(
            permit_id,
            str(record.get("kind")),
            str(record.get("holder")),
            tonnes("limit"),
            basis,
            record.get("hs6"),
            record.get("state"),
            day("valid_from"),
            day("valid_to"),
            record.get("issued_by"),
            tonnes("already_out"),
        )
        if permit.valid_from and permit.valid_to and permit.valid_to < permit.valid_from:
            faults.append(Fault("ends before it begins", field=f"{permit_id}.valid_to", value=record.get("valid_to")))
        if faults:
            raise InputError(faults)
        return permit

    def as_dict(self) -> dict[str, Any]:
        """The terms as plain JSON values; tonnes as text, so that no digit is lost."""
        return {
            "kind": self.kind,
            "holder": self.holder,
            "limit": str(self.limit_t),
            "unit": "t",
            "basis": self.basis,
            "hs6": self.hs6,
            "state": self.state,
            "valid_from": self.valid_from.isoformat() if self.valid_from else None,
            "valid_to": self.valid_to.isoformat() if self.valid_to else None,
            "issued_by": self.issued_by,
            "already_out": str(self.already_out_t),
        }


class PermitBook(Protocol):
    """What the judge asks of a ledger."""

    @property
    def pilot_operator(self) -> str | None:
        """Exporter who runs the pilot, if any."""
        ...

    def terms(self, permit_id: str) -> Permit | None:
        """Terms of a permit; None when it is not on the ledger."""
        ...

    def left_t(self, permit_id: str) -> Decimal:
        """Tonnes left, on the basis of the permit. [t]"""
        ...


class Permits:
    """A permit book in memory, for one file or one case; `PermitLedger` keeps one on disk.

    >>> book = Permits.from_dict({"permits": {"P": {"kind": "pilot_approval", "holder": "A", "limit": "3.0"}}})
    >>> for _ in range(30): book.draw("P", Decimal("0.1"))
    >>> book.left_t("P")
    Decimal('0.0')
    """

    def __init__(self, permits: Iterable[Permit] = (), pilot_operator: str | None = None) -> None:
        self._terms = {permit.permit_id: permit for permit in permits}
        self._out = {permit.permit_id: permit.already_out_t for permit in self._terms.values()}
        self._pilot_operator = pilot_operator

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Permits:
        """A book from `{"pilot_operator": ..., "permits": {id: terms}}`.

        Raises:
            InputError: Terms that cannot be read.
        """
        permits = [Permit.from_dict(i, terms) for i, terms in (record.get("permits") or {}).items()]
        return cls(permits, record.get("pilot_operator"))

    @property
    def pilot_operator(self) -> str | None:
        """Exporter who runs the pilot, if any."""
        return self._pilot_operator

    def terms(self, permit_id: str) -> Permit | None:
        """Terms of a permit; None when it is not in the book."""
        return self._terms.get(permit_id)

    def all_terms(self) -> dict[str, Permit]:
        """Terms of every permit in the book."""
        return dict(self._terms)

    def left_t(self, permit_id: str) -> Decimal:
        """Tonnes left. [t]"""
        return self._terms[permit_id].limit_t - self._out[permit_id]

    def out_t(self, permit_id: str) -> Decimal:
        """Tonnes drawn. [t]"""
        return self._out[permit_id]

    def draw(self, permit_id: str, tonnes: Decimal) -> None:
        """Book tonnes.

        Raises:
            InputError: More than is left.
        """
        if tonnes > self.left_t(permit_id):
            raise InputError(f"{permit_id}: {self.left_t(permit_id)} t left, {tonnes} t asked for")
        self._out[permit_id] += tonnes


@dataclass(frozen=True, slots=True)
class Cover:
    """How the permits cited bear on a consignment.

    Args:
        permit: The permit that covers, or the first cited that is on the ledger.
        covers: It covers.
        uncertain: Whether it covers cannot be computed.
        why: Code of the reason why it does not cover, with its values.
        need_t: Tonnes the consignment needs, on the permit's basis. [t]
        left_t: Tonnes left before it. [t]
    """

    permit: Permit | None
    covers: bool
    uncertain: bool
    why: tuple[str, ...]
    need_t: Decimal | None = None
    left_t: Decimal | None = None


def cover_of(c: Consignment, net_t: Decimal | None, on: date, book: PermitBook) -> Cover | None:
    """Whether a permit that the consignment cites covers it; None when it cites none.

    Args:
        c: The consignment; of its masses none is looked at.
        net_t: Its net mass as received; None when it is not known. [t]
        on: Day of the declaration.
        book: Ledger.
    """
    if not c.permits:
        return None
    covers = [_cover(c, net_t, on, permit_id, book) for permit_id in c.permits]
    for wanted in (lambda x: x.covers, lambda x: x.uncertain):
        for cover in covers:
            if wanted(cover):
                return cover
    return covers[0]


def _cover(c: Consignment, net_t: Decimal | None, on: date, permit_id: str, book: PermitBook) -> Cover:
    permit = book.terms(permit_id)
    if permit is None:
        return Cover(None, False, True, ("not_on_ledger", permit_id))
    if not same_word(permit.holder, c.exporter):
        return Cover(permit, False, False, ("other_holder", permit_id, permit.holder))
    if permit.hs6 and not c.code.startswith(permit.hs6.replace(".", "")):
        return Cover(permit, False, False, ("other_code", permit_id, permit.hs6))
    if permit.state and c.state_of_origin and not same_word(permit.state, c.state_of_origin):
        return Cover(permit, False, False, ("other_state", permit_id, permit.state))
    if permit.valid_from and on < permit.valid_from:
        return Cover(permit, False, False, ("not_yet_valid", permit_id, permit.valid_from.isoformat()))
    if permit.valid_to and on > permit.valid_to:
        return Cover(permit, False, False, ("expired", permit_id, permit.valid_to.isoformat()))
    if permit.basis is None:
        return Cover(permit, False, True, ("no_basis", permit_id))
    need, left = need_t(net_t, c.certificate, permit.basis), book.left_t(permit_id)
    if need is None:
        return Cover(permit, False, True, ("mass_not_known", permit_id, permit.basis), None, left)
    if need > left:
        return Cover(permit, False, False, ("too_little_left", permit_id, f"{left}", f"{need}"), need, left)
    return Cover(permit, True, False, (), need, left)
