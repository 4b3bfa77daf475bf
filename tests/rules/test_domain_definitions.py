"""One line under each definition of behavioral health, worked by hand, in both readings."""

from __future__ import annotations

import random
from pathlib import Path

import ibis
import polars as pl
import pytest

from rules.domain import (
    BEHAVIORAL,
    KEPT,
    modifier_group,
    procedure_group,
    taxonomy_group,
    with_domain,
)
from rules.domain_definition import DEFINITIONS, STEPS
from rules.domain_told import Teller
from rules.tables import staged_schema
from rules.values import value_set

FAMILY, PSYCHIATRIST, HOSPITAL = "207Q00000X", "2084P0800X", "282N00000X"
CMHC, DENTIST, METHADONE = "261QM0801X", "122300000X", "261QM2800X"

MH, SUD, PH, LTSS, OTHER = "MH", "SUD", "PH", "LTSS", "OTHER"
# fmt: off
# What; the line; then domain and reason by hierarchy, by principal diagnosis, by service or
# provider, by any.
CASES = [
    # the office of primary care: BH by the principal diagnosis or not at all
    ("primary care, depression", {"procedure_code": "99213", "rendering_taxonomy": FAMILY,
      "diagnosis_codes": "F331"},
     (MH, "diagnosis"), (MH, "diagnosis"), (PH, "none"), (MH, "diagnosis")),
    ("primary care, opioids", {"procedure_code": "99213", "rendering_taxonomy": FAMILY,
      "diagnosis_codes": "F1120"},
     (SUD, "diagnosis"), (SUD, "diagnosis"), (PH, "none"), (SUD, "diagnosis")),
    ("primary care, depression second", {"procedure_code": "99213", "rendering_taxonomy": FAMILY,
      "diagnosis_codes": "I10;F331"},
     (PH, "none"), (PH, "none"), (PH, "none"), (PH, "none")),
    ("primary care at a mental health center", {"procedure_code": "99213",
      "rendering_taxonomy": FAMILY, "billing_taxonomy": CMHC, "diagnosis_codes": "I10"},
     (PH, "none"), (PH, "none"), (PH, "none"), (PH, "none")),
    ("primary care at a mental health center, depression", {"procedure_code": "99213",
      "rendering_taxonomy": FAMILY, "billing_taxonomy": CMHC, "diagnosis_codes": "F331"},
     (MH, "diagnosis"), (MH, "diagnosis"), (PH, "none"), (MH, "diagnosis")),
    ("dementia", {"procedure_code": "99213", "diagnosis_codes": "F0390"},
     (PH, "none"), (PH, "none"), (PH, "none"), (PH, "none")),
    ("tobacco", {"procedure_code": "99406", "diagnosis_codes": "F17210"},
     (PH, "none"), (PH, "none"), (PH, "none"), (PH, "none")),
    # collaborative care and integration, billed by primary care
    *((f"collaborative care, {code}", {"procedure_code": code, "rendering_taxonomy": FAMILY,
        "diagnosis_codes": "F331"},
       (MH, "procedure"), (MH, "diagnosis"), (MH, "procedure"), (MH, "procedure"))
      for code in ("99492", "99493", "99494", "99484", "G0512", "G2214", "G0323")),
    ("collaborative care, alcohol", {"procedure_code": "99493", "rendering_taxonomy": FAMILY,
      "diagnosis_codes": "F1020"},
     (SUD, "procedure"), (SUD, "diagnosis"), (SUD, "procedure"), (SUD, "procedure")),
    ("collaborative care, diabetes first", {"procedure_code": "99494", "rendering_taxonomy": FAMILY,
      "diagnosis_codes": "E119;F331"},
     (MH, "procedure"), (PH, "none"), (MH, "procedure"), (MH, "procedure")),
    ("general care management", {"procedure_code": "G0511", "rendering_taxonomy": FAMILY,
      "diagnosis_codes": "E119"},
     (PH, "none"), (PH, "none"), (PH, "none"), (PH, "none")),
    # specialty offices
    ("psychiatrist, hypertension", {"procedure_code": "99213", "rendering_taxonomy": PSYCHIATRIST,
      "diagnosis_codes": "I10"},
     (MH, "taxonomy"), (PH, "none"), (MH, "taxonomy"), (MH, "taxonomy")),
    ("psychiatrist, opioids", {"procedure_code": "99213", "rendering_taxonomy": PSYCHIATRIST,
      "diagnosis_codes": "F1120"},
     (SUD, "taxonomy"), (SUD, "diagnosis"), (SUD, "taxonomy"), (SUD, "taxonomy")),
    ("psychotherapy, alcohol", {"procedure_code": "90834", "diagnosis_codes": "F1020"},
     (SUD, "procedure"), (SUD, "diagnosis"), (SUD, "procedure"), (SUD, "procedure")),
    ("psychotherapy, no diagnosis", {"procedure_code": "90834"},
     (MH, "procedure"), (PH, "none"), (MH, "procedure"), (MH, "procedure")),
    ("mental health assessment, alcohol", {"procedure_code": "H0031", "diagnosis_codes": "F1020"},
     (MH, "procedure"), (SUD, "diagnosis"), (MH, "procedure"), (MH, "procedure")),
    # crisis
    *((f"crisis, {code}", {"procedure_code": code, "diagnosis_codes": "R45851"},
       (MH, "procedure"), (MH, "diagnosis"), (MH, "procedure"), (MH, "procedure"))
      for code in ("H2011", "S9484", "S9485", "90839", "H0030")),
    ("crisis, opioids", {"procedure_code": "H2011", "diagnosis_codes": "F1120"},
     (SUD, "procedure"), (SUD, "diagnosis"), (SUD, "procedure"), (SUD, "procedure")),
    ("crisis, no disorder coded", {"procedure_code": "S9485", "diagnosis_codes": "Z658"},
     (MH, "procedure"), (PH, "none"), (MH, "procedure"), (MH, "procedure")),
    ("crisis, alcohol and drugs", {"procedure_code": "H0007", "diagnosis_codes": "F331"},
     (SUD, "procedure"), (MH, "diagnosis"), (SUD, "procedure"), (SUD, "procedure")),
    ("emergency room, opioids", {"procedure_code": "99284", "revenue_code": "0450",
      "place_of_service": "23", "diagnosis_codes": "F1120"},
     (SUD, "diagnosis"), (SUD, "diagnosis"), (PH, "none"), (SUD, "diagnosis")),
    # peers
    ("peer, schizophrenia", {"procedure_code": "H0038", "diagnosis_codes": "F200"},
     (MH, "procedure"), (MH, "diagnosis"), (MH, "procedure"), (MH, "procedure")),
    ("peer, opioids", {"procedure_code": "H0038", "diagnosis_codes": "F1120"},
     (SUD, "procedure"), (SUD, "diagnosis"), (SUD, "procedure"), (SUD, "procedure")),
    ("peer, substance use program", {"procedure_code": "H0038", "modifiers": "HF",
      "diagnosis_codes": "Z590"},
     (SUD, "procedure"), (PH, "none"), (SUD, "procedure"), (SUD, "procedure")),
    ("peer, nothing coded", {"procedure_code": "H0038"},
     (MH, "procedure"), (PH, "none"), (MH, "procedure"), (MH, "procedure")),
    # opioid treatment programs
    *((f"opioid treatment, {code}", {"procedure_code": code, "diagnosis_codes": "F1120"},
       (SUD, "procedure"), (SUD, "diagnosis"), (SUD, "procedure"), (SUD, "procedure"))
      for code in ("G2067", "G2073", "G2080", "H0020")),
    *((f"no opioid treatment, {code}", {"procedure_code": code, "diagnosis_codes": "I10"},
       (PH, "none"), (PH, "none"), (PH, "none"), (PH, "none"))
      for code in ("G2066", "G2081")),
    ("opioid treatment, no disorder", {"procedure_code": "G2067", "diagnosis_codes": "Z79899"},
     (SUD, "procedure"), (PH, "none"), (SUD, "procedure"), (SUD, "procedure")),
    ("methadone clinic, visit", {"procedure_code": "99213", "billing_taxonomy": METHADONE,
      "diagnosis_codes": "Z79891"},
     (SUD, "taxonomy"), (PH, "none"), (SUD, "taxonomy"), (SUD, "taxonomy")),
    ("opioid treatment, place", {"procedure_code": "99213", "place_of_service": "58",
      "diagnosis_codes": "Z79891"},
     (SUD, "place"), (PH, "none"), (SUD, "place"), (SUD, "place")),
    # detoxification
    *((f"detoxification, {code}", {"procedure_code": code, "diagnosis_codes": "F10239"},
       (SUD, "procedure"), (SUD, "diagnosis"), (SUD, "procedure"), (SUD, "procedure"))
      for code in (*(f"H{number:04}" for number in range(8, 15)), "S9475")),
    *((f"detoxification ward, {code}", {"revenue_code": code, "bill_type": "0111",
        "billing_taxonomy": HOSPITAL, "diagnosis_codes": "K700"},
       (SUD, "revenue"), (PH, "none"), (SUD, "revenue"), (SUD, "revenue"))
      for code in ("0116", "0126", "0136", "0146", "0156")),
    ("withdrawal on a medical ward", {"revenue_code": "0120", "bill_type": "0111",
      "billing_taxonomy": HOSPITAL, "diagnosis_codes": "F10231"},
     (SUD, "diagnosis"), (SUD, "diagnosis"), (PH, "none"), (SUD, "diagnosis")),
    ("psychiatric ward, medical diagnosis", {"revenue_code": "0124", "bill_type": "0111",
      "billing_taxonomy": HOSPITAL, "diagnosis_codes": "I10"},
     (MH, "revenue"), (PH, "none"), (MH, "revenue"), (MH, "revenue")),
    ("psychiatric hospital, alcohol", {"procedure_code": "99223", "place_of_service": "51",
      "diagnosis_codes": "F1020"},
     (MH, "place"), (SUD, "diagnosis"), (MH, "place"), (MH, "place")),
    ("program modifier", {"procedure_code": "99213", "modifiers": "HF", "diagnosis_codes": "I10"},
     (SUD, "modifier"), (PH, "none"), (SUD, "modifier"), (SUD, "modifier")),
    # long-term services, transport, teeth
    ("personal care, schizophrenia", {"procedure_code": "T1019", "diagnosis_codes": "F200"},
     (LTSS, "procedure"), (MH, "diagnosis"), (LTSS, "procedure"), (MH, "diagnosis")),
    ("personal care, mental health program", {"procedure_code": "T1019", "modifiers": "HE",
      "diagnosis_codes": "I10"},
     (LTSS, "procedure"), (LTSS, "procedure"), (LTSS, "procedure"), (MH, "modifier")),
    ("nursing facility, depression", {"revenue_code": "0120", "bill_type": "0211",
      "diagnosis_codes": "F331"},
     (LTSS, "bill"), (MH, "diagnosis"), (LTSS, "bill"), (MH, "diagnosis")),
    ("nursing facility, dementia", {"revenue_code": "0120", "bill_type": "0211",
      "diagnosis_codes": "F0390"},
     (LTSS, "bill"), (LTSS, "bill"), (LTSS, "bill"), (LTSS, "bill")),
    ("ambulance, schizophrenia", {"procedure_code": "A0428", "place_of_service": "41",
      "diagnosis_codes": "F200"},
     (OTHER, "procedure"), (MH, "diagnosis"), (OTHER, "procedure"), (MH, "diagnosis")),
    ("ambulance from a nursing facility", {"procedure_code": "A0428", "bill_type": "0211",
      "diagnosis_codes": "I10"},
     (OTHER, "procedure"), (OTHER, "procedure"), (OTHER, "procedure"), (OTHER, "procedure")),
    ("dentist, bulimia", {"procedure_code": "D2391", "rendering_taxonomy": DENTIST,
      "diagnosis_codes": "F502"},
     (OTHER, "procedure"), (MH, "diagnosis"), (OTHER, "procedure"), (MH, "diagnosis")),
    # pharmacy: the prescriber, never the pharmacy
    ("drug of a psychiatrist", {"claim_type": "R", "prescriber_npi": "PSYCHIATRIST"},
     (MH, "taxonomy"), (PH, "none"), (MH, "taxonomy"), (MH, "taxonomy")),
    ("drug of a family doctor", {"claim_type": "R", "prescriber_npi": "FAMILY"},
     (PH, "none"), (PH, "none"), (PH, "none"), (PH, "none")),
    ("drug of a family doctor, with a diagnosis", {"claim_type": "R", "prescriber_npi": "FAMILY",
      "diagnosis_codes": "F331"},
     (MH, "diagnosis"), (MH, "diagnosis"), (PH, "none"), (MH, "diagnosis")),
    # who is told by the table; one whose rows disagree says nothing
    ("psychiatrist of the table", {"procedure_code": "99213", "rendering_npi": "PSYCHIATRIST",
      "diagnosis_codes": "I10"},
     (MH, "taxonomy"), (PH, "none"), (MH, "taxonomy"), (MH, "taxonomy")),
    ("two trades", {"procedure_code": "99213", "rendering_npi": "TWOTRADES",
      "diagnosis_codes": "I10"},
     (PH, "none"), (PH, "none"), (PH, "none"), (PH, "none")),
    ("nothing", {}, (PH, "none"), (PH, "none"), (PH, "none"), (PH, "none")),
]
# fmt: on
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "what-is-bh.md"
LISTS = ("bh_services", "other_services", "bh_modifiers", "bh_revenue", "other_bills", "bh_places")
LISTS = (*LISTS, "bh_taxonomies", "other_taxonomies", "bh_diagnoses")
PROVIDERS = [
    {"npi": "PSYCHIATRIST", "taxonomy": PSYCHIATRIST},
    {"npi": "FAMILY", "taxonomy": FAMILY},
    {"npi": "TWOTRADES", "taxonomy": PSYCHIATRIST},
    {"npi": "TWOTRADES", "taxonomy": FAMILY},
]
LINES = [{"claim_type": "P"} | line for _, line, *_ in CASES]
MIXED = ("procedure_code", "modifiers", "revenue_code", "bill_type", "place_of_service")
MIXED = (*MIXED, "rendering_taxonomy", "billing_taxonomy", "diagnosis_codes", "claim_type")
MIXED = (*MIXED, "rendering_npi", "prescriber_npi")


