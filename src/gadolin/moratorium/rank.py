"""Which consignments to inspect first, when only some can be.

Points: 4 for a refusal, 3 for the laboratory, 2 for a document, and 1 for each open clause on evidence (composition,
value, likeness, mass, code). Among equal points the larger REO mass comes first, an unknown mass before all known ones,
then the declaration number. The points order work; they are no probability and decide nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gadolin.moratorium import words
from gadolin.moratorium.batch import natural
from gadolin.moratorium.verdict import VERDICTS, Verdict

__all__ = ["Ranked", "rank"]

_POINTS: dict[str, int] = dict(zip(VERDICTS, (0, 2, 3, 4), strict=True))
_EVIDENCE = frozenset(
    (
        "declared_oxide_treo_dry",
        "declared_oxide_loi",
        "undeclared_share",
        "treo_gap",
        "value_ratio",
        "mass_unclear",
        "code_mismatch",
        "like_raw_vector",
        "activity_spans_limit",
    )
)


@dataclass(frozen=True)
class Ranked:
    """A consignment in the order of inspection.

    Args:
        place: Place, from 1.
        verdict: Its verdict.
        points: Points.
        evidence: Clauses on evidence that gave some of them.
        reo_t: REO in it, None when not known. [t]
        tied_with: How many others have the same points.
    """

    place: int
    verdict: Verdict
    points: int
    evidence: tuple[str, ...]
    reo_t: Decimal | None
    tied_with: int

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "place": self.place,
            "declaration_no": self.verdict.declaration_no,
            "item": self.verdict.item,
            "verdict": self.verdict.verdict,
            "points": self.points,
            "why": self.why("en"),
            "reo_t": None if self.reo_t is None else float(self.reo_t),
            "tied_with": self.tied_with,
        }

    def why(self, language: str) -> str:
        """What gave the points."""
        word = words.verdict_word(self.verdict.verdict, language)
        return words.frame("evidence", language, word, ", ".join(self.evidence)) if self.evidence else word

    def text(self, language: str = "en") -> str:
        """One line, in English or Malay."""
        known = self.reo_t is not None
        mass = words.frame("mass_known", language, f"{float(self.reo_t or 0):.3f}")
        mass = mass if known else words.frame("mass_unknown", language)
        tie = words.frame("tie", language, self.tied_with) if self.tied_with else ""
        v = self.verdict
        line = words.frame("place", language, v.declaration_no, v.item, self.points, self.why(language), mass, tie)
        return f"{self.place:4}  {line}"

    def __str__(self) -> str:
        return self.text("en")


def rank(verdicts: Sequence[Verdict], most: int) -> tuple[Ranked, ...]:
    """The consignments to look at first.

    Args:
        verdicts: All verdicts of a file.
        most: How many can be inspected.
    """
    scored = []
    for v in verdicts:
        evidence = sorted({f.rule.rule_id for f in (*v.deciding, *v.also_open) if f.rule.field in _EVIDENCE})
        points = _POINTS[v.verdict] + len(evidence)
        scored.append((points, tuple(evidence), v.computed.get("reo_t"), v))
    scored.sort(key=lambda s: (-s[0], s[2] is not None, -(s[2] or 0), natural(s[3].declaration_no), s[3].item))
    ties = {points: sum(s[0] == points for s in scored) - 1 for points, _, _, _ in scored}
    return tuple(
        Ranked(i, v, points, evidence, reo, ties[points])
        for i, (points, evidence, reo, v) in enumerate(scored[:most], start=1)
        if points
    )
