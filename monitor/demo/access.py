"""Getting in: appointment surveys, prior authorizations, appeals and grievances."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from monitor.demo.calendars import SUBMITTED, Calendar
from monitor.demo.conditions import AILMENTS
from monitor.demo.contracting import SILO_SUBCONTRACTOR
from monitor.demo.draw import Events, behavioral_services
from monitor.demo.identity import number_ids
from monitor.demo.members import Members
from monitor.demo.plans import Plan
from monitor.demo.services import EVERY

Ints = NDArray[np.int64]

PLAN_CRITERIA = "Plan level-of-care criteria 2025"
SILO_CRITERIA = "Pathway BH criteria v7"
NEEDS_APPROVAL = {
    "hospital_stay": "inpatient",
    "psychiatric_stay": "inpatient",
    "detoxification": "inpatient",
    "outpatient_imaging": "imaging",
    "day_surgery": "surgery",
    "nursing_stay": "skilled nursing",
    "psychological_testing": "testing",
    "substance_residence": "residential",
    "behavior_therapy": "applied behavior analysis",
    "community_team": "community treatment",
    "personal_care": "personal care",
}
ASKED_FOR = {"behavior_therapy": 0.08, "community_team": 0.05, "personal_care": 0.03}
_SURVEY = {
    "primary_care": ("primary_care", 6.0, 15),
    "pediatrics": ("primary_care", 6.0, 15),
    "obgyn": ("obgyn", 7.0, 15),
    "psychiatry": ("outpatient_behavioral_health", 6.5, 10),
    "clinical_psychology": ("outpatient_behavioral_health", 6.0, 10),
    "clinical_social_work": ("outpatient_behavioral_health", 5.0, 10),
    "counseling": ("outpatient_behavioral_health", 4.5, 10),
    "psychiatric_nursing": ("outpatient_behavioral_health", 5.0, 10),
    "substance_use_clinic": ("outpatient_sud", 4.5, 10),
    "opioid_treatment": ("outpatient_sud", 3.0, 10),
}


def tell_appointments(
    providers: pl.DataFrame, calendar: Calendar, rng: np.random.Generator
) -> pl.DataFrame:
    """Return a secret-shopper survey of the period: up to 60 calls a trade.

    Who is idle in truth is mostly not reached, or says that they are not in the network.
    """
    chosen = []
    trade = providers["_trade"].to_numpy()
    for name in _SURVEY:
        mine = np.flatnonzero((trade == name) & providers["_first"].to_numpy())
        chosen.append(rng.choice(mine, min(60, len(mine)), replace=False))
    row = np.sort(np.concatenate(chosen))
    count = len(row)
    called = calendar.days - 1 - rng.integers(2, 85, count)
    called = called - np.maximum((called + calendar.first.weekday()) % 7 - 4, 0)
    asked = providers[row]
    idle = asked["_idle"].to_numpy()
    reached = rng.uniform(size=count) < np.where(idle, 0.45, 0.95)
    inside = reached & (rng.uniform(size=count) < np.where(idle, 0.35, 0.97))
    taking = inside & (asked["accepting_new"].to_numpy() == "Y")
    taking &= rng.uniform(size=count) < np.where(idle, 0.15, 0.96)
    typical = np.array([_SURVEY[t][1] for t in trade[row]])
    business = np.minimum(rng.gamma(3.0, typical / 3.0, count), 60).astype(np.int64)
    weekday = (called + calendar.first.weekday()) % 7
    offered = called + business + 2 * ((weekday + business) // 5)
    child = asked["age_max"].to_numpy() < 21
    population = np.where(
        child | ((asked["age_min"].to_numpy() == 0) & (rng.uniform(size=count) < 0.3)),
        "pediatric",
        "adult",
    )
    return (
        pl.DataFrame(
            {
                "npi": asked["npi"],
                "site_id": asked["site_id"],
                "provider_type": [_SURVEY[t][0] for t in trade[row]],
                "population": population,
                "called_on": calendar.dates(called),
                "reached": _flag(reached),
                "in_network": _flag(inside),
                "accepting_new": _flag(taking),
                "telehealth": _flag(asked["telehealth"].to_numpy() != "none"),
            }
        )
        .with_columns(
            appointment_type=pl.lit("routine"),
            offered_on=pl.when(pl.Series(taking)).then(calendar.dates(offered)),
            wait_unit=pl.when(pl.Series(taking)).then(pl.lit("business_days")),
            wait=pl.when(pl.Series(taking)).then(pl.Series(business)),
        )
        .sort("called_on", "npi", "site_id")
    )


def tell_authorizations(
    events: Events, members: Members, calendar: Calendar, plan: Plan, rng: np.random.Generator
) -> pl.DataFrame:
    """Return decisions on services that need approval: those given, and some refused instead."""
    share = np.array(
        [ASKED_FOR.get(s.name, 1.0) if s.name in NEEDS_APPROVAL else 0.0 for s in EVERY]
    )
    mine = np.flatnonzero(rng.uniform(size=len(events)) < share[events.service])
    mine = mine[np.argsort(events.start[mine], kind="stable")]
    count = len(mine)
    service = events.service[mine]
    behavioral = behavioral_services()[service]
    urgent = np.array([s.claim == "I" and s.stay > 0 for s in EVERY])[service]
    ask = np.where(urgent, events.start[mine], events.start[mine] - rng.integers(5, 25, count))
    takes = np.where(urgent, rng.integers(0, 2, count), rng.integers(1, 8, count))
    takes = takes + np.where(behavioral & plan.silo, rng.integers(0, 5, count), 0)
    draw = rng.uniform(size=count)
    refused = draw < np.where(behavioral & plan.silo, 0.16, 0.06)
    decision = np.where(refused, "denied", np.where(draw > 0.95, "partial", "approved"))
    apart = behavioral & plan.silo
    reason_domain = np.array([a.domain for a in AILMENTS])
    reason = np.minimum(events.reason[mine], len(AILMENTS) - 1)
    own = np.array([s.domain or "PH" for s in EVERY])[service]
    last = calendar.day(SUBMITTED)
    return pl.DataFrame(
        {
            "auth_id": number_ids(plan.plan_id[:2] + "A", np.arange(count) + 1, 7),
            "member_id": members.member_id[events.member[mine]],
            "domain": np.where(behavioral, reason_domain[reason], own),
            "service": [NEEDS_APPROVAL[EVERY[s].name] for s in service],
            "requested_on": calendar.dates(ask),
            "decided_on": calendar.dates(np.minimum(ask + takes, last)),
            "decision": decision,
            "urgent": _flag(urgent),
            "reviewer_entity": np.where(apart, SILO_SUBCONTRACTOR, "plan"),
            "criteria_set": np.where(apart, SILO_CRITERIA, PLAN_CRITERIA),
        }
    )


def tell_appeals(
    members: Members, calendar: Calendar, plan: Plan, rng: np.random.Generator
) -> pl.DataFrame:
    """Return grievances and appeals: about nine for 1,000 member years, more on BH in a silo."""
    years = members.s_days.sum() / 365.25
    count = max(int(years * 0.009), 3)
    span = rng.integers(0, len(members.s_member), count)
    into = rng.uniform(size=count) * members.s_days[span]
    received = np.sort(members.s_from[span] + into.astype(np.int64))
    took = rng.integers(6, 40, count)
    last = calendar.day(SUBMITTED)
    resolved = received + took <= last
    kind = np.array(["grievance", "appeal", "fair_hearing"])[
        rng.choice(3, count, p=(0.62, 0.33, 0.05))
    ]
    bh = 0.4 if plan.silo else 0.2
    domain = np.array(["PH", "MH", "SUD", "OTHER"])[
        rng.choice(4, count, p=(0.95 - bh, bh * 0.75, bh * 0.25, 0.05))
    ]
    reasons = np.array(["access to appointment", "denied service", "billing", "quality of care"])
    ends = np.array(["upheld", "overturned", "resolved", "withdrawn"])
    outcome = pl.Series(ends[rng.choice(4, count, p=(0.35, 0.2, 0.38, 0.07))])
    done = pl.Series(resolved)
    return pl.DataFrame(
        {
            "appeal_id": number_ids(plan.plan_id[:2] + "G", np.arange(count) + 1, 6),
            "member_id": members.member_id[members.s_member[span]],
            "domain": domain,
            "kind": kind,
            "reason": reasons[rng.choice(4, count, p=(0.35, 0.3, 0.15, 0.2))],
            "received_on": calendar.dates(received),
        }
    ).with_columns(
        resolved_on=pl.when(done).then(calendar.dates(received + took)),
        outcome=pl.when(done).then(outcome),
    )


def _flag(true: NDArray[np.bool_]) -> NDArray[np.str_]:
    return np.where(true, "Y", "N")