@pytest.fixture(scope="module")
def engine():
    return ibis.duckdb.connect()


def joined(engine, rows, definition):
    """Return what is told of lines by joins in the engine: domain and reason."""
    numbered = [{**row, "line_number": number} for number, row in enumerate(rows)]
    made = {
        name: engine.create_table(
            name, pl.DataFrame(rows, schema=staged_schema(name)).to_arrow(), overwrite=True
        )
        for name, rows in (("encounters", numbered), ("providers", PROVIDERS))
    }
    lines = with_domain(made["encounters"], made["providers"], definition)
    return lines.order_by("line_number").select("domain", "domain_reason").to_polars().rows()


def while_staged(rows, definition):
    """Return what is told of lines while they are staged: domain and reason."""
    lines = pl.DataFrame(rows, schema=staged_schema("encounters"))
    listed = pl.DataFrame(PROVIDERS, schema=staged_schema("providers")).select("npi", "taxonomy")
    told = Teller(listed, definition).tell(lines, {})
    return pl.DataFrame(told).select(KEPT.values()).rows()


@pytest.mark.parametrize(("place", "definition"), list(enumerate(DEFINITIONS)))
def test_each_line_under_each_definition_in_both_readings(engine, place, definition):
    expected = [(case[0], *case[2 + place]) for case in CASES]
    names = [case[0] for case in CASES]
    for told in (joined(engine, LINES, definition), while_staged(LINES, definition)):
        assert [(name, *row) for name, row in zip(names, told, strict=True)] == expected


