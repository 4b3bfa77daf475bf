"""Relate: what is measured of each relational edit, and when it is not."""

import json
from datetime import date

import ibis
import polars as pl
import pytest

from monitor.relate import relate
from rules.model import Contract, Filing, Outcome, Period, Severity
from rules.relational import NPPES, Comparison, RelationalEdit, Told, relational_checks, tell
from rules.relational.edit import set_aside_ids
from rules.tables import staged_schema

SENT = ("_file", "_line", "member_id", "enrolled_from", "county_fips")


def edit_of(code, severity=Severity.MINOR):
    field = code.split(".")[0]
    return RelationalEdit("members", code, field, "a fault", "no fault", "Mend it.", severity)


ODD, LATE = edit_of("county_fips.odd", Severity.MAJOR), edit_of("enrolled_from.late")


def two_faults(filing):
    rows = filing.tables["members"]
    return tell(
        rows,
        [
            Told(ODD, rows.county_fips == "00000", rows.county_fips, "a county"),
            Told(
                LATE,
                ibis._.enrolled_from > date(2026, 1, 1),
                ibis._.enrolled_from,
                ibis.literal("1 January or earlier, as ") + rows.county_fips,
            ),
        ],
    )


@pytest.fixture
def make_filing():
    engine = ibis.duckdb.connect()

    def make(rows, aside=None, **others):
        frame = pl.DataFrame(
            [dict(zip(SENT, row, strict=True)) for row in rows],
            schema={name: staged_schema("members")[name] for name in SENT},
            orient="row",
        )
        tables = {"members": engine.create_table("members", frame.to_arrow(), overwrite=True)}
        for name, columns in others.items():
            tables[name] = engine.create_table(name, pl.DataFrame(columns).to_arrow())
        kept = {}
        if aside is not None:
            held = pl.DataFrame({"_line": range(len(aside)), "_record": aside, "_reasons": "a"})
            held = held.cast({"_record": pl.String}).to_arrow()
            kept["members"] = engine.create_table("aside", held, overwrite=True)
        contract = Contract("c", "C", "c", "mco", "TN", ("P",), date(2020, 1, 1), None, (), {}, ())
        return Filing(
            "r", "P", contract, Period.parse("2026Q1"), date(2026, 3, 31), tables, set_aside=kept
        )

    yield make
    engine.disconnect()


def compare(faulty=two_faults, reads=("members",), edits=(ODD, LATE), seen=None):
    return Comparison("a_comparison", "members", reads, edits, faulty, seen)


def flat(measure):
    told = (measure.rule, measure.numerator, measure.denominator, measure.value)
    return (*told, str(measure.outcome), measure.note)


DIRT = [
    ("members.csv", 3, "M2", date(2026, 2, 1), "00000"),
    ("members.csv", 2, "M1", date(2026, 1, 1), "47037"),
    ("members.csv", 5, "M4", date(2026, 1, 2), None),
    ("members.csv", 4, "M3", date(2025, 1, 1), "00000"),
]


def test_each_edit_has_its_count_its_lines_and_the_first_of_them(make_filing, tmp_path):
    related = relate(make_filing(DIRT), {}, tmp_path / "related", comparisons=(compare(),))

    assert [flat(measure) for measure in related.measures] == [
        ("members.county_fips.odd", 2.0, 4.0, 2.0, "measured", ""),
        ("members.enrolled_from.late", 2.0, 4.0, 2.0, "measured", ""),
    ]
    odd, late = related.measures
    assert (odd.subject, odd.plan_id, odd.requirement_id, odd.unit) == (
        "plan",
        "P",
        "DATA-MEMBERS",
        "rows",
    )
    assert odd.evidence == {"first": ["members.csv:3", "members.csv:4"]}
    assert odd.violations.collect().rows() == [
        ("members", "members.csv", 3, "M2/2026-02-01", "county_fips", "00000", "a county"),
        ("members", "members.csv", 4, "M3/2025-01-01", "county_fips", "00000", "a county"),
    ]
    assert late.violations.collect().select("line", "value", "expected").rows() == [
        (3, "2026-02-01", "1 January or earlier, as 00000"),
        (5, "2026-01-02", ""),
    ]
    assert related.checks.keys() == {"members.county_fips.odd", "members.enrolled_from.late"}
    check = related.checks["members.county_fips.odd"]
    assert (check.severity, check.at_most, check.fatal) == (Severity.MAJOR, 0.0, False)


def test_no_fault_is_measured_as_none(make_filing, tmp_path):
    [odd, late] = relate(
        make_filing(DIRT[1:2]), {}, tmp_path / "related", comparisons=(compare(),)
    ).measures
    assert flat(odd) == ("members.county_fips.odd", 0.0, 1.0, 0.0, "measured", "")
    assert (late.violations, late.evidence) == (None, {})


def test_the_rows_that_an_edit_looked_at_are_its_denominator(make_filing, tmp_path):
    comparison = compare(seen=lambda filing: {LATE.full_code: 0, ODD.full_code: 3})
    measures = relate(make_filing(DIRT), {}, tmp_path / "related", comparisons=(comparison,))
    assert [flat(measure) for measure in measures.measures] == [
        ("members.county_fips.odd", 2.0, 3.0, 2.0, "measured", ""),
        (
            "members.enrolled_from.late",
            None,
            None,
            None,
            "not_applicable",
            "no row of members that this edit looks at",
        ),
    ]


def test_no_row_at_all_is_not_applicable(make_filing, tmp_path):
    measures = relate(make_filing([]), {}, tmp_path / "related", comparisons=(compare(),)).measures
    assert {measure.outcome for measure in measures} == {Outcome.NOT_APPLICABLE}


