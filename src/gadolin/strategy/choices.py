"""What a strategy has the country do, with each term resolved to a quantity and each plant to a project.

Terms keep the ref of the line or the fact they come from. Resolving needs the case; what follows is arithmetic.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gadolin import runs
from gadolin.case.schema import Strategy
from gadolin.case.strategies import strategies_of
from gadolin.case.strategy_file import PlantChoice, Research, Stock
from gadolin.economics import Project, Regime
from gadolin.elements import ELEMENTS, element
from gadolin.errors import InputError, did_you_mean
from gadolin.kept import code, kept
from gadolin.quantity import Quantity
from gadolin.strategy.prices import NDPR
from gadolin.strategy.skills import shares_of

if TYPE_CHECKING:
    from gadolin.case import Case
    from gadolin.case.schema import Number, PlantEntry

__all__ = [
    "Build",
    "Programme",
    "Resolved",
    "StockTerms",
    "composition",
    "element_share",
    "process_yield",
    "project",
    "regime_of",
    "resolve",
    "sources_of",
]

MAGNET_YIELD = "unit_operations:magnet.virgin-strip-cast-sintered-ndfeb-material:yield_pct"
"""Row that says how much of the metals that enter a magnet plant leaves in magnets."""


@dataclass(frozen=True)
class Build:
    """A plant of the strategy.

    Args:
        entry: The candidate plant of the case.
        choice: What the strategy says of it.
        years_to_build: Years of building as planned.
        refs: Where the choice stands, and what it rests on.
    """

    entry: PlantEntry
    choice: PlantChoice
    years_to_build: Quantity
    refs: tuple[str, ...]

    @property
    def id(self) -> str:
        """Id of the plant."""
        return self.entry.id

    @property
    def existing(self) -> bool:
        """Whether it runs already."""
        return self.choice.route == "existing"


@dataclass(frozen=True)
class Programme:
    """A research programme with its terms."""

    terms: Research
    cost_musd_per_year: Quantity
    years_per_level: Quantity
    level_now: Quantity


@dataclass(frozen=True)
class StockTerms:
    """A stock with its terms."""

    terms: Stock
    amount_t_reo: Quantity


@dataclass(frozen=True)
class Resolved:
    """A strategy, resolved.

    Args:
        file: The record.
        builds: Its plants, in the order of the file.
        research: Its programmes.
        stocks: Its stocks.
        duty: Export duty on raw goods, or None.
        quota_t_reo: Most that may leave raw in a year, or None.
        trained: Persons trained per year, or None.
        training_usd: Cost per person trained, or None.
        refs: Refs of every term.
    """

    file: Strategy
    builds: tuple[Build, ...]
    research: tuple[Programme, ...]
    stocks: tuple[StockTerms, ...]
    duty: Quantity | None
    quota_t_reo: Quantity | None
    trained: Quantity | None
    training_usd: Quantity | None
    refs: tuple[str, ...]

    @property
    def id(self) -> str:
        """Id of the strategy."""
        return self.file.strategy.id

    @property
    def partners(self) -> tuple[str, ...]:
        """Countries it leans on, in order."""
        return tuple(dict.fromkeys(b.choice.partner for b in self.builds if b.choice.partner))


def resolve(case: Case, strategy: str | Strategy) -> Resolved:
    """A strategy of a case with every term as a quantity.

    Args:
        case: The case.
        strategy: Id of one of its strategies, or a record (a patched one, as deals make it).

    Raises:
        InputError: No such strategy or plant, a ref that does not resolve.
    """
    if isinstance(strategy, str):
        known = strategies_of(case)
        if strategy not in known:
            names = ", ".join(known) or "none; add strategies/*.toml"
            raise InputError(f'"{strategy}" is no strategy of {case.name}{did_you_mean(strategy, known)} ({names})')
        return case.once(f"strategy {strategy}", lambda: _resolve(case, known[strategy]))
    return _resolve(case, strategy)


def regime_of(case: Case) -> Regime:
    """The taxes of the case's country, read once."""
    return case.once("strategy regime", lambda: case.inputs.regime_of())


