"""Where behavioral-health money went: what SP10, SP06, SP11, SP04 and SP05 have in evidence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards.evidence import evidence_of, number, of_rule, rows

VERDICTS = {
    "finding_id": pl.String,
    "plan_id": pl.String,
    "told": pl.String,
    "since": pl.String,
    "size": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "lost_pmpm": pl.Float64,
    "p_value": pl.Float64,
    "months": pl.String,
    "verdict": pl.String,
    "message": pl.String,
}
"""One row a plan of SP10; ``told`` is its verdict in words."""

MONTHS = {
    "plan_id": pl.String,
    "month": pl.String,
    "bh_pmpm": pl.Float64,
    "rate_pmpm": pl.Float64,
    "bh_raw_pmpm": pl.Float64,
    "completion": pl.Float64,
    "member_months": pl.Float64,
    "mature": pl.Boolean,
    "counts": pl.Boolean,
}
"""Dollars per member month, ``bh_pmpm`` null under 0.7 complete.

``counts`` is whether the month is judged (SP06) or tested (SP10).
"""

STRATA = {
    "plan_id": pl.String,
    "dimension": pl.String,
    "name": pl.String,
    "member_months": pl.Float64,
    "bh_benefit": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "ratio": pl.Float64,
    "ratio_low": pl.Float64,
    "ratio_high": pl.Float64,
    "share": pl.Float64,
    "pmpm": pl.Float64,
    "few": pl.Boolean,
}
"""``low`` to ``high`` is the 95 % interval of the benefit, ``ratio_`` of it over the BH rate."""

FLOW = {
    "bh_rate": "BH part of the rate",
    "bh_benefit": "BH benefit: reached providers",
    "retention": "Kept by BH subcontractors",
    "administration": "BH administration",
    "reinvestment": "BH reinvestment",
    "ph_benefit": "Physical and other benefit",
    "remainder": "Remainder",
}
"""Parts of the account of SP11 in their order; the first is the sum of the others."""

CHANGE = {
    "penetration": "Penetration",
    "units_per_user": "Units per user",
    "unit_price": "Price per unit",
}
"""Factors of a change in words: users per member month, units per user, dollars per unit."""

LEAST_COMPLETE = 0.7
"""Completion below which a month's completed dollars are not told; as the rules have it."""

FEW_PEOPLE = 30
"""Fewest members, on average, whose figures stand unmarked."""


def verdicts(findings: pl.DataFrame, plan: str = "") -> pl.DataFrame:
    """Return one row a finding of SP10 with the columns of :data:`VERDICTS`."""
    told = []
    for row, evidence in rows(of_rule(findings, "SP10", plan_id=plan)):
        months = evidence.get("months_tested") or ()
        low, high = interval_of(evidence)
        told.append(
            {name: row[name] for name in ("finding_id", "plan_id", "verdict", "message")}
            | {name: evidence.get(name) for name in ("since", "size", "lost_pmpm", "p_value")}
            | {"told": row["observed"] or "", "low": low, "high": high}
            | {"months": f"{months[0]} to {months[-1]}" if months else ""}
        )
    return pl.DataFrame(told, schema=VERDICTS).sort("plan_id")


