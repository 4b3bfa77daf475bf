"""How far outpatient behavioral health is behind primary care, by county and for a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np

from rules.model import Filing, Measure, Outcome
from rules.network import nw01_beyond_reach as nw01
from rules.network.paper import Pair, Standard, counties
from rules.network.reach import Network
from rules.network.scope import Scope, describe_county, not_counted
from rules.network.who import Who
from rules.samples import Z_95

CARE, MENTAL, SUBSTANCE = "primary_care", "outpatient_mental_health", "outpatient_substance_use"
KINDS = (MENTAL, SUBSTANCE)

WORDS = {MENTAL: "outpatient mental health", SUBSTANCE: "outpatient substance use treatment"}

NO_ERROR = "every member is counted: no sampling error"


@dataclass(frozen=True)
class Within:
    """Members within reach of primary care and of each kind of behavioral health.

    ``behavioral`` may lack a kind where the contract's own limits are asked and it names none.
    """

    primary_care: float
    behavioral: Mapping[str, float]

    @property
    def wider(self) -> str:
        """The kind of care that fewer members have."""
        return min(self.behavioral, key=lambda kind: self.behavioral[kind])

    @property
    def behind(self) -> float:
        """Members by whom the kind of care that is farther behind is."""
        return self.primary_care - self.behavioral[self.wider]

    def shares(self, members: float) -> dict[str, float | None]:
        """Return what share of the members each one is, None where there are no members."""
        counts = {CARE: self.primary_care, **self.behavioral}
        return {kind: count / members if members else None for kind, count in counts.items()}


@dataclass(frozen=True)
class County:
    """One county: under the yardstick and the contract's own limits, as listed and as serving."""

    fips: str
    place: str
    members: float
    yardstick: str
    listed: Within
    serving: Within
    own_listed: Within
    own_serving: Within
    note: str


@dataclass(frozen=True)
class Found:
    """What was counted: each county, or the measure that says why it could not be."""

    counties: tuple[County | Measure, ...]
    network: Network

    @property
    def counted(self) -> tuple[County, ...]:
        """The counties with figures."""
        return tuple(county for county in self.counties if isinstance(county, County))


def count(
    filing: Filing,
    both: Pair,
    care: Standard,
    own: Mapping[str, list[Standard]],
    yardstick: nw01.Params,
) -> Found:
    """Count primary care and each kind of behavioral health in every county that is meant."""

    def under_one(reached: Network) -> dict[str, dict[str, Measure]]:
        kinds = {kind: replace(care.asked, specialty=kind) for kind in (CARE, *KINDS)}
        return {kind: _by_county(filing, reached, kinds[kind], yardstick) for kind in kinds}

    def under_own(reached: Network) -> dict[str, list[dict[str, Measure]]]:
        every = {CARE: [care], **own}
        return {
            kind: [_by_county(filing, reached, each.asked, each.params) for each in named]
            for kind, named in every.items()
        }

    equal = [under_one(reached) for reached in (both.listed, both.serving)]
    owned = [under_own(reached) for reached in (both.listed, both.serving)]
    return Found(tuple(_county(fips, equal, owned) for fips in equal[0][CARE]), both.listed)


def _by_county(
    filing: Filing, reached: Network, asked: Scope, params: nw01.Params
) -> dict[str, Measure]:
    return dict(counties(filing, reached, asked, params))


def _county(
    fips: str,
    equal: list[dict[str, dict[str, Measure]]],
    owned: list[dict[str, list[dict[str, Measure]]]],
) -> County | Measure:
    for found in equal:
        for kind in found:
            if found[kind][fips].outcome is not Outcome.MEASURED:
                return not_counted(fips or "unknown", found[kind][fips].note)
    care = equal[0][CARE][fips]
    own = [_least(found, fips) for found in owned]
    return County(
        fips=fips,
        place=describe_county(fips),
        members=care.denominator or 0.0,
        yardstick=str(care.evidence["limit"]),
        listed=_within({kind: found[fips] for kind, found in equal[0].items()}),
        serving=_within({kind: found[fips] for kind, found in equal[1].items()}),
        own_listed=own[0],
        own_serving=own[1],
        note=care.note,
    )


def _least(found: Mapping[str, list[dict[str, Measure]]], fips: str) -> Within:
    """Return, of several standards of a kind, the one that fewest members are within."""
    # A standard may be for some counties only, or for none whose class is unknown.
    measured = {
        kind: [
            each[fips] for each in listed if fips in each and each[fips].outcome is Outcome.MEASURED
        ]
        for kind, listed in found.items()
    }
    least = {
        kind: min(each, key=lambda measure: measure.numerator or 0.0)
        for kind, each in measured.items()
        if each
    }
    return _within(least)


def _within(measures: Mapping[str, Measure]) -> Within:
    counts = {kind: measure.numerator or 0.0 for kind, measure in measures.items()}
    return Within(counts.pop(CARE), counts)


def told(county: County, care: Standard, serving_members: int) -> Measure:
    """Return the measure of one county."""
    evidence = {
        "place": county.place,
        "county": county.place,
        **_figures(county, county.members),
        "who": care.asked.who,
        "members": county.members,
        "yardstick": county.yardstick,
        "serving_members": serving_members,
        "sampling": "",
    }
    behind, members = county.serving.behind, county.members
    value = behind / members if members else None
    return Measure(county.fips or "unknown", behind, members, value, evidence, county.note)


