"""Days with two visits, both needs, notices and months: counted again in plain Python."""

from __future__ import annotations

import calendar
import random
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

import ibis
import polars as pl
import pytest
from scipy.stats import binomtest

from monitor.export.mask import Mask
from rules.coordination import cc01_one_side_only as cc01
from rules.coordination.admissions import admissions
from rules.coordination.needs import enrolment
from rules.delegation.dl06_review_overdue import months_since
from rules.delegation.dl09_slower_encounters import median
from rules.encounters.care import care
from rules.encounters.visits import count_shared
from rules.model import Contract, Filing, Period
from rules.practices import pr01_fewer_sites_bill_both as pr01
from rules.tables import staged_schema

PERIOD = Period(date(2025, 4, 1), date(2026, 3, 31))
CODES = ("99213", "99214", "90834", "90833", "90791", "T1015", "36415", None)
FAMILY, PSYCHIATRY = "207Q00000X", "2084P0800X"
REASONS = ("97", "CO-97", "B20", "B7", "29")
DIAGNOSES = ("I10", "F329", "E119;F1020", "J069", "F1020;J069", "I10;F329", "Z000")


def drawn(seed: int, count: int = 400) -> list[dict]:
    rng = random.Random(seed)
    rows = []
    for number in range(count):
        who = rng.randrange(4)
        stay = rng.random() < 0.1
        day = date(2026, 1, 1) + timedelta(days=rng.randrange(8))
        denied = rng.random() < 0.3
        rows.append(
            {
                "encounter_id": f"E{number}",
                "line_number": 1,
                "member_id": f"M{rng.randrange(25)}",
                "claim_type": "I" if stay else "P",
                "bill_type": "0111" if stay else None,
                "service_from": day,
                "service_to": day + timedelta(days=rng.randrange(3) if stay else 0),
                "admit_date": day if stay else None,
                "billing_npi": "10",
                "rendering_npi": None if stay else str(who),
                "rendering_taxonomy": None if stay else (FAMILY if who < 2 else PSYCHIATRY),
                "procedure_code": None if stay else rng.choice(CODES),
                "place_of_service": None if stay else rng.choice(("11", "11", "50")),
                "line_status": "denied" if denied else "paid",
                "denial_code": rng.choice(REASONS) if denied else None,
                "diagnosis_codes": rng.choice(DIAGNOSES),
                "frequency": "1",
            }
        )
    return rows


def filing_of(rows: list[dict]) -> Filing:
    schema = {**staged_schema("encounters"), "_file": pl.String, "_line": pl.Int64}
    frame = pl.DataFrame(
        [{"_file": "e.csv", "_line": line, **row} for line, row in enumerate(rows, 2)], schema
    )
    engine = ibis.duckdb.connect()
    contract = Contract(
        "case", "A case", "case", "mco", "TN", ("P",), PERIOD.start, None, (), {}, ()
    )
    table = engine.create_table("encounters", frame.to_arrow())
    return Filing("R", "P", contract, PERIOD, PERIOD.end, {"encounters": table})


def behavioral(row: dict) -> bool:
    """Tell the side of a drawn line by the steps of the hierarchy that can occur in it."""
    if row["procedure_code"] in ("90834", "90833", "90791"):
        return True
    if row["rendering_taxonomy"] == PSYCHIATRY:
        return True
    return row["diagnosis_codes"].startswith("F")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_days_with_two_visits(seed):
    rows = drawn(seed)
    filing = filing_of(rows)

    visits = defaultdict(list)
    for row in rows:
        if row["procedure_code"] in (None, "36415"):
            continue
        center = row["place_of_service"] == "50" or row["procedure_code"] == "T1015"
        who = ("10", behavioral(row)) if center else row["rendering_npi"]
        visits[row["member_id"], row["service_from"], center, who].append(row)
    days = defaultdict(list)
    for (member, day, center, _), lines in visits.items():
        paid = any(line["line_status"] == "paid" for line in lines)
        codes = {line["denial_code"] for line in lines}
        same_day = not paid and bool(codes & {"97", "CO-97", "B20"})
        credentials = not paid and "B7" in codes
        days[member, day].append((any(map(behavioral, lines)), center, same_day, credentials))
    counted = defaultdict(lambda: [0, 0, 0])
    for told in days.values():
        if len(told) < 2:
            continue
        sides = {side for side, *_ in told}
        key = (any(center for _, center, *_ in told), len(sides) == 2)
        counted[key][0] += 1
        counted[key][1] += any(same for *_, same, _ in told)
        counted[key][2] += any(unsound for *_, unsound in told)

    found = count_shared(filing, PERIOD)
    assert {(row[0], row[1]): list(row[2:]) for row in found.iter_rows()} == dict(counted)
    assert len(counted) == 4


