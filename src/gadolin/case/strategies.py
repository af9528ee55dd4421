"""What a strategy file and a futures file may hold, and how a case's files are read, with every fault by file and line.

A strategy says what the country decides: which candidate plants of `case.toml` it builds, when, with whom and with
whose technology, what may leave raw, and what it pays for. Each term is a ref to a fact, or a value with basis `choice`
or `estimate` and a range. Years are choices. Whether it can be done is judged elsewhere (`strategy.feasible`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, model_validator

from gadolin.case.schema import Number, PlantEntry, Record, read_record
from gadolin.case.why import why
from gadolin.elements import ELEMENTS
from gadolin.errors import Fault, GadolinError, InputError, did_you_mean
from gadolin.stages import GOODS, check_party

if TYPE_CHECKING:
    from gadolin.case.load import Case

__all__ = [
    "Exemption",
    "ExportTerms",
    "FutureFactor",
    "FuturesFile",
    "Moratorium",
    "PlantChoice",
    "Research",
    "Shock",
    "Stock",
    "StrategyFile",
    "Training",
    "Withheld",
    "futures_of",
    "strategies_of",
]

_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")]
_Year = Annotated[int, Field(ge=2000, le=2100)]
Route = Literal["existing", "toll", "state_firm", "licence", "foreign", "open", "own"]
"""How the know-how comes: it stands already; a host does the work; a state firm may bring it; a licence with transfer;
an owner who keeps it; open literature or purchase; own research."""


class PlantChoice(Record):
    """One plant of the case that is built (or runs already), `[[plants]]`."""

    plant: _Id
    start: _Year
    """Year in which building begins; for what runs already, any year before the case's first."""
    route: Route
    technology: str | None = None
    """Row of the technologies table."""
    partner: Annotated[str, Field(pattern=r"^[A-Z0-9]{3}$")] | None = None
    owners: dict[str, float] = Field(default_factory=dict)
    """Share of the company by party; what is not named belongs to private owners at home."""
    consents: list[str] = Field(default_factory=list)
    """Parties that have agreed or are asked to, `federal:ISO3` and `state:ISO3166-2`."""
    build_years: Number | None = None
    """Years of building as planned; the stage's realised median when not given."""
    design: str | None = None
    """Extractant by whose separation design the plant is sized and priced; reported figures when not given."""
    refs: list[str] = Field(default_factory=list)
    note: str = ""

    @model_validator(mode="after")
    def _sound(self) -> PlantChoice:
        for party in (*self.owners, *self.consents):
            try:
                check_party(party)
            except InputError as error:
                raise ValueError(str(error)) from None
        if any(not 0 <= share <= 1 for share in self.owners.values()) or sum(self.owners.values()) > 1 + 1e-9:
            raise ValueError("owners must lie in 0 to 1 and add to at most 1")
        if self.route in ("toll", "state_firm", "licence", "foreign") and self.partner is None:
            raise ValueError(f'route "{self.route}" needs a partner (ISO3 code)')
        return self


class Exemption(Record):
    """A plant whose product may leave raw although the rest may not, `[[moratorium.exemptions]]`."""

    plant: _Id
    until: _Year | None = None
    """Last year in which it may leave."""
    until_runs: _Id | None = None
    """Plant of the strategy whose first running year ends it; where that plant is not built, it goes on."""
    refs: list[str] = Field(default_factory=list)
    note: str = ""

    @model_validator(mode="after")
    def _sound(self) -> Exemption:
        if (self.until is None) == (self.until_runs is None):
            raise ValueError("needs until (a year) or until_runs (a plant), and not both")
        return self


