"""Claims of the economics room: costing cases of other programs, feasibility studies, closed forms.

The seven studies of `FLOOR` are a regression floor only: a rough calculation with the same conventions for all hits
them, so they prove the arithmetic, not foresight. Every other study is reported with what it does not say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import numpy as np
from scipy.optimize import brentq
from scipy.stats import spearmanr

from gadolin.case import load
from gadolin.case.inputs.economics_capital import capital_of_capacity
from gadolin.case.inputs.economics_money import cost_index_of
from gadolin.economics import (
    Allowance,
    CostLine,
    Debt,
    Deck,
    Finance,
    Project,
    Regime,
    Schedule,
    Trade,
    WorkingCapital,
    cash_flow,
)
from gadolin.economics.build_up import fixed_opex
from gadolin.economics.depreciation import declining_balance, macrs, straight_line, sum_of_years
from gadolin.economics.ledger import Ledger
from gadolin.economics.returns import annuity_factor, irr, npv
from gadolin.economics.scaling import equipment_cost, learned_cost
from gadolin.economics.studies import Recomputed, read_study, recompute
from gadolin.errors import InputError
from gadolin.quantity import Quantity
from gadolin.validation.board import Check, compare

FILES = ("feasibility_cases.json", "tea_reference_cases.json")

FLOOR = (
    "bear_lodge_pfs_2014",
    "songwe_pfs_2015",
    "makuutu_dfs_2023",
    "phalaborwa_pea_2022",
    "lofdal_pea_2022",
    "nechalacho_fs_2013",
    "ionic_belfast_fs_2024",
)
_BY_ALL_IT_STATES = {
    "bear_lodge_pfs_2014": "its capital falls in years 0 to 3 while it already produces: with output only after three "
    "years of building the same figures give an IRR of 23 %, and its own 32.7 % needs output within one to two years "
    "of the capital, which the rough convention of two years happens to have",
}
"""Why a study of the floor that the rough conventions meet is missed when all that it states is used."""

_WITHIN = 0.15
_RANK_LEAST = 0.8


def accepts(name: str, document: Any) -> bool:
    """Whether a user's file has the form of one of ours."""
    cases = document.get("cases") if isinstance(document, dict) else None
    if not isinstance(cases, list) or not cases or not isinstance(cases[0], dict):
        return False
    if name == FILES[0]:
        return "case_id" in cases[0] and "inputs" in cases[0]
    return any(case.get("kind") in _KINDS for case in cases)


def checks(read: Callable[[str], Any]) -> Iterator[Check]:
    """Every check; a file that was not asked for is left out."""
    studies, costing = read(FILES[0]), read(FILES[1])
    if studies is not None:
        yield from _studies(studies["cases"])
    if costing is not None:
        for case in costing["cases"]:
            yield from _costing(case)


# --- feasibility studies -----------------------------------------------------------------------------------------


def _reported(case: dict[str, Any]) -> tuple[float, str] | None:
    """The NPV to compare with, and its tax basis."""
    for basis in ("pre_tax", "post_tax", "tax_basis_unstated"):
        value = case["reported"].get(f"npv_{basis}_m")
        if value is not None:
            return float(value), basis
    return None


def _ours(found: Recomputed, basis: str) -> float:
    return found.npv_pre_tax_local_m if basis == "pre_tax" else found.npv_post_tax_local_m


def _studies(cases: list[dict[str, Any]]) -> Iterator[Check]:
    theirs, ours = [], []
    for case in cases:
        reported = _reported(case)
        source = case["sources"][0]["title"] if case.get("sources") else case["case_id"]
        try:
            found = recompute(read_study(case))
        except InputError as error:
            expected = None if reported is None else reported[0]
            why = "cannot be computed: " + "; ".join(str(fault) for fault in error.faults)
            yield Check(f"{case['case_id']}: NPV", source, expected, None, "relative 0.15", "known_limit", why)
            continue
        if reported is None:
            why = "the study reports no NPV"
            yield Check(f"{case['case_id']}: NPV", source, None, found.npv_pre_tax_local_m, "-", "known_limit", why)
            continue
        value, basis = reported
        got = _ours(found, basis)
        theirs.append(value / found.study.capex_local_m)
        ours.append(got / found.study.capex_local_m)
        why = "not given: " + ", ".join(found.study.missing)
        claim = f"{case['case_id']}: NPV {basis.replace('_', ' ')}, {found.study.currency} million"
        yield compare(claim, source, value, got, relative=_WITHIN, known_limit="" if case["case_id"] in FLOOR else why)
        if case["case_id"] in FLOOR:
            stated = _ours(recompute(found.study, "stated"), basis)
            why = _BY_ALL_IT_STATES.get(case["case_id"], "")
            yield compare(f"{claim}, by all it states", source, value, stated, relative=_WITHIN, known_limit=why)
    if len(ours) >= 5:
        rank = float(cast(Any, spearmanr(theirs, ours)).statistic)
        status = "pass" if rank >= _RANK_LEAST else "fail"
        claim = f"rank correlation of NPV over capital, {len(ours)} studies"
        yield Check(claim, "all studies of the file", f"at least {_RANK_LEAST}", rank, "lower bound", status)


