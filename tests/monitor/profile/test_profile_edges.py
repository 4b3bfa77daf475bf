"""Every expectation, on both sides of each edge of its band, with figures worked by hand.

An edge changes the first ``n`` rows of a population of the small batch whose size is known: ``n``
of ``holds`` lies on the bound and is met, ``n`` of ``fails`` is the next one and is not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.judge import judge_check
from monitor.profile import profile
from rules.profiles.suite import load

Rows = list[dict[str, Any]]


def every(row):
    return True


def paid(row):
    return row["line_status"] == "paid" and row["frequency"] != "8"


def of_type(kinds):
    return lambda row: paid(row) and row["claim_type"] in kinds


def professional(row):
    return paid(row) and row["claim_type"] == "P"


def outpatient(row):
    return paid(row) and row.get("bill_type") == "0131"


def ambulatory(row):
    return professional(row) or outpatient(row)


def stay(row):
    return row.get("bill_type") == "0111"


def individual(row):
    return row["entity_type"] == "individual"


def facility(row):
    return row["entity_type"] == "facility"


def change(population: Callable[[Mapping[str, Any]], bool], **given: Any) -> Callable[..., Rows]:
    """Change the first n claims (or NPIs) of the population, all their lines."""

    def variant(rows: Rows, n: int) -> Rows:
        keys = [row.get("encounter_id", row.get("npi")) for row in rows if population(row)]
        chosen = set(list(dict.fromkeys(keys))[:n])
        return [
            {**row, **given}
            if population(row) and row.get("encounter_id", row.get("npi")) in chosen
            else row
            for row in rows
        ]

    return variant


def keep(population: Callable[[Mapping[str, Any]], bool], **others: Any) -> Callable[..., Rows]:
    """Leave n rows of the population as they are, and change the rest."""

    def variant(rows: Rows, n: int) -> Rows:
        left = iter(range(n))
        return [
            {**row, **others} if population(row) and next(left, None) is None else row
            for row in rows
        ]

    return variant


def clear_then(population, blank, **given):
    """Blank a field everywhere, then fill it in n rows of the population."""
    fill = change(population, **given)
    return lambda rows, n: fill([{**row, **blank} for row in rows], n)


def only_months(rows: Rows, n: int) -> Rows:
    """Move February's lines to January, but for n of them."""
    february = date(2026, 2, 15)
    return keep(lambda row: row["service_from"] == february, service_from=date(2026, 1, 15))(
        rows, n
    )


def repeat(rows: Rows, n: int) -> Rows:
    """Give n lines the key of the line before them: the batch keeps its 3,000 lines."""
    copies = [{**rows[i], "encounter_id": "P999", "line_number": 1} for i in range(n)]
    return copies + rows[n:]


def copy_sites(rows: Rows, n: int) -> Rows:
    """Add n rows, each of another individual at a site of its own, four an individual at most."""
    added = [{**rows[i % 800], "site_id": f"T{i}"} for i in range(n)]
    return rows + added


def copy_one(rows: Rows, n: int) -> Rows:
    """List the first individual at n sites."""
    return [{**rows[0], "site_id": f"T{i}"} for i in range(n)] + rows[1:]


@dataclass(frozen=True)
class Edge:
    """``holds`` and ``fails``: n, and the numerator and denominator that it must give.

    Edges of one ``group`` change different things, so they share a batch; its letter is the
    table that they change.
    """

    group: str
    code: str
    variant: Callable[[Rows, int], Rows]
    holds: tuple[int, float, float | None]
    fails: tuple[int, float, float | None]

    @property
    def name(self):
        return f"{self.code} at {self.fails[0]}"

    @property
    def table(self):
        return "providers" if self.code.startswith("PFP") else "encounters"

    @property
    def changed(self):
        return {"e": "encounters", "m": "members", "p": "providers"}[self.group[0]]


def enrol(rows: Rows, n: int) -> Rows:
    """Enrol n members for one month each."""
    return [{**rows[0], "member_id": f"M{i}", "enrolled_to": date(2026, 1, 31)} for i in range(n)]


EARLIER = {"service_from": date(2025, 6, 1)}
PLACES = {"place_of_service": "53"}
NPIS = {"rendering_npi": "1000000004", "billing_npi": "1000000004"}
same_npi = clear_then(professional, {"rendering_npi": "1"}, **NPIS)
office = clear_then(ambulatory, PLACES, place_of_service="11")
emergency = clear_then(ambulatory, PLACES, place_of_service="23")
behavioral = clear_then(
    of_type("PI"), {"diagnosis_codes": "E119;F329"}, diagnosis_codes="F329;E119"
)
original = clear_then(lambda row: row["line_status"] == "paid", {"frequency": "7"}, frequency="1")
denied = clear_then(every, {"line_status": "paid"}, line_status="denied")
unpriced = change(
    lambda row: row["payment_arrangement"] == "subcapitated", ffs_equivalent_amount=None
)
unplaced = change(every, county_fips=None, longitude=None)
accepting = clear_then(every, {"accepting_new": "N"}, accepting_new="Y")
remote = clear_then(every, {"telehealth": "offers"}, telehealth="only")
earlier = keep(paid, service_from=date(2025, 6, 1))


