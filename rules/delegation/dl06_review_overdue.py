"""The plan has not reviewed its subcontractor for longer than the contract allows.

What it measures
----------------
Each subcontractor of the domain (BH, or both) whose agreement is in force on the last day of the
period: the months from its latest oversight review to that day, or from the day its agreement
began where that is later. A part of a month is a part of 31 days. ``value`` is the months.

Why it is required
------------------
42 CFR 438.230 leaves the plan ultimately responsible for what it delegates (its wording is
unverified here), and state contracts ask for a review at least once a year; the month count is the
contract's own figure. A plan that does not look cannot know.

Met
---
Reviewed on the same day of the month, ``max_months`` before, or later.

Not met
-------
Reviewed a day earlier than that.

Limits
------
The register keeps the latest review alone, and says that it took place, not what it found. A
review after the period's end counts as no month: whether it was overdue on the last day is not
told. An agreement younger than ``max_months`` owes no review yet, whatever went before it. An older
one without any review on record could not run: the field is empty, and nobody has said never.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from rules.delegation.register import (
    Agreement,
    covered,
    describe,
    faulty_rows,
    in_force,
    none_in_force,
)
from rules.model import Filing, Measure, Outcome, Rule, Sense, add_months, months_between


@dataclass(frozen=True)
class Params:
    """``domain``: whose subcontractors; ``max_months``: the longest time between two reviews.

    Twelve months are carvein's own default, after the yearly review that contracts ask for.
    """

    domain: str
    max_months: int = 12

    def __post_init__(self) -> None:
        if self.max_months < 1:
            raise ValueError(f"max_months {self.max_months}, wanted at least 1")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Tell, for each subcontractor in force on the last day, how long ago its review was."""
    bound = in_force(filing, covered((params.domain, "both")))
    last = filing.period.end
    current = {
        subcontractor_id: [row for row in rows if row.end is None or row.end >= last]
        for subcontractor_id, rows in bound.items()
    }
    if not any(current.values()):
        yield none_in_force(filing, params.domain)
        return
    for subcontractor_id, agreements in sorted(current.items()):
        if agreements:
            reviews = [row.reviewed_on for row in bound[subcontractor_id] if row.reviewed_on]
            yield tell_age(
                subcontractor_id, agreements, max(reviews, default=None), last, params.max_months
            )


def tell_age(
    subcontractor_id: str,
    agreements: list[Agreement],
    reviewed_on: date | None,
    last: date,
    max_months: int,
) -> Measure:
    """Turn the agreements of one subcontractor and its latest review into its measure."""
    began = [row.effective for row in agreements if row.effective]
    since = min(began, default=None) if len(began) == len(agreements) else None
    evidence = {
        **describe(agreements),
        "reviewed_on": str(reviewed_on or ""),
        "in_force_since": str(since or ""),
        "last_day": str(last),
    }
    if reviewed_on is None:
        young = since is not None and months_since(since, last) <= max_months
        note = (
            f"{subcontractor_id}: in force since {since or 'an unknown day'}, no review on record"
        )
        if young:
            note = f"{note}, and none was due by {last}"
            return Measure(subcontractor_id, 0.0, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
        return Measure(
            subcontractor_id, evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN
        )
    months = months_since(max(reviewed_on, since or reviewed_on), last)
    late = months > max_months
    return Measure(
        subject=subcontractor_id,
        numerator=months,
        denominator=1.0,
        value=months,
        evidence=evidence,
        violations=faulty_rows(
            (
                row,
                "oversight_reviewed_on",
                str(row.reviewed_on or ""),
                f"a review in the {max_months} months to {last}",
            )
            for row in (agreements if late else [])
        ),
    )


def months_since(day: date, last: date) -> float:
    """Return the months from one day to another, a part of one as a part of 31 days; 0 if none.

    A month is full on the same day of the next month, or on its last day where it is shorter.
    """
    if day >= last:
        return 0.0
    whole = months_between(day, last)
    if _same_day(day, whole) > last:
        whole -= 1
    return whole + (last - _same_day(day, whole)).days / 31


def _same_day(day: date, months: int) -> date:
    first = add_months(day, months)
    length = calendar.monthrange(first.year, first.month)[1]
    return first.replace(day=min(day.day, length))


def required(params: Params, measure: Measure) -> float:
    """Return the longest time allowed between two reviews."""
    return float(params.max_months)


RULE = Rule(
    code="DL06",
    name="delegation.review-overdue",
    family="delegation",
    reads=("subcontracts",),
    params=Params,
    columns=("subcontracts.oversight_reviewed_on",),
    grain="subcontractor",
    unit="months",
    sense=Sense.AT_MOST,
    required=required,
    message=(
        "{evidence[name]} ({subject}) was last reviewed on {evidence[reviewed_on]}; to "
        "{evidence[last_day]} that is {value:.1f} months of its agreement, and at most "
        "{required:.0f} may pass."
    ),
    remedy="Review the subcontractor now, and send the day of the review in the register.",
    measure=measure,
)
