"""The kernel: what a strategy brings in a future.

Two steps: the world's prices of the future, answered to the strategy's rules and own supply (`answers`), then the
country's own ledger on them. Pure: the same case, strategy, future and path give the same outcome. A strategy that
builds nothing and rules nothing changes nothing.
Limits: plants that stand already and are in no strategy belong to the base world and are not counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gadolin.case.schema import Strategy
from gadolin.economics import Ledger
from gadolin.elements import ELEMENTS
from gadolin.market import Future, Path
from gadolin.strategy import materials
from gadolin.strategy.answers import base_path, base_prices, choices_of, has_market, prices_of, solved
from gadolin.strategy.choices import Build, Resolved, composition, process_yield, resolve, sources_of
from gadolin.strategy.country import Money, Priced, Run, country_ledger, output_share, sized
from gadolin.strategy.feasible import Feasibility, feasible
from gadolin.strategy.futures import HomeFuture
from gadolin.strategy.materials import FACTORS, Flows, Step
from gadolin.strategy.outcomes import MEASURES, Outcome
from gadolin.strategy.prices import PricePath
from gadolin.strategy.residue import Residue, residue_of, said_of
from gadolin.strategy.skills import SKILLS, estimated, shares_of
from gadolin.strategy.timing import LEANS, TRANSFER_YEARS, Cut, Timing, grid, when

if TYPE_CHECKING:
    from gadolin.case import Case

__all__ = ["evaluate", "figures_of", "tonnes", "value_kept", "world_path"]

Array = NDArray[np.float64]
_ND, _PR = ELEMENTS.index("Nd"), ELEMENTS.index("Pr")


def world_path(case: Case, future: Future) -> Path | PricePath:
    """The market of a future in which the country changes nothing; the deck, held, where no market has the country.

    Args:
        case: The case.
        future: The future.
    """
    return base_path(case, future) if has_market(case, future) else base_prices(case, future)


def evaluate(
    case: Case,
    strategy: str | Strategy | Resolved,
    future: Future,
    path: Path | PricePath | None = None,
) -> Outcome:
    """What a strategy brings in a future.

    Args:
        case: The case.
        strategy: Id, record or resolved strategy.
        future: The future; one of the market alone takes the defaults at home.
        path: The market of that future without the country's choices, which is then answered to them, or final prices
            (`PricePath`), which are taken as they are; rolled, or taken from the cache, when None.

    Returns:
        The outcome, in million USD of the case's price year.

    Raises:
        InputError: No such strategy; a ref that does not resolve.
        Infeasible: The market of the future has no feasible flows.
    """
    plan = strategy if isinstance(strategy, Resolved) else resolve(case, strategy)
    judged = feasible(case, plan, future)
    run = tonnes(case, plan, judged, future)
    prices = _prices(case, plan, future, run, path)
    years = grid(case)
    known: dict[tuple[str, bytes], Priced] = {}
    money = country_ledger(case, plan, future, prices, run, known)
    ledger = money.ledger
    rate = case.settings.case.discount_rate_share
    kept = _kept(case, ledger, rate)
    general = case.settings.case
    middle = (general.first_year + general.last_year) // 2
    losses = [0.0]
    for partner in plan.partners:
        without = tonnes(case, plan, judged, future, Cut(partner, middle))
        losses.append(kept - _kept(case, country_ledger(case, plan, future, prices, without, known).ledger, rate))
    states = {p: ledger.npv(p, rate) for p in ledger.parties if p.startswith("state:")}
    left = residue_of(case, plan, run, future, len(years))
    measures = _values(case, plan, run, money) | {"value_kept_musd": kept, "cut_off_loss_musd": max(losses)}
    own, ends = _ranged(case, money, left)
    remarks = (f"prices: {prices.room}", *figures_of(case, [plan]), *money.remarks)
    return Outcome(
        plan.id,
        future.id,
        {m.name: {**measures, **own}[m.name] for m in MEASURES},
        ends,
        states,
        _by_year(years, run.flows, money, left),
        ledger,
        judged,
        {i: t.why_not for i, t in run.timings.items() if t.why_not},
        remarks,
        sources_of(case, plan),
        prices,
    )


def _prices(case: Case, plan: Resolved, future: Future, run: Run, path: Path | PricePath | None) -> PricePath:
    """Final prices: those given, or the market answered to what the strategy does."""
    if isinstance(path, PricePath):
        return path
    if path is None:
        return prices_of(case, plan, future, run.flows)
    return solved(case, future, choices_of(case, plan, future, run.flows), path)


def value_kept(case: Case, plan: Resolved, future: Future, path: PricePath) -> float:
    """The measure `value_kept_musd` alone, without what a partner's absence costs. [million USD]"""
    run = tonnes(case, plan, feasible(case, plan, future), future)
    ledger = country_ledger(case, plan, future, path, run).ledger
    return _kept(case, ledger, case.settings.case.discount_rate_share)


