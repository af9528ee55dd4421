"""Equipment, stocks and reagents of a plant from the designs of its cuts, as a `Plant` that economics can price.

    mixer volume   (A + O) x residence time            settler   a multiple of it (above 2.5 in Chinese plants)
    organic stock  organic share of both               rare earths in process   concentrations x volumes
Reagents follow from the loads of L1 by stoichiometry here and are marked so; a bill from solved acid and base is
`reagents.py`. Real stages are ideal stages over the stage efficiency.
Limits: equal phases held in mixer and settler as they flow; no spare, no tanks; losses of extractant from entrainment.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadolin.elements import element
from gadolin.plant import Equipment, Plant
from gadolin.quantity import Quantity, weakest
from gadolin.separation.design import Design
from gadolin.separation.reagents import G_PER_MOL, PRECIPITANT_EXCESS, PRECIPITANTS, SALT, STRIP_EXCESS, Operation
from gadolin.separation.sequence import Plan, Step, plant_designs


def _estimate(value: float, unit: str, low: float, high: float, reason: str) -> Quantity:
    return Quantity(value, unit, low, high, "estimate", reason=reason)


EFFICIENCY_SHARE = _estimate(0.95, "share", 0.85, 1.0, "plants quote above 90 %")
MIXER_MIN = _estimate(4.0, "min", 3.0, 10.0, "3-5 from memory, 10 an overestimate of a pilot")
SETTLER_OVER_MIXER_RATIO = _estimate(3.0, "ratio", 2.5, 4.0, "above 2.5 reported for Chinese plants")
ENTRAINED_SHARE = _estimate(2e-4, "share", 5e-5, 5e-3, "0.5 % entrained aqueous reported; organic after coalescing")
HOURS_PER_YEAR = _estimate(7500.0, "hours per year", 7000.0, 8000.0, "usual running time; no source")
RECOVERY_SHARE = _estimate(0.96, "share", 0.91, 0.98, "designs and norms give 91-98 %")


@dataclass(frozen=True)
class Practice:
    """How stages are built; every number is an input with a range.

    Args:
        efficiency_share: Ideal over real stages.
        mixer_min: Residence in the mixer.
        settler_over_mixer_ratio: Volume of the settler over the mixer's.
        entrained_share: Organic leaving with an aqueous stream, over that stream.
        hours_per_year: Running time.
        recovery_share: Of every element over the whole plant.
    """

    efficiency_share: Quantity = EFFICIENCY_SHARE
    mixer_min: Quantity = MIXER_MIN
    settler_over_mixer_ratio: Quantity = SETTLER_OVER_MIXER_RATIO
    entrained_share: Quantity = ENTRAINED_SHARE
    hours_per_year: Quantity = HOURS_PER_YEAR
    recovery_share: Quantity = RECOVERY_SHARE


def plant_of(sequence: Plan, operation: Operation | None = None, practice: Practice | None = None,
             purity_share: float = 0.995) -> tuple[Plant, list[tuple[Step, Design]]]:  # fmt: skip
    """The plant of a sequence for a feed with a rate, and the designs it stands on.

    Args:
        sequence: From `sequence()`.
        operation: Concentrations, base, precipitant.
        practice: How stages are built.
        purity_share: Of both products of every cut. [share]

    Raises:
        InputError: The feed has no rate; a cut cannot be designed.
    """
    run, how = operation or Operation(), practice or Practice()
    feed = sequence.feed
    minutes = (how.hours_per_year.value or 0) * 60
    rate = feed.rate_mol_per_year / minutes  # mol/min
    designs = plant_designs(sequence, purity_share)
    organic_m3, stock_mol, equipment = 0.0, 0.0, []
    base_mol, acid_mol, water_l = 0.0, 0.0, 0.0
    for step, one in designs:
        flow = rate * step.flow_mol_per_mol
        load, scrub = one.sized.load_mol_per_mol * flow, one.sized.scrub_mol_per_mol * flow
        organic = 3 * load / run.saponified_mol_per_l
        aqueous = flow / run.feed_mol_per_l + 3 * scrub / run.scrub_acid_mol_per_l
        stages = math.ceil(one.sized.total_stages / (how.efficiency_share.value or 1))
        mixer = (organic + aqueous) * (how.mixer_min.value or 0) / 1000
        volume = mixer * (1 + (how.settler_over_mixer_ratio.value or 0))
        spread = _volume_range(how)
        size = Quantity(volume, "m3", volume * spread[0], volume * spread[1], "estimate")
        equipment.append(Equipment(f"mixer_settler {step.cut} {step.system.extractant}", stages, size))
        organic_m3 += stages * volume * organic / (organic + aqueous)
        stock_mol += stages * volume * 1000 * (load + scrub + flow) / (organic + aqueous)
        made = float(one.sized.steady.heavy_product.sum()) * flow
        base_mol += 3 * load * minutes
        acid_mol += (3 * scrub + 3 * made * (1 + (STRIP_EXCESS.value or 0))) * minutes
        water_l += (aqueous + 3 * made / run.strip_acid_mol_per_l) * minutes
    return _assemble(sequence, run, how, equipment, organic_m3, stock_mol, (base_mol, acid_mol, water_l)), designs


def _volume_range(how: Practice) -> tuple[float, float]:
    mixer, settler = how.mixer_min, how.settler_over_mixer_ratio
    middle = (mixer.value or 1) * (1 + (settler.value or 0))
    low = (mixer.low or 0) * (1 + (settler.low or 0)) / middle
    return low, (mixer.high or 0) * (1 + (settler.high or 0)) / middle


def _assemble(
    sequence: Plan, run: Operation, how: Practice, equipment: list[Equipment], organic_m3: float,
    stock_mol: float, used: tuple[float, float, float],
) -> Plant:  # fmt: skip
    feed, (base_mol, acid_mol, water_l) = sequence.feed, used
    basis = weakest([sequence.basis, "estimate"])
    span = (sequence.load_low_mol_per_mol, sequence.load_high_mol_per_mol)
    whole = sequence.load_mol_per_mol
    ends = (1.0, 1.0) if None in span else (min(1.0, span[0] / whole), max(1.0, span[1] / whole))  # pyright: ignore[reportOptionalOperand]
    spread = _volume_range(how)

    def tonnes(mol: float, g: float) -> Quantity:
        t = mol * g / 1e6
        return Quantity(t, "t per year", t * ends[0], t * ends[1], basis, reason="stoichiometry of the L1 loads")

    rate = feed.rate_t_reo_per_year or 0.0
    products = {
        s: Quantity(
            rate * share / element(s).oxide_factor, "t element per year", basis=feed.basis, refs=feed.refs
        ).times(how.recovery_share, "t element per year")
        for s, share in feed.reo_share.items()
    }
    each = feed.rate_mol_per_year * PRECIPITANTS[run.precipitant] * G_PER_MOL[run.precipitant] / 1e6
    more = PRECIPITANT_EXCESS
    value, low, high = (each * (1 + (e or 0)) for e in (more.value, more.low, more.high))
    stock = stock_mol * feed.oxide_kg_per_mol / 1000
    return Plant(
        stage="separation",
        good="oxide",
        product_t_element_per_year=products,
        recovery_share=dict.fromkeys(products, how.recovery_share),
        equipment=tuple(equipment),
        reagents={
            run.base: tonnes(base_mol, G_PER_MOL[run.base]),
            "HCl": tonnes(acid_mol, G_PER_MOL["HCl"]),
            run.precipitant: Quantity(value, "t per year", low, high, "estimate", reason="stoichiometry and an excess"),
        },
        effluent={
            SALT[run.base]: tonnes(base_mol, G_PER_MOL[SALT[run.base]]),
            "saline water": Quantity(
                water_l / 1000, "m3 per year", water_l * ends[0] / 1000, water_l * ends[1] / 1000, basis
            ),
        },
        inventory_t_reo=Quantity(stock, "t REO", stock * spread[0], stock * spread[1], basis),
        inventory={"organic": Quantity(organic_m3, "m3", organic_m3 * spread[0], organic_m3 * spread[1], basis)},
        name=f"separation of {feed.name}, sequence {sequence.name}",
        refs=feed.refs,
    )


@dataclass(frozen=True)
class PlantReport:
    """A sequence with its plant and designs, to print."""

    plan: Plan
    plant: Plant
    designs: tuple[tuple[Step, Design], ...]

    def table(self) -> pd.DataFrame:
        """Cut by cut: stages, loads, size of a stage."""
        return pd.DataFrame(
            [
                {
                    "cut": step.cut,
                    "extractant": step.system.extractant,
                    "flow_mol_per_mol": step.flow_mol_per_mol,
                    "ideal_stages": one.sized.total_stages,
                    "real_stages": item.count,
                    "load_mol_per_mol": one.sized.load_mol_per_mol * step.flow_mol_per_mol,
                    "stage_m3": item.size.value,
                }
                for (step, one), item in zip(self.designs, self.plant.equipment, strict=True)
            ]
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        plant = self.plant
        return {
            "sequence": self.plan.as_dict(),
            "cuts": self.table().to_dict("records"),
            "product_t_element_per_year": {s: q.as_dict() for s, q in plant.product_t_element_per_year.items()},
            "reagents": {s: q.as_dict() for s, q in plant.reagents.items()},
            "effluent": {s: q.as_dict() for s, q in plant.effluent.items()},
            "inventory_t_reo": plant.inventory_t_reo.as_dict(),
            "inventory": {s: q.as_dict() for s, q in plant.inventory.items()},
            "equipment": [{"kind": e.kind, "count": e.count, "size": e.size.as_dict()} for e in plant.equipment],
            "refs": list(plant.refs),
        }

    def __str__(self) -> str:
        plant = self.plant
        stages = sum(e.count for e in plant.equipment)
        lines = [
            str(self.plan),
            f"  stages     {stages} real mixer-settlers in {len(plant.equipment)} cascades",
            "  reagents   " + "; ".join(f"{n} {q}" for n, q in plant.reagents.items()),
            "  leaves     " + "; ".join(f"{n} {q}" for n, q in plant.effluent.items()),
            f"  stock      organic {plant.inventory['organic']}, rare earths {plant.inventory_t_reo}",
            "  limits     reagents by stoichiometry of the L1 loads, ideal cuts; equipment from estimated practice",
        ]
        return "\n".join(lines)


def plant_report(plan: Plan, purity_share: float = 0.995) -> PlantReport:
    """Plant and designs of a sequence in one result.

    Args:
        plan: From `sequence()`.
        purity_share: Of both products of every cut. [share]
    """
    plant, designs = plant_of(plan, purity_share=purity_share)
    return PlantReport(plan, plant, tuple(designs))
