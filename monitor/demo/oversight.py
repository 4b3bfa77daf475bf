"""Who runs what for the plan: its offices, its subcontractors, its functions, its agreements."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl

from monitor.demo.contracting import ON_SITE_SUBCONTRACTOR, SILO_SUBCONTRACTOR
from monitor.demo.encounters import LABORATORY_SUBCONTRACTOR
from monitor.demo.geography import Land, miles, on_sphere, scatter
from monitor.demo.money import ASO_PMPM, LABORATORY_PMPM
from monitor.demo.plans import Plan
from rules.tables.functions import FUNCTIONS

Row = dict[str, Any]

_SYSTEMS = {
    "call_center": "Member line 1-800-555-0100",
    "member_manual": "Member handbook 2026",
    "member_forms": "Forms library",
    "appointment_self_service": "MemberPortal",
    "care_plan_tracking": "CareBridge",
    "grievances_appeals": "AppealsDesk",
    "provider_call_line": "Provider line 1-800-555-0111",
    "provider_record_update": "ProviderHub",
    "prior_authorization_portal": "ProviderHub",
    "provider_contact": "Provider relations team",
    "credentialing_form": "Credentialing form A",
    "network_requirements": "Network standard 2026",
    "quality_metrics": "Quality set 2026",
    "documentation_standards": "Record standard 2026",
    "claims_system": "CoreClaims 9",
    "analytics_suite": "InsightMart",
    "care_management_platform": "CareBridge",
    "call_center_platform": "VoiceOne",
}
_SILO_SYSTEMS = {
    "call_center": "BH access line 1-800-555-0190",
    "member_manual": "BH member guide",
    "member_forms": "BH forms",
    "appointment_self_service": "BH scheduler",
    "care_plan_tracking": "PathwayBH",
    "grievances_appeals": "BH grievance desk",
    "provider_call_line": "BH provider line 1-800-555-0191",
    "provider_record_update": "BH roster",
    "prior_authorization_portal": "BH AuthWeb",
    "provider_contact": "BH provider relations",
    "credentialing_form": "BH credentialing packet",
    "network_requirements": "BH network manual",
    "quality_metrics": "BH measures",
    "documentation_standards": "BH record standard",
    "claims_system": "BehaviorPay 4",
    "analytics_suite": "BH reports",
    "care_management_platform": "PathwayBH",
    "call_center_platform": "BH telephony",
}


def tell_offices(land: Land, plan: Plan, rng: np.random.Generator) -> pl.DataFrame:
    """Return the plan's offices: a main one in a town of its own, a field office elsewhere."""
    towns = largest_towns(land)
    chosen = [towns[plan.city_rank % len(towns)], towns[(plan.city_rank + 2) % len(towns)]]
    place = np.array(list(dict.fromkeys(chosen)), dtype=np.int64)
    latitude, longitude = scatter(land, place, 0.4, rng)
    streets = ("400 Commerce St", "1210 Union Ave")
    return pl.DataFrame(
        {
            "office_id": [f"{plan.plan_id[:2]}-OFF{i + 1}" for i in range(len(place))],
            "street": list(streets[: len(place)]),
            "city": land.z_city[place],
            "state": [land.state] * len(place),
            "zip": land.z_zip[place],
            "latitude": latitude,
            "longitude": longitude,
        }
    )


def largest_towns(land: Land) -> list[int]:
    """Return the most peopled ZIP code of each of the ten most peopled counties."""
    people = np.bincount(land.z_county, land.z_people, len(land.c_fips))
    counties = [c for c in np.argsort(-people, kind="stable")[:10] if people[c] > 0]
    return [
        int(max(np.flatnonzero(land.z_county == c), key=lambda z: land.z_people[z]))
        for c in counties
    ]


