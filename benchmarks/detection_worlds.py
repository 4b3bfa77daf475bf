"""Simulated plan-years, line by line, with what is ordinary and what is planted in them.

Members belong to rate cells; a lasting part of them needs behavioral health care, in episodes, and
some need far more than others; hospital stays are rare and dear. Lines arrive with a run-out. The
ledger has what was paid, the capitation table what the state paid for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CELLS = ("CHILD", "ADULT", "DISABLED", "SMI", "DUAL")
SHARES = np.array([0.50, 0.32, 0.08, 0.05, 0.05])
NEEDS = np.array([0.09, 0.14, 0.28, 1.0, 0.18])
BH_LEVEL = np.array([0.8, 0.9, 1.1, 1.6, 0.9])
PH_LEVEL = np.array([0.45, 1.0, 2.6, 1.6, 2.2])
SUBCONTRACTOR = "SUB-BH"
LAST = date(2026, 3, 31)
"""Last day of every world's period; the submission is cut off 20 days later."""

SENT = LAST + timedelta(days=20)

PROOF = 20_261_122
"""Seed of the worlds of the page: no figure of the rule was set by looking at these."""

RUNOUT = 3
"""Months after the last complete one."""


@dataclass(frozen=True)
class Service:
    """One kind of service: ``monthly`` events of an average person who needs it.

    ``spread`` is the log standard deviation of an event's price; ``lasting`` that of the rates
    between people.
    """

    side: str
    kind: str
    code: str
    monthly: float
    price: float
    spread: float = 0.0
    lasting: float = 0.8
    days: int = 1


SERVICES = (
    Service("BH", "P", "90834", 0.85, 105.0, lasting=0.9),
    Service("BH", "P", "90837", 0.40, 150.0, lasting=0.9),
    Service("BH", "P", "H0004", 0.35, 70.0, lasting=1.0),
    Service("BH", "P", "H0015", 0.10, 170.0, lasting=1.8),
    Service("BH", "P", "H0020", 0.30, 95.0, lasting=1.8),
    Service("BH", "I", "0124", 0.008, 1050.0, lasting=1.0, days=6),
    Service("BH", "R", "00093505698", 0.60, 60.0, lasting=0.8),
    Service("BH", "R", "59148001671", 0.02, 950.0, lasting=1.0),
    Service("PH", "P", "99213", 0.22, 92.0, lasting=0.6),
    Service("PH", "P", "99214", 0.12, 130.0, lasting=0.7),
    Service("PH", "P", "80053", 0.18, 18.0, lasting=0.7),
    Service("PH", "P", "70551", 0.012, 480.0, lasting=0.8),
    Service("PH", "I", "0450", 0.045, 620.0, 0.25, lasting=0.8),
    Service("PH", "I", "0360", 0.006, 3200.0, 0.4, lasting=0.8),
    Service("PH", "I", "0120", 0.0065, 2300.0, 0.3, lasting=0.9, days=4),
    Service("PH", "R", "00071015523", 0.45, 35.0, lasting=0.7),
    Service("PH", "R", "00074055402", 0.0025, 5800.0, lasting=1.2),
)


@dataclass(frozen=True)
class World:
    """What is ordinary and what is planted; shares are 0 to 1.

    ``fault`` is one of "", reallocation, access contraction, price cut, retained by subcontractor;
    ``size`` the share of behavioral money; ``way`` where a reallocation's money goes. ``after`` is
    the number of complete months from the fault (or the nuisance) on.
    """

    number: int
    members: int = 20_000
    before: int = 12
    after: int = 6
    fault: str = ""
    size: float = 0.0
    way: str = "use"
    nuisance: str = "none"
    strength: float = 0.0
    subcontracted: bool = False


@dataclass(frozen=True)
class People:
    """Arrays over people: cell, months of enrolment [start, end), need by month, frailty."""

    cell: Ints
    start: Ints
    end: Ints
    enrolled: NDArray[np.bool_]
    active: NDArray[np.bool_]


