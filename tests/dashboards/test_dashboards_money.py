"""Money, and what it shares with Separation and Measures, against figures worked out by hand."""

import csv
import io

import pytest

from dashboards import money
from dashboards.address import Query
from dashboards.app import PAGES
from dashboards.data import Archive, write_table
from dashboards.dollars import account as draw_account
from dashboards.dollars import monthly_pmpm
from dashboards.pages import account, ratios
from dashboards.pages import money as money_page
from dashboards.view import look, show

NAMES = ("Money", "Separation", "Measures")


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


@pytest.mark.parametrize(
    ("name", "asked", "sentence"),
    [
        (
            "Money",
            {},
            "BETA: reallocation. 22.5 % of behavioral-health money (95 % interval 12.0 % to "
            "31.0 %, estimated) from Dec 2025 on , $4.50 a member a month. 1 other explanation is "
            "told below.",
        ),
        (
            "Money",
            {"plan": "ALPHA"},
            "ALPHA: no shift of behavioral-health money from Oct to Dec 2025. A fall of 10 % would "
            "have shown 19 times in 20.",
        ),
        (
            "Separation",
            {},
            "BETA reads as two houses in 2 of 2 components : location and care. ALPHA reads within "
            "what is asked in every component. 1 component could not be told.",
        ),
        (
            "Measures",
            {},
            "1 of 3 rates judged is below what is required: BETA FUH 7 days (20.0 %). 1 rate "
            "counts too few or nobody to judge. 1 rate could not be counted. HEDIS-like, not "
            "NCQA-certified.",
        ),
        (
            "Measures",
            {"plan": "ALPHA"},
            "No rate is below what is required, of 2 that were judged. 1 rate could not be "
            "counted. HEDIS-like, not NCQA-certified.",
        ),
    ],
)
def test_the_sentence_that_answers(page, words, name, asked, sentence):
    one, seen = page(name, **asked)
    assert words(one.render(seen)[0]) == sentence


def test_a_verdict_that_could_not_run_is_no_accusation(made, silver, words, tmp_path):
    from monitor.store import Store

    url = f"sqlite:///{tmp_path}/one.db"
    told = silver.shift(
        made, "ALPHA", "cannot tell: data", silver.STUCK, since=None, size=None, interval=None,
        tests={}, regions=[], ph_more_pmpm=None, **{"else": []},
    )  # fmt: skip
    Store(url).append(made.review(made.LATEST, "2026-04-20T10:15:00+00:00"), [], [told])
    view = show(Archive(url), PAGES, "/money", Query())
    said = words(view.content)
    assert said.startswith(
        "ALPHA: cannot tell: data. Cannot tell: ALPHA has few members. Did behavioral-health"
    )
    assert "No test was made: the data do not carry one, see below." in said
    assert "No shift is told, so there is nothing to explain." in said
    assert "The account comes from SP11, which this review has no finding of" in said


@pytest.mark.parametrize("name", NAMES)
def test_a_review_without_these_rules_says_so(words, archive, made, name):
    path = f"/{name.lower()}"
    view = show(archive, PAGES, path, Query(review=made.EARLIER))
    assert words(view.content).startswith("Nothing to show This review holds no finding on")


def test_months_are_told_as_far_as_they_are_complete(found):
    frame = money.by_month(found, "BETA")
    told = frame.select("month", "bh_pmpm", "rate_pmpm", "bh_raw_pmpm", "mature", "counts")
    assert told.rows() == [
        ("2025-10", 20.0, 25.0, 20.0, True, True),
        ("2025-11", 19.0, 25.0, 18.5, True, True),
        ("2025-12", 15.0, 25.0, 12.0, True, True),
        ("2026-01", 16.0, 25.0, 11.5, False, False),
        ("2026-02", None, 25.0, 9.0, False, False),
    ]
    figure = monthly_pmpm(frame, "2025-12")
    drawn = {trace.name or trace.mode: (list(trace.x), list(trace.y)) for trace in figure.data}
    assert drawn["lines+markers"][0] == ["2025-10", "2025-11", "2025-12"]
    assert drawn["markers"] == (["2026-01"], [16.0])
    shaded = [(one.x0, one.x1) for one in figure.layout.shapes if one.type == "rect"]
    assert shaded == [(2.5, 4.5)]
    said = [one.text for one in figure.layout.annotations]
    assert said == ["still<br>arriving", "as arrived", "completed", "rate", "since Dec 2025"]


