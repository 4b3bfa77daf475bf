"""Drift and capitation: figures recounted by hand, and both sides of every band."""

from datetime import date, timedelta

import pytest

from monitor.judge import judge_check
from monitor.profile import profile
from rules.model import Outcome
from rules.profiles import drift

QUARTERS = [date(2026, 1, 10), date(2025, 10, 10), date(2025, 7, 10), date(2025, 4, 10)]
QUARTERS.append(date(2025, 1, 10))


def lines(counts, **given):
    """Return 2026Q1 and the four quarters before it, ``counts[back]`` lines of PH and of BH."""
    rows = []
    for back, (physical, behavioral) in enumerate(counts):
        for side, number in (("PH", physical), ("BH", behavioral)):
            for i in range(number):
                row = {
                    "encounter_id": f"{side}{back}-{i}",
                    "line_number": 1,
                    "member_id": f"M{i % 100}",
                    "claim_type": "P",
                    "service_from": QUARTERS[back] - timedelta(days=30),
                    "adjudicated_on": QUARTERS[back],
                    "procedure_code": "99213" if side == "PH" else "90837",
                    "diagnosis_codes": "E119" if side == "PH" else "F329",
                    "place_of_service": "11",
                    "paid_amount": 80.0 if side == "PH" else 120.0,
                    "line_status": "paid",
                    "payment_arrangement": "ffs",
                    "frequency": "1",
                }
                change = given.get(f"{side}{back}", lambda i: {})(i)
                rows.append(row | change)
    return rows


def enrolled(count=100):
    return [
        {
            "member_id": f"M{i}",
            "plan_id": "PLAN",
            "enrolled_from": date(2024, 1, 1),
            "enrolled_to": None,
        }
        for i in range(count)
    ]


def held(batch, rows, members=None, tables=("members", "encounters")):
    changed = {"encounters": rows}
    if "members" in tables:
        changed["members"] = members or enrolled()
    filing = batch.filing(tables, **changed)
    profiled = profile(filing)
    measures = {each.rule: each for each in profiled.measures}
    requirement = batch.contract.requirement("DATA-ENCOUNTERS")

    def finding(code):
        return judge_check(
            measures[code], profiled.checks[code], requirement, batch.contract, filing.period
        )

    return measures, finding


STEADY = [(400, 400)] * 5


def test_a_plan_that_does_not_change_is_met_throughout(batch):
    measures, finding = held(batch, lines(STEADY))
    assert [
        (code, measures[code].value, str(finding(code).verdict))
        for code in sorted(measures)
        if code.startswith("PFD")
    ] == [
        ("PFD01", 1.0, "met"),
        ("PFD02", 1.0, "met"),
        ("PFD03", 1.0, "met"),
        ("PFD04", 1.0, "met"),
        ("PFD05", 1.0, "met"),
        ("PFD06", 0.0, "met"),
        ("PFD07", 0.0, "met"),
        ("PFD08", 0.0, "met"),
        ("PFD09", 0.0, "met"),
        ("PFD10", 0.0, "met"),
    ]


@pytest.mark.parametrize(
    ("now", "code", "value", "verdict"),
    [
        ((400, 700), "PFD02", 0.7, "met"),
        ((400, 699), "PFD02", 0.699, "not_met"),
        ((400, 1400), "PFD02", 1.4, "met"),
        ((400, 1401), "PFD02", 1.401, "not_met"),
        ((700, 400), "PFD01", 0.7, "met"),
        ((699, 400), "PFD01", 0.699, "not_met"),
        ((1400, 400), "PFD01", 1.4, "met"),
        ((1401, 400), "PFD01", 1.401, "not_met"),
        # 375 of 1,000 against half: 0.75.
        ((625, 375), "PFD03", 0.75, "met"),
        ((626, 374), "PFD03", 0.748, "not_met"),
        ((335, 665), "PFD03", 1.33, "met"),
        ((334, 666), "PFD03", 1.332, "not_met"),
    ],
)
def test_volume_and_share_on_both_sides_of_every_edge(batch, now, code, value, verdict):
    measures, finding = held(batch, lines([now, *[(1000, 1000)] * 4]))
    assert measures[code].value == pytest.approx(value, abs=1e-8)
    assert str(finding(code).verdict) == verdict


