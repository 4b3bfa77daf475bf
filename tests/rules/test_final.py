"""Final versions: hand-worked families of claims, and a walk of each chain over random ones."""

import gc
import random
from datetime import date

import ibis
import polars as pl
import pytest

from rules.encounters.final import final_lines, standing
from rules.model import Contract, Filing, Period
from rules.tables import staged_schema

JAN, FEB, MAR = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)
CONTRACT = Contract("c", "c", "c", "mco", "TN", ("P",), JAN, None, (), {}, ())


@pytest.fixture(scope="module")
def engine():
    return ibis.duckdb.connect()


def staged(engine, claims):
    """Stage (encounter_id, frequency, original_encounter_id, submitted_on) with one line each."""
    rows = [
        {
            "encounter_id": claim,
            "line_number": 1,
            "frequency": frequency,
            "original_encounter_id": original,
            "submitted_on": submitted,
            "_file": "encounters.csv",
            "_line": line,
        }
        for line, (claim, frequency, original, submitted) in enumerate(claims, start=2)
    ]
    frame = pl.DataFrame(rows, schema=staged_schema("encounters"))
    return engine.create_table("encounters", frame.to_arrow(), overwrite=True)


def filing_of(lines):
    return Filing("r", "P", CONTRACT, Period.parse("2026Q1"), MAR, {"encounters": lines})


def kept(engine, claims):
    lines = staged(engine, claims)
    left = standing(lines, filing_of(lines))
    gc.collect()
    return sorted(left.to_polars()["_line"].to_list())


FAMILIES = {
    "an original alone": ([("A", "1", None, JAN)], [2]),
    "a claim without a frequency": ([("A", None, None, JAN)], [2]),
    "any other frequency is an original": ([("A", "3", "B", JAN), ("B", "1", None, JAN)], [2, 3]),
    "a replacement": ([("A", "1", None, JAN), ("B", "7", "A", FEB)], [3]),
    "a replacement listed and dated before its original": (
        [("B", "7", "A", JAN), ("A", "1", None, FEB)],
        [2],
    ),
    "a chain of replacements": (
        [("A", "1", None, JAN), ("B", "7", "A", FEB), ("C", "7", "B", MAR)],
        [4],
    ),
    "a chain on one day, listed backwards": (
        [("C", "7", "B", JAN), ("B", "7", "A", JAN), ("A", "1", None, JAN)],
        [2],
    ),
    "a void": ([("A", "1", None, JAN), ("B", "8", "A", FEB), ("C", "1", None, JAN)], [4]),
    "a void of a replacement": (
        [("A", "1", None, JAN), ("B", "7", "A", FEB), ("C", "8", "B", MAR)],
        [],
    ),
    "a replacement of a void": (
        [("A", "1", None, JAN), ("B", "8", "A", FEB), ("C", "7", "B", MAR)],
        [4],
    ),
    "a void, and a new original": (
        [("A", "1", None, JAN), ("B", "8", "A", FEB), ("C", "1", None, FEB)],
        [4],
    ),
    "two replacements of one original: the later stands": (
        [("A", "1", None, JAN), ("B", "7", "A", MAR), ("C", "7", "A", FEB)],
        [3],
    ),
    "two on one day: the later line stands": (
        [("A", "1", None, JAN), ("B", "7", "A", FEB), ("C", "7", "A", FEB)],
        [4],
    ),
    "an undated correction goes before a dated one": (
        [("A", "1", None, JAN), ("B", "7", "A", FEB), ("C", "7", "A", None)],
        [3],
    ),
    "an original voided after it was replaced": (
        [("A", "1", None, JAN), ("B", "7", "A", FEB), ("C", "8", "A", MAR)],
        [],
    ),
    "an original replaced after it was voided": (
        [("A", "1", None, JAN), ("B", "8", "A", FEB), ("C", "7", "A", MAR)],
        [4],
    ),
    "two branches: the latest of their ends stands": (
        [
            *[("A", "1", None, JAN), ("B", "7", "A", JAN), ("C", "7", "A", FEB)],
            ("D", "7", "B", MAR),
        ],
        [5],
    ),
    "a replacement whose original was not sent": ([("B", "7", "A", FEB)], [2]),
    "two replacements whose original was not sent": (
        [("B", "7", "A", MAR), ("C", "7", "A", FEB)],
        [2],
    ),
    "a void whose original was not sent": ([("B", "8", "A", FEB)], []),
    "a replacement that names nothing": ([("A", "1", None, JAN), ("B", "7", None, FEB)], [2, 3]),
    "a void that names nothing": ([("A", "1", None, JAN), ("B", "8", None, FEB)], [2]),
    "a replacement that names itself": ([("A", "7", "A", FEB)], [2]),
    "a void that names itself": ([("A", "8", "A", FEB)], []),
    "a replacement under its original's id": ([("A", "1", None, JAN), ("A", "7", "A", FEB)], [3]),
    "a void under its original's id": ([("A", "1", None, JAN), ("A", "8", None, FEB)], []),
    "replaced, then voided, under one id": (
        [("A", "1", None, JAN), ("A", "7", "A", FEB), ("A", "8", "A", MAR)],
        [],
    ),
    "two that name each other: the later stands": (
        [("A", "7", "B", MAR), ("B", "7", "A", FEB)],
        [2],
    ),
    "a ring of three on one day: the last line stands": (
        [("A", "7", "B", JAN), ("B", "7", "C", JAN), ("C", "7", "A", JAN)],
        [4],
    ),
    "a ring with a later correction of one of it": (
        [("A", "7", "B", JAN), ("B", "7", "A", JAN), ("C", "7", "A", FEB)],
        [4],
    ),
    "a claim that corrects another with lines of two frequencies": (
        [("A", "1", None, JAN), ("B", "1", None, FEB), ("B", "7", "A", FEB)],
        [3, 4],
    ),
    "an original that names another is no correction": (
        [("A", "1", None, JAN), ("B", "1", "A", FEB)],
        [2, 3],
    ),
}


