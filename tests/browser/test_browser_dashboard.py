"""The dashboard as it is seen: all pages, both widths, nothing from elsewhere."""

import csv

import pytest
from playwright.sync_api import expect

from monitor.export.findings import FINDING_COLUMNS, record
from monitor.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PAGES = {
    "Overview": "/",
    "Network": "/network",
    "Access": "/access",
    "Serving": "/serving",
    "Delegation": "/delegation",
    "Separation": "/separation",
    "Spending": "/spending",
    "Money": "/money",
    "Measures": "/measures",
    "Findings": "/findings",
}


def figures(sample):
    """Return for each page a figure as the store gives it, in the page's words."""
    reached = [
        one
        for one in sample.only(plan_id="ALPHA", rule="NW01")
        if "psychiatry" in one.subject and one.numerator is not None
    ]
    within = sum(one.numerator for one in reached)
    members = sum(one.denominator for one in reached)
    apart = sample.only(plan_id="BETA", rule="IF01", verdict="not_met")
    spent = sample.only(plan_id="BETA", rule="SP01")[0]
    return {
        "Overview": f"{len(sample.only(verdict='not_met', severity='info'))} info not met",
        "Network": f"{within:,.0f} of {members:,.0f} members of ALPHA ({within / members:.1%}"[:-1],
        "Access": "2 of 2 plans miss a network standard: ALPHA and BETA.",
        "Serving": f"Wait standards kept: 2 of the {len(sample.only(rule='NW04'))} surveyed.",
        "Delegation": f"BETA runs {len(apart)} of 2 functions apart",
        "Separation": "BETA reads within what is asked in every component.",
        "Money": "BETA: no shift of behavioral-health money.",
        "Measures": "No rate is below what is required, of 1 that were judged.",
        "Spending": f"{100 * float(spent.observed):.1f} % of its BH rate",
        "Findings": f"{len(sample.only(verdict='not_met'))} findings are not met",
    }


def walk(visit, sample):
    """Open every page by the navigation; check name, figure and width of each."""
    width = visit.page.viewport_size["width"]
    visit.open("/")
    for name, path in PAGES.items():
        if path != "/":
            if width < 768:
                visit.page.click("#burger")
            visit.page.click(f"nav >> text={name}")
        expect(visit.page).to_have_title(f"{name} · demo-imc 2026Q1 · carvein")
        visit.page.wait_for_selector(f".body >> text={figures(sample)[name]} >> visible=true")
        visit.page.wait_for_selector(".ag-row")
        visit.page.wait_for_timeout(150)
        assert visit.page.inner_text("h1") == name
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
        assert visit.page.locator("header, nav, main").count() == 3
        assert visit.page.get_attribute("html", "lang") == "en"


def test_all_pages_on_a_desk(wide, sample):
    walk(wide, sample)


def test_all_pages_on_a_phone(phone, sample):
    walk(phone, sample)


def test_a_deep_link_restores_its_filters_and_its_finding(wide, sample):
    idle = sample.only(plan_id="BETA", rule="NW06")[0]
    wide.open(f"/findings?plan=BETA&rule=NW06&finding={idle.id}")
    wide.page.wait_for_selector(f".finding >> text={idle.message}")
    assert wide.page.input_value("#filter-plan") == "BETA"
    assert wide.page.input_value("#filter-rule").startswith("NW06")
    assert wide.page.input_value("#filter-verdict") == "Not met"
    assert "39.9 % (57 of 143) · at most 15.0 %" in wide.page.inner_text(".finding")
    assert idle.citation in wide.page.inner_text(".finding")
    wide.page.wait_for_selector(".finding .ag-row")


def test_filters_write_the_url_and_back_takes_them_back(wide):
    wide.open("/findings")
    wide.page.click("#filter-plan")
    wide.page.click("role=option[name='BETA']")
    wide.page.wait_for_url("**/findings?plan=BETA")
    wide.page.wait_for_selector(".answer >> text=6 findings are not met")
    assert wide.page.evaluate("document.activeElement.id") == "filter-plan"
    wide.page.fill("#filter-text", "clinicians")
    wide.page.wait_for_url("**/findings?plan=BETA&text=clinicians")
    wide.page.wait_for_selector(".answer >> text=1 finding is not met")
    wide.page.go_back()
    wide.page.wait_for_selector(".answer >> text=6 findings are not met")
    expect(wide.page.locator("#filter-text")).to_have_value("")
    assert wide.page.input_value("#filter-plan") == "BETA"


