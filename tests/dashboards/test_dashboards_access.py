"""Access and Serving: gap, paper, ghosts, waits, exceptions, against figures worked out by hand."""

import csv
import io

import pytest

from dashboards import apart, serving, waits
from dashboards.address import Query
from dashboards.app import PAGES
from dashboards.data import Archive, write_table
from dashboards.pages import behind, paper
from dashboards.small_cells import bounds, drawn_gap, tell_gap, tell_lost
from dashboards.view import look, show


@pytest.fixture(scope="module")
def kept(made, access, tmp_path_factory):
    """Return the store as the pages ask it."""
    return Archive(access.build(made, f"sqlite:///{tmp_path_factory.mktemp('access')}/carvein.db"))


@pytest.fixture
def found(kept, made):
    return kept.findings(made.LATEST)


@pytest.fixture
def page(kept):
    """Return a function: page name and filters to its parts and what it looks at."""

    def at(name, **asked):
        one = next(page for page in PAGES if page.name == name)
        seen = look(kept, one, Query(**asked))
        return one, seen

    return at


def test_gaps_are_counted_from_shares(found):
    frame = serving.gaps(found).sort("plan_id", "members", descending=[False, True])
    told = frame.select("plan_id", "place", "members", "care", "mental", "substance", "behind")
    assert told.rows() == [
        ("ALPHA", "The plan", 1000, 990, 900, 850, 140),
        ("ALPHA", "Shelby", 500, 500, 450, 400, 100),
        ("ALPHA", "Lake", 40, 40, 40, 36, 4),
        ("ALPHA", "Bledsoe", 8, 8, 8, 3, 5),
        ("BETA", "The plan", 500, 450, 450, 430, 20),
    ]
    assert frame["of_plan"].to_list() == [True, False, False, False, True]
    assert frame.select("mental_own", "substance_own", "behind_own").row(0) == (450, None, 540)
    assert frame.select("low", "high").row(4) == (-0.02, 0.1)


def test_gaps_are_told_as_far_as_they_may(found):
    frame = serving.gaps(found)
    rows = behind.county_rows(frame.filter(~frame["of_plan"]))
    told = [(row["place"], row["members_told"], row["care_told"]) for row in rows]
    assert told == [
        ("Shelby", "500", "100.0 %"),
        ("Lake", "40", "100.0 %"),
        ("Bledsoe", "1-10", "100.0 %*"),
    ]
    gaps = [(row["substance_told"], row["behind_told"], row["verdict"]) for row in rows]
    assert gaps == [
        ("80.0 %", "20.0", "■ not met"),
        ("≥ 75 %", "2 to 25", "✓ met"),
        ("some*", "some*", "– not applicable"),
    ]
    assert not {4.0, 36.0} & set(map(str, rows[1].values()))
    assert behind.gap_rows(frame.filter("of_plan"))[1]["interval"] == "-2.0 to 10.0 %"


@pytest.mark.parametrize(
    ("one", "other", "whole", "told"),
    [
        (None, 3, 10, ""),
        (5, 3, 0, ""),
        (400, 400, 500, "0.0"),
        (400, 389, 500, "2.2"),
        (400, 390, 500, "0 to 2"),
        (390, 400, 500, "-2 to 0"),
        (389, 400, 500, "-2.2"),
        (36, 1, 36, "72 to 98"),
        (495, 300, 500, "38 to 40"),
        (20, 20, 20, "0.0*"),
        (8, 3, 8, "some*"),
        (8, 8, 8, "0.0*"),
    ],
)
def test_a_gap_in_points(one, other, whole, told):
    assert tell_gap(one, other, whole) == told


def test_bounds_and_what_is_drawn_do_not_tell_the_count():
    assert len({drawn_gap(500, 500 - few, 500) for few in range(1, 11)}) == 1
    assert [bounds(part, 500) for part in (0, 10, 11, 489, 490, 500)] == [
        *[(0, 0), (1, 10), (11, 11), (489, 489), (490, 499), (500, 500)]
    ]
    assert drawn_gap(389, 400, 500) == -11 / 500


