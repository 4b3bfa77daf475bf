"""Members who need both kinds of care get one, and their providers share few patients.

What it measures
----------------
The component *care* of the separation profile: the plain mean of the parts that can be told, each 0
(one house) to 1 (two houses). They look at members with a BH need in the 12 months looked back on:
the ``smi`` flag, a BH diagnosis as CC01 tells it (on two days, or of a stay), or a paid BH service.

- *BH need without a PH visit*: of those with SMI or in BH care who were enrolled all but 45 days,
  how many had no PH visit; half and more reads 1.
- *PH-heavy with a BH diagnosis without BH*: of those with a BH diagnosis and PH visits on four days
  or more, how many had no BH visit; half and more reads 1.
- *joint care plans*: of those with SMI, or with both needs as CC01 tells them, how many had a joint
  ``integrated_care_plan`` in the 12 months to the period's end; half and more reads 0.
- *care conferences*: of those with SMI, how many had a ``care_conference``; a quarter and more
  reads 0.
- *shared patients*: the patient-sharing graph of providers and members with a BH need. Cross ties
  are, over members, the pairs of a PH and a BH provider who both saw the member. They are held
  against 200 shuffles in which every provider keeps its number of members and every member its
  number of providers (global curveball; the seed is the filing's own). A ratio of 0.8 and more
  reads 0, of 0.2 reads 1, taken at the high end of its 95 % interval over members. Of more than
  50,000 provider-member pairs whole members are drawn at random, and the message says how many.

Why it is required
------------------
Integration is what a member with both needs meets: shared care plans, screening and referral both
ways (Integrated Care Resource Center, *State Options for Integrating Physical and Behavioral Health
Care*, 2011).

Met
---
The component reads no more than ``max_separation``.

Not met
-------
It reads more.

Limits
------
Who needs what is read from flags and diagnoses. Drugs are no visits: a member whom primary care
treats with them alone, under another principal diagnosis, reads as without BH. Duals are left out
of these two parts and of the graph, for what Medicare pays is not seen; other care outside Medicaid
reads as none. Members do not need both kinds of care alike, so that shared ties fall short of
chance in any plan: 0.8, like the other ends of the scales, the 45 days and the smallest groups (20
members; 50 for the graph), is carvein's own default, not law. A part that the submission cannot
tell, or whose group is too small, is left out and named; with fewer than two parts the rule could
not run. No score over the components is made: each stands on its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.model import Filing, Measure, Rule
from rules.separation.joint import care_parts
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
from rules.separation.sharing import tell_sharing

OTHERWISE = (
    "Members may see primary care that Medicare or nobody bills, need one kind of care more "
    "than the other, or decline a plan; joint work may be done and not recorded."
)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Tell how far care is given apart."""
    told = [*care_parts(filing), tell_sharing(filing)]
    yield component("care", told, OTHERWISE)


RULE = Rule(
    code="SL05",
    name="separation.cared-for-apart",
    family="separation",
    reads=(
        "encounters",
        "members",
    ),
    params=Params,
    grain=GRAIN,
    unit=UNIT,
    sense=SENSE,
    required=required,
    judged_by=JUDGED_BY,
    message=MESSAGE,
    remedy=(
        "Reach members with both needs who get one kind of care, and write a joint care plan "
        "with each."
    ),
    measure=measure,
)