def interval_of(evidence: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Return both ends of the interval of evidence, None where it has none."""
    ends = evidence.get("interval") or (None, None)
    return ends[0], ends[1]


def one_of(
    findings: pl.DataFrame, rule: str, plan: str
) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """Return the first finding of a rule and plan with its evidence; None and {} without one."""
    found = of_rule(findings, rule, plan_id=plan)
    if found.is_empty():
        return None, {}
    row = found.row(0, named=True)
    return row, evidence_of(row)


def by_month(findings: pl.DataFrame, plan: str = "") -> pl.DataFrame:
    """Return one row a plan and month with the columns of :data:`MONTHS`.

    From SP06; where it has no months, what SP10 tested, and of SP01 what arrived and the rate.
    """
    told: list[dict[str, Any]] = []
    for row, evidence in rows(of_rule(findings, "SP06", plan_id=plan)):
        tested = set(one_of(findings, "SP10", row["plan_id"])[1].get("months_tested") or ())
        for each in evidence.get("months") or ():
            held = {name: each.get(name) for name in MONTHS if name in each}
            counts = bool(each.get("counts")) or each.get("month") in tested
            if (each.get("completion") or 0.0) < LEAST_COMPLETE:
                held["bh_pmpm"] = None
            told.append(held | {"plan_id": row["plan_id"], "counts": counts})
    known = {row["plan_id"] for row in told}
    for row, evidence in rows(of_rule(findings, "SP10", plan_id=plan)):
        if row["plan_id"] not in known:
            told += _from_tests(findings, row["plan_id"], evidence)
    return pl.DataFrame(told, schema=MONTHS).sort("plan_id", "month")


def _from_tests(
    findings: pl.DataFrame, plan: str, evidence: Mapping[str, Any]
) -> list[dict[str, Any]]:
    tested = list(evidence.get("months_tested") or ())
    done = (evidence.get("completion") or {}).get("BH") or [None] * len(tested)
    pmpm = dict(zip(tested, evidence.get("bh_pmpm") or (), strict=False))
    arrived = dict(zip(tested, done, strict=False))
    _, beside = one_of(findings, "SP01", plan)
    paid = {each["month"]: each for each in beside.get("months") or ()}
    made = []
    for month in sorted({*tested, *(evidence.get("months_left_out") or ()), *paid}):
        each = paid.get(month) or {}
        members = each.get("member_months")
        made.append(
            {
                "plan_id": plan,
                "month": month,
                "bh_pmpm": pmpm.get(month),
                "rate_pmpm": over(each.get("bh_rate"), members),
                "bh_raw_pmpm": over(each.get("bh_benefit"), members),
                "completion": arrived.get(month),
                "member_months": members,
                "mature": month in pmpm,
                "counts": month in pmpm,
            }
        )
    return made


def over(part: float | None, whole: float | None) -> float | None:
    """Return a part over a whole, None where either is none or the whole is nothing."""
    return None if part is None or not whole else part / whole


def strata(findings: pl.DataFrame, plan: str = "") -> pl.DataFrame:
    """Return a row a plan, rate cell and region of SP06 with the columns of :data:`STRATA`."""
    told = []
    for row, evidence in rows(of_rule(findings, "SP06", plan_id=plan)):
        used = evidence.get("months_used") or 1
        for each in evidence.get("strata") or ():
            benefit, ratio = each.get("bh_benefit"), each.get("ratio")
            rate = benefit / ratio if benefit and ratio else None
            held = {name: each.get(name) for name in STRATA if name in each}
            told.append(
                held
                | {"plan_id": row["plan_id"]}
                | {f"ratio_{end}": over(each.get(end), rate) for end in ("low", "high")}
                | {"few": (each.get("member_months") or 0) / used < FEW_PEOPLE}
            )
    return pl.DataFrame(told, schema=STRATA)


@dataclass(frozen=True)
class Share:
    """The BH share of a plan's benefits over the months judged, and what the rate gave it."""

    plan_id: str
    finding_id: str
    share: float
    certified: float
    least: float | None
    low: float | None
    high: float | None
    verdict: str


def shares(findings: pl.DataFrame, plan: str = "") -> list[Share]:
    """Return the BH share of each plan that SP06 could tell; ``least`` is the share allowed."""
    found = []
    for row, evidence in rows(of_rule(findings, "SP06", plan_id=plan)):
        share, certified = evidence.get("share"), evidence.get("certified_share")
        if share is None or not certified:
            continue
        fall, ends = number(row["required"]), interval_of(evidence)
        low, high = (None if end is None else certified * (1 - end) for end in reversed(ends))
        least = None if fall is None else certified * (1 - fall)
        told = (row["plan_id"], row["finding_id"], share, certified, least, low, high)
        found.append(Share(*told, verdict=row["verdict"]))
    return found


@dataclass(frozen=True)
class Flow:
    """The account of SP11 in whole cents, by the names of :data:`FLOW`."""

    cents: Mapping[str, int]
    remainder_is: str

    @property
    def parts(self) -> dict[str, int]:
        """What the BH part of the rate went to."""
        return {name: cents for name, cents in self.cents.items() if name != "bh_rate"}

    @property
    def balances(self) -> bool:
        """Whether the parts sum to the BH part of the rate, to the cent."""
        return sum(self.parts.values()) == self.cents["bh_rate"]


def flow(findings: pl.DataFrame, plan: str) -> Flow | None:
    """Return the account of a plan, None where SP11 could not draw it."""
    _, evidence = one_of(findings, "SP11", plan)
    told = evidence.get("flow")
    if not isinstance(told, Mapping) or not told.get("bh_rate") or not set(FLOW) <= set(told):
        return None
    cents = {name: round(100 * told[name]) for name in FLOW}
    return Flow(cents, str(evidence.get("remainder_is") or ""))


@dataclass(frozen=True)
class Change:
    """A change of BH dollars per member month between two spells, split into its factors."""

    before: str
    after: str
    parts: Mapping[str, float]
    services: pl.DataFrame

    @property
    def was(self) -> float:
        """Dollars per member month before."""
        return math.fsum(self.services["before"])

    @property
    def became(self) -> float:
        """Dollars per member month after."""
        return math.fsum(self.services["after"])


SERVICES = {
    "service": pl.String,
    "before": pl.Float64,
    **dict.fromkeys(CHANGE, pl.Float64),
    "after": pl.Float64,
}


def change(findings: pl.DataFrame, plan: str) -> Change | None:
    """Return the split of SP06 between the halves of its window, None where there is none."""
    _, evidence = one_of(findings, "SP06", plan)
    told = evidence.get("change")
    if not isinstance(told, Mapping) or not told.get("services") or not told.get("parts"):
        return None
    services = pl.DataFrame(
        [{name: each.get(name) for name in SERVICES} for each in told["services"]], schema=SERVICES
    )
    parts = {name: float(told["parts"].get(name) or 0.0) for name in CHANGE}
    return Change(str(told.get("before") or ""), str(told.get("after") or ""), parts, services)


def regions(evidence: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the regions that SP10 searched, those that fell first."""
    found = [dict(each) for each in evidence.get("regions") or ()]
    return sorted(found, key=lambda each: (not each.get("fell"), str(each.get("region"))))