def tell_subcontracts(
    land: Land, offices: pl.DataFrame, plan: Plan, silo_pmpm: float, rng: np.random.Generator
) -> pl.DataFrame:
    """Return the delegation register; ``silo_pmpm`` is what a behavioral subcontractor is paid."""
    far = _far_from(land, offices)
    latitude, longitude = scatter(land, np.array([far]), 0.4, rng)
    elsewhere: Row = {
        "street": "8800 Research Blvd",
        "city": str(land.z_city[far]),
        "state": land.state,
        "zip": str(land.z_zip[far]),
        "latitude": float(latitude[0]),
        "longitude": float(longitude[0]),
        "on_site": "N",
    }
    main = offices.select("street", "city", "state", "zip", "latitude", "longitude").row(
        0, named=True
    )
    clauses = {
        "audit_clause": "Y",
        "revocation_clause": "Y",
        "access_standards_clause": "Y",
        "quality_standards_clause": "Y",
        "award_qualification_weight": 0.7,
        "award_cost_weight": 0.3,
    }
    imaging: Row = {
        "subcontractor_id": "SUB-IMG",
        "name": "Clearview Imaging Review",
        "functions": "utilization_management",
        "domain": "PH",
        "payment": "aso_fee",
        "effective": date(2023, 1, 1),
        "pmpm": 0.4,
        "oversight_reviewed_on": date(2025, 9, 16),
        **elsewhere,
        **clauses,
        "street": "15 Harbor Sq",
    }
    if plan.silo:
        behavioral: Row = {
            "subcontractor_id": SILO_SUBCONTRACTOR,
            "name": "Pathway Behavioral Management, Inc.",
            "functions": "network;credentialing;utilization_management;claims;care_management;"
            "member_services;provider_relations;quality",
            "domain": "BH",
            "payment": "subcapitation",
            "effective": date(2022, 7, 1),
            "parent_name": "Pathway Holdings",
            "ownership_pct": 0.0,
            "pmpm": silo_pmpm,
            "oversight_reviewed_on": date(2023, 11, 8),
            **elsewhere,
            **clauses,
            "access_standards_clause": "N",
            "award_qualification_weight": 0.3,
            "award_cost_weight": 0.7,
        }
        return _register([behavioral, imaging])
    behavioral = {
        "subcontractor_id": ON_SITE_SUBCONTRACTOR,
        "name": "Bridgewell Network Services",
        "functions": "network;credentialing;provider_relations",
        "domain": "BH",
        "payment": "aso_fee",
        "effective": date(2023, 7, 1),
        "pmpm": ASO_PMPM,
        **main,
        "street": f"{main['street']}, Suite 300",
        "on_site": "Y",
        "oversight_reviewed_on": date(2025, 10, 7),
        **clauses,
    }
    laboratory: Row = {
        "subcontractor_id": LABORATORY_SUBCONTRACTOR,
        "name": "Meridian Laboratory Network",
        "functions": "network;claims",
        "domain": "PH",
        "payment": "subcapitation",
        "effective": date(2023, 1, 1),
        "pmpm": LABORATORY_PMPM,
        "oversight_reviewed_on": date(2025, 8, 21),
        **elsewhere,
        **clauses,
    }
    return _register([behavioral, laboratory, imaging])


def _register(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(
        rows,
        schema_overrides={
            "effective": pl.Date,
            "oversight_reviewed_on": pl.Date,
            "pmpm": pl.Float64,
        },
        infer_schema_length=None,
    )


def _far_from(land: Land, offices: pl.DataFrame) -> int:
    """Return the large town whose nearest plan office is farthest."""
    towns = largest_towns(land)
    points = on_sphere(land.z_latitude[towns], land.z_longitude[towns])
    own = on_sphere(offices["latitude"].to_numpy(), offices["longitude"].to_numpy())
    apart = miles(np.sqrt(np.maximum(2 - 2 * points @ own.T, 0))).min(axis=1)
    return towns[int(np.argmax(apart))]


def tell_functions(plan: Plan) -> pl.DataFrame:
    """Return who operates each plan function for physical and behavioral health, and on what."""
    rows = []
    for function in FUNCTIONS:
        for domain in ("PH", "BH"):
            apart = plan.silo and domain == "BH"
            rows.append(
                {
                    "function": function,
                    "domain": domain,
                    "operator": SILO_SUBCONTRACTOR if apart else "plan",
                    "system": (_SILO_SYSTEMS if apart else _SYSTEMS)[function],
                    "evidence": "delegation agreement, exhibit B"
                    if apart
                    else "operations manual 2026",
                }
            )
    return pl.DataFrame(rows)


def tell_agreements(plan: Plan) -> pl.DataFrame:
    """Return agreements on data, exchange and training."""
    last = date(2025, 3, 12) if plan.silo else date(2026, 3, 27)
    rows = [
        ("data_sharing", "plan;state", "both", date(2026, 3, 31)),
        ("hie", "plan;state health information exchange", "both", last),
        ("data_sharing", "plan;county crisis services", "BH", last),
        ("training", "plan;provider association", "both", None),
        (
            "oversight",
            "plan;" + (SILO_SUBCONTRACTOR if plan.silo else ON_SITE_SUBCONTRACTOR),
            "BH",
            None,
        ),
    ]
    return pl.DataFrame(
        [
            {
                "agreement_id": f"AGR-{i + 1:02d}",
                "kind": kind,
                "parties": parties,
                "domain": domain,
                "effective": date(2023, 7, 1),
                "end": date(2026, 12, 31),
                "last_exchange_on": on,
            }
            for i, (kind, parties, domain, on) in enumerate(rows)
        ],
        schema_overrides={"last_exchange_on": pl.Date},
        infer_schema_length=None,
    )
