"""Tonnes of each element from ore to product, year by year; what enters leaves as product, raw good or residue.

Mines feed the separation plants of the country first, in the order of the strategy; what is left may leave raw, unless
a moratorium or a quota holds it, and then the mine digs less: ore that may not be sold stays in the ground.
A metal or magnet plant takes what the country makes and buys the rest. All in tonnes of element per year.
Limits: separation plants take no foreign carbonate; stocks in process and their build-up are not followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gadolin.elements import ELEMENTS, oxide_factor

__all__ = ["Flows", "Step", "flow"]

Array = NDArray[np.float64]
FACTORS = np.array([oxide_factor(e) for e in ELEMENTS])
"""Tonnes of oxide per tonne of element."""

_ND, _PR = ELEMENTS.index("Nd"), ELEMENTS.index("Pr")


@dataclass(frozen=True)
class Step:
    """One plant as material sees it.

    Args:
        id: Id of the plant.
        stage: mine, separation, metal or magnet.
        size: Most it takes in (a mine: makes) by year. [t REO per year for mine and separation, t element for others]
        recovery_share: Share of each element that leaves in the product. `[element]`
        ore_share: REO mass share of a mine's product by element. `[element]`
        raw_limit_t_reo: Most that may leave raw by year; infinite when free. `[year]`
    """

    id: str
    stage: str
    size: Array
    recovery_share: Array = field(default_factory=lambda: np.ones(len(ELEMENTS)))
    ore_share: Array = field(default_factory=lambda: np.zeros(len(ELEMENTS)))
    raw_limit_t_reo: Array = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True)
class Flows:
    """Element tonnes by year. `[year, element]` everywhere.

    Args:
        mined: What the mines make.
        raw: What leaves as carbonate.
        bought: What metal and magnet plants buy abroad.
        oxide: Oxide sold outside the country's own plants.
        metal: Metal sold likewise.
        magnet: In magnets.
        residue: What is lost on the way.
        intake: What each plant takes in (a mine: makes), by id.
        home: What each plant gets from plants of the country (a mine: gives to them), by id.
        made: What each plant makes, by id.
        source: Share of what each plant takes that comes from each plant of the country. `[year]` by (from, to)
    """

    mined: Array
    raw: Array
    bought: Array
    oxide: Array
    metal: Array
    magnet: Array
    residue: Array
    intake: Mapping[str, Array]
    home: Mapping[str, Array]
    made: Mapping[str, Array]
    source: Mapping[tuple[str, str], Array]

    def entering(self) -> Array:
        """What enters: mined and bought."""
        return self.mined + self.bought

    def leaving(self) -> Array:
        """What leaves: raw, sold at each stage, residue."""
        return self.raw + self.oxide + self.metal + self.magnet + self.residue


def flow(steps: tuple[Step, ...], years: int) -> Flows:
    """Follow the elements through the plants of a country.

    Args:
        steps: Plants in the order in which they are served.
        years: Number of years.

    >>> ore = np.full(15, 1 / 15)
    >>> mine = Step("m", "mine", np.array([100.0]), ore_share=ore, raw_limit_t_reo=np.array([np.inf]))
    >>> found = flow((mine,), 1)
    >>> bool(np.allclose(found.entering(), found.leaving()))
    True
    """
    zero = np.zeros((years, len(ELEMENTS)))
    intake: dict[str, Array] = {}
    home: dict[str, Array] = {}
    made: dict[str, Array] = {}
    source: dict[tuple[str, str], Array] = {}
    mines = [s for s in steps if s.stage == "mine"]
    plants = [s for s in steps if s.stage == "separation"]
    left = {m.id: m.size.copy() for m in mines}
    mined, raw, oxide, residue = zero.copy(), zero.copy(), zero.copy(), zero.copy()
    for plant in plants:
        taken = zero.copy()
        room = plant.size.copy()
        for mine in mines:
            given = np.minimum(room, left[mine.id])
            room, left[mine.id] = room - given, left[mine.id] - given
            source[mine.id, plant.id] = given
            taken = taken + _elements(given, mine)
        total = plant.size - room
        for mine in mines:
            source[mine.id, plant.id] = _share(source[mine.id, plant.id], total)
        intake[plant.id] = home[plant.id] = taken
        made[plant.id] = taken * plant.recovery_share
        residue += taken - made[plant.id]
        oxide += made[plant.id]
    for mine in mines:
        given = mine.size - left[mine.id]
        away = np.minimum(left[mine.id], mine.raw_limit_t_reo)
        home[mine.id] = _elements(given, mine)
        intake[mine.id] = made[mine.id] = _elements(given + away, mine)
        raw += _elements(away, mine)
        mined += made[mine.id]
    bought, metal, magnet = zero.copy(), zero.copy(), zero.copy()
    oxide_by = {p.id: made[p.id].copy() for p in plants}
    for plant in (s for s in steps if s.stage == "metal"):
        taken, abroad = _draw(plant, oxide_by, source)
        oxide -= taken
        _record(plant, taken, abroad, intake, home, made)
        bought += abroad
        residue += intake[plant.id] - made[plant.id]
        metal += made[plant.id]
    metal_by = {s.id: made[s.id].copy() for s in steps if s.stage == "metal"}
    for plant in (s for s in steps if s.stage == "magnet"):
        taken, abroad = _draw(plant, metal_by, source)
        metal -= taken
        _record(plant, taken, abroad, intake, home, made)
        bought += abroad
        residue += intake[plant.id] - made[plant.id]
        magnet += made[plant.id]
    return Flows(mined, raw, bought, oxide, metal, magnet, residue, intake, home, made, source)


def _elements(t_reo: Array, mine: Step) -> Array:
    """Tonnes of REO of a mine as tonnes of element. `[year, element]`"""
    return t_reo[:, None] * (mine.ore_share / FACTORS)[None, :]


def _share(part: Array, total: Array) -> Array:
    return np.divide(part, total, out=np.zeros_like(part), where=total > 0)


def _draw(plant: Step, makers: dict[str, Array], source: dict[tuple[str, str], Array]) -> tuple[Array, Array]:
    """Nd and Pr a plant takes from makers in turn, each in the maker's ratio, and what it buys in the traded ratio."""
    years = len(plant.size)
    taken = np.zeros((years, len(ELEMENTS)))
    room = plant.size.copy()
    for name, stock in makers.items():
        there = stock[:, _ND] + stock[:, _PR]
        used = np.minimum(room, there)
        part = _share(used, there)[:, None] * stock[:, [_ND, _PR]]
        stock[:, [_ND, _PR]] -= part
        taken[:, [_ND, _PR]] += part
        room = room - used
        source[name, plant.id] = _share(used, plant.size)
    abroad = np.zeros_like(taken)
    weights = np.array([0.75 / FACTORS[_ND], 0.25 / FACTORS[_PR]])
    abroad[:, [_ND, _PR]] = room[:, None] * (weights / weights.sum())
    return taken, abroad


def _record(
    plant: Step,
    taken: Array,
    abroad: Array,
    intake: dict[str, Array],
    home: dict[str, Array],
    made: dict[str, Array],
) -> None:
    intake[plant.id], home[plant.id] = taken + abroad, taken
    made[plant.id] = intake[plant.id] * plant.recovery_share
