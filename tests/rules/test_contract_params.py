"""A rule's params built from YAML, by type, and written back as plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import pytest

from rules.params import REFUSED, build, describe, plain


@dataclass(frozen=True)
class Limit:
    """Limits of one class."""

    max_miles: float
    share: float | None = None


@dataclass(frozen=True)
class Full:
    """Every kind."""

    share: float
    months: int = 12
    since: date | None = None
    names: tuple[str, ...] = ()
    ratios: Mapping[str, float] = field(default_factory=dict)
    by_class: Mapping[str, Limit] | None = None
    limit: Limit | None = None
    level: Literal[1, 2, "full"] = 1
    either: int | str = 0


@dataclass(frozen=True)
class Nothing:
    """No params at all."""


def attempt(kind: Any, raw: Any) -> tuple[Any, list[tuple[str, str]]]:
    faults: list[tuple[str, str]] = []
    built = build(kind, raw, "params", lambda key, reason: faults.append((key, reason)))
    assert (built is REFUSED) == bool(faults)
    return built, faults


def test_every_kind_is_built():
    raw = {
        "share": 1,
        "months": 3,
        "since": date(2024, 7, 1),
        "names": ["a", "b"],
        "ratios": {"metro": 0.25, "rural": 1},
        "by_class": {"metro": {"max_miles": 10, "share": None}},
        "limit": {"max_miles": 5.5, "share": 0.9},
        "level": "full",
        "either": "word",
    }
    built, _ = attempt(Full, raw)
    assert built == Full(
        share=1.0,
        months=3,
        since=date(2024, 7, 1),
        names=("a", "b"),
        ratios={"metro": 0.25, "rural": 1.0},
        by_class={"metro": Limit(10.0)},
        limit=Limit(5.5, 0.9),
        level="full",
        either="word",
    )
    assert (type(built.share), type(built.ratios["rural"])) == (float, float)


def test_defaults_stand_where_the_pack_says_nothing():
    assert attempt(Full, {"share": 0.5}) == (Full(0.5), [])
    assert attempt(Nothing, {}) == (Nothing(), [])


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        ({}, [("params.share", "missing; wanted a number")]),
        ([], [("params", "found [], wanted a mapping with share, months, since, names, ratios, "
               "by_class, limit, level, either")]),
        ({"share": True}, [("params.share", "found True, wanted a number")]),
        ({"share": "0.5"}, [("params.share", "found 0.5, wanted a number")]),
        ({"share": None}, [("params.share", "found nothing, wanted a number")]),
        ({"share": float("nan")}, [("params.share", "found nan, wanted a number")]),
        ({"share": float("inf")}, [("params.share", "found inf, wanted a number")]),
        ({"share": {}}, [("params.share", "found a mapping, wanted a number")]),
        ({"share": 1, "months": 3.0}, [("params.months", "found 3.0, wanted a whole number")]),
        ({"share": 1, "months": True}, [("params.months", "found True, wanted a whole number")]),
        ({"share": 1, "since": "2024"},
         [("params.since", "found 2024, wanted a date YYYY-MM-DD or null")]),
        ({"share": 1, "names": "a"}, [("params.names", "found a, wanted a list of text")]),
        ({"share": 1, "names": ["a", 2, None]},
         [("params.names[1]", "found 2, wanted text"),
          ("params.names[2]", "found nothing, wanted text")]),
        ({"share": 1, "ratios": [1]},
         [("params.ratios", "found [1], wanted a mapping of text to a number")]),
        ({"share": 1, "ratios": {"metro": "x"}},
         [("params.ratios.metro", "found x, wanted a number")]),
        ({"share": 1, "by_class": {"metro": {"share": 1, "miles": 3}}},
         [("params.by_class.metro.miles", "unknown; wanted max_miles, share"),
          ("params.by_class.metro.max_miles", "missing; wanted a number")]),
        ({"share": 1, "limit": 7},
         [("params.limit", "found 7, wanted a mapping with max_miles, share")]),
        ({"share": 1, "level": 3}, [("params.level", "found 3, wanted one of 1, 2, full")]),
        ({"share": 1, "level": True},
         [("params.level", "found True, wanted one of 1, 2, full")]),
        ({"share": 1, "either": 1.5},
         [("params.either", "found 1.5, wanted a whole number or text")]),
        ({"share": 1, "mouths": 12},
         [("params.mouths", "unknown; wanted share, months, since, names, ratios, by_class, "
           "limit, level, either")]),
    ],
)  # fmt: skip
def test_what_the_type_refuses(raw, faults):
    assert attempt(Full, raw) == (REFUSED, faults)


def test_a_rule_without_params_takes_none():
    assert attempt(Nothing, {"a": 1}) == (REFUSED, [("params.a", "unknown; wanted no keys")])
    assert describe(Nothing) == "a mapping with no keys"


def test_a_params_type_that_packs_cannot_give_is_our_own_fault():
    with pytest.raises(TypeError, match="params cannot hold"):
        attempt(dict[int, Any], 3)
    with pytest.raises(TypeError, match="params cannot hold"):
        describe(bytes)


def test_params_are_written_back_as_json_can_hold_them():
    built = Full(
        0.5, since=date(2024, 7, 1), names=("a",), by_class={"metro": Limit(10.0)}, limit=Limit(1.0)
    )
    written = plain(built)
    assert written == {
        "share": 0.5,
        "months": 12,
        "since": "2024-07-01",
        "names": ["a"],
        "ratios": {},
        "by_class": {"metro": {"max_miles": 10.0, "share": None}},
        "limit": {"max_miles": 1.0, "share": None},
        "level": 1,
        "either": 0,
    }
    assert json.loads(json.dumps(written)) == written
