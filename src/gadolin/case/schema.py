"""What a case file may hold, checked by pydantic; every fault of a file is listed with file, line and key.

A number in a case is either a choice of its author (`{value = 5, unit = "t", basis = "choice"}`), or it points to a
fact (`"facilities:MYS-SEPA-002:capacity_value"`). Nothing else is accepted, so that each can be asked why.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from gadolin.case.toml_lines import line_of, lines_of, read_toml
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.quantity import BASES, Quantity
from gadolin.stages import GOODS

__all__ = ["CaseFile", "Given", "PlantEntry", "Record", "read_record"]

REF = re.compile(r"[a-z_0-9]+:[A-Za-z0-9._-]+:[a-z_0-9]+")
_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")]
_Iso3 = Annotated[str, Field(pattern=r"^[A-Z0-9]{3}$")]


class Record(BaseModel):
    """Base of everything in a case: no unknown keys, no guessing of types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Given(Record):
    """A number in a case file: a ref to a fact, or a value that says what it is."""

    ref: str | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    basis: str = "choice"
    refs: list[str] = []
    note: str = ""

    @model_validator(mode="after")
    def _sound(self) -> Given:
        if self.ref is not None:
            if not REF.fullmatch(self.ref):
                raise ValueError(f'"{self.ref}" is not a ref TABLE:ROW_ID:COLUMN')
            return self
        if self.value is None:
            raise ValueError("needs a value, or a ref to a fact")
        if self.basis not in (*BASES, "choice"):
            raise ValueError(f"basis must be one of {', '.join(BASES)}, choice")
        if self.basis in ("measured", "reported", "derived") and not self.refs:
            raise ValueError(f'basis "{self.basis}" needs refs that say where it comes from')
        try:
            Quantity(self.value, self.unit, self.low, self.high, self.basis)
        except InputError as error:  # a fault of this key, beside the others of the file
            raise ValueError(str(error)) from None
        return self


def _given(value: Any) -> Any:
    return {"ref": value} if isinstance(value, str) else value


Number = Annotated[Given, BeforeValidator(_given)]


class General(Record):
    """Table `[case]`."""

    name: str
    country: _Iso3
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    price_year: Annotated[int, Field(ge=1990, le=2100)] = 2025
    first_year: Annotated[int, Field(ge=2000, le=2100)] = 2026
    last_year: Annotated[int, Field(ge=2000, le=2100)] = 2045
    discount_rate_share: Annotated[float, Field(gt=0, lt=1)] = 0.08
    note: str = ""

    @model_validator(mode="after")
    def _years(self) -> General:
        if self.last_year <= self.first_year:
            raise ValueError(f"last_year must be after first_year ({self.first_year})")
        return self


class PositionChoices(Record):
    """Table `[position]`: choices behind the position's numbers."""

    deck_date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] = "2024-12-31"
    deck_months: Annotated[int, Field(ge=0, le=60)] = 12
    leading_country: _Iso3 = "CHN"
    vectors: dict[str, str] = {}
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
    refs: list[str] = []
    note: str = ""


class FormulaEntry(Record):
    """How a good of a plant is priced, `[plants.formulas.GOOD]`; what is left out stays as the stage has it."""

    payable_share: Annotated[float, Field(ge=0, le=1)] | None = None
    discount_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    light_charge_usd_per_kg_reo: Annotated[float, Field(ge=0)] = 0.0
    heavy_charge_usd_per_kg_reo: Annotated[float, Field(ge=0)] = 0.0
    flat_charge_usd_per_kg_reo: Annotated[float, Field(ge=0)] = 0.0
    fixed_usd_per_kg: Annotated[float, Field(ge=0)] | None = None
    paid: list[str] = []
    note: str = ""


class DesignEntry(Record):
    """A separation design whose equipment prices the plant, `[plants.design]`."""

    extractants: Annotated[list[str], Field(min_length=1)] = ["PC88A"]
    products: Annotated[list[str], Field(min_length=1)] = ["NdPr", "Dy", "Tb", "SEG"]
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
    inflation_share: Annotated[float, Field(gt=-1)] = 0.0
    periods_per_year: Literal[1, 4] = 1
    timing: Literal["start", "mid", "end"] = "end"
    partners: dict[str, Annotated[float, Field(ge=0, le=1)]] = {}
    """Part of the company's cash by partner (`partner:JPN`)."""
    loans: list[LoanEntry] = []


