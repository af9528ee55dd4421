"""What a deal file may hold: parties, what changes in a strategy, clauses with their terms.

A deal of the country names the strategy that it makes possible (`strategy`, changed by `[patch.PLANT]`) and the one
that is followed without it (`without`). A deal between others, kept as a yardstick, has `[volumes]` instead. Each term
is a ref to a fact, or a value with a range and a basis; which terms a clause needs stands in one table (`TERMS`).
`[rates]` may give each side the discount rate it counts with.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from gadolin.case.schema import Number, Record, read_record
from gadolin.case.strategies import strategies_of
from gadolin.case.why import why
from gadolin.errors import Fault, GadolinError, InputError, did_you_mean
from gadolin.stages import check_party

if TYPE_CHECKING:
    from gadolin.case.load import Case

__all__ = ["TERMS", "ClauseEntry", "DealFile", "deals_of"]

TERMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "price_floor": (("floor_usd_per_kg",), ("upside_from_usd_per_kg", "upside_share", "upside_cap_musd_per_year")),
    "offtake": (("output_share", "discount_share"), ()),
    "take_or_pay": (("least_t_product_per_year",), ("price_share",)),
    "licence": ((), ("upfront_musd", "sales_share")),
    "royalty": (("sales_share",), ()),
    "fee": (("usd_per_kg",), ()),
    "subsidy": (("usd_per_kg",), ()),
    "loan": (("amount_musd", "rate_share", "years"), ("grace_years",)),
    "prepayment": (("amount_musd", "rate_share", "years"), ()),
    "equity": (("share",), ()),
    "interest_waived": (("amount_musd",), ()),
    "shares_bought": (("amount_musd",), ()),
    "training": (("musd_per_year",), ()),
    "localisation": (("musd_per_year",), ()),
    "exit": (("amount_musd",), ()),
    "partner_cost": (("musd_per_year",), ()),
}
"""Terms of each clause: needed, allowed beside them."""

_BY_PRODUCT = ("price_floor", "take_or_pay", "subsidy")


def _party(value: Any) -> Any:
    if isinstance(value, str):
        try:
            check_party(value)
        except InputError as error:
            raise ValueError(str(error).partition(" is not ")[2].join(("is not ", ""))) from None
    return value


Party = Annotated[str, BeforeValidator(_party)]
_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")]
_Year = Annotated[int, Field(ge=2000, le=2100)]


class ClauseEntry(Record):
    """One clause, `[[clauses]]`."""

    id: _Id
    type: Literal[
        "price_floor", "offtake", "take_or_pay", "licence", "royalty", "fee", "subsidy", "loan", "prepayment", "equity",
        "interest_waived", "shares_bought", "training", "localisation", "exit", "partner_cost",
    ]  # fmt: skip
    payer: Party
    payee: Party
    products: list[str] = Field(default_factory=list)
    """Products by deck name; all that the company sells when empty."""
    first_year: _Year | None = None
    years: Annotated[int, Field(ge=1)] | None = None
    """How long it runs; as long as the deal when not given."""
    terms: dict[str, Number] = Field(default_factory=dict)
    refs: list[str] = Field(default_factory=list)
    text: str = ""

    @model_validator(mode="after")
    def _sound(self) -> ClauseEntry:
        needed, allowed = TERMS[self.type]
        missing = [t for t in needed if t not in self.terms]
        if missing:
            raise ValueError(f"a clause of type {self.type} needs terms.{', terms.'.join(missing)}")
        for term in self.terms:
            if term not in (*needed, *allowed):
                known = (*needed, *allowed)
                raise ValueError(f"terms.{term} is no term of {self.type}{did_you_mean(term, known)}")
        if self.type in _BY_PRODUCT and not self.products:
            raise ValueError(f"a clause of type {self.type} needs products")
        if self.payer == self.payee:
            raise ValueError(f"payer and payee are both {self.payer}")
        return self


class DealHead(Record):
    """Table `[deal]`."""

    id: _Id
    title: str
    about: str = ""
    host: list[Party] = Field(default_factory=list)
    """Parties whose sum is the host's side; for a deal with a strategy the value kept at home when empty."""
    partner: Annotated[list[Party], Field(min_length=1)]
    company: Party
    country: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    """Country of the partner."""
    strategy: str | None = None
    without: str | None = None
    first_year: _Year | None = None
    years: Annotated[int, Field(ge=1, le=60)] | None = None
    stages: list[str] = Field(default_factory=list)
    refs: list[str] = Field(default_factory=list)
    note: str = ""


class Rates(Record):
    """Discount rate of each side per year, `[rates]`; the case's own where none is given."""

    host: Number | None = None
    partner: Number | None = None


