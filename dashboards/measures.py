"""Measures of care: what QM01 to QM13 counted, as a frame."""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from dashboards import people
from dashboards.data import wilson
from dashboards.evidence import number, rows
from dashboards.small_cells import tell_part, tell_share
from dashboards.wording import span

NAMES = {
    "QM01": ("FUH", "Follow-up after hospitalization for mental illness"),
    "QM02": ("FUM", "Follow-up after emergency visit for mental illness"),
    "QM03": ("FUA", "Follow-up after emergency visit for substance use"),
    "QM04": ("IET", "Initiation and engagement of substance use disorder treatment"),
    "QM05": ("AMM", "Antidepressant medication management"),
    "QM06": ("SSD", "Diabetes screening of people on antipsychotics"),
    "QM07": ("SMD", "Diabetes monitoring of people with schizophrenia"),
    "QM08": ("SMC", "Cardiovascular monitoring of people with schizophrenia"),
    "QM09": ("SAA", "Adherence to antipsychotics"),
    "QM10": ("PHQ9", "Screening for depression with PHQ-9"),
    "QM11": ("MH", "Mental health service penetration"),
    "QM12": ("SUD", "Substance use service penetration"),
    "QM13": ("PHSMI", "Physical health visit of people with serious mental illness"),
}
"""Code and name of each measure by its rule, for findings that do not carry them."""

CERTIFIED = "HEDIS-like, not NCQA-certified"

MEASURES = {
    "finding_id": pl.String,
    "plan_id": pl.String,
    "rule": pl.String,
    "code": pl.String,
    "name": pl.String,
    "rate_of": pl.String,
    "edition": pl.String,
    "label": pl.String,
    "retired": pl.String,
    "year": pl.String,
    "numerator": pl.String,
    "denominator": pl.String,
    "rate": pl.String,
    "interval": pl.String,
    "required": pl.Float64,
    "verdict": pl.String,
    "why": pl.String,
    "at": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "stand_in": pl.Boolean,
    "unverified_figures": pl.String,
}
"""Counts and rate in words, small ones veiled; ``at``, ``low`` and ``high`` are to be drawn.

They are null where the rate is not judged or a count is hidden: a picture would give it away.
"""


def measures(findings: pl.DataFrame, plan: str = "") -> pl.DataFrame:
    """Return one row a finding of QM01 to QM13, by measure, rate and plan."""
    found = findings.filter(pl.col("rule").is_in(list(NAMES)))
    if plan:
        found = found.filter(pl.col("plan_id") == plan)
    told = [_row(row, evidence) for row, evidence in rows(found)]
    frame = pl.DataFrame(told, schema=MEASURES)
    order = pl.col("rate_of").str.extract(r"^(\d+)").cast(pl.Int64)
    named = pl.col("rate_of").replace_strict({"initiation": 0, "engagement": 1}, default=2,
                                             return_dtype=pl.Int64)  # fmt: skip
    return frame.sort("rule", order, named, "rate_of", "plan_id", nulls_last=True)


def _row(row: dict[str, Any], evidence: dict[str, Any]) -> dict[str, Any]:
    code, name = NAMES[row["rule"]]
    part, whole = row["numerator"], row["denominator"]
    hidden = people.hides(part, whole)
    judged = row["verdict"] in ("met", "not_met")
    counted = part is not None and whole
    low, high = wilson(part, whole) if counted and part <= whole else (None, None)
    first, _, second = tell_part(part, whole).rpartition(" of ") if counted else ("", "", "")
    drawn = judged and not hidden
    ends = "" if hidden or low is None or high is None else f"{_share(low)} to {_share(high)}"
    year = (evidence.get("year_start"), evidence.get("year_end"))
    return {
        "finding_id": row["finding_id"],
        "plan_id": row["plan_id"],
        "rule": row["rule"],
        "code": evidence.get("measure") or code,
        "name": evidence.get("name") or name,
        "rate_of": "" if row["subject"] == "plan" else row["subject"],
        "edition": evidence.get("edition") or "",
        "label": evidence.get("label") or "",
        "retired": str(evidence.get("retired") or ""),
        "year": span(*(str(each)[:7] for each in year)) if all(year) else "",
        "numerator": first,
        "denominator": second or ("0" if whole == 0 else ""),
        "rate": tell_share(part, whole) if counted else "",
        "interval": ends,
        "required": number(row["required"]),
        "verdict": row["verdict"],
        "why": "" if judged else _why(row["message"]),
        "at": number(row["observed"]) if drawn else None,
        "low": low if drawn else None,
        "high": high if drawn else None,
        "stand_in": bool(evidence.get("stand_in_value_sets")),
        "unverified_figures": ", ".join(map(str, evidence.get("unverified_figures") or ())),
    }


def _why(message: str) -> str:
    """Return why a rate is not judged; its counts stand in the columns beside."""
    return people.veil_words(re.sub(r"^\d+ of \d+: ", "", message))


def _share(share: float) -> str:
    return f"{100 * share:.1f} %"
