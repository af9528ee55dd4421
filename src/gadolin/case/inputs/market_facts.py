"""Facts about a base year, read from the tables: each with its width, its rows and whether a source says it.

Mines, plants and uses stand here, trade in `market_trade`. Widths are judgements, not error bars of a source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from gadolin.case.inputs import market_structure as shape
from gadolin.case.inputs.market_structure import Structure
from gadolin.case.inputs.market_trade import ADD_ROWS, LEAST_MISSES, Trade, YearReader, one_sigma
from gadolin.elements import oxide_factor
from gadolin.errors import Fault, InputError
from gadolin.market.observations import Fact, route_key

__all__ = ["Facts"]


class Facts(YearReader):
    """Mines, plants and uses of the year."""

    def _prior(self, section: str, key: str) -> float:
        return self.structure.priors.value(section, key)

    def check(self) -> None:
        """Refuse a year of which too little is known.

        Raises:
            InputError: Everything that is missing, with what to do.
        """
        found: list[Fault] = []
        if not any(self._mined(self.year).values()):
            text = f"no mine output of {self.year} is known"
            found.append(Fault(text + ADD_ROWS.format("mine_production"), field="mine_production"))
        for read in (
            self._china_clay_share,
            self._world_magnets,
            self._magnet_exports,
            Trade(self.table, self.year, self.structure).newest_year,
        ):
            try:
                read()
            except InputError as error:
                found += error.faults
        if found:
            raise InputError(found)

    def world_supply(self) -> dict[str, float]:
        """World shares of the oxides made, from the mine facts. [share]"""
        total = dict.fromkeys(shape.OXIDES, 0.0)
        for fact in (f for f in self.mines() if f.observed):
            names = [t.split(" mine ")[1] for t in fact.terms]
            for e in shape.OXIDES:
                total[e] += fact.value_kt * self.structure.composition[names[-1]][e]
        whole = sum(total.values())
        return {e: v / whole for e, v in total.items()}

    def mines(self) -> list[Fact]:
        """Mine output by region: newest USGS edition, World Mining Data beside it, light and clay parts of China."""
        found: list[Fact] = []
        basket_of = {r: b for b, regions in shape.MINES.items() for r in regions if b != "bayan_obo"}
        clay_share = self._china_clay_share()
        mined = self._mined(self.year)
        sums: dict[str, list[float]] = {}
        for name, regions in mined.items():
            for region, (kt, refs) in sorted(regions.items()):
                sums.setdefault(region, []).append(kt)
                sigma = max(self._prior("mine_sigma_share", region) * kt, 0.3)
                terms = {f"{region} mine {basket_of[region]}": 1.0}
                if region == "CHN":
                    terms = {"CHN mine clay": 1.0, "CHN mine bayan_obo": 1.0}
                found.append(Fact(f"{region} mine output, {name}", terms, kt, sigma, "reported", refs=refs))
                if region == "CHN" and name == "mine_production":
                    found.append(
                        Fact("CHN clay output by quota", {"CHN mine clay": 1.0}, clay_share * kt, 0.01 * kt, "derived")
                    )
        # where two sources contradict each other, half their distance is the least width
        spread = {r: (max(v) - min(v)) / 2 for r, v in sums.items()}
        found = [replace(f, sigma_kt=max(f.sigma_kt, spread.get(f.name[:3], 0.0))) for f in found]
        return [*found, *self._mines_before(basket_of)]

    def _mined(self, year: int) -> dict[str, dict[str, tuple[float, tuple[str, ...]]]]:
        """Mine output of a year by dataset and region, with its rows. [kt REO]"""
        usgs, wmd = self.table("mine_production"), self.table("mine_production_wmd")
        usgs = usgs[(usgs.year == year) & (usgs.dataset == "USGS")]
        frames = {
            "mine_production": usgs.sort_values("edition").groupby("country_iso3").tail(1),
            "mine_production_wmd": wmd[wmd.year == year],
        }
        found: dict[str, dict[str, tuple[float, tuple[str, ...]]]] = {}
        for name, frame in frames.items():
            regions = found.setdefault(name, {})
            for row, country, tonnes in zip(frame.index, frame.country_iso3, frame.output_t_reo, strict=True):
                region = shape.MINED_AS.get(str(country), Structure.region_of(str(country)))
                if country != "WLD" and not pd.isna(tonnes) and region not in ("EUU", "JPN", "KOR"):
                    kt, refs = regions.get(region, (0.0, ()))
                    regions[region] = (kt + float(tonnes) / 1000, (*refs, f"{name}:{row}:output_t_reo"))
        return found

    def _mines_before(self, basket_of: Mapping[str, str]) -> list[Fact]:
        """What the year before says about mine output: a prior as wide as such output changed over five years."""
        years = {y: self._mined(y) for y in range(self.year - 5, self.year)}
        changes = [
            float(np.log(now[region][0] / before[region][0]))
            for y in range(self.year - 4, self.year)
            for name in ("mine_production", "mine_production_wmd")
            for now, before in [(years[y][name], years[y - 1][name])]
            for region in now
            if region in before and min(now[region][0], before[region][0]) > 0
        ]
        if len(changes) < LEAST_MISSES:
            self.remarks.append(f"too little mine output before {self.year} is known to expect it from the past")
            return []
        relative = one_sigma(changes)
        found = []
        for name, regions in years[self.year - 1].items():
            for region, (kt, refs) in sorted(regions.items()):
                terms = {f"{region} mine {basket_of[region]}": 1.0}
                if region == "CHN":
                    terms = {"CHN mine clay": 1.0, "CHN mine bayan_obo": 1.0}
                what = f"{region} mine output, {name}, year before"
                found.append(Fact(what, terms, kt, relative * kt + 0.3, "derived", False, refs))
        return found

    def _china_clay_share(self) -> float:
        """Share of medium and heavy clay in the Chinese mining quota, from the newest batch that tells them apart."""
        rows = self.table("china_quotas")
        rows = rows[(rows.quota_type == "mining") & (rows.year <= self.year) & rows.medium_heavy_t_reo.notna()]
        if rows.empty:
            text = f"no Chinese mining quota up to {self.year} tells light from clay"
            raise InputError(Fault(text + ADD_ROWS.format("china_quotas"), field="china_quotas"))
        last = rows.sort_values("year").iloc[-1]
        return float(last.medium_heavy_t_reo) / float(last.quota_t_reo)

    def plants(self) -> list[Fact]:
        """Shares of separation, magnets by country, scrap, and priors where nothing is said."""
        found = self._separation()
        makers = {r: [f"{r} magnet {n}" for n in ("N", "N Pr-rich", "H")] for r in shape.MAGNET_MAKERS}
        every = {name: 1.0 for names in makers.values() for name in names}
        world_kt, sigma_kt, refs = self._world_magnets()
        found.append(Fact("world magnets", every, world_kt, sigma_kt, "derived", refs=refs))
        share = dict.fromkeys(makers["CHN"], 1.0)
        of_china = self._prior("china_magnet_share", "output") * world_kt
        width = self.structure.priors.sigma("china_magnet_share", "output") * world_kt
        found.append(Fact("CHN magnets as a share of the world", share, of_china, width, "estimate"))
        for r, kt in self.structure.priors.section("magnet_output_kt").items():
            sigma = self.structure.priors.sigma("magnet_output_kt", r)
            found.append(Fact(f"{r} magnets", dict.fromkeys(makers[r], 1.0), kt, sigma, "estimate", observed=False))
        scrap = dict.fromkeys(
            ("CHN recycling N", "CHN recycling P", "CHN recycling H", "CHN old scrap", "CHN old scrap H"), 1.0
        )
        rows = self.table("facilities")
        rows = rows[(rows.country_iso3 == "CHN") & (rows.stage == "recycling") & (rows.status == "operating")]
        capacity = "capacity_value"
        reo = {n: sum(self.structure.scrap(n[-1] if n[-1] in shape.SWARF else "N").values()) for n in scrap}
        for row, tonnes in zip(rows.index, rows[capacity], strict=True):
            if not pd.isna(tonnes):
                kt = float(tonnes) / 1000
                found.append(
                    Fact("CHN oxides from scrap", reo, kt, 0.1 * kt, "reported", refs=_ref("facilities", row, capacity))
                )
        for r in shape.METAL_MAKERS:
            if r not in ("CHN",):
                for e in shape.METALS:
                    found.append(Fact(f"{r} metal {e}", {f"{r} metal {e}": 1.0}, 0.0, 1.0, "estimate", observed=False))
        return found

    def _world_magnets(self) -> tuple[float, float, tuple[str, ...]]:
        """World output of magnets, its width and rows: of the year, else of the newest year known, and wider. [kt]"""
        rows = self.table("magnets")
        rows = rows[
            (rows.record_type == "production") & (rows.reporter_iso3 == "WLD") & rows.quantity_t_product.notna()
        ]
        years = rows.period.astype(str).str[:4].astype(int)
        known = rows[years <= self.year]
        if known.empty:
            text = f"no world output of magnets up to {self.year} is known"
            raise InputError(Fault(text + ADD_ROWS.format("magnets"), field="magnets"))
        newest = int(years[known.index].max())
        part = known[years[known.index] == newest]
        if newest != self.year:
            self.remarks.append(f"magnet output of {self.year} is not known: that of {newest} stands for it")
        kt = float(part.quantity_t_product.mean()) / 1000
        refs = tuple(f"magnets:{row}:quantity_t_product" for row in part.index)
        return kt, (0.05 + 0.05 * (self.year - newest)) * kt, refs

    def _magnet_exports(self) -> tuple[float, int, tuple[str, ...]]:
        """Chinese magnet exports in the newest year known up to the base year, that year, and the row. [kt]"""
        rows = self.table("magnets")
        rows = rows[(rows.record_type == "export") & (rows.reporter_iso3 == "CHN") & (rows.partner_iso3 == "WLD")]
        rows = rows[(rows.period.astype(str).str.len() == 4) & rows.quantity_t_product.notna()]
        rows = rows[rows.period.astype(str) <= str(self.year)].sort_values("period")
        if rows.empty:
            text = f"no yearly Chinese magnet exports up to {self.year} are known"
            raise InputError(Fault(text + ADD_ROWS.format("magnets"), field="magnets"))
        last = rows.iloc[-1]
        refs = _ref("magnets", last.name, "quantity_t_product")
        return float(last.quantity_t_product) / 1000, int(last.period), refs

    def _separation(self) -> list[Fact]:
        """Share of each region in separated Nd, Pr, Dy and Tb of one complete group of `processing_shares`."""
        rows = self.table("processing_shares")
        rows = rows[
            (rows.stage == "separation")
            & rows.product_scope.astype(str).str.startswith("magnet REE")
            & rows.role.isin(["country", "other"])
        ]
        years = rows[rows.year <= self.year]
        complete = years[years.group_sum_pct.sub(100).abs() < 1]
        part = complete[complete.year == complete.year.max()]
        if part.empty:
            self.remarks.append(
                f"no complete set of separation shares up to {self.year} is known: where oxides are separated follows "
                "from mines, plants and trade alone"
            )
        recovery = self._prior("recovery_share", "separation")
        made = {
            f"{r} separation {b}": sum(
                recovery * self.structure.composition[b][e] / oxide_factor(e) for e in ("Nd", "Pr", "Dy", "Tb")
            )
            for b, regions in shape.SEPARATORS.items()
            for r in regions
        }
        found: list[Fact] = []
        for row, country, pct in zip(part.index, part.country_iso3, part.share_pct, strict=True):
            region = "OTH" if country == "OTH" else Structure.region_of(str(country))
            ours = ("IND", "EUU") if region == "OTH" else (region,)
            if region == "AUS" or pd.isna(pct):
                continue
            terms = {n: v * ((n[:3] in ours) - float(pct) / 100) for n, v in made.items()}
            kt = self._prior("separated_kt", "magnet_elements") * float(pct) / 100
            found.append(
                Fact(
                    f"{region} share of separated magnet elements",
                    terms,
                    0.0,
                    max(self._prior("width_share", "separation") * kt, 0.3),
                    "reported",
                    refs=_ref("processing_shares", row, "share_pct"),
                )
            )
        return found

    def uses(self) -> list[Fact]:
        """Magnet use by application, Chinese magnet exports, and wide priors on where magnets are used."""
        found: list[Fact] = []
        demand = self.table("demand")
        rows = demand[
            (demand.year == self.year)
            & (demand.region_iso3 == "WLD")
            & (demand.scenario == "history")
            & demand.element_or_product.astype(str).str.startswith("magnet REE")
            & demand.end_use.isin(["EV traction", "wind"])
        ]
        bought = self._prior("yield_share", "magnet") / self._prior("content_share", "magnet")
        for row, use, tonnes in zip(rows.index, rows.end_use, rows.demand_value, strict=True):
            kt = float(tonnes) / 1000 * bought
            terms = {f"{r} magnet:H {use}": 1.0 for r in shape.USERS}
            refs = _ref("demand", row, "demand_value")
            found.append(Fact(f"world magnets in {use}", terms, kt, 0.1 * kt, "derived", refs=refs))
        if rows.empty:
            self.remarks.append(f"use of magnets by application in {self.year} is not known: a tenth each is assumed")
            for use in ("EV traction", "wind"):
                terms = {f"{r} magnet:H {use}": 1.0 for r in shape.USERS}
                kt, width = self._prior("magnet_use_kt", use), self.structure.priors.sigma("magnet_use_kt", use)
                found.append(Fact(f"world magnets in {use}", terms, kt, width, "estimate", observed=False))
        magnets = self.table("magnets")
        tonnes_column = "quantity_t_product"
        rows = magnets[
            (magnets.record_type == "export") & (magnets.reporter_iso3 == "CHN") & (magnets.trust == "normal")
        ]
        rows = rows[(rows.period.astype(str) == str(self.year)) & rows[tonnes_column].notna()]
        for row, partner, tonnes in zip(rows.index, rows.partner_iso3, rows[tonnes_column], strict=True):
            kt = float(tonnes) / 1000
            to = shape.USERS if partner == "WLD" else (str(partner),)
            if not set(to) <= set(shape.USERS):
                continue  # a country within a region says little about the region
            terms = {route_key(f"magnet:{g}", "CHN", d): 1.0 for g in shape.GRADES for d in to if d != "CHN"}
            found.append(
                Fact(
                    f"CHN magnet exports to {partner}",
                    terms,
                    kt,
                    0.05 * kt,
                    "reported",
                    refs=_ref("magnets", row, tonnes_column),
                )
            )
        exported, newest, refs = self._magnet_exports()
        if newest != self.year:
            self.remarks.append(
                f"Chinese magnet exports of {self.year} are not known: those of {newest} stand for them"
            )
            terms = {route_key(f"magnet:{g}", "CHN", d): 1.0 for g in shape.GRADES for d in shape.USERS if d != "CHN"}
            name, width = f"CHN magnet exports of {newest}", 0.05 + 0.1 * (self.year - newest)
            found.append(Fact(name, terms, exported, width * exported, "derived", observed=False, refs=refs))
        half = self._prior("width_share", "magnet_buyers")
        for r, part in self.structure.priors.section("magnet_buyers_share").items():
            terms = {route_key(f"magnet:{g}", "CHN", r): 1.0 for g in shape.GRADES}
            found.append(
                Fact(f"CHN magnets to {r}", terms, part * exported, half * part * exported, "estimate", observed=False)
            )
        for r in shape.USERS:
            idle = r in ("AUS", "BRA", "MYS", "VNM")
            for e in shape.OXIDES:
                if idle or e in ("Nd", "Pr", "Dy", "Tb"):
                    width = 1.0 if e in ("Nd", "Pr", "La", "Ce") else 0.05
                    fact = Fact(
                        f"{r} {e} used as oxide",
                        {f"{r} oxide:{e} all": 1.0},
                        0.0,
                        width * (0.1 if idle else 1.0),
                        "estimate",
                        observed=False,
                    )
                    found.append(fact)
        for o, kt in self.structure.priors.section("magnet_export_kt").items():
            for d in shape.USERS:
                if d != o:
                    terms = {route_key(f"magnet:{g}", o, d): 1.0 for g in shape.GRADES}
                    found.append(Fact(f"{o} magnets to {d}", terms, kt / 10, kt / 5, "estimate", observed=False))
        return found


def _ref(name: str, row: object, column: str) -> tuple[str, ...]:
    return (f"{name}:{row}:{column}",)
