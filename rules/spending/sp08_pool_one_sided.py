"""The incentive pool pays one side of care.

What it measures
----------------
Over the rows of ``incentives`` whose period ends in the ``months`` calendar months up to the
reporting period's end: the smaller of what was paid to physical and to behavioral health, over what
was paid to both.

Why it is required
------------------
Pennsylvania's partnership paid a shared pool on joint measures to both of its plans, so that each
gained by what the other did (Integrated Care Resource Center, *State Options*, 2011).

Met
---
The smaller side's share is at least ``min_share``.

Not met
-------
The smaller side's share is under ``min_share``.

Limits
------
With nothing paid the rule is not applicable: whether anything was earned is in the evidence
(measures at their target, and what the pools held). Which measures a pool rewards is the
contract's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules.model import Filing, Measure, Outcome, Period, Rule, Sense, add_months
from rules.spending.months import why_unseen

READS = ("incentives",)


@dataclass(frozen=True)
class Params:
    """``months``: how far back a row's period may end; ``min_share``: 0 to 0.5."""

    months: int
    min_share: float

    def __post_init__(self) -> None:
        if self.months < 1:
            raise ValueError(f"months {self.months}, wanted at least 1")
        if not 0 <= self.min_share <= 0.5:
            raise ValueError(f"min_share {self.min_share} is not 0 to 0.5")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Set what the smaller side was paid against what both were."""
    if reason := why_unseen(filing, READS):
        note = f"cannot tell the incentive pool: {reason}"
        yield Measure("plan", note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    rows = [row for row in read_rows(filing) if ends_in(str(row["period"]), filing, params.months)]
    ph, bh = (
        round(sum(row[name] or 0.0 for row in rows), 2) for name in ("paid_to_ph", "paid_to_bh")
    )
    evidence = {
        "periods": sorted({str(row["period"]) for row in rows}),
        "paid_to_ph": ph,
        "paid_to_bh": bh,
        "pools": round(sum(row["pool_amount"] or 0.0 for row in rows), 2),
        "measures": [
            {
                "measure": row["measure"],
                "period": row["period"],
                "at_target": at_target(row),
                "paid_to_ph": row["paid_to_ph"],
                "paid_to_bh": row["paid_to_bh"],
            }
            for row in rows
        ],
    }
    if ph + bh <= 0:
        note = f"no incentive was paid for a period that ended in the last {params.months} months"
        yield Measure("plan", None, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
        return
    evidence["smaller"] = "behavioral health" if bh <= ph else "physical health"
    least = min(ph, bh)
    yield Measure("plan", least, round(ph + bh, 2), least / (ph + bh), evidence)


def read_rows(filing: Filing) -> list[dict[str, Any]]:
    """Return the rows of the table, in order of measure and period."""
    rows = filing.tables["incentives"]
    names = ("numerator", "denominator", "target", "pool_amount", "paid_to_ph", "paid_to_bh")
    kept = rows.filter(rows.period.notnull()).select("measure", "period", *names)
    told: list[dict[str, Any]] = kept.order_by("measure", "period").to_polars().to_dicts()
    return told


def ends_in(period: str, filing: Filing, months: int) -> bool:
    """Return whether a period ends in the months up to the reporting period's end."""
    first = add_months(filing.period.end, 1 - months)
    try:
        end = Period.parse(period).end
    except ValueError:
        return False
    return first <= end <= filing.period.end


def at_target(row: Mapping[str, Any]) -> bool | None:
    """Return whether a measure reached its target, None where nobody was counted."""
    if not row["denominator"] or row["numerator"] is None or row["target"] is None:
        return None
    return bool(row["numerator"] / row["denominator"] >= row["target"])


def required(params: Params, measure: Measure) -> float:
    """Return the least share of the contract."""
    return params.min_share


RULE = Rule(
    code="SP08",
    name="spending.pool-one-sided",
    family="spending",
    reads=READS,
    params=Params,
    grain="plan",
    unit="share of incentives paid",
    sense=Sense.AT_LEAST,
    required=required,
    message=(
        "{plan_id} paid {value:.1%} of its joint incentives to {evidence[smaller]}: "
        "${numerator:,.0f} of ${denominator:,.0f}; at least {required:.1%} is required."
    ),
    remedy="Pay both sides for what they reach together, as the pool's terms have it.",
    measure=measure,
    judged_by=("min_share",),
)