@pytest.mark.parametrize(
    ("side", "code", "denied", "verdict"),
    [
        ("PH", "PFD06", 20, "met"),
        ("PH", "PFD06", 21, "not_met"),
        ("BH", "PFD07", 20, "met"),
        ("BH", "PFD07", 21, "not_met"),
    ],
)
def test_denials_that_rise_by_five_points_and_more(batch, side, code, denied, verdict):
    change = {f"{side}0": lambda i: {"line_status": "denied"} if i < denied else {}}
    measures, finding = held(batch, lines(STEADY, **change))
    assert measures[code].value == pytest.approx(denied / 400)
    assert str(finding(code).verdict) == verdict


def test_a_rise_says_both_shares(batch):
    denied = {"BH0": lambda i: {"line_status": "denied"} if i < 40 else {}}
    _, finding = held(batch, lines(STEADY, **denied))
    assert finding("PFD07").message == (
        "10.00% of the final behavioral lines of 2026Q1 are denied, 0.00% on average in the last "
        "four periods; wanted a rise of at most 5 points"
    )


@pytest.mark.parametrize(("moved", "verdict"), [(40, "met"), (41, "not_met")])
def test_behavioral_services_under_physical_codes(batch, moved, verdict):
    change = {"BH0": lambda i: {"procedure_code": "99213"} if i < moved else {}}
    measures, finding = held(batch, lines(STEADY, **change))
    assert (measures["PFD08"].value, str(finding("PFD08").verdict)) == (moved / 400, verdict)


@pytest.mark.parametrize(("other", "verdict"), [(80, "met"), (81, "not_met")])
def test_the_shift_of_a_mix_is_the_share_that_moved(batch, other, verdict):
    change = {"BH0": lambda i: {"procedure_code": "H0004"} if i < other else {}}
    measures, finding = held(batch, lines(STEADY, **change))
    assert (measures["PFD10"].value, measures["PFD10"].denominator) == (other / 400, 2000)
    assert (measures["PFD09"].value, str(finding("PFD10").verdict)) == (0.0, verdict)


@pytest.mark.parametrize(
    ("paid", "verdict"), [(84.0, "met"), (83.9, "not_met"), (168.0, "met"), (168.1, "not_met")]
)
def test_payment_a_line(batch, paid, verdict):
    measures, finding = held(batch, lines(STEADY, BH0=lambda i: {"paid_amount": paid}))
    assert measures["PFD05"].value == pytest.approx(paid / 120)
    assert str(finding("PFD05").verdict) == verdict


@pytest.mark.parametrize(
    ("counts", "measured"),
    [
        ([(300, 300), (150, 150), (150, 150)], True),
        ([(299, 300), (150, 150), (150, 150)], False),
        ([(300, 300), (149, 150), (150, 150)], False),
        ([(300, 300), (300, 300)], False),
        ([(0, 0), (300, 300), (300, 300)], False),
    ],
)
def test_with_too_few_lines_or_periods_nothing_is_compared(batch, counts, measured):
    measures, finding = held(batch, lines(counts))
    assert (measures["PFD01"].outcome is Outcome.MEASURED) is measured
    if not measured:
        assert str(finding("PFD01").verdict) == "not_applicable"
        assert measures["PFD01"].note == (
            "nothing to compare: fewer than 300 lines in the period, or in the last 4 together, "
            "or fewer than 2 of them were sent"
        )


def test_a_period_without_a_line_is_none_of_the_four(batch):
    measures, _ = held(batch, lines([(400, 400), (400, 400), (0, 0), (400, 400), (0, 0)]))
    assert measures["PFD01"].value == 1.0


