"""Who used what, and when: events drawn from what each member's conditions lead to.

Events are placed along the line of all members' enrolled days, weighted by how much care each is
likely to take, at even steps with some play: totals keep close to what was expected, and one
person's visits spread over time, as they do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from monitor.demo.calendars import Calendar
from monitor.demo.conditions import AILMENTS, CHRONIC, NAMES, PASSING
from monitor.demo.members import CELLS, Members
from monitor.demo.services import EVERY, FIRST_BEHAVIORAL, FOLLOWERS, SERVICES, Rate, Service

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REASONS = NAMES + tuple(PASSING)
"""Why care was sought: lasting conditions first, then passing ones."""

WORSE_TOGETHER = 1.6
"""How much more physical care someone with a chronic and a behavioral condition takes."""

YEARLY_RISE = 0.03
"""How much schedule prices rise each January, from 2024 on."""


@dataclass(frozen=True)
class Events:
    """Arrays over events: indices into ``EVERY``, members and ``REASONS``; days of the calendar."""

    service: Ints
    member: Ints
    reason: Ints
    start: Ints
    end: Ints
    cause: Ints

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.service)

    def take(self, which: NDArray[np.bool_] | Ints) -> Events:
        """Return some of the events; ``cause`` keeps its meaning only where nothing was dropped."""
        return Events(*(getattr(self, field.name)[which] for field in fields(self)))


def prices_of_year(year: Ints) -> Floats:
    """Return the price level of calendar years; 2024 is 1."""
    level: Floats = np.exp((year - 2024) * np.log1p(YEARLY_RISE))
    return level


def schedule_price(service: Service) -> float:
    """Return the expected schedule price of one event in 2024 dollars."""
    total = 0.0
    for line in service.lines:
        weight = sum(option.weight for option in line.options)
        price = sum(o.price * o.units * o.weight for o in line.options) / weight
        total += price * line.share * (service.stay if line.daily else 1.0)
    return total


def rates(members: Members, service: Service) -> Iterator[tuple[int, Floats]]:
    """Yield for each reason of a service its index and every member's events a year."""
    both = members.has[:, : len(CHRONIC)].any(axis=1) & members.has[:, len(CHRONIC) :].any(axis=1)
    fits = ~members.male & (members.age >= 12) if service.women else np.True_
    for reason, rate in service.why.items():
        index = REASONS.index(reason)
        behavioral = is_behavioral(index)
        care = members.bh_care if behavioral else members.care
        if not behavioral:
            care = care * np.where(both, WORSE_TOGETHER, 1.0)
        yield index, _by_member(members, index, rate) * care * fits


def _by_member(members: Members, reason: int, rate: Rate) -> Floats:
    if isinstance(rate, tuple):
        return np.array(rate, dtype=np.float64)[members.cell]
    has: Floats = members.has[:, reason].astype(np.float64) * float(rate)
    return has


def is_behavioral(reason: int | Ints) -> NDArray[np.bool_]:
    """Return whether reasons are mental-health or substance-use conditions."""
    return (np.asarray(reason) >= len(CHRONIC)) & (np.asarray(reason) < len(AILMENTS))


def expected_cost(members: Members, calendar: Calendar, silo: bool) -> tuple[Floats, Floats]:
    """Return what physical and behavioral care should cost in 2024 prices, by cell and month.

    Returns
    -------
    physical, behavioral
        Dollars, cells x months: the rates of care of the members enrolled, at schedule prices.
    """
    shape = (len(CELLS), calendar.months)
    costs = {False: np.zeros(members.count), True: np.zeros(members.count)}
    price = {service.name: schedule_price(service) for service in EVERY}
    for follower in FOLLOWERS:
        price[follower.after] += follower.chance * schedule_price(follower.service)
    for service in offered(silo):
        for reason, rate in rates(members, service):
            costs[bool(is_behavioral(reason))] += rate * price[service.name]
    daily = {}
    starts = calendar.month_starts
    for behavioral, cost in costs.items():
        total = np.zeros(shape)
        for month in range(calendar.months):
            low = np.maximum(members.s_from, starts[month])
            high = np.minimum(members.s_to, starts[month + 1] - 1)
            days = np.maximum(high - low + 1, 0)
            who = members.s_member
            total[:, month] = np.bincount(
                members.cell[who], cost[who] / 365.25 * days, minlength=len(CELLS)
            )
        daily[behavioral] = total
    return daily[False], daily[True]


