"""The taxonomy map: broad, right, and one provider under what CMS allows."""

import csv
import gzip

import ibis
import polars as pl
import pytest

from rules.specialty import (
    bh_specialties,
    list_specialties,
    specialties,
    specialties_of,
    version,
    with_specialty,
)


@pytest.mark.parametrize(
    ("taxonomy", "program", "slugs"),
    [
        ("2084P0800X", None, ("psychiatry",)),
        ("2084P0804X", "", ("psychiatry",)),
        ("2084P0802X", "", ("psychiatry",)),  # addiction psychiatry
        ("2084A0401X", "", ("outpatient_behavioral_health",)),  # addiction medicine
        ("2084N0400X", "", ("neurology",)),
        ("2084B0002X", "", ()),  # obesity medicine, whatever a public list calls it
        ("103T00000X", "", ("clinical_psychology",)),
        ("103TC0700X", "", ("clinical_psychology",)),
        ("103TC2200X", "", ("clinical_psychology",)),
        ("103K00000X", "", ()),  # behavior analysts are on no list of CMS's
        ("1041C0700X", "", ("clinical_social_work",)),
        ("104100000X", "", ()),
        ("101YM0800X", "", ("outpatient_behavioral_health",)),
        ("101YA0400X", "", ("outpatient_behavioral_health",)),
        ("101YS0200X", "", ()),  # school counselor
        ("106H00000X", "", ("outpatient_behavioral_health",)),
        ("363LP0808X", "", ("outpatient_behavioral_health",)),
        ("261QM0801X", "", ("outpatient_behavioral_health",)),
        ("261QM0850X", "", ("outpatient_behavioral_health",)),
        ("261QM0855X", "", ("outpatient_behavioral_health",)),
        ("261QR0405X", "", ("outpatient_behavioral_health",)),
        ("261QR0405X", "OTP", ("outpatient_behavioral_health", "opioid_treatment")),
        ("261QM2800X", "", ("outpatient_behavioral_health", "opioid_treatment")),
        ("", "IOP", ("outpatient_behavioral_health", "intensive_outpatient")),
        ("283Q00000X", "crisis", ("inpatient_psychiatric", "crisis")),
        ("273R00000X", "", ("inpatient_psychiatric",)),
        ("324500000X", "", ()),  # residential
        ("282N00000X", "", ("acute_hospital",)),
        ("282NC0060X", "", ("acute_hospital",)),
        ("282NC2000X", "", ()),  # children's
        ("282E00000X", "", ()),  # long-term care
        ("283X00000X", "", ()),  # rehabilitation
        ("282N00000X", " icu ; Cardiac Surgery",
         ("acute_hospital", "cardiac_surgery_program", "critical_care")),
        ("207Q00000X", "", ("primary_care",)),
        ("207R00000X", "", ("primary_care",)),
        ("208D00000X", "", ("primary_care",)),
        ("208000000X", "", ("primary_care",)),
        ("2080P0202X", "", ()),  # pediatric cardiology
        ("363LF0000X", "", ("primary_care",)),
        ("261QF0400X", "", ("primary_care",)),
        ("207RC0000X", "", ("cardiology",)),
        ("207XX0005X", "", ("orthopedic_surgery",)),
        ("2086S0129X", "", ("vascular_surgery",)),
        ("225100000X", "", ("physical_therapy",)),
        ("261QR0401X", "", ("physical_therapy", "occupational_therapy", "speech_therapy")),
        (" 2084p0800x ", "", ("psychiatry",)),
        ("", "", ()),
        (None, None, ()),
        ("2084", "", ()),
    ],
)  # fmt: skip
def test_what_a_row_counts_for(taxonomy, program, slugs):
    assert specialties_of(taxonomy, program) == slugs


def test_the_value_set_is_whole():
    held = specialties().values()
    codes = [specialty.hsd_code for specialty in held if specialty.hsd_code]
    assert (len(codes), len(set(codes)), len(held)) == (43, 43, 46)
    assert {specialty.kind for specialty in held} == {"provider", "facility"}
    assert bh_specialties() == {
        "psychiatry",
        "clinical_psychology",
        "clinical_social_work",
        "outpatient_behavioral_health",
        "inpatient_psychiatric",
        "opioid_treatment",
        "intensive_outpatient",
        "crisis",
    }
    assert version() == "2025-11"
    for specialty in held:
        assert specialty.taxonomies or specialty.programs, specialty.slug
        for taxonomy in specialty.taxonomies:
            assert len(taxonomy) == 10 or (len(taxonomy) == 5 and taxonomy.endswith("*"))


