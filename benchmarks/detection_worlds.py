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
import polars as pl
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


def make_world(world: World) -> dict[str, pl.DataFrame]:
    """Return the submission's tables: members, encounters, capitation and ledger."""
    rng = np.random.default_rng([20_260_331, world.number])
    months = world.before + world.after + RUNOUT
    people = _people(world, months, rng)
    lines = _lines(world, people, months, rng)
    truth = _plant(world, lines, months, rng)
    lines = truth.pop("lines")
    lines = _arrive(world, lines, months, rng)
    return _tables(world, people, lines, months, truth, rng)


def month_names(months: int) -> list[str]:
    """Return the names of the months that end with the period."""
    last = LAST.year * 12 + LAST.month - 1
    each = range(last - months + 1, last + 1)
    return [f"{month // 12}-{month % 12 + 1:02d}" for month in each]


def _people(world: World, months: int, rng: np.random.Generator) -> People:
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


def _lines(
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


def _plant(
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


def _arrive(
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


def _tables(
    world: World,
    people: People,
    lines: dict[str, NDArray[Any]],
    months: int,
    truth: dict[str, Any],
    rng: np.random.Generator,
) -> dict[str, pl.DataFrame]:
    names = np.array(month_names(months))
    first = date.fromisoformat(names[0] + "-01")
    epoch = (first - date(1970, 1, 1)).days
    ids = np.array([f"M{number:06d}" for number in range(len(people.cell))])

    def days(offset: Ints) -> pl.Series:
        return pl.Series(offset + epoch).cast(pl.Int32).cast(pl.Date)

    starts = np.array([(date.fromisoformat(f"{n}-01") - first).days for n in names])
    starts = np.append(starts, (LAST - first).days + 1)
    members = pl.DataFrame(
        {"member_id": ids, "rate_cell": np.array(CELLS)[people.cell], "plan_id": "PLAN"}
    ).with_columns(
        enrolled_from=days(starts[people.start]),
        enrolled_to=pl.select(
            pl.when(pl.Series(people.end < months)).then(days(starts[people.end] - 1))
        ).to_series(),
    )
    kept = {name: values[lines["here"]] for name, values in lines.items()}
    kinds = np.array([s.kind for s in SERVICES])[kept["service"]]
    codes = np.array([s.code for s in SERVICES])[kept["service"]]
    diagnosis = np.where(kept["bh"], "F331", "I10")
    amount = np.round(kept["price"], 2)
    reached = np.where(kept["denied"], 0.0, np.round(amount * kept["passed"], 2))
    count = len(amount)
    encounters = pl.DataFrame(
        {
            "encounter_id": np.arange(count),
            "claim_type": kinds,
            "procedure_code": np.where(kinds == "P", codes, ""),
            "revenue_code": np.where(kinds == "I", codes, ""),
            "ndc": np.where(kinds == "R", codes, ""),
            "bill_type": np.where(kinds == "I", np.where(codes == "0450", "0131", "0111"), ""),
            "diagnosis_codes": diagnosis,
            "line_status": np.where(kept["denied"], "denied", "paid"),
            "payment_arrangement": np.where(kept["sub"], "subcapitated", "ffs"),
            "subcontractor_id": np.where(kept["sub"], SUBCONTRACTOR, ""),
            "billed_amount": amount,
            "paid_amount": reached,
            "units": kept["units"],
            "ffs_equivalent_amount": np.where(kept["sub"], amount, np.nan),
            "frequency": "1",
        }
    ).with_columns(
        pl.col("encounter_id").cast(pl.String),
        pl.lit(1).alias("line_number"),
        pl.col("ffs_equivalent_amount").fill_nan(None),
        *(
            pl.when(pl.col(name) != "").then(name).alias(name)
            for name in ("procedure_code", "revenue_code", "ndc", "bill_type", "subcontractor_id")
        ),
        member_id=pl.Series(ids).gather(kept["member"]),
        service_from=days(kept["day"]),
        service_to=days(kept["day"]),
        submitted_on=days(kept["sent"]),
        paid_on=days(kept["paid"]),
    )
    enrolled = np.array([people.enrolled[people.cell == c].sum(axis=0) for c in range(5)])
    return {
        "members": members,
        "encounters": encounters,
        "capitation": _capitation(enrolled, names),
        "ledger": _ledger(world, lines, enrolled, names, starts, truth),
    }


BH_RATE = np.array([17.0, 29.0, 69.0, 366.0, 38.0])
GROSS = np.array([108.0, 250.0, 650.0, 755.0, 545.0])


def _capitation(enrolled: Ints, names: NDArray[np.str_]) -> pl.DataFrame:
    cell, month = np.nonzero(enrolled)
    level = np.array([1.03 ** (int(name[:4]) - 2024) for name in names])
    gross = np.round(GROSS[cell] * level[month], 2)
    return pl.DataFrame(
        {
            "month": names[month],
            "rate_cell": np.array(CELLS)[cell],
            "member_months": enrolled[cell, month],
            "rate_pmpm": gross,
            "bh_pmpm": np.round(BH_RATE[cell] * level[month], 2),
            "revenue": np.round(gross * enrolled[cell, month], 2),
        }
    )


def _ledger(
    world: World,
    lines: dict[str, NDArray[Any]],
    enrolled: Ints,
    names: NDArray[np.str_],
    starts: Ints,
    truth: dict[str, Any],
) -> pl.DataFrame:
    """Return what was paid by the cut-off, whether its encounter was sent or not."""
    cut = starts[-1] + (SENT - LAST).days
    counted = ~lines["sub"] & ~lines["denied"] & (lines["paid"] < cut)
    claims = (
        pl.DataFrame(
            {
                "incurred_month": names[lines["month"][counted]],
                "domain": np.where(lines["bh"][counted], "MH", "PH"),
                "amount": lines["price"][counted],
                "at": np.searchsorted(starts, lines["paid"][counted], side="right") - 1,
            }
        )
        .group_by("incurred_month", "domain", "at")
        .agg(pl.col("amount").sum().round(2))
        .with_columns(kind=pl.lit("claims"), payee_type=pl.lit("provider"))
    )
    later = np.append(names, "2026-04")
    claims = claims.with_columns(paid_month=pl.Series(later).gather(claims["at"])).drop("at")
    people = enrolled.sum(axis=0)
    monthly = [("administration", "OTHER", "other", people * 38.0)]
    late = np.arange(len(names)) >= world.before
    monthly.append(("practice_fee", "PH", "practice", people * 2.5 + late * truth["fee"]))
    if world.subcontracted:
        rate = (BH_RATE[:, None] * enrolled).sum(axis=0) * 0.8
        paid = rate * np.where(late, truth["subcapitation"], 1.0)
        monthly.append(("subcapitation", "BH", "subcontractor", paid))
    rows = [
        pl.DataFrame({"incurred_month": names, "paid_month": names, "amount": amounts.round(2)})
        .with_columns(kind=pl.lit(kind), domain=pl.lit(domain), payee_type=pl.lit(payee))
        .select("incurred_month", "domain", "amount", "kind", "payee_type", "paid_month")
        for kind, domain, payee, amounts in monthly
    ]
    table = pl.concat([claims, *rows])
    return table.with_columns(
        entry_id=pl.Series(np.arange(table.height)).cast(pl.String),
        payee_id=pl.lit(SUBCONTRACTOR),
    )


def seen_by(
    tables: dict[str, pl.DataFrame], world: World, after: int
) -> tuple[str, date, dict[str, pl.DataFrame]]:
    """Return the period, the cut-off and the tables as they were ``after`` complete months on.

    What was served, paid or sent later is not in them.
    """
    back = world.after - after
    if back == 0:
        return f"{LAST:%Y-%m}", SENT, tables
    names = month_names(back + 1)
    last = names[0]
    ends = date.fromisoformat(f"{names[1]}-01") - timedelta(days=1)
    sent = ends + (SENT - LAST)
    encounters = tables["encounters"].filter(
        pl.col("service_from") <= ends, pl.col("submitted_on") <= sent
    )
    members = tables["members"].filter(pl.col("enrolled_from") <= ends)
    capitation = tables["capitation"].filter(pl.col("month") <= last)
    ledger = tables["ledger"].filter(
        pl.col("paid_month") <= f"{sent:%Y-%m}", pl.col("incurred_month") <= last
    )
    seen = {
        "members": members,
        "encounters": encounters,
        "capitation": capitation,
        "ledger": ledger,
    }
    return last, sent, seen