def test_the_findings_are_downloaded_as_the_store_holds_them(wide, sample):
    wide.open("/findings?verdict=all")
    with wide.page.expect_download() as started:
        wide.page.click("text=Download 166 as CSV")
    assert started.value.suggested_filename == "findings.csv"
    with open(started.value.path(), encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    stored = [record(one) for one in Store(sample.url).findings(sample.findings[0].review_id)]
    assert rows[0] == list(FINDING_COLUMNS)
    names = ("finding_id", "plan_id", "rule", "verdict", "observed", "violations")
    places = [FINDING_COLUMNS.index(name) for name in names]
    assert [[row[place] for place in places] for row in rows[1:]] == [
        [str(one[name]) for name in names] for one in stored
    ]


def test_a_table_is_used_by_keyboard_alone(wide, sample):
    wide.open("/findings?plan=BETA")
    wide.page.keyboard.press("Tab")
    assert wide.page.evaluate("document.activeElement.className") == "skip"
    wide.page.keyboard.press("Enter")
    wide.page.keyboard.press("Tab")
    assert wide.page.evaluate("document.activeElement.id") == "filter-review"
    wide.first_cell().focus()
    wide.page.keyboard.press("ArrowDown")
    wide.page.keyboard.press("Space")
    second = sample.only(plan_id="BETA", rule="DL02")[0]
    wide.page.wait_for_url(f"**/findings?plan=BETA&finding={second.id}#content")
    wide.page.wait_for_selector(f".finding >> text={second.id}")
    wide.page.click("text=Close")
    wide.page.wait_for_selector(".finding", state="detached")


def test_the_table_fetches_more_rows_as_it_is_scrolled(wide, made_rows):
    wide.open("/findings")
    wide.page.wait_for_selector(".ag-row[row-index='5']")
    assert wide.page.locator("text=batch 120").count() == 0
    wide.page.evaluate("document.querySelector('.ag-body-viewport').scrollTop = 1e6")
    wide.page.wait_for_selector(f".ag-cell >> text=batch {made_rows - 1}")


@pytest.fixture
def made_rows(sample):
    return len(sample.only(rule="encounters.units.number"))


@pytest.mark.parametrize(
    "path", ["/delegation", "/findings?plan=BETA&rule=DL01", "/findings?plan=BETA&finding=IDLE"]
)
def test_a_hostile_name_is_text(wide, sample, path):
    idle = sample.only(plan_id="BETA", rule="NW06")[0]
    wide.open(path.replace("IDLE", idle.id))
    expect(wide.page.locator("#page")).to_contain_text("<img src=x onerror=alert(1)>")
    wide.page.wait_for_timeout(300)
    assert wide.page.locator("img[src='x']").count() == 0


def test_a_folded_navigation_holds_no_focus(phone):
    phone.open("/")
    assert phone.page.locator("#burger").get_attribute("aria-label") == "navigation"
    expect(phone.page.locator("nav >> text=Spending")).to_be_hidden()
    phone.page.click("#burger")
    phone.page.wait_for_selector("nav >> text=Spending", state="visible")


def test_an_opened_finding_comes_into_sight_on_a_phone(phone, sample):
    phone.open("/findings?plan=BETA")
    phone.first_cell().click()
    expect(phone.page.locator("#finding-head")).to_be_focused()
    box = phone.page.locator("#finding-head").bounding_box()
    assert 0 <= box["y"] < 844


def test_every_control_has_a_name(wide):
    wide.open("/findings")
    nameless = wide.page.evaluate(
        """[...document.querySelectorAll('main input:not([type=hidden]), main button, main a')]
        .filter(one => one.offsetParent !== null && one.getAttribute('aria-hidden') !== 'true'
          && !one.labels?.length && !one.getAttribute('aria-label')
          && !one.textContent.trim() && !one.closest('.ag-root-wrapper'))
        .map(one => one.outerHTML.slice(0, 200))"""
    )
    assert nameless == []
