"""Many consignments: duplicates, split loads, and the order in which permits are drawn.

Permits are drawn by date, declaration number and item, never by the order of the file; only MAY LEAVE books. A second
copy of a declaration is held and not judged; two copies with other content are both held. Declarations of one day, one
exporter, one destination and one code are shown as one load.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from gadolin.moratorium.consignment import Consignment
from gadolin.moratorium.facts import Prices
from gadolin.moratorium.goods import read_goods
from gadolin.moratorium.judge import judge
from gadolin.moratorium.rules import Rules
from gadolin.moratorium.terms import Permits
from gadolin.moratorium.verdict import HELD_DOCUMENT, VERDICTS, Finding, Verdict

__all__ = ["Checked", "check_all"]


@dataclass(frozen=True)
class Checked:
    """The verdicts on a set of consignments, in the order given.

    Args:
        verdicts: One each.
        left_before_t: Tonnes left on the cited permit before each, None without one. [t]
        permits: The book after all draws.
    """

    verdicts: tuple[Verdict, ...]
    left_before_t: tuple[Any, ...]
    permits: Permits

    @property
    def counts(self) -> dict[str, int]:
        """How many got each verdict."""
        return {name: sum(v.verdict == name for v in self.verdicts) for name in VERDICTS}

    @property
    def ok(self) -> bool:
        """Whether every one may leave."""
        return all(v.verdict == VERDICTS[0] for v in self.verdicts)


def check_all(
    consignments: Iterable[Consignment],
    rules: Rules,
    permits: Permits | None = None,
    on: date | None = None,
    prices: Prices | None = None,
) -> Checked:
    """Judge consignments together, drawing permits as they leave.

    Args:
        consignments: All items of the file, in its order.
        rules: Dated clauses.
        permits: Book that is drawn; None for an empty one.
        on: Day to judge on; None for each one's own date.
        prices: Prices for the value test.

    Returns:
        Verdicts in the order given; the order of the file changes none of them.
    """
    given = list(consignments)
    book = permits if permits is not None else Permits()
    copies: dict[tuple[str, str], list[int]] = {}
    for i, c in enumerate(given):
        copies.setdefault((c.declaration_no, c.item), []).append(i)
    verdicts: list[Verdict | None] = [None] * len(given)
    left: list[Any] = [None] * len(given)
    loads = split_loads(given)
    for i in sorted(range(len(given)), key=lambda i: order_key(given[i], i)):
        c = given[i]
        same = copies[c.declaration_no, c.item] if c.declaration_no else [i]
        left[i] = next((book.left_t(p) for p in c.permits if book.terms(p)), None)
        if len(same) > 1 and (i != same[0] or any(content(given[j]) != content(c) for j in same)):
            verdicts[i] = copy_verdict(c, rules, len(same))
            continue
        verdict = judge(c, rules, book, on, prices)
        if verdict.draws:
            book.draw(*verdict.draws)
        if i in loads:
            verdict = replace(verdict, notes=(*verdict.notes, f"SPLIT_LOAD {', '.join(loads[i])}"))
        verdicts[i] = verdict
    return Checked(tuple(v for v in verdicts if v is not None), tuple(left), book)


def content(c: Consignment) -> Consignment:
    """A consignment without its place in the file, to compare copies."""
    return replace(c, line=None)


def order_key(c: Consignment, position: int) -> tuple[Any, ...]:
    """Order in which permits are drawn: date, declaration number, item (by number where they are numbers)."""
    return (c.dates[0] if c.dates else date.max, natural(c.declaration_no), natural(c.item), position)


def natural(text: str) -> tuple[Any, ...]:
    """A sort key in which R-9 comes before R-10.

    >>> sorted(["R-10", "R-9"], key=natural)
    ['R-9', 'R-10']
    """
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.findall(r"\d+|\D+", text))


def split_loads(given: list[Consignment]) -> dict[int, tuple[str, ...]]:
    """Other declarations that look like parts of one load, for each position that has any."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for i, c in enumerate(given):
        if c.exporter and c.dates:
            key = (c.exporter, c.dates[0], c.destination, c.code[:6])
            groups.setdefault(key, []).append(i)
    found: dict[int, tuple[str, ...]] = {}
    for members in groups.values():
        numbers = {given[i].declaration_no for i in members}
        if len(numbers) > 1:
            for i in members:
                found[i] = tuple(sorted(numbers - {given[i].declaration_no}, key=natural))
    return found


def copy_verdict(c: Consignment, rules: Rules, copies: int) -> Verdict:
    """The verdict on a row that repeats a declaration: held, not judged."""
    goods = read_goods(c.description, c.code)
    day = c.dates[0] if c.dates else None
    live = rules.live(c.jurisdiction, day, goods.stage, c.code) if day else ()
    deciding = tuple(Finding(rule, "yes") for rule in live if rule.field == "duplicate")
    return Verdict(
        c.declaration_no,
        c.item,
        HELD_DOCUMENT,
        day,
        goods.stage,
        goods.form,
        goods.elements,
        goods.code_mismatch,
        deciding,
        questions=(("duplicate", c.declaration_no, c.item, str(copies)),),
        dates=c.dates,
        line=c.line,
    )
