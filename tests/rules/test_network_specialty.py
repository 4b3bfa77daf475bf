"""The taxonomy map: broad, right, and one provider under what CMS allows."""

import csv
import gzip

import ibis
import polars as pl
import pytest
import yaml

from rules.specialty import (
    _FILE,
    _matches,
    bh_specialties,
    bh_trades,
    list_specialties,
    sources,
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
        ("261QM0801X", "", ("outpatient_behavioral_health", "bh_clinic")),
        ("261QM0850X", "", ("outpatient_behavioral_health", "bh_clinic")),
        ("261QM0855X", "", ("outpatient_behavioral_health", "bh_clinic")),
        ("261QR0405X", "", ("outpatient_behavioral_health", "bh_clinic")),
        ("261QR0405X", "OTP",
         ("outpatient_behavioral_health", "opioid_treatment", "bh_clinic")),
        ("261QM2800X", "", ("outpatient_behavioral_health", "opioid_treatment")),
        ("", "IOP", ("outpatient_behavioral_health", "intensive_outpatient")),
        ("283Q00000X", "crisis", ("inpatient_psychiatric", "crisis")),
        ("", "Mobile Crisis", ("crisis", "mobile_crisis")),
        ("", "crisis stabilization;crisis residential",
         ("crisis", "crisis_stabilization", "crisis_residential")),
        ("", "access center", ("crisis", "crisis_center")),
        ("", "clubhouse", ("psychosocial_rehabilitation", "clubhouse")),
        ("", "PSR", ("psychosocial_rehabilitation",)),
        ("", "ACT", ("assertive_community_treatment",)),
        ("", "PHP", ("partial_hospitalization",)),
        ("", "SAIOP", ("intensive_outpatient",)),
        ("", "ambulatory withdrawal", ("ambulatory_withdrawal",)),
        ("", "ambulatory withdrawal with monitoring", ("ambulatory_withdrawal_monitored",)),
        ("", "integrated clinic", ("bh_clinic",)),
        ("175T00000X", "", ("peer_support",)),
        ("3336C0003X", "", ("pharmacy",)),
        ("3336M0002X", "", ()),  # mail order
        ("183500000X", "", ()),  # a pharmacist is no pharmacy
        ("1223G0001X", "", ("dentist",)),
        ("1223P0221X", "", ("dentist", "pediatric_dentist")),
        ("1223X0400X", "", ()),  # orthodontist
        ("314000000X", "", ("skilled_nursing", "nursing_facility")),
        ("313M00000X", "", ("nursing_facility",)),
        ("273R00000X", "", ("inpatient_psychiatric",)),
        ("324500000X", "", ("bh_residential",)),
        ("320900000X", "", ()),  # residential, for developmental disabilities
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
        ("2080P0202X", "", ("pediatric_cardiology",)),
        ("2080P0203X", "", ()),  # pediatric critical care
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
    assert trades(taxonomy, program) == slugs


def trades(taxonomy, program):
    held = specialties_of(taxonomy, program)
    return tuple(slug for slug in held if not specialties()[slug].includes)


MH, SUD, EITHER = "outpatient_mental_health", "outpatient_substance_use", "outpatient_mh_sud"


@pytest.mark.parametrize(
    ("taxonomy", "program", "slugs"),
    [
        ("2084P0800X", "", ("psychiatry_with_pmhnp", MH, EITHER)),
        ("2084P0802X", "", ("psychiatry_with_pmhnp", MH, SUD, EITHER)),  # addiction psychiatry
        ("363LP0808X", "", ("psychiatry_with_pmhnp", MH, EITHER)),
        ("364SP0809X", "", (MH, EITHER)),
        ("103TC0700X", "", (MH, EITHER)),
        ("103TA0400X", "", (MH, SUD, EITHER)),
        ("101YA0400X", "", (SUD, EITHER)),
        ("2084A0401X", "", (SUD, EITHER)),
        ("261QM0801X", "", (MH, EITHER)),
        ("251S00000X", "", (MH, SUD, EITHER)),
        ("261QM2800X", "", (SUD, EITHER)),
        ("", "SAIOP", (SUD, EITHER)),
        ("", "sacot", (SUD, EITHER)),
        ("", "psychiatry", ("psychiatry_with_pmhnp", MH, EITHER)),  # by its slug
        ("283Q00000X", "", ()),
        ("324500000X", "", ()),  # residential is not outpatient
        ("207Q00000X", "", ()),
        ("", "mobile crisis", ()),
    ],
)
def test_which_broad_specialties_a_row_counts_for(taxonomy, program, slugs):
    held = specialties_of(taxonomy, program)
    assert tuple(slug for slug in held if specialties()[slug].includes) == slugs


def test_the_value_set_is_whole():
    held = specialties().values()
    codes = [specialty.hsd_code for specialty in held if specialty.hsd_code]
    assert (len(codes), len(set(codes)), len(held)) == (43, 43, 73)
    assert {specialty.kind for specialty in held} == {"provider", "facility"}
    assert version() == "2026-11"
    broad = {specialty.slug for specialty in held if specialty.includes}
    assert broad == {"psychiatry_with_pmhnp", MH, SUD, EITHER}
    assert bh_specialties() - bh_trades() == broad
    assert len(bh_trades()) == 26
    for specialty in held:
        assert specialty.taxonomies or specialty.programs or specialty.includes, specialty.slug
        for taxonomy in specialty.taxonomies:
            assert len(taxonomy) == 10 or (len(taxonomy) in (5, 8) and taxonomy.endswith("*"))


@pytest.mark.shared
def test_codes_are_those_of_cms(shared):
    with (shared / "data" / "cms_hsd_2026" / "base_time_distance_2026.csv").open() as opened:
        theirs = {(row["code"], row["kind"]) for row in csv.DictReader(opened)}
    assert {(s.hsd_code, s.kind) for s in specialties().values() if s.hsd_code} == theirs


# The network specialty that each of Medicare's names, where there is one.
MEDICARE = {
    "01": "primary_care", "02": "general_surgery", "03": "allergy_immunology",
    "04": "otolaryngology", "06": "cardiology", "07": "dermatology", "08": "primary_care",
    "10": "gastroenterology", "11": "primary_care", "13": "neurology", "14": "neurosurgery",
    "15": "speech_therapy", "16": "obgyn", "18": "ophthalmology", "20": "orthopedic_surgery",
    "21": "cardiology", "24": "plastic_surgery", "25": "physiatry", "26": "psychiatry",
    "29": "pulmonology", "33": "cardiothoracic_surgery", "34": "urology", "35": "chiropractic",
    "37": "primary_care", "38": "primary_care", "39": "nephrology", "44": "infectious_diseases",
    "45": "mammography", "46": "endocrinology", "48": "podiatry", "49": "surgical_services",
    "62": "clinical_psychology", "65": "physical_therapy", "66": "rheumatology",
    "67": "occupational_therapy", "68": "clinical_psychology", "76": "vascular_surgery",
    "77": "vascular_surgery", "78": "cardiothoracic_surgery", "80": "clinical_social_work",
    "83": "oncology_medical_surgical", "90": "oncology_medical_surgical",
    "91": "oncology_medical_surgical", "92": "oncology_radiation",
    "98": "oncology_medical_surgical", "A1": "skilled_nursing", "A3": "nursing_facility",
    "A5": "pharmacy", "C3": "cardiology", "C5": "dentist", "D5": "opioid_treatment",
    "D7": "dermatology", "D8": "cardiology",
    "E1": "outpatient_behavioral_health", "E2": "outpatient_behavioral_health",
}  # fmt: skip


@pytest.mark.shared
def test_cmss_crosswalk_agrees_or_the_map_says_why_not(shared):
    """Each taxonomy that CMS gives a specialty for maps to it, or is listed with a reason."""
    path = shared / "data" / "codes" / "cms_taxonomy_crosswalk_2025-11.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8-sig") as opened:
        _, *rows = csv.reader(opened)
    theirs = {
        (code.partition("[")[0], taxonomy.strip()) for code, _, taxonomy, *_ in rows if taxonomy
    }
    spoken = {(code, taxonomy) for code, taxonomy in theirs if code in MEDICARE}
    assert len(spoken) > 200
    apart = {
        (code, taxonomy)
        for code, taxonomy in spoken
        if MEDICARE[code] not in specialties_of(taxonomy, "")
    }
    differs = yaml.safe_load(_FILE.read_text(encoding="utf-8"))["differs"]
    reasons = {
        (code, taxonomy)
        for code, taxonomy in spoken
        for row in differs
        if code in row["medicare"]
        and _matches(taxonomy, row["taxonomies"])
        and not _matches(taxonomy, row.get("except", ()))
    }
    assert sorted(apart - reasons) == []
    assert sorted(reasons - apart) == []
    for row in differs:
        assert row["why"]
        assert {MEDICARE[code] for code in row["medicare"]} == {row["specialty"]}


