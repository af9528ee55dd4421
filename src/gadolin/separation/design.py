"""Design of one cut: load, stages and feed stage for a feed, an extractant and two product specifications.

The load is a chosen multiple of the least load (Underwood); the product flow follows from the specifications; then the
fewest stages are sought that meet both, the feed at its best place (`stages.py`). The same is done with the low and the
high end of the separation factors, which gives the range.
Limits: those of L1 (`cascade.py`); no cost enters, so the multiple of the least load is a choice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from gadolin.elements import element
from gadolin.errors import Fault, InputError, NotConverged
from gadolin.quantity import weakest
from gadolin.separation import shortcuts
from gadolin.separation.chemistry import End, System
from gadolin.separation.circuit import Steady
from gadolin.separation.entrainment import NONE, Entrainment
from gadolin.separation.shapes import Cut, Feed, Spec, Wish, refuse_impossible
from gadolin.separation.stages import Task, fewest_stages

OVER_MINIMUM = 1.2
"""Default load over the least load; the optimum of S (n + m) is flat between 1.1 and 1.3. A choice."""

MOST_LOAD = 100.0
"""Least load beyond which no cascade is designed; plants stay below 10. A choice. [mol/mol]"""


@dataclass(frozen=True)
class Sized:
    """Stages and flows of one cascade at one set of factors. Flows per mole of feed.

    Args:
        extraction_stages: n, the feed stage included.
        scrub_stages: m.
        load_mol_per_mol: S.
        scrub_mol_per_mol: W.
        least_load_mol_per_mol: S_min of pure products, or what the organic product holds where that is more.
        steady: Solved profile.
    """

    extraction_stages: int
    scrub_stages: int
    load_mol_per_mol: float
    scrub_mol_per_mol: float
    least_load_mol_per_mol: float
    steady: Steady

    @property
    def total_stages(self) -> int:
        """N + m."""
        return self.extraction_stages + self.scrub_stages


@dataclass(frozen=True)
class Design:
    """A cascade for one cut, with the range that the range of the factors implies.

    Args:
        feed: What enters.
        system: Extractant and factors.
        cut: Where it parts.
        light: Spec of the raffinate.
        heavy: Spec of the organic product.
        order: Elements of the feed, least extracted first.
        light_group: Elements wanted in the raffinate.
        sized: At the chosen end of the factors.
        ends: At the other ends (`low`, `high`); absent where no range is known or none was asked.
        why_no_range: Why an end is missing.
        entrainment: What settlers let pass.
    """

    feed: Feed
    system: System
    cut: Cut
    light: Spec
    heavy: Spec
    order: tuple[str, ...]
    light_group: tuple[str, ...]
    sized: Sized
    ends: Mapping[str, Sized]
    why_no_range: str = ""
    entrainment: Entrainment = NONE

    @property
    def heavy_group(self) -> tuple[str, ...]:
        """Elements wanted in the organic product."""
        return self.order[len(self.light_group) :]

    @property
    def alpha(self) -> np.ndarray:
        """Factors used. [element]"""
        return self.system.alpha(self.order)

    @property
    def basis(self) -> str:
        """Weakest basis of what it stands on."""
        return weakest([self.system.basis, self.feed.basis])

    @property
    def refs(self) -> tuple[str, ...]:
        """Refs of feed and factors."""
        return tuple(dict.fromkeys((*self.feed.refs, *self.system.refs)))

    @property
    def limits(self) -> str:
        """What the design leaves out."""
        e = self.entrainment
        return LIMITS if not e.any else LIMITS.replace(
            "ideal stages", f"stages at equilibrium, entrained {100 * e.aqueous_share:.2g} % aqueous and "
            f"{100 * e.organic_share:.2g} % organic"
        )  # fmt: skip

    def span(self, what: str) -> tuple[float, float] | None:
        """Low and high of `total_stages` or `load_mol_per_mol` over the ends of the factors; None when not known."""
        if not self.ends:
            return None
        values = [float(getattr(s, what)) for s in (self.sized, *self.ends.values())]
        return min(values), max(values)

    def products(self) -> pd.DataFrame:
        """Both products by element: amounts, shares and recoveries."""
        state, mass = self.sized.steady, oxide_masses(self.order)
        rows = []
        for name, amounts in (("raffinate", state.raffinate), ("organic", state.heavy_product)):
            share = amounts * mass / (amounts * mass).sum()
            for i, symbol in enumerate(self.order):
                rows.append(
                    {
                        "product": name,
                        "element": symbol,
                        "amount_mol_per_mol": amounts[i],
                        "reo_share": share[i],
                        "recovery_share": amounts[i] / state.circuit.fed[i],
                    }
                )
        return pd.DataFrame(rows)

    def reached(self) -> dict[str, float]:
        """Purity (oxide mass) and recovery of both products as solved."""
        return _reached(self.sized.steady, self.order, len(self.light_group))

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        stages, load = self.span("total_stages"), self.span("load_mol_per_mol")
        return {
            "cut": self.cut.text,
            "feed": {"name": self.feed.name, "reo_share": dict(self.feed.reo_share), "phase": self.feed.phase,
                     "basis": self.feed.basis, "note": self.feed.note},
            "extractant": self.system.extractant,
            "medium": self.system.medium,
            "factors_chosen": self.system.choose,
            "factors": self.system.table().to_dict("records"),
            "light_group": list(self.light_group),
            "heavy_group": list(self.heavy_group),
            "extraction_stages": self.sized.extraction_stages,
            "scrub_stages": self.sized.scrub_stages,
            "stages": {"value": self.sized.total_stages, "low": stages and stages[0], "high": stages and stages[1]},
            "load_mol_per_mol": {
                "value": self.sized.load_mol_per_mol, "low": load and load[0], "high": load and load[1]
            },
            "scrub_mol_per_mol": self.sized.scrub_mol_per_mol,
            "least_load_mol_per_mol": self.sized.least_load_mol_per_mol,
            "reached": self.reached(),
            "purity_basis": "oxide mass",
            "residual": self.sized.steady.residual,
            "closure": self.sized.steady.closure,
            "basis": self.basis,
            "limits": self.limits,
            "range_note": self.why_no_range,
            "refs": list(self.refs),
        }  # fmt: skip

    def table(self) -> pd.DataFrame:
        """Stage profile."""
        return profile_table(self.sized.steady, self.order)

    def __str__(self) -> str:
        s, got, span = self.sized, self.reached(), self.span("total_stages")
        stages = (
            f"{span[0]:.0f}-{span[1]:.0f} in all for the range of beta"
            if span
            else f"range not known: {self.why_no_range}"
        )
        over = s.load_mol_per_mol / s.least_load_mol_per_mol
        beta = self.alpha[len(self.light_group)] / self.alpha[len(self.light_group) - 1]
        lines = [
            f"Cascade {self.heavy_group[0]} | {self.light_group[-1]}, {self.system.extractant} "
            f"{self.system.medium}, {self.feed.phase} feed: {self.feed.name}",
            f"  stages     {s.extraction_stages} extraction + {s.scrub_stages} scrub".ljust(50) + stages,
            f"  load       S = {s.load_mol_per_mol:.3f}, W = {s.scrub_mol_per_mol:.3f} mol/mol feed".ljust(50)
            + f"{over:.2f} times the minimum ({s.least_load_mol_per_mol:.3f})",
            f"  products   organic {percent(got['heavy_purity_share'])} {_names(self.heavy_group)}, "
            f"raffinate {percent(got['light_purity_share'])} {_names(self.light_group)} (oxide mass)",
            f"  recovery   {100 * got['heavy_recovery_share']:.2f} % of the heavy, "
            f"{100 * got['light_recovery_share']:.2f} % of the light group",
            f"  factors    beta = {beta:.3g} at the cut, {self.system.choose} end; basis {self.system.basis}",
            f"  feed       basis {self.feed.basis}" + (f"; {_short(self.feed.note)}" if self.feed.note else ""),
            f"  closure    {s.steady.closure:.0e} of the feed, residual {s.steady.residual:.0e}",
            f"  limits     {self.limits}",
        ]
        return "\n".join(lines)


LIMITS = "ideal stages; beta constant with load and acidity; no acid or base (L2 has them)"


def _short(text: str, most: int = 90) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def percent(share: float) -> str:
    """A purity with as many digits as tell it from pure.

    Args:
        share: Share, 0 to 1.

    >>> percent(0.995), percent(0.99999)
    ('99.500 %', '99.99900 %')
    """
    digits = 3 if share >= 1 else max(3, math.ceil(-math.log10(1 - share)) - 1)
    return f"{100 * share:.{min(digits, 9)}f} %"


def _names(group: tuple[str, ...]) -> str:
    return group[0] if len(group) == 1 else f"{group[0]}-{group[-1]}"


def oxide_masses(order: tuple[str, ...] | list[str]) -> np.ndarray:
    """Oxide mass per mole of each element. [g/mol]

    Args:
        order: Elements.
    """
    return np.array([element(s).oxide_molar_mass_g_per_mol for s in order])


def _reached(state: Steady, order: tuple[str, ...] | list[str], cut: int) -> dict[str, float]:
    mass = oxide_masses(order)
    light, heavy = state.raffinate * mass, state.heavy_product * mass
    fed = state.circuit.fed * mass
    return {
        "light_purity_share": float(light[:cut].sum() / light.sum()),
        "light_recovery_share": float(light[:cut].sum() / fed[:cut].sum()),
        "heavy_purity_share": float(heavy[cut:].sum() / heavy.sum()),
        "heavy_recovery_share": float(heavy[cut:].sum() / fed[cut:].sum()),
    }


def profile_table(state: Steady, order: tuple[str, ...] | list[str]) -> pd.DataFrame:
    """Stage by stage: flows and compositions of both phases.

    Args:
        state: Solved cascade.
        order: Elements in the order of its arrays.
    """
    columns: dict[str, Any] = {
        "stage": np.arange(1, state.circuit.stages + 1),
        "aqueous_mol_per_mol": state.aqueous,
        "organic_mol_per_mol": state.organic,
    }
    if state.circuit.entrainment.any:
        columns["entrained_aqueous_mol_per_mol"], columns["entrained_organic_mol_per_mol"] = state.entrained
    columns |= {f"x_{s}_mol_per_mol": state.x[i] for i, s in enumerate(order)}
    columns |= {f"y_{s}_mol_per_mol": state.y[i] for i, s in enumerate(order)}
    return pd.DataFrame(columns).set_index("stage")


def design(
    feed: Feed,
    system: System,
    cut: Cut | str,
    light: Spec,
    heavy: Spec,
    over_minimum: float = OVER_MINIMUM,
    entrainment: Entrainment = NONE,
) -> Design:
    """Size the cascade of one cut.

    Args:
        feed: What enters.
        system: Extractant and factors; `system.choose` says which end of their ranges the design uses.
        cut: Two neighbours in the order of extraction, for example "Nd|Sm".
        light: Spec of the raffinate.
        heavy: Spec of the organic product; of the four numbers of both exactly two are given.
        over_minimum: Load as a multiple of the least load, > 1. [ratio]
        entrainment: What settlers let pass; nothing unless given.

    Returns:
        Design with the fewest stages that meet both specifications, and the range over the ends of the factors.

    Raises:
        InputError: Not two specifications, contradicting ones, no neighbours, an element without a factor, more
            than 600 stages.

    >>> feed = Feed.of_moles({"Pr": 0.5, "Nd": 0.5})
    >>> made = design(feed, System.of_alpha({"Pr": 1.0, "Nd": 2.0}), "Pr|Nd", Spec(0.9999), Spec(0.999))
    >>> made.sized.extraction_stages, made.sized.scrub_stages, round(made.sized.least_load_mol_per_mol, 3)
    (23, 20, 1.5)
    """
    cut = Cut(cut) if isinstance(cut, str) else cut
    if not over_minimum > 1:
        raise InputError(
            Fault(
                "must be greater than 1: at the least load stages are infinite",
                field="over_minimum",
                value=over_minimum,
            )
        )
    order = system.order(feed.symbols)
    below, _ = cut.groups(order)
    wanted = _Wanted(feed, tuple(order), len(below), light, heavy, over_minimum, entrainment)
    sized = _size(wanted, system)
    ends, why = {}, ""
    both: tuple[End, ...] = ("low", "high")
    others: tuple[End, ...] = tuple(e for e in both if e != system.choose)
    if not any(f.beta.low is not None or f.beta.high is not None for f in system.factors):
        others, why = (), "the factors have no range"
    for end in others:
        try:
            if system.order(feed.symbols, end) != order:
                raise InputError("the order of extraction changes within the range of the factors")
            ends[end] = _size(wanted, system.at(end))
        except (InputError, NotConverged) as error:
            why = f"{end} end: {error}"
    return Design(feed, system, cut, light, heavy, tuple(order), below, sized, ends, why, entrainment)


@dataclass(frozen=True)
class _Wanted:
    """What is asked of a cascade, whatever its factors."""

    feed: Feed
    order: tuple[str, ...]
    cut: int
    light: Spec
    heavy: Spec
    over_minimum: float
    entrainment: Entrainment


def _size(wanted: _Wanted, system: System) -> Sized:
    feed, order, cut = wanted.feed, wanted.order, wanted.cut
    alpha, shares = system.alpha(order), feed.mol_share
    mol, mass = np.array([shares[s] for s in order]), oxide_masses(order)
    wish = Wish.of(wanted.light, wanted.heavy, mass, np.arange(len(order)) >= cut)
    refuse_impossible(wanted.light, wanted.heavy, float(mol[:cut] @ mass[:cut] / (mol @ mass)))
    task = Task(alpha, mol, cut, feed.phase, wish, 0.0, wanted.entrainment)
    carried = task.made(None)[0] - (1.0 if feed.phase == "organic" else 0.0)
    least = max(shortcuts.underwood(alpha, mol, cut, feed=feed.phase), carried)
    if least > MOST_LOAD:
        said = (
            f"beta = {alpha[cut] / alpha[cut - 1]:.4g} is too near 1: at least {least:.4g} mol would be extracted per "
            f"mole fed, more than {MOST_LOAD:g}; take another extractant or cut elsewhere"
        )
        raise InputError(Fault(said, field="cut", value=f"{order[cut - 1]}|{order[cut]}"))
    state, n = fewest_stages(replace(task, load=wanted.over_minimum * least))
    return Sized(n, state.circuit.stages - n, state.load, state.scrub, least, state)
