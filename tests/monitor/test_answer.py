"""The answer: verdict, exit code and reasons, situation by situation."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

from monitor.answer import Answer, Reply, build_answer, exit_code, tally
from rules.model import (
    Citation,
    Contract,
    Finding,
    Layer,
    Requirement,
    Severity,
    Value,
    Verdict,
    finding_id,
)


def finding(verdict="met", severity="major", requirement="NET-1", number=1, **changes) -> Finding:
    values = {
        "id": finding_id("demo-imc", "ANCHOR", requirement, "R", str(number)),
        "review_id": "R1",
        "contract_id": "demo-imc",
        "plan_id": "ANCHOR",
        "requirement_id": requirement,
        "rule": "R",
        "rule_name": "rule",
        "layer": Layer.REQUIREMENT,
        "subject": str(number),
        "period": "2026Q1",
        "verdict": Verdict(verdict),
        "severity": Severity(severity),
        "observed": "",
        "required": "",
        "unit": "",
        "numerator": None,
        "denominator": None,
        "violations": 0,
        "citation": "",
        "message": "",
        "remedy": "",
        "evidence": {},
    }
    return Finding(**values | changes)


def requirement(id_, rule, demands=True, severity="major", **applies_to) -> Requirement:
    value = Value(date(2024, 1, 1), None, Citation("base", "1"))
    return Requirement(
        id_, id_, rule, Severity(severity), (value,), applies_to, demands_table=demands
    )


CONTRACT = Contract(
    id="demo-imc",
    title="",
    program="",
    model="mco",
    state="TN",
    plans=("ANCHOR",),
    starts=date(2024, 1, 1),
    ends=None,
    extends=(),
    documents={},
    requirements=(
        requirement("DATA-MEMBERS", "DATA", table="members"),
        requirement("DATA-LEDGER", "DATA", demands=False, table="ledger"),
        requirement("RP-1", "RP01"),
        requirement("IF-1", "IF01", severity="minor"),
        requirement("BENCH-1", "IF01", severity="info"),
        requirement("DL-1", "DL03", demands=False),
        requirement("DL-2", "DL03"),
    ),
)


def counts(rows=10, quarantined=0):
    return SimpleNamespace(rows=rows, staged=rows - quarantined, quarantined=quarantined)


SENT = {"members": counts(10, 1), "encounters": counts(20)}


def answer(*findings, tables=None, **more) -> Answer:
    return build_answer(
        plan_id="ANCHOR",
        contract_id="demo-imc",
        period="2026Q1",
        tables=SENT if tables is None else tables,
        findings=findings,
        contract=CONTRACT,
        **more,
    )


NOT_MET = "not_met"
NOT_RUN = "could_not_run"
# fmt: off
SITUATIONS = [
    ("nothing found", [], {}, "accepted", 0, ()),
    ("all met", [finding()], {}, "accepted", 0, ()),
    ("not met below the limit", [finding(NOT_MET, "minor"), finding(NOT_MET, "info", number=2)],
     {}, "accepted", 0, ()),
    ("not met at the limit", [finding(NOT_MET, "major")], {}, "accepted_with_errors", 1,
     ("1 major finding is not met",)),
    ("the limit lower", [finding(NOT_MET, "minor"), finding(NOT_MET, "minor", number=2)],
     {"fail_on": Severity.MINOR}, "accepted_with_errors", 1, ("2 minor findings are not met",)),
    ("the limit at info", [finding(NOT_MET, "info")], {"fail_on": Severity.INFO},
     "accepted_with_errors", 1, ("1 info finding is not met",)),
    ("the limit higher", [finding(NOT_MET, "major")], {"fail_on": Severity.CRITICAL}, "accepted",
     0, ()),
    ("critical", [finding(NOT_MET, "critical"), finding(NOT_MET, "major", number=2)],
     {"fail_on": Severity.CRITICAL}, "rejected", 1, ("1 critical finding is not met",)),
    ("critical and major", [finding(NOT_MET, "critical"), finding(NOT_MET, "major", number=2)],
     {}, "rejected", 1, ("1 critical and 1 major findings are not met",)),
    ("only resolved", [finding(NOT_MET, "critical", change="resolved")], {}, "accepted", 0, ()),
    ("persisting", [finding(NOT_MET, "critical", change="persisting")], {}, "rejected", 1,
     ("1 critical finding is not met",)),
    ("another plan's fault", [finding(NOT_MET, "critical", plan_id="OTHER")], {}, "accepted", 0,
     ()),
    ("a table that could not be read", [], {"unreadable": ["ledger"],
     "fail_on": Severity.CRITICAL}, "accepted_with_errors", 1, ("ledger could not be read",)),
    ("not sent, demanded by its checks", [finding(NOT_RUN, requirement="DATA-MEMBERS")],
     {"tables": {"encounters": counts()}}, "accepted_with_errors", 1,
     ("members was not sent, and DATA-MEMBERS demands it",)),
    ("not sent, not demanded", [finding(NOT_RUN, requirement="DATA-LEDGER"), finding(NOT_RUN,
     requirement="DL-1")], {}, "accepted", 0, ()),
    ("not sent, demanded by two requirements of a rule", [finding(NOT_RUN, "minor",
     requirement="IF-1"), finding(NOT_RUN, "info", requirement="BENCH-1")], {},
     "accepted_with_errors", 1, ("functions was not sent, and IF-1 demands it",)),
    ("an info requirement demands only where info fails", [finding(NOT_RUN, "minor",
     requirement="IF-1"), finding(NOT_RUN, "info", requirement="BENCH-1")],
     {"fail_on": Severity.INFO}, "accepted_with_errors", 1,
     ("functions was not sent, and BENCH-1 and IF-1 demand it",)),
    ("sent, but for another reason it could not run", [finding(NOT_RUN,
     requirement="DATA-MEMBERS"), finding(NOT_RUN, requirement="RP-1")], {}, "accepted", 0, ()),
    ("named, not read and demanded is said once", [finding(NOT_RUN, requirement="DATA-MEMBERS")],
     {"tables": {"encounters": counts()}, "unreadable": ["members"]}, "accepted_with_errors", 1,
     ("members could not be read",)),
    ("nothing in force", [finding("not_applicable", "critical", requirement="DATA-MEMBERS")],
     {"tables": {"encounters": counts()}}, "accepted", 0, ()),
    ("a header alone in one table of several", [finding(NOT_MET, requirement="DATA-MEMBERS")],
     {"tables": {"members": counts(0), "encounters": counts()}}, "accepted_with_errors", 1,
     ("1 major finding is not met",)),
    ("headers alone", [], {"tables": {"members": counts(0)}}, "unreadable", 2,
     ("nothing could be staged: no table has a row",)),
    ("every row quarantined", [finding(NOT_MET, "critical")], {"tables": {"members": counts(3,
     3)}}, "unreadable", 2, ("nothing could be staged: every row is quarantined",)),
    ("all tables unreadable", [], {"tables": {}, "unreadable": ["members", "encounters",
     "ledger"]}, "unreadable", 2,
     ("nothing could be staged: encounters, ledger and members could not be read",)),
    ("no such path", [], {"tables": {}, "trouble": "x.zip: no such file"}, "unreadable", 2,
     ("x.zip: no such file",)),
    ("another contract, however good the data", [finding()],
     {"trouble": "submission.yaml: contract_id is other, wanted demo-imc."}, "unreadable", 2,
     ("submission.yaml: contract_id is other, wanted demo-imc",)),
]
# fmt: on


@pytest.mark.parametrize(
    ("findings", "more", "verdict", "code", "reasons"),
    [situation[1:] for situation in SITUATIONS],
    ids=[situation[0] for situation in SITUATIONS],
)
def test_verdict_exit_code_and_reasons_of_a_situation(findings, more, verdict, code, reasons):
    given = answer(*findings, **more)
    assert (given.verdict.value, given.exit_code, given.reasons) == (verdict, code, reasons)
    summary = given.summary()
    assert (summary["verdict"], summary["exit_code"]) == (verdict, code)
    assert (given.reasons == ()) is (code == 0)
    assert given.verdict.words in given.sentence
    assert all(reason in given.sentence for reason in reasons)
    assert Answer.read(summary) == given


def test_the_sentence_of_an_acceptance_says_what_it_rests_on():
    given = answer(
        finding(),
        finding(number=2),
        finding(NOT_MET, "minor", number=3),
        finding(NOT_RUN, requirement="DL-1", number=4),
        finding("not_applicable", number=5),
    )
    assert given.sentence == (
        "ANCHOR 2026Q1: accepted: nothing at or above major is not met, 2 met, "
        "1 not met below that, 1 could not run, 1 not applicable."
    )


def test_the_sentence_of_a_rejection_gives_every_reason():
    given = answer(
        finding(NOT_MET, "critical"),
        finding(NOT_RUN, requirement="DL-2", number=2),
        unreadable=["ledger"],
    )
    assert given.sentence == (
        "ANCHOR 2026Q1: rejected: 1 critical finding is not met; ledger could not be read; "
        "subcontracts was not sent, and DL-2 demands it."
    )


def test_the_summary_has_the_fields_of_the_interface_first_and_in_order():
    given = answer(
        finding(NOT_MET, "critical", violations=3),
        finding(violations=2, number=2),
        pack_digest="d1",
        value_sets={"b": "2", "a": "1"},
        partial=True,
    )
    summary = given.summary()
    assert list(summary)[:12] == [
        "verdict",
        "exit_code",
        "plan_id",
        "contract_id",
        "period",
        "tables",
        "findings",
        "violations",
        "partial",
        "tool_version",
        "pack_digest",
        "value_sets",
    ]
    assert summary["tables"] == {
        "encounters": {"rows": 20, "staged": 20, "quarantined": 0},
        "members": {"rows": 10, "staged": 9, "quarantined": 1},
    }
    assert summary["findings"]["critical"] == {
        "could_not_run": 0,
        "not_applicable": 0,
        "not_met": 1,
        "met": 0,
    }
    assert summary["violations"] == 5
    assert (summary["partial"], summary["pack_digest"]) == (True, "d1")
    assert list(summary["value_sets"].items()) == [("a", "1"), ("b", "2")]


def test_the_tally_names_every_severity_and_verdict():
    assert [(name, sum(counted.values())) for name, counted in tally([finding()]).items()] == [
        ("critical", 0),
        ("major", 1),
        ("minor", 0),
        ("info", 0),
    ]


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([], 2),
        (["accepted"], 0),
        (["accepted", "accepted"], 0),
        (["accepted", "accepted_with_errors"], 1),
        (["rejected", "accepted"], 1),
        (["unreadable", "rejected", "accepted"], 2),
    ],
)
def test_the_exit_code_of_several_plans_is_the_gravest(verdicts, code):
    one = answer()
    assert exit_code(replace(one, verdict=Reply(verdict)) for verdict in verdicts) == code


def test_three_requirements_are_named_and_the_rest_counted():
    many = [requirement(f"D-{n}", "DATA", table="members") for n in range(5)]
    given = build_answer(
        plan_id="ANCHOR",
        contract_id="demo-imc",
        period="2026Q1",
        tables={"encounters": counts()},
        findings=[finding(NOT_RUN, requirement=one.id) for one in many],
        contract=replace(CONTRACT, requirements=tuple(many)),
    )
    assert given.reasons == ("members was not sent, and D-0, D-1, D-2 and 2 more demand it",)
