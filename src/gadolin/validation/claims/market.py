"""Market results held against closed forms and published events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gadolin.validation.board import Check, compare

FILES = ("risk_reference_values.json",)

Read = Callable[[str], Any]


def accepts(name: str, document: Any) -> bool:
    """Whether a user's document has rows in the form of the shipped closed forms."""
    values = document.get("values") if isinstance(document, dict) else None
    return name == FILES[0] and isinstance(values, list) and any(v.get("group") == "closed_form" for v in values)


def checks(read: Read) -> Iterator[Check]:
    """Every market row of the reference file."""
    document = read(FILES[0])
    if document is None:
        return
    for row in document["values"]:
        if row.get("group") == "closed_form":
            yield from _closed_form(row)


def _closed_form(row: dict[str, Any]) -> Iterator[Check]:
    """One closed form: solve it as a market, compare every value."""
    from gadolin.market import solve, textbook

    inputs, tolerance = row["inputs"], row.get("rel_tol") or 1e-6
    kind = row["id"]
    got: dict[str, float]
    if "cournot" in kind:
        world = textbook.sellers(inputs["a"], inputs["b"], inputs["c"], int(inputs["n"]), inputs.get("theta", 1))
        found = solve(world)
        got = {"Q": found.used("MKT", "oxide:Nd"), "p": found.price("MKT", "oxide:Nd")}
    elif "fringe" in kind:
        found = solve(textbook.leader_and_fringe(*(inputs[k] for k in ("a", "b", "c", "f0", "g"))))
        got = {"leader": found.activity("L mine"), "fringe": found.activity("F mine")}
    elif "joint" in kind:
        world = textbook.joint_production(
            inputs.get("ore_cost", 10.0),
            (inputs.get("yield_Ce", 0.3), inputs.get("yield_Nd", 0.2)),
            inputs.get("disposal", 1.0),
            inputs.get("a", 200.0),
            inputs.get("b", 2.0),
        )
        found = solve(world)
        got = {"p_Ce": found.price("AUS", "oxide:Ce"), "p_Nd": found.price("AUS", "oxide:Nd")}
    elif "quota" in kind:
        got = {"spread_usd_per_kg": _quota_spread(int(inputs["elements"]))}
    else:
        return
    for name, expected in row["value"].items():
        if name in got:
            claim = f"{row['id']}: {name} of {row['quantity']}"
            yield compare(claim, row["source_title"], expected, got[name], relative=tolerance, absolute=tolerance)


def _quota_spread(elements: int) -> float:
    """Largest less smallest gap between price abroad and at home over the oxides still exported."""
    from gadolin.market import solve, textbook
    from gadolin.market.measures import Quota

    intercepts = tuple(20.0 * 1.4**n for n in range(elements))
    world = textbook.quota_over_elements(intercepts)
    free = solve(world)
    tonnes = 1000 * sum(free.flow(r.good, r.origin, r.destination) for r in world.routes)
    tight = solve(world, [Quota(actor="CHN", goods=("oxide",), quota_t_gross=0.8 * tonnes)])
    gaps = [
        tight.price("ABR", r.good) - tight.price("CHN", r.good)
        for r in world.routes
        if tight.flow(r.good, "CHN", "ABR") > 1e-6
    ]
    return max(gaps) - min(gaps)
