"""Order of the cuts that turn an ore into wanted products, by dynamic programming over contiguous groups.

Sharp cuts on ordered elements form binary trees over contiguous groups; cost adds up over cascades, so
best(group) = min over cuts of cost(cut) + best(light) + best(heavy) is exact. Cost of a cut is its organic load per
mole of the plant's feed: over_minimum times the least load (Underwood), with the extractant that needs least. Acid,
base and salt go with the sum of loads, mixer volume with load times stages.
An extractant that orders the elements otherwise (naphthenic acid, in which Y is the least extracted) takes out a whole
product at the end of its own order; what is left goes on in the order of the first extractant.
Also: the bound of a fully linked plant (the dearest single cut of the whole feed) and named sequences to compare with.
Limits: sharp cuts, stages without cost; Ce removed by oxidation and Eu by reduction are no cuts here.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gadolin.errors import Fault, InputError
from gadolin.separation.chemistry import End, System
from gadolin.separation.design import OVER_MINIMUM
from gadolin.separation.loads import Draws, ladders, least_loads, percentiles
from gadolin.separation.plan import PLANT_ORDER, Groups, Plan, Step, groups_of, name_of
from gadolin.separation.shapes import Feed

_HEAVY_END = ("Y", "Ho|Y", "Y|Er", "Ho|Er", "Er|Tm", "Tm|Yb", "Yb|Lu")
PRACTICE: Mapping[str, tuple[str, ...]] = {
    "ion-adsorption clay": (
        "Nd|Sm", "Dy|Ho", "Gd|Tb", "Pr|Nd", "Ce|Pr", "La|Ce", "Eu|Gd", "Sm|Eu", "Tb|Dy", *_HEAVY_END,
    ),
    "bastnaesite/monazite": (
        "Nd|Sm", "Ce|Pr", "La|Ce", "Pr|Nd", "Gd|Tb", "Eu|Gd", "Sm|Eu", "Tb|Dy", "Dy|Ho", *_HEAVY_END,
    ),
}  # fmt: skip
"""Priority of cuts in named sequences of practice, from memory of the literature; the first that applies is made. A
single element is taken out by an extractant that re-orders it (Y by naphthenic acid), where one is given."""

RANGE_DRAWS, RANGE_SEED = 200, 1


def sequence(
    feed: Feed,
    systems: Sequence[System],
    products: Sequence[str],
    over_minimum: float = OVER_MINIMUM,
    practice: str | None = None,
) -> Plan:
    """The sequence of least load, or one of practice.

    Args:
        feed: What the plant takes.
        systems: Extractants to choose from per cut; the first sets the order of extraction.
        products: Wanted products.
        over_minimum: Load of each cascade over its least, > 1. [ratio]
        practice: Name in `PRACTICE`; None for the best.

    Returns:
        Cuts from the ore on; load with its 5 and 95 % points over draws of the factors.

    Raises:
        InputError: Unknown practice or product, an element without a factor, nothing to cut, an extractant that can
            make none of the cuts.

    >>> feed = Feed.of_moles({"La": 0.5, "Pr": 0.1, "Nd": 0.3, "Sm": 0.1})
    >>> made = sequence(feed, [System.of_alpha({"La": 1, "Pr": 8, "Nd": 12, "Sm": 80})], ["NdPr"])
    >>> [s.cut for s in made.steps]
    ['Nd|Sm', 'La|Pr']
    """
    faults = []
    if practice is not None and practice not in PRACTICE:
        faults.append(Fault(f"must be one of {', '.join(PRACTICE)}", field="practice", value=practice))
    if not over_minimum > 1:
        faults.append(Fault("must be greater than 1: at the least load stages are infinite", field="over_minimum",
                            value=over_minimum))  # fmt: skip
    if not systems:
        faults.append(Fault("needs at least one extractant", field="systems"))
    if faults:
        raise InputError(faults)
    order = systems[0].order(feed.symbols)
    groups, wanted = groups_of(order, products)
    if len(groups) < 2:
        raise InputError(Fault("leave nothing to cut: name a part of the feed", field="products", value=list(products)))
    search = _Search(feed, tuple(systems), tuple(order), wanted, over_minimum, practice)
    steps = search.solve(groups)
    made = tuple(sorted(_leaves(groups, steps), key=lambda g: order.index(g[0])))
    bound = search.bound(groups)
    (load_low, load_high), (linked_low, linked_high), notes = _ranges(
        feed, steps, systems[0], groups, over_minimum, bound
    )
    return Plan(
        practice or "of least load", feed, made, wanted, steps, systems[0], bound, over_minimum, load_low, load_high,
        linked_low, linked_high, (*search.notes(groups), *notes),
    )  # fmt: skip


def _leaves(groups: Groups, steps: tuple[Step, ...]) -> Iterator[tuple[str, ...]]:
    """Products that no step parts further."""
    if not steps:
        yield from groups
    for step in steps:
        for side in (step.light_products, step.heavy_products):
            if len(side) == 1:
                yield side[0]


@dataclass(frozen=True)
class _Option:
    """A cut that could be made of a group of products."""

    light: Groups
    heavy: Groups
    system: System
    load: float


class _Scale:
    """Factors of a system at its chosen end, and the orders it gives over the range of its factors."""

    def __init__(self, system: System) -> None:
        ends: tuple[End, ...] = (system.choose, "low", "mid", "high")
        logs = [np.log([f.at(end) for end in ends]) for f in system.factors]
        self.ladders = ladders(system, logs)

    def _rows(self, elements: Sequence[str]) -> np.ndarray | None:
        """Ln alpha, the chosen end first. [end, element]"""
        for ladder in self.ladders:
            if all(s in ladder for s in elements):
                return np.array([ladder[s] for s in elements]).T
        return None

    def order(self, elements: tuple[str, ...]) -> tuple[str, ...] | None:
        """Least extracted first; None where an element has no factor or the ends of the ranges disagree."""
        rows = self._rows(elements)
        if rows is None:
            return None
        places = np.argsort(rows, axis=1, kind="stable")
        return tuple(elements[i] for i in places[0]) if (places == places[0]).all() else None

    def alpha(self, elements: Sequence[str]) -> np.ndarray:
        """Factors at the chosen end. [element]"""
        rows = self._rows(elements)
        assert rows is not None
        return np.exp(rows[0] - rows[0].min())


class _Search:
    """Best tree for groups of products; states are tuples of products."""

    def __init__(self, feed: Feed, systems: tuple[System, ...], order: tuple[str, ...],
                 wanted: frozenset[tuple[str, ...]], over: float, practice: str | None) -> None:  # fmt: skip
        self.systems, self.order, self.wanted, self.over, self.practice = systems, order, wanted, over, practice
        shares = feed.mol_share
        self.mol = np.array([shares[s] for s in order])
        self.place = {s: i for i, s in enumerate(order)}
        self.scales = [_Scale(system) for system in systems]
        self.best = functools.cache(self._best)
        self.options: dict[Groups, list[_Option]] = {}

    def solve(self, groups: Groups) -> tuple[Step, ...]:
        """Every state that cuts can lead to, all loads at once, then the best tree."""
        cases: list[tuple[Groups, Groups, Groups, int]] = []
        waiting, seen = [groups], {groups}
        while waiting:
            state = waiting.pop()
            self.options[state] = []
            for light, heavy, which in self._cuts(state):
                cases.append((state, light, heavy, which))
                new = {light, heavy} - seen
                seen |= new
                waiting += new
        for (state, light, heavy, which), load in zip(cases, self._loads(cases), strict=True):
            self.options[state].append(_Option(light, heavy, self.systems[which], float(load)))
        return self.walk(groups)

    def _cuts(self, state: Groups) -> Iterator[tuple[Groups, Groups, int]]:
        """Every cut of a state: between neighbours in the plant's order, or a product out of another order."""
        if len(state) == 1:
            return
        elements = tuple(s for group in state for s in group)
        for which, scale in enumerate(self.scales):
            found = scale.order(elements)
            if found is None:
                continue
            if found == elements:
                for k in range(1, len(state)):
                    yield state[:k], state[k:], which
                continue
            for group in state:
                rest = self._joined(tuple(g for g in state if g != group))
                if set(found[: len(group)]) == set(group):
                    yield (group,), rest, which
                elif set(found[-len(group) :]) == set(group):
                    yield rest, (group,), which

    def _joined(self, state: Groups) -> Groups:
        """Neighbours that nobody asked for, put together once what stood between them is gone."""
        runs = itertools.groupby(state, lambda g: g in self.wanted)
        return tuple(g for asked, run in runs for g in (run if asked else (tuple(s for g in run for s in g),)))

    def _loads(self, cases: list[tuple[Groups, Groups, Groups, int]]) -> np.ndarray:
        mol, alpha = np.zeros((len(cases), len(self.order))), np.ones((len(cases), len(self.order)))
        heavy = np.zeros(mol.shape, dtype=bool)

        @functools.cache
        def filled(state: Groups, which: int) -> tuple[list[int], np.ndarray]:
            elements = [s for g in state for s in g]
            return [self.place[s] for s in elements], self.scales[which].alpha(elements)

        for i, (state, _, above, which) in enumerate(cases):
            at, factors = filled(state, which)
            mol[i, at], alpha[i, at] = self.mol[at], factors
            heavy[i, [self.place[s] for g in above for s in g]] = True
        return self.over * least_loads(alpha, mol, heavy)

    def _best(self, state: Groups) -> tuple[float, _Option | None]:
        if len(state) == 1:
            return 0.0, None
        options = self.options[state]
        if not options:
            raise self._no_cut(state)
        if self.practice is not None:
            options = [self._by_practice(state, options)]
        return min(
            ((o.load + self.best(o.light)[0] + self.best(o.heavy)[0], o) for o in options), key=lambda found: found[0]
        )

    def _no_cut(self, state: Groups) -> InputError:
        elements = [s for g in state for s in g]
        lacks = {x.extractant: sorted(set(elements) - set(x.symbols), key=PLANT_ORDER.index) for x in self.systems}
        said = "; ".join(
            f"{name} " + (f"has no factor for {', '.join(none)}" if none else "has no one order of them over its range")
            for name, none in lacks.items()
        )
        return InputError(
            Fault(f"no extractant can part {name_of(elements)}: {said}. Give another extractant, leave the element out "
                  "or give a factor", field="systems")
        )  # fmt: skip

    def _by_practice(self, state: Groups, options: list[_Option]) -> _Option:
        """The first cut in the list of the practice that can be made, with the extractant that needs less."""
        for entry in PRACTICE[self.practice or ""]:
            if "|" in entry:
                light, heavy = (PLANT_ORDER.index(s) for s in entry.split("|"))
                fits = [o for o in options if not self._takes_out(o) and self._at_boundary(o, light, heavy)]
            else:
                fits = [o for o in options if self._takes_out(o) and ((entry,) in (*o.light, *o.heavy))]
            if fits:
                return min(fits, key=lambda o: o.load)
        names = " | ".join(name_of(g) for g in state)
        raise InputError(Fault(f"names no cut of {names}; leave it out for the sequence of least load",
                               field="practice", value=self.practice))  # fmt: skip

    def _takes_out(self, option: _Option) -> bool:
        elements = tuple(s for g in (*option.light, *option.heavy) for s in g)
        plant = tuple(sorted(elements, key=self.place.__getitem__))
        return self.scales[self.systems.index(option.system)].order(elements) != plant

    def _at_boundary(self, option: _Option, light: int, heavy: int) -> bool:
        """Whether an option cuts where a practice does, also when one of the two neighbours is not in the feed."""
        below, above = option.light[-1][-1], option.heavy[0][0]
        return PLANT_ORDER.index(below) <= light and heavy <= PLANT_ORDER.index(above)

    def walk(self, state: Groups) -> tuple[Step, ...]:
        """Steps from a state on, each before what follows from it."""
        option = self.best(state)[1]
        if option is None:
            return ()
        elements = [s for g in (*option.light, *option.heavy) for s in g]
        found = option.system.order(elements)
        light = tuple(found[: sum(len(g) for g in option.light)])
        pair = f"{light[-1]}|{found[len(light)]}"
        flow = float(sum(self.mol[self.place[s]] for s in elements))
        step = Step(
            tuple(found), light, pair, option.system, flow, option.load, option.light, option.heavy,
            self._takes_out(option),
        )  # fmt: skip
        return (step, *self.walk(option.light), *self.walk(option.heavy))

    def bound(self, groups: Groups) -> float:
        """The dearest cut that has to be made, if the whole feed went through it once and with the best extractant."""
        kept = [o for o in self.options[groups] if not self._takes_out(o)]
        if not kept:
            raise self._no_cut(groups)
        by_cut: dict[int, float] = {}
        for o in kept:
            by_cut[len(o.light)] = min(by_cut.get(len(o.light), np.inf), o.load)
        return max(by_cut.values()) / self.over

    def notes(self, groups: Groups) -> tuple[str, ...]:
        """Extractants that could not be used for the whole feed, and why."""
        elements, said = tuple(s for g in groups for s in g), []
        for system, scale in zip(self.systems[1:], self.scales[1:], strict=True):
            missing = sorted(set(elements) - set(system.symbols), key=PLANT_ORDER.index)
            found = scale.order(elements)
            if missing:
                said.append(f"{system.extractant} has no factor for {', '.join(missing)}: only for cuts without them")
            elif found is None:
                said.append(f"{system.extractant} has no one order of all elements: only for cuts where it has one")
            elif found != elements:
                said.append(f"{system.extractant} orders the elements otherwise: it can take out whole products only")
        return tuple(said)


