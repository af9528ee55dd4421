"""The cascades of a sequence, each designed for what the cuts before it really leave, foreign traces included.

Purity and recovery are asked of the wanted products; each cut gets its part of what they allow to go astray: half of a
product's impurity and of its loss where two cuts bound it. So the amounts of every element close over the whole plant.
An extractant of another order (Y by naphthenic acid) would have to part traces left by earlier cuts as if they were
keys; such traces, and any below 1e-9 of a feed, ride along on the profile of the others, solved element by element.
Limits: those of L1; feeds between cuts are aqueous, brought to the concentration of the operation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.linalg import solve_banded

from gadolin.elements import element
from gadolin.errors import Fault, InputError, NotConverged
from gadolin.separation.cascade import CLOSURE_LIMIT, Steady
from gadolin.separation.chemistry import System
from gadolin.separation.design import Design, design
from gadolin.separation.entrainment import NONE, Entrainment
from gadolin.separation.loads import ladders
from gadolin.separation.plan import Plan, Step, name_of
from gadolin.separation.shapes import Feed, Spec

PURITY_SHARE, RECOVERY_SHARE = 0.995, 0.99
"""Defaults for wanted products: oxide mass, and own element over what enters extraction. Choices."""

SPARES = (0.999, 0.98, 0.95, 0.9, 0.8, 0.6)
"""Of what may go astray, what cuts are designed for; further products take the rest; the first that does."""

RIDES_BELOW = 1e-9
"""A foreign element below this share of a feed moves no other; it is solved on their profile. [mol/mol]"""


@dataclass(frozen=True)
class Cascade:
    """A cut of a plant as designed.

    Args:
        step: Its place in the sequence.
        design: L1 design for what enters, per mole of that feed.
        fed: What enters, by element. [mol per mol of the plant's feed]
        raffinate: What leaves with the raffinate. [mol per mol of the plant's feed]
        organic: What leaves with the organic.
    """

    step: Step
    design: Design
    fed: Mapping[str, float]
    raffinate: Mapping[str, float]
    organic: Mapping[str, float]

    @property
    def flow_mol_per_mol(self) -> float:
        """What enters, over the plant's feed."""
        return sum(self.fed.values())

    def profile(self) -> pd.DataFrame:
        """Stage profile with the cut's name in front."""
        frame = self.design.table().reset_index()
        frame.insert(0, "cut", self.step.cut)
        frame.insert(1, "extractant", self.step.system.extractant)
        return frame


@dataclass(frozen=True)
class Train:
    """All cascades of a sequence.

    Args:
        plan: The sequence.
        cascades: In its order.
        purity_share: Asked of each wanted product, oxide mass.
        recovery_share: Asked of each wanted product.
    """

    plan: Plan
    cascades: tuple[Cascade, ...]
    purity_share: Mapping[tuple[str, ...], float]
    recovery_share: float

    def products(self) -> dict[tuple[str, ...], Mapping[str, float]]:
        """What each product holds. [mol per mol of the plant's feed]"""
        found: dict[tuple[str, ...], Mapping[str, float]] = {}
        for one in self.cascades:
            for side, amounts in ((one.step.light_products, one.raffinate), (one.step.heavy_products, one.organic)):
                if len(side) == 1:
                    found[side[0]] = amounts
        return {p: found[p] for p in self.plan.products}

    @property
    def met(self) -> bool:
        """Whether every wanted product is as pure and as complete as asked."""
        asked = {name_of(p): share for p, share in self.purity_share.items()}
        return all(
            row["purity_share"] >= asked[row["product"]] - 1e-9 and row["recovery_share"] >= self.recovery_share - 1e-9
            for row in self.table().to_dict("records")
            if row["wanted"]
        )

    def table(self) -> pd.DataFrame:
        """Purity (oxide mass) and recovery of each product."""
        shares, rows = self.plan.feed.mol_share, []
        for product, amounts in self.products().items():
            mass = {s: v * element(s).oxide_molar_mass_g_per_mol for s, v in amounts.items()}
            rows.append(
                {
                    "product": name_of(product),
                    "wanted": product in self.plan.wanted,
                    "purity_share": sum(mass[s] for s in product if s in mass) / sum(mass.values()),
                    "recovery_share": sum(amounts.get(s, 0.0) for s in product) / sum(shares[s] for s in product),
                    "largest_impurity": max((s for s in mass if s not in product), key=lambda s: mass[s], default=""),
                }
            )
        return pd.DataFrame(rows)


def train_of(
    plan: Plan,
    purity_share: float | Mapping[str, float] = PURITY_SHARE,
    recovery_share: float = RECOVERY_SHARE,
    entrainment: Entrainment = NONE,
) -> Train:
    """Design every cascade of a sequence.

    Args:
        plan: From `sequence()`.
        purity_share: Of every wanted product, oxide mass; or by product name, the rest at the default. [share]
        recovery_share: Of every wanted product over what enters extraction. [share]
        entrainment: What settlers let pass.

    Raises:
        InputError: A share outside 0 to 1, an unknown product, a cut that cannot reach it with 600 stages.
        NotConverged: A cascade without solution within the limits of residual and closure.
    """
    purities = _purities(plan, purity_share)
    if not 0.5 < recovery_share < 1:
        raise InputError(
            Fault("must lie between 0.5 and 1, both excluded", field="recovery_share", value=recovery_share)
        )
    for spare in SPARES:
        budget = _Budget(plan, purities, recovery_share, spare, entrainment)
        waiting: dict[frozenset[str], Mapping[str, float]] = {frozenset(plan.steps[0].group): plan.feed.mol_share}
        made = []
        for step in plan.steps:
            one = _cascade(plan, step, waiting.pop(frozenset(step.group)), budget)
            made.append(one)
            waiting[frozenset(step.light)], waiting[frozenset(step.heavy)] = one.raffinate, one.organic
        train = Train(plan, tuple(made), purities, recovery_share)
        if train.met:
            return train
    raise InputError(
        Fault("is not met: traces of products further away pass the cuts; ask for less or for another sequence",
              field="purity_share", value=dict(zip(map(name_of, purities), purities.values(), strict=True)))
    )  # fmt: skip


def _purities(plan: Plan, asked: float | Mapping[str, float]) -> dict[tuple[str, ...], float]:
    names = {name_of(p): p for p in plan.products if p in plan.wanted}
    given = asked if isinstance(asked, Mapping) else dict.fromkeys(names, asked)
    faults = [Fault(f"is no wanted product ({', '.join(names)})", field="purity_share", value=n) for n in given
              if n not in names]  # fmt: skip
    faults += [
        Fault("must lie between 0.5 and 1, both excluded", field=f"purity_share.{n}", value=v)
        for n, v in given.items()
        if not 0.5 < v < 1
    ]
    if faults:
        raise InputError(faults)
    return {p: given.get(n, PURITY_SHARE) for n, p in names.items()}


class _Budget:
    """How much of each side a cut may let go astray. Oxide mass per mole of the plant's feed."""

    def __init__(
        self,
        plan: Plan,
        purities: Mapping[tuple[str, ...], float],
        recovery: float,
        spare: float,
        entrainment: Entrainment,
    ) -> None:
        self.purities, self.recovery, self.spare, self.entrainment = purities, recovery, spare, entrainment
        shares = plan.feed.mol_share
        self.mass = {p: sum(shares[s] * element(s).oxide_molar_mass_g_per_mol for s in p) for p in plan.products}
        self.order = [s for p in plan.products for s in p]
        self.products = plan.products
        taking = [p for step in plan.steps for side in (0, 1) for p in self.takes(step, side)]
        losing = [p for step in plan.steps for side in (0, 1) for p in self.loses(step, side)]
        self.takings = {p: taking.count(p) for p in plan.products}
        self.losings = {p: losing.count(p) for p in plan.products}

    def loses(self, step: Step, side: int) -> tuple[tuple[str, ...], ...]:
        """Products on one side (0 light, 1 heavy) that a cut takes something from."""
        own = step.heavy_products if side else step.light_products
        if step.reorders:
            return own
        return (own[0] if side else own[-1],)

    def takes(self, step: Step, side: int) -> tuple[tuple[str, ...], ...]:
        """Products on one side that hold what a cut lets stray: neighbours in the plant's order."""
        own, other = (step.light_products, step.heavy_products)[:: -1 if side else 1]
        if not step.reorders or len(own) == 1:
            return (own[0] if side else own[-1],)
        at = self.products.index(other[0])
        near = {self.products[max(at - 1, 0)], self.products[min(at + 1, len(self.products) - 1)]}
        return tuple(p for p in own if p in near or _around(self.order, p, other[0]))

    def stray(self, step: Step) -> tuple[float, float]:
        """Heavy allowed in the raffinate, light allowed in the organic."""

        def allowed(side: int) -> float:
            most = []
            for p in self.takes(step, side):
                if p in self.purities:
                    foreign = (1 - self.purities[p]) / self.purities[p] * self.recovery * self.mass[p]
                    most.append(foreign / self.takings[p])
            for p in self.loses(step, 1 - side):
                if p in self.purities:
                    most.append((1 - self.recovery) * self.mass[p] / self.losings[p])
            return self.spare * min(most)

        return allowed(0), allowed(1)


def _around(order: list[str], product: tuple[str, ...], hole: tuple[str, ...]) -> bool:
    """Whether a product without the hole's elements reaches to both sides of it."""
    places, hole_at = [order.index(s) for s in product], order.index(hole[0])
    return min(places) < hole_at < max(places)


def _cascade(plan: Plan, step: Step, fed: Mapping[str, float], budget: _Budget) -> Cascade:
    least, known = RIDES_BELOW * sum(fed.values()), linked(step)
    riders = [s for s, v in fed.items() if s not in step.group and (step.reorders or v < least or s not in known)]
    keys = {s: v for s, v in fed.items() if s not in riders}
    total = sum(keys.values())
    masses = {s: v * element(s).oxide_molar_mass_g_per_mol for s, v in keys.items()}
    feed = Feed(
        masses, name=f"{name_of(step.group)} of {plan.feed.name}", basis=plan.feed.basis, refs=plan.feed.refs
    )  # fmt: skip
    order = step.system.order(feed.symbols)
    light = order[: order.index(step.heavy[0])]
    below = sum(masses[s] for s in light)
    above = sum(masses.values()) - below
    in_light, in_heavy = budget.stray(step)
    light_spec = Spec(1 - in_light / (below - in_heavy + in_light))
    heavy_spec = Spec(1 - in_heavy / (above - in_light + in_heavy))
    cut = f"{light[-1]}|{order[len(light)]}"
    try:
        one = design(
            feed, _without_ranges(step.system), cut, light_spec, heavy_spec, plan.over_minimum_ratio, budget.entrainment
        )
    except InputError as error:
        raise InputError(f"cut {step.cut} by {step.system.extractant}: {error}") from None
    state = one.sized.steady
    raffinate = dict(zip(one.order, (total * state.raffinate).tolist(), strict=True))
    organic = dict(zip(one.order, (total * state.heavy_product).tolist(), strict=True))
    for s in riders:
        low, high = _rider(plan, step, one, s)
        raffinate[s], organic[s] = low * fed[s], high * fed[s]
    return Cascade(step, one, dict(fed), raffinate, organic)


def _without_ranges(system: System) -> System:
    """The factors as chosen: the range of a plant comes from draws, not from a design at each end."""
    kept = tuple(
        replace(f, beta=replace(f.beta, value=f.at(system.choose), low=None, high=None)) for f in system.factors
    )
    return replace(system, factors=kept)


def linked(step: Step) -> frozenset[str]:
    """Elements that factors of the step's extractant link to its own."""
    unity = [np.zeros(1) for _ in step.system.factors]
    return frozenset(next(ladder for ladder in ladders(step.system, unity) if step.group[0] in ladder))


def _strength(plan: Plan, step: Step, one: Design, symbol: str) -> float:
    """Factor of a trace against the least extracted element of a cut.

    Where the extractant has none for it, its place beside the nearest element that it has, as in the plant's order.
    """
    if symbol in linked(step):
        alpha = step.system.alpha((one.order[0], symbol))
        return float(alpha[1] / alpha[0])
    order = [s for p in plan.products for s in p]
    near = min(one.order, key=lambda s: abs(order.index(s) - order.index(symbol)))
    here, there = step.system.alpha((one.order[0], near)), plan.orders_by.alpha((near, symbol))
    return float(here[1] / here[0] * there[1] / there[0])


def _rider(plan: Plan, step: Step, one: Design, symbol: str) -> tuple[float, float]:
    """Shares of a trace that leave with raffinate and organic, on the profile of the others.

    Raises:
        NotConverged: The two do not add up to 1 within the limit of closure.
    """
    state: Steady = one.sized.steady
    strength = _strength(plan, step, one, symbol)
    sigma = np.asarray(state.circuit.alpha) @ state.x
    ratio, (back_a, back_o) = strength / sigma, state.entrained
    up, down = state.organic * ratio + back_a, state.aqueous + back_o * ratio  # per unit of x on each stage
    bands = np.zeros((3, len(sigma)))
    bands[0, 1:], bands[1], bands[2, :-1] = -down[1:], up + down, -up[:-1]
    enters = np.zeros(len(sigma))
    enters[one.sized.extraction_stages - 1] = 1.0
    x = solve_banded((1, 1), bands, enters)
    low, high = float(down[0] * x[0]), float(up[-1] * x[-1])
    if abs(low + high - 1) > CLOSURE_LIMIT:
        raise NotConverged(f"trace of {symbol} at the cut {step.cut}", 0.0, abs(low + high - 1))
    return low, high