@pytest.mark.parametrize(("claims", "lines"), FAMILIES.values(), ids=FAMILIES.keys())
def test_family(engine, claims, lines):
    assert kept(engine, claims) == lines


def test_a_long_chain_leaves_its_end_and_a_long_ring_one(engine):
    chain = [("E0", "1", None, JAN), *((f"E{n}", "7", f"E{n - 1}", JAN) for n in range(1, 700))]
    assert kept(engine, chain) == [701]
    ring = [(f"R{n}", "7", f"R{(n + 1) % 700}", JAN) for n in range(700)]
    assert kept(engine, ring + chain) == [701, 1401]


def test_every_line_of_a_claim_goes_with_it(engine):
    lines = staged(engine, [("A", "1", None, JAN), ("B", "7", "A", FEB)])
    second = lines.mutate(line_number=lines.line_number + 1, _line=lines._line + 100)
    both = engine.create_table("both", lines.union(second).to_pyarrow(), overwrite=True)
    left = standing(both, filing_of(both)).to_polars()
    assert sorted(left.select("encounter_id", "line_number").iter_rows()) == [("B", 1), ("B", 2)]


def test_final_lines_carry_their_domain_and_are_computed_once(engine):
    lines = staged(engine, [("A", "1", None, JAN), ("B", "8", "A", FEB), ("C", None, None, JAN)])
    filing = filing_of(lines)
    final = filing.once("final_lines", final_lines)
    assert final.columns == (*lines.columns, "domain", "domain_reason")
    told = final.select("encounter_id", "domain", "domain_reason").to_polars()
    assert list(told.iter_rows()) == [("C", "PH", "none")]
    assert filing.once("final_lines", final_lines) is final


def later(one, other):
    """Return the last day and the last line of two."""
    return tuple(map(max, one, other))


def walked(claims):
    """Return the lines kept, by walking every chain claim by claim."""
    groups = {}
    for line, (claim, frequency, original, submitted) in enumerate(claims, start=2):
        kind = frequency if frequency in ("7", "8") else "1"
        last, parents = groups.get((claim, kind), ((date.min, 0), set()))
        other = {original} if kind != "1" and original not in (None, claim) else set()
        groups[claim, kind] = (later(last, (submitted, line)), parents | other)
    links = {}
    for (claim, _), (_, parents) in groups.items():
        links.setdefault(claim, set()).update(parents)
    links = {claim: min(parents) for claim, parents in links.items() if parents}

    def family(claim):
        path = [claim]
        while path[-1] in links:
            onward = links[path[-1]]
            if onward in path:
                return ("ring", min(path[path.index(onward) :]))
            path.append(onward)
        return ("chain", path[-1])

    versions = {}
    for (claim, kind), (last, parents) in groups.items():
        key = (claim, "" if claim in links else kind)
        most, late, of, kinds = versions.get(key, ("1", (date.min, 0), set(), []))
        versions[key] = (max(most, kind), later(late, last), of | parents, [*kinds, kind])
    named = set()
    for key, (kind, _, parents, _) in versions.items():
        target = min(parents) if parents else key[0]
        if kind != "1":
            named |= {other for other in versions if other != key and other[0] == target}
    families = {}
    for key in versions:
        families.setdefault(family(key[0]), []).append(key)
    stands = set()
    for members in families.values():
        best = max(members, key=lambda key: (key not in named, versions[key][1]))
        if versions[best][0] != "8":
            stands |= {(best[0], kind) for kind in versions[best][3]}
    return [
        line
        for line, (claim, frequency, *_) in enumerate(claims, start=2)
        if (claim, frequency if frequency in ("7", "8") else "1") in stands
    ]


def test_the_walk_agrees_with_the_families_worked_by_hand():
    for claims, lines in FAMILIES.values():
        if all(submitted for *_, submitted in claims):
            assert walked(claims) == lines


@pytest.mark.parametrize("seed", range(12))
def test_random_claims_agree_with_the_walk(engine, seed):
    """Fifty worlds a seed, put beside each other: their claims' ids do not touch."""
    chance = random.Random(seed)
    claims = []
    for world in range(50):
        names = [f"{world}-{n}" for n in range(chance.randint(1, 7))]
        for name in chance.choices(names, k=len(names) + 1):
            frequency = chance.choice(["1", "1", "7", "7", "8", None])
            original = chance.choice([*names, *names, f"{world}-unsent", None])
            claims.append((name, frequency, original, chance.choice([JAN, FEB, MAR])))
    chance.shuffle(claims)
    assert kept(engine, claims) == walked(claims)
