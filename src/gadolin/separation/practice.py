"""How a plant's stages are built and run: efficiency, entrainment, residence, hours, losses, each with its range.

Nearly none of these is published for rare-earth plants; what is not is an estimate with a range and says so. A user
replaces any of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from gadolin.quantity import Quantity
from gadolin.separation.impurities import Purification
from gadolin.separation.reagents import PRECIPITANT_EXCESS


def _estimate(value: float, unit: str, low: float, high: float, reason: str) -> Quantity:
    return Quantity(value, unit, low, high, "estimate", reason=reason)


MURPHREE = _estimate(0.95, "share", 0.85, 1.0, "plants quote above 90 %")
ENTRAINED_AQUEOUS = _estimate(0.005, "share", 0.001, 0.01, "0.5 % reported of an industrial line")
ENTRAINED_PRODUCT = _estimate(5e-4, "share", 1e-4, 2e-3, "after a clarifier of the loaded organic; no plant figure")
ENTRAINED_ORGANIC = _estimate(2e-4, "share", 5e-5, 1e-3, "after coalescing; no plant figure")
MIXER = _estimate(4.0, "min", 3.0, 10.0, "3-5 from memory, 10 an overestimate of a pilot")
SETTLER = _estimate(3.0, "ratio", 2.5, 4.0, "above 2.5 reported for Chinese plants")
WASH_STAGES = _estimate(
    4.0,
    "stages",
    2.0,
    13.0,
    "saponification and wash; 2 wash and 11 conversion stages in a pilot for Lu, else no figure",
)
STRIP_STAGES = _estimate(8.0, "stages", 3.0, 37.0, "3 in a pilot, 37 in one for Lu; no plant figure")
TANKS = _estimate(0.3, "share", 0.1, 0.6, "usual; no source")
HOURS = _estimate(7500.0, "hours per year", 7000.0, 8000.0, "usual running time; no source")
DISSOLUTION_EXCESS = _estimate(0.05, "share", 0.0, 0.2, "beyond stoichiometry; no plant figure")
PRECIPITATION = _estimate(
    0.985,
    "share",
    0.95,
    0.997,
    "93-99.7 % measured on dilute liquors, 95 % assumed for calcination in a pilot; plants reach 91-98 % over all",
)


@dataclass(frozen=True)
class Practice:
    """How stages are built and run; every number is an input with a range.

    Args:
        murphree: Stage efficiency, organic based. [share]
        entrained_aqueous: Aqueous carried on with the organic, over the organic. [share]
        entrained_organic: Organic leaving with an aqueous stream, over that stream. [share]
        entrained_product: Aqueous that leaves with the loaded organic, over the organic. [share]
        mixer: Residence in the mixer. [min]
        settler: Volume of the settler over the mixer's. [ratio]
        wash_stages: Wash and saponification stages of a cascade.
        strip_stages: Strip stages of a cascade whose strip is not solved with acid.
        tanks: Organic in tanks over organic in stages. [share]
        hours: Running time. [hours per year]
        dissolution_excess: Acid beyond 3 mol per mol that dissolves the feed. [share]
        precipitation: Rare earths that precipitation and calcination keep. [share]
        mixer_power: Power of the mixers; electricity is not counted without it. [kW per m3 of mixer]
        purification: Before extraction.
    """

    murphree: Quantity = MURPHREE
    entrained_aqueous: Quantity = ENTRAINED_AQUEOUS
    entrained_organic: Quantity = ENTRAINED_ORGANIC
    entrained_product: Quantity = ENTRAINED_PRODUCT
    mixer: Quantity = MIXER
    settler: Quantity = SETTLER
    wash_stages: Quantity = WASH_STAGES
    strip_stages: Quantity = STRIP_STAGES
    tanks: Quantity = TANKS
    hours: Quantity = HOURS
    dissolution_excess: Quantity = DISSOLUTION_EXCESS
    precipitation: Quantity = PRECIPITATION
    mixer_power: Quantity | None = None
    purification: Purification = field(default_factory=Purification)

    def inputs(self) -> dict[str, Quantity]:
        """What has a range, by name, to draw from."""
        own = {f.name: getattr(self, f.name) for f in fields(self) if isinstance(getattr(self, f.name), Quantity)}
        return own | self.purification.inputs() | {"precipitant excess": PRECIPITANT_EXCESS}
