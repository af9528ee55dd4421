"""Design of one cut: load, stages and feed stage for a feed, an extractant and two product specifications.

The load is a chosen multiple of the least load (Underwood); the product flow follows from the specifications; then the
fewest stages are sought that meet both, the feed where the ratio of the keys passes the feed's. The same is done
with the low and the high end of the separation factors, which gives the range.
Limits: those of L1 (`cascade.py`); no cost enters, so the multiple of the least load is a choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gadolin.elements import element
from gadolin.errors import Fault, InputError, NotConverged
from gadolin.quantity import weakest
from gadolin.separation import shortcuts
from gadolin.separation.cascade import steady_at
from gadolin.separation.chemistry import End, System
from gadolin.separation.circuit import Circuit, Steady
from gadolin.separation.shapes import Cut, Feed, Spec, Wish
from gadolin.separation.specified import overshoot, solve_specs, stray_targets

OVER_MINIMUM = 1.2
"""Default load over the least load; the optimum of S (n + m) is flat between 1.1 and 1.3. A choice."""

MOST_STAGES = 600


@dataclass(frozen=True)
class Sized:
    """Stages and flows of one cascade at one set of factors. Flows per mole of feed.

    Args:
        extraction_stages: n, the feed stage included.
        scrub_stages: m.
        load_mol_per_mol: S.
        scrub_mol_per_mol: W.
        least_load_mol_per_mol: S_min.
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
            "limits": LIMITS,
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
            f"  products   organic {100 * got['heavy_purity_share']:.3f} % {_names(self.heavy_group)}, "
            f"raffinate {100 * got['light_purity_share']:.3f} % {_names(self.light_group)} (oxide mass)",
            f"  recovery   {100 * got['heavy_recovery_share']:.2f} % of the heavy, "
            f"{100 * got['light_recovery_share']:.2f} % of the light group",
            f"  factors    beta = {beta:.3g} at the cut, {self.system.choose} end; basis {self.system.basis}",
            f"  feed       basis {self.feed.basis}" + (f"; {_short(self.feed.note)}" if self.feed.note else ""),
            f"  closure    {s.steady.closure:.0e} of the feed, residual {s.steady.residual:.0e}",
            f"  limits     {LIMITS}",
        ]
        return "\n".join(lines)


LIMITS = "ideal stages; beta constant with load and acidity; no acid or base (L2 has them)"


def _short(text: str, most: int = 90) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


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
) -> Design:
    """Size the cascade of one cut.

    Args:
        feed: What enters.
        system: Extractant and factors; `system.choose` says which end of their ranges the design uses.
        cut: Two neighbours in the order of extraction, for example "Nd|Sm".
        light: Spec of the raffinate.
        heavy: Spec of the organic product; of the four numbers of both exactly two are given.
        over_minimum: Load as a multiple of the least load, > 1. [ratio]

    Returns:
        Design with the fewest stages that meet both specifications, and the range over the ends of the factors.

    Raises:
        InputError: Not two specifications, contradicting ones, no neighbours, an element without a factor, more
            than 600 stages.

    >>> feed = Feed.of_moles({"Pr": 0.5, "Nd": 0.5})
    >>> made = design(feed, System.of_alpha({"Pr": 1.0, "Nd": 2.0}), "Pr|Nd", Spec(0.9999), Spec(0.999))
    >>> made.sized.extraction_stages, made.sized.scrub_stages, round(made.sized.least_load_mol_per_mol, 3)
    (25, 18, 1.5)
    """
    cut = Cut(cut) if isinstance(cut, str) else cut
    if not over_minimum > 1:
        raise InputError(Fault("must be greater than 1", field="over_minimum", value=over_minimum))
    order = system.order(feed.symbols)
    below, _ = cut.groups(order)
    sized = _size(feed, system, order, len(below), light, heavy, over_minimum)
    ends, why = {}, ""
    others: tuple[End, ...] = tuple(e for e in ("low", "high") if e != system.choose)  # pyright: ignore[reportAssignmentType]
    if not any(f.beta.low is not None or f.beta.high is not None for f in system.factors):
        others, why = (), "the factors have no range"
    for end in others:
        try:
            if system.order(feed.symbols, end) != order:
                raise InputError("the order of extraction changes within the range of the factors")
            ends[end] = _size(feed, system.at(end), order, len(below), light, heavy, over_minimum)
        except (InputError, NotConverged) as error:
            why = f"{end} end: {error}"
    return Design(feed, system, cut, light, heavy, tuple(order), below, sized, ends, why)


