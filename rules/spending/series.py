"""One plan's money and use by month: completed, and standardised to the rate-setting mix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.model import TOLERANCE, Filing
from rules.spending.booked import Booked, booked, nothing_booked
from rules.spending.completion import MATURE, RUNOUT, Completion, complete
from rules.spending.months import MOST_UNSEEN, month_of
from rules.spending.standard import BASE_MONTHS, scatter, standardise
from rules.spending.strata import UNPLACED, Sums, sums
from rules.spending.use import ARRANGEMENTS, SIDES

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Side:
    """BH or PH of one stratum; arrays of shape (n_months,).

    ``benefit`` is dollars at FFS-equivalent, completed; ``users`` distinct members with a paid
    service; ``units`` paid lines, both completed; ``completion`` the share of the dollars that has
    arrived (0 where nothing tells it, and ``benefit`` is as arrived); ``paid_raw`` dollars as
    arrived, ``users_raw`` users; ``error`` the relative standard error of the dollars (Mack).
    """

    benefit: Floats
    users: Floats
    units: Floats
    completion: Floats
    paid_raw: Floats
    error: Floats
    users_raw: Floats


@dataclass(frozen=True, eq=False)
class Series:
    """One plan's money by month, of the whole plan or of one region; M months, C cells.

    Attributes
    ----------
    months
        ``YYYY-MM``, oldest first: every staged month up to the period's end.
    mature
        (M,): both sides at least 0.7 complete, capitation complete, and the month not later than
        the contract's run-out leaves.
    paid_for
        (M,): whether capitation has every figure of the month, and member months.
    cells
        Rate cells of the capitation; ``("all",)`` where members' cells are not among them.
    member_months, weights
        (M, C), and (C,) of the base period; they sum to 1.
    bh_rate, standard_bh_rate, revenue
        (M,): BH part of the rate, the same standardised, and revenue, dollars.
    bh, ph, raw_bh, raw_ph
        Standardised and not.
    capped, spread
        (M,): standardised BH dollars per member month with each member's capped, completed, and
        their standard error; ``spread`` fits ``bh.benefit`` per member month but for rare large
        cases.
    subcapitation_paid, reached, retained
        (M,): what BH subcontractors were paid per head, what of it reached providers (completed)
        and what they kept, paid less reached.
    ledger
        Dollars by (kind, BH | PH | OTHER), each (M,) by month incurred.
    other_benefit
        (M,): dollars of long-term services, dental and transport, completed.
    incurred
        (M, 3): dollars that reached providers, completed: BH, PH and other.
    encounters_to_ledger, agreement
        (M,): direct payments that encounters show over those of the ledger, NaN where it has none;
        the same by side.
    services
        (M, 2, 6, 3): BH and PH dollars, users and lines by service type, as arrived.
    faults
        (M, 2, 2, 3): BH and PH paid lines by arrangement: all, unpriced, and unreached.
    basis
        How each side and arrangement was completed, ``BH direct`` to its basis.
    notes
        What the figures do not hold for, a sentence each.
    """

    months: tuple[str, ...]
    mature: NDArray[np.bool_]
    paid_for: NDArray[np.bool_]
    cells: tuple[str, ...]
    member_months: Floats
    weights: Floats
    bh_rate: Floats
    standard_bh_rate: Floats
    revenue: Floats
    bh: Side
    ph: Side
    raw_bh: Side
    raw_ph: Side
    capped: Floats
    spread: Floats
    subcapitation_paid: Floats
    reached: Floats
    retained: Floats
    ledger: Mapping[tuple[str, str], Floats]
    other_benefit: Floats
    incurred: Floats
    encounters_to_ledger: Floats
    agreement: Mapping[str, Floats]
    services: Floats
    faults: Floats
    basis: Mapping[str, str]
    notes: tuple[str, ...] = ()


def series(filing: Filing) -> Series:
    """Return the series of a plan; use it as ``filing.once("series", series)``."""
    held = filing.once("sums", sums)
    done = filing.once("completions", completions)
    return assemble(held, done, booked(filing, held.months), month_of(filing.mature_until))


def series_by_region(filing: Filing) -> dict[str, Series]:
    """Return the series of each region, in order; what is only known of the plan is 0 in them.

    Completion and weights are the plan's. Members whose county has no region are left out.
    """
    held = filing.once("sums", sums)
    done = filing.once("completions", completions)
    until, nothing = month_of(filing.mature_until), nothing_booked(len(held.months))
    return {
        region: assemble(held.of_region(number), done, nothing, until, held.mix(BASE_MONTHS))
        for number, region in enumerate(held.regions)
        if region
    }


def completions(filing: Filing) -> dict[Any, Completion]:
    """Return completions of dollars by (side, arrangement), of users and lines by (name, side)."""
    held = filing.once("sums", sums)
    return complete_sums(held, month_of(filing.mature_until))


def complete_sums(held: Sums, mature_until: str) -> dict[Any, Completion]:
    """Return :func:`completions` of sums; ``mature_until`` is the last month the run-out leaves."""
    triangles: dict[Any, Floats] = {}
    for side in range(len(SIDES)):
        triangles["users", side] = held.user_triangles[side]
        triangles["lines", side] = held.line_triangles[side].sum(axis=0)
        for sub in range(len(ARRANGEMENTS)):
            triangles[side, sub] = held.triangles[side, sub]
    if held.dated < 1 - MOST_UNSEEN:
        triangles = {key: np.zeros_like(each) for key, each in triangles.items()}
    mature = np.array([month <= mature_until for month in held.months], dtype=bool)
    return complete(triangles, [int(age) for age in held.ages], mature)


def assemble(
    held: Sums,
    done: Mapping[Any, Completion],
    paid: Booked,
    mature_until: str,
    weights: Floats | None = None,
) -> Series:
    """Return the series of sums that are completed as told; ``weights`` (C,), else their own."""
    weights = held.mix(BASE_MONTHS) if weights is None else weights
    exposed = held.member_months.sum(axis=2)
    sides = [_side(held, done, side) for side in range(2)]
    standard = [_standard(held, done, side, weights) for side in range(2)]
    capped, spread = scatter(held, weights, sides[0].completion)
    reached = completed(held.reached[:, :, :, 0, 1].sum(axis=(1, 2)), done[0, 1])
    subcapitated = paid.subcapitation
    kept = np.where(subcapitated > 0, subcapitated - reached, 0.0)
    paid_for = held.complete & (exposed.sum(axis=1) > 0)
    mature = paid_for & np.array([month <= mature_until for month in held.months], dtype=bool)
    for side in sides:
        mature &= side.completion >= MATURE - TOLERANCE
    direct = held.reached[..., 0].sum(axis=(1, 2))[:, :2]
    return Series(
        months=held.months,
        mature=mature,
        paid_for=paid_for,
        cells=held.cells,
        member_months=exposed,
        weights=weights,
        bh_rate=held.bh_rate.sum(axis=1),
        standard_bh_rate=standardise(held.bh_rate, exposed, weights),
        revenue=held.revenue.sum(axis=1),
        bh=standard[0],
        ph=standard[1],
        raw_bh=sides[0],
        raw_ph=sides[1],
        capped=capped,
        spread=spread,
        subcapitation_paid=subcapitated,
        reached=reached,
        retained=kept,
        ledger=paid.ledger,
        other_benefit=_side(held, done, 2).benefit,
        incurred=_incurred(held, done),
        encounters_to_ledger=_over(direct.sum(axis=1), paid.claims[:, :2].sum(axis=1)),
        agreement={
            side: _over(direct[:, at], paid.claims[:, at]) for at, side in enumerate(SIDES[:2])
        },
        services=held.services[:, :2],
        faults=held.faults[:, :2],
        basis=_basis(held, done),
        notes=_notes(held, done),
    )


def completed(amounts: Floats, done: Completion) -> Floats:
    """Return amounts (M, ...) over the share arrived; as they are where it is unknown."""
    share = np.where(done.factor > 0, done.factor, 1.0)
    full: Floats = np.divide(amounts, share.reshape(-1, *(1,) * (amounts.ndim - 1)))
    return full


def _incurred(held: Sums, done: Mapping[Any, Completion]) -> Floats:
    paid = held.reached.sum(axis=(1, 2))
    sides = [
        sum(completed(paid[:, side, sub], done[side, sub]) for sub in range(len(ARRANGEMENTS)))
        for side in range(len(SIDES))
    ]
    return np.stack(sides, axis=1)


def _by_cell(held: Sums, done: Mapping[Any, Completion], side: int) -> Floats:
    """Return completed dollars (M, C)."""
    parts = [
        completed(held.benefit[:, :, :, side, sub].sum(axis=2), done[side, sub])
        for sub in range(len(ARRANGEMENTS))
    ]
    total: Floats = np.sum(parts, axis=0)
    return total


def _side(held: Sums, done: Mapping[Any, Completion], side: int) -> Side:
    paid = held.benefit[:, :, :, side].sum(axis=(1, 2))
    full = np.stack([completed(paid[:, sub], done[side, sub]) for sub in range(2)], axis=1)
    factor = np.stack([done[side, sub].factor for sub in range(2)], axis=1)
    error = np.stack([done[side, sub].error for sub in range(2)], axis=1)
    total = full.sum(axis=1)
    # A month without money is as complete as the plan's usual mixture of arrangements would be.
    usual = np.broadcast_to(full.sum(axis=0), full.shape)
    share = np.where(total[:, None] > 0, full, usual if usual.sum() > 0 else 1.0)
    share = share / share.sum(axis=1, keepdims=True)
    unknown = ((share > MOST_UNSEEN) & (factor <= 0)).any(axis=1)
    return Side(
        benefit=total,
        users=completed(held.users[..., side].sum(axis=(1, 2)), done["users", side]),
        units=completed(held.line_triangles[side].sum(axis=(0, 2)), done["lines", side]),
        completion=np.where(unknown, 0.0, (share * factor).sum(axis=1)),
        paid_raw=paid.sum(axis=1),
        error=np.sqrt(((share * error) ** 2).sum(axis=1)),
        users_raw=held.users[..., side].sum(axis=(1, 2)),
    )


def _standard(held: Sums, done: Mapping[Any, Completion], side: int, weights: Floats) -> Side:
    raw, exposed = _side(held, done, side), held.member_months.sum(axis=2)
    users = held.users[..., side].sum(axis=2)
    paid = held.benefit[:, :, :, side].sum(axis=(2, 3))
    all_users = completed(standardise(users, exposed, weights), done["users", side])
    return Side(
        benefit=standardise(_by_cell(held, done, side), exposed, weights),
        users=all_users,
        units=np.divide(
            raw.units * all_users, raw.users, out=np.zeros_like(all_users), where=raw.users > 0
        ),
        completion=raw.completion,
        paid_raw=standardise(paid, exposed, weights),
        error=raw.error,
        users_raw=standardise(users, exposed, weights),
    )


def _over(shown: Floats, booked_: Floats) -> Floats:
    ratio: Floats = np.full(len(shown), np.nan)
    return np.divide(shown, booked_, out=ratio, where=booked_ > 0)


def _basis(held: Sums, done: Mapping[Any, Completion]) -> dict[str, str]:
    return {
        f"{SIDES[side]} {ARRANGEMENTS[sub]}": done[side, sub].basis
        for side in range(2)
        for sub in range(2)
        if held.benefit[:, :, :, side, sub].sum() > 0
    }


def _notes(held: Sums, done: Mapping[Any, Completion]) -> tuple[str, ...]:
    told = [
        f"{kind}: too few months of service and of arrival for a triangle; {RUNOUT}"
        for kind, basis in _basis(held, done).items()
        if basis == RUNOUT
    ]
    if held.dated < 1 - MOST_UNSEEN:
        told.append(f"{1 - held.dated:.0%} of paid lines have no day on which they were sent")
    if held.cells == (UNPLACED,):
        told.append("members are not in the rate cells of capitation: nothing is standardised")
    return tuple(told)
