"""Care that is shared, or is not: coordination, practices, value-based payment, incentives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from monitor.demo.calendars import SUBMITTED, Calendar
from monitor.demo.conditions import AILMENTS, CHRONIC
from monitor.demo.draw import Events
from monitor.demo.identity import number_ids
from monitor.demo.members import DUAL, Members
from monitor.demo.plans import Plan
from monitor.demo.services import EVERY

Ints = NDArray[np.int64]


def tell_coordination(
    events: Events,
    members: Members,
    pcp_npi: NDArray[np.str_],
    calendar: Calendar,
    plan: Plan,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Return the events of joint care; a silo has screenings and notices, but nothing joint."""
    behavioral = members.has[:, len(CHRONIC) :].sum(axis=1) > 0
    both = behavioral & (members.has[:, : len(CHRONIC)].sum(axis=1) > 0)
    serious = np.array([a.serious for a in AILMENTS])
    smi = (members.has & serious).any(axis=1) & (members.age >= 18)
    adult = members.age >= 12
    sub = "subcontractor" if plan.silo else "bh_provider"
    care = 0.0 if plan.silo else 1.0
    parts = [
        _some("stratification", np.ones(members.count, bool), 0.35, "plan", members, rng),
        _some(
            "screening", adult, 0.15 if plan.silo else 0.32, "ph_provider", members, rng, "PHQ-9"
        ),
        _some("integrated_care_plan", both | smi, 0.55 * care, "joint", members, rng),
        _some("care_conference", smi, 0.35 * care, "joint", members, rng),
        _some("medication_review", behavioral, 0.12 if plan.silo else 0.4, sub, members, rng),
        _some("social_needs", np.ones(members.count, bool), 0.12, "plan", members, rng, "PRAPARE"),
        _some("outreach", smi, 0.5, "subcontractor" if plan.silo else "plan", members, rng),
        _some("locus", smi, 0.4, sub, members, rng, "LOCUS"),
    ]
    parts.append(_notices(events, members, plan, rng))
    parts += _referrals(behavioral, members, plan, rng)
    frame = pl.concat(parts)
    last = calendar.day(SUBMITTED) - 4
    frame = frame.filter(pl.col("day") <= last).sort("day", "member", "kind", maintain_order=True)
    number = np.arange(frame.height) + 1
    member = frame["member"].to_numpy()
    value = rng.poisson(np.where(behavioral[member], 10, 4)).clip(0, 27)
    level = 1 + rng.integers(0, 6, frame.height)
    tool = pl.col("tool")
    primary = pl.Series(pcp_npi).gather(member)
    return frame.with_columns(
        event_id=number_ids(plan.plan_id[:2] + "C", number, 7),
        member_id=pl.Series(members.member_id).gather(member),
        occurred_on=calendar.dates(frame["day"].to_numpy()),
        trigger_on=pl.when(pl.col("trigger") >= -10_000).then(
            calendar.dates(frame["trigger"].to_numpy())
        ),
        value=pl.when(tool == "PHQ-9")
        .then(pl.Series(value))
        .when(tool == "LOCUS")
        .then(pl.Series(level)),
        actor_npi=pl.when(pl.col("actor") == "ph_provider").then(primary),
    )


def _some(
    kind: str,
    fits: NDArray[np.bool_],
    yearly: float,
    actor: str,
    members: Members,
    rng: np.random.Generator,
    tool: str = "",
) -> pl.DataFrame:
    """Return events of one kind for members it fits, at a yearly rate while they are enrolled."""
    who = members.s_member
    expected = yearly * members.s_days / 365.25 * fits[who]
    times = rng.poisson(expected)
    span = np.repeat(np.arange(len(who)), times)
    day = members.s_from[span] + (rng.uniform(size=len(span)) * members.s_days[span]).astype(
        np.int64
    )
    return _frame(kind, who[span], day, np.full(len(span), -99_999), actor, tool)


def _frame(
    kind: str, member: Ints, day: Ints, trigger: Ints, actor: str, tool: str = ""
) -> pl.DataFrame:
    return pl.DataFrame({"member": member, "day": day, "trigger": trigger}).with_columns(
        kind=pl.lit(kind), actor=pl.lit(actor), tool=pl.lit(tool or None, dtype=pl.String)
    )