def test_months_come_from_what_was_tested_where_the_share_was_not_asked(made, silver):
    import polars as pl

    def frame(*findings):
        return pl.DataFrame(
            [
                {"rule": one.rule, "plan_id": one.plan_id, "finding_id": one.id,
                 "observed": one.observed, "verdict": str(one.verdict), "message": "",
                 "evidence": __import__("json").dumps(dict(one.evidence))}
                for one in findings
            ]
        )  # fmt: skip

    paid = [one for one in silver.findings(made) if one.rule == "SP01"]
    told = money.by_month(frame(silver.shift(made, "BETA", "no shift", silver.MET), *paid))
    assert told.select("month", "bh_pmpm", "rate_pmpm", "bh_raw_pmpm", "counts").rows() == [
        ("2025-10", 20.0, None, None, True),
        ("2025-11", 19.0, None, None, True),
        ("2025-12", 15.0, 20.0, 10.0, True),
        ("2026-02", None, None, None, False),
    ]


def test_the_account_sums_to_the_cent(found, page, words):
    told = money.flow(found, "BETA")
    assert told.balances
    assert sum(told.parts.values()) == told.cents["bh_rate"] == 100010
    steps = account.flow_steps(told)
    assert [(step.name, step.told) for step in steps][-2:] == [
        ("Physical and other benefit", "$100"),
        ("Remainder", "−$100"),
    ]
    assert round(steps[-1].end, 6) == 0
    ends = [round(step.end, 2) for step in steps[:-1]]
    assert ends == [1000.10, 300.05, 60.05, 10.05, 0.05, -99.95]
    figure = draw_account(steps)
    assert figure.layout.xaxis.range[0] < -99 < 1000.1 < figure.layout.xaxis.range[1]
    _, seen = page("Money", plan="BETA")
    said = words(account.flow_card(seen))
    assert "Remainder −$99.95 −10.0 % Sum $1,000.10 100.0 % BH part of the rate $1,000.10" in said
    assert "The parts sum to the BH part of the rate, to the cent." in said


def test_an_account_that_does_not_balance_says_so(found, page, words, monkeypatch):
    told = money.flow(found, "ALPHA")
    broken = money.Flow({**told.cents, "remainder": told.cents["remainder"] + 1}, "")
    assert not broken.balances
    monkeypatch.setattr(money, "flow", lambda findings, plan: broken)
    _, seen = page("Money", plan="ALPHA")
    assert "The parts do not sum to the BH part of the rate" in words(account.flow_card(seen))


@pytest.mark.parametrize(
    ("parted", "was", "became", "cents"),
    [
        ([-1.75, -0.751, 0.005], 15.0, 12.504, [-175, -75, 0]),
        ([0.004, 0.004, 0.004], 0.0, 0.012, [1, 0, 0]),
        ([0.004, -0.009, 0.0], 1.0, 0.995, [0, 0, 0]),
        ([0.004, 0.015, 0.0], 1.0, 1.019, [0, 2, 0]),
        ([], 1.0, 1.0, []),
    ],
)
def test_parts_in_cents_sum_to_the_change(parted, was, became, cents):
    told = account.in_cents(parted, was, became)
    assert told == cents
    assert not parted or sum(told) == round(100 * became) - round(100 * was)


def test_the_change_is_bars_that_sum_to_the_whole(found, page, words):
    told = money.change(found, "BETA")
    assert (told.was, told.became) == (15.0, 12.504)
    steps = [(step.name, step.start, step.end, step.told) for step in account.change_steps(told)]
    assert steps == [
        ("Oct to Nov 2025", 0.0, 15.0, "$15.00"),
        ("Penetration", 15.0, 13.25, "−$1.75"),
        ("Units per user", 13.25, 12.5, "−$0.75"),
        ("Price per unit", 12.5, 12.5, "+$0.00"),
        ("Dec 2025", 0.0, 12.5, "$12.50"),
    ]
    _, seen = page("Money", plan="BETA")
    said = words(account.change_card(seen))
    assert "Inpatient $10.00 −$2.00 −$1.00 +$0.00 $7.00" in said
    assert said.endswith("All $15.00 −$1.75 −$0.75 +$0.00 $12.50")


