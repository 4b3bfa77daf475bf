"""The money series against a second count in plain Python, and slow run-out that is no saving."""

import random
from collections import defaultdict
from datetime import date, timedelta

import ibis
import numpy as np
import polars as pl
import pytest

from rules.model import Contract, Filing, Period, add_months
from rules.spending.completion import CHAIN_LADDER, RUNOUT
from rules.spending.intervals import intervals
from rules.spending.series import series, series_by_region
from tests.rules.staging import table_of

BH = {"procedure_code": "90834", "diagnosis_codes": "F331", "rendering_taxonomy": "103TC0700X"}
PH = {"procedure_code": "99213", "diagnosis_codes": "I10", "rendering_taxonomy": "207Q00000X"}
FIRST = date(2024, 10, 1)
MONTHS = [f"{add_months(FIRST, later):%Y-%m}" for later in range(18)]
REGIONS = {"47001": "East", "47003": "Middle"}
ON = date(2026, 4, 20)


def filing_of(**tables):
    contract = Contract(
        id="case",
        title="A case",
        program="case",
        model="mco",
        state="TN",
        plans=("PLAN",),
        starts=date(2020, 1, 1),
        ends=None,
        extends=(),
        documents={},
        requirements=(),
        runout_months=3,
        regions=REGIONS,
    )
    staged = {name: table_of(name, rows) for name, rows in tables.items()}
    staged["submission"] = ibis.memtable(pl.DataFrame({"submitted_on": [ON]}).to_arrow())
    return Filing("review", "PLAN", contract, Period.parse("2026Q1"), ON, staged)


def line(number, member, day, kind, price, sub=False, **more):
    return {
        "encounter_id": f"E{number}",
        "line_number": 1,
        "member_id": member,
        "claim_type": "P",
        "service_from": day,
        "service_to": day,
        "line_status": "paid",
        "payment_arrangement": "subcapitated" if sub else "ffs",
        "paid_amount": price * 0.8 if sub else price,
        "ffs_equivalent_amount": price if sub else None,
        "place_of_service": "11",
        "submitted_on": day,
        "frequency": "1",
        **kind,
        **more,
    }


def cell(month, name, months=100.0, bh=20.0):
    return {
        "month": month,
        "rate_cell": name,
        "member_months": months,
        "rate_pmpm": 100.0,
        "bh_pmpm": bh,
        "revenue": 100.0 * months,
    }


def draw(chance):
    """Return members who change cell and county, lines that all arrive at once, and capitation."""
    members, spans, moved = [], [], date(2025, 6, 1)
    for number in range(60):
        where = [(chance.choice("AC"), chance.choice(["47001", "47003"])) for _ in range(2)]
        starts = [FIRST, moved if number % 3 == 0 else None]
        spans.append(where)
        for (name, county), start in zip(where, starts, strict=True):
            if start:
                members.append(
                    {
                        "member_id": f"M{number}",
                        "enrolled_from": start,
                        "enrolled_to": moved - timedelta(1)
                        if start == FIRST and starts[1]
                        else None,
                        "rate_cell": name,
                        "county_fips": county,
                    }
                )
    lines, kept = [], []
    for number in range(1500):
        who, day = chance.randrange(60), FIRST + timedelta(chance.randrange(546))
        side, sub = chance.choice(["BH", "PH"]), chance.random() < 0.3
        price = round(chance.uniform(10, 400), 2)
        lines.append(line(number, f"M{who}", day, BH if side == "BH" else PH, price, sub))
        now = spans[who][1] if who % 3 == 0 and day >= moved else spans[who][0]
        kept.append((f"{day:%Y-%m}", side, f"M{who}", now, price))
    cells = [
        cell(month, name, float(chance.randrange(20, 60)), chance.uniform(10, 40))
        for month in MONTHS
        for name in "AC"
    ]
    return members, lines, kept, cells


