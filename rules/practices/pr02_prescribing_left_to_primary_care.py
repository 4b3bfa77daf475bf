"""Too much of the prescribing of psychotropic drugs is left to primary care.

What it measures
----------------
The fills of psychotropic drugs, and of antidepressants among them (``subject``), in the ``months``
calendar months that end ``runout_months`` before the period's end: ``value`` is the share that
primary care prescribed, of those whose prescriber is in the register of providers. Drugs are told
by the value set ``drug_classes``, primary care by the taxonomies of the specialty ``primary_care``.

Why it is required
------------------
Primary care prescribes 67 % of psychotropic drugs and 80 % of antidepressants (*Integrating
physical and behavioral health: a major step toward population health management*, hfma.org, 2016):
how far it does so alone shows where psychiatric consultation is needed. These are figures of the
country, no limits. What share is too much is the contract's own figure; without one the rule gives
the share and its interval and judges nothing.

Met
---
At most ``max_share`` of the subject.

Not met
-------
More, and the whole 95 % interval lies above.

Limits
------
A fill is counted, not what it is for: antidepressants are given for pain and sleep as well. Where
the prescriber of a fill is not listed, both readings are tried: the rule could not run where they
disagree. Nor could it with fewer than ``min_fills``, with fewer than ``min_known_share`` of all
pharmacy lines of a drug that the list knows, or where the interval reaches the limit from above.
The list that is shipped is of 2019; load today's. The interval takes members as drawn at random
and their fills together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import ibis
import polars as pl

from rules.comparison import FEWEST
from rules.model import TOLERANCE, Filing, Measure, Outcome, Rule, Sense
from rules.practices.drugs import (
    ANTIDEPRESSANT,
    DRUGS,
    FEWEST_KNOWN,
    coverage,
    dispensed,
    held_back,
    named_drugs,
)
from rules.practices.prescribers import with_prescriber
from rules.samples import clustered
from rules.values import value_set

SUBJECTS = ("psychotropic", ANTIDEPRESSANT)


@dataclass(frozen=True)
class Params:
    """``max_share`` by subject (``psychotropic``, ``antidepressant``), 0 to 1; none for a figure.

    ``months``, ``min_fills`` and ``min_known_share`` are carvein's own defaults.
    """

    max_share: Mapping[str, float] = field(default_factory=dict)
    months: int = 12
    min_fills: int = FEWEST
    min_known_share: float = FEWEST_KNOWN

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.max_share) - set(SUBJECTS)):
            raise ValueError(f"max_share of {unknown[0]}, wanted some of {', '.join(SUBJECTS)}")
        if not 1 <= self.months <= 36:
            raise ValueError(f"months {self.months} is not 1 to 36")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count fills, and those that primary care prescribed."""
    during = filing.look_back(params.months)
    lines = dispensed(filing, during)
    known = coverage(lines)
    evidence: dict[str, object] = {
        "window_start": str(during.start),
        "window_end": str(during.end),
        **known.evidence(),
        "quarantined": {
            name: filing.quarantined.get(name, 0) for name in ("encounters", "providers")
        },
    }
    if lack := known.lack(params.min_known_share):
        yield from held_back(SUBJECTS, f"cannot tell who prescribes: {lack}", evidence)
        return
    people = by_member(filing, params.months)
    for subject in SUBJECTS:
        mine = people.filter(pl.col("antidepressant")) if subject == ANTIDEPRESSANT else people
        yield share_of(subject, mine, params, evidence)


def by_member(filing: Filing, months: int) -> pl.DataFrame:
    """Return fills by ``member_id`` and ``antidepressant``: ``fills``, ``known``, ``primary``."""
    lines = dispensed(filing, filing.look_back(months))
    codes = lines.select("ndc").distinct().to_polars()["ndc"].drop_nulls().to_list()
    named = named_drugs(codes, value_set(DRUGS))
    once = named.group_by("_code").agg(antidepressant=(pl.col("class") == ANTIDEPRESSANT).any())
    drugs = ibis.memtable(once)
    told = with_prescriber(lines.join(drugs, lines.ndc == drugs._code), filing.tables["providers"])
    sums = told.group_by("member_id", "antidepressant").agg(
        fills=told.count(), known=told.known.sum(), primary=told.primary.sum()
    )
    frame: pl.DataFrame = sums.to_polars()
    return frame


def share_of(
    subject: str, people: pl.DataFrame, params: Params, common: Mapping[str, object]
) -> Measure:
    """Turn the fills of one kind of drug, by member, into its measure."""
    each = people.group_by("member_id").agg(pl.col("fills", "known", "primary").sum())
    each = each.filter(pl.col("known") > 0).sort("member_id")
    of, count = int(each["known"].sum()), int(each["primary"].sum())
    unlisted = int(people["fills"].sum()) - int(people["known"].sum())
    interval = list(clustered(each["primary"].to_list(), each["known"].to_list())) if of else None
    evidence = {**common, "unlisted": unlisted, "members": each.height, "interval": interval}
    span = f"from {common['window_start']} to {common['window_end']}"
    if not of and not unlisted:
        note = f"no fill of any {subject} drug {span}"
        return Measure(subject, 0.0, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
    limit = params.max_share.get(subject)
    figure = f"{count:,} of {of:,} fills {span}"
    if interval:
        figure += f", {count / of:.1%} (95 % interval {interval[0]:.1%} to {interval[1]:.1%})"
    reason = ""
    if of < params.min_fills:
        reason = f"a share of fewer than {params.min_fills} is not told"
    elif limit is not None:
        reason = why_untold(count, of, unlisted, interval, limit)
    if reason:
        note = f"cannot tell whether primary care prescribes too much: {figure}; {reason}"
        return Measure(subject, evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
    if limit is None:
        note = f"by primary care: {figure}; the contract sets no limit"
        return Measure(
            subject, count, of, count / of, evidence, note, outcome=Outcome.NOT_APPLICABLE
        )
    return Measure(subject, count, of, count / of, evidence)


def why_untold(
    count: int, of: int, unlisted: int, interval: Sequence[float] | None, limit: float
) -> str:
    """Return why it cannot be told whether a share exceeds its limit; "" when it can."""
    least, most = count / (of + unlisted), (count + unlisted) / (of + unlisted)
    if least <= limit + TOLERANCE < most:
        return f"{unlisted:,} more were prescribed by somebody who is not listed"
    if interval and count / of > limit + TOLERANCE and interval[0] <= limit:
        return f"more than {limit:.1%} could be chance"
    return ""


def required(params: Params, measure: Measure) -> float:
    """Return the largest share allowed for the subject; 1 where the contract sets none."""
    return params.max_share.get(measure.subject, 1.0)


RULE = Rule(
    code="PR02",
    name="practices.prescribing-left-to-primary-care",
    family="practices",
    reads=("encounters", "providers"),
    params=Params,
    columns=("encounters.ndc", "encounters.prescriber_npi"),
    grain="kind of drug",
    unit="share of fills",
    sense=Sense.AT_MOST,
    required=required,
    message=(
        "{plan_id}: of {denominator:,.0f} fills of {subject} drugs from {evidence[window_start]} "
        "to {evidence[window_end]} primary care prescribed {numerator:,.0f} ({value:.1%}); at most "
        "{required:.1%} may be left to it.{doubt}"
    ),
    remedy="Give primary care psychiatric consultation, or take over the members it cannot treat.",
    measure=measure,
)
