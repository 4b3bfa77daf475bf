"""One row of ``carvein adequacy``: a county under the standards of a specialty and population.

``members`` are all members of the group enrolled on the day, located or not; ``share`` is
``within`` over ``members``, so that a member whom nothing locates lowers it and is shown in
``unlocated`` besides. ``borderline`` members are within by straight line and beyond when the
miles are multiplied by 1.3. ``providers_counted`` is always distinct NPIs within reach of the
county's members; ``providers_required`` and ``count_verdict`` speak of beds for acute hospitals,
whose minimum is one of beds, and of NPIs everywhere else.

``choices_required`` is how many different providers each member must have within the limit.
``share_credited`` adds the contract's credit for telehealth, of which ``telehealth`` counts the
providers that offer it. ``unreachable``, ``unsnapped``, ``outside`` and ``undecided`` members are
those of whom a source of travel has no way to any provider, no road near, no roads at all, or no
answer short of asking for more sites than it was. The columns from ``serving_within`` on repeat
the figures without the providers who are shown to serve too few members.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from monitor.adequacy_standards import Standard
from rules.model import Finding, Outcome, Severity, Verdict
from rules.network import nw01_beyond_reach as nw01
from rules.network import nw02_too_few_providers as nw02
from rules.network.reach import Network
from rules.network.way import Way
from rules.specialty import specialties

SCHEMA: Mapping[str, type[pl.DataType]] = {
    "plan_id": pl.String,
    "county_fips": pl.String,
    "county_class": pl.String,
    "specialty": pl.String,
    "specialty_code": pl.String,
    "population": pl.String,
    "members": pl.Float64,
    "max_minutes_allowed": pl.Float64,
    "max_miles_allowed": pl.Float64,
    "within": pl.Float64,
    "borderline": pl.Float64,
    "share": pl.Float64,
    "required_share": pl.Float64,
    "providers_counted": pl.Int64,
    "providers_required": pl.Int64,
    "longest_miles": pl.Float64,
    "longest_minutes": pl.Float64,
    "unlocated": pl.Float64,
    "travel": pl.String,
    "verdict": pl.String,
    "count_verdict": pl.String,
    "approximate": pl.Float64,
    "unreachable": pl.Float64,
    "unsnapped": pl.Float64,
    "outside": pl.Float64,
    "undecided": pl.Float64,
    "choices_required": pl.Int64,
    "telehealth": pl.Int64,
    "share_credited": pl.Float64,
    "providers_listed": pl.Int64,
    "providers_unlocated": pl.Int64,
    "providers_approximate": pl.Int64,
    "exception": pl.String,
    "serving_within": pl.Float64,
    "serving_share": pl.Float64,
    "serving_providers": pl.Int64,
    "serving_verdict": pl.String,
    "lost_members": pl.Float64,
}
"""The columns of the answer, in their order."""

EVERY: Mapping[str, type[pl.DataType]] = {"requirement": pl.String, "count_requirement": pl.String}
"""The columns besides where every standard has a row: ids of the requirements that ``verdict`` and
``count_verdict`` are of, "" where there is none."""

_AS_COUNTED = {
    "max_minutes_allowed": "max_minutes",
    "max_miles_allowed": "max_miles",
    "providers_counted": "providers",
    "choices_required": "choices",
    "providers_listed": "listed",
    **{
        name: name
        for name in (
            *("within", "borderline", "share", "longest_miles", "longest_minutes", "travel"),
            *("unreachable", "unsnapped", "outside", "undecided", "telehealth", "share_credited"),
            *("providers_unlocated", "providers_approximate"),
        )
    },
}
"""Columns, and what they are called in the evidence of NW01."""


@dataclass(frozen=True, eq=False)
class Asked:
    """One plan's network as listed and, where encounters tell it, as serving.

    ``unserved`` says that encounters were given and tell nothing, so that ``serving`` is None.
    """

    plan_id: str
    listed: Network
    serving: Network | None
    way: Way
    unserved: bool = False


@dataclass(frozen=True)
class Row:
    """One row, what the judge said of its standards, and the ids of others of the same people."""

    cells: Mapping[str, Any]
    findings: tuple[Finding, ...]
    others: frozenset[str] = frozenset()

    @property
    def told(self) -> frozenset[str]:
        """The verdicts, and for what is not met its severity and those below it."""
        told = {str(each.verdict) for each in self.findings}
        missed = [each.severity for each in self.findings if each.verdict is Verdict.NOT_MET]
        for severity in missed:
            told |= {str(milder) for milder in list(Severity)[severity.rank :]}
        return frozenset(told)


def search(
    asked: Asked,
    group: list[Standard],
    classes: Mapping[str, str],
    regions: Mapping[str, str],
    every: bool = False,
) -> None:
    """Have the shares of every county counted at once, before the counties are laid out."""
    chosen: dict[int, list[tuple[str, str | None]]] = {}
    for county in asked.listed.counties:
        county_class, region = classes.get(county), regions.get(county, "")
        for at, held in enumerate(group):
            if held.rule == nw01.RULE.code and not held.scope.leaves_out(county_class, region):
                chosen.setdefault(at, []).append((county, county_class))
                if not every:
                    break
    for at, counties in chosen.items():
        held = group[at]
        for network in (asked.listed, asked.serving):
            if network is not None:
                nw01.cover_all(network, held.scope, held.params, counties, asked.way)


def lay_out(
    asked: Asked,
    group: list[Standard],
    county: str,
    county_class: str | None,
    region: str,
    every: bool = False,
) -> list[Row]:
    """Lay out one county under the standards of one specialty and population that mean it.

    It has one row, of the first share and the first minimum number; with ``every`` one for each
    share, beside which the first minimum number that names its limit stands, and one for each
    minimum number that is left.
    """
    meant = [held for held in group if not held.scope.leaves_out(county_class, region)]
    shares = [held for held in meant if held.rule == nw01.RULE.code]
    counts = [held for held in meant if held.rule == nw02.RULE.code]
    pairs: list[tuple[Standard | None, Standard | None]] = []
    if meant and not every:
        share = shares[0] if shares else None
        counts.sort(key=lambda held: share is None or held.params.within != share.requirement.id)
        pairs = [(share, counts[0] if counts else None)]
    elif every:
        left = list(counts)
        for share in shares:
            own = next((held for held in left if held.params.within == share.requirement.id), None)
            left = [held for held in left if held is not own]
            pairs.append((share, own))
        pairs += [(None, held) for held in left]
    others = frozenset(held.requirement.id for held in meant)
    return [
        _row(asked, share, count, county, county_class, others, every) for share, count in pairs
    ]


def _row(
    asked: Asked,
    share: Standard | None,
    count: Standard | None,
    county: str,
    county_class: str | None,
    meant: frozenset[str],
    every: bool,
) -> Row:
    either = share or count
    assert either is not None
    scope = either.scope
    people = asked.listed.group(county, scope.people)
    cells: dict[str, Any] = {
        "plan_id": asked.plan_id,
        "county_fips": county,
        "county_class": county_class,
        "specialty": scope.specialty,
        "specialty_code": specialties()[scope.specialty].hsd_code,
        "population": scope.people.key,
        "members": people.members,
        "unlocated": people.unlocated,
        "approximate": people.approximate,
        "verdict": str(Verdict.NOT_APPLICABLE),
        "count_verdict": str(Verdict.NOT_APPLICABLE),
        "exception": "",
    }
    findings = []
    if share:
        findings.append(_share(cells, asked, share, county, county_class))
    if count:
        findings.append(_count(cells, asked, count, county, county_class))
    excused = [
        each.evidence["exception"]["id"] for each in findings if "exception" in each.evidence
    ]
    cells["exception"] = ";".join(dict.fromkeys(excused))
    shown = {each.requirement_id for each in findings}
    if every:
        cells["requirement"] = share.requirement.id if share else ""
        cells["count_requirement"] = count.requirement.id if count else ""
    return Row(cells, tuple(findings), meant - shown)


def _share(
    cells: dict[str, Any], asked: Asked, held: Standard, county: str, county_class: str | None
) -> Finding:
    measure = nw01.measure_county(
        asked.listed, held.scope, held.params, county, county_class, asked.way
    )
    found = held.judge(measure, asked.plan_id)
    told = measure.evidence
    cells |= {column: told.get(name) for column, name in _AS_COUNTED.items()}
    cells["verdict"] = str(found.verdict)
    if measure.outcome is Outcome.MEASURED or "share" in told:
        cells["required_share"] = nw01.required(held.params, measure)
    if asked.unserved:
        cells["serving_verdict"] = str(Verdict.COULD_NOT_RUN)
    if asked.serving is not None:
        serving = nw01.measure_county(
            asked.serving, held.scope, held.params, county, county_class, asked.way
        )
        again = serving.evidence
        cells |= {
            "serving_within": again.get("within"),
            "serving_share": again.get("share"),
            "serving_providers": again.get("providers"),
            "serving_verdict": str(held.judge(serving, asked.plan_id).verdict),
        }
        if "within" in told and "within" in again:
            cells["lost_members"] = told["within"] - again["within"]
    return found


def _count(
    cells: dict[str, Any], asked: Asked, held: Standard, county: str, county_class: str | None
) -> Finding:
    measure = nw02.measure_county(
        asked.listed, held.scope, held.params, held.reach, county, county_class, asked.way
    )
    found = held.judge(measure, asked.plan_id)
    cells["count_verdict"] = str(found.verdict)
    if "providers" in measure.evidence:
        cells["providers_counted"] = int(measure.evidence["providers"])
    if measure.value is not None:
        cells["providers_required"] = int(nw02.required(held.params, measure))
    return found
