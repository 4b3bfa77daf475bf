"""Waits for an appointment: what NW04 counted of the calls of a survey, as a frame."""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from dashboards.evidence import number, of_rule, rows
from dashboards.reach import BH_SPECIALTIES

OTHERS_OF_BH = frozenset({"outpatient_sud", "outpatient_mh", "mental_health", "mh_sud"})
"""Provider types of surveys that are behavioral health and no specialty of the network."""

OUTCOMES = (
    *("kept", "late", "none_offered", "unconverted", "by_telehealth"),
    *("not_accepting", "out_of_network", "not_reached"),
)
"""What came of a call, each call one of them; all but the last reached somebody."""

WAITS = {
    "finding_id": pl.String,
    "plan_id": pl.String,
    "requirement_id": pl.String,
    "calls_for": pl.String,
    "is_bh": pl.Boolean,
    "limit": pl.String,
    "calls": pl.Int64,
    "reached": pl.Int64,
    **dict.fromkeys(OUTCOMES, pl.Int64),
    "of": pl.Int64,
    "share": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "required": pl.Float64,
    "median_wait": pl.Float64,
    "verdict": pl.String,
    "why": pl.String,
    "unverified": pl.Boolean,
}
"""``of`` is the base of ``share``, low and high its interval; why says what was not judged."""


def waits(findings: pl.DataFrame, plan: str = "") -> pl.DataFrame:
    """Return one row a finding of NW04, behavioral health first, what was not judged last."""
    told = []
    for row, evidence in rows(of_rule(findings, "NW04", plan_id=plan)):
        low, high = evidence.get("interval") or (None, None)
        judged = row["verdict"] in ("met", "not_met")
        same = ("calls", "reached", *OUTCOMES, "median_wait")
        types = row["subject"].split("/")[0].split("+")
        known = row["subject"] != "plan"
        named = evidence.get("calls_for") or (_words(row["subject"]) if known else "")
        told.append(
            {
                **{name: row[name] for name in ("finding_id", "plan_id", "requirement_id")},
                "calls_for": re.sub(r"\bsud\b", "SUD", str(named)),
                "is_bh": any(name in BH_SPECIALTIES | OTHERS_OF_BH for name in types),
                "limit": _limit(evidence),
                **{name: evidence.get(name) for name in same},
                "of": row["denominator"] if judged else None,
                "share": number(row["observed"]) if judged else None,
                "low": low,
                "high": high,
                "required": number(row["required"]),
                "verdict": row["verdict"],
                "why": "" if judged else row["message"],
                "unverified": row["unverified"],
            }
        )
    frame = pl.DataFrame(told, schema=WAITS)
    order = (pl.col("share").is_null(), ~pl.col("is_bh"), "calls_for", "plan_id", "requirement_id")
    return frame.sort(*order, maintain_order=True)


def _words(subject: str) -> str:
    """Return a subject as words, e.g. ``adult routine primary care``."""
    types, kind, population = [*subject.split("/"), "", ""][:3]
    who = "" if population == "all" else population
    named = " and ".join(name.replace("_", " ") for name in types.split("+"))
    return " ".join(part for part in (who, kind.replace("_", " "), named) if part)


def _limit(evidence: Any) -> str:
    longest, unit = evidence.get("max_wait"), evidence.get("unit")
    return "" if longest is None or not unit else f"{longest:g} {unit}"
