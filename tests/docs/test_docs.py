"""The docs are held to the program: every command and table is named, and what the pages say to type works."""

import doctest
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from gadolin.atlas import TABLES
from gadolin.brief import job
from gadolin.brief.sections import position
from gadolin.cli.main import main
from gadolin.validation import Board, Check

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))

import generate  # noqa: E402

PAGES = sorted(p for p in DOCS.rglob("*.md") if not {"_build", "_generated"} & set(p.parts))
COMMANDS = dict(generate.commands())
BLOCK = re.compile(r"^```(console|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_named_and_ends_with_an_example(name):
    page = generate.command_page()
    assert f"\n## {name}\n" in page
    text = COMMANDS[name].help or ""
    assert "Example: gadolin " in text, f"{name} has no example"
    example = " ".join(text.split("Example:")[-1].split())
    assert example.startswith(f"{name} ") or example == name, f"the example of {name} is one of another command"


@pytest.mark.parametrize("name", TABLES)
def test_every_table_and_column_is_in_the_dictionary(name):
    assert f"[{name}](tables/{name}.md)" in generate.dictionary_page()
    page = generate.table_page(name)
    for column in TABLES[name].columns:
        assert f"`{column.name}`" in page


def test_every_command_typed_on_a_page_exists():
    """A page may not name a command that is gone, nor an option that is none."""
    typed = re.compile(r"(?:^\$ |`)(gadolin [^`\n]+)", re.MULTILINE)
    for page in (*PAGES, ROOT / "README.md"):
        for line in typed.findall(page.read_text("utf-8")):
            words = line.split("  #")[0].split()
            name = next((n for k in (3, 2) if (n := " ".join(words[:k])) in COMMANDS), None)
            group = " ".join(words[:2]) in {" ".join(n.split()[:2]) for n in COMMANDS}
            assert name or group or words[1].startswith("-"), f"{page.name}: {line}"
            if name:
                known = {o for p in COMMANDS[name].params for o in p.opts} | {"--help"}
                options = {w.split("=")[0] for w in words if w.startswith("--")}
                assert options <= known, f"{page.name}: {line}"


def test_every_page_is_reachable():
    """Each page stands in a table of contents or is found by a glob."""
    for page in PAGES:
        if page.parent.name == "concepts" or page.name == "index.md":
            continue
        index = page.parent / "index.md"
        assert re.search(rf"^{page.stem}$", index.read_text("utf-8"), re.MULTILINE), f"{page.name} is in no toctree"


def blocks(page):
    return BLOCK.findall((DOCS / page).read_text("utf-8"))


def run_page(page, capsys):
    """Run the blocks of a page in order, in the current folder; compare what is printed."""
    names: dict = {}
    checker = doctest.OutputChecker()
    for kind, text in blocks(page):
        if kind == "python":
            exec(compile(text, page, "exec"), names)
            capsys.readouterr()
            continue
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            code = re.search(r"# exit code (\d+)", command)
            with pytest.raises(SystemExit) as ended:
                main(shlex.split(command, comments=True)[1:])
            printed = capsys.readouterr()
            got = printed.out or printed.err  # progress on stderr is no part of the answer
            assert ended.value.code == (int(code[1]) if code else 0), f"{command}\n{got}"
            flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
            assert checker.check_output(expected, got, flags), f"{command}\nexpected:\n{expected}\ngot:\n{got[:4000]}"


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder with a space in its name, as a stranger may have."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("page", ["tutorial.md", "concepts/quantities-and-refs.md",
                                  "concepts/case.md", "concepts/as-of.md", "how-to/add-a-country.md"])  # fmt: skip
def test_what_a_page_says_to_type_works(page, elsewhere, capsys, monkeypatch):
    """Runs hold the sections of the position only; the long test below writes whole ones."""
    monkeypatch.setattr(job, "all_tables", position.tables)
    monkeypatch.setattr(job, "all_sections", position.sections)
    assert blocks(page), f"{page} has nothing to run"
    run_page(page, capsys)


@pytest.mark.long
def test_the_tutorial_works_with_whole_runs(elsewhere, capsys):
    run_page("tutorial.md", capsys)


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda p: p.stem)
def test_examples_run(script, elsewhere, capsys):
    """Each example runs in an empty folder and prints what its first comment promises, at least something."""
    runpy.run_path(str(script), run_name="__main__")
    assert capsys.readouterr().out.strip()


def test_the_readme_shows_real_output(capsys):
    """Every line of its first sample stands in what the command prints, in that order."""
    sample = re.findall(r"^```text\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)[0]
    with pytest.raises(SystemExit):
        main(["position", "malaysia"])
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    wanted = [line.rstrip() for line in sample.splitlines() if line.strip() != "..."]
    assert [line for line in printed if line in wanted] == wanted


def test_there_are_examples():
    assert len(EXAMPLES) >= 3


def test_the_validation_page_says_what_failed():
    """A failure is on the page first, a known limit with its reason; neither is counted as a pass."""
    checks = (
        Check("a", "book", 1.0, 2.0, "exact", "fail"),
        Check("b", "book", 1.0, None, "exact", "known_limit", "the rate is not given"),
        Check("c", "book | page 3", 1.0, 1.0, "exact", "pass"),
    )
    page = generate.validation_page(Board(checks))
    failed, limits, holds = (page.index(t) for t in ("## What failed", "## Known limits", "## What holds"))
    assert failed < page.index("| a |") < limits < page.index("the rate is not given") < holds < page.index("| c |")
    assert "| fail | 1 |" in page


@pytest.mark.long
def test_the_pages_build_without_a_warning(tmp_path):
    """As `make docs` does."""
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", str(DOCS), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "index.html").exists()
    assert (tmp_path / "_generated" / "validation.html").exists()
