"""Who can reach a specialty: the county figures of NW01 and NW02 as frames for map and table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from dashboards.evidence import number, of_rule, rows

BH_SPECIALTIES = frozenset(
    {
        *("psychiatry", "psychiatry_with_pmhnp", "clinical_psychology", "clinical_social_work"),
        *("outpatient_behavioral_health", "outpatient_mental_health", "outpatient_substance_use"),
        *("outpatient_mh_sud", "opioid_treatment", "intensive_outpatient", "bh_clinic"),
        *("comprehensive_outpatient_sud", "partial_hospitalization", "peer_support"),
        *("inpatient_psychiatric", "bh_residential", "inpatient_withdrawal"),
        *("residential_withdrawal", "ambulatory_withdrawal", "ambulatory_withdrawal_monitored"),
        *("crisis", "crisis_center", "crisis_residential", "crisis_stabilization"),
        *("mobile_crisis", "assertive_community_treatment", "psychosocial_rehabilitation"),
        *("clubhouse", "home_based", "wraparound"),
    }
)
"""Slugs of behavioral-health specialties; a test holds them equal to the value set."""

CLASSES = ("unlocated", "approximate", "unreachable", "unsnapped", "outside", "undecided")
"""Members who are a class of their own in the evidence of NW01."""

REACH = {
    "finding_id": pl.String,
    "fips": pl.String,
    "county": pl.String,
    "county_class": pl.String,
    "members": pl.Float64,
    "within": pl.Float64,
    "beyond": pl.Float64,
    "borderline": pl.Float64,
    "required": pl.Float64,
    "limit": pl.String,
    "longest_miles": pl.Float64,
    "providers": pl.Int64,
    "verdict": pl.String,
    "basis": pl.String,
    "travel": pl.String,
    **dict.fromkeys(CLASSES, pl.Float64),
    "exception": pl.String,
}
"""Columns of a frame of counties; members and the parts of them are weighted counts."""

COUNTS = {"fips": pl.String, "counted": pl.Float64, "needed": pl.Float64}


@dataclass(frozen=True)
class Specialty:
    """A specialty and population that a review has measured; ``key`` names both in the URL."""

    key: str
    title: str
    is_bh: bool


def specialties(findings: pl.DataFrame) -> list[Specialty]:
    """Return what NW01 has measured, behavioral first, by title."""
    measured = (
        of_rule(findings, "NW01")
        .filter(pl.col("subject").str.count_matches("/") == 2)
        .with_columns(key=pl.col("subject").str.extract("^[^/]*/(.*)$"))
        .unique("key", keep="first", maintain_order=True)
    )
    found = []
    for row, told in rows(measured):
        slug, _, population = row["key"].partition("/")
        title = str(told.get("specialty") or slug.replace("_", " "))
        if population == "all":
            found.append(Specialty(slug, title, slug in BH_SPECIALTIES))
        else:
            found.append(Specialty(row["key"], f"{title}, {population}", slug in BH_SPECIALTIES))
    return sorted(found, key=lambda one: (not one.is_bh, one.title))


def counties(findings: pl.DataFrame, plan: str, key: str) -> pl.DataFrame:
    """Return one row a county with the columns of :data:`REACH`.

    Where several requirements measure the same, the one that finds most beyond counts.
    """
    told = []
    for row, evidence in rows(_about(findings, "NW01", plan, key)):
        members, within = row["denominator"], row["numerator"]
        county = str(evidence.get("county") or row["subject"].split("/")[0])
        told.append(
            {
                "finding_id": row["finding_id"],
                "fips": row["subject"].split("/")[0],
                "county": county.rsplit(" (", 1)[0],
                "county_class": evidence.get("county_class"),
                "members": evidence.get("members") if members is None else members,
                "within": within,
                "beyond": None if None in (members, within) else members - within,
                "borderline": evidence.get("borderline"),
                "required": number(row["required"]),
                "limit": evidence.get("limit"),
                "longest_miles": evidence.get("longest_miles"),
                "providers": evidence.get("providers"),
                "verdict": row["verdict"],
                "basis": evidence.get("basis"),
                "travel": evidence.get("travel"),
                **{name: evidence.get(name) for name in CLASSES},
                "exception": (evidence.get("exception") or {}).get("id"),
            }
        )
    frame = pl.DataFrame(told, schema=REACH)
    return frame.sort("beyond", descending=True, nulls_last=True, maintain_order=True).unique(
        "fips", keep="first", maintain_order=True
    )


def provider_counts(findings: pl.DataFrame, plan: str, key: str) -> pl.DataFrame:
    """Return by county the providers (or beds) counted within reach and those needed, of NW02."""
    told = [
        {
            "fips": row["subject"].split("/")[0],
            "counted": number(row["observed"]),
            "needed": number(row["required"]),
        }
        for row, _ in rows(_about(findings, "NW02", plan, key))
    ]
    return pl.DataFrame(told, schema=COUNTS).unique("fips", keep="first", maintain_order=True)


def gaps(bh: pl.DataFrame, ph: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    """Put the physical specialty and the provider counts beside the behavioral one.

    Returns
    -------
    The rows of ``bh``; the columns of ``ph`` end in ``_ph``.
    """
    beside = ph.select("fips", "members", "within", "verdict", "longest_miles")
    return bh.join(beside, on="fips", how="left", suffix="_ph").join(counted, on="fips", how="left")


@dataclass(frozen=True)
class Total:
    """A plan's members over all counties that were counted, and the counties that fall short."""

    members: float
    within: float
    counties: int
    short: int
    uncounted: int

    @property
    def share(self) -> float | None:
        """Share of members within, None where there is none."""
        return self.within / self.members if self.members else None


def total(frame: pl.DataFrame) -> Total:
    """Sum up the counties of one specialty."""
    known = frame.filter(pl.col("within").is_not_null())
    return Total(
        members=float(known["members"].sum()),
        within=float(known["within"].sum()),
        counties=len(frame),
        short=int((frame["verdict"] == "not_met").sum()),
        uncounted=int((frame["verdict"] == "could_not_run").sum()),
    )


def standards(frame: pl.DataFrame) -> Mapping[float, list[str]]:
    """Return the county classes by the share required of them, the lowest share first."""
    held: dict[float, list[str]] = {}
    asked = frame.filter(pl.col("required").is_not_null()).select("required", "county_class")
    for share, name in asked.unique().sort("required", "county_class").rows():
        held.setdefault(share, []).append(str(name or "").replace("_", " "))
    return held


def limits(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the limit and the required share of each county class that has members."""
    asked = frame.filter(pl.col("limit").is_not_null())
    judged = asked.filter(pl.col("required").is_not_null())
    asked = asked if judged.is_empty() else judged
    return asked.select("county_class", "limit", "required").unique().sort("county_class", "limit")


def _about(findings: pl.DataFrame, rule: str, plan: str, key: str) -> pl.DataFrame:
    named = key if "/" in key else f"{key}/all"
    found = of_rule(findings, rule, plan_id=plan)
    return found.filter(pl.col("subject").str.ends_with(f"/{named}"))
