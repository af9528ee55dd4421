"""A consignment: one item of an export declaration with its certificate, documents and cited permits.

Masses, percentages and activities are decimals of the digits as typed; a mass keeps its unit, a certificate its basis.
What the declaration does not say is None, never a default. What was unclear while reading (a unit, a decimal sign, a
date with two readings) travels along in `unclear` and `dates`, and the verdict asks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from gadolin.atlas.formats.codes import country_of
from gadolin.elements import BY_SYMBOL
from gadolin.errors import Fault, InputError
from gadolin.moratorium.currency import currency_of
from gadolin.moratorium.dates import read_dates

__all__ = ["Activity", "Amounts", "Certificate", "Consignment", "Mass", "Money", "is_unit", "same_word"]

_T_PER_UNIT = {
    "KGM": Decimal("0.001"),
    "KG": Decimal("0.001"),
    "KGS": Decimal("0.001"),
    "KILOGRAM": Decimal("0.001"),
    "KILOGRAMS": Decimal("0.001"),
    "TNE": Decimal(1),
    "MT": Decimal(1),
    "T": Decimal(1),
    "TON": Decimal(1),
    "TONNE": Decimal(1),
    "TONNES": Decimal(1),
    "TAN": Decimal(1),
    "TAN METRIK": Decimal(1),
    "METRIC TON": Decimal(1),
    "METRIC TONS": Decimal(1),
    "METRIC TONNE": Decimal(1),
    "METRIC TONNES": Decimal(1),
    "GRM": Decimal("0.000001"),
    "G": Decimal("0.000001"),
    "LB": Decimal("0.00045359237"),
    "LBS": Decimal("0.00045359237"),
    "LBR": Decimal("0.00045359237"),
}
# Codes of UN/ECE Recommendation 20 (KGM, TNE, GRM, LBR) and what people write instead; pound of 0.45359237 kg.
_NO_MASS = """
    C62 H87 NMB NAR NPR NPL PCE PCS PC PR PK PA CT CTN CS DR BG BX PX NO NOS U UN UNT UNIT UNITS EA SET SETS DZN DOZ
    LTR L LT MLT MTR M MTK M2 MTQ M3 CMK CMQ ITEM ITEMS PIECE PIECES BAG BAGS DRUM DRUMS PALLET PALLETS BOX BOXES
