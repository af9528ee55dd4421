"""One process of a long check: judges rows, and remembers what rows of the same words and signature got.

A row's words (`rows`) lead to what it shares with others; its amounts then decide on which side of each limit it is
(`signature`). Only a signature that was not met before is judged. What a row gets is one line of JSON.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from gadolin.moratorium import words
from gadolin.moratorium.consignment import Amounts, Consignment
from gadolin.moratorium.declarations import DeclarationFile
from gadolin.moratorium.facts import Facts, Prices, facts_of, facts_of_words, weighed
from gadolin.moratorium.judge import judge_facts
from gadolin.moratorium.rows import DeclaredRow
from gadolin.moratorium.rules import Rules
from gadolin.moratorium.signature import Signatures
from gadolin.moratorium.terms import Permits, cover_of
from gadolin.moratorium.verdict import Verdict, plain

__all__ = ["Chunk", "Clerk", "Drawing", "Job", "Kind", "judged_chunks", "line_of"]

_KNOWN_FAMILIES = 10_000  # kept per process; beyond, all are forgotten

Kind = tuple[str, tuple[str, ...]]
"""Verdict and clauses, shared between the rows that have the same."""
_Tail = tuple[str, Kind]  # a line without its head, and its kind


@dataclass(frozen=True)
class Job:
    """What a process needs to know.

    Args:
        file: The declarations.
        rules: Dated clauses.
        permits: Book, as it was before the file.
        on: Day to judge on; None for each one's own date.
        prices: Prices for the value test.
        language: Of the questions, en or ms.
    """

    file: DeclarationFile
    rules: Rules
    permits: Permits
    on: date | None
    prices: Prices | None
    language: str


@dataclass
class Drawing:
    """A row that a permit covers if enough is left.

    Args:
        position: Place of the row in its chunk.
        day, number, item: Order in which permits are drawn.
        permit_id: The permit.
        need_t: What the row draws. [t]
        kind: What it gets if enough is left.
        other: Line and kind if it is not.
    """

    position: int
    day: date
    number: str
    item: str
    permit_id: str
    need_t: Decimal
    kind: Kind
    other: tuple[str, Kind]


@dataclass
class Chunk:
    """The outcome of some rows that follow each other.

    Args:
        keys: A number for each declaration and item; 0 for an empty declaration number, which is never a copy.
        loads: A number for the load of each; 0 for none.
        lines: Lines of outcome, each with its line feed.
        counts: Rows of each kind.
        drawings: Rows that draw on a permit.
        passed_over: Sheets of the workbook that were not read.
    """

    keys: Any = field(default_factory=lambda: array("Q"))
    loads: Any = field(default_factory=lambda: array("Q"))
    lines: list[str] = field(default_factory=list)
    counts: Counter[Kind] = field(default_factory=Counter)
    drawings: list[Drawing] = field(default_factory=list)
    passed_over: tuple[str, ...] = ()


class _AnyAmount(Permits):
    """The book as if there were any amount left, or none."""

    def __init__(self, book: Permits, left: Decimal) -> None:
        super().__init__(book.all_terms().values(), book.pilot_operator)
        self._left = left

    def left_t(self, permit_id: str) -> Decimal:
        return self._left


@dataclass(slots=True)
class _Family:
    """Rows of the same words: what they share, and the tails they got so far (covered by a permit, and not)."""

    c: Consignment
    facts: Facts
    day: date | None
    load: int
    tails: dict[Hashable, tuple[_Tail, _Tail | None]]


class Clerk:
    """Judges the rows of one process.

    Args:
        job: What it needs to know.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._signatures = Signatures(job.rules)
        self._plenty = _AnyAmount(job.permits, Decimal("Infinity"))
        self._nothing = _AnyAmount(job.permits, Decimal(-1))
        self._families: dict[Hashable, _Family] = {}
        self._tails: dict[Hashable, dict[Hashable, tuple[_Tail, _Tail | None]]] = {}

    def judge(self, row: DeclaredRow, chunk: Chunk) -> None:
        """Judge a row and add it to a chunk."""
        family = self._family(row)
        c, day = family.c, family.day
        amounts = row.amounts(c)
        facts = weighed(family.facts, c.certificate, amounts, self._job.prices)
        cover = None if day is None else cover_of(c, amounts.net.t, day, self._plenty)
        covers = cover is not None and cover.covers
        key = self._signatures.of_amounts(facts, amounts, cover is not None and cover.need_t is not None)
        tails = family.tails.get(key)
        if tails is None:
            tails = family.tails[key] = self._judge(c, amounts, facts, covers)
        number, item, line = row.own(c)
        head = _head(line, number, item)
        (text, kind), other = tails
        if cover is not None and cover.permit is not None and cover.need_t is not None and other is not None and day:
            position, permit_id = len(chunk.keys), cover.permit.permit_id
            drawing = Drawing(position, day, number, item, permit_id, cover.need_t, kind, (head + other[0], other[1]))
            chunk.drawings.append(drawing)
        chunk.keys.append(_number(number, item))
        chunk.loads.append(family.load)
        chunk.lines.append(head + text)
        chunk.counts[kind] += 1

    def _family(self, row: DeclaredRow) -> _Family:
        words_of_row = row.words
        family = self._families.get(words_of_row) if words_of_row is not None else None
        if family is not None:
            return family
        if len(self._families) > _KNOWN_FAMILIES:
            self._families.clear()
        if len(self._tails) > _KNOWN_FAMILIES:
            self._tails.clear()
        c = row.read()
        facts = facts_of_words(c)
        day = self._job.on or (c.dates[0] if c.dates else None)
        signature = self._signatures.of_words(c, facts)
        tails = {} if signature is None else self._tails.setdefault(signature, {})
        family = _Family(c, facts, day, _load(c), tails)
        if words_of_row is not None:
            self._families[words_of_row] = family
        return family

    def _judge(self, c: Consignment, amounts: Amounts, facts: Facts, covers: bool) -> tuple[_Tail, _Tail | None]:
        job = self._job
        c = replace(c, gross=amounts.gross, net=amounts.net, quantities=amounts.quantities, value=amounts.value,
                    unclear=tuple(dict.fromkeys((*c.unclear, *amounts.unclear))))  # fmt: skip
        return (
            _tail_of(judge_facts(c, facts, job.rules, self._plenty, job.on), job.language),
            _tail_of(judge_facts(c, facts, job.rules, self._nothing, job.on), job.language) if covers else None,
        )

    def kind(self, c: Consignment) -> Kind:
        """What a consignment got, if it is no copy and enough is left on its permit."""
        verdict = judge_facts(c, facts_of(c, self._job.prices), self._job.rules, self._plenty, self._job.on)
        return verdict.verdict, verdict.rule_ids


