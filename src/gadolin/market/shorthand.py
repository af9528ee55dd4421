"""The short text form of a measure: `ban CHN oxide Dy,Tb to USA,JPN from 2027 for 12 months`.

    KIND ACTOR [STAGE] [GOODS] [ELEMENTS] [HS6] [NUMBERS] [to|of TARGETS] [from DATE] [until DATE | for N months]

Kinds and their numbers: ban 50%, importban 50%, quota 20000 t, licence refusal 0.3 delay 2 months ramp 6 months,
duty 25% or duty 5 USD/kg, importduty likewise, floor 110 USD/kg, offtake 65%, moratorium leak 0.1, loss separation 40%,
release 100 t, techban separation delay 3 years, subsidy separation 30%. Several measures are joined by ` + `.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from gadolin.elements import BY_SYMBOL, COMPANIONS, ELEMENTS
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.market.instruments import FIRST_YEAR, HS_KINDS, LAST_YEAR, RAW, Instrument, day
from gadolin.market.measures import (
    AdValoremDuty,
    ExportBan,
    ImportAdValoremDuty,
    ImportBan,
    ImportSpecificDuty,
    Licence,
    Quota,
    RawMoratorium,
    SpecificDuty,
)
from gadolin.market.plant_measures import BuildSubsidy, Loss, Offtake, PriceFloor, StockRelease, TechnologyBan
from gadolin.stages import GOODS, STAGES

__all__ = ["KINDS", "SHIPPED", "Shipped", "named", "parse", "parse_all"]

KINDS: dict[str, str] = {
    "ban": "50%",
    "importban": "50%",
    "quota": "20000 t",
    "licence": "refusal 0.3 delay 2 months ramp 6 months",
    "duty": "25% or 5 USD/kg",
    "importduty": "25% or 5 USD/kg",
    "floor": "110 USD/kg",
    "offtake": "65%",
    "moratorium": "leak 0.1",
    "loss": "separation 40%",
    "release": "100 t",
    "techban": "separation delay 3 years",
    "subsidy": "separation 30%",
}
"""Kinds with an example of their numbers."""

_NUMBERS = {
    "licence": ("refusal_share", "delay_months", "ramp_months"),
    "moratorium": ("leak_share",),
    "techban": ("delay_years",),
}
_AMOUNTS = {
    "share": ("ban", "importban", "duty", "importduty", "offtake", "loss", "subsidy"),
    "usd_per_kg": ("duty", "importduty", "floor"),
    "tonnes": ("quota", "release"),
}
"""Kinds that take a percentage, a price and a tonnage."""
_WORDS = ("to", "of", "from", "until", "for", "refusal", "delay", "ramp", "leak")
_ALIASES = {
    "EU": "EUU",
    "raw": ",".join(RAW),
    "licensing": "licence",
    "license": "licence",
    "oxides": "oxide",
    "metals": "metal",
    "magnets": "magnet",
}


@dataclass
class _Parts:
    """What the words of one measure say."""

    kind: str
    common: dict[str, Any] = field(default_factory=dict)
    stage: str = ""
    share: float | None = None
    usd_per_kg: float | None = None
    tonnes: float | None = None
    numbers: dict[str, Any] = field(default_factory=dict)


def parse_all(text: str) -> tuple[Instrument, ...]:
    """Measures joined by ` + `.

    >>> len(parse_all("ban CHN oxide Dy to JPN from 2027 + licence CHN magnet refusal 0.2 from 2027"))
    2
    """
    return tuple(parse(part) for part in text.split(" + "))


def parse(text: str) -> Instrument:
    """A measure from its short text form.

    Raises:
        InputError: A word that is not understood, with the nearest that would be.

    >>> print(parse("ban CHN oxide Dy,Tb to USA,JPN from 2027 for 12 months"))
    ban CHN oxide Dy,Tb to USA,JPN from 2027-01-01 until 2027-12-31
    >>> parse("licence CHN magnet refusal 0.3 delay 2 months from 2025-04").delay_months
    2.0
    """
    joined = re.sub(r"(?<=\d)\s+%", "%", text.replace(", ", ","))
    words = [_ALIASES.get(w, w) for w in joined.split() if w.lower() != "hs"]
    if len(words) < 2:
        raise InputError(
            Fault(
                'says too little; write for example "ban CHN oxide Dy,Tb to USA,JPN from 2027 for 12 months"',
                field="shock",
                value=text,
            )
        )
    kind = words[0].lower()
    kind = _ALIASES.get(kind, kind)
    if kind not in KINDS:
        raise InputError(
            Fault(
                f"is no kind of measure{did_you_mean(kind, KINDS)} (one of {', '.join(KINDS)})",
                field="shock",
                value=words[0],
            )
        )
    parts = _Parts(kind, {"actor": words[1].upper()})
    rest = iter(words[2:])
    for word in rest:
        _take(parts, word, rest, text)
    return _build(parts)


def _next(rest: Iterator[str], after: str, text: str) -> str:
    try:
        return next(rest)
    except StopIteration:
        raise InputError(Fault(f'needs a value after "{after}"', field="shock", value=text)) from None


def _number(word: str, what: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(Fault(f"must be a finite number ({what})", field="shock", value=word))
    return value


def _take(parts: _Parts, word: str, rest: Iterator[str], text: str) -> None:
    """Put one word, with the words that belong to it, where it belongs."""
    names = word.split(",")
    if word in ("to", "of"):
        parts.common["targets"] = tuple(_ALIASES.get(n.upper(), n.upper()) for n in _next(rest, word, text).split(","))
    elif word == "from":
        parts.common["start"] = _iso(_next(rest, word, text))
    elif word == "until":
        parts.common["end"] = _iso(_next(rest, word, text), last=True)
    elif word == "for":
        _lasts(parts, _number(_next(rest, word, text), "for"), _next(rest, "for", text))
    elif word in ("refusal", "leak"):
        said = _next(rest, word, text)
        percent = said.endswith("%")
        parts.numbers[f"{word}_share"] = _number(said.removesuffix("%"), word) / (100 if percent else 1)
    elif word in ("delay", "ramp"):
        count = _number(_next(rest, word, text), word)
        unit = _unit(_next(rest, f"{word} {count:g}", text))
        wanted = "years" if parts.kind == "techban" else "months"
        parts.numbers[f"{word}_{wanted}"] = count * {"yearsmonths": 12, "monthsyears": 1 / 12}.get(unit + wanted, 1)
    elif word[0] == "-" and word[1:2].isdigit():
        raise InputError(Fault("must not be negative", field="shock", value=word))
    elif word[0].isdigit() and word.endswith("%"):
        if parts.share is not None or parts.usd_per_kg is not None or parts.tonnes is not None:
            what = "percentage" if parts.share is not None else "amount"
            raise InputError(Fault(f"is a second {what}; give one", field="shock", value=word))
        parts.share = _number(word[:-1], "a percent sign") / 100
    elif word[0].isdigit() and word not in HS_KINDS:
        unit = _next(rest, word, text)
        if parts.share is not None or parts.usd_per_kg is not None or parts.tonnes is not None:
            raise InputError(Fault("is a second amount; give one", field="shock", value=f"{word} {unit}"))
        if unit.upper() == "USD/KG":
            parts.usd_per_kg = _number(word, "USD/kg")
        elif unit in ("t", "tonnes"):
            parts.tonnes = _number(word, "t")
        elif unit == "kt":
            parts.tonnes = 1000 * _number(word, "kt")
        elif unit in ("month", "months", "year", "years"):
            text = f'is no number of its own; write "delay {word} {unit}", or "for {word} {unit}" after a date'
            raise InputError(Fault(text, field="shock", value=f"{word} {unit}"))
        else:
            raise InputError(Fault("is no unit here; write t, kt, % or USD/kg", field="shock", value=unit))
    elif all(n in HS_KINDS for n in names):
        parts.common["hs6"] = tuple(names)
    elif all(n in GOODS for n in names) and not (parts.kind in ("loss", "techban", "subsidy") and word in STAGES):
        parts.common["goods"] = tuple(names)
    elif word in STAGES:
        parts.stage = word
    elif all(n in ELEMENTS for n in names):
        parts.common["elements"] = tuple(names)
    else:
        raise InputError(_not_understood(names))


def _unit(word: str) -> str:
    for unit in ("months", "years"):
        if word in (unit, unit[:-1]):
            return unit
    raise InputError(Fault("is no duration; write months or years", field="shock", value=word))


def _iso(text: str, last: bool = False) -> str:
    found = day(text, last)
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise InputError(Fault(f"must lie in {FIRST_YEAR} to {LAST_YEAR}", field="shock", value=text))
    return found.isoformat()


def _lasts(parts: _Parts, count: float, unit: str) -> None:
    """End of a measure that lasts some months from its start."""
    if "start" not in parts.common:
        raise InputError(Fault('needs "from DATE" before "for"', field="shock"))
    months = round(count * (12 if _unit(unit) == "years" else 1))
    start = dt.date.fromisoformat(parts.common["start"])
    if months < 1:
        raise InputError(Fault("must be at least one month", field="shock", value=f"{count:g} {unit}"))
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if year > LAST_YEAR:
        raise InputError(Fault(f"must end by {LAST_YEAR}", field="shock", value=f"{count:g} {unit}"))
    end = dt.date(year, month + 1, min(start.day, 28)) - dt.timedelta(days=1)
    parts.common["end"] = end.isoformat()


def _not_understood(names: list[str]) -> list[Fault]:
    """Faults for words that are no good, element, stage or heading."""
    known = (*GOODS, *ELEMENTS, *STAGES, *HS_KINDS, *_WORDS)
    faults: list[Fault] = []
    for name in names:
        if name in known:
            continue
        if name in COMPANIONS:
            text = "is no rare earth of the balance"
        elif symbol := _symbol(name):
            text = f'is not known here; did you mean "{symbol}"?'
        else:
            near = did_you_mean(name, known)
            text = f"is no good, element, stage or heading{near}"
            text += "" if near else f" (elements: {', '.join(ELEMENTS)}; goods: {', '.join(GOODS)})"
        faults.append(Fault(text, field="shock", value=name))
    return faults or [Fault("mixes goods and elements; part them with a space", field="shock", value=",".join(names))]


def _symbol(word: str) -> str:
    """Symbol of an element that a word writes otherwise: dy, DY, dysprosium, Disprosium."""
    if word.capitalize() in ELEMENTS:
        return word.capitalize()
    names = {e.name: s for s, e in BY_SYMBOL.items()}
    near = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.8)
    return names[near[0]] if near else ""


def _need(value: float | None, kind: str) -> float:
    if value is None:
        raise InputError(Fault(f"needs its number, for example {KINDS[kind]}", field="shock", value=kind))
    return value


def _build(parts: _Parts) -> Instrument:
    """The measure of some parts."""
    kind, common, numbers = parts.kind, parts.common, parts.numbers
    if parts.stage and kind not in ("loss", "techban", "subsidy"):
        raise InputError(
            Fault(f"{kind} takes goods, not a stage; write oxide, metal, magnet ...", field="shock", value=parts.stage)
        )
    strange = sorted(set(numbers) - set(_NUMBERS.get(kind, ())))
    if strange:
        words = ", ".join(name.split("_")[0] for name in strange)
        raise InputError(Fault(f"does not take {words}; its numbers are {KINDS[kind]}", field="shock", value=kind))
    for amount, what in (("share", "a percentage"), ("usd_per_kg", "a price"), ("tonnes", "a tonnage")):
        if getattr(parts, amount) is not None and kind not in _AMOUNTS[amount]:
            raise InputError(Fault(f"does not take {what}; its numbers are {KINDS[kind]}", field="shock", value=kind))
    full = 1.0 if parts.share is None else parts.share
    if kind in ("ban", "importban"):
        return (ExportBan if kind == "ban" else ImportBan)(**common, depth_share=full)
    if kind == "quota":
        return Quota(**common, quota_t_gross=_need(parts.tonnes, kind))
    if kind == "licence":
        if not numbers:
            _need(None, kind)
        return Licence(**common, **numbers)
    if kind in ("duty", "importduty"):
        if parts.usd_per_kg is not None:
            specific = SpecificDuty if kind == "duty" else ImportSpecificDuty
            return specific(**common, duty_usd_per_kg=parts.usd_per_kg)
        rate = _need(parts.share, kind)
        return (AdValoremDuty if kind == "duty" else ImportAdValoremDuty)(**common, rate_share=rate)
    if kind == "floor":
        return PriceFloor(**common, floor_usd_per_kg=_need(parts.usd_per_kg, kind))
    if kind == "offtake":
        return Offtake(**common, share=_need(parts.share, kind))
    if kind == "moratorium":
        return RawMoratorium(**common, **numbers)
    if kind == "loss":
        return Loss(**common, stage=parts.stage, depth_share=full)
    if kind == "release":
        return StockRelease(**common, release_t_product=_need(parts.tonnes, kind))
    if kind == "techban":
        if not numbers:
            _need(None, kind)
        return TechnologyBan(**common, stage=parts.stage, **numbers)
    return BuildSubsidy(**common, stage=parts.stage, share=_need(parts.share, kind))


class Shipped(NamedTuple):
    """A shock that ships under a name.

    Args:
        text: Its measures in their short form.
        about: What it stands for, and what it is made of.
        title: What it is called, with its own dates.
        moved: The same when it is moved to other dates, which follow.
    """

    text: str
    about: str
    title: str
    moved: str


SHIPPED: dict[str, Shipped] = {
    "pause-ends": Shipped(
        "licence CHN oxide,metal,alloy Eu,Ho,Er,Tm,Yb refusal 0.2 delay 2 months ramp 6 months from 2026-11-11 + "
        "licence CHN magnet refusal 0 ramp 3 months from 2026-11-11",
        "the pause of the Chinese rules of October 2025 ends on 10 November 2026 and they bind at once: licences for "
        "five more elements, and magnets wait at customs as they did from April to June 2025, when 46 % of the usual "
        "tonnage passed and July was back at the old level (derived from the monthly exports of the magnets table); "
        "refusal, delay and ramp of the oxides and metals are estimates without a source",
        "the pause of the Chinese rules ends on 10 November 2026",
        "the Chinese rules of October 2025 bind",
    ),
}
"""Shocks by name. Rooms above name them; nobody writes them out a second time."""


def named(text: str) -> tuple[Instrument, ...]:
    """Measures of a text; a part of it may be the name of a shipped shock, with dates of its own.

    >>> len(named("pause-ends"))
    2
    >>> print(named("pause-ends from 2028 for 24 months")[1])
    licence CHN magnet refusal 0 ramp 3 months from 2028-01-01 until 2029-12-31
    """
    found: list[Instrument] = []
    for part in text.split(" + "):
        name, _, dates = part.strip().partition(" ")
        if name in SHIPPED:
            found += _dated(parse_all(SHIPPED[name].text), dates, part)
        elif name and name == part.strip() and name.lower() not in KINDS:
            near = did_you_mean(name, (*SHIPPED, *KINDS))
            what = f"is no shipped shock{near} (shipped: {', '.join(SHIPPED)}) and no measure; write for example"
            raise InputError(
                Fault(f'{what} "ban CHN oxide Dy,Tb to USA,JPN from 2027 for 12 months"', field="shock", value=name)
            )
        else:
            found.append(parse(part))
    return tuple(found)


def _dated(measures: tuple[Instrument, ...], dates: str, text: str) -> list[Instrument]:
    """The measures of a shipped shock, moved to other dates where some are given."""
    if not dates:
        return list(measures)
    parts = _Parts("dates")
    rest = iter(dates.split())
    for word in rest:
        if word not in ("from", "until", "for"):
            raise InputError(
                Fault("takes only dates: from DATE, until DATE or for N months", field="shock", value=text.strip())
            )
        _take(parts, word, rest, text)
    return [replace(m, **parts.common) for m in measures]