def test_the_guide_gives_these_examples_as_they_are_told():
    told = {f"{name} ": said for name, _, *said in CASES}
    section = GUIDE.read_text(encoding="utf-8").partition("## Examples\n")[2]
    lines = [line for line in section.partition("\n\nWhat follows")[0].splitlines() if line]
    given = [line.strip("| ").split(" | ") for line in lines[2:]]
    assert len(given) > 40
    for example, *cells in given:
        name = example.partition("(")[0].strip() + " "
        assert cells == [
            domain if reason == "none" else f"{domain}, {reason}" for domain, reason in told[name]
        ]


def test_the_guide_names_each_list_with_its_version_and_day():
    for name in LISTS:
        values = value_set(name)
        assert f"| `{name}` | {values.version} | {values.effective} |" in GUIDE.read_text()


def by_hand(row, definition):
    """Return domain and reason by the definition's own sentence, one line at a time."""
    said = words_of(row)
    behavioral = [(step, word) for step, word in said if word in (*BEHAVIORAL, "BH")]
    others = [(step, word) for step, word in said if word in (LTSS, OTHER)]
    kind = next((word for _, word in said if word in BEHAVIORAL), MH)
    if definition == "hierarchy":
        chosen = said
    elif definition == "principal_diagnosis":
        chosen = [each for each in behavioral if each[0] == "diagnosis"] + others
    elif definition == "service_or_provider":
        chosen = [each for each in said if each[0] != "diagnosis"]
    else:
        chosen = behavioral + others
    step, word = chosen[0] if chosen else ("none", PH)
    return (kind if word == "BH" else word), step


