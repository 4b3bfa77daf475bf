"""The trail of measures of substance use leaves only with a basis in 42 CFR Part 2."""

import polars as pl
import pytest

from monitor.export.mask import Mask
from monitor.store import VIOLATION_SCHEMA
from rules.quality import SUBSTANCE_USE

FOLLOW_UP = "a follow-up visit or a drug for substance use within 7 days"
TREATED = "a substance use service in the year"


def leaving(rule, table, key, field, value, expected, **how):
    row = ("f1", table, f"{table}.csv", 7, key, field, value, expected)
    frame = pl.DataFrame([row], schema=VIOLATION_SCHEMA, orient="row")
    [kept] = Mask(**how).apply(frame, rule).rows()
    return kept


ROWS = {
    "QM03": ("encounters", "E1/1", "service_from", "2025-03-10", FOLLOW_UP),
    "QM04": ("encounters", "E1/1", "service_from", "2025-06-02", "treatment begun within 14 days"),
    "QM12": ("members", "M0001/2023-01-01", "member_id", "M0001", TREATED),
}
PICTURE = {
    "QM03": "masked, like 9999-99-99",
    "QM04": "masked, like 9999-99-99",
    "QM12": "masked, like A9999",
}


def test_these_are_the_measures_of_substance_use():
    assert set(ROWS) == SUBSTANCE_USE


@pytest.mark.parametrize("rule", sorted(ROWS))
@pytest.mark.parametrize("how", [{}, {"show_phi": True}, {"show_phi": True, "part2_basis": " "}])
def test_without_a_basis_nothing_of_it_is_shown(rule, how):
    table, key, field, value, expected = ROWS[rule]
    kept = leaving(rule, table, key, field, value, expected, **how)
    assert kept[:4] == ("f1", table, f"{table}.csv", 7)
    assert kept[4] not in ("", key)
    assert len(kept[4]) == 16
    assert kept[5:] == (field, PICTURE[rule], expected)


@pytest.mark.parametrize("rule", sorted(ROWS))
def test_a_basis_alone_does_not_show_it_and_with_members_facts_it_does(rule):
    table, key, field, value, expected = ROWS[rule]
    basis = leaving(rule, table, key, field, value, expected, part2_basis="audit, 2.53(b)")
    both = leaving(
        rule, table, key, field, value, expected, show_phi=True, part2_basis="audit, 2.53(b)"
    )
    assert basis[6] == PICTURE[rule]
    assert both[5:] == (field, value, expected)


@pytest.mark.parametrize("rule", ["QM01", "QM11"])
def test_the_trail_of_mental_health_shows_who_and_when_as_other_findings_do(rule):
    kept = leaving(
        rule, "members", "M0001/2023-01-01", "member_id", "M0001", "a visit", show_phi=True
    )
    assert kept[6] == "M0001"