@dataclass
class _Terms:
    """Reads the numbers of one file and collects their refs."""

    case: Case
    file: str
    written: bool
    refs: list[str]

    def line(self, key: str) -> str:
        return self.case.line_ref(key, self.file) if self.written else f"{self.case.name}/{self.file}:1"

    def number(self, given: Number | None, key: str) -> Quantity | None:
        if given is None:
            return None
        if given.ref is None and not self.written:
            found = Quantity(
                given.value, given.unit, given.low, given.high, given.basis, (self.line(key), *given.refs), given.note
            )
        else:
            found = self.case.given(given, key, self.file if self.written else "case.toml")
        self.refs += [self.line(key), *found.refs]
        return found


def _resolve(case: Case, file: Strategy) -> Resolved:
    name = f"strategies/{file.strategy.id}.toml"
    written = case.folder is not None and (case.folder / name).is_file()
    terms = _Terms(case, name, written, [])
    entries = {p.id: p for p in case.settings.plants}
    builds = []
    for n, choice in enumerate(file.plants):
        if choice.plant not in entries:
            raise InputError(f'"{choice.plant}" is no plant of {case.name}{did_you_mean(choice.plant, entries)}')
        planned = terms.number(choice.build_years, f"plants[{n}].build_years")
        line = terms.line(f"plants[{n}].plant")
        refs = (line, *choice.refs)
        terms.refs += refs
        if planned is None:
            count = project(case, choice.plant, design=choice.design).schedule.construction_years
            planned = Quantity(float(count), "years", basis="derived", refs=(line,), reason="median of the stage")
        builds.append(Build(entries[choice.plant], choice, planned, refs))
    research = []
    for n, programme in enumerate(file.research):
        cost = terms.number(programme.cost_musd_per_year, f"research[{n}].cost_musd_per_year")
        pace = terms.number(programme.years_per_level, f"research[{n}].years_per_level")
        assert cost is not None
        assert pace is not None
        level = case.quantity("technologies", programme.technology, "trl")
        terms.refs += [*level.refs, *programme.refs]
        research.append(Programme(programme, cost, pace, level))
    stocks = []
    for n, stock in enumerate(file.stockpile):
        amount = terms.number(stock.amount_t_reo, f"stockpile[{n}].amount_t_reo")
        assert amount is not None
        stocks.append(StockTerms(stock, amount))
    export, training, moratorium = file.export, file.training, file.moratorium
    duty = terms.number(export.duty_share, "export.duty_share") if export else None
    quota = terms.number(export.quota_t_reo_per_year, "export.quota_t_reo_per_year") if export else None
    trained = terms.number(training.persons_per_year, "training.persons_per_year") if training else None
    cost = terms.number(training.cost_usd_per_person, "training.cost_usd_per_person") if training else None
    for key, part in (("export", export), ("training", training), ("moratorium", moratorium)):
        if part is not None:
            terms.refs += [terms.line(key), *part.refs]
    for exemption in moratorium.exemptions if moratorium else ():
        terms.refs += exemption.refs
    terms.refs += [f"incentives:{row.removesuffix('-high')}:rate_value" for row in file.strategy.incentives]
    terms.refs += file.strategy.refs
    refs = tuple(dict.fromkeys(terms.refs)) or (terms.line("strategy"),)
    return Resolved(file, tuple(builds), tuple(research), tuple(stocks), duty, quota, trained, cost, refs)


# --- plants ----------------------------------------------------------------------------------------------------------


def _variant(case: Case, plant: str, own_ore: str) -> Case:
    """The case with another composition of the plant's ore; the tables stay shared."""
    plants = [p.model_copy(update={"feed": [own_ore]}) if p.id == plant else p for p in case.settings.plants]
    return replace(case, settings=case.settings.model_copy(update={"plants": plants}))


