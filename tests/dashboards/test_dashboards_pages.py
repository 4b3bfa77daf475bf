"""What each page says of the small store, word for word, and what it says when there is nothing."""

import csv
import io

import polars as pl
import pytest

from dashboards import detail, parts
from dashboards.address import Query
from dashboards.app import PAGES
from dashboards.data import Archive
from dashboards.pages import findings, network, overview
from dashboards.standing import Cell
from dashboards.view import find_page, show
from dashboards.wording import tell_name


def page_of(name):
    return next(page for page in PAGES if page.name == name)


@pytest.mark.parametrize(
    ("name", "asked", "sentence"),
    [
        (
            "Overview",
            {},
            "1 of 2 plans has a critical finding that is not met: BETA (Delegation, Network and "
            "Spending). ALPHA has none.",
        ),
        (
            "Overview",
            {"plan": "ALPHA"},
            "No plan has a critical finding that is not met. 133 findings below that are not met.",
        ),
        (
            "Network",
            {},
            "1,502 of 1,567 members of ALPHA (95.9 %) are within the limit for psychiatry , "
            "against 98.7 % for primary care. The share required is missed in 2 of 6 counties , "
            "and in 1 for primary care. 1 county could not be counted.",
        ),
        (
            "Delegation",
            {},
            "BETA runs 1 of 2 functions apart for PH and BH . ALPHA runs every function with one "
            "operator on one system. BETA's <img src=x onerror=alert(1)> is off site, 196.9 miles "
            "from the plan's nearest office.",
        ),
        (
            "Spending",
            {},
            "BETA spent 77.6 % of its BH rate on BH benefits from Oct to Dec 2025; 85.0 % is "
            "required. At or above what is required: ALPHA 100.0 %.",
        ),
        (
            "Spending",
            {"plan": "ALPHA"},
            "Every plan shown spent what is required: ALPHA 100.0 %.",
        ),
        (
            "Findings",
            {},
            "139 findings are not met in 2026Q1 for ALPHA and BETA: 4 critical, 5 major and 130 "
            "info.",
        ),
        (
            "Findings",
            {"plan": "BETA", "rule": "NW06"},
            "1 finding is not met in 2026Q1 for BETA: 1 critical.",
        ),
        (
            "Findings",
            {"verdict": "all", "area": "Spending"},
            "4 findings of every verdict in 2026Q1 for ALPHA and BETA: 2 critical, 1 major and 1 "
            "minor.",
        ),
        ("Findings", {"text": "no such words"}, "No finding fits these filters."),
    ],
)
def test_the_sentence_that_answers(looked, words, name, asked, sentence):
    content = page_of(name).render(looked(name, **asked))
    assert words(content[0]) == sentence


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_follows_the_one_grammar(archive, page):
    view = show(archive, PAGES, page.path, Query(plan="BETA"))
    kinds = [type(part).__name__ for part in view.content]
    assert (kinds[0], set(kinds[1:])) == ("P", {"Section"})
    assert view.title == f"{page.name} · demo-imc 2026Q1 · carvein"
    assert (view.heading, view.question) == (page.name, page.question)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_an_empty_store_says_what_would_be_here_and_how(words, tmp_path, page):
    archive = Archive(f"sqlite:///{tmp_path}/none.db")
    view = show(archive, PAGES, page.path, Query(plan="A", finding="x"))
    assert words(view.content) == (
        f"No review yet Here would be {page.empty}. This command fills it: carvein review "
        f"SUBMISSION --contract PACK --store sqlite:///{tmp_path}/none.db"
    )
    assert view.title == f"{page.name} · no review yet · carvein"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_review_without_findings_makes_every_page(archive, made, page):
    view = show(archive, PAGES, page.path, Query(review=made.EARLIER))
    assert view.content


def test_an_unknown_page_names_those_there_are(archive, words):
    view = show(archive, PAGES, "/nowhere", Query())
    assert words(view.content) == (
        "There is no page /nowhere. These are there: Overview Network Access Serving "
        "Delegation Separation Spending Money Measures Findings"
    )
    assert find_page(PAGES, "/network/") is page_of("Network")