def offered(silo: bool) -> tuple[Service, ...]:
    """Return the services of a plan; in a silo no site bills for both."""
    return tuple(s for s in SERVICES if not (silo and s.sites_of_both))


def draw_events(
    members: Members, calendar: Calendar, silo: bool, rng: np.random.Generator
) -> Events:
    """Return every event of one plan's members within their enrolment."""
    parts = []
    number = {service.name: index for index, service in enumerate(EVERY)}
    whole = _Exposure.of_spans(members, rng)
    monthly = _Exposure.of_months(members, calendar, rng)
    for service in offered(silo):
        exposure = monthly if service.stay else whole
        for reason, yearly in rates(members, service):
            drawn = exposure.draw(yearly / 365.25, rng)
            if drawn is None:
                continue
            member, day, first, last = drawn
            length = np.zeros(len(day), dtype=np.int64)
            if service.stay:
                length = np.minimum(_stays(service.stay, len(day), rng), last - day)
            elif not service.urgent and service.claim != "I":
                day = _weekday(day, calendar, first, last)
            parts.append(
                Events(
                    np.full(len(day), number[service.name]),
                    member,
                    np.full(len(day), reason),
                    day,
                    day + length,
                    np.full(len(day), -1),
                )
            )
    events = _join(parts)
    key = np.lexsort((events.reason, events.service, events.start, events.member))
    events = events.take(key)
    same = np.zeros(len(events), dtype=bool)
    trade = visit_of_service()[events.service]
    order = np.lexsort((trade, events.start, events.member))
    sorted_ = events.take(order)
    same[order[1:]] = (
        (sorted_.member[1:] == sorted_.member[:-1])
        & (sorted_.start[1:] == sorted_.start[:-1])
        & (trade[order][1:] == trade[order][:-1])
    )
    events = events.take(~same)
    return _join([events, _follow(events, members, calendar, rng)])


@dataclass(frozen=True)
class _Exposure:
    """Stretches of enrolled days, in the order in which events are laid along them."""

    member: Ints
    start: Ints
    days: Ints
    first: Ints
    last: Ints

    @classmethod
    def of_spans(cls, members: Members, rng: np.random.Generator) -> _Exposure:
        """Whole enrolments in random order: a person's events spread over time."""
        order = rng.permutation(len(members.s_member))
        start, last = members.s_from[order], members.s_to[order]
        return cls(members.s_member[order], start, last - start + 1, start, last)

    @classmethod
    def of_months(cls, members: Members, calendar: Calendar, rng: np.random.Generator) -> _Exposure:
        """Month by month: what is rare and dear comes about as often in each."""
        parts = []
        for month in range(calendar.months):
            low, high = calendar.month_starts[month], calendar.month_starts[month + 1] - 1
            span = np.flatnonzero((members.s_from <= low) & (members.s_to >= high))
            parts.append((rng.permutation(span), low, high - low + 1))
        span = np.concatenate([part[0] for part in parts])
        sizes = [len(part[0]) for part in parts]
        start = np.repeat([part[1] for part in parts], sizes)
        days = np.repeat([part[2] for part in parts], sizes)
        return cls(members.s_member[span], start, days, members.s_from[span], members.s_to[span])

    def draw(self, daily: Floats, rng: np.random.Generator) -> tuple[Ints, Ints, Ints, Ints] | None:
        """Return member, day, and first and last day enrolled of each event, if there is any.

        ``daily`` is each member's expected events a day.
        """
        weight = daily[self.member] * self.days
        along = np.cumsum(weight)
        count = int(along[-1] + rng.uniform())
        if not count:
            return None
        at = (np.arange(count) + 0.1 + 0.8 * rng.uniform(size=count)) * (along[-1] / count)
        on = np.minimum(np.searchsorted(along, at, side="right"), len(along) - 1)
        into = (at - along[on] + weight[on]) / np.where(weight[on] > 0, weight[on], 1.0)
        day = self.start[on] + np.clip(into * self.days[on], 0, self.days[on] - 1).astype(np.int64)
        return self.member[on], day, self.first[on], self.last[on]