def _costing(case: dict[str, Any]) -> Iterator[Check]:
    """One costing case; one that cannot be read fails with the reason and stops nothing else."""
    try:
        yield from _KINDS.get(case.get("kind", ""), _unknown)(case)
    except (KeyError, TypeError, ValueError, InputError) as error:
        why = f"the case cannot be read: {type(error).__name__} {error}"
        name = str(case.get("id", "case"))
        yield Check(name, str(case.get("source_title", "")), case.get("expected"), None, "-", "fail", why)


# --- costing cases of other programs -------------------------------------------------------------------------------


def _relative(case: dict[str, Any], name: str = "rel") -> float:
    return float(case.get("tolerance", {}).get(name, 1e-6))


def _equipment(case: dict[str, Any]) -> Iterator[Check]:
    inputs = case["inputs"]
    (to_year,), (from_year,) = inputs["index_to"].values(), inputs["index_from"].values()
    for row, expected in zip(inputs["rows"], case["expected"]["bare_erected_musd"], strict=True):
        got = equipment_cost(
            row["reference_cost_usd"], row["reference_size"], row["size"], row["exponent"], row["n_parallel"]
        ) * (to_year / from_year)
        yield compare(
            f"{case['id']} {row['account']}: bare erected cost, million USD",
            case["source_title"],
            expected,
            got / 1e6,
            relative=_relative(case),
        )


def _fixed(case: dict[str, Any]) -> Iterator[Check]:
    """Total plant cost holds other plant costs once; fixed cost by shares of it."""
    i, expected = case["inputs"], case["expected"]
    capital = i["total_bare_erected_musd"] * i["lang_factor"] + i["other_plant_costs_musd"]
    parts = fixed_opex(
        capital,
        i["labour_rate_usd_per_h"],
        i["operators_per_shift"],
        i["labour_burden"],
        i["hours_per_year"],
        i["sales_revenue_musd_per_year"],
    )
    for name, value in ({"total_plant_cost_musd": capital} | parts).items():
        yield compare(f"{case['id']}: {name}", case["source_title"], expected[name], value, _relative(case))


def _growing(case: dict[str, Any]) -> Iterator[Check]:
    """NPV parts of a plant whose prices grow, as ledgers and as closed forms."""
    i = case["inputs"]
    rate, years, build = i["discount_rate"], i["plant_life_years"], i["capital_spend_fraction_by_year"]
    expected, source, within = case["expected"], case["source_title"], _relative(case)
    start = len(build)
    capex = i.get("capex_musd", i.get("total_plant_cost_musd"))
    spent = [share * capex * (1 + i["capital_escalation"]) ** y for y, share in enumerate(build)]
    capital = Ledger.of((y, "company:a", "suppliers", "capex", amount) for y, amount in enumerate(spent))
    key = "pv_capital" if "pv_capital" in expected else "pv_capital_correct"
    yield compare(f"{case['id']}: {key}", source, expected[key], capital.npv("company:a", rate), within)
    if "capex_musd" not in i:
        return
    parts = {}
    for name, value, growth in (
        ("pv_operating", -i["opex_musd_per_year"], i["operating_inflation"]),
        ("pv_revenue", i["revenue_musd_per_year"], i["revenue_inflation"]),
    ):
        flows = [value * (1 + growth) ** y for y in range(start, start + years)]
        parts[name] = float(npv([0.0] * start + flows, rate, offset_years=1.0))
        yield compare(f"{case['id']}: {name}", source, expected[name], parts[name], within)
    total = capital.npv("company:a", rate) + sum(parts.values())
    yield compare(f"{case['id']}: NPV without loan", source, expected["npv_without_loan_term"], total, within)
    loan = i["debt_fraction_of_capex"] * capex
    service = loan / annuity_factor(i["loan_interest"], i["loan_years"])
    gain = loan - service * annuity_factor(rate, i["loan_years"])
    yield Check(
        f"{case['id']}: worth of a loan below the discount rate",
        source,
        "above 0",
        gain,
        "sign",
        "pass" if gain > 0 else "fail",
    )