class Moratorium(Record):
    """What may not leave raw, `[moratorium]`."""

    goods: list[str]
    start: _Year
    end: _Year | None = None
    exemptions: list[Exemption] = Field(default_factory=list)
    refs: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _sound(self) -> Moratorium:
        for good in self.goods:
            if good not in GOODS:
                raise ValueError(f'"{good}" is no good{did_you_mean(good, GOODS)} (one of {", ".join(GOODS)})')
        if self.end is not None and self.end < self.start:
            raise ValueError(f"ends in {self.end}, before it starts in {self.start}")
        return self

    def holds(self, good: str, plant: str, year: int, runs_from: Mapping[str, int]) -> bool:
        """Whether a plant's good may not leave in a year.

        Args:
            good: The good.
            plant: Who makes it.
            year: Calendar year.
            runs_from: First running year of each plant that is built.
        """
        if good not in self.goods or year < self.start or (self.end is not None and year > self.end):
            return False
        return not any(e.plant == plant and year <= _last_year(e, runs_from) for e in self.exemptions)


def _last_year(exemption: Exemption, runs_from: Mapping[str, int]) -> float:
    if exemption.until is not None:
        return exemption.until
    first = runs_from.get(exemption.until_runs or "")
    return math.inf if first is None else first - 1


class ExportTerms(Record):
    """Duty and quota on raw goods that leave, `[export]`."""

    duty_share: Number | None = None
    quota_t_reo_per_year: Number | None = None
    start: _Year
    refs: list[str] = Field(default_factory=list)


class Stock(Record):
    """A stock of an oxide the state buys and holds, `[[stockpile]]`."""

    element: Annotated[str, Field(pattern=r"^[A-Z][a-z]?$")]
    amount_t_reo: Number
    first_year: _Year
    last_year: _Year
    refs: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _sound(self) -> Stock:
        if self.last_year < self.first_year:
            raise ValueError(f"last_year must not be before first_year ({self.first_year})")
        return self


class Research(Record):
    """A public programme that brings a technology of one's own, `[[research]]`."""

    id: _Id
    stage: Literal["mine", "separation", "metal", "alloy", "magnet", "recycling"]
    technology: str
    start: _Year
    cost_musd_per_year: Number
    years_per_level: Number
    """Years to rise by one technology readiness level."""
    refs: list[str] = Field(default_factory=list)


class Training(Record):
    """People trained for the plants, `[training]`."""

    persons_per_year: Number
    cost_usd_per_person: Number
    start: _Year
    end: _Year
    refs: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _sound(self) -> Training:
        if self.end < self.start:
            raise ValueError(f"end must not be before start ({self.start})")
        return self


class StrategyHead(Record):
    """Table `[strategy]`."""

    id: _Id
    title: str
    about: str = ""
    refs: list[str] = Field(default_factory=list)
    incentives: list[str] = Field(default_factory=list)
    """Incentives every new plant takes, by row of the incentives table, where its stage may."""


class StrategyFile(Record):
    """A file of `strategies/`."""

    strategy: StrategyHead
    plants: list[PlantChoice] = Field(default_factory=list)
    moratorium: Moratorium | None = None
    export: ExportTerms | None = None
    stockpile: list[Stock] = Field(default_factory=list)
    research: list[Research] = Field(default_factory=list)
    training: Training | None = None

    @model_validator(mode="after")
    def _sound(self) -> StrategyFile:
        ids = [p.plant for p in self.plants]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"plants: {', '.join(twice)} stands twice")
        return self


class FutureFactor(Record):
    """Range of one factor, `[factors.NAME]`."""

    low: float
    high: float
    default: float | None = None
    basis: Literal["measured", "reported", "derived", "estimate", "memory"]
    refs: list[str] = Field(default_factory=list)
    note: str = ""

    @model_validator(mode="after")
    def _sound(self) -> FutureFactor:
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise ValueError(f"low and high must be finite, got {self.low:g} and {self.high:g}")
        if self.low > self.high:
            raise ValueError(f"low ({self.low:g}) must not be above high ({self.high:g})")
        if self.basis in ("measured", "reported", "derived") and not self.refs:
            raise ValueError(f'basis "{self.basis}" needs refs that say where it comes from')
        return self


class Shock(Record):
    """A measure or loss that half the futures have, `[[shocks]]`."""

    id: _Id
    text: str
    """Short form of a market measure, with {year} for the year it begins."""
    first_year: _Year
    last_year: _Year
    refs: list[str] = Field(default_factory=list)
    note: str = ""


