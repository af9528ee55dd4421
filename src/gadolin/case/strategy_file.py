"""What a strategy file and a futures file may hold.

A strategy says what the country decides: which candidate plants of `case.toml` it builds, when, with whom and with
whose technology, what may leave raw, and what it pays for. Each term is a ref to a fact, or a value with basis `choice`
or `estimate` and a range. Years are choices. Whether it can be done is judged elsewhere (`strategy.feasible`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from gadolin.case.records import Name, Number, Record, Told, in_order, twice
from gadolin.errors import InputError, did_you_mean
from gadolin.stages import GOODS, check_party

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
    "Strategy",
    "Training",
    "Withheld",
]

_Year = Annotated[int, Field(ge=2000, le=2100)]
Route = Literal["existing", "toll", "state_firm", "licence", "foreign", "open", "own"]
"""How the know-how comes: it stands already; a host does the work; a state firm may bring it; a licence with transfer;
an owner who keeps it; open literature or purchase; own research."""


class PlantChoice(Record):
    """One plant of the case that is built (or runs already), `[[plants]]`."""

    plant: Name
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

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """Parties that are some, shares of at most the whole, a partner where the route needs one."""
        owners, consents = values.get("owners", {}), values.get("consents", {})
        for table, parties in (("owners", owners), ("consents", consents)):
            for party in parties:
                try:
                    check_party(party)
                except InputError as error:
                    yield table, str(error)
        if values.get("route") in ("toll", "state_firm", "licence", "foreign") and values.get("partner") is None:
            yield "route", f'"{values["route"]}" needs a partner (ISO3 code)'
        if any(not 0 <= share <= 1 for share in owners.values()) or sum(owners.values()) > 1 + 1e-9:
            yield "owners", "must lie in 0 to 1 and add to at most 1"


class Exemption(Record):
    """A plant whose product may leave raw although the rest may not, `[[moratorium.exemptions]]`."""

    plant: Name
    until: _Year | None = None
    """Last year in which it may leave."""
    until_runs: Name | None = None
    """Plant of the strategy whose first running year ends it; where that plant is not built, it goes on."""
    refs: list[str] = Field(default_factory=list)
    note: str = ""

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """One end."""
        if (values.get("until") is None) == (values.get("until_runs") is None):
            yield "", "needs until (a year) or until_runs (a plant), and not both"


class Moratorium(Record):
    """What may not leave raw, `[moratorium]`."""

    goods: list[str]
    start: _Year
    end: _Year | None = None
    exemptions: list[Exemption] = Field(default_factory=list)
    refs: list[str] = Field(default_factory=list)

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """Goods that are some, an end after the start."""
        for good in values.get("goods", ()):
            if isinstance(good, str) and good not in GOODS:
                yield "goods", f'"{good}" is no good{did_you_mean(good, GOODS)} (one of {", ".join(GOODS)})'
        yield from in_order(values, "start", "end")

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

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """Years in their order."""
        yield from in_order(values)


class Research(Record):
    """A public programme that brings a technology of one's own, `[[research]]`."""

    id: Name
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

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """Years in their order."""
        yield from in_order(values, "start", "end")


class StrategyHead(Record):
    """Table `[strategy]`."""

    id: Name
    title: str
    about: str = ""
    refs: list[str] = Field(default_factory=list)
    incentives: list[str] = Field(default_factory=list)
    """Incentives every new plant takes, by row of the incentives table, where its stage may."""


class Strategy(Record):
    """A file of `strategies/`."""

    strategy: StrategyHead
    plants: list[PlantChoice] = Field(default_factory=list)
    moratorium: Moratorium | None = None
    export: ExportTerms | None = None
    stockpile: list[Stock] = Field(default_factory=list)
    research: list[Research] = Field(default_factory=list)
    training: Training | None = None

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """Each plant and programme once."""
        yield from twice(values, "plants", "plant")
        yield from twice(values, "research")


class FutureFactor(Record):
    """Range of one factor, `[factors.NAME]`."""

    low: float
    high: float
    default: float | None = None
    basis: Literal["measured", "reported", "derived", "estimate", "memory"]
    refs: list[str] = Field(default_factory=list)
    note: str = ""

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """A finite range in its order, refs where it claims a source."""
        basis = values.get("basis")
        if basis in ("measured", "reported", "derived") and not values.get("refs"):
            yield "basis", f'"{basis}" needs refs that say where it comes from'
        low, high = values["low"], values["high"]
        if not (math.isfinite(low) and math.isfinite(high)):
            yield "", f"low and high must be finite, got {low:g} and {high:g}"
        elif low > high:
            yield "low", f"({low:g}) must not be above high ({high:g})"


class Shock(Record):
    """A measure or loss that half the futures have, `[[shocks]]`."""

    id: Name
    title: str = ""
    """What papers call it; its id when empty."""
    text: str
    """Short form of a market measure, with {year} for the year it begins."""
    first_year: _Year
    last_year: _Year
    refs: list[str] = Field(default_factory=list)
    note: str = ""

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """Years in their order."""
        yield from in_order(values)


class Withheld(Record):
    """A country that stops its help, `[[withheld]]`."""

    country: Annotated[str, Field(pattern=r"^[A-Z0-9]{3}$")]
    first_year: _Year
    last_year: _Year
    refs: list[str] = Field(default_factory=list)
    note: str = ""

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """Years in their order."""
        yield from in_order(values)


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

    @classmethod
    def together(cls, values: Mapping[str, Any]) -> Told:
        """Each shock once."""
        yield from twice(values, "shocks")
