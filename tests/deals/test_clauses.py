"""Clauses: cash is conserved, a deal with zero terms changes nothing, the floor by hand, files with all faults."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin import case as cases
from gadolin.case.deal_file import TERMS, Rates
from gadolin.case.deals import deals_of
from gadolin.case.schema import ClauseEntry
from gadolin.deals import payoffs, with_clauses
from gadolin.deals.clauses import SALES, Ground, _tax
from gadolin.deals.payoffs import _points
from gadolin.economics.clauses import Grid
from gadolin.economics.ledger import Ledger, Line
from gadolin.errors import InputError

YEARS = range(2026, 2046)
COMPANY, PARTNER, FEDERAL = "company:a", "partner:JPN", "federal:MYS"
PAYER = {"take_or_pay": PARTNER, "loan": PARTNER, "prepayment": PARTNER, "subsidy": PARTNER, "price_floor": PARTNER}


def ground(prices: list[float], leaves: int | None = 2030) -> Ground:
    price = np.array([prices])
    tonnes = np.full((1, len(YEARS)), 1000.0)
    return Ground(
        Grid("USD", 2025, YEARS[0]), YEARS, (YEARS[0], YEARS[-1]), {"NdPr": price, SALES: np.ones_like(price)},
        {"NdPr": tonnes, SALES: tonnes * price}, COMPANY, leaves,
    )  # fmt: skip


def base() -> Ledger:
    """A company that invests, sells and pays tax from its third year on."""
    flat = np.ones((1, len(YEARS)))
    early = np.where(np.arange(len(YEARS)) < 2, 1.0, 0.0)[None, :]
    return Grid("USD", 2025, YEARS[0]).ledger(
        Line("capex", COMPANY, "suppliers", 200 * early),
        Line("revenue", "customers", COMPANY, 60 * (flat - early)),
        Line("income_tax", COMPANY, FEDERAL, 5 * (flat - early)),
    )


def clause(kind: str, scale: float) -> tuple[ClauseEntry, dict[str, float]]:
    """A clause of any type, its terms scaled from nothing (0) to full (1)."""
    full = {
        "floor_usd_per_kg": 110.0, "upside_from_usd_per_kg": 110.0 if scale else 1e9, "upside_share": 0.3,
        "upside_cap_musd_per_year": 10.0, "output_share": 0.5, "discount_share": 0.1, "price_share": 1.0,
        "least_t_product_per_year": 2000.0, "upfront_musd": 20.0, "sales_share": 0.05, "usd_per_kg": 3.0,
        "amount_musd": 80.0, "rate_share": 0.04, "share": 0.4, "musd_per_year": 2.0,
    }  # fmt: skip
    kept = ("upside_from_usd_per_kg", "rate_share")
    names = [t for group in TERMS[kind] for t in group]
    terms = {n: full[n] if n in kept else scale * full[n] for n in names if n in full}
    terms |= {n: v for n, v in {"years": 5.0, "grace_years": 2.0}.items() if n in names}
    payer = PAYER.get(kind, COMPANY)
    entry = ClauseEntry.model_construct(
        id=kind, type=kind, payer=payer, payee=COMPANY if payer == PARTNER else PARTNER, products=["NdPr"],
        first_year=None, years=None, terms={}, refs=[], text="",
    )  # fmt: skip
    return entry, terms


prices = st.lists(st.floats(1.0, 400.0), min_size=len(YEARS), max_size=len(YEARS))


@settings(max_examples=40, deadline=None)
@given(prices=prices, kinds=st.lists(st.sampled_from(sorted(TERMS)), min_size=1, max_size=6, unique=True))
def test_clauses_conserve_cash(prices: list[float], kinds: list[str]) -> None:
    """Whatever the clauses, the cash of all parties sums to zero in every year."""
    after = with_clauses(base(), [clause(k, 1.0) for k in kinds], ground(prices), 0.24, FEDERAL)
    total = sum(after.cash(p) for p in after.parties)
    moved = max(1.0, max(float(np.abs(line.amount_local_m).max()) for line in after.lines))
    assert np.abs(total).max() <= 1e-9 * moved


@pytest.mark.parametrize("kind", sorted(TERMS))
def test_zero_terms_change_nothing(kind: str) -> None:
    """A partner with zero terms leaves every party's cash as it was."""
    before = base()
    after = with_clauses(before, [clause(kind, 0.0)], ground([80.0] * len(YEARS)), 0.24, FEDERAL)
    for party in after.parties:
        was = before.cash(party) if party in before.parties else 0.0
        assert np.abs(after.cash(party) - was).max() <= 1e-12, party


