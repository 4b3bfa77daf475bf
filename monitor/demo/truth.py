"""The truth: what was planted in a plan, and what it came to. Tests hold findings against it."""

from __future__ import annotations

from typing import Any

import polars as pl

from monitor.demo.calendars import Calendar
from monitor.demo.geography import Land
from monitor.demo.plans import Plan
from monitor.demo.thin import TRADES_GONE, ThinCounty
from monitor.demo.trades import BEHAVIORAL_PERSONS

COMPONENTS_APART = (
    "governance",
    "location",
    "systems",
    "network",
    "care",
    "information",
    "money",
)
"""Components of the separation profile in which a silo is planted. Patient sharing and same-day
denials are not planted: nothing in them tells a silo from an ordinary plan but chance."""


def tell_truth(
    tables: dict[str, pl.DataFrame],
    plan: Plan,
    calendar: Calendar,
    land: Land,
    thin: ThinCounty | None,
    drift: dict[str, Any],
) -> dict[str, Any]:
    """Return what was planted in one plan, before the ordinary noise is added."""
    planted = ["silo"] * plan.silo + ["drift"] * bool(plan.bh_cut)
    planted += ["ghosts"] * (plan.plan_id == "GHOST") + ["thin_county"] * plan.thin_county
    encounters = tables["encounters"]
    told: dict[str, Any] = {
        "planted": planted,
        "idle_providers": _idle(tables["providers"], encounters),
        "money": _money(encounters, tables["capitation"], calendar),
        "late": _late(encounters),
        "out_of_network_lines": int(encounters["_outside"].sum()),
        "noise": {},
    }
    if thin:
        told["thin_county"] = {
            "county_fips": str(land.c_fips[thin.county]),
            "name": str(land.c_name[thin.county]),
            "around_zip": str(land.z_zip[thin.place]),
            "miles": thin.miles,
            "trades": list(TRADES_GONE),
            "npis": list(thin.gone),
        }
    if drift:
        told["drift"] = {
            "from_month": calendar.names[plan.cut_from - 1],
            "cut": plan.bh_cut,
            **drift,
        }
    if plan.silo:
        register = tables["subcontracts"].filter(pl.col("domain") == "BH")
        told["silo"] = {
            "subcontractor_id": register["subcontractor_id"].to_list(),
            "functions_apart": tables["functions"]["function"].n_unique(),
            "components_apart": list(COMPONENTS_APART),
            "joint_care_plans": tables["coordination"]
            .filter((pl.col("kind") == "integrated_care_plan") & (pl.col("actor") == "joint"))
            .height,
        }
    return told


def _idle(providers: pl.DataFrame, encounters: pl.DataFrame) -> dict[str, Any]:
    people = providers.filter(pl.col("_first") & pl.col("_trade").is_in(BEHAVIORAL_PERSONS))
    whole = providers.filter("_whole")["npi"].to_list()
    billed = people.filter(pl.col("group_npi").is_in(whole))
    idle = people.filter("_idle")["npi"].sort().to_list()
    return {
        "listed": people.height,
        "idle": len(idle),
        "share": len(idle) / people.height,
        "npis": idle,
        "billed_by_group": billed["npi"].sort().to_list(),
    }


def final(encounters: pl.DataFrame) -> pl.DataFrame:
    """Return the final version of each claim: no voids, nothing that was voided or replaced."""
    gone = encounters.filter(pl.col("frequency") != "1").select(
        encounter_id="original_encounter_id"
    )
    return encounters.filter(pl.col("frequency") != "8").join(
        gone.unique(), on="encounter_id", how="anti"
    )


def _money(
    encounters: pl.DataFrame, capitation: pl.DataFrame, calendar: Calendar
) -> dict[str, Any]:
    """Return behavioral and physical benefit by month of service, and the ratio of the window."""
    side = pl.col("_domain").replace_strict(
        {"MH": "bh", "SUD": "bh", "PH": "ph"}, default="other", return_dtype=pl.String
    )
    spent = (
        final(encounters)
        .group_by(month=pl.col("service_from").dt.strftime("%Y-%m"), side=side)
        .agg(pl.col("_benefit").sum().round(2))
        .pivot("side", index="month", values="_benefit")
    )
    rate = capitation.group_by("month").agg(
        bh_rate=(pl.col("bh_pmpm") * pl.col("member_months")).sum().round(2)
    )
    months = rate.join(spent, on="month", how="left").sort("month").fill_null(0.0)
    first, last = calendar.window
    window = months[first : last + 1]
    return {
        "window": [calendar.names[first], calendar.names[last]],
        "bh_benefit_ratio": float(window["bh"].sum()) / float(window["bh_rate"].sum()),
        "months": [
            {
                "month": row["month"],
                "bh_benefit": row["bh"],
                "ph_benefit": row["ph"],
                "bh_rate": row["bh_rate"],
            }
            for row in months.iter_rows(named=True)
        ],
    }


def _late(encounters: pl.DataFrame) -> dict[str, float]:
    late = (pl.col("submitted_on") - pl.col("adjudicated_on")).dt.total_days() > 30
    behavioral = pl.col("_domain").is_in(["MH", "SUD"])
    return {
        "bh_share": float(encounters.filter(behavioral).select(late.mean()).item() or 0.0),
        "ph_share": float(
            encounters.filter(pl.col("_domain") == "PH").select(late.mean()).item() or 0.0
        ),
    }
