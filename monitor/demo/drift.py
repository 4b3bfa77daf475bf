"""What DRIFT does: from a month on, less for behavioral health, and as much more elsewhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitor.demo.calendars import Calendar
from monitor.demo.draw import Events, behavioral_services
from monitor.demo.lines import Lines
from monitor.demo.plans import Plan
from monitor.demo.services import EVERY

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

FEWER = 0.18
"""Share of behavioral money that goes because events do not happen; lower prices do the rest."""

PEOPLE_LOST = 0.09
"""Share of the members in behavioral care who get none at all any more."""


def cut_events(
    events: Events, lines: Lines, calendar: Calendar, plan: Plan, rng: np.random.Generator
) -> tuple[Flags, int]:
    """Return which events remain, and how many members lost behavioral care altogether."""
    money = np.bincount(lines.event, lines.price, minlength=len(events))
    late = _cut(events, calendar, plan)
    people = np.unique(events.member[late])
    lost = people[rng.uniform(size=len(people)) < PEOPLE_LOST]
    gone = late & np.isin(events.member, lost)
    goal = FEWER * float(money[late].sum()) - float(money[gone].sum())
    rest = rng.permutation(np.flatnonzero(late & ~gone))
    further = rest[np.cumsum(money[rest]) <= goal]
    gone[further] = True
    return ~gone, len(lost)


def reprice(
    events: Events, lines: Lines, before: float, calendar: Calendar, plan: Plan
) -> tuple[NDArray[np.float64], float, float]:
    """Return line prices after the cut, and the factors: behavioral, and physical facilities.

    ``before`` is what behavioral care of those months would have cost. What is saved goes to
    hospitals as higher prices.
    """
    cut = _cut(events, calendar, plan)[lines.event]
    left = float(lines.price[cut].sum())
    factor = (1 - plan.bh_cut) * before / left
    start = calendar.month_starts[plan.cut_from - 1]
    facility = np.array([s.claim == "I" and s.domain == "" for s in EVERY])
    raised = (facility & ~behavioral_services())[events.service] & (events.start >= start)
    raised = raised[lines.event]
    more = 1 + plan.bh_cut * before / float(lines.price[raised].sum())
    price: Floats = np.where(
        cut, lines.price * factor, np.where(raised, lines.price * more, lines.price)
    )
    return np.round(price, 2), factor, more


def behavioral_money(events: Events, lines: Lines, calendar: Calendar, plan: Plan) -> float:
    """Return the schedule dollars of behavioral care from the cut's month on."""
    return float(lines.price[_cut(events, calendar, plan)[lines.event]].sum())


def drop_events(events: Events, lines: Lines, stays: Flags) -> tuple[Events, Lines]:
    """Return events and lines without the events that do not stay."""
    place = np.cumsum(stays) - 1
    kept = stays[lines.event]
    return events.take(stays), Lines(
        event=place[lines.event[kept]],
        number=lines.number[kept],
        code=lines.code[kept],
        revenue=lines.revenue[kept],
        units=lines.units[kept],
        price=lines.price[kept],
        days_supply=lines.days_supply[kept],
    )


def _cut(events: Events, calendar: Calendar, plan: Plan) -> Flags:
    start = calendar.month_starts[plan.cut_from - 1]
    cut: Flags = behavioral_services()[events.service] & (events.start >= start)
    return cut
