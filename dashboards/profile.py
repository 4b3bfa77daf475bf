"""The separation profile: components and their parts, the sharing graph, and silo findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards import people
from dashboards.evidence import number, of_rule, rows

COMPONENTS = {
    "SL01": ("governance", "Governance"),
    "SL02": ("location", "Location"),
    "SL03": ("systems", "Systems"),
    "SL04": ("network", "Network"),
    "SL05": ("care", "Care"),
    "SL06": ("information", "Information"),
    "SL07": ("money", "Money"),
}
"""Rule, subject and title of each component, in their order."""

SHARED = "shared patients"
"""The part of care that the sharing graph tells."""

SILO_RULES = {
    "DL01": "Subcontractor off site",
    "DL02": "Subset that may not be handed over",
    "DL03": "Functions beyond what is allowed",
    "DL04": "Award on cost over qualification",
    "DL05": "Accountability clauses missing",
    "DL06": "Oversight review overdue",
    "DL07": "BH providers only through one subcontractor",
    "DL08": "Authorizations decided elsewhere",
    "DL09": "Encounters of subcontractors slower",
    "CC01": "Both needs, one side of care only",
    "CC02": "No joint care plan",
    "CC03": "Admission told late",
    "CC04": "Referral not closed",
    "CC05": "Needs not screened",
    "CC08": "No agreement in force",
    "AU01": "BH requests denied more",
    "EN09": "Same-day PH and BH visits denied",
    "VB01": "Value-based payment without BH",
    "DU01": "Duals: Medicare data missing",
    "PR01": "Fewer sites bill both",
    "IF01": "Functions operated apart",
    "SP03": "Kept by a subcontractor",
}
"""Rules of a silo in words, in the order in which they are shown."""

SILOS = {
    "finding_id": pl.String,
    "plan_id": pl.String,
    "rule": pl.String,
    "title": pl.String,
    "subject": pl.String,
    "verdict": pl.String,
}


@dataclass(frozen=True)
class Component:
    """One component of one plan, from 0 (one house) to 1 (two houses); ``value`` as drawn.

    ``shown`` is the figure in words, None and "" where it could not run; parts are as
    :func:`dashboards.people.veil_part` tells them, with their name.
    """

    finding_id: str
    plan_id: str
    rule: str
    title: str
    value: float | None
    shown: str
    most: float | None
    verdict: str
    parts: tuple[dict[str, Any], ...]
    left_out: tuple[tuple[str, str], ...]
    otherwise: str
    why: str


def components(findings: pl.DataFrame, plan: str = "") -> list[Component]:
    """Return every component of every plan, by component and plan."""
    found = []
    for rule, (_, title) in COMPONENTS.items():
        for row, evidence in rows(of_rule(findings, rule, plan_id=plan)):
            judged = row["verdict"] in ("met", "not_met")
            value = number(row["observed"]) if judged else None
            shown = people.veil_value(evidence, value)
            parts = evidence.get("parts") or ()
            left = evidence.get("left_out") or ()
            found.append(
                Component(
                    finding_id=row["finding_id"],
                    plan_id=row["plan_id"],
                    rule=rule,
                    title=title,
                    value=float(shown) if shown else None,
                    shown=shown,
                    most=number(row["required"]) if judged else None,
                    verdict=row["verdict"],
                    parts=tuple(
                        {"part": str(each.get("part"))} | people.veil_part(each) for each in parts
                    ),
                    left_out=tuple(
                        (str(each.get("part")), people.veil_words(str(each.get("reason"))))
                        for each in left
                    ),
                    otherwise=str(evidence.get("otherwise") or ""),
                    why="" if judged else people.veil_words(row["message"]),
                )
            )
    return sorted(found, key=lambda one: (one.rule, one.plan_id))


@dataclass(frozen=True)
class Ties:
    """Cross ties of the sharing graph of a plan over what shuffles give.

    ``shuffled`` is the 95 % interval of the ratio over shuffles, ``members`` that over members.
    """

    finding_id: str
    plan_id: str
    observed: float
    expected: float
    ratio: float
    shuffled: tuple[float, float]
    members: tuple[float, float]
    counts: dict[str, Any]


def ties(findings: pl.DataFrame, plan: str = "") -> tuple[list[Ties], list[tuple[str, str]]]:
    """Return the sharing graph of each plan, and plan and reason where it could not be told."""
    found, left = [], []
    for row, evidence in rows(of_rule(findings, "SL05", plan_id=plan)):
        for each in evidence.get("left_out") or ():
            if each.get("part") == SHARED:
                reason = people.veil_words(str(each.get("reason")))
                left.append((row["plan_id"], reason))
        for part in evidence.get("parts") or ():
            ends, over = part.get("interval"), part.get("interval_over_members")
            if part.get("part") != SHARED or part.get("ratio") is None or not (ends and over):
                continue
            counts = ("ph_providers", "bh_providers", "members", "shuffles")
            found.append(
                Ties(
                    row["finding_id"],
                    row["plan_id"],
                    part.get("count") or 0.0,
                    part.get("denominator") or 0.0,
                    part["ratio"],
                    (ends[0], ends[1]),
                    (over[0], over[1]),
                    {name: part.get(name) for name in counts},
                )
            )
    return sorted(found, key=lambda one: one.plan_id), left


def silos(findings: pl.DataFrame, plan: str = "") -> pl.DataFrame:
    """Return the findings of the silo rules, those not met first, then by rule.

    Columns of :data:`SILOS` and those of a finding.
    """
    found = findings.filter(pl.col("rule").is_in(list(SILO_RULES)))
    if plan:
        found = found.filter(pl.col("plan_id") == plan)
    rank = {"not_met": 0, "could_not_run": 1, "met": 2, "not_applicable": 3}
    place = {rule: at for at, rule in enumerate(SILO_RULES)}
    return found.with_columns(
        title=pl.col("rule").replace_strict(SILO_RULES, return_dtype=pl.String)
    ).sort(
        pl.col("verdict").replace_strict(rank, default=9, return_dtype=pl.Int64),
        pl.col("rule").replace_strict(place, return_dtype=pl.Int64),
        "plan_id",
        "subject",
    )
