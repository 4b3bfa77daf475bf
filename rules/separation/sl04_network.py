"""Behavioral health has a network of its own.

What it measures
----------------
The component *network* of the separation profile: the plain mean of the parts that can be told,
each 0 (one house) to 1 (two houses), over the providers under contract on the period's last day and
the visits looked back on.

- *reachable through one subcontractor*: of the BH providers (NPIs, by taxonomy), how many are held
  by the largest subcontractor and by nobody else.
- *PH and BH at one site or group*: of the same, how many are listed at a site, or in a group, where
  a PH provider is listed; 10 % and more reads 0, none reads 1.
- *served through one subcontractor*: of the members with a paid BH visit in the 12 months looked
  back on, how many had all of them on lines of the largest subcontractor.

Why it is required
------------------
A BH network that is reachable only through one subcontractor leaves with it, and keeps patients and
providers of the two kinds of care apart (Integrated Care Resource Center, *State Options for
Integrating Physical and Behavioral Health Care*, 2011).

Met
---
The component reads no more than ``max_separation``.

Not met
-------
It reads more.

Limits
------
The list says who is contracted; its providers count alike however many members they see. A facility
that gives both under one taxonomy counts for that one. The 10 % is carvein's own default, not law.
A part that the submission cannot tell, or whose group is too small, is left out and named; with
fewer than two parts the rule could not run. No score over the components is made: each stands on
its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.model import Filing, Measure, Rule
from rules.separation.listed import list_parts
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
from rules.separation.through import tell_seen

OTHERWISE = (
    "A subcontractor may only contract for the plan, and practices of one kind of care are "
    "common in any network."
)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Tell how far the networks are apart."""
    told = [*list_parts(filing), tell_seen(filing)]
    yield component("network", told, OTHERWISE)


RULE = Rule(
    code="SL04",
    name="separation.networks-apart",
    family="separation",
    reads=("providers",),
    params=Params,
    grain=GRAIN,
    unit=UNIT,
    sense=SENSE,
    required=required,
    judged_by=JUDGED_BY,
    message=MESSAGE,
    remedy=("Contract BH providers directly, and practices that hold both kinds of care."),
    measure=measure,
)
