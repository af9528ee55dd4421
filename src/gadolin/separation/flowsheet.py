"""A whole plant, from an ore to oxides: its sequence, cascades, streams, equipment and reagents in one result.

Streams run from the feed through dissolution and purification, the cuts, and precipitation to oxides; what purification
and precipitation lose are streams too, so every element that enters leaves.
Limits: those of the sequence (sharp cuts choose the order), of the cascades (L1 profiles) and of the sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gadolin.elements import element
from gadolin.plant import Plant
from gadolin.quantity import Quantity
from gadolin.separation.equipment import Solved, passing, solved_with_acid
from gadolin.separation.impurities import judged
from gadolin.separation.loads import percentiles
from gadolin.separation.plan import Plan, Step, name_of
from gadolin.separation.practice import Practice
from gadolin.separation.profile import plain_rows
from gadolin.separation.reagents import Operation
from gadolin.separation.research import value_of_beta
from gadolin.separation.sizing import sized_plant
from gadolin.separation.spread import SAMPLES, Spread
from gadolin.separation.train import PURITY_SHARE, RECOVERY_SHARE, Train, linked, train_of

PURIFY, FINISH = "Dissolution and purification", "Precipitation and calcination"
NOT_FOLLOWED = "Impurities left in the liquors, not followed"
LIMITS = "sharp cuts choose the order; L1 profiles at constant factors; equipment from estimated practice, no spare"


@dataclass(frozen=True)
class Flowsheet:
    """A plant designed for a feed and wanted products.

    Args:
        train: Sequence and designed cascades.
        solved: Cascades with acid and base.
        plant: What it makes, uses, holds and leaves, with ranges.
        practice: How stages are built and run.
        operation: Concentrations.
        spread: Draws behind the ranges.
    """

    train: Train
    solved: tuple[Solved, ...]
    plant: Plant
    practice: Practice
    operation: Operation
    spread: Spread

    @property
    def plan(self) -> Plan:
        """The sequence of cuts."""
        return self.train.plan

    def streams(self) -> pd.DataFrame:
        """Every stream: number, name, from, to, phase, its elements [t element per year], strip liquors [mol/L]."""
        frame = stream_table(self.train, self.practice)
        strips = {
            block_of(s.cascade.step): s.profile.strip for s in self.solved if s.profile is not None and s.profile.strip
        }
        liquors = [strips.get(row["source"]) if row["phase"] == "organic" else None for row in frame.to_dict("records")]
        made = [np.nan if one is None else sum(one.liquor_mol_per_l.values()) for one in liquors]
        acid = [np.nan if one is None else one.free_acid_mol_per_l for one in liquors]
        return frame.assign(strip_liquor_mol_per_l=made, strip_free_acid_mol_per_l=acid)

    def profiles(self) -> pd.DataFrame:
        """Stage profiles of all cuts, one row per stage; an element not in a cut is missing there."""
        return pd.concat([c.profile() for c in self.train.cascades], ignore_index=True)

    def bill(self) -> pd.DataFrame:
        """Reagents, salt and water: per year and per t REO fed, with range, basis and where they come from."""
        fed, rows = self.plan.feed.rate_t_reo_per_year or 1.0, []
        for kind, uses in (("reagent", self.plant.reagents), ("effluent", self.plant.effluent)):
            for name, q in uses.items():
                ends = {e: getattr(q, e) for e in ("value", "low", "high")}
                rows.append(
                    {"kind": kind, "item": name, "unit": q.unit}
                    | {f"{e}": v for e, v in ends.items()}
                    | {f"per_t_reo_{e}": None if v is None else v / fed for e, v in ends.items()}
                    | {"basis": q.basis, "note": q.reason}
                )
        return pd.DataFrame(rows)

    def table(self) -> pd.DataFrame:
        """Cut by cut: ideal and real stages, load, volumes, how acid and base were found."""
        rows = []
        for i, one in enumerate(self.solved):
            c, sized = one.cascade, one.cascade.design.sized
            low, high = percentiles(self.spread.drawn.stages[i])
            real = int(self.spread.now.stages[i, 0])
            rows.append(
                {
                    "cut": c.step.cut,
                    "extractant": c.step.system.extractant,
                    "flow_mol_per_mol": c.flow_mol_per_mol,
                    "extraction_stages": sized.extraction_stages,
                    "scrub_stages": sized.scrub_stages,
                    "real_stages": real,
                    "real_stages_low": min(real, round(low)),
                    "real_stages_high": max(real, round(high)),
                    "strip_stages": one.strip_stages,
                    "load_mol_per_mol": sized.load_mol_per_mol * c.flow_mol_per_mol,
                    "stage_m3": float(self.spread.now.stage_m3[i, 0]),
                    "acid_and_base": "L2" if one.profile is not None else f"range over L1: {one.why}",
                    "residual": sized.steady.residual,
                    "closure": sized.steady.closure,
                }
            )
        return pd.DataFrame(rows)

    @property
    def limiting(self) -> Solved:
        """The cut with the dearest load per mole of the plant's feed."""
        return max(self.solved, key=lambda s: s.cascade.design.sized.load_mol_per_mol * s.cascade.flow_mol_per_mol)

    def research(self, steps: int = 4) -> pd.DataFrame:
        """What a better factor of the limiting cut buys, in steps of 0.05 of beta; per t REO fed to the plant.

        Args:
            steps: Number of steps, 1 to 40.
        """
        one = self.limiting.cascade
        frame = value_of_beta(one.design, steps, self.operation)
        part = one.flow_mol_per_mol * one.design.feed.oxide_kg_per_mol / self.plan.feed.oxide_kg_per_mol
        frame[["base_t_per_t_reo", "hcl_t_per_t_reo"]] *= part
        frame[["load_mol_per_mol", "least_load_mol_per_mol"]] *= one.flow_mol_per_mol
        frame.insert(0, "cut", one.step.cut)
        return frame

    @property
    def stages(self) -> Quantity:
        """Real mixer-settlers of all cascades, strip and wash included."""
        now, drawn = self.spread.now, self.spread.drawn
        value, over_draws = (one.stages.sum(axis=0) + one.service.sum(axis=0) for one in (now, drawn))
        return self.spread.of(value, over_draws, "mixer-settlers", "estimate", f"5 to 95 % of {SAMPLES} draws")

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know: media, cuts without L2, impurities not followed, draws without answer."""
        said = [*self.plan.notes]
        said += list(dict.fromkeys(s.system.note for s in self.plan.steps if s.system.note))
        said += [
            f"{s.cascade.step.cut}: acid and base as a range over L1: {s.why}" for s in self.solved if s.profile is None
        ]
        said += [
            f"{s.cascade.step.cut}: {note}"
            for s in self.solved
            if s.profile is not None
            for note in s.profile.notes
            if note.startswith(("strip", "out of proportion"))
        ]
        carried = [f"{i.symbol} {self._liquor(i.symbol):.3g} t a year" for i in self.practice.purification.impurities
                   if self._liquor(i.symbol) > 0]  # fmt: skip
        if carried:
            said.append(
                f"stay in the liquor and are not followed inside extraction, no constants: {', '.join(carried)}"
            )
        for step in self.plan.steps:
            lacks = [s for s in self.plan.feed.symbols if s not in linked(step)]
            if lacks:
                said.append(
                    f"{step.cut}: {step.system.extractant} has no factor for traces of {', '.join(lacks)}; they are "
                    f"placed as {self.plan.orders_by.extractant} would"
                )
        if self.spread.lost:
            said.append(
                f"in {self.spread.lost} of {SAMPLES} draws of the factors a cut is impossible; not in the ranges"
            )
        return tuple(said)

    def _media(self) -> tuple[str, ...]:
        """What the systems say about their constants, where acid and base were solved with them."""
        used = [s.cascade.step.system.note for s in self.solved if s.profile is not None]
        return tuple(dict.fromkeys(note for note in used if note))

    def _liquor(self, symbol: str) -> float:
        return float(self.spread.now.yearly[f"purification {symbol} liquor_t"][0])

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        plant = self.plant
        mixer_settlers = [{"kind": e.kind, "count": e.count, "size": e.size.as_dict()} for e in plant.equipment]
        return {
            "sequence": self.plan.as_dict(),
            "cuts": plain_rows(self.table()),
            "products": self.train.table().to_dict("records"),
            "streams": plain_rows(self.streams()),
            "stages": self.stages.as_dict(),
            "equipment": mixer_settlers,
            "product_t_element_per_year": _quantities(plant.product_t_element_per_year),
            "recovery_share": _quantities(plant.recovery_share),
            "reagents": _quantities(plant.reagents),
            "effluent": _quantities(plant.effluent),
            "energy": _quantities(plant.energy),
            "residue_t_gross_per_year": plant.residue_t_gross_per_year.as_dict(),
            "residue_bq_per_g": plant.residue_bq_per_g.as_dict(),
            "inventory_t_reo": plant.inventory_t_reo.as_dict(),
            "inventory": _quantities(plant.inventory),
            "research": plain_rows(self.research()),
            "samples": SAMPLES,
            "notes": list(self.notes),
            "limits": LIMITS,
            "refs": list(plant.refs),
        }

    def __str__(self) -> str:
        plant, plan = self.plant, self.plan
        rows = self.train.table().to_dict("records")
        made = ", ".join(f"{r['product']} {100 * r['purity_share']:.2f} %" for r in rows if r["wanted"])
        rest = ", ".join(str(r["product"]) for r in rows if not r["wanted"]) or "nothing"
        bill = "; ".join(f"{n} {q}" for n, q in plant.reagents.items())
        lines = [
            f"Plant for {plan.feed.rate_t_reo_per_year:,.0f} t REO a year of {plan.feed.name}, sequence {plan.name}"
            + "".join(f"; {note}" for note in self._media()),
            f"  cuts       {plan.cuts_text()}",
            f"  products   {made} (oxide mass); besides: {rest}",
            f"  stages     {self.stages}, strip and wash included",
            f"  load       {plan.load_text()} mol per mol fed, "
            f"fully linked not below {plan.linked_bound_mol_per_mol:.2f}",
            f"  reagents   {bill}",
            f"  leaves     {'; '.join(f'{n} {q}' for n, q in plant.effluent.items())}",
            f"  residue    {plant.residue_t_gross_per_year}; {judged(plant.residue_bq_per_g)}",
            f"  stock      organic {plant.inventory['organic']}, rare earths {plant.inventory_t_reo}",
            f"  basis      {plan.basis}; ranges: 5 to 95 % of {SAMPLES} draws, the design itself included",
            f"  limits     {LIMITS}",
        ]  # fmt: skip
        return "\n".join(lines)


def _quantities(named: Mapping[str, Quantity]) -> dict[str, Any]:
    return {name: q.as_dict() for name, q in named.items()}


def flowsheet(
    plan: Plan,
    operation: Operation | None = None,
    practice: Practice | None = None,
    purity_share: float | Mapping[str, float] = PURITY_SHARE,
    recovery_share: float = RECOVERY_SHARE,
    level: str = "L2",
) -> Flowsheet:
    """Design and size the plant of a sequence.

    Args:
        plan: From `sequence()`; its feed has a rate.
        operation: Concentrations, base, precipitant.
        practice: How stages are built and run, and what the feed brings besides rare earths.
        purity_share: Of every wanted product, oxide mass; or by product name, the rest at 0.995. [share]
        recovery_share: Of every wanted product over what enters extraction. [share]
        level: L2 for acid, base and water from solved flows; L1 for a stated range over what the loads bind.

    Raises:
        InputError: The feed has no rate; a share out of range; a cut that cannot be designed.
        NotConverged: A cascade without solution at L1.

    >>> from gadolin.separation import Feed, System, sequence
    >>> feed = Feed({"La": 50, "Pr": 12, "Nd": 38}, rate_t_reo_per_year=1000.0)
    >>> made = flowsheet(sequence(feed, [System.of_alpha({"La": 1, "Pr": 9, "Nd": 14})], ["NdPr"]), level="L1")
    >>> [row["cut"] for row in made.table().to_dict("records")]
    ['La|Pr']
    """
    run, how = operation or Operation(), practice or Practice()
    _ = plan.feed.rate_mol_per_year
    train = train_of(plan, purity_share, recovery_share, passing(run, how))
    solved = solved_with_acid(train, run, level)
    plant, spread = sized_plant(train, solved, run, how)
    return Flowsheet(train, solved, plant, how, run, spread)


def stream_table(train: Train, practice: Practice) -> pd.DataFrame:
    """Streams of a plant, one row each; what enters the plant leaves it, element by element.

    Args:
        train: Designed cascades.
        practice: Losses of purification and precipitation.

    Returns:
        `number`, `stream`, `source`, `target`, `phase`, `t_reo_per_year` and per element `X_t_element_per_year`; an
        impurity that stays in the liquor leaves as a stream of its own, for no constants say with which product.
    """
    feed = train.plan.feed
    scale = np.array([feed.rate_mol_per_year * element(s).molar_mass_g_per_mol / 1e6 for s in feed.symbols])
    fed = np.array([feed.mol_share[s] for s in feed.symbols]) * scale
    lost = practice.purification.loss.value or 0.0
    kept = practice.precipitation.value or 1.0
    rows: list[tuple[str, str, str, str, np.ndarray]] = [
        ("Feed", "", PURIFY, "solid", fed),
        ("Residue", PURIFY, "", "solid", fed * lost),
        ("Liquor", PURIFY, block_of(train.plan.steps[0]), "aqueous", fed - fed * lost),
    ]
    finished: list[tuple[str, str, str, str, np.ndarray]] = []
    mother = np.zeros_like(fed)
    into = {frozenset(s.group): block_of(s) for s in train.plan.steps}
    for one in train.cascades:
        for group, phase, amounts in (
            (one.step.light, "aqueous", one.raffinate), (one.step.heavy, "organic", one.organic),
        ):  # fmt: skip
            mass = np.array([amounts.get(s, 0.0) for s in feed.symbols]) * scale * (1 - lost)
            target = into.get(frozenset(group), FINISH)
            rows.append((f"{name_of(_in_order(train, group))} liquor", block_of(one.step), target, phase, mass))
            if target == FINISH:
                oxide = mass * kept
                mother += mass - oxide
                finished.append((f"{name_of(_in_order(train, group))} oxide", FINISH, "", "solid", oxide))
    rows += [*finished, ("Mother liquors", FINISH, "", "aqueous", mother)]
    besides = _impurities(practice, feed.rate_t_reo_per_year or 0.0)
    if besides:
        first = block_of(train.plan.steps[0])
        rows.append((NOT_FOLLOWED, first, "", "aqueous", np.zeros_like(fed)))
    factors = np.array([element(s).oxide_factor for s in feed.symbols])
    return pd.DataFrame(
        [
            {"number": i, "stream": name, "source": source, "target": target, "phase": phase,
             "t_reo_per_year": float(mass @ factors)}
            | {f"{s}_t_element_per_year": float(m) for s, m in zip(feed.symbols, mass, strict=True)}
            | {f"{s}_t_element_per_year": where.get(name, 0.0) for s, where in besides.items()}
            for i, (name, source, target, phase, mass) in enumerate(rows, 1)
        ]
    )  # fmt: skip


def _impurities(practice: Practice, rate_t_reo: float) -> dict[str, dict[str, float]]:
    """Tonnes of each impurity by stream, as far as they are followed."""
    found = {}
    for one in practice.purification.impurities:
        brought = rate_t_reo * (one.content.value or 0.0) / 1000
        caught = brought * (one.split.value or 0.0)
        left = brought - caught
        found[one.symbol] = {"Feed": brought, "Residue": caught, "Liquor": left, NOT_FOLLOWED: left}
    return found


def block_of(step: Step) -> str:
    """How the cascade of a cut is called."""
    return f"Cut {step.cut}, {step.system.extractant}"


def _in_order(train: Train, group: tuple[str, ...]) -> tuple[str, ...]:
    """A group in the order of the plant, whatever the order of the extractant."""
    order = [s for p in train.plan.products for s in p]
    return tuple(sorted(group, key=order.index))
