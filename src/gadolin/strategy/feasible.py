"""What of a strategy cannot be, why, and from which year on it could.

Checked before anything runs: feed, technology (who may give it, under which rule), consents, licences, residue, time
and capital against dated and reported projects, skilled people. A finding blocks a plant, delays it to a year, or is a
note that stands beside the result. Facts come from the atlas through the case, each with its ref.
Limits: whether a state will consent cannot be known; the file says who has agreed or is asked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from gadolin.separation.impurities import judged
from gadolin.strategy.choices import Build, Resolved, project, resolve
from gadolin.strategy.futures import home_value
from gadolin.strategy.skills import shares_of

if TYPE_CHECKING:
    from gadolin.case import Case
    from gadolin.case.schema import Strategy
    from gadolin.market import Future

__all__ = ["Feasibility", "Finding", "feasible"]

READY_LEVEL = 8
"""Technology readiness from which a plant is built; below it research comes first."""

MINERS = ("mine", "beneficiation")
_OPEN = ("yes_by_purchase", "open_literature", "in_use", "yes_commercial", "services_for_hire", "modular_deals")
_BY_AGREEMENT = ("yes_licence", "yes_licence_fee", "yes_agreed", "joint", "partner_dependent", "owned_locally")
_POOL = "skills:SK-45:amount_value"

Kind = Literal["blocked", "delayed", "note"]


@dataclass(frozen=True)
class Finding:
    """Something that stands in the way, or must be known.

    Args:
        plant: Id of the plant; empty for the strategy as a whole.
        kind: `blocked`: it is not built; `delayed`: not before `earliest_year`; `note`: it is built, and this is said.
        subject: What it is about: feed, technology, consent, licence, residue, lead time, capital, people.
        reason: The reason in words.
        earliest_year: First year in which building can begin, when known.
        refs: What it rests on.
    """

    plant: str
    kind: Kind
    subject: str
    reason: str
    earliest_year: int | None = None
    refs: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        own = {n: getattr(self, n) for n in ("plant", "kind", "subject", "reason", "earliest_year")}
        return own | {"refs": list(self.refs)}

    def __str__(self) -> str:
        when = f" (not before {self.earliest_year})" if self.earliest_year is not None else ""
        return f"{self.plant or 'strategy'}: {self.kind}, {self.subject}: {self.reason}{when}"


@dataclass(frozen=True)
class Feasibility:
    """Everything found about a strategy.

    Args:
        strategy: Its id.
        findings: Blocks first, then delays, then notes.
    """

    strategy: str
    findings: tuple[Finding, ...]

    @property
    def blocked(self) -> dict[str, Finding]:
        """Plants that are not built, with the reason."""
        return {f.plant: f for f in reversed(self.findings) if f.kind == "blocked"}

    @property
    def earliest(self) -> dict[str, int]:
        """First year in which building can begin, for plants that are delayed."""
        found: dict[str, int] = {}
        for f in self.findings:
            if f.kind == "delayed" and f.earliest_year is not None:
                found[f.plant] = max(found.get(f.plant, f.earliest_year), f.earliest_year)
        return found

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"strategy": self.strategy, "findings": [f.as_dict() for f in self.findings]}

    def __str__(self) -> str:
        if not self.findings:
            return f"{self.strategy}: nothing stands in the way"
        rows = [f"  {f}" for f in self.findings[:10]]
        more = [f"  and {len(self.findings) - 10} more"] if len(self.findings) > 10 else []
        return "\n".join([self.strategy, *rows, *more])


def feasible(case: Case, strategy: str | Strategy | Resolved, future: Future | None = None) -> Feasibility:
    """What of a strategy cannot be, and what must be known.

    Args:
        case: The case.
        strategy: Id, record or resolved strategy.
        future: Its factor on research time counts; the default when none is given.

    Raises:
        InputError: No such strategy.
    """
    plan = strategy if isinstance(strategy, Resolved) else resolve(case, strategy)
    slow = 1.0 if future is None or not plan.research else home_value(future, "research_factor")
    text = plan.file.model_dump_json()
    return case.once(f"strategy judged {slow} {text}", lambda: _judge(case, plan, slow))


def _judge(case: Case, plan: Resolved, slow: float) -> Feasibility:
    found: list[Finding] = []
    for build in plan.builds:
        found += _feed(plan, build)
        if build.existing:
            continue
        found += _technology(case, plan, build, slow)
        found += _consent(case, build)
        found += _licence(case, build)
        found += _lead_time(case, build)
        found += _capital(case, build)
        found += _people(case, plan, build)
        found += _own_residue(case, build)
    found += _residue(case, plan)
    order = {"blocked": 0, "delayed": 1, "note": 2}
    return Feasibility(plan.id, tuple(sorted(found, key=lambda f: order[f.kind])))


def _feed(plan: Resolved, build: Build) -> list[Finding]:
    if build.entry.stage != "separation" or any(b.entry.stage in MINERS for b in plan.builds):
        return []
    reason = "no mine of this strategy feeds it, and no contract for foreign carbonate is known"
    return [Finding(build.id, "blocked", "feed", reason, None, build.refs)]


def _technology(case: Case, plan: Resolved, build: Build, slow: float) -> list[Finding]:
    """Who may give the technology, and whether it is ready."""
    choice = build.choice
    if choice.technology is None:
        if choice.route in ("toll", "foreign"):
            return []  # the host or the foreign owner brings his own
        return [Finding(build.id, "note", "technology", "no technology named", None, build.refs)]
    row: Any = case.table("technologies").loc[choice.technology]
    refs = tuple(case.ref("technologies", choice.technology, c) for c in ("licensable", "trl"))
    terms, name = str(row["licensable"]), str(row["name"])
    found: list[Finding] = []
    if terms == "state_exception_only":
        found += _state_exception(case, build, name, refs)
    elif choice.route == "licence" and terms not in (*_OPEN, *_BY_AGREEMENT):
        words = terms.replace("_", " ")
        found.append(Finding(build.id, "blocked", "technology", f"no licensor known for {name} ({words})", None, refs))
    elif choice.route == "open" and terms not in _OPEN:
        words = terms.replace("_", " ")
        reason = f"{name} is not free to use ({words})"
        found.append(Finding(build.id, "blocked", "technology", reason, None, refs))
    level = row["trl"]
    if pd.isna(level) or float(level) >= READY_LEVEL or choice.route in ("toll", "foreign"):
        return found
    return found + _readiness(plan, build, name, float(level), slow, refs)


def _readiness(
    plan: Resolved, build: Build, name: str, level: float, slow: float, refs: tuple[str, ...]
) -> list[Finding]:
    programme = next((p for p in plan.research if p.terms.technology == build.choice.technology), None)
    if programme is None:
        reason = f"{name} stands at level {level:g}, below {READY_LEVEL}, and no programme brings it further"
        return [Finding(build.id, "blocked", "technology", reason, None, refs)]
    assert programme.years_per_level.value is not None
    years = (READY_LEVEL - level) * programme.years_per_level.value * slow
    ready = programme.terms.start + math.ceil(years)
    if ready <= build.choice.start:
        return []
    reason = f"{name} stands at level {level:g}; the programme needs {years:.1f} years to level {READY_LEVEL}"
    return [Finding(build.id, "delayed", "technology", reason, ready, (*refs, *programme.years_per_level.refs))]


def _state_exception(case: Case, build: Build, name: str, refs: tuple[str, ...]) -> list[Finding]:
    """Chinese technology leaves only between state firms, by word of 2025, and no text of it is known."""
    policies, talks = case.table("policies"), case.table("agreements")
    rule = tuple(f"policies:{i}:status" for i in ("CHN-04",) if i in policies.index)
    said = tuple(f"agreements:{i}:terms" for i in ("AG-007", "AG-008") if i in talks.index)
    state = sum(s for p, s in build.choice.owners.items() if p.split(":")[0] in ("federal", "state"))
    foreign = sum(s for p, s in build.choice.owners.items() if p.startswith("partner:"))
    if build.choice.route != "state_firm":
        reason = f"{name}: core technology may not leave China since December 2023; only state firms were offered it"
        return [Finding(build.id, "blocked", "technology", reason, None, (*refs, *rule, *said))]
    if state + foreign < 1 - 1e-9:
        reason = f"{name}: China speaks of government-linked firms only; private owners hold {1 - state - foreign:.0%}"
        return [Finding(build.id, "blocked", "technology", reason, None, (*refs, *rule, *said))]
    reason = f"{name}: rests on an exception China has spoken of; no text is signed"
    return [Finding(build.id, "note", "technology", reason, None, (*refs, *rule, *said))]


def _consent(case: Case, build: Build) -> list[Finding]:
    """Two keys: a mine needs the federal and the state consent, a plant that of its state."""
    needed = [f"state:{build.entry.state}"] if build.entry.state else []
    if build.entry.stage in MINERS:
        needed.insert(0, f"federal:{case.country}")
    missing = [party for party in needed if party not in build.choice.consents]
    if not missing:
        return []
    reason = f"consent of {', '.join(missing)} is neither given nor asked for"
    return [Finding(build.id, "blocked", "consent", reason, None, build.refs)]


def record(case: Case, stage: str) -> pd.DataFrame:
    """Dated, realised projects of a stage in the lead-time table, without generic ones."""
    rows = case.table("lead_times")
    rows = rows[(rows["parameter"] == "lead_time") & (rows["stage"] == stage) & rows["lead_time_years"].notna()]
    plan = rows["is_plan"].astype(str).isin(["yes", "True"])
    return rows[~plan & ~rows["project"].astype(str).str.startswith("Generic")]


def _lead_time(case: Case, build: Build) -> list[Finding]:
    """How many realised projects of the stage met the planned time."""
    if build.choice.route == "toll":
        return []
    planned = build.years_to_build.value
    assert planned is not None
    rows = record(case, build.entry.stage)
    if rows.empty:
        reason = f"no dated project of stage {build.entry.stage} is on record to hold {planned:g} years against"
        return [Finding(build.id, "note", "lead time", reason, None, build.years_to_build.refs)]
    met = int((rows["lead_time_years"].astype(float) <= planned + 1e-9).sum())
    refs = tuple(case.ref("lead_times", str(i), "lead_time_years") for i in rows.index)
    reason = f"{met} of {len(rows)} dated projects of this stage took {planned:g} years or less"
    return [Finding(build.id, "note", "lead time", reason, None, refs)]


def _people(case: Case, plan: Resolved, build: Build) -> list[Finding]:
    """Own technology needs own people: the pool on record and those trained, against graduates needed."""
    share = shares_of(case).get("graduates_persons")
    if build.choice.route not in ("own", "open") or build.entry.stage != "separation" or share is None:
        return []
    staff = project(case, build.id, design=build.choice.design).staff.value
    if staff is None or "SK-45" not in case.table("skills").index:
        return [Finding(build.id, "note", "people", "staff of the plant is not known", None, build.refs)]
    pool = case.quantity("skills", "SK-45", "amount_value").value or 0.0
    need = staff * share.value - pool
    refs = (*share.refs, _POOL)
    if need <= 0:
        return []
    training = plan.file.training
    pace = plan.trained.value if plan.trained is not None else None
    if training is None or not pace:
        reason = f"{need:.0f} graduates are missing beside the {pool:.0f} on record, and nobody trains them"
        return [Finding(build.id, "blocked", "people", reason, None, refs)]
    year = training.start + math.ceil(need / pace)
    if year > training.end:
        reason = f"training ends in {training.end}, before {need:.0f} missing graduates are there"
        return [Finding(build.id, "blocked", "people", reason, None, refs)]
    if year <= build.choice.start + math.ceil(build.years_to_build.value or 0):
        return []
    reason = f"{need:.0f} graduates are missing; at {pace:g} a year they are there in {year}"
    earliest = year - math.ceil(build.years_to_build.value or 0)
    return [Finding(build.id, "delayed", "people", reason, earliest, refs)]


def _own_residue(case: Case, build: Build) -> list[Finding]:
    """What the design of a separation plant leaves, against 1 Bq/g."""
    if not (build.choice.design or build.entry.design) or build.entry.stage != "separation":
        return []
    made = project(case, build.id, design=build.choice.design)
    gross, activity = made.residue_t_gross_per_year, made.residue_bq_per_g
    if gross.value is None:
        return []
    hot = "activity not known" if activity.value is None else f"{activity}, {judged(activity)}"
    reason = f"its design leaves {gross} of solid residue at full rate; {hot}"
    return [Finding(build.id, "note", "residue", reason, None, (*build.refs, *activity.refs))]


def _residue(case: Case, plan: Resolved) -> list[Finding]:
    """What is known of the activity of the ore against the line above which residue needs a licence of its own."""
    rows = case.table("policies")
    rows = rows[(rows["country_iso3"] == case.country) & (rows["instrument"] == "radioactive_waste_rule")]
    rows = rows[(rows["rate_unit"] == "bq_per_g") & rows["rate_value"].notna()]
    measured = rows[rows["status"] == "reference"]
    lines = rows[rows["status"] != "reference"]
    if lines.empty or not any(not b.existing for b in plan.builds):
        return []
    limit = float(lines["rate_value"].min())
    refs = tuple(case.ref("policies", str(i), "rate_value") for i in (*measured.index, *lines.index))
    if measured.empty:
        reason = f"activity of the ore is not on record, and residue above {limit:g} Bq/g needs a licence of its own"
        return [Finding("", "note", "residue", reason, None, refs)]
    activity = float(measured["rate_value"].max())
    what = f"ore is reported at {activity:.2g} Bq/g against a control line of {limit:g} Bq/g"
    if activity < limit:
        gain = limit / activity
        reason = f"{what}; residue that holds it {gain:.1f} times enriched would need a licence of its own"
        return [Finding("", "note", "residue", reason, None, refs)]
    reason = f"{what}: residue needs a permanent disposal facility, and none is part of this strategy"
    return [Finding(b.id, "blocked", "residue", reason, None, refs) for b in plan.builds if not b.existing]


_LICENCES = ("permitting_rule", "radioactive_waste_rule", "local_content")
_BINDING = ("in_force", "unverified_if_still_in_force", "stated_preference")


def _licence(case: Case, build: Build) -> list[Finding]:
    """Licences and conditions that rules of the country put on the stage, which no file can grant."""
    rows = case.rules_on(f"{build.choice.start}-12-31")["policies"]
    rows = rows[(rows["country_iso3"] == case.country) & rows["instrument"].isin(_LICENCES)]
    rows = rows[rows["status"].isin(_BINDING)]
    rows = rows[[build.entry.stage in stages for stages in rows["stages"]]]
    if rows.empty:
        return []
    refs = tuple(case.ref("policies", str(i), "description") for i in rows.index)
    unsure = int((rows["status"] != "in_force").sum())
    more = f" ({unsure} of them not certain to be in force)" if unsure else ""
    names = ", ".join(str(i) for i in rows.index)
    count = "1 rule" if len(rows) == 1 else f"{len(rows)} rules"
    reason = f"licences to get and conditions to meet, {count} for this stage{more}: {names}"
    return [Finding(build.id, "note", "licence", reason, None, refs)]


_PER_TONNE = {"separation": "t_reo", "mine": "t_reo", "metal": "t_metal", "magnet": "t_magnet"}
"""Units of capacity that may be compared with a plant's own, by their beginning."""


