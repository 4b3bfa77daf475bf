"""Digests that occur more than once, held against a plain count."""

import random
from collections import Counter

import ibis
import polars as pl

from rules.digests import as_table, find_several


def rows_with(keys):
    return ibis.memtable(
        pl.DataFrame({"claim": keys, "line": range(len(keys))}, schema_overrides={"claim": str})
    )


def test_rows_that_are_left_are_those_that_occur_more_than_once_nulls_too():
    draw = random.Random(5)
    keys = [draw.choice(["", "A", "A1", None, *map(str, range(400))]) for _ in range(600)]
    rows = rows_with(keys)
    digest = ibis.struct({"claim": rows.claim}).hash()
    several = as_table(find_several(rows, key=digest)["key"], "key")
    left = rows.mutate(key=digest).semi_join(several, "key").to_polars()
    times = Counter(keys)
    assert sorted(left["line"]) == [at for at, key in enumerate(keys) if times[key] > 1]
    assert len(several.to_polars()) == sum(count > 1 for count in times.values())


def test_several_digests_are_told_apart_and_no_row_has_none():
    rows = rows_with(["A", "A", "B", "C"])
    told = find_several(rows, one=rows.claim.hash(), other=(rows.line % 3).hash())
    assert [len(told[name]) for name in ("one", "other")] == [1, 1]
    nobody = rows_with([])
    assert find_several(nobody, one=nobody.claim.hash())["one"].tolist() == []
