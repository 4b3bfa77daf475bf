"""The acknowledgment: nothing is rejected without saying where, and all parts agree."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.answer import Reply, fails
from monitor.export.acknowledgment import acknowledge, reply_by_table
from monitor.export.mask import Mask
from monitor.export.violations import gather
from monitor.violations import ViolationFolder
from rules.model import Layer, Severity, Verdict

TABLES = ("members", "providers", "encounters")
ONE = st.tuples(
    st.sampled_from([*(f"DATA-{table.upper()}" for table in TABLES), "DATA-LEDGER", "NET-1"]),
    st.sampled_from(list(Severity)),
    st.sampled_from(list(Verdict)),
    st.sampled_from(["", "new", "resolved"]),
    st.integers(0, 2),
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(ONE, max_size=6),
    st.sets(st.sampled_from(["ledger", "appeals"])),
    st.sampled_from(["", "x.zip: not a zip archive"]),
    st.sampled_from(list(Severity)),
)
def test_what_is_rejected_has_a_located_cause(
    finding, lines, answer_to, drawn, unreadable, trouble, fail_on
):
    found, rows = [], []
    for number, (requirement, severity, verdict, change, faulty) in enumerate(drawn):
        layer = Layer.REQUIREMENT if requirement == "NET-1" else Layer.SHAPE
        one = finding(
            f"s{number}",
            requirement=requirement,
            severity=severity,
            verdict=verdict,
            change=change,
            layer=layer,
            violations=faulty,
        )
        found.append(one)
        table = requirement.removeprefix("DATA-").lower()
        rows.append([(table, "f.csv", n + 2, "k", "x", "v", "w") for n in range(faulty)])
    tables = dict.fromkeys(TABLES, (5, 0))
    answer = answer_to(found, tables, unreadable=unreadable, trouble=trouble, fail_on=fail_on)
    with tempfile.TemporaryDirectory() as folder:
        kept = ViolationFolder(Path(folder) / "raw")
        for one, some in zip(found, rows, strict=True):
            kept.add(one.id, lines(one, *some).drop("finding_id"))
        gathered = gather(Path(folder), kept.of, found, Mask())
        told = acknowledge(answer, found, gathered)

    assert (told["verdict"], told["exit_code"]) == (answer.verdict, answer.exit_code)
    assert all(cause["at"] and cause["message"] for cause in told["causes"])
    if answer.verdict is Reply.ACCEPTED:
        assert told["causes"] == []
        assert {part["verdict"] for part in told["tables"].values()} <= {"accepted"}
    else:
        assert told["causes"]
    for name, part in told["tables"].items():
        mine = [cause for cause in told["causes"] if cause["table"] == name]
        assert bool(mine) == (part["verdict"] != "accepted") or trouble
        if part["verdict"] == "rejected":
            assert mine
            assert part["code"] == "R"
        assert part["causes"] == [cause["rule"] for cause in mine]
        assert part["faults"] == sum(
            one.violations for one in found if one.requirement_id == f"DATA-{name.upper()}"
        )
    failing = [one.id for one in found if fails(one, fail_on)]
    assert [cause["finding_id"] for cause in told["causes"] if cause.get("finding_id")] == sorted(
        failing, key=lambda id: [one.id for one in sorted_found(found)].index(id)
    )


def sorted_found(found):
    return sorted(found, key=lambda one: (one.requirement_id, one.rule, one.subject))


def test_the_code_of_the_whole_says_when_a_part_is_rejected(finding, answer_to, tmp_path):
    kept = ViolationFolder(tmp_path)
    cases = [
        ([], {}, "A"),
        ([finding()], {}, "E"),
        ([finding()], {"unreadable": ["ledger"]}, "P"),
        ([finding(severity=Severity.CRITICAL)], {"unreadable": ["ledger"]}, "R"),
        ([], {"trouble": "no such path"}, "R"),
    ]
    for found, how, code in cases:
        answer = answer_to(found, **how)
        gathered = gather(tmp_path, kept.of, found, Mask())
        assert acknowledge(answer, found, gathered)["code"] == code


def test_an_unread_table_is_rejected_whatever_else_is_said(finding, answer_to):
    answer = answer_to([], unreadable=["ledger"])
    assert reply_by_table(answer, []) == {
        "encounters": "accepted",
        "ledger": "rejected",
        "providers": "accepted",
    }
