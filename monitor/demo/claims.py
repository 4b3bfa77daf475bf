"""From lines to what the plan reports: decided, paid, corrected, and sent in time or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from monitor.demo.calendars import SUBMITTED, Calendar
from monitor.demo.draw import Events, behavioral_services
from monitor.demo.lines import Lines
from monitor.demo.plans import Plan
from monitor.demo.services import EVERY

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

DENIAL_CODES = ("16", "50", "97", "197", "204", "29")
REPLACED = 0.018
VOIDED = {"P": 0.004, "I": 0.004, "R": 0.015}
DENIED = {"P": 0.032, "I": 0.018, "R": 0.045}
LINE_DENIED = 0.012
OUTSIDE = {"P": 0.038, "I": 0.025, "R": 0.012}
LATE_DAYS = (36, 96)


@dataclass(frozen=True)
class Claims:
    """Arrays over claims, each a version of an event's bill; ``original`` is -1 or a claim.

    ``received``, ``decided``, ``paid`` and ``sent`` are days of the calendar; ``factor`` is what
    the amounts are against the schedule.
    """

    event: Ints
    frequency: Ints
    original: Ints
    denied: Flags
    denial: Ints
    received: Ints
    decided: Ints
    paid: Ints
    sent: Ints
    factor: NDArray[np.float64]
    late: Flags


def decide_claims(
    events: Events, kept: Ints, calendar: Calendar, plan: Plan, rng: np.random.Generator
) -> Claims:
    """Return every version of every claim that the plan has paid by the day it submits."""
    count = len(events)
    kind = np.array([s.claim for s in EVERY])[events.service]
    protected = np.zeros(count, dtype=bool)
    protected[kept] = True
    denied = rng.uniform(size=count) < _by_kind(DENIED, kind)
    chance = rng.uniform(size=count)
    replaced = (chance < np.where(denied, 0.35, REPLACED)) & ~protected
    voided = (chance > 1 - _by_kind(VOIDED, kind)) & ~protected & ~denied
    lag = np.where(kind == "I", rng.lognormal(3.0, 0.6, count), rng.lognormal(2.5, 0.75, count))
    lag = np.where(kind == "R", 0, np.minimum(lag, 180) + rng.integers(2, 12, count))
    decided = events.end + lag.astype(np.int64)
    originals = np.arange(count)
    again = np.concatenate([np.flatnonzero(replaced), np.flatnonzero(voided)])
    event = np.concatenate([originals, again])
    frequency = np.concatenate(
        [
            np.full(count, 1),
            np.full(int(replaced.sum()), 7),
            np.full(int(voided.sum()), 8),
        ]
    )
    decided = np.concatenate([decided, decided[again] + rng.integers(15, 70, len(again))])
    correction = np.where(
        frequency[count:] == 7, rng.choice([0.9, 1.0, 1.1], len(again), p=(0.35, 0.3, 0.35)), 1.0
    )
    behavioral = behavioral_services()[events.service]
    late_share = np.where(behavioral & ~(plan.silo & (kind == "R")), plan.late_bh, plan.late)[event]
    late = rng.uniform(size=len(event)) < late_share
    paid = decided + rng.integers(1, 8, len(event))
    last = calendar.day(SUBMITTED)
    delay = np.where(late, rng.integers(*LATE_DAYS, len(event)), rng.integers(8, 21, len(event)))
    sent = np.minimum(decided + delay, last)
    # What corrects a claim goes in with it or after it, however late that was.
    sent[count:] = np.maximum(sent[count:], sent[again])
    # The plan has a claim for a few days, at most since the service ended.
    held = np.where(kind[event] == "R", 0, rng.integers(1, 12, len(event)))
    received = np.maximum(events.end[event], decided - held)
    claims = Claims(
        event=event,
        frequency=frequency,
        original=np.concatenate([np.full(count, -1), again]),
        denied=np.concatenate([denied, np.zeros(len(again), dtype=bool)]),
        denial=rng.integers(0, len(DENIAL_CODES), len(event)),
        received=received,
        decided=decided,
        paid=paid,
        sent=sent,
        factor=np.concatenate([np.ones(count), correction]),
        late=late,
    )
    known = np.flatnonzero(paid <= last)
    known = known[np.argsort(decided[known], kind="stable")]
    place = np.full(len(event), -1, dtype=np.int64)
    place[known] = np.arange(len(known))
    return Claims(
        event=event[known],
        frequency=frequency[known],
        original=np.where(claims.original[known] >= 0, place[claims.original[known]], -1),
        denied=claims.denied[known],
        denial=claims.denial[known],
        received=received[known],
        decided=decided[known],
        paid=paid[known],
        sent=sent[known],
        factor=claims.factor[known],
        late=late[known],
    )


def draw_outside(events: Events, kept: Ints, rng: np.random.Generator) -> Flags:
    """Return which events went outside the network; emergencies and kept events did not."""
    kind = np.array([s.claim for s in EVERY])[events.service]
    urgent = np.array([s.urgent for s in EVERY])[events.service]
    whole = np.array([s.whole for s in EVERY])[events.service]
    outside = rng.uniform(size=len(events)) < _by_kind(OUTSIDE, kind)
    outside &= ~urgent & ~whole
    outside[kept] = False
    return outside


def claim_lines(claims: Claims, lines: Lines, events: Events) -> tuple[Ints, Ints]:
    """Return for each line of each claim version the claim and the line it repeats."""
    start = np.searchsorted(lines.event, np.arange(len(events) + 1))
    first, count = start[:-1][claims.event], np.diff(start)[claims.event]
    claim = np.repeat(np.arange(len(claims.event)), count)
    within = np.arange(len(claim)) - np.repeat(np.cumsum(count) - count, count)
    return claim, np.repeat(first, count) + within


def priced(
    claims: Claims,
    lines: Lines,
    claim: Ints,
    line: Ints,
    subcapitated: Flags,
    passed_on: float,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Return the amounts of claim lines.

    ``subcapitated`` says which lines a subcontractor paid; it passed on that share of the price.
    """
    event_denied = claims.denied[claim]
    first = claims.frequency[claim] == 1
    # Which line is refused is drawn for the line, so that a void repeats what its original says.
    some = (rng.uniform(size=len(lines.event)) < LINE_DENIED)[line]
    # A replacement mends what was refused; a void repeats it.
    some &= (lines.number[line] > 1) & (first | (claims.frequency[claim] == 8))
    denied = event_denied | some
    price = np.round(lines.price[line] * claims.factor[claim], 2)
    markup = np.round(rng.uniform(1.25, 2.6, len(lines.event)), 2)[line]
    reached = np.where(subcapitated, np.round(price * passed_on, 2), price)
    paid = np.where(denied, 0.0, reached)
    return pl.DataFrame(
        {
            "billed_amount": np.round(price * markup, 2),
            "allowed_amount": paid,
            "paid_amount": paid,
            "ffs_equivalent_amount": np.where(denied, 0.0, price),
            "_denied": denied,
            "_benefit": np.where(denied, 0.0, price),
        }
    ).with_columns(
        ffs_equivalent_amount=pl.when(pl.Series(subcapitated)).then("ffs_equivalent_amount"),
    )


def _by_kind(shares: dict[str, float], kind: NDArray[np.str_]) -> NDArray[np.float64]:
    return np.select([kind == name for name in shares], list(shares.values()), 0.0)
