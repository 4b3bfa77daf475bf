"""`carvein capacity`: figures worked by hand, and questions that cannot be answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

# 15 and 30 miles north of 36, at 3958.7613 miles to the radius.
HALF, WHOLE = 36.21709737656985, 36.4341947531397
MEMBERS = f"""\
plan_id,member_id,county_fips,latitude,longitude,weight
P,M1,47037,36,-86,10
P,M2,47187,{HALF},-86,10
P,M3,47187,,,5
"""
PROVIDERS = f"""\
npi,taxonomy,site_id,latitude,longitude,panel_limit,panel_size
1000002000,207Q00000X,S1,36,-86,84,42
1000002018,207Q00000X,S2,{WHOLE},-86,60,0
1000002018,207Q00000X,S3,{WHOLE},-86,90,30
1000002026,207Q00000X,S4,36,-86,,
1000002034,2084P0800X,S5,36,-86,,
"""
ENCOUNTERS = """\
encounter_id,member_id,claim_type,service_from,rendering_npi,billing_npi,frequency,original_encounter_id
E1,M1,P,2025-04-01,1000002000,,1,
E2,M2,P,2026-03-31,1000002000,,1,
E3,M1,P,2025-03-31,1000002018,,1,
E4,M1,P,2025-05-01,1000002026,,1,
E5,M1,P,2025-05-01,1000002026,,8,E4
"""
NOTE = (
    "carvein: places weigh 1 to 10 miles, 0.68 to 20 miles, 0.22 to 30 miles and nothing beyond; "
    "straight-line miles; the bands are carvein's own default"
)


@pytest.fixture
def ask(carvein: Callable[..., object], tmp_path: Path) -> Callable[..., object]:
    files = {"members": MEMBERS, "providers": PROVIDERS, "encounters": ENCOUNTERS}
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text)

    def run(*more: str) -> object:
        given = ("--members", "members.csv", "--providers", "providers.csv", "--to", "out.csv")
        return carvein("capacity", *given, "--as-of", "2026-03-31", *more)

    return run


def test_panel_limits_by_hand(ask, tmp_path):
    ran = ask("--specialty", "primary_care")

    # As in tests/geodata/test_catchment.py: 84 / 16.8 = 5 and 90 / 9 = 10 for one person; the two
    # sites at one point are one, and the larger limit is the provider's.
    rows = pl.read_csv(tmp_path / "out.csv", schema_overrides={"county_fips": pl.String})
    assert rows.columns == [
        *("plan_id", "county_fips", "specialty", "population"),
        *("members", "unlocated", "places_per_1000", "without_any"),
    ]
    assert rows.select("county_fips", "members", "unlocated", "without_any").rows() == [
        ("47037", 10.0, 0.0, 0.0),
        ("47187", 15.0, 5.0, 0.0),
        ("all", 25.0, 5.0, 0.0),
    ]
    assert rows["places_per_1000"].to_list() == pytest.approx([7200, 10200, 8700])
    assert (ran.code, ran.err.splitlines()) == (
        0,
        [NOTE, "carvein: Primary care: 1 provider without a figure, counted as no places"],
    )
    assert ran.out.splitlines() == [
        "Primary care: 8,700.0 places per 1,000 members, 0 members without any",
        "3 rows written to out.csv",
    ]


def test_open_places_are_the_limit_less_the_panel(ask, tmp_path):
    ask("--specialty", "primary_care", "--supply", "open", "--bands", "20:1,30:0.5")

    # 42 and 60: 42 / 20 = 2.1 and 60 / (5 + 10) = 4 for one person.
    rows = pl.read_csv(tmp_path / "out.csv")
    assert rows["places_per_1000"].to_list() == pytest.approx([4100, 6100, 5100])


def test_members_served_are_places_and_who_is_on_no_final_line_served_nobody(ask, tmp_path):
    ran = ask(
        *("--supply", "served", "--encounters", "encounters.csv"),
        *("--specialty", "primary_care", "--specialty", "psychiatry"),
    )

    # Two members in the 12 months: 2 / 16.8 for one person, and 0.68 of it 15 miles away.
    rows = pl.read_csv(tmp_path / "out.csv")
    near = 1000 * 2 / 16.8
    assert rows["places_per_1000"].to_list() == pytest.approx([near, 0.68 * near, 100, 0, 0, 0])
    assert rows["without_any"].to_list() == [0, 0, 0, 10, 10, 20]
    assert (ran.code, ran.err.splitlines()) == (0, [NOTE])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--specialty", "magic"), "--specialty magic: not in the value set of specialties"),
        (
            ("--specialty", "psychiatry"),
            "no provider of Psychiatry has a figure of places; see --supply",
        ),
        (
            ("--specialty", "psychiatry", "--supply", "served"),
            "--supply served needs --encounters",
        ),
        (
            (
                *("--specialty", "psychiatry", "--supply", "served"),
                *("--encounters", "encounters.csv", "--as-of", "2020-01-31"),
            ),
            "encounters.csv: no line from 2019-02-01 to 2020-01-31",
        ),
        (
            ("--specialty", "psychiatry", "--supply", "beds"),
            "--supply beds: wanted panel, open or served",
        ),
        (
            ("--specialty", "psychiatry", "--population", "old"),
            "--population old: wanted all, adult, pediatric, smi or dual",
        ),
        (
            ("--specialty", "psychiatry", "--as-of", "May"),
            "--as-of May: wanted a day as YYYY-MM-DD",
        ),
        (
            ("--specialty", "psychiatry", "--bands", "10:1,5"),
            "--bands 10:1,5: wanted miles:weight, e.g. 10:1,20:0.68,30:0.22",
        ),
        (
            ("--specialty", "psychiatry", "--bands", "10:1,5:1"),
            "--bands 10:1,5:1: limits rise, from above 0",
        ),
        (("--specialty", "psychiatry", "--plan", "Q"), None),
    ],
)
def test_what_cannot_be_answered_is_one_line_and_exit_2(ask, more, said):
    ran = ask(*more)

    assert ran.code == 2
    assert len(ran.err.splitlines()) == 1
    assert said is None or ran.err == f"carvein: {said}\n"
