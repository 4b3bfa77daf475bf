"""Where plans stand: the scorecard, what is not met by severity and change, and by requirement."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from dashboards.data import AREA_ORDER, SEVERITIES


@dataclass(frozen=True)
class Cell:
    """What one area of one plan says: its gravest verdict, and how many findings say so.

    ``severity`` is "" unless the verdict is not_met. ``beside`` counts what could not run where
    something else is said, ``met`` what is met.
    """

    verdict: str
    severity: str
    count: int
    beside: int
    met: int
    total: int


CHANGES = ("new", "persisting", "resolved")


def scorecard(findings: pl.DataFrame) -> dict[tuple[str, str], Cell]:
    """Return cells by area and plan; an area that a plan has no finding in has no cell."""
    counted = findings.group_by("area", "plan_id", "verdict", "severity").len()
    cells: dict[tuple[str, str], Cell] = {}
    for (area, plan), found in counted.group_by("area", "plan_id"):
        counts = {(row[2], row[3]): int(row[4]) for row in found.iter_rows()}
        cells[str(area), str(plan)] = _cell(counts)
    return cells


def _cell(counts: dict[tuple[str, str], int]) -> Cell:
    total = sum(counts.values())
    by_verdict = {
        verdict: sum(count for (name, _), count in counts.items() if name == verdict)
        for verdict in ("not_met", "could_not_run", "met", "not_applicable")
    }
    stuck = by_verdict["could_not_run"]
    for severity in SEVERITIES:
        if counts.get(("not_met", severity)):
            return Cell(
                "not_met", severity, counts["not_met", severity], stuck, by_verdict["met"], total
            )
    verdict = next(name for name in ("could_not_run", "met", "not_applicable") if by_verdict[name])
    beside = 0 if verdict == "could_not_run" else stuck
    return Cell(verdict, "", by_verdict[verdict], beside, by_verdict["met"], total)


def areas(findings: pl.DataFrame) -> list[str]:
    """Return the areas that have findings, in their fixed order."""
    found = set(findings["area"].unique().to_list())
    return [*(area for area in AREA_ORDER if area in found), *sorted(found - set(AREA_ORDER))]


def not_met(findings: pl.DataFrame) -> pl.DataFrame:
    """Return the findings that are not met."""
    return findings.filter(pl.col("verdict") == "not_met")


def by_severity(findings: pl.DataFrame) -> dict[tuple[str, str], int]:
    """Count what is not met by plan and severity."""
    counted = not_met(findings).group_by("plan_id", "severity").len()
    return {(plan, severity): int(count) for plan, severity, count in counted.iter_rows()}


def by_change(findings: pl.DataFrame) -> dict[tuple[str, str], int]:
    """Count by severity and change: what is not met now, and what no longer is (resolved)."""
    counted = findings.filter(pl.col("change").is_in(CHANGES)).group_by("severity", "change").len()
    return {(severity, change): int(count) for severity, change, count in counted.iter_rows()}


def by_requirement(findings: pl.DataFrame) -> pl.DataFrame:
    """Return what is not met by plan, requirement and rule, gravest first.

    Returns
    -------
    Columns finding_id (the first of them), severity, plan_id, area, requirement_id, rule,
    rule_name, findings, lines, change (the words of all, joined), unverified.
    """
    rank = pl.col("severity").replace_strict(
        {name: place for place, name in enumerate(SEVERITIES)}, return_dtype=pl.Int64
    )
    return (
        not_met(findings)
        .with_columns(rank=rank)
        .sort("rank", "plan_id", "requirement_id", "rule", "subject")
        .group_by("plan_id", "requirement_id", "rule", maintain_order=True)
        .agg(
            pl.col("finding_id", "severity", "area", "rule_name", "message", "rank").first(),
            findings=pl.len().cast(pl.Int64),
            lines=pl.col("violations").sum(),
            change=pl.col("change").unique(maintain_order=True).str.join(", "),
            unverified=pl.col("unverified").any(),
        )
        .sort("rank", "plan_id", "requirement_id", "rule", maintain_order=True)
        .drop("rank")
    )