def test_an_unknown_review_names_the_latest(archive, words, made):
    view = show(archive, PAGES, "/", Query(review="R9"))
    assert words(view.content) == (
        f"No such review The store holds no review R9; the latest is {made.LATEST}. Show the "
        "latest review"
    )


def test_an_unknown_filter_says_what_there_is(archive, words):
    view = show(archive, PAGES, "/spending", Query(plan="NOPE"))
    assert words(view.content) == (
        "Nothing of that name No plan NOPE in this review. It has ALPHA and BETA. Show the page "
        "without filters"
    )


def test_an_unknown_finding_says_so(archive, words):
    view = show(archive, PAGES, "/findings", Query(finding="0123"))
    assert words(view.detail) == (
        "No such finding No finding 0123 in this review. Another review may hold it. Close"
    )
    assert view.announce == "No finding 0123 in this review."


def test_a_page_settles_what_is_not_asked(looked):
    query = looked("Network").query
    assert (query.plan, query.specialty, query.beside) == ("ALPHA", "psychiatry", "primary_care")
    assert looked("Findings").query.verdict == "not_met"
    assert looked("Findings", verdict="met").query.verdict == "met"


def test_the_gap_table_ranks_and_hides_small_counts(looked):
    table = network.table(looked("Network"))
    shown = table.select("county", "members", "beyond", "within", "beyond_ph", "difference").rows()
    assert shown == [
        ("Shelby", "500", "60", "88.0 %", "0", "-12.0"),
        ("Fentress", "40", "1-10", "≥ 75 %", "20", ""),
        ("Wilson", "19", "1-10", "≥ 47 %*", "0", ""),
        ("Lake", "", "", "", "", ""),
        ("Bledsoe", "1-10", "0", "100.0 %*", "0", "+0.0"),
        ("Davidson", "1,000", "0", "100.0 %", "0", "+0.0"),
    ]
    assert dict(table.select("county", "providers").rows())["Bledsoe"] == "3 of 1"


def test_facts_with_parts_of_their_own_take_the_whole_width():
    table = parts.table(["", "Counted"], [["Psychiatry", "2"]], "by specialty")
    made = parts.facts([("Who", "clinicians"), ("By", table), ("PH", parts.facts([]))])
    assert [each.className for each in made.children] == [None, None, *["whole"] * 4]


@pytest.mark.parametrize(
    ("slug", "told"),
    [("call_center", "Call center"), ("hie", "HIE"), ("bh_added", "BH added"), ("", "")],
)
def test_a_slug_in_words(slug, told):
    assert tell_name(slug) == told


def test_a_county_without_members_stands_last(looked):
    gaps = gaps_of(looked("Network"))
    first = network.gap_rows(gaps)[0]["county"]
    empty = pl.when(pl.col("county") == first).then(0.0).otherwise(pl.col("members"))
    rows = network.gap_rows(gaps.with_columns(members=empty))
    assert (rows[-1]["county"], rows[-1]["members_told"]) == (first, "0")


def test_each_cell_of_the_scorecard_says_how_many(looked, words):
    seen = looked("Overview")
    for cell, told in (
        (Cell("met", "", 3, 0, 3, 18), "✓ 3 met 15 not applicable"),
        (Cell("met", "", 2, 0, 2, 2), "✓ all 2 met"),
        (Cell("met", "", 1, 0, 1, 1), "✓ 1 met"),
        (Cell("could_not_run", "", 1, 0, 9, 10), "⚠\ufe0e 1 could not run 9 met"),
        (Cell("could_not_run", "", 1, 0, 0, 1), "⚠\ufe0e 1 could not run"),
        (Cell("not_met", "major", 2, 1, 9, 12), "■ 2 major not met ⚠\ufe0e 1 could not run"),
        (Cell("not_applicable", "", 4, 0, 0, 4), "– not applicable"),
    ):
        assert words(overview.tell_cell(seen, "Quality", "ALPHA", cell)) == told


