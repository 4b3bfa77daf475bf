"""Members wait too long for an appointment.

What it measures
----------------
Of the calls of an appointment survey for one kind of appointment (provider type; routine, urgent
or after discharge; adult, pediatric or both), the share that was offered one within the longest
wait allowed. Counted are calls made in the ``months`` months that end with the period. A call
counts when somebody was reached who is in the network and takes new patients; one who then offers
no time has not kept the standard. The wait in days and business days is counted from called_on to
offered_on: the day of the call is not counted, the day of the appointment is. Business days are
Mondays to Fridays that are no public holiday of the contract's state. Hours are those of ``wait``.

Why it is required
------------------
42 CFR 438.68(e) has states set appointment wait times for routine appointments in outpatient
mental health and substance use disorder, primary care and OB/GYN, adult and pediatric, and
438.68(f) has them tested by secret-shopper surveys. A provider near by who cannot see the member
for two months is no access.

Met
---
The share is at least the share required. Where 0.90 is required, 9 of 10 are enough.

Not met
-------
The share is lower: 89.99 % where 90 % is required.

Limits
------
Calls that reached nobody, reached a provider not in the network, or one that takes no new patients
tell no wait: they are faults of the directory and are counted apart, so that each fault is told
once. A contract that has them stand against the wait says ``base: reached``. Calls that reached
nobody never stand in the base. A wait given in another unit, without the dates that would give it,
cannot be converted: it is counted apart and is in no share. Hours without a wait in hours are told
from the two dates where these leave no doubt. Whoever offers a time takes new patients, whatever
the answer was. Appointments by telehealth count unless the contract says ``telehealth: not``: then
they are in no share. That they should count only where the provider is also seen in person is
recalled, not read, and is not tested. Where the dates and the given wait differ by 1 or more, the
dates are used for days, the given wait for hours, and the evidence says how often. A survey is a
sample: the message gives the 95 % interval (Wilson) wherever the verdict could be the other one
within it, and the verdict stays that of the sample. Without any such call the requirement is not
applicable: nobody has asked. With calls of which none tells a wait it could not run: somebody
asked, and nothing can be said. Holidays are the public ones of the ``holidays`` package; an office
may keep others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from rules.model import Filing, Measure, Outcome, Rule, Sense
from rules.network.calls import (
    WORDS,
    Asked,
    Unit,
    calls,
    count_outcomes,
    with_outcome,
    with_waits,
)
from rules.network.scope import not_counted
from rules.samples import wilson
from rules.workdays import calendar_version

OPEN = ("kept", "late", "none_offered")
"""Outcomes that tell of a wait: reached, in the network, taking new patients."""

REFUSED = ("out_of_network", "not_accepting")
"""Outcomes of a call that reached somebody who is no choice for a new member of the plan."""


@dataclass(frozen=True)
class Params:
    """``max_wait`` in ``unit``, to be kept by ``share`` of the calls.

    ``base`` is open (reached, in the network, taking new patients) or reached (whoever was
    reached); ``months`` is how far back calls may lie: 12 is carvein's own default, for a survey
    is made once a year.
    """

    max_wait: float
    unit: Unit
    share: float
    base: Literal["open", "reached"] = "open"
    telehealth: Literal["counts", "not"] = "counts"
    months: int = 12

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"share {self.share:g} is not above 0 and at most 1")
        if self.max_wait < 0:
            raise ValueError(f"max_wait {self.max_wait:g} is below 0")
        if not 1 <= self.months <= 36:
            raise ValueError(f"months {self.months} is not 1 to 36")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the calls, and those offered an appointment in time."""
    try:
        asked = Asked.read(scope)
        rows = with_waits(calls(filing, asked, params.months), params.unit, filing.contract.state)
    except ValueError as fault:
        yield not_counted("plan", str(fault))
        return
    told = with_outcome(rows, params.max_wait, params.telehealth == "counts")
    yield _measured(filing, asked, params, told)


