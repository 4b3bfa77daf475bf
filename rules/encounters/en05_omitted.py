"""Dollars that the ledger paid for claims and the encounters do not show.

What it measures
----------------
For PH and for BH each, the dollars of fee-for-service claims in the ledger that final encounters
lack, month of service by month of service, as a share of the ledger's dollars over ``months``.

Why it is required
------------------
42 CFR 438.242(c) and (d) ask for complete encounter data, and 42 CFR 438.818 makes federal money
depend on it. How much may be amiss is the contract's own figure: Ohio's managed care agreement
bears 10 % each way.

Met
---
A month's encounters come to what was booked, or to a little less.

Not met
-------
Behavioral encounters of a quarter were never sent, though their claims were paid.

Limits
------
Only months that are mature (the contract's ``runout_months``) and in which the ledger has a claims
entry for providers; recoveries are taken off in the month of service. Sub-capitated lines are in
neither sum (EN07 asks about them). Dollars that one side of the contract lacks and another has too
many of in the same month are not counted: ledger and encounters told the domain apart, and the
evidence says how much (``in_another_domain``). Too little in one month is not made good by too much
in another. With over 5 % of paid lines without an amount or arrangement the rule could not run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.encounters.against_ledger import compare_sides
from rules.model import Filing, Measure, Rule, Sense


@dataclass(frozen=True)
class Params:
    """``max_share`` of the ledger's dollars, 0 to 1; ``months`` that are compared."""

    max_share: float
    months: int = 12


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Sum what encounters lack against the ledger, for PH and for BH."""
    yield from compare_sides(filing, params.months, surplus=False)


def required(params: Params, measure: Measure) -> float:
    """Return the largest share allowed."""
    return params.max_share


RULE = Rule(
    code="EN05",
    name="encounters.omitted",
    family="encounters",
    reads=("encounters", "ledger"),
    params=Params,
    grain="PH and BH",
    unit="share",
    sense=Sense.AT_MOST,
    required=required,
    judged_by=("max_share",),
    message=(
        "{plan_id}: encounters lack ${numerator:,.0f} of the ${denominator:,.0f} that the ledger "
        "paid for {subject} claims in {evidence[months]} ({value:.1%}); at most {required:.1%} "
        "may be missing"
    ),
    remedy="Send the encounters of the months with most missing, or correct the ledger.",
    measure=measure,
)
