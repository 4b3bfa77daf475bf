"""What about a member leaves: places, not facts."""

import hashlib
import hmac
import re
from pathlib import Path

import polars as pl
import pytest
import yaml

from monitor.export.mask import MEMBER_LEVEL, REDISCLOSURE, Mask, is_private
from monitor.store import VIOLATION_SCHEMA
from rules.tables import TABLES


def masked(*rows, rule="", **how):
    frame = pl.DataFrame([("f1", *row) for row in rows], schema=VIOLATION_SCHEMA, orient="row")
    return Mask(**how).apply(frame, rule)


DAY, DIGITS, NUMBER = "a day as YYYY-MM-DD", "11 digits", "a number such as 1234.50"
LATER = "2026-03-09 (received_on) or later"
DOTLESS = "ICD-10-CM codes without the dot (dotted ones are taken)"
LEAVING = [
    # rule, field, value, expected -> value, expected
    ("members.member_id.empty", "member_id", "M0001", "", "masked, like A9999", ""),
    ("members.birth_date.date", "birth_date", "04/14/1990", DAY, "masked, like 99/99/9999", DAY),
    ("members.zip.form", "zip", "3720", "5 digits", "masked, like 9999", "5 digits"),
    ("members.latitude.number", "latitude", "361.2", NUMBER, "masked, like 999.9", NUMBER),
    ("members.member_id.empty", "member_id", "", "text", "", "text"),
    ("members.sex.value", "sex", "Z", "one of F, M, X, U", "Z", "one of F, M, X, U"),
    ("members.sex.value", "sex", "male", "one of F, M, X, U", "male", "one of F, M, X, U"),
    ("members.sex.value", "sex", "Jane", "one of F, M, X, U", "masked, like AAAA", None),
    (
        "members.enrolled_to.before_enrolled_from",
        "enrolled_to",
        "2025-01-01",
        "2026-01-01 (enrolled_from) or later",
        "2025-01-01",
        "2026-01-01 (enrolled_from) or later",
    ),
    ("members.file.unknown_column", "ssn", "123-45-6789", "", "masked", ""),
    ("members.row.fields", "", "M1,1990-01-01,F", "16 fields", "masked", "16 fields"),
    ("members.row.length", "", "70,000 bytes", "a line end", "70,000 bytes", "a line end"),
    ("members.plan_id.other_plan", "plan_id", "DRIFT", "STEADY", "masked, like AAAAA", "STEADY"),
    (
        "members.zip.county",
        "zip",
        "37201",
        "a ZIP code of Smith 47159 (county_fips)",
        "masked, like 99999",
        "a ZIP code of Smith 99999 (county_fips)".replace("99999", "masked"),
    ),
    (
        "members.latitude.outside_county",
        "latitude",
        "35.145, -90.047",
        "a point in Smith 47159 (county_fips); this one lies over 178 miles outside",
        "masked, like 99.999, -99.999",
        None,
    ),
    (
        "members.member_id.repeated",
        "member_id",
        "M0001",
        "once; M0001 is in m.csv line 2",
        "masked, like A9999",
        "one row a member_id and enrolled_from",
    ),
    (
        "encounters.diagnosis_codes.not_billable",
        "diagnosis_codes",
        "F11",
        "a billable code such as F1120",
        "masked, like A99",
        "codes with all the characters that ICD-10-CM has for them",
    ),
    (
        "encounters.diagnosis_codes.wrong_for_age",
        "diagnosis_codes",
        "O80",
        "a member 15 to 124 years old on the date of service",
        "masked, like A99",
        None,
    ),
    (
        "encounters.diagnosis_codes.dotted",
        "diagnosis_codes",
        "F11.20",
        DOTLESS,
        "masked, like A99.99",
        DOTLESS,
    ),
    ("encounters.ndc.form", "ndc", "0001", DIGITS, "masked, like 9999", DIGITS),
    (
        "encounters.service_from, service_to",
        "service_from, service_to",
        "2026-03-01",
        "",
        "masked",
        "",
    ),
    (
        "encounters.submitted_on.date",
        "submitted_on",
        "04/14/2025",
        DAY,
        "masked, like 99/99/9999",
        DAY,
    ),
    (
        "encounters.submitted_on.date",
        "submitted_on",
        "4/14/2025 12:00 AM",
        DAY,
        "masked, like 9/99/9999 99:99 AA",
        DAY,
    ),
    (
        "encounters.adjudicated_on.before_received_on",
        "adjudicated_on",
        "2026-03-01",
        LATER,
        "masked, like 9999-99-99",
        "received_on or later",
    ),
    (
        "EN01",
        "submitted_on",
        "2026-05-01",
        "at most 60 days after 2026-03-01 (service_to)",
        "masked, like 9999-99-99",
        "at most 60 days after service_to",
    ),
    (
        "encounters.service_from.after_period",
        "service_from",
        "2026-07-01",
        "2026-03-31 (end of the period) or earlier",
        "masked, like 9999-99-99",
        None,
    ),
    ("encounters.paid_amount.range", "paid_amount", "-12.50", "0 or more", "-12.50", "0 or more"),
    (
        "encounters.billing_npi.check_digit",
        "billing_npi",
        "1234567892",
        "check digit is 2, should be 3",
        "1234567892",
        "check digit is 2, should be 3",
    ),
    (
        "encounters.billing_npi.form",
        "billing_npi",
        "1.40934E+09",
        "10 digits, the first 1 or 2",
        "masked, like 9.99999E+99",
        "10 digits, the first 1 or 2",
    ),
    ("encounters.billing_npi.form", "billing_npi", "Jane Doe", "10 digits", "masked", "10 digits"),
    ("encounters.rate_cell.x", "rate_cell", "100 Main St", "", "masked", ""),
    ("authorizations.service.empty", "service", "methadone", "", "masked", ""),
    ("providers.zip.form", "zip", "3720", "5 digits", "3720", "5 digits"),
    ("providers.street.x", "street", "=1", "not 2026-01-01", "=1", "not 2026-01-01"),
    ("providers.file.unknown_column", "nickname", "X", "", "X", ""),
    ("subcontracts.street.x", "street", "1 Main", "", "1 Main", ""),
    ("submission.x", "submitted_on", "2026-05-20", "by 2026-04-30", "2026-05-20", "by 2026-04-30"),
    ("unheard_of.x", "anything", "M0001", "not M0001", "masked", "not masked"),
    (
        "encounters.x12.patient",
        "member_id",
        "M0001",
        "not M0002",
        "masked, like A9999",
        "not masked",
    ),
    (".x", "anything", "M0001", "", "masked", ""),
]


