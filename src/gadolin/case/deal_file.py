"""What a deal file may hold: parties, what changes in a strategy, clauses with their terms.

A deal of the country names the strategy that it makes possible (`strategy`, changed by `[patch.PLANT]`) and the one
that is followed without it (`without`). A deal between others, kept as a yardstick, has `[volumes]` instead. Each term
is a ref to a fact, or a value with a range and a basis; which terms a clause needs stands in one table (`TERMS`).
`[rates]` may give each side the discount rate it counts with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from gadolin.case.records import Name, Number, Record, Told, twice
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

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """The terms of its type, products where it needs some, two sides."""
        payer, kind = values.get("payer"), values.get("type")
        if payer is not None and payer == values.get("payee"):
            yield "payee", f"is the payer too: {payer}"
        if kind not in TERMS:
            return
        needed, allowed = TERMS[kind]
        terms = values.get("terms", {})
        missing = [t for t in needed if t not in terms]
        if missing:
            yield "", f"a clause of type {kind} needs terms.{', terms.'.join(missing)}"
        for term in terms:
            if term not in (*needed, *allowed):
                yield f"terms.{term}", f"is no term of {kind}{did_you_mean(term, (*needed, *allowed))}"
        if kind in _BY_PRODUCT and not values.get("products"):
            yield "", f"a clause of type {kind} needs products"


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

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """Each clause once; either a strategy and what is followed without it, or volumes, years and a host."""
        yield from twice(values, "clauses")
        head, volumes = values["deal"], values.get("volumes")
        strategy = head.get("strategy")
        if (strategy is None) == (not volumes):
            yield "deal.strategy", "give either deal.strategy, or [volumes] for a deal between others"
        if strategy is not None and head.get("without") is None:
            yield "deal.without", "is missing: the strategy that is followed without the deal"
        if volumes and (head.get("first_year") is None or head.get("years") is None):
            yield "volumes", "a deal with [volumes] needs deal.first_year and deal.years"
        if volumes and not head.get("host"):
            yield "volumes", "a deal with [volumes] needs deal.host"
        if values.get("patch") and strategy is None:
            yield "patch", "changes a strategy; give deal.strategy"

    @property
    def parties(self) -> tuple[str, ...]:
        """Every party that the deal names, in the order of the file."""
        head = self.deal
        named = [*head.host, *head.partner, head.company]
        return tuple(dict.fromkeys([*named, *(p for c in self.clauses for p in (c.payer, c.payee))]))