def tonnes(case: Case, plan: Resolved, judged: Feasibility, future: Future, cut: Cut | None = None) -> Run:
    """When each plant of a strategy runs in a future, and its tonnes; prices do not move them.

    Args:
        case: The case.
        plan: The strategy.
        judged: What of it cannot be.
        future: The future.
        cut: A partner that leaves for good in a year, over what the future says.
    """
    timings = when(case, plan, judged, future, cut)
    steps = tuple(_step(case, plan, b, timings, future) for b in plan.builds if timings[b.id].built)
    return Run(timings, materials.flow(steps, len(grid(case))))


def _ore(future: Future, build: Build) -> str:
    """Composition of a plant's ore in a future; what runs already has the one it has."""
    return future.own_ore if isinstance(future, HomeFuture) and build.entry.feed else ""


def _step(case: Case, plan: Resolved, build: Build, timings: Mapping[str, Timing], future: Future) -> Step:
    """A plant as material sees it: size by year, recoveries, ore, and what may leave raw."""
    made = sized(case, build, future)
    working = output_share(made, future) * timings[build.id].rate
    stage = build.entry.stage
    if stage == "mine":
        shares, _ = composition(case, build.id, _ore(future, build))
        ore = np.array([shares.get(e, 0.0) for e in ELEMENTS])
        size = made.sales[0].t_per_year.value
        assert size is not None
        return Step(
            build.id, stage, size * working, ore_share=ore, raw_limit_t_reo=_raw_limit(case, plan, build, timings)
        )
    if stage == "separation":
        shares, _ = composition(case, build.id, _ore(future, build))
        size = made.purchases[0].t_per_year.value
        assert size is not None
        return Step(build.id, stage, size * working, _recoveries(made, shares, size))
    share = process_yield(case, made)
    product = made.sales[0].t_per_year.value
    bought = made.purchases[0].t_per_year.value
    assert product is not None
    assert bought is not None
    per_t = 0.75 / FACTORS[_ND] + 0.25 / FACTORS[_PR] if stage == "metal" else 1.0  # oxide or metal bought
    return Step(build.id, stage, bought * per_t * working, np.full(len(ELEMENTS), share))


def _recoveries(made, shares: Mapping[str, float], size: float) -> Array:
    """Recovery by element of a separation plant: what it sells over what enters; what it does not sell is lost."""
    found = np.zeros(len(ELEMENTS))
    for trade in made.sales:
        whole = sum(trade.composition.values())
        parts = {e: s / whole for e, s in trade.composition.items()} if whole > 0 else {}
        names = parts or {trade.good: 1.0}
        sold = trade.t_per_year.value
        for name, part in names.items():
            symbols = ("Nd", "Pr") if name == "NdPr" else (name,)
            entering = size * sum(shares.get(e, 0.0) for e in symbols)
            if entering > 0 and sold is not None:
                for e in symbols:
                    found[ELEMENTS.index(e)] += sold * part / entering
    return found


