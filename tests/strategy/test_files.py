"""Bad strategy and futures files: every fault with file and line, and nothing is run."""

import json
import shutil
import textwrap
from pathlib import Path

import pytest

from gadolin import case, strategy
from gadolin.case.deals import deals_of
from gadolin.case.register_book import examine
from gadolin.case.strategies import strategies_of
from gadolin.cli.main import main
from gadolin.errors import InputError
from gadolin.strategy import draw
from gadolin.strategy.compare import check_named


@pytest.fixture
def folder(malaysia, tmp_path):
    """A copy of the case in a path with a space."""
    return shutil.copytree(malaysia.folder, tmp_path / "my case")


def faults_of(folder, name, text):
    (folder / name).write_text(text, "utf-8")
    loaded = case.load(str(folder))
    read = strategies_of if name.startswith("strategies/") else lambda c: strategy.draw(c, 1, 1)
    with pytest.raises(InputError) as caught:
        read(loaded)
    return [str(f) for f in caught.value.faults]


def command(capsys, *arguments):
    """Exit code and what was printed to both streams."""
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    out, err = capsys.readouterr()
    return left.value.code, out, err


RULES = """\
[strategy]
id = "rules"
title = "Rules"
refs = ["agreements:AG-9999:terms"]

[export]
duty_share = {value = 1.2, unit = "share"}
quota_t_reo_per_year = {value = -5, unit = "t REO per year"}
start = 2027

[[stockpile]]
element = "Pm"
amount_t_reo = {value = -10, unit = "t REO"}
first_year = 2027
last_year = 2029

[training]
persons_per_year = "skills:SK-999:amount_value"
cost_usd_per_person = {value = 1000, low = 2000, high = 3000, unit = "USD per person", basis = "estimate"}
start = 2026
end = 2030
"""


def test_terms_out_of_range_are_named_with_their_line(folder):
    sound = RULES.replace("low = 2000", "low = 500")
    found = faults_of(folder, "strategies/rules.toml", sound)
    for words in (
        "strategies/rules.toml:4  strategy.refs",
        "strategies/rules.toml:7  export.duty_share = 1.2   must lie in 0 to 1",
        "strategies/rules.toml:8  export.quota_t_reo_per_year = -5",
        'strategies/rules.toml:12  stockpile[0].element = "Pm"   is no rare earth with prices',
        "strategies/rules.toml:13  stockpile[0].amount_t_reo = -10",
        "strategies/rules.toml:18  training.persons_per_year",
    ):
        assert any(f.startswith(words) for f in found), (words, found)
    assert len(found) == 6


def test_a_value_outside_its_own_range_is_a_fault_of_its_line(folder):
    found = faults_of(folder, "strategies/rules.toml", RULES)
    assert any(f.startswith("strategies/rules.toml:19  training.cost_usd_per_person") for f in found)


FUTURES = """\
prices_until = 2034
clays = ["xinfeng", "xunwo"]
own_ore = ["my_kenering.estimate_lite"]

[factors.price_levle_factor]
low = 0.6
high = 1.7
basis = "estimate"

[[shocks]]
id = "bad"
text = "ban CHN oxid Dy to JPN from {year}"
first_year = 2030
last_year = 2028

[[satisfied]]
measure = "value_kept"
at_least = 0
"""


def test_a_bad_futures_file_names_every_line(folder):
    found = faults_of(folder, "futures.toml", FUTURES)
    for words in (
        'futures.toml:2  clays = "xunwo"',
        'futures.toml:3  own_ore = "my_kenering.estimate_lite"   names no composition; did you mean',
        'futures.toml:5  factors.price_levle_factor   is no factor; did you mean "price_level_factor"?',
        "futures.toml:12  shocks[0].text",
        "futures.toml:14  shocks[0].last_year",
        'futures.toml:17  satisfied[0].measure = "value_kept"   is no measure; did you mean "value_kept_musd"?',
    ):
        assert any(f.startswith(words) for f in found), (words, found)


def test_a_threshold_on_no_measure_stops_before_anything_runs(folder, capsys):
    text = (folder / "futures.toml").read_text("utf-8")
    (folder / "futures.toml").write_text(text.replace('"value_kept_musd"', '"value_kept"'), "utf-8")
    code, _, err = command(capsys, "compare", str(folder), "--futures", "1")
    assert code == 2
    assert 'satisfied[0].measure = "value_kept"   is no measure; did you mean "value_kept_musd"?' in err


