"""Counts of members: both sides of 1, 10 and 30, and no way around them."""

import pytest

from dashboards.small_cells import (
    difference,
    drawn_share,
    is_small,
    tell_count,
    tell_part,
    tell_share,
    veil_message,
)
from rules.registry import rules


@pytest.mark.parametrize(
    ("count", "told"),
    [
        *[(None, ""), (0, "0"), (11, "11"), (1234.0, "1,234")],
        *[(0.4, "1-10"), (1, "1-10"), (10, "1-10"), (10.9, "1-10")],
    ],
)
def test_counts(count, told):
    assert tell_count(count) == told
    assert is_small(count) == (told == "1-10")


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (None, 20, ""),
        (1, None, ""),
        (0, 0, ""),
        (0, 500, "0.0 %"),
        (500, 500, "100.0 %"),
        (489, 500, "97.8 %"),
        (490, 500, "≥ 98 %"),
        (499, 500, "≥ 98 %"),
        (11, 500, "2.2 %"),
        (10, 500, "≤ 2 %"),
        (1, 500, "≤ 2 %"),
        (8, 8, "100.0 %*"),
        (3, 8, "some*"),
        (17, 19, "≥ 47 %*"),
        (29, 29, "100.0 %*"),
        (30, 30, "100.0 %"),
        (99_989, 100_000, "99.9 %"),
        (11, 100_000, "0.1 %"),
    ],
)
def test_shares(part, whole, told):
    assert tell_share(part, whole) == told


def test_the_shade_of_a_hidden_share_does_not_tell_it():
    assert len({drawn_share(500 - beyond, 500) for beyond in range(1, 11)}) == 1
    assert len({drawn_share(part, 500) for part in range(1, 11)}) == 1
    assert len({drawn_share(part, 8) for part in range(1, 8)}) == 1
    assert drawn_share(489, 500) == 0.978
    assert (drawn_share(8, 8), drawn_share(0, 8), drawn_share(None, 8)) == (1, 0, None)
    assert drawn_share(0, 0) is None


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (1204, 1250, "1,204 of 1,250"),
        (1250, 1250, "1,250 of 1,250"),
        (1245, 1250, "all but 1-10 of 1,250"),
        (5, 1250, "1-10 of 1,250"),
        (7, 7, "all of 1-10"),
        (0, 7, "none of 1-10"),
        (3, 7, "some of 1-10"),
    ],
)
def test_parts(part, whole, told):
    assert tell_part(part, whole) == told


def test_a_difference_is_told_only_of_shares_that_are():
    assert difference((440, 500), (500, 500)) == pytest.approx(-12)
    assert difference((495, 500), (500, 500)) is None
    assert difference((500, 500), (3, 500)) is None
    assert difference((None, None), (500, 500)) is None


def message(code, numerator, denominator, value, required, credit="", **evidence):
    """Return the sentence as the rule itself words it."""
    plain = {"county": "Wilson (47189)", "who": "members", "specialty": "Psychiatry"}
    plain |= {"limit": "45 minutes and 30 miles", "basis": "straight-line miles"}
    told = plain | {"members": denominator, "counts": "providers", "base": "members"} | evidence
    if code == "NW01":
        told |= {"told": f"{value:.1%}{credit}", "wanted": "a provider"}
    worded = rules()[code].message.format(
        numerator=numerator,
        denominator=denominator,
        value=value,
        required=required,
        evidence=told,
    )
    return veil_message(worded, numerator, denominator, told)


@pytest.mark.parametrize(
    ("within", "members", "told"),
    [
        (440, 500, "440 of 500 members (88.0%) have"),
        (493, 500, "all but 1-10 of 500 members have"),
        (7, 500, "1-10 of 500 members have"),
        (8, 8, "all of 1-10 members have"),
        (0, 8, "none of 1-10 members have"),
        (5, 8, "some of 1-10 members have"),
        (1_234, 1_240, "all but 1-10 of 1,240 members have"),
    ],
)
def test_the_sentence_of_nw01(within, members, told):
    assert message("NW01", within, members, within / members, 0.9, within=within) == (
        f"Wilson (47189): {told} a provider of Psychiatry within 45 minutes and 30 miles; 90% "
        "must (straight-line miles)."
    )


@pytest.mark.parametrize(("members", "told"), [(8, "1-10"), (10, "1-10"), (11, "11")])
def test_the_sentence_of_nw02(members, told):
    assert message("NW02", 3, members, 3, 1) == (
        "Wilson (47189): 3 providers of Psychiatry within 45 minutes and 30 miles of members; "
        f"1 needed (base: members, {told}; straight-line miles)."
    )


def test_a_sentence_in_other_words_gives_way_to_plain_ones():
    told = {"who": "members", "members": 19.0, "within": 17.0}
    assert veil_message("Only 17 of the 19 do", 17.0, 19.0, told) == (
        "all but 1-10 of 19 members are within the limit."
    )


def test_other_findings_keep_their_sentence():
    assert veil_message("3 of 5 clinicians", 3.0, 5.0, {"idle": 3}) == "3 of 5 clinicians"
    stuck = {"who": "members", "members": 3.0}
    assert veil_message("the class is unknown", None, None, stuck) == "the class is unknown"