@pytest.mark.parametrize("kind", sorted(TERMS))
def test_full_terms_change_something(kind: str) -> None:
    """No clause is deaf: with its full terms it moves cash of company and partner, against each other before tax."""
    before = base()
    after = with_clauses(before, [clause(kind, 1.0)], ground([80.0] * len(YEARS)))
    company = after.cash(COMPANY) - before.cash(COMPANY)
    assert np.abs(company).max() > 0
    assert np.abs(company + after.cash(PARTNER)).max() <= 1e-12


def test_tax_follows_within_what_is_paid() -> None:
    """A clause that costs more than the income saves at most the tax that is paid."""
    entry, terms = clause("royalty", 1.0)
    after = with_clauses(base(), [(entry, {**terms, "sales_share": 1.0})], ground([80.0] * len(YEARS)), 0.24, FEDERAL)
    assert after.cash(FEDERAL).min() == 0.0
    small = with_clauses(base(), [(entry, terms)], ground([80.0] * len(YEARS)), 0.24, FEDERAL)
    assert small.cash(FEDERAL)[0, :2] == pytest.approx(0.0)
    assert small.cash(FEDERAL)[0, 2] == pytest.approx(5 - 3 * 0.24 * 0.05 * 80.0)  # two years without tax are carried
    assert small.cash(FEDERAL)[0, 3:] == pytest.approx(5 - 0.24 * 0.05 * 80.0)


@settings(max_examples=40, deadline=None)
@given(
    moved=st.lists(st.floats(-50, 50), min_size=len(YEARS), max_size=len(YEARS)),
    paid=st.lists(st.sampled_from([0.0, 1.0, 200.0]), min_size=len(YEARS), max_size=len(YEARS)),
)
def test_tax_is_carried_and_never_below_nothing(moved: list[float], paid: list[float]) -> None:
    """What is taxed in the end is what was moved, but for what no year with tax came to take."""
    tax = _tax(np.array(moved), np.array(paid), 0.24)
    assert (tax + np.array(paid) >= -1e-12).all()
    assert not tax[np.array(paid) == 0].any()
    if paid[-1] == 200.0:  # enough tax at the end to take all
        assert tax.sum() == pytest.approx(0.24 * sum(moved), abs=1e-9)


def test_exit_is_paid_when_the_partner_leaves_and_only_then() -> None:
    entry, terms = clause("exit", 1.0)
    stays = with_clauses(base(), [(entry, terms)], ground([80.0] * len(YEARS), None))
    assert "exit" not in {line.kind for line in stays.lines if line.amount_local_m.any()}
    leaves = with_clauses(base(), [(entry, terms)], ground([80.0] * len(YEARS), 2030))
    assert np.flatnonzero(leaves.total("exit")[0]).tolist() == [4]


def test_a_clause_outside_the_years_is_a_fault() -> None:
    entry, terms = clause("training", 1.0)
    late = entry.model_copy(update={"first_year": 2044, "years": 5})
    with pytest.raises(InputError, match="clause training runs 2044-2048, the valuation 2026-2045"):
        with_clauses(base(), [(late, terms)], ground([80.0] * len(YEARS)))


@functools.cache
def _worth(deal: str, futures: int = 2, workers: int = 1):
    return payoffs(cases.load("malaysia"), deal, futures, 1, workers)


