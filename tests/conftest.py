"""What the tests share: where the real data is, and what its absence means."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("CARVEIN_SHARED", ROOT.parent / "shared"))
SHARED_REQUIRED = os.environ.get("CARVEIN_SHARED_REQUIRED") == "1"
LEFT_OUT = pytest.StashKey[int]()
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
OFFICE_LEFT_OUT = pytest.StashKey[int]()

# The same examples in every run; `pytest --hypothesis-profile default` looks for new ones.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")

os.environ["GX_ANALYTICS_ENABLED"] = "false"
# Lists that a developer has loaded for real must not decide a test.
os.environ["CARVEIN_VALUES"] = str(ROOT / "tests" / "no-values")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests on shared data out as one counted group when it is neither there nor due.

    Those that open a workbook in LibreOffice are such a group too, where it is not installed.
    """
    if not OFFICE:
        without = [item for item in items if item.get_closest_marker("office")]
        items[:] = [item for item in items if item not in without]
        config.hook.pytest_deselected(items=without)
        config.stash[OFFICE_LEFT_OUT] = len(without)
        if hasattr(config, "workeroutput"):
            config.workeroutput["office_left_out"] = len(without)
    if (SHARED / "data").is_dir() or SHARED_REQUIRED:
        return
    left_out = [item for item in items if item.get_closest_marker("shared")]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
    config.stash[LEFT_OUT] = len(left_out)
    if hasattr(config, "workeroutput"):
        config.workeroutput["left_out"] = len(left_out)


class FromWorkers:
    """Carries the count of left-out tests from an xdist worker, which collects, to the summary."""

    def pytest_testnodedown(self, node: Any) -> None:
        node.config.stash[LEFT_OUT] = node.workeroutput.get("left_out", 0)
        node.config.stash[OFFICE_LEFT_OUT] = node.workeroutput.get("office_left_out", 0)


def pytest_configure(config: pytest.Config) -> None:
    """Register the worker hook where xdist is on."""
    if config.pluginmanager.hasplugin("xdist") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(FromWorkers())


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say how many tests the missing shared data, or a missing LibreOffice, left out."""
    if not OFFICE:
        terminalreporter.write_line(
            f"LEFT OUT: {config.stash.get(OFFICE_LEFT_OUT, 0)} tests marked 'office' need "
            "LibreOffice: apt-get install --no-install-recommends libreoffice-calc"
        )
    if not (SHARED / "data").is_dir() and not SHARED_REQUIRED:
        terminalreporter.write_line(
            f"LEFT OUT: {config.stash.get(LEFT_OUT, 0)} tests marked 'shared' need the shared "
            f"data, which is not at {SHARED}: set CARVEIN_SHARED to its folder"
        )


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real data; a test that asks for it carries the marker ``shared``."""
    if not (SHARED / "data").is_dir():
        pytest.fail(f"the shared data is required but not at {SHARED}: set CARVEIN_SHARED")
    return SHARED


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of Chromium; a test that asks for it carries the marker ``browser``."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.fail(
            "the browser tests need Chromium: run `apt-get install chromium` "
            "(or your system's package of it) and put it on the PATH",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    """Start Chromium once for all tests of a worker: Playwright runs one loop a process."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield started
        started.close()
