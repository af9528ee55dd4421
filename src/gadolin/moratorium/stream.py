"""A million declarations: one pass in several processes, one line of outcome each, the same answer for any split.

Each worker reads its own chunks of the file. Rows of the same words (`rows`) share everything but what turns on weights
and value, and rows of the same signature (`signature`) share the verdict. A row that cites a permit is judged twice,
covered and not; the permits are then drawn by date, declaration number and item, and the line that is true is written.
Copies of a declaration are found over the whole file. Lines wait on disk, so memory grows by what a row needs for order
and copies only. For files of a few thousand rows `batch.check_all` gives full verdicts; both agree row by row.
"""

from __future__ import annotations

import gc
import multiprocessing
import tempfile
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import IO, Any

import numpy as np

from gadolin.moratorium.batch import content, copy_verdict, natural
from gadolin.moratorium.clerk import Chunk, Clerk, Drawing, Job, Kind, judged_chunks, line_of
from gadolin.moratorium.declarations import DeclarationFile
from gadolin.moratorium.facts import Prices
from gadolin.moratorium.rules import Rules
from gadolin.moratorium.terms import Permits
from gadolin.moratorium.verdict import VERDICTS

__all__ = ["Outcome", "check_file"]

CHUNK_ROWS = 5000


@dataclass(frozen=True)
class Outcome:
    """What became of a file.

    Args:
        rows: Declarations read.
        counts: How many got each verdict.
        copies: Rows that repeat a declaration.
        loads: Loads that are split over several declarations.
        clauses: How often each clause gave a verdict.
        permits: Book after all draws.
        passed_over: Sheets of a workbook that hold no heading and were not read.
    """

    rows: int
    counts: dict[str, int]
    copies: int
    loads: int
    clauses: dict[str, int]
    permits: Permits
    passed_over: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything may leave."""
        return self.counts[VERDICTS[0]] == self.rows

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "rows": self.rows,
            "counts": self.counts,
            "copies": self.copies,
            "split_loads": self.loads,
            "clauses": self.clauses,
            "sheets_not_read": list(self.passed_over),
        }

    def __str__(self) -> str:
        lines = [f"{self.rows:,} declaration{'' if self.rows == 1 else 's'}"]
        lines += [f"  {name:16} {count:,}" for name, count in self.counts.items()]
        if self.copies:
            lines.append(f"  {'copies':16} {self.copies:,} rows repeat a declaration; held, not judged")
        if self.loads:
            lines.append(f"  {'split loads':16} {self.loads:,} loads stand on several declarations")
        most = sorted(self.clauses.items(), key=lambda x: (-x[1], x[0]))[:5]
        if most:
            lines.append(f"  {'clauses':16} {', '.join(f'{name} {count:,}' for name, count in most)}")
        if self.passed_over:
            lines.append(f"  {'not read':16} sheets without a heading: {', '.join(self.passed_over)}")
        return "\n".join(lines)


def check_file(
    file: DeclarationFile,
    rules: Rules,
    permits: Permits | None = None,
    on: date | None = None,
    prices: Prices | None = None,
    write: Callable[[str], Any] | None = None,
    workers: int = 1,
    chunk_rows: int = CHUNK_ROWS,
    progress: Callable[[int, int], None] | None = None,
    language: str = "en",
) -> Outcome:
    """Judge every declaration of a file, with one line of outcome each.

    Args:
        file: The file.
        rules: Dated clauses.
        permits: Book that is drawn.
        on: Day to judge on; None for each one's own date.
        prices: Prices for the value test.
        write: Takes each line of outcome (JSON), in the order of the file.
        workers: Processes; the answer does not depend on them.
        chunk_rows: Rows a process takes at a time; nor on these.
        progress: Told of rows done; the total is not known before the end and given as the same number.
        language: Of the questions, en or ms.
    """
    book = permits if permits is not None else Permits()
    job = Job(file, rules, book, on, prices, language)
    with tempfile.TemporaryFile("w+b") as spool, tempfile.TemporaryFile("w+b") as others, _without_collector():
        state = _State(spool, others)
        for chunk in _chunks(job, workers, chunk_rows):
            state.take(chunk)
            if progress is not None:
                progress(len(state.keys), len(state.keys))
        state.settle_copies(job)
        state.draw(book)
        return state.finish(book, write)


@dataclass
class _State:
    """Lines as they came, and what may still change them."""

    spool: IO[bytes]
    others: IO[bytes]
    keys: Any = field(default_factory=lambda: array("Q"))
    loads: Any = field(default_factory=lambda: array("Q"))
    drawings: list[tuple[Drawing, int, int]] = field(default_factory=list)
    changed: dict[int, int] = field(default_factory=dict)
    held_copies: set[int] = field(default_factory=set)
    counts: Counter[Kind] = field(default_factory=Counter)
    passed_over: tuple[str, ...] = ()

    def take(self, chunk: Chunk) -> None:
        self.passed_over = chunk.passed_over
        for drawing in chunk.drawings:
            text, kind = drawing.other
            place, drawing.other = self._put_aside(text), ("", kind)
            self.drawings.append((drawing, len(self.keys) + drawing.position, place))
        self.keys += chunk.keys
        self.loads += chunk.loads
        self.counts.update(chunk.counts)
        self.spool.write("".join(chunk.lines).encode())

    def _put_aside(self, text: str) -> int:
        place = self.others.tell()
        self.others.write(text.encode())
        return place

    def _change(self, position: int, old: Kind, place: int, new: Kind) -> None:
        self.counts[old] -= 1
        self.counts[new] += 1
        self.changed[position] = place

    def settle_copies(self, job: Job) -> None:
        """Rows under one declaration number and item: the first is judged if all say the same, else none is."""
        if not self.keys:
            return
        keys = np.frombuffer(self.keys, dtype=np.uint64)
        _, inverse, count = np.unique(keys, return_inverse=True, return_counts=True)
        wanted = set(np.flatnonzero((count[inverse] > 1) & (keys != 0)).tolist())
        if not wanted:
            return
        rows = dict(job.file.pick(wanted.__contains__))
        groups: dict[tuple[str, str], list[int]] = {}
        for position in sorted(wanted):
            groups.setdefault((rows[position].declaration_no, rows[position].item), []).append(position)
        clerk = Clerk(job)
        for members in groups.values():
            if len(members) < 2:
                continue
            same = all(content(rows[p]) == content(rows[members[0]]) for p in members)
            for position in members[1:] if same else members:
                text, kind = line_of(copy_verdict(rows[position], job.rules, len(members)), job.language)
                self._change(position, clerk.kind(rows[position]), self._put_aside(text), kind)
                self.held_copies.add(position)

    def draw(self, book: Permits) -> None:
        """Draw permits in their order; a row for which too little is left gets its other line."""
        self.drawings.sort(key=lambda d: (d[0].day, natural(d[0].number), natural(d[0].item), d[1]))
        for drawing, position, place in self.drawings:
            if position in self.held_copies:
                continue
            if drawing.need_t > book.left_t(drawing.permit_id):
                self._change(position, drawing.kind, place, drawing.other[1])
            elif drawing.kind[0] == VERDICTS[0]:
                book.draw(drawing.permit_id, drawing.need_t)

    def finish(self, book: Permits, write: Callable[[str], Any] | None) -> Outcome:
        if write is not None:
            self.spool.seek(0)
            for position, text in enumerate(self.spool):
                if position in self.changed:
                    self.others.seek(self.changed[position])
                    text = self.others.readline()
                write(text.decode().rstrip("\n"))
        counts, clauses = Counter[str](), Counter[str]()
        for (verdict, ids), n in self.counts.items():
            counts[verdict] += n
            clauses.update({name: n for name in ids if n})
        loads = np.frombuffer(self.loads, dtype=np.uint64) if self.loads else np.array([], dtype=np.uint64)
        _, sizes = np.unique(loads[loads != 0], return_counts=True)
        return Outcome(
            len(self.keys),
            {name: counts[name] for name in VERDICTS},
            len(self.held_copies),
            int((sizes > 1).sum()),
            dict(sorted(clauses.items())),
            book,
            self.passed_over,
        )


def _chunks(job: Job, workers: int, chunk_rows: int) -> Iterator[Chunk]:
    """Chunks in the order of the file; chunk i comes from worker i modulo their number."""
    if workers <= 1:
        yield from judged_chunks(job, 0, 1, chunk_rows)
        return
    how = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    context: Any = multiprocessing.get_context(how)
    pipes: list[Any] = []
    processes = []
    for part in range(workers):
        near, far = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(far, job, part, workers, chunk_rows), daemon=True)
        process.start()
        far.close()
        pipes.append(near)
        processes.append(process)
    try:
        turn = 0
        while True:
            kind, chunk = pipes[turn % workers].recv()
            if kind == "error":
                raise chunk
            if kind == "end":
                break
            yield chunk
            turn += 1
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.terminate()
            process.join()


def _work(pipe: Any, job: Job, part: int, parts: int, chunk_rows: int) -> None:
    try:
        with _without_collector():
            for chunk in judged_chunks(job, part, parts, chunk_rows):
                pipe.send(("chunk", chunk))
        pipe.send(("end", None))
    except (BrokenPipeError, KeyboardInterrupt):
        return
    except Exception as error:  # sent home and raised there
        pipe.send(("error", error))


@contextmanager
def _without_collector() -> Iterator[None]:
    """Rows hold no cycles; the collector would walk millions of them for nothing."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
