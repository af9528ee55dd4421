"""The tax engine against a plain twin, year by year in pure Python."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin.economics import Allowance, Incentive, MinimumTax
from gadolin.economics.depreciation import initial_and_annual
from gadolin.economics.taxes import TaxBase, taxes
from tests.economics.samples import TAXED

YEARS, FIRST = 12, 2


def twin(income, capital, rate, schedule, term, exempt, credit_share, cap, floor):
    """Tax and top-up of one row, the long way: a list of losses with their years."""
    pool, spare, losses, book_loss, out, top = 0.0, 0.0, [], 0.0, [], []
    for y in range(YEARS):
        for spent in range(YEARS):
            age = y - max(spent, FIRST)
            if 0 <= age < len(schedule):
                pool += capital[spent] * schedule[age]
        gain = max(income[y], 0.0)
        used = min(pool, gain)
        pool -= used
        rest = statutory = gain - used
        if FIRST <= y < FIRST + 5:
            rest = statutory * (1 - exempt)
        if y < 5:
            spare += credit_share * capital[y]
        covered = min(spare, cap * statutory)
        spare -= covered
        rest = max(rest - covered, 0.0)
        losses = [(year, left) for year, left in losses if term is None or y - year <= term]
        kept = []
        for year, left in losses:
            used = min(left, rest)
            rest -= used
            kept.append((year, left - used))
        losses = [*kept, (y, max(-income[y], 0.0))]
        out.append(rate * rest)
        book = income[y] - (sum(capital) / (YEARS - FIRST) if y >= FIRST else 0.0)
        book_loss += max(-book, 0.0)
        used = min(book_loss, max(book, 0.0))
        book_loss -= used
        top.append(max(floor * (max(book, 0.0) - used) - out[-1], 0.0))
    return out, top


@settings(max_examples=150, deadline=None)
@given(
    income=st.lists(st.floats(-100, 100), min_size=YEARS, max_size=YEARS),
    capital=st.lists(st.floats(0, 80), min_size=YEARS, max_size=YEARS),
    term=st.sampled_from([None, 1, 3, 7]),
    exempt=st.sampled_from([0.0, 0.7]),
    credit=st.sampled_from([0.0, 0.6, 1.0]),
    cap=st.sampled_from([0.7, 1.0]),
)
def test_taxes_equal_the_plain_twin(income, capital, term, exempt, credit, cap):
    schedule = initial_and_annual(0.2, 0.14)
    chosen = {
        "holiday": Incentive("holiday", "holiday", "income_exemption", exempt, years=5),
        "ita": Incentive("ita", "ita", "investment_allowance", credit, cap_share=cap, years=5),
    }
    regime = replace(
        TAXED,
        allowances=(Allowance("plant", 1.0, schedule),),
        loss_years=term,
        incentives=chosen,
        chosen=tuple(chosen),
        minimum_tax=MinimumTax(0.15),
    )
    capital = [200.0, *capital[1:]]  # spending begins in the first year, as the allowance counts from there
    row = lambda values: np.array([values, values])  # noqa: E731
    base = TaxBase(row(income), row(capital), row([0.0] * YEARS), FIRST, YEARS, 0, multinational=True)
    found = taxes(base, regime)
    tax, top = twin(income, capital, 0.24, schedule, term, exempt, credit, cap, 0.15)
    assert found.income_tax[0] == pytest.approx(tax, abs=1e-9)
    assert found.topup_tax[1] == pytest.approx(top, abs=1e-9)