Ends = tuple[float | None, float | None]


def _ranges(
    feed: Feed, steps: tuple[Step, ...], system: System, groups: Groups, over: float, bound: float
) -> tuple[Ends, Ends, tuple[str, ...]]:
    """5 and 95 % points of the sum of loads and of the linked bound, widened to the values; draws without answer."""
    systems = list(dict.fromkeys((*(s.system for s in steps), system)))
    if not any(f.beta.low is not None or f.beta.high is not None for s in systems for f in s.factors):
        return (None, None), (None, None), ()
    draws = Draws(systems, RANGE_DRAWS, RANGE_SEED)
    sums = step_loads(feed, steps, draws, over).sum(axis=0)
    now = sum(s.load_mol_per_mol for s in steps)
    low, high = percentiles(sums)
    lost = int(np.isnan(sums).sum())
    note = f"in {lost} of {RANGE_DRAWS} draws of the factors a cut is impossible; they are not in the range"
    linked: Ends = (None, None)
    order = [s for g in groups for s in g]
    if set(order) <= set(system.symbols):
        alpha, mol = draws.alpha(system, order), np.array([feed.mol_share[s] for s in order])
        ends = np.cumsum([len(g) for g in groups])[:-1]
        each = [
            least_loads(alpha, np.tile(mol, (draws.count, 1)), np.tile(np.arange(len(order)) >= at, (draws.count, 1)))
            for at in ends
        ]
        least, most = percentiles(np.max(each, axis=0))
        linked = (min(least, bound), max(most, bound))
    return (min(low, now), max(high, now)), linked, (note,) if lost else ()


def step_loads(feed: Feed, steps: Sequence[Step], draws: Draws, over: float) -> np.ndarray:
    """Load of every step in every draw of the factors, per mole of the plant's feed. [step, draw]

    Args:
        feed: What the plant takes.
        steps: Cuts.
        draws: Draws of the factors of all systems of the steps.
        over: Load over the least. [ratio]
    """
    shares, found = feed.mol_share, []
    for step in steps:
        mol = np.array([shares[s] for s in step.group])
        heavy = np.arange(len(mol)) >= len(step.light)
        alpha = draws.alpha(step.system, step.group)
        found.append(over * least_loads(alpha, np.tile(mol, (draws.count, 1)), np.tile(heavy, (draws.count, 1))))
    return np.array(found)
