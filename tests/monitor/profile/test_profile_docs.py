"""The Data Docs: what they say, that they say it safely, and that they ask nobody for anything."""

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from monitor.judge import judge_check
from monitor.profile import profile

EVIL = "<img src=x onerror=alert(1)>"
MARKS = {"⚠ could not run": "could_not_run", "– not applicable": "not_applicable"}
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """The elements of a page, its tables as rows of cell texts, and its visible text."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.tables, self.text, self.style = [], [], [], []
        self._cell, self._in = None, []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._in.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self._cell = True
        elif tag == "i" and self._cell:
            self.tables[-1][-1][-1] += f"[{dict(attrs)['class']}]"

    def handle_endtag(self, tag):
        while self._in and self._in.pop() != tag:
            continue
        if tag in ("td", "th"):
            self.tables[-1][-1][-1] = " ".join(self.tables[-1][-1][-1].split())
            self._cell = None

    def handle_data(self, data):
        if "style" in self._in:
            self.style.append(data)
        else:
            self.text.append(data)
        if self._cell:
            self.tables[-1][-1][-1] += data


@pytest.fixture(scope="module")
def written(batch, tmp_path_factory):
    """Docs of a filing with failures, expectations that were not run, and hostile text."""
    rows = [
        {**row, "name": EVIL, "languages": EVIL, "phone": None if i < 21 else EVIL}
        for i, row in enumerate(batch.providers())
    ]
    lines = [
        {**row, "billing_taxonomy": None, "member_id": f"{EVIL}{row['member_id']}"}
        for row in batch.encounters()
        if row["payment_arrangement"] == "ffs"
    ]
    filing = batch.filing((), plan_id=EVIL, providers=rows, encounters=lines)
    folder = tmp_path_factory.mktemp("report") / "expectations"
    return filing, profile(filing, folder), folder


@pytest.fixture(scope="module")
def page(written):
    _, profiled, _ = written
    return Page(profiled.docs_index.read_text(encoding="utf-8"))


def findings(written):
    filing, profiled, _ = written
    return {
        measure.rule: judge_check(
            measure,
            profiled.checks[measure.rule],
            filing.contract.requirement(measure.requirement_id),
            filing.contract,
            filing.period,
        )
        for measure in profiled.measures
    }


def test_one_page_is_written_and_nothing_else(written):
    _, profiled, folder = written
    assert profiled.docs_index == folder / "index.html"
    assert [path.name for path in folder.rglob("*")] == ["index.html"]


def test_the_pages_say_the_same_as_the_findings(written, page):
    """Verdict, sentence and severity of every finding, from the page as a reader sees it."""
    verdicts = {"fas fa-check-circle text-success": "met", "fas fa-times text-danger": "not_met"}
    told = {}
    for table in page.tables:
        for row in table[1:]:
            if len(row) == 7:
                status, _, _, words, severity, _, code = row
                told[code] = (verdicts[status.strip("[]")], words, severity)
            else:
                verdict, _, why, code = row
                told[code] = (MARKS[verdict], why, None)
    found = {
        code: (
            str(finding.verdict),
            finding.message,
            str(finding.severity) if str(finding.verdict) in ("met", "not_met") else None,
        )
        for code, finding in findings(written).items()
    }
    assert told == found
    assert {verdict for verdict, _, _ in told.values()} == {
        "met",
        "not_met",
        "not_applicable",
        "could_not_run",
    }


def test_a_row_shows_expectation_figure_sentence_and_source(page):
    rows = {row[-1]: row for table in page.tables for row in table}
    assert rows["PFP08"] == [
        "[fas fa-times text-danger]",
        "Telephone missing: at most 2%",
        "2.1%",
        "21 of 1,000 provider rows (2.10%) have no telephone number; wanted at most 2%",
        "minor",
        "carvein defaults providers PFP08 (42 CFR 438.10(h))",
        "PFP08",
    ]
    assert rows["PFE03"] == [
        "⚠ could not run",
        "Inpatient claims per member-month: 0.01 to 2",
        "members was not sent",
        "PFE03",
    ]


def test_what_is_not_met_comes_first(page):
    for table in page.tables:
        marks = [row[0] for row in table[1:] if len(row) == 7]
        assert marks == sorted(marks, key="[fas fa-check-circle text-success]".__eq__)


def test_the_counts_of_each_table_are_said(page):
    assert [text.strip() for text in page.text if "expectations were run" in text] == [
        "15 expectations were run: 14 met, 1 not met. 0 were not run.",
        "25 expectations were run: 24 met, 1 not met. 6 were not run.",
        "0 expectations were run: 0 met, 0 not met. 10 were not run.",
    ]


def test_no_submitted_text_becomes_an_element(written, page):
    """The plan's own id is the one text from outside that is shown; names never get here.

    A summary holds counts only, so no name, phone or member of a submission can be on the page.
    """
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "iframe", "object", "embed", "link", "a", "form", "base"}
    assert not [
        name for _, attributes in page.elements for name in attributes if name.startswith("on")
    ]
    html = written[1].docs_index.read_text(encoding="utf-8")
    assert html.count("onerror") == html.count("&lt;img src=x onerror=alert(1)&gt;")
    assert EVIL not in html
    body = html[html.index("<body>") :]
    assert body.count("onerror") == 1


def test_the_page_names_no_other_host(written):
    html = written[1].docs_index.read_text(encoding="utf-8")
    assert re.findall(r"https?:|//[a-z]", html, flags=re.IGNORECASE) == []
    assert re.findall(r"url\(|@import|@font-face|src\s*=|href\s*=", html, flags=re.I) == [
        # The hostile plan id, escaped, once in the title and once in the heading.
        "src=",
        "src=",
    ]


def test_the_browser_is_told_to_load_nothing(page):
    policies = [
        attributes["content"]
        for tag, attributes in page.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_a_second_run_replaces_the_page_and_leaves_other_files(batch, tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    for plan in ("FIRST", "SECOND"):
        profile(batch.filing(("providers",), plan_id=plan), tmp_path)
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert ("FIRST" in html, "SECOND" in html) == (False, True)
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_a_filing_without_profiled_tables_gets_a_page_that_says_so(batch, tmp_path):
    index = profile(batch.filing(("members",)), tmp_path).docs_index
    assert "No table with a suite was submitted: nothing was profiled." in index.read_text(
        encoding="utf-8"
    )


def test_no_docs_are_written_unless_asked_for(batch):
    assert profile(batch.filing(("providers",))).docs_index is None


QUIET = """
import json, os, socket, sys
from pathlib import Path

