"""Write the pages that follow from the program: data dictionary, commands, Python reference, validation.

Run by `conf.py` at each build, into `docs/_generated`, which is not committed: what is generated cannot be out of date.
"""

from __future__ import annotations

import importlib
import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

import gadolin
from gadolin.atlas import TABLES
from gadolin.cli.main import build
from gadolin.validation import Board, validate

FOLDER = Path(__file__).parent / "_generated"
WIDTH = 100


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its full name (`gadolin atlas show`), in sorted order."""
    yield from _below("gadolin", build())


def _below(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for key in sorted(command.commands):
            yield from _below(f"{name} {key}", command.commands[key])
    else:
        yield name, command


def command_page() -> str:
    """The help of every command, as the command prints it."""
    lines = [
        "# Commands",
        "",
        "Each command prints this text with `--help`. CASE is a shipped case (`malaysia`, `vietnam`), a folder, or an "
        "ISO3 country code. Exit codes: 0 done or yes, 1 a defect of Gadolin, 2 bad input or usage, 3 the answer is "
        'no, 4 could not be computed, 130 interrupted. With `--json` a failure prints `{"error": ...}` on stdout.',
    ]
    for name, command in commands():
        context = click.Context(command, info_name=name, max_content_width=WIDTH, terminal_width=WIDTH)
        lines += ["", f"## {name}", "", "```text", command.get_help(context), "```"]
    return "\n".join(lines) + "\n"


def table_page(name: str) -> str:
    """The dictionary of one table, from its declaration."""
    table = TABLES[name]
    facts = [f"Unique by {', '.join(f'`{c}`' for c in table.key)} beside the row id."] if table.key else []
    if table.dated:
        lag = f", known {table.lag_months} months after its end" if table.lag_months else ""
        facts.append(f"A row is dated by {', '.join(f'`{c}`' for c in table.dated)}{lag}.")
    if table.aggregate:
        facts.append(f"What may be added: {table.aggregate}")
    head = ["column", "kind", "unit", "allowed", "blank", "meaning"]
    lines = [f"# {name}", "", _cell(table.about), "", *(f"- {_cell(f)}" for f in facts), ""]
    lines += [_row(head), _row(["---"] * len(head))]
    for field in table.dictionary().itertuples(index=False):
        cells = (f"`{field.column}`", *map(_cell, (field.kind, field.unit, field.allowed, field.blank, field.help)))
        lines.append(_row(cells))
    return "\n".join([*lines, "", f"Rows: `gadolin atlas show {name}`", ""])


def _row(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: Any) -> str:
    """Text that Markdown leaves as it is."""
    text = " ".join(str(value).split())
    for sign in "\\|*_<>[]`$":
        text = text.replace(sign, f"\\{sign}")
    return text


def dictionary_page() -> str:
    """All tables, one line each."""
    lines = [
        "# Data dictionary",
        "",
        "Every table of the atlas, from the declarations that also read, check and export it. A case folder may hold "
        "files of the same names; their rows add to the atlas or override it by `row_id`.",
        "",
        "```{toctree}",
        ":hidden:",
        *(f"tables/{name}" for name in sorted(TABLES)),
        "```",
        "",
        _row(["table", "one row is"]),
        _row(["---", "---"]),
        *(_row([f"[{name}](tables/{name}.md)", _cell(TABLES[name].about)]) for name in sorted(TABLES)),
    ]
    return "\n".join(lines) + "\n"


def rooms() -> list[str]:
    """Rooms and ground modules that can be imported."""
    return [room for room in gadolin._ROOMS if importlib.util.find_spec(f"gadolin.{room}") is not None]


def room_page(room: str) -> str:
    """Everything in a room's front door, but what another room's page describes."""
    door = importlib.import_module(f"gadolin.{room}")
    homes = {n: getattr(getattr(door, n), "__module__", "").split(".")[1:2] for n in getattr(door, "__all__", ())}
    guests = [n for n, home in homes.items() if home and home[0] != room and n in _exports(home[0])]
    lines = [f".. automodule:: gadolin.{room}", "   :members:"]
    lines += [f"   :exclude-members: {', '.join(guests)}"] if guests else []
    also = [f"`{n}` is described in [gadolin.{homes[n][0]}]({homes[n][0]}.md)." for n in guests]
    return "\n".join([f"# gadolin.{room}", "", "```{eval-rst}", *lines, "```", "", *also, ""])


def _exports(room: str) -> tuple[str, ...]:
    return tuple(getattr(importlib.import_module(f"gadolin.{room}"), "__all__", ())) if room in rooms() else ()


def python_page() -> str:
    """All rooms of the Python reference."""
    lines = ["# Python reference", "", "Rooms load on first use: `import gadolin` alone costs nothing.", "",
             "```{toctree}", ":maxdepth: 1", *(f"python/{room}" for room in rooms()), "```"]  # fmt: skip
    return "\n".join(lines) + "\n"


def validation_page(board: Board) -> str:
    """What was held against something outside, and what it missed."""
    lines = [
        "# Validation",
        "",
        "Written by `gadolin validate`: every claim that Gadolin makes, held against a value from outside. "
        "*Pass*: within the tolerance. *Known limit*: missed or not computable, the reason is known and stands here; "
        "it is never counted as a pass. *Fail*: missed without a known reason. Your own cases: "
        "`gadolin validate --cases FILE`.",
        "",
        (Path(__file__).parent / "long-tests.txt").read_text("utf-8"),
        _row(["", "checks"]),
        _row(["---", "---"]),
    ]
    by_status = {s: [c for c in board.checks if c.status == s] for s in ("pass", "known_limit", "fail")}
    lines += [_row([status.replace("_", " "), str(len(found))]) for status, found in by_status.items()]
    for status, title in (("fail", "What failed"), ("known_limit", "Known limits"), ("pass", "What holds")):
        lines += ["", f"## {title}", ""]
        found = by_status[status]
        if not found:
            lines.append("Nothing.")
            continue
        lines += [_row(["claim", "expected", "got", "tolerance", "source", "why"]), _row(["---"] * 6)]
        for check in found:
            numbers = [_number(v) for v in (check.expected, check.got)]
            lines.append(_row([_cell(check.claim), *numbers, *map(_cell, (check.tolerance, check.source, check.why))]))
    return "\n".join(lines) + "\n"


def _number(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else _cell("none" if value is None else value)


def pages() -> dict[str, str]:
    """Every generated page by its path."""
    found = {"commands.md": command_page(), "dictionary.md": dictionary_page(), "python.md": python_page()}
    found |= {f"tables/{name}.md": table_page(name) for name in TABLES}
    found |= {f"python/{room}.md": room_page(room) for room in rooms()}
    found["validation.md"] = validation_page(validate())
    return found


def main() -> None:
    """Write all pages; a page that did not change keeps its time, so that Sphinx need not read it again."""
    written = pages()
    if FOLDER.exists() and {p.relative_to(FOLDER).as_posix() for p in FOLDER.rglob("*.md")} - set(written):
        shutil.rmtree(FOLDER)
    for name, text in written.items():
        path = FOLDER / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