def test_volume_could_not_run_without_members(batch):
    measures, _ = held(batch, lines(STEADY), tables=("encounters",))
    assert (measures["PFD01"].outcome, measures["PFD01"].note) == (
        Outcome.COULD_NOT_RUN,
        "members was not sent",
    )
    assert measures["PFD03"].value == 1.0


def test_a_late_arrival_does_not_show_as_a_fall(batch):
    """Lines of the last month that are still to come are in no period's adjudications."""
    rows = lines(STEADY)
    late = [row | {"service_from": date(2026, 3, 30)} for row in rows[:100]]
    measures, _ = held(batch, [*late, *rows[100:]])
    assert measures["PFD01"].value == 1.0


def test_every_metric_is_told_by_hand(batch):
    """Recount with plain Python what the queries counted."""
    given = {
        "PH0": lambda i: {
            "paid_amount": 100.0 + i,
            "line_status": "denied" if i % 9 == 0 else "paid",
        },
        "BH2": lambda i: {"payment_arrangement": "subcapitated" if i % 3 else "ffs"},
        "BH0": lambda i: {"procedure_code": "H0015" if i % 2 else "90837"},
    }
    counts = [(500, 350), (420, 410), (390, 700), (405, 395), (333, 444)]
    rows = lines(counts, **given)
    row = drift.counts(batch.filing(("members",), encounters=rows, members=enrolled(70)))
    share = [b / (a + b) for a, b in counts]
    priced = [100.0 + i for i in range(500) if i % 9]
    assert row["bh_share_drift__counted"] == pytest.approx(share[0])
    assert row["bh_share_drift__among"] == pytest.approx(sum(share[1:]) / 4)
    assert row["ph_volume_drift__counted"] == pytest.approx(500 / 210)
    assert row["ph_volume_drift__among"] == pytest.approx(sum(a for a, _ in counts[1:]) / 4 / 210)
    assert row["ph_payment_drift__counted"] == pytest.approx(sum(priced) / len(priced))
    assert row["bh_payment_drift__among"] == 120.0
    assert row["bh_code_mix_shift__counted"] == pytest.approx(0.5)
    assert row["ph_denied_drift__now"] == pytest.approx(56 / 500)


def capitation(member_months, months=("2026-01", "2026-02", "2026-03"), bh=20.0):
    return [
        {
            "month": month,
            "rate_cell": "A",
            "member_months": member_months,
            "rate_pmpm": 100.0,
            "bh_pmpm": bh,
            "revenue": 100.0 * member_months,
        }
        for month in months
    ]


@pytest.mark.parametrize(
    ("rows", "code", "value", "verdict"),
    [
        (capitation(70.0), "PFC01", 0.7, "met"),
        (capitation(69.9), "PFC01", 0.699, "not_met"),
        (capitation(130.0), "PFC01", 1.3, "met"),
        (capitation(130.1), "PFC01", 1.301, "not_met"),
        (capitation(100.0), "PFC02", 0.0, "met"),
        (capitation(100.0, ("2026-01", "2026-03")), "PFC02", 1.0, "not_met"),
        (capitation(100.0, bh=1.0), "PFC03", 0.01, "met"),
        (capitation(100.0, bh=0.9), "PFC03", 0.009, "not_met"),
        (capitation(100.0, bh=50.0), "PFC03", 0.5, "met"),
        (capitation(100.0, bh=50.1), "PFC03", 0.501, "not_met"),
    ],
)
def test_capitation_on_both_sides_of_every_edge(batch, rows, code, value, verdict):
    filing = batch.filing((), capitation=rows, members=enrolled())
    profiled = profile(filing)
    [measure] = [each for each in profiled.measures if each.rule == code]
    finding = judge_check(
        measure,
        profiled.checks[code],
        batch.contract.requirement("DATA-ENCOUNTERS"),
        batch.contract,
        filing.period,
    )
    assert (measure.value, str(finding.verdict)) == (pytest.approx(value), verdict)
