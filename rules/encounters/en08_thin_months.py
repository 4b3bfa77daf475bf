"""Months in which far fewer encounters were served than in the plan's other months.

What it measures
----------------
For PH and for BH each, the months whose lines as sent are fewer than ``min_share`` of the median
month's; a month without any line is one of them.

Why it is required
------------------
42 CFR 438.242(b)(3) has encounter data screened for completeness. A file that was lost shows as a
month that all but lacks; it hides in a plan-wide count when only one side's is lost, so PH and BH
stand apart. The share is the contract's own figure.

Met
---
December has four fifths of the lines of a median month.

Not met
-------
The behavioral subcontractor's June file was never loaded.

Limits
------
Only mature months (the contract's ``runout_months``) among the last ``months``, from the first one
with a line of either side on. Lines count as sent, by the month in which service began; corrections
count, denied lines too. With fewer than six such months, or a median month under ``least_lines``
lines, chance alone makes thin months, and the rule does not apply. A plan that grows or shrinks to
less than the share within a year has thin months of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from rules.domain import side_of, with_domain
from rules.model import Filing, Measure, Outcome, Rule, Sense
from rules.spending.months import list_months, months_of, why_unseen

SIDES = ("PH", "BH")
FEWEST_MONTHS = 6


@dataclass(frozen=True)
class Params:
    """``min_share`` of the median month, 0 to 1; ``max_months`` that may have less.

    ``months`` that are looked at; ``least_lines`` of a median month, below which nothing is told.
    """

    min_share: float
    max_months: int = 0
    months: int = 12
    least_lines: int = 50


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the thin months of PH and of BH."""
    if reason := why_unseen(filing, ("encounters",)):
        yield Measure(subject="plan", outcome=Outcome.COULD_NOT_RUN, note=reason)
        return
    window = filing.look_back(params.months)
    counts = _lines_by_month(filing, params.months)
    seen = sorted({month for month, _ in counts})
    months = [month for month in months_of(window) if seen and month >= seen[0]]
    for side in SIDES:
        lines = {month: counts.get((month, side), 0) for month in months}
        usual = median(lines.values()) if lines else 0
        if len(months) < FEWEST_MONTHS or usual < params.least_lines:
            note = f"{len(months)} months, the median one with {usual:g} lines: too few to tell"
            yield Measure(subject=side, outcome=Outcome.NOT_APPLICABLE, note=note)
            continue
        thin = [month for month in months if lines[month] < params.min_share * usual]
        yield Measure(
            subject=side,
            numerator=float(len(thin)),
            denominator=float(len(months)),
            value=float(len(thin)),
            evidence={
                "thin": list_months(thin) or "none",
                "median": usual,
                "lines": lines,
                "quarantined": filing.quarantined.get("encounters", 0),
            },
        )


def _lines_by_month(filing: Filing, months: int) -> dict[tuple[str, str], int]:
    """Return the lines that were sent by month of service and side."""
    window = filing.look_back(months)
    sent = filing.tables["encounters"]
    sent = sent.filter(sent.service_from.between(window.start, window.end))
    lines = with_domain(sent, filing.tables.get("providers"), filing.contract.bh_definition)
    counts = lines.group_by(
        month=lines.service_from.strftime("%Y-%m"), side=side_of(lines.domain)
    ).agg(lines=lines.count())
    return {(month, side): count for month, side, count in counts.to_polars().iter_rows()}


def required(params: Params, measure: Measure) -> float:
    """Return how many months may be thin."""
    return float(params.max_months)


RULE = Rule(
    code="EN08",
    name="encounters.thin-months",
    family="encounters",
    reads=("encounters",),
    params=Params,
    grain="PH and BH",
    unit="months",
    sense=Sense.AT_MOST,
    required=required,
    judged_by=("max_months",),
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} months ({evidence[thin]}) have fewer "
        "than {params.min_share:.0%} of the {evidence[median]:g} {subject} lines of a median "
        "month; at most {required:.0f} may"
    ),
    remedy="Look for files of these months that were lost, the subcontractors' first.",
    measure=measure,
)