def test_yardstick_deal_is_zero_sum_and_sound() -> None:
    """What the company gains by a floor the state loses, in each future; the table says the same."""
    worth = _worth("mp-us-floor-2025")
    host, partner = (w - wo for w, wo in (worth.host_musd, worth.partner_musd))
    assert host == pytest.approx(-partner, rel=1e-12)
    assert worth.lever is not None
    assert worth.lever.host_per_partner_loss == pytest.approx(1.0)
    assert worth.table().loc["host", "gain_musd"] == pytest.approx(worth.gain("host").value)


BAD = """\
[deal]
id = "other"
title = "Bad"
partner = ["partner:JPN", "japan"]
company = "company:a"
country = "JPN"
strategy = "toll-at-kuantn"
without = "moratorium-only"
refs = ["agreements:AG-999:terms"]

[[clauses]]
id = "floor"
type = "price_flor"
payer = "partner:JPN"
payee = "company:a"
products = ["NdPrr"]
[clauses.terms]
musd_per_year = "prices:none:value"
"""


def test_bad_files_list_all_faults_with_file_and_line(tmp_path: Path) -> None:
    """Two files, one faulty in form and one in its names: every fault of both, each with its line."""
    from gadolin.case import init

    home = tmp_path / "a case"
    init("malaysia", home)
    (home / "deals" / "bad.toml").write_text(BAD)
    named = BAD.replace(', "japan"', "").replace("price_flor", "training")
    named = named.replace(
        'musd_per_year = "prices:none:value"', 'musd_per_year = {value = 1, unit = "million USD per year"}'
    )
    (home / "deals" / "names.toml").write_text(named)
    with pytest.raises(InputError) as caught:
        deals_of(cases.load(str(home)))
    text = str(caught.value)
    for words in (
        'deals/bad.toml:4  deal.partner[1] = "japan"   is not a party',
        'deals/bad.toml:13  clauses[0].type = "price_flor"   must be one of',
        'deals/names.toml:2  deal.id = "other"   must be the name of its file, "names"',
        'deals/names.toml:7  deal.strategy = "toll-at-kuantn"   is no strategy',
        "deals/names.toml:9  deal.refs",
        'deals/bad.toml:7  deal.strategy = "toll-at-kuantn"   is no strategy',
        'deals/bad.toml:9  deal.refs = "agreements:AG-999:terms"   does not resolve',
        'deals/bad.toml:16  clauses[0].products = "NdPrr"   has no price in the deck; did you mean "NdPr"?',
        'deals/bad.toml:18  clauses[0].terms.musd_per_year = "prices:none:value"   does not resolve',
    ):
        assert words in text, (words, text)


def test_faults_between_keys_are_told_beside_those_of_single_keys(tmp_path: Path) -> None:
    """A wrong type hides neither a clause that stands twice nor terms and volumes that do not fit together."""
    from gadolin.case import init

    folder = tmp_path / "a case"
    init("malaysia", folder)
    (folder / "deals" / "bad.toml").write_text(
        """[deal]
id = "bad"
title = 5
partner = ["partner:CHN"]
company = "company:clay-separation"
country = "CHN"

[[clauses]]
id = "fee"
type = "fee"
payer = "company:clay-separation"
payee = "company:clay-separation"
[clauses.terms]
usd_per_ton = {value = 1, unit = "USD/kg"}

[[clauses]]
id = "fee"
type = "training"
payer = "partner:CHN"
payee = "federal:MYS"

[volumes]
NdPr = {value = 1, unit = "t"}
""",
        "utf-8",
    )
    with pytest.raises(InputError) as caught:
        deals_of(cases.load(str(folder)))
    assert [(f.line, f.field) for f in caught.value.faults] == [
        (3, "deal.title"),
        (8, "clauses[0]"),
        (12, "clauses[0].payee"),
        (14, "clauses[0].terms.usd_per_ton"),
        (16, "clauses[1]"),
        (17, "clauses[1].id"),
        (22, "volumes"),
        (22, "volumes"),
    ]


@pytest.mark.long
def test_workers_and_order_change_nothing() -> None:
    """One process or two, the same numbers to the last digit."""
    one, two = _worth("mp-us-floor-2025"), _worth("mp-us-floor-2025", 2, 2)
    assert one.as_dict() == two.as_dict()


