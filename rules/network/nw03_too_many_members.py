"""There are too many members for each provider of a specialty.

What it measures
----------------
For each area (the whole plan, each region of the contract, or each county), the distinct
providers (NPIs) of the specialty who stand in it, or their sites (distinct NPI and site), or the
beds of these sites, against the plan's members of the population who live in it. Where a provider
stands is told by the county of its row, else by its point. Members are those enrolled on the last
day of the period. A provider row counts when its contract is in force on that day, its ages
include any of the population, and it is not seen by telehealth only.

Why it is required
------------------
42 CFR 438.68 has states set quantitative network standards, and CMS's report on network adequacy
(42 CFR 438.207(d)) lists "Provider to enrollee ratios" among their kinds. One psychiatrist near
everyone is near, and full.

Met
---
As many as required: ``at_least`` for every ``per_members`` members, rounded up. With 1 for 500,
2 are enough for 1,000 members.

Not met
-------
Fewer: 2 for 1,001 members, who need 3.

Limits
------
The count is of the plan's listed providers, whole: a provider who also sees members of other
plans, or who works one day a week, counts as one. Providers and members meet across the borders
of areas; this rule does not ask who reaches whom (NW01, NW02). A provider whose county nothing
tells stands in no region and no county, and counts for the whole plan alone; the message says how
many there are. An area without such members is not applicable.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.model import Filing, Measure, Rule, Sense
from rules.network.by_area import Area, count_areas
from rules.network.scope import with_quarantined
from rules.network.standing import Counts


@dataclass(frozen=True)
class Params:
    """``at_least`` of what ``counts`` names for every ``per_members`` members of an ``area``."""

    per_members: float
    at_least: float = 1.0
    counts: Counts = "providers"
    area: Area = "plan"

    def __post_init__(self) -> None:
        for name in ("per_members", "at_least"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} {getattr(self, name):g} is not above 0")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the members and the providers of each area."""
    yield from with_quarantined(count_areas(filing, scope, params.area, params.counts), filing)


def required(params: Params, measure: Measure) -> float:
    """Return at_least x members / per_members, rounded up."""
    # The slack keeps a quotient that is whole, but for float rounding, from going up by one.
    return float(
        math.ceil(params.at_least * (measure.denominator or 0.0) / params.per_members - 1e-9)
    )


RULE = Rule(
    code="NW03",
    name="network.too-many-members",
    family="network",
    reads=("members", "providers"),
    params=Params,
    grain="area x specialty x population",
    unit="providers, sites or beds",
    sense=Sense.AT_LEAST,
    required=required,
    judged_by=("per_members", "at_least"),
    message=(
        "{evidence[area]}: {value:,.0f} {evidence[counts]} of {evidence[specialty]} for "
        "{denominator:,.0f} {evidence[who]}; {required:,.0f} needed ({params.at_least:g} for "
        "every {params.per_members:,g}). In no known county: {evidence[in_no_known_county]:,}."
    ),
    remedy=(
        "Contract with more providers of the specialty in the area, or ask the state for an "
        "exception."
    ),
    measure=measure,
)
