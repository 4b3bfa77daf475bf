"""Who and what of the loops: patients, levels, providers, stays, versions of a claim."""

from __future__ import annotations

import datetime

STAY = [
    "CLM*H1*900.00***11:A:1**A*Y*Y",
    "DTP*434*RD8*20260105-20260109",
    "DTP*435*DT*202601050800",
    "DTP*096*TM*1130",
    "CL1*1*7*01",
    "HI*ABK:F332",
    "HI*ABF:I10*ABF:E119",
    "HI*DR:885",
    "NM1*71*1*ROE*ANN****XX*1234567893",
    "PRV*AT*PXC*2084P0800X",
    "NM1*72*1*DOE*BO****XX*1245319599",
    "LX*1",
    "SV2*0124**800.00*DA*4",
    "LX*2",
    "SV2*0250*HC:J1200*100.00*UN*2",
    "DTP*472*D8*20260106",
    "LIN**N4*00004196501",
]
INSTITUTIONAL = "005010X223A2"


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def test_a_stay(read, made) -> None:
    taken = read(made.file_of(STAY, version=INSTITUTIONAL))
    assert taken.rows("claim_type", "service_from", "service_to", "revenue_code", "ndc") == [
        ("I", day("2026-01-05"), day("2026-01-09"), "0124", None),
        ("I", day("2026-01-06"), day("2026-01-06"), "0250", "00004196501"),
    ]
    columns = ("admit_date", "discharge_date", "admission_type", "patient_status", "drg")
    expected = (day("2026-01-05"), day("2026-01-09"), "1", "01", "885")
    assert taken.rows(*columns) == [expected] * 2
    columns = ("bill_type", "frequency", "attending_npi", "operating_npi", "rendering_npi")
    assert taken.rows(*columns) == [("111", "1", "1234567893", "1245319599", None)] * 2
    assert taken.rows("diagnosis_codes", "place_of_service") == [("F332;I10;E119", None)] * 2
    assert taken.rows("units", "unit_basis") == [(4.0, "DA"), (2.0, "UN")]
    assert taken.faults == []


def test_interim_bills_are_originals_and_replacements_are_not(read, made) -> None:
    for sent, frequency in (
        ("2", "1"),
        ("4", "1"),
        ("9", "1"),
        ("7", "7"),
        ("8", "8"),
        ("6", None),
    ):
        claim = [STAY[0].replace("11:A:1", f"11:A:{sent}"), "REF*F8*H0", *STAY[1:]]
        taken = read(made.file_of(claim, version=INSTITUTIONAL))
        rows = taken.rows("frequency", "bill_type", "original_encounter_id")
        assert rows == [(frequency, f"11{sent}", "H0")] * 2


def test_a_patient_is_the_member_when_it_has_its_own_identifier(read, made) -> None:
    head = [one.replace("22*0", "22*1") for one in made.head]
    patient = ["HL*3*2*23*0", "PAT*19", "NM1*QC*1*DOE*JOE"]
    second = ["HL*4*2*23*0", "PAT*19", "NM1*QC*1*DOE*SUE****MI*M000009"]
    claims = [*patient, *made.claim, *second, *[one.replace("C1", "C2") for one in made.claim]]
    third = ["HL*5*1*22*0", "NM1*IL*1*DOE*AL****MI*M000010"]
    claims += [*third, *[one.replace("C1", "C3") for one in made.claim]]
    taken = read(made.file_of(claims, head))
    ids = [("C1", "M000001"), ("C2", "M000009"), ("C3", "M000010")]
    assert taken.rows("encounter_id", "member_id") == [one for one in ids for _ in range(2)]
    wanted = "the patient's own identifier: the subscriber's is taken"
    assert taken.faults == [("patient", 17, "NM109", "no NM109", wanted)]


def test_a_second_billing_provider_leaves_nothing_of_the_first(read, made) -> None:
    again = [
        *("HL*3**20*1", "NM1*85*2*OTHER*****XX*1234567893", "HL*4*3*22*0", "SBR*P*18*******MC"),
        *("NM1*IL*1*ROE*JO****MI*M000002", "NM1*PR*2*STATE*****PI*TNMED"),
    ]
    bare = [one for one in made.claim if not one.startswith(("NM1*82", "PRV"))]
    taken = read(made.file_of([*bare, *again, *[one.replace("C1", "C2") for one in bare]]))
    columns = (
        "billing_npi",
        "billing_taxonomy",
        "rendering_npi",
        "rendering_taxonomy",
        "member_id",
    )
    first = ("1245319599", "261QM0801X", "1245319599", "261QM0801X", "M000001")
    second = ("1234567893", None, "1234567893", None, "M000002")
    assert taken.rows(*columns) == [first, first, second, second]
    assert taken.faults == []


def test_who_served_is_of_the_line_then_of_the_claim(read, made) -> None:
    claim = [*made.claim[:15], "NM1*82*1*LEE*KIM****XX*1932102084", *made.claim[15:]]
    taken = read(made.file_of(claim))
    assert taken.rows("rendering_npi", "rendering_taxonomy") == [
        ("1234567893", "2084P0800X"),
        ("1932102084", None),
    ]
    # A provider of another payer's (2330) is nobody who served.
    claim = [*made.claim[:6], "NM1*82*1", "REF*G2*X", *made.claim[6:]]
    assert read(made.file_of(claim)).rows("rendering_npi") == [("1234567893",)] * 2


def test_diagnoses_are_the_principal_then_those_pointed_to_then_the_others(read, made) -> None:
    claim = list(made.claim)
    claim[1] = "HI*ABK:A000*ABF:B000*ABF:C000*ABF:D000"
    claim[7] = "SV1*HC:99213:25*100.00*UN*1***4:2"
    claim[13] = "SV1*HC:90832*25.00*UN*1***1.00:9:x"
    rows = read(made.file_of(claim)).rows("diagnosis_codes", "diagnosis_pointers")
    assert rows == [("A000;D000;B000;C000", "4;2"), ("A000;B000;C000;D000", "1.00;9;x")]


def test_claim_numbers_modifiers_and_places(read, made) -> None:
    claim = [made.claim[0].replace("B:1", "B:7"), "REF*F8*C0", "REF*D9*CH9", *made.claim[1:]]
    claim[claim.index(made.claim[7])] = "SV1*HC:99213:25:GT::HE:text*100.00*UN*1*02**1:2"
    taken = read(made.file_of(claim))
    columns = ("frequency", "original_encounter_id", "claim_number_d9", "modifiers")
    assert taken.rows(*columns, "place_of_service") == [
        ("7", "C0", "CH9", "25;GT;HE", "02"),
        ("7", "C0", "CH9", None, "11"),
    ]


def test_icd_9_qualifiers_are_told(read, made) -> None:
    claim = [made.claim[0], "HI*BK:F3341*BF:I10", *made.claim[2:]]
    wanted = "ABK or ABF, for ICD-10-CM"
    assert read(made.file_of(claim)).faults == [("diagnosis_qualifier", 14, "HI01", "BK", wanted)]