def test_equity_takes_the_place_of_the_strategys_share() -> None:
    """Taking the equity clause out leaves the partner no share of the company, and the host what it loses."""
    case = cases.load("malaysia")
    deal = deals_of(case)["china-state-refinery"].model_copy(update={"rates": Rates()})  # one rate for both sides
    worth = payoffs(case, deal, 2, 1, 1)
    equity = next(c for c in worth.clauses if c.type == "equity")
    assert equity.host_musd == pytest.approx(-equity.partner_musd, rel=1e-9)
    assert np.abs(equity.partner_musd).max() > 1.0


def test_what_the_refinery_collides_with() -> None:
    """China's technology rules forbid it as written, with clause and source; the toll meets none of them."""
    hits = _worth("china-state-refinery").hits
    conflicts = {h.ref for h in hits if h.kind == "conflict"}
    assert {"policies:CHN-04:description", "export_rules:CHN-TECH:clause"} <= conflicts
    assert all(h.words and h.source for h in hits)
    from gadolin.deals import hits_of

    case = cases.load("malaysia")
    deals = deals_of(case)
    assert "conflict" not in {h.kind for h in hits_of(case, deals["toll-kuantan"])}
    raw = deals["toll-kuantan"].clauses[0].model_copy(update={"products": ["clay carbonate"]})
    takes_raw = deals["toll-kuantan"].model_copy(update={"clauses": [raw]})
    assert "policies:MYS-01:description" in {h.ref for h in hits_of(case, takes_raw) if h.kind == "conflict"}


def test_terms_are_drawn_with_their_value_in_the_middle() -> None:
    """Half of the points lie below the stated value, more futures begin with the fewer, and a fact stays itself."""
    points = np.array(_points(3, 64, 1))
    assert ((points < 0.5).sum(axis=0) == 32).all()
    assert _points(3, 8, 1) == _points(3, 64, 1)[:8]
    assert _points(3, 8, 1) != _points(3, 8, 2)
    worth = _worth("china-state-refinery", 4)
    training = next(c for c in worth.clauses if c.id == "training")
    assert np.ptp(training.host_musd) > 0
    floor = _worth("mp-us-floor-2025", 4).clauses[0]
    assert floor.host_musd == pytest.approx(-floor.partner_musd, rel=1e-12)  # no range, one rate: zero-sum


def test_a_patient_partner_makes_the_ratio_differ_from_one() -> None:
    """At a lower rate the partner counts late payments more, so the host gains less per unit it loses."""
    lever = _worth("china-state-refinery", 4).lever
    assert lever is not None
    assert lever.host_per_partner_loss is not None
    assert lever.host_per_partner_loss != pytest.approx(1.0, abs=1e-3)


@pytest.mark.long
def test_a_killed_valuation_resumes_to_the_same_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Futures that were finished are taken from the cache; the rest follows; the result is that of a whole run."""
    case = cases.load("malaysia")
    whole = payoffs(case, "mp-us-floor-2025", 4, 1, 1)
    monkeypatch.setenv("GADOLIN_CACHE", str(tmp_path))

    def kill(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        payoffs(case, "mp-us-floor-2025", 4, 1, 1, kill, resume=True)
    taken_up: list[int] = []
    again = payoffs(case, "mp-us-floor-2025", 4, 1, 1, lambda done, total: taken_up.append(done), resume=True)
    assert taken_up[0] == 2
    assert again.as_dict() == whole.as_dict()


def test_parties_are_printed_by_name() -> None:
    """Plants, states, governments, facilities and countries have names; what has none keeps its id."""
    from gadolin.deals.payoffs import _name

    case = cases.load("malaysia")
    named = {"company:ndpr-metal": "NdPr metal", "state:MY-08": "Perak",
             "federal:MYS": "Federal government of Malaysia", "partner:JPN": "Japan", "company:nobody": ""}  # fmt: skip
    assert {p: _name(case, p) for p in named} == named
    assert _name(case, "partner:MYS-SEPA-005")
