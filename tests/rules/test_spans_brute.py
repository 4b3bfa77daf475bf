"""Spans put together for the joins of EN03, day by day against plain loops."""

import random
from datetime import date, timedelta

import ibis
import pytest

from rules.encounters.en03_outside_network import _contracted
from rules.encounters.exempt import transitions
from tests.rules.staging import stage

START = date(2025, 4, 1)
DAYS = 200


@pytest.fixture(scope="module")
def engine():
    return ibis.duckdb.connect()


def some_day(chance):
    return START + timedelta(days=chance.randrange(DAYS))


def covered(rows):
    """Return every day of every span; a day that lies in two spans of one is counted twice."""
    return sorted(
        (who, START + timedelta(days=n))
        for who, first, last in rows
        for n in range(-30, DAYS + 150)
        if first <= START + timedelta(days=n) <= last
    )


@pytest.mark.parametrize("seed", range(3))
def test_contracts_of_one_npi_become_spans_that_do_not_overlap(engine, seed):
    chance = random.Random(seed)
    rows = [
        {
            "npi": chance.choice(["A", "B", "C", None]),
            "group_npi": chance.choice(["A", "G", None]),
            "contract_effective": chance.choice([some_day(chance), None]),
            "contract_end": chance.choice([some_day(chance), None]),
        }
        for _ in range(12)
    ]
    spans = [
        (row[column], row["contract_effective"] or date.min, row["contract_end"] or date.max)
        for row in rows
        for column in ("npi", "group_npi")
        if row[column]
    ]
    told = _contracted(stage(engine, "providers", rows)).to_polars()
    found = [(row["npi"], row["starts"], row["ends"]) for row in told.iter_rows(named=True)]
    assert covered(found) == sorted(set(covered(spans)))


@pytest.mark.parametrize(("seed", "days"), [(0, 90), (1, 30), (2, 1), (3, 0)])
def test_first_days_of_enrolments_do_not_overlap(engine, seed, days):
    chance = random.Random(seed)
    rows = [
        {
            "member_id": f"M{n % 5}",
            "enrolled_from": first,
            "enrolled_to": first + timedelta(days=chance.randrange(25)),
        }
        for n in range(25)
        for first in [some_day(chance)]
    ]
    enrolled = {
        (row["member_id"], row["enrolled_from"] + timedelta(days=n))
        for row in rows
        for n in range((row["enrolled_to"] - row["enrolled_from"]).days + 1)
    }
    starts = {
        (member, day)
        for member, day in enrolled
        if (member, day - timedelta(days=1)) not in enrolled
    }
    wanted = {(who, first + timedelta(days=n)) for who, first in starts for n in range(days)}
    told = transitions(stage(engine, "members", rows), days).to_polars()
    assert covered(told.iter_rows()) == sorted(wanted)
