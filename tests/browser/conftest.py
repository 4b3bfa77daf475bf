"""The dashboard of the small store in a real browser: one server and one browser for all tests."""

import importlib.util
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

SAMPLE = Path(__file__).parent.parent / "dashboards" / "sample.py"
SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
START_SECONDS = 60
PATIENCE = 20_000  # milliseconds
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the small store that the tests of the dashboards use too."""
    spec = importlib.util.spec_from_file_location("dashboard_sample", SAMPLE)
    assert spec and spec.loader
    made = importlib.util.module_from_spec(spec)
    sys.modules["dashboard_sample"] = made
    spec.loader.exec_module(made)
    return made.build(f"sqlite:///{tmp_path_factory.mktemp('browser')}/carvein.db")


@pytest.fixture(scope="session")
def address(sample: Any) -> Iterator[str]:
    """Serve the store as the command does; yield where."""
    child = subprocess.Popen(
        [sys.executable, "-m", "dashboards", "--store", sample.url, "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        deadline = time.monotonic() + START_SECONDS
        while not select.select([child.stdout], [], [], 1)[0]:
            assert time.monotonic() < deadline, "the dashboard did not start"
        line = child.stdout.readline()
        assert line.startswith(f"Dashboard of {sample.url} on http://127.0.0.1:")
        assert line.endswith(" (Ctrl-C stops)\n")
        yield line.split(" on ")[1].split()[0]
    finally:
        child.terminate()
        child.wait(10)


@dataclass
class Visit:
    """A page under watch: what it complains of, asks of others, or pops up."""

    page: Page
    address: str
    faults: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go to a page and wait until it stands."""
        self.page.goto(self.address + path)
        self.page.wait_for_selector(".answer, .notice")

    def first_cell(self) -> Locator:
        """Return the first cell of the table once its row has come: an empty row opens nothing."""
        cell = self.page.locator(".ag-row[row-index='0'][row-id] .ag-cell").first
        cell.wait_for()
        return cell

    def watch(self) -> None:
        """Note every console error, request to another host, dialog and failed answer."""
        own = (self.address, "data:", "blob:")
        self.page.on(
            "console",
            lambda said: self.faults.append(said.text) if said.type == "error" else None,
        )
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on(
            "request",
            lambda asked: None if asked.url.startswith(own) else self.faults.append(asked.url),
        )
        self.page.on(
            "response",
            lambda told: (
                self.faults.append(f"{told.status} {told.url}") if told.status >= 400 else None
            ),
        )
        self.page.on("dialog", self.refuse)

    def refuse(self, dialog: Any) -> None:
        """Note a dialog and close it."""
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@pytest.fixture(scope="session")
def rooms(browser: Browser) -> Iterator[dict[str, BrowserContext]]:
    """Return one browser context a size: scripts are fetched once and then cached."""
    opened = {}
    for size, viewport in SIZES.items():
        opened[size] = browser.new_context(viewport=viewport, accept_downloads=True)
        opened[size].set_default_timeout(PATIENCE)
    yield opened
    for context in opened.values():
        context.close()


def visiting(context: BrowserContext, address: str) -> Iterator[Visit]:
    """Yield a new page; at its end nothing may have gone wrong on it."""
    visit = Visit(context.new_page(), address)
    visit.watch()
    yield visit
    visit.page.close()
    assert visit.faults == []


@pytest.fixture
def wide(rooms: dict[str, BrowserContext], address: str) -> Iterator[Visit]:
    """Return a page 1440 pixels wide."""
    yield from visiting(rooms["wide"], address)


@pytest.fixture
def phone(rooms: dict[str, BrowserContext], address: str) -> Iterator[Visit]:
    """Return a page 390 pixels wide."""
    yield from visiting(rooms["phone"], address)
