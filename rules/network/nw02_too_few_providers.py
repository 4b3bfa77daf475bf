"""Too few providers of a specialty are within reach of a county's members.

What it measures
----------------
For each county in which the plan has members, the distinct providers (NPIs) of the specialty that
lie within the limit of the NW01 requirement named by ``within`` of at least one member of the
county and population, or the beds of such sites. Who is a member, and which provider rows count,
is as in NW01: by the last day of the period, and never those seen by telehealth only.

Why it is required
------------------
42 CFR 422.116(e) asks for a minimum number: a ratio per 1,000 beneficiaries by county type,
rounded up, for provider specialties; 12.2 beds per 1,000 for acute inpatient hospitals; 1 for
every other facility type. A single near provider satisfies a distance, and may be full.

Met
---
As many are counted as required: ``minimum``, or ``by_county_class`` per 1,000 members of the
county, rounded up.

Not met
-------
Fewer are counted.

Limits
------
The base is the plan's own members of the county and population. CMS's base (the 95th percentile
of enrolment among plans times the county's beneficiaries) needs its penetration files. A provider
counts whole in every county that it reaches, however many members other counties bring. Beds are
added up over the sites within reach, as the plan gives them. Miles and minutes are as in NW01,
by straight line or by the source of travel that the result names.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from rules.model import Contract, Filing, Measure, Rule, Sense
from rules.network import nw01_beyond_reach as nw01
from rules.network.reach import Network, network
from rules.network.scope import Scope, describe_county, meant, not_counted, with_quarantined
from rules.network.way import Way, way_of
from rules.network.words import class_words, so_many

BASE = "the plan's members of the county"

BASE_NOTE = f"minimum numbers are per 1,000 of {BASE}"


@dataclass(frozen=True)
class Params:
    """``within``: id of the NW01 requirement whose limit is reach; then how many are wanted.

    ``minimum`` is a number for every county, ``by_county_class`` a number per 1,000 members;
    exactly one of them is given. ``counts`` is providers (distinct NPIs) or beds.
    """

    within: str
    counts: Literal["providers", "beds"] = "providers"
    minimum: int | None = None
    by_county_class: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.minimum is None) == (not self.by_county_class):
            raise ValueError("wanted either a minimum or numbers by_county_class")
        if self.minimum is not None and self.minimum < 1:
            raise ValueError(f"minimum {self.minimum} is below 1")
        for county_class, per_1000 in self.by_county_class.items():
            if per_1000 <= 0:
                raise ValueError(f"by_county_class {county_class} is not above 0")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count, for each county with members, the providers within reach of any of them."""
    try:
        asked = Scope.read(scope)
        asked.check_region(filing.contract.regions)
        reach = reach_of(filing.contract, params, filing.period.end)
    except ValueError as fault:
        yield not_counted("plan", str(fault))
        return
    reached = filing.once("network", network)
    contract, classes = filing.contract, filing.county_classes
    measures = measure_network(
        reached, asked, params, reach, classes, contract.regions, way_of(filing)
    )
    yield from with_quarantined(measures, filing)
    reached.remember()


def reach_of(contract: Contract, params: Params, on: date) -> nw01.Params:
    """Return the limits that define reach: the params in force of the requirement ``within``.

    Raises
    ------
    ValueError
        When the contract has no such requirement, or it holds no limits on that day.
    """
    try:
        value = contract.requirement(params.within).in_force(on)
    except KeyError:
        raise ValueError(f"reach is that of {params.within}, which the contract lacks") from None
    if value is None or not isinstance(value.params, nw01.Params):
        raise ValueError(f"reach is that of {params.within}, which sets no limit on {on}")
    return value.params


def measure_network(
    reached: Network,
    asked: Scope,
    params: Params,
    reach: nw01.Params,
    county_classes: Mapping[str, str],
    regions: Mapping[str, str] | None = None,
    way: Way | None = None,
) -> Iterator[Measure]:
    """Count for a prepared network; one measure a county that the scope does not leave out."""
    for county, county_class in meant(asked, reached.counties, county_classes, regions or {}):
        yield measure_county(reached, asked, params, reach, county, county_class, way)


def measure_county(
    reached: Network,
    asked: Scope,
    params: Params,
    reach: nw01.Params,
    county: str,
    county_class: str | None,
    way: Way | None = None,
) -> Measure:
    """Count the providers within reach of one county's members."""
    way = way or Way()
    members = reached.group(county, asked.people).members
    evidence: dict[str, Any] = {
        "county": describe_county(county),
        "county_class": county_class,
        "specialty": asked.title,
        "who": asked.who,
        "members": members,
        "base": BASE,
        "counts": params.counts,
    }
    subject = asked.subject(county)
    try:
        asked.check_told(county_class, reached.members.untold)
        _refuse_class(params, county_class)
        limits = reach.reach_in(county_class, way)
    except LookupError as fault:
        return not_counted(subject, f"{evidence['county']}: {fault}", evidence)
    counted = reached.count(county, asked.people, asked.specialty, limits)
    figure = float(counted.beds if params.counts == "beds" else counted.providers)
    evidence |= {
        "providers": counted.providers,
        "beds": counted.beds,
        "listed": reached.listed(asked.specialty, asked.people),
        "limit": nw01.tell(limits),
        "travel": limits.travel.source if limits.travel else None,
        "whole": counted.whole,
        "basis": way.told(limits),
    }
    if not members:
        note = f"{evidence['county']}: no {asked.who} on that day"
        return Measure(subject, None, members, None, evidence, note)
    found = Measure(
        subject, figure, members, figure, evidence, f"base: {BASE}; {evidence['basis']}"
    )
    if not counted.whole and figure < required(params, found):
        note = (
            f"{evidence['county']}: at least {so_many(figure, params.counts[:-1])} within reach; "
            "the source of travel was not asked for more sites than these, and they would decide"
        )
        return not_counted(subject, note, evidence)
    return found


def _refuse_class(params: Params, county_class: str | None) -> None:
    if params.by_county_class and county_class is None:
        raise LookupError("the county's class is unknown, and the number depends on it")
    if params.by_county_class and county_class not in params.by_county_class:
        raise LookupError(f"no number is set for {class_words(county_class)} counties")


def required(params: Any, measure: Measure) -> float:
    """Return the minimum, or the ratio times the members over 1,000, rounded up."""
    if params.minimum is not None:
        return float(params.minimum)
    per_1000 = params.by_county_class[measure.evidence["county_class"]]
    # The slack keeps 0.28 per 1,000 of 25,000, which floats make 7.000000000000001, at 7.
    return float(math.ceil(per_1000 * (measure.denominator or 0.0) / 1000 - 1e-9))


RULE = Rule(
    code="NW02",
    name="network.too-few-providers",
    family="network",
    reads=("members", "providers"),
    params=Params,
    grain="county x specialty x population",
    unit="providers or beds",
    sense=Sense.AT_LEAST,
    required=required,
    message=(
        "{evidence[county]}: {value:,.0f} {evidence[counts]} of {evidence[specialty]} within "
        "{evidence[limit]} of {evidence[who]}; {required:,.0f} needed (base: {evidence[base]}, "
        "{denominator:,.0f}; {evidence[basis]})."
    ),
    remedy=(
        "Contract with more providers of the specialty within reach of the county, or ask the "
        "state for an exception."
    ),
    measure=measure,
    judged_by=("minimum",),
)
