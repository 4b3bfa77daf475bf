"""What has to agree within one listed provider: contract, panel, ages, taxonomy, address."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.addresses import (
    known_state,
    point_edits,
    state_edits,
    street_edits,
)
from rules.tables.column import given, sent
from rules.tables.edit import (
    SUBMITTED_ON,
    Edit,
    needs,
    not_above,
    not_after_sending,
    not_before,
)
from rules.tables.identifiers import PLACEHOLDER, check_digit, placeholder
from rules.tables.listed import all_listed, group_of, unlisted
from rules.tables.spans import open_end

_PERSON = pl.col("entity_type") == "individual"
_TAXONOMY = pl.col("taxonomy")
_GROUP = group_of("taxonomy", "taxonomy_groupings")
_ENDED = (pl.col("contract_end") < pl.col(SUBMITTED_ON)).fill_null(False)
_DIALED = (
    sent("phone")
    .str.replace("(?i) ?x ?[0-9]+$", "")
    .str.replace_all("[^0-9]", "")
    .str.strip_prefix("1")
)

CONTRACT = (
    not_before("contract_end", "contract_effective"),
    not_above("age_min", "age_max", Severity.MAJOR),
    not_above("panel_size", "panel_limit"),
    not_after_sending("credentialed_on"),
    not_after_sending("last_verified_on", Severity.MAJOR),
    Edit(
        "beds.individual",
        "beds",
        "a person is listed with beds",
        "beds of facilities only",
        (pl.col("entity_type") != "individual") | (pl.col("beds").fill_null(0) == 0),
    ),
    Edit(
        "group_npi.self",
        "group_npi",
        "group_npi is the provider's own NPI",
        "the NPI of the group that bills, or empty",
        (pl.col("entity_type") != "individual") | (pl.col("group_npi") != pl.col("npi")),
    ),
    Edit(
        "accepting_new.panel_full",
        "accepting_new",
        "new patients are said to be taken although the panel is full",
        "N where panel_size has reached panel_limit",
        (pl.col("accepting_new") != "Y") | (pl.col("panel_size") < pl.col("panel_limit")),
    ),
    Edit(
        "last_verified_on.before_contract",
        "last_verified_on",
        "the row was last verified over a year before the contract took effect",
        "a later verification",
        pl.col("last_verified_on").dt.offset_by("1y") >= pl.col("contract_effective"),
        severity=Severity.INFO,
    ),
    Edit(
        "contract_effective.far_ahead",
        "contract_effective",
        "the contract takes effect over a year after the submission",
        "a contract that is in force or about to be",
        pl.col("contract_effective") <= pl.col(SUBMITTED_ON).dt.offset_by("1y"),
        severity=Severity.INFO,
    ),
    needs(given("license_number"), "license_state", "unpaired", "license_state is empty"),
    open_end("contract_end"),
    Edit(
        "accepting_new.contract_over",
        "accepting_new",
        "new patients are said to be taken although the contract has ended",
        "N after contract_end",
        (pl.col("accepting_new") != "Y") | ~_ENDED,
        remedy="Take the row out of the directory, or send the end of the contract in force.",
    ),
    Edit(
        "credentialed_on.over_36_months",
        "credentialed_on",
        "the provider was last credentialed more than 36 months before the submission",
        "a day within 36 months before the submission (NCQA's cycle; 42 CFR 438.214 leaves it to "
        "the state)",
        (pl.col("credentialed_on").dt.offset_by("36mo") >= pl.col(SUBMITTED_ON)) | _ENDED,
        remedy="Credential the provider again, or send the day when that was done.",
        expected=pl.format("{} or later", pl.col(SUBMITTED_ON).dt.offset_by("-36mo")),
    ),
    Edit(
        "license_number.placeholder",
        "license_number",
        "license_number is a filler",
        "the number of the license, or empty",
        ~sent("license_number").str.contains(PLACEHOLDER),
        remedy="Send the number; a provider whose license is pending cannot be listed.",
    ),
    known_state("license_state"),
    Edit(
        "license_state.other_state",
        "license_state",
        "a person at a site of one state is licensed in another",
        "a license of the state of the site",
        ~_PERSON | (pl.col("license_state") == pl.col("state")),
        remedy="Send the license of the state where members are seen.",
        severity=Severity.INFO,
        expected=pl.format("{}, the state of the site", sent("state")),
    ),
)

TAXONOMY = (
    Edit(
        "taxonomy.unknown",
        "taxonomy",
        "the taxonomy begins with no grouping of the code set",
        "a code of the NUCC provider taxonomy",
        _GROUP.is_not_null() | ~_TAXONOMY.str.contains("^[0-9A-Z]{9}X$"),
        remedy="Take the code from the provider's enrolment.",
    ),
    Edit(
        "taxonomy.other_entity",
        "taxonomy",
        "the taxonomy is one of organizations on a person, or one of people on a facility",
        "a taxonomy for the kind of provider that entity_type tells",
        (_GROUP == "individual") == _PERSON,
        remedy="Correct entity_type or the taxonomy; the grouping says whom the code is for.",
        expected=pl.format(
            "a taxonomy of an {}; {} is one of an {}",
            pl.when(_PERSON).then(pl.lit("individual")).otherwise(pl.lit("organization")),
            _TAXONOMY,
            _GROUP,
        ),
    ),
    Edit(
        "age_min.pediatrics",
        "age_min",
        "a pediatric specialty that sees nobody under 21",
        "an age_min below 21 for pediatrics and child psychiatry",
        ~_TAXONOMY.str.contains("^(2080|2084P0804X|363LP0200X)") | (pl.col("age_min") < 21),
        remedy="Correct the ages, or the taxonomy.",
    ),
    Edit(
        "age_max.geriatrics",
        "age_max",
        "a geriatric specialty that sees nobody over 60",
        "an age_max above 60 for geriatrics",
        ~_TAXONOMY.is_in(["207QG0300X", "207RG0300X", "2084P0805X", "363LG0600X"])
        | (pl.col("age_max") > 60),
        remedy="Correct the ages, or the taxonomy.",
    ),
    Edit(
        "prescriber.other_trade",
        "prescriber",
        "a counselor, social worker, therapist, behavior analyst or peer is said to prescribe",
        "N for trades that prescribe in no state",
        (pl.col("prescriber") != "Y")
        | ~_TAXONOMY.str.contains("^(101Y|1041|106[ESH]|103K|171M|175T|225X|235Z)"),
        remedy="Correct prescriber or the taxonomy.",
    ),
    Edit(
        "telehealth.only_with_beds",
        "telehealth",
        "a facility with beds is said to work at a distance only",
        "none or offers where there are beds",
        (pl.col("telehealth") != "only") | (pl.col("beds").fill_null(0) == 0),
        remedy="Correct telehealth or beds.",
    ),
    Edit(
        "telehealth.only_by_hand",
        "telehealth",
        "a trade of hands-on care is said to work at a distance only",
        "none or offers for hospitals, dentists, laboratories, surgery and opioid treatment",
        (pl.col("telehealth") != "only")
        | ~_TAXONOMY.str.contains("^(28|1223|122300|291U|2086|261QM2800X|261QA1903X|3416|3439)"),
        remedy="Correct telehealth; members have to go to the place.",
    ),
    Edit(
        "panel_limit.zero",
        "panel_limit",
        "a panel that may hold nobody",
        "more than 0, or empty where there is no limit",
        pl.col("panel_limit") != 0,
        remedy="Leave panel_limit empty where there is no limit.",
    ),
    Edit(
        "program.individual",
        "program",
        "an opioid treatment or crisis program is listed as a person",
        "entity_type facility for OTP, IOP and crisis programs",
        ~_PERSON | ~pl.col("program").str.contains(r"(?i)\b(otp|iop|php|crisis)\b"),
        remedy="List the program as a facility, and its people beside it.",
        severity=Severity.INFO,
    ),
)

IDENTITY = (
    check_digit("npi"),
    check_digit("group_npi"),
    placeholder("name"),
    Edit(
        "name.digits",
        "name",
        "the name of a person holds a number",
        "a name without numbers",
        ~_PERSON | ~sent("name").str.contains("[0-9]{2,}"),
        remedy="Send the name alone; numbers have columns of their own.",
    ),
    Edit(
        "phone.not_dialable",
        "phone",
        "the telephone number cannot be dialed",
        "10 digits; neither the area code nor the exchange begins with 0 or 1",
        _DIALED.str.contains("^[2-9][0-9]{2}[2-9][0-9]{6}$") | (_DIALED.str.len_bytes() < 7),
        remedy="Correct the number; call it once before it is listed.",
    ),
    Edit(
        "phone.filler",
        "phone",
        "the telephone number is one digit again and again",
        "the number that members call",
        ~_DIALED.str.contains("^(2{10}|3{10}|4{10}|5{10}|6{10}|7{10}|8{10}|9{10})$"),
        remedy="Send the number that members call.",
    ),
    Edit(
        "languages.unknown",
        "languages",
        "a language that is not known",
        "languages by their English name or ISO 639 code, with ; between them",
        all_listed("languages", "languages"),
        remedy="Write one language an entry, by its English name or ISO 639 code.",
        expected=pl.format(
            "languages by name or ISO 639 code; not known: {}", unlisted("languages", "languages")
        ),
    ),
)

EDITS = (
    *CONTRACT,
    *TAXONOMY,
    *IDENTITY,
    *street_edits(),
    *state_edits(),
    *point_edits(),
)
