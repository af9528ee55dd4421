"""How a cascade with acid and base is run, and its bill of reagents.

Acid, base, salt and water are counted from the flows that `tuning.py` finds on mass action (L2), the strip's included.
Limits: those of `acid.py` and `strip.py`; precipitation by stoichiometry with an excess (a range, estimate), and the
strip, too, where it cannot be solved; losses of extractant and water treatment are not counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from gadolin.errors import Fault, InputError
from gadolin.quantity import Quantity
from gadolin.separation.acid_circuit import Mixed
from gadolin.separation.design import Design
from gadolin.separation.strip import Strip

G_PER_MOL = {"NaOH": 40.00, "NH3": 17.03, "HCl": 36.46, "NaCl": 58.44, "NH4Cl": 53.49, "oxalic acid dihydrate": 126.07,
             "ammonium bicarbonate": 79.06}  # fmt: skip
SALT = {"NaOH": "NaCl", "NH3": "NH4Cl"}
STRIP_EXCESS = Quantity(
    0.2, "share", 0.1, 0.5, "estimate", reason="acid of the strip beyond 3 mol per mol; no plant figure"
)
PRECIPITANT_EXCESS = Quantity(
    0.2, "share", 0.05, 0.5, "estimate", reason="beyond stoichiometry; no plant figure retrieved"
)
PRECIPITANTS = {"oxalic acid dihydrate": 1.5, "ammonium bicarbonate": 3.0}


@dataclass(frozen=True)
class Operation:
    """How a cascade is run; choices within what plants do.

    Args:
        total_dimer_mol_per_l: Extractant as dimer; 0.5-0.75 is 1-1.5 mol/L of P507. [mol/L]
        saponified_mol_per_l: Base in the entering organic; 30-50 % of the formal extractant is usual. [mol/L]
        feed_mol_per_l: Rare earths in the aqueous feed. [mol/L]
        feed_acid_mol_per_l: Free acid of the feed. [mol/L]
        scrub_acid_mol_per_l: Scrub acid. [mol/L]
        strip_acid_mol_per_l: Strip acid. [mol/L]
        base: NaOH or NH3.
        precipitant: What precipitates both products.

    Raises:
        InputError: A number out of range.
    """

    total_dimer_mol_per_l: float = 0.75
    saponified_mol_per_l: float = 0.54
    feed_mol_per_l: float = 1.0
    feed_acid_mol_per_l: float = 0.01
    scrub_acid_mol_per_l: float = 4.0
    strip_acid_mol_per_l: float = 5.0
    base: Literal["NaOH", "NH3"] = "NaOH"
    precipitant: str = "oxalic acid dihydrate"

    def __post_init__(self) -> None:
        faults = [
            Fault("must be greater than 0", field=name, value=getattr(self, name))
            for name in ("total_dimer_mol_per_l", "saponified_mol_per_l", "feed_mol_per_l", "feed_acid_mol_per_l",
                         "scrub_acid_mol_per_l", "strip_acid_mol_per_l")
            if not getattr(self, name) > 0
        ]  # fmt: skip
        if self.saponified_mol_per_l >= self.total_dimer_mol_per_l:
            faults.append(
                Fault("must be below the total dimer", field="saponified_mol_per_l", value=self.saponified_mol_per_l)
            )
        if self.base not in SALT:
            faults.append(Fault(f"must be one of {', '.join(SALT)}", field="base", value=self.base))
        if self.precipitant not in PRECIPITANTS:
            faults.append(
                Fault(f"must be one of {', '.join(PRECIPITANTS)}", field="precipitant", value=self.precipitant)
            )
        if faults:
            raise InputError(faults)


@dataclass(frozen=True)
class Tuned:
    """A design on mass action, per mole of feed (so flows are in litres per mole fed).

    Args:
        design: Design at L1.
        operation: How it is run.
        mixed: Solved cascade; 1 mol/min of rare earths is fed.
        extraction_stages: Of the solved cascade.
        notes: What a reader must know: pH range, loading.
        strip: Solved strip of its product; None where none takes it off.
    """

    design: Design
    operation: Operation
    mixed: Mixed
    extraction_stages: int
    notes: tuple[str, ...]
    strip: Strip | None

    @property
    def organic_l_per_mol(self) -> float:
        """Organic flow per mole fed. [L/mol]"""
        return self.mixed.circuit.organic_l_per_min

    @property
    def scrub_l_per_mol(self) -> float:
        """Scrub acid per mole fed. [L/mol]"""
        scrub = self.mixed.circuit.scrub
        assert scrub is not None
        return self.mixed.circuit.streams[scrub].flow_l_per_min

    def bill(self) -> pd.DataFrame:
        """Reagents, salt and water, per mole fed and per tonne of REO fed, with range and basis."""
        run, kg_reo = self.operation, self.design.feed.oxide_kg_per_mol
        made = float(self.mixed.product.sum())
        base = self.organic_l_per_mol * run.saponified_mol_per_l
        scrub = self.scrub_l_per_mol * run.scrub_acid_mol_per_l
        one = Quantity(1.0, "-", basis="derived")
        strip, solved = self.strip_ratio, "solved flow" if self.strip is not None else "by stoichiometry, not solved"
        more = replace(one, value=1 + (PRECIPITANT_EXCESS.value or 0), low=1 + (PRECIPITANT_EXCESS.low or 0),
                       high=1 + (PRECIPITANT_EXCESS.high or 0), basis="estimate")  # fmt: skip
        acid = 3 * made
        rows = [
            _row(run.base, base, one, G_PER_MOL[run.base], kg_reo, "saponification, solved flow"),
            _row("HCl", scrub, one, G_PER_MOL["HCl"], kg_reo, "scrub, solved flow"),
            _row("HCl", acid, strip, G_PER_MOL["HCl"], kg_reo, f"strip of the organic product, {solved}"),
            _row(SALT[run.base], base, one, G_PER_MOL[SALT[run.base]], kg_reo, "salt leaving with the raffinate"),
            _row(run.precipitant, PRECIPITANTS[run.precipitant], more, G_PER_MOL[run.precipitant], kg_reo,
                 "precipitation of both products"),
        ]  # fmt: skip
        litres = self.mixed.aqueous[0] + acid * (strip.value or 1) / run.strip_acid_mol_per_l
        rows.append({"item": "water", "use": "feed, scrub and strip liquor", "mol_per_mol": np.nan,
                     "t_per_t_reo": litres / kg_reo, "t_per_t_reo_low": np.nan, "t_per_t_reo_high": np.nan,
                     "basis": "derived"})  # fmt: skip
        return pd.DataFrame(rows)

    @property
    def strip_ratio(self) -> Quantity:
        """Strip acid over 3 mol per mol of product, with its range. [ratio]"""
        value, low, high = (1 + (e or 0.0) for e in (STRIP_EXCESS.value, STRIP_EXCESS.low, STRIP_EXCESS.high))
        if self.strip is None:
            return Quantity(value, "ratio", low, high, "estimate", reason=STRIP_EXCESS.reason)
        found = self.strip.acid_mol_per_mol / (3 * float(self.mixed.product.sum()))
        least = low / value if self.strip.acid_ratio == value else 1.0  # less than was found necessary is no choice
        return Quantity(found, "ratio", least * found, high / value * found, "estimate",
                        reason="least that the strip can use, in steps of 10 %; above it as plants may")  # fmt: skip

    def table(self) -> pd.DataFrame:
        """Stage by stage: pH, extractant, loading, concentrations."""
        m = self.mixed
        columns = {
            "stage": np.arange(1, m.circuit.stages + 1),
            "ph": m.ph,
            "free_dimer_mol_per_l": m.free,
            "loading_share": m.loading,
            "base_metal_mol_per_l": m.base,
            "soap_mol_per_l": m.soap,
        }
        columns |= {f"c_{s}_mol_per_l": m.c[i] for i, s in enumerate(self.design.order)}
        columns |= {f"y_{s}_mol_per_l": m.y[i] for i, s in enumerate(self.design.order)}
        return pd.DataFrame(columns).set_index("stage")


def _row(item: str, mol: float, times: Quantity, g_per_mol: float, kg_reo: float, use: str) -> dict[str, object]:
    each = g_per_mol / 1e3 / kg_reo
    value, low, high = (None if t is None else mol * t for t in (times.value, times.low, times.high))
    assert value is not None
    return {
        "item": item,
        "use": use,
        "mol_per_mol": value,
        "t_per_t_reo": value * each,
        "t_per_t_reo_low": np.nan if low is None else low * each,
        "t_per_t_reo_high": np.nan if high is None else high * each,
        "basis": times.basis,
    }
