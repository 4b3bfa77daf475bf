"""The page: verdict first, causes with their lines, clauses; one file, no script, no request."""

import re
from html.parser import HTMLParser

import pytest

from monitor.export import page as page_module
from monitor.export.page import clauses, figures
from monitor.export.report import write_report
from rules.model import Layer, Severity, Submission

EVIL = "<img src=x onerror=alert(1)>"
DATA = {"rule": "providers.name.text", "requirement": "DATA-PROVIDERS", "layer": Layer.SHAPE}


class Reading(HTMLParser):
    """Tags, links and visible text of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.targets, self.ids, self.text, self._hidden = [], [], [], "", False
        self.feed(html)
        self.text = re.sub(r"\s+", " ", self.text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.targets += [value for name, value in attrs if name in ("href", "src")]
        self.ids += [value for name, value in attrs if name == "id"]
        self._hidden = tag == "style"
        self.text += " " if tag in ("td", "th", "dt", "dd", "tr") else ""

    def handle_data(self, data):
        self.text += "" if self._hidden else data


@pytest.fixture
def folder(tmp_path, finding, lines, answer_to):
    found = [
        finding("plan", violations=7, severity=Severity.CRITICAL, unverified=True),
        *(
            finding(
                f"47{n:03}/psychiatry/all",
                requirement="NET-2",
                rule="NW01",
                rule_name="network.beyond-reach",
                observed="0.84996",
                required="0.85",
                message=f"county {n:03}",
            )
            for n in range(30)
        ),
        finding("evil", violations=1, message=EVIL, rule_name=EVIL, citation=EVIL, **DATA),
        finding("odd", rule="GX-1", requirement="DATA-PROVIDERS", layer=Layer.PROFILE),
        finding("q", requirement="Q-1", rule="NW02", verdict="could_not_run", message="no ledger"),
        finding("r", requirement="R-1", verdict="met", message="nothing to see"),
    ]
    frames = [
        lines(
            found[0],
            *(("providers", "p.csv", 9 - n, "k", "npi", f"v{n}", "other") for n in range(7)),
        ),
        lines(found[31], ("providers", "p.csv", 3, "k", "name", EVIL, f"\x1b{EVIL}")),
    ]
    part = Submission("S", "demo-imc", "ANCHOR", "providers", "2026Q1", "t", EVIL, "ab" * 32, 5)
    answer = answer_to(found, unreadable=["ledger"])
    return write_report(tmp_path / "r", answer, found, frames, submissions=[part]).folder


@pytest.fixture
def reading(folder):
    return Reading((folder / "report.html").read_text(encoding="utf-8"))


def test_the_verdict_comes_first_then_what_to_fix_then_the_clauses(reading):
    order = [
        "rejected",
        "ANCHOR 2026Q1: rejected: 1 critical and 32 major findings are not met; ledger could not "
        "be read.",
        "What to fix",
        "What to look at",
        "Not met, by clause",
        "Could not run",
        "Counts",
        "How this was made",
        "Beside this page",
    ]
    body = reading.text
    places = [body.index(order[0]), *(body.rindex(text) for text in order[1:])]
    assert places == sorted(places)


def test_a_cause_has_its_counts_its_first_lines_and_the_file_of_all(reading):
    assert "7 lines, under finding" in reading.text
    before, after = reading.text.split("Lines 6 to 7 of 7")
    told = r"p\.csv line (\d): NPI (v\d): wanted other"
    assert re.findall(told, before) == [
        ("3", "v6"),
        ("4", "v5"),
        ("5", "v4"),
        ("6", "v3"),
        ("7", "v2"),
    ]
    assert re.findall(told, after) == [("8", "v1"), ("9", "v0")]
    assert "county 000 One of 30 findings of this rule." in reading.text


def test_a_clause_has_its_citation_remedy_figures_and_mark(reading):
    for text in (
        "NET-1 critical NW06 Network: listed never serving unverified",
        "Clause. base 3.2.1, p. 41 (42 CFR 438.68(b))",
        "Remedy. Take them off the list.",
        "19.3 % (41 of 212) · at most 15.0 % · finding",
        "1 finding rests on such a value",
        "84.996 % (41 of 212) · at least 85.000 % · finding",
        "Q-1 major NW02",
        "no ledger",
        "value set specialties 2026-01",
    ):
        assert text in reading.text
    assert "nothing to see" not in reading.text


def test_counts_and_tables_are_those_of_the_answer(reading):
    for text in ("critical 1 0 0 0", "major 32 1 0 1", "info 0 0 0 0"):
        assert text in reading.text
    assert "ledger could not be read – – –" in reading.text
    assert "providers accepted with errors 5 4 1" in reading.text
    assert "8 faults in 7 lines, each in violations.csv." in reading.text


def test_what_to_fix_begins_with_the_order_to_mend_it(tmp_path, finding, lines, answer_to):
    def edit(rule, name, message, violations=0):
        return finding(
            requirement="DATA-LEDGER",
            rule=rule,
            rule_name=name,
            layer=Layer.SHAPE,
            message=message,
            violations=violations,
        )

    asked = finding(requirement="NET-1", rule="NW06", rule_name="network.listed-never-serving")
    form = edit("ledger.amount.number", "amount is not a number", "1 of 9 rows.", 1)
    lost = edit("ledger.entry_id.empty", "entry_id is empty", "1 of 9; the rows are quarantined.")
    empty = edit("ledger.file.empty", "a file is empty", "1 of 1 files of ledger.")
    frame = lines(form, ("ledger", "ledger.csv", 7, "k", "amount", "x", "dollars"))
    found = [asked, form, lost, empty]
    folder = write_report(tmp_path / "r", answer_to(found), found, [frame]).folder
    page = Reading((folder / "report.html").read_text(encoding="utf-8"))
    assert (
        "mend in this order severity first at lines "
        "1. Files that could not be read a file is empty ledger.file.empty major – – "
        "2. Rows set aside: no rule sees them entry_id is empty ledger.entry_id.empty major – – "
        "3. Faulty lines in the files amount is not a number ledger.amount.number major "
        "ledger.csv line 7 1 "
        "4. What the contract asks and is not met Network: listed never serving NW06 major – – "
    ) in page.text
    assert {"#fix-1-ledger.file.empty", "#fix-1-NW06"} <= set(page.targets)


def test_submitted_text_is_shown_and_never_run(reading, folder):
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert not {"img", "script", "iframe", "object"} & set(reading.tags)
    assert EVIL not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;") == 8
    assert "\\x1b&lt;img" in html
    assert "\x1b" not in html


def test_every_link_stays_within_the_folder_or_the_page(reading, folder):
    for target in set(reading.targets) - {"data:,"}:
        if target.startswith("#"):
            assert target[1:] in reading.ids
        else:
            assert (folder / target).exists()
    assert len(set(reading.ids)) == len(reading.ids)


def test_a_long_clause_is_cut_with_its_true_total(tmp_path, finding, answer_to, monkeypatch):
    monkeypatch.setattr(page_module, "CLAUSE_ROWS", 20)
    found = [finding(f"s{n:03}", message=f"m{n:03}") for n in range(30)]
    folder = write_report(tmp_path / "r", answer_to(found), found).folder
    text = Reading((folder / "report.html").read_text(encoding="utf-8")).text
    assert "30 findings (20 listed here; all are in findings.csv)" in text
    assert ("s019 m019" in text, "s020 m020" in text) == (True, False)


def test_a_value_of_ten_megabytes_does_not_swell_the_page(tmp_path, finding, lines, answer_to):
    found = [finding(violations=1)]
    frame = lines(found[0], ("providers", "p.csv", 2, "k", "name", "x" * 10_000_000, "a name"))
    folder = write_report(tmp_path / "r", answer_to(found), found, [frame]).folder
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert len(html) < 50_000
    assert f"{'x' * 200} … (10,000,000 characters in all)" in html
    assert (folder / "violations.csv").stat().st_size > 10_000_000


def test_a_partial_answer_says_so(tmp_path, finding, lines, answer_to):
    found = [finding(violations=9)]
    frame = lines(found[0], *(("providers", "p.csv", n, "k", "npi", "1", "w") for n in range(9)))
    folder = write_report(tmp_path / "r", answer_to(found), found, [frame], limit=7).folder
    text = Reading((folder / "report.html").read_text(encoding="utf-8")).text
    for told in (
        "Partial: a limit of 7 lines a cause was asked for; 7 of 9 faulty lines are listed.",
        "Lines 6 to 7 of 9",
        "7 of 9 lines are listed here; for a limit was asked for, 7 are in violations.csv.",
    ):
        assert told in text


def test_an_accepted_submission_has_nothing_to_fix(tmp_path, finding, answer_to):
    found = [finding(verdict="met")]
    folder = write_report(tmp_path / "r", answer_to(found), found).folder
    text = Reading((folder / "report.html").read_text(encoding="utf-8")).text
    assert "ANCHOR 2026Q1: accepted: nothing at or above major is not met, 1 met." in text
    for absent in ("What to fix", "What to look at", "Not met, by clause", "Could not run ("):
        assert absent not in text


FIGURES = [
    # rule, unit, observed, required, numerator, denominator -> text
    ("NW06", "share", "0.19339", "0.15", 41, 212, "19.3 % (41 of 212) · at most 15.0 %"),
    ("SP01", "share of BH rate", "0.8499", "0.85", 1e6, 2e6, "84.99 % (1,000,000 of 2,000,000)"),
    ("NW01", "share", "0.85", "0.85", None, None, "85.0 % · at least 85.0 %"),
    ("NW01", "share", "0.8499999", "0.85", None, None, "84.99999 % · at least 85.00000 %"),
    ("e.x.form", "rows", "12", "0", 12, 48211, "12 of 48,211 rows · wanted 0"),
    ("GX-1", "share", "0.62", "0.9 to 1", 62, 100, "62.0 % (62 of 100) · wanted 90.0 % to 100.0 %"),
    ("DL01", "faults", "2", "0", None, None, "2 faults · at most 0"),
    ("NW02", "providers", "3.5", "4", None, None, "3.50 providers · at least 4"),
    ("DL09", "days", "28", "10", 42, 1470, "28 days · at most 10"),
    ("DL06", "months", "28.74", "12", 28.74, 1, "28.74 months · at most 12"),
    ("XX99", "", "yes", "", None, None, "yes"),
    ("XX99", "share", "", "", None, None, ""),
]


@pytest.mark.parametrize(
    ("rule", "unit", "observed", "required", "numerator", "denominator", "text"), FIGURES
)
def test_figures_read_as_in_a_sentence(
    finding, rule, unit, observed, required, numerator, denominator, text
):
    one = finding(
        rule=rule,
        unit=unit,
        observed=observed,
        required=required,
        numerator=numerator,
        denominator=denominator,
    )
    assert figures(one).startswith(text)


def test_clauses_are_grouped_by_requirement_gravest_first(finding):
    found = [
        finding("a", requirement="B"),
        finding("b", requirement="B", severity=Severity.CRITICAL),
        finding("c", requirement="A"),
        finding("d", requirement="C", severity=Severity.MINOR),
    ]
    assert [
        (one.head.requirement_id, one.severity, len(one.findings)) for one in clauses(found)
    ] == [
        ("B", "critical", 2),
        ("A", "major", 1),
        ("C", "minor", 1),
    ]


@pytest.mark.browser
def test_the_page_in_a_browser(folder, browser):
    """No request but the page itself, no console message, no sideways scrolling, in print whole."""
    asked, said = [], []
    for width in (1440, 390):
        tab = browser.new_page(viewport={"width": width, "height": 900})
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: said.append(message.text))
        tab.on("dialog", lambda dialog: said.append(dialog.message))
        tab.goto((folder / "report.html").as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") == width
        assert tab.locator("h1").first.is_visible()
        assert not tab.get_by_text("county 029").is_visible()
        tab.locator("summary").get_by_text("30 findings", exact=True).click()
        assert tab.get_by_text("county 029").is_visible()
        tab.reload()
        tab.emulate_media(media="print")
        assert tab.get_by_text("county 029").is_visible()
        tab.close()
    assert set(asked) == {(folder / "report.html").as_uri()}
    assert said == []


def test_what_could_not_run_for_one_reason_is_told_once(tmp_path, finding, answer_to):
    reason = "75 of 600 rows of encounters lie in quarantine, more than 5%"
    found = [
        finding(requirement="DATA-E", rule=f"E{n:02}", verdict="could_not_run", message=reason)
        for n in range(54)
    ]
    found.append(
        finding(requirement="DATA-E", rule="E99", verdict="could_not_run", message="no duals")
    )
    page = (
        write_report(tmp_path / "r", answer_to(found), found).folder / "report.html"
    ).read_text()
    assert (page.count(reason), page.count("54 checks: ")) == (1, 1)
    assert '<span class="code">E99</span> no duals' in page
    assert "E00, E01, E02" in page