def test_every_specialty_says_what_it_rests_on():
    assert {name: source.dated for name, source in sources().items()} == {
        "hsd": "2025-12-17",
        "crosswalk": "2025-11",
        "nucc": "2021-01",
        "tmsis": "2026-01",
        "carvein": "2026-11-22",
    }
    for specialty in specialties().values():
        assert set(specialty.sources) <= set(sources())
        assert specialty.sources
        assert ("hsd" in specialty.sources) == bool(specialty.hsd_code)
        assert specialty.unverified or "carvein" not in specialty.sources
        assert set(specialty.includes) <= set(specialties())


@pytest.mark.shared
def test_t_msis_knows_every_taxonomy_of_the_map(shared):
    path = shared / "data" / "codes" / "tmsis_provider_classification.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8-sig") as opened:
        rows = [row for row in csv.DictReader(opened) if row["Source List"] == "Taxonomy Code List"]
    names = {row["PROV-CLASSIFICATION-CODE"] for row in rows}
    lacking = {
        taxonomy
        for specialty in specialties().values()
        for taxonomy in specialty.taxonomies
        if not any(code.startswith(taxonomy.rstrip("*")) for code in names)
    }
    assert lacking == set()


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


def in_trades(listed):
    broad = [slug for slug, one in specialties().items() if one.includes]
    return listed.filter(~pl.col("specialty").is_in(broad)).select("npi", "name", "specialty")


