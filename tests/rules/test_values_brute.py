"""The diagnosis edits on random lines against a recount in plain Python, line by line."""

import random
from collections import defaultdict
from datetime import date, timedelta
from types import SimpleNamespace

import ibis
import polars as pl
import pytest

from rules import icd10cm_release
from rules.model import Filing, Period
from rules.relational import encounters_diagnoses, encounters_diagnoses_members
from rules.tables import staged_schema
from rules.values import value_set

LINES = 4_000
RELEASE = icd10cm_release.read().codes


def some_codes(rng):
    """Return a pool of codes that is rich in what the edits look for."""
    billable = sorted(code for code, kind in RELEASE.items() if kind == "billable")
    headers = sorted(code for code, kind in RELEASE.items() if kind == "header")
    told = [code for code in billable if value_set("diagnosis_ages").of(code)]
    return [
        *rng.sample(billable, 150),
        *rng.sample(told, 40),
        *rng.sample([code for code in billable if value_set("diagnosis_sex").of(code)], 40),
        *rng.sample([code for code in billable if code[0] in "VWXY"], 10),
        *rng.sample([code for code in billable if value_set("manifestation_codes").of(code)], 10),
        *rng.sample(headers, 10),
        *("Z0000", "Z00129", "Z00110", "Z00111", "Z6851", "Z6820", "Z3800"),
        *("R9999", "A00000", "123", "X"),
    ]


@pytest.fixture(scope="module")
def lines():
    rng = random.Random(7)
    pool = some_codes(rng)
    members = [
        {
            "member_id": f"M{number}",
            "sex": rng.choice(["F", "F", "M", "M", "X", None]),
            "birth_date": date(2025, 9, 1) - timedelta(days=int(rng.paretovariate(0.35)) % 26_000),
        }
        for number in range(400)
    ]
    rows = []
    for number in range(LINES):
        began = date(2025, 8, 1) + timedelta(days=rng.randrange(200))
        ended = began + timedelta(days=rng.choice([0, 0, 0, 1, 30]))
        kind = rng.choice("PPPIIR")
        rows.append(
            {
                "encounter_id": f"E{number}",
                "line_number": "1",
                "member_id": f"M{rng.randrange(410)}",
                "claim_type": kind,
                "line_status": rng.choice(["paid", "paid", "paid", "denied", None]),
                "service_from": began,
                "service_to": rng.choice([ended, ended, None]),
                "discharge_date": ended if kind == "I" and rng.random() < 0.5 else None,
                "diagnosis_codes": rng.choice(
                    [";".join(rng.choices(pool, k=rng.randint(1, 6)))] * 9 + [None]
                ),
                "frequency": "1",
                "_file": "e.csv",
                "_line": number + 2,
            }
        )
    return members, rows


def frame(table, rows):
    schema = staged_schema(table)
    full = [{name: row.get(name) for name in schema} for row in rows]
    return pl.DataFrame(full, schema=schema)


@pytest.fixture(scope="module")
def filing(lines):
    members, rows = lines
    engine = ibis.duckdb.connect()
    contract = SimpleNamespace(id="c", runout_months=0, bh_definition="hierarchy")
    return Filing(
        review_id="r",
        plan_id="PLAN",
        contract=contract,
        period=Period.parse("2026Q1"),
        as_of=date(2026, 3, 31),
        tables={
            "members": engine.create_table("members", frame("members", members).to_arrow()),
            "encounters": engine.create_table("lines", frame("encounters", rows).to_arrow()),
        },
    )


def told(comparison, filing):
    found = defaultdict(dict)
    columns = ("code", "line", "value")
    for code, line, value in comparison.faulty(filing).select(*columns).to_polars().iter_rows():
        assert line not in found[code]
        found[code.removeprefix("encounters.diagnosis_codes.")][line] = value
    return {code: lines for code, lines in found.items() if lines}


