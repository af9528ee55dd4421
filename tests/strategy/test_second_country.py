"""A country that ships no case: started from the atlas, given a plant and a strategy, and compared."""

import pytest

from gadolin import case
from gadolin.case.strategies import futures_of, strategies_of
from gadolin.errors import InputError
from gadolin.strategy import PricePath, central, compare, evaluate, resolve
from gadolin.strategy.choices import sources_of
from gadolin.strategy.outcomes import BY_NAME

SHIPPED = ("korean-metal", "korean-metal-shared", "metal-and-magnets", "status-quo")

PLANT = """
[[plants]]
id = "metal"
name = "NdPr metal"
stage = "metal"
group = "light"
good = "metal"
capacity = {value = 1000, unit = "t metal per year", basis = "choice"}
state = "VN-HP"
"""

TAX = """
[finance]
income_tax_share = {value = TAX, unit = "share", basis = "memory", note = "standard rate"}
"""

STRATEGY = """[strategy]
id = "metal-hub"
title = "Metal from oxides that are bought"

[[plants]]
plant = "metal"
start = 2027
route = "licence"
partner = "KOR"
owners = {"partner:KOR" = 0.6}
consents = ["federal:VNM", "state:VN-HP"]
"""


def country(folder, tax="0.2"):
    """Vietnam from the atlas, with one plant that the country may build."""
    case.init("VNM", folder)
    file = folder / "case.toml"
    file.write_text(file.read_text() + TAX.replace("TAX", tax) * bool(tax) + PLANT)
    (folder / "strategies" / "metal-hub.toml").write_text(STRATEGY)
    return case.load(str(folder))


def test_a_country_without_case_is_compared(tmp_path):
    found = compare(country(tmp_path / "v"), futures=1, workers=1)
    assert set(found.strategies) == {"status-quo", "metal-hub"}
    assert found.quantity("status-quo", "value_kept_musd").value == 0
    assert (found.quantity("metal-hub", "jobs_persons").value or 0) > 0
    assert found.answers["metal-hub"][0].startswith("metal:")  # the market knows the region
    assert found.as_dict()["strategies"]["metal-hub"]["satisfied_share"] is None
    assert "enough" in str(found)
    assert "Kuantan" not in "".join(found.remarks)


def test_a_higher_tax_moves_value_from_owners_to_the_state_and_nothing_else(tmp_path):
    path = PricePath.flat(2025)
    low, high = (country(tmp_path / rate, rate) for rate in ("0.1", "0.3"))
    a, b = (evaluate(c, "metal-hub", central(c), path) for c in (low, high))
    kinds = {line.kind for line in a.ledger.lines}
    assert kinds == {line.kind for line in b.ledger.lines}
    for kind in kinds - {"income_tax", "equity"}:
        assert a.ledger.total(kind) == pytest.approx(b.ledger.total(kind))


def test_no_rate_of_tax_is_said_and_how_to_give_it(tmp_path):
    with pytest.raises(InputError, match=r"income_tax_share = \{value = 0.2"):
        compare(country(tmp_path / "none", ""), futures=1, workers=1)
    with pytest.raises(InputError, match=r"case.toml:\d+ +finance.income_tax_share = 20.0 +must lie in 0 to 1"):
        compare(country(tmp_path / "pct", "20"), futures=1, workers=1)


def test_vietnam_ships_strategies_whose_every_ref_answers():
    """Facts only: each ref of each strategy and of the futures resolves, and each term without one says what it is."""
    vietnam = case.load("vietnam")
    assert sorted(strategies_of(vietnam)) == list(SHIPPED)
    for name in SHIPPED:
        for ref in sources_of(vietnam, resolve(vietnam, name)):
            assert case.why(ref, vietnam).value
    for factor in futures_of(vietnam).factors.values():
        assert all(case.why(ref, vietnam).value for ref in factor.refs)


def test_what_an_owner_gives_up_the_state_gets():
    """The shared plant moves cash between the partner and the state, and nothing else."""
    vietnam = case.load("vietnam")
    whole, shared = (evaluate(vietnam, n, central(vietnam), PricePath.flat(2025)).measures
                     for n in ("korean-metal", "korean-metal-shared"))  # fmt: skip
    moved = (shared["federal_musd"] or 0) - (whole["federal_musd"] or 0)
    assert moved == pytest.approx((whole["partners_musd"] or 0) - (shared["partners_musd"] or 0))
    assert shared["wages_musd"] == whole["wages_musd"]
    assert shared["value_kept_musd"] == pytest.approx((whole["value_kept_musd"] or 0) + moved)


def test_where_nothing_is_mined_the_share_processed_is_missing_and_says_why():
    found = evaluate(case.load("vietnam"), "status-quo", central(case.load("vietnam")), PricePath.flat(2025))
    assert found.measures["processed_share"] is None
    assert BY_NAME["processed_share"].absent == "no ore is mined"
