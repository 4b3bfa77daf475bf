"""Behavioral health is run, and given, in other places than physical health.

What it measures
----------------
The component *location* of the separation profile: the plain mean of its two parts, each 0 (one
house) to 1 (two houses).

- *off site*: how many BH subcontractors in force sit at none of the plan's offices, by address or
  within 0.1 mile, as DL01 tells it. Where nothing is handed over the plan runs BH in its own
  offices, and the part reads 0.
- *sites that bill both*: of the sites (``rendering_site_id``) with a paid BH line in the 12 months
  looked back on, how many have a paid PH line too; 10 % and more reads 0, none reads 1. The share
  of the 12 months before is told beside it. Pharmacy and laboratory lines are no visits.

Why it is required
------------------
A contract in force, TennCare's, has BH subcontractors operate on site in the plan's offices, and
co-location is a level of integration of its own (Integrated Care Resource Center, *State Options
for Integrating Physical and Behavioral Health Care*, 2011; hfma.org, January 2016).

Met
---
The component reads no more than ``max_separation``.

Not met
-------
It reads more.

Limits
------
The register says where a subcontractor sits, not where its staff work. A site is what the plan
calls one: two numbers of one building read as two sites. The 10 % and the 20 sites that a share is
told from are carvein's own defaults, not law. A part that the submission cannot tell, or whose
group is too small, is left out and named; with fewer than two parts the rule could not run. No
score over the components is made: each stands on its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.model import Filing, Measure, Rule
from rules.separation.offices import tell_off_site
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
from rules.separation.sites import tell_sites

OTHERWISE = (
    "Few sites may bill both where specialty BH clinics are the rule, or where a site's "
    "number is not sent with its lines."
)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Tell how far BH is located apart."""
    told = [tell_off_site(filing), tell_sites(filing)]
    yield component("location", told, OTHERWISE)


RULE = Rule(
    code="SL02",
    name="separation.located-apart",
    family="separation",
    reads=(
        "subcontracts",
        "encounters",
    ),
    params=Params,
    grain=GRAIN,
    unit=UNIT,
    sense=SENSE,
    required=required,
    judged_by=JUDGED_BY,
    message=MESSAGE,
    remedy=(
        "Move the work of BH subcontractors into the plan's offices, and help sites of one "
        "kind of care to give and bill the other."
    ),
    measure=measure,
)
