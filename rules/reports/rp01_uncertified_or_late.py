"""A submission arrives without its certification, or late.

What it measures
----------------
The manifest of the submission: whether there is one; whether somebody certifies it by name, title
and date; whether that title is one of ``titles``; whether it is certified no later than it is
submitted; whether it is submitted no later than ``max_days`` after the period's last day (not
asked where ``max_days`` is null: federal law names no day).
``value`` is the number of faults; ``denominator`` is how many of these could be tested.

Why it is required
------------------
Data that a plan submits are certified by its chief executive, its chief financial officer, or an
individual with delegated authority who reports directly to one of them, together with the
submission (42 CFR 438.604 and 438.606; the wording of 438.606 is unverified here).

Met
---
Every test that can be made passes.

Not met
-------
Any fails.

Limits
------
That a certification is there says nothing of whether it is true, and a title is taken as written:
it must be one of ``titles`` whole, whatever its case and dots. Without a manifest only two tests
can be made. A certification may be older than the submission by any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from rules.model import Filing, Measure, Outcome, Rule, Sense

UNREADABLE = "unreadable"
"""What stands in ``has_manifest`` of a submission whose manifest is there and cannot be read."""


@dataclass(frozen=True)
class Params:
    """``max_days`` after the period's last day, null for no limit; ``titles`` that may certify."""

    max_days: int | None
    titles: tuple[str, ...]


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the faults of the manifest."""
    rows = filing.tables["submission"].limit(1).to_polars().to_dicts()
    if not rows:
        note = "what was submitted, and when, was not recorded"
        yield Measure("plan", note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    manifest = rows[0]
    tests = examine_certification(manifest, params)
    if has_manifest(manifest):
        tests = {"manifest": "", **tests}
        if params.max_days is not None:
            tests["on_time"] = tell_lateness(filing, manifest, params.max_days)
    else:
        broken = manifest["has_manifest"] == UNREADABLE
        fault = "submission.yaml cannot be read" if broken else "no submission.yaml"
        tests = {"manifest": fault, **tests}
    due = None if params.max_days is None else due_on(filing, params.max_days).isoformat()
    faults = {test: fault for test, fault in tests.items() if fault}
    day = manifest["submitted_on"]
    yield Measure(
        subject="plan",
        numerator=float(len(faults)),
        denominator=float(len(tests)),
        value=float(len(faults)),
        evidence={
            "faults": list(faults),
            "found": "; ".join(faults.values())
            or ("certified and on time" if due else "certified"),
            "submitted_on": day.isoformat() if day else None,
            "due_on": due,
            "certification_title": manifest["certification_title"],
        },
    )


def has_manifest(manifest: Mapping[str, Any]) -> bool:
    """Tell whether the submission came with its manifest."""
    return (manifest["has_manifest"] or "").upper() == "Y"


def examine_certification(manifest: Mapping[str, Any], params: Params) -> dict[str, str]:
    """Return the tests of the certification that can be made, each with its fault or ""."""
    parts = {
        "name": manifest["certification_name"],
        "title": manifest["certification_title"],
        "date": manifest["certified_on"],
    }
    lacking = [part for part, given in parts.items() if not given]
    fault = f"certification without {' and '.join(lacking)}" if lacking else ""
    tests = {"certified": "no certification" if len(lacking) == len(parts) else fault}
    if parts["title"]:
        accepted = one_spelling(parts["title"]) in {one_spelling(title) for title in params.titles}
        tests["title"] = "" if accepted else f"certified by title {parts['title']!r}, not accepted"
    certified, submitted = manifest["certified_on"], manifest["submitted_on"]
    if certified and submitted:
        late = certified > submitted
        tests["concurrent"] = (
            f"certified on {certified}, after it was submitted on {submitted}" if late else ""
        )
    return tests


def one_spelling(title: str) -> str:
    """Return a title in lower case without dots and with single spaces: ``C.F.O.`` is ``cfo``."""
    return " ".join(title.casefold().replace(".", "").split())


def due_on(filing: Filing, max_days: int) -> date:
    """Return the last day on which the submission is on time."""
    return filing.period.end + timedelta(days=max_days)


def tell_lateness(filing: Filing, manifest: Mapping[str, Any], max_days: int) -> str:
    """Say how late a submission is, "" when it is on time."""
    submitted = manifest["submitted_on"]
    if not submitted:
        return "no date of submission"
    if submitted <= due_on(filing, max_days):
        return ""
    after = (submitted - filing.period.end).days
    return f"submitted on {submitted}, {after} days after the period's end, {max_days} allowed"


def required(params: Any, measure: Measure) -> float:
    """No fault is allowed."""
    return 0.0


RULE = Rule(
    code="RP01",
    name="reports.uncertified-or-late",
    family="reports",
    reads=("submission",),
    params=Params,
    grain="plan",
    unit="faults",
    sense=Sense.AT_MOST,
    required=required,
    message="{plan_id}'s submission for {period}: {evidence[found]}.",
    remedy=(
        "Send the data with submission.yaml, certified by an officer of the plan (42 CFR 438.606) "
        "no later than the day it is submitted, within the days that the contract allows."
    ),
    measure=measure,
)