@pytest.mark.parametrize(
    ("rule", "field", "value", "expected", "value_left", "expected_left"), LEAVING
)
def test_one_line_leaves(rule, field, value, expected, value_left, expected_left):
    table = "encounters" if rule == "EN01" else rule.split(".")[0]
    line = (table, "f.csv", 7, "K1", field, value, expected)
    left = masked(line, rule=rule).row(0, named=True)
    wanted = expected if expected_left is None else expected_left
    assert (left["value"], left["expected"]) == (value_left, wanted)
    assert (left["table"], left["file"], left["line"], left["field"]) == (table, "f.csv", 7, field)


def test_lines_leave_together_as_they_do_alone():
    rows = [
        ("encounters", "f.csv", n, "K", row[1], row[2], row[3])
        for n, row in enumerate(LEAVING, start=2)
        if row[0].startswith("encounters.")
    ]
    together = masked(*rows, rule="encounters.ndc.form").select("value", "expected").rows()
    alone = [masked(row, rule="encounters.ndc.form").row(0)[-2:] for row in rows]
    assert together == alone


def test_the_facts_of_the_manifest_stay():
    rows = (
        ("members", "submission.yaml", 22, "", "file", "m.csv: not there", "a plain name"),
        ("submission", "submission.yaml", 3, "", "plan_id", "4711-AB", "STEADY-2026"),
        ("encounters", "submission.yaml", 9, "", "rows", "12 rows", "3,012 rows"),
    )
    for row in rows:
        assert masked(row, rule=f"{row[0]}.file.missing").row(0)[-2:] == row[-2:]


