"""The money rules against a second count: plain Python and polars over random submissions."""

import random
from collections import defaultdict
from datetime import date, timedelta

import polars as pl
import pytest

from rules.model import Contract, Filing, Outcome, Period, add_months
from rules.spending import sp01_bh_benefit_ratio, sp02_reinvestment_short
from rules.spending.months import list_months
from tests.rules.staging import table_of

SIDES = {
    "BH": [("90834", "F331", "103TC0700X"), ("H0020", "F1120", "261QM2800X")],
    "PH": [("99213", "I10", "207Q00000X"), ("71045", "J189", "2085R0202X")],
}
MONTHS = [f"{add_months(date(2024, 10, 1), later):%Y-%m}" for later in range(18)]
WINDOW = [month for month in MONTHS if "2025-01" <= month <= "2025-12"]


def filing_of(tables, quarantined=None):
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
    )
    return Filing(
        review_id="review",
        plan_id="PLAN",
        contract=contract,
        period=Period.parse("2026Q1"),
        as_of=date(2026, 4, 20),
        tables={name: table_of(name, rows) for name, rows in tables.items()},
        quarantined=quarantined or {},
    )


def draw_encounters(chance, claims):
    """Return lines, and beside them what each is worth by month and side, voids followed."""
    lines, worth = [], defaultdict(float)
    for number in range(claims):
        side = chance.choice(["BH", "PH"])
        procedure, diagnosis, taxonomy = chance.choice(SIDES[side])
        day = date(2024, 10, 1) + timedelta(days=chance.randrange(546))
        subcapitated, paid = chance.random() < 0.3, chance.random() < 0.9
        fate = chance.choice(["stands"] * 7 + ["replaced", "voided", "replaced and voided"])
        versions = 1 + (fate != "stands") + (fate == "replaced and voided")
        for version in range(versions):
            last = version == versions - 1
            amount = round(chance.uniform(20, 400), 2) if paid else 0.0
            lines.append(
                {
                    "encounter_id": f"E{number}-{version}",
                    "line_number": 1,
                    "member_id": f"M{number % 50}",
                    "claim_type": "P",
                    "service_from": day,
                    "service_to": day,
                    "submitted_on": day + timedelta(days=20 + version),
                    "line_status": "paid" if paid else "denied",
                    "payment_arrangement": "subcapitated" if subcapitated else "ffs",
                    "paid_amount": amount * 0.6 if subcapitated else amount,
                    "ffs_equivalent_amount": amount if subcapitated else None,
                    "procedure_code": procedure,
                    "diagnosis_codes": diagnosis,
                    "rendering_taxonomy": taxonomy,
                    "place_of_service": "11",
                    "frequency": "1" if not version else "8" if last and "void" in fate else "7",
                    "original_encounter_id": f"E{number}-{version - 1}" if version else None,
                }
            )
        if "void" not in fate and paid:
            worth[f"{day:%Y-%m}", side] += amount
    chance.shuffle(lines)
    return lines, worth


