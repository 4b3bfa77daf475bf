"""Who serves behind what is listed: NW09's gap, NW08's reach on paper, NW07's ghosts, as frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from dashboards.evidence import number, of_rule, rows
from dashboards.reach import BH_SPECIALTIES

PLAN = "plan"

JUDGED = {
    "finding_id": pl.String,
    "plan_id": pl.String,
    "requirement_id": pl.String,
    "place": pl.String,
    "of_plan": pl.Boolean,
    "required": pl.Float64,
    "verdict": pl.String,
    "message": pl.String,
    "unverified": pl.Boolean,
    "excused": pl.Boolean,
}
"""Columns of every frame of this module; ``place`` is a county, or "" where nothing tells it."""

CARE = {"care": "primary_care", "mental": "outpatient_mental_health"}
CARE |= {"substance": "outpatient_substance_use"}
"""Columns of kinds of care by the names that the evidence has for them."""

SIDES = {"": "serving", "_listed": "listed", "_own": "own_serving"}
"""Ends of columns by the networks that the evidence has: as serving, as listed, own limits."""

GAPS = {
    **JUDGED,
    "members": pl.Float64,
    **{f"{kind}{side}": pl.Float64 for side in SIDES for kind in (*CARE, "other", "behind")},
    "low": pl.Float64,
    "high": pl.Float64,
    "rows": pl.Float64,
    "wider": pl.String,
    "yardstick": pl.String,
    "serving_members": pl.Int64,
}
"""Members within each kind of care, ``other`` the lesser behavioral one; ``behind`` the gap.

Without an end under the yardstick as serving, ``_listed`` as listed, ``_own`` as serving under
the contract's own limits. ``low`` and ``high`` are shares, ``rows`` the sample in effect.
"""

ON_PAPER = {
    **JUDGED,
    "standard": pl.String,
    "specialty": pl.String,
    "is_bh": pl.Boolean,
    "members": pl.Float64,
    "unlocated": pl.Float64,
    "within_listed": pl.Float64,
    "within_serving": pl.Float64,
    "lost": pl.Float64,
    "listed": pl.Int64,
    "serving": pl.Int64,
    "in_doubt": pl.Int64,
}
"""Members within one standard as listed and as serving; listed and serving count providers."""

STATES = ("ghost", "limited", "serving", "behind")
"""Who is counted: served nobody, served few, served, known through a group's lines alone."""

GHOSTS = {
    **JUDGED,
    "slug": pl.String,
    "specialty": pl.String,
    "who": pl.String,
    "counted": pl.Int64,
    **dict.fromkeys((*STATES, "new", "undecided"), pl.Int64),
    "counted_ph": pl.Int64,
    **{f"{state}_ph": pl.Int64 for state in STATES},
    "window": pl.String,
}
"""Listed providers of behavioral health, and those of physical health beside them."""

MOST = {
    "finding_id": pl.String,
    "plan_id": pl.String,
    "standard": pl.String,
    "specialty": pl.String,
    "place": pl.String,
    "members": pl.Float64,
}
"""Members by county, of the ten counties that a plan's finding names."""


def gaps(findings: pl.DataFrame, plan: str = "") -> pl.DataFrame:
    """Return one row a finding of NW09 with the columns of :data:`GAPS`."""
    told = []
    for row, evidence in rows(of_rule(findings, "NW09", plan_id=plan)):
        members = row["denominator"]
        made = _judged(row, evidence) | {"members": members}
        for end, side in SIDES.items():
            shares = evidence.get(side) or {}
            made |= {
                f"{kind}{end}": _part(shares.get(slug), members) for kind, slug in CARE.items()
            }
            others = [made[f"{kind}{end}"] for kind in CARE if kind != "care"]
            other = min((each for each in others if each is not None), default=None)
            care = made[f"care{end}"]
            made[f"other{end}"] = other
            made[f"behind{end}"] = None if None in (care, other) else care - other
        low, high = evidence.get("interval") or (None, None)
        made |= {"low": low, "high": high, "rows": evidence.get("effective_rows")}
        made |= {name: evidence.get(name) for name in ("wider", "yardstick", "serving_members")}
        told.append(made)
    return pl.DataFrame(told, schema=GAPS)