@pytest.mark.parametrize(
    ("gone", "before", "told"),
    [
        *[(None, 5, ""), (0, 500, "0"), (10, 500, "1-10"), (11, 500, "11"), (500, 500, "500")],
        *[(35, 36, "all but 1-10"), (25, 36, "25"), (26, 36, "all but 1-10")],
    ],
)
def test_members_lost(gone, before, told):
    assert tell_lost(gone, before) == told


def test_paper_names_the_specialty_of_its_standard(found):
    frame = serving.on_paper(found)
    told = frame.select("plan_id", "specialty", "is_bh", "within_listed", "within_serving", "lost")
    assert told.rows() == [
        ("ALPHA", "Psychiatry", True, 950, 800, 150),
        ("BETA", "Psychiatry", True, 500, 497, 3),
    ]
    rows = paper.paper_rows(frame)
    assert [(row["plan"], row["lost_told"], row["lost_share_told"]) for row in rows] == [
        ("ALPHA", "150", "15.0 %"),
        ("BETA", "1-10", "≤ 2 %"),
    ]
    assert [row["unlocated_told"] for row in rows] == ["1-10", "1-10"]
    most = serving.most(found, "NW08", "most_lost", "ALPHA")
    assert most.select("place", "members").rows() == [("Shelby", 40), ("Lake", 4)]


def test_ghosts_stand_beside_physical_health(found):
    rows = paper.ghost_rows(serving.ghosts(found))
    told = [(row["plan"], row["place"], row["specialty"], row["ghost"]) for row in rows]
    assert told == [
        ("ALPHA", "The plan", "Psychiatry", 5),
        ("ALPHA", "The plan", "Behavioral health", 8),
        ("ALPHA", "Shelby", "Behavioral health", 1),
        ("BETA", "The plan", "Behavioral health", 1),
        ("ALPHA", "Lake", "Behavioral health", 2),
    ]
    shares = [(row["share"], row["share_ph"], row["verdict"]) for row in rows]
    assert shares[0] == (0.5, 0.1, "■ not met")
    assert shares[-1] == (None, 0.1, "– not applicable")


def test_waits_keep_those_reached_and_not_reached_apart(found):
    frame = waits.waits(found)
    told = frame.select("plan_id", "calls_for", "is_bh", "limit", "kept", "of", "share")
    assert told.rows() == [
        ("ALPHA", "adult routine primary care", False, "15 business days", 38, 40, 0.95),
        (
            "ALPHA",
            "adult routine outpatient behavioral health and outpatient SUD",
            True,
            *("", None, None, None),
        ),
        ("BETA", "", False, "", None, None, None),
    ]
    assert frame.select("calls", "reached", "not_reached", "low", "high").row(0) == (
        *(46, 44, 2, 0.85, 0.99),
    )
    assert frame["why"].to_list() == ["", "none", "applies from 2027-07-09"]


def test_standards_count_every_verdict(found):
    frame = apart.by_rule(apart.standards(found))
    told = frame.select("rule", "plan_id", *apart.VERDICTS, "excused", "requirements")
    assert told.rows() == [
        ("NW01", "ALPHA", 1, 0, 0, 0, 1, 1),
        ("NW04", "ALPHA", 0, 1, 1, 0, 0, 2),
        ("NW04", "BETA", 0, 0, 0, 1, 0, 1),
        ("NW07", "ALPHA", 2, 0, 1, 1, 0, 1),
        ("NW07", "BETA", 0, 0, 1, 0, 0, 1),
        ("NW08", "ALPHA", 1, 0, 0, 0, 0, 1),
        ("NW08", "BETA", 0, 0, 1, 0, 0, 1),
        ("NW09", "ALPHA", 2, 0, 1, 1, 0, 1),
        ("NW09", "BETA", 0, 0, 1, 0, 0, 1),
        ("PD03", "BETA", 0, 0, 1, 0, 0, 1),
    ]


