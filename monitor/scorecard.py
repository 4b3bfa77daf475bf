"""Plans by areas: the gravest thing that each area of each plan says, in a few words."""

from __future__ import annotations

from collections.abc import Iterable

from rules.model import Finding, Layer, Severity, Verdict

AREAS = {
    "NW": "Network",
    "PD": "Directory",
    "EN": "Encounters",
    "DL": "Delegation",
    "AU": "Authorizations",
    "IF": "Functions",
    "SP": "Spending",
    "VB": "Payment",
    "SL": "Separation",
    "QM": "Quality",
    "CC": "Coordination",
    "PR": "Practices",
    "DU": "Duals",
    "RP": "Reports",
}
"""Areas of the rules by the letters that their codes begin with."""

DATA = "Data"
"""The area of the shape and profile checks."""


def area_of(finding: Finding) -> str:
    """Return the area that a finding belongs to."""
    if finding.layer is not Layer.REQUIREMENT or finding.rule == "DATA":
        return DATA
    return AREAS.get(finding.rule[:2], finding.rule_name.split(".")[0].capitalize())


def scorecard(findings: Iterable[Finding]) -> dict[str, dict[str, str]]:
    """Sum up findings as words by area and plan, areas in their fixed order.

    A cell says how many findings of the gravest severity are not met; else that some could not
    run; else met; else not applicable. What could not run stands beside what is not met.
    """
    cells: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        cells.setdefault((area_of(finding), finding.plan_id), []).append(finding)
    order = [*AREAS.values(), DATA]
    areas = sorted(
        {area for area, _ in cells},
        key=lambda area: order.index(area) if area in order else len(order),
    )
    return {
        area: {plan: _cell(found) for (of, plan), found in sorted(cells.items()) if of == area}
        for area in areas
    }


def _cell(findings: Iterable[Finding]) -> str:
    found = list(findings)
    not_met = [finding for finding in found if finding.verdict is Verdict.NOT_MET]
    for severity in Severity:
        count = sum(finding.severity is severity for finding in not_met)
        if count:
            return f"{count} {severity} not met"
    for verdict, words in (
        (Verdict.COULD_NOT_RUN, "could not run"),
        (Verdict.MET, "met"),
    ):
        if any(finding.verdict is verdict for finding in found):
            return words
    return "not applicable"