@pytest.mark.parametrize("seed", [1, 2])
def test_the_series_is_that_of_a_second_count(seed):
    members, lines, kept, cells = draw(random.Random(seed))
    told = filing_of(members=members, encounters=lines, capitation=cells).once("series", series)

    exposed = {(c["month"], c["rate_cell"]): c["member_months"] for c in cells}
    base = {name: sum(exposed[month, name] for month in MONTHS[:12]) for name in "AC"}
    weight = {name: base[name] / sum(base.values()) for name in "AC"}
    dollars, users = defaultdict(float), defaultdict(set)
    person = defaultdict(float)
    for month, side, who, (name, _), price in kept:
        dollars[month, side, name] += price
        users[month, side].add(who)
        if side == "BH":
            person[month, name, who] += price
    assert (told.months, told.cells) == (tuple(MONTHS), ("A", "C"))
    assert told.weights == pytest.approx([weight["A"], weight["C"]])
    cap = float(np.quantile(list(person.values()), 0.99))
    for at, month in enumerate(MONTHS):
        both = sum(exposed[month, name] for name in "AC")
        for side, raw, standard in (("BH", told.raw_bh, told.bh), ("PH", told.raw_ph, told.ph)):
            assert raw.paid_raw[at] == pytest.approx(
                sum(dollars[month, side, name] for name in "AC")
            )
            assert raw.users_raw[at] == len(users[month, side])
            rate = sum(weight[n] * dollars[month, side, n] / exposed[month, n] for n in "AC")
            assert standard.paid_raw[at] == pytest.approx(rate * both)
            assert standard.completion[at] == pytest.approx(1)
        error = 0.0
        for name in "AC":
            most = exposed[month, name]
            seen = [min(x, cap) for (m, n, _), x in person.items() if (m, n) == (month, name)]
            variance = (sum(x * x for x in seen) - sum(seen) ** 2 / most) / (most - 1)
            error += weight[name] ** 2 * variance / most
        assert told.spread[at] == pytest.approx(error**0.5, rel=1e-6)


def test_regions_and_cells_add_up_to_the_plan_and_the_interval_is_that_of_a_second_count():
    members, lines, kept, cells = draw(random.Random(3))
    filing = filing_of(members=members, encounters=lines, capitation=cells)
    told, regions = filing.once("series", series), series_by_region(filing)

    assert list(regions) == ["East", "Middle"]
    for region, own in regions.items():
        wanted = defaultdict(float)
        for month, side, _, (_, county), price in kept:
            if side == "BH" and REGIONS[county] == region:
                wanted[month] += price
        assert own.raw_bh.paid_raw == pytest.approx([wanted[month] for month in MONTHS])
    assert sum(own.bh_rate for own in regions.values()) == pytest.approx(told.bh_rate)
    assert sum(own.member_months for own in regions.values()) == pytest.approx(told.member_months)

    used = np.flatnonzero(told.mature)
    rows = intervals(filing, told, used)
    by = defaultdict(list)
    for row in rows:
        by[row["dimension"]].append(row)
    [plan] = by["plan"]
    for dimension in ("rate cell", "region"):
        assert sum(row["bh_benefit"] for row in by[dimension]) == pytest.approx(
            plan["bh_benefit"], abs=0.05
        )
    people = defaultdict(float)
    for month, side, who, where, price in kept:
        if side == "BH" and month in {told.months[at] for at in used}:
            people[who, where] += price
    cap = float(np.quantile(list(people.values()), 0.99))
    capped = [min(each, cap) for each in people.values()]
    count = told.member_months[used].sum() / len(used)
    half = 1.959964 * (sum(x * x for x in capped) - sum(capped) ** 2 / count) ** 0.5
    assert plan["bh_benefit"] == pytest.approx(sum(people.values()), abs=0.01)
    assert (plan["low"], plan["high"]) == pytest.approx(
        (max(plan["bh_benefit"] - half, 0), plan["bh_benefit"] + half), rel=1e-5, abs=0.01
    )


def arriving(pattern, sub, start=0, kind=BH):
    """Return lines of $1,000 a month that arrive by a pattern of shares, month after month."""
    lines = []
    for at, month in enumerate(MONTHS):
        day = date.fromisoformat(f"{month}-10")
        for lag, share in enumerate(pattern):
            sent = add_months(day, lag) + timedelta(9)
            if share and sent <= ON:
                number = f"{start}-{at}-{lag}"
                more = {"submitted_on": sent}
                lines.append(line(number, "M1", day, kind, 1000 * share, sub, **more))
    return lines


SLOW = (0.1, 0.3, 0.2, 0.2, 0.1, 0.1)
FAST = (0.8, 0.2)


