"""Many members take several psychotropic drugs at once for months.

What it measures
----------------
In the ``months`` calendar months that end ``runout_months`` before the period's end, by what their
fills leave in hand, the members who for ``days`` days in a row had at once:

- ``three classes``: drugs of three or more psychotropic classes, of those with any psychotropic
  drug for as long;
- ``four drugs``: four or more psychotropic drugs, of the same members;
- ``two antipsychotics``: two or more antipsychotics, of those with one for as long.

``value`` is their share. Classes and drugs are told by the value set ``drug_classes``.

Why it is required
------------------
Who treats both sides together looks at what has been prescribed in all; antipsychotic medication
management was a process measure of Pennsylvania's shared incentive pool (Integrated Care Resource
Center, *State Options for Integrating Physical and Behavioral Health Care*, 2011). Concomitant
antipsychotics for 60 days in a row is how Morrato et al. define it (*Clinical Therapeutics* 2007,
29:183-95; abstract read). New York's PSYCKES counts two or more antipsychotics, of members on any,
for more than 90 days (Polypharmacy Indicators, read in a copy). Three classes and four drugs at
once, and 60 days for them, are carvein's own defaults; what share is too much is the contract's.

Met
---
At most ``max_share`` of the subject: with ``days`` 60, two drugs for 59 days do not count.

Not met
-------
More, counted on the 60th day, and the whole 95 % interval lies above.

Limits
------
Drugs in hand are not drugs taken, and several can be right for one member. A fill counts from its
day for its ``days_supply`` (one day where that is empty); what was filled before the span, and what
a clinic gave, does not count. Up to ``gap`` days between fills of a drug are bridged: a change from
one drug to another is no overlap unless both are filled on. Of unknown drugs nothing is said: with
fewer than ``min_known_share`` of the pharmacy lines known, fewer than ``min_members``, or an
interval that reaches the limit from above, the rule could not run. Without a limit it gives the
share and judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from rules.comparison import FEWEST
from rules.model import TOLERANCE, VIOLATION_COLUMNS, Filing, Measure, Outcome, Period, Rule, Sense
from rules.practices.at_once import in_hand, on_drugs
from rules.practices.drugs import (
    ANTIPSYCHOTIC,
    FEWEST_KNOWN,
    coverage,
    dispensed,
    held_back,
    psychotropics,
)
from rules.samples import wilson

CLASSES, DRUGS, ANTIPSYCHOTICS = "three classes", "four drugs", "two antipsychotics"
SUBJECTS = (CLASSES, DRUGS, ANTIPSYCHOTICS)
DAYS = 60
GAP = 7
_READ = ("member_id", "day", "days", "product", "class", "drug")
_PLACE = ("encounter_id", "line_number", "ndc", "_file", "_line")


@dataclass(frozen=True)
class Params:
    """``max_share`` by subject, 0 to 1; none for a figure without a verdict.

    ``days``, ``gap``, ``months``, ``min_members`` and ``min_known_share`` are carvein's own
    defaults.
    """

    max_share: Mapping[str, float] = field(default_factory=dict)
    days: int = DAYS
    gap: int = GAP
    months: int = 12
    min_members: int = FEWEST
    min_known_share: float = FEWEST_KNOWN

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.max_share) - set(SUBJECTS)):
            raise ValueError(f"max_share of {unknown[0]}, wanted some of {', '.join(SUBJECTS)}")
        if not 1 <= self.days <= 366:
            raise ValueError(f"days {self.days} is not 1 to 366")
        if not 0 <= self.gap <= 31:
            raise ValueError(f"gap {self.gap} is not 0 to 31")
        if not 1 <= self.months <= 36:
            raise ValueError(f"months {self.months} is not 1 to 36")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the members with several drugs at once, and those with any for as long."""
    during = filing.look_back(params.months)
    lines = dispensed(filing, during)
    known = coverage(lines)
    evidence: dict[str, object] = {
        "window_start": str(during.start),
        "window_end": str(during.end),
        "days": params.days,
        **known.evidence(),
        "quarantined": filing.quarantined.get("encounters", 0),
    }
    if lack := known.lack(params.min_known_share):
        note = f"cannot tell who takes several drugs at once: {lack}"
        yield from held_back(SUBJECTS, note, evidence)
        return
    fills = read_fills(filing, during)
    for subject, (of, found) in taking(fills, during, params.days, params.gap).items():
        yield share_of(subject, of, found, fills, params, evidence)


