"""Drugs in hand at once, prescribing and its interval: counted again in plain Python."""

from __future__ import annotations

import random
from collections import defaultdict
from math import sqrt

import polars as pl
import pytest

from rules.practices.at_once import in_hand, longest_run
from rules.practices.drugs import named_drugs
from rules.samples import clustered, wilson
from rules.values import value_set

LAST = 120
DRUGS = {"A1": "a", "A2": "a", "B1": "b", "C1": "c", "D1": "d"}


def drawn(seed):
    rng = random.Random(seed)
    rows = []
    for _ in range(160):
        product = rng.choice(sorted(DRUGS))
        rows.append(
            {
                "member_id": f"M{rng.randrange(8)}",
                "product": product,
                "drug": DRUGS[product],
                "offset": rng.randrange(LAST + 1),
                "days": rng.choice((0, 1, 7, 30, 30, 60)),
            }
        )
    return rows


def days_by_drug(rows, gap):
    """Return the days on which each member has each drug, one pass of a queue a product."""
    supplied = defaultdict(set)
    free = {}
    for row in sorted(rows, key=lambda row: row["offset"]):
        own = (row["member_id"], row["product"])
        begin = max(row["offset"], free.get(own, 0))
        free[own] = begin + row["days"]
        key = (row["member_id"], row["drug"])
        supplied[key] |= {day for day in range(begin, free[own]) if day <= LAST}
    for days in supplied.values():
        for day in sorted(days):
            later = [other for other in days if other > day]
            if later and min(later) - day - 1 <= gap:
                days |= set(range(day, min(later)))
    return supplied


@pytest.mark.parametrize("gap", [0, 7])
@pytest.mark.parametrize("seed", range(6))
def test_spans_and_runs_are_those_of_a_count_day_by_day(seed, gap):
    rows = drawn(seed)
    schema = {"member_id": pl.String, "product": pl.String, "drug": pl.String}
    schema |= {"offset": pl.Int64, "days": pl.Int64}
    spans = in_hand(pl.DataFrame(rows, schema), "drug", gap, LAST)
    naive = {key: days for key, days in days_by_drug(rows, gap).items() if days}
    found = defaultdict(set)
    for member, drug, begin, end in spans.select("member_id", "drug", "begin", "end").iter_rows():
        assert not found[member, drug] & set(range(begin, end))
        found[member, drug] |= set(range(begin, end))
    assert dict(found) == naive
    for least in (1, 2, 3, 4):
        longest = {}
        for member in {member for member, _ in naive}:
            run = best = 0
            for day in range(LAST + 2):
                held = sum(day in days for (who, _), days in naive.items() if who == member)
                run = run + 1 if held >= least else 0
                best = max(best, run)
            if best:
                longest[member] = best
        assert dict(longest_run(spans, least).iter_rows()) == longest


def test_no_fill_is_no_run():
    schema = {"member_id": pl.String, "product": pl.String, "drug": pl.String}
    schema |= {"offset": pl.Int64, "days": pl.Int64}
    spans = in_hand(pl.DataFrame([], schema), "drug", 7, LAST)
    assert spans.rows() == []
    assert longest_run(spans, 1).rows() == []


def test_the_interval_of_clusters_worked_by_hand():
    # Two members: 3 of 4 fills and 0 of 2; share 1/2, residuals 1 and -1.
    variance = 2 / 1 * (1 + 1) / 36
    free = 0.25 / variance
    assert clustered([3, 0], [4, 2]) == pytest.approx(wilson(0.5 * free, free))
    # One trial a cluster: the plain interval with one trial less.
    assert clustered([1, 0, 1, 0, 1], [1] * 5) == pytest.approx(wilson(0.6 * 4, 4))
    # Nothing varies, or one cluster alone: as many trials as clusters.
    assert clustered([5, 2], [5, 2]) == pytest.approx(wilson(2, 2))
    assert clustered([3], [6]) == pytest.approx(wilson(0.5, 1))
    # Never more trials than there are.
    assert clustered([1, 1], [2, 2]) == pytest.approx(wilson(1, 2))


def test_the_interval_of_clusters_agrees_with_a_bootstrap():
    rng = random.Random(5)
    drawn_people = [(rng.randrange(1, 13), rng.random()) for _ in range(300)]
    people = [(sum(rng.random() < share for _ in range(n)), n) for n, share in drawn_people]
    low, high = clustered([had for had, _ in people], [n for _, n in people])
    shares = []
    for _ in range(600):
        picked = rng.choices(people, k=len(people))
        shares.append(sum(had for had, _ in picked) / sum(n for _, n in picked))
    mean = sum(shares) / len(shares)
    spread = sqrt(sum((share - mean) ** 2 for share in shares) / (len(shares) - 1))
    assert (high - low) / 2 == pytest.approx(1.96 * spread, rel=0.12)


def test_the_shipped_list_knows_drugs_of_its_day_and_says_how_old_it_is():
    shipped = value_set("drug_classes")
    codes = ["59762490001", "00310027510", "00002323030", "12496120803", "99999000101"]
    assert named_drugs(codes, shipped).rows() == [
        ("59762490001", "597624900", "antidepressant", "sertraline"),
        ("00310027510", "003100275", "antipsychotic", "quetiapine"),
        ("00002323030", "000023230", "antidepressant", "fluoxetine"),
        ("00002323030", "000023230", "antipsychotic", "olanzapine"),
    ]
    assert (shipped.of("12496120803"), shipped.of("99999000101")) == ("other", None)
    assert (len(shipped.codes), shipped.unverified) == (57_665, True)
    assert shipped.version.startswith("FDA 2019-04-29, too old to judge a plan of today")


def test_every_group_of_the_list_is_of_ingredients_that_are_known():
    known = set(value_set("psychotropic_ingredients").codes.values())
    groups = set(value_set("drug_classes").codes.values()) - {"other"}
    assert {drug for group in groups for drug in group.split(" + ")} <= known
    assert {drug.split(" ")[0] for drug in known - {"other", "beside"}} == {
        *("antidepressant", "antipsychotic", "anxiolytic", "attention", "hypnotic"),
        "mood_stabilizer",
    }