def test_shares_and_ratios_have_their_intervals(found, page, words):
    one = money.shares(found, "BETA")[0]
    told = (one.share, one.certified, one.least, one.low, one.high, one.verdict)
    assert told == (*map(pytest.approx, (0.2, 0.25, 0.225, 0.16, 0.24)), "not_met")
    frame = money.strata(found, "BETA")
    assert frame.select("name", "ratio", "ratio_low", "ratio_high", "few").rows() == [
        ("plan", 0.8, 0.6, 1.0, False),
        ("CHILD", 0.0, None, None, True),
        ("East", None, None, None, False),
    ]
    rows = ratios.strata_rows(frame)
    assert [(row["stratum"], row["ratio_told"], row["interval"]) for row in rows] == [
        ("The plan", "80.0 %", "60.0 % to 100.0 %"),
        ("Rate cell CHILD", "0.0 %*", ""),
        ("Region East", "", ""),
    ]
    _, seen = page("Money", plan="BETA")
    assert "85 % required of the plan" in words(ratios.ratio_card(seen))
    said = words(ratios.share_card(seen))
    assert "BETA 20.0 % 16.0 % to 24.0 % 25.0 % 22.5 % ■ not met" in said


def test_other_rules_of_money_stand_in_a_row_each(page):
    _, seen = page("Money", plan="BETA")
    told = [
        (row["title"], row["subject"], row["verdict"], row["interval"], row["message"])
        for row in ratios.rule_rows(seen)
    ]
    assert told == [
        ("BH medical loss ratio", "the plan", "■ not met", "60.0 % to 80.0 %", "BETA SP04 plan"),
        ("Kept by a subcontractor", "SUB1", "⚠\ufe0e could not run", "", "sent no line"),
    ]


def test_the_tests_and_what_else_could_explain_it_are_told(page, words):
    one, seen = page("Money", plan="BETA")
    said = words(one.render(seen))
    for told in (
        "Use, at constant prices Dec 2025 −22.5 % p 0.004 (largest fall over all months",
        "BH unit prices, by service code Nov 2025 −1.0 % −0.4 standard errors",
        "What physical health got, a member a month from the same month on +$2.75 95 % interval "
        "+$1.00 to +$4.50",
        "Chance that physical health got it 97 % estimated",
        "Membership changed by +6%: new members may need other care.",
        "Left out Feb 2026: 10% complete",
        "Least complete month BH 80.0 %, PH 90.0 %",
        "Encounters over ledger BH 99.0 % to 100.0 %, PH 100.0 % to 100.0 %",
        "East ■ fell Dec 2025 −30.0 % 0.010 West – no fall proven Nov 2025 −2.0 % 0.800",
    ):
        assert told in said
    rows = money_page.verdict_rows(money.verdicts(seen.findings))
    told = [(row["plan_id"], row["told"], row["interval"], row["lost_pmpm"]) for row in rows]
    assert told == [
        ("ALPHA", "no shift", "−5.0 % to 6.0 %", None),
        ("BETA", "reallocation", "12.0 % to 31.0 %", 4.5),
    ]


@pytest.mark.parametrize("plan", ["", "ALPHA", "BETA"])
@pytest.mark.parametrize("name", NAMES)
def test_every_table_is_written(page, name, plan):
    one, seen = page(name, plan=plan)
    for make in (one.table, *one.more.values()):
        rows = list(csv.reader(io.StringIO(write_table(make(seen)).decode())))
        assert {len(row) for row in rows} == {len(rows[0])}


@pytest.mark.parametrize("name", NAMES)
def test_many_plans_are_drawn_up_to_a_limit(made, silver, words, tmp_path, name):
    from monitor.store import Store

    url = f"sqlite:///{tmp_path}/many.db"
    told = [
        one
        for place in range(12)
        for one in (
            silver.component(made, f"P{place:02}", "SL02", "location", 0.1, silver.MET,
                             [("off site", 0.0, 0, 1, "0 of 1 sit off site")]),
            silver.rate(made, f"P{place:02}", "QM01", "7 days", 60, 100),
            silver.shift(made, f"P{place:02}", "no shift", silver.MET, since=None),
        )
    ]  # fmt: skip
    Store(url).append(made.review(made.LATEST, "2026-04-20T10:15:00+00:00"), [], told)
    said = words(show(Archive(url), PAGES, f"/{name.lower()}", Query()).content)
    assert ("Drawn are the first 8 plans; the table has all 12." in said) is (name != "Money")
