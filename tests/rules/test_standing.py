"""Who stands where, against counting by hand over made-up rows."""

from __future__ import annotations

import random
from datetime import date
from types import SimpleNamespace

import ibis
import polars as pl
import pytest

from rules.model import Period
from rules.network.standing import standing
from rules.network.who import Who

COUNTIES = ("47037", "47149", "47157", "", "x")
TAXONOMIES = ("2084P0800X", "207Q00000X", "207P00000X", None)


def made_up(seed: int, count: int = 300) -> list[dict[str, object]]:
    draw = random.Random(seed)
    return [
        {
            "npi": draw.choice(["1", "2", "3", "4", "5", None]),
            "taxonomy": draw.choice(TAXONOMIES),
            "program": draw.choice(["crisis", None, None]),
            "site_id": draw.choice(["S1", "S2", "S3"]),
            "county_fips": draw.choice(COUNTIES),
            "zip": None,
            "latitude": None,
            "longitude": None,
            "contract_effective": draw.choice([None, date(2026, 3, 31), date(2026, 4, 1)]),
            "contract_end": draw.choice([None, date(2026, 3, 31), date(2026, 3, 30)]),
            "age_min": draw.choice([None, 0, 17, 18]),
            "age_max": draw.choice([None, 17, 18, 120]),
            "telehealth": draw.choice([None, "none", "offers", "only", " Only"]),
            "beds": draw.choice([None, 0, 5, 20, -3]),
        }
        for _ in range(count)
    ]


def by_hand(rows, specialty, low, high, counties):
    beds: dict[tuple[str, str], int] = {}
    day = date(2026, 3, 31)
    for row in rows:
        is_it = row["taxonomy"] == "2084P0800X" if specialty == "psychiatry" else row["program"]
        county = row["county_fips"] if len(row["county_fips"]) == 5 else ""
        keeps = (
            bool(is_it)
            and (row["contract_effective"] or day) <= day <= (row["contract_end"] or day)
            and (row["telehealth"] or "").strip().lower() != "only"
            and (row["age_max"] is None or row["age_max"] >= low)
            and (high is None or row["age_min"] is None or row["age_min"] <= high)
            and (counties is None or county in counties)
        )
        if keeps:
            place = (row["npi"] or "", row["site_id"])
            beds[place] = max(beds.get(place, 0), row["beds"] or 0, 0)
    return len({npi for npi, _ in beds}), len(beds), float(sum(beds.values()))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_counts_agree_with_counting_by_hand(seed):
    rows = made_up(seed)
    dates = {"contract_effective": pl.Date, "contract_end": pl.Date}
    texts = dict.fromkeys(("zip", "npi", "taxonomy", "program", "telehealth"), pl.String)
    floats = dict.fromkeys(("latitude", "longitude"), pl.Float64)
    frame = pl.DataFrame(rows, schema_overrides={**dates, **texts, **floats})
    tables = {"providers": ibis.memtable(frame)}
    stood = standing(SimpleNamespace(period=Period.parse("2026Q1"), tables=tables))
    for specialty in ("psychiatry", "crisis"):
        for people, low, high in (
            (Who(), 0, None),
            (Who("adult"), 18, None),
            (Who("pediatric"), 0, 17),
        ):
            for counties in (None, ["47037"], ["47037", "47157"], [""], []):
                found = stood.count(specialty, people, counties)
                assert (found.providers, found.sites, found.beds) == by_hand(
                    rows, specialty, low, high, counties
                )