def words_of(row):
    """Return what each step that is not silent says of a line, in the order of the steps."""
    drug = row["claim_type"] == "R"
    trades = {"PSYCHIATRIST": PSYCHIATRIST, "FAMILY": FAMILY, "TWOTRADES": FAMILY}
    who = (
        (trades.get(row["prescriber_npi"]),)
        if drug
        else (
            row["rendering_taxonomy"],
            trades.get(row["rendering_npi"]),
            row["billing_taxonomy"],
        )
    )
    trade = next((taxonomy_group(each) for each in who if each), None)
    said = (
        procedure_group(row["procedure_code"] or ""),
        modifier_group(row["modifiers"] or ""),
        value_set("bh_revenue").of(row["revenue_code"] or ""),
        value_set("other_bills").of(row["bill_type"] or ""),
        value_set("bh_places").of(row["place_of_service"] or ""),
        None if trade == PH else trade,
        value_set("bh_diagnoses").of((row["diagnosis_codes"] or "").partition(";")[0]),
    )
    return [(step, word) for step, word in zip(STEPS, said, strict=True) if word]


def test_both_readings_say_what_the_definitions_say_of_whatever_meets(engine):
    rng = random.Random(11)
    values = {name: sorted({line.get(name) or "" for line in LINES}) for name in MIXED}
    rows = [{name: rng.choice(("", *values[name])) or None for name in MIXED} for _ in range(1_500)]
    told = {definition: joined(engine, rows, definition) for definition in DEFINITIONS}
    for definition in DEFINITIONS:
        assert told[definition] == while_staged(rows, definition)
        assert told[definition] == [by_hand(row, definition) for row in rows]
    is_bh = {
        definition: {at for at, (domain, _) in enumerate(rows) if domain in BEHAVIORAL}
        for definition, rows in told.items()
    }
    narrow = is_bh["service_or_provider"]
    assert narrow < is_bh["hierarchy"] < is_bh["any"]
    assert is_bh["principal_diagnosis"] < is_bh["any"]
    assert is_bh["hierarchy"] - narrow <= is_bh["principal_diagnosis"]
    assert len(set(map(frozenset, is_bh.values()))) == len(DEFINITIONS)