def test_a_table_that_was_not_sent_or_cannot_be_counted_on_is_said(make_filing, tmp_path):
    reads = ("members", "providers", "ledger")
    comparison = compare(lambda filing: pytest.fail("was run"), reads)
    filing = make_filing(DIRT, providers={"npi": ["1"]})
    unusable = {"providers": "9 of 10 rows of providers lie in quarantine, more than 5%"}
    related = relate(filing, unusable, tmp_path / "related", comparisons=(comparison,))
    note = f"{unusable['providers']}; ledger was not sent"
    assert [flat(measure) for measure in related.measures] == [
        (edit.full_code, None, None, None, "could_not_run", note) for edit in (ODD, LATE)
    ]


def test_without_its_own_table_or_the_users_extract_an_edit_is_not_asked(make_filing, tmp_path):
    filing = make_filing(DIRT)
    with_extract = compare(reads=("members", NPPES))
    elsewhere = Comparison("b", "providers", ("providers", "members"), (), two_faults)
    related = relate(filing, {}, tmp_path / "related", comparisons=(with_extract, elsewhere))
    assert (related.measures, related.checks) == ((), {})


def test_what_lies_in_quarantine_is_known_by_name_or_by_any_part_of_its_record(make_filing):
    whole = json.dumps({"member_id": "M7", "zip": "37201"}, separators=(",", ":"))
    torn = 'M8,"M9",2026-01-01'
    without = json.dumps({"zip": "37201"}, separators=(",", ":"))
    filing = make_filing(DIRT, aside=[whole, torn, without, None, whole])
    ids = set_aside_ids(filing, "members", "member_id").to_polars()["member_id"].to_list()
    assert sorted(ids) == ["2026-01-01", "M7", "M8", "M9"]
    assert set_aside_ids(filing, "encounters", "encounter_id") is None
    assert set_aside_ids(make_filing(DIRT), "members", "member_id") is None


def test_who_may_stand_in_quarantine_without_a_name_is_not_accused(make_filing, tmp_path):
    edit = RelationalEdit(
        "members", "zip.odd", "zip", "a", "b", "C.", looks_up=(("members", "member_id"),)
    )
    comparison = compare(
        lambda filing: tell(
            filing.tables["members"], [Told(edit, ibis.literal(True), ibis._.member_id, "b")]
        ),
        edits=(edit,),
    )
    named = [json.dumps({"member_id": "M7"}, separators=(",", ":")), "M8,2026"]
    [told] = relate(
        make_filing(DIRT, aside=named), {}, tmp_path / "a", comparisons=(comparison,)
    ).measures
    assert flat(told)[1:] == (4.0, 4.0, 4.0, "measured", "")
    nameless = [*named, None, json.dumps({"member_id": " ", "zip": "1"}, separators=(",", ":"))]
    [told] = relate(
        make_filing(DIRT, aside=nameless), {}, tmp_path / "b", comparisons=(comparison,)
    ).measures
    note = (
        "2 rows of members whose member_id cannot be read lie in quarantine: "
        "who is missed may stand there"
    )
    assert flat(told)[1:] == (None, None, None, "could_not_run", note)
    assert told.violations is None


def test_a_null_acquits(make_filing, tmp_path):
    rows = [("members.csv", 2, "M1", None, None)]
    measures = relate(
        make_filing(rows), {}, tmp_path / "related", comparisons=(compare(),)
    ).measures
    assert [measure.numerator for measure in measures] == [0.0, 0.0]


def test_the_folder_of_faulty_lines_is_private(make_filing, tmp_path):
    relate(make_filing(DIRT), {}, tmp_path / "related", comparisons=(compare(),))
    assert (tmp_path / "related").stat().st_mode & 0o077 == 0


def test_no_two_relational_edits_have_one_code_and_none_that_of_a_row_edit():
    from rules.tables import TABLES

    codes = set(relational_checks())
    assert codes.isdisjoint(code for shape in TABLES.values() for code in shape.checks)


def test_more_ids_missed_than_rows_may_hide_are_told_with_how_many_may_stand_there(
    make_filing, tmp_path
):
    edit = RelationalEdit(
        "members", "zip.unknown", "zip", "a", "b", "C.", looks_up=(("members", "member_id"),)
    )

    def told(name, ids, aside):
        rows = [("members.csv", line, each, None, None) for line, each in enumerate(ids, 2)]
        comparison = compare(
            lambda filing: tell(
                filing.tables["members"],
                [Told(edit, ibis._.member_id.startswith("X"), ibis._.member_id, "b")],
            ),
            edits=(edit,),
        )
        [measure] = relate(
            make_filing(rows, aside=aside), {}, tmp_path / name, comparisons=(comparison,)
        ).measures
        return (*flat(measure)[1:], measure.evidence)

    nameless = json.dumps({"member_id": " ", "zip": "1"}, separators=(",", ":"))
    lies = "1 row of members whose member_id cannot be read lies in quarantine: "
    many = {
        "first": ["members.csv:2", "members.csv:3", "members.csv:4"],
        "quarantined": f"{lies}1 of the 2 ids that are missed may stand there",
    }
    assert told("a", ["X1", "X2", "X2"], [nameless]) == (3.0, 3.0, 3.0, "measured", "", many)
    assert told("b", ["X1", "X1"], [nameless])[3:] == (
        "could_not_run",
        f"{lies}who is missed may stand there",
        {},
    )
    assert told("c", ["M1", "M2"], [nameless]) == (0.0, 2.0, 0.0, "measured", "", {})
    assert told("d", ["X1", "X2", "X3"], [None])[3] == "could_not_run"
