"""Which line of a TOML file a key stands on, so that a fault or a ref can point to it.

`tomllib` keeps no lines. This reads the few forms a case file uses: `[table]`, `[[array]]`, `key = value`, values over
several lines. A key that is not found points to its table's line.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from gadolin.errors import Fault, InputError

__all__ = ["line_of", "lines_of", "read_toml"]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\-.\"']+)\s*=")


def read_toml(path: Path, shown_as: str | None = None) -> dict[str, Any]:
    """The file as plain values.

    Args:
        path: File.
        shown_as: How the file is named in faults (default: its name).

    Raises:
        InputError: Not UTF-8, or not TOML; with file and line.
        OSError: The file cannot be opened.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(Fault("is not UTF-8; save it as UTF-8", file=shown_as or path.name)) from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        reason = re.sub(r"\s*\(at .*\)", "", str(error))
        line = int(found.group(1)) if found else len(text.splitlines())
        raise InputError(Fault(f"is not TOML here: {reason}", file=shown_as or path.name, line=line)) from None


def lines_of(text: str) -> dict[str, int]:
    r"""Line of each key path, counted from 1.

    >>> lines_of('name = "x"\n[[plants]]\nid = "a"\n[[plants]]\nid = "b"\n')["plants[1].id"]
    5
    """
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    depth = 0
    quoted = False
    for number, line in enumerate(text.splitlines(), start=1):
        if quoted:
            quoted = line.count('"""') % 2 == 0
            continue
        header = _HEADER.match(line) if depth == 0 else None
        if header:
            name = header.group(2).replace('"', "").replace("'", "")
            parent, _, last = name.rpartition(".")
            name = f"{_latest(parent, counts)}.{last}" if parent else last
            if header.group(1) == "[[":
                counts[name] = counts.get(name, -1) + 1
                name = f"{name}[{counts[name]}]"
            table = name
            lines.setdefault(table, number)
            continue
        key = _KEY.match(line) if depth == 0 else None
        if key:
            name = key.group(1).replace('"', "").replace("'", "")
            lines[f"{table}.{name}" if table else name] = number
        quoted = line.count('"""') % 2 == 1
        bare = re.sub(r'"[^"]*"|\'[^\']*\'|#.*', "", line)
        depth = max(depth + bare.count("[") - bare.count("]"), 0)
    return lines


def _latest(path: str, counts: dict[str, int]) -> str:
    parts: list[str] = []
    for part in path.split("."):
        name = ".".join([*parts, part])
        parts.append(f"{part}[{counts[name]}]" if name in counts else part)
    return ".".join(parts)


def line_of(lines: dict[str, int], path: str) -> int | None:
    """Line of a key path, or of the nearest table that holds it; of what begins with it when it has no line itself."""
    asked = path
    while path:
        if path in lines:
            return lines[path]
        path = re.sub(r"(\.[^.\[\]]+|\[\d+\])$", "", path) if re.search(r"[.\[]", path) else ""
    inside = (n for key, n in lines.items() if key.startswith((f"{asked}[", f"{asked}."))) if asked else ()
    return min(inside, default=None)
