"""Behavioral-health money by month: what SP01 has in evidence, as frames."""

from __future__ import annotations

import polars as pl

from dashboards.evidence import number, of_rule, rows

MONTHS = {
    "plan_id": pl.String,
    "month": pl.String,
    "bh_benefit": pl.Float64,
    "bh_rate": pl.Float64,
    "ph_benefit": pl.Float64,
    "member_months": pl.Float64,
    "mature": pl.Boolean,
    "counts": pl.Boolean,
}
"""Dollars of a month; ``counts`` is whether the month is one of those that are judged."""

RATIOS = {
    "plan_id": pl.String,
    "finding_id": pl.String,
    "window_start": pl.String,
    "window_end": pl.String,
    "basis": pl.String,
    "bh_benefit": pl.Float64,
    "bh_rate": pl.Float64,
    "ph_benefit": pl.Float64,
    "ratio": pl.Float64,
    "required": pl.Float64,
    "verdict": pl.String,
    "message": pl.String,
}


def ratios(findings: pl.DataFrame, plan: str = "") -> pl.DataFrame:
    """Return one row a plan: its benefit ratio over the months that are judged."""
    told = [
        {
            "plan_id": row["plan_id"],
            "finding_id": row["finding_id"],
            "window_start": evidence.get("window_start"),
            "window_end": evidence.get("window_end"),
            "basis": evidence.get("basis"),
            "bh_benefit": row["numerator"],
            "bh_rate": row["denominator"],
            "ph_benefit": evidence.get("ph_benefit"),
            "ratio": number(row["observed"]),
            "required": number(row["required"]),
            "verdict": row["verdict"],
            "message": row["message"],
        }
        for row, evidence in rows(of_rule(findings, "SP01", plan_id=plan))
    ]
    return pl.DataFrame(told, schema=RATIOS)


def by_month(findings: pl.DataFrame, plan: str = "") -> pl.DataFrame:
    """Return one row a plan and month, with ``ratio`` and ``bh_share``.

    ``ratio`` is the BH benefit over the BH part of the rate, ``bh_share`` is BH / (BH + PH); each
    is null where a part of it was not submitted or its base is nothing.
    """
    told = []
    for row, evidence in rows(of_rule(findings, "SP01", plan_id=plan)):
        first, last = evidence.get("window_start") or "", evidence.get("window_end") or ""
        for each in evidence.get("months") or ():
            figures = {name: each.get(name) for name in MONTHS if name in each}
            counts = first <= each["month"] <= last
            told.append(figures | {"plan_id": row["plan_id"], "counts": counts})
    benefit = pl.col("bh_benefit")
    return pl.DataFrame(told, schema=MONTHS).with_columns(
        ratio=_over(benefit, pl.col("bh_rate")),
        bh_share=_over(benefit, benefit + pl.col("ph_benefit")),
    )


def _over(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(part / whole)