class DealFile(Record):
    """A file of `deals/`."""

    deal: DealHead
    rates: Rates = Rates()
    patch: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Fields of the strategy's plants that the deal changes, by plant."""
    volumes: dict[str, Number] = Field(default_factory=dict)
    """Tonnes per year by product, for a deal without strategy."""
    clauses: list[ClauseEntry] = Field(default_factory=list)

    @model_validator(mode="after")
    def _sound(self) -> DealFile:
        head = self.deal
        if (head.strategy is None) == (not self.volumes):
            raise ValueError("give either deal.strategy, or [volumes] for a deal between others")
        if head.strategy is not None and head.without is None:
            raise ValueError("deal.without is missing: the strategy that is followed without the deal")
        if self.volumes and (head.first_year is None or head.years is None):
            raise ValueError("a deal with [volumes] needs deal.first_year and deal.years")
        if self.volumes and not head.host:
            raise ValueError("a deal with [volumes] needs deal.host")
        if self.patch and head.strategy is None:
            raise ValueError("[patch] changes a strategy; give deal.strategy")
        ids = [c.id for c in self.clauses]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"clauses: id {', '.join(twice)} stands twice")
        return self


def deals_of(case: Case) -> dict[str, DealFile]:
    """Every deal of a case by its id, in the order of the file names.

    Args:
        case: The case.

    Raises:
        InputError: All faults of all deal files, with file and line.
    """
    folder = None if case.folder is None else case.folder / "deals"
    if folder is None or not folder.is_dir():
        return {}
    found: dict[str, DealFile] = {}
    faults: list[Fault] = []
    known = strategies_of(case)
    for path in sorted(p for p in folder.iterdir() if p.suffix == ".toml"):
        name = f"deals/{path.name}"
        try:
            deal = read_record(path, DealFile, name)
        except InputError as error:
            faults += error.faults
            continue
        found[deal.deal.id] = deal
        faults += _linked(case, deal, path.stem, name, known)
    if faults:
        raise InputError(faults)
    return found


def _linked(case: Case, deal: DealFile, stem: str, file: str, known: dict[str, Any]) -> list[Fault]:
    """Names and refs of a deal that nothing answers to."""
    faults: list[Fault] = []
    # a row not known at the date of the case is no fault of the file; who values the deal says what is not known
    case = case if case.as_of is None else replace(case, as_of=None, _cache={})

    def fault(key: str, text: str, value: Any = None) -> None:
        faults.append(Fault(text, file, case.line_of(file, key), key, value))

    if deal.deal.id != stem:
        fault("deal.id", f'must be the name of its file, "{stem}"', deal.deal.id)
    for key in ("strategy", "without"):
        name = getattr(deal.deal, key)
        if name is not None and name not in known:
            fault(f"deal.{key}", f"is no strategy of {case.name}{did_you_mean(name, known)}", name)
    if deal.deal.strategy in known:
        plants = [p.plant for p in known[deal.deal.strategy].plants]
        for plant in deal.patch:
            if plant not in plants:
                fault(f"patch.{plant}", f"is no plant of {deal.deal.strategy}{did_you_mean(plant, plants)}")
    priced = case.inputs.deck_of().prices
    for i, clause in enumerate(deal.clauses):
        for product in clause.products:
            if product not in priced:
                fault(f"clauses[{i}].products", f"has no price in the deck{did_you_mean(product, priced)}", product)
    for product in deal.volumes:
        if product not in priced:
            fault(f"volumes.{product}", f"has no price in the deck{did_you_mean(product, priced)}", product)
    places = [("deal.refs", deal.deal.refs)]
    numbers = [(f"volumes.{k}", n) for k, n in deal.volumes.items()]
    sides = (("rates.host", deal.rates.host), ("rates.partner", deal.rates.partner))
    numbers += [(key, number) for key, number in sides if number is not None]
    for i, clause in enumerate(deal.clauses):
        places.append((f"clauses[{i}].refs", clause.refs))
        numbers += [(f"clauses[{i}].terms.{k}", n) for k, n in clause.terms.items()]
    places += [(key, number.refs) for key, number in numbers]
    for key, refs in places:
        for ref in refs:
            try:
                why(ref, case)
            except GadolinError as error:
                fault(key, f"does not resolve: {str(error).splitlines()[0]}", ref)
    for key, number in numbers:
        try:
            value = case.given(number, key, file).value
            if value is None:
                fault(key, "is not known; give a value with basis and range")
            elif key.startswith("rates.") and not 0 < value < 1:
                fault(key, "must lie between 0 and 1: a share per year", value)
        except InputError as error:
            fault(key, str(error).splitlines()[0])
    return faults
