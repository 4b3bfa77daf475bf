"""Behavioral health runs on systems of its own.

What it measures
----------------
The component *systems* of the separation profile: the plain mean of its two parts, each 0 (one
house) to 1 (two houses).

- *functions operated apart*: of the plan functions that have a row for PH and for BH, how many have
  another operator or system for BH, as IF01 tells it; from five functions on.
- *claims system and care platform*: the same for the claims system, the care-management platform
  and the tracking of care plans alone.

Why it is required
------------------
The functions of an integrated plan can be one, or two side by side: one call number, one claims
system, one care-management platform (*What Functions of a Health Plan Can be Integrated?*).

Met
---
The component reads no more than ``max_separation``.

Not met
-------
It reads more.

Limits
------
Names are compared without regard to case and spaces: two names of one system read as two systems,
and one system with two separate configurations reads as one. Functions told for one domain only are
not counted. A part that the submission cannot tell, or whose group is too small, is left out and
named; with fewer than two parts the rule could not run. No score over the components is made: each
stands on its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.model import Filing, Measure, Rule
from rules.separation.operated import function_parts
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

OTHERWISE = "Two names may stand for one system, and two systems may exchange data in real time."


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Tell how far BH is operated apart."""
    told = [*function_parts(filing)]
    yield component("systems", told, OTHERWISE)


RULE = Rule(
    code="SL03",
    name="separation.operated-apart",
    family="separation",
    reads=("functions",),
    params=Params,
    grain=GRAIN,
    unit=UNIT,
    sense=SENSE,
    required=required,
    judged_by=JUDGED_BY,
    message=MESSAGE,
    remedy=(
        "Run the plan's functions for both kinds of care with one operator on one system, "
        "claims and care management first."
    ),
    measure=measure,
)
