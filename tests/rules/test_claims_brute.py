"""Rules over claims and the directory against plain loops over random rows."""

import random
from datetime import date, timedelta

import ibis
import pytest

from rules.encounters import en01_late as en01
from rules.encounters import en02_duplicate_lines as en02
from rules.encounters import en03_outside_network as en03
from rules.encounters.exempt import enrolment_starts
from rules.model import Contract, Filing, Period, add_months, month_end
from rules.network import nw06_listed_never_serving as nw06
from rules.npi import check_digit, is_sound
from tests.rules.staging import stage

YEAR = Period(date(2025, 4, 1), date(2026, 3, 31))
CONTRACT = Contract("c", "c", "c", "mco", "TN", ("P",), YEAR.start, None, (), {}, ())


@pytest.fixture(scope="module")
def engine():
    return ibis.duckdb.connect()


def filing(engine, **tables):
    staged = {name: stage(engine, name, rows) for name, rows in tables.items()}
    return Filing("r", "P", CONTRACT, Period.parse("2026Q1"), YEAR.end, staged)


def some_day(chance, spread=365):
    return YEAR.start + timedelta(days=chance.randrange(spread))


def lines_of(measure):
    return sorted(measure.violations.to_polars()["line"].to_list())


def luhn(digits):
    """The textbook: from the right, double every second digit, add the digits of all."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += sum(int(figure) for figure in str(doubled))
    return total % 10 == 0


def test_check_digits_are_those_that_pass_luhn(engine):
    chance = random.Random(1)
    nines = [f"{chance.choice('12')}{chance.randrange(10**8):08}" for _ in range(2000)]
    npis = stage(engine, "providers", [{"npi": f"{nine}0"} for nine in nines])
    due = npis.order_by("_line").select(due=check_digit(npis.npi)).to_polars()["due"]
    for nine, digit in zip(nines, due, strict=True):
        assert [last for last in "0123456789" if luhn(f"80840{nine}{last}")] == [str(digit)]


def test_sound_npis_are_those_of_the_form_that_pass_luhn(engine):
    chance = random.Random(2)
    npis = [f"{chance.choice('0123')}{chance.randrange(10**9):09}" for _ in range(2000)]
    rows = [{"npi": npi} for npi in [*npis, None, "", "123456789", "12345678931", "12345A7893"]]
    providers = stage(engine, "providers", rows)
    sound = providers.filter(is_sound(providers.npi)).order_by("_line").to_polars()["npi"]
    assert sound.to_list() == [npi for npi in npis if npi[0] in "12" and luhn(f"80840{npi}")]


@pytest.mark.parametrize("seed", range(3))
def test_late_lines(engine, seed):
    chance = random.Random(seed)
    days = [*(some_day(chance, 90) for _ in range(20)), None]
    rows = [
        {
            "encounter_id": f"E{n}",
            "line_number": 1,
            "procedure_code": chance.choice(["90834", "99213", "T1019"]),
            "frequency": chance.choice(["1", None, "7", "8"]),
            "subcontractor_id": f"S{n % 25:02}" if n % 3 else None,
            **{
                name: chance.choice(days)
                for name in ("received_on", "adjudicated_on", "submitted_on", "service_to")
            },
        }
        for n in range(600)
    ]
    found = en01.measure(filing(engine, encounters=rows), {}, en01.Params(0.0, max_days=20))
    for measure, code in zip(found, ("99213", "90834"), strict=True):
        waited = {}
        for line, row in enumerate(rows, start=2):
            if row["procedure_code"] != code:
                continue
            if row["received_on"] and row["adjudicated_on"]:
                by_plan = row["submitted_on"] and row["received_on"] <= row["adjudicated_on"]
                came = row["submitted_on"] if by_plan else row["received_on"]
                waited[line] = (came - row["adjudicated_on"]).days
            elif row["submitted_on"] and row["service_to"] and row["frequency"] in ("1", None):
                waited[line] = (row["submitted_on"] - row["service_to"]).days
        late = [line for line, wait in waited.items() if wait > 20]
        assert (measure.numerator, measure.denominator) == (len(late), len(waited))
        assert measure.evidence["longest_days"] == max(waited.values())
        assert lines_of(measure) == late
        shown = measure.evidence["by_subcontractor"]
        owners = [rows[line - 2]["subcontractor_id"] or "direct" for line in waited]
        assert len(shown) == 20
        assert all(part["lines"] == owners.count(name) for name, part in shown.items())
        assert min(part["lines"] for part in shown.values()) >= max(
            (owners.count(name) for name in set(owners) - set(shown)), default=0
        )


@pytest.mark.parametrize("seed", range(3))
def test_duplicates(engine, seed):
    chance = random.Random(seed)
    rows = [
        {
            "encounter_id": f"E{chance.randrange(150)}",
            "line_number": chance.choice([1, 2, None]),
            "member_id": chance.choice("AB"),
            "claim_type": "P",
            "service_from": YEAR.start + timedelta(days=chance.randrange(3)),
            "rendering_npi": chance.choice(["R1", "R2", None]),
            "procedure_code": chance.choice(["90834", "99213"]),
            "modifiers": chance.choice([None, "25", "25;HQ", "HQ;25", "76"]),
            "units": 1.0,
            "billed_amount": chance.choice([50.0, 60.0]),
            "line_status": chance.choice(["paid", "paid", "denied"]),
        }
        for _ in range(300)
    ]
    [found] = en02.measure(filing(engine, encounters=rows), {}, en02.Params(0.0))
    surplus, keys, services = [], set(), set()
    for line, row in enumerate(rows, start=2):
        key = (row["encounter_id"], row["line_number"])
        modifiers = frozenset((row["modifiers"] or "").split(";"))
        same = ("member_id", "service_from", "rendering_npi", "procedure_code", "billed_amount")
        service = (*(row[name] for name in same), modifiers)
        again = row["line_number"] is not None and key in keys
        if row["line_status"] == "paid" and "76" not in modifiers:
            again |= service in services
            services.add(service)
        keys.add(key)
        if again:
            surplus.append(line)
    assert (found.numerator, found.denominator) == (len(surplus), 300)
    assert lines_of(found) == surplus


@pytest.mark.parametrize("seed", range(3))
def test_outside_the_network(engine, seed):
    chance = random.Random(seed)
    names = [f"N{n}" for n in range(8)]
    providers = [
        {
            "npi": chance.choice(names),
            "group_npi": chance.choice([*names, None, None]),
            "contract_effective": chance.choice([some_day(chance), None]),
            "contract_end": chance.choice([some_day(chance), None]),
        }
        for _ in range(8)
    ]
    rows = [
        {
            "encounter_id": f"E{n}",
            "line_number": 1,
            "claim_type": "P",
            "member_id": "M",
            "service_from": some_day(chance),
            "billing_npi": chance.choice([*names, None]),
            "rendering_npi": chance.choice([*names, None]),
            "procedure_code": chance.choice(["90834", "99213"]),
        }
        for n in range(300)
    ]
    sent = filing(engine, encounters=rows, providers=providers, members=[])
    found = {measure.subject: measure for measure in en03.measure(sent, {}, en03.Params(0.0))}

    def inside(npi, on):
        return npi is not None and any(
            npi in (row["npi"], row["group_npi"])
            and (row["contract_effective"] or date.min) <= on <= (row["contract_end"] or date.max)
            for row in providers
        )

    for side, code in (("BH", "90834"), ("PH", "99213")):
        tried = [
            (line, row)
            for line, row in enumerate(rows, start=2)
            if row["procedure_code"] == code and (row["billing_npi"] or row["rendering_npi"])
        ]
        outside = [
            line
            for line, row in tried
            if not inside(row["billing_npi"], row["service_from"])
            and not inside(row["rendering_npi"], row["service_from"])
        ]
        assert (found[side].numerator, found[side].denominator) == (len(outside), len(tried))
        assert lines_of(found[side]) == outside


@pytest.mark.parametrize("seed", range(3))
def test_enrolment_starts(engine, seed):
    """Day by day: a start is a day enrolled after a day not enrolled."""
    chance = random.Random(seed)
    spans = [
        (f"M{n % 20}", first, first + timedelta(days=chance.randrange(60)))
        for n in range(80)
        for first in [some_day(chance)]
    ]
    rows = [
        {"member_id": member, "enrolled_from": first, "enrolled_to": last}
        for member, first, last in spans
    ]
    days = {
        (member, first + timedelta(days=n))
        for member, first, last in spans
        for n in range((last - first).days + 1)
    }
    after = {(member, day + timedelta(days=1)) for member, day in days}
    told = enrolment_starts(stage(engine, "members", rows)).to_polars()
    assert set(told.iter_rows()) == days - after


@pytest.mark.parametrize("seed", range(3))
def test_idle_clinicians(engine, seed):
    chance = random.Random(seed)
    names = [f"N{n}" for n in range(60)]
    providers = [
        {
            "npi": chance.choice(names),
            "entity_type": chance.choice(["individual", "individual", "facility"]),
            "taxonomy": chance.choice(["101YM0800X", "2084P0800X", "207Q00000X"]),
            "contract_effective": some_day(chance, 420) - timedelta(days=120),
            "contract_end": chance.choice([some_day(chance, 420), None]),
            "group_npi": chance.choice(["G1", "G2", None]),
        }
        for _ in range(150)
    ]
    rows = [
        {
            "encounter_id": f"E{n}",
            "line_number": 1,
            "claim_type": chance.choice("PIR"),
            "service_from": some_day(chance, 500) - timedelta(days=60),
            "rendering_npi": chance.choice([*names, None]),
            "billing_npi": chance.choice(["G1", *names, None]),
            "attending_npi": chance.choice([*names, None, None]),
        }
        for n in range(40)
    ]
    sent = filing(engine, encounters=rows, providers=providers)
    [found] = nw06.measure(sent, {}, nw06.Params(0.0))
    ours = [
        row
        for row in providers
        if row["entity_type"] == "individual" and row["taxonomy"] != "207Q00000X"
    ]
    months = {}
    for row in ours:
        ends = row["contract_end"] or date.max
        for first in (add_months(YEAR.start, n) for n in range(12)):
            if row["contract_effective"] <= min(ends, month_end(first)) and ends >= first:
                months.setdefault(row["npi"], set()).add(first)
    eligible = {npi for npi, listed in months.items() if len(listed) >= 6}
    seen, unnamed = set(), set()
    for row in rows:
        if YEAR.start <= row["service_from"] <= YEAR.end:
            seen |= {row["rendering_npi"], row["billing_npi"], row["attending_npi"]}
            if row["claim_type"] != "R" and row["rendering_npi"] is None:
                unnamed.add(row["billing_npi"])
    grouped = {row["npi"] for row in ours if row["group_npi"] in unnamed - {None}}
    idle = eligible - seen - grouped
    assert (found.numerator, found.denominator) == (len(idle), len(eligible))
    assert found.evidence["billed_by_group"] == len((eligible - seen) & grouped)
    assert lines_of(found) == [
        line for line, row in enumerate(providers, start=2) if row in ours and row["npi"] in idle
    ]
