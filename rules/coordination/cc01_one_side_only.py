"""Members who need both physical and behavioral health care get one of the two.

What it measures
----------------
Over the ``months`` calendar months that end ``runout_months`` before the period's end: members with
a behavioral diagnosis and a lasting physical one (each on claims of two different days, or of one
inpatient stay; in any place of the claim), enrolled on the last day and for ``min_days`` in all, no
duals. ``value`` is the share of them with final lines of one side only.

Why it is required
------------------
Lasting physical illness brings behavioral illness three to four times as often, and the cost of
people with both runs two to three times higher, mostly medical (*Integrating physical and
behavioral health: a major step toward population health management*, hfma.org, 2016). Integrated
care is for them before all others.

Met
---
At most ``max_share`` of them got one side only.

Not met
-------
More did.

Limits
------
Diagnoses on claims are what somebody billed for. Care is any line of a side: one laboratory test is
physical care. Drugs for a behavioral illness that primary care prescribes count as physical care,
for the prescriber tells the side of a pharmacy line, not the drug; care that others paid for does
not count at all. So duals, of whose physical care Medicare pays most, are left out and told. What
share is too much is the contract's own figure: some of these members are rightly cared for by
primary care alone. With fewer than ``min_members`` the share is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import polars as pl

from rules.comparison import FEWEST
from rules.coordination.needs import both_needs, enrolled
from rules.encounters.final import final_lines, natural_key
from rules.model import TOLERANCE, Filing, Measure, Outcome, Period, Rule, Sense
from rules.samples import wilson

if TYPE_CHECKING:
    from ibis.expr.types import Table


@dataclass(frozen=True)
class Params:
    """``max_share`` of members with both needs, 0 to 1, who get one side only.

    ``months``, ``min_days`` enrolled and ``min_members`` are carvein's own defaults.
    """

    max_share: float
    months: int = 12
    min_days: int = 180
    min_members: int = FEWEST

    def __post_init__(self) -> None:
        if not 1 <= self.months <= 36:
            raise ValueError(f"months {self.months} is not 1 to 36")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the members with both needs, and those with care of one side."""
    during = filing.look_back(params.months)
    both = members_with_both(filing, during, params.min_days)
    duals = both.height - both.filter(~pl.col("dual")).height
    both = both.filter(~pl.col("dual"))
    bh_only = both.filter("bh_care", ~pl.col("ph_care"))
    ph_only = both.filter("ph_care", ~pl.col("bh_care"))
    one_side = pl.concat([bh_only, ph_only])
    of, count = both.height, one_side.height
    evidence: dict[str, object] = {
        "window_start": str(during.start),
        "window_end": str(during.end),
        "bh_only": bh_only.height,
        "ph_only": ph_only.height,
        "duals_left_out": duals,
        "interval": list(wilson(count, of)) if of else None,
        "quarantined": {
            name: filing.quarantined.get(name, 0) for name in ("members", "encounters")
        },
    }
    span = f"from {during.start} to {during.end}"
    if not of:
        note = f"no member with both needs {span}"
        yield Measure("plan", 0.0, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
    elif of < params.min_members:
        note = (
            f"cannot tell: {of} members with both needs {span}, and a share of fewer than "
            f"{params.min_members} is not told"
        )
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
    else:
        over = count / of > params.max_share + TOLERANCE
        faulty = _lines_of(filing, during, one_side) if over else None
        yield Measure("plan", count, of, count / of, evidence, violations=faulty)


def members_with_both(filing: Filing, during: Period, min_days: int) -> pl.DataFrame:
    """Return the members with both needs: ``member_id``, ``dual``, ``bh_care``, ``ph_care``."""
    who = enrolled(filing, during, min_days).select("member_id", "dual")
    given = both_needs(filing, during).select("member_id", "bh_care", "ph_care")
    return who.join(given, on="member_id").sort("member_id")


def _lines_of(filing: Filing, during: Period, members: pl.DataFrame) -> Table:
    """Return the first line with a diagnosis of each of those members.

    The line's diagnosis, which tells of care, is the field: a report masks it as that, so that
    nobody's substance use is told by standing in the list (42 CFR Part 2).
    """
    lines = filing.once("final_lines", final_lines)
    mine = lines.filter(
        lines.diagnosis_codes.notnull(),
        lines.claim_type.isin(["P", "I"]),
        lines.service_from.between(during.start, during.end),
    ).semi_join(ibis.memtable(members.select("member_id")), "member_id")
    place = ibis.row_number().over(group_by=mine.member_id, order_by=[mine._file, mine._line])
    ranked = mine.select("_file", "_line", "diagnosis_codes", key=natural_key(mine), place=place)
    first = ranked.filter(ranked.place == 0)
    return first.select(
        table=ibis.literal("encounters"),
        file=first._file,
        line=first._line,
        natural_key=first.key,
        field=ibis.literal("diagnosis_codes"),
        value=first.diagnosis_codes,
        expected=ibis.literal("care of both sides for a member who needs both"),
    )


def required(params: Params, measure: Measure) -> float:
    """Return the largest share allowed."""
    return params.max_share


RULE = Rule(
    code="CC01",
    name="coordination.one-side-only",
    family="coordination",
    reads=("members", "encounters"),
    params=Params,
    columns=("encounters.diagnosis_codes",),
    grain="plan",
    unit="share",
    sense=Sense.AT_MOST,
    required=required,
    message=(
        "{plan_id}: of {denominator:,.0f} members who need both PH and BH care, from "
        "{evidence[window_start]} to {evidence[window_end]}, {numerator:,.0f} ({value:.1%}) had "
        "one side only ({evidence[ph_only]:,} PH, {evidence[bh_only]:,} BH); at most "
        "{required:.1%} may.{doubt}"
    ),
    remedy="Reach out to these members, and plan the care of both sides with them.",
    measure=measure,
)
