"""Who runs what for physical and for behavioral health: IF01 and DL01 to DL03 as frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from dashboards.evidence import of_rule, rows

FUNCTIONS = {
    "finding_id": pl.String,
    "plan_id": pl.String,
    "function": pl.String,
    "ph_operator": pl.String,
    "ph_system": pl.String,
    "bh_operator": pl.String,
    "bh_system": pl.String,
    "verdict": pl.String,
}

SILO_RULES = ("DL01", "DL02", "DL03")


def functions(findings: pl.DataFrame, plan: str = "") -> pl.DataFrame:
    """Return one row a plan and function, with operator and system of each side."""
    told = []
    for row, evidence in rows(of_rule(findings, "IF01", plan_id=plan)):
        ph, bh = evidence.get("ph") or {}, evidence.get("bh") or {}
        if not (ph or bh):
            continue
        told.append(
            {
                "finding_id": row["finding_id"],
                "plan_id": row["plan_id"],
                "function": row["subject"],
                "ph_operator": ph.get("operator_name") or ph.get("operator"),
                "ph_system": ph.get("system"),
                "bh_operator": bh.get("operator_name") or bh.get("operator"),
                "bh_system": bh.get("system"),
                "verdict": row["verdict"],
            }
        )
    return pl.DataFrame(told, schema=FUNCTIONS).sort("plan_id", "function")


@dataclass
class Subcontractor:
    """One subcontractor of behavioral health as the delegation rules saw it.

    ``verdicts`` and ``found`` map a rule's code to its verdict and to the finding behind it.
    """

    plan_id: str
    id: str
    told: dict[str, Any] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name, else its id."""
        return str(self.told.get("name") or self.id)

    @property
    def faults(self) -> int:
        """How many of the delegation rules are not met."""
        return sum(verdict == "not_met" for verdict in self.verdicts.values())


def subcontractors(findings: pl.DataFrame, plan: str = "") -> list[Subcontractor]:
    """Return the subcontractors of behavioral health, those with most faults first."""
    held: dict[tuple[str, str], Subcontractor] = {}
    for rule in SILO_RULES:
        for row, evidence in rows(of_rule(findings, rule, plan_id=plan)):
            if row["subject"] == "plan" and not evidence:
                continue
            key = (row["plan_id"], row["subject"])
            known = held.setdefault(key, Subcontractor(*key))
            known.told |= evidence
            known.verdicts[rule] = row["verdict"]
            known.found[rule] = row["finding_id"]
    return sorted(held.values(), key=lambda one: (-one.faults, one.plan_id, one.id))