def _measured(filing: Filing, asked: Asked, params: Params, told: pl.DataFrame) -> Measure:
    counts = count_outcomes(told)
    counted = OPEN if params.base == "open" else (*OPEN, *REFUSED)
    base = sum(counts[outcome] for outcome in counted)
    kept = counts["kept"]
    unit = WORDS[params.unit]
    evidence: dict[str, Any] = {
        "calls_for": asked.words,
        "max_wait": params.max_wait,
        "unit": unit,
        "base": params.base,
        "calls": len(told),
        "reached": len(told) - counts["not_reached"],
        "offered": sum(counts[name] for name in ("kept", "late", "unconverted", "by_telehealth")),
        **counts,
        "share_of_open": _share(kept, sum(counts[name] for name in OPEN)),
        "share_of_reached": _share(kept, sum(counts[name] for name in (*OPEN, *REFUSED))),
        "interval": list(wilson(kept, base)) if base else None,
        **_waits(told, params),
        "quarantined": filing.quarantined.get("appointments", 0),
    }
    if params.unit == "business_days":
        evidence["holidays"] = f"{filing.contract.state}, {calendar_version()}"
    if not base:
        what = f"{asked.words} appointments"
        if told.is_empty():
            note = f"no call for {what} in the {params.months} months to {filing.period.end}"
            return Measure(asked.subject, 0, 0, None, evidence, note, Outcome.NOT_APPLICABLE)
        note = f"none of {len(told):,} calls for {what} tells a wait: {_apart(counts, unit)}"
        return not_counted(asked.subject, note, evidence)
    evidence["apart"] = _apart(counts, unit)
    return Measure(
        subject=asked.subject,
        numerator=kept,
        denominator=base,
        value=kept / base,
        evidence=evidence,
        violations=_violations(told.filter(pl.col("outcome").is_in(counted)), params),
    )


def _share(kept: int, of: int) -> float | None:
    return kept / of if of else None


def _waits(told: pl.DataFrame, params: Params) -> dict[str, Any]:
    """Say what the waits rest on, their median and the longest, and those of each type."""
    known = told.filter(
        pl.col("outcome").is_in(["kept", "late"]), pl.col("least") == pl.col("most")
    )
    kinds = told.filter(pl.col("outcome").is_in(list(OPEN))).group_by("provider_type")
    by_type = kinds.agg((pl.col("outcome") == "kept").sum().alias("kept"), pl.len().alias("of"))
    decided = told.filter(pl.col("outcome").is_in(["kept", "late"]))
    return {
        "by_dates": int((decided["basis"] == "dates").sum()),
        "by_wait": int((decided["basis"] == "wait").sum()),
        "disagree": int(decided["disagrees"].sum()),
        "used_where_they_disagree": "wait" if params.unit == "hours" else "dates",
        "median_wait": known["least"].median(),
        "longest_wait": known["least"].max(),
        "by_provider_type": {
            name: {"kept": kept, "of": of}
            for name, kept, of in by_type.sort("provider_type").iter_rows()
        },
    }


def _apart(counts: Mapping[str, int], unit: str) -> str:
    """Say which calls are in no share, e.g. ``2 reached nobody, 1 by telehealth``."""
    words = {
        "not_reached": "reached nobody",
        "out_of_network": "not in the network",
        "not_accepting": "taking no new patients",
        "by_telehealth": "by telehealth",
        "unconverted": f"with a wait that cannot be told in {unit}",
    }
    told = [f"{counts[name]:,} {said}" for name, said in words.items() if counts[name]]
    return ", ".join(told) or "none"


def _violations(rows: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Return the calls of the base that did not keep the wait."""
    faulty = rows.filter(pl.col("outcome") != "kept")
    dated = pl.col("offered_on").is_not_null()
    given = pl.col("wait").cast(pl.Int64, strict=False).cast(pl.String)
    return faulty.select(
        table=pl.lit("appointments"),
        file="_file",
        line="_line",
        natural_key=pl.concat_str(
            pl.col("npi").fill_null(""), pl.col("site_id").fill_null(""), separator="/"
        ),
        field=pl.when(pl.col("outcome") == "out_of_network")
        .then(pl.lit("in_network"))
        .when(pl.col("outcome") == "not_accepting")
        .then(pl.lit("accepting_new"))
        .when(dated | ~(pl.col("outcome") == "late"))
        .then(pl.lit("offered_on"))
        .otherwise(pl.lit("wait")),
        value=pl.when(pl.col("outcome").is_in(list(REFUSED)))
        .then(pl.lit("N"))
        .when(dated)
        .then(pl.col("offered_on").cast(pl.String))
        .otherwise(given.fill_null("")),
        expected=pl.format(
            "an appointment within {} {} of {}",
            pl.lit(f"{params.max_wait:g}"),
            pl.lit(WORDS[params.unit]),
            pl.col("called_on").cast(pl.String),
        ),
    )


def required(params: Params, measure: Measure) -> float:
    """Return the share required."""
    return params.share


RULE = Rule(
    code="NW04",
    name="network.long-wait",
    family="network",
    reads=("appointments",),
    params=Params,
    grain="provider type x appointment type x population",
    unit="share",
    sense=Sense.AT_LEAST,
    required=required,
    judged_by=("share",),
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} calls for {evidence[calls_for]} "
        "appointments were offered one within {params.max_wait:g} {evidence[unit]} ({value:.1%}); "
        "{required:.1%} needed. Of {evidence[calls]:,} calls, counted apart: "
        "{evidence[apart]}.{doubt}"
    ),
    remedy=(
        "Find out from the providers named why the wait is long; contract with more of them, or "
        "take closed practices out of the directory."
    ),
    measure=measure,
)
