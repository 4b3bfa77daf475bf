"""The door to the store: what comes through it is what the store holds, masked where it must be."""

import ast
import csv
import io
from pathlib import Path

import polars as pl
import pytest

import dashboards
from dashboards import data
from dashboards.data import Archive, StoreError, tell_figures, write_findings, write_table
from monitor.export.findings import FINDING_COLUMNS
from monitor.export.report import export_findings
from monitor.scorecard import area_of
from monitor.store import Store

HOME = Path(dashboards.__file__).parent


def test_only_data_reads_the_store_and_reaches_monitor_or_rules():
    reaching = {
        path.relative_to(HOME).as_posix()
        for path in HOME.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
        if name.split(".")[0] in ("monitor", "rules")
    }
    assert reaching == {"data.py"}


def test_reviews_come_latest_first(archive, made):
    assert [review.id for review in archive.reviews()] == [made.LATEST, made.EARLIER]


def test_a_review_that_is_added_while_the_dashboard_runs_is_seen(made, tmp_path):
    url = f"sqlite:///{tmp_path}/carvein.db"
    archive = Archive(url)
    assert archive.reviews() == []
    Store(url).append(made.review("R1", "2026-01-01T00:00:00+00:00"), [], [])
    assert [review.id for review in archive.reviews()] == ["R1"]
    Store(url).append(made.review("R2", "2026-01-02T00:00:00+00:00"), [], [])
    assert [review.id for review in archive.reviews()] == ["R2", "R1"]


def test_findings_are_the_stores_with_their_areas(archive, sample, made):
    frame = archive.findings(made.LATEST)
    assert frame["finding_id"].to_list() == [one.id for one in sample.findings]
    assert frame["area"].to_list() == [area_of(one) for one in sample.findings]
    assert archive.findings(made.LATEST) is frame


def test_no_more_reviews_are_kept_than_agreed(archive, made):
    for name in ("x1", "x2", "x3", "x4"):
        archive.findings(name)
    assert len(archive._kept) == data.KEPT


def test_members_facts_are_masked(archive, sample, made):
    late = sample.only(plan_id="BETA", rule="EN01")[0]
    lines = archive.lines(made.LATEST, late.id, 20)
    assert lines.total == 2
    assert lines.first.select("table", "file", "line", "field", "value").rows() == [
        ("encounters", "encounters.csv", 11, "service_to", "masked, like 9999-99-99"),
        ("encounters", "encounters.csv", 12, "service_to", "masked, like 9999-99-99"),
    ]
    assert "E7" not in "".join(lines.first["natural_key"])


def test_a_provider_is_not_masked_and_the_first_lines_are_few(archive, sample, made):
    idle = sample.only(plan_id="BETA", rule="NW06")[0]
    lines = archive.lines(made.LATEST, idle.id, 20)
    assert (lines.total, len(lines.first)) == (61, 20)
    assert lines.first["line"].to_list() == list(range(2, 22))
    assert lines.first["value"].to_list()[:2] == [made.HOSTILE, "1000000003"]


def test_a_finding_without_lines_has_none(archive, made):
    lines = archive.lines(made.LATEST, "unknown", 20)
    assert (lines.total, lines.first.is_empty()) == (0, True)


def test_what_was_said_is_read_anew_each_time(made, tmp_path):
    sample = made.build(f"sqlite:///{tmp_path}/carvein.db")
    archive = Archive(sample.url)
    idle = sample.only(plan_id="BETA", rule="NW06")[0].id
    assert [one.state for one in archive.said(idle)] == ["disputed"]
    Store(sample.url).dispose(idle, "cured", "they are gone", "B. Officer")
    assert [one.state for one in archive.said(idle)] == ["disputed", "cured"]
    assert len(archive.said()) == 2


def test_figures_read_as_in_the_report(archive, sample, made):
    rows = archive.findings(made.LATEST).iter_rows(named=True)
    told = {(row["plan_id"], row["rule"]): tell_figures(row) for row in rows}
    assert told["BETA", "NW06"] == "39.9 % (57 of 143) · at most 15.0 %"
    assert told["BETA", "SP01"] == "77.6 % (2,328 of 3,000) · at least 85.0 %"


def test_the_findings_file_is_that_of_the_command(archive, sample, made, tmp_path):
    written = write_findings(archive.findings(made.LATEST).iter_rows(named=True))
    store = Store(sample.url)
    export_findings(store, store.load(made.LATEST), tmp_path / "findings.csv")
    assert written == (tmp_path / "findings.csv").read_bytes()
    assert next(csv.reader(io.StringIO(written.decode()))) == list(FINDING_COLUMNS)


def test_a_table_file_runs_nothing_in_a_spreadsheet():
    frame = pl.DataFrame({"a": ["=1+1", "x", None], "b": [1.5, -2.0, None]})
    assert write_table(frame) == b"a,b\n'=1+1,1.5\nx,-2.0\n,\n"


def test_a_password_is_not_shown():
    with pytest.raises(StoreError) as fault:
        Archive("postgresql://someone:secret@127.0.0.1:1/none")
    assert "secret" not in str(fault.value)


def test_what_is_no_store_is_refused(tmp_path):
    path = tmp_path / "notes.db"
    path.write_text("no database")
    with pytest.raises(StoreError, match="not a carvein store"):
        Archive(f"sqlite:///{path}")
