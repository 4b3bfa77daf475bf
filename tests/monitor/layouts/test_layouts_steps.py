"""Each step of a layout, on both sides of its edges: what is turned, what goes through as sent."""

import polars as pl
import pytest

from monitor.header import Header
from monitor.layouts import apply, bind
from monitor.reading import DAMAGE_SCHEMA, Batch
from rules.feed import Feed
from rules.layout import Layout
from rules.tables import TABLES

OFFICES = TABLES["plan_offices"]


def fed(feed, **columns):
    """Return what a feed makes of the columns of a small file."""
    layout = Layout("small", "", "plan_offices", "csv", "", False, {"street": feed}, {})
    bound = bind(layout, Header(tuple(columns), (), True), OFFICES, "o.csv")
    rows = pl.DataFrame(
        {str(n): pl.Series(values, dtype=pl.String) for n, values in enumerate(columns.values())}
    ).with_row_index("_line", 2)
    out = apply(bound, Batch(rows, pl.DataFrame(schema=DAMAGE_SCHEMA)))
    assert out.rows["_line"].to_list() == rows["_line"].to_list()
    return out.rows["0"].to_list()


@pytest.mark.parametrize(
    ("steps", "sent", "made"),
    [
        ({}, [" a ", "", None, "  "], ["a", None, None, None]),
        ({"remove": ".-"}, ["12.3-4"], ["1234"]),
        ({"strip_prefix": "NPI:"}, ["NPI:12", "12", "aNPI:"], ["12", "12", "aNPI:"]),
        (
            {"pad_zeros": 3},
            ["29", "029", "0029", "S03", "1a", None],
            ["029", "029", "0029", "S03", "1a", None],
        ),
        (
            {"zip5": True},
            ["37201", "37201-1234", "372011234", "3720", "37201-12", "372015"],
            ["37201", "37201", "37201", "3720", "37201-12", "372015"],
        ),
        ({"case": "upper"}, ["tn"], ["TN"]),
        ({"case": "lower"}, ["TN"], ["tn"]),
        (
            {"date": ("MM/DD/YYYY",)},
            [
                "01/31/2026",
                "1/5/2026",
                "13/01/2026",
                "02/30/2026",
                "01/31/26",
                "2026-01-31",
                "soon",
            ],
            [
                "2026-01-31",
                "2026-01-05",
                "13/01/2026",
                "02/30/2026",
                "01/31/26",
                "2026-01-31",
                "soon",
            ],
        ),
        (
            {"date": ("YYYYMMDD",)},
            ["20260131", "20260231", "2026013"],
            ["2026-01-31", "20260231", "2026013"],
        ),
        ({"date": ("MMDDYYYY",)}, ["01312026"], ["2026-01-31"]),
        (
            {"date": ("DD-MON-YYYY", "YYYY/MM/DD")},
            ["31-Jan-2026", "2026/1/31"],
            ["2026-01-31", "2026-01-31"],
        ),
        (
            {"date": ("YYYY-MM-DD time",)},
            ["2026-01-31 00:00:00", "2026-01-31T10:00:00.5Z", "2026-01-31", "2026-01-31 late"],
            ["2026-01-31", "2026-01-31", "2026-01-31", "2026-01-31 late"],
        ),
        (
            {"money": "cents"},
            ["12345", "5", "0", "-7", "00123", "12.5", "x", "1" * 16],
            ["123.45", "0.05", "0.00", "-0.07", "001.23", "12.5", "x", "1" * 16],
        ),
        (
            {"money": "dollars"},
            ["$1,234.50", "1234.5", "-$5", "1,23,4.0", "$", "12a"],
            ["1234.50", "1234.5", "-5", "1,23,4.0", "$", "12a"],
        ),
        (
            {"values": {"yes": "Y", "none": ""}},
            ["Yes", "NONE", "maybe", None],
            ["Y", None, "maybe", None],
        ),
        (
            {"lookup": "specialty"},
            ["029", "S03", "Psychiatry", "psychiatry; 040", "999", None],
            ["psychiatry", "primary_care", "psychiatry", "psychiatry;acute_hospital", "999", None],
        ),
        ({"if_empty": "0"}, ["", None, "1"], ["0", "0", "1"]),
        ({"pad_zeros": 3, "values": {"029": "x"}}, ["29"], ["x"]),
    ],
)
def test_a_step(steps, sent, made):
    assert fed(Feed("from", (("A",),), steps=steps), A=sent) == made


def test_values_that_are_not_listed_can_become_empty():
    feed = Feed("from", (("A",),), steps={"values": {"y": "Y"}}, otherwise="empty")
    assert fed(feed, A=["y", "n"]) == ["Y", None]


def test_the_first_that_is_filled():
    feed = Feed("first_of", (("A",), ("B",)))
    assert fed(feed, A=["1", " ", None], B=["2", "3", None]) == ["1", "3", None]


def test_the_first_where_one_column_is_not_there():
    assert fed(Feed("first_of", (("A",), ("B",))), B=["3"]) == ["3"]


def test_the_first_spelling_that_the_file_has():
    feed = Feed("from", (("Zip Code", "Zip"),))
    assert fed(feed, Zip=["1"]) == ["1"]
    assert fed(feed, **{"Zip": ["1"], "ZIP CODE": ["2"]}) == ["2"]


def test_joined_parts_leave_out_what_is_empty():
    feed = Feed("join", (("A",), ("B",), ("C",)), ";")
    assert fed(feed, A=["1", "", None], B=["2", "2", ""], C=["3", None, None]) == [
        "1;2;3",
        "2",
        None,
    ]


def test_a_constant():
    assert fed(Feed("constant", text="Y"), A=["1", None]) == ["Y", "Y"]


def test_an_unused_column_with_a_name_of_the_interface_gets_a_name_of_its_own():
    layout = Layout(
        "small", "", "plan_offices", "csv", "", False, {"street": Feed("from", (("A",),))}, {}
    )
    bound = bind(layout, Header(("A", "street", "a", ""), (), True), OFFICES, "o.csv")
    assert bound.known == {0: "street"}
    assert bound.others == {1: "street_2", 2: "a", 3: "column_4"}
    assert [(f.code, f.field) for f in bound.faults if "duplicate" in f.code] == [
        ("plan_offices.file.duplicate_column", "a")
    ]
