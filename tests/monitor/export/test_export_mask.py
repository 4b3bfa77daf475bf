"""What about a member leaves: places, not facts."""

import hashlib
import hmac
import re

import polars as pl
import pytest

from monitor.export.mask import MEMBER_LEVEL, REDISCLOSURE, Mask, is_private
from monitor.store import VIOLATION_SCHEMA
from rules.tables import TABLES


def masked(*rows, **how):
    frame = pl.DataFrame([("f1", *row) for row in rows], schema=VIOLATION_SCHEMA, orient="row")
    return Mask(**how).apply(frame)


SUCH = "a number such as 1234.50"
LEAVING = [
    # table, field, value, expected -> value, expected
    ("members", "member_id", "M0001", "", "masked", ""),
    ("members", "birth_date", "1990-02-30", "a day as YYYY-MM-DD", "masked", "a day as YYYY-MM-DD"),
    ("members", "zip", "3720", "5 digits", "masked", "5 digits"),
    (
        "members",
        "latitude",
        "361.2",
        "a number such as 1234.50",
        "masked",
        "a number such as 1234.50",
    ),
    ("members", "member_id", "", "text", "", "text"),
    ("members", "sex", "Z", "one of F, M, X, U", "Z", "one of F, M, X, U"),
    (
        "members",
        "enrolled_to",
        "2025-01-01",
        "on or after enrolled_from 2026-01-01",
        "2025-01-01",
        "on or after enrolled_from masked",
    ),
    ("members", "ssn", "123-45-6789", "", "masked", ""),
    ("members", "", "M1,1990-01-01,F", "16 fields", "masked", "16 fields"),
    ("encounters", "diagnosis_codes", "F11.20;Z", "not F1120 twice", "masked", "not masked twice"),
    ("encounters", "ndc", "0001", "11 digits", "masked", "11 digits"),
    ("encounters", "service_to", "2026-03-01", "after 2026-03-02", "masked", "after masked"),
    ("encounters", "service_from, service_to", "2026-03-01", "", "masked", ""),
    (
        "encounters",
        "submitted_on",
        "2026-05-01, 61 days after 2026-03-01",
        "by 2026-03-31",
        "masked, 61 days after masked",
        "by masked",
    ),
    (
        "encounters",
        "adjudicated_on",
        "2026-03-01",
        "2026-03-09 (received_on) or later",
        "2026-03-01",
        "2026-03-09 (received_on) or later",
    ),
    (
        "encounters",
        "adjudicated_on",
        "2026-03-01",
        "2026-03-09 (received_on), after 2026-03-02 (service_to)",
        "2026-03-01",
        "masked (received_on), after masked (service_to)",
    ),
    (
        "encounters",
        "diagnosis_codes",
        "F11.20",
        "ICD-10-CM codes without the dot (dotted ones are taken)",
        "masked",
        "ICD-10-CM codes without the dot (dotted ones are taken)",
    ),
    ("encounters", "paid_amount", "-12.50", "0 or more", "-12.50", "0 or more"),
    ("encounters", "billing_npi", "1234567892", "check digit 3", "1234567892", "check digit 3"),
    ("providers", "zip", "3720", "5 digits", "3720", "5 digits"),
    ("providers", "street", "=1", "a street of 2026-01-01", "=1", "a street of 2026-01-01"),
    ("providers", "nickname", "X", "", "X", ""),
    ("subcontracts", "street", "1 Main", "", "1 Main", ""),
    ("submission", "submitted_on", "2026-05-20", "by 2026-04-30", "2026-05-20", "by 2026-04-30"),
    ("unheard_of", "anything", "M0001", "not M0001", "masked", "not masked"),
    ("", "anything", "M0001", "", "masked", ""),
]


@pytest.mark.parametrize(
    ("table", "field", "value", "expected", "value_left", "expected_left"), LEAVING
)
def test_one_line_leaves(table, field, value, expected, value_left, expected_left):
    left = masked((table, "f.csv", 7, "K1", field, value, expected)).row(0, named=True)
    assert (left["value"], left["expected"]) == (value_left, expected_left)
    assert (left["table"], left["file"], left["line"], left["field"]) == (table, "f.csv", 7, field)


def test_lines_leave_together_as_they_do_alone():
    rows = [(row[0], "f.csv", 2, "K", *row[1:4]) for row in LEAVING]
    left = masked(*rows).select("value", "expected").rows()
    assert left == [row[4:] for row in LEAVING]


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
        assert left["value"].to_list() == ["1990-02-30", "maybe", "2026-13-01", "masked", "masked"]
        assert left["expected"][0] == "not 1990-02-30"
        assert left["expected"][3] == "masked"
    whole = masked(*rows, show_phi=True, part2_basis="audit, 2.53(b)")
    assert whole["value"].to_list() == [row[5] for row in rows]
    assert whole["expected"].to_list() == [row[6] for row in rows]
    assert all(re.fullmatch("[0-9a-f]{16}", digest) for digest in whole["natural_key"])
    assert "masked" in masked(*rows)["value"].to_list()[:1]


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
    assert masked(*rows)["value"].to_list() == [*["masked"] * 4, "-2", "2026-03-09", "Jane Doe"]


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
