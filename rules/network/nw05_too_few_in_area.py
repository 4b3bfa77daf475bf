"""Too few providers of a specialty stand in a region or county.

What it measures
----------------
For each area in which the plan has members of the population (each region of the contract, each
county, or the whole plan), the distinct providers (NPIs) of the specialty who stand in it, or
their sites (distinct NPI and site), or the beds of these sites. Where a provider stands is told by
the county of its row, else by its point. Members are those enrolled on the last day of the
period. A provider row counts when its contract is in force on that day, its ages include any of
the population, and it is not seen by telehealth only.

Why it is required
------------------
42 CFR 438.68 has states set network standards for every region, and they may vary by region.
Contracts ask for a number of facilities in every region where no distance is fair: crisis
services, inpatient psychiatric units, residential and opioid treatment.

Met
---
As many as ``minimum``.

Not met
-------
Fewer: none where 1 is asked.

Limits
------
A provider stands in one area by each of its rows: mobile crisis teams stand where they are listed,
not where they drive. What lies just over the border does not count here (NW01 and NW02 ask who is
within reach). A provider whose county nothing tells stands in no area but the plan; the message
says how many there are. An area without such members is not applicable. Without regions in the
contract a number by region could not run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.model import Filing, Measure, Rule, Sense
from rules.network.by_area import Area, count_areas
from rules.network.scope import with_quarantined
from rules.network.standing import Counts


@dataclass(frozen=True)
class Params:
    """``minimum`` of what ``counts`` names in every ``area``."""

    minimum: int
    counts: Counts = "providers"
    area: Area = "region"

    def __post_init__(self) -> None:
        if self.minimum < 1:
            raise ValueError(f"minimum {self.minimum} is below 1")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the members and the providers of each area."""
    yield from with_quarantined(count_areas(filing, scope, params.area, params.counts), filing)


def required(params: Params, measure: Measure) -> float:
    """Return the minimum."""
    return float(params.minimum)


RULE = Rule(
    code="NW05",
    name="network.too-few-in-area",
    family="network",
    reads=("members", "providers"),
    params=Params,
    grain="area x specialty x population",
    unit="providers, sites or beds",
    sense=Sense.AT_LEAST,
    required=required,
    judged_by=("minimum",),
    message=(
        "{evidence[area]}: {value:,.0f} {evidence[counts]} of {evidence[specialty]} in it, "
        "for {denominator:,.0f} {evidence[who]}; {required:,.0f} needed. In no known county: "
        "{evidence[in_no_known_county]:,}."
    ),
    remedy=(
        "Contract with a provider of the specialty in the area, or ask the state for an exception."
    ),
    measure=measure,
)