def test_a_picture_is_cut_and_tells_no_letter_or_digit():
    long = masked(("members", "m.csv", 2, "K", "birth_date", "7" * 99, ""))["value"][0]
    assert long == f"masked, like {'9' * 30}…"
    foreign = ("members", "m.csv", 2, "K", "birth_date", "٣Ж/ß-\u0301e", "")
    assert masked(foreign)["value"][0] == "masked, like 9A/A-A"


@pytest.mark.parametrize("kind", ["edits", "relational"])
def test_no_case_of_an_edit_leaves_a_private_value_of_its_rows(kind):
    """What every edit says of every case is masked, and searched for what the rows hold."""
    folder = Path(__file__).parents[2] / "rules"
    sound = yaml.safe_load((folder / "sound.yaml").read_text())
    told, leaks = 0, []
    for path in sorted((folder / kind).glob("*.yaml")):
        for case in (one for one in yaml.safe_load(path.read_text()) if "edit" in one):
            code = case["edit"] if kind == "relational" else f"{path.stem}.{case['edit']}"
            table, field = code.split(".")[:2]
            if table not in MEMBER_LEVEL:
                continue
            rows, lines = case.get("tables"), case.get("lines")
            if kind == "edits":
                rows, lines = {table: [case["fires"]]}, [[2, *case.get("says", ())]]
            for line, *said in lines:
                if not said:
                    continue
                about = dict(rows) | {table: [rows[table][int(line) - 2]]}
                secret = {
                    str(value)
                    for name in MEMBER_LEVEL & about.keys()
                    for row in about[name]
                    for column, value in (sound[name] | (row or {})).items()
                    if value and len(str(value)) > 3 and is_private(name, column)
                }
                told += 1
                at = (table, "f.csv", int(line), "K", field, *map(str, said))
                text = " ".join(masked(at, rule=code).row(0)[-2:])
                leaks += [(code, one, text) for one in secret if one in text]
    assert (told > 15, leaks) == (True, [])


def test_every_member_level_table_hides_what_the_law_names():
    assert {
        "members",
        "encounters",
        "authorizations",
        "appeals",
        "coordination",
        "duals",
    } == MEMBER_LEVEL
    for table in MEMBER_LEVEL:
        assert is_private(table, "member_id")
    named = {
        "members": ["birth_date", "latitude", "longitude", "zip"],
        "encounters": ["service_from", "service_to", "diagnosis_codes", "ndc"],
    }
    assert [(t, f) for t, fields in named.items() for f in fields if not is_private(t, f)] == []
    assert not any(is_private("providers", column) for column in TABLES["providers"].by_name)


def test_missing_values_leave_as_empty_text():
    left = masked(("members", None, None, None, "member_id", None, None)).rows()
    assert left == [("f1", "members", "", None, "", "member_id", "", "")]


def test_natural_keys_leave_as_keyed_digests_of_one_report():
    rows = [("providers", "p.csv", n, "1234567893", "npi", "x", "y") for n in (1, 2)]
    first, second = masked(*rows)["natural_key"].to_list(), masked(*rows)["natural_key"].to_list()
    assert first[0] == first[1] != second[0]
    assert all(re.fullmatch("[0-9a-f]{16}", digest) for digest in (*first, *second))
    assert first[0] != hashlib.sha256(b"1234567893").hexdigest()[:16]
    known = masked(*rows, key=b"k")["natural_key"][0]
    assert known == hmac.new(b"k", b"1234567893", hashlib.sha256).hexdigest()[:16]


