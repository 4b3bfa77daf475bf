"""A small, ordinary batch whose populations are round numbers, and filings made of it."""

import itertools
from datetime import date
from functools import cache

import ibis
import polars as pl
import pytest

from rules.model import (
    Citation,
    Contract,
    Document,
    Filing,
    Period,
    Requirement,
    Severity,
    Value,
)
from rules.tables import staged_schema

STARTS = date(2020, 1, 1)
MONTHS = (date(2026, 1, 15), date(2026, 2, 15), date(2026, 3, 15))
_engine = ibis.duckdb.connect()
_numbers = itertools.count()


def requirement(table):
    citation = Citation("law", "438.242")
    return Requirement(
        id=f"DATA-{table.upper()}",
        title=f"{table} are complete",
        rule="DATA",
        severity=Severity.MAJOR,
        values=(Value(STARTS, None, citation),),
        applies_to={"table": table},
    )


CONTRACT = Contract(
    id="small",
    title="A small contract",
    program="small",
    model="mco",
    state="TN",
    plans=("PLAN",),
    starts=STARTS,
    ends=None,
    extends=(),
    documents={"law": Document("law", "42 CFR", "2024-07-09")},
    requirements=(requirement("providers"), requirement("encounters")),
)


def encounters():
    """3,000 lines of 2026Q1: 2,700 paid, 10 voids, 290 denied.

    Paid: 1,000 professional (100 sub-capitated), 1,000 outpatient institutional, 100 stays of two
    lines, 500 pharmacy. Members M0 to M999 are served.
    """
    rows = []

    def line(number, kind, **given):
        stem = {
            "encounter_id": f"{kind}{number}",
            "line_number": 1,
            "member_id": f"M{number % 1000}",
            "claim_type": kind[0],
            "service_from": MONTHS[number % 3],
            "billing_npi": "1000000012",
            "rendering_npi": "1000000004",
            "billed_amount": 100.0,
            "allowed_amount": 80.0,
            "paid_amount": 80.0,
            "line_status": "paid",
            "payment_arrangement": "ffs",
            "billing_taxonomy": "207Q00000X",
            "diagnosis_codes": "F329" if number % 5 == 0 else "E119;I10",
            "frequency": "1",
        }
        rows.append({**stem, **given})

    for i in range(1000):
        place = "11" if i < 600 else "23" if i < 700 else "53"
        arrangement = "subcapitated" if i >= 900 else "ffs"
        line(
            i,
            "P",
            procedure_code="99213",
            place_of_service=place,
            payment_arrangement=arrangement,
            ffs_equivalent_amount=80.0 if arrangement == "subcapitated" else None,
            billing_npi="1000000004" if i < 200 else "1000000012",
        )
    for i in range(1000):
        line(i, "IO", procedure_code="80053", revenue_code="0300", bill_type="0131")
    for i in range(100):
        for number in (1, 2):
            line(
                i,
                "IH",
                line_number=number,
                revenue_code="0120",
                bill_type="0111",
                billing_taxonomy="282N00000X",
                admit_date=MONTHS[i % 3],
                discharge_date=date(2026, 3, 31),
                patient_status="01",
            )
    for i in range(500):
        line(
            i,
            "R",
            ndc="00002323560",
            days_supply=30,
            rendering_npi=None,
            billing_taxonomy=None,
            diagnosis_codes=None,
            frequency="7" if i < 20 else None,
        )
    for i in range(10):
        line(i, "PV", procedure_code="99213", place_of_service="11", frequency="8")
    for i in range(290):
        line(
            i,
            "PD",
            procedure_code="99213",
            place_of_service="11",
            line_status="denied",
            paid_amount=0.0,
        )
    return rows


def providers():
    """1,000 rows of 1,000 NPIs: 800 individuals and 200 facilities, a site each."""
    rows = []
    for i in range(1000):
        individual = i < 800
        rows.append(
            {
                "npi": f"{1_000_000_000 + i}",
                "entity_type": "individual" if individual else "facility",
                "name": f"Provider {i}",
                "taxonomy": "207Q00000X" if individual else "261QM0801X",
                "site_id": f"S{i}",
                "street": f"{i} Main St",
                "city": "Nashville",
                "state": "TN",
                "zip": "37203",
                "latitude": 36.15,
                "longitude": -86.8,
                "county_fips": "47037",
                "contract_effective": date(2024, 1, 1),
                "accepting_new": "Y" if i % 2 else "N",
                "telehealth": "only" if i % 10 == 0 else "none",
                "phone": "615-555-0100",
                "languages": "en;es",
                "accessible": "Y",
                "license_number": f"MD{i}" if individual else None,
                "last_verified_on": date(2026, 2, 1),
            }
        )
    return rows


def members(count=1000, months=3):
    """Members M0, M1, ... enrolled from 2026-01-01 to the end of that many months."""
    until = {1: date(2026, 1, 31), 3: None}[months]
    return [
        {
            "member_id": f"M{i}",
            "plan_id": "PLAN",
            "enrolled_from": date(2026, 1, 1),
            "enrolled_to": until,
        }
        for i in range(count)
    ]


def stage(table, rows):
    """Return the rows as a staged ibis table, lines counted from 2."""
    numbered = [
        {"_plan": "PLAN", "_file": f"{table}.csv", "_line": line, **row}
        for line, row in enumerate(rows, start=2)
    ]
    frame = pl.DataFrame(numbered, schema=staged_schema(table))
    return _engine.create_table(f"{table}_{next(_numbers)}", frame.to_arrow())


@cache
def _ordinary(table):
    return stage(
        table, {"encounters": encounters, "providers": providers, "members": members}[table]()
    )


def make_filing(tables=("members", "providers", "encounters"), plan_id="PLAN", **changed):
    """Return a filing of ordinary tables; a table given as rows replaces the ordinary one."""
    staged = {table: _ordinary(table) for table in tables if table not in changed}
    return Filing(
        review_id="review",
        plan_id=plan_id,
        contract=CONTRACT,
        period=Period.parse("2026Q1"),
        as_of=date(2026, 4, 20),
        tables={**staged, **{table: stage(table, rows) for table, rows in changed.items()}},
    )


class Batch:
    """What the tests of the profile ask for: ordinary rows, and filings of them."""

    contract = CONTRACT
    months = MONTHS
    encounters = staticmethod(encounters)
    providers = staticmethod(providers)
    members = staticmethod(members)
    filing = staticmethod(make_filing)


@pytest.fixture(scope="session")
def batch():
    """Return the builder of small batches."""
    return Batch
