"""Real 837 samples: every one of this version is read as worked by hand, the others refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

pytestmark = pytest.mark.shared

FOLDER = "data/x12/linuxforhealth"
COLUMNS = (
    *("_line", "encounter_id", "line_number", "member_id", "claim_type", "service_from"),
    *("service_to", "billing_npi", "rendering_npi", "billed_amount", "paid_amount"),
    *("allowed_amount", "line_status", "procedure_code", "modifiers", "revenue_code", "bill_type"),
    *("place_of_service", "units", "adjudicated_on", "paid_by"),
)
KILDARE, GREENE, TOWNSEND = "1999996666", "1234567890", "5678912345"


def day(text: str) -> date:
    return date.fromisoformat(text)


def cob(member: str) -> list[tuple[object, ...]]:
    """The three lines of the coordination example, paid by the primary payer line by line."""
    at, paid = day("2005-10-03"), day("2005-10-15")
    who = ("26407789", member, KILDARE)
    return [
        (48, *_p(who, 1, at, "99213", 43.0, 40.0, 40.0), paid, "999996666"),
        (54, *_p(who, 2, at, "90782", 15.0, 15.0, 15.0), paid, "999996666"),
        (59, *_p(who, 3, at, "J3301", 21.04, 21.04, 21.04), paid, "999996666"),
    ]


def _p(who, number, at, code, billed, paid, allowed, npi="", mods=None, place="11", units=1.0):
    claim, member, billing = who
    money = (billed, paid, allowed, "paid")
    return (
        *(claim, number, member, "P", at, at, billing, npi or billing, *money),
        *(code, mods, None, None, place, units),
    )


EXAMPLE_1 = ("26463774", "JS00111223333", "1912301953")
EXPECTED = {
    "837_005010X222A2/demo.example1.837": [
        (30, *_p(EXAMPLE_1, 1, day("2006-10-03"), "99213", 40.0, None, None), None, None),
        (33, *_p(EXAMPLE_1, 2, day("2006-10-03"), "87070", 15.0, None, None), None, None),
        (36, *_p(EXAMPLE_1, 3, day("2006-10-10"), "99214", 35.0, None, None), None, None),
        (39, *_p(EXAMPLE_1, 4, day("2006-10-10"), "86663", 10.0, None, None), None, None),
    ],
    "837_005010X222A2/demo.cob.example3.B.837": cob("222334444"),
    "837_005010X222A2/demo.cob.example3.C.837": [
        (50, *cob("22233444")[0][1:]),
        (56, *cob("22233444")[1][1:]),
        (61, *cob("22233444")[2][1:]),
    ],
    "837_005010X222A2/demo.cob.example4.837": [
        (
            37,
            *_p(
                ("101KEN6055", "102200221B1", "0100000009"),
                *(1, day("2005-01-19"), "99203", 120.0, 80.0, 95.0, "9090909090", "25"),
            ),
            day("2005-01-28"),
            "59999",
        )
    ],
    "837_005010X222A2/demo.cob.2ndary.example4.837": [
        (
            27,
            *_p(
                ("125WILL", "123456789A", GREENE),
                *(1, day("2005-02-15"), "98940", 145.5, None, None),
            ),
            None,
            None,
        )
    ],
    "837_005010X222A2/demo.example9.837": [
        (
            28,
            *_p(
                ("153829140", "123456789A", "2366554859"),
                *(1, day("2005-01-12"), "00142", 827.0, None, None, TOWNSEND, "QK;QS;P1", "22"),
                61.0,
            ),
            None,
            None,
        )
    ],
    "837_005010X223A3/two-claims-single-provider.837i": [
        (
            *(at, claim, number, member, "I", day(served), day(served), GREENE, None, billed),
            *(None, None, "paid", code, None, revenue, "131", None, units, None, None),
        )
        for at, claim, number, member, served, billed, code, revenue, units in (
            (28, "756048Q", 1, "030005074", "2005-03-15", 13.39, "85025", "0305", 1.0),
            (31, "756048Q", 2, "030005074", "2005-03-15", 76.56, "93005", "0730", 3.0),
            (47, "756049Q", 1, "123405074", "2005-04-01", 50.0, "85087", "0300", 1.0),
        )
    ],
    "837_005010X223A3/out-of-network-repriced-claim.837i": [
        (
            *(30, "W392-49141", 1, "34902390F", "I", day("2005-06-17"), day("2005-06-17")),
            *("1122334455", None, 14.84, None, None, "paid", "82270", None, "0301", "131", None),
            *(1.0, None, None),
        )
    ],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_rows_are_those_worked_by_hand(shared: Path, read, name: str) -> None:
    assert read((shared / FOLDER / name).read_bytes()).rows(*COLUMNS) == EXPECTED[name]


def test_what_else_a_sample_says_is_read_too(shared: Path, read) -> None:
    def of(name: str, *columns: str):
        return read((shared / FOLDER / name).read_bytes()).rows(*columns)

    drugs = of("837_005010X222A2/demo.drug.example10.2.837", "ndc", "service_to", "billing_npi")
    assert drugs == [
        (ndc, day("2004-02-07"), "1234567893")
        for ndc in (None, "00004196501", "63323024910", "00338004938", "08290033010", "08290038005")
    ]
    codes = ("diagnosis_codes", "diagnosis_pointers", "claim_number_d9", "billing_taxonomy")
    first = ("0340;V7389", "1", "17312345600006351", "203BF0100Y")
    other = ("0340;V7389", "2", "17312345600006351", "203BF0100Y")
    assert of("837_005010X222A2/demo.example1.837", *codes) == [first, first, other, other]
    stay = ("admit_date", "patient_status", "admission_type", "attending_npi", "frequency")
    assert of("837_005010X223A3/out-of-network-repriced-claim.837i", *stay) == [
        (day("2005-06-17"), "01", "1", "2244224455", "1")
    ]
    taxonomies = of("837_005010X222A2/demo.autoaccident.837", "rendering_npi", "rendering_taxonomy")
    assert taxonomies == [("2366552595", "208D00000X")] * 2
    units = of("837_005010X222A2/demo.example9.837", "units", "unit_basis")
    assert units == [(61.0, "MJ")]


def every(shared: Path) -> list[Path]:
    return sorted(path for path in (shared / FOLDER).glob("*/*") if path.is_file())


def split(path: Path) -> list[list[str]]:
    return [
        part.strip().split("*") for part in path.read_text().replace("\n", "").split("~") if part
    ]


def test_every_sample_of_the_version_is_read_whole(shared: Path, read) -> None:
    found = {}
    for path in (path for path in every(shared) if "837_005010" in path.parent.name):
        segments = split(path)
        charges = [
            Decimal(one[2] if one[0] == "SV1" else one[3])
            for one in segments
            if one[0] in ("SV1", "SV2")
        ]
        places = [number for number, one in enumerate(segments, 1) if one[0] == "LX"]
        taken = read(path.read_bytes())
        rows = taken.rows("_line", "billed_amount", "submitted_on")
        assert taken.count == (len(places), len(places), 0), path.name
        assert [at for at, _, _ in rows] == places, path.name
        billed = [Decimal(str(amount)) for _, amount, _ in rows]
        assert billed == charges, path.name
        claimed = sum(Decimal(one[2]) for one in segments if one[0] == "CLM")
        assert sum(billed) == claimed, path.name
        assert {day for _, _, day in rows} == {day("2026-04-20")}
        bad = [fault for fault in taken.faults if fault[0] in MAJOR]
        wrong = any(one[0] == "CLM" and ">" in one[5] for one in segments)
        assert [fault[0] for fault in bad] == ["separator"] * wrong, path.name
        found[path.name] = len(rows)
    assert len(found) == 22
    assert sum(found.values()) == 55


MAJOR = {"se_count", "ge_count", "iea_count", "control_number", "cut_off", "order", "junk"}
MAJOR |= {"hl_parent", "hl_order", "missing_segment", "separator", "version", "transaction"}


def test_every_other_sample_is_refused_and_kept(shared: Path, read) -> None:
    seen = {}
    for path in (path for path in every(shared) if "837_005010" not in path.parent.name):
        segments = split(path)
        rows = 1
        if path.suffix == ".837":
            rows = sum(one[0] == "LX" for one in segments)
        taken = read(path.read_bytes())
        assert taken.count == (rows, 0, rows), path.name
        kind, version = path.parent.name.split("_")
        code = "version" if kind == "837" else "transaction"
        told = [fault for fault in taken.faults if fault[0] in ("version", "transaction")]
        assert len(told) == 1
        assert told[0][:4] == (code, 3, "ST03", f"{kind} {version}")
        seen[path.parent.name] = told[0][4].rpartition("; it is ")[2]
        assert {reason for _, reason, _ in taken.kept()} == {f"encounters.x12.{code}"}
    assert seen == {
        "270_005010X279A1": "eligibility inquiry",
        "271_005010X279A1": "eligibility response",
        "276_005010X212": "claim status inquiry",
        "277_005010X212": "claim status response",
        "834_005010X220A1": "enrolment",
        "835_005010X221A1": "remittance",
        "837_004010X096A1": "837I of 2000",
        "837_004010X098A1": "837P of 2000",
    }
