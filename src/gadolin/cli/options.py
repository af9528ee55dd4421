"""Options that commands share, and the one way a result is shown."""

from __future__ import annotations

import contextlib
import functools
import json
import math
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import click

NO = 3


@dataclass(frozen=True)
class Output:
    """How a command shows its result: as text, or as one JSON object."""

    as_json: bool = False
    quiet: bool = False

    def show(self, result: Any, *, ok: bool = True) -> None:
        """Print a result (`str()` as text, `.as_dict()` as JSON); exit 3 when the answer is no.

        Args:
            result: Anything with `as_dict()` and `str()`, or a plain dict.
            ok: False when the answer is no.
        """
        if self.as_json:
            record = result.as_dict() if hasattr(result, "as_dict") else result
            click.echo(to_json(record))
        elif not self.quiet:
            click.echo(str(result))
        if not ok:
            click.get_current_context().exit(NO)

    def note(self, text: str) -> None:
        """Say something on stderr that is no part of the result."""
        if not self.quiet:
            click.echo(text, err=True)


def to_json(record: Any) -> str:
    """A record as JSON; numbers of numpy become plain, a NaN or infinity raises.

    >>> print(to_json({"b": 1, "a": [1.5, None]}))
    {
      "b": 1,
      "a": [
        1.5,
        null
      ]
    }
    """
    return json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False, default=_plain)


def _plain(value: Any) -> Any:
    if hasattr(value, "as_dict"):
        return value.as_dict()
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        number = value.item()
        if isinstance(number, float) and not math.isfinite(number):
            raise ValueError("a result holds NaN or infinity")
        return number
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    if hasattr(value, "items"):
        return dict(value)
    return str(value)


def output_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--json` and `--quiet`, which the command receives as `out: Output`, and `--no-cache`."""

    @click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, on failure too.")
    @click.option("--quiet", is_flag=True, help="Print nothing but errors.")
    @click.option("--no-cache", is_flag=True, help="Compute all anew, keep nothing in the cache folder.")
    @functools.wraps(command)
    def wrapped(*args: Any, as_json: bool, quiet: bool, no_cache: bool, **kwargs: Any) -> None:
        with _cache_thrown_away() if no_cache else contextlib.nullcontext():
            command(*args, out=Output(as_json, quiet), **kwargs)

    return wrapped


@contextlib.contextmanager
def _cache_thrown_away() -> Iterator[None]:
    """An empty cache folder for the time of a command; processes started by it see the same."""
    import tempfile

    before = os.environ.get("GADOLIN_CACHE")
    with tempfile.TemporaryDirectory(prefix="gadolin-no-cache-") as folder:
        os.environ["GADOLIN_CACHE"] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ["GADOLIN_CACHE"]
            else:
                os.environ["GADOLIN_CACHE"] = before


def as_of_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--as-of DATE`: use only what was known on that date."""
    return click.option("--as-of", metavar="DATE", help="Use only what was known on that date (2025-03-31).")(command)


def language_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--lang en|ms`: the language of a paper; the command receives it as `language`."""
    choices = click.Choice(["en", "ms"])
    return click.option("--lang", "language", type=choices, default="en", show_default=True, help="Language.")(command)


def seed_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--seed`, 0 or more."""
    return click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of every draw.")(
        command
    )


def future_options(default: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add `--futures`, `--seed` and `--workers`; the answer does not depend on the workers.

    Args:
        default: Number of futures when none is given.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        command = click.option("--workers", type=click.IntRange(1), default=None, help="Processes; default: cores.")(
            command
        )
        command = seed_option(command)
        return click.option(
            "--futures", type=click.IntRange(1), default=default, show_default=True, help="How many futures."
        )(command)

    return decorate


class Progress:
    """Progress on stderr with time left, after two seconds, on a terminal or not.

    >>> bar = Progress("futures", quiet=True)
    >>> bar(1, 10)
    """

    def __init__(self, what: str, quiet: bool = False) -> None:
        import time

        self.what, self.quiet, self._clock = what, quiet, time.monotonic
        self._start = self._last = self._clock()

    def __call__(self, done: int, total: int) -> None:
        """Say how far it is.

        Args:
            done: Items done.
            total: Items in all.
        """
        now = self._clock()
        if self.quiet or now - self._start < 2 or (now - self._last < 1 and done < total):
            return
        self._last = now
        # nothing done says nothing about the pace
        left = f", about {(now - self._start) / done * (total - done):.0f} s left" if done else ""
        end = "\r" if sys.stderr.isatty() and done < total else "\n"
        sys.stderr.write(f"{self.what}: {done} of {total}{left}{end}")
        sys.stderr.flush()