@dataclass(frozen=True)
class _Task:
    """What stays the same while stages are sought."""

    alpha: np.ndarray
    mol: np.ndarray
    cut: int
    phase: Any
    wish: Wish
    load: float

    @property
    def heavy(self) -> np.ndarray:
        return np.arange(len(self.mol)) >= self.cut


def _size(
    feed: Feed, system: System, order: list[str], cut: int, light: Spec, heavy: Spec, over_minimum: float
) -> Sized:
    alpha, shares = system.alpha(order), feed.mol_share
    mol = np.array([shares[s] for s in order])
    is_heavy = np.arange(len(order)) >= cut
    wish = Wish.of(light, heavy, oxide_masses(order), is_heavy)
    least = shortcuts.underwood(alpha, mol, cut, feed=feed.phase)
    task = _Task(alpha, mol, cut, feed.phase, wish, over_minimum * least)
    n, m = _first_stages(task)
    state, n, m = _fewest(task, n, m)
    try:  # the flows that meet both specifications exactly with these stages
        exact = solve_specs(state.circuit, wish, is_heavy, state.load, state)
    except (NotConverged, InputError):
        exact = None
    if exact is None or exact.load > state.load * (1 + 1e-9):  # meet both, exceed at least one: see `reached`
        state, n, m = _at_least(task, n, m, state)
    else:
        state = exact
    return Sized(n, m, state.load, state.scrub, least, state)


def _at_least(task: _Task, n: int, m: int, state: Steady) -> tuple[Steady, int, int]:
    """At the task's load, with the product flow of the solved composition: both specifications met or exceeded."""
    for k in range(60):
        state, _ = _attempt(task, n, m, state)
        if overshoot(task.wish, state) <= 1e-9:
            return state, n, m
        if k % 4 == 3:
            n, m = min(((n + 1, m), (n, m + 1)), key=lambda ab: _attempt(task, *ab, state)[1])
    raise NotConverged("no stages found that meet both specifications at this load", state.residual, state.closure)


def _made(task: _Task, state: Steady | None) -> tuple[float, float, float]:
    """Product flow of the specifications and the stray amounts they allow (heavy, light)."""
    dark, light = stray_targets(task.wish, task.mol, task.heavy, state)
    return float(task.mol[task.heavy].sum()) - dark + light, dark, light


def _first_stages(task: _Task) -> tuple[int, int]:
    """Stages of the two keys alone, as far above their least load as the cascade is above its own: a guess.

    At the cascade's own load the keys alone may be near their least load, where the guess is many times too long and
    the front of such a cascade is pinned by rounding only.
    """
    made, dark, light = _made(task, None)
    keys = task.alpha[task.cut] / task.alpha[task.cut - 1]
    share = float(task.mol[task.heavy].sum())
    over = task.load / shortcuts.underwood(task.alpha, task.mol, task.cut, feed=task.phase)
    load = over * shortcuts.minimum_load(keys, share, task.phase)
    binary = shortcuts.Binary(keys, share, 1 - light / made, 1 - dark / (1 - made), load, task.phase)
    count = shortcuts.smoker(binary)
    return max(2, int(np.ceil(count.extraction_stages))), max(2, int(np.ceil(count.scrub_stages)))


def _attempt(task: _Task, n: int, m: int, near: Steady | None) -> tuple[Steady, float]:
    """State with these stages and how far the smaller stray amount is from its target. [ln]"""
    if n + m > MOST_STAGES:
        raise InputError(
            f"more than {MOST_STAGES} stages would be needed; lower the purity, raise the load or change the extractant"
        )
    made, dark, light = _made(task, near)
    scrub = task.load - made + (1.0 if task.phase == "organic" else 0.0)
    if scrub <= 0:
        raise InputError(Fault("leaves no scrub flow; raise over_minimum", field="load", value=round(task.load, 6)))
    circuit = Circuit.of(task.alpha, task.mol, n, m, task.phase)
    state = steady_at(circuit, task.load, scrub)
    stray_heavy, stray_light = state.raffinate[task.heavy].sum(), state.heavy_product[~task.heavy].sum()
    smaller = np.log(stray_heavy / dark) if dark <= light else np.log(stray_light / light)
    return state, float(smaller)


