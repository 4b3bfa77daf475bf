"""The money: what the state paid for each rate cell, and what the plan did with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from monitor.demo.calendars import Calendar
from monitor.demo.contracting import ON_SITE_SUBCONTRACTOR, SILO_SUBCONTRACTOR
from monitor.demo.draw import expected_cost, prices_of_year
from monitor.demo.encounters import LABORATORY_SUBCONTRACTOR
from monitor.demo.identity import number_ids
from monitor.demo.members import CELLS, Members
from monitor.demo.plans import Plan

BENEFIT_TO_RATE = 1.008
"""The behavioral part of the rate against expected use at schedule prices, which denials lower."""

BENEFITS_IN_RATE = 0.885
"""Benefits as a share of the gross rate; the rest is administration, margin and taxes."""

ACTUARY_ERROR = 0.008
REINVESTED = 0.015
ADMINISTERED = 0.078
QUALITY = 0.006
PRACTICE_FEE = 2.5
TEAM_FEE = 0.9
LABORATORY_PMPM = 1.35
ASO_PMPM = 0.85
HANDED_ON = 0.78
"""Share of the behavioral part of the rate that a silo's subcontractor gets; drugs stay behind."""


@dataclass(frozen=True)
class Rates:
    """Dollars a member month, cells x months."""

    gross: NDArray[np.float64]
    behavioral: NDArray[np.float64]


def set_rates(members: Members, calendar: Calendar, plan: Plan, rng: np.random.Generator) -> Rates:
    """Return the plan's risk-adjusted rates, set on what its members' conditions lead to.

    They are set before the year, so they know nothing of what a plan then does with its benefits,
    and the actuary errs by almost one percent in each cell.
    """
    physical, behavioral = expected_cost(members, calendar, plan.silo)
    months = np.maximum(members.member_months(calendar).sum(axis=1), 1)
    level = prices_of_year(calendar.year_of_month())
    error = 1 + ACTUARY_ERROR * rng.standard_normal(len(CELLS)).clip(-2, 2)
    bh = behavioral.sum(axis=1) / months * error * BENEFIT_TO_RATE
    ph = physical.sum(axis=1) / months * error
    gross = (bh + ph) / BENEFITS_IN_RATE
    return Rates(
        gross=np.round(gross[:, None] * level, 2), behavioral=np.round(bh[:, None] * level, 2)
    )


def tell_capitation(members: Members, rates: Rates, calendar: Calendar) -> pl.DataFrame:
    """Return the capitation table: revenue = rate x member months, to the cent."""
    months = members.member_months(calendar)
    cell, month = np.nonzero(months)
    order = np.lexsort((cell, month))
    cell, month = cell[order], month[order]
    paid, rate = months[cell, month], rates.gross[cell, month]
    return pl.DataFrame(
        {
            "month": np.array(calendar.names)[month],
            "rate_cell": np.array(CELLS)[cell],
            "member_months": paid,
            "rate_pmpm": rate,
            "bh_pmpm": rates.behavioral[cell, month],
            "revenue": np.round(rate * paid, 2),
        }
    )


def silo_pmpm(capitation: pl.DataFrame) -> float:
    """Return what a plan that hands behavioral health on pays for it, dollars a member month."""
    behavioral = (capitation["bh_pmpm"] * capitation["member_months"]).sum()
    return round(HANDED_ON * float(behavioral) / int(capitation["member_months"].sum()), 2)


def tell_ledger(
    encounters: pl.DataFrame,
    capitation: pl.DataFrame,
    practices: pl.DataFrame,
    calendar: Calendar,
    plan: Plan,
) -> pl.DataFrame:
    """Return the ledger: claims as the encounters have them, and everything else."""
    revenue = (
        capitation.group_by("month")
        .agg(
            pl.col("revenue").sum(),
            pl.col("member_months").sum(),
        )
        .sort("month")
    )
    entries = pl.concat(
        [
            claims_paid(encounters),
            recoveries(encounters),
            _monthly(revenue, silo_pmpm(capitation), plan),
            _practice_fees(practices, calendar),
        ],
        how="vertical",
    ).sort("paid_month", "incurred_month", "kind", "domain", "payee_id")
    ids = number_ids(plan.plan_id[:2] + "L", np.arange(entries.height) + 1, 7)
    return entries.with_columns(entry_id=ids, amount=pl.col("amount").round(2))