asked = []

def refuse(*args, **kwargs):
    asked.append(repr(args[1:]))
    raise OSError("no network here")

for name in ("connect", "connect_ex", "sendto"):
    setattr(socket.socket, name, refuse)
socket.getaddrinfo = refuse
os.environ.pop("GX_ANALYTICS_ENABLED", None)

import importlib.util
spec = importlib.util.spec_from_file_location("small", sys.argv[1])
small = importlib.util.module_from_spec(spec)
spec.loader.exec_module(small)
from monitor import profile
before = "great_expectations" in sys.modules
profile.profile(small.Batch.filing(), Path(sys.argv[2]))
seen = [asked, before, os.environ["GX_ANALYTICS_ENABLED"]]
Path(sys.argv[3]).write_text(json.dumps(seen))
"""


def test_great_expectations_is_silent_offline_and_writes_only_the_docs(tmp_path):
    """In a process and a home of its own, with every way out of the machine refused."""
    home, work, docs = (tmp_path / name for name in ("home", "work", "docs"))
    home.mkdir()
    work.mkdir()
    places = {"HOME": str(home), "TMPDIR": str(work), "XDG_CACHE_HOME": str(home)}
    small, seen = Path(__file__).with_name("conftest.py"), tmp_path / "seen.json"
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", QUIET, str(small), str(docs), str(seen)],
        cwd=work,
        env={**os.environ, **places, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(seen.read_text(encoding="utf-8")) == [[], False, "false"]
    shown = [line for line in done.stderr.splitlines() if "great_expectations" in line]
    assert (done.stdout, shown) == ("", [])
    assert [path for folder in (home, work) for path in folder.rglob("*")] == []
    assert [path.name for path in docs.rglob("*")] == ["index.html"]


@pytest.mark.browser
def test_the_page_opens_from_disk_without_a_request_or_an_error(written, browser):
    index = written[1].docs_index.as_uri()
    for width in (1440, 390):
        sheet = browser.new_page(viewport={"width": width, "height": 900})
        requests, messages = [], []
        sheet.on("request", lambda request, seen=requests: seen.append(request.url))
        sheet.on("console", lambda message, seen=messages: seen.append(message.text))
        sheet.on("pageerror", lambda error, seen=messages: seen.append(str(error)))
        sheet.goto(index)
        assert requests == [index]
        assert messages == []
        assert EVIL in sheet.locator(".told").inner_text()
        mark = sheet.locator("tr", has_text="PFP08").locator("i").first
        shown = mark.evaluate("mark => getComputedStyle(mark, '::before').content")
        assert shown == '"✖\xa0not met"'
        wide = sheet.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
        sheet.close()
