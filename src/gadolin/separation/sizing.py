"""Equipment, stocks and reagents of a plant from its cascades, as a `Plant` that economics can price.

    mixer volume   (A + O) x residence time            settler   a multiple of it (above 2.5 in Chinese plants)
    real stages    ideal stages over the stage efficiency, which entrained aqueous lowers (`real_stages`)
    organic stock  organic share of both, and tanks    rare earths in process   loads x residence of both phases
Acid, base, salt and water of extraction come from the flows solved with acid and base (L2); stripping, dissolution and
precipitation by stoichiometry with an excess. A cut that L2 cannot solve is named, and its base and acid then carry a
stated range over what the loads of L1 bind.
Ranges: draws of every factor and of every number of practice at once; loads of a draw are exact (Underwood), its stages
are those of the design times the ratio of Smoker's counts for the two keys.
Limits: equal phases held in mixer and settler as they flow; each feed brought to one concentration; no spare.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gadolin.elements import element
from gadolin.errors import Fault, InputError, NotConverged
from gadolin.plant import Equipment, Plant
from gadolin.quantity import Quantity, weakest
from gadolin.separation import shortcuts
from gadolin.separation.impurities import Purification
from gadolin.separation.loads import Draws, percentiles
from gadolin.separation.plan import Plan
from gadolin.separation.practice import Practice
from gadolin.separation.profile import Profile
from gadolin.separation.reagents import G_PER_MOL, PRECIPITANTS, SALT, Operation
from gadolin.separation.sequence import step_loads
from gadolin.separation.solving import solve
from gadolin.separation.train import PURITY_SHARE, RECOVERY_SHARE, Cascade, Train, train_of

SAMPLES, SEED = 96, 1
EXTRACTANTS = {"PC88A": ("P507", 306.4), "D2EHPA": ("P204 (D2EHPA)", 322.4), "Cyanex 272": ("Cyanex 272", 290.4),
               "naphthenic acid": ("naphthenic acid", 240.0)}  # fmt: skip
"""Trade name, and g/mol of the monomer (naphthenic acid a mixture, estimated)."""

DILUENT_T_PER_M3, EXTRACTANT_T_PER_M3 = 0.79, 0.95
"""Kerosene and extractant, from memory."""


@dataclass(frozen=True)
class Solved:
    """A cascade with what its acid and base solution says.

    Args:
        cascade: The L1 design.
        profile: Profile at L2; None where it could not be solved or was not asked for.
        why: Why there is none.
        base_ratio: Base over what the load binds (3 mol per mol). [ratio]
        acid_ratio: Scrub acid over what the scrub load binds. [ratio]
    """

    cascade: Cascade
    profile: Profile | None
    why: str
    base_ratio: Quantity
    acid_ratio: Quantity

    @property
    def ideal_stages(self) -> int:
        """Those of the design, or more where acid and base ask for more."""
        return self.cascade.design.sized.total_stages if self.profile is None else len(self.profile.frame)


UNSOLVED = Quantity(
    1.05, "ratio", 0.9, 1.4, "estimate", reason="L2 not solved: what the loads of L1 bind, and free acid estimated"
)


def solved_with_acid(train: Train, operation: Operation, level: str = "L2") -> tuple[Solved, ...]:
    """Each cascade solved with acid and base, or why it was not.

    Args:
        train: Designed cascades.
        operation: How they are run.
        level: L1 leaves acid and base to the stated range.

    Raises:
        InputError: Another level.
    """
    if level not in ("L1", "L2"):
        raise InputError(Fault("must be L1 or L2", field="level", value=level))
    return tuple(_solved(one, operation, level) for one in train.cascades)


def _solved(one: Cascade, operation: Operation, level: str) -> Solved:
    if level == "L1":
        return Solved(one, None, "not asked for (L1)", UNSOLVED, UNSOLVED)
    try:
        profile = solve(one.design, "L2", operation)
    except (InputError, NotConverged) as error:
        return Solved(one, None, str(error), UNSOLVED, UNSOLVED)
    assert profile.bill is not None
    bill = profile.bill.set_index(["item", "use"])["mol_per_mol"]
    base = float(bill[operation.base, "saponification, solved flow"])
    acid = float(bill["HCl", "scrub, solved flow"])
    sized = one.design.sized

    def ratio(mol: float, bound: float) -> Quantity:
        return Quantity(mol / (3 * bound), "ratio", basis="derived", reason="flows solved with acid and base (L2)")

    return Solved(one, profile, "", ratio(base, sized.load_mol_per_mol), ratio(acid, sized.scrub_mol_per_mol))


@dataclass(frozen=True)
class Sizes:
    """What a plant holds and uses for each draw of its inputs; the first axis of tables by cut.

    Args:
        stages: Real stages. [cut, draw]
        service: Strip, wash and saponification stages of one cascade. [draw]
        stage_m3: Mixer and settler of one stage. [cut, draw]
        organic_m3: Organic, tanks included. [draw]
        stock_mol: Rare earths in process. [draw]
        yearly: Amounts by name: kmol, m3 or t per year. [draw]
    """

    stages: np.ndarray
    service: np.ndarray
    stage_m3: np.ndarray
    organic_m3: np.ndarray
    stock_mol: np.ndarray
    yearly: Mapping[str, np.ndarray]


def sizes(train: Train, solved: tuple[Solved, ...], run: Operation, given: Mapping[str, np.ndarray],
          loads: np.ndarray, ideal: np.ndarray, purification: Purification) -> Sizes:  # fmt: skip
    """Sizes and yearly use for given values.

    Args:
        train: Designed cascades.
        solved: With acid and base.
        run: Concentrations.
        given: Inputs of practice, by name. [draw]
        loads: S of each cut per mole of the plant's feed. [cut, draw]
        ideal: Ideal stages. [cut, draw]
        purification: What the feed brings.
    """
    feed = train.plan.feed
    minutes = given["hours"] * 60
    rate = feed.rate_mol_per_year / minutes * (1 - given["purification loss"])  # mol/min into extraction
    flow = np.array([c.flow_mol_per_mol for c in train.cascades])[:, None]
    made = np.array([sum(c.organic.values()) for c in train.cascades])[:, None]
    share = np.array([[c.design.sized.extraction_stages / c.design.sized.total_stages] for c in train.cascades])
    scrub = loads - made
    base = 3 * loads * np.array([given[f"base {i}"] for i in range(len(solved))])
    acid = 3 * scrub * np.array([given[f"acid {i}"] for i in range(len(solved))])
    organic = base / run.saponified_mol_per_l * rate  # L/min
    washed = acid / run.scrub_acid_mol_per_l * rate
    aqueous = flow / run.feed_mol_per_l * rate + washed
    strip = 3 * made * (1 + given["strip excess"]) / run.strip_acid_mol_per_l * rate
    carried = given["entrained_aqueous"] * organic * (share / aqueous + (1 - share) / washed)  # mean of both sections
    stages, service = np.ceil(real_stages(ideal, given["murphree"], carried)), np.round(given["service_stages"])
    litres = given["mixer"] * (1 + given["settler"])  # L of stage per L/min
    stage = (organic + aqueous) * litres / 1000
    strip_m3 = (organic + strip) * litres / 1000
    held = stages * stage * organic / (organic + aqueous) + service * strip_m3 * organic / (organic + strip)
    holds = loads + scrub + flow * share  # mol RE per mol fed in both phases, average over the stages
    stock = stages * litres * holds * rate + service * litres * made * rate
    lost = given["entrained_organic"] * (aqueous + strip) * minutes / 1000  # m3 per year
    total = purification.outcome(given, feed.rate_t_reo_per_year or 0.0, feed.oxide_kg_per_mol)
    kmol = rate * minutes / 1000
    entering = feed.rate_mol_per_year / 1000
    free = 3 * made * given["strip excess"]
    precipitated = PRECIPITANTS[run.precipitant] * (1 + given["precipitant excess"])
    yearly = {
        "base kmol": (base + free).sum(axis=0) * kmol + total["base_kmol"],
        "acid kmol": (acid + 3 * made + free).sum(axis=0) * kmol + 3 * entering * (1 + given["dissolution_excess"]),
        "precipitant kmol": precipitated * kmol,
        "water m3": (aqueous + strip).sum(axis=0) * minutes / 1000,
        "mixer m3": (stages * stage + service * strip_m3).sum(axis=0) / (1 + given["settler"]),
        **{f"purification {k}": v for k, v in total.items()},
        **{f"lost {i}": lost[i] for i in range(len(solved))},
    }  # fmt: skip
    return Sizes(stages, service, stage, held.sum(axis=0) * (1 + given["tanks"]), stock.sum(axis=0), yearly)


def real_stages(ideal: np.ndarray, murphree: np.ndarray, carried: np.ndarray) -> np.ndarray:
    """Stages of a given efficiency that do what ideal stages do.

    Args:
        ideal: Ideal stages.
        murphree: Murphree efficiency of the organic, in (0, 1]. [share]
        carried: Aqueous that goes back with the organic, over the net aqueous flow, at least 0. [ratio]

    References:
        Colburn, Ind. Eng. Chem. 28, no. 5 (1936): liquid carried up a column.

    >>> round(float(real_stages(np.array(40.0), np.array(1.0), np.array(0.05))), 6)
    42.0
    """
    return ideal * (1 / murphree + carried)


def draws_of(train: Train, solved: tuple[Solved, ...], how: Practice, count: int, seed: int) -> tuple[
    dict[str, np.ndarray], np.ndarray, np.ndarray
]:  # fmt: skip
    """Draws of practice, loads and ideal stages.

    Args:
        train: Designed cascades.
        solved: With acid and base.
        how: Practice.
        count: Number of draws.
        seed: Seed.

    Returns:
        Values by name [draw], loads [cut, draw], ideal stages [cut, draw]; NaN where a draw allows no separation.
    """
    rng = np.random.default_rng([seed, 7])
    given = {name: _drawn(q, rng, count) for name, q in _named(how, solved).items()}
    plan = train.plan
    draws = Draws(list(dict.fromkeys(s.system for s in plan.steps)), count, seed)
    sharp = np.array([[s.load_mol_per_mol] for s in plan.steps])
    now = np.array([[c.design.sized.load_mol_per_mol * c.flow_mol_per_mol] for c in train.cascades])
    loads = step_loads(plan.feed, plan.steps, draws, plan.over_minimum_ratio) / sharp * now
    ideal = np.array([_stages(one, draws) for one in solved])
    return given, loads, ideal


def _named(how: Practice, solved: tuple[Solved, ...]) -> dict[str, Quantity]:
    own = {f"base {i}": s.base_ratio for i, s in enumerate(solved)}
    return how.inputs() | own | {f"acid {i}": s.acid_ratio for i, s in enumerate(solved)}


def _drawn(q: Quantity, rng: np.random.Generator, count: int) -> np.ndarray:
    """Uniform from low to value and from value to high, half of the draws each; a number without range stays."""
    value = q.value or 0.0
    low, high = value if q.low is None else q.low, value if q.high is None else q.high
    u = rng.uniform(-1.0, 1.0, count)
    return value + np.where(u < 0, u * (value - low), u * (high - value))


def _stages(solved: Solved, draws: Draws) -> np.ndarray:
    """Ideal stages of a cut: as solved, times the ratio of Smoker's counts for its keys. [draw]"""
    one = solved.cascade
    step, sized = one.step, one.design.sized
    pair = (step.light[-1], step.heavy[0])
    state, cut = sized.steady, len(one.design.light_group)
    share = float(state.circuit.fed[cut:].sum())
    heavy, light = state.heavy_product, state.raffinate
    purities = float(heavy[cut:].sum() / heavy.sum()), float(light[:cut].sum() / light.sum())
    over = sized.load_mol_per_mol / sized.least_load_mol_per_mol

    def count(beta: float) -> float:
        load = over * shortcuts.minimum_load(beta, share)
        return shortcuts.smoker(shortcuts.Binary(beta, share, *purities, load)).total_stages

    now = step.system.alpha(pair)
    base = count(float(now[1] / now[0]))
    betas = draws.alpha(step.system, pair)[:, 1]
    return np.array([solved.ideal_stages * count(b) / base if b > 1 else np.nan for b in betas])


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
    train = train_of(sequence, purity_share, recovery_share)
    solved = solved_with_acid(train, run, level)
    return sized_plant(train, solved, run, how)[0], train