def _crossing(task: _Task, state: Steady) -> int:
    """Stage at which the ratio of the keys passes that of the feed."""
    ratio = task.mol[task.cut] / task.mol[task.cut - 1]
    phase = state.x if task.phase == "aqueous" else state.y
    with np.errstate(divide="ignore"):
        above = phase[task.cut] > ratio * phase[task.cut - 1]
    return int(np.argmax(above)) + 1 if above.any() else state.circuit.stages


def _fewest(task: _Task, n: int, m: int) -> tuple[Steady, int, int]:
    """Fewest stages, feed at the crossing of the keys, that meet both specifications at the task's load."""
    tried: dict[tuple[int, int], tuple[Steady, float]] = {}
    failed: dict[tuple[int, int], NotConverged] = {}
    last: Steady | None = None

    def gap(a: int, b: int) -> float:
        """How far from met; infinite where rounding alone pins the front of a cascade that is too long."""
        nonlocal last
        if (a, b) not in tried and (a, b) not in failed:
            try:
                tried[a, b] = _attempt(task, a, b, last)
                last = tried[a, b][0]
            except NotConverged as error:
                failed[a, b] = error
        return tried[a, b][1] if (a, b) in tried else np.inf

    rate = 0.3 * np.log(task.alpha[task.cut] / task.alpha[task.cut - 1])  # fall of the gap per stage, a guess
    total, place, short, long = n + m, n / (n + m), 3, 4 * MOST_STAGES
    for _ in range(40):  # coarse: move the feed to the crossing and close in on the number of stages
        n = int(np.clip(round(place * total), 2, total - 2))
        m = total - n
        now = gap(n, m)
        if (n, m) in failed:
            long = total
            total = max((short + total) // 2, 4)
            if total >= long:
                break
            continue
        off = _crossing(task, tried[n, m][0]) - n
        settled = abs(off) <= max(1, total // 40)
        place = float(np.clip(place + 0.6 * off / total, 0.02, 0.98))
        if now <= 0:
            long = min(long, total)
        elif settled:
            short = max(short, total)
        known = [t for t in tried if sum(t) != total]
        fall = _fall(tried, total) if known else 0.0
        step = int(np.ceil(now / max(rate, fall))) if now > 0 else -int(-now // max(rate, fall, 1e-3))
        new = int(np.clip(total + step, 0.4 * total, 2.5 * total))
        if not short < new < long:
            new = (short + min(long, 2 * total)) // 2 if long > short + 1 else total
        if settled and (new == total or long - short <= 1):
            break
        total = max(new, 4)
    while gap(n, m) > 0:  # fine: grow the section that helps more until met, then take away what is not needed
        if (n, m) in failed:
            raise failed[n, m]
        n, m = min(((n + 1, m), (n, m + 1)), key=lambda ab: gap(*ab))
    while n + m > 4:
        fewer = [(a, b) for a, b in ((n - 1, m), (n, m - 1)) if a >= 2 and b >= 2]
        gaps = {ab: gap(*ab) for ab in fewer}
        best = min(gaps, key=lambda ab: gaps[ab], default=None)
        if best is None or gaps[best] > 0:
            break
        n, m = best
    return tried[n, m][0], n, m


def _fall(tried: dict[tuple[int, int], tuple[Steady, float]], total: int) -> float:
    """How fast the gap falls per stage, from the two nearest attempts of different size; 0 when not known."""
    known = sorted(((a + b, g) for (a, b), (_, g) in tried.items()), key=lambda e: abs(e[0] - total))
    for size, value in known[1:]:
        if size != known[0][0] and (value - known[0][1]) * (size - known[0][0]) < 0:
            return abs((value - known[0][1]) / (size - known[0][0]))
    return 0.0