def judged_chunks(job: Job, part: int, parts: int, chunk_rows: int) -> Iterator[Chunk]:
    """Every so many-th chunk of a file, judged.

    Args:
        job: What to judge.
        part: The first chunk, from 0.
        parts: From one chunk to the next.
        chunk_rows: Rows of a chunk.
    """
    clerk = Clerk(job)
    chunk, at = Chunk(), part
    for position, row in job.file.rows(lambda i: i // chunk_rows % parts == part):
        if position // chunk_rows != at:
            yield chunk
            chunk, at = Chunk(), position // chunk_rows
        clerk.judge(row, chunk)
        chunk.passed_over = job.file.passed_over
    if chunk.keys:
        yield chunk


def line_of(verdict: Verdict, language: str) -> tuple[str, Kind]:
    """The line of a verdict and its kind."""
    tail, kind = _tail_of(verdict, language)
    return _head(verdict.line, verdict.declaration_no, verdict.item) + tail, kind


def _head(line: int | None, number: str, item: str) -> str:
    """The part of a line that is the row's own."""
    place = "null" if line is None else line
    return f'{{"line":{place},"declaration_no":{_quoted(number)},"item":{_quoted(item)},'


def _quoted(text: str) -> str:
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return json.dumps(text, ensure_ascii=False)


def _tail_of(verdict: Verdict, language: str) -> _Tail:
    values = tuple((f.rule.rule_id, f.value) for f in verdict.deciding)
    return _tail(verdict.verdict, values, verdict.questions, language), (verdict.verdict, verdict.rule_ids)


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
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))[1:] + "\n"


def _number(*parts: str) -> int:
    """A 64-bit number of a key; 0 for an empty declaration number, which is never a copy."""
    if not parts[0]:
        return 0
    return int.from_bytes(hashlib.blake2b("\0".join(parts).encode(), digest_size=8).digest(), "big") | 1


def _load(c: Consignment) -> int:
    if not c.exporter or not c.dates:
        return 0
    return _number(c.exporter, c.dates[0].isoformat(), c.destination or "", c.code[:6])