def test_the_key_of_a_report_is_not_told():
    mask = Mask()
    assert len(mask.key) == 32
    assert repr(mask.key) not in repr(mask)
    assert mask.key.hex() not in mask.notice


def test_who_and_when_is_shown_and_care_only_with_its_basis():
    rows = (
        ("members", "m.csv", 7, "M0001", "birth_date", "1990-02-30", "not 1990-02-30"),
        ("members", "m.csv", 8, "M0002", "smi", "maybe", "one of N, Y"),
        ("encounters", "e.csv", 2, "E1/1", "service_from", "2026-13-01", "a day as YYYY-MM-DD"),
        ("encounters", "e.csv", 3, "E2/1", "diagnosis_codes", "F11.2O", "F11.20"),
        ("encounters", "e.csv", 4, "E3/1", "ndc", "00054017613", "11 digits"),
    )
    for basis in ("", "  "):
        left = masked(*rows, show_phi=True, part2_basis=basis)
        assert left["value"].to_list() == [
            *("1990-02-30", "maybe", "2026-13-01", "masked, like A99.9A"),
            "masked, like 99999999999",
        ]
        assert left["expected"][0] == "not 1990-02-30"
        assert left["expected"][3] == "masked"
    whole = masked(*rows, show_phi=True, part2_basis="audit, 2.53(b)")
    assert whole["value"].to_list() == [row[5] for row in rows]
    assert whole["expected"].to_list() == [row[6] for row in rows]
    assert all(re.fullmatch("[0-9a-f]{16}", digest) for digest in whole["natural_key"])
    assert masked(*rows)["value"][0] == "masked, like 9999-99-99"


def test_the_notice_says_how_members_facts_are_treated():
    assert Mask().notice == (
        "Members' facts are masked; natural keys are keyed digests of this report alone."
    )
    assert Mask(True).notice.startswith("Members' facts are shown, but what tells of their care is")
    assert Mask(True, "audit, 2.53(b)").notice == (
        f"Members' facts are shown. Basis: audit, 2.53(b). {REDISCLOSURE}"
    )


def test_what_a_shifted_column_holds_is_masked():
    rows = (
        ("encounters", "e.csv", 2, "E1", "received_on", "M0001234", "a day as YYYY-MM-DD"),
        ("encounters", "e.csv", 3, "E2", "frequency", "D229;M1711", "one of 1, 7, 8"),
        ("encounters", "e.csv", 4, "E3", "billing_npi", "Jane Doe", "10 digits"),
        ("encounters", "e.csv", 5, "E4", "claim_type", "1961-05-07", "one of P, I, R"),
        ("encounters", "e.csv", 6, "E5", "units", "-2", "0 or more"),
        ("encounters", "e.csv", 7, "E6", "received_on", "2026-03-09", "2026-03-10 or later"),
        ("providers", "p.csv", 2, "P1", "npi", "Jane Doe", "10 digits"),
    )
    assert masked(*rows)["value"].to_list() == [
        *("masked, like A9999999", "masked, like A999;A9999", "masked", "masked, like 9999-99-99"),
        *("-2", "masked, like 9999-99-99", "Jane Doe"),
    ]


def test_what_is_told_of_a_file_or_its_header_stays():
    rows = (
        ("members", "m.csv", 0, "", "", "semicolons", "commas between fields"),
        ("members", "m.csv", 1, "", "zip", "zip", "each name once"),
        ("members", "m.csv", 0, "", "", "a byte order mark", "UTF-8 without a byte order mark"),
        ("members", "m.csv", 3, "", "", "11 fields", "10 fields"),
        ("members", "m.csv", 1, "", "M0001234", "M0001234", "a column of the interface"),
    )
    left = masked(*rows)
    assert left["value"].to_list() == [*(row[5] for row in rows[:4]), "masked"]
    assert left["expected"][2] == "UTF-8 without a byte order mark"