def draw_capitation(chance):
    return [
        {
            "month": month,
            "rate_cell": cell,
            "member_months": float(chance.randrange(50, 90)),
            "rate_pmpm": 300.0,
            "bh_pmpm": round(chance.uniform(20, 60), 2),
            "revenue": None,
        }
        for month in MONTHS
        for cell in ("adult", "child", "aged")
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_bh_benefit_ratio_is_that_of_a_second_count(seed):
    chance = random.Random(seed)
    lines, worth = draw_encounters(chance, 900)
    cells = draw_capitation(chance)
    filing = filing_of({"encounters": lines, "capitation": cells})

    [measure] = sp01_bh_benefit_ratio.measure(
        filing, {}, sp01_bh_benefit_ratio.Params(months=12, min_ratio=0.85)
    )

    rate = {
        month: sum(c["bh_pmpm"] * c["member_months"] for c in cells if c["month"] == month)
        for month in MONTHS
    }
    benefit = sum(worth[month, "BH"] for month in WINDOW)
    denominator = sum(rate[month] for month in WINDOW)
    assert measure.numerator == pytest.approx(benefit, rel=1e-9)
    assert measure.denominator == pytest.approx(denominator, rel=1e-9)
    assert measure.value == pytest.approx(benefit / denominator, rel=1e-9)
    told = [
        (m["month"], m["bh_benefit"], m["bh_rate"], m["ph_benefit"], m["mature"])
        for m in measure.evidence["months"]
    ]
    assert told == [
        (
            month,
            pytest.approx(worth[month, "BH"], rel=1e-9),
            pytest.approx(rate[month], rel=1e-9),
            pytest.approx(worth[month, "PH"], rel=1e-9),
            month <= "2025-12",
        )
        for month in MONTHS
    ]


def test_polars_counts_the_same_where_nothing_was_corrected():
    chance = random.Random(4)
    lines, _ = draw_encounters(chance, 400)
    lines = [line for line in lines if line["encounter_id"].endswith("-0")]
    cells = draw_capitation(chance)
    frame = pl.DataFrame(lines, infer_schema_length=None)
    price = (
        pl.when(pl.col("payment_arrangement") == "subcapitated")
        .then("ffs_equivalent_amount")
        .otherwise("paid_amount")
    )
    benefit = frame.filter(
        pl.col("line_status") == "paid",
        pl.col("diagnosis_codes").str.starts_with("F"),
        pl.col("service_from").is_between(date(2025, 1, 1), date(2025, 12, 31)),
    ).select(price.sum())
    rate = pl.DataFrame(cells, infer_schema_length=None).filter(pl.col("month").is_in(WINDOW))

    filing = filing_of({"encounters": lines, "capitation": cells})
    [measure] = sp01_bh_benefit_ratio.measure(
        filing, {}, sp01_bh_benefit_ratio.Params(months=12, min_ratio=0.85)
    )

    assert measure.numerator == pytest.approx(benefit.item(), rel=1e-9)
    assert measure.denominator == pytest.approx(
        rate.select((pl.col("bh_pmpm") * pl.col("member_months")).sum()).item(), rel=1e-9
    )


@pytest.mark.parametrize(("held", "outcome"), [(1, Outcome.MEASURED), (2, Outcome.COULD_NOT_RUN)])
def test_more_than_5_percent_of_rows_in_quarantine_could_not_run(held, outcome):
    """19 rows staged: 1 of 20 held back is 5 %, 2 of 21 is more."""
    line = {
        "line_number": 1,
        "service_from": date(2025, 12, 1),
        "line_status": "paid",
        "payment_arrangement": "ffs",
        "paid_amount": 10.0,
        "procedure_code": "90834",
        "diagnosis_codes": "F331",
    }
    lines = [{**line, "encounter_id": f"E{number}"} for number in range(19)]
    cell = {"month": "2025-12", "member_months": 10.0, "rate_pmpm": 100.0, "bh_pmpm": 20.0}
    filing = filing_of({"encounters": lines, "capitation": [cell]}, {"encounters": held})

    [measure] = sp01_bh_benefit_ratio.measure(
        filing, {}, sp01_bh_benefit_ratio.Params(months=1, min_ratio=0.85)
    )

    assert measure.outcome is outcome
    assert measure.evidence["quarantined"] == {"encounters": held, "capitation": 0}
    if outcome is Outcome.COULD_NOT_RUN:
        assert measure.note == (
            "cannot tell the BH benefit: 2 of the 21 rows of encounters lie in quarantine"
        )
    else:
        assert (measure.numerator, measure.denominator, measure.value) == (190.0, 200.0, 0.95)


def test_the_reinvestment_share_is_that_of_a_second_count():
    chance = random.Random(5)
    cells = draw_capitation(chance)
    entries = [
        {
            "entry_id": f"L{number}",
            "incurred_month": chance.choice(MONTHS),
            "paid_month": chance.choice(MONTHS),
            "kind": chance.choice(["reinvestment", "claims", "recovery", "incentive"]),
            "amount": round(chance.uniform(-200, 2000), 2),
        }
        for number in range(500)
    ]
    filing = filing_of({"ledger": entries, "capitation": cells})

    [measure] = sp02_reinvestment_short.measure(
        filing, {}, sp02_reinvestment_short.Params(months=12, min_share=0.01)
    )

    reinvested = sum(
        entry["amount"]
        for entry in entries
        if entry["kind"] == "reinvestment" and entry["paid_month"] in WINDOW
    )
    revenue = sum(300.0 * c["member_months"] for c in cells if c["month"] in WINDOW)
    assert measure.numerator == pytest.approx(reinvested, rel=1e-9)
    assert measure.denominator == pytest.approx(revenue, rel=1e-9)
    assert measure.value == pytest.approx(reinvested / revenue, rel=1e-9)


def test_months_are_listed_as_runs():
    assert list_months(["2025-11", "2025-12", "2026-01", "2026-03"]) == (
        "2025-11 to 2026-01, 2026-03"
    )
    assert list_months([]) == ""


@pytest.mark.parametrize(
    "build",
    [
        lambda: sp01_bh_benefit_ratio.Params(months=0, min_ratio=0.85),
        lambda: sp02_reinvestment_short.Params(months=0, min_share=0.01),
    ],
)
def test_a_window_has_a_month_at_least(build):
    with pytest.raises(ValueError, match=r"^months 0, wanted at least 1$"):
        build()
