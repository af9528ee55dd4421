"""Each room under the strategies replaced by a fake of about ten lines: nothing else changes.

Shows what the kernel takes from a room: from the market a path or none, from economics a ledger of a project, from the
case a project and a composition, from the feasibility check who is blocked.
"""

import importlib
from types import SimpleNamespace

import numpy as np
import pytest

from gadolin import case
from gadolin.economics import Ledger
from gadolin.economics.ledger import Line
from gadolin.elements import ELEMENTS, element
from gadolin.plant import Equipment, Plant
from gadolin.quantity import Quantity
from gadolin.strategy import HomeFuture, PricePath, evaluate
from gadolin.strategy.feasible import Feasibility, Finding
from gadolin.strategy.materials import FACTORS


@pytest.fixture
def fresh():
    """A case that has computed nothing yet."""
    return case.load("malaysia")


def test_a_fake_market(fresh, monkeypatch):
    """A world of one method and three fields: prices of the deck for ever, for a country the market does not know."""
    from gadolin.strategy import answers

    monkeypatch.setattr(answers, "world_of", lambda c, f: SimpleNamespace(year=2024, regions=("ATL",)))
    found = evaluate(fresh, "toll-at-kuantan", HomeFuture("f"))
    assert found.prices == PricePath.flat(2025)
    assert found.measures == evaluate(fresh, "toll-at-kuantan", HomeFuture("f"), PricePath.flat(2025)).measures


class FakeMarket:
    """Years whose only price is that of Nd oxide, rising by a tenth a year; answers to supply by nothing."""

    def __init__(self):
        node = {("MYS", "oxide:Nd"): 0, ("CHN", "oxide:Nd"): 1}
        self.world = SimpleNamespace(year=2024, regions=("MYS",), node_index=node)
        self.years = [SimpleNamespace(year=y, program=self.world, node_prices=np.full(2, 50 * 1.1 ** (y - 2024)))
                      for y in range(2025, 2035)]  # fmt: skip


def test_a_fake_path(fresh, monkeypatch):
    """A market of one good moves the value of what holds it, and of nothing else."""
    from gadolin.strategy import answers, prices

    path = FakeMarket()
    monkeypatch.setattr(prices, "_start_prices", lambda world: np.full(2, 50.0))
    monkeypatch.setattr(answers, "world_of", lambda c, f: path.world)
    monkeypatch.setattr(answers, "choices_of", lambda *a: answers.Choices())
    found = PricePath.of(path, "MYS")  # pyright: ignore[reportArgumentType]
    assert found.factor("home", "oxide:Nd", [2024, 2026, 2050]) == pytest.approx([1.1, 1.21, 1.1**10])
    future = HomeFuture("f")
    rich, plain = (evaluate(fresh, "status-quo", future, p).measures for p in (found, PricePath.flat(2025)))
    assert (rich["value_kept_musd"] or 0.0) > (plain["value_kept_musd"] or 0.0)
    assert rich["raw_t_reo_per_year"] == plain["raw_t_reo_per_year"]


def fake_cash_flow(project, deck, regime, finance, draws):
    """Every plant earns one million a year and pays a tenth of it as tax; nothing else is known of money."""
    size = (1, project.schedule.years)
    company = f"company:{project.id}"
    lines = (
        Line("revenue", "customers", company, np.ones(size)),
        Line("income_tax", company, regime.federal, np.full(size, 0.1)),
    )
    return Ledger(lines, start_year=project.schedule.start_year)


def test_a_fake_economics(fresh, monkeypatch):
    from gadolin.strategy import country

    monkeypatch.setattr(country, "cash_flow", fake_cash_flow)
    found = evaluate(fresh, "status-quo", HomeFuture("f"), PricePath.flat(2025)).measures
    years = 2045 + 10 - 2026 + 1
    worth = sum(1.08 ** -(n + 1.0) for n in range(years))
    assert found["value_kept_musd"] == pytest.approx(worth, rel=1e-9)
    assert found["federal_musd"] == pytest.approx(0.1 * worth, rel=1e-9)


def test_a_fake_of_facts(fresh):
    """A project and an ore handed in: the kernel asks the atlas for nothing of the plant."""
    made = fresh.inputs.project_of("kenering-mine")
    ore = {e: 1 / len(ELEMENTS) for e in ELEMENTS}
    fresh._cache["strategy project kenering-mine "] = made
    fresh._cache["strategy ore kenering-mine "] = (ore, ("deposits:none:none",))
    found = evaluate(fresh, "status-quo", HomeFuture("f"), PricePath.flat(2025))
    assert "deposits:none:none" in found.refs
    assert found.years.loc[2030, "raw_t_element"] == pytest.approx(1800 * np.mean(1 / FACTORS))


def test_a_fake_judge(fresh, monkeypatch):
    """Who says what cannot be is a function of its own: with all blocked, nothing is built and the reason is kept."""
    module = importlib.import_module("gadolin.strategy.evaluate")  # the room's door is a function of that name

    def nobody(case, plan, future=None):
        return Feasibility(plan.id, tuple(Finding(b.id, "blocked", "test", "no") for b in plan.builds))

    monkeypatch.setattr(module, "feasible", nobody)
    found = evaluate(fresh, "toll-at-kuantan", HomeFuture("f"), PricePath.flat(2025))
    assert found.measures["value_kept_musd"] == 0
    assert set(found.not_built.values()) == {"no"}


def fake_plant_of(count):
    """A plant of so many mixer-settlers that turns oxides, half Nd and half La, into their elements whole."""
    tonnes = {e: Quantity(2500 / element(e).oxide_factor, "t element per year", basis="choice") for e in ("Nd", "La")}
    items = (Equipment("mixer_settler", count, Quantity(10.0, "m3", basis="choice")),)
    return lambda sequence, practice, purity_share: (
        Plant("separation", "oxide", tonnes, {}, equipment=items, name="fake"),
    )


def test_a_fake_separation(monkeypatch, tmp_path):
    """Designs are asked for a plant and for nothing else; more mixer-settlers cost more and sell the same."""
    from gadolin.case.inputs.plants import designed

    monkeypatch.setattr(designed.separation, "sequence", lambda *a: None)
    found = []
    for count in (1, 100):
        monkeypatch.setenv("GADOLIN_CACHE", str(tmp_path / str(count)))  # a fake must not stay among what is kept
        monkeypatch.setattr(designed, "plant_of", fake_plant_of(count))
        found.append(evaluate(case.load("malaysia"), "china-glc-refinery", HomeFuture("f"), PricePath.flat(2025)))
    few, many = (f.ledger.npv("suppliers", 0.08, ("capex",)) for f in found)
    assert 0 < few < many
    assert (found[0].measures["oxide_t_reo_per_year"] or 0.0) > 0
    assert found[0].measures["oxide_t_reo_per_year"] == found[1].measures["oxide_t_reo_per_year"]
