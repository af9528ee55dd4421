"""The reply to Parliament: a written answer of at most 250 words, in English or Malay, each figure with its ref.

In order: deposits, gap, dependence, partners and engagements, moratorium, research, and what is not known. Every
sentence is a whole template of the catalogue; nothing is glued. A count rests on the rows that were counted; the
brackets show the first of them and how many more. With an earlier run the answer ends with what changed since.
Limits: it says what is on record, not what is true; the Malay is not yet confirmed by a native reader.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadolin.brief import words
from gadolin.brief.reply_changes import Day, Item, cell_of, changes, count_of, iso_of
from gadolin.brief.section import Fact, Paragraph
from gadolin.case import Case
from gadolin.errors import InputError
from gadolin.figures.text import date_text
from gadolin.position import Position
from gadolin.quantity import Quantity, span
from gadolin.row_units import ROW_UNITS

__all__ = ["MOST_WORDS", "Reply", "reply"]

MOST_WORDS, REFS_SHOWN, CHANGES_SHOWN = 250, 2, 4
_KINDS = {
    "potential": "Potential in the ground, not proven: {tonnes}.",
    "resource": "Identified in part as a resource: {tonnes}.",
    "reserve": "Reserve: {tonnes}.",
}
_SHARES = {
    "mine": "{country} mines {share} of world output.",
    "separation": "It separates {share}.",
    "separation_heavy": "Of heavy rare earths it separates {share}.",
    "magnet": "It makes {share} of magnets.",
}
_RUNNING = ("running", "pilot", "bench", "demonstration")


@dataclass(frozen=True)
class Reply:
    """A written answer.

    Args:
        language: `en` or `ms`.
        subject: Its heading.
        items: Its sentences in order.
        changed: What changed since an earlier run, as far as the words allow; empty when none was given.
        differs: Names of all figures that changed.
    """

    language: str
    subject: str
    items: tuple[Item, ...]
    changed: tuple[Item, ...] = ()
    differs: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The answer as printed."""
        return "\n".join([self.subject, *(self._sentence(i.paragraph) for i in (*self.items, *self.changed))])

    @property
    def word_count(self) -> int:
        """Words of the answer; what stands in square brackets does not count."""
        return len(re.sub(r"\[[^\]]*\]", "", self.text).split())

    def _sentence(self, paragraph: Paragraph) -> str:
        say = words.translator(self.language)
        printed = ""
        for piece in paragraph.pieces():
            printed += piece if isinstance(piece, str) else f"{_shown(piece, say)} [{_refs(piece.refs)}]"
        return printed

    def frame(self) -> pd.DataFrame:
        """Every figure as a row of a run's table, named `SENTENCE.PLACE`; what `since` compares."""
        rows = {f"{i.key}.{place}": value for i in self.items for place, value in i.paragraph.values.items()}
        return pd.DataFrame(
            {
                "text": [iso_of(v) if isinstance(v, Fact) else None for v in rows.values()],
                **{
                    end: pd.array([getattr(v, end, None) for v in rows.values()], dtype="Float64")
                    for end in ("value", "low", "high")
                },
                "unit": [v.unit if isinstance(v, Quantity) else None for v in rows.values()],
                "basis": [v.basis for v in rows.values()],
                "refs": [list(v.refs) for v in rows.values()],
            },
            index=pd.Index(list(rows), name="row_id"),
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: the text, its length, and every figure with all its refs."""
        return {
            "language": self.language,
            "text": self.text,
            "words": self.word_count,
            "facts": {
                f"{i.key}.{place}": value.as_dict()
                if isinstance(value, Quantity)
                else {"text": value.text, "basis": value.basis, "refs": list(value.refs)}
                for i in self.items
                for place, value in i.paragraph.values.items()
            },
            "changed": list(self.differs),
        }

    def __str__(self) -> str:
        return self.text


def reply(
    case: Case, found: Position, language: str = "en", since: pd.DataFrame | None = None, since_id: str = ""
) -> Reply:
    """The written answer for a case.

    Args:
        case: The case.
        found: Its position.
        language: `en` or `ms`.
        since: Table `reply` of an earlier run; None for none.
        since_id: Id of that run.

    Raises:
        InputError: No such language, a sentence that the catalogue lacks, or more than 250 words.
    """
    say = words.translator(language)
    name = _country(case, case.country, say)
    subject = say("WRITTEN ANSWER (DRAFT): rare earths of {country}").format(country=name)
    items = tuple(_Writer(case, found, say, language).items())
    made = Reply(language, subject, items)
    if since is not None:
        new = made.frame()
        differs = tuple(k for k in dict.fromkeys([*new.index, *since.index]) if cell_of(new, k) != cell_of(since, k))
        fits = (
            Reply(
                language,
                subject,
                items,
                tuple(changes(differs[:shown], differs, new, since, since_id, language)),
                differs,
            )
            for shown in range(CHANGES_SHOWN, -1, -1)
        )
        made = next(r for r in fits if r.word_count <= MOST_WORDS or not r.changed[2:])
    if made.word_count > MOST_WORDS:
        raise InputError(f"the reply has {made.word_count} words; at most {MOST_WORDS} are allowed")
    return made


class _Writer:
    """Writes the sentences of one language."""

    def __init__(self, case: Case, found: Position, say: words.Say, language: str) -> None:
        self.case, self.found, self.say, self.language = case, found, say, language

    def items(self) -> Iterator[Item]:
        """All sentences in order."""
        for part in (self.data, self.deposits, self.gap, self.dependence, self.engagements, self.moratorium):
            yield from part()
        yield from self.research()
        yield from self.unknown()

    def item(self, key: str, template: str, values: Mapping[str, Quantity | Fact], plain: str = "") -> Item:
        """A sentence; `plain` fills the place `{list}` with words that hold no figure."""
        return Item(key, Paragraph(self.say(template).replace("{list}", plain), values))

    def date(self, iso: str, ref: str) -> Day:
        return Day(date_text(iso, self.language), (ref,), "reported", iso)

    def names(self, names: Sequence[str]) -> str:
        """`a, b and c` in the language."""
        return self.say.list(names)

    def data(self) -> Iterator[Item]:
        sources = self.case.table("sources")
        dated = sources["date"][sources["date"].str.len() == 10].dropna()
        dated = dated[dated <= self.case.data_date]
        if len(dated):
            day = self.date(str(dated.max()), f"sources:{dated.idxmax()}:date")
            yield self.item("data", "Newest source: {date}.", {"date": day})

    def deposits(self) -> Iterator[Item]:
        estimates = self.found.deposits.national
        if not estimates:
            yield self.item("deposits", "No national estimate of deposits is on record.", {})
        for kind, template in _KINDS.items():
            groups: dict[str, list[Quantity]] = {}
            for e in estimates:
                if e.kind == kind:
                    groups.setdefault(e.deposit_id, []).append(e.tonnes)
            if groups:
                largest = max(groups.values(), key=lambda qs: max(q.value or 0.0 for q in qs))
                yield self.item(f"deposits.{kind}", template, {"tonnes": _side_by_side(largest, "t")})

    def gap(self) -> Iterator[Item]:
        sentences = {
            "own": "Working under owners at home: {list}.",
            "missing": "On record no plant at home makes: {list}.",
            "planned": "Only planned: {list}.",
            "construction": "Being built: {list}.",
            "foreign": "Owned abroad: {list}.",
        }
        for state, template in sentences.items():
            rungs = [self.say(f"rung.{rung.key}") for rung in self.found.ladder.rungs if rung.state == state]
            if rungs:
                yield self.item(f"gap.{state}", template, {}, self.names(rungs))

    def dependence(self) -> Iterator[Item]:
        leading = self.found.dependence.leading_country
        name = _country(self.case, leading, self.say)
        for stage, template in _SHARES.items():
            groups = self.found.dependence.leading_by_definition(stage)
            if groups:
                # the last two years, since one source of the last year would hide that others contradict it
                latest = [g.leading for g in groups if g.year >= groups[0].year - 1]
                sentence = self.say(template).replace("{country}", name)
                share = _side_by_side(latest, latest[0].unit)
                yield Item(f"dependence.{stage}", Paragraph(sentence, {"share": share}))

    def engagements(self) -> Iterator[Item]:
        meetings = self.found.rules.engagements
        if not meetings:
            yield self.item("engagements", "No engagement with a foreign counterpart is on record.", {})
            return
        partners = Counter(c for m in meetings for c in m.counterparts)
        refs = [f"agreements:{m.row_id}:date" for m in meetings]
        latest = max(meetings, key=lambda m: m.date)
        often = [_country(self.case, c, self.say) for c, _ in sorted(partners.items(), key=lambda p: (-p[1], p[0]))[:3]]
        yield self.item(
            "engagements",
            "Engagements on record: {meetings}; countries met: {countries}, most often {list}; latest: {date}.",
            {
                "meetings": count_of(len(meetings), refs),
                "countries": count_of(len(partners), refs),
                "date": self.date(latest.date, f"agreements:{latest.row_id}:date"),
            },
            self.names(often),
        )

    def moratorium(self) -> Iterator[Item]:
        bans = sorted(
            (p for p in self.found.rules.at_home if p.instrument == "export_ban" and p.start),
            key=lambda p: (p.start, p.row_id),
        )
        if not bans:
            yield self.item("moratorium", "No export ban on rare earths is in force on record.", {})
            return
        start = self.date(str(bans[0].start), self.case.ref("policies", bans[0].row_id, "effective_date"))
        yield self.item("moratorium", "The export of raw rare earths is banned since {start}.", {"start": start})
        for ban in [b for b in bans if b.end]:
            end = self.date(str(ban.end), self.case.ref("policies", ban.row_id, "end_date"))
            yield self.item(f"moratorium.{ban.row_id}", "The phase now decided ends on {end}.", {"end": end})

    def research(self) -> Iterator[Item]:
        table = self.case.table("rd_projects")
        own = table[table["country_iso3"] == self.case.country]
        if own.empty:
            yield self.item("research", "No research project is on record.", {})
            return
        running = own[own["status"].isin(_RUNNING)]
        yield self.item(
            "research",
            "Research projects on record: {projects}; running or at bench or pilot scale: {running}.",
            {
                "projects": count_of(len(own), self._cells("rd_projects", own.index)),
                "running": count_of(
                    len(running), self._cells("rd_projects", running.index if len(running) else own.index)
                ),
            },
        )

    def unknown(self) -> Iterator[Item]:
        estimates = self.found.deposits.national
        vague = [e for e in estimates if e.tonnes.unit == ROW_UNITS["t_not_stated"]]
        if vague:
            yield self.item(
                "unknown.tonnes",
                "We do not know of what the tonnes are in {vague} of {all} national estimates.",
                {
                    "vague": count_of(len(vague), [r for e in vague for r in e.tonnes.refs]),
                    "all": count_of(len(estimates), [r for e in estimates for r in e.tonnes.refs]),
                },
            )
        ores = self.found.deposits.compositions
        guessed = [c for c in ores if c.basis in ("estimate", "memory")]
        if guessed:
            every = [q.refs[0] for c in ores for q in list(c.shares_pct.values())[:1] if q.refs]
            yield self.item(
                "unknown.compositions",
                "Ore compositions that are estimates, not measured at home: {guessed} of {all}.",
                {"guessed": count_of(len(guessed), every), "all": count_of(len(ores), every)},
            )
        silent = [p for rung in self.found.ladder.rungs for p in rung.plants if not p.capacity.known]
        if silent:
            refs = [r for p in silent for r in p.capacity.refs]
            yield self.item("unknown.capacity", "Plants whose capacity is not reported: {plants}.",
                            {"plants": count_of(len(silent), refs)})  # fmt: skip

    def _cells(self, table: str, rows: Iterable[Any]) -> list[str]:
        return [self.case.ref(table, str(row), "status") for row in rows]


def _side_by_side(found: Sequence[Quantity], unit: str) -> Quantity:
    """One source as it is; several as their median with their span."""
    if len(found) == 1:
        one = found[0]
        return Quantity(one.value, unit, one.low, one.high, one.basis, one.refs, one.reason)
    return span(found, unit, "span of the sources")


def _country(case: Case, iso3: str, say: words.Say) -> str:
    """Name of a country; its ISO3 code where the language's catalogue lacks it."""
    name = str(case.table("countries")["name"].get(iso3, iso3))
    try:
        return say(name)
    except InputError:
        return iso3


def _shown(value: Quantity | Fact, say: words.Say) -> str:
    return value.text if isinstance(value, Fact) else words.quantity_text(value, say)


def _refs(refs: Sequence[str]) -> str:
    more = f"; +{len(refs) - REFS_SHOWN}" if len(refs) > REFS_SHOWN else ""
    return "; ".join(refs[:REFS_SHOWN]) + more