def _raw_limit(case: Case, plan: Resolved, build: Build, timings: Mapping[str, Timing]) -> Array:
    """Most a mine may send abroad raw, by year. [t REO]"""
    moratorium, export = plan.file.moratorium, plan.file.export
    runs_from = {i: t.first_year for i, t in timings.items() if t.built}
    limits = []
    for year in grid(case):
        held = moratorium is not None and moratorium.holds(build.entry.good, build.id, year, runs_from)
        quota = plan.quota_t_reo.value if plan.quota_t_reo is not None else None
        free = np.inf if quota is None or export is None or year < export.start else quota
        limits.append(0.0 if held else free)
    return np.array(limits)


# --- measures --------------------------------------------------------------------------------------------------------


def _npv(ledger: Ledger, prefix: str, rate: float) -> float:
    parties = [p for p in ledger.parties if p.startswith(prefix)]
    return sum(ledger.npv(p, rate) for p in parties)


def _wages(ledger: Ledger, rate: float) -> float:
    labour = [line for line in ledger.lines if line.kind == "labour"]
    return Ledger(tuple(labour), start_year=ledger.start_year).npv("rest", rate) if labour else 0.0


def _kept(case: Case, ledger: Ledger, rate: float) -> float:
    home = sum(_npv(ledger, prefix, rate) for prefix in (f"federal:{case.country}", "state:", "company:"))
    return home + _wages(ledger, rate)


def _public_cost(case: Case, money: Money, rate: float) -> float:
    paid = 0.0
    federal = f"federal:{case.country}"
    if federal in money.ledger.parties:
        paid = -money.ledger.npv(federal, rate, ("research", "training", "stockpile", "grant"))
    discount = (1 + rate) ** -(np.arange(len(money.relief)) + 1.0)
    return paid + float(money.relief @ discount)


def _values(case: Case, plan: Resolved, run: Run, money: Money) -> dict[str, float | None]:
    timings, flows = run.timings, run.flows
    years, rate = grid(case), case.settings.case.discount_rate_share
    span = case.settings.case.last_year - years[0] + 1
    last = span - 1
    ledger = money.ledger
    stage = {b.id: b.entry.stage for b in plan.builds}
    separated = sum((flows.intake[i][:span].sum() for i in flows.intake if stage[i] == "separation"), 0.0)
    mined = flows.mined[:span].sum()
    jobs = sum(s[last] for s in money.staff.values())
    oxide = sum((flows.made[i][last] @ FACTORS for i in flows.made if stage[i] == "separation"), 0.0)
    made = {s: sum((flows.made[i][last].sum() for i in flows.made if stage[i] == s), 0.0) for s in ("metal", "magnet")}
    return {
        "companies_musd": _npv(ledger, "company:", rate),
        "federal_musd": _npv(ledger, f"federal:{case.country}", rate),
        "states_musd": _npv(ledger, "state:", rate),
        "wages_musd": _wages(ledger, rate),
        "partners_musd": _npv(ledger, "partner:", rate),
        "public_cost_musd": _public_cost(case, money, rate),
        "jobs_persons": float(jobs),
        "raw_t_reo_per_year": float(flows.raw[last] @ FACTORS),
        "oxide_t_reo_per_year": float(oxide),
        "metal_t_element_per_year": float(made["metal"]),
        "magnet_t_element_per_year": float(made["magnet"]),
        "processed_share": float(separated / mined) if mined > 0 else None,
        "largest_partner_share": _largest(plan, flows, span),
        "residue_t_element": float(flows.residue[:span].sum()),
        **_capabilities(plan, timings, flows, years),
    }


def _ranged(case: Case, money: Money, left: Residue) -> tuple[dict[str, float | None], dict[str, tuple[float, float]]]:
    """Measures whose inputs have a range of their own: jobs by skill and residue; value, and both ends."""
    general = case.settings.case
    span = general.last_year - general.first_year + 1
    jobs = float(sum(s[span - 1] for s in money.staff.values()))
    found: dict[str, tuple[float, float, float] | None] = dict.fromkeys(SKILLS)
    for name, share in shares_of(case).items():
        found[name] = (jobs * share.low, jobs * share.value, jobs * share.high)
    gross = None if left.gross_t is None else left.gross_t[:, :span].sum(axis=1)
    found["residue_t_gross"] = None if gross is None else (float(gross[0]), float(gross[1]), float(gross[2]))
    found["residue_bq_per_g"] = left.bq_per_g
    values = {name: None if three is None else three[1] for name, three in found.items()}
    return values, {name: (three[0], three[2]) for name, three in found.items() if three is not None}


