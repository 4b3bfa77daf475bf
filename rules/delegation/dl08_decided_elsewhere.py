"""Behavioral health requests are decided elsewhere, and by other criteria than all the rest.

What it measures
----------------
The decisions on BH requests (MH, SUD or BH) in the ``months`` months to the period's end: the
share that somebody other than the plan made, who decided no PH request in that time, under a
criteria set under which no PH request was decided. The denial rates of both sides and their
difference, with its 95 % interval, stand in the evidence; AU01 judges them.

Why it is required
------------------
Subcontracts can keep the management of the two benefits in separate silos inside one contract
(Integrated Care Resource Center, *State Options for Integrating Physical and Behavioral Health
Care*, 2011). A reviewer of its own with criteria of its own is such a silo at the point where care
is approved or refused.

Met
---
At most ``max_share`` of the decisions were made so.

Not met
-------
More were.

Limits
------
Other criteria alone are no fault, for mental health and substance use have criteria of their own
(LOCUS, ASAM): only decisions that were made elsewhere as well are counted. Names are compared
without regard to case and spaces: two names of one criteria set read as two. Where more than 5 %
of the BH decisions lack a reviewer or a criteria set, or with fewer than ``min_decisions`` of
either side, the rule could not run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import polars as pl

from rules.delegation.decisions import (
    counts,
    decisions,
    made_apart,
    rows_of,
    total,
    untold,
)
from rules.model import TOLERANCE, Filing, Measure, Outcome, Rule, Sense
from rules.samples import newcombe
from rules.spending.months import MOST_UNSEEN

_SHOWN = 20


@dataclass(frozen=True)
class Params:
    """``max_share`` of BH decisions, 0 to 1; ``min_decisions`` of each side is carvein's own."""

    max_share: float
    months: int = 12
    min_decisions: int = 10

    def __post_init__(self) -> None:
        if not 1 <= self.months <= 36:
            raise ValueError(f"months {self.months} is not 1 to 36")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the BH decisions that were made elsewhere and by other criteria."""
    rows, during = counts(filing, params.months), filing.last(params.months)
    behavioral, physical = (rows.filter(pl.col("side") == side) for side in ("BH", "PH"))
    apart = made_apart(behavioral, physical)
    (of, denied), (others, others_denied) = total(rows, "BH"), total(rows, "PH")
    count = int(apart["decisions"].sum())
    nameless = int(behavioral.filter(untold())["decisions"].sum())
    evidence = {
        "decided_from": str(during.start),
        "decided_to": str(during.end),
        "ph_decisions": others,
        "reviewers": {side: _by(rows, side, "by") for side in ("BH", "PH")},
        "criteria": {side: _by(rows, side, "criteria") for side in ("BH", "PH")},
        "without_reviewer_or_criteria": nameless,
        "bh_denied": denied / of if of else None,
        "ph_denied": others_denied / others if others else None,
        "quarantined": filing.quarantined.get("authorizations", 0),
    }
    span = f"from {during.start} to {during.end}"
    if not of:
        note = f"no BH request was decided {span}"
        yield Measure("plan", 0.0, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
        return
    reason = ""
    if min(of, others) < params.min_decisions:
        reason = (
            f"{of} BH and {others} PH decisions {span}; fewer than {params.min_decisions} of "
            "either are not compared"
        )
    elif nameless > MOST_UNSEEN * of:
        reason = f"{nameless} of {of} BH decisions {span} lack a reviewer or a criteria set"
    if reason:
        yield Measure(
            "plan",
            evidence=evidence,
            note=f"cannot tell where BH is decided: {reason}",
            outcome=Outcome.COULD_NOT_RUN,
        )
        return
    over = count / of > params.max_share + TOLERANCE
    low, high = newcombe(denied, of, others_denied, others)
    yield Measure(
        subject="plan",
        numerator=count,
        denominator=of,
        value=count / of,
        evidence={
            **evidence,
            "denied_difference": denied / of - others_denied / others,
            "denied_interval": [low, high],
            "elsewhere": ", ".join(apart["named"].unique().sort()) or "others",
            "denials": (
                f"Denied were {denied / of:.1%} of BH and {others_denied / others:.1%} of PH "
                f"requests, 95 % interval of the difference {100 * low:.1f} to {100 * high:.1f} "
                "points"
            ),
        },
        violations=_faulty(filing, params, apart) if over else None,
    )


def _by(rows: pl.DataFrame, side: str, column: str) -> dict[str, int]:
    found = (
        rows.filter(pl.col("side") == side)
        .group_by(pl.col(column).fill_null(""))
        .agg(pl.col("decisions").sum())
    )
    sorted_rows = found.sort(["decisions", column], descending=[True, False]).head(_SHOWN)
    return {str(name): int(count) for name, count in sorted_rows.iter_rows()}


def _faulty(filing: Filing, params: Params, apart: pl.DataFrame) -> Any:
    rows = decisions(filing, params.months)
    pairs = ibis.memtable(apart.select("by", "criteria").unique())
    mine = rows.filter(rows.side == "BH").semi_join(pairs, ["by", "criteria"])
    return rows_of(mine, "reviewer_entity", "the reviewer, or the criteria, of PH requests")


def required(params: Params, measure: Measure) -> float:
    """Return the largest share allowed to be decided apart."""
    return params.max_share


RULE = Rule(
    code="DL08",
    name="delegation.decided-elsewhere",
    family="delegation",
    reads=("authorizations",),
    params=Params,
    grain="plan",
    unit="share",
    sense=Sense.AT_MOST,
    required=required,
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} decisions on BH requests from "
        "{evidence[decided_from]} to {evidence[decided_to]} ({value:.1%}) were made by "
        "{evidence[elsewhere]} under criteria that no PH request knows; at most {required:.1%} may "
        "be. {evidence[denials]}."
    ),
    remedy="Have one team decide on BH and PH requests, by criteria that the plan owns.",
    measure=measure,
)