EDGES = (
    Edge(
        "e1",
        "PFE06",
        change(of_type("PI"), billing_taxonomy=None),
        (44, 44, 2200),
        (45, 45, 2200),
    ),
    Edge(
        "e1",
        "PFE07",
        change(professional, rendering_npi=None),
        (400, 400, 1000),
        (401, 401, 1000),
    ),
    Edge(
        "e1",
        "PFE08",
        change(professional, diagnosis_codes=None),
        (50, 950, 1000),
        (51, 949, 1000),
    ),
    Edge("e1", "PFE09", change(stay, diagnosis_codes=None), (1, 99, 100), (2, 98, 100)),
    Edge(
        "e1",
        "PFE12",
        change(outpatient, place_of_service="22"),
        (2, 2, 2000),
        (3, 3, 2000),
    ),
    Edge(
        "e1",
        "PFE13",
        change(ambulatory, place_of_service=None),
        (300, 300, 2000),
        (301, 301, 2000),
    ),
    Edge("e1", "PFE16", change(stay, discharge_date=None), (5, 5, 100), (6, 6, 100)),
    Edge("e1", "PFE17", change(stay, paid_amount=0.0), (10, 10, 100), (11, 11, 100)),
    Edge(
        "e1",
        "PFE18",
        change(ambulatory, paid_amount=0.0),
        (570, 570, 1900),
        (571, 571, 1900),
    ),
    Edge(
        "e1",
        "PFE19",
        change(of_type("R"), paid_amount=0.0),
        (50, 50, 500),
        (51, 51, 500),
    ),
    Edge(
        "e1",
        "PFE24",
        change(paid, allowed_amount=None),
        (54, 54, 2700),
        (55, 55, 2700),
    ),
    Edge(
        "e1",
        "PFE25",
        change(stay, billing_taxonomy="207Q00000X"),
        (5, 5, 100),
        (6, 6, 100),
    ),
    Edge(
        "e1",
        "PFE26",
        change(of_type("R"), days_supply=None),
        (25, 25, 500),
        (26, 26, 500),
    ),
    Edge("e1", "PFE28", unpriced, (1, 1, 100), (2, 2, 100)),
    Edge(
        "e2",
        "PFE11",
        change(professional, procedure_code=None),
        (1, 1, 1000),
        (2, 2, 1000),
    ),
    Edge("e2", "PFE15", change(outpatient, bill_type=None), (1, 1, 1000), (2, 2, 1000)),
    Edge("e2", "PFE20", same_npi, (10, 10, 1000), (9, 9, 1000)),
    Edge("e2", "PFE29", behavioral, (44, 44, 2200), (43, 43, 2200)),
    Edge(
        "e3",
        "PFE14",
        change(professional, procedure_code=None),
        (20, 20, 2000),
        (21, 21, 2000),
    ),
    Edge("e3", "PFE20", same_npi, (700, 700, 1000), (701, 701, 1000)),
    Edge("e3", "PFE21", office, (300, 300, 2000), (299, 299, 2000)),
    Edge("e3", "PFE29", behavioral, (1320, 1320, 2200), (1321, 1321, 2200)),
    Edge("e4", "PFE21", office, (1800, 1800, 2000), (1801, 1801, 2000)),
    Edge("e4", "PFE02", only_months, (1, 0, 3), (0, 1, 3)),
    Edge(
        "e5",
        "PFE10",
        change(ambulatory, procedure_code=None),
        (500, 1500, 2000),
        (501, 1499, 2000),
    ),
    Edge("e5", "PFE22", emergency, (10, 10, 2000), (9, 9, 2000)),
    Edge("e5", "PFE23", repeat, (3, 3, 3000), (4, 4, 3000)),
    Edge("e6", "PFE22", emergency, (200, 200, 2000), (201, 201, 2000)),
    Edge("e6", "PFE01", earlier, (1, 1, None), (0, 0, None)),
    Edge("e7", "PFE30", original, (705, 705, 2710), (704, 704, 2710)),
    Edge("e8", "PFE30", original, (2609, 2709, 2710), (2610, 2710, 2710)),
    Edge("e9", "PFE31", denied, (3, 3, 3000), (2, 2, 3000)),
    Edge("e10", "PFE31", denied, (1200, 1200, 3000), (1201, 1201, 3000)),
    Edge("m1", "PFE03", enrol, (10_000, 100, 10_000), (10_001, 100, 10_001)),
    Edge("m2", "PFE03", enrol, (50, 100, 50), (49, 100, 49)),
    Edge("m3", "PFE04", enrol, (20_000, 2000, 20_000), (20_001, 2000, 20_001)),
    Edge("m4", "PFE04", enrol, (100, 2000, 100), (99, 2000, 99)),
    Edge("m5", "PFE05", enrol, (25_000, 500, 25_000), (25_001, 500, 25_001)),
    Edge("m4", "PFE05", enrol, (100, 500, 100), (99, 500, 99)),
    Edge("m6", "PFE27", lambda rows, n: rows[n:], (10, 10, 1000), (11, 11, 1000)),
    Edge("p1", "PFP02", change(every, taxonomy=None), (50, 50, 1000), (51, 51, 1000)),
    Edge(
        "p2",
        "PFP03",
        change(individual, taxonomy="261QM0801X"),
        (80, 80, 800),
        (81, 81, 800),
    ),
    Edge(
        "p2",
        "PFP04",
        change(facility, taxonomy="2084P0800X"),
        (40, 40, 200),
        (41, 41, 200),
    ),
    Edge("p1", "PFP05", change(every, zip=None), (100, 100, 1000), (101, 101, 1000)),
    Edge("p1", "PFP06", unplaced, (100, 100, 1000), (101, 101, 1000)),
    Edge(
        "p1",
        "PFP07",
        change(individual, license_number=None),
        (80, 80, 800),
        (81, 81, 800),
    ),
    Edge("p1", "PFP08", change(every, phone=None), (20, 20, 1000), (21, 21, 1000)),
    Edge("p1", "PFP09", change(every, languages=None), (20, 20, 1000), (21, 21, 1000)),
    Edge("p1", "PFP10", change(every, accessible=None), (20, 20, 1000), (21, 21, 1000)),
    Edge("p1", "PFP11", accepting, (200, 200, 1000), (199, 199, 1000)),
    Edge("p1", "PFP12", remote, (250, 250, 1000), (251, 251, 1000)),
    Edge(
        "p1",
        "PFP15",
        change(every, last_verified_on=None),
        (100, 100, 1000),
        (101, 101, 1000),
    ),
    Edge("p3", "PFP01", lambda rows, n: rows[:n], (1, 1, None), (0, 0, None)),
    Edge("p4", "PFP13", copy_sites, (3200, 4000, 800), (3201, 4001, 800)),
    Edge("p5", "PFP14", copy_one, (20, 20, None), (21, 21, None)),
)