def test_a_subcontractors_slower_run_out_is_no_saving():
    """The same ultimate of $1,000 a month, as arrived far less in the latest months."""
    cells = [cell(month, "A") for month in MONTHS]
    other = arriving(FAST, False, 9, PH)
    told = {
        name: filing_of(encounters=lines + other, capitation=cells).once("series", series)
        for name, lines in (
            ("fast", arriving(FAST, False)),
            ("slow", arriving(SLOW, True)),
            ("both", arriving(FAST, False) + arriving(SLOW, True, 1)),
        )
    }

    assert told["slow"].raw_bh.paid_raw[-4:].tolist() == pytest.approx([900, 800, 600, 400])
    for name, ultimate in (("fast", 1000), ("slow", 1000), ("both", 2000)):
        assert told[name].raw_bh.benefit == pytest.approx([ultimate] * 18)
        assert told[name].mature.tolist() == [True] * 15 + [False] * 3
    assert told["slow"].raw_bh.completion[-4:] == pytest.approx([0.9, 0.8, 0.6, 0.4])
    assert told["both"].basis == {
        "BH direct": CHAIN_LADDER,
        "BH sub-capitated": CHAIN_LADDER,
        "PH direct": CHAIN_LADDER,
    }


@pytest.mark.parametrize(
    ("late", "edge", "is_mature"),
    [((0.1, 0.1, 0.1, 0.1, 0.3, 0.3), 0.7, True), ((0.1, 0.1, 0.1, 0.1, 0.29, 0.31), 0.69, False)],
)
def test_a_month_under_seven_tenths_complete_is_not_mature(late, edge, is_mature):
    """2025-12, the last month that the run-out leaves."""
    cells = [cell(month, "A") for month in MONTHS]
    lines = arriving(late, True) + arriving(FAST, False, 9, PH)
    told = filing_of(encounters=lines, capitation=cells).once("series", series)

    assert told.raw_bh.completion[-5:] == pytest.approx([1, edge, 0.4, 0.3, 0.2])
    assert told.mature.tolist() == [True] * 14 + [is_mature] + [False] * 3


def test_without_days_of_arrival_the_run_out_of_the_contract_stands():
    cells = [cell(month, "A") for month in MONTHS]
    lines = [row | {"submitted_on": None} for row in arriving(FAST, False)]
    told = filing_of(encounters=lines, capitation=cells).once("series", series)

    assert told.basis == {"BH direct": RUNOUT}
    assert told.raw_bh.completion.tolist() == [1.0] * 15 + [0.0] * 3
    assert told.raw_bh.benefit == pytest.approx(told.raw_bh.paid_raw)
    assert told.notes == (
        "BH direct: too few months of service and of arrival for a triangle; "
        "run-out months of the contract",
        "100% of paid lines have no day on which they were sent",
        "members are not in the rate cells of capitation: nothing is standardised",
    )


def test_a_correction_arrives_with_what_it_corrects():
    cells = [cell(month, "A") for month in MONTHS]
    lines = arriving((1.0,), False)
    again = {"frequency": "7", "original_encounter_id": "E0-3-0", "submitted_on": date(2026, 2, 2)}
    corrected = [*lines, lines[3] | {"encounter_id": "E0-3-0b"} | again]
    told = [
        filing_of(encounters=rows, capitation=cells).once("series", series)
        for rows in (lines, corrected)
    ]
    assert told[0].raw_bh.completion.tolist() == told[1].raw_bh.completion.tolist()
    assert told[0].raw_bh.benefit.tolist() == told[1].raw_bh.benefit.tolist()


def test_a_change_of_mix_moves_nothing():
    """Cell C costs three times what A does; its members double, and the standard stays."""
    cells, lines = [], []
    for at, month in enumerate(MONTHS):
        many = {"A": 10, "C": 10 if at < 9 else 20}
        for name, count in many.items():
            cells.append(cell(month, name, float(count)))
            for who in range(count):
                day = date.fromisoformat(f"{month}-05")
                price = 30.0 if name == "C" else 10.0
                lines.append(line(f"{at}{name}{who}", f"{name}{who}", day, BH, price))
    members = [
        {"member_id": f"{name}{who}", "enrolled_from": FIRST, "rate_cell": name}
        for name in "AC"
        for who in range(20)
    ]
    told = filing_of(members=members, encounters=lines, capitation=cells).once("series", series)

    pmpm = told.bh.benefit / told.member_months.sum(axis=1)
    assert pmpm == pytest.approx([pmpm[0]] * 18)
    raw = told.raw_bh.benefit / told.member_months.sum(axis=1)
    assert (raw[0], raw[-1]) == pytest.approx((20.0, 70 / 3))


def test_empty_tables_make_an_empty_series():
    told = filing_of(encounters=[], capitation=[], members=[], ledger=[]).once("series", series)
    assert (told.months, told.bh.benefit.tolist(), told.basis) == ((), [], {})