"""
_OTHER_UNITS = frozenset(_NO_MASS.split())
# Units of a further quantity that are no mass: pieces, packages, lengths, areas, volumes.
NO_ENTRY = frozenset(("", "-", "--", "N/A", "NA", "NIL"))

BASES = ("dry", "as_received", "calcined")
MOST = Decimal(10) ** 15  # no field of a declaration reaches it


@dataclass(frozen=True, slots=True)
class Mass:
    """A mass as typed, with its unit; None for either when the declaration does not give it."""

    value: Decimal | None
    unit: str | None

    @property
    def t(self) -> Decimal | None:
        """In tonnes, without rounding; None when value or unit is missing or is no mass. [t]"""
        factor = _T_PER_UNIT.get(self.unit or "")
        if factor is None:
            factor = _T_PER_UNIT.get((self.unit or "").strip().upper().rstrip("."))
        return None if factor is None or self.value is None else self.value * factor


def same_word(one: str, other: str | None) -> bool:
    """Whether two words are the same but for case, blanks and dashes.

    >>> same_word("re_export", "Re-export"), same_word("Perak", " PERAK"), same_word("Perak", None)
    (True, True, False)
    """
    return other is not None and _plain_word(one) == _plain_word(other)


def _plain_word(text: str) -> str:
    return "_".join(re.split(r"[\s_\-]+", text.casefold().strip()))


def is_unit(text: str, only_mass: bool) -> bool:
    """Whether a word is a unit: of mass, or also of pieces, packages, lengths, areas and volumes.

    >>> is_unit("kgm", True), is_unit("PCE", True), is_unit("PCE", False), is_unit("USD", False)
    (True, False, True, False)
    """
    plain = text.strip().upper().rstrip(".")
    return plain in _T_PER_UNIT or (not only_mass and plain in _OTHER_UNITS)


@dataclass(frozen=True, slots=True)
class Money:
    """A value as declared; the currency by its ISO 4217 code, or as typed where it is none."""

    amount: Decimal | None
    currency: str | None
    terms: str | None = None


class Amounts(NamedTuple):
    """What a consignment weighs and is worth: the part of a declaration that hardly ever comes twice.

    `unclear` and `warnings` are of these amounts alone.
    """

    gross: Mass
    net: Mass
    quantities: tuple[Mass, ...]
    value: Money | None
    unclear: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Activity:
    """One result of radioactivity or of thorium and uranium content.

    Args:
        of: Nuclide (Th-232), element (Th), oxide (ThO2) or chain, as reported.
        value: Result; for `below` the detection limit.
        unit: Bq/g, Bq/kg, kBq/kg, pCi/g, ppm, mg/kg, g/t, ppb or %.
        basis: nuclide, whole_chain or unknown.
        u_k2: Stated uncertainty (k = 2) in the same unit.
        below: The result is below the limit given in `value`.
        on: dry or as_received, as reported.
    """

    of: str
    value: Decimal
    unit: str
    basis: str = "nuclide"
    u_k2: Decimal | None = None
    below: bool = False
    on: str | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """A laboratory certificate of the goods.

    Args:
        basis: What TREO and oxides rest on: dry, as_received, calcined, or None when not stated.
        moisture_pct: Water in the goods as received. [%]
        loi_pct: Loss on ignition. [%]
        treo_pct: Stated total of rare-earth oxides on the basis. [%]
        oxides_pct: Oxides on the basis. [%]
        content_pct: Elements, on the basis of the certificate. [%]
    """

    basis: str | None = None
    moisture_pct: Decimal | None = None
    loi_pct: Decimal | None = None
    treo_pct: Decimal | None = None
    oxides_pct: Mapping[str, Decimal] = field(default_factory=dict)
    content_pct: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Consignment:
    """One item of an export declaration.

    Args:
        declaration_no: Number of the declaration.
        item: Item number within it.
        dates: Readings of its date, the likelier first; several when it is ambiguous, none when it is missing.
        jurisdiction: ISO3 of the exporting state.
        exporter: Name or reference.
        destination: ISO3 of the country of destination.
        feed_origin: ISO3 of the country of the mine that the feed came from; None when not stated.
        state_of_origin: State or province of origin.
        purpose: sale, laboratory_sample, research, re_export, ...
        description: As declared.
        code: Tariff code, digits only, as given.
        gross, net: Masses.
        quantities: Further quantities of the same goods (statistic, declared).
        value: Declared value.
        certificate: Laboratory certificate, or None.
        activity: Results of radioactivity.
        documents: Documents present, by kind, with what is known of each.
        permits: Ids of permits cited.
        end_user_flag: Flag of the end user (JPN_military, listed), or None.
        extra: Other declared facts that a rule may ask for (ni_pct, smelter_progress, hs_edition, k2_hs_codes).
        like_raw: Finding on likeness to a raw product, when a laboratory or the assay comparison gave one.
        unclear: What could not be read for certain, as codes.
        warnings: What the reader repaired or noticed, as codes; they change no verdict.
        line: Line of the file.
    """

    declaration_no: str
    item: str = "1"
    dates: tuple[date, ...] = ()
    jurisdiction: str = "MYS"
    exporter: str | None = None
    destination: str | None = None
    feed_origin: str | None = None
    state_of_origin: str | None = None
    purpose: str | None = None
    description: str = ""
    code: str = ""
    gross: Mass = Mass(None, None)
    net: Mass = Mass(None, None)
    quantities: tuple[Mass, ...] = ()
    value: Money | None = None
    certificate: Certificate | None = None
    activity: tuple[Activity, ...] = ()
    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    permits: tuple[str, ...] = ()
    end_user_flag: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    like_raw: bool | None = None
    unclear: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    line: int | None = None

    @classmethod
    def from_dict(cls, record: Mapping[str, Any], jurisdiction: str = "MYS", line: int | None = None) -> Consignment:
        """A consignment from the nested form of JSON declarations.

        Args:
            record: Keys `declaration_no`, `item`, `date`, `exporter`, `destination`, `feed_origin`, `hs_code`,
                `description`, `gross` and `net` (`{value, unit}`), `value` (`{amount, currency, terms}`),
                `certificate`, `activity`, `documents`, `permits`; other keys become `extra`.
            jurisdiction: ISO3 of the exporting state, unless the record names it.
            line: Position in the file, for faults.

        Raises:
            InputError: Every field whose form cannot be read.
        """
        return _Reader(record, line).consignment(jurisdiction)


_KNOWN = frozenset(
    [
        "declaration_no",
        "item",
        "date",
        "jurisdiction",
        "exporter",
        "end_user",
        "destination",
        "state_of_origin",
        "feed_origin",
        "hs_type",
        "hs_code",
        "description",
        "gross",
        "net",
        "quantities",
        "value",
        "purpose",
        "certificate",
        "activity",
        "documents",
        "permits",
        "end_user_flag",
        "like_raw_vector",
    ]
)


class _Reader:
    """Reads one nested record and collects every fault."""

    def __init__(self, record: Mapping[str, Any], line: int | None) -> None:
        self.record, self.line, self.faults = record, line, []
        self.warnings: list[str] = []
        self.unclear: list[str] = []

    def fault(self, allowed: str, name: str, value: Any) -> None:
        self.faults.append(Fault(allowed, line=self.line, field=name, value=value))

    def number(self, value: Any, name: str) -> Decimal | None:
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            self.fault("must be a number", name, value)
            return None
        try:
            number = Decimal(str(value).strip())
        except InvalidOperation:
            self.fault("must be a number with a decimal point, e.g. 530.1", name, value)
            return None
        if not number.is_finite() or abs(number) >= MOST:
            self.fault("must be a finite number under 1e15", name, value)
            return None
        return number

    def share(self, value: Any, name: str) -> Decimal | None:
        number = self.number(value, name)
        if number is not None and not 0 <= number <= 100:
            self.fault("must lie in 0 to 100 %", name, value)
            return None
        return number

    def map(self, name: str, of: Any) -> Mapping[str, Any]:
        if of is None:
            return {}
        if not isinstance(of, Mapping):
            self.fault("must be an object", name, of)
            return {}
        return of

    def list(self, name: str) -> list[Any]:
        value = self.record.get(name) or []
        if not isinstance(value, list | tuple):
            self.fault("must be a list", name, value)
            return []
        return list(value)

    def mass(self, name: str, of: Any, only_mass: bool = True) -> Mass:
        given = self.map(name, of)
        value = self.number(given.get("value"), f"{name}.value")
        if value is not None and value < 0:
            self.fault("must not be negative", f"{name}.value", value)
            value = None
        unit = None if given.get("unit") is None else str(given["unit"]).strip()
        if unit and not is_unit(unit, only_mass):
            self.unclear.append(f"UNREAD {name}.unit = {unit[:40]}")
        return Mass(value, unit or None)

    def money(self) -> Money | None:
        given = self.map("value", self.record.get("value"))
        if not given:
            return None
        typed = None if given.get("currency") is None else str(given["currency"]).strip()
        currency = currency_of(typed) if typed else None
        if typed and currency is None:
            self.unclear.append(f"UNREAD value.currency = {typed[:40]}")
        return Money(self.number(given.get("amount"), "value.amount"), currency or typed or None, given.get("terms"))

    def certificate(self) -> Certificate | None:
        if self.record.get("certificate") is None:
            return None
        given = self.map("certificate", self.record["certificate"])
        basis = given.get("basis")
        if basis is not None and basis not in BASES:
            self.fault(f"must be one of {', '.join(BASES)}", "certificate.basis", basis)
            basis = None
        shares = {k: self.share(given.get(k), f"certificate.{k}") for k in ("moisture_pct", "loi_pct", "treo_pct")}
        tables = {}
        for table in ("oxides_pct", "content_pct"):
            cells = self.map(f"certificate.{table}", given.get(table))
            read = {e: self.share(x, f"certificate.{table}.{e}") for e, x in cells.items()}
            tables[table] = {_symbol(e): x for e, x in read.items() if x is not None}
        return Certificate(basis, shares["moisture_pct"], shares["loi_pct"], shares["treo_pct"], **tables)

    def activities(self) -> tuple[Activity, ...]:
        found = []
        for i, given in enumerate(self.list("activity")):
            name = f"activity[{i}]"
            given = self.map(name, given)
            raw = given.get("value")
            below = bool(given.get("below")) or (isinstance(raw, str) and raw.strip().startswith("<"))
            value = self.number(raw.strip().lstrip("<") if isinstance(raw, str) else raw, f"{name}.value")
            if value is not None and value < 0:
                self.fault("must not be negative", f"{name}.value", raw)
                continue
            if value is None or not given.get("unit") or not given.get("of"):
                self.fault("needs of, value and unit", name, dict(given))
                continue
            basis = given.get("basis") or (
                "whole_chain" if re.search(r"chain|series|total|siri", str(given["of"]), re.I) else "nuclide"
            )
            u_k2 = self.number(given.get("u_k2"), f"{name}.u_k2")
            found.append(Activity(str(given["of"]), value, str(given["unit"]), basis, u_k2, below, given.get("on")))
        return tuple(found)

    def documents(self) -> dict[str, Mapping[str, Any]]:
        given = self.record.get("documents") or {}
        if isinstance(given, list | tuple):
            return {str(kind): {} for kind in given}
        return {
            kind: what if isinstance(what, Mapping) else {"id": what}
            for kind, what in self.map("documents", given).items()
            if what is not None and what is not False
        }

    def text(self, name: str) -> str | None:
        value = self.record.get(name)
        return None if value is None or str(value).strip() == "" else str(value).strip()

    def country(self, name: str) -> str | None:
        """ISO3 of a country; one that is not known is asked for."""
        text = self.text(name)
        found = None if text is None else country_of(text)
        if text is not None and found is None:
            self.unclear.append(f"UNREAD {name} = {text[:40]}")
        return found or text

    def consignment(self, jurisdiction: str) -> Consignment:
        record = self.record
        dates, warning = read_dates(record.get("date"))
        if warning:
            self.warnings.append(warning)
        if not dates:
            self.unclear.append("DATE_MISSING")
        code = re.sub(r"\D", "", re.sub(r"\.0$", "", self.text("hs_code") or ""))
        known = Consignment(
            declaration_no=self.text("declaration_no") or "",
            item=self.text("item") or "1",
            dates=dates,
            jurisdiction=self.country("jurisdiction") or jurisdiction,
            exporter=self.text("exporter"),
            destination=self.country("destination"),
            feed_origin=self.country("feed_origin"),
            state_of_origin=self.text("state_of_origin"),
            purpose=self.text("purpose"),
            description=self.text("description") or "",
            code=code,
            gross=self.mass("gross", record.get("gross")),
            net=self.mass("net", record.get("net")),
            quantities=tuple(self.mass(f"quantities[{i}]", q, False) for i, q in enumerate(self.list("quantities"))),
            value=self.money(),
            certificate=self.certificate(),
            activity=self.activities(),
            documents=self.documents(),
            permits=tuple(str(p) for p in self.list("permits")),
            end_user_flag=self.text("end_user_flag") or self.text("dual_use_end_user"),
            extra={name: value for name, value in record.items() if name not in _KNOWN},
            like_raw=record.get("like_raw_vector"),
            unclear=tuple(self.unclear),
            warnings=tuple(self.warnings),
            line=self.line,
        )
        if self.faults:
            raise InputError(self.faults)
        return known


def _symbol(name: str) -> str:
    """The element of an oxide's formula (`Nd2O3`); other names stay as they are."""
    match = re.fullmatch(r"([A-Z][a-z]?)\d*O\d*", name)
    return match.group(1) if match and match.group(1) in BY_SYMBOL else name
