"""A case's own futures: read, drawn within its ranges, or refused with the line."""

import shutil
from importlib import resources

import pytest

from gadolin import case
from gadolin.errors import InputError

GOOD = """
shocks = ["ban CHN oxide Dy to JPN from 2027 for 12 months"]
clays = ["xunwu"]

[ranges]
elasticity_factor = [0.9, 1.1]

[[correlations]]
factors = ["demand_growth_share", "supply_growth_share"]
rank = 0.6
"""


@pytest.fixture
def folder(tmp_path):
    target = tmp_path / "mine"
    shutil.copytree(str(resources.files("gadolin") / "cases" / "malaysia"), target)
    return target


def futures(folder, text, count=16):
    (folder / "market.toml").write_text(text, "utf-8")
    return case.load(str(folder)).inputs.futures_of(count, seed=1)


def test_ranges_shocks_and_clays_of_the_case_are_used(folder):
    found = futures(folder, GOOD)
    assert len(found) == 16
    assert all(0.9 <= f.factor("elasticity_factor") <= 1.1 for f in found)
    assert {f.factors["clay"] for f in found} == {"xunwu"}
    assert all(len(f.shocks) == 1 and f.odds is None for f in found)


def test_a_list_of_the_users_own_with_odds(folder):
    text = '[[futures]]\nid = "calm"\nodds = 0.7\n[[futures]]\nid = "cut"\nodds = 0.3\n'
    assert [(f.id, f.odds) for f in futures(folder, text)] == [("calm", 0.7), ("cut", 0.3)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('shocks = ["ban CHN oxide Dx"]\n', "is no good, element"),
        ("[ranges]\nelasticity_factor = 3\n", "market.toml:2  ranges.elasticity_factor"),
        ("rangs = 1\n", 'did you mean "ranges"'),
        ('[[correlations]]\nfactors = ["a"]\nrank = 2\n', "two factors and a rank"),
        ("[ranges]\nelasticity = [0.1, 0.2]\n", "is no factor"),
    ],
)
def test_faults_name_the_line_and_the_cure(folder, text, words):
    with pytest.raises(InputError) as caught:
        futures(folder, text)
    assert words in str(caught.value)