def test_faults_of_form_do_not_hide_unknown_names(folder):
    """A misspelt key, a misspelt plant and a wrong ref of one file stand in one list."""
    text = (folder / "strategies" / "toll-at-kuantan.toml").read_text("utf-8")
    text = text.replace('plant = "kuantan-toll"\nstart', 'plant = "kuantan-tol"\nstrat').replace('"T-28"', '"T-2800"')
    assert "agreements:AG-022:terms" in text
    text = text.replace("agreements:AG-022:terms", "agreements:AG-922:terms", 1)
    found = faults_of(folder, "strategies/toll-at-kuantan.toml", text)
    assert any('is not a key here; did you mean "start"?' in f for f in found), found
    line = text.splitlines().index('plant = "kuantan-tol"') + 1
    assert any(f.startswith(f"strategies/toll-at-kuantan.toml:{line} ") and "is no plant of" in f for f in found), found
    assert any('technology = "T-2800"' in f for f in found), found
    assert any('"agreements:AG-922:terms"   does not resolve' in f for f in found), found


@pytest.mark.parametrize(
    "asked", [["compare", "malaysia"], ["run", "malaysia"], ["deal", "malaysia", "toll-kuantan"],
              ["plant", "malaysia", "ndpr-metal"], ["moratorium", "leaks"]]
)  # fmt: skip
def test_a_negative_seed_is_refused_by_every_command(asked, capsys):
    code, _, err = command(capsys, *asked, "--seed", "-1")
    assert code == 2
    assert "-1 is not in the range x>=0" in err


@pytest.mark.parametrize("asked", [["compare"], ["deal", "toll-kuantan"]])
def test_commands_refuse_a_bad_file_with_exit_2_and_one_json_object(folder, asked, capsys):
    (folder / "strategies" / "rules.toml").write_text(RULES, "utf-8")
    name, *rest = asked
    code, out, _ = command(capsys, name, str(folder), *rest, "--futures", "1", "--json")
    assert code == 2
    assert "strategies/rules.toml" in json.dumps(json.loads(out)["error"])


@pytest.mark.parametrize(
    ("page", "target"),
    [("write-a-strategy", "strategies/my-plan.toml"), ("write-a-deal", "deals/my-deal.toml"),
     ("keep-a-register", "registers/mine.toml")],
)  # fmt: skip
def test_the_files_that_the_pages_show_are_sound(folder, page, target):
    """What a stranger copies from a how-to page is read without a fault."""
    text = (Path(__file__).parents[2] / "docs" / "how-to" / f"{page}.md").read_text("utf-8")
    block = text.partition("```toml\n")[2].partition("```")[0]
    (folder / target).parent.mkdir(exist_ok=True)
    (folder / target).write_text(textwrap.dedent(block), "utf-8")
    loaded = case.load(str(folder))
    assert "my-plan" in strategies_of(loaded) or page != "write-a-strategy"
    assert "my-deal" in deals_of(loaded) or page != "write-a-deal"
    assert examine(loaded).faults == ()


def test_a_file_of_another_kind_and_a_wrong_range_are_said(tmp_path):
    """Nothing is passed over in silence: not a strategy saved as .txt, not a year, not a seed."""
    case.init("malaysia", tmp_path / "c")
    for folder, read in (("strategies", strategies_of), ("deals", deals_of)):
        stray = tmp_path / "c" / folder / "one.txt"
        stray.write_text("")
        with pytest.raises(InputError, match=f"{folder}/one.txt +is no TOML file"):
            read(case.load(str(tmp_path / "c")))
        stray.unlink()
    file = tmp_path / "c" / "futures.toml"
    file.write_text(file.read_text().replace("prices_until = 2034", "prices_until = 2010"))
    with pytest.raises(InputError, match=r"futures.toml:\d+ +prices_until = .*2010.* must not be before"):
        draw(case.load(str(tmp_path / "c")), 1, 1)
    with pytest.raises(InputError, match="seed = -1"):
        draw(case.load("malaysia"), 1, -1)
    with pytest.raises(InputError, match='"nope" is not compared'):
        check_named(case.load("malaysia"), "nope")
