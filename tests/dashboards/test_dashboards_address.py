"""Filters in the URL: read, written, and read again."""

import pytest

from dashboards.address import LONGEST, NAMES, Query, link, read, write


def test_every_filter_survives_the_way_through_the_url():
    query = Query(**{name: f"{name} ü&=?#+ %20" for name in NAMES})
    assert read(write(query)) == query


def test_what_is_not_asked_is_not_in_the_url():
    assert (write(Query()), link("/network", Query())) == ("", "/network")
    assert write(Query(plan="GHOST", rule="NW06")) == "?plan=GHOST&rule=NW06"
    assert write(Query(rule="NW06", plan="GHOST")) == "?plan=GHOST&rule=NW06"


@pytest.mark.parametrize(
    ("search", "query"),
    [
        (None, Query()),
        ("", Query()),
        ("?", Query()),
        ("?nonsense=1&plan=A", Query(plan="A")),
        ("plan=A", Query(plan="A")),
        ("?plan=A&plan=B", Query(plan="A")),
        ("?plan=%20A%20", Query(plan="A")),
        ("?plan=%ff", Query(plan="�")),
        ("?plan=", Query()),
        ("?plan", Query()),
    ],
)
def test_reading(search, query):
    assert read(search) == query


def test_a_value_is_cut_at_its_longest():
    assert read(f"?text={'x' * (LONGEST + 1)}") == Query(text="x" * LONGEST)