@dataclass(frozen=True)
class Spread:
    """Values of a plant as designed, with the 5 and 95 % points over draws.

    Args:
        now: As designed; one draw.
        drawn: Over draws.
        lost: Draws in which a cut is impossible.
    """

    now: Sizes
    drawn: Sizes
    lost: int

    def of(self, now: np.ndarray | float, drawn: np.ndarray, unit: str, basis: str, reason: str) -> Quantity:
        """A quantity: its value, and the 5 and 95 % points of its draws, widened to the value."""
        value = float(np.asarray(now).reshape(-1)[0])
        low, high = percentiles(drawn)
        return Quantity(value, unit, min(low, value), max(high, value), basis, reason=reason)


def spread_of(train: Train, solved: tuple[Solved, ...], run: Operation, how: Practice,
              samples: int = SAMPLES, seed: int = SEED) -> Spread:  # fmt: skip
    """Sizes as designed and over draws.

    Args:
        train: Designed cascades.
        solved: With acid and base.
        run: Concentrations.
        how: Practice.
        samples: Number of draws.
        seed: Seed.
    """
    values = {name: np.array([q.value or 0.0]) for name, q in _named(how, solved).items()}
    loads = np.array([[c.design.sized.load_mol_per_mol * c.flow_mol_per_mol] for c in train.cascades])
    ideal = np.array([[float(one.ideal_stages)] for one in solved])
    now = sizes(train, solved, run, values, loads, ideal, how.purification)
    given, drawn_loads, drawn_ideal = draws_of(train, solved, how, samples, seed)
    drawn = sizes(train, solved, run, given, drawn_loads, drawn_ideal, how.purification)
    return Spread(now, drawn, int(np.isnan(drawn_loads.sum(axis=0)).sum()))


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
        run.base: yearly("base kmol", base, "t per year", f"100 %; {said}; neutralisation of strip acid by excess"),
        "HCl": yearly("acid kmol", acid, "t per year", f"100 %; {said}; strip and dissolution by excess"),
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
        drawn_power = _drawn(how.mixer_power, np.random.default_rng(SEED), len(drawn["mixer m3"]))
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
    return {
        key: spread.of(sum(parts)[0], sum(parts)[1:], "t per year", basis, "make-up for entrained organic")  # pyright: ignore[reportIndexIssue]
        for key, parts in found.items()
    }


def _equipment(spread: Spread, solved: tuple[Solved, ...], basis: str) -> tuple[Equipment, ...]:
    items = []
    service = int(spread.now.service[0])
    for i, one in enumerate(solved):
        low, high = percentiles(spread.drawn.stages[i])
        size = spread.of(spread.now.stage_m3[i], spread.drawn.stage_m3[i], "m3", basis,
                         f"{low:.0f} to {high:.0f} extraction and scrub stages over draws")  # fmt: skip
        name = f"mixer_settler {one.cascade.step.cut} {one.cascade.step.system.extractant}"
        items.append(Equipment(name, int(spread.now.stages[i, 0]), size))
        items.append(Equipment(f"{name} strip", service, size))
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
