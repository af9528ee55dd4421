"""A million declarations: one pass in several processes, one line of outcome each, the same answer for any split.

Each worker judges its own chunks of the file, and each content and signature (`signature`) once. A row that cites a
permit is judged twice, covered and not; the permits are then drawn by date, declaration number and item, and the line
that is true is written. Copies of a declaration are found over the whole file. Lines wait on disk, so memory grows by
what a row needs for order and copies only. For files of a few thousand rows `batch.check_all` gives full verdicts; both
agree row by row.
"""

from __future__ import annotations

import gc
import hashlib
import json
import multiprocessing
import tempfile
from array import array
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import IO, Any

import numpy as np

from gadolin.moratorium import words
from gadolin.moratorium.batch import content, copy_verdict, natural
from gadolin.moratorium.consignment import Consignment
from gadolin.moratorium.declarations import DeclarationFile
from gadolin.moratorium.facts import Prices, facts_of
from gadolin.moratorium.judge import judge_facts
from gadolin.moratorium.rules import Rules
from gadolin.moratorium.signature import Signatures
from gadolin.moratorium.terms import Permits, cover_of
from gadolin.moratorium.verdict import VERDICTS, Verdict, plain

__all__ = ["Outcome", "check_file"]

CHUNK_ROWS = 5000
_KNOWN_ROWS = 10_000  # contents and signatures kept per process; beyond, all are forgotten


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
    """

    rows: int
    counts: dict[str, int]
    copies: int
    loads: int
    clauses: dict[str, int]
    permits: Permits

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
        }

    def __str__(self) -> str:
        lines = [f"{self.rows:,} declarations"]
        lines += [f"  {name:16} {count:,}" for name, count in self.counts.items()]
        if self.copies:
            lines.append(f"  {'copies':16} {self.copies:,} rows repeat a declaration; held, not judged")
        if self.loads:
            lines.append(f"  {'split loads':16} {self.loads:,} loads stand on several declarations")
        most = sorted(self.clauses.items(), key=lambda x: (-x[1], x[0]))[:5]
        if most:
            lines.append(f"  {'clauses':16} {', '.join(f'{name} {count:,}' for name, count in most)}")
        return "\n".join(lines)


_Kind = tuple[str, tuple[str, ...]]  # verdict and clauses, shared between the rows that have the same
_Line = tuple[str, _Kind]  # text and kind


@dataclass(frozen=True)
class _Job:
    """What a worker needs to know."""

    file: DeclarationFile
    rules: Rules
    plenty: _AnyAmount
    nothing: _AnyAmount
    on: date | None
    prices: Prices | None
    signatures: Signatures
    language: str


class _AnyAmount(Permits):
    """The book as if there were any amount left, or none."""

    def __init__(self, book: Permits, left: Decimal) -> None:
        super().__init__(book.all_terms().values(), book.pilot_operator)
        self._left = left

    def left_t(self, permit_id: str) -> Decimal:
        return self._left


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
    plenty, nothing = _AnyAmount(book, Decimal("Infinity")), _AnyAmount(book, Decimal(-1))
    job = _Job(file, rules, plenty, nothing, on, prices, Signatures(rules), language)
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
    drawing: list[tuple[Any, ...]] = field(default_factory=list)
    changed: dict[int, int] = field(default_factory=dict)
    held_copies: set[int] = field(default_factory=set)
    kinds: dict[_Kind, _Kind] = field(default_factory=dict)
    counts: Counter[_Kind] = field(default_factory=Counter)

    def take(self, chunk: list[tuple[Any, ...]]) -> None:
        for key, load, (text, kind), permit in chunk:
            kind = self.kinds.setdefault(kind, kind)
            if permit is not None:
                *order, (other_text, other_kind) = permit
                other = self._put_aside(other_text), self.kinds.setdefault(other_kind, other_kind)
                self.drawing.append((*order, *other, len(self.keys), kind))
            self.keys.append(key)
            self.loads.append(load)
            self.spool.write(text.encode() + b"\n")
            self.counts[kind] += 1

    def _put_aside(self, text: str) -> int:
        place = self.others.tell()
        self.others.write(text.encode() + b"\n")
        return place

    def _change(self, position: int, old: _Kind, place: int, new: _Kind) -> None:
        self.counts[old] -= 1
        self.counts[new] += 1
        self.changed[position] = place

    def settle_copies(self, job: _Job) -> None:
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
        for members in groups.values():
            if len(members) < 2:
                continue
            same = all(content(rows[p]) == content(rows[members[0]]) for p in members)
            for position in members[1:] if same else members:
                text, kind = _line_of(copy_verdict(rows[position], job.rules, len(members)), job)
                self._change(position, _judge(rows[position], job, {}).line[1], self._put_aside(text), kind)
                self.held_copies.add(position)

    def draw(self, book: Permits) -> None:
        """Draw permits in their order; a row for which too little is left gets its other line."""
        self.drawing.sort(key=lambda e: (e[0], natural(e[1]), natural(e[2]), e[-2]))
        for _, _, _, permit_id, need, place, other, position, kind in self.drawing:
            if position in self.held_copies:
                continue
            if need > book.left_t(permit_id):
                self._change(position, kind, place, other)
            elif kind[0] == VERDICTS[0]:
                book.draw(permit_id, need)

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
        )


def _chunks(job: _Job, workers: int, chunk_rows: int) -> Iterator[list[tuple[Any, ...]]]:
    """Chunks in the order of the file; chunk i comes from worker i modulo their number."""
    if workers <= 1:
        yield from _judged_chunks(job, 0, 1, chunk_rows)
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


def _work(pipe: Any, job: _Job, part: int, parts: int, chunk_rows: int) -> None:
    try:
        with _without_collector():
            for chunk in _judged_chunks(job, part, parts, chunk_rows):
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


def _judged_chunks(job: _Job, part: int, parts: int, chunk_rows: int) -> Iterator[list[tuple[Any, ...]]]:
    found: list[tuple[Any, ...]] = []
    at = part
    known: dict[tuple[str, ...], _Judged] = {}
    tails: dict[Hashable, tuple[_Line, _Line | None]] = {}
    for position, row in job.file.rows(lambda i: i // chunk_rows % parts == part):
        if position // chunk_rows != at:
            yield found
            found, at = [], position // chunk_rows
        shared = row.shared()
        if shared is None:
            c = row.build()
            judged, number, item = _judge(c, job, tails), c.declaration_no, c.item
        else:
            content_of_row, number, item = shared
            judged = known.get(content_of_row)
            if judged is None:
                judged = known[content_of_row] = _judge(row.build(), job, tails)
                if len(known) > _KNOWN_ROWS:
                    known.clear()
                if len(tails) > _KNOWN_ROWS:
                    tails.clear()
        head = _head(row.line, number, item)
        permit = judged.permit and (judged.permit[0], number, item, *judged.permit[1:3], _line(head, judged.permit[3]))
        found.append((_number(number, item), judged.load, _line(head, judged.line), permit))
    if found:
        yield found


@dataclass(frozen=True, slots=True)
class _Judged:
    """What rows of the same content share: the line without its head, the load, and for a row that a permit covers
    day, permit, need and the line without the permit.
    """

    line: _Line
    load: int
    permit: tuple[Any, ...] | None


def _judge(c: Consignment, job: _Job, tails: dict[Hashable, tuple[_Line, _Line | None]]) -> _Judged:
    """Judge a row, or take the lines of one with the same signature."""
    facts = facts_of(c, job.prices)
    day = job.on or (c.dates[0] if c.dates else None)
    cover = None if day is None else cover_of(c, day, job.plenty)
    covers = cover is not None and cover.covers
    key = job.signatures.of(c, facts, cover is not None and cover.need_t is not None)
    lines = tails.get(key) if key is not None else None
    if lines is None:
        lines = (
            _tail_of(judge_facts(c, facts, job.rules, job.plenty, job.on), job),
            _tail_of(judge_facts(c, facts, job.rules, job.nothing, job.on), job) if covers else None,
        )
        if key is not None:
            tails[key] = lines
    if day is None or cover is None or not covers or cover.permit is None:
        return _Judged(lines[0], _load(c), None)
    return _Judged(lines[0], _load(c), (day, cover.permit.permit_id, cover.need_t, lines[1]))


def _head(line: int | None, number: str, item: str) -> str:
    """The part of a line that is the row's own."""
    place = "null" if line is None else line
    return f'{{"line":{place},"declaration_no":{_quoted(number)},"item":{_quoted(item)},'