def test_the_gap_tables_hidden_figures_do_not_leave_the_server(looked):
    rows = network.gap_rows(gaps_of(looked("Network")))
    fentress = next(row for row in rows if row["county"] == "Fentress")
    assert (fentress["beyond"], fentress["within"]) == (5.5, 1 - 5.5 / 40)
    assert 37.0 not in fentress.values()


def gaps_of(seen):
    from dashboards import reach

    bh = reach.counties(seen.findings, "ALPHA", "psychiatry")
    ph = reach.counties(seen.findings, "ALPHA", "primary_care")
    return reach.gaps(bh, ph, reach.provider_counts(seen.findings, "ALPHA", "psychiatry"))


def test_the_network_page_marks_the_standard_on_the_legend(looked, words):
    content = page_of("Network").render(looked("Network"))
    said = words(content[1])
    assert "85 % required in rural counties" in said
    assert "90 % required in metro counties" in said
    assert "could not run" in said


def test_idle_clinicians_stand_on_the_network_page(looked, words):
    said = words(page_of("Network").render(looked("Network", plan="BETA"))[-1])
    assert said.startswith(
        "Listed clinicians who serve nobody ■ not met BETA: 57 of 143 individual BH clinicians"
    )


def test_months_say_what_they_count_for(looked):
    table = page_of("Spending").table(looked("Spending", plan="BETA"))
    assert table.select("month", "bh_benefit", "standing").rows() == [
        ("2025-10", 900.0, "judged"),
        ("2025-11", 800.0, "judged"),
        ("2025-12", 628.0, "judged"),
        ("2026-01", 300.0, "still arriving"),
        ("2026-02", 100.0, "still arriving"),
    ]


def test_findings_are_chosen_by_every_filter(looked, made):
    def ids(**asked):
        seen = looked("Findings", **asked)
        return (
            findings.chosen(seen.findings, seen.query).select("plan_id", "rule", "subject").rows()
        )

    assert ids(plan="BETA", severity="critical", area="Spending") == [("BETA", "SP01", "plan")]
    assert ids(change="persisting") == [("BETA", "NW06", "plan")]
    assert ids(change="resolved", verdict="met") == [("ALPHA", "RP01", "plan")]
    assert ids(verdict="could_not_run", plan="BETA") == [("BETA", "IF01", "call_center")]
    assert ids(text="SHELBY") == [("ALPHA", "NW01", "47157/psychiatry/all")]
    assert ids(text="(88.0%)") == [("ALPHA", "NW01", "47157/psychiatry/all")]
    assert len(ids(rule="encounters.units.number")) == made.FILLERS


def test_findings_come_gravest_first(looked):
    seen = looked("Findings", verdict="all")
    frame = findings.chosen(seen.findings, seen.query)
    assert frame["verdict"].unique(maintain_order=True).to_list() == [
        "not_met",
        "could_not_run",
        "not_applicable",
        "met",
    ]
    not_met = frame.filter(verdict="not_met")["severity"].unique(maintain_order=True).to_list()
    assert not_met == ["critical", "major", "info"]


def test_rows_are_fetched_as_asked(looked, made):
    seen = looked("Findings")
    told = findings.fetch(seen, 100, 120, ())
    assert (told["rowCount"], len(told["rowData"])) == (139, 20)
    assert told["rowData"][0]["subject"] == "batch 091"
    assert findings.fetch(seen, 0, 1, ())["rowData"] == [
        {
            "severity": "critical",
            "verdict": "■ not met",
            "plan_id": "BETA",
            "rule": "DL01",
            "subject": "SUB1",
            "message": f"{made.HOSTILE} (SUB1): 1 Elm St is at no plan office's address",
            "area": "Delegation",
            "change": "new",
            "said": "",
            "finding_id": findings.chosen(seen.findings, seen.query)["finding_id"][0],
        }
    ]