SAYS = yaml.safe_load((Path(__file__).parent / "messages.yaml").read_text(encoding="utf-8"))
"""The whole message of each failure, by the name of its edge."""

CASES = [pytest.param(edge, id=edge.name) for edge in EDGES]
_runs: dict[tuple[str, str], tuple[Any, Any]] = {}


def run(batch, edge, side):
    """Return the measure, the finding and Great Expectations' word for one side of an edge."""
    if (edge.group, side) not in _runs:
        rows = getattr(batch, edge.changed)()
        for each in EDGES:
            if each.group == edge.group:
                rows = each.variant(rows, getattr(each, side)[0])
        others = {edge.table, "members"} - {edge.changed}
        filing = batch.filing(tuple(others), **{edge.changed: rows})
        _runs[edge.group, side] = filing, profile(filing)
    filing, profiled = _runs[edge.group, side]
    [measure] = [measure for measure in profiled.measures if measure.rule == edge.code]
    finding = judge_check(
        measure,
        profiled.checks[edge.code],
        filing.contract.requirement(measure.requirement_id),
        filing.contract,
        filing.period,
    )
    return measure, finding, profiled.succeeded[edge.code]


@pytest.mark.parametrize("edge", CASES)
def test_a_value_on_the_bound_is_met(batch, edge):
    measure, finding, succeeded = run(batch, edge, "holds")
    assert (measure.numerator, measure.denominator) == edge.holds[1:]
    assert (str(finding.verdict), succeeded) == ("met", True)


@pytest.mark.parametrize("edge", CASES)
def test_the_next_value_is_a_cited_finding(batch, edge):
    measure, finding, succeeded = run(batch, edge, "fails")
    assert (measure.numerator, measure.denominator) == edge.fails[1:]
    assert (str(finding.verdict), succeeded) == ("not_met", False)
    assert (str(finding.layer), finding.requirement_id, finding.plan_id) == (
        "profile",
        f"DATA-{edge.table.upper()}",
        "PLAN",
    )
    assert finding.citation and finding.remedy
    assert finding.message == SAYS[edge.name]


def test_every_bound_of_every_expectation_has_an_edge():
    bounds = [
        (each.code, side)
        for table in ("providers", "encounters")  # the others: test_profile_drift.py
        for each in load(table).expectations
        for side, bound in zip(("low", "high"), each.kwargs.band, strict=True)
        if bound is not None
    ]
    sides = [
        (edge.code, "low" if _value(edge.fails) < _value(edge.holds) else "high") for edge in EDGES
    ]
    assert sorted(sides) == sorted(bounds)


def _value(side):
    _, counted, among = side
    return counted / among if among else counted
