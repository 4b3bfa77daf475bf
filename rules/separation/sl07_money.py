"""Money for behavioral health goes its own way.

What it measures
----------------
The component *money* of the separation profile: the plain mean of the parts that can be told, each
0 (one house) to 1 (two houses).

- *sub-capitated share*: of BH spending in the 12 months looked back on, the share on lines of a
  subcontractor who is paid per head, at their equivalent in the plan's schedule.
- *retained share*: of BH sub-capitation, the share that did not reach providers, as SP03 tells each
  subcontractor; 15 % and more reads 1.
- *value-based arrangements without BH*: of those of categories 2 to 4, how many do not hold PH and
  BH together; from five on.
- *same-day denials*: of the member days with a PH and a BH visit at offices, as EN09 tells them,
  how many more met a denial for it (CARC 97, 231, 236, B20) than days with two of a kind; 20
  points more reads 1, at the low end of the 95 % interval. B7 is told apart, being about
  credentials.

Why it is required
------------------
Aligned financial incentives are the first of the core elements of integration, and billing for both
kinds of care on one day is to be allowed (Integrated Care Resource Center, *State Options for
Integrating Physical and Behavioral Health Care*, 2011). What a subcontractor keeps is not benefit
(42 CFR 438.8(e)(2)(v)).

Met
---
The component reads no more than ``max_separation``.

Not met
-------
It reads more.

Limits
------
A share is a fact about the money, not about motive. What subcontractors kept rests on their
encounters: those that were never sent read as kept, but for a month without any, or providers paid
some other way, where nothing is told. The reason of a denial is the code that the
line carries. The ends of the scales are carvein's own defaults, not law; 15 % mirrors the 85 % of
42 CFR 438.8(c). A part that the submission cannot tell, or whose group is too small, is left out
and named; with fewer than two parts the rule could not run. No score over the components is made:
each stands on its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.model import Filing, Measure, Rule
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
from rules.separation.purse import tell_handed_over, tell_models, tell_retained
from rules.separation.same_day import tell_same_day

OTHERWISE = (
    "Encounters that were not sent read as money kept, a sub-capitation may cover care that "
    "leaves no encounter, and a first value-based arrangement is often of one kind of care."
)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Tell how far money is kept apart."""
    told = [
        tell_handed_over(filing),
        tell_retained(filing),
        tell_models(filing),
        tell_same_day(filing),
    ]
    yield component("money", told, OTHERWISE)


RULE = Rule(
    code="SL07",
    name="separation.paid-apart",
    family="separation",
    reads=("encounters",),
    params=Params,
    grain=GRAIN,
    unit=UNIT,
    sense=SENSE,
    required=required,
    judged_by=JUDGED_BY,
    message=MESSAGE,
    remedy=(
        "Pay BH providers directly or by arrangements that hold PH and BH together, and pay "
        "both visits of one day."
    ),
    measure=measure,
)