GOLDEN = 0.6180339887498949


def _stays(mean: float, count: int, rng: np.random.Generator) -> Ints:
    """Return lengths of stay in days, in order of time.

    The quantiles go round by the golden ratio, so any few stays in a row have about the mean.
    """
    even = (rng.uniform() + GOLDEN * np.arange(count)) % 1.0
    days: Floats = np.maximum(np.rint(gammaincinv(3.0, even) * mean / 3.0), 1)
    return days.astype(np.int64)


def visit_of_service() -> Ints:
    """Return for each service the kind of visit of which a person has one a day."""
    kinds: dict[str, int] = {}
    return np.array(
        [
            kinds.setdefault(s.name if s.claim == "R" or s.stay else s.trade + s.claim, len(kinds))
            for s in EVERY
        ]
    )


def behavioral_services() -> NDArray[np.bool_]:
    """Return for each service whether it is one of behavioral health."""
    names = {service.name for service in SERVICES[FIRST_BEHAVIORAL:]}
    names |= {f.service.name for f in FOLLOWERS if f.after in names}
    return np.array([service.name in names for service in EVERY])


def _weekday(day: Ints, calendar: Calendar, first: Ints, last: Ints) -> Ints:
    """Move weekend visits to the Friday before or the Monday after, inside the enrolment."""
    weekday = (day + calendar.first.weekday()) % 7
    moved = day + np.where(weekday == 5, -1, np.where(weekday == 6, 1, 0))
    return np.where((moved >= first) & (moved <= last), moved, day)


def _follow(
    events: Events, members: Members, calendar: Calendar, rng: np.random.Generator
) -> Events:
    """Return the events that follow others while the member is still enrolled."""
    parts = []
    for index, follower in enumerate(FOLLOWERS, start=len(SERVICES)):
        after = [s.name for s in SERVICES].index(follower.after)
        cause = np.flatnonzero(events.service == after)
        cause = cause[rng.uniform(size=len(cause)) < follower.chance]
        low, high = follower.days
        rounds = EVERY[index].claim == "P" and high == 0
        base = events.start[cause] if rounds else events.end[cause]
        day = base + rng.integers(low, high + 1, len(cause))
        within = _is_enrolled(members, events.member[cause], day)
        cause, day = cause[within], day[within]
        parts.append(
            Events(
                np.full(len(cause), index),
                events.member[cause],
                events.reason[cause],
                day,
                day,
                cause,
            )
        )
    return _join(parts)


def _is_enrolled(members: Members, member: Ints, day: Ints) -> NDArray[np.bool_]:
    """Return whether each member is enrolled on the day beside it."""
    order = np.lexsort((members.s_from, members.s_member))
    whose, starts, ends = (each[order] for each in (members.s_member, members.s_from, members.s_to))
    lowest = min(int(starts.min()), int(day.min())) if len(day) else 0
    width = max(int(starts.max()), int(day.max())) - lowest + 1 if len(day) else 1
    place = np.searchsorted(
        whose * width + starts - lowest, member * width + day - lowest, side="right"
    )
    span = np.maximum(place - 1, 0)
    found: NDArray[np.bool_] = (place > 0) & (whose[span] == member) & (day <= ends[span])
    return found


def _join(parts: list[Events]) -> Events:
    return Events(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Events))
    )
