"""The shape of the rare-earth world that the market model is given: regions, baskets, plants, goods, uses.

Which stages stand in which region follows the evidence: a plant in operation in `facilities`, a share in
`processing_shares`, a recorded flow. Regions without that are merged into `RST` (rest) and said. Recoveries and
contents are those of the tables where they are sourced, else estimates that `ASSUMPTIONS` names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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

CRACKING_RECOVERY = 0.95
SEPARATION_RECOVERY = 0.96
METAL_YIELD = 0.98
MAGNET_YIELD = 0.72
SCRAP_RECOVERY = 0.9
"""Shares; metal is sourced (product_composition), magnet is 0.70 to 0.74 by the world balance, the rest estimates."""

GRADES: dict[str, dict[str, float]] = {
    "N": {"Nd": 0.25, "Pr": 0.05},
    "H": {"Nd": 0.232, "Pr": 0.037, "Dy": 0.0244, "Tb": 0.0069},
}
"""Element per magnet. H is the mix of EV and wind magnets of 2024 (demand table) at 30 %; N holds no Dy or Tb."""
PR_RICH = {"Nd": 0.20, "Pr": 0.10}
"""Second recipe of grade N: Nd and Pr replace each other in unalloyed grades, and only there."""

RAW_GROSS_FACTOR = 1.7
CONCENTRATE_GROSS_FACTOR = 2.5

ELASTICITIES: dict[str, float] = {
    **dict.fromkeys(("Nd", "Pr"), -0.15),
    **dict.fromkeys(("Dy", "Tb"), -0.25),
    **dict.fromkeys(("La", "Ce"), -0.4),
    **dict.fromkeys(("Y", "Sm", "Gd", "Eu", "Ho", "Er", "Yb", "Lu"), -0.2),
}
"""Within a year; priors of `elasticities`, none of them measured on an element market."""

ASSUMPTIONS = (
    "Laos is merged into MMR, and Thai mine output too: clay carbonate that goes to China and is told apart nowhere",
    "MMR sells to China alone; its recorded flows to others are left out",
    "Canada, the United Kingdom, Taiwan, Russia, Africa and the rest are one region, RST: a stage there rests on one "
    "plant or none",
    "Brazil's output is taken as ion clay of the chosen vector; Serra Verde differs",
    "India, Russia, Madagascar and Nigeria mine one basket, monazite of eastern Australia",
    f"recovery {CRACKING_RECOVERY:g} in cracking and {SEPARATION_RECOVERY:g} in separation, every element (estimate)",
    f"gross tonnes per tonne REO: {RAW_GROSS_FACTOR:g} for clay carbonate, {CONCENTRATE_GROSS_FACTOR:g} for "
    "concentrate (estimates)",
    "magnets come in two grades: H is the mix of electric cars and wind power of 2024, N the rest without Dy and Tb",
    "Tm has no quote anywhere: it is made and never priced",
    "regional use follows from trade and output; no source states it except for the United States",
    "ore and concentrate under 253090 and 261220 are not in the trade data: those flows follow from the balances",
    "stocks: two months of what passes in Japan, three in Korea, one elsewhere (targets and remembered practice)",
    "supply answers with elasticity 0.2 at mines, 0.6 at scrap, 1.0 of the margin at plants; trade with 3 (priors)",
    "half of the La and Ce for which no use is recorded goes to an outlet with elasticity -2",
    "no oxide of Nd, Pr, Dy or Tb is used as such beyond a small amount: they go to metal; none of any kind in AUS, "
    "BRA, MYS and VNM",
)


@dataclass(frozen=True, eq=False)
class Structure:
    """Processes, routes and uses of the world, for one composition of the baskets.

    Args:
        composition: Oxide share by basket and element, summing to 1 over the fifteen. [share]
    """

    composition: Mapping[str, Mapping[str, float]]

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

    @staticmethod
    def scrap(grade: str) -> dict[str, float]:
        """Oxide recovered from a unit of swarf of a grade. [t REO/t]"""
        return {f"oxide:{e}": SCRAP_RECOVERY * a * oxide_factor(e) for e, a in GRADES[grade].items()}

    def processes(self) -> tuple[Process, ...]:
        """All processes of the world, without cost."""
        found: list[Process] = []
        for basket, regions in MINES.items():
            product = "mixed_carbonate:clay" if basket == "clay" else f"concentrate:{basket}"
            found += [Process(f"{r} mine {basket}", r, "mine", {product: 1.0}) for r in regions]
        for basket, regions in CRACKERS.items():
            for r in regions:
                takes = {f"concentrate:{basket}": 1.0}
                makes = {f"mixed_carbonate:{basket}": CRACKING_RECOVERY}
                found.append(Process(f"{r} cracking {basket}", r, "cracking_leaching", makes, takes))
        for basket, regions in SEPARATORS.items():
            share, takes = self.composition[basket], {f"mixed_carbonate:{basket}": 1.0}
            makes = {f"oxide:{e}": SEPARATION_RECOVERY * share[e] for e in OXIDES if share[e] > 0}
            for r in regions:
                found.append(Process(f"{r} separation {basket}", r, "separation", makes, takes))
        for r in METAL_MAKERS:
            for e in METALS:
                takes = {f"oxide:{e}": oxide_factor(e) / METAL_YIELD}
                found.append(Process(f"{r} metal {e}", r, "metal", {f"metal:{e}": 1.0}, takes))
        for r in MAGNET_MAKERS:
            for name, grade, recipe in (("N", "N", GRADES["N"]), ("N Pr-rich", "N", PR_RICH), ("H", "H", GRADES["H"])):
                takes = {f"metal:{e}": a / MAGNET_YIELD for e, a in recipe.items()}
                makes = {f"magnet:{grade}": 1.0, f"scrap:{grade}": 1 / MAGNET_YIELD - 1}
                found.append(Process(f"{r} magnet {name}", r, "magnet", makes, takes))
            for grade in GRADES:
                found.append(
                    Process(f"{r} recycling {grade}", r, "recycling", self.scrap(grade), {f"scrap:{grade}": 1.0})
                )
        found.append(Process("CHN old scrap", "CHN", "recycling", self.scrap("N")))
        found.append(Process("CHN old scrap H", "CHN", "recycling", self.scrap("H")))
        for r in sorted({r for regions in SEPARATORS.values() for r in regions}):
            for e in OXIDES:
                found.append(Process(f"{r} disposal {e}", r, "use", {}, {f"oxide:{e}": 1.0}, cost_usd_per_kg=0.3))
        return tuple(found)

    def uses(self) -> tuple[Use, ...]:
        """All uses; the facts decide how large they are."""
        found: list[Use] = []
        for r in USERS:
            found += [Use(r, f"oxide:{e}", "all", ELASTICITIES[e]) for e in OXIDES]
            found += [Use(r, f"metal:{e}", "all", ELASTICITIES[e]) for e in METALS]
            found += [
                Use(r, "magnet:N", "other magnets", -0.15),
                Use(r, "magnet:H", "EV traction", -0.15),
                Use(r, "magnet:H", "wind", -0.15),
            ]
        for r in sorted({r for regions in SEPARATORS.values() for r in regions}):
            found += [Use(r, f"oxide:{e}", "outlet", -2.0) for e in ("La", "Ce")]
        found.append(Use("AUS", "concentrate:mt_weld", "stock building", -0.2))
        return tuple(found)

    def routes(self) -> tuple[Route, ...]:
        """All routes on which a good could go: from any region that makes or trades it to any that uses it."""
        found: list[Route] = []

        def every(good: str, origins: tuple[str, ...], destinations: tuple[str, ...], gross: float = 1.0) -> None:
            found.extend(Route(good, o, d, gross_factor=gross) for o in origins for d in destinations if o != d)

        for basket, mines in MINES.items():
            if basket != "clay":
                every(f"concentrate:{basket}", mines, CRACKERS[basket], CONCENTRATE_GROSS_FACTOR)
            origins = mines if basket == "clay" else CRACKERS[basket]
            every(f"mixed_carbonate:{basket}", tuple(dict.fromkeys(origins)), SEPARATORS[basket], RAW_GROSS_FACTOR)
        for e in OXIDES:
            every(f"oxide:{e}", USERS, USERS)
        for e in METALS:
            every(f"metal:{e}", USERS, USERS)
        for grade in GRADES:
            every(f"magnet:{grade}", USERS, USERS)
            every(f"scrap:{grade}", MAGNET_MAKERS, MAGNET_MAKERS)
        return tuple(found)

    def contents(self) -> dict[str, dict[str, float]]:
        """Element content of mixed goods and magnets, for rules that name elements. [kg/kg]"""
        found = {f"magnet:{g}": dict(c) for g, c in GRADES.items()} | {f"scrap:{g}": dict(c) for g, c in GRADES.items()}
        for basket, share in self.composition.items():
            found[f"concentrate:{basket}"] = found[f"mixed_carbonate:{basket}"] = dict(share)
        return found
