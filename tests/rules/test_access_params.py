"""Params of NW03, NW04, NW05 and PD03: what a pack may say, and what is refused."""

from __future__ import annotations

import pytest

from rules.directory import pd03_no_specialty as pd03
from rules.network import nw03_too_many_members as nw03
from rules.network import nw04_long_wait as nw04
from rules.network import nw05_too_few_in_area as nw05
from rules.params import REFUSED, build, plain

WAIT = {"max_wait": 10, "unit": "business_days", "share": 0.9}


def told(module, given):
    reasons: list[tuple[str, str]] = []
    built = build(module.Params, given, "params", lambda key, reason: reasons.append((key, reason)))
    return reasons if built is REFUSED else plain(built)


@pytest.mark.parametrize(
    ("module", "given", "filled"),
    [
        (nw03, {"per_members": 500},
         {"per_members": 500.0, "at_least": 1.0, "counts": "providers", "area": "plan"}),
        (nw04, WAIT, {"max_wait": 10.0, "unit": "business_days", "share": 0.9, "base": "open",
                      "telehealth": "counts", "months": 12}),
        (nw04, {**WAIT, "max_wait": 0, "share": 1, "months": 36},
         {"max_wait": 0.0, "unit": "business_days", "share": 1.0, "base": "open",
          "telehealth": "counts", "months": 36}),
        (nw05, {"minimum": 1}, {"minimum": 1, "counts": "providers", "area": "region"}),
        (pd03, {"max_share": 0}, {"max_share": 0.0, "beyond": "apart"}),
    ],
)  # fmt: skip
def test_what_is_left_out_has_a_default(module, given, filled):
    assert told(module, given) == filled


@pytest.mark.parametrize(
    ("module", "given", "key", "reason"),
    [
        (nw03, {"per_members": 0}, "params", "per_members 0 is not above 0"),
        (nw03, {"per_members": 5, "at_least": -1}, "params", "at_least -1 is not above 0"),
        (nw03, {}, "params.per_members", "missing; wanted a number"),
        (nw03, {"per_members": 5, "area": "state"}, "params.area",
         "found state, wanted one of plan, region, county"),
        (nw04, {**WAIT, "share": 0}, "params", "share 0 is not above 0 and at most 1"),
        (nw04, {**WAIT, "share": 1.1}, "params.share", "1.1, wanted a share from 0 to 1"),
        (nw04, {**WAIT, "max_wait": -1}, "params", "max_wait -1 is below 0"),
        (nw04, {**WAIT, "months": 0}, "params", "months 0 is not 1 to 36"),
        (nw04, {**WAIT, "months": 37}, "params", "months 37 is not 1 to 36"),
        (nw04, {**WAIT, "unit": "weeks"}, "params.unit",
         "found weeks, wanted one of business_days, days, hours"),
        (nw05, {"minimum": 0}, "params", "minimum 0 is below 1"),
        (nw05, {"minimum": 1.5}, "params.minimum", "found 1.5, wanted a whole number"),
        (nw05, {"minimum": 1, "counts": "chairs"}, "params.counts",
         "found chairs, wanted one of providers, sites, beds"),
        (pd03, {"max_share": 1.01}, "params.max_share", "1.01, wanted a share from 0 to 1"),
    ],
)  # fmt: skip
def test_what_is_refused(module, given, key, reason):
    assert told(module, given) == [(key, reason)]
