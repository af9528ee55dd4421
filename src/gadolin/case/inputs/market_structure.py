"""The shape of the rare-earth world that the market model is given: regions, baskets, plants, goods, uses.

Which stages stand in which region follows the evidence: a plant in operation in `facilities`, a share in
`processing_shares`, a recorded flow. Regions without that are merged into `RST` (rest) and said. Recoveries and
contents are those of the tables where they are sourced, else estimates that `ASSUMPTIONS` names.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from gadolin.case.inputs.market_priors import Priors
from gadolin.elements import ELEMENTS, oxide_factor
from gadolin.market.observations import Use
from gadolin.market.world import Process, Route

EU = (
    "AUT",
    "BEL",
    "BGR",
    "HRV",
    "CYP",
    "CZE",
    "DNK",
    "EST",
    "FIN",
    "FRA",
    "DEU",
    "GRC",
    "HUN",
    "IRL",
    "ITA",
    "LVA",
    "LTU",
    "LUX",
    "MLT",
    "NLD",
    "POL",
    "PRT",
    "ROU",
    "SVK",
    "SVN",
    "ESP",
    "SWE",
)
REGIONS = ("AUS", "BRA", "CHN", "EUU", "IND", "JPN", "KOR", "MMR", "MYS", "RST", "USA", "VNM")
MEMBERS: dict[str, tuple[str, ...]] = {"EUU": EU, "MMR": ("MMR", "LAO")}
MINED_AS = {"THA": "MMR"}
"""Thailand makes metal, so its trade is RST; what is mined there is clay carbonate like that of Myanmar."""

VECTORS = {
    "bayan_obo": ("bayan_obo", "liu_2022"),
    "mountain_pass": ("mountain_pass", "liu_2022"),
    "mt_weld": ("mt_weld", "liu_2022"),
    "monazite": ("au_east_monazite", "gupta_2005"),
}
CLAYS = {
    "xinfeng": ("cn_xinfeng", "memory_chi"),
    "xunwu": ("cn_xunwu", "memory_chi"),
    "longnan": ("cn_longnan", "gupta_2005"),
}
"""Vectors of the ion clays; which one holds for Myanmar is not known and decides Dy and Tb."""

MINES = {
    "bayan_obo": ("CHN",),
    "clay": ("CHN", "MMR", "MYS", "VNM", "BRA"),
    "mountain_pass": ("USA",),
    "mt_weld": ("AUS",),
    "monazite": ("IND", "RST"),
}
CRACKERS = {
    "bayan_obo": ("CHN",),
    "mountain_pass": ("CHN", "USA"),
    "mt_weld": ("CHN", "MYS", "AUS"),
    "monazite": ("CHN", "IND", "EUU"),
}
SEPARATORS = {
    "bayan_obo": ("CHN",),
    "clay": ("CHN", "MYS"),
    "mountain_pass": ("CHN", "USA"),
    "mt_weld": ("CHN", "MYS", "AUS"),
    "monazite": ("CHN", "IND", "EUU"),
}
OXIDES = tuple(e for e in ELEMENTS if e != "Tm")
METALS = ("Y", "La", "Ce", "Pr", "Nd", "Sm", "Gd", "Tb", "Dy", "Ho")
METAL_MAKERS = ("CHN", "EUU", "IND", "JPN", "KOR", "MYS", "RST", "USA", "VNM")
MAGNET_MAKERS = ("CHN", "EUU", "JPN", "KOR", "RST", "USA", "VNM")
USERS = tuple(r for r in REGIONS if r != "MMR")

GRADES: dict[str, dict[str, float]] = {
    "N": {"Nd": 0.25, "Pr": 0.05},
    "H": {"Nd": 0.232, "Pr": 0.037, "Dy": 0.0244, "Tb": 0.0069},
}
"""Element per magnet. H is the mix of EV and wind magnets of 2024 (demand table) at 30 %; N holds no Dy or Tb."""
PR_RICH = {"Nd": 0.20, "Pr": 0.10}
"""Second recipe of grade N: Nd and Pr replace each other in unalloyed grades, and only there."""
SWARF: dict[str, dict[str, float]] = {**GRADES, "P": PR_RICH}
"""Element per swarf. That of the second recipe is kept apart, or recycling would turn Pr into Nd."""

ASSUMPTIONS = (
    "Laos is merged into MMR, and Thai mine output too: clay carbonate that goes to China and is told apart nowhere",
    "MMR sells to China alone; its recorded flows to others are left out",
    "Canada, the United Kingdom, Taiwan, Russia, Africa and the rest are one region, RST: a stage there rests on one "
    "plant or none",
    "Brazil's output is taken as ion clay of the chosen vector; Serra Verde differs",
    "India, Russia, Madagascar and Nigeria mine one basket, monazite of eastern Australia",
    "magnets come in two grades: H is the mix of electric cars and wind power of 2024, N the rest without Dy and Tb",
    "Tm has no quote anywhere: it is made and never priced",
    "regional use follows from trade and output; no source states it except for the United States",
    "ore and concentrate under 253090 and 261220 are not in the trade data: those flows follow from the balances",
    "half of the La and Ce for which no use is recorded goes to an outlet with elasticity -2",
    "no oxide of Nd, Pr, Dy or Tb is used as such beyond a small amount: they go to metal; none of any kind in AUS, "
    "BRA, MYS and VNM",
)


@dataclass(frozen=True, eq=False)
class Structure:
    """Processes, routes and uses of the world, for one composition of the baskets.

    Args:
        composition: Oxide share by basket and element, summing to 1 over the fifteen. [share]
        priors: Recoveries, yields, elasticities.
    """

    composition: Mapping[str, Mapping[str, float]]
    priors: Priors

    @staticmethod
    def region_of(country_iso3: str) -> str:
        """Region of a country; what stands in no region of its own is RST.

        >>> [Structure.region_of(c) for c in ("DEU", "LAO", "CAN")]
        ['EUU', 'MMR', 'RST']
        """
        for region, members in MEMBERS.items():
            if country_iso3 in members:
                return region
        return country_iso3 if country_iso3 in REGIONS else "RST"

    def scrap(self, grade: str) -> dict[str, float]:
        """Oxide recovered from a unit of swarf of a grade. [t REO/t]"""
        share = self.priors.value("recovery_share", "scrap")
        return {f"oxide:{e}": share * a * oxide_factor(e) for e, a in SWARF[grade].items()}

    def processes(self) -> tuple[Process, ...]:
        """All processes of the world, without cost."""
        found: list[Process] = []
        cracking, separation = (self.priors.value("recovery_share", k) for k in ("cracking", "separation"))
        metal, magnet = (self.priors.value("yield_share", k) for k in ("metal", "magnet"))
        disposal = self.priors.value("price", "disposal_usd_per_kg")
        for basket, regions in MINES.items():
            product = "mixed_carbonate:clay" if basket == "clay" else f"concentrate:{basket}"
            found += [Process(f"{r} mine {basket}", r, "mine", {product: 1.0}) for r in regions]
        for basket, regions in CRACKERS.items():
            for r in regions:
                takes = {f"concentrate:{basket}": 1.0}
                makes = {f"mixed_carbonate:{basket}": cracking}
                found.append(Process(f"{r} cracking {basket}", r, "cracking_leaching", makes, takes))
        for basket, regions in SEPARATORS.items():
            share, takes = self.composition[basket], {f"mixed_carbonate:{basket}": 1.0}
            makes = {f"oxide:{e}": separation * share[e] for e in OXIDES if share[e] > 0}
            for r in regions:
                found.append(Process(f"{r} separation {basket}", r, "separation", makes, takes))
        for r in METAL_MAKERS:
            for e in METALS:
                takes = {f"oxide:{e}": oxide_factor(e) / metal}
                found.append(Process(f"{r} metal {e}", r, "metal", {f"metal:{e}": 1.0}, takes))
        for r in MAGNET_MAKERS:
            for name, grade, swarf in (("N", "N", "N"), ("N Pr-rich", "N", "P"), ("H", "H", "H")):
                takes = {f"metal:{e}": a / magnet for e, a in SWARF[swarf].items()}
                makes = {f"magnet:{grade}": 1.0, f"scrap:{swarf}": 1 / magnet - 1}
                found.append(Process(f"{r} magnet {name}", r, "magnet", makes, takes))
            for grade in SWARF:
                found.append(
                    Process(f"{r} recycling {grade}", r, "recycling", self.scrap(grade), {f"scrap:{grade}": 1.0})
                )
        found.append(Process("CHN old scrap", "CHN", "recycling", self.scrap("N")))
        found.append(Process("CHN old scrap H", "CHN", "recycling", self.scrap("H")))
        for r in sorted({r for regions in SEPARATORS.values() for r in regions}):
            for e in OXIDES:
                found.append(Process(f"{r} disposal {e}", r, "use", {}, {f"oxide:{e}": 1.0}, cost_usd_per_kg=disposal))
        return tuple(found)

    def uses(self) -> tuple[Use, ...]:
        """All uses; the facts decide how large they are."""
        of = functools.partial(self.priors.value, "elasticity")
        choke = {kind: self.priors.value("choke_ratio", kind) for kind in ("oxide", "metal", "magnet")}
        found: list[Use] = []
        for r in USERS:
            found += [Use(r, f"oxide:{e}", "all", of(e), choke["oxide"]) for e in OXIDES]
            found += [Use(r, f"metal:{e}", "all", of(e), choke["metal"]) for e in METALS]
            found += [
                Use(r, f"magnet:{grade}", use, of("magnet"), choke["magnet"])
                for grade, use in (("N", "other magnets"), ("H", "EV traction"), ("H", "wind"))
            ]
        for r in sorted({r for regions in SEPARATORS.values() for r in regions}):
            found += [Use(r, f"oxide:{e}", "outlet", of("outlet"), choke["oxide"]) for e in ("La", "Ce")]
        found.append(Use("AUS", "concentrate:mt_weld", "stock building", of("stock_building"), choke["oxide"]))
        return tuple(found)

    def routes(self) -> tuple[Route, ...]:
        """All routes on which a good could go: from any region that makes or trades it to any that uses it."""
        found: list[Route] = []
        raw, concentrate = (self.priors.value("gross_factor", k) for k in ("clay_carbonate", "concentrate"))

        def every(good: str, origins: tuple[str, ...], destinations: tuple[str, ...], gross: float = 1.0) -> None:
            found.extend(Route(good, o, d, gross_factor=gross) for o in origins for d in destinations if o != d)

        for basket, mines in MINES.items():
            if basket != "clay":
                every(f"concentrate:{basket}", mines, CRACKERS[basket], concentrate)
            origins = mines if basket == "clay" else CRACKERS[basket]
            every(f"mixed_carbonate:{basket}", tuple(dict.fromkeys(origins)), SEPARATORS[basket], raw)
        for e in OXIDES:
            every(f"oxide:{e}", USERS, USERS)
        for e in METALS:
            every(f"metal:{e}", USERS, USERS)
        for grade in GRADES:
            every(f"magnet:{grade}", USERS, USERS)
        for grade in SWARF:
            every(f"scrap:{grade}", MAGNET_MAKERS, MAGNET_MAKERS)
        return tuple(found)

    def contents(self) -> dict[str, dict[str, float]]:
        """Element content of mixed goods and magnets, for rules that name elements. [kg/kg]"""
        found = {f"magnet:{g}": dict(c) for g, c in GRADES.items()} | {f"scrap:{g}": dict(c) for g, c in SWARF.items()}
        for basket, share in self.composition.items():
            found[f"concentrate:{basket}"] = found[f"mixed_carbonate:{basket}"] = dict(share)
        return found
