"""What one side knows does not reach the other.

What it measures
----------------
The component *information* of the separation profile: the plain mean of the parts that can be told,
each 0 (one house) to 1 (two houses).

- *admission notices*: of the hospital admissions in the encounters of the 12 months looked back on,
  how many had no ``admission_notice`` on the day or within one business day, as CC03 tells it.
- *closed referrals*: of the referrals of the 12 months to the period's end that are 60 days old,
  how many were closed in 60 days, as CC04 tells it; half and more reads 0, none reads 1.
- *encounter delay*: of the BH lines that came through a subcontractor, how many more were late
  (EN01: more than 30 days) than of the direct ones; 50 points more reads 1, at the low end of the
  95 % interval.
- *agreements in force*: of data sharing and health information exchange, how many have no agreement
  in force on the period's last day that covers both PH and BH.
- *last exchange*: of those agreements, how many exchanged nothing in the last 92 days.

Why it is required
------------------
Real-time information sharing is a core element of every model of integration (Integrated Care
Resource Center, *State Options for Integrating Physical and Behavioral Health Care*, 2011).

Met
---
The component reads no more than ``max_separation``.

Not met
-------
It reads more.

Limits
------
Notices and referrals count as the plan records them; those it does not record read as not given.
A table of coordination or agreements without a row says that there was none. A referral that was
not needed any more reads as open. The ends of the scales, the 60 and 92 days are carvein's own
defaults, not law. A part that the submission cannot tell, or whose group is too small, is left out
and named; with fewer than two parts the rule could not run. No score over the components is made:
each stands on its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.model import Filing, Measure, Rule
from rules.separation.exchange import agreement_parts, tell_delay
from rules.separation.notices import tell_closed, tell_notices
from rules.separation.parts import (
    GRAIN,
    JUDGED_BY,
    MESSAGE,
    SENSE,
    UNIT,
    Params,
    component,
    required,
)

OTHERWISE = (
    "Notices and referrals may pass outside the plan's records, and a slow file may be a "
    "matter of one quarter."
)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Tell how far information is kept apart."""
    told = [tell_notices(filing), tell_closed(filing), tell_delay(filing), *agreement_parts(filing)]
    yield component("information", told, OTHERWISE)


RULE = Rule(
    code="SL06",
    name="separation.informed-apart",
    family="separation",
    reads=("coordination",),
    params=Params,
    grain=GRAIN,
    unit=UNIT,
    sense=SENSE,
    required=required,
    judged_by=JUDGED_BY,
    message=MESSAGE,
    remedy=(
        "Send notices of admission within a business day, close referrals, and exchange data "
        "under agreements that cover both kinds of care."
    ),
    measure=measure,
)