class PlantEntry(Record):
    """One candidate plant, `[[plants]]`; strategies name it by its id."""

    id: _Id
    name: str
    stage: Literal["mine", "beneficiation", "cracking_leaching", "separation", "metal", "alloy", "magnet", "recycling"]
    group: Literal["light", "heavy", "all"] = "all"
    good: str
    capacity: Number
    feed: list[str] = []
    site: str = ""
    state: Annotated[str, Field(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$")] | None = None
    owners: dict[str, float] = {}
    partner: str | None = None
    technology: str | None = None
    host_plant: str | None = None
    """Existing facility that does the work for a fee (toll), by its id in the atlas."""
    numbers: dict[str, Number] = {}
    """Other inputs by name (`capex`, `toll`, `staff` ...), each a ref or a value with basis."""
    floors: list[FloorEntry] = []
    formulas: dict[str, FormulaEntry] = {}
    design: DesignEntry | None = None
    note: str = ""

    @model_validator(mode="after")
    def _sound(self) -> PlantEntry:
        if self.good not in GOODS:
            raise ValueError(f"good must be one of {', '.join(GOODS)}{did_you_mean(self.good, GOODS)}")
        if self.owners and abs(sum(self.owners.values()) - 1) > 1e-9:
            raise ValueError(f"owners must add to 1, they add to {sum(self.owners.values()):g}")
        return self


class CaseFile(Record):
    """`case.toml`."""

    case: General
    position: PositionChoices = PositionChoices()
    finance: FinanceEntry = FinanceEntry()
    plants: list[PlantEntry] = []

    @model_validator(mode="after")
    def _unique(self) -> CaseFile:
        ids = [p.id for p in self.plants]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"plants: id {', '.join(twice)} stands twice")
        return self


Model = TypeVar("Model", bound=BaseModel)


def read_record(path: Path, model: type[Model], shown_as: str | None = None) -> Model:
    """A TOML file as a checked record.

    Args:
        path: File.
        model: What it must be.
        shown_as: How the file is named in faults (default: its name).

    Raises:
        InputError: Every fault with file, line and key.
        OSError: The file cannot be opened.
    """
    values = read_toml(path)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        lines = lines_of(path.read_text("utf-8"))
        raise InputError([_fault(e, model, values, shown_as or path.name, lines) for e in error.errors()]) from None


def _fault(error: Any, model: type[BaseModel], values: Any, file: str, lines: dict[str, int]) -> Fault:
    where = [part for part in error["loc"] if not (isinstance(part, str) and part.startswith(("function-", "Given")))]
    path = ""
    for part in where:
        path += f"[{part}]" if isinstance(part, int) else (f".{part}" if path else str(part))
    line = line_of(lines, path) or 1  # a fault of the file as a whole stands at its beginning
    kind = error["type"]
    if kind == "extra_forbidden":
        return Fault(f"is not a key here{did_you_mean(str(where[-1]), _keys(model, where))}", file, line, path)
    if kind == "missing":
        return Fault("is missing", file, line, path)
    value = error.get("input")
    shown = value if isinstance(value, str | int | float | bool) else None
    return Fault(_sentence(kind, error), file, line, path or None, shown)


def _keys(model: type[BaseModel], where: list[Any]) -> list[str]:
    """Keys allowed beside the last part of a path, found by walking the models."""
    current: Any = model
    for part in where[:-1]:
        if isinstance(part, int):
            continue
        info = getattr(current, "model_fields", {}).get(part)
        if info is None:
            return []
        inner = [a for a in _walk(info.annotation) if isinstance(a, type) and issubclass(a, BaseModel)]
        if not inner:
            return []
        current = inner[0]
    return list(getattr(current, "model_fields", {}))


def _walk(annotation: Any) -> list[Any]:
    found = [annotation]
    for argument in getattr(annotation, "__args__", ()):
        found += _walk(argument)
    return found


def _sentence(kind: str, error: Any) -> str:
    context = error.get("ctx", {})
    limits = {
        "greater_than": ("must be greater than", "gt"),
        "greater_than_equal": ("must be at least", "ge"),
        "less_than": ("must be less than", "lt"),
        "less_than_equal": ("must be at most", "le"),
    }
    if kind in limits:
        words, key = limits[kind]
        return f"{words} {context[key]}"
    if kind == "literal_error":
        known = re.findall(r"'([^']+)'", context["expected"])
        return f"must be one of {', '.join(known)}{did_you_mean(str(error['input']), known)}"
    if kind == "string_pattern_mismatch":
        return f"has not the form {context['pattern']}"
    if kind == "value_error":
        return str(context["error"])
    plain = {"string_type": "must be text", "float_type": "must be a number", "int_type": "must be a whole number"}
    return plain.get(kind, str(error["msg"]).lower())