def _quoted(text: str) -> str:
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return json.dumps(text, ensure_ascii=False)


def _line(head: str, tail: _Line) -> _Line:
    return head + tail[0], tail[1]


def _line_of(verdict: Verdict, job: _Job) -> _Line:
    return _line(_head(verdict.line, verdict.declaration_no, verdict.item), _tail_of(verdict, job))


def _tail_of(verdict: Verdict, job: _Job) -> _Line:
    values = tuple((f.rule.rule_id, f.value) for f in verdict.deciding)
    tail = _tail(verdict.verdict, values, verdict.questions, job.language)
    return tail, (verdict.verdict, verdict.rule_ids)


@lru_cache(maxsize=50_000)
def _tail(
    verdict: str, values: tuple[tuple[str, Any], ...], questions: tuple[tuple[str, ...], ...], language: str
) -> str:
    """The part of a line that many rows share, without the opening brace."""
    record = {
        "verdict": verdict,
        "rules": {rule_id: plain(value) for rule_id, value in values},
        "questions": [words.question(q, language) for q in questions],
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))[1:]


def _number(*parts: str) -> int:
    """A 64-bit number of a key; 0 for an empty declaration number, which is never a copy."""
    if not parts[0]:
        return 0
    return int.from_bytes(hashlib.blake2b("\0".join(parts).encode(), digest_size=8).digest(), "big") | 1


def _load(c: Consignment) -> int:
    if not c.exporter or not c.dates:
        return 0
    return _number(c.exporter, c.dates[0].isoformat(), c.destination or "", c.code[:6])