def asked(rows):
    for row in rows:
        if row["claim_type"] in "PI" and row["line_status"] != "denied" and row["diagnosis_codes"]:
            yield row, row["diagnosis_codes"].split(";")


def year_of(row):
    def year(day):
        return day.year + (day.month >= 10)

    if row["claim_type"] == "I" and row["discharge_date"]:
        return year(row["discharge_date"])
    ended = row["service_to"] or row["service_from"]
    return year(ended) if year(row["service_from"]) == year(ended) else None


def in_order(codes, wanted):
    return ";".join(dict.fromkeys(code for code in codes if wanted(code)))


def test_codes_by_year_and_place_as_recounted(filing, lines):
    wanted = defaultdict(dict)
    counted = {"every": 0, "decided": 0}
    for row, codes in asked(lines[1]):
        counted["every"] += 1
        in_year = year_of(row) == 2026
        counted["decided"] += in_year
        faults = {
            "not_in_icd10cm": in_year
            and in_order(codes, lambda c: c not in RELEASE and len(c) > 3),
            "not_billable": in_year and in_order(codes, lambda c: RELEASE.get(c) == "header"),
            "repeated": in_order(codes, lambda c, all=codes: all.count(c) > 1),
            "external_cause_first": codes[0] if codes[0][0] in "VWXY" else "",
            "manifestation_first": value_set("manifestation_codes").of(codes[0]) and codes[0],
        }
        for name, value in faults.items():
            if value:
                wanted[name][row["_line"]] = value
    assert sorted(wanted) == sorted(
        edit.code.removeprefix("diagnosis_codes.") for edit in encounters_diagnoses.EDITS
    )
    assert told(encounters_diagnoses.COMPARISON, filing) == wanted
    seen = encounters_diagnoses.seen(filing)
    assert list(seen.values()) == [counted["decided"]] * 2 + [counted["every"]] * 3


def years_old(birth, day):
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def fits(group, birth, began, ended):
    span = group.removesuffix(", first").split(" to ")
    (low, low_unit), (high, high_unit) = (end.split() for end in span)
    oldest = (ended - birth).days if low_unit == "days" else years_old(birth, ended)
    youngest = (began - birth).days if high_unit == "days" else years_old(birth, began)
    return oldest >= int(low) and youngest <= int(high)


def test_sex_and_age_as_recounted(filing, lines):
    members = {member["member_id"]: member for member in lines[0]}
    wanted = defaultdict(dict)
    seen = {"sex": 0, "age": 0}
    for row, codes in asked(lines[1]):
        member = members.get(row["member_id"])
        if member is None:
            continue
        birth, began = member["birth_date"], row["service_from"]
        ended = row["service_to"] or began
        sexes = {c: value_set("diagnosis_sex").of(c) for c in codes if c in RELEASE}
        if member["sex"] in ("F", "M") and any(sexes.values()):
            seen["sex"] += 1
            if value := in_order(
                codes, lambda c, s=sexes, m=member: s.get(c) not in (None, m["sex"])
            ):
                wanted["wrong_for_sex"][row["_line"]] = set(value.split(";"))
        ages = {
            c: group
            for c in codes
            if c in RELEASE
            and (group := value_set("diagnosis_ages").of(c))
            and (not group.endswith(", first") or c == codes[0])
        }
        if ages and birth <= began:
            seen["age"] += 1
            if wrong := {c for c, group in ages.items() if not fits(group, birth, began, ended)}:
                wanted["wrong_for_age"][row["_line"]] = wrong
    found = told(encounters_diagnoses_members.COMPARISON, filing)
    assert {
        code: {line: set(value.split(";")) for line, value in values.items()}
        for code, values in found.items()
    } == wanted
    assert len(wanted["wrong_for_sex"]) > 100
    assert len(wanted["wrong_for_age"]) > 100
    assert list(encounters_diagnoses_members.seen(filing).values()) == [seen["sex"], seen["age"]]
