"""Figures: what is drawn is the frame, in the colours and marks that mean it."""

from itertools import pairwise

import pytest

from dashboards import figures, maps, months, reach
from dashboards.shapes import outlines, proportion


@pytest.fixture
def found(archive, made):
    return archive.findings(made.LATEST)


def lines_of(figure, name):
    return [trace for trace in figure.data if trace.name == name]


def test_every_county_is_drawn_once_with_its_outline(found):
    shapes = outlines(("47",))
    figure = maps.county_map(reach.counties(found, "ALPHA", "psychiatry"), shapes)
    drawn = {trace.name: trace for trace in figure.data}
    assert (len(figure.data), set(drawn)) == (95, set(shapes))
    assert list(drawn["47157"].y) == shapes["47157"][1]


def test_what_is_not_met_is_hatched_and_drawn_last(found):
    figure = maps.county_map(reach.counties(found, "ALPHA", "psychiatry"), outlines(("47",)))
    patterns = {trace.name: trace.fillpattern.shape for trace in figure.data}
    assert {name: shape for name, shape in patterns.items() if shape} == {
        "47157": "/",
        "47189": "/",
        "47095": "x",
    }
    assert [trace.name for trace in figure.data][-2:] == ["47157", "47189"]
    widths = {trace.name: trace.line.width for trace in figure.data}
    assert (widths["47157"], widths["47037"]) == (2.2, 0.6)


def test_shades_and_words_of_counties(found):
    figure = maps.county_map(reach.counties(found, "ALPHA", "psychiatry"), outlines(("47",)))
    told = {trace.name: (trace.fillcolor, trace.text) for trace in figure.data}
    assert told["47001"] == ("#ffffff", "47001: no members counted")
    assert told["47095"] == ("#ffffff", "<b>Lake</b><br>could not run")
    assert told["47037"][0] == maps._SHADES[-1]
    assert told["47157"][1] == (
        "<b>Shelby</b>, 500 members<br>88.0 % within; 90 % required: not met"
        "<br>farthest member 31.2 miles"
    )
    assert told["47049"][1].startswith("<b>Fentress</b>, 40 members<br>≥ 75 % within; 85 %")


def test_both_maps_stand_on_one_scale_of_miles(found):
    bh = reach.counties(found, "ALPHA", "psychiatry")
    near = maps.shade_of(bh.row(0, named=True), "miles", 62.5)
    assert near == maps._SHADES[100]
    assert maps.shade_of(bh.row(0, named=True), "miles", 31.25) == maps._SHADES[0]


def test_outlines_keep_a_states_proportions():
    # Tennessee is about 440 miles wide and 120 miles high.
    assert proportion(("47",)) == pytest.approx(440 / 120, rel=0.15)
    xs, ys = outlines(("47",))["47157"]
    assert len(xs) == len(ys)
    assert proportion(()) == 1.0


def test_the_ratio_by_month_with_what_is_required(found):
    every = months.by_month(found)
    figure = figures.monthly_lines(every, "ratio", ["BETA"], 0.85)
    ripe, arriving = lines_of(figure, "BETA")
    assert list(ripe.x) == ["2025-10", "2025-11", "2025-12"]
    assert list(ripe.y) == pytest.approx([0.9, 0.8, 0.628])
    assert list(arriving.x) == ["2025-12", "2026-01", "2026-02"]
    assert (ripe.line.color, ripe.line.dash, arriving.line.dash) == (figures.BH, "solid", "dot")
    assert {trace.line.color for trace in lines_of(figure, "ALPHA")} == {figures.OTHERS}
    required = [shape for shape in figure.layout.shapes if shape.type == "line"]
    assert [(shape.y0, shape.y1) for shape in required] == [(0.85, 0.85)]
    assert figure.layout.yaxis.range[0] == 0
    told = {note.text: note.y for note in figure.layout.annotations if note.x == 1}
    assert [*told] == ["BETA", "85 %", "ALPHA"]
    assert min(b - a for a, b in pairwise(told.values())) > 0


def test_months_that_still_arrive_are_shaded_and_say_so(found):
    figure = figures.monthly_lines(months.by_month(found), "bh_share", ["BETA"])
    bands = [(shape.x0, shape.x1) for shape in figure.layout.shapes if shape.type == "rect"]
    assert bands == [(2.5, 4.5)]
    words = [note.text for note in figure.layout.annotations]
    assert words == ["still<br>arriving", "BETA", "ALPHA"]


def test_nothing_is_shaded_when_every_month_is_mature(found):
    ripe = months.by_month(found).filter("mature")
    figure = figures.monthly_lines(ripe, "ratio", ["BETA"], 0.85)
    assert [shape.type for shape in figure.layout.shapes] == ["line"]


def test_labels_stand_apart():
    placed = figures.spread({"a": 0.80, "b": 0.81, "c": 0.40}, 0.06)
    assert placed == pytest.approx({"c": 0.40, "a": 0.80, "b": 0.86})
    assert figures.spread({}, 0.06) == {}


def test_months_on_an_axis_name_the_year_once():
    assert figures.name_months(["2025-10", "2026-01", "2026-04"]) == [
        "Oct<br>2025",
        "Jan<br>2026",
        "Apr",
    ]


def test_severity_bars_start_at_zero_and_stack_gravest_first():
    figure = figures.severity_bars({("A", "critical"): 2, ("B", "info"): 3}, ["A", "B"])
    assert [(bar.name, list(bar.x)) for bar in figure.data] == [
        ("critical", [2, 0]),
        ("major", [0, 0]),
        ("minor", [0, 0]),
        ("info", [0, 3]),
    ]
    assert (figure.layout.barmode, figure.layout.xaxis.rangemode) == ("stack", "tozero")


def test_idle_bars_are_parts_of_those_eligible():
    figure = figures.idle_bars([("Psychiatry", 113, 49)])
    assert [(bar.name, list(bar.x)) for bar in figure.data] == [
        ("on no final line", [49]),
        ("serving", [64]),
    ]


def test_names_from_outside_are_text_in_every_figure(found, made):
    bars = figures.severity_bars({}, [made.HOSTILE])
    assert list(bars.data[0].y) == ["&lt;img src=x onerror=alert(1)&gt;"]
    frame = reach.counties(found, "ALPHA", "psychiatry")
    row = frame.row(0, named=True) | {"county": made.HOSTILE}
    assert "<img" not in maps.hover("47001", row)


def luminance(color):
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize(
    ("ink", "ground", "least"),
    [
        (figures.PH, "#ffffff", 4.5),
        (figures.BH, "#ffffff", 4.5),
        (figures.INK, "#ffffff", 4.5),
        (figures.MUTED, "#ffffff", 4.5),
        (figures.MUTED, figures.FAINT, 4.5),
        (figures.OTHERS, "#ffffff", 3.0),
        ("#3f6653", "#ffffff", 4.5),
        ("#5b4a00", "#eef1f4", 4.5),
    ],
)
def test_contrast(ink, ground, least):
    lighter, darker = sorted((luminance(ink), luminance(ground)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= least


def test_the_two_domains_have_the_colours_that_were_agreed():
    assert (figures.PH, figures.BH) == ("#2b6cb0", "#c05621")