def claims_paid(encounters: pl.DataFrame) -> pl.DataFrame:
    """Return what fee-for-service claims and their replacements were paid, by month and domain."""
    paid = encounters.filter(
        (pl.col("payment_arrangement") == "ffs")
        & (pl.col("frequency") != "8")
        & (pl.col("paid_amount") > 0)
    )
    return _by_month(paid, "claims", pl.col("paid_amount"))


def recoveries(encounters: pl.DataFrame) -> pl.DataFrame:
    """Return what was taken back for claims that were replaced or voided."""
    corrected = (
        encounters.filter(pl.col("frequency") != "1")
        .select("original_encounter_id", again="_paid")
        .unique()
    )
    taken = encounters.filter(
        (pl.col("payment_arrangement") == "ffs") & (pl.col("paid_amount") > 0)
    ).join(corrected, left_on="encounter_id", right_on="original_encounter_id")
    return _by_month(taken.with_columns(_paid="again"), "recovery", -pl.col("paid_amount"))


def _by_month(lines: pl.DataFrame, kind: str, amount: pl.Expr) -> pl.DataFrame:
    return (
        lines.group_by(
            incurred_month=pl.col("service_from").dt.strftime("%Y-%m"),
            paid_month=pl.col("_paid").dt.strftime("%Y-%m"),
            domain=pl.col("_domain"),
            payee_id=pl.col("claim_type").replace_strict(
                {"P": "PROFESSIONALS", "I": "FACILITIES", "R": "PHARMACIES"}
            ),
        )
        .agg(amount=(amount * 100).round().cast(pl.Int64).sum() / 100)
        .with_columns(
            kind=pl.lit(kind), payee_type=pl.lit("provider"), note=pl.lit(None, dtype=pl.String)
        )
        .select(
            "incurred_month",
            "paid_month",
            "kind",
            "domain",
            "payee_type",
            "payee_id",
            "amount",
            "note",
        )
    )


def _monthly(revenue: pl.DataFrame, handed_on: float, plan: Plan) -> pl.DataFrame:
    """Return the entries that recur every month."""
    kinds = [
        (
            "reinvestment",
            "BH",
            "community",
            "COMMUNITY-FUND",
            pl.col("revenue") * REINVESTED,
            "community reinvestment",
        ),
        (
            "administration",
            "OTHER",
            "other",
            "PLAN-OPERATIONS",
            pl.col("revenue") * ADMINISTERED,
            None,
        ),
        (
            "quality_improvement",
            "PH",
            "other",
            "QUALITY-PROGRAM",
            pl.col("revenue") * QUALITY,
            None,
        ),
        (
            "community_health_team",
            "PH",
            "community",
            "COMMUNITY-TEAMS",
            pl.col("member_months") * TEAM_FEE,
            None,
        ),
    ]
    if plan.silo:
        kinds.append(
            (
                "subcapitation",
                "BH",
                "subcontractor",
                SILO_SUBCONTRACTOR,
                pl.col("member_months") * handed_on,
                "behavioral services other than drugs",
            )
        )
    else:
        kinds += [
            (
                "subcapitation",
                "PH",
                "subcontractor",
                LABORATORY_SUBCONTRACTOR,
                pl.col("member_months") * LABORATORY_PMPM,
                "laboratory",
            ),
            (
                "administration",
                "BH",
                "subcontractor",
                ON_SITE_SUBCONTRACTOR,
                pl.col("member_months") * ASO_PMPM,
                "network services",
            ),
        ]
    return pl.concat(
        [
            revenue.select(
                incurred_month="month",
                paid_month="month",
                kind=pl.lit(kind),
                domain=pl.lit(domain),
                payee_type=pl.lit(payee),
                payee_id=pl.lit(payee_id),
                amount=amount.round(2),
                note=pl.lit(note, dtype=pl.String),
            )
            for kind, domain, payee, payee_id, amount, note in kinds
        ]
    )


def _practice_fees(practices: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """Return the quarterly fee of each practice, by the members attributed to it."""
    quarters = pl.DataFrame(
        {"month": [n for n in calendar.names if n[5:] in ("03", "06", "09", "12")]}
    )
    return (
        practices.filter(pl.col("attributed_members") > 0)
        .join(quarters, how="cross")
        .select(
            incurred_month="month",
            paid_month="month",
            kind=pl.lit("practice_fee"),
            domain=pl.lit("PH"),
            payee_type=pl.lit("practice"),
            payee_id="practice_id",
            amount=(pl.col("attributed_members") * PRACTICE_FEE * 3).round(2),
            note=pl.lit(None, dtype=pl.String),
        )
    )