@pytest.mark.parametrize("seed", [4, 5])
def test_needs_and_care(seed):
    rows = drawn(seed)
    filing = filing_of(rows)

    seen = defaultdict(lambda: {"BH": set(), "PH": set()})
    given = defaultdict(set)
    for row in rows:
        given[row["member_id"]].add("BH" if behavioral(row) else "PH")
        for code in row["diagnosis_codes"].split(";"):
            side = "BH" if code[0] == "F" else "PH" if code in ("I10", "E119") else None
            if side:
                days = seen[row["member_id"]][side]
                # A stay counts as two days.
                days |= {row["service_from"]}
                days |= {"stay", "again"} if row["claim_type"] == "I" else set()
    wanted = {
        member: (len(days["BH"]) > 1, len(days["PH"]) > 1)
        for member, days in seen.items()
        if max(len(days["BH"]), len(days["PH"])) > 1
    }

    found = care(filing, PERIOD)
    told = found.filter(pl.col("bh_need") | pl.col("ph_need"))
    told = told.select("member_id", "bh_need", "ph_need")
    assert {row[0]: row[1:] for row in told.iter_rows()} == wanted
    served = found.select("member_id", "bh_care", "ph_care")
    assert {row[0]: row[1:] for row in served.iter_rows()} == {
        member: ("BH" in sides, "PH" in sides) for member, sides in given.items()
    }
    paid = defaultdict(set)
    for row in rows:
        if row["line_status"] == "paid":
            paid[row["member_id"], behavioral(row)].add(row["service_from"])
    for member, bh_days, ph_days in found.select("member_id", "bh_days", "ph_days").iter_rows():
        assert (bh_days, ph_days) == (len(paid[member, True]), len(paid[member, False]))


def staged(filing: Filing, table: str, rows: list[dict]) -> Filing:
    schema = {**staged_schema(table), "_file": pl.String, "_line": pl.Int64}
    frame = pl.DataFrame(
        [{"_file": f"{table}.csv", "_line": line, **row} for line, row in enumerate(rows, 2)],
        schema,
    )
    engine = filing.tables["encounters"].get_backend()
    return replace(
        filing,
        tables={**filing.tables, table: engine.create_table(table, frame.to_arrow())},
        _derived={},
    )


@pytest.mark.parametrize("seed", [11, 12])
def test_days_enrolled_are_counted_once_day_by_day(seed):
    rng = random.Random(seed)
    spans = []
    for number in range(120):
        first = date(2025, 1, 1) + timedelta(days=rng.randrange(500))
        last = first + timedelta(days=rng.randrange(250))
        spans.append(
            {
                "member_id": f"M{rng.randrange(40)}",
                "enrolled_from": first,
                "enrolled_to": None if number % 5 == 0 else last,
                "smi": rng.choice(("Y", "N", None)),
                "dual_status": rng.choice(("none", "Partial", "full", None)),
            }
        )

    wanted = {}
    for span in spans:
        days, smi, dual = wanted.setdefault(span["member_id"], (set(), set(), set()))
        last = min(span["enrolled_to"] or PERIOD.end, PERIOD.end)
        inside = range(max(span["enrolled_from"], PERIOD.start).toordinal(), last.toordinal() + 1)
        days |= set(inside)
        if inside:
            smi.add(span["smi"] == "Y")
            dual.add(span["dual_status"] in ("Partial", "full"))
    kept = {
        member: (len(days), date.fromordinal(max(days)), any(smi), any(dual))
        for member, (days, smi, dual) in wanted.items()
        if days
    }

    found = enrolment(staged(filing_of(drawn(1)), "members", spans), PERIOD)
    assert {row[0]: row[1:] for row in found.iter_rows()} == kept


@pytest.mark.parametrize("seed", [6, 7])
def test_admissions_are_counted_once(seed):
    rows = drawn(seed)

    stays = defaultdict(list)
    for row in rows:
        if row["claim_type"] == "I" and row["line_status"] == "paid":
            stays[row["member_id"]].append((row["admit_date"], row["service_to"]))
    begun = set()
    for member, spans in stays.items():
        out = date.min
        for first, last in sorted(spans):
            if first > out + timedelta(days=1) if out > date.min else True:
                begun.add((member, first))
            out = max(out, last)

    found = admissions(filing_of(rows), PERIOD)
    assert set(found.select("member_id", "admit").iter_rows()) == begun
    assert found.height == len(begun) > 10


