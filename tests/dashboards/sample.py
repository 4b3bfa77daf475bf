"""Two reviews made by hand: figures that a test can work out on paper, and hostile names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from monitor.store import VIOLATION_SCHEMA, Store
from rules.model import Finding, Layer, Review, Severity, Verdict, finding_id

HOSTILE = "<img src=x onerror=alert(1)>"
CONTRACT = "demo-imc"
EARLIER, LATEST = "R20260101-000000-aaaaaa", "R20260420-101500-bbbbbb"
NOT_MET, MET, STUCK = Verdict.NOT_MET, Verdict.MET, Verdict.COULD_NOT_RUN
COUNTIES = {
    "47037": "Davidson",
    "47157": "Shelby",
    "47049": "Fentress",
    "47007": "Bledsoe",
    "47189": "Wilson",
}
PSYCHIATRY = {
    # county: members, within, required, class
    "47037": (1000.0, 1000.0, 0.9, "metro"),
    "47157": (500.0, 440.0, 0.9, "metro"),
    "47049": (40.0, 37.0, 0.85, "rural"),
    "47007": (8.0, 8.0, 0.85, "rural"),
    "47189": (19.0, 17.0, 0.9, "metro"),
}
PRIMARY_CARE = {**PSYCHIATRY, "47157": (500.0, 500.0, 0.9, "metro")}
PRIMARY_CARE |= {"47049": (40.0, 20.0, 0.85, "rural"), "47189": (19.0, 19.0, 0.9, "metro")}
BY_SPECIALTY = {
    "clinical_psychology": {"eligible": 30, "idle": 8},
    "psychiatry": {"eligible": 113, "idle": 49},
}
MONTHS = [
    # month, BH benefit, BH rate, PH benefit, mature
    ("2025-10", 900.0, 1000.0, 3000.0, True),
    ("2025-11", 800.0, 1000.0, 3200.0, True),
    ("2025-12", 628.0, 1000.0, 3140.0, True),
    ("2026-01", 300.0, 1000.0, 1000.0, False),
    ("2026-02", 100.0, 1000.0, 500.0, False),
]
FILLERS = 130


@dataclass(frozen=True)
class Sample:
    """A store and what was put into its latest review."""

    url: str
    findings: tuple[Finding, ...]

    def only(self, **equal: Any) -> list[Finding]:
        return [
            one
            for one in self.findings
            if all(getattr(one, name) == value for name, value in equal.items())
        ]


def finding(plan: str, rule: str, subject: str = "plan", **more: Any) -> Finding:
    """Return a finding of the latest review; what is not given is plain."""
    requirement = more.pop("requirement_id", f"IMC-{rule}")
    layer = more.pop("layer", Layer.REQUIREMENT)
    evidence = more.pop("evidence", {})
    plain: dict[str, Any] = {
        "rule_name": f"{rule.lower()}.name",
        "period": "2026Q1",
        "verdict": MET,
        "severity": Severity.MAJOR,
        "observed": "",
        "required": "",
        "unit": "",
        "numerator": None,
        "denominator": None,
        "violations": 0,
        "citation": "Demo contract, 1.1, p. 2 (42 CFR 438.206)",
        "message": f"{plan} {rule} {subject}",
        "remedy": "Mend it.",
        "change": "",
    }
    return Finding(
        id=finding_id(CONTRACT, plan, requirement, rule, subject),
        review_id=LATEST,
        contract_id=CONTRACT,
        plan_id=plan,
        requirement_id=requirement,
        rule=rule,
        layer=layer,
        subject=subject,
        evidence=evidence,
        **(plain | more),
    )


def reach(plan: str, slug: str, title: str, held: Mapping[str, Any]) -> list[Finding]:
    """Return NW01 findings as the rule words them."""
    made = []
    for fips, (members, within, required, county_class) in held.items():
        county = f"{COUNTIES[fips]} ({fips})"
        share = within / members
        evidence = {
            "county": county,
            "county_class": county_class,
            "specialty": title,
            "who": "members",
            "members": members,
            "unlocated": 0.0,
            "approximate": 2.0,
            "within": within,
            "borderline": 12.0,
            "longest_miles": 31.25,
            "travel": "estimated",
            "share": required,
            "limit": "45 minutes and 30 miles",
            "providers": 4,
            "basis": "straight-line miles; time not independently measured",
        }
        made.append(
            finding(
                plan,
                "NW01",
                f"{fips}/{slug}/all",
                requirement_id=f"MA-TD-{slug}",
                rule_name="network.beyond-reach",
                verdict=MET if share >= required else NOT_MET,
                change="" if share >= required else "new",
                observed=repr(share),
                required=repr(required),
                unit="share of members",
                numerator=within,
                denominator=members,
                message=(
                    f"{county}: {within:,.0f} of {members:,.0f} members ({share:.1%}) have a "
                    f"provider of {title} within 45 minutes and 30 miles; {required:.0%} must "
                    "(straight-line miles; time not independently measured)."
                ),
                evidence=evidence,
            )
        )
    return made


def network() -> list[Finding]:
    """Return the network findings of ALPHA and BETA."""
    full = dict.fromkeys(("47037", "47157"), (100.0, 100.0, 0.9, "metro"))
    counted = {
        "county": "Bledsoe (47007)",
        "county_class": "rural",
        "specialty": "Psychiatry",
        "who": "members",
        "members": 8.0,
    }
    return [
        *reach("ALPHA", "psychiatry", "Psychiatry", PSYCHIATRY),
        *reach("ALPHA", "primary_care", "Primary care", PRIMARY_CARE),
        *reach("BETA", "psychiatry", "Psychiatry", full),
        *reach("BETA", "primary_care", "Primary care", full),
        finding(
            "ALPHA",
            "NW01",
            "47095/psychiatry/all",
            requirement_id="MA-TD-psychiatry",
            verdict=STUCK,
            message="Lake (47095): the county's class is unknown, and the limit depends on it",
            evidence={"county": "Lake (47095)", "county_class": None, "specialty": "Psychiatry"},
        ),
        finding(
            "ALPHA",
            "NW02",
            "47007/psychiatry/all",
            requirement_id="MA-MIN-psychiatry",
            observed="3",
            required="1",
            unit="providers or beds",
            numerator=3.0,
            denominator=8.0,
            message=(
                "Bledsoe (47007): 3 providers of Psychiatry within 75 minutes and 60 miles of "
                "members; 1 needed (base: the plan's members of the county, 8; straight-line "
                "miles; time not independently measured)."
            ),
            evidence=counted,
        ),
        survey("ALPHA", 38, 40),
        survey("BETA", 57, 60),
        finding("ALPHA", "NW06", observed="0.063", required="0.15", unit="share"),
        finding(
            "BETA",
            "NW06",
            rule_name="network.listed-never-serving",
            severity=Severity.CRITICAL,
            verdict=NOT_MET,
            change="persisting",
            observed=repr(57 / 143),
            required="0.15",
            unit="share",
            numerator=57.0,
            denominator=143.0,
            violations=61,
            message="BETA: 57 of 143 individual BH clinicians (39.9%) are on no final line",
            evidence={"eligible": 143, "idle": 57, "by_specialty": BY_SPECIALTY},
        ),
    ]


def survey(plan: str, kept: int, of: int) -> Finding:
    """Return an NW04 finding as the rule words it."""
    outcomes = {"kept": kept, "late": of - kept, "none_offered": 0, "unconverted": 0}
    outcomes |= {"by_telehealth": 0, "not_accepting": 3, "out_of_network": 1, "not_reached": 2}
    return finding(
        plan,
        "NW04",
        "primary_care/routine/adult",
        rule_name="network.long-wait",
        observed=repr(kept / of),
        required="0.9",
        unit="share",
        numerator=float(kept),
        denominator=float(of),
        evidence={
            "calls_for": "adult routine primary care",
            "max_wait": 15.0,
            "unit": "business days",
            "calls": of + 6,
            "reached": of + 4,
            **outcomes,
            "interval": [0.85, 0.99],
        },
    )


def delegation() -> list[Finding]:
    """Return who runs what: ALPHA as one, BETA apart, with a hostile name."""
    told = {"name": HOSTILE, "domains": ["BH"], "payments": ["subcapitation"]}
    told |= {"functions": ["claims", "network"], "parent_name": "Holdings"}
    sides = {"operator": "plan", "operator_name": "plan", "system": "CoreClaims"}
    other = {"operator": "SUB1", "operator_name": HOSTILE, "system": "BehaviorPay"}
    grave = {"severity": Severity.CRITICAL, "verdict": NOT_MET, "change": "new"}
    return [
        finding("ALPHA", "IF01", "call_center", evidence={"ph": sides, "bh": sides}),
        finding("ALPHA", "IF01", "claims_system", evidence={"ph": sides, "bh": sides}),
        finding(
            "BETA",
            "IF01",
            "claims_system",
            verdict=NOT_MET,
            change="new",
            message=f"claims_system: PH is run by plan on CoreClaims, BH by {HOSTILE}",
            evidence={"ph": sides, "bh": other},
        ),
        finding(
            "BETA",
            "IF01",
            "call_center",
            verdict=STUCK,
            message="call_center: cannot tell who runs it",
            evidence={"ph": sides, "bh": {"operator": "", "operator_name": "", "system": ""}},
        ),
        finding(
            "BETA",
            "DL01",
            "SUB1",
            message=f"{HOSTILE} (SUB1): 1 Elm St is at no plan office's address",
            evidence=told
            | {"address": "1 Elm St", "office": "O1", "miles": 196.877, "on_site_flag": "N"},
            **grave,
        ),
        finding("BETA", "DL02", "SUB1", evidence=told, **grave),
        finding("BETA", "DL03", "SUB1", evidence=told | {"beyond": ["claims"]}),
        finding(
            "ALPHA",
            "DL01",
            verdict=Verdict.NOT_APPLICABLE,
            message="no BH subcontractor in force in 2026Q1",
        ),
    ]


def spending() -> list[Finding]:
    """Return the BH benefit ratio: BETA 2,328 of 3,000 dollars, ALPHA all of it."""
    months = [
        {"month": month, "bh_benefit": benefit, "bh_rate": rate, "ph_benefit": ph, "mature": ripe}
        | {"member_months": 50.0}
        for month, benefit, rate, ph, ripe in MONTHS
    ]
    window = {"window_start": "2025-10", "window_end": "2025-12", "basis": "3 months"}
    full = [month | {"bh_benefit": month["bh_rate"]} for month in months]
    held = {"required": "0.85", "unit": "share of BH rate", "denominator": 3000.0}
    apart = {"part": "off site", "value": 0.1, "count": 1, "denominator": 10, "told": "1 of 10"}
    rate = {"numerator": 60.0, "denominator": 100.0, "observed": "0.6", "required": "0.3"}
    return [
        finding("BETA", "SP10", observed="no shift"),
        finding("BETA", "SL02", "location", observed="0.1", evidence={"parts": [apart]}),
        finding("BETA", "QM01", "7 days", **rate),
        finding(
            "BETA",
            "SP01",
            severity=Severity.CRITICAL,
            verdict=NOT_MET,
            change="new",
            observed=repr(2328 / 3000),
            numerator=2328.0,
            message="BETA spent 77.6% of the BH part of its rate on BH benefits",
            evidence=window | {"ph_benefit": 9340.0, "months": months},
            **held,
        ),
        finding(
            "ALPHA",
            "SP01",
            severity=Severity.CRITICAL,
            observed="1",
            numerator=3000.0,
            evidence=window | {"ph_benefit": 9340.0, "months": full},
            **held,
        ),
        finding("ALPHA", "SP02", severity=Severity.MINOR, message="ALPHA reinvested 1.50%"),
    ]


def data() -> list[Finding]:
    """Return edits, among them enough for a table of several blocks."""
    late = finding(
        "BETA",
        "EN01",
        "BH",
        verdict=NOT_MET,
        change="new",
        violations=2,
        message="BETA: 2 of 9 BH encounter lines (22.2%) came late",
    )
    edit = {"layer": Layer.SHAPE, "requirement_id": "DATA-ENCOUNTERS", "verdict": NOT_MET}
    return [
        late,
        finding("ALPHA", "RP01", unverified=True, change="resolved"),
        *(
            finding(
                "ALPHA",
                "encounters.units.number",
                f"batch {place:03}",
                severity=Severity.INFO,
                rule_name="units is not a number",
                change="new",
                message=f"row {place:03}: =1+1 units is not a number",
                **edit,
            )
            for place in range(FILLERS)
        ),
    ]


def lines(findings: list[Finding]) -> pl.DataFrame:
    """Return the faulty lines of NW06 (providers) and of EN01 (about members)."""
    ids = {one.rule: one.id for one in findings if one.plan_id == "BETA"}
    listed = [
        (ids["NW06"], "providers", "providers.csv", line, f"{line}/S", "npi", f"10000{line:05}", "")
        for line in range(2, 63)
    ]
    listed[0] = (*listed[0][:6], HOSTILE, "a final line")
    listed += [
        (ids["EN01"], "encounters", "encounters.csv", line, "E7/1", "service_to", "2026-01-03", "")
        for line in (11, 12)
    ]
    return pl.DataFrame(listed, schema=VIOLATION_SCHEMA, orient="row")


def review(review_id: str, started_at: str) -> Review:
    return Review(
        id=review_id,
        contract_id=CONTRACT,
        period="2026Q1",
        as_of=date(2026, 4, 20),
        engine="duckdb 2.0.0",
        plans=("BETA", "ALPHA"),
        submissions=(),
        code_version="0.1.0",
        pack_digest="0123456789abcdef",
        started_at=started_at,
    )


def build(url: str) -> Sample:
    """Write both reviews into a store."""
    store = Store(url)
    store.append(review(EARLIER, "2026-01-01T00:00:00+00:00"), [], [])
    findings = [*network(), *delegation(), *spending(), *data()]
    tables = {"ALPHA": {"members": {"rows": 12, "staged": 10, "quarantined": 2}}}
    store.append(
        review(LATEST, "2026-04-20T10:15:00+00:00"), [], findings, [lines(findings)], tables
    )
    idle = next(one for one in findings if one.rule == "NW06" and one.plan_id == "BETA")
    store.dispose(idle.id, "disputed", f"they were on leave {HOSTILE}", "A. Officer")
    return Sample(url, tuple(store.findings(LATEST)))
