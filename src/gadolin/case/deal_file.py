"""What a deal file may hold: parties, what changes in a strategy, clauses with their terms.

A deal of the country names the strategy that it makes possible (`strategy`, changed by `[patch.PLANT]`) and the one
that is followed without it (`without`). A deal between others, kept as a yardstick, has `[volumes]` instead. Each term
is a ref to a fact, or a value with a range and a basis; which terms a clause needs stands in one table (`TERMS`).
`[rates]` may give each side the discount rate it counts with.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from gadolin.case.records import Name, Number, Record, check_once
from gadolin.errors import InputError, did_you_mean
from gadolin.stages import check_party

__all__ = ["TERMS", "ClauseEntry", "Deal"]

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
_Year = Annotated[int, Field(ge=2000, le=2100)]


class ClauseEntry(Record):
    """One clause, `[[clauses]]`."""

    id: Name
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

    id: Name
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


class Deal(Record):
    """A deal: parties, what it changes in a strategy, clauses with their terms. A file of `deals/`."""

    deal: DealHead
    rates: Rates = Rates()
    patch: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Fields of the strategy's plants that the deal changes, by plant."""
    volumes: dict[str, Number] = Field(default_factory=dict)
    """Tonnes per year by product, for a deal without strategy."""
    clauses: list[ClauseEntry] = Field(default_factory=list)

    @model_validator(mode="after")
    def _sound(self) -> Deal:
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
        check_once((c.id for c in self.clauses), "clauses")
        return self

    @property
    def parties(self) -> tuple[str, ...]:
        """Every party that the deal names, in the order of the file."""
        head = self.deal
        named = [*head.host, *head.partner, head.company]
        return tuple(dict.fromkeys([*named, *(p for c in self.clauses for p in (c.payer, c.payee))]))
