"""Facts about a base year, read from the tables: each with its width, its rows and whether a source says it.

Trade enters with tonnage and value: both are linear in the flows of elements, so the unit value tells what a heading
holds. The prior for its composition is the world supply, tilted by price until it meets the unit value (least change in
relative entropy). Widths are judgements, not error bars of a source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from gadolin.case.inputs import market_structure as shape
from gadolin.case.inputs.market_structure import Structure
from gadolin.elements import oxide_factor
from gadolin.errors import Fault, InputError
from gadolin.market.observations import Fact, NodePrice, route_key

__all__ = ["Facts"]

_DO = "; take a later date or year, or add rows to the case's own {}"
LEAST_TRADE_T_GROSS = 20.0
ONE_SIGMA_SHARE = 0.683
"""Share of a normal distribution within one standard deviation."""

LEAST_MISSES = 8
"""Flows of a size class that must be known in the years before, or the widest class stands for it."""
UNIT_VALUE_EXPORTERS = ("CHN", "MYS", "USA", "VNM", "IND")
"""Exporters whose compounds are commodities; elsewhere the unit value is that of formulated products."""


@dataclass(eq=False)
class Facts:
    """Reader of facts for one year and one composition of the baskets.

    Args:
        table: Reader of tables.
        year: Base year.
        structure: Composition of the baskets and priors.
        remarks: What had to stand in for what; filled while reading.
    """

    table: Callable[[str], pd.DataFrame]
    year: int
    structure: Structure
    remarks: list[str] = field(default_factory=list)

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
            found.append(Fault(text + _DO.format("mine_production"), field="mine_production"))
        for read in (self._china_clay_share, self._world_magnets, self._magnet_exports, self._trade_year):
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
        relative = _one_sigma(changes)
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
            raise InputError(Fault(text + _DO.format("china_quotas"), field="china_quotas"))
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
            raise InputError(Fault(text + _DO.format("magnets"), field="magnets"))
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
            raise InputError(Fault(text + _DO.format("magnets"), field="magnets"))
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

    def trade(self, prices: tuple[NodePrice, ...]) -> tuple[list[Fact], set[str]]:
        """Tonnage and value of each flow of the trade data, with a prior for what it holds; and the routes it opens."""
        price = {(p.region, p.good): p.price_usd_per_kg for p in prices}
        found: list[Fact] = []
        opened: set[str] = set()
        world = self.world_supply()
        of_value, held = (self._prior("width_share", k) for k in ("trade_value", "trade_holds"))
        year, earlier = self._trade_year(), self._earlier()
        if year != self.year:
            self.remarks.append(f"trade of {self.year} is not known yet: that of {year} stands for it")
        for row in self._flows(year).itertuples():
            hs6, origin, destination = str(row.hs6), str(row.origin), str(row.destination)
            tonnes, musd = float(str(row.t_gross)), float(str(row.musd))
            refs: tuple[str, ...] = tuple(row.refs)  # pyright: ignore[reportArgumentType]
            if (
                tonnes < LEAST_TRADE_T_GROSS
                or destination == "MMR"
                or (origin == "MMR" and (hs6 != "284690" or destination != "CHN"))
            ):
                continue
            raw = hs6 == "284690" and origin in shape.MINES["clay"] and origin != "CHN" and destination == "CHN"
            if hs6 == "280530" and (origin, destination) == ("AUS", "MYS"):
                key = route_key("concentrate:mt_weld", origin, destination)
                found.append(
                    Fact(
                        f"{hs6} {origin}>{destination} as concentrate",
                        {key: self._prior("gross_factor", "concentrate")},
                        tonnes / 1000,
                        self._prior("width_share", "raw_trade") * tonnes / 1000,
                        "reported",
                        refs=refs,
                    )
                )
                continue
            kind, names = ("metal", shape.METALS) if hs6 == "280530" else ("oxide", shape.OXIDES)
            if hs6 == "284610":
                names = ("Ce",)
            elif kind == "oxide":
                names = tuple(e for e in names if e != "Ce")  # cerium compounds have a heading of their own
            if origin == "MMR":
                names = ()
            keys = {e: route_key(f"{kind}:{e}", origin, destination) for e in names}
            cost = {e: price[origin, f"{kind}:{e}"] for e in names}
            opened |= set(keys.values())
            terms = dict.fromkeys(keys.values(), 1.0)
            share = {e: max(world[e], 1e-4) for e in names}
            mix = _tilted(share, cost, musd * 1000 / tonnes) if len(names) > 1 else dict.fromkeys(names, 1.0)
            if raw:
                key = route_key("mixed_carbonate:clay", origin, destination)
                opened.add(key)
                terms |= {key: self._prior("gross_factor", "clay_carbonate")}
                mix = {e: self._prior("raw_trade_share", "separated") * v for e, v in mix.items()}
            kt = tonnes / 1000
            width = self._prior("width_share", "raw_trade" if raw else "trade")
            name = f"{hs6} {origin}>{destination}"
            found.append(Fact(f"{name} tonnes", terms, kt, width * kt + 0.005, "reported", refs=refs))
            found += _expected(f"{name} tonnes", terms, earlier.get((hs6, origin, destination)))
            if origin in UNIT_VALUE_EXPORTERS and hs6 != "284610" and not raw:
                values = {keys[e]: cost[e] for e in names}
                found.append(Fact(f"{name} value", values, musd, of_value * musd + 0.05, "reported", refs=refs))
            found += [
                Fact(f"{name} holds {e}", {keys[e]: 1.0}, v * kt, held * v * kt + 1e-4, "estimate", False, refs)
                for e, v in mix.items()
            ]
        return _merged(found), opened

    def _trade_year(self) -> int:
        """Newest year of trade up to the base year."""
        years = self.table("trade").year
        known = years[years <= self.year]
        if known.empty:
            text = f"no trade up to {self.year} is known"
            raise InputError(Fault(text + _DO.format("trade"), field="trade"))
        return int(known.max())

    def _earlier(self) -> dict[tuple[str, str, str], tuple[float, float, tuple[str, ...]]]:
        """Mean of the three years before of each flow, its width and rows: what one would expect without the year.

        The width is how far flows of that size were from the mean of their three years before, one and two years ago.
        """
        year = self._trade_year()
        past = {y: self._flows(y).set_index(["hs6", "origin", "destination"]) for y in range(year - 5, year)}

        def mean(last: int) -> pd.Series:
            parts = [past[y].t_gross for y in range(last - 2, last + 1)]
            return pd.concat(parts, axis=1).mean(axis=1, skipna=False).dropna()

        misses: dict[int, list[float]] = {}
        for y in (year - 2, year - 1):
            before, now = mean(y - 1), past[y].t_gross
            for key in before.index.intersection(now.index):
                misses.setdefault(_size(before[key]), []).append(float(np.log(now[key] / before[key])))
        width = {size: _one_sigma(v) for size, v in misses.items() if len(v) >= LEAST_MISSES}
        if not width:
            self.remarks.append(f"too little trade before {year} is known to expect a flow from its past")
            return {}
        found = {}
        for key, tonnes in mean(year - 1).items():
            relative = width.get(_size(tonnes), max(width.values()))
            refs = tuple(r for y in (year - 1, year - 2, year - 3) for r in past[y].refs.get(key, ()))
            found[key] = (float(tonnes), relative * float(tonnes), refs)
        return found

    def _flows(self, year: int) -> pd.DataFrame:
        """Trade between regions in a year: tonnes, million USD and refs by heading, without the rows flagged bad."""
        rows = self.table("trade")
        flagged = set(self.table("trade_flags").trade_id)
        rows = rows[(rows.year == year) & ~rows.index.isin(flagged)].dropna(subset=["quantity_t_gross", "value_kusd"])
        frame = pd.DataFrame(
            {
                "hs6": rows.hs6.to_numpy(),
                "origin": [Structure.region_of(c) for c in rows.exporter_iso3],
                "destination": [Structure.region_of(c) for c in rows.importer_iso3],
                "t_gross": rows.quantity_t_gross.to_numpy(dtype=float),
                "musd": rows.value_kusd.to_numpy(dtype=float) / 1000,
                "refs": [f"trade:{row}:quantity_t_gross" for row in rows.index],
            }
        )
        frame = frame[frame.origin != frame.destination]
        summed = {"t_gross": "sum", "musd": "sum", "refs": tuple}
        return frame.groupby(["hs6", "origin", "destination"], as_index=False).agg(summed)


def _size(tonnes: float) -> int:
    """Class of a flow by powers of ten of its tonnes; all of 1,000 t and more together."""
    return min(int(np.log10(max(float(tonnes), 1.0))), 3)


def _one_sigma(log_misses: Sequence[float]) -> float:
    """Relative width within which about two thirds of some misses lay. [share]"""
    return float(np.expm1(np.quantile(np.abs(log_misses), ONE_SIGMA_SHARE)))


def _expected(
    name: str, terms: Mapping[str, float], earlier: tuple[float, float, tuple[str, ...]] | None
) -> list[Fact]:
    """What the years before say about a fact: a prior, wide as such things change; none where it was not recorded."""
    if earlier is None:
        return []
    tonnes, width, refs = earlier
    return [Fact(f"{name}, years before", terms, tonnes / 1000, width / 1000 + 0.005, "derived", False, refs)]


def _ref(name: str, row: object, column: str) -> tuple[str, ...]:
    return (f"{name}:{row}:{column}",)


def _tilted(share: Mapping[str, float], price: Mapping[str, float], unit_value: float) -> dict[str, float]:
    """World shares tilted by price until their mean price is the unit value (least change in relative entropy).

    Args:
        share: Shares to start from. [share]
        price: Price of each. [USD/kg]
        unit_value: Mean price to meet; taken to the nearest that shares can meet. [USD/kg]

    >>> found = _tilted({"Ce": 0.8, "Nd": 0.2}, {"Ce": 1.0, "Nd": 50.0}, 25.5)
    >>> round(found["Nd"], 6)
    0.5
    """
    names = list(share)
    s = np.array([share[n] for n in names])
    p = np.array([price[n] for n in names])
    logs = np.log(p)

    def mix(power: float) -> np.ndarray:
        w = s * np.exp(power * (logs - logs.mean()))
        return w / w.sum()

    ends = [float(mix(k) @ p) for k in (-3.0, 3.0)]
    target = min(max(unit_value, ends[0]), ends[1])
    power = (
        -3.0 if target == ends[0] else 3.0 if target == ends[1] else brentq(lambda k: mix(k) @ p - target, -3.0, 3.0)
    )
    return dict(zip(names, mix(float(power)).tolist(), strict=True))  # pyright: ignore[reportArgumentType]


def _merged(facts: list[Fact]) -> list[Fact]:
    """The facts with like names joined: two headings may both hold cerium on one route."""
    seen: dict[str, Fact] = {}
    for fact in facts:
        seen.setdefault(fact.name, fact)
    return list(seen.values())
