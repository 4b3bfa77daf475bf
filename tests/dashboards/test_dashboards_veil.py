"""Findings about members, told without small counts."""

from dashboards.veil import sentence, veil


def test_a_sentence_of_paper_is_said_without_small_counts(made, access):
    one = access.lost(made, "BETA", 500, 500, 497, access.MET)
    assert sentence(one.message, one.numerator, one.denominator, one.evidence) == (
        "The plan: of 500 members, 100.0 % have a listed provider of Psychiatry within 45 minutes "
        "and 30 miles, and ≥ 98 % one who serves: 1-10 (≤ 2 %) are within reach on paper alone; "
        "at most 5.0% may be."
    )
    shown = veil(one.evidence)
    assert (shown["lost"], shown["within_serving"]) == ("1-10", "all but 1-10 of 500")
    assert shown["share_serving"] == "≥ 98 %"
    assert shown["most_lost"] == {"Shelby (47157)": "40", "Lake (47095)": "1-10"}
    large = access.lost(made, "ALPHA", 1000, 950, 800, access.NOT_MET)
    told = sentence(large.message, large.numerator, large.denominator, large.evidence)
    assert told == large.message


def test_a_sentence_of_the_gap_is_said_without_small_counts(made, access):
    one = access.gap(made, "ALPHA", "47095", "Lake (47095)", 40, 40, 40, 36, access.MET)
    assert sentence(one.message, one.numerator, one.denominator, one.evidence) == (
        "Lake (47095): of 40 members, 100.0 % have primary care within 60 minutes and 60 miles, "
        "100.0 % outpatient mental health and ≥ 75 % outpatient substance use treatment, of "
        "providers who served 1 or more members: behavioral health is behind by 2 to 25 points "
        "(as listed by 0.0 points, under the contract's own limits by 50.0 points); at most 10.0% "
        "may be"
    )
    assert veil(one.evidence)["gap_serving"] == "2 to 25 points"
    few = access.gap(made, "ALPHA", "47007", "Bledsoe (47007)", 8, 8, 8, 3, access.IDLE)
    note = "Bledsoe (47007): too few members to tell a gap: 8, wanted 11"
    assert sentence(note, 5.0, 8.0, few.evidence) == note.replace(": 8,", ": 1-10,")


def test_a_small_county_is_not_told_by_providers_either():
    told = {"who": "members", "members": 8.0, "counts": "providers"}
    note = "Lake: 1 providers of Crisis services stand in it, for 8 members; 1 needed."
    assert sentence(note, 1.0, 8.0, told) == note.replace("for 8 members", "for 1-10 members")
