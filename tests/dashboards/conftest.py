"""A small store made by hand, built once."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dashboards.address import Query
from dashboards.app import PAGES
from dashboards.data import Archive
from dashboards.page import Looked
from dashboards.view import look


def load_sample(file: str = "sample.py", name: str = "dashboard_sample") -> ModuleType:
    """Return a module that makes a store; test folders are no packages."""
    path = Path(__file__).with_name(file)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """Return the module with the figures that the store was made from."""
    return load_sample()


@pytest.fixture(scope="session")
def access() -> ModuleType:
    """Return the module that makes the review of Access and Serving."""
    return load_sample("access_sample.py", "dashboard_access_sample")


@pytest.fixture(scope="session")
def silver() -> ModuleType:
    """Return the module that makes the review of Money, Separation and Measures."""
    return load_sample("money_sample.py", "dashboard_money_sample")


@pytest.fixture(scope="session")
def sample(made: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the store's URL and the findings of its latest review."""
    return made.build(f"sqlite:///{tmp_path_factory.mktemp('dashboard')}/carvein.db")


@pytest.fixture(scope="session")
def archive(sample: Any) -> Archive:
    """Return the store as the pages ask it."""
    return Archive(sample.url)


@pytest.fixture
def looked(archive: Archive) -> Any:
    """Return a function: page name and filters to what the page looks at."""

    def at(name: str, **asked: str) -> Looked:
        page = next(page for page in PAGES if page.name == name)
        found = look(archive, page, Query(**asked))
        assert found is not None
        return found

    return at


@pytest.fixture
def words() -> Any:
    """Return a function: a component to all the text in it, in order, with single spaces."""

    def gather(part: Any) -> list[str]:
        if part is None or isinstance(part, bool):
            return []
        if isinstance(part, str | int | float):
            return [str(part)]
        if isinstance(part, list | tuple):
            return [word for each in part for word in gather(each)]
        return gather(getattr(part, "children", None))

    return lambda part: " ".join(" ".join(gather(part)).split())
