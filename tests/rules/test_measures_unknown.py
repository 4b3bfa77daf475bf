"""What unknown drugs leave open, against every way of what they may have been.

Each unknown fill has a code of its own. Every assignment is put in force as a user's list, and the
measure is counted again by it: no such rate may lie outside the two that the stand-in tells.
"""

import json
import random
from datetime import date, timedelta
from itertools import product

import ibis
import polars as pl
import pytest

from rules.model import Contract, Filing, Period
from rules.quality import (
    qm05_antidepressant_stopped_early as qm05,
)
from rules.quality import (
    qm06_no_diabetes_screening as qm06,
)
from rules.quality import (
    qm09_antipsychotic_not_taken as qm09,
)
from rules.tables import staged_schema

START = date(2024, 7, 1)
CONTRACT = Contract("c", "c", "c", "mco", "TN", ("P",), START, None, (), {}, (), runout_months=3)
ASKED = Period(date(2026, 1, 1), date(2026, 3, 31))
KNOWN = "11111000101"
OFFICE = {"claim_type": "P", "procedure_code": "99213", "place_of_service": "11"}
RULES = {
    "QM05": (qm05, "antidepressant", "F329", date(2024, 8, 1), 200),
    "QM06": (qm06, "antipsychotic", "F209", date(2025, 3, 1), 150),
    "QM09": (qm09, "antipsychotic", "F209", date(2025, 3, 1), 150),
}


def tables_of(rows, members):
    engine = ibis.duckdb.connect()
    spans = [
        {"member_id": name, "birth_date": date(1990, 1, 1), "enrolled_from": date(2023, 1, 1)}
        for name in members
    ]
    placed = {}
    for name, told in (("encounters", rows), ("members", spans), ("providers", [])):
        given = [{**row, "_file": "f.csv", "_line": n} for n, row in enumerate(told, start=2)]
        placed[name] = engine.create_table(name, pl.DataFrame(given, schema=staged_schema(name)))
    return placed


def world(seed, diagnosis, first, days, fills):
    """Return the tables of six members, and the codes of the unknown fills among them."""
    chance, rows, codes = random.Random(seed), [], []

    def add(member, day, **more):
        row = {"encounter_id": f"E{len(rows)}", "line_number": 1, "member_id": member}
        row |= {"service_from": day, "service_to": day, "line_status": "paid", "frequency": "1"}
        rows.append({**row, **more})

    for month in range(24):
        add("ANY", date(2024 + month // 12, month % 12 + 1, 5), **OFFICE, diagnosis_codes="J069")
    for number in range(6):
        member, begun = f"M{number}", first + timedelta(days=chance.randrange(days))
        for offset in (-30, 20):
            add(member, begun + timedelta(days=offset), **OFFICE, diagnosis_codes=diagnosis)
        for _ in range(chance.choice((0, 1, 2, 3))):
            day = begun + timedelta(days=chance.choice((0, 30, 60, 90, 110)))
            supply = chance.choice((30, 60, 90, 120, 180))
            add(member, day, claim_type="R", ndc=KNOWN, days_supply=supply)
        if chance.random() < 0.5:
            add(member, begun, **{**OFFICE, "procedure_code": "80053"}, diagnosis_codes="Z0000")
    for number in range(fills):
        codes.append(f"9999900{number}01")
        day = first + timedelta(days=chance.randrange(-90, days + 60))
        supply, member = chance.choice((30, 90, 180)), f"M{chance.randrange(6)}"
        add(member, day, claim_type="R", ndc=codes[-1], days_supply=supply)
    return tables_of(rows, ["ANY", *(f"M{number}" for number in range(6))]), codes


def put_in_force(folder, monkeypatch, name, codes):
    folder.mkdir()
    told = {"name": name, "title": name, "version": "1", "source": "a test"}
    told |= {"effective": "2020-01-01", "codes": codes}
    (folder / f"{name}.json").write_text(json.dumps(told))
    monkeypatch.setenv("CARVEIN_VALUES", str(folder))


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_way_lies_between_the_lowest_and_the_highest_rate(code, tmp_path, monkeypatch):
    rule, group, diagnosis, first, days = RULES[code]
    rates = dict.fromkeys(qm05.RATES, 0.0) if code == "QM05" else 0.0
    edition = "MY2024" if code == "QM05" else "MY2025"
    params = rule.Params(edition, rates, least_denominator=1, min_known_share=0.0)
    kinds = (group, "other", "diabetes") if code == "QM06" else (group, "other")
    outside, reached, counted = [], 0, set()
    for seed in range(2):
        tables, unknown = world(seed, diagnosis, first, days, 2 if code == "QM06" else 3)
        folder = tmp_path / f"{seed}"
        put_in_force(folder, monkeypatch, "drug_classes", {f"{group} one": [KNOWN[:9]]})
        told = list(rule.measure(Filing("r", "P", CONTRACT, ASKED, ASKED.end, tables), {}, params))
        for number, ways in enumerate(product(kinds, repeat=len(unknown))):
            codes = {group: [KNOWN]}
            for ndc, way in zip(unknown, ways, strict=True):
                codes.setdefault(way, []).append(ndc)
            put_in_force(tmp_path / f"{seed}-{number}", monkeypatch, "measure_drugs", codes)
            filing = Filing("r", "P", CONTRACT, ASKED, ASKED.end, tables)
            for found, shown in zip(rule.measure(filing, {}, params), told, strict=True):
                counted.add((seed, found.subject, found.numerator, found.denominator))
                if not found.denominator:
                    continue
                rate = found.numerator / found.denominator
                low, high = (
                    count / total if total else None
                    for count, total in (
                        shown.evidence["lowest_if_unknown"],
                        shown.evidence["highest_if_unknown"],
                    )
                )
                if (low is not None and rate < low - 1e-9) or (
                    high is not None and rate > high + 1e-9
                ):
                    outside.append((seed, ways, found.subject, rate, low, high))
                reached += rate in (low, high)
    assert outside == []
    assert reached > 0
    assert len(counted) > 2 * len(told)
