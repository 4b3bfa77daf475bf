"""From events to the lines of a claim, at schedule prices."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitor.demo.calendars import Calendar
from monitor.demo.draw import Events, prices_of_year
from monitor.demo.services import EVERY, Line

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

CODES = ("", *sorted({o.code for s in EVERY for line in s.lines for o in line.options} - {""}))
REVENUES = ("", *sorted({line.revenue for s in EVERY for line in s.lines} - {""}))
_CODE = {code: index for index, code in enumerate(CODES)}
_REVENUE = {code: index for index, code in enumerate(REVENUES)}


@dataclass(frozen=True)
class Lines:
    """Arrays over lines, in order of event and line number.

    ``code`` and ``revenue`` index :data:`CODES` and :data:`REVENUES`; ``price`` is dollars for the
    whole line.
    """

    event: Ints
    number: Ints
    code: Ints
    revenue: Ints
    units: Ints
    price: Floats
    days_supply: Ints

    def at(self, price: Floats) -> Lines:
        """Return the same lines at other prices."""
        return replace(self, price=price)


def write_lines(
    events: Events, calendar: Calendar, provider_price: Floats, rng: np.random.Generator
) -> Lines:
    """Return the lines of every event.

    Parameters
    ----------
    provider_price
        For each event, what its provider is paid against the schedule.
    """
    level = prices_of_year(calendar.year_of_month())[calendar.month_of(events.start)]
    level = level * provider_price
    parts: list[tuple[Ints, ...]] = []
    prices: list[Floats] = []
    by_service = np.argsort(events.service, kind="stable")
    bounds = np.searchsorted(events.service[by_service], np.arange(len(EVERY) + 1))
    for index, service in enumerate(EVERY):
        mine = by_service[bounds[index] : bounds[index + 1]]
        for place, line in enumerate(service.lines):
            on = mine if line.share == 1.0 else mine[rng.uniform(size=len(mine)) < line.share]
            if not len(on):
                continue
            stay = np.maximum(events.end[on] - events.start[on], 1)
            part, price = _line(line, place, on, stay, rng)
            parts.append(part)
            prices.append(np.round(price * level[on], 2))
    event, place_, code, revenue, units, supply = (
        np.concatenate(p) for p in zip(*parts, strict=True)
    )
    order = np.lexsort((place_, event))
    event = event[order]
    starts = np.r_[0, np.flatnonzero(np.diff(event)) + 1]
    run = np.zeros(len(event), dtype=np.int64)
    run[starts] = starts
    number = np.arange(len(event)) - np.maximum.accumulate(run) + 1
    return Lines(
        event,
        number,
        code[order],
        revenue[order],
        units[order],
        np.concatenate(prices)[order],
        supply[order],
    )


def _line(
    line: Line, place: int, on: Ints, stay: Ints, rng: np.random.Generator
) -> tuple[tuple[Ints, ...], Floats]:
    options = line.options
    weight = np.array([option.weight for option in options])
    pick = rng.choice(len(options), len(on), p=weight / weight.sum())
    units = stay if line.daily else np.array([o.units for o in options])[pick]
    price = np.array([o.price for o in options])[pick] * units
    return (
        on,
        np.full(len(on), place),
        np.array([_CODE[o.code] for o in options])[pick],
        np.full(len(on), _REVENUE[line.revenue]),
        units,
        np.array([o.days_supply for o in options])[pick],
    ), price