def project(case: Case, plant: str, own_ore: str = "", design: str | None = None) -> Project:
    """A candidate plant as a project of economics, made once per composition of its ore.

    Args:
        case: The case.
        plant: Id of the plant.
        own_ore: Composition of the ore, `DEPOSIT.VECTOR`; the plant's own when empty or when it feeds on no ore.
        design: Extractant by whose separation design the plant is sized and priced; reported figures when None.
    """
    entry = next(p for p in case.settings.plants if p.id == plant)
    ore = own_ore if entry.feed else ""
    source = _variant(case, plant, ore) if ore else case

    def make() -> Project:
        if design is None and entry.design is None:
            return source.inputs.project_of(plant)
        what = {"plant": entry.model_dump(mode="json"), "ore": ore, "design": design}
        ground = {"general": case.settings.model_dump(mode="json"), "facts": case.facts_digest(), "code": code()}
        name = runs.digest(json.loads(json.dumps(what | ground, default=str)))
        return kept("designed", name, lambda: source.inputs.project_of(plant, design))  # takes seconds, so it is kept

    return case.once(f"strategy project {plant} {ore}{design or ''}", make)


def composition(case: Case, plant: str, own_ore: str = "") -> tuple[dict[str, float], tuple[str, ...]]:
    """Shares of a plant's ore by element, in REO mass, adding to 1, and their refs. [share]

    Args:
        case: The case.
        plant: Id of the plant.
        own_ore: Composition of the ore, `DEPOSIT.VECTOR`; the plant's own when empty.

    Raises:
        InputError: The plant has no ore, the ore no composition, or several and none chosen.
    """
    return case.once(f"strategy ore {plant} {own_ore}", lambda: _composition(case, plant, own_ore))


def _composition(case: Case, plant: str, own_ore: str) -> tuple[dict[str, float], tuple[str, ...]]:
    entry = next(p for p in case.settings.plants if p.id == plant)
    if not (own_ore or entry.feed):
        raise InputError(f"{plant}: name the deposit that feeds it: feed = [DEPOSIT_ID]")
    deposit, _, vector = (own_ore or entry.feed[0]).partition(".")
    rows = case.table("deposit_composition")
    rows = rows[(rows["deposit_id"] == deposit) & rows["share_norm_pct"].notna()]
    names = list(dict.fromkeys(rows["vector_id"]))
    if not vector and len(names) == 1:
        vector = str(names[0])
    rows = rows[rows["vector_id"] == vector]
    if rows.empty:
        known = ", ".join(f"{deposit}.{n}" for n in names) or "none"
        raise InputError(f'{plant}: "{own_ore or entry.feed[0]}" names no composition; write one of: {known}')
    shares = {str(r["element"]): float(r["share_norm_pct"]) for _, r in rows.iterrows() if r["element"] in ELEMENTS}
    total = sum(shares.values())
    refs = tuple(case.ref("deposit_composition", str(i), "share_norm_pct") for i in rows.index)
    return {e: s / total for e, s in shares.items()}, refs


def element_share(symbol: str) -> float:
    """Tonnes of an element in a tonne of its oxide. [t/t]"""
    return 1 / element(symbol).oxide_factor


def process_yield(case: Case, made: Project) -> float:
    """Share of the rare earths entering a metal or magnet plant that leaves in its product, 0 to 1. [share]

    For metal it follows from what the project buys and sells; for magnets from the atlas's row.
    """
    if made.stage == "magnet":
        table, row, column = MAGNET_YIELD.split(":")
        found = case.once(f"strategy {MAGNET_YIELD}", lambda: case.quantity(table, row, column))
        assert found.value is not None
        return found.value / 100
    sold, bought = made.sales[0].t_per_year.value, made.purchases[0].t_per_year.value
    assert sold is not None
    assert bought is not None
    return sold / (bought * sum(w * element_share(e) for e, w in NDPR.items()))


def sources_of(case: Case, plan: Resolved) -> tuple[str, ...]:
    """Everything a strategy's value rests on: its own terms, the costs of its plants, the prices of what they trade."""
    found = [*plan.refs, *(ref for share in shares_of(case).values() for ref in share.refs)]
    prices = case.inputs.deck_of().prices
    for build in plan.builds:
        made = project(case, build.id, design=build.choice.design)
        for quantity in (*made.inputs().values(), made.staff, made.residue_t_gross_per_year, made.residue_bq_per_g):
            found += quantity.refs
        for trade in (*made.sales, *made.purchases):
            for name in trade.composition or (trade.good,):
                found += prices[name].refs if name in prices else ()
        if build.entry.feed:
            found += composition(case, build.id)[1]
    return tuple(dict.fromkeys(found))
