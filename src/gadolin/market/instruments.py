"""What every measure of a state has in common: who, against whom, over what, when.

`Instrument` is the common part: who, against whom, over which goods and elements, from when to when. Each kind is a
frozen subclass (`measures.py`, `plant_measures.py`) with its own numbers and one method that writes into the vectors of
a solve. A measure in force for part of a year acts with that share; partial measures count from the reference flow of
the state (the year without them).

Scope: `goods` are kinds (`oxide`), `elements` pick goods that hold an element at 0.1 % or more, `hs6` is mapped to
kinds; empty means all. Limits: the market solves whole years, so a short measure is spread over its year.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from gadolin.elements import element
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.market.program import Levers, Program, State
from gadolin.market.world import World
from gadolin.stages import GOODS

__all__ = ["FIRST_YEAR", "HS_KINDS", "LAST_YEAR", "RAW", "Instrument", "day", "made_by", "makes_nothing", "no_effect"]

HS_KINDS: dict[str, tuple[str, ...]] = {
    "253090": ("ore", "concentrate"),
    "261220": ("concentrate",),
    "280530": ("metal", "alloy"),
    "284610": ("oxide",),
    "284690": ("oxide", "mixed_oxide", "mixed_carbonate"),
    "850511": ("magnet",),
}
"""Kinds of goods that a six-digit heading covers; 284610 covers cerium alone."""

FIRST_YEAR, LAST_YEAR = 1990, 2060
"""Years a measure may name: trade is known from 1995, and nothing can be said of the market a generation ahead."""

RAW = ("ore", "concentrate", "mixed_carbonate")


def day(text: str, last: bool = False) -> dt.date:
    """First (or last) day of a partial date `2027`, `2027-03` or `2027-03-15`.

    Raises:
        InputError: Not a date.

    >>> day("2027-02", last=True).isoformat()
    '2027-02-28'
    """
    parts = text.split("-")
    try:
        numbers = [int(p) for p in parts]
        if len(numbers) == 1:
            return dt.date(numbers[0], 12, 31) if last else dt.date(numbers[0], 1, 1)
        if len(numbers) == 2:
            first = dt.date(numbers[0], numbers[1], 1)
            return (
                (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1) if last else first
            )
        return dt.date(*numbers)
    except (ValueError, TypeError):
        raise InputError(Fault("is no date; write 2027, 2027-03 or 2027-03-15", value=text)) from None


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """The common part of every measure.

    Args:
        actor: Region that acts.
        targets: Regions it is aimed at; empty means all others.
        firms: Names of the firms it hits, when not the whole region.
        firm_share: Share of the actor's trade or capacity that those firms are. [share]
        goods: Kinds of goods, from `stages.GOODS`; empty means all.
        elements: Elements; empty means all.
        hs6: Six-digit headings; empty means all.
        start: First day, partial dates allowed.
        end: Last day, or None while it lasts.
        refs: Rows it was read from.
    """

    actor: str
    targets: tuple[str, ...] = ()
    firms: tuple[str, ...] = ()
    firm_share: float = 1.0
    goods: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    hs6: tuple[str, ...] = ()
    start: str = "1900"
    end: str | None = None
    refs: tuple[str, ...] = ()

    kind: ClassVar[str] = "measure"
    incoming: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for name in ("targets", "firms", "goods", "elements", "hs6", "refs"):
            value = getattr(self, name)
            object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        faults = [
            Fault(f"is no kind of good{did_you_mean(g, GOODS)}", field="goods", value=g)
            for g in self.goods
            if g not in GOODS
        ]
        faults += [
            Fault(f"is not known here (one of {', '.join(HS_KINDS)})", field="hs6", value=h)
            for h in self.hs6
            if h not in HS_KINDS
        ]
        for symbol in self.elements:
            try:
                element(symbol)
            except InputError as error:
                faults.append(Fault(str(error), field="elements"))
        if not 0 <= self.firm_share <= 1:
            faults.append(Fault("must lie in 0 to 1", field="firm_share", value=self.firm_share))
        if self.end is not None and day(self.end, last=True) < day(self.start):
            faults.append(Fault("ends before it starts", field="end", value=self.end))
        faults += self._faults()
        if faults:
            raise InputError(faults)

    def _faults(self) -> list[Fault]:
        """Faults of the kind's own fields."""
        return []

    def _share_fault(self, name: str) -> list[Fault]:
        value = getattr(self, name)
        return [] if 0 <= value <= 1 else [Fault("must lie in 0 to 1", field=name, value=value)]

    def _positive_fault(self, name: str) -> list[Fault]:
        value = getattr(self, name)
        return [] if value >= 0 else [Fault("must not be negative", field=name, value=value)]

    def share_of_year(self, year: int) -> float:
        """Share of a year in which the measure is in force. [share]

        >>> Instrument(actor="CHN", start="2027-07", end="2028-06").share_of_year(2028)
        0.5
        """
        start, end = day(self.start), day(self.end, last=True) if self.end else dt.date(9999, 12, 31)
        months = 0.0
        for month in range(1, 13):
            first, last = day(f"{year}-{month:02}"), day(f"{year}-{month:02}", last=True)
            days = (min(last, end) - max(first, start)).days + 1
            months += min(max(days, 0) / last.day, 1.0)
        return round(months / 12, 6)

    def bite(self, year: int) -> float:
        """How hard the measure is felt in a year, to find the year worth reporting. [share]"""
        return self.share_of_year(year)

    @property
    def withholds(self) -> bool:
        """Whether goods are kept from users while it is in force, so that holders expect them to stay short."""
        return False

    def withheld(self, world: World, program: Program) -> np.ndarray:
        """Goods that it keeps from users: those on its routes that carry something in the base year. [good]"""
        mask = np.zeros(len(program.goods), dtype=bool)
        mask[program.route_good_code[self.routes(world, program) & (program.start.reference_kt > 0)]] = True
        return mask

    def tightens(self, world: World, program: Program, state: State) -> bool:
        """Whether less passes than the reference flows of a state. A ban or a licence always does so."""
        return True

    def matches(self, world: World, good: str) -> bool:
        """Whether a good falls under the scope."""
        kind = good.partition(":")[0]
        if self.goods and kind not in self.goods:
            return False
        if self.hs6 and not any(kind in HS_KINDS[h] and (h != "284610" or good == "oxide:Ce") for h in self.hs6):
            return False
        return not self.elements or not world.elements_of(good).isdisjoint(self.elements)

    def routes(self, world: World, program: Program) -> np.ndarray:
        """Routes under the scope: from the actor to the targets, or into the actor when incoming. [route]"""
        ours, theirs = program.route_origin_code, program.route_destination_code
        if self.incoming:
            ours, theirs = theirs, ours
        mask = ours == program.region_index.get(self.actor, -1)
        if self.targets:
            mask &= np.isin(theirs, [program.region_index.get(r, -1) for r in self.targets])
        scope = np.array([self.matches(world, good) for good in program.goods], dtype=bool)
        return mask & scope[program.route_good_code]

    def check(self, world: World) -> None:
        """Refuse what cannot mean anything in a world.

        Raises:
            InputError: Unknown region; the measure could change nothing, and what would.
        """
        regions = world.regions
        faults = [
            Fault(world.unknown_region(r), field="region", value=r)
            for r in (self.actor, *self.targets)
            if r not in regions
        ]
        if self.actor in self.targets:
            faults.append(Fault(f"{self.actor} acts on itself; name others after to or of", field=self.kind))
        idle = "" if faults else self.idle(world)
        if idle:
            faults.append(Fault(idle, field=self.kind))
        if faults:
            raise InputError(faults)

    def idle(self, world: World) -> str:
        """Why the measure would change nothing in a world, and what would; empty when it may change something."""
        ours = [
            (r.origin if self.incoming else r.destination, r.good)
            for r in world.routes
            if (r.base_kt or 0.0) > 0 and (r.destination if self.incoming else r.origin) == self.actor
        ]
        verb, way = ("imports", "from") if self.incoming else ("exports", "to")
        theirs = sorted({other for other, good in ours if self.matches(world, good)})
        if not theirs:
            why = f"{self.actor} {verb} no {self.scope()} in {world.year}"
            return no_effect(why, f"it {verb}", (good for _, good in ours))
        if self.targets and not set(theirs) & set(self.targets):
            aimed = ", ".join(self.targets)
            return no_effect(
                f"{self.actor} {verb} no {self.scope()} {way} {aimed} in {world.year}", f"it does {way}", theirs
            )
        return ""

    def scope(self) -> str:
        """Goods, elements and headings in words."""
        return " ".join([",".join(part) for part in (self.goods, self.elements, self.hs6) if part]) or "good"

    def apply(
        self, world: World, program: Program, levers: Levers, active: float, state: State, prices: np.ndarray | None
    ) -> bool:
        """Write the measure into a solve; True when it depends on prices and must be iterated."""
        raise NotImplementedError

    def _cap(self, world: World, program: Program, levers: Levers, state: State, allowed_share: float) -> None:
        """Cap flows at a share of their reference; a share of 1 leaves them alone."""
        if allowed_share >= 1:
            return
        mask = self.routes(world, program)
        columns = program.of_route.start + np.flatnonzero(mask)
        ceiling = np.maximum(allowed_share, 0.0) * state.reference_kt[mask]
        levers.upper[columns] = np.minimum(levers.upper[columns], ceiling)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON with the kind."""
        own = {n: getattr(self, n) for n in self.__dataclass_fields__}
        return {"kind": self.kind} | {n: list(v) if isinstance(v, tuple) else v for n, v in own.items()}

    def __str__(self) -> str:
        what = [",".join(group) for group in (self.goods, self.elements, self.hs6) if group]
        parts = [self.kind, self.actor, *what, *self._words()]
        if self.targets:
            parts += ["of" if self.incoming else "to", ",".join(self.targets)]
        if self.start != "1900":
            parts += ["from", self.start]
        if self.end is not None:
            parts += ["until", self.end]
        return " ".join(parts)

    def _words(self) -> list[str]:
        """The kind's own numbers, as the short text form writes them."""
        return []


