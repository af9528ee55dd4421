"""Which declarations must get the same verdict, although their masses and values differ.

A clause that compares a number asks only whether the limit is broken; two declarations that agree in everything else
and on the same side of every limit get the same verdict, the same clauses and the same questions. So a long file is
judged once for each signature. A number that breaks a limit is shown with the clause and stays in the signature.

Limit: what is drawn from a permit is no part of it; the caller judges a row that cites one with and without cover.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from gadolin.moratorium.consignment import Amounts, Consignment
from gadolin.moratorium.facts import AMOUNT_FACTS, Facts
from gadolin.moratorium.rules import Rules

__all__ = ["Signatures"]

_COMPARE = frozenset(("gt", "lt", "ge", "le", "between"))


class Signatures:
    """Signatures under one set of rules.

    Args:
        rules: Dated clauses.
    """

    def __init__(self, rules: Rules) -> None:
        tests: dict[str, list[Callable[[Mapping[str, Any]], bool | None]]] = defaultdict(list)
        shown: set[str] = set()
        for rule in rules.rules:
            if rule.operator in _COMPARE:
                tests[rule.field].append(rule.test)
            else:
                shown.add(rule.field)
        self._limits = {field: tuple(found) for field, found in tests.items() if field not in shown}
        self._fields = shown

    def of_words(self, c: Consignment, facts: Facts) -> Hashable | None:
        """What decides the verdict of a declaration but for its amounts; None when it holds what cannot be compared.

        Args:
            c: The declaration.
            facts: Facts of its words.
        """
        cert = c.certificate
        found = (
            c.dates,
            c.jurisdiction,
            c.code,
            c.permits,
            c.exporter,
            c.state_of_origin,
            c.end_user_flag,
            c.description,
            c.unclear,
            None if c.value is None else c.value.currency,
            cert is not None and "Y" in cert.oxides_pct,
            facts.goods,
            tuple(facts.notes),
            tuple(facts.unclear),
            tuple(facts.not_taken),
            self._reduced(facts.values, facts.values),
        )
        try:
            hash(found)
        except TypeError:  # a list among the facts that a file declares of itself
            return None
        return found

    def of_amounts(self, facts: Facts, amounts: Amounts, need_known: bool) -> Hashable:
        """What decides beside the words and the permits left.

        Args:
            facts: All facts of the declaration.
            amounts: Its amounts.
            need_known: Whether what it draws from the permit it cites can be computed.
        """
        return (
            need_known,
            amounts.unclear,
            tuple(facts.notes),
            tuple(facts.unclear),
            self._reduced(facts.values, AMOUNT_FACTS),
        )

    def _reduced(self, values: Mapping[str, Any], names: Iterable[str]) -> tuple[Any, ...]:
        """Facts by name: of a number that breaks no limit only on which side of each it is."""
        reduced: list[Any] = []
        for name in names:
            value = values.get(name)
            if value is None:
                continue
            if name == "documents":
                reduced.append(tuple(value))
            elif isinstance(value, Decimal) and name not in self._fields:
                sides = tuple([test(values) for test in self._limits.get(name, ())])
                reduced += (name, value if True in sides else sides)
            else:
                reduced += (name, value)
        return tuple(reduced)
