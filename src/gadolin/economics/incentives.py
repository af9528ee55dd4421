"""What an incentive costs the public, what it gives the company, and what it changes in the decision.

Effective tax: the average rate is what states take over what the project earns before their take, both as present
values; the marginal rate is (p - r) / p, with p the return before tax of the same plant at prices so low that it just
earns r after tax (Devereux and Griffith's idea, on whole cash flows).

Limits: the public cost is revenue forgone from this plant if it is built; if it would not be built otherwise, nothing
is forgone, and the comparison of `positive_share` says how likely that is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from gadolin.economics.cash_flow import cash_flow, inputs_of
from gadolin.economics.draws import Draws, monte_carlo, npvs_by_party
from gadolin.economics.formulas import Deck
from gadolin.economics.project import Finance, Project
from gadolin.economics.regimes import Regime
from gadolin.economics.returns import irr
from gadolin.errors import Infeasible

__all__ = ["EffectiveTax", "IncentiveEffect", "compare_incentives", "effective_tax", "price_factor_needed"]

UNITS = {
    "IncentiveEffect.public_cost_per_t": "currency per t of product",
    "IncentiveEffect.public_cost_per_job": "currency per job",
}

_TAKES = ("income_tax", "topup_tax", "royalty", "import_duty", "export_duty")


def price_factor_needed(project: Project, deck: Deck, regime: Regime, finance: Finance, most: float = 20.0) -> float:
    """Factor on all prices, of products and of feed, at which the company's NPV is zero.

    Raises:
        Infeasible: No factor between 0 and `most`.
    """
    base = {k: q.value for k, q in inputs_of(project, deck).items() if k.startswith("price:") and q.value is not None}
    low, high = 0.0, most
    count = 201
    for _ in range(14):
        grid = np.linspace(low, high, count)
        draws = Draws({key: grid * value for key, value in base.items()})
        npv = npvs_by_party(cash_flow(project, deck, regime, finance, draws), finance)[project.company]
        crossing = np.nonzero((npv[:-1] < 0) & (npv[1:] >= 0))[0]
        if not len(crossing):
            raise Infeasible(f"{project.id}: no prices up to {most:g} times the deck bring the NPV to zero")
        low, high, count = grid[crossing[0]], grid[crossing[0] + 1], 17
    return float(0.5 * (low + high))


@dataclass(frozen=True)
class EffectiveTax:
    """Effective tax rates of a project.

    Args:
        average_share: Present value of what states take over that of the project before their take; None when the
            project earns nothing before tax.
        marginal_share: (p - r) / p at the margin; None when no prices bring the NPV to zero.
    """

    average_share: float | None
    marginal_share: float | None


def effective_tax(project: Project, deck: Deck, regime: Regime, finance: Finance) -> EffectiveTax:
    """Average and marginal effective tax rate, both before finance."""
    bare = replace(finance, debts=(), equity_share={})
    rate = bare.discount_share
    ledger = cash_flow(project, deck, regime, bare).real()
    company = project.company
    taken = ledger.npv(company, rate, kinds=_TAKES) + ledger.npv(company, rate, kinds=("grant",))
    before = ledger.npv(company, rate, without=(*_TAKES, "grant"))
    average = -taken / before if before > 1e-9 else None
    try:
        factor = price_factor_needed(project, deck, regime, bare)
    except Infeasible:
        return EffectiveTax(average, None)
    base = {k: q.value for k, q in inputs_of(project, deck).items() if k.startswith("price:") and q.value is not None}
    draws = Draws({key: np.array([factor * value]) for key, value in base.items()})
    marginal = cash_flow(project, deck, regime, bare, draws).real()
    pre = irr(marginal.cash(company, without=(*_TAKES, "grant"))[0], marginal.periods_per_year).value
    return EffectiveTax(average, None if pre is None or pre <= 0 else (pre - rate) / pre)


@dataclass(frozen=True)
class IncentiveEffect:
    """One package of incentives against none.

    Args:
        name: How it is called.
        ids: Ids of the incentives.
        company_gain_local_m: Gain of the company, NPV. [million]
        public_cost_local_m: What federal and states forgo and pay, NPV. [million]
        public_cost_per_t: The same over all tonnes of output. [currency per t]
        public_cost_per_job: Over permanent jobs; None when staff is not known. [currency per job]
        public_cost_ratio: Over capital spent (present value). [currency per currency invested]
        positive_without_share: Share of draws with NPV of the company above zero without it.
        positive_with_share: And with it.
        npv_without_local_m: NPV of the company without it, central case. [million]
        npv_with_local_m: And with it. [million]
        average_tax_share: Average effective tax with it.
        marginal_tax_share: Marginal effective tax with it.
    """

    name: str
    ids: tuple[str, ...]
    company_gain_local_m: float
    public_cost_local_m: float
    public_cost_per_t: float
    public_cost_per_job: float | None
    public_cost_ratio: float | None
    positive_without_share: float
    positive_with_share: float
    npv_without_local_m: float
    npv_with_local_m: float
    average_tax_share: float | None
    marginal_tax_share: float | None

    @property
    def decides(self) -> bool:
        """Whether it turns a project that loses money into one that pays, in the central case."""
        return self.npv_without_local_m <= 0 < self.npv_with_local_m

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {"decides": self.decides}


def compare_incentives(
    project: Project,
    deck: Deck,
    regime: Regime,
    finance: Finance,
    packages: Mapping[str, Sequence[str]],
    on: str,
    draws: Draws,
) -> tuple[IncentiveEffect, ...]:
    """Packages of incentives side by side, each against the bare regime.

    Args:
        project: The plant.
        deck: Prices.
        regime: Fiscal rules; whatever is chosen in it is dropped first.
        finance: Finance.
        packages: Ids of incentives by name of the package.
        on: Day of the application, ISO.
        draws: Drawn inputs (`draws.sample`).

    Raises:
        InputError: A package that is closed, does not fit or does not stack; names it.
    """
    bare = regime.choose((), on, project.stage, project.state)
    without, central = _outcome(project, deck, bare, finance, draws)
    ledger = cash_flow(project, deck, bare, finance).real()
    spent = -ledger.npv(project.company, finance.discount_share, kinds=("capex", "sustaining"))
    life = project.schedule.life_years
    ramp = [project.schedule.ramp_share[min(y, len(project.schedule.ramp_share) - 1)] for y in range(life)]
    tonnes = sum(t.t_per_year.value or 0.0 for t in project.sales) * sum(ramp) * (project.output.value or 0.0)
    found = []
    for name, ids in packages.items():
        chosen = regime.choose(tuple(ids), on, project.stage, project.state)
        with_it, helped = _outcome(project, deck, chosen, finance, draws)
        cost = central["public"] - helped["public"]
        tax = effective_tax(project, deck, chosen, finance)
        staff = project.staff.value
        found.append(
            IncentiveEffect(
                name,
                tuple(ids),
                helped["company"] - central["company"],
                cost,
                1e6 * cost / tonnes,
                None if not staff else 1e6 * cost / staff,
                cost / spent if spent > 0 else None,
                without,
                with_it,
                central["company"],
                helped["company"],
                tax.average_share,
                tax.marginal_share,
            )
        )
    return tuple(found)


def _outcome(
    project: Project, deck: Deck, regime: Regime, finance: Finance, draws: Draws
) -> tuple[float, dict[str, float]]:
    """Share of draws that pay, and central NPVs of the company and of all public parties."""
    share = monte_carlo(project, deck, regime, finance, draws).share_positive(project.company)
    npv = npvs_by_party(cash_flow(project, deck, regime, finance), finance)
    public = sum(float(v[0]) for p, v in npv.items() if p.split(":")[0] in ("federal", "state"))
    return share, {"company": float(npv[project.company][0]), "public": public}


def effects_table(effects: Sequence[IncentiveEffect]) -> pd.DataFrame:
    """Packages as rows."""
    return pd.DataFrame([effect.as_dict() for effect in effects]).set_index("name")
