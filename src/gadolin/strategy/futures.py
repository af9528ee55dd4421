"""Futures of a country: the market's factors and shocks, and what differs at home.

A `HomeFuture` is a market `Future` with factors of its own: level of the price deck, capital, running costs, slip of
building times, toll, yield, speed of research, which ore the clay turns out to be, and who stops helping when. They
fill their ranges evenly (scrambled Sobol points) and carry no odds: shares of futures are not probabilities.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gadolin.case.inputs.market import CLAYS
from gadolin.case.lookups import Lookups, places
from gadolin.case.schema import FuturesFile
from gadolin.case.strategies import futures_of
from gadolin.case.toml_lines import read_toml
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.market.futures import FACTORS, Factor, Future
from gadolin.market.shorthand import named
from gadolin.strategy.outcomes import BY_NAME

if TYPE_CHECKING:
    from gadolin.case import Case

__all__ = ["HOME_FACTORS", "HomeFuture", "central", "checked", "draw", "home_value"]

UNITS = {"HomeFuture.odds": "-"}
FILE = "futures.toml"

_NONE = "no source; a case's futures.toml may give its own range (estimate)"

HOME_FACTORS: dict[str, Factor] = {
    "price_level_factor": Factor("factor on every price of the deck", "factor", 1.0, 0.6, 1.7, _NONE),
    "capital_factor": Factor("factor on capital beside the growth on record", "factor", 1.0, 0.8, 1.3, _NONE),
    "cost_factor": Factor("factor on running costs", "factor", 1.0, 0.8, 1.3, _NONE),
    "toll_factor": Factor("factor on the fee of a host plant", "factor", 1.0, 0.5, 1.3, _NONE),
    "output_factor": Factor("factor on availability of every plant", "factor", 1.0, 0.83, 1.07, _NONE),
    "slip_years": Factor("years by which building takes longer", "years", 1.0, 0.0, 3.0, _NONE),
    "outage_years": Factor("years a plant stands still when its partner stops helping", "years", 2.0, 1.0, 5.0, _NONE),
    "research_factor": Factor("factor on the years of a research programme", "factor", 1.0, 0.7, 2.0, _NONE),
}
"""What differs at home, with its range when a case gives none."""


@dataclass(frozen=True)
class HomeFuture(Future):
    """A future of the world and of one country.

    Args:
        home: Values by name of `HOME_FACTORS`; others take their default.
        own_ore: Composition of the country's clay, `DEPOSIT.VECTOR`; empty for the one the plant names.
        withheld: Year in which a country stops helping, by ISO3 code; those not named keep helping.

    >>> HomeFuture("f", home={"slip_years": 2.0}).home["slip_years"]
    2.0
    """

    home: Mapping[str, float] = field(default_factory=dict)
    own_ore: str = ""
    withheld: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        unknown = [n for n in self.home if n not in HOME_FACTORS]
        if unknown:
            raise InputError(
                [Fault(f"is no factor{did_you_mean(n, HOME_FACTORS)}", field="home", value=n) for n in unknown]
            )
        object.__setattr__(self, "home", MappingProxyType(dict(self.home)))
        object.__setattr__(self, "withheld", MappingProxyType(dict(self.withheld)))

    def __reduce__(self) -> Any:  # mapping proxies do not pickle
        return type(self), (
            self.id, dict(self.factors), self.shocks, self.odds, dict(self.home), self.own_ore, dict(self.withheld),
        )  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        own = {"home": dict(self.home), "own_ore": self.own_ore, "withheld": dict(self.withheld)}
        return super().as_dict() | own


def home_value(future: Future, name: str) -> float:
    """Value of a factor at home: the future's, or the default for one that does not say."""
    given = future.home if isinstance(future, HomeFuture) else {}
    return float(given.get(name, HOME_FACTORS[name].default))


def ranges_of(file: FuturesFile) -> dict[str, Factor]:
    """All numeric factors with the ranges of a checked file laid over the built-in ones."""
    known = {**FACTORS, **HOME_FACTORS}
    found = dict(known)
    for name, own in file.factors.items():
        base = known[name]
        default = base.default if own.default is None else own.default
        said = f"{own.note} ({own.basis})" if own.note else own.basis
        found[name] = Factor(base.about, base.unit, default, own.low, own.high, said)
    return found


def checked(case: Case) -> FuturesFile:
    """The futures file of a case, with what it names looked up.

    Raises:
        InputError: Every fault of the file, with line: factors, shocks, clays and compositions that do not exist.
    """
    return case.once("strategy futures", lambda: _checked(case))


