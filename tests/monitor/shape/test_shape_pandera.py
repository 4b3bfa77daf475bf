"""Pandera is the checker, and what it finds comes through whole."""

import pandera.polars as pa
import polars as pl
import pytest

from monitor import reading
from rules.tables import TABLES
from rules.tables.column import Column, Kind
from rules.tables.edit import Edit, not_before
from rules.tables.shape import shape_of

HEAD = "month,rate_cell,member_months,rate_pmpm,bh_pmpm,revenue"


def test_every_bad_row_is_reported_consecutive_equal_ones_too(take):
    """Pandera dropped repeated equal failure cases once (its issue 531); lines must not go."""
    rows = ["2026-01,adult,1,400,-40,400"] * 1_000 + ["2026-01,adult,1,400,40,400"] * 10
    taken = take({"capitation.csv": "\n".join([HEAD, *rows, *rows]) + "\n"})
    assert taken.codes() == {"capitation.bh_pmpm.range": 2_000}
    (measure,) = (m for m in taken.shaped.measures if m.rule == "capitation.bh_pmpm.range")
    assert measure.violations.collect()["line"].to_list() == [
        *range(2, 1_002),
        *range(1_012, 2_012),
    ]
    assert (measure.numerator, measure.denominator) == (2_000, 2_020)


@pytest.mark.parametrize("block", [4_000, 48 << 20], ids=["several batches", "one batch"])
@pytest.mark.parametrize(
    "bad",
    [range(500), range(1), range(499, 500), range(100, 400), range(0, 500, 2)],
    ids=["every row", "the first", "the last", "a run of equal ones", "every second"],
)
def test_a_lazy_run_reports_every_bad_row(take, monkeypatch, block, bad):
    """Two edits fail on the same rows, one of them fatal; all values are equal."""
    monkeypatch.setattr(reading, "BLOCK", block)
    row = {True: "2026-13,adult,1,400,-40,400", False: "2026-01,adult,1,400,40,400"}
    taken = take({"capitation.csv": "\n".join([HEAD, *(row[n in bad] for n in range(500))])})
    wanted = [n + 2 for n in bad]
    found = {m.rule: m.violations.collect()["line"].to_list() for m in _faulty(taken)}
    assert found == {"capitation.month.month": wanted, "capitation.bh_pmpm.range": wanted}
    assert taken.quarantined("capitation")["_line"].to_list() == wanted
    assert taken.count("capitation") == (500, 500 - len(wanted), len(wanted))


def _faulty(taken):
    return [measure for measure in taken.shaped.measures if measure.value]


def test_the_environment_cannot_turn_checks_off(take, monkeypatch):
    monkeypatch.setattr(pa.config.CONFIG, "validation_enabled", False)
    monkeypatch.setattr(pa.config.CONFIG, "validation_depth", pa.config.ValidationDepth.SCHEMA_ONLY)
    taken = take({"capitation.csv": f"{HEAD}\n2026-01,adult,1,400,-40,400\n"})
    assert taken.codes() == {"capitation.bh_pmpm.range": 1}


def test_each_table_has_a_model_with_one_check_an_edit():
    for shape in TABLES.values():
        named = [check.name for column in shape.model.columns.values() for check in column.checks]
        assert sorted(named) == sorted(shape.edits)
        assert list(shape.model.columns) == [column.name for column in shape.columns]


def test_an_edit_on_a_column_that_was_not_sent_does_not_run(take):
    rows = "L1,2026-01,2026-02,recovery,PH,other,P1,5"
    head = "entry_id,incurred_month,paid_month,kind,domain,payee_type,payee_id,amount"
    full = take({"ledger.csv": f"{head}\n{rows}\n"})
    assert full.codes() == {"ledger.amount.recovery_positive": 1}
    less = take({"ledger.csv": f"{head.replace(',kind', '')}\n{rows.replace(',recovery', '')}\n"})
    assert less.codes() == {"ledger.kind.missing": 1}
    ran = {measure.rule for measure in less.shaped.measures}
    assert "ledger.amount.recovery_positive" not in ran
    assert "ledger.amount.number" in ran


def test_a_row_that_cannot_be_used_is_kept_with_all_its_reasons(take):
    row = ",adult,x,400,500,y"
    taken = take({"capitation.csv": f"{HEAD}\n{row}\n2026-01,adult,1,400,40,400\n"})
    reasons = (
        "capitation.month.empty;capitation.member_months.number;"
        "capitation.bh_pmpm.above_rate_pmpm;capitation.revenue.number"
    )
    record = (
        '{"month":null,"rate_cell":"adult","member_months":"x","rate_pmpm":"400",'
        '"bh_pmpm":"500","revenue":"y"}'
    )
    assert taken.quarantined("capitation").rows() == [("capitation.csv", 2, reasons, record)]
    assert taken.count("capitation") == (2, 1, 1)


def test_what_an_edit_expects_names_the_row_but_no_private_value(take):
    head = "subcontractor_id,name,functions,domain,payment,effective,end"
    taken = take({"subcontracts.csv": f"{head}\nS,N,claims,BH,ffs,2024-05-01,2024-01-01\n"})
    (frame,) = (m.violations.collect() for m in taken.shaped.measures if m.value)
    assert frame.rows() == [
        (
            "subcontracts",
            "subcontracts.csv",
            2,
            "S/2024-05-01",
            "end",
            "2024-01-01",
            "2024-05-01 (effective) or later",
        )
    ]
    private = shape_of(
        "visits",
        "",
        (Column("came", Kind.DATE, private=True), Column("left", Kind.DATE, private=True)),
        ("came",),
        (not_before("left", "came"),),
    )
    assert private.edits["visits.left.before_came"].expected is None


def test_two_edits_of_one_code_and_unknown_columns_are_refused():
    columns = (Column("a"), Column("b"))
    edit = Edit("a.x", "a", "", "", pl.col("a") == "x")
    for edits in ((edit, edit), (Edit("a.y", "a", "", "", pl.col("c") == "x"),)):
        try:
            shape_of("t", "", columns, ("a",), edits)
        except ValueError as error:
            assert str(error).startswith(("table t: two edits", "edit t.a.y reads unknown"))
        else:
            raise AssertionError("not refused")
