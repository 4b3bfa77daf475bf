"""The codes of one service line: identifiers, diagnoses, procedures, modifiers, versions."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.column import given, sent
from rules.tables.edit import Edit
from rules.tables.encounter_lines import REPEATS
from rules.tables.identifiers import check_digit, placeholder
from rules.tables.listed import all_listed, unlisted

_EXCLUSIVE = (
    ("26", "TC"),
    ("95", "GT", "GQ", "93", "FQ"),
    ("76", "77"),
    ("50", "LT"),
    ("50", "RT"),
    ("HA", "HB", "HC"),
    ("HM", "HN", "HO", "HP"),
    ("AA", "AD", "QK", "QX", "QY", "QZ"),
)
"""Modifiers of which a line has one at most: parts of a service, ways of telehealth, a repeat by
the same or another, both sides or one, age groups, degrees of the staff, kinds of anesthesia."""

_MODIFIERS = pl.col("modifiers")


def _any_pair(group: tuple[str, ...]) -> str:
    """Return the pattern of a list with two different modifiers of a group."""
    return "|".join(f"{one}.*{other}" for one in group for other in group if one != other)


_CONTRADICTORY = "|".join(_any_pair(group) for group in _EXCLUSIVE)
_TWICE = "|".join(
    f"{one}{other};(.*;)?{one}{other}"
    for one in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for other in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

CODES = (
    Edit(
        "diagnosis_codes.dotted",
        "diagnosis_codes",
        "diagnosis codes come with a dot",
        "ICD-10-CM codes without the dot (dotted ones are taken)",
        ~sent("diagnosis_codes").str.contains(".", literal=True),
        severity=Severity.INFO,
    ),
    Edit(
        "diagnosis_codes.too_many",
        "diagnosis_codes",
        "more than 25 diagnosis codes",
        "at most 25 codes",
        pl.col("diagnosis_codes").str.count_matches(";", literal=True) < 25,
    ),
    Edit(
        "original_encounter_id.missing_on_repeat",
        "original_encounter_id",
        "a replacement or void names no original",
        "original_encounter_id where frequency is 7 or 8",
        ~REPEATS | given("original_encounter_id"),
        severity=Severity.MAJOR,
    ),
    Edit(
        "original_encounter_id.self",
        "original_encounter_id",
        "a replacement or void names itself as its original",
        "another encounter_id",
        ~REPEATS | (pl.col("original_encounter_id") != pl.col("encounter_id")),
        severity=Severity.MAJOR,
    ),
    Edit(
        "original_encounter_id.on_original",
        "original_encounter_id",
        "an original names an original",
        "original_encounter_id only where frequency is 7 or 8",
        (pl.col("frequency") != "1") | ~given("original_encounter_id"),
    ),
    Edit(
        "procedure_code.local",
        "procedure_code",
        "the procedure is a local code, which the HCPCS no longer has",
        "a code of CPT or HCPCS Level II (45 CFR 162.1002)",
        ~pl.col("procedure_code").str.contains("^[FINOW-Z][0-9]{4}$"),
        remedy="Send the national code that the contract's fee schedule crosswalks to.",
    ),
    Edit(
        "ndc.filler",
        "ndc",
        "the NDC is one digit again and again",
        "the NDC of the package",
        ~pl.col("ndc").is_in([digit * 11 for digit in "0123456789"]),
        remedy="Send the NDC of the package that the drug came from.",
    ),
    Edit(
        "drg.ungroupable",
        "drg",
        "the stay could not be grouped",
        "a DRG other than 998 and 999",
        ~pl.col("drg").is_in(["998", "999"]),
        remedy="Correct the principal diagnosis, age, sex or status and group again.",
        severity=Severity.INFO,
    ),
    placeholder("member_id", Severity.MAJOR),
    placeholder("encounter_id"),
    check_digit("billing_npi", Severity.MAJOR),
    check_digit("rendering_npi", Severity.MAJOR),
    check_digit("attending_npi"),
    check_digit("operating_npi"),
    check_digit("prescriber_npi"),
)

MODIFIERS = (
    Edit(
        "modifiers.duplicate",
        "modifiers",
        "a modifier stands twice on the line",
        "each modifier once",
        ~_MODIFIERS.str.contains(_TWICE),
        remedy="Send each modifier once.",
    ),
    Edit(
        "modifiers.contradictory",
        "modifiers",
        "two modifiers exclude each other",
        "one of " + ", ".join(" or ".join(group) for group in _EXCLUSIVE),
        ~_MODIFIERS.str.contains(_CONTRADICTORY),
        remedy="Keep the modifier that tells what was done.",
        expected=pl.coalesce(
            pl.when(_MODIFIERS.str.contains(_any_pair(group))).then(
                pl.lit("one of " + ", ".join(group) + " and no other of them")
            )
            for group in _EXCLUSIVE
        ),
    ),
    Edit(
        "modifiers.unknown",
        "modifiers",
        "a modifier that is neither of CPT nor of HCPCS Level II",
        "modifiers of CPT or HCPCS Level II",
        all_listed("modifiers", "modifiers"),
        remedy="Correct the modifier; a state's own are U1 to U9 and UA to UD.",
        expected=pl.format(
            "modifiers of CPT or HCPCS Level II; not known: {}", unlisted("modifiers", "modifiers")
        ),
    ),
)
