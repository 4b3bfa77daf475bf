"""Separation and Measures against figures worked out by hand, and small counts of people hidden."""

import pytest

from dashboards import detail, measures, people, profile
from dashboards.address import Query
from dashboards.app import PAGES
from dashboards.data import Archive
from dashboards.evidence import evidence_of
from dashboards.pages import measures as measures_page
from dashboards.pages import separation
from dashboards.small_cells import SMALL
from dashboards.view import look
from rules.samples import wilson


@pytest.fixture(scope="module")
def kept(made, silver, tmp_path_factory):
    """Return the store as the pages ask it."""
    return Archive(silver.build(made, f"sqlite:///{tmp_path_factory.mktemp('money')}/carvein.db"))


@pytest.fixture
def found(kept, made):
    return kept.findings(made.LATEST)


@pytest.fixture
def page(kept):
    """Return a function: page name and filters to the page and what it looks at."""

    def at(name, **asked):
        one = next(page for page in PAGES if page.name == name)
        return one, look(kept, one, Query(**asked))

    return at


def test_components_are_told_part_by_part(found, page, words):
    told = [
        (one.plan_id, one.title, one.value, one.shown, one.most, one.verdict)
        for one in profile.components(found)
    ]
    assert told == [
        ("ALPHA", "Location", 0.12, "0.12", 0.5, "met"),
        ("BETA", "Location", 1.0, "1.00", 0.5, "not_met"),
        ("ALPHA", "Care", None, "", None, "could_not_run"),
        ("BETA", "Care", 0.6, "0.6", 0.5, "not_met"),
    ]
    one, seen = page("Separation")
    said = words(one.render(seen))
    for part in (
        "BETA Bh need without a ph visit 1-10 of 66 members with SMI or in BH care had no PH "
        "visit in the year 0.2 1-10 66",
        "25 of 57 members with a BH diagnosis had no BH visit 0.88 25 57",
        "Care conferences 1-10 members with SMI, fewer than 20 ⚠\ufe0e left out",
        "ALPHA: none",
    ):
        assert part.casefold() in said.casefold()
    assert " 7 " not in said.split("Silos")[0]


def test_the_sharing_graph_stands_with_both_intervals(found):
    graphs, left = profile.ties(found)
    one = graphs[0]
    told = (one.plan_id, one.observed, one.expected, one.ratio, one.shuffled, one.members)
    assert told == ("BETA", 80, 200.0, 0.4, (0.38, 0.42), (0.25, 0.55))
    assert left == [("ALPHA", "none")]
    figure = separation.ties_figure(graphs)
    dot = figure.data[0]
    ends = (dot.x[0], dot.error_x.array[0], dot.error_x.arrayminus[0])
    assert ends == pytest.approx((0.4, 0.15, 0.15))
    assert [(one.x0, one.x1) for one in figure.layout.shapes] == [(1, 1)]


def test_silos_lead_to_their_findings(found):
    rows = separation.silo_rows(profile.silos(found))
    told = [(row["rule"], row["verdict"], row["figures"], row["title"]) for row in rows]
    assert told == [
        ("DL04", "■ not met", "0.40 · at most 0", "Award on cost over qualification"),
        ("SP03", "⚠\ufe0e could not run", "", "Kept by a subcontractor"),
        ("CC01", "✓ met", "≤ 24 % (1-10 of 42) · required 50.0 %",
         "Both needs, one side of care only"),
    ]  # fmt: skip
    assert set(found["finding_id"]) >= {row["finding_id"] for row in rows}
    assert rows[-1]["message"] == (
        "BETA: of 42 members who need both PH and BH care, from 2025-01-01 to 2025-12-31, "
        "1-10 of 42 had one side only; at most 50.0% may."
    )


