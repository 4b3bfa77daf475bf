"""A made-up review with every kind of network standard, for the tests of the NAAAR export."""

from datetime import date
from pathlib import Path
from typing import Any

from monitor.store import Store
from rules.model import Finding, Layer, Measure, Review, Severity, Verdict, finding_id

BY_CLASS = {
    "metro": {"share": 0.9, "max_minutes": 30.0, "max_miles": 20.0},
    "rural": {"share": 0.85, "max_minutes": 60.0, "max_miles": 50.0},
}
REACH = {"logic": "both", "by_county_class": BY_CLASS}
PSYCHIATRY = {"specialty": "psychiatry", "population": "adult"}


def judged(
    plan: str,
    requirement: str,
    rule: str,
    subject: str,
    value: float | None,
    terms: dict[str, Any],
    verdict: str = "met",
    **more: Any,
) -> tuple[Measure, Finding]:
    """Return a measure and what the judge would make of it; ``more`` goes into the finding."""
    given = {
        "numerator": None,
        "denominator": None,
        "required": "0.85",
        "evidence": {},
        "message": "as found",
        **more,
    }
    measure = Measure(
        subject=subject,
        numerator=given["numerator"],
        denominator=given["denominator"],
        value=value,
        evidence={k: v for k, v in given["evidence"].items() if k != "exception"},
        review_id="R1",
        plan_id=plan,
        requirement_id=requirement,
        rule=rule,
        measured_with=terms,
    )
    finding = Finding(
        id=finding_id("demo-imc", plan, requirement, rule, subject),
        review_id="R1",
        contract_id="demo-imc",
        plan_id=plan,
        requirement_id=requirement,
        rule=rule,
        rule_name="network.x",
        layer=Layer.REQUIREMENT,
        subject=subject,
        period="2026Q1",
        verdict=Verdict(verdict),
        severity=Severity.MAJOR,
        observed="" if value is None else str(value),
        unit="",
        violations=0,
        citation="base 3.2.1, p. 41",
        remedy="",
        **given,
    )
    return measure, finding


def reach(
    plan: str, county: str, kind: str, within: float, of: float, way: float, **more: Any
) -> tuple[Measure, Finding]:
    """Return NW01 in one county."""
    evidence = {
        "county": county,
        "county_class": kind,
        "members": of,
        "longest_minutes": way,
        "longest_miles": way / 2,
        **more.pop("evidence", {}),
    }
    return judged(
        plan,
        "NET-1",
        "NW01",
        f"{county}/psychiatry/adult",
        within / of if of else None,
        {**REACH, "applies_to": PSYCHIATRY, "runout_months": 0},
        numerator=within,
        denominator=of,
        evidence=evidence,
        **more,
    )


def number(
    plan: str, county: str, kind: str, found: float, of: float, **more: Any
) -> tuple[Measure, Finding]:
    """Return NW02 in one county."""
    return judged(
        plan,
        "NET-2",
        "NW02",
        f"{county}/psychiatry/adult",
        found,
        {
            "within": "NET-1",
            "counts": "providers",
            "by_county_class": {"metro": 0.14, "rural": 0.12},
            "applies_to": PSYCHIATRY,
        },
        numerator=found,
        denominator=of,
        evidence={
            "county": county,
            "county_class": kind,
            "members": of,
            "counts": "providers",
            "limit": "60 minutes and 50 miles",
        },
        **more,
    )


def per_members(plan: str, found: float, of: float, **more: Any) -> tuple[Measure, Finding]:
    """Return NW03 for a whole plan."""
    return judged(
        plan,
        "NET-3",
        "NW03",
        "plan/primary_care/all",
        found,
        {
            "per_members": 500.0,
            "at_least": 1.0,
            "counts": "providers",
            "area": "plan",
            "applies_to": {"specialty": "primary_care", "population": "all"},
        },
        numerator=found,
        denominator=of,
        evidence={"area": "The plan", "members": of, "counts": "providers"},
        **more,
    )


def wait(plan: str, kept: float, of: float, **more: Any) -> tuple[Measure, Finding]:
    """Return NW04 for a whole plan."""
    scope = {
        "provider_type": "outpatient_sud",
        "appointment_type": "routine",
        "population": "pediatric",
    }
    return judged(
        plan,
        "NET-4",
        "NW04",
        "outpatient_sud/routine/pediatric",
        kept / of,
        {"max_wait": 10.0, "unit": "business_days", "share": 0.9, "applies_to": scope},
        numerator=kept,
        denominator=of,
        evidence={"kept": kept, "reached": of},
        **more,
    )


def beds(plan: str, found: float, region: str = "North", **more: Any) -> tuple[Measure, Finding]:
    """Return NW05 in one region."""
    return judged(
        plan,
        "NET-5",
        "NW05",
        f"{region}/inpatient_psychiatric/smi",
        found,
        {
            "minimum": 12,
            "counts": "beds",
            "area": "region",
            "applies_to": {"specialty": "inpatient_psychiatric", "population": "smi"},
        },
        numerator=found,
        denominator=4000,
        evidence={"area": region, "members": 4000, "counts": "beds"},
        **more,
    )


def store_of(
    folder: Path,
    made: list[tuple[Measure, Finding]],
    plans: tuple[str, ...] = ("STEADY", "GHOST"),
    period: str = "2026Q1",
) -> tuple[Store, Review]:
    """Put the made-up review into a store of its own."""
    review = Review(
        id="R1",
        contract_id="demo-imc",
        period=period,
        as_of=date(2026, 4, 20),
        engine="none",
        plans=plans,
        submissions=(),
        code_version="0",
        pack_digest="made-up",
    )
    store = Store(f"sqlite:///{folder / 'naaar.db'}")
    store.append(review, [one for one, _ in made], [one for _, one in made])
    return store, review


def full_review() -> list[tuple[Measure, Finding]]:
    """Return one review with every rule: STEADY keeps all it was measured by, GHOST does not."""
    exception = {
        "id": "EX-1",
        "citation": "amendment 2, 4.1",
        "providers_in_area": 1,
        "reason": "one psychiatrist practises there",
        "until": "2026-12-31",
    }
    return [
        reach("STEADY", "Bell (47001)", "rural", 90, 100, 40),
        reach("STEADY", "Cole (47003)", "rural", 50, 50, 55.25),
        reach("STEADY", "Davis (47037)", "metro", 1000, 1000, 12),
        reach("GHOST", "Bell (47001)", "rural", 40, 100, 90, verdict="not_met"),
        reach("GHOST", "Cole (47003)", "rural", 5, 10, 70, verdict="not_met"),
        reach(
            "GHOST",
            "Davis (47037)",
            "metro",
            100,
            200,
            45,
            verdict="not_met",
            evidence={"exception": exception},
        ),
        number("STEADY", "Bell (47001)", "rural", 4, 1000),
        number("STEADY", "Cole (47003)", "rural", 3, 500),
        number("GHOST", "Bell (47001)", "rural", 0, 1000, verdict="not_met", required="1"),
        per_members("STEADY", 3, 1400),
        per_members("GHOST", 2, 1400, verdict="not_met", required="3"),
        wait("STEADY", 47, 50),
        wait("GHOST", 0, 1, verdict="could_not_run", message="no appointments table was submitted"),
        beds("STEADY", 40),
        beds("GHOST", 0, verdict="not_applicable", message="North: no members on that day"),
    ]
