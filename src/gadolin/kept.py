"""What can be computed again, kept under the cache root by the hash of all that decides it.

Used for what is slow and small: calibrated worlds, prices of a future, plants priced from a separation design.
"""

from __future__ import annotations

import contextlib
import functools
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from gadolin import runs

__all__ = ["code", "kept", "write"]

Result = TypeVar("Result")


@functools.cache
def code() -> str:
    """Digest of versions, so that a changed program never meets old results."""
    return runs.digest(runs.versions())


def write(file: Path, content: bytes) -> None:
    """Leave something in the cache, whole or not at all; a cache that cannot be written to changes nothing."""
    part = file.with_suffix(f".part-{os.getpid()}")
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(file)


def kept(group: str, name: str, make: Callable[[], Result]) -> Result:
    """A result from the cache, or made and left there.

    Args:
        group: Folder under the cache root.
        name: Hash of all that decides the result.
        make: Makes it; what it returns must pickle.
    """
    file = runs.cache_root() / group / f"{name}.pkl"
    with contextlib.suppress(OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError, IndexError):
        return pickle.loads(file.read_bytes())
    found = make()
    write(file, pickle.dumps(found))
    return found
