# /// script
# requires-python = "==3.12.*"
# dependencies = ["biosteam==2.54.0"]
# ///
"""BioSTEAM's TEA on the plant of the shipped case: how long a cash flow takes there, and the case itself.

BioSTEAM does not start on Python 3.11. By hand, with the interpreter of an environment that has it:

    python benchmarks/peers/economics.py             # one JSON line: {"row", "peer", "seconds", "note"}
    python benchmarks/peers/economics.py --export    # the case that `gadolin validate economics` holds us to
"""

from __future__ import annotations

import datetime
import json
import statistics
import sys
import time

import biosteam as bst

PLANT = {
    "fixed_capital_usd": 170e6,
    "fixed_opex_usd_per_year": 9.5e6,
    "variable_opex_usd_per_year": 48e6,
    "sales_usd_per_year": 92e6,
    "IRR": 0.08,
    "duration": [2027, 2047],
    "depreciation": "MACRS10",
    "income_tax": 0.24,
    "operating_days": 330,
    "lang_factor": None,
    "construction_schedule": [0.25, 0.75],
    "startup_months": 6,
    "startup_FOCfrac": 1,
    "startup_salesfrac": 0.4,
    "startup_VOCfrac": 0.6,
    "WC_over_FCI": 0.07,
    "finance_interest": 0,
    "finance_years": 0,
    "finance_fraction": 0,
}


class Works(bst.Unit):
    """A whole plant as one unit with a given cost."""

    capital_usd = 0.0

    def _run(self):
        self.outs[0].copy_like(self.ins[0])

    def _cost(self):
        self.F_BM["Plant"] = 1.0
        self.baseline_purchase_costs["Plant"] = self.capital_usd


class Plain(bst.TEA):
    """A TEA whose capital is the equipment's cost and whose fixed cost is given."""

    fixed_cost_usd = 0.0

    def _DPI(self, installed_equipment_cost):  # noqa: N802
        return installed_equipment_cost

    def _TDC(self, DPI):  # noqa: N802
        return DPI

    def _FCI(self, TDC):  # noqa: N802
        return TDC

    def _FOC(self, FCI):  # noqa: N802
        return self.fixed_cost_usd

    def _fill_tax_and_incentives(self, incentives, taxable_cashflow, nontaxable_cashflow, tax, depreciation):
        tax[:] = self.income_tax * taxable_cashflow


def plant() -> Plain:
    """The plant as a BioSTEAM system with its TEA."""
    bst.settings.set_thermo(["Water"])
    hours = PLANT["operating_days"] * 24
    feed = bst.Stream("feed", Water=1000.0, units="kg/hr")
    product = bst.Stream("product")
    Works.capital_usd = PLANT["fixed_capital_usd"]
    system = bst.System("works", path=[Works("plant", ins=feed, outs=product)])
    settings = {k: v for k, v in PLANT.items() if not k.endswith(("_usd", "_usd_per_year"))}
    system.operating_hours = hours
    system.simulate()
    feed.price = PLANT["variable_opex_usd_per_year"] / (1000.0 * hours)
    product.price = PLANT["sales_usd_per_year"] / (1000.0 * hours)
    tea = Plain(system, **settings)
    tea.fixed_cost_usd = PLANT["fixed_opex_usd_per_year"]
    return tea


def median(run, repeats: int = 200) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def export(tea: Plain) -> dict:
    """The case in the form of the shipped reference file."""
    flows = [1e6 * v for v in tea.get_cashflow_table()["Cash flow [MM$]"]]
    rate = tea.solve_IRR()
    product = tea.system.products[0]
    price = tea.solve_price(product)
    wanted = price * product.F_mass * tea.operating_hours
    return {
        "id": "biosteam_startup_2027",
        "kind": "npv_irr_price",
        "title": "20-year plant with a start-up of six months, MACRS-10, exported from BioSTEAM's own environment",
        "basis": "measured",
        "source_title": f"BioSTEAM TEA, run here (version {bst.__version__})",
        "source": "benchmarks/peers/economics.py --export",
        "source_url": "https://github.com/BioSTEAMDevelopmentGroup/biosteam",
        "source_date": datetime.date.today().isoformat(),
        "inputs": PLANT,
        "expected": {
            "npv_usd": float(tea.NPV),
            "irr": float(rate),
            "sales_for_zero_npv_usd_per_year": float(wanted),
            "cashflow_usd": flows,
        },
        "tolerance": {"rel": 1e-6, "sales_for_zero_npv_rel": 1e-4},
        "note": "",
    }


def main() -> None:
    tea = plant()
    if "--export" in sys.argv:
        print(json.dumps(export(tea), indent=1))
        return
    rate, present = median(tea.solve_IRR, 50), median(lambda: tea.NPV)
    figure = {
        "row": "biosteam_tea",
        "peer": f"BioSTEAM {bst.__version__}, cash-flow table of one plant",
        "seconds": median(tea.get_cashflow_table),
        "note": f"NPV alone {1e3 * present:.2f} ms, IRR {1e3 * rate:.2f} ms from a near start; one company, no ledger "
        f"of parties; Python {sys.version_info.major}.{sys.version_info.minor}",
    }
    print(json.dumps(figure))


if __name__ == "__main__":
    main()