def figures_of(case: Case, plans: Sequence[Resolved]) -> tuple[str, ...]:
    """What plants, residue and jobs by skill stand on: separation designs, reported figures, estimates.

    Args:
        case: The case.
        plans: Strategies.
    """
    designs = {f"{b.id} ({b.choice.design})" for p in plans for b in p.builds if b.choice.design}
    reported = {b.id for p in plans for b in p.builds if not b.choice.design}
    guessed = {name for p in plans for name in estimated(p)}
    said = {
        "plants by separation design": ", ".join(sorted(designs)),
        "plants by reported figures": ", ".join(sorted(reported)),
        "solid residue": said_of(case, plans),
        "jobs by skill follow one separation plant at Gebeng; an estimate for": ", ".join(sorted(guessed)),
    }
    return tuple(f"{how}: {names}" for how, names in said.items() if names)


def _largest(plan: Resolved, flows: Flows, span: int) -> float | None:
    """Part of the rare earths sold at any stage that comes from plants leaning on one country."""
    sold: dict[str, float] = {}
    by_stage = {"mine": flows.raw, "separation": flows.oxide, "metal": flows.metal, "magnet": flows.magnet}
    for stage, amount in by_stage.items():
        plants = [b for b in plan.builds if b.entry.stage == stage and b.id in flows.made]
        total = sum(flows.made[b.id][:span].sum() for b in plants)
        for b in plants:
            part = flows.made[b.id][:span].sum() / total if total > 0 else 0.0
            leans = b.choice.partner if b.existing or b.choice.route in LEANS else None
            sold[leans or ""] = sold.get(leans or "", 0.0) + part * amount[:span].sum()
    whole = sum(sold.values())
    if whole <= 0:
        return None
    return float(max((v for k, v in sold.items() if k), default=0.0) / whole)


def _capabilities(plan: Resolved, timings: Mapping[str, Timing], flows: Flows, years: range) -> dict[str, float | None]:
    first: dict[str, list[int]] = {"separation_year": [], "technology_year": [], "own_technology_year": []}
    for b in plan.builds:
        running = np.flatnonzero(flows.intake[b.id].sum(axis=1) > 0) if b.id in flows.intake else []
        if not timings[b.id].built or not len(running):
            continue
        year = years[int(running[0])]
        if b.choice.route == "own":
            first["own_technology_year"].append(year)
        if b.entry.stage == "separation":
            first["separation_year"].append(year)
            if b.choice.route in ("own", "open"):
                first["technology_year"].append(year)
            elif b.choice.route == "licence" and len(running) > TRANSFER_YEARS:
                first["technology_year"].append(years[int(running[TRANSFER_YEARS])])
    return {name: float(min(found)) if found else None for name, found in first.items()}


def _by_year(years: range, flows: Flows, money: Money, left: Residue) -> pd.DataFrame:
    """Tonnes at each stage, jobs and cash by party, year by year."""
    found = {f"{n}_t_element": getattr(flows, n).sum(axis=1) for n in
             ("mined", "raw", "bought", "oxide", "metal", "magnet", "residue")}  # fmt: skip
    found["residue_t_gross"] = np.full(len(years), np.nan) if left.gross_t is None else left.gross_t[1]
    found["jobs_persons"] = sum(money.staff.values(), np.zeros(len(years)))
    for party in money.ledger.parties:
        found[f"cash_musd {party}"] = money.ledger.cash(party)[0]
    return pd.DataFrame(found, index=pd.Index(list(years), name="year"))
