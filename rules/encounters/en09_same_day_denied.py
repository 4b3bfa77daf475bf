"""Physical and behavioral health visits on one day are denied for being on one day.

What it measures
----------------
Final lines of visits in the ``months`` calendar months that end ``runout_months`` before the
period's end: the days on which a member had visits of both sides, and those on which a member had
two visits of one side alone. Of each, the share of days with a visit that was denied for being on
that day: no line of it paid, and one denied with CARC 97, 231, 236 or B20. ``value`` is the first
share less the second, with its 95 % interval (Newcombe 1998, method 10). Days with a visit at a
federally qualified or rural health center are the subject ``centers``, all others ``offices``.

Why it is required
------------------
Care under one roof fails where the second visit of the day is not paid: integrated contracts are
to allow same-day billing of physical and behavioral health (Integrated Care Resource Center,
*State Options for Integrating Physical and Behavioral Health Care*, 2011).

Met
---
The difference is at most ``max_difference``.

Not met
-------
The whole 95 % interval of the difference lies above ``max_difference``.

Limits
------
What one clinician does on one day is one visit: an evaluation with psychotherapy added (90833,
90836, 90838) is not two. Where no clinician is named, all that was billed by one provider on one
day is one visit. Visits that nobody billed because they would be denied are not seen. Denials with
CARC B7 (credentialing) and others are counted apart or not at all. In between, where the
difference is larger than allowed and chance could be behind it, and with fewer than ``min_days`` of
either, the data cannot tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from rules.comparison import FEWEST, Share, compare
from rules.encounters.visits import SAME_DAY, count_shared, denied_lines
from rules.model import Filing, Measure, Rule, Sense


@dataclass(frozen=True)
class Params:
    """``max_difference`` of the shares of days, -1 to 1; ``min_days`` of either kind.

    ``months`` looked at: twelve are carvein's own default.
    """

    max_difference: float
    months: int = 12
    min_days: int = FEWEST

    def __post_init__(self) -> None:
        if not -1 <= self.max_difference <= 1:
            raise ValueError(f"max_difference {self.max_difference:g} is not -1 to 1")
        if not 1 <= self.months <= 36:
            raise ValueError(f"months {self.months} is not 1 to 36")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Compare the days with visits of both sides with those of one side."""
    during = filing.look_back(params.months)
    counts = count_shared(filing, during)
    for subject, center in (("offices", False), ("centers", True)):
        mixed, alike = (
            counts.filter((pl.col("center") == center) & (pl.col("mixed") == kind))
            .select(pl.col("days", "same_day", "credentials").sum())
            .row(0, named=True)
            for kind in (True, False)
        )
        yield compare(
            subject,
            Share("days with PH and BH visits", "denied", mixed["same_day"], mixed["days"]),
            Share("days with visits of one side", "denied", alike["same_day"], alike["days"]),
            params.max_difference,
            params.min_days,
            {
                "window_start": str(during.start),
                "window_end": str(during.end),
                "denial_codes": list(SAME_DAY),
                "denied_for_credentials": {
                    "both_sides": mixed["credentials"],
                    "one_side": alike["credentials"],
                },
                "quarantined": filing.quarantined.get("encounters", 0),
            },
            denied_lines(filing, during, center),
        )


def required(params: Params, measure: Measure) -> float:
    """Return the largest difference allowed."""
    return params.max_difference


RULE = Rule(
    code="EN09",
    name="encounters.same-day-denied",
    family="encounters",
    reads=("encounters",),
    params=Params,
    columns=("encounters.denial_code",),
    grain="offices and health centers",
    unit="difference of shares",
    sense=Sense.AT_MOST,
    required=required,
    message=(
        "{plan_id}, {subject}, from {evidence[window_start]} to {evidence[window_end]}: for being "
        "on one day, {evidence[one]} against {evidence[other]}, a difference of {value:.1%}; at "
        "most {required:.1%} allowed.{doubt}"
    ),
    remedy="Take the edits off that deny a PH and a BH visit on one day, and pay those denied.",
    measure=measure,
)