class Withheld(Record):
    """A country that stops its help, `[[withheld]]`."""

    country: Annotated[str, Field(pattern=r"^[A-Z0-9]{3}$")]
    first_year: _Year
    last_year: _Year
    refs: list[str] = Field(default_factory=list)
    note: str = ""


class Threshold(Record):
    """What is good enough, `[[satisfied]]`."""

    measure: str
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""


class FuturesFile(Record):
    """`futures.toml`: what nobody in the country decides."""

    prices_until: _Year = 2035
    """Last year the market is rolled to; prices are held from there on."""
    clays: list[str] = Field(default_factory=lambda: ["xinfeng"])
    own_ore: list[str] = Field(default_factory=list)
    """Compositions the country's own clay may turn out to have, `DEPOSIT.VECTOR`; the plant's own when empty."""
    factors: dict[str, FutureFactor] = Field(default_factory=dict)
    shocks: list[Shock] = Field(default_factory=list)
    withheld: list[Withheld] = Field(default_factory=list)
    satisfied: list[Threshold] = Field(default_factory=list)


def strategies_of(case: Case) -> dict[str, StrategyFile]:
    """Every strategy of a case by its id, in the order of the file names.

    Args:
        case: The case.

    Raises:
        InputError: All faults of all strategy files, with file and line; names of plants that the case lacks.
    """
    folder = None if case.folder is None else case.folder / "strategies"
    if folder is None or not folder.is_dir():
        return {}
    files = sorted(p for p in folder.iterdir() if p.suffix == ".toml")
    found: list[StrategyFile] = []
    kept = []
    faults: list[Fault] = []
    for file in files:
        try:
            found.append(read_record(file, StrategyFile, f"strategies/{file.name}"))
            kept.append(file)
        except InputError as error:
            faults += error.faults
    for value, file in zip(found, kept, strict=True):
        if value.strategy.id != file.stem:
            key = "strategy.id"
            reason = f'must be the name of its file, "{file.stem}"'
            name = f"strategies/{file.name}"
            faults.append(Fault(reason, name, case.line_of(name, key), key, value.strategy.id))
        faults += _unknown(case, value, f"strategies/{file.name}")
    if faults:
        raise InputError(faults)
    return {value.strategy.id: value for value in found}


def _unknown(case: Case, value: StrategyFile, file: str) -> list[Fault]:
    """Names in a strategy that nothing in the case answers to."""
    faults = []

    def fault(key: str, name: str, what: str, known: Any) -> None:
        hint = did_you_mean(name, list(known))
        faults.append(Fault(f"is no {what}{hint}", file, case.line_of(file, key), key, name))

    # a row that was not known at the date of the case is no fault of the file; who evaluates says what is not known
    whole = case if case.as_of is None else replace(case, as_of=None, _cache={})
    plants = {p.id for p in case.settings.plants}
    technologies = set(whole.table("technologies").index)
    incentives = set(whole.table("incentives").index)
    for n, choice in enumerate(value.plants):
        if choice.plant not in plants:
            fault(f"plants[{n}].plant", choice.plant, f"plant of {case.name}", plants)
        entry = next((p for p in case.settings.plants if p.id == choice.plant), None)
        if choice.design is not None and entry is not None:
            faults += _design(whole, choice.design, entry, f"plants[{n}].design", file)
        if choice.technology is not None and choice.technology not in technologies:
            fault(f"plants[{n}].technology", choice.technology, "row of technologies", technologies)
    for n, programme in enumerate(value.research):
        if programme.technology not in technologies:
            fault(f"research[{n}].technology", programme.technology, "row of technologies", technologies)
    for row in value.strategy.incentives:
        if row.removesuffix("-high") not in incentives:
            fault("strategy.incentives", row, "row of incentives", incentives)
    for n, stock in enumerate(value.stockpile):
        if stock.element not in ELEMENTS:
            fault(f"stockpile[{n}].element", stock.element, "rare earth with prices", ELEMENTS)
    named = {c.plant for c in value.plants}
    for n, exemption in enumerate(value.moratorium.exemptions if value.moratorium else ()):
        if exemption.plant not in named:
            fault(f"moratorium.exemptions[{n}].plant", exemption.plant, "plant of this strategy", named)
        if exemption.until_runs is not None and exemption.until_runs not in named:
            fault(f"moratorium.exemptions[{n}].until_runs", exemption.until_runs, "plant of this strategy", named)
    return faults + _numbers(whole, value, file) + _refs(whole, value, file)