def read_fills(filing: Filing, during: Period) -> pl.DataFrame:
    """Return the fills of psychotropic drugs, one row a line and drug, and where each stands."""
    lines = psychotropics(dispensed(filing, during))
    frame: pl.DataFrame = lines.select(*_READ, *_PLACE).to_polars()
    return frame.with_columns(
        days=pl.col("days").cast(pl.Int64),
        offset=(pl.col("day") - pl.lit(during.start)).dt.total_days(),
    )


def taking(
    fills: pl.DataFrame, during: Period, days: int, gap: int
) -> dict[str, tuple[pl.Series, pl.Series]]:
    """Return, by subject, the members with any such drug for so long, and those with several."""
    last = (during.end - during.start).days
    drugs = in_hand(fills, "drug", gap, last)
    classes = in_hand(fills, "class", gap, last)
    psychotic = in_hand(fills.filter(pl.col("class") == ANTIPSYCHOTIC), "drug", gap, last)
    any_drug = on_drugs(classes, 1, days)
    return {
        CLASSES: (any_drug, on_drugs(classes, 3, days)),
        DRUGS: (any_drug, on_drugs(drugs, 4, days)),
        ANTIPSYCHOTICS: (on_drugs(psychotic, 1, days), on_drugs(psychotic, 2, days)),
    }


def share_of(
    subject: str,
    of: pl.Series,
    found: pl.Series,
    fills: pl.DataFrame,
    params: Params,
    common: Mapping[str, object],
) -> Measure:
    """Turn the members of one subject into its measure."""
    total, count = of.len(), found.len()
    interval = list(wilson(count, total)) if total else None
    evidence = {**common, "interval": interval}
    span = f"from {common['window_start']} to {common['window_end']}"
    if not interval:
        kind = "antipsychotic" if subject == ANTIPSYCHOTICS else "psychotropic drug"
        note = f"no member had an {kind}" if kind[0] == "a" else f"no member had a {kind}"
        note += f" for {params.days} days in a row {span}"
        return Measure(subject, 0.0, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
    limit = params.max_share.get(subject)
    value = count / total
    figure = f"{count:,} of {total:,} members {span}, {value:.1%}"
    figure += f" (95 % interval {interval[0]:.1%} to {interval[1]:.1%})"
    over = limit is not None and value > limit + TOLERANCE
    reason = ""
    if total < params.min_members:
        reason = f"a share of fewer than {params.min_members} is not told"
    elif limit is not None and over and interval[0] <= limit:
        reason = f"more than {limit:.1%} could be chance"
    if reason:
        note = f"cannot tell whether too many have {subject} at once: {figure}; {reason}"
        return Measure(subject, evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
    if limit is None:
        note = f"with {subject} at once: {figure}; the contract sets no limit"
        return Measure(subject, count, total, value, evidence, note, Outcome.NOT_APPLICABLE)
    trail = _rows_of(fills, found, subject, params.days) if over else None
    return Measure(subject, count, total, value, evidence, violations=trail)


def _rows_of(fills: pl.DataFrame, found: pl.Series, subject: str, days: int) -> pl.DataFrame:
    """Return the last fill of such a drug of each member found."""
    mine = fills.filter(pl.col("member_id").is_in(found.implode()))
    if subject == ANTIPSYCHOTICS:
        mine = mine.filter(pl.col("class") == ANTIPSYCHOTIC)
    last = mine.sort("member_id", "day", "_file", "_line").group_by(
        "member_id", maintain_order=True
    )
    told = last.last().select(
        table=pl.lit("encounters"),
        file="_file",
        line=pl.col("_line").cast(pl.Int64),
        natural_key=pl.format("{}/{}", "encounter_id", pl.col("line_number").cast(pl.Int64)),
        field=pl.lit("ndc"),
        value="ndc",
        expected=pl.lit(f"no {subject} at once for {days} days"),
    )
    return told.select(VIOLATION_COLUMNS)


def required(params: Params, measure: Measure) -> float:
    """Return the largest share allowed for the subject; 1 where the contract sets none."""
    return params.max_share.get(measure.subject, 1.0)


RULE = Rule(
    code="PR05",
    name="practices.many-drugs-at-once",
    family="practices",
    reads=("encounters",),
    params=Params,
    columns=("encounters.ndc",),
    grain="kind of drugs",
    unit="share of members",
    sense=Sense.AT_MOST,
    required=required,
    message=(
        "{plan_id}: of {denominator:,.0f} members with such a drug for {evidence[days]} days from "
        "{evidence[window_start]} to {evidence[window_end]}, {numerator:,.0f} ({value:.1%}) had "
        "{subject} at once for as long; at most {required:.1%} may.{doubt}"
    ),
    remedy="Review what these members take with all who prescribe for them.",
    measure=measure,
)
