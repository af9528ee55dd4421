"""A run is a folder: `manifest.json`, `tables/*.parquet`, `case/`, papers. It appears whole or not at all.

Everything is written into a hidden folder beside the target and renamed at the end; a crash or Ctrl-C leaves the
previous run as it was. The manifest says what decides the bytes (inputs, seed, versions: hashed as `id`) and, apart
from that, how it went (seconds, memory). It holds no host name and no absolute path.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import platform
import resource
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from platformdirs import user_cache_path

import gadolin
from gadolin.errors import Fault, InputError

__all__ = ["Run", "cache_root", "copy_files", "digest", "manifest_schema", "open", "read_manifest", "read_table"]

SCHEMA = "gadolin-run-1"
_LIBRARIES = ("numpy", "pandas", "pyarrow", "scipy", "numba", "piqp", "highspy", "vl-convert-python")


@dataclass
class Run:
    """A run being written.

    Args:
        folder: Hidden folder that becomes the run.
        on_progress: Called with (done, total).
    """

    folder: Path
    on_progress: Callable[[int, int], None] = lambda done, total: None
    _methods: dict[str, dict[str, str]] = field(default_factory=dict)

    def table(self, name: str, frame: pd.DataFrame, methods: Mapping[str, str] | None = None) -> None:
        """Write a result table. Row ids are its index; a column `refs` holds what each row rests on.

        Args:
            name: Name of the table.
            frame: Rows, index unique text.
            methods: How each column was computed, in words.

        Raises:
            InputError: Row ids are not unique.
        """
        if not frame.index.is_unique:
            raise InputError(f"run table {name}: row ids are not unique")
        folder = self.folder / "tables"
        folder.mkdir(exist_ok=True)
        packed = pa.Table.from_pandas(frame.rename_axis("row_id").reset_index(), preserve_index=False)
        pq.write_table(packed.replace_schema_metadata(None), folder / f"{name}.parquet", compression="zstd")
        self._methods[name] = dict(methods or {})

    def text(self, name: str, text: str) -> None:
        """Write a paper.

        Args:
            name: File name inside the run.
            text: Its content.
        """
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")

    def progress(self, done: int, total: int) -> None:
        """Say how far the run is."""
        self.on_progress(done, total)


@contextlib.contextmanager
def open(
    out: str | Path,
    command: Mapping[str, Any],
    seed: int,
    inputs: Mapping[str, str],
    on_progress: Callable[[int, int], None] | None = None,
) -> Iterator[Run]:
    """Write a run folder; it appears under `out` when the block ends without an error.

    Args:
        out: The run folder itself. An earlier run there is replaced at the end.
        command: What was asked, as plain JSON (no worker counts, no paths).
        seed: Seed of every draw.
        inputs: Digest of each input by name.
        on_progress: Called with (done, total).

    Raises:
        InputError: `out` is a file, or a folder that is neither empty nor a run.
    """
    target = Path(out)
    check_target(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.parent / f".{target.name}.part-{os.getpid()}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    start = time.monotonic()
    try:
        run = Run(part, on_progress or (lambda done, total: None))
        yield run
        decides = {
            "command": dict(command),
            "seed": seed,
            "inputs": dict(sorted(inputs.items())),
            "versions": versions(),
        }
        files = sorted(p for p in part.rglob("*") if p.is_file())
        manifest = {
            "schema": SCHEMA,
            "id": digest(decides),
            "decides": decides,
            "methods": run._methods,
            "outputs": {p.relative_to(part).as_posix(): file_digest(p) for p in files},
            "went": {
                "seconds": round(time.monotonic() - start, 2),
                "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            },
        }
        (part / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        _replace(target, part)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def check_target(target: Path) -> None:
    """Refuse a target that would destroy something else than an earlier run.

    Raises:
        InputError: It is a file, or a folder that is neither empty nor a run.
    """
    if target.is_file():
        raise InputError(Fault("is a file; give a folder", file=target.name))
    if target.is_dir() and any(target.iterdir()) and not (target / "manifest.json").exists():
        raise InputError(Fault("is not empty and is no run; give another --out", file=target.name))


def _replace(target: Path, part: Path) -> None:
    old = target.parent / f".{target.name}.old-{os.getpid()}"
    if target.exists():
        target.rename(old)
    try:
        part.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def versions() -> dict[str, str]:
    """Versions that decide the bytes of a run; `program` tells two states of the same release apart."""
    found = {"gadolin": gadolin.__version__, "program": _program()[:16], "python": platform.python_version()}
    for name in _LIBRARIES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


@functools.cache
def _program() -> str:
    """Digest of the program's files, without the atlas and the shipped cases: inputs of a run name those."""
    files = folder_digest(Path(gadolin.__path__[0]))
    return digest({k: v for k, v in files.items() if not k.startswith(("atlas/data/", "cases/"))})


def digest(value: Any) -> str:
    """SHA-256 of a plain JSON value, independent of key order.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def copy_files(source: Path, target: Path) -> None:
    """The files of a folder in another one, writable whatever they were: an installed case may be read-only."""
    for path in sorted(source.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def folder_digest(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of a folder by its path inside it."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return {p.relative_to(folder).as_posix(): file_digest(p) for p in files}


def file_digest(path: Path) -> str:
    """SHA-256 of a file; of nothing where there is none."""
    if not path.is_file():
        return ""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_manifest(folder: str | Path) -> dict[str, Any]:
    """The manifest of a run.

    Raises:
        InputError: No run there, or one of another form.
    """
    path = Path(folder) / "manifest.json"
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(Fault("is no run: it holds no manifest.json", file=Path(folder).name)) from None
    except (OSError, ValueError) as error:
        raise InputError(Fault(f"cannot be read: {error}", file="manifest.json")) from None
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise InputError(Fault(f"is not of schema {SCHEMA}", file="manifest.json", field="schema"))
    return manifest


def read_table(folder: str | Path, name: str) -> pd.DataFrame:
    """A result table of a run, row ids as index.

    Raises:
        InputError: No such table.
    """
    path = Path(folder) / "tables" / f"{name}.parquet"
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.parquet")))
        raise InputError(f'the run has no table "{name}" (tables: {known})')
    return pq.read_table(path).to_pandas().set_index("row_id")


def manifest_schema() -> dict[str, Any]:
    """JSON schema of `manifest.json`."""
    return json.loads((resources.files("gadolin") / "manifest.schema.json").read_text("utf-8"))


def cache_root() -> Path:
    """Folder of what can be recomputed: `GADOLIN_CACHE`, else the user's cache folder."""
    given = os.environ.get("GADOLIN_CACHE")
    if given:
        return Path(given)
    return user_cache_path("gadolin", appauthor=False)