def no_effect(why: str, has: str, what: Iterable[str]) -> str:
    """A sentence that a measure changes nothing, and what there is instead.

    >>> no_effect("JPN exports no ore", "it exports", ["oxide:Dy"])
    'JPN exports no ore, so the measure changes nothing; it exports oxide:Dy'
    """
    found = sorted(set(what))
    listed = f"{', '.join(found[:8])}{' ...' if len(found) > 8 else ''}" if found else "nothing"
    return f"{why}, so the measure changes nothing; {has} {listed}"


def made_by(world: World, region: str, stage: str = "") -> list[tuple[str, str]]:
    """Stage and good of everything that a region makes in the base year.

    Args:
        world: The market.
        region: Region.
        stage: Only this stage; all when empty.
    """
    return [
        (p.stage, good)
        for p in world.processes
        if p.region == region and stage in ("", p.stage) and (p.base_kt or 0.0) > 0
        for good in p.makes
    ]


def makes_nothing(measure: Instrument, world: World, stage: str = "") -> str:
    """Why a measure on what its actor makes would change nothing; empty when it makes some of the scope.

    Args:
        measure: Measure.
        world: The market.
        stage: Stage that the measure names; all when empty.
    """
    made = made_by(world, measure.actor)
    if any(s == stage or not stage for s, g in made if measure.matches(world, g)):
        return ""
    what = f"{measure.scope()} at stage {stage}" if stage else measure.scope()
    has = sorted({f"{g.partition(':')[0]} ({s})" for s, g in made})
    return no_effect(f"{measure.actor} makes no {what} in {world.year}", "it makes", has)
