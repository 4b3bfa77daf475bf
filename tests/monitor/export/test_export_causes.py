"""Lines grouped by cause: every one counted, told in a sentence, listed within bounds."""

import csv
import json
import random
from collections import Counter

import polars as pl
import pytest

from monitor.export import violations
from monitor.export.causes import find_causes, sentence, share_out
from monitor.export.mask import Mask
from monitor.export.report import write_report
from monitor.export.violations import Group, gather, patterns
from monitor.violations import ViolationFolder
from rules.model import Layer, Severity

SENTENCES = [
    # file, line, field, value, expected -> told
    (
        ("providers.csv", 12, "npi", "1234567892", "check digit is 2, should be 3"),
        "providers.csv line 12: NPI 1234567892: check digit is 2, should be 3",
    ),
    (
        ("encounters.csv", 9, "paid_amount", "-5.25", "0 or more"),
        "encounters.csv line 9: paid_amount -5.25: wanted 0 or more",
    ),
    (
        ("members.csv", 3, "zip", "", "5 digits"),
        "members.csv line 3: zip is empty: wanted 5 digits",
    ),
    (
        ("members.csv", 0, "", "a byte order mark", "UTF-8 without a byte order mark"),
        "members.csv: a byte order mark: wanted UTF-8 without a byte order mark",
    ),
    (("", None, "", "", "a ledger"), "members: wanted a ledger"),
    (("m.csv", 2, "zip", "3720", ""), "m.csv line 2: zip 3720"),
]


@pytest.mark.parametrize(("row", "told"), SENTENCES)
def test_a_line_is_told_in_one_sentence(row, told):
    names = ("file", "line", "field", "value", "expected")
    assert sentence({"table": "members", **dict(zip(names, row, strict=True))}) == told


def test_a_pattern_keeps_the_words_and_drops_what_differs():
    given = [
        "check digit is 2, should be 3",
        "masked or later",
        "a 'x' in \"y\"",
        "one of F, M",
        "",
    ]
    assert patterns(pl.Series(given)).to_list() == [
        "check digit is …, should be …",
        "… or later",
        "a … in …",
        "one of F, M",
        "",
    ]


@pytest.fixture
def told(tmp_path, lines):
    def make(found, rows, **how):
        kept = ViolationFolder(tmp_path / "raw")
        for one, some in zip(found, rows, strict=True):
            kept.add(one.id, lines(one, *some).drop("finding_id"))
        return gather(tmp_path, kept.of, found, Mask(), **how)

    return make


def row(line, field, expected, table="providers"):
    return (table, "p.csv", line, "k", field, f"v{line}", expected)


def test_lines_are_grouped_by_rule_field_and_pattern(finding, told):
    found = [finding("a", rule="A"), finding("b", rule="A"), finding("c", rule="B")]
    rows = [
        [row(2, "npi", "check digit is 2, should be 3"), row(3, "zip", "5 digits")],
        [row(4, "npi", "check digit is 4, should be 5"), row(5, "zip", "5 digits")],
        [row(6, "npi", "check digit is 2, should be 3")],
    ]
    gathered = told(found, rows)
    assert [(one.rule, one.field, one.wanted, one.total) for one in gathered.groups] == [
        ("A", "npi", "check digit is …, should be …", 2),
        ("A", "zip", "5 digits", 2),
        ("B", "npi", "check digit is 2, should be 3", 1),
    ]
    causes = find_causes(found, gathered)
    assert [(one.rule, one.lines, len(one.findings)) for one in causes] == [
        ("A", 4, 2),
        ("B", 1, 1),
    ]
    assert [part.sentences for part in causes[0].parts] == [
        (
            "p.csv line 2: NPI v2: check digit is 2, should be 3",
            "p.csv line 4: NPI v4: check digit is 4, should be 5",
        ),
        ("p.csv line 3: zip v3: wanted 5 digits", "p.csv line 5: zip v5: wanted 5 digits"),
    ]


def test_counts_agree_with_a_plain_count_of_random_lines(finding, told):
    random.seed(5)
    found = [finding(name, rule=f"R{number % 2}") for number, name in enumerate("abcde")]
    rows = [
        [
            row(line, random.choice(["npi", "zip"]), random.choice(["5 digits", "7 digits", "x"]))
            for line in random.sample(range(2, 500), 60)
        ]
        for _ in found
    ]
    gathered = told(found, rows, limit=7)
    plain = Counter(
        (one.rule, field, "… digits" if "digits" in expected else expected)
        for one, some in zip(found, rows, strict=True)
        for *_, field, _, expected in some
    )
    assert {(one.rule, one.field, one.wanted): one.total for one in gathered.groups} == plain
    assert {one.kept for one in gathered.groups} == {7}
    assert (gathered.total, gathered.kept) == (300, 7 * len(plain))
    left = Counter()
    for frame in gathered.batches():
        assert frame.columns[0] == "finding_id"
        left.update(frame["finding_id"])
    assert left.total() == gathered.kept
    for finding_id in left:
        numbers = [
            line
            for frame in gathered.batches()
            for line in frame.filter(pl.col("finding_id") == finding_id)["line"]
        ]
        assert numbers == sorted(numbers)


