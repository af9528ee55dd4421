"""Futures of the market alone: `market.toml` of a case where there is one, else the ranges of the factors.

What strategies are held against (`futures.toml`) is the strategy room's; this file changes stress tests, and with
`[priors]` (see `market_priors`) the world itself.

shocks = ["ban CHN oxide Dy to JPN from 2027 for 12 months"]     # every future has them
clays = ["xinfeng", "xunwu"]

[ranges]
elasticity_factor = [0.5, 1.5]

[[correlations]]
factors = ["demand_growth_share", "supply_growth_share"]
rank = 0.6

[[futures]]                         # instead of drawn ones: the user's own, with odds if they are known
id = "calm"
odds = 0.7
factors = { demand_growth_share = 0.04 }
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gadolin.case.inputs.market import CLAYS
from gadolin.case.toml_lines import line_of, lines_of, read_toml
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.market.futures import Future, sample
from gadolin.market.instruments import Instrument
from gadolin.market.shorthand import named

if TYPE_CHECKING:
    from gadolin.case.load import Case

__all__ = ["futures_of"]

_FILE = "market.toml"
_KEYS = ("shocks", "clays", "ranges", "correlations", "futures", "priors")


def futures_of(case: Case, count: int, seed: int = 1) -> tuple[Future, ...]:
    """Futures of a case: those it lists, or drawn ones within its ranges.

    Args:
        case: Case; its folder may hold `market.toml`.
        count: How many are drawn; does not touch a list of the case's own.
        seed: Seed of the draws.

    Raises:
        InputError: Faults of the file, with their lines.
    """
    path = None if case.folder is None else case.folder / _FILE
    if path is None or not path.exists():
        return sample(count, seed)
    given = read_toml(path)
    lines = lines_of(path.read_text("utf-8"))

    def fault(key: str, text: str, value: Any = None) -> Fault:
        return Fault(text, _FILE, line_of(lines, key), key, value)

    faults = [
        fault(k, f"is no key{did_you_mean(k, _KEYS)} (keys: {', '.join(_KEYS)})") for k in given if k not in _KEYS
    ]
    shocks: list[Instrument] = []
    for n, text in enumerate(given.get("shocks", [])):
        try:
            shocks += named(str(text))
        except InputError as error:
            faults += [fault(f"shocks[{n}]", f.allowed, f.value) for f in error.faults]
    clays = tuple(given.get("clays", CLAYS))
    faults += [fault("clays", f"is no clay here (one of {', '.join(CLAYS)})", c) for c in clays if c not in CLAYS]
    ranges: dict[str, tuple[float, float]] = {}
    for name, span in given.get("ranges", {}).items():
        if not (isinstance(span, list) and len(span) == 2 and all(isinstance(v, int | float) for v in span)):
            faults.append(fault(f"ranges.{name}", "must be two numbers, [low, high]", str(span)))
        else:
            ranges[name] = (float(span[0]), float(span[1]))
    pairs: dict[tuple[str, str], float] = {}
    for n, pair in enumerate(given.get("correlations", [])):
        factors = pair.get("factors", [])
        if len(factors) != 2 or not isinstance(pair.get("rank"), int | float) or abs(pair["rank"]) >= 1:
            faults.append(fault(f"correlations[{n}]", "needs two factors and a rank correlation between -1 and 1"))
        else:
            pairs[str(factors[0]), str(factors[1])] = float(pair["rank"])
    own: list[Future] = []
    for n, one in enumerate(given.get("futures", [])):
        try:
            own.append(Future(str(one.get("id", n)), one.get("factors", {}), tuple(shocks), one.get("odds")))
        except InputError as error:
            faults += [fault(f"futures[{n}]", f.allowed, f.value) for f in error.faults]
    if faults:
        raise InputError(faults)
    return tuple(own) or sample(count, seed, tuple(shocks), ranges, clays, pairs)
