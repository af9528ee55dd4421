"""The wheel holds all data, and nothing committed names a machine or a registry."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "gadolin"
TEXT = {".py", ".md", ".toml", ".txt", ".csv", ".json", ".svg", ".css", ".html", ".po", ".cfg", ".yml", ".pyi", ""}
SELF = Path(__file__)
FORBIDDEN = {
    "a path of a machine": re.compile(r"(?:^|[\s\"'(=`])(?:/home/[a-z]|/root/|/Users/[A-Za-z]|[A-Z]:\\\\Users)"),
    "a registry": re.compile(r"--(?:extra-)?index-url|--trusted-host|--find-links|pythonhosted\.org|pypi\.org/simple"),
    "an address inside a network": re.compile(
        r"\b(?:10\.\d+\.\d+\.\d+:\d+|192\.168\.\d+\.\d+|localhost:\d{4,5}/simple)"
    ),
}


def committed():
    """Files under version control; in an unpacked archive, all but what builds leave behind."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    left = {".venv", ".git", "_build", "_generated", "__pycache__", "runs", "dist"}
    return [p for p in ROOT.rglob("*") if p.is_file() and not left & set(p.parts)]


def test_nothing_committed_names_a_machine_or_a_registry():
    found = []
    for path in committed():
        if path.suffix not in TEXT or path == SELF or "vendor" in path.parts:
            continue
        text = path.read_text("utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {m.group()!r} is {what}"
                  for what, pattern in FORBIDDEN.items() for m in pattern.finditer(text)]  # fmt: skip
    assert found == []


def test_pins_have_hashes_and_no_address():
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text("utf-8")
        assert "://" not in text, path.name
        for block in re.split(r"\n(?=[A-Za-z])", text.strip()):
            assert "--hash=sha256:" in block, f"{path.name}: {block.splitlines()[0]}"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    pytest.importorskip("hatchling")
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (file,) = out.glob("*.whl")
    return zipfile.ZipFile(file)


def test_the_wheel_holds_every_file_of_the_package(wheel):
    """Tables, cases, reference values, outlines, templates: all that stands in the folder."""
    names = set(wheel.namelist())
    files = {
        p.relative_to(ROOT / "src").as_posix()
        for p in committed()
        if PACKAGE in p.parents and "__pycache__" not in p.parts
    }
    assert len(files) > 200
    assert files <= names
    assert any(n.endswith("licenses/LICENSE") for n in names)
    assert any(n.endswith("licenses/DATA_LICENCE.md") for n in names)


def test_the_wheel_holds_nothing_else(wheel):
    assert {n.split("/")[0].split("-")[0] for n in wheel.namelist()} == {"gadolin"}
    assert not [n for n in wheel.namelist() if n.endswith((".pyc", ".orig")) or "tests/" in n]


def test_it_runs_from_the_unpacked_wheel(wheel, tmp_path):
    """Read from a folder that may not be written to, in a path with a space."""
    folder = tmp_path / "site packages"
    wheel.extractall(folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    code = "import sys; sys.path.insert(0, sys.argv[1]); from gadolin.cli.main import main; main(['atlas', 'tables'])"
    done = subprocess.run([sys.executable, "-I", "-B", "-c", code, str(folder)], cwd=tmp_path, capture_output=True,
                          text=True, check=False)  # fmt: skip
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert "deposits" in done.stdout