def _learning(case: dict[str, Any]) -> Iterator[Check]:
    i = case["inputs"]
    got = learned_cost(i["first_cost_musd"], i["units_built"], i["learning_rate"])
    yield compare(f"{case['id']}: cost", case["source_title"], case["expected"]["cost_musd"], got, _relative(case))


def tea_plant(inputs: dict[str, Any], sales_usd_per_year: float) -> tuple[Project, Deck, Regime]:
    """A plant of a costing case as a project; money in million USD."""
    kind = inputs["depreciation"].rstrip("0123456789")
    begin, end = inputs["duration"]
    years = int(inputs["depreciation"].removeprefix(kind) or end - begin)
    capital = inputs["fixed_capital_usd"] / 1e6
    held = {of: float(np.clip(np.nan_to_num(_fixed_share(inputs, of)), 0.0, 1.0)) for of in ("FOC", "VOC")}
    project = Project(
        id="plant",
        stage="separation",
        sales=(Trade("goods", _exact(1000.0)),),
        capex={"plant": _exact(capital)},
        opex=(
            CostLine("fixed", _exact(inputs["fixed_opex_usd_per_year"] / 1e6), held["FOC"]),
            CostLine("variable", _exact(inputs["variable_opex_usd_per_year"] / 1e6), held["VOC"]),
        ),
        schedule=Schedule(
            tuple(inputs["construction_schedule"]), (_first_year(inputs, "sales"), 1.0), end - begin, start_year=begin
        ),
        working_capital=WorkingCapital(first_fill_local_m=_exact(inputs["WC_over_FCI"] * capital)),
    )
    regime = Regime("USA", _exact(inputs["income_tax"]), (Allowance("plant", 1.0, _DEPRECIATION[kind](years)),))
    return project, Deck({"goods": _exact(sales_usd_per_year / 1e6)}), regime


def _first_year(inputs: dict[str, Any], of: str) -> float:
    """Share of sales, fixed or variable cost in the first year: a start-up of some months at another rate."""
    months = inputs.get("startup_months") or 0
    return 1.0 - months / 12 * (1.0 - float(inputs.get(f"startup_{of}frac", 1.0)))


def _fixed_share(inputs: dict[str, Any], of: str) -> float:
    """Part of a cost that does not follow sales, so that the first year costs what the case says."""
    sales, cost = _first_year(inputs, "sales"), _first_year(inputs, of)
    if sales == 1.0:
        return float("nan") if cost != 1.0 else float(of == "FOC")
    return (cost - sales) / (1.0 - sales)


def _debts(inputs: dict[str, Any]) -> tuple[Debt, ...]:
    share, rate = inputs.get("finance_fraction"), inputs.get("finance_interest")
    if not (share and rate):
        return ()
    return (Debt(share, rate, inputs["finance_years"], building_interest="added"),)


def _other_method(inputs: dict[str, Any]) -> str:
    """Why a plant of another program is computed there in a way that we do not have; empty when it is not."""
    if _debts(inputs):
        if inputs["income_tax"]:
            return "there the whole loan service, principal too, lowers the taxed income; here interest alone does"
        if not inputs.get("accumulate_interest_during_construction"):
            return "there interest of the construction years falls on each year's own draw, not on what is owed"
    outside = [of for of in ("FOC", "VOC") if not 0 <= _fixed_share(inputs, of) <= 1]
    if outside:
        return f"there {' and '.join(outside)} falls below sales during start-up; here a cost follows sales at most"
    return ""


def _exact(value: float) -> Quantity:
    return Quantity(value, "as in the case", value, value, "choice")


