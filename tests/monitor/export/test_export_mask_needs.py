"""What rules of joint care and of practices say of a member leaves as 42 CFR Part 2 asks."""

from pathlib import Path

import polars as pl
import pytest
import yaml

from monitor.export.mask import Mask
from monitor.store import VIOLATION_SCHEMA
from rules.coordination import BY_NEED
from rules.registry import rules
from rules.tables import TABLES

BUPRENORPHINE = "12496120803"
ROWS = {
    "CC02": ("members", "M0001", "smi", "Y", "a joint care plan in coordination"),
    "CC06": ("members", "M0001", "member_id", "M0001", "a social_needs event in coordination"),
    "CC07": ("members", "M0001", "member_id", "M0001", "a medication_review event in coordination"),
    "PR05": ("encounters", "E1/1", "ndc", BUPRENORPHINE, "no four drugs at once for 60 days"),
}
SHOWN = {"audit": {"show_phi": True, "part2_basis": "audit, 2.53(b)"}}
HIDDEN = [{}, {"show_phi": True}, {"show_phi": True, "part2_basis": " "}, {"part2_basis": "audit"}]


def leaving(rule, how):
    table, key, field, value, expected = ROWS[rule]
    row = ("f1", table, f"{table}.csv", 7, key, field, value, expected)
    frame = pl.DataFrame([row], schema=VIOLATION_SCHEMA, orient="row")
    [kept] = Mask(**how).apply(frame, rule).rows()
    return kept


def test_the_rules_whose_list_may_rest_on_a_need_are_these():
    assert {code for code in ROWS if code.startswith("CC")} == BY_NEED
    assert set(ROWS) <= set(rules())


@pytest.mark.parametrize("rule", sorted(ROWS))
@pytest.mark.parametrize("how", HIDDEN, ids=str)
def test_without_a_basis_neither_who_nor_what_is_shown(rule, how):
    _, key, field, value, expected = ROWS[rule]
    kept = leaving(rule, how)
    assert value not in kept[6]
    assert kept[6].startswith("masked")
    assert kept[4] != key
    assert len(kept[4]) == 16
    assert (kept[5], kept[7]) == (field, expected)


@pytest.mark.parametrize("rule", sorted(ROWS))
def test_with_members_facts_and_a_basis_it_is(rule):
    assert leaving(rule, SHOWN["audit"])[6] == ROWS[rule][3]


def test_what_the_other_rules_of_practices_say_is_of_no_member():
    fields = [("practices", "psychiatrist"), ("practices", "bh_coordinator")]
    assert [name for name, _ in fields if "member_id" in TABLES[name].by_name] == []


CASES = Path(__file__).parents[2] / "rules" / "cases"


def told_in_cases():
    """Return every violation that a case of these rules gives: what the rule itself hands over."""
    for code in ("CC06", "CC07", "PR05"):
        text = (CASES / f"{code}.yaml").read_text(encoding="utf-8")
        for case in yaml.safe_load(text)["cases"]:
            for rows in case.get("violations", []):
                for row in rows:
                    yield code, [str(cell) for cell in row]


@pytest.mark.parametrize(("code", "row"), list(told_in_cases()), ids=str)
def test_what_the_rules_hand_over_is_masked_without_a_basis(code, row):
    table, line, key, field, value, expected = row
    told = ("f1", table, f"{table}.csv", int(line), key, field, value, expected)
    frame = pl.DataFrame([told], schema=VIOLATION_SCHEMA, orient="row")
    for how in HIDDEN:
        [kept] = Mask(**how).apply(frame, code).rows()
        assert kept[6].startswith("masked")
        assert kept[4] not in ("", key)
        assert kept[7] == expected
