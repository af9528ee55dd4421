"""Priors of the market: declared once, laid over by a case, refused with their line when wrong."""

import shutil
from importlib import resources

import pytest

from gadolin import case
from gadolin.errors import InputError


@pytest.fixture
def folder(tmp_path):
    target = tmp_path / "mine"
    shutil.copytree(str(resources.files("gadolin") / "cases" / "malaysia"), target)
    return target


def priors(folder, text):
    (folder / "market.toml").write_text(text, "utf-8")
    return case.load(str(folder)).inputs.priors_of()


def test_every_shipped_prior_has_a_basis_and_a_reason_or_a_cell():
    loaded = case.load("VNM")
    found = loaded.inputs.priors_of().table()
    assert set(found.basis) <= {"derived", "estimate", "memory", "reported"}
    cells = [ref for refs in found.refs for ref in refs]
    for table, row, column in (ref.split(":") for ref in cells):
        assert row in loaded.table(table).index, row
        assert column in loaded.table(table).columns
    assert (found.whose == "shipped").all()
    assert len(found) > 60


def test_a_cell_brings_its_own_range():
    found = case.load("VNM").inputs.priors_of().quantity("elasticity", "Y")
    assert (found.value, found.low, found.high) == (-0.1, -0.3, -0.02)
    assert found.refs == ("elasticities:demand.y-sm-gd.under-1-year:elasticity",)


def test_a_case_lays_its_own_over(folder):
    found = priors(
        folder, "[priors.stock_months]\nJPN = 5\nTWN = { value = 2, basis = 'reported', note = 'yearbook' }\n"
    )
    assert found.value("stock_months", "JPN") == 5
    assert found.whose["stock_months.JPN"] == "market.toml:2"
    assert found.value("stock_months", "TWN") == 2
    assert found.value("stock_months", "USA") == found.value("stock_months", "other")
    assert "2 of them" in found.summary()


def test_a_prior_moves_the_world(folder):
    """Stiffer demand for Dy: the same cut raises its price more."""
    from gadolin.market import solve
    from gadolin.market.shorthand import parse

    cut = parse("ban CHN oxide,metal,magnet Dy 80%")
    prices = []
    for value in (-0.5, -0.1):
        (folder / "market.toml").write_text(f"[priors.elasticity]\nDy = {value}\n", "utf-8")
        world = case.load(str(folder)).inputs.world_of()
        prices.append(solve(world, [cut]).price("JPN", "oxide:Dy"))
    assert prices[1] > 1.1 * prices[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[priors.stock_month]\nJPN = 5\n", 'did you mean "stock_months"'),
        ("[priors.recovery_share]\ncraking = 0.9\n", 'did you mean "cracking"'),
        ("[priors.recovery_share]\ncracking = '0.9'\n", "market.toml:2  priors.recovery_share.cracking"),
        ("[priors.recovery_share]\ncracking = { value = 0.9, low = 0.95 }\n", "must hold the value 0.9"),
        ("[priors.recovery_share]\ncracking = { value = 0.9, basis = 'guess' }\n", "is none of"),
        ("[priors.elasticity]\nDy = { ref = 'elasticities:nothing:elasticity' }\n", "no cell"),
        ("priors = 3\n", "must be tables"),
        ("[priors]\nyield_share = 3\n", "market.toml:2  priors.yield_share   must be a table, [priors.yield_share]"),
    ],
)
def test_faults_name_the_line_and_the_cure(folder, text, words):
    with pytest.raises(InputError) as caught:
        priors(folder, text)
    assert words in str(caught.value)


def test_a_date_before_a_cell_was_known_takes_the_number_beside_it(folder):
    """The cell's source is of 2025; what stands in for it is an estimate and says so, and a case may answer itself."""
    now, then = (case.load("malaysia", as_of=d).inputs.priors_of() for d in (None, "2024-06-01"))
    assert now.quantity("elasticity", "Nd") == then.quantity("elasticity", "Nd")
    for section, key in (("supply_elasticity", "recycling"), ("yield_share", "metal")):
        assert now.quantity(section, key).refs
        assert then.quantity(section, key).basis == "estimate"
        assert "on dates before" in then.quantity(section, key).reason
    (folder / "market.toml").write_text("[priors]\nyield_share = 3\n", "utf-8")
    with pytest.raises(InputError, match="must be a table"):
        case.load(str(folder), as_of="2012-06-01").inputs.priors_of()