def _checked(case: Case) -> FuturesFile:
    file, faults = FuturesFile(), []
    try:
        file = futures_of(case)
    except InputError as error:
        faults += error.faults
    path = None if case.folder is None else case.folder / FILE
    values: dict[str, Any] = {}
    if path is not None and path.exists():
        with contextlib.suppress(InputError):  # no TOML: that is said already
            values = read_toml(path)
    told = {f.field for f in faults}
    faults += [f for f in _unknown(Lookups(case, values, FILE)) if f.field not in told]
    if faults:
        raise InputError(sorted(faults, key=lambda f: f.line or 0))
    return file


def _unknown(file: Lookups) -> Iterator[Fault]:
    """What a futures file names that does not exist, and years before the case's, whatever the form of the file."""
    first = file.case.settings.case.first_year
    for key, year in places(file.values, "prices_until"):
        if isinstance(year, int) and year < first:
            yield file.fault(key, f"must not be before the case's first year ({first})", year)
    rows = file.case.table("deposit_composition")
    vectors = {f"{d}.{v}" for d, v in zip(rows["deposit_id"], rows["vector_id"], strict=True)}
    yield from file.names("clays[]", f"is no clay here (one of {', '.join(CLAYS)})", CLAYS)
    yield from file.names("own_ore[]", "names no composition", vectors)
    yield from file.keys("factors", "is no factor", (*FACTORS, *HOME_FACTORS))
    yield from file.names("satisfied[].measure", "is no measure", BY_NAME)
    for key, shock in places(file.values, "shocks[]"):
        if not isinstance(shock, dict) or not isinstance(text := shock.get("text"), str):
            continue
        try:
            named(text.replace("{year}", str(shock.get("first_year", first))))
        except InputError as error:
            yield file.fault(f"{key}.text", error.faults[0].allowed if error.faults else str(error), text)


def central(case: Case) -> HomeFuture:
    """The future in which every factor has its default and nothing happens."""
    factors = ranges_of(checked(case))
    world = {n: factors[n].default for n in FACTORS}
    return HomeFuture("central", world, home={n: factors[n].default for n in HOME_FACTORS})


def draw(case: Case, count: int, seed: int) -> tuple[HomeFuture, ...]:
    """Futures of a case; the first `count` of a longer draw with the same seed are the same futures.

    Args:
        case: The case, with its `futures.toml`.
        count: How many, >= 1.
        seed: Seed of the scrambling, >= 0.

    Raises:
        InputError: Faults of the futures file; a count or seed out of range.

    References:
        Joe and Kuo 2008 (direction numbers), by scipy.stats.qmc.
    """
    from scipy.stats import qmc

    if count < 1:
        raise InputError(Fault("must be at least 1", field="futures", value=count))
    if seed < 0:
        raise InputError(Fault("must be 0 or more", field="seed", value=seed))
    file = checked(case)
    factors = ranges_of(file)
    size = len(factors) + 2 + 2 * len(file.shocks) + 2 * len(file.withheld)
    points = qmc.Sobol(size, scramble=True, rng=np.random.default_rng(seed)).random_base2(
        max(0, math.ceil(math.log2(count)))
    )[:count]
    return tuple(_future(file, factors, row, f"s{seed}-{n:05}") for n, row in enumerate(points))


def _future(file: FuturesFile, factors: Mapping[str, Factor], row: np.ndarray, name: str) -> HomeFuture:
    units = iter(float(u) for u in row)
    values = {n: f.low + next(units) * (f.high - f.low) for n, f in factors.items()}

    def pick(names: list[str]) -> str:
        u = next(units)
        return names[min(int(u * len(names)), len(names) - 1)] if names else ""

    world: dict[str, float | str] = {n: values[n] for n in FACTORS}
    world["clay"] = pick(file.clays)
    own_ore = pick(file.own_ore)
    shocks = []
    for shock in file.shocks:
        happens, when = next(units) < 0.5, next(units)
        if happens:
            year = shock.first_year + int(when * (shock.last_year - shock.first_year + 1))
            shocks += named(shock.text.replace("{year}", str(year)))
    withheld = {}
    for stop in file.withheld:
        happens, when = next(units) < 0.5, next(units)
        if happens:
            withheld[stop.country] = stop.first_year + int(when * (stop.last_year - stop.first_year + 1))
    home = {n: values[n] for n in HOME_FACTORS}
    return HomeFuture(name, world, tuple(shocks), None, home, own_ore, withheld)