def month_names(months: int) -> list[str]:
    """Return the names of the months that end with the period."""
    last = LAST.year * 12 + LAST.month - 1
    each = range(last - months + 1, last + 1)
    return [f"{month // 12}-{month % 12 + 1:02d}" for month in each]


def draw_people(world: World, months: int, rng: np.random.Generator) -> People:
    growth = world.strength if world.nuisance == "growth" else 0.0
    turned = 1 + growth * months + 0.012 * months
    count = int(world.members * turned)
    shares = SHARES.copy()
    cell = rng.choice(5, count, p=shares)
    first = rng.uniform(size=count) < world.members / count
    start = np.where(first, 0, rng.integers(1, months, count))
    end = np.minimum(start + 1 + rng.geometric(0.012, count), months)
    if world.nuisance == "mix":
        change = world.before
        leaves = (cell == 3) | (cell == 2)
        leaves &= rng.uniform(size=count) < world.strength
        end = np.where(leaves, np.minimum(end, np.maximum(change, start)), end)
        more = rng.choice(np.flatnonzero(first), int(leaves.sum()))
        start = np.concatenate([start, np.full(len(more), change)])
        end = np.concatenate([end, np.full(len(more), months)])
        cell = np.concatenate([cell, np.zeros(len(more), dtype=np.int64)])
    kept = end > start
    cell, start, end = cell[kept], start[kept], end[kept]
    month = np.arange(months)
    enrolled = (month >= start[:, None]) & (month < end[:, None])
    needs = rng.uniform(size=len(cell)) < NEEDS[cell]
    # Episodes: on for ten months or so, off for five.
    active = np.zeros((len(cell), months), dtype=bool)
    state = rng.uniform(size=len(cell)) < 0.67
    for at in range(months):
        turn = rng.uniform(size=len(cell))
        state = np.where(state, turn > 0.10, turn < 0.20)
        active[:, at] = state & needs
    return People(cell, start, end, enrolled, active)


def draw_lines(
    world: World, people: People, months: int, rng: np.random.Generator
) -> dict[str, NDArray[Any]]:
    """Return arrays over lines: service, member, month and price."""
    parts: list[tuple[Ints, Ints, Ints, Floats, Ints]] = []
    season = 1 + 0.03 * np.sin(2 * np.pi * (np.arange(months) + rng.uniform(0, 12)) / 12)
    sway = {side: season * np.exp(0.008 * rng.standard_normal(months)) for side in ("BH", "PH")}
    frailty = rng.lognormal(-0.18, 0.6, len(people.cell))
    for number, service in enumerate(SERVICES):
        own = rng.lognormal(-(service.lasting**2) / 2, service.lasting, len(people.cell))
        if service.side == "BH":
            rate = service.monthly * own * BH_LEVEL[people.cell]
            exposed = people.enrolled & people.active
        else:
            rate = service.monthly * own * frailty * PH_LEVEL[people.cell]
            exposed = people.enrolled
        member, month = np.nonzero(exposed)
        times = rng.poisson(np.minimum(rate[member], 25) * sway[service.side][month])
        kept = times > 0
        member = np.repeat(member[kept], times[kept])
        month = np.repeat(month[kept], times[kept])
        price = np.full(len(member), service.price)
        if service.spread:
            spread = service.spread
            price = price * rng.lognormal(-(spread**2) / 2, spread, len(member))
        units = np.ones(len(member), dtype=np.int64)
        if service.days > 1:
            units += rng.poisson(service.days - 1, len(member))
        parts.append((np.full(len(member), number), member, month, price * units, units))
    service, member, month, price, units = (
        np.concatenate(each) for each in zip(*parts, strict=True)
    )
    names = month_names(months)
    rise = np.array([1.03 ** (int(name[:4]) - 2024) for name in names])
    price = price * rise[month]
    return {"service": service, "member": member, "month": month, "price": price, "units": units}


