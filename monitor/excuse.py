"""Exceptions of the contract, held against what is not met: shown, never hidden."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from rules.contract import cited
from rules.model import Contract, Exemption, Finding, Severity


def excused(finding: Finding, contract: Contract, on: date) -> Finding:
    """Return a finding that is not met, with the contract's exception to it where there is one.

    An exception of the requirement that covers the finding's county or region on that day leaves
    the verdict and lowers the severity to info; the evidence gets ``exception`` and the message
    says it. One that has ended changes nothing but the message and ``exception_ended``.
    """
    known = [
        one
        for one in contract.exemptions
        if one.requirement == finding.requirement_id
        and one.covers(area_of(finding.subject), contract.regions)
    ]
    holding = [one for one in known if one.holds_on(on)]
    if holding:
        one = max(holding, key=lambda one: one.starts)
        return replace(
            finding,
            severity=Severity.INFO,
            message=f"{finding.message} {told(one, contract)}",
            evidence={**finding.evidence, "exception": facts(one, contract)},
        )
    ended = [one for one in known if one.ends is not None and one.ends < on]
    if ended:
        one = max(ended, key=lambda one: one.ends or date.min)
        return replace(
            finding,
            message=f"{finding.message} Exception {one.id} ended on {one.ends}.",
            evidence={**finding.evidence, "exception_ended": facts(one, contract)},
        )
    return finding


def area_of(subject: str) -> str:
    """Return the county or region that a subject begins with, e.g. 47037 of 47037/psychiatry."""
    return subject.split("/", 1)[0]


def told(one: Exemption, contract: Contract) -> str:
    """Say an exception in one sentence."""
    until = f"until {one.ends}" if one.ends else "with no end"
    watched = f"monitored on {one.monitored_on}" if one.monitored_on else "no monitoring is dated"
    mark = " (unverified)" if one.unverified else ""
    return (
        f"Exception {one.id}{mark}, {until}: {one.reason}; providers in the area: "
        f"{one.providers_in_area:,}; {watched} ({cited(one.citation, contract.documents)})."
    )


def facts(one: Exemption, contract: Contract) -> Mapping[str, Any]:
    """Return an exception as JSON can hold it, for evidence and exports."""
    return {
        "id": one.id,
        "citation": cited(one.citation, contract.documents),
        "providers_in_area": one.providers_in_area,
        "reason": one.reason,
        "until": str(one.ends) if one.ends else "",
        "monitored_on": str(one.monitored_on) if one.monitored_on else "",
        "unverified": one.unverified,
    }
