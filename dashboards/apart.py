"""What stands apart: standards that were not judged, members nothing locates, exceptions."""

from __future__ import annotations

import polars as pl

from dashboards.evidence import evidence_of, of_rule
from dashboards.reach import BH_SPECIALTIES, CLASSES

LISTED = ("providers_unlocated", "providers_approximate")

TOLD = {
    "members": pl.Float64,
    **dict.fromkeys(CLASSES, pl.Float64),
    **dict.fromkeys(LISTED, pl.Float64),
    "specialty": pl.String,
    "who": pl.String,
    "travel": pl.String,
    "basis": pl.String,
}
"""What is read of the evidence of NW01."""

EXCEPTIONS = {
    "finding_id": pl.String,
    "plan_id": pl.String,
    "rule": pl.String,
    "requirement_id": pl.String,
    "area": pl.String,
    "specialty": pl.String,
    "verdict": pl.String,
    "id": pl.String,
    "holds": pl.Boolean,
    "citation": pl.String,
    "providers_in_area": pl.Int64,
    "reason": pl.String,
    "until": pl.String,
    "unverified": pl.Boolean,
}

RULES = {
    "NW01": "Members within time and distance",
    "NW02": "Enough providers within reach",
    "NW03": "Enough providers for the members",
    "NW04": "Wait for an appointment",
    "NW05": "Enough places in each area",
    "NW06": "Listed clinicians serve, plan as a whole",
    "NW07": "Listed clinicians serve, by county and specialty",
    "NW08": "Within reach in fact, not on paper",
    "NW09": "Behavioral health not behind primary care",
    "PD03": "Provider rows have a specialty",
}
"""Rules of the network in words, in the order in which they are shown."""

VERDICTS = ("not_met", "could_not_run", "met", "not_applicable")

STANDARDS = {
    "plan_id": pl.String,
    "requirement_id": pl.String,
    "rule": pl.String,
    "title": pl.String,
    **dict.fromkeys(VERDICTS, pl.Int64),
    "excused": pl.Int64,
    "unverified": pl.Boolean,
    "citation": pl.String,
    "finding_id": pl.String,
}
"""Findings of each network requirement by verdict; ``excused`` are of those not met."""


def standards(findings: pl.DataFrame, plan: str = "") -> pl.DataFrame:
    """Return one row a plan and requirement with the columns of :data:`STANDARDS`.

    ``finding_id`` is the gravest finding of each.
    """
    asked = pl.col("rule").str.starts_with("NW") | pl.col("rule").is_in(list(RULES))
    found = findings.filter(asked, pl.col("layer") == "requirement")
    if plan:
        found = found.filter(pl.col("plan_id") == plan)
    rank = pl.col("verdict").replace_strict(
        {name: place for place, name in enumerate(VERDICTS)}, return_dtype=pl.Int64
    )
    excused = _excused() & (pl.col("verdict") == "not_met")
    counted = (
        found.with_columns(rank=rank, excused=excused)
        .sort("rank", maintain_order=True)
        .group_by("plan_id", "requirement_id", "rule", maintain_order=True)
        .agg(
            pl.col("rule_name", "citation", "finding_id").first(),
            *((pl.col("verdict") == name).sum().cast(pl.Int64).alias(name) for name in VERDICTS),
            pl.col("excused").sum().cast(pl.Int64),
            pl.col("unverified").any(),
        )
        .with_columns(title=pl.col("rule").replace_strict(RULES, default=pl.col("rule_name")))
    )
    return counted.select(list(STANDARDS)).sort("rule", "requirement_id", "plan_id")


def by_rule(standards: pl.DataFrame) -> pl.DataFrame:
    """Add the requirements of each rule and plan up."""
    summed = standards.group_by("rule", "title", "plan_id", maintain_order=True).agg(
        pl.col(*VERDICTS, "excused").sum(),
        pl.col("unverified").any(),
        requirements=pl.col("requirement_id").n_unique().cast(pl.Int64),
        finding_id=pl.col("finding_id").first(),
    )
    return summed.sort("rule", "plan_id")


def classes(findings: pl.DataFrame) -> pl.DataFrame:
    """Return by plan and standard of NW01 the members of each class, over all its counties.

    Returns
    -------
    Columns plan_id, requirement_id, specialty, who, is_bh, members, those of :data:`CLASSES` and
    of :data:`LISTED`, travel, basis; those with the most members apart come first.
    """
    found = of_rule(findings, "NW01").filter(pl.col("evidence").str.len_chars() > 2)
    told = found.select(
        "plan_id",
        "requirement_id",
        slug=pl.col("subject").str.split("/").list.get(1, null_on_oob=True),
        told=pl.col("evidence").str.json_decode(pl.Struct(TOLD)),
    ).unnest("told")
    apart = pl.sum_horizontal(*CLASSES)
    return (
        told.group_by("plan_id", "requirement_id", maintain_order=True)
        .agg(
            pl.col("specialty", "who").drop_nulls().first(),
            pl.col("slug").first().is_in(list(BH_SPECIALTIES)).alias("is_bh"),
            pl.col("members", *CLASSES).sum(),
            pl.col(*LISTED).max(),
            pl.col("travel", "basis").drop_nulls().unique(maintain_order=True).str.join("; "),
        )
        .with_columns(apart=apart)
        .sort("apart", "plan_id", "requirement_id", descending=[True, False, False])
        .drop("apart")
    )


def alike(classes: pl.DataFrame) -> pl.DataFrame:
    """Put standards with the same figures together: their number, their specialties in a row."""
    same = ("plan_id", "who", "members", *CLASSES, *LISTED, "travel")
    return classes.group_by(*same, maintain_order=True).agg(
        standards=pl.len().cast(pl.Int64),
        specialty=pl.col("specialty").unique(maintain_order=True).str.join(", "),
    )


def exceptions(findings: pl.DataFrame, plan: str = "") -> pl.DataFrame:
    """Return the findings to which the contract has an exception, those that hold first."""
    ended = pl.col("evidence").str.contains('"exception_ended":', literal=True)
    found = findings.filter(_excused() | ended)
    if plan:
        found = found.filter(pl.col("plan_id") == plan)
    told = []
    for row in found.iter_rows(named=True):
        evidence = evidence_of(row)
        one = evidence.get("exception") or evidence.get("exception_ended")
        if not isinstance(one, dict):
            continue
        area = str(evidence.get("county") or evidence.get("area") or row["subject"].split("/")[0])
        same = ("finding_id", "plan_id", "rule", "requirement_id", "verdict")
        kept = ("id", "citation", "providers_in_area", "reason", "until", "unverified")
        told.append(
            {name: row[name] for name in same}
            | {name: one.get(name) for name in kept}
            | {"area": area.rsplit(" (", 1)[0], "specialty": evidence.get("specialty")}
            | {"holds": "exception" in evidence}
        )
    frame = pl.DataFrame(told, schema=EXCEPTIONS)
    return frame.sort("holds", "plan_id", "requirement_id", descending=[True, False, False])


def _excused() -> pl.Expr:
    return pl.col("evidence").str.contains('"exception":', literal=True)
