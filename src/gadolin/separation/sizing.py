"""The plant of a sequence, as a `Plant` that economics can price: equipment, reagents, effluent, stocks, products.

Sizes come from `equipment.py`, their ranges from `spread.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gadolin.elements import element
from gadolin.plant import Equipment, Plant
from gadolin.quantity import Quantity, weakest
from gadolin.separation.equipment import UNSOLVED, Solved, passing, solved_with_acid
from gadolin.separation.impurities import Purification
from gadolin.separation.loads import percentiles
from gadolin.separation.plan import Plan
from gadolin.separation.practice import Practice
from gadolin.separation.reagents import G_PER_MOL, SALT, Operation
from gadolin.separation.spread import SEED, Spread, drawn_values, spread_of
from gadolin.separation.train import PURITY_SHARE, RECOVERY_SHARE, Train, train_of

EXTRACTANTS = {"PC88A": ("P507", 306.4), "D2EHPA": ("P204 (D2EHPA)", 322.4), "Cyanex 272": ("Cyanex 272", 290.4),
               "naphthenic acid": ("naphthenic acid", 240.0)}  # fmt: skip
"""Trade name, and g/mol of the monomer (naphthenic acid a mixture, estimated)."""

DILUENT_T_PER_M3, EXTRACTANT_T_PER_M3 = 0.79, 0.95
"""Kerosene and extractant, from memory."""


def plant_of(
    sequence: Plan,
    operation: Operation | None = None,
    practice: Practice | None = None,
    purity_share: float | Mapping[str, float] = PURITY_SHARE,
    recovery_share: float = RECOVERY_SHARE,
    level: str = "L2",
) -> tuple[Plant, Train]:
    """The plant of a sequence for a feed with a rate, and the cascades it stands on.

    Args:
        sequence: From `sequence()`.
        operation: Concentrations, base, precipitant.
        practice: How stages are built and run.
        purity_share: Of every wanted product, oxide mass; or by product name. [share]
        recovery_share: Of every wanted product over what enters extraction. [share]
        level: L2 for reagents from solved acid and base; L1 for a stated range over what the loads bind.

    Raises:
        InputError: The feed has no rate; a cut cannot be designed.
        NotConverged: A cascade without solution at L1.
    """
    run, how = operation or Operation(), practice or Practice()
    _ = sequence.feed.rate_mol_per_year
    train = train_of(sequence, purity_share, recovery_share, passing(run, how))
    solved = solved_with_acid(train, run, level)
    return sized_plant(train, solved, run, how)[0], train


def sized_plant(train: Train, solved: tuple[Solved, ...], run: Operation, how: Practice) -> tuple[Plant, Spread]:
    """The plant and the spread its ranges come from.

    Args:
        train: Designed cascades.
        solved: With acid and base.
        run: Concentrations.
        how: Practice.
    """
    spread = spread_of(train, solved, run, how)
    basis, feed = weakest([train.plan.basis, "estimate"]), train.plan.feed
    unsolved = [s.cascade.step.cut for s in solved if s.profile is None]
    said = _how_found(unsolved, len(solved))
    now, drawn = spread.now.yearly, spread.drawn.yearly

    def yearly(name: str, times: float, unit: str, reason: str) -> Quantity:
        return spread.of(now[name] * times, drawn[name] * times, unit, basis, reason)

    base, acid = G_PER_MOL[run.base] / 1000, G_PER_MOL["HCl"] / 1000
    reagents = {
        run.base: yearly("base kmol", base, "t per year", f"100 %; {said}; strip acid that stays free is neutralised"),
        "HCl": yearly("acid kmol", acid, "t per year", f"100 %; {said}; dissolution by excess"),
        run.precipitant: yearly("precipitant kmol", G_PER_MOL[run.precipitant] / 1000, "t per year",
                                "stoichiometry and an excess"),
        **_make_up(spread, solved, run, basis),
    }  # fmt: skip
    effluent = {
        SALT[run.base]: yearly("base kmol", G_PER_MOL[SALT[run.base]] / 1000, "t per year", said),
        "saline water": yearly("water m3", 1.0, "m3 per year", "feed, scrub and strip liquors"),
    }
    energy = {}
    if how.mixer_power is not None:
        drawn_power = drawn_values(how.mixer_power, np.random.default_rng(SEED), len(drawn["mixer m3"]))
        hours = (how.hours.value or 0.0) / 1000
        used = now["mixer m3"] * (how.mixer_power.value or 0.0) * hours
        energy["electricity"] = spread.of(
            used, drawn["mixer m3"] * drawn_power * hours, "MWh per year", basis, "mixers only"
        )
    products, recovery = _products(train, how)
    kg = feed.oxide_kg_per_mol / 1000
    return Plant(
        stage="separation",
        good="oxide",
        product_t_element_per_year=products,
        recovery_share=recovery,
        equipment=_equipment(spread, solved, basis),
        reagents=reagents,
        energy=energy,
        effluent=effluent,
        residue_t_gross_per_year=yearly("purification residue_t", 1.0, "t gross per year",
                                        "dry; hydroxides, undissolved"),
        residue_bq_per_g=_activity(spread, how.purification),
        inventory_t_reo=spread.of(spread.now.stock_mol * kg, spread.drawn.stock_mol * kg, "t REO", basis,
                                  "loads times residence"),
        inventory={"organic": spread.of(spread.now.organic_m3, spread.drawn.organic_m3, "m3", basis,
                                        "stages and tanks")},
        capacity=Quantity(feed.rate_t_reo_per_year, "t REO per year", basis="choice", reason="feed"),
        name=f"separation of {feed.name}, sequence {train.plan.name}",
        refs=tuple(dict.fromkeys((*feed.refs, *(r for s in train.plan.steps for r in s.system.refs)))),
    ), spread  # fmt: skip


def _how_found(unsolved: list[str], cuts: int) -> str:
    """Where acid and base come from, in words."""
    if not unsolved:
        return "flows solved with acid and base (L2)"
    others = "no cut" if len(unsolved) == cuts else "the other cuts"
    span = f"{UNSOLVED.low:g} to {UNSOLVED.high:g} times what the loads of L1 bind"
    return f"{others} solved with acid and base; {', '.join(unsolved)}: {span}"


def _make_up(spread: Spread, solved: tuple[Solved, ...], run: Operation, basis: str) -> dict[str, Quantity]:
    """Extractant and diluent that leave entrained, by name."""
    found: dict[str, list[np.ndarray]] = {}
    for i, one in enumerate(solved):
        name, mass = EXTRACTANTS.get(one.cascade.step.system.extractant, (one.cascade.step.system.extractant, 300.0))
        tonnes = 2 * run.total_dimer_mol_per_l * mass / 1000  # t per m3 of organic
        kerosene = max(0.0, 1 - tonnes / EXTRACTANT_T_PER_M3) * DILUENT_T_PER_M3
        for key, each in ((name, tonnes), ("kerosene", kerosene)):
            both = np.concatenate([spread.now.yearly[f"lost {i}"], spread.drawn.yearly[f"lost {i}"]]) * each
            found.setdefault(key, []).append(both)
    totals = {key: np.sum(parts, axis=0) for key, parts in found.items()}
    return {
        key: spread.of(float(total[0]), total[1:], "t per year", basis, "make-up for entrained organic")
        for key, total in totals.items()
    }


def _equipment(spread: Spread, solved: tuple[Solved, ...], basis: str) -> tuple[Equipment, ...]:
    items = []
    for i, one in enumerate(solved):
        low, high = percentiles(spread.drawn.stages[i])
        size = spread.of(spread.now.stage_m3[i], spread.drawn.stage_m3[i], "m3", basis,
                         f"{low:.0f} to {high:.0f} extraction and scrub stages over draws")  # fmt: skip
        name = f"mixer_settler {one.cascade.step.cut} {one.cascade.step.system.extractant}"
        items.append(Equipment(name, int(spread.now.stages[i, 0]), size))
        items.append(Equipment(f"{name} strip", int(spread.now.service[i, 0]), size))
    return tuple(items)


def _activity(spread: Spread, purification: Purification) -> Quantity:
    """The more active of Th-232 and U-238 in the residue."""
    found = [
        spread.of(
            spread.now.yearly[key], spread.drawn.yearly[key], "Bq/g", purification.basis, f"{s}, parent only, dry"
        )
        for s in ("Th", "U")
        if (key := f"purification {s} bq_per_g") in spread.now.yearly
    ]
    if not found:
        return Quantity.missing(
            "Bq/g", "no Th or U content of the feed is known; give them in kg per t REO (--impurity Th=KG)"
        )
    return max(found, key=lambda q: q.value or 0.0)


def _products(train: Train, how: Practice) -> tuple[dict[str, Quantity], dict[str, Quantity]]:
    """Output and recovery of each element in its own product."""
    feed, shares = train.plan.feed, train.plan.feed.mol_share
    kept = how.precipitation.times(_rest(how.purification.loss), "share")
    made, recovery = {}, {}
    for product, amounts in train.products().items():
        for s in product:
            share = Quantity(min(amounts.get(s, 0.0) / shares[s], 1.0), "share", basis="derived")
            recovery[s] = share.times(kept, "share")
            fed = (feed.rate_t_reo_per_year or 0.0) * feed.reo_share[s] / element(s).oxide_factor
            entering = Quantity(fed, "t element per year", basis=feed.basis, refs=feed.refs)
            made[s] = entering.times(recovery[s], "t element per year")
    order = [s for s in feed.symbols if s in made]
    return {s: made[s] for s in order}, {s: recovery[s] for s in order}


def _rest(q: Quantity) -> Quantity:
    """1 less a share."""
    ends = [None if e is None else 1 - e for e in (q.value, q.high, q.low)]
    return Quantity(ends[0], q.unit, ends[1], ends[2], q.basis, q.refs, q.reason)
