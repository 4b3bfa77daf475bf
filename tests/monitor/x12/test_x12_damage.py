"""Planted damage, one kind at a time: where it is, what was found and wanted, what is kept."""

from __future__ import annotations

import io

import pytest
from pyx12.x12file import X12Reader

from rules.tables.x12 import READ

BOTH, NONE = (2, 2, 0), (2, 0, 2)
SE = "segments from ST to SE"
LINE_2 = "LX*2~\n"

# What is changed in a sound file of 33 segments: its claim is segment 14, its lines 20 and 26.
DAMAGE = {
    "too many segments said": (
        ("SE*29*", "SE*30*"),
        [("se_count", 31, "SE01", "30", f"29, the {SE}")],
        BOTH,
    ),
    "a count that is none": (
        ("SE*29*", "SE**"),
        [("se_count", 31, "SE01", "no SE01", f"29, the {SE}")],
        BOTH,
    ),
    "a segment lost": (
        ("PRV*PE*PXC*2084P0800X~\n", ""),
        [("se_count", 30, "SE01", "29", f"28, the {SE}")],
        BOTH,
    ),
    "more sets said": (
        ("GE*1*1~", "GE*2*1~"),
        [("ge_count", 32, "GE01", "2", "1, the sets in the group")],
        BOTH,
    ),
    "groups that are no number": (
        ("IEA*1*", "IEA*x*"),
        [("iea_count", 33, "IEA01", "x", "1, the groups in it")],
        BOTH,
    ),
    "another set's number": (
        ("SE*29*0001", "SE*29*0002"),
        [("control_number", 31, "SE02", "0002", "0001, as in ST02")],
        BOTH,
    ),
    "another group's number": (
        ("GE*1*1~", "GE*1*2~"),
        [("control_number", 32, "GE02", "2", "1, as in GS06")],
        BOTH,
    ),
    "another interchange's number": (
        ("IEA*1*000000001", "IEA*1*000000009"),
        [("control_number", 33, "IEA02", "000000009", "000000001, as in ISA13")],
        BOTH,
    ),
    "no SE": (
        ("SE*29*0001~\n", ""),
        [("cut_off", 31, "SE", "no SE", "SE for the ST in segment 3")],
        NONE,
    ),
    "no GE": (
        ("GE*1*1~\n", ""),
        [("cut_off", 32, "GE", "no GE", "GE for the GS in segment 2")],
        BOTH,
    ),
    "no IEA": (
        ("IEA*1*000000001~\n", ""),
        [("cut_off", 32, "IEA", "no IEA", "IEA for the ISA in segment 1")],
        BOTH,
    ),
    "no terminator at the end": (
        ("IEA*1*000000001~\n", "IEA*1*000000001\n"),
        [("cut_off", 33, "IEA", "IEA", "a terminator at the end of the segment")],
        BOTH,
    ),
    "no GS": (
        ("GS*HC*ANCHOR*STATE*20260420*1200*1*X*005010X222A1~\n", ""),
        [
            ("order", 2, "ST", "no GS", "a GS before it"),
            ("order", 31, "GE", "no GS", "a GS before it"),
            ("iea_count", 32, "IEA01", "1", "0, the groups in it"),
        ],
        BOTH,
    ),
    "no ST": (
        ("ST*837*0001*005010X222A1~\nBHT*0019*00*1*20260420*1200*RP~\n", ""),
        [
            ("order", 3, "NM1", "no ST", "segments of a claim within ST and SE"),
            ("order", 29, "SE", "no ST", "an ST before it"),
            ("ge_count", 30, "GE01", "1", "0, the sets in the group"),
        ],
        NONE,
    ),
    "an empty segment": (
        (LINE_2, "~LX*2~\n"),
        [
            ("segment_empty", 26, "", "", "a segment between two terminators"),
            ("se_count", 32, "SE01", "29", f"30, the {SE}"),
        ],
        BOTH,
    ),
    "a segment that is unknown": (
        (LINE_2, "LY*2~\n"),
        [("segment_unknown", 26, "", "LY*2", "a segment of the 837")],
        (1, 0, 1),
    ),
    "a segment that is junk": (
        ("NM1*82*1*ROE", "#!;NM1*82*1*ROE"),
        [
            (
                *("junk", 16, "", "#!;NM1*82*1*ROE*RICHARD****XX*1234567893"),
                "segments alone, from ISA to IEA",
            )
        ],
        NONE,
    ),
    "a parent that is not there": (
        ("HL*2*1*22*0", "HL*2*7*22*0"),
        [("hl_parent", 8 + 2, "HL02", "7", "1, the billing provider's HL")],
        NONE,
    ),
    "no parent": (
        ("HL*2*1*22*0", "HL*2**22*0"),
        [("hl_parent", 10, "HL02", "no HL02", "1, the billing provider's HL")],
        NONE,
    ),
    "a level that is none": (
        ("HL*2*1*22*0", "HL*2*1*21*0"),
        [("hl_parent", 10, "HL03", "21", "20, 22 or 23")],
        NONE,
    ),
    "a number out of order": (
        ("HL*2*1*22*0", "HL*3*1*22*0"),
        [("hl_order", 10, "HL01", "3", "2")],
        BOTH,
    ),
    "a child that does not follow": (
        ("HL*2*1*22*0", "HL*2*1*22*1"),
        [("hl_child", 10, "HL04", "1", "0, no HL below it follows")],
        BOTH,
    ),
    "a child that was not announced": (
        ("HL*1**20*1", "HL*1**20*0"),
        [("hl_child", 7, "HL04", "0", "1, an HL below it follows")],
        BOTH,
    ),
    "a child code that is none": (
        ("HL*2*1*22*0", "HL*2*1*22"),
        [("hl_child", 10, "HL04", "no HL04", "0 or 1")],
        BOTH,
    ),
    "no CLM": (
        ("CLM*C1*125.00***11:B:1*Y*A*Y*Y~\n", ""),
        [
            ("order", 19, "LX", "no CLM", "a CLM before it"),
            ("order", 25, "LX", "no CLM", "a CLM before it"),
            ("se_count", 30, "SE01", "29", f"28, the {SE}"),
        ],
        NONE,
    ),
    "no subscriber's name": (
        ("NM1*IL*1*DOE*JANE****MI*M000001~\n", "N3*1 MAIN ST~\n"),
        [("missing_segment", 14, "NM1", "no NM1*IL", "a subscriber above the claim")],
        NONE,
    ),
    "no service": (
        ("SV1*HC:90832*25.00*UN*1***2~\n", "K3*X~\n"),
        [("missing_segment", 26, "SV1", "no SV1", "a service in the line")],
        NONE,
    ),
    "the other guide's service": (
        ("SV1*HC:90832*25.00*UN*1***2~\n", "SV2*0914*HC:90832*25.00*UN*1~\n"),
        [("missing_segment", 26, "SV1", "no SV1", "a service in the line")],
        NONE,
    ),
    "no diagnosis": (
        ("HI*ABK:F3341*ABF:I10~\n", "K3*X~\n"),
        [("missing_detail", 14, "HI", "no HI", "a diagnosis")],
        BOTH,
    ),
    "no billing provider": (
        ("NM1*85*2*CLINIC*****XX*1245319599~\n", "N3*1 MAIN ST~\n"),
        [("missing_detail", 14, "NM1", "no NM1*85", "a billing provider")],
        BOTH,
    ),
    "a line number out of order": (
        ("LX*2~", "LX*4~"),
        [("lx_order", 26, "LX01", "4", "2")],
        BOTH,
    ),
    "a second line 1": (
        ("LX*2~", "LX*1~"),
        [("order", 26, "LX01", "1", "a CLM before it, or 2")],
        NONE,
    ),
    "another separator": (
        ("11:B:1", "11>B>1"),
        [("separator", 14, "CLM05", ">", ": (ISA16)")],
        BOTH,
    ),
    "a claim's charge": (
        ("CLM*C1*125.00", "CLM*C1*124.00"),
        [("charge_sum", 14, "CLM02", "124.00", "125.00")],
        BOTH,
    ),
    "a NUL": (
        ("ROE*RICHARD", "ROE*RI\0HARD"),
        [
            (
                *("nul", 16, "", "NM1*82*1*ROE*RI␀HARD****XX*1234567893"),
                "no NUL character",
            )
        ],
        NONE,
    ),
    "a NUL in the member's identifier": (
        ("MI*M000001", "MI*M\0A"),
        [("nul", 12, "", "NM1*IL*1*DOE*JANE****MI*M␀A", "no NUL character")],
        NONE,
    ),
    "a test": (
        ("*0*P*:", "*0*T*:"),
        [("test", 1, "ISA15", "T", "P, production")],
        BOTH,
    ),
    "a claim for payment": (
        ("*1200*RP", "*1200*CH"),
        [("not_reporting", 4, "BHT06", "CH", "RP, reporting")],
        BOTH,
    ),
    "no addendum": (
        ("ST*837*0001*005010X222A1", "ST*837*0001*005010X222"),
        [
            ("version_plain", 3, "ST03", "005010X222", READ),
            ("version_differs", 3, "ST03", "005010X222", "005010X222A1, as in GS08"),
        ],
        BOTH,
    ),
    "an addendum that is none": (
        ("ST*837*0001*005010X222A1", "ST*837*0001*005010X222A9"),
        [
            (
                *("version", 3, "ST03", "837 005010X222A9"),
                f"{READ}; it is an 837 of a version that is not known",
            ),
            ("version_differs", 3, "ST03", "005010X222A9", "005010X222A1, as in GS08"),
        ],
        NONE,
    ),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_told_where_it_is(read, made, kind: str) -> None:
    (old, new), faults, count = DAMAGE[kind]
    assert made.good.count(old) >= 1
    at = made.good.rindex(old)
    taken = read(made.good[:at] + new + made.good[at + len(old) :])
    assert taken.count == count
    assert sorted(taken.faults) == sorted(faults)


def test_a_sound_file_has_nothing_against_it(read, made) -> None:
    taken = read(made.good)
    assert taken.codes == {}
    assert taken.rows("_line", "line_number", "paid_amount") == [(20, 1, 70.0), (26, 2, 25.0)]


@pytest.mark.parametrize("kind", [kind for kind in DAMAGE if "said" in kind or "number" in kind])
def test_pyx12_sees_what_is_wrong_with_counts_and_numbers(made, kind: str) -> None:
    (old, new), faults, _ = DAMAGE[kind]
    reader = X12Reader(io.StringIO(made.good.replace(old, new)))
    reader.check_837_lx = True
    for _ in reader:
        pass
    told = [code for _, code, *_ in reader.pop_errors()]
    told += reader.err_list
    assert bool(told) == bool(faults), told


def test_a_claim_that_cannot_be_used_is_kept_segment_by_segment(read, made) -> None:
    taken = read(made.good.replace("NM1*IL*1*DOE*JANE****MI*M000001", "N3*1 MAIN ST"))
    first, second = made.claim[:12], made.claim[12:]
    code = "encounters.x12.missing_segment"
    assert taken.kept() == [(20, code, "~".join(first)), (26, code, "~".join(second))]


def test_a_claim_without_a_line_counts_as_a_row(read, made) -> None:
    taken = read(made.file_of([*made.claim[:6], *[one.replace("C1", "C2") for one in made.claim]]))
    assert taken.count == (3, 2, 1)
    assert taken.faults == [("missing_segment", 14, "LX", "no LX", "a service line")]
    assert taken.kept() == [(14, "encounters.x12.missing_segment", "~".join(made.claim[:6]))]
    assert taken.rows("_line", "encounter_id") == [(26, "C2"), (32, "C2")]


def test_a_day_that_is_missing_or_none(read, made) -> None:
    lost = [one for n, one in enumerate(made.claim) if n != 14]
    taken = read(made.file_of(lost))
    assert taken.faults == [("missing_segment", 26, "DTP", "no DTP*472", "a day of service")]
    assert taken.count == NONE
    odd = [one.replace("20260110", "20260132") for one in made.claim]
    taken = read(made.file_of(odd))
    assert taken.count == NONE
    assert taken.codes == {
        "encounters.service_from.date": 2,
        "encounters.service_to.date": 2,
    }


def test_a_claim_that_is_cut_off_is_kept_and_those_before_it_are_read(read, made) -> None:
    two = [*made.claim, *[one.replace("C1", "C2") for one in made.claim]]
    whole = made.file_of(two)
    cut = whole[: whole.rindex("DTP*573") + 5]
    taken = read(cut)
    assert taken.count == (4, 2, 2)
    assert taken.rows("_line", "encounter_id") == [(20, "C1"), (26, "C1")]
    assert taken.faults == [
        ("cut_off", 47, "", "DTP*5", "a terminator at the end of the segment"),
        ("cut_off", 47, "SE", "no SE", "SE for the ST in segment 3"),
        ("cut_off", 47, "GE", "no GE", "GE for the GS in segment 2"),
        ("cut_off", 47, "IEA", "no IEA", "IEA for the ISA in segment 1"),
    ]
    assert taken.kept()[1][2].endswith("SVD*ANCHOR*25.00*HC:90832**1~DTP*5")