def _design(case: Case, design: str, entry: PlantEntry, key: str, file: str) -> list[Fault]:
    """Whether a plant can stand on a separation design of an extractant."""
    line = case.line_of(file, key)
    if entry.stage != "separation" or entry.host_plant:
        words = f"only a separation plant of its own has a design; {entry.id} is {entry.stage}"
        return [Fault(f"{words} at a host" if entry.host_plant else words, file, line, key, design)]
    try:
        case.inputs.system_of(design)
    except InputError as error:
        return [Fault(str(error), file, line, key, design)]
    return []


def _numbers(case: Case, value: StrategyFile, file: str) -> list[Fault]:
    """Terms that do not resolve, are not known, or lie outside what they can be."""
    given: list[tuple[str, Number | None, float, float]] = []  # key, number, at least, at most
    for n, plant in enumerate(value.plants):
        given.append((f"plants[{n}].build_years", plant.build_years, 0.25, 30))
    for n, stock in enumerate(value.stockpile):
        given.append((f"stockpile[{n}].amount_t_reo", stock.amount_t_reo, 0, math.inf))
    for n, programme in enumerate(value.research):
        given.append((f"research[{n}].cost_musd_per_year", programme.cost_musd_per_year, 0, math.inf))
        given.append((f"research[{n}].years_per_level", programme.years_per_level, 0.01, 30))
    if value.export is not None:
        given.append(("export.duty_share", value.export.duty_share, 0, 1))
        given.append(("export.quota_t_reo_per_year", value.export.quota_t_reo_per_year, 0, math.inf))
    if value.training is not None:
        given.append(("training.persons_per_year", value.training.persons_per_year, 0, math.inf))
        given.append(("training.cost_usd_per_person", value.training.cost_usd_per_person, 0, math.inf))
    faults = []
    for key, number, low, high in given:
        if number is None:
            continue
        try:
            found = case.given(number, key, file).value
        except InputError as error:
            faults += error.faults
            continue
        line = case.line_of(file, key)
        if found is None:
            faults.append(Fault("is not known; give a value with basis and range", file, line, key))
        elif not low <= found <= high:
            words = f"must be at least {low:g}" if high == math.inf else f"must lie in {low:g} to {high:g}"
            faults.append(Fault(words, file, line, key, found))
    return faults


def _refs(case: Case, value: StrategyFile, file: str) -> list[Fault]:
    """Refs that nothing answers to."""
    places: list[tuple[str, list[str]]] = [("strategy.refs", value.strategy.refs)]
    for name in ("plants", "stockpile", "research"):
        places += [(f"{name}[{n}].refs", part.refs) for n, part in enumerate(getattr(value, name))]
    for name in ("moratorium", "export", "training"):
        part = getattr(value, name)
        places += [(f"{name}.refs", part.refs)] if part is not None else []
    if value.moratorium is not None:
        places += [(f"moratorium.exemptions[{n}].refs", e.refs) for n, e in enumerate(value.moratorium.exemptions)]
    faults = []
    for key, refs in places:
        for ref in refs:
            try:
                why(ref, case)
            except GadolinError as error:
                words = f"does not resolve: {str(error).splitlines()[0]}"
                faults.append(Fault(words, file, case.line_of(file, key), key, ref))
    return faults


def futures_of(case: Case) -> FuturesFile:
    """The futures file of a case; one without shocks and with the market's own ranges when it has none.

    Raises:
        InputError: Every fault of the file, with line.
    """
    path = None if case.folder is None else case.folder / "futures.toml"
    if path is None or not path.exists():
        return FuturesFile()
    return read_record(path, FuturesFile)