def _figures(county: County, members: float) -> dict[str, Any]:
    """Return the shares and gaps of a county, or of a plan added up as one."""
    named = ("listed", "serving", "own_listed", "own_serving")
    sides: dict[str, Within] = {name: getattr(county, name) for name in named}
    figures: dict[str, Any] = {name: side.shares(members) for name, side in sides.items()}
    gaps = {
        name: side.behind / members if side.behavioral and members else None
        for name, side in sides.items()
    }
    figures |= {f"gap_{name}": gap for name, gap in gaps.items()}
    words = {"listed": "as listed", "own_serving": "under the contract's own limits"}
    otherwise = [f"{words[name]} by {gaps[name]:.1%}" for name in words if gaps[name] is not None]
    return {
        **figures,
        "wider": WORDS[county.serving.wider],
        "otherwise": ", ".join(otherwise),
    }


def index(filing: Filing, found: Found, care: Standard, serving_members: int) -> Measure:
    """Return the access-gap index of the plan, with its interval where members are a sample."""
    counted = found.counted
    left_out = len(found.counties) - len(counted)
    if not counted:
        return not_counted("plan", "no county could be counted")
    plan = _added_up(counted)
    members = plan.members
    evidence = {
        "place": "The plan",
        **_figures(plan, members),
        "who": care.asked.who,
        "members": members,
        "yardstick": plan.yardstick,
        "serving_members": serving_members,
        "counties": len(counted),
        "counties_not_counted": left_out,
        "most_behind": _most(counted),
        "index": {
            kind: (plan.serving.primary_care - plan.serving.behavioral[kind]) / members
            if members
            else None
            for kind in KINDS
        },
    }
    behind = plan.serving.behind
    value = behind / members if members else None
    if value is not None:
        evidence |= _sampling(filing, found, plan, care.asked.people)
    note = counted[0].note if members else f"no {care.asked.who} on that day"
    return Measure("plan", behind, members, value, evidence, note)


def uncounted(found: Found, people: Who) -> float:
    """Return the members of the counties that could not be counted."""
    others = (each.subject for each in found.counties if isinstance(each, Measure))
    fips = ("" if each == "unknown" else each for each in others)
    return sum(found.network.group(each, people).members for each in fips)


def _most(counted: tuple[County, ...]) -> dict[str, float]:
    """Return the ten counties with the most members behind, most first."""
    ordered = sorted(counted, key=lambda county: (-county.serving.behind, county.place))
    return {each.place: each.serving.behind for each in ordered[:10] if each.serving.behind > 0}


def _added_up(counted: tuple[County, ...]) -> County:
    """Return the plan as one county: the mean weighted by members is the gap of the sums."""
    limits = sorted({county.yardstick for county in counted})
    sums: dict[str, Within] = {}
    for name in ("listed", "serving", "own_listed", "own_serving"):
        sides: list[Within] = [getattr(county, name) for county in counted]
        # A kind that has no limit in some county has none for the plan.
        kinds = [kind for kind in KINDS if all(kind in side.behavioral for side in sides)]
        behavioral = {kind: sum(side.behavioral[kind] for side in sides) for kind in kinds}
        sums[name] = Within(sum(side.primary_care for side in sides), behavioral)
    return County(
        fips="",
        place="The plan",
        members=sum(county.members for county in counted),
        yardstick=limits[0] if len(limits) == 1 else "the limit of their county's class",
        note="",
        **sums,
    )


def _sampling(filing: Filing, found: Found, plan: County, people: Who) -> dict[str, Any]:
    """Return what sampling leaves open of the index."""
    weight = filing.tables["members"].weight
    if not int((weight.fill_null(1.0) != 1).sum().execute() or 0):
        return {"interval": None, "sampling": f"; {NO_ERROR}"}
    groups = [found.network.group(county.fips, people) for county in found.counted]
    weights = np.concatenate([group.weight for group in groups])
    located = float(weights.sum())
    if not located:
        return {"interval": None, "sampling": "; of members without a point nothing is told"}
    # Members without a point are taken to weigh, each, what those with one do.
    rows = located**2 / float((weights**2).sum()) * plan.members / located
    care, other = (
        plan.serving.primary_care / plan.members,
        plan.serving.behavioral[plan.serving.wider] / plan.members,
    )
    low, high = interval(care, other, rows)
    return {
        "interval": [low, high],
        "effective_rows": rows,
        "sampling": f"; 95% interval {low:.1%} to {high:.1%} (a sample of {rows:,.0f} in effect)",
    }


def interval(care: float, other: float, rows: float) -> tuple[float, float]:
    """Return the 95 percent interval of a gap between two shares of the same members.

    The variance is the largest that the two shares allow: at most ``min(other, 1 - care)`` of the
    members have the other care and lack primary care.
    """
    gap = care - other
    apart = gap + 2 * min(other, 1 - care)
    spread = Z_95 * sqrt(max(apart - gap**2, 0.0) / rows)
    return max(gap - spread, -1.0), min(gap + spread, 1.0)
