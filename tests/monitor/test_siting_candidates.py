"""Who can be a candidate of ``siting``, and who is left out."""

import csv
from datetime import date
from functools import partial

import polars as pl
import pytest

from monitor.adequacy_input import AdequacyError, read_members, read_providers
from monitor.siting import siting
from monitor.siting_answer import write_siting
from tests.monitor.siting_sample import (
    ASKED,
    COUNSELOR,
    HEART,
    HERE,
    MEMBERS,
    NOTHING,
    PROVIDERS,
    STRAIGHT,
    THERE,
    chosen,
)
from tests.monitor.standards import DAY


@pytest.fixture
def ask(tmp_path):
    return partial(chosen, tmp_path)


def test_who_is_under_contract_or_of_another_trade_is_left_out_and_counted(ask):
    answer = ask(
        [f"1,A,47037,{THERE},2", f"2,A,47037,{HERE},1"],
        [f"1000000004,{COUNSELOR},{HERE}", f"1000000012,{HEART},{THERE}"],
        [
            f"1000000004,{COUNSELOR},{THERE}",
            f"1000000020,{COUNSELOR},36.000001,-86.0",
            f"1000000038,{HEART},{THERE}",
            f"1000000046,,{THERE}",
            f"1000000053,{COUNSELOR},,",
            f"1000000061,{COUNSELOR},{THERE}",
        ],
        header="npi,taxonomy,latitude,longitude",
    )
    assert answer.additions["candidate"].to_list() == ["1000000061"]
    assert answer.notes[:2] == (
        STRAIGHT,
        "candidates left out: 2 under contract already, 2 of another specialty or of none, "
        "1 without a point",
    )


def test_a_contract_that_has_ended_is_none(ask, tmp_path):
    rows = pl.DataFrame(
        {
            "npi": ["1", "2"],
            "taxonomy": [COUNSELOR] * 2,
            "latitude": ["36.0", "36.0"],
            "longitude": ["-86.0", "-84.0"],
            "contract_end": [date(2026, 3, 30), DAY],
        }
    )
    rows.write_csv(tmp_path / "p.csv")
    (tmp_path / "c.csv").write_text(f"npi,latitude,longitude\n1,{HERE}\n2,{HERE}\n")
    (tmp_path / "m.csv").write_text(f"{MEMBERS}\n1,A,47037,{HERE},2\n")
    answer = siting(
        read_members(tmp_path / "m.csv").rows,
        read_providers(tmp_path / "p.csv").rows,
        tmp_path / "c.csv",
        ASKED,
    )
    assert answer.additions["candidate"].to_list() == ["1"]
    assert "candidates left out: 1 under contract already" in answer.notes


def test_two_in_one_zip_code_are_not_one_place(ask, tmp_path):
    """A contracted provider known by its ZIP code bars nobody else there, but what it reaches."""
    (tmp_path / "p.csv").write_text(f"npi,taxonomy,zip\n1000000004,{COUNSELOR},37203\n")
    (tmp_path / "c.csv").write_text("id,zip\nX,37203\nY,372031234\nZ,00000\n")
    (tmp_path / "m.csv").write_text(f"{MEMBERS}\n1,A,47037,{THERE},2\n")
    answer = siting(
        read_members(tmp_path / "m.csv").rows,
        read_providers(tmp_path / "p.csv").rows,
        tmp_path / "c.csv",
        ASKED,
    )
    assert answer.verdict == NOTHING
    assert answer.notes[1:3] == (
        "candidates left out: 1 without a point",
        "2 candidates placed at the centroid of a ZIP code",
    )


PRACTICE = "Provider Business Practice Location Address"
NPPES = [
    "NPI",
    "Provider Organization Name (Legal Business Name)",
    "Provider Last Name (Legal Name)",
    "Provider First Name",
    f"{PRACTICE} City Name",
    f"{PRACTICE} State Name",
    f"{PRACTICE} Postal Code",
    f"{PRACTICE} Country Code (If outside U.S.)",
    "NPI Deactivation Date",
    "NPI Reactivation Date",
    *(f"Healthcare Provider Taxonomy Code_{number}" for number in range(1, 16)),
]


