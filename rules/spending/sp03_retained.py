"""A subcontractor keeps too much of what it is paid per head.

What it measures
----------------
For each subcontractor that the ledger pays a sub-capitation, over the ``months`` calendar months
that end ``runout_months`` before the period's end: 1 less what reached providers over what it was
paid. What reached providers is the ``paid_amount`` of paid lines of final encounters with the
subcontractor's id, completed with the run-out of sub-capitated lines of their side. ``domain`` in
the requirement's scope (BH or PH) narrows both to that side.

Why it is required
------------------
What a third party keeps for administration, network development and review is not benefit (42 CFR
438.8(e)(2)(v)): money for care that a subcontractor retains reaches no member.

Met
---
The share kept is at most ``max_share``.

Not met
-------
The share kept is more than ``max_share``.

Limits
------
A subcontractor that pays its own providers by salary or per head shows lines paid 0: beyond 5 % of
its paid lines nothing is told, nor where more than 5 % of sub-capitated lines name no
subcontractor. One without a line in a month that it was paid for may have sent
none, and is not judged either. Stop-loss recoveries and money that reaches providers outside of
claims are not seen. Months under 0.7 complete are left out; later ones are completed by chain
ladder (the evidence says how, and how much was added).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import polars as pl

from rules.domain import side_of
from rules.encounters.final import final_lines
from rules.model import Filing, Measure, Outcome, Rule, Sense
from rules.spending.booked import BEHAVIORAL
from rules.spending.completion import Completion
from rules.spending.months import MOST_UNSEEN, list_months, why_unseen
from rules.spending.series import completions
from rules.spending.use import SIDES
from rules.spending.window import Window, look, without_months

READS = ("encounters", "capitation", "ledger")


@dataclass(frozen=True)
class Params:
    """``months``: length of the look-back window; ``max_share``: share of the sub-capitation."""

    months: int
    max_share: float

    def __post_init__(self) -> None:
        if self.months < 1:
            raise ValueError(f"months {self.months}, wanted at least 1")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Yield what each subcontractor kept of its sub-capitation."""
    window = look(filing, params.months)
    evidence = window.evidence(filing, READS)
    if window.immature and (nothing := without_months(window, evidence)):
        yield nothing
        return
    paid = paid_per_head(filing, window, scope.get("domain", ""))
    if not paid:
        note = f"no subcontractor was paid per head {window.span}"
        yield Measure("plan", None, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
        return
    if reason := why_unseen(filing, READS):
        note = f"cannot tell what subcontractors kept: {reason}"
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    reached = reached_providers(filing, window, scope.get("domain", ""))
    unnamed = reached.pop("", Reached()).lines
    every = unnamed + sum(told.lines for told in reached.values())
    if unnamed > MOST_UNSEEN * every:
        note = (
            f"cannot tell what subcontractors kept: {unnamed} of {every} paid sub-capitated lines "
            "do not name the subcontractor"
        )
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    for subcontractor, by_month in paid.items():
        told, amount = reached.get(subcontractor, Reached()), round(sum(by_month.values()), 2)
        silent = [m for m, dollars in by_month.items() if dollars > 0 and m not in told.months]
        found = evidence | {
            "reached_providers": round(told.completed, 2),
            "as_arrived": round(told.dollars, 2),
            "ffs_equivalent": round(told.equivalent, 2),
            "kept": round(amount - told.completed, 2),
            "paid_lines": told.lines,
            "lines_paid_nothing": told.nothing,
            "months_paid": sum(dollars > 0 for dollars in by_month.values()),
        }
        if not told.lines:
            note = f"{subcontractor} has no paid encounter line {window.span}"
            yield Measure(subcontractor, None, amount, None, found, note, Outcome.COULD_NOT_RUN)
        elif silent:
            note = (
                f"{subcontractor} was paid per head for {list_months(silent)} and has no paid "
                "encounter line of it"
            )
            yield Measure(subcontractor, None, amount, None, found, note, Outcome.COULD_NOT_RUN)
        elif told.nothing > MOST_UNSEEN * told.lines:
            note = (
                f"{told.nothing} of {told.lines} paid lines of {subcontractor} say that the "
                "provider got nothing: it is paid some other way, or the amount was not sent"
            )
            yield Measure(subcontractor, None, amount, None, found, note, Outcome.COULD_NOT_RUN)
        else:
            kept = amount - told.completed
            yield Measure(subcontractor, round(kept, 2), amount, kept / amount, found)


@dataclass(frozen=True)
class Reached:
    """What a subcontractor's lines say: dollars, completed and not, counts of lines, and months."""

    completed: float = 0.0
    dollars: float = 0.0
    equivalent: float = 0.0
    lines: int = 0
    nothing: int = 0
    months: frozenset[str] = frozenset()


def paid_per_head(filing: Filing, window: Window, domain: str) -> dict[str, dict[str, float]]:
    """Return dollars of sub-capitation by subcontractor and month; subcontractors above 0 only."""
    entries = filing.tables["ledger"]
    kept = entries.filter(
        entries.kind == "subcapitation",
        entries.payee_id.notnull(),
        entries.incurred_month.isin(list(window.months)),
    )
    if domain:
        behavioral = kept.domain.isin(BEHAVIORAL)
        kept = kept.filter(behavioral if domain == "BH" else kept.domain == domain)
    sums = kept.group_by("payee_id", "incurred_month").agg(
        amount=kept.amount.sum().fill_null(0.0).cast("float64")
    )
    paid: dict[str, dict[str, float]] = {}
    for payee, month, amount in sums.order_by("payee_id", "incurred_month").to_polars().iter_rows():
        paid.setdefault(payee, {})[month] = amount
    return {payee: by_month for payee, by_month in paid.items() if sum(by_month.values()) > 0}


def reached_providers(filing: Filing, window: Window, domain: str) -> dict[str, Reached]:
    """Return what reached providers by subcontractor; "" is of lines that name none."""
    lines = filing.once("final_lines", final_lines)
    lines = lines.filter(
        lines.service_from.between(filing.look_back(len(window.wanted)).start, filing.period.end),
        lines.line_status.lower() == "paid",
        lines.payment_arrangement.lower() == "subcapitated",
    )
    side = side_of(lines.domain)
    lines = lines.mutate(
        _side=ibis.cases((side == "BH", "BH"), (side == "PH", "PH"), else_="OTHER"),
        _month=lines.service_from.strftime("%Y-%m"),
        subcontractor_id=lines.subcontractor_id.fill_null(""),
    )
    lines = lines.filter(lines._month.isin(list(window.months)))
    if domain:
        lines = lines.filter(lines._side == domain)
    rows: pl.DataFrame = (
        lines.group_by("subcontractor_id", "_side", "_month")
        .agg(
            dollars=lines.paid_amount.sum().fill_null(0.0).cast("float64"),
            equivalent=lines.ffs_equivalent_amount.sum().fill_null(0.0).cast("float64"),
            lines=lines.count(),
            nothing=(lines.paid_amount.fill_null(0.0) <= 0).sum(),
        )
        .order_by("subcontractor_id", "_side", "_month")
        .to_polars()
    )
    done: dict[Any, Completion] = filing.once("completions", completions)
    at = {month: number for number, month in enumerate(window.series.months)}
    told: dict[str, Reached] = {}
    for who, side_name, month, dollars, equivalent, count, nothing in rows.iter_rows():
        share = float(done[SIDES.index(side_name), 1].factor[at[month]])
        before = told.get(who, Reached())
        told[who] = Reached(
            before.completed + dollars / (share if share > 0 else 1.0),
            before.dollars + dollars,
            before.equivalent + equivalent,
            before.lines + count,
            before.nothing + nothing,
            before.months | {month},
        )
    return told


def required(params: Params, measure: Measure) -> float:
    """Return the largest share of the contract."""
    return params.max_share


RULE = Rule(
    code="SP03",
    name="spending.retained-by-subcontractor",
    family="spending",
    reads=READS,
    params=Params,
    grain="subcontractor",
    unit="share of sub-capitation",
    sense=Sense.AT_MOST,
    required=required,
    message=(
        "{subject} kept {value:.1%} of what {plan_id} paid it per head from "
        "{evidence[window_start]} to {evidence[window_end]} ({evidence[basis]}): ${numerator:,.0f} "
        "of ${denominator:,.0f}; at most {required:.1%} is allowed."
    ),
    remedy=(
        "Show what the subcontractor paid providers, and bring what it keeps down to the share "
        "allowed; send any encounters that are missing."
    ),
    measure=measure,
    judged_by=("max_share",),
    columns=("encounters.subcontractor_id",),
)
