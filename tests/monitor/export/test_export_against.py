"""A report held against an earlier one: matched by finding, counted by lines."""

import json
import shutil

import pytest

from monitor.change import compare
from monitor.export.against import AgainstError, compare_lines, read_earlier, told_against
from monitor.export.findings import FINDING_COLUMNS
from monitor.export.report import write_report
from rules.model import Severity


def frame_of(lines, one, count):
    return lines(one, *(("providers", "p.csv", n + 2, "k", "npi", "v", "w") for n in range(count)))


@pytest.fixture
def before(tmp_path, finding, lines, answer_to):
    """Return an earlier report: b has 4 lines, c has 2, d could not run, e is met."""
    found = [
        finding("b", violations=4, message="=1+1"),
        finding("c", violations=2, unverified=True),
        finding("d", verdict="could_not_run"),
        finding("e", verdict="met"),
        finding("g", severity=Severity.MINOR, requirement="G-1"),
    ]
    frames = [frame_of(lines, found[0], 4), frame_of(lines, found[1], 2)]
    return write_report(tmp_path / "before", answer_to(found), found, frames).folder


def test_an_earlier_report_is_read_back_as_it_was(before, finding):
    for path in (before, before / "summary.json", before / "findings.csv"):
        earlier = read_earlier(path)
        assert (earlier.plan_id, earlier.contract_id) == ("ANCHOR", "demo-imc")
        assert (earlier.period, earlier.verdict) == ("2026Q1", "accepted_with_errors")
        assert [(one.subject, one.violations) for one in earlier.findings] == [
            ("g", 0),
            ("b", 4),
            ("c", 2),
        ]
        assert earlier.findings[1] == finding(
            "b", violations=4, message="=1+1", numerator=None, denominator=None
        )


def test_findings_are_new_persisting_resolved_or_cannot_be_told(
    before, tmp_path, finding, lines, answer_to
):
    earlier = read_earlier(before)
    now = [
        finding("a", violations=3),
        finding("b", violations=1),
        finding("c", verdict="met"),
        finding("d", verdict="not_met"),
        finding("q", requirement="G-1", verdict="could_not_run"),
    ]
    found = compare(now, earlier.findings)
    frames = [frame_of(lines, now[0], 3), frame_of(lines, now[1], 1)]
    written = write_report(tmp_path / "now", answer_to(found), found, frames, earlier=earlier)
    assert [
        (one.change, one.finding.subject, one.before, one.now)
        for one in compare_lines(earlier, found)
    ] == [
        ("new", "a", 0, 3),
        ("new", "d", 0, 0),
        ("persisting", "b", 4, 1),
        ("resolved", "c", 2, 0),
        ("cannot be told", "g", 0, 0),
    ]
    told = "2 new, 1 persisting, 1 resolved, 1 that cannot be told; 6 faults then, 4 now."
    assert told_against(written.answer.against) == (f"Against the report before on 2026Q1: {told}")
    summary = json.loads((written.folder / "summary.json").read_text())
    assert summary["against"] == {
        "report": "before",
        "period": "2026Q1",
        "same_period": True,
        "same_pack": True,
        "verdict": "accepted_with_errors",
        "new": 2,
        "persisting": 1,
        "resolved": 1,
        "cannot_be_told": 1,
        "lines_before": 6,
        "lines_now": 4,
    }
    page = (written.folder / "report.html").read_text(encoding="utf-8")
    assert told in page
    for text in ("New: 2 findings", "Resolved: 1 finding<", "4 lines then, 1 now"):
        assert text in page


def test_another_period_and_other_terms_are_said(before, answer_to):
    earlier = read_earlier(before)
    against = {
        "report": "before",
        "period": "2025Q4",
        "same_period": False,
        "same_pack": False,
        "verdict": "accepted",
        **dict.fromkeys(("new", "persisting", "resolved", "cannot_be_told"), 0),
        "lines_before": 1000,
        "lines_now": 0,
    }
    assert told_against(against) == (
        "Against the report before on another period, 2025Q4, by other terms of the contract: "
        "0 new, 0 persisting, 0 resolved; 1,000 faults then, 0 now."
    )
    earlier.fits("ANCHOR", "demo-imc")


@pytest.mark.parametrize(
    ("plan", "contract", "reason"),
    [
        ("OTHER", "demo-imc", "a report on plan ANCHOR, not on OTHER"),
        ("ANCHOR", "federal-438", "a report on contract demo-imc, not on federal-438"),
    ],
)
def test_another_plan_or_contract_is_refused(before, plan, contract, reason):
    with pytest.raises(AgainstError) as error:
        read_earlier(before).fits(plan, contract)
    assert str(error.value) == (
        f"{before}: {reason}: only reports of one plan and contract can be compared"
    )


BROKEN = [
    ("summary.json", None, "no carvein report: summary.json is missing"),
    ("findings.csv", None, "no carvein report: findings.csv is missing"),
    ("summary.json", b"{", "no carvein report, or a damaged one"),
    ("summary.json", b"[" * 100_000, "no carvein report, or a damaged one"),
    ("summary.json", b"[1]", "no carvein report, or a damaged one"),
    ("summary.json", b"{}", "no carvein report, or a damaged one"),
    ("summary.json", b"\xff\xfe", "no carvein report, or a damaged one"),
    ("findings.csv", b"", "no carvein report, or a damaged one"),
    ("findings.csv", b"a,b\n1,2\n", "no carvein report, or a damaged one"),
    ("findings.csv", b"\xff\n", "no carvein report, or a damaged one"),
]


@pytest.mark.parametrize(("name", "content", "reason"), BROKEN)
def test_a_broken_folder_is_one_clear_line(before, name, content, reason):
    if content is None:
        (before / name).unlink()
    else:
        (before / name).write_bytes(content)
    with pytest.raises(AgainstError) as error:
        read_earlier(before)
    assert str(error.value) == f"{before}: {reason}"


@pytest.mark.parametrize("broken", ["not_met,", ",not_met,extreme", "not_met,major,,,,,,x"])
def test_a_broken_row_is_one_clear_line(before, broken):
    header = ",".join(FINDING_COLUMNS)
    (before / "findings.csv").write_text(f"{header}\n" + ",".join("x" * 10) + f",{broken}\n")
    with pytest.raises(AgainstError, match=r"damaged one$"):
        read_earlier(before)


def test_what_is_no_report_is_named(before, tmp_path):
    shutil.copy(before / "findings.csv", tmp_path / "other.csv")
    for path, reason in [
        (tmp_path / "nowhere", "no such report"),
        (tmp_path / "other.csv", "wanted a report's folder, or its summary.json or findings.csv"),
    ]:
        with pytest.raises(AgainstError) as error:
            read_earlier(path)
        assert str(error.value) == f"{path}: {reason}"