def plant(
    world: World, lines: dict[str, NDArray[Any]], months: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Return the lines after the fault, and what the plan does elsewhere in the ledger."""
    side_bh = np.array([s.side == "BH" for s in SERVICES])[lines["service"]]
    drug = np.array([s.kind == "R" for s in SERVICES])[lines["service"]]
    late = lines["month"] >= world.before
    sub = side_bh & ~drug & world.subcontracted
    price, passed = lines["price"].copy(), np.ones(len(side_bh))
    stays = np.ones(len(side_bh), dtype=bool)
    told: dict[str, Any] = {"fee": 0.0, "subcapitation": 1.0}
    money = float(price[side_bh & late].sum())
    monthly = money * world.size / (months - world.before)
    if world.fault in ("reallocation", "access contraction"):
        hit = sub if world.subcontracted else side_bh
        share = min(world.size * money / float(price[hit & late].sum()), 0.9)
        lost = _who_loses(world, lines, hit & late, share, rng)
        stays &= ~lost
        told["subcapitation"] = 1 - share
    if world.fault == "reallocation" and world.way == "price":
        raised = ~side_bh & late & np.isin(lines["service"], (12, 13, 14))
        price[raised] *= 1 + monthly * (months - world.before) / float(price[raised].sum())
    if world.fault == "reallocation" and world.way == "fee":
        told["fee"] = monthly
    if world.fault == "price cut":
        price[side_bh & late] *= 1 - world.size
    if world.fault == "retained by subcontractor":
        passed[sub & late] = 1 - world.size * money / float(price[sub & late].sum())
    if world.nuisance == "price":
        price[late] *= 1 + world.strength
    lines = {**lines, "price": price, "passed": passed, "sub": sub, "bh": side_bh}
    if world.fault == "reallocation" and world.way == "use":
        more = monthly * (months - world.before) / float(price[~side_bh & late].sum())
        again = np.flatnonzero(~side_bh & late)
        again = again[rng.uniform(size=len(again)) < more]
        rows = np.concatenate([np.flatnonzero(stays), again])
    else:
        rows = np.flatnonzero(stays)
    told["lines"] = {name: values[rows] for name, values in lines.items()}
    return told


def _who_loses(
    world: World,
    lines: dict[str, NDArray[Any]],
    hit: NDArray[np.bool_],
    share: float,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Return the lines that go: half by members who lose all, half by visits that do not happen."""
    people = rng.uniform(size=int(lines["member"].max()) + 1) < share / 2
    out = people[lines["member"]]
    out |= rng.uniform(size=len(hit)) < (share / 2) / (1 - share / 2)
    lost: NDArray[np.bool_] = hit & out
    return lost


def arrive(
    world: World, lines: dict[str, NDArray[Any]], months: int, rng: np.random.Generator
) -> dict[str, NDArray[Any]]:
    """Add the days of service, payment and submission; ``here`` is what was sent by the cut-off."""
    first = date.fromisoformat(month_names(months)[0] + "-01")
    starts = np.array(
        [(date.fromisoformat(f"{m}-01") - first).days for m in month_names(months)]
        + [(LAST - first).days + 1]
    )
    month, count = lines["month"], len(lines["month"])
    width = np.diff(starts)[month]
    day = starts[month] + (rng.uniform(size=count) * width).astype(np.int64)
    mean = np.where(lines["sub"], 40.0, 24.0)
    late = month >= world.before
    if world.nuisance == "slow run-out":
        mean = np.where(late & lines["bh"], mean * (1 + world.strength), mean)
    paid = day + 2 + rng.gamma(1.6, mean / 1.6).astype(np.int64)
    sent = paid + 3 + rng.gamma(1.5, 6.0, count).astype(np.int64)
    here = sent <= (SENT - first).days
    if world.nuisance == "withheld":
        here &= ~(late & (rng.uniform(size=count) < world.strength))
    if world.nuisance == "withheld BH":
        here &= ~(late & lines["bh"] & (rng.uniform(size=count) < world.strength))
    denied = rng.uniform(size=count) < 0.04
    return {**lines, "day": day, "paid": paid, "sent": sent, "here": here, "denied": denied}
