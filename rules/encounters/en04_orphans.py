"""Replacements and voids whose original the submission does not have.

What it measures
----------------
The share of corrections (frequency 7 or 8) that name a claim in ``original_encounter_id`` that is
not in the file. A correction is all lines of one encounter_id and frequency.

Why it is required
------------------
42 CFR 438.242(b)(3) has encounter data screened for completeness, logic and consistency. A void of
nothing leaves a service that was taken back among those that were paid for; a replacement of
nothing counts it twice. How many a contract bears is its own figure.

Met
---
Replaced and voided originals stay in the file, as the submission's conventions ask.

Not met
-------
The file holds a plan's final claims alone, and corrections of claims that it dropped.

Limits
------
Left out, with their number in the evidence: corrections of services before the first original in
the file or more than 36 months before the period's end, for their originals were not due; and those
whose original lies in quarantine. A correction that names itself or nothing is the row edits'.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from rules.encounters.final import natural_key
from rules.model import Filing, Measure, Rule, Sense, add_months, month_end
from rules.relational.edit import set_aside_ids

if TYPE_CHECKING:
    from ibis.expr.types import Table

MONTHS = 36


@dataclass(frozen=True)
class Params:
    """``max_share``: largest share of corrections without their original, 0 to 1."""

    max_share: float


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the corrections without an original."""
    found = _corrections(filing).cache()
    due = found.filter(found.left_out.isnull())
    orphans = due.filter(~due.is_there)
    counts = found.left_out.value_counts(name="corrections").to_polars()
    left_out = {reason: count for reason, count in counts.iter_rows() if reason}
    total, lacking = int(due.count().execute()), int(orphans.count().execute())
    yield Measure(
        subject="plan",
        numerator=lacking,
        denominator=total,
        value=lacking / total if total else None,
        evidence={
            "corrections": total,
            "orphans": lacking,
            "voids_among_them": int((orphans.frequency == "8").sum().fill_null(0).execute()),
            "left_out": left_out,
            "quarantined": filing.quarantined.get("encounters", 0),
        },
        violations=orphans.select(
            table=ibis.literal("encounters"),
            file=orphans._file,
            line=orphans._line,
            natural_key=natural_key(orphans),
            field=ibis.literal("original_encounter_id"),
            value=orphans.original_encounter_id,
            expected=ibis.literal("a claim in the file"),
        ),
    )


def _corrections(filing: Filing) -> Table:
    """Return the first line of each correction, with ``is_there`` and ``left_out`` (why)."""
    lines = filing.tables["encounters"]
    corrects = lines.frequency.isin(["7", "8"]).fill_null(False)
    rows = lines.filter(corrects, lines.original_encounter_id != lines.encounter_id)
    order = [rows._file, rows._line]
    firsts = ("_file", "_line", "line_number", "original_encounter_id", "service_from")
    claims = rows.group_by("encounter_id", "frequency").agg(
        **{name: rows[name].first(order_by=order) for name in firsts}
    )
    asked = claims.select(known="original_encounter_id").distinct()
    sent = lines.select(known="encounter_id").semi_join(asked, "known").distinct()
    claims = claims.left_join(sent, claims.original_encounter_id == sent.known)
    claims = claims.mutate(is_there=claims.known.notnull()).drop("known")
    hidden = set_aside_ids(filing, "encounters", "encounter_id")
    aside = ibis.literal(False)
    if hidden is not None:
        hidden = hidden.select(hidden="encounter_id")
        claims = claims.left_join(hidden, claims.original_encounter_id == hidden.hidden)
        aside = claims.hidden.notnull() & ~claims.is_there
    first = lines.filter(~corrects).service_from.min().execute()
    since = month_end(add_months(filing.period.end, -MONTHS))
    began = claims.service_from
    earlier = (began < ibis.literal(first, "date")) if first else ibis.literal(True)
    return claims.mutate(
        left_out=ibis.cases(
            (aside, "original_in_quarantine"),
            (~claims.is_there & (earlier | (began <= since)), "served_before_the_file"),
            else_=ibis.null(str),
        )
    )


def required(params: Params, measure: Measure) -> float:
    """Return the largest share allowed."""
    return params.max_share


RULE = Rule(
    code="EN04",
    name="encounters.orphans",
    family="encounters",
    reads=("encounters",),
    params=Params,
    grain="plan",
    unit="share",
    sense=Sense.AT_MOST,
    required=required,
    judged_by=("max_share",),
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} replacements and voids ({value:.1%}) "
        "name a claim that is not in the file; at most {required:.1%} may"
    ),
    remedy="Keep replaced and voided originals in the file, or correct original_encounter_id.",
    measure=measure,
)
