"""Small worlds with an answer in closed form: what a reader checks the solver with before trusting the large one."""

from __future__ import annotations

from gadolin.market.curves import linear
from gadolin.market.world import Conduct, Demand, Process, Route, Segment, World

__all__ = ["joint_production", "leader_and_fringe", "quota_over_elements", "sellers"]

_GOOD = "oxide:Nd"


def sellers(intercept: float, slope: float, cost: float, n: int, theta: float) -> World:
    """`n` like sellers of unit cost `cost` in a market `p = intercept - slope Q`, conduct `theta`.

    Answer: Q = n (a - c) / (b (n + theta)); theta 0 is competition, 1 Cournot.

    >>> from gadolin.market import solve
    >>> round(solve(sellers(100.0, 2.0, 10.0, n=2, theta=1.0)).price("MKT", "oxide:Nd"), 6)
    40.0
    """
    names = [f"S{i}" for i in range(n)]
    return World(
        2024,
        tuple(Process(f"{s} mine", s, "mine", {_GOOD: 1.0}, cost_usd_per_kg=cost) for s in names),
        tuple(Route(_GOOD, s, "MKT") for s in names),
        (linear("MKT", _GOOD, intercept, slope),),
        conducts=tuple(Conduct(s, _GOOD, "MKT", theta, slope) for s in names),
    )


def leader_and_fringe(intercept: float, slope: float, cost: float, first: float, rise: float) -> World:
    """One Cournot seller of unit cost `cost` beside price takers who ask `first + rise q`.

    Answer: q = (a - b q_f - c) / (2 b) and a - b (q + q_f) = first + rise q_f.

    >>> from gadolin.market import solve
    >>> round(solve(leader_and_fringe(100.0, 2.0, 10.0, 20.0, 3.0)).activity("L mine"), 6)
    18.125
    """
    return World(
        2024,
        (
            Process("L mine", "L", "mine", {_GOOD: 1.0}, cost_usd_per_kg=cost),
            Process("F mine", "F", "mine", {_GOOD: 1.0}, cost_usd_per_kg=first, slope=rise),
        ),
        (Route(_GOOD, "L", "MKT"), Route(_GOOD, "F", "MKT")),
        (linear("MKT", _GOOD, intercept, slope),),
        conducts=(Conduct("L", _GOOD, "MKT", 1.0, slope),),
    )


def joint_production(
    ore_cost: float = 10.0,
    yields: tuple[float, float] = (0.3, 0.2),
    disposal: float = 1.0,
    intercept: float = 200.0,
    slope: float = 2.0,
    saturated_kt: float = 0.5,
) -> World:
    """Ore that gives Ce, of which nobody needs more, and Nd with `p = intercept - slope q`.

    Answer: p_Ce = -disposal, p_Nd = (ore cost + yield_Ce disposal) / yield_Nd.

    >>> from gadolin.market import solve
    >>> round(solve(joint_production()).price("AUS", "oxide:Nd"), 6)
    51.5
    """
    mine = Process("AUS mine", "AUS", "mine", {"concentrate:ore": 1.0}, cost_usd_per_kg=ore_cost)
    plant = Process(
        "AUS separation", "AUS", "separation", {"oxide:Ce": yields[0], "oxide:Nd": yields[1]}, {"concentrate:ore": 1.0}
    )
    dump = Process("AUS dump Ce", "AUS", "separation", {}, {"oxide:Ce": 1.0}, cost_usd_per_kg=disposal)
    cerium = Demand("AUS", "oxide:Ce", "all", (Segment(5.0, 4.0, saturated_kt),))
    return World(2024, (mine, plant, dump), (), (cerium, linear("AUS", "oxide:Nd", intercept, slope)))


def quota_over_elements(
    intercepts: tuple[float, ...] = (20.0, 40.0, 120.0, 600.0), slope: float = 2.0, home_slope: float = 3.0
) -> World:
    """A state that makes some oxides at rising cost and exports them; put one tonnage quota over all.

    Answer under a binding quota: price abroad minus price at home is the same for every oxide.

    >>> len(quota_over_elements().routes)
    4
    """
    goods = [f"oxide:{e}" for e in ("La", "Ce", "Nd", "Tb", "Dy", "Pr", "Y", "Gd")[: len(intercepts)]]
    pairs = list(zip(goods, intercepts, strict=True))
    return World(
        2024,
        tuple(
            Process(f"CHN {g}", "CHN", "separation", {g: 1.0}, cost_usd_per_kg=a / 10, slope=a / 20) for g, a in pairs
        ),
        tuple(Route(g, "CHN", "ABR", base_kt=1.0) for g in goods),
        (
            *(linear("CHN", g, a, a / 10 * home_slope) for g, a in pairs),
            *(linear("ABR", g, a * 1.5, a / 10 * slope) for g, a in pairs),
        ),
    )
