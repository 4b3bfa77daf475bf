"""Dots and bars: what is drawn where, and how it is marked."""

import pytest

from dashboards import dots
from dashboards.figures import BH, PH


def test_dots_are_joined_marked_and_have_intervals():
    row = dots.Row("A", [dots.Dot(0.4, "diamond", BH, "x", 0.3, 0.5)], required=0.6)
    other = dots.Row(
        "B", [dots.Dot(0.9, "circle", PH, "y"), dots.Dot(0.2, "diamond", BH, "z")], joined=True
    )
    figure = dots.dots([row, other])
    joins, first, second, required = figure.data
    assert (list(joins.x), list(joins.y)) == ([0.2, 0.9, None], [1, 1, None])
    assert (list(first.x), first.marker.symbol, first.marker.color) == ([0.4, 0.2], "diamond", BH)
    assert list(first.error_x.array) == pytest.approx([0.1, 0.0])
    assert (list(second.x), list(required.x)) == ([0.9], [0.6])
    assert list(figure.layout.yaxis.ticktext) == ["A", "B"]
    low, high = figure.layout.xaxis.range
    assert low < 0 < 0.9 < high


def test_bars_are_hatched_for_the_second_part_alone():
    shares = [0.4, 0.3, 0.1, 0.2]
    made = [dots.Bar("A BH", BH, shares, ["a", "b", "c", "d"], 0.3)]
    made.append(dots.Bar("A PH", PH, shares, ["a", "b", "c", "d"]))
    figure = dots.bars(made, (1.0, 0.4, 0.15, 0.0))
    drawn = [trace for trace in figure.data if trace.type == "bar"]
    assert len(drawn) == 8
    assert [trace.marker.pattern.shape for trace in drawn[:4]] == [None, None, "/", "/"]
    assert [trace.marker.color for trace in drawn[:2]] == [BH, PH]
    assert [list(trace.y) for trace in drawn[:2]] == [[0], [1]]


def test_names_of_rows_are_wrapped_and_are_no_markup():
    assert dots.name_row("Prince George's <b>", width=8) == "Prince<br>George&#x27;s<br>&lt;b&gt;"