def test_members_apart_are_summed_and_alike_ones_put_together(found):
    frame = apart.classes(found)
    told = frame.select("plan_id", "is_bh", "members", *apart.CLASSES, "travel")
    assert told.rows() == [("ALPHA", True, 40, 12, 4, 11, 0, 0, 0, "road graph")]
    twice = apart.alike(frame.vstack(frame))
    assert twice.select("standards", "specialty").rows() == [(2, "Psychiatry")]


def test_exceptions_are_shown_with_where_they_stand(page, words, found):
    assert apart.exceptions(found).select("id", "area", "verdict", "holds").rows() == [
        ("X-1", "Lake", "not_met", True)
    ]
    one, seen = page("Access")
    said = words(one.render(seen))
    assert (
        "X-1 ALPHA MA-TD-psychiatry Psychiatry Lake ■ not met holds, until 2026-12-31 1 "
        "one practice stands there Demo contract, Attachment E, p. 95 unverified" in said
    )
    assert "1 of 1 not met 1 under an exception" in said
    assert "Minutes from road graph" in said


@pytest.mark.parametrize(
    ("name", "asked", "sentence"),
    [
        (
            "Access",
            {},
            "1 of 2 plans miss a network standard: ALPHA. As serving, behavioral health is 14 to "
            "15 points behind primary care at ALPHA, the most of all plans, and 10 are allowed. "
            "Under the contract's own limits it is behind at ALPHA by 54 to 55 and BETA by 45.0 "
            "points. 1 figure could not be counted.",
        ),
        (
            "Access",
            {"plan": "BETA"},
            "BETA misses no network standard that could be judged. As serving, behavioral health "
            "is 4.0 points behind primary care at BETA and 10 are allowed. Under the contract's "
            "own limits it is behind at BETA by 45.0 points.",
        ),
        (
            "Serving",
            {},
            "More members than allowed are within reach on paper alone at ALPHA; more listed "
            "clinicians than allowed serve nobody at ALPHA. Wait standards kept: 1 of the "
            "1 surveyed. 1 figure could not be counted.",
        ),
        (
            "Serving",
            {"plan": "BETA"},
            "The plan has no more members within reach on paper alone than allowed; the plan "
            "lists no more clinicians who serve nobody than allowed.",
        ),
    ],
)
def test_the_sentence_that_answers(page, words, name, asked, sentence):
    one, seen = page(name, **asked)
    assert words(one.render(seen)[0]) == sentence


def test_what_was_not_judged_is_told(page, words):
    one, seen = page("Serving")
    said = words(one.render(seen))
    assert "⚠\ufe0e 1 could not run: calls were made, and none tells a wait" in said
    assert "– 1 not applicable: no such call, or not yet in force" in said
    assert "1 county not judged: too few are listed." in said


def test_every_table_is_written(page):
    for name in ("Access", "Serving"):
        one, seen = page(name)
        for make in (one.table, *one.more.values()):
            rows = list(csv.reader(io.StringIO(write_table(make(seen)).decode())))
            assert len(rows) > 1
            assert {len(row) for row in rows} == {len(rows[0])}


def test_a_review_without_such_findings_says_so(words, made, sample):
    archive = Archive(sample.url)
    view = show(archive, PAGES, "/serving", Query(review=made.EARLIER))
    assert words(view.content).startswith("Nothing on who serves This review holds no finding")


def test_frames_that_are_made_once_are_kept(kept, made, found):
    calls = []

    def make(findings):
        calls.append(len(findings))
        return findings.head(1)

    first = kept.once(made.LATEST, "one", make)
    assert kept.once(made.LATEST, "one", make) is first
    assert calls == [len(found)]