@pytest.mark.shared
def test_codes_are_those_of_cms(shared):
    with (shared / "data" / "cms_hsd_2026" / "base_time_distance_2026.csv").open() as opened:
        theirs = {(row["code"], row["kind"]) for row in csv.DictReader(opened)}
    assert {(s.hsd_code, s.kind) for s in specialties().values() if s.hsd_code} == theirs


@pytest.mark.shared
def test_taxonomies_of_medicares_specialties_are_mapped(shared):
    """Every taxonomy that CMS gives a specialty for maps to the HSD specialty of that name."""
    same = {
        "03": "allergy_immunology", "04": "otolaryngology", "06": "cardiology",
        "07": "dermatology", "10": "gastroenterology", "15": "speech_therapy",
        "18": "ophthalmology", "20": "orthopedic_surgery", "21": "cardiology",
        "24": "plastic_surgery", "29": "pulmonology", "33": "cardiothoracic_surgery",
        "34": "urology", "35": "chiropractic", "39": "nephrology", "44": "infectious_diseases",
        "45": "mammography", "46": "endocrinology", "48": "podiatry", "49": "surgical_services",
        "65": "physical_therapy", "66": "rheumatology", "67": "occupational_therapy",
        "68": "clinical_psychology", "77": "vascular_surgery", "80": "clinical_social_work",
        "83": "oncology_medical_surgical", "90": "oncology_medical_surgical",
        "91": "oncology_medical_surgical", "92": "oncology_radiation", "C3": "cardiology",
        "E1": "outpatient_behavioral_health", "E2": "outpatient_behavioral_health",
    }  # fmt: skip
    path = shared / "data" / "codes" / "cms_taxonomy_crosswalk_2025-11.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8-sig") as opened:
        _, *rows = csv.reader(opened)
    missed = [
        (code, taxonomy.strip())
        for code, _, taxonomy, *_ in rows
        if code in same and same[code] not in specialties_of(taxonomy, "")
    ]
    assert missed == []


ROWS = pl.DataFrame(
    [
        ("1", "2084P0800X", None, "a psychiatrist"),
        ("1", "2084A0401X", "", "and in addiction medicine"),
        ("2", "2084A0401X", None, "in addiction medicine alone"),
        ("3", "261QM2800X", None, "a methadone clinic"),
        ("4", "183500000X", None, "a pharmacist"),
        ("5", None, "IOP", "a program"),
        ("6", "1041C0700X", "IOP; crisis", "a social worker in programs"),
        (None, "2084A0401X", None, "nobody"),
        (None, "2084P0800X", None, "nobody else"),
    ],
    schema=["npi", "taxonomy", "program", "name"],
    orient="row",
)
LISTED = [
    ("1", "a psychiatrist", "psychiatry"),
    ("2", "in addiction medicine alone", "outpatient_behavioral_health"),
    ("3", "a methadone clinic", "outpatient_behavioral_health"),
    ("3", "a methadone clinic", "opioid_treatment"),
    ("5", "a program", "outpatient_behavioral_health"),
    ("5", "a program", "intensive_outpatient"),
    ("6", "a social worker in programs", "clinical_social_work"),
    ("6", "a social worker in programs", "intensive_outpatient"),
    ("6", "a social worker in programs", "crisis"),
    (None, "nobody", "outpatient_behavioral_health"),
    (None, "nobody else", "psychiatry"),
]


def test_a_psychiatrist_is_not_also_outpatient_behavioral_health():
    listed = list_specialties(ROWS)
    assert listed.columns == ["npi", "taxonomy", "program", "name", "specialty"]
    assert listed.select("npi", "name", "specialty").rows() == LISTED


def test_the_engine_lists_the_same():
    table = ibis.duckdb.connect().create_table("providers", ROWS.to_arrow())
    listed = with_specialty(table).to_polars()
    assert listed.columns == ["npi", "taxonomy", "program", "name", "specialty"]
    found = listed.select("npi", "name", "specialty").rows()
    assert sorted(found, key=str) == sorted(LISTED, key=str)


def test_no_rows():
    assert list_specialties(ROWS.clear()).rows() == []
    table = ibis.duckdb.connect().create_table("providers", ROWS.clear().to_arrow())
    assert with_specialty(table).to_polars().rows() == []


def test_several_named_specialties():
    rows = ROWS.head(1).with_columns(specialty=pl.lit(" Crisis;opioid_treatment;nonsense"))
    assert list_specialties(rows)["specialty"].to_list() == ["crisis", "opioid_treatment"]