def test_a_psychiatrist_is_not_also_outpatient_behavioral_health():
    listed = list_specialties(ROWS)
    assert listed.columns == ["npi", "taxonomy", "program", "name", "specialty"]
    assert in_trades(listed).rows() == LISTED


def test_the_engine_lists_the_same():
    table = ibis.duckdb.connect().create_table("providers", ROWS.to_arrow())
    listed = with_specialty(table).to_polars()
    assert listed.columns == ["npi", "taxonomy", "program", "name", "specialty"]
    assert sorted(in_trades(listed).rows(), key=str) == sorted(LISTED, key=str)
    told = list_specialties(ROWS).select("npi", "name", "specialty").rows()
    assert sorted(listed.select("npi", "name", "specialty").rows(), key=str) == sorted(
        told, key=str
    )


def test_who_is_ruled_out_of_one_specialty_still_counts_for_the_broad_one():
    listed = list_specialties(ROWS.head(2))
    assert listed.filter(specialty=EITHER)["name"].to_list() == [
        "a psychiatrist",
        "and in addiction medicine",
    ]
    assert "outpatient_behavioral_health" not in set(listed["specialty"])


def test_no_rows():
    assert list_specialties(ROWS.clear()).rows() == []
    table = ibis.duckdb.connect().create_table("providers", ROWS.clear().to_arrow())
    assert with_specialty(table).to_polars().rows() == []


def test_several_named_specialties():
    rows = ROWS.head(1).with_columns(specialty=pl.lit(" Crisis;opioid_treatment;nonsense"))
    assert list_specialties(rows)["specialty"].to_list() == [
        *("opioid_treatment", "crisis"),
        *(SUD, EITHER),
    ]
