"""What `case.toml` may hold: the country, its money and years, how plants are financed, and the candidate plants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from gadolin.case.records import Iso3, Name, Number, Record, Told, twice
from gadolin.errors import did_you_mean
from gadolin.stages import GOODS

__all__ = ["CaseFile", "DesignEntry", "FormulaEntry", "General", "PlantEntry"]


class General(Record):
    """Table `[case]`."""

    name: str
    country: Iso3
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    price_year: Annotated[int, Field(ge=1990, le=2100)] = 2025
    first_year: Annotated[int, Field(ge=2000, le=2100)] = 2026
    last_year: Annotated[int, Field(ge=2000, le=2100)] = 2045
    discount_rate_share: Annotated[float, Field(gt=0, lt=1)] = 0.08
    note: str = ""

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """Years in their order."""
        first, last = (values.get(k, cls.model_fields[k].default) for k in ("first_year", "last_year"))
        if last <= first:
            yield "last_year", f"must be after first_year ({first})"


class PositionChoices(Record):
    """Table `[position]`: choices behind the position's numbers."""

    deck_date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] = "2024-12-31"
    deck_months: Annotated[int, Field(ge=0, le=60)] = 12
    leading_country: Iso3 = "CHN"
    vectors: dict[str, str] = Field(default_factory=dict)
    """Composition vector that models use for a deposit, where it has several."""


class FloorEntry(Record):
    """A price floor of a plant, `[[plants.floors]]`: a payer tops up, and may share what lies above a mark."""

    products: list[str]
    floor_usd_per_kg: Annotated[float, Field(ge=0)]
    payer: str
    upside_from_usd_per_kg: Annotated[float, Field(ge=0)] | None = None
    upside_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    start_year: Annotated[int, Field(ge=0)] = 0
    end_year: Annotated[int, Field(ge=1)] | None = None
    refs: list[str] = Field(default_factory=list)
    note: str = ""


class FormulaEntry(Record):
    """How a good of a plant is priced, `[plants.formulas.GOOD]`; what is left out stays as the stage has it."""

    payable_share: Annotated[float, Field(ge=0, le=1)] | None = None
    discount_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    light_charge_usd_per_kg_reo: Annotated[float, Field(ge=0)] = 0.0
    heavy_charge_usd_per_kg_reo: Annotated[float, Field(ge=0)] = 0.0
    flat_charge_usd_per_kg_reo: Annotated[float, Field(ge=0)] = 0.0
    fixed_usd_per_kg: Annotated[float, Field(ge=0)] | None = None
    paid: list[str] = Field(default_factory=list)
    note: str = ""


class DesignEntry(Record):
    """A separation design whose equipment prices the plant, `[plants.design]`."""

    extractants: Annotated[list[str], Field(min_length=1)] = Field(default_factory=lambda: ["PC88A"])
    products: Annotated[list[str], Field(min_length=1)] = Field(default_factory=lambda: ["NdPr", "Dy", "Tb", "SEG"])
    purity_share: Annotated[float, Field(gt=0.5, lt=1)] = 0.995
    factors: Literal["low", "mid", "high"] = "low"


class LoanEntry(Record):
    """A loan on the capital, `[[finance.loans]]`."""

    capex_share: Annotated[float, Field(ge=0, le=1)]
    rate_share: Annotated[float, Field(gt=-1)]
    tenor_years: Annotated[int, Field(ge=1)]
    grace_years: Annotated[int, Field(ge=0)] = 0
    fee_share: Annotated[float, Field(ge=0)] = 0.0
    lender: str = "lender"
    profile: Literal["annuity", "equal_principal"] = "annuity"
    building_interest: Literal["paid", "added"] = "paid"


class FinanceEntry(Record):
    """How plants of the case are financed, `[finance]`: equity alone when left out."""

    public_discount_share: Annotated[float, Field(gt=-1)] | None = None
    income_tax_share: Number | None = None
    """Rate of income tax of companies, for a country of which the atlas holds none; over the atlas's where given."""
    inflation_share: Annotated[float, Field(gt=-1)] = 0.0
    periods_per_year: Literal[1, 4] = 1
    timing: Literal["start", "mid", "end"] = "end"
    partners: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    """Part of the company's cash by partner (`partner:JPN`)."""
    loans: list[LoanEntry] = Field(default_factory=list)


class PlantEntry(Record):
    """One candidate plant, `[[plants]]`; strategies name it by its id."""

    id: Name
    name: str
    stage: Literal["mine", "beneficiation", "cracking_leaching", "separation", "metal", "alloy", "magnet", "recycling"]
    group: Literal["light", "heavy", "all"] = "all"
    good: str
    capacity: Number
    feed: list[str] = Field(default_factory=list)
    site: str = ""
    state: Annotated[str, Field(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$")] | None = None
    owners: dict[str, float] = Field(default_factory=dict)
    partner: str | None = None
    technology: str | None = None
    host_plant: str | None = None
    """Existing facility that does the work for a fee (toll), by its id in the atlas."""
    numbers: dict[str, Number] = Field(default_factory=dict)
    """Other inputs by name (`capex`, `toll`, `staff` ...), each a ref or a value with basis."""
    floors: list[FloorEntry] = Field(default_factory=list)
    formulas: dict[str, FormulaEntry] = Field(default_factory=dict)
    design: DesignEntry | None = None
    note: str = ""

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """A good that is one, owners that own the whole."""
        good, owners = values.get("good"), values.get("owners")
        if isinstance(good, str) and good not in GOODS:
            yield "good", f"must be one of {', '.join(GOODS)}{did_you_mean(good, GOODS)}"
        if owners and abs(sum(owners.values()) - 1) > 1e-9:
            yield "owners", f"must add to 1, they add to {sum(owners.values()):g}"


class CaseFile(Record):
    """`case.toml`."""

    case: General
    position: PositionChoices = PositionChoices()
    finance: FinanceEntry = FinanceEntry()
    plants: list[PlantEntry] = Field(default_factory=list)

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """Each plant once."""
        yield from twice(values, "plants")
