"""The period of a submission that names none: by its latest service, slips left out."""

from datetime import date
from types import SimpleNamespace

import pytest

from monitor.desk import settle_period

AS_OF = date(2026, 8, 15)


@pytest.fixture
def received(tmp_path):
    def make(days, submitted_on=None, period=""):
        path = tmp_path / "encounters.csv"
        path.write_text("\n".join(["service_from", *days]) + "\n", encoding="utf-8")
        file = SimpleNamespace(path=path, format="csv")
        manifest = SimpleNamespace(plan_id="P", period=period, submitted_on=submitted_on)
        return SimpleNamespace(manifest=manifest, tables={"encounters": [file]})

    return make


@pytest.mark.parametrize(
    ("days", "submitted_on", "period"),
    [
        (["2026-03-31", "2025-12-01"], date(2026, 4, 20), "2026Q1"),
        (["2026-03-31", "2026-04-20"], date(2026, 4, 20), "2026Q2"),
        (["2026-03-31", "2026-04-21"], date(2026, 4, 20), "2026Q1"),
        (["2026-03-31", "2062-03-01"], date(2026, 4, 20), "2026Q1"),
        (["2026-03-31", "2026-08-15"], None, "2026Q3"),
        (["2026-03-31", "2026-08-16"], None, "2026Q1"),
        (["2062-03-01", "soon", ""], None, "2026Q2"),
        ([], None, "2026Q2"),
    ],
)
def test_a_service_after_the_submission_tells_no_period(received, days, submitted_on, period):
    assert str(settle_period("", [received(days, submitted_on)], AS_OF)) == period


def test_a_period_that_is_named_needs_no_service(received):
    assert str(settle_period("", [received(["2026-03-31"], period="2025Q4")], AS_OF)) == "2025Q4"
    assert str(settle_period("2025-11", [received(["2026-03-31"])], AS_OF)) == "2025-11"
