"""Measures in words: `China stops exports of oxides of Dy, Tb to Japan in 2027`, for readers who type no short form.

One sentence per measure, without an end mark. Regions are named as the caller names them; a code without a name stays
a code. English only: papers in other languages have their own wording.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gadolin.market.instruments import RAW, Instrument, day
from gadolin.market.shorthand import SHIPPED, named
from gadolin.stages import STAGE_WORDS

__all__ = ["in_words", "title_of"]

_PLURAL = {"ore": "ores", "concentrate": "concentrates", "mixed_carbonate": "mixed carbonates"}
_PLURAL |= {"mixed_oxide": "mixed oxides", "oxide": "oxides", "metal": "metals", "alloy": "alloys", "magnet": "magnets"}
_PLURAL |= {"scrap": "scrap", "device": "devices"}


_ALL = "all rare-earth goods"
_REST = {"RST": "the rest of the world"}


def title_of(text: str, names: Mapping[str, str] | None = None) -> str:
    """What a text of measures is called: the title of a shipped shock, or its measures in words.

    Args:
        text: Measures in their short form, or the name of a shipped shock, with dates of its own or without.
        names: Name of each region by its code.

    >>> title_of("pause-ends")
    'the pause of the Chinese rules ends on 10 November 2026'
    >>> title_of("ban CHN oxide Dy,Tb to JPN from 2027 for 12 months", {"CHN": "China", "JPN": "Japan"})
    'China stops exports of oxides of Dy and Tb to Japan in 2027'
    """
    parts = []
    for part in (p.strip() for p in text.split(" + ")):
        name, _, dates = part.partition(" ")
        if name in SHIPPED:
            parts.append(SHIPPED[name].title if not dates else f"{SHIPPED[name].moved} {dates}")
        else:
            parts += [in_words(m, names) for m in named(part)]
    return "; ".join(parts)


def in_words(measure: Instrument, names: Mapping[str, str] | None = None) -> str:
    """A measure as a sentence.

    Args:
        measure: The measure.
        names: Name of each region by its code.

    >>> from gadolin.market.shorthand import parse
    >>> in_words(parse("loss MMR mine 60% from 2026-07"), {"MMR": "Myanmar"})
    'Myanmar loses 60 % of its mine output from 1 July 2026 on'
    """
    known = _REST | dict(names or {})
    said = {name: getattr(measure, name) for name in measure.__dataclass_fields__}
    words = _DOES[measure.kind](said, _goods(measure))
    aimed = _listed([known.get(r, r) for r in measure.targets])
    way = "from" if measure.incoming or measure.kind == "techban" else "to"
    does, colon, effect = words.partition(":")
    to = f" {way} {aimed}" if aimed else ""
    firms = f", by {_listed(measure.firms)} alone" if measure.firms else ""
    return f"{known.get(measure.actor, measure.actor)} {does}{to}{firms}{_when(measure)}{colon}{effect}"


def _goods(measure: Instrument) -> str:
    kinds = _listed([_PLURAL[g] for g in measure.goods])
    elements = _listed(measure.elements)
    headings = f"heading {_listed(measure.hs6)}" if measure.hs6 else ""
    joint = " with " if set(measure.goods) & {"magnet", "alloy", "scrap", "device", *RAW} else " of "
    what = joint.join(part for part in (kinds, elements) if part) if kinds else elements
    if not what and not headings:
        return _ALL
    return f"{what or 'goods'} under {headings}" if headings else what


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else list(words))


def _when(measure: Instrument) -> str:
    """The time in words; nothing where no date is given."""
    start = day(measure.start)
    if measure.start == "1900":
        return "" if measure.end is None else f" until {_date(measure.end, last=True)}"
    if measure.end is None:
        return f" from {_date(measure.start)} on"
    end = day(measure.end, last=True)
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31):
        return f" in {start.year}" if start.year == end.year else f" in {start.year} to {end.year}"
    return f" from {_date(measure.start)} to {_date(measure.end, last=True)}"


def _date(text: str, last: bool = False) -> str:
    found = day(text, last)
    return f"{found.day} {found:%B %Y}"


def _share(value: float) -> str:
    return f"{100 * value:g} %"


def _ban(said: dict[str, Any], goods: str, what: str = "exports") -> str:
    return (
        f"stops {what} of {goods}"
        if said["depth_share"] == 1
        else f"stops {_share(said['depth_share'])} of its {what} of {goods}"
    )


def _licence(said: dict[str, Any], goods: str) -> str:
    terms = [f"refuses {_share(said['refusal_share'])}"] if said["refusal_share"] else []
    terms += [f"gives the first after {said['delay_months']:g} months"] if said["delay_months"] else []
    terms += [f"is back at the usual pace {said['ramp_months']:g} months later"] if said["ramp_months"] else []
    return f"licenses exports of {goods}" + (f" ({', '.join(terms)})" if terms else "")


def _duty(said: dict[str, Any], goods: str, what: str = "exports") -> str:
    rate = f"{said['duty_usd_per_kg']:g} USD/kg" if "duty_usd_per_kg" in said else _share(said["rate_share"])
    return f"puts a duty of {rate} on {what} of {goods}"


def _stage(said: dict[str, Any]) -> str:
    return STAGE_WORDS[said["stage"]] if said["stage"] else ""


def _loss(said: dict[str, Any], goods: str) -> str:
    how = "all" if said["depth_share"] == 1 else _share(said["depth_share"])
    of = "" if goods == _ALL else f" of {goods}"
    return f"loses {how} of its {' '.join(w for w in (_stage(said), 'output') if w)}{of}"


def _techban(said: dict[str, Any], goods: str) -> str:
    effect = [f"come {said['delay_years']:g} years later"] if said["delay_years"] else []
    effect += [f"cost {said['cost_factor']:g} times as much"] if said["cost_factor"] > 1 else []
    what = " ".join(part for part in (_stage(said), "technology") if part)
    return f"withholds {what}" + (f": new plants {' and '.join(effect)}" if effect else "")


def _subsidy(said: dict[str, Any], goods: str) -> str:
    return f"pays {_share(said['share'])} of the capital of new {' '.join(w for w in (_stage(said), 'plants') if w)}"


def _moratorium(said: dict[str, Any], goods: str) -> str:
    return f"lets no {goods} leave" + (f" ({_share(said['leak_share'])} leak)" if said["leak_share"] else "")


def _release(said: dict[str, Any], goods: str) -> str:
    return f"sells {said['release_t_product']:,g} t of {goods} from a stock outside the market"


_DOES: dict[str, Callable[[dict[str, Any], str], str]] = {
    "ban": _ban,
    "importban": lambda said, goods: _ban(said, goods, "imports"),
    "quota": lambda said, goods: f"lets {said['quota_t_gross']:,g} t a year of {goods} leave",
    "licence": _licence,
    "duty": _duty,
    "importduty": lambda said, goods: _duty(said, goods, "imports"),
    "floor": lambda said, goods: f"guarantees its makers {said['floor_usd_per_kg']:g} USD/kg for {goods}",
    "offtake": lambda said, goods: f"sends at least {_share(said['share'])} of its {goods}",
    "moratorium": _moratorium,
    "loss": _loss,
    "release": _release,
    "techban": _techban,
    "subsidy": _subsidy,
}
"""What each kind does. What follows a colon comes after the targets and the dates."""