def write_nppes(path, *rows):
    with path.open("w", newline="") as opened:
        out = csv.writer(opened, quoting=csv.QUOTE_ALL)
        out.writerow(NPPES)
        for fields, codes in rows:
            out.writerow([*fields, *codes, *[""] * (15 - len(codes))])


def test_the_nppes_file(ask, tmp_path):
    at = ("NASHVILLE", "TN", "372031234", "US")
    write_nppes(
        tmp_path / "nppes.csv",
        (("1", "CLINIC", "", "", *at, "", ""), [COUNSELOR]),
        (("2", "", "ROE", "JO", *at, "", ""), ["207Q00000X", COUNSELOR]),
        (("3", "HEART", "", "", *at, "", ""), [HEART]),
        (("4", "GONE", "", "", *at, "01/02/2020", ""), [COUNSELOR]),
        (("5", "BACK", "", "", *at, "01/02/2020", "03/04/2020"), [COUNSELOR]),
        (("6", "FAR", "", "", "PARIS", "", "75001", "FR", "", ""), [COUNSELOR]),
        (("7", "", "MIND", "A", *at, "", ""), [COUNSELOR, "2084P0800X"]),
    )
    (tmp_path / "m.csv").write_text("member_id,plan_id,county_fips,zip\n1,A,47037,37203\n")
    (tmp_path / "p.csv").write_text(f"npi,taxonomy,zip\n1,{COUNSELOR},02139\n")
    answer = siting(
        read_members(tmp_path / "m.csv").rows,
        read_providers(tmp_path / "p.csv").rows,
        tmp_path / "nppes.csv",
        ASKED,
    )
    assert answer.additions.select(
        "candidate", "name", "place", "approximate", "others_at_point"
    ).rows() == [("2", "ROE, JO", "NASHVILLE TN 37203", "Y", 1)]
    # A psychiatrist's second taxonomy is not counted, as NW01 would not count it.
    assert answer.notes[1] == (
        "candidates left out: 1 under contract already, 1 of another specialty or of none, "
        "1 with a deactivated NPI, 1 outside the United States"
    )


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("c.csv", None, "c.csv: cannot be read: No such file or directory (os error 2): "),
        ("c.csv", b"", "c.csv: cannot be read: empty CSV"),
        ("c.csv", b"id,name\n1,x\n", "c.csv: no column latitude and longitude, or zip"),
        ("c.zip", b"PK", "c.zip: a zip; wanted the CSV that is in it"),
        ("c.csv", b"id,zip,id\n1,37203,2\n", "c.csv: a second column id"),
        ("c.parquet", b"PAR1", "c.parquet: cannot be read: "),
        (
            "c.csv",
            b'"NPI","Healthcare Provider Taxonomy Code_1"\n"1","x"\n',
            "c.csv: cannot be read as the NPPES file: ",
        ),
    ],
)
def test_candidates_that_cannot_be_read(tmp_path, name, data, message):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    (tmp_path / "m.csv").write_text(f"{MEMBERS}\n1,A,47037,{HERE},2\n")
    (tmp_path / "p.csv").write_text(f"{PROVIDERS}\n")
    with pytest.raises(AdequacyError) as refused:
        siting(
            read_members(tmp_path / "m.csv").rows,
            read_providers(tmp_path / "p.csv").rows,
            tmp_path / name,
            ASKED,
        )
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_coordinates_that_are_none_and_a_formula_for_a_name(ask, tmp_path):
    answer = ask(
        [f"1,A,47037,{HERE},2"],
        [],
        ["B,x,,,,nan,inf", "C,x,,,,north,1e999", "D,x,,,,0,0", f'"=cmd()","=1+1",,,,{HERE}'],
    )
    assert "candidates left out: 3 without a point" in answer.notes
    write_siting(answer, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text().splitlines()[1].startswith("1,'=cmd(),'=1+1,")
