"""One function over many items: in this process, on processes, or on a Dask cluster; the answer is the same.

Results come in the order of the items. Each item gets its own seed, derived from the run's seed and its place, so
neither the number of workers nor the order of finishing changes a byte. With a `key`, finished items are kept under
the cache root and a stopped job resumes.
"""

from __future__ import annotations

import atexit
import concurrent.futures
import functools
import multiprocessing
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from gadolin.errors import InputError
from gadolin.runs import cache_root

__all__ = ["over", "seeds"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def seeds(seed: int, count: int) -> list[int]:
    """Independent seeds of `count` items.

    >>> seeds(1, 2) == seeds(1, 3)[:2]
    True
    """
    children = np.random.SeedSequence(seed).spawn(count)
    return [int(child.generate_state(1, np.uint64)[0]) for child in children]


def over(
    function: Callable[[Item, int], Result],
    items: Sequence[Item],
    workers: int | str | None = None,
    seed: int = 1,
    key: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Result]:
    """Apply a function to each item.

    Args:
        function: Called as `function(item, seed)`; importable by name when there are several workers.
        items: What it is applied to.
        workers: Number of processes (default: cores; 1 runs here), or the address of a Dask scheduler.
        seed: Seed of the whole.
        key: Name under which finished items are kept; it must name everything the results depend on.
        progress: Called with (done, total).

    Returns:
        Results in the order of the items.

    Raises:
        InputError: Fewer than one worker.

    >>> over(lambda item, seed: item**2, [1, 2, 3], workers=1)
    [1, 4, 9]
    """
    tasks = list(zip(items, seeds(seed, len(items)), strict=True))
    results: dict[int, Result] = {}
    store = _Store(key)
    for i in range(len(tasks)):
        kept = store.get(i)
        if kept is not None:
            results[i] = kept[0]
    left = [i for i in range(len(tasks)) if i not in results]
    for i, result in _run(function, [(i, *tasks[i]) for i in left], workers):
        results[i] = result
        store.put(i, result)
        if progress is not None:
            progress(len(results), len(tasks))
    return [results[i] for i in range(len(tasks))]


def _run(
    function: Callable[[Any, int], Any], tasks: list[tuple[int, Any, int]], workers: int | str | None
) -> Iterator[tuple[int, Any]]:
    if isinstance(workers, str):
        yield from _on_cluster(function, tasks, workers)
        return
    count = (os.cpu_count() or 1) if workers is None else workers
    if count < 1:
        raise InputError(f"workers must be at least 1, got {count}")
    if count == 1 or len(tasks) <= 1:
        for i, item, seed in tasks:
            yield i, function(item, seed)
        return
    pool = _pool(count, os.environ.get("GADOLIN_CACHE"), os.getcwd())
    try:
        pending = {pool.submit(function, item, seed): i for i, item, seed in tasks}
        for done in concurrent.futures.as_completed(pending):
            yield pending[done], done.result()
    except BaseException:
        _pool.cache_clear()
        pool.shutdown(wait=False, cancel_futures=True)
        raise


@functools.lru_cache(maxsize=1)
def _pool(count: int, cache: str | None, folder: str) -> concurrent.futures.ProcessPoolExecutor:
    """Processes that stay for the next call, for each takes seconds to start.

    They are fresh interpreters: threads of numerical libraries do not survive a fork. They hold the cache root and the
    working folder they were started in, so others ask for new ones.
    """
    return concurrent.futures.ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))


atexit.register(_pool.cache_clear)  # else the processes are ended by a half-dismantled interpreter


def _on_cluster(
    function: Callable[[Any, int], Any], tasks: list[tuple[int, Any, int]], address: str
) -> Iterator[tuple[int, Any]]:
    try:
        import distributed
    except ImportError:
        raise InputError('a Dask cluster needs the extra: pip install "gadolin[cluster]"') from None
    with distributed.Client(address) as client:
        pending = {client.submit(function, item, seed, pure=False): i for i, item, seed in tasks}
        for done in distributed.as_completed(list(pending)):
            yield pending[done], done.result()


class _Store:
    """Finished items on disk; without a key it keeps nothing."""

    def __init__(self, key: str | None) -> None:
        self.folder: Path | None = None if key is None else cache_root() / "fanout" / key

    def get(self, i: int) -> tuple[Any] | None:
        if self.folder is None:
            return None
        try:
            return (pickle.loads((self.folder / f"{i}.pkl").read_bytes()),)
        except (FileNotFoundError, EOFError, pickle.UnpicklingError):
            return None

    def put(self, i: int, result: Any) -> None:
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f"{i}.part-{os.getpid()}"
        part.write_bytes(pickle.dumps(result))
        part.replace(self.folder / f"{i}.pkl")