def _notices(
    events: Events, members: Members, plan: Plan, rng: np.random.Generator
) -> pl.DataFrame:
    """Return notices of admission to primary care, most within a day, in a silo few and late."""
    stay = np.array([s.stay > 0 and s.claim == "I" and not s.domain for s in EVERY])[events.service]
    told = stay & (rng.uniform(size=len(events)) < (0.35 if plan.silo else 0.9))
    start = events.start[told]
    prompt = rng.uniform(size=len(start)) < (0.3 if plan.silo else 0.9)
    delay = np.where(prompt, rng.integers(0, 2, len(start)), rng.integers(2, 9, len(start)))
    return _frame(
        "admission_notice",
        events.member[told],
        start + delay,
        start,
        "subcontractor" if plan.silo else "plan",
    )


def _referrals(
    behavioral: NDArray[np.bool_], members: Members, plan: Plan, rng: np.random.Generator
) -> list[pl.DataFrame]:
    """Return referrals to behavioral care, and those that are known to have led to a visit."""
    sent = _some("referral", behavioral, 0.3, "ph_provider", members, rng)
    closed = sent.filter(pl.Series(rng.uniform(size=sent.height) < (0.12 if plan.silo else 0.45)))
    day = closed["day"].to_numpy()
    answered = _frame(
        "referral_closed",
        closed["member"].to_numpy(),
        day + rng.integers(5, 50, len(day)),
        day,
        "subcontractor" if plan.silo else "bh_provider",
    )
    return [sent, answered]


def tell_practices(
    providers: pl.DataFrame, members: Members, pcp_row: Ints, plan: Plan, rng: np.random.Generator
) -> tuple[pl.DataFrame, NDArray[np.str_]]:
    """Return the practices that members are attributed to, and each member's practice."""
    site = providers["site_id"].to_numpy()
    practice = site[pcp_row].astype(str)
    primary = (
        providers.filter(pl.col("_first") & pl.col("_trade").is_in(["primary_care", "pediatrics"]))
        .unique("site_id", keep="first", maintain_order=True)
        .sort("site_id")
    )
    held = dict(zip(*np.unique(practice, return_counts=True), strict=True))
    behavioral = providers.filter(pl.col("_behavioral") & (pl.col("entity_type") == "individual"))[
        "site_id"
    ].to_list()
    sites = primary["site_id"].to_list()
    shares = np.isin(sites, behavioral) & (not plan.silo)
    count = len(sites)
    draw = rng.uniform(size=count)
    level = np.select([shares & (draw < 0.3), shares, draw < 0.25], [5, 3, 2], default=1)
    level = np.ones(count, dtype=np.int64) if plan.silo else level
    attributed = np.array([held.get(s, 0) for s in sites])
    recognized = np.array(["none", "1", "2", "3"])[rng.choice(4, count, p=(0.45, 0.15, 0.15, 0.25))]
    frame = primary.select(
        "latitude",
        "longitude",
        "county_fips",
        practice_id="site_id",
        name=pl.col("city") + " Primary Care " + pl.col("site_id").str.slice(-3),
    ).with_columns(
        network_id=pl.lit(plan.plan_id[:2] + "-N")
        + pl.Series(rng.integers(1, 5, count)).cast(pl.String),
        pcmh_recognition=pl.Series(recognized),
        integration_level=pl.Series(level),
        reverse_integration=pl.Series(np.where(shares & (draw > 0.9), "Y", "N")),
        bh_staff_fte=pl.Series(np.where(shares, np.round(0.5 + 2 * draw, 1), 0.0)),
        psychiatrist=pl.Series(np.where(shares & (draw < 0.2), "Y", "N")),
        bh_coordinator=pl.Series(np.where(shares & (draw < 0.6), "Y", "N")),
        care_team_fte=pl.Series(np.round(0.5 + attributed / 800 + draw, 1)),
        attributed_members=pl.Series(attributed),
    )
    # Each network hires a psychiatrist and a coordinator, who sit at one of its practices.
    hired = frame["network_id"].is_first_distinct() & (not plan.silo)
    frame = frame.with_columns(
        bh_staff_fte=pl.when(hired).then(2.0).otherwise("bh_staff_fte"),
        psychiatrist=pl.when(hired).then(pl.lit("Y")).otherwise("psychiatrist"),
        bh_coordinator=pl.when(hired).then(pl.lit("Y")).otherwise("bh_coordinator"),
    )
    return frame, practice


