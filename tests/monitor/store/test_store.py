"""The store: what goes in comes out, in order."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from monitor.rows import FINDING_FIELDS, to_json
from monitor.store import Disposition, Store, StoreError
from rules.model import Layer, Outcome, Severity, Verdict


def test_what_goes_in_comes_out(store, review, measure, finding, lines):
    one = finding()
    counts = {"ANCHOR": {"encounters": {"rows": 10, "staged": 9, "quarantined": 1}}}
    summary = {"verdict": "rejected", "exit_code": 1, "plan_id": "ANCHOR"}
    store.append(review(), [measure()], [one], [lines(one.id, 7, 3)], counts, [summary])

    assert store.reviews() == [review()]
    assert store.latest() == store.load("R1") == review()
    assert store.measures("R1") == [measure()]
    assert store.findings("R1") == [one]
    assert store.tables("R1") == counts
    assert store.answers("R1") == [summary]
    assert [frame.rows() for frame in store.violations("R1")] == [
        [
            (one.id, "providers", "providers.csv", 3, "K3", "npi", "v3", "other"),
            (one.id, "providers", "providers.csv", 7, "K7", "npi", "v7", "other"),
        ]
    ]


def test_measures_keep_text_values_outcomes_and_order(store, review, measure):
    taken = [
        measure("b", value="yes", numerator=None, denominator=None),
        measure("a", value=None, outcome=Outcome.COULD_NOT_RUN, note="providers was not sent"),
        measure("c", plan_id="STEADY", value=0.0),
    ]
    store.append(review(), taken, [])
    assert store.measures("R1") == taken
    assert store.measures("R1", plan="STEADY") == taken[2:]


def test_evidence_is_plain_json_whatever_a_rule_hands_over():
    evidence = {
        "share": float("nan"),
        "count": np.int64(3),
        "limits": (np.float64(0.5), float("inf")),
        "on": date(2026, 3, 31),
        "verdict": Verdict.MET,
        "names": {"b", "a"},
        2026: "year",
    }
    assert to_json(evidence) == (
        '{"share":null,"count":3,"limits":[0.5,null],"on":"2026-03-31","verdict":"met",'
        '"names":["a","b"],"2026":"year"}'
    )


def test_findings_are_found_by_each_of_their_marks(store, review, finding):
    kinds = [
        finding("b"),
        finding("a"),
        finding("c", verdict=Verdict.MET, severity=Severity.MINOR, plan_id="STEADY"),
        finding("d", rule="E1", requirement_id="DATA-MEMBERS", layer=Layer.SHAPE),
    ]
    store.append(review(), [], kinds)

    def subjects(**marks):
        return [one.subject for one in store.findings("R1", **marks)]

    assert subjects() == ["d", "a", "b", "c"]
    assert subjects(plan="STEADY") == ["c"]
    assert subjects(verdict="not_met") == ["d", "a", "b"]
    assert subjects(severity="minor") == ["c"]
    assert subjects(rule="E1") == ["d"]
    assert subjects(requirement="NET-1") == ["a", "b", "c"]
    assert subjects(layer="shape") == ["d"]
    assert subjects(finding_id=kinds[0].id) == ["b"]
    assert subjects(plan="STEADY", verdict="not_met") == []
    assert store.findings("R2") == []


def test_the_frame_of_findings_has_the_columns_and_rows_of_the_findings(store, review, finding):
    store.append(review(), [], [finding("b"), finding("a", numerator=None)])
    frame = store.findings_frame("R1")
    assert tuple(frame.columns) == FINDING_FIELDS
    assert frame["finding_id"].to_list() == [finding("a").id, finding("b").id]
    assert frame["numerator"].to_list() == [None, 41.0]
    assert frame["unverified"].to_list() == [True, True]
    assert frame["evidence"].to_list() == ['{"idle":41}', '{"idle":41}']
    assert store.findings_frame("R9").schema == frame.schema


def test_violations_come_by_finding_then_place_in_bounded_batches(
    store, monkeypatch, review, finding, lines
):
    monkeypatch.setattr("monitor.store.BATCH", 2)
    one, two = sorted([finding("x").id, finding("y").id])
    batches = [lines(two, 5, 4), lines(one, 9), lines(two, 2), lines(one, 8, 10), lines(two)]
    store.append(review(), [], [finding("x"), finding("y")], iter(batches))
    got = [frame.select("finding_id", "line").rows() for frame in store.violations("R1")]
    assert got == [[(one, 8), (one, 9)], [(one, 10), (two, 2)], [(two, 4), (two, 5)]]
    assert [f["line"].to_list() for f in store.violations("R1", two)] == [[2, 4], [5]]
    assert [f["line"].to_list() for f in store.violations("R1", two, limit=1)] == [[2]]
    assert [store.violation_count("R1", key) for key in (None, one, two, "?")] == [6, 3, 3, 0]
    assert list(store.violations("R2")) == []


def test_violations_of_two_reviews_of_the_same_finding_stay_apart(store, review, finding, lines):
    for number, line in ((1, 11), (2, 22)):
        one = finding(review_id=f"R{number}")
        store.append(review(number), [], [one], [lines(one.id, line)])
    assert [next(store.violations(key))["line"].to_list() for key in ("R1", "R2")] == [[11], [22]]


def test_the_latest_and_the_earlier_review_go_by_the_time_of_storing(store, review):
    store.append(review(1, period="2026Q1"), [], [])
    store.append(review(2, contract_id="other"), [], [])
    store.append(review(3, period="2025Q4", plans=("STEADY",)), [], [])
    store.append(review(4, period="2026Q2"), [], [])

    def name(found):
        return found and found.id

    assert [one.id for one in store.reviews()] == ["R4", "R3", "R2", "R1"]
    assert name(store.latest()) == "R4"
    assert name(store.latest("other")) == "R2"
    assert store.latest("third") is None
    assert name(store.earlier(review(4))) == "R3"
    assert name(store.earlier(review(4), "ANCHOR")) == "R1"
    assert name(store.earlier(review(3))) == "R1"
    assert store.earlier(review(1)) is None
    assert store.earlier(review(2, contract_id="other")) is None
    assert name(store.earlier(review(5))) == "R4"


def test_a_store_that_is_not_there_yet_answers_with_nothing_and_makes_no_file(store, store_path):
    assert (store.reviews(), store.latest(), store.findings("R1")) == ([], None, [])
    assert list(store.violations("R1")) == []
    assert store.violation_count("R1") == 0
    assert store.dispositions() == []
    assert not store_path(store).exists()
    with pytest.raises(StoreError) as error:
        store.load("R1")
    assert str(error.value) == f"store {store_path(store)}: no review R1; the latest: none yet"


def test_a_store_in_memory_works_and_leaves_no_file(review, finding):
    memory = Store("sqlite://")
    memory.append(review(), [], [finding()])
    assert [one.subject for one in memory.findings("R1")] == ["plan"]


def test_a_reader_sees_the_store_that_another_has_made_meanwhile(store, review, store_path):
    reader = Store(f"sqlite:///{store_path(store)}")
    assert reader.reviews() == []
    store.append(review(), [], [])
    assert reader.reviews() == [review()]


def test_dispositions_are_added_one_after_the_other(store, review, finding):
    one = finding()
    store.append(review(1), [], [one])
    store.append(review(2), [], [replace(one, review_id="R2"), finding("x", "R2")])
    first = store.dispose(one.id, "disputed", "file was late", "B. Plan", "2026-05-01")
    second = store.dispose(one.id, "waived", "agreed", "A. State", "2026-05-02")
    third = store.dispose(finding("x").id, "cured", "seen", "A. State", "2026-05-03")
    assert first == Disposition(one.id, "R2", "disputed", "file was late", "B. Plan", "2026-05-01")
    assert store.dispositions(one.id) == [first, second]
    assert store.dispositions() == [first, second, third]
    assert store.findings("R1") == [one]
