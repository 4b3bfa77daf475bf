"""Ghosts and members lost, recounted by plain loops over the files of the demo plan GHOST."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import polars as pl
import pytest

from geodata.counties import county_of
from geodata.points import clean
from rules.contract import load
from rules.model import Filing, Period
from rules.network import nw07_ghosts_by_county as nw07
from rules.network import nw08_reach_on_paper as nw08
from rules.network import serving
from rules.specialty import specialties, specialties_of
from rules.tables import staged_schema

FIRST, LAST = "2025-01-01", "2026-03-31"
STANDARDS = ("MA-TD-029", "MA-TD-036")

Rows = list[dict[str, str]]


def read(state: Path, table: str) -> Rows:
    with (state / "GHOST" / f"{table}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def tables(small_state: Path) -> dict[str, Rows]:
    return {name: read(small_state, name) for name in ("members", "providers", "encounters")}


@pytest.fixture(scope="module")
def filing(tables: dict[str, Rows]) -> Filing:
    engine = ibis.duckdb.connect()
    contract = load("demo-imc")
    staged = {name: engine.create_table(name, typed(name, rows)) for name, rows in tables.items()}
    period = Period.parse("2026Q1")
    classes = contract.county_classes
    return Filing("R", "GHOST", contract, period, date(2026, 5, 1), staged, county_classes=classes)


def typed(table: str, rows: Rows) -> Any:
    schema = staged_schema(table)
    text = pl.DataFrame(rows).select(
        pl.col(name).replace("", None) if name in rows[0] else pl.lit(None, pl.String).alias(name)
        for name in schema
    )
    days = [name for name, kind in schema.items() if kind == pl.Date]
    cells = text.with_columns(pl.col(days).str.to_date("%Y-%m-%d", strict=False))
    cells = cells.with_columns(
        pl.col(name).cast(kind, strict=False) for name, kind in schema.items() if name not in days
    )
    lines = pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("_line")
    return cells.with_columns(pl.lit(f"{table}.csv").alias("_file"), lines).to_arrow()


def who_served(tables: dict[str, Rows]) -> tuple[dict[str, set[str]], set[str]]:
    """Return each NPI's members, and the groups that bill without naming a clinician."""
    lines = tables["encounters"]
    gone = {row["original_encounter_id"] for row in lines if row["frequency"] in "78"} - {""}
    served: dict[str, set[str]] = defaultdict(set)
    groups = set()
    for row in lines:
        if row["frequency"] == "8" or (row["frequency"] != "7" and row["encounter_id"] in gone):
            continue
        if row["service_from"] > LAST or (row["service_to"] or row["service_from"]) < FIRST:
            continue
        for role in ("rendering_npi", "attending_npi", "billing_npi"):
            served[row[role]].add(row["member_id"])
        if not row["rendering_npi"] and row["claim_type"] != "R":
            groups.add(row["billing_npi"])
    served.pop("", None)
    return served, groups


def sound(npi: str) -> bool:
    """Check the last digit of an NPI by Luhn's sum over 80840 and its ten digits."""
    total = 0
    for place, digit in enumerate(reversed("80840" + npi)):
        number = int(digit) * (1 + place % 2)
        total += number - 9 if number > 9 else number
    return len(npi) == 10 and total % 10 == 0


def test_members_served_by_each_provider(filing: Filing, tables: dict[str, Rows]) -> None:
    served, _ = who_served(tables)

    assert dict(serving.served(filing).iter_rows()) == {
        npi: len(held) for npi, held in served.items()
    }
    assert serving.serving(filing, 3) == {npi for npi, held in served.items() if len(held) >= 3}


def test_ghosts_of_every_county(filing: Filing, tables: dict[str, Rows]) -> None:
    served, groups = who_served(tables)
    listed: dict[str, set[str]] = defaultdict(set)
    sites = points_of(tables["providers"])
    for row, site in zip(tables["providers"], sites, strict=True):
        slugs = specialties_of(row["taxonomy"], row["program"])
        behavioral = any(specialties()[slug].domain == "BH" for slug in slugs)
        if behavioral and row["entity_type"] == "individual":
            county = row["county_fips"] or (site and county_of([site[0]], [site[1]])[0])
            listed[county or "unknown"].add(row["npi"])
    behind = {row["npi"] for row in tables["providers"] if row["group_npi"] in groups}
    expected = {}
    for county, npis in listed.items():
        idle = {npi for npi in npis if not served[npi]} - behind
        undecided = {npi for npi in idle if not sound(npi)}
        expected[f"{county}/behavioral_health"] = (len(idle - undecided), len(npis - undecided))

    params = nw07.Params(max_share=0.3, entities="individual", min_listed=1)
    found = {each.subject: each for each in nw07.measure(filing, {}, params)}

    told = {subject: (found[subject].numerator, found[subject].denominator) for subject in expected}
    assert told == expected
    assert len(told) > 40
    assert sum(ghosts for ghosts, _ in told.values()) > 30


def test_members_who_are_within_reach_on_paper_alone(
    filing: Filing, tables: dict[str, Rows]
) -> None:
    served, groups = who_served(tables)
    behind = {row["npi"] for row in tables["providers"] if row["group_npi"] in groups}
    people = [row for row in tables["members"] if row["enrolled_from"] <= LAST]
    people = [row for row in people if not row["enrolled_to"] or row["enrolled_to"] >= LAST]
    homes = points_of(people)
    sites = points_of(tables["providers"])
    params = nw08.Params(within=STANDARDS, max_lost=0.05)
    found = {each.subject: each for each in nw08.measure(filing, {}, params)}
    recounted = 0
    for standard in STANDARDS:
        asked = filing.contract.requirement(standard)
        limits = asked.in_force(filing.period.end).params
        chosen = [
            (site, bool(served[row["npi"]]) or row["npi"] in behind or not sound(row["npi"]))
            for row, site in zip(tables["providers"], sites, strict=True)
            if site
            and row["telehealth"] != "only"
            and asked.applies_to["specialty"] in specialties_of(row["taxonomy"], row["program"])
        ]
        lost: dict[str, int] = defaultdict(int)
        for row, home in zip(people, homes, strict=True):
            if not home or not row["county_fips"].isdigit():
                continue
            farthest = limits.limit_in(filing.county_classes[row["county_fips"]]).max_miles
            near = [keeps for site, keeps in chosen if miles(home, site) <= farthest]
            lost[row["county_fips"]] += bool(near) and not any(near)
        for county, members in lost.items():
            assert found[f"{county}/{standard}"].numerator == members, (county, standard)
            recounted += members
    assert recounted > 30


def points_of(rows: Rows) -> list[tuple[float, float] | None]:
    columns = [
        pl.Series([row[name] or None for row in rows]) for name in ("latitude", "longitude", "zip")
    ]
    points = clean(*columns)
    return [
        (points.latitude[at], points.longitude[at]) if at >= 0 else None for at in points.of_row
    ]


def miles(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return great-circle miles by the haversine formula."""
    (a, b), (c, d) = ((math.radians(x) for x in point) for point in (start, end))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * 3958.7613 * math.asin(math.sqrt(half))