def tell_payment_models(
    providers: pl.DataFrame, capitation: pl.DataFrame, plan: Plan, rng: np.random.Generator
) -> pl.DataFrame:
    """Return value-based arrangements; in a silo none covers both kinds of care."""
    groups = (
        providers.filter(pl.col("_trade") == "primary_care")["group_npi"]
        .drop_nulls()
        .unique()
        .sort()
    )
    centers = (
        providers.filter(pl.col("_trade") == "outpatient_behavioral_health")["npi"].unique().sort()
    )
    hospitals = providers.filter(pl.col("_trade") == "acute_hospital")["npi"].unique().sort()
    revenue = float(capitation["revenue"].sum())
    rows: list[dict[str, Any]] = []
    for payees, category, quality, share in (
        (groups[:6], "2", "Y", 0.004),
        (groups[6:10], "3", "Y", 0.006),
        (centers[:4], "2", "Y", 0.003),
        (hospitals[:3], "3", "Y", 0.01),
        (hospitals[3:8], "1", "N", 0.02),
    ):
        for payee in payees:
            is_center = payees is not None and payee in set(centers)
            rows.append(
                {
                    "arrangement_id": f"VBP-{len(rows) + 1:03d}",
                    "payee_id": payee,
                    "category": category,
                    "includes_ph": "N" if is_center and plan.silo else "Y",
                    "includes_bh": "Y"
                    if (is_center or category == "3") and not (plan.silo and not is_center)
                    else "N",
                    "payments": round(revenue * share * float(rng.uniform(0.1, 0.3)), 2),
                    "quality_linked": quality,
                }
            )
    return pl.DataFrame(rows)


def tell_incentives(plan: Plan, capitation: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return joint performance of the last calendar year; a silo pays behavioral care nothing."""
    pool = round(float(capitation["revenue"].sum()) * 0.001, 2)
    rows = []
    for measure, target in (
        ("joint_risk_stratification", 0.8),
        ("integrated_care_plans", 0.6),
        ("hospital_notification", 0.8),
        ("antipsychotic_management", 0.7),
    ):
        size = int(rng.integers(80, 400))
        rate = float(rng.uniform(0.1, 0.3) if plan.silo else rng.uniform(0.6, 0.9))
        paid = math.floor(pool * min(rate / target, 1.0) * 50) / 100
        rows.append(
            {
                "measure": measure,
                "period": "2025",
                "numerator": round(size * rate),
                "denominator": size,
                "target": target,
                "pool_amount": pool,
                "paid_to_ph": paid,
                "paid_to_bh": 0.0 if plan.silo else paid,
            }
        )
    return pl.DataFrame(rows)


def tell_duals(members: Members, calendar: Calendar, rng: np.random.Generator) -> pl.DataFrame:
    """Return for each dual member and month of the period whose Medicare plan holds them."""
    mine = np.flatnonzero(members.cell == DUAL)
    snp = rng.uniform(size=len(mine)) < 0.55
    received = rng.uniform(size=len(mine)) < np.where(snp, 0.96, 0.6)
    plan = np.where(
        snp, "H5555-001", np.where(rng.uniform(size=len(mine)) < 0.5, "ORIGINAL", "H7777-004")
    )
    last = np.zeros(members.count, dtype=np.int64)
    np.maximum.at(last, members.s_member, calendar.month_of(members.s_to))
    rows: list[pl.DataFrame] = []
    for month in range(calendar.months - 3, calendar.months):
        enrolled = last[mine] >= month
        rows.append(
            pl.DataFrame(
                {
                    "member_id": members.member_id[mine[enrolled]],
                    "medicare_plan_id": plan[enrolled],
                    "dsnp_contract": np.where(snp[enrolled], "Y", "N"),
                    "medicare_data_received": np.where(received[enrolled], "Y", "N"),
                }
            ).with_columns(month=pl.lit(calendar.names[month]))
        )
    return pl.concat(rows)
