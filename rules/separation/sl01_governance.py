"""Behavioral health is governed from somewhere else inside one contract.

What it measures
----------------
The component *governance* of the separation profile: the plain mean of the parts that can be told,
each 0 (one house) to 1 (two houses).

- *functions handed over*: of the nine functions of the delegation register, how many any agreement
  for BH (or both) in force in the period hands over.
- *accountability clauses*: of the audit, revocation, access and quality clauses of those
  agreements, how many are missing.
- *oversight review*: how many BH subcontractors were last reviewed more than 12 months before the
  period's end.
- *award*: how many of those agreements were awarded with a cost weight above that of qualification.
- *authorizations decided elsewhere*: of the BH decisions of the last 12 months, how many a
  subcontractor took under criteria that no PH decision used.
- *denial rates*: where subcontractors decide, their BH denial rate over that of PH; a ratio of 1
  reads 0, of 2 reads 1, taken at the low end of its 95 % interval.

Why it is required
------------------
Subcontracts can keep the management of the two benefits in separate silos inside one contract; the
prime plan stays fully accountable, and awards go by qualification before cost (Integrated Care
Resource Center, *State Options for Integrating Physical and Behavioral Health Care*, 2011).

Met
---
The component reads no more than ``max_separation``.

Not met
-------
It reads more.

Limits
------
The register is the plan's own statement. A clause, a review or a weight that it leaves empty is not
counted against the plan. Criteria are compared by name: two names of one set read as two. A higher
denial rate may follow from what was asked for. A part that the submission cannot tell, or whose
group is too small, is left out and named; with fewer than two parts the rule could not run. No
score over the components is made: each stands on its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.model import Filing, Measure, Rule
from rules.separation.decisions import decision_parts
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
from rules.separation.register import register_parts

OTHERWISE = (
    "A subcontractor may serve the plan well under strict oversight; criteria may differ for "
    "clinical reasons, and denials with what was asked for."
)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Tell how far BH is governed apart."""
    told = [*register_parts(filing), *decision_parts(filing)]
    yield component("governance", told, OTHERWISE)


RULE = Rule(
    code="SL01",
    name="separation.governed-apart",
    family="separation",
    reads=("subcontracts",),
    params=Params,
    grain=GRAIN,
    unit=UNIT,
    sense=SENSE,
    required=required,
    judged_by=JUDGED_BY,
    message=MESSAGE,
    remedy=(
        "Take functions back into the plan, add the clauses that are missing, review each BH "
        "subcontractor within the year, and decide both kinds of care by one set of criteria."
    ),
    measure=measure,
)
