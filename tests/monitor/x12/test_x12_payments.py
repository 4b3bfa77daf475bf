"""What the plan paid, by hand: which payer it is, what it decided, money laid to the cent."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from monitor.x12.payers import NOT_DENIALS, NOT_MEDICAID, lay_on
from rules.tables import TABLES

MONEY = ("paid_amount", "allowed_amount", "line_status", "denial_code", "paid_by")
LOOP = ["SBR*S*18*******HM", "AMT*D*95.00", "NM1*PR*2*ANCHOR HEALTH*****PI*ANCHOR"]
CLM = ["CLM*C1*125.00***11:B:1*Y*A*Y*Y", "HI*ABK:F3341*ABF:I10"]


def line(number: int, charge: str, *more: str) -> list[str]:
    day = "DTP*472*D8*20260110"
    return [f"LX*{number}", f"SV1*HC:99213*{charge}*UN*1***1", day, *more]


def x12(taken) -> list[tuple[object, ...]]:
    return [(code, at, value) for code, at, _, value, _ in taken.faults]


def test_the_plan_is_the_submitter_then_the_payer_then_the_only_one(read, made) -> None:
    other = ["SBR*P*18*******CI", "AMT*D*10.00", "NM1*PR*2*OTHER*****PI*OTHER"]
    paid = ["SVD*ANCHOR*95.00*HC:99213**1", "CAS*CO*45*30.00"]
    first = ["SVD*OTHER*10.00*HC:99213**1", "CAS*CO*45*115.00"]

    def of(*claim: str, head=None):
        taken = read(made.file_of([*CLM, *claim], head))
        return taken.rows(*MONEY), x12(taken)

    two = (*other, *LOOP, *line(1, "125.00", *first, *paid))
    assert of(*two) == ([(95.0, 95.0, "paid", None, "ANCHOR")], [])
    state = [
        one.replace("46*ANCHOR", "46*BUREAU").replace("PI*TNMED", "PI*OTHER") for one in made.head
    ]
    assert of(*two, head=state) == ([(10.0, 10.0, "paid", None, "OTHER")], [])
    bureau = [one.replace("46*ANCHOR", "46*BUREAU") for one in made.head]
    assert of(*two, head=bureau) == (
        [(None, None, "paid", None, None)],
        [("payer_unclear", 14, "2")],
    )
    one = (*LOOP, *line(1, "125.00", *paid))
    assert of(*one, head=bureau) == (
        [(95.0, 95.0, "paid", None, "ANCHOR")],
        [("payer_assumed", 14, "ANCHOR")],
    )
    # Coverage that has decided nothing is nobody's payment.
    known = ("SBR*P*18*******CI", "NM1*PR*2*OTHER*****PI*OTHER")
    assert of(*known, *line(1, "125.00")) == ([(None, None, "paid", None, None)], [])
    assert of(*LOOP, *LOOP, *line(1, "125.00")) == (
        [(None, None, "paid", None, None)],
        [("payer_unclear", 14, "2")],
    )


@pytest.mark.parametrize("kind", sorted(NOT_MEDICAID))
def test_what_another_program_paid_first_is_not_what_the_plan_paid(read, made, kind) -> None:
    bureau = [one.replace("46*ANCHOR", "46*BUREAU") for one in made.head]
    medicare = [f"SBR*P*18*******{kind}", "AMT*D*95.00", "NM1*PR*2*CMS*****PI*CMS"]
    for more in ([], ["SVD*CMS*95.00*HC:99213**1", "CAS*CO*45*30.00"]):
        taken = read(made.file_of([*CLM, *medicare, *line(1, "125.00", *more)], bureau))
        assert taken.rows(*MONEY) == [(None, None, "paid", None, None)]
        assert x12(taken) == [("payer_unclear", 14, "CMS")]
        assert taken.codes["encounters.paid_amount.empty"] == 1


@pytest.mark.parametrize("kind", ["CI", "HM", "MC", "ZZ", ""])
def test_a_payer_that_may_be_a_plan_is_assumed_to_be_it(read, made, kind) -> None:
    bureau = [one.replace("46*ANCHOR", "46*BUREAU") for one in made.head]
    only = [f"SBR*P*18*******{kind}", "AMT*D*95.00", "NM1*PR*2*OWN*****PI*OWN"]
    taken = read(made.file_of([*CLM, *only, *line(1, "125.00")], bureau))
    assert taken.rows("paid_amount", "paid_by") == [(95.0, "OWN")]
    assert x12(taken) == [("payer_assumed", 14, "OWN")]
    assert TABLES["encounters"].checks["encounters.x12.payer_assumed"].severity == "minor"


def test_an_empty_payment_is_reported_and_the_row_staged(read, made) -> None:
    taken = read(made.file_of([*CLM, *line(1, "125.00")]))
    assert taken.count == (1, 1, 0)
    assert taken.codes == {"encounters.paid_amount.empty": 1}


def test_a_payment_of_the_whole_claim_is_laid_on_its_lines(read, made) -> None:
    claim = [*CLM, *LOOP, *line(1, "100.00"), *line(2, "24.99"), *line(3, "0.01")]
    taken = read(made.file_of(claim))
    # 95.00 in shares of 76.00, 18.9924 and 0.0076: the cent left goes where most was cut.
    assert taken.rows("paid_amount", "allowed_amount") == [
        (76.0, None),
        (18.99, None),
        (0.01, None),
    ]
    assert taken.faults == []


def test_a_payment_that_is_no_amount_is_told_by_its_edit(read, made) -> None:
    claim = [*CLM, *LOOP, *line(1, "125.00", "SVD*ANCHOR*9O.00*HC:99213**1")]
    taken = read(made.file_of(claim))
    assert (taken.count, taken.codes) == ((1, 0, 1), {"encounters.paid_amount.number": 1})


@pytest.mark.parametrize(
    ("adjustments", "charge", "paid", "expected"),
    [
        (["CAS*CO*96*125.00"], "125.00", "0", (0.0, None, "denied", "96")),
        (["CAS*CO*29*25.00*1*16*100.00"], "125.00", "0", (0.0, None, "denied", "16")),
        (["CAS*CO*29*25.00", "CAS*PI*16*100.00"], "125.00", "0", (0.0, None, "denied", "16")),
        # Near misses: none of these is a denial.
        (["CAS*PR*1*125.00"], "125.00", "0", (0.0, 125.0, "paid", None)),
        (["CAS*CO*45*125.00"], "125.00", "0", (0.0, 0.0, "paid", None)),
        (["CAS*CO*24*125.00"], "125.00", "0", (0.0, 0.0, "paid", None)),
        (["CAS*OA*23*100.00", "CAS*CO*96*25.00"], "125.00", "0", (0.0, 0.0, "paid", None)),
        (["CAS*CO*96*124.99"], "125.00", "0.01", (0.01, 0.01, "paid", None)),
        (["CAS*CO*96*125.00"], "125.00", "0.00", (0.0, None, "denied", "96")),
        ([], "0", "0", (0.0, 0.0, "paid", None)),
    ],
)
def test_what_is_denied(read, made, adjustments, charge, paid, expected) -> None:
    decided = [f"SVD*ANCHOR*{paid}*HC:99213**1", *adjustments, "DTP*573*D8*20260301"]
    clm = [CLM[0].replace("125.00", charge), CLM[1]]
    taken = read(made.file_of([*clm, *LOOP[::2], *line(1, charge, *decided)]))
    assert taken.rows(*MONEY[:4]) == [expected]
    assert taken.faults == []
    days = taken.rows("adjudicated_on", "paid_on")[0]
    assert [str(day) for day in days] == ["2026-03-01", "None" if expected[3] else "2026-03-01"]


def test_what_does_not_balance_is_told(read, made) -> None:
    decided = ["SVD*ANCHOR*70.00*HC:99213**1", "CAS*CO*45*29.99"]
    rest = ["SVD*ANCHOR*25.00*HC:99213**1"]
    claim = [*CLM, *LOOP, *line(1, "100.00", *decided), *line(2, "25.00", *rest)]
    taken = read(made.file_of(claim))
    wanted = "70.01, the charge 100.00 less 29.99 adjusted"
    assert taken.faults == [("line_balance", 19, "SVD02", "70.00", wanted)]
    claim[claim.index("AMT*D*95.00")] = "AMT*D*90.00"
    claim[claim.index("CAS*CO*45*29.99")] = "CAS*CO*45*30.00"
    wanted = "95.00, the lines' 95.00 less 0 adjusted"
    assert read(made.file_of(claim)).faults == [("claim_balance", 14, "AMT02", "90.00", wanted)]
    claim.insert(claim.index("AMT*D*90.00"), "CAS*PR*1*5.00")
    wanted = "95.00, as the lines were paid: 5.00 is adjusted above them"
    assert read(made.file_of(claim)).faults == [("claim_adjusted", 14, "AMT02", "90.00", wanted)]


def test_lines_that_nothing_is_said_of(read, made) -> None:
    first = line(1, "100.00", "SVD*ANCHOR*95.00*HC:99213**1", "CAS*CO*45*5.00")
    whole = read(made.file_of([*CLM, *LOOP, *first, *line(2, "25.00")]))
    assert whole.rows("paid_amount") == [(95.0,), (0.0,)]
    without = read(made.file_of([*CLM, LOOP[0], LOOP[2], *first, *line(2, "25.00")]))
    assert without.rows("paid_amount") == [(95.0,), (None,)]


def test_several_payments_of_a_line_add_up(read, made) -> None:
    parts = ["SVD*ANCHOR*60.10*HC:99213**1", "CAS*CO*45*30.00", "SVD*ANCHOR*34.90*HC:99213**1"]
    taken = read(made.file_of([*CLM, *LOOP, *line(1, "125.00", *parts)]))
    assert (taken.rows("paid_amount"), taken.faults) == ([(95.0,)], [])


def test_sub_capitated_claims_and_lines(read, made) -> None:
    claim = [*CLM, *line(1, "100.00", "CN1*05"), *line(2, "25.00")]
    assert read(made.file_of(claim)).rows("payment_arrangement") == [("subcapitated",), ("ffs",)]
    claim = [CLM[0], "CN1*05", CLM[1], *line(1, "125.00")]
    taken = read(made.file_of(claim))
    assert taken.rows("payment_arrangement") == [("subcapitated",)]
    assert taken.codes["encounters.ffs_equivalent_amount.missing_on_subcapitated"] == 1


def test_no_cent_is_lost() -> None:
    draw = random.Random(837)
    for _ in range(2_000):
        charges = [Decimal(draw.randrange(0, 50_000)) / 100 for _ in range(draw.randrange(1, 12))]
        total = Decimal(draw.randrange(-10_000, 90_000)) / 100
        parts = lay_on(total, charges)
        assert sum(parts) == total
        whole = sum(charges)
        for part, charge in zip(parts, charges, strict=True):
            if whole:
                assert abs(part - total * charge / whole) < Decimal("0.01")
    assert lay_on(Decimal("0.05"), [Decimal(1), Decimal(1)]) == [Decimal("0.03"), Decimal("0.02")]
    assert lay_on(Decimal("7.005"), [Decimal(0), Decimal(0)]) == [Decimal("7.005"), Decimal(0)]
    assert sum(lay_on(Decimal("7.005"), [Decimal(1), Decimal(2)])) == Decimal("7.005")


def test_reasons_that_are_no_denial_have_the_form_of_reasons() -> None:
    assert all(reason.isdigit() for reason in NOT_DENIALS)
    assert {"1", "2", "3", "23", "24", "45", "253"} <= NOT_DENIALS
