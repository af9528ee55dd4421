"""From the atlas and a case to the inputs of separation: the feed of a deposit, the system of an extractant.

Factors: the chain that the column `use` marks (`default_mid` with its low and high). A pair without a range stays
without one. Level: the power-law constant of Nd (of Y where Nd is missing) with slope 3; where the extractant has
none in the medium of the factors, that of another medium is taken and the system's note says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from gadolin.case.schema import DesignEntry
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.quantity import Quantity, weakest
from gadolin.separation import Factor, Feed, Level, Practice, System, sequence
from gadolin.separation.chemistry import End, canonical
from gadolin.separation.impurities import TO_RESIDUE, Impurity, Purification
from gadolin.separation.plan import PRODUCT_GROUPS, Plan

if TYPE_CHECKING:
    from gadolin.case.load import Case

__all__ = ["Wish", "feed_of", "practice_of", "system_of", "wish_of"]

_PURIFICATION = "impurity_removal.ph-adjustment"

CLAY, HARD_ROCK = "ion-adsorption clay", "bastnaesite/monazite"
RATE = Quantity(1000.0, "t REO per year", basis="choice", reason="no plant of the case takes this ore")
_SLOPE_THREE = ("power_law", "power_law_with_activity")


def feed_of(case: Case, deposit: str, vector: str | None = None, rate_t_reo_per_year: float | None = None) -> Feed:
    """The feed that a deposit's composition gives.

    Args:
        case: Case whose rows lie over the atlas.
        deposit: Id of the deposit.
        vector: Id of one of its compositions; the case's choice (`[position.vectors]`), or the only one, if None.
        rate_t_reo_per_year: Size of the stream, to size a plant. [t REO per year]

    Raises:
        InputError: No such deposit or composition; several and none chosen.
    """
    rows = case.table("deposit_composition")
    known = sorted(set(rows["deposit_id"].dropna().astype(str)))
    if deposit not in known:
        hint = did_you_mean(deposit, known) or f"; there is {', '.join(known)}"
        raise InputError(Fault(f"has no composition{hint}", field="deposit", value=deposit))
    rows = rows[rows["deposit_id"] == deposit]
    vectors = list(dict.fromkeys(rows["vector_id"].astype(str)))
    chosen = vector or case.settings.position.vectors.get(deposit) or (vectors[0] if len(vectors) == 1 else None)
    if chosen not in vectors:
        wanted = (
            "several compositions; choose one (--vector)" if chosen is None else f'no composition "{chosen}"; it has'
        )
        raise InputError(Fault(f"{wanted}: {', '.join(vectors)}", field="deposit", value=deposit))
    rows = rows[(rows["vector_id"] == chosen) & rows["share_norm_pct"].notna()]
    note = str(rows["note"].iloc[0]) if pd.notna(rows["note"].iloc[0]) else ""
    return Feed(
        {str(r["element"]): float(r["share_norm_pct"]) for _, r in rows.iterrows() if r["share_norm_pct"] > 0},
        rate_t_reo_per_year=rate_t_reo_per_year,
        name=f"{deposit} ({chosen})",
        basis=weakest(str(b) for b in rows["basis"]),
        refs=tuple(case.ref("deposit_composition", str(i), "share_norm_pct") for i in rows.index),
        note=note,
    )


def system_of(case: Case, extractant: str = "PC88A", choose: End = "low", acid: str = "chloride") -> System:
    """The system of an extractant: one factor per pair with its range, and a level where one is known.

    Args:
        case: Case whose rows lie over the atlas.
        extractant: Name or alias: P507, P204, Cyanex 272, naphthenic acid.
        choose: End of the factors that designs use; low errs to more stages.
        acid: Acid of the medium.

    Raises:
        InputError: No factors of that extractant in that medium.
    """
    name, rows = canonical(extractant), case.table("separation_factors")
    rows = rows[(rows["extractant"] == name) & (rows["acid"] == acid)]
    chain = rows[rows["use"] == "default_mid"]
    if chain.empty:
        usable = case.table("separation_factors").query("use == 'default_mid' and acid == @acid")["extractant"]
        known = sorted(set(usable.astype(str)))
        raise InputError(
            Fault(f"no chain of factors in {acid}; there is {', '.join(known)}", field="extractant", value=extractant)
        )
    level, note = _level(case, name, acid)
    return System(name, acid, tuple(_factor(case, str(i), r) for i, r in chain.iterrows()), choose, level, note)


@dataclass(frozen=True)
class Wish:
    """What a case wants of an ore.

    Args:
        feed: The ore, with its rate.
        systems: Extractants.
        products: Wanted.
        purity: Of each. [share]
        rate: Feed. [t REO per year]
        practice: Named sequence to compare with.
        plant: Id of the plant in `[[plants]]`; empty where the case has none for the ore.
    """

    feed: Feed
    systems: tuple[System, ...]
    products: tuple[str, ...]
    purity: Quantity
    rate: Quantity
    practice: str
    plant: str = ""

    def plan(self, practice: str | None = None) -> Plan:
        """The sequence of least load, or of a practice."""
        return sequence(self.feed, self.systems, self.products, practice=practice)


def wish_of(case: Case, plant: str | None = None) -> Wish:
    """What a separation plant of the case takes and makes; without one, an ore of the country that has a composition.

    What the plant makes stands in its `[plants.design]`; products that the ore lacks are left out.

    Args:
        case: Case whose rows lie over the atlas.
        plant: Id in `[[plants]]`; the first plant that separates its own feed if None.

    Raises:
        InputError: No such plant, or no composition of an ore of the country.
    """
    plants = case.settings.plants
    own = [i for i, p in enumerate(plants) if p.stage == "separation" and p.feed and not p.host_plant]
    if plant is not None:
        own = [i for i in own if plants[i].id == plant]
        if not own:
            known = ", ".join(p.id for p in plants if p.stage == "separation" and not p.host_plant) or "none"
            raise InputError(Fault(f"is no plant with a feed of its own to separate; there is {known}", field="plant",
                                   value=plant))  # fmt: skip
    if own:
        entry = plants[own[0]]
        rate = case.given(entry.capacity, f"plants[{own[0]}].capacity")
        deposit, _, vector = entry.feed[0].partition(".")
        name, terms = entry.id, entry.design or DesignEntry()
    else:
        rows = case.table("deposits")
        composed = set(case.table("deposit_composition")["deposit_id"].astype(str))
        here = [str(d) for d in rows.loc[rows["country_iso3"] == case.country, "deposit_id"] if str(d) in composed]
        if not here:
            raise InputError(Fault("has no ore with a composition in the atlas", field="country", value=case.country))
        deposit, vector, rate, name, terms = here[0], "", RATE, "", DesignEntry()
    feed = feed_of(case, deposit, vector or _first_vector(case, deposit), rate.value)
    wanted = tuple(p for p in terms.products if set(PRODUCT_GROUPS.get(p, (p,))) & set(feed.symbols))
    systems = tuple(system_of(case, one, terms.factors) for one in terms.extractants)
    purity = Quantity(terms.purity_share, "share", basis="choice", refs=feed.refs[:1])
    if not rate.refs:
        rate = replace(rate, refs=feed.refs[:1])
    return Wish(feed, systems, wanted, purity, rate, _practice(case, deposit), name)


def _first_vector(case: Case, deposit: str) -> str | None:
    """The composition that the case chooses, else the first on record."""
    chosen = case.settings.position.vectors.get(deposit)
    rows = case.table("deposit_composition")
    first = rows.loc[rows["deposit_id"] == deposit, "vector_id"]
    return chosen or (None if first.empty else str(first.iloc[0]))


def _practice(case: Case, deposit: str) -> str:
    """The named sequence for the type of a deposit: clay and xenotime as clay, the rest as hard rock."""
    rows = case.table("deposits")
    kinds = {str(k) for k in rows.loc[rows["deposit_id"] == deposit, "deposit_type"].dropna()}
    return CLAY if kinds & {"ion_adsorption_clay", "xenotime", "tin_tailings_monazite_xenotime"} else HARD_ROCK


def practice_of(
    case: Case,
    impurities: Sequence[str] = (),
    splits: Sequence[str] = (),
    mixer_kw_per_m3: float | None = None,
) -> Practice:
    """How a plant is built and run, with what its feed brings besides rare earths.

    Args:
        case: Case whose rows lie over the atlas.
        impurities: Contents, `X=KG` or `X=KG:LOW-HIGH` in kg per t REO; X is Al, Ca, Fe, Th or U.
        splits: Shares that purification sends to the residue, `X=SHARE` or `X=SHARE:LOW-HIGH`.
        mixer_kw_per_m3: Power of the mixers. [kW per m3]

    Raises:
        InputError: Something that cannot be read, an element that is no impurity, a number out of range.
    """
    contents = dict(_named(text, "kg per t REO", "impurity") for text in impurities)
    shares = dict(_named(text, "share", "to_residue") for text in splits)
    lonely = [s for s in shares if s not in contents]
    if lonely:
        raise InputError(Fault(f"needs a content: --impurity {lonely[0]}=KG", field="to_residue", value=lonely[0]))
    if mixer_kw_per_m3 is not None and not mixer_kw_per_m3 > 0:
        raise InputError(Fault("must be greater than 0", field="mixer_kw_per_m3", value=mixer_kw_per_m3))
    known = case.table("unit_operations").index
    refs = (case.ref("unit_operations", _PURIFICATION, "conditions"),) if _PURIFICATION in known else ()
    found = []
    for s, q in contents.items():
        share = shares.get(s, TO_RESIDUE.get(s))
        found.append(Impurity(s, q, None if share is None else replace(share, refs=refs)))
    power = None if mixer_kw_per_m3 is None else Quantity(mixer_kw_per_m3, "kW per m3", basis="choice")
    return Practice(mixer_power=power, purification=Purification(impurities=found))


def _named(text: str, unit: str, field: str) -> tuple[str, Quantity]:
    """`X=1.5` or `X=1.5:1-3` as a symbol and a number with its range."""
    symbol, _, numbers = text.partition("=")
    value, _, span = numbers.partition(":")
    try:
        low, high = (float(v) for v in span.split("-", 1)) if span else (None, None)
        return symbol.strip(), Quantity(float(value), unit, low, high, "choice", reason="given by the user")
    except ValueError:
        raise InputError(Fault("must read X=NUMBER or X=NUMBER:LOW-HIGH", field=field, value=text)) from None


def _factor(case: Case, row_id: str, row: pd.Series) -> Factor:
    low, high = (None if pd.isna(row[c]) else float(row[c]) for c in ("beta_low", "beta_high"))
    ref = case.ref("separation_factors", row_id, "beta")
    beta = Quantity(float(row["beta"]), "-", low, high, str(row["basis"]), (ref,))
    return Factor(str(row["heavy_element"]), str(row["light_element"]), beta)


def _level(case: Case, name: str, acid: str) -> tuple[Level | None, str]:
    """Level constant with slope 3 and what must be said about it."""
    rows = case.table("sx_constants")
    rows = rows[(rows["extractant"] == name) & rows["model"].isin(_SLOPE_THREE) & rows["log_d_at_ph0"].notna()]
    rows = rows[rows["element"].isin(["Nd", "Y"])].sort_values("element")
    if rows.empty:
        return None, f"no level constant of slope 3 for {name}: pH and acid cannot be computed"
    here = rows[rows["acid"] == acid]
    chosen = here if not here.empty else rows
    row_id, row = next(iter(chosen.iterrows()))
    dimers = str(row["extractant_basis"]) == "free_dimer"
    note = f"level constant measured in {row['medium']}, used in {acid}: outside its medium" if here.empty else ""
    if not dimers:
        return None, f"level of {name} is not on the dimer basis: pH and acid (L2) are not computed"
    span = None if pd.isna(row["ph_min"]) or pd.isna(row["ph_max"]) else (float(row["ph_min"]), float(row["ph_max"]))
    level = Level(
        element=str(row["element"]),
        log10_d_at_ph0=float(row["log_d_at_ph0"]),
        reference_mol_per_l=float(row["reference_extractant_mol_per_l"]),
        order=float(row["concentration_exponent"]),
        sqrt_coefficient=0.0 if pd.isna(row["sqrt_activity_a"]) else -float(row["sqrt_activity_a"]),
        ph_range_ph=span,
        basis=str(row["basis"]),
        refs=(case.ref("sx_constants", str(row_id), "log_d_at_ph0"),),
        note=str(row["medium"]),
    )
    return level, note
