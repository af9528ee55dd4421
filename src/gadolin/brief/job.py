"""The main job: a run folder with the position of a country, its tables and its brief.

The folder holds a copy of the case, so that a stranger can rebuild it: `gadolin rerun RUN` does that and compares
every byte. It keeps the sections of the brief too (`sections.json`), from which other papers are written in seconds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gadolin import case as cases
from gadolin import runs
from gadolin.brief import html, kept, words
from gadolin.brief.report import Report, all_sections, all_tables
from gadolin.errors import Fault, InputError
from gadolin.figures.language import LANGUAGES

__all__ = ["Finished", "Rerun", "rerun", "run"]

FUTURES, QUICK_FUTURES = 200, 32


@dataclass(frozen=True)
class Finished:
    """A run that is written.

    Args:
        folder: Where it is.
        id: Digest of what decides its bytes.
        report: What it was made from.
    """

    folder: Path
    id: str
    report: Report

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON; no path, so that the same input prints the same bytes."""
        return {"run": self.id, "files": sorted(runs.read_manifest(self.folder)["outputs"])} | {
            "position": self.report.position.as_dict()
        }

    def __str__(self) -> str:
        return f"{self.report.position}\n\nBrief: {self.folder / 'brief.html'}"


def run(
    case: cases.Case,
    out: str | Path | None = None,
    futures: int = FUTURES,
    seed: int = 1,
    workers: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    language: str = "en",
) -> Finished:
    """Write the run of a case.

    Args:
        case: A loaded case.
        out: Run folder (default `runs/CASE-HASH8`); an earlier run there is replaced at the end.
        futures: How many futures rooms that look ahead use.
        seed: Seed of every draw.
        workers: Processes; changes no byte.
        on_progress: Called with (done, total).
        language: `en` or `ms`: of the brief; the tables are the same in both.

    Raises:
        InputError: A fault in the case, no such language, or `out` holds something else than a run.
    """
    command = {"name": "run", "case": case.name, "as_of": case.as_of, "futures": futures, "language": language}
    say = words.translator(language)  # refuses a language before anything runs
    inputs = case.digest()
    name = runs.digest({"command": command, "seed": seed, "inputs": inputs, "versions": runs.versions()})[:8]
    target = Path(out) if out is not None else Path("runs") / f"{case.name}-{name}"
    report = Report(case, futures, seed, workers, language)
    with runs.open(target, command, seed, inputs, on_progress) as writing:
        if case.folder is not None:
            runs.copy_files(case.folder, writing.folder / "case")
        written = all_tables(report)
        for done, (table, (frame, methods)) in enumerate(written.items()):
            writing.table(table, frame, methods)
            writing.progress(done, len(written) + 1)
        about = {"case": case.name, "data of": case.data_date, "futures": futures, "seed": seed} | runs.versions()
        made = {spoken: all_sections(replace(report, language=spoken)) for spoken in LANGUAGES}
        text = kept.dump(case.settings.case.name, made, about)
        writing.text(kept.FILE, text)
        read = kept.load(text)  # the page is written from what is kept, as every later paper of the run
        page = html.render(words.title_of(read.country, say), read.sections(language), read.about, language)
        writing.text("brief.html", page)
        writing.progress(len(written) + 1, len(written) + 1)
    return Finished(target, runs.read_manifest(target)["id"], report)


@dataclass(frozen=True)
class Rerun:
    """What came out of running an old run again.

    Args:
        same: Whether every output has the same bytes.
        differs: Outputs that differ, are missing or are new.
        why: Inputs and versions that differ.
    """

    same: bool
    differs: tuple[str, ...]
    why: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"same": self.same, "differs": list(self.differs), "why": list(self.why)}

    def __str__(self) -> str:
        if self.same:
            return "Same bytes."
        lines = ["Differs:", *(f"  {name}" for name in self.differs)]
        return "\n".join([*lines, "Because:", *(f"  {w}" for w in self.why or ("nothing on record explains it",))])


def rerun(folder: str | Path, workers: int | None = None) -> Rerun:
    """Run an old run again and compare.

    Args:
        folder: Run folder.
        workers: Processes.

    Raises:
        InputError: No run there, or not a run of the main job.
    """
    old = runs.read_manifest(folder)
    command = old["decides"]["command"]
    if command.get("name") != "run":
        raise InputError(Fault("is not a run of the main job", file="manifest.json", field="decides.command.name"))
    copy = Path(folder) / "case"
    with tempfile.TemporaryDirectory() as scratch:
        source = command["case"]
        if copy.exists():
            source = str(Path(scratch) / command["case"])
            runs.copy_files(copy, Path(source))
        case = cases.load(source, command["as_of"])
        again = Path(scratch) / "run"
        run(case, again, command["futures"], old["decides"]["seed"], workers, language=command.get("language", "en"))
        new = runs.read_manifest(again)
    names = sorted(set(old["outputs"]) | set(new["outputs"]))
    differs = [n for n in names if old["outputs"].get(n) != new["outputs"].get(n)]
    tampered = [
        f"{n} was changed after the run was written"
        for n, digest in old["outputs"].items()
        if runs.file_digest(Path(folder) / n) != digest
    ]
    return Rerun(not differs and not tampered, tuple(differs), (*tampered, *_changes(old["decides"], new["decides"])))


def _changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    found = []
    for part in ("inputs", "versions"):
        for name in sorted(set(old[part]) | set(new[part])):
            a, b = old[part].get(name), new[part].get(name)
            if a != b:
                what = f"{a} then, {b} now" if part == "versions" else "changed since"
                found.append(f"{name}: {what}")
    return found