def _capital(case: Case, build: Build) -> list[Finding]:
    """How many reported projects of the stage cost as little per tonne of yearly capacity as the plant."""
    if build.choice.route == "toll" or build.entry.stage not in _PER_TONNE:
        return []
    made = project(case, build.id, design=build.choice.design)
    size = case.given(build.entry.capacity, "plants").value
    capital = sum(q.value or 0.0 for q in made.capex.values()) * (made.capex_growth.value or 1.0)
    rows = case.table("stage_costs")
    rows = rows[(rows["record_kind"] == "project") & rows["capex_musd"].notna() & rows["capacity_value"].notna()]
    rows = rows[[build.entry.stage in stages for stages in rows["stages"]]]
    rows = rows[rows["capacity_unit"].astype(str).str.startswith(_PER_TONNE[build.entry.stage])]
    if rows.empty or not size or not capital:
        reason = f"no reported project of stage {build.entry.stage} with capital and capacity in a comparable unit"
        return [Finding(build.id, "note", "capital", reason, None, build.refs)]
    per_t = 1e6 * capital / size
    known = 1e6 * rows["capex_musd"].astype(float) / rows["capacity_value"].astype(float)
    met = int((known <= per_t * (1 + 1e-9)).sum())
    wider = int(sum(len(stages) > 1 for stages in rows["stages"]))
    more = f"; {wider} of them hold other stages too" if wider else ""
    refs = tuple(case.ref("stage_costs", str(i), "capex_musd") for i in rows.index)
    reason = (
        f"{met} of {len(rows)} reported projects with this stage cost {per_t:,.0f} USD per tonne a year or less, "
        f"in money of their day{more}"
    )
    return [Finding(build.id, "note", "capital", reason, None, refs)]