def test_a_rule_with_too_many_kinds_of_fault_gathers_the_rest_in_one(finding, told, monkeypatch):
    monkeypatch.setattr(violations, "PATTERNS", 3)
    found = [finding("a", rule="A")]
    gathered = told(found, [[row(n, f"column {'x' * n}", "a known column") for n in range(2, 12)]])
    assert [(one.field, one.wanted, one.total) for one in gathered.groups] == [
        ("column xx", "a known column", 1),
        ("column xxx", "a known column", 1),
        ("column xxxx", "a known column", 1),
        ("", "", 7),
    ]
    assert sum(len(part.sentences) for part in find_causes(found, gathered)[0].parts) == 3 + 5


@pytest.mark.parametrize(
    ("totals", "room", "each"),
    [
        ([10_000] * 3, 30_000, 2_000),
        ([10_000] * 30, 30_000, 1_000),
        ([10_000] * 7 + [3], 703, 100),
        ([10_000] * 50, 10, 5),
        ([1, 2], 30_000, 2_000),
        ([], 0, 2_000),
    ],
)
def test_the_room_of_a_page_is_shared_out_evenly(totals, room, each):
    groups = [Group("P", "R", "f", "w", total, total) for total in totals]
    assert share_out(groups, room) == each


def test_the_companion_of_the_lines_tells_true_totals(tmp_path, finding, lines, answer_to):
    found = [finding("a", rule="=A", severity=Severity.MINOR, violations=4)]
    frame = lines(found[0], *(row(n, "npi", "a digit") for n in range(4)))
    written = write_report(tmp_path / "r", answer_to(found), found, [frame], limit=3)
    with (written.folder / "causes.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["plan_id", "rule", "severity", "field", "wanted", "lines", "listed", "verdict"],
            ["ANCHOR", "'=A", "minor", "npi", "a digit", "4", "3", "not_met"],
        ]
    assert (written.answer.partial, written.answer.limit, written.answer.listed) == (True, 3, 3)
    assert written.answer.summary()["violations"] == 4


def test_a_limit_that_cuts_nothing_is_not_partial(tmp_path, finding, lines, answer_to):
    found = [finding("a", violations=3)]
    frame = lines(found[0], *(row(n, "npi", "a digit") for n in range(3)))
    written = write_report(tmp_path / "r", answer_to(found), found, [frame], limit=3)
    assert (written.answer.partial, written.answer.limits) == (False, "")
    assert written.answer == answer_to(found)


def test_statistics_and_broken_rules_stand_apart(finding, told):
    found = [
        finding("a", rule="A", severity=Severity.MINOR),
        finding("b", rule="PF-1", layer=Layer.PROFILE),
    ]
    causes = find_causes(found, told(found, [[], []]))
    assert [(one.rule, one.is_statistic) for one in causes] == [("PF-1", True), ("A", False)]


def test_causes_add_up_to_all_faults_those_that_are_allowed_too(
    tmp_path, finding, lines, answer_to
):
    allowed = finding("b", rule="PD02", verdict="met", violations=2)
    found = [finding("a", rule="A", violations=3), allowed]
    frames = [
        lines(found[0], *(row(n, "npi", "a digit") for n in (2, 2, 3))),
        lines(allowed, *(row(n, "last_verified_on", "2025-10-01 or later") for n in (3, 4))),
    ]
    written = write_report(tmp_path / "r", answer_to(found), found, frames)
    with (written.folder / "causes.csv").open(newline="") as file:
        told = [(row["rule"], row["verdict"], row["lines"]) for row in csv.DictReader(file)]
    assert told == [("A", "not_met", "3"), ("PD02", "met", "2")]
    assert written.answer.summary()["violations"] == 5
    assert [cause.rule for cause in written.causes] == ["A"]
    told = json.loads((written.folder / "acknowledgment.json").read_text())["tables"]["providers"]
    assert (told["faults"], told["faulty_lines"]) == (5, 3)
    page = (written.folder / "report.html").read_text()
    assert "5 faults in 3 lines, each in" in page
    assert "2 faults are of rules that are met all the same." in page


def test_what_a_fault_repeats_of_what_was_found_is_told_once():
    told = {"table": "providers", "file": "p.csv", "line": 12, "field": "npi"}
    told |= {"value": "1234567892", "expected": "NPI 1234567892: check digit is 2, should be 3"}
    wanted = "p.csv line 12: NPI 1234567892: check digit is 2, should be 3"
    assert sentence(told) == wanted


@pytest.mark.parametrize(("more", "own"), [((), False), ((4,), True)])
def test_the_lines_of_pd01_stand_under_the_edits_that_tell_them(
    tmp_path, finding, lines, answer_to, more, own
):
    digit = finding("plan", "DATA-PROVIDERS", "providers.npi.check_digit", violations=2)
    share = finding("plan", "DIR-1", "PD01", violations=2 + len(more))
    found = [digit, share]
    frames = [
        lines(digit, *(row(n, "npi", "check digit") for n in (2, 3))),
        lines(share, *(row(n, "npi", "check digit") for n in (2, 3, *more))),
    ]
    written = write_report(tmp_path / "r", answer_to(found), found, frames)
    page = (written.folder / "report.html").read_text()
    under = 'told under <span class="code">providers.npi.check_digit</span> (2).'
    assert (under in page, page.count("p.csv line 3")) == (not own, 2 if own else 1)