def _plant(case: dict[str, Any]) -> Iterator[Check]:
    """A whole plant of another program: yearly cash, NPV, IRR, price needed."""
    i, expected, source, within = case["inputs"], case["expected"], case["source_title"], _relative(case)
    finance = Finance(i["IRR"], debts=_debts(i), timing="end")
    # year 0 is the last year of construction, so the value at the start is brought forward
    forward = (1 + i["IRR"]) ** len(i["construction_schedule"])

    def run(sales: float) -> Ledger:
        return cash_flow(*tea_plant(i, sales), finance)

    ledger = run(i["sales_usd_per_year"])
    flows = 1e6 * ledger.cash("company:plant")[0]
    worst = int(np.argmax(np.abs(np.array(expected["cashflow_usd"]) - flows)))
    claim = f"{case['id']}: cash of year {worst}, the worst of {len(flows)}"
    why = _other_method(i)
    yield compare(claim, source, expected["cashflow_usd"][worst], float(flows[worst]), within, known_limit=why)
    value = 1e6 * forward * ledger.npv("company:plant", i["IRR"])
    yield compare(f"{case['id']}: NPV, USD", source, expected["npv_usd"], value, within, known_limit=why)
    rate = irr(flows).value
    yield compare(
        f"{case['id']}: IRR", source, expected["irr"], float("nan") if rate is None else rate, within, known_limit=why
    )
    wanted, loose = expected["sales_for_zero_npv_usd_per_year"], _relative(case, "sales_for_zero_npv_rel")
    got = brentq(lambda sales: run(sales).npv("company:plant", i["IRR"]), 0.1 * wanted, 10 * wanted)
    yield compare(
        f"{case['id']}: sales for zero NPV, USD per year",
        source,
        wanted,
        float(cast(float, got)),
        loose,
        known_limit=why,
    )


_DEPRECIATION = {"MACRS": macrs, "SL": straight_line, "DDB": declining_balance, "SYD": sum_of_years}


def _depreciation(case: dict[str, Any]) -> Iterator[Check]:
    for name, shares in case["expected"].items():
        kind = name.rstrip("0123456789")
        got = _DEPRECIATION[kind](int(name.removeprefix(kind)))
        at = int(np.argmax(np.abs(np.array(shares) - np.array(got))))
        claim = f"{case['id']} {name}: worst year, {at + 1}"
        yield compare(claim, case["source_title"], shares[at], got[at], absolute=case["tolerance"]["abs"])


def _indices(case: dict[str, Any]) -> Iterator[Check]:
    """The atlas's plant cost index against another program's copy, by year."""
    shipped = load("malaysia")
    for year, expected in case["expected"].items():
        if not year.isdigit():
            continue
        try:
            got = cost_index_of(shipped, int(year))
        except InputError as error:
            why = f"the atlas holds no value: {error}"
            yield Check(
                f"{case['id']} {year}", case["source_title"], expected, None, "relative 1e-6", "known_limit", why
            )
            continue
        why = "copies of the index contradict each other; the atlas holds the value its sources agree on"
        claim = f"{case['id']} {year}"
        yield compare(claim, case["source_title"], expected, got, _relative(case), known_limit=why)


def _anchor(case: dict[str, Any]) -> Iterator[Check]:
    """A reported plant against what the atlas's other plants of its stage give by size."""
    factor = case["tolerance"]["factor"]
    units = ("t_reo_feed_per_year", "t_reo_out_per_year")
    capacity = case["inputs"]["capacity_t_reo_per_year"]
    estimate, _ = capital_of_capacity(load("malaysia"), "separation", capacity, units, without="Avalon")
    expected, got = case["expected"]["capex_usd"], estimate.value
    inside = got is not None and expected / factor <= got <= expected * factor
    why = "" if inside else f"reported plants of the atlas span {estimate.low:,.0f} to {estimate.high:,.0f} USD"
    claim = f"{case['id']}: capital, USD"
    yield Check(
        claim, case["source_title"], expected, got, f"factor {factor:g}", "pass" if inside else "known_limit", why
    )


def _unknown(case: dict[str, Any]) -> Iterator[Check]:
    yield Check(
        f"{case['id']}",
        case.get("source_title", ""),
        None,
        None,
        "-",
        "known_limit",
        f"no method for kind {case['kind']}",
    )


_KINDS: dict[str, Callable[[dict[str, Any]], Iterator[Check]]] = {
    "equipment_scaling": _equipment,
    "cost_index": _indices,
    "capex_and_fixed_opex": _fixed,
    "npv": _growing,
    "learning": _learning,
    "npv_irr_price": _plant,
    "depreciation": _depreciation,
    "plausibility": _anchor,
}