def test_months_are_full_on_the_same_day():
    rng = random.Random(8)
    for _ in range(300):
        day = date(2020, 1, 1) + timedelta(days=rng.randrange(1500))
        last = day + timedelta(days=rng.randrange(900))
        whole = 0
        while True:
            year, month = divmod(day.year * 12 + day.month - 1 + whole + 1, 12)
            reach = min(day.day, calendar.monthrange(year, month + 1)[1])
            if date(year, month + 1, reach) > last:
                break
            whole += 1
        assert int(months_since(day, last)) == whole
    assert months_since(last, day) == 0


def test_a_median_of_counted_days():
    rng = random.Random(9)
    for count in range(1, 60):
        days = [rng.randrange(-5, 30) for _ in range(count)]
        frame = pl.DataFrame({"days": days}).group_by("days").len("lines")
        assert median(frame) == pl.Series(days).median()


def of_site(site: str, month: int) -> list[dict]:
    row = {
        "encounter_id": f"{site}-{month}",
        "line_number": 1,
        "member_id": "M1",
        "claim_type": "P",
        "service_from": date(2025, month, 5),
        "service_to": date(2025, month, 5),
        "rendering_site_id": site,
        "procedure_code": "99213",
        "diagnosis_codes": "I10",
        "line_status": "paid",
    }
    return [row, {**row, "line_number": 2, "procedure_code": "90834"}]


@pytest.mark.parametrize(
    ("kept", "gained", "keep_share", "found"),
    [
        # Of twelve sites six are lost and none gained: 2 / 2^6 = 0.03.
        (6, 0, 0.75, ("measured", 6, 9.0)),
        # Seven of twelve left: five lost, 2 / 2^5 = 0.06, which chance can do.
        (7, 0, 0.75, ("could_not_run", None, None)),
        # Nine of twelve are three quarters.
        (9, 0, 0.75, ("measured", 9, 9.0)),
        # Six lost and three gained: chance.
        (6, 2, 0.75, ("could_not_run", None, None)),
    ],
)
def test_a_decline_of_sites(kept, gained, keep_share, found):
    rows = [row for site in range(12) for row in of_site(f"S{site}", 8)]
    rows += [row for site in range(kept) for row in of_site(f"S{site}", 9)]
    rows += [row for site in range(gained) for row in of_site(f"N{site}", 9)]
    filing = replace(filing_of(rows), period=Period(date(2025, 9, 1), date(2025, 9, 30)))
    params = pr01.Params(keep_share=keep_share, months=1, min_members=1)

    [measure] = pr01.measure(filing, {}, params)

    required = pr01.required(params, measure) if measure.value is not None else None
    assert (str(measure.outcome), measure.value, required) == found


def test_nine_sites_before_tell_no_decline():
    rows = [row for site in range(9) for row in of_site(f"S{site}", 8)] + of_site("S0", 9)
    filing = replace(filing_of(rows), period=Period(date(2025, 9, 1), date(2025, 9, 30)))

    [measure] = pr01.measure(filing, {}, pr01.Params(keep_share=0.9, months=1, min_members=1))

    assert measure.note == (
        "cannot tell the sites that bill both: 9 billed both in the months before, "
        "and of fewer than 10 no decline is told"
    )


@pytest.mark.parametrize(("lost", "gained"), [(0, 0), (6, 0), (5, 0), (3, 9), (20, 4)])
def test_the_sign_test_is_that_of_scipy(lost, gained):
    exact = binomtest(lost, lost + gained).pvalue if lost + gained else 1.0

    assert pr01.sign_test(lost, gained) == pytest.approx(exact, rel=1e-12)


def test_nobody_is_told_to_need_both_without_a_basis():
    """Standing in the list of CC01 may tell a substance use disorder (42 CFR Part 2)."""
    rows = drawn(10)
    people = [
        {"member_id": f"M{number}", "enrolled_from": date(2025, 1, 1)} for number in range(25)
    ]
    filing = staged(filing_of(rows), "members", people)
    params = cc01.Params(max_share=0.0, min_members=1)

    [measure] = cc01.measure(filing, {}, params)
    faulty = measure.violations.to_polars()

    assert faulty.height == measure.numerator > 0
    hidden = Mask().apply(faulty, "CC01")
    shown = Mask(show_phi=True).apply(faulty, "CC01")
    for told in (hidden, shown):
        assert not set(told["value"]) & set(faulty["value"])
        assert not set(told["natural_key"]) & set(faulty["natural_key"])
    open_to_all = Mask(show_phi=True, part2_basis="2.53 audit").apply(faulty, "CC01")
    assert open_to_all["value"].to_list() == faulty["value"].to_list()
