"""Two naive rules, beside which SP10 stands: a share that falls, and raw paid dollars that do."""

from __future__ import annotations

from rules.spending.series import Series

FALLS = 0.10


def naive(told: Series, before: int) -> dict[str, bool]:
    """Return which naive rules flag a plan: the last six complete months against those before.

    ``share``: BH over BH and PH, dollars as arrived, falls by a tenth of itself; ``paid``: raw paid
    BH dollars per member month fall by a tenth.
    """
    months = [at for at, mature in enumerate(told.mature) if mature]
    early, late = months[:-6], months[-6:]
    bh, ph = told.raw_bh.paid_raw, told.raw_ph.paid_raw
    people = told.member_months.sum(axis=1)

    def share(at: list[int]) -> float:
        return float(bh[at].sum() / (bh[at].sum() + ph[at].sum()))

    def paid(at: list[int]) -> float:
        return float(bh[at].sum() / people[at].sum())

    return {
        "share": share(late) <= (1 - FALLS) * share(early),
        "paid": paid(late) <= (1 - FALLS) * paid(early),
    }