def test_rows_are_sorted_by_rank_not_by_letter(looked):
    seen = looked("Findings")
    sort = [{"colId": "severity", "sort": "desc"}, {"colId": "subject", "sort": "desc"}]
    first = findings.fetch(seen, 0, 1, sort)["rowData"][0]
    assert (first["severity"], first["subject"]) == ("info", "batch 129")
    sort = [{"colId": "plan_id", "sort": "asc"}, {"colId": "nonsense", "sort": "asc"}]
    assert findings.fetch(seen, 0, 1, sort)["rowData"][0]["plan_id"] == "ALPHA"


def test_rows_show_small_counts_veiled_what_was_said_and_what_is_unverified(looked):
    shown = findings.fetch(looked("Findings", text="wilson"), 0, 9, ())["rowData"]
    assert [row["message"] for row in shown] == [
        "Wilson (47189): all but 1-10 of 19 members have a provider of Psychiatry within 45 "
        "minutes and 30 miles; 90% must (straight-line miles; time not independently measured)."
    ]
    said = findings.fetch(looked("Findings", rule="NW06"), 0, 9, ())["rowData"]
    assert [row["said"] for row in said] == ["disputed"]
    unverified = findings.fetch(looked("Findings", rule="RP01", verdict="all"), 0, 9, ())
    assert unverified["rowData"][0]["message"] == "[unverified] ALPHA RP01 plan"


def opened(looked, words, sample, **equal):
    finding = sample.only(**equal)[0]
    seen = looked("Findings", finding=finding.id)
    row = seen.findings.filter(finding_id=finding.id).row(0, named=True)
    return words(detail.render(seen, row, "/findings"))


def test_an_open_finding_says_all_that_it_rests_on(looked, words, sample, made):
    idle = sample.only(plan_id="BETA", rule="NW06")[0]
    said = opened(looked, words, sample, plan_id="BETA", rule="NW06")
    start = (
        "Finding Close ■ not met critical persisting BETA: 57 of 143 individual BH clinicians "
        "(39.9%) are on no final line Figures 39.9 % (57 of 143) · at most 15.0 % Plan BETA "
        "Subject plan Period 2026Q1 Clause IMC-NW06: Demo contract, 1.1, p. 2 (42 CFR 438.206) "
        f"Rule NW06 network.listed-never-serving To mend it Mend it. Finding {idle.id} Evidence "
        "Eligible 143 Idle 57 By specialty evidence by part Eligible Idle Clinical psychology 30 "
        "8 Psychiatry 113 49 Dispositions disputed : they were on leave "
        f"{made.HOSTILE} (A. Officer, "
    )
    assert said.startswith(start)
    assert said.endswith(
        f"on review {made.LATEST}) Faulty lines The first 20 of 61 lines. Members' facts are "
        "masked; natural keys are keyed digests of this report alone."
    )


def test_an_open_finding_veils_small_counts(looked, words, sample):
    said = opened(looked, words, sample, subject="47189/psychiatry/all")
    assert "Figures ≥ 47 %* of 19 · at least 90.0 % Plan" in said
    assert "Members 19 Unlocated 0 Approximate 1-10 Within all but 1-10 of 19 Borderline 12" in said
    said = opened(looked, words, sample, rule="NW02")
    assert "Figures 3 providers or beds · at least 1 Plan" in said
    assert "Members 1-10" in said


def test_an_open_finding_says_that_nothing_was_said_and_that_no_line_is_faulty(
    looked, words, sample
):
    finding = sample.only(plan_id="ALPHA", rule="RP01")[0]
    said = opened(looked, words, sample, plan_id="ALPHA", rule="RP01")
    assert "✓ met major resolved unverified" in said
    assert said.endswith(
        f"None yet. To add one: carvein dispose {finding.id} --state acknowledged "
        "--note TEXT Faulty lines None: this finding is about a figure as a whole, not about "
        "single lines."
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_table_can_be_downloaded(looked, page):
    from dashboards.data import write_table

    frame = page.table(looked(page.name))
    rows = list(csv.reader(io.StringIO(write_table(frame).decode())))
    assert rows[0] == frame.columns
    assert len(rows) == 1 + len(frame) > 1
