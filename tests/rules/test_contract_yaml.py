"""The YAML that a pack may hold: a narrow dialect, every fault with its key and line."""

from __future__ import annotations

import time
from datetime import date

import pytest

from rules.packfile import MAX_BYTES, MAX_DEPTH, Problem, parse

PLAIN = "wanted text in quotes, true or false, a plain number or YYYY-MM-DD"


def read(text: str | bytes) -> tuple[object, list[tuple[str, str]]]:
    problems: list[Problem] = []
    content = parse(text.encode() if isinstance(text, str) else text, "a.yaml", problems)
    assert all(problem.file == "a.yaml" for problem in problems)
    return content, [(problem.key, problem.reason) for problem in problems]


def test_plain_values_are_read_as_their_types():
    text = """\
text: Toys
quoted: "2024-07-01"
whole: -12
number: 0.90
small: 1.0e-3
flag: true
no: [false, null, ~]
day: 2024-02-29
tagged: !!str 10
empty:
folded: >-
  two
  lines
"""
    content, problems = read(text.replace("no:", '"no":'))
    assert problems == []
    assert content == {
        "text": "Toys",
        "quoted": "2024-07-01",
        "whole": -12,
        "number": 0.9,
        "small": 0.001,
        "flag": True,
        "no": [False, None, None],
        "day": date(2024, 2, 29),
        "tagged": "10",
        "empty": None,
        "folded": "two lines",
    }


@pytest.mark.parametrize(
    "scalar",
    ["yes", "Off", "True", "010", "0x1F", "1_000", "12:30", "12:30:45.5", "1e400", "1.0e+400",
     ".5", ".inf", "-.inf", ".nan", "2024-7-1", "2024-07-01T10:00:00Z", "1234567890123456789",
     "!!binary aGk=", "!!python/object:os.system x", "="],
)  # fmt: skip
def test_scalars_that_may_be_meant_otherwise_are_refused(scalar):
    content, problems = read(f"a: {scalar}\n")
    if scalar in ("1e400", "2024-7-1"):  # text in YAML 1.1; refused where a number is wanted
        assert (content, problems) == ({"a": scalar}, [])
    else:
        shown = scalar.split(" ")[-1]
        assert (content, problems) == ({"a": None}, [("a", f"line 1 {shown!r}: {PLAIN}")])


def test_a_day_that_no_calendar_has_is_refused():
    _, problems = read("days:\n  - 2025-02-29\n")
    assert problems == [("days[0]", "line 2 '2025-02-29': day is out of range for month")]


def test_duplicate_keys_are_refused_where_they_are_and_the_rest_is_read():
    text = "a: 1\nb:\n  - {c: 1, d: 2, c: 3}\na: 2\nc: 4\n"
    content, problems = read(text)
    assert content == {"a": 1, "b": [{"c": 1, "d": 2}], "c": 4}
    assert problems == [
        ("b[0].c", "line 3: duplicate key, first on line 3"),
        ("a", "line 4: duplicate key, first on line 1"),
    ]


@pytest.mark.parametrize(
    ("key", "shown"),
    [("47037", "47037"), ("true", "true"), ("2024-01-01", "2024-01-01"), ("~", "~")],
)
def test_keys_are_text(key, shown):
    content, problems = read(f"a:\n  {key}: metro\n")
    assert content == {"a": {}}
    assert problems == [("a", f"line 2 {shown!r}: a key that is not text; put it in quotes")]


def test_a_key_that_is_a_list_is_refused():
    content, problems = read("? [a, b]\n: 1\n")
    assert content == {}
    assert [key for key, _ in problems] == [""]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: &x 1\n", "line 1: anchors and aliases are not read; write the value out"),
        ("a: 1\nb: *x\n", "line 2: anchors and aliases are not read; write the value out"),
        ("a: 1\n---\nb: 1\n", "line 2: a second document; wanted one"),
        ("a: [1\nb: 2\n", "not YAML: line 2: did not find expected ',' or ']'"),
        ("a: b: c\n", "not YAML: line 1: mapping values are not allowed in this context"),
        (b"a: \xff\n", "not UTF-8: byte 4 cannot be read"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), f"line 1: nested deeper than {MAX_DEPTH}"),
        ("a" * (MAX_BYTES + 1), f"larger than {MAX_BYTES} bytes"),
    ],
)
def test_whole_files_that_are_refused(text, reason):
    assert read(text) == (None, [("", reason)])


def test_a_control_character_is_one_line():
    content, ((key, reason),) = read("a: b\x00c\n")
    assert (content, key, "\n" in reason) == (None, "", False)
    assert reason.startswith("not YAML: ")


def test_the_edges_of_size_and_depth_are_read():
    deep = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert read(deep)[1] == []
    assert read("#" * MAX_BYTES) == (None, [])
    assert read("﻿a: 1\n") == ({"a": 1}, [])


def test_a_bomb_of_aliases_costs_nothing():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    before = time.perf_counter()
    _, problems = read("\n".join(lines))
    assert time.perf_counter() - before < 1
    assert problems == [("", "line 1: anchors and aliases are not read; write the value out")]


@pytest.mark.parametrize("tag", ["!!set", "!!omap", "!toys"])
def test_collections_with_a_tag_are_refused(tag):
    content, ((key, reason),) = read(
        f"a: {tag} {{b, c}}\n" if tag != "!!omap" else "a: !!omap [b: 1]\n"
    )
    assert (content, key) == ({"a": None}, "a")
    assert reason.startswith("line 1: the tag ")
    assert reason.endswith(" is not read")