def test_measures_hide_small_counts_and_draw_none_of_them(found):
    frame = measures.measures(found)
    told = frame.select("plan_id", "code", "rate_of", "numerator", "denominator", "rate", "why")
    assert told.rows() == [
        ("ALPHA", "FUH", "7 days", "60", "100", "60.0 %", ""),
        ("BETA", "FUH", "7 days", "20", "100", "20.0 %", ""),
        ("ALPHA", "FUH", "30 days", f"all but {SMALL}", "100", "≥ 90 %", ""),
        ("BETA", "FUH", "30 days", "some", SMALL, "some*", "too few to judge a rate, at least 30 "
         "are asked for"),
        ("ALPHA", "AMM", "84 days", "", "", "", "no list of drug codes"),
    ]  # fmt: skip
    low, high = wilson(60, 100)
    assert frame.select("at", "low", "high").rows()[:3] == [
        (0.6, low, high),
        (0.2, *wilson(20, 100)),
        (None, None, None),
    ]
    assert frame["interval"].to_list()[0] == f"{100 * low:.1f} % to {100 * high:.1f} %"
    assert frame["interval"].to_list()[2:] == ["", "", ""]
    rows = measures_page.rate_rows(frame)
    assert [(row["plan_id"], row["rate_of"]) for row in rows][:2] == [
        ("BETA", "7 days"),
        ("ALPHA", "7 days"),
    ]
    assert [row["rate"] for row in rows] == [20.0, 60.0, 0.0, None, 0.0]


def test_every_definition_says_that_it_is_not_certified(page, words):
    one, seen = page("Measures")
    said = words(one.render(seen))
    assert "FUH MY2025 HEDIS-like, not NCQA-certified Jan to Dec 2025 no first_day" in said
    assert "Least rates are the contract's: FUH 30 days 30.0 % and FUH 7 days 30.0 %." in said


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("3 of 4 clauses are missing", "3 of 4 clauses are missing"),
        ("0 of 28 members have a plan (0.0%)", "0 of 28 members have a plan (0.0%)"),
        ("10 of 28 members have a plan (35.7%)", "1-10 of 28 members have a plan"),
        ("11 of 28 members have a plan (39.3%)", "11 of 28 members have a plan (39.3%)"),
        ("18 of 28 members have a plan", "all but 1-10 of 28 members have a plan"),
        ("17 of 28 members have a plan", "17 of 28 members have a plan"),
        ("10 members with SMI, fewer than 20", "1-10 members with SMI, fewer than 20"),
        ("11 members with SMI, fewer than 20", "11 members with SMI, fewer than 20"),
        ("8 of 70 admissions had one (9 had any)", "1-10 of 70 admissions had one (1-10 had any)"),
        ("$5 of $9 of 80 members was paid", "$5 of $9 of 80 members was paid"),
        (
            "X: 8 of 66 admissions (12.1%) were told; at most 50.0%. Told late were 15, and 43 no.",
            "X: 1-10 of 66 admissions were told; at most 50.0%.",
        ),
    ],
)
def test_words_about_people_hide_small_counts(text, told):
    assert people.veil_words(text) == told


def test_an_opened_finding_hides_small_counts(found, kept, made, words):
    rows = {(row["rule"], row["plan_id"], row["subject"]): row
            for row in found.iter_rows(named=True)}  # fmt: skip

    def told(*key):
        row = rows[key]
        evidence = evidence_of(row)
        shown = words(detail.tell_evidence(people.veil_people(row, evidence)))
        return detail.message_of(row, evidence), detail.figures_of(row, evidence), shown

    message, figures, shown = told("QM01", "ALPHA", "30 days")
    assert message == "ALPHA: FUH, 30 days: all but 1-10 of 100 from 2025"
    assert figures == "≥ 90 % (all but 1-10 of 100) · required 30.0 %"
    assert "By age not shown: a count of 1-10" in shown
    assert "Hospice 1-10 Died 0" in shown
    assert "95" not in shown
    message, figures, shown = told("SL05", "BETA", "care")
    assert message.startswith("BETA, care: 0.6 on a scale from 0 (one house) to 1 (two houses); ")
    assert figures == "0.6 · at most 0.5"
    assert "0.2121" not in shown
    assert "7 of 66" not in message + shown
    message, figures, shown = told("QM01", "ALPHA", "7 days")
    assert message == "ALPHA: FUH, 7 days: 60 of 100 (60.0%) from 2025"
    assert "18-64 60 of 100" in shown
    message, _, shown = told("CC01", "BETA", "plan")
    assert "PH only 1-10 Interval not shown" in shown