def on_paper(findings: pl.DataFrame, plan: str = "") -> pl.DataFrame:
    """Return one row a finding of NW08 with the columns of :data:`ON_PAPER`."""
    slugs = _slugs(findings)
    told = []
    for row, evidence in rows(of_rule(findings, "NW08", plan_id=plan)):
        standard = str(evidence.get("standard") or row["subject"].partition("/")[2])
        named = ("specialty", "members", "unlocated", "within_listed", "within_serving", "lost")
        made = _judged(row, evidence) | {name: evidence.get(name) for name in named}
        counts = {name: evidence.get(name) for name in ("listed", "serving", "in_doubt")}
        told.append(
            made
            | counts
            | {"standard": standard, "is_bh": slugs.get(standard, "") in BH_SPECIALTIES}
        )
    return pl.DataFrame(told, schema=ON_PAPER)


def ghosts(findings: pl.DataFrame, plan: str = "") -> pl.DataFrame:
    """Return one row a finding of NW07 with the columns of :data:`GHOSTS`."""
    told = []
    for row, evidence in rows(of_rule(findings, "NW07", plan_id=plan)):
        slug = row["subject"].partition("/")[2]
        beside = evidence.get("ph") or {}
        window = (evidence.get("window_start"), evidence.get("window_end"))
        named = ("who", "counted", *STATES, "new", "undecided")
        told.append(
            _judged(row, evidence)
            | {name: evidence.get(name) for name in named}
            | {f"{name}_ph": beside.get(name) for name in ("counted", *STATES)}
            | {"slug": slug, "specialty": slug.replace("_", " ")}
            | {"window": " to ".join(map(str, window)) if all(window) else None}
        )
    return pl.DataFrame(told, schema=GHOSTS)


def most(findings: pl.DataFrame, rule: str, key: str, plan: str = "") -> pl.DataFrame:
    """Return the counties that plans' findings name with the most members.

    Parameters
    ----------
    rule, key
        NW08 and ``most_lost``, or NW09 and ``most_behind``.
    """
    told = []
    for row, evidence in rows(of_rule(findings, rule, plan_id=plan)):
        for county, members in (evidence.get(key) or {}).items():
            told.append(
                {
                    "finding_id": row["finding_id"],
                    "plan_id": row["plan_id"],
                    "standard": evidence.get("standard"),
                    "specialty": evidence.get("specialty"),
                    "place": _place(county),
                    "members": members,
                }
            )
    frame = pl.DataFrame(told, schema=MOST)
    return frame.sort("members", descending=True, maintain_order=True)


def _judged(row: Mapping[str, Any], evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Return what every frame tells of a finding."""
    area = row["subject"].partition("/")[0]
    named = str(evidence.get("county") or evidence.get("place") or area)
    same = ("finding_id", "plan_id", "requirement_id", "verdict", "message", "unverified")
    return {name: row[name] for name in same} | {
        "place": _place(named),
        "of_plan": area == PLAN,
        "required": number(row["required"]),
        "excused": "exception" in evidence,
    }


def _place(named: str) -> str:
    return named.rsplit(" (", 1)[0]


def _part(share: float | None, members: float | None) -> float | None:
    """Return the members that a share stands for; counts are weighted, so not always whole."""
    return None if share is None or members is None else round(share * members, 6)


def _slugs(findings: pl.DataFrame) -> dict[str, str]:
    """Return the specialty that each requirement of NW01 is about."""
    named = of_rule(findings, "NW01").select("requirement_id", "subject")
    found = named.filter(pl.col("subject").str.count_matches("/") == 2).unique("requirement_id")
    return {name: subject.split("/")[1] for name, subject in found.rows()}
