"""Months of encounters that were not sent: no rate is told from what is left."""

from datetime import date

import ibis
import pytest

from rules.model import Filing, Outcome, Period
from rules.quality import qm13_no_physical_visit_for_smi as qm13
from rules.quality.telling import rate
from rules.quality.year import BOTH, months_not_sent
from tests.rules.measure_worlds import CONTRACT, LAST
from tests.rules.staging import stage


def filing(lines, kind="P", june=0, began=date(2024, 1, 1)):
    """Return a plan of one member with so many lines of a kind a month of 2025, June apart."""
    rows = [
        {
            "encounter_id": f"{kind}{month:02}{number:02}",
            "line_number": 1,
            "member_id": "M1",
            "claim_type": kind,
            "service_from": date(2025, month, 1 + number % 28),
            "service_to": date(2025, month, 1 + number % 28),
            "line_status": "paid",
            "procedure_code": "99213",
            "place_of_service": "11",
            "diagnosis_codes": "I10",
            "rendering_taxonomy": "207Q00000X",
            "frequency": "1",
        }
        for month in range(1, 13)
        for number in range(june if month == 6 else lines)
    ]
    member = {"member_id": "M1", "birth_date": date(1980, 1, 1), "smi": "Y"}
    member |= {"enrolled_from": began, "enrolled_to": None}
    engine = ibis.duckdb.connect()
    sent = {"encounters": rows, "members": [member], "providers": []}
    tables = {name: stage(engine, name, each) for name, each in sent.items()}
    return Filing("r", "P", CONTRACT, Period.parse("2026Q1"), LAST, tables)


YEAR = [f"2025-{month:02}" for month in range(1, 13)]


@pytest.mark.parametrize(
    ("plan", "medical", "pharmacy"),
    [
        (filing(30, june=3), [], YEAR),
        (filing(30, june=2), ["2025-06"], YEAR),
        (filing(29), [], []),
        (filing(30, "R"), YEAR, ["2025-06"]),
        (filing(30, "I", began=date(2025, 6, 30)), ["2025-06"], YEAR[5:]),
        (filing(30, "I", began=date(2025, 7, 1)), [], YEAR[6:]),
    ],
)
def test_a_month_under_a_tenth_of_thirty_lines_was_not_sent(plan, medical, pharmacy):
    assert months_not_sent(plan) == {"medical": medical, "pharmacy": pharmacy}


def test_a_rate_is_not_told_without_a_month_that_was_not_sent():
    params = qm13.Params("own-2026", 0.5, least_denominator=1)
    (without,) = qm13.measure(filing(30), {}, params)
    (whole,) = qm13.measure(filing(30, june=30), {}, params)
    (few,) = qm13.measure(filing(30), {}, qm13.Params("own-2026", 0.5))

    assert (without.outcome, without.value, without.violations) == (
        Outcome.COULD_NOT_RUN,
        None,
        None,
    )
    assert without.note == "cannot tell the rate, 1 of 1: no medical lines to speak of in 2025-06"
    assert (whole.outcome, whole.value) == (Outcome.MEASURED, 1.0)
    assert few.outcome is Outcome.NOT_APPLICABLE


def test_drugs_in_hand_rest_on_pharmacy_as_well():
    events = qm13.member_rows(
        qm13.through_the_year(filing(1), qm13.definition("PHSMI", "own-2026")).events
    )
    lack = {"months_not_sent": {"medical": [], "pharmacy": ["2025-06", "2025-07"]}}
    met = events["age"] > 0

    assert rate("plan", events, met, lack, "", 1).outcome is Outcome.MEASURED
    assert rate("plan", events, met, lack, "", 2, BOTH).outcome is Outcome.NOT_APPLICABLE
    assert rate("plan", events.clear(), met.clear(), lack, "", 1, BOTH).note == (
        "cannot tell the rate, 0 of 0: no pharmacy lines to speak of in 2025-06 to 2025-07"
    )
    assert rate("plan", events, met, lack, "", 1, BOTH).note == (
        "cannot tell the rate, 1 of 1: no pharmacy lines to speak of in 2025-06 to 2025-07"
    )
